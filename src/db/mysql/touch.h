/* SPDX-License-Identifier: MIT
 *
 * Data definitions as words: their verb, their kind, what they name. Private to this folder.
 */
#ifndef WEND_DB_MYSQL_TOUCH_H
#define WEND_DB_MYSQL_TOUCH_H

#include "db/mysql/words.h"

/* CREATE, ALTER, DROP, RENAME or TRUNCATE of something. */
typedef struct Definition {
    const char *verb, *kind; /* static */
    bool replace;            /* OR REPLACE */
    bool temporary;
    bool guarded; /* IF [NOT] EXISTS */
    guint name;   /* where the name stands */
} Definition;

/* False when it is none. */
bool wend_mysql_definition_read(const Words *words, Definition *definition);

typedef struct Touched {
    char *kind;          /* "TABLE", "VIEW", …, as SHOW CREATE takes it; owned */
    char *schema, *name; /* of a user: host and name */
} Touched;

/* The objects (of Touched, each once), in the order in which the statement names them; `schema` is that
 * of names without one. `by_identity`: their texts may be the same before and after. NULL when they cannot
 * be read. */
GPtrArray *wend_mysql_touched(const char *text, gsize length, const char *schema,
                              bool *by_identity);

#endif
