/* SPDX-License-Identifier: MIT
 *
 * The configuration as the global options choose it, and the track that a command is for. How the options are
 * read is in options.c, what wend.yaml says in core/config.h.
 */
#include "cli/cli.h"

#include <unistd.h>

static WendConfigInput config_input(const WendCli *cli)
{
    const WendGlobals *globals = &cli->globals;
    return (WendConfigInput){
        .config = globals->config,
        .env = globals->env,
        .database = globals->database,
        .migrations = globals->migrations,
        .schema = globals->schema,
        .format = globals->format,
        .track = globals->track,
        .lock_timeout = globals->lock_timeout,
        .statement_timeout = globals->statement_timeout,
        .wait = globals->wait,
        .environ = (const char *const *)environ,
    };
}

WendConfig *wend_cli_config(WendCli *cli, WendError *error)
{
    WendConfigInput input = config_input(cli);
    return wend_config_load(&input, error);
}

GPtrArray *wend_cli_tracks(WendCli *cli, WendError *error)
{
    WendConfigInput input = config_input(cli);
    return wend_config_load_tracks(&input, error);
}

bool wend_cli_several(const GPtrArray *tracks, const char *what, WendError *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < tracks->len; i++)
        g_ptr_array_add(names, ((const WendConfig *)tracks->pdata[i])->track);
    g_ptr_array_add(names, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    wend_error_set(error, WEND_USAGE, "%s is for one track, and there are several: %s", what, all);
    return wend_error_hint(error, "say which with --track, for example --track %s",
                           (const char *)names->pdata[tracks->len - 1]);
}

WendConfig *wend_cli_track(WendCli *cli, bool any, WendError *error)
{
    g_autoptr(GPtrArray) tracks = wend_cli_tracks(cli, error);
    WendConfig **only = NULL;
    for (guint i = 0; tracks != NULL && i < tracks->len; i++) {
        WendConfig **one = (WendConfig **)&tracks->pdata[i];
        if ((*one)->skip != NULL || (any && only != NULL))
            continue;
        if (only != NULL) {
            g_autofree char *what = g_strdup_printf("wend %s", cli->command->name);
            wend_cli_several(tracks, what, error);
            return NULL;
        }
        only = one;
    }
    if (only != NULL)
        return g_steal_pointer(only);
    if (tracks != NULL) {
        const WendConfig *first = tracks->pdata[0];
        wend_error_set(error, WEND_USAGE, "track %s is left out: %s", first->track, first->skip);
    }
    return NULL;
}
