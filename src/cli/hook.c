/* SPDX-License-Identifier: MIT
 *
 * Running commands. See hook.h.
 */
#include "cli/hook.h"

#include "core/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_EVERY_MS 20
#define END_AFTER_US  (2 * G_USEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define READS_AT_ONCE 16                   /* what a pipe holds, then its limit is looked at */
#define LINE_SHOWN    ((gsize)64 * 1024)   /* bytes of a line; what is behind them is dropped */

/* --- before anything is changed --- */

/* What is wrong with it; NULL = it can be run. */
static const char *fault_of(const WendConfig *config, const char *program)
{
    g_autofree char *path = NULL;
    if (strchr(program, '/') == NULL)
        path = g_find_program_in_path(program);
    else if (g_path_is_absolute(program) || config->root == NULL)
        path = g_strdup(program);
    else
        path = g_build_filename(config->root, program, NULL);
    if (path == NULL || !g_file_test(path, G_FILE_TEST_EXISTS))
        return "there is no such program";
    return !g_file_test(path, G_FILE_TEST_IS_REGULAR)      ? "it is no file"
           : !g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) ? "it is not executable"
                                                           : NULL;
}

bool wend_hooks_check(const WendConfig *config, bool one_transaction, WendError *error)
{
    for (guint i = 0; i < config->hooks->len; i++) {
        const WendHook *hook = config->hooks->pdata[i];
        g_auto(GStrv) words = NULL;
        if (one_transaction && wend_moment_is_each(hook->moment)) {
            wend_error_set(error, WEND_USAGE,
                           "with --one-transaction no command can be run for each migration (%s)",
                           wend_moment_name(hook->moment));
            wend_error_place(error, config->file, hook->line, 0);
            return wend_error_hint(error, "nothing is committed before the last one");
        }
        const char *fault = "it is no command line";
        if (g_shell_parse_argv(hook->command, NULL, &words, NULL))
            fault = fault_of(config, words[0]);
        if (fault == NULL)
            continue;
        wend_error_set(error, WEND_USAGE, "the command of %s cannot be run: %s: %s",
                       wend_moment_name(hook->moment), words != NULL ? words[0] : hook->command,
                       fault);
        wend_error_place(error, config->file, hook->line, 0);
        wend_error_state(error, "nothing was changed");
        return wend_error_hint(error,
                               "a name is looked for in PATH, a path begins at the folder of "
                               "%s; it must be executable",
                               config->file);
    }
    return true;
}

/* --- its environment --- */

static void add_password(GPtrArray *passwords, const char *from, const char *end)
{
    if (from == end)
        return;
    char *written = g_strndup(from, (gsize)(end - from));
    char *meant = g_uri_unescape_string(written, NULL);
    g_ptr_array_add(passwords, written);
    if (meant != NULL)
        g_ptr_array_add(passwords, meant);
}

/* What may be a password in a URL, as it is written there and as it is meant: rather one too many, as it may hold
 * an @ or a ? itself. Caller unrefs. */
static GPtrArray *passwords_of(const char *url)
{
    GPtrArray *passwords = g_ptr_array_new_with_free_func(g_free);
    const char *mark = strstr(url, "://");
    const char *colon = mark != NULL ? strchr(mark + 3, ':') : NULL;
    for (const char *at = colon; at != NULL && (at = strchr(at, '@')) != NULL; at++)
        add_password(passwords, colon + 1, at);
    for (const char *at = url; (at = strpbrk(at, "?&")) != NULL;) {
        at++;
        const char *end = at + strcspn(at, "&"), *value = memchr(at, '=', (gsize)(end - at));
        g_autofree char *name = value != NULL ? g_uri_unescape_segment(at, value, NULL) : NULL;
        if (name != NULL && g_str_has_suffix(name, "password"))
            add_password(passwords, value + 1, end);
    }
    return passwords;
}

/* Takes out what tells the password: the variables that clients read it from, and those that hold the URL or it. */
static char **without_password(char **environment, const char *url, const char *shown)
{
    static const char *const names[] = {"DATABASE_URL", "WEND_DATABASE_URL", "PGPASSWORD",
                                        "MYSQL_PWD"};
    g_autoptr(GPtrArray) passwords = passwords_of(url);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        environment = g_environ_unsetenv(environment, names[i]);
    if (strcmp(url, shown) == 0)
        return environment;
    g_auto(GStrv) copy = g_strdupv(environment);
    for (char **one = copy; *one != NULL; one++) {
        char *value = strchr(*one, '=');
        if (value == NULL)
            continue;
        *value++ = '\0';
        if (strstr(value, url) != NULL ||
            g_ptr_array_find_with_equal_func(passwords, value, g_str_equal, NULL))
            environment = g_environ_unsetenv(environment, *one);
    }
    return environment;
}

static char **environment_for(const WendTarget *target, const WendHook *hook,
                              const WendCalled *called)
{
    const WendConfig *config = target->config;
    const WendStep *step = called->step;
    g_autofree char *done = g_strdup_printf("%u", called->done);
    g_autofree char *total = g_strdup_printf("%u", called->total);
    const char *const pairs[] = {
        "WEND_EVENT",       wend_moment_name(called->moment),
        "WEND_TRACK",       config->track,
        "WEND_DIRECTION",   wend_direction_name(step != NULL ? step->direction : target->direction),
        "WEND_DATABASE",    target->shown,
        "WEND_ENVIRONMENT", config->env,
        "WEND_VERSION",     step != NULL ? step->version : NULL,
        "WEND_NAME",        step != NULL ? step->name : NULL,
        "WEND_APPLIED",     done,
        "WEND_TOTAL",       total,
        "WEND_ERROR",       called->failure != NULL ? called->failure->message : NULL,
    };
    char **environment = g_get_environ();
    if (hook->credentials)
        environment = g_environ_setenv(environment, "WEND_DATABASE_URL", config->database, TRUE);
    else
        environment = without_password(environment, config->database, target->shown);
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i += 2)
        environment = pairs[i + 1] != NULL
                          ? g_environ_setenv(environment, pairs[i], pairs[i + 1], TRUE)
                          : g_environ_unsetenv(environment, pairs[i]);
    return environment;
}

/* --- running --- */

typedef struct Running {
    WendTarget *target;
    const WendHook *hook;
    GPid pid;
    int output;
    GString *line; /* so far */
    char *last;    /* the last whole one */
    gint64 since, asked;
    int interrupts;
    bool late, interrupted;
} Running;

/* A group of its own: Ctrl-C at the terminal is for wend, which sees to the command. */
static void begin_child(G_GNUC_UNUSED gpointer data)
{
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}

static void end_line(Running *running)
{
    g_autofree char *hidden = wend_secret_hide(running->target->config, running->line->str);
    g_free(running->last);
    running->last = g_strdup(hidden != NULL ? hidden : running->line->str);
    g_string_truncate(running->line, 0);
    wend_out_note(running->target->cli, "%s", running->last);
}

/* Reads what is there, but no more than a pipe holds: one that prints without end is ended in time, too. False at
 * the end of it. */
static bool take_output(Running *running)
{
    char bytes[4096];
    gssize got = 1;
    for (guint reads = 0; got > 0 && reads < READS_AT_ONCE; reads++) {
        got = read(running->output, bytes, sizeof bytes);
        for (gssize i = 0; i < got; i++) {
            if (bytes[i] == '\n')
                end_line(running);
            else if (bytes[i] != '\0' && running->line->len < LINE_SHOWN)
                g_string_append_c(running->line, bytes[i]);
        }
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Ends a command that takes too long, or is in the way of one who wants to stop. */
static void see_to_end(Running *running)
{
    gint64 now = g_get_monotonic_time();
    gint64 limit_ms = running->hook->timeout_ms;
    running->late |= limit_ms > 0 && now - running->since > limit_ms * 1000;
    running->interrupted |= wend_interrupts > running->interrupts;
    if (!running->late && !running->interrupted)
        return;
    if (running->asked == 0) {
        running->asked = now;
        kill(-running->pid, SIGTERM);
    } else if (now - running->asked > END_AFTER_US) {
        kill(-running->pid, SIGKILL);
    }
}

/* Waits for its end; what others hold open of its output is not waited for. Returns its status. */
static int wait_for(Running *running)
{
    int status = 0;
    bool open = true;
    for (;;) {
        struct pollfd output = {.fd = open ? running->output : -1, .events = POLLIN};
        poll(&output, 1, LOOK_EVERY_MS);
        if (open)
            open = take_output(running);
        pid_t ended = waitpid(running->pid, &status, WNOHANG);
        if (ended == running->pid || (ended < 0 && errno != EINTR))
            break;
        see_to_end(running);
    }
    if (open)
        take_output(running);
    if (running->line->len > 0)
        end_line(running);
    return status;
}

static bool tell_end(const Running *running, int status, WendError *error)
{
    const char *moment = wend_moment_name(running->hook->moment);
    g_autofree char *limit = wend_duration_text(running->hook->timeout_ms);
    if (running->interrupted)
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted in the command of %s", moment);
    if (running->late) {
        wend_error_set(error, WEND_FAILED, "the command of %s was ended: it took longer than %s",
                       moment, limit);
        return wend_error_hint(error, "its \"timeout\" in %s gives it longer",
                               running->target->config->file);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    g_autofree char *how =
        WIFEXITED(status)
            ? g_strdup_printf("status %d", WEXITSTATUS(status))
            : g_strdup_printf("signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return wend_error_set(error, WEND_FAILED, "the command of %s ended with %s%s%s", moment, how,
                          running->last != NULL ? ": " : "",
                          running->last != NULL ? running->last : "");
}

static bool spawn(Running *running, const WendCalled *called, WendError *error)
{
    const WendConfig *config = running->target->config;
    g_auto(GStrv) words = NULL;
    g_auto(GStrv) environment = environment_for(running->target, running->hook, called);
    g_autoptr(GError) failure = NULL;
    int ends[2];
    if (!g_shell_parse_argv(running->hook->command, NULL, &words, &failure) ||
        !g_unix_open_pipe(ends, FD_CLOEXEC, &failure))
        return wend_error_set(error, WEND_FAILED, "%s", failure->message);
    bool ok = g_spawn_async_with_pipes_and_fds(
        config->root, (const char *const *)words, (const char *const *)environment,
        G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, begin_child, NULL, -1, ends[1], ends[1],
        NULL, NULL, 0, &running->pid, NULL, NULL, NULL, &failure);
    close(ends[1]);
    running->output = ends[0];
    if (!ok) {
        close(ends[0]);
        return wend_error_set(error, WEND_FAILED, "the command of %s: %s",
                              wend_moment_name(called->moment), failure->message);
    }
    g_unix_set_fd_nonblocking(ends[0], TRUE, NULL);
    return true;
}

bool wend_hook_run(const WendHook *hook, const WendCalled *called, void *data, WendError *error)
{
    WendTarget *target = data;
    Running running = {.target = target,
                       .hook = hook,
                       .since = g_get_monotonic_time(),
                       .interrupts = wend_interrupts};
    wend_out_flush(target->cli);
    if (!spawn(&running, called, error))
        return false;
    running.line = g_string_new(NULL);
    int status = wait_for(&running);
    bool ok = tell_end(&running, status, error);
    close(running.output);
    g_string_free(running.line, TRUE);
    g_free(running.last);
    return ok || (error != NULL && error->file == NULL &&
                  wend_error_place(error, target->config->file, hook->line, 0));
}
