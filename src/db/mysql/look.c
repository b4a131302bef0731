/* SPDX-License-Identifier: MIT
 *
 * Small looks: queries of wend's own, and what may be said of the server.
 */
#include "db/mysql/mysql.h"

#include <string.h>

typedef struct Look {
    const WendRead *reads;
    guint at; /* whose rows come */
} Look;

static bool pass_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                     WendError *error)
{
    Look *look = data;
    const WendRead *read = &look->reads[part->piece];
    (void)result;
    look->at = part->piece;
    return read->row == NULL || read->row(row, read->data, error);
}

bool wend_mysql_query(WendConnection *base, const WendQuery *query, WendRowFn row, void *data,
                      WendError *error)
{
    guint failed;
    return wend_mysql_read(base, &(WendRead){query, row, data}, 1, &failed, error);
}

bool wend_mysql_read(WendConnection *base, const WendRead *reads, guint count, guint *failed,
                     WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    Look look = {reads, 0};
    Receiver receiver = {.row = pass_row, .data = &look};
    Sent sent;
    g_auto(Packet) packet = {0};
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_head(connection, &packet, wend_mysql_retry_seconds(&retry));
    wend_mysql_settings_off(connection, &packet);
    for (guint i = 0; i < count; i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        wend_mysql_expand(sql, reads[i].query, NULL);
        wend_mysql_packet_add(&packet, PART_OWN, i, sql->str, (gssize)sql->len);
    }
    bool ok = wend_mysql_send(connection, &packet, &receiver, &sent, error);
    *failed = ok ? count : sent.told ? look.at : MIN(sent.failed.piece, count - 1);
    return ok;
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
