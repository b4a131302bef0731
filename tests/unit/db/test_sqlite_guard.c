/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/guard.c: whatever way SQL has of changing a table, a script cannot use it
 * on wend's own.
 */
#include "shop.h"

#include <string.h>

static const char *const own[] = {"wend_migrations", "wend_journal", NULL};

static Shop *guarded(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    Shop *shop = shop_new(NULL);
    g_autofree char *url = g_strdup_printf("sqlite:%s", shop->path);
    WendConnect connect = {.url = url, .create = WEND_CREATE_FILE, .own = own};
    shop->connection = shop->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_done(shop->driver->writable(shop->connection, &error));
    g_assert_cmpint(sqlite3_open(shop->path, &shop->app), ==, SQLITE_OK);
    shop_sql(shop, "CREATE TABLE wend_journal (seq INTEGER PRIMARY KEY, id);"
                   "CREATE TABLE wend_migrations (id); CREATE TABLE items (id INTEGER PRIMARY KEY);"
                   "CREATE VIEW sight AS SELECT * FROM wend_journal;"
                   "CREATE TRIGGER through INSTEAD OF DELETE ON sight "
                   "BEGIN DELETE FROM wend_journal; END;"
                   "CREATE TABLE watched (id); CREATE TRIGGER behind AFTER INSERT ON watched "
                   "BEGIN DELETE FROM wend_journal; END;"
                   "INSERT INTO wend_journal VALUES (1, 'a')");
    return shop;
}

static void test_denied(void)
{
    static const char *const changes[] = {
        "INSERT INTO wend_journal VALUES (2, 'b')",
        "INSERT OR REPLACE INTO wend_journal VALUES (1, 'b')",
        "REPLACE INTO Wend_Journal VALUES (1, 'b')",
        "UPDATE wend_journal SET id = 'b'",
        "UPDATE main.\"wend_journal\" SET id = 'b'",
        "DELETE FROM wend_journal",
        "DELETE FROM [wend_journal] WHERE seq > 5",
        "WITH old AS (SELECT 1) DELETE FROM wend_journal",
        "DROP TABLE wend_journal",
        "DROP TABLE IF EXISTS wend_migrations",
        "ALTER TABLE wend_journal RENAME TO mine",
        "ALTER TABLE wend_journal ADD COLUMN more",
        "ALTER TABLE wend_journal DROP COLUMN id",
        "ALTER TABLE wend_journal RENAME COLUMN id TO mine",
        "CREATE TRIGGER watch AFTER INSERT ON wend_journal BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER watch AFTER INSERT ON main.wend_journal BEGIN SELECT 1; END",
        "CREATE UNIQUE INDEX only ON wend_journal (id)",
        "DELETE FROM sight",
        "INSERT INTO watched VALUES (1)",
    };
    g_autoptr(Shop) shop = guarded();
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_test_message("%s", changes[i]);
        assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, changes[i]), WEND_FAILED);
        assert_says("wend's own");
        g_assert_nonnull(error.hint);
        assert_app_sees(shop, "SELECT * FROM wend_journal", "1|a\n");
    }
}

static void test_allowed(void)
{
    static const char *const statements[] = {
        "SELECT * FROM wend_journal",
        "CREATE TABLE copy AS SELECT * FROM wend_journal",
        "CREATE VIEW shown AS SELECT * FROM wend_journal",
        "INSERT INTO items SELECT seq FROM wend_journal",
        "CREATE TABLE wend_journal_old (a)",
        "INSERT INTO wend_journal_old VALUES (1)",
        "DROP TABLE wend_journal_old",
        "CREATE TABLE my_wend_journal (a)",
        "DROP VIEW sight",
        "ANALYZE",
        "REINDEX",
    };
    g_autoptr(Shop) shop = guarded();
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_test_message("%s", statements[i]);
        assert_done(STEP(shop, WEND_JOIN_NONE, NULL, statements[i]));
    }
}

/* wend's own statements, also between the script's. */
static void test_ours(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = guarded();
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_ptr_array_add(queries, wend_query_new("INSERT INTO wend_journal (id) VALUES ('ours')"));
    WendPiece one = {.text = "INSERT INTO items VALUES (1)", .length = 28, .number = 1};
    WendWork work = {.pieces = &one, .count = 1, .before = queries, .after = queries};
    assert_done(shop->driver->transact(shop->connection, &work, &worked, &error));
    assert_done(shop->driver->write(shop->connection, queries, &error));
    assert_app_sees(shop, "SELECT count(*) FROM wend_journal", "4\n");
    assert_done(shop->driver->clean(shop->connection, &error));
    assert_app_sees(shop, "SELECT count(*) FROM sqlite_schema", "0\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/guard/denied", test_denied);
    g_test_add_func("/db/sqlite/guard/allowed", test_allowed);
    g_test_add_func("/db/sqlite/guard/ours", test_ours);
    return g_test_run();
}
