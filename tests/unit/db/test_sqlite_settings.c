/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/session.c: each setting a script may make holds for its step and no
 * longer, and none of them reaches wend's own statements.
 */
#include "shop.h"

#include <string.h>

static const struct {
    const char *name, *value, *reads;
} settings[] = {
    {"analysis_limit", "77", "77"},
    {"automatic_index", "OFF", "0"},
    {"cache_size", "-77", "-77"},
    {"cell_size_check", "ON", "1"},
    {"checkpoint_fullfsync", "ON", "1"},
    {"defer_foreign_keys", "ON", "1"},
    {"fullfsync", "ON", "1"},
    {"ignore_check_constraints", "ON", "1"},
    {"journal_size_limit", "7700", "7700"},
    {"legacy_alter_table", "ON", "1"},
    {"locking_mode", "EXCLUSIVE", "exclusive"},
    {"max_page_count", "7700", "7700"},
    {"query_only", "ON", "1"},
    {"read_uncommitted", "ON", "1"},
    {"recursive_triggers", "ON", "1"},
    {"reverse_unordered_selects", "ON", "1"},
    {"secure_delete", "OFF", "0"},
    {"synchronous", "OFF", "0"},
    {"wal_autocheckpoint", "77", "77"},
    {"writable_schema", "ON", "1"},
};

static WendPiece expects(char *sql, const char *value)
{
    return (WendPiece){
        .text = sql, .length = strlen(sql), .number = 9, .assertion = true, .expected = value};
}

/* In force in the segment behind it, which is where a script needs it. */
static void assert_holds(Shop *shop, const char *name, const char *sql, const char *value)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *look = g_strdup_printf("PRAGMA %s", name);
    WendClassified classified;
    WendWorked worked;
    assert_done(shop->driver->classify(sql, strlen(sql), &classified, &error));
    g_assert_true(classified.session);
    WendPiece set = {.text = sql,
                     .length = strlen(sql),
                     .number = 1,
                     .class = classified.class,
                     .session = true};
    WendPiece check = expects(look, value);
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = -1};
    WendWork first = {.pieces = &set, .count = 1}, second = {.pieces = &check, .count = 1};
    assert_done(shop->driver->begin_step(shop->connection, &setup, &error));
    if (classified.class == WEND_CLASS_ORDINARY)
        assert_done(shop->driver->transact(shop->connection, &first, &worked, &error));
    else
        assert_done(shop->driver->alone(shop->connection, NULL, &set, &worked, &error));
    assert_done(shop->driver->transact(shop->connection, &second, &worked, &error));
    shop->driver->end_step(shop->connection);
}

/* Likewise, replayed before a resume. */
static void assert_replays(Shop *shop, const char *name, const char *sql, const char *value)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *look = g_strdup_printf("PRAGMA %s", name);
    WendWorked worked;
    WendPiece set = {.text = sql, .length = strlen(sql), .number = 1, .session = true};
    WendPiece check = expects(look, value);
    WendStepSetup setup = {
        .settings = &set, .settings_count = 1, .lock_timeout_ms = -1, .statement_timeout_ms = -1};
    WendWork work = {.pieces = &check, .count = 1};
    assert_done(shop->driver->begin_step(shop->connection, &setup, &error));
    assert_done(shop->driver->transact(shop->connection, &work, &worked, &error));
    shop->driver->end_step(shop->connection);
}

static void test_each(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_autoptr(Shop) shop = shop_new("");
        shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY)");
        g_autofree char *look = g_strdup_printf("PRAGMA %s", settings[i].name);
        g_autofree char *sql =
            g_strdup_printf("PRAGMA %s = %s", settings[i].name, settings[i].value);
        g_test_message("%s", sql);
        g_autofree char *before = driver_look(shop->connection, look);
        g_autofree char *set = g_strdup_printf("%s\n", settings[i].reads);
        g_assert_cmpstr(before, !=, set);
        assert_holds(shop, settings[i].name, sql, settings[i].reads);
        g_autofree char *after = driver_look(shop->connection, look);
        g_assert_cmpstr(after, ==, before);
        assert_replays(shop, settings[i].name, sql, settings[i].reads);
        g_autofree char *again = driver_look(shop->connection, look);
        g_assert_cmpstr(again, ==, before);
    }
}

/* Through whole runs: the setting must reach neither the journal's rows nor the next file. */
static bool run_two(Shop *shop, const char *first, const char *second, WendMoved *moved,
                    WendError *error)
{
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> 'bad'))");
    shop_migration(shop, "1_first.sql", first);
    shop_migration(shop, "2_second.sql", second);
    return shop_up(shop, "", moved, error);
}

static void test_query_only(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    assert_done(run_two(shop, "INSERT INTO items VALUES (1, 'a');\nPRAGMA query_only = ON;\n",
                        "INSERT INTO items VALUES (2, 'b');\n", &moved, &error));
    assert_app_sees(shop, "SELECT id FROM wend_migrations ORDER BY id", "1\n2\n");
    shop_migration(shop, "3_third.sql",
                   "PRAGMA query_only = ON;\nINSERT INTO items VALUES (3, 'c');\n");
    assert_fails(shop_up(shop, "", &moved, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 2);
}

static void test_ignore_check_constraints(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    assert_fails(run_two(shop,
                         "PRAGMA ignore_check_constraints = ON;\nINSERT INTO items VALUES (1, "
                         "'bad');\n",
                         "INSERT INTO items VALUES (2, 'bad');\n", &moved, &error),
                 WEND_FAILED);
    g_assert_cmpuint(moved.done, ==, 1);
    assert_says("CHECK constraint failed");
}

static void test_writable_schema(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    assert_fails(run_two(shop,
                         "PRAGMA writable_schema = ON;\n"
                         "UPDATE sqlite_schema SET sql = replace(sql, 'bad', 'worse') "
                         "WHERE name = 'items';\n",
                         "UPDATE sqlite_schema SET sql = sql WHERE name = 'items';\n", &moved,
                         &error),
                 WEND_FAILED);
    g_assert_cmpuint(moved.done, ==, 1);
    assert_says("sqlite_master may not be modified");
    assert_app_sees(shop, "SELECT sql LIKE '%worse%' FROM sqlite_schema WHERE name = 'items'",
                    "1\n");
}

/* A schema that nobody can read would show only later: it fails where it is written. */
static void test_broken_schema(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id); INSERT INTO items VALUES (5)");
    assert_fails(
        STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA writable_schema = ON",
             "UPDATE sqlite_schema SET sql = 'CREATE TABLE items (id' WHERE name = 'items'"),
        WEND_FAILED);
    assert_app_sees(shop, "SELECT id FROM items", "5\n");
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (6)"));
}

/* PRAGMA busy_timeout takes the busy handler's place: it must come back. */
static void test_busy_timeout(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    shop_reopen(shop, "", 600);
    shop_sql(shop, "CREATE TABLE items (id)");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA busy_timeout = 1", "SELECT 1"));
    shop_sql(shop, "BEGIN EXCLUSIVE");
    gint64 start = g_get_monotonic_time();
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1)"), WEND_LOCKED);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 500 * 1000);
    g_assert_cmpuint(shop->waits, >, 0);
    shop_sql(shop, "COMMIT");
}

/* What matters to a script that sets it is what its own statements see. */
static void test_synchronous_in_segment(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    assert_done(run_two(shop,
                        "PRAGMA synchronous = OFF;\n"
                        "INSERT INTO items SELECT synchronous, 'off' FROM pragma_synchronous;\n",
                        "INSERT INTO items SELECT synchronous, 'on' FROM pragma_synchronous;\n",
                        &moved, &error));
    assert_app_sees(shop, "SELECT id, name FROM items ORDER BY id", "0|off\n3|on\n");
}

/* Changing it back would empty what is temporary: it stays. */
static void test_temp_store(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id)");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA temp_store = MEMORY",
                     "CREATE TEMP TABLE scrap AS SELECT 5 AS id", "PRAGMA wal_checkpoint",
                     "INSERT INTO items SELECT id FROM scrap"));
    assert_app_sees(shop, "SELECT id FROM items", "5\n");
}

/* The same setting three times: the first value comes back. */
static void test_thrice(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    g_autofree char *before = driver_look(shop->connection, "PRAGMA cache_size");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "PRAGMA cache_size = 1", "PRAGMA cache_size = 2",
                     "PRAGMA cache_size = 3", "PRAGMA cache_size"));
    g_autofree char *after = driver_look(shop->connection, "PRAGMA cache_size");
    g_assert_cmpstr(after, ==, before);
}

/* The journal mode is the database's business: wend neither sets nor resets it. */
static void test_journal_mode(void)
{
    static const char *const modes[] = {"wal", "delete", "truncate", "persist"};
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendMoved moved;
        g_autoptr(Shop) shop = shop_new("");
        g_autofree char *set = g_strdup_printf("PRAGMA journal_mode = %s", modes[i]);
        shop_sql(shop, set);
        assert_done(run_two(shop, "INSERT INTO items VALUES (1, 'a');",
                            "-- wend: transaction none\nINSERT INTO items VALUES (2, 'b');\n"
                            "VACUUM;\nINSERT INTO items VALUES (3, 'c');\n",
                            &moved, &error));
        g_autofree char *mode = g_strdup_printf("%s\n", modes[i]);
        assert_app_sees(shop, "PRAGMA journal_mode", mode);
        shop->driver->close(g_steal_pointer(&shop->connection));
        sqlite3_close(g_steal_pointer(&shop->app));
        shop_reopen(shop, "", 0);
        assert_app_sees(shop, "PRAGMA journal_mode", i == 0 ? "wal\n" : "delete\n");
    }
}

/* A script may change it, and that stays: it is no setting of the session. */
static void test_journal_mode_set(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    assert_done(run_two(shop, "PRAGMA journal_mode = WAL;\nPRAGMA user_version = 7;\n",
                        "PRAGMA application_id = 8;\n", &moved, &error));
    sqlite3_close(g_steal_pointer(&shop->app));
    shop_reopen(shop, "", 0);
    assert_app_sees(shop, "PRAGMA journal_mode", "wal\n");
    assert_app_sees(shop, "PRAGMA user_version", "7\n");
    assert_app_sees(shop, "PRAGMA application_id", "8\n");
}

/* A temporary table of the name of one of wend's is not wend's. */
static void test_shadow(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    assert_done(run_two(shop,
                        "CREATE TEMP TABLE wend_journal (a);\nCREATE TEMP TABLE wend_migrations "
                        "(a);\nCREATE TABLE IF NOT EXISTS temp.wend_scripts (a);\n",
                        "INSERT INTO items SELECT count(*), 'mine' FROM temp.sqlite_schema;",
                        &moved, &error));
    assert_app_sees(shop, "SELECT id FROM items", "0\n");
    assert_app_sees(shop, "SELECT id FROM main.wend_migrations ORDER BY id", "1\n2\n");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "CREATE TEMP TABLE only_temporary (a)"));
    g_assert_false(shop_has(shop->connection, "only_temporary"));
}

/* Objects of every kind go, also those made without saying TEMP. */
static void test_temporary_objects(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY)");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "CREATE TABLE IF NOT EXISTS temp.a (id UNIQUE)",
                     "CREATE INDEX temp.a_id ON a (id)", "CREATE VIEW temp.b AS SELECT id FROM a",
                     "CREATE TRIGGER temp.c AFTER INSERT ON items BEGIN INSERT INTO a VALUES "
                     "(new.id); END",
                     "CREATE TEMP TABLE \"d \"\"x\"\" [y]\" (id)", "INSERT INTO items VALUES (1)",
                     "INSERT INTO items SELECT id + 1 FROM b"));
    assert_driver_sees(shop->connection, "SELECT count(*) FROM temp.sqlite_schema", "0\n");
    assert_app_sees(shop, "SELECT id FROM items", "1\n2\n");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (3)"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/settings/each", test_each);
    g_test_add_func("/db/sqlite/settings/query-only", test_query_only);
    g_test_add_func("/db/sqlite/settings/ignore-check-constraints", test_ignore_check_constraints);
    g_test_add_func("/db/sqlite/settings/writable-schema", test_writable_schema);
    g_test_add_func("/db/sqlite/settings/broken-schema", test_broken_schema);
    g_test_add_func("/db/sqlite/settings/busy-timeout", test_busy_timeout);
    g_test_add_func("/db/sqlite/settings/synchronous-in-segment", test_synchronous_in_segment);
    g_test_add_func("/db/sqlite/settings/temp-store", test_temp_store);
    g_test_add_func("/db/sqlite/settings/thrice", test_thrice);
    g_test_add_func("/db/sqlite/settings/journal-mode", test_journal_mode);
    g_test_add_func("/db/sqlite/settings/journal-mode-set", test_journal_mode_set);
    g_test_add_func("/db/sqlite/settings/shadow", test_shadow);
    g_test_add_func("/db/sqlite/settings/temporary-objects", test_temporary_objects);
    return g_test_run();
}
