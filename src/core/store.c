/* SPDX-License-Identifier: MIT
 *
 * Stored scripts, whole or in parts. See store.h.
 */
#include "core/store.h"

#include <string.h>

/* A server takes so much in one statement, even where every byte is written as two. */
#define PART_BYTES ((gsize)256 * 1024)

/* In the place of a text: then a line for each part, its SHA-256. Read back, the sum tells it from a script
 * that looks alike. */
#define PARTS "-- wend:parts\n"

/* Length of the part that begins here: no character is cut through. */
static gsize part_length(const char *text, gsize length)
{
    if (length <= PART_BYTES)
        return length;
    gsize end = PART_BYTES;
    while (end > PART_BYTES - 4 && ((guchar)text[end] & 0xC0) == 0x80)
        end--;
    return end;
}

void wend_store_add(const WendJournal *journal, const WendScript *script, GPtrArray *queries)
{
    g_autoptr(GString) parts = g_string_new(PARTS);
    WendQuery *whole = wend_journal_store(journal, script->checksum);
    if (script->length <= PART_BYTES) {
        g_ptr_array_add(queries, wend_query_borrow(whole, script->text, script->length));
        return;
    }
    for (gsize at = 0, length; at < script->length; at += length) {
        const char *text = script->text + at;
        char sum[WEND_SHA256_HEX + 1];
        length = part_length(text, script->length - at);
        wend_sha256(text, length, sum);
        g_ptr_array_add(queries, wend_query_borrow(wend_journal_store(journal, sum), text, length));
        g_string_append_printf(parts, "%s\n", sum);
    }
    g_ptr_array_add(queries, wend_query_text(whole, parts->str));
}

/* --- reading --- */

static bool take_text(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    *(char **)data = g_strdup(row->values[0]);
    return true;
}

/* The text of one row; NULL (no error) when it is not there. */
static bool read_one(WendProject *project, const char *sha256, char **text, WendError *error)
{
    g_autoptr(WendQuery) query = wend_journal_read_script(&project->journal, sha256);
    *text = NULL;
    return project->driver->query(project->connection, query, take_text, text, error);
}

static bool is_sum_of(const char *text, gsize length, const char *sha256)
{
    char sum[WEND_SHA256_HEX + 1];
    wend_sha256(text, length, sum);
    return strcmp(sum, sha256) == 0;
}

/* What the lines of `parts` name, together. Where one is missing, so is its text. */
static bool read_parts(WendProject *project, const char *parts, GString *whole, WendError *error)
{
    for (const char *at = parts; *at != '\0';) {
        gsize length = strcspn(at, "\n");
        g_autofree char *sha256 = g_strndup(at, length);
        g_autofree char *text = NULL;
        if (!read_one(project, sha256, &text, error))
            return false;
        g_string_append(whole, text != NULL ? text : "");
        at += length + (at[length] == '\n');
    }
    return true;
}

bool wend_project_stored(WendProject *project, const char *sha256, char **text, WendError *error)
{
    *text = NULL;
    if (sha256 == NULL || !project->has_scripts)
        return true;
    g_autofree char *found = NULL;
    if (!read_one(project, sha256, &found, error))
        return false;
    if (found == NULL || is_sum_of(found, strlen(found), sha256)) {
        *text = g_steal_pointer(&found);
        return true;
    }
    g_autoptr(GString) whole = g_string_new(NULL);
    if (g_str_has_prefix(found, PARTS) && !read_parts(project, found + strlen(PARTS), whole, error))
        return false;
    if (is_sum_of(whole->str, whole->len, sha256)) {
        *text = g_string_free(g_steal_pointer(&whole), FALSE);
        return true;
    }
    wend_error_set(error, WEND_DISAGREE, "a stored script is not what was recorded (%.12s… in %s)",
                   sha256, project->journal.scripts);
    return wend_error_hint(error, "somebody changed it; bring back the migration's file, or a "
                                  "backup of that table");
}
