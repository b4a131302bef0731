/* SPDX-License-Identifier: MIT
 *
 * What the files of the SQLite driver share: the connection and the few functions that cross files.
 * Private to this folder.
 */
#ifndef WEND_DB_SQLITE_SQLITE_H
#define WEND_DB_SQLITE_SQLITE_H

#include "db/driver.h"
#include "sql/scanner.h"

#include <sqlite3.h>

extern const WendDriver wend_driver_sqlite;

/* Steps that follow each other share a commit for at most this long. */
#define SLICE_MS 100

typedef struct Setting {
    char *name;
    char *before;   /* the value to go back to */
    char *in_force; /* the script's statement that set it */
    bool lifted;    /* set outside a transaction: stays as it is until the step ends */
} Setting;

typedef struct SqliteUrl {
    char *path; /* ":memory:" for a database in memory */
    bool read_only;
    bool no_create; /* mode=rw */
    bool memory;
    bool immutable;
    int foreign_keys; /* -1 = as the library has it */
    char *vfs;        /* NULL = the default */
} SqliteUrl;

typedef struct Connection {
    WendConnection base;
    sqlite3 *db;
    int host_busy_ms;          /* borrowed: its busy timeout, to be given back */
    GPtrArray *host_temporary; /* borrowed: what would drop its temporary objects (of char *) */
    bool borrowed;             /* the host's own handle: not closed */
    SqliteUrl *url;            /* NULL for the host's own handle */
    bool may_create;           /* what is absent may come into being */
    char **own;                /* wend's tables, which scripts may read only; NULL = none */
    bool in_script;            /* a script's statement is being prepared */
    char *denied;              /* what such a statement was kept from */
    WendWatch watch;
    gint64 lock_timeout_ms, statement_timeout_ms;           /* as connected */
    gint64 step_lock_timeout_ms, step_statement_timeout_ms; /* in force now */

    /* Waiting for an application; see busy.c. Times are g_get_monotonic_time(). */
    gint64 busy_since, busy_told;
    gint64 deadline; /* 0 = none: when the running statement must end */
    bool timed_out;

    GHashTable *prepared; /* of wend's own statements: SQL text -> sqlite3_stmt */

    guint unsettled; /* segments in the transaction that is open */
    gint64 slice_since;
    gint64 work_since;
    gint64 work_rows;
    char *work_cursor;
    bool work_number; /* the cursor is one */

    GArray *settings;       /* of Setting, in the order of the script */
    GHashTable *violations; /* before the step: see violations.c; NULL = the step lifts nothing */
    bool violations_unknown;

    char *lock_path; /* NULL = a database that nobody else can open */
    int lock_fd;     /* -1 = not held */
} Connection;

/* url.c. NULL and WEND_USAGE for what cannot be read. */
SqliteUrl *wend_sqlite_url_parse(const char *url, WendError *error);
char *wend_sqlite_url_place(const char *url, const char *folder);
void wend_sqlite_url_free(SqliteUrl *url);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SqliteUrl, wend_sqlite_url_free)

/* open.c */
WendConnection *wend_sqlite_open(const WendConnect *connect, WendError *error);
void wend_sqlite_close(WendConnection *connection);
/* Makes the file that is not there yet. Nothing may be unsettled. */
bool wend_sqlite_bring_into_being(Connection *connection, WendError *error);

/* guard.c: keeps scripts from changing wend's own tables. */
void wend_sqlite_guard(Connection *connection);

/* run.c: the one way to run SQL. */
/* Fills `error` from the connection's last failure `rc`. Always false. */
bool wend_sqlite_fail(Connection *connection, int rc, WendError *error);
/* One of wend's own statements without values or rows, not cached. */
bool wend_sqlite_exec(Connection *connection, const char *sql, WendError *error);
/* One of wend's own statements, from the cache; `row` may be NULL. */
bool wend_sqlite_query(WendConnection *connection, const WendQuery *query, WendRowFn row,
                       void *data, WendError *error);
bool wend_sqlite_read(WendConnection *connection, const WendRead *reads, guint count, guint *failed,
                      WendError *error);
bool wend_sqlite_queries(Connection *connection, GPtrArray *queries, WendError *error);
/* One statement of a script. `offset`: byte at fault, or -1. `batch` may be NULL. */
bool wend_sqlite_piece(Connection *connection, const WendPiece *piece, const WendBatchRound *batch,
                       gssize *offset, WendError *error);
/* A single text value, NULL when there is no row or it is NULL. False on failure. */
bool wend_sqlite_value(Connection *connection, const char *sql, char **value, WendError *error);
void wend_sqlite_literal(GString *sql, const WendValue *value);

/* load.c: the rows of a file, in a transaction that is open. */
bool wend_sqlite_load(Connection *connection, const WendPiece *piece, WendError *error);

/* work.c: transactions and slices. */
bool wend_sqlite_transact(WendConnection *connection, const WendWork *work, WendWorked *worked,
                          WendError *error);
bool wend_sqlite_alone(WendConnection *connection, GPtrArray *before, const WendPiece *piece,
                       WendWorked *worked, WendError *error);
bool wend_sqlite_settle(WendConnection *connection, WendError *error);
bool wend_sqlite_abandon(WendConnection *connection);
bool wend_sqlite_write(WendConnection *connection, GPtrArray *queries, WendError *error);

/* session.c: settings of a script, and their end. */
bool wend_sqlite_begin_step(WendConnection *connection, const WendStepSetup *setup,
                            WendError *error);
void wend_sqlite_end_step(WendConnection *connection);
/* To be called before a piece that is a setting runs. */
bool wend_sqlite_setting_note(Connection *connection, const WendPiece *piece, WendError *error);
/* Puts the settings back for wend's own statements, and in force again. */
void wend_sqlite_settings_suspend(Connection *connection);
void wend_sqlite_settings_resume(Connection *connection);
/* After a script that may write the schema by hand: whether SQLite can still read it. */
bool wend_sqlite_schema_check(Connection *connection, WendError *error);
void wend_sqlite_setting_clear(Setting *setting);
/* A token without its quotes (doubled ones inside stay). Caller frees. */
char *wend_sqlite_unquote(const char *text, const WendToken *token);
/* Remembers the temporary objects that are there: the host's, which end_step leaves alone. */
void wend_sqlite_temporary_keep(Connection *connection);
/* The name and whether there is a value, of `PRAGMA name = value`; NULL when it is no PRAGMA. Caller
 * frees. */
char *wend_sqlite_pragma_name(const char *text, gsize length, bool *has_value);

/* violations.c: foreign keys around a step that turns their checks off. */
bool wend_sqlite_violations_before(Connection *connection, WendError *error);
bool wend_sqlite_violations_check(Connection *connection, WendError *error);
bool wend_sqlite_deferred_check(Connection *connection, WendError *error);

/* busy.c: waiting for applications, time limits, interrupts. */
void wend_sqlite_watch(Connection *connection);
void wend_sqlite_unwatch(Connection *connection);
/* Around one statement: sets and clears its deadline. */
void wend_sqlite_clock_start(Connection *connection);
void wend_sqlite_clock_stop(Connection *connection);
void wend_sqlite_tick(const Connection *connection, guint statement);
bool wend_sqlite_interrupted(const Connection *connection, int times);
/* Who holds locks on the database's files, as far as the system tells: "process 42 (python3)". Caller
 * frees; NULL = not known. */
char *wend_sqlite_blockers(Connection *connection);

/* classify.c */
bool wend_sqlite_classify(const char *text, gsize length, WendClassified *classified,
                          WendError *error);

/* lock.c */
bool wend_sqlite_lock(WendConnection *connection, const char *journal, WendError *error);
bool wend_sqlite_lock_check(WendConnection *connection, WendError *error);
void wend_sqlite_unlock(WendConnection *connection);
bool wend_sqlite_holder(WendConnection *connection, const char *journal, WendWho **holder,
                        GPtrArray *waiters, WendError *error);

/* maintain.c */
bool wend_sqlite_clean(WendConnection *connection, WendError *error);
bool wend_sqlite_list(WendConnection *connection, GPtrArray *names, WendError *error);
bool wend_sqlite_is_empty(WendConnection *connection, const char *const *own, bool *empty,
                          WendError *error);
bool wend_sqlite_backup(WendConnection *connection, const char *file, WendError *error);
bool wend_sqlite_schema(WendConnection *connection, const char *const *except, char **script,
                        WendError *error);
char *wend_sqlite_restore(WendConnection *connection, const char *file);

/* script.c */
void wend_sqlite_script_settings(WendScriptPlace place, const WendScriptStep *step, GString *out);

#endif
