/* SPDX-License-Identifier: MIT
 *
 * What the host programs here share: databases of a test's own on the servers of tests/server/with, and
 * migrations that are built in.
 */
#ifndef WEND_TEST_HOST_H
#define WEND_TEST_HOST_H

#include <glib.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <sqlite3.h>
#include <wend.h>

typedef enum HostKind { HOST_SQLITE, HOST_POSTGRES, HOST_MARIADB, HOST_KINDS } HostKind;

#define BUILT_IN(name, text)                                                                       \
    {                                                                                              \
        name, text, sizeof text - 1                                                                \
    }

/* The URL of a new, empty database. Caller frees. */
char *host_database(HostKind kind);
/* A connection to it, as a host opens it: PGconn *, sqlite3 * or MYSQL *. Ended by host_disconnect(). */
void *host_connect(HostKind kind, const char *url);
void host_disconnect(HostKind kind, void *connection);
/* Runs one statement; the first column of the first row, "" when there is none. Caller frees. */
char *host_ask(HostKind kind, void *connection, const char *sql);
/* The same, compared. */
#define host_assert(kind, connection, sql, expected)                                               \
    do {                                                                                           \
        g_autofree char *host_is = host_ask(kind, connection, sql);                                \
        g_assert_cmpstr(host_is, ==, expected);                                                    \
    } while (0)

/* Fails with its whole text when there is an error. */
void host_assert_done(bool ok, WendError *error);
/* Fails unless it is one of that code whose message holds `words`; clears it. */
void host_assert_failed(bool ok, WendError *error, WendCode code, const char *words);

#endif
