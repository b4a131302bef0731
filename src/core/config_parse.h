/* SPDX-License-Identifier: MIT
 *
 * What lies between the text of wend.yaml and .env and a resolved configuration: the file as a value
 * that still knows its lines, and the variables. Private to the configuration; the fuzzer uses it too.
 */
#ifndef WEND_CORE_CONFIG_PARSE_H
#define WEND_CORE_CONFIG_PARSE_H

#include "core/config.h"

/* The keys of wend.yaml that have one value. */
typedef enum WendConfigKey {
    WEND_KEY_DATABASE,
    WEND_KEY_MIGRATIONS,
    WEND_KEY_SCHEMA,
    WEND_KEY_TEMPLATES,
    WEND_KEY_SEEDS,
    WEND_KEY_FORMAT,
    WEND_KEY_TABLE,
    WEND_KEY_JOURNAL,
    WEND_KEY_SCRIPTS,
    WEND_KEY_STORE,
    WEND_KEY_CONFIRM,
    WEND_KEY_LOCK_TIMEOUT,
    WEND_KEY_STATEMENT_TIMEOUT,
    WEND_KEY_WAIT,
    WEND_KEY_OPTIONAL,
    WEND_KEY_NAME,
    WEND_KEY_VALUE,
    WEND_KEY_COMMAND,
    WEND_KEY_TIMEOUT,
    WEND_KEY_CREDENTIALS,
    WEND_KEYS
} WendConfigKey;

/* Its keys that have a list of sections. */
typedef enum WendConfigList {
    WEND_LIST_TRACKS,
    WEND_LIST_ENVIRONMENTS,
    WEND_LIST_PLACEHOLDERS,
    WEND_LIST_CALLBACKS,
    WEND_LISTS
} WendConfigList;

typedef struct WendConfigValue {
    char *text;         /* as written, ${NAME} and all; NULL = not given */
    guint line, column; /* in characters, 1-based */
} WendConfigValue;

typedef struct WendConfigSection {
    WendConfigValue values[WEND_KEYS];
    GPtrArray *lists[WEND_LISTS]; /* of WendConfigSection; never NULL */
} WendConfigSection;

typedef struct WendConfigFile {
    char *path; /* as shown */
    char *text;
    gsize length;
    WendConfigSection *top;
} WendConfigFile;

/* Reads the text of a wend.yaml. NULL and WEND_USAGE with the place for whatever is wrong with it. */
WendConfigFile *wend_config_parse_yaml(const char *text, gsize length, const char *path,
                                       WendError *error);
void wend_config_file_free(WendConfigFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendConfigFile, wend_config_file_free)

/* Sets WEND_USAGE at a line and column of the file, with the source line. Returns false. */
bool wend_config_fail(const WendConfigFile *file, guint line, guint column, WendError *error,
                      const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Whether `text`, without any ${NAME} left, is a value of that key. */
bool wend_config_check(const WendConfigFile *file, WendConfigKey key, const char *text,
                       const WendConfigValue *value, WendError *error);
/* "lock_timeout". Static. */
const char *wend_config_key_name(WendConfigKey key);
/* What `confirm` takes: false, leaving `flag` alone, for another word. */
bool wend_config_flag_parse(const char *text, bool *flag);

/* Variables: the real environment, then those of a .env file. */
struct WendVariables {
    char **environ;
    GHashTable *dotenv; /* name to value */
    char *folder;       /* of the .env file */
};

/* `environment` is copied; NULL = none. References are counted: the configurations of several tracks share
 * their variables. */
WendVariables *wend_variables_new(const char *const *environment);
WendVariables *wend_variables_ref(WendVariables *variables);
void wend_variables_unref(WendVariables *variables);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendVariables, wend_variables_unref)

/* Adds what the text of a .env file says. WEND_USAGE with the place of the first bad line. */
bool wend_variables_parse(WendVariables *variables, const char *text, gsize length,
                          const char *path, WendError *error);

/* NULL = unset. `dotenv` (may be NULL) is told whether the value comes from the .env file. */
const char *wend_variables_get(const WendVariables *variables, const char *name, bool *dotenv);

/* A name's value; NULL = it has none. */
typedef const char *(*WendNameFn)(const char *name, void *data);

/* Puts what `find` says in place of ${NAME}, and ${ in place of $${; the rest as below. */
char *wend_names_expand(const char *text, WendNameFn find, void *data, char **unset);

/* Puts the values in place of ${NAME}, and ${ in place of $${. Caller frees. NULL when a variable is
 * unset, which is then in `unset` (caller frees), or when a ${ is no reference: `unset` is NULL then.
 * Without `variables` every value is "": only the form is looked at. */
char *wend_variables_expand(const WendVariables *variables, const char *text, char **unset);

#endif
