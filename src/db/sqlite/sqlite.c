/* SPDX-License-Identifier: MIT
 *
 * The SQLite driver: opening, closing, looking, and the table of functions that core calls. How work
 * is committed is in work.c, how it is locked in lock.c.
 */
#include "db/sqlite/sqlite.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const schemes[] = {"sqlite", "sqlite3", NULL};

static void clear_setting(gpointer data)
{
    wend_sqlite_setting_clear(data);
}

static void finalize(gpointer data)
{
    sqlite3_finalize(data);
}

static Connection *connection_new(const WendConnect *connect)
{
    Connection *connection = g_new0(Connection, 1);
    connection->base.driver = NULL;
    connection->watch = connect->watch;
    connection->lock_timeout_ms = connection->step_lock_timeout_ms = connect->lock_timeout_ms;
    connection->statement_timeout_ms = connection->step_statement_timeout_ms =
        connect->statement_timeout_ms;
    connection->prepared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize);
    connection->settings = g_array_new(FALSE, FALSE, sizeof(Setting));
    g_array_set_clear_func(connection->settings, clear_setting);
    connection->lock_fd = -1;
    return connection;
}

static void close_connection(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    if (connection == NULL)
        return;
    if (connection->db != NULL) {
        wend_sqlite_abandon(base);
        wend_sqlite_end_step(base);
    }
    wend_sqlite_unlock(base);
    g_hash_table_unref(connection->prepared);
    if (connection->db != NULL)
        wend_sqlite_unwatch(connection);
    if (!connection->borrowed)
        sqlite3_close(connection->db);
    g_array_unref(connection->settings);
    g_free(connection->work_cursor);
    g_free(connection->lock_path);
    g_free(connection);
}

/* What stands in the way of opening the file, said more plainly than SQLite does. */
static bool check_path(const SqliteUrl *url, bool create, WendError *error)
{
    struct stat status;
    if (stat(url->path, &status) == 0) {
        if (!S_ISDIR(status.st_mode))
            return true;
        wend_error_set(error, WEND_CONNECT, "%s is a folder, not a database file", url->path);
        return wend_error_hint(error, "name a file in it, for example sqlite:%s/wend.db",
                               url->path);
    }
    if (!create)
        return true;
    g_autofree char *folder = g_path_get_dirname(url->path);
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return true;
    wend_error_set(error, WEND_CONNECT, "the folder %s of the database file does not exist",
                   folder);
    return wend_error_hint(error, "mkdir -p %s", folder);
}

static bool open_file(Connection *connection, const SqliteUrl *url, bool create, WendError *error)
{
    create = create && !url->read_only && !url->no_create;
    connection->absent = !url->memory && access(url->path, F_OK) != 0;
    if (!url->memory && !check_path(url, create, error))
        return false;
    if (connection->absent && (url->read_only || url->no_create)) {
        wend_error_set(error, WEND_CONNECT, "the database file %s does not exist", url->path);
        return wend_error_hint(error, "check the path, or leave mode= out of the URL to create it");
    }
    bool memory = url->memory || (connection->absent && !create);
    int flags = url->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (memory || create)
        flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    g_autofree char *escaped = g_uri_escape_string(url->path, "/", TRUE);
    g_autofree char *immutable = g_strdup_printf("file:%s?immutable=1", escaped);
    const char *name = memory ? ":memory:" : url->immutable ? immutable : url->path;
    if (url->immutable)
        flags |= SQLITE_OPEN_URI;
    /* A connection is used by one thread at a time. */
    flags |= SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(name, &connection->db, flags, memory ? NULL : url->vfs);
    if (rc == SQLITE_OK)
        return true;
    wend_error_set(error, WEND_CONNECT, "the database file %s cannot be opened: %s", url->path,
                   connection->db != NULL ? sqlite3_errmsg(connection->db) : sqlite3_errstr(rc));
    return wend_error_hint(error, "check the path and the permissions of the file and its folder");
}

/* The first read: shows whether the file is a database at all. */
static bool first_look(Connection *connection, WendError *error)
{
    g_autofree char *version = NULL;
    if (wend_sqlite_value(connection, "PRAGMA schema_version", &version, error))
        return true;
    const char *file = sqlite3_db_filename(connection->db, "main");
    if (error != NULL && error->code == WEND_FAILED)
        error->code = WEND_CONNECT;
    if (file != NULL && file[0] != '\0')
        wend_error_place(error, file, 0, 0);
    return false;
}

static void find_lock_path(Connection *connection)
{
    const char *file = sqlite3_db_filename(connection->db, "main");
    if (file != NULL && file[0] != '\0')
        connection->lock_path = g_strconcat(file, "-wend", NULL);
}

extern const WendDriver wend_driver_sqlite;

static WendConnection *open_connection(const WendConnect *connect, WendError *error)
{
    g_autoptr(SqliteUrl) url = NULL;
    if (connect->handle == NULL) {
        url = wend_sqlite_url_parse(connect->url, error);
        if (url == NULL)
            return NULL;
    }
    Connection *connection = connection_new(connect);
    connection->base.driver = &wend_driver_sqlite;
    connection->borrowed = connect->handle != NULL;
    bool ok = true;
    if (!connection->borrowed) {
        ok = open_file(connection, url, connect->create, error);
    } else if (sqlite3_get_autocommit(connect->handle) == 0) {
        /* Not taken over: closing would roll the host's transaction back. */
        wend_error_set(error, WEND_USAGE, "the connection has a transaction open");
        ok = wend_error_hint(error, "commit or roll back before handing the connection over");
    } else {
        connection->db = connect->handle;
    }
    if (ok) {
        sqlite3_extended_result_codes(connection->db, 1);
        wend_sqlite_watch(connection);
        if (url != NULL && url->foreign_keys >= 0)
            sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, url->foreign_keys, NULL);
        ok = first_look(connection, error);
    }
    if (!ok) {
        close_connection(&connection->base);
        return NULL;
    }
    find_lock_path(connection);
    return &connection->base;
}

static char *display(const char *url)
{
    return g_strdup(url);
}

static char *about(WendConnection *base)
{
    (void)base;
    return g_strdup_printf("SQLite %s", sqlite3_libversion());
}

static bool is_there(const WendRow *row, void *data, WendError *error)
{
    (void)row;
    (void)error;
    *(bool *)data = true;
    return true;
}

static bool has_table(WendConnection *base, const char *table, bool *has, WendError *error)
{
    g_autoptr(WendQuery) query = wend_query_new(
        "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE");
    wend_query_text(query, table);
    bool found = false;
    if (!wend_sqlite_query(base, query, is_there, &found, error))
        return false;
    *has = found;
    return true;
}

static bool writable(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (sqlite3_db_readonly(connection->db, "main") != 1)
        return true;
    const char *file = sqlite3_db_filename(connection->db, "main");
    wend_error_set(error, WEND_CONNECT, "the database %s can only be read",
                   file != NULL ? file : "in memory");
    return wend_error_hint(error,
                           "check the permissions of the file and its folder, and that the URL "
                           "does not say mode=ro");
}

/* One row per thing tried; `seq` grows and is never given twice while rows are only ever added. */
static GPtrArray *journal_create(const char *journal, const char *scripts)
{
    g_autofree char *journal_name = wend_quote_table(WEND_DIALECT_SQLITE, journal);
    g_autofree char *scripts_name = wend_quote_table(WEND_DIALECT_SQLITE, scripts);
    GPtrArray *queries = wend_queries_new();
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
                                                             journal_name)));
    g_ptr_array_add(queries,
                    wend_query_take(g_strdup_printf("CREATE TABLE IF NOT EXISTS %s (\n"
                                                    "    sha256 TEXT NOT NULL PRIMARY KEY,\n"
                                                    "    script TEXT NOT NULL\n"
                                                    ")",
                                                    scripts_name)));
    return queries;
}

const WendDriver wend_driver_sqlite = {
    .name = "sqlite",
    .title = "SQLite",
    .scratch = "sqlite::memory:",
    .schemes = schemes,
    .dialect = WEND_DIALECT_SQLITE,
    .open = open_connection,
    .close = close_connection,
    .place = wend_sqlite_url_place,
    .display = display,
    .about = about,
    .query = wend_sqlite_query,
    .has_table = has_table,
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
    .script_begin = "BEGIN IMMEDIATE;",
    .script_commit = "COMMIT;",
};
