/* SPDX-License-Identifier: MIT
 *
 * The plan: the ordered steps that would take a target to where it was asked to go. A pure function
 * over values: it reads no file and asks no database.
 */
#ifndef WEND_CORE_PLAN_H
#define WEND_CORE_PLAN_H

#include "core/state.h"

typedef struct WendRequest {
    WendDirection direction;
    const char *to;    /* a version, "head", "base", "+N", "-N"; NULL = not given */
    gint64 count;      /* -1 = not given */
    bool all;          /* down: everything */
    GHashTable *batch; /* down: ids of the last run; NULL = not asked for */
    bool
        out_of_order; /* up: do not stop for pending ones below the highest applied, nor for what other branches
                        * have applied beyond */
    bool newer;       /* up: go on where the target has migrations beyond those that are known */
    bool may_force;   /* whoever asks has `wend up --force`: hints may name it */
    bool empty;       /* the target holds nothing of anybody's: a baseline file may be used */
    GHashTable *only; /* ids to go; NULL = all. For redo */
    bool again;       /* up: those that are applied, too. For seeds */
} WendRequest;

typedef struct WendStep {
    WendDirection direction;
    WendKind kind;
    const char *id, *version, *name; /* borrowed */
    WendMigration *migration;        /* borrowed; NULL = its file is gone */
    WendApplied *applied;            /* borrowed; NULL = not applied */
    bool from_store; /* down: the file is gone or its up has changed: use the stored script */
    bool script_only_removed; /* down of a repeatable that has none: only its row goes */
    /* Filled in by wend_steps_load(): */
    const WendScript *script; /* what runs: `owned`, or the migration's */
    WendScript *owned;
    bool passed_over;          /* WendScript.only_if said that it is not to run */
    const char *down_checksum; /* up: of the way back; NULL = none */
    bool keep_time;            /* its history row keeps the time that the old one has */
} WendStep;

/* A half-done step that is finished before the plan's own. */
typedef struct WendFinish {
    char *label, *id;
    WendDirection direction;
    guint next; /* the statement it goes on at; behind the last one = only its end is left */
    const WendScript *script; /* what it runs: `owned`, or its migration's; NULL = not at hand */
    WendScript *owned;
} WendFinish;

void wend_finish_free(WendFinish *finish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendFinish, wend_finish_free)

typedef struct WendPlan {
    GArray *steps;       /* of WendStep */
    GPtrArray *warnings; /* of char * */
    WendFinish *finish;  /* NULL = none */
} WendPlan;

/* Makes the plan for `entries`. WEND_DISAGREE for changed files, or pending ones out of order; WEND_REFUSED
 * for a target that is newer; WEND_USAGE for a version that is not there. `format` reads versions. */
WendPlan *wend_plan_make(const GArray *entries, const WendFormat *format,
                         const WendRequest *request, WendError *error);
/* One without steps. */
WendPlan *wend_plan_new(void);
void wend_plan_free(WendPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendPlan, wend_plan_free)

/* Of its first step. */
WendDirection wend_plan_direction(const WendPlan *plan);

/* "20240101_create_users". Caller frees. */
char *wend_step_label(const WendStep *step);

/* The ids of its steps, in order: a plan borrows from what was read, this does not. Caller frees. */
char **wend_plan_ids(const WendPlan *plan);

/* The entry that a person names by `version`; NULL and WEND_USAGE, with a suggestion, when none or
 * several are meant. */
const WendEntry *wend_entry_find(const GArray *entries, const WendFormat *format,
                                 const char *version, WendError *error);

/* False with WEND_REFUSED where the newest that is applied is not among the migrations: an older program, or
 * checkout, at a database that a newer one has been at. `entries` (of WendEntry) are in order. may_force: as in
 * WendRequest. */
bool wend_plan_check_newer(const GArray *entries, bool may_force, WendError *error);

#endif
