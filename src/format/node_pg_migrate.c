/* SPDX-License-Identifier: MIT
 *
 * node-pg-migrate, as far as its migrations are SQL: NUMBER_name.sql with `-- Up Migration` and
 * `-- Down Migration`, or a pair .up.sql and .down.sql; pgmigrations holds a row for each name.
 * Migrations that are program code are seen, so that what they did counts, and never run.
 */
#include "format/marked.h"
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define TITLE "node-pg-migrate"
/* The key of its advisory lock, the same in all databases. */
#define LOCK_KEY "7241865325823964"

/* --- names --- */

/* Whether a file is a migration in a programming language. */
static bool is_code(const char *file)
{
    static const char *const endings[] = {".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"};
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(file, endings[i]) && g_ascii_isdigit(file[0]))
            return !g_str_has_suffix(file, ".d.ts");
    }
    return false;
}

static bool is_numbered(const char *file)
{
    return wend_name_is_sql(file) && g_ascii_isdigit(file[0]);
}

/* 20200513070724505 as milliseconds since 1970; NULL when it is no time. Caller frees. */
static char *milliseconds(const char *digits)
{
    int parts[6];
    static const guint widths[] = {4, 2, 2, 2, 2, 2};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = g_strndup(digits, widths[i]);
        parts[i] = (int)g_ascii_strtoll(part, NULL, 10);
        digits += widths[i];
    }
    g_autoptr(GDateTime) time =
        g_date_time_new_utc(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
    return time != NULL
               ? g_strdup_printf("%" G_GINT64_FORMAT "%.3s", g_date_time_to_unix(time), digits)
               : NULL;
}

/* The number in front counts first: with 17 digits it is a time, to be compared with milliseconds. Then the
 * name, without its punctuation and case, the numbers in it by their value. */
static char *position(const char *id)
{
    const char *end;
    g_autofree char *number = wend_tool_leading_number(id, &end);
    if (number == NULL)
        return NULL;
    g_autofree char *time = end - id == 17 ? milliseconds(id) : NULL;
    g_autofree char *first = wend_tool_number_position(time != NULL ? time : number);
    g_autoptr(GString) place = g_string_new(first);
    g_string_append_c(place, ' ');
    while (*end != '\0') {
        if (g_ascii_isdigit(*end)) {
            g_autofree char *inner = wend_tool_leading_number(end, &end);
            g_autofree char *value = wend_tool_number_position(inner);
            g_string_append(place, value != NULL ? value : inner);
            continue;
        }
        if (!g_ascii_ispunct(*end) && !g_ascii_isspace(*end))
            g_string_append_c(place, g_ascii_tolower(*end));
        end++;
    }
    g_string_append_printf(place, " %s", id);
    return g_string_free(g_steal_pointer(&place), FALSE);
}

/* --- files --- */

/* What a file's marks were so far: only the first of each counts. */
typedef struct Marks {
    bool up, down;
} Marks;

/* `^\s*--[\s-]*WORD\s+migration`, in any case, whatever follows. */
static bool says(const char *line, gsize length, const char *word)
{
    const char *end = line + length;
    while (line < end && g_ascii_isspace(*line))
        line++;
    if (end - line < 2 || line[0] != '-' || line[1] != '-')
        return false;
    while (line < end && (*line == '-' || g_ascii_isspace(*line)))
        line++;
    gsize wanted = strlen(word);
    if ((gsize)(end - line) <= wanted || g_ascii_strncasecmp(line, word, wanted) != 0)
        return false;
    line += wanted;
    if (!g_ascii_isspace(*line))
        return false;
    while (line < end && g_ascii_isspace(*line))
        line++;
    return (gsize)(end - line) >= strlen("migration") &&
           g_ascii_strncasecmp(line, "migration", strlen("migration")) == 0;
}

static WendMark mark(const char *line, gsize length, void *data)
{
    Marks *marks = data;
    if (!marks->up && says(line, length, "up")) {
        marks->up = true;
        return WEND_MARK_UP;
    }
    if (!marks->down && says(line, length, "down")) {
        marks->down = true;
        return WEND_MARK_DOWN;
    }
    return WEND_MARK_NONE;
}

static bool has_mark(const char *text)
{
    while (text != NULL && *text != '\0') {
        gsize length = strcspn(text, "\n");
        if (says(text, length, "up") || says(text, length, "down"))
            return true;
        text += length + (text[length] == '\n');
    }
    return false;
}

/* Pairs, and plain files without a mark, others have as well. */
static int detect(const WendFolder *folder)
{
    bool any = false;
    if (wend_tool_first_file(folder, is_numbered, has_mark))
        return WEND_FIT_SURE;
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        if (wend_name_is_sql(file) && !is_numbered(file))
            return WEND_FIT_NO;
        any = any || is_numbered(file);
    }
    return any && !wend_tool_is_marked(folder) ? WEND_FIT_MAYBE : WEND_FIT_NO;
}

/* The migration that a file of this stem ("001_init") is of. */
static WendMigration *add(GPtrArray *migrations, const char *stem, gsize length)
{
    g_autofree char *id = g_strndup(stem, length);
    g_autofree char *place = position(id);
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = g_strndup(id, digits);
    const char *name = id + digits + (id[digits] == '_' || id[digits] == '-');
    return wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, place);
}

/* One file that holds both ways. Without a mark for the way up the tool runs all of it. */
static void cut(const WendFolder *folder, const char *file, char *text, gsize length,
                WendMigration *migration, GPtrArray *problems)
{
    g_autofree char *shown = wend_tool_show(folder, file), *whole = text;
    Marks marks = {false, false};
    wend_marked_cut(shown, text, length, WEND_MARK_NOTHING, mark, &marks, &migration->up,
                    &migration->down);
    if (migration->up != NULL)
        return;
    migration->up = wend_script_new(shown, 1, g_steal_pointer(&whole), length);
    if (migration->down != NULL)
        wend_problem_add(problems, true, shown, 0, 0,
                         "there is no line `-- Up Migration`: the whole file goes up, as " TITLE
                         " has it, its down part too");
}

static void add_sql(const WendFolder *folder, const char *file, GHashTable *downs,
                    GPtrArray *migrations, GPtrArray *problems)
{
    WendPart part;
    gsize stem = wend_name_stem(file, &part), length = 0;
    char *text = NULL;
    if (!g_ascii_isdigit(file[0])) {
        WendProblem *problem =
            wend_tool_problem(folder, file, problems, "the name does not begin with a number");
        problem->hint = g_strdup("rename it, or move it out of the migrations folder");
        return;
    }
    if (part == WEND_PART_DOWN) {
        g_hash_table_insert(downs, g_strndup(file, stem), (gpointer)file);
        return;
    }
    if (!wend_tool_read(folder, file, problems, &text, &length))
        return;
    if (wend_tool_refuse_marked(folder, file, text, NULL, problems)) {
        g_free(text);
        return;
    }
    WendMigration *migration = add(migrations, file, stem);
    g_autofree char *shown = wend_tool_show(folder, file);
    if (part == WEND_PART_UP)
        migration->up = wend_script_new(shown, 1, text, length);
    else
        cut(folder, file, text, length, migration, problems);
}

/* It holds its place in the order; load() says that it cannot be run. */
static void add_code(const WendFolder *folder, const char *file, GPtrArray *migrations)
{
    WendMigration *migration = add(migrations, file, (gsize)(strrchr(file, '.') - file));
    g_autofree char *shown = wend_tool_show(folder, file);
    migration->up = wend_script_new(shown, 1, g_strdup(""), 0);
    wend_tool_file(migration)->more = (gpointer) "code";
}

static void pair(const WendFolder *folder, GHashTable *downs, const GPtrArray *migrations,
                 GPtrArray *problems)
{
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        const char *down = g_hash_table_lookup(downs, migration->id);
        if (down == NULL)
            continue;
        wend_tool_file(migration)->down_path = g_build_filename(folder->path, down, NULL);
        g_hash_table_remove(downs, migration->id);
    }
    GHashTableIter iter;
    gpointer down;
    g_hash_table_iter_init(&iter, downs);
    while (g_hash_table_iter_next(&iter, NULL, &down))
        wend_tool_problem(folder, down, problems, "there is no up file for this down file");
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) downs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        if (wend_name_is_sql(file))
            add_sql(folder, file, downs, migrations, problems);
        else if (is_code(file))
            add_code(folder, file, migrations);
    }
    pair(folder, downs, migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

static void load(WendMigration *migration, WendDialect dialect, GPtrArray *problems)
{
    WendToolFile *file = wend_tool_file(migration);
    if (file->loaded || file->more == NULL) {
        wend_tool_load(migration, dialect, problems);
        return;
    }
    file->loaded = true;
    WendProblem *problem =
        wend_problem_add(problems, false, migration->up->file, 0, 0,
                         "this migration is program code: wend runs SQL and no programs");
    problem->hint = g_strdup("run it with " TITLE ", up to this one; then go on with wend");
}

static char *version_key(const char *version)
{
    return g_ascii_isdigit(version[0]) ? g_strdup(version) : NULL;
}

/* As the newest is numbered: milliseconds since 1970, or a time with 17 digits. */
static char *new_version(const GPtrArray *migrations)
{
    const WendMigration *newest =
        migrations->len > 0 ? migrations->pdata[migrations->len - 1] : NULL;
    gsize digits = newest != NULL ? strlen(newest->version) : 0;
    gint64 now = g_get_real_time() / 1000;
    if (digits == 13)
        return g_strdup_printf("%" G_GINT64_FORMAT, now);
    if (digits != 17)
        return NULL;
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(now / 1000);
    g_autofree char *text = g_date_time_format(time, "%Y%m%d%H%M%S");
    return g_strdup_printf("%s%03d", text, (int)(now % 1000));
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, draft->down
                               ? g_strdup_printf("-- Up Migration\n%s\n-- Down Migration\n%s\n",
                                                 draft->up_sql, draft->down_sql)
                               : g_strdup_printf("-- Up Migration\n%s\n", draft->up_sql));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(queries,
                    wend_book_query(book, "CREATE TABLE IF NOT EXISTS {table} (id SERIAL PRIMARY "
                                          "KEY, name varchar(255) NOT NULL, run_on timestamp NOT "
                                          "NULL)"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT name, {time run_on} FROM {table} ORDER BY run_on, id");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *id = row->values[0];
    if (row->count != 2 || id == NULL || id[0] == '\0')
        return wend_history_refuse("a name that is empty", error);
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = g_strndup(id, digits > 0 ? digits : strlen(id));
    const char *name = digits > 0 ? id + digits + (id[digits] == '_' || id[digits] == '-') : "";
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, version, name);
    applied->applied_at = g_strdup(row->values[1]);
    return applied;
}

/* Names without a number were allowed once: they stand in front. */
static char *any_position(const char *id)
{
    char *place = position(id);
    return place != NULL ? place : g_strdup_printf("0 %s", id);
}

/* By the server's clock, as the tool has it: it compares the order of the times with that of the files. */
static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    bool known = record->applied_at != NULL;
    WendQuery *query = wend_book_query(
        &record->book, known ? "INSERT INTO {table} (name, run_on) VALUES (?, {at})"
                             : "INSERT INTO {table} (name, run_on) VALUES (?, CURRENT_TIMESTAMP)");
    wend_query_text(query, record->id);
    g_ptr_array_add(queries, known ? wend_record_at(query, record) : query);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE name = ?");
    g_ptr_array_add(queries, wend_query_text(query, record->id));
}

/* --- its lock --- */

static WendQuery *taken(G_GNUC_UNUSED const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                        G_GNUC_UNUSED const char *mark)
{
    return wend_query_new("SELECT pg_try_advisory_lock(" LOCK_KEY ")");
}

static void release(G_GNUC_UNUSED const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                    G_GNUC_UNUSED const char *mark, GPtrArray *queries)
{
    g_ptr_array_add(queries, wend_query_new("SELECT pg_advisory_unlock(" LOCK_KEY ")"));
}

static const WendToolLock lock = {
    .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "pgmigrations",
    .columns = "id,name,run_on",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
    .lock = &lock,
};

static const char *const places[] = {"migrations", NULL};

const WendFormat wend_format_node_pg_migrate = {
    .name = "node-pg-migrate",
    .title = TITLE,
    .postgres_only = true,
    .places = places,
    .history = &history,
    .down_hint = "write it behind a line `-- Down Migration` in its file",
    .detect = detect,
    .scan = scan,
    .load = load,
    .version_key = version_key,
    .new_version = new_version,
    .new_files = new_files,
    .lacks = WEND_LACKS_ALONE,
    .position = any_position,
};
