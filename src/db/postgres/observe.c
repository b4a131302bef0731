/* SPDX-License-Identifier: MIT
 *
 * Statements that cannot run in a transaction: what they touch before they run, and whether they have
 * happened after a run that ended inside one. The server looks, compares, and keeps the JSON; oids are
 * the identity. A cut-off CREATE INDEX CONCURRENTLY leaves an invalid index, REINDEX one named _ccnew or
 * _ccold: they are dropped here.
 */
#include "db/postgres/postgres.h"

#include <string.h>

typedef struct Target {
    char *name;     /* as SQL names it; NULL = not given */
    char *table;    /* of an index, or the parent of a partition */
    char *schema;   /* of REINDEX SCHEMA */
    char *columns;  /* of an index without a name: wend_pg_index_columns() */
    bool unique;    /* likewise */
    bool may_exist; /* IF NOT EXISTS */
} Target;

typedef struct Kind {
    const char *pattern[4]; /* the first words */
    bool (*read)(Words *words, Target *target);
    /* Gives JSON. {name} and {table} are quoted texts. */
    const char *observe;
    /* Gives a verdict, NULL = 'not': 'done', 'not', '=' and what stays until it runs again, '?' and why it
     * cannot be told, or a statement to run first, before it is asked again. {before} is the JSON. */
    const char *judge;
    /* With IF NOT EXISTS, unless NULL: gives the name of what is there, but not as it should be. */
    const char *obstacle;
} Kind;

static void target_clear(Target *target)
{
    g_free(target->name);
    g_free(target->table);
    g_free(target->schema);
    g_free(target->columns);
}

/* --- reading the statement --- */

/* Whether it was IF NOT EXISTS. */
static bool skip_if(Words *words)
{
    bool absent = false;
    if (wend_pg_word(words, "IF")) {
        absent = wend_pg_word(words, "NOT");
        wend_pg_word(words, "EXISTS");
    }
    return absent;
}

/* … INDEX CONCURRENTLY [IF NOT EXISTS] [name] ON [ONLY] table */
static bool read_index(Words *words, Target *target)
{
    target->may_exist = skip_if(words);
    if (!wend_pg_word(words, "ON")) {
        target->name = wend_pg_name(words);
        if (!wend_pg_word(words, "ON"))
            return false;
    }
    wend_pg_word(words, "ONLY");
    target->table = wend_pg_name(words);
    return target->table != NULL;
}

static bool read_name(Words *words, Target *target)
{
    skip_if(words);
    target->name = wend_pg_name(words);
    return target->name != NULL;
}

/* ALTER TABLE [IF EXISTS] [ONLY] parent DETACH PARTITION child CONCURRENTLY */
static bool read_detach(Words *words, Target *target)
{
    skip_if(words);
    wend_pg_word(words, "ONLY");
    target->table = wend_pg_name(words);
    if (target->table == NULL || !wend_pg_skip_to(words, "PARTITION"))
        return false;
    target->name = wend_pg_name(words);
    return target->name != NULL;
}

/* REINDEX [(options)] INDEX|TABLE|SCHEMA|DATABASE|SYSTEM [CONCURRENTLY] [name]; the last two: all of it. */
static bool read_reindex(Words *words, Target *target)
{
    if (wend_pg_word(words, "("))
        wend_pg_skip_to(words, ")");
    char **place = wend_pg_word(words, "INDEX")    ? &target->name
                   : wend_pg_word(words, "TABLE")  ? &target->table
                   : wend_pg_word(words, "SCHEMA") ? &target->schema
                                                   : NULL;
    wend_pg_word(words, "CONCURRENTLY");
    if (place == NULL)
        return true;
    *place = wend_pg_name(words);
    return *place != NULL;
}

/* --- the table --- */

#define AT_WORK(relation)                                                                          \
    "EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) "    \
    "WHERE l.relation = " relation " AND l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND "   \
    "pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker')"

/* An index without a name is known by its columns, where it has nothing but columns. */
#define INDEXES                                                                                    \
    "SELECT json_build_object('table', to_regclass({table})::oid, 'name', "                        \
    "(parse_ident({name}))[1]::name, 'unique', {unique}, 'ending', ' USING btree (' || (SELECT "   \
    "string_agg(quote_ident(name), ', ' ORDER BY at) FROM json_array_elements_text("               \
    "{columns}::json) WITH ORDINALITY AS one(name, at)) || ')', 'indexes', (SELECT "               \
    "coalesce(json_agg(indexrelid), '[]') FROM pg_catalog.pg_index WHERE indrelid = "              \
    "to_regclass({table})))"
/* One by another name, or of other columns, is somebody else's. */
#define INDEX_MADE                                                                                 \
    "SELECT CASE WHEN {before}::json->>'name' IS NULL AND {before}::json->>'ending' IS NULL THEN " \
    "format('?it gives its index no name, and %s is new on the table', indexrelid::regclass) "     \
    "WHEN indisvalid THEN 'done' WHEN {before}::json->>'name' IS NULL AND " AT_WORK(               \
        "indrelid") " THEN format('?%s may be what another session builds', indexrelid::regclass)" \
                    " ELSE format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass) END "        \
                    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = indexrelid " \
                    "WHERE indrelid = ({before}::json->>'table')::oid AND indexrelid::text NOT "   \
                    "IN (SELECT json_array_elements_text({before}::json->'indexes')) AND CASE "    \
                    "WHEN {before}::json->>'name' IS NOT NULL THEN relname = "                     \
                    "{before}::json->>'name' WHEN {before}::json->>'ending' IS NOT NULL THEN "     \
                    "indisunique::text = {before}::json->>'unique' AND "                           \
                    "right(pg_get_indexdef(indexrelid), length({before}::json->>'ending')) = "     \
                    "{before}::json->>'ending' ELSE true END ORDER BY indisvalid LIMIT 1"
#define INDEX_INVALID                                                                              \
    "SELECT indexrelid::regclass FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid "  \
    "= indexrelid WHERE NOT indisvalid AND relname = (parse_ident({name}))[1] AND relnamespace = " \
    "(SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass({table}))"

#define EXISTS(catalog, column)                                                                    \
    "SELECT json_build_object('is', (SELECT oid FROM pg_catalog." catalog " WHERE " column         \
    " = (parse_ident({name}))[1]::name), 'name', (parse_ident({name}))[1]::name)"
#define CREATED(catalog, column)                                                                   \
    "SELECT CASE WHEN oid::text IS DISTINCT FROM {before}::json->>'is' THEN 'done' ELSE 'not' "    \
    "END "                                                                                         \
    "FROM pg_catalog." catalog " WHERE " column " = {before}::json->>'name'"
#define DROPPED(catalog)                                                                           \
    "SELECT CASE WHEN {before}::json->>'is' IS NULL OR EXISTS (SELECT FROM pg_catalog." catalog    \
    " WHERE oid::text = {before}::json->>'is') THEN 'not' ELSE 'done' END"

#define LEFTOVERS                                                                                  \
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = indexrelid WHERE NOT "       \
    "indisvalid AND relname ~ '_cc(new|old)[0-9]*$'"
/* The tables whose indexes are meant, partitions and what is stored beside them among them. */
#define REINDEXED                                                                                  \
    "WITH RECURSIVE meant(id) AS (SELECT id FROM (SELECT to_regclass({table})::oid UNION SELECT "  \
    "indrelid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass({name})) AS first(id) "      \
    "WHERE id IS NOT NULL UNION SELECT inhrelid FROM pg_catalog.pg_inherits JOIN meant ON "        \
    "inhparent = id) SELECT json_build_object('tables', (SELECT json_agg(id) FROM (SELECT id "     \
    "FROM "                                                                                        \
    "meant UNION SELECT reltoastrelid FROM meant JOIN pg_catalog.pg_class ON oid = id) AS all_), " \
    "'schema', to_regnamespace({schema})::oid, 'indexes', (SELECT coalesce(json_agg(indexrelid), " \
    "'[]') " LEFTOVERS "))"

static const Kind kinds[] = {
    {{"CREATE", "INDEX", "CONCURRENTLY"}, read_index, INDEXES, INDEX_MADE, INDEX_INVALID},
    {{"CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"}, read_index, INDEXES, INDEX_MADE, INDEX_INVALID},
    {{"DROP", "INDEX", "CONCURRENTLY"},
     read_name,
     "SELECT json_build_object('is', to_regclass({name})::oid, 'valid', (SELECT indisvalid FROM "
     "pg_catalog.pg_index WHERE indexrelid = to_regclass({name})))",
     "SELECT CASE WHEN {before}::json->>'is' IS NULL THEN 'not' WHEN i.indexrelid IS NULL THEN "
     "'done' WHEN NOT indisvalid AND {before}::json->>'valid' = 'true' THEN format('=the index %s "
     "is invalid', indexrelid::regclass) ELSE 'not' END FROM (SELECT) AS one LEFT JOIN "
     "pg_catalog.pg_index i ON i.indexrelid::text = {before}::json->>'is'",
     NULL},
    {{"REINDEX"},
     read_reindex,
     REINDEXED,
     "SELECT format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass) " LEFTOVERS
     " AND indexrelid::text NOT IN (SELECT json_array_elements_text({before}::json->'indexes')) "
     "AND CASE WHEN {before}::json->>'tables' IS NOT NULL THEN indrelid::text IN (SELECT "
     "json_array_elements_text({before}::json->'tables')) WHEN {before}::json->>'schema' IS NOT "
     "NULL THEN EXISTS (SELECT FROM pg_catalog.pg_class t WHERE (t.oid = indrelid OR "
     "t.reltoastrelid = indrelid) AND t.relnamespace::text = {before}::json->>'schema') ELSE true "
     "END AND NOT " AT_WORK("indexrelid") " LIMIT 1",
     NULL},
    {{"ALTER", "TABLE"},
     read_detach,
     "SELECT json_build_object('parent', to_regclass({table})::oid, 'child', "
     "to_regclass({name})::oid, "
     "'attached', EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = "
     "to_regclass({table}) AND "
     "inhrelid = to_regclass({name})))",
     "SELECT CASE WHEN {before}::json->>'attached' = 'false' THEN 'not' WHEN p.inhrelid IS NULL "
     "THEN 'done' "
     /* By name, for PostgreSQL 13 has no such column. */
     "WHEN (to_jsonb(p)->>'inhdetachpending')::boolean THEN format('ALTER TABLE %s DETACH "
     "PARTITION %s FINALIZE', "
     "inhparent::regclass, inhrelid::regclass) ELSE 'not' END FROM (SELECT) AS one LEFT JOIN "
     "pg_catalog.pg_inherits p ON inhparent = ({before}::json->>'parent')::oid AND inhrelid = "
     "({before}::json->>'child')::oid",
     NULL},
    {{"CREATE", "DATABASE"},
     read_name,
     EXISTS("pg_database", "datname"),
     CREATED("pg_database", "datname"),
     NULL},
    {{"DROP", "DATABASE"},
     read_name,
     EXISTS("pg_database", "datname"),
     DROPPED("pg_database"),
     NULL},
    {{"CREATE", "TABLESPACE"},
     read_name,
     EXISTS("pg_tablespace", "spcname"),
     CREATED("pg_tablespace", "spcname"),
     NULL},
    {{"DROP", "TABLESPACE"},
     read_name,
     EXISTS("pg_tablespace", "spcname"),
     DROPPED("pg_tablespace"),
     NULL},
    {{"CREATE", "SUBSCRIPTION"},
     read_name,
     EXISTS("pg_subscription", "subname"),
     CREATED("pg_subscription", "subname"),
     NULL},
    {{"DROP", "SUBSCRIPTION"},
     read_name,
     EXISTS("pg_subscription", "subname"),
     DROPPED("pg_subscription"),
     NULL},
};

/* U&"…" is a name that only the server's own reading of SQL understands. */
static bool is_plain(const char *name)
{
    return name == NULL || (strstr(name, "U&\"") == NULL && strstr(name, "u&\"") == NULL);
}

static const Kind *kind_of(const WendPiece *piece, Target *target)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Words words;
        bool fits = true;
        wend_pg_words(&words, piece->text, piece->length);
        for (gsize j = 0; fits && j < G_N_ELEMENTS(kinds[i].pattern) && kinds[i].pattern[j] != NULL;
             j++)
            fits = wend_pg_word(&words, kinds[i].pattern[j]);
        if (fits && kinds[i].read(&words, target) && is_plain(target->name) &&
            is_plain(target->table) && is_plain(target->schema))
            return &kinds[i];
        if (fits)
            return NULL;
    }
    return NULL;
}

/* Puts quoted texts in the places of {name} and the like. Caller frees. */
static char *fill(const char *sql, const Target *target, const char *before)
{
    const struct {
        const char *mark, *text;
    } values[] = {{"{name}", target->name},
                  {"{table}", target->table},
                  {"{schema}", target->schema},
                  {"{columns}", target->columns},
                  {"{unique}", target->unique ? "true" : "false"},
                  {"{before}", before}};
    GString *out = g_string_new(NULL);
    while (*sql != '\0') {
        bool replaced = false;
        for (gsize i = 0; !replaced && i < G_N_ELEMENTS(values); i++) {
            if (!g_str_has_prefix(sql, values[i].mark))
                continue;
            if (values[i].text != NULL)
                wend_pg_append_text(out, values[i].text);
            else
                g_string_append(out, "NULL");
            sql += strlen(values[i].mark);
            replaced = true;
        }
        if (!replaced)
            g_string_append_c(out, *sql++);
    }
    return g_string_free(out, FALSE);
}

static bool clear_of(Connection *connection, const Kind *kind, const Target *target,
                     WendError *error)
{
    g_autofree char *found = NULL;
    if (kind->obstacle == NULL || !target->may_exist || target->name == NULL)
        return true;
    g_autofree char *sql = fill(kind->obstacle, target, NULL);
    if (!wend_pg_value(connection, sql, &found, error))
        return false;
    if (found == NULL)
        return true;
    wend_error_set(error, WEND_DISAGREE, "the index %s is there, but invalid", found);
    return wend_error_hint(error,
                           "when nobody builds it at this moment: DROP INDEX CONCURRENTLY %s, then "
                           "run the same command again",
                           found);
}

bool wend_pg_observe(WendConnection *base, const WendPiece *piece, char **before, WendError *error)
{
    Connection *connection = (Connection *)base;
    Target target = {0};
    const Kind *kind = kind_of(piece, &target);
    bool ok = true;
    char *found = NULL;
    if (kind != NULL) {
        if (kind->read == read_index && target.name == NULL)
            target.columns = wend_pg_index_columns(piece->text, piece->length, &target.unique);
        g_autofree char *sql = fill(kind->observe, &target, NULL);
        ok = clear_of(connection, kind, &target, error) &&
             wend_pg_value(connection, sql, &found, error);
    }
    target_clear(&target);
    if (ok)
        *before = found != NULL ? found : g_strdup("null");
    return ok;
}

static bool unknown(WendVerdict *verdict, char **why, const char *text)
{
    *verdict = WEND_VERDICT_UNKNOWN;
    *why = g_strdup(text);
    return true;
}

/* It waits no longer than the script's statements do, and can be interrupted like them. */
static bool repair(Connection *connection, const WendPiece *piece, const char *sql,
                   WendError *error)
{
    g_autoptr(GString) limits = g_string_new(NULL);
    wend_pg_append_limits(limits, connection, false, connection->step_lock_timeout_ms);
    connection->limited = true;
    Sending sending = {.sql = sql, .number = piece->number};
    return (limits->len == 0 || wend_pg_exec(connection, limits->str, error)) &&
           wend_pg_send(connection, &sending, error);
}

bool wend_pg_judge(WendConnection *base, const WendPiece *piece, const char *before,
                   WendVerdict *verdict, char **why, WendError *error)
{
    Connection *connection = (Connection *)base;
    Target target = {0};
    const Kind *kind = kind_of(piece, &target);
    target_clear(&target);
    if (kind == NULL || strcmp(before, "null") == 0)
        return unknown(verdict, why, "what it touches could not be told from its words");
    g_autofree char *sql = fill(kind->judge, &(Target){0}, before);
    for (;;) {
        g_autofree char *word = NULL;
        if (!wend_pg_value(connection, sql, &word, error))
            return false;
        if (word != NULL && word[0] == '?')
            return unknown(verdict, why, word + 1);
        bool done = g_strcmp0(word, "done") == 0;
        if (done || word == NULL || strcmp(word, "not") == 0 || word[0] == '=') {
            *verdict = done ? WEND_VERDICT_DONE : WEND_VERDICT_NOT_DONE;
            *why = word != NULL && word[0] == '=' ? g_strdup(word + 1) : NULL;
            return true;
        }
        /* What was left half made; then it is asked again. */
        if (!repair(connection, piece, word, error))
            return false;
    }
}
