/* SPDX-License-Identifier: MIT
 *
 * Callbacks at work. See callbacks.h.
 */
#include "core/callbacks.h"

#include "base/fault.h"
#include "core/own_values.h"
#include "core/secret.h"
#include "format/directive.h"

#include <string.h>

/* --- reading --- */

static void read_one(WendProject *project, const WendFolder *folder, const char *name,
                     WendMoment moment)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *text = NULL;
    gsize length = 0;
    if (!wend_folder_read(folder, name, &text, &length, &error)) {
        wend_problem_take(project->problems, &error);
        return;
    }
    g_autofree char *file = g_strconcat(folder->path, "/", name, NULL);
    WendCallback *callback = g_new0(WendCallback, 1);
    callback->moment = moment;
    callback->script = wend_script_new(file, 1, text, length);
    wend_directives_scan(callback->script, wend_dialect_flags(project->driver->dialect),
                         project->problems);
    if (project->format->callback_load != NULL)
        project->format->callback_load(folder, callback->script);
    g_ptr_array_add(project->callbacks, callback);
}

void wend_callbacks_read(WendProject *project, const WendFolder *folder)
{
    WendMoment moment;
    g_ptr_array_set_size(project->callbacks, 0);
    for (guint i = 0; project->format->callback != NULL && i < folder->names->len; i++) {
        const char *name = folder->names->pdata[i];
        if (project->format->callback(name, &moment))
            read_one(project, folder, name, moment);
    }
}

/* --- cutting --- */

WendCut *wend_callback_cut(WendProject *project, const WendCallback *callback, const WendStep *step,
                           const GPtrArray *placeholders, WendError *error)
{
    WendOwner owner = {step != NULL ? step->version : NULL, step != NULL ? step->name : NULL,
                       wend_moment_name(callback->moment)};
    if (!wend_own_values_give(project, callback->script, &owner, project->connection == NULL,
                              error))
        return NULL;
    return wend_cut_make(callback->script, project->driver, placeholders, error);
}

/* In a step's transaction there is no place for what commits by itself. */
static bool check_each(const WendCallback *callback, const WendCut *cut, WendError *error)
{
    const WendSegment *only = &g_array_index(cut->segments, WendSegment, 0);
    if (cut->segments->len == 1 && !only->alone && only->batch == NULL && cut->lifted->len == 0)
        return true;
    wend_error_set(error, WEND_USAGE,
                   "%s runs in the transaction of each migration, and this cannot",
                   wend_moment_name(callback->moment));
    wend_error_place(error, callback->script->file, 0, 0);
    return wend_error_hint(error,
                           "what commits by itself, or cannot run in a transaction, may stand "
                           "in beforeUp, afterUp, beforeDown, afterDown or onError");
}

static void cut_free(gpointer cut)
{
    wend_cut_free(cut);
}

static GPtrArray *cut_moment(WendProject *project, const WendStep *step, WendMoment moment,
                             const GPtrArray *placeholders, WendError *error)
{
    g_autoptr(GPtrArray) cuts = g_ptr_array_new_with_free_func(cut_free);
    for (guint i = 0; i < project->callbacks->len; i++) {
        const WendCallback *callback = project->callbacks->pdata[i];
        if (callback->moment != moment)
            continue;
        WendCut *cut = wend_callback_cut(project, callback, step, placeholders, error);
        if (cut == NULL)
            return NULL;
        g_ptr_array_add(cuts, cut);
        if (!check_each(callback, cut, error))
            return NULL;
    }
    return g_steal_pointer(&cuts);
}

bool wend_callbacks_surround(WendProject *project, const WendStep *step, WendCut *cut,
                             WendError *error)
{
    if (project->callbacks->len == 0)
        return true;
    bool up = step->direction == WEND_UP;
    g_autoptr(GPtrArray) before = cut_moment(
        project, step, up ? WEND_BEFORE_EACH : WEND_BEFORE_EACH_DOWN, cut->placeholders, error);
    g_autoptr(GPtrArray) behind =
        before != NULL ? cut_moment(project, step, up ? WEND_AFTER_EACH : WEND_AFTER_EACH_DOWN,
                                    cut->placeholders, error)
                       : NULL;
    if (behind == NULL)
        return false;
    wend_cut_surround(cut, before, behind);
    return true;
}

static bool check_whole(const WendCallback *callback, const WendCut *cut, WendError *error)
{
    for (guint i = 0; i < cut->segments->len; i++) {
        if (g_array_index(cut->segments, WendSegment, i).batch == NULL)
            continue;
        wend_error_set(error, WEND_USAGE,
                       "a callback cannot have a batch: nothing says how far it "
                       "came");
        wend_error_place(error, callback->script->file, 0, 0);
        return wend_error_hint(error, "write it as a migration");
    }
    return true;
}

bool wend_callbacks_check(WendProject *project, WendError *error)
{
    for (guint i = 0; i < project->callbacks->len; i++) {
        const WendCallback *callback = project->callbacks->pdata[i];
        g_autoptr(WendCut) cut =
            wend_callback_cut(project, callback, NULL, project->config->placeholders, error);
        if (cut == NULL)
            return false;
        if (!(wend_moment_is_each(callback->moment) ? check_each(callback, cut, error)
                                                    : check_whole(callback, cut, error)))
            return false;
    }
    return true;
}

/* --- running --- */

static bool run_segment(WendProject *project, const WendCut *cut, guint at, WendError *error)
{
    const WendSegment *segment = &g_array_index(cut->segments, WendSegment, at);
    const WendPiece *pieces = (const WendPiece *)(void *)cut->pieces->data + segment->first;
    WendWork work = {.pieces = pieces,
                     .count = segment->count,
                     .join = WEND_JOIN_NONE,
                     .last = at + 1 == cut->segments->len};
    WendWorked worked = {.piece = -1, .offset = -1};
    bool ok = segment->alone
                  ? project->driver->alone(project->connection, NULL, pieces, &worked, error)
                  : project->driver->transact(project->connection, &work, &worked, error);
    g_free(worked.cursor);
    if (ok)
        return true;
    if (segment->alone || worked.piece >= 0)
        wend_cut_place(cut, segment->first + (guint)MAX(worked.piece, 0), worked.offset, error);
    return false;
}

/* A file of its own, segment by segment. */
static bool run_file(WendProject *project, const WendCallback *callback, WendError *error)
{
    g_autoptr(WendCut) cut =
        wend_callback_cut(project, callback, NULL, project->config->placeholders, error);
    if (cut == NULL)
        return false;
    WendStepSetup setup = {
        .lifted = (const WendPiece *)(void *)cut->lifted->data,
        .lifted_count = cut->lifted->len,
        .lock_timeout_ms = cut->lock_ms,
        .statement_timeout_ms = cut->statement_ms,
    };
    bool ok = project->driver->check(project->connection, error) &&
              project->driver->begin_step(project->connection, &setup, error);
    for (guint i = 0; ok && i < cut->segments->len; i++) {
        if (g_array_index(cut->segments, WendSegment, i).count > 0)
            ok = run_segment(project, cut, i, error);
    }
    project->driver->end_step(project->connection);
    if (!ok && error->file == NULL)
        wend_error_place(error, callback->script->file, 0, 0);
    wend_fault("callback.behind");
    return ok;
}

static void tell(const WendMove *move, WendReportKind kind, const char *moment, const char *what)
{
    g_autofree char *text = g_strdup_printf("%s: %s", moment, what);
    WendReport one = {.kind = kind, .text = text};
    if (move->report != NULL)
        move->report(&one, move->data);
}

static bool run_files(WendProject *project, const WendMove *move, WendMoment moment,
                      WendError *error)
{
    for (guint i = 0; i < project->callbacks->len; i++) {
        const WendCallback *callback = project->callbacks->pdata[i];
        if (callback->moment != moment)
            continue;
        tell(move, WEND_REPORT_CALLBACK, wend_moment_name(moment), callback->script->file);
        if (!run_file(project, callback, error))
            return false;
    }
    return true;
}

static bool run_command(WendProject *project, const WendMove *move, const WendCalled *called,
                        WendError *error)
{
    const WendHook *hook = wend_config_hook(project->config, called->moment);
    if (hook == NULL || move->command == NULL)
        return true;
    if (!wend_moment_is_each(called->moment))
        tell(move, WEND_REPORT_CALLBACK, wend_moment_name(called->moment), hook->command);
    bool ok = move->command(hook, called, move->data, error);
    wend_fault("command.behind");
    return ok;
}

/* Whatever belongs to a moment of the whole run. A command goes before the files ahead of it, and behind them
 * after it. */
static bool run_moment(WendProject *project, const WendMove *move, const WendCalled *called,
                       WendError *error)
{
    bool first = called->moment == WEND_BEFORE_UP || called->moment == WEND_BEFORE_DOWN;
    bool ok = (!first || run_command(project, move, called, error)) &&
              run_files(project, move, called->moment, error) &&
              (first || run_command(project, move, called, error));
    if (!ok)
        wend_secret_hide_error(project->config, error);
    return ok;
}

bool wend_callbacks_has_each(const WendProject *project, WendDirection direction)
{
    bool up = direction == WEND_UP;
    return wend_config_hook(project->config, up ? WEND_BEFORE_EACH : WEND_BEFORE_EACH_DOWN) !=
               NULL ||
           wend_config_hook(project->config, up ? WEND_AFTER_EACH : WEND_AFTER_EACH_DOWN) != NULL;
}

static WendDirection direction_of(const WendRun *run)
{
    return g_array_index(run->plan->steps, WendStep, 0).direction;
}

bool wend_callbacks_begin(WendRun *run, WendError *error)
{
    WendDirection direction = direction_of(run);
    guint bit = 1U << direction;
    if (!run->move->callbacks || run->moved == NULL || (run->moved->begun & bit) != 0)
        return true;
    run->moved->begun |= bit;
    WendCalled called = {.moment = direction == WEND_UP ? WEND_BEFORE_UP : WEND_BEFORE_DOWN,
                         .done = run->moved->done,
                         .total = run->plan->steps->len};
    if (run_moment(run->project, run->move, &called, error))
        return true;
    wend_error_state(error, "no migration was begun; what %s did and committed before that stays",
                     wend_moment_name(called.moment));
    if (error->hint == NULL)
        wend_error_hint(error, "correct it, then run the same command again");
    return false;
}

bool wend_callbacks_each(WendRun *run, guint index, bool behind, WendError *error)
{
    const WendStep *step = &g_array_index(run->plan->steps, WendStep, index);
    bool up = step->direction == WEND_UP;
    WendCalled called = {.moment = behind ? (up ? WEND_AFTER_EACH : WEND_AFTER_EACH_DOWN)
                                          : (up ? WEND_BEFORE_EACH : WEND_BEFORE_EACH_DOWN),
                         .step = step,
                         .done = run->done,
                         .total = run->plan->steps->len};
    if (!run->move->callbacks || run_command(run->project, run->move, &called, error))
        return true;
    wend_secret_hide_error(run->project->config, error);
    g_autofree char *label = wend_step_label(step);
    g_autofree char *done = wend_project_done(run->project, run->done, run->plan->steps->len);
    wend_error_state(error, "%s %s; %s%s", label,
                     !behind ? "was not begun"
                     : up    ? "is applied"
                             : "is taken back",
                     done,
                     run->done > 1    ? ", and stay so"
                     : run->done == 1 ? ", and stays so"
                                      : "");
    return error->hint == NULL &&
           wend_error_hint(error, "correct the command, then run the same command again");
}

static bool run_last(WendProject *project, const WendMove *move, const WendMoved *moved,
                     WendDirection direction, WendError *error)
{
    WendCalled called = {.moment = direction == WEND_UP ? WEND_AFTER_UP : WEND_AFTER_DOWN,
                         .done = moved->done,
                         .total = moved->planned};
    if ((moved->begun & (1U << direction)) == 0 || run_moment(project, move, &called, error))
        return true;
    g_autofree char *all = moved->done == 1 ? g_strdup("the migration is")
                                            : g_strdup_printf("all %u migrations are", moved->done);
    wend_error_state(error, "%s %s, and stay%s so: it was %s that failed", all,
                     direction == WEND_UP ? "applied" : "taken back", moved->done == 1 ? "s" : "",
                     wend_moment_name(called.moment));
    wend_error_hint(error,
                    "correct it; it runs again behind the next migration, or run it by hand now");
    return false;
}

bool wend_callbacks_end(WendProject *project, const WendMove *move, const WendMoved *moved, bool ok,
                        WendError *error)
{
    if (moved->begun == 0)
        return ok;
    ok = ok && run_last(project, move, moved, WEND_DOWN, error) &&
         run_last(project, move, moved, WEND_UP, error);
    if (ok)
        return true;
    wend_secret_hide_error(project->config, error);
    WendCalled called = {
        .moment = WEND_ON_ERROR, .done = moved->done, .total = moved->planned, .failure = error};
    g_auto(WendError) failure = WEND_ERROR_INIT;
    /* Without a connection only a command can do anything. */
    bool told = error->code == WEND_CONNECT ? run_command(project, move, &called, &failure)
                                            : run_moment(project, move, &called, &failure);
    if (!told)
        tell(move, WEND_REPORT_WARNING, "onError failed, too", failure.message);
    return false;
}
