/* SPDX-License-Identifier: MIT
 *
 * The program's entry: the command table, the signals, and the order of events from the command line
 * to the exit code. What a command does is its own file's business.
 */
#include "cli/output.h"

#include <malloc.h>

#include <fcntl.h>
#include <unistd.h>

const WendCommandRow wend_commands[] = {
    {&wend_cmd_adopt, {NULL}},
    {&wend_cmd_baseline, {NULL}},
    {&wend_cmd_clean, {NULL}},
    {&wend_cmd_completion, {NULL}},
    {&wend_cmd_detect, {NULL}},
    {&wend_cmd_down, {"rollback", "downgrade", "undo", "revert", NULL}},
    {&wend_cmd_embed, {NULL}},
    {&wend_cmd_help, {NULL}},
    {&wend_cmd_history, {NULL}},
    {&wend_cmd_init, {NULL}},
    {&wend_cmd_mark, {"stamp", "force", "resolve", NULL}},
    {&wend_cmd_new, {"create", "make", "revision", NULL}},
    {&wend_cmd_plan, {NULL}},
    {&wend_cmd_redo, {NULL}},
    {&wend_cmd_repair, {NULL}},
    {&wend_cmd_reset, {NULL}},
    {&wend_cmd_seed, {NULL}},
    {&wend_cmd_status, {"info", NULL}},
    {&wend_cmd_unlock, {NULL}},
    {&wend_cmd_up, {"apply", "migrate", "upgrade", "deploy", "latest", NULL}},
    {&wend_cmd_validate, {NULL}},
    {&wend_cmd_version, {"current", NULL}},
    {NULL, {NULL}},
};

volatile sig_atomic_t wend_interrupts = 0;

static void on_interrupt(int number)
{
    wend_interrupts = wend_interrupts + 1;
    if (wend_interrupts >= 3) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

/* Without SA_RESTART: what waits is to come back. */
static void install_signals(void)
{
    static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    sigemptyset(&action.sa_mask);
    for (gsize i = 0; i < G_N_ELEMENTS(interrupts); i++) {
        bool known = sigaction(interrupts[i], NULL, &before) == 0;
        /* Under nohup the terminal may go. */
        if (known && interrupts[i] == SIGHUP && before.sa_handler == SIG_IGN)
            continue;
        sigaction(interrupts[i], &action, NULL);
    }
    /* A closed pipe and a file that may not grow are then errors of write(): they must not end a
     * migration half way. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* A file or a connection must not come to lie on a standard descriptor that the caller closed. The
 * direction is the wrong one, so that using it is still an error. */
static void fill_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(WEND_FAILED);
    }
}

int main(int argc, char **argv)
{
    fill_standard_descriptors();
    /* Memory in few, large steps: thousands of small migrations ask for little each. */
    mallopt(M_TOP_PAD, 4 << 20);
    install_signals();
    WendCli cli = {0};
    wend_out_open(&cli);
    g_auto(GStrv) arguments = wend_cli_arguments(argc, argv);
    int code = wend_cli_parse(&cli, argc, arguments);
    if (code < 0)
        code = cli.command->run(&cli);
    code = wend_out_close(&cli, code);
    wend_cli_clear(&cli);
    return code;
}
