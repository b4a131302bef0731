/* SPDX-License-Identifier: MIT
 *
 * The rows of a CSV file, by one prepared INSERT. Every value goes as text: the columns' affinities make
 * numbers of what is one.
 */
#include "db/sqlite/sqlite.h"

#include "base/fault.h"

#define TURN 1000 /* rows between two looks at who wants it to end */

static sqlite3_stmt *prepare(Connection *connection, const WendLoad *load, WendError *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "INSERT INTO %s (%s) VALUES (", load->table, load->columns);
    for (guint i = 0; i < load->count; i++)
        g_string_append(sql, i > 0 ? ", ?" : "?");
    g_string_append_c(sql, ')');
    sqlite3_stmt *statement = NULL;
    connection->in_script = true;
    int rc = sqlite3_prepare_v2(connection->db, sql->str, (int)sql->len, &statement, NULL);
    connection->in_script = false;
    if (rc == SQLITE_OK)
        return statement;
    wend_sqlite_fail(connection, rc, error);
    wend_error_place(error, load->file, 1, 0);
    return NULL;
}

static bool run_row(Connection *connection, sqlite3_stmt *statement, const WendCsv *rows,
                    WendError *error)
{
    int rc = SQLITE_OK;
    for (guint i = 0; rc == SQLITE_OK && i < rows->count; i++) {
        const WendCsvField *field = &rows->fields[i];
        if (wend_load_is_null(field))
            rc = sqlite3_bind_null(statement, (int)i + 1);
        else
            rc = sqlite3_bind_text(statement, (int)i + 1, field->text, (int)field->length,
                                   SQLITE_STATIC);
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc != SQLITE_DONE) {
        wend_sqlite_fail(connection, rc, error);
        return wend_error_place(error, rows->file, rows->line, 0);
    }
    return sqlite3_reset(statement) == SQLITE_OK;
}

static bool run_rows(Connection *connection, const WendLoad *load, sqlite3_stmt *statement,
                     WendError *error)
{
    g_autoptr(WendCsv) rows = wend_load_open(load, error);
    if (rows == NULL)
        return false;
    for (guint done = 0;; done++) {
        if (done % TURN == TURN - 1) {
            wend_fault("load.rows");
            wend_sqlite_tick(connection, 0);
            if (wend_sqlite_interrupted(connection, 2))
                return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
        }
        if (!wend_load_next(load, rows, error))
            return false;
        if (rows->count == 0)
            return true;
        if (!run_row(connection, statement, rows, error))
            return false;
        connection->work_rows++;
    }
}

bool wend_sqlite_load(Connection *connection, const WendPiece *piece, WendError *error)
{
    sqlite3_stmt *statement = prepare(connection, piece->load, error);
    if (statement == NULL)
        return false;
    wend_sqlite_clock_start(connection);
    bool ok = run_rows(connection, piece->load, statement, error);
    wend_sqlite_clock_stop(connection);
    sqlite3_finalize(statement);
    return ok;
}
