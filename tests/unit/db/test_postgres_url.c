/* SPDX-License-Identifier: MIT
 *
 * What is shown of a PostgreSQL URL: nothing of its password, wherever that ends; and that libpq reads what is
 * shown as it reads the whole.
 */
#include "db/driver.h"

#include <libpq-fe.h>
#include <string.h>

extern const WendDriver wend_driver_postgres;

static const char *const urls[][2] = {
    {"postgres://h/d", "postgres://h/d"},
    {"postgres://ann@h:5432/d?sslmode=disable", "postgres://ann@h:5432/d?sslmode=disable"},
    {"postgres://ann:s3cret@h/d", "postgres://ann@h/d"},
    {"postgres://ann:s3#cret@h/d", "postgres://ann@h/d"},
    {"postgres://ann:s3?cret@h/d?sslmode=disable", "postgres://ann@h/d?sslmode=disable"},
    {"postgres://ann:s3:cret@h,h2:2/d", "postgres://ann@h,h2:2/d"},
    {"postgresql://:s3cret@h/d", "postgresql://@h/d"},
    {"postgres://h/d?user=ann@x&password=s3cret&sslpassword=s3cret", "postgres://h/d?user=ann@x"},
};

/* A part of the password would be taken for a host, a port or a database. */
static const char *const unclear[][2] = {
    {"postgres://ann:s3/cret@h/d", "postgres://ann@h/d"},
    {"postgres://ann:s3@cret@h/d", "postgres://ann@h/d"},
    {"postgres://ann:12/cret@h/d?application_name=a@b", "postgres://ann@h/d?application_name=a@b"},
};

static char *option(const PQconninfoOption *options, const char *name)
{
    while (strcmp(options->keyword, name) != 0)
        options++;
    return options->val;
}

static void test_display(void)
{
    static const char *const same[] = {"user", "host", "port", "dbname", "sslmode"};
    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autofree char *shown = wend_driver_postgres.display(urls[i][0]);
        g_assert_cmpstr(shown, ==, urls[i][1]);
        PQconninfoOption *whole = PQconninfoParse(urls[i][0], NULL);
        PQconninfoOption *part = PQconninfoParse(shown, NULL);
        g_assert_true(whole != NULL && part != NULL);
        for (gsize j = 0; j < G_N_ELEMENTS(same); j++) {
            const char *text = option(part, same[j]);
            g_assert_cmpstr(text != NULL && text[0] != '\0' ? text : NULL, ==,
                            option(whole, same[j]));
        }
        PQconninfoFree(whole);
        PQconninfoFree(part);
    }
}

static void test_unclear(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unclear); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *shown = wend_driver_postgres.display(unclear[i][0]);
        g_assert_cmpstr(shown, ==, unclear[i][1]);
        WendConnect connect = {.url = unclear[i][0]};
        g_assert_null(wend_driver_postgres.open(&connect, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_null(strstr(error.message, "cret"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/postgres/url/display", test_display);
    g_test_add_func("/postgres/url/unclear", test_unclear);
    return g_test_run();
}
