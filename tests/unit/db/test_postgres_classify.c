/* SPDX-License-Identifier: MIT
 *
 * What PostgreSQL's statements are taken for: by its own parser, and by words where that does not
 * understand them.
 */
#include "db/postgres/postgres.h"

#include <string.h>

typedef struct Sample {
    const char *sql;
    WendClass class;
    const char *what;
    bool by_words; /* the parser does not understand it */
} Sample;

static const Sample samples[] = {
    {"CREATE INDEX CONCURRENTLY ON a (b)", WEND_CLASS_OBSERVABLE, "CREATE INDEX CONCURRENTLY",
     false},
    {"create unique /* c */ index concurrently i on a (b)", WEND_CLASS_OBSERVABLE,
     "CREATE INDEX CONCURRENTLY", false},
    {"CREATE INDEX \"concurrently\" ON a (b)", WEND_CLASS_ORDINARY, "", false},
    {"CREATE INDEX CONCURRENTLY i ON a (b) WITH FUTURE KNOBS", WEND_CLASS_OBSERVABLE,
     "CREATE INDEX CONCURRENTLY", true},
    {"DROP INDEX CONCURRENTLY IF EXISTS i", WEND_CLASS_OBSERVABLE, "DROP INDEX CONCURRENTLY",
     false},
    {"DROP INDEX i", WEND_CLASS_ORDINARY, "", false},
    {"REINDEX TABLE CONCURRENTLY a", WEND_CLASS_OBSERVABLE, "REINDEX CONCURRENTLY", false},
    {"REINDEX (VERBOSE, CONCURRENTLY) INDEX a", WEND_CLASS_OBSERVABLE, "REINDEX CONCURRENTLY",
     false},
    {"REINDEX (CONCURRENTLY off) TABLE a", WEND_CLASS_ORDINARY, "REINDEX", false},
    {"REINDEX (CONCURRENTLY 0) TABLE a", WEND_CLASS_ORDINARY, "REINDEX", false},
    {"REINDEX (CONCURRENTLY false) SCHEMA a", WEND_CLASS_REPEATABLE, "REINDEX SCHEMA", false},
    {"REINDEX TABLE a", WEND_CLASS_ORDINARY, "REINDEX", false},
    {"REINDEX DATABASE a", WEND_CLASS_REPEATABLE, "REINDEX DATABASE", false},
    {"REINDEX DATABASE", WEND_CLASS_REPEATABLE, "REINDEX DATABASE", true},
    {"REINDEX SYSTEM CONCURRENTLY", WEND_CLASS_OBSERVABLE, "REINDEX CONCURRENTLY", true},
    {"VACUUM", WEND_CLASS_REPEATABLE, "VACUUM", false},
    {"VACUUM (ANALYZE) a", WEND_CLASS_REPEATABLE, "VACUUM", false},
    {"VACUUM ONLY a", WEND_CLASS_REPEATABLE, "VACUUM", true},
    {"ANALYZE a", WEND_CLASS_ORDINARY, "", false},
    {"CLUSTER", WEND_CLASS_REPEATABLE, "CLUSTER", false},
    {"CLUSTER (VERBOSE)", WEND_CLASS_REPEATABLE, "CLUSTER", true},
    {"CLUSTER VERBOSE", WEND_CLASS_REPEATABLE, "CLUSTER", false},
    {"CLUSTER a USING i", WEND_CLASS_ORDINARY, "CLUSTER of a table", false},
    {"ALTER SYSTEM SET work_mem = '8MB'", WEND_CLASS_REPEATABLE, "ALTER SYSTEM", false},
    {"CREATE DATABASE a TEMPLATE template0", WEND_CLASS_OBSERVABLE, "CREATE DATABASE", false},
    {"DROP DATABASE IF EXISTS a WITH (FORCE)", WEND_CLASS_OBSERVABLE, "DROP DATABASE", false},
    {"ALTER DATABASE a SET TABLESPACE b", WEND_CLASS_REPEATABLE, "ALTER DATABASE … SET TABLESPACE",
     false},
    {"ALTER DATABASE a SET default_tablespace = b", WEND_CLASS_ORDINARY, "", false},
    {"CREATE TABLESPACE a LOCATION '/b'", WEND_CLASS_OBSERVABLE, "CREATE TABLESPACE", false},
    {"DROP TABLESPACE a", WEND_CLASS_OBSERVABLE, "DROP TABLESPACE", false},
    {"CREATE SUBSCRIPTION a CONNECTION 'b' PUBLICATION c", WEND_CLASS_OBSERVABLE,
     "CREATE SUBSCRIPTION", false},
    {"CREATE SUBSCRIPTION a CONNECTION 'b' PUBLICATION c WITH (connect = false)",
     WEND_CLASS_ORDINARY, "", false},
    {"CREATE SUBSCRIPTION a CONNECTION 'b' PUBLICATION c WITH (create_slot = false)",
     WEND_CLASS_ORDINARY, "", false},
    {"DROP SUBSCRIPTION a", WEND_CLASS_OBSERVABLE, "DROP SUBSCRIPTION", false},
    {"ALTER SUBSCRIPTION a REFRESH PUBLICATION", WEND_CLASS_REPEATABLE, "ALTER SUBSCRIPTION",
     false},
    {"ALTER SUBSCRIPTION a ADD PUBLICATION b", WEND_CLASS_REPEATABLE, "ALTER SUBSCRIPTION", false},
    {"ALTER SUBSCRIPTION a SET PUBLICATION b WITH (refresh = false)", WEND_CLASS_ORDINARY, "",
     false},
    {"ALTER SUBSCRIPTION a DISABLE", WEND_CLASS_ORDINARY, "", false},
    {"ALTER TABLE a DETACH PARTITION b CONCURRENTLY", WEND_CLASS_OBSERVABLE,
     "DETACH PARTITION CONCURRENTLY", false},
    {"ALTER TABLE a DETACH PARTITION b FINALIZE", WEND_CLASS_ORDINARY, "", false},
    {"ALTER TABLE a ADD COLUMN b int, ALTER c SET DEFAULT 'CONCURRENTLY'", WEND_CLASS_ORDINARY, "",
     false},
    {"ALTER TYPE a ADD VALUE 'b' AFTER 'c'", WEND_CLASS_ORDINARY, "ALTER TYPE … ADD VALUE", false},
    {"ALTER TYPE a RENAME VALUE 'b' TO 'c'", WEND_CLASS_ORDINARY, "", false},
    {"ALTER TYPE a ADD ATTRIBUTE value int", WEND_CLASS_ORDINARY, "", false},
    {"CREATE TABLE a (b int)", WEND_CLASS_ORDINARY, "", false},
    {"CREATE FUNCTION a() RETURNS int LANGUAGE sql AS 'CREATE INDEX CONCURRENTLY'",
     WEND_CLASS_ORDINARY, "", false},
};

static void test_samples(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
        const Sample *sample = &samples[i];
        g_test_message("%s", sample->sql);
        WendClassified classified;
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_assert_true(wend_pg_classify(sample->sql, strlen(sample->sql), &classified, &error));
        g_assert_cmpint(classified.class, ==, sample->class);
        g_assert_cmpstr(classified.what, ==, sample->what);
        g_assert_cmpint(classified.ends, ==, strcmp(sample->what, "ALTER TYPE … ADD VALUE") == 0);
        const char *what = NULL;
        bool parsed = wend_pg_parsed_kind(sample->sql, strlen(sample->sql), &what);
        g_assert_cmpint(parsed, ==, !sample->by_words);
        if (parsed)
            g_assert_cmpstr(what != NULL ? what : "", ==, sample->what);
    }
}

/* What words alone know is not lost where the parser is asked, too. */
static void test_flags(void)
{
    static const struct {
        const char *sql;
        bool session, temporary, may_commit;
    } flags[] = {
        {"CREATE TEMP TABLE a (b int)", false, true, false},
        {"CREATE OR REPLACE TEMPORARY VIEW a AS SELECT 1", false, true, false},
        {"CREATE TABLE temp (b int)", false, false, false},
        {"SET search_path = a", true, false, false},
        {"SET LOCAL search_path = a", false, false, false},
        {"CREATE TABLE pg_temp.a (b int)", false, true, false},
        {"CREATE FUNCTION a() RETURNS int LANGUAGE sql SET search_path = b, pg_temp AS 'SELECT 1'",
         false, false, false},
        {"WITH a AS (SELECT 1) SELECT * INTO TEMP b FROM a", false, true, false},
        {"SELECT pg_catalog.set_config('search_path', '', false)", true, false, false},
        {"SELECT set_config('a.b', 'c', true), set_config('d.e', E'f', false)", true, false, false},
        {"SELECT set_config('a.b', current_user, false)", true, true, false},
        {"SELECT set_config('a.b', x, false) FROM c", true, true, false},
        {"SELECT set_config('a.b', 'c' || d, false)", true, true, false},
        {"CALL a()", false, false, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        g_test_message("%s", flags[i].sql);
        WendClassified classified;
        g_assert_true(wend_pg_classify(flags[i].sql, strlen(flags[i].sql), &classified, NULL));
        g_assert_cmpint(classified.class, ==, WEND_CLASS_ORDINARY);
        g_assert_cmpint(classified.session, ==, flags[i].session);
        g_assert_cmpint(classified.temporary, ==, flags[i].temporary);
        g_assert_cmpint(classified.may_commit, ==, flags[i].may_commit);
    }
}

/* A tree that is too deep to be read is one that is not known: the words decide. */
static void test_deep(void)
{
    g_autoptr(GString) sql = g_string_new("CREATE INDEX CONCURRENTLY i ON t ((a");
    for (int i = 0; i < 1200; i++)
        g_string_append(sql, "+1");
    g_string_append(sql, "))");
    WendClassified classified;
    g_assert_true(wend_pg_classify(sql->str, sql->len, &classified, NULL));
    g_assert_cmpint(classified.class, ==, WEND_CLASS_OBSERVABLE);
}

/* What a BEGIN says of its transaction. */
static void test_modes(void)
{
    static const struct {
        const char *sql, *modes; /* NULL = refused */
    } begins[] = {
        {"BEGIN", ""},
        {"begin work", ""},
        {"START TRANSACTION", ""},
        {"BEGIN /* c */ TRANSACTION ISOLATION LEVEL SERIALIZABLE", "ISOLATION LEVEL SERIALIZABLE"},
        {"BEGIN READ WRITE, DEFERRABLE", "READ WRITE, DEFERRABLE"},
        {"START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY", NULL},
        {"BEGIN READ ONLY", NULL},
        {"SET TRANSACTION READ ONLY", NULL},
        {"SET TRANSACTION ISOLATION LEVEL READ COMMITTED", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(begins); i++) {
        g_test_message("%s", begins[i].sql);
        WendClassified classified;
        bool ok = wend_pg_classify(begins[i].sql, strlen(begins[i].sql), &classified, NULL);
        g_assert_cmpint(ok, ==, begins[i].modes != NULL);
        if (ok)
            g_assert_cmpstr(classified.modes > 0 ? begins[i].sql + classified.modes : "", ==,
                            begins[i].modes);
    }
}

/* Only where there is nothing but columns do they tell what the server will show. */
static void test_columns(void)
{
    static const struct {
        const char *sql, *columns;
        bool unique;
    } indexes[] = {
        {"CREATE INDEX CONCURRENTLY ON t (a)", "[\"a\"]", false},
        {"CREATE UNIQUE INDEX CONCURRENTLY ON s.t USING btree (a, \"B c\")", "[\"a\", \"B c\"]",
         true},
        {"CREATE INDEX ON t (a DESC)", NULL, false},
        {"CREATE INDEX ON t (a NULLS FIRST)", NULL, false},
        {"CREATE INDEX ON t (a text_pattern_ops)", NULL, false},
        {"CREATE INDEX ON t (a COLLATE \"C\")", NULL, false},
        {"CREATE INDEX ON t (lower(a))", NULL, false},
        {"CREATE INDEX ON t USING gin (a)", NULL, false},
        {"CREATE INDEX ON t (a) INCLUDE (b)", NULL, false},
        {"CREATE INDEX ON t (a) WHERE b > 0", NULL, false},
        {"CREATE INDEX ON t (a) WITH (fillfactor = 70)", NULL, false},
        {"CREATE TABLE t (a int)", NULL, false},
        {"CREATE INDEX ON", NULL, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(indexes); i++) {
        g_test_message("%s", indexes[i].sql);
        bool unique = false;
        g_autofree char *columns =
            wend_pg_index_columns(indexes[i].sql, strlen(indexes[i].sql), &unique);
        g_assert_cmpstr(columns, ==, indexes[i].columns);
        g_assert_cmpint(unique, ==, indexes[i].unique);
    }
}

/* Where psql would put a value in, or take a command, and where it only looks like that. */
static void test_psql(void)
{
    static const struct {
        const char *sql, *message; /* NULL = allowed */
        gsize fault;
    } texts[] = {
        {"SELECT :'a'", "psql puts a value in the place of :'a', wend does not", 7},
        {"GRANT a TO :\"b c\"", "psql puts a value in the place of :\"b c\", wend does not", 11},
        {"CREATE ROLE :role LOGIN", "psql puts a value in the place of :role, wend does not", 12},
        {"SELECT a::int, b[1:2] FROM :t", "psql puts a value in the place of :t, wend does not",
         27},
        {"SELECT JSON_OBJECT('a' : 1), :b", "psql puts a value in the place of :b, wend does not",
         29},
        {"SELECT format('DROP TABLE a') \\gexec\nSELECT 1",
         "\\gexec is a word of psql's and no SQL", 30},
        {"SELECT 1 AS a \\gset p_\n", "\\gset is a word of psql's and no SQL", 14},
        {"SELECT 1 \\", "\\ is a word of psql's and no SQL", 9},
        {"SELECT ${wend:version}, :b FROM a", "psql puts a value in the place of :b, wend does not",
         24},
        {"SELECT ${a}:b}", "psql puts a value in the place of :b, wend does not", 11},
        {"SELECT $ {a:b}", "psql puts a value in the place of :b, wend does not", 11},
        {"SELECT ${a:b", "psql puts a value in the place of :b, wend does not", 10},
        {"INSERT INTO t_${wend:id}x (${wend:user}) VALUES (1, ${wend:version})", NULL, 0},
        {"SELECT a::text, '1'::int, a::\"char\", $1::t", NULL, 0},
        {"SELECT a[1:2], a[:2], a[b:c], a[:b], a[1:\"c\"], a[(b):c][1:d]", NULL, 0},
        {"SELECT JSON_OBJECT('a':'b', c:d), json_objectagg(k : (v)), json_object(k:(f(v)))", NULL,
         0},
        {"SELECT ':a', E'\\gexec', $$ :'a' \\gexec $$, \"b:c\" /* :'d' \\gset */ -- :e", NULL, 0},
        {"CALL a(b := 1)", NULL, 0},
        {"DELETE FROM a WHERE b > :after LIMIT :size", NULL, 0},
        {"INSERT INTO a VALUES ('10:00', '{\"a\":\"b\"}')", NULL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *sql = texts[i].sql;
        g_test_message("%s", sql);
        WendClassified classified;
        g_auto(WendError) error = WEND_ERROR_INIT;
        bool allowed = wend_pg_classify(sql, strlen(sql), &classified, &error);
        g_assert_cmpstr(error.message, ==, texts[i].message);
        g_assert_cmpint(allowed, ==, texts[i].message == NULL);
        g_assert_cmpuint(classified.fault, ==, texts[i].fault);
        g_assert_true(allowed || error.hint != NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/postgres/classify/samples", test_samples);
    g_test_add_func("/postgres/classify/flags", test_flags);
    g_test_add_func("/postgres/classify/deep", test_deep);
    g_test_add_func("/postgres/classify/modes", test_modes);
    g_test_add_func("/postgres/classify/columns", test_columns);
    g_test_add_func("/postgres/classify/psql", test_psql);
    return g_test_run();
}
