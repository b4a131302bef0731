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

/* alter.c */

/* What a data definition makes of a table, or takes away. */
typedef enum ThingKind {
    THING_NONE,
    THING_COLUMN,
    THING_KEY,
    THING_CONSTRAINT, /* or a key: MariaDB drops either so */
    THING_PARTITION
} ThingKind;

typedef struct Thing {
    ThingKind kind;
    char *name;
    bool guarded; /* IF [NOT] EXISTS */
    bool makes;   /* else it takes it away */
} Thing;

/* By what it can be told whether a definition has happened. */
typedef enum Sign {
    SIGN_PRESENCE, /* the objects come or go */
    SIGN_THINGS,   /* columns, keys and the like in the one table come or go, or are others */
    SIGN_IDENTITY, /* the objects become others, whatever their text */
    SIGN_TEXT, /* not while the text stays; when it changes, that may be somebody else's doing */
    SIGN_NONE  /* it does not matter: it may run twice */
} Sign;

typedef struct Deed {
    Sign sign;
    bool replaces;     /* OR REPLACE */
    GPtrArray *things; /* of Thing, in the order in which the statement names them */
} Deed;

void wend_mysql_deed_read(const char *text, gsize length, Deed *deed);
void wend_mysql_deed_clear(Deed *deed);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Deed, wend_mysql_deed_clear)
/* How SHOW CREATE TABLE shows it, with quoted names; NULL = it does not. Caller frees. */
char *wend_mysql_thing_text(const Thing *thing, const char *text);

#endif
