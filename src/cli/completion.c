/* SPDX-License-Identifier: MIT
 *
 * The completion scripts. Each finds the command on the line, then offers what may stand there: the
 * values of an option by what the table calls them, else options, commands or operands.
 */
#include "cli/completion.h"
#include "cli/options.h"

#include <string.h>

/* What may be completed where a value is called that; the words of a choice are in its name. */
typedef enum Offer {
    OFFER_NOTHING,
    OFFER_VERSIONS,
    OFFER_FILES,
    OFFER_FOLDERS,
    OFFER_COMMANDS,
    OFFER_TEMPLATES,
    OFFER_WORDS
} Offer;

static Offer offer_for(const char *value)
{
    static const struct {
        const char *value;
        Offer offer;
    } offers[] = {{"VERSION", OFFER_VERSIONS}, {"FILE", OFFER_FILES},
                  {"DIR|FILE", OFFER_FILES},   {"DIR", OFFER_FOLDERS},
                  {"COMMAND", OFFER_COMMANDS}, {"TEMPLATE", OFFER_TEMPLATES}};
    for (gsize i = 0; value != NULL && i < G_N_ELEMENTS(offers); i++) {
        if (strcmp(offers[i].value, value) == 0)
            return offers[i].offer;
    }
    return wend_value_is_choice(value) ? OFFER_WORDS : OFFER_NOTHING;
}

/* Calls `each` for every shown option: the global ones with a NULL row. */
static void each_option(GString *out, const WendCommandRow *only,
                        void (*each)(GString *out, const WendCommandRow *row,
                                     const WendOption *option))
{
    for (const WendOption *option = wend_global_options; option->name != NULL; option++)
        each(out, NULL, option);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        const WendOption *option = row->command->options;
        if (only != NULL && only != row)
            continue;
        for (; option != NULL && option->name != NULL; option++) {
            if (option->help != NULL)
                each(out, row, option);
        }
    }
}

/* "up|apply|migrate" or, for fish, "up apply migrate". */
static void append_names(GString *out, const WendCommandRow *row, const char *separator)
{
    g_string_append(out, row->command->name);
    for (guint i = 0; i < WEND_ALIASES_MAX && row->aliases[i] != NULL; i++)
        g_string_append_printf(out, "%s%s", separator, row->aliases[i]);
}

/* "-d|--database" as a pattern of bash and zsh. */
static void append_pattern(GString *out, const WendOption *option)
{
    if (option->letter != 0)
        g_string_append_printf(out, "-%c|", option->letter);
    g_string_append_printf(out, "--%s", option->name);
    if (option->alias != NULL)
        g_string_append_printf(out, "|--%s", option->alias);
}

static void append_valued(GString *out, const WendCommandRow *row, const WendOption *option)
{
    (void)row;
    if (option->kind == WEND_OPTION_FLAG)
        return;
    if (out->len > 0)
        g_string_append_c(out, '|');
    append_pattern(out, option);
}

/* "a|b" as "a b". */
static char *choice_words(const char *value)
{
    return g_strdelimit(g_strdup(value), "|", ' ');
}

/* `text` between single quotes. */
static void append_quoted(GString *out, const char *text)
{
    g_autofree char *quoted = g_shell_quote(text);
    g_string_append(out, quoted);
}

/* The loop that finds the command; the same in bash and zsh but for where the words are. */
static void append_search(GString *out, const char *first, const char *word, const char *end)
{
    g_autoptr(GString) valued = g_string_new(NULL);
    each_option(valued, NULL, append_valued);
    g_string_append_printf(out,
                           "    command= i=%s\n"
                           "    while (( i < %s )); do\n"
                           "        word=%s\n"
                           "        case $word in\n"
                           "            %s) i=$((i + 1)) ;;\n"
                           "            -*) ;;\n"
                           "            *) command=$word; break ;;\n"
                           "        esac\n"
                           "        i=$((i + 1))\n"
                           "    done\n"
                           "    case $command in\n",
                           first, end, word, valued->str);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        if (row->aliases[0] == NULL)
            continue;
        g_string_append(out, "        ");
        append_names(out, row, "|");
        g_string_append_printf(out, ") command=%s ;;\n", row->command->name);
    }
    g_string_append(out, "    esac\n");
}

static void append_bash_offer(GString *out, const char *value)
{
    g_autofree char *words = choice_words(value != NULL ? value : "");
    switch (offer_for(value)) {
    case OFFER_VERSIONS:
        g_string_append(out, "COMPREPLY=($(compgen -W \"$(wend completion --versions "
                             "2>/dev/null)\" -- \"$cur\"))");
        break;
    case OFFER_FILES:
        g_string_append(out, "compopt -o filenames 2>/dev/null; "
                             "COMPREPLY=($(compgen -f -- \"$cur\"))");
        break;
    case OFFER_FOLDERS:
        g_string_append(out, "compopt -o filenames 2>/dev/null; "
                             "COMPREPLY=($(compgen -d -- \"$cur\"))");
        break;
    case OFFER_COMMANDS:
        g_string_append(out, "COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))");
        break;
    case OFFER_TEMPLATES:
        g_string_append(out, "COMPREPLY=($(compgen -W \"$(wend completion --template-names "
                             "2>/dev/null)\" -- \"$cur\"))");
        break;
    case OFFER_WORDS:
        g_string_append_printf(out, "COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))", words);
        break;
    case OFFER_NOTHING:
        g_string_append_c(out, ':');
        break;
    }
}

static void append_bash_value(GString *out, const WendCommandRow *row, const WendOption *option)
{
    (void)row;
    if (option->kind == WEND_OPTION_FLAG)
        return;
    g_string_append(out, "        ");
    append_pattern(out, option);
    g_string_append(out, ") ");
    append_bash_offer(out, option->value);
    g_string_append(out, "; return ;;\n");
}

static void append_bash_option(GString *out, const WendCommandRow *row, const WendOption *option)
{
    if (row != NULL)
        g_string_append_printf(out, " --%s", option->name);
}

static void append_bash_global(GString *out, const WendCommandRow *row, const WendOption *option)
{
    if (row == NULL)
        g_string_append_printf(out, "%s--%s", out->len > 0 ? " " : "", option->name);
}

void wend_completion_bash(GString *out)
{
    g_autofree const char **words = wend_command_words();
    g_autofree char *commands = g_strjoinv(" ", (char **)words);
    g_autoptr(GString) globals = g_string_new(NULL);
    each_option(globals, NULL, append_bash_global);
    g_string_append_printf(out,
                           "# bash completion for wend %s: source <(wend completion bash)\n"
                           "_wend()\n"
                           "{\n"
                           "    local cur prev word command i options\n"
                           "    local commands=\"%s\"\n"
                           "    COMPREPLY=()\n"
                           "    cur=${COMP_WORDS[COMP_CWORD]}\n"
                           "    prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                           "    # \"--to=1\" comes as three words.\n"
                           "    if [ \"$cur\" = \"=\" ]; then\n"
                           "        cur=\n"
                           "    elif [ \"$prev\" = \"=\" ] && (( COMP_CWORD > 2 )); then\n"
                           "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                           "    fi\n",
                           WEND_VERSION, commands);
    append_search(out, "1", "${COMP_WORDS[i]}", "COMP_CWORD");
    g_string_append(out, "    case $prev in\n");
    each_option(out, NULL, append_bash_value);
    g_string_append_printf(out,
                           "    esac\n"
                           "    options=\"%s\"\n"
                           "    case $command in\n",
                           globals->str);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        g_string_append_printf(out, "        %s) options+=\"", row->command->name);
        each_option(out, row, append_bash_option);
        g_string_append(out, "\" ;;\n");
    }
    g_string_append(out, "    esac\n"
                         "    case $cur in\n"
                         "        -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); "
                         "return ;;\n"
                         "    esac\n"
                         "    case $command in\n"
                         "        '') COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\")) ;;\n");
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        if (offer_for(row->command->operand) == OFFER_NOTHING)
            continue;
        g_string_append_printf(out, "        %s) ", row->command->name);
        append_bash_offer(out, row->command->operand);
        g_string_append(out, " ;;\n");
    }
    g_string_append(out, "    esac\n"
                         "}\n"
                         "complete -F _wend wend\n");
}

static void append_zsh_offer(GString *out, const char *value)
{
    g_autofree char *words = choice_words(value != NULL ? value : "");
    switch (offer_for(value)) {
    case OFFER_VERSIONS:
        g_string_append(out, "compadd -- ${(f)\"$(wend completion --versions 2>/dev/null)\"}");
        break;
    case OFFER_FILES:
        g_string_append(out, "_files");
        break;
    case OFFER_FOLDERS:
        g_string_append(out, "_files -/");
        break;
    case OFFER_COMMANDS:
        g_string_append(out, "_describe -t commands command commands");
        break;
    case OFFER_TEMPLATES:
        g_string_append(out,
                        "compadd -- ${(f)\"$(wend completion --template-names 2>/dev/null)\"}");
        break;
    case OFFER_WORDS:
        g_string_append_printf(out, "compadd -- %s", words);
        break;
    case OFFER_NOTHING:
        g_string_append_c(out, ':');
        break;
    }
}

static void append_zsh_value(GString *out, const WendCommandRow *row, const WendOption *option)
{
    (void)row;
    if (option->kind == WEND_OPTION_FLAG)
        return;
    g_string_append(out, "        ");
    append_pattern(out, option);
    g_string_append(out, ") ");
    append_zsh_offer(out, option->value);
    g_string_append(out, "; return ;;\n");
}

static void append_zsh_option(GString *out, const WendOption *option)
{
    g_autofree char *entry = g_strdup_printf("--%s:%s", option->name, option->help);
    g_string_append(out, "\n            ");
    append_quoted(out, entry);
}

static void append_zsh_own(GString *out, const WendCommandRow *row, const WendOption *option)
{
    if (row != NULL)
        append_zsh_option(out, option);
}

static void append_zsh_global(GString *out, const WendCommandRow *row, const WendOption *option)
{
    if (row == NULL)
        append_zsh_option(out, option);
}

static void append_zsh_command(GString *out, const char *name, const char *text)
{
    g_autofree char *entry = g_strdup_printf("%s:%s", name, text);
    g_string_append(out, "\n        ");
    append_quoted(out, entry);
}

void wend_completion_zsh(GString *out)
{
    g_string_append_printf(out,
                           "#compdef wend\n"
                           "# zsh completion for wend %s: source <(wend completion zsh)\n"
                           "_wend() {\n"
                           "    local word command i prev=${words[CURRENT-1]}\n"
                           "    local -a commands options\n"
                           "    commands=(",
                           WEND_VERSION);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        append_zsh_command(out, row->command->name, row->command->summary);
        for (guint i = 0; i < WEND_ALIASES_MAX && row->aliases[i] != NULL; i++)
            append_zsh_command(out, row->aliases[i], row->command->summary);
    }
    g_string_append(out, "\n    )\n");
    append_search(out, "2", "${words[i]}", "CURRENT");
    g_string_append(out, "    case $prev in\n");
    each_option(out, NULL, append_zsh_value);
    g_string_append(out, "    esac\n"
                         "    if [[ ${words[CURRENT]} == -* ]]; then\n"
                         "        options=(");
    each_option(out, NULL, append_zsh_global);
    g_string_append(out, "\n        )\n"
                         "        case $command in\n");
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        g_string_append_printf(out, "        %s) options+=(", row->command->name);
        each_option(out, row, append_zsh_own);
        g_string_append(out, ") ;;\n");
    }
    g_string_append(out, "        esac\n"
                         "        _describe -t options option options\n"
                         "        return\n"
                         "    fi\n"
                         "    case $command in\n"
                         "        '') _describe -t commands command commands ;;\n");
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        if (offer_for(row->command->operand) == OFFER_NOTHING)
            continue;
        g_string_append_printf(out, "        %s) ", row->command->name);
        append_zsh_offer(out, row->command->operand);
        g_string_append(out, " ;;\n");
    }
    g_string_append(out, "    esac\n"
                         "}\n"
                         "if [ \"$funcstack[1]\" = _wend ]; then\n"
                         "    _wend \"$@\"\n"
                         "else\n"
                         "    compdef _wend wend\n"
                         "fi\n");
}

/* What a value takes: nothing else than a value, and what is offered. */
static void append_fish_value(GString *out, const char *value)
{
    g_autofree char *words = choice_words(value != NULL ? value : "");
    switch (offer_for(value)) {
    case OFFER_VERSIONS:
        g_string_append(out, " -x -a '(wend completion --versions 2>/dev/null)'");
        break;
    case OFFER_FILES:
        g_string_append(out, " -r -F");
        break;
    case OFFER_FOLDERS:
        g_string_append(out, " -x -a '(__fish_complete_directories)'");
        break;
    case OFFER_COMMANDS:
        g_string_append(out, " -x -a \"$__wend_commands\"");
        break;
    case OFFER_TEMPLATES:
        g_string_append(out, " -x -a '(wend completion --template-names 2>/dev/null)'");
        break;
    case OFFER_WORDS:
        g_string_append_printf(out, " -x -a '%s'", words);
        break;
    case OFFER_NOTHING:
        g_string_append(out, " -x");
        break;
    }
}

static void append_fish_option(GString *out, const WendCommandRow *row, const WendOption *option)
{
    g_string_append(out, "complete -c wend");
    if (row != NULL) {
        g_string_append(out, " -n '__fish_seen_subcommand_from ");
        append_names(out, row, " ");
        g_string_append(out, "'");
    }
    if (option->letter != 0)
        g_string_append_printf(out, " -s %c", option->letter);
    g_string_append_printf(out, " -l %s", option->name);
    if (option->kind != WEND_OPTION_FLAG)
        append_fish_value(out, option->value);
    g_string_append(out, " -d ");
    append_quoted(out, option->help);
    g_string_append_c(out, '\n');
}

static void append_fish_command(GString *out, const char *name, const char *summary)
{
    g_string_append_printf(
        out, "complete -c wend -n \"not __fish_seen_subcommand_from $__wend_commands\" -a %s -d ",
        name);
    append_quoted(out, summary);
    g_string_append_c(out, '\n');
}

void wend_completion_fish(GString *out)
{
    g_autofree const char **words = wend_command_words();
    g_autofree char *commands = g_strjoinv(" ", (char **)words);
    g_string_append_printf(out,
                           "# fish completion for wend %s: wend completion fish | source\n"
                           "set -g __wend_commands %s\n"
                           "complete -c wend -f\n",
                           WEND_VERSION, commands);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        append_fish_command(out, row->command->name, row->command->summary);
        for (guint i = 0; i < WEND_ALIASES_MAX && row->aliases[i] != NULL; i++)
            append_fish_command(out, row->aliases[i], row->command->summary);
    }
    each_option(out, NULL, append_fish_option);
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        if (offer_for(row->command->operand) == OFFER_NOTHING)
            continue;
        g_string_append(out, "complete -c wend -n '__fish_seen_subcommand_from ");
        append_names(out, row, " ");
        g_string_append(out, "'");
        append_fish_value(out, row->command->operand);
        g_string_append_c(out, '\n');
    }
}
