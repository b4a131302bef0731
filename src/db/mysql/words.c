/* SPDX-License-Identifier: MIT
 *
 * Tokens of a statement. See words.h.
 */
#include "db/mysql/words.h"

#include <stdlib.h>
#include <string.h>

/* MariaDB: SET STATEMENT variable = value, … FOR statement. The statement counts, and the scanner, which
 * stands behind SET, goes on to it. */
static bool skip_prefix(WendScanner *scanner)
{
    WendScanner ahead = *scanner;
    WendToken token;
    bool begun = false;
    guint depth = 0;
    while (wend_scanner_next(&ahead, &token)) {
        if (wend_token_is_gap(&token))
            continue;
        if (!begun && !wend_token_is(ahead.text, &token, "STATEMENT"))
            return false;
        begun = true;
        char sign = ahead.text[token.start];
        depth += sign == '(';
        depth -= depth > 0 && sign == ')';
        if (depth == 0 && wend_token_is(ahead.text, &token, "FOR")) {
            *scanner = ahead;
            return true;
        }
    }
    return false;
}

void wend_mysql_words_read(Words *words, const char *text, gsize length, guint max)
{
    WendScanner scanner;
    WendToken token;
    words->text = text;
    words->tokens = g_array_new(FALSE, FALSE, sizeof(WendToken));
    wend_scanner_init(&scanner, text, length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    while (words->tokens->len < max && wend_scanner_next(&scanner, &token)) {
        if (wend_token_is_gap(&token) || token.kind == WEND_TOKEN_EXEC_OPEN ||
            token.kind == WEND_TOKEN_EXEC_CLOSE)
            continue;
        bool prefix = words->tokens->len == 0 && wend_token_is(text, &token, "SET");
        if (!prefix || !skip_prefix(&scanner))
            g_array_append_val(words->tokens, token);
    }
}

void wend_mysql_words_clear(Words *words)
{
    g_clear_pointer(&words->tokens, g_array_unref);
}

const WendToken *wend_mysql_token(const Words *words, guint at)
{
    return at < words->tokens->len ? &g_array_index(words->tokens, WendToken, at) : NULL;
}

bool wend_mysql_word(const Words *words, guint at, const char *word)
{
    const WendToken *token = wend_mysql_token(words, at);
    return token != NULL && wend_token_is(words->text, token, word);
}

bool wend_mysql_sign(const Words *words, guint at, char sign)
{
    const WendToken *token = wend_mysql_token(words, at);
    return token != NULL && words->text[token->start] == sign;
}

bool wend_mysql_word_of(const Words *words, guint at, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (wend_mysql_word(words, at, *list))
            return true;
    }
    return false;
}

char *wend_mysql_word_name(const Words *words, guint at)
{
    const WendToken *token = wend_mysql_token(words, at);
    if (token == NULL || (token->kind != WEND_TOKEN_WORD && token->kind != WEND_TOKEN_NAME &&
                          token->kind != WEND_TOKEN_STRING && token->kind != WEND_TOKEN_NUMBER))
        return NULL;
    const char *start = words->text + token->start;
    char quote = start[0];
    if (token->length < 2 || (quote != '`' && quote != '"' && quote != '\''))
        return g_strndup(start, token->length);
    GString *name = g_string_new(NULL);
    for (gsize i = 1; i + 1 < token->length; i++) {
        g_string_append_c(name, start[i]);
        if (start[i] == quote)
            i++; /* doubled */
    }
    return g_string_free(name, FALSE);
}

static bool mentions(const char *text, gsize length, const char *name)
{
    gsize whole = strlen(name), before = strcspn(name, "_");
    for (const char *at = text; (at = memchr(at, '_', length - (gsize)(at - text))) != NULL; at++) {
        gsize start = (gsize)(at - text);
        if (start >= before && length - (start - before) >= whole &&
            g_ascii_strncasecmp(at - before, name, whole) == 0)
            return true;
    }
    return false;
}

bool wend_mysql_calls(const char *text, gsize length, const char *function)
{
    g_auto(Words) words = {0};
    if (!mentions(text, length, function))
        return false;
    wend_mysql_words_read(&words, text, length, WORDS_ALL);
    for (guint i = 0; i < words.tokens->len; i++) {
        if (wend_mysql_word(&words, i, function) && wend_mysql_sign(&words, i + 1, '('))
            return true;
    }
    return false;
}

bool wend_mysql_is_skipped(const char *text, gsize length, bool mariadb, gulong version)
{
    WendScanner scanner;
    WendToken token, first = {0};
    bool inside = false, skipped = false;
    wend_scanner_init(&scanner, text, length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    while (wend_scanner_next(&scanner, &token)) {
        if (wend_token_is_gap(&token))
            continue;
        if (first.length == 0)
            first = token;
        if (token.kind == WEND_TOKEN_EXEC_OPEN) {
            const char *sign = text + token.start + 2;
            gulong wanted = strtoul(strchr(sign, '!') + 1, NULL, 10);
            bool other =
                mariadb ? *sign == '!' && wanted >= 50700 && wanted <= 99999 : *sign == 'M';
            inside = true;
            skipped = (other || wanted > version) && (skipped || token.start == first.start);
        } else if (!inside) {
            return false;
        }
        inside &= token.kind != WEND_TOKEN_EXEC_CLOSE;
    }
    return skipped;
}

guint wend_mysql_word_find(const Words *words, guint at, const char *word)
{
    guint depth = 0;
    for (; at < words->tokens->len; at++) {
        if (wend_mysql_sign(words, at, '('))
            depth++;
        else if (wend_mysql_sign(words, at, ')'))
            depth -= depth > 0;
        else if (depth == 0 && wend_mysql_word(words, at, word))
            break;
    }
    return at;
}
