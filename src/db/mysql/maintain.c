/* SPDX-License-Identifier: MIT
 *
 * The database as a whole: what is in it, and dropping all of it.
 */
#include "db/mysql/mysql.h"

#include <string.h>

/* Kind and name, in the order in which they can be dropped; `?` is the database. A table of system
 * versioning is a table; one of the kind SEQUENCE is a sequence. */
static const char *const looks[] = {
    "SELECT 'event', event_name FROM information_schema.EVENTS WHERE event_schema = ?",
    "SELECT 'trigger', trigger_name FROM information_schema.TRIGGERS WHERE trigger_schema = ?",
    "SELECT 'view', table_name FROM information_schema.TABLES WHERE table_schema = ? AND "
    "table_type = 'VIEW'",
    "SELECT 'table', table_name FROM information_schema.TABLES WHERE table_schema = ? AND "
    "table_type NOT IN ('VIEW', 'SEQUENCE', 'SYSTEM VIEW')",
    "SELECT 'sequence', table_name FROM information_schema.TABLES WHERE table_schema = ? AND "
    "table_type = 'SEQUENCE'",
    "SELECT LOWER(routine_type), routine_name FROM information_schema.ROUTINES WHERE "
    "routine_schema = ? AND routine_type IN ('PROCEDURE', 'FUNCTION', 'PACKAGE')",
};

typedef struct Object {
    char *kind, *name;
} Object;

static void object_clear(gpointer data)
{
    Object *object = data;
    g_free(object->kind);
    g_free(object->name);
}

static bool take_object(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                        WendError *error)
{
    Object object = {g_strdup(row->values[0]), g_strdup(row->values[1])};
    (void)part;
    (void)result;
    (void)error;
    g_array_append_val(data, object);
    return true;
}

/* All objects of the database, in one round trip. NULL on failure. */
static GArray *find_objects(Connection *connection, WendError *error)
{
    g_auto(Packet) packet = {0};
    g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(Object));
    Receiver receiver = {.row = take_object, .data = objects};
    Sent sent;
    g_array_set_clear_func(objects, object_clear);
    wend_mysql_packet_init(&packet);
    wend_mysql_settings_off(connection, &packet);
    for (gsize i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_autoptr(WendQuery) query = wend_query_new(looks[i]);
        wend_mysql_packet_query(&packet, PART_OWN, wend_query_text(query, connection->database),
                                NULL);
    }
    if (!wend_mysql_send(connection, &packet, &receiver, &sent, error))
        return NULL;
    return g_steal_pointer(&objects);
}

bool wend_mysql_list(WendConnection *base, GPtrArray *names, WendError *error)
{
    g_autoptr(GArray) objects = find_objects((Connection *)base, error);
    for (guint i = 0; objects != NULL && i < objects->len; i++) {
        const Object *one = &g_array_index(objects, Object, i);
        g_ptr_array_add(names, g_strdup_printf("%s %s", one->kind, one->name));
    }
    return objects != NULL;
}

/* The lease lies beside the journal. */
static bool is_own(const Connection *connection, const char *const *own, const char *name)
{
    g_autofree char *full = g_strconcat(connection->database, ".", name, NULL);
    for (; *own != NULL; own++) {
        const char *given = strchr(*own, '.') != NULL ? full : name;
        gsize length = strlen(*own);
        if (g_ascii_strncasecmp(*own, given, length) == 0 &&
            (given[length] == '\0' || strcmp(given + length, WEND_MYSQL_LEASE) == 0))
            return true;
    }
    return false;
}

bool wend_mysql_is_empty(WendConnection *base, const char *const *own, bool *empty,
                         WendError *error)
{
    const Connection *connection = (const Connection *)base;
    g_autoptr(GArray) objects = find_objects((Connection *)base, error);
    bool found = false;
    if (objects == NULL)
        return false;
    for (guint i = 0; i < objects->len; i++)
        found |= !is_own(connection, own, g_array_index(objects, Object, i).name);
    *empty = !found;
    return true;
}

/* Not one commit, for there is none over several definitions: run again, it drops what is left. */
bool wend_mysql_clean(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    g_autoptr(GArray) objects = find_objects(connection, error);
    g_auto(Stream) stream = {0};
    if (objects == NULL)
        return false;
    wend_mysql_stream_init(&stream, connection, &retry, error);
    wend_mysql_stream_add(&stream, PART_OWN, 0,
                          "SET @wend_checks = @@SESSION.foreign_key_checks, "
                          "SESSION foreign_key_checks = 0",
                          -1);
    for (guint i = 0; i < objects->len; i++) {
        const Object *one = &g_array_index(objects, Object, i);
        g_autoptr(GString) sql = g_string_new("DROP ");
        g_string_append_printf(sql, "%s IF EXISTS ", one->kind);
        wend_mysql_name(sql, connection->database);
        g_string_append_c(sql, '.');
        wend_mysql_name(sql, one->name);
        wend_mysql_stream_add(&stream, PART_OWN, 0, sql->str, (gssize)sql->len);
    }
    bool ok = wend_mysql_stream_flush(&stream);
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (!ok && wend_mysql_is_locked(connection))
        wend_mysql_retry_fail(&retry, error);
    wend_mysql_exec(connection,
                    "SET SESSION foreign_key_checks = @wend_checks, @wend_checks = NULL", &ignored);
    return ok;
}
