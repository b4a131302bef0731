/* SPDX-License-Identifier: MIT
 *
 * Who holds what a statement waits for, as far as the user's rights let wend see. The second connection
 * asks, for the first one is busy.
 */
#include "db/mysql/mysql.h"

#include <string.h>

#define SHOWN_MAX 3

/* MariaDB and MySQL up to 5.7. */
#define ROW_BLOCKERS                                                                               \
    "SELECT b.trx_mysql_thread_id, p.user, p.host, p.command, p.time, p.info "                     \
    "FROM information_schema.INNODB_LOCK_WAITS w "                                                 \
    "JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id "                      \
    "JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id "                        \
    "LEFT JOIN information_schema.PROCESSLIST p ON p.id = b.trx_mysql_thread_id "                  \
    "WHERE r.trx_mysql_thread_id = %lu"

/* MySQL 8 has moved them; untested. */
#define ROW_BLOCKERS_8                                                                             \
    "SELECT w.blocking_pid, p.user, p.host, p.command, p.time, p.info FROM sys.innodb_lock_waits " \
    "w LEFT JOIN information_schema.PROCESSLIST p ON p.id = w.blocking_pid "                       \
    "WHERE w.waiting_pid = %lu"

/* Where the plugin is loaded: who holds locks on tables' definitions. */
#define TABLE_BLOCKERS                                                                             \
    "SELECT DISTINCT m.thread_id, p.user, p.host, p.command, p.time, p.info "                      \
    "FROM information_schema.METADATA_LOCK_INFO m "                                                \
    "JOIN information_schema.METADATA_LOCK_INFO own ON own.table_schema = m.table_schema "         \
    "AND own.table_name = m.table_name AND own.thread_id = %lu "                                   \
    "JOIN information_schema.PROCESSLIST p ON p.id = m.thread_id WHERE m.thread_id <> "            \
    "own.thread_id"

/* Everyone with a transaction open may be it. */
#define OPEN_TRANSACTIONS                                                                          \
    "SELECT t.trx_mysql_thread_id, p.user, p.host, p.command, p.time, p.info "                     \
    "FROM information_schema.INNODB_TRX t "                                                        \
    "JOIN information_schema.PROCESSLIST p ON p.id = t.trx_mysql_thread_id "                       \
    "WHERE p.id NOT IN (%lu, CONNECTION_ID()) ORDER BY t.trx_started"

/* Or, where that may not be seen, whoever is in the same database. */
#define NEIGHBOURS                                                                                 \
    "SELECT id, user, host, command, time, info FROM information_schema.PROCESSLIST "              \
    "WHERE db = DATABASE() AND id NOT IN (%lu, CONNECTION_ID()) ORDER BY time DESC"

typedef struct Found {
    GString *text;
    guint count;
} Found;

/* connection 12 (app@10.0.0.7, idle for 34 s) */
static bool add_blocker(MYSQL_ROW row, guint count, void *data)
{
    Found *found = data;
    (void)count;
    if (++found->count > SHOWN_MAX)
        return true;
    g_string_append_printf(found->text, "%sconnection %s", found->text->len > 0 ? ", " : "",
                           row[0]);
    if (row[1] == NULL)
        return true;
    g_autofree char *info = row[5] != NULL ? g_strndup(row[5], strcspn(row[5], "\n")) : NULL;
    bool idle = g_strcmp0(row[3], "Sleep") == 0;
    g_string_append_printf(found->text, " (%s@%s, %s for %s s)", row[1], row[2],
                           idle           ? "idle in a transaction"
                           : info != NULL ? info
                                          : row[3],
                           row[4]);
    return true;
}

static void look(Connection *connection, const char *const *queries)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Found found = {text, 0};
    for (; *queries != NULL && found.count == 0; queries++) {
        g_auto(GStrv) halves = g_strsplit(*queries, "%lu", 2);
        g_autofree char *sql =
            g_strdup_printf("%s%lu%s", halves[0], mysql_thread_id(connection->mysql), halves[1]);
        wend_mysql_second_ask(connection, sql, add_blocker, &found);
    }
    if (found.count > SHOWN_MAX)
        g_string_append_printf(text, " and %u more", found.count - SHOWN_MAX);
    if (found.count == 0)
        return;
    g_free(connection->blockers);
    connection->blockers = g_strdup(text->str);
}

static bool take_state(MYSQL_ROW row, guint count, void *data)
{
    bool *waits = data;
    (void)count;
    *waits |=
        row[0] != NULL && g_str_has_prefix(row[0], "Waiting for") && strstr(row[0], "lock") != NULL;
    return true;
}

static bool take_row_wait(MYSQL_ROW row, guint count, void *data)
{
    (void)row;
    (void)count;
    *(bool *)data = true;
    return true;
}

bool wend_mysql_waits(Connection *connection)
{
    static const char *const rows[] = {ROW_BLOCKERS, NULL}, *const rows_8[] = {ROW_BLOCKERS_8,
                                                                               NULL};
    static const char *const tables[] = {TABLE_BLOCKERS, OPEN_TRANSACTIONS, NEIGHBOURS, NULL};
    gulong id = mysql_thread_id(connection->mysql);
    g_autofree char *state =
        g_strdup_printf("SELECT state FROM information_schema.PROCESSLIST WHERE id = %lu", id);
    g_autofree char *row =
        g_strdup_printf("SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = "
                        "%lu AND trx_state = 'LOCK WAIT'",
                        id);
    bool for_table = false, for_row = false;
    g_clear_pointer(&connection->blockers, g_free);
    wend_mysql_second_ask(connection, state, take_state, &for_table);
    if (!for_table)
        wend_mysql_second_ask(connection, row, take_row_wait, &for_row);
    if (for_table)
        look(connection, tables);
    else if (for_row)
        look(connection, connection->mariadb || connection->version < 80000 ? rows : rows_8);
    return for_table || for_row;
}

void wend_mysql_find_blockers(Connection *connection)
{
    static const char *const all[] = {OPEN_TRANSACTIONS, NEIGHBOURS, NULL};
    if (connection->blockers == NULL)
        look(connection, all);
}
