/* SPDX-License-Identifier: MIT
 *
 * Callbacks at work: read beside the migrations, run before and behind a run, and around each of its steps. They are
 * no migrations: no row says that they ran, and a run that goes on after a kill runs them again.
 */
#ifndef WEND_CORE_CALLBACKS_H
#define WEND_CORE_CALLBACKS_H

#include "core/cut.h"
#include "core/run.h"

/* Reads those of a folder into project->callbacks; what is wrong with them, into project->problems. */
void wend_callbacks_read(WendProject *project, const WendFolder *folder);

/* Puts the files for each migration around the step's own statements. WEND_USAGE for one that cannot run in a
 * transaction with them. */
bool wend_callbacks_surround(WendProject *project, const WendStep *step, WendCut *cut,
                             WendError *error);

/* Whether all of them can be cut: WEND_USAGE with the place of the first that cannot. */
bool wend_callbacks_check(WendProject *project, WendError *error);

/* A callback's file, cut; its values are those of `step` (NULL = none). Caller frees. */
WendCut *wend_callback_cut(WendProject *project, const WendCallback *callback, const WendStep *step,
                           const GPtrArray *placeholders, WendError *error);

/* Whether wend.yaml has a command for a moment around each step in that direction. */
bool wend_callbacks_has_each(const WendProject *project, WendDirection direction);

/* The first moment of a run in the plan's direction; the same run comes to it once. On failure nothing was run. */
bool wend_callbacks_begin(WendRun *run, WendError *error);
/* The command around step `index`; `behind`: it is committed. */
bool wend_callbacks_each(WendRun *run, guint index, bool behind, WendError *error);
/* The end of a run under the lock: the last moments of what began, or onError, whose own failure is a warning. `ok`
 * is how the run ended; `error` is then filled in. Returns how it ends now. */
bool wend_callbacks_end(WendProject *project, const WendMove *move, const WendMoved *moved, bool ok,
                        WendError *error);

#endif
