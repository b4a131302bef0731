/* SPDX-License-Identifier: MIT
 *
 * Reading a migrations folder with as few system calls as it takes: one open and read per file, a
 * look at the kind of a file only where reading it does not tell. See folder.h.
 */
#include "format/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX   ((gsize)1 << 30)
#define FIRST_READ ((gsize)64 * 1024)

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_names(GPtrArray *names)
{
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    names->len--; /* the terminator is not counted */
}

static bool entry_is_folder(int fd, const struct dirent *entry)
{
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    struct stat info;
    return fstatat(fd, entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

/* Returns 0 or an errno. */
static int list(WendFolder *folder)
{
    int copy = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0); /* the DIR closes what it is given */
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    if (stream == NULL)
        return errno;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        bool is_folder = entry_is_folder(folder->fd, entry);
        g_ptr_array_add(is_folder ? folder->folders : folder->names, g_strdup(entry->d_name));
    }
    int failure = errno;
    closedir(stream);
    return failure;
}

static WendFolder *folder_new(const char *path)
{
    WendFolder *folder = g_new0(WendFolder, 1);
    gsize length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    folder->path = g_strndup(path, length);
    folder->names = g_ptr_array_new_with_free_func(g_free);
    folder->folders = g_ptr_array_new_with_free_func(g_free);
    folder->fd = -1;
    return folder;
}

const char *wend_file_advice(int failure)
{
    static const struct {
        int failure;
        const char *advice;
    } advices[] = {
        {EACCES, "let this user read it, and look into its folders, or run wend as one who may"},
        {EPERM, "let this user read it, and look into its folders, or run wend as one who may"},
        {ELOOP, "the symbolic links lead in a circle: put the file itself in their place"},
        {EIO, "the disk reports an error: look at the system's log, and restore the file"},
        {EMFILE, "too many files are open: raise the limit (ulimit -n)"},
        {ENFILE, "too many files are open on this system: try again later"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(advices); i++) {
        if (advices[i].failure == failure)
            return advices[i].advice;
    }
    return "look at the file, and at the disk it is on";
}

static bool refuse_folder(const char *path, int failure, WendError *error)
{
    if (failure == ENOENT) {
        wend_error_set(error, WEND_USAGE, "there is no migrations folder \"%s\"", path);
        return wend_error_hint(error, "create it with `wend init`, or name another one with "
                                      "--migrations DIR");
    }
    if (failure == ENOTDIR) {
        wend_error_set(error, WEND_USAGE, "\"%s\" is not a folder", path);
        return wend_error_hint(error, "name the folder that holds the migrations with "
                                      "--migrations DIR");
    }
    wend_error_set(error, WEND_USAGE, "cannot read the migrations folder \"%s\": %s", path,
                   g_strerror(failure));
    return wend_error_hint(error, "%s; or name another one with --migrations DIR",
                           wend_file_advice(failure));
}

/* --- built in --- */

/* What `path` names of the files, NULL = nothing. */
static const WendFile *find_file(const WendFiles *files, const char *path)
{
    const char *name = path + strlen(WEND_BUILT_IN) + 1;
    for (gsize i = 0; i < files->count; i++) {
        if (strcmp(files->list[i].name, name) == 0)
            return &files->list[i];
    }
    return NULL;
}

static void add_once(GPtrArray *names, GHashTable *seen, char *name)
{
    if (g_hash_table_add(seen, name))
        g_ptr_array_add(names, name);
    else
        g_free(name);
}

/* `path`: WEND_BUILT_IN or a folder in it. */
static WendFolder *built_in_folder(const WendFiles *files, const char *path)
{
    WendFolder *folder = folder_new(path);
    g_autofree char *prefix = strcmp(path, WEND_BUILT_IN) == 0
                                  ? g_strdup("")
                                  : g_strconcat(path + strlen(WEND_BUILT_IN) + 1, "/", NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    folder->files = files;
    for (gsize i = 0; i < files->count; i++) {
        const char *name = files->list[i].name;
        if (!g_str_has_prefix(name, prefix) || name[strlen(prefix)] == '.')
            continue;
        name += strlen(prefix);
        const char *slash = strchr(name, '/');
        if (slash == NULL)
            g_ptr_array_add(folder->names, g_strdup(name));
        else
            add_once(folder->folders, seen, g_strndup(name, (gsize)(slash - name)));
    }
    sort_names(folder->names);
    sort_names(folder->folders);
    return folder;
}

/* Relative, and not out of the folder nor around in it. */
static bool is_file_name(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name != NULL ? name : "", "/", -1);
    bool good = parts[0] != NULL;
    for (char **part = parts; *part != NULL; part++)
        good &= **part != '\0' && strcmp(*part, ".") != 0 && strcmp(*part, "..") != 0;
    return good;
}

WendFolder *wend_folder_built_in(const WendFiles *files, WendError *error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < files->count; i++) {
        const char *name = files->list[i].name;
        bool named = is_file_name(name);
        if (named && files->list[i].text != NULL && g_hash_table_add(seen, (gpointer)name))
            continue;
        wend_error_set(error, WEND_USAGE, "file %" G_GSIZE_FORMAT " of those that are built in %s",
                       i + 1,
                       !named                        ? "has no name that a file can have"
                       : files->list[i].text == NULL ? "has no text"
                                                     : "has the name of another one");
        if (named)
            wend_error_place(error, name, 0, 0);
        wend_error_hint(error, "let `wend embed` write the array");
        return NULL;
    }
    return built_in_folder(files, WEND_BUILT_IN);
}

WendFolder *wend_folder_open(const char *path, WendError *error)
{
    g_autoptr(WendFolder) folder = folder_new(path);
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = folder->fd < 0 ? errno : list(folder);
    if (failure != 0) {
        refuse_folder(path, failure, error);
        return NULL;
    }
    sort_names(folder->names);
    sort_names(folder->folders);
    return g_steal_pointer(&folder);
}

void wend_folder_close(WendFolder *folder)
{
    if (folder == NULL)
        return;
    if (folder->fd >= 0)
        close(folder->fd);
    g_ptr_array_unref(folder->names);
    g_ptr_array_unref(folder->folders);
    g_free(folder->path);
    g_free(folder);
}

guint wend_lines_count(const char *text, gsize offset)
{
    guint lines = 0;
    for (gsize i = 0; i < offset; i++)
        lines += text[i] == '\n' ? i == 0 || text[i - 1] != '\r' : text[i] == '\r';
    return lines;
}

static bool refuse_kind(mode_t mode, WendError *error)
{
    const char *kind = S_ISDIR(mode)    ? "a folder"
                       : S_ISFIFO(mode) ? "a pipe"
                       : S_ISSOCK(mode) ? "a socket"
                                        : "a device";
    wend_error_set(error, WEND_USAGE, "this is %s, not a file", kind);
    return wend_error_hint(error, "move it out of the migrations folder");
}

static bool refuse_size(WendError *error)
{
    wend_error_set(error, WEND_USAGE, "the file is larger than 1 GiB");
    return wend_error_hint(error,
                           "cut it into several migrations, or load the data by other means");
}

static bool refuse_read(int failure, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "cannot read the file: %s", g_strerror(failure));
    return wend_error_hint(error, "%s", wend_file_advice(failure));
}

static bool refuse_open(int at, const char *name, int failure, WendError *error)
{
    struct stat info;
    char target[PATH_MAX];
    ssize_t length = failure == ENOENT ? readlinkat(at, name, target, sizeof target) : -1;
    if (length >= 0) {
        wend_error_set(error, WEND_USAGE, "this is a symbolic link to \"%.*s\", which is not there",
                       (int)length, target);
        return wend_error_hint(error, "restore what it points to, or remove the link");
    }
    if (failure == ENXIO && fstatat(at, name, &info, 0) == 0)
        return refuse_kind(info.st_mode, error);
    return refuse_read(failure, error);
}

/* For when reading did not tell: an end at once, a full first buffer, or a failure. */
static bool check_kind(int fd, int failure, gsize *size, WendError *error)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
        return refuse_kind(info.st_mode, error);
    if (failure != 0)
        return refuse_read(failure, error);
    if ((gsize)info.st_size > FILE_MAX)
        return refuse_size(error);
    *size = (gsize)info.st_size;
    return true;
}

/* Fills `buffer` from byte `at` of the file, to its end or the buffer's; -1 on failure. pread()
 * also fails on a pipe, however much has been written into it. */
static gssize fill(int fd, char *buffer, gsize size, gsize at)
{
    gsize done = 0;
    gssize count = 1;
    while (done < size && count > 0) {
        count = TEMP_FAILURE_RETRY(pread(fd, buffer + done, size - done, (off_t)(at + done)));
        done += (gsize)MAX(count, 0);
    }
    return count < 0 ? -1 : (gssize)done;
}

/* A file whose first bytes filled the first buffer. */
static char *read_long(int fd, const char *first, gsize *length, WendError *error)
{
    gsize size = 0;
    if (!check_kind(fd, 0, &size, error))
        return NULL;
    gsize room = MAX(size, FIRST_READ) + 1; /* one more, so that its end is seen */
    g_autofree char *text = g_malloc(room + 1);
    memcpy(text, first, FIRST_READ);
    gssize rest = fill(fd, text + FIRST_READ, room - FIRST_READ, FIRST_READ);
    if (rest < 0) {
        refuse_read(errno, error);
        return NULL;
    }
    if (FIRST_READ + (gsize)rest != size) {
        wend_error_set(error, WEND_USAGE, "cannot read the file: it changes while it is read");
        wend_error_hint(error, "run the command again when nobody writes to it");
        return NULL;
    }
    *length = size;
    return g_steal_pointer(&text);
}

static char *read_bytes(int fd, gsize *length, WendError *error)
{
    char first[FIRST_READ];
    gssize count = fill(fd, first, sizeof first, 0);
    gsize size = 0;
    if (count <= 0 && !check_kind(fd, count < 0 ? errno : 0, &size, error))
        return NULL;
    if ((gsize)count == sizeof first)
        return read_long(fd, first, length, error);
    char *text = g_malloc((gsize)count + 1);
    memcpy(text, first, (gsize)count);
    *length = (gsize)count;
    return text;
}

/* Puts the place of byte `offset` into the error. */
static bool refuse_byte(const char *text, gsize offset, const char *what, WendError *error)
{
    gsize start = offset;
    while (start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r')
        start--;
    wend_error_set(error, WEND_USAGE, "%s", what);
    wend_error_place(error, NULL, wend_lines_count(text, offset) + 1,
                     (unsigned)(offset - start) + 1);
    return false;
}

/* The first \r that no \n follows, or NULL. SQLite and MySQL do not end a `--` comment at one: what
 * stands behind it would be swallowed. */
static const char *lone_return(const char *text, gsize length)
{
    const char *at = text, *end = text + length;
    while ((at = memchr(at, '\r', (gsize)(end - at))) != NULL) {
        if (at + 1 == end || at[1] != '\n')
            return at;
        at++;
    }
    return NULL;
}

static bool check_text(const char *text, gsize length, WendError *error)
{
    if (length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0)) {
        refuse_byte(text, 0, "the file is written in UTF-16", error);
        return wend_error_hint(error,
                               "save it as UTF-8, for example with iconv -f UTF-16 -t UTF-8");
    }
    const char *bad = NULL;
    if (g_utf8_validate_len(text, length, &bad)) {
        bad = lone_return(text, length);
        if (bad == NULL)
            return true;
        refuse_byte(text, (gsize)(bad - text),
                    "the file has a lone carriage return (old Mac line end)", error);
        return wend_error_hint(error, "convert it to LF, for example with tr '\\r' '\\n'; inside a "
                                      "value write it as char(13)");
    }
    if (*bad == '\0') {
        refuse_byte(text, (gsize)(bad - text), "the file holds a NUL byte", error);
        return wend_error_hint(error,
                               "a migration is plain text: remove the byte, or move the file "
                               "out of the migrations folder");
    }
    refuse_byte(text, (gsize)(bad - text), "the file is not valid UTF-8", error);
    return wend_error_hint(error, "save it as UTF-8, for example with iconv -f LATIN1 -t UTF-8");
}

/* Removes the byte-order mark and makes \r\n into \n, in place: there is no other \r. Returns the new
 * length. */
static gsize clean(char *text, gsize length)
{
    const char *from = text, *end = text + length;
    char *to = text;
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        from += 3;
    while (from < end) {
        const char *stop = memchr(from, '\r', (gsize)(end - from));
        gsize count = (gsize)((stop != NULL ? stop : end) - from);
        if (to != from)
            memmove(to, from, count);
        to += count;
        from += count;
        if (stop == NULL)
            break;
        from++;
    }
    *to = '\0';
    return (gsize)(to - text);
}

/* Takes over `bytes`. */
static bool take_bytes(char *bytes, gsize size, char **text, gsize *length, WendError *error)
{
    g_autofree char *owned = bytes;
    if (!check_text(owned, size, error))
        return false;
    *length = clean(owned, size);
    *text = g_steal_pointer(&owned);
    return true;
}

static bool read_at(int at, const char *name, char **text, gsize *length, WendError *error)
{
    int fd = openat(at, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse_open(at, name, errno, error);
    gsize size = 0;
    char *bytes = read_bytes(fd, &size, error);
    close(fd);
    return bytes != NULL && take_bytes(bytes, size, text, length, error);
}

/* With a NUL behind. */
static char *copy_bytes(const WendFile *file)
{
    char *bytes = g_malloc(file->length + 1);
    memcpy(bytes, file->text, file->length);
    bytes[file->length] = '\0';
    return bytes;
}

static bool read_built_in(const WendFiles *files, const char *path, char **text, gsize *length,
                          WendError *error)
{
    const WendFile *file = find_file(files, path);
    if (file == NULL)
        return refuse_read(ENOENT, error);
    return take_bytes(copy_bytes(file), file->length, text, length, error);
}

bool wend_file_read(const WendFiles *files, const char *path, char **text, gsize *length,
                    WendError *error)
{
    if (files != NULL ? read_built_in(files, path, text, length, error)
                      : read_at(AT_FDCWD, path, text, length, error))
        return true;
    return error != NULL && wend_error_place(error, path, error->line, error->column);
}

bool wend_folder_read(const WendFolder *folder, const char *name, char **text, gsize *length,
                      WendError *error)
{
    if (folder->files == NULL && read_at(folder->fd, name, text, length, error))
        return true;
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    if (folder->files != NULL)
        return wend_file_read(folder->files, path, text, length, error);
    return error != NULL && wend_error_place(error, path, error->line, error->column);
}

bool wend_folder_bytes(const WendFolder *folder, const char *name, char **bytes, gsize *length)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    if (folder->files == NULL)
        return g_file_get_contents(path, bytes, length, NULL);
    const WendFile *file = find_file(folder->files, path);
    errno = ENOENT;
    if (file == NULL)
        return false;
    *bytes = copy_bytes(file);
    *length = file->length;
    return true;
}

bool wend_folder_head(const WendFolder *folder, const char *name, char *head, gsize size)
{
    gssize got = -1;
    if (folder->files != NULL) {
        g_autofree char *path = g_build_filename(folder->path, name, NULL);
        const WendFile *file = find_file(folder->files, path);
        got = file != NULL ? (gssize)MIN(file->length, size - 1) : -1;
        if (got > 0)
            memcpy(head, file->text, (gsize)got);
    } else {
        int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0)
            got = read(fd, head, size - 1);
        if (fd >= 0)
            close(fd);
    }
    head[MAX(got, 0)] = '\0';
    return got > 0;
}

WendFolder *wend_folder_enter(const WendFolder *folder, const char *name, WendError *error)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    if (folder->files != NULL)
        return built_in_folder(folder->files, path);
    return g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : wend_folder_open(path, error);
}
