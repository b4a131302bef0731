/* SPDX-License-Identifier: MIT
 *
 * A driver: what core asks of a database. One table of functions per database; its folder is the
 * only place that knows the client library. core drives the protocol (docs/journal.md): which
 * statements commit together, which bookkeeping rows travel with them; the driver knows how to say
 * BEGIN, what its database does to a transaction behind one's back, and how to lock.
 *
 * To add one: a folder src/db/<name>/ that defines a WendDriver, its row in registry.c, and
 * tests/contract run against it.
 */
#ifndef WEND_DB_DRIVER_H
#define WEND_DB_DRIVER_H

#include "base/error.h"
#include "base/who.h"
#include "sql/dialect.h"
#include "sql/load.h"
#include "sql/query.h"

#include <signal.h>

typedef struct WendDriver WendDriver;

/* An open connection: the driver's own struct begins with this. Used by one thread at a time. */
typedef struct WendConnection {
    const WendDriver *driver;
    bool absent; /* what the URL names is not there yet: an empty database stands for it */
} WendConnection;

/* One of wend's tables, as the target has it. */
typedef struct WendOwnTable {
    bool exists;
    bool view; /* what is there of that name is a view */
    char *
        name; /* as every statement may name it, whatever a script sets: "public.wend_journal"; owned */
    char *
        columns; /* its columns in order, "version,dirty", in lower case; owned; NULL = it is not there */
    char *
        elsewhere; /* it is not there, but where this session's own one seems to lie since the search
                      * path was changed: "public.wend_journal"; owned; NULL = nowhere */
} WendOwnTable;

static inline void wend_own_table_clear(WendOwnTable *table)
{
    g_free(table->name);
    g_free(table->columns);
    g_free(table->elsewhere);
    *table = (WendOwnTable){0};
}

/* How the driver tells that it waits, and learns that it should not. */
typedef enum WendWaiting {
    WEND_WAITING_LOCK,  /* for another run of wend: `holder` */
    WEND_WAITING_BUSY,  /* for an application that holds the database: `text` */
    WEND_WAITING_SERVER /* for a server that does not let us in yet: `text` says why */
} WendWaiting;

typedef struct WendWatch {
    /* Called at most once a second while waiting; may be NULL. `holder` may be NULL (not known). */
    void (*waiting)(WendWaiting kind, const WendWho *holder, const char *text, gint64 waited_ms,
                    void *data);
    /* Called again and again while a script runs: `statement` is the number of the one that has just
     * ended, 0 = the running one goes on. Must be cheap. May be NULL. */
    void (*tick)(guint statement, void *data);
    /* What the server says by the way ("NOTICE: …"), while a script runs. May be NULL. */
    void (*notice)(const char *text, void *data);
    void *data;
    /* Counts requests to stop; may be NULL. 1: stop waiting; 2: end the running statement too. */
    const volatile sig_atomic_t *interrupts;
    const volatile sig_atomic_t *cancel; /* more of them, counted by somebody else; may be NULL */
} WendWatch;

/* Tells of a wait for the server that began at `start` (monotonic, microseconds), once a second: `told` is when it
 * did last, 0 at first. */
static inline void wend_watch_server(const WendWatch *watch, const char *why, gint64 start,
                                     gint64 *told)
{
    gint64 now = g_get_monotonic_time();
    if (watch->waiting == NULL || now - *told < G_USEC_PER_SEC)
        return;
    *told = now;
    watch->waiting(WEND_WAITING_SERVER, NULL, why, (now - start) / 1000, watch->data);
}

static inline int wend_watch_count(const volatile sig_atomic_t *requests)
{
    return requests != NULL ? __atomic_load_n(requests, __ATOMIC_RELAXED) : 0;
}

/* Whether so many requests to stop have come; from a signal handler, or from another thread. */
static inline bool wend_watch_stops(const WendWatch *watch, int times)
{
    return wend_watch_count(watch->interrupts) + wend_watch_count(watch->cancel) >= times;
}

/* What may be brought into being where there is no such database. */
typedef enum WendCreate {
    WEND_CREATE_NOTHING,
    WEND_CREATE_FILE,    /* a file, when something is about to be written */
    WEND_CREATE_DATABASE /* and on a server a database, at once */
} WendCreate;

typedef struct WendConnect {
    const char *url;
    WendCreate create;
    gint64 lock_timeout_ms;      /* for wend's lock and for every lock of the database's */
    gint64 statement_timeout_ms; /* 0 = none */
    gint64 wait_ms;              /* for a server that does not answer yet; 0 = not at all */
    WendWatch watch;             /* its pointers must outlive the connection */
    const char *const *own; /* wend's tables, which scripts may not change; NULL-terminated; NULL =
                               * not known */
    void *handle;           /* the host's own open connection, not closed; NULL = open `url` */
} WendConnect;

/* What the protocol must know of a statement. */
typedef enum WendClass {
    WEND_CLASS_ORDINARY,   /* runs inside a transaction */
    WEND_CLASS_LIFTED,     /* a setting that must be in force before the transaction begins */
    WEND_CLASS_REPEATABLE, /* cannot run inside a transaction; may run twice */
    WEND_CLASS_OBSERVABLE, /* likewise; what it touches tells whether it happened: observe() */
    WEND_CLASS_OPAQUE,     /* cannot run inside a transaction; whether it happened can't be known */
    WEND_CLASS_BEGIN,      /* the script's own transaction: a border between segments */
    WEND_CLASS_COMMIT,
    WEND_CLASS_NOTHING /* the client's own word, which says nothing to the server: left out */
} WendClass;

typedef struct WendClassified {
    WendClass class;
    bool session; /* a setting that holds for the session: replayed before a resume */
    bool
        temporary; /* makes an object that goes with the session: no resume behind it. With `session`:
                      * sets what it has computed, which another time may be another value */
    bool ends;     /* ORDINARY: what follows must not be in its transaction */
    bool may_commit; /* ORDINARY: may end a transaction by itself (CALL), so that under `transaction
                       * none` it is OPAQUE */
    bool may_refuse; /* ORDINARY: of some objects it cannot run inside a transaction (REINDEX of a
                      * partitioned table), so that under `transaction none` it is REPEATABLE */
    gsize modes; /* BEGIN: where in its text stands what SET TRANSACTION would say; 0 = nothing */
    const char *what; /* "VACUUM": for messages; static */
    gsize fault;      /* of a refused one: the byte at which it stands that it is refused for */
} WendClassified;

/* One statement as it goes to the database. */
typedef struct WendPiece {
    const char *text; /* not NUL-terminated */
    const char *data; /* of COPY … FROM stdin: what is fed to it; NULL = none */
    guint32 length, data_length;
    const WendLoad
        *load; /* `text` only stands for the rows of a file, which are to be brought into their
                           * table; on failure the error names the file's line. NULL = it does not */
    const char *expected; /* of an assertion; NULL = SQL's NULL */
    guint number;         /* its place in the script, 1-based */
    WendClass class : 8;  /* this and the next two: as WendClassified's */
    bool session : 1;
    bool temporary : 1;
    bool callback : 1;  /* no statement of the script: run ahead of it or behind it */
    bool assertion : 1; /* not a statement: a query that must give `expected` in its first column */
} WendPiece;

typedef enum WendJoin {
    WEND_JOIN_NONE,  /* commits by itself */
    WEND_JOIN_SHARE, /* may share its commit with its neighbours, for a short while */
    WEND_JOIN_ALL    /* commits with everything else, when settle() says so */
} WendJoin;

/* A batch's round: values for the statement's `:size` and `:after`. */
typedef struct WendBatchRound {
    gint64 size;
    const char *after; /* NULL = from the start */
    bool number;       /* `after` is a number, to be bound as one */
} WendBatchRound;

/* A transactional segment: all of it happens, or nothing. */
typedef struct WendWork {
    const WendPiece *pieces;
    guint count;
    GPtrArray *before; /* of WendQuery, run before the pieces; NULL = none */
    GPtrArray *after;  /* and behind them */
    WendJoin join;
    bool last;                   /* the step's last segment: what the step brought is checked now */
    const WendBatchRound *batch; /* NULL = no batch */
} WendWork;

typedef struct WendWorked {
    bool settled; /* it and all before it are committed */
    bool begun;   /* alone(): the rows before the statement are committed */
    bool lost;    /* on failure: work that was not settled yet was undone with it */
    bool
        stays; /* on failure: a part of what the piece at fault and those before it did could not be
                    * undone, or that is not known (a procedure that commits by itself, a table without
                    * transactions) */
    bool
        none; /* alone(), on failure: surely nothing of the statement is left, whatever others did; else
               * judge() is asked */
    bool own;      /* on failure: of a row of wend's own, which the error names */
    gint64 rows;   /* rows changed by the pieces */
    char *cursor;  /* batch: the largest key returned; caller frees; NULL = none */
    bool number;   /* the cursor is one */
    gssize piece;  /* on failure: index of the piece at fault; -1 = none of them */
    gssize offset; /* byte in that piece; -1 = unknown */
} WendWorked;

/* What holds for one step, from begin_step to end_step. */
typedef struct WendStepSetup {
    const WendPiece *lifted; /* in order */
    guint lifted_count;
    const WendPiece *settings; /* of the part that ran before a resume: to be replayed */
    guint settings_count;
    gint64 lock_timeout_ms;      /* -1 = as connected */
    gint64 statement_timeout_ms; /* -1 = as connected */
} WendStepSetup;

/* Whether a statement that was under way when a run ended has happened. */
typedef enum WendVerdict {
    WEND_VERDICT_DONE,
    WEND_VERDICT_NOT_DONE, /* nothing of it is left: it can be run again */
    WEND_VERDICT_UNKNOWN   /* a part of it, or something else: a person must look */
} WendVerdict;

/* Where in a script a step's settings must be seen to. */
typedef enum WendScriptPlace {
    WEND_SCRIPT_BEFORE, /* the step: what is lifted comes into force, what it will set is kept */
    WEND_SCRIPT_OFF,    /* in a transaction, ahead of wend's own statements, with more to follow */
    WEND_SCRIPT_ON,     /* behind that transaction */
    WEND_SCRIPT_UNDO,   /* in the step's last transaction, ahead of wend's own statements */
    WEND_SCRIPT_BEHIND  /* the step: what cannot go in a transaction, or is no setting */
} WendScriptPlace;

typedef struct WendScriptStep {
    const char *url;
    const WendPiece *lifted;
    guint lifted_count;
    const WendPiece *pieces; /* OFF and ON: those so far; else all */
    guint count;
} WendScriptStep;

typedef bool (*WendRowFn)(const WendRow *row, void *data, WendError *error);

typedef struct WendRead {
    const WendQuery *query;
    WendRowFn row; /* may be NULL */
    void *data;
} WendRead;

struct WendDriver {
    const char *name;  /* "sqlite" */
    const char *title; /* "SQLite" */
    WendDialect dialect;
    gint64 lock_timeout_ms; /* where nobody says another */
    const char *scratch;    /* URL of a throwaway database; NULL = there is none so easily */

    /* WEND_CONNECT in `error` when it cannot be opened; WEND_USAGE for a URL that makes no sense. */
    WendConnection *(*open)(const WendConnect *connect, WendError *error);
    /* Rolls back what is not settled. NULL is fine. */
    void (*close)(WendConnection *connection);
    /* The URL with a relative file in it taken against `folder`; NULL where URLs name no files. Caller
     * frees. */
    char *(*place)(const char *url, const char *folder);
    /* The URL as it may be shown: without a password. Caller frees. */
    char *(*display)(const char *url);
    /* Product and version, "SQLite 3.40.1". Caller frees. */
    char *(*about)(WendConnection *connection);
    /* What the server calls this session, for the journal: "backend=4711". Caller frees. NULL where there
     * is no server. */
    char *(*backend)(WendConnection *connection);

    /* Looks, outside of any step. read: several, one after the other, in one round trip; after a failure
     * `failed` is the index of the one at fault, and what came before it was told. */
    bool (*query)(WendConnection *connection, const WendQuery *query, WendRowFn row, void *data,
                  WendError *error);
    bool (*read)(WendConnection *connection, const WendRead *reads, guint count, guint *failed,
                 WendError *error);
    /* Looks for wend's tables by the names that were configured (NULL-terminated), in one round trip.
     * Fills one of `tables` for each; of one that is not there the name under which it would be
     * made. Caller clears them. */
    bool (*find_tables)(WendConnection *connection, const char *const *names, WendOwnTable *tables,
                        WendError *error);
    /* Whether nothing is in the database but the tables of `own` (NULL-terminated names). */
    bool (*is_empty)(WendConnection *connection, const char *const *own, bool *empty,
                     WendError *error);
    /* Whether it can be written to at all; what may come into being does so now. False with WEND_CONNECT
     * and the reason. */
    bool (*writable)(WendConnection *connection, WendError *error);

    /* Bookkeeping. journal_create: the statements that make the journal and the scripts table, NULL for
     * one that is there: a server may say so (of WendQuery). write: all of `queries` in one transaction of its own; nothing
     * may be unsettled. */
    GPtrArray *(*journal_create)(const char *journal, const char *scripts);
    bool (*write)(WendConnection *connection, GPtrArray *queries, WendError *error);
    /* Appends a value as SQL text: the one quoting function. */
    void (*literal)(GString *sql, const WendValue *value);

    /* Needs no connection. `text` may be a client's backslash line. False, with WEND_USAGE in `error`
     * (message and hint; `fault` for the place), for a statement that may not stand in a migration. */
    bool (*classify)(const char *text, gsize length, WendClassified *classified, WendError *error);
    /* The real parser's word on a statement: false with WEND_FINDINGS and the byte at fault (-1 =
     * unknown). Needs no connection. NULL = there is no parser that works alone. */
    bool (*parse)(const char *text, gsize length, gssize *offset, WendError *error);

    /* Whether this connection can run a piece at all: WEND_USAGE and the reason, no place. Asked of all
     * before the first of them runs, and costs no round trip. NULL = any. */
    bool (*can_run)(WendConnection *connection, const WendPiece *piece, WendError *error);
    /* A step: begin, its segments, end. Only steps without `lifted` and with no other setup may begin
     * while work is unsettled. end_step undoes the session's settings; it cannot fail. */
    bool (*begin_step)(WendConnection *connection, const WendStepSetup *setup, WendError *error);
    void (*end_step)(WendConnection *connection);
    /* A transactional segment. After a failure nothing of it is left, unless `worked->stays`;
     * `worked->lost` says whether unsettled work before it went too. */
    bool (*transact)(WendConnection *connection, const WendWork *work, WendWorked *worked,
                     WendError *error);
    /* Why a part of what these pieces do may stay though their transaction is lost with the connection, for a
     * person (static, without quotes): the database has tables that know no transactions. NULL = it
     * cannot. Nothing is unsettled. NULL = never. */
    const char *(*may_stay)(WendConnection *connection, const WendPiece *pieces, guint count);
    /* A statement outside a transaction, behind the rows of `before` (of WendQuery; NULL = none), which
     * are committed first; nothing may be unsettled. */
    bool (*alone)(WendConnection *connection, GPtrArray *before, const WendPiece *piece,
                  WendWorked *worked, WendError *error);
    /* Of an OBSERVABLE statement that is about to run: what it touches, text and identity, as JSON.
     * Caller frees. judge: the same statement after a run that ended inside it, with what observe()
     * said then; within a step, so that it works by the script's settings and limits of time. It may
     * take away what a cut-off statement left (an invalid index), and then says NOT_DONE. `why`, for a
     * person: of UNKNOWN, and of NOT_DONE what stays until it runs again ("index a is invalid"), else NULL;
     * caller frees. Both NULL where nothing is OBSERVABLE. */
    bool (*observe)(WendConnection *connection, const WendPiece *piece, char **before,
                    WendError *error);
    bool (*judge)(WendConnection *connection, const WendPiece *piece, const char *before,
                  WendVerdict *verdict, char **why, WendError *error);
    /* Commits what is unsettled. On failure all of it is undone. Nothing unsettled = true. */
    bool (*settle)(WendConnection *connection, WendError *error);
    /* Undoes what is unsettled. True when a part of it stays, or of what a settle() before could not
     * commit. */
    bool (*abandon)(WendConnection *connection);

    /* wend's lock on this target; its key is made of the journal's name as find_tables() gave it. lock:
     * waits as long as the connection's lock timeout, then WEND_LOCKED naming the holder; a statement
     * of an earlier run that the server still executes is waited for likewise. check: whether it is
     * still held; costs no round trip. holder: who holds it (NULL = nobody) and, appended to
     * `waiters` (of WendWho) unless NULL, who waits. */
    bool (*lock)(WendConnection *connection, const char *journal, WendError *error);
    bool (*check)(WendConnection *connection, WendError *error);
    void (*unlock)(WendConnection *connection);
    bool (*holder)(WendConnection *connection, const char *journal, WendWho **holder,
                   GPtrArray *waiters, WendError *error);
    /* Whether the session can hold locks of its own beside wend's: not behind a pooler, nor on MySQL before
     * 5.7. NULL = always. */
    bool (*holds_more)(WendConnection *connection);

    /* Drops everything in the database, wend's tables too. list: what that would be, as names for
     * people, appended to `names` (of char *). */
    bool (*clean)(WendConnection *connection, WendError *error);
    bool (*list)(WendConnection *connection, GPtrArray *names, WendError *error);
    /* Copies the database into a new file. restore: the command line that brings it back. */
    bool (*backup)(WendConnection *connection, const char *file, WendError *error);
    char *(*restore)(WendConnection *connection, const char *file);
    /* The statements that make everything in the database but the tables of `except` (NULL-terminated; names
     * as find_tables() gave them), without data, as a script. Caller frees. */
    bool (*schema)(WendConnection *connection, const char *const *except, char **script,
                   WendError *error);

    /* For scripts that a person runs with the database's own client. */
    const char *script_head;   /* what makes it stop at the first error */
    const char *script_begin;  /* "BEGIN IMMEDIATE;" */
    const char *script_commit; /* "COMMIT;" */
    /* Appends statements, each with its line end, that keep a step's settings from wend's own statements and from
     * the next step; nothing where there are none. Needs no connection. What a procedure or a function sets
     * is not seen. */
    void (*script_settings)(WendScriptPlace place, const WendScriptStep *step, GString *out);
};

/* A driver that is a module of its own exports this, as `wend_module`. */
typedef struct WendModule {
    const char *build; /* WEND_BUILD of the tree it was built in */
    const WendDriver *driver;
} WendModule;

/* The names of all drivers, whether built in or not; NULL-terminated. */
const char *const *wend_driver_names(void);

/* The one that a URL's scheme names, loaded from its module at the first call. NULL and WEND_USAGE,
 * listing the schemes, when there is none; WEND_CONNECT when its module is missing or of another
 * build. */
const WendDriver *wend_driver_for(const char *url, WendError *error);

#endif
