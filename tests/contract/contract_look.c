/* SPDX-License-Identifier: MIT
 *
 * Contract: looking: queries with their values and rows, find_tables, is_empty, writable.
 */
#include "contract.h"

#include "base/text.h"

#include <string.h>

typedef struct Taken {
    guint rows;
    guint columns;
    char *values[8];
    bool null[8];
} Taken;

static void taken_clear(Taken *taken)
{
    for (gsize i = 0; i < G_N_ELEMENTS(taken->values); i++)
        g_clear_pointer(&taken->values[i], g_free);
    *taken = (Taken){0};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Taken, taken_clear)

static bool take(const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    Taken *taken = data;
    taken_clear(taken);
    taken->rows = 1;
    taken->columns = row->count;
    for (guint i = 0; i < row->count; i++)
        taken->values[i] = g_strdup(row->values[i]);
    return true;
}

static const char *const texts[] = {
    "plain",
    "",
    "it's",
    "''",
    "\"double\" `back` [square]",
    "back\\slash \\' \\\\",
    "ends with a backslash\\",
    "two\nlines\r\nand\ttabs",
    "-- no comment /* nor this",
    "? :name $1 @x ${NAME} %s %d",
    "$$dollar$$ $tag$x$tag$",
    "gr\xC3\xBC\xC3\x9F"
    "e \xE2\x82\xAC \xF0\x9F\x90\xA2",
    "; DROP TABLE items; --",
    "\x01\x1f\x7f",
};

static void test_text_values(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(Taken) taken = {0};
        g_autoptr(WendQuery) query = wend_query_text(wend_query_new("SELECT ?"), texts[i]);
        assert_done(bench->driver->query(bench->connection, query, take, &taken, &error));
        g_assert_cmpstr(taken.values[0], ==, texts[i]);
    }
}

static void test_stored_values(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const gint64 numbers[] = {0, 1, -1, G_MAXINT32, G_MAXINT64, G_MININT64};
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_write(bench->connection, "CREATE TABLE kept (number BIGINT, words VARCHAR(100))");
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autoptr(GPtrArray) queries =
            QUERIES("DELETE FROM kept", "INSERT INTO kept VALUES (?, ?)");
        wend_query_integer(queries->pdata[1], numbers[i]);
        wend_query_text(queries->pdata[1], i % 2 == 0 ? NULL : texts[i]);
        assert_done(bench->driver->write(bench->connection, queries, &error));
        g_autofree char *expected = g_strdup_printf("%" G_GINT64_FORMAT "|%s\n", numbers[i],
                                                    i % 2 == 0 ? "NULL" : texts[i]);
        assert_looks(bench->connection, "SELECT number, words FROM kept", expected);
    }
}

static void test_quoted_marks(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(Taken) taken = {0};
    g_autoptr(WendQuery) query = wend_query_new("SELECT '?', ?, ? -- ?");
    wend_query_text(wend_query_borrow(query, "one too", 3), "last");
    assert_done(bench->driver->query(bench->connection, query, take, &taken, &error));
    g_assert_cmpuint(taken.columns, ==, 3);
    g_assert_cmpstr(taken.values[0], ==, "?");
    g_assert_cmpstr(taken.values[1], ==, "one");
    g_assert_cmpstr(taken.values[2], ==, "last");
}

/* The driver's own values: the time is UTC and now. */
static void test_special_values(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(Taken) taken = {0};
    g_auto(GStrv) now =
        g_strsplit(contract_target.shows_now != NULL ? contract_target.shows_now : "%s", "%s", 2);
    g_autoptr(WendQuery) query =
        wend_query_take(g_strconcat("SELECT ", now[0], "?", now[1], ", ?", NULL));
    wend_query_special(query, WEND_VALUE_NOW);
    wend_query_special(query, WEND_VALUE_NULL);
    g_autofree char *before = wend_now_text();
    assert_done(bench->driver->query(bench->connection, query, take, &taken, &error));
    g_autofree char *after = wend_now_text();
    g_assert_cmpuint(strlen(taken.values[0]), ==, strlen("2026-01-31T12:00:00.123Z"));
    g_assert_cmpstr(taken.values[0], >=, before);
    g_assert_cmpstr(taken.values[0], <=, after);
    g_assert_null(taken.values[1]);
}

static void test_rows(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    WendConnection *connection = bench->connection;
    contract_items(connection);
    assert_looks(connection, "SELECT id, name FROM items", "");
    contract_write(connection, "INSERT INTO items VALUES (1, 'a'), (2, NULL), (3, '')");
    assert_looks(connection, "SELECT id, name FROM items ORDER BY id", "1|a\n2|NULL\n3|\n");
    g_assert_true(contract_runs(connection, "SELECT id FROM items"));
    /* What the same text means may change under it. */
    assert_looks(connection, "SELECT * FROM items WHERE id = 1", "1|a\n");
    contract_write(connection, "ALTER TABLE items ADD COLUMN more INTEGER");
    assert_looks(connection, "SELECT * FROM items WHERE id = 1", "1|a|NULL\n");
}

static bool stop_at_two(G_GNUC_UNUSED const WendRow *row, void *data, WendError *error)
{
    guint *count = data;
    return ++*count < 2 || wend_error_set(error, WEND_DISAGREE, "enough");
}

static void test_row_stops(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    guint count = 0;
    contract_items(bench->connection);
    contract_write(bench->connection, "INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    g_autoptr(WendQuery) query = wend_query_new("SELECT id FROM items");
    assert_fails(bench->driver->query(bench->connection, query, stop_at_two, &count, &error),
                 WEND_DISAGREE);
    g_assert_cmpstr(error.message, ==, "enough");
    g_assert_cmpuint(count, ==, 2);
    /* The connection is free again: the same query, and a write to that table. */
    assert_looks(bench->connection, "SELECT id FROM items ORDER BY id", "1\n2\n3\n");
    contract_write(bench->connection, "DELETE FROM items");
}

static void test_query_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendQuery) query = wend_query_new("SELECT * FROM nowhere_at_all");
    assert_fails(bench->driver->query(bench->connection, query, NULL, NULL, &error), WEND_FAILED);
    g_assert_nonnull(error.vendor);
    g_assert_nonnull(strstr(error.message, "nowhere_at_all"));
    g_assert_false(bench->driver->query(bench->connection, query, NULL, NULL, NULL));
    assert_looks(bench->connection, "SELECT 1", "1\n");
}

static bool has(Bench *bench, const char *table)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const names[] = {table, NULL};
    WendOwnTable found = {0};
    assert_done(bench->driver->find_tables(bench->connection, names, &found, &error));
    g_assert_nonnull(found.name);
    g_assert_true(found.exists == (found.columns != NULL));
    bool exists = found.exists;
    wend_own_table_clear(&found);
    return exists;
}

static void create_quoted(Bench *bench, const char *table)
{
    g_autofree char *name = wend_quote_table(bench->driver->dialect, table);
    g_autofree char *sql = g_strdup_printf("CREATE TABLE %s (id INTEGER)", name);
    contract_write(bench->connection, sql);
}

static void test_find_tables(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_false(has(bench, "items"));
    contract_items(bench->connection);
    g_assert_true(has(bench, "items"));
    g_assert_false(has(bench, "item"));
    g_assert_false(has(bench, "item_"));
    g_assert_false(has(bench, "%"));
    g_assert_false(has(bench, ""));
    g_assert_true(has(bench, "ITEMS") == contract_target.names_ignore_case);
}

static void test_has_quoted_table(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    create_quoted(bench, "it's a \"table\"");
    g_assert_true(has(bench, "it's a \"table\""));
    g_assert_false(has(bench, "it's a table"));
    if (contract_target.create_schema != NULL)
        contract_write(bench->connection, contract_target.create_schema);
    create_quoted(bench, "other.items");
    g_assert_true(has(bench, "other.items"));
    g_assert_false(has(bench, "items"));
    g_assert_false(has(bench, "another.items"));
}

static bool empty(Bench *bench, const char *const *own)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    bool is = false;
    assert_done(bench->driver->is_empty(bench->connection, own, &is, &error));
    return is;
}

static void test_is_empty(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const own[] = {"wend_migrations", "wend_journal", "wend_scripts", NULL};
    const char *const part[] = {"wend_journal", NULL};
    const char *const none[] = {NULL};
    g_assert_true(empty(bench, none));
    g_autoptr(GPtrArray) queries = bench->driver->journal_create("wend_journal", "wend_scripts");
    assert_done(bench->driver->write(bench->connection, queries, &error));
    g_assert_true(empty(bench, own));
    g_assert_false(empty(bench, part));
    g_assert_false(empty(bench, none));
    contract_write(bench->connection, "CREATE VIEW sight AS SELECT 1 AS one");
    g_assert_false(empty(bench, own));
    contract_write(bench->connection, "DROP VIEW sight");
    g_assert_true(empty(bench, own));
    contract_items(bench->connection);
    g_assert_false(empty(bench, own));
}

static void test_writable(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    assert_done(bench->driver->writable(bench->connection, &error));
    need(contract_target.read_only, "there is no URL for only reading");
    contract_items(bench->connection);
    g_autofree char *url = contract_target.read_only(bench->url);
    WendConnection *reader = contract_look_at(bench, url, 100, 0);
    assert_looks(reader, "SELECT count(*) FROM items", "0\n");
    assert_fails(bench->driver->writable(reader, &error), WEND_CONNECT);
    g_assert_nonnull(error.hint);
    bench->driver->close(reader);
}

/* Each result goes to its own, an empty one too, and a failure names the look at fault. */
static void test_read(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(Taken) one = {0}, none = {0}, three = {0};
    guint failed = 0, rows = 1;
    g_autoptr(WendQuery) first = wend_query_text(wend_query_new("SELECT ?"), "one");
    g_autoptr(WendQuery) second = wend_query_new("SELECT 'none' FROM (SELECT 1) AS x WHERE 1 = 0");
    g_autoptr(WendQuery) third = wend_query_new("SELECT 'a', 'b', 'c'");
    g_autoptr(WendQuery) wrong = wend_query_new("SELECT x FROM nothing_of_the_kind");
    const WendRead reads[] = {{first, take, &one}, {second, take, &none}, {third, take, &three}};
    assert_done(bench->driver->read(bench->connection, reads, 3, &failed, &error));
    g_assert_cmpstr(one.values[0], ==, "one");
    g_assert_cmpuint(none.columns, ==, 0);
    g_assert_cmpuint(three.columns, ==, 3);
    g_assert_cmpstr(three.values[2], ==, "c");

    const WendRead broken[] = {{first, NULL, NULL}, {wrong, NULL, NULL}, {third, NULL, NULL}};
    assert_fails(bench->driver->read(bench->connection, broken, 3, &failed, &error), WEND_FAILED);
    g_assert_cmpuint(failed, ==, 1);
    const WendRead stopped[] = {{first, NULL, NULL}, {third, stop_at_two, &rows}};
    assert_fails(bench->driver->read(bench->connection, stopped, 2, &failed, &error),
                 WEND_DISAGREE);
    g_assert_cmpuint(failed, ==, 1);
    assert_looks(bench->connection, "SELECT 1", "1\n");
}

void contract_look_tests(void)
{
    contract_add("query/text", test_text_values);
    contract_add("query/stored", test_stored_values);
    contract_add("query/quoted-marks", test_quoted_marks);
    contract_add("query/special", test_special_values);
    contract_add("query/rows", test_rows);
    contract_add("query/row-stops", test_row_stops);
    contract_add("query/fails", test_query_fails);
    contract_add("query/several", test_read);
    contract_add("find-tables", test_find_tables);
    contract_add("find-tables/quoted", test_has_quoted_table);
    contract_add("is-empty", test_is_empty);
    contract_add("writable", test_writable);
}
