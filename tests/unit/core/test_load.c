/* SPDX-License-Identifier: MIT
 *
 * Which text a step runs: the file's while it says what was applied, else what was recorded with
 * the up; and what is refused because there is no way back.
 */
#include "core/project.h"

#include "breaker.h"
#include "stage.h"

#include <glib/gstdio.h>

#define UP    "INSERT INTO log VALUES ('up');"
#define DOWN  "INSERT INTO log VALUES ('down');"
#define OTHER "INSERT INTO log VALUES ('other');"
#define LOG   "SELECT x FROM log"

static void start(Stage *stage, bool store)
{
    stage->config->store = store;
    stage_sql(stage, "CREATE TABLE log (x)");
    stage_files(stage, "1_a.up.sql", UP, "1_a.down.sql", DOWN, NULL);
    assert_done(stage, stage_up(stage));
}

static void test_file(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    /* A way back may be corrected: the file's counts while its up is what was applied. */
    stage_write(stage, "1_a.down.sql", OTHER);
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, LOG, "up\nother\n");
}

static void test_layout(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_files(stage, "1_a.up.sql", "-- said\n" UP, "1_a.down.sql", OTHER, NULL);
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, LOG, "up\nother\n");
}

static void test_changed(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_files(stage, "1_a.up.sql", UP "SELECT 1;", "1_a.down.sql", OTHER, NULL);
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, LOG, "up\ndown\n");
    assert_rows(stage, HISTORY, "");
    assert_states(stage, "1=reverted");
}

static void test_gone(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, LOG, "up\ndown\n");
}

/* Directives of the stored text hold, and its errors name where it is from. */
static void test_gone_with_directives(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, "CREATE TABLE log (x)");
    stage_files(stage, "1_a.up.sql", UP, "1_a.down.sql",
                "-- wend: transaction none\n" DOWN "\nSELECT nowhere;", NULL);
    assert_done(stage, stage_up(stage));
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_fails(stage, stage_down(stage, 1), WEND_FAILED, "no such column: nowhere");
    g_assert_cmpstr(stage->error.file, ==, "1_a (down script as recorded)");
    g_assert_cmpuint(stage->error.line, ==, 3);
    assert_mentions(stage->error.hint, "this is the way back as it was recorded: ");
    assert_rows(stage, LOG, "up\ndown\n");
}

/* Where nothing was recorded, the file's own is better than none. */
static void test_changed_without_store(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, false);
    stage_files(stage, "1_a.up.sql", UP "SELECT 1;", "1_a.down.sql", OTHER, NULL);
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, LOG, "up\nother\n");
}

static void test_gone_without_store(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, false);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_fails(stage, stage_down(stage, 1), WEND_REFUSED,
                 "there is no way back from 1_a: no down script");
    assert_rows(stage, LOG, "up\n");
}

/* Texts that were taken out of the store since, and a store that is gone. */
static void test_store_emptied(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    stage_sql(stage, "DELETE FROM wend_scripts");
    assert_fails(stage, stage_down(stage, 1), WEND_DISAGREE,
                 "the recorded down script of 1_a is missing from wend_scripts");
    stage_sql(stage, "DROP TABLE wend_scripts");
    assert_fails(stage, stage_down(stage, 1), WEND_DISAGREE, "is missing from wend_scripts");
    stage_sql(stage, "UPDATE wend_journal SET detail = NULL");
    assert_fails(stage, stage_down(stage, 1), WEND_REFUSED, "no way back from 1_a");
    stage_sql(stage, "DROP TABLE wend_journal");
    assert_fails(stage, stage_down(stage, 1), WEND_REFUSED, "no way back from 1_a");
    stage_sql(stage,
              "CREATE TABLE wend_journal (seq, run, track, id, direction, statement, event, "
              "checksum, script, detail, at, duration_ms, who); "
              "INSERT INTO wend_journal (seq, track, id, direction, statement, event, script, "
              "detail) VALUES (1, 'main', '1', 'up', 0, 'applied', 'sha', '{\"down\": 5}')");
    assert_fails(stage, stage_down(stage, 1), WEND_REFUSED, "no way back from 1_a");
}

/* The way back of a changed file is not that of what was applied; that of an unchanged one is. */
static void test_store_emptied_changed(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_sql(stage, "DELETE FROM wend_scripts");
    stage_files(stage, "1_a.up.sql", UP "SELECT 1;", "1_a.down.sql", OTHER, NULL);
    assert_fails(stage, stage_down(stage, 1), WEND_DISAGREE,
                 "the recorded down script of 1_a is missing from wend_scripts");
    assert_rows(stage, LOG, "up\n");
    stage_files(stage, "1_a.up.sql", UP, "1_a.down.sql", OTHER, NULL);
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, LOG, "up\nother\n");
}

/* A plan that is loaded once more stays as it is. */
static void test_again(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_read(stage);
    WendMove move = {.request = {.direction = WEND_DOWN, .count = 1}};
    g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &move, &stage->error);
    const WendScript *script = g_array_index(plan->steps, WendStep, 0).script;
    assert_done(stage, wend_project_load(stage->project, plan, &stage->error));
    g_assert_true(g_array_index(plan->steps, WendStep, 0).script == script);
}

static void test_irreversible(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;\n-- Rollback: SELECT 2;",
                "3_c.sql", "SELECT 3;", NULL);
    assert_done(stage, stage_up(stage));
    assert_fails(stage, stage_down_all(stage), WEND_REFUSED,
                 "there is no way back from 3_c, 1_a: no down script");
    g_assert_cmpstr(stage->error.state, ==, "nothing was changed");
    g_assert_cmpstr(stage->error.hint, ==,
                    "write its down script: a .down.sql file beside it, or a section "
                    "`-- wend:down` in it; or take them back by hand, then `wend mark --pending 3 "
                    "1`");
    assert_rows(stage, HISTORY, "1\n2\n3\n");
}

/* A tool that knows no way back has hundreds of them. */
static void test_irreversible_many(Stage *stage, gconstpointer data)
{
    (void)data;
    for (guint i = 1; i <= 7; i++) {
        g_autofree char *name = g_strdup_printf("%u_m.sql", i);
        stage_write(stage, name, "SELECT 1;");
    }
    assert_done(stage, stage_up(stage));
    assert_fails(stage, stage_down_all(stage), WEND_REFUSED,
                 "there is no way back from 7_m, 6_m, 5_m, 4_m, 3_m and 2 more: no down script");
    g_assert_true(g_str_has_suffix(stage->error.hint, "then `wend mark --pending VERSION…`"));
}

static void test_empty_down(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.up.sql", "SELECT 1;", "1_a.down.sql", "SELECT 2;", "2_b.up.sql",
                "SELECT 1;", "2_b.down.sql", "-- later\n", "3_c.up.sql", "-- nothing\n",
                "3_c.down.sql", "", NULL);
    assert_done(stage, stage_up(stage));
    g_string_truncate(stage->log, 0);
    assert_done(stage, stage_down_all(stage));
    g_assert_nonnull(strstr(stage->log->str, "warning the down script has no statements, and what "
                                             "was made stays: 2_b\n"));
    assert_rows(stage, HISTORY, "");
}

static void test_repeatable(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "R__v.sql", "CREATE VIEW v AS SELECT 1;", "R__w.sql",
                "CREATE VIEW w AS SELECT 1;\n-- wend:down\nDROP VIEW w;", NULL);
    assert_done(stage, stage_up(stage));
    assert_done(stage, stage_down_all(stage));
    g_assert_cmpstr(stage->log->str, ==,
                    "warning R__v has no down script: what it made stays\nplan 2\n"
                    "begin R:w\nbegin R:v\ndone R:w\ndone R:v\n");
    assert_rows(stage, OBJECTS, "v\n");
    assert_rows(stage, HISTORY, "");
}

/* An outdated repeatable goes back by what was recorded with it. */
static void test_outdated(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, "CREATE TABLE log (x)");
    stage_write(stage, "R__v.sql", UP "\n-- wend:down\n" DOWN);
    assert_done(stage, stage_up(stage));
    stage_write(stage, "R__v.sql", UP "SELECT 1;\n-- wend:down\n" OTHER);
    assert_done(stage, stage_down_all(stage));
    assert_rows(stage, LOG, "up\ndown\n");
}

/* The same when the newer text was tried and failed. */
static void test_outdated_and_failed(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, "CREATE TABLE log (x)");
    stage_write(stage, "R__v.sql", UP "\n-- wend:down\n" DOWN);
    assert_done(stage, stage_up(stage));
    stage_write(stage, "R__v.sql", "SELECT y;\n-- wend:down\n" OTHER);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    assert_done(stage, stage_down_all(stage));
    assert_rows(stage, LOG, "up\ndown\n");
}

/* --- depends --- */

static const struct {
    const char *path;
    const char *depends;          /* of migration 3; its third line says so */
    const char *applied, *marked; /* up to here; rows that stand there already */
    bool good;
} dependencies[] = {
    {"before", "1", "0", NULL, true},
    {"applied", "1", "2", NULL, true},
    {"spelling", "v001", "0", NULL, true},
    {"repeatable", "views", "0", NULL, false},
    {"later", "4", "0", NULL, false},
    {"late-again", "v04", "0", NULL, false},
    {"applied-without-file", "0.5", "0", "('0.5', '0.5', '', 'versioned', NULL, '')", true},
    {"baseline", "0.5", "0", "('B:2', '2', '', 'baseline', NULL, '')", true},
    {"baseline-and-more", "0.5", "0",
     "('B:2', '2', '', 'baseline', NULL, ''), ('2.5', '2.5', '', 'versioned', NULL, '')", true},
};

static void test_depends(Stage *stage, gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    g_autofree char *text = g_strdup_printf("SELECT 3;\n-- wend: depends 1\n-- wend: depends %s\n",
                                            dependencies[at].depends);
    stage_files(stage, "0_z.sql", "SELECT 0;", "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;",
                "4_d.sql", "SELECT 4;", "R__views.sql", "SELECT 5;", NULL);
    assert_done(stage, stage_up_to(stage, dependencies[at].applied));
    if (dependencies[at].marked != NULL) {
        g_autofree char *row = g_strconcat("DELETE FROM wend_migrations; DELETE FROM wend_journal; "
                                           "INSERT INTO wend_migrations VALUES ",
                                           dependencies[at].marked, NULL);
        stage_sql(stage, row);
    }
    stage_write(stage, "3_c.sql", text);
    WendRequest request = {.direction = WEND_UP, .count = -1, .to = "3", .out_of_order = true};
    if (dependencies[at].good) {
        assert_done(stage, stage_run(stage, &request));
        return;
    }
    g_autofree char *message =
        g_strdup_printf("3_c depends on %s, which is neither applied nor runs "
                        "before it",
                        dependencies[at].depends);
    assert_fails(stage, stage_run(stage, &request), WEND_USAGE, message);
    g_assert_cmpuint(stage->error.line, ==, 3);
}

static const struct {
    const char *path, *one, *three, *four; /* what these depend on */
    const char *message, *hint;
} rings[] = {
    {"itself", NULL, "3", NULL, "a ring, of which none can run first: 3_c depends on 3_c",
     "take one of these lines out:\n%s/3_c.sql:1"},
    {"two", NULL, "4", "003",
     "a ring, of which none can run first: 3_c depends on 4_d depends on 3_c",
     "take one of these lines out:\n%s/3_c.sql:1\n%s/4_d.sql:2"},
    {"three", "3", "4", "1",
     "a ring, of which none can run first: 1_a depends on 3_c depends on 4_d depends on 1_a",
     "take one of these lines out:\n%s/1_a.sql:1\n%s/3_c.sql:1\n%s/4_d.sql:2"},
    {"into-one", "3", "4", "3", "1_a depends on 3, which is neither applied nor runs before it",
     "correct the version, or give this migration a later one"},
    {"unknown", NULL, "17", NULL, "3_c depends on 17, and there is no migration of that version",
     "correct the version, or bring its file back"},
};

static void write_depends(Stage *stage, const char *name, const char *before, const char *on)
{
    g_autofree char *line =
        on != NULL ? g_strdup_printf("-- wend: depends %s\n", on) : g_strdup("");
    g_autofree char *text = g_strconcat(before, line, "SELECT 1;\n", NULL);
    stage_write(stage, name, text);
}

static void test_rings(Stage *stage, gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    const char *folder = stage->migrations;
    g_autofree char *hint = g_strdup(rings[at].hint);
    write_depends(stage, "1_a.sql", "", rings[at].one);
    write_depends(stage, "3_c.sql", "", rings[at].three);
    write_depends(stage, "4_d.sql", "\n", rings[at].four);
    assert_fails(stage, stage_up(stage), WEND_USAGE, rings[at].message);
    g_auto(GStrv) parts = g_strsplit(hint, "%s", -1);
    g_autofree char *whole = g_strjoinv(folder, parts);
    g_assert_cmpstr(stage->error.hint, ==, whole);
    assert_rows(stage, OBJECTS, "");
}

/* A baseline file that is about to be used counts as well. */
static void test_depends_on_baseline_file(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "SELECT 1;", "B__2_s.sql", "SELECT 2;", "3_c.sql",
                "-- wend: depends 1\nSELECT 3;", NULL);
    assert_done(stage, stage_up(stage));
    assert_rows(stage, HISTORY, "3\nB:2\n");
}

/* What load() finds wrong stops before anything runs. */
static void test_problems(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);", "2_b.sql",
                "SELECT 1;\n-- wend: frobnicate\n", NULL);
    assert_fails(stage, stage_up(stage), WEND_USAGE, "unknown directive \"frobnicate\"");
    g_assert_cmpuint(stage->error.line, ==, 2);
    assert_rows(stage, OBJECTS, "");
    /* Of a step that is not wanted, nothing is asked. */
    assert_done(stage, stage_up_to(stage, "1"));
    assert_rows(stage, OBJECTS, "a\n");
}

static void test_failures(Stage *stage, gconstpointer data)
{
    (void)data;
    start(stage, true);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    stage->driver = breaker_driver();
    WendMove move = {.request = {.direction = WEND_DOWN, .count = 1}};
    for (guint nth = 1;; nth++) {
        breaker_arm(NULL, 0, WEND_OK, false);
        stage_open(stage);
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &move, &stage->error);
        g_assert_cmpint(plan != NULL, ==, !breaker_broke());
        if (plan != NULL)
            break;
        g_assert_true(stage_failed(stage, WEND_CONNECT, BREAKER_MESSAGE));
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"/load/file", test_file},
        {"/load/layout", test_layout},
        {"/load/changed", test_changed},
        {"/load/gone", test_gone},
        {"/load/gone-with-directives", test_gone_with_directives},
        {"/load/changed-without-store", test_changed_without_store},
        {"/load/gone-without-store", test_gone_without_store},
        {"/load/store-emptied", test_store_emptied},
        {"/load/store-emptied-changed", test_store_emptied_changed},
        {"/load/again", test_again},
        {"/load/irreversible", test_irreversible},
        {"/load/irreversible_many", test_irreversible_many},
        {"/load/empty_down", test_empty_down},
        {"/load/repeatable", test_repeatable},
        {"/load/outdated", test_outdated},
        {"/load/outdated-and-failed", test_outdated_and_failed},
        {"/load/depends-on-baseline-file", test_depends_on_baseline_file},
        {"/load/problems", test_problems},
        {"/load/failures", test_failures},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    for (gsize i = 0; i < G_N_ELEMENTS(rings); i++) {
        g_autofree char *path = g_strconcat("/load/rings/", rings[i].path, NULL);
        g_test_add(path, Stage, GSIZE_TO_POINTER(i), stage_memory, test_rings, stage_clear);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(dependencies); i++) {
        g_autofree char *path = g_strconcat("/load/depends/", dependencies[i].path, NULL);
        g_test_add(path, Stage, GSIZE_TO_POINTER(i), stage_memory, test_depends, stage_clear);
    }
    return g_test_run();
}
