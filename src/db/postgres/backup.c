/* SPDX-License-Identifier: MIT
 *
 * Copies made by pg_dump: of the whole database, and of its schema as a script. A password never stands on
 * a command line.
 */
#include "db/postgres/postgres.h"

#include "base/part.h"

#include <glib/gstdio.h>
#include <string.h>

static bool fail_dump(const char *what, const char *reason, WendError *error)
{
    return wend_error_set(error, WEND_USAGE, "%s: %s", what, reason);
}

/* The environment for pg_dump, with the password in it: other users see neither that nor a file. Caller
 * frees. */
static char **dump_environment(const Connection *connection)
{
    const char *password = PQpass(connection->pg);
    char **environment = g_get_environ();
    if (password == NULL || password[0] == '\0')
        return environment;
    return g_environ_setenv(environment, "PGPASSWORD", password, TRUE);
}

/* Runs pg_dump with its last options. `what` could not be done begins the error. */
static bool run_dump(const Connection *connection, const GPtrArray *arguments, const char *what,
                     char **dumped, WendError *error)
{
    if (connection->url == NULL)
        return fail_dump(what, "the connection is the host program's", error);
    g_auto(GStrv) environment = dump_environment(connection);
    g_autofree char *said = NULL;
    g_autoptr(GError) failure = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)arguments->pdata, environment, G_SPAWN_SEARCH_PATH, NULL, NULL,
                      dumped, &said, &status, &failure)) {
        fail_dump(what, failure->message, error);
        return wend_error_hint(error, "pg_dump must be in PATH; nothing was changed");
    }
    if (g_spawn_check_wait_status(status, NULL))
        return true;
    fail_dump(what, g_strchomp(said), error);
    return wend_error_hint(error, "pg_dump must be at least as new as the server, and its user may "
                                  "read everything; nothing was changed");
}

static GPtrArray *arguments_new(const Connection *connection)
{
    GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(arguments, g_strdup("pg_dump"));
    g_ptr_array_add(arguments, g_strdup("--dbname"));
    g_ptr_array_add(arguments, wend_pg_display(connection->url != NULL ? connection->url : ""));
    return arguments;
}

/* Into a neighbour first, which gets the name only when it is whole. */
bool wend_pg_backup(WendConnection *base, const char *file, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autofree char *part = wend_part_make(file, error);
    if (part == NULL)
        return false;
    g_autofree char *dumped = NULL;
    g_autoptr(GPtrArray) arguments = arguments_new(connection);
    g_ptr_array_add(arguments, g_strdup("--format=custom"));
    g_ptr_array_add(arguments, g_strconcat("--file=", part, NULL));
    g_ptr_array_add(arguments, NULL);
    bool ok = run_dump(connection, arguments, "the backup could not be made", &dumped, error) &&
              wend_part_keep(part, file, error);
    if (!ok)
        g_unlink(part);
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

bool wend_pg_schema(WendConnection *base, const char *const *except, char **script,
                    WendError *error)
{
    Connection *connection = (Connection *)base;
    static const char *const fixed[] = {"--schema-only", "--no-owner", "--no-privileges"};
    g_autoptr(GPtrArray) arguments = arguments_new(connection);
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(arguments, g_strdup(fixed[i]));
    for (; *except != NULL; except++)
        g_ptr_array_add(arguments, table_pattern(*except));
    g_ptr_array_add(arguments, NULL);
    g_autofree char *dumped = NULL;
    if (!run_dump(connection, arguments, "the schema could not be read", &dumped, error))
        return false;
    *script = without_meta(dumped);
    return true;
}
