/* SPDX-License-Identifier: MIT
 *
 * A format: the layout of a migrations folder, wend's own or another tool's, and the history that goes
 * with it (history.h). A format never executes: it reads files, and says which statements read,
 * write and lock the history.
 *
 * To add one: one file src/format/<name>.c that defines a WendFormat, and its row in registry.c.
 */
#ifndef WEND_FORMAT_FORMAT_H
#define WEND_FORMAT_FORMAT_H

#include "format/callback.h"
#include "format/draft.h"
#include "format/folder.h"
#include "format/history.h"

/* How sure detect() is. */
#define WEND_FIT_NO     0
#define WEND_FIT_MAYBE  30 /* names that several formats have; a history table may decide */
#define WEND_FIT_OWN    50 /* all names are wend's own */
#define WEND_FIT_LIKELY 60 /* names, or a place, that hardly anybody else uses */
#define WEND_FIT_SURE   90 /* a file or a mark inside that only this tool makes */

typedef struct WendFormat {
    const char *name;  /* "wend"; what --format takes */
    const char *title; /* for people: "wend's own", "golang-migrate" */
    /* Where such folders lie in a project ("db/migrations"), for when nobody says; NULL-terminated; NULL =
     * nowhere in particular. */
    const char *const *places;
    /* A file that says where in its folder the rest lies: what is below is a part of it. NULL = there is none. */
    const char *settings;
    const WendHistory *history; /* the tool's own */
    /* A pending one below the highest applied one runs without being asked, as the tool has it. */
    bool late;
    /* No migrations: each is one transaction, and what is gone from its folder or from the history is nobody's
     * mistake. */
    bool seeds;
    bool postgres_only;    /* the tool knows no other database */
    const char *down_hint; /* how a missing way back is written; NULL = as wend's own is */

    /* How sure it is that the folder is its layout: WEND_FIT_…. May look into the folders and files of
     * it. An empty folder, and one of which no name can be read, is wend's own with 1. */
    int (*detect)(const WendFolder *folder);

    /* Reads `folder`: appends its migrations, sorted by position (a baseline before the migration
     * of the same position), to `migrations`, and all that is wrong with it to `problems` (it goes
     * on after each, so that all are reported together). A migration whose up file cannot be read
     * is a problem and is left out. Every up script is read; of down scripts those that stand in
     * the same file, the rest by load(). Directives are scanned by load() too, unless the script
     * was read for another reason. False only when the folder itself cannot be read: WEND_USAGE in
     * `error`. */
    bool (*scan)(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, WendError *error);

    /* Reads what scan() left out of one migration (its down script, the directives of both), adding
     * what is wrong with them to `problems`. Does nothing when called again. */
    void (*load)(WendMigration *migration, WendDialect dialect, GPtrArray *problems);

    /* Whether a file of the folder is a callback, and for which moment. Such a file is no migration and no
     * problem. NULL = there are none. callback_load: what the tool says of one beside its text; may be NULL. */
    bool (*callback)(const char *file, WendMoment *moment);
    void (*callback_load)(const WendFolder *folder, WendScript *script);

    /* What a person types to name a migration, as an id-like key: equal for two spellings of one
     * version ("001", "1"). Caller frees. NULL when it is no version of this format. */
    char *(*version_key)(const char *version);

    /* How the tool numbers what comes after `migrations` (of WendMigration, by position), where that is neither
     * a sequence nor a time as wend writes it. Caller frees. NULL, or the result NULL = as wend does. */
    char *(*new_version)(const GPtrArray *migrations);

    /* What `wend new` writes: appends file names (relative to the folder) and their texts, both to be freed by
     * the caller. NULL = nothing is made. */
    void (*new_files)(const WendDraft *draft, GPtrArray *names, GPtrArray *texts);
    guint lacks; /* what has no place in them: WEND_LACKS_… */

    /* The position of an id whose file is gone. Caller frees. NULL = it is no id of this format. */
    char *(*position)(const char *id);
} WendFormat;

/* All formats, NULL-terminated; wend's own first. */
extern const WendFormat *const wend_formats[];

/* By name; NULL and WEND_USAGE with a suggestion when there is none. */
const WendFormat *wend_format_find(const char *name, WendError *error);

/* The formats among `formats` (NULL-terminated) that `folder` may be in, best first, those that
 * fit alike in the table's order (of WendFormat). Never empty with wend's own among them. Caller unrefs.
 * `tied`, when not NULL: how many of the first fit equally well. */
GPtrArray *wend_format_rank(const WendFormat *const *formats, const WendFolder *folder,
                            guint *tied);

/* The names of the first `tied` of them, with commas between. Caller frees. */
char *wend_format_names(const GPtrArray *ranked, guint tied);

/* WEND_USAGE naming the first `tied` of them. Always false. */
bool wend_format_refuse(const char *folder, const GPtrArray *ranked, guint tied, WendError *error);

/* Whether `folder`, below `root`, is but a part of what a file of settings in `root` describes. */
bool wend_format_is_part(const char *root, const char *folder);

/* The folder of migrations in a project that does not say: where the formats usually have theirs, or `root`
 * itself (NULL = the current folder). Caller frees. NULL = nothing is found. */
char *wend_format_locate(const char *root);

#endif
