/* SPDX-License-Identifier: MIT
 *
 * wend's lock: GET_LOCK() on the connection that runs the statements, so that a killed run's statement,
 * which the server carries on with, still holds it. On Galera, where such a lock is one node's own, a row
 * stands for it: lease.c.
 *
 * Who holds it: the server knows user and host, but no process. Its number and the time are told by further
 * locks, one for each bit that is set: "NAME/p3" is bit 3 of the process, "NAME/t7" bit 7 of the time.
 * They end with the session, as the lock itself does; no row stays behind. Who waits does so inside of
 * GET_LOCK(), for a second at a time, in a statement whose comment says who it is. MySQL up to 5.6 knows one
 * lock per session: there the connection's attributes tell, which MariaDB does not keep as a rule.
 */
#include "db/mysql/mysql.h"

#include "base/text.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define BITS          32
#define SHOWN_MAX     80 /* bytes of a statement */
#define TELL_EVERY_MS 1000
#define WAITER        "wend waits: "

/* At most 64 characters, the same for every client of this journal. Caller frees. */
static char *lock_name(const Connection *connection, const char *journal)
{
    g_autofree char *full = strchr(journal, '.') != NULL
                                ? g_strdup(journal)
                                : g_strconcat(connection->database, ".", journal, NULL);
    char sum[WEND_SHA256_HEX + 1];
    wend_sha256(full, strlen(full), sum);
    return g_strdup_printf("wend:%.40s", sum);
}

bool wend_mysql_has_many_locks(const Connection *connection)
{
    return connection->mariadb || connection->version >= 50705;
}

static void add_signs(GPtrArray *signs, const char *name, char kind, guint32 value)
{
    for (guint bit = 0; bit < BITS; bit++) {
        if (value & (1u << bit))
            g_ptr_array_add(signs, g_strdup_printf("%s/%c%u", name, kind, bit));
    }
}

/* SELECT of a sum of calls, one for each sign. */
static char *calls(const GPtrArray *signs, const char *format)
{
    g_auto(GStrv) halves = g_strsplit(format, "?", 2);
    GString *sql = g_string_new("DO 0");
    for (guint i = 0; i < signs->len; i++)
        g_string_append_printf(sql, ", %s'%s'%s", halves[0], (char *)signs->pdata[i], halves[1]);
    return g_string_free(sql, FALSE);
}

static void hang_signs_out(Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_ptr_array_set_size(connection->lock_signs, 0);
    if (!wend_mysql_has_many_locks(connection))
        return;
    add_signs(connection->lock_signs, connection->lock_name, 'p', (guint32)getpid());
    add_signs(connection->lock_signs, connection->lock_name, 't',
              (guint32)(g_get_real_time() / G_USEC_PER_SEC));
    g_autofree char *sql = calls(connection->lock_signs, "GET_LOCK(?, 0)");
    g_auto(Packet) packet = {0};
    Receiver receiver = {.row = wend_mysql_stays_row, .data = connection};
    Sent sent;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_add(&packet, PART_OWN, 0, sql, -1);
    wend_mysql_stays_ask(connection, &packet);
    wend_mysql_send(connection, &packet, &receiver, &sent, &ignored);
}

/* --- who --- */

typedef struct Holder {
    gint64 id; /* of the connection; 0 = nobody */
    char *user, *host;
    guint32 pid, since;
    char *session; /* NULL = that may not be seen */
} Holder;

static bool take_holder(const WendRow *row, void *data, WendError *error)
{
    Holder *holder = data;
    (void)error;
    if (row->values[0] == NULL)
        return true;
    holder->id = g_ascii_strtoll(row->values[0], NULL, 10);
    holder->user = g_strdup(row->values[1] != NULL ? row->values[1] : "?");
    holder->host = g_strdup(row->values[2] != NULL ? row->values[2] : "?");
    const char *info = row->values[3 + 2 * BITS], *seconds = row->values[4 + 2 * BITS];
    gsize length = info != NULL ? MIN(strcspn(info, "\r\n"), SHOWN_MAX) : 0;
    g_autofree char *shown = g_utf8_make_valid(info != NULL ? info : "", (gssize)length);
    if (seconds != NULL)
        holder->session = g_strdup_printf("connection %s (%s, for %s s)", row->values[0],
                                          shown[0] != '\0' ? shown : "idle", seconds);
    for (guint bit = 0; bit < BITS; bit++) {
        if (g_strcmp0(row->values[3 + bit], row->values[0]) == 0)
            holder->pid |= 1u << bit;
        if (g_strcmp0(row->values[3 + BITS + bit], row->values[0]) == 0)
            holder->since |= 1u << bit;
    }
    return true;
}

static char *holder_sql(const char *name)
{
    GString *sql = g_string_new("SELECT l.id, p.user, SUBSTRING_INDEX(p.host, ':', 1)");
    for (guint bit = 0; bit < BITS; bit++)
        g_string_append_printf(sql, ", IS_USED_LOCK('%s/p%u')", name, bit);
    for (guint bit = 0; bit < BITS; bit++)
        g_string_append_printf(sql, ", IS_USED_LOCK('%s/t%u')", name, bit);
    g_string_append_printf(sql,
                           ", p.info, p.time FROM (SELECT IS_USED_LOCK('%s') AS id) l "
                           "LEFT JOIN information_schema.PROCESSLIST p ON p.id = l.id",
                           name);
    return g_string_free(sql, FALSE);
}

static char *time_text(gint64 seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *text =
        time != NULL && seconds > 0 ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%S.000Z") : NULL;
    return text != NULL ? g_steal_pointer(&text) : g_strdup("an unknown time");
}

static bool take_attribute(const WendRow *row, void *data, WendError *error)
{
    WendWho **who = data;
    (void)error;
    if (*who == NULL && row->values[0] != NULL)
        *who = wend_who_parse(row->values[0]);
    return true;
}

/* NULL where the server does not say. */
static WendWho *find_by_attribute(Connection *connection, gint64 id)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(WendQuery) query =
        wend_query_new("SELECT attr_value FROM performance_schema.session_connect_attrs "
                       "WHERE processlist_id = ? AND attr_name = '" WEND_MYSQL_WHO "'");
    WendWho *who = NULL;
    wend_query_integer(query, id);
    wend_mysql_query(&connection->base, query, take_attribute, &who, &ignored);
    return who;
}

static bool take_waiter(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    const char *info = row->values[0];
    const char *at = info != NULL ? strstr(info, WAITER) : NULL;
    if (at == NULL)
        return true;
    at += strlen(WAITER);
    g_autofree char *line = g_strndup(at, strcspn(at, "*") - 1);
    WendWho *who = wend_who_parse(line);
    if (who != NULL)
        g_ptr_array_add(data, who);
    return true;
}

static WendQuery *waiters_query(const char *name)
{
    g_autofree char *like = g_strdup_printf("SELECT GET_LOCK('%s'%%" WAITER "%%", name);
    WendQuery *query =
        wend_query_new("SELECT info FROM information_schema.PROCESSLIST WHERE info LIKE ?");
    return wend_query_text(query, like);
}

/* `waiters` may be NULL. */
static bool find_holder(Connection *connection, const char *name, WendWho **who, GPtrArray *waiters,
                        WendError *error)
{
    g_autoptr(WendQuery) query = wend_query_take(holder_sql(name));
    g_autoptr(WendQuery) others = waiters_query(name);
    Holder holder = {0};
    guint failed;
    WendRead reads[] = {{query, take_holder, &holder}, {others, take_waiter, waiters}};
    bool ok = wend_mysql_read(&connection->base, reads, waiters != NULL ? 2 : 1, &failed, error);
    *who = NULL;
    if (ok && holder.id != 0 && holder.pid == 0)
        *who = find_by_attribute(connection, holder.id);
    if (ok && holder.id != 0 && *who == NULL) {
        *who = g_new0(WendWho, 1);
        (*who)->user = g_steal_pointer(&holder.user);
        (*who)->host = g_steal_pointer(&holder.host);
        (*who)->pid = holder.pid;
        (*who)->since = time_text(holder.since);
    }
    if (*who != NULL && holder.session != NULL) {
        (*who)->session = g_steal_pointer(&holder.session);
        (*who)->end = g_strdup_printf("KILL %" G_GINT64_FORMAT, holder.id);
    }
    g_free(holder.session);
    g_free(holder.user);
    g_free(holder.host);
    return ok;
}

bool wend_mysql_holder(WendConnection *base, const char *journal, WendWho **holder,
                       GPtrArray *waiters, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!wend_mysql_learn(connection, error))
        return false;
    if (connection->facts.galera)
        return wend_mysql_lease_holder(connection, journal, holder, waiters, error);
    g_autofree char *name = lock_name(connection, journal);
    g_autoptr(WendWho) found = NULL;
    if (!find_holder(connection, name, &found, waiters, error))
        return false;
    *holder = g_steal_pointer(&found);
    return true;
}

bool wend_mysql_fail_held(const WendWho *holder, WendError *error)
{
    g_autofree char *who = holder != NULL ? wend_who_text(holder) : NULL;
    wend_error_set(error, WEND_LOCKED, "another run of wend holds the lock: %s",
                   who != NULL ? who : "who it is cannot be seen");
    return wend_error_hint(error,
                           "wait for it to end, or wait longer with --lock-timeout; its lock "
                           "ends with its connection");
}

/* --- taking it --- */

/* One try of `seconds`. */
static bool try_lock(Connection *connection, const char *name, const char *self, int seconds,
                     bool *got, WendError *error)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT GET_LOCK('%s', %d) /* " WAITER "%s */", name, seconds, self);
    g_autofree char *value = NULL;
    if (!wend_mysql_value(connection, sql, &value, error))
        return false;
    *got = g_strcmp0(value, "1") == 0;
    return true;
}

static void tell(Connection *connection, const char *name, gint64 waited_ms, gint64 *told)
{
    const WendWatch *watch = &connection->watch;
    gint64 now = g_get_monotonic_time();
    if (watch->waiting == NULL || (*told != 0 && now - *told < TELL_EVERY_MS * 1000))
        return;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(WendWho) holder = NULL;
    find_holder(connection, name, &holder, NULL, &ignored);
    *told = now;
    watch->waiting(WEND_WAITING_LOCK, holder, NULL, waited_ms, watch->data);
}

/* Waits in the server for short whiles, in which Ctrl-C goes unheard. */
static bool wait_for_lock(Connection *connection, const char *name, WendError *error)
{
    g_autoptr(WendWho) who = wend_who_self();
    g_autofree char *self = wend_who_line(who);
    gint64 start = g_get_monotonic_time(), told = 0;
    bool got = false;
    if (!try_lock(connection, name, self, 0, &got, error))
        return false;
    while (!got) {
        gint64 waited_ms = (g_get_monotonic_time() - start) / 1000;
        if (wend_mysql_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED,
                                  "interrupted while waiting for the lock");
        if (waited_ms >= connection->lock_timeout_ms) {
            g_auto(WendError) ignored = WEND_ERROR_INIT;
            g_autoptr(WendWho) holder = NULL;
            find_holder(connection, name, &holder, NULL, &ignored);
            return wend_mysql_fail_held(holder, error);
        }
        tell(connection, name, waited_ms, &told);
        gint64 left = connection->lock_timeout_ms - waited_ms;
        if (left < 1000)
            g_usleep((gulong)MIN(left, 50) * 1000);
        if (!try_lock(connection, name, self, left >= 1000, &got, error))
            return false;
    }
    return true;
}

bool wend_mysql_lock(WendConnection *base, const char *journal, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (!wend_mysql_learn(connection, error))
        return false;
    if (connection->facts.galera)
        return wend_mysql_lease_take(connection, journal, error);
    g_autofree char *name = lock_name(connection, journal);
    if (!wait_for_lock(connection, name, error))
        return false;
    connection->lock_name = g_steal_pointer(&name);
    hang_signs_out(connection);
    return true;
}

/* The server keeps it as long as the session lives: whether that does, the socket says. */
bool wend_mysql_is_connected(Connection *connection)
{
    struct pollfd one = {.fd = (int)mysql_get_socket(connection->mysql),
                         .events = POLLIN | POLLRDHUP};
    return poll(&one, 1, 0) == 0;
}

bool wend_mysql_fail_gone(WendError *error)
{
    wend_error_set(error, WEND_CONNECT,
                   "the connection to the server was lost, and wend's lock with it");
    return wend_error_hint(error, "check that the server runs, then run the same command again");
}

bool wend_mysql_check(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (connection->lease != NULL)
        return wend_mysql_lease_check(connection, error);
    if (connection->lock_name == NULL)
        return wend_error_set(error, WEND_LOCKED, "the lock is not held");
    return wend_mysql_is_connected(connection) || wend_mysql_fail_gone(error);
}

void wend_mysql_lock_guard(Connection *connection, Packet *packet)
{
    if (connection->lease != NULL)
        wend_mysql_lease_guard(connection, packet);
    if (connection->lock_name == NULL)
        return;
    g_autofree char *sql = g_strdup_printf("SET @wend_lease = IF(IS_USED_LOCK('%s') = "
                                           "CONNECTION_ID(), 0, (SELECT 1 UNION SELECT 2))",
                                           connection->lock_name);
    wend_mysql_packet_add(packet, PART_LEASE, 0, sql, -1);
}

bool wend_mysql_fail_guard(const Connection *connection, WendError *error)
{
    if (connection->lease != NULL)
        return wend_mysql_fail_lease(error);
    wend_error_set(error, WEND_LOCKED, "wend's lock is gone: something in its session released it");
    return wend_error_hint(error,
                           "take RELEASE_LOCK() and the like out of the migration, then look "
                           "at `wend status`");
}

void wend_mysql_unlock(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    if (connection->lease != NULL)
        wend_mysql_lease_drop(connection);
    if (connection->lock_name == NULL)
        return;
    g_ptr_array_add(connection->lock_signs, g_steal_pointer(&connection->lock_name));
    g_autofree char *sql = calls(connection->lock_signs, "RELEASE_LOCK(?)");
    if (wend_mysql_is_connected(connection))
        wend_mysql_exec(connection, sql, &ignored);
    g_ptr_array_set_size(connection->lock_signs, 0);
}
