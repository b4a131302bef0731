/* SPDX-License-Identifier: MIT
 *
 * Resolves the configuration: finds wend.yaml and .env, and takes each setting from the first place
 * that gives it. How the two files are read is in config_yaml.c and config_env.c.
 */
#include "base/text.h"
#include "core/config_load.h"

#include "db/driver.h"
#include "format/folder.h"
#include "format/format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME  "wend.yaml"
#define DOTENV     ".env"
#define FILE_LIMIT (1024 * 1024)

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
    {INPUT(format), CONFIG(format), BECOME_TEXT, {"WEND_FORMAT"}},
    {NO_OPTION, CONFIG(table), BECOME_TEXT, {NULL}},
    {NO_OPTION, CONFIG(journal), BECOME_TEXT, {NULL}},
    {NO_OPTION, CONFIG(scripts), BECOME_TEXT, {NULL}},
    {NO_OPTION, CONFIG(store), BECOME_STORE, {NULL}},
    {NO_OPTION, CONFIG(confirm), BECOME_FLAG, {NULL}},
    {INPUT(lock_timeout), CONFIG(lock_timeout_ms), BECOME_MS, {"WEND_LOCK_TIMEOUT"}},
    {INPUT(statement_timeout), CONFIG(statement_timeout_ms), BECOME_MS, {"WEND_STATEMENT_TIMEOUT"}},
    {INPUT(wait), CONFIG(wait_ms), BECOME_MS, {"WEND_WAIT"}},
};

/* A setting's text and what its relative paths are taken against; NULL = the current directory. */
typedef struct Found {
    char *text;
    const char *folder;
    const WendConfigValue *value; /* NULL = not from wend.yaml */
    const char *source;           /* the variable or the option's key, for messages */
} Found;

typedef enum ReadResult { READ_DONE, READ_MISSING, READ_FOLDER, READ_FAILED } ReadResult;

static ReadResult fail_read(const char *path, int failure, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "%s cannot be read: %s", path, g_strerror(failure));
    wend_error_hint(error, "%s", wend_file_advice(failure));
    return READ_FAILED;
}

/* Nothing that could keep the reader waiting for a writer. A device may stand for an empty file:
 * /dev/null. */
static ReadResult check_kind(int fd, const char *path, WendError *error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return fail_read(path, errno, error);
    if (S_ISDIR(about.st_mode))
        return READ_FOLDER;
    if (S_ISREG(about.st_mode) || S_ISCHR(about.st_mode))
        return READ_DONE;
    wend_error_set(error, WEND_USAGE, "%s is no regular file", path);
    wend_error_hint(error, "put a plain text file in its place");
    return READ_FAILED;
}

static ReadResult read_all(int fd, const char *path, GString *text, WendError *error)
{
    char chunk[16384];
    gssize got;
    while ((got = TEMP_FAILURE_RETRY(read(fd, chunk, sizeof chunk))) > 0) {
        g_string_append_len(text, chunk, got);
        if (text->len > FILE_LIMIT) {
            wend_error_set(error, WEND_USAGE, "%s is longer than 1 MiB", path);
            return READ_FAILED;
        }
    }
    return got < 0 ? fail_read(path, errno, error) : READ_DONE;
}

static ReadResult read_small(const char *path, GString *text, WendError *error)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? READ_MISSING : fail_read(path, errno, error);
    ReadResult result = check_kind(fd, path, error);
    if (result == READ_DONE)
        result = read_all(fd, path, text, error);
    close(fd);
    return result;
}

/* "wend.yaml" for "." and "wend.yaml": paths stay as short as they were given. */
static char *join(const char *folder, const char *name)
{
    if (folder == NULL || strcmp(folder, ".") == 0 || g_path_is_absolute(name))
        return g_strdup(name);
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    return g_build_filename(folder, name, NULL);
}

/* The folder above, or NULL at the root. Below the current directory it is "..", "../.." and so on. */
static char *parent_folder(const char *folder)
{
    if (g_path_is_absolute(folder))
        return strcmp(folder, "/") == 0 ? NULL : g_path_get_dirname(folder);
    g_autofree char *parent =
        strcmp(folder, ".") == 0 ? g_strdup("..") : g_build_filename(folder, "..", NULL);
    struct stat here, above;
    if (stat(folder, &here) != 0 || stat(parent, &above) != 0 ||
        (here.st_dev == above.st_dev && here.st_ino == above.st_ino))
        return NULL;
    return g_steal_pointer(&parent);
}

/* A link that leads nowhere is there, too: reading it says what is wrong. */
static bool is_there(const char *folder, const char *name)
{
    struct stat about;
    g_autofree char *path = join(folder, name);
    return lstat(path, &about) == 0;
}

/* The folder that holds wend.yaml: `start` or one above it, up to the first that holds .git. */
static char *find_folder(const char *start)
{
    g_autofree char *folder = g_strdup(start);
    while (folder != NULL) {
        if (is_there(folder, FILE_NAME))
            return g_steal_pointer(&folder);
        if (is_there(folder, ".git"))
            return NULL;
        char *parent = parent_folder(folder);
        g_free(folder);
        folder = parent;
    }
    return NULL;
}

static char *start_folder(const char *directory)
{
    if (directory == NULL || strcmp(directory, ".") == 0)
        return g_strdup(".");
    return g_canonicalize_filename(directory, NULL);
}

static bool fail_missing(const char *path, WendError *error)
{
    g_autofree char *target = g_file_read_link(path, NULL);
    if (target == NULL) {
        wend_error_set(error, WEND_USAGE, "there is no configuration file %s", path);
        return wend_error_hint(error, "wend init writes a " FILE_NAME);
    }
    wend_error_set(error, WEND_USAGE, "%s is a symbolic link to %s, which is not there", path,
                   target);
    return wend_error_hint(error, "restore what it points to, or remove the link");
}

static bool read_yaml(WendConfigLoader *loader)
{
    const char *path = loader->config->file;
    g_autoptr(GString) text = g_string_new(NULL);
    switch (read_small(path, text, loader->error)) {
    case READ_FAILED:
        return false;
    case READ_MISSING:
        return fail_missing(path, loader->error);
    case READ_FOLDER:
        wend_error_set(loader->error, WEND_USAGE, "the configuration file %s is a folder", path);
        return wend_error_hint(loader->error, "name a file, for example -c %s%s" FILE_NAME, path,
                               g_str_has_suffix(path, "/") ? "" : "/");
    case READ_DONE:
        break;
    }
    loader->file = wend_config_parse_yaml(text->str, text->len, path, loader->error);
    return loader->file != NULL;
}

/* Finds and reads wend.yaml and the .env beside it. */
static bool read_files(WendConfigLoader *loader)
{
    WendConfig *config = loader->config;
    g_autofree char *start = start_folder(loader->input->directory);
    const char *named = loader->input->config;
    if (named == NULL)
        named = g_environ_getenv(config->variables->environ, "WEND_CONFIG");
    if (named != NULL && named[0] != '\0') {
        config->file = g_strdup(named);
        config->root = g_path_get_dirname(named);
    } else {
        config->root = find_folder(start);
        config->file = config->root != NULL ? join(config->root, FILE_NAME) : NULL;
    }
    if (config->file != NULL && !read_yaml(loader))
        return false;

    const char *beside = config->root != NULL ? config->root : start;
    config->variables->folder = g_strdup(beside);
    g_autofree char *path = join(beside, DOTENV);
    g_autoptr(GString) text = g_string_new(NULL);
    switch (read_small(path, text, loader->error)) {
    case READ_FAILED:
        return false;
    case READ_MISSING:
    case READ_FOLDER:
        return true;
    case READ_DONE:
        break;
    }
    return wend_variables_parse(config->variables, text->str, text->len, path, loader->error);
}

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
        return wend_error_hint(loader->error, "%ss stand in a " FILE_NAME ", and there is none",
                               what);
    if (sections->len == 0)
        return wend_error_hint(loader->error, "%s has no %ss", loader->file->path, what);
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

/* The first track, or the one that was named. Without tracks there is one, "main". */
static bool choose_track(WendConfigLoader *loader)
{
    const char *name = loader->input->track;
    if (name == NULL)
        name = lookup(loader, "WEND_TRACK", NULL);
    const GPtrArray *sections = wend_config_list(loader, WEND_LIST_TRACKS);
    if (sections == NULL || sections->len == 0) {
        if (name != NULL && strcmp(name, "main") != 0)
            return no_such_section(loader, sections, "track", name);
        loader->config->track = g_strdup("main");
        return true;
    }
    loader->track = name != NULL ? find_section(sections, name) : g_ptr_array_index(sections, 0);
    if (loader->track == NULL)
        return no_such_section(loader, sections, "track", name);
    loader->config->track = g_strdup(loader->track->values[WEND_KEY_NAME].text);
    return true;
}

/* The value of wend.yaml with its variables put in. NULL on an error. */
static char *expand(const WendConfigLoader *loader, const char *name, const WendConfigValue *value)
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
    *found = (Found){expand(loader, wend_config_key_name(key), value), loader->config->root, value,
                     NULL};
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
        *(char **)field = join(found->folder, found->text);
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
    g_autofree char *usual = join(root, "migrations");
    bool whole = g_file_test(usual, G_FILE_TEST_EXISTS) &&
                 !wend_format_is_part(root != NULL ? root : ".", usual);
    char *found =
        whole ? NULL : wend_format_locate(root != NULL && strcmp(root, ".") != 0 ? root : NULL);
    return found != NULL ? found : g_steal_pointer(&usual);
}

static bool resolve_settings(WendConfigLoader *loader)
{
    for (WendConfigKey key = 0; key < G_N_ELEMENTS(settings); key++) {
        Found found;
        if (!find_setting(loader, key, &found))
            return false;
        bool stored = found.text == NULL || store_setting(loader, key, &found);
        g_free(found.text);
        if (!stored)
            return false;
    }
    WendConfig *config = loader->config;
    if (config->migrations == NULL)
        config->migrations = default_folder(config->root);
    if (config->journal == NULL)
        config->journal = g_strdup("wend_journal");
    if (config->scripts == NULL)
        config->scripts = g_strdup("wend_scripts");
    return true;
}

static void placeholder_free(WendPlaceholder *placeholder)
{
    g_free(placeholder->name);
    g_free(placeholder->value);
    g_free(placeholder);
}

/* The environment's come first, so that the first one found by name is the one that holds. */
static bool add_placeholders(WendConfigLoader *loader, const WendConfigSection *section)
{
    const GPtrArray *entries = section->lists[WEND_LIST_PLACEHOLDERS];
    for (guint i = 0; i < entries->len; i++) {
        const WendConfigSection *entry = g_ptr_array_index(entries, i);
        const char *name = entry->values[WEND_KEY_NAME].text;
        bool known = false;
        for (guint j = 0; !known && j < loader->config->placeholders->len; j++) {
            const WendPlaceholder *other = g_ptr_array_index(loader->config->placeholders, j);
            known = strcmp(other->name, name) == 0;
        }
        if (known)
            continue;
        /* Unset is an error only where a file asks for it. */
        g_autofree char *unset = NULL;
        const char *given = entry->values[WEND_KEY_VALUE].text;
        char *value = wend_variables_expand(loader->config->variables, given, &unset);
        WendPlaceholder *placeholder = g_new0(WendPlaceholder, 1);
        placeholder->name = g_strdup(name);
        placeholder->value = value;
        placeholder->secret = strcmp(value != NULL ? value : "", given) != 0;
        g_ptr_array_add(loader->config->placeholders, placeholder);
    }
    return true;
}

static bool load(WendConfigLoader *loader)
{
    return (loader->input->no_files || read_files(loader)) && choose_environment(loader) &&
           choose_track(loader) && resolve_settings(loader) && wend_config_check_tables(loader) &&
           (loader->environment == NULL || add_placeholders(loader, loader->environment)) &&
           (loader->file == NULL || add_placeholders(loader, loader->file->top));
}

WendConfig *wend_config_load(const WendConfigInput *input, WendError *error)
{
    g_auto(WendError) reason = WEND_ERROR_INIT;
    g_autoptr(WendConfig) config = g_new0(WendConfig, 1);
    config->store = true;
    config->lock_timeout_ms = -1;
    config->histories = g_ptr_array_new_with_free_func(g_free);
    config->placeholders = g_ptr_array_new_with_free_func((GDestroyNotify)placeholder_free);
    config->variables = wend_variables_new(input->environ);
    WendConfigLoader loader = {.input = input, .config = config, .error = &reason};
    bool loaded = load(&loader);
    wend_config_file_free(loader.file);
    if (loaded)
        return g_steal_pointer(&config);
    wend_error_move(error, &reason);
    return NULL;
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
    g_ptr_array_unref(config->placeholders);
    g_ptr_array_unref(config->histories);
    wend_variables_free(config->variables);
    g_free(config);
}

bool wend_config_need_database(const WendConfig *config, WendError *error)
{
    if (config->database != NULL)
        return true;
    wend_error_set(error, WEND_USAGE, "no database is given%s",
                   config->file != NULL ? "" : ", and there is no " FILE_NAME " here or above");
    return wend_error_hint(error,
                           "give one of these:\n"
                           "-d URL, for example -d sqlite:wend.db\n"
                           "WEND_DATABASE_URL or DATABASE_URL in the environment or in .env\n"
                           "\"database: URL\" in %s%s",
                           config->file != NULL ? config->file : FILE_NAME,
                           config->file != NULL ? "" : ", which wend init writes");
}

const char *wend_config_variable(const WendConfig *config, const char *name)
{
    return wend_variables_get(config->variables, name, NULL);
}
