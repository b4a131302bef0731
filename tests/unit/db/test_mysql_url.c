/* SPDX-License-Identifier: MIT
 *
 * URLs of MariaDB and MySQL: what they say, and what of them may be shown.
 */
#include "db/mysql/mysql.h"

#include <string.h>

static void test_parts(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(MysqlUrl) url = wend_mysql_url_parse(
        "mysql://ann%40x:p%3aq%40@db.example:3307/sh%6Fp?ssl-mode=REQUIRED&ssl-ca=%2Fa%20b&"
        "connect-timeout=1500ms&default-group=ci",
        &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_cmpstr(url->user, ==, "ann@x");
    g_assert_cmpstr(url->password, ==, "p:q@");
    g_assert_cmpstr(url->host, ==, "db.example");
    g_assert_cmpuint(url->port, ==, 3307);
    g_assert_cmpstr(url->database, ==, "shop");
    g_assert_cmpstr(url->ssl_mode, ==, "required");
    g_assert_cmpstr(url->ssl_ca, ==, "/a b");
    g_assert_cmpuint(url->connect_timeout, ==, 2);
    g_assert_cmpstr(url->default_group, ==, "ci");
}

static void test_forms(void)
{
    static const struct {
        const char *url, *host, *user, *password, *database, *socket;
    } forms[] = {
        {"mariadb:///shop", NULL, NULL, NULL, "shop", NULL},
        {"mysql://localhost", "localhost", NULL, NULL, NULL, NULL},
        {"mysql://ann@/shop", NULL, "ann", NULL, "shop", NULL},
        {"mysql://ann:@h/shop", "h", "ann", "", "shop", NULL},
        {"mysql://a:b@c:d@h/shop", "h", "a", "b@c:d", "shop", NULL},
        {"mysql://[::1]:3306/shop", "::1", NULL, NULL, "shop", NULL},
        {"mysql:///shop?socket=/run/a.sock", NULL, NULL, NULL, "shop", "/run/a.sock"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(MysqlUrl) url = wend_mysql_url_parse(forms[i].url, &error);
        g_assert_cmpstr(error.message, ==, NULL);
        g_assert_cmpstr(url->host, ==, forms[i].host);
        g_assert_cmpstr(url->user, ==, forms[i].user);
        g_assert_cmpstr(url->password, ==, forms[i].password);
        g_assert_cmpstr(url->database, ==, forms[i].database);
        g_assert_cmpstr(url->socket, ==, forms[i].socket);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *url, *hint;
    } bad[] = {
        {"mysql:shop", "mysql://"},
        {"mysql://h:port/shop", "mysql://"},
        {"mysql://h:0/shop", "mysql://"},
        {"mysql://[::1/shop", "mysql://"},
        {"mysql://h/shop?sokcet=a", "did you mean socket?"},
        {"mysql://h/shop?nothing-like-it=1", "connect-timeout"},
        {"mysql://h/shop?ssl-mode=maybe", "verify-identity"},
        {"mysql://h/shop?charset=latin1", "utf8mb4"},
        {"mysql://h/shop?connect-timeout=soon", "5s"},
        {"mysql://h/shop?socket=", "socket"},
        {"mysql://h/shop?socket=/a", "leave the host out"},
        {"mysql://h/sh%zz", "mysql://"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_assert_null(wend_mysql_url_parse(bad[i].url, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_test_message("%s: %s", bad[i].url, error.hint);
        g_assert_nonnull(strstr(error.hint, bad[i].hint));
    }
}

static void test_display(void)
{
    static const char *const shown[][2] = {
        {"mysql://ann:secret@h/shop", "mysql://ann@h/shop"},
        {"mysql://ann:se:cr@et@h:1/shop?a=b@c:d", "mysql://ann@h:1/shop?a=b@c:d"},
        {"mysql://h:3306/shop", "mysql://h:3306/shop"},
        {"mysql:///shop", "mysql:///shop"},
        {"mysql:nonsense", "mysql:nonsense"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(shown); i++) {
        g_autofree char *text = wend_mysql_url_display(shown[i][0]);
        g_assert_cmpstr(text, ==, shown[i][1]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mysql/url/parts", test_parts);
    g_test_add_func("/mysql/url/forms", test_forms);
    g_test_add_func("/mysql/url/refused", test_refused);
    g_test_add_func("/mysql/url/display", test_display);
    return g_test_run();
}
