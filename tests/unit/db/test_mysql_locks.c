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

/* Meets a deadlock in a segment that changes the rows 2 and 1 in turn, and loses it. */
static void lose_deadlock(Maria *maria, const char *const *segment, WendError *error)
{
    WendWorked worked;
    maria_sql(maria,
              "CREATE TABLE a (id INT PRIMARY KEY, n INT); INSERT INTO a VALUES (1, 1), (2, 2);"
              "CREATE TABLE much (id INT); START TRANSACTION;"
              "INSERT INTO much SELECT seq FROM seq_1_to_1000;"
              "UPDATE a SET n = 4 WHERE id = 1");
    GThread *thread = g_thread_new("deadlock", deadlock, maria->app);
    maria_work(maria, maria->connection, segment, NULL, &worked, error);
    g_thread_join(thread);
}

static void test_deadlock(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const segment[] = {"UPDATE a SET n = 7 WHERE id = 2",
                                          "UPDATE a SET n = 8 WHERE id = 1", NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_reopen(maria, 20000, 0);
    maria_begin(maria->connection);
    lose_deadlock(maria, segment, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT n FROM a ORDER BY id", "8\n7\n");
}

/* DO knows no errors: the server undoes the whole transaction and says that all is well. */
static void test_silent_deadlock(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const segment[] = {"UPDATE a SET n = 7 WHERE id = 2",
                                          "DO (SELECT n FROM a WHERE id = 1 FOR UPDATE)", NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_reopen(maria, 20000, 0);
    maria_begin(maria->connection);
    lose_deadlock(maria, segment, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT n FROM a ORDER BY id", "4\n7\n");
}

/* The second attempt finds the session as the first one did. */
static void test_replay(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
#define LOG                                                                                        \
    "INSERT INTO %s.log SELECT '%s', @n, @fresh, DATABASE() = 'mysql', @@foreign_key_checks, "     \
    "@@unique_checks, LAST_INSERT_ID()"
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *seen = maria_look(maria, "SELECT DATABASE()");
    const char *schema = g_strchomp(seen);
    g_autofree char *first = g_strdup_printf(LOG, schema, "first"),
                    *last = g_strdup_printf(LOG, schema, "last"),
                    *two = g_strdup_printf("UPDATE %s.a SET n = 7 WHERE id = 2", schema),
                    *one = g_strdup_printf("UPDATE %s.a SET n = 8 WHERE id = 1", schema);
    const char *const segment[] = {first,
                                   "SET @n = @n + 1, @fresh = IFNULL(@fresh, 0) + 1, "
                                   "foreign_key_checks = 1, unique_checks = 0",
                                   "CREATE TEMPORARY TABLE tmp (id INT)",
                                   "INSERT INTO tmp VALUES (1)",
                                   "INSERT INTO parent VALUES (NULL)",
                                   "USE mysql",
                                   two,
                                   one,
                                   last,
                                   NULL};
    maria_sql(maria,
              "CREATE TABLE log (place VARCHAR(9), n INT, fresh INT, used INT, foreigns INT, "
              "uniques INT, last_id INT);"
              "CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 50");
    maria_reopen(maria, 20000, 0);
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "SET @n = 1, foreign_key_checks = 0",
                     "INSERT INTO parent VALUES (NULL)"));
    lose_deadlock(maria, segment, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT * FROM log", "first|1|NULL|0|0|1|50\nlast|2|1|1|1|0|52\n");
}

/* What cannot be put back is not tried again. */
static void test_no_replay(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const segment[] = {
        "CREATE TEMPORARY TABLE IF NOT EXISTS tmp (id INT)", "UPDATE a SET n = 7 WHERE id = 2",
        "UPDATE a SET n = (SELECT count(*) FROM tmp) WHERE id = 1", NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_reopen(maria, 20000, 0);
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "CREATE TEMPORARY TABLE tmp (id INT)",
                     "INSERT INTO tmp VALUES (1)"));
    lose_deadlock(maria, segment, &error);
    g_assert_cmpint(error.code, ==, WEND_LOCKED);
    wend_error_clear(&error);
    assert_done(WORK(maria->connection, NULL, "INSERT INTO a SELECT id + 10, 1 FROM tmp"));
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT n FROM a ORDER BY id", "4\n5\n1\n");
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
    maria_add("/mysql/locks/replay", test_replay);
    maria_add("/mysql/locks/no-replay", test_no_replay);
    maria_add("/mysql/locks/orphan", test_orphan);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
