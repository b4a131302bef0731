/* SPDX-License-Identifier: MIT
 *
 * `-- wend: depends VERSION`: whether what a migration needs is there when it runs.
 */
#ifndef WEND_CORE_DEPENDS_H
#define WEND_CORE_DEPENDS_H

#include "core/project.h"

/* Whether what the steps that go up depend on is applied or runs before them. WEND_USAGE, at the line of the
 * first that is not: a version that there is none of, a ring (shown whole), or one that runs too late. The
 * plan's scripts are loaded. */
bool wend_depends_check(const WendProject *project, const WendPlan *plan, WendError *error);

/* Adds to project->problems what can be said of the folder alone, all of which is loaded: versions that there
 * are none of, and each ring once. */
void wend_depends_prove(WendProject *project);

#endif
