/* SPDX-License-Identifier: MIT
 *
 * Seeds as core sees them: a track of their own beside a track of migrations, with its folder, its history
 * table and its rows in the same journal. Everything else is a project's (project.h) and a move's (runner.h).
 */
#ifndef WEND_CORE_SEED_H
#define WEND_CORE_SEED_H

#include "core/config.h"

/* The folder of a track's seeds: as configured; else seeds/ beside wend.yaml where there is one track, or
 * in the folder of migrations, whichever is there. Caller frees. */
char *wend_seed_folder(const WendConfig *config);

/* The name of the table that says which seeds have run: wend_seeds, or that of the history with _seeds behind it,
 * where `table` names one; NULL = the configuration does not. Caller frees. */
char *wend_seed_history(const char *table);

/* Makes the configuration of a track that of its seeds. WEND_USAGE where the history's name leaves no room for
 * that of theirs. */
bool wend_seed_configure(WendConfig *config, WendError *error);

/* WEND_USAGE where two tracks keep their seeds in one table of one database: each would take the other's for its own.
 * configs: of WendConfig, of seeds; those to be skipped do not count. only: the track that is looked at; NULL = all. */
bool wend_seed_check_apart(const GPtrArray *configs, const char *only, WendError *error);

#endif
