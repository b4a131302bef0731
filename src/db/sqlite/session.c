/* SPDX-License-Identifier: MIT
 *
 * The session's settings: a script's PRAGMAs hold until its step ends, are put back while wend's own
 * statements run, and are forgotten behind it, as are its temporary objects.
 */
#include "db/sqlite/sqlite.h"

#include "sql/scanner.h"

#include <string.h>

void wend_sqlite_setting_clear(Setting *setting)
{
    g_free(setting->name);
    g_free(setting->before);
    g_free(setting->in_force);
}

static bool next_code(WendScanner *scanner, WendToken *token)
{
    while (wend_scanner_next(scanner, token)) {
        if (!wend_token_is_gap(token))
            return true;
    }
    return false;
}

char *wend_sqlite_unquote(const char *text, const WendToken *token)
{
    const char *start = text + token->start;
    gsize length = token->length;
    if (length >= 2 && strchr("\"'`[", start[0]) != NULL)
        return g_strndup(start + 1, length - 2);
    return g_strndup(start, length);
}

char *wend_sqlite_pragma_name(const char *text, gsize length, bool *has_value)
{
    WendScanner scanner;
    WendToken token, name;
    wend_scanner_init(&scanner, text, length, wend_dialect_flags(WEND_DIALECT_SQLITE));
    if (!next_code(&scanner, &token) || !wend_token_is(text, &token, "PRAGMA") ||
        !next_code(&scanner, &name))
        return NULL;
    bool more = next_code(&scanner, &token);
    if (more && text[token.start] == '.') {
        if (!next_code(&scanner, &name))
            return NULL;
        more = next_code(&scanner, &token);
    }
    *has_value = more && (text[token.start] == '=' || text[token.start] == '(');
    char *plain = wend_sqlite_unquote(text, &name);
    char *lower = g_ascii_strdown(plain, -1);
    g_free(plain);
    return lower;
}

static void run_quietly(Connection *connection, const char *sql)
{
    sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
}

/* What SQLite refuses to change inside a transaction, where suspend and resume happen. */
static bool outside_only(const char *name)
{
    return strcmp(name, "synchronous") == 0;
}

bool wend_sqlite_setting_note(Connection *connection, const WendPiece *piece, WendError *error)
{
    bool has_value = false;
    g_autofree char *name = wend_sqlite_pragma_name(piece->text, piece->length, &has_value);
    if (name == NULL || !has_value)
        return true;
    Setting setting = {name, NULL, g_strndup(piece->text, piece->length), outside_only(name)};
    for (guint i = 0; setting.before == NULL && i < connection->settings->len; i++) {
        const Setting *known = &g_array_index(connection->settings, Setting, i);
        if (strcmp(known->name, name) == 0)
            setting.before = g_strdup(known->before);
    }
    g_autofree char *look = g_strdup_printf("PRAGMA %s", name);
    if (setting.before == NULL && !wend_sqlite_value(connection, look, &setting.before, error)) {
        g_free(setting.in_force);
        return false;
    }
    /* Such as case_sensitive_like, which can only be set: its built-in value is 0. */
    if (setting.before == NULL)
        setting.before = g_strdup("0");
    setting.name = g_steal_pointer(&name);
    g_array_append_val(connection->settings, setting);
    return true;
}

static void put_back(Connection *connection, const Setting *setting)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA %s = '%s'", setting->name, setting->before);
    run_quietly(connection, sql);
}

/* Puts back what the settings were, in the reverse order. PRAGMA busy_timeout takes the busy
 * handler's place, so that is set again too. */
void wend_sqlite_settings_suspend(Connection *connection)
{
    if (connection->settings->len == 0)
        return;
    for (guint i = connection->settings->len; i > 0; i--) {
        const Setting *setting = &g_array_index(connection->settings, Setting, i - 1);
        if (!setting->lifted)
            put_back(connection, setting);
    }
    wend_sqlite_watch(connection);
}

void wend_sqlite_settings_resume(Connection *connection)
{
    for (guint i = 0; i < connection->settings->len; i++) {
        const Setting *setting = &g_array_index(connection->settings, Setting, i);
        if (!setting->lifted)
            run_quietly(connection, setting->in_force);
    }
}

static bool run_setting(Connection *connection, const WendPiece *piece, WendError *error)
{
    gssize offset;
    return wend_sqlite_setting_note(connection, piece, error) &&
           wend_sqlite_piece(connection, piece, NULL, &offset, error);
}

/* foreign_keys must be in force before BEGIN and stay so for wend's own rows, which have no foreign
 * keys: it is set once here and put back by end_step, not by suspend. */
static bool lift(Connection *connection, const WendStepSetup *setup, WendError *error)
{
    if (setup->lifted_count == 0)
        return true;
    int on = 0;
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &on);
    bool off = false;
    for (guint i = 0; i < setup->lifted_count; i++) {
        int now = 0;
        if (!run_setting(connection, &setup->lifted[i], error))
            return false;
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &now);
        off = off || !now;
    }
    g_array_set_size(connection->settings, 0);
    Setting setting = {g_strdup("foreign_keys"), g_strdup(on ? "1" : "0"),
                       g_strdup(off ? "PRAGMA foreign_keys = 0" : "PRAGMA foreign_keys = 1"), true};
    g_array_append_val(connection->settings, setting);
    run_quietly(connection, setting.in_force);
    return wend_sqlite_violations_before(connection, error);
}

bool wend_sqlite_begin_step(WendConnection *base, const WendStepSetup *setup, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (setup->lock_timeout_ms >= 0)
        connection->step_lock_timeout_ms = setup->lock_timeout_ms;
    if (setup->statement_timeout_ms >= 0)
        connection->step_statement_timeout_ms = setup->statement_timeout_ms;
    bool ok = lift(connection, setup, error);
    for (guint i = 0; ok && i < setup->settings_count; i++)
        ok = run_setting(connection, &setup->settings[i], error);
    if (!ok)
        wend_sqlite_end_step(base);
    else
        wend_sqlite_settings_suspend(connection);
    return ok;
}

static bool add_drop(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    g_ptr_array_add(data, g_strdup(row->values[0]));
    return true;
}

/* What would drop the temporary objects that are there now. */
static GPtrArray *temporary_drops(Connection *connection)
{
    GPtrArray *drops = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(WendQuery) query = wend_query_new(
        "SELECT 'DROP ' || type || ' IF EXISTS temp.\"' || replace(name, '\"', '\"\"') || '\"' "
        "FROM temp.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY type IN ('table', 'index'), type DESC");
    g_auto(WendError) error = WEND_ERROR_INIT;
    wend_sqlite_query(&connection->base, query, add_drop, drops, &error);
    return drops;
}

void wend_sqlite_temporary_keep(Connection *connection)
{
    connection->host_temporary = temporary_drops(connection);
}

/* Temporary objects would be seen, and could stand in a table's place, in the next step. */
static void drop_temporary(Connection *connection)
{
    const GPtrArray *kept = connection->host_temporary;
    g_autoptr(GPtrArray) drops = temporary_drops(connection);
    for (guint i = 0; i < drops->len; i++) {
        if (kept == NULL || !g_ptr_array_find_with_equal_func((GPtrArray *)kept, drops->pdata[i],
                                                              g_str_equal, NULL))
            run_quietly(connection, drops->pdata[i]);
    }
}

bool wend_sqlite_schema_check(Connection *connection, WendError *error)
{
    bool written = false;
    for (guint i = 0; i < connection->settings->len; i++)
        written |=
            strcmp(g_array_index(connection->settings, Setting, i).name, "writable_schema") == 0;
    if (!written)
        return true;
    g_autofree char *count = NULL;
    return wend_sqlite_exec(connection, "PRAGMA writable_schema = RESET", error) &&
           wend_sqlite_value(connection, "SELECT count(*) FROM main.sqlite_schema", &count, error);
}

void wend_sqlite_end_step(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    wend_sqlite_settings_suspend(connection);
    for (guint i = 0; i < connection->settings->len; i++) {
        const Setting *setting = &g_array_index(connection->settings, Setting, i);
        if (setting->lifted)
            put_back(connection, setting);
    }
    g_array_set_size(connection->settings, 0);
    g_clear_pointer(&connection->violations, g_hash_table_unref);
    connection->violations_unknown = false;
    connection->step_lock_timeout_ms = connection->lock_timeout_ms;
    connection->step_statement_timeout_ms = connection->statement_timeout_ms;
    drop_temporary(connection);
}
