/* SPDX-License-Identifier: MIT
 *
 * Emptying a target: everything goes, under the lock, and a refusal leaves all as it was.
 */
#include "core/clean.h"

#include "breaker.h"
#include "stage.h"

static void fill(Stage *stage)
{
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x); CREATE VIEW v AS SELECT x FROM a;");
    assert_done(stage, stage_up(stage));
    stage_sql(stage, "CREATE TABLE other (x)");
}

static void test_clean(Stage *stage, gconstpointer data)
{
    (void)data;
    fill(stage);
    stage_open(stage);
    assert_done(stage, wend_clean(stage->project, &stage->error));
    assert_rows(stage, "SELECT name FROM sqlite_schema", "");
    assert_states(stage, "1=pending");
    assert_done(stage, stage_up(stage));
}

/* The lock is asked for first, and given back whatever comes of it. */
static void test_refused(Stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const calls[] = {"writable", "lock", "clean"};
    fill(stage);
    stage->driver = breaker_driver();
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        stage_open(stage);
        breaker_arm(calls[i], 1, WEND_CONNECT, false);
        assert_fails(stage, wend_clean(stage->project, &stage->error), WEND_CONNECT,
                     BREAKER_MESSAGE);
        assert_rows(stage, OBJECTS, "a\nother\nv\n");
        g_autofree char *lock = g_strconcat(stage->file, "-wend", NULL);
        g_assert_false(g_file_test(lock, G_FILE_TEST_EXISTS));
    }
}

static void test_locked(Stage *stage, gconstpointer data)
{
    (void)data;
    fill(stage);
    stage_open(stage);
    g_autoptr(WendProject) holder = wend_project_new(stage->config, &stage->error);
    assert_done(stage,
                wend_project_connect(holder, WEND_CREATE_NOTHING, NULL, NULL, &stage->error));
    assert_done(stage, holder->driver->lock(holder->connection, "wend_journal", &stage->error));
    assert_fails(stage, wend_clean(stage->project, &stage->error), WEND_LOCKED, "migrated by");
    assert_rows(stage, OBJECTS, "a\nother\nv\n");
    holder->driver->unlock(holder->connection);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/clean/clean", Stage, NULL, stage_memory, test_clean, stage_clear);
    g_test_add("/clean/refused", Stage, NULL, stage_file, test_refused, stage_clear);
    g_test_add("/clean/locked", Stage, NULL, stage_file, test_locked, stage_clear);
    return g_test_run();
}
