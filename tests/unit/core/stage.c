/* SPDX-License-Identifier: MIT
 *
 * The stage of the core's tests. See stage.h.
 */
#include "stage.h"

#include "../format/sandbox.h"
#include "breaker.h"
#include "values.h"

#include <glib/gstdio.h>
#include <string.h>

static void make(Stage *stage, bool memory)
{
    *stage = (Stage){.root = sandbox_new(), .error = WEND_ERROR_INIT, .log = g_string_new(NULL)};
    sandbox_folder(stage->root, "migrations");
    stage->migrations = g_build_filename(stage->root, "migrations", NULL);
    if (memory)
        g_assert_cmpint(sqlite3_open(":memory:", &stage->db), ==, SQLITE_OK);
    else
        stage->file = g_build_filename(stage->root, "shop.db", NULL);
    g_autofree char *url = g_strconcat("sqlite:", memory ? ":memory:" : stage->file, NULL);
    WendConfigInput input = {.database = url, .migrations = stage->migrations, .no_files = true};
    stage->config = wend_config_load(&input, &stage->error);
    g_assert_nonnull(stage->config);
    stage->config->lock_timeout_ms = 100;
}

void stage_memory(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    make(stage, true);
}

void stage_file(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    make(stage, false);
}

void stage_clear(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    wend_project_free(stage->project);
    wend_config_free(stage->config);
    g_assert_cmpint(sqlite3_close(stage->db), ==, SQLITE_OK);
    wend_error_clear(&stage->error);
    g_string_free(stage->log, TRUE);
    g_free(stage->text);
    g_free(stage->file);
    g_free(stage->migrations);
    sandbox_free(stage->root);
}

/* --- files --- */

void stage_write(Stage *stage, const char *name, const char *text)
{
    sandbox_write(stage->migrations, name, text);
}

void stage_files(Stage *stage, ...)
{
    va_list args;
    va_start(args, stage);
    const char *name;
    while ((name = va_arg(args, const char *)) != NULL)
        stage_write(stage, name, va_arg(args, const char *));
    va_end(args);
}

void stage_remove(Stage *stage, const char *name)
{
    g_autofree char *path = g_build_filename(stage->migrations, name, NULL);
    g_assert_cmpint(g_remove(path), ==, 0);
}

/* --- commands --- */

static const char *const report_names[] = {
    [WEND_REPORT_PLAN] = "plan",     [WEND_REPORT_BACKUP] = "backup",
    [WEND_REPORT_BEGIN] = "begin",   [WEND_REPORT_ROUND] = "round",
    [WEND_REPORT_DONE] = "done",     [WEND_REPORT_WARNING] = "warning",
    [WEND_REPORT_RESUME] = "resume", [WEND_REPORT_CALLBACK] = "callback",
};

static void take_report(const WendReport *report, void *data)
{
    Stage *stage = data;
    g_string_append(stage->log, report_names[report->kind]);
    if (report->kind == WEND_REPORT_PLAN)
        g_string_append_printf(stage->log, " %u", report->total);
    if (report->step != NULL)
        g_string_append_printf(stage->log, " %s", report->step->id);
    if (report->kind == WEND_REPORT_ROUND)
        g_string_append_printf(stage->log, " %" G_GINT64_FORMAT, report->rows);
    if (report->text != NULL)
        g_string_append_printf(stage->log, " %s", report->text);
    g_string_append_c(stage->log, '\n');
    /* Nothing is told as done while it could still be rolled back. */
    if (report->kind == WEND_REPORT_DONE && stage->db != NULL)
        g_assert_cmpint(sqlite3_get_autocommit(stage->db), !=, 0);
}

void stage_open(Stage *stage)
{
    wend_error_clear(&stage->error);
    g_clear_pointer(&stage->project, wend_project_free);
    stage->project = wend_project_new(stage->config, &stage->error);
    g_assert_nonnull(stage->project);
    if (stage->driver != NULL)
        stage->project->driver = stage->driver;
    assert_done(stage, wend_project_scan(stage->project, &stage->error));
    assert_done(stage, wend_project_connect(stage->project, WEND_CREATE_FILE, &stage->watch,
                                            stage->file == NULL ? stage->db : NULL, &stage->error));
}

void stage_read(Stage *stage)
{
    stage_open(stage);
    assert_done(stage, wend_project_read(stage->project, true, &stage->error));
}

bool stage_run(Stage *stage, const WendRequest *request)
{
    stage_open(stage);
    g_string_truncate(stage->log, 0);
    WendMove move = {.request = *request,
                     .one_transaction = stage->one_transaction,
                     .agreed = stage->agreed,
                     .report = take_report,
                     .data = stage};
    return wend_move_run(stage->project, &move, &stage->moved, &stage->error);
}

bool stage_up(Stage *stage)
{
    return stage_run(stage, &(WendRequest){.direction = WEND_UP, .count = -1});
}

bool stage_up_to(Stage *stage, const char *to)
{
    return stage_run(stage, &(WendRequest){.direction = WEND_UP, .count = -1, .to = to});
}

bool stage_down(Stage *stage, gint64 count)
{
    return stage_run(stage, &(WendRequest){.direction = WEND_DOWN, .count = count});
}

bool stage_down_all(Stage *stage)
{
    return stage_run(stage, &(WendRequest){.direction = WEND_DOWN, .count = -1, .all = true});
}

bool stage_redo(Stage *stage)
{
    return stage_down(stage, 1) && stage_up(stage);
}

static bool sweep_once(void (*prepare)(Stage *stage), bool (*command)(Stage *stage), guint nth)
{
    Stage stage;
    stage_file(&stage, NULL);
    prepare(&stage);
    stage.driver = breaker_driver();
    breaker_arm(NULL, nth, WEND_CONNECT, false);
    bool ok = command(&stage), broke = breaker_broke();
    g_assert_cmpint(ok, ==, !broke);
    g_autofree char *lock = g_strconcat(stage.file, "-wend", NULL);
    g_assert_false(g_file_test(lock, G_FILE_TEST_EXISTS));
    breaker_arm(NULL, 0, WEND_OK, false);
    if (broke) {
        g_assert_true(stage_failed(&stage, WEND_CONNECT, BREAKER_MESSAGE));
        assert_done(&stage, command(&stage));
    }
    stage_clear(&stage, NULL);
    return broke;
}

void stage_sweep(void (*prepare)(Stage *stage), bool (*command)(Stage *stage))
{
    guint nth = 1;
    while (sweep_once(prepare, command, nth))
        nth++;
    g_assert_cmpuint(nth, >, 2);
}

/* --- the test's own SQL --- */

static sqlite3 *own_connection(Stage *stage)
{
    if (stage->db == NULL)
        g_assert_cmpint(sqlite3_open(stage->file, &stage->db), ==, SQLITE_OK);
    return stage->db;
}

void stage_sql(Stage *stage, const char *sql)
{
    char *message = NULL;
    sqlite3_exec(own_connection(stage), sql, NULL, NULL, &message);
    g_assert_cmpstr(message, ==, NULL);
}

static int add_row(void *data, int count, char **values, G_GNUC_UNUSED char **names)
{
    for (int i = 0; i < count; i++)
        g_string_append_printf(data, "%s%s", i > 0 ? " " : "", values[i] != NULL ? values[i] : "-");
    g_string_append_c(data, '\n');
    return 0;
}

char *stage_rows(Stage *stage, const char *sql)
{
    char *message = NULL;
    GString *rows = g_string_new(NULL);
    sqlite3_exec(own_connection(stage), sql, add_row, rows, &message);
    g_assert_cmpstr(message, ==, NULL);
    return g_string_free(rows, FALSE);
}

char *stage_states(Stage *stage)
{
    stage_read(stage);
    g_autoptr(GArray) entries = wend_project_entries(stage->project, &stage->error);
    g_assert_nonnull(entries);
    return values_states(entries);
}

bool stage_mentions(const char *text, const char *part)
{
    if (text != NULL && strstr(text, part) != NULL)
        return true;
    g_test_message("\"%s\" does not mention \"%s\"", text, part);
    return false;
}

bool stage_failed(const Stage *stage, WendCode code, const char *message)
{
    const WendError *error = &stage->error;
    if (error->code != code)
        g_test_message("code %d: %s", error->code, error->message);
    return error->code == code && (message == NULL || stage_mentions(error->message, message));
}
