/* SPDX-License-Identifier: MIT
 *
 * The scanner: one function per kind of token, chosen by the first byte and the dialect's flags.
 * Which tokens make a statement is in splitter.c and body.c. Every function moves forward only and
 * looks at a byte a bounded number of times: that is what makes the whole linear.
 */
#include "sql/scanner.h"

#include <string.h>

/* What a byte may be in SQL. Bytes from 0x80 on are letters in every dialect: names need no
 * decoding of UTF-8. */
enum { SPACE = 1, LETTER = 2, DIGIT = 4, DOLLAR = 8, OPERATOR = 16, FREE_OPERATOR = 32 };

#define WORD_BYTE (LETTER | DIGIT | DOLLAR)

static const guchar byte_class[256] = {
    [' '] = SPACE,         ['\t' ... '\r'] = SPACE,  ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER,
    ['_'] = LETTER,        [0x80 ... 0xFF] = LETTER, ['0' ... '9'] = DIGIT,  ['$'] = DOLLAR,
    ['+'] = OPERATOR,      ['-'] = OPERATOR,         ['*'] = OPERATOR,       ['/'] = OPERATOR,
    ['<'] = OPERATOR,      ['='] = OPERATOR,         ['>'] = OPERATOR,       ['~'] = OPERATOR,
    ['!'] = OPERATOR,      ['%'] = OPERATOR,         ['^'] = OPERATOR,       ['&'] = OPERATOR,
    ['|'] = OPERATOR,      ['@'] = FREE_OPERATOR,    ['#'] = FREE_OPERATOR,  ['?'] = FREE_OPERATOR,
    ['`'] = FREE_OPERATOR,
};

static bool is_class(guchar byte, guint classes)
{
    return (byte_class[byte] & classes) != 0;
}

/* The byte at `at`, or NUL behind the end. */
static guchar byte_at(const WendScanner *scanner, gsize at)
{
    return at < scanner->length ? (guchar)scanner->text[at] : 0;
}

static bool has(const WendScanner *scanner, guint flag)
{
    return (scanner->flags & flag) != 0;
}

static void skip_word(WendScanner *scanner)
{
    while (is_class(byte_at(scanner, scanner->at), WORD_BYTE))
        scanner->at++;
}

/* Steps over a quoted text whose opening quote is at `at`; a doubled quote stands for itself.
 * False when the input ended first. */
static bool skip_quoted(WendScanner *scanner, char quote, bool backslash)
{
    const char *text = scanner->text;
    gsize at = scanner->at + 1;
    while (at < scanner->length) {
        if (backslash && text[at] == '\\') {
            at += 2;
        } else if (text[at] != quote) {
            at++;
        } else if (byte_at(scanner, at + 1) == (guchar)quote) {
            at += 2;
        } else {
            scanner->at = at + 1;
            return true;
        }
    }
    scanner->at = scanner->length;
    return false;
}

static WendTokenKind scan_single_quoted(WendScanner *scanner, bool backslash, bool *open)
{
    *open = !skip_quoted(scanner, '\'', backslash);
    return WEND_TOKEN_STRING;
}

static WendTokenKind scan_double_quoted(WendScanner *scanner, bool *open)
{
    bool string = has(scanner, WEND_LEX_DOUBLE_STRINGS);
    *open = !skip_quoted(scanner, '"', string && has(scanner, WEND_LEX_BACKSLASH_STRINGS));
    return string ? WEND_TOKEN_STRING : WEND_TOKEN_NAME;
}

/* [name] ends at the first bracket; there is no doubling. */
static WendTokenKind scan_bracket_name(WendScanner *scanner, bool *open)
{
    const char *from = scanner->text + scanner->at;
    const char *end = memchr(from, ']', scanner->length - scanner->at);
    *open = end == NULL;
    scanner->at = end == NULL ? scanner->length : (gsize)(end - scanner->text) + 1;
    return WEND_TOKEN_NAME;
}

/* Where the opening tag at `at` ends, or 0 when there is none: $$ or $tag$, the tag being a name
 * without a dollar sign. */
static gsize dollar_tag_end(const WendScanner *scanner, gsize at)
{
    gsize end = at + 1;
    if (is_class(byte_at(scanner, end), LETTER))
        while (is_class(byte_at(scanner, end), LETTER | DIGIT))
            end++;
    return byte_at(scanner, end) == '$' ? end + 1 : 0;
}

/* Steps from behind the opening tag, `tag` with its dollar signs, to behind the closing one. The tag
 * holds no dollar sign but its ends, so a failed comparison never has to go back. */
static bool skip_dollar_text(WendScanner *scanner, const char *tag, gsize tag_length)
{
    const char *end = scanner->text + scanner->length;
    const char *at = scanner->text + scanner->at;
    while ((at = memchr(at, '$', (gsize)(end - at))) != NULL) {
        gsize same = 1;
        while (same < tag_length && at + same < end && at[same] == tag[same])
            same++;
        at += same;
        if (same == tag_length) {
            scanner->at = (gsize)(at - scanner->text);
            return true;
        }
    }
    scanner->at = scanner->length;
    return false;
}

static WendTokenKind scan_dollar(WendScanner *scanner, bool *open)
{
    gsize start = scanner->at;
    if (has(scanner, WEND_LEX_DOLLAR_QUOTES)) {
        gsize tag_end = dollar_tag_end(scanner, start);
        if (tag_end != 0) {
            scanner->at = tag_end;
            *open = !skip_dollar_text(scanner, scanner->text + start, tag_end - start);
            return WEND_TOKEN_STRING;
        }
        scanner->at++;
        while (is_class(byte_at(scanner, scanner->at), DIGIT))
            scanner->at++;
    } else {
        scanner->at++;
        skip_word(scanner);
    }
    return scanner->at == start + 1 ? WEND_TOKEN_PUNCTUATION : WEND_TOKEN_PARAMETER;
}

/* A word, or the string that it is the prefix of. */
static WendTokenKind scan_word(WendScanner *scanner, bool *open)
{
    const char *word = scanner->text + scanner->at;
    gsize start = scanner->at;
    skip_word(scanner);
    gsize length = scanner->at - start;
    guchar next = byte_at(scanner, scanner->at);
    char first = g_ascii_tolower(word[0]);
    bool postgres = has(scanner, WEND_LEX_E_STRINGS);
    if (length == 1 && next == '\'') {
        if (first == 'e' && postgres)
            return scan_single_quoted(scanner, true, open);
        if (first == 'x' || first == 'b')
            return scan_single_quoted(scanner, false, open);
        if (first == 'n')
            return scan_single_quoted(scanner, has(scanner, WEND_LEX_BACKSLASH_STRINGS), open);
    }
    if (length == 1 && first == 'u' && next == '&' && postgres) {
        guchar quote = byte_at(scanner, scanner->at + 1);
        if (quote == '\'' || quote == '"') {
            scanner->at++;
            *open = !skip_quoted(scanner, (char)quote, false);
            return quote == '\'' ? WEND_TOKEN_STRING : WEND_TOKEN_NAME;
        }
    }
    if (first == '_' && has(scanner, WEND_LEX_EXEC_COMMENTS)) {
        if (next == '\'')
            return scan_single_quoted(scanner, has(scanner, WEND_LEX_BACKSLASH_STRINGS), open);
        if (next == '"' && has(scanner, WEND_LEX_DOUBLE_STRINGS))
            return scan_double_quoted(scanner, open);
    }
    return WEND_TOKEN_WORD;
}

/* A number takes the letters that stick to it (0x1F, 1e5, 1_000, and what no server accepts), one
 * point that no second point follows (1..10 is a range), and an exponent's sign. */
static WendTokenKind scan_number(WendScanner *scanner)
{
    guint word = has(scanner, WEND_LEX_DOLLAR_QUOTES) ? LETTER | DIGIT : WORD_BYTE;
    bool hex =
        byte_at(scanner, scanner->at) == '0' && (byte_at(scanner, scanner->at + 1) | 32) == 'x';
    bool point = false;
    for (;; scanner->at++) {
        guchar byte = byte_at(scanner, scanner->at);
        if (byte == '.' && !point && byte_at(scanner, scanner->at + 1) != '.') {
            point = true;
        } else if ((byte | 32) == 'e' && !hex) {
            guchar sign = byte_at(scanner, scanner->at + 1);
            if ((sign == '+' || sign == '-') && is_class(byte_at(scanner, scanner->at + 2), DIGIT))
                scanner->at++;
        } else if (!is_class(byte, word)) {
            return WEND_TOKEN_NUMBER;
        }
    }
}

static WendTokenKind scan_space(WendScanner *scanner)
{
    while (is_class(byte_at(scanner, scanner->at), SPACE))
        scanner->at++;
    return WEND_TOKEN_SPACE;
}

/* Without the line end. Where only \n ends the line, the \r of a \r\n still belongs to that. */
static WendTokenKind scan_line_comment(WendScanner *scanner)
{
    bool cr_ends = has(scanner, WEND_LEX_CR_ENDS_COMMENT);
    const char *text = scanner->text;
    gsize at = scanner->at;
    while (at < scanner->length && text[at] != '\n' && !(cr_ends && text[at] == '\r'))
        at++;
    if (at < scanner->length && text[at - 1] == '\r')
        at--;
    scanner->at = at;
    return WEND_TOKEN_LINE_COMMENT;
}

static WendTokenKind scan_block_comment(WendScanner *scanner, bool *open)
{
    bool nests = has(scanner, WEND_LEX_NESTED_COMMENTS);
    const char *text = scanner->text;
    gsize depth = 1;
    gsize at = scanner->at + 2;
    while (depth > 0 && at + 1 < scanner->length) {
        if (text[at] == '*' && text[at + 1] == '/') {
            depth--;
            at += 2;
        } else if (nests && text[at] == '/' && text[at + 1] == '*') {
            depth++;
            at += 2;
        } else {
            at++;
        }
    }
    *open = depth > 0;
    scanner->at = depth > 0 ? scanner->length : at;
    return WEND_TOKEN_BLOCK_COMMENT;
}

/* The length of the opening of an executable comment at `at`, 0 when there is none. A version has
 * five or six digits; fewer are part of the code. Version 999999 is no server's: mariadb-dump
 * writes it into its first line for the client alone, so it stays a comment. */
static gsize exec_open_length(const WendScanner *scanner, gsize at)
{
    gsize mark = at + 2;
    if (!has(scanner, WEND_LEX_EXEC_COMMENTS))
        return 0;
    if (byte_at(scanner, mark) == 'M')
        mark++;
    if (byte_at(scanner, mark) != '!')
        return 0;
    gsize digits = 0;
    while (digits < 6 && is_class(byte_at(scanner, mark + 1 + digits), DIGIT))
        digits++;
    if (digits == 6 && memcmp(scanner->text + mark + 1, "999999", 6) == 0)
        return 0;
    return mark + 1 - at + (digits < 5 ? 0 : digits);
}

static WendTokenKind scan_comment(WendScanner *scanner, bool *open)
{
    if (scanner->text[scanner->at] != '/')
        return scan_line_comment(scanner);
    gsize length = exec_open_length(scanner, scanner->at);
    if (length == 0)
        return scan_block_comment(scanner, open);
    scanner->at += length;
    scanner->in_exec = true;
    return WEND_TOKEN_EXEC_OPEN;
}

static bool comment_at(const WendScanner *scanner, gsize at)
{
    guchar byte = byte_at(scanner, at), next = byte_at(scanner, at + 1);
    if (byte == '/')
        return next == '*';
    if (byte == '#')
        return has(scanner, WEND_LEX_HASH_COMMENTS);
    if (byte != '-' || next != '-')
        return false;
    /* Behind the end byte_at() gives NUL, which is a control character as well. */
    guchar third = byte_at(scanner, at + 2);
    return !has(scanner, WEND_LEX_DASH_NEEDS_SPACE) || third <= ' ' || third == 0x7F;
}

static bool exec_close_at(const WendScanner *scanner, gsize at)
{
    return scanner->in_exec && byte_at(scanner, at) == '*' && byte_at(scanner, at + 1) == '/';
}

/* A run of operator characters; a comment begins even in the middle of one. */
static WendTokenKind scan_operator(WendScanner *scanner)
{
    guint classes = has(scanner, WEND_LEX_FREE_OPERATORS) ? OPERATOR | FREE_OPERATOR : OPERATOR;
    gsize start = scanner->at;
    do {
        scanner->at++;
    } while (is_class(byte_at(scanner, scanner->at), classes) &&
             !comment_at(scanner, scanner->at) && !exec_close_at(scanner, scanner->at));
    /* A question mark on its own may be a parameter as well as an operator. */
    bool question = scanner->text[start] == '?' && scanner->at == start + 1;
    return question ? WEND_TOKEN_PARAMETER : WEND_TOKEN_OPERATOR;
}

/* ?1 and @name, @@name; a sign on its own is punctuation, but for the question mark. */
static WendTokenKind scan_parameter(WendScanner *scanner)
{
    bool question = scanner->text[scanner->at] == '?';
    scanner->at++;
    if (!question && byte_at(scanner, scanner->at) == '@')
        scanner->at++;
    gsize name = scanner->at;
    while (is_class(byte_at(scanner, scanner->at), question ? DIGIT : WORD_BYTE))
        scanner->at++;
    return question || scanner->at > name ? WEND_TOKEN_PARAMETER : WEND_TOKEN_PUNCTUATION;
}

/* :name, or :1 unless brackets are array slices: a[1:2]. */
static WendTokenKind scan_colon(WendScanner *scanner)
{
    guint name = has(scanner, WEND_LEX_BRACKET_NAMES) ? LETTER | DIGIT : LETTER;
    guchar next = byte_at(scanner, ++scanner->at);
    if (next == ':' || next == '=') {
        scanner->at++;
        return WEND_TOKEN_OPERATOR;
    }
    if (!has(scanner, WEND_LEX_COLON_NAMES) || !is_class(next, name))
        return WEND_TOKEN_PUNCTUATION;
    skip_word(scanner);
    return WEND_TOKEN_PARAMETER;
}

/* A token that begins with neither white space nor a letter nor a digit. */
static WendTokenKind scan_sign(WendScanner *scanner, bool *open)
{
    guchar byte = (guchar)scanner->text[scanner->at];
    bool free = has(scanner, WEND_LEX_FREE_OPERATORS);
    if (byte == '\'') {
        bool backslash = has(scanner, WEND_LEX_BACKSLASH_STRINGS) || scanner->resumes == 2;
        return scan_single_quoted(scanner, backslash, open);
    }
    if (byte == '"')
        return scan_double_quoted(scanner, open);
    if (byte == '`' && has(scanner, WEND_LEX_BACKTICK_NAMES)) {
        *open = !skip_quoted(scanner, '`', false);
        return WEND_TOKEN_NAME;
    }
    if (byte == '[' && has(scanner, WEND_LEX_BRACKET_NAMES))
        return scan_bracket_name(scanner, open);
    if (byte == '$')
        return scan_dollar(scanner, open);
    if (byte == ':')
        return scan_colon(scanner);
    if (comment_at(scanner, scanner->at))
        return scan_comment(scanner, open);
    if (exec_close_at(scanner, scanner->at)) {
        scanner->at += 2;
        scanner->in_exec = false;
        return WEND_TOKEN_EXEC_CLOSE;
    }
    if (is_class(byte, free ? OPERATOR | FREE_OPERATOR : OPERATOR))
        return scan_operator(scanner);
    if (byte == '?' || byte == '@')
        return scan_parameter(scanner);
    scanner->at++;
    return byte == ';' ? WEND_TOKEN_SEMICOLON : WEND_TOKEN_PUNCTUATION;
}

static WendTokenKind scan(WendScanner *scanner, bool *open)
{
    guchar byte = (guchar)scanner->text[scanner->at];
    if (is_class(byte, SPACE))
        return scan_space(scanner);
    if (scanner->at == 0 && scanner->length >= 3 && memcmp(scanner->text, "\xEF\xBB\xBF", 3) == 0) {
        scanner->at = 3;
        return WEND_TOKEN_BOM;
    }
    if (is_class(byte, LETTER))
        return scan_word(scanner, open);
    if (is_class(byte, DIGIT) ||
        (byte == '.' && is_class(byte_at(scanner, scanner->at + 1), DIGIT)))
        return scan_number(scanner);
    return scan_sign(scanner, open);
}

static void count_lines(WendScanner *scanner, gsize from)
{
    for (gsize at = from; at < scanner->at; at++) {
        guchar byte = (guchar)scanner->text[at];
        if (byte == '\n' || (byte == '\r' && byte_at(scanner, at + 1) != '\n')) {
            scanner->line++;
            scanner->line_start = at + 1;
        }
    }
}

/* PostgreSQL continues a string behind a line end: E'a' and, on the next line, 'b\'' are one, and
 * its escapes hold for both. Line comments may stand between, nothing else. */
static void note_continuation(WendScanner *scanner, const WendToken *token)
{
    char first = scanner->text[token->start];
    if (token->kind == WEND_TOKEN_STRING)
        scanner->resumes = first == 'e' || first == 'E' || (first == '\'' && scanner->resumes == 2);
    else if (token->kind == WEND_TOKEN_SPACE && scanner->resumes == 1)
        scanner->resumes = scanner->line > token->line ? 2 : 1;
    else if (token->kind != WEND_TOKEN_SPACE && token->kind != WEND_TOKEN_LINE_COMMENT)
        scanner->resumes = 0;
}

void wend_scanner_init(WendScanner *scanner, const char *text, gsize length, guint flags)
{
    *scanner = (WendScanner){.text = text, .length = length, .flags = flags, .line = 1};
}

bool wend_scanner_next(WendScanner *scanner, WendToken *token)
{
    if (scanner->at >= scanner->length)
        return false;
    token->open = false;
    token->start = scanner->at;
    token->line = scanner->line;
    token->column = (guint)(scanner->at - scanner->line_start) + 1;
    token->kind = scan(scanner, &token->open);
    token->length = scanner->at - token->start;
    if (token->kind <= WEND_TOKEN_BLOCK_COMMENT || token->kind == WEND_TOKEN_NAME ||
        token->kind == WEND_TOKEN_STRING)
        count_lines(scanner, token->start);
    if (has(scanner, WEND_LEX_E_STRINGS))
        note_continuation(scanner, token);
    return true;
}

void wend_scanner_skip(WendScanner *scanner, gsize to)
{
    gsize from = scanner->at;
    scanner->at = MIN(MAX(to, from), scanner->length);
    scanner->resumes = 0;
    count_lines(scanner, from);
}

bool wend_token_is_gap(const WendToken *token)
{
    return token->kind <= WEND_TOKEN_BLOCK_COMMENT;
}

bool wend_token_is(const char *text, const WendToken *token, const char *word)
{
    return token->kind == WEND_TOKEN_WORD && strlen(word) == token->length &&
           g_ascii_strncasecmp(text + token->start, word, token->length) == 0;
}
