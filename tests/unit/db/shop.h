/* SPDX-License-Identifier: MIT
 *
 * For the tests of the SQLite driver: a database file in a folder of its own, the driver's
 * connection to it, and beside it an application's, which knows nothing of wend.
 */
#ifndef WEND_TEST_SHOP_H
#define WEND_TEST_SHOP_H

#include "db/sqlite/sqlite.h"

#include "core/runner.h"

typedef struct Shop {
    char *folder;
    char *path;
    WendConnection *connection; /* NULL until opened */
    const WendDriver *driver;
    sqlite3 *app;
    volatile sig_atomic_t interrupts;
    guint waits; /* how often watch.waiting was called */
    char *wait_text;
} Shop;

/* A folder without a database; `parameters`: behind the path, "" or "?mode=ro" …; NULL = open
 * nothing yet. */
Shop *shop_new(const char *parameters);
void shop_free(Shop *shop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Shop, shop_free)

/* A path in the shop's folder. Caller frees. */
char *shop_file(const Shop *shop, const char *name);

/* Opens `url`, waiting for locks as long as `lock_ms`. NULL on failure. */
WendConnection *shop_open(Shop *shop, const char *url, gint64 lock_ms, WendError *error);
/* Whether wend sees a table of that name. */
bool shop_has(WendConnection *connection, const char *table);
void shop_reopen(Shop *shop, const char *parameters, gint64 lock_ms);

/* The application: runs SQL, and reads one as text: "1|a\n2|NULL\n". Caller frees. */
void shop_sql(const Shop *shop, const char *sql);
char *handle_look(sqlite3 *handle, const char *sql);
char *shop_look(const Shop *shop, const char *sql);
#define assert_app_sees(shop, sql, expected)                                                       \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *seen_ = shop_look(shop, sql);                                             \
        g_assert_cmpstr(seen_, ==, expected);                                                      \
    }                                                                                              \
    G_STMT_END
/* The same through the driver's query(). */
char *driver_look(WendConnection *connection, const char *sql);
#define assert_driver_sees(connection, sql, expected)                                              \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *seen_ = driver_look(connection, sql);                                     \
        g_assert_cmpstr(seen_, ==, expected);                                                      \
    }                                                                                              \
    G_STMT_END

/* Runs statements (NULL-terminated) as one step: lifted ones before, those that cannot run in a
 * transaction alone, the others in one segment between them. */
bool driver_step(WendConnection *connection, WendJoin join, const char *const *sql,
                 WendWorked *worked, WendError *error);
#define STEP(shop, join, worked, ...)                                                              \
    driver_step((shop)->connection, join, (const char *const[]){__VA_ARGS__, NULL}, worked, &error)

/* Writes a file into the folder "migrations" of the shop. */
void shop_migration(const Shop *shop, const char *name, const char *text);
/* `wend up` with these files. */
bool shop_up(Shop *shop, const char *parameters, WendMoved *moved, WendError *error);

#define assert_done(call)                                                                          \
    G_STMT_START                                                                                   \
    {                                                                                              \
        bool done_ = (call);                                                                       \
        g_assert_cmpstr(error.message, ==, NULL);                                                  \
        g_assert_true(done_);                                                                      \
    }                                                                                              \
    G_STMT_END
#define assert_fails(call, wanted)                                                                 \
    G_STMT_START                                                                                   \
    {                                                                                              \
        wend_error_clear(&error);                                                                  \
        g_assert_false(call);                                                                      \
        g_assert_nonnull(error.message);                                                           \
        g_assert_cmpint(error.code, ==, wanted);                                                   \
    }                                                                                              \
    G_STMT_END
/* The message of `error` holds `text`. */
#define assert_says(text)                                                                          \
    G_STMT_START                                                                                   \
    {                                                                                              \
        if (strstr(error.message, text) == NULL)                                                   \
            g_assert_cmpstr(error.message, ==, text);                                              \
    }                                                                                              \
    G_STMT_END

#endif
