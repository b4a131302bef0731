/* SPDX-License-Identifier: MIT
 *
 * Which queries only read, and why the others do not.
 */
#include "sql/only_reads.h"

#include "sql/dialect.h"

#include <string.h>

static const char *const good[] = {
    "SELECT count(*) FROM t",
    "(SELECT 1)",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "VALUES (1)",
    "TABLE t",
    "SHOW server_version",
    "PRAGMA user_version",
    "SELECT replace(name, 'a', 'b') FROM t",
    "SELECT INSERT('abc', 1, 1, 'x')",
    "SELECT 'DELETE; UPDATE' AS \"into\", t.update FROM t -- INTO",
    "SELECT substring(name FOR 3), share FROM t",
};

static const struct {
    const char *text, *reason;
} bad[] = {
    {"SELECT 1; COMMIT", "more than one"},
    {"SELECT 1;", "more than one"},
    {"", "no query"},
    {"COMMIT", "no query"},
    {"(DELETE FROM t)", "no query"},
    {"EXPLAIN ANALYZE SELECT 1", "no query"},
    {"WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a", "change"},
    {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "change"},
    {"WITH a AS (SELECT 1) MERGE INTO t USING a ON true WHEN MATCHED THEN DO NOTHING", "change"},
    {"SELECT * INTO b FROM a", "change"},
    {"SELECT 1 FROM t FOR UPDATE", "change"},
    {"SELECT 1 FROM t FOR NO KEY UPDATE", "change"},
    {"SELECT 1 FROM t FOR KEY SHARE", "locks"},
    {"SELECT 1 FROM t LOCK IN SHARE MODE", "locks"},
    {"PRAGMA user_version = 4", "PRAGMA"},
    {"PRAGMA journal_mode(off)", "PRAGMA"},
    {"SELECT 'abc", "no end"},
};

static void test_good(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        const char *reason = NULL;
        bool reads = wend_sql_only_reads(good[i], strlen(good[i]),
                                         wend_dialect_flags(WEND_DIALECT_POSTGRES), &reason);
        g_assert_cmpstr(reason, ==, NULL);
        g_assert_true(reads);
    }
}

static void test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *reason = NULL;
        g_assert_false(wend_sql_only_reads(bad[i].text, strlen(bad[i].text),
                                           wend_dialect_flags(WEND_DIALECT_POSTGRES), &reason));
        g_assert_nonnull(strstr(reason, bad[i].reason));
    }
}

/* What MySQL runs although it stands in a comment. */
static void test_executable_comment(void)
{
    static const char text[] = "SELECT 1 /*!50000 ; DROP TABLE t */";
    const char *reason = NULL;
    g_assert_false(
        wend_sql_only_reads(text, strlen(text), wend_dialect_flags(WEND_DIALECT_MYSQL), &reason));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sql/only-reads/good", test_good);
    g_test_add_func("/sql/only-reads/bad", test_bad);
    g_test_add_func("/sql/only-reads/executable-comment", test_executable_comment);
    return g_test_run();
}
