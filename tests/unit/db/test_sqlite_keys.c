/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/violations.c and of foreign keys around a step: checks that are lifted,
 * rows that point nowhere, old ones and new ones, and deferred constraints.
 */
#include "shop.h"

#include <string.h>

/* Parents 1 and 2, each with a child that goes when it goes. */
static Shop *family(void)
{
    Shop *shop = shop_new("?foreign_keys=on");
    shop_sql(shop, "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);"
                   "CREATE TABLE child (id INTEGER PRIMARY KEY, "
                   "  parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);"
                   "INSERT INTO parent VALUES (1, 'a'), (2, 'b');"
                   "INSERT INTO child VALUES (10, 1), (20, 2);");
    return shop;
}

#define REBUILD                                                                                    \
    "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",                        \
        "INSERT INTO parent_new SELECT id, name FROM parent", "DROP TABLE parent",                 \
        "ALTER TABLE parent_new RENAME TO parent"

static void test_enforced(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO child VALUES (30, 99)"),
                 WEND_FAILED);
    assert_says("FOREIGN KEY constraint failed");
    assert_done((wend_error_clear(&error),
                 STEP(shop, WEND_JOIN_NONE, NULL, "DELETE FROM parent WHERE id = 1")));
    assert_app_sees(shop, "SELECT id FROM child", "20\n");
    shop_reopen(shop, "?foreign_keys=off", 0);
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO child VALUES (30, 99)"));
}

/* The recipe of SQLite's own documentation: without OFF, DROP TABLE would delete the children. */
static void test_rebuild(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF", REBUILD,
                     "PRAGMA foreign_keys = ON"));
    assert_app_sees(shop, "SELECT id, parent FROM child ORDER BY id", "10|1\n20|2\n");
    assert_driver_sees(shop->connection, "PRAGMA foreign_keys", "1\n");
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO child VALUES (30, 99)"),
                 WEND_FAILED);
}

/* Without lifting, the same statements do delete them: what the test above is worth. */
static void test_rebuild_unlifted(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, REBUILD));
    assert_app_sees(shop, "SELECT id FROM child", "");
}

/* The same through files: a lifted step shares its commit with nobody, and the next is checked. */
static void test_rebuild_run(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = family();
    shop_migration(shop, "1_first.sql", "CREATE TABLE one (a);");
    shop_migration(shop, "2_rebuild.sql",
                   "PRAGMA foreign_keys=OFF;\nBEGIN;\n"
                   "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
                   "INSERT INTO parent_new SELECT id, name FROM parent;\nDROP TABLE parent;\n"
                   "ALTER TABLE parent_new RENAME TO parent;\nCOMMIT;\nPRAGMA foreign_keys=ON;\n");
    shop_migration(shop, "3_wrong.sql", "INSERT INTO child VALUES (30, 99);");
    assert_fails(shop_up(shop, "?foreign_keys=on", &moved, &error), WEND_FAILED);
    assert_says("FOREIGN KEY constraint failed");
    g_assert_cmpuint(moved.done, ==, 2);
    assert_app_sees(shop, "SELECT id, parent FROM child ORDER BY id", "10|1\n20|2\n");
    assert_app_sees(shop, "SELECT id FROM wend_migrations ORDER BY id", "1\n2\n");
}

static void test_new_violation(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                      "DELETE FROM parent WHERE id = 1"),
                 WEND_FAILED);
    assert_says("1 row of child -> parent points nowhere");
    assert_says("rowid 10");
    g_assert_nonnull(strstr(error.hint, "foreign_key_check"));
    assert_app_sees(shop, "SELECT id FROM parent ORDER BY id", "1\n2\n");
    assert_driver_sees(shop->connection, "PRAGMA foreign_keys", "1\n");
}

/* Rows that pointed nowhere before are not this migration's fault, and are not named. */
static void test_old_violations(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    shop_sql(shop, "INSERT INTO child VALUES (31, 98), (32, 99)");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF", REBUILD));
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                     "DELETE FROM child WHERE id = 31"));
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                      "DELETE FROM parent WHERE id = 2"),
                 WEND_FAILED);
    assert_says("1 row of child -> parent points nowhere");
    assert_says("(rowid 20)");
    g_assert_null(strstr(error.message, "32"));
}

static void test_many_violations(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    shop_sql(shop, "WITH RECURSIVE up (n) AS (SELECT 101 UNION ALL SELECT n + 1 FROM up "
                   "WHERE n < 140) INSERT INTO child SELECT n, 1 FROM up");
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                      "DELETE FROM parent WHERE id = 1"),
                 WEND_FAILED);
    assert_says("41 rows of child -> parent point nowhere");
    assert_says(", …)");
}

/* A second broken reference of a row that was broken already has no new row to name. */
static void test_same_row(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    shop_sql(shop, "CREATE TABLE pair (id INTEGER PRIMARY KEY, a REFERENCES parent, "
                   "b REFERENCES parent); INSERT INTO pair VALUES (5, 1, 99)");
    assert_fails(
        STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF", "UPDATE pair SET a = 98"),
        WEND_FAILED);
    assert_says("1 row of pair -> parent points nowhere");
    g_assert_null(strstr(error.message, "(rowid )"));
}

static void test_without_rowid(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    shop_sql(shop, "CREATE TABLE named (name TEXT PRIMARY KEY, parent REFERENCES parent) "
                   "WITHOUT ROWID; INSERT INTO named VALUES ('x', 99)");
    assert_done(
        STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF", "CREATE TABLE t (a)"));
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                      "INSERT INTO named VALUES ('y', 98)"),
                 WEND_FAILED);
    assert_says("1 row of named -> parent");
}

/* A database whose keys cannot be checked at all was so before. */
static void test_mismatch(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = family();
    shop_sql(shop,
             "CREATE TABLE wrong (a REFERENCES parent (name)); INSERT INTO wrong VALUES ('z')");
    assert_done(
        STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF", "CREATE TABLE t (a)"));
    /* An application repairs it: what this connection knew of the tables is old. */
    shop_sql(shop, "DROP TABLE wrong");
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                      "CREATE TABLE wrong (a REFERENCES parent (name))",
                      "INSERT INTO wrong VALUES ('z')"),
                 WEND_FAILED);
    assert_says("foreign key mismatch");
}

/* Tables that an application makes between two steps count as they are then. */
static void test_later_tables(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = ON", "SELECT 1"));
    shop_sql(shop, "CREATE TABLE parent (id INTEGER PRIMARY KEY); INSERT INTO parent VALUES (1);"
                   "CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent);"
                   "INSERT INTO child VALUES (31, 98)");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF", "SELECT 1"));
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                      "INSERT INTO child VALUES (32, 99)"),
                 WEND_FAILED);
    assert_says("1 row of child -> parent points nowhere");
}

/* A segment that is committed cannot be taken back any more: each is checked at its own end. */
static void test_each_segment(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = family();
    assert_fails(STEP(shop, WEND_JOIN_NONE, &worked, "PRAGMA foreign_keys = OFF",
                      "DELETE FROM parent WHERE id = 1", "VACUUM",
                      "INSERT INTO parent VALUES (1, 'again')"),
                 WEND_FAILED);
    assert_says("foreign key check");
    assert_app_sees(shop, "SELECT count(*) FROM parent", "2\n");
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA foreign_keys = OFF",
                     "DELETE FROM parent WHERE id = 1", "INSERT INTO parent VALUES (1, 'again')",
                     "VACUUM", "INSERT INTO parent VALUES (3, 'c')"));
}

/* --- deferred constraints --- */

static Shop *deferred_family(void)
{
    Shop *shop = shop_new("?foreign_keys=on");
    shop_sql(shop, "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
                   "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER "
                   "  REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);");
    return shop;
}

static void test_deferred(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = deferred_family();
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO child VALUES (1, 7)",
                     "INSERT INTO parent VALUES (7)"));
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO child VALUES (2, 8)"), WEND_FAILED);
    assert_says("FOREIGN KEY constraint failed");
    g_assert_nonnull(error.vendor);
    assert_app_sees(shop, "SELECT id FROM child", "1\n");
}

/* In a shared commit RELEASE would succeed, and COMMIT take the innocent neighbours along. */
static void test_deferred_in_slice(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = deferred_family();
    assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "INSERT INTO parent VALUES (1)"));
    assert_fails(STEP(shop, WEND_JOIN_ALL, &worked, "INSERT INTO child VALUES (2, 8)"),
                 WEND_FAILED);
    assert_says("FOREIGN KEY constraint failed");
    g_assert_false(worked.lost);
    g_assert_cmpint(worked.piece, ==, -1);
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "INSERT INTO parent VALUES (3)"));
    assert_done(shop->driver->settle(shop->connection, &error));
    assert_app_sees(shop, "SELECT id FROM parent ORDER BY id", "1\n3\n");
    assert_app_sees(shop, "SELECT id FROM child", "");
}

/* Putting the setting back makes SQLite forget what it has deferred: it must be asked before. */
static void test_defer_pragma(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = family();
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA defer_foreign_keys = ON",
                     "INSERT INTO child VALUES (30, 3)", "INSERT INTO parent VALUES (3, 'c')"));
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA defer_foreign_keys = ON",
                      "INSERT INTO child VALUES (40, 99)"),
                 WEND_FAILED);
    assert_says("FOREIGN KEY constraint failed");
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "INSERT INTO parent VALUES (4, 'd')"));
    assert_fails(STEP(shop, WEND_JOIN_ALL, &worked, "PRAGMA defer_foreign_keys = ON",
                      "INSERT INTO child VALUES (40, 99)"),
                 WEND_FAILED);
    g_assert_false(worked.lost);
    wend_error_clear(&error);
    assert_done(shop->driver->settle(shop->connection, &error));
    assert_app_sees(shop, "SELECT id FROM child ORDER BY id", "10\n20\n30\n");
    assert_app_sees(shop, "SELECT count(*) FROM parent", "4\n");
}

/* SQLite itself lets it hold until COMMIT: into the next step, where commits are shared. */
static void test_defer_leaks(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = family();
    assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "PRAGMA defer_foreign_keys = ON"));
    assert_fails(STEP(shop, WEND_JOIN_ALL, &worked, "INSERT INTO child VALUES (30, 3)",
                      "INSERT INTO parent VALUES (3, 'c')"),
                 WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 0);
    g_assert_false(worked.lost);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/keys/enforced", test_enforced);
    g_test_add_func("/db/sqlite/keys/rebuild", test_rebuild);
    g_test_add_func("/db/sqlite/keys/rebuild-unlifted", test_rebuild_unlifted);
    g_test_add_func("/db/sqlite/keys/rebuild-run", test_rebuild_run);
    g_test_add_func("/db/sqlite/keys/new-violation", test_new_violation);
    g_test_add_func("/db/sqlite/keys/old-violations", test_old_violations);
    g_test_add_func("/db/sqlite/keys/many-violations", test_many_violations);
    g_test_add_func("/db/sqlite/keys/same-row", test_same_row);
    g_test_add_func("/db/sqlite/keys/without-rowid", test_without_rowid);
    g_test_add_func("/db/sqlite/keys/mismatch", test_mismatch);
    g_test_add_func("/db/sqlite/keys/later-tables", test_later_tables);
    g_test_add_func("/db/sqlite/keys/each-segment", test_each_segment);
    g_test_add_func("/db/sqlite/keys/deferred", test_deferred);
    g_test_add_func("/db/sqlite/keys/deferred-in-slice", test_deferred_in_slice);
    g_test_add_func("/db/sqlite/keys/defer-pragma", test_defer_pragma);
    g_test_add_func("/db/sqlite/keys/defer-leaks", test_defer_leaks);
    return g_test_run();
}
