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

static void add(void)
{
    maria_add("/mysql/session/last-id", test_last_id);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
