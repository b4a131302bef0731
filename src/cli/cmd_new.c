/* SPDX-License-Identifier: MIT
 *
 * wend new: the files of the next migration, numbered the way the folder already counts.
 */
#include "cli/files.h"
#include "cli/output.h"
#include "db/driver.h"
#include "format/format.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLUG_MAX        100
#define SEQUENCE_MAX    8 /* digits; longer versions are dates or times */
#define SEQUENCE_DIGITS 3 /* in a folder that has none yet */

static const WendOption options[] = {
    {"sequence", 0, WEND_OPTION_FLAG, NULL, "number it: 001, 002", NULL},
    {"timestamp", 0, WEND_OPTION_FLAG, NULL, "give it the time: 20240131120000", NULL},
    {"single", 0, WEND_OPTION_FLAG, NULL, "one file for both directions", NULL},
    {"pair", 0, WEND_OPTION_FLAG, NULL, "an .up.sql and a .down.sql (the default)", NULL},
    {"no-down", 0, WEND_OPTION_FLAG, NULL, "make no way back", NULL},
    {"repeatable", 0, WEND_OPTION_FLAG, NULL, "runs again whenever it changes", NULL},
    {"edit", 0, WEND_OPTION_FLAG, NULL, "open it in $VISUAL or $EDITOR", NULL},
    {NULL, 0, WEND_OPTION_FLAG, NULL, NULL, NULL},
};

/* What is made: paths and texts, in order. */
typedef struct Files {
    GPtrArray *paths;
    GPtrArray *texts;
} Files;

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

static bool is_digits(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* What the folder's versions look like. */
typedef struct Counting {
    GHashTable *keys; /* what version_key() gives for each */
    guint sequence;   /* how many are short numbers */
    guint others;
    guint64 highest; /* of the short ones */
    gsize digits;    /* most that a short one has */
    char *tool;      /* the version that the format gives the next one; NULL = as wend does */
} Counting;

/* Baselines count: they stand for all up to their version. */
static void count_versions(const WendFormat *format, const GPtrArray *migrations,
                           Counting *counting)
{
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = g_ptr_array_index(migrations, i);
        if (migration->kind == WEND_KIND_REPEATABLE)
            continue;
        gsize length = strlen(migration->version);
        char *key = format->version_key(migration->version);
        if (key != NULL)
            g_hash_table_add(counting->keys, key);
        if (!is_digits(migration->version) || length > SEQUENCE_MAX) {
            counting->others++;
            continue;
        }
        counting->sequence++;
        counting->highest = MAX(counting->highest, g_ascii_strtoull(migration->version, NULL, 10));
        counting->digits = MAX(counting->digits, length);
    }
}

/* The next version as a time that no migration has. Caller frees. */
static char *next_timestamp(const WendFormat *format, const Counting *counting)
{
    for (time_t now = time(NULL);; now++) {
        struct tm utc;
        char text[32];
        strftime(text, sizeof text, "%Y%m%d%H%M%S", gmtime_r(&now, &utc));
        g_autofree char *key = format->version_key(text);
        if (key == NULL || !g_hash_table_contains(counting->keys, key))
            return g_strdup(text);
    }
}

/* NULL and WEND_USAGE when a number would come to stand in front of what is there. */
static char *next_version(WendCli *cli, const WendFormat *format, const Counting *counting,
                          WendError *error)
{
    bool counts = counting->sequence > 0 && counting->others == 0;
    bool asked = wend_cli_flag(cli, "sequence") || wend_cli_flag(cli, "timestamp");
    if (counting->tool != NULL && !asked)
        return g_strdup(counting->tool);
    if (wend_cli_flag(cli, "sequence") && counting->others > 0) {
        wend_error_set(error, WEND_USAGE, "the versions of this folder are no sequence of numbers");
        wend_error_hint(error, "leave --sequence away");
        return NULL;
    }
    if (wend_cli_flag(cli, "timestamp") || (!counts && !wend_cli_flag(cli, "sequence")))
        return next_timestamp(format, counting);
    int digits = counts ? (int)counting->digits : SEQUENCE_DIGITS;
    return g_strdup_printf("%0*" G_GUINT64_FORMAT, digits, counting->highest + 1);
}

/* Reads the folder's versions; `format` is told which it is. */
static bool read_folder(const WendConfig *config, const WendFormat **format, Counting *counting,
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
    g_autoptr(GPtrArray) migrations =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    /* What is wrong with the files there is for other commands to say. */
    g_autoptr(GPtrArray) problems = wend_problems_new();
    if (!(*format)->scan(folder, driver != NULL ? driver->dialect : WEND_DIALECT_SQLITE, migrations,
                         problems, error))
        return false;
    count_versions(*format, migrations, counting);
    if ((*format)->new_version != NULL)
        counting->tool = (*format)->new_version(migrations);
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
                            const char *version, const char *slug, Files *files, WendError *error)
{
    bool down = !wend_cli_flag(cli, "no-down");
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
    format->new_files(version, slug, down, names, texts);
    for (guint i = 0; i < names->len; i++)
        add_file(files, folder, names->pdata[i], texts->pdata[i]);
    return true;
}

static void plan_files(WendCli *cli, const char *folder, const char *version, const char *slug,
                       Files *files)
{
    bool down = !wend_cli_flag(cli, "no-down");
    if (wend_cli_flag(cli, "repeatable")) {
        add_file(files, folder, g_strdup_printf("R__%s.sql", slug),
                 g_strdup_printf("-- %s: runs again whenever this file changes\n\n", slug));
    } else if (wend_cli_flag(cli, "single")) {
        add_file(files, folder, g_strdup_printf("%s_%s.sql", version, slug),
                 g_strdup_printf("-- %s\n-- wend:up\n\n%s", slug, down ? "-- wend:down\n\n" : ""));
    } else {
        add_file(files, folder, g_strdup_printf("%s_%s.up.sql", version, slug),
                 g_strdup_printf("-- %s\n\n", slug));
        if (down)
            add_file(files, folder, g_strdup_printf("%s_%s.down.sql", version, slug),
                     g_strdup_printf("-- %s: takes back what the up script did\n\n", slug));
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

static void print_made(WendCli *cli, const char *version, const char *slug, const Files *files)
{
    if (!cli->globals.json) {
        for (guint i = 0; i < files->paths->len; i++) {
            g_autofree char *path = wend_text_line(g_ptr_array_index(files->paths, i));
            wend_out_line(cli, "%s", path);
        }
        return;
    }
    json_t *paths = json_array();
    for (guint i = 0; i < files->paths->len; i++)
        json_array_append_new(paths, json_string(g_ptr_array_index(files->paths, i)));
    wend_out_json(cli,
                  json_pack("{s:s?, s:s, s:o}", "version", version, "name", slug, "files", paths));
}

/* The slug of the operands, or of the answer. NULL on an error. */
static char *read_slug(WendCli *cli, WendError *error)
{
    g_autofree char *name = NULL;
    if (cli->operand_count > 0)
        name = g_strjoinv(" ", (char **)cli->operands);
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

static bool make_migration(WendCli *cli, const char *slug, char **version, Files *files,
                           WendError *error)
{
    g_autoptr(WendConfig) config = wend_cli_track(cli, false, error);
    if (config == NULL || !need_folder(cli, config, error))
        return false;
    const WendFormat *format = NULL;
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Counting counting = {.keys = keys};
    bool read = read_folder(config, &format, &counting, error);
    g_autofree char *owned = counting.tool;
    if (!read)
        return false;
    if (!wend_cli_flag(cli, "repeatable")) {
        *version = next_version(cli, format, &counting, error);
        if (*version == NULL)
            return false;
    }
    if (format != wend_formats[0]) {
        if (!plan_tool_files(format, cli, config->migrations, *version, slug, files, error))
            return false;
    } else {
        plan_files(cli, config->migrations, *version, slug, files);
    }
    return create_files(files, error);
}

static int run(WendCli *cli)
{
    int code = wend_cli_only_one(cli, "sequence", "timestamp", "repeatable", NULL);
    if (code == WEND_OK)
        code = wend_cli_only_one(cli, "single", "pair", "repeatable", NULL);
    if (code != WEND_OK)
        return code;
    if (cli->operand_count == 0 && !wend_out_can_ask(cli))
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
    Files files = {paths, texts};
    g_autofree char *version = NULL;
    if (!make_migration(cli, slug, &version, &files, &error))
        return wend_out_error(cli, &error);
    if (is_vague(slug))
        wend_out_warning(cli, "\"%s\" says little; better: wend new add email to users", slug);
    print_made(cli, version, slug, &files);
    if (editor != NULL)
        open_editor(cli, editor, &files);
    else if (!cli->globals.json)
        wend_out_note(cli, "write its SQL, then `wend up`");
    return WEND_OK;
}

const WendCommand wend_cmd_new = {
    .name = "new",
    .group = WEND_GROUP_START,
    .summary = "make the files of the next migration",
    .usage = "new [--sequence | --timestamp] [--single | --pair] [--no-down] [--repeatable] "
             "[--edit] [NAME...]",
    .options = options,
    .operand = "NAME",
    .operands = WEND_OPERANDS_ANY,
    .run = run,
};
