/* SPDX-License-Identifier: MIT
 *
 * ${wend:NAME}: the values that wend itself has for a script, without anybody giving them.
 */
#ifndef WEND_CORE_OWN_VALUES_H
#define WEND_CORE_OWN_VALUES_H

#include "core/project.h"

/* Whose script it is. Borrowed. */
typedef struct WendOwner {
    const char *version, *name;
    const char *event; /* what it is run for: "up", "down", or a callback's */
} WendOwner;

/* Fills script->own_values, when the script asks for any. What only the target knows is asked of it, once; without
 * a connection it has no value, or with `proving` one that stands in. */
bool wend_own_values_give(WendProject *project, WendScript *script, const WendOwner *owner,
                          bool proving, WendError *error);

/* The same for all steps of a plan that is loaded; then whether any script of it still lacks a value: WEND_USAGE
 * with all of them. */
bool wend_own_values_plan(WendProject *project, const WendPlan *plan, WendError *error);

#endif
