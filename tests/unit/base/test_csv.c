/* SPDX-License-Identifier: MIT
 *
 * Tests of src/base/csv.c.
 */
#include "base/csv.h"

#include <string.h>
#include <unistd.h>

/* What is read, as text: "LINE:field|field;" with NULL for what is empty without quotes; or "LINE!message". */
static char *read_all(WendCsv *csv)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GString) out = g_string_new(NULL);
    for (;;) {
        if (!wend_csv_next(csv, &error)) {
            g_assert_cmpint(error.code, ==, WEND_FAILED);
            g_assert_cmpstr(error.file, ==, csv->file);
            g_string_append_printf(out, "%u!%s", error.line, error.message);
            break;
        }
        if (csv->count == 0)
            break;
        g_string_append_printf(out, "%u:", csv->line);
        for (guint i = 0; i < csv->count; i++) {
            const WendCsvField *field = &csv->fields[i];
            g_assert_cmpuint(strlen(field->text), ==, field->length);
            g_string_append_printf(out, "%s%s", i > 0 ? "|" : "",
                                   field->length == 0 && !field->quoted ? "NULL" : field->text);
        }
        g_string_append_c(out, ';');
    }
    return g_strdup(out->str);
}

static const struct {
    const char *text, *expected;
} cases[] = {
    {"", ""},
    {"\n\r\n\n", ""},
    {"a,b\n1,2\n", "1:a|b;2:1|2;"},
    {"a,b\r\n1,2", "1:a|b;2:1|2;"},
    {"\xef\xbb\xbf"
     "a\n",
     "1:a;"},
    {"a,,\"\"\n", "1:a|NULL|;"},
    {",\n", "1:NULL|NULL;"},
    {"a,\n", "1:a|NULL;"},
    {"\"a\"\"b\",\"c,d\"\n", "1:a\"b|c,d;"},
    {"\"\"\"\"\n", "1:\";"},
    {"a\n\n\nb\n", "1:a;4:b;"},
    {"\"x\ny\r\nz\",1\nb,2\n", "1:x\ny\r\nz|1;4:b|2;"},
    {" a , \"b\"\n", "1!there is a quote inside a field that has none around it"},
    {" a ,b\n", "1: a |b;"},
    {"a\nb\"c\n", "1:a;2!there is a quote inside a field that has none around it"},
    {"a\n\"b\"c\n", "1:a;2!there is text behind a closing quote"},
    {"a\n\"b\nc\n", "1:a;2!the quote that is opened here is never closed"},
    {"a\nb\rc\n", "1:a;2!there is a carriage return without a line feed"},
    {"a\n\"x\n\xff\"\n", "1:a;3!this is not valid UTF-8"},
    {"a,b\n1,\xc3\x28\n", "1:a|b;2!this is not valid UTF-8"},
    {"\xff\xfe"
     "a",
     "1!the file is UTF-16"},
    {"\"\xc3\xa4\xe2\x82\xac\"\n", "1:\xc3\xa4\xe2\x82\xac;"},
};

static void test_text(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(WendCsv) csv = wend_csv_of(cases[i].text, strlen(cases[i].text), "t.csv");
        g_autofree char *read = read_all(csv);
        g_test_message("case %" G_GSIZE_FORMAT, i);
        g_assert_cmpstr(read, ==, cases[i].expected);
    }
}

static void test_nul(void)
{
    static const char plain[] = "a\nb\0c\n", quoted[] = "a\n\"\n\0\"\n";
    g_autoptr(WendCsv) one = wend_csv_of(plain, sizeof plain - 1, "t.csv");
    g_autofree char *read = read_all(one);
    g_assert_cmpstr(read, ==, "1:a;2!there is a NUL byte in the file");
    g_autoptr(WendCsv) other = wend_csv_of(quoted, sizeof quoted - 1, "t.csv");
    g_autofree char *again = read_all(other);
    g_assert_cmpstr(again, ==, "1:a;3!there is a NUL byte in the file");
}

/* From a file it is the same, wherever the buffer ends; and the sum is that of its bytes. */
static void test_file(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("wend-csv-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    for (gsize before = 65520; before < 65550; before++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_append_c(text, '"');
        for (gsize i = 0; i < before; i++)
            g_string_append_c(text, 'x');
        g_string_append(text, "\"\"\",\"\",,\"\xe2\x82\xac\"\r\ny,\"1\n2\",\r\n");
        g_assert_true(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
        g_autoptr(WendCsv) memory = wend_csv_of(text->str, text->len, path);
        g_autoptr(WendCsv) file = wend_csv_open(path, NULL);
        g_autofree char *expected = read_all(memory);
        g_autofree char *read = read_all(file);
        g_assert_true(g_str_has_suffix(expected, "x\"||NULL|\xe2\x82\xac;2:y|1\n2|NULL;"));
        g_assert_cmpstr(read, ==, expected);
        char sum[WEND_SHA256_HEX + 1];
        wend_sha256(text->str, text->len, sum);
        g_assert_cmpstr(wend_csv_checksum(file), ==, sum);
    }
    unlink(path);
}

static void test_unreadable(void)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_null(wend_csv_open("/nowhere/x.csv", &error));
    g_assert_cmpint(error.code, ==, WEND_FAILED);
    g_assert_null(wend_csv_open("/", &error));
    g_assert_cmpstr(error.message, ==, "cannot read the file: it is none");
    g_assert_cmpstr(error.file, ==, "/");
}

static void test_large(void)
{
    gsize length = 65 * 1024 * 1024;
    g_autofree char *text = g_malloc(length);
    memset(text, 'x', length);
    g_autoptr(WendCsv) plain = wend_csv_of(text, length, "t.csv");
    g_autofree char *read = read_all(plain);
    g_assert_cmpstr(read, ==, "1!the record that begins here is over 64 MiB");
    memcpy(text, "a\n\"", 3);
    g_autoptr(WendCsv) quoted = wend_csv_of(text, length, "t.csv");
    g_autofree char *again = read_all(quoted);
    g_assert_cmpstr(again, ==,
                    "1:a;2!the quoted field that begins here goes on for more than 64 MiB");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/csv/text", test_text);
    g_test_add_func("/base/csv/nul", test_nul);
    g_test_add_func("/base/csv/file", test_file);
    g_test_add_func("/base/csv/unreadable", test_unreadable);
    g_test_add_func("/base/csv/large", test_large);
    return g_test_run();
}
