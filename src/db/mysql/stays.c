/* SPDX-License-Identifier: MIT
 *
 * Whether there are tables that know no transactions, in which rows stay whose transaction is lost: asked of
 * the own database when the lock is taken, in that packet, of another when a statement names it, and again
 * behind a definition that may have made such a table.
 */
#include "db/mysql/mysql.h"

#include <string.h>

static const char why[] = "there are tables that know no transactions, MyISAM or Aria";

#define KNOW_NONE                                                                                  \
    " NOT IN (SELECT engine FROM information_schema.engines WHERE transactions = 'YES')"
#define NO_DEFAULT "" /* as a database's name: whether tables are such as a rule */

static void add_question(GString *sql, const char *database)
{
    wend_mysql_text(sql, database);
    g_string_append(sql, ", EXISTS(SELECT 1 FROM information_schema.tables WHERE table_schema = ");
    wend_mysql_text(sql, database);
    g_string_append(sql, " AND table_type = 'BASE TABLE' AND engine" KNOW_NONE ")");
}

/* Of another database it is asked when it matters. */
void wend_mysql_stays_ask(Connection *connection, Packet *packet)
{
    g_autoptr(GString) sql = g_string_new("SELECT ");
    add_question(sql, connection->database);
    g_string_append(sql,
                    " UNION ALL SELECT '" NO_DEFAULT "', @@SESSION.default_storage_engine" KNOW_NONE
                    " UNION ALL SELECT schema_name, NULL FROM information_schema.schemata "
                    "WHERE schema_name NOT IN ('information_schema', 'performance_schema', "
                    "'sys', ");
    wend_mysql_text(sql, connection->database);
    g_string_append_c(sql, ')');
    wend_mysql_packet_add(packet, PART_STAYS, 0, sql->str, -1);
}

bool wend_mysql_stays_row(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                          WendError *error)
{
    Connection *connection = data;
    (void)result;
    (void)error;
    if (part->kind != PART_STAYS)
        return true;
    if (connection->stays_in == NULL)
        connection->stays_in = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_replace(connection->stays_in, g_strdup(row->values[0]), g_strdup(row->values[1]));
    return true;
}

static bool ask(Connection *connection, Packet *packet)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    Receiver receiver = {.row = wend_mysql_stays_row, .data = connection};
    Sent sent;
    return wend_mysql_send(connection, packet, &receiver, &sent, &ignored);
}

/* What cannot be asked may be. */
static bool learn(Connection *connection)
{
    g_auto(Packet) packet = {0};
    if (connection->stays_in != NULL)
        return true;
    wend_mysql_packet_init(&packet);
    wend_mysql_settings_off(connection, &packet);
    wend_mysql_stays_ask(connection, &packet);
    return ask(connection, &packet) && connection->stays_in != NULL;
}

static bool stays_in(Connection *connection, const char *database)
{
    g_autofree char *lower =
        connection->facts.fold_names ? g_utf8_strdown(database, -1) : g_strdup(database);
    gpointer answer;
    if (!g_hash_table_lookup_extended(connection->stays_in, lower, NULL, &answer))
        return false;
    if (answer == NULL) {
        g_autoptr(GString) sql = g_string_new("SELECT ");
        g_auto(Packet) packet = {0};
        add_question(sql, lower);
        wend_mysql_packet_init(&packet);
        wend_mysql_settings_off(connection, &packet);
        wend_mysql_packet_add(&packet, PART_STAYS, 0, sql->str, -1);
        if (!ask(connection, &packet))
            return true;
        answer = g_hash_table_lookup(connection->stays_in, lower);
    }
    return g_strcmp0(answer, "0") != 0;
}

/* Names are read before a dot, and behind USE. */
static bool names_such(Connection *connection, const WendPiece *piece)
{
    WendScanner scanner;
    WendToken token, before = {0};
    wend_scanner_init(&scanner, piece->text, piece->length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    while (wend_scanner_next(&scanner, &token)) {
        if (wend_token_is_gap(&token))
            continue;
        bool dot = token.length == 1 && piece->text[token.start] == '.';
        bool use = before.length > 0 && wend_token_is(piece->text, &before, "USE");
        if (dot || use) {
            const WendToken *at = use ? &token : &before;
            g_auto(Words) words = {0};
            wend_mysql_words_read(&words, piece->text + at->start, at->length, 1);
            g_autofree char *name = wend_mysql_word_name(&words, 0);
            if (name != NULL && stays_in(connection, name))
                return true;
        }
        before = token;
    }
    return false;
}

const char *wend_mysql_may_stay(WendConnection *base, const WendPiece *pieces, guint count)
{
    Connection *connection = (Connection *)base;
    if (!learn(connection) || stays_in(connection, connection->database) ||
        (connection->script_database != NULL && stays_in(connection, connection->script_database)))
        return why;
    for (guint i = 0; i < count; i++) {
        if (names_such(connection, &pieces[i]))
            return why;
    }
    return NULL;
}

/* ENGINE = InnoDB, in whatever place: of the table, or of a partition. */
static bool is_engine_known(const Words *words, bool *named)
{
    for (guint i = 0; i < words->tokens->len; i++) {
        if (!wend_mysql_word(words, i, "ENGINE") && !wend_mysql_word(words, i, "TYPE"))
            continue;
        g_autofree char *name =
            wend_mysql_word_name(words, wend_mysql_sign(words, i + 1, '=') ? i + 2 : i + 1);
        *named = true;
        if (name == NULL || g_ascii_strcasecmp(name, "InnoDB") != 0)
            return false;
    }
    return true;
}

static bool may_make_such(const Connection *connection, const WendPiece *piece)
{
    g_auto(Words) words = {0};
    Definition definition;
    bool named = false;
    if (piece->class == WEND_CLASS_OPAQUE)
        return true;
    wend_mysql_words_read(&words, piece->text, piece->length, WORDS_ALL);
    if (!wend_mysql_definition_read(&words, &definition))
        return false;
    if (strcmp(definition.kind, "DATABASE") == 0 || strcmp(definition.verb, "RENAME") == 0)
        return true;
    if (strcmp(definition.kind, "TABLE") != 0 || strcmp(definition.verb, "DROP") == 0 ||
        strcmp(definition.verb, "TRUNCATE") == 0)
        return false;
    if (!is_engine_known(&words, &named))
        return true;
    if (strcmp(definition.verb, "ALTER") == 0)
        return wend_mysql_word_find(&words, definition.name, "RENAME") < words.tokens->len;
    bool copies = wend_mysql_word(&words, definition.name + 1, "LIKE") ||
                  wend_mysql_word(&words, definition.name + 3, "LIKE") ||
                  wend_mysql_word(&words, definition.name + 2, "LIKE");
    const char *otherwise = g_hash_table_lookup(connection->stays_in, NO_DEFAULT);
    return copies || (!named && (connection->engine_set || g_strcmp0(otherwise, "0") != 0));
}

void wend_mysql_stays_note(Connection *connection, const WendPiece *piece)
{
    if (connection->stays_in != NULL && may_make_such(connection, piece))
        g_clear_pointer(&connection->stays_in, g_hash_table_unref);
}
