/* SPDX-License-Identifier: MIT
 *
 * wend repair: what only a person can decide about a half-done step or a changed file.
 */
#include "cli/target.h"

#include "core/settle.h"

static const WendOption options[] = {
    {"continue", 0, WEND_OPTION_FLAG, NULL, "go on behind what is done, whatever the file says now",
     NULL},
    {"undo", 0, WEND_OPTION_FLAG, NULL, "run the other direction, then count it as not begun",
     NULL},
    {"done", 0, WEND_OPTION_FLAG, NULL, "count the rest as done", NULL},
    {"forget", 0, WEND_OPTION_FLAG, NULL, "count it as not begun", NULL},
    {"accept", 0, WEND_OPTION_FLAG, NULL, "take changed files as what was applied", NULL},
    {0},
};

static const struct {
    const char *option;
    WendRepair repair;
} repairs[] = {
    {"continue", WEND_REPAIR_CONTINUE}, {"undo", WEND_REPAIR_UNDO},     {"done", WEND_REPAIR_DONE},
    {"forget", WEND_REPAIR_FORGET},     {"accept", WEND_REPAIR_ACCEPT},
};

static int go(WendTarget *target, WendRepair repair, const char *version)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *text = NULL;
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    bool look = repair == WEND_REPAIR_LOOK;
    if (!look && !wend_out_confirm(cli, &error, "Settle it on %s?", target->shown)) {
        wend_error_state(&error, "nothing was changed");
        return wend_out_error(cli, &error);
    }
    if (!wend_repair(target->project, repair, version, &move, &text, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json)
        wend_out_json(cli, json_pack("{s:b, s:s}", "half_done",
                                     target->project->unfinished != NULL && look, "text", text));
    else
        wend_out_line(cli, "%s", text);
    return look && target->project->unfinished != NULL ? WEND_DISAGREE : WEND_OK;
}

static int run(WendCli *cli)
{
    WendTarget target;
    WendRepair repair = WEND_REPAIR_LOOK;
    int code = wend_cli_only_one(cli, "continue", "undo", "done", "forget", "accept", NULL);
    if (code != 0)
        return code;
    for (gsize i = 0; i < G_N_ELEMENTS(repairs); i++) {
        if (wend_cli_flag(cli, repairs[i].option))
            repair = repairs[i].repair;
    }
    if (cli->operand_count > 0 && repair != WEND_REPAIR_ACCEPT)
        return wend_cli_usage(cli, "a version goes with --accept only");
    code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_TARGET);
    if (code == 0)
        code = go(&target, repair, cli->operands[0]);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_repair = {
    .name = "repair",
    .group = WEND_GROUP_MOVE,
    .summary = "settle a half-done migration or a changed file",
    .usage = "repair [--continue | --undo | --done | --forget | --accept [VERSION]]",
    .options = options,
    .operand = "VERSION",
    .operands = 1,
    .run = run,
};
