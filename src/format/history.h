/* SPDX-License-Identifier: MIT
 *
 * A history: the table, wend's own or another tool's, that says what is applied. It gives statements and
 * decodes rows; core runs them. With another tool's table, wend writes the rows that the tool itself
 * would have written, so that both can be used side by side.
 */
#ifndef WEND_FORMAT_HISTORY_H
#define WEND_FORMAT_HISTORY_H

#include "format/migration.h"
#include "sql/query.h"

/* One row of a history: that a migration is applied. */
typedef struct WendApplied {
    WendKind kind;
    char *id;
    char *version;
    char *name;
    char *position;   /* as WendMigration's; core fills it in where decode() leaves NULL */
    char *checksum;   /* the table's own kind; NULL when it has none */
    char *applied_at; /* "2026-01-31T12:00:00.123Z"; NULL when the table has none */
    char *by;         /* who applied it; NULL when the table does not say */
    char *failed;     /* the tool began it and did not end it: what its table says, as a sentence
                       * for people; NULL = it is whole */
    char *
        more; /* the format's own, of decode() for settle() and the statements about this row; NULL = nothing */
    char *
        script; /* SHA-256 of the stored text of its up; NULL = not stored. core fills it in for other
                       * tools' tables */
} WendApplied;

WendApplied *wend_applied_new(WendKind kind, const char *id, const char *version, const char *name);
void wend_applied_free(WendApplied *applied);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendApplied, wend_applied_free)

/* The table as it is asked for. */
typedef struct WendBook {
    WendDialect dialect;
    const char
        *table; /* as configured, perhaps "schema.table"; once found, as statements may name it */
} WendBook;

/* What changes in a history. Everything is borrowed. */
typedef struct WendRecord {
    WendBook book;
    WendKind kind;
    const char *id, *version, *name;
    const char *position;   /* NULL = it cannot be told */
    const char *checksum;   /* SHA-256 of the up script; NULL = there is no script */
    const char *applied_at; /* NULL = the time at which it runs */
    const char *by;         /* the user's name; never NULL */
    bool passed_over;       /* it counts as applied without having run (WendScript.only_if) */
    const WendMigration *migration; /* NULL = its file is gone, or it never had one */
    const WendApplied *applied;     /* the row that is there now; NULL = none */
    const GPtrArray *migrations;    /* of WendMigration: the whole folder, by position */
} WendRecord;

typedef struct WendHistory {
    const char *table;        /* default name */
    const char *schema_table; /* where a database has schemas, if it is another; else NULL */
    const char
        *also; /* another name that it may have, looked for where that one is not; else NULL */
    /* The columns that a table must have to be it, "version,dirty"; in lower case. `only`: and no others. */
    const char *columns;
    bool only;
    /* It says how far it got, not what ran: with one migration all below it count as applied. */
    bool up_to;
    /* Nothing but wend may change it: scripts are kept from it. */
    bool guarded;

    /* Appends what makes the table, and its further ones, where they are missing (WendQuery). */
    void (*create)(const WendBook *book, GPtrArray *queries);
    /* One query for all rows, oldest first where that matters. */
    WendQuery *(*read)(const WendBook *book);
    /* A row: NULL without an error for one that says nothing; NULL with WEND_DISAGREE in `error` for one it
     * cannot make sense of. */
    WendApplied *(*decode)(const WendRow *row, WendError *error);
    /* What the rows say together: may add to `applied` (of WendApplied, as decoded, in order), change it,
     * and take from it. `migrations`: the whole folder. NULL = the rows stand for themselves. */
    bool (*settle)(GPtrArray *applied, const GPtrArray *migrations, WendError *error);
    /* Append what writes or removes a row (WendQuery). An older row of the id is removed before insert. */
    void (*insert)(const WendRecord *record, GPtrArray *queries);
    void (*remove)(const WendRecord *record, GPtrArray *queries);
    /* Appends what writes record->applied anew: after it ran again, or, with applied_at, for a file that a person
     * says is what was applied. NULL = it is removed and inserted. */
    void (*replace)(const WendRecord *record, GPtrArray *queries);
    /* Whether the file is what was applied, by the table's own checksum. NULL = it is the SHA-256 of the up
     * script. A history without checksums says true. */
    bool (*same)(const WendMigration *migration, const WendApplied *applied);
    /* The tool's own lock; NULL = it has none. */
    const struct WendToolLock *lock;
} WendHistory;

/* Another tool's lock. wend takes it while it holds its own. */
typedef struct WendToolLock {
    /* A query whose one row the key is made of; NULL = nothing is needed. */
    const char *(*facts)(const WendBook *book);
    /* Appends what must be there before (WendQuery): the lock's table, its row; and what takes away a lock that
     * an earlier run of wend left, known by its mark, which begins with "wend ". May be NULL. */
    void (*prepare)(const WendBook *book, GPtrArray *queries);
    /* Appends what tries to take it without waiting, with `mark` ("wend ann@web1 4242") in it; may be NULL. */
    void (*take)(const WendBook *book, const WendRow *facts, const char *mark, GPtrArray *queries);
    /* Asks whether it is taken: one row; "1", "t" or "true" in its first column = it is ours, anything
     * else is who has it, as far as known. May itself take it (pg_try_advisory_lock). */
    WendQuery *(*taken)(const WendBook *book, const WendRow *facts, const char *mark);
    /* Appends what gives it back. */
    void (*release)(const WendBook *book, const WendRow *facts, const char *mark,
                    GPtrArray *queries);
    const char *const *tables; /* that prepare() makes, in any case of letters; NULL = none */
    bool servers;              /* SQLite has none */
    /* It belongs to the session: behind a pooler in transaction mode it cannot be held. */
    bool session;
} WendToolLock;

/* A query from a template: {table} is the quoted table, {name} without its schema, {near NAME} another one in its schema, {at} a `?` for
 * a time as wend writes it ("2026-01-31T12:00:00.123Z" or NOW), {time COLUMN} that column in this
 * form. Values are to be added. */
WendQuery *wend_book_query(const WendBook *book, const char *text);
/* Adds record->applied_at, or NOW. Returns `query`. */
WendQuery *wend_record_at(WendQuery *query, const WendRecord *record);
/* PostgreSQL: appends what makes the table's schema, where its name has one. */
void wend_book_schema(const WendBook *book, GPtrArray *queries);
/* WEND_DISAGREE: the table has a row that cannot be read; `what` describes it. NULL, for decode(). */
WendApplied *wend_history_refuse(const char *what, WendError *error);

#endif
