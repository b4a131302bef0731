/* SPDX-License-Identifier: MIT
 *
 * Keeps scripts from changing wend's own tables. To look at them is fine, and so is what names them in
 * passing; a verb that changes something and has one of them as its target is refused.
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

static bool refuse(const char *name, WendError *error)
{
    wend_error_set(error, WEND_FAILED, "a script may not change %s: that is wend's own", name);
    return wend_error_hint(error,
                           "remove the statement; `wend mark` and `wend repair` change the books");
}

/* Behind a verb: every name up to the end of its targets. */
static bool check_targets(const Connection *connection, Words *words, WendError *error)
{
    while (!words->ended && !is_any(words, ends)) {
        g_autofree char *name = wend_pg_name(words);
        if (name == NULL)
            wend_pg_next(words);
        else if (is_own(connection, name))
            return refuse(name, error);
    }
    return true;
}

/* WITH … AS (DELETE FROM name …): the verbs in it. */
static bool check_with(const Connection *connection, Words *words, WendError *error)
{
    while (!words->ended) {
        bool verb = wend_pg_word(words, "UPDATE") ||
                    (wend_pg_word(words, "DELETE") && wend_pg_word(words, "FROM")) ||
                    ((wend_pg_word(words, "INSERT") || wend_pg_word(words, "MERGE")) &&
                     wend_pg_word(words, "INTO"));
        if (!verb) {
            wend_pg_next(words);
            continue;
        }
        wend_pg_word(words, "ONLY");
        g_autofree char *name = wend_pg_name(words);
        if (name != NULL && is_own(connection, name))
            return refuse(name, error);
    }
    return true;
}

/* CREATE RULE … ON event TO table, CREATE TRIGGER … ON table: either would keep wend's rows out. */
static bool check_create(const Connection *connection, Words *words, WendError *error)
{
    if (wend_pg_word(words, "OR"))
        wend_pg_word(words, "REPLACE");
    wend_pg_word(words, "CONSTRAINT");
    const char *behind = wend_pg_word(words, "RULE")      ? "TO"
                         : wend_pg_word(words, "TRIGGER") ? "ON"
                                                          : NULL;
    if (behind == NULL || !wend_pg_skip_to(words, behind))
        return true;
    g_autofree char *name = wend_pg_name(words);
    return name == NULL || !is_own(connection, name) || refuse(name, error);
}

bool wend_pg_guard(const Connection *connection, const WendPiece *piece, WendError *error)
{
    Words words;
    if (connection->own == NULL)
        return true;
    wend_pg_words(&words, piece->text, piece->length);
    if (is_any(&words, verbs))
        return check_targets(connection, &words, error);
    if (wend_pg_word(&words, "WITH"))
        return check_with(connection, &words, error);
    return !wend_pg_word(&words, "CREATE") || check_create(connection, &words, error);
}
