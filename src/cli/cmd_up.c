/* SPDX-License-Identifier: MIT
 *
 * wend up: applies what is pending.
 */
#include "cli/tracks.h"

static const WendOption options[] = {
    {"to", 0, WEND_OPTION_TEXT, "VERSION", "stop behind this version (head, +N)", NULL},
    {"count", 'n', WEND_OPTION_NUMBER, "N", "apply at most N migrations", "steps"},
    {"dry-run", 0, WEND_OPTION_FLAG, NULL, "show what would run, change nothing", NULL},
    {"one-transaction", 0, WEND_OPTION_FLAG, NULL, "apply all of them or none", NULL},
    {"out-of-order", 0, WEND_OPTION_FLAG, NULL, "apply late ones below the newest, too", NULL},
    {"create-database", 0, WEND_OPTION_FLAG, NULL, "make the database if the server has none",
     NULL},
    {"backup", 0, WEND_OPTION_TEXT, "FILE", "copy the database into FILE first", NULL},
    {"force", 0, WEND_OPTION_FLAG, NULL, "skip the refusals of exit code 8", NULL},
    {0},
};

static int show_plan(WendTarget *target, const WendPlan *plan)
{
    WendCli *cli = target->cli;
    if (cli->globals.json) {
        wend_out_json(cli, wend_target_plan_json(target, plan, WEND_UP));
        return WEND_OK;
    }
    for (guint i = 0; i < plan->warnings->len; i++)
        wend_out_warning(cli, "%s", (char *)plan->warnings->pdata[i]);
    guint count = plan->steps->len + (plan->finish != NULL);
    if (count == 0)
        wend_out_line(cli, "Nothing to do.");
    else
        wend_out_line(cli, "%u migration%s would run:", count, count == 1 ? "" : "s");
    wend_target_steps(target, plan);
    return WEND_OK;
}

static int look_first(WendTarget *target, WendMove *move, WendPlan **plan)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    *plan = wend_move_plan(target->project, move, &error);
    if (*plan == NULL)
        return wend_out_error(cli, &error);
    if (move->dry_run || ((*plan)->steps->len == 0 && (*plan)->finish == NULL))
        return WEND_OK;
    g_autofree char *question = g_strdup_printf(
        "Apply %u migration%s to %s%s%s?", (*plan)->steps->len, (*plan)->steps->len == 1 ? "" : "s",
        target->shown, target->config->env != NULL ? ", environment " : "",
        target->config->env != NULL ? target->config->env : "");
    if (!wend_target_ask(target, *plan, question, move, &error))
        return wend_out_error(cli, &error);
    return WEND_OK;
}

static int one(WendTarget *target, void *data)
{
    WendMove *all = data, move = *all;
    g_autoptr(WendPlan) plan = NULL;
    int code = 0;
    bool ask = target->config->confirm && !wend_cli_flag(target->cli, "force");
    if (ask || move.dry_run)
        code = look_first(target, &move, &plan);
    if (code == 0)
        code = move.dry_run ? show_plan(target, plan) : wend_target_move(target, &move);
    if (target->backed_up)
        all->backup = NULL; /* one copy, as it was before the first track changed anything */
    return code;
}

static int run(WendCli *cli)
{
    static const char *const single[] = {"to", "count", NULL};
    WendMove move = {
        .callbacks = true,
        .request = {.direction = WEND_UP,
                    .to = wend_cli_text(cli, "to"),
                    .count = wend_cli_number(cli, "count", -1),
                    .out_of_order = wend_cli_flag(cli, "out-of-order"),
                    .newer = wend_cli_flag(cli, "force"),
                    .may_force = true},
        .one_transaction = wend_cli_flag(cli, "one-transaction"),
        .backup = wend_cli_text(cli, "backup"),
        .dry_run = wend_cli_flag(cli, "dry-run"),
        .refuse_empty = !wend_cli_flag(cli, "force"),
    };
    int code = wend_cli_only_one(cli, "to", "count", NULL);
    if (code != 0)
        return code;
    guint create = wend_cli_flag(cli, "create-database") ? WEND_NEED_DATABASE : 0;
    guint needs = move.dry_run ? WEND_NEED_TARGET : WEND_NEED_CREATE | create;
    return wend_tracks_each(cli, move.dry_run ? WEND_TRACKS_SHOW : WEND_TRACKS_MOVE,
                            WEND_NEED_FOLDER | needs, single, one, &move);
}

const WendCommand wend_cmd_up = {
    .name = "up",
    .group = WEND_GROUP_MOVE,
    .summary = "apply the pending migrations",
    .usage = "up [--to VERSION | --count N] [--dry-run] [--one-transaction] [--out-of-order] "
             "[--create-database] [--backup FILE] [--force]",
    .options = options,
    .run = run,
};
