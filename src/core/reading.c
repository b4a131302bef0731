/* SPDX-License-Identifier: MIT
 *
 * What a project reads from its target: history and journal, once it is known which tables they are
 * (choosing.c); stored texts are store.c's. See project.h.
 */
#include "core/project.h"

#include "format/wend_history.h"

#include <string.h>

/* --- rows --- */

typedef struct Reading {
    WendProject *project;
    GPtrArray *into;
} Reading;

static bool take_applied(const WendRow *row, void *data, WendError *error)
{
    Reading *reading = data;
    g_auto(WendError) failure = WEND_ERROR_INIT;
    WendApplied *applied = reading->project->history->decode(row, &failure);
    if (applied != NULL)
        g_ptr_array_add(reading->into, applied);
    return failure.code == WEND_OK || wend_error_move(error, &failure);
}

static bool take_row(const WendRow *row, void *data, WendError *error)
{
    Reading *reading = data;
    WendJournalRow *one = wend_journal_decode(row, error);
    if (one != NULL)
        g_ptr_array_add(reading->into, one);
    return one != NULL;
}

static bool read_into(WendProject *project, WendQuery *query, WendRowFn row, GPtrArray *into,
                      WendError *error)
{
    g_autoptr(WendQuery) owned = query;
    Reading reading = {project, into};
    g_ptr_array_set_size(into, 0);
    return project->driver->query(project->connection, owned, row, &reading, error);
}

/* A table of the right name that cannot be read as ours was made by somebody else. */
static bool blame_table(WendError *error, const char *table)
{
    /* With a way out of its own it is another trouble: a damaged file, a failing disk. */
    if (error == NULL || error->code != WEND_FAILED || error->hint != NULL)
        return false;
    g_autofree char *message = g_strdup(error->message);
    g_autofree char *vendor = g_strdup(error->vendor);
    wend_error_set(error, WEND_DISAGREE, "the table %s is not as wend makes it: %s", table,
                   message);
    wend_error_vendor(error, "%s", vendor);
    return wend_error_hint(error,
                           "if it belongs to another program, name another one with table: in "
                           "wend.yaml");
}

/* --- history and journal --- */

WendBook wend_project_book(const WendProject *project)
{
    return (WendBook){project->driver->dialect, project->table};
}

/* Rows whose place the table does not say: the file's, or what the format makes of the id. */
static bool place_applied(const WendProject *project, GPtrArray *rows, WendError *error)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < project->migrations->len; i++) {
        WendMigration *migration = project->migrations->pdata[i];
        g_hash_table_insert(by_id, migration->id, migration);
    }
    for (guint i = 0; i < rows->len; i++) {
        WendApplied *applied = rows->pdata[i];
        const WendMigration *migration = g_hash_table_lookup(by_id, applied->id);
        if (applied->position == NULL && migration != NULL)
            applied->position = g_strdup(migration->position);
        else if (applied->position == NULL)
            applied->position = project->format->position(applied->id);
        if (applied->position == NULL) {
            wend_error_set(error, WEND_DISAGREE,
                           "the history table has a row that wend did not write: id \"%s\"",
                           applied->id);
            return wend_error_hint(error, "name another table (`table:` in wend.yaml), or remove "
                                          "the row once you know how it came there");
        }
    }
    return true;
}

bool wend_project_tool_history(WendProject *project, char **table, bool *exists, GPtrArray *applied,
                               WendError *error)
{
    const WendHistory *history = project->format->history;
    WendOwnTable found = {0};
    bool ok = wend_project_tool_table(project, &found, error);
    const WendHistory *own = project->history;
    project->history = history;
    WendBook book = {project->driver->dialect, found.name};
    ok =
        ok && (!found.exists ||
               (read_into(project, history->read(&book), take_applied, applied, error) &&
                (history->settle == NULL || history->settle(applied, project->migrations, error)) &&
                place_applied(project, applied, error)));
    project->history = own;
    *exists = found.exists;
    if (ok)
        *table = g_steal_pointer(&found.name);
    wend_own_table_clear(&found);
    return ok;
}

static bool settle_history(WendProject *project, WendError *error)
{
    if (!project->has_history)
        return true;
    if (project->history->settle != NULL &&
        !project->history->settle(project->applied, project->migrations, error))
        return false;
    return place_applied(project, project->applied, error);
}

/* History, the journal's end and, with `last`, its newest rows, all in one round trip. */
static bool read_tables(WendProject *project, bool last, WendError *error)
{
    WendBook book = wend_project_book(project);
    Reading into[] = {
        {project, project->applied}, {project, project->tail}, {project, project->rows}};
    WendRead reads[G_N_ELEMENTS(into)];
    const char *tables[G_N_ELEMENTS(into)];
    guint count = 0, failed;
    g_autoptr(WendQuery) history = project->has_history ? project->history->read(&book) : NULL;
    g_autoptr(WendQuery) tail =
        project->has_journal ? wend_journal_read_tail(&project->journal) : NULL;
    g_autoptr(WendQuery) newest =
        project->has_journal && last ? wend_journal_read_last(&project->journal) : NULL;
    const WendQuery *queries[] = {history, tail, newest};
    for (guint i = 0; i < G_N_ELEMENTS(into); i++) {
        g_ptr_array_set_size(into[i].into, 0);
        if (queries[i] == NULL)
            continue;
        tables[count] = i == 0 ? project->table : project->journal.table;
        reads[count++] = (WendRead){queries[i], i == 0 ? take_applied : take_row, &into[i]};
    }
    return count == 0 || project->driver->read(project->connection, reads, count, &failed, error) ||
           blame_table(error, tables[failed]);
}

bool wend_project_read_last(WendProject *project, WendError *error)
{
    return read_into(project, wend_journal_read_last(&project->journal), take_row, project->rows,
                     error) ||
           blame_table(error, project->journal.table);
}

/* The row says which text the migration is applied with. */
static bool says_text(const WendJournalRow *row)
{
    return row->direction == WEND_UP && row->checksum != NULL &&
           (row->event == WEND_EVENT_APPLIED || row->event == WEND_EVENT_MARKED ||
            row->event == WEND_EVENT_REPAIRED);
}

/* Other tools' tables do not know the stored texts: the journal's rows do. */
static void find_scripts(WendProject *project)
{
    g_autoptr(GHashTable) applied = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < project->applied->len; i++) {
        WendApplied *one = project->applied->pdata[i];
        g_hash_table_insert(applied, one->id, one);
    }
    for (guint i = 0; i < project->rows->len; i++) {
        const WendJournalRow *row = project->rows->pdata[i];
        WendApplied *one = g_hash_table_lookup(applied, row->id);
        if (one != NULL && says_text(row)) {
            g_free(one->script);
            one->script = g_strdup(row->checksum);
        }
    }
}

bool wend_project_read(WendProject *project, bool last, WendError *error)
{
    g_clear_pointer(&project->unfinished, wend_unfinished_free);
    if (!wend_project_find(project, error))
        return false;
    bool tool = project->history != &wend_history_wend;
    if (!read_tables(project, last || tool, error) || !settle_history(project, error))
        return false;
    if (project->has_journal)
        project->unfinished = wend_recovery_read(project->tail);
    if (tool)
        find_scripts(project);
    return true;
}

/* --- the last run --- */

static void row_free(gpointer row)
{
    wend_journal_row_free(row);
}

static bool take_batch_row(const WendRow *row, void *data, WendError *error)
{
    Reading *reading = data;
    WendJournalRow *one = wend_journal_decode(row, error);
    if (one == NULL)
        return false;
    bool up = one->event == WEND_EVENT_APPLIED;
    g_ptr_array_add(reading->into, one);
    if (!up)
        g_ptr_array_set_size(reading->into, (gint)reading->into->len - 1);
    return true;
}

GHashTable *wend_project_batch(WendProject *project, WendError *error)
{
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!project->has_journal)
        return g_steal_pointer(&ids);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    if (!read_into(project, wend_journal_read_rows(&project->journal, NULL, NULL, 0),
                   take_batch_row, rows, error))
        return NULL;
    g_autoptr(GHashTable) applied = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < project->applied->len; i++) {
        WendApplied *one = project->applied->pdata[i];
        g_hash_table_add(applied, one->id);
    }
    /* Newest first; an id counts for the run that applied it last. */
    const char *run = NULL;
    for (guint i = 0; i < rows->len; i++) {
        const WendJournalRow *row = rows->pdata[i];
        if (!g_hash_table_remove(applied, row->id))
            continue;
        if (run == NULL)
            run = row->run;
        if (strcmp(run, row->run) == 0)
            g_hash_table_add(ids, g_strdup(row->id));
    }
    return g_steal_pointer(&ids);
}
