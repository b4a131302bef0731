/* SPDX-License-Identifier: MIT
 *
 * Small things about text, time and checksums that GLib does not have. Nothing here knows what a
 * migration or a database is.
 */
#ifndef WEND_BASE_TEXT_H
#define WEND_BASE_TEXT_H

#include <glib.h>
#include <stdbool.h>

/* Length of a SHA-256 in hexadecimal digits, without the terminator. */
#define WEND_SHA256_HEX 64

/* Writes the hexadecimal SHA-256 of `length` bytes into `out` (WEND_SHA256_HEX + 1 bytes). */
void wend_sha256(const char *bytes, gsize length, char out[WEND_SHA256_HEX + 1]);

/* The word of the NULL-terminated `words` that `given` was probably meant to be (edit distance at
 * most 2 and less than half its length, or a unique prefix), else NULL. Borrowed from `words`. */
const char *wend_suggest(const char *given, const char *const *words);

/* Now, UTC, as "2026-01-31T12:00:00.123Z". Caller frees. */
char *wend_now_text(void);

/* Reads "50ms", "5s", "1min", "2h" or a bare number of seconds ("0.5" too) into milliseconds.
 * Returns false, leaving `ms` alone, for anything else, negative or over 30 days. */
bool wend_duration_parse(const char *text, gint64 *ms);

/* "3 ms", "1.2 s", "2 min 05 s". Caller frees. */
char *wend_duration_text(gint64 ms);

/* `text` with *** in the place of passwords that stand in URLs in it, as scheme://user:PASSWORD@ or as a parameter
 * password=PASSWORD. Where it is not clear where one ends, more is hidden rather than less. Caller frees. */
char *wend_text_masked(const char *text);

/* Copies that are fit for a terminal: valid UTF-8 in which '?' stands for control characters, and for those that
 * turn the direction of a text, part lines or cannot be seen; the first keeps tabs and newlines, the second has
 * blanks in their place. Names of files, and what a database says, go through one of them before they are printed
 * as text. Caller frees. */
char *wend_text_printable(const char *text);
char *wend_text_line(const char *text);

/* The JSON `json`, UTF-8, in which \uXXXX stands for the same characters. Caller frees. */
char *wend_text_json(const char *json);

#endif
