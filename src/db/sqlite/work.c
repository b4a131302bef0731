/* SPDX-License-Identifier: MIT
 *
 * Transactions: segments that commit by themselves, and slices, in which segments that follow each
 * other share a commit, each under a savepoint of its own. What SQLite does behind one's back is met
 * here: a statement that ends the transaction (OR ROLLBACK, RAISE(ROLLBACK), a full disk), and
 * deferred constraints that would only fail at the slice's COMMIT.
 */
#include "db/sqlite/sqlite.h"

#include "base/fault.h"

#define SAVEPOINT "wend_step"

static gint64 since_ms(gint64 start)
{
    return (g_get_monotonic_time() - start) / 1000;
}

/* True while the transaction that we began is still open. */
static bool in_transaction(Connection *connection)
{
    return sqlite3_get_autocommit(connection->db) == 0;
}

static void roll_back(Connection *connection)
{
    if (in_transaction(connection))
        sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
    connection->unsettled = 0;
}

/* Takes back the failed segment; when that is not possible alone, all that is unsettled. */
static void undo(Connection *connection, bool joined, WendWorked *worked)
{
    if (joined && in_transaction(connection) &&
        sqlite3_exec(connection->db, "ROLLBACK TO " SAVEPOINT "; RELEASE " SAVEPOINT, NULL, NULL,
                     NULL) == SQLITE_OK)
        return;
    roll_back(connection);
    worked->lost = joined;
}

static bool begin(Connection *connection, bool joined, WendError *error)
{
    if (joined)
        return wend_sqlite_exec(connection, "SAVEPOINT " SAVEPOINT, error);
    connection->slice_since = g_get_monotonic_time();
    return wend_sqlite_exec(connection, "BEGIN IMMEDIATE", error);
}

static bool run_pieces(Connection *connection, const WendWork *work, WendWorked *worked,
                       WendError *error)
{
    for (guint i = 0; i < work->count; i++) {
        const WendPiece *piece = &work->pieces[i];
        worked->piece = (gssize)i;
        if (wend_sqlite_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
        if (piece->session && !wend_sqlite_setting_note(connection, piece, error))
            return false;
        if (piece->load != NULL
                ? !wend_sqlite_load(connection, piece, error)
                : !wend_sqlite_piece(connection, piece, work->batch, &worked->offset, error))
            return false;
        if (!in_transaction(connection))
            return wend_error_set(error, WEND_FAILED, "the statement ended wend's transaction");
        wend_sqlite_tick(connection, piece->number);
    }
    worked->piece = -1;
    return true;
}

static bool run_work(Connection *connection, const WendWork *work, WendWorked *worked,
                     WendError *error)
{
    if (!wend_sqlite_queries(connection, work->before, error))
        return false;
    wend_sqlite_settings_resume(connection);
    /* Before the settings go back: `defer_foreign_keys = 0` forgets what is still violated. */
    bool ok = run_pieces(connection, work, worked, error) &&
              wend_sqlite_deferred_check(connection, error) &&
              wend_sqlite_schema_check(connection, error);
    wend_sqlite_settings_suspend(connection);
    if (!ok)
        return false;
    worked->rows = connection->work_rows;
    return wend_sqlite_violations_check(connection, error) &&
           wend_sqlite_queries(connection, work->after, error);
}

static bool commit(Connection *connection, WendError *error)
{
    wend_fault("commit.before");
    if (!wend_sqlite_exec(connection, "COMMIT", error)) {
        roll_back(connection);
        return false;
    }
    wend_fault("commit.after");
    connection->unsettled = 0;
    return true;
}

bool wend_sqlite_transact(WendConnection *base, const WendWork *work, WendWorked *worked,
                          WendError *error)
{
    Connection *connection = (Connection *)base;
    bool joined = connection->unsettled > 0;
    *worked = (WendWorked){.piece = -1, .offset = -1};
    connection->work_since = g_get_monotonic_time();
    connection->work_rows = 0;
    /* A round that returns no key leaves the cursor where it was, in the journal too. */
    g_free(connection->work_cursor);
    connection->work_cursor = g_strdup(work->batch != NULL ? work->batch->after : NULL);
    connection->work_number = work->batch != NULL && work->batch->number;
    if (!begin(connection, joined, error)) {
        undo(connection, joined, worked);
        return false;
    }
    wend_fault("segment.begun");
    if (!run_work(connection, work, worked, error) ||
        (joined && !wend_sqlite_exec(connection, "RELEASE " SAVEPOINT, error))) {
        undo(connection, joined, worked);
        return false;
    }
    wend_fault("segment.ran");
    connection->unsettled++;
    bool due = work->join == WEND_JOIN_NONE ||
               (work->join == WEND_JOIN_SHARE && since_ms(connection->slice_since) >= SLICE_MS);
    if (due && !commit(connection, error)) {
        worked->lost = joined;
        return false;
    }
    worked->settled = due;
    worked->cursor = g_steal_pointer(&connection->work_cursor);
    worked->number = connection->work_number;
    return true;
}

bool wend_sqlite_alone(WendConnection *base, GPtrArray *before, const WendPiece *piece,
                       WendWorked *worked, WendError *error)
{
    Connection *connection = (Connection *)base;
    *worked = (WendWorked){.piece = -1, .offset = -1};
    if (before != NULL && !wend_sqlite_write(base, before, error))
        return false;
    wend_fault("alone.before");
    worked->begun = true;
    worked->piece = 0;
    connection->work_rows = 0;
    if (piece->session && !wend_sqlite_setting_note(connection, piece, error))
        return false;
    wend_sqlite_settings_resume(connection);
    bool ok = wend_sqlite_piece(connection, piece, NULL, &worked->offset, error);
    wend_sqlite_settings_suspend(connection);
    worked->rows = connection->work_rows;
    worked->settled = ok;
    return ok;
}

bool wend_sqlite_settle(WendConnection *base, WendError *error)
{
    Connection *connection = (Connection *)base;
    return connection->unsettled == 0 || commit(connection, error);
}

bool wend_sqlite_abandon(WendConnection *base)
{
    roll_back((Connection *)base);
    return false;
}

bool wend_sqlite_write(WendConnection *base, GPtrArray *queries, WendError *error)
{
    Connection *connection = (Connection *)base;
    connection->work_since = g_get_monotonic_time();
    if (!wend_sqlite_exec(connection, "BEGIN IMMEDIATE", error))
        return false;
    if (wend_sqlite_queries(connection, queries, error) && commit(connection, error))
        return true;
    roll_back(connection);
    return false;
}
