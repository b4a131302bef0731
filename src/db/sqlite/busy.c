/* SPDX-License-Identifier: MIT
 *
 * Waiting: for applications that hold the database, until a time limit, or until somebody presses
 * Ctrl-C. SQLite calls in here from inside a running statement.
 */
#include "db/sqlite/sqlite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TELL_AFTER_MS 300
#define TELL_EVERY_MS 1000
/* Virtual machine steps between two looks at the clock. */
#define PROGRESS_STEPS 20000

bool wend_sqlite_interrupted(const Connection *connection, int times)
{
    return wend_watch_stops(&connection->watch, times);
}

void wend_sqlite_tick(const Connection *connection, guint statement)
{
    if (connection->watch.tick != NULL)
        connection->watch.tick(statement, connection->watch.data);
}

/* The inode numbers of the database file and of its WAL index, which carry SQLite's locks. */
static guint lock_inodes(Connection *connection, guint64 inodes[2])
{
    static const char *const suffixes[] = {"", "-shm"};
    guint count = 0;
    const char *file = sqlite3_db_filename(connection->db, "main");
    if (file == NULL || file[0] == '\0')
        return 0;
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(file, suffixes[i], NULL);
        struct stat status;
        if (stat(path, &status) == 0)
            inodes[count++] = status.st_ino;
    }
    return count;
}

static void add_blocker(GString *known, gint64 pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/comm", pid);
    g_autofree char *name = NULL;
    g_autofree char *text = NULL;
    if (g_file_get_contents(path, &name, NULL, NULL))
        text = g_strdup_printf("process %" G_GINT64_FORMAT " (%s)", pid, g_strchomp(name));
    else
        text = g_strdup_printf("process %" G_GINT64_FORMAT, pid);
    if (strstr(known->str, text) == NULL)
        g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", text);
}

char *wend_sqlite_blockers(Connection *connection)
{
    guint64 inodes[2];
    guint count = lock_inodes(connection, inodes);
    g_autofree char *locks = NULL;
    if (count == 0 || !g_file_get_contents("/proc/locks", &locks, NULL, NULL))
        return NULL;
    g_autoptr(GString) known = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(locks, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        long long pid = 0;
        unsigned long long inode = 0;
        if (sscanf(*line, "%*s POSIX %*s %*s %lld %*x:%*x:%llu", &pid, &inode) != 2)
            continue;
        if (pid <= 0 || pid == getpid())
            continue;
        if (inode == inodes[0] || (count > 1 && inode == inodes[1]))
            add_blocker(known, pid);
    }
    return known->len > 0 ? g_strdup(known->str) : NULL;
}

static void tell(Connection *connection, gint64 waited_ms)
{
    if (connection->watch.waiting == NULL)
        return;
    g_autofree char *blockers = wend_sqlite_blockers(connection);
    connection->watch.waiting(WEND_WAITING_BUSY, NULL, blockers, waited_ms, connection->watch.data);
}

/* SQLite's busy handler: 0 = give up. `count` starts at 0 for each new wait. */
static int on_busy(void *data, int count)
{
    Connection *connection = data;
    gint64 now = g_get_monotonic_time();
    if (count == 0) {
        connection->busy_since = now;
        connection->busy_told = 0;
    }
    gint64 waited_ms = (now - connection->busy_since) / 1000;
    if (wend_sqlite_interrupted(connection, 1) || waited_ms >= connection->step_lock_timeout_ms)
        return 0;
    if (waited_ms >= TELL_AFTER_MS &&
        (connection->busy_told == 0 || now - connection->busy_told >= TELL_EVERY_MS * 1000)) {
        connection->busy_told = now;
        tell(connection, waited_ms);
    }
    /* 1, 2, 4 … 64 ms, each with a random part so that two waiters do not keep step. */
    gulong pause_us = 1000ul << MIN(count, 6);
    g_usleep(pause_us / 2 + (gulong)g_random_int_range(0, (gint32)pause_us));
    return 1;
}

/* SQLite's progress handler: non-zero = end the statement. */
static int on_progress(void *data)
{
    Connection *connection = data;
    wend_sqlite_tick(connection, 0);
    if (wend_sqlite_interrupted(connection, 2))
        return 1;
    if (connection->deadline != 0 && g_get_monotonic_time() > connection->deadline) {
        connection->timed_out = true;
        return 1;
    }
    return 0;
}

void wend_sqlite_watch(Connection *connection)
{
    sqlite3_busy_handler(connection->db, on_busy, connection);
    sqlite3_progress_handler(connection->db, PROGRESS_STEPS, on_progress, connection);
}

void wend_sqlite_unwatch(Connection *connection)
{
    sqlite3_busy_handler(connection->db, NULL, NULL);
    sqlite3_progress_handler(connection->db, 0, NULL, NULL);
}

void wend_sqlite_clock_start(Connection *connection)
{
    connection->timed_out = false;
    if (connection->step_statement_timeout_ms > 0)
        connection->deadline =
            g_get_monotonic_time() + connection->step_statement_timeout_ms * 1000;
}

void wend_sqlite_clock_stop(Connection *connection)
{
    connection->deadline = 0;
}
