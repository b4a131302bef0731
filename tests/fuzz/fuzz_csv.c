/* SPDX-License-Identifier: MIT
 *
 * Fuzz target of CSV: whatever the bytes are, they are read to their end or refused with a line; and what was read,
 * written as CSV again, is read as the same.
 */
#include "base/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void write_field(GString *out, const WendCsvField *field)
{
    CHECK(strlen(field->text) == field->length && g_utf8_validate(field->text, -1, NULL));
    if (field->length == 0 && !field->quoted)
        return;
    g_string_append_c(out, '"');
    for (const char *at = field->text; *at != '\0'; at++) {
        if (*at == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *at);
    }
    g_string_append_c(out, '"');
}

/* The records, as CSV in which every field is in quotes. */
static bool write_all(WendCsv *csv, GString *out)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    guint line = 0;
    while (wend_csv_next(csv, &error)) {
        if (csv->count == 0)
            return true;
        CHECK(csv->line > line);
        line = csv->line;
        for (guint i = 0; i < csv->count; i++) {
            if (i > 0)
                g_string_append_c(out, ',');
            write_field(out, &csv->fields[i]);
        }
        g_string_append_c(out, '\n');
    }
    CHECK(error.code == WEND_FAILED && error.message != NULL && error.line > 0 &&
          error.line >= line);
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) first = g_string_new(NULL), second = g_string_new(NULL);
    g_autoptr(WendCsv) csv = wend_csv_of((const char *)data, size, "f.csv");
    if (!write_all(csv, first))
        return 0;
    g_autoptr(WendCsv) again = wend_csv_of(first->str, first->len, "f.csv");
    CHECK(write_all(again, second));
    CHECK(strcmp(first->str, second->str) == 0);
    return 0;
}
