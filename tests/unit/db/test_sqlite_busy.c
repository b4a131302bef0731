/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/busy.c: an application that holds the database is waited for, with a
 * notice, and named when it does not let go.
 */
#include "shop.h"

#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Application {
    pid_t pid;
    int alive;  /* the application ends when this is closed, or this process is gone */
    char *name; /* "process 42" */
} Application;

/* Another process that opens the database, runs `sql` and keeps what it has for `ms` (-1 = until it
 * is told to end). */
static Application application_new(const Shop *shop, const char *sql, int ms)
{
    int ready[2], alive[2];
    char word = '-';
    g_assert_cmpint(pipe(ready), ==, 0);
    g_assert_cmpint(pipe(alive), ==, 0);
    Application application = {fork(), alive[1], NULL};
    g_assert_cmpint(application.pid, >=, 0);
    if (application.pid == 0) {
        close(alive[1]);
        prctl(PR_SET_NAME, "shop-app");
        sqlite3 *db = NULL;
        bool ok = sqlite3_open(shop->path, &db) == SQLITE_OK &&
                  sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
        if (write(ready[1], ok ? "y" : "n", 1) != 1 || !ok)
            _exit(1);
        struct pollfd end = {.fd = alive[0], .events = POLLIN};
        poll(&end, 1, ms);
        sqlite3_close(db);
        _exit(0);
    }
    close(ready[1]);
    close(alive[0]);
    g_assert_cmpint(read(ready[0], &word, 1), ==, 1);
    g_assert_cmpint(word, ==, 'y');
    close(ready[0]);
    application.name = g_strdup_printf("process %d", (int)application.pid);
    return application;
}

static void application_end(Application *application)
{
    close(application->alive);
    g_assert_cmpint(waitpid(application->pid, NULL, 0), ==, application->pid);
    g_free(application->name);
}

static Shop *busy_shop(gint64 lock_ms, const char *mode)
{
    Shop *shop = shop_new("");
    shop_sql(shop, mode);
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY)");
    sqlite3_close(g_steal_pointer(&shop->app));
    shop_reopen(shop, "", lock_ms);
    return shop;
}

static bool names_are_known(void)
{
    return g_file_test("/proc/locks", G_FILE_TEST_EXISTS);
}

static void blocked_by(const char *mode, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = busy_shop(800, mode);
    Application application = application_new(shop, sql, -1);
    gint64 start = g_get_monotonic_time();
    assert_fails(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1)"), WEND_LOCKED);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 700 * 1000);
    g_assert_cmpuint(shop->waits, ==, 1);
    if (names_are_known()) {
        assert_says(application.name);
        assert_says("(shop-app)");
        g_assert_nonnull(strstr(shop->wait_text, application.name));
    }
    g_assert_nonnull(strstr(error.hint, "--lock-timeout"));
    g_assert_nonnull(strstr(error.vendor, "SQLite 5"));
    application_end(&application);
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1)"));
}

static void test_exclusive(void)
{
    blocked_by("PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE");
}

static void test_immediate(void)
{
    blocked_by("PRAGMA journal_mode = DELETE", "BEGIN IMMEDIATE");
}

static void test_wal(void)
{
    blocked_by("PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE");
}

static void test_lets_go(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = busy_shop(20000, "PRAGMA journal_mode = DELETE");
    Application application = application_new(shop, "BEGIN EXCLUSIVE", 500);
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1)"));
    g_assert_cmpuint(shop->waits, >, 0);
    application_end(&application);
}

/* Opening reads the file, and looking does. */
static void test_open(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = busy_shop(100, "PRAGMA journal_mode = DELETE");
    g_autofree char *url = g_strdup_printf("sqlite:%s", shop->path);
    Application application = application_new(shop, "BEGIN EXCLUSIVE", -1);
    g_autoptr(WendQuery) query = wend_query_new("SELECT id FROM items");
    g_assert_null(shop_open(shop, url, 100, &error));
    g_assert_cmpint(error.code, ==, WEND_LOCKED);
    assert_fails(shop->driver->query(shop->connection, query, NULL, NULL, &error), WEND_LOCKED);
    assert_fails(shop->driver->clean(shop->connection, &error), WEND_LOCKED);
    application_end(&application);
}

/* A copy takes locks like everything else, and gives up like everything else. */
static void test_backup(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = busy_shop(400, "PRAGMA journal_mode = DELETE");
    g_autofree char *file = shop_file(shop, "copy.db");
    Application application = application_new(shop, "BEGIN EXCLUSIVE", -1);
    assert_fails(shop->driver->backup(shop->connection, file, &error), WEND_LOCKED);
    shop->interrupts = 1;
    assert_fails(shop->driver->backup(shop->connection, file, &error), WEND_INTERRUPTED);
    shop->interrupts = 0;
    application_end(&application);
    g_autoptr(GDir) folder = g_dir_open(shop->folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;)
        g_assert_false(g_str_has_prefix(name, "copy.db"));
    wend_error_clear(&error);
    assert_done(shop->driver->backup(shop->connection, file, &error));
}

/* A reader does not stop a writer in WAL mode, nor at BEGIN without it; it does at COMMIT. */
static void test_reader(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = busy_shop(200, "PRAGMA journal_mode = DELETE");
    Application application = application_new(shop, "BEGIN; SELECT count(*) FROM items", -1);
    assert_done(STEP(shop, WEND_JOIN_ALL, &worked, "INSERT INTO items VALUES (1)"));
    assert_fails(shop->driver->settle(shop->connection, &error), WEND_LOCKED);
    if (names_are_known())
        assert_says(application.name);
    assert_driver_sees(shop->connection, "SELECT count(*) FROM items", "0\n");
    application_end(&application);
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_NONE, &worked, "INSERT INTO items VALUES (1)"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/busy/exclusive", test_exclusive);
    g_test_add_func("/db/sqlite/busy/immediate", test_immediate);
    g_test_add_func("/db/sqlite/busy/wal", test_wal);
    g_test_add_func("/db/sqlite/busy/lets-go", test_lets_go);
    g_test_add_func("/db/sqlite/busy/open", test_open);
    g_test_add_func("/db/sqlite/busy/backup", test_backup);
    g_test_add_func("/db/sqlite/busy/reader", test_reader);
    return g_test_run();
}
