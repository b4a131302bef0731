/* SPDX-License-Identifier: MIT
 *
 * Moving a target: look, plan, lock, look again, finish what is half done, check every script, run.
 * The running itself is runner.c's.
 */
#include "base/fault.h"
#include "core/callbacks.h"
#include "core/own_values.h"
#include "core/rows.h"
#include "core/run.h"
#include "core/tool_lock.h"

#include <string.h>

static void tell(const WendMove *move, WendReportKind kind, guint total, const char *text)
{
    if (move->report == NULL)
        return;
    WendReport one = {
        .kind = kind, .direction = move->request.direction, .total = total, .text = text};
    move->report(&one, move->data);
}

/* --- planning --- */

/* A baseline file may be used only where nobody has anything yet; asked only when it matters. */
static bool find_empty(WendProject *project, WendRequest *request, WendError *error)
{
    bool baseline = false;
    for (guint i = 0; i < project->migrations->len; i++) {
        const WendMigration *migration = project->migrations->pdata[i];
        baseline |= migration->kind == WEND_KIND_BASELINE;
    }
    request->empty = false;
    if (!baseline || project->applied->len > 0)
        return true;
    const char *own[] = {project->table, project->journal.table, project->journal.scripts, NULL};
    return project->driver->is_empty(project->connection, own, &request->empty, error);
}

/* A step that was half done counts as one of those asked for in its direction. */
static void count_finished(WendRequest *request, const WendDirection *finished)
{
    if (finished == NULL || *finished != request->direction)
        return;
    gint64 count = request->count;
    if (request->to != NULL && (request->to[0] == '+' || request->to[0] == '-')) {
        count = g_ascii_strtoll(request->to + 1, NULL, 10);
        if (count > 0)
            request->to = NULL;
    } else if (count < 0 && request->direction == WEND_DOWN && request->to == NULL &&
               request->batch == NULL && !request->all) {
        count = 1;
    }
    if (count > 0)
        request->count = count - 1;
}

/* `finished`: the direction of a step that was, or will be, finished first; NULL = none. */
static WendPlan *make_plan(WendProject *project, const WendMove *move,
                           const WendDirection *finished, WendError *error)
{
    WendRequest request = move->request;
    count_finished(&request, finished);
    bool safe = request.direction == WEND_DOWN || request.newer ||
                wend_project_check_folder(project, request.may_force, error);
    if (!safe || !find_empty(project, &request, error))
        return NULL;
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return NULL;
    WendPlan *plan = wend_plan_make(entries, project->format, &request, error);
    if (plan != NULL || error == NULL || error->code != WEND_DISAGREE)
        return plan;
    /* Show where the first changed file differs. */
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->state != WEND_STATE_CHANGED)
            continue;
        g_autofree char *difference = wend_project_difference(project, entry);
        if (difference != NULL)
            wend_error_state(error, "nothing was run; %s", difference);
        wend_error_place(error, entry->migration->up->file, 0, 0);
        break;
    }
    return NULL;
}

static WendApplied *as_applied(const WendProject *project, const WendMigration *migration)
{
    WendApplied *applied =
        wend_applied_new(migration->kind, migration->id, migration->version, migration->name);
    applied->position = g_strdup(migration->position);
    if (project->history->same == NULL)
        applied->checksum = g_strdup(migration->up->checksum);
    return applied;
}

/* What the history will say once the half-done step is finished. Only for looking: what was read is no
 * longer what the target says. */
static void assume_finished(WendProject *project)
{
    const WendUnfinished *unfinished = project->unfinished;
    bool up = unfinished->direction == WEND_UP;
    for (guint i = 0; i < project->applied->len; i++) {
        const WendApplied *one = project->applied->pdata[i];
        if (strcmp(one->id, unfinished->id) == 0) {
            g_ptr_array_remove_index(project->applied, i);
            break;
        }
    }
    for (guint i = 0; up && i < project->migrations->len; i++) {
        const WendMigration *migration = project->migrations->pdata[i];
        if (strcmp(migration->id, unfinished->id) == 0)
            g_ptr_array_add(project->applied, as_applied(project, migration));
    }
}

static WendPlan *plan_of(const WendStep *step)
{
    WendPlan *plan = wend_plan_new();
    g_array_append_vals(plan->steps, step, 1);
    return plan;
}

/* The half-done step, as a plan of one. Its text: the file's, while that still holds the finished part;
 * for a way back whose file is gone, what was stored when it began. */
static WendPlan *unfinished_plan(WendProject *project, const GArray *entries, WendError *error)
{
    const WendUnfinished *unfinished = project->unfinished;
    const WendEntry *entry = NULL;
    for (guint i = 0; i < entries->len && entry == NULL; i++) {
        const WendEntry *one = &g_array_index(entries, WendEntry, i);
        if (strcmp(wend_entry_id(one), unfinished->id) == 0)
            entry = one;
    }
    if (entry == NULL || (unfinished->direction == WEND_UP && entry->migration == NULL)) {
        g_autofree char *label = wend_project_label(project, unfinished->id);
        wend_error_set(error, WEND_DISAGREE, "%s is half done, and its file is gone", label);
        wend_error_hint(error, "bring the file back, or `wend repair` lists the ways on");
        return NULL;
    }
    WendStep step = {
        .direction = unfinished->direction,
        .kind = wend_entry_kind(entry),
        .id = wend_entry_id(entry),
        .version = wend_entry_version(entry),
        .name = wend_entry_name(entry),
        .migration = entry->migration,
        .applied = entry->applied,
        .from_store = unfinished->direction == WEND_DOWN &&
                      (entry->migration == NULL || entry->state == WEND_STATE_CHANGED ||
                       entry->state == WEND_STATE_OUTDATED),
    };
    return plan_of(&step);
}

/* A step without a script (a repeatable's row that only goes) has nothing to cut. */
static WendCut *cut_step(WendProject *project, WendStep *step, WendError *error)
{
    if (step->script == NULL) {
        g_autofree char *label = wend_step_label(step);
        step->owned = wend_script_new(label, 1, g_strdup(""), 0);
        step->script = step->owned;
    }
    return wend_cut_make(step->script, project->driver, project->config->placeholders, error);
}

bool wend_move_may_finish(WendProject *project, WendError *error)
{
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    g_autoptr(WendPlan) plan = entries != NULL ? unfinished_plan(project, entries, error) : NULL;
    if (plan == NULL || !wend_project_load(project, plan, error))
        return false;
    g_autoptr(WendCut) cut = cut_step(project, &g_array_index(plan->steps, WendStep, 0), error);
    return cut != NULL && wend_recovery_may_resume(project->unfinished, cut, error);
}

/* What of the half-done step would run. Where that cannot be said, `up` will say why; NULL only when reading
 * failed. */
static WendFinish *look_at_finish(WendProject *project, WendError *error)
{
    const WendUnfinished *unfinished = project->unfinished;
    g_autoptr(WendFinish) finish = g_new0(WendFinish, 1);
    finish->label = wend_project_label(project, unfinished->id);
    finish->id = g_strdup(unfinished->id);
    finish->direction = unfinished->direction;
    finish->next = unfinished->done + !unfinished->more;
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(GArray) entries = wend_project_entries(project, &failure);
    g_autoptr(WendPlan) one = entries != NULL ? unfinished_plan(project, entries, &failure) : NULL;
    if (one != NULL && wend_project_load(project, one, &failure)) {
        WendStep *step = &g_array_index(one->steps, WendStep, 0);
        finish->script = step->script;
        finish->owned = g_steal_pointer(&step->owned);
    } else if (failure.code == WEND_FAILED || failure.code == WEND_CONNECT) {
        wend_error_move(error, &failure);
        return NULL;
    }
    return g_steal_pointer(&finish);
}

/* Another run may commit between two reads: only under the lock do they have to agree. */
static WendPlan *look_at(WendProject *project, const WendMove *move, WendError *error)
{
    if (!wend_project_sound(project, error) || !wend_project_read(project, false, error))
        return NULL;
    const WendUnfinished *unfinished = project->unfinished;
    g_autoptr(WendFinish) finish = NULL;
    if (unfinished != NULL) {
        finish = look_at_finish(project, error);
        if (finish == NULL)
            return NULL;
        assume_finished(project);
    }
    g_autoptr(WendPlan) plan =
        make_plan(project, move, unfinished != NULL ? &unfinished->direction : NULL, error);
    if (plan == NULL || !wend_project_load(project, plan, error))
        return NULL;
    plan->finish = g_steal_pointer(&finish);
    return g_steal_pointer(&plan);
}

WendPlan *wend_move_plan(WendProject *project, const WendMove *move, WendError *error)
{
    g_autoptr(WendPlan) plan = look_at(project, move, error);
    if (plan == NULL || !wend_project_books(project, plan, move->request.direction, error))
        return NULL;
    return g_steal_pointer(&plan);
}

WendPlan *wend_move_plan_from(WendProject *project, const WendMove *move, const char *from,
                              WendError *error)
{
    WendRequest request = move->request;
    const char *position = "";
    if (!wend_project_sound(project, error))
        return NULL;
    g_ptr_array_set_size(project->applied, 0);
    g_autoptr(GArray) files = wend_project_entries(project, error);
    if (files == NULL)
        return NULL;
    request.empty = strcmp(from, "base") == 0;
    if (!request.empty) {
        const WendEntry *entry = wend_entry_find(files, project->format, from, error);
        if (entry == NULL)
            return NULL;
        position = wend_entry_position(entry);
    }
    for (guint i = 0; i < project->migrations->len; i++) {
        const WendMigration *migration = project->migrations->pdata[i];
        if (migration->kind == WEND_KIND_VERSIONED && strcmp(migration->position, position) <= 0)
            g_ptr_array_add(project->applied, as_applied(project, migration));
    }
    project->has_history = project->has_journal = project->has_scripts = !request.empty;
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return NULL;
    g_autoptr(WendPlan) plan = wend_plan_make(entries, project->format, &request, error);
    if (plan == NULL || !wend_project_load(project, plan, error))
        return NULL;
    return g_steal_pointer(&plan);
}

/* Whether the plan is still the one that a person said yes to. */
static bool as_agreed(const WendPlan *plan, const char *const *agreed, WendError *error)
{
    if (agreed == NULL)
        return true;
    g_auto(GStrv) ids = wend_plan_ids(plan);
    bool same = g_strv_equal((const char *const *)ids, agreed);
    if (same)
        return true;
    wend_error_set(error, WEND_DISAGREE, "the database changed while you were asked");
    return wend_error_hint(error, "run the command again and look at the new plan");
}

/* --- cutting --- */

static void cut_free(gpointer cut)
{
    wend_cut_free(cut);
}

static const WendSegment *segment_of(const WendCut *cut, guint at)
{
    return &g_array_index(cut->segments, WendSegment, at);
}

static bool check_one_transaction(const WendStep *step, const WendCut *cut, WendError *error)
{
    const WendSegment *only = &g_array_index(cut->segments, WendSegment, 0);
    if (cut->segments->len == 1 && !only->alone && only->batch == NULL && cut->lifted->len == 0)
        return true;
    g_autofree char *label = wend_step_label(step);
    wend_error_set(error, WEND_USAGE, "%s cannot run in one transaction with the others", label);
    wend_error_place(error, step->script->file, 0, 0);
    return wend_error_hint(error,
                           "it commits by itself, turns foreign keys off, or has a statement "
                           "that cannot run in a transaction; leave --one-transaction out");
}

/* `done`: so many of its statements have run. */
static bool check_pieces(const WendProject *project, const WendCut *cut, guint done,
                         WendError *error)
{
    for (guint i = 0; project->driver->can_run != NULL && i < cut->pieces->len; i++) {
        const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, i);
        if (piece->number > done && !project->driver->can_run(project->connection, piece, error))
            return wend_cut_place(cut, i, 0, error);
    }
    return true;
}

/* It is written down with what it did, or nothing of it is there. */
static bool check_seed(const WendCut *cut, WendError *error)
{
    for (guint i = 0; i < cut->segments->len; i++) {
        const WendSegment *segment = segment_of(cut, i);
        if (cut->segments->len == 1 && !segment->alone && segment->batch == NULL)
            return true;
        if (i == 0 && !segment->alone && segment->batch == NULL)
            continue;
        wend_error_set(error, WEND_USAGE, "a seed is one transaction, and this statement %s",
                       segment->alone           ? "cannot run in it"
                       : segment->batch != NULL ? "commits in rounds"
                                                : "is behind the end of it");
        wend_error_hint(error, "%s", "move it into a migration; to empty a table, use DELETE");
        return wend_cut_place(cut, segment->first, 0, error);
    }
    return true;
}

static bool cut_all(WendRun *run, WendError *error)
{
    for (guint i = 0; i < run->plan->steps->len; i++) {
        WendStep *step = &g_array_index(run->plan->steps, WendStep, i);
        WendCut *cut = cut_step(run->project, step, error);
        if (cut == NULL)
            return false;
        g_ptr_array_add(run->cuts, cut);
        if (run->move->callbacks && !wend_callbacks_surround(run->project, step, cut, error))
            return false;
        if (run->project->format->seeds && !check_seed(cut, error))
            return false;
        if (!check_pieces(run->project, cut, run->resuming && i == 0 ? run->resume_finished : 0,
                          error))
            return false;
        if (run->move->one_transaction && !check_one_transaction(step, cut, error))
            return false;
    }
    return true;
}

bool wend_move_may_redo(WendProject *project, GHashTable *ids, WendError *error)
{
    WendMove up = {
        .request = {.direction = WEND_UP, .count = -1, .only = ids, .out_of_order = true}};
    g_autoptr(WendPlan) plan = wend_move_plan(project, &up, error);
    if (plan == NULL)
        return false;
    for (guint i = 0; i < project->migrations->len; i++) {
        WendMigration *migration = project->migrations->pdata[i];
        if (!g_hash_table_contains(ids, migration->id))
            continue;
        project->format->load(migration, project->driver->dialect, project->problems);
        WendOwner owner = {migration->version, migration->name, wend_direction_name(WEND_UP)};
        if (!wend_own_values_give(project, migration->up, &owner, false, error))
            return false;
        g_autoptr(WendCut) cut =
            wend_cut_make(migration->up, project->driver, project->config->placeholders, error);
        if (cut == NULL)
            return false;
    }
    return wend_project_sound(project, error);
}

/* --- running --- */

/* The server speaks of what it refused; this says what it was for. */
static bool tell_tables(WendError *error)
{
    if (error == NULL || error->code != WEND_FAILED)
        return false;
    g_auto(WendError) cause = WEND_ERROR_INIT;
    wend_error_move(&cause, error);
    wend_error_set(error, WEND_FAILED, "wend's own tables cannot be made: %s", cause.message);
    wend_error_hint(error, "%s",
                    cause.hint != NULL ? cause.hint
                                       : "see that nothing else has the name of one of them, and "
                                         "that the user may make them");
    return cause.vendor != NULL && wend_error_vendor(error, "%s", cause.vendor);
}

static bool make_tables(WendProject *project, WendError *error)
{
    if (project->has_history && project->has_journal && project->has_scripts)
        return true;
    g_autoptr(GPtrArray) queries = wend_queries_new();
    wend_rows_tables(project, queries);
    if (!project->driver->write(project->connection, queries, error))
        return tell_tables(error);
    wend_fault("tables.made");
    project->has_history = project->has_journal = project->has_scripts = true;
    return true;
}

static bool run_plan(WendProject *project, const WendMove *move, const WendPlan *plan, WendRun *run,
                     WendError *error)
{
    run->project = project;
    run->move = move;
    run->plan = plan;
    run->cuts = g_ptr_array_new_with_free_func(cut_free);
    bool ok = cut_all(run, error) && (!move->callbacks || wend_callbacks_check(project, error)) &&
              wend_callbacks_begin(run, error);
    if (ok && run->resuming)
        wend_cut_part(run->cuts->pdata[0], run->resume_finished);
    ok = ok && make_tables(project, error) && wend_run_steps(run, error);
    g_ptr_array_unref(run->cuts);
    return ok;
}

bool wend_move_step(WendProject *project, const WendMove *move, const WendStep *step,
                    WendError *error)
{
    g_autoptr(WendPlan) plan = plan_of(step);
    WendRun run = {0};
    return wend_project_load(project, plan, error) && run_plan(project, move, plan, &run, error);
}

/* Asks the driver whether the statement under way has happened, as whom and within which limits it ran. */
static bool judge(WendProject *project, const WendCut *cut, WendError *error)
{
    WendUnfinished *unfinished = project->unfinished;
    const WendPiece *piece = wend_recovery_question(unfinished, cut);
    const WendDriver *driver = project->driver;
    WendVerdict verdict;
    g_autofree char *why = NULL;
    if (piece == NULL)
        return true;
    bool temporary;
    g_autoptr(GArray) settings = wend_cut_settings(cut, unfinished->done, &temporary);
    WendStepSetup setup = {
        .settings = (const WendPiece *)(void *)settings->data,
        .settings_count = settings->len,
        .lock_timeout_ms = cut->lock_ms,
        .statement_timeout_ms = cut->statement_ms,
    };
    if (!driver->begin_step(project->connection, &setup, error))
        return false;
    bool ok =
        driver->judge(project->connection, piece, unfinished->before, &verdict, &why, error) ||
        wend_error_state(error, "what statement %u left when it was cut off is there still",
                         unfinished->intent);
    driver->end_step(project->connection);
    return ok && wend_recovery_answer(unfinished, cut, verdict, why, error);
}

static bool resume(WendProject *project, const WendMove *move, WendPlan *plan, WendRun *run,
                   WendError *error)
{
    WendStep *step = &g_array_index(plan->steps, WendStep, 0);
    g_autoptr(WendCut) cut = cut_step(project, step, error);
    if (cut == NULL || (move->callbacks && !wend_callbacks_surround(project, step, cut, error)) ||
        !judge(project, cut, error) ||
        !wend_recovery_resume(project->unfinished, cut, &run->resume_segment, error))
        return false;
    run->resuming = true;
    run->resume_done = project->unfinished->done;
    run->resume_finished = wend_recovery_finished(project->unfinished);
    run->resume_judged = project->unfinished->judged;
    if (project->unfinished->more)
        run->resume_cursor = g_strdup(project->unfinished->cursor);
    run->resume_number = project->unfinished->number;
    run->careful_below = 1;
    g_autofree char *label = wend_step_label(step);
    guint next = project->unfinished->done + !project->unfinished->more;
    g_autofree char *where =
        next > cut->statements->len
            ? g_strdup("only its end is left")
            : g_strdup_printf("going on at statement %u of %u", next, cut->statements->len);
    g_autofree char *text = g_strdup_printf("%s is half done (%s): %s", label,
                                            wend_direction_name(step->direction), where);
    tell(move, WEND_REPORT_RESUME, 1, text);
    wend_fault("resume.before");
    return run_plan(project, move, plan, run, error);
}

bool wend_move_finish(WendProject *project, const WendMove *move, WendMoved *moved,
                      WendError *error)
{
    if (project->unfinished == NULL)
        return true;
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return false;
    g_autoptr(WendPlan) plan = unfinished_plan(project, entries, error);
    if (plan == NULL || !wend_project_load(project, plan, error))
        return false;
    WendRun run = {.moved = moved};
    bool ok = resume(project, move, plan, &run, error);
    g_free(run.resume_cursor);
    wend_fault("resume.after");
    moved->done += run.done;
    moved->planned++;
    return ok && wend_project_read(project, false, error);
}

static bool make_backup(WendProject *project, const WendMove *move, WendError *error)
{
    if (move->backup == NULL)
        return true;
    if (!project->driver->backup(project->connection, move->backup, error))
        return false;
    g_autofree char *line = project->driver->restore(project->connection, move->backup);
    tell(move, WEND_REPORT_BACKUP, 0, line);
    return true;
}

static void tell_plan(const WendMove *move, const WendPlan *plan)
{
    for (guint i = 0; i < plan->warnings->len; i++)
        tell(move, WEND_REPORT_WARNING, 0, plan->warnings->pdata[i]);
    tell(move, WEND_REPORT_PLAN, plan->steps->len, NULL);
}

/* Everything that happens under the lock. */
static bool run_locked(WendProject *project, const WendMove *move, WendMoved *moved,
                       WendError *error)
{
    wend_fault("lock.held");
    if (!wend_project_read(project, false, error))
        return false;
    bool half_done = project->unfinished != NULL;
    WendDirection finished = half_done ? project->unfinished->direction : WEND_UP;
    if (half_done &&
        (!make_backup(project, move, error) || !wend_move_finish(project, move, moved, error)))
        return false;
    g_autoptr(WendPlan) plan = make_plan(project, move, half_done ? &finished : NULL, error);
    if (plan == NULL || !wend_project_books(project, plan, move->request.direction, error) ||
        !wend_project_load(project, plan, error) || !as_agreed(plan, move->agreed, error) ||
        (move->refuse_empty &&
         !wend_project_check_empty(project, plan, move->request.may_force, error)))
        return false;
    tell_plan(move, plan);
    if (plan->steps->len == 0)
        return true;
    if (!half_done && !make_backup(project, move, error))
        return false;
    WendRun run = {.moved = moved};
    bool ok = run_plan(project, move, plan, &run, error);
    moved->done += run.done;
    moved->planned += plan->steps->len;
    return ok;
}

/* Where an error that no step told of leaves a target on which something was done. */
static bool tell_state(const WendProject *project, const WendMoved *moved, WendError *error)
{
    g_autofree char *done = wend_project_done(project, moved->done, moved->planned);
    return moved->done > 0 && error != NULL && error->state == NULL &&
           wend_error_state(error, "%s; the rest is untouched", done);
}

bool wend_move_run(WendProject *project, const WendMove *move, WendMoved *moved, WendError *error)
{
    *moved = (WendMoved){0};
    gint64 start = g_get_monotonic_time();
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(WendPlan) look = look_at(project, move, &failure);
    /* With a step half done, what the folder still lacks is judged when that one is finished. */
    if (look == NULL && project->unfinished == NULL)
        return wend_error_move(error, &failure);
    if (look != NULL && look->steps->len == 0 && project->unfinished == NULL) {
        tell_plan(move, look);
        return true;
    }
    if (look != NULL && project->unfinished == NULL && move->refuse_empty &&
        !wend_project_check_empty(project, look, move->request.may_force, error))
        return false;
    const WendDriver *driver = project->driver;
    if (!driver->writable(project->connection, error) || !wend_project_lock(project, error))
        return false;
    wend_error_clear(&failure);
    bool ok = run_locked(project, move, moved, &failure);
    ok = wend_callbacks_end(project, move, moved, ok, &failure);
    if (!ok)
        wend_error_move(error, &failure);
    wend_project_unlock(project);
    moved->ms = (g_get_monotonic_time() - start) / 1000;
    return ok || tell_state(project, moved, error);
}
