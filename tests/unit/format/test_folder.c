/* SPDX-License-Identifier: MIT
 *
 * Tests of src/format/folder.c: what a folder lists, and every kind of file that is no plain text.
 */
#include "format/folder.h"
#include "sandbox.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char *join(const GPtrArray *names)
{
    g_assert_null(names->pdata[names->len]);
    return g_strjoinv(" ", (char **)names->pdata);
}

static guint count_open_files(void)
{
    guint count = 0;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static void assert_refused(const char *path, const char *message, const char *hint)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_null(wend_folder_open(path, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, message);
    g_assert_true(strstr(error.hint, hint) != NULL);
    g_assert_null(wend_folder_open(path, NULL));
}

static void test_list(void)
{
    char *path = sandbox_new();
    guint open_files = count_open_files();
    sandbox_write(path, "10.sql", "");
    sandbox_write(path, "9.sql", "");
    sandbox_write(path, "README.md", "");
    sandbox_write(path, ".hidden.sql", "");
    sandbox_folder(path, "seeds");
    sandbox_folder(path, ".git");
    sandbox_folder(path, "a.sql");
    sandbox_link(path, "linked", "seeds");
    sandbox_link(path, "linked.sql", "9.sql");
    sandbox_link(path, "gone.sql", "nowhere");
    g_autofree char *slashes = g_strconcat(path, "///", NULL);
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendFolder *folder = wend_folder_open(slashes, &error);
    g_assert_nonnull(folder);
    g_assert_cmpstr(folder->path, ==, path);
    g_autofree char *names = join(folder->names);
    g_autofree char *folders = join(folder->folders);
    g_assert_cmpstr(names, ==, "10.sql 9.sql README.md gone.sql linked.sql");
    g_assert_cmpstr(folders, ==, "a.sql linked seeds");
    wend_folder_close(folder);
    wend_folder_close(NULL);
    g_assert_cmpuint(count_open_files(), ==, open_files);
    sandbox_free(path);
}

static void test_list_root_and_empty(void)
{
    WendFolder *root = wend_folder_open("//", NULL);
    g_assert_cmpstr(root->path, ==, "/");
    wend_folder_close(root);
    char *path = sandbox_new();
    WendFolder *folder = wend_folder_open(path, NULL);
    g_assert_cmpuint(folder->names->len, ==, 0);
    g_assert_null(folder->names->pdata[0]);
    wend_folder_close(folder);
    sandbox_free(path);
}

static void test_refused_folders(void)
{
    char *path = sandbox_new();
    sandbox_write(path, "file", "");
    sandbox_link(path, "loop", "loop");
    g_autofree char *missing = g_build_filename(path, "missing", NULL);
    g_autofree char *file = g_build_filename(path, "file", NULL);
    g_autofree char *below = g_build_filename(path, "file", "migrations", NULL);
    g_autofree char *loop = g_build_filename(path, "loop", "x", NULL);
    g_autofree char *message = g_strdup_printf("there is no migrations folder \"%s\"", missing);
    assert_refused(missing, message, "`wend init`");
    assert_refused("", "there is no migrations folder \"\"", "--migrations DIR");
    g_free(message);
    message = g_strdup_printf("\"%s\" is not a folder", file);
    assert_refused(file, message, "--migrations DIR");
    g_free(message);
    message = g_strdup_printf("\"%s\" is not a folder", below);
    assert_refused(below, message, "--migrations DIR");
    g_free(message);
    message = g_strdup_printf("cannot read the migrations folder \"%s\": Too many levels of "
                              "symbolic links",
                              loop);
    assert_refused(loop, message, "lead in a circle");
    sandbox_free(path);
}

static void test_unreadable_folder(void)
{
    if (geteuid() == 0) {
        g_test_skip("root reads every folder");
        return;
    }
    char *path = sandbox_new();
    g_assert_cmpint(g_chmod(path, 0), ==, 0);
    g_autofree char *message =
        g_strdup_printf("cannot read the migrations folder \"%s\": Permission denied", path);
    assert_refused(path, message, "let this user read it");
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
    sandbox_free(path);
}

/* A host program that has used up its files gets an error, and none stays open. */
static void test_no_files_left(void)
{
    struct rlimit limit, tight;
    char *path = sandbox_new();
    int next = open("/", O_RDONLY | O_CLOEXEC);
    close(next);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    tight = limit;
    tight.rlim_cur = (rlim_t)next + 1;
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &tight), ==, 0);
    g_autofree char *message =
        g_strdup_printf("cannot read the migrations folder \"%s\": Too many open files", path);
    assert_refused(path, message, "raise the limit");
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    int again = open("/", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(again, ==, next);
    close(again);
    sandbox_free(path);
}

/* Reads a file of these bytes and asserts what comes out. */
static void assert_text(const char *bytes, gsize length, const char *expected)
{
    char *path = sandbox_new();
    sandbox_write_n(path, "x.sql", bytes, length);
    g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_true(wend_folder_read(folder, "x.sql", &text, &size, &error));
    g_assert_cmpuint(size, ==, strlen(expected));
    g_assert_cmpstr(text, ==, expected);
    sandbox_free(path);
}

#define ASSERT_TEXT(bytes, expected) assert_text(bytes, sizeof bytes - 1, expected)

static void test_text(void)
{
    ASSERT_TEXT("SELECT 1;\n", "SELECT 1;\n");
    ASSERT_TEXT("", "");
    ASSERT_TEXT("\xEF\xBB\xBF", "");
    ASSERT_TEXT("\xEF\xBB\xBFSELECT '\xC3\xA9';", "SELECT '\xC3\xA9';");
    ASSERT_TEXT("a\r\n\r\nb\r\n", "a\n\nb\n");
    ASSERT_TEXT("\r\n\r\na\r\n\nb", "\n\na\n\nb");
    ASSERT_TEXT("\xEF\xBB\xBF\r\n", "\n");
}

/* Around and beyond the size of the first read. */
static void test_long_text(void)
{
    const gsize sizes[] = {65535, 65536, 65537, 300000};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *text = g_malloc(sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        text[sizes[i] - 1] = 'z';
        text[sizes[i]] = '\0';
        assert_text(text, sizes[i], text);
    }
}

static void assert_bad_name(const char *path, const char *name, const char *message, guint line,
                            guint column, const char *hint)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
    g_autofree char *full = g_build_filename(path, name, NULL);
    char *text = NULL;
    gsize length = 7;
    guint open_files = count_open_files();
    g_assert_false(wend_folder_read(folder, name, &text, &length, &error));
    g_assert_false(wend_folder_read(folder, name, &text, &length, NULL));
    g_assert_cmpuint(count_open_files(), ==, open_files);
    g_assert_null(text);
    g_assert_cmpuint(length, ==, 7);
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_cmpstr(error.message, ==, message);
    g_assert_cmpstr(error.file, ==, full);
    g_assert_cmpuint(error.line, ==, line);
    g_assert_cmpuint(error.column, ==, column);
    if (hint == NULL)
        g_assert_null(error.hint);
    else
        g_assert_true(strstr(error.hint, hint) != NULL);
    g_auto(WendError) by_path = WEND_ERROR_INIT;
    g_assert_false(wend_file_read(NULL, full, &text, &length, &by_path));
    g_assert_false(wend_file_read(NULL, full, &text, &length, NULL));
    g_assert_cmpstr(by_path.message, ==, message);
    g_assert_cmpstr(by_path.file, ==, full);
}

static void test_bad_bytes(void)
{
    static const struct {
        const char *bytes;
        gsize length;
        const char *message;
        guint line, column;
        const char *hint;
    } cases[] = {
        {"\xFF\xFEs\0", 4, "the file is written in UTF-16", 1, 1, "iconv -f UTF-16"},
        {"\xFE\xFF\0s", 4, "the file is written in UTF-16", 1, 1, "iconv -f UTF-16"},
        {"\xFF\xFE", 2, "the file is written in UTF-16", 1, 1, "iconv -f UTF-16"},
        {"\xFFs", 2, "the file is not valid UTF-8", 1, 1, "iconv -f LATIN1"},
        {"\xFEs", 2, "the file is not valid UTF-8", 1, 1, "iconv -f LATIN1"},
        {"\xFF", 1, "the file is not valid UTF-8", 1, 1, "iconv -f LATIN1"},
        {"ab\nc\0d", 6, "the file holds a NUL byte", 2, 2, "plain text"},
        {"a\r\nb\rcd\xE9 ", 9, "the file is not valid UTF-8", 3, 3, "iconv -f LATIN1"},
        {"\xEF\xBB", 2, "the file is not valid UTF-8", 1, 1, "iconv -f LATIN1"},
        {"A; -- a\rB;\r", 10, "the file has a lone carriage return (old Mac line end)", 1, 8,
         "convert it to LF"},
        {"a\r\nb\n\r\r\n", 8, "the file has a lone carriage return (old Mac line end)", 3, 1,
         "char(13)"},
        {"a\n'b\r", 5, "the file has a lone carriage return (old Mac line end)", 2, 3, "tr '\\r'"},
    };
    char *path = sandbox_new();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        sandbox_write_n(path, "x.sql", cases[i].bytes, cases[i].length);
        assert_bad_name(path, "x.sql", cases[i].message, cases[i].line, cases[i].column,
                        cases[i].hint);
    }
    sandbox_free(path);
}

static void make_socket(const char *path, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", path, name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    close(fd);
}

static void test_no_files(void)
{
    char *path = sandbox_new();
    g_autofree char *fifo = g_build_filename(path, "fifo.sql", NULL);
    sandbox_folder(path, "folder.sql");
    sandbox_link(path, "gone.sql", "no/where");
    sandbox_link(path, "loop.sql", "loop.sql");
    sandbox_link(path, "mem.sql", "/proc/self/mem");
    sandbox_link(path, "null.sql", "/dev/null");
    sandbox_link(path, "zero.sql", "/dev/zero");
    g_assert_cmpint(mkfifo(fifo, 0644), ==, 0);
    make_socket(path, "socket.sql");
    assert_bad_name(path, "folder.sql", "this is a folder, not a file", 0, 0, "move it out");
    assert_bad_name(path, "gone.sql", "this is a symbolic link to \"no/where\", which is not there",
                    0, 0, "remove the link");
    assert_bad_name(path, "loop.sql", "cannot read the file: Too many levels of symbolic links", 0,
                    0, "lead in a circle");
    assert_bad_name(path, "mem.sql", "cannot read the file: Input/output error", 0, 0,
                    "the disk reports an error");
    assert_bad_name(path, "missing.sql", "cannot read the file: No such file or directory", 0, 0,
                    "look at the file");
    assert_bad_name(path, "null.sql", "this is a device, not a file", 0, 0, "move it out");
    assert_bad_name(path, "zero.sql", "this is a device, not a file", 0, 0, "move it out");
    assert_bad_name(path, "socket.sql", "this is a socket, not a file", 0, 0, "move it out");
    assert_bad_name(path, "fifo.sql", "this is a pipe, not a file", 0, 0, "move it out");
    int writer = open(fifo, O_RDWR);
    g_assert_cmpint(write(writer, "SELECT 1;", 9), ==, 9);
    assert_bad_name(path, "fifo.sql", "this is a pipe, not a file", 0, 0, "move it out");
    close(writer);
    sandbox_free(path);
}

static void test_too_long(void)
{
    char *path = sandbox_new();
    g_autofree char *file = g_build_filename(path, "x.sql", NULL);
    sandbox_write(path, "x.sql", "");
    g_assert_cmpint(truncate(file, ((off_t)1 << 30) + 1), ==, 0);
    assert_bad_name(path, "x.sql", "the file is larger than 1 GiB", 0, 0, "several migrations");
    sandbox_free(path);
}

/* The kernel's own files have no size of their own: like one that grows while it is read. */
static void test_changing(void)
{
    gsize page = (gsize)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 1024 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true(pages != MAP_FAILED);
    for (gsize i = 0; i < 1024; i += 2)
        g_assert_cmpint(mprotect(pages + i * page, page, PROT_READ), ==, 0);
    char *path = sandbox_new();
    sandbox_link(path, "x.sql", "/proc/self/smaps");
    assert_bad_name(path, "x.sql", "cannot read the file: it changes while it is read", 0, 0,
                    "run the command again");
    sandbox_free(path);
    munmap(pages, 1024 * page);
}

static void test_links_and_paths(void)
{
    char *path = sandbox_new();
    sandbox_folder(path, "data");
    sandbox_write(path, "data/1.sql", "one");
    sandbox_link(path, "1.sql", "data/1.sql");
    g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
    g_autofree char *linked = NULL, *direct = NULL;
    g_autofree char *full = g_build_filename(path, "1.sql", NULL);
    gsize length = 0;
    g_assert_true(wend_folder_read(folder, "1.sql", &linked, &length, NULL));
    g_assert_cmpstr(linked, ==, "one");
    g_assert_true(wend_file_read(NULL, full, &direct, &length, NULL));
    g_assert_cmpstr(direct, ==, "one");
    g_assert_cmpuint(length, ==, 3);
    sandbox_free(path);
}

static void test_lines(void)
{
    static const char text[] = "a\nb\r\nc\rd";
    g_assert_cmpuint(wend_lines_count(text, 0), ==, 0);
    g_assert_cmpuint(wend_lines_count(text, 1), ==, 0);
    g_assert_cmpuint(wend_lines_count(text, 2), ==, 1);
    g_assert_cmpuint(wend_lines_count(text, 5), ==, 2);
    g_assert_cmpuint(wend_lines_count(text, 7), ==, 3);
    g_assert_cmpuint(wend_lines_count("\n\n", 2), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/folder/list", test_list);
    g_test_add_func("/folder/list_root_and_empty", test_list_root_and_empty);
    g_test_add_func("/folder/refused", test_refused_folders);
    g_test_add_func("/folder/unreadable", test_unreadable_folder);
    g_test_add_func("/folder/no_files_left", test_no_files_left);
    g_test_add_func("/folder/text", test_text);
    g_test_add_func("/folder/long_text", test_long_text);
    g_test_add_func("/folder/bad_bytes", test_bad_bytes);
    g_test_add_func("/folder/no_files", test_no_files);
    g_test_add_func("/folder/too_long", test_too_long);
    g_test_add_func("/folder/changing", test_changing);
    g_test_add_func("/folder/links_and_paths", test_links_and_paths);
    g_test_add_func("/folder/lines", test_lines);
    return g_test_run();
}
