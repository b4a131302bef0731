/* SPDX-License-Identifier: MIT
 *
 * The plan as a script: the statements and their bookkeeping, to be read, reviewed, or run with the
 * database's own client.
 */
#ifndef WEND_CORE_SCRIPT_H
#define WEND_CORE_SCRIPT_H

#include "core/project.h"

/* Writes the plan's steps (their scripts loaded) to `out`. The bookkeeping is what wend itself would
 * write, the times those of the moment it runs. */
bool wend_script_write(WendProject *project, const WendPlan *plan, GString *out, WendError *error);

#endif
