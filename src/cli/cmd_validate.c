/* SPDX-License-Identifier: MIT
 *
 * wend validate: proves the migrations folder without touching the database.
 */
#include "cli/tracks.h"

#include "core/prove.h"

#include <string.h>

static const WendOption options[] = {
    {"strict", 0, WEND_OPTION_FLAG, NULL, "warnings count as findings, too", NULL},
    {0},
};

/* What the history of a target that is there has to say: changed and out-of-order files. True when
 * that, and nothing else, is wrong. The folder can be judged without a target, so one that cannot be
 * reached is only told of. */
static bool check_target(WendTarget *target)
{
    WendProject *project = target->project;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMove look = {.request = {.direction = WEND_UP, .count = -1}};
    if (wend_problems_stop(project->problems))
        return false;
    if (!wend_project_connect(project, WEND_CREATE_NOTHING, NULL, NULL, &error)) {
        wend_out_note(target->cli, "%s was not looked at: %s", target->shown, error.message);
        return false;
    }
    g_autoptr(WendPlan) plan = wend_move_plan(project, &look, &error);
    if (plan != NULL || error.code != WEND_DISAGREE)
        return false;
    WendProblem *problem = wend_problem_add(project->problems, false, error.file, error.line,
                                            error.column, "%s", error.message);
    problem->hint = g_strdup(error.hint);
    return true;
}

/* The verdict: what stops is a finding, no failure of the command. */
static int show(WendTarget *target, const WendProved *proved, bool disagree)
{
    WendCli *cli = target->cli;
    GPtrArray *problems = target->project->problems;
    bool stop = wend_problems_stop(problems);
    int code = !stop ? WEND_OK : disagree ? WEND_DISAGREE : WEND_FINDINGS;
    if (cli->globals.json) {
        wend_out_json(cli, json_pack("{s:b, s:i, s:i, s:b, s:o}", "valid", !stop, "migrations",
                                     (int)proved->migrations, "statements", (int)proved->statements,
                                     "ran", proved->ran, "problems", wend_problems_json(problems)));
        return code;
    }
    wend_out_problems(cli, problems);
    if (stop)
        return code;
    const char *how = !proved->ran ? ""
                      : proved->reversible == proved->migrations
                          ? "; they ran up, down and up again in memory"
                          : "; they ran up in memory";
    wend_out_line(cli, "%u migration%s, %u statement%s: valid%s", proved->migrations,
                  proved->migrations == 1 ? "" : "s", proved->statements,
                  proved->statements == 1 ? "" : "s", how);
    return WEND_OK;
}

static int one(WendTarget *target, void *data)
{
    (void)data;
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendProved proved;
    if (!wend_project_scan(target->project, &error) ||
        !wend_prove(target->project, wend_cli_flag(cli, "strict"), &proved, &error))
        return wend_out_error(cli, &error);
    bool disagree = check_target(target);
    target->verdict = show(target, &proved, disagree);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    return wend_tracks_each(cli, WEND_TRACKS_SHOW, 0, NULL, one, NULL);
}

const WendCommand wend_cmd_validate = {
    .name = "validate",
    .group = WEND_GROUP_PROVE,
    .summary = "prove the migrations folder without touching the database",
    .usage = "validate [--strict]",
    .options = options,
    .run = run,
};
