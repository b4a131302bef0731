/* SPDX-License-Identifier: MIT
 *
 * The two streams: buffering, colour, lines and JSON. What an error, a table, a progress bar and a
 * question look like is in output_error.c, output_table.c, output_progress.c and output_ask.c.
 */
#include "cli/output_private.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BUFFER_LIMIT  65536
#define DEFAULT_WIDTH 80

/* 0, or the errno of the write that failed: EINTR when a signal came while nobody read. */
static int write_all(int fd, const char *bytes, gsize length)
{
    while (length > 0) {
        gssize written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR && wend_interrupts == 0)
            continue;
        if (written < 0)
            return errno;
        bytes += written;
        length -= (gsize)written;
        if (length > 0 && wend_interrupts > 0) /* a signal cut it short */
            return EINTR;
    }
    return 0;
}

void wend_out_open(WendCli *cli)
{
    cli->output = g_new0(struct WendOutput, 1);
    cli->output->buffer = g_string_new(NULL);
    cli->output->state = g_string_new(NULL);
    for (int fd = 0; fd < 3; fd++)
        cli->output->terminal[fd] = isatty(fd) == 1;
}

void wend_out_color(WendCli *cli)
{
    const char *when = cli->globals.color != NULL ? cli->globals.color : "auto";
    const char *no_color = g_getenv("NO_COLOR"), *term = g_getenv("TERM");
    bool wanted = (no_color == NULL || no_color[0] == '\0') && g_strcmp0(term, "dumb") != 0;
    for (int fd = 1; fd < 3; fd++) {
        if (fd == STDERR_FILENO && wend_out_log_format(cli) != WEND_LOG_TEXT)
            cli->output->paint[fd] = false;
        else if (strcmp(when, "auto") == 0)
            cli->output->paint[fd] = wanted && cli->output->terminal[fd];
        else
            cli->output->paint[fd] = strcmp(when, "always") == 0;
    }
}

void wend_out_flush(WendCli *cli)
{
    struct WendOutput *output = cli->output;
    if (output->buffer->len == 0)
        return;
    if (output->progress != NULL)
        wend_progress_wipe(output->progress);
    if (output->write_errno == 0)
        output->write_errno = write_all(STDOUT_FILENO, output->buffer->str, output->buffer->len);
    g_string_truncate(output->buffer, 0);
}

void wend_out_state(WendCli *cli, const char *format, ...)
{
    GString *state = cli->output->state;
    va_list args;
    if (state->len > 0)
        g_string_append(state, "; ");
    va_start(args, format);
    g_string_append_vprintf(state, format, args);
    va_end(args);
}

int wend_out_close(WendCli *cli, int code)
{
    wend_out_flush(cli);
    int failed = cli->output->write_errno;
    const char *state = cli->output->state->str;
    if (failed != 0) {
        wend_out_message(cli, WEND_PAINT_BAD, "error", "cannot write to standard output: %s",
                         g_strerror(failed));
        if (code == WEND_OK && state[0] != '\0')
            wend_out_message(cli, WEND_PAINT_NOTE, "  state", "%s", state);
        if (code == WEND_OK)
            code = failed == EINTR ? WEND_INTERRUPTED : WEND_FAILED;
    }
    wend_out_track(cli, NULL, NULL, NULL);
    wend_out_say_track(cli, NULL);
    json_decref(cli->output->documents);
    g_string_free(cli->output->state, TRUE);
    g_string_free(cli->output->buffer, TRUE);
    g_clear_pointer(&cli->output, g_free);
    return code;
}

static void wrote(WendCli *cli)
{
    if (cli->output->terminal[STDOUT_FILENO] || cli->output->buffer->len >= BUFFER_LIMIT)
        wend_out_flush(cli);
}

void wend_out_line(WendCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(cli->output->buffer, format, args);
    va_end(args);
    g_string_append_c(cli->output->buffer, '\n');
    wrote(cli);
}

void wend_out_text(WendCli *cli, const char *text)
{
    g_string_append(cli->output->buffer, text);
    wrote(cli);
}

const char *wend_output_paint(const WendCli *cli, int fd, WendPaint paint)
{
    static const char *const sequences[] = {"\033[0m",  "\033[1m",  "\033[2m", "\033[32m",
                                            "\033[33m", "\033[31m", "\033[36m"};
    return cli->output->paint[fd] ? sequences[paint] : "";
}

const char *wend_out_paint(const WendCli *cli, WendPaint paint)
{
    return wend_output_paint(cli, STDOUT_FILENO, paint);
}

bool wend_out_is_terminal(const WendCli *cli)
{
    return cli->output->terminal[STDOUT_FILENO];
}

bool wend_out_error_is_terminal(const WendCli *cli)
{
    return cli->output->terminal[STDERR_FILENO];
}

guint wend_out_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return DEFAULT_WIDTH;
}

bool wend_out_can_ask(const WendCli *cli)
{
    return cli->output->terminal[STDIN_FILENO] && cli->output->terminal[STDERR_FILENO] &&
           wend_out_log_format(cli) == WEND_LOG_TEXT;
}

void wend_output_error_text(WendCli *cli, const char *text)
{
    wend_out_flush(cli);
    if (cli->output->progress != NULL)
        wend_progress_wipe(cli->output->progress);
    write_all(STDERR_FILENO, text, strlen(text));
}

WendLogFormat wend_out_log_format(const WendCli *cli)
{
    static const char *const words[] = {"text", "logfmt", "json"};
    WendLogFormat format = WEND_LOG_TEXT;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_strcmp0(cli->globals.log_format, words[i]) == 0)
            format = (WendLogFormat)i;
    }
    return format;
}

void wend_output_log(WendCli *cli, char *line)
{
    g_autofree char *whole = g_strconcat(line, "\n", NULL);
    g_free(line);
    wend_output_error_text(cli, whole);
}

void wend_out_notice(WendCli *cli, const WendNotice *notice)
{
    const char *level = wend_log_level(notice);
    if ((strcmp(level, "debug") == 0 && !cli->globals.verbose) ||
        (strcmp(level, "warning") != 0 && cli->globals.quiet))
        return;
    WendNotice one = *notice;
    one.track = cli->output->track;
    wend_output_log(cli, wend_log_notice(&one, wend_out_log_format(cli)));
}

static void message_va(WendCli *cli, WendPaint paint, const char *label, const char *format,
                       va_list args) G_GNUC_PRINTF(4, 0);
static void message_va(WendCli *cli, WendPaint paint, const char *label, const char *format,
                       va_list args)
{
    g_autofree char *message = g_strdup_vprintf(format, args);
    g_autofree char *commands = wend_out_commands(cli, message);
    if (wend_out_log_format(cli) != WEND_LOG_TEXT) {
        WendError error = {.message = commands};
        if (paint == WEND_PAINT_BAD || paint == WEND_PAINT_WARNING)
            wend_output_log(cli, wend_log_error(&error, paint == WEND_PAINT_WARNING,
                                                cli->output->track, wend_out_log_format(cli)));
        else
            wend_out_notice(cli, &(WendNotice){.kind = WEND_NOTICE_NOTE, .text = commands});
        return;
    }
    g_autofree char *raw = wend_out_named(cli, commands);
    g_autofree char *text = wend_text_line(raw);
    g_autoptr(GString) line = g_string_new(NULL);
    if (label != NULL)
        g_string_append_printf(line, "%s%s:%s ", wend_output_paint(cli, STDERR_FILENO, paint),
                               label, wend_output_paint(cli, STDERR_FILENO, WEND_PAINT_PLAIN));
    g_string_append_printf(line, "%s\n", text);
    wend_output_error_text(cli, line->str);
}

void wend_out_message(WendCli *cli, WendPaint paint, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message_va(cli, paint, label, format, args);
    va_end(args);
}

void wend_out_note(WendCli *cli, const char *format, ...)
{
    if (cli->globals.quiet)
        return;
    va_list args;
    va_start(args, format);
    message_va(cli, WEND_PAINT_PLAIN, NULL, format, args);
    va_end(args);
}

void wend_out_detail(WendCli *cli, const char *format, ...)
{
    if (!cli->globals.verbose)
        return;
    va_list args;
    va_start(args, format);
    message_va(cli, WEND_PAINT_PLAIN, NULL, format, args);
    va_end(args);
}

void wend_out_warning(WendCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message_va(cli, WEND_PAINT_WARNING, "warning", format, args);
    va_end(args);
}

static void print_json(WendCli *cli, json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags);
    json_decref(value);
    if (text == NULL) {
        cli->output->write_errno = EILSEQ;
        return;
    }
    g_autofree char *shown = wend_text_json(text);
    free(text);
    g_string_append(cli->output->buffer, shown);
    g_string_append_c(cli->output->buffer, '\n');
    wrote(cli);
}

void wend_out_track(WendCli *cli, const char *track, json_t *done, json_t *not_run)
{
    json_decref(cli->output->done);
    json_decref(cli->output->not_run);
    cli->output->track = track;
    cli->output->done = done;
    cli->output->not_run = not_run;
}

char *wend_out_named(const WendCli *cli, const char *text)
{
    return cli->output->track != NULL ? g_strconcat(cli->output->track, ": ", text, NULL)
                                      : g_strdup(text);
}

void wend_out_say_track(WendCli *cli, const char *track)
{
    char *said = g_strdup(track);
    g_free(cli->output->said);
    cli->output->said = said;
}

/* Whether a command for people begins there: in backticks, or alone in a line of a list. */
static bool is_command(const char *text, const char *at)
{
    return (at > text && at[-1] == '`') || (at - text >= 3 && memcmp(at - 3, "\n  ", 3) == 0);
}

/* Those that work on one track, or on each; without the others the option means nothing. */
static bool has_track(const char *word, gsize length)
{
    static const char *const words[] = {"adopt", "baseline", "down",   "history", "mark",
                                        "plan",  "redo",     "repair", "reset",   "status",
                                        "up",    "validate", "version"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
            return true;
    }
    return false;
}

char *wend_out_commands(const WendCli *cli, const char *text)
{
    static const char program[] = "wend ";
    if (text == NULL || cli->output->said == NULL)
        return g_strdup(text);
    GString *out = g_string_new(NULL);
    const char *rest = text, *at = text;
    while ((at = strstr(at, program)) != NULL) {
        const char *word = at + strlen(program);
        gsize length = strcspn(word, " `\n");
        at = word + length;
        if (!is_command(text, word - strlen(program)) || !has_track(word, length))
            continue;
        g_string_append_len(out, rest, at - rest);
        g_string_append_printf(out, " --track %s", cli->output->said);
        rest = at;
    }
    g_string_append(out, rest);
    return g_string_free(out, FALSE);
}

static void name_track(const WendCli *cli, json_t *object)
{
    if (cli->output->track != NULL && json_object_get(object, "track") == NULL)
        json_object_set_new(object, "track", json_string(cli->output->track));
}

void wend_out_documents_begin(WendCli *cli)
{
    cli->output->documents = json_array();
}

void wend_out_documents_end(WendCli *cli)
{
    json_t *documents = g_steal_pointer(&cli->output->documents);
    if (documents != NULL)
        wend_out_json(cli, json_pack("{s:o}", "tracks", documents));
}

void wend_output_json(WendCli *cli, json_t *document)
{
    bool indent = wend_out_is_terminal(cli) && !cli->output->events;
    print_json(cli, document, indent ? JSON_INDENT(2) : JSON_COMPACT);
}

void wend_out_json(WendCli *cli, json_t *document)
{
    name_track(cli, document);
    if (cli->output->documents != NULL && document != NULL)
        json_array_append_new(cli->output->documents, document);
    else
        wend_output_json(cli, document);
}

void wend_out_event(WendCli *cli, json_t *event)
{
    cli->output->events = true;
    name_track(cli, event);
    print_json(cli, event, JSON_COMPACT);
    wend_out_flush(cli);
}
