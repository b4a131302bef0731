/* SPDX-License-Identifier: MIT
 *
 * Finding a migrations folder where nobody says which it is: the places that the tools use.
 */
#include "format/format.h"

#include <string.h>

/* How well the folder's best format fits; 0 when it is no folder or nobody's. */
static int fit_of(const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return WEND_FIT_NO;
    g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
    int best = WEND_FIT_NO;
    for (gsize i = 0; folder != NULL && wend_formats[i] != NULL; i++)
        best = MAX(best, wend_formats[i]->detect(folder));
    return best;
}

/* The format whose file of settings lies in the folder; NULL = none. */
static const WendFormat *described_by(const char *folder)
{
    for (gsize i = 0; wend_formats[i] != NULL; i++) {
        if (wend_formats[i]->settings == NULL)
            continue;
        g_autofree char *path = g_build_filename(folder, wend_formats[i]->settings, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return wend_formats[i];
    }
    return NULL;
}

bool wend_format_is_part(const char *root, const char *folder)
{
    const WendFormat *format = described_by(root);
    g_autoptr(WendFolder) open = format != NULL ? wend_folder_open(folder, NULL) : NULL;
    return open != NULL && format->detect(open) == WEND_FIT_SURE;
}

char *wend_format_locate(const char *root)
{
    g_autofree char *found = NULL;
    int best = WEND_FIT_MAYBE - 1;
    for (gsize i = 0; wend_formats[i] != NULL; i++) {
        const char *const *places = wend_formats[i]->places;
        for (; places != NULL && *places != NULL; places++) {
            g_autofree char *path =
                root != NULL ? g_build_filename(root, *places, NULL) : g_strdup(*places);
            int fit = fit_of(path);
            if (fit <= best)
                continue;
            best = fit;
            g_free(found);
            found = g_steal_pointer(&path);
        }
    }
    const char *here = root != NULL ? root : ".";
    bool whole = found != NULL && (best < WEND_FIT_SURE ? described_by(here) != NULL
                                                        : wend_format_is_part(here, found));
    if (whole || (found == NULL && fit_of(here) >= WEND_FIT_OWN))
        return g_strdup(here);
    return g_steal_pointer(&found);
}
