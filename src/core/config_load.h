/* SPDX-License-Identifier: MIT
 *
 * A configuration while it is being loaded: what config.c and config_tables.c share. Private to them.
 */
#ifndef WEND_CORE_CONFIG_LOAD_H
#define WEND_CORE_CONFIG_LOAD_H

#include "core/config_parse.h"

/* One loading. The chosen sections are borrowed from the file; NULL = none. */
typedef struct WendConfigLoader {
    const WendConfigInput *input;
    WendConfig *config;
    WendConfigFile *file;
    const WendConfigSection *environment, *track;
    WendError *error;
} WendConfigLoader;

/* What wend.yaml says of a setting: in `track` (NULL = none), else in the chosen environment, else at the
 * top. Borrowed; NULL = nothing. */
const WendConfigValue *wend_config_file_value(const WendConfigLoader *loader,
                                              const WendConfigSection *track, WendConfigKey key);
/* One of its lists; NULL when there is no file. Borrowed. */
const GPtrArray *wend_config_list(const WendConfigLoader *loader, WendConfigList list);

/* Refuses two tables of one name, and names that the database keeps to itself. */
bool wend_config_check_tables(const WendConfigLoader *loader);

#endif
