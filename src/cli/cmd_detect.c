/* SPDX-License-Identifier: MIT
 *
 * wend detect: which tools and databases a tree of files is made for.
 */
#include "cli/target.h"

#include "format/detect.h"

#include <string.h>

static const WendOption options[] = {{0}};

static const char *const databases[] = {
    [WEND_DIALECT_SQLITE] = "sqlite",
    [WEND_DIALECT_POSTGRES] = "postgres",
    [WEND_DIALECT_MYSQL] = "mysql",
};

static const char *const examples[] = {
    [WEND_DIALECT_SQLITE] = "sqlite:FILE",
    [WEND_DIALECT_POSTGRES] = "postgres://USER@HOST/DATABASE",
    [WEND_DIALECT_MYSQL] = "mysql://USER@HOST/DATABASE",
};

/* As a shell takes it. Caller frees. */
static char *word_of(const char *folder)
{
    bool plain = strpbrk(folder, " \t'\"\\$`*?()<>|&;") == NULL;
    return plain ? g_strdup(folder) : g_shell_quote(folder);
}

/* The one command to go on with. Caller frees. */
static char *command_of(const WendFoundTool *tool)
{
    const char *url = tool->dialect >= 0 ? examples[tool->dialect] : "URL";
    if (tool->code)
        return g_strdup_printf("wend -d %s adopt --from %s", url, tool->name);
    g_autofree char *folder = word_of(tool->folder);
    return g_strdup_printf("wend -d %s -m %s%s%s status", url, folder,
                           tool->named ? " --format " : "", tool->named ? tool->name : "");
}

static json_t *tool_json(const WendFoundTool *tool)
{
    g_autofree char *command = command_of(tool);
    json_t *files = json_array(), *others = json_array();
    for (guint i = 0; i < tool->files->len; i++) {
        g_autofree char *valid = g_utf8_make_valid(tool->files->pdata[i], -1);
        json_array_append_new(files, json_string(valid));
    }
    for (guint i = 0; i < tool->others->len; i++)
        json_array_append_new(others,
                              json_string(((const WendFormat *)tool->others->pdata[i])->name));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "name", tool->name, "title",
                     tool->title, "migrations", tool->code ? "code" : "sql", "folder", tool->folder,
                     "files", files, "others", others, "command", command);
}

static json_t *unclear_json(const WendFound *found)
{
    json_t *folders = json_array();
    for (guint i = 0; i < found->unclear->len; i++) {
        g_autofree char *valid = g_utf8_make_valid(found->unclear->pdata[i], -1);
        json_array_append_new(folders, json_string(valid));
    }
    return folders;
}

static void show_json(WendCli *cli, const WendFound *found)
{
    json_t *tools = json_array(), *list = json_array();
    for (guint i = 0; i < found->tools->len; i++)
        json_array_append_new(tools, tool_json(found->tools->pdata[i]));
    for (guint i = 0; i < found->databases->len; i++) {
        const WendFoundDatabase *one = found->databases->pdata[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:i}", "database", databases[one->dialect],
                                        "file", one->file, "line", (int)one->line));
    }
    wend_out_json(cli, json_pack("{s:o, s:o, s:o, s:b}", "tools", tools, "unclear",
                                 unclear_json(found), "databases", list, "whole", found->whole));
}

static void show_tool(WendCli *cli, const WendFoundTool *tool)
{
    g_autofree char *folder = wend_text_line(tool->folder);
    g_autofree char *command = command_of(tool);
    if (tool->code)
        wend_out_line(cli, "%s (its migrations are program code)", tool->title);
    else
        wend_out_line(cli, "%s: %s", tool->title, folder);
    for (guint i = 0; i < tool->files->len; i++) {
        g_autofree char *file = wend_text_line(tool->files->pdata[i]);
        wend_out_line(cli, "  %s", file);
    }
    if (tool->others->len > 0) {
        g_autoptr(GString) names = g_string_new(NULL);
        for (guint i = 0; i < tool->others->len; i++)
            g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                                   ((const WendFormat *)tool->others->pdata[i])->title);
        wend_out_line(cli, "  or %s: the history in the database tells", names->str);
    }
    g_autofree char *plain = wend_text_line(command);
    wend_out_line(cli, "  next: %s", plain);
}

static void show_unclear(WendCli *cli, const char *folder)
{
    g_autofree char *shown = wend_text_line(folder);
    g_autofree char *word = word_of(folder);
    g_autofree char *plain = wend_text_line(word);
    wend_out_line(cli, "SQL files of no layout that wend knows, or of several: %s", shown);
    wend_out_line(cli, "  next: wend -d URL -m %s validate", plain);
}

static void show_text(WendCli *cli, const WendFound *found)
{
    bool any = found->tools->len > 0 || found->unclear->len > 0;
    for (guint i = 0; i < found->tools->len; i++)
        show_tool(cli, found->tools->pdata[i]);
    for (guint i = 0; i < found->unclear->len; i++)
        show_unclear(cli, found->unclear->pdata[i]);
    if (found->databases->len > 0)
        wend_out_line(cli, "%sDatabases named here:", any ? "\n" : "");
    for (guint i = 0; i < found->databases->len; i++) {
        const WendFoundDatabase *one = found->databases->pdata[i];
        g_autofree char *file = wend_text_line(one->file);
        wend_out_line(cli, "  %-8s  %s:%u", databases[one->dialect], file, one->line);
    }
    if (!any)
        wend_out_note(cli, "no migrations of a tool that wend knows; `wend init` begins with them");
    if (!found->whole)
        wend_out_warning(cli, "the tree is large: not all of it was looked at");
}

static int run(WendCli *cli)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(WendFound) found = {0};
    if (!wend_detect(cli->operand_count > 0 ? cli->operands[0] : ".", &found, &error))
        return wend_out_error(cli, &error);
    if (cli->globals.json)
        show_json(cli, &found);
    else
        show_text(cli, &found);
    return WEND_OK;
}

const WendCommand wend_cmd_detect = {
    .name = "detect",
    .group = WEND_GROUP_START,
    .summary = "find the migration tools and databases of a project",
    .usage = "detect [PATH]",
    .options = options,
    .operand = "PATH",
    .operands = 1,
    .run = run,
};
