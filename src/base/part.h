/* SPDX-License-Identifier: MIT
 *
 * A file that is written under another name, and gets its own when it is whole.
 */
#ifndef WEND_BASE_PART_H
#define WEND_BASE_PART_H

#include "base/error.h"

/* Makes "FILE.part-XXXXXX", empty, which nobody but this user may read. Returns its name; caller frees. NULL
 * with WEND_USAGE where it cannot be made, or `file` is there already. */
char *wend_part_make(const char *file, WendError *error);

/* Makes sure that it is on the disk, and gives it its name. */
bool wend_part_keep(const char *part, const char *file, WendError *error);

#endif
