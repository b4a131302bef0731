/* SPDX-License-Identifier: MIT
 *
 * What a person decides: mark, baseline, repair. See settle.h.
 */
#include "core/settle.h"

#include "core/rows.h"
#include "core/run.h"
#include "core/tool_lock.h"

#include <string.h>

#define NONE_HALF_DONE "Nothing is half done."
#define NONE_CHANGED   "No applied file has changed."

/* Takes the lock, reads, and makes the tables that are missing. Unlocking is the caller's. */
static bool open_books(WendProject *project, WendError *error)
{
    const WendDriver *driver = project->driver;
    if (!wend_project_sound(project, error) || !wend_project_find(project, error) ||
        !driver->writable(project->connection, error) || !wend_project_lock(project, error))
        return false;
    if (!wend_project_read(project, true, error))
        return false;
    if (project->has_history && project->has_journal && project->has_scripts)
        return true;
    g_autoptr(GPtrArray) tables = wend_queries_new();
    wend_rows_tables(project, tables);
    if (!driver->write(project->connection, tables, error))
        return false;
    project->has_history = project->has_journal = project->has_scripts = true;
    return true;
}

bool wend_nothing_half_done(const WendProject *project, WendError *error)
{
    if (project->unfinished == NULL)
        return true;
    g_autofree char *label = wend_project_label(project, project->unfinished->id);
    wend_error_set(error, WEND_DISAGREE, "%s is half done", label);
    return wend_error_hint(error, "finish it with `wend %s`, or settle it with `wend repair`",
                           wend_direction_name(project->unfinished->direction));
}

static WendStep step_of(WendProject *project, const WendEntry *entry, WendDirection direction)
{
    WendStep step = {
        .direction = direction,
        .kind = wend_entry_kind(entry),
        .id = wend_entry_id(entry),
        .version = wend_entry_version(entry),
        .name = wend_entry_name(entry),
        .migration = entry->migration,
        .applied = entry->applied,
    };
    if (entry->migration != NULL) {
        project->format->load(entry->migration, project->driver->dialect, project->problems);
        if (direction == WEND_UP)
            step.script = entry->migration->up;
        if (entry->migration->down != NULL)
            step.down_checksum = entry->migration->down->checksum;
    }
    return step;
}

/* --- mark --- */

typedef struct Marking {
    WendProject *project;
    const GArray *entries;
    bool pending;
    GHashTable *seen; /* of WendEntry: each is marked once, however often it is named */
    GPtrArray *queries;
    GPtrArray *labels;
} Marking;

static void mark_entry(Marking *marking, const WendEntry *entry)
{
    WendProject *project = marking->project;
    /* That it is not applied may be said of one that is not in the history, too: the journal may think
     * otherwise. */
    bool has_row = entry->applied != NULL;
    bool is_applied = has_row && entry->applied->failed == NULL;
    bool believed =
        entry->last != NULL && entry->last->direction == WEND_UP &&
        (entry->last->event == WEND_EVENT_APPLIED || entry->last->event == WEND_EVENT_MARKED);
    if ((marking->pending ? !has_row && !believed : is_applied) ||
        !g_hash_table_add(marking->seen, (gpointer)entry))
        return;
    WendStep step = step_of(project, entry, marking->pending ? WEND_DOWN : WEND_UP);
    wend_rows_scripts(project, &step, marking->queries);
    wend_rows_event(project, &step, WEND_EVENT_MARKED, 0, NULL, marking->queries);
    wend_rows_history(project, &step, marking->queries);
    g_ptr_array_add(marking->labels, wend_entry_label(entry));
}

/* Where one cannot count without those below it: they come first, and go last. */
static void mark_up_to(Marking *marking, const WendEntry *entry)
{
    guint count = marking->entries->len;
    for (guint i = 0; i < count; i++) {
        const WendEntry *one =
            &g_array_index(marking->entries, WendEntry, marking->pending ? count - 1 - i : i);
        mark_entry(marking, one);
        if (one == entry)
            return;
    }
}

static bool mark_version(Marking *marking, const char *version, WendError *error)
{
    if (strcmp(version, "head") != 0) {
        const WendEntry *entry =
            wend_entry_find(marking->entries, marking->project->format, version, error);
        if (entry == NULL)
            return false;
        if (marking->project->history->up_to)
            mark_up_to(marking, entry);
        else
            mark_entry(marking, entry);
        return true;
    }
    for (guint i = 0; i < marking->entries->len; i++) {
        const WendEntry *entry = &g_array_index(marking->entries, WendEntry, i);
        if (!marking->pending && entry->applied == NULL && wend_state_is_pending(entry->state))
            mark_entry(marking, entry);
    }
    return true;
}

static bool mark_all(WendProject *project, const char *const *versions, bool pending,
                     GPtrArray *labels, WendError *error)
{
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return false;
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    Marking marking = {project, entries, pending, seen, queries, labels};
    for (; *versions != NULL; versions++) {
        if (!mark_version(&marking, *versions, error))
            return false;
    }
    return queries->len == 0 || project->driver->write(project->connection, queries, error);
}

bool wend_mark(WendProject *project, const char *const *versions, bool pending, GPtrArray *labels,
               WendError *error)
{
    bool ok = open_books(project, error) && wend_nothing_half_done(project, error) &&
              mark_all(project, versions, pending, labels, error);
    wend_project_unlock(project);
    return ok;
}

/* --- baseline --- */

static bool write_baseline(WendProject *project, const char *version, WendError *error)
{
    if (project->applied->len > 0) {
        wend_error_set(error, WEND_DISAGREE, "the history already has %u row%s",
                       project->applied->len, project->applied->len == 1 ? "" : "s");
        return wend_error_hint(error, "a baseline is for a database without a history; mark single "
                                      "migrations with `wend mark VERSION`");
    }
    g_autofree char *key = project->format->version_key(version);
    /* Only what has a number has something below it. */
    const char *number = key != NULL && g_str_has_prefix(key, "B:") ? key + 2 : key;
    if (number == NULL || g_str_has_prefix(number, "R:")) {
        wend_error_set(error, WEND_USAGE, "%s is no version", version);
        return wend_error_hint(error,
                               "name it like the files do, for example 20240101120000 or 007");
    }
    g_autofree char *id = g_strdup_printf("B:%s", number);
    WendStep step = {.direction = WEND_UP,
                     .kind = WEND_KIND_BASELINE,
                     .id = id,
                     .version = version,
                     .name = "baseline"};
    g_autoptr(GPtrArray) queries = wend_queries_new();
    wend_rows_event(project, &step, WEND_EVENT_BASELINED, 0, NULL, queries);
    wend_rows_history(project, &step, queries);
    return project->driver->write(project->connection, queries, error);
}

bool wend_baseline(WendProject *project, const char *version, WendError *error)
{
    bool ok = open_books(project, error) && wend_nothing_half_done(project, error) &&
              write_baseline(project, version, error);
    wend_project_unlock(project);
    return ok;
}

/* --- repair --- */

static const WendEntry *entry_by_id(const GArray *entries, const char *id)
{
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (strcmp(wend_entry_id(entry), id) == 0)
            return entry;
    }
    return NULL;
}

static void describe_intent(const WendUnfinished *unfinished, GString *text)
{
    const char *what = unfinished->what != NULL ? unfinished->what : "?";
    g_autofree char *label = wend_recovery_label(unfinished);
    label[0] = g_ascii_toupper(label[0]);
    if (unfinished->together)
        g_string_append_printf(text,
                               "%s: a part of what this did may be there, and was not undone (%s). "
                               "--continue runs all of it again: take back by hand what must not "
                               "be there twice.\n",
                               label, what);
    else
        g_string_append_printf(text, "%s (%s) was under way when the run ended.\n", label, what);
}

static char *describe(const WendProject *project)
{
    const WendUnfinished *unfinished = project->unfinished;
    g_autofree char *label = wend_project_label(project, unfinished->id);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s is half done (%s), last touched %s by %s.\n", label,
                           wend_direction_name(unfinished->direction), unfinished->at,
                           unfinished->who);
    guint whole = unfinished->done - unfinished->more;
    if (whole > 0) {
        g_autofree char *range = wend_recovery_range(1, whole);
        range[0] = g_ascii_toupper(range[0]);
        g_string_append_printf(text, "%s %s done.\n", range, whole == 1 ? "is" : "are");
    }
    if (unfinished->more)
        g_string_append_printf(text, "Statement %u, a batch, is done in part.\n", unfinished->done);
    if (unfinished->intent > 0)
        describe_intent(unfinished, text);
    if (unfinished->failed && unfinished->detail != NULL)
        g_string_append_printf(text, "It failed: %s\n", unfinished->detail);
    const char *repair = wend_project_repair(project);
    g_string_append_printf(text,
                           "`wend %s` goes on by itself where it can. If it cannot, one of:\n"
                           "  wend %s --continue   go on behind what is done, whatever the file "
                           "says now\n"
                           "  wend %s --undo       run the other direction, then count it as not "
                           "begun\n"
                           "  wend %s --done       count the rest as done\n"
                           "  wend %s --forget     count it as not begun",
                           wend_project_command(project, unfinished->direction), repair, repair,
                           repair, repair);
    return g_strdup(text->str);
}

/* Ends the half-done step in the books; with `history` its history row comes or goes. Else the text
 * is left out: the way back that counts is still the one of what is applied. */
static bool end_unfinished(WendProject *project, const WendEntry *entry, const char *how,
                           WendDirection direction, bool history, WendError *error)
{
    WendStep step = step_of(project, entry, direction);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    if (!history)
        step.script = NULL;
    wend_rows_scripts(project, &step, queries);
    wend_rows_repaired(project, &step, how, queries);
    if (history)
        wend_rows_history(project, &step, queries);
    return project->driver->write(project->connection, queries, error);
}

/* Runs the other direction as a step of its own, with its rows: once a part of it is done, that is what
 * is half done, and goes on as any step does. */
static bool undo(WendProject *project, const WendEntry *entry, const WendMove *move,
                 WendError *error)
{
    WendDirection other = project->unfinished->direction == WEND_UP ? WEND_DOWN : WEND_UP;
    WendStep step = step_of(project, entry, other);
    step.script = NULL;
    step.from_store = step.migration == NULL || step.migration->up == NULL;
    if (other == WEND_UP && step.from_store) {
        wend_error_set(error, WEND_REFUSED,
                       "the file of %s is gone: there is no up script to undo it with", step.id);
        return wend_error_hint(error, "bring the file back, or `wend repair --done`");
    }
    return wend_move_step(project, move, &step, error);
}

static bool continue_unfinished(WendProject *project, const WendMove *move, WendError *error)
{
    WendMoved moved = {0};
    project->unfinished->intent = 0;
    project->unfinished->trusted = true;
    return wend_move_finish(project, move, &moved, error);
}

static bool settle_unfinished(WendProject *project, WendRepair repair, const WendMove *move,
                              char **text, WendError *error)
{
    const WendUnfinished *unfinished = project->unfinished;
    if (unfinished == NULL) {
        *text = g_strdup(NONE_HALF_DONE);
        return true;
    }
    if (repair == WEND_REPAIR_LOOK) {
        *text = describe(project);
        return true;
    }
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return false;
    const WendEntry *entry = entry_by_id(entries, unfinished->id);
    WendMigration gone = {.id = unfinished->id, .version = unfinished->id, .name = (char *)""};
    WendEntry stand_in = {.migration = &gone};
    g_autofree char *label =
        entry != NULL ? wend_entry_label(entry) : g_strdup_printf("migration %s", unfinished->id);
    WendDirection direction = unfinished->direction;
    bool ok = true;
    switch (repair) {
    case WEND_REPAIR_CONTINUE:
        ok = continue_unfinished(project, move, error);
        *text = ok ? g_strdup_printf("%s is whole now.", label) : NULL;
        break;
    case WEND_REPAIR_UNDO:
        if (entry == NULL)
            entry = &stand_in;
        ok = undo(project, entry, move, error);
        *text = ok ? g_strdup_printf("%s is undone and counts as not begun.", label) : NULL;
        break;
    case WEND_REPAIR_DONE:
        if (entry == NULL)
            return wend_error_set(error, WEND_DISAGREE, "the file of %s is gone", label);
        ok = end_unfinished(project, entry, "done", direction, true, error);
        *text = ok ? g_strdup_printf("%s counts as done; what was left of it was not run.", label)
                   : NULL;
        break;
    default:
        if (entry == NULL) {
            WendStep step = {.direction = direction, .id = unfinished->id};
            g_autoptr(GPtrArray) queries = wend_queries_new();
            wend_rows_repaired(project, &step, "forget", queries);
            ok = project->driver->write(project->connection, queries, error);
        } else {
            ok = end_unfinished(project, entry, "forget", direction, false, error);
        }
        *text = ok ? g_strdup_printf("%s counts as not begun; what its statements did so far stays "
                                     "in the database.",
                                     label)
                   : NULL;
        break;
    }
    return ok;
}

/* Of `entries` those whose file says something else than what was applied, `version` NULL = all of them (of
 * const WendEntry). NULL and an error when there is no such version. */
static GPtrArray *differing(const WendProject *project, const GArray *entries, const char *version,
                            WendError *error)
{
    const WendEntry *only = NULL;
    if (version != NULL) {
        only = wend_entry_find(entries, project->format, version, error);
        if (only == NULL)
            return NULL;
    }
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < entries->len; i++) {
        WendEntry *entry = &g_array_index(entries, WendEntry, i);
        bool differs = entry->state == WEND_STATE_CHANGED || entry->layout_only;
        if (differs && (only == NULL || entry == only))
            g_ptr_array_add(list, entry);
    }
    return list;
}

/* The present text of changed files becomes what was applied. */
static bool accept(WendProject *project, const char *version, char **text, WendError *error)
{
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return false;
    g_autoptr(GPtrArray) changed = differing(project, entries, version, error);
    if (changed == NULL)
        return false;
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < changed->len; i++) {
        const WendEntry *entry = g_ptr_array_index(changed, i);
        WendStep step = step_of(project, entry, WEND_UP);
        step.keep_time = true;
        g_autofree char *label = wend_entry_label(entry);
        wend_rows_scripts(project, &step, queries);
        wend_rows_repaired(project, &step, "accept", queries);
        wend_rows_history(project, &step, queries);
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", label);
    }
    if (changed->len == 0) {
        *text = g_strdup(NONE_CHANGED);
        return true;
    }
    if (!project->driver->write(project->connection, queries, error))
        return false;
    *text = g_strdup_printf("Taken as applied, as the file says now: %s.", names->str);
    return true;
}

bool wend_repair(WendProject *project, WendRepair repair, const char *version, const WendMove *move,
                 char **text, WendError *error)
{
    if (repair == WEND_REPAIR_LOOK)
        return wend_project_read(project, false, error) &&
               settle_unfinished(project, repair, move, text, error);
    bool ok = open_books(project, error) &&
              (repair == WEND_REPAIR_ACCEPT
                   ? wend_nothing_half_done(project, error) && accept(project, version, text, error)
                   : settle_unfinished(project, repair, move, text, error));
    wend_project_unlock(project);
    return ok;
}

bool wend_repair_needless(WendProject *project, WendRepair repair, const char *version, char **text,
                          WendError *error)
{
    if (!wend_project_read(project, false, error))
        return false;
    bool none = project->unfinished == NULL;
    if (none && repair == WEND_REPAIR_ACCEPT) {
        g_autoptr(GArray) entries = wend_project_entries(project, error);
        g_autoptr(GPtrArray) changed =
            entries != NULL ? differing(project, entries, version, error) : NULL;
        if (changed == NULL)
            return false;
        none = changed->len == 0;
    }
    *text = !none                          ? NULL
            : repair == WEND_REPAIR_ACCEPT ? g_strdup(NONE_CHANGED)
                                           : g_strdup(NONE_HALF_DONE);
    return true;
}
