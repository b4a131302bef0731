/* SPDX-License-Identifier: MIT
 *
 * The frame of the program: what a command is, what an option is, and how a command asks for what was
 * typed. main.c holds the command table, options.c reads the command line, config.c chooses the configuration;
 * printing is output.h's.
 *
 * To add a command: one file cmd_NAME.c that defines `const WendCommand wend_cmd_NAME`, its
 * declaration below, its row in main.c, its man page docs/man/wend-NAME.1.scd.
 */
#ifndef WEND_CLI_CLI_H
#define WEND_CLI_CLI_H

#include "core/config.h"

#include <signal.h>

typedef enum WendOptionKind {
    WEND_OPTION_FLAG,
    WEND_OPTION_TEXT,
    WEND_OPTION_MAYBE,   /* text that may be left away: then it is "" */
    WEND_OPTION_NUMBER,  /* a whole number, 0 or more */
    WEND_OPTION_DURATION /* see wend_duration_parse() */
} WendOptionKind;

/* One option. A table of them ends with a row whose name is NULL. An option name has the same kind in
 * every command that takes it, so that options may stand in front of the command. */
typedef struct WendOption {
    const char *name; /* long form, without dashes */
    char letter;      /* short form; 0 = none */
    WendOptionKind kind;
    const char
        *value;       /* what its value is called: "VERSION", "FILE", "DIR"; "a|b" = one of these */
    const char *help; /* one line, lower case, no full stop; NULL = not shown in help */
    const char *alias; /* a second long form; NULL = none */
} WendOption;

/* The groups in which help lists the commands, in its order. */
typedef enum WendGroup {
    WEND_GROUP_START,
    WEND_GROUP_MOVE,
    WEND_GROUP_LOOK,
    WEND_GROUP_PROVE,
    WEND_GROUP_BUILD,
    WEND_GROUP_HELP
} WendGroup;

/* `operands` of a command that takes as many as are given. */
#define WEND_OPERANDS_ANY G_MAXUINT

typedef struct WendCli WendCli;

typedef struct WendCommand {
    const char *name;
    WendGroup group;
    const char *summary;       /* one line, lower case, no full stop */
    const char *usage;         /* behind "wend ": "mark [--pending] VERSION..." */
    const WendOption *options; /* NULL = none of its own */
    const char *operand;       /* what an operand is called ("VERSION", "a|b"); NULL = takes none */
    guint operands;            /* how many it takes at most; fewer are for run() to judge */
    int (*run)(WendCli *cli);  /* returns the exit code: a WendCode */
} WendCommand;

#define WEND_ALIASES_MAX 6

/* A row of the command table. */
typedef struct WendCommandRow {
    const WendCommand *command;
    const char *aliases[WEND_ALIASES_MAX]; /* NULL-terminated */
} WendCommandRow;

extern const WendCommand wend_cmd_adopt, wend_cmd_detect, wend_cmd_baseline, wend_cmd_clean,
    wend_cmd_completion, wend_cmd_down, wend_cmd_embed, wend_cmd_help, wend_cmd_history,
    wend_cmd_init, wend_cmd_mark, wend_cmd_new, wend_cmd_plan, wend_cmd_redo, wend_cmd_repair,
    wend_cmd_reset, wend_cmd_seed, wend_cmd_status, wend_cmd_unlock, wend_cmd_up, wend_cmd_validate,
    wend_cmd_version;

/* All commands, by name; ends with a row whose command is NULL. */
extern const WendCommandRow wend_commands[];

/* The row of a command by its name or an alias; NULL when there is none. */
const WendCommandRow *wend_command_find(const char *word);

/* The options that every command takes. */
extern const WendOption wend_global_options[];

/* The global options as typed (or, for the flags and `color`, as WEND_<OPTION> says); NULL or false
 * where nobody said anything. All borrowed. The configuration has the last word on the rest: see
 * wend_cli_config(). */
typedef struct WendGlobals {
    const char *database, *migrations, *schema, *env, *config, *track, *format;
    const char *lock_timeout, *statement_timeout, *wait;
    const char *color;      /* "auto", "always", "never" */
    const char *log_format; /* "text", "logfmt", "json" */
    bool json, quiet, verbose, yes;
    bool help, version; /* seen to by wend_cli_parse() */
} WendGlobals;

/* What a command is given. */
struct WendCli {
    WendGlobals globals;
    const WendCommand *command;
    const char *const *operands; /* operand_count of them, NULL-terminated */
    guint operand_count;
    struct WendCliValues *values; /* options.c's: the command's own options */
    struct WendOutput *output;    /* output.c's */
};

/* The command's own options, by long name; the name must stand in its table. Text is borrowed; NULL
 * when it was not given. A repeated option: the last wins. */
bool wend_cli_flag(const WendCli *cli, const char *name);
bool wend_cli_given(const WendCli *cli, const char *name);
const char *wend_cli_text(const WendCli *cli, const char *name);
gint64 wend_cli_number(const WendCli *cli, const char *name, gint64 otherwise);
gint64 wend_cli_duration(const WendCli *cli, const char *name, gint64 otherwise_ms);

/* Prints "error: MESSAGE" with the command's usage line; returns WEND_USAGE, to be returned by run(). */
int wend_cli_usage(WendCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* WEND_USAGE printed, when more than one of these options (NULL-terminated list) was given; else 0. */
int wend_cli_only_one(WendCli *cli, const char *first, ...) G_GNUC_NULL_TERMINATED;

/* The configuration that results from the global options, the environment and wend.yaml. The caller
 * frees it; NULL and `error` as wend_config_load() does. */
WendConfig *wend_cli_config(WendCli *cli, WendError *error);

/* Those of all tracks, as wend_config_load_tracks() has them. The caller unrefs. */
GPtrArray *wend_cli_tracks(WendCli *cli, WendError *error);

/* That of the only track that is there, optional ones left out; WEND_USAGE, naming them, when there are
 * several and none is named, unless `any` will do. The caller frees it. */
WendConfig *wend_cli_track(WendCli *cli, bool any, WendError *error);

/* WEND_USAGE in `error`, naming them: `what` is for one track, and there are several. Returns false. */
bool wend_cli_several(const GPtrArray *tracks, const char *what, WendError *error);

/* A copy of the arguments, NULL-terminated; in the originals the passwords of URLs are covered. Caller
 * frees. */
char **wend_cli_arguments(int argc, char **argv);

/* Reads the command line into `cli` (zeroed, with its output made). The strings of `argv` are
 * borrowed. Returns -1 when the command is to run, else the exit code to end with: --help, --version
 * and errors have been printed. */
int wend_cli_parse(WendCli *cli, int argc, char **argv);
void wend_cli_clear(WendCli *cli);

/* The short help of a command: usage, aliases, options. */
void wend_cli_help(WendCli *cli, const WendCommandRow *row);
/* The grouped list of all commands. */
void wend_cli_overview(WendCli *cli);

/* How often SIGINT, SIGTERM or SIGHUP has come. The first asks to stop at the next safe point, the second to
 * stop what is running; the third ends the process at once. */
extern volatile sig_atomic_t wend_interrupts;

#endif
