/* SPDX-License-Identifier: MIT
 *
 * The configuration: option > environment > wend.yaml's environment section > wend.yaml > built-in
 * default, resolved into one plain value. The library never reads the environment or the command line
 * itself: both are handed in.
 */
#ifndef WEND_CORE_CONFIG_H
#define WEND_CORE_CONFIG_H

#include "base/error.h"
#include "format/callback.h"

/* What the command line said; NULL or -1 where it said nothing. Everything is borrowed. */
typedef struct WendConfigInput {
    const char *config;    /* -c FILE: must exist then; else wend.yaml in `directory` or above it */
    const char *directory; /* where to look from; NULL = the current one */
    const char *env;       /* -e NAME */
    const char *database;  /* -d URL */
    const char *migrations;   /* -m DIR */
    const char *schema;       /* --schema */
    const char *format;       /* --format */
    const char *track;        /* --track */
    const char *lock_timeout; /* durations as typed */
    const char *statement_timeout;
    const char *wait;
    bool no_files;              /* neither wend.yaml nor .env is read */
    const char *const *environ; /* "NAME=value", NULL-terminated; NULL = none */
} WendConfigInput;

typedef struct WendPlaceholder {
    char *name;
    char *value; /* NULL = it names a variable that is unset */
    bool secret; /* it comes from the environment or from a host program; see secret.h */
    char *unset; /* that variable; NULL = none */
} WendPlaceholder;

void wend_placeholder_free(WendPlaceholder *placeholder);

/* A command for a moment of a run. */
typedef struct WendHook {
    WendMoment moment;
    char *command;     /* program and arguments, as a shell quotes them */
    gint64 timeout_ms; /* 0 = none */
    guint line;        /* of the file: where its command stands */
    bool credentials;  /* it is given the database's URL with its password */
} WendHook;

void wend_hook_free(WendHook *hook);

/* The real environment and the .env file: see wend_config_variable(). */
typedef struct WendVariables WendVariables;

/* What holds for one track. */
typedef struct WendConfig {
    char *file; /* the wend.yaml that was read; NULL = none */
    char *root; /* its folder, against which its relative paths are taken; NULL = none */
    char *env;  /* the environment's name; NULL = none chosen */
    const char
        *overriding;  /* the variable that took the place of the environment section's database;
                             * static; NULL = none did */
    char *database;   /* NULL = nobody gave one: see wend_config_need_database() */
    char *migrations; /* never NULL unless `skip` says why; default "migrations" */
    const struct WendFiles *files; /* instead of that folder; borrowed; NULL = none */
    char *schema;                  /* NULL = not given */
    char *seeds;                   /* the folder of seeds; NULL = not given: see seed.h */
    bool seeding;                  /* this is the configuration of the seeds of a track */
    char *templates;               /* the folder of the project's own templates; NULL = not given */
    char *format;                  /* NULL = find out from the folder */
    char *track;                   /* "main" where wend.yaml has no tracks */
    guint tracks;                  /* how many there are, this one included */
    bool optional;                 /* left out where its folder is not there */
    char *skip;                    /* why it is left out now; NULL = it is not */
    char *table;                   /* the history table; NULL = the format's default */
    char *journal;                 /* default "wend_journal" */
    char *scripts;                 /* default "wend_scripts" */
    GPtrArray *
        histories; /* of char *: the history tables of all tracks for which no other format than wend's
                           * is said; empty without a wend.yaml */
    bool store;    /* false: `store: none` */
    bool confirm;                /* up and down ask, or need --yes */
    gint64 lock_timeout_ms;      /* -1 = nobody said: the driver knows */
    gint64 statement_timeout_ms; /* 0 = none */
    gint64 wait_ms;              /* 0 = do not wait for the server */
    GPtrArray *placeholders;     /* of WendPlaceholder */
    GPtrArray *hooks;            /* of WendHook, at most one for each moment */
    WendVariables *variables;
} WendConfig;

/* NULL and WEND_USAGE in `error` for an unreadable or wrong file (named, with the line and, for an
 * unknown key, the one that was probably meant), an environment that is not there (those that are get
 * named), an unset ${NAME}, or a duration that is none. It is that of the track that is named with --track or
 * WEND_TRACK, else of the first. */
WendConfig *wend_config_load(const WendConfigInput *input, WendError *error);

/* Whether a table of wend's can be called that ("schema.table" or "table") on every database. */
bool wend_config_table_fits(const char *name);

/* The configurations of all tracks in the order of wend.yaml (of WendConfig; there is at least one), or only
 * that of the track that is named. An optional track that nobody named says in `skip` why it is left out,
 * and has no error of its own then. Caller unrefs. NULL as above; WEND_USAGE, too, for what goes with one
 * track (a folder, a format) where there are several. */
GPtrArray *wend_config_load_tracks(const WendConfigInput *input, WendError *error);

void wend_config_free(WendConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendConfig, wend_config_free)

/* The command for a moment; NULL = none. Borrowed. */
const WendHook *wend_config_hook(const WendConfig *config, WendMoment moment);

/* True when there is a database URL; else WEND_USAGE and the three ways to give one. */
bool wend_config_need_database(const WendConfig *config, WendError *error);

/* The value of a variable: the real environment first, then the .env file beside the configuration.
 * Borrowed; NULL = unset. */
const char *wend_config_variable(const WendConfig *config, const char *name);

#endif
