/* SPDX-License-Identifier: MIT
 *
 * Reading CSV as RFC 4180 has it, record by record, in memory that does not grow with the file: fields between
 * commas, quoted where they hold commas, quotes or line ends, a quote in them doubled; records end with \n or
 * \r\n. A byte-order mark at the start is passed over, and so are empty lines. Text is UTF-8.
 */
#ifndef WEND_BASE_CSV_H
#define WEND_BASE_CSV_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

typedef struct WendCsvField {
    const char *text; /* a NUL stands behind it, and none in it */
    gsize length;
    bool quoted; /* it stood in quotes: an empty one is an empty string then */
} WendCsvField;

/* The present record. All but `file` changes with the next one. */
typedef struct WendCsv {
    char *file; /* as shown to people */
    guint line; /* of the file in which the record begins, 1-based */
    guint count;
    const WendCsvField *fields;
    struct WendCsvReader *reader; /* private */
} WendCsv;

/* Opens a file. NULL and WEND_FAILED with the reason, also for a folder, a pipe or a device. */
WendCsv *wend_csv_open(const char *path, WendError *error);
/* Reads `text`, which is borrowed, instead of a file; `file` is what it is called. */
WendCsv *wend_csv_of(const char *text, gsize length, const char *file);
void wend_csv_free(WendCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendCsv, wend_csv_free)

/* Goes to the next record; count is 0 behind the last. False with WEND_FAILED, naming file and line, for what
 * is no CSV (text behind a closing quote, a quote inside an unquoted field, one that is never closed, a NUL
 * byte, a \r without \n), text that is not UTF-8, a record over 64 MiB, or a read error. */
bool wend_csv_next(WendCsv *csv, WendError *error);

/* Behind the last record: the SHA-256 of all bytes of the file, in hexadecimal. Borrowed. */
const char *wend_csv_checksum(const WendCsv *csv);

#endif
