/* SPDX-License-Identifier: MIT
 *
 * wend.h: the public face of libwend. Plain C; no type of another library crosses it. What lives
 * here is what a host program may rely on from one release to the next; everything else is private.
 *
 * Rules that hold for every function:
 *  - `bool` functions return true on success. On failure they fill `error`, when it is not NULL, and
 *    leave every other output untouched.
 *  - Strings in a WendError belong to it: release them with wend_error_clear(). An error that is
 *    passed in must have been initialised with WEND_ERROR_INIT.
 *  - The library never prints, never ends the process and never reads the command line or the
 *    environment. Running out of memory aborts; the journal makes that safe.
 *  - A WendHandle is used by one thread at a time; several handles may be used at once, in several
 *    threads and on several targets or one and the same: wend's lock stands between them.
 *  - wend installs no signal handler, and forks only for the backup and dump programs of a database.
 */
#ifndef WEND_H
#define WEND_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WEND_PUBLIC __attribute__((visibility("default")))
#else
#define WEND_PUBLIC
#endif

/* What went wrong. The values are the exit codes of the wend program: a contract. */
typedef enum WendCode {
    WEND_OK = 0,
    WEND_FAILED = 1,   /* a migration failed; the message says where the target stands */
    WEND_USAGE = 2,    /* wrong usage, configuration or migrations folder */
    WEND_CONNECT = 3,  /* the target cannot be opened */
    WEND_LOCKED = 4,   /* a lock was not obtained in time */
    WEND_PENDING = 5,  /* there are pending migrations (status --exit-code) */
    WEND_DISAGREE = 6, /* history and files disagree, or a person must decide */
    WEND_FINDINGS = 7, /* validate found something */
    WEND_REFUSED = 8,  /* refused for safety */
    WEND_INTERRUPTED = 130
} WendCode;

/* One error. Any string may be NULL; line and column are 1-based, 0 = unknown. */
typedef struct WendError {
    WendCode code;
    char *message; /* what happened, one or more lines, no trailing newline */
    char *hint;    /* the way out: the one thing to do or run next */
    char *state;   /* what state the target is in now */
    char *vendor;  /* SQLSTATE or the database's own code, as text */
    char *file;    /* the migration or configuration file */
    unsigned line;
    unsigned column;
    char *source; /* the source line at fault, to be shown with a caret */
} WendError;

#define WEND_ERROR_INIT                                                                            \
    {                                                                                              \
        WEND_OK, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL                                          \
    }

/* Releases what `error` holds and makes it WEND_ERROR_INIT again. NULL is fine. */
WEND_PUBLIC void wend_error_clear(WendError *error);

/* --- what a call tells while it runs --- */

typedef enum WendNoticeKind {
    WEND_NOTICE_PLAN = 1, /* `total` migrations will be applied or taken back */
    WEND_NOTICE_BEGIN =
        2, /* one begins: `version`, `name`, `index`. Several may begin before the first of
                               * them is committed */
    WEND_NOTICE_ROUND = 3,    /* a batch of it has committed another round: `rows` so far */
    WEND_NOTICE_APPLIED = 4,  /* one is committed: `duration_ms` */
    WEND_NOTICE_REVERTED = 5, /* one is taken back, and that is committed */
    WEND_NOTICE_RESUME = 6,   /* one that an earlier run left half done goes on: `text` */
    WEND_NOTICE_WAITING = 7,  /* since `duration_ms`, for what `text` says */
    WEND_NOTICE_SERVER = 8,   /* `text`: what the server says by the way */
    WEND_NOTICE_WARNING = 9,  /* `text` */
    WEND_NOTICE_NOTE = 10,    /* `text`: by the way */
    WEND_NOTICE_CALLBACK = 11 /* `text`: a callback of the whole run begins, "afterUp: FILE" */
} WendNoticeKind;

/* Strings are borrowed for the call; those that say nothing are NULL. Later releases may add kinds, and
 * fields at the end. */
typedef struct WendNotice {
    WendNoticeKind kind;
    const char *version;
    const char *name;
    const char *text;
    unsigned index; /* of `total`, from 1; 0 = none */
    unsigned total;
    int64_t rows;
    int64_t duration_ms;
    const char *track;     /* as it was opened with */
    const char *source;    /* the file that the one at work comes from */
    const char *direction; /* "up" or "down", of the plan and of the one at work */
} WendNotice;

typedef enum WendLogFormat {
    WEND_LOG_TEXT = 0,   /* for people: "applied 002_add_email (12 ms)" */
    WEND_LOG_LOGFMT = 1, /* level=info event=applied version=002 name=add_email duration_ms=12 */
    WEND_LOG_JSON = 2    /* the same as one JSON object */
} WendLogFormat;

/* Writes `notice`, as libwend gave it, as one line, without a line end, cut to `size` bytes with their NUL. Returns its
 * whole length, as snprintf() does. Nothing in it is obeyed by a terminal, whatever names and a server say. */
WEND_PUBLIC size_t wend_notice_line(const WendNotice *notice, WendLogFormat format, char *line,
                                    size_t size);

/* The same of an error, with all that it says but the source line; its level is "error". */
WEND_PUBLIC size_t wend_error_line(const WendError *error, WendLogFormat format, char *line,
                                   size_t size);

/* --- a target and its migrations --- */

typedef struct WendHandle WendHandle;

/* A file that is built into a program; `wend embed` writes an array of them. */
typedef struct WendFile {
    const char *name; /* relative to the migrations folder, with / between folders */
    const char *text; /* its bytes; needs no NUL behind */
    size_t length;
} WendFile;

/* What to open: begin with WEND_OPTIONS_INIT, set what is needed. Everything is copied, but for `files`, which
 * must stay until wend_close(). */
typedef struct WendOptions {
    size_t size; /* of this struct, as the host was compiled: WEND_OPTIONS_INIT sets it */
    /* URL: "sqlite:app.db", "postgres://…", "mysql://…". Required without `connection`. With one, only its scheme
     * counts: "postgres:" for a `PGconn *`; NULL means that the connection is a `sqlite3 *`. */
    const char *database;
    const char *migrations; /* folder; NULL = "migrations", unless there are `files` */
    /* The migrations themselves, and callbacks, in any order, instead of a folder; NULL = none. */
    const WendFile *files;
    size_t file_count;
    const char *format; /* of the migrations, a name of `wend help format`; NULL = found out */
    /* An independent line of migrations, for a program that has several: one handle, one `table` for each.
     * Tracks share the journal and the lock. NULL = "main". */
    const char *track;
    /* History table, "schema.table" or "table", of at most 57 bytes behind the dot; NULL = "wend_migrations". */
    const char *table;
    /* Values for ${NAME} in files that say `-- wend: substitute`: name, value, name, value, …, NULL. A value
     * stands in no table, log or message of wend's. NULL = none. */
    const char *const *placeholders;
    int64_t lock_timeout_ms;      /* 0 = the database's default: 10 seconds for the whole wait */
    int64_t statement_timeout_ms; /* 0 = none */
    int64_t wait_ms;              /* for a server that does not answer yet; 0 = not at all */
    bool create_database;         /* where the server has none of that name */
    bool out_of_order;            /* wend_up() applies what is pending below what is applied, too */
    bool
        newer; /* wend_up() goes on where the database has migrations beyond these; else WEND_REFUSED */
    /* The host's own open connection, a `sqlite3 *` or `PGconn *`, used instead of opening `database`. It
     * stays the host's and open, must have no transaction open, and must not be used by anybody else until
     * wend_close(); then it has its settings, role and session objects as before, but for a variable of the
     * host's own (`SET app.user = …`) that a migration sets, too. What a PostgreSQL server says by the way
     * goes to the host's own notice processor. Of a `sqlite3 *`, wend replaces the busy and progress
     * handlers and removes its own at wend_close(): set yours again after that. */
    void *connection;
    /* Called in the thread of the call that it is about, which waits for it. It must not use the handle, but
     * for wend_cancel(). May be NULL. */
    void (*notice)(const WendNotice *notice, void *data);
    void *data;
    /* Requests to stop that the host counts itself, for a signal handler, and for wend_open(), which has no
     * handle to give to wend_cancel() yet. They are added to those of wend_cancel(), and wend never takes
     * one back. Must stay until wend_close(). NULL = none. */
    const volatile sig_atomic_t *cancel;
} WendOptions;

#define WEND_OPTIONS_INIT                                                                          \
    {                                                                                              \
        sizeof(WendOptions), NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, 0, false, false,   \
            false, NULL, NULL, NULL, NULL                                                          \
    }

/* Where a migration stands; strings are borrowed for the call. */
typedef struct WendStanding {
    const char *id;
    const char *version;
    const char *name;       /* may be empty */
    const char *state;      /* "applied", "pending", …: the words of `wend status` */
    const char *applied_at; /* UTC, RFC 3339; NULL = not applied */
    bool pending;           /* wend_up() would run it */
} WendStanding;

/* The whole in short. */
typedef struct WendSummary {
    char version[192]; /* the highest that is applied; "" = none is */
    unsigned applied;
    unsigned pending;
    unsigned missing; /* applied, but not among the migrations */
    bool
        half_done; /* a migration was begun and has not ended: the next wend_up() goes on with it */
} WendSummary;

/* Reads the migrations and opens the target. NULL on failure: WEND_USAGE (options, migrations), WEND_CONNECT. */
WEND_PUBLIC WendHandle *wend_open(const WendOptions *options, WendError *error);
/* Ends what is open. NULL is fine. */
WEND_PUBLIC void wend_close(WendHandle *handle);

/* Calls `each` for every migration, in order; changes nothing. Stops early when it returns false. */
WEND_PUBLIC bool wend_status(WendHandle *handle, bool (*each)(const WendStanding *one, void *data),
                             void *data, WendError *error);
/* Counts them. */
WEND_PUBLIC bool wend_summary(WendHandle *handle, WendSummary *summary, WendError *error);

/* What wend_up() with that `to` would apply now, in order; with `down`, what wend_down() would take back.
 * Changes nothing. WEND_REFUSED for what has no way back. */
WEND_PUBLIC bool wend_plan(WendHandle *handle, bool down, const char *to,
                           bool (*each)(const WendStanding *one, void *data), void *data,
                           WendError *error);
/* Applies what is pending, up to version `to` (NULL = all). `done` (may be NULL) gets the number of
 * migrations committed, on failure too. Before a versioned migration of wend's own format that has no statement
 * it runs nothing: WEND_REFUSED, as of `wend up`; `SELECT 1;` is one. WEND_FAILED, WEND_LOCKED, WEND_DISAGREE,
 * WEND_REFUSED, WEND_CONNECT (lost), WEND_INTERRUPTED; error->state says where the target stands then. */
WEND_PUBLIC bool wend_up(WendHandle *handle, const char *to, unsigned *done, WendError *error);
/* Takes back all above version `to`; "base" = all, "-1" = the newest. It does not ask. */
WEND_PUBLIC bool wend_down(WendHandle *handle, const char *to, unsigned *done, WendError *error);
/* Asks a call that runs in another thread to stop at the next safe point: it returns with
 * WEND_INTERRUPTED. Asked twice, it ends the statement that is running, too. Called between two calls, it
 * stops the next wend_up() or wend_down(). The only function that may be called at the same time as another,
 * and from a signal handler. */
WEND_PUBLIC void wend_cancel(WendHandle *handle);

/* The release this library was built as, e.g. "0.1.0". Static. */
WEND_PUBLIC const char *wend_version_text(void);

#ifdef __cplusplus
}
#endif

#endif
