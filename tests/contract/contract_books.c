/* SPDX-License-Identifier: MIT
 *
 * Contract: bookkeeping: the journal's tables, writes that happen whole or not at all, and values
 * written as SQL.
 */
#include "contract.h"

#include "base/text.h"
#include "core/journal.h"

#include <string.h>

static const WendJournal *journal_of(Bench *bench)
{
    static WendJournal journal;
    journal = (WendJournal){.dialect = bench->driver->dialect,
                            .table = "wend_journal",
                            .scripts = "wend_scripts",
                            .track = "main",
                            .run = "run-1",
                            .who = "ann@web1 pid=1"};
    return &journal;
}

static void create_journal(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) queries = bench->driver->journal_create("wend_journal", "wend_scripts");
    assert_done(bench->driver->write(bench->connection, queries, &error));
}

static void add_event(Bench *bench, WendEvent event, bool outcome)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) queries = wend_queries_new();
    WendJournalRow row = {.id = (char *)"1",
                          .event = event,
                          .checksum = (char *)"abc",
                          .detail = (char *)"{\"error\": \"it's \\\"so\\\"\"}",
                          .duration_ms = event == WEND_EVENT_BEGIN ? -1 : 500};
    g_ptr_array_add(queries, wend_journal_add(journal_of(bench), &row, outcome));
    assert_done(bench->driver->write(bench->connection, queries, &error));
}

static void journal_row_free(gpointer row)
{
    wend_journal_row_free(row);
}

static bool take_journal_row(const WendRow *row, void *data, WendError *error)
{
    WendJournalRow *one = wend_journal_decode(row, error);
    if (one != NULL)
        g_ptr_array_add(data, one);
    return one != NULL;
}

static void test_journal(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    create_journal(bench);
    add_event(bench, WEND_EVENT_BEGIN, false);
    create_journal(bench);
    add_event(bench, WEND_EVENT_FAILED, false);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(journal_row_free);
    g_autoptr(WendQuery) query = wend_journal_read_rows(journal_of(bench), NULL, "1", 0);
    assert_done(bench->driver->query(bench->connection, query, take_journal_row, rows, &error));
    g_assert_cmpuint(rows->len, ==, 2);
    const WendJournalRow *failed = rows->pdata[0], *begin = rows->pdata[1];
    g_assert_cmpint(begin->seq, >, 0);
    g_assert_cmpint(failed->seq, >, begin->seq);
    g_assert_cmpint(begin->event, ==, WEND_EVENT_BEGIN);
    g_assert_cmpint(begin->duration_ms, ==, -1);
    g_assert_cmpint(failed->event, ==, WEND_EVENT_FAILED);
    g_assert_cmpstr(failed->detail, ==, "{\"error\": \"it's \\\"so\\\"\"}");
    g_assert_cmpint(failed->duration_ms, >=, 500);
    g_assert_cmpint(failed->duration_ms, <, 60000);
    g_assert_cmpstr(failed->at, >=, begin->at);
    g_assert_cmpuint(strlen(failed->at), ==, strlen("2026-01-31T12:00:00.123Z"));
    g_assert_null(failed->script);
}

/* Scripts may read wend's tables, and nothing else; wend goes on writing to them. */
static void test_own_tables(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const changes[] = {
        "INSERT INTO wend_scripts VALUES ('a', 'b')",
        "UPDATE wend_journal SET id = '2'",
        "DELETE FROM wend_journal",
        "DROP TABLE wend_scripts",
        "ALTER TABLE wend_journal ADD COLUMN more INTEGER",
    };
    create_journal(bench);
    contract_items(bench->connection);
    add_event(bench, WEND_EVENT_BEGIN, false);
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        contract_begin(bench->connection);
        assert_fails(WORK(bench->connection, WEND_JOIN_NONE, &worked,
                          "INSERT INTO items VALUES (1, 'x')", changes[i]),
                     WEND_FAILED);
        bench->driver->end_step(bench->connection);
        g_test_message("%s", changes[i]);
        g_assert_cmpint(worked.piece, ==, 1);
        g_assert_nonnull(strstr(error.message, "wend"));
        g_assert_nonnull(error.hint);
    }
    contract_step(bench->connection,
                  "INSERT INTO items SELECT seq, event FROM wend_journal WHERE id = '1'");
    assert_looks(bench->connection, "SELECT name FROM items", "begin\n");
    add_event(bench, WEND_EVENT_FAILED, false);
}

static bool take_text(const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    char **text = data;
    g_free(*text);
    *text = g_strdup(row->values[0]);
    return true;
}

/* A script is stored whole, whatever is in it, and once. */
static void test_scripts(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    create_journal(bench);
    g_autoptr(GString) script = g_string_new("-- it's \\ \"all\" gr\xC3\xBC\xC3\x9F"
                                             "en\n");
    while (script->len < 300 * 1024)
        g_string_append(script, "INSERT INTO items VALUES (1, 'one ? two');\n\n");
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GPtrArray) queries = wend_queries_new();
        g_ptr_array_add(queries,
                        wend_query_text(wend_journal_store(journal_of(bench), "a1"), script->str));
        assert_done(bench->driver->write(bench->connection, queries, &error));
    }
    g_autofree char *text = NULL;
    g_autoptr(WendQuery) query = wend_journal_read_script(journal_of(bench), "a1");
    assert_done(bench->driver->query(bench->connection, query, take_text, &text, &error));
    g_assert_true(g_strcmp0(text, script->str) == 0);
    assert_looks(bench->connection, "SELECT count(*) FROM wend_scripts", "1\n");
}

static void test_write(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *other = contract_open(bench, NULL, 0, 0);
    contract_items(bench->connection);
    g_autoptr(GPtrArray) good =
        QUERIES("INSERT INTO items VALUES (1, 'a')", "INSERT INTO items VALUES (2, 'b')");
    assert_done(bench->driver->write(bench->connection, good, &error));
    assert_looks(other, "SELECT count(*) FROM items", "2\n");
    g_autoptr(GPtrArray) none = wend_queries_new();
    assert_done(bench->driver->write(bench->connection, none, &error));
    bench->driver->close(other);
}

static void test_write_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    g_autoptr(GPtrArray) bad =
        QUERIES("INSERT INTO items VALUES (1, 'a')", "INSERT INTO items VALUES (1, 'twice')",
                "INSERT INTO items VALUES (3, 'c')");
    assert_fails(bench->driver->write(bench->connection, bad, &error), WEND_FAILED);
    g_assert_nonnull(error.vendor);
    assert_looks(bench->connection, "SELECT count(*) FROM items", "0\n");
    contract_write(bench->connection, "INSERT INTO items VALUES (1, 'a')");
    WendConnection *other = contract_open(bench, NULL, 0, 0);
    assert_looks(other, "SELECT count(*) FROM items", "1\n");
    bench->driver->close(other);
}

static void assert_literal(Bench *bench, WendValue value, const char *expected)
{
    g_autoptr(GString) sql = g_string_new("SELECT ");
    gsize start = sql->len;
    bench->driver->literal(sql, &value);
    g_assert_cmpuint(sql->len, >, start);
    g_autofree char *rows = g_strdup_printf("%s\n", expected);
    assert_looks(bench->connection, sql->str, rows);
}

static void test_literal(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const texts[] = {"",
                                        "it's",
                                        "''",
                                        "back\\slash",
                                        "\\'",
                                        "\\\\",
                                        "\\",
                                        "a\nb\r\nc\td",
                                        "\"`[]",
                                        "?",
                                        ":a",
                                        "$1",
                                        "-- x",
                                        "/* x",
                                        "$$",
                                        "gr\xC3\xBC\xC3\x9F"
                                        "e \xF0\x9F\x90\xA2",
                                        "'); DROP TABLE items; --",
                                        "\x01\x7f",
                                        "E'x'",
                                        "%s"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_literal(bench,
                       (WendValue){.kind = WEND_VALUE_TEXT,
                                   .text = (char *)texts[i],
                                   .length = strlen(texts[i])},
                       texts[i]);
    assert_literal(bench, (WendValue){.kind = WEND_VALUE_NULL}, "NULL");
    assert_literal(bench, (WendValue){.kind = WEND_VALUE_INTEGER, .integer = 0}, "0");
    assert_literal(bench, (WendValue){.kind = WEND_VALUE_INTEGER, .integer = -7}, "-7");
    assert_literal(bench, (WendValue){.kind = WEND_VALUE_INTEGER, .integer = G_MAXINT64},
                   "9223372036854775807");
    assert_literal(bench, (WendValue){.kind = WEND_VALUE_INTEGER, .integer = G_MININT64},
                   "-9223372036854775808");
}

/* In a script that a person runs later, the time is that of the run. */
static void test_literal_now(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GString) sql = g_string_new("SELECT ");
    WendValue value = {.kind = WEND_VALUE_NOW};
    g_auto(GStrv) now_shown =
        g_strsplit(contract_target.shows_now != NULL ? contract_target.shows_now : "%s", "%s", 2);
    g_string_append(sql, now_shown[0]);
    bench->driver->literal(sql, &value);
    g_string_append(sql, now_shown[1]);
    g_autofree char *before = wend_now_text();
    g_autofree char *now = contract_look(bench->connection, sql->str);
    g_assert_cmpint(strncmp(now, before, strlen("2026-01-31T12:0")), >=, 0);
    g_assert_cmpuint(strlen(now), ==, strlen("2026-01-31T12:00:00.123Z\n"));
}

void contract_books_tests(void)
{
    contract_add("journal/rows", test_journal);
    contract_add("journal/scripts", test_scripts);
    contract_add("journal/own-tables", test_own_tables);
    contract_add("write/all", test_write);
    contract_add("write/nothing", test_write_fails);
    contract_add("literal/values", test_literal);
    contract_add("literal/now", test_literal_now);
}
