/* SPDX-License-Identifier: MIT
 *
 * Secret values in what servers say: whole, written otherwise than in the script, and cut.
 */
#include "core/secret.h"

static const struct {
    const char *said, *shown; /* NULL = nothing in it is secret */
} cases[] = {
    {"no such table: it''s_a_Long_one", "no such table: ${quoted}"},
    {"for type integer: \"it's_a_Long_one\"", "for type integer: \"${quoted}\""},
    {"'it\\'s_a_Long_one' it''''s_a_long_one", "'${quoted}' ${quoted}"},
    {"role \"topsecret\" exists, TopSecret", "role \"${name}\" exists, ${name}"},
    {"row contains (1, it's_a_Lon...).", "row contains (1, ${quoted}...)."},
    {"near 'it's_a_Lon' at line 1", "near '${quoted}' at line 1"},
    {"Duplicate entry 'it's_a_Lon' for key", "Duplicate entry '${quoted}' for key"},
    {"text that ends: it's_a_Lon", "text that ends: ${quoted}"},
    {"it's_a_Lon is another word", NULL},
    {"it's_a...", NULL},
    {"topsecretariat", "${name}ariat"},
    {"TopSecretLonger", "${longer}"},
    {"open the wind", "${first}"}, /* two that overlap */
    {"a'b' a'''", "a'b' ${marks}"},
    {"GET /?x=p%40ss%20w%2frd%27%E4! y", "GET /?x=${url} y"},
    {"no host p@ss or p%40ss...", NULL},
    {"no host p%40ss%20w%2fr...", "no host ${url}..."},
    {"no user me@home, me%40home", "no user ${encoded}, ${encoded}"},
    {"100%", NULL},
    {"abc", NULL},
    {"", NULL},
};

static void add(WendConfig *config, const char *name, const char *value, bool secret)
{
    WendPlaceholder *one = g_new0(WendPlaceholder, 1);
    one->name = g_strdup(name);
    one->value = g_strdup(value);
    one->secret = secret;
    g_ptr_array_add(config->placeholders, one);
}

static void test_hide(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConfigInput input = {.database = "sqlite::memory:", .no_files = true};
    g_autoptr(WendConfig) config = wend_config_load(&input, &error);
    g_assert_nonnull(config);
    add(config, "quoted", "it''s_a_Long_one", true);
    add(config, "name", "TopSecret", true);
    add(config, "longer", "TopSecretLonger", true);
    add(config, "first", "open the", true);
    add(config, "second", "the wind", true);
    add(config, "marks", "a'''", true);
    add(config, "short", "abc", true);
    add(config, "url", "p@ss w/rd'\xe4!", true);
    add(config, "encoded", "me%40home", true);
    add(config, "open", "table", false);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = wend_secret_hide(config, cases[i].said);
        g_assert_cmpstr(shown, ==, cases[i].shown);
    }
    g_assert_null(wend_secret_hide(config, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/secret/hide", test_hide);
    return g_test_run();
}
