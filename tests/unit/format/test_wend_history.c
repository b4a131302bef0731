/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/wend_history.c: the statements for each dialect, run where that takes no
 * server, and the rows.
 */
#include "format/wend_history.h"

#include <sqlite3.h>
#include <string.h>

static GPtrArray *create_of(WendDialect dialect, const char *table)
{
    GPtrArray *queries = wend_queries_new();
    wend_history_wend.create(&(WendBook){dialect, table}, queries);
    return queries;
}

static WendQuery *read_of(WendDialect dialect, const char *table)
{
    return wend_history_wend.read(&(WendBook){dialect, table});
}

/* Takes the one query out. */
static WendQuery *only(GPtrArray *queries)
{
    g_assert_cmpuint(queries->len, ==, 1);
    WendQuery *query = g_ptr_array_steal_index(queries, 0);
    g_ptr_array_unref(queries);
    return query;
}

static WendQuery *insert_of(WendDialect dialect, const char *table, const WendRecord *change)
{
    WendRecord record = *change;
    GPtrArray *queries = wend_queries_new();
    record.book = (WendBook){dialect, table};
    wend_history_wend.insert(&record, queries);
    return only(queries);
}

static WendQuery *remove_of(WendDialect dialect, const char *table, const char *id)
{
    GPtrArray *queries = wend_queries_new();
    WendRecord record = {.book = {dialect, table}, .id = id};
    wend_history_wend.remove(&record, queries);
    return only(queries);
}

static void assert_sql(WendQuery *query, const char *sql)
{
    g_assert_cmpstr(query->sql, ==, sql);
    wend_query_free(query);
}

static const WendRecord applied = {
    .kind = WEND_KIND_VERSIONED,
    .id = "1",
    .version = "001",
    .name = "it's",
    .position = "0011",
    .checksum = "abc",
    .applied_at = "2026-01-31T12:00:00.123Z",
};

static void test_postgres(void)
{
    WendDialect dialect = WEND_DIALECT_POSTGRES;
    g_autoptr(GPtrArray) plain = create_of(dialect, "wend_migrations");
    g_autoptr(GPtrArray) qualified = create_of(dialect, "migrations.system");
    g_assert_cmpuint(plain->len, ==, 1);
    g_assert_cmpuint(qualified->len, ==, 2);
    const WendQuery *table = plain->pdata[0], *schema = qualified->pdata[0];
    g_assert_cmpstr(table->sql, ==,
                    "CREATE TABLE IF NOT EXISTS \"wend_migrations\" (\n"
                    "  id varchar(190) COLLATE \"C\" NOT NULL PRIMARY KEY,\n"
                    "  version varchar(190) NOT NULL,\n"
                    "  name varchar(255) NOT NULL,\n"
                    "  kind varchar(16) NOT NULL,\n"
                    "  checksum varchar(64),\n"
                    "  applied_at timestamptz(3) NOT NULL\n"
                    ")");
    g_autoptr(WendQuery) made = wend_query_schema("migrations.system");
    g_assert_cmpstr(schema->sql, ==, made->sql);
    assert_sql(read_of(dialect, "migrations.system"),
               "SELECT id, version, name, kind, checksum, to_char(applied_at AT TIME ZONE 'UTC', "
               "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM \"migrations\".\"system\"");
    assert_sql(insert_of(dialect, "t", &applied),
               "INSERT INTO \"t\" (id, version, name, kind, checksum, applied_at) VALUES "
               "(?, ?, ?, ?, ?, CAST(? AS timestamptz))");
    assert_sql(remove_of(dialect, "t", "1"), "DELETE FROM \"t\" WHERE id = ?");
}

static void test_mysql(void)
{
    WendDialect dialect = WEND_DIALECT_MYSQL;
    g_autoptr(GPtrArray) create = create_of(dialect, "ops.wend");
    g_assert_cmpuint(create->len, ==, 1);
    const WendQuery *table = create->pdata[0];
    g_assert_cmpstr(table->sql, ==,
                    "CREATE TABLE IF NOT EXISTS `ops`.`wend` (\n"
                    "  id VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY "
                    "KEY,\n"
                    "  version VARCHAR(190) NOT NULL,\n"
                    "  name VARCHAR(255) NOT NULL,\n"
                    "  kind VARCHAR(16) NOT NULL,\n"
                    "  checksum VARCHAR(64),\n"
                    "  applied_at DATETIME(3) NOT NULL\n"
                    ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    assert_sql(read_of(dialect, "t"),
               "SELECT id, version, name, kind, checksum, CONCAT(LEFT(DATE_FORMAT(applied_at, "
               "'%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z') FROM `t`");
    assert_sql(insert_of(dialect, "t", &applied),
               "INSERT INTO `t` (id, version, name, kind, checksum, applied_at) VALUES "
               "(?, ?, ?, ?, ?, STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%s.%fZ'))");
    assert_sql(remove_of(dialect, "t", "1"), "DELETE FROM `t` WHERE id = ?");
}

static void test_values(void)
{
    g_autoptr(WendQuery) insert = insert_of(WEND_DIALECT_SQLITE, "wend_migrations", &applied);
    static const char *const texts[] = {"1",         "001", "it's",
                                        "versioned", "abc", "2026-01-31T12:00:00.123Z"};
    g_assert_cmpuint(insert->values->len, ==, G_N_ELEMENTS(texts));
    for (guint i = 0; i < insert->values->len; i++)
        g_assert_cmpstr(g_array_index(insert->values, WendValue, i).text, ==, texts[i]);
    WendRecord bare = applied;
    bare.checksum = bare.applied_at = NULL;
    bare.kind = WEND_KIND_BASELINE;
    g_autoptr(WendQuery) other = insert_of(WEND_DIALECT_SQLITE, "t", &bare);
    g_assert_cmpstr(g_array_index(other->values, WendValue, 3).text, ==, "baseline");
    g_assert_cmpint(g_array_index(other->values, WendValue, 4).kind, ==, WEND_VALUE_NULL);
    g_assert_cmpint(g_array_index(other->values, WendValue, 5).kind, ==, WEND_VALUE_NOW);
    g_autoptr(WendQuery) remove = remove_of(WEND_DIALECT_SQLITE, "t", "R:x");
    g_assert_cmpuint(remove->values->len, ==, 1);
    g_assert_cmpstr(g_array_index(remove->values, WendValue, 0).text, ==, "R:x");
}

static void run(sqlite3 *db, const WendQuery *query, GPtrArray *rows)
{
    sqlite3_stmt *statement = NULL;
    int state = sqlite3_prepare_v2(db, query->sql, -1, &statement, NULL);
    g_assert_cmpint(state, ==, SQLITE_OK);
    for (guint i = 0; i < query->values->len; i++)
        sqlite3_bind_text(statement, (int)i + 1, g_array_index(query->values, WendValue, i).text,
                          -1, SQLITE_TRANSIENT);
    while ((state = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *values[6];
        for (int i = 0; i < 6; i++)
            values[i] = (const char *)sqlite3_column_text(statement, i);
        WendRow row = {(guint)sqlite3_column_count(statement), values};
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_ptr_array_add(rows, wend_history_wend.decode(&row, &error));
        g_assert_cmpstr(error.message, ==, NULL);
    }
    g_assert_cmpint(state, ==, SQLITE_DONE);
    sqlite3_finalize(statement);
}

/* Everything against a real SQLite, with a temporary table of the same name in the way. */
static void assert_works_on_sqlite(const char *table)
{
    WendDialect dialect = WEND_DIALECT_SQLITE;
    sqlite3 *db = NULL;
    g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
    g_autofree char *shadow = g_strdup_printf("CREATE TEMP TABLE \"%s\" (x)", table);
    g_assert_cmpint(sqlite3_exec(db, shadow, NULL, NULL, NULL), ==, SQLITE_OK);
    g_autoptr(GPtrArray) create = create_of(dialect, table);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    g_autoptr(WendQuery) insert = insert_of(dialect, table, &applied);
    g_autoptr(WendQuery) read = read_of(dialect, table);
    g_autoptr(WendQuery) remove = remove_of(dialect, table, "1");
    g_assert_cmpuint(create->len, ==, 1);
    run(db, create->pdata[0], rows);
    run(db, create->pdata[0], rows);
    run(db, insert, rows);
    run(db, read, rows);
    g_assert_cmpuint(rows->len, ==, 1);
    const WendApplied *row = rows->pdata[0];
    g_assert_cmpint(row->kind, ==, applied.kind);
    g_assert_cmpstr(row->id, ==, applied.id);
    g_assert_cmpstr(row->version, ==, applied.version);
    g_assert_cmpstr(row->name, ==, applied.name);
    g_assert_null(row->position);
    g_assert_cmpstr(row->script, ==, applied.checksum);
    g_assert_cmpstr(row->checksum, ==, applied.checksum);
    g_assert_cmpstr(row->applied_at, ==, applied.applied_at);
    run(db, remove, rows);
    run(db, read, rows);
    g_assert_cmpuint(rows->len, ==, 1);
    sqlite3_close(db);
}

static void test_sqlite(void)
{
    assert_works_on_sqlite("wend_migrations");
    assert_works_on_sqlite("migrations.system");
}

static void test_decode(void)
{
    static const struct {
        const char *id, *kind;
        WendKind expected;
    } cases[] = {{"1.10", "versioned", WEND_KIND_VERSIONED},
                 {"R:views", "repeatable", WEND_KIND_REPEATABLE},
                 {"B:1", "baseline", WEND_KIND_BASELINE}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *values[] = {cases[i].id, "v", "", cases[i].kind, NULL, NULL};
        WendRow row = {6, values};
        g_autoptr(WendApplied) decoded = wend_history_wend.decode(&row, NULL);
        g_assert_nonnull(decoded);
        g_assert_cmpint(decoded->kind, ==, cases[i].expected);
        g_assert_null(decoded->position);
        g_assert_null(decoded->checksum);
        g_assert_null(decoded->applied_at);
    }
    wend_applied_free(NULL);
}

static void test_decode_refused(void)
{
    static const char *const rows[][6] = {
        {NULL, "1", "", "versioned", NULL, NULL},  {"", "1", "", "versioned", NULL, NULL},
        {"1", NULL, "", "versioned", NULL, NULL},  {"1", "1", NULL, "versioned", NULL, NULL},
        {"1", "1", "", NULL, NULL, NULL},          {"1", "1", "", "applied", NULL, NULL},
        {"1", "1", "", "baseline", NULL, NULL},    {"B:1", "1", "", "versioned", NULL, NULL},
        {"R:1", "1", "", "versioned", NULL, NULL}, {"1", "1", "", "versioned", NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool last = i + 1 == G_N_ELEMENTS(rows);
        WendRow row = {last ? 5 : 6, rows[i]};
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_assert_null(wend_history_wend.decode(&row, &error));
        g_assert_cmpint(error.code, ==, WEND_DISAGREE);
        g_autofree char *message =
            g_strdup_printf("the history table has a row that wend did not write: id \"%s\"",
                            last || rows[i][0] == NULL ? "NULL" : rows[i][0]);
        g_assert_cmpstr(error.message, ==, message);
        g_assert_true(strstr(error.hint, "wend.yaml") != NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wend_history/postgres", test_postgres);
    g_test_add_func("/wend_history/mysql", test_mysql);
    g_test_add_func("/wend_history/values", test_values);
    g_test_add_func("/wend_history/sqlite", test_sqlite);
    g_test_add_func("/wend_history/decode", test_decode);
    g_test_add_func("/wend_history/decode_refused", test_decode_refused);
    return g_test_run();
}
