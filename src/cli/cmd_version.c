/* SPDX-License-Identifier: MIT
 *
 * wend version: the version that the database is at.
 */
#include "cli/tracks.h"

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

/* Its file; NULL = there is none here. Tables of other tools do not know all names. */
static const WendMigration *file_of(const WendProject *project, const WendApplied *applied)
{
    for (guint i = 0; applied != NULL && i < project->migrations->len; i++) {
        const WendMigration *migration = project->migrations->pdata[i];
        if (strcmp(migration->id, applied->id) == 0)
            return migration;
    }
    return NULL;
}

/* What the history has lost is there all the same. */
static bool warn_lost(WendTarget *target, WendError *error)
{
    g_autoptr(GPtrArray) lost = g_ptr_array_new();
    g_auto(WendError) said = WEND_ERROR_INIT;
    if (!wend_project_lost(target->project, lost, error))
        return false;
    if (lost->len > 0 && !target->cli->globals.json) {
        wend_project_fail_lost(target->project, lost, &said);
        wend_out_warning(target->cli, "%s; %s", said.message, said.hint);
    }
    return true;
}

static int one(WendTarget *target, void *data)
{
    (void)data;
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    /* Where there is a folder, it says whose history counts. */
    bool folder = g_file_test(target->config->migrations, G_FILE_TEST_IS_DIR);
    if ((folder && !wend_project_scan(target->project, &error)) ||
        !wend_project_read(target->project, false, &error) || !warn_lost(target, &error))
        return wend_out_error(cli, &error);
    const WendApplied *at = highest(target->project->applied);
    const WendMigration *file = file_of(target->project, at);
    const char *shown_version = file != NULL ? file->version : at != NULL ? at->version : NULL;
    const char *shown_name = file != NULL ? file->name : at != NULL ? at->name : NULL;
    if (cli->globals.json) {
        g_autofree char *about = target->project->driver->about(target->project->connection);
        wend_out_json(cli, json_pack("{s:s?, s:s?, s:s?, s:s, s:s, s:s}", "version", shown_version,
                                     "name", shown_name, "applied_at",
                                     at != NULL ? at->applied_at : NULL, "database", target->shown,
                                     "server", about, "wend", wend_version_text()));
        return WEND_OK;
    }
    g_autofree char *version = wend_text_line(shown_version != NULL ? shown_version : "none");
    g_autofree char *name = wend_text_line(shown_name != NULL ? shown_name : "");
    wend_out_line(cli, "%s%s%s", version, name[0] != '\0' ? "  " : "", name);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    return wend_tracks_each(cli, WEND_TRACKS_SHOW, WEND_NEED_TARGET, NULL, one, NULL);
}

const WendCommand wend_cmd_version = {
    .name = "version",
    .group = WEND_GROUP_LOOK,
    .summary = "show the version that the database is at",
    .usage = "version",
    .run = run,
};
