/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/work.c: what SQLite does to a transaction behind one's back while steps
 * share a commit, and that whole runs lose nothing by it.
 */
#include "shop.h"

#include <string.h>

static Shop *items(void)
{
    Shop *shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)");
    return shop;
}

/* Each ends the transaction that holds it. */
static const char *const enders[] = {
    "INSERT OR ROLLBACK INTO items VALUES (1, 'again')",
    "UPDATE OR ROLLBACK items SET id = 1 WHERE id = 2",
    "INSERT INTO guarded VALUES (1)",
    "INSERT INTO strict VALUES (1), (1)",
};

static void make_enders(const Shop *shop)
{
    shop_sql(shop, "INSERT INTO items VALUES (1, 'old'), (2, 'old');"
                   "CREATE TABLE guarded (a);"
                   "CREATE TRIGGER guard BEFORE INSERT ON guarded "
                   "BEGIN SELECT raise(ROLLBACK, 'not with me'); END;"
                   "CREATE TABLE strict (a UNIQUE ON CONFLICT ROLLBACK);");
}

static void test_ends_transaction(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(enders); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_autoptr(Shop) shop = items();
        make_enders(shop);
        g_test_message("%s", enders[i]);
        assert_fails(STEP(shop, WEND_JOIN_SHARE, &worked, "SELECT 1", enders[i]), WEND_FAILED);
        g_assert_false(worked.lost);
        g_assert_cmpint(worked.piece, ==, 1);
        wend_error_clear(&error);
        assert_done(STEP(shop, WEND_JOIN_ALL, &worked, "INSERT INTO items VALUES (3, 'new')"));
        assert_fails(STEP(shop, WEND_JOIN_ALL, &worked, "SELECT 1", enders[i]), WEND_FAILED);
        g_assert_true(worked.lost);
        g_assert_cmpint(worked.piece, ==, 1);
        assert_app_sees(shop, "SELECT id FROM items ORDER BY id", "1\n2\n");
        wend_error_clear(&error);
        assert_done(shop->driver->settle(shop->connection, &error));
        assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (4, 'new')"));
    }
}

/* Failures that leave the transaction alone. */
static void test_leaves_transaction(void)
{
    static const char *const failures[] = {
        "INSERT INTO items VALUES (1, 'again')",
        "INSERT OR ABORT INTO items VALUES (1, 'again')",
        "INSERT OR FAIL INTO items VALUES (9, 'x'), (1, 'again')",
        "SELECT * FRM items",
        "SELECT json('nonsense')",
        "ROLLBACK TO nowhere",
        "RELEASE nowhere"};
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_autoptr(Shop) shop = items();
        shop_sql(shop, "INSERT INTO items VALUES (1, 'old')");
        assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "INSERT INTO items VALUES (2, 'new')"));
        assert_fails(
            STEP(shop, WEND_JOIN_ALL, &worked, "INSERT INTO items VALUES (3, 'new')", failures[i]),
            WEND_FAILED);
        g_assert_false(worked.lost);
        wend_error_clear(&error);
        assert_done(shop->driver->settle(shop->connection, &error));
        assert_app_sees(shop, "SELECT id FROM items ORDER BY id", "1\n2\n");
    }
}

/* A step's own savepoints may stay open, be released, and be rolled back to. */
static void test_savepoints(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = items();
    for (guint i = 0; i < 2; i++) {
        WendJoin join = i == 0 ? WEND_JOIN_NONE : WEND_JOIN_ALL;
        assert_done(STEP(shop, join, NULL, "DELETE FROM items"));
        assert_done(STEP(shop, join, NULL, "SAVEPOINT a", "INSERT INTO items VALUES (1, 'kept')",
                         "SAVEPOINT b", "INSERT INTO items VALUES (2, 'gone')", "ROLLBACK TO b",
                         "RELEASE a", "SAVEPOINT open", "INSERT INTO items VALUES (3, 'kept')"));
        assert_done(STEP(shop, join, NULL, "INSERT INTO items VALUES (4, 'kept')"));
        assert_done(shop->driver->settle(shop->connection, &error));
        assert_app_sees(shop, "SELECT id FROM items ORDER BY id", "1\n3\n4\n");
    }
}

/* A savepoint of the step before is over. */
static void test_savepoint_ends(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = items();
    assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "SELECT 1"));
    assert_done(
        STEP(shop, WEND_JOIN_ALL, NULL, "SAVEPOINT a", "INSERT INTO items VALUES (1, 'x')"));
    assert_fails(STEP(shop, WEND_JOIN_ALL, &worked, "ROLLBACK TO a"), WEND_FAILED);
    g_assert_false(worked.lost);
    wend_error_clear(&error);
    assert_done(shop->driver->settle(shop->connection, &error));
    assert_app_sees(shop, "SELECT id FROM items", "1\n");
}

/* A time limit that ends an INSERT takes the transaction with it; SQLite does that. */
static void test_limit_loses(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = items();
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = 100};
    const char *sql = "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up) "
                      "INSERT INTO items SELECT n, 'x' FROM up WHERE n < 0";
    WendPiece piece = {.text = sql, .length = strlen(sql), .number = 1};
    WendWork work = {.pieces = &piece, .count = 1, .join = WEND_JOIN_ALL};
    WendWorked worked;
    assert_done(STEP(shop, WEND_JOIN_ALL, NULL, "INSERT INTO items VALUES (1, 'x')"));
    assert_done(shop->driver->begin_step(shop->connection, &setup, &error));
    assert_fails(shop->driver->transact(shop->connection, &work, &worked, &error), WEND_FAILED);
    shop->driver->end_step(shop->connection);
    assert_says("limit of 0.1 s");
    assert_app_sees(shop, "SELECT count(*) FROM items", "0\n");
    g_assert_true(worked.lost);
}

static void test_statement_text(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = items();
    WendPiece piece = {.text = "COMMIT", .length = 6, .number = 1};
    WendWork work = {.pieces = &piece, .count = 1, .join = WEND_JOIN_SHARE};
    WendWorked worked;
    /* classify() lets none of these through; the transaction is looked at all the same. */
    assert_fails(shop->driver->transact(shop->connection, &work, &worked, &error), WEND_FAILED);
    assert_says("ended wend's transaction");
    g_assert_cmpint(worked.piece, ==, 0);
}

/* --- whole runs --- */

static void five_with(Shop *shop, const char *third)
{
    shop_migration(shop, "1_a.sql", "INSERT INTO items VALUES (11, 'a');");
    shop_migration(shop, "2_b.sql", "INSERT INTO items VALUES (12, 'b');");
    shop_migration(shop, "3_c.sql", third);
    shop_migration(shop, "4_d.sql", "INSERT INTO items VALUES (14, 'd');");
    shop_migration(shop, "5_e.sql", "INSERT INTO items VALUES (15, 'e');");
}

/* The steps before the one that ends the transaction are run again, one by one, and stay. */
static void test_run_survives(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(enders); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendMoved moved;
        g_autoptr(Shop) shop = items();
        make_enders(shop);
        five_with(shop, enders[i]);
        assert_fails(shop_up(shop, "", &moved, &error), WEND_FAILED);
        g_assert_cmpuint(moved.done, ==, 2);
        g_assert_nonnull(strstr(error.file, "3_c.sql"));
        assert_app_sees(shop, "SELECT id FROM items ORDER BY id", "1\n2\n11\n12\n");
        assert_app_sees(shop, "SELECT id FROM wend_migrations ORDER BY id", "1\n2\n");
        assert_app_sees(shop,
                        "SELECT id, event FROM wend_journal WHERE event <> 'done' ORDER BY seq",
                        "1|begin\n1|applied\n2|begin\n2|applied\n3|begin\n3|failed\n");
        shop_migration(shop, "3_c.sql", "INSERT INTO items VALUES (13, 'c');");
        wend_error_clear(&error);
        assert_done(shop_up(shop, "", &moved, &error));
        g_assert_cmpuint(moved.done, ==, 3);
        assert_app_sees(shop, "SELECT count(*) FROM items", "7\n");
    }
}

/* An ordinary failure leaves what shared its commit. */
static void test_run_fails(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = items();
    five_with(shop,
              "INSERT INTO items VALUES (13, 'c');\nINSERT INTO items VALUES (12, 'again');\n");
    assert_fails(shop_up(shop, "", &moved, &error), WEND_FAILED);
    g_assert_cmpuint(moved.done, ==, 2);
    g_assert_cmpuint(error.line, ==, 2);
    assert_app_sees(shop, "SELECT id FROM items ORDER BY id", "11\n12\n");
    assert_app_sees(shop, "SELECT id FROM wend_migrations ORDER BY id", "1\n2\n");
}

/* A deferred key that stays broken fails its own step, not the commit of all. */
static void test_run_deferred(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = items();
    shop_sql(shop, "CREATE TABLE child (a REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED)");
    five_with(shop, "INSERT INTO child VALUES (99);");
    assert_fails(shop_up(shop, "?foreign_keys=on", &moved, &error), WEND_FAILED);
    assert_says("FOREIGN KEY");
    g_assert_cmpuint(moved.done, ==, 2);
    g_assert_nonnull(strstr(error.state, "3_c"));
    assert_app_sees(shop, "SELECT id FROM items ORDER BY id", "11\n12\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/slices/ends-transaction", test_ends_transaction);
    g_test_add_func("/db/sqlite/slices/leaves-transaction", test_leaves_transaction);
    g_test_add_func("/db/sqlite/slices/savepoints", test_savepoints);
    g_test_add_func("/db/sqlite/slices/savepoint-ends", test_savepoint_ends);
    g_test_add_func("/db/sqlite/slices/limit-loses", test_limit_loses);
    g_test_add_func("/db/sqlite/slices/statement-text", test_statement_text);
    g_test_add_func("/db/sqlite/slices/run-survives", test_run_survives);
    g_test_add_func("/db/sqlite/slices/run-fails", test_run_fails);
    g_test_add_func("/db/sqlite/slices/run-deferred", test_run_deferred);
    return g_test_run();
}
