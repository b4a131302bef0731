/* SPDX-License-Identifier: MIT
 *
 * The public face as a host program uses it: over a file or the host's own connection, with
 * reports, errors and a way to stop.
 */
#include "stage.h"

#include <string.h>

typedef struct Host {
    Stage stage;
    WendHandle *handle;
    GString *log;
} Host;

static void host_make(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    stage_memory(&host->stage, NULL);
    host->handle = NULL;
    host->log = g_string_new(NULL);
    stage_files(&host->stage, "1_a.sql", "CREATE TABLE a (x);\n-- Rollback: DROP TABLE a;",
                "2_b.sql", "CREATE TABLE b (x);\n-- Rollback: DROP TABLE b;", NULL);
}

static void host_clear(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    wend_close(host->handle);
    g_string_free(host->log, TRUE);
    stage_clear(&host->stage, NULL);
}

#define UP_TWO "applied 1_a\napplied 2_b\n"

static void take_notice(const WendNotice *notice, void *data)
{
    char line[200];
    g_assert_cmpint(notice->duration_ms, >=, 0);
    if (notice->kind == WEND_NOTICE_BEGIN || notice->kind == WEND_NOTICE_PLAN)
        return;
    wend_notice_line(notice, WEND_LOG_TEXT, line, sizeof line);
    char *time = g_str_has_suffix(line, " ms)") ? strrchr(line, '(') - 1 : NULL;
    if (time != NULL)
        *time = '\0';
    g_string_append_printf(data, "%s\n", line);
}

static void open_handle(Host *host)
{
    WendOptions options = {.size = sizeof(WendOptions),
                           .migrations = host->stage.migrations,
                           .connection = host->stage.db,
                           .lock_timeout_ms = 50,
                           .notice = take_notice,
                           .data = host->log};
    wend_close(host->handle);
    host->handle = wend_open(&options, &host->stage.error);
    g_assert_cmpstr(host->stage.error.message, ==, NULL);
}

static bool take_standing(const WendStanding *one, void *data)
{
    g_string_append_printf(data, "%s %s %s %s %s%s\n", one->id, one->version, one->name, one->state,
                           one->applied_at != NULL ? "then" : "-", one->pending ? " pending" : "");
    return strcmp(one->id, "2") != 0;
}

static char *standings(Host *host)
{
    GString *text = g_string_new(NULL);
    assert_done(&host->stage, wend_status(host->handle, take_standing, text, &host->stage.error));
    return g_string_free(text, FALSE);
}

static void test_there_and_back(Host *host, gconstpointer data)
{
    (void)data;
    unsigned done = 99;
    open_handle(host);
    assert_done(&host->stage, wend_up(host->handle, NULL, &done, &host->stage.error));
    g_assert_cmpuint(done, ==, 2);
    g_assert_cmpstr(host->log->str, ==, UP_TWO);
    assert_rows(&host->stage, OBJECTS, "a\nb\n");
    g_autofree char *all = standings(host);
    g_assert_cmpstr(all, ==, "1 1 a applied then\n2 2 b applied then\n");
    g_string_truncate(host->log, 0);
    assert_done(&host->stage, wend_down(host->handle, "1", NULL, &host->stage.error));
    g_assert_cmpstr(host->log->str, ==, "reverted 2_b\n");
    assert_done(&host->stage, wend_down(host->handle, "base", &done, NULL));
    g_assert_cmpuint(done, ==, 1);
    assert_rows(&host->stage, OBJECTS, "");
    assert_done(&host->stage, wend_up(host->handle, "1", &done, &host->stage.error));
    g_autofree char *one = standings(host);
    g_assert_cmpstr(one, ==, "1 1 a applied then\n2 2 b reverted - pending\n");
}

static bool stop_at_once(const WendStanding *one, void *data)
{
    (void)one;
    ++*(guint *)data;
    return false;
}

static void test_status(Host *host, gconstpointer data)
{
    (void)data;
    guint seen = 0;
    open_handle(host);
    assert_done(&host->stage, wend_status(host->handle, stop_at_once, &seen, NULL));
    g_assert_cmpuint(seen, ==, 1);
    assert_rows(&host->stage, "SELECT count(*) FROM sqlite_schema", "0\n");
    stage_sql(&host->stage, "CREATE TABLE wend_migrations (x)");
    assert_fails(&host->stage, wend_status(host->handle, stop_at_once, &seen, &host->stage.error),
                 WEND_DISAGREE, "not as wend makes it");
    g_assert_false(wend_status(host->handle, stop_at_once, &seen, NULL));
}

static void test_failure(Host *host, gconstpointer data)
{
    (void)data;
    unsigned done = 99;
    stage_write(&host->stage, "3_c.sql", "SELECT y;");
    stage_sql(&host->stage, "CREATE TABLE mine (x)");
    open_handle(host);
    assert_fails(&host->stage, wend_up(host->handle, NULL, &done, &host->stage.error), WEND_FAILED,
                 "no such column: y");
    g_assert_cmpuint(done, ==, 2);
    g_assert_cmpstr(host->log->str, ==, UP_TWO);
    g_assert_false(wend_up(host->handle, NULL, NULL, NULL));
}

static void test_reports(Host *host, gconstpointer data)
{
    (void)data;
    stage_write(&host->stage, "3_c.sql", "SELECT 1;\nVACUUM;\nSELECT y;");
    open_handle(host);
    g_assert_false(wend_up(host->handle, NULL, NULL, NULL));
    stage_write(&host->stage, "3_c.sql", "SELECT 1;\nVACUUM;");
    stage_remove(&host->stage, "1_a.sql");
    stage_write(&host->stage, "4_d.sql", "SELECT 1;");
    g_string_truncate(host->log, 0);
    open_handle(host);
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    g_assert_cmpstr(host->log->str, ==,
                    "resume: 3_c is half done (up): only its end is left\napplied 3_c\n"
                    "warning: 1 applied migration has no file here: 1_a\n"
                    "applied 4_d\n");
    /* Nobody has to listen. */
    WendOptions options = {.size = sizeof(WendOptions),
                           .migrations = host->stage.migrations,
                           .connection = host->stage.db};
    WendHandle *quiet = wend_open(&options, NULL);
    stage_write(&host->stage, "5_e.sql", "SELECT 1;");
    g_assert_true(wend_down(quiet, "-0", NULL, NULL) == false);
    wend_close(quiet);
    quiet = wend_open(&options, NULL);
    g_assert_true(wend_up(quiet, NULL, NULL, NULL));
    wend_close(quiet);
}

/* A call that is stopped is stopped; the next one is not. */
static void test_cancel(Host *host, gconstpointer data)
{
    (void)data;
    unsigned done = 99;
    open_handle(host);
    wend_cancel(host->handle);
    assert_fails(&host->stage, wend_up(host->handle, NULL, &done, &host->stage.error),
                 WEND_INTERRUPTED, "interrupted");
    g_assert_cmpuint(done, ==, 0);
    wend_error_clear(&host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, NULL, &done, &host->stage.error));
    g_assert_cmpuint(done, ==, 2);
}

static void test_options(Host *host, gconstpointer data)
{
    (void)data;
    g_autofree char *url = g_strdup_printf("sqlite:%s/other.db", host->stage.root);
    WendOptions options = {.size = sizeof(WendOptions),
                           .database = url,
                           .migrations = host->stage.migrations,
                           .table = "mine",
                           .statement_timeout_ms = 20};
    stage_write(&host->stage, "3_c.sql",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                "SELECT count(*) FROM n;");
    host->handle = wend_open(&options, &host->stage.error);
    assert_fails(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error), WEND_FAILED,
                 "longer than its limit of 0.02 s");
    sqlite3 *db = NULL;
    g_autofree char *path = g_build_filename(host->stage.root, "other.db", NULL);
    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, "SELECT id FROM mine", NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(db);
}

static void test_refused(Host *host, gconstpointer data)
{
    (void)data;
    static const struct {
        WendOptions options;
        WendCode code;
    } refusals[] = {
        {{.database = NULL}, WEND_USAGE},
        {{.database = "oracle:x", .migrations = "."}, WEND_USAGE},
        {{.database = "sqlite::memory:", .migrations = "/nowhere/at/all"}, WEND_USAGE},
        {{.database = "sqlite:/nowhere/at/all/x.db"}, WEND_CONNECT},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        WendOptions options = refusals[i].options;
        options.size = sizeof options;
        wend_error_clear(&host->stage.error);
        if (options.migrations == NULL)
            options.migrations = host->stage.migrations;
        g_assert_null(wend_open(&options, &host->stage.error));
        g_assert_true(stage_failed(&host->stage, refusals[i].code, NULL));
        g_assert_null(wend_open(&options, NULL));
    }
    stage_write(&host->stage, "oops.sql", "SELECT 1;");
    WendOptions options = {.size = sizeof(WendOptions),
                           .migrations = host->stage.migrations,
                           .connection = host->stage.db};
    g_assert_null(wend_open(&options, &host->stage.error));
    g_assert_true(stage_failed(&host->stage, WEND_USAGE, "the name does not begin"));
    wend_close(NULL);
}

#define BUILT_IN(name, text)                                                                       \
    {                                                                                              \
        name, text, sizeof text - 1                                                                \
    }

static const WendFile built_in[] = {
    {"1_a.up.sql", "CREATE TABLE a (x);\r\nwhat stands behind", 21},
    BUILT_IN("1_a.down.sql", "DROP TABLE a;"),
    BUILT_IN("2_b.sql", "\xEF\xBB\xBF-- wend: substitute\nCREATE TABLE b (x DEFAULT '${word}');\n"
                        "SELECT ${bad};"),
    BUILT_IN("README.md", "no migration"),
};

static WendOptions built_in_options(Host *host, gsize count)
{
    return (WendOptions){.size = sizeof(WendOptions),
                         .files = built_in,
                         .file_count = count,
                         .connection = host->stage.db,
                         .notice = take_notice,
                         .data = host->log};
}

static void test_built_in(Host *host, gconstpointer data)
{
    (void)data;
    static const char *const values[] = {"word", "hush-hush", "bad", "1", NULL};
    WendOptions options = built_in_options(host, G_N_ELEMENTS(built_in));
    options.placeholders = values;
    host->handle = wend_open(&options, &host->stage.error);
    g_assert_cmpstr(host->stage.error.message, ==, NULL);
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    assert_rows(&host->stage, OBJECTS, "a\nb\n");
    WendSummary summary;
    assert_done(&host->stage, wend_summary(host->handle, &summary, &host->stage.error));
    g_assert_cmpstr(summary.version, ==, "2");
    g_assert_cmpuint(summary.applied, ==, 2);
    g_assert_cmpuint(summary.pending, ==, 0);
    /* The text is stored as it was before the values came in. */
    assert_rows(&host->stage, "SELECT count(*) FROM wend_scripts WHERE script LIKE '%hush%'",
                "0\n");
    assert_rows(&host->stage, "SELECT count(*) FROM wend_scripts WHERE script LIKE '%${word}%'",
                "1\n");
    wend_close(host->handle);

    /* An older program: it says so, goes on when told, and takes back what was stored. */
    options = built_in_options(host, 2);
    options.placeholders = values;
    host->handle = wend_open(&options, &host->stage.error);
    assert_fails(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error), WEND_REFUSED,
                 "newer than these migrations");
    g_assert_null(strstr(host->stage.error.hint, "--force"));
    wend_close(host->handle);
    options.newer = true;
    wend_error_clear(&host->stage.error);
    host->handle = wend_open(&options, &host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    assert_done(&host->stage, wend_summary(host->handle, &summary, &host->stage.error));
    g_assert_cmpuint(summary.missing, ==, 1);
    g_assert_false(wend_down(host->handle, "base", NULL, NULL));
}

static void test_options_refused(Host *host, gconstpointer data)
{
    (void)data;
    static const struct {
        WendOptions options;
        const char *words;
    } wrong[] = {
        {{.database = NULL}, "no database is named"},
        {{.database = "sqlite::memory:", .file_count = 2}, "no files"},
        {{.database = "sqlite::memory:", .track = ""}, "the track has no name"},
        {{.database = "sqlite::memory:", .track = "user"}, "a history table of its own"},
        {{.database = "sqlite::memory:", .table = ""}, "the history table has no name"},
        {{.database = "sqlite::memory:",
          .table = "app.history_of_migrations_with_a_name_that_is_longer_than_servers_take"},
         "too long"},
        {{.database = "sqlite::memory:", .table = "wend_Journal"}, "journal or scripts"},
        {{.database = "sqlite::memory:", .format = "flywheel"}, "flywheel"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        WendOptions options = wrong[i].options;
        options.size = sizeof options;
        wend_error_clear(&host->stage.error);
        g_assert_null(wend_open(&options, &host->stage.error));
        g_assert_true(stage_failed(&host->stage, WEND_USAGE, wrong[i].words));
    }
    wend_error_clear(&host->stage.error);
    g_assert_null(wend_open(NULL, &host->stage.error));
    g_assert_true(stage_failed(&host->stage, WEND_USAGE, "size of the WendOptions"));
}

/* A program without migrations has nothing to do. */
static void test_built_in_empty(Host *host, gconstpointer data)
{
    (void)data;
    unsigned done = 99;
    WendSummary summary;
    WendOptions options = built_in_options(host, 0);
    host->handle = wend_open(&options, &host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, NULL, &done, &host->stage.error));
    g_assert_cmpuint(done, ==, 0);
    assert_done(&host->stage, wend_summary(host->handle, &summary, &host->stage.error));
    g_assert_cmpstr(summary.version, ==, "");
    assert_rows(&host->stage, "SELECT count(*) FROM sqlite_schema", "0\n");
}

/* What is built in, then what a folder has: each by its own numbers, in the same database. */
static void test_tracks(Host *host, gconstpointer data)
{
    (void)data;
    WendSummary summary;
    WendOptions options = built_in_options(host, 2);
    options.track = "platform";
    options.table = "wend_platform";
    host->handle = wend_open(&options, &host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    wend_close(host->handle);
    options.track = "user";
    options.table = "wend_user";
    options.files = NULL;
    options.file_count = 0;
    stage_write(&host->stage, "1_a.sql", "CREATE TABLE theirs (x);");
    stage_write(&host->stage, "2_b.sql", "DROP TABLE a;\n-- Rollback: CREATE TABLE a (x);");
    options.migrations = host->stage.migrations;
    host->handle = wend_open(&options, &host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    assert_done(&host->stage, wend_summary(host->handle, &summary, &host->stage.error));
    g_assert_cmpuint(summary.applied, ==, 2);
    assert_rows(&host->stage, OBJECTS, "theirs\n");
    assert_done(&host->stage, wend_down(host->handle, "1", NULL, &host->stage.error));
    assert_rows(&host->stage, OBJECTS, "a\ntheirs\n");
    assert_rows(&host->stage, "SELECT id FROM wend_platform", "1\n");
    assert_rows(&host->stage, "SELECT id FROM wend_user", "1\n");
}

static void test_built_in_refused(Host *host, gconstpointer data)
{
    (void)data;
    static const WendFile wrong[][2] = {
        {{"1_a.sql", "SELECT 1;", 9}, {"1_a.sql", "SELECT 2;", 9}},
        {{"1_a.sql", "SELECT 1;", 9}, {"01_b.sql", "SELECT 2;", 9}},
        {{"1_a.sql", "SELECT 1;", 9}, {"", "SELECT 2;", 9}},
        {{"1_a.sql", NULL, 0}, {"2_b.sql", "SELECT 2;", 9}},
        {{"../1_a.sql", "SELECT 1;", 9}, {"2_b.sql", "SELECT 2;", 9}},
        {{"a/./1_a.sql", "SELECT 1;", 9}, {"2_b.sql", "SELECT 2;", 9}},
        {{"/1_a.sql", "SELECT 1;", 9}, {NULL, "SELECT 2;", 9}},
        {{"1_a.sql", "SELECT 1;\0", 10}, {"2_b.sql", "SELECT 2;", 9}},
    };
    static const char *const words[] = {
        "has the name of another one", "version 1",   "has no name", "has no text",
        "has no name that a file",     "has no name", "has no name", "NUL byte"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        WendOptions options = built_in_options(host, 2);
        options.files = wrong[i];
        wend_error_clear(&host->stage.error);
        g_assert_null(wend_open(&options, &host->stage.error));
        g_assert_true(stage_failed(&host->stage, WEND_USAGE, words[i]));
    }
    WendOptions options = built_in_options(host, 2);
    options.size = 0;
    wend_error_clear(&host->stage.error);
    g_assert_null(wend_open(&options, &host->stage.error));
    g_assert_true(stage_failed(&host->stage, WEND_USAGE, "size of the WendOptions"));
    options.size = 3;
    wend_error_clear(&host->stage.error);
    g_assert_null(wend_open(&options, &host->stage.error));
    g_assert_true(stage_failed(&host->stage, WEND_USAGE, "size of the WendOptions"));
    options.size = sizeof options + 8;
    g_assert_null(wend_open(&options, &host->stage.error));
    /* An older host's struct ends earlier. */
    options.size = offsetof(WendOptions, out_of_order);
    options.connection = NULL;
    options.database = "sqlite::memory:";
    WendHandle *older = wend_open(&options, NULL);
    g_assert_nonnull(older);
    wend_close(older);
}

/* A template that nobody has filled in is refused as `wend up` refuses it, without a word of --force. */
static void test_empty(Host *host, gconstpointer data)
{
    (void)data;
    unsigned done = 9;
    stage_write(&host->stage, "3_c.sql", "-- Write it here.\n");
    open_handle(host);
    assert_fails(&host->stage, wend_up(host->handle, NULL, &done, &host->stage.error), WEND_REFUSED,
                 "3_c has no statements");
    g_assert_cmpuint(done, ==, 0);
    g_assert_null(strstr(host->stage.error.hint, "--force"));
    assert_rows(&host->stage, OBJECTS, "");
    wend_error_clear(&host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, "2", &done, &host->stage.error));
    g_assert_cmpuint(done, ==, 2);
}

/* Callbacks that are built in are run as those of a folder; what they are is told. */
static void test_callbacks(Host *host, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {
        BUILT_IN("1_a.sql", "CREATE TABLE a (x);\n-- wend:down\nDROP TABLE a;"),
        BUILT_IN("beforeUp.sql", "CREATE TABLE IF NOT EXISTS said (x)"),
        BUILT_IN("beforeEach.sql",
                 "-- wend: substitute\nINSERT INTO said VALUES ('${wend:version}');"),
        BUILT_IN("afterUp.sql", "INSERT INTO said VALUES ('behind');"),
        BUILT_IN("onError.sql", "INSERT INTO said VALUES ('failed');"),
    };
    WendOptions options = built_in_options(host, G_N_ELEMENTS(files));
    options.files = files;
    host->handle = wend_open(&options, &host->stage.error);
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    assert_rows(&host->stage, "SELECT x FROM said", "1\nbehind\n");
    g_assert_nonnull(strstr(host->log->str, "callback: beforeUp: built-in/beforeUp.sql\n"));
    stage_sql(&host->stage, "DROP TABLE a; CREATE VIEW a AS SELECT 1");
    g_assert_false(wend_down(host->handle, "base", NULL, NULL));
    assert_rows(&host->stage, "SELECT x FROM said", "1\nbehind\nfailed\n");
}

/* A value that a host gives is in no message, log or table. */
static void test_secret(Host *host, gconstpointer data)
{
    (void)data;
    static const char *const values[] = {"key", "tr0mb0ne", "short", "a", NULL};
    static const WendFile file =
        BUILT_IN("1_a.sql", "-- wend: substitute\nSELECT tr0mb0ne_${key};\nSELECT ${key};");
    WendOptions options = built_in_options(host, 1);
    options.files = &file;
    options.placeholders = values;
    host->handle = wend_open(&options, &host->stage.error);
    assert_fails(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error), WEND_FAILED,
                 "no such column: ${key}_${key}");
    g_assert_null(strstr(host->log->str, "tr0mb0ne"));
    assert_rows(&host->stage, "SELECT count(*) FROM wend_journal WHERE detail LIKE '%tr0mb0ne%'",
                "0\n");
    assert_rows(&host->stage, "SELECT count(*) FROM wend_journal WHERE detail LIKE '%${key}%'",
                "1\n");
}

static void test_plan(Host *host, gconstpointer data)
{
    (void)data;
    g_autoptr(GString) text = g_string_new(NULL);
    open_handle(host);
    assert_done(&host->stage,
                wend_plan(host->handle, false, "1", take_standing, text, &host->stage.error));
    g_assert_cmpstr(text->str, ==, "1 1 a pending - pending\n");
    assert_done(&host->stage, wend_up(host->handle, NULL, NULL, &host->stage.error));
    g_string_truncate(text, 0);
    assert_done(&host->stage, wend_plan(host->handle, true, "base", take_standing, text, NULL));
    g_assert_cmpstr(text->str, ==, "2 2 b applied then\n");
    g_assert_false(wend_plan(host->handle, false, "77", take_standing, text, NULL));
}

static void test_lines(Host *host, gconstpointer data)
{
    (void)host;
    (void)data;
    static const struct {
        WendNotice notice;
        const char *text, *logfmt, *json;
    } lines[] = {
        {{.kind = WEND_NOTICE_PLAN, .total = 2},
         "plan: 2 migrations",
         "level=info event=plan total=2",
         "{\"level\":\"info\",\"event\":\"plan\",\"total\":2}"},
        {{.kind = WEND_NOTICE_PLAN, .direction = "down"},
         "plan: 0 migrations",
         "level=info event=plan direction=down total=0",
         "{\"level\":\"info\",\"event\":\"plan\",\"direction\":\"down\",\"total\":0}"},
        {{.kind = WEND_NOTICE_APPLIED, .version = "fv", .name = "fv"},
         "applied fv (0 ms)",
         "level=info event=applied version=fv name=fv duration_ms=0",
         "{\"level\":\"info\",\"event\":\"applied\",\"version\":\"fv\",\"name\":\"fv\","
         "\"duration_ms\":0}"},
        {{.kind = WEND_NOTICE_ROUND, .version = "1", .rows = 1},
         "round 1: 1 row",
         "level=debug event=round version=1 rows=1",
         "{\"level\":\"debug\",\"event\":\"round\",\"version\":\"1\",\"rows\":1}"},
        {{.kind = WEND_NOTICE_WAITING,
          .text = "waiting for the lock: held by ann",
          .duration_ms = 5},
         "waiting for the lock: held by ann (5 ms)",
         "level=warning event=waiting duration_ms=5 text=\"waiting for the lock: held by ann\"",
         "{\"level\":\"warning\",\"event\":\"waiting\",\"duration_ms\":5,"
         "\"text\":\"waiting for the lock: held by ann\"}"},
        {{.kind = WEND_NOTICE_CALLBACK, .name = "b"},
         "callback b",
         "level=info event=callback name=b",
         "{\"level\":\"info\",\"event\":\"callback\",\"name\":\"b\"}"},
        {{.kind = WEND_NOTICE_APPLIED,
          .version = "002",
          .name = "b",
          .index = 1,
          .total = 2,
          .duration_ms = 12},
         "applied 002_b (12 ms)",
         "level=info event=applied version=002 name=b index=1 total=2 duration_ms=12",
         "{\"level\":\"info\",\"event\":\"applied\",\"version\":\"002\",\"name\":\"b\",\"index\":1,"
         "\"total\":2,\"duration_ms\":12}"},
        {{.kind = WEND_NOTICE_SERVER, .text = "NOTICE: two\nlines, \"quoted\""},
         "server: NOTICE: two lines, \"quoted\"",
         "level=info event=server text=\"NOTICE: two\\nlines, \\\"quoted\\\"\"",
         "{\"level\":\"info\",\"event\":\"server\",\"text\":\"NOTICE: two\\nlines, "
         "\\\"quoted\\\"\"}"},
        {{.kind = WEND_NOTICE_SERVER, .text = "\033[2J\u202e\xc2\x85\x7f\xff"},
         "server: ?[2J???\ufffd",
         "level=info event=server text=\"\\u001B[2J\\u202e\\u0085\\u007f\ufffd\"",
         "{\"level\":\"info\",\"event\":\"server\","
         "\"text\":\"\\u001B[2J\\u202e\\u0085\\u007f\ufffd\"}"},
        {{.kind = WEND_NOTICE_BEGIN,
          .version = "1",
          .index = 1,
          .total = 1,
          .track = "app",
          .source = "built-in/1.sql"},
         "begin 1",
         "level=debug event=begin track=app version=1 source=built-in/1.sql index=1 total=1",
         "{\"level\":\"debug\",\"event\":\"begin\",\"track\":\"app\",\"version\":\"1\","
         "\"source\":\"built-in/1.sql\",\"index\":1,\"total\":1}"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        const char *const expected[] = {lines[i].text, lines[i].logfmt, lines[i].json};
        for (int format = 0; format < 3; format++) {
            char line[300], cut[5];
            size_t length =
                wend_notice_line(&lines[i].notice, (WendLogFormat)format, line, sizeof line);
            g_assert_cmpstr(line, ==, expected[format]);
            g_assert_cmpuint(length, ==, strlen(line));
            g_assert_cmpuint(wend_notice_line(&lines[i].notice, (WendLogFormat)format, cut, 5), ==,
                             length);
            g_assert_cmpuint(strlen(cut), ==, 4);
        }
    }
}

static void test_error_line(Host *host, gconstpointer data)
{
    (void)host;
    (void)data;
    WendError error = {.code = WEND_FAILED,
                       .message = (char *)"no \"such\"\ntable",
                       .file = (char *)"1.sql",
                       .line = 3,
                       .state = (char *)"nothing of it is left",
                       .hint = (char *)"correct it"};
    static const char *const expected[] = {
        "error: no \"such\" table; at 1.sql:3; state: nothing of it is left; next: correct it",
        "level=error event=error code=1 text=\"no \\\"such\\\"\\ntable\" file=1.sql line=3 "
        "state=\"nothing of it is left\" hint=\"correct it\"",
        "{\"level\":\"error\",\"event\":\"error\",\"code\":1,\"text\":\"no \\\"such\\\"\\ntable\","
        "\"file\":\"1.sql\",\"line\":3,\"state\":\"nothing of it is left\",\"hint\":\"correct "
        "it\"}"};
    for (int format = 0; format < 3; format++) {
        char line[300], cut[5];
        size_t length = wend_error_line(&error, (WendLogFormat)format, line, sizeof line);
        g_assert_cmpstr(line, ==, expected[format]);
        g_assert_cmpuint(wend_error_line(&error, (WendLogFormat)format, cut, 5), ==, length);
    }
    /* A hint that is a list. */
    char line[300];
    error = (WendError){.message = (char *)"a ring",
                        .hint = (char *)"take one of these lines out:\n1.sql:1\n  2.sql:4"};
    wend_error_line(&error, WEND_LOG_TEXT, line, sizeof line);
    g_assert_cmpstr(line, ==, "error: a ring; next: take one of these lines out: 1.sql:1; 2.sql:4");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Host *host, gconstpointer data);
    } tests[] = {
        {"/handle/there-and-back", test_there_and_back},
        {"/handle/status", test_status},
        {"/handle/failure", test_failure},
        {"/handle/reports", test_reports},
        {"/handle/cancel", test_cancel},
        {"/handle/options", test_options},
        {"/handle/refused", test_refused},
        {"/handle/built-in", test_built_in},
        {"/handle/built-in/refused", test_built_in_refused},
        {"/handle/built-in/empty", test_built_in_empty},
        {"/handle/options/refused", test_options_refused},
        {"/handle/tracks", test_tracks},
        {"/handle/secret", test_secret},
        {"/handle/empty", test_empty},
        {"/handle/callbacks", test_callbacks},
        {"/handle/plan", test_plan},
        {"/handle/lines", test_lines},
        {"/handle/error-line", test_error_line},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Host, NULL, host_make, tests[i].run, host_clear);
    return g_test_run();
}
