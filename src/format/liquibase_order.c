/* SPDX-License-Identifier: MIT
 *
 * In which order the files of a Liquibase project count: as its other changelogs (XML, YAML, JSON) include them. Of
 * those only the includes are read.
 */
#include "format/liquibase.h"

#include <string.h>

#define DEEPEST 8 /* changelogs that include each other */

typedef struct Order {
    const WendFolder *folder;
    const GPtrArray *files;
    GPtrArray *problems;
    GPtrArray *order;
    GHashTable *seen;
} Order;

static bool is_changelog(const char *name)
{
    static const char *const endings[] = {".xml", ".yaml", ".yml", ".json"};
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(name, endings[i]))
            return true;
    }
    return false;
}

/* The file of the folder that the path of an include means: paths may begin above the folder. */
static const char *find_file(const GPtrArray *files, const char *path)
{
    const char *best = NULL;
    while (g_str_has_prefix(path, "./") || g_str_has_prefix(path, "/"))
        path += path[0] == '.' ? 2 : 1;
    if (g_str_has_prefix(path, "classpath:"))
        path += strlen("classpath:");
    for (guint i = 0; i < files->len; i++) {
        const char *file = files->pdata[i];
        gsize length = strlen(path), own = strlen(file);
        bool fits = own <= length && strcmp(path + length - own, file) == 0 &&
                    (own == length || path[length - own - 1] == '/');
        if (fits && (best == NULL || own > strlen(best)))
            best = file;
    }
    return best;
}

static void take(Order *order, const char *file)
{
    if (g_hash_table_add(order->seen, (gpointer)file))
        g_ptr_array_add(order->order, g_strdup(file));
}

/* All files in the last folder of `path` and below it. */
static void take_all(Order *order, const char *path)
{
    g_autofree char *clean = g_strdup(path);
    gsize length = strlen(clean);
    while (length > 0 && clean[length - 1] == '/')
        clean[--length] = '\0';
    const char *slash = strrchr(clean, '/');
    const char *last = slash != NULL ? slash + 1 : clean;
    g_autofree char *below = g_strconcat(last, "/", NULL);
    g_autofree char *inside = g_strconcat("/", below, NULL);
    g_autofree char *here = g_path_get_basename(order->folder->path);
    bool whole = strcmp(here, last) == 0;
    for (guint i = 0; i < order->files->len; i++) {
        const char *file = order->files->pdata[i];
        if (whole || g_str_has_prefix(file, below) || strstr(file, inside) != NULL)
            take(order, file);
    }
}

static void read_changelog(Order *order, const char *path, int depth);

static void take_include(Order *order, const char *from, const char *path, int depth)
{
    if (!is_changelog(path)) {
        const char *file = find_file(order->files, path);
        if (file != NULL)
            take(order, file);
        else
            wend_problem_add(order->problems, true, from, 0, 0, "it includes %s, which is not here",
                             path);
        return;
    }
    g_autofree char *folder = g_path_get_dirname(from);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *beside = g_build_filename(folder, path, NULL);
    g_autofree char *flat = g_build_filename(folder, name, NULL);
    read_changelog(order, g_file_test(beside, G_FILE_TEST_EXISTS) ? beside : flat, depth + 1);
}

/* include's `file` and includeAll's `path`, in all three notations. */
static void read_changelog(Order *order, const char *path, int depth)
{
    g_autofree char *text = NULL;
    if (depth > DEEPEST || !g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_autoptr(GRegex) includes =
        g_regex_new("(?:[\\s\"'{,-](file)[\"']?\\s*[:=]\\s*|[\\s\"'{,-](path)[\"']?\\s*[:=]\\s*)"
                    "[\"']?([^\"'\\s,}>]+)",
                    0, 0, NULL);
    g_autoptr(GRegex) own = g_regex_new("<changeSet\\s|[\\s\"'-]changeSet[\"']?\\s*:", 0, 0, NULL);
    if (g_regex_match(own, text, 0, NULL))
        wend_problem_add(order->problems, true, path, 0, 0,
                         "it has changesets of its own: Liquibase runs them, wend does not");
    g_autoptr(GMatchInfo) match = NULL;
    g_regex_match(includes, text, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *file = g_match_info_fetch(match, 1);
        g_autofree char *value = g_match_info_fetch(match, 3);
        if (file != NULL && file[0] != '\0')
            take_include(order, path, value, depth);
        else
            take_all(order, value);
    }
}

/* The changelog that nobody includes: by its name, else the only one. */
static const char *find_root(const WendFolder *folder)
{
    const char *root = NULL;
    guint count = 0;
    for (guint i = 0; i < folder->names->len; i++) {
        const char *name = folder->names->pdata[i];
        if (!is_changelog(name))
            continue;
        if (strstr(name, "master") != NULL || strstr(name, "root") != NULL ||
            strstr(name, "main") != NULL)
            return name;
        if (strstr(name, "changelog") == NULL)
            continue;
        root = name;
        count++;
    }
    return count == 1 ? root : NULL;
}

GPtrArray *wend_changelog_order(const WendFolder *folder, const GPtrArray *files,
                                GPtrArray *problems)
{
    const char *root = find_root(folder);
    if (root == NULL)
        return NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    Order order = {folder, files, problems, g_ptr_array_new_with_free_func(g_free), seen};
    g_autofree char *path = g_build_filename(folder->path, root, NULL);
    read_changelog(&order, path, 0);
    for (guint i = 0; i < files->len; i++) {
        const char *file = files->pdata[i];
        if (!g_hash_table_contains(seen, file)) {
            g_autofree char *shown = wend_tool_show(folder, file);
            wend_problem_add(problems, true, shown, 0, 0, "left out: %s does not include it", root);
        }
    }
    return order.order;
}
