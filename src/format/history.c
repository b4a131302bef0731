/* SPDX-License-Identifier: MIT
 *
 * What the histories share: their values, and queries made of templates. See history.h.
 */
#include "format/history.h"

#include <string.h>

WendApplied *wend_applied_new(WendKind kind, const char *id, const char *version, const char *name)
{
    WendApplied *applied = g_new0(WendApplied, 1);
    applied->kind = kind;
    applied->id = g_strdup(id);
    applied->version = g_strdup(version);
    applied->name = g_strdup(name);
    return applied;
}

void wend_applied_free(WendApplied *applied)
{
    if (applied == NULL)
        return;
    g_free(applied->id);
    g_free(applied->version);
    g_free(applied->name);
    g_free(applied->position);
    g_free(applied->checksum);
    g_free(applied->applied_at);
    g_free(applied->by);
    g_free(applied->failed);
    g_free(applied->more);
    g_free(applied->script);
    g_free(applied);
}

WendApplied *wend_history_refuse(const char *what, WendError *error)
{
    wend_error_set(error, WEND_DISAGREE, "the history table has a row that wend cannot read: %s",
                   what);
    wend_error_hint(error, "name another table (`table:` in wend.yaml), or mend the row once you "
                           "know how it came there");
    return NULL;
}

/* --- templates --- */

/* Times in the other tools' tables are the session's local ones, or know their zone themselves. */
static const struct Times {
    const char *at, *before, *behind;
} times[] = {
    [WEND_DIALECT_SQLITE] = {"strftime('%Y-%m-%d %H:%M:%S', ?)", "strftime('%Y-%m-%dT%H:%M:%fZ', ",
                             ")"},
    [WEND_DIALECT_POSTGRES] = {"CAST(? AS timestamptz)", "to_char(CAST(",
                               " AS timestamptz) AT TIME ZONE 'UTC', "
                               "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"},
    [WEND_DIALECT_MYSQL] = {"CONVERT_TZ(STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%s.%fZ'), '+00:00', "
                            "@@session.time_zone)",
                            "CONCAT(LEFT(DATE_FORMAT(CONVERT_TZ(",
                            ", @@session.time_zone, '+00:00'), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"},
};

/* `name` in the schema (or database) that the book's table is in. Caller frees. */
static char *near(const WendBook *book, const char *name)
{
    const char *dot = strrchr(book->table, '.');
    if (dot == NULL || book->dialect == WEND_DIALECT_SQLITE)
        return wend_quote_table(book->dialect, name);
    g_autofree char *whole =
        g_strdup_printf("%.*s.%s", (int)(dot - book->table), book->table, name);
    return wend_quote_table(book->dialect, whole);
}

static void append_mark(GString *sql, const WendBook *book, const char *mark)
{
    const struct Times *time = &times[book->dialect];
    if (strcmp(mark, "table") == 0) {
        g_autofree char *quoted = wend_quote_table(book->dialect, book->table);
        g_string_append(sql, quoted);
    } else if (strcmp(mark, "name") == 0) {
        const char *dot = strrchr(book->table, '.');
        g_autofree char *quoted =
            wend_quote_name(book->dialect, dot != NULL ? dot + 1 : book->table);
        g_string_append(sql, quoted);
    } else if (g_str_has_prefix(mark, "near ")) {
        g_autofree char *quoted = near(book, mark + strlen("near "));
        g_string_append(sql, quoted);
    } else if (strcmp(mark, "at") == 0) {
        g_string_append(sql, time->at);
    } else if (g_str_has_prefix(mark, "time ")) {
        g_string_append_printf(sql, "%s%s%s", time->before, mark + strlen("time "), time->behind);
    } else {
        g_string_append_printf(sql, "{%s}", mark);
    }
}

WendQuery *wend_book_query(const WendBook *book, const char *text)
{
    GString *sql = g_string_new(NULL);
    for (;;) {
        const char *open = strchr(text, '{');
        const char *close = open != NULL ? strchr(open, '}') : NULL;
        if (close == NULL)
            break;
        g_string_append_len(sql, text, open - text);
        g_autofree char *mark = g_strndup(open + 1, (gsize)(close - open - 1));
        append_mark(sql, book, mark);
        text = close + 1;
    }
    g_string_append(sql, text);
    return wend_query_take(g_string_free(sql, FALSE));
}

WendQuery *wend_record_at(WendQuery *query, const WendRecord *record)
{
    return record->applied_at != NULL ? wend_query_text(query, record->applied_at)
                                      : wend_query_special(query, WEND_VALUE_NOW);
}

void wend_book_schema(const WendBook *book, GPtrArray *queries)
{
    if (book->dialect == WEND_DIALECT_POSTGRES && strchr(book->table, '.') != NULL)
        g_ptr_array_add(queries, wend_query_schema(book->table));
}
