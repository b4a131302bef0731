/* SPDX-License-Identifier: MIT
 *
 * The settings of a script: they hold for its whole step, and are gone behind it. DISCARD ALL would do the
 * last, and drop wend's advisory lock with them, so it is done one by one.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* Statements that may call a function which sets something. */
static const char *const callers[] = {"SELECT", "WITH", "DO", "CALL", "EXECUTE", "VALUES"};

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
    return false;
}

/* The name that SET or set_config() gives; NULL for what has a form of its own. Caller frees. */
static char *setting_name(const WendPiece *piece)
{
    Words words;
    wend_pg_words(&words, piece->text, piece->length);
    if (wend_pg_word(&words, "SET")) {
        wend_pg_word(&words, "SESSION");
        if (wend_pg_word(&words, "TIME"))
            return g_strdup("TimeZone");
        if (wend_pg_word(&words, "NAMES"))
            return g_strdup("client_encoding");
        return wend_pg_name(&words);
    }
    wend_pg_words(&words, piece->text, piece->length);
    if (!wend_pg_skip_to(&words, "SET_CONFIG") || !wend_pg_word(&words, "(") || words.ended ||
        words.token.kind != WEND_TOKEN_STRING || words.token.length < 3)
        return NULL;
    return g_strndup(words.scanner.text + words.token.start + 1, words.token.length - 2);
}

bool wend_pg_has_set(const Connection *connection, const char *name)
{
    for (guint i = 0; i < connection->set->len; i++) {
        if (g_ascii_strcasecmp(connection->set->pdata[i], name) == 0)
            return true;
    }
    return false;
}

/* Roles are seen to by themselves. */
void wend_pg_setting_note(Connection *connection, const WendPiece *piece)
{
    g_autofree char *name = piece->session ? setting_name(piece) : NULL;
    if (name == NULL || g_ascii_strcasecmp(name, "role") == 0 ||
        g_ascii_strcasecmp(name, "authorization") == 0 || strpbrk(name, "' ;") != NULL ||
        wend_pg_has_set(connection, name))
        return;
    g_ptr_array_add(connection->set, g_steal_pointer(&name));
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

/* What the host has set in its session, as statements that set it again. */
static bool keep_host_settings(Connection *connection, WendError *error)
{
    if (!connection->borrowed || connection->host_settings != NULL)
        return true;
    return wend_pg_value(
        connection,
        "SELECT coalesce(string_agg(format('SELECT pg_catalog.set_config(%L, %L, "
        "false);', name, setting), ' '), '') FROM pg_catalog.pg_settings WHERE source "
        "= 'session' AND name NOT IN ('role', 'session_authorization')",
        &connection->host_settings, error);
}

bool wend_pg_begin_step(WendConnection *base, const WendStepSetup *setup, WendError *error)
{
    Connection *connection = (Connection *)base;
    connection->step_lock_timeout_ms =
        setup->lock_timeout_ms >= 0 ? setup->lock_timeout_ms : connection->lock_timeout_ms;
    connection->step_statement_timeout_ms = setup->statement_timeout_ms >= 0
                                                ? setup->statement_timeout_ms
                                                : connection->statement_timeout_ms;
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
    g_ptr_array_set_size(connection->replays, 0);
    g_ptr_array_set_size(connection->set, 0);
    if (connection->open || PQstatus(connection->pg) != CONNECTION_OK)
        return;
    if (!connection->dirty && !connection->limited)
        return;
    g_autoptr(GString) sql = g_string_new("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; ");
    if (connection->dirty && !connection->pooled && !connection->borrowed)
        g_string_append(sql, "DEALLOCATE ALL; CLOSE ALL; UNLISTEN *; DISCARD TEMP; ");
    if (connection->host_settings != NULL)
        g_string_append(sql, connection->host_settings);
    wend_pg_exec(connection, sql->str, &ignored);
    connection->dirty = connection->limited = false;
}
