/* SPDX-License-Identifier: MIT
 *
 * What the files of the MariaDB/MySQL driver share: the connection and the functions that cross files.
 * Private to this folder.
 */
#ifndef WEND_DB_MYSQL_MYSQL_H
#define WEND_DB_MYSQL_MYSQL_H

#include "db/driver.h"
#include "db/mysql/touch.h"

#include <mysql.h>

extern const WendDriver wend_driver_mysql;

#define CHUNK_MAX (1024 * 1024) /* bytes of statements that travel together */

/* What tells servers apart. */
#define WEND_MYSQL_SERVER "CONCAT_WS(' ', @@hostname, @@port, @@datadir, @@server_id)"

/* What the name of the lease's table has behind the journal's. */
#define WEND_MYSQL_LEASE "_lease"

/* The connection attribute that says who this is, where the server keeps them. */
#define WEND_MYSQL_WHO "wend_who"

typedef struct MysqlUrl {
    char *host; /* NULL = the option files', else localhost by its socket */
    guint port; /* 0 = the option files' or the usual one */
    char *user, *password;
    char *database;
    char *socket;
    char *ssl_mode; /* "disabled", "preferred", "required", "verify-ca", "verify-identity"; NULL */
    char *ssl_ca, *ssl_cert, *ssl_key;
    char *default_file, *default_group;
    guint connect_timeout; /* seconds; 0 = the built-in one */
} MysqlUrl;

/* What the server said of itself, once. */
typedef struct Facts {
    bool known;
    char *server; /* what makes it this server and no other: a proxy may lead to several */
    bool fold_names;
    bool read_only;
    bool galera;
    bool other_engine; /* it makes every table with another engine than InnoDB */
    gsize packet_max;  /* bytes of the largest packet it takes */
    guint lex_flags;   /* how it reads strings by its own sql_mode */
} Facts;

/* Why the running statement was told to end. */
typedef enum Stop {
    STOP_NONE,
    STOP_LIMIT,     /* it ran too long */
    STOP_INTERRUPT, /* a person pressed Ctrl-C twice */
    STOP_WAITING    /* once, while it waited for a lock */
} Stop;

typedef struct Lease Lease;

/* The last names of a list of settings, whose present values a PART_SAVE keeps. */
typedef struct Unkept {
    GPtrArray *names;
    guint count;
} Unkept;

typedef struct Connection {
    WendConnection base;
    MYSQL *mysql;
    MysqlUrl *url; /* NULL: the host's own handle */
    bool borrowed;
    bool host_multi;    /* borrowed: it took several statements at once already */
    char *host_charset; /* borrowed: to be given back */
    my_bool host_reconnect;
    bool mariadb;
    gulong version; /* 101119 */
    char *database;
    char **own; /* wend's tables, which scripts may only read; NULL = not known */
    Facts facts;
    WendWatch watch;
    gint64 lock_timeout_ms, statement_timeout_ms;           /* as connected */
    gint64 step_lock_timeout_ms, step_statement_timeout_ms; /* in force now */
    int lock_seconds; /* what the session's lock time limits are; -1 = not set yet */
    bool relied;      /* what wend relies on is set; see rely.c */
    bool synced;      /* Galera: reads wait for what other nodes wrote */

    MYSQL *second;     /* looks and kills beside the first; NULL until needed */
    bool second_fails; /* it cannot be had */

    /* The statement that runs now. Times are g_get_monotonic_time(). */
    gint64 part_since, beat_at, look_at, stop_at;
    bool part_script; /* it is the script's, to which its time limit applies */
    bool part_more;   /* more of the script's comes behind it in the same packet */
    bool noticed;     /* that a person pressed Ctrl-C */
    bool gated;       /* the gate before the commit was closed */
    Stop stop;
    char *blockers; /* who held what it waits for when somebody last looked; NULL = not known */

    /* Settings of the step; see setting.c. */
    GPtrArray *settings;  /* of char *: the session variables that the script has set */
    GPtrArray *lifted;    /* likewise, those that stay in force until the step ends */
    GArray *unkept;       /* of Unkept: what a packet is to keep that has not been answered yet */
    GPtrArray *variables; /* of char *: the user variables, with their sign */
    GPtrArray *temporary; /* of char *: the temporary tables, quoted */
    guint
        script_lex_flags; /* how strings are read since a SET of sql_mode; 0 = as the server does */
    char *script_database;         /* as USE set it; NULL = the connection's own */
    char *script_role, *home_role; /* SET ROLE, and what undoes it; NULL = none */
    bool script_on;     /* the script's settings are in force, once what is built has run */
    bool script_really; /* they are, as far as the server has answered */
    bool limited;       /* max_statement_time is among them */
    guint kept;         /* which of two sets of user variables keeps what the script made: 0 or 1 */
    bool id_kept;       /* its LAST_INSERT_ID() is among them */

    GHashTable *
        stays_in; /* of char *: by database "0" or "1", whether tables in it know no transactions, NULL
                           * = not asked; as a whole: likewise */
    bool engine_set; /* the script has set which engine tables get */

    guint unsettled; /* segments in the transaction that is open */
    bool stays;      /* a part of those that settle() could not commit was not undone */

    char *lock_name; /* NULL = not held */
    GPtrArray *lock_signs;
    Lease *lease; /* Galera: what stands for the lock; NULL = not held */
} Connection;

/* url.c. NULL and WEND_USAGE for what cannot be read. */
MysqlUrl *wend_mysql_url_parse(const char *url, WendError *error);
char *wend_mysql_url_display(const char *url);
void wend_mysql_url_free(MysqlUrl *url);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MysqlUrl, wend_mysql_url_free)

/* open.c */
WendConnection *wend_mysql_open(const WendConnect *connect, WendError *error);
void wend_mysql_close(WendConnection *connection);
/* One more connection to where the URL leads, blocking, which waits so long for an answer (0 = for ever).
 * NULL on failure, of which `error` tells. */
MYSQL *wend_mysql_dial(const MysqlUrl *url, guint answer_seconds, WendError *error);

/* error.c */
/* Fills `error` from the connection's last failure. Always false. */
bool wend_mysql_fail(Connection *connection, WendError *error);
/* Behind that: `sql` was to write to a table of wend's own, of which the error then tells. False when it was
 * something else. */
bool wend_mysql_fail_own(const char *sql, gsize length, WendError *error);
/* The same of a handle that cannot connect. */
bool wend_mysql_fail_connect(MYSQL *mysql, const MysqlUrl *url, WendError *error);
/* The byte of `piece` at which the failure that the connection last told of lies; -1 = unknown. */
gssize wend_mysql_fault_offset(Connection *connection, const WendPiece *piece);
/* Whether the last failure is that something was locked, so that trying again makes sense. */
bool wend_mysql_is_locked(Connection *connection);
bool wend_mysql_is_not_primary(Connection *connection);
bool wend_mysql_is_deadlock(Connection *connection);
bool wend_mysql_is_lost(guint code);
/* The definition that failed so has not begun. Of a procedure this does not hold: it is said of what is in it. */
bool wend_mysql_is_unbegun(guint code);
bool wend_mysql_set_vendor(Connection *connection, WendError *error);
/* The statement was told to end: because wend asked, or for somebody else. */
bool wend_mysql_fail_stopped(Connection *connection, WendError *error);

/* literal.c */
void wend_mysql_literal(GString *sql, const WendValue *value);
/* Appends `text` as a literal. */
void wend_mysql_text(GString *sql, const char *text);
/* Appends a name, quoted as one part. */
void wend_mysql_name(GString *sql, const char *name);

/* What the driver fills into a query's special values. */
typedef struct Outcome {
    gint64 rows;
    const char *cursor;
    bool number;
} Outcome;
/* The query with its values written in; `outcome` may be NULL. Appended to `sql`. */
void wend_mysql_expand(GString *sql, const WendQuery *query, const Outcome *outcome);
bool wend_mysql_query_asks(const WendQuery *query, WendValueKind kind);

/* packet.c: statements that travel together. */
typedef enum PartKind {
    PART_OWN,    /* wend's own */
    PART_PIECE,  /* the script's */
    PART_SAVE,   /* keeps what a setting of the piece was: its failure is the piece's */
    PART_ON,     /* puts the script's settings in force */
    PART_OFF,    /* and out of force */
    PART_LIMITS, /* sets the session's lock time limits */
    PART_BEGIN,
    PART_OPEN,  /* fails when the transaction was ended behind one's back */
    PART_GATE,  /* fails when a person said stop */
    PART_LEASE, /* fails when the lock or the lease is gone */
    PART_COMMIT,
    PART_STAYS,   /* in which database there are tables without transactions */
    PART_WARNINGS /* what the server has to say of the piece before */
} PartKind;

typedef struct Part {
    PartKind kind;
    guint piece; /* index of the piece, for those that are about one */
    gsize at;    /* where its text begins in the packet */
} Part;

typedef struct Packet {
    GString *sql;
    GArray *parts; /* of Part */
} Packet;

void wend_mysql_packet_init(Packet *packet);
void wend_mysql_packet_clear(Packet *packet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Packet, wend_mysql_packet_clear)
/* `length` -1: up to the NUL. */
void wend_mysql_packet_add(Packet *packet, PartKind kind, guint piece, const char *sql,
                           gssize length);
void wend_mysql_packet_query(Packet *packet, PartKind kind, const WendQuery *query,
                             const Outcome *outcome);
/* On a cluster: no statement of a transaction's commits by itself, should the server undo it unsaid; behind it as it
 * was. */
void wend_mysql_commit_not(Connection *connection, Packet *packet);
void wend_mysql_commit_again(Connection *connection, Packet *packet);
/* The session's limits and what else must stand before the first statement, as far as it is missing. */
void wend_mysql_packet_head(Connection *connection, Packet *packet, int lock_seconds);

/* Who reads what comes back. Either may be NULL; each may fail, which is told when all that was sent has
 * come to its end. */
typedef struct Receiver {
    bool (*row)(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                WendError *error);
    /* A part has ended well; `rows` changed or returned; `returned`: it gave rows back. */
    bool (*ended)(const Part *part, gint64 rows, bool returned, void *data, WendError *error);
    void *data;
} Receiver;

typedef struct Sent {
    guint done;     /* parts that ended well */
    bool told;      /* the failure is the receiver's word, and the server knows of none */
    Part failed;    /* the part at fault; when not `told` */
    guint warnings; /* of the last part */
    guint code;     /* the server's, of the failure */
    bool own;       /* it is about a row in a table of wend's own, which the error names */
} Sent;

/* wire.c: sends the packet and reads everything that comes back, waiting with ticks. Results beyond the
 * last part's belong to it. The packet is empty afterwards. An empty one is not sent. */
bool wend_mysql_send(Connection *connection, Packet *packet, const Receiver *receiver, Sent *sent,
                     WendError *error);
/* One statement of wend's own, without rows. */
bool wend_mysql_exec(Connection *connection, const char *sql, WendError *error);
/* A single text value of wend's own statement; NULL when there is no row or it is NULL. */
bool wend_mysql_value(Connection *connection, const char *sql, char **value, WendError *error);
bool wend_mysql_interrupted(const Connection *connection, int times);
/* Rolls back, without a word; `stays` (may be NULL) is set when something could not be undone. */
void wend_mysql_roll_back(Connection *connection, bool *stays);

bool wend_mysql_in_transaction(Connection *connection);

/* rely.c: what wend relies on in a session. */
/* "tx_read_only" as this server calls it; untested on MySQL 8. Caller frees. */
char *wend_mysql_variable(bool mariadb, gulong version, const char *name);
/* The statement that sets it all. Caller frees. */
char *wend_mysql_rely_text(bool mariadb, gulong version);
/* Adds it, once; and gives a host's handle its own settings back. */
void wend_mysql_rely(Connection *connection, Packet *packet);
void wend_mysql_rely_no_more(Connection *connection);

/* retry.c: tries again what met a lock, as long as the lock timeout lasts. */
typedef struct Retry {
    Connection *connection;
    gint64 waited_ms;
    guint count;
} Retry;
/* The statement met a lock: counts how long it waited, and says who holds it. Before anything else is
 * sent. */
bool wend_mysql_retry_fail(Retry *retry, WendError *error);
/* How many seconds the next attempt may wait. */
int wend_mysql_retry_seconds(const Retry *retry);
/* After a failed attempt: pauses, and true to try again (`error` is cleared); false with the error that
 * is to be told. */
bool wend_mysql_retry_again(Retry *retry, WendError *error);

/* replay.c: what a segment finds in the session, for a second attempt at it. */
typedef struct Replay {
    Connection *connection;
    GPtrArray *mentioned; /* of char *: the user variables in its statements */
    bool bound;           /* it does what cannot be put back */
    guint settings, temporary, kept;
    bool id_kept;
    char *database, *role;
} Replay;
/* Before the first attempt. */
void wend_mysql_replay_init(Replay *replay, Connection *connection, const WendWork *work);
void wend_mysql_replay_clear(Replay *replay);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Replay, wend_mysql_replay_clear)
/* Puts it back after an attempt that the server has undone; false when that cannot be. */
bool wend_mysql_replay_back(Replay *replay);

/* stays.c: tables that know no transactions. */
const char *wend_mysql_may_stay(WendConnection *connection, const WendPiece *pieces, guint count);
/* Adds the question, the answers to which this receiver takes; its `data` is the connection. */
void wend_mysql_stays_ask(Connection *connection, Packet *packet);
bool wend_mysql_stays_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                          WendError *error);
/* A statement that runs alone: what was known may no longer hold behind it. */
void wend_mysql_stays_note(Connection *connection, const WendPiece *piece);

/* stream.c: statements of any length, sent in packets of bounded size. */
typedef struct Stream {
    Connection *connection;
    Packet packet;
    Receiver receiver;
    Sent sent;
    WendError *error;
    bool ok; /* nothing has failed so far; else what is added is ignored */
} Stream;

void wend_mysql_stream_init(Stream *stream, Connection *connection, const Retry *retry,
                            WendError *error);
void wend_mysql_stream_clear(Stream *stream);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Stream, wend_mysql_stream_clear)
void wend_mysql_stream_add(Stream *stream, PartKind kind, guint piece, const char *sql,
                           gssize length);
/* Says that a statement is too large. can_run: whether it is, of a piece. */
bool wend_mysql_fail_large(const Connection *connection, gsize length, WendError *error);
bool wend_mysql_can_run(WendConnection *connection, const WendPiece *piece, WendError *error);
/* Each of `queries` (of WendQuery; may be NULL). */
void wend_mysql_stream_queries(Stream *stream, const GPtrArray *queries, const Outcome *outcome);
/* The same as a transaction of their own, the lease checked; data definitions come before it. */
void wend_mysql_stream_rows(Stream *stream, const GPtrArray *queries);

/* load.c: the rows for which that piece stands; nothing is gathered in the stream. False with the stream not `ok`, and its error set. */
bool wend_mysql_load(Stream *stream, guint piece, const WendLoad *load);
bool wend_mysql_stream_flush(Stream *stream);

/* second.c: the connection beside the first one. */
typedef bool (*SecondRow)(MYSQL_ROW row, guint count, void *data);
/* False when it cannot be had or the query fails; `row` may be NULL. */
bool wend_mysql_second_ask(Connection *connection, const char *sql, SecondRow row, void *data);
void wend_mysql_second_close(Connection *connection);
/* Ends the first connection's running statement. */
void wend_mysql_kill(Connection *connection);

/* blockers.c */
/* Whether the first connection's statement waits for a lock; `blockers` then says who holds it, as far as
 * can be seen. */
bool wend_mysql_waits(Connection *connection);
/* Who may hold what a statement just did not get. */
void wend_mysql_find_blockers(Connection *connection);

/* facts.c */
bool wend_mysql_learn(Connection *connection, WendError *error);
bool wend_mysql_find_tables(WendConnection *connection, const char *const *names,
                            WendOwnTable *tables, WendError *error);
bool wend_mysql_writable(WendConnection *connection, WendError *error);

/* look.c */
bool wend_mysql_query(WendConnection *connection, const WendQuery *query, WendRowFn row, void *data,
                      WendError *error);
bool wend_mysql_read(WendConnection *connection, const WendRead *reads, guint count, guint *failed,
                     WendError *error);
char *wend_mysql_about(WendConnection *connection);
char *wend_mysql_backend(WendConnection *connection);

/* session.c, setting.c: settings of a script, and their end. */
bool wend_mysql_begin_step(WendConnection *connection, const WendStepSetup *setup,
                           WendError *error);
void wend_mysql_end_step(WendConnection *connection);
/* Adds what keeps the settings' present values, for a piece that is one, and remembers them. */
bool wend_mysql_setting_note(Connection *connection, const WendPiece *piece, guint index,
                             Packet *packet, WendError *error);
/* The same ahead of a statement that may set whatever it likes: CALL, EXECUTE. */
void wend_mysql_procedure_note(Connection *connection, guint index, Packet *packet);
/* Adds what puts the script's settings in force, or out of it, where they are not. */
void wend_mysql_settings_on(Connection *connection, Packet *packet);
void wend_mysql_settings_off(Connection *connection, Packet *packet);
/* A PART_SAVE has run; or: those that were not answered did not. */
void wend_mysql_settings_kept(Connection *connection);
void wend_mysql_settings_forget(Connection *connection);
/* Remembers the temporary table that the piece makes. */
void wend_mysql_temporary_note(Connection *connection, const WendPiece *piece);

/* What a SET or USE statement sets. */
typedef struct Assigned {
    GPtrArray *session;   /* of char *: session variables */
    GPtrArray *variables; /* of char *: user variables, with their sign */
    bool global;          /* and something of the whole server */
    bool computed;        /* a user variable from a query */
    bool before;          /* one of those that cannot be set inside a transaction */
    bool commits;         /* SET PASSWORD, SET DEFAULT ROLE */
    bool role;
    int autocommit; /* -1 = not set; else 0, 1 */
    guint mode;     /* where the value of sql_mode stands; 0 = it is not set */
} Assigned;
void wend_mysql_assigned_read(const Words *words, Assigned *assigned);
void wend_mysql_assigned_clear(Assigned *assigned);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Assigned, wend_mysql_assigned_clear)

/* guard.c. False with the reason when the piece would change wend's own tables. */
bool wend_mysql_guard(Connection *connection, const WendPiece *piece, WendError *error);

/* How strings are read under this sql_mode: WendLexFlag. */
guint wend_mysql_lex_flags(const char *mode);
/* Remembers the mode that a piece sets. */
void wend_mysql_mode_note(Connection *connection, const Words *words, const Assigned *assigned);

/* work.c, alone.c: transactions, and statements outside of them. */
bool wend_mysql_transact(WendConnection *connection, const WendWork *work, WendWorked *worked,
                         WendError *error);
bool wend_mysql_settle(WendConnection *connection, WendError *error);
bool wend_mysql_abandon(WendConnection *connection);
bool wend_mysql_write(WendConnection *connection, GPtrArray *queries, WendError *error);
bool wend_mysql_alone(WendConnection *connection, GPtrArray *before, const WendPiece *piece,
                      WendWorked *worked, WendError *error);
/* batch.c: a round of a batch, and the key that it came to. */
void wend_mysql_batch_expand(GString *sql, const WendPiece *piece, const WendBatchRound *round);
/* Takes the first column of a row that came back; `best` and `number` are the cursor so far. */
bool wend_mysql_batch_keep(const WendRow *row, MYSQL_RES *result, const WendBatchRound *round,
                           char **best, bool *number, WendError *error);
/* notice.c: what the server remarks on a statement, for watch.notice. */
bool wend_mysql_notices_wanted(const Connection *connection);
/* A row of SHOW WARNINGS. */
void wend_mysql_notice(Connection *connection, const WendRow *row);
/* Asks for those of the statement that ended last. */
void wend_mysql_notices(Connection *connection);

/* classify.c */
bool wend_mysql_classify(const char *text, gsize length, WendClassified *classified,
                         WendError *error);
/* Whether the statement can share a packet with others: it gives one result and cannot end the
 * transaction. */
bool wend_mysql_is_plain(const WendPiece *piece);

/* identity.c */
bool wend_mysql_observe(WendConnection *connection, const WendPiece *piece, char **before,
                        WendError *error);
bool wend_mysql_judge(WendConnection *connection, const WendPiece *piece, const char *before,
                      WendVerdict *verdict, char **why, WendError *error);

/* lock.c */
bool wend_mysql_lock(WendConnection *connection, const char *journal, WendError *error);
bool wend_mysql_check(WendConnection *connection, WendError *error);
void wend_mysql_unlock(WendConnection *connection);
bool wend_mysql_holder(WendConnection *connection, const char *journal, WendWho **holder,
                       GPtrArray *waiters, WendError *error);
bool wend_mysql_fail_held(const WendWho *holder, WendError *error);
/* Adds what fails when the lock is no longer ours, to stand before a COMMIT: a script may have released it.
 * fail_guard: says so. */
void wend_mysql_lock_guard(Connection *connection, Packet *packet);
bool wend_mysql_fail_guard(const Connection *connection, WendError *error);
/* Whether a session can hold more than one; else a second GET_LOCK() releases the first. */
bool wend_mysql_has_many_locks(const Connection *connection);

/* Whether the server still answers on this connection, as far as its socket tells. */
bool wend_mysql_is_connected(Connection *connection);
/* Says that it does not. */
bool wend_mysql_fail_gone(WendError *error);

/* lease.c, beat.c: the lock on Galera. */
bool wend_mysql_lease_take(Connection *connection, const char *journal, WendError *error);
bool wend_mysql_lease_check(Connection *connection, WendError *error);
void wend_mysql_lease_drop(Connection *connection);
bool wend_mysql_lease_holder(Connection *connection, const char *journal, WendWho **holder,
                             GPtrArray *waiters, WendError *error);
/* Says that the lease is somebody else's now. */
bool wend_mysql_fail_lease(WendError *error);
/* See wend_mysql_lock_guard(). */
void wend_mysql_lease_guard(Connection *connection, Packet *packet);

/* maintain.c, backup.c */
bool wend_mysql_clean(WendConnection *connection, WendError *error);
bool wend_mysql_list(WendConnection *connection, GPtrArray *names, WendError *error);
bool wend_mysql_is_empty(WendConnection *connection, const char *const *own, bool *empty,
                         WendError *error);
bool wend_mysql_backup(WendConnection *connection, const char *file, WendError *error);
bool wend_mysql_schema(WendConnection *connection, const char *const *except, char **script,
                       WendError *error);
char *wend_mysql_restore(WendConnection *connection, const char *file);

/* script.c */
void wend_mysql_script_settings(WendScriptPlace place, const WendScriptStep *step, GString *out);

#endif
