/* SPDX-License-Identifier: MIT
 *
 * The one way to run SQL on SQLite: wend's own statements, prepared once and given their values, and
 * the statements of scripts. Also the one place where SQLite's result codes become errors.
 */
#include "db/sqlite/sqlite.h"

#include "base/text.h"

#include <string.h>

/* Result codes that deserve a sentence and an exit code of their own. Primary codes. */
static const struct {
    int rc;
    WendCode code;
    const char *message; /* NULL = SQLite's own */
    const char *hint;
} meanings[] = {
    {SQLITE_FULL, WEND_FAILED, "the disk is full",
     "make room on the database's file system, then run the command again"},
    {SQLITE_NOTADB, WEND_FAILED, "the file is not an SQLite database",
     "check the path in the database URL; an encrypted database cannot be read either"},
    {SQLITE_CORRUPT, WEND_FAILED, NULL,
     "the database file is damaged: restore a backup, or look with the shell's .recover"},
    {SQLITE_READONLY, WEND_FAILED, NULL,
     "check the permissions of the database file and of its folder"},
    {SQLITE_IOERR, WEND_FAILED, NULL,
     "the storage under the database reports errors; nothing half-done was kept"},
    {SQLITE_NOMEM, WEND_FAILED, "SQLite ran out of memory", NULL},
};

static bool fail_busy(Connection *connection, WendError *error)
{
    g_autofree char *blockers = wend_sqlite_blockers(connection);
    wend_error_set(error, WEND_LOCKED, "the database is locked by %s",
                   blockers != NULL ? blockers : "another program");
    return wend_error_hint(error,
                           "stop or finish what holds it, or wait longer with --lock-timeout");
}

static bool fail_interrupt(Connection *connection, WendError *error)
{
    if (connection->timed_out) {
        g_autofree char *limit =
            g_strdup_printf("%.3g s", (double)connection->step_statement_timeout_ms / 1000);
        wend_error_set(error, WEND_FAILED, "the statement ran longer than its limit of %s", limit);
        return wend_error_hint(error, "raise --statement-timeout, or cut the work into batches");
    }
    return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
}

bool wend_sqlite_fail(Connection *connection, int rc, WendError *error)
{
    int primary = rc & 0xff;
    const char *own = sqlite3_errmsg(connection->db);
    if (wend_sqlite_interrupted(connection, 1) && (primary == SQLITE_BUSY)) {
        wend_error_set(error, WEND_INTERRUPTED, "interrupted while waiting for the database");
    } else if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        fail_busy(connection, error);
    } else if (primary == SQLITE_INTERRUPT) {
        fail_interrupt(connection, error);
    } else if (primary == SQLITE_AUTH && connection->denied != NULL) {
        wend_error_set(error, WEND_FAILED, "a script may not %s: that is wend's own",
                       connection->denied);
        wend_error_hint(error,
                        "remove the statement; `wend mark` and `wend repair` change the books");
    } else {
        wend_error_set(error, WEND_FAILED, "%s", own);
        for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++) {
            if (meanings[i].rc != primary)
                continue;
            wend_error_set(error, meanings[i].code, "%s",
                           meanings[i].message != NULL ? meanings[i].message : own);
            if (meanings[i].hint != NULL)
                wend_error_hint(error, "%s", meanings[i].hint);
        }
    }
    int extended = sqlite3_extended_errcode(connection->db);
    if ((extended & 0xff) != primary)
        extended = rc;
    return wend_error_vendor(error, "SQLite %d (%s)", extended, sqlite3_errstr(extended));
}

bool wend_sqlite_exec(Connection *connection, const char *sql, WendError *error)
{
    int rc = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || wend_sqlite_fail(connection, rc, error);
}

bool wend_sqlite_value(Connection *connection, const char *sql, char **value, WendError *error)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    char *text = NULL;
    if (rc == SQLITE_ROW)
        text = g_strdup((const char *)sqlite3_column_text(statement, 0));
    bool ok = rc == SQLITE_ROW || rc == SQLITE_DONE || rc == SQLITE_OK;
    if (ok)
        *value = text;
    else
        wend_sqlite_fail(connection, rc, error);
    sqlite3_finalize(statement);
    return ok;
}

static sqlite3_stmt *prepared(Connection *connection, const char *sql, WendError *error)
{
    sqlite3_stmt *statement = g_hash_table_lookup(connection->prepared, sql);
    if (statement != NULL)
        return statement;
    int rc =
        sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (rc != SQLITE_OK) {
        wend_sqlite_fail(connection, rc, error);
        return NULL;
    }
    g_hash_table_insert(connection->prepared, g_strdup(sql), statement);
    return statement;
}

static int bind_value(Connection *connection, sqlite3_stmt *statement, int at,
                      const WendValue *value)
{
    gint64 elapsed = (g_get_monotonic_time() - connection->work_since) / 1000;
    switch (value->kind) {
    case WEND_VALUE_TEXT:
        return sqlite3_bind_text64(statement, at, value->text, value->length, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case WEND_VALUE_INTEGER:
        return sqlite3_bind_int64(statement, at, value->integer);
    case WEND_VALUE_NOW:
        return sqlite3_bind_text(statement, at, wend_now_text(), -1, g_free);
    case WEND_VALUE_ELAPSED:
        return sqlite3_bind_int64(statement, at, elapsed + value->integer);
    case WEND_VALUE_OUTCOME:
        return sqlite3_bind_text(statement, at,
                                 wend_outcome_text(connection->work_rows, connection->work_cursor,
                                                   connection->work_number),
                                 -1, g_free);
    case WEND_VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, at);
}

/* Steps through a statement of wend's own. The row's array is made once. */
static int step_rows(sqlite3_stmt *statement, WendRowFn row, void *data, WendError *error,
                     bool *stopped)
{
    g_autofree const char **values = NULL;
    guint count = 0;
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        if (row == NULL)
            continue;
        /* Not known before: the first step may prepare the statement anew. */
        if (values == NULL) {
            count = (guint)sqlite3_column_count(statement);
            values = g_new0(const char *, count + 1);
        }
        for (guint i = 0; i < count; i++)
            values[i] = (const char *)sqlite3_column_text(statement, (int)i);
        WendRow one = {count, values};
        if (!row(&one, data, error)) {
            *stopped = true;
            break;
        }
    }
    return rc;
}

bool wend_sqlite_query(WendConnection *base, const WendQuery *query, WendRowFn row, void *data,
                       WendError *error)
{
    Connection *connection = (Connection *)base;
    sqlite3_stmt *statement = prepared(connection, query->sql, error);
    if (statement == NULL)
        return false;
    int rc = SQLITE_OK;
    for (guint i = 0; rc == SQLITE_OK && i < query->values->len; i++)
        rc = bind_value(connection, statement, (int)i + 1,
                        &g_array_index(query->values, WendValue, i));
    bool stopped = false;
    if (rc == SQLITE_OK)
        rc = step_rows(statement, row, data, error, &stopped);
    bool ok = !stopped && rc == SQLITE_DONE;
    if (!ok && !stopped)
        wend_sqlite_fail(connection, rc, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return ok;
}

bool wend_sqlite_read(WendConnection *base, const WendRead *reads, guint count, guint *failed,
                      WendError *error)
{
    for (*failed = 0; *failed < count; ++*failed) {
        const WendRead *one = &reads[*failed];
        if (!wend_sqlite_query(base, one->query, one->row, one->data, error))
            return false;
    }
    return true;
}

bool wend_sqlite_queries(Connection *connection, GPtrArray *queries, WendError *error)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++) {
        if (!wend_sqlite_query(&connection->base, queries->pdata[i], NULL, NULL, error))
            return false;
    }
    return true;
}

/* As what it was: SQLite puts every text behind every number. */
static void bind_cursor(sqlite3_stmt *statement, int at, const WendBatchRound *batch)
{
    gint64 integer = 0;
    if (batch->after == NULL)
        return;
    if (!batch->number)
        sqlite3_bind_text(statement, at, batch->after, -1, SQLITE_STATIC);
    else if (g_ascii_string_to_signed(batch->after, 10, G_MININT64, G_MAXINT64, &integer, NULL))
        sqlite3_bind_int64(statement, at, integer);
    else
        sqlite3_bind_double(statement, at, g_ascii_strtod(batch->after, NULL));
}

/* Gives a batch's statement its values; a parameter that nobody fills would silently be NULL. */
static bool bind_parameters(sqlite3_stmt *statement, const WendBatchRound *batch, WendError *error)
{
    int count = sqlite3_bind_parameter_count(statement);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i);
        if (batch != NULL && g_strcmp0(name, ":size") == 0) {
            sqlite3_bind_int64(statement, i, batch->size);
        } else if (batch != NULL && g_strcmp0(name, ":after") == 0) {
            bind_cursor(statement, i, batch);
        } else {
            wend_error_set(error, WEND_FAILED,
                           "the statement has the parameter %s, which nobody "
                           "gives a value",
                           name != NULL ? name : "?");
            return wend_error_hint(error, "write the value itself, or quote the text");
        }
    }
    return true;
}

/* Orders two keys as SQLite does: numbers by value and before texts, texts byte by byte. */
static int compare_keys(const char *a, bool a_number, const char *b, bool b_number)
{
    gint64 one, other;
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (!a_number)
        return strcmp(a, b);
    if (g_ascii_string_to_signed(a, 10, G_MININT64, G_MAXINT64, &one, NULL) &&
        g_ascii_string_to_signed(b, 10, G_MININT64, G_MAXINT64, &other, NULL))
        return (one > other) - (one < other);
    double x = g_ascii_strtod(a, NULL), y = g_ascii_strtod(b, NULL);
    return (x > y) - (x < y);
}

/* Remembers the largest first column as the batch's cursor. False when a key does not lie behind the
 * cursor that the round began at: another collation orders them, and rows would run twice. */
static bool keep_cursor(Connection *connection, sqlite3_stmt *statement,
                        const WendBatchRound *batch, bool keyed)
{
    int type = sqlite3_column_type(statement, 0);
    bool number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
    const char *value = (const char *)sqlite3_column_text(statement, 0);
    const char *best = connection->work_cursor;
    if (value == NULL)
        return true;
    if (keyed && batch->after != NULL &&
        compare_keys(value, number, batch->after, batch->number) <= 0)
        return false;
    if (best != NULL && compare_keys(value, number, best, connection->work_number) <= 0)
        return true;
    g_free(connection->work_cursor);
    connection->work_cursor = g_strdup(value);
    connection->work_number = number;
    return true;
}

static bool only_space(const char *from, const char *to)
{
    while (from < to && (g_ascii_isspace(*from) || *from == ';'))
        from++;
    return from >= to;
}

static bool run_statement(Connection *connection, sqlite3_stmt *statement,
                          const WendBatchRound *batch, WendError *error)
{
    sqlite3_int64 before = sqlite3_total_changes64(connection->db);
    bool keyed = batch != NULL && sqlite3_bind_parameter_index(statement, ":after") > 0;
    bool forward = true;
    int rc;
    wend_sqlite_clock_start(connection);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW && forward) {
        if (batch != NULL)
            forward = keep_cursor(connection, statement, batch, keyed);
    }
    wend_sqlite_clock_stop(connection);
    connection->work_rows += sqlite3_total_changes64(connection->db) - before;
    if (!forward) {
        wend_error_set(error, WEND_FAILED,
                       "the batch returned a key that does not lie behind :after");
        return wend_error_hint(error, "return keys above :after only; text keys need the collation "
                                      "BINARY");
    }
    return rc == SQLITE_DONE || wend_sqlite_fail(connection, rc, error);
}

/* SQLite gives 1 and 0 where the assertion says true and false. */
static bool same_value(const char *value, const char *expected)
{
    if (g_strcmp0(value, expected) == 0)
        return true;
    return (g_strcmp0(expected, "true") == 0 && g_strcmp0(value, "1") == 0) ||
           (g_strcmp0(expected, "false") == 0 && g_strcmp0(value, "0") == 0);
}

static bool fail_shape(const char *what, WendError *error)
{
    wend_error_set(error, WEND_FAILED, "the assertion gives more than one %s", what);
    return wend_error_hint(error, "ask for one value, for example with count(*)");
}

static bool check_assertion(Connection *connection, sqlite3_stmt *statement, const WendPiece *piece,
                            WendError *error)
{
    if (!sqlite3_stmt_readonly(statement)) {
        wend_error_set(error, WEND_FAILED, "the assertion would change the database");
        return wend_error_hint(error, "assert a SELECT");
    }
    if (sqlite3_column_count(statement) > 1)
        return fail_shape("column", error);
    wend_sqlite_clock_start(connection);
    int rc = sqlite3_step(statement);
    bool row = rc == SQLITE_ROW;
    g_autofree char *value = row ? g_strdup((const char *)sqlite3_column_text(statement, 0)) : NULL;
    if (row)
        rc = sqlite3_step(statement);
    wend_sqlite_clock_stop(connection);
    if (rc == SQLITE_ROW)
        return fail_shape("row", error);
    if (rc != SQLITE_DONE)
        return wend_sqlite_fail(connection, rc, error);
    if (row && same_value(value, piece->expected))
        return true;
    wend_error_set(error, WEND_FAILED, "the assertion does not hold: it gives %s, not %s",
                   !row            ? "no row"
                   : value != NULL ? value
                                   : "NULL",
                   piece->expected != NULL ? piece->expected : "NULL");
    return wend_error_hint(error, "put the data right, or correct the assertion");
}

bool wend_sqlite_piece(Connection *connection, const WendPiece *piece, const WendBatchRound *batch,
                       gssize *offset, WendError *error)
{
    *offset = -1;
    if (piece->length > G_MAXINT)
        return wend_error_set(error, WEND_FAILED, "the statement is longer than 2 GiB");
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    connection->in_script = true;
    int rc =
        sqlite3_prepare_v3(connection->db, piece->text, (int)piece->length, 0, &statement, &tail);
    connection->in_script = false;
    if (rc != SQLITE_OK) {
        *offset = sqlite3_error_offset(connection->db);
        return wend_sqlite_fail(connection, rc, error);
    }
    bool ok = true;
    if (!only_space(tail, piece->text + piece->length)) {
        *offset = tail - piece->text;
        ok = wend_error_set(error, WEND_FAILED, "SQLite ends the statement before its end");
    }
    ok = ok && bind_parameters(statement, batch, error);
    if (ok && statement != NULL && piece->assertion) {
        ok = check_assertion(connection, statement, piece, error);
    } else if (ok && statement != NULL) {
        ok = run_statement(connection, statement, batch, error);
    }
    sqlite3_finalize(statement);
    return ok;
}

void wend_sqlite_literal(GString *sql, const WendValue *value)
{
    switch (value->kind) {
    case WEND_VALUE_TEXT:
        g_string_append_c(sql, '\'');
        for (const char *at = value->text, *end = at + value->length; at < end; at++) {
            if (*at == '\'')
                g_string_append_c(sql, '\'');
            g_string_append_c(sql, *at);
        }
        g_string_append_c(sql, '\'');
        return;
    case WEND_VALUE_INTEGER:
        g_string_append_printf(sql, "%" G_GINT64_FORMAT, value->integer);
        return;
    case WEND_VALUE_NOW:
        g_string_append(sql, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')");
        return;
    case WEND_VALUE_NULL:
    case WEND_VALUE_ELAPSED:
    case WEND_VALUE_OUTCOME:
        break;
    }
    g_string_append(sql, "NULL");
}
