/* SPDX-License-Identifier: MIT
 *
 * Contract: whole runs: up and down over a folder, what stops them, and what they leave behind.
 */
#include "flow.h"

#include "core/script.h"

#include <string.h>

static void test_up(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    assert_states(flow, "1 pending, 2 pending, 3 pending");
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 3);
    g_assert_cmpuint(flow->moved.planned, ==, 3);
    g_assert_true(g_str_has_prefix(flow->log->str, "plan 3, begin 1, "));
    g_assert_true(g_str_has_suffix(flow->log->str, "done 3, "));
    assert_ids(flow, "1\n2\n3\n");
    assert_states(flow, "1 applied, 2 applied, 3 applied");
    assert_journal(flow, "1", "up begin, up done 1, up applied");
}

/* With nothing to do it does nothing: not even the lock is wanted. */
static void test_up_again(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 1);
    assert_done(flow_up(flow, &error));
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 0);
    g_assert_cmpstr(flow->log->str, ==, "plan 0, ");
    assert_journal(flow, "1", "up begin, up done 1, up applied");
    bench->driver->unlock(bench->connection);
}

static void test_locked(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 1);
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
    assert_fails(flow_up(flow, &error), WEND_LOCKED);
    assert_fails(flow_mark(flow, "1", false, &error), WEND_LOCKED);
    assert_fails(flow_baseline(flow, "1", &error), WEND_LOCKED);
    bench->driver->unlock(bench->connection);
    assert_ids(flow, "");
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    /* Every command has let go. */
    assert_done(bench->driver->lock(bench->connection, "wend_journal", &error));
}

static void test_up_to(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 4);
    WendMove one = {.request = {.direction = WEND_UP, .count = 1}};
    WendMove to = {.request = {.direction = WEND_UP, .count = -1, .to = "3"}};
    assert_done(flow_move(flow, one, &error));
    assert_ids(flow, "1\n");
    assert_done(flow_move(flow, to, &error));
    assert_ids(flow, "1\n2\n3\n");
    assert_states(flow, "1 applied, 2 applied, 3 applied, 4 pending");
}

static void test_down(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    assert_done(flow_up(flow, &error));
    assert_done(flow_down(flow, 1, &error));
    g_assert_cmpuint(flow->moved.done, ==, 1);
    assert_ids(flow, "1\n2\n");
    assert_states(flow, "1 applied, 2 applied, 3 reverted");
    assert_journal(flow, "3",
                   "up begin, up done 1, up applied, down begin, down done 1, down reverted");
    WendMove all = {.request = {.direction = WEND_DOWN, .count = -1, .all = true}};
    assert_done(flow_move(flow, all, &error));
    assert_ids(flow, "");
    assert_looks(bench->connection, "SELECT count(*) FROM wend_migrations", "0\n");
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
}

/* Tables, there and back: what most migrations are. */
static void test_tables(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_file(
        flow, "001_users.sql",
        "-- wend:up\nCREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY);\n"
        "ALTER TABLE users ADD COLUMN name VARCHAR(50);\n\n-- wend:down\nDROP TABLE users;\n");
    flow_file(flow, "002_orders.sql",
              "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY);\n"
              "INSERT INTO users VALUES (1, 'it''s; -- no comment');\n\n"
              "-- Rollback:\n-- DELETE FROM users;\n-- DROP TABLE orders;\n");
    for (guint i = 0; i < 2; i++) {
        assert_done(flow_up(flow, &error));
        assert_looks(bench->connection, "SELECT id, name FROM users", "1|it's; -- no comment\n");
        assert_done(flow_down(flow, 2, &error));
        g_assert_false(contract_runs(bench->connection, "SELECT * FROM users"));
        g_assert_false(contract_runs(bench->connection, "SELECT * FROM orders"));
    }
}

/* The way back is recorded: it works where the file is gone, or was changed since. */
static void test_down_stored(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    assert_done(flow_up(flow, &error));
    flow_remove(flow, "2_two.up.sql");
    flow_remove(flow, "2_two.down.sql");
    assert_states(flow, "1 applied, 2 missing");
    assert_done(flow_down(flow, 1, &error));
    assert_ids(flow, "1\n");
    flow_file(flow, "1_one.up.sql", "INSERT INTO items VALUES (77, 'changed');\n");
    flow_file(flow, "1_one.down.sql", "DELETE FROM items WHERE id = 77;\n");
    assert_done(flow_down(flow, 1, &error));
    assert_ids(flow, "");
}

static void test_irreversible(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    flow_remove(flow, "2_two.down.sql");
    assert_done(flow_up(flow, &error));
    assert_fails(flow_down(flow, 2, &error), WEND_REFUSED);
    g_assert_nonnull(strstr(error.message, "2_two"));
    assert_ids(flow, "1\n2\n3\n");
    wend_error_clear(&error);
    assert_done(flow_down(flow, 1, &error));
}

/* What one run applied, one down takes back. */
static void test_batch(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    WendMove one = {.request = {.direction = WEND_UP, .count = 1}};
    assert_done(flow_move(flow, one, &error));
    assert_done(flow_up(flow, &error));
    g_autoptr(WendProject) project = flow_project(flow, &error);
    assert_done(wend_project_read(project, false, &error));
    g_autoptr(GHashTable) batch = wend_project_batch(project, &error);
    g_assert_cmpuint(g_hash_table_size(batch), ==, 2);
    WendMove down = {.request = {.direction = WEND_DOWN, .count = -1, .batch = batch}};
    assert_done(flow_move(flow, down, &error));
    assert_ids(flow, "1\n");
}

/* Redo: the newest one goes and comes again, nothing else does. */
static void test_redo(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    assert_done(flow_up(flow, &error));
    flow_file(flow, "3_three.sql", "INSERT INTO items VALUES (3, 'x');\n");
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(ids, (char *)"2");
    assert_done(flow_down(flow, 1, &error));
    WendMove up = {
        .request = {.direction = WEND_UP, .count = -1, .only = ids, .out_of_order = true}};
    assert_done(flow_move(flow, up, &error));
    assert_ids(flow, "1\n2\n");
    assert_states(flow, "1 applied, 2 applied, 3 pending");
    assert_journal(flow, "2",
                   "up begin, up done 1, up applied, down begin, down done 1, "
                   "down reverted, up begin, up done 1, up applied");
}

/* --- what stops a run --- */

static void test_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    flow_file(flow, "2_two.up.sql",
              "INSERT INTO items VALUES (2, 'x');\n\n  INSERT INTO nowhere_at_all VALUES (1);\n");
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(flow->moved.done, ==, 1);
    g_assert_true(g_str_has_suffix(error.file, "2_two.up.sql"));
    g_assert_cmpuint(error.line, ==, 3);
    g_assert_cmpuint(error.column, >=, 3);
    g_assert_cmpstr(error.source, ==, "  INSERT INTO nowhere_at_all VALUES (1);");
    g_assert_nonnull(strstr(error.state, "2_two was rolled back"));
    g_assert_nonnull(error.vendor);
    assert_ids(flow, "1\n");
    assert_states(flow, "1 applied, 2 failed, 3 pending");
    assert_journal(flow, "2", "up begin, up failed 2");
    g_assert_null(strstr(flow->log->str, "done 2"));
    flow_file(flow, "2_two.up.sql", "INSERT INTO items VALUES (2, 'x');\n");
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
}

/* A syntax error like any other: nothing is left to look at. */
static void test_too_new(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.too_new, "this server knows everything that is in the tests");
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    flow_file(flow, "2_two.up.sql", contract_target.too_new);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 1);
    g_assert_nonnull(error.source);
    g_assert_nonnull(strstr(error.state, "2_two was rolled back"));
    assert_states(flow, "1 applied, 2 failed");
    flow_file(flow, "2_two.up.sql", "INSERT INTO items VALUES (2, 'x');\n");
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n");
}

static void test_down_fails(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    flow_file(flow, "2_two.down.sql",
              "DELETE FROM items WHERE id = 2;\nDELETE FROM nowhere_at_all;\n");
    assert_done(flow_up(flow, &error));
    assert_fails(flow_down(flow, 3, &error), WEND_FAILED);
    g_assert_cmpuint(flow->moved.done, ==, 1);
    assert_ids(flow, "1\n2\n");
    assert_looks(bench->connection, "SELECT id FROM wend_migrations ORDER BY id", "1\n2\n");
}

/* A statement that ends the transaction takes nothing that was there before. */
static void test_ends_transaction(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.ends_transaction, "no statement ends the transaction");
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 4);
    flow_file(flow, "3_three.up.sql", contract_target.ends_transaction);
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(flow->moved.done, ==, 2);
    assert_ids(flow, "1\n2\n");
    assert_states(flow, "1 applied, 2 applied, 3 failed, 4 pending");
    assert_journal(flow, "1", "up begin, up done 1, up applied");
    g_assert_nonnull(strstr(flow->log->str, "done 2, "));
}

static void test_order(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    assert_done(flow_up(flow, &error));
    flow_file(flow, "2.5_late.sql", "INSERT INTO items VALUES (25, 'x');\n");
    flow_file(flow, "4_four.sql", "INSERT INTO items VALUES (4, 'x');\n");
    assert_states(flow, "1 applied, 2 applied, 2.5 out of order, 3 applied, 4 pending");
    assert_fails(flow_up(flow, &error), WEND_DISAGREE);
    g_assert_nonnull(strstr(error.message, "2.5"));
    assert_ids(flow, "1\n2\n3\n");
    WendMove move = {.request = {.direction = WEND_UP, .count = -1, .out_of_order = true}};
    wend_error_clear(&error);
    assert_done(flow_move(flow, move, &error));
    assert_ids(flow, "1\n2\n3\n4\n25\n");
}

static void test_changed(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    WendMove one = {.request = {.direction = WEND_UP, .count = 1}};
    assert_done(flow_move(flow, one, &error));
    flow_file(flow, "1_one.up.sql", "INSERT INTO items VALUES (1, 'y');\n");
    assert_states(flow, "1 changed, 2 pending");
    assert_fails(flow_up(flow, &error), WEND_DISAGREE);
    assert_ids(flow, "1\n");
    flow_file(flow, "1_one.up.sql", "-- said better\nINSERT  INTO items\n VALUES (1, 'x') ;\n");
    assert_states(flow, "1 applied (layout), 2 pending");
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n");
}

static void test_assertion(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 1);
    flow_file(flow, "1_one.up.sql",
              "INSERT INTO items VALUES (1, 'x');\n"
              "-- wend: assert SELECT count(*) FROM items = 1\n"
              "INSERT INTO items VALUES (2, 'x');\n"
              "-- wend: assert SELECT count(*) FROM items = 7\n");
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 4);
    g_assert_nonnull(strstr(error.message, "it gives 2, not 7"));
    assert_ids(flow, "");
}

/* What an assertion asks may do nothing else: it is shown nowhere, and what it commits stays. */
static void test_assertion_reads(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const bad[] = {
        "SELECT 1; COMMIT; DROP TABLE items",
        "DROP TABLE items",
        "SELECT id FROM items FOR UPDATE",
        "WITH gone AS (DELETE FROM items RETURNING id) SELECT count(*) FROM gone",
    };
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autofree char *text =
            g_strdup_printf("INSERT INTO items VALUES (1, 'x');\n-- wend: assert %s = 1\n", bad[i]);
        flow_file(flow, "1_one.up.sql", text);
        assert_fails(flow_up(flow, &error), WEND_USAGE);
        g_assert_cmpuint(error.line, ==, 2);
        assert_ids(flow, "");
    }
}

static void test_interrupted(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    flow->stop_kind = WEND_REPORT_BEGIN;
    flow->stop_version = "2";
    assert_fails(flow_up(flow, &error), WEND_INTERRUPTED);
    g_assert_nonnull(error.state);
    bench->interrupts = 0;
    flow->stop_version = NULL;
    /* What it counted as done is there, and the rest is not. */
    g_assert_cmpuint(flow->moved.done, ==, 1);
    assert_ids(flow, "1\n");
    wend_error_clear(&error);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n2\n3\n");
}

/* --- forms of a run --- */

/* A file's own BEGIN and COMMIT are borders between segments. */
static void test_own_transactions(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    contract_items(bench->connection);
    flow_file(flow, "1_own.sql",
              "BEGIN;\nINSERT INTO items VALUES (1, 'x');\nINSERT INTO items VALUES (2, 'x');\n"
              "COMMIT;\nBEGIN;\nINSERT INTO items VALUES (3, 'x');\n"
              "INSERT INTO nowhere_at_all VALUES (1);\nCOMMIT;\n");
    assert_fails(flow_up(flow, &error), WEND_FAILED);
    g_assert_cmpuint(error.line, ==, 7);
    g_assert_nonnull(strstr(error.state, "partly done"));
    assert_ids(flow, "1\n2\n");
    assert_journal(flow, "1", "up begin, up done 3, up failed 7");
}

static void test_one_transaction(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 3);
    flow_file(flow, "3_three.up.sql", "INSERT INTO items VALUES (1, 'twice');\n");
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}, .one_transaction = true};
    assert_fails(flow_move(flow, move, &error), WEND_FAILED);
    g_assert_cmpuint(flow->moved.done, ==, 0);
    assert_ids(flow, "");
    assert_looks(bench->connection, "SELECT count(*) FROM wend_migrations", "0\n");
    flow_file(flow, "3_three.up.sql", "INSERT INTO items VALUES (3, 'x');\n");
    wend_error_clear(&error);
    assert_done(flow_move(flow, move, &error));
    g_assert_cmpuint(flow->moved.done, ==, 3);
    assert_ids(flow, "1\n2\n3\n");
    assert_states(flow, "1 applied, 2 applied, 3 applied");
}

/* Looking and planning leave no trace. */
static void test_plan(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *const none[] = {NULL};
    bool empty = false;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_file(flow, "1_one.sql", "CREATE TABLE one (id INTEGER);\n");
    g_autoptr(WendProject) project = flow_project(flow, &error);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    g_autoptr(WendPlan) plan = wend_move_plan(project, &move, &error);
    g_assert_cmpuint(plan->steps->len, ==, 1);
    assert_states(flow, "1 pending");
    assert_done(bench->driver->is_empty(bench->connection, none, &empty, &error));
    g_assert_true(empty);
}

/* The plan as a script, run by a person with the database's own client, books included. */
static void test_script(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    g_autofree char *file = g_build_filename(bench->folder, "script.sql", NULL);
    g_autofree char *line = contract_target.client(bench->url, file);
    g_autoptr(GString) script = g_string_new(NULL);
    need(line, "the database's own client is not here");
    flow_inserts(flow, 2);
    flow_file(flow, "3_odd.sql",
              "-- it's \\ \"odd\"\nINSERT INTO items VALUES (3, 'it''s; \"so\"');\n");
    g_autoptr(WendProject) project = flow_project(flow, &error);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    g_autoptr(WendPlan) plan = wend_move_plan(project, &move, &error);
    assert_done(wend_script_write(project, plan, script, &error));
    g_assert_true(g_file_set_contents(file, script->str, -1, NULL));
    contract_shell(line);
    assert_looks(bench->connection, "SELECT id, name FROM items ORDER BY id",
                 "1|x\n2|x\n3|it's; \"so\"\n");
    assert_states(flow, "1 applied, 2 applied, 3 applied");
    assert_journal(flow, "1", "up begin, up done 1, up applied");
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 0);
    assert_looks(bench->connection, "SELECT count(*) FROM wend_scripts", "5\n");
}

static void test_agreed(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    flow_inserts(flow, 2);
    const char *const other[] = {"1", NULL}, *const same[] = {"1", "2", NULL};
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}, .agreed = other};
    assert_fails(flow_move(flow, move, &error), WEND_DISAGREE);
    assert_ids(flow, "");
    move.agreed = same;
    wend_error_clear(&error);
    assert_done(flow_move(flow, move, &error));
    assert_ids(flow, "1\n2\n");
}

static void test_backup(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.backs_up, "it does not back up");
    g_autoptr(Flow) flow = flow_new(bench);
    g_autofree char *file = g_build_filename(bench->folder, "before.backup", NULL);
    flow_inserts(flow, 1);
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}, .backup = file};
    assert_done(flow_move(flow, move, &error));
    g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
    g_assert_cmpstr(flow->log->str, ==, "plan 1, backup 0, begin 1, done 1, ");
}

/* A whole folder of small files, as one run and one journal. */
static void test_many(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(Flow) flow = flow_new(bench);
    contract_items(bench->connection);
    for (guint i = 1; i <= 300; i++) {
        g_autofree char *name = g_strdup_printf("%03u_step.sql", i);
        g_autofree char *text = g_strdup_printf("INSERT INTO items VALUES (%u, 'x');\n", i);
        flow_file(flow, name, text);
    }
    assert_done(flow_up(flow, &error));
    g_assert_cmpuint(flow->moved.done, ==, 300);
    assert_looks(bench->connection, "SELECT count(*) FROM items", "300\n");
    assert_looks(bench->connection, "SELECT count(*) FROM wend_migrations", "300\n");
    assert_looks(bench->connection,
                 "SELECT count(*), count(DISTINCT seq), count(DISTINCT run) FROM wend_journal",
                 "900|900|1\n");
}

void contract_run_tests(void)
{
    contract_add("run/up", test_up);
    contract_add("run/up-again", test_up_again);
    contract_add("run/locked", test_locked);
    contract_add("run/up-to", test_up_to);
    contract_add("run/down", test_down);
    contract_add("run/tables", test_tables);
    contract_add("run/down-stored", test_down_stored);
    contract_add("run/irreversible", test_irreversible);
    contract_add("run/batch", test_batch);
    contract_add("run/redo", test_redo);
    contract_add("run/fails", test_fails);
    contract_add("run/too-new", test_too_new);
    contract_add("run/down-fails", test_down_fails);
    contract_add("run/ends-transaction", test_ends_transaction);
    contract_add("run/order", test_order);
    contract_add("run/changed", test_changed);
    contract_add("run/assertion", test_assertion);
    contract_add("run/assertion-reads", test_assertion_reads);
    contract_add("run/interrupted", test_interrupted);
    contract_add("run/own-transactions", test_own_transactions);
    contract_add("run/one-transaction", test_one_transaction);
    contract_add("run/plan", test_plan);
    contract_add("run/script", test_script);
    contract_add("run/agreed", test_agreed);
    contract_add("run/backup", test_backup);
    contract_add("run/many", test_many);
}
