/* SPDX-License-Identifier: MIT
 *
 * The one place where the server's and the client library's codes become errors: what they mean for
 * wend, what helps, and where in a statement they lie.
 */
#include "db/mysql/mysql.h"

#include <stdio.h>
#include <string.h>

#define NEAR "right syntax to use near '"
/* MariaDB shows 80 bytes of it at most, the last three of them dots then, and whole characters. */
#define NEAR_CUT  "..."
#define NEAR_FULL 76

enum {
    LOCK_TIMEOUT = 1205,
    DEADLOCK = 1213,
    NO_WAIT = 3572,
    KILLED = 1317,
    MARIADB_TIMEOUT = 1969,
    MYSQL_TIMEOUT = 3024,
    SYNTAX = 1064,
    NOT_PRIMARY = 1047,
    COMMIT_FAILED = 1180,
    UNKNOWN = 1105
};

/* Codes that say that the connection is gone, or that what comes from it makes no sense any more, so that
 * nothing is known of what ran. Source: errmsg.h and mysqld_error.h. */
static const guint lost[] = {2006, 2013, 2055, 2000, 2014, 2027, 1053, 1152, 1184, 1927, 4031};

/* Codes that deserve a way out of their own. */
static const struct {
    guint code;
    const char *hint;
} hints[] = {
    {1044, "the user lacks rights on this database: GRANT ALL ON it, or use another user"},
    {1049, "create that database (what stands before the dot of a table's name is one), or correct "
           "the name"},
    {1142, "the user lacks a right: GRANT it, or use another user"},
    {1227, "the user lacks a privilege of the whole server"},
    {1153, "raise max_allowed_packet of the server, or cut the statement into smaller ones"},
    {1021, "make room on the server's file system, then run the command again"},
    {1114, "make room for the table, then run the command again"},
    {1290, "the server runs with an option that forbids this, such as --read-only"},
    {NOT_PRIMARY, "the node has lost its cluster: bring the other nodes back, or use one that is "
                  "in the majority"},
    {1280, "if the name is right, MySQL before 8 holds a part of this index since it was killed "
           "while it made it: "
           "ALTER TABLE … ENGINE=InnoDB of its table drops that, then run the command again"},
    {1665, "set binlog_format=ROW, or let another user run it"},
};

/* What to do about a connection that does not come about. */
static const struct {
    guint code;
    const char *hint;
} connect_hints[] = {
    {1044, "check the user's rights on this database"},
    {1045, "check user and password in the URL, and from where the user may come"},
    {1102, "check the name of the database in the URL"},
    {1300, "write the URL in UTF-8, or each byte of another sign as %XX of its UTF-8"},
    {1698,
     "this user is let in by the system's user name alone: give it a password, or run as that "
     "user"},
    {2005, "check the host in the URL"},
    {2026, "check ssl-mode, ssl-ca and the server's certificate"},
    {1040, "wait until others have left, or raise max_connections of the server"},
};

bool wend_mysql_is_lost(guint code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(lost); i++) {
        if (lost[i] == code)
            return true;
    }
    return false;
}

/* Raised by whoever reads a statement and checks its names and the user's rights to all that it names, before
 * anything of it is done. */
static const guint unbegun[] = {1044, 1046, 1059, 1064, 1102, 1103, 1142, 1143, 1149, 1227};

bool wend_mysql_is_unbegun(guint code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unbegun); i++) {
        if (unbegun[i] == code)
            return true;
    }
    return false;
}

bool wend_mysql_set_vendor(Connection *connection, WendError *error)
{
    MYSQL *mysql = connection->mysql;
    return wend_error_vendor(error, "%s %u (%s)", connection->mariadb ? "MariaDB" : "MySQL",
                             mysql_errno(mysql), mysql_sqlstate(mysql));
}

bool wend_mysql_fail_connect(MYSQL *mysql, const MysqlUrl *url, WendError *error)
{
    guint code = mysql_errno(mysql);
    wend_error_set(error, WEND_CONNECT, "cannot connect to the server: %s", mysql_error(mysql));
    wend_error_vendor(error, "MariaDB %u (%s)", code, mysql_sqlstate(mysql));
    if (code == 1049 && url->database != NULL) {
        wend_error_set(error, WEND_CONNECT, "the database %s does not exist", url->database);
        wend_error_vendor(error, "MariaDB %u (%s)", code, mysql_sqlstate(mysql));
        return wend_error_hint(error, "create it: `wend up --create-database` does; or correct the "
                                      "name in the URL");
    }
    for (gsize i = 0; i < G_N_ELEMENTS(connect_hints); i++) {
        if (connect_hints[i].code == code)
            return wend_error_hint(error, "%s", connect_hints[i].hint);
    }
    return wend_error_hint(error,
                           "check that the server runs and that the URL names its host, port "
                           "or socket; --wait waits for one that is starting");
}

bool wend_mysql_fail_stopped(Connection *connection, WendError *error)
{
    switch (connection->stop) {
    case STOP_LIMIT:
        wend_error_set(error, WEND_FAILED, "the statement ran longer than its limit of %.3g s",
                       (double)connection->step_statement_timeout_ms / 1000);
        return wend_error_hint(error, "raise --statement-timeout, or cut the work into batches");
    case STOP_INTERRUPT:
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
    case STOP_WAITING:
        wend_error_set(error, WEND_INTERRUPTED, "interrupted while waiting for %s",
                       connection->blockers != NULL ? connection->blockers : "a lock");
        return false;
    case STOP_NONE:
        break;
    }
    wend_error_set(error, WEND_FAILED, "somebody ended the statement with KILL");
    return wend_error_hint(error, "run the command again, once it may run to its end");
}

/* "near '…' at line N" is the part of the server's long sentence that says something. */
static char *plain_message(MYSQL *mysql)
{
    const char *message = mysql_error(mysql), *near = strstr(message, NEAR);
    if (mysql_errno(mysql) != SYNTAX || near == NULL)
        return g_strdup(message);
    near += strlen(NEAR);
    const char *end = g_strrstr(near, "' at line ");
    gsize length = end != NULL ? (gsize)(end - near) : strlen(near);
    gsize line = strcspn(near, "\n");
    if (MIN(line, length) == 0 || near[0] == ';')
        return g_strdup("syntax error at the end of the statement");
    return g_strdup_printf("syntax error near '%.*s'", (int)MIN(line, length), near);
}

static bool fail_lost(WendError *error, MYSQL *mysql)
{
    wend_error_set(error, WEND_CONNECT, "the connection to the server was lost: %s",
                   mysql_error(mysql));
    return wend_error_hint(error, "check that the server runs, then run the same command again");
}

/* Galera: more than the cluster carries in one transaction; another attempt would be as large. 1180 and 1105 are
 * said of a transaction that lost against another node's, too. */
static bool is_too_large(Connection *connection)
{
    guint code = mysql_errno(connection->mysql);
    const char *message = mysql_error(connection->mysql);
    return connection->facts.galera && (code == COMMIT_FAILED || code == UNKNOWN) &&
           (strstr(message, "wsrep_max_ws") != NULL ||
            strstr(message, "writeset size exceeded") != NULL);
}

/* Nobody's KILL: a limit of the session's own, or the server's. */
static void fail_limit(WendError *error, bool mariadb)
{
    const char *name = mariadb ? "max_statement_time" : "max_execution_time";
    wend_error_set(error, WEND_FAILED, "the statement ran longer than %s allows", name);
    wend_error_hint(error, "raise it, with SET ahead of the statement or on the server; or cut the "
                           "work into batches");
}

/* A look waits for nobody's lock, but for what other nodes have written: see packet.c. */
static bool fail_behind(WendError *error, const char *message)
{
    wend_error_set(error, WEND_CONNECT, "the node waits for its cluster in vain: %s", message);
    return wend_error_hint(error, "look whether the cluster has its majority, then run the same "
                                  "command again");
}

bool wend_mysql_fail(Connection *connection, WendError *error)
{
    guint code = mysql_errno(connection->mysql);
    g_autofree char *message = plain_message(connection->mysql);
    if (wend_mysql_is_lost(code))
        fail_lost(error, connection->mysql);
    else if (code == NOT_PRIMARY)
        wend_error_set(error, WEND_CONNECT, "the node is not in the majority of its cluster: %s",
                       message);
    else if (code == LOCK_TIMEOUT && connection->facts.galera)
        fail_behind(error, message);
    else if ((code == MARIADB_TIMEOUT || code == MYSQL_TIMEOUT) && connection->stop == STOP_NONE)
        fail_limit(error, connection->mariadb);
    else if (code == KILLED || code == MARIADB_TIMEOUT || code == MYSQL_TIMEOUT)
        wend_mysql_fail_stopped(connection, error);
    else
        wend_error_set(error, WEND_FAILED, "%s", message);
    for (gsize i = 0; i < G_N_ELEMENTS(hints); i++) {
        if (hints[i].code == code)
            wend_error_hint(error, "%s", hints[i].hint);
    }
    if (is_too_large(connection))
        wend_error_hint(error, "cut the work into batches (`-- wend: batch`), or raise "
                               "wsrep_max_ws_rows and wsrep_max_ws_size");
    return wend_mysql_set_vendor(connection, error);
}

bool wend_mysql_fail_own(const char *sql, gsize length, WendError *error)
{
    static const char *const verbs[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", NULL};
    static const char *const fillers[] = {"IGNORE", "INTO", "FROM", NULL};
    g_auto(Words) words = {0};
    guint at = 1;
    wend_mysql_words_read(&words, sql, length, 8);
    if (!wend_mysql_word_of(&words, 0, verbs))
        return false;
    while (wend_mysql_word_of(&words, at, fillers))
        at++;
    if (wend_mysql_sign(&words, at + 1, '.'))
        at += 2;
    g_autofree char *name = wend_mysql_word_name(&words, at);
    if (name == NULL || error == NULL || error->message == NULL)
        return false;
    char *message = g_strdup_printf("wend's own table %s: %s", name, error->message);
    g_free(error->message);
    error->message = message;
    return true;
}

bool wend_mysql_is_not_primary(Connection *connection)
{
    return mysql_errno(connection->mysql) == NOT_PRIMARY;
}

bool wend_mysql_is_deadlock(Connection *connection)
{
    return mysql_errno(connection->mysql) == DEADLOCK;
}

bool wend_mysql_is_locked(Connection *connection)
{
    guint code = mysql_errno(connection->mysql);
    if (code == LOCK_TIMEOUT || code == DEADLOCK || code == NO_WAIT)
        return true;
    /* There, a transaction that loses against another node's may say so only at its commit. */
    return connection->facts.galera && !is_too_large(connection) &&
           (code == NOT_PRIMARY || code == COMMIT_FAILED || code == UNKNOWN);
}

/* Where line `line` of the text begins. */
static gsize line_start(const char *text, gsize length, guint line)
{
    gsize at = 0;
    for (; line > 1 && at < length; at++)
        line -= text[at] == '\n';
    return at;
}

/* The server repeats the text from the fault on; in a packet that goes on behind the piece. */
static gssize find_near(const WendPiece *piece, const char *near, gsize length, guint line)
{
    for (gsize at = line_start(piece->text, piece->length, line); at < piece->length; at++) {
        gsize rest = MIN(piece->length - at, length);
        if (memcmp(piece->text + at, near, rest) == 0)
            return (gssize)at;
    }
    return (gssize)piece->length;
}

gssize wend_mysql_fault_offset(Connection *connection, const WendPiece *piece)
{
    const char *message = mysql_error(connection->mysql), *near = strstr(message, NEAR);
    if (mysql_errno(connection->mysql) != SYNTAX || near == NULL)
        return -1;
    near += strlen(NEAR);
    const char *end = g_strrstr(near, "' at line ");
    guint line = 0;
    if (end == NULL || sscanf(end, "' at line %u", &line) != 1)
        return -1;
    if (end == near)
        return (gssize)piece->length;
    gsize length = (gsize)(end - near), dots = strlen(NEAR_CUT);
    if (length >= NEAR_FULL && memcmp(end - dots, NEAR_CUT, dots) == 0)
        length -= dots;
    return find_near(piece, near, length, line);
}
