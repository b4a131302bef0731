/* SPDX-License-Identifier: MIT
 *
 * Running steps: segment by segment, with the journal's rows, alone or in slices. Planning and locking
 * around it is move.c's.
 */
#include "core/run.h"

#include "base/fault.h"
#include "core/callbacks.h"
#include "core/rows.h"
#include "core/secret.h"

#include <string.h>

/* A script longer than this does not share its commit: it may take a while. */
#define SHARE_MAX_BYTES (64 * 1024)

static gint64 since_ms(gint64 start)
{
    return (g_get_monotonic_time() - start) / 1000;
}

static const WendSegment *segment_at(const WendCut *cut, guint at)
{
    return &g_array_index(cut->segments, WendSegment, at);
}

static WendStep *step_at(const WendRun *run, guint at)
{
    return &g_array_index(run->plan->steps, WendStep, at);
}

static void report(const WendRun *run, WendReportKind kind, guint index, gint64 ms, gint64 rows)
{
    if (run->move->report == NULL)
        return;
    WendReport one = {.kind = kind,
                      .step = step_at(run, index),
                      .index = index,
                      .total = run->plan->steps->len,
                      .ms = ms,
                      .rows = rows};
    run->move->report(&one, run->move->data);
}

static void carry_begin(WendStride *stride)
{
    if (!stride->begun)
        wend_rows_begin(stride->run->project, stride->step, stride->carry);
    stride->begun = true;
}

static bool may_share(const WendRun *run, const WendCut *cut, const WendStep *step, guint index)
{
    const WendSegment *only = segment_at(cut, 0);
    return index >= run->careful_below &&
           !(run->move->callbacks && wend_callbacks_has_each(run->project, step->direction)) &&
           cut->lifted->len == 0 && cut->segments->len == 1 && !only->alone &&
           only->batch == NULL && cut->lock_ms < 0 && cut->statement_ms < 0 &&
           (step->script == NULL ||
            (step->script->length <= SHARE_MAX_BYTES && step->script->load == NULL));
}

/* --- segments --- */

/* A statement in a transaction that could not be undone: the next run must stop at it, as at one that was
 * under way when a run ended. */
static void carry_remains(WendStride *stride, guint statement, const char *what)
{
    WendIntent intent = {.statement = statement, .what = what, .together = stride->first > 0};
    wend_rows_intent(stride->run->project, stride->step, stride->cut, &intent, stride->carry);
    stride->undecided = true;
}

/* The queries that must outlive a rolled-back transaction stay in `carry` until it is known to hold. */
static bool transact(WendStride *stride, WendWork *work, WendWorked *worked, WendError *error)
{
    WendProject *project = stride->run->project;
    *worked = (WendWorked){.piece = -1, .offset = -1};
    stride->own = true;
    if (!wend_run_foretell(stride->run, stride->index, work, stride->carry, &stride->told, error))
        return false;
    stride->intended |= stride->told != NULL;
    work->before = stride->carry;
    bool ok = project->driver->transact(project->connection, work, worked, error);
    stride->own = worked->own;
    if (!ok && worked->stays && work->count > 0) {
        stride->first = work->pieces[0].number;
        stride->statement =
            work->pieces[worked->piece >= 0 ? worked->piece : work->count - 1].number;
        carry_remains(stride, stride->statement, "a transaction that could not be undone whole");
    }
    if (ok) {
        g_ptr_array_set_size(stride->carry, 0);
        stride->partly = true;
    } else if (worked->piece >= 0) {
        guint at = (guint)(work->pieces - (const WendPiece *)(void *)stride->cut->pieces->data) +
                   (guint)worked->piece;
        stride->statement = work->pieces[worked->piece].number;
        wend_cut_place(stride->cut, at, worked->offset, error);
    }
    return ok;
}

/* The same, of any statement in one transaction for all. */
static void carry_rest(WendStride *stride)
{
    stride->statement = MAX(stride->statement, 1);
    stride->rest = true;
    carry_remains(stride, stride->statement, "a statement that was not undone");
}

static WendWork work_for(const WendStride *stride, const WendSegment *segment, bool last)
{
    return (WendWork){
        .pieces = (const WendPiece *)(void *)stride->cut->pieces->data + segment->first,
        .count = segment->count,
        .last = last,
        .join = WEND_JOIN_NONE,
    };
}

static void rows_behind(WendStride *stride, const WendSegment *segment, bool last,
                        GPtrArray *queries)
{
    WendProject *project = stride->run->project;
    wend_rows_done(project, stride->step, stride->cut, segment->last_statement, false, queries);
    if (last)
        wend_rows_whole(project, stride->step, since_ms(stride->since), queries);
}

static bool run_transaction(WendStride *stride, const WendSegment *segment, bool last,
                            WendJoin join, bool *lost, WendError *error)
{
    g_autoptr(GPtrArray) after = wend_queries_new();
    WendWork work = work_for(stride, segment, last);
    WendWorked worked;
    carry_begin(stride);
    rows_behind(stride, segment, last, after);
    work.after = after;
    work.join = join;
    bool ok = transact(stride, &work, &worked, error);
    *lost = worked.lost;
    if (ok && worked.settled)
        stride->run->settled = true;
    g_free(worked.cursor);
    return ok;
}

static bool pause_batch(const WendRun *run, const WendDirective *batch, WendError *error)
{
    const WendWatch *watch = &run->project->watch;
    for (gint64 left = run->move->no_pause ? 0 : batch->pause_ms; left > 0; left -= 10) {
        if (wend_watch_stops(watch, 1))
            break;
        g_usleep((gulong)MIN(left, 10) * 1000);
    }
    return !wend_watch_stops(watch, 1) ||
           wend_error_set(error, WEND_INTERRUPTED, "interrupted between two rounds of a batch");
}

/* Rounds until one changes no row; each commits with its own done row and cursor. */
static bool run_batch(WendStride *stride, const WendSegment *segment, bool last, WendError *error)
{
    WendRun *run = stride->run;
    /* Taken, not copied: a later batch of the same step begins at its own start. */
    g_autofree char *cursor = g_steal_pointer(&run->resume_cursor);
    bool number = run->resume_number;
    gint64 total = 0;
    for (;;) {
        g_autoptr(GPtrArray) after = wend_queries_new();
        WendBatchRound round = {segment->batch->batch_size, cursor, number};
        WendWork work = work_for(stride, segment, false);
        WendWorked worked;
        carry_begin(stride);
        wend_rows_done(run->project, stride->step, stride->cut, segment->last_statement, true,
                       after);
        work.after = after;
        work.batch = &round;
        if (!transact(stride, &work, &worked, error))
            return false;
        wend_fault("batch.round");
        if (worked.cursor != NULL) {
            g_free(cursor);
            cursor = worked.cursor;
            number = worked.number;
        }
        if (worked.rows == 0)
            break;
        total += worked.rows;
        report(run, WEND_REPORT_ROUND, stride->index, since_ms(stride->since), total);
        if (!pause_batch(run, segment->batch, error))
            return false;
    }
    wend_fault("batch.end");
    g_autoptr(GPtrArray) after = wend_queries_new();
    WendSegment end = {.last_statement = segment->last_statement};
    WendWork work = work_for(stride, &end, last);
    WendWorked worked;
    rows_behind(stride, segment, last, after);
    work.after = after;
    return transact(stride, &work, &worked, error);
}

/* What a failed statement left. What is half made is taken away where it can be. */
static void look_at_remains(WendStride *stride, const WendPiece *piece, const char *before)
{
    const WendProject *project = stride->run->project;
    WendVerdict verdict;
    g_autofree char *why = NULL;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (before == NULL)
        return;
    if (!project->driver->judge(project->connection, piece, before, &verdict, &why, &ignored))
        stride->left = g_strdup("it may have left a part of its work");
    else if (verdict == WEND_VERDICT_NOT_DONE)
        stride->left = g_steal_pointer(&why);
    stride->undecided = stride->left != NULL || verdict != WEND_VERDICT_NOT_DONE;
}

static bool run_alone(WendStride *stride, const WendSegment *segment, bool last, WendError *error)
{
    WendProject *project = stride->run->project;
    const WendPiece *piece = &g_array_index(stride->cut->pieces, WendPiece, segment->first);
    g_autofree char *before = NULL;
    WendIntent intent = {.statement = piece->number,
                         .what = segment->what,
                         .repeatable = piece->class == WEND_CLASS_REPEATABLE};
    WendWorked worked;
    carry_begin(stride);
    if (piece->class == WEND_CLASS_OBSERVABLE &&
        !project->driver->observe(project->connection, piece, &before, error))
        return false;
    intent.before = before;
    wend_rows_intent(project, stride->step, stride->cut, &intent, stride->carry);
    bool ok = project->driver->alone(project->connection, stride->carry, piece, &worked, error);
    stride->own = worked.own;
    if (!worked.begun) {
        /* The intent was not written: what must be carried on does not hold it. */
        g_ptr_array_set_size(stride->carry, (gint)stride->carry->len - 1);
        if (worked.piece < 0)
            return false;
        stride->statement = piece->number;
        return wend_cut_place(stride->cut, segment->first, worked.offset, error);
    }
    g_ptr_array_set_size(stride->carry, 0);
    wend_fault("alone.after");
    g_free(worked.cursor);
    if (!ok) {
        stride->statement = piece->number;
        stride->intended = true;
        stride->undecided = worked.stays;
        if (error->code != WEND_CONNECT && !worked.stays && !worked.none)
            look_at_remains(stride, piece, before);
        return wend_cut_place(stride->cut, segment->first, worked.offset, error);
    }
    stride->partly = true;
    rows_behind(stride, segment, last, stride->carry);
    if (!last)
        return true;
    wend_fault("alone.last");
    stride->own = true;
    ok = project->driver->write(project->connection, stride->carry, error);
    if (ok)
        g_ptr_array_set_size(stride->carry, 0);
    return ok;
}

/* --- steps --- */

static bool run_segments(WendStride *stride, guint first, WendJoin join, bool *lost,
                         WendError *error)
{
    const WendCut *cut = stride->cut;
    guint count = cut->segments->len;
    if (first >= count) {
        /* All was done but the last row: the rest of the file was taken out since. */
        WendSegment end = {.last_statement = cut->statements->len};
        return run_transaction(stride, &end, true, WEND_JOIN_NONE, lost, error);
    }
    for (guint i = first; i < count; i++) {
        const WendSegment *segment = segment_at(cut, i);
        bool last = i + 1 == count;
        bool ok = segment->alone ? run_alone(stride, segment, last, error)
                  : segment->batch != NULL
                      ? run_batch(stride, segment, last, error)
                      : run_transaction(stride, segment, last, join, lost, error);
        if (!ok)
            return false;
        stride->done = segment->last_statement;
        if (!last)
            wend_fault("segment.between");
    }
    return true;
}

static bool begin_step(WendStride *stride, guint resume_done, WendError *error)
{
    const WendProject *project = stride->run->project;
    bool temporary;
    g_autoptr(GArray) settings = wend_cut_settings(stride->cut, resume_done, &temporary);
    WendStepSetup setup = {
        .lifted = (const WendPiece *)(void *)stride->cut->lifted->data,
        .lifted_count = stride->cut->lifted->len,
        .settings = (const WendPiece *)(void *)settings->data,
        .settings_count = settings->len,
        .lock_timeout_ms = stride->cut->lock_ms,
        .statement_timeout_ms = stride->cut->statement_ms,
    };
    return project->driver->begin_step(project->connection, &setup, error);
}

/* Writes what must stay of a failed step: rows carried along, and that it failed. */
static void write_failure(WendStride *stride, const WendError *error)
{
    WendProject *project = stride->run->project;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    /* Who could not get in will not get in to say so; and without a connection it is not known. */
    if (error->code == WEND_CONNECT || (error->code == WEND_LOCKED && stride->carry->len == 0 &&
                                        !stride->partly && !stride->intended))
        return;
    carry_begin(stride);
    wend_rows_failed(project, stride->step, stride->statement, stride->undecided, error,
                     stride->carry);
    project->driver->write(project->connection, stride->carry, &ignored);
}

/* The open slice held more than one step; all of them must be run again, one by one. */
static void forget_slice(WendRun *run, guint failed)
{
    run->careful_below = MAX(run->careful_below, failed + 1);
    run->next = run->first_unsettled;
}

static void settle_reports(WendRun *run, guint upto)
{
    for (; run->first_unsettled < upto; run->first_unsettled++) {
        run->done++;
        report(run, WEND_REPORT_DONE, run->first_unsettled,
               g_array_index(run->durations, gint64, run->first_unsettled), 0);
    }
}

/* Commits the open slice. On failure `again` says whether its steps are to be run one by one. */
static bool settle(WendRun *run, guint upto, bool *again, WendError *error)
{
    const WendProject *project = run->project;
    bool several = upto - run->first_unsettled > 0 && run->careful_below < upto;
    wend_fault("settle.before");
    if (project->driver->settle(project->connection, error)) {
        settle_reports(run, upto);
        return true;
    }
    *again = several && !run->move->one_transaction && error->code == WEND_FAILED;
    return false;
}

/* What shares a commit with the step is kept. */
static bool fail_condition(WendRun *run, WendError *error)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    bool not_now = false;
    if (!run->move->one_transaction)
        settle(run, run->next, &not_now, &ignored);
    g_autofree char *done = wend_project_done(run->project, run->done, run->plan->steps->len);
    wend_error_state(error, "%s; this one was not begun", done);
    return false;
}

/* One step. False with `again` set: begin again at run->next. */
static bool run_step(WendRun *run, guint index, bool *again, WendError *error)
{
    WendProject *project = run->project;
    if (!wend_run_condition(run, index, error))
        return fail_condition(run, error);
    g_autoptr(GPtrArray) carry = wend_queries_new();
    WendStride stride = {.run = run,
                         .step = step_at(run, index),
                         .cut = run->cuts->pdata[index],
                         .index = index,
                         .since = g_get_monotonic_time(),
                         .carry = carry,
                         .begun = run->resuming,
                         .done = run->resume_done,
                         .partly = run->resuming};
    bool share = may_share(run, stride.cut, stride.step, index);
    WendJoin join = run->move->one_transaction ? WEND_JOIN_ALL
                    : share                    ? WEND_JOIN_SHARE
                                               : WEND_JOIN_NONE;
    if (join == WEND_JOIN_NONE && run->first_unsettled < index &&
        !settle(run, index, again, error)) {
        if (*again)
            forget_slice(run, index - 1);
        return false;
    }
    if (!project->driver->check(project->connection, error) ||
        !wend_callbacks_each(run, index, false, error))
        return false;
    if (index >= run->announced) {
        report(run, WEND_REPORT_BEGIN, index, 0, stride.cut->statements->len);
        run->announced = index + 1;
    }
    bool lost = false;
    run->settled = join == WEND_JOIN_NONE;
    /* What the begin row brought may have been corrected since. */
    if (run->resuming)
        wend_rows_scripts(project, stride.step, carry);
    if (run->resume_judged)
        wend_rows_done(project, stride.step, stride.cut, run->resume_done, false, carry);
    bool ok = begin_step(&stride, run->resume_done, error);
    if (ok) {
        ok = run_segments(&stride, run->resume_segment, join, &lost, error);
        project->driver->end_step(project->connection);
    }
    g_array_index(run->durations, gint64, index) = since_ms(stride.since);
    if (ok) {
        if (run->settled)
            settle_reports(run, index + 1);
        return wend_callbacks_each(run, index, true, error);
    }
    if (run->move->one_transaction) {
        bool stays = project->driver->abandon(project->connection);
        run->done = 0;
        if (index > 0)
            wend_run_recant(run, error);
        run->foretold = NULL;
        if (stays && !stride.undecided)
            carry_rest(&stride);
    } else if (lost && error->code == WEND_FAILED) {
        *again = true;
        forget_slice(run, index);
        return false;
    } else if (!lost && run->first_unsettled < index) {
        g_auto(WendError) slice_error = WEND_ERROR_INIT;
        if (!settle(run, index, again, &slice_error)) {
            if (*again)
                forget_slice(run, index);
            else
                wend_error_move(error, &slice_error);
            return false;
        }
    }
    wend_secret_hide_error(run->project->config, error);
    write_failure(&stride, error);
    wend_run_describe(&stride, error);
    g_free(stride.left);
    return false;
}

static bool stopped(const WendRun *run, WendError *error)
{
    if (!wend_watch_stops(&run->project->watch, 1))
        return false;
    wend_error_set(error, WEND_INTERRUPTED, "interrupted");
    return true;
}

/* Runs from run->next on until the end, a failure, or something to begin again with. */
static bool run_some(WendRun *run, bool *again, WendError *error)
{
    guint count = run->plan->steps->len;
    while (run->next < count) {
        if (stopped(run, error)) {
            g_auto(WendError) ignored = WEND_ERROR_INIT;
            bool not_now = false;
            if (!run->move->one_transaction)
                settle(run, run->next, &not_now, &ignored);
            g_autofree char *done = wend_project_done(run->project, run->done, count);
            wend_error_state(error, "%s; the rest is untouched", done);
            return false;
        }
        if (!run_step(run, run->next, again, error))
            return false;
        run->next++;
        run->resuming = run->resume_judged = false;
        run->resume_segment = run->resume_done = 0;
        g_clear_pointer(&run->resume_cursor, g_free);
    }
    if (settle(run, count, again, error))
        return true;
    g_autofree char *done = wend_project_done(run->project, run->done, count);
    if (*again)
        forget_slice(run, count - 1);
    else
        wend_error_state(error, "what was not committed yet was rolled back; %s", done);
    return false;
}

/* What was not committed was undone but for a rest, and no step is to blame: the last one that ran stands for
 * all. */
static void tell_rest(WendRun *run, WendError *error)
{
    guint index = MIN(run->next, run->plan->steps->len) - 1;
    g_autoptr(GPtrArray) carry = wend_queries_new();
    WendStride stride = {.run = run,
                         .step = step_at(run, index),
                         .cut = run->cuts->pdata[index],
                         .index = index,
                         .carry = carry};
    carry_begin(&stride);
    carry_rest(&stride);
    write_failure(&stride, error);
    wend_run_describe(&stride, error);
}

bool wend_run_steps(WendRun *run, WendError *error)
{
    run->durations = g_array_new(FALSE, TRUE, sizeof(gint64));
    g_array_set_size(run->durations, run->plan->steps->len);
    bool ok, again;
    do {
        again = false;
        ok = run_some(run, &again, error);
        if (again)
            wend_error_clear(error);
    } while (again);
    bool stays = !ok && run->project->driver->abandon(run->project->connection);
    if (!ok)
        wend_run_recant(run, error);
    if (stays)
        tell_rest(run, error);
    g_array_unref(run->durations);
    run->durations = NULL;
    return ok;
}
