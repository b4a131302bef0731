/* SPDX-License-Identifier: MIT
 *
 * wend reset: everything down, then everything up.
 */
#include "cli/emptying.h"

static const WendOption options[] = {
    {"hard", 0, WEND_OPTION_FLAG, NULL, "drop everything instead of running the down scripts",
     NULL},
    {0},
};

static int take_down(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMove down = {.request = {.direction = WEND_DOWN, .count = -1, .all = true}};
    g_autoptr(WendPlan) plan = wend_move_plan(target->project, &down, &error);
    if (plan == NULL)
        return wend_out_error(cli, &error);
    if (plan->steps->len == 0 && plan->finish == NULL)
        return WEND_OK;
    g_autofree char *question = g_strdup_printf("Take back all %u migrations on %s, data included?",
                                                plan->steps->len, target->shown);
    if (!wend_target_ask(target, plan, question, &down, &error))
        return wend_out_error(cli, &error);
    return wend_target_move(target, &down);
}

static int run(WendCli *cli)
{
    WendTarget target;
    guint dropped = 0;
    int code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_CREATE);
    if (code == 0)
        code =
            wend_cli_flag(cli, "hard") ? wend_target_empty(&target, &dropped) : take_down(&target);
    if (code == 0 && dropped > 0 && !cli->globals.json)
        wend_out_note(cli, "%s: %u objects dropped", target.shown, dropped);
    if (code == 0) {
        WendMove up = {.request = {.direction = WEND_UP, .count = -1}};
        code = wend_target_move(&target, &up);
    }
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_reset = {
    .name = "reset",
    .group = WEND_GROUP_MOVE,
    .summary = "take everything back, then apply it again",
    .usage = "reset [--hard]",
    .options = options,
    .run = run,
};
