/* SPDX-License-Identifier: MIT
 *
 * What the server remarks on a statement that did not fail: warnings, a few of them.
 */
#include "db/mysql/mysql.h"

#define SHOW "SHOW WARNINGS LIMIT 5"

bool wend_mysql_notices_wanted(const Connection *connection)
{
    return connection->watch.notice != NULL;
}

/* Notes are left out: that what DROP IF EXISTS names does not exist is no news. */
void wend_mysql_notice(Connection *connection, const WendRow *row)
{
    if (row->count != 3 || g_strcmp0(row->values[0], "Note") == 0)
        return;
    g_autofree char *text =
        g_strdup_printf("%s %s: %s", row->values[0], row->values[1], row->values[2]);
    connection->watch.notice(text, connection->watch.data);
}

static bool take_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                     WendError *error)
{
    (void)part;
    (void)result;
    (void)error;
    wend_mysql_notice(data, row);
    return true;
}

void wend_mysql_notices(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_auto(Packet) packet = {0};
    Receiver receiver = {.row = take_row, .data = connection};
    Sent sent;
    if (!wend_mysql_notices_wanted(connection) || mysql_warning_count(connection->mysql) == 0)
        return;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_add(&packet, PART_OWN, 0, SHOW, -1);
    wend_mysql_send(connection, &packet, &receiver, &sent, &ignored);
}
