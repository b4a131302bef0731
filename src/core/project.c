/* SPDX-License-Identifier: MIT
 *
 * A project: configuration, folder and target, read. See project.h.
 */
#include "core/project.h"

#include "core/seed.h"
#include "core/store.h"
#include "format/directive.h"
#include "format/seed.h"
#include "format/wend_history.h"
#include "sql/scanner.h"

#include <string.h>

#define LOST_SHOWN 5 /* of those that the history has lost: a whole project may be */

static void applied_free(gpointer applied)
{
    wend_applied_free(applied);
}

static void row_free(gpointer row)
{
    wend_journal_row_free(row);
}

static void callback_free(gpointer callback)
{
    wend_callback_free(callback);
}

static void migration_free(gpointer migration)
{
    wend_migration_free(migration);
}

/* "20260131T120000.123Z-3f9a": sorts by time, and two at once differ. */
static char *new_run(void)
{
    g_autofree char *now = wend_now_text();
    g_autoptr(GString) run = g_string_new(NULL);
    for (const char *at = now; *at != '\0'; at++) {
        if (*at != '-' && *at != ':')
            g_string_append_c(run, *at);
    }
    g_string_append_printf(run, "-%04x", (guint)g_random_int_range(0, 0x10000));
    return g_strdup(run->str);
}

static char *who_text(const WendWho *who)
{
    return g_strdup_printf("%s@%s pid=%" G_GINT64_FORMAT " wend=%s", who->user, who->host, who->pid,
                           wend_version_text());
}

WendProject *wend_project_new(const WendConfig *config, WendError *error)
{
    if (!wend_config_need_database(config, error))
        return NULL;
    const WendDriver *driver = wend_driver_for(config->database, error);
    if (driver == NULL)
        return NULL;
    const WendFormat *format = config->seeding ? &wend_format_seed : wend_formats[0];
    if (!config->seeding && config->format != NULL) {
        format = wend_format_find(config->format, error);
        if (format == NULL)
            return NULL;
    }
    WendProject *project = g_new0(WendProject, 1);
    project->config = config;
    project->driver = driver;
    project->format = format;
    project->history = format->history;
    project->formats = g_ptr_array_new();
    project->table = g_strdup(config->table != NULL ? config->table : format->history->table);
    project->migrations = g_ptr_array_new_with_free_func(migration_free);
    project->callbacks = g_ptr_array_new_with_free_func(callback_free);
    project->problems = wend_problems_new();
    project->applied = g_ptr_array_new_with_free_func(applied_free);
    project->tail = g_ptr_array_new_with_free_func(row_free);
    project->rows = g_ptr_array_new_with_free_func(row_free);
    project->alike = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    project->run = new_run();
    g_autoptr(WendWho) who = wend_who_self();
    project->who = who_text(who);
    project->user = g_strdup(who->user);
    project->journal_table = g_strdup(config->journal);
    project->scripts_table = g_strdup(config->scripts);
    project->track =
        config->seeding ? g_strconcat("seeds:", config->track, NULL) : g_strdup(config->track);
    project->journal = (WendJournal){.dialect = driver->dialect,
                                     .table = project->journal_table,
                                     .scripts = project->scripts_table,
                                     .track = project->track,
                                     .run = project->run,
                                     .who = project->who};
    return project;
}

void wend_project_free(WendProject *project)
{
    if (project == NULL)
        return;
    project->driver->close(project->connection);
    g_free(project->table);
    g_free(project->own_table);
    g_free(project->journal_table);
    g_free(project->scripts_table);
    g_ptr_array_unref(project->formats);
    g_ptr_array_unref(project->migrations);
    g_ptr_array_unref(project->callbacks);
    g_ptr_array_unref(project->problems);
    g_ptr_array_unref(project->applied);
    g_ptr_array_unref(project->tail);
    g_ptr_array_unref(project->rows);
    g_hash_table_unref(project->alike);
    wend_unfinished_free(project->unfinished);
    if (project->values != NULL)
        g_hash_table_unref(project->values);
    g_free(project->track);
    g_free(project->run);
    g_free(project->who);
    g_free(project->user);
    g_free(project);
}

bool wend_project_sound(const WendProject *project, WendError *error)
{
    /* Which of the formats it is, a target could say. */
    if (project->tied > 1 && project->connection == NULL)
        return wend_format_refuse(project->config->migrations, project->formats, project->tied,
                                  error);
    for (guint i = 0; i < project->problems->len; i++) {
        const WendProblem *problem = project->problems->pdata[i];
        if (problem->warning)
            continue;
        wend_error_set(error, WEND_USAGE, "%s", problem->message);
        if (problem->hint != NULL)
            wend_error_hint(error, "%s", problem->hint);
        return wend_error_place(error, problem->file, problem->line, problem->column);
    }
    return true;
}

/* Other tools' histories are not guarded: their users' scripts may write to them. Those of the other tracks
 * are. Ended by NULL. */
static GPtrArray *own_tables(const WendProject *project)
{
    const WendConfig *config = project->config;
    GPtrArray *own = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(own, g_strdup(project->journal.table));
    g_ptr_array_add(own, g_strdup(project->journal.scripts));
    for (guint i = 0; i < config->histories->len; i++)
        g_ptr_array_add(own, g_strdup(config->histories->pdata[i]));
    if (config->table == NULL)
        g_ptr_array_add(own, g_strdup(wend_history_wend.table));
    else if (config->format == NULL || config->seeding)
        g_ptr_array_add(own, g_strdup(config->table));
    if (!config->seeding)
        g_ptr_array_add(own, wend_seed_history(config->table));
    g_ptr_array_add(own, NULL);
    return own;
}

bool wend_project_connect(WendProject *project, WendCreate create, const WendWatch *watch,
                          void *handle, WendError *error)
{
    WendConnect connect = {
        .url = project->config->database,
        .create = create,
        .lock_timeout_ms = project->config->lock_timeout_ms >= 0 ? project->config->lock_timeout_ms
                                                                 : project->driver->lock_timeout_ms,
        .statement_timeout_ms = project->config->statement_timeout_ms,
        .wait_ms = project->config->wait_ms,
        .handle = handle,
    };
    g_autoptr(GPtrArray) own = own_tables(project);
    connect.own = (const char *const *)own->pdata;
    if (watch != NULL)
        project->watch = *watch;
    connect.watch = project->watch;
    project->connection = project->driver->open(&connect, error);
    if (project->connection == NULL)
        return false;
    g_autofree char *backend = project->driver->backend(project->connection);
    if (backend != NULL) {
        char *who = g_strconcat(project->who, " ", backend, NULL);
        g_free(project->who);
        project->journal.who = project->who = who;
    }
    return true;
}

char *wend_project_done(const WendProject *project, guint done, guint total)
{
    return g_strdup_printf("%u of %u %s%s %s done", done, total,
                           project->format->seeds ? "seed" : "migration", total == 1 ? "" : "s",
                           done == 1 || total == 1 ? "is" : "are");
}

const char *wend_project_command(const WendProject *project, WendDirection direction)
{
    return project->format->seeds ? "seed run" : wend_direction_name(direction);
}

const char *wend_project_repair(const WendProject *project)
{
    return project->format->seeds ? "repair --seeds" : "repair";
}

char *wend_project_label(const WendProject *project, const char *id)
{
    WendEntry entry = {0};
    for (guint i = 0; i < project->migrations->len; i++) {
        WendMigration *one = project->migrations->pdata[i];
        if (strcmp(one->id, id) == 0)
            entry.migration = one;
    }
    for (guint i = 0; i < project->applied->len; i++) {
        WendApplied *one = project->applied->pdata[i];
        if (strcmp(one->id, id) == 0)
            entry.applied = one;
    }
    return entry.migration != NULL || entry.applied != NULL ? wend_entry_label(&entry)
                                                            : g_strdup(id);
}

/* The rows that were read, by id. Borrows from them. */
static GHashTable *last_rows(const WendProject *project)
{
    GHashTable *last = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < project->rows->len; i++) {
        WendJournalRow *row = project->rows->pdata[i];
        g_hash_table_insert(last, row->id, row);
    }
    return last;
}

/* Another tool takes rows away without a word to the journal. */
static bool is_kept(const WendProject *project)
{
    return project->has_journal && project->history == &wend_history_wend &&
           !project->format->seeds;
}

bool wend_project_lost(WendProject *project, GPtrArray *lost, WendError *error)
{
    if (!is_kept(project))
        return true;
    if (!wend_project_read_last(project, error))
        return false;
    g_autoptr(GHashTable) last = last_rows(project);
    WendSides sides = {
        .migrations = project->migrations, .applied = project->applied, .last = last, .kept = true};
    g_autoptr(GArray) entries = wend_state_make(&sides);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->state == WEND_STATE_LOST)
            g_ptr_array_add(lost, entry->migration);
    }
    return true;
}

bool wend_project_check_folder(WendProject *project, bool may_force, WendError *error)
{
    /* With files, or a history, what is applied and has none is seen. */
    if (project->migrations->len > 0 || project->has_history || !project->has_journal ||
        project->config->seeding)
        return true;
    if (!wend_project_read_last(project, error))
        return false;
    for (guint i = 0; i < project->rows->len; i++) {
        const WendJournalRow *row = project->rows->pdata[i];
        if (row->direction != WEND_UP || row->event != WEND_EVENT_APPLIED)
            continue;
        wend_error_set(error, WEND_REFUSED,
                       "there are no migrations in %s, and the journal says that %s was applied",
                       project->config->migrations, row->id);
        return wend_error_hint(error, "look whether this is the folder that is meant%s",
                               may_force ? "; or `wend up --force`, to leave it as it is" : "");
    }
    return true;
}

/* Of those that are lost, how many were applied with another text than the file has. */
static guint count_strange(const WendProject *project, const GPtrArray *lost)
{
    guint count = 0;
    g_autoptr(GHashTable) last = last_rows(project);
    for (guint i = 0; i < lost->len; i++) {
        const WendMigration *migration = lost->pdata[i];
        const WendJournalRow *row = g_hash_table_lookup(last, migration->id);
        count += row != NULL && row->checksum != NULL && migration->up != NULL &&
                 strcmp(row->checksum, migration->up->checksum) != 0;
    }
    return count;
}

/* Nothing in the journal but the track and the id tells whose a row is. */
static bool fail_strange(const WendProject *project, const char *labels, const char *versions,
                         bool one, WendError *error)
{
    const char *them = one ? "it" : "them";
    wend_error_set(error, WEND_DISAGREE,
                   "%s in the journal as applied with another text, and the history has no row of "
                   "%s: %s",
                   one ? "a migration is" : "migrations are", them, labels);
    return wend_error_hint(error,
                           "if another project in this database has its journal in %s, too, give "
                           "this one its own: journal: NAME in wend.yaml; if somebody changed %s, "
                           "`wend mark%s` if the database has %s, `wend mark --pending%s` if it "
                           "does not",
                           project->journal.table, project->table, versions, them, versions);
}

bool wend_project_fail_lost(const WendProject *project, const GPtrArray *lost, WendError *error)
{
    g_autoptr(GString) labels = g_string_new(NULL), versions = g_string_new(NULL);
    for (guint i = 0; i < lost->len; i++) {
        const WendMigration *migration = lost->pdata[i];
        g_autofree char *label = wend_migration_label(migration);
        if (i < LOST_SHOWN)
            g_string_append_printf(labels, "%s%s", i > 0 ? ", " : "", label);
        g_string_append_printf(versions, " %s", migration->version);
    }
    if (lost->len > LOST_SHOWN)
        g_string_append_printf(labels, " and %u more", lost->len - LOST_SHOWN);
    if (count_strange(project, lost) > 0)
        return fail_strange(project, labels->str, versions->str, lost->len == 1, error);
    const char *them = lost->len == 1 ? "it" : "them";
    wend_error_set(error, WEND_DISAGREE,
                   "the journal says that %s %s applied, but the history has no row of %s",
                   labels->str, lost->len == 1 ? "was" : "were", them);
    return wend_error_hint(error,
                           "somebody changed %s; `wend mark%s` if the database has %s, `wend mark "
                           "--pending%s` if it does not",
                           project->table, versions->str, them, versions->str);
}

/* Whether the plan goes up over one of them; on the way back all that have a place in the order are in its
 * way. */
static bool meets(const WendPlan *plan, const GPtrArray *lost, WendDirection direction)
{
    for (guint i = 0; i < lost->len; i++) {
        const WendMigration *migration = lost->pdata[i];
        if (direction == WEND_DOWN && migration->kind != WEND_KIND_REPEATABLE)
            return true;
        for (guint j = 0; j < plan->steps->len; j++) {
            if (g_array_index(plan->steps, WendStep, j).migration == migration)
                return true;
        }
    }
    return false;
}

static bool take_track(const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    *(char **)data = g_strdup(row->values[0]);
    return true;
}

bool wend_project_check_track(WendProject *project, WendError *error)
{
    if (!is_kept(project) || project->applied->len == 0 || project->rows->len > 0)
        return true;
    g_autofree char *other = NULL;
    g_autoptr(WendQuery) query = wend_journal_read_newest_track(&project->journal);
    if (!project->driver->query(project->connection, query, take_track, &other, error))
        return false;
    if (other == NULL)
        return true;
    wend_error_set(error, WEND_DISAGREE,
                   "%s is the history of a track that the journal knows by another name: it has "
                   "no row of \"%s\", and its newest are of \"%s\"",
                   project->table, project->journal.track, other);
    return wend_error_hint(error,
                           "what is half done and the recorded ways back stand under a track's "
                           "name: give it the old one again in wend.yaml, as in `- name: %s`",
                           other);
}

bool wend_project_books(WendProject *project, const WendPlan *plan, WendDirection direction,
                        WendError *error)
{
    if (direction == WEND_UP && plan->steps->len == 0)
        return true;
    g_autoptr(GPtrArray) lost = g_ptr_array_new();
    if (!wend_project_lost(project, lost, error) || !wend_project_check_track(project, error))
        return false;
    return !meets(plan, lost, direction) || wend_project_fail_lost(project, lost, error);
}

/* The stored text of an entry's up, as a script. NULL when there is none, or on failure. */
static WendScript *stored_up(WendProject *project, const WendEntry *entry, WendError *error)
{
    char *text = NULL;
    if (entry->applied == NULL || entry->applied->script == NULL ||
        !wend_project_stored(project, entry->applied->script, &text, error) || text == NULL)
        return NULL;
    g_autofree char *label = wend_entry_label(entry);
    WendScript *script = wend_script_new(label, 1, text, strlen(text));
    g_autoptr(GPtrArray) ignored = wend_problems_new();
    wend_directives_scan(script, wend_dialect_flags(project->driver->dialect), ignored);
    return script;
}

/* Compares the text of every changed file with what was applied. True when some run alike. */
static bool find_alike(WendProject *project, const GArray *entries, bool *found, WendError *error)
{
    *found = false;
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        bool again = entry->state == WEND_STATE_OUTDATED && entry->migration->again;
        if (entry->state != WEND_STATE_CHANGED && !again)
            continue;
        g_auto(WendError) failure = WEND_ERROR_INIT;
        g_autoptr(WendScript) stored = stored_up(project, entry, &failure);
        if (failure.code != WEND_OK)
            return wend_error_move(error, &failure);
        if (stored == NULL)
            continue;
        project->format->load(entry->migration, project->driver->dialect, project->problems);
        if (wend_scripts_run_alike(stored, entry->migration->up,
                                   wend_dialect_flags(project->driver->dialect))) {
            g_hash_table_add(project->alike, g_strdup(entry->applied->id));
            *found = true;
        }
    }
    return true;
}

static GArray *make_state(const WendProject *project, GHashTable *last)
{
    WendSides sides = {.migrations = project->migrations,
                       .applied = project->applied,
                       .last = last,
                       .alike = project->alike,
                       .same = project->history->same,
                       .kept = is_kept(project),
                       .late = project->format->late};
    return wend_state_make(&sides);
}

GArray *wend_project_entries(WendProject *project, WendError *error)
{
    g_autoptr(GHashTable) last = last_rows(project);
    GArray *entries = make_state(project, last);
    bool found = false;
    if (!find_alike(project, entries, &found, error)) {
        g_array_unref(entries);
        return NULL;
    }
    if (found) {
        g_array_unref(entries);
        entries = make_state(project, last);
    }
    return entries;
}

static bool next_code(WendScanner *scanner, WendToken *token)
{
    while (wend_scanner_next(scanner, token)) {
        if (!wend_token_is_gap(token))
            return true;
    }
    *token = (WendToken){.start = scanner->length, .line = scanner->line};
    return false;
}

static char *line_of(const WendScript *script, guint line)
{
    g_auto(GStrv) lines = g_strsplit(script->text, "\n", -1);
    return g_strdup(line <= g_strv_length(lines) && line > 0 ? lines[line - 1] : "");
}

/* The first token that is another one; layout and comments do not count. */
char *wend_project_difference(WendProject *project, const WendEntry *entry)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(WendScript) stored = stored_up(project, entry, &ignored);
    if (stored == NULL || entry->migration == NULL)
        return NULL;
    const WendScript *now = entry->migration->up;
    guint flags = wend_dialect_flags(project->driver->dialect);
    WendScanner before, after;
    WendToken one, other;
    bool more, other_more;
    wend_scanner_init(&before, stored->text, stored->length, flags);
    wend_scanner_init(&after, now->text, now->length, flags);
    do {
        more = next_code(&before, &one);
        other_more = next_code(&after, &other);
    } while (more && other_more && one.length == other.length &&
             memcmp(stored->text + one.start, now->text + other.start, one.length) == 0);
    if (!more && !other_more)
        return g_strdup("a directive differs");
    g_autofree char *was = more ? line_of(stored, one.line) : g_strdup("(end of file)");
    g_autofree char *is = other_more ? line_of(now, other.line) : g_strdup("(end of file)");
    return g_strdup_printf("line %u: applied was \"%s\", the file says \"%s\"",
                           now->line + other.line - 1, was, is);
}
