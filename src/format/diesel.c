/* SPDX-License-Identifier: MIT
 *
 * Diesel: folders VERSION_name with up.sql, down.sql and perhaps metadata.toml; __diesel_schema_migrations
 * holds a row for each version. Versions are text, and what is late runs.
 */
#include "format/tool.h"

#include <string.h>

#define UP   "up.sql"
#define DOWN "down.sql"
#define META "metadata.toml"

/* The folder's name up to its first underscore, without dashes; NULL = it is no migration's. Caller frees. */
static char *version_of(const char *folder)
{
    gsize length = strcspn(folder, "_");
    g_autofree char *version = g_strndup(folder, length);
    g_auto(GStrv) parts = g_strsplit(version, "-", -1);
    return length > 0 ? g_strjoinv("", parts) : NULL;
}

static bool has_file(const WendFolder *folder, const char *name, const char *file)
{
    g_autofree char *path = g_build_filename(folder->path, name, file, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static int detect(const WendFolder *folder)
{
    for (guint i = 0; i < folder->folders->len; i++) {
        const char *name = folder->folders->pdata[i];
        g_autofree char *version = version_of(name);
        if (version != NULL && has_file(folder, name, UP))
            return WEND_FIT_LIKELY;
    }
    return WEND_FIT_NO;
}

/* The file present without the key counts as "no transaction", as in Diesel itself. */
static bool is_alone(const WendFolder *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder->path, name, META, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) parts = g_strsplit(*line, "=", 2);
        if (g_strv_length(parts) == 2 && strcmp(g_strstrip(parts[0]), "run_in_transaction") == 0)
            return !g_str_has_prefix(g_strstrip(parts[1]), "true");
    }
    return true;
}

static WendScript *read_script(const WendFolder *folder, const char *name, const char *file,
                               GPtrArray *problems)
{
    g_autofree char *path = g_build_filename(name, file, NULL);
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, path);
    gsize length = 0;
    if (!wend_tool_read(folder, path, problems, &text, &length))
        return NULL;
    return wend_script_new(shown, 1, g_steal_pointer(&text), length);
}

/* The tool passes over empty folders: git does not keep them. */
static bool is_empty(const WendFolder *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    return dir != NULL && g_dir_read_name(dir) == NULL;
}

static void add(const WendFolder *folder, const char *name, GPtrArray *migrations,
                GPtrArray *problems)
{
    g_autofree char *version = version_of(name);
    if (version == NULL || is_empty(folder, name))
        return;
    if (!has_file(folder, name, UP)) {
        WendProblem *problem =
            wend_tool_problem(folder, name, problems, "there is no up.sql in this folder");
        problem->hint = g_strdup("write it, or remove the folder");
        return;
    }
    WendScript *up = read_script(folder, name, UP, problems);
    if (up == NULL)
        return;
    const char *title = strchr(name, '_');
    WendMigration *migration = wend_tool_migration(
        migrations, WEND_KIND_VERSIONED, version, version, title != NULL ? title + 1 : "", version);
    WendToolFile *file = wend_tool_file(migration);
    migration->up = up;
    if (has_file(folder, name, DOWN))
        migration->down = read_script(folder, name, DOWN, problems);
    file->up_alone = file->down_alone = is_alone(folder, name);
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < folder->folders->len; i++)
        add(folder, folder->folders->pdata[i], migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    return version_of(version);
}

static void add_new(const WendDraft *draft, const char *file, const char *text, GPtrArray *names,
                    GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s/%s", draft->version, draft->slug, file));
    g_ptr_array_add(texts, g_strdup(text));
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    const char *up = draft->up_sql, *down = draft->down_sql;
    add_new(draft, UP, up[0] != '\0' ? up : "-- Your SQL goes here\n", names, texts);
    if (draft->down)
        add_new(draft, DOWN,
                down[0] != '\0' ? down : "-- This file should undo anything in `up.sql`\n", names,
                texts);
    if (draft->up_alone || (draft->down && draft->down_alone))
        add_new(draft, META, "run_in_transaction = false\n", names, texts);
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(queries,
                    wend_book_query(book,
                                    "CREATE TABLE IF NOT EXISTS {table} (\n"
                                    "       version VARCHAR(50) PRIMARY KEY NOT NULL,\n"
                                    "       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n"
                                    ")"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT version, {time run_on} FROM {table} ORDER BY version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *version = row->values[0];
    if (version == NULL)
        return wend_history_refuse("a version that is NULL", error);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, version, version, "");
    applied->applied_at = g_strdup(row->values[1]);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(
        &record->book, record->applied_at != NULL
                           ? "INSERT INTO {table} (version, run_on) VALUES (?, {at})"
                           : "INSERT INTO {table} (version) VALUES (?)");
    wend_query_text(query, record->id);
    if (record->applied_at != NULL)
        wend_record_at(query, record);
    g_ptr_array_add(queries, query);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE version = ?");
    g_ptr_array_add(queries, wend_query_text(query, record->id));
}

static const WendHistory history = {
    .table = "__diesel_schema_migrations",
    .columns = "version,run_on",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
};

static const char *const places[] = {"migrations", NULL};

const WendFormat wend_format_diesel = {
    .name = "diesel",
    .title = "Diesel",
    .places = places,
    .history = &history,
    .late = true,
    .down_hint = "write it as down.sql beside the up.sql",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .position = wend_tool_text_position,
};
