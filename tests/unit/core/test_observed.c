/* SPDX-License-Identifier: MIT
 *
 * Statements that servers know and SQLite does not: what can be observed before it runs and judged after
 * a run that ended inside it, what ends its transaction, what may commit, what says nothing. The driver
 * is SQLite's with a classify(), observe() and judge() of the test's own: here, CREATE TABLE o… cannot
 * run in a transaction.
 */
#include "stage.h"

#include <string.h>

typedef enum Ending { RUNS, LOST_BEFORE, LOST_AFTER } Ending;

static struct {
    Ending ending; /* of the next statement that runs alone */
    bool forced;   /* judge() says `verdict` */
    WendVerdict verdict;
    bool none; /* alone() says that a failure left nothing */
    guint judged;
} server;

static const WendDriver *real(void)
{
    return wend_driver_for("sqlite:", NULL);
}

static bool starts(const char *text, gsize length, const char *word)
{
    return length >= strlen(word) && strncmp(text, word, strlen(word)) == 0;
}

static bool classify(const char *text, gsize length, WendClassified *classified, WendError *error)
{
    if (starts(text, length, "SELECT 'nothing'")) {
        *classified = (WendClassified){.class = WEND_CLASS_NOTHING};
        return true;
    }
    if (!real()->classify(text, length, classified, error))
        return false;
    if (starts(text, length, "CREATE TABLE o"))
        *classified = (WendClassified){.class = WEND_CLASS_OBSERVABLE, .what = "CREATE o"};
    classified->ends = starts(text, length, "SELECT 'ends'");
    classified->may_commit = starts(text, length, "SELECT 'call'");
    if (classified->may_commit)
        classified->what = "CALL";
    return true;
}

static bool take_count(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    *(char **)data = g_strdup(row->values[0]);
    return true;
}

/* How many tables there are whose name begins with o. */
static char *count(WendConnection *connection, WendError *error)
{
    char *text = NULL;
    g_autoptr(WendQuery) query =
        wend_query_new("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'o%'");
    return real()->query(connection, query, take_count, &text, error) ? text : NULL;
}

static bool observe(WendConnection *connection, const WendPiece *piece, char **before,
                    WendError *error)
{
    (void)piece;
    *before = count(connection, error);
    return *before != NULL;
}

static bool judge(WendConnection *connection, const WendPiece *piece, const char *before,
                  WendVerdict *verdict, char **why, WendError *error)
{
    g_autofree char *now = count(connection, error);
    g_assert_true(starts(piece->text, piece->length, "CREATE TABLE o"));
    if (now == NULL)
        return false;
    server.judged++;
    *verdict = strcmp(now, before) == 0 ? WEND_VERDICT_NOT_DONE : WEND_VERDICT_DONE;
    if (server.forced)
        *verdict = server.verdict;
    if (*verdict == WEND_VERDICT_UNKNOWN)
        *why = g_strdup("o is there by half");
    return true;
}

static bool alone(WendConnection *connection, GPtrArray *before, const WendPiece *piece,
                  WendWorked *worked, WendError *error)
{
    Ending ending = server.ending;
    server.ending = RUNS;
    if (ending == LOST_BEFORE) {
        *worked = (WendWorked){.piece = 0, .offset = -1, .begun = true};
        return real()->write(connection, before, error) &&
               wend_error_set(error, WEND_CONNECT, "the server is gone");
    }
    bool ok = real()->alone(connection, before, piece, worked, error);
    worked->none = server.none;
    return ok && (ending == RUNS || wend_error_set(error, WEND_CONNECT, "the server is gone"));
}

static void on_stage(Stage *stage, const char *text)
{
    static WendDriver driver;
    driver = *real();
    driver.classify = classify;
    driver.observe = observe;
    driver.judge = judge;
    driver.alone = alone;
    stage->driver = &driver;
    memset(&server, 0, sizeof server);
    stage_write(stage, "1_a.up.sql", text);
}

#define THREE "CREATE TABLE a (x);\nCREATE TABLE o (x);\nCREATE TABLE b (x);\n"

static void test_runs(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, THREE);
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\no\n");
    assert_rows(stage, JOURNAL,
                "1 up begin 0\n1 up done 1\n1 up intent 2\n1 up done 2\n1 up done 3\n"
                "1 up applied 0\n");
    assert_rows(stage, "SELECT detail FROM wend_journal WHERE event = 'intent'",
                "{\"what\": \"CREATE o\", \"repeatable\": false, \"before\": 0}\n");
    g_assert_cmpuint(server.judged, ==, 0);
}

/* The connection is lost behind the statement: it has happened, and is not run again. */
static void test_lost_after(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, THREE);
    server.ending = LOST_AFTER;
    assert_fails(stage, stage_up(stage), WEND_CONNECT, "the server is gone");
    assert_mentions(stage->error.state, "the connection was lost during 1_a: the next `wend up`");
    assert_rows(stage, JOURNAL, "1 up begin 0\n1 up done 1\n1 up intent 2\n");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\no\n");
    assert_rows(stage, JOURNAL,
                "1 up begin 0\n1 up done 1\n1 up intent 2\n1 up done 2\n1 up done 3\n"
                "1 up applied 0\n");
}

/* It is lost before: nothing has happened, and it is run. */
static void test_lost_before(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, THREE);
    server.ending = LOST_BEFORE;
    assert_fails(stage, stage_up(stage), WEND_CONNECT, "the server is gone");
    assert_rows(stage, OBJECTS, "a\n");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\no\n");
    g_assert_cmpuint(server.judged, ==, 1);
}

/* The last statement is the one: judged as done, the step still has to become whole. */
static void test_lost_at_the_end(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE o (x);\n");
    server.ending = LOST_AFTER;
    assert_fails(stage, stage_up(stage), WEND_CONNECT, "the server is gone");
    assert_rows(stage, HISTORY, "");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, HISTORY, "1\n");
    assert_rows(stage, OBJECTS, "o\n");
}

static void test_unknown(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, THREE);
    server.ending = LOST_AFTER;
    assert_fails(stage, stage_up(stage), WEND_CONNECT, NULL);
    server.forced = true;
    server.verdict = WEND_VERDICT_UNKNOWN;
    assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                 "statement 2 (CREATE o) was under way when an earlier run ended, and is neither "
                 "done nor undone: o is there by half");
    assert_mentions(stage->error.hint, "`wend repair`");
    assert_rows(stage, OBJECTS, "a\no\n");
}

/* With another text there the stored observation says nothing of it. */
static void test_changed(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, THREE);
    server.ending = LOST_AFTER;
    assert_fails(stage, stage_up(stage), WEND_CONNECT, NULL);
    stage_write(stage, "1_a.up.sql", "CREATE TABLE a (x);\nCREATE TABLE o2 (x);\n");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE,
                 "statement 2 (CREATE o) was under way when an earlier run ended, and it cannot be "
                 "known");
    g_assert_cmpuint(server.judged, ==, 0);
    stage_write(stage, "1_a.up.sql", "CREATE TABLE a (x);\n");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "it cannot be known");
}

/* A failure that left nothing is one like any other. */
static void test_fails(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE a (x);\nCREATE TABLE o (x, x);\n");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "duplicate column");
    g_assert_cmpuint(server.judged, ==, 1);
    stage_write(stage, "1_a.up.sql", THREE);
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\no\n");
}

/* One that left a part of its work stays under way until a person has looked. */
static void test_fails_partly(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE a (x);\nCREATE TABLE o (x, x);\n");
    server.forced = true;
    server.verdict = WEND_VERDICT_UNKNOWN;
    assert_fails(stage, stage_up(stage), WEND_FAILED, "duplicate column");
    assert_mentions(stage->error.state, "statement 2 of 1_a did a part of its work");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "o is there by half");
    server.forced = false;
    stage_write(stage, "1_a.up.sql", THREE);
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "it cannot be known");
}

/* The server's word that nothing is left counts more than what others did to the same table meanwhile. */
static void test_fails_whole(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE a (x);\nCREATE TABLE o (x, x);\n");
    server.forced = server.none = true;
    server.verdict = WEND_VERDICT_DONE;
    assert_fails(stage, stage_up(stage), WEND_FAILED, "duplicate column");
    assert_mentions(stage->error.state, "1_a is partly done");
    g_assert_cmpuint(server.judged, ==, 0);
    stage_write(stage, "1_a.up.sql", THREE);
    assert_done(stage, stage_up(stage));
    assert_rows(stage, OBJECTS, "a\nb\no\n");
}

/* What failed is never taken for done, however it looks. */
static void test_fails_and_is_there(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE a (x);\nCREATE TABLE o (x, x);\n");
    server.forced = true;
    server.verdict = WEND_VERDICT_DONE;
    assert_fails(stage, stage_up(stage), WEND_FAILED, "duplicate column");
    assert_fails(stage, stage_up(stage), WEND_DISAGREE, "failed in an earlier run");
    assert_mentions(stage->error.hint, "`wend repair`");
    assert_rows(stage, HISTORY, "");
}

/* What follows it has a transaction of its own, but not inside the script's BEGIN … COMMIT. */
static void test_ends(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE a (x);\nSELECT 'ends';\nCREATE TABLE b (x);\n");
    stage_write(stage, "2_b.up.sql", "BEGIN;\nSELECT 'ends';\nCREATE TABLE c (x);\nCOMMIT;\n");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, "SELECT id, statement FROM wend_journal WHERE event = 'done' ORDER BY seq",
                "1 2\n1 3\n2 3\n");
}

static void test_may_commit(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "CREATE TABLE a (x);\nSELECT 'call';\n");
    stage_write(stage, "2_b.up.sql",
                "-- wend: transaction none\nCREATE TABLE b (x);\nSELECT 'call';\n");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, "SELECT id, statement, detail FROM wend_journal WHERE event = 'intent'",
                "2 2 {\"what\": \"CALL\", \"repeatable\": false}\n");
}

static void test_nothing(Stage *stage, gconstpointer data)
{
    (void)data;
    on_stage(stage, "SELECT 'nothing' FROM nowhere;\nCREATE TABLE a (x);\nSELECT 'nothing';\n");
    assert_done(stage, stage_up(stage));
    assert_rows(stage, JOURNAL, "1 up begin 0\n1 up done 2\n1 up applied 0\n");
}

static void add(const char *path, void (*test)(Stage *, gconstpointer))
{
    g_autofree char *whole = g_strconcat("/core/observed/", path, NULL);
    g_test_add(whole, Stage, NULL, stage_memory, test, stage_clear);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("runs", test_runs);
    add("lost-after", test_lost_after);
    add("lost-before", test_lost_before);
    add("lost-at-the-end", test_lost_at_the_end);
    add("unknown", test_unknown);
    add("changed", test_changed);
    add("fails", test_fails);
    add("fails-partly", test_fails_partly);
    add("fails-whole", test_fails_whole);
    add("fails-and-is-there", test_fails_and_is_there);
    add("ends", test_ends);
    add("may-commit", test_may_commit);
    add("nothing", test_nothing);
    return g_test_run();
}
