/* SPDX-License-Identifier: MIT
 *
 * Cutting a script: its statements, what kind each is, and the segments that commit together. Pure
 * but for asking the driver what a statement is, which needs no connection.
 */
#ifndef WEND_CORE_CUT_H
#define WEND_CORE_CUT_H

#include "core/config.h"
#include "db/driver.h"
#include "format/migration.h"
#include "sql/splitter.h"

typedef struct WendSegment {
    bool alone;                 /* one statement that cannot run in a transaction */
    const char *what;           /* which that is: "VACUUM"; static; NULL unless alone */
    guint first, count;         /* pieces of the cut */
    guint last_statement;       /* number of its last statement, 1-based */
    const WendDirective *batch; /* NULL = none; else the segment is one statement, run in rounds */
} WendSegment;

typedef struct WendCut {
    const WendScript *script;      /* borrowed; must outlive the cut */
    const GPtrArray *placeholders; /* likewise */
    bool substitute;               /* the script asks for values */
    GArray *statements;            /* of WendStatement: all of the script's, borders included */
    GArray *pieces;                /* of WendPiece: what goes to the database, in order */
    GArray *places;                /* of guint32: the offset in the script of each piece */
    GArray *segments;              /* of WendSegment */
    GArray *lifted;                /* of WendPiece */
    GPtrArray *from; /* by piece: its WendScript, where it is a callback's; NULL = there are none */
    GPtrArray *texts;             /* substituted texts that pieces point to */
    guint lex_flags;              /* of the driver's dialect */
    gint64 lock_ms, statement_ms; /* the timeout directive; -1 = not given */
    struct WendCutSum *sum;       /* private: a checksum under way */
} WendCut;

/* WEND_USAGE in `error`, with file, line and source line, for what cannot be cut:
 * an open string, a refused statement, BEGIN without COMMIT, a statement that cannot run in the
 * script's own transaction, placeholders without a value (all of them, with their lines). */
WendCut *wend_cut_make(const WendScript *script, const WendDriver *driver,
                       const GPtrArray *placeholders, WendError *error);
/* A statement as it runs, with the values in, by its place among cut->statements. Caller frees. */
char *wend_cut_shown(const WendCut *cut, guint statement);
/* Puts the pieces of callbacks (of WendCut, of one transactional segment each) ahead of the first and behind the last
 * piece, in their transactions where they have one. What those hold that is needed is taken over; their scripts
 * must outlive the cut. */
void wend_cut_surround(WendCut *cut, const GPtrArray *before, const GPtrArray *behind);
/* Makes statement `last` the end of its segment: what stands behind it there becomes a segment of its
 * own. For a script whose statements up to `last` were committed when it was cut otherwise. */
void wend_cut_part(WendCut *cut, guint last);
void wend_cut_free(WendCut *cut);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendCut, wend_cut_free)

/* SHA-256 over the tokens of the script's first `count` statements, in hexadecimal: layout and
 * comments do not count. Caller frees. */
char *wend_cut_checksum(const WendCut *cut, guint count);

/* The settings among the first `count` statements, as pieces, to be replayed before a resume (a new
 * GArray of WendPiece), and whether a temporary object was made there, or something set that cannot be
 * set again. */
GArray *wend_cut_settings(const WendCut *cut, guint count, bool *temporary);

/* Adds file, line, column and source line to an error at byte `offset` (-1 = its start) of a piece. */
bool wend_cut_place(const WendCut *cut, guint piece, gssize offset, WendError *error);

#endif
