/* SPDX-License-Identifier: MIT
 *
 * Which rows a step leaves in history, journal and scripts at each moment, in which order, and what
 * `store: none` leaves out. The queries are compared as text; nothing is run.
 */
#include "core/rows.h"

#include "stage.h"

#include <string.h>

#define UP_TEXT   "CREATE TABLE a (x); VACUUM;"
#define DOWN_TEXT "DROP TABLE a;"

/* --- queries as text --- */

static const char *table_of(const char *sql)
{
    static const char *const tables[] = {"wend_migrations", "wend_journal", "wend_scripts"};
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (strstr(sql, tables[i]) != NULL)
            return tables[i] + strlen("wend_");
    }
    return "?";
}

static void add_text(GString *text, const char *value)
{
    char up[WEND_SHA256_HEX + 1], down[WEND_SHA256_HEX + 1];
    wend_sha256(UP_TEXT, strlen(UP_TEXT), up);
    wend_sha256(DOWN_TEXT, strlen(DOWN_TEXT), down);
    g_autoptr(GString) shown = g_string_new(value);
    g_string_replace(shown, up, "<up>", 0);
    g_string_replace(shown, down, "<down>", 0);
    g_string_append(text, strcmp(value, UP_TEXT) == 0     ? "<up text>"
                          : strcmp(value, DOWN_TEXT) == 0 ? "<down text>"
                                                          : shown->str);
}

/* Run and who are left out: they are the same in all. */
static void add_values(GString *text, const WendProject *project, const WendQuery *query)
{
    static const char *const kinds[] = {[WEND_VALUE_NULL] = "-",
                                        [WEND_VALUE_NOW] = "<now>",
                                        [WEND_VALUE_ELAPSED] = "<elapsed>",
                                        [WEND_VALUE_OUTCOME] = "<outcome>"};
    for (guint i = 0; i < query->values->len; i++) {
        const WendValue *value = &g_array_index(query->values, WendValue, i);
        if (value->kind == WEND_VALUE_TEXT &&
            (strcmp(value->text, project->run) == 0 || strcmp(value->text, project->who) == 0))
            continue;
        g_string_append_c(text, ' ');
        if (value->kind == WEND_VALUE_TEXT)
            add_text(text, value->text);
        else if (value->kind == WEND_VALUE_INTEGER)
            g_string_append_printf(text, "%" G_GINT64_FORMAT, value->integer);
        else
            g_string_append(text, kinds[value->kind]);
    }
}

static char *describe(const WendProject *project, GPtrArray *queries)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < queries->len; i++) {
        const WendQuery *query = queries->pdata[i];
        g_string_append_printf(text, "%.6s %s", query->sql, table_of(query->sql));
        add_values(text, project, query);
        g_string_append_c(text, '\n');
    }
    g_ptr_array_set_size(queries, 0);
    return g_string_free(text, FALSE);
}

#define assert_queries(books, expected)                                                            \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *described = describe((books)->project, (books)->queries);                 \
        g_assert_cmpstr(described, ==, expected);                                                  \
    }                                                                                              \
    G_STMT_END

/* --- a step and its books --- */

typedef struct Books {
    WendProject *project;
    GPtrArray *queries;
    WendPlan *plan;
    WendStep *step;
    WendCut *cut;
} Books;

static void open_books(Stage *stage, Books *books)
{
    stage_files(stage, "1_a.up.sql", UP_TEXT, "1_a.down.sql", DOWN_TEXT, NULL);
    stage_read(stage);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    books->project = stage->project;
    books->queries = wend_queries_new();
    books->plan = wend_move_plan(stage->project, &move, &stage->error);
    g_assert_nonnull(books->plan);
    books->step = &g_array_index(books->plan->steps, WendStep, 0);
    books->cut = wend_cut_make(books->step->script, stage->project->driver, NULL, &stage->error);
    g_assert_nonnull(books->cut);
}

static void close_books(Books *books)
{
    wend_cut_free(books->cut);
    wend_plan_free(books->plan);
    g_ptr_array_unref(books->queries);
}

static void test_tables(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    open_books(stage, &books);
    static const struct {
        bool history, journal, scripts;
        const char *made;
    } missing[] = {
        {false, false, false, "CREATE migrations\nCREATE journal\nCREATE scripts\n"},
        {true, false, true, "CREATE journal\n"},
        {true, true, false, "CREATE scripts\n"},
        {false, true, true, "CREATE migrations\n"},
        {true, true, true, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(missing); i++) {
        books.project->has_history = missing[i].history;
        books.project->has_journal = missing[i].journal;
        books.project->has_scripts = missing[i].scripts;
        wend_rows_tables(books.project, books.queries);
        assert_queries(&books, missing[i].made);
    }
    close_books(&books);
}

static void test_up(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    open_books(stage, &books);
    wend_rows_begin(books.project, books.step, books.queries);
    assert_queries(&books, "INSERT scripts <up> <up text>\nINSERT scripts <down> <down text>\n"
                           "INSERT journal main 1 up 0 begin <up> <up> {\"down\": \"<down>\"} "
                           "<now> -\n");
    WendIntent intent = {.statement = 2, .what = "VACUUM", .repeatable = true};
    wend_rows_intent(books.project, books.step, NULL, &intent, books.queries);
    assert_queries(&books, "INSERT journal main 1 up 2 intent - <up> {\"what\": \"VACUUM\", "
                           "\"repeatable\": true} <now> -\n");
    intent = (WendIntent){.statement = 2, .what = "VACUUM INTO"};
    wend_rows_intent(books.project, books.step, NULL, &intent, books.queries);
    assert_queries(&books, "INSERT journal main 1 up 2 intent - <up> {\"what\": \"VACUUM INTO\", "
                           "\"repeatable\": false} <now> -\n");
    wend_rows_whole(books.project, books.step, 7, books.queries);
    g_assert_cmpint(
        g_array_index(((WendQuery *)books.queries->pdata[0])->values, WendValue, 10).integer, ==,
        7);
    g_autofree char *whole = describe(books.project, books.queries);
    assert_mentions(whole, "INSERT journal main 1 up 0 applied <up> <up> {\"down\": \"<down>\"} "
                           "<now> <elapsed>\nINSERT migrations 1 1 a versioned <up> <now>\n");
    close_books(&books);
}

static void test_done(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    open_books(stage, &books);
    g_autofree char *sum = wend_cut_checksum(books.cut, 1);
    g_autofree char *done =
        g_strdup_printf("INSERT journal main 1 up 1 done %s <up> - <now> <elapsed>\n", sum);
    g_autofree char *round =
        g_strdup_printf("INSERT journal main 1 up 1 done %s <up> <outcome> <now> <elapsed>\n", sum);
    wend_rows_done(books.project, books.step, books.cut, 1, false, books.queries);
    assert_queries(&books, done);
    wend_rows_done(books.project, books.step, books.cut, 1, true, books.queries);
    assert_queries(&books, round);
    /* A step of one segment needs no checksum to be resumed by; a batch in it does. */
    g_array_set_size(books.cut->segments, 1);
    wend_rows_done(books.project, books.step, books.cut, 1, false, books.queries);
    assert_queries(&books, "INSERT journal main 1 up 1 done - <up> - <now> <elapsed>\n");
    wend_rows_done(books.project, books.step, books.cut, 1, true, books.queries);
    assert_queries(&books, round);
    close_books(&books);
}

static void test_down(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    open_books(stage, &books);
    books.step->direction = WEND_DOWN;
    books.step->script = books.step->migration->down;
    books.step->down_checksum = NULL;
    wend_rows_begin(books.project, books.step, books.queries);
    assert_queries(&books, "INSERT scripts <down> <down text>\n"
                           "INSERT journal main 1 down 0 begin <down> <down> - <now> -\n");
    wend_rows_whole(books.project, books.step, 0, books.queries);
    assert_queries(&books, "INSERT journal main 1 down 0 reverted <down> <down> - <now> "
                           "<elapsed>\nDELETE migrations 1\n");
    /* A repeatable without a way back: only its row goes. */
    books.step->script = NULL;
    wend_rows_begin(books.project, books.step, books.queries);
    wend_rows_whole(books.project, books.step, 0, books.queries);
    assert_queries(&books, "INSERT journal main 1 down 0 begin - - - <now> -\n"
                           "INSERT journal main 1 down 0 reverted - - - <now> <elapsed>\n"
                           "DELETE migrations 1\n");
    close_books(&books);
}

/* An older row of the id goes before the new one comes; its time stays where that is asked for. */
static void test_again(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    open_books(stage, &books);
    WendApplied old = {.id = (char *)"1", .applied_at = (char *)"1999"};
    books.step->applied = &old;
    wend_rows_history(books.project, books.step, books.queries);
    assert_queries(&books, "DELETE migrations 1\nINSERT migrations 1 1 a versioned <up> <now>\n");
    books.step->keep_time = true;
    wend_rows_history(books.project, books.step, books.queries);
    assert_queries(&books, "DELETE migrations 1\nINSERT migrations 1 1 a versioned <up> 1999\n");
    old.applied_at = NULL;
    wend_rows_history(books.project, books.step, books.queries);
    assert_queries(&books, "DELETE migrations 1\nINSERT migrations 1 1 a versioned <up> <now>\n");
    /* A baseline has no text. */
    books.step->applied = NULL;
    books.step->script = NULL;
    wend_rows_history(books.project, books.step, books.queries);
    assert_queries(&books, "INSERT migrations 1 1 a versioned - <now>\n");
    close_books(&books);
}

static void test_failed(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        WendError error;
        const char *detail;
        bool partly;
    } failures[] = {
        {{.message = (char *)"no \"x\"",
          .vendor = (char *)"SQLite 1",
          .file = (char *)"1.sql",
          .line = 3},
         "{\"error\": \"no \\\"x\\\"\", \"vendor\": \"SQLite 1\", \"file\": \"1.sql\", \"line\": "
         "3}",
         false},
        {{.line = 0}, "{\"error\": \"\", \"line\": 0}", false},
        {{.line = 0}, "{\"error\": \"\", \"line\": 0, \"partly\": true}", true},
        {{.message = (char *)"not \xff text"}, "-", false},
    };
    Books books;
    open_books(stage, &books);
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autofree char *row = g_strdup_printf("INSERT journal main 1 up 2 failed - <up> %s <now> "
                                               "-\n",
                                               failures[i].detail);
        wend_rows_failed(books.project, books.step, 2, failures[i].partly, &failures[i].error,
                         books.queries);
        assert_queries(&books, row);
    }
    close_books(&books);
}

static void test_repaired(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    open_books(stage, &books);
    wend_rows_repaired(books.project, books.step, "accept", books.queries);
    assert_queries(&books, "INSERT journal main 1 up 0 repaired <up> <up> {\"how\": \"accept\", "
                           "\"down\": \"<down>\"} <now> -\n");
    WendStep bare = {.direction = WEND_DOWN, .id = "1"};
    wend_rows_repaired(books.project, &bare, "forget", books.queries);
    assert_queries(&books, "INSERT journal main 1 down 0 repaired - - {\"how\": \"forget\"} <now> "
                           "-\n");
    close_books(&books);
}

/* Nothing of the SQL goes into the database, not even where it would be found. */
static void test_store_none(Stage *stage, gconstpointer data)
{
    (void)data;
    Books books;
    stage->config->store = false;
    open_books(stage, &books);
    wend_rows_begin(books.project, books.step, books.queries);
    assert_queries(&books, "INSERT journal main 1 up 0 begin <up> - - <now> -\n");
    wend_rows_repaired(books.project, books.step, "accept", books.queries);
    assert_queries(&books, "INSERT journal main 1 up 0 repaired <up> - {\"how\": \"accept\"} "
                           "<now> -\n");
    wend_rows_event(books.project, books.step, WEND_EVENT_MARKED, 0, "sum", books.queries);
    assert_queries(&books, "INSERT journal main 1 up 0 marked sum - - <now> -\n");
    close_books(&books);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"/rows/tables", test_tables},     {"/rows/up", test_up},
        {"/rows/done", test_done},         {"/rows/down", test_down},
        {"/rows/again", test_again},       {"/rows/failed", test_failed},
        {"/rows/repaired", test_repaired}, {"/rows/store-none", test_store_none},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    return g_test_run();
}
