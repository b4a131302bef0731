/* SPDX-License-Identifier: MIT
 *
 * wend's own format: a folder's names put together to migrations, and their scripts read. Names are
 * wend_name.c's, the inside of a file is wend_section.c's, the history table wend_history.c's.
 */
#include "format/directive.h"
#include "format/folder.h"
#include "format/format.h"
#include "format/wend_history.h"
#include "format/wend_name.h"
#include "format/wend_section.h"

#include <stdio.h>
#include <string.h>

#define LOOKED_AT 100 /* names that detect() reads: a folder is of one kind throughout */

/* What load() needs: WendMigration.format. */
typedef struct Source {
    char *down; /* path of the down file; NULL = there is none */
    bool loaded;
} Source;

/* The files of one id. */
typedef struct Entry {
    const char *up; /* file names, borrowed from the folder; NULL = not there */
    const char *down;
    WendName up_name; /* what they say */
    WendName down_name;
} Entry;

/* A file whose place was taken. */
typedef struct Double {
    const Entry *entry;
    bool down;
    const char *first;
    const char *second;
} Double;

typedef struct Scan {
    const WendFolder *folder;
    WendDialect dialect;
    guint lex_flags;
    GPtrArray *entries; /* of Entry, in the order of their first names */
    GHashTable *by_id;  /* id → Entry */
    GArray *doubles;
    Entry *last; /* of the name just taken, when that was a down file without its up; else NULL */
    GPtrArray *migrations;
    GPtrArray *problems;
} Scan;

static void source_free(gpointer data)
{
    Source *source = data;
    g_free(source->down);
    g_free(source);
}

static void entry_free(gpointer data)
{
    Entry *entry = data;
    wend_name_clear(&entry->up_name);
    wend_name_clear(&entry->down_name);
    g_free(entry);
}

/* A file of the folder as shown to people. */
static char *show(const Scan *scan, const char *name)
{
    g_autofree char *valid = g_utf8_validate(name, -1, NULL) ? NULL : g_utf8_make_valid(name, -1);
    return g_strconcat(scan->folder->path, "/", valid != NULL ? valid : name, NULL);
}

static WendProblem *add_problem(const Scan *scan, bool warning, const char *name,
                                const char *message)
{
    g_autofree char *file = show(scan, name);
    return wend_problem_add(scan->problems, warning, file, 0, 0, "%s", message);
}

/* The entry for an id; a new one takes `id` as its key, which must live as long as the entry. */
static Entry *entry_for(Scan *scan, const char *id)
{
    Entry *entry = g_hash_table_lookup(scan->by_id, id);
    if (entry == NULL) {
        entry = g_new0(Entry, 1);
        g_ptr_array_add(scan->entries, entry);
        g_hash_table_insert(scan->by_id, (gpointer)id, entry);
    }
    return entry;
}

/* Whether `file` is the up file that the down file just taken (they stand side by side) belongs to: then
 * its name says the same, and need not be read again. */
static bool take_partner(Scan *scan, const char *file)
{
    Entry *entry = scan->last;
    WendPart part, last_part;
    gsize length = wend_name_stem(file, &part);
    if (entry == NULL || part != WEND_PART_UP || entry->up != NULL ||
        length != wend_name_stem(entry->down, &last_part) || memcmp(file, entry->down, length) != 0)
        return false;
    entry->up = file;
    entry->up_name = entry->down_name;
    entry->up_name.part = part;
    entry->down_name = (WendName){.kind = entry->up_name.kind, .part = last_part};
    return true;
}

static void take_name(Scan *scan, const char *file)
{
    bool partner = take_partner(scan, file);
    scan->last = NULL;
    if (partner)
        return;
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendName name = {0};
    if (!wend_name_parse(file, &name, &error)) {
        g_autofree char *shown = show(scan, file);
        wend_error_place(&error, shown, 0, 0);
        wend_problem_take(scan->problems, &error);
        return;
    }
    Entry *entry = entry_for(scan, name.id);
    bool down = name.part == WEND_PART_DOWN;
    const char **place = down ? &entry->down : &entry->up;
    if (*place != NULL) {
        Double taken = {entry, down, *place, file};
        g_array_append_val(scan->doubles, taken);
        wend_name_clear(&name);
        return;
    }
    *place = file;
    *(down ? &entry->down_name : &entry->up_name) = name;
    scan->last = down && entry->up == NULL ? entry : NULL;
}

static void take_names(Scan *scan)
{
    for (guint i = 0; i < scan->folder->names->len; i++) {
        const char *name = scan->folder->names->pdata[i];
        WendMoment moment;
        if (wend_name_is_sql(name) && !wend_callback_name(name, &moment))
            take_name(scan, name);
    }
    for (guint i = 0; i < scan->folder->folders->len; i++) {
        const char *name = scan->folder->folders->pdata[i];
        if (wend_name_is_sql(name))
            add_problem(scan, true, name, "this is a folder: it is passed over");
    }
}

/* A name for `file` with a plain number that nobody has, "008_add_b.sql"; NULL when its version is
 * not a plain number. */
static char *suggest_name(const Scan *scan, const Double *taken)
{
    const char *id = taken->entry->up_name.id;
    gsize digits = strspn(taken->second, "0123456789");
    gsize width = MAX(digits, strspn(taken->first, "0123456789"));
    guint64 number = 0;
    if (digits == 0 || strchr("_- ", taken->second[digits]) == NULL ||
        !g_ascii_string_to_unsigned(id, 10, 0, G_MAXINT64, &number, NULL))
        return NULL;
    char text[32];
    do {
        number++;
        snprintf(text, sizeof text, "%" G_GUINT64_FORMAT, number);
    } while (g_hash_table_contains(scan->by_id, text));
    return g_strdup_printf("%0*" G_GUINT64_FORMAT "%s", (int)MIN(width, 20), number,
                           taken->second + digits);
}

static void report_double(const Scan *scan, const Double *taken)
{
    static const char *const things[] = {
        [WEND_KIND_VERSIONED] = "migrations have version",
        [WEND_KIND_REPEATABLE] = "repeatable migrations are named",
        [WEND_KIND_BASELINE] = "baselines have version",
    };
    bool own = taken->down && taken->entry->down_name.id != NULL;
    const WendName *name = own ? &taken->entry->down_name : &taken->entry->up_name;
    const char *id = name->kind == WEND_KIND_VERSIONED ? name->id : name->id + 2;
    g_autofree char *message = taken->down
                                   ? g_strdup_printf("version %s has two down files: %s and %s", id,
                                                     taken->first, taken->second)
                                   : g_strdup_printf("two %s %s: %s and %s", things[name->kind], id,
                                                     taken->first, taken->second);
    g_autofree char *better = taken->down ? NULL : suggest_name(scan, taken);
    WendProblem *problem = add_problem(scan, false, taken->second, message);
    problem->hint = better != NULL
                        ? g_strdup_printf("rename one of them, for example to %s", better)
                        : g_strdup("rename or remove one of them");
}

/* The names as far as people would call them the same. */
static bool names_agree(const Entry *entry)
{
    const char *up = entry->up_name.name, *down = entry->down_name.name;
    return down == NULL || *down == '\0' || *up == '\0' || g_ascii_strcasecmp(up, down) == 0;
}

/* Whether the files of an entry go together. */
static bool check_entry(const Scan *scan, const Entry *entry)
{
    if (entry->up == NULL) {
        WendProblem *problem =
            add_problem(scan, false, entry->down, "there is no up file for this down file");
        problem->hint = g_strdup("add the up file, or remove this one");
        return false;
    }
    if (!names_agree(entry)) {
        g_autofree char *message = g_strdup_printf("the up and the down file of one version have "
                                                   "different names: %s and %s",
                                                   entry->up, entry->down);
        WendProblem *problem = add_problem(scan, false, entry->down, message);
        problem->hint = g_strdup("give both the same name if they belong together, else a version "
                                 "of their own");
    }
    return true;
}

/* Makes scripts of the up file's text, and reports what does not go together. */
static void cut_up(const Scan *scan, const Entry *entry, char *text, gsize length,
                   WendMigration *migration)
{
    g_autofree char *file = show(scan, entry->up);
    WendFileCut cut = {file, entry->up_name.part, entry->down != NULL, scan->lex_flags};
    wend_file_cut(&cut, text, length, &migration->up, &migration->down, scan->problems);
    if (migration->down != NULL && entry->down != NULL) {
        g_autofree char *message = g_strdup_printf("there are two down scripts: one in this file, "
                                                   "one in %s",
                                                   entry->down);
        add_problem(scan, false, entry->up, message)->hint = g_strdup("remove one of the two");
    }
}

static void add_migration(const Scan *scan, Entry *entry)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *text = NULL;
    gsize length = 0;
    if (!wend_folder_read(scan->folder, entry->up, &text, &length, &error)) {
        wend_problem_take(scan->problems, &error);
        return;
    }
    WendName *name = &entry->up_name;
    Source *source = g_new0(Source, 1);
    if (entry->down != NULL)
        source->down = g_build_filename(scan->folder->path, entry->down, NULL);
    WendMigration *migration = wend_migration_new(name->kind);
    migration->id = g_steal_pointer(&name->id);
    migration->version = g_steal_pointer(&name->version);
    migration->position = g_steal_pointer(&name->position);
    migration->name = g_steal_pointer(&name->name);
    migration->format = source;
    migration->format_free = source_free;
    cut_up(scan, entry, text, length, migration);
    g_ptr_array_add(scan->migrations, migration);
}

/* By position; a baseline before the migration of its version, which it stands for. */
static int compare_migrations(gconstpointer a, gconstpointer b)
{
    const WendMigration *one = *(const WendMigration *const *)a;
    const WendMigration *other = *(const WendMigration *const *)b;
    int order = strcmp(one->position, other->position);
    return order != 0 ? order : (int)other->kind - (int)one->kind;
}

static bool scan_folder(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                        GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) doubles = g_array_new(FALSE, FALSE, sizeof(Double));
    Scan scan = {folder,     dialect, wend_dialect_flags(dialect), entries, by_id, doubles, NULL,
                 migrations, problems};
    take_names(&scan);
    for (guint i = 0; i < doubles->len; i++)
        report_double(&scan, &g_array_index(doubles, Double, i));
    g_hash_table_remove_all(by_id); /* its keys move into the migrations */
    for (guint i = 0; i < entries->len; i++) {
        if (check_entry(&scan, entries->pdata[i]))
            add_migration(&scan, entries->pdata[i]);
    }
    g_ptr_array_sort(migrations, compare_migrations);
    return true;
}

static void load_down(WendMigration *migration, const char *file, guint lex_flags,
                      GPtrArray *problems)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    char *text = NULL;
    gsize length = 0;
    if (!wend_file_read(migration->files, file, &text, &length, &error)) {
        wend_problem_take(problems, &error);
        return;
    }
    WendScript *none = NULL;
    WendFileCut cut = {file, WEND_PART_DOWN, true, lex_flags};
    g_clear_pointer(&migration->down, wend_script_free);
    wend_file_cut(&cut, text, length, &none, &migration->down, problems);
}

/* Warns when there is no way back, or one that does nothing. */
static void check_down(const WendMigration *migration, bool has_file, guint lex_flags,
                       GPtrArray *problems)
{
    const WendScript *down = migration->down;
    if (down == NULL && !has_file && migration->kind == WEND_KIND_VERSIONED) {
        WendProblem *problem =
            wend_problem_add(problems, true, migration->up->file, 0, 0, "there is no down script");
        problem->hint = g_strdup("add a .down.sql file or a section `-- wend:down`");
    } else if (down != NULL && wend_text_is_empty(down->text, down->length, lex_flags, NULL)) {
        WendProblem *problem = wend_problem_add(problems, true, down->file, down->line, 0,
                                                "the down script has no statements");
        problem->hint = g_strdup("write what takes the migration back, or remove it: then wend "
                                 "knows that there is no way back");
    }
}

/* What only seeds are asked for would be passed over in silence here. */
static void refuse_seeds(const WendScript *script, GPtrArray *problems)
{
    for (guint i = 0; script != NULL && i < script->directives->len; i++) {
        const WendDirective *directive = script->directives->pdata[i];
        if (directive->kind != WEND_DIRECTIVE_SEED && directive->kind != WEND_DIRECTIVE_CSV)
            continue;
        WendProblem *problem =
            wend_problem_add(problems, false, script->file, directive->line, 0,
                             "this directive is for seeds, and this is a migration");
        problem->hint = g_strdup("take it out, or move the file into the folder of seeds");
    }
}

static void load(WendMigration *migration, WendDialect dialect, GPtrArray *problems)
{
    Source *source = migration->format;
    if (source == NULL || source->loaded)
        return;
    source->loaded = true;
    guint lex_flags = wend_dialect_flags(dialect);
    if (source->down != NULL)
        load_down(migration, source->down, lex_flags, problems);
    if (wend_text_is_empty(migration->up->text, migration->up->length, lex_flags, NULL))
        wend_problem_add(problems, true, migration->up->file, 0, 0,
                         "the migration has no statements");
    check_down(migration, source->down != NULL, lex_flags, problems);
    wend_directives_scan(migration->up, lex_flags, problems);
    if (migration->down != NULL)
        wend_directives_scan(migration->down, lex_flags, problems);
    refuse_seeds(migration->up, problems);
    refuse_seeds(migration->down, problems);
}

static int detect(const WendFolder *folder)
{
    int files = 0, readable = 0;
    for (guint i = 0; i < folder->names->len && files < LOOKED_AT; i++) {
        const char *file = folder->names->pdata[i];
        WendName name = {0};
        WendMoment moment;
        if (!wend_name_is_sql(file) || wend_callback_name(file, &moment))
            continue;
        files++;
        readable += wend_name_parse(file, &name, NULL);
        wend_name_clear(&name);
    }
    if (files == 0)
        return 1;
    /* Never 0: names that nobody can read are for this reader to name, one by one. */
    if (readable == 0)
        return 1;
    return readable == files ? WEND_FIT_OWN : WEND_FIT_MAYBE + 1 + 9 * readable / files;
}

const WendFormat wend_format_wend = {
    .name = "wend",
    .title = "wend's own",
    .history = &wend_history_wend,
    .detect = detect,
    .scan = scan_folder,
    .load = load,
    .callback = wend_callback_name,
    .version_key = wend_name_key,
    .position = wend_name_position,
};
