/* SPDX-License-Identifier: MIT
 *
 * Reads the command line: the global options and the command's own, by their tables, in any order and
 * mixed with operands. What is shown about them (help, usage) is in usage.c.
 */
#include "cli/options.h"
#include "cli/output_private.h"

#include <string.h>

#define MEANT_MAX 60 /* bytes of a word that is repeated in a hint */

/* A global option: its field in WendGlobals, its row, and whether the program itself reads it from
 * WEND_<OPTION> (the configuration reads the others). */
#define GLOBAL_OPTIONS(X)                                                                          \
    X(database, "database", 'd', TEXT, "URL", "the database to work on", false)                    \
    X(migrations, "migrations", 'm', TEXT, "DIR", "the migrations folder", false)                  \
    X(schema, "schema", 0, TEXT, "DIR|FILE", "the desired schema", false)                          \
    X(env, "env", 'e', TEXT, "NAME", "the environment of wend.yaml to use", false)                 \
    X(config, "config", 'c', TEXT, "FILE", "the configuration file, not wend.yaml", false)         \
    X(track, "track", 0, TEXT, "NAME", "the track to work on", false)                              \
    X(format, "format", 0, TEXT, "NAME", "the layout of the migrations folder", false)             \
    X(json, "json", 0, FLAG, NULL, "print JSON", true)                                             \
    X(quiet, "quiet", 'q', FLAG, NULL, "leave out notes and progress", true)                       \
    X(verbose, "verbose", 'v', FLAG, NULL, "say more", true)                                       \
    X(color, "color", 0, TEXT, "auto|always|never", "when to use colour", true)                    \
    X(log_format, "log-format", 0, TEXT, "text|logfmt|json", "how what a run tells is written",    \
      true)                                                                                        \
    X(yes, "yes", 'y', FLAG, NULL, "answer every question with yes", true)                         \
    X(lock_timeout, "lock-timeout", 0, DURATION, "TIME",                                           \
      "longest wait for a lock (10s, servers 1min)", false)                                        \
    X(statement_timeout, "statement-timeout", 0, DURATION, "TIME",                                 \
      "the longest that one statement may take", false)                                            \
    X(wait, "wait", 0, DURATION, "SECONDS", "longest wait for the server to be there", false)      \
    X(help, "help", 'h', FLAG, NULL, "print a short help", false)                                  \
    X(version, "version", 0, FLAG, NULL, "print wend's version", false)

#define OPTION_ROW(field, name, letter, kind, value, help, env)                                    \
    {name, letter, WEND_OPTION_##kind, value, help, NULL},
#define FIELD_ROW(field, name, letter, kind, value, help, env)                                     \
    {G_STRUCT_OFFSET(WendGlobals, field), env},

const WendOption wend_global_options[] = {
    GLOBAL_OPTIONS(OPTION_ROW){NULL, 0, WEND_OPTION_FLAG, NULL, NULL, NULL}};

static const struct {
    gsize offset;
    bool from_environment;
} global_fields[] = {GLOBAL_OPTIONS(FIELD_ROW)};

/* What was given for each row of the command's table: "" for a flag; NULL = not given. */
struct WendCliValues {
    GPtrArray *operands;
    const char **given;
};

/* Walks over the words of a command line and knows where options have their values. */
typedef struct Walker {
    char **argv;
    int argc, at;
    int skip;                   /* the command's word; 0 = none */
    const char *bundle;         /* rest of "-abc" */
    bool operands_only;         /* behind "--" */
    const WendCommand *command; /* NULL: an option of any command will do */
} Walker;

typedef enum WalkResult { WALK_END, WALK_OPTION, WALK_WORD, WALK_ERROR } WalkResult;

bool wend_value_is_choice(const char *value)
{
    return value != NULL && g_ascii_islower(value[0]) && strchr(value, '|') != NULL;
}

const char **wend_command_words(void)
{
    GPtrArray *words = g_ptr_array_new();
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        g_ptr_array_add(words, (gpointer)row->command->name);
        for (guint i = 0; i < WEND_ALIASES_MAX && row->aliases[i] != NULL; i++)
            g_ptr_array_add(words, (gpointer)row->aliases[i]);
    }
    g_ptr_array_add(words, NULL);
    return (const char **)g_ptr_array_free(words, FALSE);
}

const WendCommandRow *wend_command_find(const char *word)
{
    for (const WendCommandRow *row = wend_commands; row->command != NULL; row++) {
        if (strcmp(row->command->name, word) == 0)
            return row;
        for (guint i = 0; i < WEND_ALIASES_MAX && row->aliases[i] != NULL; i++) {
            if (strcmp(row->aliases[i], word) == 0)
                return row;
        }
    }
    return NULL;
}

/* By long name (of `length` bytes) or, when that is NULL, by letter. */
static const WendOption *find_in(const WendOption *table, const char *name, gsize length,
                                 char letter)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (name == NULL) {
            if (table->letter == letter)
                return table;
            continue;
        }
        if (strlen(table->name) == length && strncmp(table->name, name, length) == 0)
            return table;
        if (table->alias != NULL && strlen(table->alias) == length &&
            strncmp(table->alias, name, length) == 0)
            return table;
    }
    return NULL;
}

static const WendOption *find_option(const Walker *walker, const char *name, gsize length,
                                     char letter)
{
    const WendOption *found = find_in(wend_global_options, name, length, letter);
    if (found != NULL)
        return found;
    if (walker->command != NULL)
        return find_in(walker->command->options, name, length, letter);
    for (const WendCommandRow *row = wend_commands; found == NULL && row->command != NULL; row++)
        found = find_in(row->command->options, name, length, letter);
    return found;
}

static void add_option_words(GPtrArray *words, const WendOption *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (table->help != NULL)
            g_ptr_array_add(words, (gpointer)table->name);
        if (table->alias != NULL)
            g_ptr_array_add(words, (gpointer)table->alias);
    }
}

static WalkResult unknown_option(const Walker *walker, const char *name, gsize length,
                                 WendError *error)
{
    g_autofree char *given = g_strndup(name, length);
    if (walker->command != NULL)
        wend_error_set(error, WEND_USAGE, "unknown option \"--%s\" for \"%s\"", given,
                       walker->command->name);
    else
        wend_error_set(error, WEND_USAGE, "unknown option \"--%s\"", given);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    add_option_words(words, wend_global_options);
    if (walker->command != NULL)
        add_option_words(words, walker->command->options);
    else
        for (const WendCommandRow *row = wend_commands; row->command != NULL; row++)
            add_option_words(words, row->command->options);
    g_ptr_array_add(words, NULL);
    const char *meant = wend_suggest(given, (const char *const *)words->pdata);
    if (meant != NULL)
        wend_error_hint(error, "did you mean --%s?", meant);
    return WALK_ERROR;
}

/* A word that cannot be the value of the option before it: another option. "-1" can. */
static bool looks_like_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !g_ascii_isdigit(word[1]);
}

/* `inline_value` is what stands behind "=" or the letter; NULL = nothing does. */
static WalkResult take_value(Walker *walker, const WendOption *option, const char *inline_value,
                             const char **value, WendError *error)
{
    *value = inline_value;
    if (option->kind == WEND_OPTION_FLAG) {
        *value = "";
        if (inline_value == NULL)
            return WALK_OPTION;
        wend_error_set(error, WEND_USAGE, "--%s takes no value", option->name);
        return WALK_ERROR;
    }
    if (inline_value != NULL)
        return WALK_OPTION;
    if (walker->at < walker->argc && !looks_like_option(walker->argv[walker->at])) {
        *value = walker->argv[walker->at++];
        return WALK_OPTION;
    }
    if (option->kind == WEND_OPTION_MAYBE) {
        *value = "";
        return WALK_OPTION;
    }
    wend_error_set(error, WEND_USAGE, "--%s needs a value: %s", option->name, option->value);
    if (walker->at < walker->argc)
        wend_error_hint(error, "a value that begins with '-' is written --%s=VALUE", option->name);
    return WALK_ERROR;
}

static WalkResult walk_letter(Walker *walker, const WendOption **option, const char **value,
                              WendError *error)
{
    char letter = *walker->bundle++;
    *option = find_option(walker, NULL, 0, letter);
    if (*option == NULL) {
        /* The letter may be the first byte of a longer character. */
        const char *start = walker->bundle - 1;
        int length = g_utf8_validate(start, -1, NULL) ? (int)(g_utf8_next_char(start) - start) : 1;
        wend_error_set(error, WEND_USAGE, "unknown option -%.*s", length, start);
        return WALK_ERROR;
    }
    const char *rest = walker->bundle;
    if (rest[0] == '\0' || (*option)->kind != WEND_OPTION_FLAG)
        walker->bundle = NULL;
    if ((*option)->kind == WEND_OPTION_FLAG)
        return take_value(walker, *option, NULL, value, error);
    return take_value(walker, *option, rest[0] == '\0' ? NULL : rest, value, error);
}

static WalkResult walk(Walker *walker, const WendOption **option, const char **value,
                       WendError *error)
{
    if (walker->bundle != NULL)
        return walk_letter(walker, option, value, error);
    if (walker->at > 0 && walker->at == walker->skip)
        walker->at++;
    if (walker->at >= walker->argc)
        return WALK_END;
    const char *word = walker->argv[walker->at++];
    if (walker->operands_only || !looks_like_option(word)) {
        *value = word;
        return WALK_WORD;
    }
    if (strcmp(word, "--") == 0) {
        walker->operands_only = true;
        return walk(walker, option, value, error);
    }
    if (word[1] != '-') {
        walker->bundle = word + 1;
        return walk_letter(walker, option, value, error);
    }
    gsize length = strcspn(word + 2, "=");
    *option = find_option(walker, word + 2, length, 0);
    if (*option == NULL)
        return unknown_option(walker, word + 2, length, error);
    const char *inline_value = word[2 + length] == '=' ? word + 3 + length : NULL;
    return take_value(walker, *option, inline_value, value, error);
}

static bool word_is_among(const char *word, const char *choices)
{
    g_auto(GStrv) words = g_strsplit(choices, "|", -1);
    return g_strv_contains((const char *const *)words, word);
}

static bool check_value(const WendOption *option, const char *value, WendError *error)
{
    guint64 number;
    gint64 ms;
    if (option->kind == WEND_OPTION_NUMBER &&
        !g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &number, NULL))
        return wend_error_set(error, WEND_USAGE, "--%s needs a whole number, not \"%s\"",
                              option->name, value);
    if (option->kind == WEND_OPTION_DURATION && !wend_duration_parse(value, &ms)) {
        wend_error_set(error, WEND_USAGE, "--%s needs a duration, not \"%s\"", option->name, value);
        return wend_error_hint(error, "500ms, 5s, 2min, 1h, or a number of seconds");
    }
    if (wend_value_is_choice(option->value) && !word_is_among(value, option->value))
        return wend_error_set(error, WEND_USAGE, "--%s is one of %s, not \"%s\"", option->name,
                              option->value, value);
    if (value[0] == '\0' && option->kind != WEND_OPTION_FLAG && option->kind != WEND_OPTION_MAYBE)
        return wend_error_set(error, WEND_USAGE, "--%s needs a value: %s", option->name,
                              option->value);
    return true;
}

/* The option's row among the global ones; G_N_ELEMENTS(global_fields) when it is the command's. */
static gsize global_row(const WendOption *option)
{
    gsize row = 0;
    while (row < G_N_ELEMENTS(global_fields) && option != &wend_global_options[row])
        row++;
    return row;
}

static void set_global(WendGlobals *globals, gsize row, const char *value)
{
    void *field = G_STRUCT_MEMBER_P(globals, global_fields[row].offset);
    if (wend_global_options[row].kind == WEND_OPTION_FLAG)
        *(bool *)field = true;
    else
        *(const char **)field = value;
}

static bool store_option(WendCli *cli, const WendOption *option, const char *value,
                         WendError *error)
{
    if (!check_value(option, value, error))
        return false;
    gsize row = global_row(option);
    if (row < G_N_ELEMENTS(global_fields))
        set_global(&cli->globals, row, value);
    else
        cli->values->given[option - cli->command->options] = value;
    return true;
}

static bool read_environment(WendCli *cli, WendError *error)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"1", true},  {"true", true},   {"yes", true}, {"on", true},  {"", false},
                 {"0", false}, {"false", false}, {"no", false}, {"off", false}};
    for (gsize row = 0; row < G_N_ELEMENTS(global_fields); row++) {
        if (!global_fields[row].from_environment)
            continue;
        const WendOption *option = &wend_global_options[row];
        g_autofree char *upper = g_strdelimit(g_ascii_strup(option->name, -1), "-", '_');
        g_autofree char *name = g_strconcat("WEND_", upper, NULL);
        const char *value = g_getenv(name);
        if (value == NULL)
            continue;
        if (option->kind != WEND_OPTION_FLAG) {
            if (value[0] == '\0')
                continue;
            if (!check_value(option, value, NULL))
                return wend_error_set(error, WEND_USAGE, "%s is one of %s, not \"%s\"", name,
                                      option->value, value);
            set_global(&cli->globals, row, value);
            continue;
        }
        gsize i = 0;
        while (i < G_N_ELEMENTS(words) && g_ascii_strcasecmp(words[i].word, value) != 0)
            i++;
        if (i == G_N_ELEMENTS(words))
            return wend_error_set(error, WEND_USAGE, "%s is 1 or 0, not \"%s\"", name, value);
        if (words[i].value)
            set_global(&cli->globals, row, value);
    }
    return true;
}

/* Finds the word that is the command: the first one that is no option and no option's value. */
static bool find_command(WendCli *cli, Walker *walker, const WendCommandRow **row, WendError *error)
{
    const WendOption *option;
    const char *word = NULL;
    WalkResult result;
    while ((result = walk(walker, &option, &word, error)) == WALK_OPTION) {
        if (global_row(option) < G_N_ELEMENTS(global_fields) &&
            !store_option(cli, option, word, error))
            return false;
    }
    *row = NULL;
    if (result != WALK_WORD)
        return result == WALK_END;
    *row = wend_command_find(word);
    if (*row != NULL)
        return true;
    g_autofree char *masked = wend_text_masked(word);
    wend_error_set(error, WEND_USAGE, "unknown command \"%s\"", masked);
    if (strstr(word, "://") != NULL)
        return wend_error_hint(error, "a database is named with -d URL");
    g_autofree const char **words = wend_command_words();
    const char *meant = wend_suggest(word, words);
    if (meant != NULL)
        return wend_error_hint(error, "did you mean \"%s\"?", meant);
    return wend_error_hint(error, "wend help lists the commands");
}

/* A word too many that is rather the value of an option: "up head", "up 2", "down -1", "down all". */
static bool too_many(const WendCommand *command, const char *word, WendError *error)
{
    const WendOption *options = command->options;
    g_autofree char *masked = wend_text_masked(word);
    wend_error_set(error, WEND_USAGE, "\"%s\" is one too many for \"%s\"", masked, command->name);
    if (strstr(word, "://") != NULL)
        return wend_error_hint(error, "a database is named with -d URL");
    if (strlen(word) > MEANT_MAX)
        return false;
    const char *digits = word + (word[0] == '-' || word[0] == '+');
    bool number = digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits);
    /* A small number counts, unless it is written like a version. */
    bool counts = number && digits[0] != '0' && strlen(digits) < 4 &&
                  find_in(options, "count", strlen("count"), 0) != NULL;
    const WendOption *flag = find_in(options, word, strlen(word), 0);
    if (flag != NULL && flag->kind == WEND_OPTION_FLAG)
        return wend_error_hint(error, "did you mean `--%s`?", word);
    if (counts)
        return wend_error_hint(error, "did you mean `--count %s`?", digits);
    if (command->operands == 0 && find_in(options, "to", strlen("to"), 0) != NULL)
        return wend_error_hint(error, "did you mean `--to %s`?", word);
    return false;
}

static bool read_command(WendCli *cli, Walker *walker, WendError *error)
{
    const WendOption *option;
    const char *value = NULL;
    WalkResult result;
    while ((result = walk(walker, &option, &value, error)) != WALK_END) {
        if (result == WALK_ERROR)
            return false;
        if (result == WALK_OPTION) {
            if (!store_option(cli, option, value, error))
                return false;
            continue;
        }
        const WendCommand *command = cli->command;
        if (cli->values->operands->len >= command->operands)
            return too_many(command, value, error);
        /* Behind the word that says what to do, it is about others. */
        if (cli->values->operands->len == 0 && wend_value_is_choice(command->operand) &&
            !word_is_among(value, command->operand))
            return wend_error_set(error, WEND_USAGE, "\"%s\" is none of %s", value,
                                  command->operand);
        g_ptr_array_add(cli->values->operands, (gpointer)value);
    }
    return true;
}

/* Prints `error` and the usage line. */
static int usage_error(WendCli *cli, WendError *error)
{
    wend_out_color(cli);
    const char *usage = cli->command != NULL ? cli->command->usage : "[options] COMMAND [options]";
    bool lines = !cli->globals.json && wend_out_log_format(cli) == WEND_LOG_TEXT;
    if (!lines && error->hint == NULL)
        wend_error_hint(error, "usage: wend %s", usage);
    wend_out_error(cli, error);
    if (lines)
        wend_out_message(cli, WEND_PAINT_PLAIN, NULL, "usage: wend %s", usage);
    return error->code;
}

int wend_cli_usage(WendCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_auto(WendError) error = WEND_ERROR_INIT;
    wend_error_set(&error, WEND_USAGE, "%s", message);
    return usage_error(cli, &error);
}

int wend_cli_only_one(WendCli *cli, const char *first, ...)
{
    const char *seen = NULL, *second = NULL;
    va_list names;
    va_start(names, first);
    for (const char *name = first; name != NULL; name = va_arg(names, const char *)) {
        if (!wend_cli_given(cli, name))
            continue;
        if (seen == NULL)
            seen = name;
        else if (second == NULL)
            second = name;
    }
    va_end(names);
    if (second == NULL)
        return 0;
    return wend_cli_usage(cli, "--%s and --%s do not go together", seen, second);
}

/* An error in front of --json is to be JSON as well, one in front of --log-format as that says. */
static void look_ahead(WendCli *cli, int argc, char **argv)
{
    const WendOption *log = find_in(wend_global_options, "log-format", strlen("log-format"), 0);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value = g_str_has_prefix(argv[i], "--log-format=") ? strchr(argv[i], '=') + 1
                            : strcmp(argv[i], "--log-format") == 0     ? argv[i + 1]
                                                                       : NULL;
        cli->globals.json |= strcmp(argv[i], "--json") == 0;
        if (value != NULL && check_value(log, value, NULL))
            cli->globals.log_format = value;
    }
}

int wend_cli_parse(WendCli *cli, int argc, char **argv)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const WendCommandRow *row = NULL;
    Walker first = {.argv = argv, .argc = argc, .at = 1};
    bool sound = read_environment(cli, &error);
    look_ahead(cli, argc, argv);
    if (!sound || !find_command(cli, &first, &row, &error))
        return usage_error(cli, &error);
    if (row == NULL) {
        if (cli->globals.json && !cli->globals.version && !cli->globals.help) {
            wend_error_set(&error, WEND_USAGE, "no command is given");
            return usage_error(cli, &error);
        }
        wend_out_color(cli);
        if (cli->globals.version)
            wend_out_line(cli, "wend %s", wend_version_text());
        else
            wend_cli_overview(cli);
        return cli->globals.version || cli->globals.help ? WEND_OK : WEND_USAGE;
    }

    cli->command = row->command;
    gsize count = 0;
    while (row->command->options != NULL && row->command->options[count].name != NULL)
        count++;
    cli->values = g_new0(struct WendCliValues, 1);
    cli->values->given = g_new0(const char *, count + 1);
    cli->values->operands = g_ptr_array_new();
    Walker second = {
        .argv = argv, .argc = argc, .at = 1, .skip = first.at - 1, .command = row->command};
    if (!read_command(cli, &second, &error))
        return usage_error(cli, &error);
    wend_out_color(cli);
    cli->operand_count = cli->values->operands->len;
    g_ptr_array_add(cli->values->operands, NULL);
    cli->operands = (const char *const *)cli->values->operands->pdata;
    if (cli->globals.help) {
        wend_cli_help(cli, row);
        return WEND_OK;
    }
    if (cli->globals.version) {
        wend_out_line(cli, "wend %s", wend_version_text());
        return WEND_OK;
    }
    return -1;
}

void wend_cli_clear(WendCli *cli)
{
    if (cli->values != NULL) {
        g_ptr_array_unref(cli->values->operands);
        g_free(cli->values->given);
        g_free(cli->values);
    }
    *cli = (WendCli){0};
}

static const char *given(const WendCli *cli, const char *name)
{
    const WendOption *option = find_in(cli->command->options, name, strlen(name), 0);
    g_assert(option != NULL);
    return cli->values->given[option - cli->command->options];
}

bool wend_cli_flag(const WendCli *cli, const char *name)
{
    return given(cli, name) != NULL;
}

bool wend_cli_given(const WendCli *cli, const char *name)
{
    return given(cli, name) != NULL;
}

const char *wend_cli_text(const WendCli *cli, const char *name)
{
    return given(cli, name);
}

gint64 wend_cli_number(const WendCli *cli, const char *name, gint64 otherwise)
{
    const char *text = given(cli, name);
    return text != NULL ? g_ascii_strtoll(text, NULL, 10) : otherwise;
}

gint64 wend_cli_duration(const WendCli *cli, const char *name, gint64 otherwise_ms)
{
    const char *text = given(cli, name);
    gint64 ms = otherwise_ms;
    if (text != NULL)
        wend_duration_parse(text, &ms);
    return ms;
}
