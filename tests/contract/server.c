/* SPDX-License-Identifier: MIT
 *
 * See server.h. The script `with` ends the server when its command ends, and that ends when this process
 * closes its input.
 */
#include "server.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static GPid child;
static int input = -1;

char *server_start(const char *name)
{
    const char *folder = g_getenv("WEND_TEST_SERVERS");
    if (folder == NULL)
        return NULL;
    g_autofree char *script = g_build_filename(folder, "with", NULL);
    g_autofree char *variable = g_ascii_strup(name, -1);
    g_autofree char *line =
        g_strdup_printf("printf '%%s\\n' \"$WEND_TEST_%s_URL\"; exec cat >/dev/null", variable);
    const char *arguments[] = {script, name, "sh", "-c", line, NULL};
    int output = -1;
    if (!g_spawn_async_with_pipes(NULL, (char **)arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                  NULL, &child, &input, &output, NULL, NULL))
        return NULL;
    char url[512];
    FILE *stream = fdopen(output, "r");
    bool read = fgets(url, sizeof url, stream) != NULL;
    fclose(stream);
    if (read)
        return g_strdup(g_strchomp(url));
    server_stop();
    return NULL;
}

void server_stop(void)
{
    if (input < 0)
        return;
    close(input);
    input = -1;
    waitpid(child, NULL, 0);
}

char *server_database(const char *url, const char *name)
{
    const char *end = strrchr(url, '/');
    return g_strdup_printf("%.*s/%s", (int)(end - url), url, name);
}
