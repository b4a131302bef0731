/* SPDX-License-Identifier: MIT
 *
 * Contract: what a person decides (mark, baseline, repair), and the migrations that are not
 * versioned: baselines and repeatables.
 */
#include "flow.h"

#include <string.h>

#define INSERT(id) "INSERT INTO items VALUES (" #id ", 'x');\n"
#define FAILS      "INSERT INTO nowhere_at_all VALUES (1);\n"

static void test_mark(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    assert_done(flow_mark(flow, "1", false, &error));
    assert_states(flow, "1 applied, 2 pending, 3 pending");
    assert_ids(flow, "");
    assert_journal(flow, "1", "up marked");
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "2\n3\n");
    assert_done(flow_mark(flow, "3", true, &error));
    assert_states(flow, "1 applied, 2 applied, 3 pending");
    assert_ids(flow, "2\n3\n");
    assert_fails(flow_mark(flow, "9", false, &error), WEND_USAGE);
    /* The way back was stored with the mark. */
    flow_remove(flow, "1_one.up.sql");
    flow_remove(flow, "1_one.down.sql");
    contract_write(bench->connection, "INSERT INTO items VALUES (1, 'by hand')");
    wend_error_clear(&error);
    assert_done(flow_down(flow, 2, &error));
    assert_ids(flow, "3\n");
}

static void test_mark_head(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    assert_done(flow_mark(flow, "head", false, &error));
    assert_states(flow, "1 applied, 2 applied, 3 applied");
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "");
}

static void test_baseline(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    assert_done(flow_baseline(flow, "2", &error));
    assert_states(flow, "1 below baseline, 2 below baseline, 2 baseline, 3 pending");
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "3\n");
    assert_fails(flow_baseline(flow, "3", &error), WEND_DISAGREE);
}

/* A baseline file stands for all up to it, where nobody has anything yet. */
static void test_baseline_file(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_file(
        flow, "B__2_start.sql",
        "CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100));\n" INSERT(2));
    flow_file(flow, "1_one.sql", FAILS);
    flow_file(flow, "2_two.sql", FAILS);
    flow_file(flow, "3_three.sql", INSERT(3));
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "2\n3\n");
    assert_states(flow, "1 below baseline, 2 baseline, 2 below baseline, 3 applied");
}

static void test_baseline_unused(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    flow_file(flow, "B__2_start.sql", FAILS);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n");
}

/* --- repair --- */

/* A step of which the first two statements are done, and the third is wrong. */
static Flow *half_done(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    Flow *flow = flow_new(bench);
    contract_items(bench->connection);
    flow_file(flow, "1_one.up.sql", "-- wend: transaction none\n" INSERT(1) INSERT(2) FAILS);
    flow_file(flow, "1_one.down.sql", "DELETE FROM items WHERE id < 10;\n");
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    return flow;
}

static void test_repair_look(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = half_done(bench);
    g_autofree char *text = NULL, *nothing = NULL, *before = flow_journal(flow, "1");
    assert_done(flow_repair(flow, WEND_REPAIR_LOOK, &text, &error));
    g_assert_nonnull(strstr(text, "Statements 1 to 2 are done"));
    g_assert_nonnull(strstr(text, "nowhere_at_all"));
    assert_journal(flow, "1", before);
    assert_fails(flow_mark(flow, "1", false, &error), WEND_DISAGREE);
    wend_error_clear(&error);
    assert_done(flow_repair(flow, WEND_REPAIR_FORGET, NULL, &error));
    assert_done(flow_repair(flow, WEND_REPAIR_LOOK, &nothing, &error));
    g_assert_null(strstr(nothing, "Statements"));
}

static void test_repair_forget(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = half_done(bench);
    assert_done(flow_repair(flow, WEND_REPAIR_FORGET, NULL, &error));
    assert_ids(flow, "1\n2\n");
    flow_file(flow, "1_one.up.sql", INSERT(3));
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
    assert_states(flow, "1 applied");
}

static void test_repair_done(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = half_done(bench);
    assert_done(flow_repair(flow, WEND_REPAIR_DONE, NULL, &error));
    assert_states(flow, "1 applied");
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 0);
    assert_ids(flow, "1\n2\n");
    assert_done(flow_down(flow, 1, &error));
    assert_ids(flow, "");
}

static void test_repair_undo(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = half_done(bench);
    contract_write(bench->connection, "INSERT INTO items VALUES (10, 'not of it')");
    assert_done(flow_repair(flow, WEND_REPAIR_UNDO, NULL, &error));
    assert_ids(flow, "10\n");
    flow_file(flow, "1_one.up.sql", INSERT(1));
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n10\n");
}

/* The finished part stays as it is, whatever the file says now. */
static void test_repair_continue(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = half_done(bench);
    flow_file(flow, "1_one.up.sql", "-- wend: transaction none\n" INSERT(7) INSERT(8) INSERT(9));
    assert_fails(flow_up(flow, &error), WEND_DISAGREE);
    wend_error_clear(&error);
    assert_done(flow_repair(flow, WEND_REPAIR_CONTINUE, NULL, &error));
    assert_ids(flow, "1\n2\n9\n");
    assert_states(flow, "1 applied");
}

static void test_repair_accept(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *text = NULL;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    WendMove one = {.request = {.direction = WEND_UP, .count = 1}};
    assert_done(flow_move(flow, one, &error));
    flow_file(flow, "1_one.up.sql", "INSERT INTO items VALUES (1, 'better');\n");
    flow_file(flow, "1_one.down.sql", "DELETE FROM items;\n");
    g_autofree char *at =
        contract_look(bench->connection, "SELECT applied_at FROM wend_migrations");
    assert_fails(flow_up(flow, &error), WEND_DISAGREE);
    wend_error_clear(&error);
    assert_done(flow_repair(flow, WEND_REPAIR_ACCEPT, &text, &error));
    g_assert_nonnull(strstr(text, "1_one"));
    assert_states(flow, "1 applied, 2 pending");
    assert_looks(bench->connection, "SELECT applied_at FROM wend_migrations", at);
    assert_done(flow_up(flow, &error));
    assert_done(flow_down(flow, 2, &error));
    assert_ids(flow, "");
}

/* --- repeatables --- */

static void test_repeatable(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 1);
    flow_file(flow, "R__b_second.sql", "INSERT INTO items SELECT max(id) + 1, 'b' FROM items;\n");
    flow_file(flow, "R__a_first.sql", "INSERT INTO items SELECT max(id) + 1, 'a' FROM items;\n");
    assert_done(flow_up(flow, &error));
    assert_looks(bench->connection, "SELECT id, name FROM items ORDER BY id", "1|x\n2|a\n3|b\n");
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 0);
    flow_file(flow, "R__a_first.sql", "INSERT INTO items SELECT max(id) + 1, 'c' FROM items;\n");
    assert_states(flow, "1 applied, a_first outdated, b_second applied");
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 1);
    assert_looks(bench->connection, "SELECT id, name FROM items WHERE id > 3", "4|c\n");
    assert_states(flow, "1 applied, a_first applied, b_second applied");
    assert_looks(bench->connection, "SELECT count(*) FROM wend_migrations", "3\n");
}

/* One that fails is outdated still, and the versioned ones before it stay. */
static void test_repeatable_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 1);
    flow_file(flow, "R__sight.sql", INSERT(5));
    assert_done(flow_up(flow, &error));
    flow_file(flow, "R__sight.sql", INSERT(6) FAILS);
    flow_file(flow, "2_two.sql", INSERT(2));
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    assert_ids(flow, "1\n2\n5\n");
    assert_states(flow, "1 applied, 2 applied, sight outdated");
    flow_file(flow, "R__sight.sql", INSERT(7));
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n5\n7\n");
}

void contract_settle_tests(void)
{
    contract_add("settle/mark", test_mark);
    contract_add("settle/mark-head", test_mark_head);
    contract_add("settle/baseline", test_baseline);
    contract_add("settle/baseline-file", test_baseline_file);
    contract_add("settle/baseline-unused", test_baseline_unused);
    contract_add("settle/repair-look", test_repair_look);
    contract_add("settle/repair-forget", test_repair_forget);
    contract_add("settle/repair-done", test_repair_done);
    contract_add("settle/repair-undo", test_repair_undo);
    contract_add("settle/repair-continue", test_repair_continue);
    contract_add("settle/repair-accept", test_repair_accept);
    contract_add("repeatable/reruns", test_repeatable);
    contract_add("repeatable/fails", test_repeatable_fails);
}
