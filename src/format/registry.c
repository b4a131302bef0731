/* SPDX-License-Identifier: MIT
 *
 * The formats that wend knows, and finding the one that is meant or that fits a folder.
 */
#include "format/folder.h"
#include "format/format.h"

#include <string.h>

extern const WendFormat wend_format_wend;

const WendFormat *const wend_formats[] = {
    &wend_format_wend,
    NULL,
};

void wend_applied_free(WendApplied *applied)
{
    if (applied == NULL)
        return;
    g_free(applied->id);
    g_free(applied->version);
    g_free(applied->name);
    g_free(applied->position);
    g_free(applied->checksum);
    g_free(applied->applied_at);
    g_free(applied);
}

static const char **format_names(const WendFormat *const *formats)
{
    GPtrArray *names = g_ptr_array_new();
    for (; *formats != NULL; formats++)
        g_ptr_array_add(names, (char *)(*formats)->name);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

const WendFormat *wend_format_find(const char *name, WendError *error)
{
    for (gsize i = 0; wend_formats[i] != NULL; i++) {
        if (strcmp(name, wend_formats[i]->name) == 0)
            return wend_formats[i];
    }
    g_autofree const char **names = format_names(wend_formats);
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    const char *meant = wend_suggest(name, names);
    wend_error_set(error, WEND_USAGE, "there is no format \"%s\"", name);
    if (meant != NULL)
        wend_error_hint(error, "did you mean \"%s\"?", meant);
    else
        wend_error_hint(error, "the formats are: %s", all);
    return NULL;
}

/* `fitting` are the formats that fit best, all equally well; none of them = no format fits. */
static const WendFormat *refuse_fit(const char *folder, const WendFormat *const *formats,
                                    const WendFormat *const *fitting, WendError *error)
{
    bool several = fitting[0] != NULL;
    g_autofree const char **names = format_names(several ? fitting : formats);
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    wend_error_set(error, WEND_USAGE, "the files in \"%s\" %s: %s", folder,
                   several ? "fit several formats" : "fit none of the formats that wend knows",
                   all);
    wend_error_hint(error, "name the format with --format NAME");
    return NULL;
}

const WendFormat *wend_format_choose(const WendFormat *const *formats, const char *folder,
                                     const char *const *names, WendError *error)
{
    g_autoptr(GPtrArray) fitting = g_ptr_array_new();
    int best = 1;
    for (gsize i = 0; formats[i] != NULL; i++) {
        int score = formats[i]->detect(folder, names);
        if (score > best)
            g_ptr_array_set_size(fitting, 0);
        if (score >= best)
            g_ptr_array_add(fitting, (gpointer)formats[i]);
        best = MAX(best, score);
    }
    if (fitting->len == 1)
        return fitting->pdata[0];
    g_ptr_array_add(fitting, NULL);
    return refuse_fit(folder, formats, (const WendFormat *const *)fitting->pdata, error);
}

const WendFormat *wend_format_detect(const char *folder, WendError *error)
{
    /* With one format there is nothing to choose, and its scan lists the folder anyway. */
    if (wend_formats[1] == NULL && g_file_test(folder, G_FILE_TEST_IS_DIR))
        return wend_formats[0];
    g_autoptr(WendFolder) open = wend_folder_open(folder, error);
    if (open == NULL)
        return NULL;
    return wend_format_choose(wend_formats, open->path, (const char *const *)open->names->pdata,
                              error);
}
