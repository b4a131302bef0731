/* SPDX-License-Identifier: MIT
 *
 * Copies made by pg_dump: of the whole database, and of its schema as a script. A password never stands on
 * a command line.
 */
#include "db/postgres/postgres.h"

#include "base/part.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static bool fail_dump(const char *what, const char *reason, WendError *error)
{
    return wend_error_set(error, WEND_USAGE, "%s: %s", what, reason);
}

/* The password as libpq reads it, in a file without a name that a program started from here inherits: after a
 * kill nothing of it is left. -1 = there is none, or it could not be written; caller closes. */
static int password_file(const Connection *connection)
{
    const char *password = PQpass(connection->pg);
    g_autofree char *path = NULL;
    if (password == NULL || password[0] == '\0')
        return -1;
    g_autoptr(GString) line = g_string_new("*:*:*:*:");
    for (const char *at = password; *at != '\0'; at++) {
        if (*at == ':' || *at == '\\')
            g_string_append_c(line, '\\');
        g_string_append_c(line, *at);
    }
    path = g_build_filename(g_get_tmp_dir(), "wend-XXXXXX", NULL);
    int file = g_mkstemp_full(path, O_RDWR, 0600);
    if (file < 0)
        return -1;
    g_unlink(path);
    if (write(file, line->str, line->len) == (gssize)line->len && lseek(file, 0, SEEK_SET) == 0)
        return file;
    close(file);
    return -1;
}

/* The URL for pg_dump: the password is in the open file `secret` (-1 = there is none). Caller frees. */
static char *dump_url(const Connection *connection, int secret)
{
    g_autofree char *shown = wend_pg_display(connection->url);
    return secret < 0 ? g_steal_pointer(&shown)
                      : g_strdup_printf("%s%cpassfile=/dev/fd/%d", shown,
                                        strchr(shown, '?') != NULL ? '&' : '?', secret);
}

/* Runs pg_dump with `options` (taken over). `what` could not be done begins the error. */
static bool run_dump(const Connection *connection, GPtrArray *options, const char *what,
                     char **dumped, WendError *error)
{
    g_autoptr(GPtrArray) arguments = options;
    if (connection->url == NULL)
        return fail_dump(what, "the connection is the host program's", error);
    int secret = password_file(connection);
    g_ptr_array_insert(arguments, 0, g_strdup("pg_dump"));
    g_ptr_array_add(arguments, g_strdup("--dbname"));
    g_ptr_array_add(arguments, dump_url(connection, secret));
    g_ptr_array_add(arguments, NULL);
    g_autofree char *said = NULL;
    g_autoptr(GError) failure = NULL;
    int status = 0;
    bool ran = g_spawn_sync(NULL, (char **)arguments->pdata, NULL,
                            G_SPAWN_SEARCH_PATH | G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL,
                            dumped, &said, &status, &failure);
    if (secret >= 0)
        close(secret);
    if (!ran) {
        fail_dump(what, failure->message, error);
        return wend_error_hint(error, "pg_dump must be in PATH; nothing was changed");
    }
    if (g_spawn_check_wait_status(status, NULL))
        return true;
    fail_dump(what, g_strchomp(said), error);
    return wend_error_hint(error, "pg_dump must be at least as new as the server, and its user may "
                                  "read everything; nothing was changed");
}

/* Into a neighbour first, which gets the name only when it is whole. */
bool wend_pg_backup(WendConnection *base, const char *file, WendError *error)
{
    Connection *connection = (Connection *)base;
    g_autofree char *part = wend_part_make(file, error);
    if (part == NULL)
        return false;
    g_autofree char *dumped = NULL;
    GPtrArray *options = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(options, g_strdup("--format=custom"));
    g_ptr_array_add(options, g_strconcat("--file=", part, NULL));
    bool ok = run_dump(connection, options, "the backup could not be made", &dumped, error) &&
              wend_part_keep(part, file, error);
    if (!ok)
        g_unlink(part);
    return ok;
}

char *wend_pg_restore(WendConnection *base, const char *file)
{
    const Connection *connection = (const Connection *)base;
    const char *url = connection->url != NULL ? connection->url : "";
    g_autofree char *shown = wend_pg_display(url);
    g_autofree char *path = g_canonicalize_filename(file, NULL);
    g_autofree char *quoted_path = g_shell_quote(path);
    g_autofree char *quoted_url = g_shell_quote(shown);
    /* Emptied first: pg_restore would drop only what it knows, and not what has come to depend on that. */
    /* The password that the URL had is not shown: it is asked for, unseen, in any shell. */
    const char *password = strcmp(url, shown) != 0
                               ? "printf 'password: ' && stty -echo; read -r PGPASSWORD; stty "
                                 "echo; export PGPASSWORD; "
                               : "";
    return g_strdup_printf("%swend -d %s clean --yes --quiet && pg_restore --dbname %s %s",
                           password, quoted_url, quoted_url, quoted_path);
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
    GPtrArray *options = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(options, g_strdup(fixed[i]));
    for (; *except != NULL; except++)
        g_ptr_array_add(options, table_pattern(*except));
    g_autofree char *dumped = NULL;
    if (!run_dump(connection, options, "the schema could not be read", &dumped, error))
        return false;
    *script = without_meta(dumped);
    return true;
}
