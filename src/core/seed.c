/* SPDX-License-Identifier: MIT
 *
 * Where a track's seeds are, and where it is written down that they have run. See seed.h.
 */
#include "core/seed.h"

#include "format/wend_history.h"

#include <string.h>

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

bool wend_seed_configure(WendConfig *config, WendError *error)
{
    if (config->table != NULL && !wend_config_table_fits(config->table)) {
        wend_error_set(error, WEND_USAGE, "the name of the history is too long for seeds: %s",
                       config->table);
        return wend_error_hint(error, "their table has _seeds behind it, which databases would "
                                      "cut: the history's name may have 57 bytes at most");
    }
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
    return true;
}

bool wend_seed_check_apart(const GPtrArray *configs, const char *only, WendError *error)
{
    for (guint i = 0; i < configs->len; i++) {
        const WendConfig *one = configs->pdata[i];
        for (guint j = 0; j < i; j++) {
            const WendConfig *other = configs->pdata[j];
            bool counts =
                only == NULL || strcmp(one->track, only) == 0 || strcmp(other->track, only) == 0;
            if (!counts || one->skip != NULL || other->skip != NULL ||
                g_strcmp0(one->database, other->database) != 0 ||
                g_ascii_strcasecmp(one->table, other->table) != 0)
                continue;
            wend_error_set(error, WEND_USAGE,
                           "the seeds of the tracks %s and %s have one table, %s", other->track,
                           one->track, one->table);
            return wend_error_hint(
                error, "name the history of one of them with \"table:\" in wend.yaml, as "
                       "it is called now: its seeds then have a table of their own");
        }
    }
    return true;
}
