/* SPDX-License-Identifier: MIT
 *
 * wend seed: data that is kept apart from the migrations. `new` makes a file for it, `run` brings it in,
 * `status` says what has run.
 */
#include "cli/files.h"
#include "cli/tracks.h"

#include "core/seed.h"
#include "format/seed.h"

#include <string.h>

static const WendOption options[] = {
    {"dry-run", 0, WEND_OPTION_FLAG, NULL, "run: show what would run, change nothing", NULL},
    {"again", 0, WEND_OPTION_FLAG, NULL, "run: those that have run, too", NULL},
    {"force", 0, WEND_OPTION_FLAG, NULL, "run: skip the refusals of exit code 8", NULL},
    {"exit-code", 0, WEND_OPTION_FLAG, NULL, "status: end with 5 when something is pending", NULL},
    {"onchange", 0, WEND_OPTION_FLAG, NULL, "new: one that runs again when its text changes", NULL},
    {"csv", 0, WEND_OPTION_TEXT, "COLUMNS", "new: a CSV file with these columns", NULL},
    {0},
};

/* --- run --- */

typedef struct Run {
    const char *const *names; /* those to run; NULL-terminated, empty = all */
    bool dry_run, again, force;
} Run;

/* The migrations beside these seeds that are pending; 0 where that cannot be said. */
static guint count_pending(WendTarget *target)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) configs = wend_cli_tracks(target->cli, &ignored);
    guint pending = 0;
    for (guint i = 0; configs != NULL && i < configs->len; i++) {
        const WendConfig *config = configs->pdata[i];
        if (strcmp(config->track, target->config->track) != 0 || config->skip != NULL ||
            !g_file_test(config->migrations, G_FILE_TEST_EXISTS))
            continue;
        g_autoptr(WendProject) project = wend_project_new(config, &ignored);
        if (project == NULL || !wend_project_scan(project, &ignored) ||
            !wend_project_connect(project, WEND_CREATE_NOTHING, NULL, NULL, &ignored) ||
            !wend_project_read(project, false, &ignored))
            continue;
        g_autoptr(GArray) entries = wend_project_entries(project, &ignored);
        for (guint j = 0; entries != NULL && j < entries->len; j++)
            pending += wend_state_is_pending(g_array_index(entries, WendEntry, j).state);
    }
    return pending;
}

static bool check_pending(WendTarget *target, const Run *run, WendError *error)
{
    guint pending = run->force ? 0 : count_pending(target);
    if (pending == 0)
        return true;
    wend_error_set(error, WEND_REFUSED,
                   "%u migration%s pending: seeds are for the tables as they "
                   "are behind them",
                   pending, pending == 1 ? " is" : "s are");
    wend_error_state(error, "nothing was run");
    return wend_error_hint(error, "`wend up` first; --force runs the seeds all the same");
}

static WendEntry *find_entry(const GArray *entries, const char *id)
{
    for (guint i = 0; i < entries->len; i++) {
        WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (strcmp(wend_entry_id(entry), id) == 0)
            return entry;
    }
    return NULL;
}

/* The seed that a person names: of the chosen environment before that for all. */
static WendEntry *find_named(const WendTarget *target, const GArray *entries, const char *name,
                             WendError *error)
{
    g_autofree char *id = target->project->format->version_key(name);
    const char *env = target->config->env;
    g_autofree char *inside = env != NULL ? g_strconcat(env, "/", id, NULL) : NULL;
    WendEntry *found = inside != NULL ? find_entry(entries, inside) : NULL;
    if (found == NULL)
        found = find_entry(entries, id);
    if (found != NULL && found->migration != NULL)
        return found;
    g_autofree const char **ids = g_new0(const char *, entries->len + 1);
    for (guint i = 0; i < entries->len; i++)
        ids[i] = wend_entry_id(&g_array_index(entries, WendEntry, i));
    const char *meant = wend_suggest(id, ids);
    wend_error_set(error, WEND_USAGE, "there is no seed %s in %s", id, target->config->migrations);
    if (meant != NULL)
        wend_error_hint(error, "did you mean %s? `wend seed status` lists all", meant);
    else
        wend_error_hint(error, "`wend seed status` lists all");
    return NULL;
}

/* And what it depends on, as far as that has not run. */
static void take_seed(const GArray *entries, const WendEntry *entry, GHashTable *only)
{
    if (!g_hash_table_add(only, g_strdup(wend_entry_id(entry))))
        return;
    const GPtrArray *directives = entry->migration->up->directives;
    for (guint i = 0; i < directives->len; i++) {
        const WendDirective *one = directives->pdata[i];
        const WendEntry *wanted =
            one->kind == WEND_DIRECTIVE_DEPENDS ? find_entry(entries, one->value) : NULL;
        if (wanted != NULL && wanted->migration != NULL && wanted->applied == NULL)
            take_seed(entries, wanted, only);
    }
}

/* The ids that are asked for; NULL with `error` set for a name that is none. */
static GHashTable *choose(WendTarget *target, const char *const *names, WendError *error)
{
    if (!wend_project_read(target->project, false, error))
        return NULL;
    g_autoptr(GArray) entries = wend_project_entries(target->project, error);
    if (entries == NULL)
        return NULL;
    g_autoptr(GHashTable) only = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (; *names != NULL; names++) {
        const WendEntry *entry = find_named(target, entries, *names, error);
        if (entry == NULL)
            return NULL;
        take_seed(entries, entry, only);
    }
    return g_steal_pointer(&only);
}

static void show_plan(WendTarget *target, const WendPlan *plan)
{
    WendCli *cli = target->cli;
    if (cli->globals.json) {
        wend_out_json(cli, wend_plan_json(plan));
        return;
    }
    if (plan->steps->len == 0)
        wend_out_line(cli, "Nothing to do.");
    else
        wend_out_line(cli, "%u seed%s would run:", plan->steps->len,
                      plan->steps->len == 1 ? "" : "s");
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        g_autofree char *shown = wend_text_line(step->version);
        wend_out_line(cli, "  %s%s", shown, step->applied != NULL ? "  (again)" : "");
    }
}

/* Folders of environments that nobody chose look as if their seeds ran. */
static void tell_left_out(const WendTarget *target)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(WendFolder) folder = wend_folder_open(target->config->migrations, &ignored);
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; folder != NULL && i < folder->folders->len; i++) {
        const char *name = folder->folders->pdata[i];
        if (g_strcmp0(name, target->config->env) != 0)
            g_string_append_printf(names, "%s%s/", names->len > 0 ? ", " : "", name);
    }
    if (names->len == 0)
        return;
    g_autofree char *shown = wend_text_line(names->str);
    wend_out_note(target->cli, "left out, for other environments (--env): %s", shown);
}

/* What ran once and is another text now. */
static void tell_changed(WendTarget *target)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(GArray) entries = wend_project_entries(target->project, &ignored);
    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->state != WEND_STATE_CHANGED)
            continue;
        g_autofree char *shown = wend_text_line(wend_entry_id(entry));
        g_autofree char *emptying = wend_seed_emptying(entry->migration->up);
        wend_out_note(target->cli,
                      "%s has changed since it ran: `wend seed run --again %s` runs it again%s%s",
                      shown, shown,
                      emptying != NULL ? ", on top of the rows that are there; else " : "",
                      emptying != NULL ? emptying : "");
    }
}

static int look(WendTarget *target, const Run *run, WendMove *move)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    bool ask = target->config->confirm && !run->force && !run->dry_run;
    if (!run->dry_run && !ask)
        return WEND_OK;
    g_autoptr(WendPlan) plan = wend_move_plan(target->project, move, &error);
    if (plan == NULL)
        return wend_out_error(target->cli, &error);
    if (run->dry_run) {
        show_plan(target, plan);
        return WEND_OK;
    }
    if (plan->steps->len == 0)
        return WEND_OK;
    const char *env = target->config->env;
    g_autofree char *question = g_strdup_printf(
        "Run %u seed%s on %s%s%s?", plan->steps->len, plan->steps->len == 1 ? "" : "s",
        target->shown, env != NULL ? ", environment " : "", env != NULL ? env : "");
    return wend_target_ask(target, plan, question, move, &error)
               ? WEND_OK
               : wend_out_error(target->cli, &error);
}

static int run_one(WendTarget *target, void *data)
{
    const Run *run = data;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GHashTable) only = NULL;
    if (!check_pending(target, run, &error))
        return wend_out_error(target->cli, &error);
    if (*run->names != NULL) {
        only = choose(target, run->names, &error);
        if (only == NULL)
            return wend_out_error(target->cli, &error);
    }
    WendMove move = {.request = {.direction = WEND_UP,
                                 .count = -1,
                                 .only = only,
                                 .again = run->again,
                                 .out_of_order = true}};
    int code = look(target, run, &move);
    if (code != WEND_OK || run->dry_run)
        return code;
    code = wend_target_move(target, &move);
    if (code == WEND_DISAGREE && target->project->unfinished != NULL)
        wend_out_note(target->cli, "a seed is settled by `wend repair --seeds`");
    if (code == WEND_OK && !target->cli->globals.json && *run->names == NULL) {
        tell_changed(target);
        tell_left_out(target);
    }
    return code;
}

static int run_seeds(WendCli *cli)
{
    static const char *const single[] = {NULL};
    Run run = {.names = cli->operands + 1,
               .dry_run = wend_cli_flag(cli, "dry-run"),
               .again = wend_cli_flag(cli, "again"),
               .force = wend_cli_flag(cli, "force")};
    guint needs = run.dry_run ? WEND_NEED_TARGET : WEND_NEED_CREATE;
    return wend_tracks_each(cli, run.dry_run ? WEND_TRACKS_SHOW : WEND_TRACKS_MOVE,
                            WEND_NEED_SEEDS | WEND_NEED_FOLDER | needs, single, run_one, &run);
}

/* --- status --- */

static const char *mode_of(const WendEntry *entry)
{
    if (entry->migration == NULL)
        return "";
    return entry->migration->again ? "onchange" : "once";
}

static WendPaint paint_of(WendState state)
{
    switch (state) {
    case WEND_STATE_APPLIED:
        return WEND_PAINT_GOOD;
    case WEND_STATE_FAILED:
        return WEND_PAINT_BAD;
    case WEND_STATE_CHANGED:
    case WEND_STATE_MISSING:
        return WEND_PAINT_WARNING;
    default:
        return WEND_PAINT_NOTE;
    }
}

static json_t *entry_json(const WendEntry *entry)
{
    const WendScript *script = entry->migration != NULL ? entry->migration->up : NULL;
    return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "name", wend_entry_id(entry),
                     "state", wend_state_name(entry->state), "mode", mode_of(entry), "ran_at",
                     entry->applied != NULL ? entry->applied->applied_at : NULL, "checksum",
                     script != NULL ? script->checksum : NULL, "file",
                     script != NULL ? script->file : NULL, "csv",
                     script != NULL && script->load != NULL ? script->load->file : NULL);
}

static void show_json(WendTarget *target, const GArray *entries, guint ran, guint pending)
{
    json_t *list = json_array();
    for (guint i = 0; i < entries->len; i++)
        json_array_append_new(list, entry_json(&g_array_index(entries, WendEntry, i)));
    wend_out_json(target->cli, json_pack("{s:s, s:s, s:s?, s:s, s:i, s:i, s:o}", "database",
                                         target->shown, "track", target->config->track, "env",
                                         target->config->env, "history", target->project->table,
                                         "ran", (int)ran, "pending", (int)pending, "seeds", list));
}

static void show_text(WendTarget *target, const GArray *entries, guint ran, guint pending)
{
    static const char *const headings[] = {"STATE", "SEED", "MODE", "RAN AT (UTC)"};
    WendCli *cli = target->cli;
    g_autoptr(WendTable) table = wend_table_new(4, headings);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        g_autofree char *at =
            wend_time_shown(entry->applied != NULL ? entry->applied->applied_at : NULL);
        wend_table_cell(table, paint_of(entry->state), wend_state_name(entry->state));
        wend_table_cell(table, WEND_PAINT_PLAIN, wend_entry_id(entry));
        wend_table_cell(table, WEND_PAINT_PLAIN, mode_of(entry));
        wend_table_cell(table, WEND_PAINT_DIM, at);
    }
    if (entries->len > 0)
        wend_out_table(cli, table);
    g_autofree char *database = wend_text_line(target->shown);
    wend_out_line(cli, "%s%s: %u ran, %u pending", entries->len > 0 ? "\n" : "", database, ran,
                  pending);
    tell_changed(target);
    tell_left_out(target);
}

static int status_one(WendTarget *target, G_GNUC_UNUSED void *data)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    guint ran = 0, pending = 0;
    if (!wend_project_read(target->project, true, &error))
        return wend_out_error(cli, &error);
    g_autoptr(GArray) entries = wend_project_entries(target->project, &error);
    if (entries == NULL)
        return wend_out_error(cli, &error);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        ran += entry->applied != NULL;
        pending += wend_state_is_pending(entry->state);
    }
    if (cli->globals.json)
        show_json(target, entries, ran, pending);
    else
        show_text(target, entries, ran, pending);
    if (wend_cli_flag(cli, "exit-code") && pending > 0)
        target->verdict = WEND_PENDING;
    return WEND_OK;
}

static int show_status(WendCli *cli)
{
    if (cli->operand_count > 1)
        return wend_cli_usage(cli, "seed status takes no names");
    return wend_tracks_each(cli, WEND_TRACKS_SHOW,
                            WEND_NEED_SEEDS | WEND_NEED_FOLDER | WEND_NEED_TARGET, NULL, status_one,
                            NULL);
}

/* --- new --- */

/* "create users" -> "create_users". NULL = it is no name. Caller frees. */
static char *name_of(const WendCli *cli)
{
    g_autofree char *name = g_strjoinv("_", (char **)cli->operands + 1);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == ' ')
            *at = '_';
        else if (!g_ascii_isalnum(*at) && strchr("_-.", *at) == NULL)
            return NULL;
    }
    return name[0] != '\0' && name[0] != '.' ? g_steal_pointer(&name) : NULL;
}

static char *text_of(const WendCli *cli)
{
    const char *columns = wend_cli_text(cli, "csv");
    if (columns != NULL)
        return g_strconcat(columns, "\n", NULL);
    return g_strdup(wend_cli_flag(cli, "onchange")
                        ? "-- wend: seed onchange\n"
                          "-- Runs again whenever this file changes: write what may run twice.\n\n"
                        : "-- Runs once, in one transaction with the row that says so.\n\n");
}

/* A script and a CSV file of one name are one seed, of which the script says where the rows come in. */
static bool check_beside(const char *made, bool csv, WendError *error)
{
    g_autofree char *stem = g_strndup(made, strlen(made) - 4);
    g_autofree char *beside = g_strconcat(stem, csv ? ".sql" : ".csv", NULL);
    if (!g_file_test(beside, G_FILE_TEST_EXISTS) || g_file_test(made, G_FILE_TEST_EXISTS))
        return true;
    wend_error_set(error, WEND_USAGE, "%s is there already, and would be the same seed", beside);
    return wend_error_hint(error,
                           "give it another name; or write %s yourself, with `-- wend: csv` in "
                           "%s where the rows come in",
                           made, csv ? beside : "it");
}

static bool make_file(WendCli *cli, const char *name, char **path, WendError *error)
{
    g_autoptr(WendConfig) config = wend_cli_track(cli, false, error);
    if (config == NULL)
        return false;
    g_autofree char *folder = wend_seed_folder(config);
    bool csv = wend_cli_given(cli, "csv");
    g_autofree char *file = g_strconcat(name, csv ? ".csv" : ".sql", NULL);
    g_autofree char *made = config->env != NULL ? g_build_filename(folder, config->env, file, NULL)
                                                : g_build_filename(folder, file, NULL);
    g_autofree char *inside = g_path_get_dirname(made);
    g_autofree char *text = text_of(cli);
    if (!check_beside(made, csv, error) || !wend_folder_create(inside, NULL, error) ||
        !wend_file_create(made, text, NULL, error))
        return false;
    *path = g_steal_pointer(&made);
    return true;
}

static int make_seed(WendCli *cli)
{
    if (wend_cli_given(cli, "csv") && wend_cli_flag(cli, "onchange"))
        return wend_cli_usage(cli,
                              "a CSV file says nothing of itself: for --onchange make NAME.sql "
                              "beside it, with `-- wend: csv`");
    g_autofree char *name = name_of(cli);
    if (name == NULL)
        return wend_cli_usage(cli, "the seed needs a name of letters, digits, '_', '-' and '.'");
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *path = NULL;
    if (!make_file(cli, name, &path, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json)
        wend_out_json(cli, json_pack("{s:[s]}", "files", path));
    else
        wend_out_line(cli, "%s", path);
    wend_out_note(cli, "write its %s, then `wend seed run`",
                  wend_cli_given(cli, "csv") ? "rows" : "SQL");
    return WEND_OK;
}

/* --- all --- */

static const struct {
    const char *name;
    int (*run)(WendCli *cli);
    const char *options[4]; /* those that are its own; NULL-terminated */
} actions[] = {
    {"new", make_seed, {"onchange", "csv", NULL}},
    {"run", run_seeds, {"dry-run", "again", "force", NULL}},
    {"status", show_status, {"exit-code", NULL}},
};

static int run(WendCli *cli)
{
    if (cli->operand_count == 0)
        return wend_cli_usage(cli, "seed new, seed run, or seed status?");
    int (*chosen)(WendCli *) = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        bool is_it = strcmp(cli->operands[0], actions[i].name) == 0;
        chosen = is_it ? actions[i].run : chosen;
        for (const char *const *option = actions[i].options; !is_it && *option != NULL; option++) {
            if (wend_cli_given(cli, *option))
                return wend_cli_usage(cli, "--%s goes with seed %s", *option, actions[i].name);
        }
    }
    return chosen(cli);
}

const WendCommand wend_cmd_seed = {
    .name = "seed",
    .group = WEND_GROUP_MOVE,
    .summary = "bring in data that is kept apart from the migrations",
    .usage = "seed (new [--onchange | --csv COLUMNS] NAME | run [--dry-run] [--again] [--force] "
             "[NAME...] | status [--exit-code])",
    .options = options,
    .operand = "new|run|status",
    .operands = WEND_OPERANDS_ANY,
    .run = run,
};
