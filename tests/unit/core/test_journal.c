/* SPDX-License-Identifier: MIT
 *
 * The journal's words and queries: what is written is read back, each query finds the rows that it
 * says, and a row that wend did not write is refused. The queries of SQLite run on a database;
 * those of the others are compared as text.
 */
#include "core/journal.h"

#include "core/store.h"

#include "stage.h"

#include <string.h>

static void test_words(void)
{
    static const char *const events[] = {"begin",    "intent", "done",      "failed",  "applied",
                                         "reverted", "marked", "baselined", "repaired"};
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++)
        g_assert_cmpstr(wend_event_name((WendEvent)i), ==, events[i]);
    g_assert_cmpstr(wend_direction_name(WEND_UP), ==, "up");
    g_assert_cmpstr(wend_direction_name(WEND_DOWN), ==, "down");
    wend_journal_row_free(NULL);
}

/* --- on a database --- */

static void write_query(Stage *stage, WendQuery *query)
{
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_ptr_array_add(queries, query);
    assert_done(stage,
                stage->project->driver->write(stage->project->connection, queries, &stage->error));
}

static void open_journal(Stage *stage)
{
    stage_open(stage);
    g_autoptr(GPtrArray) create =
        stage->project->driver->journal_create("wend_journal", "wend_scripts");
    assert_done(stage,
                stage->project->driver->write(stage->project->connection, create, &stage->error));
}

/* "RUN ID DIRECTION EVENT STATEMENT" in the track of the journal. */
static void add(Stage *stage, const WendJournal *journal, const char *words)
{
    g_auto(GStrv) part = g_strsplit(words, " ", -1);
    WendJournal as = *journal;
    as.run = part[0];
    WendJournalRow row = {.id = part[1],
                          .direction = strcmp(part[2], "up") == 0 ? WEND_UP : WEND_DOWN,
                          .statement = (guint)atoi(part[4]),
                          .checksum = (char *)"sum",
                          .script = (char *)"sha",
                          .detail = (char *)"{}",
                          .duration_ms = -1};
    while (strcmp(wend_event_name(row.event), part[3]) != 0)
        row.event++;
    write_query(stage, wend_journal_add(&as, &row, false));
}

static bool take(const WendRow *row, void *data, WendError *error)
{
    g_autoptr(WendJournalRow) one = wend_journal_decode(row, error);
    if (one == NULL)
        return false;
    g_string_append_printf(data, "%s %s %s %s %u\n", one->run, one->id,
                           wend_direction_name(one->direction), wend_event_name(one->event),
                           one->statement);
    return true;
}

#define assert_query(stage, question, expected)                                                    \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autoptr(WendQuery) asked = (question);                                                   \
        g_autoptr(GString) found = g_string_new(NULL);                                             \
        assert_done(stage, (stage)->project->driver->query((stage)->project->connection, asked,    \
                                                           take, found, &(stage)->error));         \
        g_assert_cmpstr(found->str, ==, expected);                                                 \
    }                                                                                              \
    G_STMT_END

static WendQuery *read_applied(const WendJournal *journal, const char *id)
{
    return wend_journal_read_applied(journal, &id, 1);
}

static void test_queries(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const rows[] = {
        "r1 1 up begin 0",      "r1 1 up done 1",  "r1 1 up applied 0", "r1 2 up begin 0",
        "r1 2 up failed 1",     "r2 2 up begin 0", "r2 2 up applied 0", "r3 2 down begin 0",
        "r3 2 down reverted 0", "r4 3 up begin 0", "r4 3 up done 1",    "r4 3 up intent 2",
    };
    open_journal(stage);
    WendJournal journal = stage->project->journal, other = journal;
    other.track = "other";
    assert_query(stage, wend_journal_read_tail(&journal), "");
    add(stage, &other, "r9 1 up begin 0");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        add(stage, &journal, rows[i]);
    add(stage, &other, "r9 1 up applied 0");
    assert_query(stage, wend_journal_read_tail(&journal),
                 "r4 3 up begin 0\nr4 3 up done 1\nr4 3 up intent 2\n");
    assert_query(stage, wend_journal_read_tail(&other), "");
    assert_query(stage, wend_journal_read_last(&journal),
                 "r1 1 up applied 0\nr3 2 down reverted 0\nr4 3 up begin 0\n");
    assert_query(stage, wend_journal_read_rows(&journal, NULL, NULL, 2),
                 "r4 3 up intent 2\nr4 3 up done 1\n");
    assert_query(stage, wend_journal_read_rows(&journal, "r2", NULL, 0),
                 "r2 2 up applied 0\nr2 2 up begin 0\n");
    assert_query(stage, wend_journal_read_rows(&journal, NULL, "1", 0),
                 "r1 1 up applied 0\nr1 1 up done 1\nr1 1 up begin 0\n");
    assert_query(stage, wend_journal_read_rows(&journal, "r1", "2", 1), "r1 2 up failed 1\n");
    assert_query(stage, read_applied(&journal, "1"), "r1 1 up applied 0\n");
    assert_query(stage, read_applied(&journal, "2"), "");
    assert_query(stage, read_applied(&journal, "3"), "r4 3 up begin 0\n");
    static const char *const ids[] = {"2", "3", "1", "9"};
    assert_query(stage, wend_journal_read_applied(&journal, ids, G_N_ELEMENTS(ids)),
                 "r1 1 up applied 0\nr4 3 up begin 0\n");
}

/* Each event that ends a step ends the tail. */
static void test_tail_ends(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const ends[] = {"r 1 up applied 0", "r 1 down reverted 0", "r 1 up marked 0",
                                       "r 1 up baselined 0", "r 1 up repaired 0"};
    open_journal(stage);
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        add(stage, &stage->project->journal, "r 1 up done 1");
        assert_query(stage, wend_journal_read_tail(&stage->project->journal), "r 1 up done 1\n");
        add(stage, &stage->project->journal, ends[i]);
        assert_query(stage, wend_journal_read_tail(&stage->project->journal), "");
    }
}

/* The way in which an id came to be applied: applied, marked, repaired; with its text. */
static void test_applied(Stage *stage, gconstpointer data)
{
    (void)data;
    open_journal(stage);
    WendJournal *journal = &stage->project->journal;
    add(stage, journal, "r1 1 up applied 0");
    add(stage, journal, "r2 1 up marked 0");
    assert_query(stage, read_applied(journal, "1"), "r2 1 up marked 0\n");
    add(stage, journal, "r3 1 up repaired 0");
    add(stage, journal, "r4 1 down repaired 0");
    add(stage, journal, "r5 1 up failed 0");
    assert_query(stage, read_applied(journal, "1"), "r3 1 up repaired 0\n");
    stage_sql(stage, "UPDATE wend_journal SET script = NULL WHERE run = 'r3'");
    assert_query(stage, read_applied(journal, "1"), "r2 1 up marked 0\n");
    /* A newer text that only began is not what is applied, until what was is gone. */
    add(stage, journal, "r6 1 up begin 0");
    assert_query(stage, read_applied(journal, "1"), "r2 1 up marked 0\n");
    add(stage, journal, "r7 1 down reverted 0");
    assert_query(stage, read_applied(journal, "1"), "");
    add(stage, journal, "r8 1 up begin 0");
    assert_query(stage, read_applied(journal, "1"), "r8 1 up begin 0\n");
}

static bool take_full(const WendRow *row, void *data, WendError *error)
{
    *(WendJournalRow **)data = wend_journal_decode(row, error);
    return *(WendJournalRow **)data != NULL;
}

static void test_round_trip(Stage *stage, gconstpointer data)
{
    (void)data;
    open_journal(stage);
    WendJournalRow row = {.id = (char *)"1",
                          .statement = 7,
                          .event = WEND_EVENT_FAILED,
                          .checksum = (char *)"sum",
                          .script = (char *)"sha",
                          .detail = (char *)"it's",
                          .duration_ms = 1000};
    write_query(stage, wend_journal_add(&stage->project->journal, &row, false));
    g_autoptr(WendJournalRow) read = NULL;
    g_autoptr(WendQuery) query = wend_journal_read_last(&stage->project->journal);
    assert_done(stage, stage->project->driver->query(stage->project->connection, query, take_full,
                                                     &read, &stage->error));
    g_assert_cmpint(read->seq, ==, 1);
    g_assert_cmpstr(read->run, ==, stage->project->run);
    g_assert_cmpstr(read->track, ==, "main");
    g_assert_cmpstr(read->id, ==, "1");
    g_assert_cmpuint(read->statement, ==, 7);
    g_assert_cmpint(read->event, ==, WEND_EVENT_FAILED);
    g_assert_cmpstr(read->checksum, ==, "sum");
    g_assert_cmpstr(read->script, ==, "sha");
    g_assert_cmpstr(read->detail, ==, "it's");
    g_assert_cmpuint(strlen(read->at), ==, strlen("2026-01-31T12:00:00.123Z"));
    g_assert_cmpint(read->duration_ms, >=, 1000);
    g_assert_cmpstr(read->who, ==, stage->project->who);
}

static void test_store(Stage *stage, gconstpointer data)
{
    (void)data;
    open_journal(stage);
    WendJournal *journal = &stage->project->journal;
    char sha[WEND_SHA256_HEX + 1];
    wend_sha256("SELECT 'a'", strlen("SELECT 'a'"), sha);
    write_query(stage, wend_query_text(wend_journal_store(journal, sha), "SELECT 'a'"));
    write_query(stage, wend_query_text(wend_journal_store(journal, sha), "another"));
    assert_rows(stage, "SELECT script FROM wend_scripts", "SELECT 'a'\n");
    g_autofree char *text = NULL;
    assert_done(stage, wend_project_find(stage->project, &stage->error));
    assert_done(stage, wend_project_stored(stage->project, sha, &text, &stage->error));
    g_assert_cmpstr(text, ==, "SELECT 'a'");
}

/* --- as text --- */

static void test_outcome(void)
{
    WendJournal journal = {
        .dialect = WEND_DIALECT_SQLITE, .table = "j", .run = "r", .track = "t", .who = "w"};
    WendJournalRow row = {.id = (char *)"1", .event = WEND_EVENT_DONE, .duration_ms = 5};
    g_autoptr(WendQuery) query = wend_journal_add(&journal, &row, true);
    static const WendValueKind kinds[] = {WEND_VALUE_TEXT, WEND_VALUE_TEXT,    WEND_VALUE_TEXT,
                                          WEND_VALUE_TEXT, WEND_VALUE_INTEGER, WEND_VALUE_TEXT,
                                          WEND_VALUE_NULL, WEND_VALUE_NULL,    WEND_VALUE_OUTCOME,
                                          WEND_VALUE_NOW,  WEND_VALUE_ELAPSED, WEND_VALUE_TEXT};
    g_assert_cmpuint(query->values->len, ==, G_N_ELEMENTS(kinds));
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_assert_cmpint(g_array_index(query->values, WendValue, i).kind, ==, kinds[i]);
    g_assert_cmpint(g_array_index(query->values, WendValue, 10).integer, ==, 5);
}

static void test_dialects(void)
{
    static const struct {
        WendDialect dialect;
        const char *table, *at, *store, *end;
    } dialects[] = {
        {WEND_DIALECT_SQLITE, "\"main\".\"s.j\"", ", at, duration_ms", "INSERT OR IGNORE INTO ",
         "VALUES (?, ?)"},
        {WEND_DIALECT_POSTGRES, "\"s\".\"j\"", "to_char(at AT TIME ZONE 'UTC'", "INSERT INTO ",
         "ON CONFLICT DO NOTHING"},
        {WEND_DIALECT_MYSQL, "`s`.`j`", "date_format(at", "INSERT IGNORE INTO ", "VALUES (?, ?)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++) {
        WendJournal journal = {.dialect = dialects[i].dialect, .table = "s.j", .scripts = "s.j"};
        g_autoptr(WendQuery) read = wend_journal_read_tail(&journal);
        g_autoptr(WendQuery) store = wend_journal_store(&journal, "sha");
        assert_mentions(read->sql, dialects[i].table);
        assert_mentions(read->sql, dialects[i].at);
        assert_mentions(store->sql, dialects[i].table);
        g_assert_true(g_str_has_prefix(store->sql, dialects[i].store));
        g_assert_true(g_str_has_suffix(store->sql, dialects[i].end));
    }
}

static void test_decode(void)
{
    static const struct {
        guint count;
        const char *values[13];
        bool good;
    } rows[] = {
        {13, {"4", "r", "t", "1", "up", "2", "done", "c", "s", "d", "a", "9", "w"}, true},
        {13, {"4", "r", "t", "1", "down", "0", "begin"}, true},
        {13, {"4", "r", "t", "1", "up", NULL, "begin"}, false},
        {13, {"4", "r", "t", "1", "up", "-1", "done"}, false},
        {13, {"4", "r", "t", "1", "up", "2x", "done"}, false},
        {13, {"4", "r", "t", "1", "up", "2", "exploded"}, false},
        {13, {"4", "r", "t", "1", "up", "2", NULL}, false},
        {13, {"4", "r", "t", NULL, "up", "2", "done"}, false},
        {3, {"4", "r", "t"}, false},
        {13, {NULL, "r", "t", NULL, "up", "2", "done"}, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendRow row = {rows[i].count, rows[i].values};
        g_autoptr(WendJournalRow) one = wend_journal_decode(&row, &error);
        g_assert_cmpint(one != NULL, ==, rows[i].good);
        if (rows[i].good)
            continue;
        g_assert_cmpint(error.code, ==, WEND_DISAGREE);
        assert_mentions(error.message, rows[i].values[0] != NULL ? "(seq 4)" : "(seq ?)");
        g_assert_cmpstr(error.hint, ==, "a newer wend may have written it; update this one");
    }
    WendRow row = {13, rows[1].values};
    g_autoptr(WendJournalRow) one = wend_journal_decode(&row, NULL);
    g_assert_cmpint(one->direction, ==, WEND_DOWN);
    g_assert_cmpuint(one->statement, ==, 0);
    g_assert_cmpint(one->duration_ms, ==, -1);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Stage *stage, gconstpointer data);
    } tests[] = {
        {"/journal/queries", test_queries}, {"/journal/tail-ends", test_tail_ends},
        {"/journal/applied", test_applied}, {"/journal/round-trip", test_round_trip},
        {"/journal/store", test_store},
    };
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/journal/words", test_words);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Stage, NULL, stage_memory, tests[i].run, stage_clear);
    g_test_add_func("/journal/outcome", test_outcome);
    g_test_add_func("/journal/dialects", test_dialects);
    g_test_add_func("/journal/decode", test_decode);
    return g_test_run();
}
