/* SPDX-License-Identifier: MIT
 *
 * The session settings that wend itself relies on: set ahead of its first statement, whatever the server's
 * defaults are, and given back on a host's handle. What a script sets is session.c's.
 */
#include "db/mysql/mysql.h"

/* What wend relies on, and a server's settings or its init_connect may have made otherwise. */
static const struct {
    const char *name, *value;
} relied_on[] = {
    {"autocommit", "1"},
    {"completion_type", "0"},
    {"sql_select_limit", "18446744073709551615"},
    {"tx_read_only", "0"},
    /* Under a small max_join_size, wend's own looks would be too large. */
    {"sql_big_selects", "1"},
    /* A person may think for long about a question, and a batch may pause. */
    {"wait_timeout", "GREATEST(@@SESSION.wait_timeout, 86400)"},
};

/* What else a host's handle gets back. */
static const char *const limits[] = {"lock_wait_timeout", "innodb_lock_wait_timeout", NULL};

char *wend_mysql_variable(bool mariadb, gulong version, const char *name)
{
    if (!mariadb && version >= 80000 && g_str_has_prefix(name, "tx_"))
        return g_strconcat("transaction_", name + 3, NULL);
    return g_strdup(name);
}

char *wend_mysql_rely_text(bool mariadb, gulong version)
{
    GString *sql = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(relied_on); i++) {
        g_autofree char *name = wend_mysql_variable(mariadb, version, relied_on[i].name);
        g_string_append_printf(sql, "%s SESSION %s = %s", i > 0 ? "," : "SET", name,
                               relied_on[i].value);
    }
    return g_string_free(sql, FALSE);
}

/* "SET @wend_host_NAME = @@SESSION.NAME, …", or the other way round. */
static char *host_settings(const Connection *connection, bool back)
{
    GString *sql = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(relied_on) + G_N_ELEMENTS(limits) - 1; i++) {
        const char *one =
            i < G_N_ELEMENTS(relied_on) ? relied_on[i].name : limits[i - G_N_ELEMENTS(relied_on)];
        g_autofree char *name = wend_mysql_variable(connection->mariadb, connection->version, one);
        g_string_append_printf(
            sql, back ? "%s SESSION %s = @wend_host_%s" : "%s @wend_host_%s = @@SESSION.%s",
            i > 0 ? "," : "SET", name, name);
    }
    return g_string_free(sql, FALSE);
}

void wend_mysql_rely(Connection *connection, Packet *packet)
{
    if (connection->relied)
        return;
    connection->relied = true;
    if (connection->borrowed) {
        g_autofree char *keep = host_settings(connection, false);
        wend_mysql_packet_add(packet, PART_LIMITS, 0, keep, -1);
    }
    g_autofree char *sql = wend_mysql_rely_text(connection->mariadb, connection->version);
    wend_mysql_packet_add(packet, PART_LIMITS, 0, sql, -1);
}

void wend_mysql_rely_no_more(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autofree char *sql = host_settings(connection, true);
    if (connection->relied)
        wend_mysql_exec(connection, sql, &ignored);
    connection->relied = false;
}
