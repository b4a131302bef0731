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
 *  - A WendHandle is used by one thread at a time; several handles may be used at once.
 */
#ifndef WEND_H
#define WEND_H

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

/* --- a target and its migrations --- */

/* A file that is built into a program; `wend embed` writes an array of them. */
typedef struct WendFile {
    const char *name; /* relative to the migrations folder, with / between folders */
    const char *text; /* its bytes; needs no NUL behind */
    size_t length;
} WendFile;

typedef struct WendHandle WendHandle;

/* What to open. Zero it, set what is needed; strings are copied. */
typedef struct WendOptions {
    const char *database;         /* URL, "sqlite:app.db". Not needed with `connection`. */
    const char *migrations;       /* folder; NULL = "migrations" */
    const char *table;            /* history table; NULL = "wend_migrations" */
    int64_t lock_timeout_ms;      /* 0 = 10 seconds */
    int64_t statement_timeout_ms; /* 0 = none */
    /* The host's own open connection (a `sqlite3 *`), used instead of opening `database`, whose scheme
     * alone then counts ("sqlite:"). It stays the host's and open, must have no transaction open, and
     * must not be used by anybody else until wend_close(). wend replaces its busy and progress
     * handlers and removes its own at wend_close(): set yours again after that. */
    void *connection;
    /* Called as each migration is committed, and with what a run has to tell meanwhile. May be NULL. */
    void (*report)(const char *event, const char *version, const char *name, int64_t duration_ms,
                   void *data);
    void *data;
} WendOptions;

/* Where a migration stands; strings are borrowed for the call. */
typedef struct WendStanding {
    const char *id;
    const char *version;
    const char *name;       /* may be empty */
    const char *state;      /* "applied", "pending", …: the words of `wend status` */
    const char *applied_at; /* UTC, RFC 3339; NULL = not applied */
    bool pending;           /* wend_up() would run it */
} WendStanding;

/* Reads the folder and opens the target. NULL on failure: WEND_USAGE (options, folder), WEND_CONNECT. */
WEND_PUBLIC WendHandle *wend_open(const WendOptions *options, WendError *error);
/* Ends what is open. NULL is fine. */
WEND_PUBLIC void wend_close(WendHandle *handle);

/* Applies what is pending, up to version `to` (NULL = all). `done` (may be NULL) gets the number of
 * migrations committed, on failure too. */
WEND_PUBLIC bool wend_up(WendHandle *handle, const char *to, unsigned *done, WendError *error);
/* Takes back all above version `to`; "base" = all, "-1" = the newest. It does not ask. */
WEND_PUBLIC bool wend_down(WendHandle *handle, const char *to, unsigned *done, WendError *error);
/* Calls `each` for every migration, in order; changes nothing. Stops early when it returns false. */
WEND_PUBLIC bool wend_status(WendHandle *handle, bool (*each)(const WendStanding *one, void *data),
                             void *data, WendError *error);
/* Asks a call that runs in another thread to stop at the next safe point: it returns with
 * WEND_INTERRUPTED. Called between two calls, it stops the next wend_up() or wend_down(). The only function that may be called at the same time as another. */
WEND_PUBLIC void wend_cancel(WendHandle *handle);

/* The release this library was built as, e.g. "0.1.0". Static. */
WEND_PUBLIC const char *wend_version_text(void);

#ifdef __cplusplus
}
#endif

#endif
