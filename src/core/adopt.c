/* SPDX-License-Identifier: MIT
 *
 * Adopting another tool's history. See adopt.h.
 */
#include "core/adopt.h"

#include "core/rows.h"
#include "core/settle.h"
#include "core/tool_lock.h"
#include "format/wend_history.h"

#include <jansson.h>
#include <string.h>

void wend_adopted_clear(WendAdopted *adopted)
{
    g_clear_pointer(&adopted->labels, g_ptr_array_unref);
    g_clear_pointer(&adopted->removed, g_ptr_array_unref);
    g_clear_pointer(&adopted->warnings, g_ptr_array_unref);
    g_clear_pointer(&adopted->from, g_free);
    g_clear_pointer(&adopted->to, g_free);
}

static void adopted_init(WendAdopted *adopted)
{
    *adopted = (WendAdopted){.labels = g_ptr_array_new_with_free_func(g_free),
                             .removed = g_ptr_array_new_with_free_func(g_free),
                             .warnings = g_ptr_array_new_with_free_func(g_free)};
}

/* --- whether it was --- */

static bool take_any(G_GNUC_UNUSED const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    *(bool *)data = true;
    return true;
}

bool wend_adopt_counts(const WendProject *project, const char *theirs, const char *own,
                       const char *journal, bool *counts, WendError *error)
{
    const WendFormat *format = project->formats->pdata[0];
    WendJournal adopted = project->journal;
    adopted.table = journal;
    *counts = false;
    if (journal != NULL) {
        g_autoptr(WendQuery) query = wend_journal_read_adopted(&adopted, theirs);
        if (!project->driver->query(project->connection, query, take_any, counts, error))
            return false;
    }
    /* Where there are several tracks, it may be what another one's was taken over to. */
    const WendConfig *config = project->config;
    if (*counts || (config->format != NULL && (config->table != NULL || config->tracks > 1)))
        return true;
    wend_error_set(error, WEND_DISAGREE,
                   "the database has a history of %s (%s) and one of wend's own (%s) that was not "
                   "taken over from it",
                   format->title, theirs, own);
    return wend_error_hint(error,
                           "if %s is another project's, say in wend.yaml format: %s, table: %s, "
                           "and a journal: and scripts: of this one's",
                           own, format->name, theirs);
}

/* --- in --- */

static bool fail_failed(const WendEntry *entry, WendError *error)
{
    g_autofree char *label = wend_entry_label(entry);
    wend_error_set(error, WEND_DISAGREE, "%s: %s", label, entry->applied->failed);
    wend_error_state(error, "nothing was adopted");
    return wend_error_hint(
        error,
        "settle it first: `wend mark %s` if the database has all of it, else undo "
        "what is there and `wend mark --pending %s`",
        entry->applied->version, entry->applied->version);
}

/* Whether the rows can be taken over as they are; what is odd about them goes to `warnings`. */
static bool verify(const GArray *entries, const WendAdopting *how, WendAdopted *adopted,
                   WendError *error)
{
    g_autoptr(GString) changed = g_string_new(NULL);
    const WendEntry *first = NULL;
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->applied == NULL)
            continue;
        if (entry->applied->failed != NULL)
            return fail_failed(entry, error);
        g_autofree char *label = wend_entry_label(entry);
        if (entry->state == WEND_STATE_MISSING)
            g_ptr_array_add(adopted->warnings,
                            g_strdup_printf("%s is applied and has no file here", label));
        if (entry->state == WEND_STATE_CHANGED) {
            g_string_append_printf(changed, "%s%s", first != NULL ? ", " : "", label);
            first = first != NULL ? first : entry;
        }
        g_ptr_array_add(adopted->labels, g_steal_pointer(&label));
    }
    if (first != NULL && !how->force) {
        wend_error_set(error, WEND_DISAGREE, "not what was applied, by the tool's own checksum: %s",
                       changed->str);
        wend_error_place(error, first->migration->up->file, 0, 0);
        wend_error_state(error, "nothing was adopted");
        return wend_error_hint(error, "put the files back as they were; or `wend adopt --force`: "
                                      "their present text then counts as what was applied");
    }
    if (first != NULL)
        g_ptr_array_add(adopted->warnings,
                        g_strdup_printf("taken as the files are now: %s", changed->str));
    return true;
}

/* {"adopted_from": "flyway_schema_history", "by": …, "checksum": …, "down": …} Caller frees. */
static char *detail_of(const WendProject *project, const WendEntry *entry, const char *from)
{
    const WendScript *down = entry->migration != NULL ? entry->migration->down : NULL;
    json_t *detail = json_pack("{s:s, s:s*, s:s*, s:s*}", "adopted_from", from, "by",
                               entry->applied->by, "checksum", entry->applied->checksum, "down",
                               down != NULL && project->config->store ? down->checksum : NULL);
    char *text = json_dumps(detail, 0);
    char *copy = g_strdup(text);
    free(text);
    json_decref(detail);
    return copy;
}

static void add_rows(WendProject *project, const WendEntry *entry, const char *from, const char *to,
                     GPtrArray *details, GPtrArray *queries)
{
    const WendApplied *applied = entry->applied;
    const WendMigration *migration = entry->migration;
    const WendScript *up = migration != NULL ? migration->up : NULL;
    if (migration != NULL)
        project->format->load(entry->migration, project->driver->dialect, project->problems);
    WendRecord record = {.book = {project->driver->dialect, to},
                         .kind = applied->kind,
                         .id = applied->id,
                         .version = wend_entry_version(entry),
                         .name = wend_entry_name(entry),
                         .position = applied->position,
                         .checksum = up != NULL ? up->checksum : NULL,
                         .applied_at = applied->applied_at,
                         .by = project->user,
                         .migration = migration,
                         .migrations = project->migrations};
    WendStep step = {
        .direction = WEND_UP, .id = applied->id, .migration = entry->migration, .script = up};
    char *detail = detail_of(project, entry, from);
    g_ptr_array_add(details, detail);
    WendJournalRow row = {.id = applied->id,
                          .direction = WEND_UP,
                          .event = WEND_EVENT_MARKED,
                          .checksum = up != NULL ? (char *)up->checksum : NULL,
                          .script =
                              up != NULL && project->config->store ? (char *)up->checksum : NULL,
                          .detail = detail,
                          .duration_ms = -1};
    wend_rows_scripts(project, &step, queries);
    g_ptr_array_add(queries, wend_journal_add(&project->journal, &row, false));
    wend_history_wend.insert(&record, queries);
}

static bool write_all(WendProject *project, GPtrArray *queries, WendError *error)
{
    return queries->len == 0 || project->driver->write(project->connection, queries, error);
}

/* wend's table appears with all its rows, as from then on it is what counts: where DDL commits by itself, it is
 * filled under another name. */
static bool write_own(WendProject *project, const GArray *entries, const char *from, const char *to,
                      WendError *error)
{
    bool commits = project->driver->dialect == WEND_DIALECT_MYSQL;
    g_autoptr(GPtrArray) tables = wend_queries_new();
    g_autoptr(GPtrArray) rows = wend_queries_new();
    g_autoptr(GPtrArray) rename = wend_queries_new();
    g_autoptr(GPtrArray) details = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *name = commits ? g_strconcat(to, "_new", NULL) : g_strdup(to);
    WendBook book = {project->driver->dialect, name};
    wend_rows_tables(project, tables);
    if (commits) {
        g_autofree char *quoted = wend_quote_table(book.dialect, to);
        g_autofree char *text = g_strdup_printf("RENAME TABLE {table} TO %s", quoted);
        g_ptr_array_add(tables, wend_book_query(&book, "DROP TABLE IF EXISTS {table}"));
        g_ptr_array_add(rename, wend_book_query(&book, text));
    }
    wend_history_wend.create(&book, commits ? tables : rows);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->applied != NULL)
            add_rows(project, entry, from, name, details, rows);
    }
    return write_all(project, tables, error) && write_all(project, rows, error) &&
           write_all(project, rename, error);
}

static bool fail_nothing(const WendProject *project, WendError *error)
{
    if (project->format == wend_formats[0]) {
        wend_error_set(error, WEND_USAGE,
                       "there is nothing to adopt: the folder is wend's own, and no other tool's "
                       "history that fits it is in the database");
        return wend_error_hint(error, "`wend detect` lists what is there; --format NAME says whose "
                                      "folder it is");
    }
    wend_error_set(error, WEND_USAGE, "the history is wend's own already (%s)", project->table);
    return wend_error_hint(error, "`wend adopt --back` writes it out into %s's table again",
                           project->format->title);
}

/* Nothing to take over, or nowhere to put it. */
static bool check_tables(const WendProject *project, const WendAdopted *adopted, WendError *error)
{
    if (project->has_own) {
        wend_error_set(error, WEND_DISAGREE, "the table %s is that of another project or track",
                       project->own_table);
        return wend_error_hint(error,
                               "go on with %s's table, or give the other history "
                               "another name",
                               project->format->title);
    }
    if (adopted->labels->len > 0)
        return true;
    wend_error_set(error, WEND_USAGE, "there is nothing to adopt: %s says that nothing is applied",
                   project->table);
    return wend_error_hint(error, "`wend up` goes on with it; adopt it when something is applied");
}

static bool adopt_locked(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                         WendError *error)
{
    if (!wend_project_read(project, true, error))
        return false;
    if (project->history == &wend_history_wend)
        return fail_nothing(project, error);
    if (!wend_nothing_half_done(project, error))
        return wend_error_state(error, "nothing was adopted");
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL || !verify(entries, how, adopted, error) ||
        !check_tables(project, adopted, error))
        return false;
    adopted->from = g_strdup(project->table);
    adopted->to = g_strdup(project->own_table);
    return how->dry_run || write_own(project, entries, adopted->from, adopted->to, error);
}

/* Looks, and where something is to be written, does so under the lock. */
static bool run(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                bool (*work)(WendProject *, const WendAdopting *, WendAdopted *, WendError *),
                WendError *error)
{
    if (how->dry_run)
        return work(project, how, adopted, error);
    if (!project->driver->writable(project->connection, error) ||
        !wend_project_lock(project, error))
        return false;
    bool ok = work(project, how, adopted, error);
    wend_project_unlock(project);
    return ok;
}

bool wend_adopt(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                WendError *error)
{
    adopted_init(adopted);
    if (!wend_project_sound(project, error) || !wend_project_find(project, error))
        return false;
    if (project->history == &wend_history_wend)
        return fail_nothing(project, error);
    if (!project->has_history) {
        wend_error_set(error, WEND_USAGE,
                       "%s has no history in this database: there is no table %s",
                       project->format->title, project->table);
        return wend_error_hint(error, "`wend up` begins one; a table of another name is named with "
                                      "table: in wend.yaml");
    }
    return run(project, how, adopted, adopt_locked, error);
}

/* --- back --- */

static const WendMigration *file_of(const WendProject *project, const char *id)
{
    for (guint i = 0; i < project->migrations->len; i++) {
        const WendMigration *migration = project->migrations->pdata[i];
        if (strcmp(migration->id, id) == 0)
            return migration;
    }
    return NULL;
}

/* `there`: the row of the tool's table that goes, or is to say what `applied` does; NULL = there is none. */
static void add_change(WendProject *project, const WendBook *book, const WendApplied *applied,
                       const WendApplied *there, bool remove, GPtrArray *queries)
{
    const WendHistory *history = project->format->history;
    const WendMigration *migration = file_of(project, applied->id);
    WendRecord record = {.book = *book,
                         .kind = applied->kind,
                         .id = applied->id,
                         .version = applied->version,
                         .name = migration != NULL ? migration->name : applied->name,
                         .position = applied->position,
                         .checksum = applied->checksum,
                         .applied_at = applied->applied_at,
                         .by = project->user,
                         .migration = migration,
                         .applied = there,
                         .migrations = project->migrations};
    if (there != NULL && !remove && history->replace != NULL) {
        history->replace(&record, queries);
        return;
    }
    if (there != NULL)
        history->remove(&record, queries);
    if (!remove)
        history->insert(&record, queries);
}

/* The tool's row is of a text that was applied before: since then the file was applied as it is now. */
static bool is_outdated(const WendProject *project, const WendApplied *row,
                        const WendApplied *there)
{
    const WendHistory *history = project->format->history;
    const WendMigration *migration = file_of(project, row->id);
    if (migration == NULL || migration->up == NULL ||
        g_strcmp0(row->checksum, migration->up->checksum) != 0)
        return false;
    return history->same != NULL ? !history->same(migration, there)
                                 : g_strcmp0(there->checksum, migration->up->checksum) != 0;
}

static const WendApplied *find_applied(const GPtrArray *rows, const char *id)
{
    for (guint i = 0; i < rows->len; i++) {
        const WendApplied *one = rows->pdata[i];
        if (strcmp(one->id, id) == 0)
            return one;
    }
    return NULL;
}

static int by_position(gconstpointer a, gconstpointer b)
{
    const WendApplied *one = *(const WendApplied *const *)a;
    const WendApplied *other = *(const WendApplied *const *)b;
    return strcmp(one->position, other->position);
}

/* A table that only says how far it got cannot say that one below was left out. */
static bool check_gaps(const WendProject *project, WendError *error)
{
    const GPtrArray *applied = project->applied;
    const WendApplied *last = applied->len > 0 ? applied->pdata[applied->len - 1] : NULL;
    for (guint i = 0; last != NULL && i < project->migrations->len; i++) {
        const WendMigration *one = project->migrations->pdata[i];
        if (strcmp(one->position, last->position) >= 0 || find_applied(applied, one->id) != NULL)
            continue;
        g_autofree char *label = wend_project_label(project, one->id);
        wend_error_set(error, WEND_DISAGREE,
                       "%s is not applied, but version %s is: %s's table cannot say that", label,
                       last->version, project->format->title);
        wend_error_state(error, "nothing was changed");
        return wend_error_hint(error, "run it first (`wend up --out-of-order`), or `wend mark %s`",
                               one->version);
    }
    return true;
}

/* Of such a table only the newest counts. */
static void add_newest(WendProject *project, const WendBook *book, const GPtrArray *theirs,
                       GPtrArray *queries)
{
    const GPtrArray *rows = project->applied->len > 0 ? project->applied : theirs;
    bool remove = project->applied->len == 0;
    const WendApplied *row = rows->len == 0 ? NULL : rows->pdata[remove ? 0 : rows->len - 1];
    if (row != NULL)
        add_change(project, book, row, remove ? row : NULL, remove, queries);
}

/* What makes the tool's table say what wend's own does: rows come in order, and go against it. */
static void add_changes(WendProject *project, const WendBook *book, const GPtrArray *theirs,
                        WendAdopted *adopted, GPtrArray *queries)
{
    bool up_to = project->format->history->up_to;
    if (up_to)
        add_newest(project, book, theirs, queries);
    for (guint i = theirs->len; i > 0; i--) {
        const WendApplied *row = theirs->pdata[i - 1];
        if (find_applied(project->applied, row->id) != NULL && row->failed == NULL)
            continue;
        g_ptr_array_add(adopted->removed, g_strdup(row->version));
        if (!up_to)
            add_change(project, book, row, row, true, queries);
    }
    for (guint i = 0; i < project->applied->len; i++) {
        const WendApplied *row = project->applied->pdata[i];
        const WendApplied *there = find_applied(theirs, row->id);
        if (there != NULL && there->failed != NULL)
            there = NULL; /* it was removed above */
        else if (there != NULL && !is_outdated(project, row, there))
            continue;
        g_ptr_array_add(adopted->labels, wend_project_label(project, row->id));
        if (!up_to)
            add_change(project, book, row, there, false, queries);
    }
}

static bool back_locked(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                        WendError *error)
{
    g_autoptr(GPtrArray) theirs = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    bool exists = false;
    if (!wend_project_read(project, false, error) || !wend_nothing_half_done(project, error))
        return false;
    if (!wend_project_tool_history(project, &adopted->to, &exists, theirs, error))
        return false;
    adopted->from = g_strdup(project->own_table);
    WendBook book = {project->driver->dialect, adopted->to};
    if (!exists)
        project->format->history->create(&book, queries);
    g_ptr_array_sort(theirs, by_position);
    g_ptr_array_sort(project->applied, by_position);
    if (project->format->history->up_to && !check_gaps(project, error))
        return false;
    add_changes(project, &book, theirs, adopted, queries);
    if (how->dry_run)
        return true;
    WendBook own = {project->driver->dialect, project->own_table};
    g_autoptr(GPtrArray) drop = wend_queries_new();
    g_ptr_array_add(drop, wend_book_query(&own, "DROP TABLE {table}"));
    return (queries->len == 0 || project->driver->write(project->connection, queries, error)) &&
           project->driver->write(project->connection, drop, error);
}

bool wend_adopt_back(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                     WendError *error)
{
    adopted_init(adopted);
    if (!wend_project_sound(project, error) || !wend_project_find(project, error))
        return false;
    if (project->format == wend_formats[0]) {
        wend_error_set(error, WEND_USAGE,
                       "the folder is wend's own: there is no other tool to give "
                       "the history back to");
        return wend_error_hint(error,
                               "say whose folder it was: wend --format NAME adopt --back; a tool "
                               "of program code has its history still, as it was");
    }
    if (project->history != &wend_history_wend) {
        wend_error_set(error, WEND_USAGE, "the history is %s's already (%s)",
                       project->format->title, project->table);
        return wend_error_hint(error, "`wend adopt` takes it over into wend's own");
    }
    return run(project, how, adopted, back_locked, error);
}
