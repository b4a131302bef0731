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

/* What wend wants unless the URL says otherwise stands before it, what it insists on behind. `database`:
 * another than the URL's; NULL = that one. */
static PGconn *connect_to(const char *url, const char *name, const char *database)
{
    const char *const words[] = {"keepalives_idle",
                                 "tcp_user_timeout",
                                 "connect_timeout",
                                 "dbname",
                                 "client_encoding",
                                 "application_name",
                                 database != NULL ? "dbname" : NULL,
                                 NULL};
    const char *const values[] = {"30", "60000", "10", url, "UTF8", name, database, NULL};
    return PQconnectdbParams(words, values, 1);
}

/* --- a connection that does not come about --- */

typedef struct Refusal {
    char *reason;   /* one line */
    char *database; /* that was asked for */
    char state[6];  /* SQLSTATE; "" = no server spoke */
    bool password;  /* it wants one, and there is none */
} Refusal;

static void refusal_clear(Refusal *refusal)
{
    g_free(refusal->reason);
    g_free(refusal->database);
    *refusal = (Refusal){0};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Refusal, refusal_clear)

/* What libpq itself says of a server that may only not be there yet. */
static bool is_absent(const char *reason)
{
    static const char *const words[] = {"refused",
                                        "No such file",
                                        "timeout expired",
                                        "could not translate host name",
                                        "No route to host",
                                        "unreachable",
                                        "server closed the connection"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(reason, words[i]) != NULL)
            return true;
    }
    return false;
}

/* The last word of a message that ends with severity and SQLSTATE; one of libpq's own ends with neither. */
static void take_state(const char *message, char state[6])
{
    g_autofree char *text = g_strchomp(g_strdup(message));
    const char *space = strrchr(text, ' ');
    const char *word = space != NULL ? space + 1 : text;
    if (strlen(word) == 5 && strspn(word, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5)
        g_strlcpy(state, word, 6);
}

/* libpq tells the SQLSTATE of a refused connection only in its messages, and the server speaks its own
 * language there. So it is asked a second time, for the code alone. True when that attempt succeeds. */
static bool ask_again(PGconn *pg, Refusal *refusal)
{
    refusal_clear(refusal);
    refusal->database = g_strdup(PQdb(pg));
    refusal->reason = g_strdup(PQerrorMessage(pg));
    g_strdelimit(g_strstrip(refusal->reason), "\n\t", ' ');
    refusal->password = PQconnectionNeedsPassword(pg) != 0;
    if (is_absent(refusal->reason) || refusal->password)
        return false;
    PQsetErrorVerbosity(pg, PQERRORS_SQLSTATE);
    PQreset(pg);
    bool good = PQstatus(pg) == CONNECTION_OK;
    if (!good)
        take_state(PQerrorMessage(pg), refusal->state);
    PQsetErrorVerbosity(pg, PQERRORS_DEFAULT);
    return good;
}

static bool is_missing(const Refusal *refusal)
{
    return strcmp(refusal->state, "3D000") == 0;
}

/* Whether to wait makes sense: nobody listens, it is starting or ending, all its places are taken. */
static bool may_come(const Refusal *refusal)
{
    return is_absent(refusal->reason) || strcmp(refusal->state, "57P03") == 0 ||
           strcmp(refusal->state, "53300") == 0;
}

static bool fail_open(const Refusal *refusal, WendError *error)
{
    if (refusal->password) {
        wend_error_set(error, WEND_CONNECT, "the server wants a password, and there is none: %s",
                       refusal->reason);
        return wend_error_hint(error, "give it in the URL, PGPASSWORD or .pgpass");
    }
    bool credentials = g_str_has_prefix(refusal->state, "28");
    wend_error_set(error, WEND_CONNECT, "%s: %s",
                   refusal->state[0] != '\0' ? "the server refuses the connection"
                                             : "the server cannot be reached",
                   refusal->reason);
    if (is_missing(refusal))
        wend_error_set(error, WEND_CONNECT, "the database %s does not exist", refusal->database);
    if (refusal->state[0] != '\0')
        wend_error_vendor(error, "PostgreSQL %s", refusal->state);
    if (is_missing(refusal))
        return wend_error_hint(error, "create it: `wend up --create-database` does; or correct the "
                                      "name in the URL");
    if (may_come(refusal))
        return wend_error_hint(error,
                               "check host, port and socket folder in the URL; --wait SECONDS "
                               "waits for a server that is starting");
    if (strcmp(refusal->state, "42501") == 0)
        return wend_error_hint(error,
                               "GRANT CONNECT ON DATABASE %s to the role, or use another role",
                               refusal->database);
    return wend_error_hint(error, credentials
                                      ? "check user and password in the URL, PGPASSWORD or .pgpass"
                                      : "check the URL, and what it says of TLS and password");
}

/* --- attempts --- */

static void take_result(PGconn *pg, const PGresult *result, Refusal *refusal)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    refusal_clear(refusal);
    refusal->reason = g_strdup(PQerrorMessage(pg));
    g_strdelimit(g_strstrip(refusal->reason), "\n\t", ' ');
    g_strlcpy(refusal->state, state != NULL ? state : "", sizeof refusal->state);
}

static bool has_been_made(const Refusal *refusal)
{
    /* By another run, before this one or at the same moment. */
    return strcmp(refusal->state, "42P04") == 0 || strcmp(refusal->state, "23505") == 0;
}

/* Makes the database by way of the one called `home`. `reached`: that one was there. */
static bool create_from(const char *url, const char *name, const char *home, const char *database,
                        bool *reached, Refusal *refusal)
{
    PGconn *pg = connect_to(url, name, home);
    bool ok = false;
    *reached = PQstatus(pg) == CONNECTION_OK || ask_again(pg, refusal);
    if (*reached) {
        char *quoted = PQescapeIdentifier(pg, database, strlen(database));
        g_autofree char *sql = g_strconcat("CREATE DATABASE ", quoted, NULL);
        PGresult *result = PQexec(pg, sql);
        take_result(pg, result, refusal);
        ok = PQresultStatus(result) == PGRES_COMMAND_OK || has_been_made(refusal);
        PQclear(result);
        PQfreemem(quoted);
    }
    PQfinish(pg);
    return ok;
}

static bool create_database(const Connection *connection, const char *name, const char *database,
                            WendError *error)
{
    /* Those that every server has. */
    static const char *const homes[] = {"postgres", "template1"};
    g_auto(Refusal) refusal = {0};
    bool reached = false;
    for (gsize i = 0; !reached && i < G_N_ELEMENTS(homes); i++) {
        if (create_from(connection->url, name, homes[i], database, &reached, &refusal))
            return true;
    }
    wend_error_set(error, WEND_CONNECT, "the database %s is not there and could not be made: %s",
                   database, refusal.reason);
    if (refusal.state[0] != '\0')
        wend_error_vendor(error, "PostgreSQL %s", refusal.state);
    return wend_error_hint(error, "let a role that has CREATEDB make it, or use another role");
}

static void tell_created(const Connection *connection, const char *database)
{
    g_autofree char *text = g_strdup_printf("the database %s was made", database);
    if (connection->watch.notice != NULL)
        connection->watch.notice(text, connection->watch.data);
}

/* Tries until the server lets us in or the time is over. */
static PGconn *connect_waiting(const Connection *connection, const char *name, gint64 wait_ms,
                               bool create, WendError *error)
{
    gint64 start = g_get_monotonic_time(), end = start + wait_ms * 1000, told = 0;
    for (;;) {
        g_auto(Refusal) refusal = {0};
        PGconn *pg = connect_to(connection->url, name, NULL);
        if (PQstatus(pg) == CONNECTION_OK || ask_again(pg, &refusal))
            return pg;
        PQfinish(pg);
        if (create && is_missing(&refusal)) {
            if (!create_database(connection, name, refusal.database, error))
                return NULL;
            tell_created(connection, refusal.database);
            create = false;
            continue;
        }
        if (!may_come(&refusal) || g_get_monotonic_time() >= end) {
            fail_open(&refusal, error);
            return NULL;
        }
        if (wend_pg_interrupted(connection, 1)) {
            wend_error_set(error, WEND_INTERRUPTED, "interrupted while waiting for the server");
            return NULL;
        }
        wend_watch_server(&connection->watch, refusal.reason, start, &told);
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
    pg = connect_waiting(connection, name, 0, false, error);
    if (pg != NULL)
        PQsetNoticeReceiver(pg, drop_notice, NULL);
    return pg;
}

static bool fail_url(const char *reason, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "the database URL cannot be read%s%s",
                   reason != NULL ? ": " : "", reason != NULL ? reason : "");
    return wend_error_hint(error,
                           "write it as postgres://USER@HOST:PORT/DATABASE, with parameters of "
                           "libpq behind a ?; percent-encode what is special");
}

/* A port that is no number may be a part of a password with a / in it, which libpq would repeat. */
static bool has_sound_ports(const PQconninfoOption *options)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, "port") == 0 && options->val != NULL)
            return strspn(options->val, "0123456789,") == strlen(options->val);
    }
    return true;
}

/* Of several, each. An empty one is the default's. */
static bool check_ports(const PQconninfoOption *options, WendError *error)
{
    enum { HIGHEST = 65535 };
    while (options->keyword != NULL && strcmp(options->keyword, "port") != 0)
        options++;
    g_auto(GStrv) ports = g_strsplit(options->val != NULL ? options->val : "", ",", -1);
    for (char **port = ports; *port != NULL; port++) {
        if (**port == '\0' || g_ascii_string_to_unsigned(*port, 10, 1, HIGHEST, NULL, NULL))
            continue;
        wend_error_set(error, WEND_USAGE, "there is no port %s", *port);
        return wend_error_hint(error, "write one from 1 to 65535 in the database URL");
    }
    return true;
}

/* Behind scheme://; NULL where the text is none but libpq's own NAME=VALUE. */
static const char *authority_of(const char *url)
{
    const char *mark = strstr(url, "://");
    return mark != NULL ? mark + 3 : NULL;
}

/* The @ behind user and password, as libpq finds it: the first one, unless a slash comes before; whatever else
 * is before it may stand in a password. `meant`: as a person may have meant it. NULL = there is none. */
static const char *credentials_end(const char *authority, bool meant)
{
    const char *at = authority + strcspn(authority, "@/");
    if (!meant)
        return *at == '@' ? at : NULL;
    const char *end = *at == '@' ? at + strcspn(at, "/?") : authority + strcspn(authority, "?");
    return memrchr(authority, '@', (gsize)(end - authority));
}

/* libpq would take a part of the password for a host, and show it. */
static bool check_credentials(const char *url, WendError *error)
{
    const char *authority = authority_of(url);
    if (authority == NULL || credentials_end(authority, false) == credentials_end(authority, true))
        return true;
    wend_error_set(error, WEND_USAGE,
                   "the database URL cannot be read: it is not clear where the "
                   "password ends");
    return wend_error_hint(error, "percent-encode what is special: / as %%2F, @ as %%40");
}

/* The name of the first parameter in the URL that libpq does not have. Caller frees; NULL = none. */
static char *unknown_parameter(const char *url)
{
    const char *authority = authority_of(url);
    const char *at = authority != NULL ? credentials_end(authority, true) : NULL;
    const char *query = authority != NULL ? strchr(at != NULL ? at : authority, '?') : NULL;
    if (query == NULL || strchr(query, '@') != NULL)
        return NULL;
    g_auto(GStrv) parameters = g_strsplit(query + 1, "&", -1);
    PQconninfoOption *options = PQconndefaults();
    char *unknown = NULL;
    for (char **one = parameters; options != NULL && *one != NULL && unknown == NULL; one++) {
        g_autofree char *name = g_strndup(*one, strcspn(*one, "="));
        bool known = name[0] == '\0' || strcmp(name, "ssl") == 0;
        for (const PQconninfoOption *option = options; option->keyword != NULL && !known; option++)
            known = strcmp(option->keyword, name) == 0;
        /* Anything but a plain name may be a piece of a password. */
        if (!known &&
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") ==
                strlen(name) &&
            (*one)[strlen(name)] == '=')
            unknown = g_steal_pointer(&name);
    }
    PQconninfoFree(options);
    return unknown;
}

static bool fail_parameter(const char *name, WendError *error)
{
    static const char *const schemas[] = {"schema", "search_path", "currentSchema", NULL};
    wend_error_set(error, WEND_USAGE,
                   "the database URL has a parameter that libpq does not know: %s", name);
    return wend_error_hint(error, g_strv_contains(schemas, name)
                                      ? "leave it out; a schema other than public is said with "
                                        "options=-csearch_path%%3DNAME"
                                      : "leave it out: it is another program's");
}

/* What libpq reads as a URL must be one: it is told before anything is tried. */
static bool check_url(const char *url, WendError *error)
{
    char *reason = NULL;
    if (!check_credentials(url, error))
        return false;
    PQconninfoOption *options = PQconninfoParse(url, &reason);
    if (options != NULL) {
        bool sound = has_sound_ports(options) ? check_ports(options, error) : fail_url(NULL, error);
        PQconninfoFree(options);
        return sound;
    }
    g_autofree char *unknown = unknown_parameter(url);
    if (unknown != NULL) {
        PQfreemem(reason);
        return fail_parameter(unknown, error);
    }
    g_autofree char *text = g_strdup(reason != NULL ? g_strstrip(reason) : "out of memory");
    PQfreemem(reason);
    /* It may repeat a part of the URL, with a password in it. */
    bool safe = strchr(url, '@') == NULL && strstr(url, "password") == NULL;
    return fail_url(safe ? text : NULL, error);
}

/* One that is lost is told as that. */
static bool is_busy(PGconn *pg)
{
#ifdef LIBPQ_HAS_PIPELINING
    if (PQpipelineStatus(pg) != PQ_PIPELINE_OFF)
        return true;
#endif
    return PQstatus(pg) == CONNECTION_OK && PQtransactionStatus(pg) != PQTRANS_IDLE;
}

/* wend's texts are UTF-8, and its strings mean what they say. libpq knows how the host has it, so that nobody need be
 * asked. */
static bool take_host(Connection *connection, PGconn *pg, WendError *error)
{
    static const struct {
        const char *name, *wanted;
    } settings[] = {{"client_encoding", "UTF8"}, {"standard_conforming_strings", "on"}};
    g_autoptr(GString) ours = g_string_new(NULL), theirs = g_string_new(NULL);
    connection->pg = pg;
    connection->borrowed = true;
    if (PQstatus(pg) != CONNECTION_OK)
        return wend_pg_lost(connection, error);
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        const char *is = PQparameterStatus(pg, settings[i].name);
        if (is == NULL || strcmp(is, settings[i].wanted) == 0)
            continue;
        g_string_append_printf(ours, "SET %s = '%s';\n", settings[i].name, settings[i].wanted);
        g_string_append_printf(theirs, "SET %s = '%s';\n", settings[i].name, is);
    }
    if (ours->len == 0)
        return true;
    connection->host_reading = g_string_free(g_steal_pointer(&theirs), FALSE);
    return wend_pg_exec(connection, ours->str, error);
}

static void give_back(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (connection->host_reading != NULL && PQstatus(connection->pg) == CONNECTION_OK)
        wend_pg_exec(connection, connection->host_reading, &ignored);
}

WendConnection *wend_pg_open(const WendConnect *connect, WendError *error)
{
    if (connect->handle == NULL && !check_url(connect->url, error))
        return NULL;
    if (connect->handle != NULL && is_busy(connect->handle)) {
        wend_error_set(error, WEND_USAGE, "the host's connection is in the middle of something");
        wend_error_hint(error,
                        "end its transaction, and what it waits for, before it is handed over");
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
    connection->local = g_ptr_array_new_with_free_func(g_free);
    connection->replays = g_ptr_array_new_with_free_func(g_free);
    if (connect->handle != NULL) {
        if (take_host(connection, connect->handle, error))
            return &connection->base;
        wend_pg_close(&connection->base);
        return NULL;
    }
    connection->url = g_strdup(connect->url);
    g_autofree char *name = wend_pg_session_name("wend");
    connection->pg = connect_waiting(connection, name, connect->wait_ms,
                                     connect->create == WEND_CREATE_DATABASE, error);
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
    give_back(connection);
    if (!connection->borrowed)
        PQfinish(connection->pg);
    PQfinish(connection->other);
    PQfinish(connection->guard);
    g_strfreev(connection->own);
    g_ptr_array_unref(connection->set);
    g_ptr_array_unref(connection->local);
    g_ptr_array_unref(connection->replays);
    g_free(connection->host_settings);
    g_free(connection->host_reading);
    g_free(connection->url);
    g_free(connection->database);
    g_free(connection->schema);
    g_free(connection->role);
    g_free(connection->blockers);
    g_free(connection);
}

static bool is_secret(const char *parameter)
{
    static const char *const words[] = {"password", "sslpassword"};
    g_autofree char *name = g_uri_unescape_segment(parameter, strchr(parameter, '='), NULL);
    for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(words); i++) {
        if (strcmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

/* Leaves the password out of scheme://user:password@host, and of the parameters. libpq lets a password
 * hold anything but / and @. */
char *wend_pg_display(const char *url)
{
    GString *shown = g_string_new(NULL);
    const char *authority = authority_of(url);
    const char *rest = authority != NULL ? authority : url;
    const char *at = authority != NULL ? credentials_end(authority, true) : NULL;
    const char *colon = at != NULL ? memchr(rest, ':', (gsize)(at - rest)) : NULL;
    g_string_append_len(shown, url, (colon != NULL ? colon : rest) - url);
    const char *from = colon != NULL ? at : rest;
    const char *query = strchr(at != NULL ? at : rest, '?');
    g_string_append_len(shown, from, query != NULL ? query - from : (gssize)strlen(from));
    g_auto(GStrv) parameters = g_strsplit(query != NULL ? query + 1 : "", "&", -1);
    const char *separator = "?";
    for (char **one = parameters; *one != NULL; one++) {
        if (is_secret(*one))
            continue;
        g_string_append_printf(shown, "%s%s", separator, *one);
        separator = "&";
    }
    return g_string_free(shown, FALSE);
}
