/* SPDX-License-Identifier: MIT
 *
 * The table of databases. A database is added by its row here. A driver is linked in, or a module of
 * its own that is loaded at its first use and never unloaded: a command on SQLite maps no server's
 * client library.
 */
#include "db/driver.h"

#include "base/text.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define SHOWN_MAX 200 /* bytes of what was given that a message repeats */

extern const WendDriver wend_driver_sqlite;
/* NULL where they are not linked in. */
extern const WendDriver wend_driver_postgres __attribute__((weak));
extern const WendDriver wend_driver_mysql __attribute__((weak));

typedef struct Row {
    const char *name;
    const char *schemes[3]; /* of URLs, NULL-terminated, the first is the one to show */
    const char *module;     /* file; looked for where the program's or library's RUNPATH says */
    const WendDriver *linked;
} Row;

static const Row rows[] = {
    {"sqlite", {"sqlite", "sqlite3"}, NULL, &wend_driver_sqlite},
    {"postgres", {"postgres", "postgresql"}, "wend-postgres.so", &wend_driver_postgres},
    {"mysql", {"mysql", "mariadb"}, "wend-mysql.so", &wend_driver_mysql},
};

const char *const *wend_driver_names(void)
{
    static const char *names[G_N_ELEMENTS(rows) + 1];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        names[i] = rows[i].name;
    return names;
}

static bool has_scheme(const Row *row, const char *url, gsize length)
{
    for (const char *const *scheme = row->schemes; *scheme != NULL; scheme++) {
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

/* The scheme that a misspelt one, or one that names a client's driver too (jdbc:mysql:, mysql+pymysql:),
 * probably stands for; NULL when none is near. */
static const char *meant_scheme(const char *url)
{
    const char *words[G_N_ELEMENTS(rows) * G_N_ELEMENTS(rows[0].schemes) + 1];
    gsize count = 0;
    if (g_ascii_strncasecmp(url, "jdbc:", strlen("jdbc:")) == 0)
        url += strlen("jdbc:");
    gsize length = strcspn(url, ":+");
    if (url[length] == '\0')
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (const char *const *scheme = rows[i].schemes; *scheme != NULL; scheme++)
            words[count++] = *scheme;
    }
    words[count] = NULL;
    g_autofree char *given = g_strndup(url, length);
    return wend_suggest(given, words);
}

/* What was probably meant: `schemes` are those there are. */
static bool advise(const char *url, const char *schemes, WendError *error)
{
    if (strcmp(url, ":memory:") == 0)
        return wend_error_hint(error, "a database in memory is sqlite::memory:");
    const char *meant = meant_scheme(url);
    if (meant != NULL)
        return wend_error_hint(error, "did you mean %s:? The schemes are: %s", meant, schemes);
    if (strchr(url, ':') == NULL && is_file_name(url))
        return wend_error_hint(error, "did you mean sqlite:%s? The schemes are: %s", url, schemes);
    return wend_error_hint(
        error, "write it with one of these schemes: %s (for example sqlite:shop.db)", schemes);
}

/* NULL and an error when the module is not there, or not of this build: a table of functions of
 * another shape would be called. */
static const WendDriver *load(const Row *row, WendError *error)
{
    void *module = dlopen(row->module, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL) {
        wend_error_set(error, WEND_CONNECT, "the driver for %s cannot be loaded: %s",
                       row->schemes[0], dlerror());
        wend_error_hint(error, "install wend's module %s and the client library it needs",
                        row->module);
        return NULL;
    }
    const WendModule *found = dlsym(module, "wend_module");
    if (found != NULL && strcmp(found->build, WEND_BUILD) == 0)
        return found->driver;
    wend_error_set(error, WEND_CONNECT, "%s belongs to another build of wend", row->module);
    wend_error_hint(error, "install wend and its modules together");
    dlclose(module);
    return NULL;
}

/* A mutex of the system's own: a thread sanitizer sees what it does, and not what GLib's does. */
static const WendDriver *driver_of(const Row *row, WendError *error)
{
    static const WendDriver *loaded[G_N_ELEMENTS(rows)];
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    if (row->linked != NULL)
        return row->linked;
    pthread_mutex_lock(&mutex);
    if (loaded[row - rows] == NULL)
        loaded[row - rows] = load(row, error);
    const WendDriver *driver = loaded[row - rows];
    pthread_mutex_unlock(&mutex);
    return driver;
}

const WendDriver *wend_driver_for(const char *url, WendError *error)
{
    const char *colon = strchr(url, ':');
    gsize length = colon != NULL ? (gsize)(colon - url) : 0;
    g_autoptr(GString) schemes = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (has_scheme(&rows[i], url, length))
            return driver_of(&rows[i], error);
        g_string_append_printf(schemes, "%s%s:", schemes->len > 0 ? ", " : "", rows[i].schemes[0]);
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
