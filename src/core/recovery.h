/* SPDX-License-Identifier: MIT
 *
 * What an interrupted or failed run left behind, and what may be done about it. Pure: rows and a
 * cut script in, a decision out. The crash timeline is in docs/journal.md.
 */
#ifndef WEND_CORE_RECOVERY_H
#define WEND_CORE_RECOVERY_H

#include "core/cut.h"
#include "core/journal.h"

/* What is left to a person where nobody can go on behind what is done. */
#define WEND_RECOVERY_WAYS                                                                         \
    "`wend repair --undo` runs the other direction; once you have put the database right by "      \
    "hand, "                                                                                       \
    "`wend repair --done` counts the rest as done, `wend repair --forget` all as not begun"

/* A step that is begun and partly done. */
typedef struct WendUnfinished {
    char *id;
    WendDirection direction;
    char *script;    /* SHA-256 of its text, in the scripts table; NULL = not stored */
    guint done;      /* statements 1 … done have happened */
    char *checksum;  /* wend_cut_checksum() of those; NULL when done is 0 */
    bool more;       /* the last of them is a batch that has not come to its end */
    bool number;     /* its cursor is one */
    char *cursor;    /* of that batch; NULL = none */
    guint intent;    /* this statement may have happened; 0 = none */
    char *what;      /* of the intent: "VACUUM" */
    bool repeatable; /* of the intent */
    bool together;   /* likewise: all that is not done up to it was in one transaction */
    char *before;    /* of the intent: what the driver observed, JSON; NULL = nothing */
    char *intended;  /* likewise: wend_cut_checksum() of all up to it */
    bool judged;     /* the intent has happened: its done row is still to be written */
    bool trusted;    /* a person vouches for the finished part, whatever the file says now */
    bool failed;     /* the last attempt ended with an error, which `detail` tells */
    char *detail;
    char *at; /* of its newest row */
    char *who;
} WendUnfinished;

void wend_unfinished_free(WendUnfinished *unfinished);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendUnfinished, wend_unfinished_free)

/* "statement 4" or "statements 2 to 4", `last` being 4. Caller frees. */
char *wend_recovery_range(guint first, guint last);
/* "statement 4", or all that was in one transaction with the intent's: "statements 2 to 4". Caller frees. */
char *wend_recovery_label(const WendUnfinished *unfinished);

/* From the journal's tail (of WendJournalRow, oldest first). NULL when nothing is half done. */
WendUnfinished *wend_recovery_read(const GPtrArray *tail);

/* The statement under way, if the driver can judge by what it observed before whether it happened; NULL
 * when there is none, or when the script is another there now. Borrowed from `cut`. */
const WendPiece *wend_recovery_question(const WendUnfinished *unfinished, const WendCut *cut);
/* Takes the driver's verdict over. WEND_DISAGREE, with `why`, when a person must look. */
bool wend_recovery_answer(WendUnfinished *unfinished, const WendCut *cut, WendVerdict verdict,
                          const char *why, WendError *error);

/* The first segment of `cut` that is still to run. What is finished becomes a border between segments, for
 * a change behind it may have joined them. WEND_DISAGREE, with the way out, when the finished part of the
 * script has changed, when it made temporary objects, or when it cannot be known whether the statement
 * under way happened. */
bool wend_recovery_resume(const WendUnfinished *unfinished, WendCut *cut, guint *segment,
                          WendError *error);
/* The same without a driver's verdict, which may yet come in between: whether it is worth a try. */
bool wend_recovery_may_resume(const WendUnfinished *unfinished, const WendCut *cut,
                              WendError *error);
/* How many statements need not run again. */
guint wend_recovery_finished(const WendUnfinished *unfinished);

#endif
