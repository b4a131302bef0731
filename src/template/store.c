/* SPDX-License-Identifier: MIT
 *
 * Where templates are found: in a folder of a project, NAME.sql or NAME.up.sql with NAME.down.sql, and in the
 * program itself. See template.h.
 */
#include "template/template.h"

#include "base/text.h"
#include "format/folder.h"

#include <string.h>

#define WHOLE ".sql"
#define UP    ".up.sql"
#define DOWN  ".down.sql"

/* The template that a file is of; NULL = none by itself. Caller frees. */
static char *name_of(const char *file)
{
    if (!g_str_has_suffix(file, WHOLE) || g_str_has_suffix(file, DOWN))
        return NULL;
    gsize ending = strlen(g_str_has_suffix(file, UP) ? UP : WHOLE);
    return strlen(file) > ending ? g_strndup(file, strlen(file) - ending) : NULL;
}

static bool is_there(const WendFolder *folder, const char *file)
{
    return folder != NULL && g_strv_contains((const char *const *)folder->names->pdata, file);
}

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char **list(const WendFolder *folder)
{
    GPtrArray *names = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; folder != NULL && i < folder->names->len; i++) {
        char *name = name_of(folder->names->pdata[i]);
        if (name == NULL || !g_hash_table_add(seen, name))
            g_free(name);
        else
            g_ptr_array_add(names, name);
    }
    for (const WendBuiltinTemplate *one = wend_builtin_templates; one->name != NULL; one++) {
        if (!g_hash_table_contains(seen, one->name))
            g_ptr_array_add(names, g_strdup(one->name));
    }
    g_ptr_array_sort(names, compare);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static WendFolder *open_folder(const char *path, WendError *error)
{
    WendFolder *folder = wend_folder_open(path, error);
    if (folder == NULL)
        wend_error_hint(error, "--templates DIR and \"templates:\" in wend.yaml name the folder of "
                               "the templates");
    return folder;
}

char **wend_template_names(const char *folder, WendError *error)
{
    g_autoptr(WendFolder) opened = folder != NULL ? open_folder(folder, error) : NULL;
    return folder != NULL && opened == NULL ? NULL : list(opened);
}

/* The template of these files of the folder, `down` NULL or missing. */
static WendTemplate *read_files(const WendFolder *folder, const char *name, const char *file,
                                const char *down, WendError *error)
{
    g_autofree char *text = NULL, *back = NULL;
    g_autofree char *shown = g_build_filename(folder->path, file, NULL);
    gsize length = 0;
    if (!wend_folder_read(folder, file, &text, &length, error))
        return NULL;
    if (down != NULL && is_there(folder, down) &&
        !wend_folder_read(folder, down, &back, &length, error))
        return NULL;
    return wend_template_read(name, shown, text, back, error);
}

static WendTemplate *refuse(const char *name, const WendFolder *folder, WendError *error)
{
    g_auto(GStrv) names = list(folder);
    g_autofree char *all = g_strjoinv(", ", names);
    const char *meant = wend_suggest(name, (const char *const *)names);
    wend_error_set(error, WEND_USAGE, "there is no template \"%s\"", name);
    wend_error_hint(error, "%s%s%sthere are: %s", meant != NULL ? "did you mean \"" : "",
                    meant != NULL ? meant : "", meant != NULL ? "\"? " : "", all);
    return NULL;
}

WendTemplate *wend_template_find(const char *folder, const char *name, WendError *error)
{
    g_autoptr(WendFolder) opened = folder != NULL ? open_folder(folder, error) : NULL;
    if (folder != NULL && opened == NULL)
        return NULL;
    g_autofree char *whole = g_strconcat(name, WHOLE, NULL), *up = g_strconcat(name, UP, NULL);
    g_autofree char *down = g_strconcat(name, DOWN, NULL);
    g_autofree char *itself = name_of(whole);
    bool named = g_strcmp0(itself, name) == 0;
    if (named && is_there(opened, whole) && is_there(opened, up)) {
        wend_error_set(error, WEND_USAGE, "there are two templates \"%s\": %s and %s", name, whole,
                       up);
        wend_error_hint(error, "give one of them another name");
        return NULL;
    }
    if (named && is_there(opened, whole))
        return read_files(opened, name, whole, NULL, error);
    if (is_there(opened, up))
        return read_files(opened, name, up, down, error);
    for (const WendBuiltinTemplate *one = wend_builtin_templates; one->name != NULL; one++) {
        if (strcmp(one->name, name) == 0)
            return wend_template_read(name, NULL, one->text, NULL, error);
    }
    return refuse(name, opened, error);
}
