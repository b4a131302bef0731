/* SPDX-License-Identifier: MIT
 *
 * wend baseline: says that a database without a history already has all up to a version.
 */
#include "cli/target.h"

#include "core/settle.h"

/* The name of a repeatable is no place to begin behind, though it names a migration. */
static bool check_version(const WendTarget *target, const char *version, WendError *error)
{
    g_autofree char *key = target->project->format->version_key(version);
    if (key != NULL && g_ascii_isdigit(key[0]))
        return true;
    wend_error_set(error, WEND_USAGE, "\"%s\" is no version", version);
    return wend_error_hint(error, "name it like the files do, for example 20240101120000 or 007");
}

static int go(WendTarget *target, const char *version)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (!check_version(target, version, &error))
        return wend_out_error(cli, &error);
    if (!wend_baseline(target->project, version, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json)
        wend_out_json(cli, json_pack("{s:s}", "baseline", version));
    else
        wend_out_note(cli, "%s: counts as being at %s; later migrations are pending", target->shown,
                      version);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    WendTarget target;
    if (cli->operand_count != 1)
        return wend_cli_usage(cli, "name one version");
    int code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_CREATE);
    if (code == 0)
        code = go(&target, cli->operands[0]);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_baseline = {
    .name = "baseline",
    .group = WEND_GROUP_MOVE,
    .summary = "take a database with a schema but no history as being at a version",
    .usage = "baseline VERSION",
    .operand = "VERSION",
    .operands = 1,
    .run = run,
};
