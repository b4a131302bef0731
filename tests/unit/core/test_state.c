/* SPDX-License-Identifier: MIT
 *
 * Where each migration stands: every state, what outranks what, and how an entry is named from
 * either side. Values only, no files and no database.
 */
#include "values.h"

typedef struct Case {
    const char *path;
    const char *migrations, *applied, *last, *alike, *states;
} Case;

static const Case cases[] = {
    {"nothing", "", "", NULL, NULL, ""},
    {"pending", "1_a 2_b", "", NULL, NULL, "1=pending 2=pending"},
    {"applied", "1_a 2_b", "1_a 2_b", NULL, NULL, "1=applied 2=applied"},
    {"failed", "1_a 2_b", "1_a", "2:failed", NULL, "1=applied 2=failed"},
    {"begun", "1_a", "", "1:begin", NULL, "1=failed"},
    {"reverted", "1_a", "", "1:reverted", NULL, "1=reverted"},
    {"forgotten", "1_a", "", "1:repaired", NULL, "1=pending"},
    {"marked-pending", "1_a", "", "1:marked", NULL, "1=pending"},
    {"failed-but-applied", "1_a", "1_a", "1:failed", NULL, "1=applied"},
    {"out-of-order", "1_a 2_b 3_c", "1_a 3_c", NULL, NULL, "1=applied 2=out of order 3=applied"},
    {"out-of-order-failed", "1_a 2_b", "2_b", "1:failed", NULL, "1=out of order 2=applied"},
    {"repeatable-is-no-horizon", "1_a R__v", "R__v", NULL, NULL, "1=pending R:v=applied"},
    {"missing", "2_b", "1_a 2_b", NULL, NULL, "1=missing 2=applied"},
    {"missing-last", "1_a", "1_a 9_z", NULL, NULL, "1=applied 9=missing"},
    {"missing-is-a-horizon", "2_b", "3_c", NULL, NULL, "2=out of order 3=missing"},
    {"missing-repeatable", "", "R__v", NULL, NULL, "R:v=missing"},
    {"changed", "1_a=new", "1_a=old", NULL, NULL, "1=changed"},
    {"layout-only", "1_a=new 2_b=new", "1_a=old 2_b=old", NULL, "1", "1=applied~ 2=changed"},
    {"no-checksum", "1_a=new", "1_a=?", NULL, NULL, "1=applied"},
    {"outdated", "R__v=new", "R__v=old", NULL, NULL, "R:v=outdated"},
    {"repeatable-reverted", "R__v", "", "R:v:reverted", NULL, "R:v=reverted"},
    {"unused", "B__2_s 2_b", "", NULL, NULL, "B:2=unused 2=pending"},
    {"baseline-row", "1_a 2_b 3_c", "B__2_baseline=?", NULL, NULL,
     "1=below baseline 2=below baseline B:2=baseline 3=pending"},
    {"baseline-file", "1_a B__2_s 2_b 3_c", "B__2_s", NULL, NULL,
     "1=below baseline B:2=baseline 2=below baseline 3=pending"},
    {"baseline-changed", "B__2_s=new", "B__2_s=old", NULL, NULL, "B:2=changed"},
    {"two-baselines", "1_a 3_c 5_e", "B__2_x=? B__4_y=?", NULL, NULL,
     "1=below baseline B:2=baseline 3=below baseline B:4=baseline 5=pending"},
    {"below-baseline-applied", "1_a 2_b", "1_a B__2_x=?", NULL, NULL,
     "1=applied 2=below baseline B:2=baseline"},
    {"below-outranks-reverted", "1_a", "B__2_x=?", "1:reverted", NULL,
     "1=below baseline B:2=baseline"},
    {"numbers", "2_b 10_j", "10_j 9_i", NULL, NULL, "2=out of order 9=missing 10=applied"},
};

static void test_states(gconstpointer data)
{
    const Case *one = data;
    Values values;
    values_make(&values, one->migrations, one->applied, one->last, one->alike);
    g_autofree char *states = values_states(values.entries);
    g_assert_cmpstr(states, ==, one->states);
    values_clear(&values);
}

static void test_without_script(void)
{
    /* A migration that only the store knows: nothing to compare with. */
    Values values;
    values_make(&values, "1_a", "1_a=old", NULL, NULL);
    WendMigration *migration = values.migrations->pdata[0];
    g_clear_pointer(&migration->up, wend_script_free);
    g_array_unref(values.entries);
    values.entries =
        wend_state_make(&(WendSides){.migrations = values.migrations, .applied = values.applied});
    g_autofree char *states = values_states(values.entries);
    g_assert_cmpstr(states, ==, "1=applied");
    values_clear(&values);
}

static void test_words(void)
{
    static const struct {
        WendState state;
        const char *name;
        bool pending;
    } words[] = {
        {WEND_STATE_APPLIED, "applied", false},
        {WEND_STATE_PENDING, "pending", true},
        {WEND_STATE_RUNNING, "running", true},
        {WEND_STATE_FAILED, "failed", true},
        {WEND_STATE_REVERTED, "reverted", true},
        {WEND_STATE_OUT_OF_ORDER, "out of order", true},
        {WEND_STATE_MISSING, "missing", false},
        {WEND_STATE_CHANGED, "changed", false},
        {WEND_STATE_OUTDATED, "outdated", true},
        {WEND_STATE_BASELINE, "baseline", false},
        {WEND_STATE_BELOW_BASELINE, "below baseline", false},
        {WEND_STATE_UNUSED, "unused", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_cmpstr(wend_state_name(words[i].state), ==, words[i].name);
        g_assert_cmpint(wend_state_is_pending(words[i].state), ==, words[i].pending);
    }
}

static void assert_entry(const GArray *entries, guint at, const char *label, const char *version,
                         const char *name, WendKind kind)
{
    const WendEntry *entry = &g_array_index(entries, WendEntry, at);
    g_autofree char *shown = wend_entry_label(entry);
    g_assert_cmpstr(shown, ==, label);
    g_assert_cmpstr(wend_entry_version(entry), ==, version);
    g_assert_cmpstr(wend_entry_name(entry), ==, name);
    g_assert_cmpint(wend_entry_kind(entry), ==, kind);
}

static void test_names(void)
{
    static const struct {
        const char *word, *label, *version, *name;
        WendKind kind;
    } names[] = {
        {"001_create_users", "001_create_users", "001", "create_users", WEND_KIND_VERSIONED},
        {"1.2_", "1.2", "1.2", "", WEND_KIND_VERSIONED},
        {"R__views", "R__views", "views", "views", WEND_KIND_REPEATABLE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        Values file, row;
        values_make(&file, names[i].word, "", NULL, NULL);
        values_make(&row, "", names[i].word, NULL, NULL);
        assert_entry(file.entries, 0, names[i].label, names[i].version, names[i].name,
                     names[i].kind);
        assert_entry(row.entries, 0, names[i].label, names[i].version, names[i].name,
                     names[i].kind);
        g_assert_cmpstr(wend_entry_position(&g_array_index(file.entries, WendEntry, 0)), ==,
                        wend_entry_position(&g_array_index(row.entries, WendEntry, 0)));
        values_clear(&file);
        values_clear(&row);
    }
}

static void test_nameless_row(void)
{
    Values values;
    values_make(&values, "", "7_x", NULL, NULL);
    WendApplied *row = values.applied->pdata[0];
    g_clear_pointer(&row->name, g_free);
    g_autofree char *label = wend_entry_label(&g_array_index(values.entries, WendEntry, 0));
    g_assert_cmpstr(label, ==, "7");
    values_clear(&values);
}

static void test_last(void)
{
    Values values;
    values_make(&values, "1_a 2_b", "1_a", "1:applied", NULL);
    const WendEntry *first = &g_array_index(values.entries, WendEntry, 0);
    g_assert_nonnull(first->last);
    g_assert_cmpint(first->last->event, ==, WEND_EVENT_APPLIED);
    g_assert_null(g_array_index(values.entries, WendEntry, 1).last);
    values_clear(&values);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/state/", cases[i].path, NULL);
        g_test_add_data_func(path, &cases[i], test_states);
    }
    g_test_add_func("/state/without-script", test_without_script);
    g_test_add_func("/state/words", test_words);
    g_test_add_func("/state/names", test_names);
    g_test_add_func("/state/nameless-row", test_nameless_row);
    g_test_add_func("/state/last", test_last);
    return g_test_run();
}
