/* SPDX-License-Identifier: MIT
 *
 * The database as a whole: what is in it, and emptying it. What an extension brought counts as the extension.
 */
#include "db/postgres/postgres.h"

#include <string.h>

#define DROPS_AT_ONCE 50 /* each holds locks until its transaction ends */

#define USER_SCHEMA "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
#define NO_EXTENSION(catalog, row)                                                                 \
    "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog." catalog        \
    "'::regclass AND d.objid = " row ".oid AND d.deptype = 'e')"

/* One row per object: its kind and its name. */
#define OBJECTS                                                                                    \
    "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN "  \
    "'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, n.nspname || '.' || "      \
    "c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "      \
    "c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND " USER_SCHEMA            \
    " AND " NO_EXTENSION(                                                                          \
        "pg_class",                                                                                \
        "c") " AND NOT (c.relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend o WHERE "     \
             "o.objid = "                                                                          \
             "c.oid AND o.deptype IN ('a', 'i'))) "                                                \
             "UNION ALL SELECT 'function', n.nspname || '.' || p.proname FROM pg_catalog.pg_proc " \
             "p JOIN "                                                                             \
             "pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE " USER_SCHEMA              \
             " AND " NO_EXTENSION("pg_proc",                                                       \
                                  "p") " UNION ALL SELECT 'type', n.nspname || '.' || t.typname "  \
                                       "FROM pg_catalog.pg_type t JOIN "                           \
                                       "pg_catalog.pg_namespace n ON n.oid = t.typnamespace "      \
                                       "WHERE (t.typtype IN ('e', 'd', 'r') OR "                   \
                                       "(t.typtype = 'c' AND EXISTS (SELECT FROM "                 \
                                       "pg_catalog.pg_class k WHERE k.oid = t.typrelid AND "       \
                                       "k.relkind = 'c'))) AND " USER_SCHEMA " AND " NO_EXTENSION( \
                                           "pg_type",                                              \
                                           "t") " UNION ALL SELECT 'schema', n.nspname FROM "      \
                                                "pg_catalog.pg_namespace n WHERE " USER_SCHEMA     \
                                                " AND n.nspname <> 'public'"                       \
                                                " UNION ALL SELECT 'extension', extname FROM "     \
                                                "pg_catalog.pg_extension WHERE extname <> "        \
                                                "'plpgsql'"

bool wend_pg_is_empty(WendConnection *base, const char *const *own, bool *empty, WendError *error)
{
    g_autofree char *found = NULL;
    g_autoptr(GString) sql = g_string_new("SELECT 1 FROM (" OBJECTS ") AS o WHERE true");
    for (; *own != NULL; own++) {
        const char *dot = strchr(*own, '.');
        g_autofree char *schema = dot != NULL ? g_strndup(*own, (gsize)(dot - *own)) : NULL;
        g_string_append(sql, " AND NOT (kind = 'table' AND name = ");
        if (schema == NULL)
            g_string_append(sql, "current_schema() || '.' || ");
        wend_pg_append_text(sql, *own);
        g_string_append(sql, ")");
        if (schema == NULL || strcmp(schema, "public") == 0)
            continue;
        g_string_append(sql, " AND NOT (kind = 'schema' AND name = ");
        wend_pg_append_text(sql, schema);
        g_string_append(sql, ")");
    }
    g_string_append(sql, " LIMIT 1");
    if (!wend_pg_value((Connection *)base, sql->str, &found, error))
        return false;
    *empty = found == NULL;
    return true;
}

static bool take_name(const PGresult *result, guint index, void *data, WendError *error)
{
    (void)index;
    (void)error;
    for (int i = 0; i < PQntuples(result); i++)
        g_ptr_array_add(data, g_strdup(PQgetvalue(result, i, 0)));
    return true;
}

bool wend_pg_list(WendConnection *base, GPtrArray *names, WendError *error)
{
    Sending sending = {
        .sql = "SELECT kind || ' ' || regexp_replace(name, '^public\\.', '') FROM (" OBJECTS
               ") AS o ORDER BY kind, name",
        .result = take_name,
        .data = names};
    return wend_pg_send((Connection *)base, &sending, error);
}

/* Extensions first, then what stands in the schemas, a few at a time, then these but for public. Each drop takes
 * what depends on it along, so a later one may find nothing. */
#define DROPS                                                                                      \
    "SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_catalog.pg_extension "  \
    "WHERE extname <> 'plpgsql' UNION ALL "                                                        \
    "SELECT format('DROP %s IF EXISTS %s CASCADE', CASE i.type WHEN 'composite type' THEN 'type' " \
    "ELSE i.type END, i.identity) FROM pg_catalog.pg_depend d, LATERAL "                           \
    "pg_catalog.pg_identify_object(d.classid, d.objid, 0) i WHERE d.refclassid = "                 \
    "'pg_catalog.pg_namespace'::regclass AND d.refobjid IN (SELECT n.oid FROM "                    \
    "pg_catalog.pg_namespace n WHERE " USER_SCHEMA ") AND d.deptype = 'n' AND i.type <> "          \
    "'default acl' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = "          \
    "d.classid AND e.objid = d.objid AND e.deptype IN ('e', 'i', 'a')) UNION ALL "                 \
    "SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) FROM pg_catalog.pg_namespace n " \
    "WHERE " USER_SCHEMA " AND n.nspname <> 'public'"

bool wend_pg_clean(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autoptr(GPtrArray) drops = g_ptr_array_new_with_free_func(g_free);
    Sending sending = {.sql = DROPS, .result = take_name, .data = drops};
    if (!wend_pg_send(connection, &sending, error))
        return false;
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_pg_append_limits(sql, connection, false, connection->lock_timeout_ms);
    for (guint i = 0; i < drops->len; i++) {
        g_string_append_printf(sql, "%s;\n", (char *)drops->pdata[i]);
        if ((i + 1) % DROPS_AT_ONCE != 0 && i + 1 < drops->len)
            continue;
        if (!wend_pg_exec(connection, sql->str, error))
            return false;
        g_string_truncate(sql, 0);
    }
    return true;
}
