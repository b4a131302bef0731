/* SPDX-License-Identifier: MIT
 *
 * A MariaDB server, or a cluster of them, for tests. See maria.h.
 */
#include "maria.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *script_name;
static char *folder;
static char **nodes; /* "mysql://root@127.0.0.1:20001/" … */
static guint databases;

const char *maria_folder(void)
{
    return folder;
}

bool maria_server(const char *verb, const char *node)
{
    g_autofree char *script = g_build_filename(WEND_SERVER_SCRIPTS, script_name, NULL);
    g_autofree char *said = NULL;
    const char *argv[] = {script, verb, folder, node, NULL};
    int status = -1;
    bool ok = g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, NULL,
                           &status, NULL) &&
              status == 0;
    if (ok && strcmp(verb, "start") == 0)
        nodes = g_strsplit(g_strchomp(said), "\n", -1);
    return ok;
}

/* Ends the servers in `top` and removes it when this process ends, in whatever way: it then reads the end
 * of its input. */
static int start_guard(const char *top, GPid *guard)
{
    g_autofree char *script = g_build_filename(WEND_SERVER_SCRIPTS, "guard", NULL);
    const char *argv[] = {script, top, NULL};
    int input = -1;
    g_assert_true(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
                                           NULL, NULL, guard, &input, NULL, NULL, NULL));
    return input;
}

int maria_main(int argc, char **argv, const char *script, void (*add)(void))
{
    int code = 0;
    GPid guard = 0;
    g_test_init(&argc, &argv, NULL);
    g_autofree char *top = g_dir_make_tmp("wend-maria-XXXXXX", NULL);
    int input = start_guard(top, &guard);
    script_name = script;
    folder = g_build_filename(top, script, NULL);
    if (maria_server("start", NULL)) {
        add();
        code = g_test_run();
    } else {
        printf("1..0 # SKIP no %s here\n", script);
    }
    close(input);
    waitpid(guard, NULL, 0);
    g_strfreev(nodes);
    g_free(folder);
    return code;
}

char *maria_url(const Maria *maria, guint node, const char *user, const char *query)
{
    const char *host = strchr(nodes[node], '@') + 1;
    (void)maria;
    return g_strdup_printf("mysql://%s@%sshop%u%s", user, host, databases, query);
}

static void on_waiting(WendWaiting kind, const WendWho *holder, const char *text, gint64 waited_ms,
                       void *data)
{
    Maria *maria = data;
    g_autofree char *who = holder != NULL ? wend_who_text(holder) : NULL;
    (void)waited_ms;
    g_string_append_printf(maria->waits, "%s %s\n", kind == WEND_WAITING_LOCK ? "lock" : "busy",
                           who != NULL    ? who
                           : text != NULL ? text
                                          : "?");
}

static void on_notice(const char *text, void *data)
{
    Maria *maria = data;
    g_string_append_printf(maria->notices, "%s\n", text);
}

WendConnection *maria_open(Maria *maria, guint node, gint64 lock_ms, gint64 statement_ms)
{
    static const char *const own[] = {"wend_migrations", "wend_journal", "wend_scripts", NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = maria_url(maria, node, "root", "");
    WendConnect connect = {.url = url,
                           .lock_timeout_ms = lock_ms,
                           .statement_timeout_ms = statement_ms,
                           .watch = {.waiting = on_waiting,
                                     .notice = on_notice,
                                     .data = maria,
                                     .interrupts = &maria->interrupts},
                           .own = own};
    WendConnection *connection = maria->driver->open(&connect, &error);
    /* Another node may not have the new database yet. */
    for (guint i = 0; connection == NULL && node > 0 && i < 100; i++) {
        wend_error_clear(&error);
        g_usleep(50 * 1000);
        connection = maria->driver->open(&connect, &error);
    }
    g_assert_cmpstr(error.message, ==, NULL);
    assert_done(maria->driver->writable(connection, &error));
    return connection;
}

void maria_reopen(Maria *maria, gint64 lock_ms, gint64 statement_ms)
{
    maria->driver->close(maria->connection);
    maria->connection = maria_open(maria, 0, lock_ms, statement_ms);
}

static MYSQL *open_app(const char *database)
{
    MYSQL *mysql = mysql_init(NULL);
    guint port = (guint)g_ascii_strtoull(strrchr(nodes[0], ':') + 1, NULL, 10);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    g_assert_nonnull(mysql_real_connect(mysql, "127.0.0.1", "root", "", database, port, NULL,
                                        CLIENT_MULTI_STATEMENTS));
    return mysql;
}

static void make(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *name = g_strdup_printf("shop%u", ++databases);
    g_autofree char *sql =
        g_strdup_printf("CREATE DATABASE %s CHARACTER SET utf8mb4; USE %s", name, name);
    maria->driver = &wend_driver_mysql;
    maria->waits = g_string_new(NULL);
    maria->notices = g_string_new(NULL);
    maria->app = open_app(NULL);
    /* On a cluster the application sees what other nodes have written. */
    maria_sql(maria, "SET SESSION wsrep_sync_wait = 1");
    maria_sql(maria, sql);
    maria->connection = maria_open(maria, 0, 0, 0);
}

static void drop(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *sql = g_strdup_printf("DROP DATABASE IF EXISTS shop%u", databases);
    maria->driver->close(maria->connection);
    maria_sql(maria, sql);
    mysql_close(maria->app);
    g_string_free(maria->waits, TRUE);
    g_string_free(maria->notices, TRUE);
}

void maria_add(const char *path, void (*test)(Maria *maria, gconstpointer data))
{
    g_test_add(path, Maria, NULL, make, test, drop);
}

void maria_sql(Maria *maria, const char *sql)
{
    g_autofree char *rows = maria_look(maria, sql);
}

char *maria_look(Maria *maria, const char *sql)
{
    GString *text = g_string_new(NULL);
    mysql_query(maria->app, sql);
    g_assert_cmpstr(mysql_error(maria->app), ==, "");
    do {
        MYSQL_RES *result = mysql_store_result(maria->app);
        MYSQL_ROW row;
        while (result != NULL && (row = mysql_fetch_row(result)) != NULL) {
            for (guint i = 0; i < mysql_num_fields(result); i++)
                g_string_append_printf(text, "%s%s", i > 0 ? "|" : "",
                                       row[i] != NULL ? row[i] : "NULL");
            g_string_append_c(text, '\n');
        }
        mysql_free_result(result);
    } while (mysql_next_result(maria->app) == 0);
    g_assert_cmpstr(mysql_error(maria->app), ==, "");
    return g_string_free(text, FALSE);
}

static void classify_into(Maria *maria, const char *sql, guint number, WendPiece *piece)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendClassified classified;
    assert_done(maria->driver->classify(sql, strlen(sql), &classified, &error));
    *piece = (WendPiece){.text = sql,
                         .length = strlen(sql),
                         .number = number,
                         .class = classified.class,
                         .session = classified.session,
                         .temporary = classified.temporary};
}

WendPiece *maria_piece(Maria *maria, const char *sql)
{
    WendPiece *piece = g_new0(WendPiece, 1);
    g_test_queue_free(piece);
    classify_into(maria, sql, 1, piece);
    return piece;
}

void maria_begin(WendConnection *connection)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = -1};
    assert_done(connection->driver->begin_step(connection, &setup, &error));
}

bool maria_work(Maria *maria, WendConnection *connection, const char *const *sql, GPtrArray *after,
                WendWorked *worked, WendError *error)
{
    WendWorked own;
    guint count = g_strv_length((char **)sql);
    g_autofree WendPiece *pieces = g_new0(WendPiece, count + 1);
    for (guint i = 0; i < count; i++)
        classify_into(maria, sql[i], i + 1, &pieces[i]);
    WendWork work = {.pieces = pieces, .count = count, .after = after, .last = true};
    return maria->driver->transact(connection, &work, worked != NULL ? worked : &own, error);
}

bool maria_alone(Maria *maria, const char *sql, WendWorked *worked, WendError *error)
{
    WendWorked own;
    return maria->driver->alone(maria->connection, NULL, maria_piece(maria, sql),
                                worked != NULL ? worked : &own, error);
}

typedef struct Later {
    Maria *maria;
    guint ms;
} Later;

static gpointer interrupt_later(gpointer data)
{
    g_autofree Later *later = data;
    g_usleep(later->ms * 1000ul);
    later->maria->interrupts = later->maria->interrupts + 1;
    return NULL;
}

GThread *maria_interrupt_after(Maria *maria, guint ms)
{
    Later *later = g_new(Later, 1);
    *later = (Later){maria, ms};
    return g_thread_new("interrupt", interrupt_later, later);
}
