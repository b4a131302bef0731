/* SPDX-License-Identifier: MIT
 *
 * What MariaDB's and MySQL's statements are taken for, and which objects a data definition names.
 */
#include "db/mysql/mysql.h"

#include <string.h>

typedef struct Sample {
    const char *sql;
    WendClass class;
    bool session, temporary;
} Sample;

static const Sample samples[] = {
    {"CREATE UNIQUE INDEX a ON t (b)", WEND_CLASS_OBSERVABLE, false, false},
    {"CREATE DEFINER=`root`@`localhost` PROCEDURE p() SELECT 1", WEND_CLASS_OBSERVABLE, false,
     false},
    {"CREATE OR REPLACE DEFINER=root@localhost TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = "
     "1",
     WEND_CLASS_REPEATABLE, false, false},
    {"CREATE TABLE IF NOT EXISTS a SELECT 1", WEND_CLASS_OBSERVABLE, false, false},
    {"CREATE TABLE IF NOT EXISTS a (SELECT 1)", WEND_CLASS_OBSERVABLE, false, false},
    {"CREATE TABLE IF NOT EXISTS a AS (VALUES (1))", WEND_CLASS_OBSERVABLE, false, false},
    {"CREATE TABLE IF NOT EXISTS a (id INT) PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN "
     "(5))",
     WEND_CLASS_REPEATABLE, false, false},
    {"CREATE EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP DO SELECT 1", WEND_CLASS_OPAQUE, false,
     false},
    {"CREATE EVENT IF NOT EXISTS e ON SCHEDULE AT CURRENT_TIMESTAMP DO SELECT 1", WEND_CLASS_OPAQUE,
     false, false},
    {"CREATE EVENT e ON SCHEDULE AT '2030-01-01' ON COMPLETION PRESERVE DO SELECT 1",
     WEND_CLASS_OBSERVABLE, false, false},
    {"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", WEND_CLASS_OBSERVABLE, false, false},
    {"CREATE DATABASE IF NOT EXISTS a", WEND_CLASS_REPEATABLE, false, false},
    {"CREATE SEQUENCE s", WEND_CLASS_OBSERVABLE, false, false},
    {"ALTER SEQUENCE s RESTART 5", WEND_CLASS_OPAQUE, false, false},
    {"ALTER USER ann IDENTIFIED BY 'x'", WEND_CLASS_REPEATABLE, false, false},
    {"CREATE USER ann", WEND_CLASS_OBSERVABLE, false, false},
    {"RENAME USER a TO b", WEND_CLASS_OPAQUE, false, false},
    {"DROP PROCEDURE IF EXISTS p", WEND_CLASS_REPEATABLE, false, false},
    {"REVOKE ALL ON a.* FROM ann", WEND_CLASS_OPAQUE, false, false},
    {"ANALYZE FORMAT=JSON SELECT 1", WEND_CLASS_ORDINARY, false, false},
    {"INSTALL SONAME 'ha_x'", WEND_CLASS_OPAQUE, false, false},
    {"SET PASSWORD FOR ann = PASSWORD('x')", WEND_CLASS_REPEATABLE, false, false},
    {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", WEND_CLASS_LIFTED, true, false},
    {"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", WEND_CLASS_ORDINARY, true, false},
    {"SET @@global.max_connections = 9", WEND_CLASS_REPEATABLE, true, false},
    {"SET @id = LAST_INSERT_ID()", WEND_CLASS_ORDINARY, true, true},
    {"SET @a = 1, @b := @@sql_mode", WEND_CLASS_ORDINARY, true, false},
    {"SET autocommit = 1", WEND_CLASS_NOTHING, false, false},
    {"SET autocommit=ON, sql_mode=''", WEND_CLASS_ORDINARY, true, false},
    {"SET ROLE clerk", WEND_CLASS_ORDINARY, true, false},
    {"SELECT 1 INTO @a", WEND_CLASS_ORDINARY, false, true},
    {"SELECT @a := 1", WEND_CLASS_ORDINARY, false, true},
    {"SELECT @a", WEND_CLASS_ORDINARY, false, false},
    {"PREPARE s FROM 'SELECT 1'", WEND_CLASS_ORDINARY, false, true},
    {"EXECUTE s", WEND_CLASS_OPAQUE, false, false},
    {"BEGIN NOT ATOMIC SELECT 1; END", WEND_CLASS_OPAQUE, false, false},
    {"BEGIN WORK", WEND_CLASS_BEGIN, false, false},
    {"COMMIT AND NO CHAIN", WEND_CLASS_COMMIT, false, false},
    {"UNLOCK TABLES", WEND_CLASS_NOTHING, false, false},
    {"LOAD DATA INFILE '/a' INTO TABLE t", WEND_CLASS_ORDINARY, false, false},
    {"/*M!100100 CREATE TABLE a (id INT) */", WEND_CLASS_OBSERVABLE, false, false},
    {"SET STATEMENT lock_wait_timeout=1 FOR ALTER TABLE a ADD b INT", WEND_CLASS_OBSERVABLE, false,
     false},
};

static void test_classes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendClassified classified;
        g_test_message("%s", samples[i].sql);
        g_assert_true(
            wend_mysql_classify(samples[i].sql, strlen(samples[i].sql), &classified, &error));
        g_assert_cmpint(classified.class, ==, samples[i].class);
        g_assert_true(classified.session == samples[i].session);
        g_assert_true(classified.temporary == samples[i].temporary);
    }
}

static void test_refused(void)
{
    static const char *const refused[] = {
        "FLUSH TABLES WITH READ LOCK",
        "FLUSH LOCAL TABLES a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p WITH READ LOCK",
        "FLUSH TABLES a FOR EXPORT",
        "BACKUP STAGE START",
        "BACKUP LOCK a",
        "LOCK INSTANCE FOR BACKUP",
        "SET wsrep_OSU_method=RSU",
        "SET lock_wait_timeout = 1, GLOBAL wsrep_osu_method = 'rsu'",
        "SET @@session.wsrep_OSU_method := RSU",
    };
    static const char *const taken[] = {"FLUSH TABLES `with`", "FLUSH PRIVILEGES",
                                        "SET wsrep_OSU_method = TOI"};
    WendClassified classified;
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_test_message("%s", refused[i]);
        g_assert_false(wend_mysql_classify(refused[i], strlen(refused[i]), &classified, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(taken); i++)
        g_assert_true(wend_mysql_classify(taken[i], strlen(taken[i]), &classified, NULL));
}

static void test_skipped(void)
{
    static const struct {
        const char *sql;
        bool maria, mysql;
    } cases[] = {
        {"/*!80100 SET a = 1 */", true, true},
        {"/*!80000 SET a = 1 */", true, false},
        {"/*!50700 SET a = 1 */", true, false},
        {"/*!40101 SET a = 1 */", false, false},
        {"/*! SET a = 1 */", false, false},
        {"/*M!120000 SET a = 1 */", true, true},
        {"/*M!100100 SET a = 1 */", false, true},
        {"-- so\n/*!99999 SET */ /* and */ /*!99999 a = 1 */ ", true, true},
        {"/*!99999 SET */ /*!40101 SELECT */ /*!99999 a = 1 */ ", false, false},
        {"SET /*!99999 a = 1 */", false, false},
        {"/*!99999 SET a = 1 */ SELECT 1", false, false},
        {"SET a = 1", false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *sql = cases[i].sql;
        g_test_message("%s", sql);
        g_assert_true(wend_mysql_is_skipped(sql, strlen(sql), true, 101119) == cases[i].maria);
        g_assert_true(wend_mysql_is_skipped(sql, strlen(sql), false, 80036) == cases[i].mysql);
    }
}

static char *touched_text(const char *sql, bool *by_identity)
{
    g_autoptr(GPtrArray) objects = wend_mysql_touched(sql, strlen(sql), "shop", by_identity);
    GString *text = g_string_new(NULL);
    for (guint i = 0; objects != NULL && i < objects->len; i++) {
        const Touched *one = objects->pdata[i];
        g_string_append_printf(text, "%s%s %s.%s", i > 0 ? ", " : "", one->kind, one->schema,
                               one->name);
    }
    return g_string_free(text, FALSE);
}

static void test_touched(void)
{
    static const struct {
        const char *sql, *objects;
        bool by_identity;
    } cases[] = {
        {"CREATE TABLE a (id INT)", "TABLE shop.a", false},
        {"CREATE TABLE `x``y`.`a b` LIKE c", "TABLE x`y.a b", false},
        {"DROP TABLE a, other . b, `c`", "TABLE shop.a, TABLE other.b, TABLE shop.c", false},
        {"RENAME TABLE a TO tmp, b TO a, tmp TO b", "TABLE shop.a, TABLE shop.tmp, TABLE shop.b",
         true},
        {"RENAME TABLE a WAIT 5 TO b", "TABLE shop.a, TABLE shop.b", true},
        {"ALTER TABLE a ADD b INT, RENAME TO c", "TABLE shop.a, TABLE shop.c", false},
        {"ALTER TABLE a RENAME COLUMN b TO c", "TABLE shop.a", false},
        {"ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b", "TABLE shop.a, TABLE shop.b", true},
        {"TRUNCATE a", "TABLE shop.a", true},
        {"TRUNCATE TABLE other.a", "TABLE other.a", true},
        {"CREATE OR REPLACE TABLE a (id INT)", "TABLE shop.a", true},
        {"CREATE FULLTEXT INDEX i ON other.a (b)", "TABLE other.a", false},
        {"DROP INDEX i ON a", "TABLE shop.a", false},
        {"CREATE DEFINER=`root`@`%` TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1",
         "TRIGGER shop.t", false},
        {"SET STATEMENT lock_wait_timeout=3 FOR ALTER TABLE a ADD b INT", "TABLE shop.a", false},
        {"DROP DATABASE old", "DATABASE shop.old", false},
        {"CREATE USER ann@'10.%' IDENTIFIED BY 'x', bob", "USER 10.%.ann, USER %.bob", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool by_identity = false;
        g_autofree char *text = touched_text(cases[i].sql, &by_identity);
        g_test_message("%s", cases[i].sql);
        g_assert_cmpstr(text, ==, cases[i].objects);
        g_assert_true(by_identity == cases[i].by_identity);
    }
}

/* What would change wend's tables, however it is said, is refused; reading them is not. */
static void test_guard(void)
{
    static const struct {
        const char *sql;
        bool passes;
    } cases[] = {
        {"SELECT * FROM wend_journal", true},
        {"DELETE FROM wend_journal", false},
        {"DELETE FROM wend_journals", true},
        {"SET STATEMENT lock_wait_timeout=3 FOR DELETE FROM wend_journal", false},
        {"SET STATEMENT lock_wait_timeout=(SELECT 3), max_statement_time=1 FOR TRUNCATE "
         "wend_journal",
         false},
        {"/*M!100100 SET STATEMENT lock_wait_timeout=3 FOR */ DROP TABLE a, shop.wend_journal",
         false},
        {"ANALYZE DELETE FROM wend_journal", false},
        {"ANALYZE FORMAT=JSON UPDATE wend_journal SET id = 1", false},
        {"WITH a AS (SELECT 1) DELETE FROM wend_journal", false},
        {"WITH a AS (SELECT 1) SELECT * FROM wend_journal", true},
        {"DELETE FROM wend_journal_lease", false},
        {"DROP TABLE wend_journal_lease", false},
        {"DROP TABLE wend_journal_leases", true},
        {"DELETE FROM other.wend_journal", true},
        {"DROP DATABASE shop", false},
        {"DROP SCHEMA IF EXISTS `Shop`", false},
        {"DROP DATABASE other", true},
        {"ALTER DATABASE shop CHARACTER SET utf8mb4", true},
    };
    char journal[] = "wend_journal", shop[] = "shop", *own[] = {journal, NULL};
    Connection connection = {.mariadb = true, .database = shop, .own = own};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendPiece piece = {.text = cases[i].sql, .length = strlen(cases[i].sql)};
        g_test_message("%s", cases[i].sql);
        g_assert_true(wend_mysql_guard(&connection, &piece, &error) == cases[i].passes);
    }
}

/* A string that ends elsewhere under the mode in force is refused, before anything is run that it hides. */
static void test_modes(void)
{
    static const struct {
        const char *own, *set, *sql;
        bool passes;
    } cases[] = {
        {"NO_BACKSLASH_ESCAPES", NULL, "INSERT INTO t VALUES ('C:\\')", false},
        {"NO_BACKSLASH_ESCAPES", NULL, "INSERT INTO t VALUES ('C:\\'); DROP TABLE u; SELECT 'x'",
         false},
        {"NO_BACKSLASH_ESCAPES", NULL, "INSERT INTO t VALUES ('C:\\dir', 'it''s', \"\\n\")", true},
        {"STRICT_TRANS_TABLES", NULL, "INSERT INTO t VALUES ('it\\'s')", true},
        {"STRICT_TRANS_TABLES", "SET sql_mode='ansi,no_backslash_escapes'", "SELECT 'a\\'", false},
        {"STRICT_TRANS_TABLES", "SET @@session.sql_mode = 'NO_BACKSLASH_ESCAPES'", "SELECT 'a\\'",
         false},
        {"NO_BACKSLASH_ESCAPES",
         "/*!40101 SET @OLD=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */", "SELECT 'it\\'s'",
         true},
        {"NO_BACKSLASH_ESCAPES", "SET sql_mode = @OLD", "SELECT 'it\\'s'", false},
        {"STRICT_TRANS_TABLES", "SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
         "SELECT 'a\\'", false},
        {"ANSI_QUOTES", NULL, "SELECT \"a\\\" FROM t", false},
        {"ANSI_QUOTES", NULL, "SELECT \"it's\" FROM t", true},
        {"REAL_AS_FLOAT,ANSI", NULL, "SELECT \"a\\\\\" FROM t", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        Connection connection = {.mariadb = true, .version = 101119};
        connection.facts.lex_flags = wend_mysql_lex_flags(cases[i].own);
        WendPiece piece = {.text = cases[i].sql, .length = strlen(cases[i].sql)};
        g_test_message("%s; %s; %s", cases[i].own, cases[i].set, cases[i].sql);
        if (cases[i].set != NULL) {
            WendPiece set = {.text = cases[i].set, .length = strlen(cases[i].set), .session = true};
            g_assert_true(wend_mysql_guard(&connection, &set, &error));
        }
        g_assert_true(wend_mysql_guard(&connection, &piece, &error) == cases[i].passes);
        if (!cases[i].passes)
            g_assert_nonnull(strstr(error.hint, "CHAR(92)"));
    }
}

/* Under every sql_mode, whatever character set the reader assumes. */
static void test_literal(void)
{
    static const char *const texts[][2] = {
        {"", "''"},
        {"it's", "'it''s'"},
        {"a\\b", "_utf8mb4 0x615c62"},
        {"\xC3\xBC", "_utf8mb4 0xc3bc"},
        {"two\nlines", "'two\nlines'"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        wend_mysql_text(sql, texts[i][0]);
        g_assert_cmpstr(sql->str, ==, texts[i][1]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mysql/classify/classes", test_classes);
    g_test_add_func("/mysql/classify/refused", test_refused);
    g_test_add_func("/mysql/classify/skipped", test_skipped);
    g_test_add_func("/mysql/classify/touched", test_touched);
    g_test_add_func("/mysql/classify/guard", test_guard);
    g_test_add_func("/mysql/classify/modes", test_modes);
    g_test_add_func("/mysql/classify/literal", test_literal);
    return g_test_run();
}
