/* SPDX-License-Identifier: MIT
 *
 * What a person settles: mark, baseline and the ways of repair; that each leaves its row in the
 * journal, changes nothing it does not name, and gives the lock back.
 */
#include "core/settle.h"

#include "breaker.h"
#include "stage.h"

#include <string.h>

/* --- the commands, each on a new project --- */

/* `versions` is a list with spaces between. The labels go to stage->text. */
static bool mark(Stage *stage, const char *versions, bool pending)
{
    g_auto(GStrv) list = g_strsplit(versions, " ", -1);
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    stage_open(stage);
    bool ok = wend_mark(stage->project, (const char *const *)list, pending, labels, &stage->error);
    g_ptr_array_add(labels, NULL);
    g_free(stage->text);
    stage->text = g_strjoinv(" ", (char **)labels->pdata);
    return ok;
}

static bool baseline(Stage *stage, const char *version)
{
    stage_open(stage);
    return wend_baseline(stage->project, version, &stage->error);
}

static bool repair(Stage *stage, WendRepair how, const char *version)
{
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    stage_open(stage);
    g_clear_pointer(&stage->text, g_free);
    return wend_repair(stage->project, how, version, &move, &stage->text, &stage->error);
}

#define SETTLED                                                                                    \
    "SELECT id, direction, event, detail ->> 'how', script IS NOT NULL FROM wend_journal "         \
    "WHERE event IN ('marked', 'baselined', 'repaired') ORDER BY seq"

static void three_files(Stage *stage)
{
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);\n-- Rollback: DROP TABLE a;", "2_b.sql",
                "CREATE TABLE b (x);", "R__v.sql", "SELECT 1;", NULL);
}

/* --- mark --- */

static void test_mark(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, mark(stage, "1", false));
    g_assert_cmpstr(stage->text, ==, "1_a");
    assert_rows(stage, OBJECTS, "");
    assert_rows(stage, SETTLED, "1 up marked - 1\n");
    assert_states(stage, "1=applied 2=pending R:v=pending");
    /* The way back is there, as if it had been applied. */
    stage_remove(stage, "1_a.sql");
    stage_sql(stage, "CREATE TABLE a (x)");
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, OBJECTS, "");
}

static void test_mark_head(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, mark(stage, "head", false));
    g_assert_cmpstr(stage->text, ==, "1_a 2_b R__v");
    assert_rows(stage, OBJECTS, "");
    assert_states(stage, "1=applied 2=applied R:v=applied");
    assert_done(stage, mark(stage, "head", false));
    g_assert_cmpstr(stage->text, ==, "");
    /* "head" is what is pending: nothing of it can be marked so. */
    assert_done(stage, mark(stage, "head", true));
    g_assert_cmpstr(stage->text, ==, "");
}

static void test_mark_pending(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, stage_up(stage));
    assert_done(stage, mark(stage, "2 1", true));
    g_assert_cmpstr(stage->text, ==, "2_b 1_a");
    assert_rows(stage, OBJECTS, "a\nb\n");
    assert_rows(stage, SETTLED, "2 down marked - 0\n1 down marked - 0\n");
    assert_states(stage, "1=pending 2=pending R:v=applied");
    /* What is so already is passed over. */
    assert_done(stage, mark(stage, "1 v", true));
    g_assert_cmpstr(stage->text, ==, "R__v");
    assert_done(stage, mark(stage, "1", false));
    assert_done(stage, mark(stage, "1", false));
    g_assert_cmpstr(stage->text, ==, "");
}

/* Named twice, in whatever way, it is marked once. */
static void test_mark_twice(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, mark(stage, "1 001 head 1_a", false));
    g_assert_cmpstr(stage->text, ==, "1_a 2_b R__v");
    assert_done(stage, mark(stage, "1 1", true));
    g_assert_cmpstr(stage->text, ==, "1_a");
}

static void test_mark_missing(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, stage_up(stage));
    stage_remove(stage, "2_b.sql");
    assert_states(stage, "1=applied 2=missing R:v=applied");
    assert_done(stage, mark(stage, "2", true));
    assert_states(stage, "1=applied R:v=applied");
}

static void test_mark_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    /* One that is not there: none is marked. */
    assert_fails(stage, mark(stage, "1 7", false), WEND_USAGE, "there is no migration 7");
    assert_states(stage, "1=pending 2=pending R:v=pending");
    stage_write(stage, "oops.sql", "");
    assert_fails(stage, mark(stage, "1", false), WEND_USAGE, "the name does not begin");
}

/* --- baseline --- */

static void test_baseline(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, baseline(stage, "001"));
    assert_rows(stage, "SELECT id, version, name, kind, checksum FROM wend_migrations",
                "B:1 001 baseline baseline -\n");
    assert_rows(stage, SETTLED, "B:1 up baselined - 0\n");
    assert_states(stage, "1=below baseline B:1=baseline 2=pending R:v=pending");
    assert_fails(stage, baseline(stage, "2"), WEND_DISAGREE, "the history already has 1 row");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "b\n");
    assert_fails(stage, baseline(stage, "2"), WEND_DISAGREE, "the history already has 3 rows");
    assert_mentions(stage->error.hint, "wend mark VERSION");
}

static void test_baseline_names(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *version, *id;
    } names[] = {
        {"2", "B:2"},        {"1_a", "B:1"},  {"v3", "B:3"},  {"1.2", "B:1.2"},
        {"B__2_s", "B:2"},   {"B:2", "B:2"},  {"", NULL},     {"views", NULL},
        {"R__views", NULL},  {"head", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].id == NULL) {
            g_autofree char *message = g_strdup_printf("%s is no version", names[i].version);
            assert_fails(stage, baseline(stage, names[i].version), WEND_USAGE, message);
            assert_mentions(stage->error.hint, "20240101120000");
            continue;
        }
        g_autofree char *row = g_strconcat(names[i].id, "\n", NULL);
        assert_done(stage, baseline(stage, names[i].version));
        assert_rows(stage, HISTORY, row);
        /* And it can be read back. */
        stage_read(stage);
        g_assert_cmpuint(stage->project->applied->len, ==, 1);
        stage_sql(stage, "DELETE FROM wend_migrations");
    }
}

/* --- what is half done --- */

#define FIRST "CREATE TABLE a (x);\nVACUUM;\n"

/* Statements 1 and 2 of 3 are done. */
static void half_up(Stage *stage)
{
    stage_files(stage, "1_a.up.sql", FIRST "SELECT y;", "1_a.down.sql", "DROP TABLE a;", NULL);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
}

static void half_down(Stage *stage)
{
    stage_files(stage, "1_a.up.sql", "CREATE TABLE IF NOT EXISTS a (x);", "1_a.down.sql",
                "DROP TABLE a;\nVACUUM;\nSELECT y;", NULL);
    assert_done(stage, stage_up(stage));
    assert_fails(stage, stage_down(stage, 1), WEND_FAILED, "no such column: y");
}

static void test_half_done_first(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_fails(stage, mark(stage, "1", false), WEND_DISAGREE, "1 is half done");
    assert_mentions(stage->error.hint, "finish it with `wend up`");
    assert_fails(stage, baseline(stage, "1"), WEND_DISAGREE, "1 is half done");
    assert_fails(stage, repair(stage, WEND_REPAIR_ACCEPT, NULL), WEND_DISAGREE, "1 is half done");
}

static void test_look(Stage *stage, gconstpointer data)
{
    (void)data;
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    g_assert_cmpstr(stage->text, ==, "Nothing is half done.");
    assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
    half_up(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    assert_mentions(stage->text, "1 is half done (up), last touched ");
    assert_mentions(stage->text, "\nStatements 1 to 2 are done.\n");
    assert_mentions(stage->text, "\nIt failed: no such column: y\n");
    assert_mentions(stage->text, "\n  wend repair --continue ");
    g_assert_null(strstr(stage->text, "under way"));
    stage_sql(stage, "INSERT INTO wend_journal (run, track, id, direction, statement, event, "
                     "detail, at, who) VALUES ('r', 'main', '1', 'up', 3, 'intent', "
                     "'{\"what\": \"CALL\"}', 'then', 'ann')");
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    assert_mentions(stage->text, "last touched then by ann.\n");
    assert_mentions(stage->text, "\nStatement 3 (CALL) was under way when the run ended.\n");
    g_assert_null(strstr(stage->text, "It failed"));
    stage_sql(stage, "UPDATE wend_journal SET detail = NULL WHERE event = 'intent'");
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    assert_mentions(stage->text, "\nStatement 3 (?) was under way");
}

static void test_continue(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    /* Whatever the file says of the finished part now. */
    stage_write(stage, "1_a.up.sql", "CREATE TABLE other (x);\nVACUUM;\nCREATE TABLE b (x);");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "the file has changed there since");
    assert_done(stage, repair(stage, WEND_REPAIR_CONTINUE, NULL));
    g_assert_cmpstr(stage->text, ==, "1_a is whole now.");
    assert_rows(stage, OBJECTS, "a\nb\n");
    assert_states(stage, "1=applied");
    assert_done(stage, repair(stage, WEND_REPAIR_CONTINUE, NULL));
    g_assert_cmpstr(stage->text, ==, "Nothing is half done.");
}

static void test_continue_intent(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    stage_write(stage, "1_a.up.sql", FIRST "CREATE TABLE b (x);");
    stage_sql(stage, "INSERT INTO wend_journal (run, track, id, direction, statement, event, at, "
                     "who) VALUES ('r', 'main', '1', 'up', 3, 'intent', 'then', 'ann')");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "it cannot be known");
    assert_done(stage, repair(stage, WEND_REPAIR_CONTINUE, NULL));
    assert_rows(stage, OBJECTS, "a\nb\n");
}

static void test_continue_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_fails(stage, repair(stage, WEND_REPAIR_CONTINUE, NULL), WEND_FAILED,
                 "no such column: y");
    g_assert_null(stage->text);
}

static void test_undo(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_UNDO, NULL));
    g_assert_cmpstr(stage->text, ==, "1_a is undone and counts as not begun.");
    assert_rows(stage, OBJECTS, "");
    assert_rows(stage, JOURNAL " DESC LIMIT 3", "1 down reverted 0\n1 down done 1\n1 down begin 0\n");
    assert_states(stage, "1=reverted");
    half_down(stage);
    assert_rows(stage, OBJECTS, "");
    assert_done(stage, repair(stage, WEND_REPAIR_UNDO, NULL));
    assert_rows(stage, OBJECTS, "a\n");
    assert_states(stage, "1=applied");
    assert_rows(stage, JOURNAL " DESC LIMIT 1", "1 up applied 0\n");
}

/* All that a script may hold: segments, statements alone, settings, a batch by its cursor. */
static void test_undo_runs(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    stage_sql(stage, "CREATE TABLE n (id INTEGER PRIMARY KEY, n); INSERT INTO n VALUES (1, 0), "
                     "(2, 0), (3, 0)");
    stage_write(stage, "1_a.down.sql",
                "PRAGMA foreign_keys = off;\nDROP TABLE a;\nVACUUM;\n-- wend: batch size=2\n"
                "UPDATE n SET n = n + 1 WHERE id IN (SELECT id FROM n WHERE :after IS NULL OR id > "
                "CAST(:after AS INTEGER) ORDER BY id LIMIT :size) AND n < 5 RETURNING id;\n");
    assert_done(stage, repair(stage, WEND_REPAIR_UNDO, NULL));
    assert_rows(stage, "SELECT * FROM n", "1 1\n2 1\n3 1\n");
    assert_rows(stage, OBJECTS, "n\n");
}

static void test_undo_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *down;
        WendCode code;
        const char *message;
        guint line;
    } downs[] = {
        {"DROP TABLE a;\nSELECT z;", WEND_FAILED, "no such column: z", 2},
        {"DROP TABLE a;\nCOMMIT;", WEND_USAGE, "COMMIT without a BEGIN", 2},
    };
    half_up(stage);
    for (gsize i = 0; i < G_N_ELEMENTS(downs); i++) {
        stage_write(stage, "1_a.down.sql", downs[i].down);
        assert_fails(stage, repair(stage, WEND_REPAIR_UNDO, NULL), downs[i].code,
                     downs[i].message);
        g_assert_cmpuint(stage->error.line, ==, downs[i].line);
        assert_rows(stage, OBJECTS, "a\n");
        /* It is still there to be settled. */
        assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
        assert_mentions(stage->text, "1 is half done (up)");
    }
}

/* An undo of which a part is done is what is half done then. */
static void test_undo_half_done(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    stage_write(stage, "1_a.down.sql", "DROP TABLE a;\nVACUUM;\nSELECT z;");
    assert_fails(stage, repair(stage, WEND_REPAIR_UNDO, NULL), WEND_FAILED, "no such column: z");
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    assert_mentions(stage->text, "1 is half done (down)");
    stage_files(stage, "1_a.down.sql", "DROP TABLE a;\nVACUUM;", "1_a.up.sql",
                "CREATE TABLE other (x);", NULL);
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "other\n");
    assert_states(stage, "1=applied");
}

/* Without the file: a way back by what was recorded when it began, a way there not at all. */
static void test_undo_without_file(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_done(stage, repair(stage, WEND_REPAIR_UNDO, NULL));
    g_assert_cmpstr(stage->text, ==, "1 is undone and counts as not begun.");
    assert_rows(stage, OBJECTS, "");
    half_down(stage);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_fails(stage, repair(stage, WEND_REPAIR_UNDO, NULL), WEND_REFUSED,
                 "there is no up script to undo it with");
}

static void test_undo_impossible(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", FIRST "SELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    assert_fails(stage, repair(stage, WEND_REPAIR_UNDO, NULL), WEND_REFUSED,
                 "there is no way back from 1_a");
    assert_rows(stage, OBJECTS, "a\n");
}

static void test_done(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_DONE, NULL));
    g_assert_cmpstr(stage->text, ==, "1_a counts as done.");
    assert_states(stage, "1=applied");
    assert_rows(stage, SETTLED, "1 up repaired done 1\n");
    /* With its way back. */
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, OBJECTS, "");
}

static void test_done_down(Stage *stage, gconstpointer data)
{
    (void)data;
    half_down(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_DONE, NULL));
    assert_rows(stage, HISTORY, "");
    assert_states(stage, "1=pending");
}

static void test_done_without_file(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_fails(stage, repair(stage, WEND_REPAIR_DONE, NULL), WEND_DISAGREE,
                 "the file of 1 is gone");
    assert_fails(stage, repair(stage, WEND_REPAIR_CONTINUE, NULL), WEND_DISAGREE,
                 "1 is half done, and its file is gone");
}

static void test_forget(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_FORGET, NULL));
    g_assert_cmpstr(stage->text, ==, "1_a counts as not begun.");
    assert_rows(stage, OBJECTS, "a\n");
    assert_states(stage, "1=pending");
    stage_sql(stage, "DROP TABLE a");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_done(stage, repair(stage, WEND_REPAIR_FORGET, NULL));
    g_assert_cmpstr(stage->text, ==, "1 counts as not begun.");
    assert_rows(stage, SETTLED, "1 up repaired forget 0\n1 up repaired forget 0\n");
    assert_states(stage, "");
}

/* The way back of what is applied stays the one that was applied, not that of a forgotten try. */
static void test_forget_keeps_down(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "R__v.sql", "CREATE TABLE a (x);\n-- wend:down\nDROP TABLE a;");
    assert_done(stage, stage_up(stage));
    stage_write(stage, "R__v.sql", "SELECT 1;\nVACUUM;\nSELECT y;\n-- wend:down\nDROP TABLE other;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    assert_done(stage, repair(stage, WEND_REPAIR_FORGET, NULL));
    assert_states(stage, "R:v=outdated");
    assert_done(stage, stage_down_all(stage));
    assert_rows(stage, OBJECTS, "");
}

/* --- accept --- */

static void test_accept(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;", "3_c.sql", "SELECT 3;", NULL);
    assert_done(stage, stage_up(stage));
    stage_sql(stage, "UPDATE wend_migrations SET applied_at = '1999-12-31T00:00:00.000Z'");
    assert_done(stage, repair(stage, WEND_REPAIR_ACCEPT, NULL));
    g_assert_cmpstr(stage->text, ==, "No applied file has changed.");
    stage_files(stage, "1_a.sql", "SELECT 10;", "2_b.sql", "SELECT  2;", "3_c.sql", "SELECT 30;",
                NULL);
    assert_states(stage, "1=changed 2=applied~ 3=changed");
    assert_done(stage, repair(stage, WEND_REPAIR_ACCEPT, "3"));
    g_assert_cmpstr(stage->text, ==, "Taken as applied, as the file says now: 3_c.");
    assert_states(stage, "1=changed 2=applied~ 3=applied");
    assert_done(stage, repair(stage, WEND_REPAIR_ACCEPT, NULL));
    g_assert_cmpstr(stage->text, ==, "Taken as applied, as the file says now: 1_a, 2_b.");
    assert_states(stage, "1=applied 2=applied 3=applied");
    assert_rows(stage, SETTLED,
                "3 up repaired accept 1\n1 up repaired accept 1\n2 up repaired accept 1\n");
    assert_rows(stage, "SELECT DISTINCT applied_at FROM wend_migrations",
                "1999-12-31T00:00:00.000Z\n");
    assert_fails(stage, repair(stage, WEND_REPAIR_ACCEPT, "9"), WEND_USAGE,
                 "there is no migration 9");
    assert_done(stage, repair(stage, WEND_REPAIR_ACCEPT, "1"));
    g_assert_cmpstr(stage->text, ==, "No applied file has changed.");
}

/* --- every failure of the database is passed on, and leaves all as it was --- */

static bool mark_one(Stage *stage)
{
    return mark(stage, "1 2", false);
}

static bool mark_back(Stage *stage)
{
    return mark(stage, "2", true);
}

static bool base(Stage *stage)
{
    return baseline(stage, "1");
}

static bool accept(Stage *stage)
{
    stage_write(stage, "2_b.sql", "SELECT 20;");
    return repair(stage, WEND_REPAIR_ACCEPT, NULL);
}

static bool forget(Stage *stage)
{
    return repair(stage, WEND_REPAIR_FORGET, NULL);
}

static bool look(Stage *stage)
{
    return repair(stage, WEND_REPAIR_LOOK, NULL);
}

static bool undo(Stage *stage)
{
    return repair(stage, WEND_REPAIR_UNDO, NULL);
}

static void nothing(Stage *stage)
{
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;", NULL);
}

static void applied(Stage *stage)
{
    nothing(stage);
    assert_done(stage, stage_up(stage));
}

static void half_and_changed(Stage *stage)
{
    stage_write(stage, "0_z.sql", "SELECT 0;");
    half_up(stage);
    stage_write(stage, "0_z.sql", "SELECT  0;");
}

static const struct {
    const char *path;
    void (*prepare)(Stage *stage);
    bool (*command)(Stage *stage);
} sweeps[] = {
    {"mark", nothing, mark_one},       {"mark-pending", applied, mark_back},
    {"baseline", nothing, base},       {"accept", applied, accept},
    {"forget", half_and_changed, forget}, {"undo", half_and_changed, undo},
    {"look", half_and_changed, look},
};

static void test_failures(gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    bool broke = true;
    for (guint nth = 1; broke; nth++) {
        Stage stage;
        stage_file(&stage, NULL);
        sweeps[at].prepare(&stage);
        stage.driver = breaker_driver();
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        bool ok = sweeps[at].command(&stage);
        broke = breaker_broke();
        g_assert_cmpint(ok, ==, !broke);
        if (broke)
            g_assert_true(stage_failed(&stage, WEND_CONNECT, BREAKER_MESSAGE));
        g_autofree char *lock = g_strconcat(stage.file, "-wend", NULL);
        g_assert_false(g_file_test(lock, G_FILE_TEST_EXISTS));
        breaker_arm(NULL, 0, WEND_OK, false);
        assert_done(&stage, sweeps[at].command(&stage));
        stage_clear(&stage, NULL);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"mark", test_mark},
        {"mark-head", test_mark_head},
        {"mark-pending", test_mark_pending},
        {"mark-twice", test_mark_twice},
        {"mark-missing", test_mark_missing},
        {"mark-refused", test_mark_refused},
        {"baseline", test_baseline},
        {"baseline-names", test_baseline_names},
        {"half-done-first", test_half_done_first},
        {"look", test_look},
        {"continue", test_continue},
        {"continue-intent", test_continue_intent},
        {"continue-fails", test_continue_fails},
        {"undo", test_undo},
        {"undo-runs", test_undo_runs},
        {"undo-fails", test_undo_fails},
        {"undo-half-done", test_undo_half_done},
        {"undo-without-file", test_undo_without_file},
        {"undo-impossible", test_undo_impossible},
        {"done", test_done},
        {"done-down", test_done_down},
        {"done-without-file", test_done_without_file},
        {"forget", test_forget},
        {"forget-keeps-down", test_forget_keeps_down},
        {"accept", test_accept},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/settle/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(sweeps); i++) {
        g_autofree char *path = g_strconcat("/settle/failures/", sweeps[i].path, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_failures);
    }
    return g_test_run();
}
