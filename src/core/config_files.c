/* SPDX-License-Identifier: MIT
 *
 * Finds wend.yaml and .env and reads them into a configuration that is being loaded.
 */
#include "core/config_load.h"
#include "format/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOTENV     ".env"
#define FILE_LIMIT (1024 * 1024)

typedef enum ReadResult { READ_DONE, READ_MISSING, READ_FOLDER, READ_FAILED } ReadResult;

static ReadResult fail_read(const char *path, int failure, WendError *error)
{
    wend_error_set(error, WEND_USAGE, "%s cannot be read: %s", path, g_strerror(failure));
    wend_error_hint(error, "%s", wend_file_advice(failure));
    return READ_FAILED;
}

/* Nothing that could keep the reader waiting for a writer. A device may stand for an empty file:
 * /dev/null. */
static ReadResult check_kind(int fd, const char *path, WendError *error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return fail_read(path, errno, error);
    if (S_ISDIR(about.st_mode))
        return READ_FOLDER;
    if (S_ISREG(about.st_mode) || S_ISCHR(about.st_mode))
        return READ_DONE;
    wend_error_set(error, WEND_USAGE, "%s is no regular file", path);
    wend_error_hint(error, "put a plain text file in its place");
    return READ_FAILED;
}

static ReadResult read_all(int fd, const char *path, GString *text, WendError *error)
{
    char chunk[16384];
    gssize got;
    while ((got = TEMP_FAILURE_RETRY(read(fd, chunk, sizeof chunk))) > 0) {
        g_string_append_len(text, chunk, got);
        if (text->len > FILE_LIMIT) {
            wend_error_set(error, WEND_USAGE, "%s is longer than 1 MiB", path);
            return READ_FAILED;
        }
    }
    return got < 0 ? fail_read(path, errno, error) : READ_DONE;
}

static ReadResult read_small(const char *path, GString *text, WendError *error)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? READ_MISSING : fail_read(path, errno, error);
    ReadResult result = check_kind(fd, path, error);
    if (result == READ_DONE)
        result = read_all(fd, path, text, error);
    close(fd);
    return result;
}

char *wend_config_join(const char *folder, const char *name)
{
    if (folder == NULL || strcmp(folder, ".") == 0 || g_path_is_absolute(name))
        return g_strdup(name);
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    return g_build_filename(folder, name, NULL);
}

/* The folder above, or NULL at the root. Below the current directory it is "..", "../.." and so on. */
static char *parent_folder(const char *folder)
{
    if (g_path_is_absolute(folder))
        return strcmp(folder, "/") == 0 ? NULL : g_path_get_dirname(folder);
    g_autofree char *parent =
        strcmp(folder, ".") == 0 ? g_strdup("..") : g_build_filename(folder, "..", NULL);
    struct stat here, above;
    if (stat(folder, &here) != 0 || stat(parent, &above) != 0 ||
        (here.st_dev == above.st_dev && here.st_ino == above.st_ino))
        return NULL;
    return g_steal_pointer(&parent);
}

/* A link that leads nowhere is there, too: reading it says what is wrong. */
static bool is_there(const char *folder, const char *name)
{
    struct stat about;
    g_autofree char *path = wend_config_join(folder, name);
    return lstat(path, &about) == 0;
}

/* The folder that holds wend.yaml: `start` or one above it, up to the first that holds .git. */
static char *find_folder(const char *start)
{
    g_autofree char *folder = g_strdup(start);
    while (folder != NULL) {
        if (is_there(folder, WEND_CONFIG_FILE))
            return g_steal_pointer(&folder);
        if (is_there(folder, ".git"))
            return NULL;
        char *parent = parent_folder(folder);
        g_free(folder);
        folder = parent;
    }
    return NULL;
}

static char *start_folder(const char *directory)
{
    if (directory == NULL || strcmp(directory, ".") == 0)
        return g_strdup(".");
    return g_canonicalize_filename(directory, NULL);
}

static bool fail_missing(const char *path, WendError *error)
{
    g_autofree char *target = g_file_read_link(path, NULL);
    if (target == NULL) {
        wend_error_set(error, WEND_USAGE, "there is no configuration file %s", path);
        return wend_error_hint(error, "wend init writes a " WEND_CONFIG_FILE);
    }
    wend_error_set(error, WEND_USAGE, "%s is a symbolic link to %s, which is not there", path,
                   target);
    return wend_error_hint(error, "restore what it points to, or remove the link");
}

static bool read_yaml(WendConfigLoader *loader)
{
    const char *path = loader->config->file;
    g_autoptr(GString) text = g_string_new(NULL);
    switch (read_small(path, text, loader->error)) {
    case READ_FAILED:
        return false;
    case READ_MISSING:
        return fail_missing(path, loader->error);
    case READ_FOLDER:
        wend_error_set(loader->error, WEND_USAGE, "the configuration file %s is a folder", path);
        return wend_error_hint(loader->error, "name a file, for example -c %s%s" WEND_CONFIG_FILE,
                               path, g_str_has_suffix(path, "/") ? "" : "/");
    case READ_DONE:
        break;
    }
    loader->file = wend_config_parse_yaml(text->str, text->len, path, loader->error);
    return loader->file != NULL;
}

bool wend_config_read_files(WendConfigLoader *loader)
{
    WendConfig *config = loader->config;
    g_autofree char *start = start_folder(loader->input->directory);
    const char *named = loader->input->config;
    if (named == NULL)
        named = g_environ_getenv(config->variables->environ, "WEND_CONFIG");
    if (named != NULL && named[0] != '\0') {
        config->file = g_strdup(named);
        config->root = g_path_get_dirname(named);
    } else {
        config->root = find_folder(start);
        config->file =
            config->root != NULL ? wend_config_join(config->root, WEND_CONFIG_FILE) : NULL;
    }
    if (config->file != NULL && !read_yaml(loader))
        return false;

    const char *beside = config->root != NULL ? config->root : start;
    config->variables->folder = g_strdup(beside);
    g_autofree char *path = wend_config_join(beside, DOTENV);
    g_autoptr(GString) text = g_string_new(NULL);
    switch (read_small(path, text, loader->error)) {
    case READ_FAILED:
        return false;
    case READ_MISSING:
    case READ_FOLDER:
        return true;
    case READ_DONE:
        break;
    }
    return wend_variables_parse(config->variables, text->str, text->len, path, loader->error);
}
