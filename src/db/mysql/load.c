/* SPDX-License-Identifier: MIT
 *
 * The rows of a CSV file, by INSERTs of many rows each. Where one of them fails, its rows are sent one by one,
 * so that the error names the file's line.
 */
#include "db/mysql/mysql.h"

#include "base/fault.h"

/* What is about the table, not about a row: no such column, no such table, may not write. */
static bool is_about_table(guint code)
{
    static const guint codes[] = {1054, 1142, 1143, 1146, 1110, 1288, 1347, 1471};
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

/* One row of the statement that is being made. */
typedef struct Place {
    gsize start, end; /* its bytes in the statement */
    guint line;       /* of the file */
} Place;

typedef struct Loading {
    Stream *stream;
    guint piece;
    const WendLoad *load;
    char *head; /* the statement, up to its rows */
    GString *sql, *row;
    GArray *places; /* of Place */
    gsize limit;    /* bytes of a statement */
} Loading;

static bool send_alone(const Loading *loading, const Place *place, WendError *error)
{
    g_auto(Packet) packet = {0};
    g_autofree char *sql =
        g_strdup_printf("%s%.*s", loading->head, (int)(place->end - place->start),
                        loading->sql->str + place->start);
    Sent sent;
    wend_mysql_packet_init(&packet);
    wend_mysql_packet_add(&packet, PART_PIECE, loading->piece, sql, -1);
    return wend_mysql_send(loading->stream->connection, &packet, NULL, &sent, error);
}

/* The server has undone the statement as a whole; which of its rows it was, it does not say. */
static bool find_row(const Loading *loading, WendError *error)
{
    for (guint i = 0; i < loading->places->len; i++) {
        const Place *place = &g_array_index(loading->places, Place, i);
        g_auto(WendError) failure = WEND_ERROR_INIT;
        if (send_alone(loading, place, &failure))
            continue;
        if (failure.code != WEND_FAILED)
            break;
        wend_error_move(error, &failure);
        return wend_error_place(error, loading->load->file, place->line, 0);
    }
    return wend_error_place(error, loading->load->file,
                            g_array_index(loading->places, Place, 0).line, 0);
}

static bool blame(const Loading *loading)
{
    const Sent *sent = &loading->stream->sent;
    WendError *error = loading->stream->error;
    if (sent->told || error == NULL || error->code != WEND_FAILED ||
        wend_mysql_is_locked(loading->stream->connection))
        return false;
    if (is_about_table(sent->code))
        return wend_error_place(error, loading->load->file, 1, 0);
    if (loading->places->len > 1 && sent->code != 0)
        return find_row(loading, error);
    return wend_error_place(error, loading->load->file,
                            g_array_index(loading->places, Place, 0).line, 0);
}

static bool flush(Loading *loading)
{
    Stream *stream = loading->stream;
    if (loading->places->len == 0)
        return true;
    wend_mysql_stream_add(stream, PART_PIECE, loading->piece, loading->sql->str,
                          (gssize)loading->sql->len);
    if (!wend_mysql_stream_flush(stream))
        return blame(loading);
    wend_fault("load.rows");
    g_string_truncate(loading->sql, 0);
    g_array_set_size(loading->places, 0);
    if (!wend_mysql_interrupted(stream->connection, 2))
        return true;
    stream->sent = (Sent){.told = true};
    stream->ok = false;
    return wend_error_set(stream->error, WEND_INTERRUPTED, "interrupted");
}

/* A row that is too long for its neighbours goes alone: then it is the one that is too long for the server. */
static bool add_row(Loading *loading, const WendCsv *rows)
{
    GString *row = loading->row, *sql = loading->sql;
    g_string_assign(row, "(");
    for (guint i = 0; i < rows->count; i++) {
        if (i > 0)
            g_string_append_c(row, ',');
        if (wend_load_is_null(&rows->fields[i]))
            g_string_append(row, "NULL");
        else
            wend_mysql_text(row, rows->fields[i].text);
    }
    g_string_append_c(row, ')');
    if (sql->len + row->len > loading->limit && !flush(loading))
        return false;
    g_string_append(sql, loading->places->len > 0 ? "," : loading->head);
    Place place = {.start = sql->len, .end = sql->len + row->len, .line = rows->line};
    g_string_append_len(sql, row->str, (gssize)row->len);
    g_array_append_val(loading->places, place);
    return true;
}

static bool next(const Loading *loading, WendCsv *rows)
{
    if (wend_load_next(loading->load, rows, loading->stream->error))
        return true;
    loading->stream->sent = (Sent){.told = true};
    loading->stream->ok = false;
    return false;
}

static bool run(Loading *loading)
{
    Stream *stream = loading->stream;
    g_autoptr(WendCsv) rows = wend_load_open(loading->load, stream->error);
    if (rows == NULL) {
        stream->sent = (Sent){.told = true};
        stream->ok = false;
        return false;
    }
    do {
        if (!next(loading, rows))
            return false;
        if (rows->count > 0 && !add_row(loading, rows))
            return false;
    } while (rows->count > 0);
    return flush(loading);
}

bool wend_mysql_load(Stream *stream, guint piece, const WendLoad *load)
{
    gsize most = stream->connection->facts.packet_max;
    Loading loading = {
        .stream = stream,
        .piece = piece,
        .load = load,
        .head = g_strdup_printf("INSERT INTO %s (%s) VALUES ", load->table, load->columns),
        .limit = most > 0 ? MIN(CHUNK_MAX, most) / 2 : CHUNK_MAX / 2};
    loading.sql = g_string_sized_new(loading.limit);
    loading.row = g_string_new(NULL);
    loading.places = g_array_new(FALSE, FALSE, sizeof(Place));
    bool ok = run(&loading);
    g_free(loading.head);
    g_string_free(loading.sql, TRUE);
    g_string_free(loading.row, TRUE);
    g_array_unref(loading.places);
    return ok;
}
