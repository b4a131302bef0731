/* SPDX-License-Identifier: MIT
 *
 * Emptying a target, under the lock.
 */
#ifndef WEND_CORE_CLEAN_H
#define WEND_CORE_CLEAN_H

#include "core/project.h"

/* Drops everything in the target, wend's own tables too. */
bool wend_clean(WendProject *project, WendError *error);

#endif
