/* SPDX-License-Identifier: MIT
 *
 * Callbacks: what is run at certain moments of a run beside the migrations. Here: which moments there are, and the
 * files that are named after them.
 */
#ifndef WEND_FORMAT_CALLBACK_H
#define WEND_FORMAT_CALLBACK_H

#include "format/folder.h"
#include "format/migration.h"

typedef enum WendMoment {
    WEND_BEFORE_UP, /* once, before the first migration */
    WEND_BEFORE_EACH,
    WEND_AFTER_EACH,
    WEND_AFTER_UP, /* once, behind the last one */
    WEND_BEFORE_DOWN,
    WEND_BEFORE_EACH_DOWN,
    WEND_AFTER_EACH_DOWN,
    WEND_AFTER_DOWN,
    WEND_ON_ERROR, /* when a run has failed that had come to its first moment */
    WEND_MOMENTS
} WendMoment;

/* "beforeUp". Static. */
const char *wend_moment_name(WendMoment moment);
/* By a word of `length` bytes; false, leaving `moment` alone, for another one. */
bool wend_moment_parse(const char *word, gsize length, WendMoment *moment);
/* All names, NULL-terminated. */
const char *const *wend_moment_names(void);
/* Whether it belongs to a run upwards, or downwards; onError belongs to both. */
bool wend_moment_is_of(WendMoment moment, bool up);
/* Whether it surrounds each single migration. */
bool wend_moment_is_each(WendMoment moment);

/* A file of SQL for a moment. */
typedef struct WendCallback {
    WendMoment moment;
    WendScript *script;
} WendCallback;

void wend_callback_free(WendCallback *callback);

/* Whether `file` is named after a moment as wend has them: "afterUp.sql", "afterUp__what.sql". */
bool wend_callback_name(const char *file, WendMoment *moment);

#endif
