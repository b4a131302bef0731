/* SPDX-License-Identifier: MIT
 *
 * The callbacks of wend.yaml: commands for the moments of a run. Running them is the program's.
 */
#include "base/text.h"
#include "core/config_load.h"

#include <string.h>

#define TIMEOUT_MS 60000

void wend_hook_free(WendHook *hook)
{
    g_free(hook->command);
    g_free(hook);
}

const WendHook *wend_config_hook(const WendConfig *config, WendMoment moment)
{
    for (guint i = 0; i < config->hooks->len; i++) {
        const WendHook *hook = config->hooks->pdata[i];
        if (hook->moment == moment)
            return hook;
    }
    return NULL;
}

/* The text of a key, or `otherwise`. Caller frees. NULL = an error. */
static char *read_key(const WendConfigLoader *loader, const WendConfigSection *entry,
                      WendConfigKey key, const char *otherwise)
{
    const WendConfigValue *value = &entry->values[key];
    if (value->text == NULL)
        return g_strdup(otherwise);
    g_autofree char *text = wend_config_expand(loader, wend_config_key_name(key), value);
    if (text == NULL || !wend_config_check(loader->file, key, text, value, loader->error))
        return NULL;
    return g_steal_pointer(&text);
}

static bool add_hook(WendConfigLoader *loader, const WendConfigSection *entry, WendMoment moment)
{
    const WendConfigValue *place = &entry->values[WEND_KEY_COMMAND];
    g_autofree char *command = read_key(loader, entry, WEND_KEY_COMMAND, "");
    g_autofree char *timeout = read_key(loader, entry, WEND_KEY_TIMEOUT, "1min");
    g_autofree char *credentials = read_key(loader, entry, WEND_KEY_CREDENTIALS, "false");
    if (command == NULL || timeout == NULL || credentials == NULL)
        return false;
    if (!g_shell_parse_argv(command, NULL, NULL, NULL)) {
        wend_config_fail(loader->file, place->line, place->column, loader->error,
                         "\"%s\" is no command: a quote in it is open, or there is nothing in it",
                         command);
        return wend_error_hint(loader->error, "write a program and its arguments, quoted as in a "
                                              "shell; for more, sh -c 'ONE && TWO'");
    }
    WendHook *hook = g_new0(WendHook, 1);
    hook->moment = moment;
    hook->command = g_steal_pointer(&command);
    hook->line = place->line;
    hook->timeout_ms = TIMEOUT_MS;
    wend_duration_parse(timeout, &hook->timeout_ms);
    wend_config_flag_parse(credentials, &hook->credentials);
    g_ptr_array_add(loader->config->hooks, hook);
    return true;
}

/* What the track says goes before the environment, and that before the top. */
bool wend_config_hooks(WendConfigLoader *loader)
{
    const WendConfigSection *sections[] = {loader->track, loader->environment,
                                           loader->file != NULL ? loader->file->top : NULL};
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        const GPtrArray *list =
            sections[i] != NULL ? sections[i]->lists[WEND_LIST_CALLBACKS] : NULL;
        for (guint j = 0; list != NULL && j < list->len; j++) {
            const WendConfigSection *entry = g_ptr_array_index(list, j);
            const char *name = entry->values[WEND_KEY_NAME].text;
            WendMoment moment = WEND_MOMENTS;
            if (wend_moment_parse(name, strlen(name), &moment) &&
                wend_config_hook(loader->config, moment) == NULL &&
                !add_hook(loader, entry, moment))
                return false;
        }
    }
    return true;
}
