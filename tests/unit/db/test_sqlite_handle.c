/* SPDX-License-Identifier: MIT
 *
 * Tests of the SQLite driver on a connection that the host program opened: it is used as it is, and
 * given back as it was.
 */
#include "shop.h"

#include <glib/gstdio.h>
#include <string.h>

static sqlite3 *open_handle(const char *file)
{
    sqlite3 *handle = NULL;
    g_assert_cmpint(sqlite3_open(file, &handle), ==, SQLITE_OK);
    return handle;
}

static WendConnection *take(sqlite3 *handle, WendError *error)
{
    WendConnect connect = {.url = "sqlite::memory:", .handle = handle};
    return wend_driver_for("sqlite:", NULL)->open(&connect, error);
}

static void run(sqlite3 *handle, const char *sql)
{
    g_autofree char *ignored = handle_look(handle, sql);
}

static void assert_handle(sqlite3 *handle, const char *sql, const char *expected)
{
    g_autofree char *seen = handle_look(handle, sql);
    g_assert_cmpstr(seen, ==, expected);
}

static void step(WendConnection *connection, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const statements[] = {sql, NULL};
    assert_done(driver_step(connection, WEND_JOIN_NONE, statements, NULL, &error));
}

static void test_memory(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    sqlite3 *handle = open_handle(":memory:");
    run(handle, "CREATE TABLE mine (a)");
    WendConnection *connection = take(handle, &error);
    g_assert_nonnull(connection);
    step(connection, "CREATE TABLE items AS SELECT 5 AS id");
    assert_done(connection->driver->writable(connection, &error));
    connection->driver->close(connection);
    assert_handle(handle, "SELECT id FROM items", "5\n");
    run(handle, "INSERT INTO items VALUES (6)");
    g_assert_cmpint(sqlite3_close(handle), ==, SQLITE_OK);
}

/* Nobody else can open it: its lock needs no file, and is always had. */
static void test_memory_lock(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    sqlite3 *handle = open_handle(":memory:");
    WendConnection *connection = take(handle, &error);
    g_autoptr(WendWho) holder = NULL;
    assert_done(connection->driver->lock(connection, "wend_journal", &error));
    assert_done(connection->driver->check(connection, &error));
    assert_done(connection->driver->holder(connection, "wend_journal", &holder, NULL, &error));
    g_assert_null(holder);
    connection->driver->unlock(connection);
    connection->driver->close(connection);
    sqlite3_close(handle);
}

/* One on a file is locked like any other. */
static void test_file_lock(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    WendConnection *connection = take(shop->app, &error);
    assert_done(connection->driver->lock(connection, "wend_journal", &error));
    assert_fails(shop->driver->lock(shop->connection, "wend_journal", &error), WEND_LOCKED);
    connection->driver->close(connection);
    wend_error_clear(&error);
    assert_done(shop->driver->lock(shop->connection, "wend_journal", &error));
}

static void test_settings_back(void)
{
    static const char *const settings[] = {"busy_timeout = 1234", "foreign_keys = 1",
                                           "cache_size = 4321",   "recursive_triggers = 1",
                                           "synchronous = 1",     "temp_store = 2"};
    g_auto(WendError) error = WEND_ERROR_INIT;
    sqlite3 *handle = open_handle(":memory:");
    g_autoptr(GString) look = g_string_new("SELECT");
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_autofree char *sql = g_strdup_printf("PRAGMA %s", settings[i]);
        g_autofree char *name = g_strndup(settings[i], strcspn(settings[i], " "));
        run(handle, sql);
        if (strcmp(name, "busy_timeout") != 0)
            g_string_append_printf(look, "%s (SELECT %s FROM pragma_%s)", i > 1 ? "," : "", name,
                                   name);
    }
    g_autofree char *before = handle_look(handle, look->str);
    WendConnection *connection = take(handle, &error);
    const char *const statements[] = {"PRAGMA foreign_keys = OFF",
                                      "PRAGMA cache_size = 7",
                                      "PRAGMA recursive_triggers = 0",
                                      "PRAGMA busy_timeout = 5",
                                      "SELECT 1",
                                      NULL};
    assert_done(driver_step(connection, WEND_JOIN_NONE, statements, NULL, &error));
    connection->driver->close(connection);
    assert_handle(handle, look->str, before);
    assert_handle(handle, "PRAGMA busy_timeout", "1234\n");
    g_assert_cmpint(sqlite3_close(handle), ==, SQLITE_OK);
}

/* Result codes are the host's choice; wend's own errors name the exact one all the same. */
static void test_result_codes(void)
{
    for (int on = 0; on <= 1; on++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        sqlite3 *handle = open_handle(":memory:");
        sqlite3_extended_result_codes(handle, on);
        run(handle, "CREATE TABLE items (id INTEGER PRIMARY KEY); INSERT INTO items VALUES (1)");
        WendConnection *connection = take(handle, &error);
        const char *const twice[] = {"INSERT INTO items VALUES (1)", NULL};
        assert_fails(driver_step(connection, WEND_JOIN_NONE, twice, NULL, &error), WEND_FAILED);
        g_assert_nonnull(strstr(error.vendor, "1555"));
        connection->driver->close(connection);
        g_assert_cmpint(sqlite3_exec(handle, twice[0], NULL, NULL, NULL), ==,
                        on ? SQLITE_CONSTRAINT_PRIMARYKEY : SQLITE_CONSTRAINT);
        sqlite3_close(handle);
    }
}

/* Refused, and left as it was: the transaction is the host's. */
static void test_transaction_open(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    sqlite3 *handle = open_handle(":memory:");
    run(handle, "PRAGMA busy_timeout = 1234; CREATE TABLE items (id); BEGIN; "
                "INSERT INTO items VALUES (1)");
    g_assert_null(take(handle, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_nonnull(error.hint);
    g_assert_cmpint(sqlite3_get_autocommit(handle), ==, 0);
    run(handle, "COMMIT");
    assert_handle(handle, "SELECT id FROM items", "1\n");
    assert_handle(handle, "PRAGMA busy_timeout", "1234\n");
    sqlite3_close(handle);
}

/* The host's temporary objects outlive a step that makes and loses its own. */
static void test_temporary_objects(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    sqlite3 *handle = open_handle(":memory:");
    run(handle, "CREATE TABLE items (id); CREATE TEMP TABLE mine AS SELECT 5 AS id;"
                "CREATE TEMP VIEW sight AS SELECT id FROM mine");
    WendConnection *connection = take(handle, &error);
    const char *const statements[] = {"CREATE TEMP TABLE scrap (id)",
                                      "INSERT INTO scrap VALUES (1)",
                                      "INSERT INTO items SELECT * FROM scrap", NULL};
    for (guint i = 0; i < 2; i++)
        assert_done(driver_step(connection, WEND_JOIN_NONE, statements, NULL, &error));
    connection->driver->close(connection);
    assert_handle(handle, "SELECT id FROM sight", "5\n");
    assert_handle(handle, "SELECT name FROM temp.sqlite_schema ORDER BY name", "mine\nsight\n");
    sqlite3_close(handle);
}

static void test_close_rolls_back(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    sqlite3 *handle = open_handle(":memory:");
    run(handle, "CREATE TABLE items (id)");
    WendConnection *connection = take(handle, &error);
    const char *const insert[] = {"INSERT INTO items VALUES (1)", NULL};
    assert_done(driver_step(connection, WEND_JOIN_ALL, insert, NULL, &error));
    connection->driver->close(connection);
    g_assert_cmpint(sqlite3_get_autocommit(handle), !=, 0);
    assert_handle(handle, "SELECT count(*) FROM items", "0\n");
    sqlite3_close(handle);
}

/* A whole run on a handle whose host goes on. */
static void test_run(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new(NULL);
    sqlite3 *handle = open_handle(":memory:");
    shop_migration(shop, "1_items.sql", "CREATE TABLE items (id INTEGER PRIMARY KEY);");
    shop_migration(shop, "2_more.sql", "INSERT INTO items VALUES (1), (2);\nVACUUM;\n");
    g_autofree char *folder = shop_file(shop, "migrations");
    g_autofree char *border = shop_file(shop, ".git");
    g_mkdir(border, 0700);
    WendConfigInput input = {
        .directory = shop->folder, .database = "sqlite::memory:", .migrations = folder};
    g_autoptr(WendConfig) config = wend_config_load(&input, &error);
    for (guint i = 0; i < 2; i++) {
        WendMoved moved;
        WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
        g_autoptr(WendProject) project = wend_project_new(config, &error);
        assert_done(wend_project_scan(project, &error));
        assert_done(wend_project_connect(project, WEND_CREATE_FILE, NULL, handle, &error));
        assert_done(wend_move_run(project, &move, &moved, &error));
        g_assert_cmpuint(moved.done, ==, i == 0 ? 2 : 0);
    }
    assert_handle(handle, "SELECT count(*) FROM items", "2\n");
    assert_handle(handle, "SELECT count(*) FROM wend_migrations", "2\n");
    g_assert_cmpint(sqlite3_close(handle), ==, SQLITE_OK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/handle/memory", test_memory);
    g_test_add_func("/db/sqlite/handle/memory-lock", test_memory_lock);
    g_test_add_func("/db/sqlite/handle/file-lock", test_file_lock);
    g_test_add_func("/db/sqlite/handle/settings-back", test_settings_back);
    g_test_add_func("/db/sqlite/handle/result-codes", test_result_codes);
    g_test_add_func("/db/sqlite/handle/transaction-open", test_transaction_open);
    g_test_add_func("/db/sqlite/handle/temporary-objects", test_temporary_objects);
    g_test_add_func("/db/sqlite/handle/close-rolls-back", test_close_rolls_back);
    g_test_add_func("/db/sqlite/handle/run", test_run);
    return g_test_run();
}
