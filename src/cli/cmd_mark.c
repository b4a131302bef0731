/* SPDX-License-Identifier: MIT
 *
 * wend mark: says that migrations are applied, or are not, without running them.
 */
#include "cli/target.h"

#include "core/settle.h"

static const WendOption options[] = {
    {"pending", 0, WEND_OPTION_FLAG, NULL, "they are not applied (default: they are)", NULL},
    {0},
};

static int go(WendTarget *target)
{
    WendCli *cli = target->cli;
    bool pending = wend_cli_flag(cli, "pending");
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    if (!wend_mark(target->project, cli->operands, pending, labels, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json) {
        json_t *list = json_array();
        for (guint i = 0; i < labels->len; i++)
            json_array_append_new(list, json_string(labels->pdata[i]));
        wend_out_json(
            cli, json_pack("{s:s, s:o}", "as", pending ? "pending" : "applied", "marked", list));
        return WEND_OK;
    }
    for (guint i = 0; i < labels->len; i++) {
        g_autofree char *label = wend_text_line(labels->pdata[i]);
        wend_out_line(cli, "marked as %s  %s", pending ? "pending" : "applied", label);
    }
    if (labels->len == 0)
        wend_out_note(cli, "%s: nothing to mark, it is so already", target->shown);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    WendTarget target;
    if (cli->operand_count == 0)
        return wend_cli_usage(cli, "name at least one version");
    int code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_CREATE);
    if (code == 0)
        code = go(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_mark = {
    .name = "mark",
    .group = WEND_GROUP_MOVE,
    .summary = "say that migrations are applied, or not, without running them",
    .usage = "mark [--pending] VERSION...",
    .options = options,
    .operand = "VERSION",
    .operands = WEND_OPERANDS_ANY,
    .run = run,
};
