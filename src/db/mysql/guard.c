/* SPDX-License-Identifier: MIT
 *
 * The guard: a script's statement that would change wend's own tables is refused before anything of it is
 * sent. Reading them is free. Looks at words: what a procedure or a trigger does is not seen.
 */
#include "db/mysql/mysql.h"

#include <string.h>

/* Where the names of what is changed stand, by the first word. */
static const struct {
    const char *verb, *verb_text;
    const char *from;    /* behind this word, where it is there; NULL = behind the verb */
    const char *ends[5]; /* up to one of these */
} places[] = {
    {"INSERT", "insert into", "INTO", {"(", "VALUES", "SELECT", "SET", NULL}},
    {"REPLACE", "insert into", "INTO", {"(", "VALUES", "SELECT", "SET", NULL}},
    {"UPDATE", "update", NULL, {"SET", NULL}},
    {"DELETE", "delete from", NULL, {"WHERE", "ORDER", "LIMIT", "RETURNING", NULL}},
    {"LOAD", "insert into", "TABLE", {"FIELDS", "COLUMNS", "LINES", "(", NULL}},
};

/* The table, or the lease beside it. */
static bool is_named(const char *own, const char *name)
{
    gsize length = strlen(own);
    return g_ascii_strncasecmp(own, name, length) == 0 &&
           (name[length] == '\0' || g_ascii_strcasecmp(name + length, WEND_MYSQL_LEASE) == 0);
}

static bool is_own(const Connection *connection, const char *schema, const char *name)
{
    for (char **own = connection->own; own != NULL && *own != NULL; own++) {
        const char *dot = strchr(*own, '.');
        g_autofree char *home =
            dot != NULL ? g_strndup(*own, (gsize)(dot - *own)) : g_strdup(connection->database);
        if (is_named(dot != NULL ? dot + 1 : *own, name) && g_ascii_strcasecmp(home, schema) == 0)
            return true;
    }
    return false;
}

static const char *present_database(const Connection *connection)
{
    return connection->script_database != NULL ? connection->script_database : connection->database;
}

static bool refuse(const char *verb, const char *name, WendError *error)
{
    wend_error_set(error, WEND_FAILED, "a script may not %s %s: that is wend's own", verb, name);
    return wend_error_hint(error,
                           "remove the statement; `wend mark` and `wend repair` change the books");
}

static bool ends_at(const Words *words, guint at, const char *const *ends)
{
    for (; *ends != NULL; ends++) {
        if (**ends == '(' ? wend_mysql_sign(words, at, '(') : wend_mysql_word(words, at, *ends))
            return true;
    }
    return false;
}

/* Where the verb stands: behind ANALYZE [FORMAT = …], which runs the statement, or WITH …. */
static guint verb_at(const Words *words)
{
    guint end = words->tokens->len;
    if (wend_mysql_word(words, 0, "ANALYZE"))
        return wend_mysql_word(words, 1, "FORMAT") ? 4 : 1;
    if (wend_mysql_word(words, 0, "WITH")) {
        guint update = wend_mysql_word_find(words, 1, "UPDATE");
        return update < end ? update : wend_mysql_word_find(words, 1, "DELETE");
    }
    return 0;
}

static bool check_change(const Connection *connection, const Words *words, WendError *error)
{
    gsize row = 0;
    guint verb = verb_at(words), at = verb + 1, from;
    while (row < G_N_ELEMENTS(places) && !wend_mysql_word(words, verb, places[row].verb))
        row++;
    if (row == G_N_ELEMENTS(places))
        return true;
    if (places[row].from != NULL) {
        from = wend_mysql_word_find(words, at, places[row].from);
        at = from < words->tokens->len ? from + 1 : at;
    }
    for (; at < words->tokens->len && !ends_at(words, at, places[row].ends); at++) {
        g_autofree char *name = wend_mysql_word_name(words, at);
        bool qualified = at >= 2 && wend_mysql_sign(words, at - 1, '.');
        g_autofree char *schema = qualified ? wend_mysql_word_name(words, at - 2)
                                            : g_strdup(present_database(connection));
        if (name != NULL && schema != NULL && !wend_mysql_sign(words, at + 1, '.') &&
            is_own(connection, schema, name))
            return refuse(places[row].verb_text, name, error);
    }
    return true;
}

/* Whether a table of wend's is in this database. */
static bool is_home(const Connection *connection, const char *database)
{
    for (char **own = connection->own; *own != NULL; own++) {
        const char *dot = strchr(*own, '.');
        g_autofree char *home =
            dot != NULL ? g_strndup(*own, (gsize)(dot - *own)) : g_strdup(connection->database);
        if (g_ascii_strcasecmp(home, database) == 0)
            return true;
    }
    return false;
}

static bool check_definition(const Connection *connection, const WendPiece *piece,
                             const Definition *definition, WendError *error)
{
    bool by_identity;
    g_autofree char *lower = g_ascii_strdown(definition->verb, -1);
    bool drops = strcmp(lower, "drop") == 0 && strcmp(definition->kind, "DATABASE") == 0;
    g_autoptr(GPtrArray) objects =
        wend_mysql_touched(piece->text, piece->length, present_database(connection), &by_identity);
    for (guint i = 0; objects != NULL && i < objects->len; i++) {
        const Touched *one = objects->pdata[i];
        if (is_own(connection, one->schema, one->name))
            return refuse(lower, one->name, error);
        if (drops && is_home(connection, one->name)) {
            wend_error_set(error, WEND_FAILED,
                           "a script may not drop the database %s: wend's own tables are in it",
                           one->name);
            return wend_error_hint(error, "drop what is in it; `wend clean` empties it");
        }
    }
    return true;
}

/* CREATE TRIGGER t BEFORE INSERT ON wend_journal. */
static bool check_trigger(const Connection *connection, const Words *words, WendError *error)
{
    guint on = wend_mysql_word_find(words, 0, "ON") + 1;
    bool qualified = wend_mysql_sign(words, on + 1, '.');
    g_autofree char *schema =
        qualified ? wend_mysql_word_name(words, on) : g_strdup(present_database(connection));
    g_autofree char *name = wend_mysql_word_name(words, qualified ? on + 2 : on);
    if (schema == NULL || name == NULL || !is_own(connection, schema, name))
        return true;
    return refuse("put a trigger on", name, error);
}

/* Where a session can hold one lock, that is wend's. */
static bool check_locks(const Connection *connection, const WendPiece *piece, WendError *error)
{
    if (wend_mysql_has_many_locks(connection) ||
        !wend_mysql_calls(piece->text, piece->length, "GET_LOCK"))
        return true;
    wend_error_set(error, WEND_FAILED,
                   "GET_LOCK() would release wend's own lock: a session of this server holds one");
    return wend_error_hint(error, "remove it: wend's lock keeps other migrations away");
}

/* --- how strings are read --- */

guint wend_mysql_lex_flags(const char *mode)
{
    static const char *const ansi[] = {"ANSI", "ANSI_QUOTES", "ORACLE",     "MSSQL",
                                       "DB2",  "MAXDB",       "POSTGRESQL", NULL};
    guint flags = wend_dialect_flags(WEND_DIALECT_MYSQL);
    g_autofree char *upper = g_ascii_strup(mode, -1);
    g_auto(GStrv) words = g_strsplit(upper, ",", -1);
    for (char **word = words; *word != NULL; word++) {
        g_strstrip(*word);
        if (strcmp(*word, "NO_BACKSLASH_ESCAPES") == 0)
            flags &= ~(guint)WEND_LEX_BACKSLASH_STRINGS;
        if (g_strv_contains(ansi, *word))
            flags &= ~(guint)WEND_LEX_DOUBLE_STRINGS;
    }
    return flags;
}

/* What is computed is mostly what the server had before, with what CONCAT() adds. */
static guint computed_flags(const Connection *connection, const Words *words, guint at)
{
    guint flags = connection->facts.lex_flags;
    if (!wend_mysql_word(words, at, "CONCAT") && !wend_mysql_word(words, at, "CONCAT_WS"))
        return 0;
    for (; at < words->tokens->len && !wend_mysql_sign(words, at, ')'); at++) {
        g_autofree char *mode = wend_mysql_word_name(words, at);
        if (mode != NULL && wend_mysql_token(words, at)->kind == WEND_TOKEN_STRING)
            flags &= wend_mysql_lex_flags(mode);
    }
    return flags;
}

void wend_mysql_mode_note(Connection *connection, const Words *words, const Assigned *assigned)
{
    const WendToken *token = wend_mysql_token(words, assigned->mode);
    if (assigned->mode == 0 || token == NULL)
        return;
    g_autofree char *mode =
        token->kind == WEND_TOKEN_STRING ? wend_mysql_word_name(words, assigned->mode) : NULL;
    connection->script_lex_flags = mode != NULL ? wend_mysql_lex_flags(mode)
                                                : computed_flags(connection, words, assigned->mode);
}

static void note_mode(Connection *connection, const WendPiece *piece)
{
    g_auto(Words) words = {0};
    g_auto(Assigned) assigned = {0};
    wend_mysql_words_read(&words, piece->text, piece->length, WORDS_ALL);
    wend_mysql_assigned_read(&words, &assigned);
    wend_mysql_mode_note(connection, &words, &assigned);
}

/* The file was cut before anybody knew the mode: the first statement in which a string ends elsewhere would
 * take others with it, or leave a part of itself behind. */
static bool check_strings(const Connection *connection, const WendPiece *piece, WendError *error)
{
    WendScanner usual, real;
    WendToken one, other;
    guint flags = connection->script_lex_flags != 0 ? connection->script_lex_flags
                                                    : connection->facts.lex_flags;
    if (flags == 0 || flags == wend_dialect_flags(WEND_DIALECT_MYSQL))
        return true;
    wend_scanner_init(&usual, piece->text, piece->length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    wend_scanner_init(&real, piece->text, piece->length, flags);
    while (wend_scanner_next(&usual, &one)) {
        if (wend_scanner_next(&real, &other) && one.length == other.length &&
            one.open == other.open)
            continue;
        wend_error_set(error, WEND_FAILED,
                       "under the sql_mode in force, %s, a string here ends elsewhere",
                       flags & WEND_LEX_BACKSLASH_STRINGS ? "ANSI_QUOTES" : "NO_BACKSLASH_ESCAPES");
        return wend_error_hint(error, "write the backslash as CHAR(92), or SET sql_mode = '…' "
                                      "without that mode ahead of it");
    }
    return true;
}

bool wend_mysql_guard(Connection *connection, const WendPiece *piece, WendError *error)
{
    g_auto(Words) words = {0};
    Definition definition;
    if (!check_locks(connection, piece, error) || !check_strings(connection, piece, error))
        return false;
    if (piece->session && !wend_mysql_is_skipped(piece->text, piece->length, connection->mariadb,
                                                 connection->version))
        note_mode(connection, piece);
    if (connection->own == NULL || piece->assertion)
        return true;
    wend_mysql_words_read(&words, piece->text, piece->length, 64);
    if (!wend_mysql_definition_read(&words, &definition))
        return check_change(connection, &words, error);
    if (strcmp(definition.kind, "TRIGGER") == 0 && strcmp(definition.verb, "CREATE") == 0)
        return check_trigger(connection, &words, error);
    return check_definition(connection, piece, &definition, error);
}
