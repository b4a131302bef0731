/* SPDX-License-Identifier: MIT
 *
 * wend reset: everything down, then everything up.
 */
#include "cli/emptying.h"
#include "cli/tracks.h"

#include "core/seed.h"

static const WendOption options[] = {
    {"hard", 0, WEND_OPTION_FLAG, NULL, "drop everything instead of running the down scripts",
     NULL},
    {0},
};

/* A folder that came up empty would leave nothing of the database. */
static bool check_folder(const WendTarget *target, WendError *error)
{
    if (target->project->migrations->len > 0)
        return true;
    wend_error_set(error, WEND_REFUSED,
                   "there are no migrations in %s: what is taken back could not be applied again",
                   target->config->migrations);
    wend_error_state(error, "nothing was changed");
    return wend_error_hint(error, "bring the files back; or take it back with `wend down --all`");
}

static int take_down(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMove down = {.callbacks = true,
                     .request = {.direction = WEND_DOWN, .count = -1, .all = true}};
    g_autoptr(WendPlan) plan = wend_move_plan(target->project, &down, &error);
    if (plan == NULL)
        return wend_out_error(cli, &error);
    if (plan->steps->len == 0 && plan->finish == NULL)
        return WEND_OK;
    if (!check_folder(target, &error))
        return wend_out_error(cli, &error);
    guint count = plan->steps->len;
    g_autofree char *question =
        g_strdup_printf("Take back %s%u migration%s on %s, data included?", count > 1 ? "all " : "",
                        count, count == 1 ? "" : "s", target->shown);
    if (!wend_target_ask(target, plan, question, &down, &error))
        return wend_out_error(cli, &error);
    return wend_target_move(target, &down);
}

static int apply(WendTarget *target)
{
    WendCli *cli = target->cli;
    WendMove up = {.callbacks = true, .request = {.direction = WEND_UP, .count = -1}};
    int code = wend_target_move(target, &up);
    g_autofree char *seeds = wend_seed_folder(target->config);
    if (code == WEND_OK && !cli->globals.json && g_file_test(seeds, G_FILE_TEST_IS_DIR))
        wend_out_note(cli, "the seeds of %s were not run: `wend seed run%s`", seeds,
                      wend_cli_flag(cli, "hard") ? "" : " --again");
    return code;
}

/* Of the first track: what is dropped is everything, whichever track made it. */
static int empty(WendTarget *target)
{
    WendCli *cli = target->cli;
    guint dropped = 0;
    int code = wend_target_empty(target, &dropped);
    if (code == 0 && dropped > 0 && !cli->globals.json)
        wend_out_note(cli, "%s: %u object%s dropped", target->shown, dropped,
                      dropped == 1 ? "" : "s");
    return code;
}

static int one_hard(WendTarget *target, void *data)
{
    bool *emptied = data;
    int code = *emptied ? 0 : empty(target);
    *emptied = true;
    return code != 0 ? code : apply(target);
}

static int reset_hard(WendCli *cli)
{
    bool emptied = false;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) tracks = wend_cli_tracks(cli, &error);
    if (tracks == NULL)
        return wend_out_error(cli, &error);
    guint all = ((const WendConfig *)tracks->pdata[0])->tracks;
    if (tracks->len < all) {
        wend_error_set(&error, WEND_USAGE, "--hard drops what all %u tracks have made", all);
        wend_error_hint(&error, "leave --track out: then all of them are applied again");
        return wend_out_error(cli, &error);
    }
    return wend_tracks_each(cli, WEND_TRACKS_MOVE, WEND_NEED_FOLDER | WEND_NEED_CREATE, NULL,
                            one_hard, &emptied);
}

static int run(WendCli *cli)
{
    WendTarget target;
    if (wend_cli_flag(cli, "hard"))
        return reset_hard(cli);
    int code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_CREATE);
    if (code == 0)
        code = take_down(&target);
    if (code == 0)
        code = apply(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_reset = {
    .name = "reset",
    .group = WEND_GROUP_MOVE,
    .summary = "take everything back, then apply it again",
    .usage = "reset [--hard]",
    .options = options,
    .run = run,
};
