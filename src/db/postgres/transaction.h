/* SPDX-License-Identifier: MIT
 *
 * A transaction under way, as work.c builds it and transaction.c sends it. Private to this folder.
 */
#ifndef WEND_DB_POSTGRES_TRANSACTION_H
#define WEND_DB_POSTGRES_TRANSACTION_H

#include "db/postgres/postgres.h"

/* One statement of a string. */
typedef struct Part {
    gssize piece; /* OWN = wend's */
    gsize start;  /* byte in the string */
    bool row;     /* a row of wend's own */
} Part;

typedef struct Transaction {
    Connection *connection;
    const WendWork *work;
    WendWorked *worked;
    GString *sql;
    GArray *parts;      /* of Part */
    guint set, replays; /* how much of the connection's lists was there before */
    guint leading;      /* pieces that stand before wend's own statements, too */
    gint64 lock_ms;     /* for each lock of this attempt */
    bool limits;        /* a lock or a deadlock was met: it may be tried again */
    bool ended;         /* COMMIT was sent and has come back */
    char *cursor;       /* of a batch: the largest key so far */
    bool number;
    bool asserted; /* the first row of an assertion was looked at, more may come */
} Transaction;

/* Each appends one statement: wend's own, the piece of that number, queries with their values. Many of these are
 * sent as they come. */
void wend_pg_add_own(Transaction *transaction, const char *format, ...) G_GNUC_PRINTF(2, 3);
void wend_pg_add_piece(Transaction *transaction, guint at);
bool wend_pg_add_queries(Transaction *transaction, const GPtrArray *queries, const char *outcome,
                         WendError *error);
/* Sends what has been gathered. On failure transaction->worked says which piece is to blame. */
bool wend_pg_flush(Transaction *transaction, WendError *error);
/* Whether that SQLSTATE says that others were in the way, so that it may be tried again. */
bool wend_pg_is_limit(const char *state);
/* Sends what has been gathered, then the rows for which the piece of that number stands (load.c). */
bool wend_pg_load(Transaction *transaction, guint at, WendError *error);
/* {"rows": N}, with a cursor {"rows": N, "cursor": …}: what is known so far. Caller frees. */
char *wend_pg_outcome(const Transaction *transaction);

#endif
