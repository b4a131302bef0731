/* SPDX-License-Identifier: MIT
 *
 * Foreign keys around a step that turns their checks off: what was wrong before it is counted, and only
 * what it brought fails it. Also the deferred constraints, which SQLite would only report at COMMIT,
 * when innocent neighbours would be lost too.
 */
#include "db/sqlite/sqlite.h"

#include <string.h>

#define NAMED_MAX 5

/* Violations per child and parent table: a rebuild may give rows new ids, but not change how many
 * rows point nowhere. `rows` tells old from new when naming them. */
typedef struct Count {
    guint before, now;
    GHashTable *rows; /* of rowid text: those seen before */
    GPtrArray *fresh; /* of rowid text: those not seen before, at most NAMED_MAX */
} Count;

static void count_free(gpointer data)
{
    Count *count = data;
    g_hash_table_unref(count->rows);
    g_ptr_array_unref(count->fresh);
    g_free(count);
}

static Count *count_for(GHashTable *violations, const WendRow *row)
{
    g_autofree char *key = g_strdup_printf("%s -> %s", row->values[0], row->values[2]);
    Count *count = g_hash_table_lookup(violations, key);
    if (count == NULL) {
        count = g_new0(Count, 1);
        count->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        count->fresh = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(violations, g_steal_pointer(&key), count);
    }
    return count;
}

static bool count_before(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    Count *count = count_for(data, row);
    count->before++;
    if (row->values[1] != NULL)
        g_hash_table_add(count->rows, g_strdup(row->values[1]));
    return true;
}

static bool count_now(const WendRow *row, void *data, WendError *error)
{
    (void)error;
    Count *count = count_for(data, row);
    count->now++;
    const char *rowid = row->values[1] != NULL ? row->values[1] : "?";
    if (count->fresh->len < NAMED_MAX && !g_hash_table_contains(count->rows, rowid))
        g_ptr_array_add(count->fresh, g_strdup(rowid));
    return true;
}

static bool check_all(Connection *connection, WendRowFn row, GHashTable *violations,
                      WendError *error)
{
    g_autoptr(WendQuery) query = wend_query_new("PRAGMA main.foreign_key_check");
    g_autofree char *tables = NULL;
    /* SQLite expands it when it is prepared: with the tables that this connection knows of. An
     * application may have made some since, which the SELECT finds out. */
    if (!wend_sqlite_value(connection, "SELECT count(*) FROM main.sqlite_schema", &tables, error))
        return false;
    return wend_sqlite_query(&connection->base, query, row, violations, error);
}

bool wend_sqlite_violations_before(Connection *connection, WendError *error)
{
    connection->violations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, count_free);
    g_auto(WendError) cannot = WEND_ERROR_INIT;
    if (check_all(connection, count_before, connection->violations, &cannot))
        return true;
    /* A foreign key whose parent lacks its key cannot be checked at all; that is older than the step. */
    if (cannot.code != WEND_FAILED)
        return wend_error_move(error, &cannot);
    connection->violations_unknown = true;
    return true;
}

static bool fail_violations(const char *tables, const Count *count, WendError *error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    for (guint i = 0; i < count->fresh->len; i++)
        g_string_append_printf(rows, "%s%s", i > 0 ? ", " : "", (char *)count->fresh->pdata[i]);
    guint brought = count->now - count->before;
    wend_error_set(error, WEND_FAILED,
                   "foreign key check: %u row%s of %s point%s nowhere since this migration%s%s%s%s",
                   brought, brought == 1 ? "" : "s", tables, brought == 1 ? "s" : "",
                   rows->len > 0 ? " (rowid " : "", rows->str,
                   rows->len > 0 && brought > count->fresh->len ? ", …" : "",
                   rows->len > 0 ? ")" : "");
    return wend_error_hint(error, "copy or keep the rows they refer to, or delete them in the "
                                  "migration; PRAGMA foreign_key_check lists them");
}

/* Whether the pair of tables is an old one under a new name: as many violations have vanished under
 * another name as stand under this one, which had none. */
static bool is_renamed(GHashTable *violations, const Count *count)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, violations);
    while (count->before == 0 && g_hash_table_iter_next(&iter, NULL, &value)) {
        const Count *other = value;
        if (other->now == 0 && other->before == count->now)
            return true;
    }
    return false;
}

bool wend_sqlite_violations_check(Connection *connection, WendError *error)
{
    if (connection->violations == NULL || connection->violations_unknown)
        return true;
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, connection->violations);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Count *count = value;
        count->now = 0;
        g_ptr_array_set_size(count->fresh, 0);
    }
    if (!check_all(connection, count_now, connection->violations, error))
        return false;
    g_hash_table_iter_init(&iter, connection->violations);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const Count *count = value;
        if (count->now > count->before && !is_renamed(connection->violations, count))
            return fail_violations(key, count, error);
    }
    return true;
}

bool wend_sqlite_deferred_check(Connection *connection, WendError *error)
{
    int now = 0, highest = 0;
    sqlite3_db_status(connection->db, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &highest, 0);
    if (now == 0)
        return true;
    wend_error_set(error, WEND_FAILED,
                   "FOREIGN KEY constraint failed: a deferred foreign key is still violated at the "
                   "end of the migration");
    wend_error_vendor(error, "SQLite %d (%s)", SQLITE_CONSTRAINT_FOREIGNKEY,
                      sqlite3_errstr(SQLITE_CONSTRAINT_FOREIGNKEY));
    return wend_error_hint(error, "insert the rows that are referred to in the same migration");
}
