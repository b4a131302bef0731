/* SPDX-License-Identifier: MIT
 *
 * Settings of scripts on MariaDB: in force for the script, out of force for wend's own rows, gone behind
 * the step; and the dumps that are full of them.
 */
#include "maria.h"

#include <string.h>

#define TEXT                                                                                       \
    "it's \\ \"so\" gr\xC3\xBC"                                                                    \
    "n"

/* wend's rows are right whatever the script set before. */
static void test_own_rows(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const settings[] = {
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "SET sql_mode = 'ANSI_QUOTES'",
        "SET sql_mode = ''",
        "SET NAMES latin1",
        "SET character_set_results = NULL",
        "SET CHARACTER SET cp850",
        "SET timestamp = 1",
        "USE mysql",
        "SET SESSION TRANSACTION READ ONLY",
    };
    maria_sql(maria, "CREATE TABLE kept (words VARCHAR(100))");
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *schema = maria_look(maria, "SELECT DATABASE()");
        g_autofree char *sql =
            g_strdup_printf("INSERT INTO %s.kept VALUES (?)", g_strchomp(schema));
        g_autoptr(GPtrArray) after = wend_queries_new();
        g_ptr_array_add(after, wend_query_text(wend_query_new(sql), TEXT));
        const char *const set[] = {settings[i], NULL}, *const look[] = {"SELECT 1", NULL};
        g_test_message("%s", settings[i]);
        maria_begin(maria->connection);
        assert_done(maria_work(maria, maria->connection, set, after, NULL, &error));
        assert_done(maria_work(maria, maria->connection, look, after, NULL, &error));
        maria->driver->end_step(maria->connection);
        assert_app_sees(maria, "SELECT count(*), min(words), max(words) FROM kept",
                        "2|" TEXT "|" TEXT "\n");
        maria_sql(maria, "DELETE FROM kept");
    }
}

/* The session is as it was, wend's lock is still held. */
static void test_undone(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    static const char *const look = "SELECT CONCAT_WS(',', @@sql_mode, @@time_zone, "
                                    "@@foreign_key_checks, @@character_set_client, "
                                    "@@max_statement_time, DATABASE(), @mine, CURRENT_ROLE())";
    g_autofree char *before = NULL, *after = NULL;
    Connection *connection = (Connection *)maria->connection;
    maria_sql(maria, "CREATE OR REPLACE ROLE clerk");
    assert_done(wend_mysql_value(connection, look, &before, &error));
    assert_done(maria->driver->lock(maria->connection, "wend_journal", &error));
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "SET sql_mode = 'ANSI', time_zone = '+01:00'",
                     "SET @@session.foreign_key_checks = 0, max_statement_time = 5, @mine = 7",
                     "SET NAMES latin1", "USE mysql", "SET ROLE clerk",
                     "CREATE TEMPORARY TABLE scrap (id INT)"));
    maria->driver->end_step(maria->connection);
    assert_done(wend_mysql_value(connection, look, &after, &error));
    g_assert_cmpstr(after, ==, before);
    assert_done(maria->driver->check(maria->connection, &error));
    WendConnection *other = maria_open(maria, 0, 0, 0);
    assert_fails(maria->driver->lock(other, "wend_journal", &error), WEND_LOCKED);
    maria->driver->close(other);
}

/* What a procedure sets holds for its own step, and not for the next one; wend's rows do not feel it. */
static void test_procedure(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const look = "SELECT CONCAT_WS(',', @@sql_mode, @@foreign_key_checks, "
                                    "@@autocommit, @@tx_isolation, @@character_set_client)";
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *before = NULL, *after = NULL;
    Connection *connection = (Connection *)maria->connection;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE seen (checks INT, n INT);"
                     "CREATE PROCEDURE p() BEGIN SET foreign_key_checks = 0, sql_mode = 'ANSI',"
                     "autocommit = 0, tx_isolation = 'SERIALIZABLE'; SET NAMES latin1; END");
    assert_done(wend_mysql_value(connection, look, &before, &error));
    maria_begin(maria->connection);
    assert_done(maria_alone(maria, "CALL p()", &worked, &error));
    assert_done(WORK(maria->connection, NULL, "INSERT INTO seen VALUES (@@foreign_key_checks, 1)"));
    assert_done(
        maria_alone(maria, "EXECUTE IMMEDIATE 'SET foreign_key_checks = 1'", &worked, &error));
    assert_done(WORK(maria->connection, NULL, "INSERT INTO seen VALUES (@@foreign_key_checks, 2)"));
    maria->driver->end_step(maria->connection);
    assert_done(wend_mysql_value(connection, look, &after, &error));
    g_assert_cmpstr(after, ==, before);
    maria_begin(maria->connection);
    assert_fails(
        maria_alone(maria,
                    "BEGIN NOT ATOMIC SET foreign_key_checks = 0; SELECT * FROM nowhere; END",
                    &worked, &error),
        WEND_FAILED);
    maria->driver->end_step(maria->connection);
    g_clear_pointer(&after, g_free);
    wend_error_clear(&error);
    assert_done(wend_mysql_value(connection, look, &after, &error));
    g_assert_cmpstr(after, ==, before);
    assert_app_sees(maria, "SELECT * FROM seen ORDER BY n", "0|1\n1|2\n");
}

/* A statement that fails between a setting and the commit leaves no setting behind. */
static void test_failed(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *mode = NULL;
    maria_begin(maria->connection);
    assert_fails(WORK(maria->connection, NULL, "SELECT * FROM nowhere", "SET sql_mode = 'ANSI'"),
                 WEND_FAILED);
    assert_fails(WORK(maria->connection, NULL, "SET sql_mode = 'ANSI'", "SELECT * FROM nowhere"),
                 WEND_FAILED);
    wend_error_clear(&error);
    assert_done(WORK(maria->connection, NULL, "SET @kept = @@sql_mode"));
    maria->driver->end_step(maria->connection);
    assert_done(
        wend_mysql_value((Connection *)maria->connection, "SELECT @@sql_mode", &mode, &error));
    g_assert_nonnull(strstr(mode, "STRICT_TRANS_TABLES"));
}

/* Executable comments for other servers leave nothing to run, and that is no error. */
static void test_exec_comments(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_sql(maria, "CREATE TABLE items (id INT)");
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "INSERT INTO items VALUES (1)",
                     "/*!99999 SELECT * FROM nowhere */", "/*!80000 SET no_such_one = 1 */",
                     "/*M!120000 SET @old = @@no_such_one, no_such_one = 1 */",
                     "/*!40101 SET @a = 1, time_zone = 'SYSTEM' */",
                     "/*M!100100 INSERT INTO items VALUES (2) */", "INSERT INTO items VALUES (3)"));
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT id FROM items ORDER BY id", "1\n2\n3\n");
}

static void test_lifted(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *level = NULL;
    WendStepSetup setup = {.lifted = maria_piece(maria, "SET sql_log_bin = 0"),
                           .lifted_count = 1,
                           .lock_timeout_ms = -1,
                           .statement_timeout_ms = -1};
    maria_sql(maria, "CREATE TABLE seen (value INT)");
    assert_done(maria->driver->begin_step(maria->connection, &setup, &error));
    assert_done(WORK(maria->connection, NULL, "INSERT INTO seen SELECT @@sql_log_bin"));
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT value FROM seen", "0\n");
    assert_done(
        wend_mysql_value((Connection *)maria->connection, "SELECT @@sql_log_bin", &level, &error));
    g_assert_cmpstr(level, ==, "1");
}

static void add(void)
{
    maria_add("/mysql/settings/own-rows", test_own_rows);
    maria_add("/mysql/settings/undone", test_undone);
    maria_add("/mysql/settings/procedure", test_procedure);
    maria_add("/mysql/settings/failed", test_failed);
    maria_add("/mysql/settings/exec-comments", test_exec_comments);
    maria_add("/mysql/settings/lifted", test_lifted);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
