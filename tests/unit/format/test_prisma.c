/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/prisma.c.
 */
#include "sandbox.h"
#include "tool_folder.h"

#include <string.h>

static ToolFolder *fixture(void)
{
    return tool_folder_new("prisma", WEND_DIALECT_POSTGRES);
}

static void test_folders(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "0_init/migration.sql", "A");
    tool_folder_write(folder, "20240101000000_b/migration.sql",
                      "\xEF\xBB\xBF"
                      "B;\r\n");
    tool_folder_write(folder, "20240101000000_b/down.sql", "C");
    tool_folder_write(folder, "20230101000000_a/migration.sql", "");
    tool_folder_write(folder, "README.md", "");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_LIKELY);
    tool_folder_write(folder, "migration_lock.toml", "provider = \"postgresql\"\n");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder),
                "0_init=0_init up(1:A)\n"
                "20230101000000_a=20230101000000_a up(1:)\n"
                "20240101000000_b=20240101000000_b up(1:B;\n) down(1:C)\n");
    assert_text(tool_folder_problems(folder), "");
}

static void test_not_prisma(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "20240101000000_a/up.sql", "A");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_NO);
    tool_folder_write(folder, "20240101000001_b/migration.sql", "A");
    tool_folder_write(folder, "20240101000001_b/snapshot.json", "{}");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_NO);
}

static void test_bad_folders(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "migration_lock.toml", "# \nprovider = \"sqlite\"\n");
    tool_folder_write(folder, "1_a/other.sql", "A");
    tool_folder_write(folder, "2_b/migration.sql", "\xFF");
    tool_folder_write(folder, "3_c/migration.sql", "");
    sandbox_write_n(folder->path, "3_c/migration.sql", "A\0B", 3);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder), "");
    assert_text(tool_folder_problems(folder),
                "W migration_lock.toml: these migrations were made for another kind of database: "
                "sqlite\n"
                "E 1_a: there is no migration.sql in this folder\n"
                "E migration.sql: the file is not valid UTF-8\n"
                "E migration.sql: the file holds a NUL byte\n");
}

static void test_rows(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a/migration.sql", "A");
    tool_folder_scan(folder);
    assert_text(tool_folder_decode(folder, "1_a", "ab", "2026-01-31T12:00:00.000Z", "NULL", NULL),
                "versioned 1_a=1_a ab");
    assert_text(tool_folder_decode(folder, "1_a", "ab", "NULL", "\n  no such table\nmore", NULL),
                "versioned 1_a=1_a ab; Prisma began it and did not end it: no such table");
    assert_text(tool_folder_decode(folder, "1_a", "ab", "NULL", "NULL", NULL),
                "versioned 1_a=1_a ab; Prisma began it and did not end it, or is at it now");
    assert_text(tool_folder_decode(folder, "NULL", "ab", "NULL", "NULL", NULL),
                "refused: the history table has a row that wend cannot read: a migration_name that "
                "is empty");
    g_autofree char *insert = tool_folder_insert(folder, "1_a");
    g_auto(GStrv) values = g_strsplit(g_strstrip(insert), " | ", -1);
    g_assert_cmpuint(g_strv_length(values), ==, 6);
    g_assert_true(g_uuid_string_is_valid(values[1]));
    g_assert_cmpstr(values[2], ==,
                    "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd");
    g_assert_cmpstr(values[3], ==, "1_a");
    assert_text(
        tool_folder_remove(folder, "1_a"),
        "UPDATE \"_prisma_migrations\" SET rolled_back_at = CAST(? AS timestamptz) WHERE "
        "migration_name = ? AND finished_at IS NULL AND rolled_back_at IS NULL | NOW | 1_a\n"
        "DELETE FROM \"_prisma_migrations\" WHERE migration_name = ? AND finished_at IS NOT "
        "NULL AND rolled_back_at IS NULL | 1_a\n");
}

/* Of "A\nB\n" as versions before 2021 wrote it, "%x" of each byte; computed with Python's hashlib. */
#define OLD_SUM "daee1cd25194ae952d46ad9b9c81d3c7dc533244b58d6d7461b248be56712"

static void test_checksums(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "1_a/migration.sql", "A\nB\n");
    tool_folder_write(folder, "2_a/migration.sql", "A\r\nB\r\n");
    tool_folder_scan(folder);
    const WendMigration *one = tool_folder_get(folder, "1_a"),
                        *two = tool_folder_get(folder, "2_a");
    g_autoptr(WendApplied) row = wend_applied_new(WEND_KIND_VERSIONED, "1_a", "1", "a");
    row->checksum = g_strdup(wend_tool_file(two)->checksum);
    g_assert_true(folder->format->history->same(one, row));
    row->checksum[5] = row->checksum[5] == '0' ? '1' : '0';
    g_assert_false(folder->format->history->same(one, row));
    g_free(row->checksum);
    row->checksum = g_strdup(OLD_SUM);
    g_assert_cmpuint(strlen(row->checksum), <, 64);
    g_assert_true(folder->format->history->same(one, row));
    g_assert_true(folder->format->history->same(two, row));
    row->checksum[3] = row->checksum[3] == '1' ? '2' : '1';
    g_assert_false(folder->format->history->same(one, row));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/prisma/folders", test_folders);
    g_test_add_func("/prisma/not_prisma", test_not_prisma);
    g_test_add_func("/prisma/bad_folders", test_bad_folders);
    g_test_add_func("/prisma/rows", test_rows);
    g_test_add_func("/prisma/checksums", test_checksums);
    return g_test_run();
}
