/* SPDX-License-Identifier: MIT
 *
 * Tests of src/sql/load.c.
 */
#include "sql/load.h"

#include <string.h>
#include <unistd.h>

typedef struct Fixture {
    char *path;
} Fixture;

static void set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    int fd = g_file_open_tmp("wend-load-XXXXXX", &fixture->path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
}

static void tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    unlink(fixture->path);
    g_free(fixture->path);
}

static void put(const Fixture *fixture, const char *text)
{
    g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
}

static void test_quoted(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    put(fixture, "id,\"a \"\"b\"\".c`\"\n");
    g_autoptr(WendLoad) sqlite = wend_load_new(fixture->path, "t", WEND_DIALECT_SQLITE, NULL);
    g_assert_cmpstr(sqlite->table, ==, "\"t\"");
    g_assert_cmpstr(sqlite->columns, ==, "\"id\", \"a \"\"b\"\".c`\"");
    g_assert_cmpuint(sqlite->count, ==, 2);
    g_autoptr(WendLoad) mysql = wend_load_new(fixture->path, "s.t", WEND_DIALECT_MYSQL, NULL);
    g_assert_cmpstr(mysql->table, ==, "`s`.`t`");
    g_assert_cmpstr(mysql->columns, ==, "`id`, `a \"b\".c```");
    /* What stands for it in the script differs whenever the data does: it is no comment. */
    g_autofree char *before = wend_load_statement(mysql);
    put(fixture, "id,\"a \"\"b\"\".c`\"\n1,2\n");
    g_autoptr(WendLoad) other = wend_load_new(fixture->path, "s.t", WEND_DIALECT_MYSQL, NULL);
    g_autofree char *after = wend_load_statement(other);
    g_assert_cmpstr(before, !=, after);
    g_assert_true(g_str_has_prefix(after, "INSERT INTO `s`.`t` (`id`, `a \"b\".c```) VALUES ('"));
    g_assert_nonnull(strstr(after, other->checksum));
}

static void test_rows(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    put(fixture, "a,b\n1,\n\"\",2\n");
    g_autoptr(WendLoad) load = wend_load_new(fixture->path, "t", WEND_DIALECT_SQLITE, NULL);
    g_autoptr(WendCsv) rows = wend_load_open(load, NULL);
    g_assert_true(wend_load_next(load, rows, NULL));
    g_assert_false(wend_load_is_null(&rows->fields[0]));
    g_assert_true(wend_load_is_null(&rows->fields[1]));
    g_assert_true(wend_load_next(load, rows, NULL));
    g_assert_cmpuint(rows->line, ==, 3);
    g_assert_false(wend_load_is_null(&rows->fields[0]));
    g_assert_true(wend_load_next(load, rows, NULL));
    g_assert_cmpuint(rows->count, ==, 0);
    put(fixture, "a,b\n1,2\n1,2,3\n");
    g_autoptr(WendCsv) longer = wend_load_open(load, NULL);
    g_assert_true(wend_load_next(load, longer, NULL));
    g_assert_false(wend_load_next(load, longer, &error));
    g_assert_cmpstr(error.message, ==, "there are 3 fields here, and the header names 2");
    g_assert_cmpuint(error.line, ==, 3);
}

/* The rows that came in are to be those that were written down. */
static void test_changed(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    put(fixture, "a,b\n1,2\n");
    g_autoptr(WendLoad) load = wend_load_new(fixture->path, "t", WEND_DIALECT_SQLITE, NULL);
    put(fixture, "a,b\n1,3\n");
    g_autoptr(WendCsv) rows = wend_load_open(load, NULL);
    g_assert_true(wend_load_next(load, rows, NULL));
    g_assert_false(wend_load_next(load, rows, &error));
    g_assert_cmpstr(error.message, ==, "the file was changed while it was being loaded");
    g_assert_cmpstr(error.file, ==, fixture->path);
}

/* SQLite would take the first of two values for one column, and say nothing of the other. */
/* Another file came between the look at the header and that at the bytes: the rows would go elsewhere. */
static void test_swapped(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    put(fixture, "a,b\n1,2\n");
    g_autoptr(WendLoad) load = wend_load_new(fixture->path, "t", WEND_DIALECT_SQLITE, NULL);
    put(fixture, "b,a\n2,1\n");
    g_autoptr(WendLoad) other = wend_load_new(fixture->path, "t", WEND_DIALECT_SQLITE, NULL);
    memcpy(load->checksum, other->checksum, sizeof load->checksum);
    g_assert_null(wend_load_open(load, &error));
    g_assert_cmpstr(error.message, ==, "the file was changed while it was being loaded");
}

static void test_twice(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    put(fixture, "id,name,ID\n1,a,2\n");
    g_assert_null(wend_load_new(fixture->path, "t", WEND_DIALECT_SQLITE, &error));
    g_assert_cmpstr(error.message, ==, "the header names a column twice: ID");
    g_assert_null(wend_load_new(fixture->path, "t", WEND_DIALECT_MYSQL, NULL));
    g_autoptr(WendLoad) two = wend_load_new(fixture->path, "t", WEND_DIALECT_POSTGRES, NULL);
    g_assert_cmpstr(two->columns, ==, "\"id\", \"name\", \"ID\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/sql/load/quoted", Fixture, NULL, set_up, test_quoted, tear_down);
    g_test_add("/sql/load/rows", Fixture, NULL, set_up, test_rows, tear_down);
    g_test_add("/sql/load/changed", Fixture, NULL, set_up, test_changed, tear_down);
    g_test_add("/sql/load/swapped", Fixture, NULL, set_up, test_swapped, tear_down);
    g_test_add("/sql/load/twice", Fixture, NULL, set_up, test_twice, tear_down);
    return g_test_run();
}
