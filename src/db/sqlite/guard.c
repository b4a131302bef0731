/* SPDX-License-Identifier: MIT
 *
 * The guard: while a script's statement is prepared, SQLite asks here about everything it would do, and
 * whatever would change wend's own tables, or hang a trigger on them, is denied. Reading them is free.
 */
#include "db/sqlite/sqlite.h"

/* Where the name of the table stands in SQLite's question; see sqlite3_set_authorizer(). */
static const struct {
    int action;
    bool second; /* the second argument, else the first */
    const char *verb;
} denials[] = {
    {SQLITE_INSERT, false, "insert into"},
    {SQLITE_UPDATE, false, "update"},
    {SQLITE_DELETE, false, "delete from"},
    {SQLITE_DROP_TABLE, false, "drop"},
    {SQLITE_ALTER_TABLE, true, "alter"},
    {SQLITE_CREATE_TRIGGER, true, "put a trigger on"},
    {SQLITE_CREATE_TEMP_TRIGGER, true, "put a trigger on"},
    {SQLITE_CREATE_INDEX, true, "index"},
};

static bool is_own(const Connection *connection, const char *table)
{
    for (char **own = connection->own; table != NULL && own != NULL && *own != NULL; own++) {
        if (g_ascii_strcasecmp(*own, table) == 0)
            return true;
    }
    return false;
}

static int on_question(void *data, int action, const char *first, const char *second,
                       const char *schema, const char *trigger)
{
    Connection *connection = data;
    (void)schema;
    (void)trigger;
    if (!connection->in_script)
        return SQLITE_OK;
    for (gsize i = 0; i < G_N_ELEMENTS(denials); i++) {
        const char *table = denials[i].second ? second : first;
        if (denials[i].action != action || !is_own(connection, table))
            continue;
        g_free(connection->denied);
        connection->denied = g_strdup_printf("%s %s", denials[i].verb, table);
        return SQLITE_DENY;
    }
    return SQLITE_OK;
}

void wend_sqlite_guard(Connection *connection)
{
    sqlite3_set_authorizer(connection->db, on_question, connection);
}
