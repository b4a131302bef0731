/* SPDX-License-Identifier: MIT
 *
 * The completion scripts of the shells, and what is put into them.
 */
#ifndef WEND_CLI_COMPLETION_H
#define WEND_CLI_COMPLETION_H

#include "cli/cli.h"

/* Each appends the script of its shell. */
void wend_completion_bash(GString *out);
void wend_completion_fish(GString *out);
void wend_completion_zsh(GString *out);

#endif
