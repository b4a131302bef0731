/* SPDX-License-Identifier: MIT
 *
 * Files that hold the way up and the way back, with lines between that say which is which
 * (`-- migrate:up`, `-- +goose Down`). How such a line reads is the format's to know.
 */
#ifndef WEND_FORMAT_MARKED_H
#define WEND_FORMAT_MARKED_H

#include "format/migration.h"

typedef enum WendMark {
    WEND_MARK_NONE,   /* an ordinary line: it belongs to the section that it stands in */
    WEND_MARK_UP,     /* what follows goes up; the line itself belongs to no script */
    WEND_MARK_DOWN,   /* what follows goes down */
    WEND_MARK_NOTHING /* the line belongs to no script, and the section goes on */
} WendMark;

/* What a line is: `line` (without its \n, not NUL-terminated). */
typedef WendMark (*WendMarkFn)(const char *line, gsize length, void *data);

/* Cuts `text` into its up and its down script: every byte keeps its line and column, and what belongs to
 * the other is blanks. `outside`: which section what stands before the first mark belongs to (NOTHING: to
 * none). A direction without a mark is NULL. `file`: as shown to people. */
void wend_marked_cut(const char *file, const char *text, gsize length, WendMark outside,
                     WendMarkFn mark, void *data, WendScript **up, WendScript **down);

/* Whether `line` is the comment `--`, blanks, then `words` (in any case), and ends there or goes on with a
 * blank; `rest` is what follows, trimmed on the left. */
bool wend_line_says(const char *line, gsize length, const char *words, const char **rest,
                    gsize *rest_length);
/* Whether `line` is blank or a comment `--`: it may stand before the first mark. */
bool wend_line_is_idle(const char *line, gsize length);

/* Whose layout `text` is in, by the first of its lines that only one tool has ("goose", "wend"); NULL = there is
 * none. Static. */
const char *wend_marked_by(const char *text);

#endif
