/* SPDX-License-Identifier: MIT
 *
 * What wend's own statements and the script's must not do to each other in the session that they share on
 * MariaDB.
 */
#include "maria.h"

#include <string.h>

/* One row of wend's, in a table that counts. */
static GPtrArray *row(Maria *maria)
{
    g_autofree char *schema = maria_look(maria, "SELECT DATABASE()");
    GPtrArray *queries = wend_queries_new();
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf("INSERT INTO %s.books (n) VALUES (1)",
                                                             g_strchomp(schema))));
    return queries;
}

static bool work(Maria *maria, const char *sql, WendError *error)
{
    g_autoptr(GPtrArray) after = row(maria);
    const char *const list[] = {sql, NULL};
    return maria_work(maria, maria->connection, list, after, NULL, error);
}

static bool alone(Maria *maria, const char *sql, WendError *error)
{
    g_autoptr(GPtrArray) before = row(maria);
    WendWorked worked;
    return maria->driver->alone(maria->connection, before, maria_piece(maria, sql), &worked, error);
}

/* The number that a row was given is known to the statements behind it, wherever wend's rows stand. */
static void test_last_id(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    maria_sql(maria, "CREATE TABLE books (seq INT AUTO_INCREMENT PRIMARY KEY, n INT);"
                     "CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, n INT) "
                     "AUTO_INCREMENT = 500;"
                     "CREATE TABLE child (place VARCHAR(20), parent BIGINT)");
    maria_reopen(maria, 5000, 0);
    maria_begin(maria->connection);
    assert_done(work(maria, "INSERT INTO child SELECT 'start', LAST_INSERT_ID()", &error));
    assert_done(work(maria, "INSERT INTO parent (n) VALUES (1)", &error));
    assert_done(work(maria, "INSERT INTO child SELECT 'commit', LAST_INSERT_ID()", &error));
    assert_done(alone(maria, "CREATE INDEX by_parent ON child (parent)", &error));
    assert_done(work(maria, "INSERT INTO child SELECT 'definition', LAST_INSERT_ID()", &error));
    maria->driver->end_step(maria->connection);
    maria_begin(maria->connection);
    assert_done(work(maria, "INSERT INTO child SELECT 'next step', LAST_INSERT_ID()", &error));
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT place, parent FROM child ORDER BY parent, place",
                    "next step|0\nstart|0\ncommit|500\ndefinition|500\n");
}

/* A script that lets wend's lock go does not get its work committed, and nothing behind it runs. */
static void test_lock_released(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *release = NULL;
    maria_sql(maria, "CREATE TABLE books (seq INT AUTO_INCREMENT PRIMARY KEY, n INT);"
                     "CREATE TABLE a (id INT)");
    assert_done(maria->driver->lock(maria->connection, "wend_journal", &error));
    release =
        g_strdup_printf("DO RELEASE_LOCK('%s')", ((Connection *)maria->connection)->lock_name);
    maria_begin(maria->connection);
    assert_done(work(maria, "INSERT INTO a VALUES (1)", &error));
    assert_fails(WORK(maria->connection, NULL, "INSERT INTO a VALUES (2)", release), WEND_LOCKED);
    assert_says("lock is gone");
    assert_fails(work(maria, "INSERT INTO a VALUES (3)", &error), WEND_LOCKED);
    assert_fails(alone(maria, "ALTER TABLE a ADD b INT", &error), WEND_LOCKED);
    maria->driver->end_step(maria->connection);
    assert_app_sees(maria, "SELECT * FROM a", "1\n");
    assert_app_sees(maria, "SELECT count(*) FROM books", "1\n");
    WendClassified classified;
    assert_fails(maria->driver->classify("SELECT 1, release_all_locks()", 29, &classified, &error),
                 WEND_USAGE);
    wend_error_clear(&error);
    assert_done(maria->driver->classify("SELECT 'RELEASE_ALL_LOCKS()'", 28, &classified, &error));
}

/* On a server of one lock for each session, a script may not take one. */
static void test_one_lock(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    Connection *connection = (Connection *)maria->connection;
    maria_begin(maria->connection);
    assert_done(WORK(maria->connection, NULL, "DO GET_LOCK('app', 0), RELEASE_LOCK('app')"));
    connection->mariadb = false;
    connection->version = 50624;
    assert_fails(WORK(maria->connection, NULL, "SELECT get_lock('app', 0)"), WEND_FAILED);
    assert_says("would release wend's own lock");
    wend_error_clear(&error);
    connection->mariadb = true;
    maria->driver->end_step(maria->connection);
}

/* An option file may ask for a new session behind one's back, without lock and settings. */
static void test_no_reconnect(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *file = g_build_filename(maria_folder(), "reconnect.cnf", NULL);
    g_autofree char *query = g_strconcat("?default-file=", file, NULL);
    g_autofree char *url = maria_url(maria, 0, "root", query), *one = NULL;
    g_assert_true(g_file_set_contents(file, "[client]\nreconnect=1\n", -1, NULL));
    WendConnect connect = {.url = url};
    maria->driver->close(maria->connection);
    maria->connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    Connection *connection = (Connection *)maria->connection;
    g_autofree char *kill = g_strdup_printf("KILL %lu", mysql_thread_id(connection->mysql));
    maria_sql(maria, kill);
    assert_fails(wend_mysql_value(connection, "SELECT 1", &one, &error), WEND_CONNECT);
}

/* Defaults of the server's that would make wend's own statements do something else. */
static void test_defaults(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const names[] = {"a", "b", "c", NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendOwnTable tables[3];
    maria_sql(maria, "CREATE TABLE books (seq INT AUTO_INCREMENT PRIMARY KEY, n INT);"
                     "CREATE TABLE a (id INT); CREATE TABLE b (id INT); CREATE TABLE c (id INT);"
                     "SET GLOBAL autocommit = 0, sql_select_limit = 1, completion_type = 2,"
                     "tx_read_only = 1, wait_timeout = 1");
    maria->driver->close(maria->connection);
    g_autofree char *url = maria_url(maria, 0, "root", "");
    WendConnect connect = {.url = url};
    maria->connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_done(maria->driver->find_tables(maria->connection, names, tables, &error));
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_assert_true(tables[i].exists);
        wend_own_table_clear(&tables[i]);
    }
    assert_done(maria->driver->lock(maria->connection, "wend_journal", &error));
    maria_begin(maria->connection);
    assert_done(work(maria, "INSERT INTO a VALUES (1)", &error));
    assert_done(alone(maria, "ALTER TABLE a ADD b INT", &error));
    assert_done(work(maria, "INSERT INTO a VALUES (2, 2)", &error));
    maria->driver->end_step(maria->connection);
    assert_done(maria->driver->check(maria->connection, &error));
    maria_sql(maria, "SET GLOBAL autocommit = 1, sql_select_limit = DEFAULT,"
                     "completion_type = DEFAULT, tx_read_only = 0, wait_timeout = DEFAULT");
    g_autofree char *wait = NULL;
    assert_done(
        wend_mysql_value((Connection *)maria->connection, "SELECT @@wait_timeout", &wait, &error));
    g_assert_cmpstr(wait, ==, "86400");
    assert_app_sees(maria, "SELECT * FROM a ORDER BY id", "1|NULL\n2|2\n");
    assert_app_sees(maria, "SELECT count(*) FROM books", "3\n");
}

/* A host's session has its own settings back when wend is done with it. */
static void test_handle(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const names[] = {"a", NULL};
    static const char *const look = "SELECT @@autocommit, @@sql_select_limit, @@completion_type, "
                                    "@@tx_read_only, @@lock_wait_timeout, "
                                    "@@innodb_lock_wait_timeout, @@wait_timeout";
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendOwnTable table;
    maria_sql(maria, "SET autocommit = 0, sql_select_limit = 7, completion_type = 1,"
                     "tx_read_only = 1, lock_wait_timeout = 11, innodb_lock_wait_timeout = 12, "
                     "wait_timeout = 13");
    g_autofree char *before = maria_look(maria, look);
    WendConnect connect = {.handle = maria->app};
    WendConnection *connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_done(maria->driver->find_tables(connection, names, &table, &error));
    wend_own_table_clear(&table);
    g_autofree char *between = maria_look(maria, look);
    g_assert_cmpstr(between, ==, "1|18446744073709551615|NO_CHAIN|0|0|0|86400\n");
    maria->driver->close(connection);
    assert_app_sees(maria, look, before);
    maria_sql(maria, "SET autocommit = 1, completion_type = 0, tx_read_only = 0,"
                     "lock_wait_timeout = 60, wait_timeout = 600");
}

static void add(void)
{
    maria_add("/mysql/session/defaults", test_defaults);
    maria_add("/mysql/session/handle", test_handle);
    maria_add("/mysql/session/lock-released", test_lock_released);
    maria_add("/mysql/session/one-lock", test_one_lock);
    maria_add("/mysql/session/no-reconnect", test_no_reconnect);
    maria_add("/mysql/session/last-id", test_last_id);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
