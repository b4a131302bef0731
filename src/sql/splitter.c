/* SPDX-License-Identifier: MIT
 *
 * The splitter: statements out of tokens, one at a time, and what only clients know: DELIMITER
 * lines, COPY data and psql's backslash lines. What a body is, is body.c's business.
 *
 * Where DELIMITER has set another one, the semicolon parts statements as well, outside of bodies: the server
 * would part them there, and run several things where one was looked at.
 *
 * A terminator inside an executable comment of MySQL ends nothing. The mysql and mariadb clients do
 * cut there, but then send a comment without its end, which no server runs: a script that works
 * with them has none, or has set a DELIMITER. Kept whole, the text reaches the server as written.
 */
#include "sql/splitter.h"

#include "sql/body.h"
#include "sql/scanner.h"

#include <string.h>

/* What the mysql and mariadb clients keep of a delimiter. It bounds the work per byte as well. */
#define DELIMITER_MAX 15

/* What a text can end inside of, or lack. */
typedef enum Fault {
    FAULT_NONE,
    FAULT_STRING,
    FAULT_DOLLAR,
    FAULT_NAME,
    FAULT_COMMENT,
    FAULT_EXEC,
    FAULT_BODY,
    FAULT_DATA,
    FAULT_COPY_LINE,
    FAULT_DELIMITER
} Fault;

static const struct {
    const char *message, *hint;
} faults[] = {
    [FAULT_STRING] = {"the text ends inside a string", "close it with the quote it began with"},
    [FAULT_DOLLAR] = {"the text ends inside a dollar-quoted string",
                      "repeat the tag that opened it, exactly"},
    [FAULT_NAME] = {"the text ends inside a quoted name", "close it with the quote it began with"},
    [FAULT_COMMENT] = {"the text ends inside a comment", "close it with */"},
    [FAULT_EXEC] = {"the text ends inside an executable comment", "close it with */"},
    [FAULT_BODY] = {"the text ends inside the body that opens here",
                    "close it: every BEGIN, IF, CASE or loop needs its END, every parenthesis its "
                    "other half"},
    [FAULT_DATA] = {"the text ends inside the data of COPY … FROM stdin",
                    "end the data with a line that holds \\. and nothing else"},
    [FAULT_COPY_LINE] = {"COPY … FROM stdin is not the last on its line",
                         "begin the data, or the next statement, on a line of its own"},
    [FAULT_DELIMITER] = {"DELIMITER names no delimiter", "write it on the same line: DELIMITER //"},
};

typedef struct Splitter {
    WendScanner scanner;
    const char *delimiter;  /* as a DELIMITER line set it */
    gsize delimiter_length; /* 0: a semicolon */
    WendToken exec;         /* the executable comment opened last */
    Fault fault;            /* the first, which is also where the splitter stops */
    WendToken fault_token;
} Splitter;

typedef enum Piece { PIECE_TOKEN, PIECE_TERMINATOR, PIECE_END } Piece;

static void set_fault(Splitter *splitter, Fault fault, const WendToken *token)
{
    if (splitter->fault != FAULT_NONE)
        return;
    splitter->fault = fault;
    splitter->fault_token = *token;
}

static void note_open(Splitter *splitter, const WendToken *token)
{
    bool dollar = splitter->scanner.text[token->start] == '$';
    if (token->kind == WEND_TOKEN_STRING)
        set_fault(splitter, dollar ? FAULT_DOLLAR : FAULT_STRING, token);
    else
        set_fault(splitter, token->kind == WEND_TOKEN_NAME ? FAULT_NAME : FAULT_COMMENT, token);
}

static bool delimiter_at(const Splitter *splitter, gsize at)
{
    const WendScanner *scanner = &splitter->scanner;
    gsize length = splitter->delimiter_length;
    return length > 0 && !scanner->in_exec && scanner->length - at >= length &&
           memcmp(scanner->text + at, splitter->delimiter, length) == 0;
}

/* A delimiter ends a statement wherever it stands outside of quotes and comments, in the middle of
 * a word as well: "END$$". Ends the token before it. */
static void cut_at_delimiter(Splitter *splitter, WendToken *token)
{
    if (wend_token_is_gap(token) || token->kind == WEND_TOKEN_STRING ||
        token->kind == WEND_TOKEN_NAME)
        return;
    for (gsize at = token->start + 1; at < token->start + token->length; at++) {
        if (delimiter_at(splitter, at)) {
            token->length = at - token->start;
            splitter->scanner.at = at;
            return;
        }
    }
}

/* The next token. A terminator that a DELIMITER line set is no token; semicolons are. */
static Piece next_piece(Splitter *splitter, WendToken *token)
{
    WendScanner *scanner = &splitter->scanner;
    if (delimiter_at(splitter, scanner->at)) {
        wend_scanner_skip(scanner, scanner->at + splitter->delimiter_length);
        return PIECE_TERMINATOR;
    }
    if (!wend_scanner_next(scanner, token))
        return PIECE_END;
    if (token->open)
        note_open(splitter, token);
    if (token->kind == WEND_TOKEN_EXEC_OPEN)
        splitter->exec = *token;
    if (splitter->delimiter_length > 0)
        cut_at_delimiter(splitter, token);
    return PIECE_TOKEN;
}

static gsize line_end(const WendScanner *scanner, gsize at)
{
    while (at < scanner->length && scanner->text[at] != '\n' && scanner->text[at] != '\r')
        at++;
    return at;
}

static gsize skip_blanks(const WendScanner *scanner, gsize at)
{
    while (at < scanner->length && (scanner->text[at] == ' ' || scanner->text[at] == '\t'))
        at++;
    return at;
}

/* Whether a DELIMITER line begins with the token, which is the first of a statement. */
static bool is_delimiter_line(const Splitter *splitter, const WendToken *token)
{
    const WendScanner *scanner = &splitter->scanner;
    gsize end = token->start + token->length;
    if ((scanner->flags & WEND_LEX_DELIMITER) == 0 || scanner->in_exec ||
        !wend_token_is(scanner->text, token, "delimiter"))
        return false;
    return skip_blanks(scanner, end) > end || line_end(scanner, end) == end;
}

/* As the clients do, a DELIMITER line ends a statement that lacks its terminator, but only where
 * another delimiter than the semicolon holds: elsewhere it might be a column's name. */
static bool is_cut_by_delimiter_line(const Splitter *splitter, const WendToken *token)
{
    const char *text = splitter->scanner.text;
    gsize at = token->start;
    if (splitter->delimiter_length == 0 || !is_delimiter_line(splitter, token))
        return false;
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
        at--;
    return at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
}

/* Takes the rest of a DELIMITER line: one word, or one in quotes. The line's rest says nothing. */
static void read_delimiter(Splitter *splitter, const WendToken *token)
{
    WendScanner *scanner = &splitter->scanner;
    gsize end = line_end(scanner, scanner->at);
    gsize start = skip_blanks(scanner, scanner->at);
    gsize stop = start;
    char quote = start < end ? scanner->text[start] : '\0';
    if (quote == '\'' || quote == '"' || quote == '`') {
        stop = ++start;
        while (stop < end && scanner->text[stop] != quote)
            stop++;
    } else {
        while (stop < end && !g_ascii_isspace(scanner->text[stop]))
            stop++;
    }
    if (stop == start)
        set_fault(splitter, FAULT_DELIMITER, token);
    splitter->delimiter = scanner->text + start;
    splitter->delimiter_length = MIN(stop - start, DELIMITER_MAX);
    if (splitter->delimiter_length == 1 && *splitter->delimiter == ';')
        splitter->delimiter_length = 0;
    wend_scanner_skip(scanner, end);
}

/* Goes on to the first token of the next statement. False at the end and at a fault. */
static bool find_statement(Splitter *splitter, WendToken *token)
{
    while (splitter->fault == FAULT_NONE) {
        Piece piece = next_piece(splitter, token);
        if (piece == PIECE_END)
            return false;
        if (piece == PIECE_TERMINATOR || wend_token_is_gap(token) ||
            token->kind == WEND_TOKEN_SEMICOLON)
            continue;
        if (!is_delimiter_line(splitter, token))
            return true;
        read_delimiter(splitter, token);
    }
    return false;
}

/* A backslash line, without the blanks at its end. */
static void read_meta(Splitter *splitter, WendStatement *statement)
{
    WendScanner *scanner = &splitter->scanner;
    gsize end = line_end(scanner, statement->start);
    wend_scanner_skip(scanner, end);
    while (g_ascii_isspace(scanner->text[end - 1]))
        end--;
    statement->kind = WEND_STATEMENT_META;
    statement->end = end;
}

/* The end of the line, newline included, that begins at `at`. */
static gsize next_line(const WendScanner *scanner, gsize at)
{
    const char *newline = memchr(scanner->text + at, '\n', scanner->length - at);
    return newline == NULL ? scanner->length : (gsize)(newline - scanner->text) + 1;
}

static bool ends_data(const WendScanner *scanner, gsize at, gsize next)
{
    const char *line = scanner->text + at;
    gsize length = next - at;
    return (length == 2 && memcmp(line, "\\.", 2) == 0) ||
           (length == 3 && memcmp(line, "\\.\n", 3) == 0) ||
           (length == 4 && memcmp(line, "\\.\r\n", 4) == 0);
}

/* Takes the data behind COPY … FROM stdin; and the line that ends it, but for its line end. */
static void read_copy(Splitter *splitter, WendStatement *statement, const WendToken *first)
{
    WendScanner *scanner = &splitter->scanner;
    gsize rest = skip_blanks(scanner, scanner->at);
    bool comment = scanner->length - rest >= 2 && memcmp(scanner->text + rest, "--", 2) == 0;
    statement->kind = WEND_STATEMENT_COPY;
    if (!comment && line_end(scanner, rest) != rest)
        set_fault(splitter, FAULT_COPY_LINE, first);
    gsize at = next_line(scanner, scanner->at);
    gsize next = next_line(scanner, at);
    statement->data_start = at;
    while (at < scanner->length && !ends_data(scanner, at, next)) {
        at = next;
        next = next_line(scanner, at);
    }
    statement->data_end = at;
    if (at == scanner->length)
        set_fault(splitter, FAULT_DATA, first);
    wend_scanner_skip(scanner, MIN(at + 2, scanner->length));
}

/* Whether the token ends the statement: the semicolon, or a DELIMITER line, which is read. */
static bool is_end(Splitter *splitter, WendBody *body, const WendToken *token)
{
    if (token->kind == WEND_TOKEN_EXEC_OPEN || token->kind == WEND_TOKEN_EXEC_CLOSE)
        return false;
    if (is_cut_by_delimiter_line(splitter, token)) {
        read_delimiter(splitter, token);
        return true;
    }
    return wend_body_step(body, splitter->scanner.text, token) && !splitter->scanner.in_exec &&
           !(splitter->delimiter_length > 0 && wend_body_is_dark(body));
}

/* Takes the tokens of a statement. False when the text ended before its terminator. */
static bool read_tokens(Splitter *splitter, WendBody *body, WendStatement *statement,
                        const WendToken *first)
{
    WendToken token = *first;
    Piece piece = PIECE_TOKEN;
    while (piece == PIECE_TOKEN) {
        if (!wend_token_is_gap(&token)) {
            if (is_end(splitter, body, &token))
                return true;
            statement->end = token.start + token.length;
        }
        piece = next_piece(splitter, &token);
    }
    return piece == PIECE_TERMINATOR;
}

static void read_sql(Splitter *splitter, WendStatement *statement, const WendToken *first)
{
    WendBody body;
    wend_body_init(&body, splitter->scanner.flags);
    if (!read_tokens(splitter, &body, statement, first)) {
        if (splitter->scanner.in_exec)
            set_fault(splitter, FAULT_EXEC, &splitter->exec);
        if (wend_body_is_open(&body) && splitter->delimiter_length == 0)
            set_fault(splitter, FAULT_BODY, body.opened.length > 0 ? &body.opened : first);
    }
    if (wend_body_is_copy(&body))
        read_copy(splitter, statement, first);
}

static void splitter_init(Splitter *splitter, const char *text, gsize length, guint flags)
{
    memset(splitter, 0, sizeof *splitter);
    wend_scanner_init(&splitter->scanner, text, length, flags);
}

/* The next statement. False at the end; a fault may be set either way. */
static bool next_statement(Splitter *splitter, WendStatement *statement)
{
    const WendScanner *scanner = &splitter->scanner;
    WendToken first;
    if (!find_statement(splitter, &first))
        return false;
    *statement = (WendStatement){
        .start = first.start, .end = first.start, .line = first.line, .column = first.column};
    if ((scanner->flags & WEND_LEX_PSQL) != 0 && scanner->text[first.start] == '\\')
        read_meta(splitter, statement);
    else
        read_sql(splitter, statement, &first);
    return true;
}

static bool report_fault(const Splitter *splitter, WendError *error)
{
    const WendScanner *scanner = &splitter->scanner;
    const WendToken *token = &splitter->fault_token;
    wend_error_set(error, WEND_FINDINGS, "%s", faults[splitter->fault].message);
    wend_error_hint(error, "%s", faults[splitter->fault].hint);
    wend_error_source(error, scanner->text, scanner->length, token->start);
    return wend_error_place(error, NULL, token->line, token->column);
}

bool wend_split(const char *text, gsize length, guint flags, GArray *statements, WendError *error)
{
    Splitter splitter;
    WendStatement statement;
    splitter_init(&splitter, text, length, flags);
    while (next_statement(&splitter, &statement))
        g_array_append_val(statements, statement);
    return splitter.fault == FAULT_NONE || report_fault(&splitter, error);
}

/* The next token of [at, length) that is no gap. */
static bool next_solid(WendScanner *scanner, WendToken *token)
{
    while (wend_scanner_next(scanner, token))
        if (!wend_token_is_gap(token))
            return true;
    return false;
}

static bool same_bytes(const Splitter *a, gsize a_start, gsize a_end, const Splitter *b,
                       gsize b_start, gsize b_end)
{
    return a_end - a_start == b_end - b_start &&
           memcmp(a->scanner.text + a_start, b->scanner.text + b_start, a_end - a_start) == 0;
}

static WendScanner scanner_of(const Splitter *splitter, const WendStatement *statement)
{
    WendScanner scanner;
    wend_scanner_init(&scanner, splitter->scanner.text, statement->end, splitter->scanner.flags);
    scanner.at = statement->start;
    return scanner;
}

static bool same_statement(const Splitter *a, const WendStatement *of_a, const Splitter *b,
                           const WendStatement *of_b)
{
    if (of_a->kind != of_b->kind ||
        !same_bytes(a, of_a->data_start, of_a->data_end, b, of_b->data_start, of_b->data_end))
        return false;
    if (of_a->kind == WEND_STATEMENT_META)
        return same_bytes(a, of_a->start, of_a->end, b, of_b->start, of_b->end);
    WendScanner left = scanner_of(a, of_a), right = scanner_of(b, of_b);
    WendToken from_a, from_b;
    while (next_solid(&left, &from_a)) {
        if (!next_solid(&right, &from_b) || from_a.kind != from_b.kind ||
            !same_bytes(a, from_a.start, from_a.start + from_a.length, b, from_b.start,
                        from_b.start + from_b.length))
            return false;
    }
    return !next_solid(&right, &from_b);
}

bool wend_same_tokens(const char *a, gsize a_length, const char *b, gsize b_length, guint flags)
{
    Splitter left, right;
    WendStatement from_left, from_right;
    splitter_init(&left, a, a_length, flags);
    splitter_init(&right, b, b_length, flags);
    while (next_statement(&left, &from_left))
        if (!next_statement(&right, &from_right) ||
            !same_statement(&left, &from_left, &right, &from_right))
            return false;
    return !next_statement(&right, &from_right) && left.fault == right.fault;
}
