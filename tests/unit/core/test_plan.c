/* SPDX-License-Identifier: MIT
 *
 * The plan: what goes up and what comes down, where it stops, how a version is named, and what is
 * refused before anything runs. Values only, no files and no database.
 */
#include "stage.h"
#include "values.h"

#include <string.h>

typedef struct Case {
    const char *path;
    const char *migrations, *applied, *last;
    WendRequest request; /* `batch` and `only` come from `ids` */
    const char *ids;
    const char *plan; /* NULL = it is refused */
    WendCode code;
    const char *message, *hint; /* or, of a plan, its warning in `message` */
} Case;

/* A count of 0 is none given here; NO_STEPS is what a person types as 0. */
#define UP(...)                                                                                    \
    {                                                                                              \
        .direction = WEND_UP, __VA_ARGS__                                                          \
    }
#define DOWN(...)                                                                                  \
    {                                                                                              \
        .direction = WEND_DOWN, __VA_ARGS__                                                        \
    }
#define NO_STEPS (-2)

static const Case ups[] = {
    {"nothing", "", "", NULL, UP(), NULL, "", 0, NULL, NULL},
    {"all", "1_a 2_b", "", NULL, UP(), NULL, "+1 +2", 0, NULL, NULL},
    {"rest", "1_a 2_b 3_c", "1_a", NULL, UP(), NULL, "+2 +3", 0, NULL, NULL},
    {"none", "1_a", "1_a", NULL, UP(), NULL, "", 0, NULL, NULL},
    {"failed-again", "1_a", "", "1:failed", UP(), NULL, "+1", 0, NULL, NULL},
    {"reverted-again", "1_a", "", "1:reverted", UP(), NULL, "+1", 0, NULL, NULL},
    {"to", "1_a 2_b 3_c", "", NULL, UP(.to = "2"), NULL, "+1 +2", 0, NULL, NULL},
    {"to-spelling", "001_a 002_b 003_c", "", NULL, UP(.to = "2"), NULL, "+1 +2", 0, NULL, NULL},
    {"to-label", "1_a 2_b 3_c", "", NULL, UP(.to = "2_b"), NULL, "+1 +2", 0, NULL, NULL},
    {"to-leaves-repeatables", "1_a R__v", "", NULL, UP(.to = "1"), NULL, "+1", 0, NULL, NULL},
    {"to-repeatable", "1_a R__v R__w", "", NULL, UP(.to = "v"), NULL, "+1 +R:v", 0, NULL, NULL},
    {"to-applied", "1_a 2_b", "1_a", NULL, UP(.to = "1"), NULL, "", 0, NULL, NULL},
    {"to-missing", "1_a 3_c", "2_b", NULL, UP(.to = "2", .out_of_order = true), NULL, "+1", 0,
     "1 applied migration has no file here: 2_b", NULL},
    {"head", "1_a 2_b", "", NULL, UP(.to = "head"), NULL, "+1 +2", 0, NULL, NULL},
    {"count", "1_a 2_b 3_c", "", NULL, UP(.count = 2), NULL, "+1 +2", 0, NULL, NULL},
    {"count-none", "1_a", "", NULL, UP(.count = NO_STEPS), NULL, "", 0, NULL, NULL},
    {"count-over", "1_a", "", NULL, UP(.count = 9), NULL, "+1", 0, NULL, NULL},
    {"plus", "1_a 2_b 3_c", "1_a", NULL, UP(.to = "+1"), NULL, "+2", 0, NULL, NULL},
    {"repeatables-last", "1_a 2_b R__v R__a", "1_a", NULL, UP(), NULL, "+2 +R:v +R:a", 0, NULL,
     NULL},
    {"outdated", "1_a R__v=new", "1_a R__v=old", NULL, UP(), NULL, "+R:v", 0, NULL, NULL},
    {"only", "1_a 2_b 3_c", "", NULL, UP(), "1 3", "+1 +3", 0, NULL, NULL},
    {"only-changed", "1_a=new 2_b", "1_a=old", NULL, UP(), "1", "", 0, NULL, NULL},
    {"only-other-changed", "1_a=new 2_b", "1_a=old", NULL, UP(), "2", NULL, WEND_DISAGREE,
     "changed after it was applied: 1_a", NULL},
    {"out-of-order", "1_a 2_b 3_c", "3_c", NULL, UP(), NULL, NULL, WEND_DISAGREE,
     "pending, but a later one is applied already: 1_a, 2_b",
     "give it a newer version, or run `wend up --out-of-order`"},
    {"out-of-order-wanted", "1_a 2_b", "2_b", NULL, UP(.out_of_order = true), NULL, "+1", 0, NULL,
     NULL},
    {"changed", "1_a=new 2_b", "1_a=old", NULL, UP(), NULL, NULL, WEND_DISAGREE,
     "changed after it was applied: 1_a",
     "put the file back as it was and make a new migration for the change; while it is the newest, "
     "`wend redo` runs the new text; or `wend repair --accept 1_a` if the database already is as "
     "the file says now"},
    {"missing", "2_b", "1_a", NULL, UP(), NULL, "+2", 0,
     "1 applied migration has no file here: 1_a", NULL},
    {"missing-two", "3_c", "1_a 2_b", NULL, UP(), NULL, "+3", 0,
     "2 applied migrations have no file here: 1_a, …", NULL},
    {"newer", "1_a", "1_a 2_b 3_c", NULL, UP(), NULL, NULL, WEND_REFUSED,
     "the database is newer than these migrations: applied, and not among them: 2_b, 3_c",
     "run the release that has them; or `wend down --to 1`, which needs no files for what was "
     "stored"},
    {"newer-may-force", "1_a", "1_a 2_b", NULL, UP(.may_force = true), NULL, NULL, WEND_REFUSED,
     "the database is newer than these migrations: applied, and not among them: 2_b",
     "run the release that has them; or `wend down --to 1`, which needs no files for what was "
     "stored; or `wend up --force`, to leave it as it is"},
    {"newer-wanted", "1_a 2_b", "1_a 3_c", NULL, UP(.newer = true, .out_of_order = true), NULL,
     "+2", 0, "1 applied migration has no file here: 3_c", NULL},
    {"baseline-file", "1_a B__2_s 2_b 3_c", "", NULL, UP(.empty = true), NULL, "+B:2 +3", 0, NULL,
     NULL},
    {"baseline-highest", "B__1_r B__2_s 3_c", "", NULL, UP(.empty = true), NULL, "+B:2 +3", 0, NULL,
     NULL},
    {"baseline-not-empty", "1_a B__2_s 2_b 3_c", "", NULL, UP(), NULL, "+1 +2 +3", 0,
     "B__2_s is not run, as the database is not empty; when that is what is in it, record it: "
     "`wend "
     "baseline 2`",
     NULL},
    {"baseline-behind-history", "1_a B__2_s 2_b", "1_a", NULL, UP(.empty = true), NULL, "+2", 0,
     NULL, NULL},
    {"baseline-above-goal", "1_a B__2_s 2_b", "", NULL, UP(.to = "1", .empty = true), NULL, "+1", 0,
     NULL, NULL},
    {"baseline-at-goal", "1_a B__2_s 2_b", "", NULL, UP(.to = "2", .empty = true), NULL, "+B:2", 0,
     NULL, NULL},
    {"baseline-counts", "B__2_s 3_c", "", NULL, UP(.count = 1, .empty = true), NULL, "+B:2", 0,
     NULL, NULL},
    {"below-baseline", "1_a 3_c", "B__2_x=?", NULL, UP(), NULL, "+3", 0, NULL, NULL},
    {"base", "1_a", "", NULL, UP(.to = "base"), NULL, NULL, WEND_USAGE,
     "base is below everything: there is no way up to it", "wend down --to base"},
    {"minus", "1_a", "", NULL, UP(.to = "-1"), NULL, NULL, WEND_USAGE,
     "-1 is no version to go up to", "+N stands for N steps up"},
    {"plus-zero", "1_a", "", NULL, UP(.to = "+0"), NULL, NULL, WEND_USAGE,
     "+0 is no version to go up to", "+N stands for N steps up"},
    {"plus-word", "1_a", "", NULL, UP(.to = "+1x"), NULL, NULL, WEND_USAGE,
     "+1x is no version to go up to", NULL},
    {"plus-nothing", "1_a", "", NULL, UP(.to = "+"), NULL, NULL, WEND_USAGE,
     "+ is no version to go up to", NULL},
    {"unknown", "20240101_a 20240202_b", "", NULL, UP(.to = "20240102"), NULL, NULL, WEND_USAGE,
     "there is no migration 20240102", "did you mean 20240101? `wend status` lists all"},
    {"unknown-far", "1_a", "", NULL, UP(.to = "7777777"), NULL, NULL, WEND_USAGE,
     "there is no migration 7777777", "`wend status` lists all"},
    {"empty-version", "1_a", "", NULL, UP(.to = ""), NULL, NULL, WEND_USAGE,
     "there is no migration ", "`wend status` lists all"},
};

static const Case downs[] = {
    {"nothing", "", "", NULL, DOWN(), NULL, "", 0, NULL, NULL},
    {"one", "1_a 2_b", "1_a 2_b", NULL, DOWN(), NULL, "-2", 0, NULL, NULL},
    {"count", "1_a 2_b 3_c", "1_a 2_b 3_c", NULL, DOWN(.count = 2), NULL, "-3 -2", 0, NULL, NULL},
    {"count-none", "1_a", "1_a", NULL, DOWN(.count = NO_STEPS), NULL, "", 0, NULL, NULL},
    {"minus", "1_a 2_b 3_c", "1_a 2_b 3_c", NULL, DOWN(.to = "-2"), NULL, "-3 -2", 0, NULL, NULL},
    {"to", "1_a 2_b 3_c", "1_a 2_b 3_c", NULL, DOWN(.to = "1"), NULL, "-3 -2", 0, NULL, NULL},
    {"to-counted", "1_a 2_b 3_c", "1_a 2_b 3_c", NULL, DOWN(.to = "1", .count = 1), NULL, "-3", 0,
     NULL, NULL},
    {"base", "1_a 2_b R__v", "1_a 2_b R__v", NULL, DOWN(.to = "base"), NULL, "-R:v -2 -1", 0, NULL,
     NULL},
    {"all", "1_a R__v R__w", "1_a R__v R__w", NULL, DOWN(.all = true), NULL, "-R:w -R:v -1", 0,
     NULL, NULL},
    {"keeps-repeatables", "1_a R__v", "1_a R__v", NULL, DOWN(.count = 5), NULL, "-1", 0, NULL,
     NULL},
    {"skips-pending", "1_a 2_b 3_c", "1_a 3_c", NULL, DOWN(.count = 2), NULL, "-3 -1", 0, NULL,
     NULL},
    {"gone", "1_a", "1_a 2_b", NULL, DOWN(), NULL, "-2*", 0, NULL, NULL},
    {"changed", "1_a=new", "1_a=old", NULL, DOWN(), NULL, "-1*", 0, NULL, NULL},
    {"outdated", "R__v=new", "R__v=old", NULL, DOWN(.all = true), NULL, "-R:v*", 0, NULL, NULL},
    {"batch", "1_a 2_b 3_c R__v", "1_a 2_b 3_c R__v", NULL, DOWN(), "batch:3 R:v 1", "-R:v -3 -1",
     0, NULL, NULL},
    {"batch-empty", "1_a", "1_a", NULL, DOWN(), "batch:", "", 0, NULL, NULL},
    {"only", "1_a 2_b", "1_a 2_b", NULL, DOWN(.all = true), "1", "-1", 0, NULL, NULL},
    {"baseline-row-stays", "3_c", "B__2_x=? 3_c", NULL, DOWN(.all = true), NULL, "-3", 0, NULL,
     NULL},
    {"baseline-file-goes", "B__2_s 3_c", "B__2_s 3_c", NULL, DOWN(.all = true), NULL, "-3 -B:2", 0,
     NULL, NULL},
    {"baseline-row-with-file-stays", "B__2_s 3_c", "B__2_s=? 3_c", NULL, DOWN(.all = true), NULL,
     "-3", 0, NULL, NULL},
    {"to-baseline-row", "3_c", "B__2_x=? 3_c", NULL, DOWN(.to = "B:2"), NULL, "-3", 0, NULL, NULL},
    {"to-below-baseline", "1_a 3_c", "B__2_x=? 3_c", NULL, DOWN(.to = "1"), NULL, "-3", 0, NULL,
     NULL},
    {"to-unapplied", "1_a 2_b", "1_a", NULL, DOWN(.to = "2"), NULL, NULL, WEND_USAGE,
     "2_b is not applied: there is no way down to it", "wend up --to 2"},
    {"head", "1_a", "1_a", NULL, DOWN(.to = "head"), NULL, NULL, WEND_USAGE,
     "head is above everything: there is no way down to it", "wend up"},
    {"plus", "1_a", "1_a", NULL, DOWN(.to = "+1"), NULL, NULL, WEND_USAGE,
     "+1 is no version to go down to", "-N stands for N steps down"},
    {"unknown", "1_a", "1_a", NULL, DOWN(.to = "nine"), NULL, NULL, WEND_USAGE,
     "there is no migration nine", NULL},
};

/* "batch:1 2" is the last run, "1 2" the only ones to go. */
static WendRequest read_request(const Case *one, GHashTable **ids)
{
    WendRequest request = one->request;
    request.count = request.count == 0 ? -1 : request.count == NO_STEPS ? 0 : request.count;
    bool batch = one->ids != NULL && g_str_has_prefix(one->ids, "batch:");
    *ids = values_set(batch ? one->ids + strlen("batch:") : one->ids);
    if (batch)
        request.batch = *ids;
    else
        request.only = *ids;
    return request;
}

static void test_plan(gconstpointer data)
{
    const Case *one = data;
    Values values;
    g_autoptr(GHashTable) ids = NULL;
    g_auto(WendError) error = WEND_ERROR_INIT;
    values_make(&values, one->migrations, one->applied, one->last, NULL);
    WendRequest request = read_request(one, &ids);
    g_autoptr(WendPlan) plan = wend_plan_make(values.entries, wend_formats[0], &request, &error);
    g_assert_cmpint(error.code, ==, one->code);
    if (one->plan != NULL) {
        g_autofree char *text = plan != NULL ? values_plan(plan) : NULL;
        g_assert_cmpstr(text, ==, one->plan);
        g_assert_cmpuint(plan->warnings->len, ==, one->message != NULL ? 1 : 0);
        if (one->message != NULL)
            g_assert_cmpstr(plan->warnings->pdata[0], ==, one->message);
    } else {
        g_assert_null(plan);
        g_assert_cmpstr(error.message, ==, one->message);
        if (one->hint != NULL)
            g_assert_cmpstr(error.hint, ==, one->hint);
        g_assert_null(wend_plan_make(values.entries, wend_formats[0], &request, NULL));
    }
    values_clear(&values);
}

static void test_many_are_cut_short(void)
{
    g_autoptr(GString) files = g_string_new("1_a");
    for (guint i = 2; i <= 12; i++)
        g_string_append_printf(files, " %u_a", i);
    Values values;
    g_auto(WendError) error = WEND_ERROR_INIT;
    values_make(&values, files->str, "99_z", NULL, NULL);
    WendRequest request = UP(.count = -1);
    g_assert_null(wend_plan_make(values.entries, wend_formats[0], &request, &error));
    assert_mentions(error.message, "already: 1_a, 2_a, ");
    assert_mentions(error.message, ", 10_a and 2 more");
    values_clear(&values);
}

static void test_ten_thousand(void)
{
    g_autoptr(GString) files = g_string_new("1_a");
    for (guint i = 2; i <= 10000; i++)
        g_string_append_printf(files, " %u_a", i);
    Values values;
    values_make(&values, files->str, "10001_gone 10000_a 9999_a", NULL, NULL);
    WendRequest up = UP(.count = -1, .out_of_order = true), down = DOWN(.count = -1, .all = true);
    g_autoptr(WendPlan) there = wend_plan_make(values.entries, wend_formats[0], &up, NULL);
    g_autoptr(WendPlan) back = wend_plan_make(values.entries, wend_formats[0], &down, NULL);
    g_assert_cmpuint(there->steps->len, ==, 9998);
    for (guint i = 0; i < there->steps->len; i++)
        g_assert_cmpint(atoi(g_array_index(there->steps, WendStep, i).id), ==, (int)i + 1);
    g_autofree char *text = values_plan(back);
    g_assert_cmpstr(text, ==, "-10001* -10000 -9999");
    values_clear(&values);
}

static void test_step(void)
{
    Values values;
    values_make(&values, "001_a", "001_a 2_b", NULL, NULL);
    WendRequest request = DOWN(.count = -1, .all = true);
    g_autoptr(WendPlan) plan = wend_plan_make(values.entries, wend_formats[0], &request, NULL);
    const WendStep *gone = &g_array_index(plan->steps, WendStep, 0);
    const WendStep *here = &g_array_index(plan->steps, WendStep, 1);
    g_autofree char *gone_label = wend_step_label(gone);
    g_autofree char *here_label = wend_step_label(here);
    g_assert_cmpstr(gone_label, ==, "2_b");
    g_assert_cmpstr(here_label, ==, "001_a");
    g_assert_null(gone->migration);
    g_assert_true(gone->applied == values.applied->pdata[1]);
    g_assert_true(here->migration == values.migrations->pdata[0]);
    g_assert_cmpstr(here->version, ==, "001");
    g_assert_cmpstr(here->name, ==, "a");
    g_auto(GStrv) ids = wend_plan_ids(plan);
    g_autofree char *joined = g_strjoinv(" ", ids);
    g_assert_cmpstr(joined, ==, "2 1");
    values_clear(&values);
    wend_plan_free(NULL);
}

static void assert_found(const char *migrations, const char *applied, const char *version,
                         const char *id)
{
    Values values;
    values_make(&values, migrations, applied, NULL, NULL);
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendEntry *entry = wend_entry_find(values.entries, wend_formats[0], version, &error);
    g_assert_cmpstr(entry != NULL ? wend_entry_id(entry) : error.message, ==, id);
    values_clear(&values);
}

static void test_find(void)
{
    static const struct {
        const char *migrations, *applied, *version, *id;
    } finds[] = {
        {"001_a 002_b", "", "1", "1"},
        {"001_a 002_b", "", "v2", "2"},
        {"001_a 002_b", "", "002_b", "2"},
        {"001_a", "002_gone", "2", "2"},
        {"1_a R__views", "", "views", "R:views"},
        {"1_a R__views", "", "R__views", "R:views"},
        {"1_a R__views", "", "R:views", "R:views"},
        {"B__1_s 1_a", "", "1", "1"},
        {"B__1_s 1_a", "", "B__1", "B:1"},
        {"1_a R__1", "", "1", "1"},
        {"B__1_s 2_b", "", "1", "B:1"},
        {"B__1_s 2_b R__1", "", "1", "1 names several migrations: B__1_s, R__1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(finds); i++)
        assert_found(finds[i].migrations, finds[i].applied, finds[i].version, finds[i].id);
}

static void add_cases(const char *folder, const Case *cases, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_autofree char *path = g_strconcat(folder, cases[i].path, NULL);
        g_test_add_data_func(path, &cases[i], test_plan);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases("/plan/up/", ups, G_N_ELEMENTS(ups));
    add_cases("/plan/down/", downs, G_N_ELEMENTS(downs));
    g_test_add_func("/plan/many-are-cut-short", test_many_are_cut_short);
    g_test_add_func("/plan/ten-thousand", test_ten_thousand);
    g_test_add_func("/plan/step", test_step);
    g_test_add_func("/plan/find", test_find);
    return g_test_run();
}
