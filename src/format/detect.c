/* SPDX-License-Identifier: MIT
 *
 * Looking through a tree for migrations. See detect.h.
 */
#include "format/detect.h"

#include "format/wend_name.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX   12 /* the packages of Java lie deep */
#define FOLDERS_MAX 20000
#define FILES_SHOWN 3
#define HEAD_SIZE   (64 * 1024) /* of a configuration file */

/* Never of the project itself, and often huge. */
static const char *const passed_over[] = {
    "node_modules", "vendor",        "target",      "build", "dist", "out",         "venv",
    "env",          "site-packages", "__pycache__", "bin",   "obj",  "third_party", NULL};

/* A tool that a project's dependencies name. */
typedef struct Named {
    const char *format;
    char *file; /* relative to the tree */
} Named;

typedef struct Walk {
    WendFound *found;
    GArray *named; /* of Named */
    const char *root;
    guint folders;
} Walk;

static void named_clear(gpointer data)
{
    g_free(((Named *)data)->file);
}

static void tool_free(gpointer data)
{
    WendFoundTool *tool = data;
    g_free(tool->folder);
    g_ptr_array_unref(tool->files);
    g_ptr_array_unref(tool->others);
    g_free(tool);
}

static void database_free(gpointer data)
{
    WendFoundDatabase *database = data;
    g_free(database->file);
    g_free(database);
}

void wend_found_clear(WendFound *found)
{
    g_clear_pointer(&found->tools, g_ptr_array_unref);
    g_clear_pointer(&found->unclear, g_ptr_array_unref);
    g_clear_pointer(&found->databases, g_ptr_array_unref);
}

/* `name` in a folder of the tree, "" for the tree itself. Caller frees. */
static char *below(const char *folder, const char *name)
{
    return *folder == '\0' ? g_strdup(name) : g_strconcat(folder, "/", name, NULL);
}

static WendFoundTool *add_tool(Walk *walk, const char *name, const char *title, bool code,
                               const char *folder)
{
    WendFoundTool *tool = g_new0(WendFoundTool, 1);
    tool->name = name;
    tool->title = title;
    tool->code = code;
    tool->folder = g_strdup(*folder == '\0' ? "." : folder);
    tool->files = g_ptr_array_new_with_free_func(g_free);
    tool->others = g_ptr_array_new();
    tool->dialect = -1;
    g_ptr_array_add(walk->found->tools, tool);
    return tool;
}

/* --- folders of SQL --- */

/* migrations/, or migrations/postgres/. */
static bool is_named_so(const char *folder)
{
    g_autofree char *above = g_path_get_dirname(folder);
    g_autofree char *base = g_path_get_basename(folder), *parent = g_path_get_basename(above);
    g_autofree char *both = g_strconcat(parent, "/", base, NULL);
    g_autofree char *lower = g_ascii_strdown(both, -1);
    return strstr(lower, "migrat") != NULL;
}

/* Whether names that several layouts share are likely to be migrations here. */
static bool is_likely_place(const char *folder)
{
    g_autofree char *base = g_path_get_basename(folder);
    return *folder == '\0' || is_named_so(folder) || g_ascii_strcasecmp(base, "deploy") == 0;
}

static bool has_sql(const WendFolder *open)
{
    for (guint i = 0; i < open->names->len; i++) {
        if (wend_name_is_sql(open->names->pdata[i]))
            return true;
    }
    return false;
}

/* A format may look below the folder. Nothing of it lies in the folder itself, and one alone below it has it all:
 * it is that. Or several have, deeper still: those are projects of their own, unless the folder's name (`likely`)
 * says that it is one of migrations. */
static bool lies_deeper(const WendFormat *format, int fit, const WendFolder *open, bool likely)
{
    guint fitting = 0;
    bool near = likely;
    for (guint i = 0; i < open->names->len; i++) {
        const char *name = open->names->pdata[i];
        if (g_strcmp0(name, format->settings) == 0 || wend_name_is_sql(name) ||
            strstr(name, "changelog") != NULL)
            return false;
    }
    for (guint i = 0; i < open->folders->len; i++) {
        const char *name = open->folders->pdata[i];
        g_autoptr(WendFolder) inner = wend_folder_enter(open, name, NULL);
        bool passed = g_strv_contains(passed_over, name);
        if (inner == NULL || format->detect(inner) < fit)
            continue;
        fitting += passed ? 2 : 1;
        near = near || has_sql(inner);
    }
    return fitting == 1 || (fitting > 1 && !near);
}

/* Not what is only there for people. */
static bool is_prose(const char *name)
{
    return g_str_has_suffix(name, ".md") || g_str_has_suffix(name, ".txt") ||
           g_str_has_suffix(name, ".html");
}

static void add_examples(WendFoundTool *tool, const WendFolder *open, const char *folder)
{
    for (guint i = 0; i < open->names->len && tool->files->len < FILES_SHOWN; i++) {
        if (!is_prose(open->names->pdata[i]))
            g_ptr_array_add(tool->files, below(folder, open->names->pdata[i]));
    }
    for (guint i = 0; i < open->folders->len && tool->files->len < FILES_SHOWN; i++)
        g_ptr_array_add(tool->files, below(folder, open->folders->pdata[i]));
}

/* Once, of the folder and those below it. */
static void add_unclear(Walk *walk, const char *folder)
{
    const GPtrArray *unclear = walk->found->unclear;
    for (guint i = 0; i < unclear->len; i++) {
        gsize length = strlen(unclear->pdata[i]);
        if (strncmp(folder, unclear->pdata[i], length) == 0 && folder[length] == '/')
            return;
    }
    g_ptr_array_add(walk->found->unclear, g_strdup(folder));
}

/* True when the folder is one of migrations: what is in it belongs to it. */
static bool look_for_format(Walk *walk, const WendFolder *open, const char *folder)
{
    guint tied = 0;
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, open, &tied);
    const WendFormat *best = ranked->len > 0 ? ranked->pdata[0] : NULL;
    int fit = best != NULL ? best->detect(open) : WEND_FIT_NO;
    if (fit < WEND_FIT_OWN && is_named_so(folder) && has_sql(open))
        add_unclear(walk, folder);
    if (fit < WEND_FIT_OWN || (fit < WEND_FIT_LIKELY && !is_likely_place(folder)) ||
        lies_deeper(best, fit, open, *folder != '\0' && is_likely_place(folder)))
        return false;
    WendFoundTool *tool = add_tool(walk, best->name, best->title, false, folder);
    for (guint i = 1; i < (fit < WEND_FIT_LIKELY ? ranked->len : tied); i++)
        g_ptr_array_add(tool->others, ranked->pdata[i]);
    if (best->postgres_only)
        tool->dialect = WEND_DIALECT_POSTGRES;
    add_examples(tool, open, folder);
    return true;
}

/* --- tools whose migrations are program code --- */

/* Whether the last parts of `path` are as `pattern` says, part by part. */
static bool fits(const char *pattern, const char *path)
{
    g_auto(GStrv) wanted = g_strsplit(pattern, "/", -1);
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    guint count = g_strv_length(wanted), have = g_strv_length(parts);
    if (have < count)
        return false;
    for (guint i = 0; i < count; i++) {
        if (!g_pattern_match_simple(wanted[i], parts[have - count + i]))
            return false;
    }
    return true;
}

static WendFoundTool *code_tool(Walk *walk, const WendCodeTool *tool)
{
    for (guint i = 0; i < walk->found->tools->len; i++) {
        WendFoundTool *one = walk->found->tools->pdata[i];
        if (one->code && strcmp(one->name, tool->name) == 0)
            return one;
    }
    return add_tool(walk, tool->name, tool->title, true, "");
}

static void look_for_code(Walk *walk, const char *path)
{
    for (const WendCodeTool *tool = wend_code_tools; tool->name != NULL; tool++) {
        for (const char *const *pattern = tool->files; *pattern != NULL; pattern++) {
            if (!fits(*pattern, path))
                continue;
            WendFoundTool *found = code_tool(walk, tool);
            if (found->files->len < FILES_SHOWN)
                g_ptr_array_add(found->files, g_strdup(path));
            break;
        }
    }
}

/* --- databases --- */

/* Files that say which database a project has. */
static const char *const settings[] = {".env",
                                       ".env.*",
                                       "docker-compose*.y*ml",
                                       "compose*.y*ml",
                                       "database.yml",
                                       "schema.prisma",
                                       "settings.py",
                                       "settings/*.py",
                                       "knexfile.*",
                                       "package.json",
                                       "Cargo.toml",
                                       "go.mod",
                                       "requirements*.txt",
                                       "pyproject.toml",
                                       "Gemfile",
                                       "composer.json",
                                       "application*.y*ml",
                                       "application*.properties",
                                       "flyway.conf",
                                       "flyway.toml",
                                       "liquibase.properties",
                                       "alembic.ini",
                                       "sqitch.conf",
                                       ".gmrc",
                                       "drizzle.config.*",
                                       "atlas.hcl",
                                       "ormconfig.*",
                                       "data-source.ts",
                                       "diesel.toml",
                                       "wend.yaml",
                                       "dbconfig.yml",
                                       "mix.exs",
                                       "config.exs",
                                       "pom.xml",
                                       "build.gradle*",
                                       "phinx.*",
                                       "alembic.py",
                                       "sqlx-data.json",
                                       "appsettings*.json",
                                       NULL};

static const struct Word {
    const char *text;
    WendDialect dialect;
} words[] = {
    {"postgres", WEND_DIALECT_POSTGRES}, {"psycopg", WEND_DIALECT_POSTGRES},
    {"asyncpg", WEND_DIALECT_POSTGRES},  {"jackc/pgx", WEND_DIALECT_POSTGRES},
    {"lib/pq", WEND_DIALECT_POSTGRES},   {"pgsql", WEND_DIALECT_POSTGRES},
    {"\"pg\"", WEND_DIALECT_POSTGRES},   {"'pg'", WEND_DIALECT_POSTGRES},
    {"npgsql", WEND_DIALECT_POSTGRES},   {"engine = pg", WEND_DIALECT_POSTGRES},
    {"mysql", WEND_DIALECT_MYSQL},       {"mariadb", WEND_DIALECT_MYSQL},
    {"sqlite", WEND_DIALECT_SQLITE},
};

/* Tools of which the files alone do not tell that they are theirs. */
static const struct {
    const char *file, *word, *format;
} dependencies[] = {{"Cargo.toml", "sqlx", "sqlx"},
                    {"Cargo.toml", "refinery", "refinery"},
                    {"go.mod", "golang-migrate/migrate", "golang-migrate"},
                    {"package.json", "node-pg-migrate", "node-pg-migrate"}};

static void look_for_dependencies(Walk *walk, const char *name, const char *path, const char *line)
{
    for (gsize i = 0; i < G_N_ELEMENTS(dependencies); i++) {
        if (strcmp(dependencies[i].file, name) == 0 && strstr(line, dependencies[i].word) != NULL) {
            Named named = {dependencies[i].format, g_strdup(path)};
            g_array_append_val(walk->named, named);
        }
    }
}

static void add_database(Walk *walk, WendDialect dialect, const char *file, guint line)
{
    for (guint i = 0; i < walk->found->databases->len; i++) {
        const WendFoundDatabase *one = walk->found->databases->pdata[i];
        if (one->dialect == dialect && strcmp(one->file, file) == 0)
            return;
    }
    WendFoundDatabase *database = g_new0(WendFoundDatabase, 1);
    database->dialect = dialect;
    database->file = g_strdup(file);
    database->line = line;
    g_ptr_array_add(walk->found->databases, database);
}

static bool is_comment(const char *line)
{
    while (g_ascii_isspace(*line))
        line++;
    return *line == '#' || *line == ';' || strncmp(line, "//", 2) == 0;
}

static void look_into(Walk *walk, const WendFolder *open, const char *name, const char *path)
{
    g_autofree char *head = g_malloc(HEAD_SIZE);
    if (!wend_folder_head(open, name, head, HEAD_SIZE))
        return;
    guint number = 1;
    for (char *line = head; line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        g_autofree char *lower = g_ascii_strdown(line, -1);
        for (gsize i = 0; !is_comment(lower) && i < G_N_ELEMENTS(words); i++) {
            if (strstr(lower, words[i].text) != NULL)
                add_database(walk, words[i].dialect, path, number);
        }
        if (!is_comment(lower))
            look_for_dependencies(walk, name, path, lower);
        line = end != NULL ? end + 1 : NULL;
    }
}

static void look_for_databases(Walk *walk, const WendFolder *open, const char *name,
                               const char *path)
{
    for (const char *const *pattern = settings; *pattern != NULL; pattern++) {
        if (fits(*pattern, path)) {
            look_into(walk, open, name, path);
            return;
        }
    }
}

/* --- the tree --- */

/* The names in a folder that begin with a dot: a WendFolder leaves them out. */
static void add_hidden(const char *path, GPtrArray *names)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (name[0] == '.' && strcmp(name, ".git") != 0)
            g_ptr_array_add(names, g_strdup(name));
    }
}

static void look_at_file(Walk *walk, const WendFolder *open, const char *folder, const char *name)
{
    g_autofree char *path = below(folder, name);
    look_for_code(walk, path);
    look_for_databases(walk, open, name, path);
}

static void walk_folder(Walk *walk, const char *folder, guint depth)
{
    if (depth > DEPTH_MAX || walk->folders++ >= FOLDERS_MAX) {
        walk->found->whole = false;
        return;
    }
    g_autofree char *path =
        *folder == '\0' ? g_strdup(walk->root) : g_build_filename(walk->root, folder, NULL);
    g_autoptr(WendFolder) open = wend_folder_open(path, NULL);
    if (open == NULL)
        return;
    g_autoptr(GPtrArray) hidden = g_ptr_array_new_with_free_func(g_free);
    add_hidden(path, hidden);
    for (guint i = 0; i < open->names->len; i++)
        look_at_file(walk, open, folder, open->names->pdata[i]);
    for (guint i = 0; i < hidden->len; i++)
        look_at_file(walk, open, folder, hidden->pdata[i]);
    if (look_for_format(walk, open, folder))
        return;
    for (guint i = 0; i < open->folders->len; i++) {
        const char *name = open->folders->pdata[i];
        g_autofree char *deeper = below(folder, name);
        g_autofree char *full = g_build_filename(walk->root, deeper, NULL);
        if (!g_strv_contains(passed_over, name) && !g_file_test(full, G_FILE_TEST_IS_SYMLINK))
            walk_folder(walk, deeper, depth + 1);
    }
}

/* --- what belongs together --- */

/* How near a file is to a folder, never 0: those that lie above it before all others. */
static guint nearness(const char *folder, const char *file)
{
    const char *name = strrchr(file, '/');
    gsize above = name != NULL ? (gsize)(name - file) : 0;
    bool is_above = above == 0 || (strncmp(folder, file, above) == 0 &&
                                   (folder[above] == '/' || folder[above] == '\0'));
    guint common = 0;
    for (gsize i = 0; folder[i] != '\0' && folder[i] == file[i]; i++)
        common += folder[i] == '/';
    return 1 + common + (is_above ? G_MAXUINT16 : 0);
}

/* The database that a part of the folder's path names, the deepest first: migrations/postgres, storage-pg. */
static int dialect_of_path(const char *folder)
{
    static const struct Word names[] = {
        {"postgres", WEND_DIALECT_POSTGRES}, {"mysql", WEND_DIALECT_MYSQL},
        {"mariadb", WEND_DIALECT_MYSQL},     {"sqlite", WEND_DIALECT_SQLITE},
        {"pg", WEND_DIALECT_POSTGRES},
    };
    g_autofree char *lower = g_ascii_strdown(folder, -1);
    g_auto(GStrv) parts = g_strsplit_set(lower, "/-_.", -1);
    for (guint i = g_strv_length(parts); i-- > 0;) {
        for (gsize j = 0; j < G_N_ELEMENTS(names); j++) {
            if (strcmp(names[j].text, "pg") == 0 ? strcmp(parts[i], "pg") == 0
                                                 : strstr(parts[i], names[j].text) != NULL)
                return (int)names[j].dialect;
        }
    }
    return -1;
}

/* What the path says, else the file that is nearest to the folder, the first of several. */
static void choose_dialect(const WendFound *found, WendFoundTool *tool)
{
    guint best = 0;
    if (tool->dialect < 0)
        tool->dialect = dialect_of_path(tool->folder);
    if (tool->dialect >= 0)
        return;
    for (guint i = 0; i < found->databases->len; i++) {
        const WendFoundDatabase *one = found->databases->pdata[i];
        guint near = nearness(tool->folder, one->file);
        if (near > best) {
            best = near;
            tool->dialect = (int)one->dialect;
        }
    }
}

/* Of the formats that the folder may be in, the one that the nearest file names goes first. */
static void choose_format(const Walk *walk, WendFoundTool *tool)
{
    guint best = 0, chosen = 0;
    for (guint i = 0; i < walk->named->len; i++) {
        const Named *named = &g_array_index(walk->named, Named, i);
        guint near = nearness(tool->folder, named->file);
        for (guint j = 0; j < tool->others->len && near > best; j++) {
            if (strcmp(((const WendFormat *)tool->others->pdata[j])->name, named->format) == 0) {
                best = near;
                chosen = j;
            }
        }
    }
    if (best == 0)
        return;
    const WendFormat *format = tool->others->pdata[chosen];
    const WendFormat *before = wend_format_find(tool->name, NULL);
    g_ptr_array_remove_index(tool->others, chosen);
    g_ptr_array_insert(tool->others, 0, (gpointer)before);
    tool->name = format->name;
    tool->title = format->title;
    tool->named = true;
}

/* A changelog that only lists files of SQL is no program code. */
static bool only_lists(const WendFound *found, const WendFoundTool *code)
{
    for (guint i = 0; i < found->tools->len; i++) {
        const WendFoundTool *tool = found->tools->pdata[i];
        g_autofree char *inside = g_strconcat(tool->folder, "/", NULL);
        bool all = strcmp(tool->name, "liquibase") == 0;
        for (guint j = 0; all && j < code->files->len; j++)
            all = g_str_has_prefix(code->files->pdata[j], inside);
        if (all)
            return true;
    }
    return false;
}

static void drop_lists(WendFound *found)
{
    for (guint i = found->tools->len; i-- > 0;) {
        const WendFoundTool *tool = found->tools->pdata[i];
        if (strcmp(tool->name, "liquibase-xml") == 0 && only_lists(found, tool))
            g_ptr_array_remove_index(found->tools, i);
    }
}

bool wend_detect(const char *path, WendFound *found, WendError *error)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        wend_error_set(error, WEND_USAGE, "%s is no folder that is there", path);
        return wend_error_hint(error, "name the folder of a project, or none for this one");
    }
    g_autoptr(WendFolder) open = wend_folder_open(path, error);
    if (open == NULL)
        return false;
    *found = (WendFound){.tools = g_ptr_array_new_with_free_func(tool_free),
                         .unclear = g_ptr_array_new_with_free_func(g_free),
                         .databases = g_ptr_array_new_with_free_func(database_free),
                         .whole = true};
    Walk walk = {.found = found, .root = open->path};
    walk.named = g_array_new(FALSE, FALSE, sizeof(Named));
    g_array_set_clear_func(walk.named, named_clear);
    walk_folder(&walk, "", 0);
    drop_lists(found);
    for (guint i = 0; i < found->tools->len; i++) {
        choose_dialect(found, found->tools->pdata[i]);
        choose_format(&walk, found->tools->pdata[i]);
    }
    g_array_unref(walk.named);
    return true;
}
