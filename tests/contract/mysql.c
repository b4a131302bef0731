/* SPDX-License-Identifier: MIT
 *
 * MariaDB and MySQL in the contract suite: one server for all tests, started by tests/server/mariadb, and a
 * database of its own for each.
 */
#include "contract.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include <mysql.h>

static char *folder;
static char *socket_path;
static guint count;

static bool run_server(const char *verb)
{
    g_autofree char *script = g_build_filename(WEND_SERVER_SCRIPTS, "mariadb", NULL);
    const char *argv[] = {script, verb, folder, NULL};
    int status = -1;
    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                        NULL, &status, NULL) &&
           status == 0;
}

static int remove_one(const char *path, G_GNUC_UNUSED const struct stat *info,
                      G_GNUC_UNUSED int kind, G_GNUC_UNUSED struct FTW *where)
{
    return remove(path);
}

/* Runs SQL as somebody who knows nothing of wend. */
static void run(const char *sql)
{
    MYSQL *mysql = mysql_init(NULL);
    g_assert_nonnull(mysql_real_connect(mysql, "localhost", "root", "", NULL, 0, socket_path,
                                        CLIENT_MULTI_STATEMENTS));
    g_assert_cmpint(mysql_query(mysql, sql), ==, 0);
    while (mysql_next_result(mysql) == 0)
        continue;
    g_assert_cmpstr(mysql_error(mysql), ==, "");
    mysql_close(mysql);
}

/* What MariaDB has and MySQL has not; and MariaDB's dump program cannot read MySQL. */
static void know_server(void)
{
    MYSQL *mysql = mysql_init(NULL);
    g_assert_nonnull(mysql_real_connect(mysql, "localhost", "root", "", NULL, 0, socket_path, 0));
    bool mariadb = mariadb_connection(mysql);
    mysql_close(mysql);
    if (mariadb)
        return;
    g_autofree char *said = NULL;
    bool there = g_spawn_command_line_sync("mysqldump --version", &said, NULL, NULL, NULL);
    contract_target.dump_wanted = "MySQL its own mysqldump";
    contract_target.backs_up = there && strstr(said, "MariaDB") == NULL;
    contract_target.batch_keyed = NULL; /* RETURNING */
    contract_target.too_new = "CREATE SEQUENCE tickets";
}

/* What the tests call. */
static void make_procedures(void)
{
    run("CREATE DATABASE aside");
    run("CREATE PROCEDURE aside.nothing() SELECT 1");
    run("CREATE PROCEDURE aside.end_oldest_in(name VARCHAR(64))\n"
        "BEGIN\n"
        "  DECLARE victim BIGINT;\n"
        "  SELECT MIN(id) INTO victim FROM information_schema.PROCESSLIST WHERE db = name;\n"
        "  KILL victim;\n"
        "  WHILE EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE id = victim) DO\n"
        "    DO SLEEP(0.01);\n"
        "  END WHILE;\n"
        "END");
}

static bool start(void)
{
    folder = g_dir_make_tmp("wend-mariadb-XXXXXX", NULL);
    if (!run_server("start")) {
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        return false;
    }
    g_autofree char *file = g_build_filename(folder, "socket-url", NULL);
    g_autofree char *url = NULL;
    g_assert_true(g_file_get_contents(file, &url, NULL, NULL));
    socket_path = g_strdup(strstr(g_strchomp(url), "socket=") + strlen("socket="));
    know_server();
    make_procedures();
    return true;
}

static void stop(void)
{
    run_server("stop");
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_free(folder);
    g_free(socket_path);
}

/* "shop7" of mysql://root@localhost/shop7?socket=… Caller frees. */
static char *database_of(const char *url)
{
    const char *start_of = strrchr(url, '/');
    const char *slash = strstr(url, "localhost/");
    start_of = slash != NULL ? slash + strlen("localhost/") : start_of + 1;
    return g_strndup(start_of, strcspn(start_of, "?"));
}

static char *url_of(const char *database)
{
    return g_strdup_printf("mysql://root@localhost/%s?socket=%s", database, socket_path);
}

static char *fresh(void)
{
    g_autofree char *name = g_strdup_printf("shop%u", ++count);
    g_autofree char *sql = g_strdup_printf("CREATE DATABASE %s CHARACTER SET utf8mb4", name);
    run(sql);
    return url_of(name);
}

static void discard(const char *url)
{
    g_autofree char *name = database_of(url);
    g_autofree char *sql =
        g_strdup_printf("DROP DATABASE IF EXISTS %s; DROP DATABASE IF EXISTS other", name);
    run(sql);
}

static char *missing(G_GNUC_UNUSED const char *url)
{
    return url_of("not_there");
}

static char *unreachable(G_GNUC_UNUSED const char *url)
{
    return g_strdup("mysql://root@localhost/shop?socket=/nowhere/at/all.sock");
}

/* Ends the oldest session in the database, which is the bench's, and waits until it is gone. */
static void steal_lock(const char *url)
{
    g_autofree char *name = database_of(url);
    g_autofree char *sql = g_strdup_printf("CALL aside.end_oldest_in('%s')", name);
    run(sql);
}

static char *client(const char *url, const char *file)
{
    g_autofree char *program = g_find_program_in_path("mariadb");
    if (program == NULL)
        return NULL;
    g_autofree char *name = database_of(url);
    g_autofree char *quoted = g_shell_quote(file);
    return g_strdup_printf("mariadb --no-defaults -S %s -u root %s < %s", socket_path, name,
                           quoted);
}

static const ContractSample samples[] = {
    {"CREATE TABLE items (id INTEGER)", WEND_CLASS_OBSERVABLE, false, false, "CREATE TABLE"},
    {"CREATE TABLE IF NOT EXISTS items (id INTEGER)", WEND_CLASS_REPEATABLE, false, false, NULL},
    {"CREATE OR REPLACE TABLE items (id INTEGER)", WEND_CLASS_OBSERVABLE, false, false, NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT 1", WEND_CLASS_REPEATABLE, false, false, "CREATE VIEW"},
    {"CREATE TEMPORARY TABLE scrap (id INTEGER)", WEND_CLASS_ORDINARY, false, true, NULL},
    {"DROP TEMPORARY TABLE scrap", WEND_CLASS_ORDINARY, false, false, NULL},
    {"DROP TABLE IF EXISTS a, b", WEND_CLASS_REPEATABLE, false, false, "DROP TABLE"},
    {"DROP TABLE a, b", WEND_CLASS_OBSERVABLE, false, false, NULL},
    {"ALTER TABLE items ADD more INT", WEND_CLASS_OBSERVABLE, false, false, "ALTER TABLE"},
    {"RENAME TABLE a TO b", WEND_CLASS_OBSERVABLE, false, false, NULL},
    {"TRUNCATE items", WEND_CLASS_OBSERVABLE, false, false, NULL},
    {"ANALYZE TABLE items", WEND_CLASS_REPEATABLE, false, false, "ANALYZE"},
    {"GRANT SELECT ON items TO ann", WEND_CLASS_REPEATABLE, false, false, NULL},
    {"CALL fill()", WEND_CLASS_OPAQUE, false, false, "CALL"},
    {"LOCK TABLES items WRITE", WEND_CLASS_NOTHING, false, false, NULL},
    {"/*!40000 ALTER TABLE items DISABLE KEYS */", WEND_CLASS_OBSERVABLE, false, false, NULL},
    {"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='' */", WEND_CLASS_ORDINARY, true, false,
     "SET"},
    {"SET @a = (SELECT 1)", WEND_CLASS_ORDINARY, true, true, NULL},
    {"SET NAMES utf8", WEND_CLASS_ORDINARY, true, false, NULL},
    {"SET GLOBAL max_connections = 5", WEND_CLASS_REPEATABLE, true, false, NULL},
    {"SET sql_log_bin = 0", WEND_CLASS_LIFTED, true, false, NULL},
    {"USE other", WEND_CLASS_ORDINARY, true, false, "USE"},
    {"SET STATEMENT max_statement_time = 5 FOR DELETE FROM items", WEND_CLASS_ORDINARY, false,
     false, "DELETE"},
    {"START TRANSACTION", WEND_CLASS_BEGIN, false, false, NULL},
    {"SAVEPOINT mine", WEND_CLASS_ORDINARY, false, false, NULL},
    {"ROLLBACK TO SAVEPOINT mine", WEND_CLASS_ORDINARY, false, false, NULL},
    {NULL, WEND_CLASS_ORDINARY, false, false, NULL},
};

static const char *const refused[] = {
    "ROLLBACK",
    "rollback work",
    "XA START 'a'",
    "SET autocommit = 0",
    "SET @@session.autocommit = OFF",
    "LOAD DATA LOCAL INFILE 'a.csv' INTO TABLE items",
    "SAVEPOINT wend_step",
    "COMMIT AND CHAIN",
    NULL,
};

ContractTarget contract_target = {
    .name = "mysql",
    .start = start,
    .stop = stop,
    .fresh = fresh,
    .discard = discard,
    .missing = missing,
    .unreachable = unreachable,
    .nonsense = "mysql://localhost/shop?sokcet=/tmp/a",
    .secret_url = "mysql://ann:s3cret@localhost/shop?socket=/nowhere/at/all.sock",
    .secret = "s3cret",
    .create_schema = "CREATE DATABASE IF NOT EXISTS other",
    .malformed_offset = 9,
    .slow = "SELECT BENCHMARK(100000000000, MD5('a'))",
    .slowish = "SELECT BENCHMARK(1000000, MD5('a'))",
    .repeatable = "ANALYZE LOCAL TABLE items",
    .repeatable_failing = "ALTER DATABASE nowhere_at_all CHARACTER SET utf8mb4",
    .opaque = "CALL aside.nothing()",
    .observable = "CREATE INDEX items_by_name ON items (name)",
    .observable_failing = "CREATE UNIQUE INDEX items_name ON items (name)",
    .setting = "SET time_zone = '+05:00'",
    .setting_read = "@@SESSION.time_zone",
    .setting_value = "+05:00",
    .setting_again = "SET SESSION time_zone = '+07:00'",
    .setting_again_value = "+07:00",
    .lifted = "SET sql_log_bin = 0",
    .lifted_read = "@@SESSION.sql_log_bin",
    .lifted_value = "0",
    .batch = "UPDATE items SET name = 'new' WHERE name = 'old' ORDER BY id LIMIT :size",
    .batch_keyed = "REPLACE INTO items SELECT id, 'new' FROM items "
                   "WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size RETURNING id",
    .tells_busy = true,
    .steal_lock = steal_lock,
    .stolen = WEND_CONNECT,
    .client = client,
    .backs_up = true,
    .samples = samples,
    .refused = refused,
};
