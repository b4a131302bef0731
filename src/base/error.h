/* SPDX-License-Identifier: MIT
 *
 * Filling in a WendError: the one way in which every room reports that something went wrong.
 * Printing errors is the program's business (src/cli/output.c).
 */
#ifndef WEND_BASE_ERROR_H
#define WEND_BASE_ERROR_H

#include "wend.h"

#include <glib.h>

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WendError, wend_error_clear)

/* Sets code and message, clearing what was there. Always returns false, so that a failing function
 * can `return wend_error_set(error, …)`. `error` may be NULL. */
bool wend_error_set(WendError *error, WendCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Each adds to, or replaces, one field of an error that is set; each returns false likewise. */
bool wend_error_hint(WendError *error, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool wend_error_state(WendError *error, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool wend_error_vendor(WendError *error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Names the place. `file` is copied; `line` and `column` are 1-based, 0 = unknown. */
bool wend_error_place(WendError *error, const char *file, unsigned line, unsigned column);

/* Copies the line of `text` (of `length` bytes) that holds byte `offset` into error->source; lines
 * over 240 bytes are cut around the column. `column` is set in the error to match. */
bool wend_error_source(WendError *error, const char *text, gsize length, gsize offset);

/* Moves `from` into `to` (which may be NULL: then `from` is cleared). Returns false. */
bool wend_error_move(WendError *to, WendError *from);

#endif
