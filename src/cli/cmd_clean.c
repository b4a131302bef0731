/* SPDX-License-Identifier: MIT
 *
 * wend clean: drops everything in the database.
 */
#include "cli/emptying.h"

static int run(WendCli *cli)
{
    WendTarget target;
    guint dropped = 0;
    int code = wend_target_open(cli, &target, WEND_NEED_TARGET | WEND_NEED_ANY);
    if (code == 0)
        code = wend_target_empty(&target, &dropped);
    if (code == 0 && cli->globals.json)
        wend_out_json(cli, json_pack("{s:i}", "dropped", (int)dropped));
    else if (code == 0)
        wend_out_note(cli, "%s: %u object%s dropped", target.shown, dropped,
                      dropped == 1 ? "" : "s");
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_clean = {
    .name = "clean",
    .group = WEND_GROUP_MOVE,
    .summary = "drop everything in the database",
    .usage = "clean",
    .run = run,
};
