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
    char *name;  /* as SQL names it; NULL = not given */
    char *table; /* of an index, or the parent of a partition */
} Target;

typedef struct Kind {
    const char *pattern[4]; /* the first words */
    bool (*read)(Words *words, Target *target);
    /* Gives JSON. {name} and {table} are quoted texts. */
    const char *observe;
    /* Gives a verdict: 'done', 'not', or a statement to run first, then 'not' or (with "!") 'done'. {before}
     * is the JSON. */
    const char *judge;
} Kind;

static void target_clear(Target *target)
{
    g_free(target->name);
    g_free(target->table);
}

/* --- reading the statement --- */

static void skip_if(Words *words)
{
    if (wend_pg_word(words, "IF")) {
        wend_pg_word(words, "NOT");
        wend_pg_word(words, "EXISTS");
    }
}

/* … INDEX CONCURRENTLY [IF NOT EXISTS] [name] ON [ONLY] table */
static bool read_index(Words *words, Target *target)
{
    skip_if(words);
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

static bool read_nothing(Words *words, Target *target)
{
    (void)words;
    (void)target;
    return true;
}

/* --- the table --- */

#define INDEXES                                                                                    \
    "SELECT json_build_object('table', to_regclass({table})::oid, 'name', "                        \
    "(parse_ident({name}))[1]::name, 'indexes', (SELECT "                                          \
    "coalesce(json_agg(indexrelid), '[]') FROM pg_catalog.pg_index WHERE indrelid = "              \
    "to_regclass({table})))"
/* One by another name is somebody else's. */
#define NEW_INDEXES                                                                                \
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = indexrelid WHERE indrelid "  \
    "= ({before}::json->>'table')::oid AND ({before}::json->>'name' IS NULL OR relname = "         \
    "{before}::json->>'name') AND indexrelid::text NOT IN (SELECT "                                \
    "json_array_elements_text({before}::json->'indexes'))"

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

#define INVALID_INDEXES                                                                            \
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = indexrelid WHERE NOT "       \
    "indisvalid AND relname ~ '_cc(new|old)[0-9]*$'"

static const Kind kinds[] = {
    {{"CREATE", "INDEX", "CONCURRENTLY"},
     read_index,
     INDEXES,
     "SELECT CASE WHEN indisvalid THEN 'done' ELSE format('DROP INDEX CONCURRENTLY %s', "
     "indexrelid::regclass) END " NEW_INDEXES " ORDER BY indisvalid LIMIT 1"},
    {{"CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"},
     read_index,
     INDEXES,
     "SELECT CASE WHEN indisvalid THEN 'done' ELSE format('DROP INDEX CONCURRENTLY %s', "
     "indexrelid::regclass) END " NEW_INDEXES " ORDER BY indisvalid LIMIT 1"},
    {{"DROP", "INDEX", "CONCURRENTLY"},
     read_name,
     "SELECT json_build_object('is', to_regclass({name})::oid)",
     DROPPED("pg_class")},
    {{"REINDEX"},
     read_nothing,
     "SELECT json_build_object('indexes', (SELECT coalesce(json_agg(indexrelid), "
     "'[]') " INVALID_INDEXES "))",
     "SELECT format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass) " INVALID_INDEXES
     " AND indexrelid::text NOT IN (SELECT json_array_elements_text({before}::json->'indexes')) "
     "LIMIT 1"},
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
     "WHEN (to_jsonb(p)->>'inhdetachpending')::boolean THEN format('!ALTER TABLE %s DETACH "
     "PARTITION %s FINALIZE', "
     "inhparent::regclass, inhrelid::regclass) ELSE 'not' END FROM (SELECT) AS one LEFT JOIN "
     "pg_catalog.pg_inherits p ON inhparent = ({before}::json->>'parent')::oid AND inhrelid = "
     "({before}::json->>'child')::oid"},
    {{"CREATE", "DATABASE"},
     read_name,
     EXISTS("pg_database", "datname"),
     CREATED("pg_database", "datname")},
    {{"DROP", "DATABASE"}, read_name, EXISTS("pg_database", "datname"), DROPPED("pg_database")},
    {{"CREATE", "TABLESPACE"},
     read_name,
     EXISTS("pg_tablespace", "spcname"),
     CREATED("pg_tablespace", "spcname")},
    {{"DROP", "TABLESPACE"},
     read_name,
     EXISTS("pg_tablespace", "spcname"),
     DROPPED("pg_tablespace")},
    {{"CREATE", "SUBSCRIPTION"},
     read_name,
     EXISTS("pg_subscription", "subname"),
     CREATED("pg_subscription", "subname")},
    {{"DROP", "SUBSCRIPTION"},
     read_name,
     EXISTS("pg_subscription", "subname"),
     DROPPED("pg_subscription")},
};

static const Kind *kind_of(const WendPiece *piece, Target *target)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Words words;
        bool fits = true;
        wend_pg_words(&words, piece->text, piece->length);
        for (gsize j = 0; fits && j < G_N_ELEMENTS(kinds[i].pattern) && kinds[i].pattern[j] != NULL;
             j++)
            fits = wend_pg_word(&words, kinds[i].pattern[j]);
        if (fits)
            return kinds[i].read(&words, target) ? &kinds[i] : NULL;
    }
    return NULL;
}

/* Puts quoted texts in the places of {name}, {table} and {before}. Caller frees. */
static char *fill(const char *sql, const Target *target, const char *before)
{
    const struct {
        const char *mark, *text;
    } values[] = {{"{name}", target->name}, {"{table}", target->table}, {"{before}", before}};
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

bool wend_pg_observe(WendConnection *base, const WendPiece *piece, char **before, WendError *error)
{
    Target target = {NULL, NULL};
    const Kind *kind = kind_of(piece, &target);
    bool ok = true;
    char *found = NULL;
    if (kind != NULL) {
        g_autofree char *sql = fill(kind->observe, &target, NULL);
        ok = wend_pg_value((Connection *)base, sql, &found, error);
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

bool wend_pg_judge(WendConnection *base, const WendPiece *piece, const char *before,
                   WendVerdict *verdict, char **why, WendError *error)
{
    Connection *connection = (Connection *)base;
    Target target = {NULL, NULL};
    const Kind *kind = kind_of(piece, &target);
    target_clear(&target);
    if (kind == NULL || strcmp(before, "null") == 0)
        return unknown(verdict, why, "what it touches could not be told from its words");
    g_autofree char *sql = fill(kind->judge, &(Target){NULL, NULL}, before);
    for (;;) {
        g_autofree char *word = NULL;
        if (!wend_pg_value(connection, sql, &word, error))
            return false;
        if (g_strcmp0(word, "done") == 0) {
            *verdict = WEND_VERDICT_DONE;
            return true;
        }
        if (word == NULL || strcmp(word, "not") == 0) {
            *verdict = WEND_VERDICT_NOT_DONE;
            return true;
        }
        /* What was left half made; then it is asked again. */
        if (!wend_pg_exec(connection, word[0] == '!' ? word + 1 : word, error))
            return false;
    }
}
