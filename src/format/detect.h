/* SPDX-License-Identifier: MIT
 *
 * What a tree of files says about its migrations: the tools that work in it, and the databases that its
 * configuration names. Reads files only, and none of them whole.
 */
#ifndef WEND_FORMAT_DETECT_H
#define WEND_FORMAT_DETECT_H

#include "format/code_tools.h"
#include "format/format.h"

/* A tool that works in the tree. */
typedef struct WendFoundTool {
    const char *name;  /* static */
    const char *title; /* static */
    bool code;         /* its migrations are program code */
    char *folder;      /* of its migrations, relative to the tree; of a code tool "." */
    GPtrArray *files;  /* of char *: relative paths that say so; the first few */
    GPtrArray *others; /* of WendFormat *: further formats that the folder may be in */
    bool named;        /* the project's dependencies name it: the folder alone does not tell */
    int dialect;       /* a WendDialect: what it is likely for; -1 = not known */
} WendFoundTool;

/* A database that a file names. */
typedef struct WendFoundDatabase {
    WendDialect dialect;
    char *file; /* relative to the tree */
    guint line;
} WendFoundDatabase;

typedef struct WendFound {
    GPtrArray *tools; /* of WendFoundTool */
    GPtrArray *
        unclear; /* of char *: folders of migrations by their name, whose SQL files fit no layout as a whole */
    GPtrArray *databases; /* of WendFoundDatabase, each dialect once per file */
    bool whole;           /* false: the tree is too large, and not all of it was looked at */
} WendFound;

/* WEND_USAGE when `path` is no folder that can be read. wend_found_clear() frees what is in `found`. */
bool wend_detect(const char *path, WendFound *found, WendError *error);
void wend_found_clear(WendFound *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WendFound, wend_found_clear)

#endif
