/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/migration.c.
 */
#include "format/migration.h"
#include "sandbox.h"

#include <string.h>

static void test_kinds(void)
{
    static const char *const names[] = {"versioned", "repeatable", "baseline"};
    for (int i = 0; i < 3; i++) {
        WendKind kind = (WendKind)((i + 1) % 3);
        g_assert_cmpstr(wend_kind_name((WendKind)i), ==, names[i]);
        g_assert_true(wend_kind_parse(names[i], &kind));
        g_assert_cmpint(kind, ==, i);
    }
    WendKind kind = WEND_KIND_BASELINE;
    g_assert_false(wend_kind_parse("Versioned", &kind));
    g_assert_cmpint(kind, ==, WEND_KIND_BASELINE);
}

static void test_script(void)
{
    g_autoptr(WendScript) script = wend_script_new("m/1.sql", 3, g_strdup("abc"), 3);
    g_assert_cmpstr(script->file, ==, "m/1.sql");
    g_assert_cmpuint(script->line, ==, 3);
    g_assert_cmpstr(script->checksum, ==,
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    g_assert_cmpuint(script->directives->len, ==, 0);
    g_assert_null(wend_script_directive(script, WEND_DIRECTIVE_PHASE));
    for (int i = 0; i < 3; i++) {
        WendDirective *directive = g_new0(WendDirective, 1);
        directive->kind = i == 0 ? WEND_DIRECTIVE_BATCH : WEND_DIRECTIVE_ASSERT;
        directive->line = (guint)i;
        directive->value = g_strdup("v");
        directive->key = g_strdup("k");
        directive->sql = g_strdup("s");
        directive->expected = g_strdup("e");
        g_ptr_array_add(script->directives, directive);
    }
    g_assert_cmpuint(wend_script_directive(script, WEND_DIRECTIVE_BATCH)->line, ==, 0);
    g_assert_cmpuint(wend_script_directive(script, WEND_DIRECTIVE_ASSERT)->line, ==, 1);
    g_assert_null(wend_script_directive(script, WEND_DIRECTIVE_PHASE));
    wend_script_free(NULL);
    wend_directive_free(NULL);
}

static guint freed;

static void count_free(gpointer data)
{
    g_free(data);
    freed++;
}

static void test_migration(void)
{
    WendMigration *migration = wend_migration_new(WEND_KIND_BASELINE);
    g_assert_cmpint(migration->kind, ==, WEND_KIND_BASELINE);
    g_assert_null(migration->id);
    migration->id = g_strdup("B:1");
    migration->position = g_strdup("0011");
    migration->version = g_strdup("1");
    migration->name = g_strdup("x");
    migration->up = wend_script_new("f", 1, g_strdup(""), 0);
    migration->down = wend_script_new("f", 1, g_strdup(""), 0);
    migration->format = g_strdup("own");
    migration->format_free = count_free;
    wend_migration_free(migration);
    wend_migration_free(NULL);
    g_assert_cmpuint(freed, ==, 1);
    migration = wend_migration_new(WEND_KIND_VERSIONED);
    migration->format_free = count_free;
    wend_migration_free(migration);
    g_assert_cmpuint(freed, ==, 1);
}

static void assert_label(WendKind kind, const char *version, const char *name, const char *expected)
{
    g_autoptr(WendMigration) migration = wend_migration_new(kind);
    migration->version = g_strdup(version);
    migration->name = g_strdup(name);
    g_autofree char *label = wend_migration_label(migration);
    g_assert_cmpstr(label, ==, expected);
}

static void test_label(void)
{
    assert_label(WEND_KIND_VERSIONED, "001", "create_users", "001_create_users");
    assert_label(WEND_KIND_VERSIONED, "001", "", "001");
    assert_label(WEND_KIND_VERSIONED, "001", NULL, "001");
    assert_label(WEND_KIND_BASELINE, "2024", "start", "B__2024_start");
    assert_label(WEND_KIND_REPEATABLE, "views", "views", "R__views");
}

static void test_problems(void)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_assert_false(wend_problems_stop(problems));
    WendProblem *first = wend_problem_add(problems, true, "m/a.sql", 0, 0, "%s %d", "odd", 1);
    g_assert_null(first->hint);
    first->hint = g_strdup("look");
    g_assert_false(wend_problems_stop(problems));
    g_auto(WendError) error = WEND_ERROR_INIT;
    wend_error_set(&error, WEND_USAGE, "100%% bad");
    wend_error_hint(&error, "mend it");
    wend_error_place(&error, "m/b.sql", 2, 3);
    wend_problem_take(problems, &error);
    g_assert_cmpint(error.code, ==, WEND_OK);
    g_assert_null(error.message);
    g_assert_null(error.hint);
    g_assert_true(wend_problems_stop(problems));
    assert_problems(problems, "W a.sql odd 1; look\nE b.sql:2:3 100% bad; mend it\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/migration/kinds", test_kinds);
    g_test_add_func("/migration/script", test_script);
    g_test_add_func("/migration/free", test_migration);
    g_test_add_func("/migration/label", test_label);
    g_test_add_func("/migration/problems", test_problems);
    return g_test_run();
}
