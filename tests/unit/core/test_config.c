/* SPDX-License-Identifier: MIT
 *
 * The configuration: what wend.yaml and .env may say, which place a setting is taken from, what its
 * relative paths mean, and that what is wrong is reported where it is.
 */
#include "core/config_parse.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each test works in an empty folder of its own, which is the current one. */
typedef struct Folder {
    char *path;
    char *before;
} Folder;

static void folder_make(Folder *folder, gconstpointer data)
{
    (void)data;
    folder->before = g_get_current_dir();
    folder->path = g_dir_make_tmp("wend-config-XXXXXX", NULL);
    g_assert_nonnull(folder->path);
    g_assert_cmpint(g_chdir(folder->path), ==, 0);
    /* The search for wend.yaml ends here. */
    g_assert_cmpint(g_mkdir(".git", 0700), ==, 0);
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

static void folder_remove(Folder *folder, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_chdir(folder->before), ==, 0);
    remove_tree(folder->path);
    g_free(folder->path);
    g_free(folder->before);
}

static void put(const char *path, const char *text)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static WendConfig *load(const WendConfigInput *input)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConfig *config = wend_config_load(input, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_nonnull(config);
    return config;
}

/* Loads what must fail, and checks message and place. */
static void refuse(const WendConfigInput *input, const char *message, guint line, const char *hint)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_null(wend_config_load(input, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, message);
    g_assert_cmpuint(error.line, ==, line);
    if (hint != NULL)
        g_assert_cmpstr(error.hint, ==, hint);
    g_assert_null(wend_config_load(input, NULL));
}

static void test_defaults(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    WendConfigInput input = {0};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_null(config->file);
    g_assert_null(config->root);
    g_assert_null(config->env);
    g_assert_null(config->database);
    g_assert_cmpstr(config->migrations, ==, "migrations");
    g_assert_null(config->schema);
    g_assert_null(config->format);
    g_assert_cmpstr(config->track, ==, "main");
    g_assert_null(config->table);
    g_assert_cmpstr(config->journal, ==, "wend_journal");
    g_assert_cmpstr(config->scripts, ==, "wend_scripts");
    g_assert_true(config->store);
    g_assert_false(config->confirm);
    g_assert_cmpint(config->lock_timeout_ms, ==, -1);
    g_assert_cmpint(config->statement_timeout_ms, ==, 0);
    g_assert_cmpint(config->wait_ms, ==, 0);
    g_assert_cmpuint(config->placeholders->len, ==, 0);

    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_false(wend_config_need_database(config, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_nonnull(strstr(error.hint, "-d URL"));
    g_assert_nonnull(strstr(error.hint, "WEND_DATABASE_URL"));
    g_assert_nonnull(strstr(error.hint, "wend init"));
}

static void test_every_key(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "# all of them\n"
                     "database: postgres://localhost/shop\n"
                     "migrations: db/migrations\n"
                     "schema: db/schema\n"
                     "format: wend\n"
                     "table: app.history\n"
                     "journal: app.journal\n"
                     "scripts: app.scripts\n"
                     "store: none\n"
                     "confirm: yes\n"
                     "lock_timeout: 3s\n"
                     "statement_timeout: 2min\n"
                     "wait: 30\n"
                     "placeholders:\n"
                     "  - name: app_role\n"
                     "    value: shop\n"
                     "  - {name: empty, value: \"\"}\n");
    WendConfigInput input = {0};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_cmpstr(config->file, ==, "wend.yaml");
    g_assert_cmpstr(config->root, ==, ".");
    g_assert_cmpstr(config->database, ==, "postgres://localhost/shop");
    g_assert_cmpstr(config->migrations, ==, "db/migrations");
    g_assert_cmpstr(config->schema, ==, "db/schema");
    g_assert_cmpstr(config->format, ==, "wend");
    g_assert_cmpstr(config->table, ==, "app.history");
    g_assert_cmpstr(config->journal, ==, "app.journal");
    g_assert_cmpstr(config->scripts, ==, "app.scripts");
    g_assert_false(config->store);
    g_assert_true(config->confirm);
    g_assert_cmpint(config->lock_timeout_ms, ==, 3000);
    g_assert_cmpint(config->statement_timeout_ms, ==, 120000);
    g_assert_cmpint(config->wait_ms, ==, 30000);
    g_assert_cmpuint(config->placeholders->len, ==, 2);
    const WendPlaceholder *first = g_ptr_array_index(config->placeholders, 0);
    g_assert_cmpstr(first->name, ==, "app_role");
    g_assert_cmpstr(first->value, ==, "shop");
    g_assert_true(wend_config_need_database(config, NULL));
}

static void test_empty_file(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    static const char *const texts[] = {"",        "\n",   "# nothing\n",  "---\n",
                                        "--- ~\n", "{}\n", "\xef\xbb\xbf", "tracks: []\n"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        put("wend.yaml", texts[i]);
        WendConfigInput input = {0};
        g_autoptr(WendConfig) config = load(&input);
        g_assert_cmpstr(config->file, ==, "wend.yaml");
        g_assert_cmpstr(config->migrations, ==, "migrations");
    }
}

static void test_wrong_files(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    static const struct {
        const char *text;
        guint line, column;
        const char *message, *hint;
    } cases[] = {
        {"databse: x\n", 1, 1, "unknown key \"databse\"", "did you mean \"database\"?"},
        {"\xef\xbb\xbf"
         "databse: x\n",
         1, 1, "unknown key \"databse\"", NULL},
        {"database: x\r\nmigratons: y\r\n", 2, 1, "unknown key \"migratons\"", NULL},
        {"tracks:\n  - name: a\n    confirm: true\n", 3, 5, "unknown key \"confirm\" in a track",
         "the keys are migrations, seeds, format, table, lock_timeout, statement_timeout, "
         "optional, name, callbacks"},
        {"environments:\n  - name: a\n    tracks: []\n", 3, 5,
         "unknown key \"tracks\" in an environment", NULL},
        {"database: x\nwait: 1\ndatabase: y\n", 3, 1,
         "\"database\" stands twice; it is in line 1 already", NULL},
        {"database:\n  - x\n", 2, 3, "\"database\" takes one value, not a list", NULL},
        {"database: {a: b}\n", 1, 11, "\"database\" takes one value, not a section", NULL},
        {"database:\nmigrations: x\n", 1, 10, "\"database\" has no value",
         "give it one, or leave the line out"},
        {"database: \"\"\n", 1, 11, "\"database\" is empty", NULL},
        {"database: \"a\\0b\"\n", 1, 11, "\"database\" holds a NUL character", NULL},
        {"confirm: maybe\n", 1, 10, "\"confirm\" is true or false, not \"maybe\"", NULL},
        {"store: all\n", 1, 8, "\"store\" is none or scripts, not \"all\"", NULL},
        {"wait: soon\n", 1, 7, "\"wait\" is a duration such as 500ms, 5s, 2min or 1h, not \"soon\"",
         NULL},
        {"tracks: main\n", 1, 9, "\"tracks\" is a list", "its entries begin with \"- name: NAME\""},
        {"environments:\n  production:\n    database: x\n", 2, 3, "\"environments\" is a list",
         NULL},
        {"tracks:\n  - main\n", 2, 5, "a track is a section of keys", NULL},
        {"tracks:\n  - migrations: x\n", 2, 5, "a track needs a \"name\"", NULL},
        {"tracks:\n  - name: a b\n", 2, 11, "\"a b\" cannot be the name of a track", NULL},
        {"tracks:\n  - name: a\n    table: x\n  - name: b\n    table: x\n", 5, 12,
         "the history of track \"a\" and the history of track \"b\" have the same table, \"x\"",
         "give one of them another name with \"table:\", \"journal:\" or \"scripts:\""},
        {"tracks:\n  - name: a\n    table: x\n  - name: b\n    table: X\n", 5, 12,
         "the history of track \"a\" and the history of track \"b\" have the same table, \"X\"",
         NULL},
        {"tracks:\n  - name: a\n  - name: b\n", 3, 11,
         "the history of track \"a\" and the history of track \"b\" have the same table, "
         "\"wend_migrations\"",
         NULL},
        {"table: x\ntracks:\n  - name: a\n    table: y\n  - name: b\n    table: ${PATH_HERE}\n"
         "  - name: c\n  - name: d\n",
         8, 11,
         "the history of track \"c\" and the history of track \"d\" have the same table, \"x\"",
         NULL},
        {"tracks:\n  - name: a\n    table: WEND_Scripts\n", 3, 12,
         "the table of scripts and the history of track \"a\" have the same table, "
         "\"WEND_Scripts\"",
         NULL},
        {"journal: a\nscripts: A\n", 2, 10,
         "the journal and the table of scripts have the same table, \"A\"", NULL},
        {"journal: wend_Migrations\n", 1, 10,
         "the journal and the history have the same table, \"wend_migrations\"", NULL},
        {"scripts: ${${X}\n", 1, 10, "\"scripts\" has a ${ that is no ${NAME}", NULL},
        {"table: SQLite_mine\n", 1, 8,
         "the history cannot be the table \"SQLite_mine\": SQLite keeps names that begin with "
         "sqlite_ to itself",
         "give it another name"},
        {"journal: sqlite_journal\n", 1, 10,
         "the journal cannot be the table \"sqlite_journal\": SQLite keeps names that begin with "
         "sqlite_ to itself",
         NULL},
        {"tracks:\n  - name: a\n  - name: a\n    table: x\n", 3, 11,
         "there already is a track \"a\", in line 2", NULL},
        {"placeholders:\n  - name: a\n", 2, 5, "a placeholder needs a \"value\"", NULL},
        {"database: ${X\n", 1, 11, "\"database\" has a ${ that is no ${NAME}",
         "a ${ that is meant as it stands is written $${"},
        {"database: ${1}\n", 1, 11, "\"database\" has a ${ that is no ${NAME}", NULL},
        {"database: a${UNSET_HERE}b\n", 1, 11,
         "\"database\" takes ${UNSET_HERE}, and that variable is not set",
         "set UNSET_HERE in the environment or in a .env beside wend.yaml"},
        {"environments:\n\t- name: x\n", 2, 1, "a tab in front of a key",
         "YAML is indented with spaces only"},
        {"- a\n", 1, 1, "this is no \"key: value\" line", NULL},
        {"just words\n", 1, 1, "this is no \"key: value\" line", NULL},
        {"? [a]\n: b\n", 1, 3, "a key is one word", NULL},
        {"wait: 1\n---\nwait: 2\n", 3, 1, "a second document begins here", NULL},
        {"wait: 1\nx: \"\xff\"\n", 2, 0, "this file is not UTF-8", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        put("wend.yaml", cases[i].text);
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendConfigInput input = {0};
        g_test_message("case %u", i);
        g_assert_null(wend_config_load(&input, &error));
        g_assert_cmpint(error.code, ==, WEND_USAGE);
        g_assert_cmpstr(error.message, ==, cases[i].message);
        g_assert_cmpstr(error.file, ==, "wend.yaml");
        g_assert_cmpuint(error.line, ==, cases[i].line);
        g_assert_cmpuint(error.column, ==, cases[i].column);
        if (cases[i].hint != NULL)
            g_assert_cmpstr(error.hint, ==, cases[i].hint);
    }
}

static void test_syntax_error(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "database: x\ntracks: [a\nwait: 1\n");
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConfigInput input = {0};
    g_assert_null(wend_config_load(&input, &error));
    g_assert_true(g_str_has_prefix(error.message, "this is not YAML: "));
    g_assert_cmpuint(error.line, ==, 3);
    g_assert_nonnull(error.source);
}

/* The source line is shown with the column in bytes. */
static void test_source(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "{format: \"ä\", wat: 1}\n");
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConfigInput input = {0};
    g_assert_null(wend_config_load(&input, &error));
    g_assert_cmpstr(error.source, ==, "{format: \"ä\", wat: 1}");
    g_assert_cmpuint(error.column, ==, strstr(error.source, "wat") - error.source + 1);
}

/* option > environment > environment section > top level > default */
static void test_order(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "database: sqlite:top.db\n"
                     "lock_timeout: 1s\n"
                     "environments:\n"
                     "  - name: production\n"
                     "    database: sqlite:section.db\n"
                     "    confirm: true\n"
                     "    placeholders:\n"
                     "      - {name: a, value: section}\n"
                     "placeholders:\n"
                     "  - {name: a, value: top}\n"
                     "  - {name: b, value: top}\n");
    WendConfigInput input = {0};
    g_autoptr(WendConfig) top = load(&input);
    g_assert_cmpstr(top->database, ==, "sqlite:top.db");
    g_assert_false(top->confirm);

    input.env = "production";
    g_autoptr(WendConfig) section = load(&input);
    g_assert_cmpstr(section->env, ==, "production");
    g_assert_cmpstr(section->database, ==, "sqlite:section.db");
    g_assert_true(section->confirm);
    g_assert_cmpint(section->lock_timeout_ms, ==, 1000);
    g_assert_cmpuint(section->placeholders->len, ==, 2);
    const WendPlaceholder *first = g_ptr_array_index(section->placeholders, 0);
    g_assert_cmpstr(first->value, ==, "section");

    const char *second_name[] = {"DATABASE_URL=sqlite:url.db", "WEND_LOCK_TIMEOUT=2s", NULL};
    input.environ = second_name;
    g_autoptr(WendConfig) url = load(&input);
    g_assert_cmpstr(url->database, ==, "sqlite:url.db");
    g_assert_cmpint(url->lock_timeout_ms, ==, 2000);

    const char *both[] = {"DATABASE_URL=sqlite:url.db", "WEND_DATABASE_URL=sqlite:wend_url.db",
                          "WEND_LOCK_TIMEOUT=2s", NULL};
    input.environ = both;
    g_autoptr(WendConfig) wend_url = load(&input);
    g_assert_cmpstr(wend_url->database, ==, "sqlite:wend_url.db");

    input.database = "sqlite:option.db";
    input.lock_timeout = "3s";
    g_autoptr(WendConfig) option = load(&input);
    g_assert_cmpstr(option->database, ==, "sqlite:option.db");
    g_assert_cmpint(option->lock_timeout_ms, ==, 3000);
}

static void test_variables_of_options(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("other.yaml",
        "environments:\n  - name: e\ntracks:\n  - name: s\n  - {name: t, table: x}\n");
    const char *environment[] = {"WEND_CONFIG=other.yaml",
                                 "WEND_ENV=e",
                                 "WEND_TRACK=t",
                                 "WEND_MIGRATIONS=m",
                                 "WEND_SCHEMA=s.sql",
                                 "WEND_FORMAT=wend",
                                 "WEND_STATEMENT_TIMEOUT=1min",
                                 "WEND_WAIT=5",
                                 "WEND_LOCK_TIMEOUT=",
                                 NULL};
    WendConfigInput input = {.environ = environment};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_cmpstr(config->file, ==, "other.yaml");
    g_assert_cmpstr(config->env, ==, "e");
    g_assert_cmpstr(config->track, ==, "t");
    g_assert_cmpstr(config->table, ==, "x");
    g_assert_cmpstr(config->migrations, ==, "m");
    g_assert_cmpstr(config->schema, ==, "s.sql");
    g_assert_cmpstr(config->format, ==, "wend");
    g_assert_cmpint(config->statement_timeout_ms, ==, 60000);
    g_assert_cmpint(config->wait_ms, ==, 5000);
    g_assert_cmpint(config->lock_timeout_ms, ==, -1);

    const char *wrong[] = {"WEND_WAIT=soon", NULL};
    input.environ = wrong;
    refuse(&input, "WEND_WAIT: \"soon\" is no duration", 0, NULL);
}

static void test_tracks(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "format: wend\n"
                     "tracks:\n"
                     "  - name: shop\n"
                     "    migrations: shop\n"
                     "  - name: system.core-1\n"
                     "    migrations: platform\n"
                     "    table: migrations.system\n"
                     "environments:\n"
                     "  - name: test\n"
                     "    migrations: elsewhere\n");
    WendConfigInput input = {0};
    g_autoptr(WendConfig) first = load(&input);
    g_assert_cmpstr(first->track, ==, "shop");
    g_assert_cmpstr(first->migrations, ==, "shop");
    g_assert_null(first->table);
    g_assert_cmpuint(first->histories->len, ==, 2);
    g_assert_cmpstr(first->histories->pdata[0], ==, "wend_migrations");
    g_assert_cmpstr(first->histories->pdata[1], ==, "migrations.system");

    input.track = "system.core-1";
    input.env = "test";
    g_autoptr(WendConfig) second = load(&input);
    g_assert_cmpstr(second->track, ==, "system.core-1");
    g_assert_cmpstr(second->migrations, ==, "platform");
    g_assert_cmpstr(second->table, ==, "migrations.system");

    input.track = "shpo";
    refuse(&input, "there is no track \"shpo\"", 0,
           "did you mean \"shop\"? There is: shop, system.core-1");
    input.track = "zzz";
    refuse(&input, "there is no track \"zzz\"", 0, "there is: shop, system.core-1");
    input.track = NULL;
    input.env = "production";
    refuse(&input, "there is no environment \"production\"", 0, "there is: test");
}

static void test_names_without_a_file(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    WendConfigInput input = {.env = "production"};
    refuse(&input, "there is no environment \"production\"", 0,
           "environments stand in a wend.yaml, and there is none");
    WendConfigInput track = {.track = "main"};
    g_autoptr(WendConfig) config = load(&track);
    g_assert_cmpstr(config->track, ==, "main");
    track.track = "x";
    refuse(&track, "there is no track \"x\"", 0, "tracks stand in a wend.yaml, and there is none");
    WendConfigInput missing = {.config = "no.yaml"};
    refuse(&missing, "there is no configuration file no.yaml", 0, "wend init writes a wend.yaml");
}

/* Only what is used is expanded: an environment that is not chosen needs no variables. */
static void test_expansion(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "database: postgres://${USER_NAME}@${HOST}/$${x}$5\n"
                     "wait: ${WAIT_HERE}\n"
                     "confirm: ${ASK}\n"
                     "environments:\n"
                     "  - name: production\n"
                     "    database: ${PRODUCTION}\n");
    put(".env", "HOST=from-file\nASK=true\n");
    const char *environment[] = {"USER_NAME=u${HOST}", "WAIT_HERE=7s", NULL};
    WendConfigInput input = {.environ = environment};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_cmpstr(config->database, ==, "postgres://u${HOST}@from-file/${x}$5");
    g_assert_cmpint(config->wait_ms, ==, 7000);
    g_assert_true(config->confirm);

    input.env = "production";
    refuse(&input, "\"database\" takes ${PRODUCTION}, and that variable is not set", 6, NULL);
    input.database = "sqlite:x.db";
    g_autoptr(WendConfig) option = load(&input);
    g_assert_cmpstr(option->database, ==, "sqlite:x.db");

    const char *wrong[] = {"USER_NAME=u", "WAIT_HERE=soon", NULL};
    WendConfigInput bad = {.environ = wrong};
    refuse(&bad, "\"wait\" is a duration such as 500ms, 5s, 2min or 1h, not \"soon\"", 2, NULL);
    const char *empty[] = {"USER_NAME=u", "WAIT_HERE=1s", "ASK=", NULL};
    bad.environ = empty;
    refuse(&bad, "\"confirm\" is empty", 3, NULL);
}

static void test_paths_below(Folder *folder, gconstpointer data)
{
    (void)data;
    put("wend.yaml", "database: sqlite:shop.db?mode=rw\nmigrations: ./db/m\nschema: /abs\n");
    g_mkdir_with_parents("sub/sub", 0700);
    g_assert_cmpint(g_chdir("sub/sub"), ==, 0);
    WendConfigInput input = {0};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_cmpstr(config->file, ==, "../../wend.yaml");
    g_assert_cmpstr(config->root, ==, "../..");
    g_assert_cmpstr(config->database, ==, "sqlite:../../shop.db?mode=rw");
    g_assert_cmpstr(config->migrations, ==, "../../db/m");
    g_assert_cmpstr(config->schema, ==, "/abs");

    const char *environment[] = {"WEND_MIGRATIONS=here", NULL};
    WendConfigInput given = {.environ = environment, .database = "sqlite:here.db"};
    g_autoptr(WendConfig) option = load(&given);
    g_assert_cmpstr(option->database, ==, "sqlite:here.db");
    g_assert_cmpstr(option->migrations, ==, "here");

    /* What .env says is taken against the folder of .env. */
    put("../../.env", "DATABASE_URL=sqlite:env.db\nWEND_SCHEMA=s\n");
    g_autoptr(WendConfig) dotenv = load(&input);
    g_assert_cmpstr(dotenv->database, ==, "sqlite:../../env.db");
    g_assert_cmpstr(dotenv->schema, ==, "../../s");

    g_autofree char *directory = g_build_filename(folder->path, "sub", NULL);
    WendConfigInput elsewhere = {.directory = directory};
    g_autoptr(WendConfig) absolute = load(&elsewhere);
    g_autofree char *file = g_build_filename(folder->path, "wend.yaml", NULL);
    g_assert_cmpstr(absolute->file, ==, file);
}

static void test_sqlite_urls(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    static const struct {
        const char *written, *meant;
    } cases[] = {
        {"sqlite:shop.db", "sqlite:a%25 b/shop.db"},
        {"sqlite://shop.db", "sqlite:a%25 b/shop.db"},
        {"sqlite3:./x%20y.db?mode=ro", "sqlite3:a%25 b/./x%20y.db?mode=ro"},
        {"sqlite:/shop.db", "sqlite:/shop.db"},
        {"sqlite:///shop.db", "sqlite:///shop.db"},
        {"sqlite::memory:", "sqlite::memory:"},
        {"sqlite:", "sqlite:"},
        {"sqlitex:shop.db", "sqlitex:shop.db"},
        {"postgres://h/shop.db", "postgres://h/shop.db"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("database: '%s'\n", cases[i].written);
        put("a% b/wend.yaml", text);
        WendConfigInput input = {.config = "a% b/wend.yaml"};
        g_autoptr(WendConfig) config = load(&input);
        g_assert_cmpstr(config->database, ==, cases[i].meant);
        g_assert_cmpstr(config->migrations, ==, "a% b/migrations");
    }
}

static void test_search_ends(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put("wend.yaml", "database: sqlite:x.db\n");
    g_mkdir_with_parents("project/.git", 0700);
    g_mkdir_with_parents("project/sub", 0700);
    g_assert_cmpint(g_chdir("project/sub"), ==, 0);
    WendConfigInput input = {0};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_null(config->file);
    g_assert_cmpstr(config->migrations, ==, "migrations");
}

static void test_dotenv(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    put(".env", "\xef\xbb\xbf# comment\r\n"
                "\r\n"
                "PLAIN=a b # behind\r\n"
                "HASH=a#b\r\n"
                "  export\tEXPORTED = x\r\n"
                "SINGLE='a \\n \"b\" # c' # behind\r\n"
                "DOUBLE=\"a\\n\\\"b\\\" \\$ \\x\"\r\n"
                "LINES=\"one\r\ntwo\"\n"
                "EMPTY=\n"
                "REAL=file\n"
                "TWICE=1\n"
                "TWICE=2\n"
                "exportx=1\n"
                "LAST=end");
    const char *environment[] = {"REAL=environment", NULL};
    WendConfigInput input = {.environ = environment};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_cmpstr(wend_config_variable(config, "PLAIN"), ==, "a b");
    g_assert_cmpstr(wend_config_variable(config, "HASH"), ==, "a#b");
    g_assert_cmpstr(wend_config_variable(config, "EXPORTED"), ==, "x");
    g_assert_cmpstr(wend_config_variable(config, "SINGLE"), ==, "a \\n \"b\" # c");
    g_assert_cmpstr(wend_config_variable(config, "DOUBLE"), ==, "a\n\"b\" $ \\x");
    g_assert_cmpstr(wend_config_variable(config, "LINES"), ==, "one\ntwo");
    g_assert_cmpstr(wend_config_variable(config, "EMPTY"), ==, "");
    g_assert_cmpstr(wend_config_variable(config, "REAL"), ==, "environment");
    g_assert_cmpstr(wend_config_variable(config, "TWICE"), ==, "2");
    g_assert_cmpstr(wend_config_variable(config, "exportx"), ==, "1");
    g_assert_cmpstr(wend_config_variable(config, "LAST"), ==, "end");
    g_assert_null(wend_config_variable(config, "NONE"));
}

static void test_wrong_dotenv(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    static const struct {
        const char *text;
        guint line;
        const char *message;
    } cases[] = {
        {"A=1\nB\n", 2, "this line is not KEY=VALUE"},
        {"\n\n1A=1\n", 3, "this line is not KEY=VALUE"},
        {"export A\n", 1, "this line is not KEY=VALUE"},
        {"A=1\nB=\"x\nC=2\n", 2, "a quote is not closed"},
        {"A='x'y\n", 1, "something stands behind the closing quote"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        put(".env", cases[i].text);
        WendConfigInput input = {0};
        refuse(&input, cases[i].message, cases[i].line, NULL);
    }
    /* A Python environment may have that name. */
    g_assert_cmpint(g_remove(".env"), ==, 0);
    g_assert_cmpint(g_mkdir(".env", 0700), ==, 0);
    WendConfigInput input = {0};
    g_autoptr(WendConfig) config = load(&input);
    g_assert_nonnull(config);
}

/* What can never be read is an error at once, and no wait. */
static void test_no_files(Folder *folder, gconstpointer data)
{
    (void)folder, (void)data;
    WendConfigInput input = {0}, here = {.config = "."}, slash = {.config = "./"};
    refuse(&here, "the configuration file . is a folder", 0,
           "name a file, for example -c ./wend.yaml");
    refuse(&slash, "the configuration file ./ is a folder", 0,
           "name a file, for example -c ./wend.yaml");
    g_assert_cmpint(mkfifo("wend.yaml", 0600), ==, 0);
    refuse(&input, "wend.yaml is no regular file", 0, "put a plain text file in its place");
    g_assert_cmpint(g_remove("wend.yaml"), ==, 0);
    g_assert_cmpint(symlink("wend.yaml", "wend.yaml"), ==, 0);
    refuse(&input, "wend.yaml cannot be read: Too many levels of symbolic links", 0,
           "the symbolic links lead in a circle: put the file itself in their place");
    g_assert_cmpint(g_remove("wend.yaml"), ==, 0);
    g_assert_cmpint(symlink("nowhere", "wend.yaml"), ==, 0);
    refuse(&input, "wend.yaml is a symbolic link to nowhere, which is not there", 0,
           "restore what it points to, or remove the link");
    g_assert_cmpint(g_remove("wend.yaml"), ==, 0);
    g_assert_cmpint(mkfifo(".env", 0600), ==, 0);
    refuse(&input, ".env is no regular file", 0, "put a plain text file in its place");
    g_assert_cmpint(g_remove(".env"), ==, 0);
    g_assert_cmpint(symlink("/proc/self/mem", ".env"), ==, 0);
    refuse(&input, ".env cannot be read: Input/output error", 0,
           "the disk reports an error: look at the system's log, and restore the file");
    g_assert_cmpint(g_remove(".env"), ==, 0);
    g_assert_cmpint(symlink("/dev/null", ".env"), ==, 0);
    WendConfigInput null = {.config = "/dev/null"};
    g_autoptr(WendConfig) config = load(&null);
    g_autoptr(WendConfig) dotenv = load(&input);
    g_assert_null(dotenv->database);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, function)                                                                       \
    g_test_add("/core/config/" path, Folder, NULL, folder_make, function, folder_remove)
    TEST("defaults", test_defaults);
    TEST("every-key", test_every_key);
    TEST("empty-file", test_empty_file);
    TEST("wrong-files", test_wrong_files);
    TEST("syntax-error", test_syntax_error);
    TEST("source", test_source);
    TEST("order", test_order);
    TEST("variables-of-options", test_variables_of_options);
    TEST("tracks", test_tracks);
    TEST("names-without-a-file", test_names_without_a_file);
    TEST("expansion", test_expansion);
    TEST("paths-below", test_paths_below);
    TEST("sqlite-urls", test_sqlite_urls);
    TEST("search-ends", test_search_ends);
    TEST("no-files", test_no_files);
    TEST("dotenv", test_dotenv);
    TEST("wrong-dotenv", test_wrong_dotenv);
    return g_test_run();
}
