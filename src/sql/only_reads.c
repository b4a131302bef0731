/* SPDX-License-Identifier: MIT
 *
 * Queries that only read. See only_reads.h.
 */
#include "sql/only_reads.h"

#include "sql/scanner.h"

/* What a query that only reads begins with. */
static const char *const openers[] = {"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "PRAGMA"};

/* Words that stand, unquoted, in no query that only reads: WITH … DELETE, SELECT … INTO, FOR UPDATE. Before
 * a bracket INSERT is a function of MySQL's. */
static const char *const writers[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "INTO"};

static bool is_any(const char *text, const WendToken *token, const char *const *words, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        if (wend_token_is(text, token, words[i]))
            return true;
    }
    return false;
}

static bool next_token(WendScanner *scanner, WendToken *token)
{
    while (wend_scanner_next(scanner, token)) {
        if (!wend_token_is_gap(token))
            return true;
    }
    return false;
}

static bool is_sign(const char *text, const WendToken *token, char sign)
{
    return token->length == 1 && text[token->start] == sign &&
           (token->kind == WEND_TOKEN_PUNCTUATION || token->kind == WEND_TOKEN_OPERATOR);
}

/* FOR SHARE, FOR KEY SHARE, LOCK IN SHARE MODE. */
static bool locks(const char *text, const WendToken *before, const WendToken *token)
{
    return wend_token_is(text, token, "SHARE") &&
           (wend_token_is(text, before, "FOR") || wend_token_is(text, before, "KEY") ||
            wend_token_is(text, before, "IN"));
}

static const char *why_not(const char *text, const WendToken *before, const WendToken *token,
                           const WendScanner *scanner, bool pragma)
{
    WendScanner ahead = *scanner;
    WendToken next = {0};
    if (token->open)
        return "a string, a name or a comment in it has no end";
    if (token->kind == WEND_TOKEN_SEMICOLON)
        return "it is more than one statement";
    if (pragma && (is_sign(text, token, '=') || is_sign(text, token, '(')))
        return "a PRAGMA with a value may change the database";
    if (locks(text, before, token))
        return "it locks rows";
    if (!is_any(text, token, writers, G_N_ELEMENTS(writers)) || is_sign(text, before, '.') ||
        (wend_token_is(text, token, "INSERT") && next_token(&ahead, &next) &&
         is_sign(text, &next, '(')))
        return NULL;
    return "it would change the database";
}

bool wend_sql_only_reads(const char *text, gsize length, guint flags, const char **reason)
{
    WendScanner scanner;
    WendToken token, before = {0};
    bool opened = false, pragma = false;
    wend_scanner_init(&scanner, text, length, flags);
    while (next_token(&scanner, &token)) {
        if (!opened && !is_sign(text, &token, '(')) {
            opened = is_any(text, &token, openers, G_N_ELEMENTS(openers));
            pragma = wend_token_is(text, &token, "PRAGMA");
            if (!opened)
                break;
        }
        *reason = why_not(text, &before, &token, &scanner, pragma);
        if (*reason != NULL)
            return false;
        before = token;
    }
    if (!opened)
        *reason = "it is no query";
    return opened;
}
