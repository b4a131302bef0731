/* SPDX-License-Identifier: MIT
 *
 * Cutting scripts: which statements commit together, which run alone, what directives change, and
 * that every error names its line, column and source. Classes are SQLite's; no database.
 */
#include "core/cut.h"

#include "format/wend_section.h"
#include "stage.h"
#include "values.h"

#include <string.h>

static void add_piece(GString *text, const WendPiece *piece)
{
    g_string_append_printf(text, "%s%.*s", piece->assertion ? "?" : "", (int)piece->length,
                           piece->text);
}

/* "[a b] alone:[VACUUM] batch:[c] lifted:[d]", each segment with the number of its last statement. */
static char *describe(const WendCut *cut)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < cut->segments->len; i++) {
        const WendSegment *segment = &g_array_index(cut->segments, WendSegment, i);
        g_string_append_printf(text, "%s%s%s[", i > 0 ? " " : "", segment->alone ? "alone:" : "",
                               segment->batch != NULL ? "batch:" : "");
        for (guint j = 0; j < segment->count; j++) {
            g_string_append(text, j > 0 ? "; " : "");
            add_piece(text, &g_array_index(cut->pieces, WendPiece, segment->first + j));
        }
        g_string_append_printf(text, "]%u", segment->last_statement);
    }
    for (guint i = 0; i < cut->lifted->len; i++) {
        g_string_append(text, i == 0 ? " lifted:[" : "; ");
        add_piece(text, &g_array_index(cut->lifted, WendPiece, i));
    }
    g_string_append(text, cut->lifted->len > 0 ? "]" : "");
    return g_string_free(text, FALSE);
}

#define NONE  "-- wend: transaction none\n"
#define BATCH "-- wend: batch size=5\n"
#define CHECK "-- wend: assert SELECT 1 = 1\n"

static const struct {
    const char *path, *text, *segments;
} cuts[] = {
    {"plain", "SELECT 1; SELECT 2;", "[SELECT 1; SELECT 2]2"},
    {"empty", "", "[]0"},
    {"comments", "-- nothing\n", "[]0"},
    {"own", "SELECT 1; BEGIN; SELECT 2; SELECT 3; COMMIT; SELECT 4",
     "[SELECT 1]1 [SELECT 2; SELECT 3]4 [SELECT 4]6"},
    {"own-only", "BEGIN IMMEDIATE; SELECT 1; END TRANSACTION;", "[SELECT 1]2"},
    {"own-empty", "BEGIN; COMMIT;", "[]0"},
    {"own-two", "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;", "[SELECT 1]2 [SELECT 2]5"},
    {"alone", "SELECT 1; VACUUM; SELECT 2", "[SELECT 1]1 alone:[VACUUM]2 [SELECT 2]3"},
    {"alone-only", "VACUUM", "alone:[VACUUM]1"},
    {"alone-two", "VACUUM; PRAGMA journal_mode = wal",
     "alone:[VACUUM]1 alone:[PRAGMA journal_mode = wal]2"},
    {"none", NONE "SELECT 1; SELECT 2", "[SELECT 1]1 [SELECT 2]2"},
    {"auto", "-- wend: transaction auto\nSELECT 1; SELECT 2", "[SELECT 1; SELECT 2]2"},
    {"none-own", NONE "SELECT 1; BEGIN; SELECT 2; SELECT 3; COMMIT; SELECT 4",
     "[SELECT 1]1 [SELECT 2; SELECT 3]4 [SELECT 4]6"},
    {"none-own-assert", NONE "BEGIN; SELECT 2;\n" CHECK "SELECT 3; COMMIT;",
     "[SELECT 2; ?SELECT 1; SELECT 3]3"},
    {"lifted", "PRAGMA foreign_keys = off; SELECT 1; PRAGMA foreign_keys = on",
     "[SELECT 1]2 lifted:[PRAGMA foreign_keys = off; PRAGMA foreign_keys = on]"},
    {"lifted-only", "PRAGMA foreign_keys = off", "[]0 lifted:[PRAGMA foreign_keys = off]"},
    {"setting-stays", "PRAGMA legacy_alter_table = on; SELECT 1",
     "[PRAGMA legacy_alter_table = on; SELECT 1]2"},
    {"batch", "SELECT 1;\n" BATCH "DELETE FROM a; SELECT 2",
     "[SELECT 1]1 batch:[DELETE FROM a]2 [SELECT 2]3"},
    {"batch-first", BATCH "DELETE FROM a", "batch:[DELETE FROM a]1"},
    {"batches", BATCH "DELETE FROM a;\n" BATCH "DELETE FROM b",
     "batch:[DELETE FROM a]1 batch:[DELETE FROM b]2"},
    {"batch-for-one-only", BATCH "DELETE FROM a; DELETE FROM b; DELETE FROM c",
     "batch:[DELETE FROM a]1 [DELETE FROM b; DELETE FROM c]3"},
    {"assert", "SELECT 2;\n" CHECK "SELECT 3", "[SELECT 2; ?SELECT 1; SELECT 3]2"},
    {"assert-first", CHECK "SELECT 3", "[?SELECT 1; SELECT 3]1"},
    {"assert-last", "SELECT 3;\n" CHECK, "[SELECT 3; ?SELECT 1]1"},
    {"assert-only", CHECK, "[?SELECT 1]0"},
    {"assert-behind-alone", "VACUUM;\n" CHECK "SELECT 3", "alone:[VACUUM]1 [?SELECT 1; SELECT 3]2"},
    {"assert-none", NONE "SELECT 2;\n" CHECK "SELECT 3", "[SELECT 2]1 [?SELECT 1]1 [SELECT 3]2"},
    {"assert-batch", "SELECT 1;\n" BATCH CHECK "DELETE FROM a",
     "[SELECT 1; ?SELECT 1]1 batch:[DELETE FROM a]2"},
    {"trigger", "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; SELECT 2",
     "[CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; SELECT 2]2"},
    {"savepoint", "SAVEPOINT s; SELECT 1; ROLLBACK TO s; RELEASE s",
     "[SAVEPOINT s; SELECT 1; ROLLBACK TO s; RELEASE s]4"},
};

static void test_cut(gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    g_autoptr(WendScript) script = values_script(cuts[at].text);
    g_autoptr(WendCut) cut = values_cut(script);
    g_autofree char *text = describe(cut);
    g_assert_cmpstr(text, ==, cuts[at].segments);
}

static const struct {
    const char *path, *text;
    guint line, column;
    const char *source, *message;
} errors[] = {
    {"commit", "SELECT 1;\n  COMMIT;", 2, 3, "  COMMIT;", "COMMIT without a BEGIN before it"},
    {"nested", "BEGIN;\nSELECT 1;\nBEGIN;", 3, 1, "BEGIN;",
     "BEGIN inside a transaction that is already open"},
    {"open", "SELECT 1;\n BEGIN; SELECT 2;", 2, 2, " BEGIN; SELECT 2;", "this BEGIN has no COMMIT"},
    {"vacuum", "BEGIN;\nVACUUM;\nCOMMIT;", 2, 1, "VACUUM;",
     "VACUUM cannot run inside the BEGIN … COMMIT of this file"},
    {"rollback", "SELECT 1;\n\tROLLBACK;", 2, 2, "\tROLLBACK;",
     "ROLLBACK would undo what the migration has done"},
    {"attach", "ATTACH 'x' AS y", 1, 1, "ATTACH 'x' AS y", NULL},
    {"dot", "SELECT 1;\n.import a b", 2, 1, ".import a b",
     "a dot command belongs to the sqlite3 shell and is no SQL"},
    {"batch-alone", BATCH "VACUUM", 2, 1, "VACUUM", "VACUUM cannot be a batch"},
    {"batch-own", "BEGIN;\n" BATCH "DELETE FROM a;\nCOMMIT", 3, 1, "DELETE FROM a;",
     "a batch cannot run inside the BEGIN … COMMIT of this file"},
    {"string", "SELECT 1;\nSELECT 'open", 2, 8, "SELECT 'open", NULL},
};

static void assert_error(const WendError *error, gsize at, guint line)
{
    g_assert_cmpint(error->code, ==, WEND_USAGE);
    g_assert_cmpstr(error->file, ==, "f.sql");
    g_assert_cmpuint(error->line, ==, errors[at].line + line - 1);
    g_assert_cmpuint(error->column, ==, errors[at].column);
    g_assert_cmpstr(error->source, ==, errors[at].source);
    if (errors[at].message != NULL)
        g_assert_cmpstr(error->message, ==, errors[at].message);
}

static void test_error(gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    /* The same in a script that begins in the middle of its file. */
    for (guint line = 1; line <= 8; line += 7) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(WendScript) script = values_script(errors[at].text);
        script->line = line;
        g_assert_null(wend_cut_make(script, wend_drivers[0], NULL, &error));
        assert_error(&error, at, line);
        g_assert_null(wend_cut_make(script, wend_drivers[0], NULL, NULL));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cuts); i++) {
        g_autofree char *path = g_strconcat("/cut/segments/", cuts[i].path, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cut);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autofree char *path = g_strconcat("/cut/errors/", errors[i].path, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_error);
    }
    return g_test_run();
}
