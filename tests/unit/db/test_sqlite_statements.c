/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/run.c: one statement of a script: where it is at fault, what it may not
 * hold, and what it changes.
 */
#include "shop.h"

#include <string.h>

/* One piece in a transaction. */
static bool piece(Shop *shop, const char *sql, const WendBatchRound *round, WendWorked *worked,
                  WendError *error)
{
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = -1};
    WendPiece one = {.text = sql, .length = strlen(sql), .number = 1};
    WendWork work = {.pieces = &one, .count = 1, .last = true, .batch = round};
    bool ok = shop->driver->begin_step(shop->connection, &setup, error);
    g_assert_true(ok);
    ok = shop->driver->transact(shop->connection, &work, worked, error);
    shop->driver->end_step(shop->connection);
    return ok;
}

static const char *const parameters[] = {"?", "?1", ":name", "@name", "$name", ":size", ":after"};

/* Nobody gives them a value: SQLite would take NULL, silently. */
static void test_parameters(void)
{
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id)");
    for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_autofree char *sql = g_strdup_printf("INSERT INTO items VALUES (%s)", parameters[i]);
        assert_fails(piece(shop, sql, NULL, &worked, &error), WEND_FAILED);
        g_assert_cmpint(worked.piece, ==, 0);
        assert_says(parameters[i][0] == '?' ? "?" : parameters[i]);
        g_assert_nonnull(error.hint);
        g_autofree char *alone = g_strdup_printf("VACUUM INTO %s", parameters[i]);
        WendPiece vacuum = {.text = alone, .length = strlen(alone), .class = WEND_CLASS_OPAQUE};
        assert_fails(shop->driver->alone(shop->connection, NULL, &vacuum, &worked, &error),
                     WEND_FAILED);
        assert_says(parameters[i][0] == '?' ? "?" : parameters[i]);
    }
    assert_app_sees(shop, "SELECT count(*) FROM items", "0\n");
}

/* In a batch only its own two have one. */
static void test_batch_parameters(void)
{
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id)");
    for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        WendBatchRound round = {.size = 5, .after = "17"};
        g_autofree char *sql = g_strdup_printf("INSERT INTO items VALUES (%s)", parameters[i]);
        bool own = strcmp(parameters[i], ":size") == 0 || strcmp(parameters[i], ":after") == 0;
        g_assert_true(piece(shop, sql, &round, &worked, &error) == own);
        g_free(worked.cursor);
    }
    assert_app_sees(shop, "SELECT id FROM items", "5\n17\n");
}

/* The splitter ended the statement elsewhere than SQLite does: nothing may be left out silently. */
static void test_tail(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id)");
    const char *sql = "INSERT INTO items VALUES (1); INSERT INTO items VALUES (2)";
    assert_fails(piece(shop, sql, NULL, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.offset, ==, strlen("INSERT INTO items VALUES (1);"));
    assert_says("before its end");
    assert_app_sees(shop, "SELECT count(*) FROM items", "0\n");
    static const char *const whole[] = {
        "SELECT 1;",     "SELECT 1 ;; \n\t;",  "", " ", "-- comment",
        "/* comment */", "SELECT 1 -- comment"};
    wend_error_clear(&error);
    for (gsize i = 0; i < G_N_ELEMENTS(whole); i++)
        assert_done(piece(shop, whole[i], NULL, &worked, &error));
}

/* The place of the fault, wherever in a hundred columns it is. */
static void test_offset(void)
{
    g_autoptr(Shop) shop = shop_new("");
    g_autoptr(GString) create = g_string_new("CREATE TABLE wide (column_0");
    for (guint i = 1; i < 100; i++)
        g_string_append_printf(create, ", column_%u", i);
    g_string_append(create, ")");
    shop_sql(shop, create->str);
    for (guint wrong = 0; wrong < 100; wrong++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_autoptr(GString) sql = g_string_new("SELECT '\xE2\x82\xAC'");
        gssize expected = -1;
        for (guint i = 0; i < 100; i++) {
            g_string_append(sql, i % 10 == 0 ? ",\n  " : ", ");
            if (i == wrong)
                expected = (gssize)sql->len;
            g_string_append_printf(sql, i == wrong ? "kolumn_%u" : "column_%u", i);
        }
        g_string_append(sql, " FROM wide");
        assert_fails(piece(shop, sql->str, NULL, &worked, &error), WEND_FAILED);
        g_assert_cmpint(worked.offset, ==, expected);
        assert_says("no such column: kolumn_");
    }
}

/* The same as a person sees it: line, column and the line itself. */
static void test_place(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved;
    g_autoptr(Shop) shop = shop_new("");
    shop_migration(shop, "1_first.sql",
                   "CREATE TABLE items (id, name);\n\nINSERT INTO items (id, name)\n"
                   "  SELECT 1, nam\n  FROM items;\n");
    assert_fails(shop_up(shop, "", &moved, &error), WEND_FAILED);
    g_assert_nonnull(strstr(error.file, "1_first.sql"));
    g_assert_cmpuint(error.line, ==, 4);
    g_assert_cmpuint(error.column, ==, 13);
    g_assert_cmpstr(error.source, ==, "  SELECT 1, nam");
    g_assert_nonnull(strstr(error.vendor, "SQLite 1"));
    assert_app_sees(shop, "SELECT count(*) FROM sqlite_schema WHERE name = 'items'", "0\n");
}

/* A failure while it runs has no place of its own. */
static void test_no_offset(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY); INSERT INTO items VALUES (1)");
    assert_fails(piece(shop, "INSERT INTO items VALUES (1)", NULL, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.offset, ==, -1);
    g_assert_nonnull(strstr(error.vendor, "SQLite 1555"));
}

/* A key that does not lie behind the cursor would make its rows run twice. */
static void test_backward_keys(void)
{
    static const struct {
        const char *sql, *after;
        bool number, ok;
    } rounds[] = {
        {"UPDATE items SET name = 'n' WHERE id > coalesce(:after, 0) RETURNING id", "1", true,
         true},
        {"UPDATE items SET name = 'n' WHERE id >= coalesce(:after, 0) RETURNING id", "2", true,
         false},
        {"UPDATE items SET name = 'n' WHERE :after IS NOT NULL RETURNING id", "2", true, false},
        {"UPDATE items SET name = 'n' WHERE :after IS NULL RETURNING id", NULL, false, true},
        {"UPDATE items SET name = 'n' WHERE id > 1 AND :size RETURNING id", "9", true, true},
        {"UPDATE items SET name = 'n' WHERE :after IS NOT NULL RETURNING 'b'", "a", false, true},
        {"UPDATE items SET name = 'n' WHERE :after IS NOT NULL RETURNING 'B'", "a", false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rounds); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_autoptr(Shop) shop = shop_new("");
        WendBatchRound round = {.size = 5, .after = rounds[i].after, .number = rounds[i].number};
        shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY, name);"
                       "INSERT INTO items VALUES (1, 'o'), (2, 'o'), (10, 'o')");
        g_test_message("%s", rounds[i].sql);
        g_assert_true(piece(shop, rounds[i].sql, &round, &worked, &error) == rounds[i].ok);
        g_free(worked.cursor);
        if (!rounds[i].ok)
            assert_says(":after");
        if (!rounds[i].ok)
            assert_app_sees(shop, "SELECT count(*) FROM items WHERE name = 'n'", "0\n");
    }
}

/* An assertion only looks. */
static void test_assertion_writes(void)
{
    static const char *const queries[] = {"DELETE FROM items", "DELETE FROM items RETURNING 1",
                                          "DROP TABLE items"};
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id); INSERT INTO items VALUES (1)");
    for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        WendPiece one = {.text = queries[i],
                         .length = strlen(queries[i]),
                         .number = 1,
                         .assertion = true,
                         .expected = "1"};
        WendWork work = {.pieces = &one, .count = 1};
        assert_fails(shop->driver->transact(shop->connection, &work, &worked, &error), WEND_FAILED);
        assert_says("would change the database");
    }
    assert_app_sees(shop, "SELECT count(*) FROM items", "1\n");
}

/* Rows that triggers and cascades change count: a batch must not end before them. */
static void test_rows(void)
{
    static const struct {
        const char *sql;
        gint64 rows;
    } statements[] = {
        {"INSERT INTO items VALUES (1, 'a'), (2, 'b')", 4}, /* each is logged */
        {"UPDATE items SET name = 'c' WHERE id > 5", 0},
        {"UPDATE items SET name = 'c'", 2},
        {"SELECT * FROM items", 0},
        {"CREATE TABLE more AS SELECT * FROM items", 0},
        {"INSERT INTO items VALUES (3, 'd') RETURNING id", 2},
        {"DELETE FROM items", 3},
    };
    g_autoptr(Shop) shop = shop_new("");
    shop_sql(shop, "CREATE TABLE items (id INTEGER PRIMARY KEY, name); CREATE TABLE log (id);"
                   "CREATE TRIGGER keep AFTER INSERT ON items "
                   "BEGIN INSERT INTO log VALUES (new.id); END");
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        g_test_message("%s", statements[i].sql);
        assert_done(piece(shop, statements[i].sql, NULL, &worked, &error));
        g_assert_cmpint(worked.rows, ==, statements[i].rows);
    }
}

/* A cursor may be text with anything in it; the journal keeps it as JSON. */
static void test_cursor_text(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autoptr(Shop) shop = shop_new("");
    g_autoptr(GPtrArray) after = wend_queries_new();
    g_ptr_array_add(after, wend_query_special(wend_query_new("INSERT INTO kept VALUES (?)"),
                                              WEND_VALUE_OUTCOME));
    shop_sql(shop, "CREATE TABLE items (id TEXT); CREATE TABLE kept (outcome)");
    const char *sql = "INSERT INTO items VALUES ('a'), ('b \"q\" \\ ' || char(10) || '\xC3\xBC'), "
                      "(NULL), ('B') RETURNING id";
    WendBatchRound round = {.size = 5};
    WendPiece one = {.text = sql, .length = strlen(sql), .number = 1};
    WendWork work = {.pieces = &one, .count = 1, .after = after, .batch = &round};
    assert_done(shop->driver->transact(shop->connection, &work, &worked, &error));
    g_assert_cmpstr(worked.cursor, ==, "b \"q\" \\ \n\xC3\xBC");
    g_free(worked.cursor);
    assert_app_sees(shop,
                    "SELECT json_extract(outcome, '$.cursor'), json_extract(outcome, '$.rows') "
                    "FROM kept",
                    "b \"q\" \\ \n\xC3\xBC|4\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/statements/parameters", test_parameters);
    g_test_add_func("/db/sqlite/statements/batch-parameters", test_batch_parameters);
    g_test_add_func("/db/sqlite/statements/tail", test_tail);
    g_test_add_func("/db/sqlite/statements/offset", test_offset);
    g_test_add_func("/db/sqlite/statements/place", test_place);
    g_test_add_func("/db/sqlite/statements/no-offset", test_no_offset);
    g_test_add_func("/db/sqlite/statements/backward-keys", test_backward_keys);
    g_test_add_func("/db/sqlite/statements/assertion-writes", test_assertion_writes);
    g_test_add_func("/db/sqlite/statements/rows", test_rows);
    g_test_add_func("/db/sqlite/statements/cursor-text", test_cursor_text);
    return g_test_run();
}
