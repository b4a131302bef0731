/* SPDX-License-Identifier: MIT
 *
 * What the formats of other tools share. See tool.h.
 */
#include "format/tool.h"

#include "format/directive.h"
#include "format/marked.h"
#include "format/wend_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define HEAD_SIZE 8192 /* how much of a file detect() looks at */
#define HEADS     3    /* and how many files */

static void file_free(gpointer data)
{
    WendToolFile *file = data;
    g_free(file->checksum);
    g_free(file->other);
    g_free(file->down_path);
    if (file->more_free != NULL)
        file->more_free(file->more);
    g_free(file);
}

WendMigration *wend_tool_migration(GPtrArray *migrations, WendKind kind, const char *id,
                                   const char *version, const char *name, const char *position)
{
    WendMigration *migration = wend_migration_new(kind);
    migration->id = g_strdup(id);
    migration->version = g_strdup(version);
    migration->name = g_strdup(name);
    migration->position = g_strdup(position);
    migration->format = g_new0(WendToolFile, 1);
    migration->format_free = file_free;
    g_ptr_array_add(migrations, migration);
    return migration;
}

WendToolFile *wend_tool_file(const WendMigration *migration)
{
    return migration->format;
}

char *wend_tool_show(const WendFolder *folder, const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    return g_strconcat(folder->path, "/", valid, NULL);
}

WendProblem *wend_tool_problem(const WendFolder *folder, const char *name, GPtrArray *problems,
                               const char *format, ...)
{
    g_autofree char *file = wend_tool_show(folder, name);
    va_list values;
    va_start(values, format);
    g_autofree char *text = g_strdup_vprintf(format, values);
    va_end(values);
    return wend_problem_add(problems, false, file, 0, 0, "%s", text);
}

bool wend_tool_read(const WendFolder *folder, const char *name, GPtrArray *problems, char **text,
                    gsize *length)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (wend_folder_read(folder, name, text, length, &error))
        return true;
    wend_problem_take(problems, &error);
    return false;
}

GBytes *wend_tool_bytes(const WendFolder *folder, const char *name, GPtrArray *problems)
{
    char *bytes = NULL;
    gsize length = 0;
    if (wend_folder_bytes(folder, name, &bytes, &length))
        return g_bytes_new_take(bytes, length);
    int failure = errno;
    WendProblem *problem =
        wend_tool_problem(folder, name, problems, "cannot read it: %s", g_strerror(failure));
    problem->hint = g_strdup(wend_file_advice(failure));
    return NULL;
}

WendFolder *wend_tool_enter(const WendFolder *folder, const char *name, GPtrArray *problems)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendFolder *inside = wend_folder_enter(folder, name, &error);
    if (error.code != WEND_OK) {
        wend_problem_take(problems, &error);
    } else if (inside == NULL) {
        g_autofree char *shown = wend_tool_show(folder, name);
        wend_problem_add(problems, true, shown, 0, 0,
                         "this folder is a symbolic link: what is in it is left out");
    }
    return inside;
}

GString *wend_tool_other_ends(const char *bytes, gsize length)
{
    bool windows = g_strstr_len(bytes, (gssize)length, "\r\n") != NULL;
    GString *text = g_string_sized_new(length);
    for (gsize i = 0; i < length; i++) {
        if (windows && bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n')
            continue;
        if (!windows && bytes[i] == '\n')
            g_string_append_c(text, '\r');
        g_string_append_c(text, bytes[i]);
    }
    return text;
}

void wend_tool_sums(WendToolFile *file, GBytes *bytes)
{
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);
    GString *other = wend_tool_other_ends(data, length);
    char sum[WEND_SHA256_HEX + 1];
    wend_sha256(data, length, sum);
    file->checksum = g_strdup(sum);
    wend_sha256(other->str, other->len, sum);
    file->other = g_strdup(sum);
    g_string_free(other, TRUE);
}

bool wend_tool_first_file(const WendFolder *folder, bool (*is_file)(const char *name),
                          bool (*looks)(const char *text))
{
    char head[HEAD_SIZE];
    guint seen = 0;
    for (guint i = 0; i < folder->names->len && seen < HEADS; i++) {
        const char *name = folder->names->pdata[i];
        if (!is_file(name))
            continue;
        seen++;
        if (wend_folder_head(folder, name, head, sizeof head) && looks(head))
            return true;
    }
    return false;
}

void wend_tool_refuse_other(const WendFolder *folder, const char *name, const char *tool,
                            GPtrArray *problems)
{
    WendProblem *problem = wend_tool_problem(
        folder, name, problems, "it is laid out for %s, and its way back would run with it", tool);
    problem->hint = g_strdup_printf("take the folder as it is laid out: --format %s", tool);
}

bool wend_tool_refuse_marked(const WendFolder *folder, const char *name, const char *text,
                             const char *own, GPtrArray *problems)
{
    const char *tool = wend_marked_by(text);
    if (tool == NULL || g_strcmp0(tool, own) == 0)
        return false;
    wend_tool_refuse_other(folder, name, tool, problems);
    return true;
}

static bool is_marked(const char *text)
{
    return wend_marked_by(text) != NULL;
}

bool wend_tool_is_marked(const WendFolder *folder)
{
    return wend_tool_first_file(folder, wend_name_is_sql, is_marked);
}

guint32 wend_tool_crc32(const char *bytes, gsize length)
{
    /* Of the sixteen halves of a byte: small, and fast enough for what a file has. */
    guint32 table[16];
    for (guint32 i = 0; i < G_N_ELEMENTS(table); i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320 : 0);
    }
    guint32 crc = 0xFFFFFFFF;
    for (gsize i = 0; i < length; i++) {
        crc ^= (guchar)bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* --- order --- */

static int compare_migrations(gconstpointer a, gconstpointer b)
{
    const WendMigration *one = *(const WendMigration *const *)a;
    const WendMigration *other = *(const WendMigration *const *)b;
    int order = strcmp(one->position, other->position);
    if (order == 0)
        order = (int)other->kind - (int)one->kind;
    return order != 0 || one->up == NULL || other->up == NULL
               ? order
               : strcmp(one->up->file, other->up->file);
}

/* The limits of the journal's column, and a row that nobody could read again. */
static bool is_usable(const WendMigration *migration, GPtrArray *problems)
{
    gsize length = strlen(migration->id);
    const char *file = migration->up != NULL ? migration->up->file : migration->position;
    if (length > 0 && length <= WEND_ID_MAX)
        return true;
    WendProblem *problem =
        length == 0 ? wend_problem_add(problems, false, file, 0, 0, "the name has no version")
                    : wend_problem_add(problems, false, file, 0, 0,
                                       "the version is longer than the journal can hold (%d bytes)",
                                       WEND_ID_MAX);
    problem->hint = g_strdup(length == 0 ? "begin it with one" : "give the file a shorter name");
    return false;
}

void wend_tool_sort(GPtrArray *migrations, GPtrArray *problems)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_ptr_array_sort(migrations, compare_migrations);
    for (guint i = 0; i < migrations->len;) {
        WendMigration *migration = migrations->pdata[i];
        const WendMigration *first = g_hash_table_lookup(by_id, migration->id);
        if (!is_usable(migration, problems)) {
            g_ptr_array_remove_index(migrations, i);
            continue;
        }
        if (first == NULL) {
            g_hash_table_insert(by_id, migration->id, migration);
            i++;
            continue;
        }
        WendProblem *problem = wend_problem_add(
            problems, false, migration->up->file, 0, 0, "two migrations have version %s: %s and %s",
            migration->version, first->up->file, migration->up->file);
        problem->hint = g_strdup("give one of them another version");
        g_ptr_array_remove_index(migrations, i);
    }
}

char *wend_tool_leading_number(const char *name, const char **end)
{
    gsize digits = strspn(name, "0123456789");
    if (digits == 0)
        return NULL;
    if (end != NULL)
        *end = name + digits;
    while (digits > 1 && *name == '0') {
        name++;
        digits--;
    }
    return g_strndup(name, digits);
}

char *wend_tool_number_key(const char *version)
{
    const char *end;
    char *key = wend_tool_leading_number(version, &end);
    if (key != NULL && (*end == '\0' || *end == '_'))
        return key;
    g_free(key);
    return NULL;
}

char *wend_tool_number_position(const char *id)
{
    gsize length = strlen(id);
    if (length == 0 || length > WEND_ID_MAX || strspn(id, "0123456789") != length)
        return NULL;
    return g_strdup_printf("%03zu%s", length, id);
}

char *wend_tool_text_position(const char *id)
{
    return g_strdup(id);
}

/* --- scripts --- */

void wend_tool_code(WendMigration *migration, const WendFolder *folder, const char *name,
                    const char *tool)
{
    g_autofree char *shown = wend_tool_show(folder, name);
    migration->up = wend_script_new(shown, 1, g_strdup(""), 0);
    wend_tool_file(migration)->code = tool;
}

static void read_down(WendMigration *migration, const char *path, GPtrArray *problems)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *text = NULL;
    gsize length = 0;
    if (wend_file_read(migration->files, path, &text, &length, &error))
        migration->down = wend_script_new(path, 1, text, length);
    else
        wend_problem_take(problems, &error);
}

void wend_tool_directive(WendScript *script, WendDirectiveKind kind)
{
    if (wend_script_directive(script, kind) != NULL)
        return;
    bool alone = kind == WEND_DIRECTIVE_TRANSACTION;
    WendDirective *directive = g_new0(WendDirective, 1);
    directive->kind = kind;
    directive->line = script->line;
    directive->value = g_strdup(alone ? "none" : "");
    directive->none = alone;
    directive->lock_ms = directive->statement_ms = -1;
    g_ptr_array_insert(script->directives, 0, directive);
}

void wend_tool_follow(WendScript *stored, const WendScript *file)
{
    const WendDirective *transaction = wend_script_directive(file, WEND_DIRECTIVE_TRANSACTION);
    if (transaction != NULL && transaction->none)
        wend_tool_directive(stored, WEND_DIRECTIVE_TRANSACTION);
    if (stored->values == NULL && file->values != NULL) {
        stored->values = g_hash_table_ref(file->values);
        wend_tool_directive(stored, WEND_DIRECTIVE_SUBSTITUTE);
    }
}

void wend_tool_load(WendMigration *migration, WendDialect dialect, GPtrArray *problems)
{
    WendToolFile *file = migration->format;
    guint flags = wend_dialect_flags(dialect);
    if (file == NULL || file->loaded)
        return;
    file->loaded = true;
    if (file->code != NULL) {
        WendProblem *problem =
            wend_problem_add(problems, false, migration->up->file, 0, 0,
                             "this migration is program code: wend runs SQL and no programs");
        problem->hint =
            g_strdup_printf("run it with %s, up to this one; then go on with wend", file->code);
        return;
    }
    if (migration->down == NULL && file->down_path != NULL)
        read_down(migration, file->down_path, problems);
    if (migration->up != NULL) {
        wend_directives_scan(migration->up, flags, problems);
        if (file->up_alone)
            wend_tool_directive(migration->up, WEND_DIRECTIVE_TRANSACTION);
    }
    if (migration->down != NULL) {
        wend_directives_scan(migration->down, flags, problems);
        if (file->down_alone)
            wend_tool_directive(migration->down, WEND_DIRECTIVE_TRANSACTION);
    }
}

/* --- history --- */

bool wend_tool_always_same(G_GNUC_UNUSED const WendMigration *migration,
                           G_GNUC_UNUSED const WendApplied *applied)
{
    return true;
}

bool wend_tool_same(const WendMigration *migration, const WendApplied *applied)
{
    const WendToolFile *file = migration->format;
    return applied->checksum == NULL || file->checksum == NULL ||
           strcmp(applied->checksum, file->checksum) == 0 ||
           g_strcmp0(applied->checksum, file->other) == 0;
}

void wend_tool_each(const WendRecord *record, GPtrArray *queries,
                    void (*insert)(const WendRecord *record, GPtrArray *queries))
{
    if (record->kind != WEND_KIND_BASELINE || record->migration != NULL) {
        insert(record, queries);
        return;
    }
    for (guint i = 0; i < record->migrations->len; i++) {
        const WendMigration *migration = record->migrations->pdata[i];
        if (migration->kind != WEND_KIND_VERSIONED || record->position == NULL ||
            strcmp(migration->position, record->position) > 0)
            continue;
        WendRecord one = *record;
        one.kind = WEND_KIND_VERSIONED;
        one.id = migration->id;
        one.version = migration->version;
        one.name = migration->name;
        one.position = migration->position;
        one.checksum = migration->up != NULL ? migration->up->checksum : NULL;
        one.migration = migration;
        one.applied = NULL;
        insert(&one, queries);
    }
}
