/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/wend_section.c: sections, Rollback blocks, and what looks like them but is
 * not.
 */
#include "format/wend_section.h"
#include "sandbox.h"

#include <string.h>

typedef struct Case {
    WendDialect dialect;
    const char *text;
    const char *up; /* NULL = no script */
    guint up_line;
    const char *down;
    guint down_line;
    const char *problems; /* as sandbox_problems() */
} Case;

static void assert_script(const WendScript *script, const char *text, guint line)
{
    if (text == NULL) {
        g_assert_null(script);
        return;
    }
    char checksum[WEND_SHA256_HEX + 1];
    wend_sha256(text, strlen(text), checksum);
    g_assert_nonnull(script);
    g_assert_cmpstr(script->text, ==, text);
    g_assert_cmpuint(script->length, ==, strlen(text));
    g_assert_cmpuint(script->line, ==, line);
    g_assert_cmpstr(script->file, ==, "m/1.sql");
    g_assert_cmpstr(script->checksum, ==, checksum);
}

static void assert_cut_as(const Case *expected, WendPart part, bool paired)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    WendScript *up = NULL, *down = NULL;
    WendFileCut cut = {"m/1.sql", part, paired, wend_dialect_flags(expected->dialect)};
    g_test_message("%s", expected->text);
    wend_file_cut(&cut, g_strdup(expected->text), strlen(expected->text), &up, &down, problems);
    assert_problems(problems, expected->problems);
    assert_script(up, expected->up, expected->up_line);
    assert_script(down, expected->down, expected->down_line);
    wend_script_free(up);
    wend_script_free(down);
}

static void assert_cuts(const Case *cases, gsize count)
{
    for (gsize i = 0; i < count; i++)
        assert_cut_as(&cases[i], WEND_PART_WHOLE, false);
}

#define SQLITE   WEND_DIALECT_SQLITE
#define POSTGRES WEND_DIALECT_POSTGRES
#define MYSQL    WEND_DIALECT_MYSQL

static void test_sections(void)
{
    static const Case cases[] = {
        {SQLITE, "", "", 1, NULL, 0, ""},
        {SQLITE, "SELECT 1;\n", "SELECT 1;\n", 1, NULL, 0, ""},
        {SQLITE, "-- wend:up\nA;\n-- wend:down\nB;\n", "A;\n", 2, "B;\n", 4, ""},
        {SQLITE, "-- wend:down\nB;\n-- wend:up\nA;\n", "A;\n", 4, "B;\n", 2, ""},
        {SQLITE, "A;\n-- wend:down\nB;\n", "A;\n", 1, "B;\n", 3, ""},
        {SQLITE, "A\n-- wend:down\nB", "A\n", 1, "B", 3, ""},
        {SQLITE, "-- wend:up\nA;\n", "A;\n", 2, NULL, 0, ""},
        {SQLITE, "-- wend:up", "", 1, NULL, 0, ""},
        {SQLITE, "A;\n-- wend:down", "A;\n", 1, "", 2, ""},
        {SQLITE, "--WEND : Up \nA;\n  --  Wend:\tDOWN\nB;\n", "A;\n", 2, "B;\n", 4, ""},
        {SQLITE, "A;\r\n-- wend:down\r\nB;\r\n", "A;\r\n", 1, "B;\r\n", 3, ""},
        {SQLITE, "-- about\n\n/* and */ \n-- wend:up\nA;\n", "A;\n", 5, NULL, 0, ""},
        {SQLITE, "-- wend: transaction none\n-- wend:up\nA;\n-- wend:down\nB;\n",
         "-- wend: transaction none\n-- wend:up\nA;\n", 1, "B;\n", 5, ""},
    };
    assert_cuts(cases, G_N_ELEMENTS(cases));
}

/* What only looks like a marker. */
static void test_no_sections(void)
{
    static const char *const texts[] = {
        "SELECT '\n-- wend:down\n';\n",
        "/*\n-- wend:down\n*/ SELECT 1;\n",
        "SELECT \"\n-- wend:down\n\";\n",
        "SELECT 1; -- wend:down\n",
        "-- wend down\nSELECT 1;\n",
        "-- wend:downs\nSELECT 1;\n",
        "-- the wend:down\nSELECT 1;\n",
        "--- wend:down\nSELECT 1;\n",
        "wend:down\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Case one = {SQLITE, texts[i], texts[i], 1, NULL, 0, ""};
        assert_cut_as(&one, WEND_PART_WHOLE, false);
    }
    static const Case cases[] = {
        {POSTGRES, "DO $x$\n-- wend:down\n$x$;\n", "DO $x$\n-- wend:down\n$x$;\n", 1, NULL, 0, ""},
        {MYSQL, "--wend:down\nSELECT 1;\n", "--wend:down\nSELECT 1;\n", 1, NULL, 0, ""},
    };
    assert_cuts(cases, G_N_ELEMENTS(cases));
}

/* Data and psql's lines hide no marker and hold none. */
static void test_sections_with_data(void)
{
    static const Case cases[] = {
        {POSTGRES, "COPY t FROM stdin;\nit's\n-- wend:down\n\\.\nA;\n-- wend:down\nB;\n",
         "COPY t FROM stdin;\nit's\n-- wend:down\n\\.\nA;\n", 1, "B;\n", 7, ""},
        {POSTGRES, "A;\n\\echo it's\n-- wend:down\nB;\n", "A;\n\\echo it's\n", 1, "B;\n", 4, ""},
        {POSTGRES, "-- wend:up\nA\n-- wend:down\nCOPY t FROM stdin;\nit's\n\\.\nB;\n", "A\n", 2,
         "COPY t FROM stdin;\nit's\n\\.\nB;\n", 4, ""},
        {POSTGRES, "-- wend:up\nCOPY t FROM stdin;\nit's\n\\.\n-- wend:down\nB;\n",
         "COPY t FROM stdin;\nit's\n\\.\n", 2, "B;\n", 6, ""},
        {POSTGRES, "A;\n-- wend:down\nB;\nCOPY t FROM stdin;\n1\n\\.\n", "A;\n", 1,
         "B;\nCOPY t FROM stdin;\n1\n\\.\n", 3, ""},
    };
    assert_cuts(cases, G_N_ELEMENTS(cases));
}

#define NO_UP                                                                                      \
    "there is a down script here, but no up script; write the up script below `-- wend:up`, or "   \
    "remove the file\n"

static void test_wrong_sections(void)
{
    static const Case cases[] = {
        {SQLITE, "-- wend:up\nA;\n-- wend:up\nB;\n", "A;\n", 2, NULL, 0,
         "E 1.sql:3:1 `-- wend:up` stands twice; it stands in line 1 already: keep one of the "
         "two\n"},
        {SQLITE, "-- wend:up\nA;\n-- wend:down\nB;\n-- wend:down\nC;\n-- wend:down\n", "A;\n", 2,
         "B;\n", 4,
         "E 1.sql:5:1 `-- wend:down` stands twice; it stands in line 3 already: keep one of the "
         "two\n"},
        {SQLITE, "A;\n-- wend:down (drops it)\nB;\n", "A;\n", 1, "B;\n", 3,
         "E 1.sql:2:1 `-- wend:down` is followed by other words; leave the marker alone on its "
         "line\n"},
        {SQLITE, "-- c\n  A;\n-- wend:up\nB;\n", "B;\n", 4, NULL, 0,
         "E 1.sql:2:3 a statement stands before the first section; move it below `-- wend:up`\n"},
        {SQLITE, "A;\n-- wend:down\nB;\n-- wend:up\nC;\n", "C;\n", 5, "B;\n", 3,
         "E 1.sql:1:1 a statement stands before the first section; move it below `-- wend:up`\n"},
        {SQLITE, "\n-- wend: transaction none\n-- wend:down\nB;\n-- wend:up\nC;\n", "C;\n", 6,
         "B;\n", 4,
         "E 1.sql:2:1 a directive stands before `-- wend:down`, outside of any section; move it "
         "below `-- wend:up` or `-- wend:down`\n"},
        {SQLITE, "-- wend:down\nB;\n", "", 1, "B;\n", 2, "E 1.sql:1:1 " NO_UP},
        {SQLITE, "-- a\n;\n-- wend:down", "-- a\n;\n", 1, "", 3, "E 1.sql:3:1 " NO_UP},
        {SQLITE, "-- a\n-- Rollback: DROP TABLE a;\n", "-- a\n", 1, "             DROP TABLE a;\n",
         2, "E 1.sql:2:1 " NO_UP},
    };
    assert_cuts(cases, G_N_ELEMENTS(cases));
}

static void test_one_direction(void)
{
    static const Case up = {
        SQLITE,
        "A;\n-- wend:down\nB;\n",
        "A;\n-- wend:down\nB;\n",
        1,
        NULL,
        0,
        "E 1.sql:2:1 `-- wend:down` stands in a file that holds one direction by its name; remove "
        "the marker, or name the file without .up and .down\n"};
    static const Case down = {
        SQLITE,
        "-- wend:down\nB;\n",
        NULL,
        0,
        "-- wend:down\nB;\n",
        1,
        "E 1.sql:1:1 `-- wend:down` stands in a file that holds one direction by its name; remove "
        "the marker, or name the file without .up and .down\n"};
    static const Case plain_up = {
        SQLITE, "A;\n-- Rollback: DROP x;", "A;\n-- Rollback: DROP x;", 1, NULL, 0, ""};
    static const Case plain_down = {
        SQLITE, "A;\n-- Rollback: DROP x;", NULL, 0, "A;\n-- Rollback: DROP x;", 1, ""};
    assert_cut_as(&up, WEND_PART_UP, false);
    assert_cut_as(&down, WEND_PART_DOWN, false);
    assert_cut_as(&plain_up, WEND_PART_UP, false);
    assert_cut_as(&plain_up, WEND_PART_WHOLE, true);
    assert_cut_as(&plain_down, WEND_PART_DOWN, false);
}

static void test_rollback(void)
{
    static const Case cases[] = {
        {SQLITE, "A;\n\n-- Rollback:\n-- DROP TABLE a;\n-- DROP TABLE b;\n", "A;\n\n", 1,
         "            \n   DROP TABLE a;\n   DROP TABLE b;\n", 3, ""},
        {SQLITE, "A;\n-- rollback : drop table a;", "A;\n", 1, "              drop table a;", 2,
         ""},
        {SQLITE, "A\n--ROLLBACK:\n--DELETE FROM a", "A\n", 1, "           \n  DELETE FROM a", 2,
         ""},
        {SQLITE, "A;\n  -- Rollback:\n\n  -- DROP TABLE a;\n\n", "A;\n", 1,
         "              \n\n     DROP TABLE a;\n\n", 2, ""},
        {SQLITE, "A;\n-- Rollback:\n-- -- first\n-- DROP TABLE a;\n-- ------\n", "A;\n", 1,
         "            \n   -- first\n   DROP TABLE a;\n   ------\n", 2, ""},
        {SQLITE, "A;\n-- Rollback:\n-- wend: transaction none\n-- VACUUM;\n", "A;\n", 1,
         "            \n-- wend: transaction none\n   VACUUM;\n", 2, ""},
        {SQLITE, "A;\n-- Rollback:\n-- UPDATE a SET x = 'Rollback: y';\n-- Rollback: DROP z\n",
         "A;\n", 1, "            \n   UPDATE a SET x = 'Rollback: y';\n             DROP z\n", 2,
         ""},
        {SQLITE, "A;\n-- before\n-- Rollback: DROP TABLE a;\n", "A;\n-- before\n", 1,
         "             DROP TABLE a;\n", 3, ""},
        {MYSQL, "DELIMITER //\nA//\nDELIMITER ;\n-- Rollback: CALL a();\n# DROP TABLE b;\n",
         "DELIMITER //\nA//\nDELIMITER ;\n", 1, "             CALL a();\n# DROP TABLE b;\n", 4, ""},
        {POSTGRES, "COPY t FROM stdin;\n-- Rollback: x\n\\.\n-- Rollback: TRUNCATE t;\n",
         "COPY t FROM stdin;\n-- Rollback: x\n\\.\n", 1, "             TRUNCATE t;\n", 4, ""},
    };
    assert_cuts(cases, G_N_ELEMENTS(cases));
}

static void test_no_rollback(void)
{
    static const char *const texts[] = {
        "-- Rollback: DROP TABLE a;\nA;\n",
        "A;\n-- Rollback\n-- DROP TABLE a;\n",
        "A; -- Rollback: DROP TABLE a;\n",
        "SELECT '\n-- Rollback: DROP TABLE a;\n",
        "SELECT '\n-- Rollback: DROP TABLE a;\n'",
        "A;\n-- Rollback: DROP TABLE a;\n/* end */\n",
        "CREATE TRIGGER a AFTER INSERT ON b BEGIN SELECT 1;\n-- Rollback: DROP TRIGGER a;\n",
        "A;\n-- Rollback:\n",
        "A;\n-- Rollback:\n--\n-- -- nothing\n",
        "A;\n/*\n-- Rollback: DROP TABLE a;\n*/\n",
        "A;\n-- to Rollback: DROP TABLE a;\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Case one = {SQLITE, texts[i], texts[i], 1, NULL, 0, ""};
        assert_cut_as(&one, WEND_PART_WHOLE, false);
    }
    static const char hash[] = "A;\n# Rollback: DROP TABLE a;\n-- the rollback is above\n"
                               "-- Rollback\n";
    static const Case mysql = {MYSQL, hash, hash, 1, NULL, 0, ""};
    assert_cut_as(&mysql, WEND_PART_WHOLE, false);
}

static void test_prose(void)
{
    static const char *const texts[] = {"A;\n\n-- Rollback: not possible\n",
                                        "A;\n\n-- Rollback:\n-- 1. restore the backup\n",
                                        "A;\n\n-- Rollback: dropped by hand; DROP TABLE a;\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Case one = {SQLITE,
                    texts[i],
                    texts[i],
                    1,
                    NULL,
                    0,
                    "W 1.sql:3:1 the Rollback comment is not SQL: the migration has no down "
                    "script; write the statements behind `-- Rollback:`, or in a section below "
                    "`-- wend:down`\n"};
        assert_cut_as(&one, WEND_PART_WHOLE, false);
    }
}

static void test_verbs(void)
{
    g_auto(GStrv) verbs = g_strsplit(
        "CREATE ALTER DROP DELETE INSERT UPDATE REPLACE TRUNCATE RENAME WITH SELECT PRAGMA SET "
        "BEGIN COMMIT DO CALL COMMENT GRANT REVOKE REINDEX VACUUM ANALYZE LOCK EXECUTE START USE",
        " ", -1);
    for (gsize i = 0; verbs[i] != NULL; i++) {
        g_autofree char *text = g_strdup_printf("A;\n-- Rollback: %s x", verbs[i]);
        g_autofree char *down = g_strdup_printf("             %s x", verbs[i]);
        Case one = {SQLITE, text, "A;\n", 1, down, 2, ""};
        assert_cut_as(&one, WEND_PART_WHOLE, false);
    }
}

static void test_empty(void)
{
    guint flags = wend_dialect_flags(SQLITE);
    gsize offset = 99;
    g_assert_true(wend_text_is_empty("", 0, flags, &offset));
    g_assert_true(wend_text_is_empty(" -- a\n/* b */;\n;", 16, flags, NULL));
    g_assert_cmpuint(offset, ==, 99);
    g_assert_false(wend_text_is_empty(" /* b */ x", 10, flags, &offset));
    g_assert_cmpuint(offset, ==, 9);
    g_assert_false(wend_text_is_empty("x", 1, flags, NULL));
}

/* Ten times the text takes about ten times as long: with a square it would be minutes. */
static void test_many_markers(void)
{
    GString *text = g_string_new("-- wend:up\n");
    for (guint i = 0; i < 200000; i++)
        g_string_append(text, "-- wend:up\n--------- rollback ----\n");
    g_autoptr(GPtrArray) problems = wend_problems_new();
    WendScript *up = NULL, *down = NULL;
    WendFileCut cut = {"1.sql", WEND_PART_WHOLE, false, wend_dialect_flags(POSTGRES)};
    gsize length = text->len;
    wend_file_cut(&cut, g_string_free(text, FALSE), length, &up, &down, problems);
    g_assert_cmpuint(problems->len, ==, 2);
    g_assert_cmpuint(up->length, ==, 0);
    wend_script_free(up);
    g_assert_null(down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wend_section/sections", test_sections);
    g_test_add_func("/wend_section/no_sections", test_no_sections);
    g_test_add_func("/wend_section/sections_with_data", test_sections_with_data);
    g_test_add_func("/wend_section/wrong_sections", test_wrong_sections);
    g_test_add_func("/wend_section/one_direction", test_one_direction);
    g_test_add_func("/wend_section/rollback", test_rollback);
    g_test_add_func("/wend_section/no_rollback", test_no_rollback);
    g_test_add_func("/wend_section/prose", test_prose);
    g_test_add_func("/wend_section/verbs", test_verbs);
    g_test_add_func("/wend_section/empty", test_empty);
    g_test_add_func("/wend_section/many_markers", test_many_markers);
    return g_test_run();
}
