/* SPDX-License-Identifier: MIT
 *
 * Where each migration stands: files and history laid side by side. A pure function over values.
 */
#ifndef WEND_CORE_STATE_H
#define WEND_CORE_STATE_H

#include "core/journal.h"
#include "format/format.h"

typedef enum WendState {
    WEND_STATE_APPLIED,
    WEND_STATE_PENDING,
    WEND_STATE_RUNNING,      /* begun, and somebody holds the lock */
    WEND_STATE_FAILED,       /* pending; the last attempt failed */
    WEND_STATE_REVERTED,     /* pending; it was applied once */
    WEND_STATE_OUT_OF_ORDER, /* pending, below the highest applied one */
    WEND_STATE_MISSING,      /* applied, file gone */
    WEND_STATE_CHANGED,      /* applied, text differs in more than layout */
    WEND_STATE_OUTDATED,     /* repeatable, changed since it ran */
    WEND_STATE_BASELINE,
    WEND_STATE_BELOW_BASELINE,
    WEND_STATE_LOST,  /* the journal says that it is applied, but the history has no row of it */
    WEND_STATE_UNUSED /* a baseline file that was not needed */
} WendState;

/* "applied", "out of order", "below baseline" … Static. */
const char *wend_state_name(WendState state);

/* One migration. Everything is borrowed from the project. */
typedef struct WendEntry {
    WendState state;
    WendMigration *migration;   /* NULL = missing */
    WendApplied *applied;       /* NULL = not applied */
    const WendJournalRow *last; /* its newest journal row; NULL = not looked at, or none */
    bool layout_only;           /* the text differs, but runs alike */
} WendEntry;

/* What is laid side by side. */
typedef struct WendSides {
    const GPtrArray *migrations; /* of WendMigration, sorted by position */
    const GPtrArray *applied;    /* of WendApplied */
    GHashTable *last;            /* id -> WendJournalRow; may be NULL */
    GHashTable *alike;           /* ids whose changed text is known to run alike; may be NULL */
    /* As WendHistory's; NULL = by the SHA-256 of the up script. */
    bool (*same)(const WendMigration *migration, const WendApplied *applied);
    bool kept; /* nobody but wend writes the history: what `last` says has to be in it */
    bool late; /* there is no order that a pending one could be out of */
} WendSides;

/* Returns entries (of WendEntry) by position; caller unrefs. */
GArray *wend_state_make(const WendSides *sides);

/* Whether a journal row says that the migration is applied from then on. */
bool wend_row_says_applied(const WendJournalRow *row);

/* Whether `up` would run it: pending, failed, reverted, out of order, outdated; or stop at it: lost. */
bool wend_state_is_pending(WendState state);

/* The position, id, version and name of an entry, from whichever side has it. Borrowed. */
const char *wend_entry_position(const WendEntry *entry);
const char *wend_entry_id(const WendEntry *entry);
const char *wend_entry_version(const WendEntry *entry);
const char *wend_entry_name(const WendEntry *entry);
WendKind wend_entry_kind(const WendEntry *entry);
/* "20240101_create_users". Caller frees. */
char *wend_entry_label(const WendEntry *entry);

#endif
