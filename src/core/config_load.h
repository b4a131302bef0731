/* SPDX-License-Identifier: MIT
 *
 * A configuration while it is being loaded: what config.c, config_files.c and config_tables.c share. Private
 * to them.
 */
#ifndef WEND_CORE_CONFIG_LOAD_H
#define WEND_CORE_CONFIG_LOAD_H

#include "core/config_parse.h"

#define WEND_CONFIG_FILE "wend.yaml"

/* One loading; `config` is that of the track at hand. The chosen sections are borrowed from the file; NULL =
 * none. */
typedef struct WendConfigLoader {
    const WendConfigInput *input;
    WendConfig *config;
    WendConfigFile *file;
    const WendConfigSection *environment, *track;
    WendError *error;
} WendConfigLoader;

/* Finds and reads wend.yaml and the .env beside it. */
bool wend_config_read_files(WendConfigLoader *loader);

/* "wend.yaml" for "." and "wend.yaml": paths stay as short as they were given. Caller frees. */
char *wend_config_join(const char *folder, const char *name);

/* What wend.yaml says of a setting: in `track` (NULL = none), else in the chosen environment, else at the
 * top. Borrowed; NULL = nothing. */
const WendConfigValue *wend_config_file_value(const WendConfigLoader *loader,
                                              const WendConfigSection *track, WendConfigKey key);
/* One of its lists; NULL when there is no file. Borrowed. */
const GPtrArray *wend_config_list(const WendConfigLoader *loader, WendConfigList list);

/* The value of wend.yaml with its variables put in. Caller frees. NULL on an error. */
char *wend_config_expand(const WendConfigLoader *loader, const char *name,
                         const WendConfigValue *value);

/* Refuses two tables of one name, and names that the database keeps to itself. */
bool wend_config_check_tables(const WendConfigLoader *loader);

/* Fills config->placeholders. False for a ring of them. */
bool wend_config_placeholders(WendConfigLoader *loader);

/* Fills config->hooks. */
bool wend_config_hooks(WendConfigLoader *loader);

/* Fills config->placeholders. False for a ring of them. */
bool wend_config_placeholders(WendConfigLoader *loader);

#endif
