/* SPDX-License-Identifier: MIT
 *
 * Folders of other tools, for tests. See tool_folder.h.
 */
#include "tool_folder.h"

#include "sandbox.h"

#include <stdarg.h>
#include <string.h>

static void migration_free(gpointer migration)
{
    wend_migration_free(migration);
}

ToolFolder *tool_folder_new(const char *format, WendDialect dialect)
{
    ToolFolder *folder = g_new0(ToolFolder, 1);
    folder->format = wend_format_find(format, NULL);
    g_assert_nonnull(folder->format);
    folder->dialect = dialect;
    folder->path = sandbox_new();
    folder->migrations = g_ptr_array_new_with_free_func(migration_free);
    folder->problems = wend_problems_new();
    return folder;
}

void tool_folder_free(ToolFolder *folder)
{
    g_ptr_array_unref(folder->migrations);
    g_ptr_array_unref(folder->problems);
    sandbox_free(folder->path);
    g_free(folder);
}

void tool_folder_write(const ToolFolder *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    sandbox_write(folder->path, name, text);
}

int tool_folder_fit(const ToolFolder *folder)
{
    g_autoptr(WendFolder) open = wend_folder_open(folder->path, NULL);
    return folder->format->detect(open);
}

void tool_folder_scan(ToolFolder *folder)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendFolder) open = wend_folder_open(folder->path, &error);
    g_ptr_array_set_size(folder->migrations, 0);
    g_ptr_array_set_size(folder->problems, 0);
    g_assert_true(
        folder->format->scan(open, folder->dialect, folder->migrations, folder->problems, &error));
    for (guint i = 0; i < folder->migrations->len; i++)
        folder->format->load(folder->migrations->pdata[i], folder->dialect, folder->problems);
}

static void append_script(GString *text, const char *what, const WendScript *script)
{
    if (script != NULL)
        g_string_append_printf(text, " %s(%u:%s)", what, script->line, script->text);
}

char *tool_folder_text(const ToolFolder *folder)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < folder->migrations->len; i++) {
        const WendMigration *migration = folder->migrations->pdata[i];
        g_autofree char *label = wend_migration_label(migration);
        g_string_append_printf(text, "%s=%s", label, migration->id);
        append_script(text, "up", migration->up);
        append_script(text, "down", migration->down);
        if (wend_script_directive(migration->up, WEND_DIRECTIVE_TRANSACTION) != NULL)
            g_string_append(text, " alone");
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

char *tool_folder_problems(const ToolFolder *folder)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < folder->problems->len; i++) {
        const WendProblem *problem = folder->problems->pdata[i];
        g_autofree char *file = g_path_get_basename(problem->file);
        g_string_append_printf(text, "%c %s: %s\n", problem->warning ? 'W' : 'E', file,
                               problem->message);
    }
    return g_string_free(text, FALSE);
}

WendMigration *tool_folder_get(const ToolFolder *folder, const char *id)
{
    for (guint i = 0; i < folder->migrations->len; i++) {
        WendMigration *migration = folder->migrations->pdata[i];
        if (strcmp(migration->id, id) == 0)
            return migration;
    }
    g_error("there is no migration %s", id);
}

char *tool_folder_decode(const ToolFolder *folder, ...)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    va_list list;
    va_start(list, folder);
    for (const char *value; (value = va_arg(list, const char *)) != NULL;)
        g_ptr_array_add(values, strcmp(value, "NULL") == 0 ? NULL : (char *)value);
    va_end(list);
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendRow row = {values->len, (const char *const *)values->pdata};
    g_autoptr(WendApplied) applied = folder->format->history->decode(&row, &error);
    if (error.code != WEND_OK)
        return g_strdup_printf("refused: %s", error.message);
    if (applied == NULL)
        return NULL;
    return g_strdup_printf(
        "%s %s_%s=%s %s%s%s", wend_kind_name(applied->kind), applied->version, applied->name,
        applied->id, applied->checksum != NULL ? applied->checksum : "-",
        applied->failed != NULL ? "; " : "", applied->failed != NULL ? applied->failed : "");
}

static char *queries_text(const GPtrArray *queries)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < queries->len; i++) {
        const WendQuery *query = queries->pdata[i];
        g_string_append(text, query->sql);
        for (guint j = 0; j < query->values->len; j++) {
            const WendValue *value = &g_array_index(query->values, WendValue, j);
            if (value->kind == WEND_VALUE_INTEGER)
                g_string_append_printf(text, " | %" G_GINT64_FORMAT, value->integer);
            else
                g_string_append_printf(text, " | %s",
                                       value->kind == WEND_VALUE_TEXT   ? value->text
                                       : value->kind == WEND_VALUE_NULL ? "NULL"
                                                                        : "NOW");
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static char *change(const ToolFolder *folder, const char *id, bool remove)
{
    const WendMigration *migration = tool_folder_get(folder, id);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    WendRecord record = {.book = {folder->dialect, folder->format->history->table},
                         .kind = migration->kind,
                         .id = migration->id,
                         .version = migration->version,
                         .name = migration->name,
                         .position = migration->position,
                         .by = "ann",
                         .migration = migration,
                         .migrations = folder->migrations};
    if (remove)
        folder->format->history->remove(&record, queries);
    else
        folder->format->history->insert(&record, queries);
    return queries_text(queries);
}

char *tool_folder_insert(const ToolFolder *folder, const char *id)
{
    return change(folder, id, false);
}

char *tool_folder_remove(const ToolFolder *folder, const char *id)
{
    return change(folder, id, true);
}
