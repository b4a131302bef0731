/* SPDX-License-Identifier: MIT
 *
 * Tests of src/base/who.c.
 */
#include "base/who.h"

#include <sys/wait.h>
#include <unistd.h>

static void test_self(void)
{
    g_autoptr(WendWho) who = wend_who_self();
    g_assert_true(who->user[0] != '\0');
    g_assert_true(who->host[0] != '\0');
    g_assert_cmpint(who->pid, ==, getpid());
    g_assert_true(g_str_has_suffix(who->since, "Z"));
    g_assert_false(wend_who_gone(who));
    wend_who_free(NULL);
}

static void test_text(void)
{
    WendWho who = {.user = (char *)"ann",
                   .host = (char *)"web1",
                   .pid = 4242,
                   .since = (char *)"2026-01-31T12:00:00.123Z"};
    g_autofree char *text = wend_who_text(&who);
    g_assert_cmpstr(text, ==, "ann@web1, process 4242, since 2026-01-31T12:00:00.123Z");
}

static void test_line(void)
{
    WendWho who = {.user = (char *)"ann \xC3\xA9% b",
                   .host = (char *)"web 1",
                   .pid = 4242,
                   .since = (char *)"now"};
    g_autofree char *line = wend_who_line(&who);
    g_auto(GStrv) parts = g_strsplit(line, " ", -1);
    g_assert_cmpuint(g_strv_length(parts), ==, 4);
    g_autoptr(WendWho) back = wend_who_parse(line);
    g_assert_cmpstr(back->user, ==, who.user);
    g_assert_cmpstr(back->host, ==, who.host);
    g_assert_cmpint(back->pid, ==, who.pid);
    g_assert_cmpstr(back->since, ==, who.since);
}

static void test_bad_lines(void)
{
    static const char *const lines[] = {"",         "a b 1",   "a b 1 c d", "a b 0 c",
                                        "a b -1 c", "a b x c", "%zz b 1 c", "a %zz 1 c"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        g_assert_null(wend_who_parse(lines[i]));
}

static void test_gone(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
    g_autoptr(WendWho) who = wend_who_self();
    who->pid = child;
    g_assert_true(wend_who_gone(who));
    g_free(who->host);
    who->host = g_strdup("some other host");
    g_assert_false(wend_who_gone(who));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/who/self", test_self);
    g_test_add_func("/who/text", test_text);
    g_test_add_func("/who/line", test_line);
    g_test_add_func("/who/bad_lines", test_bad_lines);
    g_test_add_func("/who/gone", test_gone);
    return g_test_run();
}
