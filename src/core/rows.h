/* SPDX-License-Identifier: MIT
 *
 * The bookkeeping of a step: which rows go to history, journal and scripts when it begins, when a
 * segment is done, when it is whole, when it failed. Shared by the runner, by what a person settles,
 * and by `plan --sql`. Builds queries; runs none.
 */
#ifndef WEND_CORE_ROWS_H
#define WEND_CORE_ROWS_H

#include "core/project.h"

/* A statement that is about to run alone, or a segment of which a part may stay. */
typedef struct WendIntent {
    guint statement;
    const char *what;
    bool repeatable;
    const char *before; /* JSON of the driver's observe(); NULL = it cannot be observed */
    bool together;      /* with those before it that are not done, in one transaction */
} WendIntent;

/* Each appends to `queries` (of WendQuery). */

/* The tables that are missing. */
void wend_rows_tables(WendProject *project, GPtrArray *queries);
/* The step's texts, as far as the project stores them. */
void wend_rows_scripts(WendProject *project, const WendStep *step, GPtrArray *queries);
/* A journal row of the step: `statement` 0 = the whole. `checksum` may be NULL. */
void wend_rows_event(WendProject *project, const WendStep *step, WendEvent event, guint statement,
                     const char *checksum, GPtrArray *queries);
/* Scripts and the begin row. */
void wend_rows_begin(WendProject *project, const WendStep *step, GPtrArray *queries);
/* The intent to run one statement alone. `cut` is needed (not NULL) when it is observed. */
void wend_rows_intent(WendProject *project, const WendStep *step, const WendCut *cut,
                      const WendIntent *intent, GPtrArray *queries);
/* Statements up to this one are done; `round`: of a batch that goes on. */
void wend_rows_done(WendProject *project, const WendStep *step, const WendCut *cut, guint statement,
                    bool round, GPtrArray *queries);
/* The step is whole: applied or reverted (`prior_ms` spent in earlier segments), and its history row. */
void wend_rows_whole(WendProject *project, const WendStep *step, gint64 prior_ms,
                     GPtrArray *queries);
/* `partly`: what the failed statement did stays, wholly or in part. */
void wend_rows_failed(WendProject *project, const WendStep *step, guint statement, bool partly,
                      const WendError *error, GPtrArray *queries);
/* A person settled it: `how` is one word. */
void wend_rows_repaired(WendProject *project, const WendStep *step, const char *how,
                        GPtrArray *queries);
/* Only the history's part: the row comes (an older one of the id goes before), or it goes. */
void wend_rows_history(WendProject *project, const WendStep *step, GPtrArray *queries);

#endif
