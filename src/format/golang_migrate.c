/* SPDX-License-Identifier: MIT
 *
 * golang-migrate: 000001_name.up.sql and .down.sql; schema_migrations holds one row, the version that the
 * database is at. Every migration of the folder up to it counts as applied.
 */
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define TABLE "schema_migrations"

/* NUMBER_name.up.sql; any other ending is not this tool's on a database. */
static bool read_name(const char *file, char **id, char **name, WendPart *part)
{
    const char *end;
    gsize stem = wend_name_stem(file, part);
    g_autofree char *number = wend_tool_leading_number(file, &end);
    if (!wend_name_is_sql(file) || *part == WEND_PART_WHOLE || number == NULL || *end != '_')
        return false;
    *id = g_steal_pointer(&number);
    *name = g_strndup(end + 1, stem - (gsize)(end + 1 - file));
    return true;
}

static int detect(const WendFolder *folder)
{
    bool any = false;
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *id = NULL, *name = NULL;
        WendPart part;
        const char *file = folder->names->pdata[i];
        if (!wend_name_is_sql(file))
            continue;
        if (!read_name(file, &id, &name, &part))
            return WEND_FIT_NO;
        any = true;
    }
    return any ? WEND_FIT_MAYBE : WEND_FIT_NO;
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) downs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        g_autofree char *id = NULL, *name = NULL, *text = NULL;
        WendPart part;
        gsize length = 0;
        if (!read_name(file, &id, &name, &part))
            continue; /* as the tool does: other files may lie there */
        if (!g_ascii_string_to_signed(id, 10, 0, G_MAXINT64, NULL, NULL)) {
            WendProblem *problem =
                wend_tool_problem(folder, file, problems, "version %s is too large", id);
            problem->hint = g_strdup("the column in " TABLE " takes 64 bits");
            continue;
        }
        if (part == WEND_PART_DOWN) {
            g_hash_table_insert(downs, g_steal_pointer(&id), (gpointer)file);
            continue;
        }
        if (!wend_tool_read(folder, file, problems, &text, &length))
            continue;
        g_autofree char *position = wend_tool_number_position(id);
        g_autofree char *shown = wend_tool_show(folder, file);
        const char *end;
        g_free(wend_tool_leading_number(file, &end));
        g_autofree char *version = g_strndup(file, (gsize)(end - file));
        WendMigration *migration =
            wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, position);
        migration->up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
    }
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        const char *down = g_hash_table_lookup(downs, migration->id);
        if (down != NULL)
            wend_tool_file(migration)->down_path = g_build_filename(folder->path, down, NULL);
    }
    wend_tool_sort(migrations, problems);
    return true;
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

/* --- the one row --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] = "CREATE TABLE IF NOT EXISTS {table} (version uint64, dirty bool)",
        [WEND_DIALECT_POSTGRES] = "CREATE TABLE IF NOT EXISTS {table} (version bigint not null "
                                  "primary key, dirty boolean "
                                  "not null)",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (version bigint not null primary "
            "key, dirty boolean not null)",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
    if (book->dialect == WEND_DIALECT_SQLITE)
        g_ptr_array_add(queries,
                        wend_book_query(book, "CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON "
                                              "{name} (version)"));
}

static WendQuery *read_row(const WendBook *book)
{
    return wend_book_query(book, book->dialect == WEND_DIALECT_POSTGRES
                                     ? "SELECT version, dirty::int FROM {table} LIMIT 1"
                                     : "SELECT version, dirty FROM {table} LIMIT 1");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *version = row->values[0];
    if (row->count != 2 || version == NULL)
        return wend_history_refuse("a version that is NULL", error);
    bool dirty = g_strcmp0(row->values[1], "0") != 0;
    /* -1: nothing is applied, as `migrate force -- -1` leaves it. Dirty, it is settle()'s to say what of. */
    if (version[0] == '-' && !dirty)
        return NULL;
    g_autofree char *position = wend_tool_number_position(version);
    if (version[0] != '-' && position == NULL) {
        g_autofree char *what = g_strdup_printf("version \"%s\"", version);
        return wend_history_refuse(what, error);
    }
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, version, version, "");
    applied->position = g_steal_pointer(&position);
    if (dirty)
        applied->failed = g_strdup_printf(
            "golang-migrate has left version %s dirty: it began and did not end", version);
    return applied;
}

static void add_applied(GPtrArray *applied, const WendMigration *migration)
{
    WendApplied *one =
        wend_applied_new(WEND_KIND_VERSIONED, migration->id, migration->version, migration->name);
    one->position = g_strdup(migration->position);
    g_ptr_array_add(applied, one);
}

static bool settle(GPtrArray *applied, const GPtrArray *migrations, WendError *error)
{
    if (applied->len == 0)
        return true;
    WendApplied *last = applied->pdata[0];
    /* (-1, dirty): the first one was to be taken back. */
    if (last->id[0] == '-') {
        const WendMigration *first = migrations->len > 0 ? migrations->pdata[0] : NULL;
        if (first == NULL)
            return wend_history_refuse("version -1, dirty", error) != NULL;
        g_autofree char *failed = g_strdup_printf(
            "golang-migrate began to take version %s back and did not end (dirty)", first->version);
        g_ptr_array_set_size(applied, 0);
        add_applied(applied, first);
        ((WendApplied *)applied->pdata[0])->failed = g_steal_pointer(&failed);
        return true;
    }
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        int order = strcmp(migration->position, last->position);
        if (order < 0)
            add_applied(applied, migration);
        if (order != 0)
            continue;
        g_free(last->name);
        g_free(last->version);
        last->name = g_strdup(migration->name);
        last->version = g_strdup(migration->version);
    }
    return true;
}

/* The row is replaced: there is never more than one. */
static void set_version(const WendBook *book, const char *version, GPtrArray *queries)
{
    g_ptr_array_add(queries, wend_book_query(book, "DELETE FROM {table}"));
    if (version == NULL)
        return;
    WendQuery *insert = wend_book_query(book, book->dialect == WEND_DIALECT_POSTGRES
                                                  ? "INSERT INTO {table} (version, dirty) VALUES "
                                                    "(CAST(? AS bigint), false)"
                                                  : "INSERT INTO {table} (version, dirty) VALUES "
                                                    "(?, 0)");
    g_ptr_array_add(queries, wend_query_integer(insert, g_ascii_strtoll(version, NULL, 10)));
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    bool by_hand = record->kind == WEND_KIND_BASELINE && g_str_has_prefix(record->id, "B:");
    set_version(&record->book, by_hand ? record->id + 2 : record->id, queries);
}

/* The one before it in the folder, as the tool itself says. */
static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    const char *before = NULL;
    for (guint i = 0; i < record->migrations->len; i++) {
        const WendMigration *migration = record->migrations->pdata[i];
        if (record->position != NULL && strcmp(migration->position, record->position) < 0)
            before = migration->id;
    }
    set_version(&record->book, before, queries);
}

/* --- its lock --- */

static const char *lock_facts(const WendBook *book)
{
    return book->dialect == WEND_DIALECT_POSTGRES
               ? "SELECT current_database(), coalesce(current_schema(), '')"
               : "SELECT database()";
}

/* The tool's number for a lock: the CRC-32 of what it is about, times a salt. */
static guint32 lock_number(const char *about, gsize length)
{
    return wend_tool_crc32(about, length) * 1486364155u;
}

/* PostgreSQL: of "schema\0table\0database". The program takes the database from the path of its URL, with the
 * slash; a Go program that hands over a connection, without it. `slash` says which. */
static guint32 postgres_number(const WendBook *book, const WendRow *facts, bool slash)
{
    g_autoptr(GString) about = g_string_new(facts->values[1]);
    const char *dot = strrchr(book->table, '.');
    g_string_append_c(about, '\0');
    g_string_append(about, dot != NULL ? dot + 1 : book->table);
    g_string_append_c(about, '\0');
    g_string_append_printf(about, "%s%s", slash ? "/" : "", facts->values[0]);
    return lock_number(about->str, about->len);
}

/* MariaDB, MySQL: of "database:table". */
static guint32 mysql_number(const WendBook *book, const WendRow *facts)
{
    const char *dot = strrchr(book->table, '.');
    g_autofree char *about =
        g_strdup_printf("%s:%s", facts->values[0], dot != NULL ? dot + 1 : book->table);
    return lock_number(about, strlen(about));
}

/* Both of PostgreSQL's, or none. */
static WendQuery *taken(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark)
{
    if (book->dialect == WEND_DIALECT_MYSQL)
        return wend_query_take(
            g_strdup_printf("SELECT GET_LOCK('%u', 0)", mysql_number(book, facts)));
    guint32 program = postgres_number(book, facts, true);
    return wend_query_take(g_strdup_printf(
        "SELECT CASE WHEN NOT pg_try_advisory_lock(%u) THEN false WHEN pg_try_advisory_lock(%u) "
        "THEN true ELSE NOT pg_advisory_unlock(%u) END",
        program, postgres_number(book, facts, false), program));
}

static void release(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark,
                    GPtrArray *queries)
{
    char *sql = book->dialect == WEND_DIALECT_MYSQL
                    ? g_strdup_printf("SELECT RELEASE_LOCK('%u')", mysql_number(book, facts))
                    : g_strdup_printf("SELECT pg_advisory_unlock(%u), pg_advisory_unlock(%u)",
                                      postgres_number(book, facts, true),
                                      postgres_number(book, facts, false));
    g_ptr_array_add(queries, wend_query_take(sql));
}

static const WendToolLock lock = {
    .facts = lock_facts, .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = TABLE,
    .columns = "version,dirty",
    .only = true,
    .up_to = true,
    .create = create,
    .read = read_row,
    .decode = decode,
    .settle = settle,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
    .lock = &lock,
};

static const char *const places[] = {"migrations",          "db/migrations",  "db/migration",
                                     "database/migrations", "sql/migrations", NULL};

const WendFormat wend_format_golang_migrate = {
    .name = "golang-migrate",
    .title = "golang-migrate",
    .places = places,
    .history = &history,
    .down_hint = "write it as a .down.sql file beside it",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = wend_tool_number_key,
    .new_files = new_files,
    .position = wend_tool_number_position,
};
