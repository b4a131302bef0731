/* SPDX-License-Identifier: MIT
 *
 * Rows of a CSV file that go into a table, as a statement of a script stands for them. Which statements bring
 * them there is the driver's to know; this reads them.
 */
#ifndef WEND_SQL_LOAD_H
#define WEND_SQL_LOAD_H

#include "base/csv.h"
#include "sql/dialect.h"

typedef struct WendLoad {
    char *file;                         /* its path, as opened and as shown */
    char *table;                        /* quoted for the dialect */
    char *columns;                      /* likewise, with commas between them */
    guint count;                        /* how many there are */
    char checksum[WEND_SHA256_HEX + 1]; /* of the file's bytes when it was looked at */
    WendDialect dialect;                /* of table and columns */
} WendLoad;

/* Looks at a file: its header and its bytes. `table` may be "schema.name". NULL and WEND_FAILED with file and
 * line for one that cannot be read, has no header, or in it a column without a name or twice. */
WendLoad *wend_load_new(const char *file, const char *table, WendDialect dialect, WendError *error);
void wend_load_free(WendLoad *load);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendLoad, wend_load_free)

/* What stands for it in a script: an INSERT that names table, columns, and what data it is. Caller frees. */
char *wend_load_statement(const WendLoad *load);

/* Opens the file behind its header. NULL as wend_csv_open(). */
WendCsv *wend_load_open(const WendLoad *load, WendError *error);
/* The next row; count is 0 behind the last. False as wend_csv_next(), for a row with more or fewer fields than
 * there are columns, and behind the last when the file is not the one that was looked at. */
bool wend_load_next(const WendLoad *load, WendCsv *rows, WendError *error);

/* Whether the field is NULL: empty, and not in quotes. */
static inline bool wend_load_is_null(const WendCsvField *field)
{
    return field->length == 0 && !field->quoted;
}

#endif
