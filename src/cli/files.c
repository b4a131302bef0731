/* SPDX-License-Identifier: MIT
 *
 * Making files and folders. See files.h.
 */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *wend_path_join(const char *folder, const char *name)
{
    if (strcmp(folder, ".") == 0 || g_path_is_absolute(name))
        return g_strdup(name);
    return g_build_filename(folder, name, NULL);
}

static bool write_text(int fd, const char *text)
{
    gsize length = strlen(text);
    while (length > 0) {
        gssize written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        length -= (gsize)written;
    }
    return true;
}

bool wend_file_create(const char *path, const char *text, bool *exists, WendError *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (exists != NULL)
        *exists = fd < 0 && errno == EEXIST;
    if (fd < 0 && errno == EEXIST)
        return wend_error_set(error, WEND_USAGE, "%s is there already", path);
    if (fd < 0)
        return wend_error_set(error, WEND_USAGE, "%s cannot be made: %s", path, g_strerror(errno));
    bool written = write_text(fd, text);
    int reason = errno;
    if (close(fd) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written)
        return true;
    unlink(path);
    return wend_error_set(error, WEND_USAGE, "%s cannot be written: %s", path, g_strerror(reason));
}

bool wend_folder_create(const char *path, bool *made, WendError *error)
{
    struct stat about;
    bool there = stat(path, &about) == 0;
    if (there && !S_ISDIR(about.st_mode))
        return wend_error_set(error, WEND_USAGE, "%s is there already, and is no folder", path);
    if (!there && g_mkdir_with_parents(path, 0777) != 0)
        return wend_error_set(error, WEND_USAGE, "%s cannot be made: %s", path, g_strerror(errno));
    if (made != NULL)
        *made = !there;
    return true;
}
