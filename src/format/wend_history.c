/* SPDX-License-Identifier: MIT
 *
 * The statements of wend's own history table, and its rows. See wend_history.h. What differs
 * between the dialects stands in one table; nothing here runs anything.
 *
 * On SQLite, which has no schemas, a configured name "migrations.system" is one table of that name.
 */
#include "format/wend_history.h"

#include "format/wend_name.h"

#include <string.h>

/* In each text, {table} is the quoted table. Times are kept as the dialect keeps them and travel
 * as "2026-01-31T12:00:00.123Z". */
static const struct Texts {
    const char *create, *read, *insert, *remove;
} texts[] = {
    [WEND_DIALECT_SQLITE] = {"CREATE TABLE IF NOT EXISTS {table} (\n"
                             "  id TEXT NOT NULL COLLATE BINARY PRIMARY KEY,\n"
                             "  version TEXT NOT NULL,\n"
                             "  name TEXT NOT NULL,\n"
                             "  kind TEXT NOT NULL,\n"
                             "  checksum TEXT,\n"
                             "  applied_at TEXT NOT NULL\n"
                             ") WITHOUT ROWID",
                             "SELECT id, version, name, kind, checksum, applied_at FROM {table}",
                             "INSERT INTO {table} (id, version, name, kind, checksum, applied_at)"
                             " VALUES (?, ?, ?, ?, ?, ?)",
                             "DELETE FROM {table} WHERE id = ?"},
    [WEND_DIALECT_POSTGRES] = {"CREATE TABLE IF NOT EXISTS {table} (\n"
                               "  id varchar(190) COLLATE \"C\" NOT NULL PRIMARY KEY,\n"
                               "  version varchar(190) NOT NULL,\n"
                               "  name varchar(255) NOT NULL,\n"
                               "  kind varchar(16) NOT NULL,\n"
                               "  checksum varchar(64),\n"
                               "  applied_at timestamptz(3) NOT NULL\n"
                               ")",
                               "SELECT id, version, name, kind, checksum,"
                               " to_char(applied_at AT TIME ZONE 'UTC', "
                               "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM {table}",
                               "INSERT INTO {table} (id, version, name, kind, checksum, applied_at)"
                               " VALUES (?, ?, ?, ?, ?, CAST(? AS timestamptz))",
                               "DELETE FROM {table} WHERE id = ?"},
    [WEND_DIALECT_MYSQL] =
        {"CREATE TABLE IF NOT EXISTS {table} (\n"
         "  id VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,\n"
         "  version VARCHAR(190) NOT NULL,\n"
         "  name VARCHAR(255) NOT NULL,\n"
         "  kind VARCHAR(16) NOT NULL,\n"
         "  checksum VARCHAR(64),\n"
         "  applied_at DATETIME(3) NOT NULL\n"
         ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
         "SELECT id, version, name, kind, checksum,"
         " CONCAT(LEFT(DATE_FORMAT(applied_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z') FROM {table}",
         "INSERT INTO {table} (id, version, name, kind, checksum, applied_at)"
         " VALUES (?, ?, ?, ?, ?, STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%s.%fZ'))",
         "DELETE FROM {table} WHERE id = ?"},
};

static WendQuery *query(WendDialect dialect, const char *text, const char *table)
{
    static const char mark[] = "{table}";
    const char *at = strstr(text, mark);
    g_autofree char *quoted = wend_quote_table(dialect, table);
    return wend_query_take(
        g_strdup_printf("%.*s%s%s", (int)(at - text), text, quoted, at + strlen(mark)));
}

GPtrArray *wend_history_create(WendDialect dialect, const char *table)
{
    GPtrArray *queries = wend_queries_new();
    const char *dot = strchr(table, '.');
    if (dialect == WEND_DIALECT_POSTGRES && dot != NULL) {
        g_ptr_array_add(queries, wend_query_schema(table));
    }
    g_ptr_array_add(queries, query(dialect, texts[dialect].create, table));
    return queries;
}

WendQuery *wend_history_read(WendDialect dialect, const char *table)
{
    return query(dialect, texts[dialect].read, table);
}

WendQuery *wend_history_insert(WendDialect dialect, const char *table, const WendApplied *applied)
{
    WendQuery *insert = query(dialect, texts[dialect].insert, table);
    wend_query_text(insert, applied->id);
    wend_query_text(insert, applied->version);
    wend_query_text(insert, applied->name);
    wend_query_text(insert, wend_kind_name(applied->kind));
    wend_query_text(insert, applied->checksum);
    if (applied->applied_at == NULL)
        return wend_query_special(insert, WEND_VALUE_NOW);
    return wend_query_text(insert, applied->applied_at);
}

WendQuery *wend_history_remove(WendDialect dialect, const char *table, const char *id)
{
    return wend_query_text(query(dialect, texts[dialect].remove, table), id);
}

static bool refuse_row(const char *id, WendError *error)
{
    wend_error_set(error, WEND_DISAGREE,
                   "the history table has a row that wend did not write: id "
                   "\"%s\"",
                   id != NULL ? id : "NULL");
    return wend_error_hint(error, "name another table (`table:` in wend.yaml), or remove the row "
                                  "once you know how it came there");
}

static WendKind kind_of_id(const char *id)
{
    return g_str_has_prefix(id, "R:")   ? WEND_KIND_REPEATABLE
           : g_str_has_prefix(id, "B:") ? WEND_KIND_BASELINE
                                        : WEND_KIND_VERSIONED;
}

WendApplied *wend_history_decode(const WendRow *row, WendError *error)
{
    enum { ID, VERSION, NAME, KIND, CHECKSUM, APPLIED_AT, COUNT };
    const char *id = row->count == COUNT ? row->values[ID] : NULL;
    char *position = id != NULL ? wend_name_position(id) : NULL;
    WendKind kind = WEND_KIND_VERSIONED;
    if (position == NULL || row->values[VERSION] == NULL || row->values[NAME] == NULL ||
        row->values[KIND] == NULL || !wend_kind_parse(row->values[KIND], &kind) ||
        kind != kind_of_id(id)) {
        g_free(position);
        refuse_row(id, error);
        return NULL;
    }
    WendApplied *applied = g_new0(WendApplied, 1);
    applied->kind = kind;
    applied->id = g_strdup(id);
    applied->version = g_strdup(row->values[VERSION]);
    applied->name = g_strdup(row->values[NAME]);
    applied->position = position;
    applied->checksum = g_strdup(row->values[CHECKSUM]);
    applied->applied_at = g_strdup(row->values[APPLIED_AT]);
    return applied;
}
