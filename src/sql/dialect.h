/* SPDX-License-Identifier: MIT
 *
 * The dialects of SQL that wend can cut into statements, and the lexical rules by which they differ.
 * Flags, not databases: no client library is known here.
 */
#ifndef WEND_SQL_DIALECT_H
#define WEND_SQL_DIALECT_H

#include <glib.h>

typedef enum WendDialect {
    WEND_DIALECT_SQLITE,
    WEND_DIALECT_POSTGRES,
    WEND_DIALECT_MYSQL /* MariaDB too */
} WendDialect;

/* One bit per lexical rule. A dialect is a set of them; ANSI_QUOTES, NO_BACKSLASH_ESCAPES and
 * standard_conforming_strings turn single bits over at run time. */
typedef enum WendLexFlag {
    WEND_LEX_NESTED_COMMENTS = 1 << 0,   /* slash-star comments nest */
    WEND_LEX_HASH_COMMENTS = 1 << 1,     /* # to the end of the line */
    WEND_LEX_DASH_NEEDS_SPACE = 1 << 2,  /* -- is a comment only before white space or the end */
    WEND_LEX_EXEC_COMMENTS = 1 << 3,     /* slash-star-! (and M!) is code, not a comment */
    WEND_LEX_DOLLAR_QUOTES = 1 << 4,     /* $tag$ … $tag$ */
    WEND_LEX_E_STRINGS = 1 << 5,         /* E'' with backslash escapes; U&'' without */
    WEND_LEX_BACKSLASH_STRINGS = 1 << 6, /* backslash escapes in every '' string */
    WEND_LEX_DOUBLE_STRINGS = 1 << 7,   /* "" is a string (with backslashes as above), not a name */
    WEND_LEX_BACKTICK_NAMES = 1 << 8,   /* `name` */
    WEND_LEX_BRACKET_NAMES = 1 << 9,    /* [name] */
    WEND_LEX_DELIMITER = 1 << 10,       /* the client's DELIMITER line */
    WEND_LEX_PSQL = 1 << 11,            /* COPY … FROM stdin data and backslash lines */
    WEND_LEX_TRIGGER_BODIES = 1 << 12,  /* SQLite: CREATE TRIGGER … BEGIN … END */
    WEND_LEX_ATOMIC_BODIES = 1 << 13,   /* PostgreSQL: BEGIN ATOMIC … END */
    WEND_LEX_COMPOUND_BODIES = 1 << 14, /* MySQL: BEGIN, IF, CASE, LOOP, WHILE, REPEAT … END */
    WEND_LEX_CR_ENDS_COMMENT = 1 << 15, /* a lone \r ends a line comment; else only \n does */
    WEND_LEX_FREE_OPERATORS = 1 << 16,  /* ` ? @ # are operator characters too */
    WEND_LEX_COLON_NAMES = 1 << 17      /* :name is a parameter */
} WendLexFlag;

/* The flags of a dialect with its server's default settings. */
guint wend_dialect_flags(WendDialect dialect);

/* "sqlite", "postgres", "mysql". Static. */
const char *wend_dialect_name(WendDialect dialect);

#endif
