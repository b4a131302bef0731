/* SPDX-License-Identifier: MIT
 *
 * Taking another tool's history over into wend's own, and writing it out again. The folder stays in the
 * tool's layout; its table is not touched on the way in.
 */
#ifndef WEND_CORE_ADOPT_H
#define WEND_CORE_ADOPT_H

#include "core/project.h"
#include "format/code_tools.h"

typedef struct WendAdopting {
    bool dry_run; /* only look */
    bool force;   /* files that are not what was applied count as if they were */
} WendAdopting;

/* What adopting did, or would do. wend_adopted_clear() frees what is in it. */
typedef struct WendAdopted {
    GPtrArray *labels;   /* of char *: the migrations whose rows come */
    GPtrArray *removed;  /* of char *: back only: those whose rows go */
    GPtrArray *warnings; /* of char *: files that are gone, or differ */
    char *from, *to;     /* the tables */
} WendAdopted;

void wend_adopted_clear(WendAdopted *adopted);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WendAdopted, wend_adopted_clear)

/* From the tool's table into wend's own. WEND_DISAGREE for rows that the tool left half done, and for files
 * that are not what was applied (unless `force`); WEND_USAGE when there is nothing to take over. */
bool wend_adopt(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                WendError *error);

/* From wend's own history into the tool's table, which then has exactly its rows; wend's own is
 * dropped, the journal stays. */
bool wend_adopt_back(WendProject *project, const WendAdopting *how, WendAdopted *adopted,
                     WendError *error);

/* Whether wend's own history (`own`) counts for a folder whose tool has one (`theirs`) in the same database, too: it
 * does when the journal (NULL = there is none) says that it was adopted from that. If not, it is another project's:
 * false in `counts` when the configuration names format and table, else WEND_DISAGREE. */
bool wend_adopt_counts(const WendProject *project, const char *theirs, const char *own,
                       const char *journal, bool *counts, WendError *error);

/* --- tools whose migrations are program code --- */

/* The history of such a tool. wend_code_history_clear() frees what is in it. */
typedef struct WendCodeHistory {
    const WendCodeTool *tool;
    char *table;      /* as statements may name it */
    GPtrArray *names; /* of char *: what is applied, oldest first */
} WendCodeHistory;

void wend_code_history_clear(WendCodeHistory *history);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WendCodeHistory, wend_code_history_clear)

/* Looks for the history of one of them, or of `only` (NULL = any). WEND_USAGE when there is none, or several. */
bool wend_adopt_find_code(WendProject *project, const WendCodeTool *only, WendCodeHistory *found,
                          WendError *error);

/* The text of the baseline migration that stands for all that the tool has done: the present schema, without the
 * tool's tables and wend's. Caller frees. */
bool wend_adopt_snapshot(WendProject *project, const WendCodeHistory *history, char **text,
                         WendError *error);

/* Says that the baseline migration of `version`, which is in the folder by now, is applied. The folder is
 * read again. */
bool wend_adopt_baseline(WendProject *project, const char *version, WendError *error);

#endif
