/* SPDX-License-Identifier: MIT
 *
 * wend down: takes applied migrations back.
 */
#include "cli/target.h"

static const WendOption options[] = {
    {"to", 0, WEND_OPTION_TEXT, "VERSION", "take back all above this version (base, -N)", NULL},
    {"count", 'n', WEND_OPTION_NUMBER, "N", "take back the newest N (default 1)", "steps"},
    {"batch", 0, WEND_OPTION_FLAG, NULL, "take back what the last run applied", NULL},
    {"all", 0, WEND_OPTION_FLAG, NULL, "take back everything", NULL},
    {"dry-run", 0, WEND_OPTION_FLAG, NULL, "show what would run, change nothing", NULL},
    {0},
};

static int show_plan(WendTarget *target, const WendPlan *plan)
{
    WendCli *cli = target->cli;
    if (cli->globals.json) {
        wend_out_json(cli, wend_target_plan_json(target, plan, WEND_DOWN));
        return WEND_OK;
    }
    for (guint i = 0; i < plan->warnings->len; i++)
        wend_out_warning(cli, "%s", (char *)plan->warnings->pdata[i]);
    guint count = plan->steps->len + (plan->finish != NULL);
    if (count == 0)
        wend_out_line(cli, "Nothing to take back.");
    else
        wend_out_line(cli, "%u migration%s would %s:", count, count == 1 ? "" : "s",
                      plan->finish != NULL ? "run" : "be taken back");
    wend_target_steps(target, plan);
    return WEND_OK;
}

static int go(WendTarget *target, WendMove *move)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GHashTable) batch = NULL;
    if (wend_cli_flag(cli, "batch")) {
        if (!wend_project_read(target->project, false, &error))
            return wend_out_error(cli, &error);
        batch = wend_project_batch(target->project, &error);
        if (batch == NULL)
            return wend_out_error(cli, &error);
        move->request.batch = batch;
    }
    g_autoptr(WendPlan) plan = wend_move_plan(target->project, move, &error);
    if (plan == NULL)
        return wend_out_error(cli, &error);
    if (move->dry_run)
        return show_plan(target, plan);
    if (plan->steps->len > 0 || plan->finish != NULL) {
        g_autofree char *question =
            g_strdup_printf("Take back %u migration%s on %s?", plan->steps->len,
                            plan->steps->len == 1 ? "" : "s", target->shown);
        if (!wend_target_ask(target, plan, question, move, &error))
            return wend_out_error(cli, &error);
    }
    return wend_target_move(target, move);
}

static int run(WendCli *cli)
{
    WendTarget target;
    WendMove move = {
        .callbacks = true,
        .request = {.direction = WEND_DOWN,
                    .to = wend_cli_text(cli, "to"),
                    .count = wend_cli_number(cli, "count", -1),
                    .all = wend_cli_flag(cli, "all")},
        .dry_run = wend_cli_flag(cli, "dry-run"),
    };
    int code = wend_cli_only_one(cli, "to", "count", "batch", "all", NULL);
    if (code != 0)
        return code;
    code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_TARGET);
    if (code == 0)
        code = go(&target, &move);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_down = {
    .name = "down",
    .group = WEND_GROUP_MOVE,
    .summary = "take applied migrations back",
    .usage = "down [--to VERSION | --count N | --batch | --all] [--dry-run]",
    .options = options,
    .run = run,
};
