/* SPDX-License-Identifier: MIT
 *
 * Contract: one transactional segment, which happens whole or not at all, with wend's own rows in
 * the same commit; batches, assertions, and statements that run alone.
 */
#include "contract.h"

#include <string.h>

/* transact() of the whole WendWork, in a step of its own. */
static bool transact(Bench *bench, WendWork *work, WendWorked *worked, WendError *error)
{
    contract_begin(bench->connection);
    bool ok = bench->driver->transact(bench->connection, work, worked, error);
    bench->driver->end_step(bench->connection);
    return ok;
}

static void test_all(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    WendWork work = {.pieces = PIECES("INSERT INTO items VALUES (1, 'a'), (2, 'b')",
                                      "UPDATE items SET name = 'c' WHERE id = 2"),
                     .count = 2,
                     .last = true};
    assert_done(transact(bench, &work, &worked, &error));
    g_assert_true(worked.settled);
    g_assert_false(worked.lost);
    g_assert_cmpint(worked.rows, ==, 3);
    g_assert_cmpint(worked.piece, ==, -1);
    g_assert_null(worked.cursor);
    WendConnection *other = contract_open(bench, NULL, 0, 0);
    assert_looks(other, "SELECT id, name FROM items ORDER BY id", "1|a\n2|c\n");
    bench->driver->close(other);
}

static void test_nothing(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    WendWork work = {.pieces = PIECES("INSERT INTO items VALUES (1, 'a')",
                                      "INSERT INTO items VALUES (2, 'b')",
                                      "INSERT INTO items VALUES (1, 'twice')",
                                      "INSERT INTO items VALUES (3, 'c')"),
                     .count = 4,
                     .last = true};
    assert_fails(transact(bench, &work, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 2);
    g_assert_false(worked.lost);
    g_assert_false(worked.settled);
    g_assert_nonnull(error.vendor);
    assert_looks(bench->connection, "SELECT * FROM items", "");
    contract_step(bench->connection, "INSERT INTO items VALUES (1, 'a')");
}

static void test_offset(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    WendWork work = {.pieces = PIECES("SELECT 1", "SELECT * FRM items"), .count = 2};
    assert_fails(transact(bench, &work, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 1);
    g_assert_cmpint(worked.offset, ==, contract_target.malformed_offset);
}

/* wend's rows come and go with the statements, whichever of them fails. */
static void test_around(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    g_autoptr(GPtrArray) before = QUERIES("INSERT INTO items VALUES (1, 'before')");
    g_autoptr(GPtrArray) after = QUERIES("INSERT INTO items VALUES (3, 'after')");
    g_autoptr(GPtrArray) bad =
        QUERIES("INSERT INTO items VALUES (4, 'ours')", "INSERT INTO items VALUES (1, 'twice')");
    WendPiece *good = PIECES("INSERT INTO items SELECT 2, count(*) FROM items");
    WendWork bad_after = {.pieces = good, .count = 1, .before = before, .after = bad};
    assert_fails(transact(bench, &bad_after, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, -1);
    assert_looks(bench->connection, "SELECT * FROM items", "");
    WendWork bad_piece = {.pieces = PIECES("INSERT INTO items VALUES (1, 'twice')"),
                          .count = 1,
                          .before = before,
                          .after = after};
    assert_fails(transact(bench, &bad_piece, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 0);
    assert_looks(bench->connection, "SELECT * FROM items", "");
    wend_error_clear(&error);
    WendWork all = {.pieces = good, .count = 1, .before = before, .after = after};
    assert_done(transact(bench, &all, &worked, &error));
    g_assert_cmpint(worked.rows, ==, 1);
    assert_looks(bench->connection, "SELECT id, name FROM items ORDER BY id",
                 "1|before\n2|1\n3|after\n");
    WendWork bad_before = {
        .pieces = PIECES("INSERT INTO items VALUES (9, 'x')"), .count = 1, .before = before};
    assert_fails(transact(bench, &bad_before, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, -1);
    assert_looks(bench->connection, "SELECT count(*) FROM items", "3\n");
}

/* What the driver fills in: how many rows, and how long it took. */
static void test_outcome(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    contract_write(bench->connection, "CREATE TABLE kept (outcome VARCHAR(200), ms BIGINT)");
    g_autoptr(GPtrArray) after = QUERIES("INSERT INTO kept VALUES (?, ?)");
    wend_query_special(after->pdata[0], WEND_VALUE_OUTCOME);
    wend_query_special(after->pdata[0], WEND_VALUE_ELAPSED);
    g_array_index(((WendQuery *)after->pdata[0])->values, WendValue, 1).integer = 7000;
    WendWork work = {
        .pieces = PIECES("INSERT INTO items VALUES (1, 'a'), (2, 'b')", contract_target.slowish),
        .count = 2,
        .after = after};
    assert_done(transact(bench, &work, &worked, &error));
    assert_looks(bench->connection, "SELECT outcome FROM kept", "{\"rows\": 2}\n");
    assert_looks(bench->connection, "SELECT count(*) FROM kept WHERE ms > 7010 AND ms < 60000",
                 "1\n");
}

/* A segment without statements still commits its rows. */
static void test_empty(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    g_autoptr(GPtrArray) after = QUERIES("INSERT INTO items VALUES (1, 'a')");
    WendWork work = {.after = after, .last = true};
    assert_done(transact(bench, &work, &worked, &error));
    g_assert_true(worked.settled);
    g_assert_cmpint(worked.rows, ==, 0);
    contract_reopen(bench, 0, 0);
    assert_looks(bench->connection, "SELECT id FROM items", "1\n");
}

static void test_ddl(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.ddl_transactional, "its DDL commits by itself");
    WendWorked worked;
    contract_items(bench->connection);
    WendWork work = {.pieces = PIECES("CREATE TABLE more (id INTEGER)",
                                      "ALTER TABLE items ADD COLUMN extra INTEGER",
                                      "CREATE INDEX items_name ON items (name)",
                                      "INSERT INTO nowhere_at_all VALUES (1)"),
                     .count = 4};
    assert_fails(transact(bench, &work, &worked, &error), WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 3);
    g_assert_false(contract_runs(bench->connection, "SELECT * FROM more"));
    g_assert_false(contract_runs(bench->connection, "SELECT extra FROM items"));
    contract_step(bench->connection, "CREATE INDEX items_name ON items (name)");
}

/* --- batches --- */

static void make_old(Bench *bench)
{
    contract_items(bench->connection);
    contract_write(bench->connection,
                   "INSERT INTO items VALUES (1, 'old'), (2, 'old'), (3, 'old'), "
                   "(10, 'old'), (20, 'old')");
}

static void test_batch(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const gint64 rounds[] = {2, 2, 1, 0};
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.batch, "it has no batches");
    WendWorked worked;
    make_old(bench);
    WendBatchRound round = {.size = 2};
    WendWork work = {.pieces = PIECES(contract_target.batch), .count = 1, .batch = &round};
    contract_begin(bench->connection);
    for (gsize i = 0; i < G_N_ELEMENTS(rounds); i++) {
        assert_done(bench->driver->transact(bench->connection, &work, &worked, &error));
        g_assert_true(worked.settled);
        g_assert_cmpint(worked.rows, ==, rounds[i]);
        g_assert_null(worked.cursor);
    }
    bench->driver->end_step(bench->connection);
    assert_looks(bench->connection, "SELECT count(*) FROM items WHERE name = 'new'", "5\n");
}

/* The cursor is the largest key, by number: 10 is behind 3; it commits with the rows. */
static void test_batch_cursor(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const cursors[] = {"2", "10", "20", "20"};
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.batch_keyed, "it has no batches by key");
    make_old(bench);
    contract_write(bench->connection, "CREATE TABLE kept (outcome VARCHAR(200))");
    g_autoptr(GPtrArray) after = QUERIES("INSERT INTO kept VALUES (?)");
    wend_query_special(after->pdata[0], WEND_VALUE_OUTCOME);
    g_autofree char *cursor = NULL;
    bool number = false;
    contract_begin(bench->connection);
    for (gsize i = 0; i < G_N_ELEMENTS(cursors); i++) {
        WendWorked worked;
        WendBatchRound round = {.size = 2, .after = cursor, .number = number};
        WendWork work = {.pieces = PIECES(contract_target.batch_keyed),
                         .count = 1,
                         .after = after,
                         .batch = &round};
        assert_done(bench->driver->transact(bench->connection, &work, &worked, &error));
        g_assert_cmpstr(worked.cursor, ==, cursors[i]);
        g_free(cursor);
        cursor = worked.cursor;
        number = worked.number;
        g_assert_true(number);
    }
    bench->driver->end_step(bench->connection);
    assert_looks(bench->connection, "SELECT count(*) FROM items WHERE name = 'new'", "5\n");
    assert_looks(bench->connection, "SELECT outcome FROM kept ORDER BY outcome",
                 "{\"rows\": 0, \"cursor\": 20}\n{\"rows\": 1, \"cursor\": 20}\n"
                 "{\"rows\": 2, \"cursor\": 10}\n{\"rows\": 2, \"cursor\": 2}\n");
}

/* --- assertions --- */

static bool assertion(Bench *bench, const char *sql, const char *expected, WendWorked *worked,
                      WendError *error)
{
    WendPiece pieces[] = {
        *PIECES("INSERT INTO items VALUES (2, 'b')"),
        {.text = sql, .length = strlen(sql), .number = 2, .assertion = true, .expected = expected}};
    WendWork work = {.pieces = pieces, .count = 2};
    return transact(bench, &work, worked, error);
}

static void test_assertion(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    static const struct {
        const char *sql, *expected;
    } good[] = {{"SELECT count(*) FROM items", "1"},
                {"SELECT name FROM items WHERE id = 2", "b"},
                {"SELECT NULL", NULL},
                {"SELECT ''", ""}};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_done(assertion(bench, good[i].sql, good[i].expected, &worked, &error));
        g_assert_cmpint(worked.rows, ==, 1);
        contract_write(bench->connection, "DELETE FROM items");
    }
}

static void test_assertion_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const struct {
        const char *sql, *expected, *said;
    } bad[] = {{"SELECT count(*) FROM items", "2", "1"},
               {"SELECT NULL", "", "NULL"},
               {"SELECT ''", NULL, "NULL"},
               {"SELECT 1, 2", "1", "more than one column"},
               {"SELECT 1 UNION ALL SELECT 1", "1", "more than one row"},
               {"SELECT name FROM items WHERE id = 9", NULL, "no row"},
               {"SELECT * FROM nowhere_at_all", "1", "nowhere_at_all"}};
    contract_items(bench->connection);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        assert_fails(assertion(bench, bad[i].sql, bad[i].expected, &worked, &error), WEND_FAILED);
        g_assert_nonnull(strstr(error.message, bad[i].said));
        g_assert_cmpint(worked.piece, ==, 1);
        assert_looks(bench->connection, "SELECT * FROM items", "");
    }
}

/* A time limit ends an assertion, and says that it was the limit. */
static void test_assertion_limit(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_reopen(bench, 0, 100);
    contract_items(bench->connection);
    assert_fails(assertion(bench, contract_target.slow, "1", &worked, &error), WEND_FAILED);
    g_assert_nonnull(strstr(error.message, "limit"));
    g_assert_cmpint(worked.piece, ==, 1);
}

/* --- alone --- */

static void test_alone(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    need(contract_target.repeatable, "everything runs in a transaction");
    contract_items(bench->connection);
    contract_begin(bench->connection);
    assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (1, 'a')"));
    assert_done(bench->driver->alone(bench->connection, NULL, PIECES(contract_target.repeatable),
                                     &worked, &error));
    g_assert_true(worked.settled);
    g_assert_null(worked.cursor);
    assert_fails(bench->driver->alone(bench->connection, NULL,
                                      PIECES(contract_target.repeatable_failing), &worked, &error),
                 WEND_FAILED);
    g_assert_cmpint(worked.piece, ==, 0);
    g_assert_false(worked.settled);
    g_assert_nonnull(error.vendor);
    wend_error_clear(&error);
    assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, "INSERT INTO items VALUES (2, 'b')"));
    bench->driver->end_step(bench->connection);
    assert_looks(bench->connection, "SELECT id FROM items ORDER BY id", "1\n2\n");
}

static void test_alone_opaque(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    need(contract_target.opaque, "it has no such statement");
    contract_items(bench->connection);
    contract_begin(bench->connection);
    bool ok = bench->driver->alone(bench->connection, NULL, PIECES(contract_target.opaque), &worked,
                                   &error);
    assert_done(ok);
    g_assert_true(worked.settled);
    bench->driver->end_step(bench->connection);
}

void contract_work_tests(void)
{
    contract_add("transact/all", test_all);
    contract_add("transact/nothing", test_nothing);
    contract_add("transact/offset", test_offset);
    contract_add("transact/around", test_around);
    contract_add("transact/outcome", test_outcome);
    contract_add("transact/empty", test_empty);
    contract_add("transact/ddl", test_ddl);
    contract_add("batch/rounds", test_batch);
    contract_add("batch/cursor", test_batch_cursor);
    contract_add("assertion/holds", test_assertion);
    contract_add("assertion/fails", test_assertion_fails);
    contract_add("assertion/limit", test_assertion_limit);
    contract_add("alone/statement", test_alone);
    contract_add("alone/opaque", test_alone_opaque);
}
