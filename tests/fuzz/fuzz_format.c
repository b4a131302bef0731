/* SPDX-License-Identifier: MIT
 *
 * Fuzz target of wend's own files. The first byte is the dialect (s, p, m), the second what the
 * name says (w whole, u up, d down, p paired with a down file); the rest is the text. Scripts must
 * be what stands in the file at their line, and directives and problems must name places that there
 * are.
 */
#include "format/directive.h"
#include "format/wend_section.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* Where a line begins, 1-based; `length` + 1 when there is no such line. */
static gsize line_offset(const char *text, gsize length, guint line)
{
    gsize at = 0;
    for (; line > 1 && at < length; line--) {
        at += strcspn(text + at, "\r\n");
        at += text[at] == '\r' && text[at + 1] == '\n' ? 2 : 1;
    }
    return line == 1 ? MIN(at, length) : length + 1;
}

/* Every byte of a script is the file's, or a space in the place of a dash or of "Rollback:". */
static void check_script(const WendScript *script, const char *text, gsize length, bool original)
{
    gsize start = line_offset(text, length, script->line);
    CHECK(strlen(script->text) == script->length);
    CHECK(start <= length && script->length <= length - start);
    for (gsize i = 0; i < script->length; i++)
        CHECK(script->text[i] == text[start + i] || (!original && script->text[i] == ' '));
}

static void check_directives(WendScript *script, guint lex_flags, GPtrArray *problems)
{
    wend_directives_scan(script, lex_flags, problems);
    guint count = script->directives->len;
    gsize behind = 0;
    for (guint i = 0; i < count; i++) {
        const WendDirective *directive = script->directives->pdata[i];
        gsize line = line_offset(script->text, script->length, directive->line - script->line + 1);
        CHECK(directive->offset >= behind && directive->offset < script->length);
        CHECK(strncmp(script->text + directive->offset, "--", 2) == 0);
        CHECK(line <= directive->offset && directive->value != NULL);
        for (gsize at = line; at < directive->offset; at++)
            CHECK(script->text[at] == ' ' || script->text[at] == '\t');
        CHECK((directive->kind == WEND_DIRECTIVE_BATCH) == (directive->batch_size > 0));
        CHECK((directive->kind == WEND_DIRECTIVE_ASSERT) == (directive->sql != NULL));
        behind = directive->offset + 2;
    }
    CHECK(wend_scripts_run_alike(script, script, lex_flags));
    g_autoptr(GPtrArray) again = wend_problems_new();
    wend_directives_scan(script, lex_flags, again);
    CHECK(script->directives->len == count);
}

static void check_problems(const GPtrArray *problems, const char *text, gsize length)
{
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = problems->pdata[i];
        gsize start = line_offset(text, length, problem->line);
        CHECK(problem->line > 0 && problem->column > 0 && problem->message[0] != '\0');
        CHECK(start <= length && start + problem->column - 1 <= length);
        CHECK(memchr(text + start, '\n', problem->column - 1) == NULL);
    }
}

static void run(const WendFileCut *cut, const char *text, gsize length)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    WendScript *up = NULL, *down = NULL;
    wend_file_cut(cut, g_strdup(text), length, &up, &down, problems);
    CHECK((up != NULL) == (cut->part != WEND_PART_DOWN));
    CHECK(cut->part == WEND_PART_WHOLE || (down != NULL) == (cut->part == WEND_PART_DOWN));
    if (up != NULL) {
        check_script(up, text, length, true);
        check_directives(up, cut->lex_flags, problems);
    }
    if (down != NULL) {
        check_script(down, text, length, false);
        check_directives(down, cut->lex_flags, problems);
    }
    check_problems(problems, text, length);
    wend_script_free(up);
    wend_script_free(down);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || memchr(data, '\0', size) != NULL) /* the reader lets no NUL byte through */
        return 0;
    WendDialect dialect = data[0] == 'p'   ? WEND_DIALECT_POSTGRES
                          : data[0] == 'm' ? WEND_DIALECT_MYSQL
                                           : WEND_DIALECT_SQLITE;
    WendPart part = data[1] == 'u'   ? WEND_PART_UP
                    : data[1] == 'd' ? WEND_PART_DOWN
                                     : WEND_PART_WHOLE;
    WendFileCut cut = {"file", part, data[1] == 'p', wend_dialect_flags(dialect)};
    g_autofree char *text = g_strndup((const char *)data + 2, size - 2);
    run(&cut, text, size - 2);
    return 0;
}
