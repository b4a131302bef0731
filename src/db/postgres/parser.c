/* SPDX-License-Identifier: MIT
 *
 * PostgreSQL's own parser: whether a statement is one, and whether it is of a kind that cannot run in a
 * transaction. It is that of one version; of what it does not know, classify.c's words decide.
 */
#include "db/postgres/postgres.h"

#include <jansson.h>
#include <pg_query.h>
#include <string.h>

/* --- the tree: nodes are objects with one member, their name --- */

static const char *text_at(const json_t *node, const char *key)
{
    const char *text = json_string_value(json_object_get(node, key));
    return text != NULL ? text : "";
}

/* Whether the list at `key` has the option `name`, and it is on. */
static bool has_option(const json_t *node, const char *key, const char *name, bool otherwise)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(node, key), i, item)
    {
        const json_t *option = json_object_get(item, "DefElem");
        if (strcmp(text_at(option, "defname"), name) != 0)
            continue;
        const json_t *argument = json_object_get(option, "arg");
        const json_t *boolean = json_object_get(argument, "Boolean");
        if (boolean != NULL)
            return json_is_true(json_object_get(boolean, "boolval"));
        const json_t *integer = json_object_get(argument, "Integer");
        if (integer != NULL)
            return json_integer_value(json_object_get(integer, "ival")) != 0;
        const char *word = text_at(json_object_get(argument, "String"), "sval");
        return g_ascii_strcasecmp(word, "false") != 0 && g_ascii_strcasecmp(word, "off") != 0;
    }
    return otherwise;
}

/* Of the tree's first statement; NULL when that is none of this name. */
static const json_t *statement_of(const json_t *root, const char *name)
{
    const json_t *first = json_array_get(json_object_get(root, "stmts"), 0);
    return json_object_get(json_object_get(first, "stmt"), name);
}

static bool is_true(const json_t *node, const char *key)
{
    return json_is_true(json_object_get(node, key));
}

/* --- one function per node; each gives a `what` of classify.c's table, or NULL: ordinary --- */

static const char *vacuum(const json_t *node)
{
    return is_true(node, "is_vacuumcmd") ? "VACUUM" : NULL;
}

static const char *alter_system(const json_t *node)
{
    (void)node;
    return "ALTER SYSTEM";
}

static const char *cluster(const json_t *node)
{
    return json_object_get(node, "relation") == NULL ? "CLUSTER" : "CLUSTER of a table";
}

static const char *reindex(const json_t *node)
{
    if (has_option(node, "params", "concurrently", false))
        return "REINDEX CONCURRENTLY";
    const char *kind = text_at(node, "kind");
    return strcmp(kind, "REINDEX_OBJECT_SCHEMA") == 0     ? "REINDEX SCHEMA"
           : strcmp(kind, "REINDEX_OBJECT_SYSTEM") == 0   ? "REINDEX SYSTEM"
           : strcmp(kind, "REINDEX_OBJECT_DATABASE") == 0 ? "REINDEX DATABASE"
                                                          : "REINDEX";
}

static const char *create_index(const json_t *node)
{
    return is_true(node, "concurrent") ? "CREATE INDEX CONCURRENTLY" : NULL;
}

static const char *drop(const json_t *node)
{
    return is_true(node, "concurrent") ? "DROP INDEX CONCURRENTLY" : NULL;
}

static const char *create_database(const json_t *node)
{
    (void)node;
    return "CREATE DATABASE";
}

static const char *drop_database(const json_t *node)
{
    (void)node;
    return "DROP DATABASE";
}

static const char *alter_database(const json_t *node)
{
    return has_option(node, "options", "tablespace", false) ? "ALTER DATABASE … SET TABLESPACE"
                                                            : NULL;
}

static const char *create_tablespace(const json_t *node)
{
    (void)node;
    return "CREATE TABLESPACE";
}

static const char *drop_tablespace(const json_t *node)
{
    (void)node;
    return "DROP TABLESPACE";
}

/* Only the slot on the other server is beyond a transaction. */
static const char *create_subscription(const json_t *node)
{
    bool connects = has_option(node, "options", "connect", true);
    return has_option(node, "options", "create_slot", connects) ? "CREATE SUBSCRIPTION" : NULL;
}

static const char *drop_subscription(const json_t *node)
{
    (void)node;
    return "DROP SUBSCRIPTION";
}

static const char *alter_subscription(const json_t *node)
{
    const char *kind = text_at(node, "kind");
    bool alone =
        strcmp(kind, "ALTER_SUBSCRIPTION_REFRESH") == 0 ||
        (g_str_has_suffix(kind, "_PUBLICATION") && has_option(node, "options", "refresh", true));
    return alone ? "ALTER SUBSCRIPTION" : NULL;
}

static const char *alter_table(const json_t *node)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(node, "cmds"), i, item)
    {
        const json_t *command = json_object_get(item, "AlterTableCmd");
        const json_t *partition = json_object_get(json_object_get(command, "def"), "PartitionCmd");
        if (is_true(partition, "concurrent"))
            return "DETACH PARTITION CONCURRENTLY";
    }
    return NULL;
}

static const char *alter_enum(const json_t *node)
{
    return json_object_get(node, "oldVal") == NULL ? "ALTER TYPE … ADD VALUE" : NULL;
}

static const struct Node {
    const char *name;
    const char *(*what)(const json_t *node);
} nodes[] = {
    {"VacuumStmt", vacuum},
    {"AlterSystemStmt", alter_system},
    {"ClusterStmt", cluster},
    {"ReindexStmt", reindex},
    {"IndexStmt", create_index},
    {"DropStmt", drop},
    {"CreatedbStmt", create_database},
    {"DropdbStmt", drop_database},
    {"AlterDatabaseStmt", alter_database},
    {"CreateTableSpaceStmt", create_tablespace},
    {"DropTableSpaceStmt", drop_tablespace},
    {"CreateSubscriptionStmt", create_subscription},
    {"DropSubscriptionStmt", drop_subscription},
    {"AlterSubscriptionStmt", alter_subscription},
    {"AlterTableStmt", alter_table},
    {"AlterEnumStmt", alter_enum},
};

/* Of a tree whose statement is one of `nodes`; false when it is too deep to be read. Looks at the text first:
 * most trees need not be read. */
static bool what_of(const char *tree, const char **what)
{
    static const char mark[] = "\"stmt\":{\"";
    const char *name = strstr(tree, mark);
    if (name == NULL)
        return true;
    name += sizeof mark - 1;
    gsize length = strcspn(name, "\"");
    for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++) {
        if (strlen(nodes[i].name) != length || strncmp(nodes[i].name, name, length) != 0)
            continue;
        json_t *root = json_loads(tree, 0, NULL);
        if (root != NULL)
            *what = nodes[i].what(statement_of(root, nodes[i].name));
        json_decref(root);
        return root != NULL;
    }
    return true;
}

bool wend_pg_parsed_kind(const char *text, gsize length, const char **what)
{
    g_autofree char *sql = g_strndup(text, length);
    PgQueryParseResult result = pg_query_parse(sql);
    bool known = result.error == NULL && what_of(result.parse_tree, what);
    pg_query_free_parse_result(result);
    return known;
}

/* --- the columns of an index --- */

/* What the server would show behind the columns, or between them. */
static bool is_bare(const json_t *node)
{
    static const char *const more[] = {"whereClause", "indexIncludingParams", "options",
                                       "excludeOpNames", "nulls_not_distinct"};
    for (gsize i = 0; i < G_N_ELEMENTS(more); i++) {
        if (json_object_get(node, more[i]) != NULL)
            return false;
    }
    const char *method = text_at(node, "accessMethod");
    return method[0] == '\0' || strcmp(method, "btree") == 0;
}

static bool is_bare_column(const json_t *element)
{
    static const char *const more[] = {"expr", "collation", "opclass", "opclassopts"};
    for (gsize i = 0; i < G_N_ELEMENTS(more); i++) {
        if (json_object_get(element, more[i]) != NULL)
            return false;
    }
    return strcmp(text_at(element, "ordering"), "SORTBY_DEFAULT") == 0 &&
           strcmp(text_at(element, "nulls_ordering"), "SORTBY_NULLS_DEFAULT") == 0;
}

/* A new array; NULL when there is more to them than names. */
static json_t *bare_columns(const json_t *node)
{
    size_t i;
    const json_t *item;
    json_t *names = json_array();
    bool bare = is_bare(node);
    json_array_foreach(json_object_get(node, "indexParams"), i, item)
    {
        const json_t *element = json_object_get(item, "IndexElem");
        bare = bare && is_bare_column(element);
        json_array_append_new(names, json_string(text_at(element, "name")));
    }
    if (bare && json_array_size(names) > 0)
        return names;
    json_decref(names);
    return NULL;
}

char *wend_pg_index_columns(const char *text, gsize length, bool *unique)
{
    g_autofree char *sql = g_strndup(text, length);
    PgQueryParseResult result = pg_query_parse(sql);
    json_t *root = result.error == NULL ? json_loads(result.parse_tree, 0, NULL) : NULL;
    const json_t *node = statement_of(root, "IndexStmt");
    json_t *names = node != NULL ? bare_columns(node) : NULL;
    char *columns = NULL;
    if (names != NULL) {
        char *dumped = json_dumps(names, 0);
        columns = g_strdup(dumped);
        free(dumped);
        *unique = is_true(node, "unique");
    }
    json_decref(names);
    json_decref(root);
    pg_query_free_parse_result(result);
    return columns;
}

bool wend_pg_parse(const char *text, gsize length, gssize *offset, WendError *error)
{
    if (length > 0 && text[0] == '\\')
        return true;
    g_autofree char *sql = g_strndup(text, length);
    PgQuerySplitResult result = pg_query_split_with_parser(sql);
    bool ok = result.error == NULL;
    if (!ok) {
        gint64 character = result.error->cursorpos;
        *offset = character <= 0 ? -1
                  : g_utf8_validate(sql, -1, NULL)
                      ? g_utf8_offset_to_pointer(sql, character - 1) - sql
                      : character - 1;
        wend_error_set(error, WEND_FINDINGS, "%s", result.error->message);
    }
    pg_query_free_split_result(result);
    return ok;
}
