/* SPDX-License-Identifier: MIT
 *
 * The settings of a step in a script for psql. SET LOCAL keeps them from wend's own statements, RESET undoes them:
 * by name, so that what the person has set before the script stays.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* What the pieces set. */
typedef struct Names {
    GPtrArray *list; /* of char *, each once */
    bool role;       /* the role, or the user */
    bool more;       /* something without a name of its own */
    bool listen;
} Names;

static bool begins(const WendPiece *piece, const char *word)
{
    Words words;
    wend_pg_words(&words, piece->text, piece->length);
    return wend_pg_word(&words, word);
}

/* Whether it changes who the session is, in whatever form. */
static bool sets_role(const WendPiece *piece)
{
    if (!piece->session && !begins(piece, "SET"))
        return false;
    g_autofree char *text = g_ascii_strdown(piece->text, (gssize)piece->length);
    Words words;
    wend_pg_words(&words, text, piece->length);
    if (wend_pg_word(&words, "SET")) {
        if (!wend_pg_word(&words, "LOCAL"))
            wend_pg_word(&words, "SESSION");
        return wend_pg_word(&words, "ROLE") || wend_pg_word(&words, "AUTHORIZATION") ||
               (wend_pg_word(&words, "SESSION") && wend_pg_word(&words, "AUTHORIZATION"));
    }
    return strstr(text, "'role'") != NULL || strstr(text, "'session_authorization'") != NULL;
}

static void add(Names *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names->list, name, g_str_equal, NULL))
        g_ptr_array_add(names->list, g_strdup(name));
}

/* SET LOCAL holds for wend's own statements in the same transaction, too. */
static void take_piece(Names *names, const WendPiece *piece)
{
    g_autoptr(GPtrArray) set = g_ptr_array_new_with_free_func(g_free);
    Connection noted = {.set = set, .local = set};
    bool role = sets_role(piece);
    wend_pg_setting_note(&noted, piece);
    for (guint i = 0; i < set->len; i++) {
        const char *name = set->pdata[i];
        if (name[0] != '-')
            add(names, name);
    }
    names->role |= role;
    names->listen |= begins(piece, "LISTEN");
    names->more |= piece->session && set->len == 0 && !role && begins(piece, "SELECT");
}

static void append_each(GString *out, const Names *names, const char *before, const char *behind)
{
    for (guint i = 0; i < names->list->len; i++)
        g_string_append_printf(out, "%s%s%s;\n", before, (char *)names->list->pdata[i], behind);
}

static void append_undo(GString *out, const Names *names)
{
    if (names->role)
        g_string_append(out, "RESET SESSION AUTHORIZATION;\nRESET ROLE;\n");
    if (names->listen)
        g_string_append(out, "UNLISTEN *;\n");
    if (names->more)
        g_string_append(out, "RESET ALL;\n");
    else
        append_each(out, names, "RESET ", "");
}

static void append_off(GString *out, const Names *names)
{
    if (names->role)
        g_string_append(out, "SET LOCAL SESSION AUTHORIZATION DEFAULT;\nSET LOCAL ROLE NONE;\n");
    append_each(out, names, "SET LOCAL ", " TO DEFAULT");
}

/* Objects that go with the session. */
static void append_drop(GString *out, const WendScriptStep *step)
{
    bool prepared = false, declared = false, made = false;
    for (guint i = 0; i < step->count; i++) {
        const WendPiece *piece = &step->pieces[i];
        bool temporary = piece->temporary && !piece->session;
        prepared |= temporary && begins(piece, "PREPARE");
        declared |= temporary && begins(piece, "DECLARE");
        made |= temporary && !begins(piece, "PREPARE") && !begins(piece, "DECLARE");
    }
    g_string_append(out, prepared ? "DEALLOCATE ALL;\n" : "");
    g_string_append(out, declared ? "CLOSE ALL;\n" : "");
    g_string_append(out, made ? "DISCARD TEMP;\n" : "");
}

void wend_pg_script_settings(WendScriptPlace place, const WendScriptStep *step, GString *out)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    Names names = {.list = list};
    for (guint i = 0; i < step->count; i++)
        take_piece(&names, &step->pieces[i]);
    if (place == WEND_SCRIPT_OFF)
        append_off(out, &names);
    else if (place == WEND_SCRIPT_UNDO)
        append_undo(out, &names);
    else if (place == WEND_SCRIPT_BEHIND)
        append_drop(out, step);
}
