/* SPDX-License-Identifier: MIT
 *
 * See secret.h.
 */
#include "core/secret.h"

#include <string.h>

#define SHORTEST 4

/* Of two that both stand in the text, the longer one may hold the shorter one. */
static int compare_lengths(gconstpointer a, gconstpointer b)
{
    const WendPlaceholder *const *one = a, *const *other = b;
    gsize first = strlen((*one)->value), second = strlen((*other)->value);
    return first < second ? 1 : first > second ? -1 : 0;
}

static GPtrArray *secrets_in(const WendConfig *config, const char *text)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < config->placeholders->len; i++) {
        WendPlaceholder *one = config->placeholders->pdata[i];
        if (one->secret && one->value != NULL && strlen(one->value) >= SHORTEST &&
            strstr(text, one->value) != NULL)
            g_ptr_array_add(found, one);
    }
    g_ptr_array_sort(found, compare_lengths);
    return found;
}

char *wend_secret_hide(const WendConfig *config, const char *text)
{
    if (text == NULL)
        return NULL;
    g_autoptr(GPtrArray) found = secrets_in(config, text);
    if (found->len == 0)
        return NULL;
    GString *hidden = g_string_new(text);
    for (guint i = 0; i < found->len; i++) {
        const WendPlaceholder *one = found->pdata[i];
        g_autofree char *name = g_strdup_printf("${%s}", one->name);
        g_string_replace(hidden, one->value, name, 0);
    }
    return g_string_free(hidden, FALSE);
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
