/* SPDX-License-Identifier: MIT
 *
 * Settings of a script: they hold for the whole step, are out of force for wend's own statements, and are
 * undone when the step ends. mysql_reset_connection() would be shorter, and would let wend's lock go with
 * everything else; so each is put back by hand. What a variable was is kept in a user variable of the
 * server's, @wend_off_NAME, and what the script made of it in @wend_on0_NAME or @wend_on1_NAME, in turns, so
 * that an attempt that failed does not overwrite what the next one begins with: nothing has to travel to
 * and fro for it. LAST_INSERT_ID(), which wend's own rows would change, goes the same way.
 */
#include "db/mysql/mysql.h"

#include <string.h>

static bool has(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

/* Keeps the present values of what the piece sets for the first time. */
static void save(Connection *connection, const GPtrArray *names, guint index, GPtrArray *known,
                 Packet *packet)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    Unkept unkept = {known, 0};
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *name =
            wend_mysql_variable(connection->mariadb, connection->version, names->pdata[i]);
        if (has(connection->settings, name) || has(connection->lifted, name))
            continue;
        g_string_append_printf(sql, "%s @wend_off_%s = @@SESSION.%s", sql->len > 0 ? "," : "SET",
                               name, name);
        g_ptr_array_add(known, g_steal_pointer(&name));
        unkept.count++;
    }
    if (unkept.count == 0)
        return;
    wend_mysql_packet_add(packet, PART_SAVE, index, sql->str, -1);
    g_array_append_val(connection->unkept, unkept);
}

void wend_mysql_settings_kept(Connection *connection)
{
    if (connection->unkept->len > 0)
        g_array_remove_index(connection->unkept, 0);
}

void wend_mysql_settings_forget(Connection *connection)
{
    for (guint i = connection->unkept->len; i > 0; i--) {
        const Unkept *one = &g_array_index(connection->unkept, Unkept, i - 1);
        g_ptr_array_set_size(one->names, (gint)(one->names->len - one->count));
    }
    g_array_set_size(connection->unkept, 0);
}

static bool note_role(Connection *connection, const Words *words, WendError *error)
{
    g_autofree char *home = NULL;
    if (connection->home_role == NULL) {
        if (!wend_mysql_value(connection, "SELECT CURRENT_ROLE()", &home, error))
            return false;
        connection->home_role = g_strdup(home != NULL ? home : "NONE");
    }
    g_free(connection->script_role);
    connection->script_role = wend_mysql_word_name(words, 2);
    return true;
}

static bool note_words(Connection *connection, const Words *words, guint index, GPtrArray *known,
                       Packet *packet, WendError *error)
{
    g_auto(Assigned) assigned = {0};
    if (wend_mysql_word(words, 0, "USE")) {
        g_free(connection->script_database);
        connection->script_database = wend_mysql_word_name(words, 1);
        return true;
    }
    wend_mysql_assigned_read(words, &assigned);
    wend_mysql_mode_note(connection, words, &assigned);
    connection->engine_set |=
        has(assigned.session, "default_storage_engine") || has(assigned.session, "storage_engine");
    if (assigned.role)
        return note_role(connection, words, error);
    save(connection, assigned.session, index, known, packet);
    for (guint i = 0; i < assigned.variables->len; i++) {
        if (!has(connection->variables, assigned.variables->pdata[i]))
            g_ptr_array_add(connection->variables, g_strdup(assigned.variables->pdata[i]));
    }
    return true;
}

static bool note(Connection *connection, const WendPiece *piece, guint index, GPtrArray *known,
                 Packet *packet, WendError *error)
{
    g_auto(Words) words = {0};
    if (wend_mysql_is_skipped(piece->text, piece->length, connection->mariadb, connection->version))
        return true;
    wend_mysql_words_read(&words, piece->text, piece->length, WORDS_ALL);
    return note_words(connection, &words, index, known, packet, error);
}

bool wend_mysql_setting_note(Connection *connection, const WendPiece *piece, guint index,
                             Packet *packet, WendError *error)
{
    return note(connection, piece, index, connection->settings, packet, error);
}

/* What a procedure may set without anybody seeing it, and what would then hold for the migrations behind it. Each
 * is known to every server. */
static const char *const unseen[] = {
    "character_set_client",
    "character_set_connection",
    "collation_connection",
    "character_set_results",
    "default_storage_engine",
    "foreign_key_checks",
    "group_concat_max_len",
    "sql_auto_is_null",
    "sql_mode",
    "sql_safe_updates",
    "sql_select_limit",
    "time_zone",
    "timestamp",
    "tx_isolation",
    "tx_read_only",
    "unique_checks",
};

void wend_mysql_procedure_note(Connection *connection, guint index, Packet *packet)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(unseen); i++)
        g_ptr_array_add(names, (char *)unseen[i]);
    save(connection, names, index, connection->settings, packet);
}

static void add_role(const char *role, Packet *packet)
{
    g_autoptr(GString) sql = g_string_new("SET ROLE ");
    if (g_ascii_strcasecmp(role, "NONE") == 0)
        g_string_append(sql, "NONE");
    else
        wend_mysql_name(sql, role);
    wend_mysql_packet_add(packet, PART_OWN, 0, sql->str, -1);
}

/* Ends what runs too long where the second connection, which does so at once and says it better, cannot be had. A
 * limit of the script's or a lower one of the server's stays. */
static void add_limit(Connection *connection, GString *sql)
{
    double seconds = (double)connection->step_statement_timeout_ms / 1000 + 1;
    char limit[G_ASCII_DTOSTR_BUF_SIZE];
    if (seconds <= 1 || !connection->mariadb || connection->version < 100101 ||
        has(connection->settings, "max_statement_time"))
        return;
    g_ascii_formatd(limit, sizeof limit, "%.3f", seconds);
    g_string_append_printf(sql,
                           ", @wend_limit = @@SESSION.max_statement_time, SESSION "
                           "max_statement_time = IF(@@SESSION.max_statement_time BETWEEN 0.000001 "
                           "AND %s, @@SESSION.max_statement_time, %s)",
                           limit, limit);
    connection->limited = true;
}

void wend_mysql_settings_on(Connection *connection, Packet *packet)
{
    g_autoptr(GString) sql = g_string_new("SET last_insert_id = ");
    if (connection->script_on)
        return;
    connection->script_on = true;
    if (connection->id_kept)
        g_string_append_printf(sql, "@wend_on%u_id", connection->kept);
    else
        g_string_append_c(sql, '0');
    for (guint i = 0; i < connection->settings->len; i++) {
        const char *name = connection->settings->pdata[i];
        g_string_append_printf(sql, ", SESSION %s = IFNULL(@wend_on%u_%s, @@SESSION.%s)", name,
                               connection->kept, name, name);
    }
    add_limit(connection, sql);
    if (connection->script_role != NULL)
        add_role(connection->script_role, packet);
    wend_mysql_packet_add(packet, PART_ON, 0, sql->str, -1);
}

/* What puts a variable back. A statement that failed before it may have left its value unkept: then it
 * is as it was. A time that was set stands still; its present value would stop the clock. */
static char *off_value(const char *name)
{
    if (strcmp(name, "timestamp") == 0)
        return g_strdup("DEFAULT");
    return g_strdup_printf("IFNULL(@wend_off_%s, @@SESSION.%s)", name, name);
}

/* Both at once: keeps the script's values, and puts back what was there before. */
static char *off_text(const Connection *connection)
{
    const GPtrArray *names = connection->settings;
    GString *sql = g_string_new(NULL);
    g_string_append_printf(sql, "SET @wend_on%u_id = LAST_INSERT_ID()", connection->kept);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(sql, ", @wend_on%u_%s = @@SESSION.%s", connection->kept,
                               (char *)names->pdata[i], (char *)names->pdata[i]);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *value = off_value(names->pdata[i]);
        g_string_append_printf(sql, ", SESSION %s = %s", (char *)names->pdata[i], value);
    }
    if (connection->limited)
        g_string_append(sql, ", SESSION max_statement_time = @wend_limit");
    return g_string_free(sql, FALSE);
}

void wend_mysql_settings_off(Connection *connection, Packet *packet)
{
    if (!connection->script_on)
        return;
    connection->script_on = false;
    connection->kept ^= 1;
    connection->id_kept = true;
    g_autofree char *sql = off_text(connection);
    wend_mysql_packet_add(packet, PART_OFF, 0, sql, -1);
    if (connection->script_role != NULL)
        add_role(connection->home_role, packet);
}

void wend_mysql_temporary_note(Connection *connection, const WendPiece *piece)
{
    g_auto(Words) words = {0};
    wend_mysql_words_read(&words, piece->text, piece->length, 16);
    guint at = wend_mysql_word_find(&words, 0, "TABLE") + 1;
    if (!wend_mysql_word(&words, 0, "CREATE"))
        return;
    if (wend_mysql_word(&words, at, "IF"))
        at += 3;
    bool full = wend_mysql_sign(&words, at + 1, '.');
    g_autofree char *schema = full ? wend_mysql_word_name(&words, at) : NULL;
    g_autofree char *name = wend_mysql_word_name(&words, full ? at + 2 : at);
    const char *present =
        connection->script_database != NULL ? connection->script_database : connection->database;
    if (name == NULL)
        return;
    GString *quoted = g_string_new(NULL);
    wend_mysql_name(quoted, schema != NULL ? schema : present);
    g_string_append_c(quoted, '.');
    wend_mysql_name(quoted, name);
    g_ptr_array_add(connection->temporary, g_string_free(quoted, FALSE));
}

static bool run_settings(Connection *connection, const WendPiece *pieces, guint count,
                         GPtrArray *known, Packet *packet, WendError *error)
{
    for (guint i = 0; i < count; i++) {
        if (!note(connection, &pieces[i], i, known, packet, error))
            return false;
        wend_mysql_packet_add(packet, PART_PIECE, i, pieces[i].text, (gssize)pieces[i].length);
    }
    return true;
}

bool wend_mysql_begin_step(WendConnection *base, const WendStepSetup *setup, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_auto(Packet) packet = {0};
    Sent sent;
    if (setup->lock_timeout_ms >= 0)
        connection->step_lock_timeout_ms = setup->lock_timeout_ms;
    if (setup->statement_timeout_ms >= 0)
        connection->step_statement_timeout_ms = setup->statement_timeout_ms;
    if (setup->lifted_count + setup->settings_count == 0)
        return true;
    wend_mysql_packet_init(&packet);
    wend_mysql_settings_on(connection, &packet);
    bool ok = run_settings(connection, setup->lifted, setup->lifted_count, connection->lifted,
                           &packet, error) &&
              run_settings(connection, setup->settings, setup->settings_count, connection->settings,
                           &packet, error);
    wend_mysql_settings_off(connection, &packet);
    ok = ok && wend_mysql_send(connection, &packet, NULL, &sent, error);
    if (!ok)
        wend_mysql_end_step(base);
    return ok;
}

/* --- the end of a step --- */

static void add_line(GPtrArray *lines, GString *sql)
{
    g_ptr_array_add(lines, g_string_free(sql, FALSE));
}

/* Puts a variable back, if it is in force, and forgets what was kept of it. */
static char *undoing_one(const char *name, bool in_force)
{
    g_autofree char *value = off_value(name);
    g_autofree char *set =
        in_force ? g_strdup_printf("SESSION %s = %s, ", name, value) : g_strdup("");
    return g_strdup_printf("SET %s@wend_on0_%s = NULL, @wend_on1_%s = NULL, @wend_off_%s = NULL",
                           set, name, name, name);
}

/* What undoes the step, one statement each. */
static GPtrArray *undoing(const Connection *connection)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < connection->settings->len; i++)
        g_ptr_array_add(lines, undoing_one(connection->settings->pdata[i], connection->script_on));
    for (guint i = 0; i < connection->lifted->len; i++)
        g_ptr_array_add(lines, undoing_one(connection->lifted->pdata[i], true));
    if (connection->limited && connection->script_on)
        g_ptr_array_add(lines, g_strdup("SET SESSION max_statement_time = @wend_limit"));
    for (guint i = 0; i < connection->variables->len; i++)
        g_ptr_array_add(lines,
                        g_strdup_printf("SET %s = NULL", (char *)connection->variables->pdata[i]));
    for (guint i = 0; i < connection->temporary->len; i++)
        g_ptr_array_add(lines, g_strconcat("DROP TEMPORARY TABLE IF EXISTS ",
                                           connection->temporary->pdata[i], NULL));
    if (connection->script_database != NULL) {
        GString *sql = g_string_new("USE ");
        wend_mysql_name(sql, connection->database);
        add_line(lines, sql);
    }
    return lines;
}

/* One that fails does not keep the others from running. */
static void run_lines(Connection *connection, const GPtrArray *lines)
{
    guint at = 0;
    while (at < lines->len) {
        g_auto(WendError) ignored = WEND_ERROR_INIT;
        g_auto(Packet) packet = {0};
        Sent sent;
        wend_mysql_packet_init(&packet);
        for (guint i = at; i < lines->len; i++)
            wend_mysql_packet_add(&packet, PART_OWN, 0, lines->pdata[i], -1);
        if (wend_mysql_send(connection, &packet, NULL, &sent, &ignored) ||
            wend_mysql_is_lost(sent.code))
            return;
        at += sent.done + 1;
    }
}

void wend_mysql_end_step(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    g_autoptr(GPtrArray) lines = undoing(connection);
    if (connection->script_role != NULL && connection->script_on) {
        g_auto(Packet) packet = {0};
        wend_mysql_packet_init(&packet);
        add_role(connection->home_role, &packet);
        g_ptr_array_add(lines, g_strdup(packet.sql->str));
    }
    run_lines(connection, lines);
    g_array_set_size(connection->unkept, 0);
    g_ptr_array_set_size(connection->settings, 0);
    g_ptr_array_set_size(connection->lifted, 0);
    g_ptr_array_set_size(connection->variables, 0);
    g_ptr_array_set_size(connection->temporary, 0);
    connection->script_lex_flags = 0;
    g_clear_pointer(&connection->script_database, g_free);
    g_clear_pointer(&connection->script_role, g_free);
    g_clear_pointer(&connection->home_role, g_free);
    connection->script_on = connection->script_really = connection->id_kept = false;
    connection->limited = false;
    connection->step_lock_timeout_ms = connection->lock_timeout_ms;
    connection->step_statement_timeout_ms = connection->statement_timeout_ms;
}
