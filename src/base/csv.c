/* SPDX-License-Identifier: MIT
 *
 * Reading CSV. See csv.h.
 */
#include "base/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES    (64 * 1024)
#define RECORD_MAX      ((gsize)64 * 1024 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct WendCsvReader {
    int fd; /* -1: all there is stands between `at` and `end` */
    char *buffer;
    const char *at, *end;
    GChecksum *sum;
    guint next_line; /* of the next byte */
    bool begun;
    GString *record; /* the fields' texts, each with its NUL */
    GArray *starts;  /* of gsize: where each begins in it */
    GArray *fields;  /* of WendCsvField */
};

static WendCsv *csv_new(const char *file, int fd)
{
    WendCsv *csv = g_new0(WendCsv, 1);
    struct WendCsvReader *reader = g_new0(struct WendCsvReader, 1);
    csv->file = g_strdup(file);
    csv->reader = reader;
    reader->fd = fd;
    reader->sum = g_checksum_new(G_CHECKSUM_SHA256);
    reader->next_line = 1;
    reader->record = g_string_new(NULL);
    reader->starts = g_array_new(FALSE, FALSE, sizeof(gsize));
    reader->fields = g_array_new(FALSE, FALSE, sizeof(WendCsvField));
    return csv;
}

WendCsv *wend_csv_open(const char *path, WendError *error)
{
    /* A pipe that nobody writes to is not waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        wend_error_set(error, WEND_FAILED, "cannot read the file: %s",
                       fd < 0 ? g_strerror(errno) : "it is none");
        wend_error_place(error, path, 0, 0);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    WendCsv *csv = csv_new(path, fd);
    csv->reader->buffer = g_malloc(BUFFER_BYTES);
    csv->reader->at = csv->reader->end = csv->reader->buffer;
    return csv;
}

WendCsv *wend_csv_of(const char *text, gsize length, const char *file)
{
    WendCsv *csv = csv_new(file, -1);
    csv->reader->at = text;
    csv->reader->end = text + length;
    g_checksum_update(csv->reader->sum, (const guchar *)text, (gssize)length);
    return csv;
}

void wend_csv_free(WendCsv *csv)
{
    if (csv == NULL)
        return;
    struct WendCsvReader *reader = csv->reader;
    if (reader->fd >= 0)
        close(reader->fd);
    g_free(reader->buffer);
    g_checksum_free(reader->sum);
    g_string_free(reader->record, TRUE);
    g_array_unref(reader->starts);
    g_array_unref(reader->fields);
    g_free(reader);
    g_free(csv->file);
    g_free(csv);
}

const char *wend_csv_checksum(const WendCsv *csv)
{
    return g_checksum_get_string(csv->reader->sum);
}

static bool fail(const WendCsv *csv, guint line, WendError *error, const char *hint,
                 const char *message)
{
    wend_error_set(error, WEND_FAILED, "%s", message);
    wend_error_place(error, csv->file, line, 0);
    if (hint != NULL)
        wend_error_hint(error, "%s", hint);
    return false;
}

/* Whether there is another byte; `failed` when it cannot be read. */
static bool more(const WendCsv *csv, bool *failed, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    if (reader->at < reader->end)
        return true;
    if (reader->fd < 0 || *failed)
        return false;
    ssize_t count = TEMP_FAILURE_RETRY(read(reader->fd, reader->buffer, BUFFER_BYTES));
    if (count < 0) {
        g_autofree char *message = g_strdup_printf("cannot read the file: %s", g_strerror(errno));
        *failed = true;
        return fail(csv, 0, error, NULL, message);
    }
    g_checksum_update(reader->sum, (const guchar *)reader->buffer, count);
    reader->at = reader->buffer;
    reader->end = reader->buffer + count;
    return count > 0;
}

/* Takes the byte when it is that one. */
static bool take(const WendCsv *csv, char byte, bool *failed, WendError *error)
{
    if (!more(csv, failed, error) || *csv->reader->at != byte)
        return false;
    csv->reader->at++;
    csv->reader->next_line += byte == '\n';
    return true;
}

/* Appends what stands before the next of the bytes in `stops` (NUL, too). */
static void take_run(struct WendCsvReader *reader, const char *stops)
{
    const char *from = reader->at;
    while (reader->at < reader->end && strchr(stops, *reader->at) == NULL)
        reader->at++;
    g_string_append_len(reader->record, from, reader->at - from);
}

static bool check_length(const WendCsv *csv, guint opened, WendError *error)
{
    if (csv->reader->record->len <= RECORD_MAX)
        return true;
    if (opened > 0)
        return fail(csv, opened, error, "look for a quote that is missing",
                    "the quoted field that begins here goes on for more than 64 MiB");
    return fail(csv, csv->line, error, NULL, "the record that begins here is over 64 MiB");
}

static bool fail_nul(const WendCsv *csv, WendError *error)
{
    return fail(csv, csv->reader->next_line, error, "save it as UTF-8 text",
                "there is a NUL byte in the file");
}

/* Behind the opening quote. */
static bool read_quoted(const WendCsv *csv, bool *failed, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    guint opened = reader->next_line;
    while (more(csv, failed, error)) {
        take_run(reader, "\"\n");
        if (!check_length(csv, opened, error))
            return false;
        if (reader->at == reader->end)
            continue;
        if (*reader->at == '\0')
            return fail_nul(csv, error);
        char byte = *reader->at++;
        reader->next_line += byte == '\n';
        if (byte == '"' && !take(csv, '"', failed, error))
            return !*failed;
        g_string_append_c(reader->record, byte);
    }
    return !*failed && fail(csv, opened, error,
                            "close it with \"; a quote that is meant as it "
                            "stands is written twice",
                            "the quote that is opened here is never closed");
}

static bool read_plain(const WendCsv *csv, bool *failed, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    while (more(csv, failed, error)) {
        take_run(reader, ",\n\r\"");
        if (!check_length(csv, 0, error))
            return false;
        if (reader->at == reader->end)
            continue;
        if (*reader->at == '\0')
            return fail_nul(csv, error);
        if (*reader->at == '"')
            return fail(csv, reader->next_line, error,
                        "write the whole field in quotes, and this one twice",
                        "there is a quote inside a field that has none around it");
        return true;
    }
    return !*failed;
}

static bool read_field(const WendCsv *csv, bool *failed, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    gsize start = reader->record->len;
    WendCsvField field = {.quoted = take(csv, '"', failed, error)};
    if (*failed ||
        !(field.quoted ? read_quoted(csv, failed, error) : read_plain(csv, failed, error)))
        return false;
    field.length = reader->record->len - start;
    g_string_append_c(reader->record, '\0');
    g_array_append_val(reader->starts, start);
    g_array_append_val(reader->fields, field);
    return true;
}

/* Behind a field: `last` when its record ends with it. */
static bool read_border(const WendCsv *csv, bool *last, bool *failed, WendError *error)
{
    *last = false;
    if (take(csv, ',', failed, error))
        return true;
    *last = true;
    bool ended = take(csv, '\r', failed, error);
    if (*failed)
        return false;
    if (take(csv, '\n', failed, error))
        return true;
    if (ended)
        return !*failed && fail(csv, csv->reader->next_line, error,
                                "save the file with line ends as Unix or Windows has them",
                                "there is a carriage return without a line feed");
    if (!more(csv, failed, error))
        return !*failed;
    return fail(csv, csv->reader->next_line, error,
                "put a comma between the fields; a quote inside a field is written twice",
                "there is text behind a closing quote");
}

static bool read_start(const WendCsv *csv, bool *failed, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    reader->begun = true;
    if (!more(csv, failed, error))
        return !*failed;
    gsize length = (gsize)(reader->end - reader->at);
    if (length >= 3 && memcmp(reader->at, BYTE_ORDER_MARK, 3) == 0)
        reader->at += 3;
    else if (length >= 2 &&
             (memcmp(reader->at, "\xff\xfe", 2) == 0 || memcmp(reader->at, "\xfe\xff", 2) == 0))
        return fail(csv, 1, error, "save it as UTF-8", "the file is UTF-16");
    return true;
}

/* Ends of lines without anything on them. */
static bool pass_over_empty(const WendCsv *csv, bool *failed, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    while (more(csv, failed, error) && (*reader->at == '\n' || *reader->at == '\r')) {
        bool last;
        if (!read_border(csv, &last, failed, error))
            return false;
    }
    return !*failed;
}

/* Gives the fields their texts, which do not move any more. */
static bool end_record(WendCsv *csv, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    const char *text = reader->record->str;
    for (guint i = 0; i < reader->fields->len; i++) {
        WendCsvField *field = &g_array_index(reader->fields, WendCsvField, i);
        const char *bad;
        field->text = text + g_array_index(reader->starts, gsize, i);
        if (g_utf8_validate_len(field->text, field->length, &bad))
            continue;
        guint line = csv->line;
        for (const char *at = text; at < bad; at++)
            line += *at == '\n';
        return fail(csv, line, error, "save the file as UTF-8", "this is not valid UTF-8");
    }
    csv->count = reader->fields->len;
    csv->fields = (const WendCsvField *)(void *)reader->fields->data;
    return true;
}

bool wend_csv_next(WendCsv *csv, WendError *error)
{
    struct WendCsvReader *reader = csv->reader;
    bool failed = false, last = false;
    csv->count = 0;
    csv->fields = NULL;
    g_string_truncate(reader->record, 0);
    g_array_set_size(reader->starts, 0);
    g_array_set_size(reader->fields, 0);
    if ((!reader->begun && !read_start(csv, &failed, error)) ||
        !pass_over_empty(csv, &failed, error))
        return false;
    csv->line = reader->next_line;
    if (!more(csv, &failed, error))
        return !failed;
    while (!last) {
        if (!read_field(csv, &failed, error) || !read_border(csv, &last, &failed, error))
            return false;
    }
    return end_record(csv, error);
}
