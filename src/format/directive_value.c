/* SPDX-License-Identifier: MIT
 *
 * WendReading keys and values of directives. See directive_value.h.
 */
#include "format/directive_value.h"

#include "sql/scanner.h"

#include <string.h>

#define BLANKS    " \t"
#define BATCH_MAX G_GINT64_CONSTANT(1000000000)

bool wend_reading_refuse(const WendReading *reading, const char *at, const char *hint,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    WendProblem *problem =
        wend_problem_add(reading->problems, false, reading->file, reading->line_number,
                         (guint)(at - reading->line) + 1, "%s", message);
    problem->hint = g_strdup(hint);
    return false;
}

static bool refuse_value(const WendReading *reading, const char *hint, const char *message)
{
    return wend_reading_refuse(reading, reading->value_at, hint, "%s", message);
}

/* Reports an unknown word and which of `words` was probably meant. */
static bool refuse_word(const WendReading *reading, const char *at, const char *what,
                        const char *word, const char *const *words)
{
    const char *meant = wend_suggest(word, words);
    g_autofree char *all = g_strjoinv(", ", (char **)words);
    g_autofree char *hint = meant != NULL ? g_strdup_printf("did you mean \"%s\"?", meant)
                                          : g_strdup_printf("it is one of: %s", all);
    return wend_reading_refuse(reading, at, hint, "unknown %s \"%s\"", what, word);
}

/* Which of `words` the value is; -1 = none of them, which is reported. */
static int read_word(const WendReading *reading, const char *const *words, const char *key)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (g_ascii_strcasecmp(reading->value, words[i]) == 0)
            return i;
    }
    g_autofree char *all = g_strjoinv(" or ", (char **)words);
    g_autofree char *hint = g_strdup_printf("write `-- wend: %s %s`", key, words[0]);
    wend_reading_refuse(reading, reading->value_at, hint, "%s takes %s, not \"%s\"", key, all,
                        reading->value);
    return -1;
}

static bool read_transaction(const WendReading *reading, WendDirective *directive)
{
    static const char *const words[] = {"none", "auto", NULL};
    int word = read_word(reading, words, "transaction");
    directive->none = word == 0;
    return word >= 0;
}

static bool read_phase(const WendReading *reading, G_GNUC_UNUSED WendDirective *directive)
{
    static const char *const words[] = {"expand", "contract", NULL};
    return read_word(reading, words, "phase") >= 0;
}

static bool read_retry(const WendReading *reading, G_GNUC_UNUSED WendDirective *directive)
{
    static const char *const words[] = {"safe", NULL};
    return read_word(reading, words, "retry") >= 0;
}

static bool read_depends(const WendReading *reading, G_GNUC_UNUSED WendDirective *directive)
{
    if (reading->value[0] != '\0' && strpbrk(reading->value, BLANKS) == NULL)
        return true;
    return refuse_value(reading, "write one line for each, for example `-- wend: depends 001`",
                        "depends takes one version");
}

static bool read_ignore(const WendReading *reading, G_GNUC_UNUSED WendDirective *directive)
{
    if (strpbrk(reading->value, BLANKS) != NULL)
        return true;
    return refuse_value(reading,
                        "write `-- wend: ignore RULE reason`: those who come later want to "
                        "know why",
                        "ignore takes a rule and a reason");
}

static bool read_seed(const WendReading *reading, WendDirective *directive)
{
    static const char *const words[] = {"once", "onchange", NULL};
    int word = read_word(reading, words, "seed");
    directive->none = word == 0;
    return word >= 0;
}

static bool read_csv(const WendReading *reading, G_GNUC_UNUSED WendDirective *directive)
{
    if (strpbrk(reading->value, BLANKS) == NULL)
        return true;
    return refuse_value(reading,
                        "write `-- wend: csv TABLE`, or without the table that of its name",
                        "csv takes at most one table");
}

static bool read_substitute(const WendReading *reading, G_GNUC_UNUSED WendDirective *directive)
{
    if (reading->value[0] == '\0')
        return true;
    return refuse_value(reading, "write `-- wend: substitute`", "substitute takes no value");
}

/* One `key=value` of a directive's value. */
typedef bool (*ReadSetting)(const WendReading *reading, const char *at, int key, const char *text,
                            WendDirective *directive);

/* Reads a value of the form `key=value key=value`, each of `keys` at most once. */
static bool read_settings(const WendReading *reading, const char *const *keys, ReadSetting read,
                          WendDirective *directive)
{
    guint seen = 0;
    bool good = true;
    for (const char *at = reading->value; *at != '\0'; at += strspn(at, BLANKS)) {
        gsize length = strcspn(at, BLANKS);
        g_autofree char *setting = g_strndup(at, length);
        const char *place = reading->value_at + (at - reading->value);
        char *equals = strchr(setting, '=');
        at += length;
        if (equals == NULL) {
            good = wend_reading_refuse(reading, place, "write it as key=value, without spaces",
                                       "\"%s\" is not a setting", setting);
            continue;
        }
        *equals = '\0';
        int key = 0;
        while (keys[key] != NULL && strcmp(keys[key], setting) != 0)
            key++;
        if (keys[key] == NULL)
            good = refuse_word(reading, place, "setting", setting, keys);
        else if (seen & 1u << key)
            good = wend_reading_refuse(reading, place, "keep one of the two", "%s stands twice",
                                       setting);
        else
            good = read(reading, place, key, equals + 1, directive) && good;
        seen |= 1u << key;
    }
    return good;
}

static bool read_duration(const WendReading *reading, const char *at, const char *text, gint64 *ms)
{
    if (wend_duration_parse(text, ms))
        return true;
    return wend_reading_refuse(reading, at, "write a number and ms, s, min or h, for example 5s",
                               "\"%s\" is not a duration", text);
}

static bool set_timeout(const WendReading *reading, const char *at, int key, const char *text,
                        WendDirective *directive)
{
    return read_duration(reading, at, text,
                         key == 0 ? &directive->lock_ms : &directive->statement_ms);
}

static bool read_timeout(const WendReading *reading, WendDirective *directive)
{
    static const char *const keys[] = {"lock", "statement", NULL};
    if (reading->value[0] != '\0')
        return read_settings(reading, keys, set_timeout, directive);
    return refuse_value(reading,
                        "write `-- wend: timeout lock=5s statement=1min`, or one of the two",
                        "timeout takes lock= or statement=");
}

static bool set_batch(const WendReading *reading, const char *at, int key, const char *text,
                      WendDirective *directive)
{
    if (key == 1)
        return read_duration(reading, at, text, &directive->pause_ms);
    if (key == 2 && text[0] == '\0')
        return wend_reading_refuse(reading, at, "name the column, for example key=id",
                                   "key is empty");
    if (key == 2) {
        directive->key = g_strdup(text);
        return true;
    }
    if (g_ascii_string_to_signed(text, 10, 1, BATCH_MAX, &directive->batch_size, NULL))
        return true;
    return wend_reading_refuse(reading, at, "write the number of rows, for example size=1000",
                               "\"%s\" is not a batch size", text);
}

static bool read_batch(const WendReading *reading, WendDirective *directive)
{
    static const char *const keys[] = {"size", "pause", "key", NULL};
    if (!read_settings(reading, keys, set_batch, directive))
        return false;
    if (directive->batch_size > 0)
        return true;
    return refuse_value(reading, "write the number of rows, for example `-- wend: batch size=1000`",
                        "batch needs a size");
}

static bool is_number(const char *text)
{
    char *end = NULL;
    if (text[strspn(text, "+-.0123456789eE")] != '\0' || strpbrk(text, "0123456789") == NULL)
        return false;
    g_ascii_strtod(text, &end);
    return *end == '\0';
}

/* Takes the quotes off a literal. False when it is none. NULL is SQL's NULL. */
static bool read_literal(const char *text, char **value)
{
    gsize length = strlen(text);
    if (g_ascii_strcasecmp(text, "null") == 0) {
        *value = NULL;
        return true;
    }
    if (g_ascii_strcasecmp(text, "true") == 0 || g_ascii_strcasecmp(text, "false") == 0) {
        *value = g_ascii_strdown(text, -1);
        return true;
    }
    if (is_number(text)) {
        *value = g_strdup(text);
        return true;
    }
    if (length < 2 || text[0] != '\'' || text[length - 1] != '\'')
        return false;
    g_autoptr(GString) inside = g_string_new(NULL);
    for (gsize i = 1; i < length - 1; i++) {
        if (text[i] == '\'' && (text[++i] != '\'' || i == length - 1))
            return false;
        g_string_append_c(inside, text[i]);
    }
    *value = g_string_free(g_steal_pointer(&inside), FALSE);
    return true;
}

/* Where the last ` = ` outside of quotes stands in `text`; 0 = nowhere. */
static gsize last_equals(const char *text, guint lex_flags)
{
    WendScanner scanner;
    WendToken token;
    gsize found = 0;
    wend_scanner_init(&scanner, text, strlen(text), lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (token.length == 1 && text[token.start] == '=' && token.start > 0 &&
            g_ascii_isspace(text[token.start - 1]) && g_ascii_isspace(text[token.start + 1]))
            found = token.start;
    }
    return found;
}

static bool read_assert(const WendReading *reading, WendDirective *directive)
{
    gsize at = last_equals(reading->value, reading->lex_flags);
    if (at == 0)
        return refuse_value(reading, "write `-- wend: assert SELECT count(*) FROM t = 0`",
                            "assert takes a query, ` = ` and a value");
    g_autofree char *literal = g_strdup(reading->value + at + 1);
    g_strstrip(literal);
    if (!read_literal(literal, &directive->expected))
        return wend_reading_refuse(reading, reading->value_at + at,
                                   "write a number, a 'string', NULL, true or false",
                                   "\"%s\" is not a value to compare with", literal);
    directive->sql = g_strstrip(g_strndup(reading->value, at));
    return true;
}

static const WendKey keys[] = {
    {"transaction", WEND_DIRECTIVE_TRANSACTION, WEND_SCOPE_ONCE, read_transaction},
    {"timeout", WEND_DIRECTIVE_TIMEOUT, WEND_SCOPE_ONCE, read_timeout},
    {"batch", WEND_DIRECTIVE_BATCH, WEND_SCOPE_STATEMENT, read_batch},
    {"phase", WEND_DIRECTIVE_PHASE, WEND_SCOPE_ONCE, read_phase},
    {"depends", WEND_DIRECTIVE_DEPENDS, WEND_SCOPE_ANY, read_depends},
    {"assert", WEND_DIRECTIVE_ASSERT, WEND_SCOPE_ANY, read_assert},
    {"retry", WEND_DIRECTIVE_RETRY, WEND_SCOPE_STATEMENT, read_retry},
    {"ignore", WEND_DIRECTIVE_IGNORE, WEND_SCOPE_ANY, read_ignore},
    {"seed", WEND_DIRECTIVE_SEED, WEND_SCOPE_ONCE, read_seed},
    {"csv", WEND_DIRECTIVE_CSV, WEND_SCOPE_ONCE, read_csv},
    {"substitute", WEND_DIRECTIVE_SUBSTITUTE, WEND_SCOPE_ONCE, read_substitute},
};

const WendKey *wend_reading_key(const WendReading *reading, const char *at, const char *name)
{
    const char *names[G_N_ELEMENTS(keys) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_ascii_strcasecmp(name, keys[i].name) == 0)
            return &keys[i];
        names[i] = keys[i].name;
    }
    refuse_word(reading, at, "directive", name, names);
    return NULL;
}
