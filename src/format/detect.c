/* SPDX-License-Identifier: MIT
 *
 * Looking through a tree for migrations. See detect.h.
 */
#include "format/detect.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX   7
#define FOLDERS_MAX 20000
#define FILES_SHOWN 3
#define HEAD_SIZE   (64 * 1024) /* of a configuration file */

/* Never of the project itself, and often huge. */
static const char *const passed_over[] = {
    "node_modules", "vendor",        "target",      "build", "dist", "out",         "venv",
    "env",          "site-packages", "__pycache__", "bin",   "obj",  "third_party", NULL};

typedef struct Walk {
    WendFound *found;
    const char *root;
    guint folders;
} Walk;

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
    g_ptr_array_add(walk->found->tools, tool);
    return tool;
}

/* --- folders of SQL --- */

/* Whether names that several layouts share are likely to be migrations here. */
static bool is_likely_place(const char *folder)
{
    g_autofree char *base = g_path_get_basename(*folder == '\0' ? "." : folder);
    g_autofree char *lower = g_ascii_strdown(base, -1);
    return *folder == '\0' || strstr(lower, "migrat") != NULL || strcmp(lower, "deploy") == 0;
}

static void add_examples(WendFoundTool *tool, const WendFolder *open, const char *folder)
{
    for (guint i = 0; i < open->names->len && tool->files->len < FILES_SHOWN; i++)
        g_ptr_array_add(tool->files, below(folder, open->names->pdata[i]));
    for (guint i = 0; i < open->folders->len && tool->files->len < FILES_SHOWN; i++)
        g_ptr_array_add(tool->files, below(folder, open->folders->pdata[i]));
}

/* True when the folder is one of migrations: what is in it belongs to it. */
static bool look_for_format(Walk *walk, const WendFolder *open, const char *folder)
{
    guint tied = 0;
    g_autoptr(GPtrArray) ranked = wend_format_rank(wend_formats, open, &tied);
    if (ranked->len == 0)
        return false;
    const WendFormat *best = ranked->pdata[0];
    int fit = best->detect(open);
    if (fit < WEND_FIT_OWN || (fit < WEND_FIT_LIKELY && !is_likely_place(folder)))
        return false;
    WendFoundTool *tool = add_tool(walk, best->name, best->title, false, folder);
    for (guint i = 1; fit < WEND_FIT_LIKELY && i < ranked->len; i++)
        g_ptr_array_add(tool->others, ranked->pdata[i]);
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
    int fd = openat(open->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    gssize got = fd >= 0 ? read(fd, head, HEAD_SIZE - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return;
    head[got] = '\0';
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

bool wend_detect(const char *path, WendFound *found, WendError *error)
{
    g_autoptr(WendFolder) open = wend_folder_open(path, error);
    if (open == NULL)
        return false;
    *found = (WendFound){.tools = g_ptr_array_new_with_free_func(tool_free),
                         .databases = g_ptr_array_new_with_free_func(database_free),
                         .whole = true};
    Walk walk = {.found = found, .root = open->path};
    walk_folder(&walk, "", 0);
    return true;
}
