/* SPDX-License-Identifier: MIT
 *
 * A light rendering of scdoc's markup (scdoc(5)) for the terminal: paragraphs are filled to its width,
 * examples and tables stay as they are written.
 */
#include "cli/man_text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define INDENT 4

typedef struct Page {
    GString *out;
    const char *bold, *underline, *plain;
    const char *open; /* the sequence in force; NULL = none */
    guint width;
    GString *paragraph; /* the lines of the one that is being read, joined */
    gsize tabs;         /* its depth */
    bool literal;       /* between two ``` lines */
    bool heading;       /* the line before was one: the empty line behind it is left out */
} Page;

/* Whether an underscore between these two is part of a word, as scdoc decides it. */
static bool in_word(const Page *page, char before, char behind)
{
    if (page->open == page->underline && page->open != NULL)
        return g_ascii_isalnum(behind);
    return g_ascii_isalnum(before);
}

static void toggle(Page *page, const char *sequence)
{
    bool closes = page->open == sequence;
    g_string_append(page->out, closes ? page->plain : sequence);
    page->open = closes ? NULL : sequence;
}

/* One line's text with its markup taken out. */
static void append_inline(Page *page, const char *line, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        char before = i > 0 ? line[i - 1] : ' ', behind = i + 1 < length ? line[i + 1] : ' ';
        if (line[i] == '\\' && i + 1 < length)
            g_string_append_c(page->out, line[++i]);
        else if (line[i] == '*')
            toggle(page, page->bold);
        else if (line[i] == '_' && !in_word(page, before, behind))
            toggle(page, page->underline);
        else if (strncmp(line + i, "++", 2) == 0 && i + 2 == length)
            break;
        else
            g_string_append_c(page->out, line[i]);
    }
}

/* How many bytes of an escape sequence begin here; 0 = none does. */
static gsize sequence_length(const char *text)
{
    const char *end = text[0] == '\033' ? strchr(text, 'm') : NULL;
    return end != NULL ? (gsize)(end - text) + 1 : 0;
}

/* Cuts what was appended behind `start` into lines of at most the page's width, at blanks. */
static void wrap(Page *page, gsize start, guint indent)
{
    g_autofree char *margin = g_strdup_printf("\n%*s", (int)indent, "");
    guint column = indent;
    gsize blank = 0; /* the last one on this line; 0 = none */
    for (gsize i = start; i < page->out->len;) {
        const char *at = page->out->str + i;
        gsize skip = sequence_length(at);
        if (skip > 0) {
            i += skip;
            continue;
        }
        if (*at == ' ')
            blank = i;
        if (++column > page->width && blank > 0 && *at != ' ') {
            g_string_erase(page->out, (gssize)blank, 1);
            g_string_insert(page->out, (gssize)blank, margin);
            i = blank + strlen(margin);
            column = indent;
            blank = 0;
            continue;
        }
        i += (gsize)(g_utf8_next_char(at) - at);
    }
}

static void end_paragraph(Page *page)
{
    if (page->paragraph->len == 0)
        return;
    guint indent = (guint)(INDENT * (page->tabs + 1));
    g_string_append_printf(page->out, "%*s", (int)indent, "");
    gsize start = page->out->len;
    append_inline(page, page->paragraph->str, page->paragraph->len);
    wrap(page, start, indent);
    g_string_append_c(page->out, '\n');
    g_string_truncate(page->paragraph, 0);
}

static void append_literal(Page *page, const char *line, gsize tabs, gsize length)
{
    g_string_append_printf(page->out, "%*s%.*s\n", (int)(INDENT * (tabs + 2)), "",
                           (int)(length - tabs), line + tabs);
}

static void append_heading(Page *page, const char *line, gsize length)
{
    gsize level = strspn(line, "# ");
    g_string_append_printf(page->out, "%s%s%.*s%s\n", level > 2 ? "  " : "", page->bold,
                           (int)(length - level), line + level, page->plain);
}

/* An item of a list and a row of a table have a line of their own, and so has what is deeper or less deep. */
static bool begins_anew(const Page *page, const char *text, gsize tabs)
{
    return tabs != page->tabs || strncmp(text, "- ", 2) == 0 || strncmp(text, ". ", 2) == 0 ||
           strchr("|[]:", *text) != NULL;
}

static void append_text(Page *page, const char *line, gsize tabs, gsize length)
{
    bool breaks = length - tabs >= 2 && strncmp(line + length - 2, "++", 2) == 0;
    if (begins_anew(page, line + tabs, tabs))
        end_paragraph(page);
    if (page->paragraph->len > 0)
        g_string_append_c(page->paragraph, ' ');
    page->tabs = tabs;
    g_string_append_len(page->paragraph, line + tabs, (gssize)(length - tabs));
    if (breaks)
        end_paragraph(page);
}

static void append_line(Page *page, const char *line, gsize length)
{
    gsize tabs = 0;
    while (tabs < length && line[tabs] == '\t')
        tabs++;
    bool fence = length == 3 && strncmp(line, "```", 3) == 0;
    bool heading = !page->literal && line[0] == '#';
    if (fence || heading || length == tabs)
        end_paragraph(page);
    if (fence)
        page->literal = !page->literal;
    else if (length == tabs && !page->heading)
        g_string_append_c(page->out, '\n');
    else if (heading)
        append_heading(page, line, length);
    else if (page->literal)
        append_literal(page, line, tabs, length);
    else if (length > tabs)
        append_text(page, line, tabs, length);
    page->heading = heading;
}

char *wend_man_text(const char *source, const char *bold, const char *underline, const char *plain,
                    guint width)
{
    /* Two sequences that are both "" must still be told apart: toggle() compares addresses. */
    g_autofree char *own_bold = g_strdup(bold), *own_underline = g_strdup(underline);
    Page page = {.out = g_string_new(NULL),
                 .bold = own_bold,
                 .underline = own_underline,
                 .plain = plain,
                 .width = width,
                 .paragraph = g_string_new(NULL)};
    /* The first line is the page's name and section, and an empty one follows. */
    const char *line = strchr(source, '\n');
    line = line != NULL ? line + strspn(line, "\n") : source + strlen(source);
    while (*line != '\0') {
        gsize length = strcspn(line, "\n");
        append_line(&page, line, length);
        line += length + (line[length] == '\n');
    }
    end_paragraph(&page);
    g_string_free(page.paragraph, TRUE);
    return g_string_free(page.out, FALSE);
}
