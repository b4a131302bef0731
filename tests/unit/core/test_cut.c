/* SPDX-License-Identifier: MIT
 *
 * Cutting scripts: which statements commit together, which run alone, what directives change, and
 * that every error names its line, column and source. Classes are SQLite's; no database.
 */
#include "core/cut.h"

#include "../format/sandbox.h"
#include "values.h"

#include <string.h>

static void add_piece(GString *text, const WendPiece *piece)
{
    g_string_append_printf(text, "%s%.*s", piece->assertion ? "?" : "", (int)piece->length,
                           piece->text);
}

/* "[a b]2 alone:[VACUUM]3 batch:[c]4 lifted:[d]": behind each segment its last statement. */
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
        g_assert_null(wend_cut_make(script, wend_driver_for("sqlite:", NULL), NULL, &error));
        assert_error(&error, at, line);
        g_assert_null(wend_cut_make(script, wend_driver_for("sqlite:", NULL), NULL, NULL));
    }
}

/* --- what a piece knows --- */

static const WendPiece *piece_at(const WendCut *cut, guint at)
{
    return &g_array_index(cut->pieces, WendPiece, at);
}

static void test_pieces(void)
{
    g_autoptr(WendScript) script =
        values_script("CREATE TEMP TABLE t (x); PRAGMA cache_size = 5;\nVACUUM INTO 'f';\n"
                      "-- wend: retry safe\nVACUUM INTO 'f'; VACUUM INTO 'f';");
    g_autoptr(WendCut) cut = values_cut(script);
    g_assert_true(piece_at(cut, 0)->temporary);
    g_assert_false(piece_at(cut, 0)->session);
    g_assert_true(piece_at(cut, 1)->session);
    g_assert_cmpuint(piece_at(cut, 1)->number, ==, 2);
    g_assert_cmpint(piece_at(cut, 2)->class, ==, WEND_CLASS_OPAQUE);
    /* `retry safe` is for the next statement, and only for that. */
    g_assert_cmpint(piece_at(cut, 3)->class, ==, WEND_CLASS_REPEATABLE);
    g_assert_cmpint(piece_at(cut, 4)->class, ==, WEND_CLASS_OPAQUE);
}

static void test_assertion(void)
{
    g_autoptr(WendScript) script =
        values_script("SELECT 1;\n-- wend: assert SELECT count(*) FROM t = 'a''b'\n"
                      "-- wend: assert SELECT x FROM t = NULL\nSELECT 2;");
    g_autoptr(WendCut) cut = values_cut(script);
    const WendPiece *first = piece_at(cut, 1), *second = piece_at(cut, 2);
    g_assert_true(first->assertion && second->assertion);
    g_assert_cmpuint(first->number, ==, 2);
    g_assert_cmpstr(first->expected, ==, "a'b");
    g_assert_null(second->expected);
    g_assert_cmpuint(first->length, ==, strlen("SELECT count(*) FROM t"));
}

static void test_timeouts(void)
{
    static const struct {
        const char *text;
        gint64 lock_ms, statement_ms;
    } timeouts[] = {
        {"SELECT 1", -1, -1},
        {"-- wend: timeout lock=5s\nSELECT 1", 5000, -1},
        {"-- wend: timeout lock=50ms statement=1min\nSELECT 1", 50, 60000},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(timeouts); i++) {
        g_autoptr(WendScript) script = values_script(timeouts[i].text);
        g_autoptr(WendCut) cut = values_cut(script);
        g_assert_cmpint(cut->lock_ms, ==, timeouts[i].lock_ms);
        g_assert_cmpint(cut->statement_ms, ==, timeouts[i].statement_ms);
    }
}

/* --- placeholders --- */

#define SUBSTITUTE "-- wend: substitute\n"

static WendCut *cut_with_role(const WendScript *script, WendError *error)
{
    static WendPlaceholder role = {(char *)"role", (char *)"shop", false, NULL};
    static WendPlaceholder none = {(char *)"none", (char *)"", false, NULL};
    g_autoptr(GPtrArray) placeholders = g_ptr_array_new();
    g_ptr_array_add(placeholders, &role);
    g_ptr_array_add(placeholders, &none);
    return wend_cut_make(script, wend_driver_for("sqlite:", NULL), placeholders, error);
}

static void test_substitute(void)
{
    static const struct {
        const char *text, *segments;
    } texts[] = {
        {SUBSTITUTE "SELECT '${role}', ${role}${none}; SELECT 2",
         "[SELECT 'shop', shop; SELECT 2]2"},
        {"SELECT '${role}'", "[SELECT '${role}']1"},
        {SUBSTITUTE "SELECT '$role $ {role} ${open'", "[SELECT '$role $ {role} ${open']1"},
        {SUBSTITUTE "SELECT '$'", "[SELECT '$']1"},
        {SUBSTITUTE "-- wend: assert SELECT '${role}' = 'shop'\nSELECT 1",
         "[?SELECT 'shop'; SELECT 1]1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(WendScript) script = values_script(texts[i].text);
        g_autoptr(WendCut) cut = cut_with_role(script, &error);
        g_assert_cmpstr(error.message, ==, NULL);
        g_autofree char *text = describe(cut);
        g_assert_cmpstr(text, ==, texts[i].segments);
    }
}

static void assert_unset(const char *text, const char *const *parts, const char *places)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendScript) script = values_script(text);
    g_assert_null(cut_with_role(script, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.file, ==, "f.sql");
    g_autofree char *hint =
        g_strconcat("give each one under placeholders: in wend.yaml\n", places, NULL);
    g_assert_cmpstr(error.hint, ==, hint);
    for (; *parts != NULL; parts++)
        g_assert_nonnull(strstr(error.message, *parts));
}

static void test_unset(void)
{
    static const char *const one[] = {"no value for the placeholder a", NULL};
    static const char *const two[] = {"no value for the placeholders ", "a", "b", ", ", NULL};
    assert_unset(SUBSTITUTE "SELECT '${a}', '${role}',\n '${a}'", one, "a: f.sql:2, f.sql:3");
    assert_unset(SUBSTITUTE "SELECT '${a}';\n-- wend: assert SELECT '${a}' = 1\n SELECT '${b}'",
                 two, "a: f.sql:2, f.sql:3\nb: f.sql:4");
    g_autoptr(WendScript) script = values_script(SUBSTITUTE "SELECT ${role}");
    g_assert_null(wend_cut_make(script, wend_driver_for("sqlite:", NULL), NULL, NULL));
}

/* --- places --- */

static void test_place(void)
{
    static const struct {
        guint piece;
        gssize offset;
        guint line, column;
    } places[] = {
        {0, -1, 2, 1}, {0, 7, 2, 8}, {1, -1, 3, 3},    {1, 10, 4, 1},
        {2, 3, 6, 1},  {3, 3, 6, 1}, {1, 10000, 7, 1},
    };
    g_autoptr(WendScript) script =
        values_script(SUBSTITUTE "SELECT a;\n  SELECT b,\nc;\n\n"
                                 "-- wend: assert SELECT 1 = 1\nSELECT '${role}'\n");
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(WendCut) cut = cut_with_role(script, &failure);
    g_assert_nonnull(cut);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        wend_error_set(&error, WEND_FAILED, "no");
        g_assert_false(wend_cut_place(cut, places[i].piece, places[i].offset, &error));
        guint line = places[i].piece == 3 ? 7 : places[i].line;
        g_assert_cmpstr(error.file, ==, "f.sql");
        g_assert_cmpuint(error.line, ==, i == G_N_ELEMENTS(places) - 1 ? 8 : line);
        g_assert_cmpuint(error.column, ==, places[i].column);
    }
}

static const WendMigration *scan(const char *folder, GPtrArray *migrations)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(WendFolder) open = wend_folder_open(folder, NULL);
    g_assert_true(wend_formats[0]->scan(open, WEND_DIALECT_SQLITE, migrations, problems, NULL));
    g_assert_cmpuint(migrations->len, ==, 1);
    wend_formats[0]->load(migrations->pdata[0], WEND_DIALECT_SQLITE, problems);
    g_assert_cmpuint(problems->len, ==, 0);
    return migrations->pdata[0];
}

static void migration_free(gpointer migration)
{
    wend_migration_free(migration);
}

/* The line of the file, not of the section, nor of the comment that is the way back. */
static void test_place_in_file(void)
{
    static const struct {
        const char *text;
        guint line, column;
        const char *source;
    } files[] = {
        {"-- wend:up\nCREATE TABLE a (x);\n-- wend:down\nDROP TABLE a;\n  COMMIT;\n", 5, 3,
         "  COMMIT;"},
        {"CREATE TABLE a (x);\n-- Rollback:\n-- DROP TABLE a;\n-- COMMIT;\n", 4, 4, "   COMMIT;"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        char *folder = sandbox_new();
        g_autoptr(GPtrArray) migrations = g_ptr_array_new_with_free_func(migration_free);
        g_auto(WendError) error = WEND_ERROR_INIT;
        sandbox_write(folder, "1_a.sql", files[i].text);
        const WendMigration *migration = scan(folder, migrations);
        g_assert_null(
            wend_cut_make(migration->down, wend_driver_for("sqlite:", NULL), NULL, &error));
        g_assert_true(g_str_has_suffix(error.file, "/1_a.sql"));
        g_assert_cmpuint(error.line, ==, files[i].line);
        g_assert_cmpuint(error.column, ==, files[i].column);
        g_assert_cmpstr(error.source, ==, files[i].source);
        sandbox_free(folder);
    }
}

/* --- checksums and settings --- */

static char *checksum(const char *text, guint count)
{
    g_autoptr(WendScript) script = values_script(text);
    g_autoptr(WendCut) cut = values_cut(script);
    return wend_cut_checksum(cut, count);
}

static void test_checksum(void)
{
    static const struct {
        const char *a, *b;
        guint count;
        bool same;
    } pairs[] = {
        {"SELECT 1; SELECT 2", "SELECT 1;\n-- said\nSELECT  2", 2, true},
        {"SELECT 1; SELECT 2", "SELECT 1; SELECT 3", 1, true},
        {"SELECT 1; SELECT 2", "SELECT 1; SELECT 3", 2, false},
        {"SELECT 1; SELECT 2", "SELECT 1; SELECT 2; SELECT 3", 2, true},
        {"SELECT 1", "SELECT 1; SELECT 2", 2, false},
        {"SELECT ab", "SELECT a b", 1, false},
        {"SELECT a; b", "SELECT a b", 2, false},
        {"SELECT 'a  b'", "SELECT 'a b'", 1, false},
        {"SELECT 1", "SELECT 2", 0, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *a = checksum(pairs[i].a, pairs[i].count);
        g_autofree char *b = checksum(pairs[i].b, pairs[i].count);
        g_assert_cmpuint(strlen(a), ==, WEND_SHA256_HEX);
        g_assert_cmpint(strcmp(a, b) == 0, ==, pairs[i].same);
    }
}

static void test_settings(void)
{
    g_autoptr(WendScript) script = values_script(
        "PRAGMA cache_size = 5; SELECT 1; PRAGMA synchronous = 1; CREATE TEMP TABLE t "
        "(x); SELECT 2");
    g_autoptr(WendCut) cut = values_cut(script);
    static const struct {
        guint count, settings;
        bool temporary;
    } settings[] = {{0, 0, false}, {1, 1, false}, {2, 1, false},
                    {3, 2, false}, {4, 2, true},  {99, 2, true}};
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        bool temporary = true;
        g_autoptr(GArray) found = wend_cut_settings(cut, settings[i].count, &temporary);
        g_assert_cmpuint(found->len, ==, settings[i].settings);
        g_assert_cmpint(temporary, ==, settings[i].temporary);
    }
    wend_cut_free(NULL);
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
    g_test_add_func("/cut/pieces", test_pieces);
    g_test_add_func("/cut/assertion", test_assertion);
    g_test_add_func("/cut/timeouts", test_timeouts);
    g_test_add_func("/cut/substitute", test_substitute);
    g_test_add_func("/cut/unset", test_unset);
    g_test_add_func("/cut/place", test_place);
    g_test_add_func("/cut/place-in-file", test_place_in_file);
    g_test_add_func("/cut/checksum", test_checksum);
    g_test_add_func("/cut/settings", test_settings);
    return g_test_run();
}
