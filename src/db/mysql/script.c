/* SPDX-License-Identifier: MIT
 *
 * The settings of a step in a script for the mariadb client. As in session.c a variable's value from before the
 * step is kept in @wend_off_NAME, the script's own in @wend_on_NAME while wend's own statements run. What a script
 * sets in an executable comment is kept and put back in one of the same version.
 */
#include "db/mysql/mysql.h"

#include <string.h>

/* What is said of one variable in a SET statement. Caller frees; NULL = nothing. */
typedef char *(*Form)(const char *name);

static bool is_clock(const char *name)
{
    return strcmp(name, "timestamp") == 0;
}

static char *keep_off(const char *name)
{
    return is_clock(name) ? NULL : g_strdup_printf("@wend_off_%s = @@SESSION.%s", name, name);
}

static char *keep_on(const char *name)
{
    return g_strdup_printf("@wend_on_%s = @@SESSION.%s", name, name);
}

static char *turn_on(const char *name)
{
    return g_strdup_printf("SESSION %s = @wend_on_%s", name, name);
}

static char *turn_off(const char *name)
{
    return is_clock(name) ? g_strdup("SESSION timestamp = DEFAULT")
                          : g_strdup_printf("SESSION %s = @wend_off_%s", name, name);
}

/* The opening of the executable comment that the piece is; 0 = it is none. */
static gsize opening_length(const WendPiece *piece)
{
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, piece->text, piece->length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    return wend_scanner_next(&scanner, &token) && token.kind == WEND_TOKEN_EXEC_OPEN ? token.length
                                                                                     : 0;
}

/* One SET statement, as long as the opening stays the same. */
typedef struct Line {
    GString *out;
    char *opening; /* NULL = nothing is written yet */
} Line;

static void line_end(Line *line)
{
    if (line->opening != NULL)
        g_string_append_printf(line->out, "%s;\n", line->opening[0] != '\0' ? " */" : "");
    g_clear_pointer(&line->opening, g_free);
}

static void line_add(Line *line, const WendPiece *piece, const char *text)
{
    g_autofree char *opening = g_strndup(piece->text, opening_length(piece));
    if (line->opening != NULL && strcmp(line->opening, opening) == 0) {
        g_string_append_printf(line->out, ", %s", text);
        return;
    }
    line_end(line);
    g_string_append_printf(line->out, "%s%sSET %s", opening, opening[0] != '\0' ? " " : "", text);
    line->opening = g_steal_pointer(&opening);
}

static bool take(GPtrArray *seen, const char *name)
{
    bool first = !g_ptr_array_find_with_equal_func(seen, name, g_str_equal, NULL);
    if (first)
        g_ptr_array_add(seen, g_strdup(name));
    return first;
}

/* A form of each session variable that the pieces set. */
static void append_variables(GString *out, const WendPiece *pieces, guint count, Form form)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    Line line = {.out = out};
    for (guint i = 0; i < count; i++) {
        g_auto(Words) words = {0};
        g_auto(Assigned) assigned = {0};
        if (!pieces[i].session)
            continue;
        wend_mysql_words_read(&words, pieces[i].text, pieces[i].length, WORDS_ALL);
        wend_mysql_assigned_read(&words, &assigned);
        for (guint at = 0; at < assigned.session->len; at++) {
            const char *name = assigned.session->pdata[at];
            g_autofree char *text = take(seen, name) ? form(name) : NULL;
            if (text != NULL)
                line_add(&line, &pieces[i], text);
        }
    }
    line_end(&line);
}

/* The last piece that changes the database or the role; NULL = none. */
static const WendPiece *last_of(const WendScriptStep *step, const char *first, const char *second)
{
    for (guint i = step->count; i > 0; i--) {
        const WendPiece *piece = &step->pieces[i - 1];
        g_auto(Words) words = {0};
        wend_mysql_words_read(&words, piece->text, piece->length, 2);
        if (piece->session && wend_mysql_word(&words, 0, first) &&
            (second == NULL || wend_mysql_word(&words, 1, second)))
            return piece;
    }
    return NULL;
}

static void append_piece(GString *out, const WendPiece *piece)
{
    if (piece != NULL)
        g_string_append_printf(out, "%.*s;\n", (int)piece->length, piece->text);
}

static void append_before(GString *out, const WendScriptStep *step)
{
    append_variables(out, step->pieces, step->count, keep_off);
    append_variables(out, step->lifted, step->lifted_count, keep_off);
    if (last_of(step, "SET", "ROLE") != NULL)
        g_string_append(out, "SET @wend_off_role = CURRENT_ROLE();\n");
    for (guint i = 0; i < step->lifted_count; i++)
        append_piece(out, &step->lifted[i]);
}

/* MySQL has no way to take back a role that is not known. */
static void append_off(GString *out, const WendScriptStep *step)
{
    g_autoptr(MysqlUrl) url = wend_mysql_url_parse(step->url, NULL);
    append_variables(out, step->pieces, step->count, turn_off);
    if (last_of(step, "SET", "ROLE") != NULL)
        g_string_append(out, "EXECUTE IMMEDIATE CONCAT('SET ROLE ', IFNULL(CONCAT('`', "
                             "@wend_off_role, '`'), 'NONE'));\n");
    if (last_of(step, "USE", NULL) == NULL || url == NULL || url->database == NULL)
        return;
    g_string_append(out, "USE ");
    wend_mysql_name(out, url->database);
    g_string_append(out, ";\n");
}

static void append_on(GString *out, const WendScriptStep *step)
{
    append_piece(out, last_of(step, "SET", "ROLE"));
    append_piece(out, last_of(step, "USE", NULL));
    append_variables(out, step->pieces, step->count, turn_on);
}

/* Needs the database that the URL names. */
static void append_drop(GString *out, const WendScriptStep *step)
{
    g_autoptr(MysqlUrl) url = wend_mysql_url_parse(step->url, NULL);
    g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(g_free);
    Connection noted = {.temporary = tables, .database = url != NULL ? url->database : NULL};
    for (guint i = 0; noted.database != NULL && i < step->count; i++) {
        g_auto(Words) words = {0};
        const WendPiece *piece = &step->pieces[i];
        wend_mysql_words_read(&words, piece->text, piece->length, 2);
        if (wend_mysql_word(&words, 0, "USE")) {
            g_free(noted.script_database);
            noted.script_database = wend_mysql_word_name(&words, 1);
        } else if (piece->temporary) {
            wend_mysql_temporary_note(&noted, piece);
        }
    }
    for (guint i = 0; i < tables->len; i++)
        g_string_append_printf(out, "DROP TEMPORARY TABLE IF EXISTS %s;\n",
                               (char *)tables->pdata[i]);
    g_free(noted.script_database);
}

/* User variables and temporary tables go with the session. */
static void append_behind(GString *out, const WendScriptStep *step)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    append_variables(out, step->lifted, step->lifted_count, turn_off);
    for (guint i = 0; i < step->count; i++) {
        g_auto(Words) words = {0};
        g_auto(Assigned) assigned = {0};
        if (!step->pieces[i].session)
            continue;
        wend_mysql_words_read(&words, step->pieces[i].text, step->pieces[i].length, WORDS_ALL);
        wend_mysql_assigned_read(&words, &assigned);
        for (guint at = 0; at < assigned.variables->len; at++) {
            const char *name = assigned.variables->pdata[at];
            if (take(seen, name))
                g_string_append_printf(out, "%s%s = NULL", seen->len == 1 ? "SET " : ", ", name);
        }
    }
    g_string_append(out, seen->len > 0 ? ";\n" : "");
    append_drop(out, step);
}

void wend_mysql_script_settings(WendScriptPlace place, const WendScriptStep *step, GString *out)
{
    switch (place) {
    case WEND_SCRIPT_BEFORE:
        append_before(out, step);
        break;
    case WEND_SCRIPT_OFF:
        append_variables(out, step->pieces, step->count, keep_on);
        append_off(out, step);
        break;
    case WEND_SCRIPT_ON:
        append_on(out, step);
        break;
    case WEND_SCRIPT_UNDO:
        append_off(out, step);
        break;
    case WEND_SCRIPT_BEHIND:
        append_behind(out, step);
        break;
    }
}
