/* SPDX-License-Identifier: MIT
 *
 * What the file names of wend's own format say: kind, version, name, direction. What stands in the
 * files is wend_section.h's to know.
 *
 * A version is digits: `.` cuts it into parts, compared as numbers (1.9 before 1.10, 001 = 1 =
 * 1.0); a `-` only groups the digits of a part for the eye (2024-01-31 = 20240131), as long as the
 * group behind it is all digits. An id is the version with dashes, leading zeros and trailing zero
 * parts taken away; "R:" + name for a repeatable, "B:" + id for a baseline.
 *
 * A position is each part as three digits of length and the digits, so that strcmp() orders numbers
 * of any length; 'R' + name for a repeatable. A baseline has the position of its version.
 */
#ifndef WEND_FORMAT_WEND_NAME_H
#define WEND_FORMAT_WEND_NAME_H

#include "format/migration.h"

#define WEND_ID_MAX 190 /* bytes; the width of the history table's key */

/* Which scripts a file holds. */
typedef enum WendPart { WEND_PART_WHOLE, WEND_PART_UP, WEND_PART_DOWN } WendPart;

typedef struct WendName {
    WendKind kind;
    WendPart part;
    char *id;
    char *version; /* as written, without a leading v; for a repeatable its name */
    char *name;    /* may be empty */
    char *position;
} WendName;

/* Whether a file name ends in ".sql", in any case, with something before it. */
bool wend_name_is_sql(const char *file);

/* The length of a file name without ".sql" and ".up" or ".down", and which of them it has. Of other names it says
 * nothing that is of use. */
gsize wend_name_stem(const char *file, WendPart *part);

/* Reads such a file name. False, with WEND_USAGE saying why and how to name it instead. */
bool wend_name_parse(const char *file, WendName *name, WendError *error);
void wend_name_clear(WendName *name);

/* The id that a person means by "001", "v1", "001_create_users", "B__1", "R__views", "R:views" or
 * "views"; NULL when it can be none. Caller frees. */
char *wend_name_key(const char *version);

/* The position that belongs to an id; NULL when it is no id. Caller frees. */
char *wend_name_position(const char *id);

#endif
