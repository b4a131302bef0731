/* SPDX-License-Identifier: MIT
 *
 * The PostgreSQL driver: small looks, the journal's tables, and the table of functions that core calls. How
 * a session is opened is in open.c, how work is committed in work.c, how it is locked in lock.c.
 */
#include "db/postgres/postgres.h"

#include <string.h>

static char *about(WendConnection *base)
{
    const Connection *connection = (const Connection *)base;
    int version = PQserverVersion(connection->pg);
    return g_strdup_printf("PostgreSQL %d.%d", version / 10000, version % 10000);
}

static char *backend(WendConnection *base)
{
    const Connection *connection = (const Connection *)base;
    return g_strdup_printf("backend=%d", PQbackendPID(connection->pg));
}

/* --- wend's tables --- */

typedef struct Finding {
    Connection *connection;
    const char *const *names;
    WendOwnTable *tables;
    guint first; /* the statement that tells */
} Finding;

static void replace(char **field, const char *text)
{
    g_free(*field);
    *field = g_strdup(text);
}

static const char *value(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

static void take_session(Connection *connection, const PGresult *result)
{
    enum { DATABASE, SCHEMA, PID, STANDBY, ROLE, READ_ONLY };
    replace(&connection->database, value(result, 0, DATABASE));
    replace(&connection->schema, value(result, 0, SCHEMA));
    replace(&connection->role, value(result, 0, ROLE));
    connection->pooled =
        g_ascii_strtoll(value(result, 0, PID), NULL, 10) != PQbackendPID(connection->pg);
    connection->standby = strcmp(value(result, 0, STANDBY), "t") == 0;
    connection->read_only = strcmp(value(result, 0, READ_ONLY), "on") == 0;
}

/* A name that holds its schema is kept; else it is where the search path finds it, or would make it. */
static bool take_tables(const PGresult *result, guint index, void *data, WendError *error)
{
    enum { FOUND, VIEW, COLUMNS, ELSEWHERE };
    (void)error;
    Finding *finding = data;
    if (index == finding->first)
        take_session(finding->connection, result);
    if (index <= finding->first)
        return true;
    const char *schema = finding->connection->schema;
    for (int i = 0; finding->names[i] != NULL; i++) {
        const char *found = value(result, i, FOUND);
        bool whole = strchr(finding->names[i], '.') != NULL;
        finding->tables[i].exists = found != NULL;
        finding->tables[i].view = g_strcmp0(value(result, i, VIEW), "t") == 0;
        finding->tables[i].columns = g_strdup(value(result, i, COLUMNS));
        finding->tables[i].elsewhere = g_strdup(value(result, i, ELSEWHERE));
        if (whole || (found == NULL && schema == NULL))
            finding->tables[i].name = g_strdup(finding->names[i]);
        else
            finding->tables[i].name =
                g_strconcat(found != NULL ? found : schema, ".", finding->names[i], NULL);
    }
    return true;
}

/* A row per name, so that the server plans once for all of them. The last column is where a table of that name lies
 * that the search path does not find: one's own, unless this session has its path by the URL, which says which of
 * several schemas is meant. What lies on the path has been made by another run at this moment. */
static void append_tables(GString *sql, const char *const *names)
{
    g_string_append(
        sql,
        ";\nSELECT (SELECT nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
        "ON n.oid = relnamespace WHERE c.oid = pg_catalog.to_regclass(quoted) AND relkind IN "
        "('r', 'p', 'v', 'm', 'f')), (SELECT relkind IN ('v', 'm') FROM pg_catalog.pg_class c "
        "WHERE "
        "c.oid = pg_catalog.to_regclass(quoted)), (SELECT string_agg(lower(attname), ',' ORDER BY "
        "attnum) "
        "FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(quoted) AND "
        "attnum > 0 AND NOT attisdropped), (SELECT nspname || '.' || relname FROM "
        "pg_catalog.pg_class JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE "
        "relname = plain::pg_catalog.name AND relkind IN ('r', 'p') AND relowner = (SELECT oid "
        "FROM pg_catalog.pg_roles WHERE rolname = current_user) AND nspname <> ALL "
        "(pg_catalog.current_schemas(true)) AND pg_catalog.to_regclass(quoted) IS NULL AND "
        "(SELECT source NOT IN ('client', 'session') FROM pg_catalog.pg_settings WHERE name = "
        "'search_path') ORDER BY 1 LIMIT 1) FROM (VALUES ");
    for (guint i = 0; names[i] != NULL; i++) {
        g_autofree char *quoted = wend_quote_table(WEND_DIALECT_POSTGRES, names[i]);
        g_string_append_printf(sql, "%s(%u, ", i > 0 ? ", " : "", i);
        wend_pg_append_text(sql, quoted);
        g_string_append(sql, "::text, ");
        if (strchr(names[i], '.') == NULL)
            wend_pg_append_text(sql, names[i]);
        else
            g_string_append(sql, "NULL");
        g_string_append(sql, "::text)");
    }
    g_string_append(sql, ") AS names (place, quoted, plain) ORDER BY place");
}

/* NAME or SCHEMA.NAME, where a table can stay. */
static bool check_names(const char *const *names, WendError *error)
{
    static const char *const nowhere[] = {"pg_temp", "pg_catalog", "pg_toast", "information_schema",
                                          NULL};
    for (; *names != NULL; names++) {
        g_auto(GStrv) parts = g_strsplit(*names, ".", -1);
        guint count = g_strv_length(parts);
        bool sound = count <= 2 && !g_strv_contains((const char *const *)parts, "");
        if (sound && (count < 2 || !g_strv_contains(nowhere, parts[0])))
            continue;
        wend_error_set(error, WEND_USAGE,
                       sound ? "wend's table cannot lie in that schema: %s"
                             : "this is no name of a table: %s",
                       *names);
        return wend_error_hint(error, "write NAME or SCHEMA.NAME, with a schema of yours");
    }
    return true;
}

static bool find_tables(WendConnection *base, const char *const *names, WendOwnTable *tables,
                        WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!check_names(names, error))
        return false;
    g_autoptr(GString) sql = g_string_new(NULL);
    Finding finding = {connection, names, tables, wend_pg_append_reading(sql, connection)};
    g_string_append(sql,
                    "SELECT current_database(), current_schema(), pg_catalog.pg_backend_pid(), "
                    "pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('role'), "
                    "pg_catalog.current_setting('default_transaction_read_only')");
    if (names[0] != NULL)
        append_tables(sql, names);
    Sending sending = {.sql = sql->str, .result = take_tables, .data = &finding};
    return wend_pg_send(connection, &sending, error);
}

bool wend_pg_known(Connection *connection, WendError *error)
{
    const char *const nothing[] = {NULL};
    return connection->database != NULL || find_tables(&connection->base, nothing, NULL, error);
}

static bool holds_more(WendConnection *base)
{
    return !((const Connection *)base)->pooled;
}

static bool writable(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!wend_pg_known(connection, error))
        return false;
    if (connection->standby) {
        wend_error_set(error, WEND_CONNECT, "the server is a standby and can only be read");
        return wend_error_hint(error, "give the primary's URL; with several hosts in the URL, "
                                      "target_session_attrs=read-write finds it");
    }
    if (connection->read_only) {
        wend_error_set(error, WEND_CONNECT, "default_transaction_read_only is on for this session");
        return wend_error_hint(error,
                               "turn it off for the role or database that wend connects with");
    }
    return true;
}

static void add_schema(GPtrArray *queries, const char *table)
{
    if (strchr(table, '.') != NULL)
        g_ptr_array_add(queries, wend_query_schema(table));
}

static void add_journal(GPtrArray *queries, const char *journal)
{
    g_autofree char *name = wend_quote_table(WEND_DIALECT_POSTGRES, journal);
    add_schema(queries, journal);
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf(
                                 "CREATE TABLE IF NOT EXISTS %s (\n"
                                 "    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
                                 "    run text NOT NULL,\n"
                                 "    track text NOT NULL,\n"
                                 "    id text COLLATE \"C\" NOT NULL,\n"
                                 "    direction text NOT NULL,\n"
                                 "    statement integer NOT NULL,\n"
                                 "    event text NOT NULL,\n"
                                 "    checksum text,\n"
                                 "    script text,\n"
                                 "    detail text,\n"
                                 "    at timestamptz(3) NOT NULL,\n"
                                 "    duration_ms bigint,\n"
                                 "    who text NOT NULL\n"
                                 ")",
                                 name)));
}

static void add_scripts(GPtrArray *queries, const char *scripts)
{
    g_autofree char *name = wend_quote_table(WEND_DIALECT_POSTGRES, scripts);
    add_schema(queries, scripts);
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf(
                                 "CREATE TABLE IF NOT EXISTS %s (\n"
                                 "    sha256 text COLLATE \"C\" NOT NULL PRIMARY KEY,\n"
                                 "    script text NOT NULL\n"
                                 ")",
                                 name)));
}

static GPtrArray *journal_create(const char *journal, const char *scripts)
{
    GPtrArray *queries = wend_queries_new();
    if (journal != NULL)
        add_journal(queries, journal);
    if (scripts != NULL)
        add_scripts(queries, scripts);
    return queries;
}

const WendDriver wend_driver_postgres = {
    .name = "postgres",
    .title = "PostgreSQL",
    .dialect = WEND_DIALECT_POSTGRES,
    .lock_timeout_ms = 60 * 1000,
    .open = wend_pg_open,
    .close = wend_pg_close,
    .display = wend_pg_display,
    .about = about,
    .backend = backend,
    .query = wend_pg_query,
    .read = wend_pg_read,
    .find_tables = find_tables,
    .is_empty = wend_pg_is_empty,
    .writable = writable,
    .journal_create = journal_create,
    .write = wend_pg_write,
    .literal = wend_pg_literal,
    .classify = wend_pg_classify,
    .parse = wend_pg_parse,
    .can_run = wend_pg_can_run,
    .begin_step = wend_pg_begin_step,
    .end_step = wend_pg_end_step,
    .transact = wend_pg_transact,
    .alone = wend_pg_alone,
    .observe = wend_pg_observe,
    .judge = wend_pg_judge,
    .settle = wend_pg_settle,
    .abandon = wend_pg_abandon,
    .lock = wend_pg_lock,
    .check = wend_pg_lock_check,
    .unlock = wend_pg_unlock,
    .holder = wend_pg_holder,
    .holds_more = holds_more,
    .clean = wend_pg_clean,
    .list = wend_pg_list,
    .backup = wend_pg_backup,
    .restore = wend_pg_restore,
    .schema = wend_pg_schema,
    .script_head = "\\set ON_ERROR_STOP on",
    .script_begin = "BEGIN;",
    .script_commit = "COMMIT;",
    .script_settings = wend_pg_script_settings,
};
