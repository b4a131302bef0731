/* SPDX-License-Identifier: MIT
 *
 * The short help: made from the command and option tables, so that it cannot say anything else than
 * what is read.
 */
#include "cli/options.h"
#include "cli/output.h"

#define OPTION_WIDTH 30

static const char *const group_titles[] = {"Start", "Move", "Look", "Prove", "Build in", "Help"};

static void print_options(WendCli *cli, const WendOption *options)
{
    for (const WendOption *row = options; row != NULL && row->name != NULL; row++) {
        if (row->help == NULL)
            continue;
        g_autoptr(GString) left = g_string_new("  ");
        if (row->letter != 0)
            g_string_append_printf(left, "-%c, ", row->letter);
        else
            g_string_append(left, "    ");
        g_string_append_printf(left, "--%s", row->name);
        if (row->value != NULL)
            g_string_append_printf(left, " %s", row->value);
        g_autofree char *alias =
            row->alias != NULL ? g_strdup_printf(" (also --%s)", row->alias) : g_strdup("");
        if (left->len > OPTION_WIDTH - 2) {
            wend_out_line(cli, "%s", left->str);
            g_string_truncate(left, 0);
        }
        wend_out_line(cli, "%-*s%s%s", OPTION_WIDTH, left->str, row->help, alias);
    }
}

static char *alias_list(const WendCommandRow *row)
{
    return row->aliases[0] != NULL ? g_strjoinv(", ", (char **)row->aliases) : NULL;
}

void wend_cli_help(WendCli *cli, const WendCommandRow *row)
{
    const WendCommand *command = row->command;
    wend_out_line(cli, "wend %s: %s", command->name, command->summary);
    wend_out_text(cli, "\n");
    wend_out_line(cli, "usage: wend %s", command->usage);
    g_autofree char *aliases = alias_list(row);
    if (aliases != NULL)
        wend_out_line(cli, "also:  %s", aliases);
    if (command->options != NULL) {
        wend_out_text(cli, "\n");
        print_options(cli, command->options);
    }
    wend_out_text(cli, "\n");
    wend_out_line(cli, "Options of every command: wend --help. The whole page: wend help %s.",
                  command->name);
}

void wend_cli_overview(WendCli *cli)
{
    wend_out_text(cli, "wend carries a database from one version of its schema to the next, and "
                       "back.\n\nusage: wend [options] COMMAND [options]\n");
    for (guint group = 0; group < G_N_ELEMENTS(group_titles); group++) {
        wend_out_text(cli, "\n");
        wend_out_line(cli, "%s%s%s", wend_out_paint(cli, WEND_PAINT_BOLD), group_titles[group],
                      wend_out_paint(cli, WEND_PAINT_PLAIN));
        for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
            if (row->command->group != group)
                continue;
            g_autofree char *aliases = alias_list(row);
            wend_out_line(cli, "  %-12s%s%s%s%s", row->command->name, row->command->summary,
                          aliases != NULL ? " (also " : "", aliases != NULL ? aliases : "",
                          aliases != NULL ? ")" : "");
        }
    }
    wend_out_text(cli, "\n");
    wend_out_line(cli, "%sOptions%s", wend_out_paint(cli, WEND_PAINT_BOLD),
                  wend_out_paint(cli, WEND_PAINT_PLAIN));
    print_options(cli, wend_global_options);
    wend_out_text(cli, "\nwend help COMMAND shows the whole page of a command.\n");
}
