/* SPDX-License-Identifier: MIT
 *
 * A format: the layout of a migrations folder and of its history table, wend's own or another
 * tool's. A format never executes: it reads files, says which statements read, insert and remove
 * history rows, and decodes the rows that core brings it.
 *
 * To add one: one file src/format/<name>.c that defines a WendFormat, and its row in registry.c.
 */
#ifndef WEND_FORMAT_FORMAT_H
#define WEND_FORMAT_FORMAT_H

#include "format/migration.h"
#include "sql/query.h"

/* One row of a history: that a migration is applied. */
typedef struct WendApplied {
    WendKind kind;
    char *id;
    char *version;
    char *name;
    char *position;   /* as WendMigration's, made from the row */
    char *checksum;   /* NULL when the table has none */
    char *applied_at; /* "2026-01-31T12:00:00.123Z"; NULL when the table has none */
} WendApplied;

void wend_applied_free(WendApplied *applied);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendApplied, wend_applied_free)

typedef struct WendFormat {
    const char *name;  /* "wend"; what --format takes */
    const char *title; /* for people: "wend's own" */
    const char *table; /* the history table's default name */

    /* How sure it is that `names` (the sorted file names of a folder, NULL-terminated) is its
     * layout: 0 = no, 100 = nothing else could be. An empty folder, and one of which no name can
     * be read, is wend's own with 1. */
    int (*detect)(const char *folder, const char *const *names);

    /* Reads `folder`: appends its migrations, sorted by position (a baseline before the migration
     * of the same position), to `migrations`, and all that is wrong with it to `problems` (it goes
     * on after each, so that all are reported together). A migration whose up file cannot be read
     * is a problem and is left out. Every up script is read; of down scripts those that stand in
     * the same file, the rest by load(). Directives are scanned by load() too, unless the script
     * was read for another reason. False only when the folder itself cannot be read: WEND_USAGE in
     * `error`. */
    bool (*scan)(const char *folder, WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, WendError *error);

    /* Reads what scan() left out of one migration (its down script, the directives of both), adding
     * what is wrong with them to `problems`. Does nothing when called again. */
    void (*load)(WendMigration *migration, WendDialect dialect, GPtrArray *problems);

    /* What a person types to name a migration, as an id-like key: equal for two spellings of one
     * version ("001", "1"). Caller frees. NULL when it is no version of this format. */
    char *(*version_key)(const char *version);

    /* The history. `table` is the configured name, perhaps "schema.table". */
    GPtrArray *(*history_create)(WendDialect dialect, const char *table); /* of WendQuery */
    WendQuery *(*history_read)(WendDialect dialect, const char *table);
    /* NULL, with WEND_DISAGREE in `error`, for a row it cannot make sense of. */
    WendApplied *(*history_decode)(const WendRow *row, WendError *error);
    WendQuery *(*history_insert)(WendDialect dialect, const char *table,
                                 const WendApplied *applied);
    WendQuery *(*history_remove)(WendDialect dialect, const char *table, const char *id);
} WendFormat;

/* All formats, NULL-terminated; wend's own first. */
extern const WendFormat *const wend_formats[];

/* By name; NULL and WEND_USAGE with a suggestion when there is none. */
const WendFormat *wend_format_find(const char *name, WendError *error);

/* The one that fits `folder` best. NULL and WEND_USAGE when the folder cannot be read or when none
 * or several fit (all are named). */
const WendFormat *wend_format_detect(const char *folder, WendError *error);

/* The same among `formats` (NULL-terminated), for files that have been listed. */
const WendFormat *wend_format_choose(const WendFormat *const *formats, const char *folder,
                                     const char *const *names, WendError *error);

#endif
