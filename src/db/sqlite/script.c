/* SPDX-License-Identifier: MIT
 *
 * The settings of a step in a script for the sqlite3 shell. A PRAGMA's value cannot come from a query, so what
 * was in force before the script is not known there: what a fresh connection has stands for it.
 */
#include "db/sqlite/sqlite.h"

#include <string.h>

/* Cannot be changed inside a transaction. */
static bool is_outside_only(const char *name)
{
    return strcmp(name, "synchronous") == 0;
}

/* The name of the PRAGMA that the piece sets. Caller frees; NULL = it is none. */
static char *set_by(const WendPiece *piece)
{
    bool has_value = false;
    g_autofree char *name =
        piece->session ? wend_sqlite_pragma_name(piece->text, piece->length, &has_value) : NULL;
    return has_value ? g_steal_pointer(&name) : NULL;
}

/* Its value on a fresh connection. Caller frees. */
static char *usual_value(sqlite3 *fresh, const char *name)
{
    sqlite3_stmt *statement = NULL;
    g_autofree char *sql = g_strdup_printf("PRAGMA %s", name);
    char *value = NULL;
    if (sqlite3_prepare_v2(fresh, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    /* Such as case_sensitive_like, which can only be set: its built-in value is 0. */
    return value != NULL ? value : g_strdup("0");
}

static void append_usual(GString *out, const char *name)
{
    sqlite3 *fresh = NULL;
    sqlite3_open(":memory:", &fresh);
    g_autofree char *value = usual_value(fresh, name);
    sqlite3_close(fresh);
    g_string_append_printf(out, "PRAGMA %s = %s;\n", name, value);
}

/* Puts back what the pieces set, each once, those first that were set last. */
static void append_undo(GString *out, const WendScriptStep *step, bool outside)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    for (guint i = step->count; i > 0; i--) {
        g_autofree char *name = set_by(&step->pieces[i - 1]);
        if (name == NULL || is_outside_only(name) != outside ||
            g_ptr_array_find_with_equal_func(seen, name, g_str_equal, NULL))
            continue;
        append_usual(out, name);
        g_ptr_array_add(seen, g_steal_pointer(&name));
    }
}

static void append_again(GString *out, const WendScriptStep *step)
{
    for (guint i = 0; i < step->count; i++) {
        const WendPiece *piece = &step->pieces[i];
        g_autofree char *name = set_by(piece);
        if (name != NULL && !is_outside_only(name))
            g_string_append_printf(out, "%.*s;\n", (int)piece->length, piece->text);
    }
}

/* Whether PRAGMA foreign_keys turns them off: any word but those that SQLite takes for true. */
static bool turns_off(const WendPiece *piece)
{
    static const char *const yes[] = {"on", "yes", "true", "full", "extra", NULL};
    const char *sign = piece->text + piece->length;
    for (gsize i = 0; i < piece->length && sign == piece->text + piece->length; i++) {
        if (piece->text[i] == '=' || piece->text[i] == '(')
            sign = piece->text + i + 1;
    }
    g_autofree char *value = g_strndup(sign, (gsize)(piece->text + piece->length - sign));
    g_strdelimit(value, "'\"`()", ' ');
    g_strstrip(value);
    for (const char *const *word = yes; *word != NULL; word++) {
        if (g_ascii_strcasecmp(value, *word) == 0)
            return false;
    }
    return g_ascii_strtoll(value, NULL, 0) == 0;
}

/* All that is lifted is foreign_keys; off wins, as in session.c. */
static void append_lifted(GString *out, const WendScriptStep *step)
{
    bool off = false;
    for (guint i = 0; i < step->lifted_count; i++)
        off = off || turns_off(&step->lifted[i]);
    if (step->lifted_count > 0)
        g_string_append_printf(out, "PRAGMA foreign_keys = %s;\n", off ? "off" : "on");
}

static bool next_code(WendScanner *scanner, WendToken *token)
{
    while (wend_scanner_next(scanner, token)) {
        if (!wend_token_is_gap(token))
            return true;
    }
    return false;
}

/* What the piece makes in the schema temp: CREATE … KIND [IF NOT EXISTS] [temp.]NAME. */
static void append_drop(GString *out, const WendPiece *piece)
{
    static const char *const kinds[] = {"TABLE", "VIEW", "TRIGGER", "INDEX"};
    const char *kind = NULL;
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, piece->text, piece->length,
                      wend_dialect_flags(WEND_DIALECT_SQLITE));
    while (kind == NULL && next_code(&scanner, &token)) {
        for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
            if (wend_token_is(piece->text, &token, kinds[i]))
                kind = kinds[i];
        }
    }
    bool more = next_code(&scanner, &token);
    while (more &&
           (wend_token_is(piece->text, &token, "IF") || wend_token_is(piece->text, &token, "NOT") ||
            wend_token_is(piece->text, &token, "EXISTS")))
        more = next_code(&scanner, &token);
    WendToken name = token;
    if (more && next_code(&scanner, &token) && piece->text[token.start] == '.')
        more = next_code(&scanner, &name);
    if (kind != NULL && more)
        g_string_append_printf(out, "DROP %s IF EXISTS temp.%.*s;\n", kind, (int)name.length,
                               piece->text + name.start);
}

void wend_sqlite_script_settings(WendScriptPlace place, const WendScriptStep *step, GString *out)
{
    switch (place) {
    case WEND_SCRIPT_BEFORE:
        append_lifted(out, step);
        break;
    case WEND_SCRIPT_OFF:
    case WEND_SCRIPT_UNDO:
        append_undo(out, step, false);
        break;
    case WEND_SCRIPT_ON:
        append_again(out, step);
        break;
    case WEND_SCRIPT_BEHIND:
        append_undo(out, step, true);
        if (step->lifted_count > 0)
            append_usual(out, "foreign_keys");
        for (guint i = step->count; i > 0; i--) {
            if (step->pieces[i - 1].temporary)
                append_drop(out, &step->pieces[i - 1]);
        }
        break;
    }
}
