/* SPDX-License-Identifier: MIT
 *
 * wend history: what was done, newest first, as the journal tells it.
 */
#include "cli/target.h"

static const WendOption options[] = {
    {"limit", 0, WEND_OPTION_NUMBER, "N", "show the newest N rows (default 50, 0 = all)", NULL},
    {"run", 0, WEND_OPTION_TEXT, "ID", "only this run, with its statements", NULL},
    {0},
};

typedef struct Listing {
    WendCli *cli;
    WendTable *table;
    json_t *rows;
    const WendProject *project; /* knows what the migrations are called */
    gint64 left;                /* rows still to show; -1 = all */
    bool seen;                  /* there was a row */
} Listing;

/* The columns that a wide view has too. */
#define NARROW_COLUMNS 5

/* Without --verbose, and unless one run is looked at, only how steps began to count or failed, not
 * their single statements. */
static bool interesting(const Listing *listing, const WendJournalRow *row)
{
    return listing->cli->globals.verbose || wend_cli_given(listing->cli, "run") ||
           (row->event != WEND_EVENT_BEGIN && row->event != WEND_EVENT_INTENT &&
            row->event != WEND_EVENT_DONE);
}

static json_t *detail_json(const WendJournalRow *row)
{
    json_t *detail = row->detail != NULL ? json_loads(row->detail, 0, NULL) : NULL;
    return detail != NULL ? detail : json_null();
}

static void take_json(Listing *listing, const WendJournalRow *row)
{
    json_t *one = json_pack("{s:I, s:s, s:s, s:s, s:s, s:i, s:s, s:s?, s:s?, s:o, s:s, s:s}", "seq",
                            (json_int_t)row->seq, "run", row->run, "track", row->track, "id",
                            row->id, "direction", wend_direction_name(row->direction), "statement",
                            (int)row->statement, "event", wend_event_name(row->event), "checksum",
                            row->checksum, "script", row->script, "detail", detail_json(row), "at",
                            row->at, "who", row->who);
    json_object_set_new(one, "duration_ms",
                        row->duration_ms >= 0 ? json_integer(row->duration_ms) : json_null());
    json_array_append_new(listing->rows, one);
}

/* "failed at statement 2", "done to 3", "applied". Caller frees. */
static char *event_text(const WendJournalRow *row)
{
    const char *name = wend_event_name(row->event);
    if (row->statement == 0)
        return g_strdup(name);
    return g_strdup_printf("%s%s %u", name,
                           row->event == WEND_EVENT_FAILED ? " at statement"
                           : row->event == WEND_EVENT_DONE ? " to"
                                                           : "",
                           row->statement);
}

/* The error of a failed row, with its place when there is one. */
static void take_error(Listing *listing, const WendJournalRow *row)
{
    json_t *detail = detail_json(row);
    const char *text = json_string_value(json_object_get(detail, "error"));
    const char *file = json_string_value(json_object_get(detail, "file"));
    json_int_t line = json_integer_value(json_object_get(detail, "line"));
    g_autofree char *place =
        file != NULL ? g_strdup_printf(" (%s:%d)", file, (int)line) : g_strdup("");
    g_autofree char *error = text != NULL ? g_strconcat(text, place, NULL) : NULL;
    if (error != NULL)
        wend_table_below(listing->table, error);
    json_decref(detail);
}

static void take_text(Listing *listing, const WendJournalRow *row)
{
    g_autofree char *at = wend_time_shown(row->at);
    g_autofree char *took =
        row->duration_ms >= 0 ? wend_duration_text(row->duration_ms) : g_strdup("");
    g_autofree char *event = event_text(row);
    g_autofree char *label = wend_project_label(listing->project, row->id);
    WendPaint paint = row->event == WEND_EVENT_FAILED     ? WEND_PAINT_BAD
                      : row->event == WEND_EVENT_REVERTED ? WEND_PAINT_WARNING
                      : row->event == WEND_EVENT_APPLIED  ? WEND_PAINT_GOOD
                                                          : WEND_PAINT_PLAIN;
    wend_table_cell(listing->table, WEND_PAINT_DIM, at);
    wend_table_cell(listing->table, paint, event);
    wend_table_cell(listing->table, WEND_PAINT_PLAIN, wend_direction_name(row->direction));
    wend_table_cell(listing->table, WEND_PAINT_PLAIN, label);
    wend_table_cell(listing->table, WEND_PAINT_PLAIN, took);
    if (!listing->cli->globals.verbose)
        return;
    wend_table_cell(listing->table, WEND_PAINT_DIM, row->run);
    wend_table_cell(listing->table, WEND_PAINT_DIM, row->who);
    take_error(listing, row);
}

static bool take(const WendRow *columns, void *data, WendError *error)
{
    Listing *listing = data;
    g_autoptr(WendJournalRow) row = wend_journal_decode(columns, error);
    if (row == NULL)
        return false;
    listing->seen = true;
    if (!interesting(listing, row) || listing->left == 0)
        return true;
    if (listing->left > 0)
        listing->left--;
    if (listing->rows != NULL)
        take_json(listing, row);
    else
        take_text(listing, row);
    return true;
}

/* For the names only: a folder or a history that cannot be read stops nothing here. */
static void read_names(WendProject *project)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (wend_project_scan(project, &ignored))
        wend_project_read(project, false, &ignored);
}

static int no_run(WendCli *cli, const char *run)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    wend_error_set(&error, WEND_USAGE, "there is no run %s", run);
    wend_error_hint(&error, "`wend history -v` lists the runs");
    return wend_out_error(cli, &error);
}

static int list(WendTarget *target)
{
    static const char *const headings[] = {"AT (UTC)", "EVENT", "WAY", "MIGRATION",
                                           "TOOK",     "RUN",   "WHO"};
    WendCli *cli = target->cli;
    WendProject *project = target->project;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendTable) table =
        wend_table_new(cli->globals.verbose ? G_N_ELEMENTS(headings) : NARROW_COLUMNS, headings);
    gint64 limit = wend_cli_number(cli, "limit", 50);
    const char *run = wend_cli_text(cli, "run");
    Listing listing = {
        .cli = cli, .table = table, .project = project, .left = limit > 0 ? limit : -1};
    if (!wend_project_find(project, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json)
        listing.rows = json_array();
    else if (project->has_journal)
        read_names(project);
    g_autoptr(WendQuery) query = wend_journal_read_rows(&project->journal, run, NULL, 0);
    if (project->has_journal &&
        !project->driver->query(project->connection, query, take, &listing, &error)) {
        json_decref(listing.rows);
        return wend_out_error(cli, &error);
    }
    if (run != NULL && !listing.seen) {
        json_decref(listing.rows);
        return no_run(cli, run);
    }
    if (cli->globals.json)
        wend_out_json(cli,
                      json_pack("{s:s, s:o}", "database", target->shown, "journal", listing.rows));
    else if (project->has_journal)
        wend_out_table(cli, table);
    else
        wend_out_note(cli, "%s: nothing was done here yet", target->shown);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    WendTarget target;
    int code = wend_target_open(cli, &target, WEND_NEED_TARGET);
    if (code == 0)
        code = list(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_history = {
    .name = "history",
    .group = WEND_GROUP_LOOK,
    .summary = "show what was done, newest first",
    .usage = "history [--limit N] [--run ID]",
    .options = options,
    .run = run,
};
