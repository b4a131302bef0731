/* SPDX-License-Identifier: MIT
 *
 * Questions to the person at the terminal.
 */
#include "cli/output_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* One line from standard input without its end; NULL when it ends or a signal came. */
static char *read_line(void)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (;;) {
        char c;
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        if (wend_interrupts > 0)
            return NULL;
        /* poll() comes back when a signal does, read() would not. */
        if (poll(&input, 1, -1) < 0 && errno != EINTR)
            return NULL;
        if (wend_interrupts > 0 || input.revents == 0)
            continue;
        gssize got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 && line->len == 0)
            return NULL;
        if (got <= 0 || c == '\n')
            return g_strdup(g_strchomp(line->str));
        g_string_append_c(line, c);
    }
}

static char *ask(WendCli *cli, const char *question, WendError *error)
{
    g_autofree char *shown = wend_text_line(question);
    wend_output_error_text(cli, shown);
    char *answer = read_line();
    if (answer != NULL)
        return answer;
    wend_output_error_text(cli, "\n");
    if (wend_interrupts > 0)
        wend_error_set(error, WEND_INTERRUPTED, "interrupted; nothing was done");
    return NULL;
}

bool wend_out_confirm(WendCli *cli, WendError *error, const char *question, ...)
{
    if (cli->globals.yes)
        return true;
    va_list args;
    va_start(args, question);
    g_autofree char *asked = g_strdup_vprintf(question, args);
    va_end(args);
    g_autofree char *text = wend_out_named(cli, asked);
    if (!wend_out_can_ask(cli)) {
        wend_error_set(error, WEND_REFUSED, "not confirmed: %s", text);
        return wend_error_hint(error, "there is no terminal to ask on; --yes answers yes");
    }
    g_autofree char *full = g_strdup_printf("%s [y/N] ", text);
    g_auto(WendError) reason = WEND_ERROR_INIT;
    g_autofree char *answer = ask(cli, full, &reason);
    if (answer == NULL && reason.code != WEND_OK)
        return wend_error_move(error, &reason);
    if (answer != NULL &&
        (g_ascii_strcasecmp(answer, "y") == 0 || g_ascii_strcasecmp(answer, "yes") == 0))
        return true;
    return wend_error_set(error, WEND_REFUSED, "not confirmed; nothing was done");
}

char *wend_out_prompt(WendCli *cli, const char *question, WendError *error)
{
    if (!wend_out_can_ask(cli)) {
        wend_error_set(error, WEND_USAGE, "there is no terminal to ask on: %s", question);
        return NULL;
    }
    g_autofree char *full = g_strdup_printf("%s ", question);
    g_auto(WendError) reason = WEND_ERROR_INIT;
    char *answer = ask(cli, full, &reason);
    if (answer != NULL)
        return answer;
    if (reason.code == WEND_OK)
        wend_error_set(&reason, WEND_USAGE, "no answer to: %s", question);
    wend_error_move(error, &reason);
    return NULL;
}
