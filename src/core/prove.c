/* SPDX-License-Identifier: MIT
 *
 * Proving a folder. See prove.h.
 */
#include "core/prove.h"

#include <string.h>

static void add_error(WendProject *project, const WendError *error)
{
    WendProblem *problem = wend_problem_add(project->problems, false, error->file, error->line,
                                            error->column, "%s", error->message);
    problem->hint = g_strdup(error->hint);
}

static void cut_script(WendProject *project, const WendScript *script, WendProved *proved)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendCut) cut =
        wend_cut_make(script, project->driver, project->config->placeholders, &error);
    if (cut == NULL)
        add_error(project, &error);
    else
        proved->statements += cut->statements->len;
}

static void read_all(WendProject *project, WendProved *proved)
{
    for (guint i = 0; i < project->migrations->len; i++) {
        WendMigration *migration = project->migrations->pdata[i];
        project->format->load(migration, project->driver->dialect, project->problems);
        proved->migrations++;
        proved->reversible += migration->down != NULL;
        cut_script(project, migration->up, proved);
        if (migration->down != NULL)
            cut_script(project, migration->down, proved);
    }
}

/* --- on a scratch database --- */

static bool read_schema(WendProject *scratch, GString *schema, WendError *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!scratch->driver->list(scratch->connection, names, error))
        return false;
    const char *own[] = {scratch->table, scratch->journal.table, scratch->journal.scripts};
    for (guint i = 0; i < names->len; i++) {
        const char *name = strchr(names->pdata[i], ' ');
        bool ours = false;
        for (gsize j = 0; name != NULL && j < G_N_ELEMENTS(own); j++)
            ours |= strcmp(name + 1, own[j]) == 0;
        if (!ours)
            g_string_append_printf(schema, "%s%s", schema->len > 0 ? ", " : "",
                                   (char *)names->pdata[i]);
    }
    return true;
}

static bool move(WendProject *scratch, WendDirection direction, bool all, WendError *error)
{
    WendMoved moved;
    WendMove one = {.request = {.direction = direction, .count = -1, .all = all}};
    return wend_move_run(scratch, &one, &moved, error);
}

/* Up, down, up: the downs must leave nothing, and the ups must run again behind them. */
static void run_all(WendProject *project, WendProject *scratch, const WendProved *proved)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GString) left = g_string_new(NULL);
    if (!move(scratch, WEND_UP, false, &error)) {
        add_error(project, &error);
        return;
    }
    if (proved->reversible < proved->migrations)
        return;
    if (!move(scratch, WEND_DOWN, true, &error) || !read_schema(scratch, left, &error)) {
        add_error(project, &error);
        return;
    }
    if (left->len > 0) {
        WendProblem *problem =
            wend_problem_add(project->problems, false, project->config->migrations, 0, 0,
                             "the downs leave something behind: %s", left->str);
        problem->hint = g_strdup("drop it in the down of the migration that makes it");
        return;
    }
    if (!move(scratch, WEND_UP, false, &error))
        add_error(project, &error);
}

static bool prove_on_scratch(WendProject *project, WendProved *proved, WendError *error)
{
    WendConfig config = *project->config;
    config.database = (char *)project->driver->scratch;
    g_autoptr(WendProject) scratch = wend_project_new(&config, error);
    if (scratch == NULL || !wend_project_scan(scratch, error) ||
        !wend_project_connect(scratch, true, &project->watch, NULL, error))
        return false;
    run_all(project, scratch, proved);
    proved->ran = true;
    return true;
}

bool wend_prove(WendProject *project, bool strict, WendProved *proved, WendError *error)
{
    *proved = (WendProved){0};
    read_all(project, proved);
    bool ok = wend_problems_stop(project->problems) || project->driver->scratch == NULL ||
              prove_on_scratch(project, proved, error);
    for (guint i = 0; strict && i < project->problems->len; i++)
        ((WendProblem *)project->problems->pdata[i])->warning = false;
    return ok;
}
