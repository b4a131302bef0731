/* SPDX-License-Identifier: MIT
 *
 * Tests of src/base/error.c.
 */
#include "base/error.h"

#include <string.h>

static void test_set(void)
{
    WendError error = WEND_ERROR_INIT;
    g_assert_false(wend_error_set(&error, WEND_USAGE, "no %s", "folder"));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, "no folder");
    g_assert_false(wend_error_hint(&error, "make %d", 1));
    g_assert_false(wend_error_state(&error, "as %s", "before"));
    g_assert_false(wend_error_vendor(&error, "%05d", 42));
    g_assert_false(wend_error_place(&error, "a.sql", 2, 3));
    g_assert_cmpstr(error.hint, ==, "make 1");
    g_assert_cmpstr(error.state, ==, "as before");
    g_assert_cmpstr(error.vendor, ==, "00042");
    g_assert_cmpstr(error.file, ==, "a.sql");
    g_assert_cmpuint(error.line, ==, 2);
    g_assert_cmpuint(error.column, ==, 3);
    g_assert_false(wend_error_hint(&error, "%s, or not", error.hint));
    g_assert_cmpstr(error.hint, ==, "make 1, or not");
    g_assert_false(wend_error_place(&error, error.file, 4, 5));
    g_assert_cmpstr(error.file, ==, "a.sql");
    wend_error_clear(&error);
}

/* Setting clears what was there, but may be made from it. */
static void test_set_again(void)
{
    WendError error = WEND_ERROR_INIT;
    wend_error_set(&error, WEND_USAGE, "inner");
    wend_error_hint(&error, "hint");
    wend_error_place(&error, "a.sql", 2, 3);
    wend_error_set(&error, WEND_FAILED, "outer: %s", error.message);
    g_assert_cmpint(error.code, ==, WEND_FAILED);
    g_assert_cmpstr(error.message, ==, "outer: inner");
    g_assert_null(error.hint);
    g_assert_null(error.file);
    g_assert_cmpuint(error.line, ==, 0);
    wend_error_clear(&error);
}

static void test_clear(void)
{
    WendError error = WEND_ERROR_INIT;
    wend_error_set(&error, WEND_FAILED, "m");
    wend_error_hint(&error, "h");
    wend_error_state(&error, "s");
    wend_error_vendor(&error, "v");
    wend_error_place(&error, "f", 1, 1);
    wend_error_source(&error, "text", 4, 0);
    wend_error_clear(&error);
    g_assert_cmpint(error.code, ==, WEND_OK);
    g_assert_true(error.message == NULL && error.hint == NULL && error.state == NULL);
    g_assert_true(error.vendor == NULL && error.file == NULL && error.source == NULL);
    g_assert_cmpuint(error.line + error.column, ==, 0);
    wend_error_clear(&error);
    wend_error_clear(NULL);
}

static void test_nobody_listens(void)
{
    WendError from = WEND_ERROR_INIT;
    g_assert_false(wend_error_set(NULL, WEND_FAILED, "m"));
    g_assert_false(wend_error_hint(NULL, "h"));
    g_assert_false(wend_error_state(NULL, "s"));
    g_assert_false(wend_error_vendor(NULL, "v"));
    g_assert_false(wend_error_place(NULL, "f", 1, 1));
    g_assert_false(wend_error_source(NULL, "text", 4, 0));
    wend_error_set(&from, WEND_FAILED, "m");
    g_assert_false(wend_error_move(NULL, &from));
    g_assert_null(from.message);
    g_assert_cmpint(from.code, ==, WEND_OK);
}

static void assert_source(const char *text, gsize offset, const char *source, unsigned column)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_false(wend_error_source(&error, text, strlen(text), offset));
    g_assert_cmpstr(error.source, ==, source);
    g_assert_cmpuint(error.column, ==, column);
}

static void test_source(void)
{
    assert_source("one\ntwo\nthree", 0, "one", 1);
    assert_source("one\ntwo\nthree", 3, "one", 4);
    assert_source("one\ntwo\nthree", 4, "two", 1);
    assert_source("one\ntwo\nthree", 13, "three", 6);
    assert_source("one\r\ntwo\rthree", 6, "two", 2);
    assert_source("", 0, "", 1);
    assert_source("\n\n", 1, "", 1);
    assert_source("one", 4, NULL, 0);
}

static void test_source_of_long_line(void)
{
    g_autofree char *before = g_strnfill(1000, 'a');
    g_autofree char *after = g_strnfill(1000, 'b');
    g_autofree char *text = g_strconcat(before, "X", after, NULL);
    g_auto(WendError) error = WEND_ERROR_INIT;
    wend_error_source(&error, text, strlen(text), 1000);
    g_assert_cmpuint(strlen(error.source), ==, 240);
    g_assert_cmpint(error.source[error.column - 1], ==, 'X');
    wend_error_source(&error, text, strlen(text), 5);
    g_assert_cmpuint(error.column, ==, 6);
    g_assert_cmpuint(strlen(error.source), ==, 240);
    wend_error_source(&error, text, strlen(text), strlen(text));
    g_assert_cmpuint(error.column, ==, strlen(error.source) + 1);
}

static void test_move(void)
{
    WendError from = WEND_ERROR_INIT, to = WEND_ERROR_INIT;
    wend_error_set(&to, WEND_USAGE, "old");
    wend_error_hint(&to, "old hint");
    wend_error_set(&from, WEND_LOCKED, "new");
    g_assert_false(wend_error_move(&to, &from));
    g_assert_cmpint(to.code, ==, WEND_LOCKED);
    g_assert_cmpstr(to.message, ==, "new");
    g_assert_null(to.hint);
    g_assert_null(from.message);
    g_assert_cmpint(from.code, ==, WEND_OK);
    wend_error_clear(&to);
}

static void test_version(void)
{
    g_assert_cmpstr(wend_version_text(), ==, WEND_VERSION);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/set", test_set);
    g_test_add_func("/error/set_again", test_set_again);
    g_test_add_func("/error/clear", test_clear);
    g_test_add_func("/error/nobody_listens", test_nobody_listens);
    g_test_add_func("/error/source", test_source);
    g_test_add_func("/error/source_of_long_line", test_source_of_long_line);
    g_test_add_func("/error/move", test_move);
    g_test_add_func("/error/version", test_version);
    return g_test_run();
}
