/* SPDX-License-Identifier: MIT
 *
 * What the files of the PostgreSQL driver share: the connection and the functions that cross files.
 * Private to this folder.
 */
#ifndef WEND_DB_POSTGRES_POSTGRES_H
#define WEND_DB_POSTGRES_POSTGRES_H

#include "db/driver.h"
#include "sql/scanner.h"

#include <libpq-fe.h>

extern const WendDriver wend_driver_postgres;

/* One attempt to get a lock keeps those who queue behind it waiting for at most this long. */
#define ATTEMPT_MS 5000

typedef struct Connection {
    WendConnection base;
    PGconn *pg;
    PGconn *other;       /* a second session, for looking at this one; NULL until it is needed */
    PGconn *guard;       /* behind a pooler: the session whose transaction holds wend's lock */
    bool borrowed;       /* the host's own connection: not closed, and given back as it was */
    char *host_settings; /* borrowed: statements that set again what the host had set */
    char *host_reading;  /* borrowed: likewise how it reads texts, to be given back at the end */
    char *url;
    WendWatch watch;
    gint64 lock_timeout_ms, statement_timeout_ms;           /* as connected */
    gint64 step_lock_timeout_ms, step_statement_timeout_ms; /* in force now */
    bool file_limits; /* that of a statement is the script's own directive's */

    /* What find_tables() was told. */
    char *database;
    char *schema; /* where new tables go; NULL = nowhere */
    char *role;   /* the value to go back to */
    bool pooled, standby, read_only;

    char **own;       /* wend's tables, which scripts may read only; NULL = none */
    gint64 key;       /* of wend's lock */
    bool locked;      /* it is held */
    bool dirty;       /* a script may have changed settings */
    bool limited;     /* the session has limits of time from alone() */
    bool open;        /* a transaction of JOIN_ALL is open */
    GPtrArray *set;   /* of char *: what the step's script has set and reset; see session.c */
    GPtrArray *local; /* likewise, for the present transaction only */
    GPtrArray
        *replays;   /* of char *: behind a pooler, the settings that each transaction begins with */
    char *blockers; /* who kept the last statement waiting; NULL = nobody known */
    gint64 blockers_at; /* monotonic: when that was asked */
} Connection;

/* postgres.c: asks what find_tables() asks, unless it is known. */
bool wend_pg_known(Connection *connection, WendError *error);

/* open.c */
WendConnection *wend_pg_open(const WendConnect *connect, WendError *error);
void wend_pg_close(WendConnection *connection);
char *wend_pg_display(const char *url);
/* A further session with the same parameters; NULL and WEND_CONNECT. */
PGconn *wend_pg_another(const Connection *connection, const char *name, WendError *error);
/* "wend 4242 ann@web1", as sessions are named; `word` is "wend" or "wend-wait". Caller frees. */
char *wend_pg_session_name(const char *word);

/* wire.c: the one way to send SQL. */
/* Called for each result, in order: `index` counts the statements of the string. False with `error` set
 * ends it; the remaining results are read and dropped. */
typedef bool (*ResultFn)(const PGresult *result, guint index, void *data, WendError *error);
/* What COPY … FROM stdin is fed with, by the index of its statement. */
typedef const WendPiece *(*FeedFn)(guint index, void *data);
typedef struct Sending {
    const char *sql; /* one or several statements */
    ResultFn result; /* may be NULL */
    FeedFn feed;     /* NULL: COPY is refused */
    bool
        row_by_row; /* each row is a result of the same index, PGRES_SINGLE_TUPLE, before the last one */
    void *data;
    guint number; /* of the script's first statement in it; 0 = wend's own */
    gint64
        limit_ms; /* given up then, or when interrupted, with the session of no use any more; 0 = never */
    /* Filled in: where it failed. */
    gint64 failed;   /* index of the statement; -1 = none */
    gssize position; /* byte in `sql`; -1 = unknown */
    char state[6];   /* SQLSTATE; "" = none */
    guint copy_line; /* of the data of a COPY, by the server's count; 0 = none */
    bool given_up;
} Sending;
bool wend_pg_send(Connection *connection, Sending *sending, WendError *error);
/* The same for statements of wend's own whose results do not matter. */
bool wend_pg_exec(Connection *connection, const char *sql, WendError *error);
/* The first column of the first row; NULL when there is none. Caller frees. */
bool wend_pg_value(Connection *connection, const char *sql, char **value, WendError *error);
/* The same with the limit of a Sending. */
bool wend_pg_value_within(Connection *connection, const char *sql, gint64 limit_ms, bool *given_up,
                          char **value, WendError *error);
bool wend_pg_interrupted(const Connection *connection, int times);

/* error.c */
/* Fills `error` from a failed result; always false. */
bool wend_pg_fail(const Connection *connection, const PGresult *result, WendError *error);
/* The same error, of that SQLSTATE, met at a row of wend's own: says so. Always false. */
bool wend_pg_fail_own(const char *state, WendError *error);
/* The connection itself failed. */
bool wend_pg_lost(const Connection *connection, WendError *error);

/* chunk.c: SQL text. */
#define CHUNK_BYTES (1024 * 1024) /* of SQL in one round trip */
void wend_pg_literal(GString *sql, const WendValue *value);
void wend_pg_append_text(GString *sql, const char *text);
/* Appends a query with its values and a semicolon. `outcome`: JSON for OUTCOME; may be NULL. */
void wend_pg_append_query(GString *sql, const WendQuery *query, const char *outcome);

/* work.c */
bool wend_pg_transact(WendConnection *connection, const WendWork *work, WendWorked *worked,
                      WendError *error);
bool wend_pg_alone(WendConnection *connection, GPtrArray *before, const WendPiece *piece,
                   WendWorked *worked, WendError *error);
bool wend_pg_can_run(WendConnection *connection, const WendPiece *piece, WendError *error);
bool wend_pg_settle(WendConnection *connection, WendError *error);
bool wend_pg_abandon(WendConnection *connection);
bool wend_pg_write(WendConnection *connection, GPtrArray *queries, WendError *error);
bool wend_pg_query(WendConnection *connection, const WendQuery *query, WendRowFn row, void *data,
                   WendError *error);
bool wend_pg_read(WendConnection *connection, const WendRead *reads, guint count, guint *failed,
                  WendError *error);

/* session.c */
bool wend_pg_begin_step(WendConnection *connection, const WendStepSetup *setup, WendError *error);
void wend_pg_end_step(WendConnection *connection);
/* Whether a statement may change settings, seen or unseen. */
bool wend_pg_may_set(const WendPiece *piece);
/* Remembers what a setting is called, so that wend's own statements run without it. */
void wend_pg_setting_note(Connection *connection, const WendPiece *piece);
/* Whether the step's script has set it for the session, and not reset it since. */
bool wend_pg_has_set(const Connection *connection, const char *name);
/* Whether it is RESET, which takes back what wend has set, too. */
bool wend_pg_resets(const char *text, gsize length);
/* Whether what stands behind it in one string would be read by the settings before it. */
bool wend_pg_changes_reading(const WendPiece *piece);
/* Each appends statements, one per line. What makes wend's own run as itself whatever the script has set;
 * limits of time, where the script has none of its own, for the transaction (`local`) or the session; the
 * encoding, which the server takes back to its own behind a pooler; that a session which holds wend's lock
 * may be idle for as long as a batch pauses; what undoes a step's settings. */
void wend_pg_append_self(GString *sql, const Connection *connection);
void wend_pg_append_limits(GString *sql, const Connection *connection, bool local, gint64 lock_ms);
/* Before reads of wend's own: no limit of time that others set, and what row-level security would hide is an
 * error. Nothing where a transaction is open, which it would stay for. Returns how many statements it is. */
guint wend_pg_append_reading(GString *sql, const Connection *connection);
void wend_pg_append_encoding(GString *sql, const Connection *connection);
void wend_pg_append_patience(GString *sql, const Connection *connection);
void wend_pg_append_reset(GString *sql, const Connection *connection);

/* guard.c: false for a statement that would change one of wend's own tables. */
bool wend_pg_guard(const Connection *connection, const WendPiece *piece, WendError *error);

/* blockers.c: who holds what a statement waits for. */
/* Asks, and tells the watch; at most once a second, unless `now`. Whether somebody is in the way. */
bool wend_pg_tell_blockers(Connection *connection, gint64 waited_ms, bool now);
/* A pause between two attempts, growing and jittered; false when interrupted. */
bool wend_pg_pause(const Connection *connection, guint attempt);

/* classify.c */
bool wend_pg_classify(const char *text, gsize length, WendClassified *classified, WendError *error);
/* parser.c. Of a statement that PostgreSQL's parser understands: a `what` of classify.c's table when it cannot
 * always run in a transaction, or ends one; NULL = ordinary. False when it does not understand it. */
bool wend_pg_parsed_kind(const char *text, gsize length, const char **what);
/* Whether it is SET TRANSACTION, which must be the first in one. */
bool wend_pg_sets_transaction(const char *text, gsize length);
bool wend_pg_parse(const char *text, gsize length, gssize *offset, WendError *error);
/* The names of an index's columns as a JSON array, where there is nothing to it but these; `unique` is filled in
 * then. NULL = there is more to it, or it is not understood. Caller frees. */
char *wend_pg_index_columns(const char *text, gsize length, bool *unique);

/* psql.c: false with WEND_USAGE for a statement in which psql would do something before the server sees it. `fault`
 * is where. */
bool wend_pg_check_psql(const char *text, gsize length, gsize *fault, WendError *error);

/* Reads the words of a statement one by one: comments and white space left out. */
typedef struct Words {
    WendScanner scanner;
    WendToken token; /* the present one */
    bool ended;
} Words;
void wend_pg_words(Words *words, const char *text, gsize length);
void wend_pg_next(Words *words);
/* Whether the present token is this word (a keyword, not quoted), and if so goes on to the next. */
bool wend_pg_word(Words *words, const char *word);
/* Takes a name, quoted or not, with its schema: "a.b". Caller frees; NULL when there is none. */
char *wend_pg_name(Words *words);
/* Goes on behind the next occurrence of the word; false when there is none. */
bool wend_pg_skip_to(Words *words, const char *word);
/* Whether a word with a _ in it stands anywhere in the text, in a comment or a string, too. */
bool wend_pg_mentions(const char *text, gsize length, const char *word);

/* observe.c */
bool wend_pg_observe(WendConnection *connection, const WendPiece *piece, char **before,
                     WendError *error);
bool wend_pg_judge(WendConnection *connection, const WendPiece *piece, const char *before,
                   WendVerdict *verdict, char **why, WendError *error);

/* lock.c */
bool wend_pg_lock(WendConnection *connection, const char *journal, WendError *error);
bool wend_pg_lock_check(WendConnection *connection, WendError *error);
void wend_pg_unlock(WendConnection *connection);
bool wend_pg_holder(WendConnection *connection, const char *journal, WendWho **holder,
                    GPtrArray *waiters, WendError *error);
/* Appends a statement that fails, with NOT_HELD in its message, unless the session still holds the lock. */
void wend_pg_append_held(GString *sql, const Connection *connection);
#define NOT_HELD "wend's lock is not held any more"
/* Behind a pooler: whether the session that holds the lock is alive, to be asked before each commit. */
bool wend_pg_guard_alive(Connection *connection, WendError *error);

/* maintain.c */
bool wend_pg_is_empty(WendConnection *connection, const char *const *own, bool *empty,
                      WendError *error);
bool wend_pg_clean(WendConnection *connection, WendError *error);
bool wend_pg_list(WendConnection *connection, GPtrArray *names, WendError *error);
bool wend_pg_backup(WendConnection *connection, const char *file, WendError *error);
bool wend_pg_schema(WendConnection *connection, const char *const *except, char **script,
                    WendError *error);
char *wend_pg_restore(WendConnection *connection, const char *file);

/* script.c */
void wend_pg_script_settings(WendScriptPlace place, const WendScriptStep *step, GString *out);

#endif
