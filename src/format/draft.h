/* SPDX-License-Identifier: MIT
 *
 * What `wend new` wants written: one migration, perhaps with its SQL. A format lays it out in files of its
 * own, with its own marks.
 */
#ifndef WEND_FORMAT_DRAFT_H
#define WEND_FORMAT_DRAFT_H

#include "sql/dialect.h"

#include <stdbool.h>

/* Everything is borrowed. */
typedef struct WendDraft {
    const char *version;
    const char *slug;          /* the name: letters, digits and underscores */
    bool down;                 /* with a way back */
    WendDialect dialect;       /* of the texts */
    const char *up_sql;        /* whole lines; "" = to be written by a person */
    const char *down_sql;      /* likewise; not looked at without `down` */
    bool up_alone, down_alone; /* it cannot run in a transaction */
} WendDraft;

/* What new files of a tool have no place for, as bits. */
typedef enum WendLack {
    WEND_LACKS_BACK = 1 << 0, /* a way back */
    WEND_LACKS_ALONE = 1 << 1 /* a mark for what runs outside of a transaction */
} WendLack;

/* `sql` with every statement that holds a semicolon (the body of a trigger, of a function), or with `all` every
 * statement, between `begin` and `end`, which has the terminator in it: for tools that cut files at each
 * semicolon. Caller frees. */
char *wend_draft_fence(const char *sql, WendDialect dialect, bool all, const char *begin,
                       const char *end);

/* Whether any statement holds a semicolon. */
bool wend_draft_has_body(const char *sql, WendDialect dialect);

#endif
