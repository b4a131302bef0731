/* SPDX-License-Identifier: MIT
 *
 * What psql makes of a statement before the server sees it: values in the places of its variables, and backslash
 * commands in the middle of a line. The server would know neither, so both are refused. psql's lines are
 * classify.c's.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* Commands that run what stands before them, and what does the same. */
static const struct {
    const char *name, *hint;
} commands[] = {
    {"\\gexec",
     "run what the query makes in a DO block: FOR … IN SELECT … LOOP EXECUTE …; END LOOP"},
    {"\\gset",
     "there are no variables: put the query where its value is used, or all into a DO block"},
    {"\\g", "end the statement with a semicolon"},
    {"\\gx", "end the statement with a semicolon"},
};

/* How deep it is inside of what may hold a colon of the server's own: a[1:n], JSON_OBJECT(k : v). */
typedef struct Depth {
    guint brackets, parentheses;
    guint json; /* parentheses around the outermost JSON_OBJECT; 0 = not in one */
    bool json_next;
} Depth;

static void follow(Depth *depth, const char *text, const WendToken *token)
{
    char sign = token->kind == WEND_TOKEN_PUNCTUATION ? text[token->start] : '\0';
    depth->brackets += sign == '[';
    depth->brackets -= sign == ']' && depth->brackets > 0;
    depth->parentheses += sign == '(';
    if (sign == '(' && depth->json_next && depth->json == 0)
        depth->json = depth->parentheses;
    if (sign == ')' && depth->parentheses > 0) {
        if (depth->parentheses-- == depth->json)
            depth->json = 0;
    }
    depth->json_next =
        wend_token_is(text, token, "JSON_OBJECT") || wend_token_is(text, token, "JSON_OBJECTAGG");
}

/* Whether a variable may begin in the text at all, or a command: most statements are through here. */
static bool is_worth_a_look(const char *text, gsize length)
{
    if (memchr(text, '\\', length) != NULL)
        return true;
    const char *end = text + length;
    for (const char *at = text; (at = memchr(at, ':', (gsize)(end - at))) != NULL; at++) {
        bool type = at > text && at[-1] == ':';
        if (!type && at + 1 < end && at[1] != ':' && at[1] != '=' && !g_ascii_isspace(at[1]))
            return true;
    }
    return false;
}

static bool is_at(const WendScanner *scanner, gsize at, char sign)
{
    return at < scanner->length && scanner->text[at] == sign;
}

/* The length of `:x`, `:'x'` or `:"x"` that the token begins; 0 = it is none. A batch has :size and :after. */
static gsize variable_length(const WendScanner *scanner, const WendToken *token)
{
    const char *text = scanner->text + token->start;
    WendScanner ahead = *scanner;
    WendToken name;
    if (text[0] != ':')
        return 0;
    if (token->kind == WEND_TOKEN_PARAMETER)
        return (token->length == 5 && memcmp(text, ":size", 5) == 0) ||
                       (token->length == 6 && memcmp(text, ":after", 6) == 0)
                   ? 0
                   : token->length;
    bool quoted = token->length == 1 &&
                  (is_at(scanner, token->start + 1, '\'') || is_at(scanner, token->start + 1, '"'));
    return quoted && wend_scanner_next(&ahead, &name) ? 1 + name.length : 0;
}

static bool fail_variable(const char *text, gsize length, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "psql puts a value in the place of %.*s, wend does not",
                   (int)length, text);
    return wend_error_hint(error,
                           "write the value, or ${NAME} under `-- wend: substitute` with its "
                           "value under placeholders: in wend.yaml");
}

static bool fail_command(const char *text, gsize length, WendError *error)
{
    gsize word = 1;
    while (word < length && g_ascii_isalpha(text[word]))
        word++;
    word = MIN(MAX(word, 2), length);
    wend_error_set(error, WEND_USAGE, "%.*s is a word of psql's and no SQL", (int)word, text);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strlen(commands[i].name) == word && memcmp(commands[i].name, text, word) == 0)
            return wend_error_hint(error, "%s", commands[i].hint);
    }
    return wend_error_hint(error, "remove it, or write what it does as SQL");
}

/* Where the ${NAME} ends whose brace the token is; 0 = it is none. A name may have a colon: ${wend:version}. */
static gsize placeholder_end(const char *text, gsize length, const WendToken *token)
{
    if (text[token->start] != '{' || token->start == 0 || text[token->start - 1] != '$')
        return 0;
    const char *close = memchr(text + token->start, '}', length - token->start);
    return close != NULL ? (gsize)(close - text) + 1 : 0;
}

bool wend_pg_check_psql(const char *text, gsize length, gsize *fault, WendError *error)
{
    WendScanner scanner;
    WendToken token;
    Depth depth = {0};
    gsize after = 0; /* behind the last placeholder */
    if (!is_worth_a_look(text, length))
        return true;
    wend_scanner_init(&scanner, text, length, wend_dialect_flags(WEND_DIALECT_POSTGRES));
    while (wend_scanner_next(&scanner, &token)) {
        const char *at = text + token.start;
        if (token.start < after)
            continue;
        after = MAX(after, placeholder_end(text, length, &token));
        bool own = depth.brackets > 0 || depth.json > 0;
        gsize variable = own ? 0 : variable_length(&scanner, &token);
        bool command = token.kind == WEND_TOKEN_PUNCTUATION && *at == '\\';
        if (variable > 0 || command) {
            *fault = token.start;
            return variable > 0 ? fail_variable(at, variable, error)
                                : fail_command(at, length - token.start, error);
        }
        if (!wend_token_is_gap(&token))
            follow(&depth, text, &token);
    }
    return true;
}
