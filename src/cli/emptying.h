/* SPDX-License-Identifier: MIT
 *
 * Emptying a target after asking: what clean and reset --hard share.
 */
#ifndef WEND_CLI_EMPTYING_H
#define WEND_CLI_EMPTYING_H

#include "cli/target.h"

/* Lists what is there, asks, drops it. Returns the exit code; `dropped` = how many objects. */
int wend_target_empty(WendTarget *target, guint *dropped);

#endif
