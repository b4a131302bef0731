/* SPDX-License-Identifier: MIT
 *
 * Packets to and from MariaDB: where in them a fault lies, long ones, lost connections, a server that is
 * not there yet, notices.
 */
#include "maria.h"

#include <string.h>

static void test_offsets(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const struct {
        const char *sql;
        gssize offset;
    } faults[] = {
        {"SELECT * FRM items", 9},
        {"SELECT 1,\n  2,\n  3 4x FRM items", 26 - 4},
        {"SELECT (1", 9},
        {"INSERT INTO a (id)\nVALUS (1)", 19},
        {"SELECT * FROM nowhere", -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        maria_begin(maria->connection);
        assert_fails(WORK(maria->connection, &worked, "SELECT 1", faults[i].sql, "SELECT 2"),
                     WEND_FAILED);
        maria->driver->end_step(maria->connection);
        g_test_message("%s: %s", faults[i].sql, error.message);
        g_assert_cmpint(worked.piece, ==, 1);
        g_assert_cmpint(worked.offset, ==, faults[i].offset);
    }
}

/* Longer than one packet, and longer than the server takes. */
static void test_long(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (t LONGTEXT)");
    g_autofree char *text = g_strnfill(700 * 1024, 'x');
    g_autofree char *sql = g_strdup_printf("INSERT INTO a VALUES ('%s')", text);
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, &worked, sql, sql, sql, "UPDATE a SET t = 'y' LIMIT 1"));
    g_assert_cmpint(worked.rows, ==, 4);
    assert_fails(WORK(maria->connection, &worked, sql, sql, sql, "SELECT * FROM nowhere"),
                 WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 3);
    assert_app_sees(maria, "SELECT count(*) FROM a", "3\n");
    ((Connection *)maria->connection)->facts.packet_max = 100 * 1024;
    assert_fails(WORK(maria->connection, &worked, "SELECT 1", sql), WEND_FAILED);
    maria->driver->end_step(maria->connection);
    g_assert_cmpint(worked.piece, ==, 1);
    g_assert_nonnull(strstr(error.hint, "max_allowed_packet"));
}

/* Without a second connection, which would end it at once, the server's own limit holds. */
static void test_limit(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const look = "SELECT @@SESSION.max_statement_time";
    static const char *const many = "SELECT count(*) FROM seq_1_to_1000000000 WHERE seq % 3 > 3";
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *between = NULL, *after = NULL;
    WendWorked worked;
    maria_reopen(maria, 5000, 50);
    Connection *connection = (Connection *)maria->connection;
    connection->second_fails = true;
    gint64 start = g_get_monotonic_time();
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "SELECT 1"));
    assert_done(wend_mysql_value(connection, look, &between, &error));
    g_assert_cmpstr(between, ==, "0.000000");
    assert_fails(WORK(maria->connection, &worked, many), WEND_FAILED);
    assert_says("longer than its limit of 0.05 s");
    maria->driver->end_step(maria->connection);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_TIME_SPAN_SECOND);
    wend_error_clear(&error);
    assert_done(wend_mysql_value(connection, look, &after, &error));
    g_assert_cmpstr(after, ==, "0.000000");
}

/* The session's own limit is nobody's KILL, and holds beside wend's. */
static void test_own_limit(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const many = "SELECT count(*) FROM seq_1_to_1000000000 WHERE seq % 3 > 3";
    static const char *const look = "SELECT @@SESSION.max_statement_time";
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *after = NULL;
    maria_reopen(maria, 5000, 60000);
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "SET max_statement_time = 0.05"));
    assert_fails(WORK(maria->connection, NULL, many), WEND_FAILED);
    assert_says("longer than max_statement_time allows");
    maria->driver->end_step(maria->connection);
    wend_error_clear(&error);
    assert_done(wend_mysql_value((Connection *)maria->connection, look, &after, &error));
    g_assert_cmpstr(after, ==, "0.000000");
}

/* What wend writes of a long script takes hardly more room than the script, and is what it was. */
static void test_long_text(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GString) text = g_string_new("-- gr\xC3\xB6\xC3\x9F"
                                           "e\r\n");
    g_autoptr(GString) sql = g_string_new(NULL);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    for (guint i = 0; i < 5000; i++)
        g_string_append_printf(text, "INSERT INTO a VALUES (%u, 'it''s');%s\n", i,
                               i % 100 == 0 ? " -- C:\\" : "");
    WendQuery *query = wend_query_text(wend_query_new("INSERT INTO a VALUES (?)"), text->str);
    g_ptr_array_add(queries, query);
    wend_mysql_text(sql, text->str);
    g_assert_cmpuint(sql->len, <, text->len * 5 / 4);
    maria_sql(maria, "CREATE TABLE a (t LONGTEXT CHARACTER SET utf8mb4)");
    assert_done(maria->driver->write(maria->connection, queries, &error));
    g_autofree char *seen = maria_look(maria, "SELECT t FROM a");
    g_assert_cmpstr(g_strchomp(seen), ==, g_strchomp(text->str));
    ((Connection *)maria->connection)->facts.packet_max = 100 * 1024;
    assert_fails(maria->driver->write(maria->connection, queries, &error), WEND_FAILED);
    g_assert_nonnull(strstr(error.hint, "store: none"));
}

/* The second connection, which a server ends when nobody has used it for long, is made anew. */
static void test_second(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    Connection *connection = (Connection *)maria->connection;
    g_assert_true(wend_mysql_second_ask(connection, "DO 1", NULL, NULL));
    g_autofree char *kill = g_strdup_printf("KILL %lu", mysql_thread_id(connection->second));
    maria_sql(maria, kill);
    g_assert_true(wend_mysql_second_ask(connection, "DO 1", NULL, NULL));
    g_assert_false(wend_mysql_second_ask(connection, "nonsense", NULL, NULL));
}

/* The server says so in a row. */
static void test_maintenance(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    maria_sql(maria, "CREATE TABLE a (id INT)");
    maria_begin(maria->connection);
    assert_done(maria_alone(maria, "OPTIMIZE TABLE a", &worked, &error));
    assert_fails(maria_alone(maria, "OPTIMIZE TABLE a, nowhere", &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 0);
    g_assert_true(worked.begun);
    assert_says("nowhere' doesn't exist");
    wend_error_clear(&error);
    assert_done(maria_alone(maria, "ANALYZE TABLE a", &worked, &error));
    maria->driver->end_step(maria->connection);
}

/* wend's own tables must know transactions. */
static void test_engine(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = maria_url(maria, 0, "root", "");
    WendConnect connect = {.url = url};
    maria_sql(maria, "SET GLOBAL enforce_storage_engine = Aria");
    maria->driver->close(maria->connection);
    maria->connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_fails(maria->driver->writable(maria->connection, &error), WEND_CONNECT);
    maria_sql(maria, "SET GLOBAL enforce_storage_engine = InnoDB");
    maria_reopen(maria, 1000, 0);
    wend_error_clear(&error);
    assert_done(maria->driver->writable(maria->connection, &error));
    maria_sql(maria, "SET GLOBAL enforce_storage_engine = NULL");
}

static void test_lost(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autofree char *kill =
        g_strdup_printf("KILL %lu", mysql_thread_id(((Connection *)maria->connection)->mysql));
    maria_sql(maria, kill);
    maria_begin(maria->connection);
    assert_fails(WORK(maria->connection, &worked, "SELECT 1"), WEND_CONNECT);
    maria->driver->end_step(maria->connection);
    g_assert_nonnull(error.hint);
    assert_fails(maria->driver->check(maria->connection, &error), WEND_LOCKED);
}

static void test_notices(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_sql(maria, "CREATE TABLE a (n TINYINT)");
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "SET sql_mode = ''", "INSERT INTO a VALUES (1000)"));
    assert_done(maria_alone(maria, "DROP TABLE IF EXISTS nowhere", NULL, &error));
    maria->driver->end_step(maria->connection);
    g_assert_cmpstr(maria->notices->str, ==,
                    "Warning 1264: Out of range value for column 'n' at row 1\n");
}

/* What a script asks for about its last statement is about its own, not about wend's. */
static void test_diagnostics(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_sql(maria, "CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, n INT)");
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "INSERT INTO a (n) VALUES (1), (2)",
                     "INSERT INTO a (n) SELECT ROW_COUNT()",
                     "INSERT INTO a (n) VALUES (LAST_INSERT_ID())"));
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT n FROM a ORDER BY id", "1\n2\n2\n3\n");
}

static void test_option_file(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *file = g_build_filename(maria_folder(), "wend.cnf", NULL);
    g_autofree char *full = maria_url(maria, 0, "root", "");
    g_autofree char *url = g_strconcat(strrchr(full, '/'), "?default-file=", file, NULL);
    g_autofree char *whole = g_strconcat("mysql://", url, NULL);
    g_autofree char *text =
        g_strdup_printf("[client]\nuser=nobody\nhost=127.0.0.1\nport=%.*s\n[wend]\nuser=root\n",
                        (int)strspn(strrchr(full, ':') + 1, "0123456789"), strrchr(full, ':') + 1);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
    WendConnect connect = {.url = whole};
    WendConnection *connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    maria->driver->close(connection);
}

/* A server without a certificate is not talked to in clear when TLS was asked for. */
static void test_tls(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const wanting[] = {"required", "verify-ca", "verify-identity"};
    g_autofree char *have = maria_look(maria, "SELECT @@have_ssl");
    if (strcmp(have, "DISABLED\n") != 0) {
        g_test_skip("this server has a certificate");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wanting); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *query = g_strconcat("?ssl-mode=", wanting[i], NULL);
        g_autofree char *url = maria_url(maria, 0, "root", query);
        WendConnect connect = {.url = url};
        g_assert_null(maria->driver->open(&connect, &error));
        g_assert_cmpint(error.code, ==, WEND_CONNECT);
        g_assert_nonnull(error.hint);
    }
}

static gpointer start_later(G_GNUC_UNUSED gpointer data)
{
    g_usleep(500 * 1000);
    g_assert_true(maria_server("restart", NULL));
    return NULL;
}

/* A server that is only about to start is waited for; a wrong password is not. */
static void test_wait(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = maria_url(maria, 0, "root", "");
    g_autofree char *wrong = maria_url(maria, 0, "root:wrong", "");
    WendConnect connect = {.url = wrong, .wait_ms = 20000};
    gint64 start = g_get_monotonic_time();
    g_assert_null(maria->driver->open(&connect, &error));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_TIME_SPAN_SECOND);
    wend_error_clear(&error);
    g_assert_true(maria_server("stop", NULL));
    connect.url = url;
    GThread *thread = g_thread_new("start", start_later, NULL);
    WendConnection *connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_thread_join(thread);
    maria->driver->close(connection);
    mysql_close(maria->app);
    maria->app = mysql_init(NULL);
    guint port = (guint)g_ascii_strtoull(strrchr(url, ':') + 1, NULL, 10);
    g_assert_nonnull(mysql_real_connect(maria->app, "127.0.0.1", "root", "", NULL, port, NULL, 0));
}

static void test_handle(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = maria_url(maria, 0, "root", "");
    g_autofree char *schema = maria_look(maria, "SELECT DATABASE()");
    guint port = (guint)g_ascii_strtoull(strrchr(url, ':') + 1, NULL, 10);
    MYSQL *host = mysql_init(NULL);
    mysql_options(host, MYSQL_SET_CHARSET_NAME, "latin1");
    g_assert_nonnull(
        mysql_real_connect(host, "127.0.0.1", "root", "", g_strchomp(schema), port, NULL, 0));
    WendConnect connect = {.url = "", .handle = host};
    WendConnection *connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    maria_begin(connection);
    assert_done(WORK(connection, NULL, "SET @a = 1", "SELECT 1", "SELECT 2"));
    maria->driver->end_step(connection);
    maria->driver->close(connection);
    g_assert_cmpstr(mysql_character_set_name(host), ==, "latin1");
    g_assert_cmpint(mysql_query(host, "SELECT 1; SELECT 2"), !=, 0);
    g_assert_cmpint(mysql_query(host, "DO 1"), ==, 0);
    mysql_close(host);
}

static void add(void)
{
    maria_add("/mysql/wire/offsets", test_offsets);
    maria_add("/mysql/wire/long", test_long);
    maria_add("/mysql/wire/long-text", test_long_text);
    maria_add("/mysql/wire/second", test_second);
    maria_add("/mysql/wire/maintenance", test_maintenance);
    maria_add("/mysql/wire/engine", test_engine);
    maria_add("/mysql/wire/limit", test_limit);
    maria_add("/mysql/wire/own-limit", test_own_limit);
    maria_add("/mysql/wire/lost", test_lost);
    maria_add("/mysql/wire/notices", test_notices);
    maria_add("/mysql/wire/diagnostics", test_diagnostics);
    maria_add("/mysql/wire/option-file", test_option_file);
    maria_add("/mysql/wire/handle", test_handle);
    maria_add("/mysql/wire/tls", test_tls);
    maria_add("/mysql/wire/wait", test_wait);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
