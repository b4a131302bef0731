/* SPDX-License-Identifier: MIT
 *
 * Storage that fails: a layer between SQLite and its own file access, linked into wend-faulty and in
 * force when WEND_VFS says how:
 *
 *   full=N      the disk has room for N more bytes
 *   ioerr=N     the N-th access fails once; ioerr-on=N: it and all behind it
 *   power=N     the power goes at the N-th change: what was not synced is lost, in parts or whole
 *   count       nothing fails
 *
 * WEND_VFS_REPORT names a file that is told at the end how many accesses and changes there were and
 * how many more bytes the files ever had; WEND_VFS_SEED picks what a power cut leaves.
 *
 * The power model follows SQLite's own account of what it expects (sqlite.org/atomiccommit.html): a
 * write stays in memory until its file is synced and reaches the disk in sectors, in any order, when
 * the power goes; a file that came or went is sure only when its folder is synced, which SQLite does
 * with the first sync of a new journal and with some deletions. Nothing is promised to SQLite in
 * return: no atomic write, no safe append, no power-safe overwrite.
 */
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

typedef enum Mode { MODE_COUNT, MODE_FULL, MODE_IOERR, MODE_IOERR_ON, MODE_POWER } Mode;

/* A write, or with `data` NULL a truncation to `offset`. */
typedef struct Change {
    sqlite3_int64 offset;
    int length;
    guint8 *data;
} Change;

/* A file as this process sees it: the disk's content and, over it, what was not synced. */
typedef struct Node {
    char *path;
    GArray *changes; /* of Change, oldest first */
    sqlite3_int64 size;
    bool unsure;   /* created, but its folder was not synced since */
    GBytes *ghost; /* what a deleted file held, while its folder was not synced since */
} Node;

typedef struct File {
    sqlite3_file base;
    sqlite3_vfs *parent;
    Node *node;       /* only in power mode, and not for temporary files */
    bool sync_folder; /* its first sync is its folder's, too */
    bool temporary;   /* goes when it is closed */
    sqlite3_file *real;
} File;

static Mode mode;
static sqlite3_int64 limit;
static sqlite3_int64 accesses, changes_seen, bytes_used, bytes_peak;
static GHashTable *nodes; /* path -> Node */
static GRand *chance;

/* --- what is on the disk --- */

static void change_clear(gpointer data)
{
    g_free(((Change *)data)->data);
}

static Node *node_for(const char *path)
{
    Node *node = g_hash_table_lookup(nodes, path);
    if (node != NULL)
        return node;
    node = g_new0(Node, 1);
    node->path = g_strdup(path);
    node->changes = g_array_new(FALSE, FALSE, sizeof(Change));
    g_array_set_clear_func(node->changes, change_clear);
    g_hash_table_insert(nodes, node->path, node);
    return node;
}

static void node_forget_ghost(Node *node)
{
    g_clear_pointer(&node->ghost, g_bytes_unref);
}

static void folder_synced(void)
{
    GHashTableIter iter;
    gpointer node;
    g_hash_table_iter_init(&iter, nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node)) {
        ((Node *)node)->unsure = false;
        node_forget_ghost(node);
    }
}

static void put(int fd, sqlite3_int64 offset, const guint8 *data, gsize length)
{
    if (pwrite(fd, data, length, offset) != (gssize)length)
        abort();
}

/* Sector by sector: each arrives, or does not; beyond the old end the disk may then hold anything. */
static void put_torn(int fd, const Change *change, sqlite3_int64 old_size, double share)
{
    sqlite3_int64 at = change->offset, end = change->offset + change->length;
    while (at < end) {
        sqlite3_int64 next = MIN(end, (at / SECTOR + 1) * SECTOR);
        if (g_rand_double(chance) < share) {
            put(fd, at, change->data + (at - change->offset), (gsize)(next - at));
        } else if (at >= old_size && g_rand_boolean(chance)) {
            guint8 noise[SECTOR];
            for (gsize i = 0; i < sizeof noise; i++)
                noise[i] = (guint8)g_rand_int(chance);
            put(fd, at, noise, (gsize)(next - at));
        }
        at = next;
    }
}

/* Brings a part of what was not synced to the disk: `share` 0 = nothing, 1 = all. */
static void node_settle(const Node *node, double share)
{
    if (node->changes->len == 0)
        return;
    int fd = open(node->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    sqlite3_int64 old_size = lseek(fd, 0, SEEK_END);
    for (guint i = 0; i < node->changes->len; i++) {
        const Change *change = &g_array_index(node->changes, Change, i);
        if (change->data != NULL)
            put_torn(fd, change, old_size, share);
        else if (g_rand_double(chance) < share && ftruncate(fd, change->offset) != 0)
            abort();
    }
    close(fd);
}

static void node_power_off(const Node *node)
{
    if (node->ghost != NULL && g_rand_boolean(chance)) {
        gsize length;
        const char *data = g_bytes_get_data(node->ghost, &length);
        unlink(node->path);
        g_file_set_contents(node->path, data, (gssize)length, NULL);
        return;
    }
    if (node->unsure && g_rand_boolean(chance)) {
        unlink(node->path);
        return;
    }
    static const double shares[] = {0, 1, 0.5, 0.1, 0.9};
    node_settle(node, shares[g_rand_int_range(chance, 0, G_N_ELEMENTS(shares))]);
}

static void power_off(void)
{
    GHashTableIter iter;
    gpointer node;
    g_hash_table_iter_init(&iter, nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node))
        node_power_off(node);
    kill(getpid(), SIGKILL);
}

/* --- counting, and failing in turn --- */

/* To be called at each access; false = it fails. */
static bool access_works(void)
{
    accesses++;
    return !(mode == MODE_IOERR && accesses == limit) &&
           !(mode == MODE_IOERR_ON && accesses >= limit);
}

static void changed(void)
{
    changes_seen++;
    if (mode == MODE_POWER && changes_seen == limit)
        power_off();
}

/* --- a file's methods --- */

static sqlite3_int64 real_size(File *file)
{
    sqlite3_int64 size = 0;
    file->real->pMethods->xFileSize(file->real, &size);
    return size;
}

static int file_close(sqlite3_file *base)
{
    File *file = (File *)base;
    if (file->temporary)
        bytes_used -= real_size(file);
    return file->real->pMethods->xClose(file->real);
}

/* Lays what was not synced over what was read. */
static void overlay(const Node *node, guint8 *into, int amount, sqlite3_int64 offset)
{
    for (guint i = 0; i < node->changes->len; i++) {
        const Change *change = &g_array_index(node->changes, Change, i);
        sqlite3_int64 from = MAX(change->offset, offset);
        sqlite3_int64 to = offset + amount;
        if (change->data != NULL)
            to = MIN(to, change->offset + change->length);
        if (from >= to)
            continue;
        if (change->data != NULL)
            memcpy(into + (from - offset), change->data + (from - change->offset),
                   (gsize)(to - from));
        else
            memset(into + (from - offset), 0, (gsize)(to - from));
    }
}

static int file_read(sqlite3_file *base, void *into, int amount, sqlite3_int64 offset)
{
    File *file = (File *)base;
    if (!access_works())
        return SQLITE_IOERR_READ;
    int rc = file->real->pMethods->xRead(file->real, into, amount, offset);
    if (file->node == NULL || (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ))
        return rc;
    overlay(file->node, into, amount, offset);
    return offset + amount > file->node->size ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int write_through(File *file, const void *data, int amount, sqlite3_int64 offset)
{
    sqlite3_int64 size = real_size(file);
    sqlite3_int64 growth = MAX(0, offset + amount - size);
    if (mode == MODE_FULL && growth > 0 && bytes_used + growth > limit)
        return SQLITE_FULL;
    bytes_used += growth;
    bytes_peak = MAX(bytes_peak, bytes_used);
    return file->real->pMethods->xWrite(file->real, data, amount, offset);
}

static int file_write(sqlite3_file *base, const void *data, int amount, sqlite3_int64 offset)
{
    File *file = (File *)base;
    if (!access_works())
        return SQLITE_IOERR_WRITE;
    if (file->node == NULL) {
        changed();
        return write_through(file, data, amount, offset);
    }
    Change change = {offset, amount, g_malloc((gsize)amount)};
    memcpy(change.data, data, (gsize)amount);
    g_array_append_val(file->node->changes, change);
    file->node->size = MAX(file->node->size, offset + amount);
    changed();
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    File *file = (File *)base;
    if (!access_works())
        return SQLITE_IOERR_TRUNCATE;
    if (file->node == NULL) {
        changed();
        bytes_used -= MAX(0, real_size(file) - size);
        return file->real->pMethods->xTruncate(file->real, size);
    }
    Change change = {size, 0, NULL};
    g_array_append_val(file->node->changes, change);
    file->node->size = size;
    changed();
    return SQLITE_OK;
}

/* SQLite's own handle does the writing: to open and close the file again would drop its locks. */
static int settle_open(File *file)
{
    Node *node = file->node;
    int rc = SQLITE_OK;
    for (guint i = 0; rc == SQLITE_OK && i < node->changes->len; i++) {
        const Change *change = &g_array_index(node->changes, Change, i);
        rc = change->data != NULL ? file->real->pMethods->xWrite(file->real, change->data,
                                                                 change->length, change->offset)
                                  : file->real->pMethods->xTruncate(file->real, change->offset);
    }
    g_array_set_size(node->changes, 0);
    return rc;
}

static int file_sync(sqlite3_file *base, int flags)
{
    File *file = (File *)base;
    if (!access_works())
        return SQLITE_IOERR_FSYNC;
    changed();
    if (file->node == NULL)
        return file->real->pMethods->xSync(file->real, flags);
    int rc = settle_open(file);
    if (file->sync_folder)
        folder_synced();
    file->sync_folder = false;
    return rc;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    File *file = (File *)base;
    if (file->node == NULL)
        return file->real->pMethods->xFileSize(file->real, size);
    *size = file->node->size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int lock)
{
    File *file = (File *)base;
    return file->real->pMethods->xLock(file->real, lock);
}

static int file_unlock(sqlite3_file *base, int lock)
{
    File *file = (File *)base;
    return file->real->pMethods->xUnlock(file->real, lock);
}

static int file_reserved(sqlite3_file *base, int *reserved)
{
    File *file = (File *)base;
    return file->real->pMethods->xCheckReservedLock(file->real, reserved);
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    File *file = (File *)base;
    if (operation == SQLITE_FCNTL_SIZE_HINT)
        return SQLITE_OK;
    if (operation == SQLITE_FCNTL_MMAP_SIZE)
        return SQLITE_NOTFOUND;
    return file->real->pMethods->xFileControl(file->real, operation, argument);
}

static int file_sector(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int file_promises(sqlite3_file *base)
{
    (void)base;
    return 0;
}

static int file_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **at)
{
    File *file = (File *)base;
    return file->real->pMethods->xShmMap(file->real, region, size, extend, at);
}

static int file_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    File *file = (File *)base;
    return file->real->pMethods->xShmLock(file->real, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
    File *file = (File *)base;
    file->real->pMethods->xShmBarrier(file->real);
}

static int file_shm_unmap(sqlite3_file *base, int remove)
{
    File *file = (File *)base;
    return file->real->pMethods->xShmUnmap(file->real, remove);
}

/* Version 2: SQLite then maps no file into memory. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_promises,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* --- the layer's methods --- */

static sqlite3_vfs *parent_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static void watch_node(File *file, const char *path, bool existed, int flags)
{
    const int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    file->node = node_for(path);
    if (!existed) {
        g_array_set_size(file->node->changes, 0);
        file->node->unsure = true;
        file->sync_folder = (flags & journals) != 0;
    }
    if (file->node->changes->len == 0)
        file->node->size = real_size(file);
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags,
                    int *out_flags)
{
    File *file = (File *)base;
    bool existed = path != NULL && access(path, F_OK) == 0;
    *file = (File){.parent = parent_of(vfs), .real = (sqlite3_file *)(file + 1)};
    file->temporary = path == NULL || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    int rc = file->parent->xOpen(file->parent, path, file->real, flags, out_flags);
    if (rc != SQLITE_OK)
        return rc;
    file->base.pMethods = &methods;
    if (mode == MODE_POWER && !file->temporary)
        watch_node(file, path, existed, flags);
    return SQLITE_OK;
}

static void remember_ghost(Node *node)
{
    char *data = NULL;
    gsize length = 0;
    if (!node->unsure && node->ghost == NULL &&
        g_file_get_contents(node->path, &data, &length, NULL))
        node->ghost = g_bytes_new_take(data, length);
    g_array_set_size(node->changes, 0);
    node->size = 0;
    node->unsure = false;
}

static sqlite3_int64 size_of(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    sqlite3_int64 size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    if (fd >= 0)
        close(fd);
    return size;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    if (!access_works())
        return SQLITE_IOERR_DELETE;
    changed();
    if (mode == MODE_POWER)
        remember_ghost(node_for(path));
    else
        bytes_used -= size_of(path);
    int rc = parent_of(vfs)->xDelete(parent_of(vfs), path, sync_folder);
    if (rc == SQLITE_OK && sync_folder && mode == MODE_POWER)
        folder_synced();
    return rc;
}

/* As SQLite's own: an empty file counts as none. */
static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result)
{
    int rc = parent_of(vfs)->xAccess(parent_of(vfs), path, flags, result);
    const Node *node = mode == MODE_POWER ? g_hash_table_lookup(nodes, path) : NULL;
    if (rc == SQLITE_OK && flags == SQLITE_ACCESS_EXISTS && node != NULL && node->changes->len > 0)
        *result = node->size > 0;
    return rc;
}

/* --- being put in place, and the end --- */

static void report(void)
{
    const char *file = getenv("WEND_VFS_REPORT");
    if (file == NULL)
        return;
    g_autofree char *text = g_strdup_printf(
        "accesses %" G_GINT64_FORMAT "\nchanges %" G_GINT64_FORMAT "\nbytes %" G_GINT64_FORMAT "\n",
        (gint64)accesses, (gint64)changes_seen, (gint64)bytes_peak);
    g_file_set_contents(file, text, -1, NULL);
}

/* The process ends, the system does not: it still writes what it was given. */
static void at_end(void)
{
    GHashTableIter iter;
    gpointer node;
    g_hash_table_iter_init(&iter, nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node))
        node_settle(node, 1);
    report();
}

static bool read_mode(const char *text)
{
    static const struct {
        const char *word;
        Mode mode;
    } words[] = {{"count", MODE_COUNT},
                 {"full", MODE_FULL},
                 {"ioerr", MODE_IOERR},
                 {"ioerr-on", MODE_IOERR_ON},
                 {"power", MODE_POWER}};
    g_auto(GStrv) parts = g_strsplit(text, "=", 2);
    for (gsize i = 0; parts[0] != NULL && i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].word, parts[0]) != 0)
            continue;
        mode = words[i].mode;
        limit = parts[1] != NULL ? g_ascii_strtoll(parts[1], NULL, 10) : 0;
        return true;
    }
    return false;
}

__attribute__((constructor)) static void put_in_place(void)
{
    static sqlite3_vfs layer;
    const char *text = getenv("WEND_VFS");
    if (text == NULL)
        return;
    if (!read_mode(text))
        abort();
    const char *seed = getenv("WEND_VFS_SEED");
    nodes = g_hash_table_new(g_str_hash, g_str_equal);
    chance = g_rand_new_with_seed(seed != NULL ? (guint32)g_ascii_strtoull(seed, NULL, 10) : 1);
    sqlite3_vfs *parent = sqlite3_vfs_find(NULL);
    layer = *parent;
    layer.zName = "wend-faulty";
    layer.pNext = NULL;
    layer.pAppData = parent;
    layer.szOsFile = (int)sizeof(File) + parent->szOsFile;
    layer.xOpen = vfs_open;
    layer.xDelete = vfs_delete;
    layer.xAccess = vfs_access;
    sqlite3_vfs_register(&layer, 1);
    atexit(at_end);
}
