/* SPDX-License-Identifier: MIT
 *
 * Reading the text of a template, line by line: its head, its keys, the parts for some of the databases, the
 * migrations in them and the two directions of each. See template.h.
 */
#include "template/place.h"

#include "base/text.h"
#include "format/directive.h"

#include <string.h>

/* By WendKeyKind. */
static const struct {
    const char *name, *shown;
    const char *patterns; /* what may stand behind % in a pattern; NULL = no pattern */
} kinds[] = {
    [WEND_KEY_IS_NAME] = {"name", "NAME", "nups"},
    [WEND_KEY_IS_NAMES] = {"names", "NAME,...", "ns"},
    [WEND_KEY_IS_COLUMNS] = {"columns", "NAME TYPE,...", "nsd"},
    [WEND_KEY_IS_TEXT] = {"text", "TEXT", NULL},
    [WEND_KEY_IS_TEXTS] = {"texts", "TEXT,...", "s"},
    [WEND_KEY_IS_NUMBER] = {"number", "NUMBER", NULL},
    [WEND_KEY_IS_WORD] = {"word", "WORD", NULL},
    [WEND_KEY_IS_SQL] = {"sql", "SQL", NULL},
    [WEND_KEY_IS_FLAG] = {"flag", "yes|no", ""},
};

static const struct {
    const char *word;
    WendDialect dialect;
} databases[] = {{"postgres", WEND_DIALECT_POSTGRES},
                 {"mariadb", WEND_DIALECT_MYSQL},
                 {"sqlite", WEND_DIALECT_SQLITE},
                 {"mysql", WEND_DIALECT_MYSQL},
                 {"postgresql", WEND_DIALECT_POSTGRES}};
#define SHOWN_DATABASES 3 /* the first of them */

const char *wend_key_kind_shown(WendKeyKind kind)
{
    return kinds[kind].shown;
}

const char *wend_key_kind_name(WendKeyKind kind)
{
    return kinds[kind].name;
}

const char *wend_template_database(WendDialect dialect)
{
    for (gsize i = 0; i < SHOWN_DATABASES; i++) {
        if (databases[i].dialect == dialect)
            return databases[i].word;
    }
    return NULL;
}

bool wend_template_dialect(const char *word, WendDialect *dialect)
{
    for (gsize i = 0; i < G_N_ELEMENTS(databases); i++) {
        if (g_ascii_strcasecmp(databases[i].word, word) == 0) {
            *dialect = databases[i].dialect;
            return true;
        }
    }
    return false;
}

char *wend_template_databases(guint dialects)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (gsize i = 0; i < SHOWN_DATABASES; i++) {
        if (dialects & 1u << databases[i].dialect)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", databases[i].word);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- values --- */

static void key_free(gpointer data)
{
    WendTemplateKey *key = data;
    g_free(key->name);
    g_free(key->otherwise);
    g_free(key->about);
    g_free(key);
}

static WendTemplateKey *key_copy(const WendTemplateKey *from)
{
    WendTemplateKey *key = g_new0(WendTemplateKey, 1);
    *key = (WendTemplateKey){g_strdup(from->name), from->kind, g_strdup(from->otherwise),
                             g_strdup(from->about), from->line};
    return key;
}

static void step_free(gpointer data)
{
    WendTemplateStep *step = data;
    g_free(step->name);
    g_string_free(step->up, TRUE);
    g_string_free(step->down, TRUE);
    g_free(step);
}

static WendTemplateStep *step_new(guint line)
{
    WendTemplateStep *step = g_new0(WendTemplateStep, 1);
    step->up = g_string_new(NULL);
    step->down = g_string_new(NULL);
    step->line = line;
    return step;
}

static void part_free(gpointer data)
{
    WendTemplatePart *part = data;
    g_ptr_array_unref(part->keys);
    g_ptr_array_unref(part->steps);
    g_free(part);
}

static WendTemplatePart *part_new(guint dialects)
{
    WendTemplatePart *part = g_new0(WendTemplatePart, 1);
    part->dialects = dialects;
    part->keys = g_ptr_array_new_with_free_func(key_free);
    part->steps = g_ptr_array_new_with_free_func(step_free);
    return part;
}

void wend_template_free(WendTemplate *template)
{
    if (template == NULL)
        return;
    g_free(template->name);
    g_free(template->file);
    g_free(template->about);
    g_ptr_array_unref(template->parts);
    g_free(template);
}

const WendTemplatePart *wend_template_part(const WendTemplate *template, WendDialect dialect)
{
    for (guint i = 0; i < template->parts->len; i++) {
        const WendTemplatePart *part = g_ptr_array_index(template->parts, i);
        if (part->dialects & 1u << dialect)
            return part;
    }
    return NULL;
}

const WendTemplateKey *wend_key_find(const GPtrArray *keys, const char *name, gsize length)
{
    for (guint i = 0; i < keys->len; i++) {
        const WendTemplateKey *key = g_ptr_array_index(keys, i);
        if (strlen(key->name) == length && strncmp(key->name, name, length) == 0)
            return key;
    }
    return NULL;
}

/* --- places --- */

static gsize name_length(const char *text)
{
    gsize length = 0;
    while (g_ascii_islower(text[length]) || text[length] == '_' ||
           (length > 0 && g_ascii_isdigit(text[length])))
        length++;
    return length;
}

bool wend_place_next(const char *text, WendPlace *place)
{
    const char *at = text;
    while ((at = strchr(at, '$')) != NULL) {
        if (strncmp(at, "$${", 3) == 0) {
            at += 3;
            continue;
        }
        if (at[1] == '{')
            break;
        at++;
    }
    if (at == NULL)
        return false;
    *place = (WendPlace){.start = at, .end = at + 2, .key = NULL};
    gsize length = name_length(at + 2), rest = strcspn(at, "}\n");
    const char *behind = at + 2 + length;
    if (length == 0 || at[rest] != '}' || (*behind != '}' && *behind != '|'))
        return true;
    place->key = at + 2;
    place->key_length = length;
    place->end = at + rest + 1;
    if (*behind == '|') {
        place->pattern = behind + 1;
        place->pattern_length = (gsize)(at + rest - behind) - 1;
    }
    return true;
}

bool wend_pattern_fits(WendKeyKind kind, const char *pattern, gsize length)
{
    if (pattern == NULL)
        return kind != WEND_KEY_IS_FLAG;
    if (kinds[kind].patterns == NULL)
        return false;
    for (gsize i = 0; i < length; i++) {
        if (pattern[i] != '%')
            continue;
        i++;
        if (i == length || (pattern[i] != '%' && strchr(kinds[kind].patterns, pattern[i]) == NULL))
            return false;
    }
    return true;
}

/* --- reading --- */

/* One reading: where it stands. */
typedef struct Reader {
    WendTemplate *template;
    const char *shown;         /* of its file, or its name */
    WendTemplatePart *general; /* the keys above all parts; its steps, where there are no parts */
    WendTemplatePart *part;    /* NULL = still above all parts */
    WendTemplateStep *step;    /* NULL = none has begun */
    GString *text;             /* what the next line is added to; NULL = none yet */
    bool in_pair;              /* the way back is a file of its own */
    guint line;
    WendError *error;
} Reader;

static bool fail(const Reader *reader, guint line, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool fail(const Reader *reader, guint line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    wend_error_set(reader->error, WEND_USAGE, "the template \"%s\": %s", reader->template->name,
                   message);
    return wend_error_place(reader->error, reader->shown, line, 0);
}

static bool is_blank(const GString *text)
{
    return text == NULL || strspn(text->str, " \t\n") == text->len;
}

/* Whether comments and blank lines are all that there is. */
static bool is_idle(const GString *text)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text->str : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, "--") && strspn(*line, " \t") != strlen(*line))
            return false;
    }
    return true;
}

static WendTemplatePart *present_part(const Reader *reader)
{
    return reader->part != NULL ? reader->part : reader->general;
}

static WendTemplateStep *begin_step(Reader *reader, const char *name)
{
    WendTemplateStep *step = step_new(reader->line);
    step->name = g_strdup(name);
    g_ptr_array_add(present_part(reader)->steps, step);
    reader->step = step;
    reader->text = step->up;
    return step;
}

/* What stands above the head, or between its lines, is about the template: it goes. */
static bool check_head(Reader *reader, const char *word)
{
    const GPtrArray *steps = present_part(reader)->steps;
    const WendTemplateStep *step = steps->len == 1 ? steps->pdata[0] : NULL;
    bool begun = step != NULL && (step->name != NULL || reader->text != step->up);
    if (steps->len > 1 || begun || !is_idle(reader->text)) {
        fail(reader, reader->line, "`-- wend:%s` stands behind SQL", word);
        return wend_error_hint(reader->error, "move it to the head");
    }
    g_ptr_array_set_size(present_part(reader)->steps, 0);
    reader->step = NULL;
    reader->text = NULL;
    return true;
}

static bool take_about(Reader *reader, const char *value)
{
    if (reader->part != NULL || reader->template->about[0] != '\0')
        return fail(reader, reader->line, "`-- wend:template` stands twice or in a part");
    g_free(reader->template->about);
    reader->template->about = g_strdup(value);
    return check_head(reader, "template");
}

static bool find_kind(const Reader *reader, const char *word, WendKeyKind *kind)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].name, word) == 0) {
            *kind = (WendKeyKind)i;
            return true;
        }
        g_ptr_array_add(words, (gpointer)kinds[i].name);
    }
    g_ptr_array_add(words, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)words->pdata);
    fail(reader, reader->line, "\"%s\" is no kind of key", word);
    return wend_error_hint(reader->error, "it is one of: %s", all);
}

/* A default may hold the first `above` of the keys. */
static bool check_default(const Reader *reader, const GPtrArray *keys, guint above,
                          const char *otherwise)
{
    WendPlace place;
    guint index;
    for (const char *at = otherwise; at != NULL && wend_place_next(at, &place); at = place.end) {
        const WendTemplateKey *key =
            place.key != NULL ? wend_key_find(keys, place.key, place.key_length) : NULL;
        bool schema = place.pattern_length == 2 && strncmp(place.pattern, "%p", 2) == 0;
        if (key == NULL || (place.pattern != NULL && !(schema && key->kind == WEND_KEY_IS_NAME)) ||
            !g_ptr_array_find((GPtrArray *)keys, key, &index) || index >= above)
            return fail(reader, reader->line, "the default \"%s\" holds what is no key above it",
                        otherwise);
    }
    return true;
}

/* NAME KIND [= DEFAULT] [# WHAT IT IS] */
static bool take_key(Reader *reader, const char *value)
{
    if (!check_head(reader, "key"))
        return false;
    GPtrArray *keys = present_part(reader)->keys;
    g_autofree char *text = g_strdup(value);
    char *about = g_str_has_prefix(text, "# ") ? text : strstr(text, " # ");
    if (about != NULL) {
        *about = '\0';
        about += strlen(" # ");
    }
    char *otherwise = strchr(text, '=');
    if (otherwise != NULL)
        *otherwise++ = '\0';
    g_auto(GStrv) words = g_strsplit(g_strstrip(text), " ", 2);
    gsize length = words[0] != NULL ? strlen(words[0]) : 0;
    WendKeyKind kind = WEND_KEY_IS_NAME;
    if (length == 0 || name_length(words[0]) != length || words[1] == NULL) {
        fail(reader, reader->line, "this is no key");
        return wend_error_hint(reader->error, "write -- wend:key NAME KIND [= DEFAULT] [# WHAT IT "
                                              "IS], the name in lower case");
    }
    /* A part may say its own of a key: in the place of the other, which the keys below it may hold. */
    const WendTemplateKey *known = wend_key_find(keys, words[0], length);
    guint index = keys->len;
    if (known != NULL)
        g_ptr_array_find(keys, known, &index);
    if (!find_kind(reader, g_strstrip(words[1]), &kind) ||
        !check_default(reader, keys, index, otherwise))
        return false;
    if (known != NULL && reader->part == NULL)
        return fail(reader, reader->line, "the key \"%s\" stands twice", words[0]);
    WendTemplateKey *key = g_new0(WendTemplateKey, 1);
    *key = (WendTemplateKey){g_strdup(words[0]), kind,
                             otherwise != NULL          ? g_strdup(g_strstrip(otherwise))
                             : kind == WEND_KEY_IS_FLAG ? g_strdup("no")
                                                        : NULL,
                             g_strdup(about != NULL ? g_strstrip(about) : ""), reader->line};
    if (known != NULL)
        g_ptr_array_remove_index(keys, index);
    g_ptr_array_insert(keys, (gint)index, key);
    return true;
}

static bool take_for(Reader *reader, const char *value)
{
    if (reader->part == NULL && !check_head(reader, "for"))
        return false;
    guint dialects = 0;
    g_auto(GStrv) words = g_strsplit_set(value, " ,\t", -1);
    for (char **word = words; *word != NULL; word++) {
        WendDialect dialect;
        if (**word == '\0')
            continue;
        if (!wend_template_dialect(*word, &dialect)) {
            fail(reader, reader->line, "there is no database \"%s\"", *word);
            return wend_error_hint(reader->error, "write postgres, mariadb or sqlite");
        }
        if (wend_template_part(reader->template, dialect) != NULL)
            return fail(reader, reader->line, "there are two parts for %s", *word);
        dialects |= 1u << dialect;
    }
    if (dialects == 0)
        return fail(reader, reader->line, "`-- wend:for` names no database");
    reader->part = part_new(dialects);
    for (guint i = 0; i < reader->general->keys->len; i++)
        g_ptr_array_add(reader->part->keys, key_copy(reader->general->keys->pdata[i]));
    g_ptr_array_add(reader->template->parts, reader->part);
    reader->step = NULL;
    reader->text = NULL;
    return true;
}

static bool take_step(Reader *reader, const char *value)
{
    if (value[0] == '\0' || name_length(value) != strlen(value)) {
        fail(reader, reader->line, "\"%s\" is no name of a step", value);
        return wend_error_hint(reader->error, "use lower case letters, digits and underscores");
    }
    if (reader->step != NULL && reader->step->name == NULL && !is_idle(reader->step->up))
        return fail(reader, reader->line, "there is SQL in front of the first step");
    if (reader->step != NULL && reader->step->name == NULL)
        g_ptr_array_set_size(present_part(reader)->steps, 0);
    begin_step(reader, value);
    return true;
}

/* What stands above `-- wend:up`, directives say, is of the way up. */
static bool take_direction(Reader *reader, const WendDirectiveText *mark)
{
    bool up = g_ascii_strncasecmp(mark->key, "up", mark->key_length) == 0;
    WendTemplateStep *step = reader->step != NULL ? reader->step : begin_step(reader, NULL);
    if (reader->in_pair) {
        fail(reader, reader->line, "a file NAME.up.sql holds the way up alone");
        return wend_error_hint(reader->error, "call it NAME.sql, with both ways in it");
    }
    if (step->has_down) {
        fail(reader, reader->line, "`-- wend:%s` stands twice", up ? "up" : "down");
        return wend_error_hint(reader->error, "begin the next migration with `-- wend:step NAME`");
    }
    step->has_down = !up;
    reader->text = up ? step->up : step->down;
    return true;
}

static bool take_line(Reader *reader, const char *line)
{
    static const struct {
        const char *word;
        bool (*take)(Reader *reader, const char *value);
    } marks[] = {
        {"template", take_about}, {"key", take_key}, {"for", take_for}, {"step", take_step}};
    WendDirectiveText directive;
    if (wend_directive_split(line, strlen(line), &directive)) {
        g_autofree char *value = g_strndup(directive.value, directive.value_length);
        if (wend_directive_is_marker(&directive))
            return take_direction(reader, &directive);
        for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
            if (strlen(marks[i].word) == directive.key_length &&
                strncmp(marks[i].word, directive.key, directive.key_length) == 0)
                return marks[i].take(reader, value);
        }
    }
    if (reader->step == NULL)
        begin_step(reader, NULL);
    g_string_append_printf(reader->text, "%s\n", line);
    return true;
}

/* Cuts off blank lines at both ends. */
static void trim(GString *text)
{
    while (text->len > 0 && strchr(" \t\n", text->str[text->len - 1]) != NULL)
        g_string_truncate(text, text->len - 1);
    while (text->str[strspn(text->str, " \t")] == '\n')
        g_string_erase(text, 0, (gssize)strspn(text->str, " \t") + 1);
    if (text->len > 0)
        g_string_append_c(text, '\n');
}

static bool check_places(const Reader *reader, const WendTemplatePart *part,
                         const WendTemplateStep *step, const char *text)
{
    WendPlace place;
    for (const char *at = text; wend_place_next(at, &place); at = place.end) {
        const WendTemplateKey *key =
            place.key != NULL ? wend_key_find(part->keys, place.key, place.key_length) : NULL;
        if (key != NULL && wend_pattern_fits(key->kind, place.pattern, place.pattern_length))
            continue;
        gsize length = strcspn(place.start, "}\n");
        bool closed = place.start[length] == '}';
        fail(reader, step->line, "%.*s is no place for one of its keys", (int)(length + closed),
             place.start);
        return wend_error_hint(reader->error,
                               "declare it with -- wend:key, or write $${ for the characters ${");
    }
    return true;
}

static bool check_part(const Reader *reader, const WendTemplatePart *part)
{
    if (part->steps->len == 0)
        return fail(reader, 0, "there is no SQL%s", reader->part != NULL ? " in a part" : "");
    for (guint i = 0; i < part->steps->len; i++) {
        WendTemplateStep *step = part->steps->pdata[i];
        trim(step->up);
        trim(step->down);
        if (is_idle(step->up))
            return fail(reader, step->line, "there is no SQL for the way up");
        if (step->has_down && is_blank(step->down))
            return fail(reader, step->line, "there is no SQL for the way back");
        for (guint j = 0; step->name != NULL && j < i; j++) {
            const WendTemplateStep *other = part->steps->pdata[j];
            if (strcmp(other->name, step->name) == 0)
                return fail(reader, step->line, "two steps are called \"%s\"", step->name);
        }
        if (!check_places(reader, part, step, step->up->str) ||
            !check_places(reader, part, step, step->down->str))
            return false;
    }
    return true;
}

/* The way back from a file of its own. */
static bool take_pair(Reader *reader, const char *down)
{
    const WendTemplatePart *part = present_part(reader);
    if (reader->template->parts->len > 1 || part->steps->len != 1) {
        fail(reader, 0, "a pair of files makes one migration, the same for all databases");
        return wend_error_hint(reader->error, "put both ways into one file NAME.sql");
    }
    WendTemplateStep *step = part->steps->pdata[0];
    g_string_assign(step->down, down);
    step->has_down = true;
    return true;
}

static bool read_lines(Reader *reader, const char *text, const char *down)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        reader->line++;
        if (!take_line(reader, *line))
            return false;
    }
    if (down != NULL && !take_pair(reader, down))
        return false;
    /* The last line's end is followed by an empty one. */
    for (guint i = 0; i < reader->template->parts->len; i++) {
        if (!check_part(reader, reader->template->parts->pdata[i]))
            return false;
    }
    return reader->part != NULL || check_part(reader, reader->general);
}

WendTemplate *wend_template_read(const char *name, const char *file, const char *text,
                                 const char *down, WendError *error)
{
    g_autoptr(WendTemplate) template = g_new0(WendTemplate, 1);
    template->name = g_strdup(name);
    template->file = g_strdup(file);
    template->about = g_strdup("");
    template->parts = g_ptr_array_new_with_free_func(part_free);
    Reader reader = {.template = template,
                     .shown = file != NULL ? file : name,
                     .general = part_new(WEND_TEMPLATE_EVERYWHERE),
                     .in_pair = down != NULL,
                     .error = error};
    bool read = read_lines(&reader, text, down);
    if (read && reader.part == NULL)
        g_ptr_array_add(template->parts, reader.general);
    else
        part_free(reader.general);
    return read ? g_steal_pointer(&template) : NULL;
}
