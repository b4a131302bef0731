/* SPDX-License-Identifier: MIT
 *
 * Reading `sqlite:` URLs: sqlite:relative.db, sqlite:/absolute.db, sqlite:///absolute.db,
 * sqlite://relative.db, sqlite::memory:, each with ?mode=ro|rw|rwc|memory, foreign_keys=on|off,
 * immutable=1 and vfs=NAME behind it. Nothing is opened here.
 */
#include "db/sqlite/sqlite.h"

#include "base/text.h"

#include <string.h>

static bool set_mode(SqliteUrl *url, const char *value)
{
    url->read_only = strcmp(value, "ro") == 0;
    url->no_create = strcmp(value, "rw") == 0;
    url->memory = strcmp(value, "memory") == 0;
    return url->read_only || url->no_create || url->memory || strcmp(value, "rwc") == 0;
}

static bool set_foreign_keys(SqliteUrl *url, const char *value)
{
    bool on = strcmp(value, "on") == 0 || strcmp(value, "1") == 0;
    bool off = strcmp(value, "off") == 0 || strcmp(value, "0") == 0;
    url->foreign_keys = on ? 1 : 0;
    return on || off;
}

static bool set_immutable(SqliteUrl *url, const char *value)
{
    url->immutable = strcmp(value, "1") == 0;
    return url->immutable || strcmp(value, "0") == 0;
}

static bool set_vfs(SqliteUrl *url, const char *value)
{
    g_free(url->vfs);
    url->vfs = g_strdup(value);
    return value[0] != '\0';
}

static const struct {
    const char *name;
    bool (*set)(SqliteUrl *url, const char *value);
    const char *values;
} parameters[] = {
    {"mode", set_mode, "ro, rw, rwc or memory"},
    {"foreign_keys", set_foreign_keys, "on or off"},
    {"immutable", set_immutable, "1 or 0"},
    {"vfs", set_vfs, "the name of a VFS"},
};

static bool set_parameter(SqliteUrl *url, const char *pair, WendError *error)
{
    static const char *const names[] = {"mode", "foreign_keys", "immutable", "vfs", NULL};
    g_auto(GStrv) parts = g_strsplit(pair, "=", 2);
    const char *value = parts[0] != NULL && parts[1] != NULL ? parts[1] : "";
    for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
        if (g_strcmp0(parts[0], parameters[i].name) != 0)
            continue;
        if (parameters[i].set(url, value))
            return true;
        wend_error_set(error, WEND_USAGE, "the database URL has %s=%s", parameters[i].name, value);
        return wend_error_hint(error, "%s takes %s", parameters[i].name, parameters[i].values);
    }
    const char *meant = parts[0] != NULL ? wend_suggest(parts[0], names) : NULL;
    wend_error_set(error, WEND_USAGE, "the database URL has the unknown parameter \"%s\"", pair);
    if (meant != NULL)
        return wend_error_hint(error, "did you mean %s?", meant);
    return wend_error_hint(error, "a sqlite: URL takes mode, foreign_keys, immutable and vfs");
}

/* Where the file begins in a URL. */
static const char *file_in(const char *url)
{
    const char *rest = strchr(url, ':') + 1;
    return strncmp(rest, "//", 2) == 0 ? rest + 2 : rest;
}

char *wend_sqlite_url_place(const char *url, const char *folder)
{
    const char *rest = file_in(url);
    if (rest[0] == '\0' || rest[0] == '/' || rest[0] == '?' || g_str_has_prefix(rest, ":memory:"))
        return g_strdup(url);
    /* The rest is percent-encoded already. */
    g_autofree char *escaped = g_uri_escape_string(folder, "/ !$&'()*+,;:=@[]\\", TRUE);
    const char *slash = g_str_has_suffix(escaped, "/") ? "" : "/";
    return g_strdup_printf("%.*s:%s%s%s", (int)(strchr(url, ':') - url), url, escaped, slash, rest);
}

SqliteUrl *wend_sqlite_url_parse(const char *text, WendError *error)
{
    const char *rest = file_in(text);
    g_autoptr(SqliteUrl) url = g_new0(SqliteUrl, 1);
    url->foreign_keys = -1;
    const char *query = strchr(rest, '?');
    g_autofree char *raw = query != NULL ? g_strndup(rest, (gsize)(query - rest)) : g_strdup(rest);
    url->path = g_uri_unescape_string(raw, NULL);
    if (url->path == NULL)
        url->path = g_steal_pointer(&raw);
    if (query != NULL && query[1] != '\0') {
        g_auto(GStrv) pairs = g_strsplit(query + 1, "&", -1);
        for (char **pair = pairs; *pair != NULL; pair++) {
            if (!set_parameter(url, *pair, error))
                return NULL;
        }
    }
    if (strcmp(url->path, ":memory:") == 0)
        url->memory = true;
    url->read_only |= url->immutable;
    if (url->path[0] == '\0' && !url->memory) {
        wend_error_set(error, WEND_USAGE, "the database URL \"%s\" names no file", text);
        wend_error_hint(error, "write it as sqlite:FILE, for example sqlite:wend.db");
        return NULL;
    }
    return g_steal_pointer(&url);
}

void wend_sqlite_url_free(SqliteUrl *url)
{
    if (url == NULL)
        return;
    g_free(url->path);
    g_free(url->vfs);
    g_free(url);
}
