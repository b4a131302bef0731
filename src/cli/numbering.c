/* SPDX-License-Identifier: MIT
 *
 * The version of the next migration. See numbering.h.
 */
#include "cli/numbering.h"

#include <string.h>
#include <time.h>

#define SEQUENCE_MAX    8 /* digits; longer versions are dates or times */
#define SEQUENCE_DIGITS 3 /* in a folder that has none yet */

void wend_counting_clear(WendCounting *counting)
{
    g_hash_table_unref(counting->keys);
    g_ptr_array_unref(counting->migrations);
    g_free(counting->tool);
}

static bool is_digits(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* `key` is taken over. */
static void count_version(WendCounting *counting, const char *version, char *key)
{
    gsize length = strlen(version);
    g_hash_table_add(counting->keys, key);
    if (!is_digits(version) || length > SEQUENCE_MAX) {
        counting->others++;
        return;
    }
    counting->sequence++;
    counting->highest = MAX(counting->highest, g_ascii_strtoull(version, NULL, 10));
    counting->digits = MAX(counting->digits, length);
}

static char *key_of(const WendFormat *format, const char *version)
{
    char *key = format->version_key(version);
    return key != NULL ? key : g_strdup(version);
}

/* By their versions: with some tools an id is more than that; with Liquibase a version is more than the time.
 * Baselines count: they stand for all up to their version. */
void wend_counting_read(WendCounting *counting, const WendFormat *format)
{
    for (guint i = 0; i < counting->migrations->len; i++) {
        const WendMigration *migration = g_ptr_array_index(counting->migrations, i);
        if (migration->kind == WEND_KIND_REPEATABLE)
            continue;
        gsize digits = strspn(migration->version, "0123456789");
        g_autofree char *number = g_strndup(migration->version, digits);
        g_hash_table_add(counting->keys, key_of(format, number));
        count_version(counting, migration->version, key_of(format, migration->version));
    }
}

void wend_counting_add(WendCounting *counting, const WendFormat *format, const char *version)
{
    WendMigration *migration = wend_migration_new(WEND_KIND_VERSIONED);
    migration->version = g_strdup(version);
    g_ptr_array_add(counting->migrations, migration);
    count_version(counting, version, key_of(format, version));
}

/* The next version as a time that no migration has. Caller frees. */
static char *next_timestamp(const WendFormat *format, const WendCounting *counting)
{
    for (time_t now = time(NULL);; now++) {
        struct tm utc;
        char text[32];
        strftime(text, sizeof text, "%Y%m%d%H%M%S", gmtime_r(&now, &utc));
        g_autofree char *key = key_of(format, text);
        if (!g_hash_table_contains(counting->keys, key))
            return g_strdup(text);
    }
}

/* The version that the tool would give, another than it gave the last one. Caller frees. NULL = as wend does. */
static char *tool_version(const WendFormat *format, WendCounting *counting)
{
    char *version;
    while ((version = format->new_version != NULL ? format->new_version(counting->migrations)
                                                  : NULL) != NULL &&
           g_strcmp0(version, counting->tool) == 0) {
        /* It is a time. */
        g_free(version);
        g_usleep(1000);
    }
    g_free(counting->tool);
    counting->tool = g_strdup(version);
    return version;
}

char *wend_counting_next(WendCli *cli, const WendFormat *format, WendCounting *counting,
                         WendError *error)
{
    bool counts = counting->sequence > 0 && counting->others == 0;
    bool asked = wend_cli_flag(cli, "sequence") || wend_cli_flag(cli, "timestamp");
    char *tool = asked ? NULL : tool_version(format, counting);
    if (tool != NULL)
        return tool;
    if (wend_cli_flag(cli, "sequence") && counting->others > 0) {
        wend_error_set(error, WEND_USAGE, "the versions of this folder are no sequence of numbers");
        wend_error_hint(error, "leave --sequence away");
        return NULL;
    }
    if (wend_cli_flag(cli, "timestamp") || (!counts && !wend_cli_flag(cli, "sequence")))
        return next_timestamp(format, counting);
    int digits = counts ? (int)counting->digits : SEQUENCE_DIGITS;
    return g_strdup_printf("%0*" G_GUINT64_FORMAT, digits, counting->highest + 1);
}
