/* SPDX-License-Identifier: MIT
 *
 * Migrations that run only under a condition: asked just before, with what the steps before it did in place.
 */
#include "core/run.h"

static bool take_first(const WendRow *row, void *data, WendError *error)
{
    char **value = data;
    (void)error;
    if (*value == NULL && row->count > 0)
        *value = g_strdup(row->values[0]);
    return true;
}

static void tell(const WendRun *run, const WendStep *step)
{
    if (run->move->report == NULL)
        return;
    g_autofree char *label = wend_step_label(step);
    g_autofree char *text = g_strdup_printf(
        "%s: its precondition does not hold; it counts as applied without having run", label);
    WendReport one = {.kind = WEND_REPORT_WARNING, .text = text};
    run->move->report(&one, run->move->data);
}

bool wend_run_condition(WendRun *run, guint index, WendError *error)
{
    const WendProject *project = run->project;
    WendStep *step = &g_array_index(run->plan->steps, WendStep, index);
    const WendScript *script = step->script;
    if (script->only_if == NULL || run->resuming)
        return true;
    g_autoptr(WendQuery) query = wend_query_new(script->only_if);
    g_autofree char *value = NULL;
    if (!project->driver->query(project->connection, query, take_first, &value, error))
        return error != NULL && wend_error_place(error, script->file, script->line, 0);
    bool holds = g_strcmp0(value, script->only_if_value) == 0;
    /* A step that shares its commit may be asked again. */
    if (holds != step->passed_over)
        return true;
    if (step->owned == NULL)
        step->owned = wend_script_new(script->file, script->line, g_strdup(""), 0);
    WendCut *cut = wend_cut_make(holds ? script : step->owned, project->driver,
                                 project->config->placeholders, error);
    if (cut == NULL)
        return false;
    step->passed_over = !holds;
    wend_cut_free(run->cuts->pdata[index]);
    run->cuts->pdata[index] = cut;
    if (!holds)
        tell(run, step);
    return true;
}
