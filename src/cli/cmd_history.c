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
    gint64 left; /* rows still to show; -1 = all */
} Listing;

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

static void take_text(Listing *listing, const WendJournalRow *row)
{
    g_autofree char *at = wend_time_shown(row->at);
    g_autofree char *took =
        row->duration_ms >= 0 ? wend_duration_text(row->duration_ms) : g_strdup("");
    g_autofree char *event =
        row->statement > 0 ? g_strdup_printf("%s %u", wend_event_name(row->event), row->statement)
                           : g_strdup(wend_event_name(row->event));
    WendPaint paint = row->event == WEND_EVENT_FAILED     ? WEND_PAINT_BAD
                      : row->event == WEND_EVENT_REVERTED ? WEND_PAINT_WARNING
                      : row->event == WEND_EVENT_APPLIED  ? WEND_PAINT_GOOD
                                                          : WEND_PAINT_PLAIN;
    wend_table_cell(listing->table, WEND_PAINT_DIM, at);
    wend_table_cell(listing->table, paint, event);
    wend_table_cell(listing->table, WEND_PAINT_PLAIN, wend_direction_name(row->direction));
    wend_table_cell(listing->table, WEND_PAINT_PLAIN, row->id);
    wend_table_cell(listing->table, WEND_PAINT_PLAIN, took);
    wend_table_cell(listing->table, WEND_PAINT_DIM, row->run);
    wend_table_cell(listing->table, WEND_PAINT_DIM, row->who);
}

static bool take(const WendRow *columns, void *data, WendError *error)
{
    Listing *listing = data;
    g_autoptr(WendJournalRow) row = wend_journal_decode(columns, error);
    if (row == NULL)
        return false;
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

static int list(WendTarget *target)
{
    static const char *const headings[] = {"AT (UTC)", "EVENT", "WAY", "MIGRATION",
                                           "TOOK",     "RUN",   "WHO"};
    WendCli *cli = target->cli;
    WendProject *project = target->project;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendTable) table = wend_table_new(G_N_ELEMENTS(headings), headings);
    gint64 limit = wend_cli_number(cli, "limit", 50);
    Listing listing = {.cli = cli, .table = table, .left = limit > 0 ? limit : -1};
    bool has = false;
    if (!project->driver->has_table(project->connection, project->journal.table, &has, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json)
        listing.rows = json_array();
    g_autoptr(WendQuery) query =
        wend_journal_read_rows(&project->journal, wend_cli_text(cli, "run"), NULL, 0);
    if (has && !project->driver->query(project->connection, query, take, &listing, &error)) {
        json_decref(listing.rows);
        return wend_out_error(cli, &error);
    }
    if (cli->globals.json)
        wend_out_json(cli,
                      json_pack("{s:s, s:o}", "database", target->shown, "journal", listing.rows));
    else if (has)
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
