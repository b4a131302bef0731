/* SPDX-License-Identifier: MIT
 *
 * The folder of seeds. See seed.h. What a CSV file holds is not read here: a statement stands for it, and its
 * driver brings the rows in.
 */
#include "format/seed.h"

#include "format/directive.h"
#include "format/wend_history.h"

#include <string.h>

#define ID_MAX  190  /* bytes: what the history table takes */
#define DEEPEST 1000 /* seeds that each depend on the next one */

/* One seed, before it is in its place. */
typedef struct Seed {
    char *id;        /* "users", "dev/users" */
    char *folder;    /* path of the folder that it lies in */
    const char *sql; /* file names, borrowed; NULL = not there */
    const char *csv;
    WendScript *script;   /* NULL = it cannot be read, which has been reported */
    bool onchange, begun; /* `begun`: what it depends on is being looked at */
    bool placed;
} Seed;

typedef struct Scan {
    WendDialect dialect;
    guint lex_flags;
    GPtrArray *folders; /* of WendFolder: kept while their names are borrowed */
    GPtrArray *seeds;   /* of Seed, in the order of names */
    GHashTable *by_id;
    GPtrArray *ring; /* of Seed: those that are being looked at, each for the one before */
    GPtrArray *migrations, *problems;
} Scan;

static void seed_free(gpointer data)
{
    Seed *seed = data;
    g_free(seed->id);
    g_free(seed->folder);
    wend_script_free(seed->script);
    g_free(seed);
}

static void folder_free(gpointer folder)
{
    wend_folder_close(folder);
}

char *wend_seed_table(const char *name)
{
    gsize digits = strspn(name, "0123456789");
    if (digits > 0 && (name[digits] == '_' || name[digits] == '-') && name[digits + 1] != '\0')
        name += digits + 1;
    gsize length = strlen(name);
    return g_strndup(name, g_str_has_suffix(name, ".csv") ? length - 4 : length);
}

static char *path_of(const Seed *seed, const char *name)
{
    g_autofree char *path = g_strconcat(seed->folder, "/", name, NULL);
    return g_utf8_validate(path, -1, NULL) ? g_steal_pointer(&path) : g_utf8_make_valid(path, -1);
}

static WendProblem *report(const Scan *scan, const Seed *seed, guint line, const char *message)
{
    g_autofree char *file = path_of(seed, seed->sql != NULL ? seed->sql : seed->csv);
    return wend_problem_add(scan->problems, false, file, line, 0, "%s", message);
}

/* --- names --- */

static void take_name(Scan *scan, const WendFolder *folder, const char *prefix, const char *name)
{
    bool csv = g_str_has_suffix(name, ".csv");
    if (!csv && !g_str_has_suffix(name, ".sql"))
        return;
    g_autofree char *stem = g_strndup(name, strlen(name) - 4);
    g_autofree char *id = g_strconcat(prefix, stem, NULL);
    Seed *seed = g_hash_table_lookup(scan->by_id, id);
    if (seed == NULL) {
        seed = g_new0(Seed, 1);
        seed->id = g_steal_pointer(&id);
        seed->folder = g_strdup(folder->path);
        g_ptr_array_add(scan->seeds, seed);
        g_hash_table_insert(scan->by_id, seed->id, seed);
    }
    *(csv ? &seed->csv : &seed->sql) = name;
    if (seed->id[strlen(prefix)] == '\0' || strlen(seed->id) > ID_MAX ||
        !g_utf8_validate(seed->id, -1, NULL))
        report(scan, seed, 0, "this cannot be the name of a seed")->hint =
            g_strdup("rename the file: at most 190 bytes, in UTF-8");
}

static void take_names(Scan *scan, const WendFolder *folder, const char *prefix)
{
    for (guint i = 0; i < folder->names->len; i++)
        take_name(scan, folder, prefix, folder->names->pdata[i]);
}

static bool take_environment(Scan *scan, const WendFolder *folder, WendError *error)
{
    if (folder->env == NULL ||
        !g_ptr_array_find_with_equal_func(folder->folders, folder->env, g_str_equal, NULL))
        return true;
    g_autofree char *path = g_build_filename(folder->path, folder->env, NULL);
    g_autofree char *prefix = g_strconcat(folder->env, "/", NULL);
    WendFolder *inside = wend_folder_open(path, error);
    if (inside == NULL)
        return false;
    g_ptr_array_add(scan->folders, inside);
    take_names(scan, inside, prefix);
    return true;
}

/* --- texts --- */

static const WendDirective *find_csv(const WendScript *script)
{
    return wend_script_directive(script, WEND_DIRECTIVE_CSV);
}

static WendLoad *look_at_csv(const Scan *scan, const Seed *seed, const char *table)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *file = path_of(seed, seed->csv);
    g_autofree char *own = wend_seed_table(seed->csv);
    bool named = table != NULL && table[0] != '\0';
    WendLoad *load = wend_load_new(file, named ? table : own, scan->dialect, &error);
    if (load == NULL)
        wend_problem_take(scan->problems, &error);
    return load;
}

/* The script with the statement that stands for the rows in the place of the `length` bytes at `offset`. Takes
 * over `load`. */
static WendScript *put_load(const char *file, const char *text, gsize offset, gsize length,
                            WendLoad *load)
{
    g_autofree char *statement = wend_load_statement(load);
    g_autoptr(GString) whole = g_string_new(text);
    g_string_erase(whole, (gssize)offset, (gssize)length);
    g_string_insert(whole, (gssize)offset, statement);
    WendScript *script = wend_script_new(file, 1, g_strdup(whole->str), whole->len);
    script->load = load;
    script->load_at = offset;
    return script;
}

static WendScript *read_csv(const Scan *scan, const Seed *seed)
{
    WendLoad *load = look_at_csv(scan, seed, NULL);
    return load != NULL ? put_load(load->file, "\n", 0, 0, load) : NULL;
}

char *wend_seed_emptying(const WendScript *script)
{
    if (script->load == NULL || strcmp(script->load->file, script->file) != 0)
        return NULL;
    return g_strdup_printf("let a script beside it, %.*s.sql, empty the table, with "
                           "`-- wend: csv` behind that",
                           (int)strlen(script->file) - 4, script->file);
}

/* A seed of both files: the directive says where in the one the other is loaded. */
static WendScript *put_csv(const Scan *scan, const Seed *seed, const WendScript *script)
{
    const WendDirective *at = find_csv(script);
    if (at == NULL) {
        report(scan, seed, 0,
               "there is a CSV file of this name, too, and nothing says when it is "
               "loaded")
            ->hint = g_strdup("write `-- wend: csv` where it is, or rename one of the two");
        return NULL;
    }
    WendLoad *load = look_at_csv(scan, seed, at->value);
    const char *comment = script->text + at->offset;
    return load != NULL
               ? put_load(script->file, script->text, at->offset, strcspn(comment, "\n"), load)
               : NULL;
}

static WendScript *read_sql(const Scan *scan, const Seed *seed)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *file = path_of(seed, seed->sql);
    char *text = NULL;
    gsize length = 0;
    if (!wend_file_read(NULL, file, &text, &length, &error)) {
        wend_problem_take(scan->problems, &error);
        return NULL;
    }
    g_autoptr(WendScript) script = wend_script_new(file, 1, text, length);
    g_autoptr(GPtrArray) first = wend_problems_new();
    wend_directives_scan(script, scan->lex_flags, first);
    if (seed->csv != NULL && !wend_problems_stop(first)) {
        WendScript *with = put_csv(scan, seed, script);
        wend_script_free(g_steal_pointer(&script));
        script = with;
    }
    if (script == NULL)
        return NULL;
    wend_directives_scan(script, scan->lex_flags, scan->problems);
    const WendDirective *at = find_csv(script);
    if (at != NULL && seed->csv == NULL)
        report(scan, seed, at->line, "there is no CSV file of this name")->hint =
            g_strdup("put it beside this file, with the same name and .csv");
    return g_steal_pointer(&script);
}

static void read_seed(const Scan *scan, Seed *seed)
{
    seed->script = seed->sql != NULL ? read_sql(scan, seed) : read_csv(scan, seed);
    const WendDirective *mode =
        seed->script != NULL ? wend_script_directive(seed->script, WEND_DIRECTIVE_SEED) : NULL;
    seed->onchange = mode != NULL && !mode->none;
}

/* --- order --- */

/* "users", as a seed beside it calls it; in an environment's folder those of that folder first. */
static Seed *find_seed(const Scan *scan, const Seed *from, const char *name)
{
    const char *slash = strrchr(from->id, '/');
    g_autofree char *beside =
        slash != NULL ? g_strdup_printf("%.*s/%s", (int)(slash - from->id), from->id, name) : NULL;
    Seed *found = beside != NULL ? g_hash_table_lookup(scan->by_id, beside) : NULL;
    return found != NULL && found != from ? found : g_hash_table_lookup(scan->by_id, name);
}

static void report_unknown(const Scan *scan, const Seed *seed, const WendDirective *directive)
{
    g_autofree const char **names = g_new0(const char *, scan->seeds->len + 1);
    for (guint i = 0; i < scan->seeds->len; i++)
        names[i] = ((const Seed *)scan->seeds->pdata[i])->id;
    const char *meant = wend_suggest(directive->value, names);
    g_autofree char *message =
        g_strdup_printf("it depends on %s, and there is no such seed%s", directive->value,
                        strchr(seed->id, '/') != NULL ? "" : " for every environment");
    report(scan, seed, directive->line, message)->hint =
        meant != NULL ? g_strdup_printf("did you mean \"%s\"?", meant)
                      : g_strdup("name a seed without its extension");
}

/* The line of `seed` that asks for `wanted`. */
static guint line_of(const Scan *scan, const Seed *seed, const Seed *wanted)
{
    const GPtrArray *directives = seed->script->directives;
    for (guint i = 0; i < directives->len; i++) {
        const WendDirective *one = directives->pdata[i];
        if (one->kind == WEND_DIRECTIVE_DEPENDS && find_seed(scan, seed, one->value) == wanted)
            return one->line;
    }
    return 0;
}

static void report_ring(const Scan *scan, const Seed *again)
{
    guint at = 0;
    g_ptr_array_find(scan->ring, again, &at);
    g_autoptr(GString) message = g_string_new("these seeds wait for each other: ");
    for (guint i = at; i < scan->ring->len; i++) {
        const Seed *seed = scan->ring->pdata[i];
        const Seed *next = i + 1 < scan->ring->len ? scan->ring->pdata[i + 1] : again;
        g_string_append_printf(message, "%s (%s:%u), ", seed->id, seed->script->file,
                               line_of(scan, seed, next));
    }
    g_string_append(message, again->id);
    const Seed *last = scan->ring->pdata[scan->ring->len - 1];
    report(scan, last, line_of(scan, last, again), message->str)->hint =
        g_strdup("take one of these `-- wend: depends` lines out");
}

static void add_migration(const Scan *scan, Seed *seed)
{
    WendMigration *migration = wend_migration_new(WEND_KIND_VERSIONED);
    migration->id = g_strdup(seed->id);
    migration->version = g_strdup(seed->id);
    migration->name = g_strdup("");
    migration->position = g_strdup_printf("%08u", scan->migrations->len + 1);
    migration->late = true;
    migration->again = seed->onchange;
    migration->up = g_steal_pointer(&seed->script);
    g_ptr_array_add(scan->migrations, migration);
}

static void place(Scan *scan, Seed *seed)
{
    if (seed->placed || seed->script == NULL)
        return;
    if (seed->begun) {
        report_ring(scan, seed);
        return;
    }
    if (scan->ring->len == DEEPEST) {
        report(scan, seed, 0, "over 1000 seeds wait for it, each for the next")->hint =
            g_strdup("take out `-- wend: depends` lines: seeds run in the order of their names");
        return;
    }
    seed->begun = true;
    g_ptr_array_add(scan->ring, seed);
    for (guint i = 0; i < seed->script->directives->len; i++) {
        WendDirective *directive = seed->script->directives->pdata[i];
        if (directive->kind != WEND_DIRECTIVE_DEPENDS)
            continue;
        Seed *wanted = find_seed(scan, seed, directive->value);
        if (wanted == NULL) {
            report_unknown(scan, seed, directive);
            continue;
        }
        place(scan, wanted);
        /* From here on by its id, as core asks for it. */
        g_free(directive->value);
        directive->value = g_strdup(wanted->id);
    }
    g_ptr_array_set_size(scan->ring, (gint)scan->ring->len - 1);
    seed->placed = true;
    add_migration(scan, seed);
}

/* --- the format --- */

static bool scan_folder(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                        GPtrArray *problems, WendError *error)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(folder_free);
    g_autoptr(GPtrArray) seeds = g_ptr_array_new_with_free_func(seed_free);
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) ring = g_ptr_array_new();
    Scan scan = {.dialect = dialect,
                 .lex_flags = wend_dialect_flags(dialect),
                 .folders = folders,
                 .seeds = seeds,
                 .by_id = by_id,
                 .ring = ring,
                 .migrations = migrations,
                 .problems = problems};
    take_names(&scan, folder, "");
    if (!take_environment(&scan, folder, error))
        return false;
    for (guint i = 0; i < seeds->len; i++)
        read_seed(&scan, seeds->pdata[i]);
    for (guint i = 0; i < seeds->len; i++)
        place(&scan, seeds->pdata[i]);
    return true;
}

/* scan() has read all there is. */
static void load(G_GNUC_UNUSED WendMigration *migration, G_GNUC_UNUSED WendDialect dialect,
                 G_GNUC_UNUSED GPtrArray *problems)
{
}

static int detect(G_GNUC_UNUSED const WendFolder *folder)
{
    return WEND_FIT_NO;
}

/* With its extension, as a shell completes it, or without. */
static char *version_key(const char *version)
{
    bool file = g_str_has_suffix(version, ".sql") || g_str_has_suffix(version, ".csv");
    return g_strndup(version, strlen(version) - (file ? 4 : 0));
}

/* Behind those that are there. */
static char *position(const char *id)
{
    return g_strconcat("~", id, NULL);
}

const WendFormat wend_format_seed = {
    .name = "seeds",
    .title = "seeds",
    .history = &wend_history_wend,
    .late = true,
    .seeds = true,
    .detect = detect,
    .scan = scan_folder,
    .load = load,
    .version_key = version_key,
    .position = position,
};
