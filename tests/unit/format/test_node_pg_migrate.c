/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/node_pg_migrate.c.
 */
#include "tool_folder.h"

static ToolFolder *fixture(void)
{
    return tool_folder_new("node-pg-migrate", WEND_DIALECT_POSTGRES);
}

static void test_marks(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a.sql",
                      "-- head\n  --- - UP \tMigrations of a\nA;\n-- up migration\n"
                      "-- Down Migration: back\nB;\n");
    tool_folder_write(folder, "2_b.sql", "-- Down Migration\nB;\n-- Up Migration\nA;\n");
    tool_folder_write(folder, "3_c.sql", "A;\n-- updown migration\n");
    tool_folder_write(folder, "4_d.sql", "\xEF\xBB\xBF-- Up Migration\r\nA;\r\n");
    tool_folder_write(folder, "5_e.sql", "");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "1_a=1_a up(3:A;\n-- up migration\n) down(6:B;\n)\n"
                                          "2_b=2_b up(4:A;\n) down(2:B;\n)\n"
                                          "3_c=3_c up(1:A;\n-- updown migration\n)\n"
                                          "4_d=4_d up(2:A;\n)\n"
                                          "5_e=5_e up(1:)\n");
    assert_text(tool_folder_problems(folder), "");
}

/* The tool runs the whole file; so do we, and say it. */
static void test_only_down(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a.sql", "A;\n-- Down Migration\nB;\n");
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder),
                "1_a=1_a up(1:A;\n-- Down Migration\nB;\n) down(3:B;\n)\n");
    assert_text(tool_folder_problems(folder),
                "W 1_a.sql: there is no line `-- Up Migration`: the whole file goes up, as "
                "node-pg-migrate has it, its down part too\n");
}

static void test_order(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "20200101000001000_b.sql", "B");
    tool_folder_write(folder, "1577836802000_c-10.sql", "D");
    tool_folder_write(folder, "1577836802000_C_9.sql", "C");
    tool_folder_write(folder, "1577836800000_a.sql", "A");
    tool_folder_write(folder, "0099_old.sql", "O");
    tool_folder_write(folder, "100_old.sql", "P");
    tool_folder_write(folder, "99999999999999999_no_time.sql", "Z");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_MAYBE);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "0099_old=0099_old up(1:O)\n"
                                          "100_old=100_old up(1:P)\n"
                                          "1577836800000_a=1577836800000_a up(1:A)\n"
                                          "20200101000001000_b=20200101000001000_b up(1:B)\n"
                                          "1577836802000_C_9=1577836802000_C_9 up(1:C)\n"
                                          "1577836802000_c-10=1577836802000_c-10 up(1:D)\n"
                                          "99999999999999999_no_time=99999999999999999_no_time "
                                          "up(1:Z)\n");
}

static void test_pairs_and_code(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a.up.sql", "A");
    tool_folder_write(folder, "1_a.down.sql", "B");
    tool_folder_write(folder, "2_b.down.sql", "C");
    tool_folder_write(folder, "3_c.ts", "export const up = 1;");
    tool_folder_write(folder, "3_c.d.ts", "");
    tool_folder_write(folder, "seed.js", "");
    tool_folder_write(folder, "late.sql", "L");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_NO);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "1_a=1_a up(1:A) down(1:B)\n3_c=3_c up(1:)\n");
    assert_text(tool_folder_problems(folder),
                "E late.sql: the name does not begin with a number\n"
                "E 2_b.down.sql: there is no up file for this down file\n"
                "E 3_c.ts: this migration is program code: wend runs SQL and no programs\n");
}

static void test_bad_files(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a.sql", "A");
    tool_folder_write(folder, "1_a.up.sql", "A");
    tool_folder_write(folder, "2_b.sql", "\xFF");
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "1_a=1_a up(1:A)\n");
    g_assert_cmpuint(folder->problems->len, ==, 2);
}

static void test_rows(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a.sql", "A");
    tool_folder_scan(folder);
    assert_text(tool_folder_decode(folder, "001_a_b", "NULL", NULL), "versioned 001_a_b=001_a_b -");
    assert_text(tool_folder_decode(folder, "old", "NULL", NULL), "versioned old_=old -");
    assert_text(tool_folder_decode(folder, "", "NULL", NULL),
                "refused: the history table has a row that wend cannot read: a name that is empty");
    assert_text(
        tool_folder_insert(folder, "1_a"),
        "INSERT INTO \"pgmigrations\" (name, run_on) VALUES (?, CURRENT_TIMESTAMP) | 1_a\n");
    assert_text(tool_folder_remove(folder, "1_a"),
                "DELETE FROM \"pgmigrations\" WHERE name = ? | 1_a\n");
    assert_text(folder->format->position("old"), "0 old");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/node_pg_migrate/marks", test_marks);
    g_test_add_func("/node_pg_migrate/only_down", test_only_down);
    g_test_add_func("/node_pg_migrate/order", test_order);
    g_test_add_func("/node_pg_migrate/pairs_and_code", test_pairs_and_code);
    g_test_add_func("/node_pg_migrate/bad_files", test_bad_files);
    g_test_add_func("/node_pg_migrate/rows", test_rows);
    return g_test_run();
}
