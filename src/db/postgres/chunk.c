/* SPDX-License-Identifier: MIT
 *
 * SQL as text: values and queries. The one place that quotes a value.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* As E'…' where a backslash occurs, which is right under any standard_conforming_strings. */
static void append_text(GString *sql, const char *text, gsize length)
{
    bool escaped = memchr(text, '\\', length) != NULL;
    g_string_append(sql, escaped ? " E'" : "'");
    for (const char *at = text; at < text + length; at++) {
        if (*at == '\'' || *at == '\\')
            g_string_append_c(sql, *at);
        g_string_append_c(sql, *at);
    }
    g_string_append_c(sql, '\'');
}

void wend_pg_append_text(GString *sql, const char *text)
{
    append_text(sql, text, strlen(text));
}

void wend_pg_literal(GString *sql, const WendValue *value)
{
    switch (value->kind) {
    case WEND_VALUE_TEXT:
        append_text(sql, value->text, value->length);
        return;
    case WEND_VALUE_INTEGER:
        g_string_append_printf(sql, "%" G_GINT64_FORMAT, value->integer);
        return;
    case WEND_VALUE_NOW:
        g_string_append(sql, "pg_catalog.clock_timestamp()");
        return;
    case WEND_VALUE_ELAPSED:
        g_string_append_printf(sql,
                               "(CAST(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - "
                               "pg_catalog.transaction_timestamp()) * 1000 AS bigint) + "
                               "%" G_GINT64_FORMAT ")",
                               value->integer);
        return;
    case WEND_VALUE_NULL:
    case WEND_VALUE_OUTCOME:
        break;
    }
    g_string_append(sql, "NULL");
}

void wend_pg_append_query(GString *sql, const WendQuery *query, const char *outcome)
{
    WendScanner scanner;
    WendToken token;
    guint next = 0;
    wend_scanner_init(&scanner, query->sql, strlen(query->sql),
                      wend_dialect_flags(WEND_DIALECT_POSTGRES));
    while (wend_scanner_next(&scanner, &token)) {
        const char *text = query->sql + token.start;
        if (token.length != 1 || *text != '?' || next >= query->values->len) {
            g_string_append_len(sql, text, (gssize)token.length);
            continue;
        }
        const WendValue *value = &g_array_index(query->values, WendValue, next++);
        if (value->kind == WEND_VALUE_OUTCOME && outcome != NULL)
            wend_pg_append_text(sql, outcome);
        else
            wend_pg_literal(sql, value);
    }
    g_string_append(sql, ";\n");
}
