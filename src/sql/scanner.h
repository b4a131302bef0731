/* SPDX-License-Identifier: MIT
 *
 * The scanner: bytes of SQL in, tokens out. It is total (every input is cut into tokens that follow
 * each other without a gap and cover it), linear in the input, and allocates nothing. What a
 * statement is, is the splitter's business.
 */
#ifndef WEND_SQL_SCANNER_H
#define WEND_SQL_SCANNER_H

#include "sql/dialect.h"

#include <stdbool.h>

typedef enum WendTokenKind {
    WEND_TOKEN_BOM,          /* a byte-order mark at the very start */
    WEND_TOKEN_SPACE,        /* a run of white space, line ends included */
    WEND_TOKEN_LINE_COMMENT, /* without its line end */
    WEND_TOKEN_BLOCK_COMMENT,
    WEND_TOKEN_EXEC_OPEN,  /* MySQL: slash-star-! with its version digits; what follows is code */
    WEND_TOKEN_EXEC_CLOSE, /* the star-slash that ends it */
    WEND_TOKEN_WORD,       /* keyword or unquoted name */
    WEND_TOKEN_NAME,       /* quoted name */
    WEND_TOKEN_STRING,     /* any string, with its prefix: E'' U&'' x'' N'' _utf8'' $$…$$ */
    WEND_TOKEN_NUMBER,
    WEND_TOKEN_PARAMETER,   /* ? ?1 :name @name $name $1 @@name */
    WEND_TOKEN_OPERATOR,    /* one maximal run of operator characters, or :: or := */
    WEND_TOKEN_PUNCTUATION, /* one of ( ) [ ] , . : and bytes that no rule knows */
    WEND_TOKEN_SEMICOLON
} WendTokenKind;

typedef struct WendToken {
    WendTokenKind kind;
    bool open;   /* a string, name or comment that the input ended inside of */
    gsize start; /* byte offset */
    gsize length;
    guint line;   /* of its first byte, 1-based; \n, \r\n and a lone \r end lines */
    guint column; /* in bytes, 1-based */
} WendToken;

/* Where the scanner stands: a plain value, may be copied to look ahead. Private but for reading. */
typedef struct WendScanner {
    const char *text;
    gsize length;
    guint flags;
    gsize at;
    guint line;
    gsize line_start;
    bool in_exec;   /* inside an executable comment */
    guchar resumes; /* behind E'': 1, behind its line end: 2, where a '' goes on with its escapes */
} WendScanner;

/* `text` is borrowed and need not end in NUL. `flags`: WendLexFlag. */
void wend_scanner_init(WendScanner *scanner, const char *text, gsize length, guint flags);

/* The next token, or false at the end. */
bool wend_scanner_next(WendScanner *scanner, WendToken *token);

/* Moves on to byte `to` (not backwards), whatever stands between, and counts the lines. */
void wend_scanner_skip(WendScanner *scanner, gsize to);

/* Whether the token is white space, a comment or a byte-order mark. */
bool wend_token_is_gap(const WendToken *token);

/* Whether the token is the unquoted `word`, ASCII case ignored. */
bool wend_token_is(const char *text, const WendToken *token, const char *word);

#endif
