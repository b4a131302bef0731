/* SPDX-License-Identifier: MIT
 *
 * What the server is like, asked once and together with the first look for wend's tables: how it takes
 * names, whether it can be written to, whether it is a node of a Galera cluster.
 */
#include "db/mysql/mysql.h"

#include <string.h>

/* One row. What not every server has is asked by SHOW VARIABLES, which gives no error. */
#define FACTS                                                                                      \
    "SELECT " WEND_MYSQL_SERVER ", @@lower_case_table_names, @@max_allowed_packet, @@read_only, "  \
    "@@sql_mode"
#define VARIABLES                                                                                  \
    "SHOW VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_provider', 'super_read_only', "     \
    "'innodb_read_only', 'enforce_storage_engine')"

enum { ASKED_FACTS, ASKED_VARIABLES, ASKED_TABLES };

typedef struct Found {
    char *name; /* "schema.table" */
    char *columns;
    bool view;
} Found;

typedef struct Look {
    Connection *connection;
    Facts facts;
    bool wsrep_on, wsrep_provider;
    GPtrArray *found; /* of Found */
} Look;

static bool is_on(const char *value)
{
    return g_strcmp0(value, "1") == 0 || g_strcmp0(value, "ON") == 0;
}

static void take_variable(Look *look, const char *name, const char *value)
{
    if (strcmp(name, "wsrep_on") == 0)
        look->wsrep_on = is_on(value);
    else if (strcmp(name, "wsrep_provider") == 0)
        look->wsrep_provider = g_strcmp0(value, "none") != 0 && g_strcmp0(value, "") != 0;
    else if (strcmp(name, "enforce_storage_engine") == 0)
        look->facts.other_engine =
            g_strcmp0(value, "") != 0 && g_ascii_strcasecmp(value, "InnoDB") != 0;
    else
        look->facts.read_only |= is_on(value);
}

static bool take_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                     WendError *error)
{
    Look *look = data;
    (void)result;
    (void)error;
    if (part->piece == ASKED_FACTS) {
        look->facts.known = true;
        g_free(look->facts.server);
        look->facts.server = g_strdup(row->values[0]);
        look->facts.fold_names = g_strcmp0(row->values[1], "0") != 0;
        look->facts.packet_max = (gsize)g_ascii_strtoull(row->values[2], NULL, 10);
        look->facts.read_only |= is_on(row->values[3]);
        look->facts.lex_flags = wend_mysql_lex_flags(row->values[4]);
    } else if (part->piece == ASKED_VARIABLES) {
        take_variable(look, row->values[0], row->values[1]);
    } else {
        Found *one = g_new0(Found, 1);
        one->name = g_strconcat(row->values[0], ".", row->values[1], NULL);
        one->columns = g_strdup(row->values[2]);
        one->view = is_on(row->values[3]);
        g_ptr_array_add(look->found, one);
    }
    return true;
}

static void keep_facts(Look *look)
{
    Connection *connection = look->connection;
    if (!look->facts.known)
        return;
    g_free(connection->facts.server);
    connection->facts = look->facts;
    connection->facts.galera = look->wsrep_on && look->wsrep_provider;
    look->facts.server = NULL;
}

/* Sends the packet behind what is still to be learned. */
static bool ask(Connection *connection, Packet *packet, GPtrArray *found, WendError *error)
{
    Look look = {.connection = connection, .found = found};
    Receiver receiver = {.row = take_row, .data = &look};
    Sent sent;
    bool ok = wend_mysql_send(connection, packet, &receiver, &sent, error);
    if (ok)
        keep_facts(&look);
    g_free(look.facts.server);
    return ok;
}

static void add_questions(Connection *connection, Packet *packet)
{
    if (connection->facts.known)
        return;
    wend_mysql_packet_add(packet, PART_OWN, ASKED_FACTS, FACTS, -1);
    wend_mysql_packet_add(packet, PART_OWN, ASKED_VARIABLES, VARIABLES, -1);
}

bool wend_mysql_learn(Connection *connection, WendError *error)
{
    Retry retry = {.connection = connection};
    g_auto(Packet) packet = {0};
    if (connection->facts.known)
        return true;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_head(connection, &packet, wend_mysql_retry_seconds(&retry));
    add_questions(connection, &packet);
    return ask(connection, &packet, NULL, error);
}

/* The name as it is written in statements: with its database. */
static char *full_name(const Connection *connection, const char *name)
{
    return strchr(name, '.') != NULL ? g_strdup(name)
                                     : g_strconcat(connection->database, ".", name, NULL);
}

/* One look per name: with both parts given, the server opens no other folder. */
static void add_names(const Connection *connection, const char *const *names, Packet *packet)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    for (; *names != NULL; names++) {
        g_autofree char *full = full_name(connection, *names);
        char *dot = strchr(full, '.');
        *dot = '\0';
        g_string_append(sql, sql->len > 0 ? " UNION ALL " : "");
        g_string_append(sql, "(SELECT table_schema, table_name, GROUP_CONCAT(LOWER(column_name) "
                             "ORDER BY ordinal_position), EXISTS (SELECT 1 FROM "
                             "information_schema.views v WHERE v.table_schema = ");
        wend_mysql_text(sql, full);
        g_string_append(sql, " AND v.table_name = ");
        wend_mysql_text(sql, dot + 1);
        g_string_append(sql, ") FROM information_schema.columns WHERE table_schema = ");
        wend_mysql_text(sql, full);
        g_string_append(sql, " AND table_name = ");
        wend_mysql_text(sql, dot + 1);
        g_string_append(sql, " GROUP BY table_schema, table_name)");
    }
    wend_mysql_packet_add(packet, PART_OWN, ASKED_TABLES, sql->str, -1);
}

static void found_free(gpointer data)
{
    Found *found = data;
    g_free(found->name);
    g_free(found->columns);
    g_free(found);
}

/* That table; NULL = it is not among those found. Borrowed. */
static const Found *find_table(const Connection *connection, const GPtrArray *found,
                               const char *full)
{
    for (guint i = 0; i < found->len; i++) {
        const Found *one = found->pdata[i];
        if (connection->facts.fold_names ? g_ascii_strcasecmp(one->name, full) == 0
                                         : strcmp(one->name, full) == 0)
            return one;
    }
    return NULL;
}

bool wend_mysql_find_tables(WendConnection *base, const char *const *names, WendOwnTable *tables,
                            WendError *error)
{
    Connection *connection = (Connection *)base;
    Retry retry = {.connection = connection};
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(found_free);
    g_auto(Packet) packet = {0};
    if (names[0] == NULL)
        return true;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_head(connection, &packet, wend_mysql_retry_seconds(&retry));
    add_questions(connection, &packet);
    add_names(connection, names, &packet);
    if (!ask(connection, &packet, found, error))
        return false;
    for (guint i = 0; names[i] != NULL; i++) {
        char *full = full_name(connection, names[i]);
        const Found *its = find_table(connection, found, full);
        tables[i] = (WendOwnTable){.exists = its != NULL,
                                   .view = its != NULL && its->view,
                                   .name = full,
                                   .columns = its != NULL ? g_strdup(its->columns) : NULL};
    }
    return true;
}

/* A replica takes writes unless it is read-only; then its primary is the one to migrate. */
bool wend_mysql_writable(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!wend_mysql_learn(connection, error))
        return false;
    if (connection->facts.other_engine) {
        wend_error_set(error, WEND_CONNECT,
                       "enforce_storage_engine would make wend's own tables "
                       "without transactions");
        return wend_error_hint(error, "SET GLOBAL enforce_storage_engine = NULL or InnoDB, as long "
                                      "as wend runs");
    }
    if (!connection->facts.read_only)
        return true;
    wend_error_set(error, WEND_CONNECT, "the server is read-only");
    return wend_error_hint(error,
                           "it may be a replica: name the primary in the URL; else SET GLOBAL "
                           "read_only = OFF");
}
