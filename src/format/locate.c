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
    if (found == NULL && fit_of(here) >= WEND_FIT_OWN)
        return g_strdup(here);
    return g_steal_pointer(&found);
}
