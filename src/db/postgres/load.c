/* SPDX-License-Identifier: MIT
 *
 * The rows of a CSV file, by COPY in its text form, a mebibyte at a time. What the server says of a row that
 * it was not fed alone is asked again row by row, so that the error names the file's line.
 */
#include "db/postgres/transaction.h"

#include "base/fault.h"

#include <string.h>

#define SAVEPOINT "wend_load"

/* One row of the part that is being sent. */
typedef struct Place {
    gsize start; /* byte in the data */
    guint line;  /* of the file */
} Place;

typedef struct Loading {
    Transaction *transaction;
    const WendLoad *load;
    char *copy; /* the statement */
    GString *data;
    GArray *places; /* of Place */
    gint64 rows;
    WendPiece feed; /* what is fed to the COPY under way */
    guint copies;   /* index of the COPY in the string that is sent */
} Loading;

static void append_value(GString *data, const WendCsvField *field)
{
    if (wend_load_is_null(field)) {
        g_string_append(data, "\\N");
        return;
    }
    for (const char *at = field->text, *end = at + field->length; at < end;) {
        const char *from = at;
        while (at < end && strchr("\\\n\r\t", *at) == NULL)
            at++;
        g_string_append_len(data, from, at - from);
        if (at == end)
            return;
        g_string_append_c(data, '\\');
        g_string_append_c(data, *at == '\n' ? 'n' : *at == '\r' ? 'r' : *at == '\t' ? 't' : *at);
        at++;
    }
}

static void append_row(Loading *loading, const WendCsv *rows)
{
    Place place = {loading->data->len, rows->line};
    g_array_append_val(loading->places, place);
    for (guint i = 0; i < rows->count; i++) {
        if (i > 0)
            g_string_append_c(loading->data, '\t');
        append_value(loading->data, &rows->fields[i]);
    }
    g_string_append_c(loading->data, '\n');
}

static const WendPiece *feed(guint index, void *data)
{
    const Loading *loading = data;
    return index == loading->copies ? &loading->feed : NULL;
}

/* Sends the data of the rows [first, behind). */
static bool send_rows(Loading *loading, const char *sql, guint copies, guint first, guint behind,
                      Sending *sending, WendError *error)
{
    gsize start = g_array_index(loading->places, Place, first).start;
    gsize end = behind < loading->places->len ? g_array_index(loading->places, Place, behind).start
                                              : loading->data->len;
    loading->feed = (WendPiece){.data = loading->data->str + start, .data_length = end - start};
    loading->copies = copies;
    *sending = (Sending){.sql = sql, .feed = feed, .data = loading, .number = 1};
    return wend_pg_send(loading->transaction->connection, sending, error);
}

/* Puts the file's line in the place of the line that the server counts. */
static bool tell_line(const Loading *loading, guint row, WendError *error)
{
    char *own =
        error != NULL && error->message != NULL ? g_strrstr(error->message, " (COPY ") : NULL;
    const char *line = own != NULL ? strstr(own, ", line ") : NULL;
    if (line != NULL) {
        /* ", column id: "x")" says something that the file's line does not. */
        const char *rest = strstr(line, ", column ");
        g_autofree char *message =
            g_strdup_printf("%.*s%s%s", (int)(own - error->message), error->message,
                            rest != NULL ? " (" : "", rest != NULL ? rest + 2 : "");
        g_free(error->message);
        error->message = g_steal_pointer(&message);
    }
    return wend_error_place(error, loading->load->file,
                            g_array_index(loading->places, Place, row).line, 0);
}

/* What fails when all rows are there (a foreign key) has no line: the row is found by sending each alone. */
static bool find_row(Loading *loading, WendError *error)
{
    Connection *connection = loading->transaction->connection;
    if (!wend_pg_exec(connection, "ROLLBACK TO SAVEPOINT " SAVEPOINT, NULL))
        return tell_line(loading, 0, error);
    for (guint i = 0; i < loading->places->len; i++) {
        g_auto(WendError) failure = WEND_ERROR_INIT;
        Sending sending;
        if (send_rows(loading, loading->copy, 0, i, i + 1, &sending, &failure))
            continue;
        if (failure.code == WEND_FAILED)
            wend_error_move(error, &failure);
        return tell_line(loading, i, error);
    }
    return tell_line(loading, 0, error);
}

static bool blame(Loading *loading, const Sending *sending, WendError *error)
{
    loading->transaction->limits = wend_pg_is_limit(sending->state);
    if (error == NULL || error->code != WEND_FAILED || sending->state[0] == '\0')
        return false;
    /* The table or a column is not there, or it may not be written to. */
    if (g_str_has_prefix(sending->state, "42"))
        return wend_error_place(error, loading->load->file, 1, 0);
    if (sending->copy_line > 0 && sending->copy_line <= loading->places->len)
        return tell_line(loading, sending->copy_line - 1, error);
    return find_row(loading, error);
}

static bool flush(Loading *loading, WendError *error)
{
    Connection *connection = loading->transaction->connection;
    if (loading->places->len == 0)
        return true;
    if (wend_pg_interrupted(connection, 2))
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
    g_autofree char *sql = g_strdup_printf(
        "SAVEPOINT " SAVEPOINT ";\n%s;\nRELEASE SAVEPOINT " SAVEPOINT, loading->copy);
    Sending sending;
    if (!send_rows(loading, sql, 1, 0, loading->places->len, &sending, error))
        return blame(loading, &sending, error);
    wend_fault("load.rows");
    loading->rows += loading->places->len;
    g_string_truncate(loading->data, 0);
    g_array_set_size(loading->places, 0);
    return true;
}

static bool run(Loading *loading, WendError *error)
{
    g_autoptr(WendCsv) rows = wend_load_open(loading->load, error);
    if (rows == NULL)
        return false;
    do {
        if (!wend_load_next(loading->load, rows, error))
            return false;
        if (rows->count > 0)
            append_row(loading, rows);
        if ((rows->count == 0 || loading->data->len >= CHUNK_BYTES) && !flush(loading, error))
            return false;
    } while (rows->count > 0);
    return true;
}

bool wend_pg_load(Transaction *transaction, guint at, WendError *error)
{
    const WendPiece *piece = &transaction->work->pieces[at];
    const Connection *connection = transaction->connection;
    Loading loading = {.transaction = transaction, .load = piece->load};
    if (!wend_pg_flush(transaction, error))
        return false;
    /* The file is UTF-8, whatever a script beside it has made of the session's encoding. */
    loading.copy = g_strdup_printf("COPY %s (%s) FROM STDIN WITH (ENCODING 'UTF8')",
                                   piece->load->table, piece->load->columns);
    loading.data = g_string_sized_new(CHUNK_BYTES + CHUNK_BYTES / 8);
    loading.places = g_array_new(FALSE, FALSE, sizeof(Place));
    bool ok = run(&loading, error);
    if (ok) {
        transaction->worked->rows += loading.rows;
        if (connection->watch.tick != NULL)
            connection->watch.tick(piece->number, connection->watch.data);
    } else {
        transaction->worked->piece = (gssize)at;
    }
    g_free(loading.copy);
    g_string_free(loading.data, TRUE);
    g_array_unref(loading.places);
    return ok;
}
