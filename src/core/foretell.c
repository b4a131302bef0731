/* SPDX-License-Identifier: MIT
 *
 * Segments of which a part may stay though their transaction is lost with the connection, as in tables that
 * know no transactions: that they begin is committed ahead of them, so that one without an end stops the next
 * run. What all steps of one transaction begin is told by the first of them.
 */
#include "core/rows.h"
#include "core/run.h"

static const char *why_of(const WendRun *run, const WendWork *work)
{
    const WendProject *project = run->project;
    const char *why = NULL;
    if (!run->move->one_transaction)
        return project->driver->may_stay(project->connection, work->pieces, work->count);
    for (guint i = 0; i < run->cuts->len && why == NULL; i++) {
        const WendCut *cut = run->cuts->pdata[i];
        why = project->driver->may_stay(
            project->connection, (const WendPiece *)(void *)cut->pieces->data, cut->pieces->len);
    }
    return why;
}

bool wend_run_foretell(WendRun *run, guint index, const WendWork *work, GPtrArray *carry,
                       const char **why, WendError *error)
{
    WendProject *project = run->project;
    bool joins = run->move->one_transaction;
    *why = run->foretold;
    if (project->driver->may_stay == NULL || (joins ? index > 0 : work->count == 0))
        return true;
    const char *found = why_of(run, work);
    if (found == NULL)
        return true;
    g_autofree char *what = g_strconcat(
        found, joins ? "; the other migrations of the run were in the same transaction" : "", NULL);
    WendIntent intent = {.statement = work->count > 0 ? work->pieces[work->count - 1].number : 1,
                         .what = what,
                         .together = true};
    wend_rows_intent(project, &g_array_index(run->plan->steps, WendStep, index),
                     run->cuts->pdata[index], &intent, carry);
    if (!project->driver->write(project->connection, carry, error)) {
        g_ptr_array_set_size(carry, (gint)carry->len - 1);
        return false;
    }
    g_ptr_array_set_size(carry, 0);
    run->foretold = joins ? found : NULL;
    *why = found;
    return true;
}

void wend_run_recant(WendRun *run, const WendError *error)
{
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (run->foretold == NULL || error->code == WEND_CONNECT)
        return;
    run->foretold = NULL;
    wend_rows_failed(run->project, &g_array_index(run->plan->steps, WendStep, 0), 0, false, error,
                     queries);
    run->project->driver->write(run->project->connection, queries, &ignored);
}
