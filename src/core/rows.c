/* SPDX-License-Identifier: MIT
 *
 * The bookkeeping of a step, as queries. See rows.h.
 */
#include "core/rows.h"

#include "core/store.h"

#include <jansson.h>
#include <string.h>

static void take_all(GPtrArray *from, GPtrArray *into)
{
    g_ptr_array_extend_and_steal(into, from);
}

void wend_rows_tables(WendProject *project, GPtrArray *queries)
{
    if (!project->has_history) {
        WendBook book = wend_project_book(project);
        project->history->create(&book, queries);
    }
    take_all(
        project->driver->journal_create(project->has_journal ? NULL : project->journal.table,
                                        project->has_scripts ? NULL : project->journal.scripts),
        queries);
}

void wend_rows_scripts(WendProject *project, const WendStep *step, GPtrArray *queries)
{
    if (!project->config->store || step->script == NULL)
        return;
    wend_store_add(&project->journal, step->script, queries);
    const WendScript *down = step->migration != NULL ? step->migration->down : NULL;
    if (step->direction == WEND_UP && down != NULL)
        wend_store_add(&project->journal, down, queries);
}

/* {"down": "…"}: the way back, recorded with the up. Caller frees; NULL = nothing to say. */
static char *step_detail(const WendProject *project, const WendStep *step)
{
    if (!project->config->store || step->down_checksum == NULL)
        return NULL;
    return g_strdup_printf("{\"down\": \"%s\"}", step->down_checksum);
}

static void add(WendProject *project, const WendStep *step, WendJournalRow *row, bool outcome,
                GPtrArray *queries)
{
    row->id = (char *)step->id;
    row->direction = step->direction;
    row->script =
        step->script != NULL && project->config->store ? (char *)step->script->checksum : NULL;
    g_ptr_array_add(queries, wend_journal_add(&project->journal, row, outcome));
}

void wend_rows_event(WendProject *project, const WendStep *step, WendEvent event, guint statement,
                     const char *checksum, GPtrArray *queries)
{
    g_autofree char *detail = step_detail(project, step);
    WendJournalRow row = {.event = event,
                          .statement = statement,
                          .checksum = (char *)checksum,
                          .detail = detail,
                          .duration_ms = -1};
    add(project, step, &row, false, queries);
}

void wend_rows_begin(WendProject *project, const WendStep *step, GPtrArray *queries)
{
    wend_rows_scripts(project, step, queries);
    wend_rows_event(project, step, WEND_EVENT_BEGIN, 0,
                    step->script != NULL ? step->script->checksum : NULL, queries);
}

void wend_rows_intent(WendProject *project, const WendStep *step, const WendCut *cut,
                      const WendIntent *intent, GPtrArray *queries)
{
    bool observed = intent->before != NULL;
    g_autofree char *detail = g_strdup_printf(
        "{\"what\": \"%s\", \"repeatable\": %s%s%s%s}", intent->what,
        intent->repeatable ? "true" : "false", intent->together ? ", \"together\": true" : "",
        observed ? ", \"before\": " : "", observed ? intent->before : "");
    g_autofree char *checksum = observed ? wend_cut_checksum(cut, intent->statement) : NULL;
    WendJournalRow row = {.event = WEND_EVENT_INTENT,
                          .statement = intent->statement,
                          .checksum = checksum,
                          .detail = detail,
                          .duration_ms = -1};
    add(project, step, &row, false, queries);
}

void wend_rows_done(WendProject *project, const WendStep *step, const WendCut *cut, guint statement,
                    bool round, GPtrArray *queries)
{
    /* A step of one segment is never resumed: its done row needs no checksum of its own. */
    g_autofree char *checksum =
        cut->segments->len > 1 || round ? wend_cut_checksum(cut, statement) : NULL;
    WendJournalRow row = {.event = WEND_EVENT_DONE, .statement = statement, .checksum = checksum};
    add(project, step, &row, round, queries);
}

void wend_rows_repaired(WendProject *project, const WendStep *step, const char *how,
                        GPtrArray *queries)
{
    g_autofree char *down = step->down_checksum != NULL && project->config->store
                                ? g_strdup_printf(", \"down\": \"%s\"", step->down_checksum)
                                : g_strdup("");
    g_autofree char *detail = g_strdup_printf("{\"how\": \"%s\"%s}", how, down);
    WendJournalRow row = {.event = WEND_EVENT_REPAIRED,
                          .checksum = step->script != NULL ? (char *)step->script->checksum : NULL,
                          .detail = detail,
                          .duration_ms = -1};
    add(project, step, &row, false, queries);
}

/* Caller frees. */
static char *position_of(const WendProject *project, const WendStep *step)
{
    if (step->migration != NULL && step->migration->position != NULL)
        return g_strdup(step->migration->position);
    if (step->applied != NULL)
        return g_strdup(step->applied->position);
    /* A baseline set by hand: "B:" and the version it reaches up to, that file included. */
    const char *version = g_str_has_prefix(step->id, "B:") ? step->id + 2 : step->id;
    for (guint i = project->migrations->len; i > 0; i--) {
        const WendMigration *migration = project->migrations->pdata[i - 1];
        if (strcmp(migration->id, version) == 0 || strcmp(migration->version, version) == 0)
            return g_strdup(migration->position);
    }
    return project->format->position(version);
}

void wend_rows_history(WendProject *project, const WendStep *step, GPtrArray *queries)
{
    g_autofree char *position = position_of(project, step);
    WendRecord record = {
        .book = wend_project_book(project),
        .kind = step->kind,
        .id = step->id,
        .version = step->version,
        .name = step->name,
        .position = position,
        .checksum = step->script != NULL ? step->script->checksum : NULL,
        /* Else the time at which it runs. */
        .applied_at = step->keep_time && step->applied != NULL ? step->applied->applied_at : NULL,
        .by = project->user,
        .passed_over = step->passed_over,
        .migration = step->migration,
        .applied = step->applied,
        .migrations = project->migrations,
    };
    if (step->direction == WEND_UP && step->applied != NULL && project->history->replace != NULL) {
        project->history->replace(&record, queries);
        return;
    }
    if (step->direction == WEND_DOWN || step->applied != NULL)
        project->history->remove(&record, queries);
    if (step->direction == WEND_UP)
        project->history->insert(&record, queries);
}

void wend_rows_whole(WendProject *project, const WendStep *step, gint64 prior_ms,
                     GPtrArray *queries)
{
    bool up = step->direction == WEND_UP;
    g_autofree char *detail = step_detail(project, step);
    WendJournalRow row = {
        .event = up ? WEND_EVENT_APPLIED : WEND_EVENT_REVERTED,
        .checksum = step->script != NULL ? (char *)step->script->checksum : NULL,
        .detail = detail,
        .duration_ms = prior_ms,
    };
    add(project, step, &row, false, queries);
    wend_rows_history(project, step, queries);
}

void wend_rows_failed(WendProject *project, const WendStep *step, guint statement, bool partly,
                      const WendError *error, GPtrArray *queries)
{
    json_t *detail =
        json_pack("{s:s, s:s*, s:s*, s:i}", "error", error->message != NULL ? error->message : "",
                  "vendor", error->vendor, "file", error->file, "line", (int)error->line);
    if (partly)
        json_object_set_new(detail, "partly", json_true());
    char *text = json_dumps(detail, 0);
    WendJournalRow row = {
        .event = WEND_EVENT_FAILED, .statement = statement, .detail = text, .duration_ms = -1};
    add(project, step, &row, false, queries);
    free(text);
    json_decref(detail);
}
