/* SPDX-License-Identifier: MIT
 *
 * Cutting files of wend's own format. See wend_section.h. Most files hold neither marker nor block:
 * a search for the words decides that, and the scanner only runs behind it.
 */
#include "format/wend_section.h"

#include "format/directive.h"
#include "format/folder.h"
#include "sql/scanner.h"
#include "sql/splitter.h"

#include <string.h>

#define MARKERS_MAX 3 /* the third is wrong whatever it says */

typedef struct Marker {
    bool up;
    bool alone;  /* nothing else stands on its line */
    gsize start; /* of its line */
    gsize end;   /* behind its line's end */
} Marker;

bool wend_text_is_empty(const char *text, gsize length, guint lex_flags, gsize *offset)
{
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, text, length, lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (wend_token_is_gap(&token) || token.kind == WEND_TOKEN_SEMICOLON)
            continue;
        if (offset != NULL)
            *offset = token.start;
        return false;
    }
    return true;
}

static gsize line_start(const char *text, gsize offset)
{
    while (offset > 0 && text[offset - 1] != '\n' && text[offset - 1] != '\r')
        offset--;
    return offset;
}

static guint line_of(const char *text, gsize offset)
{
    return wend_lines_count(text, offset) + 1;
}

/* Reads the marker in the comment `token` of `text`, if it is one. */
static bool read_marker(const char *text, gsize length, const WendToken *token, gsize base,
                        Marker *marker)
{
    gsize start = base + token->start, end = start + token->length;
    WendDirectiveText directive;
    if (token->kind != WEND_TOKEN_LINE_COMMENT || !wend_line_starts_at(text, start) ||
        !wend_directive_split(text + start, token->length, &directive) ||
        !wend_directive_is_marker(&directive))
        return false;
    marker->up = directive.key_length == 2;
    marker->alone = directive.value_length == 0;
    marker->start = line_start(text, start);
    marker->end = MIN(length, end + (strncmp(text + end, "\r\n", 2) == 0 ? 2 : 1));
    return true;
}

/* The first marker in the bytes [from, to). */
static bool find_marker(const char *text, gsize length, gsize from, gsize to, guint lex_flags,
                        Marker *marker)
{
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, text + from, to - from, lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (read_marker(text, length, &token, from, marker))
            return true;
    }
    return false;
}

/* The first marker from byte `from` on. COPY data and psql's lines are not SQL, and an apostrophe
 * in them must not hide a marker: the splitter says where they stand. It starts afresh behind every
 * marker, because a section's last statement may lack its semicolon. */
static bool next_marker(const char *text, gsize length, gsize from, guint lex_flags, Marker *marker)
{
    if (from >= length || !wend_text_mentions(text + from, length - from, "wend"))
        return false;
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    if (lex_flags & WEND_LEX_PSQL)
        wend_split(text + from, length - from, lex_flags, statements, NULL);
    gsize at = from;
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        if (statement->kind == WEND_STATEMENT_SQL)
            continue;
        bool copy = statement->kind == WEND_STATEMENT_COPY;
        gsize start = from + (copy ? statement->data_start : statement->start);
        if (find_marker(text, length, at, start, lex_flags, marker))
            return true;
        at = from + (copy ? statement->data_end : statement->end);
    }
    return find_marker(text, length, at, length, lex_flags, marker);
}

static GArray *find_markers(const char *text, gsize length, guint lex_flags)
{
    GArray *markers = g_array_new(FALSE, FALSE, sizeof(Marker));
    Marker marker = {.end = 0};
    while (markers->len < MARKERS_MAX && next_marker(text, length, marker.end, lex_flags, &marker))
        g_array_append_val(markers, marker);
    return markers;
}

static WendScript *copy_script(const WendFileCut *cut, const char *text, gsize start, gsize end)
{
    return wend_script_new(cut->file, line_of(text, start), g_strndup(text + start, end - start),
                           end - start);
}

static WendProblem *marker_problem(const WendFileCut *cut, const char *text, const Marker *marker,
                                   GPtrArray *problems, const char *what)
{
    return wend_problem_add(problems, false, cut->file, line_of(text, marker->start), 1,
                            "`-- wend:%s` %s", marker->up ? "up" : "down", what);
}

/* Reports what is wrong with the markers themselves. */
static void check_markers(const WendFileCut *cut, const char *text, const GArray *markers,
                          GPtrArray *problems)
{
    const Marker *seen[2] = {NULL, NULL};
    for (guint i = 0; i < markers->len; i++) {
        const Marker *marker = &g_array_index(markers, Marker, i);
        WendProblem *problem = NULL;
        if (cut->part != WEND_PART_WHOLE) {
            problem = marker_problem(cut, text, marker, problems,
                                     "stands in a file that holds one direction by its name");
            problem->hint = g_strdup("remove the marker, or name the file without .up and .down");
        } else if (seen[marker->up] != NULL) {
            problem = marker_problem(cut, text, marker, problems, "stands twice");
            problem->hint = g_strdup_printf("it stands in line %u already: keep one of the two",
                                            line_of(text, seen[marker->up]->start));
        } else if (!marker->alone) {
            problem = marker_problem(cut, text, marker, problems, "is followed by other words");
            problem->hint = g_strdup("leave the marker alone on its line");
        }
        seen[marker->up] = marker;
    }
}

static bool has_directive(const char *text, gsize length, guint lex_flags, gsize *offset)
{
    WendScanner scanner;
    WendToken token;
    WendDirectiveText directive;
    wend_scanner_init(&scanner, text, length, lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (token.kind == WEND_TOKEN_LINE_COMMENT && wend_line_starts_at(text, token.start) &&
            wend_directive_split(text + token.start, token.length, &directive)) {
            *offset = token.start;
            return true;
        }
    }
    return false;
}

/* Reports a statement before `-- wend:up`, or a directive that would be lost there. */
static void check_preamble(const WendFileCut *cut, const char *text, const Marker *first,
                           GPtrArray *problems)
{
    gsize offset = 0;
    if (!wend_text_is_empty(text, first->start, cut->lex_flags, &offset)) {
        WendProblem *problem = wend_problem_add(problems, false, cut->file, line_of(text, offset),
                                                (guint)(offset - line_start(text, offset)) + 1,
                                                "a statement stands before the first section");
        problem->hint = g_strdup("move it below `-- wend:up`");
    } else if (!first->up && has_directive(text, first->start, cut->lex_flags, &offset)) {
        WendProblem *problem =
            wend_problem_add(problems, false, cut->file, line_of(text, offset), 1,
                             "a directive stands before `-- wend:down`, outside of any section");
        problem->hint = g_strdup("move it below `-- wend:up` or `-- wend:down`");
    }
}

/* A way back alone, in line `line`, would count as applied without having done anything. */
static void check_up(const WendFileCut *cut, const WendScript *up, guint line, GPtrArray *problems)
{
    if (!wend_text_is_empty(up->text, up->length, cut->lex_flags, NULL))
        return;
    WendProblem *problem = wend_problem_add(problems, false, cut->file, line, 1,
                                            "there is a down script here, but no up script");
    problem->hint = g_strdup("write the up script below `-- wend:up`, or remove the file");
}

static void cut_sections(const WendFileCut *cut, const char *text, gsize length,
                         const GArray *markers, WendScript **up, WendScript **down,
                         GPtrArray *problems)
{
    const Marker *first = &g_array_index(markers, Marker, 0);
    gsize ignored = 0;
    for (guint i = 0; i < markers->len; i++) {
        const Marker *marker = &g_array_index(markers, Marker, i);
        gsize start = marker->end, end = i + 1 < markers->len ? marker[1].start : length;
        WendScript **script = marker->up ? up : down;
        if (i == 0 && marker->up && has_directive(text, marker->start, cut->lex_flags, &ignored))
            start = 0;
        if (*script == NULL)
            *script = copy_script(cut, text, start, end);
    }
    if (*up != NULL) {
        check_preamble(cut, text, first, problems);
        return;
    }
    *up = copy_script(cut, text, 0, first->start);
    check_up(cut, *up, line_of(text, first->start), problems);
}

/* Whether a line comment begins with "Rollback:"; `length` is how far that goes. */
static bool is_rollback(const char *comment, gsize *length)
{
    if (strncmp(comment, "--", 2) != 0)
        return false;
    gsize at = 2 + strspn(comment + 2, " \t");
    if (g_ascii_strncasecmp(comment + at, "rollback", 8) != 0)
        return false;
    at += 8 + strspn(comment + at + 8, " \t");
    *length = at + 1;
    return comment[at] == ':';
}

/* The end of the last statement; false when the text ends inside of one. */
static bool last_statement_end(const char *text, gsize length, guint lex_flags, gsize *end)
{
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    if (!wend_split(text, length, lex_flags, statements, NULL))
        return false;
    *end = 0;
    if (statements->len > 0) {
        const WendStatement *last = &g_array_index(statements, WendStatement, statements->len - 1);
        *end = MAX(last->end, last->data_end);
    }
    return true;
}

/* Where the trailing block begins: the first Rollback comment behind the last statement, if only
 * line comments follow it. */
static bool find_rollback(const char *text, gsize length, guint lex_flags, gsize *start)
{
    gsize base = 0, ignored = 0;
    if (!wend_text_mentions(text, length, "rollback") ||
        !last_statement_end(text, length, lex_flags, &base))
        return false;
    bool found = false;
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, text + base, length - base, lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        gsize at = base + token.start;
        if (found && token.kind != WEND_TOKEN_SPACE && token.kind != WEND_TOKEN_LINE_COMMENT)
            return false;
        if (!found && token.kind == WEND_TOKEN_LINE_COMMENT && wend_line_starts_at(text, at) &&
            is_rollback(text + at, &ignored)) {
            *start = line_start(text, at);
            found = true;
        }
    }
    return found;
}

/* Makes a block of line comments into SQL, in place: spaces for dashes. Directives stay. */
static void uncomment(char *block, gsize length, guint lex_flags)
{
    WendScanner scanner;
    WendToken token;
    WendDirectiveText directive;
    wend_scanner_init(&scanner, block, length, lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        char *comment = block + token.start;
        gsize blank = 0;
        if (token.kind != WEND_TOKEN_LINE_COMMENT || comment[0] != '-' ||
            wend_directive_split(comment, token.length, &directive))
            continue;
        memset(comment, ' ', is_rollback(comment, &blank) ? blank : 2);
    }
}

static bool begins_with_verb(const char *text, gsize length, guint lex_flags)
{
    static const char *const verbs[] = {
        "CREATE",   "ALTER",   "DROP", "DELETE",  "INSERT", "UPDATE", "REPLACE",
        "TRUNCATE", "RENAME",  "WITH", "SELECT",  "PRAGMA", "SET",    "BEGIN",
        "COMMIT",   "DO",      "CALL", "COMMENT", "GRANT",  "REVOKE", "REINDEX",
        "VACUUM",   "ANALYZE", "LOCK", "EXECUTE", "START",  "USE"};
    WendScanner scanner;
    WendToken token = {0};
    wend_scanner_init(&scanner, text, length, lex_flags);
    while (wend_scanner_next(&scanner, &token) && wend_token_is_gap(&token))
        ;
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (wend_token_is(text, &token, verbs[i]))
            return true;
    }
    return false;
}

/* The down script in a trailing block, or NULL; `start` is where it begins. */
static WendScript *cut_rollback(const WendFileCut *cut, const char *text, gsize length,
                                gsize *start, GPtrArray *problems)
{
    if (!find_rollback(text, length, cut->lex_flags, start))
        return NULL;
    gsize size = length - *start;
    g_autofree char *block = g_strndup(text + *start, size);
    uncomment(block, size, cut->lex_flags);
    if (wend_text_is_empty(block, size, cut->lex_flags, NULL))
        return NULL;
    guint line = line_of(text, *start);
    if (begins_with_verb(block, size, cut->lex_flags))
        return wend_script_new(cut->file, line, g_steal_pointer(&block), size);
    WendProblem *problem =
        wend_problem_add(problems, true, cut->file, line, 1,
                         "the Rollback comment is not SQL: the migration has no down script");
    problem->hint = g_strdup("write the statements behind `-- Rollback:`, or in a section below "
                             "`-- wend:down`");
    return NULL;
}

/* Section markers of other tools: run as they stand, such a file would go up and down at once. */
static const struct {
    const char *begin; /* of the comment, behind "--" and white space */
    const char *tool;
} foreign[] = {{"migrate:up", "dbmate"},       {"migrate:down", "dbmate"},
               {"+goose up", "goose"},         {"+goose down", "goose"},
               {"+migrate up", "sql-migrate"}, {"+migrate down", "sql-migrate"}};

static void check_foreign(const WendFileCut *cut, const char *text, gsize length,
                          GPtrArray *problems)
{
    WendScanner scanner;
    WendToken token;
    if (!wend_text_mentions(text, length, "migrate:") &&
        !wend_text_mentions(text, length, "+goose") &&
        !wend_text_mentions(text, length, "+migrate"))
        return;
    wend_scanner_init(&scanner, text, length, cut->lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (token.kind != WEND_TOKEN_LINE_COMMENT || !wend_line_starts_at(text, token.start))
            continue;
        const char *words = text + token.start + MIN(token.length, 2);
        words += strspn(words, " \t");
        for (gsize i = 0; i < G_N_ELEMENTS(foreign); i++) {
            if (g_ascii_strncasecmp(words, foreign[i].begin, strlen(foreign[i].begin)) != 0)
                continue;
            WendProblem *problem = wend_problem_add(
                problems, false, cut->file, token.line, 1,
                "this is a section of %s, which wend would run with all others", foreign[i].tool);
            problem->hint = g_strdup("write `-- wend:up` and `-- wend:down` in its place");
            return;
        }
    }
}

void wend_file_cut(const WendFileCut *cut, char *text, gsize length, WendScript **up,
                   WendScript **down, GPtrArray *problems)
{
    *up = *down = NULL;
    check_foreign(cut, text, length, problems);
    g_autoptr(GArray) markers = find_markers(text, length, cut->lex_flags);
    check_markers(cut, text, markers, problems);
    if (cut->part == WEND_PART_WHOLE && markers->len > 0) {
        cut_sections(cut, text, length, markers, up, down, problems);
        g_free(text);
        return;
    }
    gsize start = length;
    if (cut->part == WEND_PART_WHOLE && !cut->paired)
        *down = cut_rollback(cut, text, length, &start, problems);
    if (*down != NULL) {
        text[start] = '\0';
        length = start;
    }
    WendScript *script = wend_script_new(cut->file, 1, text, length);
    *(cut->part == WEND_PART_DOWN ? down : up) = script;
    if (*down != NULL && *down != script)
        check_up(cut, script, (*down)->line, problems);
}
