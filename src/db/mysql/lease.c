/* SPDX-License-Identifier: MIT
 *
 * The lock on a Galera cluster, where GET_LOCK() and SELECT … FOR UPDATE are one node's own and LOCK TABLES
 * can hang everything: a row that is inserted by whoever is first. Its token is checked in every
 * transaction with wend's rows, its beat goes on as long as the holder lives. It is taken over by a
 * compare-and-set when token and beat have stayed the same for a full time-to-live in which the waiter's
 * own commits succeeded: a cluster that stands still, stands still for both.
 *
 * Rows of <journal>_lease: slot "holder", and one for each that waits, its token as the slot.
 */
#include "db/mysql/beat.h"

#include <string.h>

#define TIME_TO_LIVE_MS 15000
#define POLL_MS         1000
#define TELL_EVERY_MS   1000
/* Between two commits of one's own there may lie no more than this, or the count begins anew. */
#define COMMIT_GAP_MS 5000

#define NOW "UTC_TIMESTAMP(3)"

enum { NO_TABLE = 1146, DUPLICATE = 1062 };

struct Lease {
    char *table; /* quoted */
    char *token;
    Beat *beat;
};

/* The holder as a waiter saw it, and since when. */
typedef struct Sight {
    char *token, *beat, *who;
    gint64 since, committed;
} Sight;

static void sight_clear(Sight *sight)
{
    g_free(sight->token);
    g_free(sight->beat);
    g_free(sight->who);
    *sight = (Sight){0};
}

static char *table_of(const Connection *connection, const char *journal)
{
    g_autofree char *full =
        strchr(journal, '.') != NULL
            ? g_strconcat(journal, WEND_MYSQL_LEASE, NULL)
            : g_strconcat(connection->database, ".", journal, WEND_MYSQL_LEASE, NULL);
    return wend_quote_table(WEND_DIALECT_MYSQL, full);
}

static void lease_free(Lease *lease)
{
    g_free(lease->table);
    g_free(lease->token);
    g_free(lease);
}

bool wend_mysql_fail_lease(WendError *error)
{
    wend_error_set(error, WEND_LOCKED, "the lease was taken over by another run of wend");
    return wend_error_hint(error, "look at `wend status`, then run the command again");
}

/* --- statements --- */

typedef enum Answer { DONE, REFUSED, BROKEN } Answer;

/* An autocommit statement: DONE when it changed a row, REFUSED when it did not, or the key was there. What
 * loses against another node's write is tried again by the caller's next round, as REFUSED. */
static Answer change(Connection *connection, const char *sql, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    if (wend_mysql_exec(connection, sql, &failure))
        return mysql_affected_rows(connection->mysql) > 0 ? DONE : REFUSED;
    if (mysql_errno(connection->mysql) == DUPLICATE || wend_mysql_is_locked(connection))
        return REFUSED;
    wend_error_move(error, &failure);
    return BROKEN;
}

static Answer insert_holder(Connection *connection, const Lease *lease, const char *who,
                            WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql,
                           "INSERT INTO %s (slot, token, who, beat, at) VALUES ('holder', '%s', ",
                           lease->table, lease->token);
    wend_mysql_text(sql, who);
    g_string_append(sql, ", 0, " NOW ")");
    return change(connection, sql->str, error);
}

static Answer take_over(Connection *connection, const Lease *lease, const char *who,
                        const Sight *sight, WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "UPDATE %s SET token = '%s', beat = beat + 1, at = " NOW ", who = ",
                           lease->table, lease->token);
    wend_mysql_text(sql, who);
    g_string_append(sql, " WHERE slot = 'holder' AND token = ");
    wend_mysql_text(sql, sight->token);
    g_string_append_printf(sql, " AND beat = %s", sight->beat);
    return change(connection, sql->str, error);
}

/* Says that one waits, and proves that commits pass. */
static Answer insert_waiter(Connection *connection, const Lease *lease, const char *who,
                            WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "INSERT INTO %s (slot, token, who, beat, at) VALUES ('%s', '%s', ",
                           lease->table, lease->token, lease->token);
    wend_mysql_text(sql, who);
    g_string_append(sql, ", 0, " NOW ") ON DUPLICATE KEY UPDATE beat = beat + 1, at = " NOW);
    return change(connection, sql->str, error);
}

static void remove_waiter(Connection *connection, const Lease *lease)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autofree char *sql = g_strdup_printf(
        "DELETE FROM %s WHERE slot = '%s' OR (slot <> 'holder' AND at < " NOW " - INTERVAL 1 HOUR)",
        lease->table, lease->token);
    wend_mysql_exec(connection, sql, &ignored);
}

static bool create_table(Connection *connection, const char *table, WendError *error)
{
    g_autofree char *sql =
        g_strdup_printf("CREATE TABLE IF NOT EXISTS %s (\n"
                        "    slot VARCHAR(64) NOT NULL PRIMARY KEY,\n"
                        "    token VARCHAR(64) NOT NULL,\n"
                        "    who VARCHAR(255) NOT NULL,\n"
                        "    beat BIGINT NOT NULL,\n"
                        "    at DATETIME(3) NOT NULL\n"
                        ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                        table);
    return wend_mysql_exec(connection, sql, error);
}

/* --- looking --- */

static bool take_sight(const WendRow *row, void *data, WendError *error)
{
    Sight *sight = data;
    (void)error;
    sight->token = g_strdup(row->values[0]);
    sight->beat = g_strdup(row->values[1]);
    sight->who = g_strdup(row->values[2]);
    return true;
}

/* The holder's row; without one, `sight` is left empty. */
static bool look(Connection *connection, const Lease *lease, Sight *sight, WendError *error)
{
    g_autoptr(WendQuery) query = wend_query_take(
        g_strdup_printf("SELECT token, beat, who FROM %s WHERE slot = 'holder'", lease->table));
    return wend_mysql_query(&connection->base, query, take_sight, sight, error);
}

/* Whether it is as it was; else the count begins anew. */
static bool same_sight(Sight *known, Sight *now)
{
    if (known->token != NULL && g_strcmp0(known->token, now->token) == 0 &&
        g_strcmp0(known->beat, now->beat) == 0) {
        sight_clear(now);
        return true;
    }
    sight_clear(known);
    *known = *now;
    known->since = known->committed = g_get_monotonic_time();
    *now = (Sight){0};
    return false;
}

/* --- taking it --- */

typedef struct Wait {
    Lease *lease;
    char *self;
    Sight sight;
    gint64 start, told;
} Wait;

static void tell(Connection *connection, Wait *wait)
{
    const WendWatch *watch = &connection->watch;
    gint64 now = g_get_monotonic_time();
    if (watch->waiting == NULL || (wait->told != 0 && now - wait->told < TELL_EVERY_MS * 1000))
        return;
    g_autoptr(WendWho) holder = wait->sight.who != NULL ? wend_who_parse(wait->sight.who) : NULL;
    wait->told = now;
    watch->waiting(WEND_WAITING_LOCK, holder, NULL, (now - wait->start) / 1000, watch->data);
}

static Answer try_first(Connection *connection, const Wait *wait, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    Answer answer = insert_holder(connection, wait->lease, wait->self, &failure);
    if (answer != BROKEN)
        return answer;
    if (mysql_errno(connection->mysql) != NO_TABLE) {
        wend_error_move(error, &failure);
        return BROKEN;
    }
    if (!create_table(connection, wait->lease->table, error))
        return BROKEN;
    return insert_holder(connection, wait->lease, wait->self, error);
}

/* One round of waiting. */
static Answer try_again(Connection *connection, Wait *wait, WendError *error)
{
    Sight now = {0};
    if (!look(connection, wait->lease, &now, error))
        return BROKEN;
    if (now.token == NULL)
        return insert_holder(connection, wait->lease, wait->self, error);
    bool same = same_sight(&wait->sight, &now);
    Answer proof = insert_waiter(connection, wait->lease, wait->self, error);
    if (proof == BROKEN)
        return BROKEN;
    gint64 time = g_get_monotonic_time();
    if (proof == REFUSED || time - wait->sight.committed > COMMIT_GAP_MS * 1000)
        wait->sight.since = time;
    wait->sight.committed = time;
    if (!same || time - wait->sight.since < TIME_TO_LIVE_MS * 1000)
        return REFUSED;
    return take_over(connection, wait->lease, wait->self, &wait->sight, error);
}

static bool fail_time(Connection *connection, Wait *wait, WendError *error)
{
    g_auto(WendError) failure = WEND_ERROR_INIT;
    if (wait->sight.who == NULL && !look(connection, wait->lease, &wait->sight, &failure))
        return wend_error_move(error, &failure);
    g_autoptr(WendWho) holder = wait->sight.who != NULL ? wend_who_parse(wait->sight.who) : NULL;
    return wend_mysql_fail_held(holder, error);
}

static bool wait_for_lease(Connection *connection, Wait *wait, WendError *error)
{
    Answer answer = try_first(connection, wait, error);
    while (answer == REFUSED) {
        gint64 waited_ms = (g_get_monotonic_time() - wait->start) / 1000;
        if (wend_mysql_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED,
                                  "interrupted while waiting for the lock");
        if (waited_ms >= connection->lock_timeout_ms)
            return fail_time(connection, wait, error);
        tell(connection, wait);
        for (gint64 left = MIN(POLL_MS, connection->lock_timeout_ms - waited_ms);
             left > 0 && !wend_mysql_interrupted(connection, 1); left -= 50)
            g_usleep((gulong)MIN(left, 50) * 1000);
        answer = try_again(connection, wait, error);
    }
    return answer == DONE;
}

bool wend_mysql_lease_take(Connection *connection, const char *journal, WendError *error)
{
    g_autoptr(WendWho) who = wend_who_self();
    Wait wait = {.start = g_get_monotonic_time(), .self = wend_who_line(who)};
    Retry retry = {.connection = connection};
    g_auto(Packet) head = {0};
    Sent sent;
    if (connection->url == NULL) {
        g_free(wait.self);
        return wend_error_set(error, WEND_USAGE,
                              "on Galera, wend needs a URL: its lock has a connection of its own");
    }
    wait.lease = g_new0(Lease, 1);
    wait.lease->table = table_of(connection, journal);
    wait.lease->token = g_uuid_string_random();
    wend_mysql_packet_init(&head);
    wend_mysql_packet_head(connection, &head, MAX(wend_mysql_retry_seconds(&retry), 1));
    bool ok = wend_mysql_send(connection, &head, NULL, &sent, error) &&
              wait_for_lease(connection, &wait, error);
    if (wait.sight.committed != 0)
        remove_waiter(connection, wait.lease);
    if (ok) {
        g_autofree char *sql = g_strdup_printf("UPDATE %s SET beat = beat + 1, at = " NOW
                                               " WHERE slot = 'holder' AND token = '%s'",
                                               wait.lease->table, wait.lease->token);
        connection->lease = wait.lease;
        connection->lease->beat = wend_mysql_beat_start(connection->url, sql);
    } else {
        lease_free(wait.lease);
    }
    sight_clear(&wait.sight);
    g_free(wait.self);
    return ok;
}

bool wend_mysql_lease_check(Connection *connection, WendError *error)
{
    if (wend_mysql_beat_lost(connection->lease->beat))
        return wend_mysql_fail_lease(error);
    return wend_mysql_is_connected(connection) || wend_mysql_fail_gone(error);
}

void wend_mysql_lease_drop(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    Lease *lease = g_steal_pointer(&connection->lease);
    wend_mysql_beat_end(lease->beat);
    g_autofree char *sql = g_strdup_printf("DELETE FROM %s WHERE slot = 'holder' AND token = '%s'",
                                           lease->table, lease->token);
    for (guint i = 0; i < 3 && wend_mysql_is_connected(connection); i++) {
        if (wend_mysql_exec(connection, sql, &ignored) || !wend_mysql_is_locked(connection))
            break;
    }
    lease_free(lease);
}

/* --- who --- */

typedef struct Found {
    WendWho *holder;
    GPtrArray *waiters;
} Found;

static bool take_who(const WendRow *row, void *data, WendError *error)
{
    Found *found = data;
    WendWho *who = wend_who_parse(row->values[1]);
    (void)error;
    if (who != NULL && strcmp(row->values[0], "holder") == 0)
        found->holder = who;
    else if (who != NULL && found->waiters != NULL)
        g_ptr_array_add(found->waiters, who);
    else
        wend_who_free(who);
    return true;
}

bool wend_mysql_lease_holder(Connection *connection, const char *journal, WendWho **holder,
                             GPtrArray *waiters, WendError *error)
{
    g_autofree char *table = table_of(connection, journal);
    g_autoptr(WendQuery) query = wend_query_take(g_strdup_printf(
        "SELECT slot, who FROM %s WHERE slot = 'holder' OR at > " NOW " - INTERVAL %d SECOND",
        table, TIME_TO_LIVE_MS / 1000));
    Found found = {NULL, waiters};
    g_auto(WendError) failure = WEND_ERROR_INIT;
    if (!wend_mysql_query(&connection->base, query, take_who, &found, &failure) &&
        mysql_errno(connection->mysql) != NO_TABLE)
        return wend_error_move(error, &failure);
    *holder = found.holder;
    return true;
}

/* The row lock that the UPDATE takes keeps the heartbeat waiting: it stands right before the COMMIT. */
void wend_mysql_lease_guard(Connection *connection, Packet *packet)
{
    const Lease *lease = connection->lease;
    if (lease == NULL)
        return;
    g_autofree char *sql =
        g_strdup_printf("UPDATE %s SET beat = beat + 1 WHERE slot = 'holder' AND token = '%s'",
                        lease->table, lease->token);
    wend_mysql_packet_add(packet, PART_OWN, 0, sql, -1);
    wend_mysql_packet_add(packet, PART_LEASE, 0,
                          "SET @wend_lease = IF(ROW_COUNT() = 1, 0, (SELECT 1 UNION SELECT 2))",
                          -1);
}
