/* SPDX-License-Identifier: MIT
 *
 * Tools whose migrations are program code. wend does not run those; it knows the projects and the histories,
 * so that it can take over from where they are.
 */
#ifndef WEND_FORMAT_CODE_TOOLS_H
#define WEND_FORMAT_CODE_TOOLS_H

#include "format/history.h"

typedef struct WendCodeTool {
    const char *name;    /* "django" */
    const char *title;   /* "Django" */
    const char *table;   /* its history */
    const char *columns; /* that the table must have, in lower case; `only`: and no others */
    bool only;
    const char
        *read; /* a template (wend_book_query): one row per applied migration, its name in one
                          * column or in parts; oldest first */
    const char *beside; /* a further table of its own, beside the history; NULL = none */
    /* Files by which a project is known, as patterns of paths: `*` is any part of one name. NULL-terminated;
     * any one of them will do. */
    const char *const *files;
} WendCodeTool;

/* All of them; the last has no name. */
extern const WendCodeTool wend_code_tools[];

/* By name; NULL and WEND_USAGE naming all when there is none. */
const WendCodeTool *wend_code_tool_find(const char *name, WendError *error);

#endif
