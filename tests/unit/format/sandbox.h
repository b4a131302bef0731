/* SPDX-License-Identifier: MIT
 *
 * Temporary folders for tests, and migrations and problems as text that a test can compare with.
 */
#ifndef WEND_TEST_SANDBOX_H
#define WEND_TEST_SANDBOX_H

#include "format/migration.h"

/* A new empty folder. */
char *sandbox_new(void);
/* Removes it with all that is in it, and frees `path`. */
void sandbox_free(char *path);

void sandbox_write(const char *folder, const char *name, const char *text);
void sandbox_write_n(const char *folder, const char *name, const char *bytes, gsize length);
void sandbox_folder(const char *folder, const char *name);
void sandbox_link(const char *folder, const char *name, const char *target);

/* Each problem as "E name:line:column message; hint\n" (W for a warning); only the last part of the
 * file's path, places only where they are known. Caller frees. */
char *sandbox_problems(const GPtrArray *problems);

/* Asserts that the problems read as `expected`. */
#define assert_problems(problems, expected)                                                        \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *shown = sandbox_problems(problems);                                       \
        g_assert_cmpstr(shown, ==, expected);                                                      \
    }                                                                                              \
    G_STMT_END

#endif
