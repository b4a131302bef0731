/* SPDX-License-Identifier: MIT
 *
 * The scripts of a plan's steps: from the files while they say what was applied, else from the store.
 */
#include "core/depends.h"
#include "core/own_values.h"
#include "core/store.h"

#include "format/directive.h"
#include "format/tool.h"
#include "sql/scanner.h"

#include <jansson.h>
#include <string.h>

#define IDS_AT_ONCE 1000 /* in one question; a database takes no more than so many values */
#define NAMES_SHOWN 5    /* of those without a way back: a whole project may have none */

/* Into a table of what was recorded: id -> SHA-256 of the way back. */
static bool take_row(const WendRow *row, void *data, WendError *error)
{
    GHashTable *recorded = data;
    g_autoptr(WendJournalRow) one = wend_journal_decode(row, error);
    if (one == NULL)
        return false;
    json_t *detail = one->detail != NULL ? json_loads(one->detail, 0, NULL) : NULL;
    const char *down = json_string_value(json_object_get(detail, "down"));
    if (down != NULL)
        g_hash_table_insert(recorded, g_strdup(one->id), g_strdup(down));
    json_decref(detail);
    return true;
}

static bool needs_recorded(const WendStep *step)
{
    return step->direction == WEND_DOWN && step->script == NULL;
}

/* The ways back that were recorded with their ups, of the steps that have none in a file: many at a time, for
 * each look goes through the whole journal. NULL and an error when it cannot be read. */
static GHashTable *read_recorded(WendProject *project, const WendPlan *plan, WendError *error)
{
    g_autoptr(GHashTable) recorded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    bool known = project->has_journal && project->connection != NULL;
    for (guint i = 0; known && i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (needs_recorded(step))
            g_ptr_array_add(ids, (char *)step->id);
    }
    for (guint i = 0; i < ids->len; i += IDS_AT_ONCE) {
        g_autoptr(WendQuery) query = wend_journal_read_applied(
            &project->journal, (const char *const *)ids->pdata + i, MIN(IDS_AT_ONCE, ids->len - i));
        if (!project->driver->query(project->connection, query, take_row, recorded, error))
            return NULL;
    }
    return g_steal_pointer(&recorded);
}

/* Whatever the file says now, it is not what undoes what was applied. */
static bool fail_stored(const WendProject *project, const WendStep *step, WendError *error)
{
    g_autofree char *label = wend_step_label(step);
    wend_error_set(error, WEND_DISAGREE, "the recorded down script of %s is missing from %s", label,
                   project->journal.scripts);
    wend_error_state(error, "nothing was changed");
    return wend_error_hint(error,
                           "bring back its files as they were applied, or a backup of that table; "
                           "or take it back by hand, then `wend mark --pending %s`",
                           step->version);
}

static bool load_stored(WendProject *project, WendStep *step, const char *sha256, WendError *error)
{
    char *text = NULL;
    if (!wend_project_stored(project, sha256, &text, error))
        return false;
    if (text == NULL)
        return sha256 == NULL || fail_stored(project, step, error);
    g_autofree char *label = wend_step_label(step);
    g_autofree char *file = g_strdup_printf("%s (down script as recorded)", label);
    step->owned = wend_script_new(file, 1, text, strlen(text));
    wend_directives_scan(step->owned, wend_dialect_flags(project->driver->dialect),
                         project->problems);
    step->script = step->owned;
    /* What a tool says beside the text is not stored with it. */
    if (step->migration != NULL) {
        project->format->load(step->migration, project->driver->dialect, project->problems);
        if (step->migration->down != NULL)
            wend_tool_follow(step->owned, step->migration->down);
    }
    return true;
}

/* The ways back that are in files which say what was applied. */
static void load_downs(WendProject *project, WendPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (!needs_recorded(step) || step->migration == NULL || step->from_store)
            continue;
        project->format->load(step->migration, project->driver->dialect, project->problems);
        step->script = step->migration->down;
    }
}

/* A way back that load_downs() has not found. */
static bool load_down(WendProject *project, WendStep *step, GHashTable *recorded, WendError *error)
{
    if (!load_stored(project, step, g_hash_table_lookup(recorded, step->id), error))
        return false;
    /* The file's own down is better than none when nothing was recorded (marked by hand). */
    if (step->script == NULL && step->migration != NULL && step->from_store) {
        project->format->load(step->migration, project->driver->dialect, project->problems);
        step->script = step->migration->down;
    }
    if (step->script == NULL && step->kind == WEND_KIND_REPEATABLE)
        step->script_only_removed = true;
    return true;
}

static bool has_code(const WendScript *script, guint lex_flags)
{
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, script->text, script->length, lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (!wend_token_is_gap(&token) && token.kind != WEND_TOKEN_SEMICOLON)
            return true;
    }
    return false;
}

/* A template that nobody has filled in is easily run by mistake. */
static void warn_empty(const WendProject *project, const WendStep *step, WendPlan *plan)
{
    if (has_code(step->script, wend_dialect_flags(project->driver->dialect)))
        return;
    g_ptr_array_add(plan->warnings,
                    g_strdup_printf("%s has no statements yet", step->script->file));
}

bool wend_script_check_empty(const WendScript *script, const char *label, guint lex_flags,
                             WendError *error)
{
    if (has_code(script, lex_flags) || wend_script_directive(script, WEND_DIRECTIVE_ASSERT) != NULL)
        return true;
    wend_error_set(error, WEND_REFUSED,
                   "%s has no statements: once it counts as applied, what is written into it "
                   "later never runs",
                   label);
    wend_error_place(error, script->file, 0, 0);
    return wend_error_hint(error, "write its SQL, or `SELECT 1;` where nothing is meant to happen");
}

bool wend_project_check_empty(const WendProject *project, const WendPlan *plan, bool may_force,
                              WendError *error)
{
    guint flags = wend_dialect_flags(project->driver->dialect);
    /* Folders of other tools run as those run them. */
    for (guint i = 0; project->format == wend_formats[0] && i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (step->direction != WEND_UP || step->kind != WEND_KIND_VERSIONED)
            continue;
        g_autofree char *label = wend_step_label(step);
        if (wend_script_check_empty(step->script, label, flags, error))
            continue;
        if (may_force)
            wend_error_hint(error, "write its SQL, or `SELECT 1;` where nothing is meant to "
                                   "happen; --force applies it as it is");
        return wend_error_state(error, "nothing was run");
    }
    return true;
}

static void load_up(WendProject *project, WendStep *step)
{
    project->format->load(step->migration, project->driver->dialect, project->problems);
    step->script = step->migration->up;
    if (step->migration->down != NULL)
        step->down_checksum = step->migration->down->checksum;
}

/* Names as many of the steps as people read. `seen` counts them all. */
static void name_step(GString *names, guint *seen, const WendStep *step)
{
    g_autofree char *label = wend_step_label(step);
    if ((*seen)++ < NAMES_SHOWN)
        g_string_append_printf(names, "%s%s", *seen > 1 ? ", " : "", label);
}

static void name_more(GString *names, guint seen)
{
    if (seen > NAMES_SHOWN)
        g_string_append_printf(names, " and %u more", seen - NAMES_SHOWN);
}

/* Tools make an empty file for the way back, which nobody fills in: then it takes nothing back. */
static void warn_empty_downs(const WendProject *project, WendPlan *plan)
{
    guint flags = wend_dialect_flags(project->driver->dialect), count = 0;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        const WendScript *up = step->migration != NULL ? step->migration->up : NULL;
        if (step->direction == WEND_DOWN && step->script != NULL &&
            !has_code(step->script, flags) && (up == NULL || has_code(up, flags)))
            name_step(names, &count, step);
    }
    name_more(names, count);
    if (count > 0)
        g_ptr_array_add(plan->warnings,
                        g_strdup_printf("the down script has no statements, and what was made "
                                        "stays: %s",
                                        names->str));
}

static bool fail_irreversible(const WendFormat *format, const WendPlan *plan, WendError *error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) versions = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (step->script != NULL || step->script_only_removed)
            continue;
        name_step(names, &count, step);
        g_string_append_printf(versions, " %s", step->version);
    }
    if (count == 0)
        return true;
    name_more(names, count);
    if (count > NAMES_SHOWN)
        g_string_assign(versions, " VERSION…");
    wend_error_set(error, WEND_REFUSED, "there is no way back from %s: no down script", names->str);
    wend_error_state(error, "nothing was changed");
    return wend_error_hint(error, "%s; or take %s back by hand, then `wend mark --pending%s`",
                           format->down_hint != NULL
                               ? format->down_hint
                               : "write its down script: a .down.sql file beside it, or a section "
                                 "`-- wend:down` in it",
                           count == 1 ? "it" : "them", versions->str);
}

bool wend_project_load(WendProject *project, WendPlan *plan, WendError *error)
{
    load_downs(project, plan);
    g_autoptr(GHashTable) recorded = read_recorded(project, plan, error);
    if (recorded == NULL)
        return false;
    for (guint i = 0; i < plan->steps->len; i++) {
        WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (step->script != NULL)
            continue;
        if (step->direction == WEND_UP) {
            load_up(project, step);
            warn_empty(project, step, plan);
        } else if (!load_down(project, step, recorded, error)) {
            return false;
        }
        if (step->script_only_removed) {
            g_autofree char *label = wend_step_label(step);
            g_ptr_array_add(plan->warnings,
                            g_strdup_printf("%s has no down script: what it made stays", label));
        }
    }
    warn_empty_downs(project, plan);
    return wend_project_sound(project, error) && fail_irreversible(project->format, plan, error) &&
           wend_depends_check(project, plan, error) && wend_own_values_plan(project, plan, error);
}
