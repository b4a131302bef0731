/* SPDX-License-Identifier: MIT
 *
 * See host.h.
 */
#include "host.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const variables[HOST_KINDS] = {
    [HOST_POSTGRES] = "WEND_TEST_POSTGRES_URL", [HOST_MARIADB] = "WEND_TEST_MARIADB_URL"};

static char *server_of(HostKind kind)
{
    const char *url = g_getenv(variables[kind]);
    g_assert_nonnull(url);
    return g_strndup(url, (gsize)(strrchr(url, '/') + 1 - url));
}

/* --- SQLite: one folder for all, which goes with the process --- */

static char *folder;

static void remove_folder(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
}

static char *make_folder(void)
{
    folder = g_dir_make_tmp("wend-host-XXXXXX", NULL);
    atexit(remove_folder);
    return folder;
}

char *host_database(HostKind kind)
{
    static gint databases;
    int number = g_atomic_int_add(&databases, 1);
    if (kind == HOST_SQLITE) {
        return g_strdup_printf("sqlite:%s/host%d.db", folder != NULL ? folder : make_folder(),
                               number);
    }
    g_autofree char *server = server_of(kind);
    g_autofree char *sql = g_strdup_printf("CREATE DATABASE host%d", number);
    void *connection = host_connect(kind, g_getenv(variables[kind]));
    host_assert(kind, connection, sql, "");
    host_disconnect(kind, connection);
    return g_strdup_printf("%shost%d", server, number);
}

/* mysql://root@127.0.0.1:PORT/NAME */
static MYSQL *connect_mariadb(const char *url)
{
    char name[64] = "";
    unsigned port = 0;
    g_assert_cmpint(sscanf(url, "mysql://root@127.0.0.1:%u/%63s", &port, name), >=, 1);
    MYSQL *mysql = mysql_init(NULL);
    g_assert_nonnull(
        mysql_real_connect(mysql, "127.0.0.1", "root", "", *name ? name : NULL, port, NULL, 0));
    return mysql;
}

void *host_connect(HostKind kind, const char *url)
{
    if (kind == HOST_MARIADB)
        return connect_mariadb(url);
    if (kind == HOST_POSTGRES) {
        PGconn *pg = PQconnectdb(url);
        g_assert_cmpstr(PQerrorMessage(pg), ==, "");
        return pg;
    }
    sqlite3 *db = NULL;
    g_assert_cmpint(sqlite3_open(url + strlen("sqlite:"), &db), ==, SQLITE_OK);
    return db;
}

void host_disconnect(HostKind kind, void *connection)
{
    if (kind == HOST_MARIADB)
        mysql_close(connection);
    else if (kind == HOST_POSTGRES)
        PQfinish(connection);
    else
        g_assert_cmpint(sqlite3_close(connection), ==, SQLITE_OK);
}

static char *ask_postgres(PGconn *pg, const char *sql)
{
    PGresult *result = PQexec(pg, sql);
    g_assert_cmpstr(PQresultErrorMessage(result), ==, "");
    char *text = g_strdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

static char *ask_mariadb(MYSQL *mysql, const char *sql)
{
    mysql_query(mysql, sql);
    g_assert_cmpstr(mysql_error(mysql), ==, "");
    MYSQL_RES *result = mysql_store_result(mysql);
    MYSQL_ROW row = result != NULL ? mysql_fetch_row(result) : NULL;
    char *text = g_strdup(row != NULL && row[0] != NULL ? row[0] : "");
    mysql_free_result(result);
    return text;
}

char *host_ask(HostKind kind, void *connection, const char *sql)
{
    if (kind == HOST_POSTGRES)
        return ask_postgres(connection, sql);
    if (kind == HOST_MARIADB)
        return ask_mariadb(connection, sql);
    sqlite3_stmt *statement = NULL;
    g_assert_cmpint(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), ==, SQLITE_OK);
    int step = sqlite3_step(statement);
    g_assert_true(step == SQLITE_ROW || step == SQLITE_DONE);
    char *text =
        g_strdup(step == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : "");
    sqlite3_finalize(statement);
    return text;
}

void host_assert_done(bool ok, WendError *error)
{
    g_assert_cmpstr(error->message, ==, NULL);
    g_assert_true(ok);
}

void host_assert_failed(bool ok, WendError *error, WendCode code, const char *words)
{
    g_assert_false(ok);
    if (error->message == NULL || strstr(error->message, words) == NULL)
        g_assert_cmpstr(error->message, ==, words);
    g_assert_cmpint(error->code, ==, code);
    wend_error_clear(error);
}
