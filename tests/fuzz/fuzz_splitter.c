/* SPDX-License-Identifier: MIT
 *
 * Fuzz target of the scanner and the splitter. The first byte of the input picks the dialect and
 * turns rules over, the rest is the script. What must hold for any bytes is checked here: tokens
 * cover the input, statements ascend, and nothing but layout and terminators lies between them.
 */
#include "sql/scanner.h"
#include "sql/splitter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* What the upper bits of the first byte turn over. */
static const guint turned[] = {
    WEND_LEX_BACKSLASH_STRINGS, WEND_LEX_DOUBLE_STRINGS, WEND_LEX_DELIMITER, WEND_LEX_PSQL,
    WEND_LEX_COMPOUND_BODIES,   WEND_LEX_EXEC_COMMENTS,
};

/* 0 … 191: a dialect with rules turned over; from 192 on: rules as they come, from the next byte. */
static guint choose_flags(uint8_t choice, uint8_t next)
{
    if (choice >= 192)
        return (guint)(next | (choice & 63) << 8 | (next & 15) << 14);
    guint flags = wend_dialect_flags((WendDialect)(choice % 3));
    for (guint bit = 0; bit < G_N_ELEMENTS(turned); bit++)
        if ((choice / 3 & 1 << bit) != 0)
            flags ^= turned[bit];
    return flags;
}

static void check_tokens(const char *text, gsize length, guint flags)
{
    WendScanner scanner;
    WendToken token;
    gsize end = 0;
    guint line = 1;
    wend_scanner_init(&scanner, text, length, flags);
    while (wend_scanner_next(&scanner, &token)) {
        CHECK(token.start == end && token.length > 0 && token.line >= line && token.column > 0);
        CHECK(token.length <= length - end);
        end += token.length;
        line = token.line;
        CHECK(!token.open || end == length);
    }
    CHECK(end == length);
}

static gsize line_end(const char *text, gsize at, gsize length)
{
    while (at < length && text[at] != '\n' && text[at] != '\r')
        at++;
    return at;
}

/* Where the delimiter stands, as the gaps read so far have set it. */
typedef struct Delimiter {
    const char *text;
    gsize length;
} Delimiter;

static gsize read_delimiter_line(const char *text, gsize at, gsize length, Delimiter *delimiter)
{
    gsize end = line_end(text, at, length);
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    char quote = at < end && strchr("'\"`", text[at]) != NULL && text[at] != '\0' ? text[at] : '\0';
    if (quote != '\0')
        at++;
    gsize stop = at;
    while (stop < end && (quote != '\0' ? text[stop] != quote : !g_ascii_isspace(text[stop])))
        stop++;
    *delimiter = (Delimiter){text + at, MIN(stop - at, 15)};
    if (delimiter->length == 1 && text[at] == ';')
        delimiter->length = 0;
    return end;
}

/* A gap holds layout, semicolons, the delimiter and DELIMITER lines, nothing else. */
static void check_gap(const char *text, gsize at, gsize end, gsize length, guint flags,
                      Delimiter *delimiter)
{
    while (at < end) {
        WendScanner scanner;
        WendToken token;
        if (delimiter->length > 0 && end - at >= delimiter->length &&
            memcmp(text + at, delimiter->text, delimiter->length) == 0) {
            at += delimiter->length;
            continue;
        }
        wend_scanner_init(&scanner, text, length, flags);
        scanner.at = at;
        CHECK(wend_scanner_next(&scanner, &token));
        at += token.length;
        if (wend_token_is(text, &token, "delimiter") && (flags & WEND_LEX_DELIMITER) != 0)
            at = read_delimiter_line(text, at, length, delimiter);
        else
            CHECK(wend_token_is_gap(&token) || token.kind == WEND_TOKEN_SEMICOLON);
    }
    CHECK(at == end);
}

/* The line that ends COPY data; an input without one has been reported. */
static gsize check_copy(const char *text, gsize length, const WendStatement *statement, bool split)
{
    CHECK(statement->data_start >= statement->end && statement->data_end >= statement->data_start);
    CHECK(statement->data_end <= length);
    if (!split && statement->data_end == length)
        return length;
    CHECK(memcmp(text + statement->data_end, "\\.", 2) == 0);
    return statement->data_end + 2;
}

static void check_statements(const char *text, gsize length, guint flags)
{
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    WendError error = WEND_ERROR_INIT;
    Delimiter delimiter = {NULL, 0};
    gsize end = 0;
    bool split = wend_split(text, length, flags, statements, &error);
    CHECK(split == (error.code == WEND_OK));
    CHECK(split || (error.line > 0 && error.column > 0 && error.source != NULL));
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        CHECK(statement->start >= end && statement->end > statement->start);
        CHECK(statement->end <= length && statement->line > 0 && statement->column > 0);
        check_gap(text, end, statement->start, length, flags, &delimiter);
        end = statement->end;
        if (statement->kind == WEND_STATEMENT_COPY) {
            bool last = i + 1 == statements->len;
            end = check_copy(text, length, statement, split || !last);
        }
    }
    if (split)
        check_gap(text, end, length, length, flags, &delimiter);
    wend_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    guint flags = choose_flags(data[0], data[1]);
    gsize skip = data[0] >= 192 ? 2 : 1;
    /* A copy of exactly that size, so that a read behind it is seen. */
    gsize length = size - skip;
    g_autofree char *text = g_memdup2(data + skip, length);
    check_tokens(text, length, flags);
    check_statements(text, length, flags);
    CHECK(wend_same_tokens(text, length, text, length, flags));
    return 0;
}
