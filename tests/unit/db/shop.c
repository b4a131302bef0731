/* SPDX-License-Identifier: MIT
 *
 * A database file with two connections for the SQLite driver's tests. See shop.h.
 */
#include "shop.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

Shop *shop_new(const char *parameters)
{
    Shop *shop = g_new0(Shop, 1);
    g_auto(WendError) error = WEND_ERROR_INIT;
    shop->folder = g_dir_make_tmp("wend-shop-XXXXXX", NULL);
    g_assert_nonnull(shop->folder);
    shop->path = shop_file(shop, "shop.db");
    shop->driver = wend_driver_for("sqlite:", &error);
    g_assert_nonnull(shop->driver);
    if (parameters != NULL)
        shop_reopen(shop, parameters, 0);
    return shop;
}

static int remove_one(const char *path, G_GNUC_UNUSED const struct stat *info,
                      G_GNUC_UNUSED int kind, G_GNUC_UNUSED struct FTW *where)
{
    return remove(path);
}

void shop_free(Shop *shop)
{
    if (shop == NULL)
        return;
    shop->driver->close(shop->connection);
    sqlite3_close(shop->app);
    g_assert_cmpint(nftw(shop->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(shop->folder);
    g_free(shop->path);
    g_free(shop->wait_text);
    g_free(shop);
}

char *shop_file(const Shop *shop, const char *name)
{
    return g_build_filename(shop->folder, name, NULL);
}

static void on_waiting(G_GNUC_UNUSED WendWaiting kind, G_GNUC_UNUSED const WendWho *holder,
                       const char *text, G_GNUC_UNUSED gint64 waited_ms, void *data)
{
    Shop *shop = data;
    shop->waits++;
    g_free(shop->wait_text);
    shop->wait_text = g_strdup(text);
}

WendConnection *shop_open(Shop *shop, const char *url, gint64 lock_ms, WendError *error)
{
    WendConnect connect = {
        .url = url,
        .create = WEND_CREATE_FILE,
        .lock_timeout_ms = lock_ms,
        .watch = {.waiting = on_waiting, .data = shop, .interrupts = &shop->interrupts},
    };
    return shop->driver->open(&connect, error);
}

void shop_reopen(Shop *shop, const char *parameters, gint64 lock_ms)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = g_strdup_printf("sqlite:%s%s", shop->path, parameters);
    shop->driver->close(shop->connection);
    shop->connection = shop_open(shop, url, lock_ms, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    if (strstr(parameters, "mode=ro") == NULL)
        assert_done(shop->driver->writable(shop->connection, &error));
    if (shop->app == NULL)
        g_assert_cmpint(sqlite3_open(shop->path, &shop->app), ==, SQLITE_OK);
}

void shop_sql(const Shop *shop, const char *sql)
{
    if (sqlite3_exec(shop->app, sql, NULL, NULL, NULL) != SQLITE_OK)
        g_assert_cmpstr(sqlite3_errmsg(shop->app), ==, "no error");
}

static int add_columns(void *data, int count, char **values, G_GNUC_UNUSED char **names)
{
    GString *text = data;
    for (int i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "|" : "",
                               values[i] != NULL ? values[i] : "NULL");
    g_string_append_c(text, '\n');
    return 0;
}

char *handle_look(sqlite3 *handle, const char *sql)
{
    GString *text = g_string_new(NULL);
    if (sqlite3_exec(handle, sql, add_columns, text, NULL) != SQLITE_OK)
        g_assert_cmpstr(sqlite3_errmsg(handle), ==, "no error");
    return g_string_free(text, FALSE);
}

char *shop_look(const Shop *shop, const char *sql)
{
    return handle_look(shop->app, sql);
}

static bool add_row(const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    return add_columns(data, (int)row->count, (char **)row->values, NULL) == 0;
}

char *driver_look(WendConnection *connection, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendQuery) query = wend_query_new(sql);
    GString *text = g_string_new(NULL);
    bool ok = connection->driver->query(connection, query, add_row, text, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_true(ok);
    return g_string_free(text, FALSE);
}

/* --- steps --- */

typedef struct Statements {
    GArray *lifted, *pieces;
} Statements;

static void sort_statements(WendConnection *connection, const char *const *sql, Statements *sorted)
{
    for (guint i = 0; sql[i] != NULL; i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendClassified classified;
        assert_done(connection->driver->classify(sql[i], strlen(sql[i]), &classified, &error));
        WendPiece piece = {.text = sql[i],
                           .length = strlen(sql[i]),
                           .number = i + 1,
                           .class = classified.class,
                           .session = classified.session,
                           .temporary = classified.temporary};
        g_array_append_val(classified.class == WEND_CLASS_LIFTED ? sorted->lifted : sorted->pieces,
                           piece);
    }
}

static bool run_pieces(WendConnection *connection, WendJoin join, const GArray *pieces,
                       WendWorked *worked, WendError *error)
{
    const WendDriver *driver = connection->driver;
    for (guint i = 0; i < pieces->len;) {
        const WendPiece *first = &g_array_index(pieces, WendPiece, i);
        guint end = i + 1;
        bool ok;
        if (first->class != WEND_CLASS_ORDINARY) {
            ok = driver->alone(connection, NULL, first, worked, error);
        } else {
            while (end < pieces->len &&
                   g_array_index(pieces, WendPiece, end).class == WEND_CLASS_ORDINARY)
                end++;
            WendWork work = {
                .pieces = first, .count = end - i, .join = join, .last = end == pieces->len};
            ok = driver->transact(connection, &work, worked, error);
        }
        if (!ok)
            return false;
        i = end;
    }
    return true;
}

bool driver_step(WendConnection *connection, WendJoin join, const char *const *sql,
                 WendWorked *worked, WendError *error)
{
    WendWorked own;
    Statements sorted = {g_array_new(FALSE, FALSE, sizeof(WendPiece)),
                         g_array_new(FALSE, FALSE, sizeof(WendPiece))};
    sort_statements(connection, sql, &sorted);
    WendStepSetup setup = {.lifted = (const WendPiece *)(void *)sorted.lifted->data,
                           .lifted_count = sorted.lifted->len,
                           .lock_timeout_ms = -1,
                           .statement_timeout_ms = -1};
    bool ok = connection->driver->begin_step(connection, &setup, error);
    if (ok) {
        ok = run_pieces(connection, join, sorted.pieces, worked != NULL ? worked : &own, error);
        connection->driver->end_step(connection);
    }
    g_array_unref(sorted.lifted);
    g_array_unref(sorted.pieces);
    return ok;
}

/* --- whole runs --- */

void shop_migration(const Shop *shop, const char *name, const char *text)
{
    g_autofree char *folder = shop_file(shop, "migrations");
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_mkdir(folder, 0700);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

bool shop_up(Shop *shop, const char *parameters, WendMoved *moved, WendError *error)
{
    g_autofree char *url = g_strdup_printf("sqlite:%s%s", shop->path, parameters);
    g_autofree char *folder = shop_file(shop, "migrations");
    g_autofree char *border = shop_file(shop, ".git");
    g_mkdir(border, 0700);
    WendConfigInput input = {.directory = shop->folder, .database = url, .migrations = folder};
    g_autoptr(WendConfig) config = wend_config_load(&input, error);
    g_autoptr(WendProject) project = config != NULL ? wend_project_new(config, error) : NULL;
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    WendWatch watch = {.interrupts = &shop->interrupts};
    return project != NULL && wend_project_scan(project, error) &&
           wend_project_connect(project, WEND_CREATE_FILE, &watch, NULL, error) &&
           wend_move_run(project, &move, moved, error);
}

bool shop_has(WendConnection *connection, const char *table)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const names[] = {table, NULL};
    WendOwnTable found = {0};
    assert_done(connection->driver->find_tables(connection, names, &found, &error));
    bool exists = found.exists;
    wend_own_table_clear(&found);
    return exists;
}
