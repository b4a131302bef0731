/* SPDX-License-Identifier: MIT
 *
 * What the formats of other tools share: reading their files, and what a file says beside its text.
 */
#ifndef WEND_FORMAT_TOOL_H
#define WEND_FORMAT_TOOL_H

#include "format/format.h"

/* WendMigration.format of such a migration. */
typedef struct WendToolFile {
    bool loaded;
    bool up_alone, down_alone; /* the script runs without a transaction */
    const char *code;          /* it is program code, of this tool; NULL = it is SQL */
    char *checksum;            /* as the tool's table has it; NULL = it has none */
    char *other;               /* a second form that counts as the same; NULL = none */
    char *down_path; /* file of the way back, read by load(); NULL = none, or it is read already */
    void *more;      /* the format's own */
    GDestroyNotify more_free;
} WendToolFile;

/* A new migration with a WendToolFile, appended to `migrations`. Texts are copied. */
WendMigration *wend_tool_migration(GPtrArray *migrations, WendKind kind, const char *id,
                                   const char *version, const char *name, const char *position);
WendToolFile *wend_tool_file(const WendMigration *migration);

/* Reads a file of the folder as clean text (wend_folder_read); what is wrong becomes a problem. */
bool wend_tool_read(const WendFolder *folder, const char *name, GPtrArray *problems, char **text,
                    gsize *length);
/* Reads it byte by byte as it is, for checksums. Caller frees. NULL (a problem) when it cannot be read. */
GBytes *wend_tool_bytes(const WendFolder *folder, const char *name, GPtrArray *problems);
/* The CRC-32 of IEEE 802.3, as zlib has it. */
guint32 wend_tool_crc32(const char *bytes, gsize length);
/* Every \r\n as \n, or where there is none, every \n as \r\n: the text as in another checkout. Caller frees. */
GString *wend_tool_other_ends(const char *bytes, gsize length);
/* Sets `checksum` to the SHA-256 of `bytes`, and `other` to what it is with the line ends of another checkout. */
void wend_tool_sums(WendToolFile *file, GBytes *bytes);
/* For detect(): whether `looks` says so of the beginning (some KiB, NUL-terminated) of one of the first few
 * files that `is_file` takes. Files that cannot be read are passed over. */
bool wend_tool_first_file(const WendFolder *folder, bool (*is_file)(const char *name),
                          bool (*looks)(const char *text));
/* Opens a folder in it, for layouts that go deeper. NULL (a problem) when it cannot be read, and for a link (a warning):
 * it may lead anywhere, and in circles. */
WendFolder *wend_tool_enter(const WendFolder *folder, const char *name, GPtrArray *problems);
/* "FOLDER/NAME", as shown to people. Caller frees. */
char *wend_tool_show(const WendFolder *folder, const char *name);
/* A problem that stops, of a file in the folder. */
WendProblem *wend_tool_problem(const WendFolder *folder, const char *name, GPtrArray *problems,
                               const char *format, ...) G_GNUC_PRINTF(4, 5);

/* What `migration` is when its file is a program: it holds its place in the order, so that what it did counts, and
 * load() says that it is never run. `tool`: who runs it; static. */
void wend_tool_code(WendMigration *migration, const WendFolder *folder, const char *name,
                    const char *tool);

/* Whether `text` has the marks of a tool other than `own` (a format's name; NULL = any), whose way back would run with
 * the rest: then it is a problem. */
bool wend_tool_refuse_marked(const WendFolder *folder, const char *name, const char *text,
                             const char *own, GPtrArray *problems);
/* wend_tool_refuse_marked(), of a tool that the caller knows. */
void wend_tool_refuse_other(const WendFolder *folder, const char *name, const char *tool,
                            GPtrArray *problems);
/* For detect(): whether one of the first few SQL files is laid out by marks, which the names alone do not tell. */
bool wend_tool_is_marked(const WendFolder *folder);

/* Sorts by position; two migrations of one id become a problem that names both files, and the second
 * goes. So does one whose id is empty or longer than WEND_ID_MAX. */
void wend_tool_sort(GPtrArray *migrations, GPtrArray *problems);

/* Gives the script a directive that its text does not have: TRANSACTION (none) or SUBSTITUTE. Nothing when it
 * has one. */
void wend_tool_directive(WendScript *script, WendDirectiveKind kind);
/* Gives a stored script what its file's has beside its text: no transaction, values for placeholders. */
void wend_tool_follow(WendScript *stored, const WendScript *file);
/* WendFormat.load: the down file, wend's own directives in both scripts, and what up_alone and down_alone
 * say. A missing way back is a warning. */
void wend_tool_load(WendMigration *migration, WendDialect dialect, GPtrArray *problems);
/* WendFormat.version_key and position of formats whose versions are whole numbers: digits without leading
 * zeros. */
char *wend_tool_number_key(const char *version);
char *wend_tool_number_position(const char *id);
/* The leading digits of `name` as an id; NULL when it has none. `end`: where they end. */
char *wend_tool_leading_number(const char *name, const char **end);
/* Positions of formats that order by text. */
char *wend_tool_text_position(const char *id);

/* WendHistory.same for tables with a checksum column, and for those without. */
bool wend_tool_same(const WendMigration *migration, const WendApplied *applied);
bool wend_tool_always_same(const WendMigration *migration, const WendApplied *applied);

/* Calls `insert` for what a record stands for: itself, or for a baseline every versioned migration of the folder
 * up to it that has no row. */
void wend_tool_each(const WendRecord *record, GPtrArray *queries,
                    void (*insert)(const WendRecord *record, GPtrArray *queries));

#endif
