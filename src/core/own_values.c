/* SPDX-License-Identifier: MIT
 *
 * wend's own values. See own_values.h.
 */
#include "core/own_values.h"

#include "core/substitute.h"

#include <string.h>

#define MARK "${wend:"

/* What only the target knows. */
static const char *const of_target[] = {"wend:user", "wend:database", "wend:schema"};

static void put(GHashTable *values, const char *name, const char *value)
{
    g_hash_table_replace(values, g_strdup(name), g_strdup(value != NULL ? value : ""));
}

static bool take_row(const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < row->count && i < G_N_ELEMENTS(of_target); i++)
        put(data, of_target[i], row->values[i]);
    return true;
}

/* SQLite knows no users and no names but files'. */
static void ask_url(const WendProject *project, GHashTable *values)
{
    g_autofree char *shown = project->driver->display(project->config->database);
    const char *colon = strchr(shown, ':');
    put(values, "wend:user", project->user);
    put(values, "wend:database", colon != NULL ? colon + 1 : shown);
    put(values, "wend:schema", "main");
}

static bool ask_target(WendProject *project, GHashTable *values, WendError *error)
{
    if (project->driver->dialect == WEND_DIALECT_SQLITE) {
        ask_url(project, values);
        return true;
    }
    if (project->connection == NULL || project->connection->absent)
        return true;
    g_autoptr(WendQuery) query = wend_query_new(
        project->driver->dialect == WEND_DIALECT_POSTGRES
            ? "SELECT current_user, current_database(), coalesce(current_schema(), '')"
            : "SELECT substring_index(current_user(), '@', 1), coalesce(database(), ''), "
              "coalesce(database(), '')");
    return project->driver->query(project->connection, query, take_row, values, error);
}

/* What holds for all scripts of this run. */
static bool prepare(WendProject *project, bool target, WendError *error)
{
    if (project->values == NULL) {
        project->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autofree char *now = wend_now_text();
        g_autofree char *shown = g_strdup_printf("%.10s %.8s", now, now + 11);
        put(project->values, "wend:timestamp", shown);
        put(project->values, "wend:environment", project->config->env);
        put(project->values, "wend:track", project->config->track);
    }
    put(project->values, "wend:table", project->table);
    return !target || g_hash_table_contains(project->values, of_target[0]) ||
           ask_target(project, project->values, error);
}

static bool asks_target(const WendScript *script)
{
    bool asks = false;
    for (gsize i = 0; i < G_N_ELEMENTS(of_target); i++) {
        g_autofree char *place = g_strdup_printf("${%s}", of_target[i]);
        asks |= strstr(script->text, place) != NULL;
    }
    return asks;
}

bool wend_own_values_give(WendProject *project, WendScript *script, const WendOwner *owner,
                          bool proving, WendError *error)
{
    if (script == NULL || strstr(script->text, MARK) == NULL ||
        wend_script_directive(script, WEND_DIRECTIVE_SUBSTITUTE) == NULL)
        return true;
    if (!prepare(project, asks_target(script), error))
        return false;
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (gsize i = 0; proving && i < G_N_ELEMENTS(of_target); i++) {
        g_autofree char *stand_in = g_strdelimit(g_strdup(of_target[i]), ":", '_');
        put(values, of_target[i], stand_in);
    }
    GHashTableIter iterator;
    gpointer name, value;
    g_hash_table_iter_init(&iterator, project->values);
    while (g_hash_table_iter_next(&iterator, &name, &value))
        put(values, name, value);
    g_autofree char *file = g_path_get_basename(script->file);
    put(values, "wend:filename", file);
    put(values, "wend:version", owner->version);
    put(values, "wend:name", owner->name);
    put(values, "wend:event", owner->event);
    g_clear_pointer(&script->own_values, g_hash_table_unref);
    script->own_values = g_steal_pointer(&values);
    return true;
}

bool wend_own_values_plan(WendProject *project, const WendPlan *plan, WendError *error)
{
    guint flags = wend_dialect_flags(project->driver->dialect);
    g_autoptr(GPtrArray) missing = wend_missing_new();
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        WendOwner owner = {step->version, step->name, wend_direction_name(step->direction)};
        /* It is the step's own, or its migration's. */
        if (!wend_own_values_give(project, (WendScript *)step->script, &owner, false, error))
            return false;
        if (step->script != NULL)
            wend_substitute_check(step->script, flags, project->config->placeholders, missing);
    }
    for (guint i = 0; plan->steps->len > 0 && i < project->callbacks->len; i++) {
        const WendCallback *callback = project->callbacks->pdata[i];
        WendOwner owner = {.event = wend_moment_name(callback->moment)};
        if (!wend_own_values_give(project, callback->script, &owner, false, error))
            return false;
        wend_substitute_check(callback->script, flags, project->config->placeholders, missing);
    }
    return wend_missing_check(missing, error);
}
