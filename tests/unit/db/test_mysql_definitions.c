/* SPDX-License-Identifier: MIT
 *
 * Data definitions on MariaDB: whether one happened, told by what it touches; and statements that cannot
 * be undone.
 */
#include "maria.h"

#include <string.h>

static WendVerdict judge(Maria *maria, const WendPiece *piece, const char *before, char **why)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendVerdict verdict = WEND_VERDICT_UNKNOWN;
    g_free(*why);
    *why = NULL;
    assert_done(maria->driver->judge(maria->connection, piece, before, &verdict, why, &error));
    return verdict;
}

/* Before a statement it has not happened; and behind it, it has. */
static void test_verdicts(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const statements[] = {
        "CREATE TABLE c (id INT)",
        "ALTER TABLE a ADD COLUMN more INT",
        "ALTER TABLE a RENAME TO a2",
        "RENAME TABLE a2 TO a",
        "RENAME TABLE a TO tmp, twin TO a, tmp TO twin",
        "TRUNCATE TABLE parted",
        "TRUNCATE twin",
        "CREATE OR REPLACE TABLE twin (id INT)",
        "CREATE INDEX i ON a (id)",
        "DROP INDEX i ON a",
        "CREATE VIEW v AS SELECT 1",
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        "CREATE SEQUENCE s",
        "CREATE USER wend_test_user",
        "CREATE ROLE wend_test_role",
        "DROP ROLE wend_test_role",
        "DROP USER wend_test_user",
        "DROP SEQUENCE s",
        "DROP EVENT e",
        "DROP TRIGGER t",
        "DROP FUNCTION f",
        "DROP PROCEDURE p",
        "DROP VIEW v",
        "DROP TABLE c, twin",
    };
    maria_sql(maria, "CREATE TABLE a (id INT); CREATE TABLE twin (id INT);"
                     "CREATE TABLE parted (id INT) PARTITION BY HASH (id) PARTITIONS 3");
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *before = NULL, *why = NULL;
        const WendPiece *piece = maria_piece(maria, statements[i]);
        g_test_message("%s", statements[i]);
        g_assert_cmpint(piece->class, ==, WEND_CLASS_OBSERVABLE);
        if (strcmp(statements[i], "RENAME TABLE a TO tmp, twin TO a, tmp TO twin") == 0)
            maria_sql(maria, "ALTER TABLE a DROP COLUMN more");
        maria_begin(maria->connection);
        assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
        g_assert_cmpint(judge(maria, piece, before, &why), ==, WEND_VERDICT_NOT_DONE);
        assert_done(maria_alone(maria, statements[i], NULL, &error));
        maria->driver->end_step(maria->connection);
        g_assert_cmpint(judge(maria, piece, before, &why), ==, WEND_VERDICT_DONE);
    }
}

/* Two tables in one DROP are not one deed. */
static void test_half(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *before = NULL, *why = NULL;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT); CREATE TABLE b (id INT)");
    const WendPiece *piece = maria_piece(maria, "DROP TABLE a, b");
    assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
    maria_sql(maria, "DROP TABLE a");
    g_assert_cmpint(judge(maria, piece, before, &why), ==, WEND_VERDICT_UNKNOWN);
    g_assert_cmpstr(why, ==, "table a is gone, table b is still there, unchanged");
    /* The server itself does so when one of them is missing. */
    piece = maria_piece(maria, "DROP TABLE b, missing");
    g_free(before);
    assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
    assert_fails(maria_alone(maria, "DROP TABLE b, missing", &worked, &error), WEND_FAILED);
    g_assert_cmpint(judge(maria, piece, before, &why), ==, WEND_VERDICT_UNKNOWN);
    g_assert_nonnull(strstr(why, "table b is gone"));
}

/* Without the privilege PROCESS the time at which a table was made has to do, and the books say so. It is no
 * proof that nothing happened: TRUNCATE does not change it. */
static void test_no_privilege(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *before = NULL, *why = NULL, *url = NULL, *grant = NULL;
    g_autofree char *schema = maria_look(maria, "SELECT DATABASE()");
    maria_sql(maria, "CREATE TABLE a (id INT); CREATE OR REPLACE USER clerk IDENTIFIED BY 'pw'");
    grant = g_strdup_printf("GRANT ALL ON %s.* TO clerk", g_strchomp(schema));
    maria_sql(maria, grant);
    url = maria_url(maria, 0, "clerk:pw", "");
    WendConnect connect = {.url = url};
    maria->driver->close(maria->connection);
    maria->connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    const WendPiece *piece = maria_piece(maria, "TRUNCATE a");
    assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
    g_assert_nonnull(strstr(before, "\"by\": \"created\""));
    g_assert_cmpint(judge(maria, piece, before, &why), ==, WEND_VERDICT_UNKNOWN);
    g_assert_nonnull(strstr(why, "PROCESS"));
}

/* What USE made of a name is in the books. */
static void test_use(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *before = NULL, *why = NULL;
    maria_sql(maria, "CREATE DATABASE elsewhere");
    const WendPiece *piece = maria_piece(maria, "CREATE TABLE a (id INT)");
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "USE elsewhere"));
    assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
    assert_done(maria_alone(maria, piece->text, NULL, &error));
    maria->driver->end_step(maria->connection);
    g_assert_cmpint(judge(maria, piece, before, &why), ==, WEND_VERDICT_DONE);
    maria_sql(maria, "DROP DATABASE elsewhere");
}

/* --- what cannot be undone --- */

static void test_call(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT)");
    maria_sql(maria,
              "CREATE PROCEDURE good() BEGIN INSERT INTO a VALUES (1); SELECT 1; SELECT 2; END");
    maria_sql(maria, "CREATE PROCEDURE bad() BEGIN INSERT INTO a VALUES (2); "
                     "INSERT INTO nowhere VALUES (1); END");
    maria_sql(maria, "CREATE PROCEDURE worse() BEGIN INSERT INTO a VALUES (3); "
                     "CREATE TABLE b (id INT); INSERT INTO nowhere VALUES (1); END");
    maria_begin(maria->connection);
    assert_done(maria_alone(maria, "CALL good()", &worked, &error));
    assert_fails(maria_alone(maria, "CALL bad()", &worked, &error), WEND_FAILED);
    g_assert_false(worked.stays);
    assert_app_sees(maria, "SELECT id FROM a", "1\n");
    assert_fails(maria_alone(maria, "CALL worse()", &worked, &error), WEND_FAILED);
    g_assert_true(worked.stays);
    assert_app_sees(maria, "SELECT id FROM a", "1\n3\n");
    maria->driver->end_step(maria->connection);
}

/* A statement that ends the transaction is found out, and nothing is said to be rolled back. */
static void test_ends(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT)");
    maria_begin(maria->connection);
    assert_fails(WORK(maria->connection, &worked, "INSERT INTO a VALUES (1)",
                      "/*!40000 CREATE TABLE b (id INT) */", "INSERT INTO a VALUES (2)"),
                 WEND_FAILED);
    maria->driver->end_step(maria->connection);
    assert_says("ended wend's transaction");
    g_assert_true(worked.stays);
    g_assert_cmpint(worked.piece, ==, 1);
    assert_app_sees(maria, "SELECT id FROM a", "1\n");
}

static void test_no_transactions(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT) ENGINE=MyISAM");
    maria_begin(maria->connection);
    assert_fails(WORK(maria->connection, &worked, "INSERT INTO a VALUES (1)",
                      "INSERT INTO nowhere VALUES (1)"),
                 WEND_FAILED);
    maria->driver->end_step(maria->connection);
    g_assert_true(worked.stays);
    g_assert_nonnull(strstr(error.hint, "InnoDB"));
}

/* Whether this may leave something behind though its transaction is lost. */
static bool may_stay(Maria *maria, const char *sql)
{
    return maria->driver->may_stay(maria->connection, maria_piece(maria, sql), 1) != NULL;
}

/* Known from the lock on, and again behind what may have made another table such. */
static void test_may_stay(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const insert = "INSERT INTO a VALUES (1)";
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_sql(maria, "CREATE TABLE a (id INT); CREATE DATABASE IF NOT EXISTS elsewhere; "
                     "CREATE TABLE elsewhere.a (id INT) ENGINE=MyISAM");
    assert_done(maria->driver->lock(maria->connection, "wend_journal", &error));
    g_assert_nonnull(((Connection *)maria->connection)->stays_in);
    maria_begin(maria->connection);
    g_assert_false(may_stay(maria, insert));
    g_assert_false(may_stay(maria, "INSERT INTO a SELECT b.id FROM a b"));
    g_assert_true(may_stay(maria, "INSERT INTO `elsewhere` . a VALUES (1)"));
    g_assert_true(may_stay(maria, "USE elsewhere"));
    assert_done(WORK(maria->connection, NULL, "USE elsewhere"));
    g_assert_true(may_stay(maria, insert));
    maria->driver->end_step(maria->connection);
    maria_begin(maria->connection);
    g_assert_false(may_stay(maria, insert));
    static const char *const makers[] = {
        "CREATE TABLE b (id INT) ENGINE=Aria",
        "ALTER TABLE a ENGINE = MyISAM",
        "CREATE TABLE b LIKE elsewhere.a",
        "RENAME TABLE elsewhere.a TO b",
        "BEGIN NOT ATOMIC CREATE TABLE b (id INT) ENGINE=MEMORY; END",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(makers); i++) {
        g_test_message("%s", makers[i]);
        assert_done(maria_alone(maria, makers[i], NULL, &error));
        g_assert_true(may_stay(maria, insert));
        maria_sql(maria, "DROP TABLE IF EXISTS b; ALTER TABLE a ENGINE=InnoDB; "
                         "CREATE TABLE IF NOT EXISTS elsewhere.a (id INT) ENGINE=MyISAM");
        assert_done(maria_alone(maria, "ALTER DATABASE COMMENT 'x'", NULL, &error));
        g_assert_false(may_stay(maria, insert));
    }
    assert_done(maria_alone(maria, "CREATE TABLE c (id INT) ENGINE=InnoDB", NULL, &error));
    assert_done(maria_alone(maria, "CREATE TABLE d (id INT)", NULL, &error));
    g_assert_nonnull(((Connection *)maria->connection)->stays_in);
    assert_done(WORK(maria->connection, NULL, "SET default_storage_engine = MyISAM"));
    assert_done(maria_alone(maria, "CREATE TABLE e (id INT)", NULL, &error));
    g_assert_true(may_stay(maria, insert));
    maria->driver->end_step(maria->connection);
    maria->driver->unlock(maria->connection);
    maria_sql(maria, "DROP DATABASE elsewhere");
}

static void add(void)
{
    maria_add("/mysql/definitions/verdicts", test_verdicts);
    maria_add("/mysql/definitions/half", test_half);
    maria_add("/mysql/definitions/no-privilege", test_no_privilege);
    maria_add("/mysql/definitions/use", test_use);
    maria_add("/mysql/definitions/call", test_call);
    maria_add("/mysql/definitions/ends", test_ends);
    maria_add("/mysql/definitions/no-transactions", test_no_transactions);
    maria_add("/mysql/definitions/may-stay", test_may_stay);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
