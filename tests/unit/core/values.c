/* SPDX-License-Identifier: MIT
 *
 * Values written in one line. See values.h.
 */
#include "values.h"

#include "format/directive.h"
#include "format/wend_name.h"

#include <string.h>

static void migration_free(gpointer migration)
{
    wend_migration_free(migration);
}

static void applied_free(gpointer applied)
{
    wend_applied_free(applied);
}

static void row_free(gpointer row)
{
    wend_journal_row_free(row);
}

/* Reads "001_a=text"; the text is the word itself when none is given. */
static char *read_word(const char *word, WendName *name)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    const char *equals = strchr(word, '=');
    gsize length = equals != NULL ? (gsize)(equals - word) : strlen(word);
    g_autofree char *file = g_strdup_printf("%.*s.sql", (int)length, word);
    g_assert_true(wend_name_parse(file, name, &error));
    return g_strdup(equals != NULL ? equals + 1 : word);
}

GPtrArray *values_migrations(const char *words)
{
    GPtrArray *migrations = g_ptr_array_new_with_free_func(migration_free);
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (char **word = list; *word != NULL && **word != '\0'; word++) {
        WendName name;
        char *text = read_word(*word, &name);
        WendMigration *migration = wend_migration_new(name.kind);
        migration->id = name.id;
        migration->version = name.version;
        migration->name = name.name;
        migration->position = name.position;
        migration->up = wend_script_new(*word, 1, text, strlen(text));
        g_ptr_array_add(migrations, migration);
    }
    return migrations;
}

GPtrArray *values_applied(const char *words)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(applied_free);
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (char **word = list; *word != NULL && **word != '\0'; word++) {
        WendName name;
        g_autofree char *text = read_word(*word, &name);
        char sha256[WEND_SHA256_HEX + 1];
        wend_sha256(text, strlen(text), sha256);
        WendApplied *row = g_new0(WendApplied, 1);
        row->kind = name.kind;
        row->id = name.id;
        row->version = name.version;
        row->name = name.name;
        row->position = name.position;
        row->checksum = strcmp(text, "?") == 0 ? NULL : g_strdup(sha256);
        g_ptr_array_add(rows, row);
    }
    return rows;
}

static WendEvent event_named(const char *word)
{
    for (WendEvent event = WEND_EVENT_BEGIN; event <= WEND_EVENT_REPAIRED; event++) {
        if (strcmp(wend_event_name(event), word) == 0)
            return event;
    }
    g_assert_not_reached();
}

GHashTable *values_last(const char *words)
{
    GHashTable *last = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, row_free);
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (char **word = list; *word != NULL && **word != '\0'; word++) {
        const char *colon = strrchr(*word, ':');
        WendJournalRow *row = g_new0(WendJournalRow, 1);
        row->id = g_strndup(*word, (gsize)(colon - *word));
        row->event = event_named(colon + 1);
        g_hash_table_insert(last, row->id, row);
    }
    return last;
}

GHashTable *values_set(const char *words)
{
    if (words == NULL)
        return NULL;
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (char **word = list; *word != NULL && **word != '\0'; word++)
        g_hash_table_add(set, g_strdup(*word));
    return set;
}

void values_make(Values *values, const char *migrations, const char *applied, const char *last,
                 const char *alike)
{
    values->migrations = values_migrations(migrations);
    values->applied = values_applied(applied);
    values->last = last != NULL ? values_last(last) : NULL;
    values->alike = values_set(alike);
    values->entries = wend_state_make(&(WendSides){.migrations = values->migrations,
                                                   .applied = values->applied,
                                                   .last = values->last,
                                                   .alike = values->alike});
}

void values_clear(Values *values)
{
    g_array_unref(values->entries);
    g_ptr_array_unref(values->migrations);
    g_ptr_array_unref(values->applied);
    g_clear_pointer(&values->last, g_hash_table_unref);
    g_clear_pointer(&values->alike, g_hash_table_unref);
}

char *values_states(const GArray *entries)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        g_string_append_printf(text, "%s%s=%s%s", i > 0 ? " " : "", wend_entry_id(entry),
                               wend_state_name(entry->state), entry->layout_only ? "~" : "");
    }
    return g_string_free(text, FALSE);
}

char *values_plan(const WendPlan *plan)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        g_string_append_printf(text, "%s%c%s%s", i > 0 ? " " : "",
                               step->direction == WEND_UP ? '+' : '-', step->id,
                               step->from_store ? "*" : "");
    }
    return g_string_free(text, FALSE);
}

WendScript *values_script(const char *text)
{
    WendScript *script = wend_script_new("f.sql", 1, g_strdup(text), strlen(text));
    g_autoptr(GPtrArray) problems = wend_problems_new();
    wend_directives_scan(script, wend_dialect_flags(WEND_DIALECT_SQLITE), problems);
    g_assert_cmpuint(problems->len, ==, 0);
    return script;
}

WendCut *values_cut(const WendScript *script)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendCut *cut = wend_cut_make(script, wend_driver_for("sqlite:", NULL), NULL, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    return cut;
}
