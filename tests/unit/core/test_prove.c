/* SPDX-License-Identifier: MIT
 *
 * Proving a folder: what its files get wrong, and what only shows when they run up, down and up
 * again on a scratch database. The target itself is never touched.
 */
#include "core/prove.h"

#include "../format/sandbox.h"
#include "breaker.h"
#include "stage.h"

static WendProved proved;

/* Scans and proves, without a connection. */
static bool prove(Stage *stage, bool strict)
{
    wend_error_clear(&stage->error);
    g_clear_pointer(&stage->project, wend_project_free);
    stage->project = wend_project_new(stage->config, &stage->error);
    if (stage->driver != NULL)
        stage->project->driver = stage->driver;
    assert_done(stage, wend_project_scan(stage->project, &stage->error));
    return wend_prove(stage->project, strict, &proved, &stage->error);
}

static void test_good(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql",
                "CREATE TABLE a (x);\nCREATE INDEX i ON a (x);\n"
                "-- Rollback: DROP TABLE a;",
                "2_b.sql", "CREATE TABLE b (x);\n-- wend:down\nDROP TABLE b;\nSELECT 1;", NULL);
    assert_done(stage, prove(stage, true));
    g_assert_cmpuint(stage->project->problems->len, ==, 0);
    g_assert_cmpuint(proved.migrations, ==, 2);
    g_assert_cmpuint(proved.reversible, ==, 2);
    g_assert_cmpuint(proved.statements, ==, 6);
    g_assert_true(proved.ran);
    g_assert_null(stage->project->connection);
}

static void test_empty(Stage *stage, gconstpointer data)
{
    (void)data;
    assert_done(stage, prove(stage, true));
    g_assert_cmpuint(stage->project->problems->len, ==, 0);
    g_assert_true(proved.ran);
}

/* What is wrong, as it is shown; and whether the scratch database was tried. */
static const struct {
    const char *path, *name, *text;
    const char *problems;
    bool ran;
} findings[] = {
    {"missing-down", "1_a.sql", "CREATE TABLE a (x);",
     "W 1_a.sql there is no down script; add a .down.sql file or a section `-- wend:down`\n", true},
    {"leaves", "1_a.sql",
     "CREATE TABLE a (x); CREATE VIEW v AS SELECT 1;\n-- wend:down\nDROP TABLE a;",
     "E migrations the downs leave something behind: view v; drop it in the down of the migration "
     "that makes it\n",
     true},
    {"leaves-two", "1_a.sql", "CREATE TABLE a (x); CREATE TABLE b (x);\n-- wend:down\nSELECT 1;",
     "E migrations the downs leave something behind: table b, table a; drop it in the down of the "
     "migration that makes it\n",
     true},
    {"up-fails", "1_a.sql", "SELECT 1;\n  SELECT y;\n-- wend:down\nSELECT 1;",
     "E 1_a.sql:2:10 no such column: y; correct ", true},
    {"down-fails", "1_a.sql", "SELECT 1;\n-- wend:down\nSELECT\ny;",
     "E 1_a.sql:4:1 no such column: y; correct ", true},
    {"cut", "1_a.sql", "SELECT 1;\nCOMMIT;\n-- wend:down\nSELECT 2;\nROLLBACK;",
     "E 1_a.sql:2:1 COMMIT without a BEGIN before it; remove it: wend runs the file in a "
     "transaction by itself\nE 1_a.sql:5:1 ROLLBACK would undo what the migration has done; "
     "remove it; wend rolls a failed migration back by itself\n",
     false},
    {"directive", "1_a.sql", "-- wend: frobnicate\nSELECT 1;\n-- Rollback: SELECT 1;",
     "E 1_a.sql:1:10 unknown directive \"frobnicate\"; ", false},
    {"placeholder", "1_a.sql", "-- wend: substitute\nSELECT '${a}';\n-- Rollback: SELECT 1;",
     "E 1_a.sql:2 no value for the placeholder a; ", false},
    {"ring", "1_a.sql", "SELECT 1;\n-- wend: depends 1\n-- Rollback: SELECT 1;",
     "E 1_a.sql:2 a ring, of which none can run first: 1_a depends on 1_a; take one", false},
};

static void test_finding(Stage *stage, gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    stage_write(stage, findings[at].name, findings[at].text);
    assert_done(stage, prove(stage, false));
    g_autofree char *problems = sandbox_problems(stage->project->problems);
    if (!g_str_has_prefix(problems, findings[at].problems))
        g_assert_cmpstr(problems, ==, findings[at].problems);
    g_assert_cmpint(proved.ran, ==, findings[at].ran);
    g_assert_false(g_file_test(stage->file, G_FILE_TEST_EXISTS));
}

/* A down that leaves data in a table that is still needed only shows at the second up. */
static void test_second_up(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const texts[] = {
        "CREATE TABLE a (x UNIQUE);\n-- wend:down\nDROP TABLE a;",
        "INSERT INTO a SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence';\n"
        "CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT);\n"
        "SELECT iif((SELECT x FROM a) = 0, 1, abs(-9223372036854775807 - 1));\n"
        "-- wend:down\nDELETE FROM a;\nDROP TABLE s;",
    };
    stage_files(stage, "1_a.sql", texts[0], "2_b.sql", texts[1], NULL);
    assert_done(stage, prove(stage, false));
    g_autofree char *problems = sandbox_problems(stage->project->problems);
    g_assert_true(g_str_has_prefix(problems, "E 2_b.sql:3:1 integer overflow"));
}

static void test_strict(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x);");
    assert_done(stage, prove(stage, false));
    g_assert_false(wend_problems_stop(stage->project->problems));
    assert_done(stage, prove(stage, true));
    g_assert_true(wend_problems_stop(stage->project->problems));
}

/* With one that cannot go back, the others do; what is left then is no finding, a broken way back is. */
static void test_partly_reversible(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);\n-- Rollback: DROP TABLE nowhere;",
                "R__v.sql", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1;", NULL);
    assert_done(stage, prove(stage, false));
    g_autofree char *problems = sandbox_problems(stage->project->problems);
    g_assert_nonnull(strstr(problems, "no such table: nowhere"));
    g_assert_cmpuint(proved.reversible, ==, 1);
}

/* wend's own tables are no remains, whatever they are called. */
static void test_own_tables(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->config->table = g_strdup("mine");
    g_free(stage->config->journal);
    stage->config->journal = g_strdup("my_journal");
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x);\n-- Rollback: DROP TABLE a;");
    assert_done(stage, prove(stage, true));
    g_assert_cmpuint(stage->project->problems->len, ==, 0);
}

static void test_no_scratch(Stage *stage, gconstpointer data)
{
    (void)data;
    static WendDriver without;
    without = *breaker_driver();
    without.scratch = NULL;
    stage->driver = &without;
    stage_write(stage, "1_a.sql", "SELECT y;\n-- Rollback: SELECT 1;");
    assert_done(stage, prove(stage, false));
    g_assert_false(proved.ran);
    g_assert_cmpuint(stage->project->problems->len, ==, 0);
}

/* Knows no FRM. */
static bool parse(const char *text, gsize length, gssize *offset, WendError *error)
{
    const char *at = g_strstr_len(text, (gssize)length, "FRM");
    if (at == NULL)
        return true;
    *offset = at - text;
    return wend_error_set(error, WEND_FINDINGS, "syntax error at or near \"FRM\"");
}

/* A driver whose parser works alone is asked; a statement can be kept from it. */
static void test_parser(Stage *stage, gconstpointer data)
{
    (void)data;
    static WendDriver parsing;
    parsing = *breaker_driver();
    parsing.scratch = NULL;
    parsing.parse = parse;
    stage->driver = &parsing;
    stage_write(stage, "1_a.sql",
                "SELECT 1;\n-- wend: ignore syntax newer\nSELECT y FRM a;\nSELECT\n  y FRM b;\n"
                "-- wend:down\nSELECT 1 FRM c;");
    assert_done(stage, prove(stage, false));
    g_autofree char *problems = sandbox_problems(stage->project->problems);
    const char *hint =
        "syntax error at or near \"FRM\"; correct it; if a newer server understands it, "
        "write `-- wend: ignore syntax REASON` before it\n";
    g_autofree char *expected = g_strdup_printf("E 1_a.sql:5:5 %sE 1_a.sql:7:10 %s", hint, hint);
    g_assert_cmpstr(problems, ==, expected);
}

/* That it could not be tried is an error of its own. */
static void test_broken_scratch(Stage *stage, gconstpointer data)
{
    (void)data;
    static WendDriver broken;
    broken = *breaker_driver();
    broken.scratch = "sqlite:/nowhere/at/all/x.db";
    stage->driver = &broken;
    stage_write(stage, "1_a.sql", "SELECT 1;\n-- Rollback: SELECT 1;");
    assert_fails(stage, prove(stage, false), WEND_CONNECT, "/nowhere/at/all");
    g_assert_false(proved.ran);
    broken.scratch = "nothing:";
    assert_fails(stage, prove(stage, false), WEND_USAGE, "no driver");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"good", test_good},
        {"empty", test_empty},
        {"second-up", test_second_up},
        {"strict", test_strict},
        {"partly-reversible", test_partly_reversible},
        {"own-tables", test_own_tables},
        {"no-scratch", test_no_scratch},
        {"parser", test_parser},
        {"broken-scratch", test_broken_scratch},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/prove/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_file, tests[i].run, stage_clear);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(findings); i++) {
        g_autofree char *path = g_strconcat("/prove/finding/", findings[i].path, NULL);
        g_test_add(path, Stage, GSIZE_TO_POINTER(i), stage_file, test_finding, stage_clear);
    }
    return g_test_run();
}
