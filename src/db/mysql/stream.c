/* SPDX-License-Identifier: MIT
 *
 * Streams: what is added goes out in packets of at most a mebibyte, or as much as the server takes, each
 * in one round trip; the last one is sent by a flush.
 */
#include "db/mysql/mysql.h"

#include <string.h>

void wend_mysql_stream_init(Stream *stream, Connection *connection, const Retry *retry,
                            WendError *error)
{
    *stream = (Stream){.connection = connection, .error = error, .ok = true};
    wend_mysql_packet_init(&stream->packet);
    wend_mysql_settings_forget(connection);
    wend_mysql_settings_off(connection, &stream->packet);
    wend_mysql_packet_head(connection, &stream->packet, wend_mysql_retry_seconds(retry));
}

void wend_mysql_stream_clear(Stream *stream)
{
    wend_mysql_packet_clear(&stream->packet);
}

bool wend_mysql_fail_large(const Connection *connection, gsize length, WendError *error)
{
    wend_error_set(error, WEND_FAILED,
                   "a statement of %" G_GSIZE_FORMAT " bytes is larger than the server takes",
                   length);
    return wend_error_hint(error,
                           "raise max_allowed_packet of the server (it is %" G_GSIZE_FORMAT
                           "), or cut the statement into smaller ones",
                           connection->facts.packet_max);
}

bool wend_mysql_can_run(WendConnection *base, const WendPiece *piece, WendError *error)
{
    const Connection *connection = (const Connection *)base;
    gsize most = connection->facts.packet_max;
    if (most == 0 || piece->length + 1 < most)
        return true;
    wend_mysql_fail_large(connection, piece->length, error);
    error->code = WEND_USAGE;
    return false;
}

/* A packet that is too large would cost the connection. */
static bool fits(Stream *stream)
{
    gsize most = stream->connection->facts.packet_max;
    if (most == 0 || stream->packet.sql->len + 1 < most)
        return true;
    guint last = stream->packet.parts->len - 1;
    stream->sent = (Sent){.failed = g_array_index(stream->packet.parts, Part, last)};
    /* Of wend's own rows, only a script is so large. */
    bool own = stream->sent.failed.kind == PART_OWN;
    if (!own)
        return wend_mysql_fail_large(stream->connection, stream->packet.sql->len, stream->error);
    wend_error_set(stream->error, WEND_FAILED,
                   "the copy of the file that wend keeps, %" G_GSIZE_FORMAT
                   " bytes, is larger than the server takes",
                   stream->packet.sql->len);
    wend_error_hint(stream->error,
                    "raise max_allowed_packet of the server (it is %" G_GSIZE_FORMAT
                    "), cut the file into several, or set `store: none` in wend.yaml, so that wend "
                    "keeps no copies of the scripts",
                    most);
    return false;
}

bool wend_mysql_stream_flush(Stream *stream)
{
    if (!stream->ok || stream->packet.parts->len == 0)
        return stream->ok;
    stream->ok = fits(stream) && wend_mysql_send(stream->connection, &stream->packet,
                                                 &stream->receiver, &stream->sent, stream->error);
    return stream->ok;
}

static void make_room(Stream *stream, gsize length)
{
    gsize most = stream->connection->facts.packet_max;
    gsize limit = most > 0 ? MIN(CHUNK_MAX, most / 2) : CHUNK_MAX;
    if (stream->packet.sql->len > 0 && stream->packet.sql->len + length > limit)
        wend_mysql_stream_flush(stream);
}

void wend_mysql_stream_add(Stream *stream, PartKind kind, guint piece, const char *sql,
                           gssize length)
{
    make_room(stream, length < 0 ? strlen(sql) : (gsize)length);
    if (stream->ok)
        wend_mysql_packet_add(&stream->packet, kind, piece, sql, length);
}

static void add_query(Stream *stream, const WendQuery *query, const Outcome *outcome)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    wend_mysql_expand(sql, query, outcome);
    wend_mysql_stream_add(stream, PART_OWN, 0, sql->str, (gssize)sql->len);
}

void wend_mysql_stream_queries(Stream *stream, const GPtrArray *queries, const Outcome *outcome)
{
    for (guint i = 0; queries != NULL && i < queries->len; i++)
        add_query(stream, queries->pdata[i], outcome);
}

/* What commits by itself, such as the tables of the journal. */
static bool is_definition(const WendQuery *query)
{
    g_auto(Words) words = {0};
    Definition definition;
    wend_mysql_words_read(&words, query->sql, strlen(query->sql), 16);
    return wend_mysql_definition_read(&words, &definition) && !definition.temporary;
}

void wend_mysql_stream_rows(Stream *stream, const GPtrArray *queries)
{
    guint definitions = 0;
    while (definitions < queries->len && is_definition(queries->pdata[definitions]))
        add_query(stream, queries->pdata[definitions++], NULL);
    if (definitions == queries->len)
        return;
    wend_mysql_stream_add(stream, PART_BEGIN, 0, "START TRANSACTION", -1);
    for (guint i = definitions; i < queries->len; i++)
        add_query(stream, queries->pdata[i], NULL);
    wend_mysql_lock_guard(stream->connection, &stream->packet);
    wend_mysql_stream_add(stream, PART_COMMIT, 0, "COMMIT", -1);
}
