/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/wend_name.c: which names are read, what they say, and their order.
 */
#include "format/wend_name.h"

#include <string.h>

static void test_names(void)
{
    static const struct {
        const char *file;
        WendKind kind;
        WendPart part;
        const char *id, *version, *name, *position;
    } cases[] = {
        {"001.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "001", "", "0011"},
        {"001.up.sql", WEND_KIND_VERSIONED, WEND_PART_UP, "1", "001", "", "0011"},
        {"001_a.UP.SQL", WEND_KIND_VERSIONED, WEND_PART_UP, "1", "001", "a", "0011"},
        {"001_a.Down.Sql", WEND_KIND_VERSIONED, WEND_PART_DOWN, "1", "001", "a", "0011"},
        {"0_init.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "0", "0", "init", "0010"},
        {"000.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "0", "000", "", "0010"},
        {"10__x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "10", "10", "x", "00210"},
        {"1_a_b.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1", "a_b", "0011"},
        {"1 add users.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1", "add users", "0011"},
        {"1 - add.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1", "add", "0011"},
        {"1_a..sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1", "a.", "0011"},
        {"1_a.b.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1", "a.b", "0011"},
        {"v12_x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "12", "12", "x", "00212"},
        {"V1.2_x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1.2", "1.2", "x", "00110012"},
        {"v1__x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1", "x", "0011"},
        {"1.02.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1.2", "1.02", "", "00110012"},
        {"1.0_x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1.0", "x", "0011"},
        {"1.0.00.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "1.0.00", "", "0011"},
        {"0.0.1.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "0.0.1", "0.0.1", "", "001000100011"},
        {"1.10.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1.10", "1.10", "", "001100210"},
        {"2024-01-31_x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "20240131", "2024-01-31", "x",
         "00820240131"},
        {"2024-01-31.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "20240131", "2024-01-31", "",
         "00820240131"},
        {"2024-01-31-add.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "20240131", "2024-01-31",
         "add", "00820240131"},
        {"2024-01-31.2 x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "20240131.2", "2024-01-31.2",
         "x", "008202401310012"},
        {"0001-0-2_x.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "102", "0001-0-2", "x", "003102"},
        {"001-create-users.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "001", "create-users",
         "0011"},
        {"001-2fa.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "001", "2fa", "0011"},
        {"001-.sql", WEND_KIND_VERSIONED, WEND_PART_WHOLE, "1", "001", "", "0011"},
        {"R__views.sql", WEND_KIND_REPEATABLE, WEND_PART_WHOLE, "R:views", "views", "views",
         "Rviews"},
        {"R__1.up.sql", WEND_KIND_REPEATABLE, WEND_PART_UP, "R:1", "1", "1", "R1"},
        {"R__a.down.sql", WEND_KIND_REPEATABLE, WEND_PART_DOWN, "R:a", "a", "a", "Ra"},
        {"B__2024_start.sql", WEND_KIND_BASELINE, WEND_PART_WHOLE, "B:2024", "2024", "start",
         "0042024"},
        {"B__001.2.down.sql", WEND_KIND_BASELINE, WEND_PART_DOWN, "B:1.2", "001.2", "", "00110012"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        WendName name = {0};
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_test_message("%s", cases[i].file);
        g_assert_true(wend_name_is_sql(cases[i].file));
        g_assert_true(wend_name_parse(cases[i].file, &name, &error));
        g_assert_cmpint(name.kind, ==, cases[i].kind);
        g_assert_cmpint(name.part, ==, cases[i].part);
        g_assert_cmpstr(name.id, ==, cases[i].id);
        g_assert_cmpstr(name.version, ==, cases[i].version);
        g_assert_cmpstr(name.name, ==, cases[i].name);
        g_assert_cmpstr(name.position, ==, cases[i].position);
        g_autofree char *position = wend_name_position(name.id);
        g_assert_cmpstr(position, ==, name.position);
        wend_name_clear(&name);
        g_assert_null(name.id);
    }
}

static void assert_refused(const char *file, const char *message, const char *hint)
{
    WendName name = {.part = WEND_PART_DOWN};
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_false(wend_name_parse(file, &name, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, message);
    g_assert_true(strstr(error.hint, hint) != NULL);
    g_assert_cmpint(name.part, ==, WEND_PART_DOWN);
    g_assert_null(name.id);
    g_assert_false(wend_name_parse(file, &name, NULL));
}

static void test_refused(void)
{
    static const char *const unreadable[] = {
        "schema.sql", "up.sql",   "down.sql",  "create.up.sql", "_1.sql", "1a.sql",
        "1..sql",     "1.x.sql",  "1.2fa.sql", "v.sql",         "vx.sql", "-1.sql",
        "r__x.sql",   "B__x.sql", "B__.sql",   "V__x.sql",      "+1.sql", "\xD9\xA1.sql"};
    for (gsize i = 0; i < G_N_ELEMENTS(unreadable); i++)
        assert_refused(unreadable[i], "the name does not begin with a version",
                       "VERSION_name.sql (for example 001_create_users.sql)");
    assert_refused("V1__create.sql", "the name is not one of wend's own format", "Flyway");
    assert_refused("V1.1__create.sql", "the name is not one of wend's own format", "Flyway");
    assert_refused("U1__create.sql", "the name is not one of wend's own format", "Flyway");
    assert_refused("R__.sql", "there is no name behind R__", "R__name.sql");
    assert_refused("1_\xFF.sql", "the name is not valid UTF-8", "VERSION_name.sql");
}

static char *with_digits(const char *before, guint count, const char *after)
{
    g_autofree char *digits = g_strnfill(count, '9');
    return g_strconcat(before, digits, after, NULL);
}

static void test_limits(void)
{
    WendName name = {0};
    g_autofree char *hundred = with_digits("00000", 100, "_x.sql");
    g_assert_true(wend_name_parse(hundred, &name, NULL));
    g_assert_cmpuint(strlen(name.id), ==, 100);
    g_assert_cmpuint(strlen(name.position), ==, 103);
    wend_name_clear(&name);
    g_autofree char *more = with_digits("1.", 101, "_x.sql");
    assert_refused(more, "the version has a number of more than 100 digits", "VERSION_name.sql");

    g_autofree char *zeros = g_strnfill(190, '0');
    g_autofree char *fits = g_strconcat(zeros, ".sql", NULL);
    g_autofree char *padded = g_strconcat("0", zeros, ".sql", NULL);
    g_assert_true(wend_name_parse(fits, &name, NULL));
    g_assert_cmpstr(name.id, ==, "0");
    wend_name_clear(&name);
    assert_refused(padded, "the version is longer than the history table can hold (190 bytes)",
                   "shorter");

    g_autofree char *fill = g_strnfill(188, 'x');
    g_autofree char *repeatable = g_strconcat("R__", fill, ".sql", NULL);
    g_autofree char *too_long = g_strconcat("R__", fill, "x.sql", NULL);
    g_assert_true(wend_name_parse(repeatable, &name, NULL));
    g_assert_cmpuint(strlen(name.id), ==, WEND_ID_MAX);
    wend_name_clear(&name);
    assert_refused(too_long, "the name is longer than the history table can hold (190 bytes)",
                   "shorter");
}

static void test_order(void)
{
    static const char *const rising[] = {
        "0",   "0.0.1", "0.1",      "1",        "1.0.1",      "1.1",
        "1.2", "1.9",   "1.10",     "2",        "9",          "10",
        "99",  "100",   "20230101", "20240101", "20240101.5", "20240101120000",
        "R:1", "R:B",   "R:a"};
    g_autofree char *before = g_strdup("");
    for (gsize i = 0; i < G_N_ELEMENTS(rising); i++) {
        char *position = wend_name_position(rising[i]);
        g_assert_nonnull(position);
        g_assert_cmpint(strcmp(before, position), <, 0);
        g_free(before);
        before = position;
    }
    g_autofree char *baseline = wend_name_position("B:1.2");
    g_assert_cmpstr(baseline, ==, "00110012");
    static const char *const wrong[] = {"",    "01", "1.0", "1.",  ".1",   "1-2",   "v1", "x",
                                        "1_x", "R:", "B:",  "B:x", "B:01", "B:R:x", "1 ", "1..2"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_null(wend_name_position(wrong[i]));
}

static void test_keys(void)
{
    static const struct {
        const char *version, *key;
    } cases[] = {{"1", "1"},
                 {"001", "1"},
                 {"v001", "1"},
                 {"1.0", "1"},
                 {"1.02", "1.2"},
                 {"2024-01-31", "20240131"},
                 {"001_create_users", "1"},
                 {"001 create users", "1"},
                 {"R__views", "R:views"},
                 {"R:views", "R:views"},
                 {"views", "R:views"},
                 {"a view", "R:a view"},
                 {"B__001", "B:1"},
                 {"B__1_start", "B:1"},
                 {"B:1", "B:1"},
                 {"", NULL},
                 {"R__", NULL},
                 {"B__x", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *key = wend_name_key(cases[i].version);
        g_test_message("%s", cases[i].version);
        g_assert_cmpstr(key, ==, cases[i].key);
    }
    g_autofree char *endless = g_strnfill(189, 'x');
    g_assert_null(wend_name_key(endless));
    endless[188] = '\0';
    g_autofree char *key = wend_name_key(endless);
    g_assert_cmpuint(strlen(key), ==, WEND_ID_MAX);
}

static void test_is_sql(void)
{
    g_assert_true(wend_name_is_sql("1.sql"));
    g_assert_true(wend_name_is_sql("x.SQL"));
    g_assert_false(wend_name_is_sql(".sql"));
    g_assert_false(wend_name_is_sql("sql"));
    g_assert_false(wend_name_is_sql(""));
    g_assert_false(wend_name_is_sql("1.sql.bak"));
    g_assert_false(wend_name_is_sql("1.sqlite"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wend_name/names", test_names);
    g_test_add_func("/wend_name/refused", test_refused);
    g_test_add_func("/wend_name/limits", test_limits);
    g_test_add_func("/wend_name/order", test_order);
    g_test_add_func("/wend_name/keys", test_keys);
    g_test_add_func("/wend_name/is_sql", test_is_sql);
    return g_test_run();
}
