/* SPDX-License-Identifier: MIT
 *
 * Making files and folders for a person: never over what is there.
 */
#ifndef WEND_CLI_FILES_H
#define WEND_CLI_FILES_H

#include "base/error.h"

/* `name` below `folder`; as it is when it is absolute or `folder` is ".". Caller frees. */
char *wend_path_join(const char *folder, const char *name);

/* Makes a file that is not there yet. `exists` (may be NULL) tells when it is there: an error too.
 * WEND_USAGE; what was half written is taken away again. */
bool wend_file_create(const char *path, const char *text, bool *exists, WendError *error);

/* Makes a folder and those above it. Fine when it is there; `made` (may be NULL) tells. */
bool wend_folder_create(const char *path, bool *made, WendError *error);

#endif
