/* SPDX-License-Identifier: MIT
 *
 * The keys of directives, how often each may stand and what its value means. Where directives stand
 * in a script is directive.c's to know. To add one: its kind in migration.h, its row in the table
 * of directive_value.c, and the function there that reads its value.
 */
#ifndef WEND_FORMAT_DIRECTIVE_VALUE_H
#define WEND_FORMAT_DIRECTIVE_VALUE_H

#include "format/migration.h"

/* The directive that is being read, and where what is wrong with it goes. All borrowed. */
typedef struct WendReading {
    const char *file;
    GPtrArray *problems;
    guint lex_flags;
    guint line_number;    /* in the file */
    const char *line;     /* where that line begins in the script's text */
    const char *value_at; /* where the value begins in it */
    const char *value;    /* a NUL-terminated copy, trimmed */
} WendReading;

typedef enum WendScope {
    WEND_SCOPE_ONCE,     /* the whole script, once */
    WEND_SCOPE_ANY,      /* anywhere, any number of times */
    WEND_SCOPE_STATEMENT /* once before a statement, which must be there */
} WendScope;

typedef struct WendKey {
    const char *name;
    WendDirectiveKind kind;
    WendScope scope;
    /* Fills the fields of `directive` from reading->value. False when the value is wrong, which has
     * been reported then. */
    bool (*read)(const WendReading *reading, WendDirective *directive);
} WendKey;

/* The key of that name, in any case; NULL after reporting an unknown one, which stands at `at`. */
const WendKey *wend_reading_key(const WendReading *reading, const char *at, const char *name);

/* Reports what is wrong at `at`, a byte of the line that is read; `hint` may be NULL. Returns
 * false. */
bool wend_reading_refuse(const WendReading *reading, const char *at, const char *hint,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);

#endif
