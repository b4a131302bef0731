/* SPDX-License-Identifier: MIT
 *
 * What a run left behind, read from the journal's rows, and what may be done about it. Rows and
 * scripts are values; no database.
 */
#include "core/recovery.h"

#include "stage.h"
#include "values.h"

#include <string.h>

static void row_free(gpointer row)
{
    wend_journal_row_free(row);
}

/* Rows from "ID DIRECTION EVENT STATEMENT [DETAIL]", one on each line. */
static GPtrArray *rows(const char *text)
{
    GPtrArray *tail = g_ptr_array_new_with_free_func(row_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", 5);
        const char *values[] = {"1",   "run",    "main",   words[0], words[1], words[3], words[2],
                                "sum", "script", words[4], "at",     NULL,     "who"};
        WendRow row = {G_N_ELEMENTS(values), values};
        WendJournalRow *one = wend_journal_decode(&row, NULL);
        g_assert_nonnull(one);
        g_ptr_array_add(tail, one);
    }
    return tail;
}

/* "1 up done=2 intent=3 VACUUM repeatable more cursor=500 failed: …". */
static char *describe(const WendUnfinished *one)
{
    if (one == NULL)
        return g_strdup("nothing");
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s %s done=%u", one->id, wend_direction_name(one->direction),
                           one->done);
    if (one->more)
        g_string_append(text, " more");
    if (one->cursor != NULL)
        g_string_append_printf(text, " cursor=%s%s", one->cursor, one->number ? " number" : "");
    if (one->intent > 0)
        g_string_append_printf(text, " intent=%u %s%s", one->intent, one->what,
                               one->repeatable ? " repeatable" : "");
    if (one->failed)
        g_string_append_printf(text, " failed: %s", one->detail);
    return g_string_free(text, FALSE);
}

#define VACUUM " {\"what\": \"VACUUM\", \"repeatable\": true}\n"
#define INTO   " {\"what\": \"VACUUM INTO\", \"repeatable\": false}\n"
#define ERROR  " {\"error\": \"no such table\"}\n"

static const struct {
    const char *path, *rows, *left;
} readings[] = {
    {"empty", "", "nothing"},
    {"begin-only", "1 up begin 0\n", "nothing"},
    {"failed", "1 up begin 0\n1 up failed 1" ERROR, "nothing"},
    {"done", "1 up begin 0\n1 up done 2\n", "1 up done=2"},
    {"done-more-than-once", "1 up begin 0\n1 up done 2\n1 up done 5\n", "1 up done=5"},
    {"done-and-failed", "1 up begin 0\n1 up done 2\n1 up failed 3" ERROR,
     "1 up done=2 failed: no such table"},
    {"failed-twice", "1 up done 2\n1 up failed 3" ERROR "1 up failed 3 {\"error\": \"full\"}\n",
     "1 up done=2 failed: full"},
    {"failed-then-on", "1 up done 2\n1 up failed 3" ERROR "1 up done 3\n", "1 up done=3"},
    {"intent", "1 up begin 0\n1 up intent 1" VACUUM, "1 up done=0 intent=1 VACUUM repeatable"},
    {"opaque-intent", "1 up begin 0\n1 up intent 1" INTO, "1 up done=0 intent=1 VACUUM INTO"},
    {"intent-done", "1 up intent 1" VACUUM "1 up done 1\n", "1 up done=1"},
    {"intent-failed", "1 up intent 1" VACUUM "1 up failed 1" ERROR, "nothing"},
    {"done-and-intent", "1 up done 2\n1 up intent 3" INTO, "1 up done=2 intent=3 VACUUM INTO"},
    {"round", "1 up begin 0\n1 up done 1 {\"rows\": 5}\n", "1 up done=1 more"},
    {"round-number", "1 up done 1 {\"rows\": 5, \"cursor\": 9}\n",
     "1 up done=1 more cursor=9 number"},
    {"round-cursor", "1 up done 1 {\"rows\": 5, \"cursor\": \"9\"}\n", "1 up done=1 more cursor=9"},
    {"rounds",
     "1 up done 1 {\"rows\": 5, \"cursor\": \"9\"}\n1 up done 1 {\"rows\": 5, \"cursor\": "
     "\"14\"}\n",
     "1 up done=1 more cursor=14"},
    {"last-round-keeps-cursor",
     "1 up done 1 {\"rows\": 5, \"cursor\": \"9\"}\n1 up done 1 {\"rows\": 0}\n",
     "1 up done=1 more cursor=9"},
    {"batch-ended", "1 up done 1 {\"rows\": 5, \"cursor\": \"9\"}\n1 up done 1\n", "1 up done=1"},
    {"next-batch-without-cursor",
     "1 up done 1 {\"rows\": 5, \"cursor\": \"9\"}\n1 up done 1\n1 up done 2 {\"rows\": 1}\n",
     "1 up done=2 more"},
    {"round-and-failed", "1 up done 1 {\"rows\": 5, \"cursor\": \"9\"}\n1 up failed 1" ERROR,
     "1 up done=1 more cursor=9 failed: no such table"},
    {"two-ids", "1 up done 1\n2 up begin 0\n2 up done 3\n", "2 up done=3"},
    {"two-ids-second-fresh", "1 up done 1\n2 up begin 0\n2 up failed 1" ERROR, "1 up done=1"},
    {"other-direction", "1 up done 1\n1 down begin 0\n1 down done 4\n", "1 down done=4"},
    {"other-direction-fresh", "1 up done 1\n1 down begin 0\n", "1 up done=1"},
    {"three-ids", "1 up done 1\n2 up intent 1" VACUUM "3 up begin 0\n",
     "2 up done=0 intent=1 VACUUM repeatable"},
    {"bad-detail", "1 up done 1 {oops\n", "1 up done=1"},
    {"unexpected", "1 up done 1\n1 up applied 0\n", "1 up done=1"},
};

static void test_read(gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    g_autoptr(GPtrArray) tail = rows(readings[at].rows);
    g_autoptr(WendUnfinished) left = wend_recovery_read(tail);
    g_autofree char *text = describe(left);
    g_assert_cmpstr(text, ==, readings[at].left);
    if (left != NULL) {
        g_assert_cmpstr(left->at, ==, "at");
        g_assert_cmpstr(left->who, ==, "who");
    }
}

static void test_read_sums(void)
{
    g_autoptr(GPtrArray) tail = rows("1 up begin 0\n1 up done 1\n");
    g_autoptr(WendUnfinished) left = wend_recovery_read(tail);
    g_assert_cmpstr(left->script, ==, "script");
    g_assert_cmpstr(left->checksum, ==, "sum");
    wend_unfinished_free(NULL);
}

/* --- resuming --- */

#define THREE "CREATE TABLE a (x);\nVACUUM;\nCREATE TABLE b (x);\n"

typedef struct Resume {
    const char *path;
    const char *before; /* the file when it began, whose first statements are done */
    const char *now;
    WendUnfinished left;
    guint segment;
    WendCode code;
    const char *message, *hint;
} Resume;

#define LOOK "look at the database, then `wend repair` lists the ways on"
#define NONE "-- wend: transaction none\n"

static const Resume resumes[] = {
    {"first", THREE, THREE, {.intent = 0}, 0, 0, NULL, NULL},
    {"second", THREE, THREE, {.done = 1}, 1, 0, NULL, NULL},
    {"third", THREE, THREE, {.done = 2}, 2, 0, NULL, NULL},
    {"all", THREE, THREE, {.done = 3}, 3, 0, NULL, NULL},
    {"whole-transaction",
     "CREATE TABLE a (x); CREATE TABLE b (x); VACUUM",
     "CREATE TABLE a (x); CREATE TABLE b (x); VACUUM",
     {.done = 2},
     1,
     0,
     NULL,
     NULL},
    {"rest-changed",
     THREE,
     "CREATE TABLE a (x);\nVACUUM;\nCREATE TABLE other (x);\n",
     {.done = 2},
     2,
     0,
     NULL,
     NULL},
    {"rest-removed", THREE, "CREATE TABLE a (x);\nVACUUM;\n", {.done = 2}, 2, 0, NULL, NULL},
    {"layout-changed",
     THREE,
     "-- said\nCREATE  TABLE a\n(x); VACUUM; SELECT 1",
     {.done = 2},
     2,
     0,
     NULL,
     NULL},
    {"prefix-changed",
     THREE,
     "CREATE TABLE other (x);\nVACUUM;\nCREATE TABLE b (x);\n",
     {.done = 1},
     0,
     WEND_DISAGREE,
     "statement 1 is done and stays, but the file has changed there since",
     "change only what comes behind it, or `wend repair` lists the ways on"},
    {"prefix-trusted",
     THREE,
     "CREATE TABLE other (x);\nVACUUM;\nCREATE TABLE b (x);\n",
     {.done = 1, .trusted = true},
     1,
     0,
     NULL,
     NULL},
    {"shortened",
     THREE,
     "CREATE TABLE a (x);\n",
     {.done = 2},
     0,
     WEND_DISAGREE,
     "statements 1 to 2 are done and stay, but the file has changed there since",
     NULL},
    {"shortened-trusted",
     THREE,
     "CREATE TABLE a (x);\n",
     {.done = 2, .trusted = true},
     1,
     0,
     NULL,
     NULL},
    {"joined",
     "CREATE TABLE a (x)",
     "CREATE TABLE a (xCREATE TABLE b)",
     {.done = 1},
     0,
     WEND_DISAGREE,
     NULL,
     NULL},
    {"temporary",
     "CREATE TEMP TABLE t (x); VACUUM; SELECT 1",
     "CREATE TEMP TABLE t (x); VACUUM; SELECT 1",
     {.done = 1},
     0,
     WEND_DISAGREE,
     "statement 1 is done, but what it made or computed for its session alone is gone with it",
     WEND_RECOVERY_WAYS},
    {"temporary-to-come",
     "SELECT 1; VACUUM; CREATE TEMP TABLE t (x)",
     "SELECT 1; VACUUM; CREATE TEMP TABLE t (x)",
     {.done = 2},
     2,
     0,
     NULL,
     NULL},
    {"repeatable-intent",
     THREE,
     THREE,
     {.done = 1, .intent = 2, .repeatable = true, .what = (char *)"VACUUM"},
     1,
     0,
     NULL,
     NULL},
    {"opaque-intent",
     THREE,
     THREE,
     {.done = 1, .intent = 2, .what = (char *)"VACUUM INTO"},
     0,
     WEND_DISAGREE,
     "statement 2 (VACUUM INTO) was under way when an earlier run ended, and it cannot be known "
     "whether it happened",
     LOOK},
    {"nameless-intent",
     THREE,
     THREE,
     {.intent = 1},
     0,
     WEND_DISAGREE,
     "statement 1 (the statement) was under way when an earlier run ended, and it cannot be known "
     "whether it happened",
     LOOK},
    {"batch-goes-on",
     "-- wend: batch size=1\nDELETE FROM a; SELECT 1",
     "-- wend: batch size=1\nDELETE FROM a; SELECT 1",
     {.done = 1, .more = true},
     0,
     0,
     NULL,
     NULL},
    {"batch-ended",
     "-- wend: batch size=1\nDELETE FROM a; SELECT 1",
     "-- wend: batch size=1\nDELETE FROM a; SELECT 1",
     {.done = 1},
     1,
     0,
     NULL,
     NULL},
    /* What is done stays so when it and what follows would be one transaction now. */
    {"joined-by-directive",
     NONE "SELECT 1; SELECT 2; SELECT 3",
     "SELECT 1; SELECT 2; SELECT 3",
     {.done = 2},
     1,
     0,
     NULL,
     NULL},
    {"joined-by-change",
     "SELECT 1; VACUUM",
     "SELECT 1; SELECT 2; VACUUM",
     {.done = 1},
     1,
     0,
     NULL,
     NULL},
    {"joined-batch",
     "SELECT 1;\n-- wend: batch size=1\nDELETE FROM a;",
     "SELECT 1; DELETE FROM a;",
     {.done = 2, .more = true},
     1,
     0,
     NULL,
     NULL},
    {"joined-assertion",
     NONE "SELECT 1; SELECT 2",
     "SELECT 1;\n-- wend: assert SELECT 1 = 2\nSELECT 2",
     {.done = 1},
     1,
     0,
     NULL,
     NULL},
    /* What an assertion found wrong must not be passed over the second time. */
    {"assertion",
     NONE "SELECT 1;\n-- wend: assert SELECT 1 = 2\nSELECT 2",
     NONE "SELECT 1;\n-- wend: assert SELECT 1 = 2\nSELECT 2",
     {.done = 1},
     1,
     0,
     NULL,
     NULL},
    {"assertion-at-end",
     "VACUUM;\n-- wend: assert SELECT 1 = 2\n",
     "VACUUM;\n-- wend: assert SELECT 1 = 2\n",
     {.done = 1},
     1,
     0,
     NULL,
     NULL},
    {"assertions-between",
     "VACUUM;\n-- wend: assert SELECT 1 = 2\nVACUUM",
     "VACUUM;\n-- wend: assert SELECT 1 = 2\nVACUUM",
     {.done = 1},
     1,
     0,
     NULL,
     NULL},
    {"assertion-in-front",
     NONE "-- wend: assert SELECT 1 = 1\nSELECT 1; SELECT 2",
     NONE "-- wend: assert SELECT 1 = 1\nSELECT 1; SELECT 2",
     {.done = 1},
     2,
     0,
     NULL,
     NULL},
};

static void test_resume(gconstpointer data)
{
    const Resume *one = data;
    g_autoptr(WendScript) before_script = values_script(one->before);
    g_autoptr(WendCut) before = values_cut(before_script);
    g_autoptr(WendScript) script = values_script(one->now);
    g_autoptr(WendCut) cut = values_cut(script);
    WendUnfinished left = one->left;
    g_autofree char *checksum = left.done > 0 ? wend_cut_checksum(before, left.done) : NULL;
    left.checksum = checksum;
    guint segment = 99;
    g_auto(WendError) error = WEND_ERROR_INIT;
    bool ok = wend_recovery_resume(&left, cut, &segment, &error);
    g_assert_cmpint(error.code, ==, one->code);
    if (one->code == WEND_OK) {
        g_assert_true(ok);
        g_assert_cmpuint(segment, ==, one->segment);
        return;
    }
    g_assert_false(ok);
    g_assert_cmpuint(segment, ==, 99);
    g_assert_cmpstr(error.file, ==, "f.sql");
    if (one->message != NULL)
        g_assert_cmpstr(error.message, ==, one->message);
    if (one->hint != NULL)
        g_assert_cmpstr(error.hint, ==, one->hint);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(readings); i++) {
        g_autofree char *path = g_strconcat("/recovery/read/", readings[i].path, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_read);
    }
    g_test_add_func("/recovery/read-sums", test_read_sums);
    for (gsize i = 0; i < G_N_ELEMENTS(resumes); i++) {
        g_autofree char *path = g_strconcat("/recovery/resume/", resumes[i].path, NULL);
        g_test_add_data_func(path, &resumes[i], test_resume);
    }
    return g_test_run();
}
