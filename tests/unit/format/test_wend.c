/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/wend.c: whole folders, from file names to migrations.
 */
#include "format/directive.h"
#include "format/format.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SQLITE WEND_DIALECT_SQLITE

/* A folder and what a scan of it gave. */
typedef struct Fixture {
    const WendFormat *format;
    char *path;
    GPtrArray *migrations;
    GPtrArray *problems;
} Fixture;

static void set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->format = wend_format_find("wend", NULL);
    fixture->path = sandbox_new();
    fixture->migrations = g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    fixture->problems = wend_problems_new();
}

static void tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_ptr_array_unref(fixture->migrations);
    g_ptr_array_unref(fixture->problems);
    sandbox_free(fixture->path);
}

static void scan(Fixture *fixture)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendFolder) folder = wend_folder_open(fixture->path, &error);
    g_assert_true(
        fixture->format->scan(folder, SQLITE, fixture->migrations, fixture->problems, &error));
    g_assert_cmpint(error.code, ==, WEND_OK);
}

static void load_all(Fixture *fixture)
{
    for (guint i = 0; i < fixture->migrations->len; i++)
        fixture->format->load(fixture->migrations->pdata[i], SQLITE, fixture->problems);
}

static void append_script(GString *text, const char *what, const WendScript *script)
{
    if (script == NULL)
        return;
    g_autofree char *file = g_path_get_basename(script->file);
    g_string_append_printf(text, " %s(%s:%u:%s)", what, file, script->line, script->text);
}

/* Asserts the migrations as "label=id up(file:line:text) down(…)\n". */
static void assert_migrations(const Fixture *fixture, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < fixture->migrations->len; i++) {
        const WendMigration *migration = fixture->migrations->pdata[i];
        g_autofree char *label = wend_migration_label(migration);
        g_string_append_printf(text, "%s=%s", label, migration->id);
        append_script(text, "up", migration->up);
        append_script(text, "down", migration->down);
        g_string_append_c(text, '\n');
    }
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_pairs_and_singles(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "20240101_users.up.sql", "A");
    sandbox_write(fixture->path, "20240101_users.down.sql", "B");
    sandbox_write(fixture->path, "002_email.sql", "C;\n-- wend:down\nD;\n");
    sandbox_write(fixture->path, "3.sql", "E;\n-- Rollback: DROP e;\n");
    sandbox_write(fixture->path, "1.10-late.sql", "F");
    sandbox_write(fixture->path, "1.9 early.SQL", "G");
    sandbox_write(fixture->path, "R__views.sql", "H");
    sandbox_write(fixture->path, "R__b.up.sql", "I");
    sandbox_write(fixture->path, "R__b.down.sql", "J");
    sandbox_write(fixture->path, "B__2_start.sql", "K");
    sandbox_write(fixture->path, "README.md", "no");
    sandbox_write(fixture->path, "1.sql.orig", "no");
    sandbox_write(fixture->path, ".9.sql", "no");
    sandbox_folder(fixture->path, "seeds");
    sandbox_write(fixture->path, "seeds/77_x.sql", "no");
    scan(fixture);
    assert_problems(fixture->problems, "");
    assert_migrations(fixture, "1.9_early=1.9 up(1.9 early.SQL:1:G)\n"
                               "1.10_late=1.10 up(1.10-late.sql:1:F)\n"
                               "B__2_start=B:2 up(B__2_start.sql:1:K)\n"
                               "002_email=2 up(002_email.sql:1:C;\n) "
                               "down(002_email.sql:3:D;\n)\n"
                               "3=3 up(3.sql:1:E;\n) down(3.sql:2:             DROP e;\n)\n"
                               "20240101_users=20240101 up(20240101_users.up.sql:1:A)\n"
                               "R__b=R:b up(R__b.up.sql:1:I)\n"
                               "R__views=R:views up(R__views.sql:1:H)\n");
    const WendMigration *first = fixture->migrations->pdata[0];
    g_autofree char *file = g_build_filename(fixture->path, "1.9 early.SQL", NULL);
    g_assert_cmpstr(first->up->file, ==, file);
}

static void test_load(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "1_a.up.sql", "-- wend: retry safe\nA;");
    sandbox_write(fixture->path, "1_a.down.sql", "-- wend: transaction none\nB;");
    sandbox_write(fixture->path, "2_b.sql", "-- wend: oops\nC;\n-- wend:down\nD;\n");
    scan(fixture);
    assert_problems(fixture->problems, "");
    const WendMigration *pair = fixture->migrations->pdata[0];
    const WendMigration *single = fixture->migrations->pdata[1];
    g_assert_null(pair->down);
    g_assert_cmpuint(pair->up->directives->len, ==, 0);
    load_all(fixture);
    load_all(fixture);
    g_assert_cmpstr(pair->down->text, ==, "-- wend: transaction none\nB;");
    g_assert_true(wend_script_directive(pair->down, WEND_DIRECTIVE_TRANSACTION)->none);
    g_assert_null(wend_script_directive(pair->up, WEND_DIRECTIVE_TRANSACTION));
    g_assert_nonnull(wend_script_directive(pair->up, WEND_DIRECTIVE_RETRY));
    g_assert_cmpstr(single->down->text, ==, "D;\n");
    assert_problems(
        fixture->problems,
        "E 2_b.sql:1:10 unknown directive \"oops\"; it is one of: transaction, "
        "timeout, batch, phase, depends, assert, retry, ignore, seed, csv, substitute\n");
}

static void test_load_problems(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "1_a.up.sql", "A;");
    sandbox_write(fixture->path, "1_a.down.sql", "-- wend:down\nB;");
    sandbox_write(fixture->path, "2_b.sql", "C;");
    sandbox_write(fixture->path, "3_c.up.sql", "D;");
    sandbox_write(fixture->path, "3_c.down.sql", "-- TODO\n");
    sandbox_write(fixture->path, "4_d.up.sql", "E;");
    sandbox_write_n(fixture->path, "4_d.down.sql", "\0", 1);
    sandbox_write(fixture->path, "5_e.sql", "F;\n-- wend:down\n");
    sandbox_write(fixture->path, "R__a.sql", "G;");
    sandbox_write(fixture->path, "B__1.sql", "H;");
    scan(fixture);
    assert_problems(fixture->problems, "");
    load_all(fixture);
    assert_problems(
        fixture->problems,
        "E 1_a.down.sql:1:1 `-- wend:down` stands in a file that holds one direction by its name; "
        "remove the marker, or name the file without .up and .down\n"
        "W 2_b.sql there is no down script; add a .down.sql file or a section `-- wend:down`\n"
        "W 3_c.down.sql:1 the down script has no statements; write what takes the migration back, "
        "or remove it: then wend knows that there is no way back\n"
        "E 4_d.down.sql:1:1 the file holds a NUL byte; a migration is plain text: remove the byte, "
        "or move the file out of the migrations folder\n"
        "W 5_e.sql:3 the down script has no statements; write what takes the migration back, or "
        "remove it: then wend knows that there is no way back\n");
}

/* One that was made from a stored script is nothing to the format. */
static void test_load_stored(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(WendMigration) migration = wend_migration_new(WEND_KIND_VERSIONED);
    fixture->format->load(migration, SQLITE, fixture->problems);
    assert_problems(fixture->problems, "");
    g_assert_null(migration->down);
}

static void test_names(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "schema.sql", "A;");
    sandbox_write(fixture->path, "V1__a.sql", "A;");
    sandbox_write(fixture->path, "2_\xFF.sql", "A;");
    sandbox_folder(fixture->path, "3_x.sql");
    sandbox_folder(fixture->path, "x.sql");
    sandbox_write(fixture->path, "4_good.sql", "A;");
    scan(fixture);
    assert_problems(
        fixture->problems,
        "E 2_\xEF\xBF\xBD.sql the name is not valid UTF-8; name it VERSION_name.sql (for example "
        "001_create_users.sql), R__name.sql or B__VERSION_name.sql, or move it out of the "
        "migrations folder\n"
        "E V1__a.sql the name is not one of wend's own format; it looks like Flyway's layout; in "
        "wend's own, name it VERSION_name.sql, for example 001_create_users.sql\n"
        "E schema.sql the name does not begin with a version; name it VERSION_name.sql (for "
        "example 001_create_users.sql), R__name.sql or B__VERSION_name.sql, or move it out of the "
        "migrations folder\n"
        "W 3_x.sql this is a folder: it is passed over\n"
        "W x.sql this is a folder: it is passed over\n");
    assert_migrations(fixture, "4_good=4 up(4_good.sql:1:A;)\n");
}

static void test_duplicates(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "007_add_a.sql", "A;");
    sandbox_write(fixture->path, "7_add_b.sql", "B;");
    sandbox_write(fixture->path, "8.sql", "C;");
    sandbox_write(fixture->path, "v7.0_c.sql", "D;");
    sandbox_write(fixture->path, "10_x.sql", "E;");
    sandbox_write(fixture->path, "10_x.up.sql", "F;");
    sandbox_write(fixture->path, "10_x.down.sql", "G;");
    sandbox_write(fixture->path, "010_x.down.sql", "H;");
    sandbox_write(fixture->path, "2024-01-01_a.sql", "I;");
    sandbox_write(fixture->path, "20240101_b.sql", "J;");
    sandbox_write(fixture->path, "R__v.sql", "K;");
    sandbox_write(fixture->path, "R__v.up.sql", "L;");
    sandbox_write(fixture->path, "B__1_a.sql", "M;");
    sandbox_write(fixture->path, "B__1_b.sql", "N;");
    scan(fixture);
    assert_problems(
        fixture->problems,
        "E 10_x.down.sql version 10 has two down files: 010_x.down.sql and 10_x.down.sql; rename "
        "or remove one of them\n"
        "E 10_x.up.sql two migrations have version 10: 10_x.sql and 10_x.up.sql; rename one of "
        "them, for example to 11_x.up.sql\n"
        "E 20240101_b.sql two migrations have version 20240101: 2024-01-01_a.sql and "
        "20240101_b.sql; rename one of them, for example to 20240102_b.sql\n"
        "E 7_add_b.sql two migrations have version 7: 007_add_a.sql and 7_add_b.sql; rename one of "
        "them, for example to 009_add_b.sql\n"
        "E B__1_b.sql two baselines have version 1: B__1_a.sql and B__1_b.sql; rename or remove "
        "one of them\n"
        "E R__v.up.sql two repeatable migrations are named v: R__v.sql and R__v.up.sql; rename or "
        "remove one of them\n"
        "E v7.0_c.sql two migrations have version 7: 007_add_a.sql and v7.0_c.sql; rename or "
        "remove one of them\n");
    assert_migrations(fixture, "B__1_a=B:1 up(B__1_a.sql:1:M;)\n"
                               "007_add_a=7 up(007_add_a.sql:1:A;)\n"
                               "8=8 up(8.sql:1:C;)\n"
                               "10_x=10 up(10_x.sql:1:E;)\n"
                               "2024-01-01_a=20240101 up(2024-01-01_a.sql:1:I;)\n"
                               "R__v=R:v up(R__v.sql:1:K;)\n");
}

static void test_pairs_that_do_not_fit(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "1_alone.down.sql", "A;");
    sandbox_write(fixture->path, "2_one.up.sql", "B;");
    sandbox_write(fixture->path, "2_other.down.sql", "C;");
    sandbox_write(fixture->path, "3_x.sql", "D;\n-- wend:down\nE;\n");
    sandbox_write(fixture->path, "3_x.down.sql", "F;");
    sandbox_write(fixture->path, "4_y.sql", "G;\n-- Rollback: DROP g;\n");
    sandbox_write(fixture->path, "4_Y.down.sql", "H;");
    sandbox_write(fixture->path, "5_z.up.sql", "I;");
    sandbox_write(fixture->path, "05.down.sql", "J;");
    sandbox_write(fixture->path, "6.up.sql", "K;");
    sandbox_write(fixture->path, "6_z.down.sql", "L;");
    scan(fixture);
    assert_problems(
        fixture->problems,
        "E 1_alone.down.sql there is no up file for this down file; add the up file, or remove "
        "this one\n"
        "E 2_other.down.sql the up and the down file of one version have different names: "
        "2_one.up.sql and 2_other.down.sql; give both the same name if they belong together, else "
        "a version of their own\n"
        "E 3_x.sql there are two down scripts: one in this file, one in 3_x.down.sql; remove one "
        "of the two\n");
    g_ptr_array_set_size(fixture->problems, 0);
    load_all(fixture);
    assert_problems(fixture->problems, "");
    assert_migrations(fixture, "2_one=2 up(2_one.up.sql:1:B;) down(2_other.down.sql:1:C;)\n"
                               "3_x=3 up(3_x.sql:1:D;\n) down(3_x.down.sql:1:F;)\n"
                               "4_y=4 up(4_y.sql:1:G;\n-- Rollback: DROP g;\n) "
                               "down(4_Y.down.sql:1:H;)\n"
                               "5_z=5 up(5_z.up.sql:1:I;) down(05.down.sql:1:J;)\n"
                               "6=6 up(6.up.sql:1:K;) down(6_z.down.sql:1:L;)\n");
}

static void test_bad_files(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *fifo = g_build_filename(fixture->path, "2.sql", NULL);
    sandbox_link(fixture->path, "1.sql", "nowhere");
    g_assert_cmpint(mkfifo(fifo, 0644), ==, 0);
    sandbox_write_n(fixture->path, "3.sql", "A;\n\0", 4);
    sandbox_write(fixture->path, "4.sql", "");
    sandbox_write(fixture->path, "5.sql", "\xEF\xBB\xBF \r\n-- later\r\n;");
    sandbox_write(fixture->path, "6.sql",
                  "\xEF\xBB\xBF"
                  "A;\r\n-- wend:down\r\nB;\r\n");
    sandbox_write(fixture->path, "7.sql", "-- wend:down\nB;\n");
    sandbox_write(fixture->path, "8.sql", "-- wend:up\n\n-- wend:down\nB;\n");
    scan(fixture);
    assert_problems(fixture->problems,
                    "E 1.sql this is a symbolic link to \"nowhere\", which is not there; restore "
                    "what it points to, or remove the link\n"
                    "E 2.sql this is a pipe, not a file; move it out of the migrations folder\n"
                    "E 3.sql:2:1 the file holds a NUL byte; a migration is plain text: remove the "
                    "byte, or move the file out of the migrations folder\n"
                    "E 7.sql:1:1 there is a down script here, but no up script; write the up "
                    "script below `-- wend:up`, or remove the file\n"
                    "");
    assert_migrations(fixture, "4=4 up(4.sql:1:)\n"
                               "5=5 up(5.sql:1: \n-- later\n;)\n"
                               "6=6 up(6.sql:1:A;\n) down(6.sql:3:B;\n)\n"
                               "7=7 up(7.sql:1:) down(7.sql:2:B;\n)\n"
                               "8=8 up(8.sql:2:\n) down(8.sql:4:B;\n)\n");
}

/* A mounted ConfigMap: every file is a link into a hidden folder. */
static void test_links(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_folder(fixture->path, "..data");
    sandbox_write(fixture->path, "..data/1_a.up.sql", "A;");
    sandbox_write(fixture->path, "..data/1_a.down.sql", "B;");
    sandbox_link(fixture->path, "1_a.up.sql", "..data/1_a.up.sql");
    sandbox_link(fixture->path, "1_a.down.sql", "..data/1_a.down.sql");
    scan(fixture);
    load_all(fixture);
    assert_problems(fixture->problems, "");
    assert_migrations(fixture, "1_a=1 up(1_a.up.sql:1:A;) down(1_a.down.sql:1:B;)\n");
}

static void test_many(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    const guint count = 10000;
    for (guint i = 1; i <= count; i++) {
        g_autofree char *name = g_strdup_printf("%u_x.sql", i);
        sandbox_write(fixture->path, name, "A;");
    }
    scan(fixture);
    assert_problems(fixture->problems, "");
    g_assert_cmpuint(fixture->migrations->len, ==, count);
    for (guint i = 0; i < count; i++) {
        const WendMigration *migration = fixture->migrations->pdata[i];
        g_assert_cmpint(atoi(migration->id), ==, (int)i + 1);
    }
}

static void assert_detected(const char *names, int expected)
{
    g_auto(GStrv) list = g_strsplit(names, "|", -1);
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    for (char **name = list; *name != NULL; name++)
        g_ptr_array_add(files, *name);
    const WendFolder folder = {.path = (char *)"x", .fd = -1, .names = files};
    g_assert_cmpint(wend_format_find("wend", NULL)->detect(&folder), ==, expected);
}

static void test_detect(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_cmpstr(fixture->format->history->table, ==, "wend_migrations");
    assert_detected("", 1);
    assert_detected("README.md", 1);
    assert_detected("1_a.up.sql|1_a.down.sql|R__b.sql|README.md", 50);
    assert_detected("1.sql|2.sql|3.sql|x.sql", 37);
    assert_detected("V1__a.sql|V2__b.sql", 1);
    assert_detected("schema.sql", 1);
    assert_detected("\xFF.sql", 1);
}

/* The keys that people type are the ids of what they mean. */
static void test_version_key(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    sandbox_write(fixture->path, "001_a.sql", "A;");
    sandbox_write(fixture->path, "1.20_b.sql", "A;");
    sandbox_write(fixture->path, "R__v.sql", "A;");
    sandbox_write(fixture->path, "B__2024-01-01.sql", "A;");
    scan(fixture);
    for (guint i = 0; i < fixture->migrations->len; i++) {
        const WendMigration *migration = fixture->migrations->pdata[i];
        g_autofree char *label = wend_migration_label(migration);
        g_autofree char *by_label = fixture->format->version_key(label);
        g_autofree char *by_id = fixture->format->version_key(migration->id);
        g_assert_cmpstr(by_label, ==, migration->id);
        g_assert_cmpstr(by_id, ==, migration->id);
    }
}

#define ADD(name, test) g_test_add("/wend/" name, Fixture, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("pairs_and_singles", test_pairs_and_singles);
    ADD("load", test_load);
    ADD("load_problems", test_load_problems);
    ADD("load_stored", test_load_stored);
    ADD("names", test_names);
    ADD("duplicates", test_duplicates);
    ADD("pairs_that_do_not_fit", test_pairs_that_do_not_fit);
    ADD("bad_files", test_bad_files);
    ADD("links", test_links);
    ADD("many", test_many);
    ADD("detect", test_detect);
    ADD("version_key", test_version_key);
    return g_test_run();
}
