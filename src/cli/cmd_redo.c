/* SPDX-License-Identifier: MIT
 *
 * wend redo: takes the newest migrations back and applies them again.
 */
#include "cli/target.h"

static const WendOption options[] = {
    {"count", 'n', WEND_OPTION_NUMBER, "N", "redo the newest N (default 1)", "steps"},
    {0},
};

static int go(WendTarget *target, WendMove *down)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendPlan) plan = wend_move_plan(target->project, down, &error);
    if (plan == NULL)
        return wend_out_error(cli, &error);
    if (plan->steps->len == 0 && cli->globals.json)
        return wend_target_move(target, down);
    if (plan->finish != NULL) {
        wend_error_set(&error, WEND_DISAGREE, "%s is half done", plan->finish->label);
        wend_error_hint(&error, "finish it with `wend %s`, then redo",
                        wend_direction_name(plan->finish->direction));
        return wend_out_error(cli, &error);
    }
    if (plan->steps->len == 0) {
        wend_out_note(cli, "%s: nothing to redo", target->shown);
        return WEND_OK;
    }
    g_autofree char *question =
        g_strdup_printf("Take back and apply again %u migration%s on %s?", plan->steps->len,
                        plan->steps->len == 1 ? "" : "s", target->shown);
    if (!wend_target_ask(target, plan, question, down, &error))
        return wend_out_error(cli, &error);
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (step->migration == NULL) {
            g_autofree char *label = wend_step_label(step);
            wend_error_set(&error, WEND_DISAGREE,
                           "the file of %s is gone: it could not be applied again", label);
            wend_error_hint(&error, "bring the file back, or take it back with `wend down`");
            return wend_out_error(cli, &error);
        }
        g_hash_table_add(ids, g_strdup(step->id));
    }
    if (!wend_move_may_redo(target->project, ids, &error))
        return wend_out_error(cli, &error);
    /* Whatever another run does meanwhile: what is taken back is what is applied again. */
    down->request.only = ids;
    int code = wend_target_move(target, down);
    if (code != 0)
        return code;
    WendMove up = {
        .callbacks = true,
        .request = {.direction = WEND_UP, .count = -1, .only = ids, .out_of_order = true}};
    code = wend_target_move(target, &up);
    if (code != 0)
        wend_out_warning(cli, "what redo took back is not applied now: `wend up` applies it");
    return code;
}

static int run(WendCli *cli)
{
    WendTarget target;
    WendMove down = {
        .callbacks = true,
        .request = {.direction = WEND_DOWN, .count = wend_cli_number(cli, "count", 1)}};
    int code = wend_target_open(cli, &target, WEND_NEED_FOLDER | WEND_NEED_TARGET);
    if (code == 0)
        code = go(&target, &down);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_redo = {
    .name = "redo",
    .group = WEND_GROUP_MOVE,
    .summary = "take the newest migration back and apply it again",
    .usage = "redo [--count N]",
    .options = options,
    .run = run,
};
