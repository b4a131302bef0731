/* SPDX-License-Identifier: MIT
 *
 * A host program's own PGconn, lent to wend for a run: it is given back as it was.
 */
#include "db/driver.h"

#include "../../contract/server.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

extern const WendDriver wend_driver_postgres;

static char *server;

static char *ask(PGconn *pg, const char *sql)
{
    PGresult *result = PQexec(pg, sql);
    g_assert_cmpstr(PQresultErrorMessage(result), ==, "");
    char *value = PQntuples(result) > 0 ? g_strdup(PQgetvalue(result, 0, 0)) : NULL;
    PQclear(result);
    return value;
}

static void tell(PGconn *pg, const char *sql)
{
    g_free(ask(pg, sql));
}

static WendConnection *lend(PGconn *pg, WendError *error)
{
    WendConnect connect = {.url = "postgres:", .handle = pg, .lock_timeout_ms = 1000};
    return wend_driver_postgres.open(&connect, error);
}

static void run(WendConnection *connection, const char *first, const char *second, bool ok)
{
    const WendDriver *driver = &wend_driver_postgres;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = -1};
    WendPiece pieces[2] = {{.text = first, .length = strlen(first), .number = 1},
                           {.text = second, .length = strlen(second), .number = 2}};
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        WendClassified classified;
        g_assert_true(driver->classify(pieces[i].text, pieces[i].length, &classified, &error));
        pieces[i].session = classified.session;
        pieces[i].temporary = classified.temporary;
    }
    WendWork work = {.pieces = pieces, .count = 2, .last = true};
    WendWorked worked;
    g_assert_true(driver->begin_step(connection, &setup, &error));
    g_assert_cmpint(driver->transact(connection, &work, &worked, &error), ==, ok);
    driver->end_step(connection);
    g_free(worked.cursor);
}

static void test_given_back(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    PGconn *pg = PQconnectdb(server);
    tell(pg, "SET work_mem = '9MB'");
    tell(pg, "SET search_path = public, pg_temp");
    tell(pg, "CREATE TEMP TABLE mine (x integer)");
    tell(pg, "PREPARE stays AS SELECT 5");
    WendConnection *connection = lend(pg, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_true(wend_driver_postgres.writable(connection, &error));
    g_assert_true(wend_driver_postgres.lock(connection, "public.wend_journal", &error));
    run(connection, "SET work_mem = '77MB'", "CREATE TABLE IF NOT EXISTS lent (x integer)", true);
    run(connection, "SET work_mem = '78MB'", "SELECT * FROM nowhere_at_all", false);
    wend_driver_postgres.unlock(connection);
    wend_driver_postgres.close(connection);
    g_autofree char *memory = ask(pg, "SHOW work_mem");
    g_autofree char *path = ask(pg, "SHOW search_path");
    g_autofree char *mine = ask(pg, "SELECT count(*) FROM mine");
    g_autofree char *stays = ask(pg, "EXECUTE stays");
    g_autofree char *locks = ask(pg, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
    g_assert_cmpstr(memory, ==, "9MB");
    g_assert_cmpstr(path, ==, "public, pg_temp");
    g_assert_cmpstr(mine, ==, "0");
    g_assert_cmpstr(stays, ==, "5");
    g_assert_cmpstr(locks, ==, "0");
    PQfinish(pg);
}

/* A transaction of the host's is not wend's to end. */
static void test_in_transaction(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    PGconn *pg = PQconnectdb(server);
    tell(pg, "BEGIN");
    g_assert_null(lend(pg, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpint(PQtransactionStatus(pg), ==, PQTRANS_INTRANS);
    tell(pg, "COMMIT");
    WendConnection *connection = lend(pg, NULL);
    g_assert_nonnull(connection);
    tell(pg, "BEGIN");
    wend_driver_postgres.close(connection);
    g_assert_cmpint(PQtransactionStatus(pg), ==, PQTRANS_INTRANS);
    PQfinish(pg);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server = server_start("postgres");
    if (server == NULL) {
        printf("1..0 # SKIP no postgres here\n");
        return 0;
    }
    g_test_add_func("/db/postgres/handle/given-back", test_given_back);
    g_test_add_func("/db/postgres/handle/in-transaction", test_in_transaction);
    int code = g_test_run();
    server_stop();
    g_free(server);
    return code;
}
