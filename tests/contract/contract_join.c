/* SPDX-License-Identifier: MIT
 *
 * Contract: segments that share a commit: when they are settled, what a failure takes with it.
 * A driver may always commit at once under WEND_JOIN_SHARE; what it says of it must be true.
 */
#include "contract.h"

static char *seen_by_other(Bench *bench)
{
    WendConnection *other = contract_open(bench, NULL, 0, 0);
    char *rows = contract_look(other, "SELECT id FROM items ORDER BY id");
    bench->driver->close(other);
    return rows;
}

#define assert_other_sees(expected)                                                                \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *seen_ = seen_by_other(bench);                                             \
        g_assert_cmpstr(seen_, ==, expected);                                                      \
    }                                                                                              \
    G_STMT_END

/* A step of one INSERT. */
static WendWorked insert(Bench *bench, WendJoin join, guint id)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    g_autofree char *sql = g_strdup_printf("INSERT INTO items VALUES (%u, 'x')", id);
    contract_begin(bench->connection);
    assert_done(WORK(bench->connection, join, &worked, sql));
    bench->driver->end_step(bench->connection);
    g_assert_false(worked.lost);
    g_assert_cmpint(worked.rows, ==, 1);
    return worked;
}

static bool fail(Bench *bench, WendJoin join, const char *sql, WendWorked *worked, WendError *error)
{
    contract_begin(bench->connection);
    const char *const both[] = {"INSERT INTO items VALUES (99, 'failing')", sql, NULL};
    bool ok = contract_work(bench->connection, join, both, worked, error);
    bench->driver->end_step(bench->connection);
    return ok;
}

static void test_none(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    contract_items(bench->connection);
    g_assert_true(insert(bench, WEND_JOIN_NONE, 1).settled);
    assert_other_sees("1\n");
}

static void test_share(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    bool first = insert(bench, WEND_JOIN_SHARE, 1).settled;
    assert_other_sees(first ? "1\n" : "");
    bool second = insert(bench, WEND_JOIN_SHARE, 2).settled;
    assert_other_sees(second ? "1\n2\n" : first ? "1\n" : "");
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees("1\n2\n");
    assert_done(bench->driver->settle(bench->connection, &error));
}

/* It may share for a short while only. */
static void test_share_ends(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    contract_items(bench->connection);
    insert(bench, WEND_JOIN_SHARE, 1);
    g_usleep(300 * 1000);
    g_assert_true(insert(bench, WEND_JOIN_SHARE, 2).settled);
    assert_other_sees("1\n2\n");
}

/* Settled means: it, and all before it. */
static void test_share_then_none(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    contract_items(bench->connection);
    insert(bench, WEND_JOIN_SHARE, 1);
    g_assert_true(insert(bench, WEND_JOIN_NONE, 2).settled);
    assert_other_sees("1\n2\n");
}

static void test_share_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    insert(bench, WEND_JOIN_SHARE, 1);
    insert(bench, WEND_JOIN_SHARE, 2);
    assert_fails(
        fail(bench, WEND_JOIN_SHARE, "INSERT INTO items VALUES (1, 'twice')", &worked, &error),
        WEND_FAILED);
    g_assert_false(worked.lost);
    g_assert_cmpint(worked.piece, ==, 1);
    wend_error_clear(&error);
    insert(bench, WEND_JOIN_SHARE, 3);
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees("1\n2\n3\n");
}

static void test_first_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    assert_fails(fail(bench, WEND_JOIN_SHARE, "SELECT * FRM items", &worked, &error), WEND_FAILED);
    g_assert_false(worked.lost);
    wend_error_clear(&error);
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees("");
    insert(bench, WEND_JOIN_NONE, 1);
}

/* Rows of wend's own that fail behind good statements. */
static void test_after_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    insert(bench, WEND_JOIN_SHARE, 1);
    g_autoptr(GPtrArray) after = QUERIES("INSERT INTO items VALUES (1, 'twice')");
    WendWork work = {.pieces = PIECES("INSERT INTO items VALUES (2, 'b')"),
                     .count = 1,
                     .after = after,
                     .join = WEND_JOIN_SHARE,
                     .last = true};
    contract_begin(bench->connection);
    assert_fails(bench->driver->transact(bench->connection, &work, &worked, &error), WEND_FAILED);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(worked.piece, ==, -1);
    g_assert_false(worked.lost);
    wend_error_clear(&error);
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees("1\n");
}

static void test_lost(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    need(contract_target.ends_transaction, "no statement ends the transaction");
    contract_items(bench->connection);
    bool kept = insert(bench, WEND_JOIN_SHARE, 1).settled;
    assert_fails(fail(bench, WEND_JOIN_SHARE, contract_target.ends_transaction, &worked, &error),
                 WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 1);
    g_assert_true(worked.lost == !kept);
    wend_error_clear(&error);
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees(kept ? "1\n" : "");
    insert(bench, WEND_JOIN_NONE, 2);
}

static void test_lost_alone(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    need(contract_target.ends_transaction, "no statement ends the transaction");
    contract_items(bench->connection);
    insert(bench, WEND_JOIN_NONE, 1);
    assert_fails(fail(bench, WEND_JOIN_NONE, contract_target.ends_transaction, &worked, &error),
                 WEND_FAILED);
    g_assert_false(worked.lost);
    assert_other_sees("1\n");
}

static void test_join_all(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    g_assert_false(insert(bench, WEND_JOIN_ALL, 1).settled);
    g_usleep(150 * 1000);
    g_assert_false(insert(bench, WEND_JOIN_ALL, 2).settled);
    assert_other_sees("");
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees("1\n2\n");
}

static void test_abandon(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    bench->driver->abandon(bench->connection);
    insert(bench, WEND_JOIN_NONE, 1);
    insert(bench, WEND_JOIN_ALL, 2);
    insert(bench, WEND_JOIN_ALL, 3);
    bench->driver->abandon(bench->connection);
    assert_other_sees("1\n");
    assert_done(bench->driver->settle(bench->connection, &error));
    insert(bench, WEND_JOIN_NONE, 2);
    assert_other_sees("1\n2\n");
}

/* Settings and temporary objects end with their step, inside a shared commit too. */
static void test_steps_apart(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_items(bench->connection);
    contract_begin(bench->connection);
    assert_done(WORK(bench->connection, WEND_JOIN_SHARE, NULL,
                     "CREATE TEMPORARY TABLE scrap (id INTEGER)", "INSERT INTO scrap VALUES (1)",
                     "INSERT INTO items SELECT id, 'x' FROM scrap"));
    bench->driver->end_step(bench->connection);
    contract_begin(bench->connection);
    assert_fails(WORK(bench->connection, WEND_JOIN_SHARE, NULL,
                      "INSERT INTO items SELECT id + 1, 'y' FROM scrap"),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
    wend_error_clear(&error);
    assert_done(bench->driver->settle(bench->connection, &error));
    assert_other_sees("1\n");
    g_assert_false(contract_runs(bench->connection, "SELECT * FROM scrap"));
}

void contract_join_tests(void)
{
    contract_add("join/none", test_none);
    contract_add("join/share", test_share);
    contract_add("join/share-ends", test_share_ends);
    contract_add("join/share-then-none", test_share_then_none);
    contract_add("join/share-fails", test_share_fails);
    contract_add("join/first-fails", test_first_fails);
    contract_add("join/after-fails", test_after_fails);
    contract_add("join/lost", test_lost);
    contract_add("join/lost-alone", test_lost_alone);
    contract_add("join/all", test_join_all);
    contract_add("join/abandon", test_abandon);
    contract_add("join/steps-apart", test_steps_apart);
}
