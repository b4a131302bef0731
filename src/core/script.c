/* SPDX-License-Identifier: MIT
 *
 * The plan as a script. See script.h.
 */
#include "core/script.h"

#include "core/callbacks.h"
#include "core/rows.h"
#include "core/secret.h"
#include "sql/scanner.h"

#include <string.h>

/* Writes a query with its values in the places of its `?`. */
static void write_query(WendProject *project, const WendQuery *query, GString *out)
{
    WendScanner scanner;
    WendToken token;
    guint next = 0;
    gsize length = strlen(query->sql);
    wend_scanner_init(&scanner, query->sql, length, wend_dialect_flags(project->driver->dialect));
    while (wend_scanner_next(&scanner, &token)) {
        /* Not a variable of the server's, @@time_zone. */
        bool value = token.kind == WEND_TOKEN_PARAMETER && query->sql[token.start] == '?';
        if (value && next < query->values->len)
            project->driver->literal(out, &g_array_index(query->values, WendValue, next++));
        else
            g_string_append_len(out, query->sql + token.start, (gssize)token.length);
    }
    g_string_append(out, ";\n");
}

static void write_queries(WendProject *project, GPtrArray *queries, GString *out)
{
    for (guint i = 0; i < queries->len; i++)
        write_query(project, queries->pdata[i], out);
    g_ptr_array_set_size(queries, 0);
}

/* Whether MariaDB's client would end the statement at one of its own semicolons. */
static bool holds_semicolon(const WendPiece *piece)
{
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, piece->text, piece->length, wend_dialect_flags(WEND_DIALECT_MYSQL));
    while (wend_scanner_next(&scanner, &token)) {
        if (token.kind == WEND_TOKEN_SEMICOLON)
            return true;
    }
    return false;
}

static void write_delimited(const WendPiece *piece, GString *out)
{
    g_autoptr(GString) delimiter = g_string_new("$$");
    while (g_strstr_len(piece->text, (gssize)piece->length, delimiter->str) != NULL)
        g_string_append_c(delimiter, '$');
    g_string_append_printf(out, "DELIMITER %s\n", delimiter->str);
    g_string_append_len(out, piece->text, (gssize)piece->length);
    g_string_append_printf(out, "\n%s\nDELIMITER ;\n", delimiter->str);
}

static void write_piece(const WendProject *project, const WendPiece *piece, GString *out)
{
    if (project->driver->dialect == WEND_DIALECT_MYSQL && holds_semicolon(piece)) {
        write_delimited(piece, out);
        return;
    }
    g_string_append_len(out, piece->text, (gssize)piece->length);
    g_string_append(out, ";\n");
    if (piece->data == NULL)
        return;
    g_string_append_len(out, piece->data, (gssize)piece->data_length);
    g_string_append(out, "\\.\n");
}

static void write_pieces(const WendProject *project, const WendCut *cut, guint first, guint count,
                         GString *out)
{
    for (guint i = first; i < first + count; i++) {
        write_piece(project, &g_array_index(cut->pieces, WendPiece, i), out);
    }
}

/* What the step's settings need, of which `count` pieces ran. */
static void write_settings(const WendProject *project, const WendCut *cut, WendScriptPlace place,
                           guint count, GString *out)
{
    WendScriptStep step = {
        .url = project->config->database,
        .lifted = (const WendPiece *)(void *)cut->lifted->data,
        .lifted_count = cut->lifted->len,
        .pieces = (const WendPiece *)(void *)cut->pieces->data,
        .count = count,
    };
    project->driver->script_settings(place, &step, out);
}

/* In a transaction of its own, with what `queries` holds so far. */
static void write_intent(WendProject *project, const WendStep *step, const WendCut *cut,
                         const WendSegment *segment, GPtrArray *queries, GString *out)
{
    const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, segment->first);
    WendIntent intent = {.statement = piece->number,
                         .what = segment->what,
                         .repeatable = piece->class == WEND_CLASS_REPEATABLE};
    wend_rows_intent(project, step, cut, &intent, queries);
    g_string_append_printf(out, "%s\n", project->driver->script_begin);
    write_settings(project, cut, WEND_SCRIPT_OFF, segment->first, out);
    write_queries(project, queries, out);
    g_string_append_printf(out, "%s\n", project->driver->script_commit);
    write_settings(project, cut, WEND_SCRIPT_ON, segment->first, out);
}

static void write_step(WendProject *project, const WendStep *step, const WendCut *cut, GString *out)
{
    const WendDriver *driver = project->driver;
    g_autoptr(GPtrArray) queries = wend_queries_new();
    g_autofree char *label = wend_step_label(step);
    g_string_append_printf(out, "\n-- %s %s\n", wend_direction_name(step->direction), label);
    write_settings(project, cut, WEND_SCRIPT_BEFORE, cut->pieces->len, out);
    wend_rows_begin(project, step, queries);
    for (guint i = 0; i < cut->segments->len; i++) {
        const WendSegment *segment = &g_array_index(cut->segments, WendSegment, i);
        bool last = i + 1 == cut->segments->len;
        guint end = segment->first + segment->count;
        if (segment->alone) {
            write_intent(project, step, cut, segment, queries, out);
            write_pieces(project, cut, segment->first, segment->count, out);
        }
        wend_rows_done(project, step, cut, segment->last_statement, false, queries);
        /* The done row of one and the intent of the next travel together. */
        if (segment->alone && !last && g_array_index(cut->segments, WendSegment, i + 1).alone)
            continue;
        g_string_append_printf(out, "%s\n", driver->script_begin);
        if (!segment->alone)
            write_pieces(project, cut, segment->first, segment->count, out);
        if (last)
            wend_rows_whole(project, step, 0, queries);
        write_settings(project, cut, last ? WEND_SCRIPT_UNDO : WEND_SCRIPT_OFF, end, out);
        write_queries(project, queries, out);
        g_string_append_printf(out, "%s\n", driver->script_commit);
        write_settings(project, cut, last ? WEND_SCRIPT_BEHIND : WEND_SCRIPT_ON, end, out);
    }
}

/* A callback's statements; it has no rows of its own. */
static void write_callback(WendProject *project, const WendCallback *callback, const WendCut *cut,
                           GString *out)
{
    const WendDriver *driver = project->driver;
    g_autoptr(GString) undo = g_string_new(NULL);
    g_string_append_printf(out, "\n-- %s %s\n", wend_moment_name(callback->moment),
                           callback->script->file);
    write_settings(project, cut, WEND_SCRIPT_BEFORE, cut->pieces->len, out);
    for (guint i = 0; i < cut->segments->len; i++) {
        const WendSegment *segment = &g_array_index(cut->segments, WendSegment, i);
        if (!segment->alone)
            g_string_append_printf(out, "%s\n", driver->script_begin);
        write_pieces(project, cut, segment->first, segment->count, out);
        if (!segment->alone)
            g_string_append_printf(out, "%s\n", driver->script_commit);
    }
    write_settings(project, cut, WEND_SCRIPT_UNDO, cut->pieces->len, undo);
    if (undo->len > 0)
        g_string_append_printf(out, "%s\n%s%s\n", driver->script_begin, undo->str,
                               driver->script_commit);
    write_settings(project, cut, WEND_SCRIPT_BEHIND, cut->pieces->len, out);
}

static void write_tables(WendProject *project, GString *out)
{
    g_autoptr(GPtrArray) queries = wend_queries_new();
    wend_rows_tables(project, queries);
    write_queries(project, queries, out);
}

/* What a plain script cannot say: to repeat, and to stop when a value is not the expected one. */
static bool check_plain(const WendCut *cut, const WendScript *script, const char *command,
                        WendError *error)
{
    const char *what = NULL;
    for (guint i = 0; i < cut->segments->len; i++) {
        if (g_array_index(cut->segments, WendSegment, i).batch != NULL)
            what = "a batch";
    }
    for (guint i = 0; i < cut->pieces->len; i++) {
        if (g_array_index(cut->pieces, WendPiece, i).assertion)
            what = "an assertion";
    }
    if (script->only_if != NULL)
        what = "a condition under which a migration runs";
    if (what == NULL)
        return true;
    wend_error_set(error, WEND_USAGE, "a plain script cannot express %s", what);
    wend_error_place(error, script->file, 0, 0);
    return wend_error_hint(
        error, "write the script up to there (--to), and run this one with `wend %s`", command);
}

/* Lists the secrets that a script takes, none of them twice. */
static void note_secrets(const WendConfig *config, const WendCut *cut, GString *secrets)
{
    for (guint i = 0; cut->substitute && i < config->placeholders->len; i++) {
        const WendPlaceholder *one = config->placeholders->pdata[i];
        g_autofree char *name = g_strdup_printf("${%s}", one->name);
        if (one->secret && strstr(cut->script->text, name) != NULL &&
            strstr(secrets->str, name) == NULL)
            g_string_append_printf(secrets, "%s%s",
                                   secrets->len > 0 ? ", " : "-- Secrets are left out: ", name);
    }
}

/* What is called at a moment of the whole run. A command is only named. */
static bool write_moment(WendProject *project, WendMoment moment, const GPtrArray *placeholders,
                         GString *secrets, GString *out, WendError *error)
{
    const WendHook *hook = wend_config_hook(project->config, moment);
    g_autofree char *command =
        hook != NULL ? g_strdelimit(g_strdup(hook->command), "\r\n", ' ') : NULL;
    for (guint i = 0; i < project->callbacks->len; i++) {
        const WendCallback *callback = project->callbacks->pdata[i];
        if (callback->moment != moment)
            continue;
        g_autoptr(WendCut) cut = wend_callback_cut(project, callback, NULL, placeholders, error);
        if (cut == NULL || !check_plain(cut, callback->script, "up", error))
            return false;
        note_secrets(project->config, cut, secrets);
        write_callback(project, callback, cut, out);
    }
    if (hook != NULL)
        g_string_append_printf(out, "\n-- %s is a command, which is not run from here: %s\n",
                               wend_moment_name(moment), command);
    return true;
}

bool wend_script_write(WendProject *project, const WendPlan *plan, GString *out, WendError *error)
{
    g_autofree char *now = wend_now_text();
    g_string_append_printf(out, "-- %u migration%s for %s, written by wend %s on %s\n",
                           plan->steps->len, plan->steps->len == 1 ? "" : "s",
                           project->driver->title, wend_version_text(), now);
    if (plan->finish != NULL) {
        wend_error_set(error, WEND_DISAGREE, "%s is half done", plan->finish->label);
        return wend_error_hint(error, "finish it with `wend %s` before a script is written",
                               wend_direction_name(plan->finish->direction));
    }
    if (plan->steps->len > 0) {
        g_string_append_printf(out, "%s\n", project->driver->script_head);
        write_tables(project, out);
    }
    g_autoptr(GPtrArray) placeholders = wend_secret_masked(project->config);
    g_autoptr(GString) secrets = g_string_new(NULL);
    gsize head = out->len;
    bool up = wend_plan_direction(plan) == WEND_UP;
    if (plan->steps->len > 0 && !write_moment(project, up ? WEND_BEFORE_UP : WEND_BEFORE_DOWN,
                                              placeholders, secrets, out, error))
        return false;
    for (guint i = 0; i < plan->steps->len; i++) {
        WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (step->script == NULL)
            step->script = step->owned = wend_script_new("", 1, g_strdup(""), 0);
        g_autoptr(WendCut) cut = wend_cut_make(step->script, project->driver, placeholders, error);
        if (cut == NULL || !wend_callbacks_surround(project, step, cut, error) ||
            !check_plain(cut, step->script, wend_direction_name(step->direction), error))
            return false;
        note_secrets(project->config, cut, secrets);
        write_step(project, step, cut, out);
    }
    if (plan->steps->len > 0 && !write_moment(project, up ? WEND_AFTER_UP : WEND_AFTER_DOWN,
                                              placeholders, secrets, out, error))
        return false;
    if (secrets->len > 0) {
        g_string_append(secrets, ". Put them in before this is run.\n");
        g_string_insert(out, (gssize)head, secrets->str);
    }
    return true;
}
