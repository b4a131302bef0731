/* SPDX-License-Identifier: MIT
 *
 * The lease on a Galera cluster of three nodes: one holder at a time whatever node he is at, and what
 * becomes of it when he dies.
 */
#include "maria.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_one_holder(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendDriver *driver = maria->driver;
    WendConnection *other = maria_open(maria, 1, 300, 0);
    assert_done(driver->lock(maria->connection, "wend_journal", &error));
    assert_done(driver->check(maria->connection, &error));
    assert_fails(driver->lock(other, "wend_journal", &error), WEND_LOCKED);
    g_autofree char *pid = g_strdup_printf("process %d", (int)getpid());
    assert_says(pid);
    g_autoptr(WendWho) holder = NULL;
    wend_error_clear(&error);
    assert_done(driver->holder(other, "wend_journal", &holder, NULL, &error));
    g_assert_cmpint(holder->pid, ==, getpid());
    driver->unlock(maria->connection);
    assert_done(driver->lock(other, "wend_journal", &error));
    driver->close(other);
    assert_app_sees(maria, "SELECT count(*) FROM wend_journal_lease", "0\n");
}

/* Whoever lost the lease commits nothing more. */
static void test_lost(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendDriver *driver = maria->driver;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT PRIMARY KEY)");
    maria_reopen(maria, 2000, 0);
    assert_done(driver->lock(maria->connection, "wend_journal", &error));
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, &worked, "INSERT INTO a VALUES (1)"));
    maria_sql(maria, "UPDATE wend_journal_lease SET token = 'another'");
    assert_fails(WORK(maria->connection, &worked, "INSERT INTO a VALUES (2)"), WEND_LOCKED);
    assert_says("taken over");
    driver->end_step(maria->connection);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_ptr_array_add(queries, wend_query_new("INSERT INTO a VALUES (3)"));
    assert_fails(driver->write(maria->connection, queries, &error), WEND_LOCKED);
    assert_fails(driver->alone(maria->connection, queries,
                               maria_piece(maria, "ALTER TABLE a ADD n INT"), &worked, &error),
                 WEND_LOCKED);
    g_assert_false(worked.begun);
    assert_app_sees(maria, "SELECT * FROM a", "1\n");
    /* The heartbeat finds out, too. */
    for (guint i = 0; i < 100 && driver->check(maria->connection, NULL); i++)
        g_usleep(100 * 1000);
    assert_fails(driver->check(maria->connection, &error), WEND_LOCKED);
}

static void hold(Maria *maria, int ready)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *own = maria_open(maria, 2, 0, 0);
    assert_done(maria->driver->lock(own, "wend_journal", &error));
    g_assert_cmpint(write(ready, "r", 1), ==, 1);
    for (;;)
        pause();
}

/* A killed holder's lease is taken over when it has stood still for its time; a living one's is not. */
static void test_taken_over(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    int ready[2];
    char word;
    g_assert_cmpint(pipe(ready), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        hold(maria, ready[1]);
        _exit(0);
    }
    g_assert_cmpint(read(ready[0], &word, 1), ==, 1);
    maria_reopen(maria, 18000, 0);
    assert_fails(maria->driver->lock(maria->connection, "wend_journal", &error), WEND_LOCKED);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    wend_error_clear(&error);
    maria_reopen(maria, 40000, 0);
    gint64 start = g_get_monotonic_time();
    assert_done(maria->driver->lock(maria->connection, "wend_journal", &error));
    g_assert_cmpint(g_get_monotonic_time() - start, >, 10 * G_TIME_SPAN_SECOND);
    close(ready[0]);
    close(ready[1]);
}

/* What one node has written, another one reads. */
static void test_reads(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    WendConnection *other = maria_open(maria, 1, 0, 0);
    maria_sql(maria, "CREATE TABLE a (id INT PRIMARY KEY)");
    for (guint i = 1; i <= 100; i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *sql = g_strdup_printf("INSERT INTO a VALUES (%u)", i);
        g_autofree char *value = NULL, *expected = g_strdup_printf("%u", i);
        g_autoptr(GPtrArray) queries = wend_queries_new();
        g_ptr_array_add(queries, wend_query_new(sql));
        assert_done(maria->driver->write(maria->connection, queries, &error));
        g_auto(Packet) packet = {0};
        Sent sent;
        wend_mysql_packet_init(&packet);
        wend_mysql_packet_head((Connection *)other, &packet, 1);
        assert_done(wend_mysql_send((Connection *)other, &packet, NULL, &sent, &error));
        assert_done(wend_mysql_value((Connection *)other, "SELECT MAX(id) FROM a", &value, &error));
        g_assert_cmpstr(value, ==, expected);
    }
    maria->driver->close(other);
}

/* More than the cluster takes in one transaction is not tried again until the lock timeout is over. */
static void test_too_large(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT PRIMARY KEY, t TEXT);"
                     "SET GLOBAL wsrep_max_ws_rows = 10");
    maria_reopen(maria, 30000, 0);
    gint64 start = g_get_monotonic_time();
    maria_begin(maria->connection);
    assert_fails(WORK(maria->connection, &worked, "INSERT INTO a SELECT seq, '' FROM seq_1_to_100"),
                 WEND_FAILED);
    g_assert_nonnull(strstr(error.hint, "batches"));
    maria_sql(maria, "SET GLOBAL wsrep_max_ws_rows = 0, wsrep_max_ws_size = 10000");
    assert_fails(WORK(maria->connection, &worked,
                      "INSERT INTO a SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100"),
                 WEND_FAILED);
    g_assert_nonnull(strstr(error.hint, "batches"));
    maria->driver->end_step(maria->connection);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 10 * G_TIME_SPAN_SECOND);
    maria_sql(maria, "SET GLOBAL wsrep_max_ws_size = DEFAULT");
}

#define ABORTS                                                                                     \
    "SELECT variable_value FROM information_schema.global_status WHERE variable_name = "           \
    "'wsrep_local_bf_aborts'"

/* Definitions on another node, until told to stop. */
typedef struct Definer {
    Maria *maria;
    WendConnection *other;
    gint stop;
} Definer;

static gpointer define(gpointer data)
{
    Definer *definer = data;
    WendConnection *other = definer->other;
    for (guint i = 0; g_atomic_int_get(&definer->stop) == 0; i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_autofree char *sql = g_strdup_printf("ALTER TABLE a COMMENT = '%u'", i);
        WendPiece piece = {
            .text = sql, .length = strlen(sql), .number = 1, .class = WEND_CLASS_OBSERVABLE};
        assert_done(other->driver->alone(other, NULL, &piece, &worked, &error));
        g_usleep(50 * 1000);
    }
    return NULL;
}

/* Another node's definition ends an open transaction, with 1213: it is tried again. */
static void test_aborted(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autofree char *before = maria_look(maria, ABORTS);
    maria_sql(maria, "CREATE TABLE a (id INT PRIMARY KEY, n INT)");
    maria_reopen(maria, 30000, 0);
    Definer definer = {.maria = maria, .other = maria_open(maria, 1, 30000, 0)};
    GThread *thread = g_thread_new("definer", define, &definer);
    maria_begin(maria->connection);
    for (guint i = 0; i < 10; i++) {
        g_autofree char *sql = g_strdup_printf("INSERT INTO a (id) VALUES (%u)", i);
        assert_done(WORK(maria->connection, &worked, sql, "DO SLEEP(0.04)"));
    }
    maria->driver->end_step(maria->connection);
    g_atomic_int_set(&definer.stop, 1);
    g_thread_join(thread);
    maria->driver->close(definer.other);
    assert_app_sees(maria, "SELECT count(*) FROM a", "10\n");
    g_autofree char *after = maria_look(maria, ABORTS);
    g_assert_cmpint(atoi(after), >, atoi(before));
}

static gpointer begin_anew(gpointer data)
{
    g_usleep(700 * 1000);
    maria_sql(data, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
    return NULL;
}

/* A node that has lost the majority, which is 1047: waited for as for a lock, then an error that says it. It
 * takes two nodes away for good, and so comes last. */
static void test_not_primary(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    const char *const tables[] = {"wend_journal", NULL};
    WendOwnTable found;
    maria_sql(maria, "CREATE TABLE a (id INT PRIMARY KEY)");
    maria_reopen(maria, 1500, 0);
    g_assert_true(maria_server("kill", "2"));
    g_assert_true(maria_server("kill", "3"));
    for (guint i = 0; i < 300; i++) {
        g_autofree char *status = maria_look(maria, "SHOW STATUS LIKE 'wsrep_cluster_status'");
        if (strstr(status, "non-Primary") != NULL)
            break;
        g_usleep(100 * 1000);
    }
    assert_fails(maria->driver->find_tables(maria->connection, tables, &found, &error),
                 WEND_CONNECT);
    assert_says("waits for its cluster");
    maria_begin(maria->connection);
    gint64 start = g_get_monotonic_time();
    assert_fails(WORK(maria->connection, &worked, "INSERT INTO a VALUES (1)"), WEND_CONNECT);
    assert_says("not in the majority");
    g_assert_cmpint(g_get_monotonic_time() - start, >, G_TIME_SPAN_SECOND / 2);
    maria->driver->end_step(maria->connection);
    assert_fails(maria->driver->lock(maria->connection, "wend_journal", &error), WEND_CONNECT);
    GThread *thread = g_thread_new("begin", begin_anew, maria);
    WendStepSetup setup = {.lock_timeout_ms = 60000, .statement_timeout_ms = -1};
    wend_error_clear(&error);
    assert_done(maria->driver->begin_step(maria->connection, &setup, &error));
    assert_done(WORK(maria->connection, &worked, "INSERT INTO a VALUES (1)"));
    maria->driver->end_step(maria->connection);
    g_thread_join(thread);
    assert_app_sees(maria, "SELECT count(*) FROM a", "1\n");
}

static void add(void)
{
    maria_add("/mysql/galera/one-holder", test_one_holder);
    maria_add("/mysql/galera/lost", test_lost);
    maria_add("/mysql/galera/reads", test_reads);
    maria_add("/mysql/galera/too-large", test_too_large);
    maria_add("/mysql/galera/aborted", test_aborted);
    maria_add("/mysql/galera/taken-over", test_taken_over);
    maria_add("/mysql/galera/not-primary", test_not_primary);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "galera", add);
}
