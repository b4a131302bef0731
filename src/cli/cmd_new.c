/* SPDX-License-Identifier: MIT
 *
 * wend new: the files of the next migration, or with a template of the next ones, numbered the way the folder
 * already counts. What comes out of a template is template.c's.
 */
#include "cli/files.h"
#include "cli/numbering.h"
#include "cli/template.h"
#include "db/driver.h"
#include "format/directive.h"
#include "format/format.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLUG_MAX 100

static const WendOption options[] = {
    {"sequence", 0, WEND_OPTION_FLAG, NULL, "number it: 001, 002", NULL},
    {"timestamp", 0, WEND_OPTION_FLAG, NULL, "give it the time: 20240131120000", NULL},
    {"single", 0, WEND_OPTION_FLAG, NULL, "one file for both directions", NULL},
    {"pair", 0, WEND_OPTION_FLAG, NULL, "an .up.sql and a .down.sql (the default)", NULL},
    {"no-down", 0, WEND_OPTION_FLAG, NULL, "make no way back", NULL},
    {"repeatable", 0, WEND_OPTION_FLAG, NULL, "runs again whenever it changes", NULL},
    {"edit", 0, WEND_OPTION_FLAG, NULL, "open it in $VISUAL or $EDITOR", NULL},
    {"template", 0, WEND_OPTION_MAYBE, "TEMPLATE", "with SQL for a common task; alone: list them",
     NULL},
    {"templates", 0, WEND_OPTION_TEXT, "DIR", "the folder of your own templates", NULL},
    {"for", 0, WEND_OPTION_TEXT, "postgres|mariadb|mysql|sqlite",
     "what database a template is for (that of the URL)", NULL},
    {NULL, 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
};

/* What is made: paths and texts, in order. */
typedef struct Files {
    GPtrArray *paths;
    GPtrArray *texts;
} Files;

/* One migration among them. */
typedef struct Made {
    char *version, *slug; /* the version NULL = it has none */
    guint first, count;   /* of its files */
} Made;

/* Lower case ASCII, anything else as one "_". Caller frees. */
static char *make_slug(const char *name)
{
    g_autofree char *ascii = g_str_to_ascii(name, "C");
    g_autoptr(GString) slug = g_string_new(NULL);
    for (const char *at = ascii; *at != '\0'; at++) {
        if (g_ascii_isalnum(*at))
            g_string_append_c(slug, g_ascii_tolower(*at));
        else if (slug->len > 0 && slug->str[slug->len - 1] != '_')
            g_string_append_c(slug, '_');
    }
    g_string_truncate(slug, MIN(slug->len, SLUG_MAX));
    while (slug->len > 0 && slug->str[slug->len - 1] == '_')
        g_string_truncate(slug, slug->len - 1);
    return g_string_free(g_steal_pointer(&slug), FALSE);
}

/* Whether the slug has no word that says anything. */
static bool is_vague(const char *slug)
{
    static const char *const vague[] = {
        "alter",     "change", "changes", "db",     "fix",     "fixes", "migrate",
        "migration", "misc",   "new",     "schema", "sql",     "stuff", "temp",
        "test",      "tmp",    "todo",    "update", "updates", "wip",   NULL};
    g_auto(GStrv) words = g_strsplit(slug, "_", -1);
    for (char **word = words; *word != NULL; word++) {
        bool number = strspn(*word, "0123456789") == strlen(*word);
        if (!number && !g_strv_contains(vague, *word))
            return false;
    }
    return true;
}

/* Reads the folder's versions; `format` is told which it is. */
static bool read_folder(const WendConfig *config, const WendFormat **format, WendCounting *counting,
                        WendError *error)
{
    g_autoptr(WendFolder) folder = wend_folder_open(config->migrations, error);
    if (folder == NULL)
        return false;
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, folder, NULL);
    *format = config->format != NULL ? wend_format_find(config->format, error) : ranked->pdata[0];
    if (*format == NULL)
        return false;
    const WendDriver *driver =
        config->database != NULL ? wend_driver_for(config->database, NULL) : NULL;
    counting->dialect = driver != NULL ? driver->dialect : WEND_DIALECT_SQLITE;
    /* What is wrong with the files there is for other commands to say. */
    g_autoptr(GPtrArray) problems = wend_problems_new();
    if (!(*format)->scan(folder, counting->dialect, counting->migrations, problems, error))
        return false;
    wend_counting_read(counting, *format);
    return true;
}

/* The default folder of a project is made; another one that is missing is rather a mistake. */
static bool need_folder(WendCli *cli, const WendConfig *config, WendError *error)
{
    if (g_file_test(config->migrations, G_FILE_TEST_IS_DIR))
        return true;
    g_autofree char *base = g_path_get_basename(config->migrations);
    if (config->file != NULL && cli->globals.migrations == NULL && strcmp(base, "migrations") == 0)
        return wend_folder_create(config->migrations, NULL, error);
    wend_error_set(error, WEND_USAGE, "there is no migrations folder %s", config->migrations);
    if (config->file != NULL)
        return wend_error_hint(error, "make it: mkdir -p %s", config->migrations);
    return wend_error_hint(error, "wend init starts a project; --migrations DIR names a folder");
}

static void add_file(Files *files, const char *folder, char *name, char *text)
{
    g_ptr_array_add(files->paths, g_build_filename(folder, name, NULL));
    g_ptr_array_add(files->texts, text);
    g_free(name);
}

/* The files of another tool's folder are as that tool makes them. */
static bool plan_tool_files(const WendFormat *format, WendCli *cli, const char *folder,
                            const WendDraft *draft, Files *files, WendError *error)
{
    if (format->new_files == NULL) {
        wend_error_set(error, WEND_USAGE, "wend writes no new migrations in the format of %s",
                       format->title);
        return wend_error_hint(error, "make it with %s itself; wend runs it", format->title);
    }
    if (wend_cli_flag(cli, "repeatable") || wend_cli_flag(cli, "single")) {
        wend_error_set(error, WEND_USAGE,
                       "the folder is in the format of %s: its files are as that "
                       "tool makes them",
                       format->title);
        return wend_error_hint(error, "leave --repeatable and --single away");
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    format->new_files(draft, names, texts);
    for (guint i = 0; i < names->len; i++)
        add_file(files, folder, names->pdata[i], texts->pdata[i]);
    return true;
}

static void plan_files(WendCli *cli, const char *folder, const WendDraft *draft, Files *files)
{
    const char *version = draft->version, *slug = draft->slug;
    const char *up = draft->up_sql, *down = draft->down_sql;
    if (wend_cli_flag(cli, "repeatable")) {
        add_file(files, folder, g_strdup_printf("R__%s.sql", slug),
                 g_strdup_printf("-- %s: runs again whenever this file changes\n\n", slug));
    } else if (wend_cli_flag(cli, "single")) {
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "-- %s\n-- wend:up\n%s\n", slug, up);
        if (draft->down)
            g_string_append_printf(text, "-- wend:down\n%s\n", down);
        add_file(files, folder, g_strdup_printf("%s_%s.sql", version, slug),
                 g_string_free(text, FALSE));
    } else {
        add_file(files, folder, g_strdup_printf("%s_%s.up.sql", version, slug),
                 g_strdup_printf("-- %s\n\n%s", slug, up));
        if (draft->down)
            add_file(files, folder, g_strdup_printf("%s_%s.down.sql", version, slug),
                     g_strdup_printf("-- %s: takes back what the up script did\n\n%s", slug, down));
    }
}

/* All of them or none. */
static bool create_files(const Files *files, WendError *error)
{
    for (guint i = 0; i < files->paths->len; i++) {
        g_autofree char *folder = g_path_get_dirname(g_ptr_array_index(files->paths, i));
        if (wend_folder_create(folder, NULL, error) &&
            wend_file_create(g_ptr_array_index(files->paths, i), g_ptr_array_index(files->texts, i),
                             NULL, error))
            continue;
        while (i-- > 0)
            unlink(g_ptr_array_index(files->paths, i));
        return false;
    }
    return true;
}

/* The person's editor as words; NULL and WEND_USAGE when there is none. Free with g_strfreev(). */
static char **editor_words(WendError *error)
{
    static const char *const names[] = {"VISUAL", "EDITOR"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *editor = g_getenv(names[i]);
        char **words = NULL;
        if (editor != NULL && g_shell_parse_argv(editor, NULL, &words, NULL))
            return words;
    }
    wend_error_set(error, WEND_USAGE, "--edit needs an editor in VISUAL or EDITOR");
    wend_error_hint(error, "set one of them, for example EDITOR=vi, or leave --edit away");
    return NULL;
}

static void restore_signals(gpointer data)
{
    (void)data;
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}

static void open_editor(WendCli *cli, char **editor, const Files *files)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **word = editor; *word != NULL; word++)
        g_ptr_array_add(words, *word);
    for (guint i = 0; i < files->paths->len; i++)
        g_ptr_array_add(words, g_ptr_array_index(files->paths, i));
    g_ptr_array_add(words, NULL);
    g_autoptr(GError) failure = NULL;
    int status = 0;
    wend_out_flush(cli);
    if (!g_spawn_sync(NULL, (char **)words->pdata, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, restore_signals, NULL,
                      NULL, NULL, &status, &failure))
        wend_out_warning(cli, "the editor does not start: %s", failure->message);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        wend_out_warning(cli, "the editor %s ended with an error", editor[0]);
}

static json_t *made_json(const Made *made, const Files *files)
{
    json_t *paths = json_array();
    for (guint i = made->first; i < made->first + made->count; i++)
        json_array_append_new(paths, json_string(g_ptr_array_index(files->paths, i)));
    return json_pack("{s:s?, s:s, s:o}", "version", made->version, "name", made->slug, "files",
                     paths);
}

static void print_made(WendCli *cli, const GArray *migrations, const Files *files)
{
    if (!cli->globals.json) {
        for (guint i = 0; i < files->paths->len; i++) {
            g_autofree char *path = wend_text_line(g_ptr_array_index(files->paths, i));
            wend_out_line(cli, "%s", path);
        }
        return;
    }
    if (!wend_cli_given(cli, "template")) {
        wend_out_json(cli, made_json(&g_array_index(migrations, Made, 0), files));
        return;
    }
    json_t *list = json_array();
    for (guint i = 0; i < migrations->len; i++)
        json_array_append_new(list, made_json(&g_array_index(migrations, Made, i), files));
    wend_out_json(cli, json_pack("{s:s, s:o}", "template", wend_cli_text(cli, "template"),
                                 "migrations", list));
}

/* The operands that are words of the name. Borrowed texts; caller frees the array. */
static const char **name_words(const WendCli *cli)
{
    GPtrArray *words = g_ptr_array_new();
    for (guint i = 0; i < cli->operand_count; i++) {
        if (!wend_cli_given(cli, "template") || !wend_template_is_pair(cli->operands[i]))
            g_ptr_array_add(words, (gpointer)cli->operands[i]);
    }
    g_ptr_array_add(words, NULL);
    return (const char **)g_ptr_array_free(words, FALSE);
}

/* The slug of the operands, or of the answer. NULL on an error. */
static char *read_slug(WendCli *cli, WendError *error)
{
    g_autofree char *name = NULL;
    g_autofree const char **words = name_words(cli);
    if (words[0] != NULL)
        name = g_strjoinv(" ", (char **)words);
    else
        name = wend_out_prompt(cli, "What does the migration do (create users)?", error);
    if (name == NULL)
        return NULL;
    g_autofree char *slug = make_slug(name);
    if (slug[0] != '\0')
        return g_steal_pointer(&slug);
    wend_error_set(error, WEND_USAGE, "\"%s\" has no letter or digit to name a file by", name);
    wend_error_hint(error, "say what the migration does: wend new create users");
    return NULL;
}

/* What a script says beside its SQL. */
typedef struct Said {
    bool alone;
    const char *unknown; /* a directive that another tool would pass over; NULL = none */
} Said;

static Said look_at(const char *sql, WendDialect dialect)
{
    static const struct {
        WendDirectiveKind kind;
        const char *name;
    } counting[] = {{WEND_DIRECTIVE_BATCH, "batch"},
                    {WEND_DIRECTIVE_ASSERT, "assert"},
                    {WEND_DIRECTIVE_TIMEOUT, "timeout"},
                    {WEND_DIRECTIVE_SUBSTITUTE, "substitute"}};
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(WendScript) script = wend_script_new("", 1, g_strdup(sql), strlen(sql));
    wend_directives_scan(script, wend_dialect_flags(dialect), problems);
    const WendDirective *transaction = wend_script_directive(script, WEND_DIRECTIVE_TRANSACTION);
    Said said = {transaction != NULL && transaction->none, NULL};
    for (gsize i = 0; said.unknown == NULL && i < G_N_ELEMENTS(counting); i++) {
        if (wend_script_directive(script, counting[i].kind) != NULL)
            said.unknown = counting[i].name;
    }
    return said;
}

/* Says what of a template the format cannot hold. */
static void warn_lacks(WendCli *cli, const WendFormat *format, const WendDraft *draft,
                       const Said *up, const Said *down)
{
    const char *unknown = up->unknown != NULL ? up->unknown : draft->down ? down->unknown : NULL;
    if (draft->down && (format->lacks & WEND_LACKS_BACK))
        wend_out_warning(cli, "%s: the format of %s has no place for a way back, so there is none",
                         draft->slug, format->title);
    if ((format->lacks & WEND_LACKS_ALONE) && (draft->up_alone || draft->down_alone))
        wend_out_warning(cli,
                         "%s: the format of %s has no mark for what cannot run in a transaction; "
                         "wend sees it by itself",
                         draft->slug, format->title);
    if (unknown != NULL)
        wend_out_warning(cli, "%s: `-- wend: %s` is for wend alone; %s passes over it", draft->slug,
                         unknown, format->title);
}

/* What is made, all in all. */
typedef struct Making {
    WendCli *cli;
    const WendConfig *config;
    const WendFormat *format;
    WendCounting *counting;
    WendDialect dialect;
    Files *files;
    GArray *migrations; /* of Made */
} Making;

/* `filled`: NULL = a person is to write it. */
static bool plan_one(const Making *making, const char *name, const WendFilled *filled,
                     WendError *error)
{
    const char *step = filled != NULL ? filled->name : NULL;
    Made made = {.first = making->files->paths->len};
    if (!wend_cli_flag(making->cli, "repeatable")) {
        made.version = wend_counting_next(making->cli, making->format, making->counting, error);
        if (made.version == NULL)
            return false;
        wend_counting_add(making->counting, making->format, made.version);
    }
    made.slug = g_strconcat(name, step != NULL ? "_" : NULL, step, NULL);
    g_array_append_val(making->migrations, made);
    const char *up = filled != NULL ? filled->up : "";
    const char *down = filled != NULL && filled->down != NULL ? filled->down : "";
    Said up_said = look_at(up, making->dialect), down_said = look_at(down, making->dialect);
    WendDraft draft = {.version = made.version,
                       .slug = made.slug,
                       .down = !wend_cli_flag(making->cli, "no-down") &&
                               (filled == NULL || filled->down != NULL),
                       .dialect = making->dialect,
                       .up_sql = up,
                       .down_sql = down,
                       .up_alone = up_said.alone,
                       .down_alone = down_said.alone};
    if (making->format == wend_formats[0])
        plan_files(making->cli, making->config->migrations, &draft, making->files);
    else if (!plan_tool_files(making->format, making->cli, making->config->migrations, &draft,
                              making->files, error))
        return false;
    else if (filled != NULL)
        warn_lacks(making->cli, making->format, &draft, &up_said, &down_said);
    Made *last = &g_array_index(making->migrations, Made, making->migrations->len - 1);
    last->count = making->files->paths->len - last->first;
    return true;
}

static bool make_migrations(WendCli *cli, const char *slug, Files *files, GArray *migrations,
                            WendError *error)
{
    g_autoptr(WendConfig) config = wend_cli_track(cli, false, error);
    if (config == NULL)
        return false;
    WendDialect dialect = WEND_DIALECT_SQLITE;
    g_autoptr(GPtrArray) filled = NULL;
    if (wend_cli_given(cli, "template")) {
        filled = wend_template_make(cli, config, &dialect, error);
        if (filled == NULL)
            return false;
    }
    if (!need_folder(cli, config, error))
        return false;
    const WendFormat *format = NULL;
    g_auto(WendCounting) counting = {
        .keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .migrations = g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free)};
    if (!read_folder(config, &format, &counting, error))
        return false;
    Making making = {
        cli,   config,    format, &counting, filled != NULL ? dialect : counting.dialect,
        files, migrations};
    for (guint i = 0; i < (filled != NULL ? filled->len : 1); i++) {
        if (!plan_one(&making, slug, filled != NULL ? filled->pdata[i] : NULL, error))
            return false;
    }
    return create_files(files, error);
}

static void made_clear(gpointer data)
{
    Made *made = data;
    g_free(made->version);
    g_free(made->slug);
}

/* Options that only a template has a use for, and those it has none for. */
static int check_options(WendCli *cli)
{
    int code = wend_cli_only_one(cli, "sequence", "timestamp", "repeatable", NULL);
    if (code == WEND_OK)
        code = wend_cli_only_one(cli, "single", "pair", "repeatable", NULL);
    if (code == WEND_OK)
        code = wend_cli_only_one(cli, "template", "repeatable", NULL);
    if (code != WEND_OK || wend_cli_given(cli, "template"))
        return code;
    if (wend_cli_given(cli, "for") || wend_cli_given(cli, "templates"))
        return wend_cli_usage(cli, "--for and --templates go with --template");
    return WEND_OK;
}

static int run(WendCli *cli)
{
    int code = check_options(cli);
    if (code != WEND_OK)
        return code;
    g_autofree const char **words = name_words(cli);
    if (wend_cli_given(cli, "template") && wend_cli_text(cli, "template")[0] == '\0') {
        if (cli->operand_count > 0)
            return wend_cli_usage(cli, "which template? wend new --template lists them");
        return wend_template_list(cli);
    }
    if (words[0] == NULL && !wend_out_can_ask(cli))
        return wend_cli_usage(cli, "the migration needs a name");

    g_auto(WendError) error = WEND_ERROR_INIT;
    g_auto(GStrv) editor = NULL;
    if (wend_cli_flag(cli, "edit") && (editor = editor_words(&error)) == NULL)
        return wend_out_error(cli, &error);
    g_autofree char *slug = read_slug(cli, &error);
    if (slug == NULL)
        return wend_out_error(cli, &error);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) migrations = g_array_new(FALSE, FALSE, sizeof(Made));
    g_array_set_clear_func(migrations, made_clear);
    Files files = {paths, texts};
    if (!make_migrations(cli, slug, &files, migrations, &error))
        return wend_out_error(cli, &error);
    if (is_vague(slug))
        wend_out_warning(cli, "\"%s\" says little; better: wend new add email to users", slug);
    print_made(cli, migrations, &files);
    if (editor != NULL)
        open_editor(cli, editor, &files);
    else if (!cli->globals.json)
        wend_out_note(cli, wend_cli_given(cli, "template") ? "look it over, then `wend up`"
                                                           : "write its SQL, then `wend up`");
    return WEND_OK;
}

const WendCommand wend_cmd_new = {
    .name = "new",
    .group = WEND_GROUP_START,
    .summary = "make the files of the next migration",
    .usage = "new [--sequence | --timestamp] [--single | --pair] [--no-down] [--repeatable] "
             "[--edit] [--template [TEMPLATE]] [--templates DIR] [--for DATABASE] [NAME...] "
             "[KEY=VALUE...]",
    .options = options,
    .operand = "NAME",
    .operands = WEND_OPERANDS_ANY,
    .run = run,
};
