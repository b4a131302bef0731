/* SPDX-License-Identifier: MIT
 *
 * The contract suite's bench: fresh databases, connections, pieces, processes; and main(). What is
 * tested is in the other contract_*.c; see contract.h.
 */
#include "contract.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the bench --- */

static void on_tick(guint statement, void *data)
{
    Bench *bench = data;
    if (statement == 0)
        bench->ticks_within++;
    else if (bench->ended->len < 100)
        g_string_append_printf(bench->ended, "%u ", statement);
}

static void on_waiting(WendWaiting kind, const WendWho *holder, G_GNUC_UNUSED const char *text,
                       gint64 waited_ms, void *data)
{
    Bench *bench = data;
    bench->waits++;
    bench->waiting = kind;
    bench->waiting_pid = holder != NULL ? holder->pid : 0;
    bench->waited_ms = waited_ms;
}

WendConnection *contract_look_at(Bench *bench, const char *url, gint64 lock_ms, gint64 statement_ms)
{
    static const char *const own[] = {"wend_migrations", "wend_journal", "wend_scripts", NULL};
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnect connect = {
        .url = url != NULL ? url : bench->url,
        .create = WEND_CREATE_FILE,
        .lock_timeout_ms = lock_ms,
        .statement_timeout_ms = statement_ms,
        .watch = {.waiting = on_waiting,
                  .tick = on_tick,
                  .data = bench,
                  .interrupts = &bench->interrupts},
        .own = own,
    };
    WendConnection *connection = bench->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_nonnull(connection);
    return connection;
}

WendConnection *contract_open(Bench *bench, const char *url, gint64 lock_ms, gint64 statement_ms)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendConnection *connection = contract_look_at(bench, url, lock_ms, statement_ms);
    assert_done(bench->driver->writable(connection, &error));
    return connection;
}

void contract_reopen(Bench *bench, gint64 lock_ms, gint64 statement_ms)
{
    bench->driver->close(bench->connection);
    bench->connection = contract_open(bench, NULL, lock_ms, statement_ms);
}

static void bench_make(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    bench->url = contract_target.fresh();
    bench->driver = wend_driver_for(bench->url, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    bench->folder = g_dir_make_tmp("wend-contract-XXXXXX", NULL);
    g_assert_nonnull(bench->folder);
    bench->before = g_get_current_dir();
    g_assert_cmpint(g_chdir(bench->folder), ==, 0);
    bench->ended = g_string_new(NULL);
    bench->connection = contract_open(bench, NULL, 0, 0);
}

static int remove_one(const char *path, G_GNUC_UNUSED const struct stat *info,
                      G_GNUC_UNUSED int kind, G_GNUC_UNUSED struct FTW *where)
{
    return remove(path);
}

static void bench_remove(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    bench->driver->close(bench->connection);
    contract_target.discard(bench->url);
    g_assert_cmpint(g_chdir(bench->before), ==, 0);
    g_assert_cmpint(nftw(bench->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(bench->url);
    g_free(bench->folder);
    g_free(bench->before);
    g_string_free(bench->ended, TRUE);
}

void contract_add(const char *name, ContractTest test)
{
    g_autofree char *path = g_strdup_printf("/%s/%s", contract_target.name, name);
    g_test_add(path, Bench, NULL, bench_make, test, bench_remove);
}

/* --- looking and writing --- */

static bool add_row(const WendRow *row, void *data, G_GNUC_UNUSED WendError *error)
{
    GString *text = data;
    for (guint i = 0; i < row->count; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "|" : "",
                               row->values[i] != NULL ? row->values[i] : "NULL");
    g_string_append_c(text, '\n');
    return true;
}

char *contract_look(WendConnection *connection, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendQuery) query = wend_query_new(sql);
    GString *text = g_string_new(NULL);
    bool ok = connection->driver->query(connection, query, add_row, text, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    g_assert_true(ok);
    return g_string_free(text, FALSE);
}

bool contract_runs(WendConnection *connection, const char *sql)
{
    g_autoptr(WendQuery) query = wend_query_new(sql);
    return connection->driver->query(connection, query, NULL, NULL, NULL);
}

GPtrArray *contract_queries(const char *const *sql)
{
    GPtrArray *queries = wend_queries_new();
    for (; *sql != NULL; sql++)
        g_ptr_array_add(queries, wend_query_new(*sql));
    return queries;
}

void contract_write(WendConnection *connection, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) queries = QUERIES(sql);
    assert_done(connection->driver->write(connection, queries, &error));
}

void contract_items(WendConnection *connection)
{
    contract_write(connection,
                   "CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100))");
}

/* --- steps --- */

WendPiece *contract_pieces(const WendDriver *driver, const char *const *sql)
{
    guint count = g_strv_length((char **)sql);
    WendPiece *pieces = g_new0(WendPiece, count + 1);
    g_test_queue_free(pieces);
    for (guint i = 0; i < count; i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendClassified classified;
        char *text = g_strconcat(sql[i], " ]behind its end[", NULL);
        g_test_queue_free(text);
        assert_done(driver->classify(text, strlen(sql[i]), &classified, &error));
        pieces[i] = (WendPiece){.text = text,
                                .length = strlen(sql[i]),
                                .number = i + 1,
                                .class = classified.class,
                                .session = classified.session,
                                .temporary = classified.temporary};
    }
    return pieces;
}

void contract_begin(WendConnection *connection)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendStepSetup setup = {.lock_timeout_ms = -1, .statement_timeout_ms = -1};
    assert_done(connection->driver->begin_step(connection, &setup, &error));
}

bool contract_work(WendConnection *connection, WendJoin join, const char *const *sql,
                   WendWorked *worked, WendError *error)
{
    WendWorked own;
    WendWork work = {.pieces = contract_pieces(connection->driver, sql),
                     .count = g_strv_length((char **)sql),
                     .join = join,
                     .last = true};
    bool ok =
        connection->driver->transact(connection, &work, worked != NULL ? worked : &own, error);
    g_assert_null((worked != NULL ? worked : &own)->cursor);
    return ok;
}

void contract_step(WendConnection *connection, const char *sql)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    contract_begin(connection);
    assert_done(WORK(connection, WEND_JOIN_NONE, NULL, sql));
    connection->driver->end_step(connection);
}

void contract_shell(const char *line)
{
    g_autofree char *output = NULL, *errors = NULL;
    int status = -1;
    const char *argv[] = {"sh", "-c", line, NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                               &errors, &status, NULL));
    g_assert_cmpstr(errors, ==, "");
    g_assert_cmpint(status, ==, 0);
}

/* --- threads and processes --- */

typedef struct Later {
    Bench *bench;
    guint ms;
} Later;

static gpointer interrupt_later(gpointer data)
{
    g_autofree Later *later = data;
    g_usleep(later->ms * 1000ul);
    later->bench->interrupts = later->bench->interrupts + 1;
    return NULL;
}

GThread *contract_interrupt_after(Bench *bench, guint ms)
{
    Later *later = g_new(Later, 1);
    *later = (Later){bench, ms};
    return g_thread_new("interrupt", interrupt_later, later);
}

static int child_to, child_from;

void contract_child_ready(void)
{
    g_assert_cmpint(write(child_to, "r", 1), ==, 1);
}

void contract_child_wait(void)
{
    char word;
    if (read(child_from, &word, 1) < 0)
        _exit(1);
}

void contract_hear(const ContractProcess *process)
{
    char word = '-';
    g_assert_cmpint(read(process->from, &word, 1), ==, 1);
    g_assert_cmpint(word, ==, 'r');
}

ContractProcess contract_fork(Bench *bench, ContractChild child)
{
    int down[2], up[2];
    g_assert_cmpint(pipe(down), ==, 0);
    g_assert_cmpint(pipe(up), ==, 0);
    fflush(NULL);
    ContractProcess process = {fork(), down[1], up[0]};
    g_assert_cmpint(process.pid, >=, 0);
    if (process.pid == 0) {
        close(down[1]);
        close(up[0]);
        child_from = down[0];
        child_to = up[1];
        child(bench);
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    contract_hear(&process);
    return process;
}

void contract_end(ContractProcess *process, bool killed)
{
    int status = 0;
    if (killed)
        kill(process->pid, SIGKILL);
    close(process->to);
    g_assert_cmpint(waitpid(process->pid, &status, 0), ==, process->pid);
    close(process->from);
    g_assert_true(killed ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (contract_target.start != NULL && !contract_target.start()) {
        printf("1..0 # SKIP no %s here\n", contract_target.name);
        return 0;
    }
    contract_open_tests();
    contract_look_tests();
    contract_books_tests();
    contract_classify_tests();
    contract_step_tests();
    contract_work_tests();
    contract_join_tests();
    contract_wait_tests();
    contract_lock_tests();
    contract_whole_tests();
    contract_run_tests();
    contract_resume_tests();
    contract_observe_tests();
    contract_settle_tests();
    int code = g_test_run();
    if (contract_target.stop != NULL)
        contract_target.stop();
    return code;
}
