/* SPDX-License-Identifier: MIT
 *
 * Notices and errors as lines of a log: behind wend_notice_line() and wend_error_line(), and for the program,
 * which knows more of where they come from.
 */
#ifndef WEND_CORE_LOG_H
#define WEND_CORE_LOG_H

#include "db/driver.h"

/* "debug", "info" or "warning". Static. */
const char *wend_log_level(const WendNotice *notice);

/* What is waited for, as a WendWatch is told of it: "waiting for the lock: held by …". Caller frees. */
char *wend_waiting_text(WendWaiting kind, const WendWho *holder, const char *text);

/* The whole line, without a line end. Caller frees. */
char *wend_log_notice(const WendNotice *notice, WendLogFormat format);

/* Likewise. `warning`: it stops nothing, and its code says nothing. `track` may be NULL. */
char *wend_log_error(const WendError *error, bool warning, const char *track, WendLogFormat format);

#endif
