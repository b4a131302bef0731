/* SPDX-License-Identifier: MIT
 *
 * The settings of a script: they hold for its whole step, and are gone behind it. DISCARD ALL would do the
 * last, and drop wend's advisory lock with them, so it is done one by one.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* Statements that may call a function which sets something. */
static const char *const callers[] = {"SET", "SELECT", "WITH", "DO", "CALL", "EXECUTE", "VALUES"};

static bool calls_set_config(const WendPiece *piece)
{
    return wend_pg_mentions(piece->text, piece->length, "set_config");
}

bool wend_pg_may_set(const WendPiece *piece)
{
    Words words;
    if (piece->session || piece->temporary)
        return true;
    wend_pg_words(&words, piece->text, piece->length);
    for (gsize i = 0; i < G_N_ELEMENTS(callers); i++) {
        if (wend_pg_word(&words, callers[i]))
            return true;
    }
    return calls_set_config(piece);
}

/* --- what the script has set: a list that only grows, so that a transaction which is rolled back is cut
 * off it again; "-name" = was reset, "-" = all were --- */

static bool is_set(const GPtrArray *list, const char *name)
{
    for (guint i = list->len; i > 0; i--) {
        const char *entry = list->pdata[i - 1];
        bool reset = entry[0] == '-';
        if (reset && (entry[1] == '\0' || g_ascii_strcasecmp(entry + 1, name) == 0))
            return false;
        if (!reset && g_ascii_strcasecmp(entry, name) == 0)
            return true;
    }
    return false;
}

bool wend_pg_has_set(const Connection *connection, const char *name)
{
    return is_set(connection->set, name);
}

/* Forms of SET whose next word is not the name of a setting. Roles are seen to by themselves. */
static const struct {
    const char *word;
    const char *names[4];
} forms[] = {
    {"ROLE", {NULL}},
    {"AUTHORIZATION", {NULL}},
    {"CONSTRAINTS", {NULL}},
    {"TRANSACTION", {NULL}},
    {"SEED", {NULL}},
    {"TIME", {"TimeZone", NULL}},
    {"NAMES", {"client_encoding", NULL}},
    {"SCHEMA", {"search_path", NULL}},
    {"XML", {"xmloption", NULL}},
    {"CHARACTERISTICS",
     {"default_transaction_isolation", "default_transaction_read_only",
      "default_transaction_deferrable", NULL}},
};

static void note(GPtrArray *list, const char *name)
{
    if (strpbrk(name, "' ;\n") == NULL && g_ascii_strcasecmp(name, "role") != 0 &&
        g_ascii_strcasecmp(name, "session_authorization") != 0 && !is_set(list, name))
        g_ptr_array_add(list, g_strdup(name));
}

/* Behind SET. */
static void note_set(Connection *connection, Words *words)
{
    GPtrArray *list = wend_pg_word(words, "LOCAL") ? connection->local : connection->set;
    wend_pg_word(words, "SESSION");
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (!wend_pg_word(words, forms[i].word))
            continue;
        for (const char *const *name = forms[i].names; *name != NULL; name++)
            note(list, *name);
        return;
    }
    g_autofree char *name = wend_pg_name(words);
    if (name != NULL)
        note(list, name);
}

/* Behind RESET. */
static void note_reset(Connection *connection, Words *words)
{
    g_autofree char *name = wend_pg_word(words, "ALL") ? g_strdup("") : wend_pg_name(words);
    if (name != NULL)
        g_ptr_array_add(connection->set, g_strconcat("-", name, NULL));
}

/* Behind SET_CONFIG: ('name', value, is_local). What is not plain counts as holding for the session. */
static void note_call(Connection *connection, Words *words)
{
    if (!wend_pg_word(words, "(") || words->ended || words->token.kind != WEND_TOKEN_STRING ||
        words->scanner.text[words->token.start] != '\'' || words->token.length < 3)
        return;
    g_autofree char *name =
        g_strndup(words->scanner.text + words->token.start + 1, words->token.length - 2);
    wend_pg_next(words);
    bool plain = wend_pg_word(words, ",");
    wend_pg_next(words);
    bool local = plain && wend_pg_word(words, ",") && wend_pg_word(words, "TRUE");
    note(local ? connection->local : connection->set, name);
}

void wend_pg_setting_note(Connection *connection, const WendPiece *piece)
{
    Words words;
    wend_pg_words(&words, piece->text, piece->length);
    if (wend_pg_word(&words, "SET"))
        note_set(connection, &words);
    else if (wend_pg_word(&words, "RESET"))
        note_reset(connection, &words);
    else if (calls_set_config(piece)) {
        while (wend_pg_skip_to(&words, "SET_CONFIG"))
            note_call(connection, &words);
    }
}

bool wend_pg_resets(const char *text, gsize length)
{
    Words words;
    wend_pg_words(&words, text, length);
    return wend_pg_word(&words, "RESET");
}

static bool mentions(const WendPiece *piece, const char *word)
{
    gsize length = strlen(word);
    for (gsize i = 0; i + length <= piece->length; i++) {
        if (g_ascii_strncasecmp(piece->text + i, word, length) == 0)
            return true;
    }
    return false;
}

bool wend_pg_changes_reading(const WendPiece *piece)
{
    return piece->session &&
           (mentions(piece, "standard_conforming_strings") || mentions(piece, "client_encoding") ||
            mentions(piece, "backslash_quote") || mentions(piece, "names") ||
            mentions(piece, "RESET") || mentions(piece, "DISCARD"));
}

/* What the host has set in its session, as statements that set it again: its role last, for what it could not set
 * itself. */
static bool keep_host_settings(Connection *connection, WendError *error)
{
    if (!connection->borrowed || connection->host_settings != NULL)
        return true;
    return wend_pg_value(
        connection,
        "WITH again (place, name, value) AS (SELECT 1, name, setting FROM pg_catalog.pg_settings "
        "WHERE source = 'session' UNION ALL SELECT 2, 'session_authorization', session_user UNION "
        "ALL SELECT 3, 'role', pg_catalog.current_setting('role')) SELECT pg_catalog.string_agg("
        "pg_catalog.format(E'SELECT pg_catalog.set_config(%L, %L, false);\n', name, value), '' "
        "ORDER BY place) FROM again",
        &connection->host_settings, error);
}

/* RESET ALL would take with it what the host has set under names of its own, which no catalog lists. What a script
 * has set unseen, in a function, is set to what it would be reset to. */
static void append_reset_borrowed(GString *sql, const Connection *connection)
{
    g_string_append(sql, "RESET lock_timeout;\nRESET statement_timeout;\n");
    for (guint i = 0; i < connection->set->len; i++) {
        const char *name = connection->set->pdata[i];
        if (name[0] != '-')
            g_string_append_printf(sql, "RESET %s;\n", name);
    }
    g_string_append(sql, "SELECT pg_catalog.set_config(name, reset_val, false) FROM "
                         "pg_catalog.pg_settings WHERE source = 'session';\n");
}

bool wend_pg_begin_step(WendConnection *base, const WendStepSetup *setup, WendError *error)
{
    Connection *connection = (Connection *)base;
    connection->step_lock_timeout_ms =
        setup->lock_timeout_ms >= 0 ? setup->lock_timeout_ms : connection->lock_timeout_ms;
    connection->step_statement_timeout_ms = setup->statement_timeout_ms >= 0
                                                ? setup->statement_timeout_ms
                                                : connection->statement_timeout_ms;
    connection->file_limits = setup->statement_timeout_ms >= 0;
    if (!keep_host_settings(connection, error))
        return false;
    g_autoptr(GString) sql = g_string_new(NULL);
    for (guint i = 0; i < setup->settings_count; i++) {
        const WendPiece *piece = &setup->settings[i];
        wend_pg_setting_note(connection, piece);
        if (connection->pooled) {
            g_ptr_array_add(connection->replays, g_strndup(piece->text, piece->length));
            continue;
        }
        g_string_append_len(sql, piece->text, (gssize)piece->length);
        g_string_append(sql, ";\n");
    }
    if (sql->len == 0)
        return true;
    connection->dirty = true;
    if (wend_pg_exec(connection, sql->str, error))
        return true;
    wend_pg_end_step(base);
    return false;
}

void wend_pg_end_step(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    connection->step_lock_timeout_ms = connection->lock_timeout_ms;
    connection->step_statement_timeout_ms = connection->statement_timeout_ms;
    connection->file_limits = false;
    g_ptr_array_set_size(connection->replays, 0);
    bool reset = !connection->open && PQstatus(connection->pg) == CONNECTION_OK &&
                 (connection->dirty || connection->limited);
    if (reset) {
        g_autoptr(GString) sql = g_string_new(NULL);
        wend_pg_append_reset(sql, connection);
        wend_pg_exec(connection, sql->str, &ignored);
        connection->dirty = connection->limited = false;
    }
    g_ptr_array_set_size(connection->set, 0);
}

/* --- as SQL --- */

void wend_pg_append_limits(GString *sql, const Connection *connection, bool local, gint64 lock_ms)
{
    const char *scope = local ? "SET LOCAL" : "SET";
    if (!wend_pg_has_set(connection, "lock_timeout"))
        g_string_append_printf(sql, "%s lock_timeout = %" G_GINT64_FORMAT ";\n", scope,
                               MAX(lock_ms, 1));
    if (!wend_pg_has_set(connection, "statement_timeout"))
        g_string_append_printf(sql, "%s statement_timeout = %" G_GINT64_FORMAT ";\n", scope,
                               connection->step_statement_timeout_ms);
}

guint wend_pg_append_reading(GString *sql, const Connection *connection)
{
    if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
        return 0;
    g_string_append(sql, "SET LOCAL statement_timeout = 0;\nSET LOCAL row_security = off;\n");
    return 2;
}

void wend_pg_append_encoding(GString *sql, const Connection *connection)
{
    if (connection->pooled)
        g_string_append(sql, "SET client_encoding = 'UTF8';\n");
}

void wend_pg_append_patience(GString *sql, const Connection *connection)
{
    enum { FIRST_TO_KNOW_IT = 140000 };
    if (!connection->pooled && !connection->borrowed &&
        PQserverVersion(connection->pg) >= FIRST_TO_KNOW_IT)
        g_string_append(sql, "SET idle_session_timeout = 0;\n");
}

void wend_pg_append_reset(GString *sql, const Connection *connection)
{
    g_string_append(sql, "RESET SESSION AUTHORIZATION;\nRESET ROLE;\n");
    if (connection->borrowed)
        append_reset_borrowed(sql, connection);
    else
        g_string_append(sql, "RESET ALL;\n");
    wend_pg_append_encoding(sql, connection);
    wend_pg_append_patience(sql, connection);
    if (connection->dirty && !connection->borrowed) {
        /* Behind a pooler there is nothing prepared but what the pooler has for others. */
        g_string_append(sql, connection->pooled ? "" : "DEALLOCATE ALL;\n");
        g_string_append(sql, "CLOSE ALL;\nUNLISTEN *;\nDISCARD TEMP;\n");
    }
    if (connection->host_settings != NULL)
        g_string_append(sql, connection->host_settings);
}

static void append_defaults(GString *sql, const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        const char *name = list->pdata[i];
        if (g_ascii_strcasecmp(name, "client_encoding") == 0)
            g_string_append(sql, "SET LOCAL client_encoding = 'UTF8';\n");
        else if (name[0] != '-')
            g_string_append_printf(sql, "SET LOCAL %s TO DEFAULT;\n", name);
    }
}

/* SET LOCAL ends with the transaction, and what the script has set is then in force again. */
void wend_pg_append_self(GString *sql, const Connection *connection)
{
    if (!connection->dirty)
        return;
    g_string_append(sql, "SET LOCAL SESSION AUTHORIZATION DEFAULT;\nSET LOCAL ROLE ");
    if (connection->role == NULL || strcmp(connection->role, "none") == 0)
        g_string_append(sql, "NONE");
    else
        wend_pg_append_text(sql, connection->role);
    g_string_append(sql, ";\n");
    append_defaults(sql, connection->set);
    append_defaults(sql, connection->local);
}
