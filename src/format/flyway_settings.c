/* SPDX-License-Identifier: MIT
 *
 * What Flyway's configuration files say about the files of a folder: flyway.conf (properties) and flyway.toml, and
 * the placeholders that come of it. Of TOML only what such a file needs: tables, and keys with strings, numbers
 * and booleans on one line.
 */
#include "format/flyway.h"

#include <string.h>
#include <time.h>

#define PLACEHOLDER "placeholders."
#define LEVELS_UP   8 /* src/main/resources/db/migration, and some more */

static void set(GHashTable *into, const char *name, const char *value)
{
    char *key = g_ascii_strdown(name, -1);
    if (g_str_has_prefix(key, "flyway."))
        memmove(key, key + strlen("flyway."), strlen(key) - strlen("flyway.") + 1);
    g_hash_table_replace(into, key, g_strdup(value));
}

void wend_flyway_properties(const char *text, GHashTable *into)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *name = g_strstrip(*line);
        char *equals = strchr(name, '=');
        if (name[0] == '#' || name[0] == '!' || equals == NULL)
            continue;
        *equals = '\0';
        set(into, g_strchomp(name), g_strchug(equals + 1));
    }
}

/* ["a", "b"] as "a,b". Caller frees. */
static char *toml_array(const char *text)
{
    GString *list = g_string_new(NULL);
    for (text++; *text != '\0' && *text != ']'; text++) {
        if (strchr("\"' \t", *text) == NULL)
            g_string_append_c(list, *text);
    }
    return g_string_free(list, FALSE);
}

/* The value behind `=`: quotes taken off, a comment behind it too. NULL = it is a table. */
static char *toml_value(const char *text)
{
    if (text[0] == '{')
        return NULL;
    if (text[0] == '[')
        return toml_array(text);
    if (text[0] == '\'') {
        const char *close = strchr(text + 1, '\'');
        return close != NULL ? g_strndup(text + 1, (gsize)(close - text - 1)) : NULL;
    }
    if (text[0] != '"')
        return g_strchomp(g_strndup(text, strcspn(text, "#")));
    const char *close = text + 1;
    while (*close != '\0' && *close != '"')
        close += *close == '\\' && close[1] != '\0' ? 2 : 1;
    g_autofree char *inside = g_strndup(text + 1, (gsize)(close - text - 1));
    return g_strcompress(inside);
}

static void read_toml(const char *text, GHashTable *into)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *table = g_strdup("");
    for (char **line = lines; *line != NULL; line++) {
        char *name = g_strstrip(*line);
        char *equals = strchr(name, '=');
        if (name[0] == '[') {
            g_free(table);
            table = g_strndup(name + 1, strcspn(name + 1, "]"));
        } else if (name[0] != '#' && equals != NULL) {
            *equals = '\0';
            g_strchomp(name);
            gsize quoted = (name[0] == '"' || name[0] == '\'') && strlen(name) > 1;
            g_autofree char *key = g_strndup(name + quoted, strlen(name) - 2 * quoted);
            g_autofree char *whole = g_strconcat(table, table[0] != '\0' ? "." : "", key, NULL);
            g_autofree char *value = toml_value(g_strchug(equals + 1));
            if (value != NULL)
                set(into, whole, value);
        }
    }
}

/* What Flyway does beside running the files, and wend does not. */
static void warn_deeds(const char *file, GHashTable *settings, GPtrArray *problems)
{
    const char *named = g_hash_table_lookup(settings, "defaultschema");
    const char *places = g_hash_table_lookup(settings, "locations");
    if (named == NULL)
        named = g_hash_table_lookup(settings, "schemas");
    g_autofree char *schema = named != NULL ? g_strndup(named, strcspn(named, ",")) : g_strdup("");
    if (schema[0] != '\0' && strcmp(schema, "public") != 0) {
        WendProblem *problem = wend_problem_add(
            problems, true, file, 0, 0,
            "Flyway runs the files in the schema %s, wend in the one that the URL leads to",
            schema);
        problem->hint = g_strdup("say it there: ?options=-csearch_path%3DNAME (PostgreSQL), or the "
                                 "database (MariaDB, MySQL)");
    }
    if (places != NULL && strchr(places, ',') != NULL)
        wend_problem_add(problems, true, file, 0, 0,
                         "locations = %s: wend reads one folder, and all below it", places);
    if (g_hash_table_contains(settings, "initsql"))
        wend_problem_add(problems, true, file, 0, 0, "initSql is not run by wend");
}

/* What wend would have to follow to read the same files the same way. */
static void warn_settings(const char *file, GHashTable *settings, GPtrArray *problems)
{
    static const struct {
        const char *name, *usual;
    } known[] = {
        {"sqlmigrationprefix", "V"},     {"repeatablesqlmigrationprefix", "R"},
        {"undosqlmigrationprefix", "U"}, {"baselinemigrationprefix", "B"},
        {"sqlmigrationseparator", "__"}, {"sqlmigrationsuffixes", ".sql"},
        {"placeholderprefix", "${"},     {"placeholdersuffix", "}"},
        {"placeholderseparator", ":"},   {"encoding", "UTF-8"},
        {"table", WEND_FLYWAY_TABLE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        const char *value = g_hash_table_lookup(settings, known[i].name);
        if (value == NULL || g_ascii_strcasecmp(value, known[i].usual) == 0)
            continue;
        WendProblem *problem =
            wend_problem_add(problems, true, file, 0, 0, "%s = %s: wend reads the folder with %s",
                             known[i].name, value, known[i].usual);
        if (strcmp(known[i].name, "table") == 0)
            problem->hint = g_strdup("say the same to wend: table: in wend.yaml");
    }
}

char *wend_flyway_text(const char *path, GPtrArray *problems)
{
    g_autoptr(GError) failure = NULL;
    char *text = NULL;
    if (g_file_get_contents(path, &text, NULL, &failure))
        return text;
    /* A link that leads nowhere is there. */
    bool none = g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOTDIR) ||
                (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
                 !g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    const char *reason = strrchr(failure->message, ':');
    if (!none)
        wend_problem_add(problems, false, path, 0, 0, "these settings of Flyway cannot be read%s",
                         reason != NULL ? reason : "");
    return NULL;
}

static bool read_settings(const char *folder, const char *name, GHashTable *into,
                          GPtrArray *problems)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = wend_flyway_text(path, problems);
    if (text == NULL)
        return false;
    if (g_str_has_suffix(name, ".toml"))
        read_toml(text, into);
    else
        wend_flyway_properties(text, into);
    warn_settings(path, into, problems);
    warn_deeds(path, into, problems);
    return true;
}

GHashTable *wend_flyway_settings(const char *folder, GPtrArray *problems)
{
    static const char *const names[] = {"flyway.toml", "flyway.conf", "conf/flyway.toml",
                                        "conf/flyway.conf"};
    GHashTable *settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *at = g_canonicalize_filename(folder, NULL);
    for (int i = 0; i < LEVELS_UP && strcmp(at, "/") != 0; i++) {
        bool found = false;
        for (gsize j = 0; j < G_N_ELEMENTS(names) && !found; j++)
            found = read_settings(at, names[j], settings, problems);
        g_autofree char *repository = g_build_filename(at, ".git", NULL);
        if (found || g_file_test(repository, G_FILE_TEST_EXISTS))
            break;
        char *up = g_path_get_dirname(at);
        g_free(at);
        at = up;
    }
    return settings;
}

/* --- placeholders --- */

static void give(GHashTable *values, const char *name, const char *value)
{
    g_hash_table_replace(values, g_strdup(name), g_strdup(value));
}

GHashTable *wend_flyway_values(GHashTable *settings)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iterator;
    gpointer name, value;
    g_hash_table_iter_init(&iterator, settings);
    while (g_hash_table_iter_next(&iterator, &name, &value)) {
        if (g_str_has_prefix(name, PLACEHOLDER))
            give(values, (char *)name + strlen(PLACEHOLDER), value);
    }
    const char *schema = g_hash_table_lookup(settings, "defaultschema");
    const char *table = g_hash_table_lookup(settings, "table");
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    g_autofree char *here = g_get_current_dir();
    if (schema != NULL)
        give(values, "flyway:defaultschema", schema);
    give(values, "flyway:table", table != NULL ? table : WEND_FLYWAY_TABLE);
    give(values, "flyway:timestamp", time);
    give(values, "flyway:workingdirectory", here);
    give(values, "flyway:environment", "default");
    return values;
}

char *wend_flyway_replace(const char *text, GHashTable *values)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (;;) {
        const char *open = strstr(text, "${");
        const char *close = open != NULL ? strchr(open, '}') : NULL;
        if (close == NULL)
            break;
        g_string_append_len(out, text, open - text);
        g_autofree char *name = g_ascii_strdown(open + 2, close - open - 2);
        const char *value = g_hash_table_lookup(values, name);
        if (value == NULL)
            return NULL;
        g_string_append(out, value);
        text = close + 1;
    }
    g_string_append(out, text);
    return g_strdup(out->str);
}
