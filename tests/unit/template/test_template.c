/* SPDX-License-Identifier: MIT
 *
 * Tests of src/template: that those which come with wend hold together, and what becomes of a value in each
 * dialect. What templates do on a database is tried in tests/cli/template.bats.
 */
#include "template/template.h"

#include "sql/splitter.h"

#include <string.h>

static const WendDialect dialects[] = {WEND_DIALECT_SQLITE, WEND_DIALECT_POSTGRES,
                                       WEND_DIALECT_MYSQL};

static void test_builtin(void)
{
    guint count = 0;
    for (const WendBuiltinTemplate *one = wend_builtin_templates; one->name != NULL; one++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(WendTemplate) template =
            wend_template_read(one->name, NULL, one->text, NULL, &error);
        g_assert_cmpstr(error.message, ==, NULL);
        g_assert_cmpstr(template->about, !=, "");
        count++;
        for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++) {
            const WendTemplatePart *part = wend_template_part(template, dialects[i]);
            g_assert_nonnull(part);
            for (guint j = 0; j < part->keys->len; j++)
                g_assert_cmpstr(((WendTemplateKey *)part->keys->pdata[j])->about, !=, "");
            for (guint j = 0; j < part->steps->len; j++)
                g_assert_true(((WendTemplateStep *)part->steps->pdata[j])->has_down);
        }
    }
    g_assert_cmpuint(count, ==, 10);
}

/* What `text`, a template with the key v, makes of a value; or the message, behind "!". */
static char *fill(WendDialect dialect, const char *text, const char *value)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendTemplate) template = wend_template_read("t", NULL, text, NULL, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_autofree char *pair = g_strconcat("v=", value, NULL);
    const char *pairs[] = {pair};
    g_autoptr(GPtrArray) made = wend_template_fill(template, dialect, pairs, 1, &error);
    if (made == NULL) {
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_nonnull(error.hint);
        return g_strconcat("!", error.message, NULL);
    }
    const WendFilled *filled = g_ptr_array_index(made, 0);
    return g_strndup(filled->up, strlen(filled->up) - 1);
}

static void test_values(void)
{
    static const struct {
        const char *kind, *place, *value;
        const char *sqlite, *postgres, *mysql; /* NULL = as for SQLite */
    } cases[] = {
        {"name", "${v}", "a.b\"`c", "\"a\".\"b\"\"`c\"", NULL, "`a`.`b\"``c`"},
        {"name", "${v|%u %p %s}", "a.b", "\"b\" \"a\". 'b'", NULL, "`b` `a`. 'b'"},
        {"name", "${v|[%p]}", "b", "[]", NULL, NULL},
        {"names", "${v}", " a , b c,\"d,e\" ", "\"a\", \"b c\", \"d,e\"", NULL,
         "`a`, `b c`, `d,e`"},
        {"columns", "(\n  ${v}\n)", "a numeric(1, 2), `b c` text DEFAULT ','",
         "(\n  \"a\" numeric(1, 2),\n  \"b c\" text DEFAULT ','\n)", NULL,
         "(\n  `a` numeric(1, 2),\n  `b c` text DEFAULT ','\n)"},
        {"columns", "f(${v|%s, NEW.%n})", "a int,b", "f('a', NEW.\"a\", 'b', NEW.\"b\")", NULL,
         "f('a', NEW.`a`, 'b', NEW.`b`)"},
        {"text", "${v}", " it's; -- \\", "' it''s; -- \\'", NULL,
         "!v: what the backslash in \" it's; -- \\\" means depends on sql_mode"},
        {"texts", "${v}", "it's,'a, ''b',c", "'it''s', 'a, ''b', 'c'", NULL, NULL},
        {"sql", "${v} $${v}", "a || ')'", "a || ')' ${v}", NULL, NULL},
        {"text", "${v}", "$ ${w}", "'$ ${w}'", NULL, NULL},
        {"text", "${v}", "$${w}", "'$${w}'",
         "!v: \"$${w}\" could end the body of a function: it has two $", NULL},
        {"sql", "${v}", "$$ $$", "$$ $$",
         "!v: \"$$ $$\" could end the body of a function: it has two $", NULL},
        {"sql", "${v}", "a # b", "a # b", NULL, "!v: \"a # b\" has a semicolon or a comment in it"},
        {"flag", "a${v| %% b}c", "yes", "a % bc", NULL, NULL},
        {"flag", "a${v| b}c", "no", "ac", NULL, NULL},
        {"number", "${v}", "007", "007", NULL, NULL},
        {"number", "${v}", "-1", "!v: \"-1\" is no number", NULL, NULL},
        {"name", "${v|%s}", "a\\", "'a\\'", NULL,
         "!v: what the backslash in \"a\\\" means depends on sql_mode"},
        {"name", "${v}", "a b ", "\"a b\"", NULL, "`a b`"},
        {"name", "${v}", "a\tb", "!v: there is a line end or another control character in it", NULL,
         NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strdup_printf("-- wend:key v %s\n%s\n", cases[i].kind, cases[i].place);
        const char *expected[] = {cases[i].sqlite, cases[i].postgres, cases[i].mysql};
        for (gsize j = 0; j < G_N_ELEMENTS(dialects); j++) {
            g_autofree char *made = fill(dialects[j], text, cases[i].value);
            g_assert_cmpstr(made, ==, expected[j] != NULL ? expected[j] : cases[i].sqlite);
        }
    }
}

static void test_words(void)
{
    WendDialect dialect;
    g_autofree char *all = wend_template_databases(WEND_TEMPLATE_EVERYWHERE);
    g_assert_cmpstr(all, ==, "postgres, mariadb, sqlite");
    g_assert_true(wend_template_dialect("mysql", &dialect));
    g_assert_cmpstr(wend_template_database(dialect), ==, "mariadb");
    g_assert_false(wend_template_dialect("oracle", &dialect));
    for (WendKeyKind kind = 0; kind <= WEND_KEY_IS_FLAG; kind++)
        g_assert_cmpstr(wend_key_kind_name(kind), !=, wend_key_kind_shown(kind));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/template/builtin", test_builtin);
    g_test_add_func("/template/values", test_values);
    g_test_add_func("/template/words", test_words);
    return g_test_run();
}
