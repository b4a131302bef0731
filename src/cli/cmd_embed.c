/* SPDX-License-Identifier: MIT
 *
 * wend embed: a migrations folder as C, to be built into a program that links libwend.
 */
#include "cli/output.h"
#include "core/project.h"
#include "db/driver.h"
#include "format/format.h"

#include <errno.h>
#include <string.h>

static const WendOption options[] = {
    {"output", 'o', WEND_OPTION_TEXT, "FILE.c", "the file to write; its header goes beside it",
     NULL},
    {"name", 0, WEND_OPTION_TEXT, "NAME", "of the array (default: migrations)", NULL},
    {"depfile", 0, WEND_OPTION_TEXT, "FILE", "write for make and ninja what was read", NULL},
    {0},
};

typedef struct Embedding {
    const WendFormat *format;
    const char *name; /* of the array */
    GPtrArray *files; /* of char *: relative names, sorted */
    GString *code, *header, *reads;
} Embedding;

/* --- what is taken --- */

static bool is_identifier(const char *name)
{
    if (!g_ascii_isalpha(*name) && *name != '_')
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
           strlen(name);
}

/* In wend's own folders only what it reads; another tool's may be anything. */
static bool is_wanted(const WendFormat *format, const char *name)
{
    return format != wend_formats[0] || g_str_has_suffix(name, ".sql");
}

static bool collect(Embedding *embedding, const WendFolder *folder, const char *prefix,
                    WendError *error)
{
    for (guint i = 0; i < folder->names->len; i++) {
        const char *name = folder->names->pdata[i];
        if (is_wanted(embedding->format, name))
            g_ptr_array_add(embedding->files, g_strconcat(prefix, name, NULL));
    }
    /* wend's own folder is flat. */
    for (guint i = 0; embedding->format != wend_formats[0] && i < folder->folders->len; i++) {
        const char *name = folder->folders->pdata[i];
        g_auto(WendError) failure = WEND_ERROR_INIT;
        g_autoptr(WendFolder) inside = wend_folder_enter(folder, name, &failure);
        if (inside == NULL && failure.code != WEND_OK)
            return wend_error_move(error, &failure);
        g_autofree char *longer = g_strconcat(prefix, name, "/", NULL);
        if (inside != NULL && !collect(embedding, inside, longer, error))
            return false;
    }
    return true;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* --- C --- */

/* As a string literal: what is plain stays readable, a new line of the file begins a new one here. No digit of
 * the text can lengthen an escape: those have three. Trigraphs are broken up. */
static void append_literal(GString *code, const char *text, gsize length)
{
    g_string_append(code, "\"");
    for (gsize i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\n')
            g_string_append(code, i + 1 < length ? "\\n\"\n     \"" : "\\n");
        else if (byte == '"' || byte == '\\' || byte == '?')
            g_string_append_printf(code, "\\%c", byte);
        else if (byte == '\t')
            g_string_append(code, "\\t");
        else if (byte >= 0x20 && byte < 0x7F)
            g_string_append_c(code, (char)byte);
        else
            g_string_append_printf(code, "\\%03o", byte);
    }
    g_string_append(code, "\"");
}

/* Make's own signs in a name. */
static void append_dependency(GString *reads, const char *path)
{
    g_string_append(reads, " \\\n  ");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr(" #\\", *at) != NULL)
            g_string_append_c(reads, '\\');
        if (*at == '$')
            g_string_append_c(reads, '$');
        g_string_append_c(reads, *at);
    }
}

static bool append_file(Embedding *embedding, const WendFolder *folder, const char *name,
                        WendError *error)
{
    gsize length = 0;
    g_autofree char *bytes = NULL;
    if (!wend_folder_bytes(folder, name, &bytes, &length)) {
        wend_error_set(error, WEND_USAGE, "cannot read the file: %s", g_strerror(errno));
        wend_error_place(error, name, 0, 0);
        return wend_error_hint(error, "%s", wend_file_advice(errno));
    }
    g_string_append(embedding->code, "    {");
    append_literal(embedding->code, name, strlen(name));
    g_string_append(embedding->code, ",\n     ");
    append_literal(embedding->code, bytes, length);
    g_string_append_printf(embedding->code, ",\n     %" G_GSIZE_FORMAT "},\n", length);
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    append_dependency(embedding->reads, path);
    return true;
}

static void append_begin(Embedding *embedding, const char *header_name)
{
    g_autofree char *guard = g_ascii_strup(embedding->name, -1);
    const char *about = "/* Written by `wend embed`: change the migrations, not this file. */\n";
    g_string_append_printf(
        embedding->header,
        "%s#ifndef WEND_EMBEDDED_%s_H\n#define WEND_EMBEDDED_%s_H\n\n#include <wend.h>\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/* For the `files` and `file_count` of "
        "WendOptions. */\nextern const WendFile %s[];\nextern const size_t %s_count;\n\n"
        "#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
        about, guard, guard, embedding->name, embedding->name);
    g_string_append_printf(embedding->code,
                           "%s#include \"%s\"\n\n#if defined(__GNUC__)\n#pragma GCC diagnostic "
                           "ignored \"-Woverlength-strings\"\n#endif\n\nconst WendFile %s[] = {\n",
                           about, header_name, embedding->name);
}

/* --- the files --- */

/* Over what an earlier run has written; untouched when it says the same, so that nothing is built anew. */
static bool write_file(const char *path, const GString *text, WendError *error)
{
    g_autofree char *before = NULL;
    gsize length = 0;
    g_autoptr(GError) failure = NULL;
    if (g_file_get_contents(path, &before, &length, NULL) && length == text->len &&
        memcmp(before, text->str, length) == 0)
        return true;
    if (g_file_set_contents(path, text->str, (gssize)text->len, &failure))
        return true;
    wend_error_set(error, WEND_USAGE, "cannot write %s: %s", path, failure->message);
    return wend_error_hint(error, "name another file with --output");
}

static char *header_of(const char *output)
{
    gsize length = strlen(output) - (g_str_has_suffix(output, ".c") ? 2 : 0);
    return g_strdup_printf("%.*s.h", (int)length, output);
}

static bool write_all(WendCli *cli, const Embedding *embedding, const char *output,
                      WendError *error)
{
    const char *depfile = wend_cli_text(cli, "depfile");
    g_autofree char *header = header_of(output);
    if (!write_file(output, embedding->code, error) ||
        !write_file(header, embedding->header, error))
        return false;
    if (depfile == NULL)
        return true;
    g_autoptr(GString) rule = g_string_new(NULL);
    g_string_append_printf(rule, "%s %s:%s\n", output, header, embedding->reads->str);
    return write_file(depfile, rule, error);
}

/* False with WEND_REFUSED for one of wend's own format without statements, which wend_up() would not apply. */
static bool check_filled(const WendFormat *format, WendDialect dialect, const GPtrArray *migrations,
                         GPtrArray *problems, WendError *error)
{
    for (guint i = 0; format == wend_formats[0] && i < migrations->len; i++) {
        WendMigration *migration = migrations->pdata[i];
        if (migration->kind != WEND_KIND_VERSIONED)
            continue;
        format->load(migration, dialect, problems);
        g_autofree char *label = wend_migration_label(migration);
        if (!wend_script_check_empty(migration->up, label, wend_dialect_flags(dialect), error))
            return false;
    }
    return true;
}

/* What is wrong with the files; only a database tells how they are to be read. */
static bool check(const WendConfig *config, const WendFormat *format, const WendFolder *folder,
                  GPtrArray *problems, WendError *error)
{
    g_autoptr(GPtrArray) migrations =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    const WendDriver *driver =
        config->database != NULL ? wend_driver_for(config->database, NULL) : NULL;
    if (driver == NULL)
        return true;
    return format->scan(folder, driver->dialect, migrations, problems, error) &&
           (wend_problems_stop(problems) ||
            check_filled(format, driver->dialect, migrations, problems, error));
}

static const WendFormat *format_of(const WendConfig *config, const WendFolder *folder,
                                   WendError *error)
{
    if (config->format != NULL)
        return wend_format_find(config->format, error);
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, folder, NULL);
    return ranked->pdata[0];
}

static bool embed(WendCli *cli, const WendFolder *folder, Embedding *embedding, const char *output,
                  WendError *error)
{
    g_autofree char *header = header_of(output);
    g_autofree char *header_name = g_path_get_basename(header);
    if (!collect(embedding, folder, "", error))
        return false;
    g_ptr_array_sort(embedding->files, compare_names);
    append_begin(embedding, header_name);
    append_dependency(embedding->reads, folder->path);
    for (guint i = 0; i < embedding->files->len; i++) {
        if (!append_file(embedding, folder, embedding->files->pdata[i], error))
            return false;
    }
    if (embedding->files->len == 0)
        g_string_append(embedding->code, "    {0, 0, 0},\n");
    g_string_append_printf(embedding->code, "};\nconst size_t %s_count = %u;\n", embedding->name,
                           embedding->files->len);
    return write_all(cli, embedding, output, error);
}

static void show(WendCli *cli, const Embedding *embedding, const char *output)
{
    guint count = embedding->files->len;
    if (cli->globals.json)
        wend_out_json(cli, json_pack("{s:s, s:s, s:i}", "file", output, "name", embedding->name,
                                     "files", (int)count));
    else
        wend_out_note(cli, "%s: %u file%s as %s[]", output, count, count == 1 ? "" : "s",
                      embedding->name);
}

static int go(WendCli *cli, const WendConfig *config, const char *output, const char *name)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(WendFolder) folder = wend_folder_open(config->migrations, &error);
    const WendFormat *format = folder != NULL ? format_of(config, folder, &error) : NULL;
    if (format == NULL || !check(config, format, folder, problems, &error))
        return wend_out_error(cli, &error);
    int code = problems->len > 0 ? wend_out_problems(cli, problems) : WEND_OK;
    if (code != WEND_OK)
        return code;
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) code_text = g_string_new(NULL), header = g_string_new(NULL);
    g_autoptr(GString) reads = g_string_new(NULL);
    Embedding embedding = {format, name, files, code_text, header, reads};
    if (!embed(cli, folder, &embedding, output, &error))
        return wend_out_error(cli, &error);
    show(cli, &embedding, output);
    return WEND_OK;
}

static int run(WendCli *cli)
{
    const char *output = wend_cli_text(cli, "output");
    const char *name = wend_cli_text(cli, "name");
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (name == NULL)
        name = "migrations";
    if (output == NULL)
        return wend_cli_usage(cli, "name the file to write: --output FILE.c");
    if (!is_identifier(name))
        return wend_cli_usage(cli, "--name takes a name of C: letters, digits and underscores");
    bool folder = cli->operand_count == 1;
    if (folder)
        cli->globals.migrations = cli->operands[0];
    g_autoptr(WendConfig) config =
        folder ? wend_cli_config(cli, &error) : wend_cli_track(cli, false, &error);
    return config != NULL ? go(cli, config, output, name) : wend_out_error(cli, &error);
}

const WendCommand wend_cmd_embed = {
    .name = "embed",
    .group = WEND_GROUP_BUILD,
    .summary = "write a migrations folder as C, to build it into a program",
    .usage = "embed [DIR] --output FILE.c [--name NAME] [--depfile FILE]",
    .operand = "[DIR]",
    .operands = 1,
    .options = options,
    .run = run,
};
