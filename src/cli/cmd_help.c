/* SPDX-License-Identifier: MIT
 *
 * wend help: the list of commands, or one manual page. The pages are the scdoc sources of docs/man,
 * built in; man_text.c makes them readable.
 */
#include "cli/man_text.h"
#include "cli/output.h"

#include <string.h>
#include <unistd.h>

static const WendOption options[] = {
    /* For the check that every option has its line in a manual page. */
    {"dump-options", 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
    {NULL, 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
};

/* "up" of wend-up, "yaml" of wend.yaml; all of it for the others. */
static const char *topic_of(const WendManPage *page)
{
    const gsize prefix = strlen("wend-");
    bool longer = g_str_has_prefix(page->name, "wend") && strlen(page->name) > prefix;
    return page->name + (longer ? prefix : 0);
}

/* "apply" is wend-up, too. */
static const WendManPage *find_page(const char *topic)
{
    const WendCommandRow *row = wend_command_find(topic);
    const char *name = row != NULL ? row->command->name : topic;
    for (const WendManPage *page = wend_man_pages; page->name != NULL; page++) {
        if (strcmp(page->name, name) == 0 || strcmp(topic_of(page), name) == 0)
            return page;
    }
    return NULL;
}

static int no_page(WendCli *cli, const char *topic)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (const WendManPage *page = wend_man_pages; page->name != NULL; page++)
        g_ptr_array_add(words, (gpointer)topic_of(page));
    g_ptr_array_add(words, NULL);
    g_auto(WendError) error = WEND_ERROR_INIT;
    wend_error_set(&error, WEND_USAGE, "there is no page about \"%s\"", topic);
    const char *meant = wend_suggest(topic, (const char *const *)words->pdata);
    if (meant != NULL)
        wend_error_hint(&error, "did you mean \"%s\"?", meant);
    else
        wend_error_hint(&error, "wend help lists the commands; wend.yaml and format are pages too");
    return wend_out_error(cli, &error);
}

static void dump_table(WendCli *cli, const char *command, const WendOption *table)
{
    static const char *const kinds[] = {"flag", "text", "maybe", "number", "duration"};
    for (; table != NULL && table->name != NULL; table++) {
        if (table->help == NULL)
            continue;
        wend_out_line(cli, "%s\t--%s\t%s", command, table->name, kinds[table->kind]);
        if (table->letter != 0)
            wend_out_line(cli, "%s\t-%c\t%s", command, table->letter, kinds[table->kind]);
        if (table->alias != NULL)
            wend_out_line(cli, "%s\t--%s\t%s", command, table->alias, kinds[table->kind]);
    }
}

/* Every option: "COMMAND<tab>--long<tab>kind", the command "wend" for the global ones; every command
 * by itself, and its aliases: "COMMAND<tab>ALIAS<tab>alias". */
static int dump_options(WendCli *cli)
{
    dump_table(cli, "wend", wend_global_options);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        wend_out_line(cli, "%s", row->command->name);
        for (guint i = 0; i < WEND_ALIASES_MAX && row->aliases[i] != NULL; i++)
            wend_out_line(cli, "%s\t%s\talias", row->command->name, row->aliases[i]);
        dump_table(cli, row->command->name, row->command->options);
    }
    return WEND_OK;
}

static int run(WendCli *cli)
{
    if (wend_cli_flag(cli, "dump-options"))
        return dump_options(cli);
    if (cli->operand_count == 0) {
        wend_cli_overview(cli);
        return WEND_OK;
    }
    const WendManPage *page = find_page(cli->operands[0]);
    if (page == NULL)
        return no_page(cli, cli->operands[0]);
    g_autofree char *text = wend_man_text(
        page->source, wend_out_paint(cli, WEND_PAINT_BOLD), wend_out_paint(cli, WEND_PAINT_NOTE),
        wend_out_paint(cli, WEND_PAINT_PLAIN), wend_out_width(STDOUT_FILENO));
    wend_out_text(cli, text);
    return WEND_OK;
}

const WendCommand wend_cmd_help = {
    .name = "help",
    .group = WEND_GROUP_HELP,
    .summary = "list the commands, or show the page of one",
    .usage = "help [COMMAND]",
    .options = options,
    .operand = "COMMAND",
    .operands = 1,
    .run = run,
};
