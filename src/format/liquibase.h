/* SPDX-License-Identifier: MIT
 *
 * What the files of the Liquibase format share: liquibase.c reads the folder, liquibase_file.c a changelog in formatted
 * SQL, liquibase_order.c what says which of them count and in what order, liquibase_history.c knows the tables.
 */
#ifndef WEND_FORMAT_LIQUIBASE_H
#define WEND_FORMAT_LIQUIBASE_H

#include "format/tool.h"

/* One changeset of a file. */
typedef struct WendChangeset {
    char *id, *author;
    char *path; /* logicalFilePath; NULL = the file's own */
    guint line;
    bool run_on_change, run_always, alone, ignored, split, strip;
    char *delimiter; /* endDelimiter; NULL = none */
    char *rollback_delimiter;
    char *contexts, *labels, *dbms, *comment; /* NULL = not given */
    GPtrArray *valid;                         /* of char *: validCheckSum */
    char *on_fail;          /* of its preconditions: "HALT", "MARK_RAN"; NULL = not given */
    GPtrArray *checks;      /* of char *: the expected value, then the query, of each sql-check */
    char *unsupported;      /* what of it wend cannot follow: a sentence; NULL = nothing */
    GString *up, *down;     /* each byte in its line and column; `down` NULL = no way back */
    bool undone_by_nothing; /* `rollback not required` */
} WendChangeset;

/* A changelog. */
typedef struct WendChangelog {
    char *path;            /* logicalFilePath; NULL = the file's own */
    GPtrArray *changesets; /* of WendChangeset */
} WendChangelog;

/* Whether `text` begins as a changelog in formatted SQL does. */
bool wend_changelog_looks(const char *text);

/* Reads `text`. `values`: parameters (name in lower case -> value); takes those of `--property` lines. What is wrong
 * becomes a problem of `file`. Caller frees. */
WendChangelog *wend_changelog_read(const char *file, const char *text, gsize length,
                                   GHashTable *values, GPtrArray *problems);
void wend_changelog_free(WendChangelog *changelog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendChangelog, wend_changelog_free)

/* WendToolFile.more. */
typedef struct WendLiquibaseFile {
    char *id, *author;
    char *path;   /* FILENAME of its row, as far as known */
    bool logical; /* the changelog gives it */
    char *contexts, *labels, *comment;
    GPtrArray *valid;
    bool run_always;
    GPtrArray *checks;
    bool mark_ran; /* where a check does not hold, it counts as having run */
    char *unsupported;
    GHashTable *values; /* NULL = none */
} WendLiquibaseFile;

extern const WendHistory wend_history_liquibase;

/* The sum of version 9, and of 8, as the table has them. Caller frees. */
char *wend_changeset_sum(const WendChangeset *changeset, const char *text, int version);

/* Makes the terminator `delimiter` at the end of a line a semicolon, in place. With `\n` (as two characters)
 * before it, it stands alone on its line. */
void wend_changeset_delimit(GString *text, const char *delimiter);

/* "FILE::ID::AUTHOR", or a digest of it where that is too long. Caller frees. */
char *wend_changeset_key(const char *file, const char *id, const char *author);

/* `text` with every ${NAME} that has a value replaced. Caller frees. */
char *wend_changeset_expand(const char *text, GHashTable *values);

/* The files that the project's changelogs (XML, YAML, JSON) in the folder include, in order: NULL when there
 * is none, and every file counts, by name. `files`: all there are, relative, sorted. Caller unrefs. */
GPtrArray *wend_changelog_order(const WendFolder *folder, const GPtrArray *files,
                                GPtrArray *problems);

#endif
