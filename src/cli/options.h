/* SPDX-License-Identifier: MIT
 *
 * What the option tables say beyond reading one command line: shared by options.c, the help and the
 * completion.
 */
#ifndef WEND_CLI_OPTIONS_H
#define WEND_CLI_OPTIONS_H

#include "cli/cli.h"

/* Whether the option's value, or the operand, is one of a few words: "auto|always|never". */
bool wend_value_is_choice(const char *value);

/* Every command name and alias, NULL-terminated, borrowed. Caller frees the array only. */
const char **wend_command_words(void);

#endif
