/* SPDX-License-Identifier: MIT
 *
 * ${NAME} in a script's statements: what stands in its place, and which have nothing. Pure.
 */
#ifndef WEND_CORE_SUBSTITUTE_H
#define WEND_CORE_SUBSTITUTE_H

#include "core/config.h"
#include "format/migration.h"

/* Where a name without a value stands. */
typedef struct WendMissing {
    char *name;
    char *variable; /* its value takes this one, which is not set; NULL = it is not known at all */
    char *file;
    guint line;
} WendMissing;

/* An array that frees its entries. */
GPtrArray *wend_missing_new(void);
/* True when it is empty; else WEND_USAGE with all names, and in its hint where each stands. */
bool wend_missing_check(const GPtrArray *missing, WendError *error);

/* `text` with its values: those of the configuration (`placeholders`, of WendPlaceholder; NULL = none), then those
 * that wend gives the script, then those of its format. What has none goes to `missing` (may be NULL), at `line`;
 * 0 = `text` lies in the script, which tells. It ends soon behind WEND_SUBSTITUTED_MAX bytes, however much is to
 * come. Caller frees. */
#define WEND_SUBSTITUTED_MAX ((gsize)1024 * 1024 * 1024)
char *wend_substitute(const WendScript *script, const GPtrArray *placeholders, const char *text,
                      gsize length, guint line, GPtrArray *missing);

/* Adds what is missing in all statements and assertions of a script, when it asks for values at all. */
void wend_substitute_check(const WendScript *script, guint lex_flags, const GPtrArray *placeholders,
                           GPtrArray *missing);

#endif
