/* SPDX-License-Identifier: MIT
 *
 * wend completion: scripts that let a shell complete wend's commands, options and versions. They are
 * made from the command and option tables; completion.h's files know the three shells.
 */
#include "cli/completion.h"
#include "cli/output.h"
#include "format/format.h"
#include "template/template.h"

#include <string.h>

static const WendOption options[] = {
    /* What the scripts call: the versions of the folder, one per line, and never an error. */
    {"versions", 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
    /* Likewise the templates of wend new. */
    {"template-names", 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
    {NULL, 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
};

static const struct {
    const char *shell;
    void (*append)(GString *out);
} shells[] = {
    {"bash", wend_completion_bash},
    {"fish", wend_completion_fish},
    {"zsh", wend_completion_zsh},
};

static int print_versions(WendCli *cli)
{
    g_autoptr(WendConfig) config = wend_cli_config(cli, NULL);
    if (config == NULL)
        return WEND_OK;
    g_autoptr(WendFolder) folder = wend_folder_open(config->migrations, NULL);
    if (folder == NULL)
        return WEND_OK;
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, folder, NULL);
    const WendFormat *format =
        config->format != NULL ? wend_format_find(config->format, NULL) : ranked->pdata[0];
    g_autoptr(GPtrArray) migrations =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    g_autoptr(GPtrArray) problems = wend_problems_new();
    if (format == NULL || !format->scan(folder, WEND_DIALECT_SQLITE, migrations, problems, NULL))
        return WEND_OK;
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = g_ptr_array_index(migrations, i);
        if (migration->kind != WEND_KIND_REPEATABLE)
            wend_out_line(cli, "%s", migration->version);
    }
    return WEND_OK;
}

static int print_templates(WendCli *cli)
{
    g_autoptr(WendConfig) config = wend_cli_config(cli, NULL);
    g_auto(GStrv) names = wend_template_names(config != NULL ? config->templates : NULL, NULL);
    for (char **name = names; name != NULL && *name != NULL; name++)
        wend_out_line(cli, "%s", *name);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    if (wend_cli_flag(cli, "template-names"))
        return print_templates(cli);
    if (wend_cli_flag(cli, "versions"))
        return print_versions(cli);
    if (cli->operand_count == 0)
        return wend_cli_usage(cli, "for which shell?");
    g_autoptr(GString) script = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(shells); i++) {
        if (strcmp(shells[i].shell, cli->operands[0]) == 0)
            shells[i].append(script);
    }
    wend_out_text(cli, script->str);
    return WEND_OK;
}

const WendCommand wend_cmd_completion = {
    .name = "completion",
    .group = WEND_GROUP_HELP,
    .summary = "print a script that completes wend's words in a shell",
    .usage = "completion bash|fish|zsh",
    .options = options,
    .operand = "bash|fish|zsh",
    .operands = 1,
    .run = run,
};
