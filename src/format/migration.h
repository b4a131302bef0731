/* SPDX-License-Identifier: MIT
 *
 * A migration as a value: what a format makes out of files and core puts in order and runs. Nothing
 * here knows how a folder is laid out or what a database is.
 */
#ifndef WEND_FORMAT_MIGRATION_H
#define WEND_FORMAT_MIGRATION_H

#include "base/error.h"
#include "base/text.h"
#include "sql/dialect.h"
#include "sql/load.h"

typedef enum WendKind {
    WEND_KIND_VERSIONED,  /* runs once */
    WEND_KIND_REPEATABLE, /* runs again whenever its checksum changes, after the versioned ones */
    WEND_KIND_BASELINE    /* stands for all up to its position */
} WendKind;

/* "versioned", "repeatable", "baseline": the words of the history table. Static. */
const char *wend_kind_name(WendKind kind);
/* False, leaving `kind` alone, for another word. */
bool wend_kind_parse(const char *name, WendKind *kind);

/* What one `-- wend: KEY VALUE` line says. Only what matters for running has fields of its own; the
 * rest (phase, ignore) is checked and kept as text. */
typedef enum WendDirectiveKind {
    WEND_DIRECTIVE_TRANSACTION, /* whole script; `none` or `auto` */
    WEND_DIRECTIVE_TIMEOUT,     /* whole script */
    WEND_DIRECTIVE_BATCH,       /* the next statement */
    WEND_DIRECTIVE_PHASE,       /* whole script */
    WEND_DIRECTIVE_DEPENDS,     /* whole script */
    WEND_DIRECTIVE_ASSERT,      /* where it stands: before the next statement */
    WEND_DIRECTIVE_RETRY,       /* the next statement */
    WEND_DIRECTIVE_IGNORE,      /* the next statement */
    WEND_DIRECTIVE_SEED,        /* whole script, of a seed; `none` = once, else on change */
    WEND_DIRECTIVE_CSV, /* of a seed: where its CSV file is loaded; `value`: its table, or "" */
    WEND_DIRECTIVE_SUBSTITUTE /* whole script */
} WendDirectiveKind;

typedef struct WendDirective {
    WendDirectiveKind kind;
    gsize offset;   /* of its comment in the script's text: ties it to the statement that follows */
    guint line;     /* in the file */
    char *value;    /* as written behind the key, white space trimmed; never NULL */
    bool none;      /* TRANSACTION: `none`; SEED: `once` */
    gint64 lock_ms; /* TIMEOUT; -1 = not given */
    gint64 statement_ms; /* TIMEOUT; -1 = not given */
    gint64 batch_size;   /* BATCH; 0 = not given */
    gint64 pause_ms;     /* BATCH */
    char *key;           /* BATCH; NULL = not given */
    char *sql;           /* ASSERT: the query */
    char *expected;      /* ASSERT: the value it must give, quotes taken off; NULL for SQL's NULL */
} WendDirective;

/* One direction of a migration: the text that runs. Line ends are \n and there is no byte-order
 * mark (the reader has seen to both); every byte stands in the line and column where the file has
 * it. */
typedef struct WendScript {
    char *file; /* as shown to people: the folder as given, then the name */
    guint line; /* line of the file in which `text` begins, 1-based */
    char *text; /* NUL-terminated, without NUL bytes inside */
    gsize length;
    char checksum[WEND_SHA256_HEX + 1]; /* SHA-256 of `text` */
    GPtrArray *directives;              /* of WendDirective, in order; never NULL */
    /* A query of the format's own: unless its first value is `only_if_value`, the script does not run, and its
     * migration counts as applied all the same. NULL = none. */
    char *only_if, *only_if_value;
    /* Placeholders of the format's own: name in lower case -> value; NULL = none. Those of the configuration go
     * before. */
    GHashTable *values;
    GHashTable *
        own_values; /* what wend itself has for it: "wend:version" -> value; NULL = nothing asked */
    WendLoad *
        load; /* the rows of a CSV file, for which the statement at byte `load_at` stands; NULL = none */
    gsize load_at;
} WendScript;

typedef struct WendMigration {
    WendKind kind;
    char *id;         /* unique in its track; at most 190 bytes */
    char *version;    /* as a person types it; for a repeatable its name */
    char *name;       /* may be empty */
    char *position;   /* compared with strcmp(); repeatables sort behind all versioned ones */
    bool late;        /* it may be pending below the highest applied one */
    bool again;       /* a versioned one that runs again when its text has changed: a seed */
    WendScript *up;   /* NULL only in a migration made from a stored script */
    WendScript *down; /* NULL = there is no way back */
    const struct WendFiles *files; /* where load() finds its files; borrowed; NULL = on disk */
    void *format;                  /* the format's own, freed by `format_free` when not NULL */
    GDestroyNotify format_free;
} WendMigration;

/* Takes over `text` (NUL-terminated, `length` bytes) and computes the checksum. `file` is
 * copied. */
WendScript *wend_script_new(const char *file, guint line, char *text, gsize length);
void wend_script_free(WendScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendScript, wend_script_free)

void wend_directive_free(WendDirective *directive);
/* The first directive of that kind, or NULL. Borrowed. */
const WendDirective *wend_script_directive(const WendScript *script, WendDirectiveKind kind);

WendMigration *wend_migration_new(WendKind kind);
void wend_migration_free(WendMigration *migration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendMigration, wend_migration_free)

/* "20240101_create_users" or the like: version and name as one word for messages. Caller frees. */
char *wend_migration_label(const WendMigration *migration);

/* One thing that is wrong with a folder. */
typedef struct WendProblem {
    bool warning; /* shown, but stops nothing */
    char *file;
    guint line; /* 0 = the whole file */
    guint column;
    char *message;
    char *hint; /* may be NULL */
} WendProblem;

/* An array that frees its problems. */
GPtrArray *wend_problems_new(void);
WendProblem *wend_problem_add(GPtrArray *problems, bool warning, const char *file, guint line,
                              guint column, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* Makes an error the next problem and clears it. */
WendProblem *wend_problem_take(GPtrArray *problems, WendError *error);
/* Whether any of them is not a warning. */
bool wend_problems_stop(const GPtrArray *problems);

#endif
