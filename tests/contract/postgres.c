/* SPDX-License-Identifier: MIT
 *
 * PostgreSQL in the contract suite: a server of its own, and a database per test.
 */
#include "contract.h"
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

static char *server; /* URL of its first database */
static guint databases;

/* pg_dump refuses a server that is newer than itself. */
static void know_server(void)
{
    PGconn *pg = PQconnectdb(server);
    int server_major = PQserverVersion(pg) / 10000, dump_major = 0;
    PQfinish(pg);
    g_autofree char *said = NULL;
    if (g_spawn_command_line_sync("pg_dump --version", &said, NULL, NULL, NULL))
        sscanf(said, "pg_dump (PostgreSQL) %d", &dump_major);
    contract_target.dump_wanted = "at least as new as the server";
    contract_target.backs_up = dump_major >= server_major;
    if (server_major < 14)
        contract_target.too_new = "ALTER TABLE items DETACH PARTITION part CONCURRENTLY";
}

static bool start(void)
{
    server = server_start("postgres");
    if (server != NULL)
        know_server();
    return server != NULL;
}

static void stop(void)
{
    server_stop();
    g_free(server);
}

static void ask(const char *sql)
{
    PGconn *pg = PQconnectdb(server);
    PGresult *result = PQexec(pg, sql);
    g_assert_cmpstr(PQresultErrorMessage(result), ==, "");
    PQclear(result);
    PQfinish(pg);
}

static char *fresh(void)
{
    g_autofree char *name = g_strdup_printf("bench%u", ++databases);
    g_autofree char *sql = g_strdup_printf("CREATE DATABASE %s", name);
    ask(sql);
    return server_database(server, name);
}

static void discard(const char *url)
{
    g_autofree char *sql =
        g_strdup_printf("DROP DATABASE IF EXISTS %s WITH (FORCE)", strrchr(url, '/') + 1);
    ask(sql);
}

static char *missing(const char *url)
{
    (void)url;
    return server_database(server, "not_yet");
}

static char *unreachable(const char *url)
{
    (void)url;
    return g_strdup("postgres://nobody@127.0.0.1:1/shop");
}

static char *read_only(const char *url)
{
    return g_strdup_printf("%s?options=-c%%20default_transaction_read_only%%3Don", url);
}

/* Every advisory lock of the database goes with its session, which is gone when its process is. */
static void steal_lock(const char *url)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT l.pid, pg_terminate_backend(l.pid) FROM pg_locks l "
                        "JOIN pg_database d ON d.oid = l.database "
                        "WHERE l.locktype = 'advisory' AND d.datname = '%s'",
                        strrchr(url, '/') + 1);
    PGconn *pg = PQconnectdb(server);
    PGresult *result = PQexec(pg, sql);
    g_assert_cmpstr(PQresultErrorMessage(result), ==, "");
    for (int i = 0; i < PQntuples(result); i++) {
        pid_t victim = atoi(PQgetvalue(result, i, 0));
        while (kill(victim, 0) == 0 || errno == EPERM)
            g_usleep(1000);
    }
    PQclear(result);
    PQfinish(pg);
}

static char *client(const char *url, const char *file)
{
    g_autofree char *program = g_find_program_in_path("psql");
    if (program == NULL)
        return NULL;
    g_autofree char *quoted = g_shell_quote(file);
    return g_strdup_printf("psql -Xq -o /dev/null -d '%s' -f %s", url, quoted);
}

#define ORDINARY   WEND_CLASS_ORDINARY
#define REPEATABLE WEND_CLASS_REPEATABLE
#define OBSERVABLE WEND_CLASS_OBSERVABLE

static const ContractSample samples[] = {
    {"VACUUM", REPEATABLE, false, false, "VACUUM"},
    {"VACUUM (FULL) items", REPEATABLE, false, false, "VACUUM"},
    {"ALTER SYSTEM SET work_mem = '5MB'", REPEATABLE, false, false, "ALTER SYSTEM"},
    {"CLUSTER", REPEATABLE, false, false, "CLUSTER"},
    {"CLUSTER items", ORDINARY, false, false, NULL},
    {"CREATE INDEX CONCURRENTLY i ON items (name)", OBSERVABLE, false, false,
     "CREATE INDEX CONCURRENTLY"},
    {"create /* a */ unique index -- b\n concurrently on items (name)", OBSERVABLE, false, false,
     "CREATE INDEX CONCURRENTLY"},
    {"CREATE INDEX concurrently_not ON items (name)", ORDINARY, false, false, NULL},
    {"CREATE INDEX \"CONCURRENTLY\" ON items (name)", ORDINARY, false, false, NULL},
    {"DROP INDEX CONCURRENTLY IF EXISTS i", OBSERVABLE, false, false, "DROP INDEX CONCURRENTLY"},
    {"REINDEX TABLE CONCURRENTLY items", OBSERVABLE, false, false, "REINDEX CONCURRENTLY"},
    {"REINDEX (CONCURRENTLY) TABLE items", OBSERVABLE, false, false, "REINDEX CONCURRENTLY"},
    {"REINDEX TABLE items", ORDINARY, false, false, NULL},
    {"CREATE DATABASE other", OBSERVABLE, false, false, "CREATE DATABASE"},
    {"ALTER TABLE a DETACH PARTITION b CONCURRENTLY", OBSERVABLE, false, false,
     "DETACH PARTITION CONCURRENTLY"},
    {"ALTER TABLE a DETACH PARTITION b", ORDINARY, false, false, NULL},
    {"ALTER TYPE mood ADD VALUE 'fair'", ORDINARY, false, false, NULL},
    {"SET search_path = other", ORDINARY, true, false, NULL},
    {"SET LOCAL search_path = other", ORDINARY, false, false, NULL},
    {"SELECT pg_catalog.set_config('search_path', '', false)", ORDINARY, true, false, NULL},
    {"RESET ROLE", ORDINARY, true, false, NULL},
    {"CREATE TEMP TABLE scrap (id integer)", ORDINARY, false, true, NULL},
    {"CREATE TABLE items (id integer)", ORDINARY, false, false, NULL},
    {"DO $$ BEGIN PERFORM 1; END $$", ORDINARY, false, false, "DO"},
    {"DO $x$ BEGIN INSERT INTO items VALUES (1); COMMIT; END $x$", WEND_CLASS_OPAQUE, false, false,
     "DO"},
    {"DO $$ BEGIN RAISE NOTICE 'COMMIT'; END $$", ORDINARY, false, false, "DO"},
    {"SELECT 'pg_advisory_unlock_all()' -- pg_advisory_unlock_all", ORDINARY, false, false, NULL},
    {"START TRANSACTION ISOLATION LEVEL SERIALIZABLE", WEND_CLASS_BEGIN, false, false, "BEGIN"},
    {"END", WEND_CLASS_COMMIT, false, false, "COMMIT"},
    {"ROLLBACK TO SAVEPOINT mine", ORDINARY, false, false, NULL},
    {"\\restrict abc", WEND_CLASS_NOTHING, false, false, NULL},
    {"\\set ON_ERROR_STOP on", WEND_CLASS_NOTHING, false, false, NULL},
    {NULL, ORDINARY, false, false, NULL},
};

static const char *const refused[] = {
    "ROLLBACK",
    "rollback transaction",
    "ABORT",
    "PREPARE TRANSACTION 'x'",
    "COMMIT PREPARED 'x'",
    "DISCARD ALL",
    "SELECT pg_advisory_unlock_all()",
    "SELECT pg_catalog.pg_advisory_unlock_all()",
    "DO $$ BEGIN PERFORM Pg_advisory_unlock_all(); END $$",
    "\\i other.sql",
    "\\copy items from 'x'",
    "\\connect other",
    NULL,
};

ContractTarget contract_target = {
    .name = "postgres",
    .start = start,
    .stop = stop,
    .fresh = fresh,
    .discard = discard,
    .missing = missing,
    .unreachable = unreachable,
    .read_only = read_only,
    .nonsense = "postgres://host/shop?sideways=1",
    .secret_url = "postgres://ann:s3cret@127.0.0.1:1/shop?connect_timeout=1",
    .secret = "s3cret",
    .create_schema = "CREATE SCHEMA other",
    .ddl_transactional = true,
    .malformed_offset = 9,
    .slow = "SELECT pg_sleep(600)",
    .slowish = "SELECT pg_sleep(0.2)",
    .repeatable = "VACUUM",
    .repeatable_failing = "VACUUM nowhere_at_all",
    .opaque = "DO $$ BEGIN PERFORM 1; COMMIT; END $$",
    .whole_segments = true,
    .observable = "CREATE INDEX CONCURRENTLY items_name ON items (name)",
    .observable_failing = "CREATE UNIQUE INDEX CONCURRENTLY items_name ON items (name)",
    .shows_now = "to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
    .ends = "CREATE TYPE mood AS ENUM ('good');\nALTER TYPE mood ADD VALUE 'bad';\n"
            "CREATE TABLE moods (mood mood NOT NULL DEFAULT 'bad');\nINSERT INTO moods VALUES "
            "('bad');\n",
    .setting = "SET work_mem = '77MB'",
    .setting_read = "current_setting('work_mem')",
    .setting_value = "77MB",
    .setting_again = "SET work_mem = '88MB'",
    .setting_again_value = "88MB",
    .batch = "UPDATE items SET name = 'new' WHERE id IN "
             "(SELECT id FROM items WHERE name = 'old' ORDER BY id LIMIT :size)",
    .batch_keyed = "UPDATE items SET name = 'new' WHERE id IN (SELECT id FROM items "
                   "WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size) RETURNING id",
    .tells_busy = true,
    .steal_lock = steal_lock,
    .stolen = WEND_CONNECT,
    .client = client,
    .samples = samples,
    .refused = refused,
};
