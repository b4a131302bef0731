/* SPDX-License-Identifier: MIT
 *
 * Rows of a CSV file. See load.h.
 */
#include "sql/load.h"

#include "sql/query.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (64 * 1024)

static bool fail_header(const WendCsv *csv, WendError *error, const char *hint, const char *what,
                        const char *name)
{
    wend_error_set(error, WEND_FAILED, "%s%s", what, name);
    wend_error_place(error, csv->file, csv->line, 0);
    return wend_error_hint(error, "%s", hint);
}

/* A name as two columns of one table cannot share it. SQLite would keep the first of two such values and drop the
 * other without a word. Caller frees. */
static char *column_key(WendDialect dialect, const char *name)
{
    return dialect == WEND_DIALECT_POSTGRES ? g_strdup(name) : g_ascii_strdown(name, -1);
}

static bool check_header(const WendCsv *csv, WendDialect dialect, WendError *error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (csv->count == 0)
        return fail_header(csv, error, "its first line names the columns, with commas between them",
                           "the file is empty", "");
    if (csv->count == 1 && strpbrk(csv->fields[0].text, ";\t") != NULL)
        return fail_header(
            csv, error, "save it with commas between the fields",
            "the header has other marks than commas between the columns: ", csv->fields[0].text);
    for (guint i = 0; i < csv->count; i++) {
        const char *name = csv->fields[i].text;
        if (name[0] == '\0')
            return fail_header(csv, error, "name it, or take the comma away",
                               "there is a column without a name in the header", "");
        if (!g_hash_table_add(seen, column_key(dialect, name)))
            return fail_header(csv, error, "take one of them out",
                               "the header names a column twice: ", name);
    }
    return true;
}

/* As a statement names them. Caller frees. */
static char *columns_of(const WendCsv *csv, WendDialect dialect)
{
    GString *columns = g_string_new(NULL);
    for (guint i = 0; i < csv->count; i++) {
        g_autofree char *quoted = wend_quote_part(dialect, csv->fields[i].text);
        g_string_append_printf(columns, "%s%s", i > 0 ? ", " : "", quoted);
    }
    return g_string_free(columns, FALSE);
}

/* Of all its bytes: most of them need not be read as CSV yet. */
static bool sum_file(const char *path, char out[WEND_SHA256_HEX + 1], WendError *error)
{
    g_autofree char *buffer = g_malloc(BUFFER_BYTES);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : 1;
    while (count > 0) {
        count = TEMP_FAILURE_RETRY(read(fd, buffer, BUFFER_BYTES));
        if (count > 0)
            g_checksum_update(sum, (const guchar *)buffer, count);
    }
    int failure = errno;
    if (fd >= 0)
        close(fd);
    if (count < 0) {
        wend_error_set(error, WEND_FAILED, "cannot read the file: %s", g_strerror(failure));
        return wend_error_place(error, path, 0, 0);
    }
    memcpy(out, g_checksum_get_string(sum), WEND_SHA256_HEX + 1);
    return true;
}

WendLoad *wend_load_new(const char *file, const char *table, WendDialect dialect, WendError *error)
{
    g_autoptr(WendCsv) csv = wend_csv_open(file, error);
    g_autoptr(WendLoad) load = g_new0(WendLoad, 1);
    if (csv == NULL || !wend_csv_next(csv, error) || !check_header(csv, dialect, error) ||
        !sum_file(file, load->checksum, error))
        return NULL;
    load->file = g_strdup(file);
    load->table = wend_quote_name(dialect, table);
    load->columns = columns_of(csv, dialect);
    load->dialect = dialect;
    load->count = csv->count;
    return g_steal_pointer(&load);
}

void wend_load_free(WendLoad *load)
{
    if (load == NULL)
        return;
    g_free(load->file);
    g_free(load->table);
    g_free(load->columns);
    g_free(load);
}

char *wend_load_statement(const WendLoad *load)
{
    return g_strdup_printf("INSERT INTO %s (%s) VALUES ('CSV, SHA-256 %s');", load->table,
                           load->columns, load->checksum);
}

static bool fail_changed(const WendLoad *load, WendError *error)
{
    wend_error_set(error, WEND_FAILED, "the file was changed while it was being loaded");
    wend_error_place(error, load->file, 0, 0);
    return wend_error_hint(error, "run the same command again");
}

WendCsv *wend_load_open(const WendLoad *load, WendError *error)
{
    g_autoptr(WendCsv) rows = wend_csv_open(load->file, error);
    if (rows == NULL || !wend_csv_next(rows, error))
        return NULL;
    g_autofree char *columns = columns_of(rows, load->dialect);
    if (strcmp(columns, load->columns) == 0)
        return g_steal_pointer(&rows);
    fail_changed(load, error);
    return NULL;
}

bool wend_load_next(const WendLoad *load, WendCsv *rows, WendError *error)
{
    if (!wend_csv_next(rows, error))
        return false;
    if (rows->count == load->count)
        return true;
    if (rows->count > 0) {
        wend_error_set(error, WEND_FAILED, "there %s %u field%s here, and the header names %u",
                       rows->count == 1 ? "is" : "are", rows->count, rows->count == 1 ? "" : "s",
                       load->count);
        wend_error_place(error, load->file, rows->line, 0);
        return wend_error_hint(error,
                               "a comma or a line end inside a field needs quotes around it");
    }
    if (strcmp(wend_csv_checksum(rows), load->checksum) == 0)
        return true;
    return fail_changed(load, error);
}
