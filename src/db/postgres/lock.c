/* SPDX-License-Identifier: MIT
 *
 * wend's lock: a session advisory lock on the connection that runs the statements, so that a statement which
 * outlives its client still holds it. It is polled, between statements: who waited inside one would
 * hold a snapshot, for which CREATE INDEX CONCURRENTLY waits. Behind a transaction pooler a session is
 * nobody's; there the lock is a transaction's, on a second connection, with the same key.
 */
#include "db/postgres/postgres.h"

#include "base/text.h"

#include <poll.h>
#include <string.h>

#define POLL_MS 200
#define TELL_MS 1000
#define POOL_MS 1000 /* a pooler is given at least this for another connection */
#define WAITING "wend-wait"
#define RUNNING "wend"

/* Of the database and the journal's name in it; the one behind it, too, is wend's: see work.c. */
static gint64 key_of(const Connection *connection, const char *journal)
{
    char hex[WEND_SHA256_HEX + 1];
    bool whole = strchr(journal, '.') != NULL || connection->schema == NULL;
    g_autofree char *text =
        g_strdup_printf("wend:%s.%s%s%s", connection->database, whole ? "" : connection->schema,
                        whole ? "" : ".", journal);
    wend_sha256(text, strlen(text), hex);
    hex[16] = '\0';
    return (gint64)(g_ascii_strtoull(hex, NULL, 16) & ~G_GUINT64_CONSTANT(1));
}

static bool is_true(const char *value)
{
    return g_strcmp0(value, "t") == 0;
}

static void name_session(Connection *connection, const char *word)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autofree char *name = wend_pg_session_name(word);
    g_autoptr(GString) sql = g_string_new("SET application_name = ");
    wend_pg_append_text(sql, name);
    wend_pg_exec(connection, sql->str, &ignored);
}

/* --- who holds it --- */

typedef struct Listing {
    WendWho *holder;
    GPtrArray *waiters; /* may be NULL */
    char *query;        /* what the holder runs */
} Listing;

/* From "wend 4242 ann@web1", or for a session of another name what the server knows. */
static WendWho *who_of(const char *name, const char *user, const char *address, const char *pid,
                       const char *since)
{
    WendWho *who = g_new0(WendWho, 1);
    g_auto(GStrv) words = g_strsplit(name, " ", 3);
    char *at = g_strv_length(words) == 3 ? strchr(words[2], '@') : NULL;
    if (g_str_has_prefix(name, RUNNING) && at != NULL) {
        *at = '\0';
        who->pid = g_ascii_strtoll(words[1], NULL, 10);
        who->user = g_strdup(words[2]);
        who->host = g_strdup(at + 1);
    } else {
        who->pid = g_ascii_strtoll(pid, NULL, 10);
        who->user = g_strdup(user);
        who->host = g_strdup(address);
    }
    who->since = g_strdup(since);
    return who;
}

/* A backend at work does not notice that its client is gone before it answers. */
static void tell_session(WendWho *who, const char *pid, const char *query, const char *seconds)
{
    if (query[0] == '\0')
        return;
    who->session = g_strdup_printf("backend %s, at work for %s s", pid, seconds);
    who->end = g_strdup_printf("SELECT pg_terminate_backend(%s)", pid);
}

static bool take_session(const PGresult *result, guint index, void *data, WendError *error)
{
    enum { HOLDS, NAME, USER, ADDRESS, PID, SINCE, QUERY, FOR };
    (void)index;
    (void)error;
    Listing *listing = data;
    for (int i = 0; i < PQntuples(result); i++) {
        WendWho *who = who_of(PQgetvalue(result, i, NAME), PQgetvalue(result, i, USER),
                              PQgetvalue(result, i, ADDRESS), PQgetvalue(result, i, PID),
                              PQgetvalue(result, i, SINCE));
        tell_session(who, PQgetvalue(result, i, PID), PQgetvalue(result, i, QUERY),
                     PQgetvalue(result, i, FOR));
        bool holds = is_true(PQgetvalue(result, i, HOLDS));
        if (holds && listing->holder == NULL) {
            listing->holder = who;
            listing->query = g_strdup(PQgetvalue(result, i, QUERY));
        } else if (!holds && listing->waiters != NULL) {
            g_ptr_array_add(listing->waiters, who);
        } else {
            wend_who_free(who);
        }
    }
    return true;
}

/* A lock with a key of 64 bits stands in pg_locks in two halves, with objsubid 1. Behind a pooler, what outlived its
 * run holds the second key alone: see no_orphan(). Waiters are known by the name of their session. */
static bool list_sessions(Connection *connection, gint64 key, Listing *listing, WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_pg_append_reading(sql, connection);
    g_string_append_printf(
        sql,
        "SELECT l.pid IS NOT NULL, a.application_name, a.usename, coalesce(host(a.client_addr), "
        "'local'), "
        "a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), "
        "CASE WHEN a.state = 'active' THEN left(a.query, 100) ELSE '' END, "
        "extract(epoch FROM clock_timestamp() - a.query_start)::int "
        "FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_locks l ON l.pid = a.pid AND "
        "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid "
        "FROM "
        "pg_catalog.pg_database WHERE datname = current_database()) AND ((l.classid::bigint << 32) "
        "| "
        "l.objid::bigint) IN (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
        ") WHERE a.datname = current_database() AND "
        "(l.pid IS NOT NULL OR (a.pid <> pg_backend_pid() AND a.application_name LIKE '" WAITING
        " %%')) ORDER BY "
        "l.objid, a.backend_start",
        key, key + 1);
    Sending sending = {.sql = sql->str, .result = take_session, .data = listing};
    return wend_pg_send(connection, &sending, error);
}

bool wend_pg_holder(WendConnection *base, const char *journal, WendWho **holder, GPtrArray *waiters,
                    WendError *error)
{
    Connection *connection = (Connection *)base;
    Listing listing = {NULL, waiters, NULL};
    if (!wend_pg_known(connection, error) ||
        !list_sessions(connection, key_of(connection, journal), &listing, error))
        return false;
    *holder = listing.holder;
    g_free(listing.query);
    return true;
}

/* --- taking it --- */

/* On the guard's own session, synchronously: each of these is answered at once. */
static bool guard_ask(Connection *connection, const char *sql, bool *answer, WendError *error)
{
    PGresult *result = PQexec(connection->guard, sql);
    ExecStatusType status = PQresultStatus(result);
    bool ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!ok) {
        g_autofree char *reason = g_strdup(PQerrorMessage(connection->guard));
        g_strdelimit(g_strstrip(reason), "\n\t", ' ');
        wend_error_set(error, WEND_CONNECT, "the session that holds wend's lock failed: %s",
                       reason);
        wend_error_hint(error, "run the same command again");
    } else if (answer != NULL)
        *answer = PQntuples(result) > 0 && is_true(PQgetvalue(result, 0, 0));
    PQclear(result);
    return ok;
}

static bool try_guard(Connection *connection, bool *got, WendError *error)
{
    g_autofree char *sql = g_strdup_printf(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; "
        "SELECT pg_catalog.pg_try_advisory_xact_lock(%" G_GINT64_FORMAT ")",
        connection->key);
    if (connection->guard == NULL) {
        g_autofree char *name = wend_pg_session_name(RUNNING);
        connection->guard = wend_pg_another(connection, name, error);
        if (connection->guard == NULL)
            return false;
    }
    return guard_ask(connection, sql, got, error) &&
           (*got || guard_ask(connection, "ROLLBACK", NULL, error));
}

static bool try_session(Connection *connection, bool *got, WendError *error)
{
    g_autofree char *value = NULL;
    /* Twice: see wend_pg_append_held(). */
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_pg_append_patience(sql, connection);
    wend_pg_append_reading(sql, connection);
    g_string_append_printf(sql,
                           "SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(%" G_GINT64_FORMAT
                           ") THEN pg_catalog.pg_try_advisory_lock(%" G_GINT64_FORMAT
                           ") ELSE false END",
                           connection->key, connection->key);
    if (!wend_pg_value(connection, sql->str, &value, error))
        return false;
    *got = is_true(value);
    return true;
}

static bool fail_alone_with_guard(const Connection *connection, WendError *error)
{
    wend_error_clear(error);
    if (wend_pg_interrupted(connection, 1))
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted while waiting for the pooler");
    wend_error_set(error, WEND_CONNECT, "the pooler gave this run no second connection in time");
    return wend_error_hint(error,
                           "a run needs two at once behind a pooler, one for its lock: raise the "
                           "size of the pool, or give the URL of the server itself");
}

/* Each transaction of a pooled run holds a second key: one that outlived its client ends before anybody
 * else begins, through the pooler or not. It is asked for, and given back at once. A pool that holds no more
 * than the guard would keep this waiting for good. */
static bool no_orphan(Connection *connection, bool *gone, WendError *error)
{
    g_autofree char *value = NULL;
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_pg_append_reading(sql, connection);
    g_string_append_printf(sql, "SELECT pg_catalog.pg_try_advisory_xact_lock(%" G_GINT64_FORMAT ")",
                           connection->key + 1);
    gint64 limit_ms = connection->pooled ? MAX(connection->lock_timeout_ms, POOL_MS) : 0;
    bool given_up;
    if (!wend_pg_value_within(connection, sql->str, limit_ms, &given_up, &value, error))
        return given_up ? fail_alone_with_guard(connection, error) : false;
    *gone = is_true(value);
    return true;
}

static bool fail_held(Connection *connection, gint64 key, WendError *error)
{
    Listing listing = {NULL, NULL, NULL};
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    list_sessions(connection, key, &listing, &ignored);
    g_autoptr(WendWho) holder = listing.holder;
    g_autofree char *query = listing.query;
    g_autofree char *who = holder != NULL ? wend_who_text(holder) : g_strdup("another session");
    /* A whole segment is one string, of which the beginning is wend's own. */
    bool whole = query != NULL && g_str_has_prefix(query, "BEGIN");
    bool busy = query != NULL && query[0] != '\0';
    wend_error_set(error, WEND_LOCKED, "the lock is held by %s%s%s", who,
                   whole  ? ", which runs a migration"
                   : busy ? ", which runs: "
                          : "",
                   busy && !whole ? query : "");
    return wend_error_hint(error, "wait for it, or raise --lock-timeout");
}

static void tell(Connection *connection, gint64 key, gint64 waited_ms)
{
    Listing listing = {NULL, NULL, NULL};
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (connection->watch.waiting == NULL || !list_sessions(connection, key, &listing, &ignored))
        return;
    g_autoptr(WendWho) holder = listing.holder;
    g_free(listing.query);
    connection->watch.waiting(WEND_WAITING_LOCK, holder, NULL, waited_ms, connection->watch.data);
}

/* Polls until it has the lock, and nobody is left behind it, or the time is over. */
static bool poll_lock(Connection *connection, bool *named, WendError *error)
{
    gint64 start = g_get_monotonic_time(), told = 0;
    for (;;) {
        bool free = false;
        if (!connection->locked &&
            !(connection->pooled ? try_guard : try_session)(connection, &connection->locked, error))
            return false;
        if (connection->locked && !no_orphan(connection, &free, error))
            return false;
        if (free)
            return true;
        gint64 key = connection->key + connection->locked;
        gint64 waited = (g_get_monotonic_time() - start) / 1000;
        if (wend_pg_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED,
                                  "interrupted while waiting for the lock");
        if (waited >= connection->lock_timeout_ms)
            return fail_held(connection, key, error);
        /* A host's session keeps its name. */
        if (!*named && !connection->borrowed) {
            *named = true;
            name_session(connection, WAITING);
        }
        if (told == 0 || waited - told >= TELL_MS) {
            tell(connection, key, waited);
            told = MAX(waited, 1);
        }
        gint64 pause = g_random_int_range(POLL_MS / 2, POLL_MS + POLL_MS / 2);
        g_usleep((gulong)MIN(pause, MAX(connection->lock_timeout_ms - waited, 1)) * 1000);
    }
}

bool wend_pg_lock(WendConnection *base, const char *journal, WendError *error)
{
    Connection *connection = (Connection *)base;
    bool named = false;
    if (connection->locked)
        return true;
    if (!wend_pg_known(connection, error))
        return false;
    connection->key = key_of(connection, journal);
    bool ok = poll_lock(connection, &named, error);
    if (named && PQstatus(connection->pg) == CONNECTION_OK)
        name_session(connection, RUNNING);
    if (!ok)
        wend_pg_unlock(base);
    return ok;
}

bool wend_pg_lock_check(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    struct pollfd one = {.fd = PQsocket(connection->pg), .events = POLLIN};
    /* A session that was ended has left word of it; wend's lock went with it. */
    bool gone = false;
    while (!gone && poll(&one, 1, 0) > 0)
        gone = PQconsumeInput(connection->pg) == 0 || PQstatus(connection->pg) != CONNECTION_OK;
    if (!gone && connection->locked)
        return true;
    connection->locked = false;
    if (gone)
        return wend_pg_lost(connection, error);
    wend_error_set(error, WEND_LOCKED, "the lock is not held");
    return wend_error_hint(error, "run the same command again");
}

/* A session lock is counted. It is held twice, so that one of the two can be given back, which tells whether it
 * was there, and taken again, without ever being free. */
void wend_pg_append_held(GString *sql, const Connection *connection)
{
    if (!connection->locked || connection->pooled)
        return;
    g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT, connection->key);
    g_string_append_printf(sql,
                           "SELECT CAST(CASE WHEN pg_catalog.pg_advisory_unlock(%s) THEN CASE WHEN "
                           "pg_catalog.pg_try_advisory_lock(%s) THEN '1' ELSE ",
                           key, key);
    wend_pg_append_text(sql, NOT_HELD);
    g_string_append(sql, " END ELSE ");
    wend_pg_append_text(sql, NOT_HELD);
    g_string_append(sql, " END AS integer);\n");
}

bool wend_pg_guard_alive(Connection *connection, WendError *error)
{
    if (connection->guard == NULL || !connection->locked)
        return true;
    return guard_ask(connection, "SELECT 1", NULL, error);
}

void wend_pg_unlock(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_clear_pointer(&connection->guard, PQfinish);
    bool held = connection->locked && !connection->pooled;
    connection->locked = false;
    g_autofree char *sql = g_strdup_printf("SELECT pg_catalog.pg_advisory_unlock(%" G_GINT64_FORMAT
                                           "), pg_catalog.pg_advisory_unlock(%" G_GINT64_FORMAT ")",
                                           connection->key, connection->key);
    if (held && PQstatus(connection->pg) == CONNECTION_OK)
        wend_pg_exec(connection, sql, &ignored);
}
