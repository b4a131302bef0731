/* SPDX-License-Identifier: MIT
 *
 * Queries and quoted names: building them and taking them down. Running a query, and writing its
 * values into SQL, is the driver's business.
 */
#include "sql/query.h"

#include <string.h>

static void value_clear(gpointer data)
{
    WendValue *value = data;
    if (!value->borrowed)
        g_free(value->text);
}

WendQuery *wend_query_take(char *sql)
{
    WendQuery *query = g_new0(WendQuery, 1);
    query->sql = sql;
    query->values = g_array_new(FALSE, FALSE, sizeof(WendValue));
    g_array_set_clear_func(query->values, value_clear);
    return query;
}

WendQuery *wend_query_new(const char *sql)
{
    return wend_query_take(g_strdup(sql));
}

void wend_query_free(WendQuery *query)
{
    if (query == NULL)
        return;
    g_free(query->sql);
    g_array_unref(query->values);
    g_free(query);
}

WendQuery *wend_query_text(WendQuery *query, const char *text)
{
    WendValue value = {.kind = text != NULL ? WEND_VALUE_TEXT : WEND_VALUE_NULL,
                       .text = g_strdup(text),
                       .length = text != NULL ? strlen(text) : 0};
    g_array_append_val(query->values, value);
    return query;
}

WendQuery *wend_query_borrow(WendQuery *query, const char *text, gsize length)
{
    WendValue value = {
        .kind = WEND_VALUE_TEXT, .text = (char *)text, .length = length, .borrowed = true};
    g_array_append_val(query->values, value);
    return query;
}

WendQuery *wend_query_integer(WendQuery *query, gint64 integer)
{
    WendValue value = {.kind = WEND_VALUE_INTEGER, .integer = integer};
    g_array_append_val(query->values, value);
    return query;
}

static void query_destroy(gpointer query)
{
    wend_query_free(query);
}

GPtrArray *wend_queries_new(void)
{
    return g_ptr_array_new_with_free_func(query_destroy);
}

WendQuery *wend_query_special(WendQuery *query, WendValueKind kind)
{
    WendValue value = {.kind = kind};
    g_array_append_val(query->values, value);
    return query;
}

/* Quotes `name` behind what `quoted` holds; with `parts`, each part between dots by itself. */
static char *quote(GString *quoted, WendDialect dialect, const char *name, bool parts)
{
    char mark = dialect == WEND_DIALECT_MYSQL ? '`' : '"';
    g_string_append_c(quoted, mark);
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '.' && parts) {
            g_string_append_printf(quoted, "%c.%c", mark, mark);
            continue;
        }
        if (*at == mark)
            g_string_append_c(quoted, mark);
        g_string_append_c(quoted, *at);
    }
    g_string_append_c(quoted, mark);
    return g_string_free(quoted, FALSE);
}

char *wend_quote_name(WendDialect dialect, const char *name)
{
    return quote(g_string_sized_new(strlen(name) + 4), dialect, name, true);
}

char *wend_quote_part(WendDialect dialect, const char *name)
{
    return quote(g_string_sized_new(strlen(name) + 4), dialect, name, false);
}

char *wend_quote_table(WendDialect dialect, const char *name)
{
    bool sqlite = dialect == WEND_DIALECT_SQLITE;
    return quote(g_string_new(sqlite ? "\"main\"." : ""), dialect, name, !sqlite);
}

/* A text in the quotes of a text. */
static void append_twice_quoted(GString *sql, const char *text)
{
    for (; *text != '\0'; text++)
        g_string_append(sql, *text == '\'' ? "''''" : (char[]){*text, '\0'});
}

WendQuery *wend_query_schema(const char *table)
{
    g_autofree char *schema = g_strndup(table, strcspn(table, "."));
    g_autofree char *quoted = wend_quote_name(WEND_DIALECT_POSTGRES, schema);
    GString *sql =
        g_string_new("DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE "
                     "nspname = ''");
    append_twice_quoted(sql, schema);
    g_string_append(sql, "'') THEN CREATE SCHEMA ");
    for (const char *at = quoted; *at != '\0'; at++)
        g_string_append(sql, *at == '\'' ? "''" : (char[]){*at, '\0'});
    g_string_append(sql, "; END IF; END'");
    return wend_query_take(g_string_free(sql, FALSE));
}

static void append_json_text(GString *json, const char *text)
{
    g_string_append_c(json, '"');
    for (const guchar *at = (const guchar *)text; *at != '\0'; at++) {
        if (*at < 0x20)
            g_string_append_printf(json, "\\u%04x", *at);
        else if (*at == '"' || *at == '\\')
            g_string_append_printf(json, "\\%c", *at);
        else
            g_string_append_c(json, (char)*at);
    }
    g_string_append_c(json, '"');
}

char *wend_outcome_text(gint64 rows, const char *cursor, bool number)
{
    GString *json = g_string_new(NULL);
    g_string_append_printf(json, "{\"rows\": %" G_GINT64_FORMAT, rows);
    if (cursor != NULL) {
        g_string_append(json, ", \"cursor\": ");
        if (number)
            g_string_append(json, cursor);
        else
            append_json_text(json, cursor);
    }
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}
