/* SPDX-License-Identifier: MIT
 *
 * Small looks: queries of wend's own, and what may be said of the server.
 */
#include "db/mysql/mysql.h"

#include <string.h>

typedef struct Look {
    WendRowFn row;
    void *data;
} Look;

static bool pass_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                     WendError *error)
{
    const Look *look = data;
    (void)part;
    (void)result;
    return look->row == NULL || look->row(row, look->data, error);
}

bool wend_mysql_query(WendConnection *base, const WendQuery *query, WendRowFn row, void *data,
                      WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    Look look = {row, data};
    Receiver receiver = {.row = pass_row, .data = &look};
    Sent sent;
    g_auto(Packet) packet = {0};
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_head(connection, &packet, wend_mysql_retry_seconds(&retry));
    wend_mysql_settings_off(connection, &packet);
    wend_mysql_packet_query(&packet, PART_OWN, query, NULL);
    return wend_mysql_send(connection, &packet, &receiver, &sent, error);
}

char *wend_mysql_about(WendConnection *base)
{
    const Connection *connection = (const Connection *)base;
    return g_strdup_printf("%s %lu.%lu.%lu", connection->mariadb ? "MariaDB" : "MySQL",
                           connection->version / 10000, connection->version / 100 % 100,
                           connection->version % 100);
}

char *wend_mysql_backend(WendConnection *base)
{
    const Connection *connection = (const Connection *)base;
    return g_strdup_printf("backend=%lu", mysql_thread_id(connection->mysql));
}
