/* SPDX-License-Identifier: MIT
 *
 * How a migrations folder counts, and the version that comes next in it: a number, a time, or what the tool
 * of the folder would give it.
 */
#ifndef WEND_CLI_NUMBERING_H
#define WEND_CLI_NUMBERING_H

#include "cli/cli.h"
#include "format/format.h"

/* What the folder's versions look like. */
typedef struct WendCounting {
    GHashTable *keys;      /* what version_key() gives for each */
    GPtrArray *migrations; /* of the folder */
    guint sequence;        /* how many are short numbers */
    guint others;
    guint64 highest;     /* of the short ones */
    gsize digits;        /* most that a short one has */
    char *tool;          /* the version that the format gave the last one; NULL = as wend does */
    WendDialect dialect; /* of the database, where it is known */
} WendCounting;

void wend_counting_clear(WendCounting *counting);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WendCounting, wend_counting_clear)

/* Looks at `migrations`, which the caller has filled. */
void wend_counting_read(WendCounting *counting, const WendFormat *format);
/* One more, which the next one is to come behind. */
void wend_counting_add(WendCounting *counting, const WendFormat *format, const char *version);

/* The next version, as --sequence and --timestamp say. Caller frees. NULL and WEND_USAGE when a number would
 * come to stand in front of what is there. */
char *wend_counting_next(WendCli *cli, const WendFormat *format, WendCounting *counting,
                         WendError *error);

#endif
