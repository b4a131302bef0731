/* SPDX-License-Identifier: MIT
 *
 * Liquibase with changelogs in formatted SQL: each changeset of each file is a migration, in the order of the files and in
 * them. A changeset is known by its file, id and author.
 */
#include "format/liquibase.h"

#include "base/who.h"
#include "format/wend_name.h"

#include <string.h>

#define DEEPEST   16 /* folders below each other; links may lead in a circle */
#define PARAMETER "parameter."

/* --- detecting --- */

static bool detect_below(const WendFolder *folder, int depth)
{
    if (wend_tool_first_file(folder, wend_name_is_sql, wend_changelog_looks))
        return true;
    for (guint i = 0; i < folder->folders->len && depth < 3; i++) {
        g_autoptr(WendFolder) below = wend_folder_enter(folder, folder->folders->pdata[i], NULL);
        if (below != NULL && detect_below(below, depth + 1))
            return true;
    }
    return false;
}

static int detect(const WendFolder *folder)
{
    return detect_below(folder, 0) ? WEND_FIT_SURE : WEND_FIT_NO;
}

/* --- ids and places --- */

char *wend_changeset_key(const char *file, const char *id, const char *author)
{
    char *key = g_strdup_printf("%s::%s::%s", file, id, author);
    if (strlen(key) <= WEND_ID_MAX)
        return key;
    char sum[WEND_SHA256_HEX + 1];
    wend_sha256(key, strlen(key), sum);
    g_free(key);
    return g_strdup_printf("::%s::%s", sum, author[0] != '\0' && strlen(author) < 60 ? author : "");
}

/* What a person types: an id, where only one changeset has it, "id:author", or all three parts. */
static char *version_key(const char *version)
{
    return version[0] != '\0' ? g_strdup(version) : NULL;
}

/* --- reading --- */

typedef struct Scan {
    const WendFolder *folder;
    WendDialect dialect;
    GPtrArray *migrations, *problems;
    GHashTable *values;
    char *prefix; /* of the paths in the table; "" = none */
    guint number;
} Scan;

static void list_files(const WendFolder *folder, const char *below, int depth, GPtrArray *files,
                       GPtrArray *problems)
{
    for (guint i = 0; i < folder->names->len; i++) {
        if (wend_name_is_sql(folder->names->pdata[i]))
            g_ptr_array_add(files, g_strconcat(below, folder->names->pdata[i], NULL));
    }
    for (guint i = 0; i < folder->folders->len && depth < DEEPEST; i++) {
        const char *name = folder->folders->pdata[i];
        g_autofree char *deeper = g_strconcat(below, name, "/", NULL);
        g_autoptr(WendFolder) inside = wend_tool_enter(folder, name, problems);
        if (inside != NULL)
            list_files(inside, deeper, depth + 1, files, problems);
    }
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What liquibase.properties in the folder, or one above it, says: the parameters, and where the paths of the table
 * begin. */
static void read_properties(Scan *scan)
{
    g_autofree char *at = g_canonicalize_filename(scan->folder->path, NULL);
    g_autofree char *whole = g_strdup(at), *text = NULL, *path = NULL;
    for (int i = 0; i < 8 && text == NULL && strcmp(at, "/") != 0; i++) {
        g_free(path);
        path = g_build_filename(at, "liquibase.properties", NULL);
        if (g_file_get_contents(path, &text, NULL, NULL))
            break;
        char *up = g_path_get_dirname(at);
        g_free(at);
        at = up;
    }
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *name = g_strstrip(*line), *equals = strpbrk(name, "=:");
        if (name[0] == '#' || name[0] == '!' || equals == NULL)
            continue;
        *equals = '\0';
        const char *value = g_strchug(equals + 1);
        g_autofree char *lower = g_ascii_strdown(g_strchomp(name), -1);
        if (g_str_has_prefix(lower, PARAMETER))
            g_hash_table_replace(scan->values, g_strdup(lower + strlen(PARAMETER)),
                                 g_strdup(value));
        bool filter = strcmp(lower, "contexts") == 0 || strcmp(lower, "labels") == 0 ||
                      strcmp(lower, "contextfilter") == 0 || strcmp(lower, "labelfilter") == 0;
        if (filter && value[0] != '\0')
            wend_problem_add(scan->problems, true, path, 0, 0,
                             "%s = %s: wend takes the changesets of all contexts and labels", name,
                             value);
        gsize root = strlen(at);
        /* Paths begin at the folder of the properties, unless the changelog lies beside them. */
        if (g_str_has_prefix(lower, "changelog") && strchr(value, '/') != NULL &&
            strlen(whole) > root + 1 && scan->prefix[0] == '\0') {
            g_free(scan->prefix);
            scan->prefix = g_strconcat(whole + root + 1, "/", NULL);
        }
    }
}

/* Whether the changeset is for this database: names, comma-separated, "!name" = not for that one. */
static bool is_meant(const WendChangeset *changeset, WendDialect dialect)
{
    static const char *const names[][2] = {
        [WEND_DIALECT_SQLITE] = {"sqlite", "sqlite"},
        [WEND_DIALECT_POSTGRES] = {"postgresql", "postgresql"},
        [WEND_DIALECT_MYSQL] = {"mysql", "mariadb"},
    };
    if (changeset->dbms == NULL)
        return true;
    g_auto(GStrv) parts = g_strsplit(changeset->dbms, ",", -1);
    bool only = false, named = false;
    for (char **part = parts; *part != NULL; part++) {
        const char *name = g_strstrip(*part);
        bool not = name[0] == '!';
        bool ours = g_ascii_strcasecmp(name + not, names[dialect][0]) == 0 ||
                    g_ascii_strcasecmp(name + not, names[dialect][1]) == 0;
        if (not &&ours)
            return false;
        only |= !not ;
        named |= !not &&(ours || g_ascii_strcasecmp(name, "all") == 0);
    }
    return named || !only;
}

static void more_free(gpointer data)
{
    WendLiquibaseFile *more = data;
    g_free(more->id);
    g_free(more->author);
    g_free(more->path);
    g_free(more->contexts);
    g_free(more->labels);
    g_free(more->comment);
    g_free(more->unsupported);
    g_ptr_array_unref(more->valid);
    g_ptr_array_unref(more->checks);
    if (more->values != NULL)
        g_hash_table_unref(more->values);
    g_free(more);
}

/* Takes over what the changeset has. */
static WendLiquibaseFile *more_new(WendChangeset *changeset, const char *path, GHashTable *values)
{
    WendLiquibaseFile *more = g_new0(WendLiquibaseFile, 1);
    more->id = g_strdup(changeset->id);
    more->author = g_strdup(changeset->author);
    more->path = g_strdup(path);
    more->contexts = g_steal_pointer(&changeset->contexts);
    more->labels = g_steal_pointer(&changeset->labels);
    more->comment = g_steal_pointer(&changeset->comment);
    more->unsupported = g_steal_pointer(&changeset->unsupported);
    more->valid = g_ptr_array_ref(changeset->valid);
    more->checks = g_ptr_array_ref(changeset->checks);
    more->run_always = changeset->run_always;
    more->values = g_hash_table_ref(values);
    bool stops = changeset->on_fail == NULL || g_ascii_strcasecmp(changeset->on_fail, "HALT") == 0;
    more->mark_ran =
        changeset->on_fail != NULL && g_ascii_strcasecmp(changeset->on_fail, "MARK_RAN") == 0;
    /* All of them are one question. */
    if (more->unsupported == NULL && more->checks->len > 2 && more->mark_ran)
        more->unsupported = g_strdup("several preconditions with onFail:MARK_RAN");
    if (more->unsupported == NULL && more->checks->len > 0 && !stops && !more->mark_ran)
        more->unsupported = g_strdup_printf("preconditions with onFail:%s", changeset->on_fail);
    return more;
}

static WendScript *script_of(const char *file, guint line, const GString *text)
{
    return wend_script_new(file, line, g_strdup(text->str), text->len);
}

static void add(Scan *scan, const char *file, const char *shown, const WendChangelog *changelog,
                WendChangeset *changeset)
{
    if (changeset->ignored || !is_meant(changeset, scan->dialect))
        return;
    bool logical = changeset->path != NULL || changelog->path != NULL;
    g_autofree char *own = g_strconcat(scan->prefix, file, NULL);
    const char *path = changeset->path != NULL   ? changeset->path
                       : changelog->path != NULL ? changelog->path
                                                 : own;
    g_autofree char *key =
        wend_changeset_key(logical ? path : file, changeset->id, changeset->author);
    g_autofree char *position = g_strdup_printf("%08u", ++scan->number);
    bool again = changeset->run_on_change || changeset->run_always;
    WendMigration *migration =
        wend_tool_migration(scan->migrations, again ? WEND_KIND_REPEATABLE : WEND_KIND_VERSIONED,
                            key, changeset->id, changeset->author, position);
    WendToolFile *tool = wend_tool_file(migration);
    g_autofree char *expanded = wend_changeset_expand(changeset->up->str, scan->values);
    tool->checksum = wend_changeset_sum(changeset, expanded, 9);
    tool->other = wend_changeset_sum(changeset, expanded, 8);
    tool->up_alone = tool->down_alone = changeset->alone;
    tool->more = more_new(changeset, path, scan->values);
    tool->more_free = more_free;
    ((WendLiquibaseFile *)tool->more)->logical = logical;
    if (changeset->delimiter != NULL)
        wend_changeset_delimit(changeset->up, changeset->delimiter);
    if (again) {
        g_free(migration->name);
        migration->name = g_strdup_printf("%s:%s", changeset->id, changeset->author);
    }
    migration->up = script_of(shown, changeset->line, changeset->up);
    if (changeset->down == NULL)
        return;
    const char *delimiter = changeset->rollback_delimiter != NULL ? changeset->rollback_delimiter
                                                                  : changeset->delimiter;
    if (delimiter != NULL)
        wend_changeset_delimit(changeset->down, delimiter);
    migration->down = script_of(shown, changeset->line, changeset->down);
}

static void add_file(Scan *scan, const char *file)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(scan->folder, file);
    gsize length = 0;
    if (!wend_tool_read(scan->folder, file, scan->problems, &text, &length))
        return;
    if (!wend_changelog_looks(text)) {
        wend_problem_add(scan->problems, true, shown, 1, 0,
                         "left out: it does not begin with -- liquibase formatted sql");
        return;
    }
    g_autoptr(WendChangelog) changelog =
        wend_changelog_read(shown, text, length, scan->values, scan->problems);
    for (guint i = 0; i < changelog->changesets->len; i++)
        add(scan, file, shown, changelog, changelog->changesets->pdata[i]);
}

static const char *author_of(const WendMigration *migration)
{
    const WendLiquibaseFile *more = wend_tool_file(migration)->more;
    return more->author;
}

/* Ids that several changesets have get their author with them, or their whole key. */
static void name_versions(const GPtrArray *migrations)
{
    for (int round = 0; round < 2; round++) {
        g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < migrations->len; i++) {
            const WendMigration *one = migrations->pdata[i];
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, one->version));
            g_hash_table_replace(counts, g_strdup(one->version), GUINT_TO_POINTER(count + 1));
        }
        for (guint i = 0; i < migrations->len; i++) {
            WendMigration *one = migrations->pdata[i];
            if (GPOINTER_TO_UINT(g_hash_table_lookup(counts, one->version)) < 2)
                continue;
            char *longer = round == 0 ? g_strdup_printf("%s:%s", one->version, author_of(one))
                                      : g_strdup(one->id);
            g_free(one->version);
            one->version = longer;
        }
    }
}

static bool scan(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    Scan one = {folder, dialect, migrations, problems, values, g_strdup(""), 0};
    read_properties(&one);
    list_files(folder, "", 0, files, problems);
    g_ptr_array_sort(files, by_name);
    g_autoptr(GPtrArray) order = wend_changelog_order(folder, files, problems);
    const GPtrArray *wanted = order != NULL ? order : files;
    for (guint i = 0; i < wanted->len; i++)
        add_file(&one, wanted->pdata[i]);
    g_free(one.prefix);
    wend_tool_sort(migrations, problems);
    name_versions(migrations);
    return true;
}

/* --- scripts --- */

static void give_values(WendScript *script, GHashTable *values)
{
    if (script == NULL || script->values != NULL || strstr(script->text, "${") == NULL ||
        g_hash_table_size(values) == 0)
        return;
    script->values = g_hash_table_ref(values);
    wend_tool_directive(script, WEND_DIRECTIVE_SUBSTITUTE);
}

/* A check that stops the changeset is an assertion before its first statement. */
static void add_checks(WendScript *script, const GPtrArray *checks)
{
    for (guint i = 0; i + 1 < checks->len; i += 2) {
        WendDirective *directive = g_new0(WendDirective, 1);
        directive->kind = WEND_DIRECTIVE_ASSERT;
        directive->line = script->line;
        directive->expected = g_strdup(checks->pdata[i]);
        directive->sql = g_strdup(checks->pdata[i + 1]);
        directive->value = g_strdup_printf("%s = %s", directive->sql, directive->expected);
        directive->lock_ms = directive->statement_ms = -1;
        g_ptr_array_insert(script->directives, (gint)(i / 2), directive);
    }
}

static void load(WendMigration *migration, WendDialect dialect, GPtrArray *problems)
{
    WendToolFile *tool = wend_tool_file(migration);
    const WendLiquibaseFile *more = tool->more;
    if (tool->loaded)
        return;
    wend_tool_load(migration, dialect, problems);
    if (more->mark_ran && more->checks->len > 0) {
        migration->up->only_if_value = g_strdup(more->checks->pdata[0]);
        migration->up->only_if = g_strdup(more->checks->pdata[1]);
    } else {
        add_checks(migration->up, more->checks);
    }
    give_values(migration->up, more->values);
    give_values(migration->down, more->values);
    if (more->unsupported == NULL)
        return;
    WendProblem *problem =
        wend_problem_add(problems, false, migration->up->file, migration->up->line, 0,
                         "wend cannot follow %s", more->unsupported);
    problem->hint = g_strdup("run this changeset with Liquibase; wend goes on behind it");
}

/* Each line behind the word that makes it part of the way back. */
static void append_rollback(GString *text, const char *sql)
{
    g_auto(GStrv) lines = g_strsplit(sql, "\n", -1);
    if (sql[0] == '\0')
        g_string_append(text, "-- rollback \n");
    for (char **line = lines; *line != NULL; line++) {
        if (**line != '\0')
            g_string_append_printf(text, "-- rollback %s\n", *line);
    }
}

/* Liquibase cuts at every semicolon, unless the statements end in something else. */
static char *section(const WendDraft *draft, const char *sql, bool fenced)
{
    return fenced ? wend_draft_fence(sql, draft->dialect, true, "", "\n//") : g_strdup(sql);
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_autoptr(WendWho) who = wend_who_self();
    bool up_fenced = wend_draft_has_body(draft->up_sql, draft->dialect);
    bool down_fenced = draft->down && wend_draft_has_body(draft->down_sql, draft->dialect);
    g_autofree char *up = section(draft, draft->up_sql, up_fenced);
    g_autofree char *down = section(draft, draft->down_sql, down_fenced);
    GString *text = g_string_new("-- liquibase formatted sql\n\n");
    g_string_append_printf(text, "-- changeset %s:%s_%s%s%s%s\n%s\n", who->user, draft->version,
                           draft->slug, draft->up_alone ? " runInTransaction:false" : "",
                           up_fenced ? " endDelimiter://" : "",
                           down_fenced ? " rollbackEndDelimiter://" : "", up);
    if (draft->down)
        append_rollback(text, down);
    g_ptr_array_add(names, g_strdup_printf("%s_%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_string_free(text, FALSE));
}

static const char *const places[] = {"src/main/resources/db/changelog", "db/changelog", "changelog",
                                     "liquibase", NULL};

/* Rows whose file is gone come behind the others, in the order in which they ran. */
static char *position(const char *id)
{
    return g_strconcat("9", id, NULL);
}

const WendFormat wend_format_liquibase = {
    .name = "liquibase",
    .title = "Liquibase",
    .places = places,
    .history = &wend_history_liquibase,
    .late = true,
    .down_hint = "write it behind `--rollback ` in its changeset",
    .detect = detect,
    .scan = scan,
    .load = load,
    .version_key = version_key,
    .new_files = new_files,
    .position = position,
};
