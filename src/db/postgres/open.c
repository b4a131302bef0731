/* SPDX-License-Identifier: MIT
 *
 * Opening sessions: the URL goes to libpq as it is, with what wend adds behind it; and what may be shown
 * of it.
 */
#include "db/postgres/postgres.h"

#include "base/who.h"

#include <string.h>

#define NAME_MAX_BYTES 63 /* the server cuts application_name there */
#define RETRY_MS       250

char *wend_pg_session_name(const char *word)
{
    g_autoptr(WendWho) who = wend_who_self();
    char *name =
        g_strdup_printf("%s %" G_GINT64_FORMAT " %s@%s", word, who->pid, who->user, who->host);
    if (strlen(name) > NAME_MAX_BYTES)
        name[NAME_MAX_BYTES] = '\0';
    return name;
}

static void on_notice(void *data, const PGresult *result)
{
    const Connection *connection = data;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (connection->watch.notice == NULL || message == NULL)
        return;
    g_autofree char *text =
        g_strdup_printf("%s: %s", severity != NULL ? severity : "NOTICE", message);
    connection->watch.notice(text, connection->watch.data);
}

static void drop_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result;
}

/* What wend wants unless the URL says otherwise stands before it, what it insists on behind. */
static PGconn *connect_to(const char *url, const char *name)
{
    const char *const words[] = {"keepalives_idle",
                                 "tcp_user_timeout",
                                 "connect_timeout",
                                 "dbname",
                                 "client_encoding",
                                 "application_name",
                                 NULL};
    const char *const values[] = {"30", "60000", "10", url, "UTF8", name, NULL};
    return PQconnectdbParams(words, values, 1);
}

/* Whether the server may only not be there yet: nothing listens, or it is starting up. */
static bool may_come(PGconn *pg)
{
    static const char *const reasons[] = {"refused",           "No such file",
                                          "starting up",       "timeout expired",
                                          "not yet accepting", "in recovery mode",
                                          "shutting down",     "could not translate host name",
                                          "No route to host",  "server closed the connection"};
    const char *message = PQerrorMessage(pg);
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (strstr(message, reasons[i]) != NULL)
            return true;
    }
    return false;
}

static bool fail_open(PGconn *pg, WendError *error)
{
    g_autofree char *reason = g_strdup(PQerrorMessage(pg));
    g_strdelimit(g_strstrip(reason), "\n\t", ' ');
    wend_error_set(error, WEND_CONNECT, "the server cannot be reached: %s", reason);
    if (may_come(pg))
        return wend_error_hint(error,
                               "check host, port and socket folder in the URL; --wait SECONDS "
                               "waits for a server that is starting");
    return wend_error_hint(error, "check user, password and database in the URL");
}

static PGconn *connect_waiting(const Connection *connection, const char *name, gint64 wait_ms,
                               WendError *error)
{
    gint64 end = g_get_monotonic_time() + wait_ms * 1000;
    for (;;) {
        PGconn *pg = connect_to(connection->url, name);
        if (PQstatus(pg) == CONNECTION_OK)
            return pg;
        bool again =
            may_come(pg) && g_get_monotonic_time() < end && !wend_pg_interrupted(connection, 1);
        if (!again)
            fail_open(pg, error);
        PQfinish(pg);
        if (!again)
            return NULL;
        g_usleep(RETRY_MS * 1000);
    }
}

PGconn *wend_pg_another(const Connection *connection, const char *name, WendError *error)
{
    PGconn *pg;
    if (connection->url == NULL) {
        wend_error_set(error, WEND_CONNECT,
                       "the host's connection names no server to connect to again");
        return NULL;
    }
    pg = connect_waiting(connection, name, 0, error);
    if (pg != NULL)
        PQsetNoticeReceiver(pg, drop_notice, NULL);
    return pg;
}

/* What libpq reads as a URL must be one: it is told before anything is tried. */
static bool check_url(const char *url, WendError *error)
{
    char *reason = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &reason);
    if (options != NULL) {
        PQconninfoFree(options);
        return true;
    }
    g_autofree char *text = g_strdup(reason != NULL ? g_strstrip(reason) : "out of memory");
    PQfreemem(reason);
    /* It may repeat a part of the URL, with a password in it. */
    bool safe = strchr(url, '@') == NULL && strstr(url, "password") == NULL;
    wend_error_set(error, WEND_USAGE, "the database URL cannot be read%s%s", safe ? ": " : "",
                   safe ? text : "");
    return wend_error_hint(error,
                           "write it as postgres://USER@HOST:PORT/DATABASE, with parameters of "
                           "libpq behind a ?; percent-encode what is special");
}

WendConnection *wend_pg_open(const WendConnect *connect, WendError *error)
{
    if (connect->handle == NULL && !check_url(connect->url, error))
        return NULL;
    if (connect->handle != NULL && PQtransactionStatus(connect->handle) != PQTRANS_IDLE) {
        wend_error_set(error, WEND_USAGE, "the host's connection is in the middle of something");
        wend_error_hint(error, "end its transaction before it is handed over");
        return NULL;
    }
    Connection *connection = g_new0(Connection, 1);
    connection->base.driver = &wend_driver_postgres;
    connection->watch = connect->watch;
    connection->lock_timeout_ms = connection->step_lock_timeout_ms = connect->lock_timeout_ms;
    connection->statement_timeout_ms = connection->step_statement_timeout_ms =
        connect->statement_timeout_ms;
    connection->own = g_strdupv((char **)connect->own);
    connection->set = g_ptr_array_new_with_free_func(g_free);
    connection->replays = g_ptr_array_new_with_free_func(g_free);
    if (connect->handle != NULL) {
        connection->pg = connect->handle;
        connection->borrowed = true;
        return &connection->base;
    }
    connection->url = g_strdup(connect->url);
    g_autofree char *name = wend_pg_session_name("wend");
    connection->pg = connect_waiting(connection, name, connect->wait_ms, error);
    if (connection->pg == NULL) {
        wend_pg_close(&connection->base);
        return NULL;
    }
    PQsetNoticeReceiver(connection->pg, on_notice, connection);
    PQsetnonblocking(connection->pg, 1);
    return &connection->base;
}

void wend_pg_close(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    if (connection == NULL)
        return;
    if (connection->pg != NULL && PQstatus(connection->pg) == CONNECTION_OK &&
        (connection->open || !connection->borrowed))
        wend_pg_abandon(base);
    if (!connection->borrowed)
        PQfinish(connection->pg);
    PQfinish(connection->other);
    PQfinish(connection->guard);
    g_strfreev(connection->own);
    g_ptr_array_unref(connection->set);
    g_ptr_array_unref(connection->replays);
    g_free(connection->host_settings);
    g_free(connection->url);
    g_free(connection->database);
    g_free(connection->schema);
    g_free(connection->role);
    g_free(connection->blockers);
    g_free(connection);
}

/* Leaves the password out of scheme://user:password@host, and of the parameters. */
char *wend_pg_display(const char *url)
{
    GString *shown = g_string_new(NULL);
    const char *authority = strstr(url, "://");
    const char *rest = authority != NULL ? authority + 3 : url;
    gsize length = strcspn(rest, "/?#");
    const char *at = memrchr(rest, '@', length);
    const char *colon = at != NULL ? memchr(rest, ':', (gsize)(at - rest)) : NULL;
    g_string_append_len(shown, url, (colon != NULL ? colon : rest) - url);
    const char *query = strchr(rest, '?');
    const char *from = colon != NULL ? at : rest;
    g_string_append_len(shown, from, query != NULL ? query - from : (gssize)strlen(from));
    g_auto(GStrv) parameters = g_strsplit(query != NULL ? query + 1 : "", "&", -1);
    const char *separator = "?";
    for (char **one = parameters; *one != NULL; one++) {
        if (g_str_has_prefix(*one, "password=") || g_str_has_prefix(*one, "sslpassword="))
            continue;
        g_string_append_printf(shown, "%s%s", separator, *one);
        separator = "&";
    }
    return g_string_free(shown, FALSE);
}
