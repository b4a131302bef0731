/* SPDX-License-Identifier: MIT
 *
 * Where a track's seeds are, and where it is written down that they have run. See seed.h.
 */
#include "core/seed.h"

#include "format/wend_history.h"

#define FOLDER "seeds"

static char *beside(const WendConfig *config)
{
    bool here = config->root == NULL || g_str_equal(config->root, ".");
    return here ? g_strdup(FOLDER) : g_build_filename(config->root, FOLDER, NULL);
}

char *wend_seed_folder(const WendConfig *config)
{
    if (config->seeds != NULL)
        return g_strdup(config->seeds);
    g_autofree char *inside =
        config->migrations != NULL ? g_build_filename(config->migrations, FOLDER, NULL) : NULL;
    /* One folder would be all tracks'. */
    if (config->tracks > 1 && inside != NULL)
        return g_steal_pointer(&inside);
    g_autofree char *usual = beside(config);
    bool other = inside != NULL && !g_file_test(usual, G_FILE_TEST_EXISTS) &&
                 g_file_test(inside, G_FILE_TEST_EXISTS);
    return other ? g_steal_pointer(&inside) : g_steal_pointer(&usual);
}

char *wend_seed_history(const char *table)
{
    return g_strconcat(table != NULL ? table : "wend", "_seeds", NULL);
}

void wend_seed_configure(WendConfig *config)
{
    char *folder = wend_seed_folder(config), *table = wend_seed_history(config->table);
    /* No seed is to write to what says where the migrations stand. */
    g_ptr_array_add(config->histories,
                    g_strdup(config->table != NULL ? config->table : wend_history_wend.table));
    g_free(config->migrations);
    g_free(config->table);
    g_free(config->format);
    config->seeding = true;
    config->migrations = folder;
    config->table = table;
    config->format = g_strdup(FOLDER);
}
