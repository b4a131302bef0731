/* SPDX-License-Identifier: MIT
 *
 * Keeps scripts from changing wend's own tables. To look at them is fine, and so is what names them in
 * passing; what begins with a verb that changes something and names one of them as its target is refused.
 */
#include "db/postgres/postgres.h"

#include <string.h>

static const char *const verbs[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE",
                                    "DROP",   "ALTER",  "COPY",   NULL};
/* Behind one of these a name is no target any more. */
static const char *const ends[] = {"SELECT", "VALUES", "USING", "WHERE", "SET",  "RETURNING",
                                   "RENAME", "ADD",    "(",     "TO",    "WITH", NULL};

static bool is_any(Words *words, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (wend_pg_word(words, *list))
            return true;
    }
    return false;
}

/* The last part of a name, as the server folds it. */
static bool is_own(const Connection *connection, const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot != NULL ? dot + 1 : name;
    for (char **own = connection->own; own != NULL && *own != NULL; own++) {
        const char *own_dot = strrchr(*own, '.');
        const char *table = own_dot != NULL ? own_dot + 1 : *own;
        gsize length = strlen(table);
        if (g_ascii_strcasecmp(last, table) == 0 ||
            (last[0] == '"' && strlen(last) == length + 2 && strncmp(last + 1, table, length) == 0))
            return true;
    }
    return false;
}

bool wend_pg_guard(const Connection *connection, const WendPiece *piece, WendError *error)
{
    Words words;
    if (connection->own == NULL)
        return true;
    wend_pg_words(&words, piece->text, piece->length);
    if (!is_any(&words, verbs))
        return true;
    while (!words.ended && !is_any(&words, ends)) {
        g_autofree char *name = wend_pg_name(&words);
        if (name == NULL) {
            wend_pg_next(&words);
            continue;
        }
        if (!is_own(connection, name))
            continue;
        wend_error_set(error, WEND_FAILED, "a migration may not change %s: that is wend's own",
                       name);
        return wend_error_hint(
            error, "remove the statement; `wend mark` and `wend repair` change the books");
    }
    return true;
}
