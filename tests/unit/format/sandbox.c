/* SPDX-License-Identifier: MIT
 *
 * Temporary folders for tests. See sandbox.h.
 */
#include "sandbox.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *sandbox_new(void)
{
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("wend-test-XXXXXX", &error);
    g_assert_no_error(error);
    return path;
}

static int remove_one(const char *path, G_GNUC_UNUSED const struct stat *info,
                      G_GNUC_UNUSED int kind, G_GNUC_UNUSED struct FTW *where)
{
    return remove(path);
}

void sandbox_free(char *path)
{
    g_assert_cmpint(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(path);
}

void sandbox_write_n(const char *folder, const char *name, const char *bytes, gsize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    FILE *file = fopen(path, "wb");
    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(bytes, 1, length, file), ==, length);
    g_assert_cmpint(fclose(file), ==, 0);
}

void sandbox_write(const char *folder, const char *name, const char *text)
{
    sandbox_write_n(folder, name, text, strlen(text));
}

void sandbox_folder(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
}

void sandbox_link(const char *folder, const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_cmpint(symlink(target, path), ==, 0);
}

char *sandbox_problems(const GPtrArray *problems)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = problems->pdata[i];
        g_autofree char *name = g_path_get_basename(problem->file);
        g_string_append_printf(text, "%c %s", problem->warning ? 'W' : 'E', name);
        if (problem->line > 0)
            g_string_append_printf(text, ":%u", problem->line);
        if (problem->column > 0)
            g_string_append_printf(text, ":%u", problem->column);
        g_string_append_printf(text, " %s", problem->message);
        if (problem->hint != NULL)
            g_string_append_printf(text, "; %s", problem->hint);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}
