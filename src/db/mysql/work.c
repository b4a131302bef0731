/* SPDX-License-Identifier: MIT
 *
 * Transactional segments: wend's rows, the script's statements and the commit travel in one packet as a
 * rule, so that a segment is one round trip. What the server does to a transaction behind one's back is met
 * here: statements that end it, and tables that know none.
 */
#include "db/mysql/mysql.h"

#include "base/fault.h"

#include <string.h>

#define SAVEPOINT "wend_step"
/* It is there as long as the transaction in which it was made. */
#define STILL_OPEN "wend_still_open"
#define NOT_UNDONE "wend_not_undone"
/* An error inside IF() that no server can misunderstand: more than one row. */
#define FAIL_IN_PLACE "(SELECT 1 UNION SELECT 2)"

enum { MORE_THAN_ONE_ROW = 1242, DEADLOCK = 1213, NO_SAVEPOINT = 1305 };

/* One attempt at a segment. */
typedef struct Job {
    Connection *connection;
    const WendWork *work;
    WendWorked *worked;
    Stream stream;
    bool joined;  /* behind unsettled work */
    bool ended;   /* a statement has ended the transaction */
    gint64 rows;  /* changed so far */
    char *cursor; /* of a batch */
    bool number;
    guint asserted; /* rows that the assertion under way has given */
    guint columns;  /* and columns of each */
    char *value;    /* its first value */
    gssize stopped; /* the piece that an interrupt kept from beginning; -1 = none */
} Job;

static const WendPiece *piece_of(const Job *job, const Part *part)
{
    return &job->work->pieces[part->piece];
}

/* --- what comes back --- */

static bool take_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                     WendError *error)
{
    Job *job = data;
    if (part->kind == PART_WARNINGS) {
        wend_mysql_notice(job->connection, row);
        return true;
    }
    if (part->kind != PART_PIECE)
        return true;
    if (piece_of(job, part)->assertion && job->asserted++ == 0) {
        job->value = g_strdup(row->values[0]);
        job->columns = row->count;
    }
    if (job->work->batch == NULL)
        return true;
    job->worked->piece = (gssize)part->piece;
    return wend_mysql_batch_keep(row, result, job->work->batch, &job->cursor, &job->number, error);
}

/* MariaDB gives 1 and 0 where the assertion says true and false. */
static bool same_value(const char *value, const char *expected)
{
    if (g_strcmp0(value, expected) == 0)
        return true;
    return (g_strcmp0(expected, "true") == 0 && g_strcmp0(value, "1") == 0) ||
           (g_strcmp0(expected, "false") == 0 && g_strcmp0(value, "0") == 0);
}

static bool check_assertion(Job *job, const WendPiece *piece, WendError *error)
{
    g_autofree char *value = g_steal_pointer(&job->value);
    guint rows = job->asserted;
    job->asserted = 0;
    if (rows > 1 || (rows == 1 && job->columns > 1)) {
        wend_error_set(error, WEND_FAILED, "the assertion gives more than one %s",
                       job->columns > 1 ? "column" : "row");
        return wend_error_hint(error, "ask for one value, for example with count(*)");
    }
    if (rows > 0 && same_value(value, piece->expected))
        return true;
    wend_error_set(error, WEND_FAILED, "the assertion does not hold: it gives %s, not %s",
                   rows == 0       ? "no row"
                   : value != NULL ? value
                                   : "NULL",
                   piece->expected != NULL ? piece->expected : "NULL");
    return wend_error_hint(error, "put the data right, or correct the assertion");
}

/* What a SELECT returns is no change; what INSERT … RETURNING returns is. */
static bool changes(const WendPiece *piece)
{
    static const char *const verbs[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", NULL};
    g_auto(Words) words = {0};
    wend_mysql_words_read(&words, piece->text, piece->length, 1);
    return wend_mysql_word_of(&words, 0, verbs);
}

static bool end_piece(const Part *part, gint64 rows, bool returned, void *data, WendError *error)
{
    Job *job = data;
    const WendWatch *watch = &job->connection->watch;
    if (part->kind != PART_PIECE)
        return true;
    const WendPiece *piece = piece_of(job, part);
    /* Told to end, SLEEP() and BENCHMARK() end well, and whatever is around them goes on. */
    if (job->connection->stop != STOP_NONE) {
        job->worked->piece = (gssize)part->piece;
        return wend_mysql_fail_stopped(job->connection, error);
    }
    if (rows > 0 && (!returned || changes(piece)))
        job->rows += rows;
    if (piece->assertion && !check_assertion(job, piece, error)) {
        job->worked->piece = (gssize)part->piece;
        return false;
    }
    if (watch->tick != NULL)
        watch->tick(piece->number, watch->data);
    if (job->stopped < 0 && part->piece + 1 < job->work->count &&
        wend_mysql_interrupted(job->connection, 1))
        job->stopped = (gssize)part->piece + 1;
    return true;
}

/* --- what goes out --- */

static void add_gate(Job *job)
{
    if (job->work->count == 0)
        return;
    g_autofree char *sql = g_strdup_printf(
        "SET @wend_gate = IF(IS_USED_LOCK('wend:gate:%lu') IS NULL, 0, " FAIL_IN_PLACE ")",
        mysql_thread_id(job->connection->mysql));
    wend_mysql_stream_add(&job->stream, PART_GATE, 0, sql, -1);
}

static bool only_reads(const WendPiece *piece)
{
    static const char *const verbs[] = {"SELECT", "WITH", "VALUES", "TABLE", "SHOW", NULL};
    g_auto(Words) words = {0};
    wend_mysql_words_read(&words, piece->text, piece->length, 1);
    return wend_mysql_word_of(&words, 0, verbs) || wend_mysql_sign(&words, 0, '(');
}

static bool refuse_assertion(Job *job, guint index)
{
    job->worked->piece = (gssize)index;
    job->stream.ok = false;
    job->stream.sent = (Sent){.told = true};
    wend_error_set(job->stream.error, WEND_FAILED, "the assertion would change the database");
    return wend_error_hint(job->stream.error, "assert a SELECT");
}

/* After one that may end the transaction: whether it did. */
static bool check_open(Job *job, guint index)
{
    if (!job->stream.ok || wend_mysql_in_transaction(job->connection))
        return job->stream.ok;
    job->ended = true;
    job->worked->piece = (gssize)index;
    job->stream.ok = false;
    job->stream.sent = (Sent){.told = true};
    wend_error_set(job->stream.error, WEND_FAILED,
                   "the statement ended wend's transaction: what ran up to here is committed");
    return wend_error_hint(job->stream.error,
                           "put a data definition into a migration of its own, outside of "
                           "BEGIN … COMMIT");
}

static bool stop_here(Job *job, guint index)
{
    if (!job->stream.ok || index == 0 || !wend_mysql_interrupted(job->connection, 1))
        return false;
    job->worked->piece = (gssize)index;
    job->stream.ok = false;
    job->stream.sent = (Sent){.told = true};
    wend_error_set(job->stream.error, WEND_INTERRUPTED, "interrupted");
    return true;
}

static void add_piece(Job *job, guint index)
{
    const WendPiece *piece = &job->work->pieces[index];
    Stream *stream = &job->stream;
    bool plain = wend_mysql_is_plain(piece);
    if (piece->assertion && !only_reads(piece)) {
        refuse_assertion(job, index);
        return;
    }
    if (piece->load != NULL) {
        if (wend_mysql_stream_flush(stream) && !wend_mysql_load(stream, index, piece->load))
            job->worked->piece = (gssize)index;
        return;
    }
    if (!plain && (!wend_mysql_stream_flush(stream) || stop_here(job, index)))
        return;
    if (piece->session && stream->ok &&
        !wend_mysql_setting_note(job->connection, piece, index, &stream->packet, stream->error)) {
        stream->ok = false;
        return;
    }
    if (piece->temporary)
        wend_mysql_temporary_note(job->connection, piece);
    if (job->work->batch != NULL && !piece->assertion) {
        g_autoptr(GString) sql = g_string_new(NULL);
        wend_mysql_batch_expand(sql, piece, job->work->batch);
        wend_mysql_stream_add(stream, PART_PIECE, index, sql->str, (gssize)sql->len);
    } else {
        wend_mysql_stream_add(stream, PART_PIECE, index, piece->text, (gssize)piece->length);
    }
    if (!plain && wend_mysql_stream_flush(stream))
        check_open(job, index);
    /* Its value is looked at before anything behind it runs. */
    if (piece->assertion)
        wend_mysql_stream_flush(stream);
}

static void add_pieces(Job *job)
{
    const WendWork *work = job->work;
    if (work->count > 0) {
        wend_mysql_stream_add(&job->stream, PART_OWN, 0, "SAVEPOINT " STILL_OPEN, -1);
        wend_mysql_settings_on(job->connection, &job->stream.packet);
    }
    for (guint i = 0; i < work->count && job->stream.ok; i++)
        add_piece(job, i);
    /* DO knows no errors: when a deadlock or another node's write has rolled everything back, what stands
     * behind it would commit by itself, statement by statement. */
    if (work->count > 0)
        wend_mysql_stream_add(&job->stream, PART_OPEN, 0, "RELEASE SAVEPOINT " STILL_OPEN, -1);
    /* Behind the script's last one nobody asks for ROW_COUNT() and the like. */
    if (work->count > 0 && wend_mysql_notices_wanted(job->connection))
        wend_mysql_stream_add(&job->stream, PART_WARNINGS, 0, "SHOW WARNINGS LIMIT 5", -1);
    if (job->stream.ok)
        wend_mysql_settings_off(job->connection, &job->stream.packet);
}

static bool asks(const GPtrArray *queries, WendValueKind kind)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++) {
        if (wend_mysql_query_asks(queries->pdata[i], kind))
            return true;
    }
    return false;
}

static void add_rows_behind(Job *job)
{
    const WendWork *work = job->work;
    if (asks(work->after, WEND_VALUE_OUTCOME) && !wend_mysql_stream_flush(&job->stream))
        return;
    /* A round that returns no key leaves the cursor where it was, in the journal too. */
    Outcome outcome = {job->rows, job->cursor, job->number};
    wend_mysql_stream_queries(&job->stream, work->after, &outcome);
}

static bool run(Job *job)
{
    const WendWork *work = job->work;
    Stream *stream = &job->stream;
    bool commits = work->join != WEND_JOIN_ALL;
    wend_mysql_commit_not(job->connection, &stream->packet);
    wend_mysql_stream_add(stream, PART_BEGIN, 0,
                          job->joined ? "SAVEPOINT " SAVEPOINT : "START TRANSACTION", -1);
    if (commits)
        wend_mysql_stream_add(stream, PART_OWN, 0, "SAVEPOINT " NOT_UNDONE, -1);
    if (asks(work->before, WEND_VALUE_ELAPSED) || asks(work->after, WEND_VALUE_ELAPSED))
        wend_mysql_stream_add(stream, PART_OWN, 0, "SET @wend_since = SYSDATE(6)", -1);
    wend_mysql_stream_queries(stream, work->before, NULL);
    wend_fault("segment.begun");
    add_pieces(job);
    add_gate(job);
    add_rows_behind(job);
    wend_fault("segment.ran");
    if (commits && stream->ok) {
        wend_mysql_lock_guard(job->connection, &stream->packet);
        wend_mysql_stream_add(stream, PART_OPEN, 0, "RELEASE SAVEPOINT " NOT_UNDONE, -1);
        wend_mysql_stream_add(stream, PART_COMMIT, 0, "COMMIT", -1);
        wend_mysql_commit_again(job->connection, &stream->packet);
    }
    wend_fault("commit.before");
    bool ok = wend_mysql_stream_flush(stream);
    if (ok && commits)
        wend_fault("commit.after");
    return ok;
}

/* --- failures --- */

/* The whole transaction is gone, and nothing said so at the time. */
static bool was_ended(const Job *job)
{
    const Sent *sent = &job->stream.sent;
    return !sent->told && sent->failed.kind == PART_OPEN && sent->code == NO_SAVEPOINT;
}

/* Which piece it was, and what the error must say. Before anything else goes to the server. */
static void blame(Job *job)
{
    const Sent *sent = &job->stream.sent;
    WendWorked *worked = job->worked;
    if (sent->told)
        return;
    worked->own = sent->own;
    if (sent->failed.kind == PART_PIECE || sent->failed.kind == PART_SAVE) {
        const WendPiece *piece = piece_of(job, &sent->failed);
        worked->piece = (gssize)sent->failed.piece;
        worked->offset = wend_mysql_fault_offset(job->connection, piece);
    } else if (sent->failed.kind == PART_GATE && sent->code == MORE_THAN_ONE_ROW) {
        if (job->connection->stop != STOP_NONE)
            wend_mysql_fail_stopped(job->connection, job->stream.error);
        else
            wend_error_set(job->stream.error, WEND_INTERRUPTED, "interrupted");
        worked->piece = job->stopped >= 0 ? job->stopped : (gssize)job->work->count - 1;
    } else if (sent->failed.kind == PART_LEASE && sent->code == MORE_THAN_ONE_ROW) {
        wend_mysql_fail_guard(job->connection, job->stream.error);
    }
}

/* Takes back the failed segment; when that is not possible alone, all that is unsettled. */
static void undo(Job *job)
{
    Connection *connection = job->connection;
    guint before = connection->unsettled;
    bool whole = !job->joined || job->stream.sent.code == DEADLOCK || was_ended(job);
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (!whole && wend_mysql_exec(connection, "ROLLBACK TO SAVEPOINT " SAVEPOINT, &ignored)) {
        connection->unsettled = before;
        return;
    }
    wend_mysql_roll_back(connection, &job->worked->stays);
    job->worked->lost = job->joined;
}

/* Where the error is the failed statement's, and something of it could not be undone. */
static void tell_what_stays(Job *job)
{
    WendError *error = job->stream.error;
    job->worked->stays |= job->ended;
    if (!job->worked->stays || job->ended || error == NULL || error->code != WEND_FAILED)
        return;
    wend_error_hint(error,
                    "a table that knows no transactions (MyISAM, Aria) was changed and stays "
                    "so: look at it, and make it InnoDB");
}

static bool attempt(Connection *connection, const WendWork *work, Retry *retry, WendWorked *worked,
                    bool *again, WendError *error)
{
    Job job = {.connection = connection,
               .work = work,
               .worked = worked,
               .joined = connection->unsettled > 0,
               .stopped = -1,
               .cursor = g_strdup(work->batch != NULL ? work->batch->after : NULL),
               .number = work->batch != NULL && work->batch->number};
    *worked = (WendWorked){.piece = -1, .offset = -1};
    wend_mysql_stream_init(&job.stream, connection, retry, error);
    job.stream.receiver = (Receiver){take_row, end_piece, &job};
    bool ok = run(&job);
    if (ok) {
        connection->unsettled = work->join == WEND_JOIN_ALL ? connection->unsettled + 1 : 0;
        worked->settled = work->join != WEND_JOIN_ALL;
        worked->rows = job.rows;
        worked->piece = -1;
        worked->cursor = g_steal_pointer(&job.cursor);
        worked->number = job.number;
    } else {
        bool ended = was_ended(&job);
        bool locked = ended || (!job.stream.sent.told && wend_mysql_is_locked(connection));
        blame(&job);
        if (locked && error->code != WEND_INTERRUPTED)
            wend_mysql_retry_fail(retry, error);
        if (ended) {
            wend_error_set(error, WEND_LOCKED,
                           "others got in the way, and the server undid the transaction");
            wend_error_hint(error,
                            "run the same command again, or wait longer with --lock-timeout");
        }
        undo(&job);
        tell_what_stays(&job);
        *again = locked && !worked->lost && !worked->stays;
    }
    g_free(job.cursor);
    g_free(job.value);
    wend_mysql_stream_clear(&job.stream);
    return ok;
}

static bool check_guard(Connection *connection, const WendWork *work, WendWorked *worked,
                        WendError *error)
{
    *worked = (WendWorked){.piece = -1, .offset = -1};
    for (guint i = 0; i < work->count; i++) {
        if (wend_mysql_guard(connection, &work->pieces[i], error))
            continue;
        worked->piece = (gssize)i;
        return false;
    }
    return true;
}

bool wend_mysql_transact(WendConnection *base, const WendWork *work, WendWorked *worked,
                         WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    g_auto(WendError) own = WEND_ERROR_INIT;
    WendError *told = error != NULL ? error : &own;
    g_auto(Replay) replay = {0};
    bool again = false, ok;
    if (!check_guard(connection, work, worked, told))
        return false;
    if (work->count > 0 && wend_mysql_interrupted(connection, 1)) {
        worked->piece = 0;
        return wend_error_set(told, WEND_INTERRUPTED, "interrupted");
    }
    wend_mysql_replay_init(&replay, connection, work);
    do {
        again = false;
        ok = attempt(connection, work, &retry, worked, &again, told);
    } while (!ok && again && wend_mysql_replay_back(&replay) &&
             wend_mysql_retry_again(&retry, told));
    return ok;
}

/* --- without pieces --- */

bool wend_mysql_write(WendConnection *base, GPtrArray *queries, WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    g_auto(WendError) own = WEND_ERROR_INIT;
    WendError *told = error != NULL ? error : &own;
    for (;;) {
        g_auto(Stream) stream = {0};
        if (queries->len == 0)
            return true;
        wend_mysql_stream_init(&stream, connection, &retry, told);
        if (asks(queries, WEND_VALUE_ELAPSED))
            wend_mysql_stream_add(&stream, PART_OWN, 0, "SET @wend_since = SYSDATE(6)", -1);
        wend_mysql_stream_rows(&stream, queries);
        if (wend_mysql_stream_flush(&stream))
            return true;
        bool locked = wend_mysql_is_locked(connection);
        if (stream.sent.failed.kind == PART_LEASE && stream.sent.code == MORE_THAN_ONE_ROW) {
            wend_mysql_fail_guard(connection, told);
        } else if (locked) {
            wend_mysql_retry_fail(&retry, told);
        }
        wend_mysql_roll_back(connection, NULL);
        if (!locked || !wend_mysql_retry_again(&retry, told))
            return false;
    }
}

bool wend_mysql_settle(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_auto(Packet) packet = {0};
    Sent sent;
    if (connection->unsettled == 0)
        return true;
    wend_mysql_packet_init(&packet);
    wend_mysql_settings_off(connection, &packet);
    wend_mysql_lock_guard(connection, &packet);
    wend_mysql_packet_add(&packet, PART_COMMIT, 0, "COMMIT", -1);
    wend_mysql_commit_again(connection, &packet);
    wend_fault("commit.before");
    if (wend_mysql_send(connection, &packet, NULL, &sent, error)) {
        wend_fault("commit.after");
        connection->unsettled = 0;
        return true;
    }
    if (sent.failed.kind == PART_LEASE && sent.code == MORE_THAN_ONE_ROW)
        wend_mysql_fail_guard(connection, error);
    wend_mysql_roll_back(connection, &connection->stays);
    return false;
}

bool wend_mysql_abandon(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    bool stays = connection->stays;
    connection->stays = false;
    if (connection->unsettled > 0)
        wend_mysql_roll_back(connection, &stays);
    return stays;
}
