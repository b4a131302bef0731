/* SPDX-License-Identifier: MIT
 *
 * Flyway: V1.2__name.sql, its way back U1.2__name.sql, R__name.sql (again whenever it changes) and B1.2__name.sql
 * (a baseline), in a folder and all below it; NAME.sql.conf beside a file says how it runs.
 */
#include "format/flyway.h"
#include "format/wend_name.h"

#include <string.h>

#define SEPARATOR "__"
#define DEEPEST   16 /* folders below each other; links may lead in a circle */
#define LOOKED_AT 200

/* What a file name says. */
typedef struct Name {
    char prefix;       /* V, U, R, B */
    char *key;         /* of the version; NULL for a repeatable */
    char *version;     /* as the table has it; for a repeatable its name */
    char *title;       /* the description as the name has it */
    char *description; /* as the table has it */
} Name;

static void name_clear(Name *name)
{
    g_free(name->key);
    g_free(name->version);
    g_free(name->title);
    g_free(name->description);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Name, name_clear)

/* --- names --- */

char *wend_flyway_key(const char *version)
{
    g_autofree char *dotted = g_strdelimit(g_strdup(version), "_", '.');
    g_auto(GStrv) parts = g_strsplit(dotted, ".", -1);
    guint count = g_strv_length(parts);
    if (count == 0)
        return NULL;
    for (guint i = 0; i < count; i++) {
        gsize length = strlen(parts[i]);
        if (length == 0 || length > 99 || strspn(parts[i], "0123456789") != length)
            return NULL;
        gsize zeros = strspn(parts[i], "0");
        memmove(parts[i], parts[i] + MIN(zeros, length - 1), length - MIN(zeros, length - 1) + 1);
    }
    for (; count > 1 && strcmp(parts[count - 1], "0") == 0; count--)
        g_clear_pointer(&parts[count - 1], g_free);
    char *key = g_strjoinv(".", parts);
    if (strlen(key) <= WEND_ID_MAX - 2)
        return key;
    g_free(key);
    return NULL;
}

static bool is_callback(const char *stem)
{
    static const char *const events[] = {
        "beforeClean",      "afterClean",         "beforeMigrate",  "beforeEachMigrate",
        "afterEachMigrate", "beforeRepeatables",  "afterVersioned", "afterMigrate",
        "beforeUndo",       "beforeEachUndo",     "afterEachUndo",  "afterUndo",
        "beforeValidate",   "afterValidate",      "beforeBaseline", "afterBaseline",
        "beforeRepair",     "afterRepair",        "beforeInfo",     "afterInfo",
        "createSchema",     "beforeCreateSchema", "beforeConnect",  "afterConnect",
    };
    static const char *const endings[] = {"",          "Error",          "Applied",
                                          "Statement", "StatementError", "OperationFinish"};
    const char *separator = strstr(stem, SEPARATOR);
    g_autofree char *event =
        separator != NULL ? g_strndup(stem, (gsize)(separator - stem)) : g_strdup(stem);
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        if (!g_str_has_prefix(event, events[i]))
            continue;
        for (gsize j = 0; j < G_N_ELEMENTS(endings); j++) {
            if (strcmp(event + strlen(events[i]), endings[j]) == 0)
                return true;
        }
    }
    return false;
}

/* Flyway's names for what wend has, too. What runs after an error is the same for both directions here. */
static bool callback_moment(const char *file, WendMoment *moment)
{
    static const struct {
        const char *name;
        WendMoment moment;
    } events[] = {
        {"beforeMigrate", WEND_BEFORE_UP},       {"beforeEachMigrate", WEND_BEFORE_EACH},
        {"afterEachMigrate", WEND_AFTER_EACH},   {"afterMigrate", WEND_AFTER_UP},
        {"afterMigrateApplied", WEND_AFTER_UP},  {"afterMigrateError", WEND_ON_ERROR},
        {"beforeUndo", WEND_BEFORE_DOWN},        {"beforeEachUndo", WEND_BEFORE_EACH_DOWN},
        {"afterEachUndo", WEND_AFTER_EACH_DOWN}, {"afterUndo", WEND_AFTER_DOWN},
        {"afterUndoError", WEND_ON_ERROR},
    };
    if (!wend_name_is_sql(file))
        return false;
    const char *separator = strstr(file, SEPARATOR);
    gsize length = separator != NULL ? (gsize)(separator - file) : strlen(file) - strlen(".sql");
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        if (strlen(events[i].name) == length && strncmp(file, events[i].name, length) == 0) {
            *moment = events[i].moment;
            return true;
        }
    }
    return false;
}

/* False for a file that is no migration; `why` says what is odd about it, or is NULL. */
static bool read_name(const char *file, Name *name, const char **why)
{
    gsize stem = wend_name_is_sql(file) ? strlen(file) - strlen(".sql") : 0;
    g_autofree char *text = g_strndup(file, stem);
    *why = NULL;
    if (stem == 0)
        return false;
    if (is_callback(text)) {
        *why = "wend has no such callback: what this file does is left out";
        return false;
    }
    if (strchr("VURB", text[0]) == NULL)
        return false;
    const char *separator = strstr(text + 1, SEPARATOR);
    const char *end = separator != NULL ? separator : text + stem;
    g_autofree char *number = g_strndup(text + 1, (gsize)(end - text - 1));
    *name = (Name){.prefix = text[0],
                   .title = g_strdup(separator != NULL ? separator + 2 : ""),
                   .version = g_strdelimit(g_steal_pointer(&number), "_", '.')};
    name->description = g_strdelimit(g_strdup(name->title), "_", ' ');
    if (name->prefix == 'R') {
        bool named = separator == text + 1 && strlen(name->title) + 2 <= WEND_ID_MAX;
        if (separator != NULL && !named)
            *why = "no repeatable migration: it should be called R__NAME.sql";
        g_free(name->version);
        name->version = g_strdup(name->title);
        return named;
    }
    name->key = wend_flyway_key(name->version);
    if (name->key == NULL && separator != NULL)
        *why = "no version that can be read stands before the two underscores";
    return name->key != NULL;
}

/* Parts of a number each with its length before it, so that text order is the order of the numbers. */
static char *position(const char *id)
{
    if (g_str_has_prefix(id, "R:"))
        return g_strconcat("R", id + 2, NULL);
    g_autofree char *key = wend_flyway_key(g_str_has_prefix(id, "B:") ? id + 2 : id);
    if (key == NULL)
        return NULL;
    g_auto(GStrv) parts = g_strsplit(key, ".", -1);
    GString *position = g_string_new(NULL);
    for (char **part = parts; *part != NULL; part++)
        g_string_append_printf(position, "%03zu%s", strlen(*part), *part);
    return g_string_free(position, FALSE);
}

static char *version_key(const char *version)
{
    static const struct {
        const char *written, *id;
    } prefixes[] = {{"R__", "R:"}, {"R:", "R:"}, {"B__", "B:"}, {"B:", "B:"}, {"B", "B:"}};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (!g_str_has_prefix(version, prefixes[i].written))
            continue;
        const char *rest = version + strlen(prefixes[i].written);
        if (prefixes[i].id[0] == 'R') {
            g_autofree char *name = g_strdelimit(g_strdup(rest), "_", ' ');
            return g_strconcat("R:", name, NULL);
        }
        g_autofree char *key = wend_flyway_key(rest);
        return key != NULL ? g_strconcat("B:", key, NULL) : NULL;
    }
    const char *number = version + (version[0] == 'V');
    const char *separator = strstr(number, SEPARATOR);
    g_autofree char *before =
        separator != NULL ? g_strndup(number, (gsize)(separator - number)) : g_strdup(number);
    return wend_flyway_key(before);
}

/* --- detecting --- */

static bool is_numbered(const char *name)
{
    return wend_name_is_sql(name) && g_ascii_isdigit(name[0]);
}

/* How many names of the folder, and of those below it that hold more of them than others, are migrations;
 * `others` counts other SQL files that could be: what has no number, as seed.sql, is in no layout of files in one
 * folder. */
static guint count_names(const WendFolder *folder, int depth, guint *others)
{
    guint found = 0;
    for (guint i = 0; i < MIN(folder->names->len, LOOKED_AT); i++) {
        const char *why;
        g_auto(Name) name = {0};
        if (read_name(folder->names->pdata[i], &name, &why))
            found += name.prefix == 'V' || name.prefix == 'B';
        else
            *others += is_numbered(folder->names->pdata[i]) && why == NULL;
    }
    for (guint i = 0; i < folder->folders->len && depth < 3; i++) {
        g_autoptr(WendFolder) below = wend_folder_enter(folder, folder->folders->pdata[i], NULL);
        guint strange = 0, there = below != NULL ? count_names(below, depth + 1, &strange) : 0;
        found += there > strange ? there : 0;
    }
    return found;
}

static int detect(const WendFolder *folder)
{
    guint others = 0;
    if (count_names(folder, 0, &others) <= others)
        return WEND_FIT_NO;
    g_autoptr(GPtrArray) ignored = wend_problems_new();
    g_autoptr(GHashTable) settings = wend_flyway_settings(folder->path, ignored);
    return g_hash_table_size(settings) > 0 ? WEND_FIT_SURE : WEND_FIT_LIKELY;
}

/* --- reading --- */

typedef struct Scan {
    GPtrArray *migrations, *problems;
    GHashTable *settings, *values;
    GHashTable *undos; /* key -> Undo */
} Scan;

typedef struct Undo {
    char *path, *script, *description;
} Undo;

static void undo_free(gpointer data)
{
    Undo *undo = data;
    g_free(undo->path);
    g_free(undo->script);
    g_free(undo->description);
    g_free(undo);
}

static void more_free(gpointer data)
{
    WendFlywayFile *more = data;
    g_free(more->script);
    g_free(more->description);
    g_free(more->undo_script);
    g_free(more->undo_description);
    if (more->values != NULL)
        g_hash_table_unref(more->values);
    g_free(more);
}

static bool says(GHashTable *settings, const char *name, bool usual)
{
    const char *value = g_hash_table_lookup(settings, name);
    return value != NULL ? g_ascii_strcasecmp(value, "true") == 0 : usual;
}

/* What NAME.sql.conf says; empty without one. Caller unrefs. */
static GHashTable *read_conf(const WendFolder *folder, const char *file, GPtrArray *problems)
{
    GHashTable *conf = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *name = g_strconcat(file, ".conf", NULL);
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autofree char *text = wend_flyway_text(path, problems);
    if (text != NULL)
        wend_flyway_properties(text, conf);
    return conf;
}

char *wend_flyway_checksum(const char *text, gsize length)
{
    g_autofree char *joined = g_malloc(length + 1);
    gsize kept = 0;
    for (gsize i = 0; i < length; i++) {
        if (text[i] != '\n' && text[i] != '\r')
            joined[kept++] = text[i];
    }
    return g_strdup_printf("%d", (gint32)wend_tool_crc32(joined, kept));
}

/* The values of one file: those of all, and its name. */
static GHashTable *values_for(GHashTable *all, const char *path)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iterator;
    gpointer name, value;
    g_hash_table_iter_init(&iterator, all);
    while (g_hash_table_iter_next(&iterator, &name, &value))
        g_hash_table_insert(values, g_strdup(name), g_strdup(value));
    g_hash_table_replace(values, g_strdup("flyway:filename"), g_path_get_basename(path));
    return values;
}

/* A repeatable's sum is that of what runs, where that is known; the plain one counts as well. */
static void set_checksum(WendToolFile *file, const WendMigration *migration, GHashTable *all)
{
    const WendScript *up = migration->up;
    file->checksum = wend_flyway_checksum(up->text, up->length);
    if (migration->kind != WEND_KIND_REPEATABLE || all == NULL || strstr(up->text, "${") == NULL)
        return;
    g_autoptr(GHashTable) values = values_for(all, up->file);
    g_autofree char *replaced = wend_flyway_replace(up->text, values);
    if (replaced == NULL)
        return;
    file->other = g_steal_pointer(&file->checksum);
    file->checksum = wend_flyway_checksum(replaced, strlen(replaced));
}

static void add(Scan *scan, const WendFolder *folder, const char *file, const char *script,
                const Name *name)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, file);
    gsize length = 0;
    g_autoptr(GHashTable) conf = read_conf(folder, file, scan->problems);
    if (!says(conf, "shouldexecute", true)) {
        wend_problem_add(scan->problems, true, shown, 0, 0,
                         "left out: shouldExecute in its .conf file is not plainly true");
        return;
    }
    if (!wend_tool_read(folder, file, scan->problems, &text, &length))
        return;
    WendKind kind = name->prefix == 'R'   ? WEND_KIND_REPEATABLE
                    : name->prefix == 'B' ? WEND_KIND_BASELINE
                                          : WEND_KIND_VERSIONED;
    g_autofree char *id = kind == WEND_KIND_REPEATABLE ? g_strconcat("R:", name->description, NULL)
                          : kind == WEND_KIND_BASELINE ? g_strconcat("B:", name->key, NULL)
                                                       : g_strdup(name->key);
    g_autofree char *place = position(id);
    WendMigration *migration =
        wend_tool_migration(scan->migrations, kind, id, name->version, name->title, place);
    migration->up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
    WendToolFile *tool = wend_tool_file(migration);
    tool->up_alone = tool->down_alone = !says(conf, "executeintransaction", true);
    WendFlywayFile *more = g_new0(WendFlywayFile, 1);
    more->script = g_strdup(script);
    more->description = g_strdup(name->description);
    if (says(conf, "placeholderreplacement", says(scan->settings, "placeholderreplacement", true)))
        more->values = g_hash_table_ref(scan->values);
    tool->more = more;
    tool->more_free = more_free;
    set_checksum(tool, migration, more->values);
}

static void add_undo(Scan *scan, const WendFolder *folder, const char *file, const char *script,
                     const Name *name)
{
    Undo *undo = g_new0(Undo, 1);
    undo->path = g_build_filename(folder->path, file, NULL);
    undo->script = g_strdup(script);
    undo->description = g_strdup(name->description);
    if (g_hash_table_contains(scan->undos, name->key))
        wend_tool_problem(folder, file, scan->problems, "two files take version %s back",
                          name->version);
    g_hash_table_replace(scan->undos, g_strdup(name->key), undo);
}

/* What Flyway would run and wend cannot. */
static bool is_program(const char *file)
{
    static const char *const endings[] = {".java", ".class", ".kt",  ".groovy", ".sh",
                                          ".bash", ".ps1",   ".bat", ".cmd",    ".py"};
    const char *dot = strrchr(file, '.');
    bool named = (file[0] == 'V' || file[0] == 'R') && strstr(file, SEPARATOR) != NULL;
    for (gsize i = 0; named && dot != NULL && i < G_N_ELEMENTS(endings); i++) {
        if (strcmp(dot, endings[i]) == 0)
            return true;
    }
    return false;
}

static void scan_folder(Scan *scan, const WendFolder *folder, const char *below, int depth)
{
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i], *why = NULL;
        g_auto(Name) name = {0};
        g_autofree char *script = g_strconcat(below, file, NULL);
        WendMoment moment;
        bool callback = callback_moment(file, &moment);
        if (callback && depth == 0)
            continue;
        bool program = is_program(file);
        bool migration = !program && read_name(file, &name, &why);
        if (callback)
            why = "a callback is read from the first folder only: what this file does is left out";
        if (program)
            why = "a program: Flyway runs it, wend does not";
        else if (!migration && why == NULL && depth == 0 && wend_name_is_sql(file))
            why = "left out, as Flyway does: its name is not V<version>__<description>.sql";
        if (migration && name.prefix == 'U')
            add_undo(scan, folder, file, script, &name);
        else if (migration)
            add(scan, folder, file, script, &name);
        if (why != NULL) {
            g_autofree char *shown = wend_tool_show(folder, file);
            wend_problem_add(scan->problems, true, shown, 0, 0, "%s", why);
        }
    }
    for (guint i = 0; i < folder->folders->len && depth < DEEPEST; i++) {
        const char *name = folder->folders->pdata[i];
        g_autofree char *deeper = g_strconcat(below, name, "/", NULL);
        g_autoptr(WendFolder) inside = wend_tool_enter(folder, name, scan->problems);
        if (inside != NULL)
            scan_folder(scan, inside, deeper, depth + 1);
    }
}

static void take_undos(const Scan *scan)
{
    for (guint i = 0; i < scan->migrations->len; i++) {
        const WendMigration *migration = scan->migrations->pdata[i];
        const Undo *undo = g_hash_table_lookup(scan->undos, migration->id);
        if (undo == NULL)
            continue;
        WendToolFile *tool = wend_tool_file(migration);
        WendFlywayFile *more = tool->more;
        tool->down_path = g_strdup(undo->path);
        more->undo_script = g_strdup(undo->script);
        more->undo_description = g_strdup(undo->description);
    }
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) settings = wend_flyway_settings(folder->path, problems);
    g_autoptr(GHashTable) values = wend_flyway_values(settings);
    g_autoptr(GHashTable) undos = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, undo_free);
    Scan one = {migrations, problems, settings, values, undos};
    scan_folder(&one, folder, "", 0);
    wend_tool_sort(migrations, problems);
    take_undos(&one);
    return true;
}

static void give_values(WendScript *script, GHashTable *all)
{
    if (script == NULL || script->values != NULL || all == NULL ||
        strstr(script->text, "${") == NULL)
        return;
    script->values = values_for(all, script->file);
    wend_tool_directive(script, WEND_DIRECTIVE_SUBSTITUTE);
}

static void load(WendMigration *migration, WendDialect dialect, GPtrArray *problems)
{
    const WendFlywayFile *more = wend_tool_file(migration)->more;
    wend_tool_load(migration, dialect, problems);
    give_values(migration->up, more->values);
    give_values(migration->down, more->values);
}

static void callback_load(const WendFolder *folder, WendScript *script)
{
    g_autoptr(GPtrArray) ignored = wend_problems_new();
    g_autoptr(GHashTable) settings = wend_flyway_settings(folder->path, ignored);
    g_autoptr(GHashTable) values = wend_flyway_values(settings);
    if (says(settings, "placeholderreplacement", true))
        give_values(script, values);
}

/* A file, and beside it what cannot be said in it. */
static void add_new(const WendDraft *draft, char prefix, const char *sql, bool alone,
                    GPtrArray *names, GPtrArray *texts)
{
    char *name = g_strdup_printf("%c%s" SEPARATOR "%s.sql", prefix, draft->version, draft->slug);
    g_ptr_array_add(names, name);
    g_ptr_array_add(texts, draft->dialect == WEND_DIALECT_MYSQL
                               ? wend_draft_fence(sql, draft->dialect, false, "DELIMITER $$\n",
                                                  "$$\nDELIMITER ;")
                               : g_strdup(sql));
    if (!alone)
        return;
    g_ptr_array_add(names, g_strconcat(name, ".conf", NULL));
    g_ptr_array_add(texts, g_strdup("executeInTransaction=false\n"));
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    add_new(draft, 'V', draft->up_sql, draft->up_alone, names, texts);
    if (draft->down)
        add_new(draft, 'U', draft->down_sql, draft->down_alone, names, texts);
}

static const char *const places[] = {"src/main/resources/db/migration", "db/migration",
                                     "migrations", "sql", NULL};

const WendFormat wend_format_flyway = {
    .name = "flyway",
    .title = "Flyway",
    .places = places,
    .history = &wend_history_flyway,
    .down_hint = "write it as U<version>__<description>.sql beside it",
    .detect = detect,
    .scan = scan,
    .load = load,
    .callback = callback_moment,
    .callback_load = callback_load,
    .version_key = version_key,
    .new_files = new_files,
    .position = position,
};
