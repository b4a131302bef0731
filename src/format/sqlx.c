/* SPDX-License-Identifier: MIT
 *
 * sqlx: NUMBER_description.sql, or .up.sql and .down.sql; _sqlx_migrations holds a row for each version with
 * the raw SHA-384 of the file. A file that begins with `-- no-transaction` runs without one.
 */
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

/* The parts of a file name; false = it is none of sqlx's. */
static bool read_name(const char *file, char **id, char **version, char **name, WendPart *part)
{
    const char *end;
    if (!wend_name_is_sql(file))
        return false;
    gsize stem = wend_name_stem(file, part);
    g_autofree char *number = wend_tool_leading_number(file, &end);
    if (number == NULL || *end != '_' ||
        !g_ascii_string_to_signed(number, 10, 0, G_MAXINT64, NULL, NULL))
        return false;
    *version = g_strndup(file, (gsize)(end - file));
    *name = g_strndup(end + 1, stem - (gsize)(end + 1 - file));
    g_strdelimit(*name, "_", ' ');
    *id = g_steal_pointer(&number);
    return true;
}

static int detect(const WendFolder *folder)
{
    bool any = false;
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *id = NULL, *version = NULL, *name = NULL;
        WendPart part;
        const char *file = folder->names->pdata[i];
        if (!wend_name_is_sql(file))
            continue;
        if (!read_name(file, &id, &version, &name, &part))
            return WEND_FIT_NO;
        any = true;
    }
    return any && !wend_tool_is_marked(folder) ? WEND_FIT_MAYBE : WEND_FIT_NO;
}

static void set_sums(WendToolFile *file, GBytes *bytes)
{
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);
    GString *other = wend_tool_other_ends(data, length);
    file->checksum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA384, bytes);
    file->other =
        g_compute_checksum_for_data(G_CHECKSUM_SHA384, (const guchar *)other->str, other->len);
    g_string_free(other, TRUE);
}

static bool is_alone(const char *text)
{
    return g_str_has_prefix(text, "-- no-transaction");
}

static void add(const WendFolder *folder, const char *file, GHashTable *downs,
                GPtrArray *migrations, GPtrArray *problems)
{
    g_autofree char *id = NULL, *version = NULL, *name = NULL, *text = NULL;
    WendPart part;
    gsize length = 0;
    if (!read_name(file, &id, &version, &name, &part)) {
        /* Without an underscore and .sql it is no migration to sqlx; else it insists on a number. */
        if (wend_name_is_sql(file) && strchr(file, '_') != NULL) {
            WendProblem *problem =
                wend_tool_problem(folder, file, problems, "the name does not begin with a number");
            problem->hint = g_strdup("rename it to NUMBER_name.sql, or move it elsewhere: sqlx "
                                     "refuses it, too");
        }
        return;
    }
    if (part == WEND_PART_DOWN) {
        g_hash_table_insert(downs, g_steal_pointer(&id), (gpointer)file);
        return;
    }
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, file, problems);
    if (bytes == NULL || !wend_tool_read(folder, file, problems, &text, &length) ||
        wend_tool_refuse_marked(folder, file, text, NULL, problems))
        return;
    g_autofree char *position = wend_tool_number_position(id);
    g_autofree char *shown = wend_tool_show(folder, file);
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, position);
    WendToolFile *own = wend_tool_file(migration);
    own->up_alone = is_alone(text);
    set_sums(own, bytes);
    migration->up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) downs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < folder->names->len; i++)
        add(folder, folder->names->pdata[i], downs, migrations, problems);
    for (guint i = 0; i < migrations->len; i++) {
        WendMigration *migration = migrations->pdata[i];
        const char *down = g_hash_table_lookup(downs, migration->id);
        g_autofree char *text = NULL;
        gsize length = 0;
        if (down == NULL || !wend_tool_read(folder, down, problems, &text, &length))
            continue;
        g_autofree char *shown = wend_tool_show(folder, down);
        wend_tool_file(migration)->down_alone = is_alone(text);
        migration->down = wend_script_new(shown, 1, g_steal_pointer(&text), length);
    }
    wend_tool_sort(migrations, problems);
    return true;
}

static char *new_text(const char *sql, bool alone, const char *otherwise)
{
    return g_strconcat(alone ? "-- no-transaction\n" : "", sql[0] != '\0' ? sql : otherwise, NULL);
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s%s.sql", draft->version, draft->slug,
                                           draft->down ? ".up" : ""));
    g_ptr_array_add(texts,
                    new_text(draft->up_sql, draft->up_alone, "-- Add up migration script here\n"));
    if (draft->down) {
        g_ptr_array_add(names, g_strdup_printf("%s_%s.down.sql", draft->version, draft->slug));
        g_ptr_array_add(texts, new_text(draft->down_sql, draft->down_alone,
                                        "-- Add down migration script here\n"));
    }
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "CREATE TABLE IF NOT EXISTS {table} (\n    version BIGINT PRIMARY KEY,\n    "
            "description "
            "TEXT NOT NULL,\n    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n    "
            "success BOOLEAN NOT NULL,\n    checksum BLOB NOT NULL,\n    execution_time BIGINT NOT "
            "NULL\n)",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (\n    version BIGINT PRIMARY KEY,\n    "
            "description "
            "TEXT NOT NULL,\n    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),\n    success "
            "BOOLEAN NOT NULL,\n    checksum BYTEA NOT NULL,\n    execution_time BIGINT NOT "
            "NULL\n)",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (\n    version BIGINT PRIMARY KEY,\n    "
            "description "
            "TEXT NOT NULL,\n    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n    "
            "success BOOLEAN NOT NULL,\n    checksum BLOB NOT NULL,\n    execution_time BIGINT NOT "
            "NULL\n)",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(
        book, book->dialect == WEND_DIALECT_POSTGRES
                  ? "SELECT version, description, CASE WHEN success THEN 1 ELSE 0 END, "
                    "encode(checksum, 'hex'), {time installed_on} FROM {table} ORDER BY version"
                  : "SELECT version, description, CASE WHEN success THEN 1 ELSE 0 END, "
                    "lower(hex(checksum)), {time installed_on} FROM {table} ORDER BY version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { VERSION, DESCRIPTION, SUCCESS, CHECKSUM, AT };
    const char *version = row->values[VERSION];
    if (version == NULL)
        return wend_history_refuse("a version that is NULL", error);
    WendApplied *applied =
        wend_applied_new(WEND_KIND_VERSIONED, version, version,
                         row->values[DESCRIPTION] != NULL ? row->values[DESCRIPTION] : "");
    applied->checksum = g_strdup(row->values[CHECKSUM]);
    applied->applied_at = g_strdup(row->values[AT]);
    if (g_strcmp0(row->values[SUCCESS], "1") != 0)
        applied->failed = g_strdup_printf("sqlx has left version %s without success: it began and "
                                          "did not end",
                                          version);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendToolFile *file = record->migration != NULL ? record->migration->format : NULL;
    /* A script that is run by somebody else does not know how long it took; see script.h. */
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "INSERT INTO {table} (version, description, installed_on, success, checksum, "
            "execution_time) VALUES (?, ?, {at}, true, X'{sum}', COALESCE(?, 0) * "
            "1000000)",
        [WEND_DIALECT_POSTGRES] =
            "INSERT INTO {table} (version, description, installed_on, success, checksum, "
            "execution_time) VALUES (CAST(? AS bigint), ?, {at}, true, '\\x{sum}'::bytea, CAST(? "
            "AS "
            "bigint) * 1000000)",
        [WEND_DIALECT_MYSQL] =
            "INSERT INTO {table} (version, description, installed_on, success, checksum, "
            "execution_time) VALUES (?, ?, {at}, true, X'{sum}', COALESCE(?, 0) * "
            "1000000)",
    };
    /* The checksum is hexadecimal digits: it cannot end the literal. */
    g_autoptr(GString) text = g_string_new(texts[record->book.dialect]);
    g_string_replace(text, "{sum}", file != NULL && file->checksum != NULL ? file->checksum : "",
                     0);
    WendQuery *query = wend_book_query(&record->book, text->str);
    wend_query_integer(query, g_ascii_strtoll(record->id, NULL, 10));
    wend_query_text(query, record->name);
    wend_record_at(query, record);
    g_ptr_array_add(queries, wend_query_special(query, WEND_VALUE_ELAPSED));
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE version = ?");
    g_ptr_array_add(queries, wend_query_integer(query, g_ascii_strtoll(record->id, NULL, 10)));
}

/* --- its lock: of the database's name --- */

static const char *lock_facts(const WendBook *book)
{
    return book->dialect == WEND_DIALECT_POSTGRES ? "SELECT current_database()"
                                                  : "SELECT database()";
}

static guint64 lock_number(const WendRow *facts)
{
    const char *name = facts->values[0] != NULL ? facts->values[0] : "";
    return 0x3d32ad9eULL * wend_tool_crc32(name, strlen(name));
}

static WendQuery *taken(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark)
{
    guint64 number = lock_number(facts);
    return wend_query_take(
        book->dialect == WEND_DIALECT_POSTGRES
            ? g_strdup_printf("SELECT pg_try_advisory_lock(%" G_GINT64_FORMAT ")", (gint64)number)
            : g_strdup_printf("SELECT GET_LOCK('%" G_GINT64_MODIFIER "x', 0)", number));
}

static void release(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark,
                    GPtrArray *queries)
{
    guint64 number = lock_number(facts);
    g_ptr_array_add(
        queries,
        wend_query_take(
            book->dialect == WEND_DIALECT_POSTGRES
                ? g_strdup_printf("SELECT pg_advisory_unlock(%" G_GINT64_FORMAT ")", (gint64)number)
                : g_strdup_printf("SELECT RELEASE_LOCK('%" G_GINT64_MODIFIER "x')", number)));
}

static const WendToolLock lock = {
    .facts = lock_facts, .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "_sqlx_migrations",
    .columns = "version,description,installed_on,success,checksum,execution_time",
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_same,
    .lock = &lock,
};

static const char *const places[] = {"migrations", NULL};

const WendFormat wend_format_sqlx = {
    .name = "sqlx",
    .title = "sqlx",
    .places = places,
    .history = &history,
    .late = true,
    .down_hint = "write it as a .down.sql file beside it",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = wend_tool_number_key,
    .new_files = new_files,
    .position = wend_tool_number_position,
};
