/* SPDX-License-Identifier: MIT
 *
 * Queries keep their text and values, and names are quoted as each dialect wants them.
 */
#include "sql/query.h"

#include <string.h>

static const WendValue *value_at(const WendQuery *query, guint index)
{
    g_assert_cmpuint(index, <, query->values->len);
    return &g_array_index(query->values, WendValue, index);
}

static void test_values(void)
{
    char borrowed[] = "a long text";
    g_autoptr(WendQuery) query = wend_query_new("SELECT ?, ?, ?, ?, ?");
    WendQuery *same = wend_query_text(query, "it's");
    same = wend_query_text(same, NULL);
    same = wend_query_borrow(same, borrowed, strlen(borrowed));
    same = wend_query_integer(same, G_MININT64);
    g_assert_true(wend_query_special(same, WEND_VALUE_NOW) == query);
    g_assert_cmpstr(query->sql, ==, "SELECT ?, ?, ?, ?, ?");
    g_assert_cmpuint(query->values->len, ==, 5);
    g_assert_cmpint(value_at(query, 0)->kind, ==, WEND_VALUE_TEXT);
    g_assert_cmpstr(value_at(query, 0)->text, ==, "it's");
    g_assert_cmpint(value_at(query, 1)->kind, ==, WEND_VALUE_NULL);
    g_assert_null(value_at(query, 1)->text);
    g_assert_true(value_at(query, 2)->text == borrowed);
    g_assert_cmpint(value_at(query, 3)->kind, ==, WEND_VALUE_INTEGER);
    g_assert_cmpint(value_at(query, 3)->integer, ==, G_MININT64);
    g_assert_cmpint(value_at(query, 4)->kind, ==, WEND_VALUE_NOW);
}

static void test_take(void)
{
    char *sql = g_strdup("SELECT 1");
    g_autoptr(WendQuery) query = wend_query_take(sql);
    g_assert_true(query->sql == sql);
    g_assert_cmpuint(query->values->len, ==, 0);
    wend_query_free(NULL);
}

static void test_array(void)
{
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_ptr_array_add(queries, wend_query_text(wend_query_new("SELECT ?"), "a"));
    g_ptr_array_add(queries, wend_query_new("SELECT 1"));
    g_assert_cmpuint(queries->len, ==, 2);
}

static void test_names(void)
{
    static const struct {
        WendDialect dialect;
        const char *name, *quoted;
    } cases[] = {
        {WEND_DIALECT_SQLITE, "order", "\"order\""},
        {WEND_DIALECT_POSTGRES, "public.user", "\"public\".\"user\""},
        {WEND_DIALECT_POSTGRES, "a\"b`c", "\"a\"\"b`c\""},
        {WEND_DIALECT_MYSQL, "a`b\"c.d", "`a``b\"c`.`d`"},
        {WEND_DIALECT_SQLITE, "", "\"\""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *quoted = wend_quote_name(cases[i].dialect, cases[i].name);
        g_assert_cmpstr(quoted, ==, cases[i].quoted);
    }
}

static void test_tables(void)
{
    g_autofree char *sqlite = wend_quote_table(WEND_DIALECT_SQLITE, "a.b\"c");
    g_autofree char *postgres = wend_quote_table(WEND_DIALECT_POSTGRES, "a.b");
    g_autofree char *mysql = wend_quote_table(WEND_DIALECT_MYSQL, "a.b");
    g_assert_cmpstr(sqlite, ==, "\"main\".\"a.b\"\"c\"");
    g_assert_cmpstr(postgres, ==, "\"a\".\"b\"");
    g_assert_cmpstr(mysql, ==, "`a`.`b`");
}

static void test_schema(void)
{
    g_autoptr(WendQuery) plain = wend_query_schema("a.b");
    g_autoptr(WendQuery) quoted = wend_query_schema("it's.b");
    g_assert_cmpstr(plain->sql, ==,
                    "DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = "
                    "''a'') THEN CREATE SCHEMA \"a\"; END IF; END'");
    g_assert_nonnull(strstr(quoted->sql, "nspname = ''it''''s'') THEN CREATE SCHEMA \"it''s\";"));
}

int main(int argc, char **argv)
{

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sql/query/values", test_values);
    g_test_add_func("/sql/query/take", test_take);
    g_test_add_func("/sql/query/array", test_array);
    g_test_add_func("/sql/query/names", test_names);
    g_test_add_func("/sql/query/tables", test_tables);
    g_test_add_func("/sql/query/schema", test_schema);
    return g_test_run();
}
