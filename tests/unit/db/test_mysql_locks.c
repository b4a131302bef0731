/* SPDX-License-Identifier: MIT
 *
 * Waiting on MariaDB: who is named, deadlocks, a definition's queue, Ctrl-C, and a killed run's statement
 * that goes on.
 */
#include "maria.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gint64 now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

static char *app_name(Maria *maria)
{
    return g_strdup_printf("connection %lu", mysql_thread_id(maria->app));
}

static void test_row(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *who = app_name(maria);
    maria_sql(maria, "CREATE TABLE a (id INT PRIMARY KEY); INSERT INTO a VALUES (1);"
                     "START TRANSACTION; UPDATE a SET id = 2");
    maria_reopen(maria, 1500, 0);
    maria_begin(maria->connection);
    assert_fails(WORK(maria->connection, NULL, "UPDATE a SET id = 3"), WEND_LOCKED);
    maria->driver->end_step(maria->connection);
    assert_says(who);
    g_assert_nonnull(strstr(maria->waits->str, who));
    maria_sql(maria, "COMMIT");
}

/* A definition waits for a few seconds at a time, so that others get through between. */
static void test_table(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *who = app_name(maria);
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT); START TRANSACTION; SELECT * FROM a");
    maria_reopen(maria, 1000, 0);
    gint64 start = now_ms();
    assert_fails(maria_alone(maria, "ALTER TABLE a ADD b INT", &worked, &error), WEND_LOCKED);
    g_assert_cmpint(now_ms() - start, <, 5000);
    assert_says(who);
    g_assert_nonnull(strstr(maria->waits->str, who));
    maria_sql(maria, "COMMIT");
    wend_error_clear(&error);
    assert_done(maria_alone(maria, "ALTER TABLE a ADD b INT", &worked, &error));
}

/* Ctrl-C once ends the waiting, at once. */
static void test_interrupt(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT); START TRANSACTION; SELECT * FROM a");
    maria_reopen(maria, 60000, 0);
    GThread *thread = maria_interrupt_after(maria, 300);
    gint64 start = now_ms();
    assert_fails(maria_alone(maria, "ALTER TABLE a ADD b INT", &worked, &error), WEND_INTERRUPTED);
    g_assert_cmpint(now_ms() - start, <, 3000);
    g_thread_join(thread);
    maria->interrupts = 0;
    maria_sql(maria, "COMMIT");
}

static gpointer deadlock(gpointer data)
{
    MYSQL *mysql = data;
    g_usleep(300 * 1000);
    /* Waits for wend, which waits for this: the server chooses wend, which has changed less. */
    mysql_query(mysql, "UPDATE a SET n = 5 WHERE id = 2");
    mysql_query(mysql, "COMMIT");
    return NULL;
}

/* Meets a deadlock at `second`, and loses it. */
static void lose_deadlock(Maria *maria, const char *second, const char *expected)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria,
              "CREATE TABLE a (id INT PRIMARY KEY, n INT); INSERT INTO a VALUES (1, 1), (2, 2);"
              "CREATE TABLE much (id INT); START TRANSACTION;"
              "INSERT INTO much SELECT seq FROM seq_1_to_1000;"
              "UPDATE a SET n = 4 WHERE id = 1");
    maria_reopen(maria, 20000, 0);
    GThread *thread = g_thread_new("deadlock", deadlock, maria->app);
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, &worked, "UPDATE a SET n = 7 WHERE id = 2", second));
    maria->driver->end_step(maria->connection);
    g_thread_join(thread);
    assert_app_sees(maria, "SELECT n FROM a ORDER BY id", expected);
}

static void test_deadlock(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    lose_deadlock(maria, "UPDATE a SET n = 8 WHERE id = 1", "8\n7\n");
}

/* DO knows no errors: the server undoes the whole transaction and says that all is well. */
static void test_silent_deadlock(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    lose_deadlock(maria, "DO (SELECT n FROM a WHERE id = 1 FOR UPDATE)", "4\n7\n");
}

static void hold_and_alter(Maria *maria, int ready)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *own = maria_open(maria, 0, 0, 0);
    assert_done(maria->driver->lock(own, "wend_journal", &error));
    g_assert_cmpint(write(ready, "r", 1), ==, 1);
    WendWorked worked;
    maria->driver->alone(own, NULL,
                         maria_piece(maria, "ALTER TABLE big ADD c CHAR(200) NOT NULL "
                                            "DEFAULT 'x', ALGORITHM=COPY"),
                         &worked, &error);
}

/* The server goes on with a killed client's statement: as long as it does, nobody else gets the lock. */
static void test_orphan(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    int ready[2];
    char word;
    maria_sql(maria, "CREATE TABLE big (id INT) SELECT seq AS id FROM seq_1_to_400000");
    g_assert_cmpint(pipe(ready), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        hold_and_alter(maria, ready[1]);
        _exit(0);
    }
    g_assert_cmpint(read(ready[0], &word, 1), ==, 1);
    for (guint i = 0; i < 200; i++) {
        g_autofree char *count = maria_look(
            maria, "SELECT count(*) FROM information_schema.PROCESSLIST WHERE info LIKE 'ALTER%'");
        if (strcmp(count, "1\n") == 0)
            break;
        g_usleep(5000);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    maria_reopen(maria, 30000, 0);
    assert_done(maria->driver->lock(maria->connection, "wend_journal", &error));
    assert_app_sees(maria,
                    "SELECT count(*) FROM information_schema.PROCESSLIST WHERE info LIKE 'ALTER%'",
                    "0\n");
    close(ready[0]);
    close(ready[1]);
}

static void add(void)
{
    maria_add("/mysql/locks/row", test_row);
    maria_add("/mysql/locks/table", test_table);
    maria_add("/mysql/locks/interrupt", test_interrupt);
    maria_add("/mysql/locks/deadlock", test_deadlock);
    maria_add("/mysql/locks/silent-deadlock", test_silent_deadlock);
    maria_add("/mysql/locks/orphan", test_orphan);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
