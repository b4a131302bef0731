/* SPDX-License-Identifier: MIT
 *
 * The contract suite: what src/db/driver.h promises, and the protocol that core drives over it, as
 * tests that run unchanged against every driver. A driver is brought in by one file that defines
 * `contract_target`: where its databases come from, and in what it differs. All other SQL of the
 * suite is the SQL that the databases share.
 *
 * To bring one in: tests/contract/<name>.c, and its row in meson.build.
 */
#ifndef WEND_TEST_CONTRACT_H
#define WEND_TEST_CONTRACT_H

#include "db/driver.h"

/* A statement and what classify() must say of it. */
typedef struct ContractSample {
    const char *sql;
    WendClass class;
    bool session;
    bool temporary;
    const char *what; /* NULL = not looked at */
} ContractSample;

/* One database, and in what it differs. A text that is NULL says that there is no such thing there,
 * and what needs it is skipped. */
typedef struct ContractTarget {
    const char *name;

    /* Called once before all tests; false skips them all (no server here). NULL = nothing to do. It may
     * take from the target what this server, or the programs beside it, cannot do. */
    bool (*start)(void);
    void (*stop)(void);

    /* The URL of a new, empty database; caller frees. discard: no connection to it is left. */
    char *(*fresh)(void);
    void (*discard)(const char *url);

    /* URLs made from that of a fresh database; callers free. */
    char *(*missing)(const char *url);     /* of one that is not there */
    char *(*unreachable)(const char *url); /* that nobody can open, whoever asks */
    char *(*read_only)(const char *url);   /* of the same, only to be read; NULL = there is none */
    bool missing_is_empty; /* one that is not there looks like an empty one, unless created */
    bool creates;          /* open() with `create` brings it into being */

    const char *relative;   /* a URL with a relative file in it; NULL = its URLs name no files */
    const char *placed;     /* what that is against the folder "/srv/a b" */
    const char *nonsense;   /* a URL of its scheme that makes no sense */
    const char *secret_url; /* one that holds the password `secret` and cannot be opened */
    const char *secret;

    /* Names. */
    bool names_ignore_case;    /* find_tables() finds "ITEMS" when there is "items" */
    const char *create_schema; /* makes the schema "other" */

    bool ddl_transactional;
    bool
        whole_segments; /* a segment's statements travel together: none can be stopped between them */

    /* A format (%s) that makes a text like "2026-01-31T12:00:00.123Z" of the present time; NULL = it is
     * one. */
    const char *shows_now;

    /* "SELECT * FRM items": the byte that an error in it names; -1 = none. */
    gssize malformed_offset;

    /* Ends by itself after a minute at the earliest, and a time limit ends it sooner. */
    const char *slow;
    /* Takes longer than 20 ms, and less than some seconds. */
    const char *slowish;

    /* Cannot run inside a transaction, changes nothing, may run twice; one that fails; and one of
     * which it cannot be known whether it happened, needing table "items". */
    const char *repeatable;
    const char *repeatable_failing;
    const char *opaque;

    /* Cannot run inside a transaction, and can be observed, needing table "items"; one that fails where
     * two of its rows have the same name. */
    const char *observable;
    const char *observable_failing;
    /* A statement that could be observed if this server were not too old for it, needing nothing; NULL =
     * there is none. */
    const char *too_new;
    /* A whole script, of a statement that must be committed before the next one uses what it made. */
    const char *ends;

    /* A setting: the statement, the expression that reads it, and the value which then is there. */
    const char *setting;
    const char *setting_read;
    const char *setting_value;
    /* A second one, with another value. */
    const char *setting_again;
    const char *setting_again_value;
    /* A setting that must be in force before the transaction begins. */
    const char *lifted;
    const char *lifted_read;
    const char *lifted_value;

    /* In a transaction that has inserted row 1 into "items": fails, and ends the
     * transaction too. */
    const char *ends_transaction;

    /* Batches on "items" (id, name): changes at most :size rows whose name is 'old' to 'new'; and
     * the same by key, for ids behind :after, giving back the ids. */
    const char *batch;
    const char *batch_keyed;

    /* Whether watch.waiting is called while an application holds what a statement needs. */
    bool tells_busy;

    /* Takes wend's lock away from whoever holds it, behind his back; and what check() says then. */
    void (*steal_lock)(const char *url);
    WendCode stolen;

    /* The shell command that runs the SQL of `file` with the database's own client; caller frees.
     * NULL when the client is not installed. */
    char *(*client)(const char *url, const char *file);
    bool backs_up;           /* backup() and restore() work here */
    const char *dump_wanted; /* if not: a part of the hint */

    const ContractSample *samples; /* the last has no `sql` */
    const char *const *refused;    /* statements that classify() refuses; NULL-terminated */
} ContractTarget;

extern ContractTarget contract_target;

/* What each test gets: a fresh database with an open connection that waits for nobody. */
typedef struct Bench {
    const WendDriver *driver;
    char *url;
    char *folder; /* an empty folder for files, and the current one */
    char *before; /* the one that was */
    WendConnection *connection;
    volatile sig_atomic_t interrupts;

    /* What watch.waiting was last told, and how often. */
    guint waits;
    WendWaiting waiting;
    gint64 waiting_pid; /* of the holder; 0 = not told */
    gint64 waited_ms;

    /* What watch.tick was told: the numbers of the statements that ended, and how often one went
     * on. */
    GString *ended; /* "1 2 " */
    guint ticks_within;
} Bench;

typedef void (*ContractTest)(Bench *bench, gconstpointer data);

/* Registers a test as /<target>/<name>. */
void contract_add(const char *name, ContractTest test);

/* Each file's tests, for contract.c. */
void contract_open_tests(void);
void contract_look_tests(void);
void contract_books_tests(void);
void contract_classify_tests(void);
void contract_step_tests(void);
void contract_work_tests(void);
void contract_join_tests(void);
void contract_wait_tests(void);
void contract_lock_tests(void);
void contract_whole_tests(void);
void contract_run_tests(void);
void contract_resume_tests(void);
void contract_observe_tests(void);
void contract_settle_tests(void);

/* A call that must succeed, or fail with `wanted` and a message; `error` is the test's
 * WendError. */
#define assert_done(call)                                                                          \
    G_STMT_START                                                                                   \
    {                                                                                              \
        bool done_ = (call);                                                                       \
        g_assert_cmpstr(error.message, ==, NULL);                                                  \
        g_assert_true(done_);                                                                      \
    }                                                                                              \
    G_STMT_END
#define assert_fails(call, wanted)                                                                 \
    G_STMT_START                                                                                   \
    {                                                                                              \
        wend_error_clear(&error);                                                                  \
        g_assert_false(call);                                                                      \
        g_assert_nonnull(error.message);                                                           \
        g_assert_cmpint(error.code, ==, wanted);                                                   \
    }                                                                                              \
    G_STMT_END

/* Skips the test when the target lacks something. */
#define need(thing, why)                                                                           \
    if (!(thing)) {                                                                                \
        g_test_skip(why);                                                                          \
        return;                                                                                    \
    }

/* Another connection to the bench's database (`url` NULL), or to `url`; the first only looks, the
 * second may write. wend's own tables have their default names. */
WendConnection *contract_look_at(Bench *bench, const char *url, gint64 lock_ms,
                                 gint64 statement_ms);
WendConnection *contract_open(Bench *bench, const char *url, gint64 lock_ms, gint64 statement_ms);
/* The bench's own connection anew, with these limits. */
void contract_reopen(Bench *bench, gint64 lock_ms, gint64 statement_ms);

/* The rows of a query as text: "1|a\n2|NULL\n". Caller frees. */
char *contract_look(WendConnection *connection, const char *sql);
#define assert_looks(connection, sql, expected)                                                    \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *seen_ = contract_look(connection, sql);                                   \
        g_assert_cmpstr(seen_, ==, expected);                                                      \
    }                                                                                              \
    G_STMT_END
/* Whether a query runs at all. */
bool contract_runs(WendConnection *connection, const char *sql);

/* Runs statements of ours, in one transaction. */
void contract_write(WendConnection *connection, const char *sql);
GPtrArray *contract_queries(const char *const *sql);
/* CREATE TABLE items (id, name), which is what most tests work on. */
void contract_items(WendConnection *connection);

/* Statements as pieces, classified, numbered from 1; freed when the test ends. The bytes behind
 * each are no SQL. */
WendPiece *contract_pieces(const WendDriver *driver, const char *const *sql);
#define PIECES(...)  contract_pieces(bench->driver, (const char *const[]){__VA_ARGS__, NULL})
#define QUERIES(...) contract_queries((const char *const[]){__VA_ARGS__, NULL})

/* Begins a step without any setup. */
void contract_begin(WendConnection *connection);
/* transact() with nothing but statements. `worked` may be NULL. */
bool contract_work(WendConnection *connection, WendJoin join, const char *const *sql,
                   WendWorked *worked, WendError *error);
#define WORK(connection, join, worked, ...)                                                        \
    contract_work(connection, join, (const char *const[]){__VA_ARGS__, NULL}, worked, &error)
/* A whole step of one segment that commits by itself. */
void contract_step(WendConnection *connection, const char *sql);

/* Runs a command line, which must succeed and complain of nothing. */
void contract_shell(const char *line);

/* Counts an interrupt once more when `ms` have passed. Join the thread. */
GThread *contract_interrupt_after(Bench *bench, guint ms);

/* Runs `child` with a connection of its own in another process, which lives until it is told to
 * end. Returns when the child has said that it is ready; its pid. */
typedef void (*ContractChild)(Bench *bench);
typedef struct ContractProcess {
    pid_t pid;
    int to, from;
} ContractProcess;
ContractProcess contract_fork(Bench *bench, ContractChild child);
/* In the child: says that it is ready, and waits to be told to end. */
void contract_child_ready(void);
void contract_child_wait(void);
/* Waits for a second word of the child. */
void contract_hear(const ContractProcess *process);
/* Tells it to end, or kills it, and waits until it is gone. */
void contract_end(ContractProcess *process, bool killed);

#endif
