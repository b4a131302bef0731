/* SPDX-License-Identifier: MIT
 *
 * What it costs a program to call the library at its start when nothing is pending: wend_open(), wend_up(),
 * wend_close(), beside an empty connection of the database's own client library, and over a connection that
 * the program has anyway. Prints three medians in microseconds. bench/start runs it.
 *
 *   bench_start URL MIGRATIONS RUNS      RUNS = 0: one call, for counting what it sends
 */
#include <wend.h>

#include <glib.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Client {
    const char *scheme;
    void *(*connect)(const char *url);
    void (*disconnect)(void *connection);
} Client;

static void *connect_sqlite(const char *url)
{
    sqlite3 *db = NULL;
    sqlite3_open(url + strlen("sqlite:"), &db);
    /* The file is read at the first question only. */
    sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    return db;
}

static void disconnect_sqlite(void *connection)
{
    sqlite3_close(connection);
}

static void *connect_postgres(const char *url)
{
    return PQconnectdb(url);
}

static void disconnect_postgres(void *connection)
{
    PQfinish(connection);
}

/* mysql://root@HOST:PORT/NAME */
static void *connect_mariadb(const char *url)
{
    char host[64], name[64];
    unsigned port = 0;
    MYSQL *mysql = mysql_init(NULL);
    if (sscanf(url, "mysql://root@%63[^:]:%u/%63s", host, &port, name) != 3)
        exit(2);
    return mysql_real_connect(mysql, host, "root", "", name, port, NULL, 0);
}

static void disconnect_mariadb(void *connection)
{
    mysql_close(connection);
}

static const Client clients[] = {{"sqlite:", connect_sqlite, disconnect_sqlite},
                                 {"postgres:", connect_postgres, disconnect_postgres},
                                 {"mysql:", connect_mariadb, disconnect_mariadb}};

static const Client *client_of(const char *url)
{
    for (gsize i = 0; i < G_N_ELEMENTS(clients); i++) {
        if (g_str_has_prefix(url, clients[i].scheme))
            return &clients[i];
    }
    exit(2);
}

static void up(const WendOptions *options)
{
    WendError error = WEND_ERROR_INIT;
    WendHandle *handle = wend_open(options, &error);
    if (handle == NULL || !wend_up(handle, NULL, NULL, &error)) {
        fprintf(stderr, "bench_start: %s\n", error.message);
        exit(1);
    }
    wend_close(handle);
}

static WendFile *migrations_of(guint count)
{
    WendFile *files = g_new0(WendFile, count);
    for (guint i = 0; i < count; i++) {
        char *text = g_strdup_printf("CREATE TABLE item%u (id integer PRIMARY KEY);\n", i + 1);
        files[i] = (WendFile){g_strdup_printf("%06u_m.sql", i + 1), text, strlen(text)};
    }
    return files;
}

static int compare(const void *a, const void *b)
{
    gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;
    return one < other ? -1 : one > other;
}

static gint64 median(gint64 *times, guint count)
{
    qsort(times, count, sizeof *times, compare);
    return times[count / 2];
}

/* The three take turns. */
static void measure(const Client *client, const WendOptions *options, guint runs)
{
    g_autofree gint64 *empty = g_new(gint64, runs), *own = g_new(gint64, runs);
    g_autofree gint64 *lent = g_new(gint64, runs);
    WendOptions over = *options;
    over.database = client->scheme;
    over.connection = client->connect(options->database);
    for (guint i = 0; i < runs; i++) {
        gint64 start = g_get_monotonic_time();
        client->disconnect(client->connect(options->database));
        empty[i] = g_get_monotonic_time() - start;
        up(options);
        own[i] = g_get_monotonic_time() - start - empty[i];
        up(&over);
        lent[i] = g_get_monotonic_time() - start - empty[i] - own[i];
    }
    client->disconnect(over.connection);
    printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", median(empty, runs),
           median(own, runs), median(lent, runs));
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    WendOptions options = WEND_OPTIONS_INIT;
    guint runs = (guint)strtoul(argv[3], NULL, 10);
    options.database = argv[1];
    options.file_count = strtoul(argv[2], NULL, 10);
    options.files = migrations_of((guint)options.file_count);
    up(&options);
    if (runs > 0)
        measure(client_of(argv[1]), &options, runs);
    return 0;
}
