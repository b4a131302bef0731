/* SPDX-License-Identifier: MIT
 *
 * Liquibase's DATABASECHANGELOG, a row for each changeset that ran, and DATABASECHANGELOGLOCK, whose one row is its lock.
 * Both are upper case but on PostgreSQL, which folds their names.
 */
#include "format/liquibase.h"

#include <string.h>

#define TEXT_MAX 250 /* characters of a comment that the tool writes */

static const char *const now[] = {
    [WEND_DIALECT_SQLITE] = "strftime('%Y-%m-%d %H:%M:%S', 'now')",
    [WEND_DIALECT_POSTGRES] = "NOW()",
    [WEND_DIALECT_MYSQL] = "NOW()",
};

static const char *const stamps[] = {
    [WEND_DIALECT_SQLITE] = "TEXT",
    [WEND_DIALECT_POSTGRES] = "TIMESTAMP WITHOUT TIME ZONE",
    [WEND_DIALECT_MYSQL] = "datetime",
};

static const char *lock_table(const WendBook *book)
{
    return book->dialect == WEND_DIALECT_POSTGRES ? "databasechangeloglock"
                                                  : "DATABASECHANGELOGLOCK";
}

static WendQuery *query_of(const WendBook *book, char *text)
{
    g_autofree char *owned = text;
    return wend_book_query(book, owned);
}

/* --- the table --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    const char *integer = book->dialect == WEND_DIALECT_MYSQL ? "INT" : "INTEGER";
    wend_book_schema(book, queries);
    g_ptr_array_add(
        queries,
        query_of(book,
                 g_strdup_printf(
                     "CREATE TABLE IF NOT EXISTS {table} (ID VARCHAR(255) NOT NULL, "
                     "AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL, "
                     "DATEEXECUTED %s NOT NULL, ORDEREXECUTED %s NOT NULL, "
                     "EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35), DESCRIPTION VARCHAR(255), "
                     "COMMENTS VARCHAR(255), TAG VARCHAR(255), LIQUIBASE VARCHAR(20), "
                     "CONTEXTS VARCHAR(255), LABELS VARCHAR(255), DEPLOYMENT_ID VARCHAR(10))",
                     stamps[book->dialect], integer)));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT ID, AUTHOR, FILENAME, EXECTYPE, MD5SUM, "
                                 "{time DATEEXECUTED} FROM {table} "
                                 "ORDER BY DATEEXECUTED, ORDEREXECUTED");
}

/* WendApplied.more: id, author and file of the row, a line each. */
static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *const *values = row->values;
    const char *id = values[0], *author = values[1], *file = values[2], *type = values[3];
    if (row->count != 6 || id == NULL || author == NULL || file == NULL || type == NULL)
        return wend_history_refuse("an id, author, file or execution type that is NULL", error);
    /* These did not happen: the tool runs them again. */
    if (strcmp(type, "FAILED") == 0 || strcmp(type, "SKIPPED") == 0)
        return NULL;
    g_autofree char *key = wend_changeset_key(file, id, author);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, key, id, author);
    applied->more = g_strjoin("\n", id, author, file, NULL);
    applied->checksum = g_strdup(values[4]);
    applied->applied_at = g_strdup(values[5]);
    return applied;
}

/* Whether one path ends in the other, at a `/`. The shared part's length, or 0. */
static gsize shared_end(const char *one, const char *other)
{
    gsize length = strlen(one), other_length = strlen(other);
    if (other_length > length)
        return shared_end(other, one);
    const char *end = one + length - other_length;
    bool whole = end == one || end[-1] == '/' || end[-1] == ':';
    return whole && strcmp(end, other) == 0 ? other_length : 0;
}

/* What a row and its changeset have in common however their paths begin: id, author, and the file's own name.
 * Caller frees. */
static char *common_key(const char *id, const char *author, const char *path)
{
    const char *slash = strrchr(path, '/'), *colon = strrchr(path, ':');
    const char *before = slash == NULL || (colon != NULL && colon > slash) ? colon : slash;
    g_autofree char *lower = g_ascii_strdown(author, -1);
    return g_strjoin("\n", id, lower, before != NULL ? before + 1 : path, NULL);
}

static void list_free(gpointer list)
{
    g_ptr_array_unref(list);
}

/* The changesets of the folder by what they have in common with their rows: common_key() -> those that have it
 * (of WendMigration). */
static GHashTable *by_common_key(const GPtrArray *migrations)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_free);
    for (guint i = 0; i < migrations->len; i++) {
        WendMigration *one = migrations->pdata[i];
        const WendLiquibaseFile *more = wend_tool_file(one)->more;
        char *key = common_key(more->id, more->author, more->path);
        GPtrArray *list = g_hash_table_lookup(table, key);
        if (list == NULL) {
            list = g_ptr_array_new();
            g_hash_table_insert(table, key, list);
        } else {
            g_free(key);
        }
        g_ptr_array_add(list, one);
    }
    return table;
}

/* The changeset that the row means: the same id and author, and the file whose path is most alike. */
static WendMigration *find_changeset(GHashTable *changesets, char *const *key)
{
    WendMigration *best = NULL;
    gsize most = 0;
    g_autofree char *common = common_key(key[0], key[1], key[2]);
    const GPtrArray *alike = g_hash_table_lookup(changesets, common);
    for (guint i = 0; alike != NULL && i < alike->len; i++) {
        WendMigration *one = alike->pdata[i];
        const WendLiquibaseFile *more = wend_tool_file(one)->more;
        gsize shared = shared_end(key[2], more->path);
        if (shared > most) {
            most = shared;
            best = one;
        }
    }
    return best;
}

/* Where the paths of the table begin, and those of the folder do not: "db/changelog/". NULL = no telling. */
static char *learn_prefix(const char *stored, const char *own)
{
    gsize length = strlen(stored), own_length = strlen(own);
    return length >= own_length ? g_strndup(stored, length - own_length) : NULL;
}

static void use_prefix(const GPtrArray *migrations, const char *prefix)
{
    for (guint i = 0; i < migrations->len; i++) {
        WendLiquibaseFile *more = wend_tool_file(migrations->pdata[i])->more;
        if (more->logical || g_str_has_prefix(more->path, prefix))
            continue;
        char *whole = g_strconcat(prefix, more->path, NULL);
        g_free(more->path);
        more->path = whole;
    }
}

static bool settle(GPtrArray *applied, const GPtrArray *migrations, G_GNUC_UNUSED WendError *error)
{
    g_autofree char *prefix = NULL;
    g_autoptr(GHashTable) changesets = by_common_key(migrations);
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *row = applied->pdata[i];
        g_auto(GStrv) key = g_strsplit(row->more, "\n", 3);
        const WendMigration *migration = find_changeset(changesets, key);
        if (migration == NULL) {
            row->position = g_strdup_printf("0%07u", i);
            continue;
        }
        const WendLiquibaseFile *more = wend_tool_file(migration)->more;
        if (prefix == NULL && !more->logical)
            prefix = learn_prefix(key[2], more->path);
        g_free(row->id);
        g_free(row->version);
        row->id = g_strdup(migration->id);
        row->version = g_strdup(migration->version);
        row->kind = migration->kind;
    }
    if (prefix != NULL && prefix[0] != '\0')
        use_prefix(migrations, prefix);
    return true;
}

/* --- rows --- */

/* Ten digits of the time in milliseconds: the tool's mark of what ran together. Static. */
static const char *deployment(void)
{
    static char text[32];
    static gsize once;
    if (g_once_init_enter(&once)) {
        g_snprintf(text, sizeof text, "%010" G_GINT64_FORMAT,
                   g_get_real_time() / 1000 % G_GINT64_CONSTANT(10000000000));
        g_once_init_leave(&once, 1);
    }
    return text;
}

static WendQuery *add_key(WendQuery *query, const WendRecord *record)
{
    const WendLiquibaseFile *more =
        record->migration != NULL ? wend_tool_file(record->migration)->more : NULL;
    const char *stored = record->applied != NULL ? record->applied->more : NULL;
    if (stored != NULL) {
        g_auto(GStrv) key = g_strsplit(stored, "\n", 3);
        for (guint i = 0; i < 3; i++)
            wend_query_text(query, key[i]);
        return query;
    }
    wend_query_text(query, more != NULL ? more->id : record->version);
    wend_query_text(query, more != NULL ? more->author : record->name);
    return wend_query_text(query, more != NULL ? more->path : record->id);
}

static char *comment_of(const WendLiquibaseFile *more)
{
    const char *text = more != NULL && more->comment != NULL ? more->comment : "";
    return g_utf8_strlen(text, -1) > TEXT_MAX ? g_utf8_substring(text, 0, TEXT_MAX)
                                              : g_strdup(text);
}

static WendQuery *delete_row(const WendRecord *record, const char *further)
{
    g_autofree char *text = g_strconcat(
        "DELETE FROM {table} WHERE ID = ? AND AUTHOR = ? AND FILENAME = ?", further, NULL);
    return add_key(wend_book_query(&record->book, text), record);
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendLiquibaseFile *more =
        record->migration != NULL ? wend_tool_file(record->migration)->more : NULL;
    bool postgres = record->book.dialect == WEND_DIALECT_POSTGRES;
    const char *text = postgres ? "CAST(? AS varchar)" : "?";
    g_autofree char *comment = comment_of(more);
    g_ptr_array_add(queries, delete_row(record, " AND EXECTYPE IN ('FAILED', 'SKIPPED')"));
    WendQuery *query = query_of(
        &record->book,
        g_strdup_printf(
            "INSERT INTO {table} (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE, "
            "MD5SUM, DESCRIPTION, COMMENTS, LIQUIBASE, CONTEXTS, LABELS, DEPLOYMENT_ID) "
            "SELECT %s, %s, %s, %s, last_order, '%s', %s, 'sql', %s, 'wend', %s, %s, '%s' "
            "FROM (SELECT COALESCE(MAX(ORDEREXECUTED), 0) + 1 AS last_order FROM {table}) last_",
            text, text, text, record->applied_at != NULL ? "{at}" : now[record->book.dialect],
            record->passed_over ? "MARK_RAN" : "EXECUTED", text, text, text, text, deployment()));
    add_key(query, record);
    if (record->applied_at != NULL)
        wend_record_at(query, record);
    wend_query_text(query,
                    record->migration != NULL ? wend_tool_file(record->migration)->checksum : NULL);
    wend_query_text(query, comment);
    wend_query_text(query, more != NULL ? more->contexts : NULL);
    wend_query_text(query, more != NULL ? more->labels : NULL);
    g_ptr_array_add(queries, query);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    g_ptr_array_add(queries, delete_row(record, ""));
}

static void replace(const WendRecord *record, GPtrArray *queries)
{
    const WendToolFile *tool = record->migration != NULL ? wend_tool_file(record->migration) : NULL;
    const WendLiquibaseFile *more = tool != NULL ? tool->more : NULL;
    bool accepted = record->applied_at != NULL;
    WendQuery *query =
        accepted
            ? wend_book_query(&record->book, "UPDATE {table} SET MD5SUM = ? "
                                             "WHERE ID = ? AND AUTHOR = ? AND FILENAME = ?")
            : query_of(&record->book,
                       g_strdup_printf(
                           "UPDATE {table} SET DATEEXECUTED = %s, ORDEREXECUTED = (SELECT "
                           "last_order FROM (SELECT MAX(ORDEREXECUTED) + 1 AS last_order FROM "
                           "{table}) last_), MD5SUM = ?, EXECTYPE = 'RERAN', DEPLOYMENT_ID = '%s', "
                           "COMMENTS = ?, CONTEXTS = ?, LABELS = ?, LIQUIBASE = 'wend', "
                           "DESCRIPTION = 'sql' WHERE ID = ? AND AUTHOR = ? AND FILENAME = ?",
                           now[record->book.dialect], deployment()));
    wend_query_text(query, tool != NULL ? tool->checksum : NULL);
    if (!accepted) {
        g_autofree char *comment = comment_of(more);
        wend_query_text(query, comment);
        wend_query_text(query, more != NULL ? more->contexts : NULL);
        wend_query_text(query, more != NULL ? more->labels : NULL);
    }
    g_ptr_array_add(queries, add_key(query, record));
}

static bool is_any(const char *sum)
{
    return g_ascii_strcasecmp(sum, "any") == 0 || g_ascii_strcasecmp(sum, "1:any") == 0 ||
           g_ascii_strcasecmp(sum, "all") == 0 || g_ascii_strcasecmp(sum, "1:all") == 0 ||
           strcmp(sum, "*") == 0 || strcmp(sum, "1:*") == 0;
}

static bool same(const WendMigration *migration, const WendApplied *applied)
{
    const WendToolFile *tool = wend_tool_file(migration);
    const WendLiquibaseFile *more = tool->more;
    const char *stored = applied->checksum;
    if (more->run_always)
        return false;
    /* Sums of the versions before 8 say nothing: the tool itself replaces them. */
    if (stored == NULL || !(g_str_has_prefix(stored, "9:") || g_str_has_prefix(stored, "8:")) ||
        wend_tool_same(migration, applied))
        return true;
    const char *current = stored[0] == '8' ? tool->other : tool->checksum;
    for (guint i = 0; i < more->valid->len; i++) {
        const char *valid = more->valid->pdata[i];
        if (is_any(valid) || strcmp(valid, stored) == 0 || strcmp(valid, current) == 0)
            return true;
    }
    return false;
}

/* --- its lock --- */

static WendQuery *lock_query(const WendBook *book, const char *before, const char *behind)
{
    return query_of(book, g_strconcat(before, " {near ", lock_table(book), "} ", behind, NULL));
}

static const char *no(const WendBook *book)
{
    return book->dialect == WEND_DIALECT_POSTGRES ? "FALSE" : "0";
}

static void prepare(const WendBook *book, GPtrArray *queries)
{
    bool mysql = book->dialect == WEND_DIALECT_MYSQL;
    g_autofree char *columns = g_strdup_printf(
        "(ID %s NOT NULL, LOCKED %s NOT NULL, LOCKGRANTED %s, LOCKEDBY VARCHAR(255), "
        "CONSTRAINT %s PRIMARY KEY (ID))",
        mysql ? "INT" : "INTEGER", mysql ? "BOOL" : "BOOLEAN", stamps[book->dialect],
        book->dialect == WEND_DIALECT_POSTGRES ? "databasechangeloglock_pkey"
                                               : "PK_DATABASECHANGELOGLOCK");
    wend_book_schema(book, queries);
    if (book->dialect == WEND_DIALECT_POSTGRES) {
        /* IF NOT EXISTS would say each time that it is there. */
        g_autofree char *make = g_strconcat(columns, "; END IF; END $wend$", NULL);
        g_ptr_array_add(
            queries, lock_query(book,
                                "DO $wend$ BEGIN IF to_regclass($name${near databasechangeloglock}"
                                "$name$) IS NULL THEN CREATE TABLE",
                                make));
    } else {
        g_ptr_array_add(queries, lock_query(book, "CREATE TABLE IF NOT EXISTS", columns));
    }
    g_autofree char *row = g_strdup_printf(
        "(ID, LOCKED) SELECT 1, %s WHERE NOT EXISTS (SELECT 1 FROM {near %s} WHERE ID = 1)",
        no(book), lock_table(book));
    g_ptr_array_add(queries, lock_query(book, "INSERT INTO", row));
    /* wend's own lock is held: what wend left here belongs to nobody. */
    g_autofree char *left = g_strdup_printf("SET LOCKED = %s, LOCKGRANTED = NULL, LOCKEDBY = NULL "
                                            "WHERE ID = 1 AND LOCKEDBY LIKE 'wend %%'",
                                            no(book));
    g_ptr_array_add(queries, lock_query(book, "UPDATE", left));
}

static void take(const WendBook *book, G_GNUC_UNUSED const WendRow *facts, const char *mark,
                 GPtrArray *queries)
{
    g_autofree char *change = g_strdup_printf(
        "SET LOCKED = %s, LOCKGRANTED = %s, LOCKEDBY = ? WHERE ID = 1 AND LOCKED = %s",
        book->dialect == WEND_DIALECT_POSTGRES ? "TRUE" : "1", now[book->dialect], no(book));
    g_ptr_array_add(queries, wend_query_text(lock_query(book, "UPDATE", change), mark));
}

static WendQuery *taken(const WendBook *book, G_GNUC_UNUSED const WendRow *facts, const char *mark)
{
    WendQuery *query = lock_query(
        book, "SELECT CASE WHEN LOCKEDBY = ? THEN '1' ELSE LOCKEDBY END FROM", "WHERE ID = 1");
    return wend_query_text(query, mark);
}

static void release(const WendBook *book, G_GNUC_UNUSED const WendRow *facts, const char *mark,
                    GPtrArray *queries)
{
    g_autofree char *change = g_strdup_printf("SET LOCKED = %s, LOCKGRANTED = NULL, "
                                              "LOCKEDBY = NULL WHERE ID = 1 AND LOCKEDBY = ?",
                                              no(book));
    g_ptr_array_add(queries, wend_query_text(lock_query(book, "UPDATE", change), mark));
}

static const char *const lock_tables[] = {"DATABASECHANGELOGLOCK", NULL};

static const WendToolLock lock = {
    .tables = lock_tables, .prepare = prepare, .take = take, .taken = taken, .release = release};

const WendHistory wend_history_liquibase = {
    .table = "DATABASECHANGELOG",
    .schema_table = "databasechangelog",
    .columns = "id,author,filename,dateexecuted,orderexecuted,exectype,md5sum",
    .create = create,
    .read = read_all,
    .decode = decode,
    .settle = settle,
    .insert = insert,
    .remove = remove_row,
    .replace = replace,
    .same = same,
    .lock = &lock,
};
