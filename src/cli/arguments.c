/* SPDX-License-Identifier: MIT
 *
 * The command line as `ps` shows it to everybody on the machine: passwords in URLs are covered there.
 */
#include "cli/cli.h"

#include <string.h>

static void cover(char *from, const char *to)
{
    if (from < to)
        memset(from, '*', (gsize)(to - from));
}

/* scheme://user:PASSWORD@host */
static void cover_user(char *authority)
{
    char *end = memrchr(authority, '@', strcspn(authority, "/"));
    char *colon = end != NULL ? memchr(authority, ':', (gsize)(end - authority)) : NULL;
    if (colon != NULL)
        cover(colon + 1, end);
}

/* …?password=PASSWORD&… */
static void cover_parameters(char *url)
{
    static const char word[] = "password=";
    for (char *at = strstr(url, word); at != NULL; at = strstr(at, word)) {
        at += strlen(word);
        cover(at, at + strcspn(at, "&"));
    }
}

char **wend_cli_arguments(int argc, char **argv)
{
    char **copy = g_new0(char *, (gsize)argc + 1);
    for (int i = 0; i < argc; i++) {
        copy[i] = g_strdup(argv[i]);
        char *authority = strstr(argv[i], "://");
        if (authority == NULL)
            continue;
        cover_user(authority + strlen("://"));
        cover_parameters(argv[i]);
    }
    return copy;
}
