/* SPDX-License-Identifier: MIT
 *
 * wend plan: the steps that `up` (or `down`) would take, with their SQL.
 */
#include "cli/tracks.h"

#include "core/callbacks.h"
#include "core/script.h"
#include "core/secret.h"

static const WendOption options[] = {
    {"to", 0, WEND_OPTION_TEXT, "VERSION", "stop behind this version (head, base, +N, -N)", NULL},
    {"count", 'n', WEND_OPTION_NUMBER, "N", "at most N migrations", "steps"},
    {"from", 0, WEND_OPTION_TEXT, "VERSION",
     "as if all up to this one were applied; needs no database", NULL},
    {"down", 0, WEND_OPTION_FLAG, NULL, "the way back instead of the way on", NULL},
    {"out-of-order", 0, WEND_OPTION_FLAG, NULL, "with late ones below the newest, too", NULL},
    {"sql", 0, WEND_OPTION_FLAG, NULL, "write a script, with wend's bookkeeping", NULL},
    {0},
};

/* What is looked for, and the script that is being written. */
typedef struct Planning {
    WendMove move;
    const char *from;
    GString *script;
} Planning;

static int write_sql(WendTarget *target, const WendPlan *plan, GString *script)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (target->config->tracks > 1)
        g_string_append_printf(script, "%s-- Track %s\n", script->len > 0 ? "\n" : "",
                               target->config->track);
    if (!wend_script_write(target->project, plan, script, &error))
        return wend_out_error(target->cli, &error);
    return WEND_OK;
}

/* The assertions that stand before statement `number`; those behind the last one, before the one that is not
 * there. */
static void show_assertions(WendCli *cli, const WendCut *cut, guint number)
{
    for (guint i = 0; i < cut->pieces->len; i++) {
        const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, i);
        if (!piece->assertion || piece->number != number)
            continue;
        g_autofree char *text = g_strndup(piece->text, piece->length);
        g_autofree char *shown = wend_text_line(text);
        g_autofree char *expected =
            wend_text_line(piece->expected != NULL ? piece->expected : "NULL");
        wend_out_line(cli, "    -- assert %s = %s", shown, expected);
    }
}

/* From statement `first` on. */
static void show_statements(WendCli *cli, const WendCut *cut, guint first)
{
    for (guint i = first - 1; i < cut->statements->len; i++) {
        show_assertions(cli, cut, i + 1);
        g_autofree char *text = wend_cut_shown(cut, i);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
            g_autofree char *shown = wend_text_printable(*line);
            wend_out_line(cli, "    %s%s", shown, line[1] == NULL ? ";" : "");
        }
    }
    show_assertions(cli, cut, cut->statements->len + 1);
}

static json_t *statements_json(const WendCut *cut, guint first)
{
    json_t *list = json_array();
    for (guint i = first - 1; i < cut->statements->len; i++) {
        const WendStatement *one = &g_array_index(cut->statements, WendStatement, i);
        g_autofree char *text = wend_cut_shown(cut, i);
        json_array_append_new(
            list,
            json_pack("{s:i, s:s}", "line", (int)(one->line + cut->script->line - 1), "sql", text));
    }
    return list;
}

static json_t *assertions_json(const WendCut *cut)
{
    json_t *list = json_array();
    for (guint i = 0; i < cut->pieces->len; i++) {
        const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, i);
        if (piece->assertion)
            json_array_append_new(list, json_pack("{s:i, s:s%, s:s?}", "before", (int)piece->number,
                                                  "sql", piece->text, piece->length, "expected",
                                                  piece->expected));
    }
    return list;
}

/* What of the half-done step is still to run. */
static bool show_finish(WendTarget *target, const WendFinish *finish, json_t *document,
                        WendError *error)
{
    WendCli *cli = target->cli;
    if (document == NULL)
        wend_out_warning(cli, "%s is half done and would be finished first", finish->label);
    if (finish->script == NULL)
        return true;
    g_autoptr(GPtrArray) placeholders = wend_secret_masked(target->config);
    g_autoptr(WendCut) cut =
        wend_cut_make(finish->script, target->project->driver, placeholders, error);
    if (cut == NULL)
        return false;
    if (document != NULL) {
        json_object_set_new(json_object_get(document, "finish"), "statements",
                            statements_json(cut, finish->next));
        return true;
    }
    g_autofree char *shown = wend_text_line(finish->label);
    g_autofree char *file = wend_text_line(finish->script->file);
    g_autofree char *where =
        finish->next > cut->statements->len
            ? g_strdup("only its end is left")
            : g_strdup_printf("from statement %u of %u on", finish->next, cut->statements->len);
    wend_out_line(cli, "%s%s %s%s  (%s, %s)", wend_out_paint(cli, WEND_PAINT_BOLD),
                  wend_direction_name(finish->direction), shown,
                  wend_out_paint(cli, WEND_PAINT_PLAIN), where, file);
    if (!cli->globals.quiet)
        show_statements(cli, cut, finish->next);
    return true;
}

static bool show_step(WendTarget *target, const WendStep *step, json_t *document, WendError *error)
{
    WendCli *cli = target->cli;
    g_autoptr(GPtrArray) placeholders = wend_secret_masked(target->config);
    g_autoptr(WendCut) cut =
        wend_cut_make(step->script, target->project->driver, placeholders, error);
    if (cut == NULL)
        return false;
    if (document != NULL) {
        json_object_set_new(document, "statements", statements_json(cut, 1));
        json_object_set_new(document, "assertions", assertions_json(cut));
        return true;
    }
    g_autofree char *label = wend_step_label(step);
    g_autofree char *shown = wend_text_line(label);
    g_autofree char *file = wend_text_line(step->script->file);
    wend_out_line(cli, "%s%s %s%s  (%u statement%s, %s)", wend_out_paint(cli, WEND_PAINT_BOLD),
                  wend_direction_name(step->direction), shown,
                  wend_out_paint(cli, WEND_PAINT_PLAIN), cut->statements->len,
                  cut->statements->len == 1 ? "" : "s", file);
    if (!cli->globals.quiet)
        show_statements(cli, cut, 1);
    return true;
}

static bool show_callback(WendTarget *target, const WendCallback *callback, WendError *error)
{
    WendCli *cli = target->cli;
    g_autoptr(GPtrArray) placeholders = wend_secret_masked(target->config);
    g_autoptr(WendCut) cut =
        wend_callback_cut(target->project, callback, NULL, placeholders, error);
    if (cut == NULL)
        return false;
    g_autofree char *file = wend_text_line(callback->script->file);
    wend_out_line(cli, "%s%s%s  (%u statement%s, %s)", wend_out_paint(cli, WEND_PAINT_BOLD),
                  wend_moment_name(callback->moment), wend_out_paint(cli, WEND_PAINT_PLAIN),
                  cut->statements->len, cut->statements->len == 1 ? "" : "s", file);
    if (!cli->globals.quiet)
        show_statements(cli, cut, 1);
    return true;
}

/* What is called: ahead of the last step, or behind it. */
static bool show_moments(WendTarget *target, const WendPlan *plan, bool behind, WendError *error)
{
    bool up = wend_plan_direction(plan) == WEND_UP;
    for (guint i = 0; i < WEND_MOMENTS; i++) {
        WendMoment moment = (WendMoment)i;
        bool last = moment == WEND_AFTER_UP || moment == WEND_AFTER_DOWN || moment == WEND_ON_ERROR;
        if (last != behind || !wend_moment_is_of(moment, up))
            continue;
        for (guint j = 0; j < target->project->callbacks->len; j++) {
            const WendCallback *callback = target->project->callbacks->pdata[j];
            if (callback->moment == moment && !show_callback(target, callback, error))
                return false;
        }
        const WendHook *hook = wend_config_hook(target->config, moment);
        g_autofree char *command = hook != NULL ? wend_text_line(hook->command) : NULL;
        if (hook != NULL)
            wend_out_line(target->cli, "%s%s%s  (command: %s)",
                          wend_out_paint(target->cli, WEND_PAINT_BOLD), wend_moment_name(moment),
                          wend_out_paint(target->cli, WEND_PAINT_PLAIN), command);
    }
    return true;
}

static int show_steps(WendTarget *target, const WendPlan *plan)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    json_t *document =
        cli->globals.json ? wend_target_plan_json(target, plan, wend_plan_direction(plan)) : NULL;
    for (guint i = 0; document == NULL && i < plan->warnings->len; i++)
        wend_out_warning(cli, "%s", (char *)plan->warnings->pdata[i]);
    if (document == NULL && plan->steps->len == 0 && plan->finish == NULL)
        wend_out_line(cli, "Nothing to do.");
    bool any = plan->finish != NULL || plan->steps->len > 0;
    bool ok = document != NULL || !any || show_moments(target, plan, false, &error);
    ok = ok && (plan->finish == NULL || show_finish(target, plan->finish, document, &error));
    for (guint i = 0; ok && i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        json_t *one =
            document != NULL ? json_array_get(json_object_get(document, "steps"), i) : NULL;
        ok = step->script == NULL || show_step(target, step, one, &error);
    }
    ok = ok && (document != NULL || !any || show_moments(target, plan, true, &error));
    if (!ok) {
        json_decref(document);
        return wend_out_error(cli, &error);
    }
    if (document != NULL)
        wend_out_json(cli, document);
    return WEND_OK;
}

static int one(WendTarget *target, void *data)
{
    WendCli *cli = target->cli;
    Planning *planning = data;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendPlan) plan =
        planning->from != NULL
            ? wend_move_plan_from(target->project, &planning->move, planning->from, &error)
            : wend_move_plan(target->project, &planning->move, &error);
    if (plan == NULL)
        return wend_out_error(cli, &error);
    return wend_cli_flag(cli, "sql") ? write_sql(target, plan, planning->script)
                                     : show_steps(target, plan);
}

static int run(WendCli *cli)
{
    static const char *const single[] = {"from", "to", "count", "down", NULL};
    g_autoptr(GString) script = g_string_new(NULL);
    Planning planning = {
        .move = {.request = {.direction = wend_cli_flag(cli, "down") ? WEND_DOWN : WEND_UP,
                             .to = wend_cli_text(cli, "to"),
                             .count = wend_cli_number(cli, "count", -1),
                             .out_of_order = wend_cli_flag(cli, "out-of-order"),
                             .may_force = true}},
        .from = wend_cli_text(cli, "from"),
        .script = script,
    };
    bool sql = wend_cli_flag(cli, "sql");
    int code = wend_tracks_each(cli, sql ? WEND_TRACKS_GATHER : WEND_TRACKS_SHOW,
                                WEND_NEED_FOLDER | (planning.from == NULL ? WEND_NEED_TARGET : 0),
                                single, one, &planning);
    if (code == 0)
        wend_out_text(cli, script->str);
    return code;
}

const WendCommand wend_cmd_plan = {
    .name = "plan",
    .group = WEND_GROUP_LOOK,
    .summary = "show the steps that would run, and their SQL",
    .usage = "plan [--sql] [--from VERSION] [--to VERSION | --count N] [--down] [--out-of-order]",
    .options = options,
    .run = run,
};
