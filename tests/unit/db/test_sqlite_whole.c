/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/maintain.c: emptying what only SQLite has, and copies of a live file.
 */
#include "shop.h"

#include <glib/gstdio.h>
#include <string.h>

static void test_clean(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("?foreign_keys=on");
    shop_sql(shop,
             "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT);"
             "CREATE TABLE child (a REFERENCES parent ON DELETE RESTRICT);"
             "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);"
             "CREATE TABLE \"odd \"\"n'ame\" (a);"
             "CREATE VIEW sight AS SELECT * FROM child;"
             "CREATE TRIGGER guard BEFORE DELETE ON child BEGIN SELECT raise(ABORT, 'no'); END;"
             "CREATE TRIGGER through INSTEAD OF INSERT ON sight BEGIN SELECT 1; END;"
             "CREATE INDEX child_a ON child (a); ANALYZE;"
             "CREATE VIRTUAL TABLE words USING fts5 (body); INSERT INTO words VALUES ('x')");
    assert_done(shop->driver->clean(shop->connection, &error));
    assert_app_sees(shop, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'", "");
    assert_driver_sees(shop->connection, "PRAGMA foreign_keys", "1\n");
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "CREATE TABLE parent (id)"));
}

/* What cannot be dropped undoes the rest. */
static void test_clean_fails(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id); PRAGMA writable_schema = ON;"
                   "INSERT INTO sqlite_schema VALUES ('table', 'odd', 'odd', 0, "
                   "'CREATE VIRTUAL TABLE odd USING nobody_has_this(a)');"
                   "PRAGMA writable_schema = OFF; PRAGMA schema_version = 99;");
    assert_fails(shop->driver->clean(shop->connection, &error), WEND_FAILED);
    assert_says("nobody_has_this");
    assert_driver_sees(shop->connection, "SELECT count(*) FROM sqlite_schema", "2\n");
    wend_error_clear(&error);
    assert_done(STEP(shop, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1)"));
}

/* A table is the same in any case, and so is one of wend's own. */
static void test_is_empty_case(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const own[] = {"wend_migrations", "Wend_Journal", NULL};
    bool empty = false;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE WEND_migrations (id); CREATE TABLE wend_journal (id)");
    g_assert_true(shop_has(shop->connection, "wend_migrations"));
    assert_done(shop->driver->is_empty(shop->connection, own, &empty, &error));
    g_assert_true(empty);
}

/* What SQLite keeps for itself is nobody's. */
static void test_is_empty_internal(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const own[] = {NULL};
    bool empty = false;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT);"
                   "CREATE INDEX i ON items (id); ANALYZE; DROP TABLE items");
    assert_app_sees(shop, "SELECT count(*) > 0 FROM sqlite_schema", "1\n");
    assert_done(shop->driver->is_empty(shop->connection, own, &empty, &error));
    g_assert_true(empty);
}

/* A copy has what is committed, also what still stands in the WAL. */
static void test_backup_wal(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "PRAGMA journal_mode = WAL; CREATE TABLE items (id, filling);"
                   "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up "
                   "WHERE n < 9000) INSERT INTO items SELECT n, randomblob(500) FROM up");
    g_autofree char *file = shop_file(shop, "copy.db");
    assert_done(shop->driver->backup(shop->connection, file, &error));
    sqlite3 *copy = NULL;
    g_assert_cmpint(sqlite3_open(file, &copy), ==, SQLITE_OK);
    g_autofree char *seen = handle_look(copy, "SELECT count(*), max(id) FROM items");
    g_assert_cmpstr(seen, ==, "9000|9000\n");
    g_autofree char *whole = handle_look(copy, "PRAGMA integrity_check");
    g_assert_cmpstr(whole, ==, "ok\n");
    sqlite3_close(copy);
}

static void test_restore_line(void)
{
    g_autoptr(Shop) shop = shop_new("");
    g_autofree char *plain = shop->driver->restore(shop->connection, "/srv/copy.db");
    g_assert_true(g_str_has_prefix(plain, "test -s "));
    g_assert_nonnull(strstr(plain, shop->path));
    g_assert_nonnull(strstr(plain, ".restore "));
    g_auto(GStrv) words = NULL;
    g_assert_true(g_shell_parse_argv(plain, NULL, &words, NULL));
    g_assert_cmpuint(g_strv_length(words), ==, 7);
    g_assert_cmpstr(words[2], ==, "/srv/copy.db");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/whole/clean", test_clean);
    g_test_add_func("/db/sqlite/whole/clean-fails", test_clean_fails);
    g_test_add_func("/db/sqlite/whole/is-empty-case", test_is_empty_case);
    g_test_add_func("/db/sqlite/whole/is-empty-internal", test_is_empty_internal);
    g_test_add_func("/db/sqlite/whole/backup-wal", test_backup_wal);
    g_test_add_func("/db/sqlite/whole/restore-line", test_restore_line);
    return g_test_run();
}
