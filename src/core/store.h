/* SPDX-License-Identifier: MIT
 *
 * The stored scripts: texts by their SHA-256. One that is long is stored in parts, each a text of its own,
 * and what stands in its place names them in order: no server then has to take a whole file at once.
 */
#ifndef WEND_CORE_STORE_H
#define WEND_CORE_STORE_H

#include "core/project.h"

/* Appends what stores the script, as far as it is not there, to `queries` (of WendQuery). They refer to its
 * text, which must outlive them. */
void wend_store_add(const WendJournal *journal, const WendScript *script, GPtrArray *queries);

/* A stored text by its SHA-256; NULL (no error) when there is none. WEND_DISAGREE for one that is not what was
 * stored. Caller frees. */
bool wend_project_stored(WendProject *project, const char *sha256, char **text, WendError *error);

#endif
