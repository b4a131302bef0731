/* SPDX-License-Identifier: MIT
 *
 * Packets: statements that travel together and are answered one by one. A server that meets an error at
 * one of them leaves out the rest, so what came before is known to have happened.
 */
#include "db/mysql/mysql.h"

void wend_mysql_packet_init(Packet *packet)
{
    packet->sql = g_string_new(NULL);
    packet->parts = g_array_new(FALSE, FALSE, sizeof(Part));
}

void wend_mysql_packet_clear(Packet *packet)
{
    if (packet->sql != NULL)
        g_string_free(packet->sql, TRUE);
    if (packet->parts != NULL)
        g_array_unref(packet->parts);
    *packet = (Packet){0};
}

/* A line comment at a statement's end must not swallow the semicolon. */
static void add_border(Packet *packet)
{
    if (packet->parts->len > 0)
        g_string_append(packet->sql, "\n;\n");
}

void wend_mysql_packet_add(Packet *packet, PartKind kind, guint piece, const char *sql,
                           gssize length)
{
    add_border(packet);
    Part part = {kind, piece, packet->sql->len};
    g_string_append_len(packet->sql, sql, length);
    g_array_append_val(packet->parts, part);
}

void wend_mysql_packet_query(Packet *packet, PartKind kind, const WendQuery *query,
                             const Outcome *outcome)
{
    add_border(packet);
    Part part = {kind, 0, packet->sql->len};
    wend_mysql_expand(packet->sql, query, outcome);
    g_array_append_val(packet->parts, part);
}

/* Another node may undo the transaction between two statements of ours; where the one behind is of a kind
 * that keeps errors to itself (SET, DO), nobody is told, and with autocommit the rest would stay. */
void wend_mysql_commit_not(Connection *connection, Packet *packet)
{
    if (connection->facts.galera)
        wend_mysql_packet_add(packet, PART_OWN, 0, "SET SESSION autocommit = 0", -1);
}

void wend_mysql_commit_again(Connection *connection, Packet *packet)
{
    if (connection->facts.galera)
        wend_mysql_packet_add(packet, PART_OWN, 0, "SET SESSION autocommit = 1", -1);
}

void wend_mysql_packet_head(Connection *connection, Packet *packet, int lock_seconds)
{
    bool sync = connection->facts.galera && !connection->synced;
    wend_mysql_rely(connection, packet);
    if (connection->lock_seconds == lock_seconds && !sync)
        return;
    g_autofree char *sql =
        g_strdup_printf("SET SESSION lock_wait_timeout = %d, innodb_lock_wait_timeout = %d%s",
                        lock_seconds, lock_seconds, sync ? ", wsrep_sync_wait = 1" : "");
    connection->lock_seconds = lock_seconds;
    connection->synced |= sync;
    wend_mysql_packet_add(packet, PART_LIMITS, 0, sql, -1);
}
