/* SPDX-License-Identifier: MIT
 *
 * Migrations, history and journal as values written in one line, for tests of what needs neither
 * files nor a database.
 */
#ifndef WEND_TEST_VALUES_H
#define WEND_TEST_VALUES_H

#include "core/cut.h"
#include "core/plan.h"

/* "001_a 002_b=text R__views": names as the files have them, the text behind "=" (the name itself
 * when there is none). Frees its members. */
GPtrArray *values_migrations(const char *words);
/* History rows likewise; the text "?" is a row without a checksum. */
GPtrArray *values_applied(const char *words);
/* "1:failed 2:reverted" as id -> WendJournalRow, owned. */
GHashTable *values_last(const char *words);
/* "1 2" as a set, owned; NULL for NULL. */
GHashTable *values_set(const char *words);

/* Everything of one database: what wend_state_make() takes and gives. */
typedef struct Values {
    GPtrArray *migrations, *applied;
    GHashTable *last, *alike;
    GArray *entries;
} Values;

void values_make(Values *values, const char *migrations, const char *applied, const char *last,
                 const char *alike);
void values_clear(Values *values);

/* "1=applied 2=pending 3=applied~" (~: layout only). Caller frees. */
char *values_states(const GArray *entries);
/* "+1 +2", "-2 -1*" (*: from the store). Caller frees. */
char *values_plan(const WendPlan *plan);

/* A script with its directives, line 1 of "f.sql", and its cut on SQLite, which must succeed. */
WendScript *values_script(const char *text);
WendCut *values_cut(const WendScript *script);

#endif
