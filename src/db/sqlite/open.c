/* SPDX-License-Identifier: MIT
 *
 * Opening and closing a connection. A file that is not there yet is stood for by an empty database in
 * memory, and comes into being only when something is about to be written to it.
 */
#include "db/sqlite/sqlite.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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
    connection->base.driver = &wend_driver_sqlite;
    connection->watch = connect->watch;
    connection->own = g_strdupv((char **)connect->own);
    connection->lock_timeout_ms = connection->step_lock_timeout_ms = connect->lock_timeout_ms;
    connection->statement_timeout_ms = connection->step_statement_timeout_ms =
        connect->statement_timeout_ms;
    connection->prepared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize);
    connection->settings = g_array_new(FALSE, FALSE, sizeof(Setting));
    g_array_set_clear_func(connection->settings, clear_setting);
    connection->lock_fd = -1;
    return connection;
}

void wend_sqlite_close(WendConnection *base)
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
    if (connection->db != NULL && connection->borrowed)
        sqlite3_busy_timeout(connection->db, connection->host_busy_ms);
    if (!connection->borrowed)
        sqlite3_close(connection->db);
    g_array_unref(connection->settings);
    g_strfreev(connection->own);
    g_clear_pointer(&connection->host_temporary, g_ptr_array_unref);
    g_free(connection->denied);
    g_free(connection->work_cursor);
    g_free(connection->lock_path);
    wend_sqlite_url_free(connection->url);
    g_free(connection);
}

static bool fail_path(const char *path, int code, WendError *error)
{
    wend_error_set(error, WEND_CONNECT, "the database file %s cannot be reached: %s", path,
                   g_strerror(code));
    return wend_error_hint(error, "check the path and the permissions of the file and its folder");
}

static bool fail_folder(const char *path, WendError *error)
{
    gsize length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    wend_error_set(error, WEND_CONNECT, "%s is a folder, not a database file", path);
    return wend_error_hint(error, "name a file in it, for example sqlite:%.*s/wend.db", (int)length,
                           path);
}

/* Nothing by that name: is the way to it there, and does a link end in nothing? */
static bool check_absent(const SqliteUrl *url, bool create, WendError *error)
{
    struct stat status;
    if (lstat(url->path, &status) == 0) {
        wend_error_set(error, WEND_CONNECT, "%s is a symbolic link to a file that is not there",
                       url->path);
        return wend_error_hint(error, "make the file that it names, or remove the link");
    }
    g_autofree char *folder = g_path_get_dirname(url->path);
    if (create && !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        wend_error_set(error, WEND_CONNECT, "the folder %s of the database file does not exist",
                       folder);
        return wend_error_hint(error, "mkdir -p %s", folder);
    }
    if (!url->read_only && !url->no_create)
        return true;
    wend_error_set(error, WEND_CONNECT, "the database file %s does not exist", url->path);
    return wend_error_hint(error, "check the path, or leave mode= out of the URL to create it");
}

/* What stands in the way of opening the file, said more plainly than SQLite does. */
static bool check_path(Connection *connection, bool create, WendError *error)
{
    const SqliteUrl *url = connection->url;
    struct stat status;
    if (stat(url->path, &status) == 0)
        return S_ISREG(status.st_mode) ||
               (S_ISDIR(status.st_mode) ? fail_folder(url->path, error)
                                        : fail_path(url->path, EINVAL, error));
    int code = errno;
    if (code != ENOENT)
        return fail_path(url->path, code, error);
    connection->base.absent = true;
    connection->may_create = create;
    return check_absent(url, create, error);
}

static bool open_database(Connection *connection, bool create, WendError *error)
{
    const SqliteUrl *url = connection->url;
    bool memory = url->memory || connection->base.absent;
    /* A connection is used by one thread at a time. */
    int flags = SQLITE_OPEN_NOMUTEX;
    flags |= url->read_only && !memory ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (memory || create)
        flags |= SQLITE_OPEN_CREATE;
    if (url->immutable)
        flags |= SQLITE_OPEN_URI;
    g_autofree char *escaped = g_uri_escape_string(url->path, "/", TRUE);
    g_autofree char *immutable = g_strdup_printf("file:%s?immutable=1", escaped);
    const char *name = memory ? ":memory:" : url->immutable ? immutable : url->path;
    int rc = sqlite3_open_v2(name, &connection->db, flags, memory ? NULL : url->vfs);
    if (rc == SQLITE_OK)
        return true;
    wend_error_set(error, WEND_CONNECT, "the database file %s cannot be opened: %s", url->path,
                   connection->db != NULL ? sqlite3_errmsg(connection->db) : sqlite3_errstr(rc));
    return wend_error_hint(error, "check the path and the permissions of the file and its folder");
}

/* The first read: shows whether the file is a database at all, and reads its schema. */
static bool first_look(Connection *connection, WendError *error)
{
    g_autofree char *version = NULL;
    if (wend_sqlite_value(connection, "SELECT 1 FROM main.sqlite_schema LIMIT 1", &version, error))
        return true;
    const char *file = sqlite3_db_filename(connection->db, "main");
    if (error != NULL && error->code == WEND_FAILED)
        error->code = WEND_CONNECT;
    if (file != NULL && file[0] != '\0')
        wend_error_place(error, file, 0, 0);
    return false;
}

static bool set_up(Connection *connection, WendError *error)
{
    wend_sqlite_watch(connection);
    if (!connection->borrowed)
        wend_sqlite_guard(connection);
    if (connection->url != NULL && connection->url->foreign_keys >= 0)
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY,
                          connection->url->foreign_keys, NULL);
    if (!first_look(connection, error))
        return false;
    const char *file = sqlite3_db_filename(connection->db, "main");
    if (file != NULL && file[0] != '\0')
        connection->lock_path = g_strconcat(file, "-wend", NULL);
    return true;
}

static bool open_url(Connection *connection, const WendConnect *connect, WendError *error)
{
    connection->url = wend_sqlite_url_parse(connect->url, error);
    if (connection->url == NULL)
        return false;
    return (connection->url->memory || check_path(connection, connect->create, error)) &&
           open_database(connection, false, error);
}

/* Not taken over with a transaction open: closing would roll the host's work back. */
static bool take_handle(Connection *connection, sqlite3 *handle, WendError *error)
{
    if (sqlite3_get_autocommit(handle) == 0) {
        wend_error_set(error, WEND_USAGE, "the connection has a transaction open");
        return wend_error_hint(error, "commit or roll back before handing the connection over");
    }
    g_autofree char *busy = NULL;
    connection->db = handle;
    if (!wend_sqlite_value(connection, "PRAGMA busy_timeout", &busy, error))
        return false;
    connection->host_busy_ms = (int)g_ascii_strtoll(busy, NULL, 10);
    wend_sqlite_temporary_keep(connection);
    return true;
}

WendConnection *wend_sqlite_open(const WendConnect *connect, WendError *error)
{
    Connection *connection = connection_new(connect);
    connection->borrowed = connect->handle != NULL;
    bool ok = connection->borrowed ? take_handle(connection, connect->handle, error)
                                   : open_url(connection, connect, error);
    if (ok && set_up(connection, error))
        return &connection->base;
    wend_sqlite_close(&connection->base);
    return NULL;
}

bool wend_sqlite_bring_into_being(Connection *connection, WendError *error)
{
    if (!connection->base.absent || !connection->may_create)
        return true;
    g_hash_table_remove_all(connection->prepared);
    sqlite3_close(connection->db);
    connection->db = NULL;
    connection->base.absent = false;
    return open_database(connection, true, error) && set_up(connection, error);
}
