/* SPDX-License-Identifier: MIT
 *
 * Transactions: a segment, its rows and its COMMIT travel as one string, cut only where it grows too long
 * or where a setting changes how the rest is read. A segment that meets somebody's lock is rolled back
 * and tried again.
 */
#include "db/postgres/transaction.h"

#include "base/fault.h"

#include <string.h>

/* --- queries of wend's own --- */

typedef struct Readings {
    const WendRead *reads;
    guint first; /* statement that is one of them */
} Readings;

static bool take_rows(const PGresult *result, guint index, void *data, WendError *error)
{
    const Readings *readings = data;
    if (index < readings->first || readings->reads[index - readings->first].row == NULL)
        return true;
    const WendRead *reading = &readings->reads[index - readings->first];
    int columns = PQnfields(result);
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
    guint failed;
    return wend_pg_read(base, &(WendRead){query, row, data}, 1, &failed, error);
}

bool wend_pg_read(WendConnection *base, const WendRead *reads, guint count, guint *failed,
                  WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autoptr(GString) sql = g_string_new(NULL);
    Readings readings = {reads, wend_pg_append_reading(sql, connection)};
    for (guint i = 0; i < count; i++)
        wend_pg_append_query(sql, reads[i].query, NULL);
    Sending sending = {.sql = sql->str, .result = take_rows, .data = &readings};
    bool ok = wend_pg_send(connection, &sending, error);
    *failed = ok ? count : (guint)CLAMP(sending.failed - readings.first, 0, (gint64)count - 1);
    return ok;
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

/* The script may have made its transactions read-only from here on; wend's rows travel with them. */
static const char *begin_of(const Connection *connection)
{
    return wend_pg_has_set(connection, "default_transaction_read_only") ? "BEGIN READ WRITE"
                                                                        : "BEGIN";
}

/* Begins a transaction for wend's own rows alone. Our texts are to be read as UTF-8: where the script set
 * another encoding, that is out of force before they are sent. */
static bool begin_own(Connection *connection, GString *sql, WendError *error)
{
    g_string_append_printf(sql, "%s;\n", begin_of(connection));
    if (connection->pooled && connection->locked)
        g_string_append_printf(sql,
                               "SELECT pg_catalog.pg_advisory_xact_lock(%" G_GINT64_FORMAT ");\n",
                               connection->key + 1);
    wend_pg_append_self(sql, connection);
    g_string_append(sql, "SET LOCAL statement_timeout = 0;\n");
    wend_pg_append_held(sql, connection);
    if (!wend_pg_has_set(connection, "client_encoding"))
        return true;
    bool ok = wend_pg_exec(connection, sql->str, error);
    g_string_truncate(sql, 0);
    return ok;
}

/* Many are sent as they come, and the last ones with what follows. */
static bool add_queries(Connection *connection, GString *sql, const GPtrArray *queries,
                        WendError *error)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++) {
        wend_pg_append_query(sql, queries->pdata[i], NULL);
        if (sql->len <= CHUNK_BYTES)
            continue;
        if (!wend_pg_exec(connection, sql->str, error))
            return false;
        g_string_truncate(sql, 0);
    }
    return true;
}

bool wend_pg_write(WendConnection *base, GPtrArray *queries, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autoptr(GString) sql = g_string_new(NULL);
    if (!wend_pg_guard_alive(connection, error))
        return false;
    bool ok = begin_own(connection, sql, error) && add_queries(connection, sql, queries, error);
    g_string_append(sql, "COMMIT");
    if (ok && wend_pg_exec(connection, sql->str, error))
        return true;
    roll_back(connection);
    return false;
}

/* --- one attempt --- */

static void add_text(Transaction *transaction, const GString *text)
{
    /* Several statements: each result needs a part. None of them holds a semicolon at a line's end but
     * as its own. */
    for (const char *at = text->str; *at != '\0';) {
        const char *end = strstr(at, ";\n");
        gsize length = end != NULL ? (gsize)(end - at) + 2 : strlen(at);
        wend_pg_add_own(transaction, "%.*s", (int)length, at);
        at += length;
    }
}

static void add_limits(Transaction *transaction)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_pg_append_limits(sql, transaction->connection, true, transaction->lock_ms);
    add_text(transaction, sql);
}

/* Behind a RESET of the script's: it takes back what wend has set, too. */
static void add_again(Transaction *transaction)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_pg_append_encoding(sql, transaction->connection);
    wend_pg_append_patience(sql, transaction->connection);
    add_text(transaction, sql);
    add_limits(transaction);
}

/* Behind a pooler: what the script has set in the transactions before. */
static bool add_replays(Transaction *transaction, WendError *error)
{
    const GPtrArray *replays = transaction->connection->replays;
    for (guint i = 0; i < replays->len; i++) {
        const char *text = replays->pdata[i];
        WendPiece piece = {.text = text, .length = strlen(text), .session = true};
        wend_pg_add_own(transaction, "%s;\n", text);
        if (wend_pg_resets(piece.text, piece.length))
            add_again(transaction);
        if (wend_pg_changes_reading(&piece) && !wend_pg_flush(transaction, error))
            return false;
    }
    return true;
}

/* How many pieces must stand before all else. */
static guint leading(const WendWork *work)
{
    guint count = 0;
    while (count < work->count &&
           wend_pg_sets_transaction(work->pieces[count].text, work->pieces[count].length))
        count++;
    return count;
}

static bool add_begin(Transaction *transaction, WendError *error)
{
    Connection *connection = transaction->connection;
    bool inside = connection->open;
    wend_pg_add_own(transaction, "%s;\n", inside ? "SAVEPOINT wend_step" : begin_of(connection));
    for (guint i = 0; i < transaction->leading; i++)
        wend_pg_add_piece(transaction, i);
    if (connection->pooled && !inside)
        wend_pg_add_own(transaction,
                        "SELECT pg_catalog.pg_advisory_xact_lock(%" G_GINT64_FORMAT ");\n",
                        connection->key + 1);
    if (!add_replays(transaction, error))
        return false;
    add_limits(transaction);
    return true;
}

static bool add_pieces(Transaction *transaction, WendError *error)
{
    Connection *connection = transaction->connection;
    for (guint i = transaction->leading; i < transaction->work->count; i++) {
        const WendPiece *piece = &transaction->work->pieces[i];
        transaction->worked->piece = (gssize)i;
        if (wend_pg_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
        if (!wend_pg_guard(connection, piece, error))
            return false;
        transaction->worked->piece = -1;
        connection->dirty |= wend_pg_may_set(piece);
        wend_pg_setting_note(connection, piece);
        if (piece->load != NULL) {
            if (!wend_pg_load(transaction, i, error))
                return false;
            continue;
        }
        wend_pg_add_piece(transaction, i);
        if (piece->session && wend_pg_resets(piece->text, piece->length))
            add_again(transaction);
        /* An assertion is judged here: nothing behind it may have run. */
        bool whole = transaction->sql->len > CHUNK_BYTES || piece->assertion ||
                     wend_pg_changes_reading(piece);
        if (whole && !wend_pg_flush(transaction, error))
            return false;
        if (connection->pooled && piece->session)
            g_ptr_array_add(connection->replays, g_strndup(piece->text, piece->length));
    }
    return true;
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
        if (!wend_pg_flush(transaction, error))
            return false;
        outcome = wend_pg_outcome(transaction);
    }
    /* Deferred constraints fire first, as whoever deferred them, and within the limit of time: none holds for
     * COMMIT. With all steps in one transaction that is its end: the mode would stay for the next step. */
    g_autoptr(GString) self = g_string_new(NULL);
    bool limited = transaction->connection->step_statement_timeout_ms > 0;
    if ((transaction->connection->dirty || limited) && work->join != WEND_JOIN_ALL)
        wend_pg_add_own(transaction, "SET CONSTRAINTS ALL IMMEDIATE;\n");
    wend_pg_append_self(self, transaction->connection);
    wend_pg_append_held(self, transaction->connection);
    add_text(transaction, self);
    /* Our texts are to be read as UTF-8 again. */
    if (strstr(self->str, "client_encoding") != NULL && !wend_pg_flush(transaction, error))
        return false;
    return (!before || wend_pg_add_queries(transaction, work->before, outcome, error)) &&
           wend_pg_add_queries(transaction, work->after, outcome, error);
}

static void add_end(Transaction *transaction)
{
    Connection *connection = transaction->connection;
    bool all = transaction->work->join == WEND_JOIN_ALL;
    if (connection->dirty && (all || connection->pooled)) {
        g_autoptr(GString) reset = g_string_new(NULL);
        wend_pg_append_reset(reset, connection);
        add_text(transaction, reset);
    }
    wend_pg_add_own(transaction, !all               ? "COMMIT;\n"
                                 : connection->open ? "RELEASE SAVEPOINT wend_step;\n"
                                                    : "SELECT 1;\n");
}

static bool attempt(Transaction *transaction, WendError *error)
{
    Connection *connection = transaction->connection;
    const WendWork *work = transaction->work;
    g_string_truncate(transaction->sql, 0);
    g_array_set_size(transaction->parts, 0);
    g_clear_pointer(&transaction->cursor, g_free);
    transaction->cursor = g_strdup(work->batch != NULL ? work->batch->after : NULL);
    transaction->number = work->batch != NULL && work->batch->number;
    *transaction->worked = (WendWorked){.piece = -1, .offset = -1};
    g_ptr_array_set_size(connection->local, 0);
    transaction->leading = leading(work);
    bool late = connection->dirty;
    if (!add_begin(transaction, error))
        return false;
    if (!late && !wend_pg_add_queries(transaction, work->before, NULL, error))
        return false;
    if (!add_pieces(transaction, error))
        return false;
    wend_fault("segment.begun");
    if (!wend_pg_guard_alive(connection, error) || !add_rows(transaction, late, error))
        return false;
    add_end(transaction);
    wend_fault("commit.before");
    if (!wend_pg_flush(transaction, error))
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

/* What the script has set in it goes with it. */
static void undo(Transaction *transaction, bool joined)
{
    Connection *connection = transaction->connection;
    g_ptr_array_set_size(connection->set, (gint)transaction->set);
    g_ptr_array_set_size(connection->replays, (gint)transaction->replays);
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
    Transaction transaction = {.connection = connection,
                               .work = work,
                               .worked = worked,
                               .set = connection->set->len,
                               .replays = connection->replays->len};
    transaction.sql = g_string_new(NULL);
    transaction.parts = g_array_new(FALSE, FALSE, sizeof(Part));
    bool ok = false;
    for (guint attempts = 0;; attempts++) {
        gint64 left = (end - g_get_monotonic_time()) / 1000;
        transaction.limits = false;
        transaction.lock_ms = CLAMP(left, 1, ATTEMPT_MS);
        ok = attempt(&transaction, error);
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
    g_autofree char *sql = connection->statement_timeout_ms > 0
                               ? g_strdup_printf("SET LOCAL statement_timeout = %" G_GINT64_FORMAT
                                                 ";\nSET CONSTRAINTS ALL IMMEDIATE;\nCOMMIT",
                                                 connection->statement_timeout_ms)
                               : g_strdup("COMMIT");
    if (wend_pg_guard_alive(connection, error) && wend_pg_exec(connection, sql, error)) {
        connection->open = connection->dirty = false;
        return true;
    }
    roll_back(connection);
    return false;
}

bool wend_pg_abandon(WendConnection *base)
{
    roll_back((Connection *)base);
    return false;
}

/* --- what cannot run in a transaction --- */

static bool is_prepare(const WendPiece *piece)
{
    Words words;
    wend_pg_words(&words, piece->text, piece->length);
    return wend_pg_word(&words, "PREPARE");
}

bool wend_pg_can_run(WendConnection *base, const WendPiece *piece, WendError *error)
{
    const Connection *connection = (Connection *)base;
    bool alone = piece->class != WEND_CLASS_ORDINARY;
    /* A prepared statement would stay in a session that others share, and the pooler has its own there. */
    if (!connection->pooled || (!alone && !is_prepare(piece)))
        return true;
    wend_error_set(error, WEND_USAGE, "%s cannot go through a pooler",
                   alone ? "a statement that cannot run in a transaction" : "PREPARE");
    return wend_error_hint(error, "give the URL of the server itself for this run");
}

/* As one string with the rows before it: its limits must be in force, and it must come alone. A wait for
 * others that takes only a light lock hinders nobody, so the whole limit is one attempt. */
static bool prepare_alone(Connection *connection, const GPtrArray *before, WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    bool ok = begin_own(connection, sql, error) && add_queries(connection, sql, before, error);
    g_string_append(sql, "COMMIT;\n");
    wend_pg_append_limits(sql, connection, false, connection->step_lock_timeout_ms);
    connection->limited = true;
    if (ok && wend_pg_exec(connection, sql->str, error))
        return true;
    roll_back(connection);
    return false;
}

/* The number of the session's own transaction: each has the one behind its predecessor's. 0 = not known. */
static gint64 transaction_number(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autofree char *number = NULL;
    wend_pg_value(connection,
                  "SELECT pg_catalog.split_part(virtualxid, '/', 2) FROM pg_catalog.pg_locks WHERE "
                  "locktype = 'virtualxid' AND pid = pg_catalog.pg_backend_pid() AND "
                  "virtualxid = virtualtransaction",
                  &number, &ignored);
    return number != NULL ? g_ascii_strtoll(number, NULL, 10) : 0;
}

/* A procedure that failed may have committed before: then it used more than one transaction. */
static bool may_have_committed(Connection *connection, gint64 before)
{
    return before == 0 || transaction_number(connection) != before + 2;
}

bool wend_pg_alone(WendConnection *base, GPtrArray *before, const WendPiece *piece,
                   WendWorked *worked, WendError *error)
{
    Connection *connection = (Connection *)base;
    *worked = (WendWorked){.piece = -1, .offset = -1};
    if (!wend_pg_can_run(base, piece, error) || !wend_pg_guard(connection, piece, error)) {
        worked->piece = 0;
        return false;
    }
    if (!prepare_alone(connection, before, error))
        return false;
    wend_fault("alone.before");
    worked->begun = true;
    worked->piece = 0;
    connection->dirty |= wend_pg_may_set(piece);
    wend_pg_setting_note(connection, piece);
    g_autofree char *sql = g_strndup(piece->text, piece->length);
    bool opaque = piece->class == WEND_CLASS_OPAQUE;
    gint64 before_it = opaque ? transaction_number(connection) : 0;
    Sending sending = {.sql = sql, .number = piece->number, .row_by_row = true};
    if (!wend_pg_send(connection, &sending, error)) {
        worked->offset = sending.position;
        worked->stays = opaque && may_have_committed(connection, before_it);
        return false;
    }
    if (connection->watch.tick != NULL)
        connection->watch.tick(piece->number, connection->watch.data);
    worked->settled = true;
    return true;
}
