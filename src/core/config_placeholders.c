/* SPDX-License-Identifier: MIT
 *
 * The placeholders of wend.yaml: which there are, and their values, in which ${NAME} is another placeholder or,
 * where there is none of that name, a variable.
 */
#include "core/config_load.h"

#include <string.h>

#define DEEPEST 100 /* placeholders that each take the next one */
#define LARGEST                                                                                    \
    ((gsize)64 * 1024 * 1024) /* bytes that they take of one another, and of variables */

typedef enum State { STATE_NEW, STATE_AT_WORK, STATE_DONE } State;

/* A placeholder whose value is being found. */
typedef struct Entry {
    WendPlaceholder *placeholder;
    const WendConfigSection *section;
    State state;
} Entry;

typedef struct Resolver {
    WendConfigLoader *loader;
    GArray *entries; /* of Entry */
    GArray *way;     /* of guint: those at work, each named by the one before */
    gsize taken;     /* bytes so far */
    bool failed;
} Resolver;

void wend_placeholder_free(WendPlaceholder *placeholder)
{
    g_free(placeholder->name);
    g_free(placeholder->value);
    g_free(placeholder->unset);
    g_free(placeholder);
}

static Entry *entry_at(const Resolver *resolver, guint at)
{
    return &g_array_index(resolver->entries, Entry, at);
}

static guint find_entry(const Resolver *resolver, const char *name)
{
    guint at = 0;
    while (at < resolver->entries->len &&
           strcmp(entry_at(resolver, at)->placeholder->name, name) != 0)
        at++;
    return at;
}

/* The environment's come first, so that the first one found by name is the one that holds. */
static void add_entries(Resolver *resolver, const WendConfigSection *section)
{
    const GPtrArray *list = section != NULL ? section->lists[WEND_LIST_PLACEHOLDERS] : NULL;
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const WendConfigSection *one = g_ptr_array_index(list, i);
        const char *name = one->values[WEND_KEY_NAME].text;
        if (find_entry(resolver, name) < resolver->entries->len)
            continue;
        Entry entry = {g_new0(WendPlaceholder, 1), one, STATE_NEW};
        entry.placeholder->name = g_strdup(name);
        g_array_append_val(resolver->entries, entry);
        g_ptr_array_add(resolver->loader->config->placeholders, entry.placeholder);
    }
}

/* At that placeholder; returns its value, for the place. */
static const WendConfigValue *give_up(Resolver *resolver, guint at)
{
    resolver->failed = true;
    return &entry_at(resolver, at)->section->values[WEND_KEY_VALUE];
}

/* "a takes b takes a", and the lines that say so. */
static void fail_ring(Resolver *resolver, guint again)
{
    const WendConfigLoader *loader = resolver->loader;
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) places = g_string_new("give one of these another value:");
    guint first = 0;
    while (g_array_index(resolver->way, guint, first) != again)
        first++;
    for (guint i = first; i < resolver->way->len; i++) {
        const Entry *entry = entry_at(resolver, g_array_index(resolver->way, guint, i));
        g_string_append_printf(names, "%s takes ", entry->placeholder->name);
        g_string_append_printf(places, "\n%s:%u: %s", loader->file->path,
                               entry->section->values[WEND_KEY_VALUE].line,
                               entry->placeholder->name);
    }
    const WendConfigValue *value = give_up(resolver, again);
    wend_config_fail(loader->file, value->line, value->column, loader->error,
                     "a ring of placeholders: %s%s", names->str,
                     entry_at(resolver, again)->placeholder->name);
    wend_error_hint(loader->error, "%s", places->str);
}

static void fail_depth(Resolver *resolver, guint at)
{
    const WendConfigLoader *loader = resolver->loader;
    const WendConfigValue *value = give_up(resolver, at);
    wend_config_fail(loader->file, value->line, value->column, loader->error,
                     "%d placeholders take %s, each by the next: that is too many", DEEPEST,
                     entry_at(resolver, at)->placeholder->name);
}

static void fail_size(Resolver *resolver, guint at)
{
    const WendConfigLoader *loader = resolver->loader;
    const WendConfigValue *value = give_up(resolver, at);
    const char *name = entry_at(resolver, at)->placeholder->name;
    wend_config_fail(loader->file, value->line, value->column, loader->error,
                     "the placeholders take more than 64 MiB of one another: %s makes it too much",
                     name);
    wend_error_hint(loader->error, "give %s a value that repeats less", name);
}

static void resolve(Resolver *resolver, guint at);

static const char *find(Resolver *resolver, guint self, const char *name)
{
    WendPlaceholder *placeholder = entry_at(resolver, self)->placeholder;
    guint at = find_entry(resolver, name);
    /* One that takes its own name means the variable. */
    if (at == resolver->entries->len || at == self) {
        placeholder->secret = true;
        return wend_variables_get(resolver->loader->config->variables, name, NULL);
    }
    Entry *entry = entry_at(resolver, at);
    if (entry->state == STATE_AT_WORK && !resolver->failed)
        fail_ring(resolver, at);
    else if (entry->state == STATE_NEW && resolver->way->len == DEEPEST && !resolver->failed)
        fail_depth(resolver, at);
    if (resolver->failed)
        return "";
    resolve(resolver, at);
    placeholder->secret |= entry->placeholder->secret;
    if (entry->placeholder->unset != NULL && placeholder->unset == NULL)
        placeholder->unset = g_strdup(entry->placeholder->unset);
    return entry->placeholder->value;
}

/* What ${name} is in the value of the placeholder at work. */
static const char *take(const char *name, void *data)
{
    Resolver *resolver = data;
    guint self = g_array_index(resolver->way, guint, resolver->way->len - 1);
    const char *value = find(resolver, self, name);
    resolver->taken += value != NULL ? strlen(value) : 0;
    if (resolver->taken > LARGEST && !resolver->failed)
        fail_size(resolver, self);
    return resolver->failed ? "" : value;
}

/* Unset is an error only where a file asks for it. */
static void resolve(Resolver *resolver, guint at)
{
    Entry *entry = entry_at(resolver, at);
    if (entry->state != STATE_NEW)
        return;
    entry->state = STATE_AT_WORK;
    g_array_append_val(resolver->way, at);
    g_autofree char *unset = NULL;
    WendPlaceholder *placeholder = entry->placeholder;
    placeholder->value =
        wend_names_expand(entry->section->values[WEND_KEY_VALUE].text, take, resolver, &unset);
    if (placeholder->value == NULL && placeholder->unset == NULL)
        placeholder->unset = g_steal_pointer(&unset);
    g_array_set_size(resolver->way, resolver->way->len - 1);
    entry->state = STATE_DONE;
}

bool wend_config_placeholders(WendConfigLoader *loader)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(guint));
    Resolver resolver = {loader, entries, way, 0, false};
    add_entries(&resolver, loader->environment);
    add_entries(&resolver, loader->file != NULL ? loader->file->top : NULL);
    for (guint i = 0; i < entries->len && !resolver.failed; i++)
        resolve(&resolver, i);
    return !resolver.failed;
}
