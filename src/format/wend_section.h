/* SPDX-License-Identifier: MIT
 *
 * Cutting one file of wend's own format into its up and its down script.
 *
 *  - `-- wend:up` and `-- wend:down`, each at most once and alone on its line, begin a section; it
 *    ends before the next one. Only white space, comments and directives may stand before a
 *    `-- wend:up`; what stands before a lone `-- wend:down` is the up script, and there must be one.
 *    Directives before the first marker belong to the up script alone, which then begins with the file.
 *  - In a file without sections, a trailing comment block that begins with `-- Rollback:` is the
 *    down script: the dashes (and that word, which may be repeated) become spaces, so that every
 *    byte keeps its line and column. A block that is prose is no script. Directives in it stay
 *    directives, of the down.
 */
#ifndef WEND_FORMAT_WEND_SECTION_H
#define WEND_FORMAT_WEND_SECTION_H

#include "format/wend_name.h"

typedef struct WendFileCut {
    const char *file; /* as shown to people */
    WendPart part;    /* by its name; UP and DOWN files have no sections */
    bool paired;      /* the down script is a file of its own: no Rollback block is looked for */
    guint lex_flags;
} WendFileCut;

/* Takes over `text`. Sets `up` and `down` to new scripts, or to NULL for what is not there; what is
 * wrong is added to `problems`, and a script comes out even then. */
void wend_file_cut(const WendFileCut *cut, char *text, gsize length, WendScript **up,
                   WendScript **down, GPtrArray *problems);

/* Whether nothing but white space, comments and semicolons stands in `text`; otherwise `offset`,
 * when not NULL, is where the first other token starts. */
bool wend_text_is_empty(const char *text, gsize length, guint lex_flags, gsize *offset);

#endif
