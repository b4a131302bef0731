/* SPDX-License-Identifier: MIT
 *
 * Reading mysql:// and mariadb:// URLs: [user[:password]@][host[:port]]/database?parameters, each part
 * percent-encoded where it must be. Nothing is opened here.
 */
#include "db/mysql/mysql.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

#define EXAMPLE "mysql://user@host/database"

/* What `tls` of other tools means here. */
static const struct {
    const char *given, *mode;
} modes[] = {
    {"disabled", "disabled"},    {"preferred", "preferred"},
    {"required", "required"},    {"verify-ca", "verify-ca"},
    {"verify_ca", "verify-ca"},  {"verify-identity", "verify-identity"},
    {"false", "disabled"},       {"true", "verify-identity"},
    {"skip-verify", "required"}, {"verify_identity", "verify-identity"},
};

static bool take_text(char **field, char *value)
{
    g_free(*field);
    *field = value;
    return value[0] != '\0';
}

static bool take_mode(MysqlUrl *url, char *value)
{
    g_autofree char *owned = value;
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (g_ascii_strcasecmp(modes[i].given, owned) == 0)
            return take_text(&url->ssl_mode, g_strdup(modes[i].mode));
    }
    return false;
}

static bool take_timeout(MysqlUrl *url, char *value)
{
    g_autofree char *owned = value;
    gint64 ms;
    if (!wend_duration_parse(owned, &ms) || ms == 0)
        return false;
    url->connect_timeout = (guint)((ms + 999) / 1000);
    return true;
}

static bool take_charset(MysqlUrl *url, char *value)
{
    g_autofree char *owned = value;
    (void)url;
    return g_ascii_strcasecmp(owned, "utf8mb4") == 0;
}

/* Either a text field at `offset`, or a function that takes the value over. */
static const struct Parameter {
    const char *name;
    gsize offset;
    bool (*take)(MysqlUrl *url, char *value);
    const char *values;
} parameters[] = {
    {"socket", offsetof(MysqlUrl, socket), NULL, "the path of a unix socket"},
    {"ssl-mode", 0, take_mode, "disabled, preferred, required, verify-ca or verify-identity"},
    {"tls", 0, take_mode, "true, false, preferred or skip-verify"},
    {"ssl-ca", offsetof(MysqlUrl, ssl_ca), NULL, "a file"},
    {"ssl-cert", offsetof(MysqlUrl, ssl_cert), NULL, "a file"},
    {"ssl-key", offsetof(MysqlUrl, ssl_key), NULL, "a file"},
    {"default-file", offsetof(MysqlUrl, default_file), NULL, "an option file"},
    {"default-group", offsetof(MysqlUrl, default_group), NULL, "a group of the option files"},
    {"charset", 0, take_charset, "utf8mb4: wend speaks nothing else"},
    {"connect-timeout", 0, take_timeout, "a time, for example 5s"},
};

void wend_mysql_url_free(MysqlUrl *url)
{
    if (url == NULL)
        return;
    g_free(url->host);
    g_free(url->user);
    g_free(url->password);
    g_free(url->database);
    g_free(url->socket);
    g_free(url->ssl_mode);
    g_free(url->ssl_ca);
    g_free(url->ssl_cert);
    g_free(url->ssl_key);
    g_free(url->default_file);
    g_free(url->default_group);
    g_free(url);
}

static bool refuse(WendError *error, const char *what)
{
    wend_error_set(error, WEND_USAGE, "the database URL %s", what);
    return wend_error_hint(error, "write it as " EXAMPLE);
}

static bool set_parameter(MysqlUrl *url, const char *pair, WendError *error)
{
    const char *names[G_N_ELEMENTS(parameters) + 1] = {0};
    g_auto(GStrv) halves = g_strsplit(pair, "=", 2);
    const char *raw = halves[0] != NULL && halves[1] != NULL ? halves[1] : "";
    char *value = g_uri_unescape_string(raw, NULL);
    if (value == NULL)
        return refuse(error, "is not percent-encoded as it should be");
    for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
        const struct Parameter *one = &parameters[i];
        names[i] = one->name;
        if (g_strcmp0(halves[0], one->name) != 0)
            continue;
        bool ok = one->take != NULL
                      ? one->take(url, value)
                      : take_text((char **)(void *)((char *)url + one->offset), value);
        if (ok)
            return true;
        wend_error_set(error, WEND_USAGE, "the database URL has a bad value for %s", one->name);
        return wend_error_hint(error, "%s takes %s", one->name, one->values);
    }
    g_free(value);
    const char *meant = halves[0] != NULL ? wend_suggest(halves[0], names) : NULL;
    wend_error_set(error, WEND_USAGE, "the database URL has the unknown parameter \"%s\"",
                   halves[0] != NULL ? halves[0] : "");
    if (meant != NULL)
        return wend_error_hint(error, "did you mean %s?", meant);
    g_autofree char *list = g_strjoinv(", ", (char **)names);
    return wend_error_hint(error, "a mysql: URL takes %s", list);
}

/* A part with its percent signs taken out; NULL for an empty one. False when it is no such text. */
static bool decode(const char *from, gsize length, char **into, WendError *error)
{
    if (length == 0)
        return true;
    *into = g_uri_unescape_segment(from, from + length, NULL);
    return *into != NULL || refuse(error, "is not percent-encoded as it should be");
}

static bool set_port(MysqlUrl *url, const char *text, gsize length, WendError *error)
{
    g_autofree char *digits = g_strndup(text, length);
    guint64 port = 0;
    if (length == 0)
        return true;
    if (!g_ascii_string_to_unsigned(digits, 10, 1, 65535, &port, NULL))
        return refuse(error, "has a port that is no number from 1 to 65535");
    url->port = (guint)port;
    return true;
}

/* host, host:port or [address]:port. */
static bool set_host(MysqlUrl *url, const char *text, gsize length, WendError *error)
{
    const char *end = text + length, *stop;
    if (length > 0 && text[0] == '[') {
        stop = memchr(text, ']', length);
        if (stop == NULL)
            return refuse(error, "has an address without its closing bracket");
        url->host = g_strndup(text + 1, (gsize)(stop - text - 1));
        stop++;
    } else {
        stop = memchr(text, ':', length);
        stop = stop != NULL ? stop : end;
        if (!decode(text, (gsize)(stop - text), &url->host, error))
            return false;
    }
    if (stop == end)
        return true;
    if (*stop != ':')
        return refuse(error, "has a host that cannot be read");
    return set_port(url, stop + 1, (gsize)(end - stop - 1), error);
}

/* The user may hold any sign but `:`; whatever stands before the last `@` is not the host. */
static bool set_authority(MysqlUrl *url, const char *text, gsize length, WendError *error)
{
    const char *at = NULL;
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '@')
            at = text + i;
    }
    if (at == NULL)
        return set_host(url, text, length, error);
    gsize user = (gsize)(at - text);
    const char *colon = memchr(text, ':', user);
    gsize named = colon != NULL ? (gsize)(colon - text) : user;
    if (!decode(text, named, &url->user, error))
        return false;
    /* An empty one is one: it keeps the option files' away. */
    if (colon != NULL && at == colon + 1)
        url->password = g_strdup("");
    else if (colon != NULL && !decode(colon + 1, (gsize)(at - colon - 1), &url->password, error))
        return false;
    return set_host(url, at + 1, length - user - 1, error);
}

static bool set_query(MysqlUrl *url, const char *query, WendError *error)
{
    g_auto(GStrv) pairs = g_strsplit(query, "&", -1);
    for (char **pair = pairs; *pair != NULL; pair++) {
        if (**pair != '\0' && !set_parameter(url, *pair, error))
            return false;
    }
    return true;
}

static bool read_url(MysqlUrl *url, const char *text, WendError *error)
{
    const char *rest = strchr(text, ':') + 1;
    if (!g_str_has_prefix(rest, "//"))
        return refuse(error, "lacks the // behind its scheme");
    rest += 2;
    gsize authority = strcspn(rest, "/?");
    if (!set_authority(url, rest, authority, error))
        return false;
    rest += authority;
    rest += *rest == '/';
    gsize path = strcspn(rest, "?");
    if (!decode(rest, path, &url->database, error))
        return false;
    rest += path;
    return *rest == '\0' || set_query(url, rest + 1, error);
}

MysqlUrl *wend_mysql_url_parse(const char *text, WendError *error)
{
    g_autoptr(MysqlUrl) url = g_new0(MysqlUrl, 1);
    if (!read_url(url, text, error))
        return NULL;
    if (url->socket != NULL && url->host != NULL && strcmp(url->host, "localhost") != 0) {
        wend_error_set(error, WEND_USAGE, "the database URL names a socket and the host %s",
                       url->host);
        wend_error_hint(error, "a socket is of this machine: leave the host out");
        return NULL;
    }
    return g_steal_pointer(&url);
}

/* Everything but the password, as it was written. */
char *wend_mysql_url_display(const char *text)
{
    const char *start = strstr(text, "://");
    if (start == NULL)
        return g_strdup(text);
    start += 3;
    gsize authority = strcspn(start, "/?");
    const char *at = NULL;
    for (gsize i = 0; i < authority; i++) {
        if (start[i] == '@')
            at = start + i;
    }
    const char *colon = at != NULL ? memchr(start, ':', (gsize)(at - start)) : NULL;
    if (colon == NULL)
        return g_strdup(text);
    return g_strdup_printf("%.*s%s", (int)(colon - text), text, at);
}
