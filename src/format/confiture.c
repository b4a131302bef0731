/* SPDX-License-Identifier: MIT
 *
 * confiture (FraiseQL), on PostgreSQL: VERSION_name.up.sql and .down.sql; tb_confiture holds a row for each
 * version with the SHA-256 of the file. Versions are ordered as text, and what is late runs.
 */
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

static bool read_name(const char *file, char **version, char **name, WendPart *part)
{
    if (!wend_name_is_sql(file) || !g_ascii_isdigit(file[0]))
        return false;
    gsize stem = wend_name_stem(file, part), length = strcspn(file, "_");
    if (*part == WEND_PART_WHOLE || length >= stem)
        return false;
    *version = g_strndup(file, length);
    *name = g_strndup(file + length + 1, stem - length - 1);
    return true;
}

static int detect(const WendFolder *folder)
{
    bool any = false;
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *version = NULL, *name = NULL;
        WendPart part;
        any |= read_name(folder->names->pdata[i], &version, &name, &part);
    }
    return any ? WEND_FIT_MAYBE : WEND_FIT_NO;
}

/* A migration in Python: VERSION_name.py. */
static bool add_code(const WendFolder *folder, const char *file, GPtrArray *migrations)
{
    gsize length = strcspn(file, "_"), stem = strlen(file) - strlen(".py");
    if (!g_str_has_suffix(file, ".py") || !g_ascii_isdigit(file[0]) || length >= stem)
        return false;
    g_autofree char *version = g_strndup(file, length);
    g_autofree char *name = g_strndup(file + length + 1, stem - length - 1);
    wend_tool_code(
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, version, version, name, version),
        folder, file, "confiture");
    return true;
}

/* What confiture passes over, with a word. */
static void warn_orphan(const WendFolder *folder, const char *file, GPtrArray *problems)
{
    if (!wend_name_is_sql(file) || !g_ascii_isdigit(file[0]))
        return;
    g_autofree char *shown = wend_tool_show(folder, file);
    WendProblem *problem =
        wend_problem_add(problems, true, shown, 0, 0,
                         "confiture does not run this file: its name has no .up or .down");
    problem->hint = g_strdup("call it NAME.up.sql");
}

static void add(const WendFolder *folder, const char *file, GHashTable *downs,
                GPtrArray *migrations, GPtrArray *problems)
{
    g_autofree char *version = NULL, *name = NULL, *text = NULL;
    WendPart part;
    gsize length = 0;
    if (!read_name(file, &version, &name, &part)) {
        if (!add_code(folder, file, migrations))
            warn_orphan(folder, file, problems);
        return;
    }
    if (part == WEND_PART_DOWN) {
        g_hash_table_insert(downs, g_steal_pointer(&version), (gpointer)file);
        return;
    }
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, file, problems);
    if (bytes == NULL || !wend_tool_read(folder, file, problems, &text, &length))
        return;
    g_autofree char *shown = wend_tool_show(folder, file);
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, version, version, name, version);
    wend_tool_sums(wend_tool_file(migration), bytes);
    migration->up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) downs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < folder->names->len; i++)
        add(folder, folder->names->pdata[i], downs, migrations, problems);
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        const char *down = g_hash_table_lookup(downs, migration->id);
        if (down != NULL)
            wend_tool_file(migration)->down_path = g_build_filename(folder->path, down, NULL);
    }
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    gsize length = strcspn(version, "_");
    return length > 0 ? g_strndup(version, length) : NULL;
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

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        "CREATE TABLE IF NOT EXISTS {table} (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), "
        "pk_confiture BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE, slug TEXT NOT NULL UNIQUE, "
        "version "
        "VARCHAR(255) NOT NULL UNIQUE, name VARCHAR(255) NOT NULL, applied_at TIMESTAMPTZ NOT NULL "
        "DEFAULT NOW(), execution_time_ms INTEGER, checksum VARCHAR(64), applied_by TEXT)",
        "CREATE INDEX IF NOT EXISTS idx_tb_confiture_pk_confiture ON {table} (pk_confiture)",
        "CREATE INDEX IF NOT EXISTS idx_tb_confiture_slug ON {table} (slug)",
        "CREATE INDEX IF NOT EXISTS idx_tb_confiture_version ON {table} (version)",
        "CREATE INDEX IF NOT EXISTS idx_tb_confiture_applied_at ON {table} (applied_at DESC)",
    };
    wend_book_schema(book, queries);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_ptr_array_add(queries, wend_book_query(book, texts[i]));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book,
                           "SELECT version, name, {time applied_at}, checksum, applied_by FROM "
                           "{table} ORDER BY version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { VERSION, NAME, AT, CHECKSUM, BY };
    const char *version = row->values[VERSION];
    if (version == NULL)
        return wend_history_refuse("a version that is NULL", error);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, version, version,
                                            row->values[NAME] != NULL ? row->values[NAME] : "");
    applied->applied_at = g_strdup(row->values[AT]);
    applied->checksum = g_strdup(row->values[CHECKSUM]);
    applied->by = g_strdup(row->values[BY]);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendToolFile *file = record->migration != NULL ? record->migration->format : NULL;
    WendQuery *query = wend_book_query(
        &record->book,
        "INSERT INTO {table} (slug, version, name, applied_at, execution_time_ms, checksum, "
        "applied_by) VALUES (CAST(? AS text) || to_char(now(), '_YYYYMMDD_HH24MISS_') || CAST(? AS "
        "text), ?, ?, "
        "{at}, CAST(? AS integer), ?, ?)");
    /* The version keeps two of one name in one second apart. */
    wend_query_text(query, record->name);
    wend_query_text(query, record->id);
    wend_query_text(query, record->id);
    wend_query_text(query, record->name);
    wend_record_at(query, record);
    wend_query_special(query, WEND_VALUE_ELAPSED);
    wend_query_text(query, file != NULL ? file->checksum : NULL);
    g_ptr_array_add(queries, wend_query_text(query, record->by));
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

/* --- its lock: two numbers, the second of the database's name --- */

#define LOCK_SPACE 1751936052

static const char *lock_facts(G_GNUC_UNUSED const WendBook *book)
{
    return "SELECT current_database()";
}

static guint32 lock_number(const WendRow *facts)
{
    const char *name = facts->values[0] != NULL ? facts->values[0] : "";
    char sum[WEND_SHA256_HEX + 1];
    wend_sha256(name, strlen(name), sum);
    sum[8] = '\0';
    return (guint32)g_ascii_strtoull(sum, NULL, 16) & 0x7FFFFFFF;
}

static WendQuery *taken(G_GNUC_UNUSED const WendBook *book, const WendRow *facts,
                        G_GNUC_UNUSED const char *mark)
{
    return wend_query_take(
        g_strdup_printf("SELECT pg_try_advisory_lock(%d, %u)", LOCK_SPACE, lock_number(facts)));
}

static void release(G_GNUC_UNUSED const WendBook *book, const WendRow *facts,
                    G_GNUC_UNUSED const char *mark, GPtrArray *queries)
{
    g_ptr_array_add(queries, wend_query_take(g_strdup_printf("SELECT pg_advisory_unlock(%d, %u)",
                                                             LOCK_SPACE, lock_number(facts))));
}

static const WendToolLock lock = {
    .facts = lock_facts, .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "tb_confiture",
    .columns = "id,pk_confiture,slug,version,name,applied_at,execution_time_ms,checksum,applied_by",
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_same,
    .lock = &lock,
};

static const char *const places[] = {"db/migrations", NULL};

const WendFormat wend_format_confiture = {
    .name = "confiture",
    .title = "confiture",
    .places = places,
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
