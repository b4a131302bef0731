/* SPDX-License-Identifier: MIT
 *
 * Who runs this process. See who.h.
 */
#include "base/who.h"

#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

static char *user_name(void)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        return g_strdup(found->pw_name);
    return g_strdup_printf("uid-%u", (unsigned)geteuid());
}

static char *host_name(void)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        return g_strdup("localhost");
    return g_strdup(name);
}

WendWho *wend_who_self(void)
{
    WendWho *who = g_new0(WendWho, 1);
    who->user = user_name();
    who->host = host_name();
    who->pid = getpid();
    who->since = wend_now_text();
    return who;
}

void wend_who_free(WendWho *who)
{
    if (who == NULL)
        return;
    g_free(who->user);
    g_free(who->host);
    g_free(who->since);
    g_free(who->session);
    g_free(who->end);
    g_free(who);
}

char *wend_who_text(const WendWho *who)
{
    return g_strdup_printf("%s@%s, process %" G_GINT64_FORMAT ", since %s", who->user, who->host,
                           who->pid, who->since);
}

char *wend_who_line(const WendWho *who)
{
    g_autofree char *user = g_uri_escape_string(who->user, NULL, TRUE);
    g_autofree char *host = g_uri_escape_string(who->host, NULL, TRUE);
    return g_strdup_printf("%s %s %" G_GINT64_FORMAT " %s", user, host, who->pid, who->since);
}

WendWho *wend_who_parse(const char *line)
{
    g_auto(GStrv) parts = g_strsplit(line, " ", -1);
    if (g_strv_length(parts) != 4)
        return NULL;
    g_autoptr(WendWho) who = g_new0(WendWho, 1);
    who->user = g_uri_unescape_string(parts[0], NULL);
    who->host = g_uri_unescape_string(parts[1], NULL);
    who->pid = g_ascii_strtoll(parts[2], NULL, 10);
    who->since = g_strdup(parts[3]);
    if (who->user == NULL || who->host == NULL || who->pid <= 0)
        return NULL;
    return g_steal_pointer(&who);
}

bool wend_who_gone(const WendWho *who)
{
    g_autofree char *host = host_name();
    return g_strcmp0(host, who->host) == 0 && kill((pid_t)who->pid, 0) != 0 && errno == ESRCH;
}
