/* SPDX-License-Identifier: MIT
 *
 * A run under the lock: the steps, cut, and how far it has come. Between move.c, which plans and
 * locks, and runner.c, which runs.
 */
#ifndef WEND_CORE_RUN_H
#define WEND_CORE_RUN_H

#include "core/cut.h"
#include "core/runner.h"

typedef struct WendRun {
    WendProject *project;
    const WendMove *move;
    const WendPlan *plan; /* its scripts are loaded */
    WendMoved *moved;     /* of the whole run under the lock; NULL = it is none */
    GPtrArray *cuts;      /* of WendCut: one per step */

    /* The first step may go on in the middle. */
    bool resuming;
    guint resume_segment;
    guint resume_done;     /* statements */
    guint resume_finished; /* likewise, without a batch that goes on */
    bool resume_judged;    /* the last of them has no done row yet */
    bool resume_number;    /* the cursor is one */
    char *resume_cursor;   /* of a batch; owned */

    guint next;            /* the step to run */
    guint first_unsettled; /* steps before it are committed and reported */
    guint careful_below;   /* steps before it do not share a commit */
    guint announced;       /* steps before it were reported as begun */
    guint done;            /* committed */
    bool settled;          /* the step that just ran is committed */
    const char
        *foretold;     /* the intent of all steps of one transaction stands in the journal: why */
    GArray *durations; /* of gint64, milliseconds per step */
} WendRun;

/* One step under way. */
typedef struct WendStride {
    WendRun *run;
    WendStep *step;
    const WendCut *cut;
    guint index;
    gint64 since;
    bool begun;       /* its begin row is committed, or in the open transaction */
    bool partly;      /* some of its segments are committed */
    bool undecided;   /* the statement at fault did a part of its work */
    bool own;         /* the failure is of a row of wend's own */
    bool rest;        /* or one of those before it, whichever */
    char *left;       /* undecided: what that is, where the next run finds out by itself; owned */
    bool intended;    /* the intent of the statement at fault is committed */
    const char *told; /* why a part of the segment may stay if it is lost; NULL = it does not */
    guint first;      /* undecided: with those from this one on; 0 = the one at fault alone */
    GPtrArray *carry; /* of WendQuery: rows that the next commit must bring */
    guint done;       /* statements of committed segments */
    guint statement;  /* the one at fault, when it failed */
} WendStride;

/* Finishes what is half done (move.c): under the lock, after wend_project_read(). True when nothing
 * is. Reads the target again. */
bool wend_move_finish(WendProject *project, const WendMove *move, WendMoved *moved,
                      WendError *error);

/* Runs one step, under the lock; its script is loaded here. */
bool wend_move_step(WendProject *project, const WendMove *move, const WendStep *step,
                    WendError *error);

/* Asks whether step `index` is to run (WendScript.only_if), just before it does: its cut becomes an empty one
 * where it is not. The query's failure is one of the step. */
bool wend_run_condition(WendRun *run, guint index, WendError *error);

/* Commits `carry` and an intent ahead of a segment of which a part may stay though its transaction is lost;
 * `why` is then the reason (static), else NULL and nothing was written. With one transaction for all steps,
 * ahead of the first one for all of them. */
bool wend_run_foretell(WendRun *run, guint index, const WendWork *work, GPtrArray *carry,
                       const char **why, WendError *error);

/* Says that the one transaction of all steps came to nothing, where that was foretold and is known. */
void wend_run_recant(WendRun *run, const WendError *error);

/* Fills what a failed step leaves into its error: file, state and hint, where they are not there yet. */
void wend_run_describe(const WendStride *stride, WendError *error);

/* Runs all steps. On failure run->done says how many are committed. */
bool wend_run_steps(WendRun *run, WendError *error);

#endif
