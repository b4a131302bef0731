/* SPDX-License-Identifier: MIT
 *
 * Migrations, scripts and problems as values: making, naming and freeing them. See migration.h.
 */
#include "format/migration.h"

#include <string.h>

static const char *const kind_names[] = {
    [WEND_KIND_VERSIONED] = "versioned",
    [WEND_KIND_REPEATABLE] = "repeatable",
    [WEND_KIND_BASELINE] = "baseline",
};

const char *wend_kind_name(WendKind kind)
{
    return kind_names[kind];
}

bool wend_kind_parse(const char *name, WendKind *kind)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kind_names); i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *kind = (WendKind)i;
            return true;
        }
    }
    return false;
}

void wend_directive_free(WendDirective *directive)
{
    if (directive == NULL)
        return;
    g_free(directive->value);
    g_free(directive->key);
    g_free(directive->sql);
    g_free(directive->expected);
    g_free(directive);
}

WendScript *wend_script_new(const char *file, guint line, char *text, gsize length)
{
    WendScript *script = g_new0(WendScript, 1);
    script->file = g_strdup(file);
    script->line = line;
    script->text = text;
    script->length = length;
    script->directives = g_ptr_array_new_with_free_func((GDestroyNotify)wend_directive_free);
    wend_sha256(text, length, script->checksum);
    return script;
}

void wend_script_free(WendScript *script)
{
    if (script == NULL)
        return;
    g_free(script->file);
    g_free(script->text);
    g_ptr_array_unref(script->directives);
    g_free(script->only_if);
    g_free(script->only_if_value);
    if (script->values != NULL)
        g_hash_table_unref(script->values);
    if (script->own_values != NULL)
        g_hash_table_unref(script->own_values);
    wend_load_free(script->load);
    g_free(script);
}

const WendDirective *wend_script_directive(const WendScript *script, WendDirectiveKind kind)
{
    for (guint i = 0; i < script->directives->len; i++) {
        const WendDirective *directive = script->directives->pdata[i];
        if (directive->kind == kind)
            return directive;
    }
    return NULL;
}

WendMigration *wend_migration_new(WendKind kind)
{
    WendMigration *migration = g_new0(WendMigration, 1);
    migration->kind = kind;
    return migration;
}

void wend_migration_free(WendMigration *migration)
{
    if (migration == NULL)
        return;
    if (migration->format != NULL && migration->format_free != NULL)
        migration->format_free(migration->format);
    wend_script_free(migration->up);
    wend_script_free(migration->down);
    g_free(migration->id);
    g_free(migration->version);
    g_free(migration->name);
    g_free(migration->position);
    g_free(migration);
}

char *wend_migration_label(const WendMigration *migration)
{
    const char *name = migration->name != NULL ? migration->name : "";
    if (migration->kind == WEND_KIND_REPEATABLE)
        return g_strconcat("R__", migration->version, NULL);
    return g_strconcat(migration->kind == WEND_KIND_BASELINE ? "B__" : "", migration->version,
                       name[0] != '\0' ? "_" : "", name, NULL);
}

static void problem_free(gpointer data)
{
    WendProblem *problem = data;
    g_free(problem->file);
    g_free(problem->message);
    g_free(problem->hint);
    g_free(problem);
}

GPtrArray *wend_problems_new(void)
{
    return g_ptr_array_new_with_free_func(problem_free);
}

WendProblem *wend_problem_add(GPtrArray *problems, bool warning, const char *file, guint line,
                              guint column, const char *format, ...)
{
    WendProblem *problem = g_new0(WendProblem, 1);
    problem->warning = warning;
    problem->file = g_strdup(file);
    problem->line = line;
    problem->column = column;
    va_list args;
    va_start(args, format);
    problem->message = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(problems, problem);
    return problem;
}

WendProblem *wend_problem_take(GPtrArray *problems, WendError *error)
{
    WendProblem *problem = wend_problem_add(problems, false, error->file, error->line,
                                            error->column, "%s", error->message);
    problem->hint = g_steal_pointer(&error->hint);
    wend_error_clear(error);
    return problem;
}

bool wend_problems_stop(const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = problems->pdata[i];
        if (!problem->warning)
            return true;
    }
    return false;
}
