/* SPDX-License-Identifier: MIT
 *
 * Putting values in the place of ${NAME}. See substitute.h.
 */
#include "core/substitute.h"

#include "format/folder.h"
#include "sql/splitter.h"

#include <string.h>

static void missing_free(gpointer data)
{
    WendMissing *missing = data;
    g_free(missing->name);
    g_free(missing->variable);
    g_free(missing->file);
    g_free(missing);
}

GPtrArray *wend_missing_new(void)
{
    return g_ptr_array_new_with_free_func(missing_free);
}

static const char *find_value(const WendScript *script, const GPtrArray *placeholders,
                              const char *name, const char **variable)
{
    *variable = NULL;
    for (guint i = 0; placeholders != NULL && i < placeholders->len; i++) {
        const WendPlaceholder *one = placeholders->pdata[i];
        if (strcmp(one->name, name) != 0)
            continue;
        *variable = one->unset;
        return one->value;
    }
    const char *value =
        script->own_values != NULL ? g_hash_table_lookup(script->own_values, name) : NULL;
    if (value != NULL || script->values == NULL)
        return value;
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_hash_table_lookup(script->values, lower);
}

static void add_missing(const WendScript *script, const char *name, const char *variable,
                        const char *at, guint line, GPtrArray *missing)
{
    WendMissing *one = g_new0(WendMissing, 1);
    one->name = g_strdup(name);
    one->variable = g_strdup(variable);
    one->file = g_strdup(script->file);
    one->line =
        line > 0 ? line : script->line + wend_lines_count(script->text, (gsize)(at - script->text));
    g_ptr_array_add(missing, one);
}

char *wend_substitute(const WendScript *script, const GPtrArray *placeholders, const char *text,
                      gsize length, guint line, GPtrArray *missing)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *at = text, *end = text + length;
    const char *last = memrchr(text, '}', length);
    while (at < end && out->len <= WEND_SUBSTITUTED_MAX) {
        const char *close = NULL;
        /* $${ is a literal ${, as in wend.yaml. Other tools have no such thing. */
        if (script->values == NULL && at + 2 < end && at[0] == '$' && at[1] == '$' &&
            at[2] == '{') {
            g_string_append(out, "${");
            at += 3;
            continue;
        }
        if (last != NULL && at < last && at[0] == '$' && at[1] == '{')
            close = memchr(at, '}', (gsize)(end - at));
        if (close == NULL) {
            g_string_append_c(out, *at++);
            continue;
        }
        g_autofree char *name = g_strndup(at + 2, (gsize)(close - at - 2));
        const char *variable;
        const char *value = find_value(script, placeholders, name, &variable);
        if (value != NULL)
            g_string_append(out, value);
        else if (missing != NULL)
            add_missing(script, name, variable, at, line, missing);
        at = close + 1;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

void wend_substitute_check(const WendScript *script, guint lex_flags, const GPtrArray *placeholders,
                           GPtrArray *missing)
{
    if (wend_script_directive(script, WEND_DIRECTIVE_SUBSTITUTE) == NULL)
        return;
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    /* What cannot be split is cutting's to say. */
    wend_split(script->text, script->length, lex_flags, statements, NULL);
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *one = &g_array_index(statements, WendStatement, i);
        g_free(wend_substitute(script, placeholders, script->text + one->start,
                               one->end - one->start, 0, missing));
    }
    for (guint i = 0; i < script->directives->len; i++) {
        const WendDirective *one = script->directives->pdata[i];
        if (one->kind == WEND_DIRECTIVE_ASSERT)
            g_free(wend_substitute(script, placeholders, one->sql, strlen(one->sql), one->line,
                                   missing));
    }
}

/* "a (APP_ROLE is not set): 1_a.sql:3, 2_b.sql:1" for the name of `missing` number `first`. */
static void append_places(GString *hint, const GPtrArray *missing, guint first)
{
    const WendMissing *one = missing->pdata[first];
    const char *file = NULL;
    guint line = 0;
    g_string_append_printf(hint, "\n%s", one->name);
    if (g_str_has_prefix(one->name, "wend:"))
        g_string_append(hint, " (wend has no such value here)");
    else if (one->variable != NULL)
        g_string_append_printf(hint, " (%s is not set)", one->variable);
    for (guint i = first; i < missing->len; i++) {
        const WendMissing *other = missing->pdata[i];
        if (strcmp(other->name, one->name) != 0 ||
            (file != NULL && strcmp(file, other->file) == 0 && line == other->line))
            continue;
        g_string_append_printf(hint, "%s %s:%u", file == NULL ? ":" : ",", other->file,
                               other->line);
        file = other->file;
        line = other->line;
    }
}

bool wend_missing_check(const GPtrArray *missing, WendError *error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) hint = g_string_new("give each one under placeholders: in wend.yaml");
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    guint count = 0;
    for (guint i = 0; i < missing->len; i++) {
        const WendMissing *one = missing->pdata[i];
        if (!g_hash_table_add(known, one->name))
            continue;
        g_string_append_printf(names, "%s%s", count++ > 0 ? ", " : "", one->name);
        append_places(hint, missing, i);
    }
    if (count == 0)
        return true;
    const WendMissing *first = missing->pdata[0];
    wend_error_set(error, WEND_USAGE, "no value for the placeholder%s %s", count == 1 ? "" : "s",
                   names->str);
    wend_error_place(error, first->file, first->line, 0);
    return wend_error_hint(error, "%s", hint->str);
}
