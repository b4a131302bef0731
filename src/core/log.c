/* SPDX-License-Identifier: MIT
 *
 * What a call tells, and how it failed, as one line for a log: the part of wend.h that hosts and the program
 * share. See log.h.
 */
#include "core/log.h"

#include "base/text.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

/* A line under way: text, pairs or one JSON object. */
typedef struct Line {
    WendLogFormat format;
    GString *text;
    json_t *object;
} Line;

static const char *word_of(const WendNotice *notice)
{
    static const char *const words[] = {
        [WEND_NOTICE_PLAN] = "plan",         [WEND_NOTICE_BEGIN] = "begin",
        [WEND_NOTICE_ROUND] = "round",       [WEND_NOTICE_APPLIED] = "applied",
        [WEND_NOTICE_REVERTED] = "reverted", [WEND_NOTICE_RESUME] = "resume",
        [WEND_NOTICE_WAITING] = "waiting",   [WEND_NOTICE_SERVER] = "server",
        [WEND_NOTICE_WARNING] = "warning",   [WEND_NOTICE_NOTE] = "note",
        [WEND_NOTICE_CALLBACK] = "callback",
    };
    bool known = notice->kind > 0 && (gsize)notice->kind < G_N_ELEMENTS(words);
    return known ? words[notice->kind] : "notice";
}

const char *wend_log_level(const WendNotice *notice)
{
    switch (notice->kind) {
    case WEND_NOTICE_BEGIN:
    case WEND_NOTICE_ROUND:
        return "debug";
    case WEND_NOTICE_RESUME:
    case WEND_NOTICE_WAITING:
    case WEND_NOTICE_WARNING:
        return "warning";
    default:
        return "info";
    }
}

char *wend_waiting_text(WendWaiting kind, const WendWho *holder, const char *text)
{
    if (kind == WEND_WAITING_SERVER)
        return g_strdup_printf("waiting for the server: %s", text);
    if (kind == WEND_WAITING_LOCK) {
        g_autofree char *who =
            holder != NULL ? wend_who_text(holder) : g_strdup("another run of wend");
        return g_strdup_printf("waiting for the lock: held by %s", who);
    }
    return g_strdup_printf("waiting for the database: it is locked by %s",
                           text != NULL ? text : "another program");
}

static bool has_duration(const WendNotice *notice)
{
    return notice->kind == WEND_NOTICE_APPLIED || notice->kind == WEND_NOTICE_REVERTED ||
           notice->kind == WEND_NOTICE_WAITING;
}

static bool has_place(const WendNotice *notice)
{
    return notice->index > 0 && notice->total > 0;
}

/* --- one field, in either form --- */

/* Takes over the reference. */
static void append_json(GString *line, json_t *json, size_t flags)
{
    char *text = json_dumps(json, flags);
    g_autofree char *shown = wend_text_json(text);
    g_string_append(line, shown);
    free(text);
    json_decref(json);
}

/* A value with anything in it but plain signs is quoted, as JSON quotes it. */
static void append_value(GString *line, const char *value)
{
    bool plain = *value != '\0';
    for (const char *at = value; *at != '\0'; at++)
        plain &= g_ascii_isgraph(*at) && strchr("\"=\\", *at) == NULL;
    json_t *text = plain ? NULL : json_string(value);
    if (text == NULL)
        g_string_append(line, value);
    else
        append_json(line, text, JSON_ENCODE_ANY);
}

static void append_key(GString *line, const char *key)
{
    g_string_append_printf(line, "%s%s=", line->len > 0 ? " " : "", key);
}

static void put(Line *line, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    if (line->object != NULL) {
        json_object_set_new(line->object, key, json_string(valid));
        return;
    }
    append_key(line->text, key);
    append_value(line->text, valid);
}

static void put_number(Line *line, const char *key, gint64 value)
{
    if (line->object != NULL) {
        json_object_set_new(line->object, key, json_integer(value));
        return;
    }
    append_key(line->text, key);
    g_string_append_printf(line->text, "%" G_GINT64_FORMAT, value);
}

static Line line_new(WendLogFormat format)
{
    return (Line){format, g_string_new(NULL), format == WEND_LOG_JSON ? json_object() : NULL};
}

static char *line_end(Line *line)
{
    if (line->object != NULL)
        append_json(line->text, line->object, JSON_COMPACT);
    char *whole = g_string_free(line->text, FALSE);
    if (line->format != WEND_LOG_TEXT)
        return whole;
    /* One line, whatever a server says. */
    g_autofree char *raw = g_strdelimit(whole, "\r", ' ');
    return wend_text_line(raw);
}

/* --- notices --- */

static void write_text(GString *line, const WendNotice *notice)
{
    /* The text of a wait begins with it. */
    bool itself = notice->kind == WEND_NOTICE_WAITING && notice->text != NULL;
    g_string_append(line, itself ? notice->text : word_of(notice));
    if (notice->kind == WEND_NOTICE_PLAN)
        g_string_append_printf(line, ": %u migration%s", notice->total,
                               notice->total == 1 ? "" : "s");
    /* A repeatable migration's version is its name. */
    bool named = notice->name != NULL && *notice->name != '\0' &&
                 g_strcmp0(notice->name, notice->version) != 0;
    if (notice->version != NULL)
        g_string_append_printf(line, " %s", notice->version);
    if (named)
        g_string_append_printf(line, "%s%s", notice->version != NULL ? "_" : " ", notice->name);
    if (notice->kind == WEND_NOTICE_ROUND)
        g_string_append_printf(line, ": %" G_GINT64_FORMAT " row%s", notice->rows,
                               notice->rows == 1 ? "" : "s");
    if (notice->text != NULL && !itself)
        g_string_append_printf(line, ": %s", notice->text);
    if (has_duration(notice))
        g_string_append_printf(line, " (%" G_GINT64_FORMAT " ms)", notice->duration_ms);
}

static void write_fields(Line *line, const WendNotice *notice)
{
    put(line, "level", wend_log_level(notice));
    put(line, "event", word_of(notice));
    put(line, "track", notice->track);
    put(line, "version", notice->version);
    put(line, "name", notice->name);
    put(line, "source", notice->source);
    put(line, "direction", notice->direction);
    if (has_place(notice))
        put_number(line, "index", notice->index);
    if (notice->total > 0 || notice->kind == WEND_NOTICE_PLAN)
        put_number(line, "total", notice->total);
    if (notice->kind == WEND_NOTICE_ROUND)
        put_number(line, "rows", notice->rows);
    if (has_duration(notice))
        put_number(line, "duration_ms", notice->duration_ms);
    put(line, "text", notice->text);
}

char *wend_log_notice(const WendNotice *notice, WendLogFormat format)
{
    Line line = line_new(format);
    if (format == WEND_LOG_TEXT)
        write_text(line.text, notice);
    else
        write_fields(&line, notice);
    return line_end(&line);
}

/* --- errors --- */

/* The lines of a list behind what it is a list of: "one of these: a; b". */
static void append_lines(GString *line, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (i > 0)
            g_string_append(line, line->str[line->len - 1] == ':' ? " " : "; ");
        g_string_append(line, g_strstrip(parts[i]));
    }
}

static void write_error_text(GString *line, const WendError *error, const char *level)
{
    g_string_append_printf(line, "%s: %s", level,
                           error->message != NULL ? error->message : "unknown");
    if (error->file != NULL)
        g_string_append_printf(line, "; at %s", error->file);
    if (error->file != NULL && error->line > 0)
        g_string_append_printf(line, ":%u", error->line);
    if (error->vendor != NULL)
        g_string_append_printf(line, "; code: %s", error->vendor);
    if (error->state != NULL)
        g_string_append_printf(line, "; state: %s", error->state);
    if (error->hint != NULL) {
        g_string_append(line, "; next: ");
        append_lines(line, error->hint);
    }
}

static void write_error_fields(Line *line, const WendError *error, const char *level,
                               const char *track)
{
    put(line, "level", level);
    put(line, "event", level);
    put(line, "track", track);
    if (error->code != WEND_OK)
        put_number(line, "code", error->code);
    put(line, "text", error->message);
    put(line, "file", error->file);
    if (error->line > 0)
        put_number(line, "line", error->line);
    if (error->column > 0)
        put_number(line, "column", error->column);
    put(line, "vendor", error->vendor);
    put(line, "state", error->state);
    put(line, "hint", error->hint);
}

char *wend_log_error(const WendError *error, bool warning, const char *track, WendLogFormat format)
{
    const char *level = warning ? "warning" : "error";
    Line line = line_new(format);
    if (format == WEND_LOG_TEXT)
        write_error_text(line.text, error, level);
    else
        write_error_fields(&line, error, level, track);
    return line_end(&line);
}

/* --- wend.h --- */

static size_t hand_out(char *whole, char *line, size_t size)
{
    g_autofree char *owned = whole;
    if (size > 0)
        g_strlcpy(line, owned, size);
    return strlen(owned);
}

size_t wend_notice_line(const WendNotice *notice, WendLogFormat format, char *line, size_t size)
{
    return hand_out(wend_log_notice(notice, format), line, size);
}

size_t wend_error_line(const WendError *error, WendLogFormat format, char *line, size_t size)
{
    return hand_out(wend_log_error(error, false, NULL, format), line, size);
}
