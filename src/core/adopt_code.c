/* SPDX-License-Identifier: MIT
 *
 * Taking over from a tool whose migrations are program code: its history is read, the schema that it made
 * becomes a baseline migration, and SQL goes on from there. See adopt.h.
 */
#include "core/adopt.h"

#include "core/settle.h"

#include <string.h>

#define NAMES_SHOWN 20

void wend_code_history_clear(WendCodeHistory *history)
{
    g_clear_pointer(&history->table, g_free);
    g_clear_pointer(&history->names, g_ptr_array_unref);
}

static bool has_columns(const WendCodeTool *tool, const char *columns)
{
    g_auto(GStrv) wanted = g_strsplit(tool->columns, ",", -1);
    g_auto(GStrv) present = g_strsplit(columns, ",", -1);
    if (tool->only && g_strv_length(wanted) != g_strv_length(present))
        return false;
    for (char **one = wanted; *one != NULL; one++) {
        if (!g_strv_contains((const char *const *)present, *one))
            return false;
    }
    return true;
}

/* The names that a tool's table may have: databases differ in whether they fold what is not quoted. */
static char **table_names(void)
{
    GPtrArray *names = g_ptr_array_new();
    for (const WendCodeTool *tool = wend_code_tools; tool->name != NULL; tool++) {
        g_ptr_array_add(names, g_strdup(tool->table));
        g_ptr_array_add(names, g_ascii_strdown(tool->table, -1));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static bool take_name(const WendRow *row, void *data, WendError *error)
{
    g_autoptr(GString) name = g_string_new(NULL);
    (void)error;
    for (guint i = 0; i < row->count; i++)
        g_string_append_printf(name, "%s%s", i > 0 ? "." : "",
                               row->values[i] != NULL ? row->values[i] : "");
    g_ptr_array_add(data, g_strdup(name->str));
    return true;
}

static bool read_names(WendProject *project, WendCodeHistory *found, WendError *error)
{
    WendBook book = {project->driver->dialect, found->table};
    g_autoptr(WendQuery) query = wend_book_query(&book, found->tool->read);
    found->names = g_ptr_array_new_with_free_func(g_free);
    return project->driver->query(project->connection, query, take_name, found->names, error);
}

static bool fail_found(const GPtrArray *tools, WendError *error)
{
    if (tools->len == 0) {
        wend_error_set(error, WEND_USAGE,
                       "there is nothing to adopt: no history of a tool that wend knows is in this "
                       "database");
        return wend_error_hint(error, "`wend detect` lists what is there; `wend baseline VERSION` "
                                      "begins a history on a database that has a schema");
    }
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < tools->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((const WendCodeTool *)tools->pdata[i])->name);
    wend_error_set(error, WEND_USAGE, "the database has the histories of several tools: %s",
                   names->str);
    return wend_error_hint(error, "name the one that counts: wend adopt --from NAME");
}

bool wend_adopt_find_code(WendProject *project, const WendCodeTool *only, WendCodeHistory *found,
                          WendError *error)
{
    g_auto(GStrv) names = table_names();
    guint count = g_strv_length(names);
    g_autofree WendOwnTable *tables = g_new0(WendOwnTable, count + 1);
    g_autoptr(GPtrArray) tools = g_ptr_array_new();
    *found = (WendCodeHistory){0};
    if (!project->driver->find_tables(project->connection, (const char *const *)names, tables,
                                      error))
        return false;
    for (guint i = 0; i < count; i++) {
        const WendCodeTool *tool = &wend_code_tools[i / 2];
        bool new = tools->len == 0 || tools->pdata[tools->len - 1] != tool;
        if (tables[i].exists && has_columns(tool, tables[i].columns) &&
            (only == NULL || only == tool) && new) {
            g_ptr_array_add(tools, (gpointer)tool);
            g_free(found->table);
            found->table = g_strdup(tables[i].name);
        }
        wend_own_table_clear(&tables[i]);
    }
    if (tools->len != 1) {
        wend_code_history_clear(found);
        return fail_found(tools, error);
    }
    found->tool = tools->pdata[0];
    return read_names(project, found, error);
}

/* `name` in the schema that `table` is in. Caller frees. */
static char *beside(const char *table, const char *name)
{
    const char *dot = strrchr(table, '.');
    return dot == NULL ? g_strdup(name)
                       : g_strdup_printf("%.*s.%s", (int)(dot - table), table, name);
}

bool wend_adopt_snapshot(WendProject *project, const WendCodeHistory *history, char **text,
                         WendError *error)
{
    g_autoptr(GPtrArray) except = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *schema = NULL;
    g_ptr_array_add(except, g_strdup(history->table));
    if (history->tool->beside != NULL) {
        g_ptr_array_add(except, beside(history->table, history->tool->beside));
        g_autofree char *folded = g_ascii_strdown(history->tool->beside, -1);
        g_ptr_array_add(except, beside(history->table, folded));
    }
    g_ptr_array_add(except, g_strdup(project->own_table));
    g_ptr_array_add(except, g_strdup(project->journal_table));
    g_ptr_array_add(except, g_strdup(project->scripts_table));
    g_ptr_array_add(except, NULL);
    if (!project->driver->schema(project->connection, (const char *const *)except->pdata, &schema,
                                 error))
        return false;
    g_autoptr(GString) script = g_string_new(NULL);
    g_string_append_printf(script, "-- The schema as %s made it with %u migration%s:\n",
                           history->tool->title, history->names->len,
                           history->names->len == 1 ? "" : "s");
    for (guint i = 0; i < history->names->len && i < NAMES_SHOWN; i++) {
        g_autofree char *name = g_strdelimit(g_strdup(history->names->pdata[i]), "\r\n", ' ');
        g_string_append_printf(script, "--   %s\n", name);
    }
    if (history->names->len > NAMES_SHOWN)
        g_string_append_printf(script, "--   and %u more\n", history->names->len - NAMES_SHOWN);
    g_string_append_printf(script, "\n%s", schema);
    *text = g_string_free(g_steal_pointer(&script), FALSE);
    return true;
}

bool wend_adopt_baseline(WendProject *project, const char *version, WendError *error)
{
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    const char *versions[] = {version, NULL};
    g_ptr_array_set_size(project->migrations, 0);
    g_ptr_array_set_size(project->problems, 0);
    return wend_project_scan(project, error) && wend_mark(project, versions, false, labels, error);
}
