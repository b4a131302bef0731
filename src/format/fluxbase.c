/* SPDX-License-Identifier: MIT
 *
 * Fluxbase, on PostgreSQL: the users' own migrations, NAME.up.sql and NAME.down.sql; migrations.app holds a row for
 * each name with both texts. Names are ordered as text, and what is late runs. (Fluxbase's platform track is
 * golang-migrate's layout, with table: migrations.fluxbase.)
 */
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define NAMESPACE "filesystem"

static bool read_name(const char *file, char **id, WendPart *part)
{
    if (!wend_name_is_sql(file))
        return false;
    gsize stem = wend_name_stem(file, part);
    *id = g_strndup(file, stem);
    return *part != WEND_PART_WHOLE;
}

static int detect(const WendFolder *folder)
{
    bool any = false;
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *id = NULL;
        WendPart part;
        any |= read_name(folder->names->pdata[i], &id, &part);
    }
    return any ? WEND_FIT_MAYBE : WEND_FIT_NO;
}

static WendScript *read_script(const WendFolder *folder, const char *file, GPtrArray *problems)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, file);
    gsize length = 0;
    return wend_tool_read(folder, file, problems, &text, &length)
               ? wend_script_new(shown, 1, g_steal_pointer(&text), length)
               : NULL;
}

static void add(const WendFolder *folder, const char *file, GPtrArray *migrations,
                GPtrArray *problems)
{
    g_autofree char *id = NULL;
    WendPart part;
    if (!read_name(file, &id, &part) || part != WEND_PART_UP)
        return;
    WendScript *up = read_script(folder, file, problems);
    if (up == NULL)
        return;
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = g_strndup(id, digits > 0 ? digits : strlen(id));
    const char *name = digits > 0 && id[digits] == '_' ? id + digits + 1 : "";
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, id);
    migration->up = up;
    g_autofree char *down = g_strconcat(id, ".down.sql", NULL);
    g_autofree char *path = g_build_filename(folder->path, down, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        migration->down = read_script(folder, down, problems);
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < folder->names->len; i++)
        add(folder, folder->names->pdata[i], migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    return g_strdup(version);
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s.up.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_strdup(draft->up_sql));
    if (draft->down) {
        g_ptr_array_add(names, g_strdup_printf("%s_%s.down.sql", draft->version, draft->slug));
        g_ptr_array_add(texts, g_strdup(draft->down_sql));
    }
}

/* --- the history --- */

/* Without the references to Fluxbase's own tables, which it makes itself. */
static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(
        queries,
        wend_book_query(
            book,
            "CREATE TABLE IF NOT EXISTS {table} (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), "
            "namespace TEXT NOT NULL DEFAULT 'default', name TEXT NOT NULL, description TEXT, "
            "up_sql "
            "TEXT NOT NULL, down_sql TEXT, version INTEGER DEFAULT 1, status TEXT DEFAULT "
            "'pending' "
            "CHECK (status IN ('pending', 'applied', 'failed', 'rolled_back')), created_by UUID, "
            "applied_by UUID, created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(), updated_at "
            "TIMESTAMPTZ "
            "NOT NULL DEFAULT NOW(), applied_at TIMESTAMPTZ, rolled_back_at TIMESTAMPTZ, "
            "CONSTRAINT "
            "unique_migration_namespace UNIQUE (namespace, name))"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book,
                           "SELECT name, status, {time applied_at} FROM {table} WHERE namespace "
                           "= '" NAMESPACE "' AND status IN ('applied', 'failed') ORDER BY name");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { NAME, STATUS, AT };
    const char *id = row->values[NAME];
    if (id == NULL)
        return wend_history_refuse("a name that is NULL", error);
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = g_strndup(id, digits > 0 ? digits : strlen(id));
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, version,
                                            digits > 0 && id[digits] == '_' ? id + digits + 1 : "");
    applied->applied_at = g_strdup(row->values[AT]);
    if (g_strcmp0(row->values[STATUS], "failed") == 0)
        applied->failed = g_strdup_printf("Fluxbase has marked %s as failed", id);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendMigration *migration = record->migration;
    WendQuery *query = wend_book_query(
        &record->book,
        "INSERT INTO {table} (namespace, name, up_sql, down_sql, status, applied_at) VALUES "
        "('" NAMESPACE
        "', ?, ?, ?, 'applied', {at}) ON CONFLICT (namespace, name) DO UPDATE SET status = "
        "'applied', applied_at = EXCLUDED.applied_at, updated_at = NOW()");
    wend_query_text(query, record->id);
    wend_query_text(query, migration != NULL && migration->up != NULL ? migration->up->text : "");
    wend_query_text(query,
                    migration != NULL && migration->down != NULL ? migration->down->text : NULL);
    g_ptr_array_add(queries, wend_record_at(query, record));
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(
        &record->book, "UPDATE {table} SET status = 'rolled_back', rolled_back_at = "
                       "NOW(), updated_at = NOW() WHERE namespace = '" NAMESPACE "' AND name = ?");
    g_ptr_array_add(queries, wend_query_text(query, record->id));
}

static const WendHistory history = {
    .table = "migrations.app",
    .columns = "id,namespace,name,up_sql,down_sql,status,applied_at,rolled_back_at",
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
};

const WendFormat wend_format_fluxbase = {
    .name = "fluxbase",
    .title = "Fluxbase",
    .history = &history,
    .late = true,
    .postgres_only = true,
    .down_hint = "write it as a .down.sql file beside it",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .lacks = WEND_LACKS_ALONE,
    .position = wend_tool_text_position,
};
