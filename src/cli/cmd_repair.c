/* SPDX-License-Identifier: MIT
 *
 * wend repair: what only a person can decide about a half-done step or a changed file.
 */
#include "cli/tracks.h"

#include "core/settle.h"

static const WendOption options[] = {
    {"continue", 0, WEND_OPTION_FLAG, NULL, "go on behind what is done, whatever the file says now",
     NULL},
    {"undo", 0, WEND_OPTION_FLAG, NULL, "run the other direction, then count it as not begun",
     NULL},
    {"done", 0, WEND_OPTION_FLAG, NULL, "count the rest as done", NULL},
    {"forget", 0, WEND_OPTION_FLAG, NULL, "count it as not begun", NULL},
    {"accept", 0, WEND_OPTION_FLAG, NULL, "take changed files as what was applied", NULL},
    {"seeds", 0, WEND_OPTION_FLAG, NULL, "settle a seed instead of a migration", NULL},
    {0},
};

static const struct {
    const char *option;
    WendRepair repair;
} repairs[] = {
    {"continue", WEND_REPAIR_CONTINUE}, {"undo", WEND_REPAIR_UNDO},     {"done", WEND_REPAIR_DONE},
    {"forget", WEND_REPAIR_FORGET},     {"accept", WEND_REPAIR_ACCEPT},
};

static json_t *changed_json(const WendEntry *entry, const char *difference)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s?}", "id", wend_entry_id(entry), "version",
                     wend_entry_version(entry), "name",
                     wend_entry_name(entry) != NULL ? wend_entry_name(entry) : "", "file",
                     entry->migration->up->file, "difference", difference);
}

/* What the files say now and what was applied, where that differs: into `list`, and as lines to `text`.
 * Behind wend_repair(), which has read the target. */
static bool find_changed(WendProject *project, json_t *list, GString *text, WendError *error)
{
    g_autoptr(GArray) entries = wend_project_entries(project, error);
    if (entries == NULL)
        return false;
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        /* A seed may change. */
        if (entry->state != WEND_STATE_CHANGED || project->format->seeds)
            continue;
        g_autofree char *label = wend_entry_label(entry);
        g_autofree char *difference = wend_project_difference(project, entry);
        g_autofree char *line =
            g_strdup_printf("%s has changed after it was applied%s%s", label,
                            difference != NULL ? ": " : "", difference != NULL ? difference : "");
        g_autofree char *shown = wend_text_line(line);
        g_string_append_printf(text, "\n%s", shown);
        json_array_append_new(list, changed_json(entry, difference));
    }
    if (json_array_size(list) > 0)
        g_string_append(text, "\nPut the files back as they were, or:\n"
                              "  wend repair --accept     take the files as what was applied");
    return true;
}

/* Shows what is left to settle; nothing is changed. */
static int look(WendTarget *target, void *data)
{
    (void)data;
    WendCli *cli = target->cli;
    WendProject *project = target->project;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *half_done = NULL;
    g_autoptr(GString) changed = g_string_new(NULL);
    if (!wend_repair(project, WEND_REPAIR_LOOK, NULL, NULL, &half_done, &error))
        return wend_out_error(cli, &error);
    json_t *list = json_array();
    if (!find_changed(project, list, changed, &error)) {
        json_decref(list);
        return wend_out_error(cli, &error);
    }
    bool settled = project->unfinished == NULL && json_array_size(list) == 0;
    g_autofree char *plain = g_strconcat(half_done, changed->str, NULL);
    g_autofree char *text = wend_out_commands(cli, plain);
    g_autofree char *shown = wend_text_printable(text);
    if (cli->globals.json) {
        wend_out_json(cli, json_pack("{s:b, s:o, s:s}", "half_done", project->unfinished != NULL,
                                     "changed", list, "text", text));
    } else {
        wend_out_line(cli, "%s", shown);
        json_decref(list);
    }
    target->verdict = settled ? WEND_OK : WEND_DISAGREE;
    return WEND_OK;
}

static void show(WendCli *cli, const char *text)
{
    g_autofree char *shown = wend_text_printable(text);
    if (cli->globals.json)
        wend_out_json(cli, json_pack("{s:b, s:s}", "half_done", false, "text", text));
    else
        wend_out_line(cli, "%s", shown);
}

/* Asks whether to settle it, by what wend_repair_needless() has read. */
static bool confirm(WendTarget *target, WendRepair repair, const char *version, WendError *error)
{
    static const struct {
        const char *before, *behind;
    } words[] = {
        [WEND_REPAIR_CONTINUE] = {"Go on with", ""},
        [WEND_REPAIR_UNDO] = {"Undo", ""},
        [WEND_REPAIR_DONE] = {"Count", " as done"},
        [WEND_REPAIR_FORGET] = {"Forget", ""},
        [WEND_REPAIR_ACCEPT] = {"Take", " as what was applied"},
    };
    g_autofree char *what = NULL;
    if (repair != WEND_REPAIR_ACCEPT)
        what = wend_project_label(target->project, target->project->unfinished->id);
    else if (version != NULL)
        what = g_strdup_printf("the file of %s", version);
    else
        what = g_strdup("the changed files");
    return wend_out_confirm(target->cli, error, "%s %s%s on %s?", words[repair].before, what,
                            words[repair].behind, target->shown) ||
           wend_error_state(error, "nothing was changed");
}

static int settle(WendTarget *target, WendRepair repair, const char *version)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *text = NULL;
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    /* That there is nothing to settle needs no answer. */
    if (!wend_repair_needless(target->project, repair, version, &text, &error))
        return wend_out_error(cli, &error);
    if (text != NULL) {
        show(cli, text);
        return WEND_OK;
    }
    if (!confirm(target, repair, version, &error))
        return wend_out_error(cli, &error);
    if (!wend_repair(target->project, repair, version, &move, &text, &error))
        return wend_out_error(cli, &error);
    show(cli, text);
    return WEND_OK;
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
    guint needs =
        WEND_NEED_FOLDER | WEND_NEED_TARGET | (wend_cli_flag(cli, "seeds") ? WEND_NEED_SEEDS : 0);
    if (repair == WEND_REPAIR_LOOK)
        return wend_tracks_each(cli, WEND_TRACKS_SHOW, needs, NULL, look, NULL);
    code = wend_target_open(cli, &target, needs);
    if (code == 0)
        code = settle(&target, repair, cli->operands[0]);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_repair = {
    .name = "repair",
    .group = WEND_GROUP_MOVE,
    .summary = "settle a half-done migration or a changed file",
    .usage = "repair [--continue | --undo | --done | --forget | --accept [VERSION]] [--seeds]",
    .options = options,
    .operand = "VERSION",
    .operands = 1,
    .run = run,
};
