/* SPDX-License-Identifier: MIT
 *
 * The second connection: it ends what the first one runs, and looks at what that waits for. Opened when
 * first needed; what it does is small and never waits for long. A proxy may have led it to another server,
 * where the first one's number belongs to a stranger: then it is not used.
 */
#include "db/mysql/mysql.h"

#include <string.h>

#define ANSWER_SECONDS 5

void wend_mysql_second_close(Connection *connection)
{
    if (connection->second != NULL)
        mysql_close(connection->second);
    connection->second = NULL;
}

static bool ask(MYSQL *mysql, const char *sql, SecondRow row, void *data)
{
    MYSQL_ROW one;
    if (mysql_real_query(mysql, sql, strlen(sql)) != 0)
        return false;
    MYSQL_RES *result = mysql_store_result(mysql);
    while (result != NULL && (one = mysql_fetch_row(result)) != NULL) {
        if (row != NULL && !row(one, mysql_num_fields(result), data))
            break;
    }
    if (result != NULL)
        mysql_free_result(result);
    return true;
}

static bool same_server(MYSQL_ROW row, guint count, void *data)
{
    Connection *connection = data;
    connection->second_fails = count != 1 || g_strcmp0(row[0], connection->facts.server) != 0;
    return false;
}

static bool open_second(Connection *connection)
{
    if (connection->second != NULL)
        return true;
    if (connection->second_fails || connection->url == NULL || connection->facts.server == NULL)
        return false;
    connection->second = wend_mysql_dial(connection->url, ANSWER_SECONDS, NULL);
    if (connection->second == NULL)
        return false;
    connection->second_fails = true;
    ask(connection->second, "SELECT " WEND_MYSQL_SERVER, same_server, connection);
    if (!connection->second_fails)
        return true;
    wend_mysql_second_close(connection);
    return false;
}

bool wend_mysql_second_ask(Connection *connection, const char *sql, SecondRow row, void *data)
{
    /* It may have been closed while nobody needed it. */
    for (guint attempt = 0; attempt < 2 && open_second(connection); attempt++) {
        if (ask(connection->second, sql, row, data))
            return true;
        if (!wend_mysql_is_lost(mysql_errno(connection->second)))
            return false;
        wend_mysql_second_close(connection);
    }
    return false;
}

void wend_mysql_kill(Connection *connection)
{
    g_autofree char *sql = g_strdup_printf("KILL QUERY %lu", mysql_thread_id(connection->mysql));
    wend_mysql_second_ask(connection, sql, NULL, NULL);
}
