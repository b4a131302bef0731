/* SPDX-License-Identifier: MIT
 *
 * wend history: what was done, newest first, as the journal tells it.
 */
#include "cli/tracks.h"

static const WendOption options[] = {
    {"limit", 0, WEND_OPTION_NUMBER, "N", "show the newest N rows (default 50, 0 = all)", NULL},
    {"run", 0, WEND_OPTION_TEXT, "ID", "only this run, with its statements", NULL},
    {"seeds", 0, WEND_OPTION_FLAG, NULL, "of the seeds instead of the migrations", NULL},
    {0},
};

/* A row, and what its migration is called in its track. */
typedef struct Line {
    WendJournalRow *row;
    char *label;
} Line;

typedef struct Listing {
    WendCli *cli;
    GPtrArray *lines;           /* of Line: of all tracks */
    const WendProject *project; /* of the track at hand: knows what the migrations are called */
    char *shown;                /* the URL as it may be shown */
    gint64 left;                /* rows still to show of this track; -1 = all */
    guint tracks;
    bool seen, journal; /* there was a row; there is a journal at all */
} Listing;

#define DEFAULT_LIMIT 50

/* The column that is left out with one track, and how many stand in a narrow view. */
#define TRACK_COLUMN   3
#define NARROW_COLUMNS 6

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

static json_t *row_json(const WendJournalRow *row)
{
    json_t *one = json_pack("{s:I, s:s, s:s, s:s, s:s, s:i, s:s, s:s?, s:s?, s:o, s:s, s:s}", "seq",
                            (json_int_t)row->seq, "run", row->run, "track", row->track, "id",
                            row->id, "direction", wend_direction_name(row->direction), "statement",
                            (int)row->statement, "event", wend_event_name(row->event), "checksum",
                            row->checksum, "script", row->script, "detail", detail_json(row), "at",
                            row->at, "who", row->who);
    json_object_set_new(one, "duration_ms",
                        row->duration_ms >= 0 ? json_integer(row->duration_ms) : json_null());
    return one;
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
static void add_error(WendTable *table, const WendJournalRow *row)
{
    json_t *detail = detail_json(row);
    const char *text = json_string_value(json_object_get(detail, "error"));
    const char *file = json_string_value(json_object_get(detail, "file"));
    json_int_t line = json_integer_value(json_object_get(detail, "line"));
    g_autofree char *place =
        file != NULL ? g_strdup_printf(" (%s:%d)", file, (int)line) : g_strdup("");
    g_autofree char *error = text != NULL ? g_strconcat(text, place, NULL) : NULL;
    if (error != NULL)
        wend_table_below(table, error);
    json_decref(detail);
}

static void add_row(const Listing *listing, WendTable *table, const Line *line)
{
    const WendJournalRow *row = line->row;
    g_autofree char *at = wend_time_shown(row->at);
    g_autofree char *took =
        row->duration_ms >= 0 ? wend_duration_text(row->duration_ms) : g_strdup("");
    g_autofree char *event = event_text(row);
    WendPaint paint = row->event == WEND_EVENT_FAILED     ? WEND_PAINT_BAD
                      : row->event == WEND_EVENT_REVERTED ? WEND_PAINT_WARNING
                      : row->event == WEND_EVENT_APPLIED  ? WEND_PAINT_GOOD
                                                          : WEND_PAINT_PLAIN;
    wend_table_cell(table, WEND_PAINT_DIM, at);
    wend_table_cell(table, paint, event);
    wend_table_cell(table, WEND_PAINT_PLAIN, wend_direction_name(row->direction));
    if (listing->tracks > 1)
        wend_table_cell(table, WEND_PAINT_PLAIN, row->track);
    wend_table_cell(table, WEND_PAINT_PLAIN, line->label);
    wend_table_cell(table, WEND_PAINT_PLAIN, took);
    if (!listing->cli->globals.verbose)
        return;
    wend_table_cell(table, WEND_PAINT_DIM, row->run);
    wend_table_cell(table, WEND_PAINT_DIM, row->who);
    add_error(table, row);
}

static void line_free(gpointer data)
{
    Line *line = data;
    wend_journal_row_free(line->row);
    g_free(line->label);
    g_free(line);
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
    Line *line = g_new0(Line, 1);
    line->label = wend_project_label(listing->project, row->id);
    line->row = g_steal_pointer(&row);
    g_ptr_array_add(listing->lines, line);
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

/* Reads the rows of a track, newest first. */
static int one(WendTarget *target, void *data)
{
    WendCli *cli = target->cli;
    WendProject *project = target->project;
    Listing *listing = data;
    g_auto(WendError) error = WEND_ERROR_INIT;
    gint64 limit = wend_cli_number(cli, "limit", DEFAULT_LIMIT);
    if (!wend_project_find(project, &error))
        return wend_out_error(cli, &error);
    g_free(listing->shown);
    listing->shown = g_strdup(target->shown);
    listing->project = project;
    listing->left = limit > 0 ? limit : -1;
    listing->tracks++;
    listing->journal |= project->has_journal;
    if (!project->has_journal)
        return WEND_OK;
    if (!cli->globals.json)
        read_names(project);
    g_autoptr(WendQuery) query =
        wend_journal_read_rows(&project->journal, wend_cli_text(cli, "run"), NULL, 0);
    if (!project->driver->query(project->connection, query, take, listing, &error))
        return wend_out_error(cli, &error);
    return WEND_OK;
}

static int newest_first(gconstpointer one, gconstpointer other)
{
    const Line *a = *(const Line *const *)one, *b = *(const Line *const *)other;
    return a->row->seq < b->row->seq ? 1 : a->row->seq > b->row->seq ? -1 : 0;
}

static void show_json(const Listing *listing)
{
    json_t *rows = json_array();
    for (guint i = 0; i < listing->lines->len; i++)
        json_array_append_new(rows, row_json(((const Line *)listing->lines->pdata[i])->row));
    wend_out_json(listing->cli,
                  json_pack("{s:s, s:o}", "database", listing->shown, "journal", rows));
}

static void show_text(const Listing *listing)
{
    static const char *const headings[] = {"AT (UTC)",  "EVENT", "WAY", "TRACK",
                                           "MIGRATION", "TOOK",  "RUN", "WHO"};
    const char *used[G_N_ELEMENTS(headings)];
    guint count = 0;
    guint all = listing->cli->globals.verbose ? G_N_ELEMENTS(headings) : NARROW_COLUMNS;
    for (guint i = 0; i < all; i++) {
        if (i != TRACK_COLUMN || listing->tracks > 1)
            used[count++] = headings[i];
    }
    g_autoptr(WendTable) table = wend_table_new(count, used);
    for (guint i = 0; i < listing->lines->len; i++)
        add_row(listing, table, listing->lines->pdata[i]);
    wend_out_table(listing->cli, table);
}

static int show(Listing *listing)
{
    WendCli *cli = listing->cli;
    const char *run = wend_cli_text(cli, "run");
    gint64 limit = wend_cli_number(cli, "limit", DEFAULT_LIMIT);
    if (listing->tracks == 0)
        return WEND_OK;
    if (run != NULL && !listing->seen)
        return no_run(cli, run);
    g_ptr_array_sort(listing->lines, newest_first);
    if (limit > 0 && listing->lines->len > limit)
        g_ptr_array_set_size(listing->lines, (gint)limit);
    if (cli->globals.json)
        show_json(listing);
    else if (listing->journal)
        show_text(listing);
    else
        wend_out_note(cli, "%s: nothing was done here yet", listing->shown);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(line_free);
    Listing listing = {.cli = cli, .lines = lines};
    int code =
        wend_tracks_each(cli, WEND_TRACKS_GATHER,
                         WEND_NEED_TARGET | (wend_cli_flag(cli, "seeds") ? WEND_NEED_SEEDS : 0),
                         NULL, one, &listing);
    if (code == 0)
        code = show(&listing);
    g_free(listing.shown);
    return code;
}

const WendCommand wend_cmd_history = {
    .name = "history",
    .group = WEND_GROUP_LOOK,
    .summary = "show what was done, newest first",
    .usage = "history [--limit N] [--run ID] [--seeds]",
    .options = options,
    .run = run,
};
