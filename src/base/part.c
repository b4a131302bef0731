/* SPDX-License-Identifier: MIT
 *
 * Files that are there whole or not at all. See part.h.
 */
#include "base/part.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

char *wend_part_make(const char *file, WendError *error)
{
    if (g_file_test(file, G_FILE_TEST_EXISTS)) {
        wend_error_set(error, WEND_USAGE, "the backup file %s exists already", file);
        wend_error_hint(error, "name a new file");
        return NULL;
    }
    g_autofree char *part = g_strdup_printf("%s.part-XXXXXX", file);
    int fd = g_mkstemp_full(part, O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return g_steal_pointer(&part);
    }
    wend_error_set(error, WEND_USAGE, "the backup file %s cannot be made: %s", file,
                   g_strerror(errno));
    wend_error_hint(error, "check that its folder exists and may be written to");
    return NULL;
}

static bool sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool wend_part_keep(const char *part, const char *file, WendError *error)
{
    if (sync_file(part) && rename(part, file) == 0)
        return true;
    return wend_error_set(error, WEND_FAILED, "the backup %s cannot be finished: %s", file,
                          g_strerror(errno));
}
