/* SPDX-License-Identifier: MIT
 *
 * Tests of src/db/sqlite/url.c: every form of the URL, its parameters, and what is wrong with it.
 */
#include "db/sqlite/sqlite.h"

#include <string.h>

static SqliteUrl *parse(const char *text)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    SqliteUrl *url = wend_sqlite_url_parse(text, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_nonnull(url);
    return url;
}

static void test_paths(void)
{
    static const struct {
        const char *url, *path;
    } rows[] = {
        {"sqlite:shop.db", "shop.db"},
        {"sqlite3:shop.db", "shop.db"},
        {"sqlite:data/shop.db", "data/shop.db"},
        {"sqlite:../shop.db", "../shop.db"},
        {"sqlite:/srv/shop.db", "/srv/shop.db"},
        {"sqlite:///srv/shop.db", "/srv/shop.db"},
        {"sqlite://data/shop.db", "data/shop.db"},
        {"sqlite:shop.db?", "shop.db"},
        {"sqlite:shop.db?mode=rw", "shop.db"},
        {"sqlite:my%20shop.db", "my shop.db"},
        {"sqlite:my shop.db", "my shop.db"},
        {"sqlite:100%25.db", "100%.db"},
        {"sqlite:50%.db", "50%.db"},
        {"sqlite:a%3Fb.db", "a?b.db"},
        {"sqlite:a:b.db", "a:b.db"},
        {"sqlite:gr%C3%BCn.db", "gr\xC3\xBCn.db"},
        {"sqlite:shop=1&2.db", "shop=1&2.db"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SqliteUrl) url = parse(rows[i].url);
        g_assert_cmpstr(url->path, ==, rows[i].path);
        g_assert_false(url->memory);
        g_assert_false(url->immutable);
        g_assert_cmpint(url->foreign_keys, ==, -1);
        g_assert_null(url->vfs);
    }
}

static void test_memory(void)
{
    static const char *const urls[] = {
        "sqlite::memory:", "sqlite://:memory:", "sqlite::memory:?foreign_keys=on",
        "sqlite:x?mode=memory", "sqlite:?mode=memory"};
    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autoptr(SqliteUrl) url = parse(urls[i]);
        g_assert_true(url->memory);
        g_assert_false(url->read_only);
    }
}

static void test_parameters(void)
{
    static const struct {
        const char *parameters;
        bool read_only, no_create, memory, immutable;
        int foreign_keys;
        const char *vfs;
    } rows[] = {
        {"mode=ro", true, false, false, false, -1, NULL},
        {"mode=rw", false, true, false, false, -1, NULL},
        {"mode=rwc", false, false, false, false, -1, NULL},
        {"mode=memory", false, false, true, false, -1, NULL},
        {"foreign_keys=on", false, false, false, false, 1, NULL},
        {"foreign_keys=1", false, false, false, false, 1, NULL},
        {"foreign_keys=off", false, false, false, false, 0, NULL},
        {"foreign_keys=0", false, false, false, false, 0, NULL},
        {"immutable=1", true, false, false, true, -1, NULL},
        {"immutable=0", false, false, false, false, -1, NULL},
        {"vfs=unix-dotfile", false, false, false, false, -1, "unix-dotfile"},
        {"mode=ro&foreign_keys=on&vfs=unix", true, false, false, false, 1, "unix"},
        {"immutable=1&mode=ro", true, false, false, true, -1, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strconcat("sqlite:shop.db?", rows[i].parameters, NULL);
        g_autoptr(SqliteUrl) url = parse(text);
        g_test_message("%s", text);
        g_assert_cmpstr(url->path, ==, "shop.db");
        g_assert_true(url->read_only == rows[i].read_only);
        g_assert_true(url->no_create == rows[i].no_create);
        g_assert_true(url->memory == rows[i].memory);
        g_assert_true(url->immutable == rows[i].immutable);
        g_assert_cmpint(url->foreign_keys, ==, rows[i].foreign_keys);
        g_assert_cmpstr(url->vfs, ==, rows[i].vfs);
    }
}

/* A parameter given again counts anew, in whichever order an immutable file stays read-only. */
static void test_parameters_twice(void)
{
    g_autoptr(SqliteUrl) vfs = parse("sqlite:a?vfs=one&vfs=two");
    g_assert_cmpstr(vfs->vfs, ==, "two");
    g_autoptr(SqliteUrl) mode = parse("sqlite:a?mode=ro&mode=rw");
    g_assert_true(mode->no_create && !mode->read_only);
    g_autoptr(SqliteUrl) immutable = parse("sqlite:a?immutable=1&mode=rwc");
    g_assert_true(immutable->immutable && immutable->read_only);
}

static void test_errors(void)
{
    static const struct {
        const char *url, *says, *hint;
    } rows[] = {
        {"sqlite:", "names no file", "sqlite:wend.db"},
        {"sqlite://", "names no file", "sqlite:wend.db"},
        {"sqlite:?mode=ro", "names no file", "sqlite:wend.db"},
        {"sqlite:a?mode=sideways", "mode=sideways", "ro, rw, rwc or memory"},
        {"sqlite:a?mode", "mode=", "ro, rw, rwc or memory"},
        {"sqlite:a?mode=", "mode=", "ro, rw, rwc or memory"},
        {"sqlite:a?mode=RO", "mode=RO", "ro, rw, rwc or memory"},
        {"sqlite:a?foreign_keys=maybe", "foreign_keys=maybe", "on or off"},
        {"sqlite:a?immutable=yes", "immutable=yes", "1 or 0"},
        {"sqlite:a?vfs=", "vfs=", "name of a VFS"},
        {"sqlite:a?mod=ro", "\"mod=ro\"", "did you mean mode?"},
        {"sqlite:a?foreign_key=on", "\"foreign_key=on\"", "did you mean foreign_keys?"},
        {"sqlite:a?cache=shared", "\"cache=shared\"", "mode, foreign_keys, immutable and vfs"},
        {"sqlite:a?mode=ro&", "\"\"", "mode, foreign_keys, immutable and vfs"},
        {"sqlite:a?mode=ro&journal=wal", "\"journal=wal\"", "mode, foreign_keys"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_test_message("%s", rows[i].url);
        g_assert_null(wend_sqlite_url_parse(rows[i].url, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_nonnull(strstr(error.message, rows[i].says));
        g_assert_nonnull(strstr(error.hint, rows[i].hint));
        g_assert_null(wend_sqlite_url_parse(rows[i].url, NULL));
    }
}

/* What a URL means when it is read in another folder. */
static void test_place(void)
{
    static const struct {
        const char *url, *folder, *placed;
    } rows[] = {
        {"sqlite:shop.db", "/srv", "sqlite:/srv/shop.db"},
        {"sqlite:shop.db", "/srv/", "sqlite:/srv/shop.db"},
        {"sqlite3://data/shop.db?mode=ro", "/srv", "sqlite3:/srv/data/shop.db?mode=ro"},
        {"sqlite:my%20shop.db", "/srv/50% ?", "sqlite:/srv/50%25 %3F/my%20shop.db"},
        {"sqlite:/abs/shop.db", "/srv", "sqlite:/abs/shop.db"},
        {"sqlite:///abs/shop.db", "/srv", "sqlite:///abs/shop.db"},
        {"sqlite::memory:", "/srv", "sqlite::memory:"},
        {"sqlite:?mode=memory", "/srv", "sqlite:?mode=memory"},
        {"sqlite:", "/srv", "sqlite:"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *placed = wend_sqlite_url_place(rows[i].url, rows[i].folder);
        g_assert_cmpstr(placed, ==, rows[i].placed);
    }
    g_autofree char *placed = wend_sqlite_url_place("sqlite:my%20shop.db", "/srv/50% ?");
    g_autoptr(SqliteUrl) url = parse(placed);
    g_assert_cmpstr(url->path, ==, "/srv/50% ?/my shop.db");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/db/sqlite/url/paths", test_paths);
    g_test_add_func("/db/sqlite/url/memory", test_memory);
    g_test_add_func("/db/sqlite/url/parameters", test_parameters);
    g_test_add_func("/db/sqlite/url/parameters-twice", test_parameters_twice);
    g_test_add_func("/db/sqlite/url/errors", test_errors);
    g_test_add_func("/db/sqlite/url/place", test_place);
    return g_test_run();
}
