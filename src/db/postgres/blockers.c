/* SPDX-License-Identifier: MIT
 *
 * Who keeps a statement waiting, asked on a second session while it waits; and the pauses between two
 * attempts.
 */
#include "db/postgres/postgres.h"

#include <string.h>

#define ASK_EVERY_MS 1000
#define FIRST_PAUSE  100 /* ms */
#define LAST_PAUSE   3000
#define TURN_MS      20

/* Synchronous: it is short, on a session of its own. Caller frees; NULL = nobody, or not known. */
static char *ask(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (connection->other == NULL) {
        g_autofree char *name = wend_pg_session_name("wend");
        connection->other = wend_pg_another(connection, name, &ignored);
    }
    if (connection->other == NULL)
        return NULL;
    g_autofree char *sql =
        g_strdup_printf("SELECT string_agg(who, '; ') FROM (SELECT format('process %%s (%%s%%s, "
                        "%%s, since %%s s): %%s', "
                        "pid, usename, CASE WHEN application_name = '' THEN '' ELSE ', ' || "
                        "application_name END, state, "
                        "extract(epoch FROM clock_timestamp() - xact_start)::bigint, "
                        "left(regexp_replace(query, '\\s+', ' ', 'g'), 100)) AS who FROM "
                        "pg_catalog.pg_stat_activity "
                        "WHERE pid = ANY (pg_catalog.pg_blocking_pids(%d)) LIMIT 3) AS s",
                        PQbackendPID(connection->pg));
    PGresult *result = PQexec(connection->other, sql);
    char *found = NULL;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
        !PQgetisnull(result, 0, 0))
        found = g_strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    if (PQstatus(connection->other) != CONNECTION_OK)
        g_clear_pointer(&connection->other, PQfinish);
    return found;
}

bool wend_pg_tell_blockers(Connection *connection, gint64 waited_ms, bool now)
{
    gint64 time = g_get_monotonic_time();
    if (!now && time - connection->blockers_at < ASK_EVERY_MS * 1000)
        return false;
    connection->blockers_at = time;
    char *found = ask(connection);
    if (found == NULL)
        return false;
    g_free(connection->blockers);
    connection->blockers = found;
    if (connection->watch.waiting != NULL)
        connection->watch.waiting(WEND_WAITING_BUSY, NULL, found, waited_ms,
                                  connection->watch.data);
    return true;
}

bool wend_pg_pause(const Connection *connection, guint attempt)
{
    gint64 base = MIN(LAST_PAUSE, FIRST_PAUSE << MIN(attempt, 5));
    gint64 left = base / 2 + g_random_int_range(0, (gint32)base);
    for (; left > 0; left -= TURN_MS) {
        if (wend_pg_interrupted(connection, 1))
            return false;
        g_usleep(TURN_MS * 1000);
    }
    return true;
}
