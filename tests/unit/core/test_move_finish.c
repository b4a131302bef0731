/* SPDX-License-Identifier: MIT
 *
 * What is half done comes first: it counts as one of the steps that were asked for and agreed to,
 * and is finished in its own direction before the plan is made. Also whether a redo may begin at
 * all.
 */
#include "core/run.h"

#include "breaker.h"
#include "stage.h"

#define UP(...)                                                                                    \
    {                                                                                              \
        .direction = WEND_UP, __VA_ARGS__                                                          \
    }
#define DOWN(...)                                                                                  \
    {                                                                                              \
        .direction = WEND_DOWN, __VA_ARGS__                                                        \
    }

static void write_folder(Stage *stage, const char *up_rest, const char *down_rest)
{
    for (guint i = 1; i <= 4; i++) {
        g_autofree char *name = g_strdup_printf("%u_t.sql", i);
        g_autofree char *text = g_strdup_printf("CREATE TABLE t%u (x);\n-- wend:down\n"
                                                "DROP TABLE t%u;\n",
                                                i, i);
        stage_write(stage, name, text);
    }
    g_autofree char *third = g_strdup_printf("CREATE TABLE t3 (x);\nVACUUM;\n%s-- wend:down\n"
                                             "DROP TABLE t3;\nVACUUM;\n%s",
                                             up_rest, down_rest);
    stage_write(stage, "3_t.sql", third);
}

/* Of four, 1 and 2 are applied, and the third is half done in the direction; its file is right
 * now. */
static void half_done(Stage *stage, WendDirection direction)
{
    if (direction == WEND_UP) {
        write_folder(stage, "SELECT y;\n", "");
        assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    } else {
        write_folder(stage, "", "SELECT y;\n");
        assert_done(stage, stage_up_to(stage, "3"));
        assert_fails(stage, stage_down(stage, 1), WEND_FAILED, "no such column: y");
    }
    write_folder(stage, "", "");
}

/* --- what is asked for beside it --- */

typedef struct Case {
    const char *path;
    WendDirection half;
    WendRequest request; /* count 0 = none given */
    const char *tables;
} Case;

static const Case cases[] = {
    {"up-up", WEND_UP, UP(), "t1\nt2\nt3\nt4\n"},
    {"up-up-one", WEND_UP, UP(.count = 1), "t1\nt2\nt3\n"},
    {"up-up-two", WEND_UP, UP(.count = 2), "t1\nt2\nt3\nt4\n"},
    {"up-up-plus-one", WEND_UP, UP(.to = "+1"), "t1\nt2\nt3\n"},
    {"up-up-plus-two", WEND_UP, UP(.to = "+2"), "t1\nt2\nt3\nt4\n"},
    {"up-up-to", WEND_UP, UP(.to = "3"), "t1\nt2\nt3\n"},
    {"up-up-to-below", WEND_UP, UP(.to = "2"), "t1\nt2\nt3\n"},
    {"up-down", WEND_UP, DOWN(), "t1\nt2\n"},
    {"up-down-two", WEND_UP, DOWN(.count = 2), "t1\n"},
    {"down-down", WEND_DOWN, DOWN(), "t1\nt2\n"},
    {"down-down-one", WEND_DOWN, DOWN(.count = 1), "t1\nt2\n"},
    {"down-down-two", WEND_DOWN, DOWN(.count = 2), "t1\n"},
    {"down-down-minus-two", WEND_DOWN, DOWN(.to = "-2"), "t1\n"},
    {"down-down-to", WEND_DOWN, DOWN(.to = "1"), "t1\n"},
    {"down-down-all", WEND_DOWN, DOWN(.all = true), ""},
    {"down-up-one", WEND_DOWN, UP(.count = 1), "t1\nt2\nt3\n"},
    {"down-up", WEND_DOWN, UP(), "t1\nt2\nt3\nt4\n"},
};

static void test_finish(gconstpointer data)
{
    const Case *one = data;
    Stage stage;
    stage_memory(&stage, NULL);
    half_done(&stage, one->half);
    WendRequest request = one->request;
    request.count = request.count == 0 ? -1 : request.count;
    stage_open(&stage);
    WendMove move = {.request = request};
    g_autoptr(WendPlan) plan = wend_move_plan(stage.project, &move, &stage.error);
    g_assert_cmpstr(stage.error.message, ==, NULL);
    g_assert_cmpstr(plan->finish->label, ==, "3_t");
    g_assert_cmpint(plan->finish->direction, ==, one->half);
    /* What was agreed to is what comes behind it. */
    g_auto(GStrv) ids = wend_plan_ids(plan);
    stage.agreed = (const char *const *)ids;
    assert_done(&stage, stage_run(&stage, &request));
    assert_mentions(stage.log->str, "resume 3_t is half done");
    g_assert_cmpuint(stage.moved.done, ==, plan->steps->len + 1);
    assert_rows(&stage, OBJECTS, one->tables);
    stage_clear(&stage, NULL);
}

static void test_not_agreed(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const other[] = {"9", NULL};
    half_done(stage, WEND_UP);
    stage->agreed = other;
    assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                 "the database changed while you were asked");
    /* The half-done step is whole all the same: nobody can want it half. */
    assert_rows(stage, OBJECTS, "t1\nt2\nt3\n");
}

static void test_nothing_half_done(Stage *stage, gconstpointer data)
{
    (void)data;
    write_folder(stage, "", "");
    assert_done(stage, stage_up(stage));
    stage_read(stage);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    WendMoved moved = {0};
    assert_done(stage, wend_move_finish(stage->project, &move, &moved, &stage->error));
    g_assert_cmpuint(moved.planned, ==, 0);
}

/* A backup is made once, before the first thing that changes. */
static void test_backup(Stage *stage, gconstpointer data)
{
    (void)data;
    half_done(stage, WEND_UP);
    g_autofree char *file = g_build_filename(stage->root, "one.db", NULL);
    stage_open(stage);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}, .backup = file};
    assert_done(stage, wend_move_run(stage->project, &move, &stage->moved, &stage->error));
    assert_rows(stage, OBJECTS, "t1\nt2\nt3\nt4\n");
    sqlite3 *copy = NULL;
    sqlite3_stmt *statement = NULL;
    g_assert_cmpint(sqlite3_open(file, &copy), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(copy, "SELECT count(*) FROM sqlite_schema WHERE name = 't4'",
                                       -1, &statement, NULL),
                    ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    g_assert_cmpint(sqlite3_column_int(statement, 0), ==, 0);
    sqlite3_finalize(statement);
    sqlite3_close(copy);
}

/* An outdated repeatable on its way down goes on by the text it began with. */
static void test_outdated(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "R__v.sql",
                "CREATE TABLE a (x); CREATE TABLE b (x);\n-- wend:down\n"
                "DROP TABLE b;\nVACUUM;\nDROP TABLE c;\nDROP TABLE a;");
    assert_done(stage, stage_up(stage));
    stage_write(stage, "R__v.sql", "SELECT 1;\n-- wend:down\nDROP TABLE b;\nVACUUM;\n");
    assert_fails(stage, stage_down_all(stage), WEND_FAILED, "no such table: c");
    stage_sql(stage, "CREATE TABLE c (x)");
    assert_done(stage, stage_down_all(stage));
    assert_rows(stage, OBJECTS, "");
    assert_rows(stage, HISTORY, "");
}

/* --- redo --- */

static bool may_redo(Stage *stage, const char *id)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(ids, (char *)id);
    stage_open(stage);
    return wend_move_may_redo(stage->project, ids, &stage->error);
}

static void test_may_redo(Stage *stage, gconstpointer data)
{
    (void)data;
    write_folder(stage, "", "");
    assert_done(stage, stage_up(stage));
    assert_done(stage, may_redo(stage, "2"));
    /* That its own file has changed is why one wants it; another one's stops it. */
    stage_write(stage, "2_t.sql", "CREATE TABLE t2 (x, y);\n-- Rollback: DROP TABLE t2;");
    assert_done(stage, may_redo(stage, "2"));
    assert_fails(stage, may_redo(stage, "1"), WEND_DISAGREE, "changed after it was applied: 2_t");
    stage_write(stage, "2_t.sql", "COMMIT;\n-- Rollback: DROP TABLE t2;");
    assert_fails(stage, may_redo(stage, "2"), WEND_USAGE, "COMMIT without a BEGIN");
    stage_write(stage, "2_t.sql", "-- wend: frobnicate\nSELECT 1;\n-- Rollback: SELECT 1;");
    assert_fails(stage, may_redo(stage, "2"), WEND_USAGE, "unknown directive");
    assert_rows(stage, OBJECTS, "t1\nt2\nt3\nt4\n");
}

static void test_redo(Stage *stage, gconstpointer data)
{
    (void)data;
    write_folder(stage, "", "");
    assert_done(stage, stage_up(stage));
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(ids, (char *)"2");
    stage_sql(stage, "INSERT INTO t2 VALUES (1); INSERT INTO t3 VALUES (1)");
    WendRequest down = {.direction = WEND_DOWN, .count = -1, .only = ids};
    WendRequest up = {.direction = WEND_UP, .count = -1, .only = ids, .out_of_order = true};
    assert_done(stage, stage_run(stage, &down));
    assert_done(stage, stage_run(stage, &up));
    assert_rows(stage, "SELECT count(*) FROM t2", "0\n");
    assert_rows(stage, "SELECT count(*) FROM t3", "1\n");
    assert_states(stage, "1=applied 2=applied 3=applied 4=applied");
}

/* --- failures while looking --- */

static void test_failures(Stage *stage, gconstpointer data)
{
    (void)data;
    half_done(stage, WEND_UP);
    stage_write(stage, "2_t.sql", "CREATE TABLE  t2 (x);\n-- Rollback: DROP TABLE t2;");
    stage->driver = breaker_driver();
    for (guint nth = 1;; nth++) {
        breaker_arm(NULL, 0, WEND_OK, false);
        stage_open(stage);
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
        g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &move, &stage->error);
        g_assert_cmpint(plan != NULL, ==, !breaker_broke());
        if (plan != NULL)
            break;
        g_assert_true(stage_failed(stage, WEND_CONNECT, BREAKER_MESSAGE));
    }
}

/* Beside it another file has changed: the half-done step is finished, then that is said. */
static void test_changed_beside(void)
{
    bool broke = true;
    for (guint nth = 1; broke; nth++) {
        Stage stage;
        stage_memory(&stage, NULL);
        half_done(&stage, WEND_UP);
        stage_write(&stage, "2_t.sql", "CREATE TABLE t2 (x, y);\n-- Rollback: DROP TABLE t2;");
        stage.driver = breaker_driver();
        breaker_arm(NULL, nth, WEND_CONNECT, false);
        g_assert_false(stage_up(&stage));
        broke = breaker_broke();
        if (stage.error.code != WEND_DISAGREE)
            g_assert_true(broke && stage_failed(&stage, WEND_CONNECT, BREAKER_MESSAGE));
        breaker_arm(NULL, 0, WEND_OK, false);
        assert_fails(&stage, stage_up(&stage), WEND_DISAGREE, "changed after it was applied: 2_t");
        assert_rows(&stage, OBJECTS, "t1\nt2\nt3\n");
        stage_clear(&stage, NULL);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"nothing-half-done", test_nothing_half_done},
        {"not-agreed", test_not_agreed},
        {"backup", test_backup},
        {"outdated", test_outdated},
        {"may-redo", test_may_redo},
        {"redo", test_redo},
        {"failures", test_failures},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/move-finish/", cases[i].path, NULL);
        g_test_add_data_func(path, &cases[i], test_finish);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/move-finish/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    }
    g_test_add_func("/move-finish/changed-beside", test_changed_beside);
    return g_test_run();
}
