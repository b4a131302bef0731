/* SPDX-License-Identifier: MIT
 *
 * The progress bar. It is drawn when something is reported, never by a thread or a signal.
 */
#include "cli/output_private.h"

#include <string.h>
#include <unistd.h>

#define SHOW_AFTER_US (500 * 1000)
#define DRAW_EVERY_US (50 * 1000)
#define BAR_WIDTH     24
#define WIPE_LINE     "\r\033[K"

struct WendProgress {
    WendCli *cli;
    bool enabled;
    bool shown;
    guint64 total;
    gint64 started, drawn; /* g_get_monotonic_time() */
};

static void write_terminal(const char *text)
{
    /* A bar that cannot be drawn is not worth an error. */
    gssize ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

WendProgress *wend_progress_new(WendCli *cli, guint64 total)
{
    WendProgress *progress = g_new0(WendProgress, 1);
    progress->cli = cli;
    progress->total = total;
    progress->started = g_get_monotonic_time();
    progress->enabled = cli->output->terminal[STDERR_FILENO] && !cli->globals.quiet &&
                        !cli->globals.json && wend_out_log_format(cli) == WEND_LOG_TEXT &&
                        g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    cli->output->progress = progress;
    return progress;
}

void wend_progress_wipe(WendProgress *progress)
{
    if (!progress->shown)
        return;
    write_terminal(WIPE_LINE);
    progress->shown = false;
    progress->drawn = 0;
}

/* `text`, cut so that it takes at most `width` columns. */
static void append_cut(GString *line, const char *text, guint width)
{
    g_autofree char *shown = wend_text_printable(text);
    const char *end = shown;
    while (*end != '\0' && *end != '\n' &&
           wend_text_width(shown, g_utf8_next_char(end) - shown) <= width)
        end = g_utf8_next_char(end);
    g_string_append_len(line, shown, end - shown);
}

static void draw(WendProgress *progress, guint64 done, const char *what)
{
    guint width = wend_out_width(STDERR_FILENO);
    g_autoptr(GString) line = g_string_new(WIPE_LINE);
    gsize start = line->len;
    if (progress->total > 0 && width >= BAR_WIDTH * 2) {
        double part = (double)MIN(done, progress->total) / (double)progress->total;
        int filled = (int)(part * BAR_WIDTH);
        g_string_append_c(line, '[');
        for (int i = 0; i < BAR_WIDTH; i++)
            g_string_append_c(line, i < filled ? '#' : '.');
        g_string_append(line, "] ");
    }
    g_string_append_printf(line, "%" G_GUINT64_FORMAT, done);
    if (progress->total > 0)
        g_string_append_printf(line, "/%" G_GUINT64_FORMAT, progress->total);
    guint used = (guint)(line->len - start);
    if (what != NULL && used + 2 < width) {
        g_string_append_c(line, ' ');
        append_cut(line, what, width - used - 2);
    }
    write_terminal(line->str);
    progress->shown = true;
}

void wend_progress_update(WendProgress *progress, guint64 done, const char *what)
{
    /* What is being done now may take long: what was printed before it is not to wait for that. */
    wend_out_flush(progress->cli);
    if (!progress->enabled)
        return;
    gint64 now = g_get_monotonic_time();
    if (now - progress->started < SHOW_AFTER_US || now - progress->drawn < DRAW_EVERY_US)
        return;
    progress->drawn = now;
    draw(progress, done, what);
}

void wend_progress_free(WendProgress *progress)
{
    if (progress == NULL)
        return;
    wend_progress_wipe(progress);
    progress->cli->output->progress = NULL;
    g_free(progress);
}
