/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/registry.c: which driver a URL means, and what is said of one that means none.
 */
#include "db/driver.h"

#include <string.h>

static void test_known(void)
{
    static const char *const urls[] = {"sqlite:shop.db",   "sqlite3:shop.db", "SQLite:shop.db",
                                       "sqlite://shop.db", "sqlite::memory:", "sqlite:"};
    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        const WendDriver *driver = wend_driver_for(urls[i], &error);
        g_assert_cmpstr(error.message, ==, NULL);
        g_assert_cmpstr(driver->name, ==, "sqlite");
    }
}

static void test_unknown(void)
{
    static const char *const urls[] = {"oracle:shop",     "sqlit:shop.db", "sqlite4:shop.db",
                                       "sqlitex:shop.db", ":shop.db",      "file:shop.db"};
    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *scheme = g_strndup(urls[i], strcspn(urls[i], ":"));
        g_assert_null(wend_driver_for(urls[i], &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_nonnull(strstr(error.message, scheme));
        g_assert_nonnull(strstr(error.hint, "sqlite:"));
        g_assert_null(wend_driver_for(urls[i], NULL));
    }
}

/* The hint names the scheme that was probably meant, and nothing of what stands behind it. */
static void test_meant(void)
{
    static const struct {
        const char *url, *meant;
    } cases[] = {
        {"jdbc:postgresql://db/shop", "postgresql"},
        {"JDBC:mariadb://db/shop", "mariadb"},
        {"jdbc:sqlite:shop.db", "sqlite"},
        {"postgre://ann:s3cret@db/shop", "postgres"},
        {"postgresl://db/shop", "postgres"},
        {"postgresqll://db/shop", "postgresql"},
        {"mariabd://db/shop", "mariadb"},
        {"mysql2://db/shop", "mysql"},
        {"mysql+pymysql://db/shop", "mysql"},
        {"postgresql+psycopg2://ann:s3cret@db/shop", "postgresql"},
        {"sqlit:shop.db", "sqlite"},
        {"oracle://db/shop", NULL},
        {"jdbc:oracle:thin:@db", NULL},
        {"jdbc:postgresql", NULL},
        {"ann:s3cret@db", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *start = g_strdup_printf("did you mean %s:? ", cases[i].meant);
        g_assert_null(wend_driver_for(cases[i].url, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        if (cases[i].meant != NULL)
            g_assert_true(g_str_has_prefix(error.hint, start));
        else
            g_assert_null(strstr(error.hint, "did you mean"));
        g_assert_null(strstr(error.hint, "s3cret"));
    }
}

static void test_no_scheme(void)
{
    static const char *const urls[] = {"", "shop.db", "/srv/shop.db"};
    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_assert_null(wend_driver_for(urls[i], &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_cmpstr(error.message, ==, "the database URL has no scheme");
        g_assert_nonnull(strstr(error.hint, "sqlite:"));
    }
}

/* Whatever stands behind the scheme may be a password. */
static void test_password(void)
{
    static const char *const urls[] = {"oracle://ann:s3cret@db/shop", "//ann:s3cret@db/shop",
                                       "ann:s3cret@db", "s3cret@db/shop"};
    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_assert_null(wend_driver_for(urls[i], &error));
        g_assert_null(strstr(error.message, "s3cret"));
        g_assert_null(strstr(error.hint, "s3cret"));
    }
}

/* No name is there twice, and each is the scheme of its driver where that is installed. */
static void test_table(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (const char *const *name = wend_driver_names(); *name != NULL; name++) {
        g_assert_true(g_hash_table_add(names, (char *)*name));
        g_autofree char *url = g_strconcat(*name, ":", NULL);
        const WendDriver *driver = wend_driver_for(url, NULL);
        if (driver != NULL)
            g_assert_cmpstr(driver->name, ==, *name);
    }
    g_assert_cmpuint(g_hash_table_size(names), ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/registry/known", test_known);
    g_test_add_func("/db/registry/unknown", test_unknown);
    g_test_add_func("/db/registry/meant", test_meant);
    g_test_add_func("/db/registry/no-scheme", test_no_scheme);
    g_test_add_func("/db/registry/password", test_password);
    g_test_add_func("/db/registry/table", test_table);
    return g_test_run();
}
