/* SPDX-License-Identifier: MIT
 *
 * wend status: where each migration stands.
 */
#include "cli/tracks.h"

#include <string.h>

static const WendOption options[] = {
    {"applied", 0, WEND_OPTION_FLAG, NULL, "only those that are applied", NULL},
    {"pending", 0, WEND_OPTION_FLAG, NULL, "only those that `wend up` would run", NULL},
    {"failed", 0, WEND_OPTION_FLAG, NULL, "only those whose last attempt failed", NULL},
    {"detailed", 0, WEND_OPTION_FLAG, NULL, "with file, checksum, duration, run and error", NULL},
    {"exit-code", 0, WEND_OPTION_FLAG, NULL,
     "end with 5 when something is pending, 6 when `up` would stop", NULL},
    {0},
};

static const WendPaint paints[] = {
    [WEND_STATE_APPLIED] = WEND_PAINT_GOOD,       [WEND_STATE_PENDING] = WEND_PAINT_NOTE,
    [WEND_STATE_RUNNING] = WEND_PAINT_NOTE,       [WEND_STATE_FAILED] = WEND_PAINT_BAD,
    [WEND_STATE_REVERTED] = WEND_PAINT_NOTE,      [WEND_STATE_OUT_OF_ORDER] = WEND_PAINT_WARNING,
    [WEND_STATE_MISSING] = WEND_PAINT_WARNING,    [WEND_STATE_CHANGED] = WEND_PAINT_BAD,
    [WEND_STATE_OUTDATED] = WEND_PAINT_NOTE,      [WEND_STATE_BASELINE] = WEND_PAINT_GOOD,
    [WEND_STATE_BELOW_BASELINE] = WEND_PAINT_DIM, [WEND_STATE_UNUSED] = WEND_PAINT_DIM,
    [WEND_STATE_LOST] = WEND_PAINT_BAD,
};

typedef struct Status {
    WendTarget *target;
    GArray *entries;
    WendWho *holder;
    GPtrArray *waiters;
    guint applied, pending;
    guint stuck; /* begun by another tool, and not ended */
    guint changed, missing, missing_repeatable, out_of_order, layout_only;
    GPtrArray *lost; /* of WendMigration */
    bool disagree;   /* `wend up` would stop before its first statement */
} Status;

static bool shown(const WendCli *cli, const WendEntry *entry)
{
    bool any = wend_cli_flag(cli, "applied") || wend_cli_flag(cli, "pending") ||
               wend_cli_flag(cli, "failed");
    return !any || (wend_cli_flag(cli, "applied") && entry->applied != NULL) ||
           (wend_cli_flag(cli, "pending") && wend_state_is_pending(entry->state)) ||
           (wend_cli_flag(cli, "failed") && entry->state == WEND_STATE_FAILED);
}

/* A begun step is running while somebody holds the lock; else it was left behind. */
static void judge_running(Status *status)
{
    const WendUnfinished *unfinished = status->target->project->unfinished;
    for (guint i = 0; i < status->entries->len; i++) {
        WendEntry *entry = &g_array_index(status->entries, WendEntry, i);
        bool stuck = entry->applied != NULL && entry->applied->failed != NULL;
        status->applied += entry->applied != NULL && !stuck;
        status->pending += wend_state_is_pending(entry->state) && !stuck;
        status->stuck += stuck;
        status->changed += entry->state == WEND_STATE_CHANGED;
        if (entry->state == WEND_STATE_MISSING)
            (*(wend_entry_kind(entry) == WEND_KIND_REPEATABLE ? &status->missing_repeatable
                                                              : &status->missing))++;
        status->out_of_order += entry->state == WEND_STATE_OUT_OF_ORDER;
        status->layout_only += entry->layout_only;
        if (entry->state == WEND_STATE_LOST)
            g_ptr_array_add(status->lost, entry->migration);
        if (unfinished != NULL && strcmp(wend_entry_id(entry), unfinished->id) == 0)
            entry->state = status->holder != NULL ? WEND_STATE_RUNNING : WEND_STATE_FAILED;
    }
    status->disagree = status->stuck > 0 || status->changed > 0 || status->out_of_order > 0 ||
                       status->lost->len > 0;
}

static char *error_of(const WendJournalRow *row)
{
    if (row == NULL || row->event != WEND_EVENT_FAILED || row->detail == NULL)
        return NULL;
    json_t *detail = json_loads(row->detail, 0, NULL);
    char *text = g_strdup(json_string_value(json_object_get(detail, "error")));
    json_decref(detail);
    return text;
}

static const char *applied_at(const WendEntry *entry)
{
    return entry->applied != NULL ? entry->applied->applied_at : NULL;
}

/* "dbmate, schema_migrations"; NULL for wend's own folder and history. Caller frees. */
static char *history_text(const WendProject *project)
{
    if (project->format == wend_formats[0])
        return NULL;
    return g_strdup_printf("%s, history in %s", project->format->title, project->table);
}

static const char *checksum_of(const WendEntry *entry)
{
    if (entry->applied != NULL && entry->applied->checksum != NULL)
        return entry->applied->checksum;
    return entry->migration != NULL ? entry->migration->up->checksum : NULL;
}

static json_t *entry_json(const WendEntry *entry)
{
    g_autofree char *error = entry->applied != NULL && entry->applied->failed != NULL
                                 ? g_strdup(entry->applied->failed)
                                 : error_of(entry->last);
    const char *file = entry->migration != NULL ? entry->migration->up->file : NULL;
    json_t *one =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:b, s:s?}", "id",
                  wend_entry_id(entry), "version", wend_entry_version(entry), "name",
                  wend_entry_name(entry) != NULL ? wend_entry_name(entry) : "", "kind",
                  wend_kind_name(wend_entry_kind(entry)), "state", wend_state_name(entry->state),
                  "applied_at", applied_at(entry), "checksum", checksum_of(entry), "file", file,
                  "layout_only", entry->layout_only, "error", error);
    if (entry->last != NULL) {
        json_object_set_new(one, "run", json_string(entry->last->run));
        if (entry->last->duration_ms >= 0)
            json_object_set_new(one, "duration_ms", json_integer(entry->last->duration_ms));
    }
    return one;
}

static json_t *who_json(const WendWho *who)
{
    return json_pack("{s:s, s:s, s:I, s:s}", "user", who->user, "host", who->host, "pid",
                     (json_int_t)who->pid, "since", who->since);
}

static void show_json(Status *status)
{
    WendCli *cli = status->target->cli;
    json_t *list = json_array();
    for (guint i = 0; i < status->entries->len; i++) {
        const WendEntry *entry = &g_array_index(status->entries, WendEntry, i);
        if (shown(cli, entry))
            json_array_append_new(list, entry_json(entry));
    }
    json_t *waiters = json_array();
    for (guint i = 0; i < status->waiters->len; i++)
        json_array_append_new(waiters, who_json(status->waiters->pdata[i]));
    json_t *document =
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o}", "database",
                  status->target->shown, "track", status->target->config->track, "format",
                  status->target->project->format->name, "history", status->target->project->table,
                  "applied", (int)status->applied, "pending", (int)status->pending, "lock",
                  status->holder != NULL ? who_json(status->holder) : json_null(), "waiting",
                  waiters, "migrations", list);
    wend_out_json(cli, document);
}

/* One line of the details: nothing when there is no text. */
static void show_detail(WendCli *cli, const char *what, const char *text)
{
    g_autofree char *shown = wend_text_line(text != NULL ? text : "");
    if (text != NULL)
        wend_out_line(cli, "    %-8s  %s", what, shown);
}

static void show_details(Status *status, const WendEntry *entry)
{
    WendCli *cli = status->target->cli;
    g_autofree char *error = error_of(entry->last);
    show_detail(cli, "file", entry->migration != NULL ? entry->migration->up->file : NULL);
    show_detail(cli, "checksum", checksum_of(entry));
    if (entry->last != NULL) {
        g_autofree char *took = entry->last->duration_ms >= 0
                                    ? wend_duration_text(entry->last->duration_ms)
                                    : g_strdup("-");
        g_autofree char *last =
            g_strdup_printf("%s, run %s, took %s, by %s", wend_event_name(entry->last->event),
                            entry->last->run, took, entry->last->who);
        show_detail(cli, "last", last);
    }
    show_detail(cli, "error", error);
    if (entry->state == WEND_STATE_CHANGED) {
        g_autofree char *difference = wend_project_difference(status->target->project, entry);
        show_detail(cli, "changed", difference);
    }
    if (entry->layout_only)
        show_detail(cli, "changed", "only in layout or comments");
}

static void add_row(WendTable *table, const WendEntry *entry)
{
    g_autofree char *at = wend_time_shown(applied_at(entry));
    wend_table_cell(table, paints[entry->state], wend_state_name(entry->state));
    wend_table_cell(table, WEND_PAINT_PLAIN,
                    wend_entry_kind(entry) == WEND_KIND_REPEATABLE ? "R"
                                                                   : wend_entry_version(entry));
    wend_table_cell(table, WEND_PAINT_PLAIN, wend_entry_name(entry));
    wend_table_cell(table, WEND_PAINT_DIM, at);
}

static void show_text(Status *status)
{
    static const char *const headings[] = {"STATE", "VERSION", "NAME", "APPLIED AT (UTC)"};
    WendCli *cli = status->target->cli;
    bool detailed = wend_cli_flag(cli, "detailed");
    g_autoptr(WendTable) table = wend_table_new(4, headings);
    for (guint i = 0; i < status->entries->len; i++) {
        const WendEntry *entry = &g_array_index(status->entries, WendEntry, i);
        if (!shown(cli, entry))
            continue;
        if (!detailed) {
            add_row(table, entry);
            continue;
        }
        g_autofree char *label = wend_entry_label(entry);
        g_autofree char *plain = wend_text_line(label);
        wend_out_line(cli, "%s%s%s  %s", wend_out_paint(cli, paints[entry->state]),
                      wend_state_name(entry->state), wend_out_paint(cli, WEND_PAINT_PLAIN), plain);
        show_details(status, entry);
    }
    if (!detailed && status->entries->len > 0)
        wend_out_table(cli, table);
    g_autofree char *database = wend_text_line(status->target->shown);
    g_autofree char *history = history_text(status->target->project);
    g_autofree char *stuck =
        status->stuck > 0 ? g_strdup_printf(", %u failed", status->stuck) : g_strdup("");
    wend_out_line(cli, "%s%s: %u applied, %u pending%s%s%s%s", status->entries->len > 0 ? "\n" : "",
                  database, status->applied, status->pending, stuck, history != NULL ? " (" : "",
                  history != NULL ? history : "", history != NULL ? ")" : "");
}

/* What stands in the way of `wend up`, or may be a surprise; of the whole, whatever was filtered. */
static void show_warnings(const Status *status)
{
    WendCli *cli = status->target->cli;
    for (guint i = 0; status->stuck > 0 && i < status->entries->len; i++) {
        const WendEntry *entry = &g_array_index(status->entries, WendEntry, i);
        if (entry->applied != NULL && entry->applied->failed != NULL)
            wend_out_warning(cli, "%s: `wend up` stops until `wend mark` settles it",
                             entry->applied->failed);
    }
    if (status->lost->len > 0) {
        g_auto(WendError) lost = WEND_ERROR_INIT;
        wend_project_fail_lost(status->target->project, status->lost, &lost);
        wend_out_warning(cli, "%s: `wend up` stops; %s", lost.message, lost.hint);
    }
    if (status->changed > 0)
        wend_out_warning(cli,
                         "%u changed since %s applied: `wend up` stops; `wend status --detailed` "
                         "shows how",
                         status->changed, status->changed == 1 ? "it was" : "they were");
    if (status->missing > 0)
        wend_out_warning(cli,
                         "%u applied without %s here: `wend up` %s, `wend down` takes back by the "
                         "recorded script",
                         status->missing, status->missing == 1 ? "its file" : "their files",
                         wend_plan_check_newer(status->entries, false, NULL)
                             ? "goes on"
                             : "stops, as the database is newer");
    g_auto(WendError) renamed = WEND_ERROR_INIT;
    if (!wend_project_check_track(status->target->project, &renamed))
        wend_out_warning(cli, "%s; %s", renamed.message, renamed.hint);
    if (status->missing_repeatable > 0)
        wend_out_warning(cli,
                         "%u applied repeatable%s without a file here: `wend up` goes on, only "
                         "`wend down --all` takes %s back, where a way back was recorded",
                         status->missing_repeatable, status->missing_repeatable == 1 ? "" : "s",
                         status->missing_repeatable == 1 ? "it" : "them");
    if (status->out_of_order > 0)
        wend_out_warning(cli,
                         "%u out of order: `wend up` stops; `wend up --out-of-order` applies %s",
                         status->out_of_order, status->out_of_order == 1 ? "it" : "them");
    if (status->layout_only > 0)
        wend_out_note(cli, "%u changed only in layout or comments: `wend up` goes on",
                      status->layout_only);
    if (status->target->project->connection->absent)
        wend_out_note(cli, "there is no database file yet; `wend up` makes it");
}

static void show_lock(Status *status)
{
    WendCli *cli = status->target->cli;
    if (status->holder == NULL)
        return;
    g_autofree char *who = wend_who_text(status->holder);
    wend_out_note(cli, "being migrated by %s", who);
    for (guint i = 0; i < status->waiters->len; i++) {
        g_autofree char *waiter = wend_who_text(status->waiters->pdata[i]);
        wend_out_note(cli, "  waiting: %s", waiter);
    }
}

static void show_unfinished(Status *status)
{
    const WendUnfinished *unfinished = status->target->project->unfinished;
    if (unfinished == NULL || status->holder != NULL)
        return;
    const char *way = wend_direction_name(unfinished->direction);
    g_autofree char *label = wend_project_label(status->target->project, unfinished->id);
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (!wend_move_may_finish(status->target->project, &error)) {
        wend_out_warning(status->target->cli,
                         "%s is half done (%s), and `wend %s` stops: %s; `wend repair` lists the "
                         "ways on",
                         label, way, way, error.message);
        return;
    }
    wend_out_warning(
        status->target->cli,
        "%s is half done (%s): `wend %s` goes on with it, `wend repair` lists other ways", label,
        way, way);
}

/* A half-done step is something to do; one of which nobody can know what happened is a person's. */
static int exit_code(const Status *status)
{
    const WendUnfinished *unfinished = status->target->project->unfinished;
    g_auto(WendError) why = WEND_ERROR_INIT;
    bool unknown = unfinished != NULL && status->holder == NULL &&
                   ((unfinished->intent > 0 && !unfinished->repeatable) ||
                    !wend_move_may_finish(status->target->project, &why));
    if (status->disagree || unknown)
        return WEND_DISAGREE;
    return status->pending > 0 || unfinished != NULL ? WEND_PENDING : WEND_OK;
}

static void free_who(gpointer who)
{
    wend_who_free(who);
}

static int look(Status *status)
{
    WendProject *project = status->target->project;
    WendCli *cli = status->target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (!wend_project_read(project, true, &error) ||
        !project->driver->holder(project->connection, project->journal.table, &status->holder,
                                 status->waiters, &error))
        return wend_out_error(cli, &error);
    status->entries = wend_project_entries(project, &error);
    if (status->entries == NULL)
        return wend_out_error(cli, &error);
    judge_running(status);
    if (cli->globals.json) {
        show_json(status);
    } else {
        show_text(status);
        show_warnings(status);
        show_lock(status);
        show_unfinished(status);
    }
    if (wend_cli_flag(cli, "exit-code"))
        status->target->verdict = exit_code(status);
    return WEND_OK;
}

static int one(WendTarget *target, void *data)
{
    (void)data;
    Status status = {.target = target,
                     .waiters = g_ptr_array_new_with_free_func(free_who),
                     .lost = g_ptr_array_new()};
    int code = look(&status);
    if (status.entries != NULL)
        g_array_unref(status.entries);
    wend_who_free(status.holder);
    g_ptr_array_unref(status.waiters);
    g_ptr_array_unref(status.lost);
    return code;
}

static int run(WendCli *cli)
{
    return wend_tracks_each(cli, WEND_TRACKS_SHOW, WEND_NEED_FOLDER | WEND_NEED_TARGET, NULL, one,
                            NULL);
}

const WendCommand wend_cmd_status = {
    .name = "status",
    .group = WEND_GROUP_LOOK,
    .summary = "show where each migration stands",
    .usage = "status [--applied | --pending | --failed] [--detailed] [--exit-code]",
    .options = options,
    .run = run,
};
