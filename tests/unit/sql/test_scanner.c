/* SPDX-License-Identifier: MIT
 *
 * The scanner, dialect by dialect: a script beside its tokens, written out. See test_splitter.c for
 * what statements are made of them.
 */
#include "sql/scanner.h"

#include <string.h>

#define SQLITE   WEND_DIALECT_SQLITE
#define POSTGRES WEND_DIALECT_POSTGRES
#define MYSQL    WEND_DIALECT_MYSQL

/* One sign for each kind in the written-out tokens, in the order of WendTokenKind. White space is
 * left out there. */
static const char *const signs[] = {"bom",  "_",   "line", "block", "exec", "/exec", "w",
                                    "name", "str", "num",  "par",   "op",   "",      ""};

static char *write_tokens(const char *text, gsize length, guint flags)
{
    GString *written = g_string_new(NULL);
    WendScanner scanner;
    WendToken token;
    gsize end = 0;
    wend_scanner_init(&scanner, text, length, flags);
    while (wend_scanner_next(&scanner, &token)) {
        g_assert_cmpuint(token.start, ==, end);
        g_assert_cmpuint(token.length, >, 0);
        end += token.length;
        if (token.kind == WEND_TOKEN_SPACE)
            continue;
        if (written->len > 0)
            g_string_append_c(written, ' ');
        g_string_append_printf(written, "%s%s<", signs[token.kind], token.open ? "!" : "");
        g_string_append_len(written, text + token.start, (gssize)token.length);
        g_string_append_c(written, '>');
    }
    g_assert_cmpuint(end, ==, length);
    return g_string_free(written, FALSE);
}

typedef struct Case {
    WendDialect dialect;
    const char *text, *tokens;
} Case;

/* `flip`: rules turned over before. */
static void check_cases(const Case *cases, gsize count, guint flip)
{
    for (gsize i = 0; i < count; i++) {
        guint flags = wend_dialect_flags(cases[i].dialect) ^ flip;
        g_autofree char *written = write_tokens(cases[i].text, strlen(cases[i].text), flags);
        g_assert_cmpstr(written, ==, cases[i].tokens);
    }
}

#define CHECK(cases)            check_cases(cases, G_N_ELEMENTS(cases), 0)
#define CHECK_FLIP(cases, flip) check_cases(cases, G_N_ELEMENTS(cases), flip)

static void test_strings(void)
{
    static const Case cases[] = {
        {SQLITE, "'a''b' 'c\\'", "str<'a''b'> str<'c\\'>"},
        {SQLITE, "x'3b' X'3B' e'a'", "str<x'3b'> str<X'3B'> w<e> str<'a'>"},
        {SQLITE, "u&'a' _utf8'a'", "w<u> op<&> str<'a'> w<_utf8> str<'a'>"},
        {SQLITE, "'", "str!<'>"},
        {SQLITE, "'a''", "str!<'a''>"},
        {POSTGRES, "'a\\' E'a\\'b' e'\\\\'", "str<'a\\'> str<E'a\\'b'> str<e'\\\\'>"},
        {POSTGRES, "U&'\\' u&\"\\\" b'1' B'0'", "str<U&'\\'> name<u&\"\\\"> str<b'1'> str<B'0'>"},
        {POSTGRES, "N'a\\' x'' name'a'", "str<N'a\\'> str<x''> w<name> str<'a'>"},
        {POSTGRES, "u & 'a' u&a", "w<u> op<&> str<'a'> w<u> op<&> w<a>"},
        {POSTGRES, "a&'b' a&\"b\"", "w<a> op<&> str<'b'> w<a> op<&> name<\"b\">"},
        {POSTGRES, "E'a\\", "str!<E'a\\>"},
        {MYSQL, "'a\\'b' 'c''d' '\\\\'", "str<'a\\'b'> str<'c''d'> str<'\\\\'>"},
        {MYSQL, "\"a\\\"b\" \"c\"\"d\"", "str<\"a\\\"b\"> str<\"c\"\"d\">"},
        {MYSQL, "_utf8mb4'a\\'b' _latin1\"c\\\"d\"", "str<_utf8mb4'a\\'b'> str<_latin1\"c\\\"d\">"},
        {MYSQL, "N'a\\'b' n'c' x'\\' b'1'", "str<N'a\\'b'> str<n'c'> str<x'\\'> str<b'1'>"},
        {MYSQL, "_utf8 'a' x 'a'", "w<_utf8> str<'a'> w<x> str<'a'>"},
    };
    CHECK(cases);
}

/* What a session's settings turn over. */
static void test_string_settings(void)
{
    static const Case ansi[] = {
        {MYSQL, "\"a\\\" 'b\\''", "name<\"a\\\"> str<'b\\''>"},
        {MYSQL, "_utf8\"a\"", "w<_utf8> name<\"a\">"},
    };
    static const Case no_backslash[] = {
        {MYSQL, "'a\\' \"b\\\" _utf8'c\\'", "str<'a\\'> str<\"b\\\"> str<_utf8'c\\'>"},
        {POSTGRES, "'a\\'' N'b\\'' U&'\\' E'\\''",
         "str<'a\\''> str<N'b\\''> str<U&'\\'> str<E'\\''>"},
    };
    CHECK_FLIP(ansi, WEND_LEX_DOUBLE_STRINGS);
    CHECK_FLIP(no_backslash, WEND_LEX_BACKSLASH_STRINGS);
}

/* PostgreSQL goes on with an E'' on the next line, escapes and all. */
static void test_continued_strings(void)
{
    static const Case cases[] = {
        {POSTGRES, "E'a'\n'b\\''", "str<E'a'> str<'b\\''>"},
        {POSTGRES, "E'a' \r 'b\\'' \n '\\''", "str<E'a'> str<'b\\''> str<'\\''>"},
        {POSTGRES, "E'a' -- c\n'b\\''", "str<E'a'> line<-- c> str<'b\\''>"},
        {POSTGRES, "E'a' 'b\\' ", "str<E'a'> str<'b\\'>"},
        {POSTGRES, "E'a' /**/\n'b\\' ", "str<E'a'> block</**/> str<'b\\'>"},
        {POSTGRES, "E'a'\n,'b\\' ", "str<E'a'> <,> str<'b\\'>"},
        {POSTGRES, "'a'\n'b\\' ", "str<'a'> str<'b\\'>"},
        {SQLITE, "x'a'\n'b\\' ", "str<x'a'> str<'b\\'>"},
    };
    CHECK(cases);
}

static void test_dollar_quotes(void)
{
    static const Case cases[] = {
        {POSTGRES, "$$a'b$$ $$$$", "str<$$a'b$$> str<$$$$>"},
        {POSTGRES, "$t$ $$ $T$ $t $t$", "str<$t$ $$ $T$ $t $t$>"},
        {POSTGRES, "$t$ $t$t$", "str<$t$ $t$> w<t$>"},
        {POSTGRES, "$a$ $$a$", "str<$a$ $$a$>"},
        {POSTGRES, "$\xC3\xA9$ ; $\xC3\xA9$", "str<$\xC3\xA9$ ; $\xC3\xA9$>"},
        {POSTGRES, "$_1$ $_$ $_1$", "str<$_1$ $_$ $_1$>"},
        {POSTGRES, "$1 $2$$a$$ $12", "par<$1> par<$2> str<$$a$$> par<$12>"},
        {POSTGRES, "a$b$c a$$b$$", "w<a$b$c> w<a$$b$$>"},
        {POSTGRES, "1$$a$$", "num<1> str<$$a$$>"},
        {POSTGRES, "$ $a $a-$", "<$> <$> w<a> <$> w<a> op<-> <$>"},
        {POSTGRES, "$1a$ b", "par<$1> w<a$> w<b>"},
        {POSTGRES, "$a$b$c$d$", "str!<$a$b$c$d$>"},
        {POSTGRES, "$a$ $a", "str!<$a$ $a>"},
        {SQLITE, "$$a $b", "par<$$a> par<$b>"},
        {MYSQL, "$a$b $$", "par<$a$b> par<$$>"},
    };
    CHECK(cases);
}

static void test_names(void)
{
    static const Case cases[] = {
        {SQLITE, "\"a\"\"b\" `c``d` [e\"f]", "name<\"a\"\"b\"> name<`c``d`> name<[e\"f]>"},
        {SQLITE, "[a]]b", "name<[a]> <]> w<b>"},
        {SQLITE, "[a", "name!<[a>"},
        {SQLITE, "\"a\\\" `b\\`", "name<\"a\\\"> name<`b\\`>"},
        {POSTGRES, "\"a\"\"b\" a[1:2]", "name<\"a\"\"b\"> w<a> <[> num<1> <:> num<2> <]>"},
        {POSTGRES, "a`b", "w<a> op<`> w<b>"},
        {MYSQL, "`a``b` `c\\` [d]", "name<`a``b`> name<`c\\`> <[> w<d> <]>"},
        {MYSQL, "`a", "name!<`a>"},
        {SQLITE,
         "_a b1 stra\xC3\x9F"
         "e \xE2\x82\xAC c$d",
         "w<_a> w<b1> w<stra\xC3\x9F"
         "e> w<\xE2\x82\xAC> w<c$d>"},
        {SQLITE, "a.b.\"c\"", "w<a> <.> w<b> <.> name<\"c\">"},
    };
    CHECK(cases);
}

static void test_comments(void)
{
    static const Case cases[] = {
        {SQLITE, "a--b\nc", "w<a> line<--b> w<c>"},
        {SQLITE, "--", "line<-->"},
        {SQLITE, "/* a /* b */ c", "block</* a /* b */> w<c>"},
        {SQLITE, "/*/ */ /**/ /* a", "block</*/ */> block</**/> block!</* a>"},
        {SQLITE, "/*! a */ # b", "block</*! a */> <#> w<b>"},
        {SQLITE, "--a\rb\r\nc", "line<--a\rb> w<c>"},
        {POSTGRES, "--a\rb\r\nc", "line<--a> w<b> w<c>"},
        {POSTGRES, "/* a /* b */ c */ d", "block</* a /* b */ c */> w<d>"},
        {POSTGRES, "/* /* */ a", "block!</* /* */ a>"},
        {POSTGRES, "/*/*/ */*/ a", "block</*/*/ */*/> w<a>"},
        {MYSQL, "# a\r\nb # c", "line<# a> w<b> line<# c>"},
        {MYSQL, "--a", "op<--> w<a>"},
        {MYSQL, "1--1 --\t2\n3 --", "num<1> op<--> num<1> line<--\t2> num<3> line<-->"},
        {MYSQL, "-- a\rb\nc", "line<-- a\rb> w<c>"},
        {MYSQL, "--\x01 a", "line<--\x01 a>"},
        {MYSQL, "/* a /* b */ c", "block</* a /* b */> w<c>"},
        {MYSQL, "/*+ hint */", "block</*+ hint */>"},
    };
    CHECK(cases);
}

static void test_executable_comments(void)
{
    static const Case cases[] = {
        {MYSQL, "/*! a */", "exec</*!> w<a> /exec<*/>"},
        {MYSQL, "/*!50100 a*/b", "exec</*!50100> w<a> /exec<*/> w<b>"},
        {MYSQL, "/*M!100616 a */ /*!100616a*/",
         "exec</*M!100616> w<a> /exec<*/> exec</*!100616> w<a> /exec<*/>"},
        {MYSQL, "/*!1234 a*/", "exec</*!> num<1234> w<a> /exec<*/>"},
        {MYSQL, "/*!1234567*/", "exec</*!123456> num<7> /exec<*/>"},
        {MYSQL, "/*! '*/' /* b */ */ */", "exec</*!> str<'*/'> block</* b */> /exec<*/> op<*/>"},
        {MYSQL, "/*!+*/ 1**/", "exec</*!> op<+> /exec<*/> num<1> op<**/>"},
        {MYSQL, "/*!999999\\- it's */ a", "block</*!999999\\- it's */> w<a>"},
        {MYSQL, "/*! a+/b*-c */", "exec</*!> w<a> op<+/> w<b> op<*-> w<c> /exec<*/>"},
        {MYSQL, "/*M a */ /*m! b */", "block</*M a */> block</*m! b */>"},
        {POSTGRES, "/*! a */", "block</*! a */>"},
    };
    CHECK(cases);
}

static void test_numbers(void)
{
    static const Case cases[] = {
        {SQLITE, "1 1.5 .5 5. 1e10 1.5E-3 2e+1",
         "num<1> num<1.5> num<.5> num<5.> num<1e10> num<1.5E-3> num<2e+1>"},
        {SQLITE, "0x1F 0xe+1 1_000 1-2 1e-",
         "num<0x1F> num<0xe> op<+> num<1> num<1_000> num<1> op<-> num<2> num<1e> op<->"},
        {MYSQL, "1..10 1a$b", "num<1> <.> num<.10> num<1a$b>"},
        {POSTGRES, "1.2.3 -1", "num<1.2> num<.3> op<-> num<1>"},
    };
    CHECK(cases);
}

static void test_parameters(void)
{
    static const Case cases[] = {
        {SQLITE, "? ?1 :a @a $a ?a", "par<?> par<?1> par<:a> par<@a> par<$a> par<?> w<a>"},
        {SQLITE, "=? (?,?)", "op<=> par<?> <(> par<?> <,> par<?> <)>"},
        {SQLITE, ": @ :1", "<:> <@> par<:1>"},
        {POSTGRES, ":a :'a' a::b a:=b a[:b]",
         "par<:a> <:> str<'a'> w<a> op<::> w<b> w<a> op<:=> w<b> w<a> <[> par<:b> <]>"},
        {POSTGRES, "a ? b ?| c ?& ?", "w<a> par<?> w<b> op<?|> w<c> op<?&> par<?>"},
        {MYSQL, "? @a @@b.c @`d` @'e' a:b x:=1",
         "par<?> par<@a> par<@@b> <.> w<c> <@> name<`d`> <@> str<'e'> w<a> <:> w<b> w<x> op<:=> "
         "num<1>"},
    };
    CHECK(cases);
}

static void test_operators(void)
{
    static const Case cases[] = {
        {SQLITE, "a->>'b' c||d e<>f", "w<a> op<->>> str<'b'> w<c> op<||> w<d> w<e> op<<>> w<f>"},
        {SQLITE, "a+--b", "w<a> op<+> line<--b>"},
        {SQLITE, "a*/*b*/c", "w<a> op<*> block</*b*/> w<c>"},
        {POSTGRES, "a@>b #>> @-@ ~* !~~ &&&",
         "w<a> op<@>> w<b> op<#>>> op<@-@> op<~*> op<!~~> op<&&&>"},
        {POSTGRES, "+-*--a\n</*b*/-", "op<+-*> line<--a> op<<> block</*b*/> op<->"},
        {POSTGRES, "-/-*/", "op<-/-*/>"},
        {MYSQL, "a+#b\n<=>!=", "w<a> op<+> line<#b> op<<=>!=>"},
        {MYSQL, "5+-- b", "num<5> op<+> line<-- b>"},
        {MYSQL, "(a,b);", "<(> w<a> <,> w<b> <)> <;>"},
    };
    CHECK(cases);
}

static void test_odd_bytes(void)
{
    static const char nul[] = "a\0;\0'b\0'";
    g_autofree char *written = write_tokens(nul, sizeof nul - 1, wend_dialect_flags(SQLITE));
    g_assert_true(g_str_has_prefix(written, "w<a> <"));
    static const Case cases[] = {
        {SQLITE,
         "\xEF\xBB\xBF"
         "a",
         "bom<\xEF\xBB\xBF> w<a>"},
        {SQLITE,
         " \xEF\xBB\xBF"
         "a",
         "w<\xEF\xBB\xBF"
         "a>"},
        {SQLITE, "\xEF\xBB", "w<\xEF\xBB>"},
        {SQLITE, "\\ { } \x01 ~", "<\\> <{> <}> <\x01> op<~>"},
        {SQLITE, "\f\v\t ", ""},
        {SQLITE, "", ""},
    };
    CHECK(cases);
}

/* Where each token stands: "line:column" of the words. */
static void check_places(const char *text, guint flags, const char *expected)
{
    g_autoptr(GString) places = g_string_new(NULL);
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, text, strlen(text), flags);
    while (wend_scanner_next(&scanner, &token))
        if (token.kind == WEND_TOKEN_WORD)
            g_string_append_printf(places, "%u:%u ", token.line, token.column);
    g_assert_cmpstr(places->str, ==, expected);
}

static void test_places(void)
{
    guint flags = wend_dialect_flags(POSTGRES);
    check_places("a b\nc\r\nd\re", flags, "1:1 1:3 2:1 3:1 4:1 ");
    check_places("\xEF\xBB\xBFselect", flags, "1:4 ");
    check_places("'x\ny' a /*\r\n\r*/ b $$\n$$ c", flags, "2:4 4:4 5:4 ");
    check_places("\"\n\" a -- b\n c", flags, "2:3 3:2 ");
    check_places("\xC3\xA9 a", flags, "1:1 1:4 ");
    check_places("--a\rb\n c", wend_dialect_flags(SQLITE), "3:2 ");
}

static void test_skip(void)
{
    const char *text = "a\n\r\nb c";
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, text, strlen(text), 0);
    wend_scanner_skip(&scanner, 4);
    g_assert_true(wend_scanner_next(&scanner, &token));
    g_assert_true(wend_token_is(text, &token, "B"));
    g_assert_false(wend_token_is(text, &token, "bc"));
    g_assert_cmpuint(token.line, ==, 3);
    g_assert_cmpuint(token.column, ==, 1);
    wend_scanner_skip(&scanner, 0);
    g_assert_cmpuint(scanner.at, ==, 5);
    wend_scanner_skip(&scanner, 99);
    g_assert_false(wend_scanner_next(&scanner, &token));
}

static void test_dialects(void)
{
    g_assert_cmpstr(wend_dialect_name(SQLITE), ==, "sqlite");
    g_assert_cmpstr(wend_dialect_name(POSTGRES), ==, "postgres");
    g_assert_cmpstr(wend_dialect_name(MYSQL), ==, "mysql");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sql/scanner/strings", test_strings);
    g_test_add_func("/sql/scanner/string-settings", test_string_settings);
    g_test_add_func("/sql/scanner/continued-strings", test_continued_strings);
    g_test_add_func("/sql/scanner/dollar-quotes", test_dollar_quotes);
    g_test_add_func("/sql/scanner/names", test_names);
    g_test_add_func("/sql/scanner/comments", test_comments);
    g_test_add_func("/sql/scanner/executable-comments", test_executable_comments);
    g_test_add_func("/sql/scanner/numbers", test_numbers);
    g_test_add_func("/sql/scanner/parameters", test_parameters);
    g_test_add_func("/sql/scanner/operators", test_operators);
    g_test_add_func("/sql/scanner/odd-bytes", test_odd_bytes);
    g_test_add_func("/sql/scanner/places", test_places);
    g_test_add_func("/sql/scanner/skip", test_skip);
    g_test_add_func("/sql/scanner/dialects", test_dialects);
    return g_test_run();
}
