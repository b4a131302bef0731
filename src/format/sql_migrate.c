/* SPDX-License-Identifier: MIT
 *
 * sql-migrate: files with `-- +migrate Up` and `-- +migrate Down`; gorp_migrations holds a row for each file
 * name. Names that begin with a number go by it, before the others; what is late runs.
 */
#include "format/marked.h"
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define PREFIX "-- +migrate " /* exactly so */

typedef struct Marks {
    bool begun, up_alone, down_alone;
    guint line;
    guint stray;   /* line of a statement before the first mark; 0 = none */
    guint unknown; /* line of a command that sql-migrate does not know */
} Marks;

/* One of sql-migrate's lines, as its words. */
static WendMark command(char **words, Marks *marks)
{
    bool alone = g_strv_contains((const char *const *)words, "notransaction");
    if (g_strcmp0(words[0], "Up") == 0) {
        marks->begun = true;
        marks->up_alone |= alone;
        return WEND_MARK_UP;
    }
    if (g_strcmp0(words[0], "Down") == 0) {
        marks->begun = true;
        marks->down_alone |= alone;
        return WEND_MARK_DOWN;
    }
    if (g_strcmp0(words[0], "StatementBegin") != 0 && g_strcmp0(words[0], "StatementEnd") != 0)
        marks->unknown = marks->unknown > 0 ? marks->unknown : marks->line;
    return WEND_MARK_NOTHING;
}

static WendMark mark(const char *line, gsize length, void *data)
{
    Marks *marks = data;
    marks->line++;
    if (length >= strlen(PREFIX) && strncmp(line, PREFIX, strlen(PREFIX)) == 0) {
        g_autofree char *rest = g_strndup(line + strlen(PREFIX), length - strlen(PREFIX));
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(rest), " \t", -1);
        return command(words, marks);
    }
    if (!marks->begun && marks->stray == 0 && !wend_line_is_idle(line, length))
        marks->stray = marks->line;
    return WEND_MARK_NONE;
}

static bool has_mark(const char *text)
{
    return strstr(text, PREFIX "Up") != NULL;
}

static int detect(const WendFolder *folder)
{
    return wend_tool_first_file(folder, wend_name_is_sql, has_mark) ? WEND_FIT_SURE : WEND_FIT_NO;
}

static char *position_of(const char *id)
{
    g_autofree char *number = wend_tool_leading_number(id, NULL);
    if (number == NULL)
        return g_strconcat("1", id, NULL);
    return g_strdup_printf("0%03zu%s%s", strlen(number), number, id);
}

static void add(const WendFolder *folder, const char *file, GPtrArray *migrations,
                GPtrArray *problems)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, file);
    gsize length = 0, digits = strspn(file, "0123456789");
    if (!wend_tool_read(folder, file, problems, &text, &length))
        return;
    Marks marks = {0};
    WendScript *up = NULL, *down = NULL;
    wend_marked_cut(shown, text, length, WEND_MARK_NOTHING, mark, &marks, &up, &down);
    if (up == NULL) {
        wend_script_free(down);
        WendProblem *problem =
            wend_tool_problem(folder, file, problems, "there is no line `-- +migrate Up`");
        problem->hint = g_strdup("sql-migrate wants it before the statements");
        return;
    }
    if (marks.stray > 0)
        wend_problem_add(problems, true, shown, marks.stray, 0,
                         "what stands before the line `-- +migrate Up` is never run");
    if (marks.unknown > 0) {
        WendProblem *problem = wend_problem_add(problems, false, shown, marks.unknown, 0,
                                                "there is no such command of sql-migrate");
        problem->hint =
            g_strdup("-- +migrate Up, Down, StatementBegin or StatementEnd, in this case");
    }
    gsize stem = strlen(file) - strlen(".sql");
    g_autofree char *position = position_of(file);
    g_autofree char *version = g_strndup(file, digits > 0 ? digits : stem);
    gsize begin =
        digits > 0 && digits < stem ? digits + (strchr("_-", file[digits]) != NULL) : digits;
    g_autofree char *name = digits > 0 ? g_strndup(file + begin, stem - begin) : g_strdup("");
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, file, version, name, position);
    migration->up = up;
    migration->down = down;
    wend_tool_file(migration)->up_alone = marks.up_alone;
    wend_tool_file(migration)->down_alone = marks.down_alone;
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        if (wend_name_is_sql(file))
            add(folder, file, migrations, problems);
    }
    wend_tool_sort(migrations, problems);
    return true;
}

/* A file name is an id; a number is found as a version. */
static char *version_key(const char *version)
{
    return g_strdup(version);
}

static char *section(const WendDraft *draft, const char *sql)
{
    return wend_draft_fence(sql, draft->dialect, false, "-- +migrate StatementBegin\n",
                            ";\n-- +migrate StatementEnd");
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_autofree char *up = section(draft, draft->up_sql), *down = section(draft, draft->down_sql);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "\n-- +migrate Up%s\n%s", draft->up_alone ? " notransaction" : "",
                           up);
    if (draft->down)
        g_string_append_printf(text, "\n-- +migrate Down%s\n%s",
                               draft->down_alone ? " notransaction" : "", down);
    g_ptr_array_add(names, g_strdup_printf("%s-%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_string_free(text, FALSE));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] = "CREATE TABLE IF NOT EXISTS {table} (\"id\" varchar(255) not null "
                                "primary key, \"applied_at\" datetime)",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (\"id\" text not null primary "
            "key, \"applied_at\" timestamp with time zone)",
        [WEND_DIALECT_MYSQL] = "CREATE TABLE IF NOT EXISTS {table} (`id` varchar(255) not null "
                               "primary key, `applied_at` datetime) engine=InnoDB charset=UTF8",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT id, {time applied_at} FROM {table} ORDER BY id");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *id = row->values[0];
    if (id == NULL)
        return wend_history_refuse("an id that is NULL", error);
    gsize digits = strspn(id, "0123456789");
    g_autofree char *version = digits > 0 ? g_strndup(id, digits) : g_strdup(id);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, version, "");
    applied->applied_at = g_strdup(row->values[1]);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] = "INSERT INTO {table} (id, applied_at) VALUES (?, "
                                "strftime('%Y-%m-%d %H:%M:%f+00:00', ?))",
        [WEND_DIALECT_POSTGRES] = "INSERT INTO {table} (id, applied_at) VALUES (?, {at})",
        [WEND_DIALECT_MYSQL] = "INSERT INTO {table} (id, applied_at) VALUES (?, {at})",
    };
    WendQuery *query = wend_book_query(&record->book, texts[record->book.dialect]);
    wend_query_text(query, record->id);
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
    .table = "gorp_migrations",
    .columns = "id,applied_at",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
};

static const char *const places[] = {"migrations", "db/migrations", "sql/migrations", NULL};

const WendFormat wend_format_sql_migrate = {
    .name = "sql-migrate",
    .title = "sql-migrate",
    .places = places,
    .history = &history,
    .late = true,
    .down_hint = "write it below a line `-- +migrate Down`",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .position = position_of,
};
