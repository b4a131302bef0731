/* SPDX-License-Identifier: MIT
 *
 * For the tests of the MariaDB driver: a server that tests/server starts, a database of its own for each
 * test, the driver's connection to it, and beside it an application's, which knows nothing of wend.
 */
#ifndef WEND_TEST_MARIA_H
#define WEND_TEST_MARIA_H

#include "db/mysql/mysql.h"

typedef struct Maria {
    char *url;
    const WendDriver *driver;
    WendConnection *connection;
    MYSQL *app;
    volatile sig_atomic_t interrupts;
    GString *waits; /* what watch.waiting was told, a line each */
    GString *notices;
} Maria;

/* Runs `test` as main() does: starts the server (script "mariadb" or "galera"), and skips everything where
 * there is none. */
int maria_main(int argc, char **argv, const char *script, void (*add)(void));
void maria_add(const char *path, void (*test)(Maria *maria, gconstpointer data));

/* A connection to the test's database by way of node `node` (0 = the first), waiting `lock_ms`. */
WendConnection *maria_open(Maria *maria, guint node, gint64 lock_ms, gint64 statement_ms);
void maria_reopen(Maria *maria, gint64 lock_ms, gint64 statement_ms);
/* The URL of a node with this query behind it. Caller frees. */
char *maria_url(const Maria *maria, guint node, const char *user, const char *query);
const char *maria_folder(void);
/* One of the server script's verbs, with a node's number where it takes one. */
bool maria_server(const char *verb, const char *node);

void maria_sql(Maria *maria, const char *sql);
/* The rows of a query of the application's: "1|a\n2|NULL\n". Caller frees. */
char *maria_look(Maria *maria, const char *sql);
#define assert_app_sees(maria, sql, expected)                                                      \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *seen_ = maria_look(maria, sql);                                           \
        g_assert_cmpstr(seen_, ==, expected);                                                      \
    }                                                                                              \
    G_STMT_END

/* A statement as a piece, classified. Freed when the test ends. */
WendPiece *maria_piece(Maria *maria, const char *sql);
/* One segment that commits by itself, of these statements. */
bool maria_work(Maria *maria, WendConnection *connection, const char *const *sql, GPtrArray *after,
                WendWorked *worked, WendError *error);
#define WORK(connection, worked, ...)                                                              \
    maria_work(maria, connection, (const char *const[]){__VA_ARGS__, NULL}, NULL, worked, &error)
void maria_begin(WendConnection *connection);
bool maria_alone(Maria *maria, const char *sql, WendWorked *worked, WendError *error);
GThread *maria_interrupt_after(Maria *maria, guint ms);

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
#define assert_says(part)                                                                          \
    G_STMT_START                                                                                   \
    {                                                                                              \
        if (strstr(error.message, part) == NULL)                                                   \
            g_error("\"%s\" does not say \"%s\"", error.message, part);                            \
    }                                                                                              \
    G_STMT_END

#endif
