/* SPDX-License-Identifier: MIT
 *
 * Reading a project: its folder, its target and where the two differ; that looking changes nothing,
 * and that a table which is not wend's is said so.
 */
#include "core/project.h"

#include "breaker.h"
#include "core/store.h"

#include "stage.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- making one --- */

static void refuse_new(Stage *stage, WendCode code, const char *part)
{
    wend_error_clear(&stage->error);
    g_assert_null(wend_project_new(stage->config, &stage->error));
    g_assert_true(stage_failed(stage, code, part));
}

static void test_new(Stage *stage, gconstpointer data)
{
    (void)data;
    g_autoptr(WendProject) project = wend_project_new(stage->config, &stage->error);
    g_assert_cmpstr(project->table, ==, "wend_migrations");
    g_assert_cmpstr(project->journal.table, ==, "wend_journal");
    assert_mentions(project->who, "pid=");
    assert_mentions(project->who, "wend=");
    g_assert_null(strpbrk(project->run, ":"));
    wend_project_free(NULL);
    stage->config->format = g_strdup("wend");
    stage->config->table = g_strdup("mine");
    g_autoptr(WendProject) named = wend_project_new(stage->config, &stage->error);
    g_assert_cmpstr(named->table, ==, "mine");
    g_assert_cmpstr(named->run, !=, project->run);
    assert_done(stage, wend_project_scan(named, &stage->error));
    g_assert_cmpstr(named->table, ==, "mine");
}

static void test_new_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->config->format = g_strdup("wendd");
    refuse_new(stage, WEND_USAGE, "wendd");
    g_free(stage->config->database);
    stage->config->database = g_strdup("oracle:x");
    refuse_new(stage, WEND_USAGE, "no driver");
    g_clear_pointer(&stage->config->database, g_free);
    refuse_new(stage, WEND_USAGE, NULL);
}

/* A script may not change another track's history, either. */
static void test_other_track(Stage *stage, gconstpointer data)
{
    (void)data;
    g_ptr_array_add(stage->config->histories, g_strdup("system_migrations"));
    stage_sql(stage, "CREATE TABLE system_migrations (id TEXT)");
    stage_files(stage, "1_a.sql", "DELETE FROM system_migrations;", NULL);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "system_migrations");
}

static void test_scan(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "2_b.sql", "SELECT 2;", "1_a.sql", "SELECT 1;", "oops.sql", "SELECT 3;",
                NULL);
    stage_open(stage);
    g_assert_cmpuint(stage->project->migrations->len, ==, 2);
    assert_fails(stage, wend_project_sound(stage->project, &stage->error), WEND_USAGE,
                 "the name does not begin with a version");
    assert_mentions(stage->error.hint, "001_create_users.sql");
    g_assert_true(g_str_has_suffix(stage->error.file, "/oops.sql"));
    /* The table's name may be the format's or the configuration's. */
    g_free(stage->config->migrations);
    stage->config->migrations = g_build_filename(stage->root, "nowhere", NULL);
    g_autoptr(WendProject) project = wend_project_new(stage->config, &stage->error);
    assert_fails(stage, wend_project_scan(project, &stage->error), WEND_USAGE, "nowhere");
}

/* A warning is no reason to stop. */
static void test_sound(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "-- nothing\n");
    g_autofree char *folder = g_build_filename(stage->config->migrations, "2_b.sql", NULL);
    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    stage_open(stage);
    g_assert_cmpuint(stage->project->problems->len, ==, 1);
    assert_done(stage, wend_project_sound(stage->project, &stage->error));
    wend_problem_add(stage->project->problems, false, "f", 3, 4, "no hint");
    assert_fails(stage, wend_project_sound(stage->project, &stage->error), WEND_USAGE, "no hint");
    g_assert_cmpuint(stage->error.line, ==, 3);
    g_assert_cmpuint(stage->error.column, ==, 4);
}

/* --- looking --- */

static bool look(Stage *stage)
{
    g_clear_pointer(&stage->project, wend_project_free);
    stage->project = wend_project_new(stage->config, &stage->error);
    return wend_project_scan(stage->project, &stage->error) &&
           wend_project_connect(stage->project, WEND_CREATE_NOTHING, NULL, NULL, &stage->error) &&
           wend_project_read(stage->project, true, &stage->error);
}

static void test_creates_nothing(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "SELECT 1;");
    assert_done(stage, look(stage));
    g_assert_false(stage->project->has_history);
    g_assert_false(stage->project->has_journal);
    g_autoptr(GArray) entries = wend_project_entries(stage->project, &stage->error);
    g_assert_cmpuint(entries->len, ==, 1);
    g_autoptr(GHashTable) batch = wend_project_batch(stage->project, &stage->error);
    g_assert_cmpuint(g_hash_table_size(batch), ==, 0);
    g_autofree char *text = NULL;
    assert_done(stage, wend_project_stored(stage->project, "sha", &text, &stage->error));
    g_assert_null(text);
    g_assert_false(g_file_test(stage->file, G_FILE_TEST_EXISTS));
}

static void test_adds_no_table(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "SELECT 1;");
    stage_sql(stage, "CREATE TABLE mine (x)");
    assert_done(stage, look(stage));
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &move, &stage->error);
    g_assert_cmpuint(plan->steps->len, ==, 1);
    assert_rows(stage, "SELECT name FROM sqlite_schema", "mine\n");
}

static void test_connect_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    assert_done(stage,
                g_file_set_contents(stage->file, "this is no database file at all", -1, NULL));
    assert_fails(stage, look(stage), WEND_CONNECT, NULL);
    g_assert_null(stage->project->connection);
}

/* --- tables that are somebody else's --- */

static const struct {
    const char *path, *sql;
    WendCode code;
    const char *message, *hint;
} strangers[] = {
    {"history-columns", "CREATE TABLE wend_migrations (version TEXT)", WEND_DISAGREE,
     "the table wend_migrations is not as wend makes it: no such column: id",
     "if it belongs to another program, name another one with table: in wend.yaml"},
    {"journal-columns", "CREATE TABLE wend_journal (seq INTEGER)", WEND_DISAGREE,
     "the table wend_journal is not as wend makes it: no such column: ", NULL},
    {"history-row",
     "CREATE TABLE wend_migrations (id, version, name, kind, checksum, applied_at); "
     "INSERT INTO wend_migrations VALUES ('one', 'one', '', 'versioned', NULL, '')",
     WEND_DISAGREE, "the history table has a row that wend did not write: id \"one\"", NULL},
    {"journal-row",
     "CREATE TABLE wend_journal (seq, run, track, id, direction, statement, event, checksum, "
     "script, detail, at, duration_ms, who); INSERT INTO wend_journal (seq, track, event) "
     "VALUES (5, 'main', 'new')",
     WEND_DISAGREE, "the journal has a row that wend did not write (seq 5)", NULL},
    {"history-view", "CREATE VIEW wend_migrations AS SELECT 1 AS version", WEND_DISAGREE,
     "wend_migrations is a view, and wend needs a table there", NULL},
    {"upper-case", "CREATE TABLE WEND_MIGRATIONS (version TEXT)", WEND_DISAGREE,
     "the table wend_migrations is not as wend makes it", NULL},
};

static void test_stranger(Stage *stage, gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    stage_sql(stage, strangers[at].sql);
    stage_open(stage);
    assert_fails(stage, wend_project_read(stage->project, true, &stage->error), strangers[at].code,
                 strangers[at].message);
    if (strangers[at].hint != NULL) {
        g_assert_cmpstr(stage->error.hint, ==, strangers[at].hint);
        assert_mentions(stage->error.vendor, "SQLite 1 ");
    }
    g_assert_false(wend_project_read(stage->project, true, NULL));
}

/* --- history and journal disagree --- */

/* A history row that somebody took away: the step may have happened, and is not run again. */
static void test_books(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *change;
        bool agree;
    } changes[] = {
        {"UPDATE wend_journal SET event = 'applied'", false},
        {"UPDATE wend_journal SET event = 'marked'", false},
        {"UPDATE wend_journal SET event = 'baselined'", false},
        {"UPDATE wend_journal SET event = 'marked', direction = 'down'", true},
        {"UPDATE wend_journal SET event = 'reverted', direction = 'down'", true},
        {"UPDATE wend_journal SET event = 'failed'", true},
        {"DELETE FROM wend_journal", true},
    };
    stage_write(stage, "1_a.sql", "SELECT 1;");
    assert_done(stage, stage_up(stage));
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        stage_sql(stage, "DELETE FROM wend_migrations");
        stage_sql(stage, changes[i].change);
        if (changes[i].agree) {
            assert_done(stage, stage_up(stage));
            stage_sql(stage, "DELETE FROM wend_journal WHERE statement > 0 OR event = 'begin'");
            continue;
        }
        assert_fails(stage, stage_up(stage), WEND_DISAGREE, "the journal says that 1_a was ");
        assert_mentions(stage->error.message, ", but the history has no row of it");
        assert_mentions(stage->error.hint, "somebody changed wend_migrations; `wend mark 1`");
        assert_rows(stage, HISTORY, "");
    }
}

static void test_label(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;", NULL);
    assert_done(stage, stage_up(stage));
    stage_remove(stage, "2_b.sql");
    stage_read(stage);
    g_autofree char *file = wend_project_label(stage->project, "1");
    g_autofree char *row = wend_project_label(stage->project, "2");
    g_autofree char *none = wend_project_label(stage->project, "3");
    g_assert_cmpstr(file, ==, "1_a");
    g_assert_cmpstr(row, ==, "2_b");
    g_assert_cmpstr(none, ==, "3");
}

/* --- files beside the store --- */

static void test_layout_only(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);", "2_b.sql", "CREATE TABLE b (x);", NULL);
    assert_done(stage, stage_up(stage));
    stage_write(stage, "1_a.sql", "-- said\nCREATE TABLE a\n  (x);\n");
    assert_states(stage, "1=applied~ 2=applied");
    stage_write(stage, "2_b.sql", "CREATE TABLE b (x, y);");
    assert_states(stage, "1=applied~ 2=changed");
    /* Directives that matter for running are no layout. */
    stage_write(stage, "2_b.sql", "-- wend: transaction none\nCREATE TABLE b (x);");
    assert_states(stage, "1=applied~ 2=changed");
}

static void test_layout_without_store(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->config->store = false;
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x);");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, "SELECT count(*) FROM wend_scripts", "0\n");
    stage_write(stage, "1_a.sql", "CREATE TABLE a  (x);");
    assert_states(stage, "1=changed");
}

static char *difference(Stage *stage, guint at)
{
    stage_read(stage);
    g_autoptr(GArray) entries = wend_project_entries(stage->project, &stage->error);
    return wend_project_difference(stage->project, &g_array_index(entries, WendEntry, at));
}

static void test_difference(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *now, *text;
    } changes[] = {
        {"SELECT 1;\nSELECT 3;\n",
         "line 2: applied was \"SELECT 2;\", the file says \"SELECT 3;\""},
        {"SELECT 1;", "line 1: applied was \"SELECT 2;\", the file says \"(end of file)\""},
        {"SELECT 1;\nSELECT 2;\n\nSELECT 3;",
         "line 4: applied was \"(end of file)\", the file says \"SELECT 3;\""},
        {"-- said\n\nSELECT 1;\nSELECT  3;",
         "line 4: applied was \"SELECT 2;\", the file says \"SELECT  3;\""},
        {"-- wend: transaction none\nSELECT 1;\nSELECT 2;\n", "a directive differs"},
        {"-- wend:up\nSELECT 9;\n",
         "line 2: applied was \"SELECT 1;\", the file says \"SELECT 9;\""},
    };
    stage_write(stage, "1_a.sql", "SELECT 1;\nSELECT 2;\n");
    assert_done(stage, stage_up(stage));
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        stage_write(stage, "1_a.sql", changes[i].now);
        g_autofree char *text = difference(stage, 0);
        g_assert_cmpstr(text, ==, changes[i].text);
    }
    /* Not for what has no file, or no stored text. */
    stage_remove(stage, "1_a.sql");
    g_autofree char *gone = difference(stage, 0);
    g_assert_null(gone);
    stage_write(stage, "2_b.sql", "SELECT 2;");
    g_autofree char *pending = difference(stage, 1);
    g_assert_null(pending);
}

static void test_stored(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "SELECT 1;");
    assert_done(stage, stage_up(stage));
    stage_read(stage);
    WendApplied *row = stage->project->applied->pdata[0];
    g_autofree char *text = NULL, *none = NULL, *other = NULL;
    assert_done(stage, wend_project_stored(stage->project, row->checksum, &text, &stage->error));
    g_assert_cmpstr(text, ==, "SELECT 1;");
    assert_done(stage, wend_project_stored(stage->project, NULL, &none, &stage->error));
    g_assert_null(none);
    assert_done(stage, wend_project_stored(stage->project, "other", &other, &stage->error));
    g_assert_null(other);
    /* A text that somebody changed is not run. */
    stage_sql(stage, "UPDATE wend_scripts SET script = 'DROP TABLE a'");
    g_autofree char *changed = NULL;
    assert_fails(stage, wend_project_stored(stage->project, row->checksum, &changed, &stage->error),
                 WEND_DISAGREE, "a stored script is not what was recorded (");
    g_assert_null(changed);
}

/* --- the last run --- */

static void assert_batch(Stage *stage, const char *expected)
{
    stage_read(stage);
    g_autoptr(GHashTable) batch = wend_project_batch(stage->project, &stage->error);
    g_assert_nonnull(batch);
    g_autoptr(GList) ids = g_list_sort(g_hash_table_get_keys(batch), (GCompareFunc)strcmp);
    g_autoptr(GString) text = g_string_new(NULL);
    for (GList *id = ids; id != NULL; id = id->next)
        g_string_append_printf(text, "%s ", (char *)id->data);
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_batch(Stage *stage, gconstpointer data)
{
    (void)data;
    assert_batch(stage, "");
    stage_files(stage, "1_a.sql", "SELECT 1;\n-- Rollback: SELECT 1;", "2_b.sql",
                "SELECT 2;\n-- Rollback: SELECT 2;", NULL);
    assert_done(stage, stage_up(stage));
    assert_batch(stage, "1 2 ");
    stage_files(stage, "3_c.sql", "SELECT 3;\n-- Rollback: SELECT 3;", "R__v.sql", "SELECT 4;",
                NULL);
    assert_done(stage, stage_up(stage));
    assert_batch(stage, "3 R:v ");
    /* What has gone does not count, and the run before comes to the front. */
    assert_done(stage, stage_down(stage, 1));
    assert_batch(stage, "R:v ");
    stage_sql(stage, "DELETE FROM wend_migrations WHERE id = 'R:v'");
    assert_batch(stage, "1 2 ");
    /* An id belongs to the run that applied it last. */
    assert_done(stage, stage_down(stage, 1));
    assert_done(stage, stage_up_to(stage, "2"));
    assert_batch(stage, "2 ");
    stage_sql(stage, "DELETE FROM wend_journal WHERE event = 'applied'");
    assert_batch(stage, "");
    stage_sql(stage, "UPDATE wend_journal SET event = 'x'");
    g_assert_null(wend_project_batch(stage->project, &stage->error));
    g_assert_true(stage_failed(stage, WEND_DISAGREE, "the journal has a row"));
}

/* --- every failure of the database is passed on --- */

static bool look_at_all(Stage *stage)
{
    if (!wend_project_read(stage->project, true, &stage->error))
        return false;
    g_autoptr(GArray) entries = wend_project_entries(stage->project, &stage->error);
    if (entries == NULL)
        return false;
    g_autoptr(GHashTable) batch = wend_project_batch(stage->project, &stage->error);
    return batch != NULL;
}

static void test_failures(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "SELECT 1;");
    assert_done(stage, stage_up(stage));
    stage_write(stage, "1_a.sql", "SELECT  1;");
    stage->driver = breaker_driver();
    guint broke = 0;
    for (guint nth = 1;; nth++) {
        breaker_arm(NULL, 0, WEND_OK, false);
        stage_open(stage);
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        bool ok = look_at_all(stage);
        g_assert_cmpint(ok, ==, !breaker_broke());
        if (ok)
            break;
        broke++;
        g_assert_true(stage_failed(stage, WEND_CONNECT, BREAKER_MESSAGE));
    }
    g_assert_cmpuint(broke, >=, 6);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"/project/new", test_new},
        {"/project/new-refused", test_new_refused},
        {"/project/scan", test_scan},
        {"/project/sound", test_sound},
        {"/project/books", test_books},
        {"/project/label", test_label},
        {"/project/layout-only", test_layout_only},
        {"/project/layout-without-store", test_layout_without_store},
        {"/project/difference", test_difference},
        {"/project/stored", test_stored},
        {"/project/batch", test_batch},
        {"/project/failures", test_failures},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    g_test_add("/project/other-track", Stage, NULL, stage_file, test_other_track, stage_clear);
    g_test_add("/project/creates-nothing", Stage, NULL, stage_file, test_creates_nothing,
               stage_clear);
    g_test_add("/project/adds-no-table", Stage, NULL, stage_file, test_adds_no_table, stage_clear);
    g_test_add("/project/connect-refused", Stage, NULL, stage_file, test_connect_refused,
               stage_clear);
    for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_autofree char *path = g_strconcat("/project/stranger/", strangers[i].path, NULL);
        g_test_add(path, Stage, GSIZE_TO_POINTER(i), stage_memory, test_stranger, stage_clear);
    }
    return g_test_run();
}
