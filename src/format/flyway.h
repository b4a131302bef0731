/* SPDX-License-Identifier: MIT
 *
 * What the files of the Flyway format share: flyway.c reads the folder, flyway_settings.c what its
 * configuration files say, flyway_history.c knows the table and the lock.
 */
#ifndef WEND_FORMAT_FLYWAY_H
#define WEND_FORMAT_FLYWAY_H

#include "format/tool.h"

#define WEND_FLYWAY_TABLE "flyway_schema_history"

/* WendToolFile.more. */
typedef struct WendFlywayFile {
    char *script;                         /* the path in the folder, as the table has it */
    char *description;                    /* as the table has it */
    char *undo_script, *undo_description; /* of the U file; NULL = there is none */
    GHashTable *values;                   /* of all files; NULL = nothing is replaced in this one */
} WendFlywayFile;

extern const WendHistory wend_history_flyway;

/* CRC-32 of the lines of `text` without their ends, as the signed number that the table holds. Caller frees. */
char *wend_flyway_checksum(const char *text, gsize length);

/* The key of a version: "1.2" of "01_2.0". Caller frees. NULL = it is none. */
char *wend_flyway_key(const char *version);

/* The settings that the flyway.conf or flyway.toml of the project gives which `folder` is in: name in lower
 * case, without "flyway.", -> value. Those that wend cannot follow become warnings. Caller unrefs. */
GHashTable *wend_flyway_settings(const char *folder, GPtrArray *problems);

/* The text of a file of settings. NULL where there is none, and, a problem that stops, where it cannot be read:
 * without it the files would run otherwise than it says. Caller frees. */
char *wend_flyway_text(const char *path, GPtrArray *problems);

/* Reads NAME=VALUE lines into `into`, names in lower case and without "flyway.". */
void wend_flyway_properties(const char *text, GHashTable *into);

/* What stands for placeholders: those of the settings, and the tool's own ("flyway:table"), as far as they do
 * not need the database; name in lower case -> value. Caller unrefs. */
GHashTable *wend_flyway_values(GHashTable *settings);

/* `text` with every ${NAME} replaced. Caller frees. NULL = one has no value. */
char *wend_flyway_replace(const char *text, GHashTable *values);

#endif
