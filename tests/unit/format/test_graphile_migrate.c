/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/graphile_migrate.c. The hashes were computed with Python's hashlib.
 */
#include "tool_folder.h"

/* Of "A;" behind nothing, and of "B;" behind that. */
#define HASH_1 "sha1:8c5bf93f5d9e2354f317014337c8a4a55496b18a"
#define HASH_2 "sha1:e64ee755e07c4b9360b0aaf542f1899226822767"
#define FILE_1 "--! Previous: -\n--! Hash: " HASH_1 "\n\nA;\n"
#define FILE_2 "--! Previous: " HASH_1 "\n--! Hash: " HASH_2 "\n--! Message: more\n\nB;\n"

static ToolFolder *fixture(void)
{
    ToolFolder *folder = tool_folder_new("graphile-migrate", WEND_DIALECT_POSTGRES);
    tool_folder_write(folder, "current.sql", "");
    tool_folder_write(folder, "committed/000001.sql", FILE_1);
    return folder;
}

static void test_chain(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "committed/000002-more_1.sql", FILE_2);
    tool_folder_write(folder, "committed/000002-more_1.down.sql", "C;\n");
    tool_folder_write(folder, "committed/notes.sql", "N");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder),
                "000001=000001.sql up(1:" FILE_1 ")\n"
                "000002_more_1=000002.sql up(1:" FILE_2 ") down(1:C;\n)\n");
    assert_text(tool_folder_problems(folder), "");
}

/* A folder of committed ones that is named itself, and one without any. */
static void test_folders(void)
{
    g_autoptr(ToolFolder) folder = tool_folder_new("graphile-migrate", WEND_DIALECT_POSTGRES);
    tool_folder_write(folder, "1.sql", FILE_1);
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    tool_folder_scan(folder);
    g_assert_cmpuint(folder->migrations->len, ==, 1);
    g_autoptr(ToolFolder) fresh = tool_folder_new("graphile-migrate", WEND_DIALECT_POSTGRES);
    tool_folder_write(fresh, "current.sql", "");
    g_assert_cmpint(tool_folder_fit(fresh), ==, WEND_FIT_NO);
    tool_folder_write(fresh, "committed/.gitkeep", "");
    g_assert_cmpint(tool_folder_fit(fresh), ==, WEND_FIT_LIKELY);
}

static void test_bad_files(void)
{
    static const struct {
        const char *text, *problem;
    } bad[] = {
        {"", "E 000001.sql: its head has no line `--! Previous: …`\n"},
        {"--! Previous: -\n\nA;\n", "E 000001.sql: its head has no line `--! Hash: …`\n"},
        {"--! Previous: -\n--! Hash: x\nA;\n",
         "E 000001.sql: there is no empty line behind its head\n"},
        {"--! Previous: -\n--! Hash: x\n\nA;\n",
         "E 000001.sql: its text has not the hash of its head: it was changed after it was "
         "committed\n"},
        {"--! Previous: -\n--! Hash: x\n--! AllowInvalidHash\n\nA;\n", ""},
        {"--! Previous: y\n--! Hash: x\n--! AllowInvalidHash\n\nA;\n",
         "E 000001.sql: it is the first, but names one before it: y\n"},
        {"--! Previous: -\n--! Hash: x\n--! AllowInvalidHash\n\n:DATABASE_OWNER;\n",
         "E 000001.sql: it has the placeholder :DATABASE_OWNER, which graphile-migrate fills in "
         "and "
         "wend does not\n"},
        {"\xEF\xBB\xBF--! Previous: -\r\n--! Hash: " HASH_1 "\r\n\r\nA;\r\n", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(ToolFolder) folder = fixture();
        tool_folder_write(folder, "committed/000001.sql", bad[i].text);
        tool_folder_scan(folder);
        assert_text(tool_folder_problems(folder), bad[i].problem);
    }
}

static void test_torn(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "committed/000001.sql",
                      "--! Previous: -\n--! Hash: x\n--! AllowInvalidHash\n\nA;\n");
    tool_folder_write(folder, "committed/000002.sql", FILE_2);
    tool_folder_write(folder, "committed/000002-again.sql", FILE_2);
    tool_folder_scan(folder);
    g_autofree char *expected = g_strdup_printf(
        "E 000002.sql: two migrations have version 000002: %1$s/committed/000002-again.sql and "
        "%1$s/committed/000002.sql\n"
        "E 000002-again.sql: the one before it has another hash than it names (" HASH_1 ")\n",
        folder->path);
    assert_text(tool_folder_problems(folder), expected);
}

static void test_alone(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(
        folder, "committed/000001.sql",
        "--! Previous: -\n--! Hash: x\n--! AllowInvalidHash\n\n--! no-transaction\nA;\n");
    tool_folder_scan(folder);
    g_assert_nonnull(wend_script_directive(tool_folder_get(folder, "000001.sql")->up,
                                           WEND_DIRECTIVE_TRANSACTION));
    tool_folder_write(
        folder, "committed/000001.sql",
        "--! Previous: -\n--! Hash: x\n--! AllowInvalidHash\n\nA;\n--! no-transaction\n");
    tool_folder_scan(folder);
    g_assert_null(wend_script_directive(tool_folder_get(folder, "000001.sql")->up,
                                        WEND_DIRECTIVE_TRANSACTION));
}

static void test_rows(void)
{
    g_autoptr(ToolFolder) folder = fixture();
    tool_folder_write(folder, "committed/000002-more_1.sql", FILE_2);
    tool_folder_scan(folder);
    assert_text(tool_folder_decode(folder, "000001.sql", HASH_1, "NULL", NULL),
                "versioned 000001_=000001.sql " HASH_1);
    assert_text(
        tool_folder_decode(folder, "x.sql", HASH_1, "NULL", NULL),
        "refused: the history table has a row that wend cannot read: a filename that is not "
        "NUMBER.sql");
    assert_text(
        tool_folder_insert(folder, "000001.sql"),
        "INSERT INTO \"migrations\" (hash, previous_hash, filename) VALUES (?, ?, ?) | " HASH_1
        " | NULL | 000001.sql\n");
    assert_text(
        tool_folder_insert(folder, "000002.sql"),
        "INSERT INTO \"migrations\" (hash, previous_hash, filename) VALUES (?, ?, ?) | " HASH_2
        " | " HASH_1 " | 000002.sql\n");
    assert_text(folder->format->version_key("000002-more_1"), "000002.sql");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/graphile_migrate/chain", test_chain);
    g_test_add_func("/graphile_migrate/folders", test_folders);
    g_test_add_func("/graphile_migrate/bad_files", test_bad_files);
    g_test_add_func("/graphile_migrate/torn", test_torn);
    g_test_add_func("/graphile_migrate/alone", test_alone);
    g_test_add_func("/graphile_migrate/rows", test_rows);
    return g_test_run();
}
