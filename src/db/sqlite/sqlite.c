/* SPDX-License-Identifier: MIT
 *
 * The SQLite driver: small looks, the journal's tables, and the table of functions that core calls. How
 * a connection is opened is in open.c, how work is committed in work.c, how it is locked in lock.c.
 */
#include "db/sqlite/sqlite.h"

static char *display(const char *url)
{
    return g_strdup(url);
}

static char *about(WendConnection *base)
{
    (void)base;
    return g_strdup_printf("SQLite %s", sqlite3_libversion());
}

/* There is no server. */
static char *backend(WendConnection *base)
{
    (void)base;
    return NULL;
}

static bool take_table(const WendRow *row, void *data, WendError *error)
{
    WendOwnTable *table = data;
    (void)error;
    table->exists = row->values[0] != NULL;
    table->columns = g_strdup(row->values[0]);
    table->view = g_strcmp0(row->values[1], "view") == 0;
    return true;
}

static void clear_table(gpointer table)
{
    wend_own_table_clear(table);
}

static bool find_tables(WendConnection *base, const char *const *names, WendOwnTable *tables,
                        WendError *error)
{
    g_autoptr(GArray) found =
        g_array_sized_new(FALSE, TRUE, sizeof(WendOwnTable), g_strv_length((char **)names));
    g_array_set_clear_func(found, clear_table);
    for (guint i = 0; names[i] != NULL; i++) {
        g_autoptr(WendQuery) query = wend_query_new(
            "SELECT (SELECT lower(group_concat(name)) FROM pragma_table_info(s.name, 'main')), "
            "type FROM main.sqlite_schema s WHERE type IN ('table', 'view') AND name = ? COLLATE "
            "NOCASE");
        wend_query_text(query, names[i]);
        g_array_set_size(found, i + 1);
        if (!wend_sqlite_query(base, query, take_table, &g_array_index(found, WendOwnTable, i),
                               error))
            return false;
    }
    for (guint i = 0; names[i] != NULL; i++) {
        WendOwnTable *one = &g_array_index(found, WendOwnTable, i);
        tables[i] = *one;
        tables[i].name = g_strdup(names[i]);
        *one = (WendOwnTable){0};
    }
    return true;
}

/* FULL, SQLite's default, leaves it to the system when the journal's deletion, which is the commit, is on the
 * disk. After a power cut the journal may be back: a commit that was told of is undone, and behind a
 * VACUUM, which cuts the file short right after its commit, the pages that the journal counts on are gone.
 * EXTRA syncs the folder first. The host's own connection stays as the host has it. */
static bool sync_commits(Connection *connection, WendError *error)
{
    g_autofree char *level = NULL;
    if (connection->borrowed)
        return true;
    return wend_sqlite_value(connection, "PRAGMA main.synchronous", &level, error) &&
           (g_strcmp0(level, "2") != 0 ||
            wend_sqlite_exec(connection, "PRAGMA main.synchronous = EXTRA", error));
}

static bool writable(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!wend_sqlite_bring_into_being(connection, error))
        return false;
    if (sqlite3_db_readonly(connection->db, "main") != 1)
        return sync_commits(connection, error);
    const char *file = sqlite3_db_filename(connection->db, "main");
    wend_error_set(error, WEND_CONNECT, "the database %s can only be read",
                   file != NULL ? file : "in memory");
    return wend_error_hint(error,
                           "check the permissions of the file and its folder, and that the URL "
                           "does not say mode=ro");
}

/* One row per thing tried; `seq` grows and is never given twice while rows are only ever added. */
static void add_journal(GPtrArray *queries, const char *journal)
{
    g_autofree char *name = wend_quote_table(WEND_DIALECT_SQLITE, journal);
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf("CREATE TABLE IF NOT EXISTS %s (\n"
                                                             "    seq INTEGER PRIMARY KEY,\n"
                                                             "    run TEXT NOT NULL,\n"
                                                             "    track TEXT NOT NULL,\n"
                                                             "    id TEXT NOT NULL,\n"
                                                             "    direction TEXT NOT NULL,\n"
                                                             "    statement INTEGER NOT NULL,\n"
                                                             "    event TEXT NOT NULL,\n"
                                                             "    checksum TEXT,\n"
                                                             "    script TEXT,\n"
                                                             "    detail TEXT,\n"
                                                             "    at TEXT NOT NULL,\n"
                                                             "    duration_ms INTEGER,\n"
                                                             "    who TEXT NOT NULL\n"
                                                             ")",
                                                             name)));
}

static void add_scripts(GPtrArray *queries, const char *scripts)
{
    g_autofree char *name = wend_quote_table(WEND_DIALECT_SQLITE, scripts);
    g_ptr_array_add(queries,
                    wend_query_take(g_strdup_printf("CREATE TABLE IF NOT EXISTS %s (\n"
                                                    "    sha256 TEXT NOT NULL PRIMARY KEY,\n"
                                                    "    script TEXT NOT NULL\n"
                                                    ")",
                                                    name)));
}

static GPtrArray *journal_create(const char *journal, const char *scripts)
{
    GPtrArray *queries = wend_queries_new();
    if (journal != NULL)
        add_journal(queries, journal);
    if (scripts != NULL)
        add_scripts(queries, scripts);
    return queries;
}

const WendDriver wend_driver_sqlite = {
    .name = "sqlite",
    .title = "SQLite",
    .scratch = "sqlite::memory:",
    .dialect = WEND_DIALECT_SQLITE,
    .lock_timeout_ms = 10 * 1000,
    .open = wend_sqlite_open,
    .close = wend_sqlite_close,
    .place = wend_sqlite_url_place,
    .display = display,
    .about = about,
    .backend = backend,
    .query = wend_sqlite_query,
    .read = wend_sqlite_read,
    .find_tables = find_tables,
    .is_empty = wend_sqlite_is_empty,
    .writable = writable,
    .journal_create = journal_create,
    .write = wend_sqlite_write,
    .literal = wend_sqlite_literal,
    .classify = wend_sqlite_classify,
    .begin_step = wend_sqlite_begin_step,
    .end_step = wend_sqlite_end_step,
    .transact = wend_sqlite_transact,
    .alone = wend_sqlite_alone,
    .settle = wend_sqlite_settle,
    .abandon = wend_sqlite_abandon,
    .lock = wend_sqlite_lock,
    .check = wend_sqlite_lock_check,
    .unlock = wend_sqlite_unlock,
    .holder = wend_sqlite_holder,
    .clean = wend_sqlite_clean,
    .list = wend_sqlite_list,
    .backup = wend_sqlite_backup,
    .restore = wend_sqlite_restore,
    .schema = wend_sqlite_schema,
    .script_head = ".bail on",
    .script_begin = "BEGIN IMMEDIATE;",
    .script_commit = "COMMIT;",
    .script_settings = wend_sqlite_script_settings,
};
