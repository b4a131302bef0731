/* SPDX-License-Identifier: MIT
 *
 * A transaction as a string that grows: statements, whose they are, and what their results say. It is sent
 * when it is complete, too long, or cannot go on before its results are known.
 */
#include "db/postgres/transaction.h"

#include <string.h>

#define OWN -1 /* not one of the script's pieces */

void wend_pg_add_own(Transaction *transaction, const char *format, ...)
{
    va_list list;
    Part part = {.piece = OWN, .start = transaction->sql->len};
    va_start(list, format);
    g_string_append_vprintf(transaction->sql, format, list);
    va_end(list);
    g_array_append_val(transaction->parts, part);
}

/* The script's statement; of a batch, with its values in the places of :size and :after. */
void wend_pg_add_piece(Transaction *transaction, guint at)
{
    const WendPiece *piece = &transaction->work->pieces[at];
    const WendBatchRound *batch = transaction->work->batch;
    GString *sql = transaction->sql;
    Part part = {.piece = (gssize)at, .start = sql->len};
    g_array_append_val(transaction->parts, part);
    if (batch == NULL) {
        g_string_append_len(sql, piece->text, (gssize)piece->length);
        g_string_append(sql, ";\n");
        return;
    }
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, piece->text, piece->length,
                      wend_dialect_flags(WEND_DIALECT_POSTGRES) | WEND_LEX_COLON_NAMES);
    while (wend_scanner_next(&scanner, &token)) {
        const char *text = piece->text + token.start;
        if (token.length == 5 && strncmp(text, ":size", 5) == 0)
            g_string_append_printf(sql, "%" G_GINT64_FORMAT, batch->size);
        else if (token.length == 6 && strncmp(text, ":after", 6) == 0 && batch->after == NULL)
            g_string_append(sql, "NULL");
        else if (token.length == 6 && strncmp(text, ":after", 6) == 0 && batch->number)
            g_string_append(sql, batch->after);
        else if (token.length == 6 && strncmp(text, ":after", 6) == 0)
            wend_pg_append_text(sql, batch->after);
        else
            g_string_append_len(sql, text, (gssize)token.length);
    }
    g_string_append(sql, ";\n");
}

/* --- results --- */

static bool fail_assertion(const WendPiece *piece, const char *value, bool row, WendError *error)
{
    wend_error_set(error, WEND_FAILED, "the assertion does not hold: it gives %s, not %s",
                   !row            ? "no row"
                   : value != NULL ? value
                                   : "NULL",
                   piece->expected != NULL ? piece->expected : "NULL");
    return wend_error_hint(error, "put the data right, or correct the assertion");
}

static bool fail_shape(const char *what, WendError *error)
{
    wend_error_set(error, WEND_FAILED, "the assertion gives more than one %s", what);
    return wend_error_hint(error, "ask for one value, for example with count(*)");
}

/* The server says t and f where the assertion says true and false. */
static bool check_assertion(const WendPiece *piece, const PGresult *result, WendError *error)
{
    if (PQnfields(result) > 1)
        return fail_shape("column", error);
    bool row = PQntuples(result) > 0 && PQnfields(result) > 0;
    const char *value = row && !PQgetisnull(result, 0, 0) ? PQgetvalue(result, 0, 0) : NULL;
    bool same = row && (g_strcmp0(value, piece->expected) == 0 ||
                        (g_strcmp0(value, "t") == 0 && g_strcmp0(piece->expected, "true") == 0) ||
                        (g_strcmp0(value, "f") == 0 && g_strcmp0(piece->expected, "false") == 0));
    return same || fail_assertion(piece, value, row, error);
}

static bool is_number(Oid type)
{
    enum { INT8 = 20, INT2 = 21, INT4 = 23, NUMERIC = 1700 };
    return type == INT8 || type == INT2 || type == INT4 || type == NUMERIC;
}

static int compare_keys(const char *a, const char *b, bool number)
{
    gint64 one, other;
    if (!number)
        return strcmp(a, b);
    if (g_ascii_string_to_signed(a, 10, G_MININT64, G_MAXINT64, &one, NULL) &&
        g_ascii_string_to_signed(b, 10, G_MININT64, G_MAXINT64, &other, NULL))
        return (one > other) - (one < other);
    double x = g_ascii_strtod(a, NULL), y = g_ascii_strtod(b, NULL);
    return (x > y) - (x < y);
}

/* Keeps the largest key. A text key that another collation orders would lie before the cursor. */
static bool keep_cursor(Transaction *transaction, const PGresult *result, WendError *error)
{
    const WendBatchRound *batch = transaction->work->batch;
    if (PQnfields(result) == 0)
        return true;
    bool number = is_number(PQftype(result, 0));
    for (int i = 0; i < PQntuples(result); i++) {
        if (PQgetisnull(result, i, 0))
            continue;
        const char *key = PQgetvalue(result, i, 0);
        if (batch->after != NULL && batch->number == number &&
            compare_keys(key, batch->after, number) <= 0) {
            wend_error_set(error, WEND_FAILED,
                           "the batch returned a key that does not lie behind :after");
            return wend_error_hint(error,
                                   "return keys above :after only; text keys need COLLATE \"C\"");
        }
        if (transaction->cursor != NULL && compare_keys(key, transaction->cursor, number) <= 0)
            continue;
        g_free(transaction->cursor);
        transaction->cursor = g_strdup(key);
        transaction->number = number;
    }
    return true;
}

static bool take_result(const PGresult *result, guint index, void *data, WendError *error)
{
    Transaction *transaction = data;
    if (index >= transaction->parts->len)
        return true;
    const Part *part = &g_array_index(transaction->parts, Part, index);
    transaction->ended |= strcmp(PQcmdStatus((PGresult *)result), "COMMIT") == 0;
    if (part->piece == OWN)
        return true;
    const Connection *connection = transaction->connection;
    const WendPiece *piece = &transaction->work->pieces[part->piece];
    bool is_row = PQresultStatus(result) == PGRES_SINGLE_TUPLE;
    if (piece->assertion && !transaction->asserted) {
        transaction->asserted = is_row;
        return check_assertion(piece, result, error);
    }
    if (piece->assertion && is_row)
        return fail_shape("row", error);
    if (transaction->work->batch != NULL && !keep_cursor(transaction, result, error))
        return false;
    if (is_row)
        return true;
    transaction->asserted = false;
    if (transaction->work->batch != NULL ||
        !g_str_has_prefix(PQcmdStatus((PGresult *)result), "SELECT"))
        transaction->worked->rows += g_ascii_strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
    if (connection->watch.tick != NULL && piece->number > 0)
        connection->watch.tick(piece->number, connection->watch.data);
    return true;
}

static const WendPiece *feed_part(guint index, void *data)
{
    const Transaction *transaction = data;
    if (index >= transaction->parts->len)
        return NULL;
    const Part *part = &g_array_index(transaction->parts, Part, index);
    if (part->piece == OWN || transaction->work->pieces[part->piece].data == NULL)
        return NULL;
    return &transaction->work->pieces[part->piece];
}

/* A string is parsed whole before its first statement runs: for a wrong word the place counts. */
static void blame(Transaction *transaction, const Sending *sending)
{
    const Part *part = NULL;
    if (sending->failed >= 0 && (guint)sending->failed < transaction->parts->len)
        part = &g_array_index(transaction->parts, Part, sending->failed);
    for (guint i = 0; sending->position >= 0 && i < transaction->parts->len; i++) {
        const Part *one = &g_array_index(transaction->parts, Part, i);
        if ((gssize)one->start <= sending->position)
            part = one;
    }
    if (part == NULL || part->piece == OWN) {
        transaction->worked->own = part != NULL && part->row;
        return;
    }
    transaction->worked->piece = part->piece;
    if (sending->position >= (gssize)part->start)
        transaction->worked->offset = sending->position - (gssize)part->start;
}

bool wend_pg_is_limit(const char *state)
{
    return strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0 ||
           strcmp(state, "40001") == 0;
}

/* Sends what has been gathered. */
bool wend_pg_flush(Transaction *transaction, WendError *error)
{
    if (transaction->parts->len == 0)
        return true;
    Sending sending = {.sql = transaction->sql->str,
                       .result = take_result,
                       .feed = feed_part,
                       .row_by_row = true,
                       .data = transaction,
                       .number = 1};
    bool ok = wend_pg_send(transaction->connection, &sending, error);
    if (!ok) {
        blame(transaction, &sending);
        if (transaction->worked->own)
            wend_pg_fail_own(sending.state, error);
        transaction->limits = wend_pg_is_limit(sending.state);
    }
    g_string_truncate(transaction->sql, 0);
    g_array_set_size(transaction->parts, 0);
    return ok;
}

char *wend_pg_outcome(const Transaction *transaction)
{
    return wend_outcome_text(transaction->worked->rows, transaction->cursor, transaction->number);
}

bool wend_pg_add_queries(Transaction *transaction, const GPtrArray *queries, const char *outcome,
                         WendError *error)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++) {
        Part part = {.piece = OWN, .start = transaction->sql->len, .row = true};
        wend_pg_append_query(transaction->sql, queries->pdata[i], outcome);
        g_array_append_val(transaction->parts, part);
        if (transaction->sql->len > CHUNK_BYTES && !wend_pg_flush(transaction, error))
            return false;
    }
    return true;
}
