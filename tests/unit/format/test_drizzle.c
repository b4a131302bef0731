/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/drizzle.c.
 */
#include "tool_folder.h"

#define SHA_OF_A "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"

static ToolFolder *fixture(const char *journal)
{
    ToolFolder *folder = tool_folder_new("drizzle", WEND_DIALECT_SQLITE);
    tool_folder_write(folder, "meta/_journal.json", journal);
    return folder;
}

static void test_journal(void)
{
    g_autoptr(ToolFolder) folder =
        fixture("{\"dialect\": \"sqlite\", \"entries\": [{\"when\": 1000, \"tag\": \"0001_b\"},"
                " {\"when\": 900, \"tag\": \"0000_a\"}, {\"when\": 10000, \"tag\": \"named\"}]}");
    tool_folder_write(folder, "0000_a.sql", "A");
    tool_folder_write(folder, "0001_b.sql",
                      "\xEF\xBB\xBF"
                      "B--> statement-breakpoint\r\nC;\r\n");
    tool_folder_write(folder, "0001_b.down.sql", "D");
    tool_folder_write(folder, "named.sql", "");
    tool_folder_write(folder, "nobody.sql", "N");
    g_assert_cmpint(tool_folder_fit(folder), ==, WEND_FIT_SURE);
    tool_folder_scan(folder);
    assert_text(tool_folder_text(folder),
                "0001_b=0001_b up(1:B;                       \nC;\n) down(1:D)\n"
                "0000_a=0000_a up(1:A)\nnamed=named up(1:)\n");
    assert_text(tool_folder_problems(folder), "");
}

static void test_bad_journals(void)
{
    static const struct {
        const char *journal, *problem;
    } bad[] = {
        {"", "E _journal.json: it is no JSON: '[' or '{' expected near end of file\n"},
        {"[]", "E _journal.json: it has no list \"entries\"\n"},
        {"{\"entries\": [{\"tag\": \"0000_a\"}]}",
         "E _journal.json: its entry 0 has no \"tag\" or no \"when\" that can be read\n"},
        {"{\"entries\": [{\"tag\": \"../a\", \"when\": 1}]}",
         "E _journal.json: its entry 0 has no \"tag\" or no \"when\" that can be read\n"},
        {"{\"entries\": [{\"tag\": \"0000_a\", \"when\": -1}]}",
         "E _journal.json: its entry 0 has no \"tag\" or no \"when\" that can be read\n"},
        {"{\"entries\": [{\"tag\": \"0000_b\", \"when\": 1}]}",
         "E 0000_b.sql: meta/_journal.json lists it, but it is not there\n"},
        {"{\"entries\": [{\"tag\": \"0000_a\", \"when\": 1}, {\"tag\": \"0000_a\", \"when\": 2}]}",
         NULL},
        {"{\"dialect\": \"mysql\", \"entries\": []}",
         "W _journal.json: these migrations were made for another kind of database: mysql\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(ToolFolder) folder = fixture(bad[i].journal);
        tool_folder_write(folder, "0000_a.sql", "A");
        tool_folder_scan(folder);
        if (bad[i].problem != NULL)
            assert_text(tool_folder_problems(folder), bad[i].problem);
        g_assert_cmpuint(folder->problems->len, ==, 1);
    }
}

static void test_rows(void)
{
    g_autoptr(ToolFolder) folder = fixture("{\"entries\": [{\"when\": 1700000000000, \"tag\": "
                                           "\"0000_a\"}]}");
    tool_folder_write(folder, "0000_a.sql", "A");
    tool_folder_scan(folder);
    assert_text(
        tool_folder_insert(folder, "0000_a"),
        "INSERT INTO \"main\".\"__drizzle_migrations\" (hash, created_at) VALUES (?, ?) | " SHA_OF_A
        " | 1700000000000\n");
    assert_text(tool_folder_remove(folder, "0000_a"),
                "DELETE FROM \"main\".\"__drizzle_migrations\" WHERE created_at = ? AND hash = ? | "
                "1700000000000 | " SHA_OF_A "\n");
    assert_text(tool_folder_decode(folder, "1700000000000", "ab", NULL),
                "versioned 1700000000000_=1700000000000 ab");
    assert_text(tool_folder_decode(folder, "NULL", "ab", NULL),
                "refused: the history table has a row that wend cannot read: a created_at that is "
                "no time in milliseconds");
}

static WendApplied *row(const char *when, const char *hash)
{
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, when, when, "");
    applied->checksum = g_strdup(hash);
    applied->position = wend_tool_number_position(when);
    return applied;
}

/* Of two entries of one time the row's hash decides; what no entry has stays a time. */
static void test_settle(void)
{
    g_autoptr(ToolFolder) folder = fixture("{\"entries\": [{\"when\": 5, \"tag\": \"0000_b\"}, "
                                           "{\"when\": 5, \"tag\": \"0001_a\"}]}");
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    tool_folder_write(folder, "0000_b.sql", "B");
    tool_folder_write(folder, "0001_a.sql", "A");
    tool_folder_scan(folder);
    g_ptr_array_add(rows, row("5", SHA_OF_A));
    g_ptr_array_add(rows, row("4", "x"));
    g_ptr_array_add(rows, row("5", "x"));
    g_assert_true(folder->format->history->settle(rows, folder->migrations, NULL));
    static const char *const ids[] = {"0001_a", "4", "0000_b"};
    for (guint i = 0; i < rows->len; i++)
        g_assert_cmpstr(((const WendApplied *)rows->pdata[i])->id, ==, ids[i]);
}

/* With the same text in all of them, each row finds its own by the time alone. */
static void test_many(void)
{
    enum { MANY = 1000 };
    g_autoptr(GString) journal = g_string_new("{\"entries\": [");
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *when = g_strdup_printf("17%08u", i);
        g_string_append_printf(journal, "%s{\"when\": %s, \"tag\": \"%05u_a\"}", i > 0 ? "," : "",
                               when, i);
        g_ptr_array_add(rows, row(when, SHA_OF_A));
    }
    g_string_append(journal, "]}");
    g_autoptr(ToolFolder) folder = fixture(journal->str);
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("%05u_a.sql", i);
        tool_folder_write(folder, name, "A");
    }
    tool_folder_scan(folder);
    g_assert_true(folder->format->history->settle(rows, folder->migrations, NULL));
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("%05u_a", i);
        g_assert_cmpstr(((const WendApplied *)rows->pdata[i])->id, ==, id);
    }
}

static void test_line_ends(void)
{
    g_autoptr(ToolFolder) folder = fixture("{\"entries\": [{\"when\": 5, \"tag\": \"0_a\"}, "
                                           "{\"when\": 6, \"tag\": \"1_a\"}]}");
    tool_folder_write(folder, "0_a.sql", "A\nB\n");
    tool_folder_write(folder, "1_a.sql", "A\r\nB\r\n");
    tool_folder_scan(folder);
    const WendToolFile *unix_ends = wend_tool_file(tool_folder_get(folder, "0_a"));
    const WendToolFile *windows = wend_tool_file(tool_folder_get(folder, "1_a"));
    g_assert_cmpstr(unix_ends->checksum, ==, windows->other);
    g_assert_cmpstr(unix_ends->other, ==, windows->checksum);
    g_assert_cmpstr(unix_ends->checksum, !=, windows->checksum);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drizzle/journal", test_journal);
    g_test_add_func("/drizzle/bad_journals", test_bad_journals);
    g_test_add_func("/drizzle/rows", test_rows);
    g_test_add_func("/drizzle/settle", test_settle);
    g_test_add_func("/drizzle/many", test_many);
    g_test_add_func("/drizzle/line_ends", test_line_ends);
    return g_test_run();
}
