/* SPDX-License-Identifier: MIT
 *
 * The SQL of a new migration, made ready for tools that cut it in their own way. See draft.h.
 */
#include "format/draft.h"

#include "sql/splitter.h"

#include <string.h>

static GArray *cut(const char *sql, WendDialect dialect)
{
    GArray *statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    wend_split(sql, strlen(sql), wend_dialect_flags(dialect), statements, NULL);
    return statements;
}

static bool is_body(const char *sql, const WendStatement *statement)
{
    return memchr(sql + statement->start, ';', statement->end - statement->start) != NULL;
}

bool wend_draft_has_body(const char *sql, WendDialect dialect)
{
    g_autoptr(GArray) statements = cut(sql, dialect);
    for (guint i = 0; i < statements->len; i++) {
        if (is_body(sql, &g_array_index(statements, WendStatement, i)))
            return true;
    }
    return false;
}

char *wend_draft_fence(const char *sql, WendDialect dialect, bool all, const char *begin,
                       const char *end)
{
    g_autoptr(GArray) statements = cut(sql, dialect);
    g_autoptr(GString) out = g_string_new(NULL);
    gsize at = 0;
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        bool fenced = all || is_body(sql, statement);
        g_string_append_len(out, sql + at, (gssize)(statement->start - at));
        g_string_append(out, fenced ? begin : "");
        g_string_append_len(out, sql + statement->start,
                            (gssize)(statement->end - statement->start));
        at = statement->end;
        if (!fenced)
            continue;
        at += sql[at] == ';';
        g_string_append(out, end);
    }
    g_string_append(out, sql + at);
    return g_string_free(g_steal_pointer(&out), FALSE);
}
