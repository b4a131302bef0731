/* SPDX-License-Identifier: MIT
 *
 * The splitter beside PostgreSQL's own lexer and grammar, by way of libpg_query: on the corpus and on scripts
 * put together by chance, both must see the same statements. COPY data and psql's lines are the client's,
 * which libpg_query does not know: they are blanked out for it.
 */
#include "sql/scanner.h"
#include "sql/splitter.h"

#include <pg_query.h>
#include <string.h>

#define SCRIPTS 20000

static void blank(char *text, gsize from, gsize to)
{
    for (gsize i = from; i < to; i++) {
        if (text[i] != '\n')
            text[i] = ' ';
    }
}

/* What libpg_query 15 does not read: numbers like 0x1F and 1_000, which came with 16; and a string that goes on
 * behind a comment and a line end, as it does for the server and for us, since it keeps comments as tokens of
 * their own. */
static void blank_unknown(char *text, gsize length)
{
    WendScanner scanner;
    WendToken token;
    bool behind = false;
    wend_scanner_init(&scanner, text, length, wend_dialect_flags(WEND_DIALECT_POSTGRES));
    while (wend_scanner_next(&scanner, &token)) {
        if (token.kind == WEND_TOKEN_LINE_COMMENT && behind)
            blank(text, token.start, token.start + token.length);
        else if (token.kind != WEND_TOKEN_SPACE)
            behind = token.kind == WEND_TOKEN_STRING;
        if (token.kind == WEND_TOKEN_NUMBER)
            memset(text + token.start, '1', token.length);
    }
}

/* The text as the server would get it, and our statements in it. Caller frees. */
static char *server_text(const char *text, gsize length, GArray *statements)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *copy = g_strndup(text, length);
    wend_split(text, length, wend_dialect_flags(WEND_DIALECT_POSTGRES), all, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    if (g_str_has_prefix(copy, "\xef\xbb\xbf"))
        blank(copy, 0, 3);
    for (guint i = 0; i < all->len; i++) {
        const WendStatement *one = &g_array_index(all, WendStatement, i);
        if (one->kind == WEND_STATEMENT_META) {
            blank(copy, one->start, one->end);
            continue;
        }
        if (one->kind == WEND_STATEMENT_COPY) {
            const char *end = strstr(copy + one->data_end, "\\.");
            blank(copy, one->data_start, one->data_end);
            if (end != NULL)
                blank(copy, one->data_end, (gsize)(end - copy) + 2);
        }
        g_array_append_vals(statements, one, 1);
    }
    return copy;
}

/* Each of our statements must lie in its range of theirs, and there must be as many. */
static void compare(const char *name, const char *text, gsize length, bool parser)
{
    g_autoptr(GArray) ours = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    g_autofree char *sql = server_text(text, length, ours);
    blank_unknown(sql, strlen(sql));
    PgQuerySplitResult theirs =
        parser ? pg_query_split_with_parser(sql) : pg_query_split_with_scanner(sql);
    if (parser && theirs.error != NULL) {
        pg_query_free_split_result(theirs);
        theirs = pg_query_split_with_scanner(sql);
    }
    if (theirs.error != NULL)
        g_error("%s: %s\n%s", name, theirs.error->message, sql);
    if ((guint)theirs.n_stmts != ours->len)
        g_error("%s: %u statements, not %d\n%s", name, ours->len, theirs.n_stmts, sql);
    for (guint i = 0; i < ours->len; i++) {
        const WendStatement *one = &g_array_index(ours, WendStatement, i);
        gsize start = (gsize)theirs.stmts[i]->stmt_location;
        gsize end = start + (gsize)theirs.stmts[i]->stmt_len;
        if (one->start < start || one->end > end)
            g_error("%s: statement %u is %zu to %zu, not within %zu to %zu\n%s", name, i + 1,
                    (size_t)one->start, (size_t)one->end, (size_t)start, (size_t)end, sql);
    }
    pg_query_free_split_result(theirs);
}

static void test_corpus(gconstpointer data)
{
    const char *path = data;
    g_autofree char *text = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    compare(path, text, length, true);
}

/* Whole pieces only: an open string is an error to both. */
static const char *const pieces[] = {
    "select 1",  "a",       "'a;b'",     "'it''s;'", "E'a\\';b'",    "E'\\\\'",  "U&'\\0041;'",
    "$$a;b$$",   "$t$;$t$", "$t$$$;$t$", "\"a;b\"",  "\"a\"\"; b\"", "-- a;'\n", "/* ; ' */",
    "/*/*;*/*/", "(",       ")",         "::",       "->>",          "- -1",     "x'1f'",
    "B'01'",     "$1",      "1e5",       ";",        ";\n",          "\n",       " ",
    "N'a;'",     "@>",      "a.b",       "'a'\n';'", "[1:2]",        ":=",
};

static void test_generated(void)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(20260131);
    for (guint i = 0; i < SCRIPTS; i++) {
        g_autoptr(GString) script = g_string_new("select ");
        guint count = (guint)g_rand_int_range(chance, 1, 25), depth = 0;
        for (guint j = 0; j < count; j++) {
            const char *piece = pieces[g_rand_int_range(chance, 0, G_N_ELEMENTS(pieces))];
            /* In open brackets a semicolon divides for us, and does not for libpg_query: no such SQL is
             * right. */
            if (*piece == ')' && depth == 0)
                continue;
            if (*piece == ';' && depth > 0)
                continue;
            depth += *piece == '(';
            depth -= *piece == ')';
            /* libpg_query counts a statement only where there is a keyword. */
            g_string_append_printf(script, "%s %s", piece, *piece == ';' ? "select 1 " : "");
        }
        while (depth-- > 0)
            g_string_append(script, ") ");
        g_autofree char *name = g_strdup_printf("script %u", i);
        compare(name, script->str, script->len, false);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GDir) dir = g_dir_open(WEND_CORPUS, 0, NULL);
    g_assert_nonnull(dir);
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        char *path = g_build_filename(WEND_CORPUS, name, NULL);
        g_autofree char *test = g_strconcat("/db/postgres/split/corpus/", name, NULL);
        g_test_add_data_func_full(test, path, test_corpus, g_free);
    }
    g_test_add_func("/db/postgres/split/generated", test_generated);
    return g_test_run();
}
