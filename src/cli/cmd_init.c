/* SPDX-License-Identifier: MIT
 *
 * wend init: the files a project starts with. What is there already is left as it is.
 */
#include "cli/files.h"
#include "cli/output.h"

#include "base/text.h"

#include <string.h>

#define URL_VARIABLE "DATABASE_URL" /* where a URL is looked for that has a password */

static const char config_head[] =
    "# The configuration of wend; wend help wend.yaml explains every key.\n"
    "\n"
    "# The database. ${NAME} is taken from the environment or from a .env beside this file.\n";

static const char config_tail[] = "\n"
                                  "# Further databases: wend --env production up\n"
                                  "# environments:\n"
                                  "#   - name: production\n"
                                  "#     database: ${PRODUCTION_URL}\n"
                                  "#     confirm: true\n";

static const char readme[] =
    "# Migrations\n"
    "\n"
    "Each migration is plain SQL. wend runs those that the database does not have yet, in the\n"
    "order of their versions.\n"
    "\n"
    "| file | what it is |\n"
    "|---|---|\n"
    "| `20240101120000_create_users.up.sql` | the way there |\n"
    "| `20240101120000_create_users.down.sql` | the way back |\n"
    "| `002_add_email.sql` | both in one file: `-- wend:up` and `-- wend:down` begin the parts |\n"
    "| `R__views.sql` | runs again whenever it changes, after all others |\n"
    "| `B__20240601000000_start.sql` | on an empty database instead of all up to its version |\n"
    "\n"
    "Do not change a migration that others have run: write a new one.\n"
    "\n"
    "A directive is a comment at the start of a line:\n"
    "\n"
    "| directive | what it does |\n"
    "|---|---|\n"
    "| `-- wend: transaction none` | run the statements outside of a transaction |\n"
    "| `-- wend: timeout lock=5s statement=1min` | limits for this file |\n"
    "| `-- wend: batch size=1000 pause=50ms key=id` | repeat the next statement until it changes "
    "nothing |\n"
    "| `-- wend: assert SELECT count(*) FROM users = 0` | stop when it is not so |\n"
    "| `-- wend: substitute` | put in `${NAME}` from the placeholders of wend.yaml |\n"
    "\n"
    "| command | what it does |\n"
    "|---|---|\n"
    "| `wend new create users` | make the files of the next migration |\n"
    "| `wend plan` | show what would run |\n"
    "| `wend up` | run it |\n"
    "| `wend down` | take the last one back |\n"
    "| `wend status` | show what is applied and what is not |\n"
    "\n"
    "`wend help` lists all commands; `wend help format` explains the files.\n";

static const WendOption options[] = {
    {"path", 0, WEND_OPTION_TEXT, "DIR", "the migrations folder to make (migrations)", NULL},
    {NULL, 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
};

/* The text as a YAML value that means exactly itself. */
static char *yaml_value(const char *text)
{
    bool plain = g_ascii_isalnum(text[0]);
    for (const char *at = text; plain && *at != '\0'; at++)
        plain = g_ascii_isalnum(*at) || strchr("_./-", *at) != NULL ||
                (*at == ':' && at[1] != '\0' && at[1] != ' ');
    if (plain)
        return g_strdup(text);
    g_autoptr(GString) value = g_string_new("\"");
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(value, '\\');
        if (at[0] == '$' && at[1] == '{')
            g_string_append_c(value, '$');
        g_string_append_c(value, *at);
    }
    g_string_append_c(value, '"');
    return g_string_free(g_steal_pointer(&value), FALSE);
}

/* Whether that is a URL with a password in it, which has no place in a file that is committed. */
static bool has_password(const char *url)
{
    if (url == NULL || g_ascii_strncasecmp(url, "sqlite", strlen("sqlite")) == 0)
        return false;
    g_autofree char *masked = wend_text_masked(url);
    return strcmp(masked, url) != 0;
}

static char *config_text(const WendCli *cli, const char *migrations)
{
    const char *given = cli->globals.database;
    g_autofree char *database = has_password(given)
                                    ? g_strdup("${" URL_VARIABLE "}")
                                    : yaml_value(given != NULL ? given : "sqlite:wend.db");
    g_autofree char *folder = yaml_value(migrations);
    return g_strconcat(config_head, "database: ", database,
                       "\n\n# The folder of the migrations.\nmigrations: ", folder, "\n",
                       config_tail, NULL);
}

/* One made or kept thing, said now or, with --json, at the end. */
typedef struct Report {
    WendCli *cli;
    json_t *created, *kept;
} Report;

static void report(Report *to, const char *path, bool made)
{
    g_autofree char *shown = wend_text_line(path);
    if (to->cli->globals.json)
        json_array_append_new(made ? to->created : to->kept, json_string(path));
    else if (made)
        wend_out_line(to->cli, "created %s", shown);
    else
        wend_out_line(to->cli, "%s is there already; left as it is", shown);
}

static bool make_file(Report *to, const char *path, const char *text, WendError *error)
{
    bool exists = false;
    if (!wend_file_create(path, text, &exists, error) && !exists)
        return false;
    wend_error_clear(error);
    report(to, path, !exists);
    return true;
}

static bool make_folder(Report *to, const char *path, WendError *error)
{
    bool made = false;
    if (!wend_folder_create(path, &made, error))
        return false;
    g_autofree char *shown = g_strconcat(path, "/", NULL);
    report(to, shown, made);
    return true;
}

/* The folder that an older wend.yaml names; NULL, with the error, when it cannot be read. */
static char *configured_folder(WendCli *cli, const char *config_path, WendError *error)
{
    cli->globals.config = config_path;
    g_autoptr(WendConfig) config = wend_cli_config(cli, error);
    return config != NULL ? g_strdup(config->migrations) : NULL;
}

static bool make_project(Report *to, const char *root, WendError *error)
{
    WendCli *cli = to->cli;
    const char *path = wend_cli_text(cli, "path");
    if (path == NULL)
        path = cli->globals.migrations;
    g_autofree char *config = g_build_filename(root, "wend.yaml", NULL);
    const char *shown = strncmp(config, "./", 2) == 0 ? config + 2 : config;
    bool older = g_file_test(config, G_FILE_TEST_EXISTS);
    g_autofree char *folder = NULL;
    if (path == NULL && older)
        folder = configured_folder(cli, shown, error);
    else
        folder = wend_path_join(root, path != NULL ? path : "migrations");
    if (folder == NULL)
        return false;
    g_autofree char *text = config_text(cli, path != NULL ? path : "migrations");
    if (strcmp(root, ".") != 0 && !wend_folder_create(root, NULL, error))
        return false;
    g_autofree char *about = g_build_filename(folder, "README.md", NULL);
    if (!make_file(to, shown, text, error) || !make_folder(to, folder, error) ||
        !make_file(to, about, readme, error))
        return false;
    if (!older && has_password(cli->globals.database))
        wend_out_warning(cli,
                         "the URL has a password and was not written: %s takes it from ${%s}; set "
                         "that in the environment, or in a .env beside it that is not committed",
                         shown, URL_VARIABLE);
    return true;
}

static int run(WendCli *cli)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *root = cli->operand_count > 0 ? cli->operands[0] : ".";
    Report to = {cli, json_array(), json_array()};
    if (!make_project(&to, root, &error)) {
        json_decref(to.created);
        json_decref(to.kept);
        return wend_out_error(cli, &error);
    }
    json_t *document = json_pack("{s:o, s:o}", "created", to.created, "kept", to.kept);
    if (cli->globals.json) {
        wend_out_json(cli, document);
        return WEND_OK;
    }
    json_decref(document);
    wend_out_note(cli, "Next:");
    if (strcmp(root, ".") != 0)
        wend_out_note(cli, "  cd %s", root);
    wend_out_note(cli, "  wend new create users    make the first migration, then write its SQL");
    wend_out_note(cli, "  wend up                  run it");
    return WEND_OK;
}

const WendCommand wend_cmd_init = {
    .name = "init",
    .group = WEND_GROUP_START,
    .summary = "write a wend.yaml and a migrations folder",
    .usage = "init [--path DIR] [DIR]",
    .options = options,
    .operand = "DIR",
    .operands = 1,
    .run = run,
};
