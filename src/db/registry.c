/* SPDX-License-Identifier: MIT
 *
 * The table of drivers. A database is added by its row here.
 */
#include "db/driver.h"

#include <string.h>

#define SHOWN_MAX 200 /* bytes of what was given that a message repeats */

extern const WendDriver wend_driver_sqlite;

const WendDriver *const wend_drivers[] = {
    &wend_driver_sqlite,
    NULL,
};

static bool has_scheme(const WendDriver *driver, const char *url, gsize length)
{
    for (const char *const *scheme = driver->schemes; *scheme != NULL; scheme++) {
        if (strlen(*scheme) == length && g_ascii_strncasecmp(*scheme, url, length) == 0)
            return true;
    }
    return false;
}

/* Whether what was given is the name of a file rather than something with a password in it. */
static bool is_file_name(const char *url)
{
    return url[0] != '\0' && strlen(url) <= SHOWN_MAX && strpbrk(url, "@=?") == NULL;
}

/* What was probably meant: `schemes` are those there are. */
static bool advise(const char *url, const char *schemes, WendError *error)
{
    if (strcmp(url, ":memory:") == 0)
        return wend_error_hint(error, "a database in memory is sqlite::memory:");
    if (strchr(url, ':') == NULL && is_file_name(url))
        return wend_error_hint(error, "did you mean sqlite:%s? The schemes are: %s", url, schemes);
    return wend_error_hint(
        error, "write it with one of these schemes: %s (for example sqlite:shop.db)", schemes);
}

const WendDriver *wend_driver_for(const char *url, WendError *error)
{
    const char *colon = strchr(url, ':');
    gsize length = colon != NULL ? (gsize)(colon - url) : 0;
    g_autoptr(GString) schemes = g_string_new(NULL);
    for (const WendDriver *const *driver = wend_drivers; *driver != NULL; driver++) {
        if (has_scheme(*driver, url, length))
            return *driver;
        g_string_append_printf(schemes, "%s%s:", schemes->len > 0 ? ", " : "",
                               (*driver)->schemes[0]);
    }
    /* A URL may hold a password: only its scheme is repeated. */
    if (colon == NULL)
        wend_error_set(error, WEND_USAGE, "the database URL has no scheme");
    else
        wend_error_set(error, WEND_USAGE, "no driver for the database URL scheme \"%.*s%s:\"",
                       (int)MIN(length, SHOWN_MAX), url, length > SHOWN_MAX ? "…" : "");
    advise(url, schemes->str, error);
    return NULL;
}
