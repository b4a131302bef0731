/* SPDX-License-Identifier: MIT
 *
 * Statements that commit by themselves, nearly all of them data definitions: wend's rows are committed
 * before them, in the same round trip.
 */
#include "db/mysql/mysql.h"

#include "base/fault.h"

#include <string.h>

#define SAVEPOINT "wend_alone"

typedef struct Lone {
    Connection *connection;
    const WendPiece *piece;
    WendWorked *worked;
} Lone;

/* OPTIMIZE TABLE and its like end well whatever comes of them; what does is in the rows: table, operation,
 * kind of message, message. */
static bool take_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                     WendError *error)
{
    static const char *const verbs[] = {"ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", NULL};
    Lone *lone = data;
    g_auto(Words) words = {0};
    (void)result;
    if (part->kind != PART_PIECE || row->count != 4 ||
        g_ascii_strcasecmp(row->values[2] != NULL ? row->values[2] : "", "error") != 0)
        return true;
    wend_mysql_words_read(&words, lone->piece->text, lone->piece->length, 1);
    if (!wend_mysql_word_of(&words, 0, verbs))
        return true;
    lone->worked->piece = 0;
    return wend_error_set(error, WEND_FAILED, "%s: %s", row->values[0], row->values[3]);
}

static bool end_part(const Part *part, gint64 rows, bool returned, void *data, WendError *error)
{
    Lone *lone = data;
    const WendWatch *watch = &lone->connection->watch;
    (void)error;
    if (part->kind == PART_COMMIT)
        lone->worked->begun = true;
    if (part->kind != PART_PIECE)
        return true;
    lone->worked->rows = returned ? 0 : MAX(rows, 0);
    if (watch->tick != NULL)
        watch->tick(lone->piece->number, watch->data);
    return true;
}

/* A procedure may change these two, too. They are nothing to keep for the script: to set them anew in the middle of
 * a transaction would commit it. */
#define OWN_COMMITS "SET SESSION autocommit = 1, SESSION completion_type = 0"

/* Runs what it likes, so that it stands in a transaction: what it has not committed by itself can be
 * taken back. */
static bool is_procedural(const WendPiece *piece)
{
    static const char *const words_of[] = {"CALL", "EXECUTE", "BEGIN", "IF",     "CASE",
                                           "LOOP", "WHILE",   "FOR",   "REPEAT", NULL};
    g_auto(Words) words = {0};
    wend_mysql_words_read(&words, piece->text, piece->length, 1);
    return piece->class == WEND_CLASS_OPAQUE && wend_mysql_word_of(&words, 0, words_of);
}

static void add_piece(Lone *lone, Stream *stream, bool procedural)
{
    const WendPiece *piece = lone->piece;
    if (stream->ok)
        wend_mysql_settings_on(lone->connection, &stream->packet);
    if (procedural) {
        wend_mysql_stream_add(stream, PART_BEGIN, 0, "START TRANSACTION", -1);
        wend_mysql_stream_add(stream, PART_OWN, 0, "SAVEPOINT " SAVEPOINT, -1);
    }
    if (procedural && stream->ok)
        wend_mysql_procedure_note(lone->connection, 0, &stream->packet);
    if (piece->session && stream->ok)
        stream->ok =
            wend_mysql_setting_note(lone->connection, piece, 0, &stream->packet, stream->error);
    wend_mysql_stream_add(stream, PART_PIECE, 0, piece->text, (gssize)piece->length);
}

/* The savepoint is there as long as nothing has committed. */
static void undo_procedure(Connection *connection, WendWorked *worked)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    bool whole = wend_mysql_exec(connection, "ROLLBACK TO SAVEPOINT " SAVEPOINT, &ignored);
    worked->stays = !whole;
    wend_mysql_roll_back(connection, &worked->stays);
    wend_mysql_exec(connection, OWN_COMMITS, &ignored);
}

/* A definition of one object that came back with an error has not happened: the server makes it whole or not
 * at all. A database is many. */
static bool is_whole(const Connection *connection, const WendPiece *piece)
{
    bool by_identity;
    g_autoptr(GPtrArray) objects =
        wend_mysql_touched(piece->text, piece->length, connection->database, &by_identity);
    if (piece->class != WEND_CLASS_OBSERVABLE || objects == NULL || objects->len != 1)
        return false;
    const Touched *one = objects->pdata[0];
    return strcmp(one->kind, "DATABASE") != 0;
}

/* What goes with a failure, while the connection still knows of it. True when another attempt makes
 * sense. */
static bool take_failure(Lone *lone, const Stream *stream, Retry *retry, bool procedural)
{
    Connection *connection = lone->connection;
    WendWorked *worked = lone->worked;
    bool at_piece = stream->sent.failed.kind == PART_PIECE || stream->sent.failed.kind == PART_SAVE;
    bool locked = wend_mysql_is_locked(connection);
    worked->own = stream->sent.own;
    if (at_piece) {
        worked->piece = 0;
        worked->offset = wend_mysql_fault_offset(connection, lone->piece);
        worked->none =
            !procedural && !wend_mysql_is_lost(stream->sent.code) &&
            (wend_mysql_is_unbegun(stream->sent.code) || is_whole(connection, lone->piece));
    }
    if (locked) {
        wend_mysql_retry_fail(retry, stream->error);
    } else if (stream->sent.failed.kind == PART_LEASE && !wend_mysql_is_lost(stream->sent.code)) {
        wend_mysql_fail_guard(connection, stream->error);
    }
    if (procedural && at_piece)
        undo_procedure(connection, worked);
    else if (!at_piece)
        wend_mysql_roll_back(connection, NULL);
    return locked && !worked->stays;
}

static bool attempt(Lone *lone, GPtrArray *before, Retry *retry, bool *again, WendError *error)
{
    Connection *connection = lone->connection;
    bool procedural = is_procedural(lone->piece);
    g_auto(Stream) stream = {0};
    wend_mysql_stream_init(&stream, connection, retry, error);
    stream.receiver = (Receiver){take_row, end_part, lone};
    if (before != NULL)
        wend_mysql_stream_rows(&stream, before);
    add_piece(lone, &stream, procedural);
    wend_fault("alone.before");
    bool ok = wend_mysql_stream_flush(&stream);
    if (ok) {
        wend_mysql_notices(connection);
        if (procedural)
            ok = wend_mysql_exec(connection, "COMMIT", error) &&
                 wend_mysql_exec(connection, OWN_COMMITS, error);
        lone->worked->stays = !ok;
        return ok;
    }
    *again = take_failure(lone, &stream, retry, procedural);
    return false;
}

bool wend_mysql_alone(WendConnection *base, GPtrArray *before, const WendPiece *piece,
                      WendWorked *worked, WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    g_auto(WendError) own = WEND_ERROR_INIT;
    WendError *told = error != NULL ? error : &own;
    Lone lone = {connection, piece, worked};
    *worked = (WendWorked){.piece = -1, .offset = -1, .begun = before == NULL};
    if (!wend_mysql_guard(connection, piece, told)) {
        worked->piece = 0;
        return false;
    }
    wend_mysql_stays_note(connection, piece);
    for (;;) {
        bool again = false;
        worked->settled = attempt(&lone, worked->begun ? NULL : before, &retry, &again, told);
        if (worked->settled)
            worked->piece = worked->offset = -1;
        if (worked->settled || !again || !wend_mysql_retry_again(&retry, told))
            return worked->settled;
    }
}
