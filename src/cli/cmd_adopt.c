/* SPDX-License-Identifier: MIT
 *
 * wend adopt: takes another tool's history over into wend's own, or gives it back.
 */
#include "cli/target.h"

#include "cli/files.h"
#include "core/adopt.h"

#include <time.h>

static const WendOption options[] = {
    {"back", 0, WEND_OPTION_FLAG, NULL, "write wend's history out into the tool's table again",
     NULL},
    {"from", 0, WEND_OPTION_TEXT, "NAME",
     "the tool, where several have a history (of those whose migrations are program code)", NULL},
    {"dry-run", 0, WEND_OPTION_FLAG, NULL, "only show what would be taken over", NULL},
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

/* --- tools whose migrations are program code --- */

static char *baseline_version(void)
{
    time_t now = time(NULL);
    struct tm utc;
    char text[32];
    strftime(text, sizeof text, "%Y%m%d%H%M%S", gmtime_r(&now, &utc));
    return g_strdup(text);
}

static void show_code(WendTarget *target, const WendCodeHistory *history, const char *file,
                      bool dry_run)
{
    WendCli *cli = target->cli;
    if (cli->globals.json) {
        wend_out_json(cli, json_pack("{s:s, s:s, s:s, s:b, s:o}", "tool", history->tool->name,
                                     "from", history->table, "file", file, "dry_run", dry_run,
                                     "applied", list_json(history->names)));
        return;
    }
    wend_out_line(cli, "%s  %s", dry_run ? "would write" : "written", file);
    wend_out_note(cli, "%s: %u migration%s in %s; %s", history->tool->title, history->names->len,
                  history->names->len == 1 ? "" : "s", history->table,
                  dry_run ? "nothing was changed"
                          : "the baseline stands for them, go on with `wend new`");
}

/* Writes the baseline first: what is cut off behind it is settled with `wend mark`. */
static bool write_baseline(WendTarget *target, const WendCodeHistory *history, const char *version,
                           const char *file, WendError *error)
{
    g_autofree char *text = NULL;
    g_autofree char *label = g_strdup_printf("B:%s", version);
    return wend_adopt_snapshot(target->project, history, &text, error) &&
           wend_folder_create(target->config->migrations, NULL, error) &&
           wend_file_create(file, text, NULL, error) &&
           wend_adopt_baseline(target->project, label, error);
}

static bool fail_folder(const WendTarget *target, WendError *error)
{
    const WendMigration *baseline = NULL;
    for (guint i = 0; i < target->project->migrations->len; i++) {
        const WendMigration *migration = target->project->migrations->pdata[i];
        if (migration->kind == WEND_KIND_BASELINE)
            baseline = migration;
    }
    wend_error_set(error, WEND_USAGE, "the folder %s has migrations already",
                   target->config->migrations);
    if (baseline != NULL)
        return wend_error_hint(error,
                               "if this database is as the baseline there has it: wend baseline %s",
                               baseline->version);
    return wend_error_hint(error, "the baseline goes into an empty folder: name another with "
                                  "--migrations DIR");
}

static int go_code(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(WendCodeHistory) history = {0};
    const char *from = wend_cli_text(cli, "from");
    bool dry_run = wend_cli_flag(cli, "dry-run");
    const WendCodeTool *only = from != NULL ? wend_code_tool_find(from, &error) : NULL;
    if ((from != NULL && only == NULL) ||
        !wend_adopt_find_code(target->project, only, &history, &error))
        return wend_out_error(cli, &error);
    if (target->project->applied->len > 0 || target->project->migrations->len > 0) {
        fail_folder(target, &error);
        return wend_out_error(cli, &error);
    }
    g_autofree char *version = baseline_version();
    g_autofree char *name = g_strdup_printf("B__%s_from_%s.sql", version, history.tool->name);
    g_strdelimit(name, "-", '_');
    g_autofree char *file = wend_path_join(target->config->migrations, name);
    if (!dry_run && !write_baseline(target, &history, version, file, &error))
        return wend_out_error(cli, &error);
    show_code(target, &history, file, dry_run);
    return WEND_OK;
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

/* Whether no folder of SQL is there whose history could be taken over. */
static bool of_code(const WendTarget *target)
{
    const WendProject *project = target->project;
    if (wend_cli_flag(target->cli, "back"))
        return false;
    return wend_cli_text(target->cli, "from") != NULL ||
           (project->format == wend_formats[0] && !project->has_history);
}

static int run(WendCli *cli)
{
    WendTarget target;
    g_auto(WendError) error = WEND_ERROR_INIT;
    int code = wend_target_open(cli, &target, WEND_NEED_TARGET);
    if (code == 0 && g_file_test(target.config->migrations, G_FILE_TEST_IS_DIR) &&
        !wend_project_scan(target.project, &error))
        code = wend_out_error(cli, &error);
    if (code == 0 && !wend_project_find(target.project, &error))
        code = wend_out_error(cli, &error);
    if (code == 0)
        code = of_code(&target) ? go_code(&target) : go(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_adopt = {
    .name = "adopt",
    .group = WEND_GROUP_START,
    .summary = "take another tool's history over into wend's own",
    .usage = "adopt [--dry-run] [--force] [--from NAME] | adopt --back [--dry-run]",
    .options = options,
    .run = run,
};
