/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/atlas.c. The sums were computed with Python's hashlib.
 */
#include "tool_folder.h"

#include <string.h>

/* Of "1_a.sql" with "A;\n", then "2_b.sql" with "B;\n". */
#define SUM_1 "+GVq5BAnQW6gZLK/rWJ64aVSisqG2gEYPwchO84njiY="
#define SUM_2 "Gv91oCkKCUG+4vHTTwyPaHYtvwO/dgc5sCAqp/NmU8Q="
#define SUMS                                                                                       \
    "h1:DwGSEvM4xuSgs8l1YtgeMw+KO74Z2x0BXfXtFE5oknI=\n1_a.sql h1:" SUM_1 "\n2_b.sql h1:" SUM_2 "\n"

static ToolFolder *fixture(void)
{
    ToolFolder *folder = tool_folder_new("atlas", WEND_DIALECT_SQLITE);
    tool_folder_write(folder, "1_a.sql", "A;\n");
    tool_folder_write(folder, "2_b.sql", "B;\n");
    tool_folder_write(folder, "atlas.sum", SUMS);
    return folder;
}

static void test_sums(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "1_a=1 up(1:A;\n)\n2_b=2 up(1:B;\n)\n");
    assert_text(tool_folder_problems(folder), "");
    g_assert_cmpstr(wend_tool_file(tool_folder_get(folder, "2"))->checksum, ==, SUM_2);
    /* Another checkout. */
    tool_folder_write(folder, "1_a.sql", "A;\r\n");
    tool_folder_scan(folder);
    assert_text(tool_folder_problems(folder), "");
    g_assert_cmpstr(wend_tool_file(tool_folder_get(folder, "2"))->checksum, ==, SUM_2);
}

static void test_bad_sums(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "2_b.sql", "C;\n");
    tool_folder_scan(folder);
    assert_text(tool_folder_problems(folder),
                "E atlas.sum: it does not say what the folder has, from 2_b.sql on\n");
    tool_folder_write(folder, "2_b.sql", "B;\n");
    tool_folder_write(folder, "3_c.sql", "");
    tool_folder_scan(folder);
    assert_text(tool_folder_problems(folder),
                "E atlas.sum: it does not say what the folder has, from 3_c.sql on\n");
    tool_folder_write(folder, "3_c.sql", "-- atlas:sum ignore\nwhatever");
    tool_folder_write(folder, "atlas.sum", "h1:x\n1_a.sql h1:" SUM_1 "\n2_b.sql h1:" SUM_2 "\n");
    tool_folder_scan(folder);
    assert_text(tool_folder_problems(folder),
                "E atlas.sum: its first line is not the sum of the others\n");
    tool_folder_write(folder, "atlas.sum", SUMS);
    tool_folder_scan(folder);
    assert_text(tool_folder_problems(folder), "");
    tool_folder_write(folder, "atlas.sum", "");
    tool_folder_scan(folder);
    g_assert_cmpuint(folder->problems->len, ==, 1);
}

/* The way back in it must not run with the rest. */
static void test_archive(void)
{
    g_autoptr(ToolFolder) folder = tool_folder_new("atlas", WEND_DIALECT_SQLITE);
    tool_folder_write(folder, "1_a.sql",
                      "-- atlas:txtar\n\n-- migration.sql --\nA;\n-- down.sql --\nB;\n");
    tool_folder_write(folder, "atlas.sum", "");
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "");
    g_autofree char *problems = tool_folder_problems(folder);
    g_assert_true(g_str_has_prefix(
        problems, "E 1_a.sql: it is an archive (-- atlas:txtar), which wend does not read\n"));
}

/* Their sums are not what this is about. */
static char *without_sum(ToolFolder *folder)
{
    tool_folder_scan(folder);
    g_assert_cmpuint(folder->problems->len, ==, 1);
    return tool_folder_text(folder);
}

static void test_directives(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a.sql", "-- atlas:delimiter \\n\\n\nA\n\nB\n\n\n");
    tool_folder_write(folder, "2_b.sql", "-- atlas:delimiter -- end\nA;\n-- end\nB -- end\n");
    tool_folder_write(folder, "3.sql", "-- atlas:txmode none\n-- x\n\nC;\n");
    tool_folder_write(folder, "4_d.sql", "-- atlas:txmode none\nD;\n");
    tool_folder_write(folder, "5_e.sql", "-- atlas:checkpoint v1\n\nE;\n");
    assert_text(without_sum(folder),
                "1_a=1 up(1:-- atlas:delimiter \\n\\n\nA\n;\nB\n;\n\n)\n"
                "2_b=2 up(1:-- atlas:delimiter -- end\nA;\n;     \nB ;     \n)\n"
                "3=3 up(1:-- atlas:txmode none\n-- x\n\nC;\n) alone\n"
                "4_d=4 up(1:-- atlas:txmode none\nD;\n)\n"
                "B__5_e=5 up(1:-- atlas:checkpoint v1\n\nE;\n)\n");
    g_assert_cmpint(tool_folder_get(folder, "5")->kind, ==, WEND_KIND_BASELINE);
    g_assert_cmpint(tool_folder_get(folder, "4")->kind, ==, WEND_KIND_VERSIONED);
}

static void test_rows(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_scan(folder);
    assert_text(tool_folder_decode(folder, "1", "a", "2", "3", "3", "NULL", "", "h", NULL),
                "versioned 1_a=1 h");
    assert_text(tool_folder_decode(folder, "1", "a", "1", "0", "0", "NULL", "NULL", "", NULL),
                "baseline 1_a=1 -");
    assert_text(tool_folder_decode(folder, "1", "a", "2", "1", "3", "NULL", "boom", "h", NULL),
                "versioned 1_a=1 h; Atlas has run 1 of its 3 statements: boom");
    assert_text(tool_folder_decode(folder, "", "a", "2", "1", "3", "NULL", "boom", "h", NULL),
                "refused: the history table has a row that wend cannot read: a version that is "
                "empty");
    g_autofree char *insert = tool_folder_insert(folder, "2");
    g_assert_nonnull(strstr(insert, "(?, ?, 2, 1, 1, "));
    g_assert_true(g_str_has_suffix(insert, " | 2 | b | NOW | " SUM_2 "\n"));
}

static WendApplied *row(const char *version, const char *hash)
{
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, version, version, "");
    applied->checksum = g_strdup(hash);
    return applied;
}

/* Of sums that differ in a row the first is to blame; what stands before the first row never runs. */
static void test_settle(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    tool_folder_scan(folder);
    g_ptr_array_add(rows, row("1", "x"));
    g_ptr_array_add(rows, row("2", "y"));
    g_assert_true(folder->format->history->settle(rows, folder->migrations, NULL));
    const WendApplied *first = rows->pdata[0], *second = rows->pdata[1];
    g_assert_cmpstr(first->checksum, ==, "x");
    g_assert_null(second->checksum);
    g_assert_cmpint(first->kind, ==, WEND_KIND_VERSIONED);
    g_ptr_array_set_size(rows, 0);
    g_ptr_array_add(rows, row("2", SUM_2));
    g_assert_true(folder->format->history->settle(rows, folder->migrations, NULL));
    first = rows->pdata[0];
    g_assert_cmpstr(first->checksum, ==, SUM_2);
    g_assert_cmpint(first->kind, ==, WEND_KIND_BASELINE);
}

/* Atlas keeps its sum beside the files of others, too, whose ways back stand in or beside them. */
static void test_others(void)
{
    static const struct {
        const char *name, *text, *tool;
    } files[] = {{"1_a.sql", "-- +goose Up\nA;\n-- +goose Down\nB;\n", "goose"},
                 {"1_a.sql", "-- migrate:up\nA;\n-- migrate:down\nB;\n", "dbmate"},
                 {"1_a.sql", "--liquibase formatted sql\n", "liquibase"},
                 {"1_a.down.sql", "B;\n", "golang-migrate"},
                 {"U1__a.sql", "B;\n", "flyway"},
                 {"R__a.sql", "B;\n", "flyway"}};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(ToolFolder) folder = tool_folder_new("atlas", WEND_DIALECT_SQLITE);
        tool_folder_write(folder, files[i].name, files[i].text);
        tool_folder_write(folder, "atlas.sum", "");
        g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_MAYBE);
        tool_folder_scan(folder);
        assert_text(tool_folder_text(folder), "");
        g_autofree char *problems = tool_folder_problems(folder);
        g_autofree char *expected =
            g_strdup_printf("E %s: it is laid out for %s, and its way back would run with it\n",
                            files[i].name, files[i].tool);
        g_assert_true(g_str_has_prefix(problems, expected));
        g_assert_nonnull(wend_format_find(files[i].tool, NULL));
    }
}

/* Its own may speak of others' marks, and have any version. */
static void test_not_others(void)
{
    g_autoptr(ToolFolder) folder = tool_folder_new("atlas", WEND_DIALECT_SQLITE);
    tool_folder_write(folder, "Vienna_a.sql", "A; -- +goose Up\n");
    tool_folder_write(folder, "atlas.sum", "");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    assert_text(without_sum(folder), "Vienna_a=Vienna up(1:A; -- +goose Up\n)\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/atlas/sums", test_sums);
    g_test_add_func("/atlas/bad_sums", test_bad_sums);
    g_test_add_func("/atlas/archive", test_archive);
    g_test_add_func("/atlas/others", test_others);
    g_test_add_func("/atlas/not_others", test_not_others);
    g_test_add_func("/atlas/directives", test_directives);
    g_test_add_func("/atlas/rows", test_rows);
    g_test_add_func("/atlas/settle", test_settle);
    return g_test_run();
}
