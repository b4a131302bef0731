/* SPDX-License-Identifier: MIT
 *
 * Contract: waiting and its end: statements that run too long, applications that hold what a
 * statement needs, and a person who presses Ctrl-C once or twice.
 */
#include "contract.h"

#include <string.h>

static gint64 now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

static void test_statement_limit(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_reopen(bench, 0, 200);
    contract_items(bench->connection);
    gint64 start = now_ms();
    contract_begin(bench->connection);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, &worked,
                      "INSERT INTO items VALUES (1, 'a')", contract_target.slow),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(now_ms() - start, >=, 200);
    g_assert_cmpint(now_ms() - start, <, 15000);
    g_assert_cmpint(worked.piece, ==, 1);
    g_assert_nonnull(strstr(error.message, "limit"));
    g_assert_nonnull(strstr(error.message, "0.2 s"));
    g_assert_nonnull(error.hint);
    assert_looks(bench->connection, "SELECT * FROM items", "");
    contract_step(bench->connection, "INSERT INTO items VALUES (1, 'a')");
}

/* The limit is for each statement, not for all of them. */
static void test_limit_each(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    gint64 start = now_ms();
    contract_step(bench->connection, contract_target.slowish);
    gint64 one = now_ms() - start;
    contract_reopen(bench, 0, one * 3);
    contract_begin(bench->connection);
    for (guint i = 0; i < 6; i++)
        assert_done(WORK(bench->connection, WEND_JOIN_ALL, NULL, contract_target.slowish));
    assert_done(bench->driver->settle(bench->connection, &error));
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(now_ms() - start, >, one * 3);
}

/* Interrupted twice, a running statement ends at once. */
static void test_interrupt_statement(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    contract_begin(bench->connection);
    GThread *first = contract_interrupt_after(bench, 100);
    GThread *second = contract_interrupt_after(bench, 300);
    gint64 start = now_ms();
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, &worked,
                      "INSERT INTO items VALUES (1, 'a')", contract_target.slow),
                 WEND_INTERRUPTED);
    gint64 took = now_ms() - start;
    g_thread_join(first);
    g_thread_join(second);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(took, >=, 200);
    g_assert_cmpint(took, <, 15000);
    g_assert_cmpint(worked.piece, ==, 1);
    bench->interrupts = 0;
    assert_looks(bench->connection, "SELECT * FROM items", "");
}

/* An assertion is no different. */
static void test_interrupt_assertion(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    WendPiece piece = {.text = contract_target.slow,
                       .length = strlen(contract_target.slow),
                       .number = 1,
                       .assertion = true,
                       .expected = "1"};
    WendWork work = {.pieces = &piece, .count = 1};
    contract_begin(bench->connection);
    GThread *first = contract_interrupt_after(bench, 50);
    GThread *second = contract_interrupt_after(bench, 100);
    assert_fails(bench->driver->transact(bench->connection, &work, &worked, &error),
                 WEND_INTERRUPTED);
    g_thread_join(first);
    g_thread_join(second);
    bench->driver->end_step(bench->connection);
}

/* Interrupted once, the statement that runs ends by itself, and the next one does not begin. */
static void test_interrupt_once(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(!contract_target.whole_segments, "a segment runs as one");
    WendWorked worked;
    contract_items(bench->connection);
    contract_begin(bench->connection);
    GThread *thread = contract_interrupt_after(bench, 10);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, &worked, contract_target.slowish,
                      "INSERT INTO items VALUES (1, 'a')"),
                 WEND_INTERRUPTED);
    g_thread_join(thread);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(worked.piece, ==, 1);
    bench->interrupts = 0;
    assert_looks(bench->connection, "SELECT * FROM items", "");
}

/* Who watches is told of each statement's end, and that a long one goes on. */
static void test_tick(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    g_string_truncate(bench->ended, 0);
    bench->ticks_within = 0;
    contract_begin(bench->connection);
    assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1, 'a')",
                     contract_target.slowish));
    g_assert_cmpstr(bench->ended->str, ==, "1 2 ");
    g_assert_cmpuint(bench->ticks_within, >, 0);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (2, 'b')",
                      "INSERT INTO items VALUES (1, 'twice')"),
                 WEND_FAILED);
    g_assert_cmpstr(bench->ended->str, ==, "1 2 1 ");
    bench->driver->end_step(bench->connection);
}

/* --- what an application holds --- */

/* Row 1 of "items" is changed by a connection that has not committed. */
static WendConnection *hold(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    contract_write(bench->connection, "INSERT INTO items VALUES (1, 'a')");
    WendConnection *holder = contract_open(bench, NULL, 0, 0);
    contract_begin(holder);
    assert_done(WORK(holder, WEND_JOIN_ALL, NULL, "UPDATE items SET name = 'held' WHERE id = 1"));
    return holder;
}

static bool change(Bench *bench, WendError *error)
{
    const char *const sql[] = {"UPDATE items SET name = 'changed' WHERE id = 1", NULL};
    contract_begin(bench->connection);
    bool ok = contract_work(bench->connection, WEND_JOIN_NONE, sql, NULL, error);
    bench->driver->end_step(bench->connection);
    return ok;
}

static void test_lock_limit(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_reopen(bench, 1000, 0);
    WendConnection *holder = hold(bench);
    gint64 start = now_ms();
    assert_fails(change(bench, &error), WEND_LOCKED);
    gint64 took = now_ms() - start;
    g_assert_cmpint(took, >=, 900);
    g_assert_cmpint(took, <, 15000);
    g_assert_nonnull(error.hint);
    if (contract_target.tells_busy) {
        /* Once a second; a server that only counts whole seconds may take one more. */
        g_assert_cmpuint(bench->waits, >=, 1);
        g_assert_cmpint(bench->waits, <=, took / 900);
        g_assert_cmpint(bench->waiting, ==, WEND_WAITING_BUSY);
        g_assert_cmpint(bench->waited_ms, >, 0);
        g_assert_cmpint(bench->waited_ms, <, took);
    }
    bench->driver->close(holder);
    wend_error_clear(&error);
    assert_done(change(bench, &error));
}

/* The step's own limit comes before the connection's. */
static void test_step_lock_limit(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_reopen(bench, 60000, 0);
    WendConnection *holder = hold(bench);
    WendStepSetup setup = {.lock_timeout_ms = 100, .statement_timeout_ms = -1};
    assert_done(bench->driver->begin_step(bench->connection, &setup, &error));
    gint64 start = now_ms();
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, "UPDATE items SET name = 'b'"),
                 WEND_LOCKED);
    g_assert_cmpint(now_ms() - start, <, 15000);
    bench->driver->end_step(bench->connection);
    bench->driver->close(holder);
}

static gpointer let_go(gpointer data)
{
    WendConnection *holder = data;
    g_usleep(200 * 1000);
    holder->driver->close(holder);
    return NULL;
}

static void test_wait_ends(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_reopen(bench, 20000, 0);
    WendConnection *holder = hold(bench);
    GThread *thread = g_thread_new("holder", let_go, holder);
    assert_done(change(bench, &error));
    g_thread_join(thread);
    assert_looks(bench->connection, "SELECT name FROM items", "changed\n");
}

/* One interrupt ends the waiting. */
static void test_interrupt_wait(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_reopen(bench, 60000, 0);
    WendConnection *holder = hold(bench);
    GThread *thread = contract_interrupt_after(bench, 200);
    gint64 start = now_ms();
    assert_fails(change(bench, &error), WEND_INTERRUPTED);
    g_assert_cmpint(now_ms() - start, <, 15000);
    g_thread_join(thread);
    bench->driver->close(holder);
}

void contract_wait_tests(void)
{
    contract_add("wait/statement-limit", test_statement_limit);
    contract_add("wait/limit-each", test_limit_each);
    contract_add("wait/interrupt-statement", test_interrupt_statement);
    contract_add("wait/interrupt-assertion", test_interrupt_assertion);
    contract_add("wait/interrupt-once", test_interrupt_once);
    contract_add("wait/tick", test_tick);
    contract_add("wait/lock-limit", test_lock_limit);
    contract_add("wait/step-lock-limit", test_step_lock_limit);
    contract_add("wait/ends", test_wait_ends);
    contract_add("wait/interrupt", test_interrupt_wait);
}
