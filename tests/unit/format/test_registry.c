/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/registry.c: finding a format by its name and by a folder's files.
 */
#include "format/format.h"
#include "sandbox.h"

#include <string.h>

static void test_table(void)
{
    g_assert_cmpstr(wend_formats[0]->name, ==, "wend");
    for (gsize i = 0; wend_formats[i] != NULL; i++) {
        const WendFormat *format = wend_formats[i];
        g_assert_true(wend_format_find(format->name, NULL) == format);
        g_assert_true(format->title != NULL && format->table != NULL && format->detect != NULL &&
                      format->scan != NULL && format->load != NULL && format->version_key != NULL &&
                      format->history_create != NULL && format->history_read != NULL &&
                      format->history_decode != NULL && format->history_insert != NULL &&
                      format->history_remove != NULL);
    }
}

static void test_find(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_null(wend_format_find("wnd", &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, "there is no format \"wnd\"");
    g_assert_cmpstr(error.hint, ==, "did you mean \"wend\"?");
    g_assert_null(wend_format_find("something", &error));
    g_assert_true(g_str_has_prefix(error.hint, "the formats are: wend"));
    g_assert_null(wend_format_find("something", NULL));
}

static void test_detect(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *path = sandbox_new();
    g_assert_cmpstr(wend_format_detect(path, &error)->name, ==, "wend");
    sandbox_write(path, "001_users.up.sql", "");
    g_assert_cmpstr(wend_format_detect(path, &error)->name, ==, "wend");
    sandbox_free(path);
}

/* wend's own reader then says what is wrong with each name. */
static void test_detect_unreadable(void)
{
    static const char *const names[] = {"schema.sql", "V1__x.sql", "\xFF.sql"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        char *path = sandbox_new();
        sandbox_write(path, names[i], "");
        g_assert_cmpstr(wend_format_detect(path, &error)->name, ==, "wend");
        sandbox_free(path);
    }
}

static void test_detect_refused(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *path = sandbox_new();
    g_autofree char *missing = g_build_filename(path, "missing", NULL);
    g_assert_null(wend_format_detect(missing, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_true(strstr(error.message, "there is no migrations folder") != NULL);
    sandbox_free(path);
}

static int sure(const char *folder, const char *const *names)
{
    g_assert_cmpstr(folder, ==, "there");
    g_assert_cmpstr(names[0], ==, "1.sql");
    return 60;
}

static int unsure(G_GNUC_UNUSED const char *folder, G_GNUC_UNUSED const char *const *names)
{
    return 10;
}

static int never(G_GNUC_UNUSED const char *folder, G_GNUC_UNUSED const char *const *names)
{
    return 0;
}

static void test_choose(void)
{
    static const char *const names[] = {"1.sql", NULL};
    static const WendFormat a = {.name = "a", .detect = sure};
    static const WendFormat b = {.name = "b", .detect = sure};
    static const WendFormat c = {.name = "c", .detect = unsure};
    static const WendFormat d = {.name = "d", .detect = never};
    const WendFormat *const rising[] = {&d, &c, &a, NULL};
    const WendFormat *const falling[] = {&a, &c, &d, NULL};
    const WendFormat *const equal[] = {&c, &a, &d, &b, NULL};
    const WendFormat *const none[] = {&d, NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_true(wend_format_choose(rising, "there", names, &error) == &a);
    g_assert_true(wend_format_choose(falling, "there", names, &error) == &a);
    g_assert_null(wend_format_choose(equal, "there", names, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, "the files in \"there\" fit several formats: a, b");
    g_assert_null(wend_format_choose(none, "there", names, &error));
    g_assert_cmpstr(error.message, ==,
                    "the files in \"there\" fit none of the formats that wend knows: d");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/registry/table", test_table);
    g_test_add_func("/registry/find", test_find);
    g_test_add_func("/registry/detect", test_detect);
    g_test_add_func("/registry/detect_unreadable", test_detect_unreadable);
    g_test_add_func("/registry/detect_refused", test_detect_refused);
    g_test_add_func("/registry/choose", test_choose);
    return g_test_run();
}
