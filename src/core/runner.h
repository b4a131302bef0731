/* SPDX-License-Identifier: MIT
 *
 * The runner: takes a plan's steps to the database under the lock, segment by segment, with the
 * journal's rows. The only file family that changes a target by running scripts.
 */
#ifndef WEND_CORE_RUNNER_H
#define WEND_CORE_RUNNER_H

#include "core/project.h"

typedef enum WendReportKind {
    WEND_REPORT_PLAN,    /* the plan is made: `total` steps */
    WEND_REPORT_BACKUP,  /* `text`: the line that restores it */
    WEND_REPORT_BEGIN,   /* a step begins (nothing is applied yet); `rows`: its statements */
    WEND_REPORT_ROUND,   /* a batch's round is committed: `rows` so far */
    WEND_REPORT_DONE,    /* a step is committed */
    WEND_REPORT_WARNING, /* `text` */
    WEND_REPORT_RESUME,  /* a half-done step goes on; `text` */
    WEND_REPORT_CALLBACK /* `text`: a file or a command is run for a moment of the whole run */
} WendReportKind;

typedef struct WendReport {
    WendReportKind kind;
    const WendStep *step;    /* NULL where there is none */
    WendDirection direction; /* of the plan */
    guint index, total;      /* 0-based */
    gint64 ms;
    gint64 rows;
    const char *text;
} WendReport;

/* What a command is called for. */
typedef struct WendCalled {
    WendMoment moment;
    const WendStep *step;     /* NULL = the whole run */
    guint done, total;        /* steps committed so far, of those planned */
    const WendError *failure; /* onError; else NULL */
} WendCalled;

typedef struct WendMove {
    WendRequest request;
    bool one_transaction;
    const char *backup; /* file; NULL = none */
    bool no_pause;      /* batches do not pause: nobody else is there */
    bool dry_run;       /* plan only */
    bool callbacks;     /* files and commands are run at their moments */
    bool refuse_empty;  /* up: stop before a migration that has no statements */
    const char *const
        *agreed; /* ids of the steps that a person said yes to, NULL-terminated: another
                                * plan under the lock is WEND_DISAGREE. NULL = nobody was asked */
    void (*report)(const WendReport *report, void *data);
    /* Runs a command of wend.yaml's. WEND_FAILED or WEND_INTERRUPTED. NULL = none are run. */
    bool (*command)(const WendHook *hook, const WendCalled *called, void *data, WendError *error);
    void *data;
} WendMove;

typedef struct WendMoved {
    guint done; /* steps committed */
    guint planned;
    guint begun; /* of these directions (1 << WendDirection) the first moment has come */
    gint64 ms;
} WendMoved;

/* Looks and plans without the lock. Caller frees the plan. */
WendPlan *wend_move_plan(WendProject *project, const WendMove *move, WendError *error);

/* The same without a target: as if all up to the version `from` ("base" = nothing) were applied. */
WendPlan *wend_move_plan_from(WendProject *project, const WendMove *move, const char *from,
                              WendError *error);

/* Whether a run would go on with what is half done (project->unfinished is not NULL), as far as can be said
 * before it; why not, in `error`. */
bool wend_move_may_finish(WendProject *project, WendError *error);

/* Whether the migrations of `ids`, once taken back, could be applied again: nothing else stops an up, and
 * their files can be cut. Reads the target. */
bool wend_move_may_redo(WendProject *project, GHashTable *ids, WendError *error);

/* Plans, and when there is work: locks, reads again, finishes what is half done, plans again, checks
 * every script, then runs. On failure `moved` is filled in all the same (the exception to outputs
 * being left alone) and error->state says where the target stands. */
bool wend_move_run(WendProject *project, const WendMove *move, WendMoved *moved, WendError *error);

#endif
