/* SPDX-License-Identifier: MIT
 *
 * Variables: reading a .env file, looking a name up, and putting values in place of ${NAME}. The
 * environment itself is handed in by the program.
 */
#include "core/config_parse.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

WendVariables *wend_variables_new(const char *const *environment)
{
    WendVariables *variables = g_rc_box_new0(WendVariables);
    variables->environ = g_strdupv((char **)environment);
    variables->dotenv = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return variables;
}

static void clear(gpointer data)
{
    WendVariables *variables = data;
    g_strfreev(variables->environ);
    g_hash_table_unref(variables->dotenv);
    g_free(variables->folder);
}

WendVariables *wend_variables_ref(WendVariables *variables)
{
    return g_rc_box_acquire(variables);
}

void wend_variables_unref(WendVariables *variables)
{
    if (variables != NULL)
        g_rc_box_release_full(variables, clear);
}

const char *wend_variables_get(const WendVariables *variables, const char *name, bool *dotenv)
{
    const char *value = g_environ_getenv(variables->environ, name);
    if (dotenv != NULL)
        *dotenv = value == NULL;
    return value != NULL ? value : g_hash_table_lookup(variables->dotenv, name);
}

/* Bytes of the variable name that `text` begins with. */
static gsize name_length(const char *text)
{
    if (!g_ascii_isalpha(text[0]) && text[0] != '_')
        return 0;
    gsize length = 1;
    while (g_ascii_isalnum(text[length]) || text[length] == '_')
        length++;
    return length;
}

char *wend_names_expand(const char *text, WendNameFn find, void *data, char **unset)
{
    *unset = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    const char *at = text;
    while (*at != '\0') {
        if (strncmp(at, "$${", 3) == 0) {
            g_string_append(out, "${");
            at += 3;
            continue;
        }
        if (strncmp(at, "${", 2) != 0) {
            g_string_append_c(out, *at++);
            continue;
        }
        gsize length = name_length(at + 2);
        if (length == 0 || at[2 + length] != '}')
            return NULL;
        g_autofree char *name = g_strndup(at + 2, length);
        const char *value = find(name, data);
        if (value == NULL) {
            *unset = g_steal_pointer(&name);
            return NULL;
        }
        g_string_append(out, value);
        at += length + 3;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const char *find_variable(const char *name, void *data)
{
    return data != NULL ? wend_variables_get(data, name, NULL) : "";
}

char *wend_variables_expand(const WendVariables *variables, const char *text, char **unset)
{
    return wend_names_expand(text, find_variable, (void *)variables, unset);
}

/* Where in a .env file the reader stands. */
typedef struct Reader {
    const char *text, *end;
    const char *at;
    const char *path;
    WendError *error;
} Reader;

static bool fail(const Reader *reader, const char *at, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool fail(const Reader *reader, const char *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    guint line = 1;
    for (const char *byte = reader->text; byte < at; byte++)
        line += *byte == '\n';
    wend_error_set(reader->error, WEND_USAGE, "%s", message);
    /* The line itself is not shown: it may hold a password. */
    return wend_error_place(reader->error, reader->path, line, 0);
}

static bool at_line_end(const Reader *reader)
{
    return reader->at >= reader->end || *reader->at == '\n' ||
           (*reader->at == '\r' && (reader->at + 1 == reader->end || reader->at[1] == '\n'));
}

static void skip_blanks(Reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
        reader->at++;
}

static void skip_line(Reader *reader)
{
    while (reader->at < reader->end && *reader->at++ != '\n')
        continue;
}

static void append_escaped(GString *value, char c)
{
    static const char escapes[] = "n\nr\rt\t\"\"\\\\$$''";
    for (const char *pair = escapes; *pair != '\0'; pair += 2) {
        if (*pair == c) {
            g_string_append_c(value, pair[1]);
            return;
        }
    }
    g_string_append_c(value, '\\');
    g_string_append_c(value, c);
}

/* '…' is literal, "…" knows backslashes; both may go over several lines. */
static bool read_quoted(Reader *reader, GString *value)
{
    const char *start = reader->at;
    char quote = *reader->at++;
    while (reader->at < reader->end && *reader->at != quote) {
        char c = *reader->at++;
        if (c == '\r' && reader->at < reader->end && *reader->at == '\n')
            continue;
        if (c == '\\' && quote == '"' && reader->at < reader->end)
            append_escaped(value, *reader->at++);
        else
            g_string_append_c(value, c);
    }
    if (reader->at >= reader->end)
        return fail(reader, start, "a quote is not closed");
    reader->at++;
    skip_blanks(reader);
    if (!at_line_end(reader) && *reader->at != '#')
        return fail(reader, reader->at, "something stands behind the closing quote");
    return true;
}

/* Up to the end of the line or a # behind white space. */
static void read_bare(Reader *reader, GString *value)
{
    while (!at_line_end(reader)) {
        char before = reader->at[-1];
        if (*reader->at == '#' && (before == ' ' || before == '\t'))
            break;
        g_string_append_c(value, *reader->at++);
    }
    g_strchomp(value->str);
    g_string_set_size(value, strlen(value->str));
}

static bool read_line(Reader *reader, GHashTable *out)
{
    skip_blanks(reader);
    if (at_line_end(reader) || *reader->at == '#') {
        skip_line(reader);
        return true;
    }
    if (reader->end - reader->at > 7 && strncmp(reader->at, "export", 6) == 0 &&
        (reader->at[6] == ' ' || reader->at[6] == '\t')) {
        reader->at += 7;
        skip_blanks(reader);
    }
    const char *start = reader->at;
    gsize length = name_length(start);
    reader->at += length;
    skip_blanks(reader);
    if (length == 0 || reader->at >= reader->end || *reader->at != '=') {
        fail(reader, start, "this line is not KEY=VALUE");
        return wend_error_hint(reader->error, "a comment begins with #");
    }
    reader->at++;
    skip_blanks(reader);
    g_autoptr(GString) value = g_string_new(NULL);
    if (reader->at < reader->end && (*reader->at == '"' || *reader->at == '\'')) {
        if (!read_quoted(reader, value))
            return false;
    } else {
        read_bare(reader, value);
    }
    skip_line(reader);
    g_hash_table_replace(out, g_strndup(start, length), g_strdup(value->str));
    return true;
}

bool wend_variables_parse(WendVariables *variables, const char *text, gsize length,
                          const char *path, WendError *error)
{
    /* A copy with a NUL behind it: the reader looks one byte ahead. */
    g_autofree char *copy = g_strndup(text, length);
    Reader reader = {.text = copy, .end = copy + length, .at = copy, .path = path, .error = error};
    const char *nul = memchr(text, '\0', length);
    if (nul != NULL)
        return fail(&reader, copy + (nul - text), "there is a NUL byte in this line");
    if (strncmp(copy, BYTE_ORDER_MARK, 3) == 0)
        reader.at += 3;
    while (reader.at < reader.end) {
        if (!read_line(&reader, variables->dotenv))
            return false;
    }
    return true;
}
