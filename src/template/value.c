/* SPDX-License-Identifier: MIT
 *
 * The values of a template's keys: names, texts and pieces of SQL. Whatever would change more than the place
 * that it is for, is refused. See value.h.
 */
#include "template/value.h"

#include "sql/query.h"
#include "sql/scanner.h"

#include <string.h>

#define POSTGRES_NAME_BYTES 63
#define MYSQL_NAME_LETTERS  64

/* Of a list one thing, else the only one. */
typedef struct Item {
    char *full; /* the name as given, or the text */
    char *rest; /* COLUMNS: what is behind the name; else NULL */
} Item;

static void item_free(gpointer data)
{
    Item *item = data;
    g_free(item->full);
    g_free(item->rest);
    g_free(item);
}

static bool refuse(const WendTemplateKey *key, const char *hint, WendError *error,
                   const char *format, ...) G_GNUC_PRINTF(4, 5);

static bool refuse(const WendTemplateKey *key, const char *hint, WendError *error,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    wend_error_set(error, WEND_USAGE, "%s: %s", key->name, message);
    return wend_error_hint(error, "%s", hint);
}

/* --- what may be given --- */

/* "$$" and "$tag$" would end the body of a function that the value is put into. */
static bool has_dollar_quote(const char *text)
{
    for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at + 1, '$')) {
        const char *end = at + 1;
        while (g_ascii_isalnum(*end) || *end == '_' || (guchar)*end >= 0x80)
            end++;
        if (*end == '$')
            return true;
    }
    return false;
}

static bool check_characters(const WendTemplateKey *key, WendDialect dialect, const char *text,
                             WendError *error)
{
    if (!g_utf8_validate(text, -1, NULL))
        return refuse(key, "type it in UTF-8", error, "this is not UTF-8");
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return refuse(key, "write it in one line; the files can be changed afterwards", error,
                          "there is a line end or another control character in it");
    }
    if (dialect == WEND_DIALECT_POSTGRES && has_dollar_quote(text))
        return refuse(key, "put it into the file afterwards", error,
                      "\"%s\" could end the body of a function: it has two $", text);
    return true;
}

/* Whether a backslash escapes depends on the session there. A name, too, may be written as a text. */
static bool check_text(const WendTemplateKey *key, WendDialect dialect, const char *text,
                       WendError *error)
{
    if (dialect != WEND_DIALECT_MYSQL || strchr(text, '\\') == NULL)
        return true;
    return refuse(key, "put it into the file afterwards", error,
                  "what the backslash in \"%s\" means depends on sql_mode", text);
}

/* One part of a name. */
static bool check_part(const WendTemplateKey *key, WendDialect dialect, const char *name,
                       WendError *error)
{
    if (name[0] == '\0' || name[0] == ' ' || name[strlen(name) - 1] == ' ')
        return refuse(key, "give it a name without blanks at its ends", error,
                      "a name is empty or ends in a blank");
    if (dialect == WEND_DIALECT_POSTGRES && strlen(name) > POSTGRES_NAME_BYTES)
        return refuse(key, "give a shorter one: key=NAME", error,
                      "PostgreSQL cuts off names after 63 bytes, \"%s\" has %" G_GSIZE_FORMAT, name,
                      strlen(name));
    if (dialect == WEND_DIALECT_MYSQL && g_utf8_strlen(name, -1) > MYSQL_NAME_LETTERS)
        return refuse(key, "give a shorter one: key=NAME", error,
                      "MariaDB takes names of 64 letters, \"%s\" has %ld", name,
                      g_utf8_strlen(name, -1));
    return check_text(key, dialect, name, error);
}

/* A table may stand in a schema; a column stands by itself. */
static bool check_name(const WendTemplateKey *key, WendDialect dialect, const char *name,
                       WendError *error)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);
    guint most = key->kind == WEND_KEY_IS_NAME ? 2 : 1;
    if (g_strv_length(parts) > most)
        return refuse(key, "a dot stands between a schema and a table only", error,
                      "\"%s\" has a dot too many", name);
    for (char **part = parts; *part != NULL; part++) {
        if (!check_part(key, dialect, *part, error))
            return false;
    }
    return parts[0] != NULL || check_part(key, dialect, "", error);
}

/* Nothing that could go on behind its place: no semicolon, no comment, nothing that is open. */
static bool check_sql(const WendTemplateKey *key, WendDialect dialect, const char *text,
                      WendError *error)
{
    WendScanner scanner;
    WendToken token;
    int depth = 0;
    wend_scanner_init(&scanner, text, strlen(text), wend_dialect_flags(dialect));
    while (depth >= 0 && wend_scanner_next(&scanner, &token)) {
        if (token.open)
            return refuse(key, "close it", error, "a quote is open in \"%s\"", text);
        bool gap = wend_token_is_gap(&token) && token.kind != WEND_TOKEN_SPACE;
        if (gap || token.kind == WEND_TOKEN_SEMICOLON || token.kind == WEND_TOKEN_EXEC_OPEN ||
            token.kind == WEND_TOKEN_EXEC_CLOSE)
            return refuse(key, "more than that can be put into the file afterwards", error,
                          "\"%s\" has a semicolon or a comment in it", text);
        depth += token.length == 1 && text[token.start] == '(';
        depth -= token.length == 1 && text[token.start] == ')';
    }
    if (depth != 0)
        return refuse(key, "close what is open", error, "the parentheses of \"%s\" do not match",
                      text);
    return true;
}

static bool check_digits(const WendTemplateKey *key, const char *text, WendError *error)
{
    if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19)
        return true;
    return refuse(key, "write digits", error, "\"%s\" is no number", text);
}

static bool check_word(const WendTemplateKey *key, const char *text, WendError *error)
{
    gsize length = 0;
    while (g_ascii_isalnum(text[length]) || text[length] == '_')
        length++;
    if (length > 0 && text[length] == '\0')
        return true;
    return refuse(key, "use letters, digits and underscores", error, "\"%s\" is no word", text);
}

static bool check_flag(const WendTemplateKey *key, const char *text, WendError *error)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0)
        return true;
    return refuse(key, "write yes or no", error, "\"%s\" is neither yes nor no", text);
}

/* --- lists --- */

/* The end of what stands before the next comma outside of quotes and parentheses. Without `anywhere` quotes count
 * only where all of it is in them: "it's" has none. */
static const char *item_end(const char *at, bool anywhere)
{
    int depth = 0;
    char quote = '\0';
    const char *start = at + strspn(at, " ");
    for (; *at != '\0'; at++) {
        if (quote != '\0')
            quote = *at == quote ? '\0' : quote;
        else if (strchr("'\"`", *at) != NULL && (anywhere || at == start))
            quote = *at;
        else if (*at == ',' && depth <= 0)
            break;
        else
            depth += (*at == '(') - (*at == ')');
    }
    return at;
}

/* What stands in quotes at the start of `text`, the quotes taken off; NULL when it has none. Caller frees. */
static char *unquote(const char *text, const char *quotes, const char **end)
{
    if (text[0] == '\0' || strchr(quotes, text[0]) == NULL)
        return NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    const char *at = text + 1;
    for (; *at != '\0'; at++) {
        if (*at == text[0] && at[1] != text[0])
            break;
        at += *at == text[0];
        g_string_append_c(out, *at);
    }
    if (*at == '\0')
        return NULL;
    *end = at + 1;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "name the rest" */
static void read_column(Item *item, const char *text)
{
    const char *end = text + strcspn(text, " ");
    char *quoted = unquote(text, "\"`", &end);
    item->full = quoted != NULL ? quoted : g_strndup(text, (gsize)(end - text));
    item->rest = g_strstrip(g_strdup(end));
}

static void read_item(Item *item, const char *text, const char *quotes)
{
    const char *end = NULL;
    char *quoted = unquote(text, quotes, &end);
    if (quoted != NULL && *end == '\0') {
        item->full = quoted;
        return;
    }
    g_free(quoted);
    item->full = g_strdup(text);
}

static bool check_item(const WendTemplateKey *key, WendDialect dialect, const Item *item,
                       WendError *error)
{
    if (key->kind == WEND_KEY_IS_TEXTS)
        return check_text(key, dialect, item->full, error);
    return check_name(key, dialect, item->full, error) &&
           (item->rest == NULL || check_sql(key, dialect, item->rest, error));
}

static bool read_list(WendKeyValue *value, WendDialect dialect, WendError *error)
{
    const char *at = value->text;
    for (bool more = true; more;) {
        const char *end = item_end(at, value->key->kind == WEND_KEY_IS_COLUMNS);
        g_autofree char *text = g_strstrip(g_strndup(at, (gsize)(end - at)));
        Item *item = g_new0(Item, 1);
        g_ptr_array_add(value->items, item);
        if (value->key->kind == WEND_KEY_IS_COLUMNS)
            read_column(item, text);
        else
            read_item(item, text, value->key->kind == WEND_KEY_IS_TEXTS ? "'" : "\"`");
        if (text[0] == '\0')
            return refuse(value->key, "write a, b, c", error,
                          "there is nothing between two commas");
        if (!check_item(value->key, dialect, item, error))
            return false;
        more = *end == ',';
        at = end + more;
    }
    return true;
}

static bool read_value(WendKeyValue *value, WendDialect dialect, WendError *error)
{
    const WendTemplateKey *key = value->key;
    const char *text = value->text;
    if (!check_characters(key, dialect, text, error))
        return false;
    switch (key->kind) {
    case WEND_KEY_IS_NAMES:
    case WEND_KEY_IS_COLUMNS:
    case WEND_KEY_IS_TEXTS:
        return read_list(value, dialect, error);
    case WEND_KEY_IS_NAME:
    case WEND_KEY_IS_TEXT: {
        Item *item = g_new0(Item, 1);
        item->full = g_strdup(text);
        g_ptr_array_add(value->items, item);
        return key->kind == WEND_KEY_IS_NAME ? check_name(key, dialect, text, error)
                                             : check_text(key, dialect, text, error);
    }
    case WEND_KEY_IS_NUMBER:
        return check_digits(key, text, error);
    case WEND_KEY_IS_WORD:
        return check_word(key, text, error);
    case WEND_KEY_IS_FLAG:
        return check_flag(key, text, error);
    case WEND_KEY_IS_SQL:
        break;
    }
    if (text[0] == '\0' && key->otherwise == NULL)
        return refuse(key, "say what it is", error, "it is empty");
    return check_sql(key, dialect, text, error);
}

WendKeyValue *wend_key_value_new(const WendTemplateKey *key, WendDialect dialect, const char *text,
                                 WendError *error)
{
    g_autoptr(WendKeyValue) value = g_new0(WendKeyValue, 1);
    value->key = key;
    value->text = key->kind == WEND_KEY_IS_TEXT ? g_strdup(text) : g_strchug(g_strdup(text));
    if (key->kind != WEND_KEY_IS_TEXT && g_utf8_validate(text, -1, NULL))
        g_strchomp(value->text);
    value->items = g_ptr_array_new_with_free_func(item_free);
    return read_value(value, dialect, error) ? g_steal_pointer(&value) : NULL;
}

void wend_key_value_free(WendKeyValue *value)
{
    if (value == NULL)
        return;
    g_free(value->text);
    g_ptr_array_unref(value->items);
    g_free(value);
}

/* --- writing --- */

static void write_text(GString *out, const char *text)
{
    g_string_append_c(out, '\'');
    for (const char *at = text; *at != '\0'; at++)
        g_string_append(out, *at == '\'' ? "''" : (char[]){*at, '\0'});
    g_string_append_c(out, '\'');
}

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL ? dot + 1 : name;
}

static void write_name(GString *out, WendDialect dialect, const char *name)
{
    g_autofree char *quoted = wend_quote_name(dialect, name);
    g_string_append(out, quoted);
}

/* What `%letter` stands for. */
static void write_letter(const WendKeyValue *value, WendDialect dialect, const Item *item,
                         char letter, GString *out)
{
    const char *last = last_part(item->full);
    bool text = value->key->kind == WEND_KEY_IS_TEXTS;
    switch (letter) {
    case 's':
        write_text(out, text ? item->full : last);
        break;
    case 'n':
        write_name(out, dialect, item->full);
        break;
    case 'u':
        write_name(out, dialect, last);
        break;
    case 'd':
        write_name(out, dialect, item->full);
        g_string_append_printf(out, "%s%s", item->rest[0] != '\0' ? " " : "", item->rest);
        break;
    case 'p':
        if (last != item->full) {
            g_autofree char *schema = g_strndup(item->full, (gsize)(last - item->full) - 1);
            write_name(out, dialect, schema);
            g_string_append_c(out, '.');
        }
        break;
    default:
        g_string_append_c(out, letter);
    }
}

static void write_item(const WendKeyValue *value, WendDialect dialect, const Item *item,
                       const char *pattern, gsize length, GString *out)
{
    for (gsize i = 0; i < length; i++) {
        if (pattern[i] == '%' && i + 1 < length)
            write_letter(value, dialect, item, pattern[++i], out);
        else
            g_string_append_c(out, pattern[i]);
    }
}

/* What stands between two of a list. Caller frees. */
static char *separator(WendKeyKind kind, const GString *out)
{
    const char *line = strrchr(out->str, '\n');
    line = line != NULL ? line + 1 : out->str;
    if (kind != WEND_KEY_IS_COLUMNS || line[strspn(line, " ")] != '\0')
        return g_strdup(", ");
    return g_strconcat(",\n", line, NULL);
}

void wend_key_value_write(const WendKeyValue *value, WendDialect dialect, const char *pattern,
                          gsize length, GString *out)
{
    static const char *const usual[] = {[WEND_KEY_IS_NAME] = "%n",
                                        [WEND_KEY_IS_NAMES] = "%n",
                                        [WEND_KEY_IS_COLUMNS] = "%d",
                                        [WEND_KEY_IS_TEXTS] = "%s"};
    WendKeyKind kind = value->key->kind;
    if (kind == WEND_KEY_IS_FLAG) {
        if (strcmp(value->text, "yes") == 0)
            write_item(value, dialect, &(Item){.full = value->text}, pattern, length, out);
        return;
    }
    if (kind == WEND_KEY_IS_TEXT) {
        write_text(out, value->text);
        return;
    }
    if (value->items->len == 0) {
        g_string_append(out, value->text);
        return;
    }
    const char *form = pattern != NULL ? pattern : usual[kind];
    g_autofree char *between = separator(kind, out);
    for (guint i = 0; i < value->items->len; i++) {
        g_string_append(out, i > 0 ? between : "");
        write_item(value, dialect, value->items->pdata[i], form,
                   pattern != NULL ? length : strlen(form), out);
    }
}

void wend_key_value_plain(const WendKeyValue *value, bool schema, GString *out)
{
    if (value->items->len == 0)
        g_string_append(out, value->text);
    for (guint i = 0; i < value->items->len; i++) {
        const char *full = ((const Item *)value->items->pdata[i])->full;
        const char *last = value->key->kind == WEND_KEY_IS_NAME ? last_part(full) : full;
        if (schema)
            g_string_append_len(out, full, last - full);
        else
            g_string_append_printf(out, "%s%s", i > 0 ? "_" : "", last);
    }
}
