/* SPDX-License-Identifier: MIT
 *
 * Transactions: a segment, its rows and its COMMIT travel as one string, cut only where it grows too long
 * or where a setting changes how the rest is read. A segment that meets somebody's lock is rolled back
 * and tried again.
 */
#include "db/postgres/postgres.h"

#include "base/fault.h"

#include <string.h>

#define CHUNK_BYTES (1024 * 1024)
#define OWN         -1 /* not one of the script's pieces */

/* One statement of a string. */
typedef struct Part {
    gssize piece; /* OWN = wend's */
    gsize start;  /* byte in the string */
} Part;

typedef struct Transaction {
    Connection *connection;
    const WendWork *work;
    WendWorked *worked;
    GString *sql;
    GArray *parts; /* of Part */
    bool limits;   /* a lock or a deadlock was met: it may be tried again */
    bool ended;    /* COMMIT was sent and has come back */
    char *cursor;  /* of a batch: the largest key so far */
    bool number;
} Transaction;

/* --- queries of wend's own --- */

typedef struct Reading {
    WendRowFn row;
    void *data;
} Reading;

static bool take_rows(const PGresult *result, guint index, void *data, WendError *error)
{
    (void)index;
    const Reading *reading = data;
    int columns = PQnfields(result);
    if (reading->row == NULL)
        return true;
    g_autofree const char **values = g_new0(const char *, (gsize)columns + 1);
    for (int i = 0; i < PQntuples(result); i++) {
        for (int j = 0; j < columns; j++)
            values[j] = PQgetisnull(result, i, j) ? NULL : PQgetvalue(result, i, j);
        WendRow row = {(guint)columns, values};
        if (!reading->row(&row, reading->data, error))
            return false;
    }
    return true;
}

bool wend_pg_query(WendConnection *base, const WendQuery *query, WendRowFn row, void *data,
                   WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    Reading reading = {row, data};
    wend_pg_append_query(sql, query, NULL);
    Sending sending = {.sql = sql->str, .result = take_rows, .data = &reading};
    return wend_pg_send((Connection *)base, &sending, error);
}

static bool roll_back(Connection *connection)
{
    connection->open = false;
    if (PQstatus(connection->pg) != CONNECTION_OK)
        return false;
    if (PQtransactionStatus(connection->pg) == PQTRANS_IDLE)
        return true;
    return wend_pg_exec(connection, "ROLLBACK", NULL);
}

bool wend_pg_write(WendConnection *base, GPtrArray *queries, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autoptr(GString) sql = g_string_new("BEGIN;\n");
    if (!wend_pg_guard_alive(connection, error))
        return false;
    wend_pg_append_self(sql, connection);
    wend_pg_append_queries(sql, queries, NULL);
    g_string_append(sql, "COMMIT");
    if (wend_pg_exec(connection, sql->str, error))
        return true;
    roll_back(connection);
    return false;
}

/* --- building the string --- */

static void add_own(Transaction *transaction, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_own(Transaction *transaction, const char *format, ...)
{
    va_list list;
    Part part = {OWN, transaction->sql->len};
    va_start(list, format);
    g_string_append_vprintf(transaction->sql, format, list);
    va_end(list);
    g_array_append_val(transaction->parts, part);
}

/* The script's statement; of a batch, with its values in the places of :size and :after. */
static void add_piece(Transaction *transaction, guint at)
{
    const WendPiece *piece = &transaction->work->pieces[at];
    const WendBatchRound *batch = transaction->work->batch;
    GString *sql = transaction->sql;
    Part part = {(gssize)at, sql->len};
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

/* The server says t and f where the assertion says true and false. */
static bool check_assertion(const WendPiece *piece, const PGresult *result, WendError *error)
{
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
    if (transaction->work->batch != NULL ||
        !g_str_has_prefix(PQcmdStatus((PGresult *)result), "SELECT"))
        transaction->worked->rows += g_ascii_strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
    if (piece->assertion && !check_assertion(piece, result, error))
        return false;
    if (transaction->work->batch != NULL && !keep_cursor(transaction, result, error))
        return false;
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
    if (part == NULL || part->piece == OWN)
        return;
    transaction->worked->piece = part->piece;
    if (sending->position >= (gssize)part->start)
        transaction->worked->offset = sending->position - (gssize)part->start;
}

/* Sends what has been gathered. */
static bool flush(Transaction *transaction, WendError *error)
{
    if (transaction->parts->len == 0)
        return true;
    Sending sending = {.sql = transaction->sql->str,
                       .result = take_result,
                       .feed = feed_part,
                       .data = transaction,
                       .number = 1};
    bool ok = wend_pg_send(transaction->connection, &sending, error);
    if (!ok) {
        blame(transaction, &sending);
        transaction->limits = strcmp(sending.state, "55P03") == 0 ||
                              strcmp(sending.state, "40P01") == 0 ||
                              strcmp(sending.state, "40001") == 0;
    }
    g_string_truncate(transaction->sql, 0);
    g_array_set_size(transaction->parts, 0);
    return ok;
}

/* --- one attempt --- */

static void add_begin(Transaction *transaction, gint64 lock_ms)
{
    Connection *connection = transaction->connection;
    bool inside = connection->open;
    add_own(transaction, inside ? "SAVEPOINT wend_step;\n" : "BEGIN;\n");
    if (connection->pooled && !inside)
        add_own(transaction, "SELECT pg_catalog.pg_advisory_xact_lock(%" G_GINT64_FORMAT ");\n",
                connection->key + 1);
    for (guint i = 0; i < connection->replays->len; i++)
        add_own(transaction, "%s;\n", (char *)connection->replays->pdata[i]);
    add_own(transaction, "SET LOCAL lock_timeout = %" G_GINT64_FORMAT ";\n", lock_ms);
    add_own(transaction, "SET LOCAL statement_timeout = %" G_GINT64_FORMAT ";\n",
            connection->step_statement_timeout_ms);
}

static void add_text(Transaction *transaction, const GString *text)
{
    /* Several statements: each result needs a part. None of them holds a semicolon at a line's end but
     * as its own. */
    for (const char *at = text->str; *at != '\0';) {
        const char *end = strstr(at, ";\n");
        gsize length = end != NULL ? (gsize)(end - at) + 2 : strlen(at);
        add_own(transaction, "%.*s", (int)length, at);
        at += length;
    }
}

static bool add_pieces(Transaction *transaction, WendError *error)
{
    Connection *connection = transaction->connection;
    for (guint i = 0; i < transaction->work->count; i++) {
        const WendPiece *piece = &transaction->work->pieces[i];
        transaction->worked->piece = (gssize)i;
        if (wend_pg_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
        if (!wend_pg_guard(connection, piece, error))
            return false;
        transaction->worked->piece = -1;
        connection->dirty |= wend_pg_may_set(piece);
        wend_pg_setting_note(connection, piece);
        add_piece(transaction, i);
        /* An assertion is judged here: nothing behind it may have run. */
        bool whole = transaction->sql->len > CHUNK_BYTES || piece->assertion ||
                     wend_pg_changes_reading(piece);
        if (whole && !flush(transaction, error))
            return false;
        if (connection->pooled && piece->session)
            g_ptr_array_add(connection->replays, g_strndup(piece->text, piece->length));
    }
    return true;
}

/* {"rows": N}, with a cursor {"rows": N, "cursor": …}. Caller frees. */
static char *outcome_of(const Transaction *transaction)
{
    GString *json = g_string_new(NULL);
    g_string_append_printf(json, "{\"rows\": %" G_GINT64_FORMAT, transaction->worked->rows);
    if (transaction->cursor != NULL && transaction->number) {
        g_string_append_printf(json, ", \"cursor\": %s", transaction->cursor);
    } else if (transaction->cursor != NULL) {
        g_string_append(json, ", \"cursor\": \"");
        for (const guchar *at = (const guchar *)transaction->cursor; *at != '\0'; at++) {
            if (*at < 0x20)
                g_string_append_printf(json, "\\u%04x", *at);
            else if (*at == '"' || *at == '\\')
                g_string_append_printf(json, "\\%c", *at);
            else
                g_string_append_c(json, (char)*at);
        }
        g_string_append_c(json, '"');
    }
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static void add_queries(Transaction *transaction, const GPtrArray *queries, const char *outcome)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++) {
        Part part = {OWN, transaction->sql->len};
        wend_pg_append_query(transaction->sql, queries->pdata[i], outcome);
        g_array_append_val(transaction->parts, part);
    }
}

/* Whether the rows tell what the statements did, which must be known then. */
static bool tells_outcome(const GPtrArray *queries)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++) {
        const WendQuery *query = queries->pdata[i];
        for (guint j = 0; j < query->values->len; j++) {
            if (g_array_index(query->values, WendValue, j).kind == WEND_VALUE_OUTCOME)
                return true;
        }
    }
    return false;
}

/* wend's rows behind the statements, in the transaction that they tell of. Those that go before stand
 * here, too, where settings of the script would have to be put off and on again for them. */
static bool add_rows(Transaction *transaction, bool before, WendError *error)
{
    const WendWork *work = transaction->work;
    g_autofree char *outcome = NULL;
    if (tells_outcome(work->after)) {
        if (!flush(transaction, error))
            return false;
        outcome = outcome_of(transaction);
    }
    g_autoptr(GString) self = g_string_new(NULL);
    wend_pg_append_self(self, transaction->connection);
    add_text(transaction, self);
    /* Our texts are to be read as UTF-8 again. */
    if (strstr(self->str, "client_encoding") != NULL && !flush(transaction, error))
        return false;
    if (before)
        add_queries(transaction, work->before, outcome);
    add_queries(transaction, work->after, outcome);
    return true;
}

static void add_end(Transaction *transaction)
{
    Connection *connection = transaction->connection;
    if (transaction->work->join == WEND_JOIN_ALL) {
        add_own(transaction, connection->open ? "RELEASE SAVEPOINT wend_step;\n" : "SELECT 1;\n");
        return;
    }
    if (connection->pooled && connection->dirty)
        add_own(transaction, "RESET ALL;\n");
    add_own(transaction, "COMMIT;\n");
}

static bool attempt(Transaction *transaction, gint64 lock_ms, WendError *error)
{
    Connection *connection = transaction->connection;
    const WendWork *work = transaction->work;
    g_string_truncate(transaction->sql, 0);
    g_array_set_size(transaction->parts, 0);
    g_clear_pointer(&transaction->cursor, g_free);
    transaction->cursor = g_strdup(work->batch != NULL ? work->batch->after : NULL);
    transaction->number = work->batch != NULL && work->batch->number;
    *transaction->worked = (WendWorked){.piece = -1, .offset = -1};
    bool late = connection->dirty;
    add_begin(transaction, lock_ms);
    if (!late)
        add_queries(transaction, work->before, NULL);
    if (!add_pieces(transaction, error))
        return false;
    wend_fault("segment.begun");
    if (!wend_pg_guard_alive(connection, error) || !add_rows(transaction, late, error))
        return false;
    add_end(transaction);
    wend_fault("commit.before");
    if (!flush(transaction, error))
        return false;
    wend_fault("commit.after");
    if (work->join == WEND_JOIN_ALL) {
        connection->open = true;
        return true;
    }
    transaction->worked->settled = transaction->ended;
    return transaction->ended ||
           wend_error_set(error, WEND_FAILED,
                          "the server rolled the transaction back at its COMMIT");
}

static void undo(Transaction *transaction, bool joined)
{
    Connection *connection = transaction->connection;
    if (joined && PQstatus(connection->pg) == CONNECTION_OK &&
        wend_pg_exec(connection, "ROLLBACK TO SAVEPOINT wend_step; RELEASE SAVEPOINT wend_step",
                     NULL))
        return;
    transaction->worked->lost = joined;
    roll_back(connection);
}

bool wend_pg_transact(WendConnection *base, const WendWork *work, WendWorked *worked,
                      WendError *error)
{
    Connection *connection = (Connection *)base;
    bool joined = connection->open;
    gint64 end = g_get_monotonic_time() + connection->step_lock_timeout_ms * 1000;
    Transaction transaction = {.connection = connection, .work = work, .worked = worked};
    transaction.sql = g_string_new(NULL);
    transaction.parts = g_array_new(FALSE, FALSE, sizeof(Part));
    bool ok = false;
    for (guint attempts = 0;; attempts++) {
        gint64 left = (end - g_get_monotonic_time()) / 1000;
        transaction.limits = false;
        ok = attempt(&transaction, CLAMP(left, 1, ATTEMPT_MS), error);
        if (ok)
            break;
        undo(&transaction, joined);
        left = (end - g_get_monotonic_time()) / 1000;
        if (!transaction.limits || joined || left <= 0)
            break;
        if (!wend_pg_pause(connection, attempts)) {
            wend_error_set(error, WEND_INTERRUPTED, "interrupted while waiting for a lock");
            break;
        }
        wend_error_clear(error);
    }
    worked->cursor = g_steal_pointer(&transaction.cursor);
    worked->number = transaction.number;
    g_string_free(transaction.sql, TRUE);
    g_array_unref(transaction.parts);
    return ok;
}

bool wend_pg_settle(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!connection->open)
        return true;
    wend_fault("commit.before");
    if (wend_pg_guard_alive(connection, error) && wend_pg_exec(connection, "COMMIT", error)) {
        connection->open = false;
        return true;
    }
    roll_back(connection);
    return false;
}

void wend_pg_abandon(WendConnection *base)
{
    roll_back((Connection *)base);
}

/* --- what cannot run in a transaction --- */

/* As one string with the rows before it: its limits must be in force, and it must come alone. A wait for
 * others that takes only a light lock hinders nobody, so the whole limit is one attempt. */
static bool prepare_alone(Connection *connection, const GPtrArray *before, WendError *error)
{
    g_autoptr(GString) sql = g_string_new("BEGIN;\n");
    wend_pg_append_self(sql, connection);
    wend_pg_append_queries(sql, before, NULL);
    g_string_append_printf(sql,
                           "COMMIT;\nSET lock_timeout = %" G_GINT64_FORMAT
                           ";\nSET statement_timeout = %" G_GINT64_FORMAT,
                           connection->step_lock_timeout_ms, connection->step_statement_timeout_ms);
    connection->limited = true;
    if (wend_pg_exec(connection, sql->str, error))
        return true;
    roll_back(connection);
    return false;
}

bool wend_pg_alone(WendConnection *base, GPtrArray *before, const WendPiece *piece,
                   WendWorked *worked, WendError *error)
{
    Connection *connection = (Connection *)base;
    *worked = (WendWorked){.piece = -1, .offset = -1};
    if (connection->pooled) {
        wend_error_set(error, WEND_USAGE,
                       "a statement that cannot run in a transaction cannot go through a pooler");
        return wend_error_hint(error, "give the URL of the server itself for this run");
    }
    if (!wend_pg_guard(connection, piece, error) || !prepare_alone(connection, before, error))
        return false;
    wend_fault("alone.before");
    worked->begun = true;
    worked->piece = 0;
    connection->dirty |= wend_pg_may_set(piece);
    wend_pg_setting_note(connection, piece);
    g_autofree char *sql = g_strndup(piece->text, piece->length);
    Sending sending = {.sql = sql, .number = piece->number};
    if (!wend_pg_send(connection, &sending, error)) {
        worked->offset = sending.position;
        return false;
    }
    if (connection->watch.tick != NULL)
        connection->watch.tick(piece->number, connection->watch.data);
    worked->settled = true;
    return true;
}
