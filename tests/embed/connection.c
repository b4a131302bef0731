/* SPDX-License-Identifier: MIT
 *
 * A host's own open connection, lent to wend for a run: what it was set to is there again, and it is good for
 * whatever the host does next.
 */
#include "host.h"

#include <string.h>

typedef struct Lent {
    HostKind kind;
    char *url;
    void *connection;
    WendError error;
    GString *heard; /* by the host's own notice processor */
} Lent;

static void lent_make(Lent *lent, gconstpointer data)
{
    lent->kind = GPOINTER_TO_INT(data);
    lent->url = host_database(lent->kind);
    lent->connection = host_connect(lent->kind, lent->url);
    lent->heard = g_string_new(NULL);
}

static void lent_clear(Lent *lent, gconstpointer data)
{
    (void)data;
    host_disconnect(lent->kind, lent->connection);
    wend_error_clear(&lent->error);
    g_string_free(lent->heard, TRUE);
    g_free(lent->url);
}

static void ask(Lent *lent, const char *sql, const char *expected)
{
    host_assert(lent->kind, lent->connection, sql, expected);
}

static WendHandle *lend(Lent *lent, const WendFile *files, size_t count)
{
    static const char *const databases[] = {
        [HOST_SQLITE] = NULL, [HOST_POSTGRES] = "postgres:", [HOST_MARIADB] = "mysql:"};
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = databases[lent->kind];
    options.connection = lent->connection;
    options.files = files;
    options.file_count = count;
    return wend_open(&options, &lent->error);
}

static void up(Lent *lent, const WendFile *files, size_t count)
{
    WendHandle *handle = lend(lent, files, count);
    host_assert_done(handle != NULL && wend_up(handle, NULL, NULL, &lent->error), &lent->error);
    wend_close(handle);
}

static void up_fails(Lent *lent, const WendFile *files, size_t count, WendCode code,
                     const char *words)
{
    WendHandle *handle = lend(lent, files, count);
    bool ok = handle != NULL && wend_up(handle, NULL, NULL, &lent->error);
    host_assert_failed(ok, &lent->error, code, words);
    wend_close(handle);
}

/* --- PostgreSQL --- */

static void hear(void *data, const char *text)
{
    g_string_append(data, text);
}

/* Those of the session; a module that is loaded on the way brings some of its own. */
#define SETTINGS                                                                                   \
    "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE source "  \
    "IN ('session', 'client') AND name NOT LIKE 'plpgsql.%'"

static void test_postgres(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {
        BUILT_IN("1_a.up.sql", "SET work_mem = '9MB';\nSET search_path = other;\nCREATE TABLE a (x "
                               "integer);\nDO $$BEGIN RAISE NOTICE 'by the way'; END$$;"),
        BUILT_IN("1_a.down.sql", "DROP TABLE other.a;"),
        BUILT_IN("2_b.up.sql", "CREATE TABLE b (x text DEFAULT 'gr\xC3\xBC\xC3\x9F \\n');"),
        BUILT_IN("2_b.down.sql", "DROP TABLE b;"),
        BUILT_IN("3_c.up.sql", "-- wend: transaction none\nCREATE INDEX CONCURRENTLY c ON b (x);"),
        BUILT_IN("3_c.down.sql", "DROP INDEX c;"),
    };
    ask(lent, "CREATE SCHEMA mine", "");
    ask(lent, "CREATE SCHEMA other", "");
    ask(lent, "CREATE TABLE other.wend_migrations (bait integer)", "");
    ask(lent, "CREATE TABLE items (n integer)", "");
    ask(lent, "SET search_path = mine, public", "");
    ask(lent, "SET work_mem = '7MB'", "");
    ask(lent, "SET application_name = 'it''s the \"host\"'", "");
    ask(lent, "SET lock_timeout = '77s'", "");
    ask(lent, "SET shop.tenant = 'seven'", "");
    ask(lent, "SET default_transaction_isolation = 'serializable'", "");
    ask(lent, "SET standard_conforming_strings = off", "");
    ask(lent, "SET client_encoding = 'LATIN1'", "");
    ask(lent, "SET DateStyle = 'German'", "");
    ask(lent, "SET TimeZone = 'Asia/Kolkata'", "");
    ask(lent, "SET bytea_output = 'escape'", "");
    ask(lent, "PREPARE mine AS SELECT 'prepared'", "");
    ask(lent, "CREATE TEMPORARY TABLE held AS SELECT 'temporary' AS x", "");
    ask(lent, "DECLARE hand CURSOR WITH HOLD FOR SELECT 'by hand'", "");
    ask(lent, "LISTEN news", "");
    ask(lent, "SELECT pg_advisory_lock(5)", "");
    g_autofree char *before = host_ask(lent->kind, lent->connection, SETTINGS);
    PQsetNoticeProcessor(lent->connection, hear, lent->heard);
    up(lent, files, G_N_ELEMENTS(files));
    ask(lent, SETTINGS, before);
    g_assert_cmpint(PQtransactionStatus(lent->connection), ==, PQTRANS_IDLE);
    g_assert_cmpint(PQisnonblocking(lent->connection), ==, 0);
    g_assert_true(PQsetNoticeProcessor(lent->connection, NULL, NULL) == hear);
    g_assert_nonnull(strstr(lent->heard->str, "by the way"));
    ask(lent, "SHOW shop.tenant", "seven");
    ask(lent, "EXECUTE mine", "prepared");
    ask(lent, "SELECT x FROM held", "temporary");
    ask(lent, "FETCH hand", "by hand");
    ask(lent, "SELECT pg_listening_channels()", "news");
    ask(lent, "SELECT string_agg(objid::text, ' ') FROM pg_locks WHERE locktype = 'advisory'", "5");
    ask(lent,
        "SELECT string_agg(relnamespace::regnamespace::text, ' ' ORDER BY relname) FROM pg_class "
        "WHERE relname IN ('a', 'b', 'wend_journal')",
        "other mine mine");
    ask(lent, "INSERT INTO mine.b DEFAULT VALUES RETURNING x", "gr\xFC\xDF \\n");
    /* There and back once more, on the same connection. */
    WendHandle *handle = lend(lent, files, G_N_ELEMENTS(files));
    host_assert_done(handle != NULL && wend_down(handle, "base", NULL, &lent->error), &lent->error);
    wend_close(handle);
    ask(lent, SETTINGS, before);
    ask(lent, "SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c')", "0");
}

/* The host's role makes the tables, and is its role behind it. */
static void test_postgres_role(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {
        BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);\nSET ROLE host_guest;\nSELECT 1;")};
    ask(lent, "CREATE ROLE host_owner", "");
    ask(lent, "CREATE ROLE host_guest", "");
    ask(lent, "GRANT ALL ON SCHEMA public TO host_owner", "");
    ask(lent, "GRANT host_guest TO host_owner", "");
    ask(lent, "SET ROLE host_owner", "");
    up(lent, files, 1);
    ask(lent, "SELECT current_user", "host_owner");
    ask(lent,
        "SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class WHERE relname IN "
        "('a', 'wend_journal', 'wend_migrations')",
        "host_owner");
}

/* Another run, which ends when somebody gives it the key 1. */
static gpointer hold(gpointer url)
{
    static const WendFile files[] = {
        BUILT_IN("1_a.sql", "SELECT pg_advisory_xact_lock(1);\nCREATE TABLE a (x integer);")};
    WendError error = WEND_ERROR_INIT;
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = url;
    options.files = files;
    options.file_count = 1;
    WendHandle *handle = wend_open(&options, &error);
    host_assert_done(handle != NULL && wend_up(handle, NULL, NULL, &error), &error);
    wend_close(handle);
    return NULL;
}

/* A session keeps its name while it waits for wend's lock, in vain and with success. */
static void test_postgres_waiting(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {BUILT_IN("1_a.sql", "SELECT pg_advisory_xact_lock(1);\nCREATE "
                                                         "TABLE a (x integer);"),
                                     BUILT_IN("2_b.sql", "CREATE TABLE b (x integer);")};
    PGconn *other = host_connect(lent->kind, lent->url);
    ask(lent, "SET application_name = 'the host'", "");
    host_assert(lent->kind, other, "SELECT pg_advisory_lock(1)", "");
    GThread *thread = g_thread_new("holder", hold, lent->url);
    for (bool waits = false; !waits; g_usleep(10000)) {
        g_autofree char *count =
            host_ask(lent->kind, other, "SELECT count(*) FROM pg_locks WHERE NOT granted");
        waits = strcmp(count, "1") == 0;
    }
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = "postgres:";
    options.connection = lent->connection;
    options.files = files;
    options.file_count = 2;
    options.lock_timeout_ms = 500;
    WendHandle *handle = wend_open(&options, &lent->error);
    host_assert_done(handle != NULL, &lent->error);
    host_assert_failed(wend_up(handle, NULL, NULL, &lent->error), &lent->error, WEND_LOCKED,
                       "the lock is held by");
    wend_close(handle);
    ask(lent, "SHOW application_name", "the host");
    host_disconnect(lent->kind, other);
    up(lent, files, 2);
    ask(lent, "SHOW application_name", "the host");
    g_thread_join(thread);
    ask(lent, "SELECT count(*) FROM b", "0");
}

static void test_postgres_busy(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);")};
    ask(lent, "BEGIN", "");
    up_fails(lent, files, 1, WEND_USAGE, "in the middle of something");
    PQclear(PQexec(lent->connection, "SELECT nothing"));
    up_fails(lent, files, 1, WEND_USAGE, "in the middle of something");
    ask(lent, "ROLLBACK", "");
    g_assert_cmpint(PQsendQuery(lent->connection, "SELECT 1"), ==, 1);
    up_fails(lent, files, 1, WEND_USAGE, "in the middle of something");
    PGresult *result;
    while ((result = PQgetResult(lent->connection)) != NULL)
        PQclear(result);
#ifdef LIBPQ_HAS_PIPELINING
    PQenterPipelineMode(lent->connection);
    up_fails(lent, files, 1, WEND_USAGE, "in the middle of something");
    PQexitPipelineMode(lent->connection);
#endif
    ask(lent, "SELECT count(*) FROM pg_class WHERE relname LIKE 'wend%'", "0");
    /* One that does not block is no hindrance, and stays one. */
    PQsetnonblocking(lent->connection, 1);
    up(lent, files, 1);
    g_assert_cmpint(PQisnonblocking(lent->connection), ==, 1);
    PQsetnonblocking(lent->connection, 0);
    ask(lent, "SELECT count(*) FROM a", "0");
}

static void test_postgres_lost(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {
        BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);"),
        BUILT_IN("2_b.sql", "SELECT pg_terminate_backend(pg_backend_pid());")};
    up_fails(lent, files, 2, WEND_CONNECT, "connection");
    up_fails(lent, files, 2, WEND_CONNECT, "connection");
    PQreset(lent->connection);
    ask(lent, "SELECT id FROM wend_migrations", "1");
}

/* --- all of them --- */

static void test_failed(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);"),
                                     BUILT_IN("2_b.sql", "INSERT INTO nowhere VALUES (1);")};
    up_fails(lent, files, 2, WEND_FAILED, "nowhere");
    ask(lent, "SELECT id FROM wend_migrations", "1");
    ask(lent, "INSERT INTO a VALUES (7)", "");
    ask(lent, "SELECT x FROM a", "7");
    /* wend's lock is free for another. */
    static const WendFile mended[] = {BUILT_IN("1_a.sql", "CREATE TABLE a (x integer);"),
                                      BUILT_IN("2_b.sql", "INSERT INTO a VALUES (1);")};
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = lent->url;
    options.files = mended;
    options.file_count = 2;
    WendHandle *other = wend_open(&options, &lent->error);
    host_assert_done(other != NULL && wend_up(other, NULL, NULL, &lent->error), &lent->error);
    wend_close(other);
    ask(lent, "SELECT count(*) FROM a", "2");
}

static gpointer cancel_soon(gpointer handle)
{
    g_usleep(500000);
    wend_cancel(handle);
    wend_cancel(handle);
    return NULL;
}

static void test_cancelled(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[HOST_KINDS] = {
        [HOST_SQLITE] =
            BUILT_IN("1_a.sql", "CREATE TABLE a AS WITH RECURSIVE n(i) AS (SELECT 1 UNION "
                                "ALL SELECT i + 1 FROM n) SELECT i FROM n;"),
        [HOST_POSTGRES] = BUILT_IN("1_a.sql", "SELECT pg_sleep(60);")};
    WendHandle *handle = lend(lent, &files[lent->kind], 1);
    host_assert_done(handle != NULL, &lent->error);
    GThread *thread = g_thread_new("cancel", cancel_soon, handle);
    bool ok = wend_up(handle, NULL, NULL, &lent->error);
    g_thread_join(thread);
    host_assert_failed(ok, &lent->error, WEND_INTERRUPTED, "interrupted");
    wend_close(handle);
    ask(lent, "SELECT count(*) FROM wend_migrations", "0");
    ask(lent, "CREATE TABLE still_good (x integer)", "");
}

/* --- SQLite --- */

static void test_sqlite(Lent *lent, gconstpointer data)
{
    (void)data;
    static const WendFile files[] = {
        BUILT_IN("1_a.sql", "PRAGMA foreign_keys = off;\nPRAGMA recursive_triggers = off;\nCREATE "
                            "TABLE a (x);\nCREATE TEMP TABLE t (x);"),
        BUILT_IN("2_b.sql", "CREATE TABLE b (x);")};
    ask(lent, "PRAGMA foreign_keys = on", "");
    ask(lent, "PRAGMA recursive_triggers = on", "");
    ask(lent, "PRAGMA busy_timeout = 1234", "1234");
    ask(lent, "CREATE TEMP TABLE held AS SELECT 'temporary' AS x", "");
    ask(lent, "BEGIN", "");
    up_fails(lent, files, 2, WEND_USAGE, "transaction");
    ask(lent, "ROLLBACK", "");
    up(lent, files, 2);
    ask(lent, "PRAGMA foreign_keys", "1");
    ask(lent, "PRAGMA recursive_triggers", "1");
    ask(lent, "PRAGMA busy_timeout", "1234");
    ask(lent, "SELECT x FROM held", "temporary");
    ask(lent, "SELECT count(*) FROM temp.sqlite_schema", "1");
    ask(lent, "SELECT group_concat(id) FROM wend_migrations", "1,2");
    g_assert_cmpint(sqlite3_get_autocommit(lent->connection), ==, 1);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        HostKind kind;
        void (*run)(Lent *lent, gconstpointer data);
    } tests[] = {
        {"/connection/postgres/given-back", HOST_POSTGRES, test_postgres},
        {"/connection/postgres/role", HOST_POSTGRES, test_postgres_role},
        {"/connection/postgres/waiting", HOST_POSTGRES, test_postgres_waiting},
        {"/connection/postgres/busy", HOST_POSTGRES, test_postgres_busy},
        {"/connection/postgres/lost", HOST_POSTGRES, test_postgres_lost},
        {"/connection/postgres/failed", HOST_POSTGRES, test_failed},
        {"/connection/postgres/cancelled", HOST_POSTGRES, test_cancelled},
        {"/connection/sqlite/given-back", HOST_SQLITE, test_sqlite},
        {"/connection/sqlite/failed", HOST_SQLITE, test_failed},
        {"/connection/sqlite/cancelled", HOST_SQLITE, test_cancelled},
        {"/connection/mariadb/failed", HOST_MARIADB, test_failed},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Lent, GINT_TO_POINTER(tests[i].kind), lent_make, tests[i].run,
                   lent_clear);
    return g_test_run();
}
