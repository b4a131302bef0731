/* SPDX-License-Identifier: MIT
 *
 * Drizzle: meta/_journal.json lists the migrations, TAG.sql holds each, cut by `--> statement-breakpoint`;
 * __drizzle_migrations holds a row for each, known by the time that the journal gives it. There is no way
 * back in it: a TAG.down.sql beside it, which Drizzle passes over, is taken for one.
 */
#include "format/tool.h"

#include <jansson.h>
#include <string.h>

#define JOURNAL    "meta/_journal.json"
#define BREAKPOINT "--> statement-breakpoint"

/* --- the journal --- */

static int detect(const WendFolder *folder)
{
    if (!g_ptr_array_find_with_equal_func(folder->folders, "meta", g_str_equal, NULL))
        return WEND_FIT_NO;
    g_autofree char *path = g_build_filename(folder->path, JOURNAL, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? WEND_FIT_SURE : WEND_FIT_NO;
}

/* NULL (a problem) when there is none that can be read. The caller owns it. */
static json_t *read_journal(const WendFolder *folder, GPtrArray *problems)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, JOURNAL);
    gsize length = 0;
    json_error_t failure;
    if (!wend_tool_read(folder, JOURNAL, problems, &text, &length))
        return NULL;
    json_t *journal = json_loadb(text, length, 0, &failure);
    if (journal == NULL) {
        wend_problem_add(problems, false, shown, (guint)MAX(failure.line, 0),
                         (guint)MAX(failure.column, 0), "it is no JSON: %s", failure.text);
        return NULL;
    }
    if (json_is_array(json_object_get(journal, "entries")))
        return journal;
    wend_tool_problem(folder, JOURNAL, problems, "it has no list \"entries\"");
    json_decref(journal);
    return NULL;
}

/* "postgresql", "mysql", "sqlite"; others are kinds of these. */
static void check_dialect(const WendFolder *folder, const json_t *journal, WendDialect dialect,
                          GPtrArray *problems)
{
    static const struct {
        const char *name;
        WendDialect dialect;
    } dialects[] = {
        {"postgresql", WEND_DIALECT_POSTGRES}, {"pg", WEND_DIALECT_POSTGRES},
        {"mysql", WEND_DIALECT_MYSQL},         {"singlestore", WEND_DIALECT_MYSQL},
        {"sqlite", WEND_DIALECT_SQLITE},       {"turso", WEND_DIALECT_SQLITE},
    };
    const char *name = json_string_value(json_object_get(journal, "dialect"));
    for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(dialects); i++) {
        if (strcmp(name, dialects[i].name) == 0 && dialects[i].dialect != dialect) {
            g_autofree char *shown = wend_tool_show(folder, JOURNAL);
            wend_problem_add(problems, true, shown, 0, 0,
                             "these migrations were made for another kind of database: %s", name);
        }
    }
}

/* --- files --- */

/* A breakpoint ends a statement, and is no comment where one needs a blank: it becomes a semicolon. */
static void blank_breakpoints(char *text)
{
    while ((text = strstr(text, BREAKPOINT)) != NULL) {
        memset(text, ' ', strlen(BREAKPOINT));
        *text = ';';
        text += strlen(BREAKPOINT);
    }
}

/* Where it stands: as the journal has it, also when the times in it run back. `latest`: the highest time
 * so far. */
static char *place(gint64 latest, gsize index)
{
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, latest);
    g_autofree char *position = wend_tool_number_position(number);
    return g_strdup_printf("%s %06zu", position, index);
}

/* The names in the folder. Borrows them. */
static GHashTable *names_in(const WendFolder *folder)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < folder->names->len; i++)
        g_hash_table_add(names, folder->names->pdata[i]);
    return names;
}

static void add_entry(const WendFolder *folder, GHashTable *names, const char *tag, gint64 when,
                      const char *position, GPtrArray *migrations, GPtrArray *problems)
{
    g_autofree char *file = g_strconcat(tag, ".sql", NULL);
    g_autofree char *down = g_strconcat(tag, ".down.sql", NULL);
    g_autofree char *shown = wend_tool_show(folder, file);
    if (!g_hash_table_contains(names, file)) {
        WendProblem *problem =
            wend_tool_problem(folder, file, problems, "%s lists it, but it is not there", JOURNAL);
        problem->hint = g_strdup("bring the file back, or take its entry out of the journal");
        return;
    }
    char *text = NULL;
    gsize length = 0;
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, file, problems);
    if (bytes == NULL || !wend_tool_read(folder, file, problems, &text, &length))
        return;
    blank_breakpoints(text);
    gsize digits = strspn(tag, "0123456789");
    g_autofree char *version = digits > 0 ? g_strndup(tag, digits) : g_strdup(tag);
    const char *name = digits > 0 ? tag + digits + (tag[digits] == '_') : "";
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, tag, version, name, position);
    migration->up = wend_script_new(shown, 1, text, length);
    WendToolFile *own = wend_tool_file(migration);
    wend_tool_sums(own, bytes);
    own->more = g_memdup2(&when, sizeof when);
    own->more_free = g_free;
    if (g_hash_table_contains(names, down))
        own->down_path = g_build_filename(folder->path, down, NULL);
}

static bool scan(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    json_t *journal = read_journal(folder, problems), *entry;
    gsize index;
    gint64 latest = 0;
    if (journal == NULL)
        return true;
    check_dialect(folder, journal, dialect, problems);
    g_autoptr(GHashTable) names = names_in(folder);
    json_array_foreach(json_object_get(journal, "entries"), index, entry)
    {
        const char *tag = json_string_value(json_object_get(entry, "tag"));
        json_t *when = json_object_get(entry, "when");
        if (tag == NULL || tag[0] == '\0' || strchr(tag, '/') != NULL || !json_is_number(when) ||
            json_number_value(when) < 0 || json_number_value(when) > 9e15) {
            wend_tool_problem(folder, JOURNAL, problems,
                              "its entry %zu has no \"tag\" or no \"when\" that can be read",
                              index);
            continue;
        }
        gint64 time = (gint64)json_number_value(when);
        latest = MAX(latest, time);
        g_autofree char *position = place(latest, index);
        add_entry(folder, names, tag, time, position, migrations, problems);
    }
    json_decref(journal);
    wend_tool_sort(migrations, problems);
    return true;
}

static gint64 when_of(const WendMigration *migration)
{
    return *(const gint64 *)wend_tool_file(migration)->more;
}

static char *version_key(const char *version)
{
    return version[0] != '\0' ? g_strdup(version) : NULL;
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] = "CREATE TABLE IF NOT EXISTS {table} (id SERIAL PRIMARY KEY, hash "
                                "text NOT NULL, created_at numeric)",
        [WEND_DIALECT_POSTGRES] = "CREATE TABLE IF NOT EXISTS {table} (id SERIAL PRIMARY KEY, hash "
                                  "text NOT NULL, created_at bigint)",
        [WEND_DIALECT_MYSQL] = "CREATE TABLE IF NOT EXISTS {table} (id serial primary key, hash "
                               "text not null, created_at bigint)",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT created_at, hash FROM {table} ORDER BY created_at");
}

/* The id is the time until settle() knows the tag. */
static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *when = row->values[0], *hash = row->values[1];
    g_autofree char *position = when != NULL ? wend_tool_number_position(when) : NULL;
    if (position == NULL || hash == NULL)
        return wend_history_refuse("a created_at that is no time in milliseconds", error);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, when, when, "");
    applied->checksum = g_strdup(hash);
    applied->position = g_steal_pointer(&position);
    return applied;
}

static void list_free(gpointer list)
{
    g_ptr_array_unref(list);
}

/* Time -> the migrations of it (of WendMigration). Borrows all of it. */
static GHashTable *by_time(const GPtrArray *migrations)
{
    GHashTable *table = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, list_free);
    for (guint i = 0; i < migrations->len; i++) {
        WendMigration *migration = migrations->pdata[i];
        gint64 *when = wend_tool_file(migration)->more;
        GPtrArray *list = g_hash_table_lookup(table, when);
        if (list == NULL) {
            list = g_ptr_array_new();
            g_hash_table_insert(table, when, list);
        }
        g_ptr_array_add(list, migration);
    }
    return table;
}

/* Of several of one time the one with the row's hash; each is taken once. */
static const WendMigration *find(GHashTable *times, GHashTable *used, const WendApplied *applied)
{
    const WendMigration *found = NULL;
    gint64 when = g_ascii_strtoll(applied->id, NULL, 10);
    const GPtrArray *list = g_hash_table_lookup(times, &when);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const WendMigration *migration = list->pdata[i];
        if (g_hash_table_contains(used, migration))
            continue;
        if (wend_tool_same(migration, applied))
            return migration;
        found = found != NULL ? found : migration;
    }
    return found;
}

static void replace(char **text, const char *by)
{
    g_free(*text);
    *text = g_strdup(by);
}

static bool settle(GPtrArray *applied, const GPtrArray *migrations, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) times = by_time(migrations);
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *one = applied->pdata[i];
        const WendMigration *migration = find(times, used, one);
        if (migration == NULL)
            continue;
        g_hash_table_add(used, (gpointer)migration);
        replace(&one->id, migration->id);
        replace(&one->version, migration->version);
        replace(&one->name, migration->name);
        replace(&one->position, migration->position);
    }
    return true;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendMigration *migration = record->migration;
    if (migration == NULL)
        return;
    WendQuery *query =
        wend_book_query(&record->book, "INSERT INTO {table} (hash, created_at) VALUES (?, ?)");
    wend_query_text(query, wend_tool_file(migration)->checksum);
    g_ptr_array_add(queries, wend_query_integer(query, when_of(migration)));
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    const WendMigration *migration = record->migration;
    const char *hash = record->applied != NULL ? record->applied->checksum
                       : migration != NULL     ? wend_tool_file(migration)->checksum
                                               : NULL;
    WendQuery *query =
        wend_book_query(&record->book, "DELETE FROM {table} WHERE created_at = ? AND hash = ?");
    wend_query_integer(query, migration != NULL ? when_of(migration)
                                                : g_ascii_strtoll(record->id, NULL, 10));
    g_ptr_array_add(queries, wend_query_text(query, hash));
}

/* Its number stays. */
static void replace_row(const WendRecord *record, GPtrArray *queries)
{
    if (record->migration == NULL)
        return;
    WendQuery *query = wend_book_query(
        &record->book, "UPDATE {table} SET hash = ? WHERE created_at = ? AND hash = ?");
    wend_query_text(query, wend_tool_file(record->migration)->checksum);
    wend_query_integer(query, when_of(record->migration));
    g_ptr_array_add(queries, wend_query_text(query, record->applied->checksum));
}

static const WendHistory history = {
    .table = "__drizzle_migrations",
    .schema_table = "drizzle.__drizzle_migrations",
    .columns = "id,hash,created_at",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .settle = settle,
    .insert = insert,
    .remove = remove_row,
    .replace = replace_row,
    .same = wend_tool_same,
};

static const char *const places[] = {"drizzle", "drizzle/migrations", "src/db/migrations", NULL};

const WendFormat wend_format_drizzle = {
    .name = "drizzle",
    .title = "Drizzle",
    .places = places,
    .history = &history,
    .down_hint =
        "write it into a file of the same name that ends in .down.sql: Drizzle passes it over",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .position = wend_tool_number_position,
};
