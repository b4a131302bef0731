/* SPDX-License-Identifier: MIT
 *
 * Moving a target: what is decided before the first statement runs, under which lock, and that what
 * is half done is finished first. How the statements run is test_runner.c's.
 */
#include "core/clean.h"
#include "core/runner.h"

#include "breaker.h"
#include "stage.h"

#include <glib/gstdio.h>

static void two_tables(Stage *stage)
{
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);\n-- Rollback: DROP TABLE a;", "2_b.sql",
                "CREATE TABLE b (x);\n-- Rollback: DROP TABLE b;", NULL);
}

static void test_there_and_back(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==, "plan 2\nbegin 1\nbegin 2\ndone 1\ndone 2\n");
    g_assert_cmpuint(stage->moved.done, ==, 2);
    g_assert_cmpuint(stage->moved.planned, ==, 2);
    assert_rows(stage, OBJECTS, "a\nb\n");
    assert_states(stage, "1=applied 2=applied");
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, OBJECTS, "a\n");
    assert_states(stage, "1=applied 2=reverted");
    assert_done(stage, stage_redo(stage));
    assert_rows(stage, OBJECTS, "a\nb\n");
    assert_rows(stage, JOURNAL " LIMIT 6",
                "1 up begin 0\n1 up done 1\n1 up applied 0\n2 up begin 0\n2 up done 1\n"
                "2 up applied 0\n");
    assert_rows(stage,
                "SELECT id, direction, event FROM wend_journal WHERE seq > 6 AND event IN "
                "('applied', 'reverted') ORDER BY seq",
                "2 down reverted\n1 down reverted\n1 up applied\n2 up applied\n");
}

/* Nothing to do: no lock is taken, no table made. */
static void test_nothing(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->driver = breaker_driver();
    breaker_arm("lock", 1, WEND_LOCKED, false);
    assert_done(stage, stage_up(stage));
    g_assert_false(breaker_broke());
    g_assert_cmpstr(stage->log->str, ==, "plan 0\n");
    assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
}

static void test_plan_only(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_open(stage);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &move, &stage->error);
    g_assert_cmpuint(plan->steps->len, ==, 2);
    g_assert_nonnull(g_array_index(plan->steps, WendStep, 0).script);
    assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
}

/* --- without a target --- */

static WendPlan *plan_from(Stage *stage, WendDirection direction, const char *to, const char *from)
{
    wend_error_clear(&stage->error);
    g_clear_pointer(&stage->project, wend_project_free);
    stage->project = wend_project_new(stage->config, &stage->error);
    assert_done(stage, wend_project_scan(stage->project, &stage->error));
    WendMove move = {.request = {.direction = direction, .count = -1, .to = to}};
    return wend_move_plan_from(stage->project, &move, from, &stage->error);
}

static void test_plan_from(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        WendDirection direction;
        const char *to, *from, *ids;
        bool books;
    } plans[] = {
        {WEND_UP, NULL, "base", "B:2 3 R:v", false},
        {WEND_UP, NULL, "1", "2 3 R:v", true},
        {WEND_UP, "2", "1", "2", true},
        {WEND_UP, NULL, "3", "R:v", true},
        {WEND_DOWN, "1", "3", "3 2", true},
    };
    two_tables(stage);
    stage_files(stage, "B__2_s.sql", "SELECT 1;", "3_c.sql", "SELECT 1;\n-- Rollback: SELECT 1;",
                "R__v.sql", "SELECT 1;", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(plans); i++) {
        g_autoptr(WendPlan) plan = plan_from(stage, plans[i].direction, plans[i].to, plans[i].from);
        g_assert_cmpstr(stage->error.message, ==, NULL);
        g_auto(GStrv) ids = wend_plan_ids(plan);
        g_autofree char *text = g_strjoinv(" ", ids);
        g_assert_cmpstr(text, ==, plans[i].ids);
        g_assert_cmpint(stage->project->has_history, ==, plans[i].books);
        g_assert_cmpint(stage->project->has_journal, ==, plans[i].books);
    }
}

static void test_plan_from_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    g_assert_null(plan_from(stage, WEND_UP, NULL, "7"));
    g_assert_true(stage_failed(stage, WEND_USAGE, "there is no migration 7"));
    g_assert_null(plan_from(stage, WEND_UP, "7", "1"));
    g_assert_true(stage_failed(stage, WEND_USAGE, "there is no migration 7"));
    stage_write(stage, "3_c.sql", "SELECT 1;");
    g_assert_null(plan_from(stage, WEND_DOWN, "base", "3"));
    g_assert_true(stage_failed(stage, WEND_REFUSED, "no way back from 3_c"));
    stage_write(stage, "oops.sql", "SELECT 1;");
    g_assert_null(plan_from(stage, WEND_UP, NULL, "base"));
    g_assert_true(stage_failed(stage, WEND_USAGE, "the name does not begin"));
}

/* --- what stops it --- */

static void test_changed(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    assert_done(stage, stage_up_to(stage, "1"));
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x, y);\n-- Rollback: DROP TABLE a;");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "changed after it was applied: 1_a");
    g_assert_cmpstr(stage->error.state, ==,
                    "nothing was run; line 1: applied was \"CREATE TABLE a (x);\", the file says "
                    "\"CREATE TABLE a (x, y);\"");
    g_assert_true(g_str_has_suffix(stage->error.file, "/1_a.sql"));
    assert_rows(stage, OBJECTS, "a\n");
    /* The same without a text to compare with. */
    stage_sql(stage, "DELETE FROM wend_scripts");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "changed after it was applied: 1_a");
    g_assert_null(stage->error.state);
}

static void test_out_of_order(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_write(stage, "3_c.sql", "CREATE TABLE c (x);");
    assert_done(stage, stage_run(stage, &(WendRequest){.count = 1, .to = "1"}));
    stage_sql(stage, "UPDATE wend_migrations SET id = '2.5', version = '2.5'");
    stage_write(stage, "2.5_x.sql", "SELECT 1;");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                 "version 2.5 is applied as 2.5_a, but the folder has 2.5_x");
    stage_remove(stage, "2.5_x.sql");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "a later one is applied already: 1_a, 2_b");
    g_assert_null(stage->error.file);
    stage_remove(stage, "1_a.sql");
    assert_done(stage, stage_run(stage, &(WendRequest){.count = -1, .out_of_order = true}));
    assert_mentions(stage->log->str, "warning 1 applied migration has no file here: 2.5_a\n");
    assert_rows(stage, OBJECTS, "a\nb\nc\n");
}

/* Every script is cut before the first one runs. */
static void test_cut_first(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_write(stage, "3_c.sql", "SELECT 1;\nCOMMIT;");
    assert_fails(stage, stage_up(stage), WEND_USAGE, "COMMIT without a BEGIN before it");
    g_assert_cmpuint(stage->error.line, ==, 2);
    assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
    stage_write(stage, "oops.sql", "SELECT 1;");
    assert_fails(stage, stage_up(stage), WEND_USAGE, "the name does not begin");
}

static void test_agreed(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const other[] = {"1", NULL}, *const same[] = {"1", "2", NULL};
    two_tables(stage);
    stage->agreed = other;
    assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                 "the database changed while you were asked");
    assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
    stage->agreed = same;
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\n");
}

/* --- baselines --- */

static void test_baseline_file(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_files(stage, "B__2_all.sql", "CREATE TABLE a (x); CREATE TABLE b (x);", "3_c.sql",
                "CREATE TABLE c (x);", NULL);
    assert_done(stage, stage_up(stage));
    assert_rows(stage, HISTORY, "3\nB:2\n");
    assert_rows(stage, OBJECTS, "a\nb\nc\n");
    assert_states(stage, "1=below baseline B:2=baseline 2=below baseline 3=applied");
}

static void test_baseline_not_empty(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_write(stage, "B__2_all.sql", "CREATE TABLE a (x); CREATE TABLE b (x);");
    stage_sql(stage, "CREATE TABLE mine (x)");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, HISTORY, "1\n2\n");
    /* wend's own tables do not make it full. */
    stage_open(stage);
    assert_done(stage, wend_clean(stage->project, &stage->error));
    stage_sql(stage, "CREATE TABLE wend_journal (seq INTEGER PRIMARY KEY, run, track, id, "
                     "direction, statement, event, checksum, script, detail, at, duration_ms, who);"
                     "CREATE TABLE wend_scripts (sha256 PRIMARY KEY, script)");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, HISTORY, "B:2\n");
}

/* Whether the target is empty is asked only when it matters, and an answer is needed then. */
static void test_baseline_unknown(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->driver = breaker_driver();
    two_tables(stage);
    breaker_arm("is_empty", 1, WEND_CONNECT, false);
    assert_done(stage, stage_up_to(stage, "1"));
    g_assert_false(breaker_broke());
    stage_write(stage, "B__2_all.sql", "SELECT 1;");
    assert_done(stage, stage_up(stage));
    g_assert_false(breaker_broke());
    assert_done(stage, stage_down_all(stage));
    assert_fails(stage, stage_up(stage), WEND_CONNECT, BREAKER_MESSAGE);
    assert_rows(stage, OBJECTS, "");
}

/* --- repeatables --- */

static void test_repeatable(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);", "R__v.sql",
                "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT x FROM a;", NULL);
    assert_done(stage, stage_up(stage));
    stage_write(stage, "R__v.sql", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT x AS y FROM a;");
    assert_states(stage, "1=applied R:v=outdated");
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==, "plan 1\nbegin R:v\ndone R:v\n");
    assert_rows(stage, "SELECT name FROM pragma_table_info('v')", "y\n");
    assert_rows(stage, "SELECT count(*) FROM wend_migrations WHERE id = 'R:v'", "1\n");
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==, "plan 0\n");
}

/* --- the lock --- */

static void test_locked(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_sql(stage, "CREATE TABLE mine (x)");
    g_autoptr(WendProject) holder = wend_project_new(stage->config, &stage->error);
    assert_done(stage, wend_project_connect(holder, WEND_CREATE_FILE, NULL, NULL, &stage->error));
    assert_done(stage, holder->driver->lock(holder->connection, "wend_journal", &stage->error));
    assert_fails(stage, stage_up(stage), WEND_LOCKED, "the database is being migrated by");
    holder->driver->unlock(holder->connection);
    assert_done(stage, stage_up(stage));
    /* Looking needs none. */
    assert_done(stage, holder->driver->lock(holder->connection, "wend_journal", &stage->error));
    assert_done(stage, stage_up(stage));
    holder->driver->unlock(holder->connection);
}

static void test_read_only(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_sql(stage, "CREATE TABLE mine (x)");
    g_autofree char *url = g_strconcat("sqlite:", stage->file, "?mode=ro", NULL);
    g_free(stage->config->database);
    stage->config->database = g_steal_pointer(&url);
    assert_fails(stage, stage_up(stage), WEND_CONNECT, "can only be read");
}

/* A lock that is lost ends the run before the next step. */
static void test_lock_lost(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage->driver = breaker_driver();
    breaker_arm("check", 2, WEND_LOCKED, false);
    assert_fails(stage, stage_up(stage), WEND_LOCKED, BREAKER_MESSAGE);
    g_clear_pointer(&stage->project, wend_project_free);
    assert_rows(stage, OBJECTS, "");
}

/* --- backups --- */

static bool up_with_backup(Stage *stage, const char *name)
{
    g_autofree char *file = g_build_filename(stage->root, name, NULL);
    stage_open(stage);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}, .backup = file};
    return wend_move_run(stage->project, &move, &stage->moved, &stage->error);
}

static void test_backup(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    assert_done(stage, up_with_backup(stage, "one.db"));
    g_autofree char *file = g_build_filename(stage->root, "one.db", NULL);
    g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
    /* Nothing to do, nothing to keep. */
    assert_done(stage, up_with_backup(stage, "two.db"));
    g_autofree char *none = g_build_filename(stage->root, "two.db", NULL);
    g_assert_false(g_file_test(none, G_FILE_TEST_EXISTS));
    stage_write(stage, "3_c.sql", "CREATE TABLE c (x);");
    assert_fails(stage, up_with_backup(stage, "one.db"), WEND_USAGE, "exists already");
    assert_rows(stage, OBJECTS, "a\nb\n");
}

static void take_text(const WendReport *report, void *data)
{
    if (report->kind == WEND_REPORT_BACKUP)
        g_string_assign(data, report->text);
}

static void test_backup_report(Stage *stage, gconstpointer data)
{
    (void)data;
    two_tables(stage);
    stage_open(stage);
    g_autofree char *file = g_build_filename(stage->root, "one.db", NULL);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1},
                     .backup = file,
                     .report = take_text,
                     .data = stage->log};
    assert_done(stage, wend_move_run(stage->project, &move, &stage->moved, &stage->error));
    assert_mentions(stage->log->str, ".restore");
    assert_mentions(stage->log->str, file);
}

/* --- one transaction --- */

static void test_one_transaction(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->one_transaction = true;
    two_tables(stage);
    stage_write(stage, "3_c.sql", "CREATE TABLE c (x);\nSELECT nowhere;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: nowhere");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\nbegin 1\nbegin 2\nbegin 3\n");
    g_assert_cmpuint(stage->moved.done, ==, 0);
    g_assert_cmpstr(
        stage->error.state, ==,
        "3_c and the 2 before it in this run were rolled back: nothing of them is left");
    assert_rows(stage, OBJECTS, "");
    assert_rows(stage, JOURNAL, "3 up begin 0\n3 up failed 2\n");
    stage_write(stage, "3_c.sql", "CREATE TABLE c (x);");
    assert_done(stage, stage_up(stage));
    g_assert_cmpuint(stage->moved.done, ==, 3);
    g_assert_cmpstr(stage->log->str, ==,
                    "plan 3\nbegin 1\nbegin 2\nbegin 3\ndone 1\ndone 2\ndone 3\n");
    assert_rows(stage, OBJECTS, "a\nb\nc\n");
}

static void test_one_transaction_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const texts[] = {
        "VACUUM;",
        "SELECT 1; VACUUM;",
        "BEGIN; SELECT 1; COMMIT; SELECT 2;",
        "PRAGMA foreign_keys = off; SELECT 1;",
        "-- wend: batch size=1\nDELETE FROM a;",
    };
    stage->one_transaction = true;
    two_tables(stage);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        stage_write(stage, "3_c.sql", texts[i]);
        assert_fails(stage, stage_up(stage), WEND_USAGE,
                     "3_c cannot run in one transaction with the others");
        g_assert_true(g_str_has_suffix(stage->error.file, "/3_c.sql"));
        assert_mentions(stage->error.hint, "leave --one-transaction out");
        assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
        bool file;
    } tests[] = {
        {"/move/there-and-back", test_there_and_back, false},
        {"/move/nothing", test_nothing, false},
        {"/move/plan-only", test_plan_only, false},
        {"/move/plan-from", test_plan_from, false},
        {"/move/plan-from-refused", test_plan_from_refused, false},
        {"/move/changed", test_changed, false},
        {"/move/out-of-order", test_out_of_order, false},
        {"/move/cut-first", test_cut_first, false},
        {"/move/agreed", test_agreed, false},
        {"/move/baseline-file", test_baseline_file, false},
        {"/move/baseline-not-empty", test_baseline_not_empty, false},
        {"/move/baseline-unknown", test_baseline_unknown, false},
        {"/move/repeatable", test_repeatable, false},
        {"/move/locked", test_locked, true},
        {"/move/read-only", test_read_only, true},
        {"/move/lock-lost", test_lock_lost, true},
        {"/move/backup", test_backup, true},
        {"/move/backup-report", test_backup_report, true},
        {"/move/one-transaction", test_one_transaction, false},
        {"/move/one-transaction-refused", test_one_transaction_refused, false},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Stage, NULL, tests[i].file ? stage_file : stage_memory,
                   tests[i].run, stage_clear);
    return g_test_run();
}
