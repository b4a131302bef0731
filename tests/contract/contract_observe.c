/* SPDX-License-Identifier: MIT
 *
 * Contract: what a statement that cannot run in a transaction touches is observed before it runs, and
 * judged afterwards: by itself, and when a run ended inside it.
 */
#include "contract.h"
#include "flow.h"

#include "core/rows.h"

#define need_observable() need(contract_target.observable, "nothing there is observable")

static char *observe(Bench *bench, const WendPiece *piece)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *before = NULL;
    assert_done(bench->driver->observe(bench->connection, piece, &before, &error));
    g_assert_nonnull(before);
    return before;
}

static WendVerdict judge(Bench *bench, const WendPiece *piece, const char *before)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendVerdict verdict = WEND_VERDICT_UNKNOWN;
    g_autofree char *why = NULL;
    assert_done(bench->driver->judge(bench->connection, piece, before, &verdict, &why, &error));
    g_assert_true((verdict == WEND_VERDICT_UNKNOWN) == (why != NULL));
    return verdict;
}

static void run_alone(Bench *bench, const WendPiece *piece)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    assert_done(bench->driver->alone(bench->connection, NULL, piece, &worked, &error));
    g_assert_true(worked.begun);
    g_free(worked.cursor);
}

static void test_class(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need_observable();
    const WendPiece *piece = PIECES(contract_target.observable);
    g_assert_cmpint(piece->class, ==, WEND_CLASS_OBSERVABLE);
}

static void test_not_done(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need_observable();
    contract_items(bench->connection);
    const WendPiece *piece = PIECES(contract_target.observable);
    contract_begin(bench->connection);
    g_autofree char *before = observe(bench, piece);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(judge(bench, piece, before), ==, WEND_VERDICT_NOT_DONE);
    g_assert_cmpint(judge(bench, piece, before), ==, WEND_VERDICT_NOT_DONE);
}

static void test_done(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need_observable();
    contract_items(bench->connection);
    const WendPiece *piece = PIECES(contract_target.observable);
    contract_begin(bench->connection);
    g_autofree char *before = observe(bench, piece);
    run_alone(bench, piece);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(judge(bench, piece, before), ==, WEND_VERDICT_DONE);
}

/* A statement that fails leaves nothing, or what it left is taken away by the judge. */
static void test_failed(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need(contract_target.observable_failing, "nothing there is observable and fails");
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    contract_items(bench->connection);
    contract_write(bench->connection, "INSERT INTO items VALUES (1, 'a')");
    contract_write(bench->connection, "INSERT INTO items VALUES (2, 'a')");
    const WendPiece *piece = PIECES(contract_target.observable_failing);
    contract_begin(bench->connection);
    g_autofree char *before = observe(bench, piece);
    assert_fails(bench->driver->alone(bench->connection, NULL, piece, &worked, &error),
                 WEND_FAILED);
    bench->driver->end_step(bench->connection);
    g_assert_cmpint(judge(bench, piece, before), ==, WEND_VERDICT_NOT_DONE);
    g_assert_cmpint(judge(bench, piece, before), ==, WEND_VERDICT_NOT_DONE);
}

/* As after kill -9 behind the intent: the rows as the runner writes them; `happened`: the statement ran. */
static void end_inside(Flow *flow, bool happened)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
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
    g_autoptr(WendCut) cut = wend_cut_make(migration->up, project->driver, NULL, &error);
    const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, 0);
    g_autofree char *before = NULL;
    contract_begin(project->connection);
    assert_done(project->driver->observe(project->connection, piece, &before, &error));
    WendIntent intent = {.statement = 1, .what = "IT", .before = before};
    wend_rows_begin(project, &step, queries);
    wend_rows_intent(project, &step, cut, &intent, queries);
    assert_done(project->driver->write(project->connection, queries, &error));
    WendWorked worked;
    if (happened)
        assert_done(project->driver->alone(project->connection, NULL, piece, &worked, &error));
    project->driver->end_step(project->connection);
}

static void test_resume(Bench *bench, gconstpointer data)
{
    bool happened = GPOINTER_TO_INT(data) != 0;
    g_auto(WendError) error = WEND_ERROR_INIT;
    need_observable();
    g_autoptr(Flow) flow = flow_new(bench);
    contract_items(bench->connection);
    g_autofree char *text =
        g_strdup_printf("%s;\nINSERT INTO items VALUES (1, 'a');\n", contract_target.observable);
    flow_file(flow, "1_one.up.sql", text);
    end_inside(flow, happened);
    assert_done(flow_up(flow, &error));
    assert_ids(flow, "1\n");
    assert_states(flow, "1 applied");
}

static void test_resume_happened(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    test_resume(bench, GINT_TO_POINTER(1));
}

static void test_resume_not_happened(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    test_resume(bench, GINT_TO_POINTER(0));
}

/* An ordinary statement that ends its transaction: the next one may use what it made. */
static void test_ends(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.ends, "nothing there must be committed before it is used");
    g_autoptr(Flow) flow = flow_new(bench);
    flow_file(flow, "1_one.up.sql", contract_target.ends);
    assert_done(flow_up(flow, &error));
    assert_states(flow, "1 applied");
}

void contract_observe_tests(void)
{
    contract_add("observe/class", test_class);
    contract_add("observe/not-done", test_not_done);
    contract_add("observe/done", test_done);
    contract_add("observe/failed", test_failed);
    contract_add("observe/resume/happened", test_resume_happened);
    contract_add("observe/resume/not-happened", test_resume_not_happened);
    contract_add("observe/ends", test_ends);
}
