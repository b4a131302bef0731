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

/* "PATH cannot be WHAT", with what to do about it. */
static bool fail(const char *path, const char *what, int code, WendError *error)
{
    static const struct {
        int code;
        const char *hint;
    } hints[] = {
        {EACCES, "make the folder writable for this user, or name another one"},
        {EPERM, "make the folder writable for this user, or name another one"},
        {EROFS, "that file system can only be read: name a folder on another one"},
        {ENOSPC, "make room on that file system"},
        {EDQUOT, "make room on that file system"},
        {ENOENT, "make the folder it is to stand in first"},
        {ENOTDIR, "the way to it must lead through folders, and through no link to nothing"},
        {ELOOP, "the symbolic links lead in a circle: put the folder itself in their place"},
        {ENAMETOOLONG, "give it a shorter name"},
        {EIO, "the disk reports an error: look at the system's log"},
    };
    wend_error_set(error, WEND_USAGE, "%s cannot be %s: %s", path, what, g_strerror(code));
    for (gsize i = 0; i < G_N_ELEMENTS(hints); i++) {
        if (hints[i].code == code)
            return wend_error_hint(error, "%s", hints[i].hint);
    }
    return wend_error_hint(error, "look at the folder, and at the disk it is on");
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
    if (fd < 0 && errno == EEXIST) {
        wend_error_set(error, WEND_USAGE, "%s is there already", path);
        return wend_error_hint(error, "give it another name, or remove that file");
    }
    if (fd < 0)
        return fail(path, "made", errno, error);
    bool written = write_text(fd, text);
    int reason = errno;
    if (close(fd) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written)
        return true;
    unlink(path);
    return fail(path, "written", reason, error);
}

bool wend_folder_create(const char *path, bool *made, WendError *error)
{
    struct stat about;
    bool there = stat(path, &about) == 0;
    if (!there && errno != ENOENT)
        return fail(path, "made", errno, error);
    if (there && !S_ISDIR(about.st_mode)) {
        wend_error_set(error, WEND_USAGE, "%s is there already, and is no folder", path);
        return wend_error_hint(error, "name another folder, or move that file away");
    }
    if (!there && g_mkdir_with_parents(path, 0777) != 0)
        return fail(path, "made", errno, error);
    if (made != NULL)
        *made = !there;
    return true;
}
