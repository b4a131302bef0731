/* SPDX-License-Identifier: MIT
 *
 * Copying the database with the server's own dump program, and the line that brings the copy back. The
 * password never stands on a command line: the program reads it from a file that only its owner may read.
 */
#include "db/mysql/mysql.h"

#include "base/part.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Each server's own first: what one asks, the other may not know. */
static const char *const dumpers[][3] = {{"mysqldump", "mariadb-dump", NULL},
                                         {"mariadb-dump", "mysqldump", NULL}};
static const char *const clients[][3] = {{"mysql", "mariadb", NULL}, {"mariadb", "mysql", NULL}};

/* NULL: not installed. Caller frees. */
static char *find_program(const char *const *names)
{
    for (; *names != NULL; names++) {
        char *path = g_find_program_in_path(*names);
        if (path != NULL)
            return path;
    }
    return NULL;
}

/* A value of an option file, quoted. */
static void add_option(GString *file, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(file, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            g_string_append_c(file, '\\');
        g_string_append_c(file, *value);
    }
    g_string_append(file, "\"\n");
}

/* What the programs need to reach the server, as an option file of its own. */
static char *options_text(const MysqlUrl *url)
{
    GString *file = g_string_new("[client]\n");
    g_autofree char *port = url->port > 0 ? g_strdup_printf("%u", url->port) : NULL;
    const char *mode = url->ssl_mode;
    add_option(file, "host", url->host);
    add_option(file, "port", port);
    add_option(file, "protocol", port != NULL && url->socket == NULL ? "tcp" : NULL);
    add_option(file, "user", url->user);
    add_option(file, "password", url->password);
    add_option(file, "socket", url->socket);
    add_option(file, "ssl-ca", url->ssl_ca);
    add_option(file, "ssl-cert", url->ssl_cert);
    add_option(file, "ssl-key", url->ssl_key);
    if (mode != NULL && strcmp(mode, "disabled") != 0)
        g_string_append(file, "ssl\n");
    if (mode != NULL && g_str_has_prefix(mode, "verify-"))
        g_string_append(file, "ssl-verify-server-cert\n");
    return g_string_free(file, FALSE);
}

/* A file without a name that holds them, and that a program started from here inherits: after a kill nothing
 * of it is left. -1 on failure; caller closes. */
static int write_options(const MysqlUrl *url, WendError *error)
{
    g_autofree char *text = options_text(url);
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "wend-XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR, 0600);
    if (fd >= 0)
        g_unlink(path);
    gssize length = (gssize)strlen(text);
    if (fd >= 0 && write(fd, text, (gsize)length) == length && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    wend_error_set(error, WEND_FAILED, "cannot write %s: %s", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static GPtrArray *arguments(const Connection *connection, const char *program, int options,
                            const char *file)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(list, g_strdup(program));
    g_ptr_array_add(list, g_strdup_printf("--defaults-extra-file=/dev/fd/%d", options));
    static const char *const fixed[] = {
        "--single-transaction", "--routines", "--events",
        "--triggers",           "--hex-blob", "--default-character-set=utf8mb4"};
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(list, g_strdup(fixed[i]));
    g_ptr_array_add(list, g_strdup_printf("--result-file=%s", file));
    g_ptr_array_add(list, g_strdup("--"));
    g_ptr_array_add(list, g_strdup(connection->database));
    g_ptr_array_add(list, NULL);
    return list;
}

/* As the dump program says it, of its file, and the server of its own. */
static bool is_full(const char *said)
{
    static const char *const signs[] = {"errno 28", "errno: 28", "error 28", "No space left"};
    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (strstr(said, signs[i]) != NULL)
            return true;
    }
    return false;
}

static bool run_dump(const Connection *connection, const char *program, int options,
                     const char *file, WendError *error)
{
    g_autoptr(GPtrArray) list = arguments(connection, program, options, file);
    g_autofree char *said = NULL;
    g_autoptr(GError) failure = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)list->pdata, NULL,
                      G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL, NULL,
                      &said, &status, &failure))
        return wend_error_set(error, WEND_FAILED, "the backup failed: %s", failure->message);
    if (status == 0)
        return true;
    wend_error_set(error, WEND_FAILED, "the backup failed: %s", g_strstrip(said));
    if (is_full(said))
        return wend_error_hint(error,
                               "make room on the file system of %s, then run the command "
                               "again",
                               file);
    return wend_error_hint(error,
                           "the user needs SELECT, SHOW VIEW, TRIGGER, EVENT and LOCK TABLES%s",
                           connection->mariadb ? "" : ", and MySQL its own mysqldump");
}

static bool check_way(const Connection *connection, WendError *error)
{
    if (connection->url != NULL)
        return true;
    wend_error_set(error, WEND_USAGE, "a connection that the host program opened has no URL");
    return wend_error_hint(error, "back up with mariadb-dump before");
}

/* Into a neighbour first, which gets the name only when it is whole. */
bool wend_mysql_backup(WendConnection *base, const char *file, WendError *error)
{
    const Connection *connection = (const Connection *)base;
    if (!check_way(connection, error))
        return false;
    g_autofree char *program = find_program(dumpers[connection->mariadb]);
    if (program == NULL) {
        wend_error_set(error, WEND_USAGE, "mariadb-dump and mysqldump are not installed");
        return wend_error_hint(error, "install the client programs of MariaDB or MySQL");
    }
    g_autofree char *part = wend_part_make(file, error);
    if (part == NULL)
        return false;
    int options = write_options(connection->url, error);
    bool ok = options >= 0 && run_dump(connection, program, options, part, error);
    if (options >= 0)
        close(options);
    ok = ok && wend_part_keep(part, file, error);
    if (!ok)
        g_unlink(part);
    return ok;
}

/* --- the schema --- */

static GPtrArray *schema_arguments(const Connection *connection, const char *program, int options,
                                   const char *const *except)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(list, g_strdup(program));
    g_ptr_array_add(list, g_strdup_printf("--defaults-extra-file=/dev/fd/%d", options));
    static const char *const fixed[] = {"--no-data",
                                        "--routines",
                                        "--events",
                                        "--triggers",
                                        "--skip-comments",
                                        "--skip-add-drop-table",
                                        "--default-character-set=utf8mb4"};
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(list, g_strdup(fixed[i]));
    for (; *except != NULL; except++)
        g_ptr_array_add(list, g_strdup_printf("--ignore-table=%s", *except));
    g_ptr_array_add(list, g_strdup("--"));
    g_ptr_array_add(list, g_strdup(connection->database));
    g_ptr_array_add(list, NULL);
    return list;
}

bool wend_mysql_schema(WendConnection *base, const char *const *except, char **script,
                       WendError *error)
{
    const Connection *connection = (const Connection *)base;
    g_autofree char *program = find_program(dumpers[connection->mariadb]);
    if (program == NULL || connection->url == NULL) {
        wend_error_set(error, WEND_USAGE, "the schema could not be read: %s",
                       program == NULL ? "mariadb-dump and mysqldump are not installed"
                                       : "the connection is the host program's");
        return wend_error_hint(error, "install the client programs of MariaDB or MySQL");
    }
    int options = write_options(connection->url, error);
    if (options < 0)
        return false;
    g_autoptr(GPtrArray) list = schema_arguments(connection, program, options, except);
    g_autofree char *dumped = NULL, *said = NULL;
    g_autoptr(GError) failure = NULL;
    int status = 0;
    bool ran = g_spawn_sync(NULL, (char **)list->pdata, NULL, G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL,
                            NULL, &dumped, &said, &status, &failure);
    close(options);
    if (!ran || status != 0)
        return wend_error_set(error, WEND_FAILED, "the schema could not be read: %s",
                              ran ? g_strstrip(said) : failure->message);
    *script = g_steal_pointer(&dumped);
    return true;
}

/* --- the line that restores --- */

static void add_word(GString *line, const char *option, const char *value)
{
    g_autofree char *quoted = value != NULL ? g_shell_quote(value) : NULL;
    if (value != NULL)
        g_string_append_printf(line, " %s%s", option, quoted);
}

/* The copy does not say which character set new tables of the database have. */
static void add_character_set(GString *sql, Connection *connection)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autofree char *text = NULL;
    if (wend_mysql_value(connection,
                         "SELECT CONCAT(' CHARACTER SET ', @@character_set_database, "
                         "' COLLATE ', @@collation_database)",
                         &text, &ignored) &&
        text != NULL)
        g_string_append(sql, text);
}

/* The database is made anew first: what came into it since is not in the copy. Asks for the password. */
char *wend_mysql_restore(WendConnection *base, const char *file)
{
    Connection *connection = (Connection *)base;
    const MysqlUrl *url = connection->url;
    g_autofree char *program = find_program(clients[connection->mariadb]);
    g_autofree char *absolute = g_canonicalize_filename(file, NULL);
    g_autofree char *copy = g_shell_quote(absolute);
    g_autofree char *port = url != NULL && url->port > 0 ? g_strdup_printf("%u", url->port) : NULL;
    g_autoptr(GString) client = g_string_new(program != NULL ? program : "mariadb");
    g_autoptr(GString) anew = g_string_new("DROP DATABASE ");
    if (url != NULL) {
        add_word(client, "-h ", url->host);
        add_word(client, "-P ", port);
        add_word(client, "--protocol=", port != NULL && url->socket == NULL ? "tcp" : NULL);
        add_word(client, "-S ", url->socket);
        add_word(client, "-u ", url->user);
        if (url->password != NULL && url->password[0] != '\0')
            g_string_append(client, " -p");
    }
    g_string_append(client, " --default-character-set=utf8mb4");
    wend_mysql_name(anew, connection->database);
    g_string_append(anew, "; CREATE DATABASE ");
    wend_mysql_name(anew, connection->database);
    add_character_set(anew, connection);
    g_autofree char *first = g_shell_quote(anew->str);
    g_autofree char *name = g_shell_quote(connection->database);
    return g_strdup_printf("test -s %s && %s -e %s && %s %s < %s", copy, client->str, first,
                           client->str, name, copy);
}
