/* SPDX-License-Identifier: MIT
 *
 * Prisma: a folder for each migration with migration.sql in it, in the order of their names;
 * _prisma_migrations holds a row for each time one was tried. A down.sql beside migration.sql, as Prisma's
 * users keep it, is the way back. What is late runs.
 */
#include "format/tool.h"

#include <string.h>

#define SCRIPT "migration.sql"
#define DOWN   "down.sql"
#define MARK   "migration_lock.toml"

/* --- the folder --- */

static bool has_file(const WendFolder *folder, const char *name, const char *file)
{
    g_autofree char *path = g_build_filename(folder->path, name, file, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Drizzle has folders like these since its version 1, with a snapshot.json in each. */
static int detect(const WendFolder *folder)
{
    if (has_file(folder, ".", MARK))
        return WEND_FIT_SURE;
    for (guint i = 0; i < folder->folders->len; i++) {
        const char *name = folder->folders->pdata[i];
        if (has_file(folder, name, SCRIPT))
            return has_file(folder, name, "snapshot.json") ? WEND_FIT_NO : WEND_FIT_LIKELY;
    }
    return WEND_FIT_NO;
}

/* `provider = "postgresql"` */
static void check_provider(const WendFolder *folder, WendDialect dialect, GPtrArray *problems)
{
    static const struct {
        const char *name;
        WendDialect dialect;
    } providers[] = {{"postgresql", WEND_DIALECT_POSTGRES},
                     {"cockroachdb", WEND_DIALECT_POSTGRES},
                     {"mysql", WEND_DIALECT_MYSQL},
                     {"sqlite", WEND_DIALECT_SQLITE}};
    g_autofree char *path = g_build_filename(folder->path, MARK, NULL), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, "provider"))
            continue;
        for (gsize i = 0; i < G_N_ELEMENTS(providers); i++) {
            g_autofree char *quoted = g_strdup_printf("\"%s\"", providers[i].name);
            if (strstr(*line, quoted) != NULL && providers[i].dialect != dialect)
                wend_problem_add(problems, true, path, 0, 0,
                                 "these migrations were made for another kind of database: %s",
                                 providers[i].name);
        }
    }
}

static void add(const WendFolder *folder, const char *id, GPtrArray *migrations,
                GPtrArray *problems)
{
    g_autofree char *file = g_build_filename(id, SCRIPT, NULL);
    g_autofree char *shown = wend_tool_show(folder, file);
    if (!has_file(folder, id, SCRIPT)) {
        WendProblem *problem =
            wend_tool_problem(folder, id, problems, "there is no " SCRIPT " in this folder");
        problem->hint = g_strdup("bring the file back, or remove the folder");
        return;
    }
    char *text = NULL;
    gsize length = 0;
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, file, problems);
    if (bytes == NULL || !wend_tool_read(folder, file, problems, &text, &length))
        return;
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = digits > 0 ? g_strndup(id, digits) : g_strdup(id);
    const char *name = digits > 0 ? id + digits + (id[digits] == '_') : "";
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, id);
    migration->up = wend_script_new(shown, 1, text, length);
    wend_tool_sums(wend_tool_file(migration), bytes);
    if (has_file(folder, id, DOWN))
        wend_tool_file(migration)->down_path = g_build_filename(folder->path, id, DOWN, NULL);
}

static bool scan(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    check_provider(folder, dialect, problems);
    for (guint i = 0; i < folder->folders->len; i++)
        add(folder, folder->folders->pdata[i], migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    return version[0] != '\0' ? g_strdup(version) : NULL;
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s/" SCRIPT, draft->version, draft->slug));
    g_ptr_array_add(texts, g_strdup(draft->up_sql));
    if (draft->down) {
        g_ptr_array_add(names, g_strdup_printf("%s_%s/" DOWN, draft->version, draft->slug));
        g_ptr_array_add(texts, g_strdup(draft->down_sql));
    }
}

/* --- the history --- */

/* Its times are UTC; in SQLite they are milliseconds since 1970, or text where a driver of the host's
 * writes them. `at` takes a value, `from` and `behind` go around a column. */
static const struct Texts {
    const char *create, *at, *from, *behind;
} texts[] = {
    [WEND_DIALECT_SQLITE] =
        {"CREATE TABLE IF NOT EXISTS {table} (\n"
         "    \"id\"                    TEXT PRIMARY KEY NOT NULL,\n"
         "    \"checksum\"              TEXT NOT NULL,\n"
         "    \"finished_at\"           DATETIME,\n"
         "    \"migration_name\"        TEXT NOT NULL,\n"
         "    \"logs\"                  TEXT,\n"
         "    \"rolled_back_at\"        DATETIME,\n"
         "    \"started_at\"            DATETIME NOT NULL DEFAULT current_timestamp,\n"
         "    \"applied_steps_count\"   INTEGER UNSIGNED NOT NULL DEFAULT 0\n"
         ")",
         "CAST(round((julianday(?) - 2440587.5) * 86400000) AS INTEGER)",
         "strftime('%Y-%m-%dT%H:%M:%fZ', CASE typeof(finished_at) WHEN 'integer' THEN "
         "finished_at / 86400000.0 + 2440587.5 ELSE finished_at",
         " END)"},
    [WEND_DIALECT_POSTGRES] = {"CREATE TABLE IF NOT EXISTS {table} (\n"
                               "    id                      VARCHAR(36) PRIMARY KEY NOT NULL,\n"
                               "    checksum                VARCHAR(64) NOT NULL,\n"
                               "    finished_at             TIMESTAMPTZ,\n"
                               "    migration_name          VARCHAR(255) NOT NULL,\n"
                               "    logs                    TEXT,\n"
                               "    rolled_back_at          TIMESTAMPTZ,\n"
                               "    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),\n"
                               "    applied_steps_count     INTEGER NOT NULL DEFAULT 0\n"
                               ")",
                               "{at}", "{time finished_at}", ""},
    [WEND_DIALECT_MYSQL] =
        {"CREATE TABLE IF NOT EXISTS {table} (\n"
         "    id                      VARCHAR(36) PRIMARY KEY NOT NULL,\n"
         "    checksum                VARCHAR(64) NOT NULL,\n"
         "    finished_at             DATETIME(3),\n"
         "    migration_name          VARCHAR(255) NOT NULL,\n"
         "    logs                    TEXT,\n"
         "    rolled_back_at          DATETIME(3),\n"
         "    started_at              DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),\n"
         "    applied_steps_count     INTEGER UNSIGNED NOT NULL DEFAULT 0\n"
         ") DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
         "STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%s.%fZ')",
         "CONCAT(LEFT(DATE_FORMAT(finished_at, '%Y-%m-%dT%H:%i:%s.%f'), 23)", ", 'Z')"},
};

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect].create));
}

/* What failed stands behind what ended, so that it is what counts. */
static WendQuery *read_all(const WendBook *book)
{
    const struct Texts *own = &texts[book->dialect];
    g_autofree char *text = g_strdup_printf(
        "SELECT migration_name, checksum, %s%s, logs FROM {table} WHERE rolled_back_at IS NULL "
        "ORDER BY CASE WHEN finished_at IS NULL THEN 1 ELSE 0 END, started_at",
        own->from, own->behind);
    return wend_book_query(book, text);
}

/* Its first line that says something. Caller frees. */
static char *failure_of(const char *logs)
{
    g_auto(GStrv) lines = g_strsplit(logs != NULL ? logs : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (*g_strstrip(*line) != '\0')
            return g_strdup_printf("Prisma began it and did not end it: %s", *line);
    }
    return g_strdup("Prisma began it and did not end it, or is at it now");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *id = row->values[0], *checksum = row->values[1];
    if (row->count != 4 || id == NULL || id[0] == '\0' || checksum == NULL)
        return wend_history_refuse("a migration_name that is empty", error);
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = digits > 0 ? g_strndup(id, digits) : g_strdup(id);
    const char *name = digits > 0 ? id + digits + (id[digits] == '_') : "";
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, version, name);
    applied->checksum = g_strdup(checksum);
    applied->applied_at = g_strdup(row->values[2]);
    if (row->values[2] == NULL)
        applied->failed = failure_of(row->values[3]);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const struct Texts *own = &texts[record->book.dialect];
    const WendMigration *migration = record->migration;
    const char *checksum = migration != NULL ? wend_tool_file(migration)->checksum
                           : record->applied != NULL && record->applied->checksum != NULL
                               ? record->applied->checksum
                               : "";
    g_autofree char *id = g_uuid_string_random();
    g_autofree char *text =
        g_strdup_printf("INSERT INTO {table} (id, checksum, migration_name, started_at, "
                        "finished_at, applied_steps_count) VALUES (?, ?, ?, %s, %s, 1)",
                        own->at, own->at);
    WendQuery *query = wend_book_query(&record->book, text);
    wend_query_text(query, id);
    wend_query_text(query, checksum);
    wend_query_text(query, record->id);
    wend_record_at(query, record);
    g_ptr_array_add(queries, wend_record_at(query, record));
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

/* What failed is marked as rolled back, as `prisma migrate resolve` does; the tool has no word for taking back
 * what is whole, and takes it for new only when its row is gone. */
static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    g_autofree char *text =
        g_strdup_printf("UPDATE {table} SET rolled_back_at = %s WHERE migration_name = ? AND "
                        "finished_at IS NULL AND rolled_back_at IS NULL",
                        texts[record->book.dialect].at);
    WendQuery *failed = wend_book_query(&record->book, text);
    wend_query_special(failed, WEND_VALUE_NOW);
    g_ptr_array_add(queries, wend_query_text(failed, record->id));
    WendQuery *whole =
        wend_book_query(&record->book, "DELETE FROM {table} WHERE migration_name = ? AND "
                                       "finished_at IS NOT NULL AND rolled_back_at IS NULL");
    g_ptr_array_add(queries, wend_query_text(whole, record->id));
}

/* A text that a person accepts: only the checksum is another. What had failed is rolled back, and comes anew. */
static void replace_row(const WendRecord *record, GPtrArray *queries)
{
    if (record->applied->failed != NULL || record->applied_at == NULL ||
        record->migration == NULL) {
        remove_row(record, queries);
        insert(record, queries);
        return;
    }
    WendQuery *query =
        wend_book_query(&record->book, "UPDATE {table} SET checksum = ? WHERE migration_name = ? "
                                       "AND finished_at IS NOT NULL AND rolled_back_at IS NULL");
    wend_query_text(query, wend_tool_file(record->migration)->checksum);
    g_ptr_array_add(queries, wend_query_text(query, record->id));
}

/* Old versions of the tool left out the zeros in front of each byte. Caller frees. */
static char *without_zeros(const char *checksum)
{
    GString *text = g_string_new(NULL);
    for (; checksum[0] != '\0' && checksum[1] != '\0'; checksum += 2)
        g_string_append_len(text, checksum + (checksum[0] == '0'), checksum[0] == '0' ? 1 : 2);
    return g_string_free(text, FALSE);
}

static bool same(const WendMigration *migration, const WendApplied *applied)
{
    const WendToolFile *file = wend_tool_file(migration);
    if (applied->checksum == NULL || strlen(applied->checksum) == WEND_SHA256_HEX)
        return wend_tool_same(migration, applied);
    g_autofree char *old = without_zeros(file->checksum);
    g_autofree char *other = without_zeros(file->other);
    return strcmp(applied->checksum, old) == 0 || strcmp(applied->checksum, other) == 0;
}

/* --- its lock --- */

static WendQuery *taken(const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                        G_GNUC_UNUSED const char *mark)
{
    return wend_query_new(book->dialect == WEND_DIALECT_POSTGRES
                              ? "SELECT pg_try_advisory_lock(72707369)"
                              : "SELECT GET_LOCK('prisma_migrate', 0)");
}

static void release(const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                    G_GNUC_UNUSED const char *mark, GPtrArray *queries)
{
    g_ptr_array_add(queries, wend_query_new(book->dialect == WEND_DIALECT_POSTGRES
                                                ? "SELECT pg_advisory_unlock(72707369)"
                                                : "SELECT RELEASE_LOCK('prisma_migrate')"));
}

static const WendToolLock lock = {
    .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "_prisma_migrations",
    .columns = "id,checksum,finished_at,migration_name,logs,rolled_back_at,started_at,"
               "applied_steps_count",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .replace = replace_row,
    .same = same,
    .lock = &lock,
};

static const char *const places[] = {"prisma/migrations", NULL};

const WendFormat wend_format_prisma = {
    .name = "prisma",
    .title = "Prisma",
    .places = places,
    .history = &history,
    .late = true,
    .down_hint = "write it into a file " DOWN " beside its " SCRIPT,
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .position = wend_tool_text_position,
};
