/* SPDX-License-Identifier: MIT
 *
 * The public face: wend.h's functions over a project. Nothing is decided here; types of other libraries
 * end here.
 */
#include "core/runner.h"

#include "base/error.h"

#define SCHEME_ONLY "sqlite::memory:"

struct WendHandle {
    WendConfig *config;
    WendProject *project;
    void (*report)(const char *event, const char *version, const char *name, int64_t duration_ms,
                   void *data);
    void *data;
    volatile sig_atomic_t interrupts;
};

/* Host programs may pass NULL for the error; inside, there always is one. */
static bool end(WendError *error, WendError *failure, bool ok)
{
    if (!ok)
        wend_error_move(error, failure);
    return ok;
}

static WendConfig *configure(const WendOptions *options, WendError *error)
{
    WendConfigInput input = {
        .database = options->database,
        .migrations = options->migrations,
        .no_files = true,
    };
    if (input.database == NULL && options->connection != NULL)
        input.database = SCHEME_ONLY;
    WendConfig *config = wend_config_load(&input, error);
    if (config == NULL)
        return NULL;
    if (options->table != NULL) {
        g_free(config->table);
        config->table = g_strdup(options->table);
    }
    if (options->lock_timeout_ms > 0)
        config->lock_timeout_ms = options->lock_timeout_ms;
    config->statement_timeout_ms = options->statement_timeout_ms;
    return config;
}

static bool open_project(WendHandle *handle, const WendOptions *options, WendError *error)
{
    handle->config = configure(options, error);
    if (handle->config == NULL)
        return false;
    handle->project = wend_project_new(handle->config, error);
    if (handle->project == NULL)
        return false;
    WendWatch watch = {.interrupts = &handle->interrupts};
    return wend_project_scan(handle->project, error) &&
           wend_project_sound(handle->project, error) &&
           wend_project_connect(handle->project, WEND_CREATE_FILE, &watch, options->connection,
                                error);
}

WendHandle *wend_open(const WendOptions *options, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    WendHandle *handle = g_new0(WendHandle, 1);
    handle->report = options->report;
    handle->data = options->data;
    if (end(error, &failure, open_project(handle, options, &failure)))
        return handle;
    wend_close(handle);
    return NULL;
}

void wend_close(WendHandle *handle)
{
    if (handle == NULL)
        return;
    wend_project_free(handle->project);
    wend_config_free(handle->config);
    g_free(handle);
}

void wend_cancel(WendHandle *handle)
{
    __atomic_add_fetch(&handle->interrupts, 1, __ATOMIC_RELAXED);
}

static void on_report(const WendReport *report, void *data)
{
    static const char *const names[] = {
        [WEND_REPORT_DONE] = "done",     [WEND_REPORT_WARNING] = "warning",
        [WEND_REPORT_RESUME] = "resume", [WEND_REPORT_BACKUP] = "backup",
        [WEND_REPORT_BEGIN] = NULL,      [WEND_REPORT_PLAN] = NULL,
        [WEND_REPORT_ROUND] = NULL,
    };
    WendHandle *handle = data;
    const char *event = names[report->kind];
    if (event == NULL || handle->report == NULL)
        return;
    if (report->step == NULL) {
        handle->report(event, NULL, report->text, 0, handle->data);
        return;
    }
    bool up = report->step->direction == WEND_UP;
    handle->report(up ? "applied" : "reverted", report->step->version, report->step->name,
                   report->ms, handle->data);
}

static bool move(WendHandle *handle, const WendRequest *request, unsigned *done, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    WendMove one = {.request = *request, .report = on_report, .data = handle};
    WendMoved moved = {0};
    bool ok = wend_move_run(handle->project, &one, &moved, &failure);
    if (done != NULL)
        *done = moved.done;
    __atomic_store_n(&handle->interrupts, 0, __ATOMIC_RELAXED);
    return end(error, &failure, ok);
}

bool wend_up(WendHandle *handle, const char *to, unsigned *done, WendError *error)
{
    WendRequest request = {.direction = WEND_UP, .to = to, .count = -1};
    return move(handle, &request, done, error);
}

bool wend_down(WendHandle *handle, const char *to, unsigned *done, WendError *error)
{
    WendRequest request = {.direction = WEND_DOWN, .to = to, .count = -1};
    return move(handle, &request, done, error);
}

bool wend_status(WendHandle *handle, bool (*each)(const WendStanding *one, void *data), void *data,
                 WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(GArray) entries = NULL;
    if (wend_project_read(handle->project, true, &failure))
        entries = wend_project_entries(handle->project, &failure);
    if (entries == NULL)
        return end(error, &failure, false);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        const char *name = wend_entry_name(entry);
        WendStanding one = {
            .id = wend_entry_id(entry),
            .version = wend_entry_version(entry),
            .name = name != NULL ? name : "",
            .state = wend_state_name(entry->state),
            .applied_at = entry->applied != NULL ? entry->applied->applied_at : NULL,
            .pending = wend_state_is_pending(entry->state),
        };
        if (!each(&one, data))
            break;
    }
    return true;
}
