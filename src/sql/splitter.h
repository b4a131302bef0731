/* SPDX-License-Identifier: MIT
 *
 * The splitter: a script in, its statements out. A statement begins at its first token that is not
 * white space or a comment and ends behind its last one, without the terminator. Gaps (white space,
 * comments, terminators, DELIMITER lines) and statements together are the input, byte for byte.
 */
#ifndef WEND_SQL_SPLITTER_H
#define WEND_SQL_SPLITTER_H

#include "base/error.h"
#include "sql/dialect.h"

typedef enum WendStatementKind {
    WEND_STATEMENT_SQL,
    WEND_STATEMENT_COPY, /* COPY … FROM stdin; its data lines are in data_start … data_end */
    WEND_STATEMENT_META  /* a psql backslash line, whole */
} WendStatementKind;

typedef struct WendStatement {
    WendStatementKind kind;
    guint32 start, end;           /* byte range in the script, [start, end) */
    guint32 data_start, data_end; /* COPY only: the data, without the line that holds "\." */
    guint line, column;           /* of the first byte, 1-based, column in bytes */
} WendStatement;

/* Cuts `length` bytes of `text` (need not end in NUL) into statements and appends them to
 * `statements` (a GArray of WendStatement), in order. Linear in the input, which may have 4 GiB less one.
 * Returns false with WEND_FINDINGS in `error` when the text ends inside a string, quoted name,
 * comment, dollar quote, body or COPY data: line, column and source name where that was opened (the
 * file is the caller's to add). The statements up to there, and the open one as the last, have been
 * appended even then. */
bool wend_split(const char *text, gsize length, guint flags, GArray *statements, WendError *error);

/* Whether two scripts have the same tokens in the same order, white space and comments aside (what
 * an executable comment holds counts). Linear. */
bool wend_same_tokens(const char *a, gsize a_length, const char *b, gsize b_length, guint flags);

#endif
