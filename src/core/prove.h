/* SPDX-License-Identifier: MIT
 *
 * Proving a folder without touching its target: everything that can be known from the files, and, where
 * the database offers a scratch one, by running them there.
 */
#ifndef WEND_CORE_PROVE_H
#define WEND_CORE_PROVE_H

#include "core/runner.h"

typedef struct WendProved {
    guint migrations;
    guint statements;
    bool ran; /* up, down and up again on a scratch database */
    guint reversible;
} WendProved;

/* Appends what is wrong to project->problems: names, directives, statements that cannot be cut, missing
 * downs (warnings), and, on a scratch database, what fails there or is not undone by its down. `strict`:
 * warnings stop, too. False only when it could not be tried at all. The project has been scanned. */
bool wend_prove(WendProject *project, bool strict, WendProved *proved, WendError *error);

#endif
