/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/directive.c and directive_value.c: which comments are directives, what they
 * say, and when two scripts run alike.
 */
#include "format/directive.h"
#include "sandbox.h"

#include <string.h>

#define SQLITE   WEND_DIALECT_SQLITE
#define POSTGRES WEND_DIALECT_POSTGRES
#define MYSQL    WEND_DIALECT_MYSQL

static WendScript *scan(WendDialect dialect, const char *text, const char *expected_problems)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    WendScript *script = wend_script_new("m/1.sql", 1, g_strdup(text), strlen(text));
    g_test_message("%s", text);
    wend_directives_scan(script, wend_dialect_flags(dialect), problems);
    assert_problems(problems, expected_problems);
    return script;
}

/* The only directive of the script; the caller frees the script. */
static const WendDirective *only(const WendScript *script)
{
    g_assert_cmpuint(script->directives->len, ==, 1);
    return script->directives->pdata[0];
}

static void test_transaction(void)
{
    g_autoptr(WendScript) none = scan(SQLITE, "-- wend: transaction none\nVACUUM;", "");
    g_assert_cmpint(only(none)->kind, ==, WEND_DIRECTIVE_TRANSACTION);
    g_assert_true(only(none)->none);
    g_assert_cmpstr(only(none)->value, ==, "none");
    g_assert_cmpuint(only(none)->line, ==, 1);
    g_assert_cmpuint(only(none)->offset, ==, 0);
    g_assert_cmpint(only(none)->lock_ms, ==, -1);
    g_assert_cmpint(only(none)->statement_ms, ==, -1);
    g_autoptr(WendScript) automatic = scan(SQLITE, "A;\n --WEND :TRANSACTION\tAuto  \n", "");
    g_assert_false(only(automatic)->none);
    g_assert_cmpstr(only(automatic)->value, ==, "Auto");
    g_assert_cmpuint(only(automatic)->line, ==, 2);
    g_assert_cmpuint(only(automatic)->offset, ==, 4);
}

static void test_timeout(void)
{
    g_autoptr(WendScript) both = scan(SQLITE, "-- wend: timeout lock=5s  statement=1min\nA;", "");
    g_assert_cmpint(only(both)->kind, ==, WEND_DIRECTIVE_TIMEOUT);
    g_assert_cmpint(only(both)->lock_ms, ==, 5000);
    g_assert_cmpint(only(both)->statement_ms, ==, 60000);
    g_autoptr(WendScript) one = scan(SQLITE, "-- wend: timeout statement=50ms\nA;", "");
    g_assert_cmpint(only(one)->lock_ms, ==, -1);
    g_assert_cmpint(only(one)->statement_ms, ==, 50);
}

static void test_batch(void)
{
    g_autoptr(WendScript) full =
        scan(SQLITE, "-- wend: batch size=1000 pause=50ms key=id\nUPDATE t SET a = 1;", "");
    g_assert_cmpint(only(full)->kind, ==, WEND_DIRECTIVE_BATCH);
    g_assert_cmpint(only(full)->batch_size, ==, 1000);
    g_assert_cmpint(only(full)->pause_ms, ==, 50);
    g_assert_cmpstr(only(full)->key, ==, "id");
    g_autoptr(WendScript) least = scan(SQLITE, "-- wend: batch size=1\nUPDATE t SET a = 1;", "");
    g_assert_cmpint(only(least)->batch_size, ==, 1);
    g_assert_cmpint(only(least)->pause_ms, ==, 0);
    g_assert_null(only(least)->key);
}

static void test_others(void)
{
    g_autoptr(WendScript) script = scan(SQLITE,
                                        "-- wend: phase expand\n"
                                        "-- wend: depends 001\n"
                                        "-- wend: depends 002\n"
                                        "-- wend: substitute\n"
                                        "-- wend: ignore drop-column unused since 2.0\n"
                                        "-- wend: ignore rename nobody reads it\n"
                                        "-- wend: retry safe\n"
                                        "A;\n"
                                        "-- wend: retry safe\n"
                                        "B;\n",
                                        "");
    static const WendDirectiveKind kinds[] = {WEND_DIRECTIVE_PHASE,   WEND_DIRECTIVE_DEPENDS,
                                              WEND_DIRECTIVE_DEPENDS, WEND_DIRECTIVE_SUBSTITUTE,
                                              WEND_DIRECTIVE_IGNORE,  WEND_DIRECTIVE_IGNORE,
                                              WEND_DIRECTIVE_RETRY,   WEND_DIRECTIVE_RETRY};
    static const char *const values[] = {
        "expand", "001", "002", "", "drop-column unused since 2.0", "rename nobody reads it",
        "safe",   "safe"};
    g_assert_cmpuint(script->directives->len, ==, G_N_ELEMENTS(kinds));
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const WendDirective *directive = script->directives->pdata[i];
        g_assert_cmpint(directive->kind, ==, kinds[i]);
        g_assert_cmpstr(directive->value, ==, values[i]);
        g_assert_cmpuint(directive->line, ==, i < 7 ? i + 1 : 9);
    }
    g_autoptr(WendScript) contract = scan(SQLITE, "-- wend: phase CONTRACT\nA;\n", "");
    g_assert_cmpstr(only(contract)->value, ==, "CONTRACT");
}

static void test_assert(void)
{
    static const struct {
        const char *value, *sql, *expected;
    } cases[] = {
        {"SELECT count(*) FROM t = 0", "SELECT count(*) FROM t", "0"},
        {"SELECT a FROM t WHERE b = 1 = -2.5e3", "SELECT a FROM t WHERE b = 1", "-2.5e3"},
        {"SELECT ' = x' = 'it''s'", "SELECT ' = x'", "it's"},
        {"SELECT a = ' = '", "SELECT a", " = "},
        {"SELECT a = ''", "SELECT a", ""},
        {"SELECT a = ''''", "SELECT a", "'"},
        {"SELECT a = 'b'''", "SELECT a", "b'"},
        {"SELECT a = 'b'''", "SELECT a", "b'"},
        {"SELECT a = NULL", "SELECT a", NULL},
        {"SELECT a = null", "SELECT a", NULL},
        {"SELECT a = TRUE", "SELECT a", "true"},
        {"SELECT a  =  false", "SELECT a", "false"},
        {"SELECT a=b = .5", "SELECT a=b", ".5"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("A;\n-- wend: assert %s\n", cases[i].value);
        g_autoptr(WendScript) script = scan(SQLITE, text, "");
        g_assert_cmpint(only(script)->kind, ==, WEND_DIRECTIVE_ASSERT);
        g_assert_cmpstr(only(script)->sql, ==, cases[i].sql);
        g_assert_cmpstr(only(script)->expected, ==, cases[i].expected);
    }
}

static void test_wrong_values(void)
{
    static const struct {
        const char *directive, *problem;
    } cases[] = {
        {"transaction", "21 transaction takes none or auto, not \"\"; write `-- wend: transaction "
                        "none`"},
        {"transaction off", "22 transaction takes none or auto, not \"off\"; write `-- wend: "
                            "transaction none`"},
        {"phase extend", "16 phase takes expand or contract, not \"extend\"; write `-- wend: phase "
                         "expand`"},
        {"retry", "15 retry takes safe, not \"\"; write `-- wend: retry safe`"},
        {"depends", "17 depends takes one version; write one line for each, for example `-- wend: "
                    "depends 001`"},
        {"depends 1 2", "18 depends takes one version; write one line for each, for example `-- "
                        "wend: depends 001`"},
        {"ignore rule", "17 ignore takes a rule and a reason; write `-- wend: ignore RULE reason`: "
                        "those who come later want to know why"},
        {"seed", "14 seed takes once or onchange, not \"\"; write `-- wend: seed once`"},
        {"seed often", "15 seed takes once or onchange, not \"often\"; write `-- wend: seed once`"},
        {"csv a b",
         "14 csv takes at most one table; write `-- wend: csv TABLE`, or without the table "
         "that of its name"},
        {"substitute all", "21 substitute takes no value; write `-- wend: substitute`"},
        {"timeout", "17 timeout takes lock= or statement=; write `-- wend: timeout lock=5s "
                    "statement=1min`, or one of the two"},
        {"timeout 5s", "18 \"5s\" is not a setting; write it as key=value, without spaces"},
        {"timeout lock=5s stament=1s", "26 unknown setting \"stament\"; did you mean "
                                       "\"statement\"?"},
        {"timeout x=1", "18 unknown setting \"x\"; it is one of: lock, statement"},
        {"timeout lock=", "18 \"\" is not a duration; write a number and ms, s, min or h, for "
                          "example 5s"},
        {"timeout lock=1s lock=2s", "26 lock stands twice; keep one of the two"},
        {"batch", "15 batch needs a size; write the number of rows, for example `-- wend: batch "
                  "size=1000`"},
        {"batch key=id", "16 batch needs a size; write the number of rows, for example `-- wend: "
                         "batch size=1000`"},
        {"batch size=0", "16 \"0\" is not a batch size; write the number of rows, for example "
                         "size=1000"},
        {"batch size=1k", "16 \"1k\" is not a batch size; write the number of rows, for example "
                          "size=1000"},
        {"batch size=1 pause=x", "23 \"x\" is not a duration; write a number and ms, s, min or h, "
                                 "for example 5s"},
        {"batch size=1 key=", "23 key is empty; name the column, for example key=id"},
        {"assert", "16 assert takes a query, ` = ` and a value; write `-- wend: assert SELECT "
                   "count(*) FROM t = 0`"},
        {"assert SELECT a=1", "17 assert takes a query, ` = ` and a value; write `-- wend: assert "
                              "SELECT count(*) FROM t = 0`"},
        {"assert SELECT ' = 1'", "17 assert takes a query, ` = ` and a value; write `-- wend: "
                                 "assert SELECT count(*) FROM t = 0`"},
        {"assert (SELECT a = 1)", "27 \"1)\" is not a value to compare with; write a number, a "
                                  "'string', NULL, true or false"},
        {"assert SELECT a = b", "26 \"b\" is not a value to compare with; write a number, a "
                                "'string', NULL, true or false"},
        {"assert SELECT a = 1-2", "26 \"1-2\" is not a value to compare with; write a number, a "
                                  "'string', NULL, true or false"},
        {"assert SELECT a = -", "26 \"-\" is not a value to compare with; write a number, a "
                                "'string', NULL, true or false"},
        {"assert SELECT a = 0x1", "26 \"0x1\" is not a value to compare with; write a number, a "
                                  "'string', NULL, true or false"},
        {"assert SELECT a = 'a'b'",
         "26 \"'a'b'\" is not a value to compare with; write a number, a "
         "'string', NULL, true or false"},
        {"assert SELECT a = 'a''", "26 \"'a''\" is not a value to compare with; write a number, a "
                                   "'string', NULL, true or false"},
        {"assert SELECT a = '", "26 \"'\" is not a value to compare with; write a number, a "
                                "'string', NULL, true or false"},
        {"assert SELECT a = 'a", "26 \"'a\" is not a value to compare with; write a number, a "
                                 "'string', NULL, true or false"},
        {"assert SELECT a = a'", "26 \"a'\" is not a value to compare with; write a number, a "
                                 "'string', NULL, true or false"},
        {"trasaction none", "10 unknown directive \"trasaction\"; did you mean \"transaction\"?"},
        {"", "9 unknown directive \"\"; it is one of: transaction, timeout, batch, phase, depends, "
             "assert, retry, ignore, seed, csv, substitute"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "-- wend:%s%s\nA;\n", cases[i].directive[0] != '\0' ? " " : "", cases[i].directive);
        g_autofree char *problem = g_strdup_printf("E 1.sql:1:%s\n", cases[i].problem);
        g_autoptr(WendScript) script = scan(SQLITE, text, problem);
        g_assert_cmpuint(script->directives->len, ==, 0);
    }
}

/* What is wrong with one line hides nothing of the others. */
static void test_several_problems(void)
{
    g_autoptr(WendScript) script =
        scan(SQLITE, "\n-- wend: batch size=1 pause=x key=\n-- wend: oops\n-- wend: retry safe\nA;",
             "E 1.sql:2:23 \"x\" is not a duration; write a number and ms, s, min or h, for "
             "example 5s\n"
             "E 1.sql:2:31 key is empty; name the column, for example key=id\n"
             "E 1.sql:3:10 unknown directive \"oops\"; it is one of: transaction, timeout, batch, "
             "phase, depends, assert, retry, ignore, seed, csv, substitute\n");
    g_assert_cmpint(only(script)->kind, ==, WEND_DIRECTIVE_RETRY);
}

static void test_twice(void)
{
    static const char *const once[] = {"transaction none", "timeout lock=1s", "phase expand",
                                       "substitute",       "seed once",       "csv t"};
    for (gsize i = 0; i < G_N_ELEMENTS(once); i++) {
        g_autofree char *text = g_strdup_printf("-- wend: %s\nA;\n-- wend: %s\n", once[i], once[i]);
        g_autofree char *key = g_strndup(once[i], strcspn(once[i], " "));
        g_autofree char *problem = g_strdup_printf(
            "E 1.sql:3:10 %s stands twice; it stands in line 1 already: keep one of the two\n",
            key);
        g_autoptr(WendScript) script = scan(SQLITE, text, problem);
        g_assert_cmpuint(only(script)->line, ==, 1);
    }
    g_autoptr(WendScript) retry =
        scan(SQLITE, "-- wend: retry safe\n-- wend: retry safe\nA;",
             "E 1.sql:2:10 retry stands twice; it stands in line 1 already: keep one of the two\n");
    g_autoptr(WendScript) batch =
        scan(SQLITE, "-- wend: batch size=1\n-- wend: batch size=2\nA;",
             "E 1.sql:2:10 batch stands twice; it stands in line 1 already: keep one of the two\n");
    g_assert_cmpint(only(batch)->batch_size, ==, 1);
}

static void test_nothing_behind(void)
{
    g_autoptr(WendScript) script = scan(
        SQLITE,
        "A;\n-- wend: retry safe\n-- wend: batch size=1\n-- wend: assert SELECT 1 = 1\n"
        "-- wend: ignore rule reason\n",
        "E 1.sql:2:10 there is no statement behind retry; put it above the statement it is for\n"
        "E 1.sql:3:10 there is no statement behind batch; put it above the statement it is for\n");
    g_assert_cmpuint(script->directives->len, ==, 2);
}

static void test_places(void)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    const char *text = "A;\n\n  -- wend: oops\n\rB;\n-- wend: oops";
    g_autoptr(WendScript) script = wend_script_new("1.sql", 10, g_strdup(text), strlen(text));
    wend_directives_scan(script, wend_dialect_flags(SQLITE), problems);
    g_assert_cmpuint(problems->len, ==, 2);
    const WendProblem *first = problems->pdata[0], *second = problems->pdata[1];
    g_assert_cmpuint(first->line, ==, 12);
    g_assert_cmpuint(first->column, ==, 12);
    g_assert_cmpuint(second->line, ==, 15);
    g_assert_cmpuint(second->column, ==, 10);
}

/* What only looks like a directive. */
static void test_not_directives(void)
{
    static const struct {
        WendDialect dialect;
        const char *text;
    } cases[] = {
        {SQLITE, "SELECT '\n-- wend: oops\n';"},
        {SQLITE, "/*\n-- wend: oops\n*/"},
        {SQLITE, "A; -- wend: oops\n"},
        {SQLITE, "-- wend oops\n-- wended: oops\n-- x wend: oops\n-- we\n--"},
        {SQLITE, "-- wend:up\n-- wend: DOWN\n"},
        {POSTGRES, "DO $x$\n-- wend: oops\n$x$;"},
        {POSTGRES, "COPY t FROM stdin;\n-- wend: oops\n\\.\n"},
        {MYSQL, "# wend: oops\n-- wend:up\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(WendScript) script = scan(cases[i].dialect, cases[i].text, "");
        g_assert_cmpuint(script->directives->len, ==, 0);
    }
}

static void test_inside_statement(void)
{
    g_autoptr(WendScript) script =
        scan(SQLITE,
             "CREATE TRIGGER a AFTER INSERT ON b BEGIN\n  SELECT 1;\n  -- wend: retry safe\n"
             "  SELECT 2;\nEND;\n",
             "W 1.sql:3:3 this directive stands inside a statement and is passed over; put it "
             "above the statement\n");
    g_assert_cmpuint(script->directives->len, ==, 0);
}

/* Data is not searched, and a directive behind it is found. */
static void test_behind_data(void)
{
    g_autoptr(WendScript) script =
        scan(POSTGRES, "COPY t FROM stdin;\nit's\n\\.\n-- wend: retry safe\nA;\n", "");
    g_assert_cmpuint(only(script)->line, ==, 4);
}

/* A second scan says the same as the first. */
static void test_again(void)
{
    g_autoptr(WendScript) script = scan(SQLITE, "-- wend: retry safe\nA;\n", "");
    g_autoptr(GPtrArray) problems = wend_problems_new();
    wend_directives_scan(script, wend_dialect_flags(SQLITE), problems);
    g_assert_cmpuint(only(script)->line, ==, 1);
}

static void assert_alike(const char *one, const char *other, bool expected)
{
    g_autoptr(WendScript) a = scan(SQLITE, one, "");
    g_autoptr(WendScript) b = scan(SQLITE, other, "");
    guint flags = wend_dialect_flags(SQLITE);
    g_assert_cmpint(wend_scripts_run_alike(a, b, flags), ==, expected);
    g_assert_cmpint(wend_scripts_run_alike(b, a, flags), ==, expected);
    g_assert_true(wend_scripts_run_alike(a, a, flags));
}

static void test_alike(void)
{
    assert_alike("SELECT 1;", "-- why\nSELECT\n  1 ;", true);
    assert_alike("SELECT 1;", "SELECT 2;", false);
    assert_alike("A;", "-- wend: phase expand\n-- wend: depends 1\n-- wend: ignore a b\nA;", true);
    assert_alike("A;", "-- wend: transaction none\nA;", false);
    assert_alike("-- wend: transaction auto\nA;", "-- wend: transaction none\nA;", false);
    assert_alike("-- wend: transaction none\nA;", "A;\n-- wend:TRANSACTION  NONE", true);
    assert_alike("-- wend: timeout lock=1s\nA;", "-- wend: timeout lock=1000ms\nA;", true);
    assert_alike("-- wend: timeout lock=1s\nA;", "-- wend: timeout lock=2s\nA;", false);
    assert_alike("-- wend: timeout lock=1s\nA;", "-- wend: timeout statement=1s\nA;", false);
    assert_alike("A;", "-- wend: substitute\nA;", false);
    assert_alike("-- wend: retry safe\nA;\nB;", "A;\n-- wend: retry safe\nB;", false);
    assert_alike("-- wend: retry safe\nA;\nB;", "-- wend: retry safe\n\n-- c\nA; B;", true);
    assert_alike("A;\nB;", "A;\n-- wend: retry safe\nB;", false);
    assert_alike("-- wend: batch size=1\nA;", "-- wend: batch size=2\nA;", false);
    assert_alike("-- wend: batch size=1\nA;", "-- wend: batch size=1 pause=1s\nA;", false);
    assert_alike("-- wend: batch size=1\nA;", "-- wend: batch size=1 key=a\nA;", false);
    assert_alike("-- wend: batch size=1 key=a\nA;", "-- wend: batch  key=a size=1\nA;", true);
    assert_alike("-- wend: batch size=1\nA;", "-- wend: retry safe\nA;", false);
    assert_alike("-- wend: assert SELECT 1 = 1\nA;", "A;\n-- wend: assert SELECT 1 = 1\n", false);
    assert_alike("-- wend: assert SELECT 1 = 1\nA;", "-- wend: assert SELECT 2 = 1\nA;", false);
    assert_alike("-- wend: assert SELECT 1 = 1\nA;", "-- wend: assert SELECT 1 = 2\nA;", false);
    assert_alike("-- wend: assert SELECT 1 = ''\nA;", "-- wend: assert SELECT 1 = NULL\nA;", false);
}

static void test_mentions(void)
{
    static const struct {
        const char *text;
        bool found;
    } cases[] = {{"-- wend", true},
                 {"a\n  --\tWEND:", true},
                 {"a\r--wend", true},
                 {"a;--wend", false},
                 {"-- wen", false},
                 {"wend", false},
                 {"", false},
                 {"--", false},
                 {"-- x\n-- wend", true},
                 {"------ wend\n--", false},
                 {"-- a wend", false},
                 {"a --wend", true}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(wend_text_mentions(cases[i].text, strlen(cases[i].text), "wend"), ==,
                        cases[i].found);
    g_assert_false(wend_text_mentions("-- wend", 6, "wend"));
}

static void test_split(void)
{
    static const struct {
        const char *comment, *key, *value;
        bool marker;
    } cases[] = {{"-- wend: a  b c ", "a", "b c", false},
                 {"--wend:a", "a", "", false},
                 {"-- WEND :\ta\tb", "a", "b", false},
                 {"-- wend:", "", "", false},
                 {"-- wend: up", "up", "", true},
                 {"-- wend:Down x", "Down", "x", true},
                 {"-- wend:ux", "ux", "", false},
                 {"-- wend:dowx", "dowx", "", false},
                 {"-- wend:upper", "upper", "", false},
                 {"-- wenx: a", NULL, NULL, false},
                 {"-x wend: a", NULL, NULL, false},
                 {"- wend: a", NULL, NULL, false},
                 {"# wend: a", NULL, NULL, false},
                 {"-- wend", NULL, NULL, false},
                 {"-- wen", NULL, NULL, false},
                 {"--", NULL, NULL, false},
                 {"-", NULL, NULL, false},
                 {"", NULL, NULL, false}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gsize length = strlen(cases[i].comment);
        g_autofree char *exact = g_malloc(length + 1); /* and no NUL behind it */
        memcpy(exact, cases[i].comment, length);
        exact[length] = 'x';
        WendDirectiveText split;
        bool found = wend_directive_split(exact, length, &split);
        g_assert_cmpint(found, ==, cases[i].key != NULL);
        if (!found)
            continue;
        g_assert_cmpmem(split.key, split.key_length, cases[i].key, strlen(cases[i].key));
        g_assert_cmpmem(split.value, split.value_length, cases[i].value, strlen(cases[i].value));
        g_assert_cmpint(wend_directive_is_marker(&split), ==, cases[i].marker);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/directive/transaction", test_transaction);
    g_test_add_func("/directive/timeout", test_timeout);
    g_test_add_func("/directive/batch", test_batch);
    g_test_add_func("/directive/others", test_others);
    g_test_add_func("/directive/assert", test_assert);
    g_test_add_func("/directive/wrong_values", test_wrong_values);
    g_test_add_func("/directive/several_problems", test_several_problems);
    g_test_add_func("/directive/twice", test_twice);
    g_test_add_func("/directive/nothing_behind", test_nothing_behind);
    g_test_add_func("/directive/places", test_places);
    g_test_add_func("/directive/not_directives", test_not_directives);
    g_test_add_func("/directive/inside_statement", test_inside_statement);
    g_test_add_func("/directive/behind_data", test_behind_data);
    g_test_add_func("/directive/again", test_again);
    g_test_add_func("/directive/alike", test_alike);
    g_test_add_func("/directive/split", test_split);
    g_test_add_func("/directive/mentions", test_mentions);
    return g_test_run();
}
