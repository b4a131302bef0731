/* SPDX-License-Identifier: MIT
 *
 * The statements of wend's own history table, and its rows. What differs
 * between the dialects stands in one table; nothing here runs anything.
 *
 * On SQLite, which has no schemas, a configured name "migrations.system" is one table of that name.
 */
#include "format/wend_history.h"

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

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect].create));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, texts[book->dialect].read);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *insert = wend_book_query(&record->book, texts[record->book.dialect].insert);
    wend_query_text(insert, record->id);
    wend_query_text(insert, record->version);
    wend_query_text(insert, record->name);
    wend_query_text(insert, wend_kind_name(record->kind));
    wend_query_text(insert, record->checksum);
    g_ptr_array_add(queries, wend_record_at(insert, record));
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *remove = wend_book_query(&record->book, texts[record->book.dialect].remove);
    g_ptr_array_add(queries, wend_query_text(remove, record->id));
}

static WendApplied *refuse_row(const char *id, WendError *error)
{
    wend_error_set(error, WEND_DISAGREE,
                   "the history table has a row that wend did not write: id "
                   "\"%s\"",
                   id != NULL ? id : "NULL");
    wend_error_hint(error, "name another table (`table:` in wend.yaml), or remove the row "
                           "once you know how it came there");
    return NULL;
}

/* wend's own ids say what kind it is; those that were adopted from another tool's history need not. */
static bool is_kind_of_id(const char *id, WendKind kind)
{
    if (g_str_has_prefix(id, "R:"))
        return kind == WEND_KIND_REPEATABLE;
    if (g_str_has_prefix(id, "B:"))
        return kind == WEND_KIND_BASELINE;
    return id[strspn(id, "0123456789.")] != '\0' || kind == WEND_KIND_VERSIONED;
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { ID, VERSION, NAME, KIND, CHECKSUM, APPLIED_AT, COUNT };
    const char *id = row->count == COUNT ? row->values[ID] : NULL;
    WendKind kind = WEND_KIND_VERSIONED;
    if (id == NULL || *id == '\0' || row->values[VERSION] == NULL || row->values[NAME] == NULL ||
        row->values[KIND] == NULL || !wend_kind_parse(row->values[KIND], &kind) ||
        !is_kind_of_id(id, kind))
        return refuse_row(id, error);
    WendApplied *applied = wend_applied_new(kind, id, row->values[VERSION], row->values[NAME]);
    applied->checksum = g_strdup(row->values[CHECKSUM]);
    applied->script = g_strdup(row->values[CHECKSUM]);
    applied->applied_at = g_strdup(row->values[APPLIED_AT]);
    return applied;
}

const WendHistory wend_history_wend = {
    .table = "wend_migrations",
    .columns = "id,version,name,kind,checksum,applied_at",
    .guarded = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
};
