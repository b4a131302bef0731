/* SPDX-License-Identifier: MIT
 *
 * One round of a batch: `:size` and `:after` get their values, and the largest key that comes back is the
 * next round's `:after`.
 */
#include "db/mysql/mysql.h"

#include <string.h>

static void append_cursor(GString *sql, const WendBatchRound *round)
{
    char *end = NULL;
    if (round->after == NULL) {
        g_string_append(sql, "NULL");
        return;
    }
    /* As what it was: a text is compared with a number as a double. */
    if (round->number && g_ascii_strtod(round->after, &end) > -G_MAXDOUBLE && *end == '\0')
        g_string_append(sql, round->after);
    else
        wend_mysql_text(sql, round->after);
}

void wend_mysql_batch_expand(GString *sql, const WendPiece *piece, const WendBatchRound *round)
{
    WendScanner scanner;
    WendToken token, name;
    wend_scanner_init(&scanner, piece->text, piece->length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    while (wend_scanner_next(&scanner, &token)) {
        WendScanner ahead = scanner;
        if (piece->text[token.start] == ':' && token.length == 1 &&
            wend_scanner_next(&ahead, &name)) {
            bool size = wend_token_is(piece->text, &name, "size");
            if (size || wend_token_is(piece->text, &name, "after")) {
                scanner = ahead;
                if (size)
                    g_string_append_printf(sql, "%" G_GINT64_FORMAT, round->size);
                else
                    append_cursor(sql, round);
                continue;
            }
        }
        g_string_append_len(sql, piece->text + token.start, (gssize)token.length);
    }
}

static int compare_numbers(const char *a, const char *b)
{
    gint64 one, other;
    if (g_ascii_string_to_signed(a, 10, G_MININT64, G_MAXINT64, &one, NULL) &&
        g_ascii_string_to_signed(b, 10, G_MININT64, G_MAXINT64, &other, NULL))
        return (one > other) - (one < other);
    double x = g_ascii_strtod(a, NULL), y = g_ascii_strtod(b, NULL);
    return (x > y) - (x < y);
}

/* Texts are in the order of their collation, which only the server knows: the last that comes counts. */
bool wend_mysql_batch_keep(const WendRow *row, MYSQL_RES *result, const WendBatchRound *round,
                           char **best, bool *number, WendError *error)
{
    const char *value = row->values[0];
    const MYSQL_FIELD *field = mysql_fetch_field_direct(result, 0);
    bool numeric = IS_NUM(field->type) && field->type != MYSQL_TYPE_TIMESTAMP;
    if (value == NULL)
        return true;
    bool stands = round->after != NULL && (numeric ? compare_numbers(value, round->after) <= 0
                                                   : strcmp(value, round->after) == 0);
    if (stands) {
        wend_error_set(error, WEND_FAILED,
                       "the batch returned a key that does not lie behind :after");
        return wend_error_hint(error, "return keys above :after only, in their order");
    }
    if (numeric && *number && *best != NULL && compare_numbers(value, *best) <= 0)
        return true;
    g_free(*best);
    *best = g_strdup(value);
    *number = numeric;
    return true;
}
