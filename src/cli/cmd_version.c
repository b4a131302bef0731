/* SPDX-License-Identifier: MIT
 *
 * wend version: the version that the database is at.
 */
#include "cli/target.h"

#include <string.h>

/* The highest applied one that is not a repeatable; NULL = none. */
static const WendApplied *highest(const GPtrArray *applied)
{
    const WendApplied *best = NULL;
    for (guint i = 0; i < applied->len; i++) {
        const WendApplied *one = applied->pdata[i];
        if (one->kind != WEND_KIND_REPEATABLE &&
            (best == NULL || strcmp(one->position, best->position) > 0))
            best = one;
    }
    return best;
}

static int show(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (!wend_project_read(target->project, false, &error))
        return wend_out_error(cli, &error);
    const WendApplied *at = highest(target->project->applied);
    if (cli->globals.json) {
        g_autofree char *about = target->project->driver->about(target->project->connection);
        wend_out_json(cli, json_pack("{s:s?, s:s?, s:s?, s:s, s:s, s:s}", "version",
                                     at != NULL ? at->version : NULL, "name",
                                     at != NULL ? at->name : NULL, "applied_at",
                                     at != NULL ? at->applied_at : NULL, "database", target->shown,
                                     "server", about, "wend", wend_version_text()));
        return WEND_OK;
    }
    g_autofree char *version = wend_text_line(at != NULL ? at->version : "none");
    g_autofree char *name = wend_text_line(at != NULL && at->name != NULL ? at->name : "");
    wend_out_line(cli, "%s%s%s", version, name[0] != '\0' ? "  " : "", name);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    WendTarget target;
    int code = wend_target_open(cli, &target, WEND_NEED_TARGET);
    if (code == 0)
        code = show(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_version = {
    .name = "version",
    .group = WEND_GROUP_LOOK,
    .summary = "show the version that the database is at",
    .usage = "version",
    .run = run,
};
