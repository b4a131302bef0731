/* SPDX-License-Identifier: MIT
 *
 * wend adopt: takes another tool's history over into wend's own, or gives it back.
 */
#include "cli/target.h"

#include "core/adopt.h"

static const WendOption options[] = {
    {"back", 0, WEND_OPTION_FLAG, NULL, "write wend's history out into the tool's table again",
     NULL},
    {"dry-run", 'n', WEND_OPTION_FLAG, NULL, "only show what would be taken over", NULL},
    {"force", 0, WEND_OPTION_FLAG, NULL,
     "take files that differ from what was applied as they are now", NULL},
    {0},
};

static json_t *list_json(const GPtrArray *texts)
{
    json_t *list = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(list, json_string(texts->pdata[i]));
    return list;
}

static void show(WendTarget *target, const WendAdopted *adopted, bool dry_run)
{
    WendCli *cli = target->cli;
    const char *title = target->project->format->title;
    if (cli->globals.json) {
        wend_out_json(
            cli, json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "format",
                           target->project->format->name, "from", adopted->from, "to", adopted->to,
                           "dry_run", dry_run, "adopted", list_json(adopted->labels), "removed",
                           list_json(adopted->removed), "warnings", list_json(adopted->warnings)));
        return;
    }
    for (guint i = 0; i < adopted->labels->len; i++) {
        g_autofree char *label = wend_text_line(adopted->labels->pdata[i]);
        wend_out_line(cli, "%s  %s", dry_run ? "would adopt" : "adopted", label);
    }
    for (guint i = 0; i < adopted->removed->len; i++) {
        g_autofree char *label = wend_text_line(adopted->removed->pdata[i]);
        wend_out_line(cli, "%s  %s", dry_run ? "would remove" : "removed", label);
    }
    for (guint i = 0; i < adopted->warnings->len; i++)
        wend_out_warning(cli, "%s", (char *)adopted->warnings->pdata[i]);
    wend_out_note(cli, "%s: %u row%s from %s to %s%s", title, adopted->labels->len,
                  adopted->labels->len == 1 ? "" : "s", adopted->from, adopted->to,
                  dry_run ? " (nothing was changed)" : "");
}

static int go(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(WendAdopted) adopted = {0};
    bool back = wend_cli_flag(cli, "back");
    WendAdopting how = {.dry_run = wend_cli_flag(cli, "dry-run"),
                        .force = wend_cli_flag(cli, "force")};
    bool ok = back ? wend_adopt_back(target->project, &how, &adopted, &error)
                   : wend_adopt(target->project, &how, &adopted, &error);
    if (!ok)
        return wend_out_error(cli, &error);
    show(target, &adopted, how.dry_run);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    WendTarget target;
    int code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_TARGET);
    if (code == 0)
        code = go(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_adopt = {
    .name = "adopt",
    .group = WEND_GROUP_START,
    .summary = "take another tool's history over into wend's own",
    .usage = "adopt [--dry-run] [--force] | adopt --back [--dry-run]",
    .options = options,
    .run = run,
};
