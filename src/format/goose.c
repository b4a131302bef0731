/* SPDX-License-Identifier: MIT
 *
 * goose: NUMBER_name.sql with `-- +goose Up` and `-- +goose Down`; goose_db_version holds a row for each
 * version, and the newest row of a version counts. The table begins with a row for version 0.
 */
#include "format/marked.h"
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

typedef struct Marks {
    bool begun, alone;
    guint line;
    guint envsub;  /* line that turns substitution on; 0 = none does */
    guint stray;   /* line of a statement before the first mark */
    guint unknown; /* line of an annotation that goose does not know */
} Marks;

static bool is_file(const char *file)
{
    const char *end = NULL;
    g_autofree char *number = wend_tool_leading_number(file, &end);
    return wend_name_is_sql(file) && number != NULL && strcmp(number, "0") != 0 && *end == '_';
}

typedef enum Word { NO_WORD, UP, DOWN, BEGIN, END, ALONE, ENVSUB_ON, ENVSUB_OFF, UNKNOWN } Word;

/* A comment with `+goose`: the rest of the line, without its dashes, is the annotation, in any case. It begins
 * at the line's start. */
static Word word_of(const char *line, gsize length)
{
    static const struct {
        const char *text;
        Word word;
    } words[] = {{"Up", UP},
                 {"Down", DOWN},
                 {"StatementBegin", BEGIN},
                 {"StatementEnd", END},
                 {"NO TRANSACTION", ALONE},
                 {"ENVSUB ON", ENVSUB_ON},
                 {"ENVSUB OFF", ENVSUB_OFF}};
    g_autoptr(GString) text = g_string_new_len(line, (gssize)length);
    const char *first = text->str + strspn(text->str, " \t\r\f\v");
    if (!g_str_has_prefix(first, "--") || strstr(first, "+goose") == NULL)
        return NO_WORD;
    if (first != text->str)
        return UNKNOWN;
    g_string_replace(text, "--", "", 0);
    g_string_replace(text, "+goose", "", 1);
    const char *said = g_strstrip(text->str);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(said, words[i].text) == 0)
            return words[i].word;
    }
    return UNKNOWN;
}

static WendMark mark(const char *line, gsize length, void *data)
{
    Marks *marks = data;
    marks->line++;
    switch (word_of(line, length)) {
    case UP:
        marks->begun = true;
        return WEND_MARK_UP;
    case DOWN:
        marks->begun = true;
        return WEND_MARK_DOWN;
    case ALONE:
        marks->alone = true;
        return WEND_MARK_NOTHING;
    case ENVSUB_ON:
        marks->envsub = marks->line;
        return WEND_MARK_NOTHING;
    case UNKNOWN:
        marks->unknown = marks->unknown > 0 ? marks->unknown : marks->line;
        return WEND_MARK_NOTHING;
    case BEGIN: /* what stands between these is cut as the database would */
    case END:
    case ENVSUB_OFF:
        return WEND_MARK_NOTHING;
    default:
        if (!marks->begun && marks->stray == 0 && !wend_line_is_idle(line, length))
            marks->stray = marks->line;
        return WEND_MARK_NONE;
    }
}

static bool has_mark(const char *text)
{
    return strstr(text, "+goose") != NULL;
}

static int detect(const WendFolder *folder)
{
    return wend_tool_first_file(folder, is_file, has_mark) ? WEND_FIT_SURE : WEND_FIT_NO;
}

/* What is wrong with the marks of a file. */
static void report(const char *shown, const Marks *marks, GPtrArray *problems)
{
    const struct {
        guint line;
        const char *message, *hint;
    } wrong[] = {
        {marks->stray, "this stands before the line `-- +goose Up`, where nothing runs it",
         "move it below that line: goose refuses it, too"},
        {marks->unknown, "there is no such annotation of goose",
         "at the line's start: -- +goose Up, Down, StatementBegin, StatementEnd, NO TRANSACTION"},
        {marks->envsub, "goose's ENVSUB is not known to wend",
         "write the values out, or use `-- wend: substitute` with placeholders"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        if (wrong[i].line == 0)
            continue;
        WendProblem *problem =
            wend_problem_add(problems, false, shown, wrong[i].line, 0, "%s", wrong[i].message);
        problem->hint = g_strdup(wrong[i].hint);
    }
}

/* A Go file with the name of a migration. */
static bool is_code(const char *file)
{
    const char *end = NULL;
    g_autofree char *number = wend_tool_leading_number(file, &end);
    return number != NULL && strcmp(number, "0") != 0 && *end == '_' &&
           g_str_has_suffix(file, ".go") && !g_str_has_suffix(file, "_test.go");
}

static void add_code(const WendFolder *folder, const char *file, GPtrArray *migrations)
{
    const char *end = NULL;
    g_autofree char *id = wend_tool_leading_number(file, &end);
    g_autofree char *version = g_strndup(file, (gsize)(end - file));
    g_autofree char *name = g_strndup(end + 1, strlen(end + 1) - strlen(".go"));
    g_autofree char *position = wend_tool_number_position(id);
    wend_tool_code(
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, position), folder,
        file, "goose");
}

static void add(const WendFolder *folder, const char *file, GPtrArray *migrations,
                GPtrArray *problems)
{
    const char *end = NULL;
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, file);
    g_autofree char *id = wend_tool_leading_number(file, &end);
    g_autofree char *version = g_strndup(file, (gsize)(end - file));
    g_autofree char *name = g_strndup(end + 1, strlen(end + 1) - strlen(".sql"));
    g_autofree char *position = wend_tool_number_position(id);
    gsize length = 0;
    if (!wend_tool_read(folder, file, problems, &text, &length))
        return;
    Marks marks = {0};
    WendScript *up = NULL, *down = NULL;
    wend_marked_cut(shown, text, length, WEND_MARK_NOTHING, mark, &marks, &up, &down);
    if (up == NULL) {
        wend_script_free(down);
        WendProblem *problem =
            wend_tool_problem(folder, file, problems, "there is no line `-- +goose Up`");
        problem->hint = g_strdup("goose wants it before the statements");
        return;
    }
    report(shown, &marks, problems);
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, position);
    migration->up = up;
    migration->down = down;
    wend_tool_file(migration)->up_alone = wend_tool_file(migration)->down_alone = marks.alone;
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        if (is_file(file))
            add(folder, file, migrations, problems);
        else if (is_code(file))
            add_code(folder, file, migrations);
    }
    wend_tool_sort(migrations, problems);
    return true;
}

static char *section(const WendDraft *draft, const char *sql)
{
    return wend_draft_fence(sql, draft->dialect, false, "-- +goose StatementBegin\n",
                            ";\n-- +goose StatementEnd");
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_autofree char *up = section(draft, draft->up_sql), *down = section(draft, draft->down_sql);
    GString *text = g_string_new(NULL);
    if (draft->up_alone || (draft->down && draft->down_alone))
        g_string_append(text, "-- +goose NO TRANSACTION\n");
    g_string_append_printf(text, "-- +goose Up\n%s\n", up);
    if (draft->down)
        g_string_append_printf(text, "-- +goose Down\n%s\n", down);
    g_ptr_array_add(names, g_strdup_printf("%s_%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_string_free(text, FALSE));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id "
            "INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT "
            "(datetime('now')))",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (id integer PRIMARY KEY GENERATED BY DEFAULT AS "
            "IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp "
            "NOT NULL DEFAULT now())",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (id bigint unsigned NOT NULL AUTO_INCREMENT, "
            "version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NULL "
            "default "
            "now(), PRIMARY KEY (id))",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
    g_ptr_array_add(queries,
                    wend_book_query(book, "INSERT INTO {table} (version_id, is_applied) SELECT 0, "
                                          "true FROM (SELECT 1) AS one WHERE NOT EXISTS (SELECT 1 "
                                          "FROM {table})"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT version_id, CASE WHEN is_applied THEN 1 ELSE 0 END, {time "
                                 "tstamp} FROM {table} ORDER BY id DESC");
}

/* An `is_applied` of 0 is kept in `checksum` until the rows are looked at together. */
static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *version = row->values[0];
    if (version == NULL)
        return wend_history_refuse("a version_id that is NULL", error);
    if (strcmp(version, "0") == 0)
        return NULL;
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, version, version, "");
    applied->applied_at = g_strdup(row->values[2]);
    applied->checksum = g_strcmp0(row->values[1], "1") == 0 ? NULL : g_strdup("reverted");
    return applied;
}

static bool settle(GPtrArray *applied, G_GNUC_UNUSED const GPtrArray *migrations,
                   G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < applied->len;) {
        const WendApplied *row = applied->pdata[i];
        bool newest = g_hash_table_add(seen, g_strdup(row->id));
        if (newest && row->checksum == NULL)
            i++;
        else
            g_ptr_array_remove_index(applied, i);
    }
    return true;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(
        &record->book,
        record->applied_at != NULL
            ? "INSERT INTO {table} (version_id, is_applied, tstamp) VALUES (?, true, "
              "{at})"
            : "INSERT INTO {table} (version_id, is_applied) VALUES (?, true)");
    wend_query_integer(query, g_ascii_strtoll(record->id, NULL, 10));
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
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE version_id = ?");
    g_ptr_array_add(queries, wend_query_integer(query, g_ascii_strtoll(record->id, NULL, 10)));
}

/* --- its lock: what the library offers; the program takes none --- */

#define LOCK "4097083626" /* CRC-32 of "goose" */

static WendQuery *taken(G_GNUC_UNUSED const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                        G_GNUC_UNUSED const char *mark)
{
    return wend_query_new(book->dialect == WEND_DIALECT_POSTGRES
                              ? "SELECT pg_try_advisory_lock(" LOCK ")"
                              : "SELECT 1");
}

static void release(const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                    G_GNUC_UNUSED const char *mark, GPtrArray *queries)
{
    if (book->dialect == WEND_DIALECT_POSTGRES)
        g_ptr_array_add(queries, wend_query_new("SELECT pg_advisory_unlock(" LOCK ")"));
}

static const WendToolLock lock = {
    .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "goose_db_version",
    .columns = "id,version_id,is_applied,tstamp",
    .create = create,
    .read = read_all,
    .decode = decode,
    .settle = settle,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
    .lock = &lock,
};

static const char *const places[] = {"migrations", "db/migrations", "sql/migrations", "sql/schema",
                                     NULL};

const WendFormat wend_format_goose = {
    .name = "goose",
    .title = "goose",
    .places = places,
    .history = &history,
    .down_hint = "write it below a line `-- +goose Down`",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = wend_tool_number_key,
    .new_files = new_files,
    .position = wend_tool_number_position,
};
