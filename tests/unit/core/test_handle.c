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

static void take_report(const char *event, const char *version, const char *name,
                        int64_t duration_ms, void *data)
{
    g_assert_cmpint(duration_ms, >=, 0);
    g_string_append_printf(data, "%s %s %s\n", event, version != NULL ? version : "-", name);
}

static void open_handle(Host *host)
{
    WendOptions options = {.migrations = host->stage.migrations,
                           .connection = host->stage.db,
                           .lock_timeout_ms = 50,
                           .report = take_report,
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
    g_assert_cmpstr(host->log->str, ==, "applied 1 a\napplied 2 b\n");
    assert_rows(&host->stage, OBJECTS, "a\nb\n");
    g_autofree char *all = standings(host);
    g_assert_cmpstr(all, ==, "1 1 a applied then\n2 2 b applied then\n");
    g_string_truncate(host->log, 0);
    assert_done(&host->stage, wend_down(host->handle, "1", NULL, &host->stage.error));
    g_assert_cmpstr(host->log->str, ==, "reverted 2 b\n");
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
    g_assert_cmpstr(host->log->str, ==, "applied 1 a\napplied 2 b\n");
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
                    "resume - 3_c is half done (up): going on at statement 3 of 2\n"
                    "applied 3 c\n"
                    "warning - 1 applied migration has no file here: 1_a\napplied 4 d\n");
    /* Nobody has to listen. */
    WendOptions options = {.migrations = host->stage.migrations, .connection = host->stage.db};
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
    WendOptions options = {.database = url,
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
        wend_error_clear(&host->stage.error);
        if (options.migrations == NULL)
            options.migrations = host->stage.migrations;
        g_assert_null(wend_open(&options, &host->stage.error));
        g_assert_true(stage_failed(&host->stage, refusals[i].code, NULL));
        g_assert_null(wend_open(&options, NULL));
    }
    stage_write(&host->stage, "oops.sql", "SELECT 1;");
    WendOptions options = {.migrations = host->stage.migrations, .connection = host->stage.db};
    g_assert_null(wend_open(&options, &host->stage.error));
    g_assert_true(stage_failed(&host->stage, WEND_USAGE, "the name does not begin"));
    wend_close(NULL);
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
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Host, NULL, host_make, tests[i].run, host_clear);
    return g_test_run();
}
