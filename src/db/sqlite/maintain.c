/* SPDX-License-Identifier: MIT
 *
 * The database as a whole: what is in it, dropping all of it, copying it.
 */
#include "db/sqlite/sqlite.h"

#include "base/part.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* In the order in which they can be dropped: a virtual table takes its shadow tables along. */
#define OBJECTS                                                                                    \
    "SELECT type, name, 'DROP ' || type || ' IF EXISTS main.\"' || replace(name, '\"', '\"\"') "   \
    "|| "                                                                                          \
    "'\"' FROM main.sqlite_schema "                                                                \
    "WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "       \
    "ORDER BY CASE type WHEN 'trigger' THEN 0 WHEN 'view' THEN 1 ELSE 2 END, "                     \
    "sql NOT LIKE 'CREATE VIRTUAL%', rowid DESC"

#define BACKUP_PAGES 1024

static bool add_name(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    g_ptr_array_add(data, g_strdup_printf("%s %s", row->values[0], row->values[1]));
    return true;
}

static bool add_drop(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    g_ptr_array_add(data, wend_query_new(row->values[2]));
    return true;
}

bool wend_sqlite_list(WendConnection *base, GPtrArray *names, WendError *error)
{
    g_autoptr(WendQuery) query = wend_query_new(OBJECTS);
    return wend_sqlite_query(base, query, add_name, names, error);
}

typedef struct Others {
    const char *const *own;
    bool found;
} Others;

static bool look_for_other(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    Others *others = data;
    for (const char *const *own = others->own; *own != NULL; own++) {
        if (g_ascii_strcasecmp(row->values[1], *own) == 0)
            return true;
    }
    others->found = true;
    return true;
}

bool wend_sqlite_is_empty(WendConnection *base, const char *const *own, bool *empty,
                          WendError *error)
{
    Others others = {own, false};
    g_autoptr(WendQuery) query = wend_query_new(OBJECTS);
    if (!wend_sqlite_query(base, query, look_for_other, &others, error))
        return false;
    *empty = !others.found;
    return true;
}

static bool drop_all(Connection *connection, WendError *error)
{
    g_autoptr(GPtrArray) drops = wend_queries_new();
    g_autoptr(WendQuery) query = wend_query_new(OBJECTS);
    if (!wend_sqlite_query(&connection->base, query, add_drop, drops, error))
        return false;
    return wend_sqlite_queries(connection, drops, error);
}

bool wend_sqlite_clean(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    int foreign_keys = 0;
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &foreign_keys);
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    g_hash_table_remove_all(connection->prepared);
    bool ok = wend_sqlite_exec(connection, "BEGIN IMMEDIATE", error);
    if (ok) {
        ok = drop_all(connection, error) && wend_sqlite_exec(connection, "COMMIT", error);
        if (!ok)
            wend_sqlite_abandon(base);
    }
    g_hash_table_remove_all(connection->prepared);
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, foreign_keys, NULL);
    return ok;
}

static bool copy_pages(Connection *connection, sqlite3 *to, WendError *error)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", connection->db, "main");
    if (backup == NULL)
        return wend_error_set(error, WEND_FAILED, "the backup failed: %s", sqlite3_errmsg(to));
    int rc;
    /* While an application holds the source, the busy handler waits inside of this. */
    do
        rc = sqlite3_backup_step(backup, BACKUP_PAGES);
    while (rc == SQLITE_OK && !wend_sqlite_interrupted(connection, 1));
    sqlite3_backup_finish(backup);
    if (rc == SQLITE_DONE)
        return true;
    if (wend_sqlite_interrupted(connection, 1))
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted during the backup");
    if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        return wend_sqlite_fail(connection, rc, error);
    return wend_error_set(error, WEND_FAILED, "the backup failed: %s", sqlite3_errstr(rc));
}

/* Into a neighbour first, which gets the name only when it is whole. */
bool wend_sqlite_backup(WendConnection *base, const char *file, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autofree char *part = wend_part_make(file, error);
    if (part == NULL)
        return false;
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE, NULL);
    bool ok = rc == SQLITE_OK && copy_pages(connection, to, error);
    if (rc != SQLITE_OK)
        wend_error_set(error, WEND_FAILED, "the backup file %s cannot be opened: %s", part,
                       to != NULL ? sqlite3_errmsg(to) : sqlite3_errstr(rc));
    sqlite3_close(to);
    ok = ok && wend_part_keep(part, file, error);
    if (!ok)
        g_unlink(part);
    return ok;
}

typedef struct Writing {
    GString *script;
    const char *const *except;
} Writing;

static bool add_statement(const WendRow *row, void *data, WendError *error)
{
    const Writing *writing = data;
    (void)error;
    for (const char *const *name = writing->except; *name != NULL; name++) {
        if (g_ascii_strcasecmp(*name, row->values[1]) == 0)
            return true;
    }
    g_string_append_printf(writing->script, "%s;\n\n", row->values[0]);
    return true;
}

/* Tables before what needs them; the tables behind a virtual one come with it. */
bool wend_sqlite_schema(WendConnection *base, const char *const *except, char **script,
                        WendError *error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(WendQuery) query = wend_query_new(
        "SELECT sql, tbl_name FROM main.sqlite_schema s WHERE sql IS NOT NULL AND name NOT LIKE "
        "'sqlite\\_%' ESCAPE '\\' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = "
        "'shadow' AND schema = 'main') ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 "
        "WHEN 'view' THEN 2 ELSE 3 END, rowid");
    Writing writing = {text, except};
    if (!wend_sqlite_query(base, query, add_statement, &writing, error))
        return false;
    *script = g_string_free(g_steal_pointer(&text), FALSE);
    return true;
}

/* As a word of the shell's dot commands, which know no way to put a ' between two of them. What no
 * terminal should see is written as a number. */
static char *dot_word(const char *text)
{
    GString *word = g_string_new("\"");
    for (; *text != '\0'; text++) {
        if (g_ascii_iscntrl(*text)) {
            g_string_append_printf(word, "\\%03o", (guint)(guchar)*text);
            continue;
        }
        if (*text == '"' || *text == '\\')
            g_string_append_c(word, '\\');
        g_string_append_c(word, *text);
    }
    g_string_append_c(word, '"');
    return g_string_free(word, FALSE);
}

/* As a word of the shell; control characters as numbers, for the same reason. */
static char *shell_word(const char *text)
{
    bool plain = true;
    for (const char *at = text; *at != '\0'; at++)
        plain = plain && !g_ascii_iscntrl(*at);
    if (plain)
        return g_shell_quote(text);
    GString *word = g_string_new("\"$(printf '");
    for (; *text != '\0'; text++) {
        if (g_ascii_isalnum(*text) || strchr("/._-", *text) != NULL)
            g_string_append_c(word, *text);
        else
            g_string_append_printf(word, "\\%03o", (guint)(guchar)*text);
    }
    g_string_append(word, "')\"");
    return g_string_free(word, FALSE);
}

/* .restore goes through SQLite as well: it takes the locks and leaves no stale journal behind. */
char *wend_sqlite_restore(WendConnection *base, const char *file)
{
    Connection *connection = (Connection *)base;
    const char *database = sqlite3_db_filename(connection->db, "main");
    g_autofree char *path = shell_word(database != NULL ? database : "");
    g_autofree char *absolute = g_canonicalize_filename(file, NULL);
    g_autofree char *copy = shell_word(absolute);
    g_autofree char *word = dot_word(absolute);
    g_autofree char *command = g_strdup_printf(".restore %s", word);
    g_autofree char *quoted = g_shell_quote(command);
    /* The shell would make a copy that is not there, and restore its emptiness. */
    return g_strdup_printf("test -s %s && sqlite3 %s %s", copy, path, quoted);
}
