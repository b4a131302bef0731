/* SPDX-License-Identifier: MIT
 *
 * Copies made by pg_dump: of the whole database, and of its schema as a script. A password never stands on
 * a command line.
 */
#include "db/postgres/postgres.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static bool no_backup(const char *file, const char *reason, WendError *error)
{
    g_unlink(file);
    wend_error_set(error, WEND_USAGE, "the backup could not be made: %s", reason);
    wend_error_place(error, file, 0, 0);
    return wend_error_hint(error,
                           "pg_dump must be in PATH and at least as new as the server; nothing was "
                           "changed");
}

/* Writes the password into a file that only this user can read, as libpq wants it. NULL = there is none, or
 * it could not be written. Caller removes and frees. */
static char *password_file(const Connection *connection)
{
    const char *password = PQpass(connection->pg);
    char *path = NULL;
    if (password == NULL || password[0] == '\0')
        return NULL;
    g_autoptr(GString) line = g_string_new("*:*:*:*:");
    for (const char *at = password; *at != '\0'; at++) {
        if (*at == ':' || *at == '\\')
            g_string_append_c(line, '\\');
        g_string_append_c(line, *at);
    }
    int file = g_file_open_tmp("wend-XXXXXX", &path, NULL);
    if (file < 0)
        return NULL;
    bool whole = write(file, line->str, line->len) == (gssize)line->len;
    close(file);
    if (whole)
        return path;
    g_unlink(path);
    g_free(path);
    return NULL;
}

/* The URL for pg_dump: the password is in the file `secret` (NULL = there is none). Caller frees. */
static char *dump_url(const Connection *connection, const char *secret)
{
    g_autofree char *shown = wend_pg_display(connection->url);
    return secret == NULL ? g_steal_pointer(&shown)
                          : g_strdup_printf("%s%cpassfile=%s", shown,
                                            strchr(shown, '?') != NULL ? '&' : '?', secret);
}

static bool dump(const char *url, const char *file, WendError *error)
{
    const char *arguments[] = {"pg_dump", "--format=custom", "--file", file, "--dbname", url, NULL};
    g_autofree char *said = NULL;
    g_autoptr(GError) failure = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                      &status, &failure))
        return no_backup(file, failure->message, error);
    return g_spawn_check_wait_status(status, NULL) || no_backup(file, g_strchomp(said), error);
}

bool wend_pg_backup(WendConnection *base, const char *file, WendError *error)
{
    Connection *connection = (Connection *)base;
    if (g_file_test(file, G_FILE_TEST_EXISTS)) {
        wend_error_set(error, WEND_USAGE, "the backup file is there already");
        wend_error_place(error, file, 0, 0);
        return wend_error_hint(error, "name another file, or remove it");
    }
    if (connection->url == NULL)
        return no_backup(file, "the connection is the host program's", error);
    g_autofree char *secret = password_file(connection);
    g_autofree char *url = dump_url(connection, secret);
    bool ok = dump(url, file, error);
    if (secret != NULL)
        g_unlink(secret);
    return ok;
}

char *wend_pg_restore(WendConnection *base, const char *file)
{
    const Connection *connection = (const Connection *)base;
    g_autofree char *shown = wend_pg_display(connection->url != NULL ? connection->url : "");
    g_autofree char *path = g_canonicalize_filename(file, NULL);
    g_autofree char *quoted_path = g_shell_quote(path);
    g_autofree char *quoted_url = g_shell_quote(shown);
    /* Emptied first: pg_restore would drop only what it knows, and not what has come to depend on that. */
    return g_strdup_printf("wend -d %s clean --yes --quiet && pg_restore --dbname %s %s",
                           quoted_url, quoted_url, quoted_path);
}

/* --- the schema --- */

/* A name as find_tables() gave it, as a pattern of pg_dump's: each part quoted. Caller frees. */
static char *table_pattern(const char *name)
{
    g_autofree char *quoted = wend_quote_name(WEND_DIALECT_POSTGRES, name);
    return g_strconcat("--exclude-table=", quoted, NULL);
}

/* Leaves out psql's own lines: the key of \restrict is another one each time. */
static char *without_meta(const char *dumped)
{
    g_auto(GStrv) lines = g_strsplit(dumped, "\n", -1);
    GString *text = g_string_new(NULL);
    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix(*line, "\\restrict") || g_str_has_prefix(*line, "\\unrestrict"))
            continue;
        g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", *line);
    }
    return g_string_free(text, FALSE);
}

static bool no_schema(const char *reason, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "the schema could not be read: %s", reason);
    return wend_error_hint(error, "pg_dump must be in PATH and at least as new as the server");
}

bool wend_pg_schema(WendConnection *base, const char *const *except, char **script,
                    WendError *error)
{
    Connection *connection = (Connection *)base;
    if (connection->url == NULL)
        return no_schema("the connection is the host program's", error);
    g_autofree char *secret = password_file(connection);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    static const char *const fixed[] = {"pg_dump", "--schema-only", "--no-owner", "--no-privileges",
                                        "--dbname"};
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(list, g_strdup(fixed[i]));
    g_ptr_array_add(list, dump_url(connection, secret));
    for (; *except != NULL; except++)
        g_ptr_array_add(list, table_pattern(*except));
    g_ptr_array_add(list, NULL);
    g_autofree char *dumped = NULL, *said = NULL;
    g_autoptr(GError) failure = NULL;
    int status = 0;
    bool ran = g_spawn_sync(NULL, (char **)list->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                            &dumped, &said, &status, &failure);
    if (secret != NULL)
        g_unlink(secret);
    if (!ran)
        return no_schema(failure->message, error);
    if (!g_spawn_check_wait_status(status, NULL))
        return no_schema(g_strchomp(said), error);
    *script = without_meta(dumped);
    return true;
}
