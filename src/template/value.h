/* SPDX-License-Identifier: MIT
 *
 * What is given for a key, looked at and taken apart so that it can be written into SQL. Private to the
 * room.
 */
#ifndef WEND_TEMPLATE_VALUE_H
#define WEND_TEMPLATE_VALUE_H

#include "template/template.h"

typedef struct WendKeyValue {
    const WendTemplateKey *key; /* borrowed */
    char *text;                 /* as given, blanks at its ends cut off */
    GPtrArray *items;           /* what is in a list, else one; see value.c */
} WendKeyValue;

/* NULL and WEND_USAGE when `text` is not what the key takes, or could end what it stands in. */
WendKeyValue *wend_key_value_new(const WendTemplateKey *key, WendDialect dialect, const char *text,
                                 WendError *error);
void wend_key_value_free(WendKeyValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendKeyValue, wend_key_value_free)

/* Appends it as SQL; `pattern` (of `length` bytes) as wend_pattern_fits() takes it, NULL = the usual form.
 * Columns with their types get a line each when they begin one: as far in as `out` stands. */
void wend_key_value_write(const WendKeyValue *value, WendDialect dialect, const char *pattern,
                          gsize length, GString *out);
/* Appends it without quotes, for the default of another key; with `schema` only what stands in front of the
 * name, dot and all. */
void wend_key_value_plain(const WendKeyValue *value, bool schema, GString *out);

#endif
