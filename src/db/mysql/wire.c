/* SPDX-License-Identifier: MIT
 *
 * The one way in which statements go to the server and results come back. The client library's
 * non-blocking calls say what they wait for; the waiting itself is here, so that ticks, time limits and
 * interrupts work while a statement runs, however long it takes.
 */
#include "db/mysql/mysql.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define TICK_MS 100
/* A statement that runs for so long may be waiting for a lock: from then on somebody looks. */
#define LOOK_AFTER_MS 500
#define LOOK_EVERY_MS 1000
#define KILL_EVERY_MS 1000

bool wend_mysql_interrupted(const Connection *connection, int times)
{
    return wend_watch_stops(&connection->watch, times);
}

bool wend_mysql_in_transaction(Connection *connection)
{
    unsigned int status = 0;
    mariadb_get_infov(connection->mysql, MARIADB_CONNECTION_SERVER_STATUS, &status);
    return (status & SERVER_STATUS_IN_TRANS) != 0;
}

/* --- while a statement runs --- */

/* What was told to end, or is not to be gone on with, must not be committed: a packet of a script ends in
 * a gate that finds this lock, which the second connection holds until the packet has ended. */
static void close_gate(Connection *connection)
{
    if (connection->gated)
        return;
    g_autofree char *sql =
        g_strdup_printf("SELECT GET_LOCK('wend:gate:%lu', 0)", mysql_thread_id(connection->mysql));
    connection->gated = wend_mysql_second_ask(connection, sql, NULL, NULL);
}

/* By its own word: what a closed connection held, the server gives back in its own time, and the next gate
 * would still find it. */
static void open_gate(Connection *connection)
{
    if (!connection->gated)
        return;
    g_autofree char *sql =
        g_strdup_printf("SELECT RELEASE_LOCK('wend:gate:%lu')", mysql_thread_id(connection->mysql));
    wend_mysql_second_ask(connection, sql, NULL, NULL);
    wend_mysql_second_close(connection);
}

static void stop(Connection *connection, Stop why, gint64 now)
{
    if (now - connection->stop_at < KILL_EVERY_MS * 1000)
        return;
    connection->stop_at = now;
    connection->stop = why;
    close_gate(connection);
    wend_mysql_kill(connection);
}

static void look_for_locks(Connection *connection, gint64 now)
{
    const WendWatch *watch = &connection->watch;
    connection->look_at = now;
    if (!wend_mysql_waits(connection))
        return;
    if (wend_mysql_interrupted(connection, 1))
        stop(connection, STOP_WAITING, now);
    else if (watch->waiting != NULL)
        watch->waiting(WEND_WAITING_BUSY, NULL, connection->blockers,
                       (now - connection->part_since) / 1000, watch->data);
}

static gint64 deadline(const Connection *connection)
{
    gint64 limit = connection->part_script ? connection->step_statement_timeout_ms : 0;
    return limit > 0 ? connection->part_since + limit * 1000 : G_MAXINT64;
}

static void beat(Connection *connection)
{
    gint64 now = g_get_monotonic_time();
    bool first = !connection->noticed && wend_mysql_interrupted(connection, 1);
    connection->beat_at = now;
    if (connection->part_script && connection->watch.tick != NULL)
        connection->watch.tick(0, connection->watch.data);
    connection->noticed |= first;
    /* Interrupted once: the statement may end by itself, and those behind it do not count. */
    if (first && connection->part_more)
        close_gate(connection);
    if (wend_mysql_interrupted(connection, 2))
        stop(connection, STOP_INTERRUPT, now);
    else if (now >= deadline(connection))
        stop(connection, STOP_LIMIT, now);
    else if ((now - connection->part_since >= LOOK_AFTER_MS * 1000 || first) &&
             (now - connection->look_at >= LOOK_EVERY_MS * 1000 || first))
        look_for_locks(connection, now);
}

/* When the next beat is due, for poll(). */
static int pause_ms(const Connection *connection)
{
    gint64 now = g_get_monotonic_time(), end = deadline(connection);
    gint64 left = MIN(connection->beat_at + TICK_MS * 1000, MAX(end, connection->stop_at)) - now;
    if (end != G_MAXINT64 && now < end)
        left = MIN(left, end - now);
    return (int)CLAMP((left + 999) / 1000, 1, TICK_MS);
}

/* Waits for what the library asks for, and tells it what there is. */
static int wait_for(Connection *connection, int wanted)
{
    struct pollfd one = {.fd = (int)mysql_get_socket(connection->mysql)};
    one.events = (short)(((wanted & MYSQL_WAIT_READ) ? POLLIN : 0) |
                         ((wanted & MYSQL_WAIT_WRITE) ? POLLOUT : 0) |
                         ((wanted & MYSQL_WAIT_EXCEPT) ? POLLPRI : 0));
    for (;;) {
        if (g_get_monotonic_time() - connection->beat_at >= TICK_MS * 1000)
            beat(connection);
        int ready = poll(&one, 1, pause_ms(connection));
        if (ready > 0)
            return wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT);
        if (ready < 0 && errno != EINTR)
            return MYSQL_WAIT_TIMEOUT;
        if (g_get_monotonic_time() >= deadline(connection))
            beat(connection);
    }
}

/* Calls of the library, each to its end. */

static int run_query(Connection *connection, const GString *sql)
{
    int failed = 0;
    int wanted = mysql_real_query_start(&failed, connection->mysql, sql->str, sql->len);
    while (wanted != 0)
        wanted = mysql_real_query_cont(&failed, connection->mysql, wait_for(connection, wanted));
    return failed;
}

static int next_result(Connection *connection)
{
    int more = -1;
    int wanted = mysql_next_result_start(&more, connection->mysql);
    while (wanted != 0)
        wanted = mysql_next_result_cont(&more, connection->mysql, wait_for(connection, wanted));
    return more;
}

static MYSQL_ROW next_row(Connection *connection, MYSQL_RES *result)
{
    MYSQL_ROW row = NULL;
    int wanted = mysql_fetch_row_start(&row, result);
    while (wanted != 0)
        wanted = mysql_fetch_row_cont(&row, result, wait_for(connection, wanted));
    return row;
}

/* --- results --- */

/* One packet under way. */
typedef struct Flight {
    Connection *connection;
    const Packet *packet;
    const Receiver *receiver;
    Sent *sent;
    guint at;   /* the part whose result comes next */
    guint last; /* the last part that is the script's */
    WendError *error;
} Flight;

static const Part *part_at(const Flight *flight)
{
    guint at = MIN(flight->at, flight->packet->parts->len - 1);
    return &g_array_index(flight->packet->parts, Part, at);
}

static void begin_part(Flight *flight)
{
    Connection *connection = flight->connection;
    connection->part_since = g_get_monotonic_time();
    connection->part_script = part_at(flight)->kind == PART_PIECE;
    connection->part_more = connection->part_script && flight->at < flight->last;
}

static guint last_piece(const Packet *packet)
{
    guint at = packet->parts->len - 1;
    while (at > 0 && g_array_index(packet->parts, Part, at).kind != PART_PIECE)
        at--;
    return at;
}

/* Reads a result to its end, also where nobody wants it any more. False when the server breaks off. */
static bool read_rows(Flight *flight, MYSQL_RES *result, gint64 *count)
{
    Connection *connection = flight->connection;
    guint columns = mysql_num_fields(result);
    MYSQL_ROW row;
    while ((row = next_row(connection, result)) != NULL) {
        ++*count;
        WendRow one = {columns, (const char *const *)row};
        if (flight->receiver->row != NULL && !flight->sent->told &&
            !flight->receiver->row(part_at(flight), &one, result, flight->receiver->data,
                                   flight->error))
            flight->sent->told = true;
    }
    bool ok = mysql_errno(connection->mysql) == 0;
    mysql_free_result(result);
    return ok;
}

static void note_state(Connection *connection, PartKind kind)
{
    if (kind == PART_ON || kind == PART_OFF || kind == PART_SAVE)
        connection->script_really = kind != PART_OFF;
    if (kind == PART_SAVE)
        wend_mysql_settings_kept(connection);
}

static void end_part(Flight *flight, gint64 rows, bool returned)
{
    Sent *sent = flight->sent;
    const Part *part = part_at(flight);
    sent->done = flight->at + 1;
    sent->warnings = mysql_warning_count(flight->connection->mysql);
    note_state(flight->connection, part->kind);
    if (flight->receiver->ended != NULL && !sent->told &&
        !flight->receiver->ended(part, rows, returned, flight->receiver->data, flight->error))
        sent->told = true;
}

/* Takes one result. False when it is a failure. */
static bool take_result(Flight *flight)
{
    MYSQL *mysql = flight->connection->mysql;
    gint64 rows = 0;
    MYSQL_RES *result = mysql_use_result(mysql);
    bool returned = result != NULL;
    if (result == NULL && mysql_field_count(mysql) > 0)
        return false;
    if (result == NULL)
        rows = (gint64)mysql_affected_rows(mysql);
    else if (!read_rows(flight, result, &rows))
        return false;
    /* Further results of the last part are no end of it. */
    bool beyond = flight->at + 1 >= flight->packet->parts->len && mysql_more_results(mysql);
    if (!beyond)
        end_part(flight, rows, returned);
    return true;
}

static bool take_results(Flight *flight)
{
    Connection *connection = flight->connection;
    for (;;) {
        if (!take_result(flight))
            return false;
        if (!mysql_more_results(connection->mysql))
            return true;
        flight->at += flight->at + 1 < flight->packet->parts->len;
        begin_part(flight);
        if (next_result(connection) > 0)
            return false;
    }
}

static void note_failure(Flight *flight)
{
    Connection *connection = flight->connection;
    Sent *sent = flight->sent;
    sent->failed = *part_at(flight);
    sent->code = mysql_errno(connection->mysql);
    connection->script_on = connection->script_really;
    if (sent->failed.kind == PART_LIMITS) {
        connection->lock_seconds = -1;
        connection->synced = connection->relied = false;
    }
    if (sent->told)
        return;
    wend_mysql_fail(connection, flight->error);
    const GString *sql = flight->packet->sql;
    sent->own =
        sent->failed.kind == PART_OWN && !wend_mysql_is_lost(sent->code) &&
        wend_mysql_fail_own(sql->str + sent->failed.at, sql->len - sent->failed.at, flight->error);
}

static void reset_watch(Connection *connection)
{
    connection->stop = STOP_NONE;
    connection->stop_at = connection->look_at = 0;
    connection->gated = connection->noticed = false;
    connection->beat_at = g_get_monotonic_time();
}

bool wend_mysql_send(Connection *connection, Packet *packet, const Receiver *receiver, Sent *sent,
                     WendError *error)
{
    static const Receiver nobody = {0};
    *sent = (Sent){0};
    if (packet->parts->len == 0)
        return true;
    Flight flight = {connection,         packet, receiver != NULL ? receiver : &nobody, sent, 0,
                     last_piece(packet), error};
    reset_watch(connection);
    begin_part(&flight);
    bool ok = run_query(connection, packet->sql) == 0 && take_results(&flight);
    if (!ok)
        note_failure(&flight);
    open_gate(connection);
    connection->part_script = false;
    g_string_truncate(packet->sql, 0);
    g_array_set_size(packet->parts, 0);
    return ok && !sent->told;
}

/* --- small ones --- */

bool wend_mysql_exec(Connection *connection, const char *sql, WendError *error)
{
    g_auto(Packet) packet = {0};
    Sent sent;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_add(&packet, PART_OWN, 0, sql, -1);
    return wend_mysql_send(connection, &packet, NULL, &sent, error);
}

static bool keep_value(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                       WendError *error)
{
    (void)part;
    (void)result;
    (void)error;
    char **value = data;
    g_free(*value);
    *value = g_strdup(row->values[0]);
    return true;
}

bool wend_mysql_value(Connection *connection, const char *sql, char **value, WendError *error)
{
    g_auto(Packet) packet = {0};
    g_autofree char *found = NULL;
    Receiver receiver = {.row = keep_value, .data = &found};
    Sent sent;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_add(&packet, PART_OWN, 0, sql, -1);
    if (!wend_mysql_send(connection, &packet, &receiver, &sent, error))
        return false;
    *value = g_steal_pointer(&found);
    return true;
}

static bool look_for_kept(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                          WendError *error)
{
    (void)part;
    (void)result;
    (void)error;
    /* ER_WARNING_NOT_COMPLETE_ROLLBACK: tables that know no transactions were changed. */
    if (row->count == 3 && g_strcmp0(row->values[1], "1196") == 0)
        *(bool *)data = true;
    return true;
}

void wend_mysql_roll_back(Connection *connection, bool *stays)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_auto(Packet) packet = {0};
    bool kept = false;
    Receiver receiver = {.row = look_for_kept, .data = &kept};
    Sent sent;
    connection->unsettled = 0;
    if (wend_mysql_is_lost(mysql_errno(connection->mysql)))
        return;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_add(&packet, PART_OWN, 0, "ROLLBACK", -1);
    wend_mysql_packet_add(&packet, PART_OWN, 0, "SHOW WARNINGS", -1);
    wend_mysql_commit_again(connection, &packet);
    wend_mysql_send(connection, &packet, &receiver, &sent, &ignored);
    if (stays != NULL)
        *stays |= kept;
}
