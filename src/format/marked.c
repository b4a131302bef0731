/* SPDX-License-Identifier: MIT
 *
 * Cutting a file by its marks. See marked.h.
 */
#include "format/marked.h"

#include <string.h>

/* The lines of one direction, the others as blanks. */
typedef struct Section {
    GString *text; /* NULL = no mark of it, and no line */
    guint line;    /* in which `text` begins */
    gsize filled;  /* bytes up to its last line */
} Section;

static void blank(Section *section, const char *line, gsize length)
{
    if (section->text == NULL)
        return;
    for (gsize i = 0; i < length; i++)
        g_string_append_c(section->text, line[i] == '\n' ? '\n' : ' ');
}

static void begin(Section *section, guint line)
{
    if (section->text != NULL)
        return;
    section->text = g_string_new(NULL);
    section->line = line;
}

static WendScript *finish(Section *section, const char *file)
{
    if (section->text == NULL)
        return NULL;
    gsize length = section->filled;
    g_string_truncate(section->text, length);
    return wend_script_new(file, section->line, g_string_free(section->text, FALSE), length);
}

void wend_marked_cut(const char *file, const char *text, gsize length, WendMark outside,
                     WendMarkFn mark, void *data, WendScript **up, WendScript **down)
{
    Section ways[2] = {{0}, {0}};
    Section *section = outside == WEND_MARK_UP     ? &ways[0]
                       : outside == WEND_MARK_DOWN ? &ways[1]
                                                   : NULL;
    guint number = 1;
    for (gsize at = 0; at < length; number++) {
        const char *line = text + at;
        const char *end = memchr(line, '\n', length - at);
        gsize whole = end != NULL ? (gsize)(end - line) + 1 : length - at;
        WendMark what = mark(line, end != NULL ? whole - 1 : whole, data);
        if (what == WEND_MARK_UP || what == WEND_MARK_DOWN) {
            section = &ways[what == WEND_MARK_DOWN];
            begin(section, number + 1);
            /* A section of its own begins behind the mark. */
            if (section->filled == 0 && section->text->len == 0)
                section->line = number + 1;
            else
                blank(section, line, whole);
            blank(section == &ways[0] ? &ways[1] : &ways[0], line, whole);
        } else {
            for (gsize i = 0; i < 2; i++) {
                if (&ways[i] != section || what == WEND_MARK_NOTHING) {
                    blank(&ways[i], line, whole);
                    continue;
                }
                begin(section, number);
                g_string_append_len(section->text, line, (gssize)whole);
                section->filled = section->text->len;
            }
        }
        at += whole;
    }
    *up = finish(&ways[0], file);
    *down = finish(&ways[1], file);
}

bool wend_line_is_idle(const char *line, gsize length)
{
    const char *end = line + length;
    while (line < end && g_ascii_isspace(*line))
        line++;
    return line == end || (end - line >= 2 && line[0] == '-' && line[1] == '-');
}

bool wend_line_says(const char *line, gsize length, const char *words, const char **rest,
                    gsize *rest_length)
{
    const char *end = line + length;
    if (length < 2 || line[0] != '-' || line[1] != '-')
        return false;
    line += 2;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    gsize wanted = strlen(words);
    if ((gsize)(end - line) < wanted || g_ascii_strncasecmp(line, words, wanted) != 0)
        return false;
    line += wanted;
    if (line < end && !g_ascii_isspace(*line))
        return false;
    while (line < end && g_ascii_isspace(*line))
        line++;
    if (rest != NULL)
        *rest = line;
    if (rest_length != NULL)
        *rest_length = (gsize)(end - line);
    return true;
}

const char *wend_marked_by(const char *text)
{
    static const struct {
        const char *words, *tool;
    } marks[] = {{"+goose", "goose"},
                 {"migrate:up", "dbmate"},
                 {"migrate:down", "dbmate"},
                 {"+migrate", "sql-migrate"},
                 {"wend:up", "wend"},
                 {"wend:down", "wend"},
                 {"liquibase formatted sql", "liquibase"}};
    while (text != NULL && *text != '\0') {
        const char *end = strchr(text, '\n');
        gsize length = end != NULL ? (gsize)(end - text) : strlen(text);
        for (gsize i = 0; text[0] == '-' && i < G_N_ELEMENTS(marks); i++) {
            if (wend_line_says(text, length, marks[i].words, NULL, NULL))
                return marks[i].tool;
        }
        text = end != NULL ? end + 1 : NULL;
    }
    return NULL;
}
