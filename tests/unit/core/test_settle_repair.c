/* SPDX-License-Identifier: MIT
 *
 * The ways of repair: look, continue, undo, done, forget, accept; what each does with a half-done
 * step, in either direction and without its file, and the row it leaves in the journal.
 */
#include "core/settle.h"

#include "stage.h"

#include <string.h>

/* Of a new project. What it says goes to stage->text. */
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

static void test_look(Stage *stage, gconstpointer data)
{
    (void)data;
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    g_assert_cmpstr(stage->text, ==, "Nothing is half done.");
    assert_rows(stage, "SELECT count(*) FROM sqlite_schema", "0\n");
    half_up(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
    assert_mentions(stage->text, "1_a is half done (up), last touched ");
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
    assert_rows(stage, JOURNAL " DESC LIMIT 3",
                "1 down reverted 0\n1 down done 1\n1 down begin 0\n");
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
        assert_fails(stage, repair(stage, WEND_REPAIR_UNDO, NULL), downs[i].code, downs[i].message);
        g_assert_cmpuint(stage->error.line, ==, downs[i].line);
        assert_rows(stage, OBJECTS, "a\n");
        /* It is still there to be settled. */
        assert_done(stage, repair(stage, WEND_REPAIR_LOOK, NULL));
        assert_mentions(stage->text, "1_a is half done (up)");
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
    assert_mentions(stage->text, "1_a is half done (down)");
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
    g_assert_cmpstr(stage->text, ==, "migration 1 is undone and counts as not begun.");
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
    g_assert_cmpstr(stage->text, ==, "1_a counts as done; what was left of it was not run.");
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
                 "the file of migration 1 is gone");
    assert_fails(stage, repair(stage, WEND_REPAIR_CONTINUE, NULL), WEND_DISAGREE,
                 "1 is half done, and its file is gone");
}

static void test_forget(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_done(stage, repair(stage, WEND_REPAIR_FORGET, NULL));
    g_assert_cmpstr(
        stage->text, ==,
        "1_a counts as not begun; what its statements did so far stays in the database.");
    assert_rows(stage, OBJECTS, "a\n");
    assert_states(stage, "1=pending");
    stage_sql(stage, "DROP TABLE a");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_done(stage, repair(stage, WEND_REPAIR_FORGET, NULL));
    g_assert_cmpstr(
        stage->text, ==,
        "migration 1 counts as not begun; what its statements did so far stays in the database.");
    assert_rows(stage, SETTLED, "1 up repaired forget 0\n1 up repaired forget 0\n");
    assert_states(stage, "");
}

/* The way back of what is applied stays the one that was applied, not that of a forgotten try. */
static void test_forget_keeps_down(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "R__v.sql", "CREATE TABLE a (x);\n-- wend:down\nDROP TABLE a;");
    assert_done(stage, stage_up(stage));
    stage_write(stage, "R__v.sql",
                "SELECT 1;\nVACUUM;\nSELECT y;\n-- wend:down\nDROP TABLE other;");
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
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;", "3_c.sql", "SELECT 3;",
                NULL);
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

static void test_accept_half_done(Stage *stage, gconstpointer data)
{
    (void)data;
    half_up(stage);
    assert_fails(stage, repair(stage, WEND_REPAIR_ACCEPT, NULL), WEND_DISAGREE, "1_a is half done");
}

/* --- every failure of the database is passed on --- */

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

static void applied(Stage *stage)
{
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;", NULL);
    assert_done(stage, stage_up(stage));
}

static void half_and_changed(Stage *stage)
{
    stage_write(stage, "0_z.sql", "SELECT 0;");
    half_up(stage);
    stage_write(stage, "0_z.sql", "SELECT  0;");
}

typedef struct Sweep {
    const char *path;
    void (*prepare)(Stage *stage);
    bool (*command)(Stage *stage);
} Sweep;

static const Sweep sweeps[] = {
    {"accept", applied, accept},
    {"forget", half_and_changed, forget},
    {"undo", half_and_changed, undo},
    {"look", half_and_changed, look},
};

static void test_failures(gconstpointer data)
{
    const Sweep *sweep = data;
    stage_sweep(sweep->prepare, sweep->command);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
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
        {"accept-half-done", test_accept_half_done},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/settle-repair/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(sweeps); i++) {
        g_autofree char *path = g_strconcat("/settle-repair/failures/", sweeps[i].path, NULL);
        g_test_add_data_func(path, &sweeps[i], test_failures);
    }
    return g_test_run();
}
