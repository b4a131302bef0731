/* SPDX-License-Identifier: MIT
 *
 * What an error and the problems of a folder look like: for people with the place, the line and a
 * caret, for programs as JSON.
 */
#include "cli/output_private.h"

#include <string.h>
#include <unistd.h>

#define VALUE_MAX 200 /* bytes of a quoted value */

/* A message in which what stands between quotes is not longer than people read. NULL for NULL. */
static char *shorten(const char *text)
{
    if (text == NULL)
        return NULL;
    GString *out = g_string_new(NULL);
    const char *quote;
    while ((quote = strchr(text, '"')) != NULL) {
        const char *end = strchr(quote + 1, '"');
        if (end == NULL)
            break;
        gsize length = (gsize)(end - quote) - 1;
        const char *cut = quote + 1 + MIN(length, VALUE_MAX);
        while (length > VALUE_MAX && ((guchar)*cut & 0xc0) == 0x80)
            cut--;
        g_string_append_len(out, text, cut - text);
        g_string_append(out, length > VALUE_MAX ? "…\"" : "\"");
        text = end + 1;
    }
    g_string_append(out, text);
    return g_string_free(out, FALSE);
}

guint wend_text_width(const char *text, gssize length)
{
    guint width = 0;
    const char *end = text + (length < 0 ? (gssize)strlen(text) : length);
    while (text < end) {
        gunichar c = g_utf8_get_char_validated(text, end - text);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            width++;
            text++;
            continue;
        }
        if (!g_unichar_iszerowidth(c))
            width += g_unichar_iswide(c) ? 2 : 1;
        text = g_utf8_next_char(text);
    }
    return width;
}

/* White space as wide as what is shown of `length` bytes of `source`; its tabs stay tabs. */
static void append_blank(GString *out, const char *source, gsize length)
{
    g_autofree char *before = g_strndup(source, length);
    g_autofree char *shown = wend_text_printable(before);
    source = shown;
    length = strlen(shown);
    while (length > 0) {
        gsize run = 0;
        while (run < length && source[run] != '\t')
            run++;
        g_string_append_printf(out, "%*s", (int)wend_text_width(source, (gssize)run), "");
        if (run < length) {
            g_string_append_c(out, '\t');
            run++;
        }
        source += run;
        length -= run;
    }
}

/* The source line and the caret under `column`. */
static void append_source(WendCli *cli, GString *out, const char *source, unsigned line,
                          unsigned column)
{
    g_autofree char *number = line > 0 ? g_strdup_printf("%5u", line) : g_strdup("     ");
    g_autofree char *shown = wend_text_printable(source);
    g_string_append_printf(out, "%s | %s\n", number, shown);
    if (column == 0 || column > strlen(source) + 1)
        return;
    g_string_append_printf(out, "%*s | ", (int)strlen(number), "");
    append_blank(out, source, column - 1);
    g_string_append_printf(out, "%s^%s\n", wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_BAD),
                           wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_PLAIN));
}

static void append_place(WendCli *cli, GString *out, const char *file, unsigned line,
                         unsigned column)
{
    if (file == NULL)
        return;
    g_autofree char *shown = wend_text_line(file);
    g_string_append_printf(out, "  %s-->%s %s",
                           wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_NOTE),
                           wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_PLAIN), shown);
    if (line > 0)
        g_string_append_printf(out, ":%u", line);
    if (line > 0 && column > 0)
        g_string_append_printf(out, ":%u", column);
    g_string_append_c(out, '\n');
}

/* Only a hint (`lines`) has line ends of its own. */
static void append_field(WendCli *cli, GString *out, const char *label, const char *text,
                         bool lines)
{
    if (text == NULL)
        return;
    g_autofree char *whole = lines ? wend_text_printable(text) : wend_text_line(text);
    g_autofree char *shown = shorten(whole);
    g_string_append_printf(out, "  %s%s:%s ",
                           wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_NOTE), label,
                           wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_PLAIN));
    /* Further lines stand under the first one's text. */
    g_auto(GStrv) parts = g_strsplit(shown, "\n", -1);
    g_autofree char *indent = g_strdup_printf("\n%*s", (int)strlen(label) + 4, "");
    g_autofree char *joined = g_strjoinv(indent, parts);
    g_string_append_printf(out, "%s\n", joined);
}

static void append_headline(WendCli *cli, GString *out, bool warning, const char *message)
{
    g_autofree char *whole = wend_text_line(message != NULL ? message : "unknown error");
    g_autofree char *shown = shorten(whole);
    g_string_append_printf(
        out, "%s%s:%s %s\n",
        wend_output_paint(cli, STDERR_FILENO, warning ? WEND_PAINT_WARNING : WEND_PAINT_BAD),
        warning ? "warning" : "error", wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_PLAIN),
        shown);
}

/* null for NULL; bytes that are not UTF-8 are replaced. */
static json_t *text_json(const char *text)
{
    if (text == NULL)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

/* The same for what may repeat a long value. */
static json_t *message_json(const char *text)
{
    g_autofree char *shown = shorten(text);
    return text_json(shown);
}

static json_t *number_json(unsigned number)
{
    return number > 0 ? json_integer(number) : json_null();
}

json_t *wend_error_json(const WendError *error)
{
    json_t *object = json_object();
    json_object_set_new(object, "code", json_integer(error->code));
    json_object_set_new(object, "message", message_json(error->message));
    json_object_set_new(object, "file", text_json(error->file));
    json_object_set_new(object, "line", number_json(error->line));
    json_object_set_new(object, "column", number_json(error->column));
    json_object_set_new(object, "vendor", text_json(error->vendor));
    json_object_set_new(object, "state", message_json(error->state));
    json_object_set_new(object, "hint", message_json(error->hint));
    return object;
}

/* Of several tracks, the one that it happened in, and what became of the others. */
static void add_track(const WendCli *cli, json_t *object)
{
    if (cli->output->track == NULL)
        return;
    json_object_set_new(object, "track", json_string(cli->output->track));
    if (cli->output->done == NULL)
        return;
    json_object_set(object, "done", cli->output->done);
    json_object_set(object, "not_run", cli->output->not_run);
}

static void append_names(GString *out, const char *what, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        g_string_append_printf(out, "%s%s", i == 0 ? what : ", ",
                               json_string_value(json_array_get(names, i)));
}

static void append_track(WendCli *cli, GString *out)
{
    g_autoptr(GString) text = g_string_new(cli->output->track);
    append_names(text, "; done before it: ", cli->output->done);
    append_names(text, "; not run: ", cli->output->not_run);
    append_field(cli, out, "track", cli->output->track != NULL ? text->str : NULL, false);
}

static int print_error_json(WendCli *cli, json_t *object, int code)
{
    json_t *document = json_object();
    json_decref(g_steal_pointer(&cli->output->documents));
    add_track(cli, object);
    json_object_set_new(document, "error", object);
    wend_output_json(cli, document);
    return code;
}

/* One line of the log; long values are cut as people see them. */
static void log_error(WendCli *cli, const WendError *error, bool warning)
{
    g_autofree char *message = shorten(error->message);
    g_autofree char *state = shorten(error->state);
    WendError one = *error;
    one.message = message;
    one.state = state;
    wend_output_log(cli,
                    wend_log_error(&one, warning, cli->output->track, wend_out_log_format(cli)));
}

static void log_problems(WendCli *cli, const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = g_ptr_array_index(problems, i);
        WendError error = {.code = problem->warning ? WEND_OK : WEND_USAGE,
                           .message = problem->message,
                           .hint = problem->hint,
                           .file = problem->file,
                           .line = problem->line,
                           .column = problem->column};
        log_error(cli, &error, problem->warning);
    }
}

int wend_out_error(WendCli *cli, const WendError *given)
{
    g_autofree char *state = wend_out_commands(cli, given->state);
    g_autofree char *hint = wend_out_commands(cli, given->hint);
    WendError said = *given, *error = &said;
    said.state = state;
    said.hint = hint;
    if (cli->globals.json)
        return print_error_json(cli, wend_error_json(error), error->code);
    if (wend_out_log_format(cli) != WEND_LOG_TEXT) {
        log_error(cli, error, false);
        return error->code;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    append_headline(cli, out, false, error->message);
    append_place(cli, out, error->file, error->line, error->column);
    if (error->source != NULL)
        append_source(cli, out, error->source, error->line, error->column);
    append_field(cli, out, "code", error->vendor, false);
    append_track(cli, out);
    append_field(cli, out, "state", error->state, false);
    append_field(cli, out, "next", error->hint, true);
    wend_output_error_text(cli, out->str);
    return error->code;
}

json_t *wend_problems_json(const GPtrArray *problems)
{
    json_t *list = json_array();
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = g_ptr_array_index(problems, i);
        json_t *object = json_object();
        json_object_set_new(object, "severity",
                            json_string(problem->warning ? "warning" : "error"));
        json_object_set_new(object, "message", message_json(problem->message));
        json_object_set_new(object, "file", text_json(problem->file));
        json_object_set_new(object, "line", number_json(problem->line));
        json_object_set_new(object, "column", number_json(problem->column));
        json_object_set_new(object, "hint", message_json(problem->hint));
        json_array_append_new(list, object);
    }
    return list;
}

int wend_out_problems(WendCli *cli, const GPtrArray *problems)
{
    guint errors = 0;
    for (guint i = 0; i < problems->len; i++)
        errors += !((const WendProblem *)g_ptr_array_index(problems, i))->warning;
    if (cli->globals.json && errors > 0) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        wend_error_set(&error, WEND_USAGE, "the migrations folder has %u problem%s", errors,
                       errors == 1 ? "" : "s");
        json_t *object = wend_error_json(&error);
        json_object_set_new(object, "problems", wend_problems_json(problems));
        return print_error_json(cli, object, WEND_USAGE);
    }

    if (wend_out_log_format(cli) != WEND_LOG_TEXT) {
        log_problems(cli, problems);
        return errors > 0 ? WEND_USAGE : WEND_OK;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = g_ptr_array_index(problems, i);
        append_headline(cli, out, problem->warning, problem->message);
        append_place(cli, out, problem->file, problem->line, problem->column);
        append_field(cli, out, "next", problem->hint, true);
    }
    if (errors > 1)
        g_string_append_printf(out, "%u problems in the migrations folder\n", errors);
    if (errors > 0)
        append_track(cli, out);
    if (out->len > 0)
        wend_output_error_text(cli, out->str);
    return errors > 0 ? WEND_USAGE : WEND_OK;
}
