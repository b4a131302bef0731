/* SPDX-License-Identifier: MIT
 *
 * Reading a migrations folder: its names, and its files as clean text. Shared by all formats; what
 * the names mean is theirs to know.
 */
#ifndef WEND_FORMAT_FOLDER_H
#define WEND_FORMAT_FOLDER_H

#include "base/error.h"

/* Files that a program has built in. Borrowed by what is made of them. */
typedef struct WendFiles {
    const WendFile *list; /* their names may hold folders: "sub/001.sql"; in any order */
    gsize count;
} WendFiles;

/* What stands in for the path of a folder that is built in. */
#define WEND_BUILT_IN "built-in"

/* A folder held open while its files are read. */
typedef struct WendFolder {
    char *path; /* as given, without trailing slashes */
    const char *
        env; /* the environment that was chosen, for layouts that tell them apart; borrowed; NULL = none */
    int fd; /* -1: the files are built in */
    const WendFiles *files;
    GPtrArray *names;   /* of char *, sorted by strcmp, with a NULL behind the last (not counted in
                           its len): all but folders and hidden names */
    GPtrArray *folders; /* likewise the folders in it, and symbolic links to folders */
} WendFolder;

/* WEND_USAGE, with the way out, when it is missing, no folder, or unreadable. */
WendFolder *wend_folder_open(const char *path, WendError *error);
/* The folder of files that are built in; its path is WEND_BUILT_IN. WEND_USAGE for a name that is empty,
 * begins or ends with a slash, has "." or ".." in it, or stands there twice. */
WendFolder *wend_folder_built_in(const WendFiles *files, WendError *error);
void wend_folder_close(WendFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendFolder, wend_folder_close)

/* Opens a folder in it, for layouts that go deeper. NULL without an error for a link, which may lead anywhere and in
 * circles. */
WendFolder *wend_folder_enter(const WendFolder *folder, const char *name, WendError *error);

/* Reads a whole file, following symbolic links, once: without its byte-order mark, \r\n as \n, with
 * a NUL behind `length` bytes. Caller frees `text`. WEND_USAGE naming file and line for a NUL byte,
 * a UTF-16 byte-order mark, text that is not valid UTF-8, a \r without a \n, a file over 1 GiB, a
 * folder or device, or a read error. */
bool wend_folder_read(const WendFolder *folder, const char *name, char **text, gsize *length,
                      WendError *error);

/* The same for one file by its path, for what is read later than its folder; `files`: those that the folder
 * was made of, NULL = none. */
bool wend_file_read(const WendFiles *files, const char *path, char **text, gsize *length,
                    WendError *error);

/* The bytes of a file as they are, for sums. Caller frees. False with errno. */
bool wend_folder_bytes(const WendFolder *folder, const char *name, char **bytes, gsize *length);

/* The first bytes of a file, up to `size` - 1 of them, with a NUL behind. False when there is none to read. */
bool wend_folder_head(const WendFolder *folder, const char *name, char *head, gsize size);

/* What to do about a file that cannot be opened or read, by errno. Static. */
const char *wend_file_advice(int failure);

/* How many lines end in `text` before byte `offset`: \n, \r\n and a lone \r end one. */
guint wend_lines_count(const char *text, gsize offset);

#endif
