/* SPDX-License-Identifier: MIT
 *
 * Opening and closing a connection. What the URL leaves open is filled in from the option files of the
 * client library, groups [client] and [wend]. Behind the handshake nothing is asked: what the session
 * needs travels with the first statements.
 */
#include "db/mysql/mysql.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_SECONDS 10
#define RETRY_MS        200
/* A server that vanished is noticed after about a minute, whatever a statement takes. */
#define KEEP_IDLE_SECONDS     20
#define KEEP_INTERVAL_SECONDS 10
#define KEEP_COUNT            4
#define USER_TIMEOUT_MS       60000

enum { NO_DATABASE = 1049 };

/* Reasons not to get in that pass when a server is only about to start. */
static const guint not_yet[] = {
    2002,       /* the socket is not there, or refused */
    2003,       /* refused */
    2006, 2013, /* it hung up: it is starting, or ending */
    1053,       /* it is ending */
    1040,       /* all connections are taken */
};

static void set_keepalive(MYSQL *mysql)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_SECONDS},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_SECONDS},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS},
    };
    /* On a unix socket they fail, and nothing is lost by that. */
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        setsockopt((int)mysql_get_socket(mysql), options[i].level, options[i].name,
                   &options[i].value, sizeof options[i].value);
}

static bool needs_tls(const MysqlUrl *url)
{
    const char *mode = url->ssl_mode;
    return mode != NULL && strcmp(mode, "disabled") != 0 && strcmp(mode, "preferred") != 0;
}

/* The client library knows no way to check the chain but not the name, so that verify-ca checks both. */
static void set_tls(MYSQL *mysql, const MysqlUrl *url)
{
    const char *mode = url->ssl_mode;
    my_bool enforce = needs_tls(url);
    my_bool verify = mode != NULL && g_str_has_prefix(mode, "verify-");
    if (url->ssl_ca != NULL || url->ssl_cert != NULL || url->ssl_key != NULL || enforce ||
        g_strcmp0(mode, "preferred") == 0)
        mysql_ssl_set(mysql, url->ssl_key, url->ssl_cert, url->ssl_ca, NULL, NULL);
    if (enforce)
        mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    if (verify)
        mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

static void set_options(MYSQL *mysql, const MysqlUrl *url, guint answer_seconds)
{
    guint timeout = url->connect_timeout > 0 ? url->connect_timeout : CONNECT_SECONDS;
    guint off = 0;
    mysql_options(mysql, MYSQL_OPT_NONBLOCK, NULL);
    if (url->default_file != NULL)
        mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, url->default_file);
    mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP,
                  url->default_group != NULL ? url->default_group : "wend");
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    g_autoptr(WendWho) who = wend_who_self();
    g_autofree char *self = wend_who_line(who);
    mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "wend");
    mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, WEND_MYSQL_WHO, self);
    if (answer_seconds > 0) {
        mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &answer_seconds);
        mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &answer_seconds);
    }
    /* Who names a port means it: "localhost" alone is the socket. */
    guint tcp = MYSQL_PROTOCOL_TCP;
    if (url->port > 0 && url->socket == NULL)
        mysql_options(mysql, MYSQL_OPT_PROTOCOL, &tcp);
    set_tls(mysql, url);
}

/* An option file may have said another character set. */
static bool check_charset(MYSQL *mysql)
{
    return strcmp(mysql_character_set_name(mysql), "utf8mb4") == 0 ||
           mysql_set_character_set(mysql, "utf8mb4") == 0;
}

/* A new session behind one's back would have neither lock nor settings. An option file that asks for it is
 * read while connecting. */
static void never_reconnect(MYSQL *mysql)
{
    my_bool off = 0;
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &off);
}

/* Of connections beside the first one, whose statements nobody puts together. */
static void rely(MYSQL *mysql)
{
    g_autofree char *sql =
        wend_mysql_rely_text(mariadb_connection(mysql), mysql_get_server_version(mysql));
    mysql_query(mysql, sql);
}

MYSQL *wend_mysql_dial(const MysqlUrl *url, guint answer_seconds, WendError *error)
{
    MYSQL *mysql = mysql_init(NULL);
    const char *host = url->host != NULL ? url->host : url->socket != NULL ? "localhost" : NULL;
    set_options(mysql, url, answer_seconds);
    if (mysql_real_connect(mysql, host, url->user, url->password, url->database, url->port,
                           url->socket, CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS) != NULL &&
        check_charset(mysql)) {
        set_keepalive(mysql);
        never_reconnect(mysql);
        if (!needs_tls(url) || mysql_get_ssl_cipher(mysql) != NULL) {
            if (answer_seconds > 0)
                rely(mysql);
            return mysql;
        }
        /* The client library goes on without, when the server offers none. */
        wend_error_set(error, WEND_CONNECT, "the server offers no TLS, and ssl-mode=%s wants it",
                       url->ssl_mode);
        wend_error_hint(error, "give the server a certificate, or say ssl-mode=preferred");
    } else {
        wend_mysql_fail_connect(mysql, url, error);
    }
    mysql_close(mysql);
    return NULL;
}

static bool may_come(guint code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(not_yet); i++) {
        if (not_yet[i] == code)
            return true;
    }
    return false;
}

/* Makes the database that the URL names. */
static bool create_database(const Connection *connection, WendError *error)
{
    MysqlUrl server = *connection->url;
    g_autoptr(GString) sql = g_string_new("CREATE DATABASE IF NOT EXISTS ");
    server.database = NULL;
    MYSQL *mysql = wend_mysql_dial(&server, 0, error);
    if (mysql == NULL)
        return false;
    wend_mysql_name(sql, connection->url->database);
    g_string_append(sql, " CHARACTER SET utf8mb4");
    bool ok = mysql_real_query(mysql, sql->str, sql->len) == 0;
    if (!ok) {
        wend_error_set(error, WEND_CONNECT,
                       "the database %s is not there and could not be made: %s",
                       connection->url->database, mysql_error(mysql));
        wend_error_vendor(error, "MariaDB %u (%s)", mysql_errno(mysql), mysql_sqlstate(mysql));
        wend_error_hint(error, "let a user that has the right CREATE make it, or use another user");
    }
    mysql_close(mysql);
    return ok;
}

static void tell_created(const Connection *connection)
{
    g_autofree char *text = g_strdup_printf("the database %s was made", connection->url->database);
    if (connection->watch.notice != NULL)
        connection->watch.notice(text, connection->watch.data);
}

/* Tries until the server answers or the time is over. */
static bool dial(Connection *connection, gint64 wait_ms, bool create, WendError *error)
{
    gint64 start = g_get_monotonic_time(), end = start + wait_ms * 1000, told = 0;
    for (;;) {
        g_auto(WendError) failure = WEND_ERROR_INIT;
        connection->mysql = wend_mysql_dial(connection->url, 0, &failure);
        if (connection->mysql != NULL)
            return true;
        guint code = 0;
        if (failure.vendor != NULL)
            sscanf(failure.vendor, "%*s %u", &code);
        if (create && code == NO_DATABASE && connection->url->database != NULL) {
            if (!create_database(connection, error))
                return false;
            tell_created(connection);
            create = false;
            continue;
        }
        if (!may_come(code) || g_get_monotonic_time() + RETRY_MS * 1000 > end)
            return wend_error_move(error, &failure);
        if (wend_mysql_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED,
                                  "interrupted while waiting for the server");
        wend_watch_server(&connection->watch, failure.message, start, &told);
        g_usleep(RETRY_MS * 1000);
    }
}

static bool need_database(const Connection *connection, WendError *error)
{
    const char *database = connection->database;
    if (database == NULL || database[0] == '\0') {
        wend_error_set(error, WEND_USAGE, "the database URL names no database");
        return wend_error_hint(error, "write it as mysql://user@host/database");
    }
    if (strchr(database, '.') == NULL)
        return true;
    wend_error_set(error, WEND_USAGE, "the name of the database \"%s\" has a dot", database);
    return wend_error_hint(error, "wend writes names as database.table and needs one without");
}

static bool open_url(Connection *connection, const WendConnect *connect, WendError *error)
{
    connection->url = wend_mysql_url_parse(connect->url, error);
    if (connection->url == NULL)
        return false;
    const char *file = connection->url->default_file;
    if (file != NULL && access(file, R_OK) != 0) {
        wend_error_set(error, WEND_USAGE, "the option file %s cannot be read: %s", file,
                       g_strerror(errno));
        return wend_error_hint(error, "correct default-file in the URL");
    }
    /* An option file may name the database. */
    bool named = connection->url->database != NULL || connection->url->default_file != NULL ||
                 connection->url->default_group != NULL;
    if (!named)
        return need_database(connection, error);
    return dial(connection, connect->wait_ms, connect->create == WEND_CREATE_DATABASE, error);
}

/* Not taken over with a transaction open: wend's own would commit it. */
static bool take_handle(Connection *connection, MYSQL *handle, WendError *error)
{
    connection->mysql = handle;
    if (wend_mysql_in_transaction(connection)) {
        wend_error_set(error, WEND_USAGE, "the connection has a transaction open");
        return wend_error_hint(error, "commit or roll back before handing the connection over");
    }
    connection->host_multi = (handle->client_flag & CLIENT_MULTI_STATEMENTS) != 0;
    connection->host_charset = g_strdup(mysql_character_set_name(handle));
    mysql_get_option(handle, MYSQL_OPT_RECONNECT, &connection->host_reconnect);
    never_reconnect(handle);
    mysql_options(handle, MYSQL_OPT_NONBLOCK, NULL);
    if ((connection->host_multi ||
         mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_ON) == 0) &&
        check_charset(handle))
        return true;
    return wend_mysql_fail(connection, error);
}

static void give_handle_back(Connection *connection)
{
    mysql_options(connection->mysql, MYSQL_OPT_RECONNECT, &connection->host_reconnect);
    wend_mysql_rely_no_more(connection);
    if (!connection->host_multi)
        mysql_set_server_option(connection->mysql, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
    if (g_strcmp0(connection->host_charset, "utf8mb4") != 0)
        mysql_set_character_set(connection->mysql, connection->host_charset);
}

static Connection *connection_new(const WendConnect *connect)
{
    Connection *connection = g_new0(Connection, 1);
    connection->base.driver = &wend_driver_mysql;
    connection->watch = connect->watch;
    connection->own = g_strdupv((char **)connect->own);
    connection->lock_timeout_ms = connection->step_lock_timeout_ms = connect->lock_timeout_ms;
    connection->statement_timeout_ms = connection->step_statement_timeout_ms =
        connect->statement_timeout_ms;
    connection->lock_seconds = -1;
    connection->settings = g_ptr_array_new_with_free_func(g_free);
    connection->lifted = g_ptr_array_new_with_free_func(g_free);
    connection->unkept = g_array_new(FALSE, FALSE, sizeof(Unkept));
    connection->variables = g_ptr_array_new_with_free_func(g_free);
    connection->temporary = g_ptr_array_new_with_free_func(g_free);
    connection->lock_signs = g_ptr_array_new_with_free_func(g_free);
    return connection;
}

WendConnection *wend_mysql_open(const WendConnect *connect, WendError *error)
{
    Connection *connection = connection_new(connect);
    connection->borrowed = connect->handle != NULL;
    bool ok = connection->borrowed ? take_handle(connection, connect->handle, error)
                                   : open_url(connection, connect, error);
    if (ok) {
        connection->mariadb = mariadb_connection(connection->mysql);
        connection->version = mysql_get_server_version(connection->mysql);
        connection->database = g_strdup(connection->mysql->db);
        ok = need_database(connection, error);
    }
    if (ok)
        return &connection->base;
    wend_mysql_close(&connection->base);
    return NULL;
}

void wend_mysql_close(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    if (connection == NULL)
        return;
    if (connection->mysql != NULL) {
        wend_mysql_abandon(base);
        wend_mysql_end_step(base);
    }
    wend_mysql_unlock(base);
    wend_mysql_second_close(connection);
    if (connection->borrowed && connection->mysql != NULL)
        give_handle_back(connection);
    else if (connection->mysql != NULL)
        mysql_close(connection->mysql);
    g_ptr_array_unref(connection->settings);
    g_ptr_array_unref(connection->lifted);
    g_array_unref(connection->unkept);
    g_ptr_array_unref(connection->variables);
    g_ptr_array_unref(connection->temporary);
    g_ptr_array_unref(connection->lock_signs);
    g_clear_pointer(&connection->stays_in, g_hash_table_unref);
    g_strfreev(connection->own);
    g_free(connection->facts.server);
    g_free(connection->script_database);
    g_free(connection->script_role);
    g_free(connection->home_role);
    g_free(connection->host_charset);
    g_free(connection->database);
    g_free(connection->blockers);
    wend_mysql_url_free(connection->url);
    g_free(connection);
}
