/* SPDX-License-Identifier: MIT
 *
 * Contract: going on behind what is done: steps of several segments that failed, were interrupted
 * or killed in the middle.
 */
#include "flow.h"

#include "core/rows.h"

#include <string.h>

#define INSERT(id) "INSERT INTO items VALUES (" #id ", 'x');\n"
#define FAILS      "INSERT INTO nowhere_at_all VALUES (1);\n"

static Flow *one_file(Bench *bench, const char *text)
{
    Flow *flow = flow_new(bench);
    contract_items(bench->connection);
    flow_file(flow, "1_one.sql", text);
    return flow;
}

/* Each statement for itself: the third fails, and only it runs again. */
static void test_segments(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow =
        one_file(bench, "-- wend: transaction none\n" INSERT(1) INSERT(2) FAILS INSERT(4));
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 4);
    g_assert_nonnull(strstr(error.state, "partly done"));
    assert_ids(flow, "1\n2\n");
    assert_states(flow, "1 failed");
    assert_journal(flow, "1", "up begin, up done 1, up done 2, up failed 3");
    flow_file(flow, "1_one.sql",
              "-- wend: transaction none\n" INSERT(1) INSERT(2) INSERT(3) INSERT(4));
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    g_assert_true(g_str_has_prefix(flow->log->str, "resume 1, "));
    assert_ids(flow, "1\n2\n3\n4\n");
    assert_states(flow, "1 applied");
    assert_journal(flow, "1",
                   "up begin, up done 1, up done 2, up failed 3, up done 3, up done 4, up applied");
}

/* What is done does not run again with what would be in its transaction now. */
static void test_joined(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow =
        one_file(bench, "-- wend: transaction none\n" INSERT(1) INSERT(2) FAILS INSERT(4));
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    flow_file(flow, "1_one.sql", INSERT(1) INSERT(2) INSERT(3) FAILS);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 4);
    assert_ids(flow, "1\n2\n");
    flow_file(flow, "1_one.sql", INSERT(1) INSERT(2) INSERT(3) INSERT(4));
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n4\n");
    assert_journal(flow, "1",
                   "up begin, up done 1, up done 2, up failed 3, up failed 4, up done 4, "
                   "up applied");
}

/* The statement that could not run in a transaction is taken out, and its neighbours are one. */
static void test_alone_removed(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.repeatable, "everything runs in a transaction");
    g_autofree char *bad =
        g_strdup_printf("%s  %s;\n", INSERT(1), contract_target.repeatable_failing);
    g_autoptr(Flow) flow = one_file(bench, bad);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    flow_file(flow, "1_one.sql", INSERT(1) INSERT(2));
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n");
}

/* A half-done step comes first, whatever was asked for; then the plan. */
static void test_finished_first(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = one_file(bench, "-- wend: transaction none\n" INSERT(1) FAILS);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    flow_file(flow, "1_one.sql", "-- wend: transaction none\n" INSERT(1) INSERT(2));
    flow_file(flow, "2_two.sql", INSERT(3));
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
    assert_states(flow, "1 applied, 2 applied");
}

static void test_prefix_changed(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = one_file(bench, "-- wend: transaction none\n" INSERT(1) INSERT(2) FAILS);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    flow_file(flow, "1_one.sql", "-- wend: transaction none\n" INSERT(7) INSERT(2) INSERT(3));
    assert_fails(flow_up(flow, &error), WEND_DISAGREE);
    g_assert_nonnull(error.hint);
    assert_ids(flow, "1\n2\n");
    /* Comments and white space do not count. */
    flow_file(
        flow, "1_one.sql",
        "-- wend: transaction none\n-- better said\nINSERT  INTO items\n VALUES (1, 'x');\n" INSERT(
            2) INSERT(3));
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
}

/* Around a statement that cannot run in a transaction. */
static void test_alone(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.repeatable, "everything runs in a transaction");
    g_autofree char *bad =
        g_strdup_printf("%s%s;\n%s", INSERT(1), contract_target.repeatable, INSERT(2) FAILS);
    g_autofree char *good =
        g_strdup_printf("%s%s;\n%s", INSERT(1), contract_target.repeatable, INSERT(2) INSERT(3));
    g_autoptr(Flow) flow = one_file(bench, bad);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    assert_ids(flow, "1\n");
    assert_journal(flow, "1", "up begin, up done 1, up intent 2, up done 2, up failed 4");
    flow_file(flow, "1_one.sql", good);
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
    assert_journal(flow, "1",
                   "up begin, up done 1, up intent 2, up done 2, up failed 4, up done 4, "
                   "up applied");
}

/* It fails itself: an ordinary failure, and it did not happen. */
static void test_alone_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.repeatable, "everything runs in a transaction");
    g_autofree char *bad =
        g_strdup_printf("%s  %s;\n", INSERT(1), contract_target.repeatable_failing);
    g_autofree char *good = g_strdup_printf("%s%s;\n", INSERT(1), contract_target.repeatable);
    g_autoptr(Flow) flow = one_file(bench, bad);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 2);
    assert_journal(flow, "1", "up begin, up done 1, up intent 2, up failed 2");
    flow_file(flow, "1_one.sql", good);
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n");
    assert_states(flow, "1 applied");
}

/* The run ended right behind an intent, as after kill -9: rows as the runner writes them. */
static Flow *killed_at_intent(Bench *bench, const char *statement, bool repeatable)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *text = g_strdup_printf("%s;\n%s", statement, INSERT(1));
    Flow *flow = one_file(bench, text);
    g_autoptr(WendProject) project = flow_project(flow, &error);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    assert_done(wend_project_read(project, false, &error));
    wend_rows_tables(project, queries);
    WendMigration *migration = project->migrations->pdata[0];
    project->format->load(migration, project->driver->dialect, project->problems);
    WendStep step = {.direction = WEND_UP,
                     .id = migration->id,
                     .version = migration->version,
                     .name = migration->name,
                     .migration = migration,
                     .script = migration->up};
    wend_rows_begin(project, &step, queries);
    WendIntent intent = {.statement = 1, .what = "IT", .repeatable = repeatable};
    wend_rows_intent(project, &step, NULL, &intent, queries);
    assert_done(project->driver->write(project->connection, queries, &error));
    return flow;
}

static void test_intent_repeatable(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.repeatable, "everything runs in a transaction");
    g_autoptr(Flow) flow = killed_at_intent(bench, contract_target.repeatable, true);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n");
    assert_states(flow, "1 applied");
}

/* Nobody can know: wend stops, and changes nothing, until a person decides. */
static void test_intent_opaque(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.opaque, "it has no such statement");
    g_autoptr(Flow) flow = killed_at_intent(bench, contract_target.opaque, false);
    for (guint i = 0; i < 2; i++) {
        assert_fails(flow_up(flow, &error), WEND_DISAGREE);
        g_assert_nonnull(strstr(error.message, "IT"));
        g_assert_nonnull(strstr(error.hint, "wend repair"));
        assert_ids(flow, "");
    }
    wend_error_clear(&error);
    assert_done(flow_repair(flow, WEND_REPAIR_CONTINUE, NULL, &error));
    assert_ids(flow, "1\n");
    assert_states(flow, "1 applied");
}

/* --- sessions --- */

static void test_settings(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const ContractTarget *target = &contract_target;
    need(target->setting, "it has no settings");
    contract_write(bench->connection, "CREATE TABLE seen (value VARCHAR(100))");
    g_autofree char *head =
        g_strdup_printf("-- wend: transaction none\n%s;\n%s", target->setting, INSERT(1));
    g_autofree char *bad = g_strconcat(head, FAILS, NULL);
    g_autofree char *good =
        g_strdup_printf("%sINSERT INTO seen SELECT %s;\n", head, target->setting_read);
    g_autofree char *next = g_strdup_printf("INSERT INTO seen SELECT %s;\n", target->setting_read);
    g_autofree char *look = g_strdup_printf("SELECT %s", target->setting_read);
    g_autofree char *before = contract_look(bench->connection, look);
    g_autoptr(Flow) flow = one_file(bench, bad);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    flow_file(flow, "1_one.sql", good);
    flow_file(flow, "2_two.sql", next);
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    g_autofree char *first =
        g_strdup_printf("SELECT count(*) FROM seen WHERE value = '%s'", target->setting_value);
    assert_looks(bench->connection, first, "1\n");
    before[strlen(before) - 1] = '\0';
    g_autofree char *second =
        g_strdup_printf("SELECT count(*) FROM seen WHERE value = '%s'", before);
    assert_looks(bench->connection, second, "1\n");
}

/* What was temporary went with the session: going on would run on something else. */
static void test_temporary(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow =
        one_file(bench, "-- wend: transaction none\nCREATE TEMPORARY TABLE scrap (id INTEGER);\n"
                        "INSERT INTO scrap VALUES (5);\n" FAILS);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    flow_file(flow, "1_one.sql",
              "-- wend: transaction none\nCREATE TEMPORARY TABLE scrap (id INTEGER);\n"
              "INSERT INTO scrap VALUES (5);\nINSERT INTO items SELECT id, 'x' FROM scrap;\n");
    assert_fails(flow_up(flow, &error), WEND_DISAGREE);
    assert_ids(flow, "");
    wend_error_clear(&error);
    assert_done(flow_repair(flow, WEND_REPAIR_FORGET, NULL, &error));
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "5\n");
}

/* --- batches --- */

static void make_old(Bench *bench)
{
    for (guint i = 1; i <= 5; i++) {
        g_autofree char *sql = g_strdup_printf("INSERT INTO items VALUES (%u, 'old')", i * 5);
        contract_write(bench->connection, sql);
    }
}

/* Interrupted after its first round, it goes on behind what is done. */
static void batch_resumes(Bench *bench, const char *statement)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *text =
        g_strdup_printf("-- wend: batch size=2 key=id\n%s;\n%s", statement, INSERT(30));
    g_autoptr(Flow) flow = one_file(bench, text);
    make_old(bench);
    flow->stop_kind = WEND_REPORT_ROUND;
    flow->stop_version = "1";
    assert_fails(flow_up(flow, &error), WEND_INTERRUPTED);
    bench->interrupts = 0;
    flow->stop_version = NULL;
    assert_looks(bench->connection, "SELECT id FROM items WHERE name = 'new' ORDER BY id",
                 "5\n10\n");
    /* A row that it has passed is not its business any more. */
    contract_write(bench->connection, "INSERT INTO items VALUES (3, 'later')");
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    g_assert_true(g_str_has_prefix(flow->log->str, "resume 1, "));
    assert_looks(bench->connection,
                 "SELECT id, name FROM items WHERE id NOT IN (10, 15, 20) "
                 "ORDER BY id",
                 "3|later\n5|new\n25|new\n30|x\n");
    assert_states(flow, "1 applied");
}

static void test_batch(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need(contract_target.batch, "it has no batches");
    batch_resumes(bench, contract_target.batch);
}

static void test_batch_cursor(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need(contract_target.batch_keyed, "it has no batches by key");
    batch_resumes(bench, contract_target.batch_keyed);
}

/* --- down --- */

static void test_down(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    contract_items(bench->connection);
    flow_file(flow, "1_one.up.sql", INSERT(1) INSERT(2));
    flow_file(flow, "1_one.down.sql",
              "-- wend: transaction none\nDELETE FROM items WHERE id = 2;\n" FAILS
              "DELETE FROM items WHERE id = 1;\n");
    assert_done(flow_up(flow, &error));
    assert_fails(flow_down(flow, 1, &error), WEND_FAILED);
    assert_ids(flow, "1\n");
    flow_file(flow, "1_one.down.sql",
              "-- wend: transaction none\nDELETE FROM items WHERE id = 2;\n"
              "DELETE FROM items WHERE id = 1;\n");
    flow_file(flow, "2_two.sql", INSERT(7));
    /* Also an up first finishes the down; then 1 is pending again. */
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n7\n");
    assert_journal(flow, "1",
                   "up begin, up done 2, up applied, down begin, down done 1, down failed 2, "
                   "down done 2, down reverted, up begin, up done 2, up applied");
}

/* --- killed --- */

static Flow *killed_flow;

static void child_runs(G_GNUC_UNUSED Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    killed_flow->stop_waits = true;
    flow_up(killed_flow, &error);
}

/* Killed when a step is about to begin: what was reported is there, and nothing runs twice. */
static void test_killed(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 4);
    flow_file(flow, "2_two.up.sql", "-- wend: transaction none\n" INSERT(20) INSERT(2));
    flow->stop_kind = WEND_REPORT_BEGIN;
    flow->stop_version = "4";
    killed_flow = flow;
    ContractProcess child = contract_fork(bench, child_runs);
    contract_end(&child, true);
    flow->stop_version = NULL;
    assert_looks(bench->connection, "SELECT count(*) FROM items WHERE id IN (1, 2, 20)", "3\n");
    /* A server may need a moment until it has seen that its client is gone. */
    for (guint i = 0; i < 100 && !flow_up(flow, &error) && error.code == WEND_LOCKED; i++) {
        wend_error_clear(&error);
        g_usleep(100 * 1000);
    }
    g_assert_cmpstr(error.message, ==, NULL);
    assert_ids(flow, "1\n2\n3\n4\n20\n");
    assert_states(flow, "1 applied, 2 applied, 3 applied, 4 applied");
}

void contract_resume_tests(void)
{
    contract_add("resume/segments", test_segments);
    contract_add("resume/joined", test_joined);
    contract_add("resume/alone-removed", test_alone_removed);
    contract_add("resume/finished-first", test_finished_first);
    contract_add("resume/prefix-changed", test_prefix_changed);
    contract_add("resume/alone", test_alone);
    contract_add("resume/alone-fails", test_alone_fails);
    contract_add("resume/intent-repeatable", test_intent_repeatable);
    contract_add("resume/intent-opaque", test_intent_opaque);
    contract_add("resume/settings", test_settings);
    contract_add("resume/temporary", test_temporary);
    contract_add("resume/batch", test_batch);
    contract_add("resume/batch-cursor", test_batch_cursor);
    contract_add("resume/down", test_down);
    contract_add("resume/killed", test_killed);
}
