/* SPDX-License-Identifier: MIT
 *
 * The plan as a script: run with the database's own client it gives the same database, the same
 * history and the same journal as wend itself.
 */
#include "core/script.h"

#include "core/runner.h"
#include "stage.h"

#include <string.h>

/* All but times, durations and who; what is in the tables of the migrations as well. */
#define STORED "SELECT sha256, script FROM wend_scripts ORDER BY sha256"
#define SCHEMA                                                                                     \
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY type, name"
#define BOOKS                                                                                      \
    "SELECT id, direction, statement, event, checksum, script, detail FROM wend_journal "          \
    "ORDER BY seq"
#define APPLIED "SELECT id, version, name, kind, checksum FROM wend_migrations ORDER BY id"
#define LOG     "SELECT x FROM log ORDER BY rowid"

static char *dump(Stage *stage)
{
    static const char *const queries[] = {SCHEMA, APPLIED, BOOKS, STORED, LOG};
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autofree char *rows = stage_rows(stage, queries[i]);
        g_string_append(text, rows);
    }
    return g_string_free(text, FALSE);
}

static char *write_script(Stage *stage, const WendRequest *request)
{
    stage_read(stage);
    WendMove move = {.request = *request};
    g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &move, &stage->error);
    g_assert_nonnull(plan);
    g_autoptr(GString) out = g_string_new(NULL);
    assert_done(stage, wend_script_write(stage->project, plan, out, &stage->error));
    return g_strdup(out->str);
}

static void move(Stage *stage, WendDirection direction, bool by_script)
{
    WendRequest request = {.direction = direction, .count = -1, .all = direction == WEND_DOWN};
    if (!by_script) {
        assert_done(stage, stage_run(stage, &request));
        return;
    }
    g_autofree char *script = write_script(stage, &request);
    /* The client's own line, which makes it stop at the first error, as stage_sql() does. */
    char *bail = strstr(script, "\n.bail on\n");
    g_assert_nonnull(bail);
    memcpy(bail, "\n--", 3);
    stage_sql(stage, script);
}

typedef struct Case {
    const char *path;
    const char *up, *down; /* of 1_a; a second migration follows */
} Case;

static const Case cases[] = {
    {"plain", "CREATE TABLE a (x);\nINSERT INTO log VALUES (1);", "DROP TABLE a;"},
    {"empty", "-- nothing", "-- nothing"},
    {"quotes", "INSERT INTO log VALUES ('it''s \"?\" ? -- no /* no'); -- and it's said?",
     "DELETE FROM log -- '?"},
    {"alone", "CREATE TABLE a (x);\nVACUUM;\nINSERT INTO log VALUES (1);", "VACUUM; DROP TABLE a"},
    {"alone-only", "VACUUM;", "PRAGMA wal_checkpoint;"},
    {"own-transaction", "INSERT INTO log VALUES (1); BEGIN; CREATE TABLE a (x); COMMIT;",
     "BEGIN; DROP TABLE a; COMMIT;"},
    {"none", "-- wend: transaction none\nCREATE TABLE a (x);\nINSERT INTO log VALUES (1);",
     "-- wend: transaction none\nDROP TABLE a"},
    {"lifted", "PRAGMA foreign_keys = off;\nCREATE TABLE a (x);\nPRAGMA foreign_keys = on;",
     "PRAGMA foreign_keys = off;\nDROP TABLE a;\nPRAGMA foreign_keys = on;"},
    {"lifted-one", "PRAGMA foreign_keys = off; CREATE TABLE a (x);", "DROP TABLE a;"},
    {"settings", "PRAGMA case_sensitive_like = on;\nVACUUM;\nINSERT INTO log SELECT 'A' LIKE 'a';",
     "CREATE TEMP TABLE IF NOT EXISTS main_ (x);\nCREATE VIEW temp.v AS SELECT 1;\n"
     "PRAGMA synchronous = off;\nPRAGMA recursive_triggers(1);"},
    {"trigger", "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM log; END;",
     "DROP TRIGGER t;"},
};

static void prepare(Stage *stage, const Case *one)
{
    stage_sql(stage, "CREATE TABLE log (x)");
    stage_files(stage, "1_a.up.sql", one->up, "1_a.down.sql", one->down, "2_b.sql",
                "INSERT INTO log VALUES ('two');\n-- Rollback: INSERT INTO log VALUES ('-two');",
                "R__v.sql", "CREATE VIEW v AS SELECT x FROM log;", NULL);
}

static void test_same(gconstpointer data)
{
    const Case *one = data;
    Stage by_wend, by_script;
    stage_memory(&by_wend, NULL);
    stage_memory(&by_script, NULL);
    prepare(&by_wend, one);
    prepare(&by_script, one);
    for (WendDirection direction = WEND_UP; direction <= WEND_DOWN; direction++) {
        move(&by_wend, direction, false);
        move(&by_script, direction, true);
        g_autofree char *wend = dump(&by_wend);
        g_autofree char *script = dump(&by_script);
        g_assert_cmpstr(script, ==, wend);
    }
    /* And wend takes it from there. */
    stage_sql(&by_script, "DROP VIEW v");
    assert_done(&by_script, stage_up(&by_script));
    stage_clear(&by_wend, NULL);
    stage_clear(&by_script, NULL);
}

static void test_text(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x);\nVACUUM;\nDELETE FROM a;");
    g_autofree char *script =
        write_script(stage, &(WendRequest){.direction = WEND_UP, .count = -1});
    g_assert_true(g_str_has_prefix(script, "-- 1 migration for SQLite, written by wend "));
    assert_mentions(script, "\n-- up 1_a\nBEGIN IMMEDIATE;\nCREATE TABLE a (x);\n"
                            "INSERT OR IGNORE INTO ");
    assert_mentions(script, "COMMIT;\nVACUUM;\nBEGIN IMMEDIATE;\nINSERT INTO ");
    assert_mentions(script, "COMMIT;\nBEGIN IMMEDIATE;\nDELETE FROM a;\n");
    assert_mentions(script, "CREATE TABLE IF NOT EXISTS \"main\".\"wend_migrations\"");
    assert_mentions(script, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')");
}

static void test_nothing(Stage *stage, gconstpointer data)
{
    (void)data;
    g_autofree char *script =
        write_script(stage, &(WendRequest){.direction = WEND_UP, .count = -1});
    g_assert_true(g_str_has_prefix(script, "-- 0 migrations for SQLite"));
    g_assert_cmpint(strcspn(script, "\n"), ==, strlen(script) - 1);
}

/* What cannot be cut, and what a plain script cannot say. */
static void test_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *text, *message;
        guint line;
    } texts[] = {
        {"SELECT 1;\nCOMMIT;", "COMMIT without a BEGIN before it", 2},
        {"-- wend: assert SELECT 1 = 1\nSELECT 1;", "a plain script cannot express an assertion",
         0},
        {"-- wend: batch size=5\nDELETE FROM a;", "a plain script cannot express a batch", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        stage_files(stage, "1_a.sql", "SELECT 1;", "2_b.sql", texts[i].text, NULL);
        stage_read(stage);
        WendMove up = {.request = {.direction = WEND_UP, .count = -1}};
        g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &up, &stage->error);
        g_autoptr(GString) out = g_string_new(NULL);
        assert_fails(stage, wend_script_write(stage->project, plan, out, &stage->error), WEND_USAGE,
                     texts[i].message);
        g_assert_true(g_str_has_suffix(stage->error.file, "/2_b.sql"));
        g_assert_cmpuint(stage->error.line, ==, texts[i].line);
    }
}

static void test_half_done(Stage *stage, gconstpointer data)
{
    (void)data;
    stage_write(stage, "1_a.sql", "SELECT 1;\nVACUUM;\nSELECT y;");
    assert_fails(stage, stage_up(stage), WEND_FAILED, "no such column: y");
    stage_read(stage);
    WendMove up = {.request = {.direction = WEND_UP, .count = -1}};
    g_autoptr(WendPlan) plan = wend_move_plan(stage->project, &up, &stage->error);
    g_autoptr(GString) out = g_string_new(NULL);
    assert_fails(stage, wend_script_write(stage->project, plan, out, &stage->error), WEND_DISAGREE,
                 "is half done");
    assert_mentions(stage->error.hint, "`wend up`");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/script/same/", cases[i].path, NULL);
        g_test_add_data_func(path, &cases[i], test_same);
    }
    g_test_add("/script/text", Stage, NULL, stage_memory, test_text, stage_clear);
    g_test_add("/script/nothing", Stage, NULL, stage_memory, test_nothing, stage_clear);
    g_test_add("/script/refused", Stage, NULL, stage_memory, test_refused, stage_clear);
    g_test_add("/script/half-done", Stage, NULL, stage_memory, test_half_done, stage_clear);
    return g_test_run();
}
