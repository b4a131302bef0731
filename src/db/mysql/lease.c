/* SPDX-License-Identifier: MIT
 *
 * stub
 */
#include "db/mysql/mysql.h"

bool wend_mysql_lease_take(Connection *connection, const char *journal, WendError *error)
{
    (void)connection;
    (void)journal;
    return wend_error_set(error, WEND_LOCKED, "no lease yet");
}

bool wend_mysql_lease_check(Connection *connection, WendError *error)
{
    (void)connection;
    return wend_error_set(error, WEND_LOCKED, "no lease yet");
}

void wend_mysql_lease_drop(Connection *connection)
{
    connection->lease = NULL;
}

bool wend_mysql_lease_holder(Connection *connection, const char *journal, WendWho **holder,
                             GPtrArray *waiters, WendError *error)
{
    (void)connection;
    (void)journal;
    (void)holder;
    (void)waiters;
    return wend_error_set(error, WEND_LOCKED, "no lease yet");
}

void wend_mysql_lease_guard(Connection *connection, Packet *packet)
{
    (void)connection;
    (void)packet;
}
