/* SPDX-License-Identifier: MIT
 *
 * Tests of src/base/text.c.
 */
#include "base/text.h"

#include <string.h>

static void assert_sha256(const char *bytes, gsize length, const char *expected)
{
    char sum[WEND_SHA256_HEX + 1];
    memset(sum, 'x', sizeof sum);
    wend_sha256(bytes, length, sum);
    g_assert_cmpstr(sum, ==, expected);
}

/* The first two are the examples of FIPS 180. */
static void test_sha256(void)
{
    assert_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_sha256("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256("\0", 1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

static void test_suggest(void)
{
    static const char *const words[] = {"transaction", "timeout", "batch", "up",
                                        "status",      "squash",  NULL};
    static const struct {
        const char *given, *expected;
    } cases[] = {{"batch", "batch"},
                 {"bacth", "batch"},
                 {"bath", "batch"},
                 {"BATCH", "batch"},
                 {"trasaction", "transaction"},
                 {"tarnsacton", "transaction"},
                 {"t", NULL},
                 {"ti", "timeout"},
                 {"trans", "transaction"},
                 {"s", NULL},
                 {"sq", "squash"},
                 {"stauts", "status"},
                 {"xyz", NULL},
                 {"bxxxh", NULL},
                 {"u", "up"},
                 {"q", NULL},
                 {"", NULL},
                 {"transactional", "transaction"},
                 {"transaction none", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].given);
        g_assert_cmpstr(wend_suggest(cases[i].given, words), ==, cases[i].expected);
    }
    static const char *const none[] = {NULL};
    g_assert_null(wend_suggest("batch", none));
}

/* Words that are too long to measure are passed over, whichever side they stand on. */
static void test_suggest_long(void)
{
    g_autofree char *endless = g_strnfill(64, 'x');
    g_autofree char *longest = g_strnfill(63, 'x');
    const char *const words[] = {endless, "batch", longest, NULL};
    g_assert_null(wend_suggest(endless, words));
    g_assert_cmpstr(wend_suggest(longest, words), ==, longest);
    g_assert_cmpstr(wend_suggest("batch", words), ==, "batch");
}

static void test_now(void)
{
    g_autofree char *now = wend_now_text();
    g_assert_true(
        g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", now, 0, 0));
    g_autoptr(GDateTime) parsed = g_date_time_new_from_iso8601(now, NULL);
    g_autoptr(GDateTime) clock = g_date_time_new_now_utc();
    g_assert_nonnull(parsed);
    g_assert_cmpint(ABS(g_date_time_difference(clock, parsed)), <, 10 * G_TIME_SPAN_SECOND);
}

static void test_duration_parse(void)
{
    static const struct {
        const char *text;
        gint64 ms;
    } good[] = {{"50ms", 50},      {"5s", 5000}, {"1min", 60000}, {"1m", 60000},
                {"2h", 7200000},   {"3", 3000},  {"0.5", 500},    {"0", 0},
                {"1.5min", 90000}, {"0.4ms", 0}, {"0.5ms", 1},    {"720h", 2592000000}};
    static const char *const bad[] = {"",    "s",    "-1s",  "+1s",  "1 s",      "1sec",
                                      "5S",  "1d",   "1s2m", "721h", "x",        "inf",
                                      "nan", "1e99", " 1",   "1s ",  "2592001s", ".5"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        gint64 ms = -7;
        g_test_message("%s", good[i].text);
        g_assert_true(wend_duration_parse(good[i].text, &ms));
        g_assert_cmpint(ms, ==, good[i].ms);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        gint64 ms = -7;
        g_test_message("%s", bad[i]);
        g_assert_false(wend_duration_parse(bad[i], &ms));
        g_assert_cmpint(ms, ==, -7);
    }
}

static void test_duration_text(void)
{
    static const struct {
        gint64 ms;
        const char *text;
    } cases[] = {{-5, "0 ms"},
                 {0, "0 ms"},
                 {3, "3 ms"},
                 {999, "999 ms"},
                 {1000, "1.0 s"},
                 {1240, "1.2 s"},
                 {59900, "59.9 s"},
                 {60000, "1 min 00 s"},
                 {125000, "2 min 05 s"},
                 {7200000, "120 min 00 s"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = wend_duration_text(cases[i].ms);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void test_masked(void)
{
    static const struct {
        const char *given, *expected;
    } cases[] = {
        {"none", "none"},
        {"postgres://ann@db/shop", "postgres://ann@db/shop"},
        {"x postgres://ann:pw@db/shop y", "x postgres://ann:***@db/shop y"},
        {"mysql://a:p@q@db, postgres://b:r@db", "mysql://a:***@db, postgres://b:***@db"},
        {"postgres:///shop?sslpassword=pw&user=a", "postgres:///shop?sslpassword=***&user=a"},
        {"host=db password='p w' user=a", "host=db password='***' user=a"},
        {"host=db password=\"p'w\"", "host=db password=\"***\""},
        {"host=db password='' user='a'", "host=db password='' user='a'"},
        {"host=db password=pw user=a", "host=db password=*** user=a"},
        /* A quote is the password's, unless the URL stands in such quotes. */
        {"postgres://ann:it's@db/shop", "postgres://ann:***@db/shop"},
        {"'postgres://ann:a\"b@db/shop' x@y", "'postgres://ann:***@db/shop' x@y"},
        {"url: \"postgres://db/shop?password=it's\" x",
         "url: \"postgres://db/shop?password=***\" x"},
        {"postgres://db/shop?password=a'b\"c&user=a x", "postgres://db/shop?password=***&user=a x"},
        {"://", "://"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *masked = wend_text_masked(cases[i].given);
        g_assert_cmpstr(masked, ==, cases[i].expected);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/sha256", test_sha256);
    g_test_add_func("/text/suggest", test_suggest);
    g_test_add_func("/text/suggest_long", test_suggest_long);
    g_test_add_func("/text/now", test_now);
    g_test_add_func("/text/duration_parse", test_duration_parse);
    g_test_add_func("/text/duration_text", test_duration_text);
    g_test_add_func("/text/masked", test_masked);
    return g_test_run();
}
