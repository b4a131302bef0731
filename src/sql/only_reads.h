/* SPDX-License-Identifier: MIT
 *
 * Whether a text is one query that only reads, told from its words. It errs on the strict side: a column
 * that is named like a word that writes must be quoted.
 */
#ifndef WEND_SQL_ONLY_READS_H
#define WEND_SQL_ONLY_READS_H

#include <glib.h>
#include <stdbool.h>

/* `flags`: WendLexFlag. When it is not, false and why in `reason`: a sentence without an end, static. */
bool wend_sql_only_reads(const char *text, gsize length, guint flags, const char **reason);

#endif
