/* SPDX-License-Identifier: MIT
 *
 * Values as SQL text. A literal must be right under every sql_mode that a server or script may set and
 * whatever character set the reader of the script takes for granted: texts with a backslash, which means
 * two things, or with bytes outside of ASCII are written in hexadecimal.
 */
#include "db/mysql/mysql.h"

#include <string.h>

/* The time of the statement, UTC whatever the session's time zone is. */
#define NOW "CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"

/* Set when the transaction begins; see work.c. */
#define ELAPSED "(TIMESTAMPDIFF(MICROSECOND, @wend_since, SYSDATE(6)) DIV 1000 + "

/* A longer text is written line by line: in hexadecimal it takes twice the room, which a packet may not have. Where
 * lines of both kinds alternate, that takes even more. */
#define LONG_TEXT 65536

static bool is_plain(const char *text, gsize length)
{
    for (const char *end = text + length; text < end; text++) {
        if (*text == '\\' || (guchar)*text < 0x20 || (guchar)*text >= 0x7f)
            if (*text != '\n' && *text != '\t' && *text != '\r')
                return false;
    }
    return true;
}

static void append_hex(GString *sql, const char *text, gsize length)
{
    static const char digits[] = "0123456789abcdef";
    g_string_append(sql, "_utf8mb4 0x");
    for (const char *end = text + length; text < end; text++) {
        g_string_append_c(sql, digits[(guchar)*text >> 4]);
        g_string_append_c(sql, digits[(guchar)*text & 15]);
    }
}

static void append_plain(GString *sql, const char *text, gsize length)
{
    g_string_append_c(sql, '\'');
    for (const char *end = text + length; text < end; text++) {
        if (*text == '\'')
            g_string_append_c(sql, '\'');
        g_string_append_c(sql, *text);
    }
    g_string_append_c(sql, '\'');
}

static gsize line_length(const char *text, gsize length)
{
    const char *newline = memchr(text, '\n', length);
    return newline != NULL ? (gsize)(newline - text) + 1 : length;
}

/* The lines from here on that are alike. */
static gsize run_length(const char *text, gsize length, bool *plain)
{
    gsize run = line_length(text, length);
    *plain = is_plain(text, run);
    while (run < length) {
        gsize line = line_length(text + run, length - run);
        if (is_plain(text + run, line) != *plain)
            break;
        run += line;
    }
    return run;
}

static void append_runs(GString *sql, const char *text, gsize length)
{
    const char *before = "CONCAT(";
    for (const char *end = text + length; text < end;) {
        bool plain;
        gsize run = run_length(text, (gsize)(end - text), &plain);
        g_string_append(sql, before);
        if (plain)
            append_plain(sql, text, run);
        else
            append_hex(sql, text, run);
        before = ", ";
        text += run;
    }
    g_string_append_c(sql, ')');
}

static void append_text(GString *sql, const char *text, gsize length)
{
    gsize before = sql->len;
    if (is_plain(text, length)) {
        append_plain(sql, text, length);
        return;
    }
    if (length >= LONG_TEXT) {
        append_runs(sql, text, length);
        if (sql->len - before <= 2 * length)
            return;
        g_string_truncate(sql, before);
    }
    append_hex(sql, text, length);
}

void wend_mysql_text(GString *sql, const char *text)
{
    append_text(sql, text, strlen(text));
}

void wend_mysql_name(GString *sql, const char *name)
{
    g_string_append_c(sql, '`');
    for (; *name != '\0'; name++) {
        if (*name == '`')
            g_string_append_c(sql, '`');
        g_string_append_c(sql, *name);
    }
    g_string_append_c(sql, '`');
}

void wend_mysql_literal(GString *sql, const WendValue *value)
{
    switch (value->kind) {
    case WEND_VALUE_TEXT:
        append_text(sql, value->text, value->length);
        return;
    case WEND_VALUE_INTEGER:
        g_string_append_printf(sql, "%" G_GINT64_FORMAT, value->integer);
        return;
    case WEND_VALUE_NOW:
        g_string_append(sql, NOW);
        return;
    case WEND_VALUE_NULL:
    case WEND_VALUE_ELAPSED:
    case WEND_VALUE_OUTCOME:
        break;
    }
    g_string_append(sql, "NULL");
}

static void append_outcome(GString *sql, const Outcome *outcome)
{
    g_autofree char *json = wend_outcome_text(outcome->rows, outcome->cursor, outcome->number);
    wend_mysql_text(sql, json);
}

static void append_value(GString *sql, const WendValue *value, const Outcome *outcome)
{
    if (value->kind == WEND_VALUE_ELAPSED)
        g_string_append_printf(sql, ELAPSED "%" G_GINT64_FORMAT ")", value->integer);
    else if (value->kind == WEND_VALUE_OUTCOME && outcome != NULL)
        append_outcome(sql, outcome);
    else
        wend_mysql_literal(sql, value);
}

void wend_mysql_expand(GString *sql, const WendQuery *query, const Outcome *outcome)
{
    WendScanner scanner;
    WendToken token;
    guint next = 0;
    if (query->values->len == 0) {
        g_string_append(sql, query->sql);
        return;
    }
    wend_scanner_init(&scanner, query->sql, strlen(query->sql),
                      wend_dialect_flags(WEND_DIALECT_MYSQL));
    while (wend_scanner_next(&scanner, &token)) {
        const char *text = query->sql + token.start;
        if (token.kind == WEND_TOKEN_PARAMETER && text[0] == '?' && next < query->values->len)
            append_value(sql, &g_array_index(query->values, WendValue, next++), outcome);
        else
            g_string_append_len(sql, text, (gssize)token.length);
    }
}

bool wend_mysql_query_asks(const WendQuery *query, WendValueKind kind)
{
    for (guint i = 0; i < query->values->len; i++) {
        if (g_array_index(query->values, WendValue, i).kind == kind)
            return true;
    }
    return false;
}
