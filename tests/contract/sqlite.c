/* SPDX-License-Identifier: MIT
 *
 * SQLite in the contract suite: a file in a folder of its own per database.
 */
#include "contract.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static const char *path_of(const char *url)
{
    return strchr(url, ':') + 1;
}

static char *fresh(void)
{
    g_autofree char *folder = g_dir_make_tmp("wend-sqlite-XXXXXX", NULL);
    g_assert_nonnull(folder);
    return g_strdup_printf("sqlite:%s/shop.db", folder);
}

static int remove_one(const char *path, G_GNUC_UNUSED const struct stat *info,
                      G_GNUC_UNUSED int kind, G_GNUC_UNUSED struct FTW *where)
{
    return remove(path);
}

static void discard(const char *url)
{
    g_autofree char *folder = g_path_get_dirname(path_of(url));
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *missing(const char *url)
{
    g_autofree char *folder = g_path_get_dirname(path_of(url));
    return g_strdup_printf("sqlite3:%s/not-yet.db", folder);
}

static char *unreachable(const char *url)
{
    g_autofree char *folder = g_path_get_dirname(path_of(url));
    return g_strdup_printf("sqlite:%s/no/folder/shop.db", folder);
}

static char *read_only(const char *url)
{
    return g_strdup_printf("%s?mode=ro", url);
}

static void steal_lock(const char *url)
{
    g_autofree char *file = g_strconcat(path_of(url), "-wend", NULL);
    g_assert_cmpint(g_unlink(file), ==, 0);
}

static char *client(const char *url, const char *file)
{
    g_autofree char *program = g_find_program_in_path("sqlite3");
    if (program == NULL)
        return NULL;
    g_autofree char *quoted = g_shell_quote(file);
    return g_strdup_printf("sqlite3 -bail %s < %s", path_of(url), quoted);
}

static const ContractSample samples[] = {
    {"VACUUM", WEND_CLASS_REPEATABLE, false, false, "VACUUM"},
    {"VACUUM main", WEND_CLASS_REPEATABLE, false, false, "VACUUM"},
    {"VACUUM INTO 'copy.db'", WEND_CLASS_OPAQUE, false, false, "VACUUM INTO"},
    {"PRAGMA foreign_keys = OFF", WEND_CLASS_LIFTED, true, false, "PRAGMA"},
    {"PRAGMA cache_size = 5", WEND_CLASS_ORDINARY, true, false, "PRAGMA"},
    {"PRAGMA journal_mode = WAL", WEND_CLASS_REPEATABLE, false, false, "PRAGMA"},
    {"PRAGMA user_version = 5", WEND_CLASS_ORDINARY, false, false, "PRAGMA"},
    {"CREATE TABLE items (id INTEGER)", WEND_CLASS_ORDINARY, false, false, NULL},
    {"ALTER TABLE items ADD COLUMN more", WEND_CLASS_ORDINARY, false, false, NULL},
    {"CREATE TEMP TABLE scrap (id)", WEND_CLASS_ORDINARY, false, true, NULL},
    {"REINDEX", WEND_CLASS_ORDINARY, false, false, NULL},
    {"ANALYZE", WEND_CLASS_ORDINARY, false, false, NULL},
    {"BEGIN IMMEDIATE", WEND_CLASS_BEGIN, false, false, "BEGIN"},
    {"END TRANSACTION", WEND_CLASS_COMMIT, false, false, "COMMIT"},
    {"SAVEPOINT mine", WEND_CLASS_ORDINARY, false, false, NULL},
    {NULL, WEND_CLASS_ORDINARY, false, false, NULL},
};

static const char *const refused[] = {
    "ROLLBACK",
    "rollback transaction",
    "ATTACH 'other.db' AS other",
    "DETACH other",
    ".import a.csv items",
    "SAVEPOINT wend_step",
    "RELEASE wend_step",
    NULL,
};

#define COUNT_TO(n)                                                                                \
    "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < " n ") "          \
    "SELECT count(*) FROM up"

ContractTarget contract_target = {
    .name = "sqlite",
    .fresh = fresh,
    .discard = discard,
    .missing = missing,
    .unreachable = unreachable,
    .read_only = read_only,
    .missing_is_empty = true,
    .creates = true,
    .relative = "sqlite:data/shop.db?mode=rw",
    .placed = "sqlite:/srv/a b/data/shop.db?mode=rw",
    .nonsense = "sqlite:shop.db?mode=sideways",
    .names_ignore_case = true,
    .ddl_transactional = true,
    .malformed_offset = 9,
    .slow = COUNT_TO("100000000000"),
    .slowish = COUNT_TO("500000"),
    .repeatable = "VACUUM",
    .repeatable_failing = "VACUUM nowhere_at_all",
    .opaque = "VACUUM INTO 'copy.db'",
    .setting = "PRAGMA cache_size = 77",
    .setting_read = "(SELECT cache_size FROM pragma_cache_size)",
    .setting_value = "77",
    .setting_again = "PRAGMA cache_size = 88",
    .setting_again_value = "88",
    .lifted = "PRAGMA foreign_keys = ON",
    .lifted_read = "(SELECT foreign_keys FROM pragma_foreign_keys)",
    .lifted_value = "1",
    .ends_transaction = "INSERT OR ROLLBACK INTO items VALUES (1, 'again')",
    .batch = "UPDATE items SET name = 'new' WHERE id IN "
             "(SELECT id FROM items WHERE name = 'old' ORDER BY id LIMIT :size)",
    .batch_keyed = "UPDATE items SET name = 'new' WHERE id IN (SELECT id FROM items "
                   "WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size) RETURNING id",
    .tells_busy = true,
    .steal_lock = steal_lock,
    .stolen = WEND_LOCKED,
    .client = client,
    .backs_up = true,
    .samples = samples,
    .refused = refused,
};
