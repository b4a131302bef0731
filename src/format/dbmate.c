/* SPDX-License-Identifier: MIT
 *
 * dbmate: NUMBER_name.sql with `-- migrate:up` and `-- migrate:down`, each perhaps several times;
 * schema_migrations holds a row for each version. It orders by file name, and runs what is late.
 */
#include "format/marked.h"
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define UP   "migrate:up"
#define DOWN "migrate:down"

static bool is_file(const char *file)
{
    return wend_name_is_sql(file) && g_ascii_isdigit(file[0]);
}

typedef struct Marks {
    bool up_alone, down_alone;
    guint line;
    guint stray; /* line of a statement before the first mark; 0 = none */
    bool begun;
} Marks;

/* The last value of an option counts. */
static bool is_alone(const char *rest, gsize length)
{
    g_autofree char *text = g_strndup(rest, length);
    g_auto(GStrv) options = g_strsplit_set(text, " \t\r", -1);
    bool alone = false;
    for (char **option = options; *option != NULL; option++) {
        if (g_str_has_prefix(*option, "transaction:"))
            alone = strcmp(*option, "transaction:false") == 0;
    }
    return alone;
}

/* As wend_line_says(), in lower case only. */
static bool says(const char *line, gsize length, const char *words, const char **rest,
                 gsize *rest_length)
{
    return wend_line_says(line, length, words, rest, rest_length) &&
           g_strstr_len(line, (gssize)length, words) != NULL;
}

static WendMark mark(const char *line, gsize length, void *data)
{
    Marks *marks = data;
    const char *rest;
    gsize rest_length;
    marks->line++;
    if (says(line, length, UP, &rest, &rest_length)) {
        marks->begun = true;
        marks->up_alone |= is_alone(rest, rest_length);
        return WEND_MARK_UP;
    }
    if (says(line, length, DOWN, &rest, &rest_length)) {
        marks->begun = true;
        marks->down_alone |= is_alone(rest, rest_length);
        return WEND_MARK_DOWN;
    }
    if (!marks->begun && marks->stray == 0 && !wend_line_is_idle(line, length))
        marks->stray = marks->line;
    return WEND_MARK_NONE;
}

static bool has_mark(const char *text)
{
    return strstr(text, UP) != NULL;
}

static int detect(const WendFolder *folder)
{
    return wend_tool_first_file(folder, is_file, has_mark) ? WEND_FIT_SURE : WEND_FIT_NO;
}

/* By file name, as far as names of different versions differ: the digits, and what stands behind them. */
static char *position_of(const char *name)
{
    gsize digits = strspn(name, "0123456789");
    return digits == 0 ? NULL
                       : g_strdup_printf("%.*s%c", (int)digits, name,
                                         name[digits] != '\0' ? name[digits] : '_');
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
            wend_tool_problem(folder, file, problems, "there is no line `-- " UP "`");
        problem->hint = g_strdup("dbmate wants it before the statements");
        return;
    }
    if (marks.stray > 0) {
        WendProblem *problem =
            wend_problem_add(problems, false, shown, marks.stray, 0,
                             "this stands before the line `-- " UP "`, where nothing runs it");
        problem->hint = g_strdup("move it below that line: dbmate refuses it, too");
    }
    if (down == NULL)
        wend_problem_add(problems, true, shown, 0, 0,
                         "there is no line `-- " DOWN "`: dbmate itself refuses such a file");
    g_autofree char *version = g_strndup(file, digits);
    g_autofree char *position = position_of(file);
    const char *name = file + digits + (file[digits] == '_' || file[digits] == '-');
    g_autofree char *title = g_strndup(name, strlen(name) - strlen(".sql"));
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, version, version, title, position);
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
        if (is_file(file))
            add(folder, file, migrations, problems);
    }
    wend_tool_sort(migrations, problems);
    return true;
}

/* The digits as they are written: they are compared as text. */
static char *version_key(const char *version)
{
    gsize digits = strspn(version, "0123456789");
    return digits > 0 && (version[digits] == '\0' || version[digits] == '_')
               ? g_strndup(version, digits)
               : NULL;
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "-- " UP "%s\n%s\n", draft->up_alone ? " transaction:false" : "",
                           draft->up_sql);
    if (draft->down)
        g_string_append_printf(text, "-- " DOWN "%s\n%s\n",
                               draft->down_alone ? " transaction:false" : "", draft->down_sql);
    g_ptr_array_add(names, g_strdup_printf("%s_%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_string_free(text, FALSE));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "CREATE TABLE IF NOT EXISTS {table} (version varchar(128) primary key)",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (version varchar primary key)",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (version varchar(128) primary key)",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT version FROM {table} ORDER BY version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *version = row->values[0];
    return version != NULL ? wend_applied_new(WEND_KIND_VERSIONED, version, version, "")
                           : wend_history_refuse("a version that is NULL", error);
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "INSERT INTO {table} (version) VALUES (?)");
    g_ptr_array_add(queries, wend_query_text(query, record->id));
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

static const WendHistory history = {
    .table = "schema_migrations",
    .columns = "version",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
};

static const char *const places[] = {"db/migrations", NULL};

const WendFormat wend_format_dbmate = {
    .name = "dbmate",
    .title = "dbmate",
    .places = places,
    .history = &history,
    .late = true,
    .down_hint = "write it below a line `-- migrate:down`",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .position = position_of,
};
