/* SPDX-License-Identifier: MIT
 *
 * The public face: wend.h's functions over a project. Nothing is decided here; types of other libraries
 * end here.
 */
#include "core/log.h"
#include "core/runner.h"
#include "core/secret.h"

#include <string.h>

#define SCHEME_ONLY "sqlite::memory:"

struct WendHandle {
    WendConfig *config;
    WendProject *project;
    WendFiles files;
    const char *track; /* NULL = none was named */
    bool out_of_order, newer;
    void (*notice)(const WendNotice *notice, void *data);
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

/* --- options --- */

/* NULL = nothing is wrong with them that can be seen here. */
static const char *fault_of(const WendOptions *options)
{
    const char *track = options->track, *table = options->table;
    if (options->database == NULL && options->connection == NULL)
        return "no database is named";
    if (options->files == NULL && options->file_count > 0)
        return "there is a file_count, and no files";
    if (track != NULL && *track == '\0')
        return "the track has no name";
    if (table != NULL && *table == '\0')
        return "the history table has no name";
    if (table != NULL && !wend_config_table_fits(table))
        return "the name of the history table is too long";
    if (track != NULL && strcmp(track, "main") != 0 && table == NULL)
        return "a track needs a history table of its own";
    return NULL;
}

/* A host that was compiled with an older wend.h has a shorter struct; the oldest one ended before `out_of_order`. */
static bool take_options(const WendOptions *given, WendOptions *options, WendError *error)
{
    if (given == NULL || given->size < offsetof(WendOptions, out_of_order) ||
        given->size > sizeof *options) {
        wend_error_set(error, WEND_USAGE, "the size of the WendOptions is none of this library");
        return wend_error_hint(error, "begin with WEND_OPTIONS_INIT; a newer wend.h needs the "
                                      "library of its release");
    }
    *options = (WendOptions)WEND_OPTIONS_INIT;
    memcpy(options, given, given->size);
    const char *fault = fault_of(options);
    if (fault == NULL)
        return true;
    wend_error_set(error, WEND_USAGE, "%s", fault);
    return wend_error_hint(error, "see WendOptions in wend.h");
}

static bool take_placeholders(WendConfig *config, const char *const *pairs, WendError *error)
{
    for (; pairs != NULL && pairs[0] != NULL; pairs += 2) {
        if (pairs[1] == NULL)
            return wend_error_set(error, WEND_USAGE, "the placeholder %s has no value", pairs[0]);
        WendPlaceholder *one = g_new0(WendPlaceholder, 1);
        one->name = g_strdup(pairs[0]);
        one->value = g_strdup(pairs[1]);
        one->secret = true;
        g_ptr_array_add(config->placeholders, one);
    }
    return true;
}

static void replace(char **field, const char *value)
{
    if (value == NULL)
        return;
    g_free(*field);
    *field = g_strdup(value);
}

static WendConfig *configure(const WendOptions *options, WendError *error)
{
    WendConfigInput input = {
        .database = options->database,
        .migrations = options->files != NULL ? WEND_BUILT_IN : options->migrations,
        .format = options->format,
        .no_files = true,
    };
    if (input.database == NULL && options->connection != NULL)
        input.database = SCHEME_ONLY;
    g_autoptr(WendConfig) config = wend_config_load(&input, error);
    if (config == NULL || !take_placeholders(config, options->placeholders, error))
        return NULL;
    replace(&config->table, options->table);
    if (config->table != NULL && (g_ascii_strcasecmp(config->table, config->journal) == 0 ||
                                  g_ascii_strcasecmp(config->table, config->scripts) == 0)) {
        wend_error_set(error, WEND_USAGE,
                       "the history cannot be in the table of wend's journal or scripts");
        return NULL;
    }
    replace(&config->track, options->track);
    if (options->lock_timeout_ms > 0)
        config->lock_timeout_ms = options->lock_timeout_ms;
    config->statement_timeout_ms = options->statement_timeout_ms;
    config->wait_ms = options->wait_ms;
    return g_steal_pointer(&config);
}

/* --- what is told --- */

static void tell(const WendHandle *handle, WendNotice *notice)
{
    notice->track = handle->track;
    if (handle->notice != NULL)
        handle->notice(notice, handle->data);
}

static void on_waiting(WendWaiting kind, const WendWho *holder, const char *text, gint64 waited_ms,
                       void *data)
{
    g_autofree char *what = wend_waiting_text(kind, holder, text);
    WendNotice notice = {.kind = WEND_NOTICE_WAITING, .text = what, .duration_ms = waited_ms};
    tell(data, &notice);
}

static void on_notice(const char *text, void *data)
{
    const WendHandle *handle = data;
    g_autofree char *hidden = wend_secret_hide(handle->config, text);
    WendNotice notice = {.kind = WEND_NOTICE_SERVER, .text = hidden != NULL ? hidden : text};
    tell(handle, &notice);
}

static WendNoticeKind kind_of(const WendReport *report)
{
    switch (report->kind) {
    case WEND_REPORT_PLAN:
        return WEND_NOTICE_PLAN;
    case WEND_REPORT_BEGIN:
        return WEND_NOTICE_BEGIN;
    case WEND_REPORT_ROUND:
        return WEND_NOTICE_ROUND;
    case WEND_REPORT_RESUME:
        return WEND_NOTICE_RESUME;
    case WEND_REPORT_CALLBACK:
        return WEND_NOTICE_CALLBACK;
    case WEND_REPORT_DONE:
        return report->step->direction == WEND_UP ? WEND_NOTICE_APPLIED : WEND_NOTICE_REVERTED;
    default:
        return WEND_NOTICE_WARNING;
    }
}

static void on_report(const WendReport *report, void *data)
{
    WendNotice notice = {
        .kind = kind_of(report),
        .text = report->text,
        .total = report->total,
        .rows = report->rows,
        .duration_ms = report->ms,
    };
    if (report->kind == WEND_REPORT_PLAN)
        notice.direction = wend_direction_name(report->direction);
    if (report->step != NULL) {
        notice.direction = wend_direction_name(report->step->direction);
        notice.version = report->step->version;
        notice.name = report->step->name;
        notice.index = report->index + 1;
        notice.source = report->step->script != NULL ? report->step->script->file : NULL;
    }
    tell(data, &notice);
}

/* --- open and close --- */

static bool open_project(WendHandle *handle, const WendOptions *given, WendError *error)
{
    WendOptions options;
    if (!take_options(given, &options, error))
        return false;
    handle->notice = options.notice;
    handle->data = options.data;
    handle->out_of_order = options.out_of_order;
    handle->newer = options.newer;
    handle->config = configure(&options, error);
    if (handle->config == NULL)
        return false;
    handle->track = options.track != NULL ? handle->config->track : NULL;
    if (options.files != NULL) {
        handle->files = (WendFiles){options.files, options.file_count};
        handle->config->files = &handle->files;
    }
    handle->project = wend_project_new(handle->config, error);
    if (handle->project == NULL)
        return false;
    WendWatch watch = {.waiting = on_waiting,
                       .notice = on_notice,
                       .data = handle,
                       .interrupts = &handle->interrupts,
                       .cancel = options.cancel};
    return wend_project_scan(handle->project, error) &&
           wend_project_sound(handle->project, error) &&
           wend_project_connect(handle->project,
                                options.create_database ? WEND_CREATE_DATABASE : WEND_CREATE_FILE,
                                &watch, options.connection, error);
}

WendHandle *wend_open(const WendOptions *options, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    WendHandle *handle = g_new0(WendHandle, 1);
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

/* --- move --- */

static WendMove move_for(WendHandle *handle, WendDirection direction, const char *to)
{
    return (WendMove){
        .request = {.direction = direction,
                    .to = to,
                    .count = -1,
                    .out_of_order = handle->out_of_order,
                    .newer = handle->newer},
        .callbacks = true,
        .refuse_empty = direction == WEND_UP,
        .report = on_report,
        .data = handle,
    };
}

static bool move(WendHandle *handle, WendDirection direction, const char *to, unsigned *done,
                 WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    WendMove one = move_for(handle, direction, to);
    WendMoved moved = {0};
    bool ok = wend_move_run(handle->project, &one, &moved, &failure);
    if (done != NULL)
        *done = moved.done;
    __atomic_store_n(&handle->interrupts, 0, __ATOMIC_RELAXED);
    return end(error, &failure, ok);
}

bool wend_up(WendHandle *handle, const char *to, unsigned *done, WendError *error)
{
    return move(handle, WEND_UP, to, done, error);
}

bool wend_down(WendHandle *handle, const char *to, unsigned *done, WendError *error)
{
    return move(handle, WEND_DOWN, to, done, error);
}

/* --- look --- */

static GArray *read_entries(WendHandle *handle, WendError *error)
{
    return wend_project_read(handle->project, true, error)
               ? wend_project_entries(handle->project, error)
               : NULL;
}

static WendStanding standing_of(const WendEntry *entry)
{
    const char *name = wend_entry_name(entry);
    return (WendStanding){
        .id = wend_entry_id(entry),
        .version = wend_entry_version(entry),
        .name = name != NULL ? name : "",
        .state = wend_state_name(entry->state),
        .applied_at = entry->applied != NULL ? entry->applied->applied_at : NULL,
        .pending = wend_state_is_pending(entry->state),
    };
}

bool wend_status(WendHandle *handle, bool (*each)(const WendStanding *one, void *data), void *data,
                 WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(GArray) entries = read_entries(handle, &failure);
    if (entries == NULL)
        return end(error, &failure, false);
    for (guint i = 0; i < entries->len; i++) {
        WendStanding one = standing_of(&g_array_index(entries, WendEntry, i));
        if (!each(&one, data))
            break;
    }
    return true;
}

bool wend_summary(WendHandle *handle, WendSummary *summary, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(GArray) entries = read_entries(handle, &failure);
    if (entries == NULL)
        return end(error, &failure, false);
    *summary = (WendSummary){.half_done = handle->project->unfinished != NULL};
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        bool applied = entry->applied != NULL;
        summary->applied += applied;
        summary->pending += wend_state_is_pending(entry->state);
        summary->missing += entry->state == WEND_STATE_MISSING;
        if (applied && wend_entry_kind(entry) != WEND_KIND_REPEATABLE)
            g_strlcpy(summary->version, wend_entry_version(entry), sizeof summary->version);
    }
    return true;
}

bool wend_plan(WendHandle *handle, bool down, const char *to,
               bool (*each)(const WendStanding *one, void *data), void *data, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    WendMove one = move_for(handle, down ? WEND_DOWN : WEND_UP, to);
    g_autoptr(WendPlan) plan = wend_move_plan(handle->project, &one, &failure);
    if (plan == NULL)
        return end(error, &failure, false);
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        WendStanding standing = {
            .id = step->id,
            .version = step->version,
            .name = step->name != NULL ? step->name : "",
            .state = step->applied != NULL ? "applied" : "pending",
            .applied_at = step->applied != NULL ? step->applied->applied_at : NULL,
            .pending = !down,
        };
        if (!each(&standing, data))
            break;
    }
    return true;
}
