/* SPDX-License-Identifier: MIT
 *
 * The places in a template's text, ${key} and ${key|pattern}: what reading checks and filling replaces.
 * Private to the room.
 */
#ifndef WEND_TEMPLATE_PLACE_H
#define WEND_TEMPLATE_PLACE_H

#include "template/template.h"

typedef struct WendPlace {
    const char *start, *end; /* of the whole */
    const char *key;
    gsize key_length;
    const char *pattern; /* NULL = none */
    gsize pattern_length;
} WendPlace;

/* The next place in `text`; false when there is none. `$${` is none, and skipped. One that does not end on
 * its line, or names no key, has `key` NULL. */
bool wend_place_next(const char *text, WendPlace *place);

/* The key of that name among `keys` (of WendTemplateKey); NULL = none. Borrowed. */
const WendTemplateKey *wend_key_find(const GPtrArray *keys, const char *name, gsize length);

/* Whether a key of that kind can be written by that pattern. */
bool wend_pattern_fits(WendKeyKind kind, const char *pattern, gsize length);

#endif
