/* SPDX-License-Identifier: MIT
 *
 * Resolves the configuration: takes each setting of each track from the first place that gives it. Where the
 * files are found is in config_files.c; what they say, in config_yaml.c and config_env.c.
 */
#include "base/text.h"
#include "core/config_load.h"

#include "db/driver.h"
#include "format/format.h"

#include <string.h>

/* What a setting's text becomes. */
typedef enum Become {
    BECOME_TEXT,
    BECOME_PATH,
    BECOME_URL,
    BECOME_MS,
    BECOME_FLAG,
    BECOME_STORE
} Become;

#define NO_OPTION     G_MAXSIZE
#define INPUT(field)  G_STRUCT_OFFSET(WendConfigInput, field)
#define CONFIG(field) G_STRUCT_OFFSET(WendConfig, field)

/* By WendConfigKey: where a setting comes from besides wend.yaml, and where it goes. */
static const struct {
    gsize input;
    gsize config;
    Become become;
    const char *variables[2];
} settings[] = {
    {INPUT(database), CONFIG(database), BECOME_URL, {"WEND_DATABASE_URL", "DATABASE_URL"}},
    {INPUT(migrations), CONFIG(migrations), BECOME_PATH, {"WEND_MIGRATIONS"}},
    {INPUT(schema), CONFIG(schema), BECOME_PATH, {"WEND_SCHEMA"}},
    {NO_OPTION, CONFIG(templates), BECOME_PATH, {"WEND_TEMPLATES"}},
    {NO_OPTION, CONFIG(seeds), BECOME_PATH, {"WEND_SEEDS"}},
    {INPUT(format), CONFIG(format), BECOME_TEXT, {"WEND_FORMAT"}},
    {NO_OPTION, CONFIG(table), BECOME_TEXT, {NULL}},
    {NO_OPTION, CONFIG(journal), BECOME_TEXT, {NULL}},
    {NO_OPTION, CONFIG(scripts), BECOME_TEXT, {NULL}},
    {NO_OPTION, CONFIG(store), BECOME_STORE, {NULL}},
    {NO_OPTION, CONFIG(confirm), BECOME_FLAG, {NULL}},
    {INPUT(lock_timeout), CONFIG(lock_timeout_ms), BECOME_MS, {"WEND_LOCK_TIMEOUT"}},
    {INPUT(statement_timeout), CONFIG(statement_timeout_ms), BECOME_MS, {"WEND_STATEMENT_TIMEOUT"}},
    {INPUT(wait), CONFIG(wait_ms), BECOME_MS, {"WEND_WAIT"}},
    {NO_OPTION, CONFIG(optional), BECOME_FLAG, {NULL}},
};

/* A setting's text and what its relative paths are taken against; NULL = the current directory. */
typedef struct Found {
    char *text;
    const char *folder;
    const WendConfigValue *value; /* NULL = not from wend.yaml */
    const char *source;           /* the variable or the option's key, for messages */
} Found;

/* A variable's value; an empty one counts as unset. `folder` is its file's, NULL for the real one's. */
static const char *lookup(const WendConfigLoader *loader, const char *name, const char **folder)
{
    bool dotenv = false;
    const char *value = wend_variables_get(loader->config->variables, name, &dotenv);
    if (value == NULL || value[0] == '\0')
        return NULL;
    if (folder != NULL)
        *folder = dotenv ? loader->config->variables->folder : NULL;
    return value;
}

static const WendConfigSection *find_section(const GPtrArray *sections, const char *name)
{
    for (guint i = 0; i < sections->len; i++) {
        const WendConfigSection *section = g_ptr_array_index(sections, i);
        if (strcmp(section->values[WEND_KEY_NAME].text, name) == 0)
            return section;
    }
    return NULL;
}

/* "no environment 'x'", and which there are. */
static bool no_such_section(const WendConfigLoader *loader, const GPtrArray *sections,
                            const char *what, const char *name)
{
    wend_error_set(loader->error, WEND_USAGE, "there is no %s \"%s\"", what, name);
    if (loader->file == NULL)
        return wend_error_hint(loader->error,
                               "%ss stand in a " WEND_CONFIG_FILE ", and there is none", what);
    if (sections->len == 0)
        return wend_error_hint(loader->error, "%s has no %ss: put one under %ss:, as `- name: %s`",
                               loader->file->path, what, what, name);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < sections->len; i++) {
        const WendConfigSection *section = g_ptr_array_index(sections, i);
        g_ptr_array_add(names, section->values[WEND_KEY_NAME].text);
    }
    g_ptr_array_add(names, NULL);
    const char *meant = wend_suggest(name, (const char *const *)names->pdata);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    if (meant != NULL)
        return wend_error_hint(loader->error, "did you mean \"%s\"? There is: %s", meant, all);
    return wend_error_hint(loader->error, "there is: %s", all);
}

const GPtrArray *wend_config_list(const WendConfigLoader *loader, WendConfigList list)
{
    return loader->file != NULL ? loader->file->top->lists[list] : NULL;
}

static bool choose_environment(WendConfigLoader *loader)
{
    const char *name = loader->input->env;
    if (name == NULL)
        name = lookup(loader, "WEND_ENV", NULL);
    if (name == NULL)
        return true;
    const GPtrArray *sections = wend_config_list(loader, WEND_LIST_ENVIRONMENTS);
    loader->environment = sections != NULL ? find_section(sections, name) : NULL;
    if (loader->environment == NULL)
        return no_such_section(loader, sections, "environment", name);
    loader->config->env = g_strdup(name);
    return true;
}

/* The name that was given; NULL = none. */
static const char *track_name(const WendConfigLoader *loader)
{
    return loader->input->track != NULL ? loader->input->track : lookup(loader, "WEND_TRACK", NULL);
}

char *wend_config_expand(const WendConfigLoader *loader, const char *name,
                         const WendConfigValue *value)
{
    g_autofree char *unset = NULL;
    char *text = wend_variables_expand(loader->config->variables, value->text, &unset);
    if (text != NULL)
        return text;
    wend_config_fail(loader->file, value->line, value->column, loader->error,
                     "\"%s\" takes ${%s}, and that variable is not set", name,
                     unset != NULL ? unset : "");
    wend_error_hint(loader->error, "set %s in the environment or in a .env beside %s",
                    unset != NULL ? unset : "it", loader->file->path);
    return NULL;
}

/* The most particular section of wend.yaml that gives the key to a track; NULL = none of them. */
const WendConfigValue *wend_config_file_value(const WendConfigLoader *loader,
                                              const WendConfigSection *track, WendConfigKey key)
{
    const WendConfigSection *sections[] = {track, loader->environment,
                                           loader->file != NULL ? loader->file->top : NULL};
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        if (sections[i] != NULL && sections[i]->values[key].text != NULL)
            return &sections[i]->values[key];
    }
    return NULL;
}

/* The option's key or the variable that gives the setting instead of wend.yaml. NULL = none does. */
static const char *given_otherwise(const WendConfigLoader *loader, WendConfigKey key)
{
    if (settings[key].input != NO_OPTION &&
        G_STRUCT_MEMBER(const char *, loader->input, settings[key].input) != NULL)
        return wend_config_key_name(key);
    for (guint i = 0; i < G_N_ELEMENTS(settings[key].variables); i++) {
        const char *name = settings[key].variables[i];
        if (name != NULL && lookup(loader, name, NULL) != NULL)
            return name;
    }
    return NULL;
}

/* Finds what gives the setting; `found->text` stays NULL when nothing does. */
static bool find_setting(const WendConfigLoader *loader, WendConfigKey key, Found *found)
{
    *found = (Found){0};
    if (settings[key].input != NO_OPTION) {
        const char *option = G_STRUCT_MEMBER(const char *, loader->input, settings[key].input);
        found->text = g_strdup(option);
        found->source = wend_config_key_name(key);
    }
    for (guint i = 0; found->text == NULL && i < G_N_ELEMENTS(settings[key].variables); i++) {
        const char *name = settings[key].variables[i];
        if (name == NULL)
            break;
        found->text = g_strdup(lookup(loader, name, &found->folder));
        found->source = name;
    }
    const WendConfigValue *value = wend_config_file_value(loader, loader->track, key);
    bool by_variable = found->text != NULL && found->source != wend_config_key_name(key);
    if (key == WEND_KEY_DATABASE && by_variable && loader->environment != NULL &&
        loader->environment->values[key].text != NULL)
        loader->config->overriding = found->source;
    if (found->text != NULL || value == NULL)
        return true;
    *found = (Found){wend_config_expand(loader, wend_config_key_name(key), value),
                     loader->config->root, value, NULL};
    if (found->text == NULL)
        return false;
    if (wend_config_check(loader->file, key, found->text, value, loader->error))
        return true;
    g_free(found->text);
    return false;
}

/* A URL that names a relative file is taken against `folder`, as its driver knows how. One that no
 * driver reads is left for the error that opening it brings. */
static char *place_url(const char *url, const char *folder)
{
    const WendDriver *driver = wend_driver_for(url, NULL);
    if (driver == NULL || driver->place == NULL || folder == NULL || strcmp(folder, ".") == 0)
        return g_strdup(url);
    return driver->place(url, folder);
}

/* Puts the text where its setting belongs; false when it is not what it must be. */
static bool store_setting(WendConfigLoader *loader, WendConfigKey key, const Found *found)
{
    void *field = G_STRUCT_MEMBER_P(loader->config, settings[key].config);
    switch (settings[key].become) {
    case BECOME_TEXT:
        *(char **)field = g_strdup(found->text);
        return true;
    case BECOME_PATH:
        *(char **)field = wend_config_join(found->folder, found->text);
        return true;
    case BECOME_URL:
        *(char **)field = place_url(found->text, found->folder);
        return true;
    case BECOME_FLAG:
        return wend_config_flag_parse(found->text, (bool *)field);
    case BECOME_STORE:
        *(bool *)field = strcmp(found->text, "none") != 0;
        return true;
    case BECOME_MS:
        break;
    }
    if (wend_duration_parse(found->text, (gint64 *)field))
        return true;
    wend_error_set(loader->error, WEND_USAGE, "%s: \"%s\" is no duration", found->source,
                   found->text);
    return wend_error_hint(loader->error, "write 500ms, 5s, 2min, 1h, or a number of seconds");
}

/* "migrations", and without one the folder of another tool's project. Caller frees. */
static char *default_folder(const char *root)
{
    g_autofree char *usual = wend_config_join(root, "migrations");
    bool whole = g_file_test(usual, G_FILE_TEST_EXISTS) &&
                 !wend_format_is_part(root != NULL ? root : ".", usual);
    char *found =
        whole ? NULL : wend_format_locate(root != NULL && strcmp(root, ".") != 0 ? root : NULL);
    return found != NULL ? found : g_steal_pointer(&usual);
}

static bool resolve_setting(WendConfigLoader *loader, WendConfigKey key)
{
    Found found;
    if (!find_setting(loader, key, &found))
        return false;
    bool stored = found.text == NULL || store_setting(loader, key, &found);
    g_free(found.text);
    return stored;
}

static bool resolve_settings(WendConfigLoader *loader)
{
    WendConfig *config = loader->config;
    for (WendConfigKey key = 0; key < G_N_ELEMENTS(settings); key++) {
        bool skipped = key == WEND_KEY_MIGRATIONS && config->skip != NULL;
        if (!skipped && !resolve_setting(loader, key))
            return false;
    }
    if (config->migrations == NULL && config->skip == NULL)
        config->migrations = default_folder(config->root);
    if (config->journal == NULL)
        config->journal = g_strdup("wend_journal");
    if (config->scripts == NULL)
        config->scripts = g_strdup("wend_scripts");
    return true;
}

/* --- tracks --- */

static WendConfig *config_new(WendVariables *variables)
{
    WendConfig *config = g_new0(WendConfig, 1);
    config->store = true;
    config->tracks = 1;
    config->lock_timeout_ms = -1;
    config->histories = g_ptr_array_new_with_free_func(g_free);
    config->placeholders = g_ptr_array_new_with_free_func((GDestroyNotify)wend_placeholder_free);
    config->hooks = g_ptr_array_new_with_free_func((GDestroyNotify)wend_hook_free);
    config->variables = variables;
    return config;
}

/* Why an optional track is left out. NULL = its folder is there, or was given in another way than by
 * wend.yaml. Caller frees. */
static char *find_skip(const WendConfigLoader *loader)
{
    const WendConfig *config = loader->config;
    const WendConfigValue *value =
        wend_config_file_value(loader, loader->track, WEND_KEY_MIGRATIONS);
    if (!config->optional || given_otherwise(loader, WEND_KEY_MIGRATIONS) != NULL)
        return NULL;
    g_autofree char *unset = NULL;
    g_autofree char *text =
        value != NULL ? wend_variables_expand(config->variables, value->text, &unset) : NULL;
    if (value != NULL && text == NULL)
        return g_strdup_printf("%s is not set", unset);
    if (value != NULL && text[0] == '\0')
        return g_strdup_printf("%s is empty", value->text);
    g_autofree char *folder =
        value != NULL ? wend_config_join(config->root, text) : default_folder(config->root);
    return g_file_test(folder, G_FILE_TEST_EXISTS) ? NULL
                                                   : g_strdup_printf("there is no %s", folder);
}

/* What `track` (NULL = the one that there is without any) makes of the settings. `may_skip`: nobody asked
 * for this one by its name. */
static bool load_track(WendConfigLoader *loader, const WendConfigSection *track, bool may_skip)
{
    loader->track = track;
    loader->config->track = g_strdup(track != NULL ? track->values[WEND_KEY_NAME].text : "main");
    if (!resolve_setting(loader, WEND_KEY_OPTIONAL))
        return false;
    loader->config->skip = may_skip ? find_skip(loader) : NULL;
    return resolve_settings(loader) && wend_config_check_tables(loader) &&
           wend_config_placeholders(loader) && wend_config_hooks(loader);
}

/* A folder is one track's: all of them would run it. */
static bool check_for_one(const WendConfigLoader *loader, const GPtrArray *tracks)
{
    static const WendConfigKey keys[] = {WEND_KEY_MIGRATIONS, WEND_KEY_FORMAT};
    for (guint i = 0; tracks->len > 1 && i < G_N_ELEMENTS(keys); i++) {
        const char *source = given_otherwise(loader, keys[i]);
        if (source == NULL)
            continue;
        const WendConfigSection *last = g_ptr_array_index(tracks, tracks->len - 1);
        wend_error_set(loader->error, WEND_USAGE, "%s%s is for one track, and %s has %u",
                       source == wend_config_key_name(keys[i]) ? "--" : "", source,
                       loader->file->path, tracks->len);
        return wend_error_hint(loader->error, "say which with --track, for example --track %s",
                               last->values[WEND_KEY_NAME].text);
    }
    return true;
}

/* The sections of the tracks that are asked for: all of them, or the one that was named, or without `all`
 * the first; one that is NULL where there are none. Borrowed; NULL = there is none of that name. */
static GPtrArray *choose_tracks(const WendConfigLoader *loader, bool all)
{
    const char *name = track_name(loader);
    const GPtrArray *sections = wend_config_list(loader, WEND_LIST_TRACKS);
    bool none = sections == NULL || sections->len == 0;
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    if (none && (name == NULL || strcmp(name, "main") == 0)) {
        g_ptr_array_add(chosen, NULL);
        return g_steal_pointer(&chosen);
    }
    for (guint i = 0; !none && i < sections->len; i++) {
        const WendConfigSection *section = g_ptr_array_index(sections, i);
        if (name != NULL ? strcmp(section->values[WEND_KEY_NAME].text, name) == 0 : all || i == 0)
            g_ptr_array_add(chosen, (gpointer)section);
    }
    if (chosen->len > 0)
        return g_steal_pointer(&chosen);
    no_such_section(loader, sections, "track", name);
    return NULL;
}

static bool load(WendConfigLoader *loader, bool all, GPtrArray *configs)
{
    if ((!loader->input->no_files && !wend_config_read_files(loader)) ||
        !choose_environment(loader))
        return false;
    g_autoptr(GPtrArray) tracks = choose_tracks(loader, all);
    if (tracks == NULL || !check_for_one(loader, tracks))
        return false;
    const WendConfig *base = loader->config;
    const GPtrArray *sections = wend_config_list(loader, WEND_LIST_TRACKS);
    bool may_skip = all && track_name(loader) == NULL;
    for (guint i = 0; i < tracks->len; i++) {
        WendConfig *config = config_new(wend_variables_ref(base->variables));
        config->file = g_strdup(base->file);
        config->root = g_strdup(base->root);
        config->env = g_strdup(base->env);
        config->tracks = sections != NULL ? MAX(sections->len, 1) : 1;
        g_ptr_array_add(configs, config);
        loader->config = config;
        if (!load_track(loader, g_ptr_array_index(tracks, i), may_skip))
            return false;
    }
    return true;
}

static void free_config(gpointer config)
{
    wend_config_free(config);
}

static GPtrArray *load_all(const WendConfigInput *input, bool all, WendError *error)
{
    g_auto(WendError) reason = WEND_ERROR_INIT;
    g_autoptr(WendConfig) base = config_new(wend_variables_new(input->environ));
    g_autoptr(GPtrArray) configs = g_ptr_array_new_with_free_func(free_config);
    WendConfigLoader loader = {.input = input, .config = base, .error = &reason};
    bool loaded = load(&loader, all, configs);
    wend_config_file_free(loader.file);
    if (loaded)
        return g_steal_pointer(&configs);
    wend_error_move(error, &reason);
    return NULL;
}

WendConfig *wend_config_load(const WendConfigInput *input, WendError *error)
{
    g_autoptr(GPtrArray) configs = load_all(input, false, error);
    return configs != NULL ? g_ptr_array_steal_index(configs, 0) : NULL;
}

GPtrArray *wend_config_load_tracks(const WendConfigInput *input, WendError *error)
{
    return load_all(input, true, error);
}

void wend_config_free(WendConfig *config)
{
    if (config == NULL)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (settings[i].become == BECOME_TEXT || settings[i].become == BECOME_PATH ||
            settings[i].become == BECOME_URL)
            g_free(G_STRUCT_MEMBER(char *, config, settings[i].config));
    }
    g_free(config->file);
    g_free(config->root);
    g_free(config->env);
    g_free(config->track);
    g_free(config->skip);
    g_ptr_array_unref(config->placeholders);
    g_ptr_array_unref(config->hooks);
    g_ptr_array_unref(config->histories);
    wend_variables_unref(config->variables);
    g_free(config);
}

bool wend_config_need_database(const WendConfig *config, WendError *error)
{
    if (config->database != NULL)
        return true;
    wend_error_set(error, WEND_USAGE, "no database is given%s",
                   config->file != NULL ? ""
                                        : ", and there is no " WEND_CONFIG_FILE " here or above");
    return wend_error_hint(error,
                           "give one of these:\n"
                           "-d URL, for example -d sqlite:wend.db\n"
                           "WEND_DATABASE_URL or DATABASE_URL in the environment or in .env\n"
                           "\"database: URL\" in %s%s",
                           config->file != NULL ? config->file : WEND_CONFIG_FILE,
                           config->file != NULL ? "" : ", which wend init writes");
}

const char *wend_config_variable(const WendConfig *config, const char *name)
{
    return wend_variables_get(config->variables, name, NULL);
}
