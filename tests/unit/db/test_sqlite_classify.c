/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/classify.c: every PRAGMA that wend knows, tried against the library as
 * well, and the statements that need more than running where they stand.
 */
#include "db/sqlite/sqlite.h"

#include <string.h>

#define ORDINARY   WEND_CLASS_ORDINARY
#define LIFTED     WEND_CLASS_LIFTED
#define REPEATABLE WEND_CLASS_REPEATABLE
#define OPAQUE     WEND_CLASS_OPAQUE

typedef struct Row {
    const char *sql;
    WendClass class;
    bool session;
    bool temporary;
} Row;

static void assert_row(const Row *row)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendClassified classified;
    g_test_message("%s", row->sql);
    bool ok = wend_sqlite_classify(row->sql, strlen(row->sql), &classified, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_true(ok);
    g_assert_cmpint(classified.class, ==, row->class);
    g_assert_true(classified.session == row->session);
    g_assert_true(classified.temporary == row->temporary);
}

static const struct {
    const char *name, *value;
    WendClass class;
    bool session;
} pragmas[] = {
    {"foreign_keys", "OFF", LIFTED, true},
    {"auto_vacuum", "2", REPEATABLE, false},
    {"encoding", "'UTF-8'", REPEATABLE, false},
    {"incremental_vacuum", "5", REPEATABLE, false},
    {"journal_mode", "WAL", REPEATABLE, false},
    {"page_size", "8192", REPEATABLE, false},
    {"synchronous", "OFF", REPEATABLE, true},
    {"temp_store", "2", REPEATABLE, false},
    {"wal_checkpoint", "TRUNCATE", REPEATABLE, false},
    {"analysis_limit", "5", ORDINARY, true},
    {"automatic_index", "0", ORDINARY, true},
    {"busy_timeout", "5", ORDINARY, true},
    {"cache_size", "-5", ORDINARY, true},
    {"cache_spill", "0", ORDINARY, true},
    {"case_sensitive_like", "1", ORDINARY, true},
    {"cell_size_check", "1", ORDINARY, true},
    {"checkpoint_fullfsync", "1", ORDINARY, true},
    {"defer_foreign_keys", "1", ORDINARY, true},
    {"fullfsync", "1", ORDINARY, true},
    {"ignore_check_constraints", "1", ORDINARY, true},
    {"journal_size_limit", "5", ORDINARY, true},
    {"legacy_alter_table", "1", ORDINARY, true},
    {"locking_mode", "EXCLUSIVE", ORDINARY, true},
    {"max_page_count", "5000", ORDINARY, true},
    {"mmap_size", "5", ORDINARY, true},
    {"query_only", "1", ORDINARY, true},
    {"read_uncommitted", "1", ORDINARY, true},
    {"recursive_triggers", "1", ORDINARY, true},
    {"reverse_unordered_selects", "1", ORDINARY, true},
    {"secure_delete", "0", ORDINARY, true},
    {"threads", "2", ORDINARY, true},
    {"trusted_schema", "0", ORDINARY, true},
    {"wal_autocheckpoint", "5", ORDINARY, true},
    {"writable_schema", "1", ORDINARY, true},
    /* Kept in the file, with the transaction. */
    {"application_id", "5", ORDINARY, false},
    {"user_version", "5", ORDINARY, false},
    {"schema_version", "5", ORDINARY, false},
    /* Questions. */
    {"table_info", "items", ORDINARY, false},
    {"integrity_check", "5", ORDINARY, false},
    {"foreign_key_check", "items", ORDINARY, false},
    {"optimize", "0x10002", ORDINARY, false},
    {"nobody_knows_this", "5", ORDINARY, false},
};

/* Each with its value in both forms, loud, commented, quoted, and with a schema. */
static void test_pragmas(void)
{
    static const char *const forms[] = {
        "PRAGMA %s = %s",        "PRAGMA %s(%s)",
        "pragma %s=%s",          "PRAGMA main.%s = %s",
        "PRAGMA \"%s\" = %s",    "PRAGMA `%s` = %s",
        "PRAGMA [%s] = %s",      "PRAGMA '%s' = %s",
        "PRAGMA main . %s (%s)", "-- a\nPRAGMA /* b */ %s -- c\n = %s",
        "PRAGMA\n%s\n(\n%s\n)",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(pragmas); i++) {
        for (gsize j = 0; j <= G_N_ELEMENTS(forms); j++) {
            bool loud = j == G_N_ELEMENTS(forms);
            g_autofree char *name =
                loud ? g_ascii_strup(pragmas[i].name, -1) : g_strdup(pragmas[i].name);
            g_auto(GStrv) parts = g_strsplit(loud ? forms[0] : forms[j], "%s", 3);
            g_autofree char *sql =
                g_strconcat(parts[0], name, parts[1], pragmas[i].value, parts[2], NULL);
            Row row = {sql, pragmas[i].class, pragmas[i].session, false};
            assert_row(&row);
        }
    }
}

/* Without a value most of them only ask. */
static void test_questions(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(pragmas); i++) {
        g_autofree char *sql = g_strdup_printf("PRAGMA %s", pragmas[i].name);
        bool acts = strcmp(pragmas[i].name, "wal_checkpoint") == 0 ||
                    strcmp(pragmas[i].name, "incremental_vacuum") == 0;
        Row row = {sql, acts ? REPEATABLE : ORDINARY, false, false};
        assert_row(&row);
    }
    static const Row odd[] = {{"PRAGMA", ORDINARY, false, false},
                              {"PRAGMA main.", ORDINARY, false, false},
                              {"PRAGMA =", ORDINARY, false, false},
                              {"PRAGMA '", ORDINARY, false, false}};
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
        assert_row(&odd[i]);
}

/* "PRAGMA name" of the library, as text. Caller frees; NULL = no row. */
static char *ask(sqlite3 *db, const char *name)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA %s", name);
    sqlite3_stmt *statement = NULL;
    g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), ==, SQLITE_OK);
    char *value = NULL;
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return value;
}

/* The library agrees: a setting that counts as ordinary takes effect inside a transaction. */
static void test_in_transaction(void)
{
    static const char *const silent[] = {"case_sensitive_like", /* only to be set */
                                         "locking_mode",        "mmap_size",       "threads",
                                         "trusted_schema",      "writable_schema", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(pragmas); i++) {
        if (pragmas[i].class != ORDINARY || !pragmas[i].session ||
            g_strv_contains(silent, pragmas[i].name))
            continue;
        sqlite3 *db = NULL;
        g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
        sqlite3_exec(db, "CREATE TABLE t (a); BEGIN IMMEDIATE", NULL, NULL, NULL);
        g_autofree char *before = ask(db, pragmas[i].name);
        g_autofree char *sql = g_strdup_printf("PRAGMA %s = %s", pragmas[i].name, pragmas[i].value);
        g_test_message("%s", sql);
        g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
        g_autofree char *after = ask(db, pragmas[i].name);
        g_assert_cmpstr(before, !=, after);
        sqlite3_close(db);
    }
}

static void test_statements(void)
{
    static const Row rows[] = {
        {"VACUUM", REPEATABLE, false, false},
        {"vacuum main", REPEATABLE, false, false},
        {"VACUUM INTO 'copy.db'", OPAQUE, false, false},
        {"VACUUM main INTO 'copy.db'", OPAQUE, false, false},
        {"VACUUM /* INTO */ main", REPEATABLE, false, false},
        {"REINDEX", ORDINARY, false, false},
        {"ANALYZE", ORDINARY, false, false},
        {"EXPLAIN VACUUM", ORDINARY, false, false},
        {"INSERT INTO t VALUES ('VACUUM')", ORDINARY, false, false},
        {"BEGIN", WEND_CLASS_BEGIN, false, false},
        {"begin transaction", WEND_CLASS_BEGIN, false, false},
        {"BEGIN DEFERRED", WEND_CLASS_BEGIN, false, false},
        {"BEGIN IMMEDIATE TRANSACTION", WEND_CLASS_BEGIN, false, false},
        {"BEGIN EXCLUSIVE", WEND_CLASS_BEGIN, false, false},
        {"COMMIT", WEND_CLASS_COMMIT, false, false},
        {"COMMIT TRANSACTION", WEND_CLASS_COMMIT, false, false},
        {"END", WEND_CLASS_COMMIT, false, false},
        {"end transaction", WEND_CLASS_COMMIT, false, false},
        {"SAVEPOINT mine", ORDINARY, false, false},
        {"RELEASE mine", ORDINARY, false, false},
        {"RELEASE SAVEPOINT mine", ORDINARY, false, false},
        {"ROLLBACK TO mine", ORDINARY, false, false},
        {"ROLLBACK TO SAVEPOINT mine", ORDINARY, false, false},
        {"ROLLBACK TRANSACTION TO mine", ORDINARY, false, false},
        {"ROLLBACK TRANSACTION TO SAVEPOINT mine", ORDINARY, false, false},
        {"SAVEPOINT my_wend_one", ORDINARY, false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_row(&rows[i]);
}

static void test_temporary(void)
{
    static const Row rows[] = {
        {"CREATE TEMP TABLE t (a)", ORDINARY, false, true},
        {"create temporary table t (a)", ORDINARY, false, true},
        {"CREATE TEMP VIEW v AS SELECT 1", ORDINARY, false, true},
        {"CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END", ORDINARY, false, true},
        {"CREATE TEMP TABLE IF NOT EXISTS t (a)", ORDINARY, false, true},
        {"CREATE TABLE temp.t (a)", ORDINARY, false, true},
        {"CREATE TABLE IF NOT EXISTS temp.t (a)", ORDINARY, false, true},
        {"CREATE TABLE \"temp\".t (a)", ORDINARY, false, true},
        {"CREATE TABLE [TEMP] . t (a)", ORDINARY, false, true},
        {"CREATE VIEW temp.v AS SELECT 1", ORDINARY, false, true},
        {"CREATE TRIGGER temp.g AFTER INSERT ON t BEGIN SELECT 1; END", ORDINARY, false, true},
        {"CREATE INDEX temp.i ON t (a)", ORDINARY, false, true},
        {"CREATE UNIQUE INDEX IF NOT EXISTS temp.i ON t (a)", ORDINARY, false, true},
        {"CREATE VIRTUAL TABLE IF NOT EXISTS temp.f USING fts5 (a)", ORDINARY, false, true},
        {"CREATE TABLE t (a)", ORDINARY, false, false},
        {"CREATE TABLE temp (a)", ORDINARY, false, false},
        {"CREATE TABLE IF NOT EXISTS temp (a)", ORDINARY, false, false},
        {"CREATE TABLE main.temp (a)", ORDINARY, false, false},
        {"CREATE TABLE temperature (temp.a)", ORDINARY, false, false},
        {"CREATE VIEW v AS SELECT temp.a FROM temp", ORDINARY, false, false},
        {"CREATE TABLE t AS SELECT * FROM temp.s", ORDINARY, false, false},
        {"CREATE INDEX i ON temp (a)", ORDINARY, false, false},
        {"DROP TABLE temp.t", ORDINARY, false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_row(&rows[i]);
}

static void test_refused(void)
{
    static const struct {
        const char *sql, *says;
    } rows[] = {
        {"ROLLBACK", "ROLLBACK"},
        {"rollback transaction", "ROLLBACK"},
        {"ATTACH 'a.db' AS a", "ATTACH"},
        {"ATTACH DATABASE 'a.db' AS a", "ATTACH"},
        {"DETACH a", "DETACH"},
        {"detach database a", "DETACH"},
        {"PRAGMA journal_mode = OFF", "journal"},
        {"PRAGMA main.journal_mode(memory)", "journal"},
        {"pragma \"journal_mode\" = 'Memory'", "journal"},
        {"PRAGMA hard_heap_limit = 1000000", "heap limit"},
        {"PRAGMA soft_heap_limit(1000000)", "heap limit"},
        {".mode csv", "dot command"},
        {".import a.csv items", "dot command"},
        {"-- a\n.read other.sql", "dot command"},
        {"SAVEPOINT wend_step", "wend_"},
        {"SAVEPOINT WEND_mine", "wend_"},
        {"RELEASE wend_step", "wend_"},
        {"RELEASE SAVEPOINT wend_step", "wend_"},
        {"ROLLBACK TO wend_step", "wend_"},
        {"ROLLBACK TO SAVEPOINT wend_step", "wend_"},
        {"ROLLBACK TRANSACTION TO SAVEPOINT wend_step", "wend_"},
        {"RELEASE \"wend_step\"", "wend_"},
        {"RELEASE [wend_step]", "wend_"},
        {"RELEASE `wend_step`", "wend_"},
        {"ROLLBACK TO 'wend_step'", "wend_"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendClassified classified;
        g_test_message("%s", rows[i].sql);
        g_assert_false(wend_sqlite_classify(rows[i].sql, strlen(rows[i].sql), &classified, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_nonnull(strstr(error.message, rows[i].says));
        g_assert_nonnull(error.hint);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/classify/pragmas", test_pragmas);
    g_test_add_func("/db/sqlite/classify/questions", test_questions);
    g_test_add_func("/db/sqlite/classify/in-transaction", test_in_transaction);
    g_test_add_func("/db/sqlite/classify/statements", test_statements);
    g_test_add_func("/db/sqlite/classify/temporary", test_temporary);
    g_test_add_func("/db/sqlite/classify/refused", test_refused);
    return g_test_run();
}
