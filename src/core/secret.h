/* SPDX-License-Identifier: MIT
 *
 * Values of placeholders that nobody else is to see: those that come from the environment or from a host
 * program. A server may repeat them in what it says of a statement.
 */
#ifndef WEND_CORE_SECRET_H
#define WEND_CORE_SECRET_H

#include "core/config.h"

/* `text` with ${NAME} in the place of each secret value of at least four bytes; shorter ones are in
 * every text. Caller frees. NULL when there is none in it. */
char *wend_secret_hide(const WendConfig *config, const char *text);

/* The placeholders for what is shown and not run: each secret value is ${NAME} itself, however short. Caller
 * unrefs. */
GPtrArray *wend_secret_masked(const WendConfig *config);

/* The same in all that an error says. */
void wend_secret_hide_error(const WendConfig *config, WendError *error);

#endif
