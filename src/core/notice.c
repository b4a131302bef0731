/* SPDX-License-Identifier: MIT
 *
 * What a call tells, as one line for a log: the part of wend.h that hosts and the program share.
 */
#include "wend.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

static const char *word_of(const WendNotice *notice)
{
    static const char *const words[] = {
        [WEND_NOTICE_PLAN] = "plan",         [WEND_NOTICE_BEGIN] = "begin",
        [WEND_NOTICE_ROUND] = "round",       [WEND_NOTICE_APPLIED] = "applied",
        [WEND_NOTICE_REVERTED] = "reverted", [WEND_NOTICE_RESUME] = "resume",
        [WEND_NOTICE_WAITING] = "waiting",   [WEND_NOTICE_SERVER] = "server",
        [WEND_NOTICE_WARNING] = "warning",
    };
    bool known = notice->kind > 0 && (gsize)notice->kind < G_N_ELEMENTS(words);
    return known ? words[notice->kind] : "notice";
}

static const char *level_of(const WendNotice *notice)
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

static bool has_duration(const WendNotice *notice)
{
    return notice->kind == WEND_NOTICE_APPLIED || notice->kind == WEND_NOTICE_REVERTED ||
           notice->kind == WEND_NOTICE_WAITING;
}

static bool has_place(const WendNotice *notice)
{
    return notice->index > 0 && notice->total > 0;
}

static void append_text(GString *line, const WendNotice *notice)
{
    g_string_append(line, word_of(notice));
    if (notice->kind == WEND_NOTICE_PLAN)
        g_string_append_printf(line, ": %u migration%s", notice->total,
                               notice->total == 1 ? "" : "s");
    if (notice->version != NULL)
        g_string_append_printf(line, " %s", notice->version);
    if (notice->name != NULL && *notice->name != '\0')
        g_string_append_printf(line, "_%s", notice->name);
    if (notice->kind == WEND_NOTICE_ROUND)
        g_string_append_printf(line, ": %" G_GINT64_FORMAT " rows", notice->rows);
    if (notice->text != NULL)
        g_string_append_printf(line, ": %s", notice->text);
    if (has_duration(notice))
        g_string_append_printf(line, " (%" G_GINT64_FORMAT " ms)", notice->duration_ms);
    /* One notice is one line, whatever a server says. */
    g_strdelimit(line->str, "\r\n", ' ');
}

/* A value with anything in it but plain signs is quoted, as JSON quotes it. */
static void append_pair(GString *line, const char *key, const char *value)
{
    if (value == NULL)
        return;
    bool plain = *value != '\0';
    for (const char *at = value; *at != '\0'; at++)
        plain &= g_ascii_isgraph(*at) && strchr("\"=\\", *at) == NULL;
    g_string_append_printf(line, "%s%s=", line->len > 0 ? " " : "", key);
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    json_t *text = plain ? NULL : json_string(valid);
    char *quoted = text != NULL ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    g_string_append(line, quoted != NULL ? quoted : value);
    free(quoted);
    json_decref(text);
}

static void append_number(GString *line, const char *key, gint64 value)
{
    g_string_append_printf(line, " %s=%" G_GINT64_FORMAT, key, value);
}

static void append_logfmt(GString *line, const WendNotice *notice)
{
    append_pair(line, "level", level_of(notice));
    append_pair(line, "event", word_of(notice));
    append_pair(line, "version", notice->version);
    append_pair(line, "name", notice->name);
    if (has_place(notice))
        append_number(line, "index", notice->index);
    if (notice->total > 0)
        append_number(line, "total", notice->total);
    if (notice->kind == WEND_NOTICE_ROUND)
        append_number(line, "rows", notice->rows);
    if (has_duration(notice))
        append_number(line, "duration_ms", notice->duration_ms);
    append_pair(line, "text", notice->text);
}

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    json_object_set_new(object, key, json_string(valid));
}

static void append_json(GString *line, const WendNotice *notice)
{
    json_t *object = json_object();
    set_text(object, "level", level_of(notice));
    set_text(object, "event", word_of(notice));
    set_text(object, "version", notice->version);
    set_text(object, "name", notice->name);
    if (has_place(notice))
        json_object_set_new(object, "index", json_integer(notice->index));
    if (notice->total > 0)
        json_object_set_new(object, "total", json_integer(notice->total));
    if (notice->kind == WEND_NOTICE_ROUND)
        json_object_set_new(object, "rows", json_integer(notice->rows));
    if (has_duration(notice))
        json_object_set_new(object, "duration_ms", json_integer(notice->duration_ms));
    set_text(object, "text", notice->text);
    char *text = json_dumps(object, JSON_COMPACT);
    g_string_append(line, text);
    free(text);
    json_decref(object);
}

size_t wend_notice_line(const WendNotice *notice, WendLogFormat format, char *line, size_t size)
{
    g_autoptr(GString) whole = g_string_new(NULL);
    if (format == WEND_LOG_LOGFMT)
        append_logfmt(whole, notice);
    else if (format == WEND_LOG_JSON)
        append_json(whole, notice);
    else
        append_text(whole, notice);
    if (size > 0)
        g_strlcpy(line, whole->str, size);
    return whole->len;
}
