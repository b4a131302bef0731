/* SPDX-License-Identifier: MIT
 *
 * The locks of a run: wend's own, and, over another tool's history, that tool's too, so that neither
 * works while the other does.
 */
#ifndef WEND_CORE_TOOL_LOCK_H
#define WEND_CORE_TOOL_LOCK_H

#include "core/project.h"

/* Takes wend's lock, then the tool's: waits as long as the lock timeout for each. WEND_LOCKED naming the
 * holder as far as known; then neither is held. */
bool wend_project_lock(WendProject *project, WendError *error);
/* Gives back what is held. */
void wend_project_unlock(WendProject *project);

#endif
