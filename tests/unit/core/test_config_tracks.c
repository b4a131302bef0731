/* SPDX-License-Identifier: MIT
 *
 * The tracks of a wend.yaml: one configuration for each, what a track gives by itself, which one is left
 * out, and what cannot be said of several at once.
 */
#include "core/config.h"

#include <glib/gstdio.h>

static const char pair[] = "lock_timeout: 9s\n"
                           "tracks:\n"
                           "  - name: platform\n"
                           "    migrations: platform\n"
                           "    table: migrations.platform\n"
                           "    lock_timeout: 1s\n"
                           "    statement_timeout: 2min\n"
                           "  - name: app\n"
                           "    migrations: ${USER_MIGRATIONS}\n"
                           "    table: migrations.app\n"
                           "    format: wend\n"
                           "    optional: true\n";

typedef struct Fixture {
    char *folder, *file, *app;
    WendConfigInput input;
} Fixture;

static void put(const Fixture *fixture, const char *text)
{
    g_assert_true(g_file_set_contents(fixture->file, text, -1, NULL));
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->folder = g_dir_make_tmp("wend-tracks-XXXXXX", NULL);
    fixture->file = g_build_filename(fixture->folder, "wend.yaml", NULL);
    fixture->app = g_build_filename(fixture->folder, "app", NULL);
    fixture->input = (WendConfigInput){.directory = fixture->folder};
    put(fixture, pair);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_remove(fixture->file);
    g_remove(fixture->app);
    g_remove(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->file);
    g_free(fixture->app);
}

/* `variables` becomes the whole environment. */
static GPtrArray *load(Fixture *fixture, const char *const *variables)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    fixture->input.environ = variables;
    GPtrArray *configs = wend_config_load_tracks(&fixture->input, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_nonnull(configs);
    return configs;
}

/* With FOLDER in the place of the test's own. Caller frees. */
static char *plain(const Fixture *fixture, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, fixture->folder, -1);
    return g_strjoinv("FOLDER", parts);
}

static void refuse(Fixture *fixture, const char *const *variables, const char *message,
                   const char *hint)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    fixture->input.environ = variables;
    g_assert_null(wend_config_load_tracks(&fixture->input, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_autofree char *said = plain(fixture, error.message);
    g_assert_cmpstr(said, ==, message);
    if (hint != NULL)
        g_assert_cmpstr(error.hint, ==, hint);
}

static void test_all(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_mkdir(fixture->app, 0700), ==, 0);
    const char *variables[] = {"USER_MIGRATIONS=app", NULL};
    g_autoptr(GPtrArray) configs = load(fixture, variables);
    g_assert_cmpuint(configs->len, ==, 2);
    const WendConfig *platform = configs->pdata[0], *app = configs->pdata[1];
    g_assert_cmpstr(platform->track, ==, "platform");
    g_assert_cmpstr(platform->table, ==, "migrations.platform");
    g_assert_cmpint(platform->lock_timeout_ms, ==, 1000);
    g_assert_cmpint(platform->statement_timeout_ms, ==, 120000);
    g_assert_null(platform->format);
    g_assert_false(platform->optional);
    g_assert_null(platform->skip);
    g_assert_cmpuint(platform->tracks, ==, 2);
    g_assert_cmpstr(app->track, ==, "app");
    g_assert_cmpstr(app->migrations, ==, fixture->app);
    g_assert_cmpstr(app->table, ==, "migrations.app");
    g_assert_cmpstr(app->format, ==, "wend");
    g_assert_cmpint(app->lock_timeout_ms, ==, 9000);
    g_assert_cmpint(app->statement_timeout_ms, ==, 0);
    g_assert_true(app->optional);
    g_assert_null(app->skip);
    g_assert_cmpuint(app->histories->len, ==, 2);
    g_assert_cmpstr(wend_config_variable(app, "USER_MIGRATIONS"), ==, "app");
}

static void check_skip(Fixture *fixture, const char *variable, const char *why)
{
    const char *variables[] = {variable, NULL};
    g_autoptr(GPtrArray) configs = load(fixture, variables);
    g_assert_cmpuint(configs->len, ==, 2);
    const WendConfig *platform = configs->pdata[0], *app = configs->pdata[1];
    /* Its folder is not there either, but it is not optional. */
    g_assert_null(platform->skip);
    g_autofree char *said = plain(fixture, app->skip);
    g_assert_cmpstr(said, ==, why);
    g_assert_null(app->migrations);
}

static void test_optional(Fixture *fixture, gconstpointer data)
{
    (void)data;
    check_skip(fixture, NULL, "USER_MIGRATIONS is not set");
    check_skip(fixture, "USER_MIGRATIONS=", "${USER_MIGRATIONS} is empty");
    check_skip(fixture, "USER_MIGRATIONS=nowhere", "there is no FOLDER/nowhere");
    /* Whoever names it means it. */
    fixture->input.track = "app";
    refuse(fixture, NULL, "\"migrations\" takes ${USER_MIGRATIONS}, and that variable is not set",
           NULL);
    const char *empty[] = {"USER_MIGRATIONS=", NULL};
    refuse(fixture, empty, "\"migrations\" is empty", NULL);
    fixture->input.track = NULL;
    put(fixture, "tracks:\n  - name: a\n    optional: true\n");
    g_autoptr(GPtrArray) usual = load(fixture, NULL);
    g_autofree char *said = plain(fixture, ((const WendConfig *)usual->pdata[0])->skip);
    g_assert_cmpstr(said, ==, "there is no FOLDER/migrations");
}

static void test_not_optional(Fixture *fixture, gconstpointer data)
{
    (void)data;
    put(fixture, "tracks:\n"
                 "  - {name: a, migrations: a, table: a}\n"
                 "  - {name: b, migrations: \"${USER_MIGRATIONS}\", table: b}\n");
    refuse(fixture, NULL, "\"migrations\" takes ${USER_MIGRATIONS}, and that variable is not set",
           NULL);
    put(fixture, "tracks:\n  - {name: a, optional: perhaps}\n");
    refuse(fixture, NULL, "\"optional\" is true or false, not \"perhaps\"", NULL);
}

static void test_one(Fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->input.track = "platform";
    g_autoptr(GPtrArray) named = load(fixture, NULL);
    g_assert_cmpuint(named->len, ==, 1);
    g_assert_cmpuint(((const WendConfig *)named->pdata[0])->tracks, ==, 2);
    fixture->input.track = NULL;
    const char *variables[] = {"WEND_TRACK=platform", NULL};
    g_autoptr(GPtrArray) by_variable = load(fixture, variables);
    g_assert_cmpuint(by_variable->len, ==, 1);
    put(fixture, "migrations: m\n");
    g_autoptr(GPtrArray) none = load(fixture, NULL);
    g_assert_cmpuint(none->len, ==, 1);
    g_assert_cmpstr(((const WendConfig *)none->pdata[0])->track, ==, "main");
    g_assert_cmpuint(((const WendConfig *)none->pdata[0])->tracks, ==, 1);
}

static void test_of_one_track(Fixture *fixture, gconstpointer data)
{
    (void)data;
    const char *hint = "say which with --track, for example --track app";
    fixture->input.migrations = "m";
    refuse(fixture, NULL, "--migrations is for one track, and FOLDER/wend.yaml has 2", hint);
    fixture->input.track = "app";
    g_autoptr(GPtrArray) named = load(fixture, NULL);
    g_assert_cmpstr(((const WendConfig *)named->pdata[0])->migrations, ==, "m");
    fixture->input.track = fixture->input.migrations = NULL;
    const char *variables[] = {"WEND_FORMAT=wend", NULL};
    refuse(fixture, variables, "WEND_FORMAT is for one track, and FOLDER/wend.yaml has 2", hint);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
    g_test_add("/core/config/tracks/" path, Fixture, NULL, set_up, function, tear_down)
    ADD("all", test_all);
    ADD("optional", test_optional);
    ADD("not_optional", test_not_optional);
    ADD("one", test_one);
    ADD("of_one_track", test_of_one_track);
    return g_test_run();
}
