/* SPDX-License-Identifier: MIT
 *
 * What a second attempt at a segment begins with: the session as the first one found it. The server takes
 * back the rows; the settings, the user variables, the temporary tables, the database and the role that the
 * statements left are put back here. What a procedure or a trigger makes of them is not seen.
 */
#include "db/mysql/mysql.h"

#include <string.h>

static bool has(const GPtrArray *names, const char *name, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (g_ascii_strcasecmp(names->pdata[i], name) == 0)
            return true;
    }
    return false;
}

/* The user variables that the statement reads or sets, whatever it does with them. */
static void mention(Replay *replay, const WendPiece *piece)
{
    g_auto(Words) words = {0};
    if (memchr(piece->text, '@', piece->length) == NULL)
        return;
    wend_mysql_words_read(&words, piece->text, piece->length, WORDS_ALL);
    for (guint i = 0; i < words.tokens->len; i++) {
        const WendToken *token = wend_mysql_token(&words, i);
        g_autofree char *name = g_strndup(words.text + token->start, token->length);
        if (name[0] != '@' || name[1] == '@')
            continue;
        /* A quoted one is two tokens, and too rare to be worth more. */
        replay->bound |= name[1] == '\0';
        if (!has(replay->mentioned, name, replay->mentioned->len))
            g_ptr_array_add(replay->mentioned, g_steal_pointer(&name));
    }
}

static bool drops_temporary(const WendPiece *piece)
{
    g_auto(Words) words = {0};
    wend_mysql_words_read(&words, piece->text, piece->length, 2);
    return wend_mysql_word(&words, 0, "DROP") && wend_mysql_word(&words, 1, "TEMPORARY");
}

/* "SET @wend_was0 = @a, …", or the other way round. */
static char *values(const Replay *replay, bool back)
{
    GString *sql = g_string_new("SET ");
    for (guint i = 0; i < replay->mentioned->len; i++) {
        const char *name = replay->mentioned->pdata[i];
        g_string_append(sql, i > 0 ? ", " : "");
        if (back)
            g_string_append_printf(sql, "%s = @wend_was%u", name, i);
        else
            g_string_append_printf(sql, "@wend_was%u = %s", i, name);
    }
    return g_string_free(sql, FALSE);
}

void wend_mysql_replay_init(Replay *replay, Connection *connection, const WendWork *work)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    *replay = (Replay){.connection = connection,
                       .mentioned = g_ptr_array_new_with_free_func(g_free),
                       .settings = connection->settings->len,
                       .temporary = connection->temporary->len,
                       .kept = connection->kept,
                       .id_kept = connection->id_kept,
                       .database = g_strdup(connection->script_database),
                       .role = g_strdup(connection->script_role)};
    for (guint i = 0; i < work->count; i++) {
        mention(replay, &work->pieces[i]);
        replay->bound |= drops_temporary(&work->pieces[i]);
    }
    if (replay->mentioned->len == 0 || replay->bound)
        return;
    g_autofree char *sql = values(replay, false);
    replay->bound = !wend_mysql_exec(connection, sql, &ignored);
}

void wend_mysql_replay_clear(Replay *replay)
{
    g_clear_pointer(&replay->mentioned, g_ptr_array_unref);
    g_clear_pointer(&replay->database, g_free);
    g_clear_pointer(&replay->role, g_free);
}

static void add_tables(Replay *replay, Packet *packet)
{
    GPtrArray *tables = replay->connection->temporary;
    for (guint i = replay->temporary; i < tables->len; i++) {
        g_autofree char *sql =
            g_strconcat("DROP TEMPORARY TABLE IF EXISTS ", tables->pdata[i], NULL);
        /* CREATE … IF NOT EXISTS of one that was there before. */
        replay->bound |= has(tables, tables->pdata[i], replay->temporary);
        wend_mysql_packet_add(packet, PART_OWN, 0, sql, -1);
    }
}

static void add_database(Replay *replay, Packet *packet)
{
    Connection *connection = replay->connection;
    g_autoptr(GString) sql = g_string_new("USE ");
    if (g_strcmp0(connection->script_database, replay->database) == 0)
        return;
    wend_mysql_name(sql, replay->database != NULL ? replay->database : connection->database);
    wend_mysql_packet_add(packet, PART_OWN, 0, sql->str, -1);
}

bool wend_mysql_replay_back(Replay *replay)
{
    Connection *connection = replay->connection;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_auto(Packet) packet = {0};
    Sent sent;
    wend_mysql_packet_init(&packet);
    add_tables(replay, &packet);
    if (replay->bound)
        return false;
    wend_mysql_settings_forget(connection);
    /* What the settings came to goes into the other set, and counts no more. */
    connection->kept = replay->kept;
    wend_mysql_settings_off(connection, &packet);
    add_database(replay, &packet);
    if (replay->mentioned->len > 0) {
        g_autofree char *sql = values(replay, true);
        wend_mysql_packet_add(&packet, PART_OWN, 0, sql, -1);
    }
    if (!wend_mysql_send(connection, &packet, NULL, &sent, &ignored))
        return false;
    connection->kept = replay->kept;
    connection->id_kept = replay->id_kept;
    g_ptr_array_set_size(connection->settings, (gint)replay->settings);
    g_ptr_array_set_size(connection->temporary, (gint)replay->temporary);
    g_free(connection->script_database);
    connection->script_database = g_strdup(replay->database);
    g_free(connection->script_role);
    connection->script_role = g_strdup(replay->role);
    return true;
}
