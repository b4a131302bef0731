/* SPDX-License-Identifier: MIT
 *
 * Walking over the tracks. See tracks.h.
 */
#include "cli/tracks.h"

#include "core/seed.h"

typedef struct Walk {
    WendCli *cli;
    WendTracksKind kind;
    guint needs;
    GPtrArray *configs;  /* of WendConfig: all tracks; NULL once a target has it */
    WendTarget *targets; /* by the same index */
    GPtrArray *names;    /* of the tracks that are not left out */
} Walk;

static bool check_options(WendCli *cli, const GPtrArray *configs, const char *const *single,
                          WendError *error)
{
    for (; configs->len > 1 && single != NULL && *single != NULL; single++) {
        if (!wend_cli_given(cli, *single))
            continue;
        g_autofree char *option = g_strdup_printf("--%s", *single);
        return wend_cli_several(configs, option, error);
    }
    return true;
}

/* Of several tracks, those that have none are left out, where their folders are to be read. */
static bool take_seeds(const GPtrArray *configs, bool folders, WendError *error)
{
    for (guint i = 0; i < configs->len; i++) {
        WendConfig *config = configs->pdata[i];
        if (config->skip != NULL)
            continue;
        if (!wend_seed_configure(config, error))
            return false;
        if (!folders || g_file_test(config->migrations, G_FILE_TEST_EXISTS))
            continue;
        config->skip = g_strdup_printf("there is no folder %s", config->migrations);
        if (config->tracks > 1 && configs->len > 1)
            continue;
        wend_error_set(error, WEND_USAGE, "there is no folder of seeds \"%s\"", config->migrations);
        return wend_error_hint(error, "`wend seed new NAME` makes it; `seeds:` in wend.yaml names "
                                      "another one");
    }
    return true;
}

/* Of the one that --track names, the others are looked at, too. What is wrong with them is their own business. */
static bool check_seeds(WendCli *cli, const GPtrArray *configs, WendError *error)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    const char *only = cli->globals.track;
    if (only == NULL)
        return wend_seed_check_apart(configs, NULL, error);
    cli->globals.track = NULL;
    g_autoptr(GPtrArray) all = wend_cli_tracks(cli, &ignored);
    cli->globals.track = only;
    return all == NULL || !take_seeds(all, true, &ignored) ||
           wend_seed_check_apart(all, only, error);
}

static json_t *names_between(const GPtrArray *names, guint from, guint to)
{
    json_t *list = json_array();
    for (guint i = from; i < to; i++)
        json_array_append_new(list, json_string(names->pdata[i]));
    return list;
}

/* Says which track is at work, the `at`th; `done` of them are done. */
static void announce(const Walk *walk, guint at, guint done)
{
    if (walk->configs->len == 1)
        return;
    const char *name = walk->names->pdata[at];
    if (walk->kind != WEND_TRACKS_MOVE) {
        wend_out_track(walk->cli, name, NULL, NULL);
        return;
    }
    json_t *left = names_between(walk->names, done, at);
    json_t *behind = names_between(walk->names, at + 1, walk->names->len);
    json_array_extend(left, behind);
    json_decref(behind);
    wend_out_track(walk->cli, name, names_between(walk->names, 0, done), left);
}

static void leave_out(const Walk *walk, const WendConfig *config)
{
    WendCli *cli = walk->cli;
    if (!cli->globals.json || walk->kind == WEND_TRACKS_GATHER)
        wend_out_note(cli, "track %s is left out: %s", config->track, config->skip);
    else if (walk->kind == WEND_TRACKS_SHOW)
        wend_out_json(cli,
                      json_pack("{s:s, s:s}", "track", config->track, "skipped", config->skip));
    else
        wend_out_event(cli, json_pack("{s:s, s:s, s:s}", "event", "skipped", "track", config->track,
                                      "text", config->skip));
}

static void show_heading(const Walk *walk, guint at)
{
    WendCli *cli = walk->cli;
    if (walk->configs->len == 1 || walk->kind != WEND_TRACKS_SHOW || cli->globals.json)
        return;
    wend_out_line(cli, "%s%sTrack %s%s", at > 0 ? "\n" : "", wend_out_paint(cli, WEND_PAINT_BOLD),
                  (const char *)walk->names->pdata[at], wend_out_paint(cli, WEND_PAINT_PLAIN));
}

/* Of all tracks, before anything is done to the first. */
static int read_folders(Walk *walk)
{
    int code = 0;
    for (guint i = 0, at = 0; i < walk->configs->len && code == 0; i++) {
        WendConfig *config = walk->configs->pdata[i];
        if (config->skip != NULL)
            continue;
        if (at > 0)
            config->overriding = NULL; /* that is told once */
        announce(walk, at++, 0);
        walk->configs->pdata[i] = NULL;
        code = wend_target_prepare(walk->cli, &walk->targets[i], config, walk->needs);
    }
    return code;
}

static int go(Walk *walk, WendTrackFn one, void *data, int *verdict)
{
    int code = 0;
    for (guint i = 0, at = 0; i < walk->configs->len && code == 0; i++) {
        WendTarget *target = &walk->targets[i];
        if (target->cli == NULL) {
            wend_out_track(walk->cli, NULL, NULL, NULL);
            leave_out(walk, walk->configs->pdata[i]);
            continue;
        }
        announce(walk, at, at);
        show_heading(walk, at++);
        code = wend_target_connect(target, walk->needs);
        if (code == 0)
            code = one(target, data);
        *verdict = MAX(*verdict, target->verdict);
        wend_target_close(target);
    }
    return code;
}

int wend_tracks_each(WendCli *cli, WendTracksKind kind, guint needs, const char *const *single,
                     WendTrackFn one, void *data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) configs = wend_cli_tracks(cli, &error);
    if (configs == NULL || !check_options(cli, configs, single, &error) ||
        (needs & WEND_NEED_SEEDS && !take_seeds(configs, needs & WEND_NEED_FOLDER, &error)) ||
        (needs & WEND_NEED_SEEDS && needs & WEND_NEED_FOLDER && !check_seeds(cli, configs, &error)))
        return wend_out_error(cli, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < configs->len; i++) {
        const WendConfig *config = configs->pdata[i];
        if (config->skip == NULL)
            g_ptr_array_add(names, g_strdup(config->track));
    }
    g_autofree WendTarget *targets = g_new0(WendTarget, configs->len);
    Walk walk = {cli, kind, needs, configs, targets, names};
    if (configs->len > 1 && kind == WEND_TRACKS_SHOW && cli->globals.json)
        wend_out_documents_begin(cli);
    int verdict = 0;
    int code = read_folders(&walk);
    if (code == 0)
        code = go(&walk, one, data, &verdict);
    for (guint i = 0; i < configs->len; i++)
        wend_target_close(&targets[i]);
    wend_out_track(cli, NULL, NULL, NULL);
    wend_out_documents_end(cli);
    return code != 0 ? code : verdict;
}
