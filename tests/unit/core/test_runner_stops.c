/* SPDX-License-Identifier: MIT
 *
 * What stops a run in the middle: batches between their rounds, interrupts, and a kill at every
 * single write, each of which the next run must bring to the same end. Also that work grows with
 * the steps.
 */
#include "core/runner.h"

#include "breaker.h"
#include "stage.h"

/* Adds one to n of each row, exactly once: not to be repeated. */
#define ADD_ONE(table)                                                                             \
    "-- wend: batch size=10 key=id\n"                                                              \
    "UPDATE " table " SET n = n + 1 WHERE id IN (SELECT id FROM " table " WHERE :after IS NULL "   \
    "OR id > CAST(:after AS INTEGER) ORDER BY id LIMIT :size) RETURNING id;\n"

#define FILL(table, rows)                                                                          \
    "CREATE TABLE " table " (id INTEGER PRIMARY KEY, n); "                                         \
    "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < " rows ") "          \
    "INSERT INTO " table " SELECT x, 0 FROM i;\n"

#define COUNTS "SELECT n, count(*) FROM a GROUP BY n UNION ALL SELECT n, count(*) FROM b GROUP BY n"

static volatile sig_atomic_t interrupts;

/* SELECT stop(): somebody presses Ctrl-C while this statement runs. */
static void stop(sqlite3_context *context, G_GNUC_UNUSED int count,
                 G_GNUC_UNUSED sqlite3_value **values)
{
    interrupts = 1;
    sqlite3_result_int(context, 1);
}

static void watch(Stage *stage)
{
    interrupts = 0;
    stage->watch.interrupts = &interrupts;
    sqlite3_create_function(stage->db, "stop", 0, SQLITE_UTF8, NULL, stop, NULL, NULL);
}

/* --- batches --- */

static void test_batch(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, FILL("a", "25"));
    stage_write(stage, "1_a.sql", ADD_ONE("a"));
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==,
                    "plan 1\nbegin 1\nround 1 10\nround 1 20\nround 1 25\ndone 1\n");
    assert_rows(stage, "SELECT n, count(*) FROM a GROUP BY n", "1 25\n");
    assert_rows(stage, "SELECT event, statement, detail ->> 'rows' FROM wend_journal ORDER BY seq",
                "begin 0 -\ndone 1 10\ndone 1 10\ndone 1 5\ndone 1 0\ndone 1 -\napplied 0 -\n");
    assert_rows(stage, "SELECT detail ->> 'cursor' FROM wend_journal WHERE detail ->> 'rows' > 0",
                "10\n20\n25\n");
}

static void test_batch_without_cursor(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, FILL("a", "25"));
    stage_write(
        stage, "1_a.sql",
        "-- wend: batch size=10 pause=1ms\nDELETE FROM a WHERE id IN (SELECT id FROM a LIMIT "
        ":size);\nCREATE TABLE b (x);");
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==,
                    "plan 1\nbegin 1\nround 1 10\nround 1 20\nround 1 25\ndone 1\n");
    assert_rows(stage, "SELECT count(*) FROM a", "0\n");
    assert_rows(stage, OBJECTS, "a\nb\n");
}

static void test_batch_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, FILL("a", "25") "CREATE TRIGGER t BEFORE UPDATE ON a WHEN new.id = 15 BEGIN "
                                     "SELECT raise(ABORT, 'not 15'); END");
    stage_write(stage, "1_a.sql", "SELECT 1;\n" ADD_ONE("a"));
    assert_fails(stage, stage_up(stage), WEND_FAILED, "not 15");
    g_assert_cmpuint(stage->error.line, ==, 3);
    assert_mentions(stage->error.state, "partly done");
    assert_rows(stage, "SELECT n, count(*) FROM a GROUP BY n", "0 15\n1 10\n");
    stage_sql(stage, "DROP TRIGGER t");
    assert_done(stage, stage_up(stage));
    g_assert_cmpstr(stage->log->str, ==,
                    "resume 1_a is half done (up): going on at statement 2 of 2\nbegin 1\n"
                    "round 1 10\nround 1 15\ndone 1\nplan 0\n");
    assert_rows(stage, "SELECT n, count(*) FROM a GROUP BY n", "1 25\n");
}

/* The first round, too; then nothing of the batch is done. */
static void test_batch_fails_at_once(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", ADD_ONE("nowhere"));
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such table: nowhere");
    assert_mentions(stage->error.state, "was rolled back");
}

/* A cursor is of one batch: the next one begins at its own start. */
static void test_second_batch(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_sql(stage, FILL("a", "25") FILL("b", "12"));
    stage_write(stage, "1_a.sql", ADD_ONE("a") "SELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_write(stage, "1_a.sql", ADD_ONE("a") ADD_ONE("b"));
    assert_done(stage, stage_up(stage));
    assert_rows(stage, COUNTS, "1 25\n1 12\n");
}

/* --- interrupts --- */

static void three_steps(Stage *stage, const char *second)
{
    stage_files(stage, "1_a.sql", "CREATE TABLE a (x);", "2_b.sql", second, "3_c.sql",
                "CREATE TABLE c (x);", NULL);
}

static void test_interrupt_before(Stage *stage, gconstpointer data)
{
    (void)data;
    watch(stage);
    three_steps(stage, "CREATE TABLE b (x);");
    interrupts = 1;
    assert_fails(stage, stage_up(stage), WEND_INTERRUPTED, "interrupted");
    g_assert_cmpstr(stage->error.state, ==, "0 of 3 migrations are done; the rest is untouched");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\n");
    interrupts = 0;
    assert_done(stage, stage_up(stage));
}

static void test_interrupt_between(Stage *stage, gconstpointer data)
{
    (void)data;
    watch(stage);
    three_steps(stage, "CREATE TABLE b (x); SELECT stop();");
    assert_fails(stage, stage_up(stage), WEND_INTERRUPTED, "interrupted");
    g_assert_cmpstr(stage->error.state, ==, "2 of 3 migrations are done; the rest is untouched");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\nbegin 1\nbegin 2\ndone 1\ndone 2\n");
    assert_rows(stage, OBJECTS, "a\nb\n");
    assert_states(stage, "1=applied 2=applied 3=pending");
}

/* All or nothing: an interrupt between two steps leaves nothing of the one transaction. */
static void test_interrupt_one_transaction(Stage *stage, gconstpointer data)
{
    (void)data;
    watch(stage);
    stage->one_transaction = true;
    three_steps(stage, "CREATE TABLE b (x); SELECT stop();");
    assert_fails(stage, stage_up(stage), WEND_INTERRUPTED, "interrupted");
    g_assert_cmpstr(stage->error.state, ==, "0 of 3 migrations are done; the rest is untouched");
    g_assert_cmpstr(stage->log->str, ==, "plan 3\nbegin 1\nbegin 2\n");
    assert_rows(stage, OBJECTS, "");
    assert_rows(stage, HISTORY, "");
}

static void test_interrupt_inside(Stage *stage, gconstpointer data)
{
    (void)data;
    watch(stage);
    three_steps(stage, "CREATE TABLE b (x);\nSELECT stop();\nSELECT 1;");
    assert_fails(stage, stage_up(stage), WEND_INTERRUPTED, "interrupted");
    g_assert_cmpstr(stage->error.state, ==,
                    "2_b was rolled back: nothing of it is left; 1 before it was applied and stays "
                    "so");
    g_assert_null(stage->error.hint);
    assert_rows(stage, OBJECTS, "a\n");
    interrupts = 0;
    stage_write(stage, "2_b.sql", "CREATE TABLE b (x);");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\nc\n");
}

static void test_interrupt_in_pause(Stage *stage, gconstpointer data)
{
    (void)data;
    watch(stage);
    stage_sql(stage, FILL("a", "25"));
    stage_write(
        stage, "1_a.sql",
        "-- wend: batch size=10 pause=1h\nDELETE FROM a WHERE id IN (SELECT id FROM a LIMIT "
        ":size) RETURNING stop();");
    assert_fails(stage, stage_up(stage), WEND_INTERRUPTED,
                 "interrupted between two rounds of a batch");
    assert_rows(stage, "SELECT count(*) FROM a", "15\n");
    interrupts = 0;
    stage_write(stage, "1_a.sql",
                "-- wend: batch size=10\nDELETE FROM a WHERE id IN (SELECT id FROM "
                "a LIMIT :size) RETURNING stop();");
    assert_fails(stage, stage_up(stage), WEND_INTERRUPTED,
                 "interrupted between two rounds of a batch");
    assert_rows(stage, "SELECT count(*) FROM a", "5\n");
}

/* --- a kill at every write --- */

static void fill_folder(Stage *stage)
{
    stage_sql(stage, FILL("a", "25") FILL("b", "12") "CREATE TABLE log (x)");
    stage_files(stage, "1_a.sql",
                "INSERT INTO log VALUES (1);\n-- Rollback: INSERT INTO log VALUES (-1);", "2_b.sql",
                "INSERT INTO log VALUES (2);\n-- Rollback: INSERT INTO log VALUES (-2);", NULL);
    stage_write(stage, "3_c.up.sql",
                "INSERT INTO log VALUES (31);\nVACUUM;\n"
                "-- wend: assert SELECT count(*) FROM log = 3\n"
                "INSERT INTO log VALUES (32);\nPRAGMA journal_mode = truncate;\n" ADD_ONE("a")
                    ADD_ONE("b") "INSERT INTO log VALUES (33);\nVACUUM;\n");
    stage_write(
        stage, "3_c.down.sql",
        "-- wend: transaction none\nINSERT INTO log VALUES (-31);\n"
        "BEGIN; INSERT INTO log VALUES (-32); INSERT INTO log VALUES (-33); COMMIT;\n" ADD_ONE(
            "b") "INSERT INTO log VALUES (-34);\n");
    stage_write(stage, "R__v.sql", "INSERT INTO log VALUES (9);");
}

static char *outcome(Stage *stage)
{
    g_autofree char *log = stage_rows(stage, "SELECT x FROM log ORDER BY rowid");
    g_autofree char *counts = stage_rows(stage, COUNTS);
    g_autofree char *history = stage_rows(stage, HISTORY);
    g_autofree char *whole = stage_rows(stage, "SELECT id, event FROM wend_journal WHERE event IN "
                                               "('applied', 'reverted') ORDER BY seq");
    return g_strconcat(log, counts, history, whole, NULL);
}

/* Moves there, killed at the `nth` write (0 = never), and on until it is done. */
static char *killed(bool down, guint nth, bool *died)
{
    Stage stage;
    stage_memory(&stage, NULL);
    fill_folder(&stage);
    stage.driver = breaker_driver();
    breaker_arm(NULL, 0, WEND_OK, false);
    if (down)
        assert_done(&stage, stage_up(&stage));
    breaker_kill(nth);
    bool ok = down ? stage_down_all(&stage) : stage_up(&stage);
    *died = breaker_broke();
    g_assert_cmpint(ok, ==, !*died);
    breaker_arm(NULL, 0, WEND_OK, false);
    if (*died)
        assert_done(&stage, down ? stage_down_all(&stage) : stage_up(&stage));
    char *result = outcome(&stage);
    stage_clear(&stage, NULL);
    return result;
}

static void test_kill(gconstpointer data)
{
    bool down = GPOINTER_TO_INT(data), died;
    g_autofree char *expected = killed(down, 0, &died);
    guint nth = 1;
    for (died = true; died; nth++) {
        g_autofree char *result = killed(down, nth, &died);
        g_assert_cmpstr(result, ==, expected);
    }
    g_assert_cmpuint(nth, >, down ? 10 : 20);
}

/* A statement of which it cannot be known whether it happened is not run again. */
static void test_kill_opaque(Stage *stage, gconstpointer data)
{
    (void)data;
    g_autofree char *copy = g_build_filename(stage->root, "copy.db", NULL);
    g_autofree char *text = g_strdup_printf("CREATE TABLE a (x);\nVACUUM INTO '%s';", copy);
    stage_write(stage, "1_a.sql", text);
    stage->driver = breaker_driver();
    /* The tables, the first segment, the intent; then the statement itself. */
    breaker_kill(4);
    assert_fails(stage, stage_up(stage), WEND_CONNECT, BREAKER_MESSAGE);
    breaker_arm(NULL, 0, WEND_OK, false);
    for (guint i = 0; i < 2; i++)
        assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                     "statement 2 (VACUUM INTO) was under way");
    g_assert_false(g_file_test(copy, G_FILE_TEST_EXISTS));
}

/* --- a failure of any call --- */

/* Each is passed on, once, and behind it the run goes on as if it had not been. */
static void test_failures(void)
{
    bool broke = true;
    guint nth = 1;
    for (; broke; nth++) {
        Stage stage;
        stage_memory(&stage, NULL);
        fill_folder(&stage);
        stage.driver = breaker_driver();
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        bool ok = stage_up(&stage);
        broke = breaker_broke();
        /* What fails while a failure is written down is not told over the failure. */
        g_assert_cmpint(ok, ==, !broke);
        if (broke)
            g_assert_true(stage_failed(&stage, WEND_CONNECT, BREAKER_MESSAGE));
        breaker_arm(NULL, 0, WEND_OK, false);
        assert_done(&stage, stage_up(&stage));
        assert_rows(&stage, COUNTS, "1 25\n1 12\n");
        assert_rows(&stage, "SELECT x FROM log ORDER BY rowid", "1\n2\n31\n32\n33\n9\n");
        stage_clear(&stage, NULL);
    }
    g_assert_cmpuint(nth, >, 38);
}

/* The same while a half-done step is finished. */
static void test_failures_at_resume(void)
{
    bool broke = true;
    for (guint nth = 1; broke; nth++) {
        Stage stage;
        stage_memory(&stage, NULL);
        fill_folder(&stage);
        stage.driver = breaker_driver();
        breaker_kill(7);
        g_assert_false(stage_up(&stage));
        /* To be compared with the stored text. */
        stage_write(&stage, "1_a.sql",
                    "INSERT  INTO log VALUES (1);\n-- Rollback: INSERT INTO log VALUES (-1);");
        stage_open(&stage);
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
        bool ok = wend_move_run(stage.project, &move, &stage.moved, &stage.error);
        broke = breaker_broke();
        /* The first look may fail: what it would see is seen again under the lock. */
        if (!ok)
            g_assert_true(broke && stage_failed(&stage, WEND_CONNECT, BREAKER_MESSAGE));
        breaker_arm(NULL, 0, WEND_OK, false);
        assert_done(&stage, stage_up(&stage));
        assert_rows(&stage, COUNTS, "1 25\n1 12\n");
        stage_clear(&stage, NULL);
    }
}

/* --- work grows with the steps --- */

static guint calls_for(guint steps)
{
    Stage stage;
    stage_memory(&stage, NULL);
    stage.driver = breaker_driver();
    for (guint i = 1; i <= steps; i++) {
        g_autofree char *name = g_strdup_printf("%u_t.sql", i);
        stage_write(&stage, name, "SELECT 1;");
    }
    breaker_arm(NULL, 0, WEND_OK, false);
    assert_done(&stage, stage_up(&stage));
    guint calls = breaker_calls();
    breaker_arm(NULL, 0, WEND_OK, false);
    assert_done(&stage, stage_up(&stage));
    /* Looking costs the same, however many are applied. */
    g_assert_cmpuint(breaker_calls(), <=, 5);
    stage_clear(&stage, NULL);
    return calls;
}

static void test_calls(void)
{
    guint few = calls_for(100), more = calls_for(200), many = calls_for(300);
    g_assert_cmpuint(more - few, ==, many - more);
    g_assert_cmpuint(more - few, <=, 100 * 3);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"batch", test_batch},
        {"batch-without-cursor", test_batch_without_cursor},
        {"batch-fails", test_batch_fails},
        {"batch-fails-at-once", test_batch_fails_at_once},
        {"second-batch", test_second_batch},
        {"interrupt-before", test_interrupt_before},
        {"interrupt-between", test_interrupt_between},
        {"interrupt-one-transaction", test_interrupt_one_transaction},
        {"interrupt-inside", test_interrupt_inside},
        {"interrupt-in-pause", test_interrupt_in_pause},
        {"kill-opaque", test_kill_opaque},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/runner-stops/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    }
    g_test_add_data_func("/runner-stops/kill-up", GINT_TO_POINTER(false), test_kill);
    g_test_add_data_func("/runner-stops/kill-down", GINT_TO_POINTER(true), test_kill);
    g_test_add_func("/runner-stops/failures", test_failures);
    g_test_add_func("/runner-stops/failures-at-resume", test_failures_at_resume);
    g_test_add_func("/runner-stops/calls", test_calls);
    return g_test_run();
}
