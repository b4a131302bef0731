/* SPDX-License-Identifier: MIT
 *
 * Flash ORM: files with `-- +migrate Up` and `-- +migrate Down`, or without (all of it goes up), in folders of
 * any depth; _flash_migrations holds a row for each file name without its ending, with the SHA-256 of the
 * file. Names are ordered as text, and what is late runs.
 */
#include "format/marked.h"
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define DEPTH_MAX 16

/* Whether `+migrate WORD` stands anywhere behind two dashes, in any case. */
static bool says(const char *line, gsize length, const char *word)
{
    g_autofree char *lower = g_ascii_strdown(line, (gssize)length);
    const char *dashes = strstr(lower, "--");
    const char *mark = dashes != NULL ? strstr(dashes, "+migrate ") : NULL;
    return mark != NULL && g_str_has_prefix(mark + strlen("+migrate "), word);
}

static WendMark mark(const char *line, gsize length, G_GNUC_UNUSED void *data)
{
    return says(line, length, "up")     ? WEND_MARK_UP
           : says(line, length, "down") ? WEND_MARK_DOWN
                                        : WEND_MARK_NONE;
}

static bool has_mark(const char *text)
{
    return strstr(text, "+migrate Up") != NULL;
}

/* sql-migrate has the same marks: its table, or this one's, decides. */
static int detect(const WendFolder *folder)
{
    return wend_tool_first_file(folder, wend_name_is_sql, has_mark) ? WEND_FIT_LIKELY : WEND_FIT_NO;
}

static void add(const WendFolder *folder, const char *path, GPtrArray *migrations,
                GPtrArray *problems)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, path);
    g_autofree char *base = g_path_get_basename(path);
    gsize length = 0;
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, path, problems);
    if (bytes == NULL || !wend_tool_read(folder, path, problems, &text, &length) ||
        wend_tool_refuse_marked(folder, path, text, "sql-migrate", problems))
        return;
    WendScript *up = NULL, *down = NULL;
    wend_marked_cut(shown, text, length, WEND_MARK_NOTHING, mark, NULL, &up, &down);
    if (up == NULL)
        up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
    g_autofree char *id = g_strndup(base, strlen(base) - strlen(".sql"));
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = g_strndup(id, digits > 0 ? digits : strlen(id));
    const char *name = digits > 0 && id[digits] == '_' ? id + digits + 1 : "";
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, id);
    wend_tool_sums(wend_tool_file(migration), bytes);
    migration->up = up;
    migration->down = down;
}

static void scan_below(const WendFolder *top, const WendFolder *folder, const char *prefix,
                       guint depth, GPtrArray *migrations, GPtrArray *problems)
{
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *path = g_strconcat(prefix, folder->names->pdata[i], NULL);
        if (wend_name_is_sql(path))
            add(top, path, migrations, problems);
    }
    for (guint i = 0; depth < DEPTH_MAX && i < folder->folders->len; i++) {
        g_autofree char *deeper = g_strconcat(prefix, folder->folders->pdata[i], "/", NULL);
        g_autoptr(WendFolder) below = wend_tool_enter(folder, folder->folders->pdata[i], problems);
        if (below != NULL)
            scan_below(top, below, deeper, depth + 1, migrations, problems);
    }
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    scan_below(folder, folder, "", 0, migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    return g_strdup(version);
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, draft->down
                               ? g_strdup_printf("-- +migrate Up\n%s\n-- +migrate Down\n%s\n",
                                                 draft->up_sql, draft->down_sql)
                               : g_strdup_printf("-- +migrate Up\n%s\n", draft->up_sql));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, "
            "finished_at TIMESTAMP, migration_name TEXT NOT NULL, logs TEXT, rolled_back_at "
            "TIMESTAMP, started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, "
            "applied_steps_count INTEGER NOT NULL DEFAULT 0)",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (id VARCHAR(255) PRIMARY KEY, checksum VARCHAR(64) "
            "NOT NULL, finished_at TIMESTAMP WITH TIME ZONE, migration_name VARCHAR(255) NOT NULL, "
            "logs TEXT, rolled_back_at TIMESTAMP WITH TIME ZONE, started_at TIMESTAMP WITH TIME "
            "ZONE "
            "NOT NULL DEFAULT NOW(), applied_steps_count INTEGER NOT NULL DEFAULT 0)",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (id VARCHAR(255) PRIMARY KEY, checksum VARCHAR(64) "
            "NOT NULL, finished_at TIMESTAMP NULL, migration_name VARCHAR(255) NOT NULL, logs "
            "TEXT, "
            "rolled_back_at TIMESTAMP NULL, started_at TIMESTAMP NOT NULL DEFAULT "
            "CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0) ENGINE=InnoDB "
            "DEFAULT CHARSET=utf8mb4",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT id, checksum, {time finished_at}, {time started_at} FROM "
                                 "{table} WHERE rolled_back_at IS NULL ORDER BY id");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { ID, CHECKSUM, FINISHED, STARTED };
    const char *id = row->values[ID];
    if (id == NULL)
        return wend_history_refuse("an id that is NULL", error);
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = g_strndup(id, digits > 0 ? digits : strlen(id));
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, version,
                                            digits > 0 && id[digits] == '_' ? id + digits + 1 : "");
    applied->checksum = g_strdup(row->values[CHECKSUM]);
    applied->applied_at = g_strdup(row->values[FINISHED]);
    if (row->values[FINISHED] == NULL)
        applied->failed = g_strdup_printf("Flash began %s at %s and did not finish it", id,
                                          row->values[STARTED] != NULL ? row->values[STARTED]
                                                                       : "an unknown time");
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendToolFile *file = record->migration != NULL ? record->migration->format : NULL;
    WendQuery *query = wend_book_query(
        &record->book,
        "INSERT INTO {table} (id, migration_name, checksum, started_at, finished_at, "
        "applied_steps_count) VALUES (?, ?, ?, {at}, {at}, 1)");
    wend_query_text(query, record->id);
    wend_query_text(query, record->id);
    wend_query_text(query, file != NULL && file->checksum != NULL ? file->checksum : "");
    wend_record_at(query, record);
    g_ptr_array_add(queries, wend_record_at(query, record));
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE id = ?");
    g_ptr_array_add(queries, wend_query_text(query, record->id));
}

static const WendHistory history = {
    .table = "_flash_migrations",
    .columns =
        "id,checksum,finished_at,migration_name,rolled_back_at,started_at,applied_steps_count",
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_same,
};

static const char *const places[] = {"db/migrations", "migrations", NULL};

const WendFormat wend_format_flash = {
    .name = "flash",
    .title = "Flash ORM",
    .places = places,
    .history = &history,
    .late = true,
    .down_hint = "write it below a line `-- +migrate Down`",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .lacks = WEND_LACKS_ALONE,
    .position = wend_tool_text_position,
};
