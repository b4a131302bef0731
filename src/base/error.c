/* SPDX-License-Identifier: MIT
 *
 * Filling in, moving and clearing a WendError. See error.h.
 */
#include "base/error.h"

#include <string.h>

#define SOURCE_MAX 240

static void set_text(char **field, const char *format, va_list args)
{
    char *text = g_strdup_vprintf(format, args);
    g_free(*field);
    *field = text;
}

void wend_error_clear(WendError *error)
{
    if (error == NULL)
        return;
    g_free(error->message);
    g_free(error->hint);
    g_free(error->state);
    g_free(error->vendor);
    g_free(error->file);
    g_free(error->source);
    *error = (WendError)WEND_ERROR_INIT;
}

bool wend_error_set(WendError *error, WendCode code, const char *format, ...)
{
    if (error == NULL)
        return false;
    va_list args;
    va_start(args, format);
    char *message = g_strdup_vprintf(format, args);
    va_end(args);
    wend_error_clear(error);
    error->code = code;
    error->message = message;
    return false;
}

#define DEFINE_FIELD(name)                                                                         \
    bool wend_error_##name(WendError *error, const char *format, ...)                              \
    {                                                                                              \
        if (error == NULL)                                                                         \
            return false;                                                                          \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        set_text(&error->name, format, args);                                                      \
        va_end(args);                                                                              \
        return false;                                                                              \
    }

DEFINE_FIELD(hint)
DEFINE_FIELD(state)
DEFINE_FIELD(vendor)

bool wend_error_place(WendError *error, const char *file, unsigned line, unsigned column)
{
    if (error == NULL)
        return false;
    char *copy = g_strdup(file);
    g_free(error->file);
    error->file = copy;
    error->line = line;
    error->column = column;
    return false;
}

bool wend_error_source(WendError *error, const char *text, gsize length, gsize offset)
{
    if (error == NULL || offset > length)
        return false;
    gsize start = offset;
    while (start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r')
        start--;
    gsize end = offset;
    while (end < length && text[end] != '\n' && text[end] != '\r')
        end++;
    if (end - start > SOURCE_MAX) {
        if (offset - start > SOURCE_MAX / 2)
            start = offset - SOURCE_MAX / 2;
        if (end - start > SOURCE_MAX)
            end = start + SOURCE_MAX;
    }
    g_free(error->source);
    error->source = g_strndup(text + start, end - start);
    error->column = (unsigned)(offset - start) + 1;
    return false;
}

bool wend_error_move(WendError *to, WendError *from)
{
    if (to == NULL) {
        wend_error_clear(from);
        return false;
    }
    wend_error_clear(to);
    *to = *from;
    *from = (WendError)WEND_ERROR_INIT;
    return false;
}

const char *wend_version_text(void)
{
    return WEND_VERSION;
}
