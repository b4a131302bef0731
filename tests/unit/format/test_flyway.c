/* SPDX-License-Identifier: MIT */
#include "format/flyway.h"
#include "sandbox.h"

#include <string.h>

extern const WendFormat wend_format_flyway;

static GPtrArray *scan(const char *path, GPtrArray *problems)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendFolder) folder = wend_folder_open(path, &error);
    GPtrArray *migrations = g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    g_assert_true(
        wend_format_flyway.scan(folder, WEND_DIALECT_SQLITE, migrations, problems, &error));
    for (guint i = 0; i < migrations->len; i++)
        wend_format_flyway.load(migrations->pdata[i], WEND_DIALECT_SQLITE, problems);
    return migrations;
}

/* "ID VERSION NAME SUM|…". */
static char *shown(const GPtrArray *migrations)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *one = migrations->pdata[i];
        g_string_append_printf(text, "%s %s %s %s|", one->id, one->version, one->name,
                               wend_tool_file(one)->checksum);
    }
    return g_string_free(text, FALSE);
}

static void test_names(void)
{
    char *path = sandbox_new();
    g_autoptr(GPtrArray) problems = wend_problems_new();
    sandbox_write(path, "V2__b.sql", "SELECT 2;\n");
    sandbox_write(path, "V10__c.sql", "");
    sandbox_write(path, "V01_2.0__a b_c.SQL", "SELECT 1;\r\nSELECT 2;\r\n");
    sandbox_write(path, "V1.10.sql", "x\n\ny");
    sandbox_write(path, "R__views_of_all.sql", "\xEF\xBB\xBFSELECT 3;");
    sandbox_write(path, "B2__start.sql", "SELECT 4;");
    sandbox_write(path, "U2__b.sql", "SELECT 5;");
    sandbox_write(path, "README.sql", "nothing");
    sandbox_write(path, "other.sql", "nothing");
    sandbox_write(path, "v3__small.sql", "nothing");
    sandbox_folder(path, "deep");
    sandbox_write(path, "deep/V3__d.sql", "SELECT 6;");
    g_autoptr(GPtrArray) migrations = scan(path, problems);
    g_autofree char *all = shown(migrations);
    /* The sums are those that zlib gives. */
    g_assert_cmpstr(all, ==,
                    "1.2 01.2.0 a b_c -1665099012|1.10 1.10  -1880741735|B:2 2 start 2043004697|"
                    "2 2 b 798974111|3 3 d 1274258843|10 10 c 0|"
                    "R:views of all views_of_all views_of_all 914641374|");
    const WendMigration *two = migrations->pdata[3];
    g_assert_cmpstr(two->down->text, ==, "SELECT 5;");
    const WendFlywayFile *three = wend_tool_file(migrations->pdata[4])->more;
    g_assert_cmpstr(three->script, ==, "deep/V3__d.sql");
    const WendFlywayFile *first = wend_tool_file(migrations->pdata[0])->more;
    g_assert_cmpstr(first->description, ==, "a b c");
    g_assert_false(wend_problems_stop(problems));
    sandbox_free(path);
}

static void test_bad_names(void)
{
    char *path = sandbox_new();
    g_autoptr(GPtrArray) problems = wend_problems_new();
    sandbox_write(path, "V1__a.sql", "SELECT 1;");
    sandbox_write(path, "V1.0__b.sql", "SELECT 1;");
    sandbox_write(path, "V__x.sql", "SELECT 1;");
    sandbox_write(path, "V1..2__x.sql", "SELECT 1;");
    sandbox_write(path, "afterInfo__z.sql", "SELECT 1;");
    sandbox_write_n(path, "V9__nul.sql", "a\0b", 3);
    g_autoptr(GPtrArray) migrations = scan(path, problems);
    g_assert_cmpuint(migrations->len, ==, 1);
    g_autofree char *text = sandbox_problems(problems);
    static const char *const parts[] = {
        "E V1__a.sql two migrations have version 1", "W V__x.sql no version that can be read",
        "W V1..2__x.sql no version", "W afterInfo__z.sql wend has no such callback",
        "E V9__nul.sql:1:2 the file holds a NUL byte"};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (strstr(text, parts[i]) == NULL)
            g_error("\"%s\" is not in:\n%s", parts[i], text);
    }
    sandbox_free(path);
}

static void test_keys(void)
{
    static const struct {
        const char *version, *key;
    } cases[] = {{"1", "1"},          {"001", "1"}, {"1_2", "1.2"},        {"1.2.0.0", "1.2"},
                 {"0", "0"},          {"0.0", "0"}, {"V1.2__name", "1.2"}, {"B__3", "B:3"},
                 {"R__a_b", "R:a b"}, {"", NULL},   {"1.", NULL},          {".1", NULL},
                 {"1.x", NULL},       {"-1", NULL}, {"latest", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *key = wend_format_flyway.version_key(cases[i].version);
        g_assert_cmpstr(key, ==, cases[i].key);
    }
    static const char *const order[] = {
        "0", "1", "1.1", "1.2", "1.10", "2", "10", "20240101120000", "R:a", "R:b"};
    for (gsize i = 0; i + 1 < G_N_ELEMENTS(order); i++) {
        g_autofree char *one = wend_format_flyway.position(order[i]);
        g_autofree char *other = wend_format_flyway.position(order[i + 1]);
        g_assert_cmpstr(one, <, other);
    }
    g_assert_null(wend_format_flyway.position("x"));
}

static void test_detect(void)
{
    static const struct {
        const char *first, *second;
        int fit;
    } cases[] = {{"V1__a.sql", "R__b.sql", WEND_FIT_LIKELY},
                 {"V1__a.sql", "0002_b.sql", WEND_FIT_NO},
                 {"V1__a.sql", "seed.sql", WEND_FIT_LIKELY},
                 {"seed.sql", "R__a.sql", WEND_FIT_NO},
                 {"R__a.sql", "R__b.sql", WEND_FIT_NO},
                 {"V1__a.sql", "afterMigrate.sql", WEND_FIT_LIKELY},
                 {"V1__a.sql", "flyway.conf", WEND_FIT_SURE}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *path = sandbox_new();
        sandbox_folder(path, ".git");
        sandbox_write(path, cases[i].first, "");
        sandbox_write(path, cases[i].second, "flyway.x=1\n");
        g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
        g_assert_cmpint(wend_format_flyway.detect(folder), ==, cases[i].fit);
        sandbox_free(path);
    }
}

static void test_settings(void)
{
    char *path = sandbox_new();
    g_autoptr(GPtrArray) problems = wend_problems_new();
    sandbox_folder(path, "sql");
    sandbox_write(path, "flyway.toml",
                  "# note\n[flyway]\nsqlMigrationPrefix = \"W\"\nlocations = [\"a\"]\n"
                  "[flyway.placeholders]\nOne = \"a\\\"b\" # c\n\"two\" = 'x'\nthree = 3\n");
    g_autofree char *sql = g_build_filename(path, "sql", NULL);
    g_autoptr(GHashTable) settings = wend_flyway_settings(sql, problems);
    g_autoptr(GHashTable) values = wend_flyway_values(settings);
    g_autofree char *replaced = wend_flyway_replace("${ONE}-${two}${three} $x ${", values);
    g_assert_cmpstr(replaced, ==, "a\"b-x3 $x ${");
    g_assert_null(wend_flyway_replace("${four}", values));
    g_autofree char *text = sandbox_problems(problems);
    g_assert_nonnull(strstr(text, "sqlmigrationprefix = W: wend reads the folder with V"));
    sandbox_free(path);
}

static WendApplied *decode(const char *rank, const char *version, const char *name,
                           const char *type, const char *sum, const char *success)
{
    const char *values[] = {rank,   version, name, type, sum, "ann", "2026-01-31T12:00:00.000Z",
                            success};
    WendRow row = {G_N_ELEMENTS(values), values};
    return wend_history_flyway.decode(&row, NULL);
}

static void test_rows(void)
{
    g_autoptr(GPtrArray) applied =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_assert_null(decode("0", NULL, "<< Flyway Schema Creation >>", "SCHEMA", NULL, "1"));
    g_ptr_array_add(applied, decode("1", "1.0", "a b", "SQL", "5", "1"));
    g_ptr_array_add(applied, decode("2", "2", "c", "SQL", "6", "1"));
    g_ptr_array_add(applied, decode("3", NULL, "r", "SQL", "7", "1"));
    g_ptr_array_add(applied, decode("4", "2", "c", "UNDO_SQL", "6", "1"));
    g_ptr_array_add(applied, decode("5", NULL, "r", "SQL", "8", "1"));
    g_ptr_array_add(applied, decode("6", "1", "a b", "DELETE", "5", "1"));
    g_ptr_array_add(applied, decode("7", "1.0", "a b", "SQL", "5", "1"));
    g_ptr_array_add(applied, decode("8", "3", "d", "SQL", "9", "0"));
    g_assert_true(wend_history_flyway.settle(applied, none, NULL));
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < applied->len; i++) {
        const WendApplied *one = applied->pdata[i];
        g_string_append_printf(text, "%s %s%s|", one->id, one->more,
                               one->failed != NULL ? "!" : "");
    }
    g_assert_cmpstr(text->str, ==, "R:r 5 SQL|1 7 SQL|3 8 SQL!|");
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *bad[] = {"1", "x", "y", "SQL", NULL, NULL, NULL, "1"};
    WendRow row = {G_N_ELEMENTS(bad), bad};
    g_assert_null(wend_history_flyway.decode(&row, &error));
    g_assert_cmpint(error.code, ==, WEND_DISAGREE);
}

/* The number that Flyway itself took, seen in a server's log. */
static void test_lock(void)
{
    WendBook book = {WEND_DIALECT_POSTGRES, WEND_FLYWAY_TABLE};
    const char *schema[] = {"public"};
    WendRow facts = {1, schema};
    g_autoptr(WendQuery) postgres = wend_history_flyway.lock->taken(&book, &facts, "");
    g_assert_cmpstr(postgres->sql, ==, "SELECT pg_try_advisory_lock(77433833903597)");
    book.dialect = WEND_DIALECT_MYSQL;
    book.table = "f_flyway." WEND_FLYWAY_TABLE;
    g_autoptr(WendQuery) mysql = wend_history_flyway.lock->taken(&book, &facts, "");
    g_assert_cmpstr(mysql->sql, ==, "SELECT GET_LOCK('Flyway--1813413628', 0)");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flyway/names", test_names);
    g_test_add_func("/flyway/bad_names", test_bad_names);
    g_test_add_func("/flyway/keys", test_keys);
    g_test_add_func("/flyway/detect", test_detect);
    g_test_add_func("/flyway/settings", test_settings);
    g_test_add_func("/flyway/rows", test_rows);
    g_test_add_func("/flyway/lock", test_lock);
    return g_test_run();
}
