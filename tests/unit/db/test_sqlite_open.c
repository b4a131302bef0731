/* SPDX-License-Identifier: MIT
 *
 * Tests of opening a database file and of the lock file beside it: paths of all kinds, what is no
 * database, and what the system does not allow.
 */
#include "shop.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static WendConnection *open_at(Shop *shop, bool create, WendError *error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static WendConnection *open_at(Shop *shop, bool create, WendError *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *url = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    WendConnect connect = {.url = url, .create = create ? WEND_CREATE_FILE : WEND_CREATE_NOTHING};
    return shop->driver->open(&connect, error);
}

static Shop *with_items(void)
{
    Shop *shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id); INSERT INTO items VALUES (5)");
    return shop;
}

static void assert_items(Shop *shop, WendConnection *connection, const WendError *error)
{
    g_assert_cmpstr(error->message, ==, NULL);
    assert_driver_sees(connection, "SELECT id FROM items", "5\n");
    shop->driver->close(connection);
}

static void test_paths(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = with_items();
    g_autofree char *before = g_get_current_dir();
    g_autofree char *base = g_path_get_basename(shop->folder);
    assert_items(shop, open_at(shop, false, &error, "sqlite:%s", shop->path), &error);
    assert_items(shop, open_at(shop, false, &error, "sqlite://%s", shop->path), &error);
    g_assert_cmpint(g_chdir(shop->folder), ==, 0);
    assert_items(shop, open_at(shop, false, &error, "sqlite:shop.db"), &error);
    assert_items(shop, open_at(shop, false, &error, "sqlite://shop.db"), &error);
    assert_items(shop, open_at(shop, false, &error, "sqlite:../%s/shop.db", base), &error);
    g_assert_cmpint(g_chdir(before), ==, 0);
}

/* Characters that mean something elsewhere; not to the file system. */
static void test_names(void)
{
    static const char *const names[] = {"my shop.db", "50%25.db",     "a%3Fb.db",
                                        "a#b.db",     "file:shop.db", "gr\xC3\xBCn.db",
                                        "-shop",      "'quoted'.db"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(Shop) shop = shop_new(NULL);
        g_autofree char *name = g_uri_unescape_string(names[i], NULL);
        g_autofree char *file = shop_file(shop, name);
        for (guint again = 0; again < 2; again++) {
            WendConnection *connection =
                open_at(shop, again == 0, &error, "sqlite:%s/%s", shop->folder, names[i]);
            g_assert_cmpstr(error.message, ==, NULL);
            assert_done(shop->driver->writable(connection, &error));
            const char *const create[] = {"CREATE TABLE IF NOT EXISTS items (id)", NULL};
            assert_done(driver_step(connection, WEND_JOIN_NONE, create, NULL, &error));
            shop->driver->close(connection);
            g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
        }
    }
}

/* Looking at a database that is not there does not make one. */
static void test_absent(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new(NULL);
    WendConnection *connection = open_at(shop, false, &error, "sqlite:%s", shop->path);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_false(shop_has(connection, "items"));
    shop->driver->close(connection);
    g_autoptr(GDir) folder = g_dir_open(shop->folder, 0, NULL);
    g_assert_null(g_dir_read_name(folder));
    g_assert_null(open_at(shop, true, &error, "sqlite:%s?mode=rw", shop->path));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    assert_says("does not exist");
    g_assert_null(open_at(shop, true, &error, "sqlite:%s?mode=ro", shop->path));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    g_assert_false(g_file_test(shop->path, G_FILE_TEST_EXISTS));
}

static void test_read_only(void)
{
    static const char *const parameters[] = {"mode=ro", "immutable=1"};
    for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(Shop) shop = with_items();
        g_autoptr(GPtrArray) write = wend_queries_new();
        g_ptr_array_add(write, wend_query_new("INSERT INTO items VALUES (6)"));
        WendConnection *connection =
            open_at(shop, true, &error, "sqlite:%s?%s", shop->path, parameters[i]);
        g_assert_nonnull(connection);
        assert_driver_sees(connection, "SELECT id FROM items", "5\n");
        assert_fails(shop->driver->writable(connection, &error), WEND_CONNECT);
        assert_says(shop->path);
        assert_fails(shop->driver->write(connection, write, &error), WEND_FAILED);
        shop->driver->close(connection);
    }
}

static void test_not_a_database(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new(NULL);
    g_assert_true(g_file_set_contents(shop->path,
                                      "This is a letter, and no database at all.\n"
                                      "It is long enough to have a header, too: "
                                      "a hundred bytes are easily reached by a letter.",
                                      -1, NULL));
    g_assert_null(open_at(shop, true, &error, "sqlite:%s", shop->path));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    assert_says("not an SQLite database");
    g_assert_cmpstr(error.file, ==, shop->path);
    g_assert_nonnull(error.hint);
    /* An empty file is an empty database. */
    g_assert_true(g_file_set_contents(shop->path, "", 0, NULL));
    WendConnection *connection = open_at(shop, false, &error, "sqlite:%s", shop->path);
    assert_driver_sees(connection, "SELECT count(*) FROM sqlite_schema", "0\n");
    shop->driver->close(connection);
}

static void test_folders(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new(NULL);
    g_assert_null(open_at(shop, true, &error, "sqlite:%s", shop->folder));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    assert_says("is a folder");
    g_assert_null(open_at(shop, false, &error, "sqlite:%s", shop->folder));
    assert_says("is a folder");
    g_assert_null(open_at(shop, true, &error, "sqlite:%s/not/there.db", shop->folder));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    assert_says("does not exist");
    g_assert_nonnull(strstr(error.hint, "mkdir -p"));
    g_assert_true(g_file_set_contents(shop->path, "", 0, NULL));
    g_assert_null(open_at(shop, true, &error, "sqlite:%s/in-a-file.db", shop->path));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
}

/* A link to nothing: making the file it names would be a guess. */
static void test_dangling_link(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new(NULL);
    g_assert_cmpint(symlink("not-there.db", shop->path), ==, 0);
    for (guint create = 0; create < 2; create++) {
        g_assert_null(open_at(shop, create, &error, "sqlite:%s", shop->path));
        g_assert_cmpint(error.code, ==, WEND_CONNECT);
        assert_says("symbolic link");
    }
}

static void test_vfs(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = with_items();
    assert_items(shop, open_at(shop, false, &error, "sqlite:%s?vfs=unix", shop->path), &error);
    g_assert_null(open_at(shop, false, &error, "sqlite:%s?vfs=nobody-has-this", shop->path));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    assert_says("nobody-has-this");
}

/* --- the lock file --- */

/* One database is one lock, by whichever of its names it is opened. */
static void test_symlink(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = with_items();
    g_autofree char *link = shop_file(shop, "other-name.db");
    g_autofree char *lock = shop_file(shop, "shop.db-wend");
    g_assert_cmpint(symlink("shop.db", link), ==, 0);
    WendConnection *connection = open_at(shop, false, &error, "sqlite:%s", link);
    g_assert_nonnull(connection);
    assert_done(shop->driver->lock(shop->connection, "wend_journal", &error));
    g_assert_true(g_file_test(lock, G_FILE_TEST_EXISTS));
    assert_fails(shop->driver->lock(connection, "wend_journal", &error), WEND_LOCKED);
    shop->driver->unlock(shop->connection);
    g_assert_false(g_file_test(lock, G_FILE_TEST_EXISTS));
    wend_error_clear(&error);
    assert_done(shop->driver->lock(connection, "wend_journal", &error));
    assert_fails(shop->driver->lock(shop->connection, "wend_journal", &error), WEND_LOCKED);
    shop->driver->close(connection);
}

/* What a killed run left, whatever is in it, holds nobody up. */
static void test_stale_lock(void)
{
    static const char *const left[] = {
        "",
        "holder ann web1 1 2026-01-31T12:00:00.123Z\nwaiter bob web1 2 now\n",
        "holder\nwaiter\n",
        "holder a b c d e f\n",
        "\x00\x01\x02",
        "waiter ann web1 -5 now\nnonsense\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(left); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(Shop) shop = with_items();
        g_autoptr(WendWho) nobody = NULL;
        g_autoptr(WendWho) holder = NULL;
        g_autofree char *lock = shop_file(shop, "shop.db-wend");
        g_assert_true(g_file_set_contents(lock, left[i], -1, NULL));
        assert_done(shop->driver->holder(shop->connection, "wend_journal", &nobody, NULL, &error));
        g_assert_null(nobody);
        assert_done(shop->driver->lock(shop->connection, "wend_journal", &error));
        assert_done(shop->driver->holder(shop->connection, "wend_journal", &holder, NULL, &error));
        g_assert_cmpint(holder->pid, ==, getpid());
        shop->driver->unlock(shop->connection);
        g_assert_false(g_file_test(lock, G_FILE_TEST_EXISTS));
    }
}

/* A link in the lock file's place could make wend overwrite what it points to. */
static void test_lock_is_link(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = with_items();
    g_autofree char *lock = shop_file(shop, "shop.db-wend");
    g_autofree char *letter = shop_file(shop, "letter");
    g_autofree char *text = NULL;
    g_assert_true(g_file_set_contents(letter, "dear ann", -1, NULL));
    g_assert_cmpint(symlink("letter", lock), ==, 0);
    assert_fails(shop->driver->lock(shop->connection, "wend_journal", &error), WEND_LOCKED);
    assert_says("shop.db-wend");
    g_assert_true(g_file_get_contents(letter, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "dear ann");
}

/* The lock is the file's, not its content's: a database with a lock file that somebody
 * wrote into. */
static void test_lock_text(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = with_items();
    g_autofree char *lock = shop_file(shop, "shop.db-wend");
    g_autofree char *url = g_strdup_printf("sqlite:%s", shop->path);
    WendConnection *other = shop_open(shop, url, 0, &error);
    assert_done(shop->driver->lock(shop->connection, "wend_journal", &error));
    FILE *file = fopen(lock, "w");
    g_assert_nonnull(file);
    fclose(file);
    g_autoptr(WendWho) holder = NULL;
    assert_done(shop->driver->holder(other, "wend_journal", &holder, NULL, &error));
    g_assert_nonnull(holder);
    assert_fails(shop->driver->lock(other, "wend_journal", &error), WEND_LOCKED);
    shop->driver->close(other);
}

/* --- what the system does not allow --- */

typedef void (*AsNobody)(Shop *shop);

/* Runs `test` in a process that is not root; skips when that cannot be had. */
static void as_nobody(Shop *shop, AsNobody test)
{
    if (geteuid() != 0) {
        test(shop);
        return;
    }
    int status = 0;
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(77);
        test(shop);
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        g_test_skip("cannot become another user");
    else
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The shop, closed, with these permissions. */
static Shop *guarded(mode_t folder, mode_t file)
{
    Shop *shop = with_items();
    shop->driver->close(g_steal_pointer(&shop->connection));
    sqlite3_close(g_steal_pointer(&shop->app));
    g_assert_cmpint(chmod(shop->path, file), ==, 0);
    g_assert_cmpint(chmod(shop->folder, folder), ==, 0);
    return shop;
}

static void reopened_folder(Shop *shop)
{
    g_assert_cmpint(chmod(shop->folder, 0700), ==, 0);
}

static void try_unreadable(Shop *shop)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    for (guint create = 0; create < 2; create++) {
        g_assert_null(open_at(shop, create, &error, "sqlite:%s", shop->path));
        g_assert_cmpint(error.code, ==, WEND_CONNECT);
        g_assert_nonnull(error.hint);
    }
}

static void test_unreadable(void)
{
    g_autoptr(Shop) shop = guarded(0755, 0000);
    as_nobody(shop, try_unreadable);
    reopened_folder(shop);
}

/* A folder that may not be entered hides the database: it must not look like an empty one. */
static void test_closed_folder(void)
{
    g_autoptr(Shop) shop = guarded(0000, 0666);
    as_nobody(shop, try_unreadable);
    reopened_folder(shop);
}

static void try_read_only(Shop *shop)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *connection = open_at(shop, true, &error, "sqlite:%s", shop->path);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_driver_sees(connection, "SELECT id FROM items", "5\n");
    assert_fails(shop->driver->writable(connection, &error), WEND_CONNECT);
    g_assert_nonnull(strstr(error.hint, "permissions"));
    shop->driver->close(connection);
}

static void test_read_only_file(void)
{
    g_autoptr(Shop) shop = guarded(0755, 0444);
    as_nobody(shop, try_read_only);
    reopened_folder(shop);
}

static void try_read_only_folder(Shop *shop)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *connection = open_at(shop, true, &error, "sqlite:%s", shop->path);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_driver_sees(connection, "SELECT id FROM items", "5\n");
    assert_fails(shop->driver->lock(connection, "wend_journal", &error), WEND_LOCKED);
    assert_says("shop.db-wend");
    g_assert_nonnull(strstr(error.hint, "folder"));
    shop->driver->close(connection);
    connection = open_at(shop, true, &error, "sqlite:%s/new.db", shop->folder);
    assert_fails(shop->driver->writable(connection, &error), WEND_CONNECT);
    shop->driver->close(connection);
}

static void test_read_only_folder(void)
{
    g_autoptr(Shop) shop = guarded(0555, 0666);
    as_nobody(shop, try_read_only_folder);
    reopened_folder(shop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/open/paths", test_paths);
    g_test_add_func("/db/sqlite/open/names", test_names);
    g_test_add_func("/db/sqlite/open/absent", test_absent);
    g_test_add_func("/db/sqlite/open/read-only", test_read_only);
    g_test_add_func("/db/sqlite/open/not-a-database", test_not_a_database);
    g_test_add_func("/db/sqlite/open/folders", test_folders);
    g_test_add_func("/db/sqlite/open/dangling-link", test_dangling_link);
    g_test_add_func("/db/sqlite/open/vfs", test_vfs);
    g_test_add_func("/db/sqlite/lock/symlink", test_symlink);
    g_test_add_func("/db/sqlite/lock/stale", test_stale_lock);
    g_test_add_func("/db/sqlite/lock/is-link", test_lock_is_link);
    g_test_add_func("/db/sqlite/lock/text", test_lock_text);
    g_test_add_func("/db/sqlite/access/unreadable", test_unreadable);
    g_test_add_func("/db/sqlite/access/closed-folder", test_closed_folder);
    g_test_add_func("/db/sqlite/access/read-only-file", test_read_only_file);
    g_test_add_func("/db/sqlite/access/read-only-folder", test_read_only_folder);
    return g_test_run();
}
