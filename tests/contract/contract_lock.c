/* SPDX-License-Identifier: MIT
 *
 * Contract: wend's own lock on a target, between connections of one process and between processes.
 */
#include "contract.h"

#include <string.h>
#include <unistd.h>

static gint64 now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

static void assert_holder(WendConnection *connection, gint64 pid)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendWho) holder = NULL;
    assert_done(connection->driver->holder(connection, "wend_journal", &holder, NULL, &error));
    g_assert_cmpint(holder != NULL ? holder->pid : 0, ==, pid);
    if (holder == NULL)
        return;
    g_assert_nonnull(holder->user);
    g_assert_nonnull(holder->host);
    g_assert_nonnull(holder->since);
}

static void test_lock(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendDriver *driver = bench->driver;
    WendConnection *connection = bench->connection;
    assert_holder(connection, 0);
    driver->unlock(connection);
    assert_fails(driver->check(connection, &error), WEND_LOCKED);
    wend_error_clear(&error);
    for (guint i = 0; i < 2; i++) {
        assert_done(driver->lock(connection, "wend_journal", &error));
        assert_done(driver->check(connection, &error));
        assert_holder(connection, getpid());
        driver->unlock(connection);
        assert_holder(connection, 0);
        g_assert_false(driver->check(connection, NULL));
    }
}

/* It is held over everything that the runner does. */
static void test_lock_lasts(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    const WendDriver *driver = bench->driver;
    WendConnection *other = contract_open(bench, NULL, 0, 0);
    assert_done(driver->lock(bench->connection, "wend_journal", &error));
    contract_items(bench->connection);
    contract_step(bench->connection, "INSERT INTO items VALUES (1, 'a')");
    contract_begin(bench->connection);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, "SELECT * FRM items"), WEND_FAILED);
    wend_error_clear(&error);
    if (contract_target.repeatable != NULL)
        assert_done(driver->alone(bench->connection, NULL, PIECES(contract_target.repeatable),
                                  &worked, &error));
    driver->end_step(bench->connection);
    driver->abandon(bench->connection);
    assert_done(driver->check(bench->connection, &error));
    assert_fails(driver->lock(other, "wend_journal", &error), WEND_LOCKED);
    driver->unlock(bench->connection);
    wend_error_clear(&error);
    assert_done(driver->lock(other, "wend_journal", &error));
    driver->close(other);
}

static void test_two_connections(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendDriver *driver = bench->driver;
    WendConnection *other = contract_open(bench, NULL, 300, 0);
    assert_done(driver->lock(bench->connection, "wend_journal", &error));
    assert_holder(other, getpid());
    gint64 start = now_ms();
    assert_fails(driver->lock(other, "wend_journal", &error), WEND_LOCKED);
    g_assert_cmpint(now_ms() - start, >=, 300);
    g_assert_cmpint(now_ms() - start, <, 15000);
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    g_assert_nonnull(strstr(error.message, pid));
    g_assert_nonnull(error.hint);
    g_assert_cmpuint(bench->waits, ==, 1);
    g_assert_cmpint(bench->waiting, ==, WEND_WAITING_LOCK);
    g_assert_cmpint(bench->waiting_pid, ==, getpid());
    g_assert_false(driver->check(other, NULL));
    /* Who gives up, or lets go of what he has not, takes nothing away. */
    driver->unlock(other);
    assert_done((wend_error_clear(&error), driver->check(bench->connection, &error)));
    assert_holder(other, getpid());
    /* Closing lets go. */
    contract_reopen(bench, 0, 0);
    assert_done(driver->lock(other, "wend_journal", &error));
    assert_fails(driver->lock(bench->connection, "wend_journal", &error), WEND_LOCKED);
    driver->close(other);
}

static void test_notice_rate(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *other = contract_open(bench, NULL, 2500, 0);
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    assert_fails(bench->driver->lock(other, "wend_journal", &error), WEND_LOCKED);
    g_assert_cmpuint(bench->waits, >=, 2);
    g_assert_cmpuint(bench->waits, <=, 3);
    bench->driver->close(other);
}

static void test_targets_apart(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = contract_target.fresh();
    WendConnection *other = contract_open(bench, url, 0, 0);
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    assert_done(bench->driver->lock(other, "wend_journal", &error));
    bench->driver->close(other);
    contract_target.discard(url);
}

/* --- other processes --- */

static void child_holds(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *own = contract_open(bench, NULL, 0, 0);
    assert_done(bench->driver->lock(own, "wend_journal", &error));
    contract_child_ready();
    contract_child_wait();
    bench->driver->unlock(own);
    bench->driver->close(own);
}

static void child_waits(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *own = contract_open(bench, NULL, 30000, 0);
    contract_child_ready();
    assert_done(bench->driver->lock(own, "wend_journal", &error));
    contract_child_ready();
    contract_child_wait();
    /* A server takes its own time over the locks of a connection that was closed. */
    bench->driver->unlock(own);
    bench->driver->close(own);
}

static void test_two_processes(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    ContractProcess child = contract_fork(bench, child_holds);
    assert_holder(bench->connection, child.pid);
    assert_fails(bench->driver->lock(bench->connection, "wend_journal", &error), WEND_LOCKED);
    g_autofree char *pid = g_strdup_printf("%d", (int)child.pid);
    g_assert_nonnull(strstr(error.message, pid));
    contract_end(&child, false);
    wend_error_clear(&error);
    assert_holder(bench->connection, 0);
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
}

static void test_killed_holder(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_reopen(bench, 10000, 0);
    ContractProcess child = contract_fork(bench, child_holds);
    contract_end(&child, true);
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    assert_holder(bench->connection, getpid());
    bench->driver->unlock(bench->connection);
    assert_holder(bench->connection, 0);
}

static void who_free(gpointer who)
{
    wend_who_free(who);
}

/* Polls until `wanted` wait for the lock; the last one's pid, 0 = none. */
static gint64 wait_for_waiters(Bench *bench, guint wanted)
{
    for (guint i = 0; i < 1000; i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(GPtrArray) waiters = g_ptr_array_new_with_free_func(who_free);
        g_autoptr(WendWho) holder = NULL;
        assert_done(
            bench->driver->holder(bench->connection, "wend_journal", &holder, waiters, &error));
        if (waiters->len == wanted)
            return wanted == 0 ? 0 : ((WendWho *)waiters->pdata[wanted - 1])->pid;
        g_usleep(10 * 1000);
    }
    g_assert_not_reached();
}

static void test_waiters(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    ContractProcess child = contract_fork(bench, child_waits);
    g_assert_cmpint(wait_for_waiters(bench, 1), ==, child.pid);
    assert_holder(bench->connection, getpid());
    bench->driver->unlock(bench->connection);
    contract_hear(&child);
    assert_holder(bench->connection, child.pid);
    g_assert_cmpint(wait_for_waiters(bench, 0), ==, 0);
    contract_end(&child, false);
    assert_holder(bench->connection, 0);
}

/* Somebody who was killed while he waited waits no more. */
static void test_killed_waiter(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    ContractProcess child = contract_fork(bench, child_waits);
    g_assert_cmpint(wait_for_waiters(bench, 1), ==, child.pid);
    contract_end(&child, true);
    g_assert_cmpint(wait_for_waiters(bench, 0), ==, 0);
    assert_done(bench->driver->check(bench->connection, &error));
}

static void test_interrupt(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *other = contract_open(bench, NULL, 60000, 0);
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    GThread *thread = contract_interrupt_after(bench, 200);
    gint64 start = now_ms();
    assert_fails(bench->driver->lock(other, "wend_journal", &error), WEND_INTERRUPTED);
    g_assert_cmpint(now_ms() - start, <, 15000);
    g_thread_join(thread);
    bench->driver->close(other);
}

static void test_stolen(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.steal_lock, "nobody can take it away");
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    contract_target.steal_lock(bench->url);
    assert_fails(bench->driver->check(bench->connection, &error), contract_target.stolen);
    g_assert_nonnull(error.hint);
    WendConnection *other = contract_open(bench, NULL, 5000, 0);
    wend_error_clear(&error);
    assert_done(bench->driver->lock(other, "wend_journal", &error));
    /* The first one's end must not end the second one's lock. */
    bench->driver->unlock(bench->connection);
    assert_done(bench->driver->check(other, &error));
    bench->driver->close(other);
}

void contract_lock_tests(void)
{
    contract_add("lock/one", test_lock);
    contract_add("lock/lasts", test_lock_lasts);
    contract_add("lock/two-connections", test_two_connections);
    contract_add("lock/notice-rate", test_notice_rate);
    contract_add("lock/targets-apart", test_targets_apart);
    contract_add("lock/two-processes", test_two_processes);
    contract_add("lock/killed-holder", test_killed_holder);
    contract_add("lock/waiters", test_waiters);
    contract_add("lock/killed-waiter", test_killed_waiter);
    contract_add("lock/interrupt", test_interrupt);
    contract_add("lock/stolen", test_stolen);
}
