/* SPDX-License-Identifier: MIT
 *
 * A folder of another tool for tests, what a scan of it gives, and the statements and rows of its table, as
 * texts that a test can compare with.
 */
#ifndef WEND_TEST_TOOL_FOLDER_H
#define WEND_TEST_TOOL_FOLDER_H

#include "format/tool.h"

typedef struct ToolFolder {
    const WendFormat *format;
    WendDialect dialect;
    char *path;
    GPtrArray *migrations, *problems;
} ToolFolder;

/* An empty folder for the format of that name. */
ToolFolder *tool_folder_new(const char *format, WendDialect dialect);
void tool_folder_free(ToolFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ToolFolder, tool_folder_free)

/* Writes a file; the folders on its way are made. */
void tool_folder_write(const ToolFolder *folder, const char *name, const char *text);
/* How sure the format is of it. */
int tool_folder_fit(const ToolFolder *folder);
/* Scans it anew, and loads every migration. */
void tool_folder_scan(ToolFolder *folder);
/* "label=id up(LINE:text) down(LINE:text) alone\n" of each. Caller frees. */
char *tool_folder_text(const ToolFolder *folder);
/* "E name: message\n" of each problem. Caller frees. */
char *tool_folder_problems(const ToolFolder *folder);
/* The migration of that id. */
WendMigration *tool_folder_get(const ToolFolder *folder, const char *id);

/* A row of the table (NULL-terminated texts; "NULL" stands for SQL's NULL) as "kind label=id checksum; failed". NULL
 * when it says nothing; "refused: …" when it cannot be read. Caller frees. */
char *tool_folder_decode(const ToolFolder *folder, ...) G_GNUC_NULL_TERMINATED;
/* What writes a row for the migration, or removes it: "SQL | value | value\n" of each. Caller frees. */
char *tool_folder_insert(const ToolFolder *folder, const char *id);
char *tool_folder_remove(const ToolFolder *folder, const char *id);

#define assert_text(text, expected)                                                                \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *is = (text);                                                              \
        g_assert_cmpstr(is, ==, expected);                                                         \
    }                                                                                              \
    G_STMT_END

#endif
