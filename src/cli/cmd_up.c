/* SPDX-License-Identifier: MIT
 *
 * wend up: applies what is pending.
 */
#include "cli/target.h"

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
        wend_out_json(cli, wend_plan_json(plan));
        return WEND_OK;
    }
    for (guint i = 0; i < plan->warnings->len; i++)
        wend_out_warning(cli, "%s", (char *)plan->warnings->pdata[i]);
    if (plan->steps->len == 0 && plan->finish == NULL)
        wend_out_line(cli, "Nothing to do.");
    else if (plan->steps->len > 0)
        wend_out_line(cli, "%u migration%s would run:", plan->steps->len,
                      plan->steps->len == 1 ? "" : "s");
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

static int run(WendCli *cli)
{
    WendTarget target;
    WendMove move = {
        .request = {.direction = WEND_UP,
                    .to = wend_cli_text(cli, "to"),
                    .count = wend_cli_number(cli, "count", -1),
                    .out_of_order = wend_cli_flag(cli, "out-of-order"),
                    .newer = wend_cli_flag(cli, "force")},
        .one_transaction = wend_cli_flag(cli, "one-transaction"),
        .backup = wend_cli_text(cli, "backup"),
        .dry_run = wend_cli_flag(cli, "dry-run"),
    };
    int code = wend_cli_only_one(cli, "to", "count", NULL);
    if (code != 0)
        return code;
    guint create = wend_cli_flag(cli, "create-database") ? WEND_NEED_DATABASE : 0;
    code = wend_target_open(cli, &target,
                            WEND_NEED_FOLDER |
                                (move.dry_run ? WEND_NEED_TARGET : WEND_NEED_CREATE | create));
    g_autoptr(WendPlan) plan = NULL;
    bool ask = code == 0 && target.config->confirm && !wend_cli_flag(cli, "force");
    if (code == 0 && (ask || move.dry_run))
        code = look_first(&target, &move, &plan);
    if (code == 0 && move.dry_run)
        code = show_plan(&target, plan);
    else if (code == 0)
        code = wend_target_move(&target, &move);
    g_clear_pointer(&plan, wend_plan_free);
    wend_target_close(&target);
    return code;
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
