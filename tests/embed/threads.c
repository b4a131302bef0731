/* SPDX-License-Identifier: MIT
 *
 * Several targets at once from several threads, on one database and on several; and calls that are cancelled
 * from another thread.
 */
#include "host.h"

#define THREADS 4 /* on each database */

static const WendFile migrations[] = {
    BUILT_IN("001_a.sql", "CREATE TABLE a (x integer);"),
    BUILT_IN("002_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO a VALUES (1);"),
    BUILT_IN("003_c.sql", "CREATE TABLE c (x integer);\nINSERT INTO b VALUES (1);"),
};

typedef struct Run {
    const char *url;
    unsigned done;
} Run;

static gpointer migrate(gpointer data)
{
    Run *run = data;
    WendError error = WEND_ERROR_INIT;
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = run->url;
    options.files = migrations;
    options.file_count = G_N_ELEMENTS(migrations);
    options.lock_timeout_ms = 60000;
    WendHandle *handle = wend_open(&options, &error);
    host_assert_done(handle != NULL && wend_up(handle, NULL, &run->done, &error), &error);
    WendSummary summary;
    host_assert_done(wend_summary(handle, &summary, &error), &error);
    g_assert_cmpstr(summary.version, ==, "003");
    g_assert_cmpuint(summary.pending, ==, 0);
    wend_close(handle);
    return NULL;
}

static void test_at_once(void)
{
    char *urls[2 * HOST_KINDS];
    Run runs[G_N_ELEMENTS(urls)][THREADS];
    GThread *threads[G_N_ELEMENTS(urls)][THREADS];
    for (guint i = 0; i < G_N_ELEMENTS(urls); i++)
        urls[i] = host_database(i % HOST_KINDS);
    for (guint i = 0; i < G_N_ELEMENTS(urls); i++) {
        for (guint j = 0; j < THREADS; j++) {
            runs[i][j] = (Run){urls[i], 0};
            threads[i][j] = g_thread_new("host", migrate, &runs[i][j]);
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(urls); i++) {
        unsigned done = 0;
        for (guint j = 0; j < THREADS; j++) {
            g_thread_join(threads[i][j]);
            done += runs[i][j].done;
        }
        g_assert_cmpuint(done, ==, G_N_ELEMENTS(migrations));
        void *connection = host_connect(i % HOST_KINDS, urls[i]);
        host_assert(i % HOST_KINDS, connection, "SELECT count(*) FROM b", "1");
        host_assert(i % HOST_KINDS, connection,
                    "SELECT count(*) FROM wend_journal WHERE event = 'applied'", "3");
        host_disconnect(i % HOST_KINDS, connection);
        g_free(urls[i]);
    }
}

/* --- cancelled --- */

static const WendFile slow[HOST_KINDS][2] = {
    [HOST_SQLITE] = {BUILT_IN("1_a.sql", "CREATE TABLE a (x);"),
                     BUILT_IN("2_slow.sql", "CREATE TABLE b AS WITH RECURSIVE n(i) AS (SELECT 1 "
                                            "UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;")},
    [HOST_POSTGRES] = {BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);"),
                       BUILT_IN("2_slow.sql", "SELECT pg_sleep(60);")},
    [HOST_MARIADB] = {BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);"),
                      BUILT_IN("2_slow.sql", "DO SLEEP(60);")},
};

typedef struct Cancel {
    WendHandle *handle;
    gint begun;   /* the slow one is at work */
    gint waiting; /* for the lock */
    bool done;    /* what wend_up() said */
    WendError error;
} Cancel;

static void on_notice(const WendNotice *notice, void *data)
{
    Cancel *cancel = data;
    if (notice->kind == WEND_NOTICE_BEGIN && notice->index == 2)
        g_atomic_int_set(&cancel->begun, 1);
    if (notice->kind == WEND_NOTICE_WAITING) {
        g_assert_true(g_str_has_prefix(notice->text, "waiting for "));
        g_atomic_int_set(&cancel->waiting, 1);
    }
}

static void await(gint *flag)
{
    while (g_atomic_int_get(flag) == 0)
        g_usleep(1000);
}

static void open_slow(Cancel *cancel, HostKind kind, const char *url)
{
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = url;
    options.files = slow[kind];
    options.file_count = 2;
    options.lock_timeout_ms = 120000;
    options.notice = on_notice;
    options.data = cancel;
    cancel->handle = wend_open(&options, &cancel->error);
    host_assert_done(cancel->handle != NULL, &cancel->error);
}

static gpointer cancel_it(gpointer data)
{
    Cancel *cancel = data;
    await(&cancel->begun);
    g_usleep(300000);
    wend_cancel(cancel->handle);
    wend_cancel(cancel->handle);
    return NULL;
}

static void test_cancelled(gconstpointer data)
{
    HostKind kind = GPOINTER_TO_INT(data);
    g_autofree char *url = host_database(kind);
    WendError error = WEND_ERROR_INIT;
    Cancel cancel = {0};
    open_slow(&cancel, kind, url);
    GThread *thread = g_thread_new("cancel", cancel_it, &cancel);
    gint64 start = g_get_monotonic_time();
    bool ok = wend_up(cancel.handle, NULL, NULL, &error);
    host_assert_failed(ok, &error, WEND_INTERRUPTED, "interrupted");
    g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
    g_thread_join(thread);
    /* The next call is not, and the handle is good for it. */
    WendSummary summary;
    host_assert_done(wend_summary(cancel.handle, &summary, &error), &error);
    g_assert_cmpstr(summary.version, ==, kind == HOST_SQLITE ? "" : "1");
    wend_close(cancel.handle);
}

static gpointer go(gpointer data)
{
    Cancel *cancel = data;
    cancel->done = wend_up(cancel->handle, NULL, NULL, &cancel->error);
    return NULL;
}

/* Once is enough for one that waits for another's lock, and that one goes on. */
static void test_cancelled_waiting(gconstpointer data)
{
    HostKind kind = GPOINTER_TO_INT(data);
    g_autofree char *url = host_database(kind);
    Cancel holder = {0}, waiter = {0};
    open_slow(&holder, kind, url);
    /* Behind the other one, to open SQLite would have to wait, too. */
    open_slow(&waiter, kind, url);
    GThread *holding = g_thread_new("holder", go, &holder);
    await(&holder.begun);
    g_usleep(300000);
    GThread *waiting = g_thread_new("waiter", go, &waiter);
    await(&waiter.waiting);
    wend_cancel(waiter.handle);
    g_thread_join(waiting);
    host_assert_failed(waiter.done, &waiter.error, WEND_INTERRUPTED, "interrupted");
    wend_cancel(holder.handle);
    wend_cancel(holder.handle);
    g_thread_join(holding);
    host_assert_failed(holder.done, &holder.error, WEND_INTERRUPTED, "interrupted");
    wend_close(waiter.handle);
    wend_close(holder.handle);
}

/* The host's own counter stops wend_open(), too, and stays what it is. */
static void test_counter(void)
{
    static volatile sig_atomic_t stop = 1;
    WendError error = WEND_ERROR_INIT;
    g_autofree char *url = host_database(HOST_SQLITE);
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = "postgres://ann@127.0.0.1:1/shop";
    options.files = migrations;
    options.file_count = 1;
    options.wait_ms = 60000;
    options.cancel = &stop;
    host_assert_failed(wend_open(&options, &error) != NULL, &error, WEND_INTERRUPTED,
                       "interrupted while waiting for the server");
    options.database = url;
    WendHandle *handle = wend_open(&options, &error);
    host_assert_done(handle != NULL, &error);
    for (int i = 0; i < 2; i++)
        host_assert_failed(wend_up(handle, NULL, NULL, &error), &error, WEND_INTERRUPTED,
                           "interrupted");
    stop = 0;
    host_assert_done(wend_up(handle, NULL, NULL, &error), &error);
    wend_close(handle);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/threads/at-once", test_at_once);
    g_test_add_data_func("/threads/cancelled/sqlite", GINT_TO_POINTER(HOST_SQLITE), test_cancelled);
    g_test_add_data_func("/threads/cancelled/postgres", GINT_TO_POINTER(HOST_POSTGRES),
                         test_cancelled);
    g_test_add_data_func("/threads/cancelled/mariadb", GINT_TO_POINTER(HOST_MARIADB),
                         test_cancelled);
    g_test_add_data_func("/threads/waiting/sqlite", GINT_TO_POINTER(HOST_SQLITE),
                         test_cancelled_waiting);
    g_test_add_data_func("/threads/waiting/postgres", GINT_TO_POINTER(HOST_POSTGRES),
                         test_cancelled_waiting);
    g_test_add_data_func("/threads/waiting/mariadb", GINT_TO_POINTER(HOST_MARIADB),
                         test_cancelled_waiting);
    g_test_add_func("/threads/counter", test_counter);
    return g_test_run();
}
