/* SPDX-License-Identifier: MIT
 *
 * The tokens of a statement without its gaps, without the marks of executable comments, whose insides
 * are code, and without MariaDB's prefix SET STATEMENT … FOR. Private to this folder.
 */
#ifndef WEND_DB_MYSQL_WORDS_H
#define WEND_DB_MYSQL_WORDS_H

#include "sql/scanner.h"

#define WORDS_ALL G_MAXUINT

typedef struct Words {
    const char *text;
    GArray *tokens; /* of WendToken */
} Words;

/* Reads the first `max` tokens. `text` is borrowed. */
void wend_mysql_words_read(Words *words, const char *text, gsize length, guint max);
void wend_mysql_words_clear(Words *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, wend_mysql_words_clear)

/* NULL behind the end. */
const WendToken *wend_mysql_token(const Words *words, guint at);
/* Whether the token at `at` is this unquoted word. */
bool wend_mysql_word(const Words *words, guint at, const char *word);
/* Whether it is this sign: "(", "," … */
bool wend_mysql_sign(const Words *words, guint at, char sign);
/* Whether it is one of these words, NULL-terminated. */
bool wend_mysql_word_of(const Words *words, guint at, const char *const *list);
/* The name at `at` without its quotes; caller frees. NULL when there is none. */
char *wend_mysql_word_name(const Words *words, guint at);
/* Whether the statement calls this function, the name of which has an underscore. Cheap where it does not. */
bool wend_mysql_calls(const char *text, gsize length, const char *function);
/* Whether all of the statement stands in one executable comment that is not for this server: a version that it
 * does not have, or MySQL's from 5.7 on, or the other product's. */
bool wend_mysql_is_skipped(const char *text, gsize length, bool mariadb, gulong version);
/* The first place from `at` on where this word stands outside of parentheses; the end where it does not. */
guint wend_mysql_word_find(const Words *words, guint at, const char *word);

#endif
