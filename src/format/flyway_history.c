/* SPDX-License-Identifier: MIT
 *
 * Flyway's flyway_schema_history: rows are added, numbered by installed_rank, and the newest one of a version
 * counts. What is taken back gets a row of its own: UNDO_SQL where the edition that has undo scripts has left such
 * rows, else DELETE, which every edition reads (the free ones refuse a table with UNDO_SQL in it).
 */
#include "format/flyway.h"

#include <string.h>

#define COLUMNS                                                                                    \
    "installed_rank, version, description, type, script, checksum, installed_by, execution_time, " \
    "success"
#define BASELINE    "<< Flyway Baseline >>"
#define DESCRIPTION 200 /* characters that the column takes */
#define SCRIPT      1000

/* The user as the tool names it. */
static const char *const users[] = {
    [WEND_DIALECT_SQLITE] = "''",
    [WEND_DIALECT_POSTGRES] = "current_user",
    [WEND_DIALECT_MYSQL] = "substring_index(user(), '@', 1)",
};

static const char *const yes[] = {
    [WEND_DIALECT_SQLITE] = "1",
    [WEND_DIALECT_POSTGRES] = "true",
    [WEND_DIALECT_MYSQL] = "1",
};

static const char *table_name(const WendBook *book)
{
    const char *dot = book->dialect != WEND_DIALECT_SQLITE ? strrchr(book->table, '.') : NULL;
    return dot != NULL ? dot + 1 : book->table;
}

/* --- the table --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "CREATE TABLE IF NOT EXISTS {table} (\n"
            "    \"installed_rank\" INT NOT NULL PRIMARY KEY,\n    \"version\" VARCHAR(50),\n"
            "    \"description\" VARCHAR(200) NOT NULL,\n    \"type\" VARCHAR(20) NOT NULL,\n"
            "    \"script\" VARCHAR(1000) NOT NULL,\n    \"checksum\" INT,\n"
            "    \"installed_by\" VARCHAR(100) NOT NULL,\n"
            "    \"installed_on\" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),\n"
            "    \"execution_time\" INT NOT NULL,\n    \"success\" BOOLEAN NOT NULL\n",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (\n"
            "    \"installed_rank\" INT NOT NULL,\n    \"version\" VARCHAR(50),\n"
            "    \"description\" VARCHAR(200) NOT NULL,\n    \"type\" VARCHAR(20) NOT NULL,\n"
            "    \"script\" VARCHAR(1000) NOT NULL,\n    \"checksum\" INTEGER,\n"
            "    \"installed_by\" VARCHAR(100) NOT NULL,\n"
            "    \"installed_on\" TIMESTAMP NOT NULL DEFAULT now(),\n"
            "    \"execution_time\" INTEGER NOT NULL,\n    \"success\" BOOLEAN NOT NULL",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (\n"
            "    `installed_rank` INT NOT NULL,\n    `version` VARCHAR(50),\n"
            "    `description` VARCHAR(200) NOT NULL,\n    `type` VARCHAR(20) NOT NULL,\n"
            "    `script` VARCHAR(1000) NOT NULL,\n    `checksum` INT,\n"
            "    `installed_by` VARCHAR(100) NOT NULL,\n"
            "    `installed_on` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
            "    `execution_time` INT NOT NULL,\n    `success` BOOL NOT NULL",
    };
    g_autofree char *key = g_strconcat(table_name(book), "_pk", NULL);
    g_autofree char *index = g_strconcat(table_name(book), "_s_idx", NULL);
    g_autofree char *quoted_key = wend_quote_table(book->dialect, key);
    g_autofree char *quoted_index = wend_quote_name(book->dialect, index);
    g_autofree char *text = NULL;
    if (book->dialect == WEND_DIALECT_SQLITE)
        text = g_strconcat(texts[book->dialect], ")", NULL);
    else if (book->dialect == WEND_DIALECT_POSTGRES)
        text = g_strconcat(texts[book->dialect], ",\n    CONSTRAINT ", quoted_key,
                           " PRIMARY KEY (installed_rank)\n)", NULL);
    else
        text = g_strconcat(texts[book->dialect], ",\n    CONSTRAINT ", quoted_key,
                           " PRIMARY KEY (installed_rank),\n    KEY ", quoted_index,
                           " (success)\n)", NULL);
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, text));
    if (book->dialect == WEND_DIALECT_MYSQL)
        return;
    g_autofree char *on = book->dialect == WEND_DIALECT_SQLITE
                              ? wend_quote_name(book->dialect, table_name(book))
                              : g_strdup("{table}");
    g_autofree char *make =
        g_strdup_printf("CREATE INDEX IF NOT EXISTS %s ON %s (success)", quoted_index, on);
    g_ptr_array_add(queries, wend_book_query(book, make));
}

static WendQuery *read_all(const WendBook *book)
{
    /* Some databases have the tool's lock as a row of a rank below 0. */
    return wend_book_query(book, book->dialect == WEND_DIALECT_POSTGRES
                                     ? "SELECT installed_rank, version, description, type, "
                                       "checksum, installed_by, {time installed_on}, success::int "
                                       "FROM {table} WHERE installed_rank >= 0 "
                                       "ORDER BY installed_rank"
                                     : "SELECT installed_rank, version, description, type, "
                                       "checksum, installed_by, {time installed_on}, success "
                                       "FROM {table} WHERE installed_rank >= 0 "
                                       "ORDER BY installed_rank");
}

/* WendApplied.more is "RANK TYPE". */
static const char *type_of(const WendApplied *applied)
{
    const char *blank = applied->more != NULL ? strchr(applied->more, ' ') : NULL;
    return blank != NULL ? blank + 1 : "";
}

static gint64 rank_of(const WendApplied *applied)
{
    return applied->more != NULL ? g_ascii_strtoll(applied->more, NULL, 10) : -1;
}

static bool takes_back(const WendApplied *applied)
{
    const char *type = type_of(applied);
    return strcmp(type, "DELETE") == 0 || g_str_has_prefix(type, "UNDO");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *const *values = row->values;
    const char *version = values[1], *description = values[2], *type = values[3];
    if (row->count != 8 || values[0] == NULL || description == NULL || type == NULL)
        return wend_history_refuse("a rank, description or type that is NULL", error);
    if (strcmp(type, "SCHEMA") == 0)
        return NULL;
    bool baseline = g_str_has_suffix(type, "BASELINE");
    g_autofree char *key = version != NULL ? wend_flyway_key(version) : NULL;
    if (version != NULL && key == NULL) {
        g_autofree char *what = g_strdup_printf("version \"%s\"", version);
        return wend_history_refuse(what, error);
    }
    g_autofree char *id = version == NULL ? g_strconcat("R:", description, NULL)
                          : baseline      ? g_strconcat("B:", key, NULL)
                                          : g_strdup(key);
    g_autofree char *name = g_strdelimit(g_strdup(description), " ", '_');
    WendKind kind = version == NULL ? WEND_KIND_REPEATABLE
                    : baseline      ? WEND_KIND_BASELINE
                                    : WEND_KIND_VERSIONED;
    WendApplied *applied = wend_applied_new(kind, id, version != NULL ? version : name, name);
    applied->more = g_strdup_printf("%s %s", values[0], type);
    applied->checksum = g_strdup(values[4]);
    applied->by = g_strdup(values[5]);
    applied->applied_at = g_strdup(values[6]);
    if (g_strcmp0(values[7], "0") == 0)
        applied->failed = g_strdup("Flyway began it and it failed");
    return applied;
}

static gint find_live(const GPtrArray *rows, guint before, const char *id)
{
    for (guint i = before; i > 0; i--) {
        const WendApplied *one = rows->pdata[i - 1];
        if (strcmp(one->id, id) == 0)
            return (gint)i - 1;
    }
    return -1;
}

/* The newest row of each counts, and one that takes back takes the newest before it. */
static bool settle(GPtrArray *applied, G_GNUC_UNUSED const GPtrArray *migrations,
                   G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < applied->len;) {
        WendApplied *row = applied->pdata[i];
        gint before = find_live(applied, i, row->id);
        WendApplied *older = before >= 0 ? applied->pdata[before] : NULL;
        bool back = takes_back(row);
        if (back && row->failed != NULL && older != NULL) {
            g_free(older->failed);
            older->failed = g_strdup("Flyway began to take it back and failed");
        } else if (older != NULL) {
            g_ptr_array_remove_index(applied, (guint)before);
            i--;
        }
        if (back)
            g_ptr_array_remove_index(applied, i);
        else
            i++;
    }
    return true;
}

/* --- rows --- */

/* INSERT … SELECT: a rank one above the highest. Values still to be given: those of `values`, a comma-separated
 * list for version to checksum, and those in `condition`. */
static WendQuery *add_row(const WendRecord *record, const char *values, const char *took,
                          const char *condition)
{
    const char *user = users[record->book.dialect], *success = yes[record->book.dialect];
    g_autofree char *text = g_strdup_printf(
        "INSERT INTO {table} (" COLUMNS "%s) SELECT rank_, %s, %s, %s, %s%s FROM "
        "(SELECT COALESCE(MAX(installed_rank), 0) + 1 AS rank_ FROM {table}) last_%s",
        record->applied_at != NULL ? ", installed_on" : "", values, user, took, success,
        record->applied_at == NULL                    ? ""
        : record->book.dialect == WEND_DIALECT_SQLITE ? ", strftime('%Y-%m-%d %H:%M:%f', ?)"
                                                      : ", {at}",
        condition);
    return wend_book_query(&record->book, text);
}

static char *shortened(const char *text, glong most)
{
    if (g_utf8_strlen(text, -1) <= most)
        return g_strdup(text);
    g_autofree char *begin = g_utf8_substring(text, 0, most - 3);
    return g_strconcat(begin, "...", NULL);
}

/* The tool keeps what comes behind the first three characters of a path that is too long. */
static char *shortened_path(const char *text)
{
    if (g_utf8_strlen(text, -1) <= SCRIPT)
        return g_strdup(text);
    g_autofree char *end = g_utf8_substring(text, 3, SCRIPT);
    return g_strconcat("...", end, NULL);
}

static WendQuery *add_sum(WendQuery *query, const char *checksum)
{
    return checksum != NULL ? wend_query_integer(query, g_ascii_strtoll(checksum, NULL, 10))
                            : wend_query_text(query, NULL);
}

#define VALUES_POSTGRES                                                                            \
    "CAST(? AS varchar), CAST(? AS varchar), CAST(? AS varchar), CAST(? AS varchar), CAST(? AS "   \
    "integer)"
#define VALUES "?, ?, ?, ?, ?"

static const char *placeholders(const WendRecord *record)
{
    return record->book.dialect == WEND_DIALECT_POSTGRES ? VALUES_POSTGRES : VALUES;
}

/* A script that is run by somebody else may not know how long it took; see script.h. */
static const char *number(const WendRecord *record)
{
    return record->book.dialect == WEND_DIALECT_POSTGRES ? "CAST(? AS integer)" : "COALESCE(?, 0)";
}

static const char *type_for(WendKind kind)
{
    return kind == WEND_KIND_BASELINE ? "SQL_BASELINE" : "SQL";
}

/* A baseline that a person declared. */
static void insert_baseline(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = add_row(record, placeholders(record), "0", "");
    wend_query_text(query, record->version);
    wend_query_text(query, BASELINE);
    wend_query_text(query, "BASELINE");
    wend_query_text(query, BASELINE);
    wend_query_text(query, NULL);
    if (record->applied_at != NULL)
        wend_record_at(query, record);
    g_ptr_array_add(queries, query);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    const WendFlywayFile *more =
        record->migration != NULL ? wend_tool_file(record->migration)->more : NULL;
    if (record->kind == WEND_KIND_BASELINE && more == NULL) {
        insert_baseline(record, queries);
        return;
    }
    g_autofree char *plain = g_strdelimit(g_strdup(record->name), "_", ' ');
    g_autofree char *description = shortened(more != NULL ? more->description : plain, DESCRIPTION);
    g_autofree char *script = shortened_path(more != NULL ? more->script : plain);
    WendQuery *query = add_row(record, placeholders(record), number(record), "");
    wend_query_text(query, record->kind == WEND_KIND_REPEATABLE ? NULL : record->version);
    wend_query_text(query, description);
    wend_query_text(query, type_for(record->kind));
    wend_query_text(query, script);
    add_sum(query, record->migration != NULL ? wend_tool_file(record->migration)->checksum : NULL);
    if (record->applied_at != NULL) {
        wend_query_integer(query, 0);
        wend_record_at(query, record);
    } else {
        wend_query_special(query, WEND_VALUE_ELAPSED);
    }
    g_ptr_array_add(queries, query);
}

static void drop_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query =
        wend_book_query(&record->book, "DELETE FROM {table} WHERE installed_rank = ?");
    g_ptr_array_add(queries, wend_query_integer(query, rank_of(record->applied)));
}

/* Only where the table has none of them, or (`have`) some. */
static char *where_undone(bool have)
{
    return g_strdup_printf(" WHERE %s (SELECT 1 FROM {table} u WHERE u.type = 'UNDO_SQL')",
                           have ? "EXISTS" : "NOT EXISTS");
}

/* The row again, as one that deletes it. */
static void add_deletion(const WendRecord *record, bool always, GPtrArray *queries)
{
    WendRecord now = *record;
    now.applied_at = NULL;
    g_autofree char *only = always ? g_strdup("") : where_undone(false);
    g_autofree char *condition =
        g_strdup_printf(" JOIN {table} gone ON gone.installed_rank = ?%s", only);
    WendQuery *query =
        add_row(&now, "gone.version, gone.description, 'DELETE', gone.script, gone.checksum", "0",
                condition);
    g_ptr_array_add(queries, wend_query_integer(query, rank_of(record->applied)));
}

static void add_undo(const WendRecord *record, GPtrArray *queries)
{
    WendRecord now = *record;
    const WendMigration *migration = record->migration;
    const WendFlywayFile *more = wend_tool_file(migration)->more;
    now.applied_at = NULL;
    g_autofree char *condition = where_undone(true);
    g_autofree char *description = shortened(more->undo_description, DESCRIPTION);
    g_autofree char *script = shortened_path(more->undo_script);
    g_autofree char *checksum =
        wend_flyway_checksum(migration->down->text, migration->down->length);
    WendQuery *query = add_row(&now, placeholders(&now), number(&now), condition);
    wend_query_text(query, record->applied->version);
    wend_query_text(query, description);
    wend_query_text(query, "UNDO_SQL");
    wend_query_text(query, script);
    add_sum(query, checksum);
    wend_query_special(query, WEND_VALUE_ELAPSED);
    g_ptr_array_add(queries, query);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    if (record->applied == NULL || rank_of(record->applied) < 0)
        return;
    /* The tool's own repair takes such rows out; and a baseline cannot be deleted by another row. */
    if (record->applied->failed != NULL || record->kind == WEND_KIND_BASELINE) {
        drop_row(record, queries);
        return;
    }
    const WendFlywayFile *more =
        record->migration != NULL ? wend_tool_file(record->migration)->more : NULL;
    bool undo = more != NULL && more->undo_script != NULL && record->migration->down != NULL;
    add_deletion(record, !undo, queries);
    if (undo)
        add_undo(record, queries);
}

static void accept(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(
        &record->book, record->book.dialect == WEND_DIALECT_POSTGRES
                           ? "UPDATE {table} SET description = ?, checksum = CAST(? AS integer) "
                             "WHERE installed_rank = ?"
                           : "UPDATE {table} SET description = ?, checksum = ? "
                             "WHERE installed_rank = ?");
    const WendFlywayFile *more = wend_tool_file(record->migration)->more;
    g_autofree char *description = shortened(more->description, DESCRIPTION);
    wend_query_text(query, description);
    add_sum(query, wend_tool_file(record->migration)->checksum);
    g_ptr_array_add(queries, wend_query_integer(query, rank_of(record->applied)));
}

static void replace(const WendRecord *record, GPtrArray *queries)
{
    if (record->applied->failed != NULL)
        drop_row(record, queries);
    if (record->applied_at != NULL && record->migration != NULL && record->applied->failed == NULL)
        accept(record, queries);
    else
        insert(record, queries);
}

static bool same(const WendMigration *migration, const WendApplied *applied)
{
    const WendFlywayFile *more = wend_tool_file(migration)->more;
    g_autofree char *description = shortened(more->description, DESCRIPTION);
    g_strdelimit(description, " ", '_');
    /* Programs and declared baselines have no sum, and a name that nobody has to keep. */
    if (applied->checksum == NULL)
        return true;
    return wend_tool_same(migration, applied) && strcmp(description, applied->name) == 0;
}

/* --- its lock --- */

static const char *lock_facts(const WendBook *book)
{
    return book->dialect == WEND_DIALECT_POSTGRES ? "SELECT current_schema()" : "SELECT database()";
}

/* The hash that Java gives the quoted name of the table with its schema. */
static gint32 hash_of(const WendBook *book, const WendRow *facts)
{
    const char *dot = strrchr(book->table, '.');
    g_autofree char *schema = dot != NULL ? g_strndup(book->table, (gsize)(dot - book->table))
                                          : g_strdup(facts->values[0]);
    g_autofree char *first = wend_quote_name(book->dialect, schema != NULL ? schema : "");
    g_autofree char *second = wend_quote_name(book->dialect, table_name(book));
    g_autofree char *name = g_strconcat(first, ".", second, NULL);
    glong length = 0;
    g_autofree gunichar2 *units = g_utf8_to_utf16(name, -1, NULL, &length, NULL);
    guint32 hash = 0;
    for (glong i = 0; i < length; i++)
        hash = hash * 31 + units[i];
    return (gint32)hash;
}

/* As SQL. Caller frees. */
static char *lock_key(const WendBook *book, const WendRow *facts)
{
    gint32 hash = hash_of(book, facts);
    if (book->dialect != WEND_DIALECT_POSTGRES)
        return g_strdup_printf("'Flyway-%d'", hash);
    gint64 flyway = G_GINT64_CONSTANT(0x466C79776179); /* "Flyway" */
    return g_strdup_printf("%" G_GINT64_FORMAT, flyway + hash);
}

static WendQuery *taken(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark)
{
    g_autofree char *key = lock_key(book, facts);
    bool postgres = book->dialect == WEND_DIALECT_POSTGRES;
    return wend_query_take(postgres ? g_strdup_printf("SELECT pg_try_advisory_lock(%s)", key)
                                    : g_strdup_printf("SELECT GET_LOCK(%s, 0)", key));
}

static void release(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark,
                    GPtrArray *queries)
{
    g_autofree char *key = lock_key(book, facts);
    bool postgres = book->dialect == WEND_DIALECT_POSTGRES;
    g_ptr_array_add(queries,
                    wend_query_take(postgres ? g_strdup_printf("SELECT pg_advisory_unlock(%s)", key)
                                             : g_strdup_printf("SELECT RELEASE_LOCK(%s)", key)));
}

static const WendToolLock lock = {
    .facts = lock_facts, .taken = taken, .release = release, .session = true, .servers = true};

const WendHistory wend_history_flyway = {
    .table = WEND_FLYWAY_TABLE,
    .columns = "installed_rank,version,description,type,script,checksum,installed_by,installed_on,"
               "execution_time,success",
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
