/* SPDX-License-Identifier: MIT
 *
 * Contract: what holds for one step: its settings, its time limits, its temporary objects, and that
 * all of it is over when the step is.
 */
#include "contract.h"

#include <string.h>

/* "SELECT <expression>". Caller frees. */
static char *reading(const char *expression)
{
    return g_strdup_printf("SELECT %s", expression);
}

static char *read_now(Bench *bench, const char *expression)
{
    g_autofree char *sql = reading(expression);
    return contract_look(bench->connection, sql);
}

/* Makes a table `seen` to keep what a setting was at some time: "statement", "ours". */
static void make_seen(Bench *bench)
{
    contract_write(bench->connection, "CREATE TABLE seen (at VARCHAR(20), value VARCHAR(100))");
}

static char *keeping(const char *at, const char *expression)
{
    char *sql = g_strdup_printf("INSERT INTO seen SELECT '%s', %s", at, expression);
    g_test_queue_free(sql);
    return sql;
}

static void assert_seen(Bench *bench, const char *at, const char *value)
{
    g_autofree char *sql = g_strdup_printf("SELECT DISTINCT value FROM seen WHERE at = '%s'", at);
    g_autofree char *expected = g_strdup_printf("%s\n", value);
    assert_looks(bench->connection, sql, expected);
}

/* A segment of one statement, with ours behind it that looks at the setting. */
static void keep_both(Bench *bench, const char *sql, WendError *error)
{
    g_autoptr(GPtrArray) after = QUERIES(keeping("ours", contract_target.setting_read));
    WendWorked worked;
    WendWork work = {.pieces = PIECES(sql), .count = 1, .after = after, .join = WEND_JOIN_NONE};
    bool ok = bench->driver->transact(bench->connection, &work, &worked, error);
    g_assert_cmpstr(error->message, ==, NULL);
    g_assert_true(ok);
}

/* It holds from one segment to the next, but neither for wend's own statements nor for the next
 * step. */
static void test_setting(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const ContractTarget *target = &contract_target;
    need(target->setting, "it has no settings");
    g_autofree char *before = read_now(bench, target->setting_read);
    g_autofree char *plain = g_strndup(before, strlen(before) - 1);
    g_assert_cmpstr(plain, !=, target->setting_value);
    make_seen(bench);
    contract_begin(bench->connection);
    keep_both(bench, target->setting, &error);
    keep_both(bench, keeping("statement", target->setting_read), &error);
    bench->driver->end_step(bench->connection);
    contract_begin(bench->connection);
    keep_both(bench, keeping("next step", target->setting_read), &error);
    bench->driver->end_step(bench->connection);
    assert_seen(bench, "statement", target->setting_value);
    assert_seen(bench, "ours", plain);
    assert_seen(bench, "next step", plain);
    g_autofree char *after = read_now(bench, target->setting_read);
    g_assert_cmpstr(after, ==, before);
}

/* The last one of several counts, and what was there before the first comes back. */
static void test_setting_twice(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const ContractTarget *target = &contract_target;
    need(target->setting, "it has no settings");
    g_autofree char *before = read_now(bench, target->setting_read);
    make_seen(bench);
    contract_begin(bench->connection);
    assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, target->setting,
                     keeping("first", target->setting_read), target->setting_again));
    assert_done(
        WORK(bench->connection, WEND_JOIN_NONE, NULL, keeping("second", target->setting_read)));
    bench->driver->end_step(bench->connection);
    assert_seen(bench, "first", target->setting_value);
    assert_seen(bench, "second", target->setting_again_value);
    g_autofree char *after = read_now(bench, target->setting_read);
    g_assert_cmpstr(after, ==, before);
}

/* A step that fails gives its settings back, too. */
static void test_setting_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const ContractTarget *target = &contract_target;
    need(target->setting, "it has no settings");
    g_autofree char *before = read_now(bench, target->setting_read);
    contract_begin(bench->connection);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, target->setting,
                      "INSERT INTO nowhere_at_all VALUES (1)"),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
    g_autofree char *after = read_now(bench, target->setting_read);
    g_assert_cmpstr(after, ==, before);
}

/* Before a resume, the settings of the part that is done are in force again. */
static void test_replay(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const ContractTarget *target = &contract_target;
    need(target->setting, "it has no settings");
    g_autofree char *before = read_now(bench, target->setting_read);
    make_seen(bench);
    WendStepSetup setup = {.settings = PIECES(target->setting_again, target->setting),
                           .settings_count = 2,
                           .lock_timeout_ms = -1,
                           .statement_timeout_ms = -1};
    assert_done(bench->driver->begin_step(bench->connection, &setup, &error));
    keep_both(bench, keeping("statement", target->setting_read), &error);
    bench->driver->end_step(bench->connection);
    assert_seen(bench, "statement", target->setting_value);
    g_autofree char *plain = g_strndup(before, strlen(before) - 1);
    assert_seen(bench, "ours", plain);
    g_autofree char *after = read_now(bench, target->setting_read);
    g_assert_cmpstr(after, ==, before);
}

static void test_lifted(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const ContractTarget *target = &contract_target;
    need(target->lifted, "no setting must stand before the transaction");
    g_autofree char *before = read_now(bench, target->lifted_read);
    make_seen(bench);
    WendStepSetup setup = {.lifted = PIECES(target->lifted),
                           .lifted_count = 1,
                           .lock_timeout_ms = -1,
                           .statement_timeout_ms = -1};
    assert_done(bench->driver->begin_step(bench->connection, &setup, &error));
    assert_done(
        WORK(bench->connection, WEND_JOIN_NONE, NULL, keeping("statement", target->lifted_read)));
    bench->driver->end_step(bench->connection);
    assert_seen(bench, "statement", target->lifted_value);
    g_autofree char *after = read_now(bench, target->lifted_read);
    g_assert_cmpstr(after, ==, before);
    g_assert_cmpstr(before, !=, target->lifted_value);
}

static void test_temporary(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    for (guint i = 0; i < 2; i++) {
        contract_begin(bench->connection);
        assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL,
                         "CREATE TEMPORARY TABLE scrap (id INTEGER)"));
        assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, "INSERT INTO scrap VALUES (1)"));
        bench->driver->end_step(bench->connection);
        g_assert_false(contract_runs(bench->connection, "SELECT * FROM scrap"));
    }
    contract_begin(bench->connection);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, "INSERT INTO scrap VALUES (1)"),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
}

/* A time limit of the step's own ends a statement, and ends with the step. */
static void test_limit(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = 10};
    assert_done(bench->driver->begin_step(bench->connection, &setup, &error));
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, contract_target.slowish),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
    wend_error_clear(&error);
    contract_begin(bench->connection);
    assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, contract_target.slowish));
    bench->driver->end_step(bench->connection);
}

/* A limit of the connection's can be lifted by the step. */
static void test_no_limit(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_reopen(bench, 0, 10);
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = 0};
    assert_done(bench->driver->begin_step(bench->connection, &setup, &error));
    assert_done(WORK(bench->connection, WEND_JOIN_NONE, NULL, contract_target.slowish));
    bench->driver->end_step(bench->connection);
    contract_begin(bench->connection);
    assert_fails(WORK(bench->connection, WEND_JOIN_NONE, NULL, contract_target.slowish),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
}

void contract_step_tests(void)
{
    contract_add("step/setting", test_setting);
    contract_add("step/setting-twice", test_setting_twice);
    contract_add("step/setting-fails", test_setting_fails);
    contract_add("step/replay", test_replay);
    contract_add("step/lifted", test_lifted);
    contract_add("step/temporary", test_temporary);
    contract_add("step/limit", test_limit);
    contract_add("step/no-limit", test_no_limit);
}
