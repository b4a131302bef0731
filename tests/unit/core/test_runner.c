/* SPDX-License-Identifier: MIT
 *
 * Running steps on SQLite: slices and what breaks them, segments that fail and go on, batches,
 * settings, interrupts; that what is told as done is committed, and that a kill at any write leaves
 * what the next run finishes.
 */
#include "core/runner.h"

#include "breaker.h"
#include "stage.h"

#include <string.h>

#define FAILED                                                                                     \
    "SELECT id, statement, json_extract(detail, '$.error') FROM wend_journal "                     \
    "WHERE event = 'failed' ORDER BY seq"

/* --- slices --- */

static int count_commit(void *data)
{
    ++*(guint *)data;
    return 0;
}

static void add_steps(Stage *stage, guint count)
{
    for (guint i = 1; i <= count; i++) {
        g_autofree char *name = g_strdup_printf("%u_t.sql", i);
        g_autofree char *text = g_strdup_printf("CREATE TABLE t%u (x);", i);
        stage_write(stage, name, text);
    }
}

/* The tables of wend, then all steps together; fewer than one commit each in any case. */
static void test_slice(Stage *stage, gconstpointer data)
{
    (void)data;
    guint commits = 0;
    add_steps(stage, 40);
    sqlite3_commit_hook(stage->db, count_commit, &commits);
    assert_done(stage, stage_up(stage));
    g_assert_cmpuint(commits, >=, 2);
    g_assert_cmpuint(commits, <, 40);
    g_assert_cmpuint(stage->moved.done, ==, 40);
}

/* What may take long, or wants settings of its own, commits by itself. */
static void test_no_slice(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const texts[] = {
        "-- wend: timeout lock=5s\nSELECT 1;",
        "-- wend: timeout statement=5s\nSELECT 1;",
        "PRAGMA foreign_keys = on; SELECT 1;",
        "SELECT 1; BEGIN; SELECT 2; COMMIT;",
    };
    g_autofree char *spaces = g_strnfill(65 * 1024, ' ');
    add_steps(stage, 1);
    for (gsize i = 0; i <= G_N_ELEMENTS(texts); i++) {
        stage_write(stage, "2_x.sql", i < G_N_ELEMENTS(texts) ? texts[i] : spaces);
        if (i == G_N_ELEMENTS(texts))
            g_assert_cmpuint(strlen(spaces), >, 64 * 1024);
        assert_done(stage, stage_up(stage));
        g_assert_true(g_str_has_suffix(stage->log->str, "done 1\nbegin 2\ndone 2\n"));
        stage_sql(stage, "DELETE FROM wend_migrations; DELETE FROM wend_journal; DROP TABLE t1");
    }
}

static void test_failing_statement(Stage *stage, gconstpointer data)
{
    (void)data;
    add_steps(stage, 4);
    stage_write(stage, "3_t.sql", "CREATE TABLE t3 (x);\n  INSERT INTO t3\n  SELECT y FROM t3;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    g_assert_cmpuint(stage->error.line, ==, 3);
    g_assert_cmpuint(stage->error.column, ==, 10);
    g_assert_cmpstr(stage->error.source, ==, "  SELECT y FROM t3;");
    g_assert_true(g_str_has_suffix(stage->error.file, "/3_t.sql"));
    g_assert_cmpstr(stage->error.state, ==,
                    "3_t was rolled back: nothing of it is left; 2 before it were applied and stay "
                    "so");
    g_autofree char *hint =
        g_strdup_printf("correct %s, then run the same command again", stage->error.file);
    g_assert_cmpstr(stage->error.hint, ==, hint);
    g_assert_cmpstr(stage->log->str, ==, "plan 4\nbegin 1\nbegin 2\nbegin 3\ndone 1\ndone 2\n");
    g_assert_cmpuint(stage->moved.done, ==, 2);
    assert_rows(stage, OBJECTS, "t1\nt2\n");
    assert_rows(stage, FAILED, "3 2 no such column: y\n");
    assert_states(stage, "1=applied 2=applied 3=failed 4=pending");
    stage_write(stage, "3_t.sql", "CREATE TABLE t3 (x);");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "t1\nt2\nt3\nt4\n");
}

static void test_first_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "CREATE TABLE t1 (x);\n-- Rollback: SELECT y;");
    assert_done(stage, stage_up(stage));
    assert_fails(stage, stage_down(stage, 1), WEND_FAILED, "no such column: y");
    g_assert_cmpstr(stage->error.state, ==, "the way back was rolled back: 1_a is still applied");
    assert_rows(stage, HISTORY, "1\n");
    stage_write(stage, "2_b.sql", "SELECT 1;\n-- Rollback: SELECT 1;");
    assert_done(stage, stage_up(stage));
    assert_fails(stage, stage_down(stage, 2), WEND_FAILED, "no such column: y");
    assert_mentions(stage->error.state, "; 1 before it was taken back and stays so");
}

/* A statement that ends the whole slice: its earlier steps run again, one by one. */
static void test_lost_slice(Stage *stage, gconstpointer data)
{
    (void)data;
    add_steps(stage, 4);
    stage_write(stage, "3_t.sql",
                "CREATE TABLE t3 (x UNIQUE);\nINSERT INTO t3 VALUES (1);\n"
                "INSERT OR ROLLBACK INTO t3 VALUES (1);");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "UNIQUE constraint failed: t3.x");
    g_assert_cmpuint(stage->error.line, ==, 3);
    g_assert_cmpstr(stage->log->str, ==, "plan 4\nbegin 1\nbegin 2\nbegin 3\ndone 1\ndone 2\n");
    g_assert_cmpuint(stage->moved.done, ==, 2);
    assert_rows(stage, OBJECTS, "t1\nt2\n");
    assert_rows(stage, "SELECT count(*) FROM wend_journal WHERE event = 'applied'", "2\n");
    assert_rows(stage, FAILED, "3 3 UNIQUE constraint failed: t3.x\n");
}

static void test_deferred(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, "PRAGMA foreign_keys = on");
    add_steps(stage, 3);
    stage_write(stage, "2_t.sql",
                "CREATE TABLE p (id INTEGER PRIMARY KEY);\n"
                "CREATE TABLE c (id REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n"
                "INSERT INTO c VALUES (7);");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "a deferred foreign key is still violated");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\nbegin 1\nbegin 2\ndone 1\n");
    assert_rows(stage, OBJECTS, "t1\n");
    assert_states(stage, "1=applied 2=failed 3=pending");
}

/* --- a COMMIT that fails --- */

typedef struct Refusal {
    guint from, count; /* the commits that fail */
    guint seen;
} Refusal;

static int refuse_commit(void *data)
{
    Refusal *refusal = data;
    refusal->seen++;
    return refusal->seen >= refusal->from && refusal->seen < refusal->from + refusal->count;
}

static void test_commit_fails_once(Stage *stage, gconstpointer data)
{
    (void)data;
    /* Commit 1 makes the tables, 2 is the slice: its steps run again, each with its own. */
    Refusal refusal = {.from = 2, .count = 1};
    add_steps(stage, 3);
    sqlite3_commit_hook(stage->db, refuse_commit, &refusal);
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==,
                    "plan 3\nbegin 1\nbegin 2\nbegin 3\ndone 1\ndone 2\ndone 3\n");
    g_assert_cmpuint(refusal.seen, ==, 5);
    assert_rows(stage, OBJECTS, "t1\nt2\nt3\n");
}

static void test_commit_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    /* Now step 2 fails on its own, too; the row that says so is the next commit. */
    Refusal refusal = {.from = 2, .count = 1};
    add_steps(stage, 3);
    sqlite3_commit_hook(stage->db, refuse_commit, &refusal);
    stage_write(stage, "2_t.sql", "-- wend: timeout lock=1s\nSELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\nbegin 1\ndone 1\nbegin 2\n");
    assert_rows(stage, OBJECTS, "t1\n");
}

/* Behind a failing neighbour the slice cannot be committed either: all of it once more. */
static void test_commit_fails_behind_failure(Stage *stage, gconstpointer data)
{
    (void)data;
    Refusal refusal = {.from = 2, .count = 1};
    add_steps(stage, 2);
    stage_write(stage, "3_t.sql", "SELECT y;");
    sqlite3_commit_hook(stage->db, refuse_commit, &refusal);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\nbegin 1\nbegin 2\nbegin 3\ndone 1\ndone 2\n");
    assert_rows(stage, OBJECTS, "t1\nt2\n");
}

static void test_commit_never_works(Stage *stage, gconstpointer data)
{
    (void)data;
    Refusal refusal = {.from = 2, .count = G_MAXUINT / 2};
    add_steps(stage, 2);
    sqlite3_commit_hook(stage->db, refuse_commit, &refusal);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "constraint failed");
    g_assert_cmpuint(stage->moved.done, ==, 0);
    sqlite3_commit_hook(stage->db, NULL, NULL);
    assert_rows(stage, OBJECTS, "");
    stage->one_transaction = true;
    refusal = (Refusal){.from = 1, .count = 1};
    sqlite3_commit_hook(stage->db, refuse_commit, &refusal);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "constraint failed");
    g_assert_cmpstr(stage->error.state, ==,
                    "what was not committed yet was rolled back; 0 of 2 migrations are done");
    assert_rows(stage, OBJECTS, "");
}

/* A commit that cannot be had now (locked out, say) is no reason to try again. */
static void test_settle_locked(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->driver = breaker_driver();
    add_steps(stage, 2);
    breaker_arm("settle", 1, WEND_LOCKED, false);
    assert_fails(stage, stage_up(stage), WEND_LOCKED, BREAKER_MESSAGE);
    g_assert_cmpstr(stage->log->str, ==, "plan 2\nbegin 1\nbegin 2\n");
    stage_write(stage, "3_t.sql", "SELECT y;");
    breaker_arm("settle", 1, WEND_LOCKED, false);
    assert_fails(stage, stage_up(stage), WEND_LOCKED, BREAKER_MESSAGE);
    breaker_arm(NULL, 0, WEND_OK, false);
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    assert_rows(stage, OBJECTS, "t1\nt2\n");
}

/* --- segments --- */

#define FIRST "CREATE TABLE a (x);\nVACUUM;\n"

static void test_goes_on(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", FIRST "CREATE TABLE b (x);\nSELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    g_assert_cmpuint(stage->error.line, ==, 4);
    g_assert_cmpstr(stage->error.state, ==,
                    "1_a is partly done: what is committed stays, and the next `wend up` goes on "
                    "behind it");
    assert_rows(stage, OBJECTS, "a\n");
    assert_rows(stage, JOURNAL,
                "1 up begin 0\n1 up done 1\n1 up intent 2\n1 up done 2\n1 up failed 4\n");
    assert_states(stage, "1=failed");
    /* What is done is not to be changed; the rest is. */
    stage_write(stage, "1_a.sql", "CREATE TABLE a (z);\nVACUUM;\nCREATE TABLE b (x);");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                 "statements 1 to 2 are done and stay, but the file has changed there since");
    stage_write(stage, "1_a.sql", FIRST "CREATE TABLE b (x);");
    stage_write(stage, "2_b.sql", "CREATE TABLE c (x);");
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==,
                    "resume 1_a is half done (up): going on at statement 3 of 3\n"
                    "begin 1\ndone 1\nplan 1\nbegin 2\ndone 2\n");
    g_assert_cmpuint(stage->moved.done, ==, 2);
    g_assert_cmpuint(stage->moved.planned, ==, 2);
    assert_rows(stage, OBJECTS, "a\nb\nc\n");
    assert_rows(stage, HISTORY, "1\n2\n");
}

static void test_rest_taken_out(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", FIRST "SELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_write(stage, "1_a.sql", FIRST);
    assert_done(stage, stage_up(stage));
    assert_states(stage, "1=applied");
    assert_rows(stage, "SELECT event, statement FROM wend_journal ORDER BY seq DESC LIMIT 2",
                "applied 0\ndone 2\n");
}

/* The way down goes on as well, and by the stored text when the file is gone. */
static void test_down_goes_on(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.up.sql", "CREATE TABLE a (x); CREATE TABLE b (x);", "1_a.down.sql",
                "-- wend: transaction none\nDROP TABLE b;\nDROP TABLE a;\nDROP TABLE c;", NULL);
    assert_done(stage, stage_up(stage));
    assert_fails(stage, stage_down(stage, 1), WEND_FAILED, "no such table: c");
    assert_mentions(stage->error.state, "the next `wend down` goes on behind it");
    assert_states(stage, "1=applied");
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    stage_sql(stage, "CREATE TABLE c (x)");
    /* Whatever is asked for next: this comes first, in its own direction. */
    assert_done(stage, stage_up(stage));
    assert_mentions(stage->log->str,
                    "resume 1_a is half done (down): going on at statement 3 of 3");
    assert_rows(stage, OBJECTS, "");
    assert_rows(stage, HISTORY, "");
}

static void test_file_gone(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_files(stage, "1_a.sql", FIRST "SELECT y;", NULL);
    assert_fails(stage, stage_up(stage), WEND_FAILED, NULL);
    stage_remove(stage, "1_a.sql");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "1 is half done, and its file is gone");
    assert_mentions(stage->error.hint, "wend repair");
    /* What else the folder lacks is not judged before. */
    stage_files(stage, "1_a.sql", FIRST, "2_b.sql", "CREATE TABLE b (x);", NULL);
    stage_sql(stage, "INSERT INTO wend_migrations VALUES ('3', '3', '', 'versioned', NULL, 'now')");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "a later one is applied already: 2_b");
    assert_states(stage, "1=applied 2=out of order 3=missing");
}

static void test_assertion_again(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", FIRST "-- wend: assert SELECT count(*) FROM a = 1\nVACUUM;");
    for (guint i = 0; i < 2; i++) {
        assert_fails(stage, stage_up(stage), WEND_FAILED,
                     "the assertion does not hold: it gives 0, not 1");
        g_assert_cmpuint(stage->error.line, ==, 3);
    }
    stage_sql(stage, "INSERT INTO a VALUES (5)");
    assert_done(stage, stage_up(stage));
}

static void test_alone_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", FIRST "  VACUUM INTO '/nowhere/at/all';");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "unable to open database");
    g_assert_cmpuint(stage->error.line, ==, 3);
    assert_rows(stage, "SELECT event, statement FROM wend_journal WHERE seq > 2",
                "intent 2\ndone 2\nintent 3\nfailed 3\n");
    stage_write(stage, "1_a.sql", FIRST);
    assert_done(stage, stage_up(stage));
    assert_states(stage, "1=applied");
}

static void test_none(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql",
                "-- wend: transaction none\nCREATE TABLE a (x);\n"
                "BEGIN; CREATE TABLE b (x); SELECT y; COMMIT;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    assert_rows(stage, OBJECTS, "a\n");
    assert_rows(stage, JOURNAL, "1 up begin 0\n1 up done 1\n1 up failed 4\n");
}

/* --- sessions --- */

static void test_settings_replayed(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, "CREATE TABLE log (x)");
    stage_write(stage, "1_a.sql", "PRAGMA recursive_triggers = on;\nVACUUM;\nSELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_write(stage, "1_a.sql",
                "PRAGMA recursive_triggers = on;\nVACUUM;\n"
                "INSERT INTO log SELECT * FROM pragma_recursive_triggers;");
    stage_write(stage, "2_b.sql", "INSERT INTO log SELECT * FROM pragma_recursive_triggers;");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, "SELECT x FROM log", "1\n0\n");
}

static void test_temporary(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "CREATE TEMP TABLE t (x);\nVACUUM;\nSELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_write(stage, "1_a.sql", "CREATE TEMP TABLE t (x);\nVACUUM;\nSELECT x FROM t;");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "for their session alone is gone");
}

static void test_begin_step_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->driver = breaker_driver();
    add_steps(stage, 1);
    breaker_arm("begin_step", 1, WEND_FAILED, false);
    assert_fails(stage, stage_up(stage), WEND_FAILED, BREAKER_MESSAGE);
    g_assert_true(g_str_has_suffix(stage->error.file, "/1_t.sql"));
    assert_mentions(stage->error.hint, "/1_t.sql, then run the same command again");
    assert_rows(stage, JOURNAL, "1 up begin 0\n1 up failed 0\n");
}

/* Who cannot get in leaves no row: it would have to get in for that. */
static void test_locked_out(Stage *stage, gconstpointer data)
{
    (void)data;
    stage->driver = breaker_driver();
    add_steps(stage, 1);
    breaker_arm("begin_step", 1, WEND_LOCKED, false);
    assert_fails(stage, stage_up(stage), WEND_LOCKED, BREAKER_MESSAGE);
    assert_rows(stage, "SELECT count(*) FROM wend_journal", "0\n");
    assert_states(stage, "1=pending");
}

static void test_timeout(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql",
                "-- wend: timeout statement=20ms\n"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                "SELECT count(*) FROM n;");
    assert_fails(stage, stage_up(stage), WEND_FAILED,
                 "the statement ran longer than its limit of 0.02 s");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"slice", test_slice},
        {"no-slice", test_no_slice},
        {"failing-statement", test_failing_statement},
        {"first-fails", test_first_fails},
        {"lost-slice", test_lost_slice},
        {"deferred", test_deferred},
        {"commit-fails-once", test_commit_fails_once},
        {"commit-fails", test_commit_fails},
        {"commit-fails-behind-failure", test_commit_fails_behind_failure},
        {"commit-never-works", test_commit_never_works},
        {"settle-locked", test_settle_locked},
        {"goes-on", test_goes_on},
        {"rest-taken-out", test_rest_taken_out},
        {"down-goes-on", test_down_goes_on},
        {"file-gone", test_file_gone},
        {"assertion-again", test_assertion_again},
        {"alone-fails", test_alone_fails},
        {"none", test_none},
        {"settings-replayed", test_settings_replayed},
        {"temporary", test_temporary},
        {"begin-step-fails", test_begin_step_fails},
        {"locked-out", test_locked_out},
        {"timeout", test_timeout},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/runner/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    }
    return g_test_run();
}
