/* SPDX-License-Identifier: MIT
 *
 * What a person says without running anything: mark and baseline. That each leaves its row in the
 * journal, changes nothing it does not name, and gives the lock back. Repair is
 * test_settle_repair.c's.
 */
#include "core/settle.h"

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

/* Where history and journal disagree, a person says which is right. */
static void test_mark_disagreement(Stage *stage, gconstpointer data)
{
    (void)data;
    three_files(stage);
    assert_done(stage, stage_up(stage));
    stage_sql(stage, "DELETE FROM wend_migrations WHERE id <> 'R:v'");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "the history has no row of them");
    assert_done(stage, mark(stage, "1", false));
    assert_done(stage, mark(stage, "2", true));
    g_assert_cmpstr(stage->text, ==, "2_b");
    assert_done(stage, mark(stage, "2", true));
    g_assert_cmpstr(stage->text, ==, "");
    stage_sql(stage, "DROP TABLE b");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\n");
    assert_states(stage, "1=applied 2=applied R:v=applied");
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
        {"2", "B:2"},   {"1_a", "B:1"}, {"v3", "B:3"},   {"1.2", "B:1.2"},   {"B__2_s", "B:2"},
        {"B:2", "B:2"}, {"", NULL},     {"views", NULL}, {"R__views", NULL}, {"head", NULL},
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

/* --- with a step half done, neither --- */

static void test_half_done_first(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x);\nVACUUM;\nSELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    assert_fails(stage, mark(stage, "1", false), WEND_DISAGREE, "1_a is half done");
    assert_mentions(stage->error.hint, "finish it with `wend up`");
    assert_fails(stage, baseline(stage, "1"), WEND_DISAGREE, "1_a is half done");
}

/* --- every failure of the database is passed on --- */

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

static void nothing(Stage *stage)
{
    stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;", NULL);
}

static void applied(Stage *stage)
{
    nothing(stage);
    assert_done(stage, stage_up(stage));
    /* To be compared with the stored text. */
    stage_write(stage, "1_a.sql", "SELECT  1;");
}

typedef struct Sweep {
    const char *path;
    void (*prepare)(Stage *stage);
    bool (*command)(Stage *stage);
} Sweep;

static const Sweep sweeps[] = {
    {"mark", nothing, mark_one},
    {"mark-pending", applied, mark_back},
    {"baseline", nothing, base},
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
        {"mark", test_mark},
        {"mark-head", test_mark_head},
        {"mark-pending", test_mark_pending},
        {"mark-twice", test_mark_twice},
        {"mark-missing", test_mark_missing},
        {"mark-disagreement", test_mark_disagreement},
        {"mark-refused", test_mark_refused},
        {"baseline", test_baseline},
        {"baseline-names", test_baseline_names},
        {"half-done-first", test_half_done_first},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/settle/", tests[i].path, NULL);
        g_test_add(path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(sweeps); i++) {
        g_autofree char *path = g_strconcat("/settle/failures/", sweeps[i].path, NULL);
        g_test_add_data_func(path, &sweeps[i], test_failures);
    }
    return g_test_run();
}
