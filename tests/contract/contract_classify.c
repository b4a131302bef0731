/* SPDX-License-Identifier: MIT
 *
 * Contract: what kind of statement it is. The target lists samples of its own; what holds
 * everywhere stands here.
 */
#include "contract.h"

#include <string.h>

static WendClassified classify(Bench *bench, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendClassified classified;
    memset(&classified, 0xAA, sizeof classified);
    assert_done(bench->driver->classify(sql, strlen(sql), &classified, &error));
    g_assert_nonnull(classified.what);
    return classified;
}

static void test_common(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const ordinary[] = {"",
                                           "-- only a comment",
                                           "SELECT 1",
                                           "INSERT INTO items VALUES (1, 'VACUUM')",
                                           "/* VACUUM */ UPDATE items SET name = 'BEGIN'",
                                           "DELETE FROM items",
                                           "(SELECT 1)",
                                           "WITH a AS (SELECT 1) SELECT * FROM a"};
    for (gsize i = 0; i < G_N_ELEMENTS(ordinary); i++) {
        WendClassified classified = classify(bench, ordinary[i]);
        g_assert_cmpint(classified.class, ==, WEND_CLASS_ORDINARY);
        g_assert_false(classified.session);
        g_assert_false(classified.temporary);
    }
    g_assert_true(classify(bench, "CREATE TEMPORARY TABLE scrap (id INTEGER)").temporary);
    g_assert_true(classify(bench, "create /* a */ temporary\ntable scrap (id INTEGER)").temporary);
}

static void test_borders(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_cmpint(classify(bench, "BEGIN").class, ==, WEND_CLASS_BEGIN);
    g_assert_cmpint(classify(bench, "/* a */ begin").class, ==, WEND_CLASS_BEGIN);
    g_assert_cmpint(classify(bench, "COMMIT").class, ==, WEND_CLASS_COMMIT);
}

static void test_samples(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    for (const ContractSample *sample = contract_target.samples; sample->sql != NULL; sample++) {
        g_autofree char *commented = g_strdup_printf("-- a\n/* b */ %s", sample->sql);
        const char *const forms[] = {sample->sql, commented};
        for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
            WendClassified classified = classify(bench, forms[i]);
            g_test_message("%s", forms[i]);
            g_assert_cmpint(classified.class, ==, sample->class);
            g_assert_true(classified.session == sample->session);
            g_assert_true(classified.temporary == sample->temporary);
            if (sample->what != NULL)
                g_assert_cmpstr(classified.what, ==, sample->what);
        }
    }
}

/* What a target says that it has must be what classify() takes it for. */
static void test_quirks(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    const ContractTarget *target = &contract_target;
    if (target->repeatable != NULL)
        g_assert_cmpint(classify(bench, target->repeatable).class, ==, WEND_CLASS_REPEATABLE);
    if (target->opaque != NULL)
        g_assert_cmpint(classify(bench, target->opaque).class, ==, WEND_CLASS_OPAQUE);
    if (target->lifted != NULL)
        g_assert_cmpint(classify(bench, target->lifted).class, ==, WEND_CLASS_LIFTED);
    if (target->setting != NULL)
        g_assert_true(classify(bench, target->setting).session);
}

static void test_refused(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    for (const char *const *sql = contract_target.refused; *sql != NULL; sql++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendClassified classified;
        g_test_message("%s", *sql);
        assert_fails(bench->driver->classify(*sql, strlen(*sql), &classified, &error), WEND_USAGE);
        g_assert_nonnull(error.hint);
        g_assert_null(error.file);
        g_assert_cmpuint(error.line, ==, 0);
        g_assert_false(bench->driver->classify(*sql, strlen(*sql), &classified, NULL));
    }
}

/* Only the bytes it is given count. */
static void test_length(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendClassified classified;
    const char *sql = "BEGINNING";
    assert_done(bench->driver->classify(sql, 5, &classified, &error));
    g_assert_cmpint(classified.class, ==, WEND_CLASS_BEGIN);
    assert_done(bench->driver->classify(sql, 9, &classified, &error));
    g_assert_cmpint(classified.class, ==, WEND_CLASS_ORDINARY);
}

static void test_script(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    const char *begin = bench->driver->script_begin, *commit = bench->driver->script_commit;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendClassified classified;
    g_assert_nonnull(bench->driver->script_head);
    g_assert_true(g_str_has_suffix(begin, ";"));
    g_assert_true(g_str_has_suffix(commit, ";"));
    assert_done(bench->driver->classify(begin, strlen(begin) - 1, &classified, &error));
    g_assert_cmpint(classified.class, ==, WEND_CLASS_BEGIN);
    assert_done(bench->driver->classify(commit, strlen(commit) - 1, &classified, &error));
    g_assert_cmpint(classified.class, ==, WEND_CLASS_COMMIT);
}

void contract_classify_tests(void)
{
    contract_add("classify/common", test_common);
    contract_add("classify/borders", test_borders);
    contract_add("classify/samples", test_samples);
    contract_add("classify/quirks", test_quirks);
    contract_add("classify/refused", test_refused);
    contract_add("classify/length", test_length);
    contract_add("classify/script-borders", test_script);
}
