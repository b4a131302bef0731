/* SPDX-License-Identifier: MIT
 *
 * The MariaDB/MySQL driver: the journal's tables, and the table of functions that core calls. How a
 * connection is opened is in open.c, how statements travel in packet.c and wire.c, how work is committed
 * in work.c and alone.c, how it is locked in lock.c and lease.c.
 */
#include "db/mysql/mysql.h"

/* URLs name no files that could be relative to a folder. */
static char *place(const char *url, const char *folder)
{
    (void)url;
    (void)folder;
    return NULL;
}

/* Keys of 190 characters: with four bytes each, that is what MySQL 5.6 can index. The script is bytes:
 * any text survives, whatever the server thinks of it. */
static void add_journal(GPtrArray *queries, const char *journal)
{
    g_autofree char *name = wend_quote_table(WEND_DIALECT_MYSQL, journal);
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf(
                                 "CREATE TABLE IF NOT EXISTS %s (\n"
                                 "    seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
                                 "    run VARCHAR(64) NOT NULL,\n"
                                 "    track VARCHAR(190) NOT NULL,\n"
                                 "    id VARCHAR(190) NOT NULL,\n"
                                 "    direction VARCHAR(8) NOT NULL,\n"
                                 "    statement INT NOT NULL,\n"
                                 "    event VARCHAR(16) NOT NULL,\n"
                                 "    checksum VARCHAR(64),\n"
                                 "    script VARCHAR(64),\n"
                                 "    detail LONGTEXT,\n"
                                 "    at DATETIME(3) NOT NULL,\n"
                                 "    duration_ms BIGINT,\n"
                                 "    who VARCHAR(255) NOT NULL\n"
                                 ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE "
                                 "utf8mb4_bin",
                                 name)));
}

static void add_scripts(GPtrArray *queries, const char *scripts)
{
    g_autofree char *name = wend_quote_table(WEND_DIALECT_MYSQL, scripts);
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf(
                                 "CREATE TABLE IF NOT EXISTS %s (\n"
                                 "    sha256 VARCHAR(64) NOT NULL PRIMARY KEY,\n"
                                 "    script LONGBLOB NOT NULL\n"
                                 ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE "
                                 "utf8mb4_bin",
                                 name)));
}

static GPtrArray *journal_create(const char *journal, const char *scripts)
{
    GPtrArray *queries = wend_queries_new();
    if (journal != NULL)
        add_journal(queries, journal);
    if (scripts != NULL)
        add_scripts(queries, scripts);
    return queries;
}

static bool holds_more(WendConnection *base)
{
    return mysql_get_server_version(((const Connection *)base)->mysql) >= 50700;
}

const WendDriver wend_driver_mysql = {
    .name = "mysql",
    .title = "MariaDB/MySQL",
    .dialect = WEND_DIALECT_MYSQL,
    .lock_timeout_ms = 60 * 1000,
    .open = wend_mysql_open,
    .close = wend_mysql_close,
    .place = place,
    .display = wend_mysql_url_display,
    .about = wend_mysql_about,
    .backend = wend_mysql_backend,
    .query = wend_mysql_query,
    .read = wend_mysql_read,
    .find_tables = wend_mysql_find_tables,
    .is_empty = wend_mysql_is_empty,
    .writable = wend_mysql_writable,
    .journal_create = journal_create,
    .write = wend_mysql_write,
    .literal = wend_mysql_literal,
    .classify = wend_mysql_classify,
    .can_run = wend_mysql_can_run,
    .begin_step = wend_mysql_begin_step,
    .end_step = wend_mysql_end_step,
    .transact = wend_mysql_transact,
    .may_stay = wend_mysql_may_stay,
    .alone = wend_mysql_alone,
    .observe = wend_mysql_observe,
    .judge = wend_mysql_judge,
    .settle = wend_mysql_settle,
    .abandon = wend_mysql_abandon,
    .lock = wend_mysql_lock,
    .check = wend_mysql_check,
    .unlock = wend_mysql_unlock,
    .holder = wend_mysql_holder,
    .holds_more = holds_more,
    .clean = wend_mysql_clean,
    .list = wend_mysql_list,
    .backup = wend_mysql_backup,
    .restore = wend_mysql_restore,
    .schema = wend_mysql_schema,
    .script_head = "SET NAMES utf8mb4;",
    .script_begin = "START TRANSACTION;",
    .script_commit = "COMMIT;",
    .script_settings = wend_mysql_script_settings,
};
