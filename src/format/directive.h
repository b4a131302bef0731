/* SPDX-License-Identifier: MIT
 *
 * wend's directives: comments at the start of a line, `-- wend: KEY VALUE`. They are found by the
 * scanner, so one inside a string or a body's comment is not a directive of the script.
 */
#ifndef WEND_FORMAT_DIRECTIVE_H
#define WEND_FORMAT_DIRECTIVE_H

#include "format/migration.h"

/* Fills script->directives from its text. Every unknown key, wrong value, key that stands twice
 * where one is allowed, and `batch` or `retry` without a statement behind it becomes a problem with
 * its line and, for an unknown key, the key that was probably meant. Section markers (`-- wend:up`,
 * `-- wend:down`) are not directives and are passed over. */
void wend_directives_scan(WendScript *script, guint lex_flags, GPtrArray *problems);

/* Whether two scripts would run alike: same tokens (wend_same_tokens) and, in order and before the
 * same statements, the same directives but for `phase`, `depends` and `ignore`. Layout and ordinary
 * comments do not count. */
bool wend_scripts_run_alike(const WendScript *a, const WendScript *b, guint lex_flags);

/* What stands in one `-- wend: KEY VALUE` comment: two ranges of its text, white space trimmed. */
typedef struct WendDirectiveText {
    const char *key;
    gsize key_length;
    const char *value;
    gsize value_length;
} WendDirectiveText;

/* Whether a line comment (from its first dash, without its line end) speaks to wend; then `out` is
 * filled, with pointers into `comment`. */
bool wend_directive_split(const char *comment, gsize length, WendDirectiveText *out);

/* Whether it is a section marker, `up` or `down`. */
bool wend_directive_is_marker(const WendDirectiveText *directive);

/* Whether only blanks stand between byte `offset` of `text` and the start of its line. */
bool wend_line_starts_at(const char *text, gsize offset);

/* Whether some line of `text` may begin with the comment `-- WORD`, in any case: never false for
 * one that does, and much cheaper than the scanner. */
bool wend_text_mentions(const char *text, gsize length, const char *word);

#endif
