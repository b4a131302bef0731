/* SPDX-License-Identifier: MIT
 *
 * wend's lock on an SQLite database: an exclusive flock() on the file `<database>-wend`, whose content
 * names the holder and who waits. The system drops it with the process, so a killed holder blocks
 * nobody. The database file itself is never opened here: closing it would drop SQLite's own locks.
 *
 * The file: a line "holder USER HOST PID SINCE", then a line "waiter …" for each that waits. Whoever gets
 * the lock writes it anew; a waiter that no longer finds its line adds it again.
 */
#include "db/sqlite/sqlite.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TELL_EVERY_MS 1000
#define LOOK_MS       50
#define FILE_LIMIT    65536
#define HOLDER        "holder "
#define WAITER        "waiter "

static bool fail_file(const Connection *connection, const char *what, WendError *error)
{
    /* What to do; the file's name follows. */
    static const struct {
        int code;
        const char *hint;
    } hints[] = {
        {ENOSPC, "make room on the file system of"},
        {EDQUOT, "make room on the file system of"},
        {EISDIR, "it is a folder; remove it: rmdir"},
        {ENXIO, "it is no regular file; remove it: rm"},
        {ELOOP, "it is a symbolic link; remove it: rm"},
        {EIO, "the disk reports an error: look at the system's log, then at"},
    };
    int code = errno;
    wend_error_set(error, WEND_LOCKED, "cannot %s the lock file %s: %s", what,
                   connection->lock_path, g_strerror(code));
    for (gsize i = 0; i < G_N_ELEMENTS(hints); i++) {
        if (hints[i].code == code)
            return wend_error_hint(error, "%s %s", hints[i].hint, connection->lock_path);
    }
    return wend_error_hint(error,
                           "the folder of the database must be writable: SQLite needs that for "
                           "its own journal, too");
}

/* Opens the lock file, following no link and waiting for nobody. -1 = failed; errno is ENOENT when it is
 * not there. */
static int open_file(const Connection *connection, int flags, WendError *error)
{
    struct stat about;
    int fd = open(connection->lock_path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd < 0) {
        int code = errno;
        fail_file(connection, "open", error);
        errno = code;
        return -1;
    }
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
        return fd;
    close(fd);
    wend_error_set(error, WEND_LOCKED, "the lock file %s is no regular file",
                   connection->lock_path);
    wend_error_hint(error, "remove it: %s %s", S_ISDIR(about.st_mode) ? "rmdir" : "rm",
                    connection->lock_path);
    errno = EINVAL;
    return -1;
}

static char *read_all(int fd)
{
    char *text = g_malloc0(FILE_LIMIT);
    gssize length = pread(fd, text, FILE_LIMIT - 1, 0);
    text[MAX(length, 0)] = '\0';
    return text;
}

static bool write_line(int fd, const char *prefix, const WendWho *who)
{
    g_autofree char *words = wend_who_line(who);
    g_autofree char *line = g_strdup_printf("%s%s\n", prefix, words);
    gssize length = (gssize)strlen(line);
    return write(fd, line, (gsize)length) == length;
}

/* Whether `fd` is still the file that the path names: the last holder removes it. */
static bool is_current(const Connection *connection, int fd)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && stat(connection->lock_path, &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* Reads who holds the file's lock and, unless NULL, appends who waits. NULL = it does not say. */
static WendWho *read_file(int fd, GPtrArray *waiters)
{
    g_autofree char *text = read_all(fd);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    WendWho *holder = NULL;
    for (char **line = lines; *line != NULL; line++) {
        if (holder == NULL && g_str_has_prefix(*line, HOLDER)) {
            holder = wend_who_parse(*line + strlen(HOLDER));
        } else if (waiters != NULL && g_str_has_prefix(*line, WAITER)) {
            WendWho *who = wend_who_parse(*line + strlen(WAITER));
            if (who != NULL && !wend_who_gone(who))
                g_ptr_array_add(waiters, who);
            else
                wend_who_free(who);
        }
    }
    return holder;
}

typedef enum Attempt { GOT, HELD, BROKEN } Attempt;

/* One try. HELD leaves the holder, if known, in `holder`. */
static Attempt attempt(Connection *connection, const WendWho *self, WendWho **holder,
                       WendError *error)
{
    for (;;) {
        int fd = open_file(connection, O_RDWR | O_CREAT | O_APPEND, error);
        if (fd < 0)
            return BROKEN;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            g_autofree char *words = wend_who_line(self);
            g_autofree char *text = read_all(fd);
            if (strstr(text, words) == NULL)
                write_line(fd, WAITER, self);
            *holder = read_file(fd, NULL);
            close(fd);
            return HELD;
        }
        if (!is_current(connection, fd)) {
            close(fd);
            continue;
        }
        wend_fault("lock.taken");
        if (ftruncate(fd, 0) != 0 || !write_line(fd, HOLDER, self)) {
            fail_file(connection, "write", error);
            close(fd);
            return BROKEN;
        }
        connection->lock_fd = fd;
        return GOT;
    }
}

static bool fail_held(const WendWho *holder, WendError *error)
{
    g_autofree char *text =
        holder != NULL ? wend_who_text(holder) : g_strdup("another run of wend");
    wend_error_set(error, WEND_LOCKED, "the database is being migrated by %s", text);
    return wend_error_hint(error,
                           "wait for it to end, or wait longer with --lock-timeout; the lock "
                           "ends with that process");
}

bool wend_sqlite_lock(WendConnection *base, const char *journal, WendError *error)
{
    (void)journal;
    Connection *connection = (Connection *)base;
    if (connection->lock_path == NULL || connection->lock_fd >= 0)
        return true;
    g_autoptr(WendWho) self = wend_who_self();
    gint64 start = g_get_monotonic_time(), told = 0;
    for (;;) {
        g_autoptr(WendWho) holder = NULL;
        Attempt result = attempt(connection, self, &holder, error);
        if (result != HELD)
            return result == GOT;
        gint64 now = g_get_monotonic_time();
        if (wend_sqlite_interrupted(connection, 1))
            return wend_error_set(error, WEND_INTERRUPTED,
                                  "interrupted while waiting for the lock");
        gint64 waited_ms = (now - start) / 1000;
        /* Who only looks holds the file for a moment; the name in it is then a dead one's. */
        gint64 grace_ms = holder != NULL && wend_who_gone(holder) ? LOOK_MS : 0;
        if (waited_ms >= connection->lock_timeout_ms + grace_ms)
            return fail_held(holder, error);
        if (waited_ms >= connection->lock_timeout_ms) {
            g_usleep(LOOK_MS * 1000 / 20);
            continue;
        }
        if (connection->watch.waiting != NULL &&
            (told == 0 || now - told >= TELL_EVERY_MS * 1000)) {
            told = now;
            connection->watch.waiting(WEND_WAITING_LOCK, holder, NULL, waited_ms,
                                      connection->watch.data);
        }
        g_usleep((gulong)g_random_int_range(10000, 50000));
    }
}

bool wend_sqlite_lock_check(WendConnection *base, WendError *error)
{
    const Connection *connection = (const Connection *)base;
    if (connection->lock_path == NULL)
        return true;
    if (connection->lock_fd >= 0 && is_current(connection, connection->lock_fd))
        return true;
    wend_error_set(error, WEND_LOCKED, "the lock file %s was removed while wend held it",
                   connection->lock_path);
    return wend_error_hint(error, "leave that file alone, and run the command again");
}

/* Removed while still held, so that nobody can lock a file that is about to go: see is_current(). */
void wend_sqlite_unlock(WendConnection *base)
{
    Connection *connection = (Connection *)base;
    if (connection->lock_fd < 0)
        return;
    wend_fault("unlock.before");
    if (is_current(connection, connection->lock_fd))
        unlink(connection->lock_path);
    wend_fault("unlock.after");
    close(connection->lock_fd);
    connection->lock_fd = -1;
}

bool wend_sqlite_holder(WendConnection *base, const char *journal, WendWho **holder,
                        GPtrArray *waiters, WendError *error)
{
    (void)journal;
    const Connection *connection = (const Connection *)base;
    *holder = NULL;
    if (connection->lock_path == NULL)
        return true;
    g_auto(WendError) failure = WEND_ERROR_INIT;
    int fd = open_file(connection, O_RDONLY, &failure);
    if (fd < 0)
        return errno == ENOENT || wend_error_move(error, &failure);
    /* Ours, or somebody else's: a shared lock is granted only when nobody holds it. */
    bool held = connection->lock_fd >= 0 || flock(fd, LOCK_SH | LOCK_NB) != 0;
    if (held) {
        *holder = read_file(fd, waiters);
        if (*holder == NULL)
            *holder = wend_who_parse("? ? 1 ?");
    }
    close(fd);
    return true;
}
