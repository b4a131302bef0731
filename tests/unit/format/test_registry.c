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
        g_assert_true(format->title != NULL && format->detect != NULL && format->scan != NULL &&
                      format->load != NULL && format->version_key != NULL &&
                      format->position != NULL);
        const WendHistory *history = format->history;
        g_assert_true(history->table != NULL && history->columns != NULL &&
                      history->create != NULL && history->read != NULL && history->decode != NULL &&
                      history->insert != NULL && history->remove != NULL);
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

/* The name of the format that fits a folder best. Static. */
static const char *best(const char *path)
{
    g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
    guint tied = 0;
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, folder, &tied);
    g_assert_cmpuint(tied, ==, 1);
    return ((const WendFormat *)ranked->pdata[0])->name;
}

static void test_detect(void)
{
    char *path = sandbox_new();
    g_assert_cmpstr(best(path), ==, "wend");
    sandbox_write(path, "001_users.up.sql", "");
    g_assert_cmpstr(best(path), ==, "wend");
    sandbox_free(path);
}

/* wend's own reader then says what is wrong with each name. */
static void test_detect_unreadable(void)
{
    static const char *const names[] = {"schema.sql", "\xFF.sql"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = sandbox_new();
        sandbox_write(path, names[i], "");
        g_assert_cmpstr(best(path), ==, "wend");
        sandbox_free(path);
    }
}

static int sure(const WendFolder *folder)
{
    g_assert_cmpstr(folder->path, ==, "there");
    return 60;
}

static int unsure(G_GNUC_UNUSED const WendFolder *folder)
{
    return 10;
}

static int never(G_GNUC_UNUSED const WendFolder *folder)
{
    return 0;
}

static void assert_rank(const WendFormat *const *formats, const char *expected, guint ties)
{
    const WendFolder folder = {.path = (char *)"there", .fd = -1};
    guint tied = 99;
    g_autoptr(GPtrArray) ranked = wend_format_rank(formats, &folder, &tied);
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < ranked->len; i++)
        g_string_append(names, ((const WendFormat *)ranked->pdata[i])->name);
    g_assert_cmpstr(names->str, ==, expected);
    g_assert_cmpuint(tied, ==, ties);
}

static void test_rank(void)
{
    static const WendFormat a = {.name = "a", .detect = sure};
    static const WendFormat b = {.name = "b", .detect = sure};
    static const WendFormat c = {.name = "c", .detect = unsure};
    static const WendFormat d = {.name = "d", .detect = never};
    assert_rank((const WendFormat *const[]){&d, &c, &a, NULL}, "ac", 1);
    assert_rank((const WendFormat *const[]){&a, &c, &d, NULL}, "ac", 1);
    assert_rank((const WendFormat *const[]){&c, &b, &d, &a, NULL}, "bac", 2);
    assert_rank((const WendFormat *const[]){&d, NULL}, "", 0);
}

static void test_refuse(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) formats = g_ptr_array_new();
    for (gsize i = 0; i < 3; i++)
        g_ptr_array_add(formats, (gpointer)wend_formats[i]);
    g_assert_false(wend_format_refuse("there", formats, 2, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==,
                    "the files in \"there\" fit several formats: wend, golang-migrate");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/registry/table", test_table);
    g_test_add_func("/registry/find", test_find);
    g_test_add_func("/registry/detect", test_detect);
    g_test_add_func("/registry/detect_unreadable", test_detect_unreadable);
    g_test_add_func("/registry/rank", test_rank);
    g_test_add_func("/registry/refuse", test_refuse);
    return g_test_run();
}
