/* SPDX-License-Identifier: MIT
 *
 * Text, time and checksum helpers. See text.h.
 */
#include "base/text.h"

#include <string.h>

#define DAY_MS     (G_GINT64_CONSTANT(24) * 3600 * 1000)
#define WORD_LIMIT 64

void wend_sha256(const char *bytes, gsize length, char out[WEND_SHA256_HEX + 1])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)bytes, (gssize)length);
    memcpy(out, g_checksum_get_string(sum), WEND_SHA256_HEX + 1);
}

/* Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`; both under WORD_LIMIT. */
static guint edit_distance(const char *a, const char *b)
{
    gsize n = strlen(a), m = strlen(b);
    guint rows[3][WORD_LIMIT + 1];
    guint *before = rows[0], *above = rows[1], *row = rows[2];
    for (gsize j = 0; j <= m; j++)
        above[j] = (guint)j;
    for (gsize i = 1; i <= n; i++) {
        row[0] = (guint)i;
        for (gsize j = 1; j <= m; j++) {
            guint cost = g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]);
            row[j] = MIN(MIN(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        guint *old = before;
        before = above;
        above = row;
        row = old;
    }
    return above[m];
}

const char *wend_suggest(const char *given, const char *const *words)
{
    gsize length = strlen(given);
    if (length == 0 || length >= WORD_LIMIT)
        return NULL;
    const char *best = NULL, *prefix = NULL;
    guint best_distance = 3, prefixes = 0;
    for (; *words != NULL; words++) {
        if (strlen(*words) >= WORD_LIMIT)
            continue;
        if (g_ascii_strncasecmp(*words, given, length) == 0) {
            prefix = *words;
            prefixes++;
        }
        guint distance = edit_distance(given, *words);
        if (distance < best_distance && distance * 2 < length) {
            best = *words;
            best_distance = distance;
        }
    }
    return best != NULL ? best : prefixes == 1 ? prefix : NULL;
}

char *wend_now_text(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *seconds = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
    return g_strdup_printf("%s.%03dZ", seconds, g_date_time_get_microsecond(now) / 1000);
}

bool wend_duration_parse(const char *text, gint64 *ms)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"m", 60000}, {"h", 3600000}};
    /* No hexadecimal, no exponent: what g_ascii_strtod() would take on top. */
    gsize digits = strspn(text, "0123456789.");
    g_autofree char *plain = g_strndup(text, digits);
    const char *unit = text + digits;
    char *end = NULL;
    double number = g_ascii_strtod(plain, &end);
    if (!g_ascii_isdigit(text[0]) || *end != '\0')
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(unit, units[i].unit) != 0)
            continue;
        double total = number * units[i].ms;
        if (!(total >= 0 && total <= (double)(30 * DAY_MS)))
            return false;
        *ms = (gint64)(total + 0.5);
        return true;
    }
    return false;
}

char *wend_duration_text(gint64 ms)
{
    if (ms < 1000)
        return g_strdup_printf("%d ms", (int)MAX(ms, 0));
    if (ms < 59950) /* what would not be printed as 60.0 s */
        return g_strdup_printf("%.1f s", (double)ms / 1000);
    return g_strdup_printf("%" G_GINT64_FORMAT " min %02d s", ms / 60000, (int)(ms / 1000 % 60));
}

/* The end of what may belong to the URL at whose :// `mark` stands in `text`: the quote that it is in, or white
 * space. Another quote may be the password's. */
static const char *url_end(const char *text, const char *mark)
{
    const char *from = mark;
    while (from > text && g_ascii_isalnum(from[-1]))
        from--;
    char ends[] = {' ', '\t', '\r', '\n', '\0', '\0'};
    if (from > text && strchr("\"'`", from[-1]) != NULL)
        ends[4] = from[-1];
    return mark + strcspn(mark, ends);
}

static void append_credentials(GString *masked, const char *from, const char *end)
{
    const char *at = memrchr(from, '@', (gsize)(end - from));
    const char *colon = at != NULL ? memchr(from, ':', (gsize)(at - from)) : NULL;
    if (colon != NULL) {
        g_string_append_len(masked, from, colon + 1 - from);
        g_string_append(masked, "***");
        from = at;
    }
    g_string_append_len(masked, from, end - from);
}

/* Those from `at` on; one goes on to the first of `ends`, or is quoted. */
static void mask_parameters(GString *text, gsize at, const char *ends)
{
    static const char word[] = "password=";
    for (; at < text->len; at++) {
        if (g_ascii_strncasecmp(text->str + at, word, strlen(word)) != 0)
            continue;
        at += strlen(word);
        gsize length = strcspn(text->str + at, ends);
        char quote = text->str[at];
        if (length == 0 && (quote == '\'' || quote == '"'))
            length = strcspn(text->str + ++at, (char[]){quote, '\n', '\0'});
        if (length == 0)
            continue;
        g_string_erase(text, (gssize)at, (gssize)length);
        g_string_insert(text, (gssize)at, "***");
    }
}

static void append_plain(GString *masked, const char *from, gsize length)
{
    gsize before = masked->len;
    g_string_append_len(masked, from, (gssize)length);
    mask_parameters(masked, before, "& \t\r\n\"'`");
}

char *wend_text_masked(const char *text)
{
    GString *masked = g_string_new(NULL);
    const char *mark, *rest = text;
    while ((mark = strstr(rest, "://")) != NULL) {
        const char *url = mark + 3, *end = url_end(text, mark);
        append_plain(masked, rest, (gsize)(url - rest));
        gsize before = masked->len;
        append_credentials(masked, url, end);
        mask_parameters(masked, before, "&");
        rest = end;
    }
    append_plain(masked, rest, strlen(rest));
    return g_string_free(masked, FALSE);
}

/* What a terminal does not print but obeys: control characters, those that turn the direction of what stands
 * around them, that part lines, or that nobody sees. Not the joiners of scripts and emoji. */
static bool is_obeyed(gunichar c)
{
    static const struct {
        gunichar first, last;
    } ranges[] = {
        {0x061c, 0x061c}, {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},
        {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return g_unichar_iscntrl(c);
}

char *wend_text_printable(const char *text)
{
    char *copy = g_utf8_make_valid(text, -1);
    char *to = copy;
    for (const char *at = copy, *next; *at != '\0'; at = next) {
        next = g_utf8_next_char(at);
        if (is_obeyed(g_utf8_get_char(at)) && *at != '\t' && *at != '\n') {
            *to++ = '?';
            continue;
        }
        memmove(to, at, (gsize)(next - at));
        to += next - at;
    }
    *to = '\0';
    return copy;
}

char *wend_text_line(const char *text)
{
    return g_strdelimit(wend_text_printable(text), "\t\n", ' ');
}

char *wend_text_json(const char *json)
{
    GString *out = g_string_sized_new(strlen(json));
    const char *from = json;
    for (const char *at = json, *next; *at != '\0'; at = next) {
        next = g_utf8_next_char(at);
        /* The line ends and blanks of its layout stay; those in a text are escaped already. */
        if ((guchar)*at < 0x7f)
            continue;
        gunichar c = g_utf8_get_char(at);
        if (!is_obeyed(c))
            continue;
        glong units = 0;
        g_autofree gunichar2 *utf16 = g_ucs4_to_utf16(&c, 1, NULL, &units, NULL);
        g_string_append_len(out, from, at - from);
        for (glong i = 0; i < units; i++)
            g_string_append_printf(out, "\\u%04x", utf16[i]);
        from = next;
    }
    g_string_append(out, from);
    return g_string_free(out, FALSE);
}
