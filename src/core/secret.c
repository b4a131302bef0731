/* SPDX-License-Identifier: MIT
 *
 * See secret.h.
 */
#include "core/secret.h"

#include <string.h>

#define SHORTEST     4 /* bytes */
#define SHORTEST_CUT 8 /* of one that is not there to its end */

/* Longer ones first: one may hold another. */
static int compare_lengths(gconstpointer a, gconstpointer b)
{
    const WendPlaceholder *const *one = a, *const *other = b;
    gsize first = strlen((*one)->value), second = strlen((*other)->value);
    return first < second ? 1 : first > second ? -1 : 0;
}

static GPtrArray *all_secrets(const WendConfig *config)
{
    GPtrArray *secrets = g_ptr_array_new();
    for (guint i = 0; i < config->placeholders->len; i++) {
        WendPlaceholder *one = config->placeholders->pdata[i];
        if (one->secret && one->value != NULL && strlen(one->value) >= SHORTEST)
            g_ptr_array_add(secrets, one);
    }
    g_ptr_array_sort(secrets, compare_lengths);
    return secrets;
}

/* The byte that stands at `at`, in `length` bytes when it is percent-encoded; a letter is a small one. */
static char byte_at(const char *at, gsize *length)
{
    *length = 1;
    if (at[0] != '%' || !g_ascii_isxdigit(at[1]) || !g_ascii_isxdigit(at[2]))
        return g_ascii_tolower(at[0]);
    *length = 3;
    return g_ascii_tolower((char)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2])));
}

static const char *pass_marks(const char *at)
{
    gsize length;
    while (*at != '\0' && memchr("'\"`\\", byte_at(at, &length), 4) != NULL)
        at += length;
    return at;
}

/* Servers say only so much of a long value. */
static bool is_cut(const char *at)
{
    static const char *const ends[] = {"...", "' at line ", "' for "};
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_prefix(at, ends[i]))
            return true;
    }
    return *at == '\0';
}

/* Where the secret that begins at `at` ends there; NULL = it is not there. A server says it without the marks that
 * quote it in the script, or with more of them, in small letters where it was a name, percent-encoded in a URL or the
 * other way round, and not always to its end: that only counts with `cut`. */
static const char *match(const char *at, const char *value, bool cut)
{
    gsize length = strlen(value), same = 0, of_value;
    if (strncmp(at, value, length) == 0)
        return at + length;
    const char *end = at;
    value = pass_marks(value);
    while (*value != '\0' && *at != '\0' && byte_at(at, &length) == byte_at(value, &of_value)) {
        end = at + length;
        same++;
        at = pass_marks(end);
        value = pass_marks(value + of_value);
    }
    bool whole = *value == '\0' && same >= SHORTEST;
    return whole || (cut && same >= SHORTEST_CUT && is_cut(end)) ? end : NULL;
}

/* Where the one of `secrets` that reaches farthest ends, if it is behind `least`. NULL = none is there. */
static const char *match_one(const GPtrArray *secrets, const char *at, bool cut, const char *least,
                             const WendPlaceholder **found)
{
    const char *end = NULL;
    for (guint i = 0; i < secrets->len; i++) {
        const WendPlaceholder *one = secrets->pdata[i];
        const char *behind = match(at, one->value, cut);
        if (behind == NULL || (least != NULL && behind <= least))
            continue;
        *found = one;
        least = end = behind;
    }
    return end;
}

/* Where what is secret from `at` on ends: one may go on where another one does not end yet. */
static const char *match_any(const GPtrArray *secrets, const char *at,
                             const WendPlaceholder **found)
{
    const WendPlaceholder *other;
    const char *end = match_one(secrets, at, false, NULL, found);
    if (end == NULL)
        end = match_one(secrets, at, true, NULL, found);
    for (const char *from = at + 1; end != NULL && from < end; from++) {
        const char *farther = match_one(secrets, from, true, end, &other);
        end = farther != NULL ? farther : end;
    }
    return end;
}

char *wend_secret_hide(const WendConfig *config, const char *text)
{
    if (text == NULL)
        return NULL;
    g_autoptr(GPtrArray) secrets = all_secrets(config);
    if (secrets->len == 0)
        return NULL;
    g_autoptr(GString) hidden = g_string_new(NULL);
    bool any = false;
    for (const char *at = text; *at != '\0';) {
        const WendPlaceholder *one;
        const char *end = match_any(secrets, at, &one);
        if (end == NULL) {
            g_string_append_c(hidden, *at++);
            continue;
        }
        g_string_append_printf(hidden, "${%s}", one->name);
        any = true;
        at = end;
    }
    return any ? g_string_free(g_steal_pointer(&hidden), FALSE) : NULL;
}

GPtrArray *wend_secret_masked(const WendConfig *config)
{
    GPtrArray *masked =
        g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))wend_placeholder_free);
    for (guint i = 0; i < config->placeholders->len; i++) {
        const WendPlaceholder *one = config->placeholders->pdata[i];
        WendPlaceholder *copy = g_new0(WendPlaceholder, 1);
        copy->name = g_strdup(one->name);
        copy->value = one->secret && one->value != NULL ? g_strdup_printf("${%s}", one->name)
                                                        : g_strdup(one->value);
        copy->unset = g_strdup(one->unset);
        g_ptr_array_add(masked, copy);
    }
    return masked;
}

static void hide(const WendConfig *config, char **text)
{
    char *hidden = wend_secret_hide(config, *text);
    if (hidden == NULL)
        return;
    g_free(*text);
    *text = hidden;
}

void wend_secret_hide_error(const WendConfig *config, WendError *error)
{
    if (error == NULL)
        return;
    hide(config, &error->message);
    hide(config, &error->hint);
    hide(config, &error->state);
    hide(config, &error->source);
}
