/* SPDX-License-Identifier: MIT
 *
 * The splitter beside SQLite's own sqlite3_complete(): on the SQLite corpus and some short scripts,
 * both must see the end of a statement at the same semicolons.
 */
#include "sql/scanner.h"
#include "sql/splitter.h"

#include <sqlite3.h>
#include <string.h>

/* Whether a statement ends, or none stands, at byte `at`: no statement's range holds it. */
static bool is_boundary(GArray *statements, gsize at)
{
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        if (statement->start <= at && at < statement->end)
            return false;
    }
    return true;
}

/* Feeds SQLite the text from the last boundary up to each semicolon. Returns how many there are. */
static guint compare(const char *text, gsize length)
{
    guint flags = wend_dialect_flags(WEND_DIALECT_SQLITE);
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    WendScanner scanner;
    WendToken token;
    gsize from = 0;
    guint semicolons = 0;
    wend_split(text, length, flags, statements, NULL);
    wend_scanner_init(&scanner, text, length, flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (token.kind == WEND_TOKEN_BOM)
            from = token.length;
        if (token.kind != WEND_TOKEN_SEMICOLON)
            continue;
        gsize end = token.start + token.length;
        g_autofree char *part = g_strndup(text + from, end - from);
        bool boundary = is_boundary(statements, token.start);
        if ((sqlite3_complete(part) != 0) != boundary)
            g_error("line %u, column %u: the splitter says %s: %s", token.line, token.column,
                    boundary ? "complete" : "open", part);
        if (boundary)
            from = end;
        semicolons++;
    }
    return semicolons;
}

/* Each piece, with its semicolon back, is a whole to SQLite. */
static void check_pieces(const char *text, gsize length)
{
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    WendError error = WEND_ERROR_INIT;
    g_assert_true(
        wend_split(text, length, wend_dialect_flags(WEND_DIALECT_SQLITE), statements, &error));
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        g_autofree char *piece = g_strdup_printf("%.*s;", (int)(statement->end - statement->start),
                                                 text + statement->start);
        g_assert_true(sqlite3_complete(piece));
    }
}

static void test_corpus(void)
{
    g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "corpus", "sql", "sqlite", NULL);
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    guint semicolons = 0;
    const char *file;
    g_assert_nonnull(files);
    while ((file = g_dir_read_name(files)) != NULL) {
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autofree char *text = NULL;
        gsize length;
        g_assert_true(g_file_get_contents(path, &text, &length, NULL));
        g_test_message("%s", file);
        semicolons += compare(text, length);
        check_pieces(text, length);
    }
    g_assert_cmpuint(semicolons, >, 80);
}

/* Texts that no corpus would hold. */
static void test_odd_scripts(void)
{
    static const char *const texts[] = {
        "CREATE TRIGGER a; b; END; c;",
        "CREATE TRIGGER a BEGIN b; END c; END; d;",
        "CREATE TRIGGER a BEGIN b;; ; /* x */ END -- y\n ; c;",
        "CREATE TEMP TEMPORARY TRIGGER a BEGIN b; END; c;",
        "CREATE UNIQUE TRIGGER a BEGIN b; END; c;",
        "CREATE /* x */ TRIGGER a BEGIN b; \"END\"; [END]; `END`; 'END'; END; c;",
        "EXPLAIN CREATE TRIGGER a BEGIN b; END; EXPLAIN c; d;",
        "EXPLAIN QUERY x PLAN CREATE TRIGGER a BEGIN b; END; c;",
        "EXPLAIN EXPLAIN CREATE TRIGGER a BEGIN b; END; c;",
        "EXPLAIN TEMP TRIGGER a BEGIN b; END; c;",
        "TEMP TRIGGER a; TRIGGER b; END; TEMP CREATE TRIGGER c BEGIN d; END; e;",
        "a CREATE TRIGGER b; c; END;",
        "CREATE.TRIGGER a; b; END; c;",
        "CREATE TRIGGER a BEGIN b; 1END; c; ENDx; d; END; e;",
        "CREATE TRIGGER a BEGIN b; .END; c; END; d;",
        "CREATE TRIGGER $a BEGIN b; @END; c; :END; d; END; e;",
        "a '\\'; b; c '';'' ; d [']; e'] ; f;",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_assert_cmpuint(compare(texts[i], strlen(texts[i])), >=, 3);
}

/* Scripts put together from the words that matter, in a fixed pseudo-random order. */
static void test_made_up_scripts(void)
{
    static const char *const words[] = {"CREATE",  "TEMP", "TRIGGER", "BEGIN", "END",   ";",    ";",
                                        "EXPLAIN", "x",    "CASE",    "'e;'",  "/*;*/", "--;\n"};
    guint32 state = 1;
    for (guint round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (guint i = 0; i < 12; i++) {
            state = state * 1664525 + 1013904223;
            g_string_append_printf(text, "%s ", words[(state >> 16) % G_N_ELEMENTS(words)]);
        }
        compare(text->str, text->len);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sql/sqlite-complete/corpus", test_corpus);
    g_test_add_func("/sql/sqlite-complete/odd-scripts", test_odd_scripts);
    g_test_add_func("/sql/sqlite-complete/made-up-scripts", test_made_up_scripts);
    return g_test_run();
}
