/* SPDX-License-Identifier: MIT
 *
 * Finding `-- wend: KEY VALUE` comments and tying them to statements. See directive.h. What each
 * key and value means is directive_value.c's to know.
 */
#include "format/directive.h"

#include "format/directive_value.h"
#include "format/folder.h"
#include "sql/scanner.h"
#include "sql/splitter.h"

#include <string.h>

bool wend_line_starts_at(const char *text, gsize offset)
{
    while (offset > 0 && (text[offset - 1] == ' ' || text[offset - 1] == '\t'))
        offset--;
    return offset == 0 || text[offset - 1] == '\n' || text[offset - 1] == '\r';
}

bool wend_text_mentions(const char *text, gsize length, const char *word)
{
    gsize size = strlen(word);
    const char *at = text, *end = text + length;
    while ((at = memchr(at, '-', (gsize)(end - at))) != NULL) {
        bool starts = at == text || strchr(" \t\r\n", at[-1]) != NULL;
        if (++at == end || *at != '-')
            continue;
        at++;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (starts && (gsize)(end - at) >= size && g_ascii_strncasecmp(at, word, size) == 0)
            return true;
    }
    return false;
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
}

bool wend_directive_split(const char *comment, gsize length, WendDirectiveText *out)
{
    const char *at = comment, *end = comment + length;
    if (length < 2 || memcmp(at, "--", 2) != 0)
        return false;
    at += 2;
    skip_blanks(&at, end);
    if (end - at < 4 || g_ascii_strncasecmp(at, "wend", 4) != 0)
        return false;
    at += 4;
    skip_blanks(&at, end);
    if (at == end || *at != ':')
        return false;
    at++;
    skip_blanks(&at, end);
    out->key = at;
    while (at < end && !g_ascii_isspace(*at))
        at++;
    out->key_length = (gsize)(at - out->key);
    skip_blanks(&at, end);
    while (end > at && g_ascii_isspace(end[-1]))
        end--;
    out->value = at;
    out->value_length = (gsize)(end - at);
    return true;
}

bool wend_directive_is_marker(const WendDirectiveText *directive)
{
    return (directive->key_length == 2 && g_ascii_strncasecmp(directive->key, "up", 2) == 0) ||
           (directive->key_length == 4 && g_ascii_strncasecmp(directive->key, "down", 4) == 0);
}

/* What has been read of one kind last. */
typedef struct Earlier {
    const WendDirective *directive; /* NULL = nothing yet */
    guint statement;
} Earlier;

/* Where the directives of a script are looked for. */
typedef struct Search {
    WendScript *script;
    WendReading reading;
    Earlier earlier[WEND_DIRECTIVE_SUBSTITUTE + 1]; /* by kind */
    guint statement;                                /* index of the one that follows */
    bool last;                                      /* none follows */
    gsize counted;                                  /* up to where lines have been counted */
} Search;

/* Whether a directive may stand here: not twice, and with the statement it needs behind it. */
static bool check_scope(const Search *search, const WendKey *key, const char *at)
{
    const Earlier *earlier = &search->earlier[key->kind];
    if (key->scope == WEND_SCOPE_STATEMENT && search->last)
        return wend_reading_refuse(&search->reading, at, "put it above the statement it is for",
                                   "there is no statement behind %s", key->name);
    if (earlier->directive == NULL || key->scope == WEND_SCOPE_ANY ||
        (key->scope == WEND_SCOPE_STATEMENT && earlier->statement != search->statement))
        return true;
    g_autofree char *hint = g_strdup_printf("it stands in line %u already: keep one of the two",
                                            earlier->directive->line);
    return wend_reading_refuse(&search->reading, at, hint, "%s stands twice", key->name);
}

static void read_directive(Search *search, const WendDirectiveText *text, gsize offset)
{
    WendReading *reading = &search->reading;
    g_autofree char *name = g_strndup(text->key, text->key_length);
    const WendKey *key = wend_reading_key(reading, text->key, name);
    if (key == NULL || !check_scope(search, key, text->key))
        return;
    WendDirective *directive = g_new0(WendDirective, 1);
    directive->kind = key->kind;
    directive->offset = offset;
    directive->line = reading->line_number;
    directive->lock_ms = directive->statement_ms = -1;
    directive->value = g_strndup(text->value, text->value_length);
    reading->value = directive->value;
    reading->value_at = text->value;
    if (!key->read(reading, directive)) {
        wend_directive_free(directive);
        return;
    }
    search->earlier[key->kind] = (Earlier){directive, search->statement};
    g_ptr_array_add(search->script->directives, directive);
}

/* Moves the reading to the line of byte `offset`. Only ever forward, so that lines are counted
 * once. */
static void go_to_line(Search *search, gsize offset)
{
    const char *text = search->script->text;
    search->reading.line_number +=
        wend_lines_count(text + search->counted, offset - search->counted);
    search->counted = offset;
    while (offset > 0 && text[offset - 1] != '\n' && text[offset - 1] != '\r')
        offset--;
    search->reading.line = text + offset;
}

/* A directive inside of a statement says nothing, and whoever wrote it should know. */
static void pass_over(const Search *search, const char *at)
{
    const WendReading *reading = &search->reading;
    WendProblem *problem =
        wend_problem_add(reading->problems, true, reading->file, reading->line_number,
                         (guint)(at - reading->line) + 1,
                         "this directive stands inside a statement and is passed over");
    problem->hint = g_strdup("put it above the statement");
}

/* Reads the directives in bytes [from, to): between two statements, or `inside` of one. */
static void search_range(Search *search, gsize from, gsize to, bool inside)
{
    const char *text = search->script->text;
    WendScanner scanner;
    WendToken token;
    WendDirectiveText directive;
    if (!wend_text_mentions(text + from, to - from, "wend"))
        return;
    wend_scanner_init(&scanner, text + from, to - from, search->reading.lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        gsize offset = from + token.start;
        if (token.kind != WEND_TOKEN_LINE_COMMENT || !wend_line_starts_at(text, offset) ||
            !wend_directive_split(text + offset, token.length, &directive) ||
            wend_directive_is_marker(&directive))
            continue;
        go_to_line(search, offset);
        if (inside)
            pass_over(search, text + offset);
        else
            read_directive(search, &directive, offset);
    }
}

void wend_directives_scan(WendScript *script, guint lex_flags, GPtrArray *problems)
{
    g_ptr_array_set_size(script->directives, 0);
    if (!wend_text_mentions(script->text, script->length, "wend"))
        return;
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    wend_split(script->text, script->length, lex_flags, statements, NULL);
    Search search = {.script = script,
                     .reading = {.file = script->file,
                                 .problems = problems,
                                 .lex_flags = lex_flags,
                                 .line_number = script->line}};
    gsize at = 0;
    for (; search.statement < statements->len; search.statement++) {
        const WendStatement *statement =
            &g_array_index(statements, WendStatement, search.statement);
        search_range(&search, at, statement->start, false);
        if (statement->kind == WEND_STATEMENT_SQL)
            search_range(&search, statement->start, statement->end, true);
        at = MAX(statement->end, statement->data_end);
    }
    search.last = true;
    search_range(&search, at, script->length, false);
}

/* Whether what a directive says about running is the same; either may be NULL. */
static bool same_directive(const WendDirective *a, const WendDirective *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->kind == b->kind && a->none == b->none && a->lock_ms == b->lock_ms &&
           a->statement_ms == b->statement_ms && a->batch_size == b->batch_size &&
           a->pause_ms == b->pause_ms && g_strcmp0(a->key, b->key) == 0 &&
           g_strcmp0(a->sql, b->sql) == 0 && g_strcmp0(a->expected, b->expected) == 0;
}

/* The directives that are tied to a statement and matter for running, as (index of the statement,
 * directive) pairs. */
static GArray *tied_directives(const WendScript *script, guint lex_flags)
{
    GArray *tied = g_array_new(FALSE, FALSE, sizeof(Earlier));
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    wend_split(script->text, script->length, lex_flags, statements, NULL);
    guint statement = 0;
    for (guint i = 0; i < script->directives->len; i++) {
        const WendDirective *directive = script->directives->pdata[i];
        while (statement < statements->len &&
               g_array_index(statements, WendStatement, statement).start < directive->offset)
            statement++;
        Earlier one = {directive, statement};
        if (directive->kind == WEND_DIRECTIVE_BATCH || directive->kind == WEND_DIRECTIVE_RETRY ||
            directive->kind == WEND_DIRECTIVE_ASSERT)
            g_array_append_val(tied, one);
    }
    return tied;
}

static bool same_tied(const WendScript *a, const WendScript *b, guint lex_flags)
{
    g_autoptr(GArray) a_tied = tied_directives(a, lex_flags);
    g_autoptr(GArray) b_tied = tied_directives(b, lex_flags);
    if (a_tied->len != b_tied->len)
        return false;
    for (guint i = 0; i < a_tied->len; i++) {
        const Earlier *one = &g_array_index(a_tied, Earlier, i);
        const Earlier *other = &g_array_index(b_tied, Earlier, i);
        if (one->statement != other->statement || !same_directive(one->directive, other->directive))
            return false;
    }
    return true;
}

bool wend_scripts_run_alike(const WendScript *a, const WendScript *b, guint lex_flags)
{
    static const WendDirectiveKind whole[] = {WEND_DIRECTIVE_TRANSACTION, WEND_DIRECTIVE_TIMEOUT,
                                              WEND_DIRECTIVE_SUBSTITUTE};
    for (gsize i = 0; i < G_N_ELEMENTS(whole); i++) {
        if (!same_directive(wend_script_directive(a, whole[i]), wend_script_directive(b, whole[i])))
            return false;
    }
    if (a->directives->len + b->directives->len > 0 && !same_tied(a, b, lex_flags))
        return false;
    return wend_same_tokens(a->text, a->length, b->text, b->length, lex_flags);
}
