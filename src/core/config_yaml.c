/* SPDX-License-Identifier: MIT
 *
 * The text of wend.yaml into sections and values that know their lines. Which keys there are, where
 * they may stand and what they take is the table below; what they mean is config.c's.
 */
#include "base/text.h"
#include "core/config_parse.h"

#include <string.h>
#include <yaml.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* The kinds of section, as bits. */
typedef enum Place {
    PLACE_TOP = 1 << 0,
    PLACE_TRACK = 1 << 1,
    PLACE_ENVIRONMENT = 1 << 2,
    PLACE_PLACEHOLDER = 1 << 3,
    PLACE_CALLBACK = 1 << 4
} Place;

typedef enum Take {
    TAKE_TEXT,
    TAKE_ANY, /* text that may be empty */
    TAKE_NAME,
    TAKE_FLAG,
    TAKE_STORE,
    TAKE_DURATION,
    TAKE_LIST
} Take;

#define EVERYWHERE (PLACE_TOP | PLACE_ENVIRONMENT)
#define NAMED      (PLACE_TRACK | PLACE_ENVIRONMENT | PLACE_PLACEHOLDER | PLACE_CALLBACK)

/* A row's place in the table is its WendConfigKey; the lists follow, by WendConfigList. */
static const struct {
    const char *name;
    Take take;
    guint places;
} keys[] = {
    {"database", TAKE_TEXT, EVERYWHERE},
    {"migrations", TAKE_TEXT, EVERYWHERE | PLACE_TRACK},
    {"schema", TAKE_TEXT, EVERYWHERE},
    {"templates", TAKE_TEXT, EVERYWHERE},
    {"seeds", TAKE_TEXT, EVERYWHERE | PLACE_TRACK},
    {"format", TAKE_TEXT, EVERYWHERE | PLACE_TRACK},
    {"table", TAKE_TEXT, EVERYWHERE | PLACE_TRACK},
    {"journal", TAKE_TEXT, EVERYWHERE},
    {"scripts", TAKE_TEXT, EVERYWHERE},
    {"store", TAKE_STORE, EVERYWHERE},
    {"confirm", TAKE_FLAG, EVERYWHERE},
    {"lock_timeout", TAKE_DURATION, EVERYWHERE | PLACE_TRACK},
    {"statement_timeout", TAKE_DURATION, EVERYWHERE | PLACE_TRACK},
    {"wait", TAKE_DURATION, EVERYWHERE},
    {"optional", TAKE_FLAG, PLACE_TRACK},
    {"name", TAKE_NAME, NAMED},
    {"value", TAKE_ANY, PLACE_PLACEHOLDER},
    {"command", TAKE_TEXT, PLACE_CALLBACK},
    {"timeout", TAKE_DURATION, PLACE_CALLBACK},
    {"credentials", TAKE_FLAG, PLACE_CALLBACK},
    {"tracks", TAKE_LIST, PLACE_TOP},
    {"environments", TAKE_LIST, PLACE_TOP},
    {"placeholders", TAKE_LIST, EVERYWHERE},
    {"callbacks", TAKE_LIST, EVERYWHERE | PLACE_TRACK},
};
G_STATIC_ASSERT(G_N_ELEMENTS(keys) == WEND_KEYS + WEND_LISTS);

/* By WendConfigList: what the entries are, for messages. */
static const struct {
    Place place;
    const char *entry;
    bool plain_name; /* the name is one word */
} lists[] = {
    {PLACE_TRACK, "a track", true},
    {PLACE_ENVIRONMENT, "an environment", false},
    {PLACE_PLACEHOLDER, "a placeholder", true},
    {PLACE_CALLBACK, "a callback", true},
};
G_STATIC_ASSERT(G_N_ELEMENTS(lists) == WEND_LISTS);

/* One reading: the file so far and libyaml's document. */
typedef struct Reader {
    WendConfigFile *file;
    yaml_document_t *document;
    WendError *error;
} Reader;

static void section_free(WendConfigSection *section)
{
    for (guint i = 0; i < WEND_KEYS; i++)
        g_free(section->values[i].text);
    for (guint i = 0; i < WEND_LISTS; i++)
        g_ptr_array_unref(section->lists[i]);
    g_free(section);
}

static WendConfigSection *section_new(void)
{
    WendConfigSection *section = g_new0(WendConfigSection, 1);
    for (guint i = 0; i < WEND_LISTS; i++)
        section->lists[i] = g_ptr_array_new_with_free_func((GDestroyNotify)section_free);
    return section;
}

void wend_config_file_free(WendConfigFile *file)
{
    if (file == NULL)
        return;
    g_free(file->path);
    g_free(file->text);
    section_free(file->top);
    g_free(file);
}

const char *wend_config_key_name(WendConfigKey key)
{
    return keys[key].name;
}

/* Bytes of the line end that `at` begins with, as YAML 1.1 has them; 0 = none. */
static gsize line_end_length(const char *at)
{
    static const char *const ends[] = {"\r\n",     "\n",           "\r",
                                       "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_prefix(at, ends[i]))
            return strlen(ends[i]);
    }
    return 0;
}

/* The byte at which libyaml's line and column (in characters) are, or the last one there is. */
static gsize place_offset(const WendConfigFile *file, guint line, guint column)
{
    const char *at = file->text, *end = file->text + file->length;
    while (line > 1 && at < end) {
        gsize length = line_end_length(at);
        line -= length > 0;
        at += MAX(length, 1);
    }
    for (guint i = 1; i < column && at < end && line_end_length(at) == 0; i++)
        at = g_utf8_next_char(at);
    return (gsize)(MIN(at, end) - file->text);
}

/* The line of a byte as an editor counts it. */
static guint line_of(const WendConfigFile *file, gsize offset)
{
    guint line = 1;
    for (const char *at = file->text; at < file->text + offset; at++)
        line += *at == '\n' || (*at == '\r' && at[1] != '\n');
    return line;
}

/* The line may be the database's URL. */
static void mask_source(WendError *error)
{
    if (error == NULL || error->source == NULL)
        return;
    char *masked = wend_text_masked(error->source);
    gsize same = 0;
    while (masked[same] != '\0' && masked[same] == error->source[same])
        same++;
    if (error->column > same + 1) {
        gssize longer = (gssize)strlen(masked) - (gssize)strlen(error->source);
        error->column = (unsigned)MAX((gssize)error->column + longer, (gssize)same + 1);
    }
    g_free(error->source);
    error->source = masked;
}

bool wend_config_fail(const WendConfigFile *file, guint line, guint column, WendError *error,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    gsize offset = place_offset(file, line, column);
    wend_error_set(error, WEND_USAGE, "%s", message);
    wend_error_place(error, file->path, line_of(file, offset), column);
    wend_error_source(error, file->text, file->length, offset);
    mask_source(error);
    return false;
}

static bool fail_at(const Reader *reader, const yaml_node_t *node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static bool fail_at(const Reader *reader, const yaml_node_t *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    return wend_config_fail(reader->file, (guint)node->start_mark.line + 1,
                            (guint)node->start_mark.column + 1, reader->error, "%s", message);
}

bool wend_config_flag_parse(const char *text, bool *flag)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(text, words[i]) == 0) {
            *flag = i % 2 == 1;
            return true;
        }
    }
    return false;
}

/* What a value of that kind must be, or NULL when `text` is one. */
static const char *objection(Take take, const char *text)
{
    bool flag;
    gint64 ms;
    switch (take) {
    case TAKE_ANY:
    case TAKE_LIST:
        return NULL;
    case TAKE_FLAG:
        return wend_config_flag_parse(text, &flag) ? NULL : "true or false";
    case TAKE_STORE:
        return strcmp(text, "none") == 0 || strcmp(text, "scripts") == 0 ? NULL : "none or scripts";
    case TAKE_DURATION:
        return wend_duration_parse(text, &ms) ? NULL : "a duration such as 500ms, 5s, 2min or 1h";
    case TAKE_TEXT:
    case TAKE_NAME:
        break;
    }
    return text[0] != '\0' ? NULL : "something";
}

bool wend_config_check(const WendConfigFile *file, WendConfigKey key, const char *text,
                       const WendConfigValue *value, WendError *error)
{
    const char *wanted = objection(keys[key].take, text);
    if (wanted == NULL)
        return true;
    if (text[0] == '\0')
        return wend_config_fail(file, value->line, value->column, error, "\"%s\" is empty",
                                keys[key].name);
    return wend_config_fail(file, value->line, value->column, error, "\"%s\" is %s, not \"%s\"",
                            keys[key].name, wanted, text);
}

static bool is_null(const yaml_node_t *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp((const char *)node->data.scalar.value, words[i]) == 0)
            return true;
    }
    return false;
}

/* The row of `name` among the keys that may stand in `place`; -1 with the error when there is none. */
static int find_key(const Reader *reader, const yaml_node_t *node, Place place, const char *where)
{
    const char *name = (const char *)node->data.scalar.value;
    const char *words[G_N_ELEMENTS(keys) + 1];
    guint count = 0;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if ((keys[i].places & place) == 0)
            continue;
        if (strcmp(keys[i].name, name) == 0)
            return (int)i;
        words[count++] = keys[i].name;
    }
    words[count] = NULL;
    fail_at(reader, node, "unknown key \"%s\"%s%s", name, where != NULL ? " in " : "",
            where != NULL ? where : "");
    const char *meant = wend_suggest(name, words);
    g_autofree char *all = g_strjoinv(", ", (char **)words);
    if (meant != NULL)
        wend_error_hint(reader->error, "did you mean \"%s\"?", meant);
    else
        wend_error_hint(reader->error, "the keys are %s", all);
    return -1;
}

static bool read_value(const Reader *reader, const yaml_node_t *node, WendConfigKey key,
                       WendConfigValue *value)
{
    const char *name = keys[key].name;
    if (node->type != YAML_SCALAR_NODE)
        return fail_at(reader, node, "\"%s\" takes one value, not a %s", name,
                       node->type == YAML_SEQUENCE_NODE ? "list" : "section");
    if (is_null(node)) {
        fail_at(reader, node, "\"%s\" has no value", name);
        return wend_error_hint(reader->error, "give it one, or leave the line out");
    }
    const char *text = (const char *)node->data.scalar.value;
    if (strlen(text) != node->data.scalar.length)
        return fail_at(reader, node, "\"%s\" holds a NUL character", name);
    WendConfigValue read = {NULL, (guint)node->start_mark.line + 1,
                            (guint)node->start_mark.column + 1};
    g_autofree char *unset = NULL;
    g_autofree char *expanded = wend_variables_expand(NULL, text, &unset);
    if (expanded == NULL) {
        fail_at(reader, node, "\"%s\" has a ${ that is no ${NAME}", name);
        return wend_error_hint(reader->error, "a ${ that is meant as it stands is written $${");
    }
    bool refers = keys[key].take != TAKE_NAME && strstr(text, "${") != NULL;
    if (!refers && !wend_config_check(reader->file, key, text, &read, reader->error))
        return false;
    value->text = g_strdup(text);
    value->line = read.line;
    value->column = read.column;
    return true;
}

static bool read_section(const Reader *reader, const yaml_node_t *node, Place place,
                         const char *where, WendConfigSection *section);

static bool name_is_plain(const char *name)
{
    for (; *name != '\0'; name++) {
        if (!g_ascii_isalnum(*name) && strchr("_.-", *name) == NULL)
            return false;
    }
    return true;
}

static bool check_moment(const Reader *reader, const WendConfigValue *name)
{
    WendMoment moment;
    if (wend_moment_parse(name->text, strlen(name->text), &moment))
        return true;
    wend_config_fail(reader->file, name->line, name->column, reader->error,
                     "there is no moment \"%s\" for a callback", name->text);
    const char *meant = wend_suggest(name->text, wend_moment_names());
    g_autofree char *all = g_strjoinv(", ", (char **)wend_moment_names());
    return meant != NULL ? wend_error_hint(reader->error, "did you mean \"%s\"?", meant)
                         : wend_error_hint(reader->error, "there is: %s", all);
}

/* What an entry of a list must have, and that no other has its name. */
static bool check_entry(const Reader *reader, const yaml_node_t *node, WendConfigList list,
                        const WendConfigSection *entry, GHashTable *taken)
{
    const WendConfigValue *name = &entry->values[WEND_KEY_NAME];
    const char *what = lists[list].entry;
    if (name->text == NULL)
        return fail_at(reader, node, "%s needs a \"name\"", what);
    if (list == WEND_LIST_PLACEHOLDERS && entry->values[WEND_KEY_VALUE].text == NULL)
        return fail_at(reader, node, "%s needs a \"value\"", what);
    if (list == WEND_LIST_CALLBACKS && entry->values[WEND_KEY_COMMAND].text == NULL)
        return fail_at(reader, node, "%s needs a \"command\"", what);
    if (list == WEND_LIST_CALLBACKS && !check_moment(reader, name))
        return false;
    if (lists[list].plain_name && !name_is_plain(name->text)) {
        wend_config_fail(reader->file, name->line, name->column, reader->error,
                         "\"%s\" cannot be the name of %s", name->text, what);
        return wend_error_hint(reader->error, "use letters, digits, '_', '.' and '-'");
    }
    const WendConfigValue *other = g_hash_table_lookup(taken, name->text);
    if (other != NULL)
        return wend_config_fail(reader->file, name->line, name->column, reader->error,
                                "there already is %s \"%s\", in line %u", what, name->text,
                                other->line);
    g_hash_table_insert(taken, name->text, (gpointer)name);
    return true;
}

static bool read_list(const Reader *reader, const yaml_node_t *node, WendConfigList list,
                      GPtrArray *entries)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        fail_at(reader, node, "\"%s\" is a list", keys[WEND_KEYS + list].name);
        return wend_error_hint(reader->error, "its entries begin with \"- name: NAME\"");
    }
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    const yaml_node_item_t *end = node->data.sequence.items.top;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < end; item++) {
        const yaml_node_t *child = yaml_document_get_node(reader->document, *item);
        if (child->type != YAML_MAPPING_NODE) {
            fail_at(reader, child, "%s is a section of keys", lists[list].entry);
            return wend_error_hint(reader->error, "it begins with \"- name: NAME\"");
        }
        WendConfigSection *entry = section_new();
        if (!read_section(reader, child, lists[list].place, lists[list].entry, entry) ||
            !check_entry(reader, child, list, entry, taken)) {
            section_free(entry);
            return false;
        }
        g_ptr_array_add(entries, entry);
    }
    return true;
}

static bool read_section(const Reader *reader, const yaml_node_t *node, Place place,
                         const char *where, WendConfigSection *section)
{
    guint seen[G_N_ELEMENTS(keys)] = {0}; /* the line; 0 = not yet */
    const yaml_node_pair_t *end = node->data.mapping.pairs.top;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
        const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
        if (key->type != YAML_SCALAR_NODE)
            return fail_at(reader, key, "a key is one word");
        int row = find_key(reader, key, place, where);
        if (row < 0)
            return false;
        if (seen[row] != 0)
            return fail_at(reader, key, "\"%s\" stands twice; it is in line %u already",
                           keys[row].name, seen[row]);
        seen[row] = (guint)key->start_mark.line + 1;
        bool read = keys[row].take == TAKE_LIST
                        ? read_list(reader, value, (WendConfigList)(row - WEND_KEYS),
                                    section->lists[row - WEND_KEYS])
                        : read_value(reader, value, (WendConfigKey)row, &section->values[row]);
        if (!read)
            return false;
    }
    return true;
}

/* Says what libyaml objects to. */
static bool syntax_error(const Reader *reader, const yaml_parser_t *parser)
{
    const WendConfigFile *file = reader->file;
    guint line = (guint)parser->problem_mark.line + 1;
    guint column = (guint)parser->problem_mark.column + 1;
    if (parser->error == YAML_READER_ERROR) {
        /* Only the byte is known. */
        line = line_of(file, MIN(parser->problem_offset, file->length));
        column = 1;
    }
    gsize offset = place_offset(file, line, column);
    gsize start = place_offset(file, line, 1);
    const char *tab = memchr(file->text + start, '\t', offset - start + (offset < file->length));
    if (tab != NULL && strspn(file->text + start, " \t") > (gsize)(tab - file->text) - start) {
        wend_config_fail(file, line, (guint)(tab - file->text - (gssize)start) + 1, reader->error,
                         "a tab in front of a key");
        return wend_error_hint(reader->error, "YAML is indented with spaces only");
    }
    return wend_config_fail(file, line, column, reader->error, "this is not YAML: %s",
                            parser->problem != NULL ? parser->problem : "it cannot be read");
}

static bool read_document(Reader *reader, yaml_parser_t *parser)
{
    const yaml_node_t *root = yaml_document_get_root_node(reader->document);
    if (root != NULL && !is_null(root)) {
        if (root->type != YAML_MAPPING_NODE)
            return fail_at(reader, root, "this is no \"key: value\" line");
        if (!read_section(reader, root, PLACE_TOP, NULL, reader->file->top))
            return false;
    }
    if (root == NULL)
        return true;
    yaml_document_t next;
    if (!yaml_parser_load(parser, &next))
        return syntax_error(reader, parser);
    const yaml_node_t *second = yaml_document_get_root_node(&next);
    bool alone = second == NULL;
    if (!alone)
        fail_at(reader, second, "a second document begins here");
    yaml_document_delete(&next);
    return alone;
}

static bool check_text(const WendConfigFile *file, WendError *error)
{
    const char *end = NULL;
    if (g_utf8_validate(file->text, (gssize)file->length, &end))
        return true;
    guint line = 1;
    for (const char *at = file->text; at < end; at++)
        line += *at == '\n';
    wend_error_set(error, WEND_USAGE,
                   *end == '\0' ? "there is a NUL byte in this file" : "this file is not UTF-8");
    return wend_error_place(error, file->path, line, 0);
}

WendConfigFile *wend_config_parse_yaml(const char *text, gsize length, const char *path,
                                       WendError *error)
{
    if (length >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
        text += 3;
        length -= 3;
    }
    g_autoptr(WendConfigFile) file = g_new0(WendConfigFile, 1);
    file->path = g_strdup(path);
    file->text = g_malloc(length + 1);
    memcpy(file->text, text, length);
    file->text[length] = '\0';
    file->length = length;
    file->top = section_new();
    if (!check_text(file, error))
        return NULL;

    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        g_error("out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)file->text, length);
    Reader reader = {file, &document, error};
    bool read;
    if (!yaml_parser_load(&parser, &document)) {
        read = syntax_error(&reader, &parser);
    } else {
        read = read_document(&reader, &parser);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return read ? g_steal_pointer(&file) : NULL;
}
