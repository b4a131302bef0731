/* SPDX-License-Identifier: MIT
 *
 * The one way to send SQL to PostgreSQL: a string of one or several statements as a simple query, which
 * is one round trip, waited for in short turns so that progress is told and interrupts are heard.
 */
#include "db/postgres/postgres.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define TICK_MS       100
#define TELL_AFTER_MS 1000
#define COPY_SLICE    (256 * 1024)

typedef struct Waiting {
    Connection *connection;
    Sending *sending;
    gint64 since;
    bool cancelled;
} Waiting;

bool wend_pg_interrupted(const Connection *connection, int times)
{
    return wend_watch_stops(&connection->watch, times);
}

static void cancel(Connection *connection)
{
    char reason[256];
    PGcancel *handle = PQgetCancel(connection->pg);
    if (handle == NULL)
        return;
    PQcancel(handle, reason, sizeof reason);
    PQfreeCancel(handle);
}

/* While the server is at work. */
static void turn(Waiting *waiting)
{
    Connection *connection = waiting->connection;
    gint64 waited = (g_get_monotonic_time() - waiting->since) / 1000;
    if (waiting->sending->number > 0 && connection->watch.tick != NULL)
        connection->watch.tick(0, connection->watch.data);
    if (waiting->sending->number > 0 &&
        waited >= MIN(TELL_AFTER_MS, connection->step_lock_timeout_ms / 2))
        wend_pg_tell_blockers(connection, waited, false);
    /* The first request ends a wait for somebody else, the second one the work, too. */
    bool stop = wend_pg_interrupted(connection, 2) ||
                (wend_pg_interrupted(connection, 1) && waiting->sending->number > 0 &&
                 wend_pg_tell_blockers(connection, waited, true));
    if (!waiting->cancelled && stop) {
        waiting->cancelled = true;
        cancel(connection);
    }
}

static bool gives_up(const Waiting *waiting)
{
    gint64 limit = waiting->sending->limit_ms;
    return limit > 0 && ((g_get_monotonic_time() - waiting->since) / 1000 >= limit ||
                         wend_pg_interrupted(waiting->connection, 1));
}

/* Waits until the socket is ready for `events`. False when the connection is lost, or given up. */
static bool wait_for(Waiting *waiting, short events)
{
    struct pollfd one = {.fd = PQsocket(waiting->connection->pg), .events = events};
    if (one.fd < 0)
        return false;
    for (;;) {
        int ready = poll(&one, 1, TICK_MS);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        waiting->sending->given_up = gives_up(waiting);
        if (waiting->sending->given_up)
            return false;
        turn(waiting);
    }
}

/* Sends what is buffered, reading meanwhile: the server may be waiting to be read. */
static bool flush(Waiting *waiting)
{
    int left;
    while ((left = PQflush(waiting->connection->pg)) == 1) {
        if (!wait_for(waiting, POLLOUT | POLLIN) || PQconsumeInput(waiting->connection->pg) == 0)
            return false;
    }
    return left == 0;
}

static bool next_result(Waiting *waiting, PGresult **result)
{
    PGconn *pg = waiting->connection->pg;
    while (PQisBusy(pg)) {
        if (!wait_for(waiting, POLLIN) || PQconsumeInput(pg) == 0)
            return false;
    }
    *result = PQgetResult(pg);
    return true;
}

static bool feed(Waiting *waiting, const WendPiece *piece)
{
    PGconn *pg = waiting->connection->pg;
    for (gsize at = 0; piece != NULL && at < piece->data_length; at += COPY_SLICE) {
        gsize length = MIN(COPY_SLICE, piece->data_length - at);
        int sent;
        while ((sent = PQputCopyData(pg, piece->data + at, (int)length)) == 0) {
            if (!wait_for(waiting, POLLOUT))
                return false;
        }
        if (sent < 0 || !flush(waiting))
            return false;
    }
    const char *refusal = piece != NULL ? NULL : "there is no data for it in the script";
    while (PQputCopyEnd(pg, refusal) == 0) {
        if (!wait_for(waiting, POLLOUT))
            return false;
    }
    return flush(waiting);
}

/* What a COPY … TO stdout sends is nobody's. */
static bool drop_copy(Waiting *waiting)
{
    PGconn *pg = waiting->connection->pg;
    for (;;) {
        char *row = NULL;
        int length = PQgetCopyData(pg, &row, 1);
        if (row != NULL)
            PQfreemem(row);
        if (length == 0 && (!wait_for(waiting, POLLIN) || PQconsumeInput(pg) == 0))
            return false;
        if (length < 0)
            return true;
    }
}

/* Byte of the character that the server counts from 1. */
static gssize byte_of(const char *sql, const char *position)
{
    gint64 character = position != NULL ? g_ascii_strtoll(position, NULL, 10) : 0;
    if (character <= 0 || !g_utf8_validate(sql, -1, NULL))
        return character - 1;
    return g_utf8_offset_to_pointer(sql, character - 1) - sql;
}

/* "COPY users, line 3, column id: …" */
static guint line_of_copy(const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    const char *copy = context == NULL                      ? NULL
                       : g_str_has_prefix(context, "COPY ") ? context
                                                            : strstr(context, "\nCOPY ");
    const char *line = copy != NULL ? strstr(copy, ", line ") : NULL;
    return line != NULL ? (guint)g_ascii_strtoull(line + strlen(", line "), NULL, 10) : 0;
}

static bool fail(Sending *sending, const Connection *connection, const PGresult *result,
                 guint index, WendError *error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sending->failed = index;
    sending->position =
        byte_of(sending->sql, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    sending->copy_line = line_of_copy(result);
    g_strlcpy(sending->state, state != NULL ? state : "", sizeof sending->state);
    return wend_pg_fail(connection, result, error);
}

/* What a rule of a table selects comes before the result of the statement itself, and has no command's name. */
static bool is_by_the_way(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_TUPLES_OK && PQcmdStatus((PGresult *)result)[0] == '\0';
}

/* One result. `index` goes on when its statement has ended. */
static bool take(Waiting *waiting, Sending *sending, const PGresult *result, guint *index, bool *ok,
                 WendError *error)
{
    switch (PQresultStatus(result)) {
    case PGRES_COPY_IN:
        return feed(waiting, sending->feed != NULL ? sending->feed(*index, sending->data) : NULL);
    case PGRES_COPY_OUT:
        return drop_copy(waiting);
    case PGRES_SINGLE_TUPLE:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        if (is_by_the_way(result))
            return true;
        if (*ok && sending->result != NULL &&
            !sending->result(result, *index, sending->data, error)) {
            *ok = false;
            sending->failed = *index;
        }
        *index += PQresultStatus(result) != PGRES_SINGLE_TUPLE;
        waiting->since = g_get_monotonic_time();
        return true;
    default:
        if (*ok)
            *ok = fail(sending, waiting->connection, result, *index, error);
        return true;
    }
}

bool wend_pg_send(Connection *connection, Sending *sending, WendError *error)
{
    Waiting waiting = {connection, sending, g_get_monotonic_time(), false};
    bool ok = true, alive = true;
    guint index = 0;
    sending->failed = sending->position = -1;
    sending->state[0] = '\0';
    g_clear_pointer(&connection->blockers, g_free);
    if (PQsendQuery(connection->pg, sending->sql) == 0 || !flush(&waiting))
        return wend_pg_lost(connection, error);
    if (sending->row_by_row)
        PQsetSingleRowMode(connection->pg);
    for (;;) {
        PGresult *result = NULL;
        alive = next_result(&waiting, &result);
        if (result == NULL)
            break;
        alive = take(&waiting, sending, result, &index, &ok, error);
        PQclear(result);
        if (!alive)
            break;
    }
    if (!alive || PQstatus(connection->pg) != CONNECTION_OK) {
        sending->failed = index;
        return wend_pg_lost(connection, error);
    }
    return ok;
}

bool wend_pg_exec(Connection *connection, const char *sql, WendError *error)
{
    Sending sending = {.sql = sql};
    return wend_pg_send(connection, &sending, error);
}

static bool take_value(const PGresult *result, guint index, void *data, WendError *error)
{
    (void)index;
    (void)error;
    char **value = data;
    if (PQntuples(result) == 0 || PQgetisnull(result, 0, 0))
        return true;
    g_free(*value);
    *value = g_strdup(PQgetvalue(result, 0, 0));
    return true;
}

bool wend_pg_value_within(Connection *connection, const char *sql, gint64 limit_ms, bool *given_up,
                          char **value, WendError *error)
{
    char *found = NULL;
    Sending sending = {.sql = sql, .result = take_value, .data = &found, .limit_ms = limit_ms};
    bool ok = wend_pg_send(connection, &sending, error);
    *given_up = sending.given_up;
    if (ok)
        *value = found;
    else
        g_free(found);
    return ok;
}

bool wend_pg_value(Connection *connection, const char *sql, char **value, WendError *error)
{
    bool never;
    return wend_pg_value_within(connection, sql, 0, &never, value, error);
}
