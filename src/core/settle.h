/* SPDX-License-Identifier: MIT
 *
 * What a person decides without running a migration: mark, baseline, repair. All of it takes the lock
 * and leaves rows in the journal.
 */
#ifndef WEND_CORE_SETTLE_H
#define WEND_CORE_SETTLE_H

#include "core/runner.h"

/* Says that the migrations named by `versions` (NULL-terminated; "head" = all pending ones) are applied,
 * or with `pending` that they are not, without running them. `labels`: what was changed, appended (of
 * char *). */
bool wend_mark(WendProject *project, const char *const *versions, bool pending, GPtrArray *labels,
               WendError *error);

/* Says that the target already has all up to `version`. WEND_DISAGREE when the history is not empty. */
bool wend_baseline(WendProject *project, const char *version, WendError *error);

typedef enum WendRepair {
    WEND_REPAIR_LOOK,     /* change nothing */
    WEND_REPAIR_CONTINUE, /* take the finished part as it is, whatever the file says now, and go on */
    WEND_REPAIR_UNDO,     /* run the other direction's script, then count it as not begun */
    WEND_REPAIR_DONE,     /* count the rest as done */
    WEND_REPAIR_FORGET,   /* count it as not begun */
    WEND_REPAIR_ACCEPT    /* take changed files as what was applied */
} WendRepair;

/* Settles the half-done step, or with ACCEPT the changed files (`version` NULL = all of them). `text`:
 * what was done, or with LOOK what there is to settle; caller frees. */
bool wend_repair(WendProject *project, WendRepair repair, const char *version, const WendMove *move,
                 char **text, WendError *error);

/* Without a lock or a change: what there is to say where nothing is to be settled so; else `text` is NULL, and
 * `project->unfinished` what is half done. Caller frees. */
bool wend_repair_needless(WendProject *project, WendRepair repair, const char *version, char **text,
                          WendError *error);

/* After wend_project_read(): WEND_DISAGREE when a step is half done, which new rows of the journal would hide. */
bool wend_nothing_half_done(const WendProject *project, WendError *error);

#endif
