/* SPDX-License-Identifier: MIT
 *
 * Emptying a target after asking. See emptying.h.
 */
#include "cli/emptying.h"

#include "core/clean.h"

#define LISTED_MAX 20

static void show_names(WendCli *cli, const GPtrArray *names)
{
    for (guint i = 0; i < names->len && i < LISTED_MAX; i++) {
        g_autofree char *name = wend_text_line(names->pdata[i]);
        wend_out_line(cli, "  %s", name);
    }
    if (names->len > LISTED_MAX)
        wend_out_line(cli, "  and %u more", names->len - LISTED_MAX);
    wend_out_flush(cli);
}

int wend_target_empty(WendTarget *target, guint *dropped)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    *dropped = 0;
    if (!target->project->driver->list(target->project->connection, names, &error))
        return wend_out_error(cli, &error);
    if (names->len == 0)
        return WEND_OK;
    if (!cli->globals.yes && !cli->globals.json && wend_out_can_ask(cli))
        show_names(cli, names);
    if (!wend_out_confirm(cli, &error, "Drop all of it, data included, on %s?", target->shown)) {
        wend_error_state(&error, "nothing was changed");
        return wend_out_error(cli, &error);
    }
    if (!wend_clean(target->project, &error))
        return wend_out_error(cli, &error);
    *dropped = names->len;
    return WEND_OK;
}
