/* SPDX-License-Identifier: MIT
 *
 * Supabase: supabase/migrations/TIMESTAMP_name.sql, on PostgreSQL; supabase_migrations.schema_migrations holds a
 * row for each version with its name and statements. There is no way back.
 */
#include "format/tool.h"
#include "format/wend_name.h"
#include "sql/splitter.h"

#include <string.h>

static bool is_file(const char *file)
{
    gsize digits = strspn(file, "0123456789");
    return digits > 0 && file[digits] == '_' && wend_name_is_sql(file);
}

/* The first file of old projects, which the tool leaves out: TIMESTAMP_init.sql from before 2021-12-09. */
static bool is_old_init(const char *file)
{
    return strspn(file, "0123456789") == 14 && strcmp(file + 14, "_init.sql") == 0 &&
           strncmp(file, "20211209000000", 14) < 0;
}

/* The folder is called supabase/migrations: nothing else tells its files from others'. */
static int detect(const WendFolder *folder)
{
    g_autofree char *path = g_canonicalize_filename(folder->path, NULL);
    bool place = g_str_has_suffix(path, "/supabase/migrations");
    bool any = false;
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        WendPart part;
        if (!wend_name_is_sql(file))
            continue;
        wend_name_stem(file, &part);
        if (!is_file(file) || part != WEND_PART_WHOLE)
            return WEND_FIT_NO;
        any = true;
    }
    return !any || wend_tool_is_marked(folder) ? WEND_FIT_NO
           : place                             ? WEND_FIT_LIKELY
                                               : WEND_FIT_MAYBE;
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        g_autofree char *text = NULL;
        gsize length = 0;
        if (i == 0 && is_old_init(file)) {
            g_autofree char *left = wend_tool_show(folder, file);
            wend_problem_add(problems, true, left, 0, 0,
                             "Supabase leaves this file out, as one that old versions of it made");
            continue;
        }
        if (!is_file(file) || !wend_tool_read(folder, file, problems, &text, &length) ||
            wend_tool_refuse_marked(folder, file, text, NULL, problems))
            continue;
        gsize digits = strspn(file, "0123456789");
        g_autofree char *version = g_strndup(file, digits);
        g_autofree char *name =
            g_strndup(file + digits + 1, strlen(file) - digits - 1 - strlen(".sql"));
        g_autofree char *shown = wend_tool_show(folder, file);
        WendMigration *migration =
            wend_tool_migration(migrations, WEND_KIND_VERSIONED, version, version, name, version);
        migration->up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
    }
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    gsize digits = strspn(version, "0123456789");
    return digits > 0 && (version[digits] == '\0' || version[digits] == '_')
               ? g_strndup(version, digits)
               : NULL;
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("%s_%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_strdup(draft->up_sql));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(
        queries, wend_book_query(book, "CREATE TABLE IF NOT EXISTS {table} (version text NOT NULL "
                                       "PRIMARY KEY, statements text[], name text)"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT version, name FROM {table} ORDER BY version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *version = row->values[0];
    return version != NULL ? wend_applied_new(WEND_KIND_VERSIONED, version, version,
                                              row->values[1] != NULL ? row->values[1] : "")
                           : wend_history_refuse("a version that is NULL", error);
}

/* An element of an array's text, quoted. */
static void append_element(GString *list, const char *text, gsize length)
{
    g_string_append_c(list, '"');
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '"' || text[i] == '\\')
            g_string_append_c(list, '\\');
        g_string_append_c(list, text[i]);
    }
    g_string_append_c(list, '"');
}

/* Behind the comment that begins at `at`, or behind the one byte that is there. */
static gsize behind(const char *text, gsize at, gsize length)
{
    bool line = at + 1 < length && text[at] == '-' && text[at + 1] == '-';
    bool block = at + 1 < length && text[at] == '/' && text[at + 1] == '*';
    const char *end = line    ? memchr(text + at, '\n', length - at)
                      : block ? g_strstr_len(text + at + 2, (gssize)(length - at - 2), "*/")
                              : text + at;
    return end == NULL ? length : (gsize)(end - text) + (block ? 2 : 1);
}

/* Where the terminator stands that follows a statement's end, behind blanks and comments; `length` when none
 * does. */
static gsize terminator(const char *text, gsize at, gsize length)
{
    while (at < length && text[at] != ';')
        at = behind(text, at, length);
    return at;
}

/* Appends text[start, end), trimmed, without statements of nothing in front, when it is not empty. */
static void append_part(GString *list, const char *text, gsize start, gsize end)
{
    while (start < end && (g_ascii_isspace(text[start]) || text[start] == ';'))
        start++;
    while (end > start && g_ascii_isspace(text[end - 1]))
        end--;
    if (start == end)
        return;
    if (list->len > 1)
        g_string_append_c(list, ',');
    append_element(list, text + start, end - start);
}

/* The statements as the text of an array, with the comments before each, as the tool cuts them; a comment behind
 * the last is one of its own. Caller frees. */
static char *statements_of(const WendScript *script)
{
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    GString *list = g_string_new("{");
    gsize from = 0;
    wend_split(script->text, script->length, wend_dialect_flags(WEND_DIALECT_POSTGRES), statements,
               NULL);
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *one = &g_array_index(statements, WendStatement, i);
        gsize end = terminator(script->text, one->end, script->length);
        append_part(list, script->text, from, end);
        from = MIN(end + 1, script->length);
    }
    append_part(list, script->text, from, script->length);
    g_string_append_c(list, '}');
    return g_string_free(list, FALSE);
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendScript *up = record->migration != NULL ? record->migration->up : NULL;
    g_autofree char *statements = up != NULL ? statements_of(up) : NULL;
    WendQuery *query =
        wend_book_query(&record->book, "INSERT INTO {table} (version, name, statements) VALUES (?, "
                                       "?, CAST(? AS text[]))");
    wend_query_text(query, record->id);
    wend_query_text(query, record->name);
    g_ptr_array_add(queries, wend_query_text(query, statements));
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
    .table = "supabase_migrations.schema_migrations",
    .columns = "version,statements,name",
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_always_same,
};

static const char *const places[] = {"supabase/migrations", NULL};

const WendFormat wend_format_supabase = {
    .name = "supabase",
    .title = "Supabase",
    .places = places,
    .history = &history,
    .postgres_only = true,
    .down_hint = "Supabase knows no way back: write a new migration that undoes it",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_files = new_files,
    .lacks = WEND_LACKS_BACK | WEND_LACKS_ALONE,
    .position = wend_tool_text_position,
};
