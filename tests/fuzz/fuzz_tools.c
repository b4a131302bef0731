/* SPDX-License-Identifier: MIT
 *
 * Fuzz target of other tools' folders. An input is text: the dialect (s, p, m), a blank and the format's name on the first
 * line, then files, each behind a line `=== NAME`, and rows of the tool's table behind `=== @rows`: a
 * line each, values parted by tabs, ~ for NULL. The files are written into a folder of their own; NAME may lead into folders
 * in it and, with ../, beside it. What must hold for any of them: migrations in order and each id once, scripts that are
 * text, problems that name a file and a place in it.
 */
#include "core/state.h"
#include "format/tool.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES_MAX   24
#define NAME_LENGTH 250
#define COLUMNS_MAX 24 /* more than any history reads */
#define ROWS_MAX    40

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* --- the folder --- */

static char base[] = "/tmp/wend-fuzz-XXXXXX";

static void remove_base(void)
{
    rmdir(base);
}

/* Made once, emptied after each input, removed at the end. */
static const char *base_folder(void)
{
    static bool made = false;
    if (!made) {
        CHECK(g_mkdtemp(base) != NULL && atexit(remove_base) == 0);
        made = true;
    }
    return base;
}

static void remove_below(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *one = g_build_filename(path, name, NULL);
        if (unlink(one) != 0) {
            remove_below(one);
            rmdir(one);
        }
    }
}

/* At most one step out of the folder, and none out of the base. */
static bool is_inside(const char *name)
{
    if (g_str_has_prefix(name, "../"))
        name += 3;
    if (name[0] == '\0' || name[0] == '/' || strlen(name) > NAME_LENGTH)
        return false;
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    for (char **part = parts; *part != NULL; part++)
        if (**part == '\0' || strcmp(*part, "..") == 0 || strcmp(*part, ".") == 0)
            return false;
    return g_strv_length(parts) <= 4;
}

static void write_file(const char *folder, const char *name, const char *text, gsize length)
{
    if (!is_inside(name))
        return;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    /* Names that clash with one another, or that the file system refuses, are no folder's. */
    if (g_mkdir_with_parents(parent, 0700) != 0)
        return;
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return;
    CHECK(fwrite(text, 1, length, file) == length);
    CHECK(fclose(file) == 0);
}

/* --- the input --- */

typedef struct Input {
    WendDialect dialect;
    const WendFormat *format;
    GPtrArray *rows; /* of GStrv */
} Input;

static const WendFormat *choose_format(const char *name)
{
    guint count = 0;
    for (; wend_formats[count] != NULL; count++)
        if (strcmp(wend_formats[count]->name, name) == 0)
            return wend_formats[count];
    return wend_formats[g_str_hash(name) % count];
}

static void add_rows(Input *input, const char *text, gsize length)
{
    g_autofree char *copy = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", ROWS_MAX);
    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0' && strchr(*line, '\n') == NULL)
            g_ptr_array_add(input->rows, g_strsplit(*line, "\t", COLUMNS_MAX));
}

static const char *find_file(const char *at, const char *end)
{
    while (at < end) {
        if (end - at > 4 && memcmp(at, "=== ", 4) == 0)
            return at;
        const char *next = memchr(at, '\n', (gsize)(end - at));
        at = next != NULL ? next + 1 : end;
    }
    return end;
}

static void read_input(Input *input, const char *folder, const char *text, gsize length)
{
    const char *end = text + length;
    const char *at = find_file(text, end);
    const char *line = memchr(text, '\n', length);
    gsize head = line != NULL ? (gsize)(line - text) : 0;
    g_autofree char *name = head > 2 ? g_strndup(text + 2, head - 2) : g_strdup("");
    input->dialect = text[0] == 'p'   ? WEND_DIALECT_POSTGRES
                     : text[0] == 'm' ? WEND_DIALECT_MYSQL
                                      : WEND_DIALECT_SQLITE;
    input->format = choose_format(name);
    for (guint count = 0; at < end && count < FILES_MAX; count++) {
        const char *body = memchr(at, '\n', (gsize)(end - at));
        if (body == NULL)
            return;
        g_autofree char *file = g_strndup(at + 4, (gsize)(body - at) - 4);
        const char *next = find_file(body + 1, end);
        if (strcmp(file, "@rows") == 0)
            add_rows(input, body + 1, (gsize)(next - body) - 1);
        else
            write_file(folder, file, body + 1, (gsize)(next - body) - 1);
        at = next;
    }
}

/* --- what must hold --- */

static void check_script(const WendScript *script)
{
    if (script == NULL)
        return;
    CHECK(script->file != NULL && script->line > 0);
    CHECK(strlen(script->text) == script->length && strlen(script->checksum) == WEND_SHA256_HEX);
    for (guint i = 0; i < script->directives->len; i++) {
        const WendDirective *directive = script->directives->pdata[i];
        CHECK(directive->offset <= script->length && directive->value != NULL);
    }
}

static void check_migrations(const Input *input, GPtrArray *migrations, GPtrArray *problems)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < migrations->len; i++) {
        WendMigration *migration = migrations->pdata[i];
        const WendMigration *before = i > 0 ? migrations->pdata[i - 1] : NULL;
        CHECK(migration->id[0] != '\0' && migration->version != NULL && migration->name != NULL);
        CHECK(strlen(migration->id) <= 190 && migration->up != NULL);
        CHECK(before == NULL || strcmp(before->position, migration->position) <= 0);
        CHECK(g_hash_table_add(ids, migration->id));
        g_autofree char *key = input->format->version_key(migration->version);
        g_autofree char *position = input->format->position(migration->id);
        input->format->load(migration, input->dialect, problems);
        guint said = problems->len;
        input->format->load(migration, input->dialect, problems);
        CHECK(problems->len == said);
        check_script(migration->up);
        check_script(migration->down);
    }
}

static void check_problems(const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = problems->pdata[i];
        CHECK(problem->message[0] != '\0' && problem->file != NULL);
        CHECK(problem->line > 0 || problem->column == 0);
    }
}

static void check_new(const Input *input, const GPtrArray *migrations)
{
    if (input->format->new_version != NULL)
        g_free(input->format->new_version(migrations));
}

/* As core reads a table. False when the rows cannot be understood. */
static bool read_rows(const Input *input, const GPtrArray *migrations, GPtrArray *applied,
                      WendError *error)
{
    const WendHistory *history = input->format->history;
    for (guint i = 0; i < input->rows->len; i++) {
        char **fields = input->rows->pdata[i];
        const char *values[COLUMNS_MAX] = {NULL};
        WendRow row = {.values = values};
        for (; fields[row.count] != NULL; row.count++)
            values[row.count] = strcmp(fields[row.count], "~") == 0 ? NULL : fields[row.count];
        WendApplied *one = history->decode(&row, error);
        if (one != NULL)
            g_ptr_array_add(applied, one);
        CHECK(one == NULL || error->code == WEND_OK);
        if (error->code != WEND_OK)
            return false;
    }
    if (history->settle != NULL && !history->settle(applied, migrations, error))
        return false;
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *one = applied->pdata[i];
        CHECK(one->id != NULL && one->version != NULL && one->name != NULL);
        if (one->position == NULL)
            one->position = input->format->position(one->id);
        if (one->position == NULL)
            return false;
    }
    return true;
}

/* The rows and the files side by side, and what would be written about each. */
static void check_history(const Input *input, const GPtrArray *migrations)
{
    const WendHistory *history = input->format->history;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GPtrArray) applied =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    g_autoptr(GPtrArray) queries = wend_queries_new();
    WendSides sides = {.migrations = migrations,
                       .applied = applied,
                       .same = history->same,
                       .late = input->format->late};
    if (!read_rows(input, migrations, applied, &error))
        return;
    g_autoptr(GArray) entries = wend_state_make(&sides);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        WendRecord record = {.book = {input->dialect, history->table},
                             .kind = wend_entry_kind(entry),
                             .id = wend_entry_id(entry),
                             .version = wend_entry_version(entry),
                             .name = wend_entry_name(entry),
                             .position = wend_entry_position(entry),
                             .by = "ann",
                             .migration = entry->migration,
                             .applied = entry->applied,
                             .migrations = migrations};
        if (entry->migration != NULL)
            history->insert(&record, queries);
        if (entry->applied != NULL)
            history->remove(&record, queries);
        if (entry->applied != NULL && entry->migration != NULL && history->replace != NULL)
            history->replace(&record, queries);
    }
    for (guint i = 0; i < queries->len; i++)
        CHECK(((const WendQuery *)queries->pdata[i])->sql[0] != '\0');
}

static void run(const Input *input, const char *path)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendFolder) folder = wend_folder_open(path, &error);
    CHECK(folder != NULL);
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, folder, NULL);
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(GPtrArray) migrations =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    if (!input->format->scan(folder, input->dialect, migrations, problems, &error)) {
        CHECK(error.code != WEND_OK && error.message != NULL);
        return;
    }
    check_migrations(input, migrations, problems);
    check_problems(problems);
    check_new(input, migrations);
    if (!wend_problems_stop(problems))
        check_history(input, migrations);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    Input input = {.rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev)};
    g_autofree char *folder = g_build_filename(base_folder(), "folder", NULL);
    CHECK(g_mkdir_with_parents(folder, 0700) == 0);
    read_input(&input, folder, (const char *)data, size);
    run(&input, folder);
    remove_below(base_folder());
    g_ptr_array_unref(input.rows);
    return 0;
}
