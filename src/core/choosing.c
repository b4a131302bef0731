/* SPDX-License-Identifier: MIT
 *
 * Which format the folder is in, and by the tables of the target which history is its own. What these hold is
 * read in reading.c. See project.h.
 */
#include "core/callbacks.h"
#include "core/project.h"

#include "core/adopt.h"
#include "format/code_tools.h"
#include "format/wend_history.h"

#include <string.h>

/* --- the folder --- */

static bool fits_database(const WendProject *project, const WendFormat *format)
{
    return !format->postgres_only || project->driver->dialect == WEND_DIALECT_POSTGRES;
}

static bool fail_database(const WendFormat *format, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "%s is for PostgreSQL only", format->title);
    return wend_error_hint(error, "--format wend takes the folder as wend's own");
}

/* Those among `ranked` that can be on this database; `tied` stays how many of the first fit equally well. */
static void take_formats(WendProject *project, const GPtrArray *ranked)
{
    guint tied = project->tied;
    for (guint i = 0; i < ranked->len; i++) {
        if (fits_database(project, ranked->pdata[i]))
            g_ptr_array_add(project->formats, ranked->pdata[i]);
        else if (i < tied)
            project->tied--;
    }
    project->tied = MAX(project->tied, 1);
}

static const char *default_table(const WendProject *project, const WendHistory *history);

static WendFolder *open_folder(const WendConfig *config, WendError *error)
{
    WendFolder *folder = config->files != NULL ? wend_folder_built_in(config->files, error)
                                               : wend_folder_open(config->migrations, error);
    if (folder != NULL)
        folder->env = config->env;
    return folder;
}

/* Reads the folder in project->format. */
static bool scan_folder(WendProject *project, const WendFolder *folder, WendError *error)
{
    bool ok = project->format->scan(folder, project->driver->dialect, project->migrations,
                                    project->problems, error);
    for (guint i = 0; i < project->migrations->len; i++)
        ((WendMigration *)project->migrations->pdata[i])->files = folder->files;
    if (ok)
        wend_callbacks_read(project, folder);
    return ok;
}

/* What is wrong with a file may be that it is another tool's. */
static void name_formats(WendProject *project)
{
    g_autofree char *names = wend_format_names(project->formats, project->tied);
    for (guint i = 0; project->tied > 1 && i < project->problems->len; i++) {
        WendProblem *problem = project->problems->pdata[i];
        g_autofree char *hint = problem->hint;
        if (problem->warning)
            problem->hint = g_steal_pointer(&hint);
        else
            problem->hint =
                g_strdup_printf("%s%sthe files fit several formats: %s; --format NAME "
                                "chooses one",
                                hint != NULL ? hint : "", hint != NULL ? "; or " : "", names);
    }
}

bool wend_project_scan(WendProject *project, WendError *error)
{
    const WendConfig *config = project->config;
    g_autoptr(WendFolder) folder = open_folder(config, error);
    if (folder == NULL)
        return false;
    g_ptr_array_set_size(project->formats, 0);
    project->tied = 1;
    if (config->format != NULL && !fits_database(project, project->format))
        return fail_database(project->format, error);
    if (config->format != NULL) {
        g_ptr_array_add(project->formats, (gpointer)project->format);
    } else {
        g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, folder, &project->tied);
        take_formats(project, ranked);
        if (project->formats->len == 0)
            return fail_database(ranked->pdata[0], error);
        project->format = project->formats->pdata[0];
        project->history = project->format->history;
    }
    /* Until the target is looked at, and for a script that is written without it. */
    g_free(project->table);
    project->table = g_strdup(default_table(project, project->history));
    if (!scan_folder(project, folder, error))
        return false;
    name_formats(project);
    return true;
}

/* The target says that it is another format than the files let think. */
static bool scan_again(WendProject *project, const WendFormat *format, WendError *error)
{
    g_autoptr(WendFolder) folder = open_folder(project->config, error);
    if (folder == NULL)
        return false;
    g_ptr_array_set_size(project->migrations, 0);
    g_ptr_array_set_size(project->problems, 0);
    project->format = format;
    return scan_folder(project, folder, error);
}

/* --- which history it is --- */

/* Whether a table with `columns` ("a,b") can be that history. */
static bool has_columns(const WendHistory *history, const char *columns)
{
    g_auto(GStrv) wanted = g_strsplit(history->columns, ",", -1);
    g_auto(GStrv) present = g_strsplit(columns, ",", -1);
    if (history->only && g_strv_length(wanted) != g_strv_length(present))
        return false;
    for (char **one = wanted; *one != NULL; one++) {
        if (!g_strv_contains((const char *const *)present, *one))
            return false;
    }
    return true;
}

static const char *default_table(const WendProject *project, const WendHistory *history)
{
    /* With a format named, the table that is named is that tool's. */
    bool tool = project->config->format != NULL && project->format->history != &wend_history_wend;
    if (project->config->table != NULL && !(tool && history == &wend_history_wend))
        return project->config->table;
    return project->driver->dialect == WEND_DIALECT_POSTGRES && history->schema_table != NULL
               ? history->schema_table
               : history->table;
}

/* Its second name, where the configuration names none. */
static const char *other_table(const WendProject *project, const WendHistory *history)
{
    return project->config->table == NULL && history->also != NULL
               ? history->also
               : default_table(project, history);
}

/* What was found under the second name takes the place of what was not under the first. */
static void choose_table(WendOwnTable *first, WendOwnTable *other)
{
    if (first->exists || !other->exists)
        return;
    WendOwnTable found = *other;
    *other = *first;
    *first = found;
}

/* What find_tables() is asked for: the journal, the scripts, wend's own history, then that of each format, then
 * the second names of these. */
enum { JOURNAL, SCRIPTS, OWN, TOOLS };

static void use_table(WendProject *project, const WendHistory *history, WendOwnTable *table,
                      bool exists)
{
    g_free(project->table);
    project->table = g_steal_pointer(&table->name);
    project->history = history;
    project->has_history = exists;
}

/* The tool whose table has that name and those columns, of which several have one name. NULL = none that is
 * known. */
static const char *whose_table(const WendHistory *history, const char *columns)
{
    for (gsize i = 0; wend_formats[i] != NULL; i++) {
        const WendHistory *one = wend_formats[i]->history;
        if (one != history && strcmp(one->table, history->table) == 0 && has_columns(one, columns))
            return wend_formats[i]->title;
    }
    for (const WendCodeTool *tool = wend_code_tools; tool->name != NULL; tool++) {
        if (strcmp(tool->table, history->table) == 0 && strcmp(tool->columns, columns) == 0)
            return tool->title;
    }
    return NULL;
}

static bool fail_columns(const WendProject *project, const WendFormat *format,
                         const WendOwnTable *table, WendError *error)
{
    const char *whose = whose_table(format->history, table->columns);
    const WendFormat *best = project->formats->pdata[0];
    wend_error_set(error, WEND_DISAGREE,
                   "the table %s is not the history of %s: its columns are %s%s%s%s", table->name,
                   format->title, table->columns, whose != NULL ? " (as in that of " : "",
                   whose != NULL ? whose : "", whose != NULL ? ")" : "");
    return wend_error_hint(error,
                           "if the history has another name, say so with table: in wend.yaml; "
                           "if the folder is another tool's, with --format NAME%s",
                           best->history == &wend_history_wend
                               ? "; --format wend begins a history of wend's own"
                               : "");
}

/* Where wend could not write, or only into what somebody else keeps. */
static bool no_view(const WendOwnTable *table, WendError *error)
{
    if (!table->exists || !table->view)
        return true;
    wend_error_set(error, WEND_DISAGREE, "%s is a view, and wend needs a table there", table->name);
    return wend_error_hint(error, "drop or rename the view, or name another table in wend.yaml "
                                  "(table:, journal:, scripts:)");
}

static bool fail_histories(const WendProject *project, const WendOwnTable *tables,
                           const GArray *hits, WendError *error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < hits->len; i++) {
        guint hit = g_array_index(hits, guint, i);
        const WendFormat *format = project->formats->pdata[hit];
        g_string_append_printf(names, "%s%s (%s)", i > 0 ? ", " : "", format->name,
                               tables[TOOLS + hit].name);
    }
    wend_error_set(error, WEND_USAGE,
                   "the folder fits the formats of several histories in this database: %s",
                   names->str);
    return wend_error_hint(error, "name the one that counts with --format NAME, or format: in "
                                  "wend.yaml");
}

/* To begin anew beside a history that is there would run everything a second time. */
static bool not_moved(const WendOwnTable *table, WendError *error)
{
    if (table->elsewhere == NULL)
        return true;
    wend_error_set(error, WEND_DISAGREE,
                   "%s is not there, but %s is: the search path has changed since that was made",
                   table->name, table->elsewhere);
    return wend_error_hint(
        error, "give the names of wend's tables with their schema in wend.yaml (table:, "
               "journal:, scripts:), or set the search path back");
}

/* The tool's table is in a schema that the search path does not lead to: its files may be meant for that, too. */
static bool not_elsewhere(const WendOwnTable *table, WendError *error)
{
    if (table->elsewhere == NULL)
        return true;
    wend_error_set(error, WEND_DISAGREE, "%s is not there, but %s is", table->name,
                   table->elsewhere);
    return wend_error_hint(
        error,
        "if the tool runs its files in that schema, too, set the search path (in the URL: "
        "?options=-csearch_path%%3DSCHEMA); if only its table is there, say table: %s in wend.yaml",
        table->elsewhere);
}

/* Whether wend's own history, which is there, is this folder's: where the tool's is there as well, it was adopted
 * or belongs to somebody else. */
static bool is_own(const WendProject *project, const WendOwnTable *tables, bool *own,
                   WendError *error)
{
    const WendHistory *best = ((const WendFormat *)project->formats->pdata[0])->history;
    const WendOwnTable *theirs = &tables[TOOLS];
    *own = true;
    return best == &wend_history_wend || !theirs->exists || !has_columns(best, theirs->columns) ||
           wend_adopt_counts(project, theirs->name, tables[OWN].name,
                             tables[JOURNAL].exists ? tables[JOURNAL].name : NULL, own, error);
}

/* Whether wend's own history, which is called `own` as it is there, is that of another track, where this one's format
 * is said to be a tool's. The other track may name its schema, or not. */
static bool of_other_track(const WendProject *project, const char *own)
{
    const WendConfig *config = project->config;
    const char *said = default_table(project, &wend_history_wend);
    bool tool = config->format != NULL && !config->seeding &&
                project->format->history != &wend_history_wend;
    for (guint i = 0; tool && i < config->histories->len; i++) {
        const char *other = config->histories->pdata[i];
        if (g_ascii_strcasecmp(other, said) == 0 || g_ascii_strcasecmp(other, own) == 0)
            return true;
    }
    return false;
}

/* wend's own where it is there; else that of the one format whose history is there; else that of the format
 * that fits the folder best, to be made. */
static bool choose_history(WendProject *project, WendOwnTable *tables, WendError *error)
{
    const WendFormat *best = project->formats->pdata[0];
    bool own = false;
    if (tables[OWN].exists && has_columns(&wend_history_wend, tables[OWN].columns) &&
        !of_other_track(project, tables[OWN].name) && !is_own(project, tables, &own, error))
        return false;
    if (own || (tables[OWN].exists && best->history == &wend_history_wend)) {
        if (!no_view(&tables[OWN], error))
            return false;
        use_table(project, &wend_history_wend, &tables[OWN], true);
        return true;
    }
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < project->formats->len; i++) {
        const WendFormat *format = project->formats->pdata[i];
        const WendOwnTable *table = &tables[TOOLS + i];
        if (table->exists && has_columns(format->history, table->columns))
            g_array_append_val(hits, i);
    }
    bool first = hits->len > 0 && g_array_index(hits, guint, 0) == 0 && project->tied == 1;
    if (hits->len > 1 && !first)
        return fail_histories(project, tables, hits, error);
    guint chosen = hits->len > 0 ? g_array_index(hits, guint, 0) : 0;
    if (hits->len == 0 && project->tied > 1)
        return wend_format_refuse(project->config->migrations, project->formats, project->tied,
                                  error);
    const WendFormat *format = project->formats->pdata[chosen];
    if (!no_view(&tables[TOOLS + chosen], error))
        return false;
    /* A table of such a name that no format can read: whose database this is must be known first. */
    for (guint i = 0; hits->len == 0 && i < project->formats->len; i++) {
        const WendFormat *one = project->formats->pdata[i];
        if (tables[TOOLS + i].exists && one->history != &wend_history_wend)
            return fail_columns(project, one, &tables[TOOLS + i], error);
    }
    if (!(format->history == &wend_history_wend ? not_moved(&tables[TOOLS + chosen], error)
                                                : not_elsewhere(&tables[TOOLS + chosen], error)))
        return false;
    use_table(project, format->history, &tables[TOOLS + chosen], hits->len > 0);
    return format == project->format || scan_again(project, format, error);
}

bool wend_project_find(WendProject *project, WendError *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    /* A command that needs no folder looks for wend's own tables, or those of the format that it was
     * told. */
    if (project->formats->len == 0)
        g_ptr_array_add(project->formats, (gpointer)project->format);
    g_ptr_array_add(names, project->journal_table);
    g_ptr_array_add(names, project->scripts_table);
    g_ptr_array_add(names, (gpointer)default_table(project, &wend_history_wend));
    for (guint i = 0; i < project->formats->len; i++) {
        const WendFormat *format = project->formats->pdata[i];
        g_ptr_array_add(names, (gpointer)default_table(project, format->history));
    }
    for (guint i = 0; i < project->formats->len; i++) {
        const WendFormat *format = project->formats->pdata[i];
        g_ptr_array_add(names, (gpointer)other_table(project, format->history));
    }
    g_ptr_array_add(names, NULL);
    g_autofree WendOwnTable *tables = g_new0(WendOwnTable, names->len);
    if (!project->driver->find_tables(project->connection, (const char *const *)names->pdata,
                                      tables, error))
        return false;
    for (guint i = 0; i < project->formats->len; i++)
        choose_table(&tables[TOOLS + i], &tables[TOOLS + project->formats->len + i]);
    g_free(project->own_table);
    project->own_table = g_strdup(tables[OWN].name);
    project->has_own = tables[OWN].exists || of_other_track(project, tables[OWN].name);
    bool ok = not_moved(&tables[JOURNAL], error) && no_view(&tables[JOURNAL], error) &&
              no_view(&tables[SCRIPTS], error) && choose_history(project, tables, error);
    g_free(project->journal_table);
    g_free(project->scripts_table);
    project->journal.table = project->journal_table = g_steal_pointer(&tables[JOURNAL].name);
    project->journal.scripts = project->scripts_table = g_steal_pointer(&tables[SCRIPTS].name);
    project->has_journal = tables[JOURNAL].exists;
    project->has_scripts = tables[SCRIPTS].exists;
    for (guint i = 0; i + 1 < names->len; i++)
        wend_own_table_clear(&tables[i]);
    return ok;
}

bool wend_project_tool_table(const WendProject *project, WendOwnTable *found, WendError *error)
{
    const WendHistory *history = project->format->history;
    const char *names[] = {default_table(project, history), other_table(project, history), NULL};
    WendOwnTable tables[2] = {{0}, {0}};
    if (!project->driver->find_tables(project->connection, names, tables, error))
        return false;
    choose_table(&tables[0], &tables[1]);
    wend_own_table_clear(&tables[1]);
    *found = tables[0];
    return no_view(found, error) && (!found->exists || has_columns(history, found->columns) ||
                                     fail_columns(project, project->format, found, error));
}
