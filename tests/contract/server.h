/* SPDX-License-Identifier: MIT
 *
 * A real server for a contract target: it lives as long as this process, however that ends.
 */
#ifndef WEND_TEST_SERVER_H
#define WEND_TEST_SERVER_H

#include <glib.h>

/* Starts the server of that name in tests/server and returns its URL, which the caller frees; NULL when
 * it is not installed, or when WEND_TEST_SERVERS, the folder of the scripts, is not set. One at a time. */
char *server_start(const char *name);
void server_stop(void);

/* The URL of a database on it: the last part of `url` is replaced. Caller frees. */
char *server_database(const char *url, const char *name);

#endif
