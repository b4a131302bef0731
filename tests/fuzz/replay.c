/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target over files, without a fuzzer: each argument is a file, or a directory whose
 * files are taken. How a found input stays a test on machines without clang.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(const char *path, guint *count)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &bytes, &length, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    /* Said first: a crash then names its input. */
    fprintf(stderr, "%s\n", path);
    /* Exactly as long as the input: what GLib returns has one byte more. */
    g_autofree uint8_t *exact = g_memdup2(bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    ++*count;
    return true;
}

static bool replay_directory(const char *path, guint *count)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) directory = g_dir_open(path, 0, &error);
    if (directory == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    const char *name;
    bool good = true;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (!replay_file(file, count))
            good = false;
    }
    return good;
}

int main(int argc, char **argv)
{
    guint count = 0;
    bool good = true;
    for (int i = 1; i < argc; i++) {
        bool directory = g_file_test(argv[i], G_FILE_TEST_IS_DIR);
        if (!(directory ? replay_directory : replay_file)(argv[i], &count))
            good = false;
    }
    printf("%u inputs\n", count);
    return good && count > 0 ? 0 : 1;
}
