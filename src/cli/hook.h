/* SPDX-License-Identifier: MIT
 *
 * The commands that wend.yaml names for the moments of a run: found before anything is changed, and run with the run
 * described in their environment. Only the program does this, never the library.
 */
#ifndef WEND_CLI_HOOK_H
#define WEND_CLI_HOOK_H

#include "cli/target.h"

/* Whether every command is there and can be run; with `one_transaction`, that none belongs to a single migration.
 * WEND_USAGE. */
bool wend_hooks_check(const WendConfig *config, bool one_transaction, WendError *error);

/* WendMove.command, with the WendTarget as its data: runs one, and waits. What it prints becomes notes. */
bool wend_hook_run(const WendHook *hook, const WendCalled *called, void *data, WendError *error);

#endif
