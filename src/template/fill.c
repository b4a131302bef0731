/* SPDX-License-Identifier: MIT
 *
 * Filling a template in: the values of its keys, given or by default, into the places of its text. See
 * template.h.
 */
#include "template/place.h"
#include "template/value.h"

#include "base/text.h"

#include <string.h>

/* The values so far, in the order of the part's keys. */
typedef struct Filling {
    const WendTemplate *template;
    const WendTemplatePart *part;
    WendDialect dialect;
    GHashTable *given; /* key -> text */
    GPtrArray *values; /* of WendKeyValue */
    WendError *error;
} Filling;

void wend_filled_free(WendFilled *filled)
{
    g_free(filled->name);
    g_free(filled->up);
    g_free(filled->down);
    g_free(filled);
}

static void filled_destroy(gpointer filled)
{
    wend_filled_free(filled);
}

static void value_destroy(gpointer value)
{
    wend_key_value_free(value);
}

static const WendKeyValue *find_value(const Filling *filling, const char *name, gsize length)
{
    for (guint i = 0; i < filling->values->len; i++) {
        const WendKeyValue *value = filling->values->pdata[i];
        if (strlen(value->key->name) == length && strncmp(value->key->name, name, length) == 0)
            return value;
    }
    return NULL;
}

/* What stands between two places. */
static void append_literal(GString *out, const char *text, gsize length)
{
    g_autoptr(GString) literal = g_string_new_len(text, (gssize)length);
    g_string_replace(literal, "$${", "${", 0);
    g_string_append_len(out, literal->str, (gssize)literal->len);
}

/* The text with `$${` as `${`, and each place as its value: as SQL, or as it is for a default. Caller frees. */
static char *fill_text(const Filling *filling, const char *text, bool plain)
{
    g_autoptr(GString) out = g_string_new(NULL);
    WendPlace place;
    const char *at = text;
    while (wend_place_next(at, &place)) {
        const WendKeyValue *value = find_value(filling, place.key, place.key_length);
        append_literal(out, at, (gsize)(place.start - at));
        if (plain)
            wend_key_value_plain(value, place.pattern != NULL, out);
        else
            wend_key_value_write(value, filling->dialect, place.pattern, place.pattern_length, out);
        at = place.end;
    }
    append_literal(out, at, strlen(at));
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *key_list(const WendTemplatePart *part)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < part->keys->len; i++) {
        const WendTemplateKey *key = part->keys->pdata[i];
        bool must = key->otherwise == NULL;
        g_string_append_printf(out, "%s%s%s=%s%s", i > 0 ? " " : "", must ? "" : "[", key->name,
                               wend_key_kind_shown(key->kind), must ? "" : "]");
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool hint_keys(const Filling *filling, const char *meant)
{
    g_autofree char *keys = key_list(filling->part);
    return wend_error_hint(filling->error, "%s%s%sit takes: %s",
                           meant != NULL ? "did you mean \"" : "", meant != NULL ? meant : "",
                           meant != NULL ? "\"? " : "", keys);
}

static bool refuse_key(const Filling *filling, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < filling->part->keys->len; i++)
        g_ptr_array_add(names, ((WendTemplateKey *)filling->part->keys->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    wend_error_set(filling->error, WEND_USAGE, "the template \"%s\" has no key \"%s\" on %s",
                   filling->template->name, name, wend_template_database(filling->dialect));
    return hint_keys(filling, wend_suggest(name, (const char *const *)names->pdata));
}

static bool read_pairs(const Filling *filling, const char *const *pairs, guint count)
{
    for (guint i = 0; i < count; i++) {
        const char *equals = strchr(pairs[i], '=');
        g_autofree char *name = g_strndup(pairs[i], (gsize)(equals - pairs[i]));
        const WendTemplateKey *key = wend_key_find(filling->part->keys, name, strlen(name));
        if (key == NULL)
            return refuse_key(filling, name);
        if (g_hash_table_contains(filling->given, key->name)) {
            wend_error_set(filling->error, WEND_USAGE, "%s is given twice", name);
            return wend_error_hint(filling->error, "leave one of them away");
        }
        g_hash_table_insert(filling->given, key->name, (gpointer)(equals + 1));
    }
    return true;
}

static bool check_missing(const Filling *filling)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    for (guint i = 0; i < filling->part->keys->len; i++) {
        const WendTemplateKey *key = filling->part->keys->pdata[i];
        if (key->otherwise == NULL && !g_hash_table_contains(filling->given, key->name))
            g_string_append_printf(missing, "%s%s", missing->len > 0 ? ", " : "", key->name);
    }
    if (missing->len == 0)
        return true;
    wend_error_set(filling->error, WEND_USAGE, "the template \"%s\" needs %s",
                   filling->template->name, missing->str);
    return hint_keys(filling, NULL);
}

static bool make_values(const Filling *filling)
{
    for (guint i = 0; i < filling->part->keys->len; i++) {
        const WendTemplateKey *key = filling->part->keys->pdata[i];
        const char *given = g_hash_table_lookup(filling->given, key->name);
        g_autofree char *text =
            given != NULL ? g_strdup(given) : fill_text(filling, key->otherwise, true);
        WendKeyValue *value = wend_key_value_new(key, filling->dialect, text, filling->error);
        if (value == NULL)
            return false;
        g_ptr_array_add(filling->values, value);
    }
    return true;
}

GPtrArray *wend_template_fill(const WendTemplate *template, WendDialect dialect,
                              const char *const *pairs, guint count, WendError *error)
{
    g_autoptr(GHashTable) given = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(value_destroy);
    Filling filling = {template, wend_template_part(template, dialect), dialect, given, values,
                       error};
    if (filling.part == NULL) {
        guint all = 0;
        for (guint i = 0; i < template->parts->len; i++)
            all |= ((const WendTemplatePart *)template->parts->pdata[i])->dialects;
        g_autofree char *those = wend_template_databases(all);
        wend_error_set(error, WEND_USAGE, "the template \"%s\" is not for %s", template->name,
                       wend_template_database(dialect));
        wend_error_hint(error, "it is for %s", those);
        return NULL;
    }
    if (!read_pairs(&filling, pairs, count) || !check_missing(&filling) || !make_values(&filling))
        return NULL;
    GPtrArray *made = g_ptr_array_new_with_free_func(filled_destroy);
    for (guint i = 0; i < filling.part->steps->len; i++) {
        const WendTemplateStep *step = filling.part->steps->pdata[i];
        WendFilled *filled = g_new0(WendFilled, 1);
        filled->name = g_strdup(step->name);
        filled->up = fill_text(&filling, step->up->str, false);
        filled->down = step->has_down ? fill_text(&filling, step->down->str, false) : NULL;
        g_ptr_array_add(made, filled);
    }
    return made;
}
