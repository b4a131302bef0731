/* SPDX-License-Identifier: MIT
 *
 * Contract: the database as a whole: what is in it, emptying it, copying it and bringing it back.
 */
#include "contract.h"

#include <glib/gstdio.h>
#include <string.h>

/* Tables that refer to each other, a view, an index, and wend's own. */
static void fill(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    g_autoptr(GPtrArray) queries =
        QUERIES("CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, item INTEGER NOT NULL, "
                "FOREIGN KEY (item) REFERENCES items (id))",
                "CREATE INDEX orders_item ON orders (item)",
                "CREATE VIEW sight AS SELECT items.name FROM items JOIN orders ON item = items.id",
                "INSERT INTO items VALUES (1, 'it''s')", "INSERT INTO orders VALUES (7, 1)");
    assert_done(bench->driver->write(bench->connection, queries, &error));
    g_autoptr(GPtrArray) ours = bench->driver->journal_create("wend_journal", "wend_scripts");
    assert_done(bench->driver->write(bench->connection, ours, &error));
}

static GPtrArray *list(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    assert_done(bench->driver->list(bench->connection, names, &error));
    return names;
}

/* Each is a kind, a space and a name. */
static bool lists(const GPtrArray *names, const char *name)
{
    g_autofree char *end = g_strconcat(" ", name, NULL);
    for (guint i = 0; i < names->len; i++) {
        if (g_str_has_suffix(names->pdata[i], end))
            return true;
    }
    return false;
}

static void test_list(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GPtrArray) before = list(bench);
    g_assert_cmpuint(before->len, ==, 0);
    fill(bench);
    g_autoptr(GPtrArray) names = list(bench);
    g_assert_true(lists(names, "items"));
    g_assert_true(lists(names, "orders"));
    g_assert_true(lists(names, "sight"));
    g_assert_true(lists(names, "wend_journal"));
    assert_looks(bench->connection, "SELECT count(*) FROM orders", "1\n");
}

static void test_clean(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const none[] = {NULL};
    bool empty = false;
    assert_done(bench->driver->clean(bench->connection, &error));
    fill(bench);
    g_autofree char *name = wend_quote_name(bench->driver->dialect, "it's a \"table\"");
    g_autofree char *sql = g_strdup_printf("CREATE TABLE %s (id INTEGER)", name);
    contract_write(bench->connection, sql);
    assert_done(bench->driver->clean(bench->connection, &error));
    g_autoptr(GPtrArray) names = list(bench);
    g_assert_cmpuint(names->len, ==, 0);
    assert_done(bench->driver->is_empty(bench->connection, none, &empty, &error));
    g_assert_true(empty);
    fill(bench);
}

/* What the names share with wend's patterns must not save or doom a table. */
static void test_clean_names(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_write(bench->connection, "CREATE TABLE sqlitex (id INTEGER)");
    contract_write(bench->connection, "CREATE TABLE pg_like (id INTEGER)");
    g_autoptr(GPtrArray) names = list(bench);
    g_assert_cmpuint(names->len, ==, 2);
    assert_done(bench->driver->clean(bench->connection, &error));
    g_autoptr(GPtrArray) after = list(bench);
    g_assert_cmpuint(after->len, ==, 0);
}

static void backup_and_restore(Bench *bench, const char *name)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendDriver *driver = bench->driver;
    g_autofree char *file = g_build_filename(bench->folder, name, NULL);
    fill(bench);
    assert_done(driver->backup(bench->connection, file, &error));
    g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
    g_autofree char *line = driver->restore(bench->connection, file);
    contract_write(bench->connection, "INSERT INTO items VALUES (2, 'later')");
    contract_write(bench->connection, "DROP VIEW sight");
    contract_write(bench->connection, "CREATE TABLE later (id INTEGER)");
    g_autofree char *client = contract_target.client(bench->url, file);
    need(client, "the database's own client is not here");
    contract_shell(line);
    contract_reopen(bench, 1000, 0);
    assert_looks(bench->connection, "SELECT id, name FROM items", "1|it's\n");
    assert_looks(bench->connection, "SELECT name FROM sight", "it's\n");
    g_assert_false(contract_runs(bench->connection, "SELECT * FROM later"));
}

static void test_backup(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need(contract_target.backs_up, "it does not back up");
    backup_and_restore(bench, "whole.backup");
}

static void test_backup_name(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need(contract_target.backs_up, "it does not back up");
    backup_and_restore(bench, "it's \"a\" back\\up $HOME.copy");
}

/* The dump program that is here cannot read this server: that is said, and leaves nothing. */
static void test_backup_refused(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(!contract_target.backs_up && bench->driver->backup != NULL, "it backs up");
    g_autofree char *file = g_build_filename(bench->folder, "whole.backup", NULL);
    fill(bench);
    g_assert_false(bench->driver->backup(bench->connection, file, &error));
    g_assert_nonnull(strstr(error.message, "backup"));
    g_assert_nonnull(error.hint);
    g_assert_nonnull(strstr(error.hint, contract_target.dump_wanted));
    g_autoptr(GDir) folder = g_dir_open(bench->folder, 0, NULL);
    g_assert_null(g_dir_read_name(folder));
}

/* It makes a new file, or none. */
static void test_backup_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.backs_up, "it does not back up");
    g_autofree char *there = g_build_filename(bench->folder, "there", NULL);
    g_autofree char *nowhere = g_build_filename(bench->folder, "no-folder", "file", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_set_contents(there, "mine", -1, NULL));
    assert_fails(bench->driver->backup(bench->connection, there, &error), WEND_USAGE);
    g_assert_nonnull(error.hint);
    g_assert_true(g_file_get_contents(there, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "mine");
    assert_fails(bench->driver->backup(bench->connection, nowhere, &error), WEND_USAGE);
    g_assert_cmpint(g_unlink(there), ==, 0);
    g_autoptr(GDir) folder = g_dir_open(bench->folder, 0, NULL);
    g_assert_null(g_dir_read_name(folder));
}

/* A person runs what stands between the two lines with the database's own client. */
static void test_script(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *file = g_build_filename(bench->folder, "script.sql", NULL);
    g_autoptr(GString) sql = g_string_new(bench->driver->script_begin);
    WendValue value = {.kind = WEND_VALUE_TEXT,
                       .text = (char *)"it's \\ \"so\"\n-- gr\xC3\xBC"
                                       "n"};
    value.length = strlen(value.text);
    contract_items(bench->connection);
    g_string_append(sql, "\nINSERT INTO items VALUES (1, ");
    bench->driver->literal(sql, &value);
    g_string_append_printf(sql, ");\n%s\n", bench->driver->script_commit);
    g_assert_true(g_file_set_contents(file, sql->str, -1, NULL));
    g_autofree char *line = contract_target.client(bench->url, file);
    need(line, "the database's own client is not here");
    contract_shell(line);
    g_autofree char *expected = g_strdup_printf("1|%s\n", value.text);
    assert_looks(bench->connection, "SELECT id, name FROM items", expected);
}

void contract_whole_tests(void)
{
    contract_add("whole/list", test_list);
    contract_add("whole/clean", test_clean);
    contract_add("whole/clean-names", test_clean_names);
    contract_add("whole/backup", test_backup);
    contract_add("whole/backup-name", test_backup_name);
    contract_add("whole/backup-refused", test_backup_refused);
    contract_add("whole/backup-fails", test_backup_fails);
    contract_add("whole/script", test_script);
}
