/* SPDX-License-Identifier: MIT
 *
 * Trying again what met a lock, a deadlock, or on Galera another node's write: outside of any transaction,
 * with growing pauses in which others get at the tables, until the lock timeout is used up. One attempt
 * waits in the server for a few seconds only: everybody who comes later queues up behind a waiting
 * ALTER TABLE.
 */
#include "db/mysql/mysql.h"

#define ATTEMPT_MS   5000
#define PAUSE_MS     50
#define PAUSE_MAX_MS 1000

bool wend_mysql_retry_fail(Retry *retry, WendError *error)
{
    Connection *connection = retry->connection;
    g_autofree char *message = g_strdup(mysql_error(connection->mysql));
    retry->waited_ms += (g_get_monotonic_time() - connection->part_since) / 1000;
    if (wend_mysql_is_not_primary(connection))
        return wend_mysql_fail(connection, error);
    wend_mysql_find_blockers(connection);
    if (wend_mysql_is_deadlock(connection) || connection->facts.galera)
        wend_error_set(error, WEND_LOCKED, "others got in the way: %s", message);
    else
        wend_error_set(error, WEND_LOCKED, "what the statement needs is locked by %s",
                       connection->blockers != NULL ? connection->blockers : "another session");
    wend_error_hint(error, "let it commit or end it, or wait longer with --lock-timeout");
    return wend_mysql_set_vendor(connection, error);
}

int wend_mysql_retry_seconds(const Retry *retry)
{
    const Connection *connection = retry->connection;
    gint64 left = MAX(connection->step_lock_timeout_ms - retry->waited_ms, 0);
    int seconds = (int)((MIN(left, ATTEMPT_MS) + 999) / 1000);
    /* Only MariaDB from 10.3 on takes 0, as "not at all". */
    bool zero = connection->mariadb && connection->version >= 100300;
    return MAX(seconds, zero ? 0 : 1);
}

/* Sleeps; false when a person does not want to wait any more. */
static bool pause_for(const Connection *connection, gint64 ms)
{
    for (; ms > 0 && !wend_mysql_interrupted(connection, 1); ms -= 10)
        g_usleep((gulong)MIN(ms, 10) * 1000);
    return !wend_mysql_interrupted(connection, 1);
}

bool wend_mysql_retry_again(Retry *retry, WendError *error)
{
    Connection *connection = retry->connection;
    gint64 pause = MIN((gint64)PAUSE_MS << MIN(retry->count, 5), PAUSE_MAX_MS);
    pause = pause / 2 + g_random_int_range(0, (gint32)pause);
    if (retry->waited_ms + pause >= connection->step_lock_timeout_ms)
        return false;
    if (!pause_for(connection, pause))
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted while waiting for %s",
                              connection->blockers != NULL ? connection->blockers : "a lock");
    retry->waited_ms += pause;
    retry->count++;
    wend_error_clear(error);
    return true;
}
