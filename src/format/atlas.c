/* SPDX-License-Identifier: MIT
 *
 * Atlas, with a versioned folder: VERSION_description.sql in the order of their names, and atlas.sum, which
 * says what is in them; atlas_schema_revisions holds a row for each, with how many of its statements
 * ran. A checkpoint stands for all before it where nothing is applied yet.
 */
#include "format/tool.h"
#include "format/wend_name.h"
#include "sql/splitter.h"

#include <string.h>

#define SUM "atlas.sum"
/* FNV-1 of "atlas_migrate_execute": the name of its lock. */
#define LOCK_NAME "atlas_migrate_execute"
#define LOCK_KEY  "2686470616"

/* --- the sum --- */

typedef struct Sums {
    GChecksum *running;  /* over the names and texts so far */
    GChecksum *total;    /* over the names and sums */
    GString *lines;      /* NAME h1:SUM */
    GHashTable *by_file; /* file → its sum; both owned */
} Sums;

static char *base64_of(const GChecksum *checksum)
{
    guint8 digest[32];
    gsize length = sizeof digest;
    GChecksum *copy = g_checksum_copy(checksum);
    g_checksum_get_digest(copy, digest, &length);
    g_checksum_free(copy);
    return g_base64_encode(digest, length);
}

static void sums_init(Sums *sums)
{
    *sums =
        (Sums){g_checksum_new(G_CHECKSUM_SHA256), g_checksum_new(G_CHECKSUM_SHA256),
               g_string_new(NULL), g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
}

static void sums_clear(Sums *sums)
{
    g_checksum_free(sums->running);
    g_checksum_free(sums->total);
    g_string_free(sums->lines, TRUE);
    g_hash_table_unref(sums->by_file);
}

/* The next file. One that begins with `atlas:sum ignore` counts with its name only. */
static void sums_add(Sums *sums, const char *file, const char *bytes, gsize length)
{
    static const char ignore[] = "-- atlas:sum ignore";
    g_checksum_update(sums->running, (const guchar *)file, (gssize)strlen(file));
    if (length >= strlen(ignore) && memcmp(bytes, ignore, strlen(ignore)) == 0)
        return;
    g_checksum_update(sums->running, (const guchar *)bytes, (gssize)length);
    char *sum = base64_of(sums->running);
    g_checksum_update(sums->total, (const guchar *)file, (gssize)strlen(file));
    g_checksum_update(sums->total, (const guchar *)sum, (gssize)strlen(sum));
    g_string_append_printf(sums->lines, "%s h1:%s\n", file, sum);
    g_hash_table_insert(sums->by_file, g_strdup(file), sum);
}

/* What atlas.sum is to hold. Caller frees. */
static char *sums_text(const Sums *sums)
{
    g_autofree char *total = base64_of(sums->total);
    return g_strdup_printf("h1:%s\n%s", total, sums->lines->str);
}

/* The name in the first line in which two texts differ; NULL = in none but the first. Caller frees. */
static char *first_difference(const char *is, const char *should)
{
    g_auto(GStrv) one = g_strsplit(is, "\n", -1), other = g_strsplit(should, "\n", -1);
    for (guint i = 1; one[0] != NULL && other[0] != NULL; i++) {
        const char *line = other[i] != NULL && other[i][0] != '\0' ? other[i] : one[i];
        if (one[i] == NULL || other[i] == NULL || strcmp(one[i], other[i]) != 0)
            return line != NULL && line[0] != '\0' ? g_strndup(line, strcspn(line, " ")) : NULL;
    }
    return NULL;
}

/* --- files --- */

/* A file's directives stand in the comments at its top, which an empty line ends: `-- atlas:NAME value`.
 * NULL when it is not there. Caller frees. */
static char *directive(const char *text, const char *name)
{
    g_autofree char *wanted = g_strconcat("atlas:", name, NULL);
    g_autofree char *found = NULL;
    while (text[0] == '#' || g_str_has_prefix(text, "--")) {
        gsize length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, length);
        const char *at = strstr(line, wanted);
        if (at != NULL && found == NULL &&
            (at[strlen(wanted)] == ' ' || at[strlen(wanted)] == '\0'))
            found = g_strdup(g_strstrip((char *)at + strlen(wanted)));
        text += length + (text[length] == '\n');
    }
    text += strspn(text, " \t");
    return *text == '\n' || *text == '\0' ? g_steal_pointer(&found) : NULL;
}

/* What a statement ends with, of the first line's `-- atlas:delimiter`. NULL = a semicolon. Caller frees. */
static char *delimiter_of(const char *text)
{
    static const char start[] = "-- atlas:delimiter ";
    if (!g_str_has_prefix(text, start))
        return NULL;
    text += strlen(start);
    g_autofree char *value = g_strndup(text, strcspn(text, "\n"));
    g_strstrip(value);
    return value[0] != '\0' ? g_strcompress(value) : NULL;
}

/* The text with a semicolon for each delimiter: with blanks for the rest of it, so that everything stays in its
 * place; one of line ends only gets it on a line of its own. Caller frees. */
static char *with_semicolons(const char *text, const char *delimiter)
{
    GString *out = g_string_new(NULL);
    gsize first = strcspn(text, "\n"), wide = strlen(delimiter);
    bool blank = strspn(delimiter, " \t\r\n") == wide;
    g_string_append_len(out, text, (gssize)first);
    for (text += first; *text != '\0';) {
        if (strncmp(text, delimiter, wide) != 0) {
            g_string_append_c(out, *text++);
            continue;
        }
        for (gsize i = 0; i < wide; i++)
            g_string_append_c(out, text[i] == '\n' ? '\n' : (i == 0 && !blank ? ';' : ' '));
        if (blank)
            g_string_insert_c(out, (gssize)(out->len - wide + 1), ';');
        text += wide;
    }
    return g_string_free(out, FALSE);
}

static bool has_name(GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

/* Whose a file is by its name: Atlas keeps the sum for other tools' layouts, too. NULL = nobody's. Static. */
static const char *named_by(const char *file)
{
    WendPart part;
    wend_name_stem(file, &part);
    if (part != WEND_PART_WHOLE)
        return "golang-migrate";
    bool numbered = memchr("VUB", file[0], 3) != NULL && g_ascii_isdigit(file[1]);
    return numbered || g_str_has_prefix(file, "R__") ? "flyway" : NULL;
}

static int detect(const WendFolder *folder)
{
    if (!has_name(folder->names, SUM))
        return WEND_FIT_NO;
    for (guint i = 0; i < folder->names->len; i++) {
        if (wend_name_is_sql(folder->names->pdata[i]) && named_by(folder->names->pdata[i]) != NULL)
            return WEND_FIT_MAYBE;
    }
    return wend_tool_is_marked(folder) ? WEND_FIT_MAYBE : WEND_FIT_SURE;
}

static bool is_others(const WendFolder *folder, const char *file, const char *text,
                      GPtrArray *problems)
{
    if (named_by(file) == NULL)
        return wend_tool_refuse_marked(folder, file, text, NULL, problems);
    wend_tool_refuse_other(folder, file, named_by(file), problems);
    return true;
}

/* Several files in one, the checks before and the way back among them: not to be run as one. */
static bool is_archive(const char *text)
{
    return g_str_has_prefix(text, "-- atlas:txtar");
}

static void add(const WendFolder *folder, const char *file, char *text, gsize length,
                GPtrArray *migrations)
{
    g_autofree char *whole = text, *shown = wend_tool_show(folder, file);
    g_autofree char *delimiter = delimiter_of(text);
    g_autofree char *mode = directive(text, "txmode"), *checkpoint = directive(text, "checkpoint");
    g_autofree char *stem = g_strndup(file, strlen(file) - strlen(".sql"));
    gsize digits = strcspn(stem, "_");
    g_autofree char *version = g_strndup(stem, digits);
    WendMigration *migration = wend_tool_migration(
        migrations, checkpoint != NULL ? WEND_KIND_BASELINE : WEND_KIND_VERSIONED, version, version,
        stem[digits] == '_' ? stem + digits + 1 : "", file);
    if (delimiter != NULL) {
        char *plain = with_semicolons(text, delimiter);
        migration->up = wend_script_new(shown, 1, plain, strlen(plain));
    } else {
        migration->up = wend_script_new(shown, 1, g_steal_pointer(&whole), length);
    }
    wend_tool_file(migration)->up_alone = g_strcmp0(mode, "none") == 0;
}

/* Whether atlas.sum says what `sums` do; else the first file that it blames (NULL = none). */
static bool is_kept(const WendFolder *folder, const Sums *sums, char **blamed)
{
    char *is = NULL;
    gsize length = 0;
    g_autofree char *should = sums_text(sums), *text = NULL;
    if (!wend_folder_read(folder, SUM, &is, &length, NULL)) {
        *blamed = NULL;
        return false;
    }
    text = is;
    if (strcmp(text, should) == 0)
        return true;
    *blamed = first_difference(text, should);
    return false;
}

static void refuse_sum(const WendFolder *folder, const char *blamed, GPtrArray *problems)
{
    WendProblem *problem =
        !has_name(folder->names, SUM) ? wend_tool_problem(folder, SUM, problems, "it is not there")
        : blamed != NULL
            ? wend_tool_problem(folder, SUM, problems,
                                "it does not say what the folder has, from %s on", blamed)
            : wend_tool_problem(folder, SUM, problems,
                                "its first line is not the sum of the others");
    problem->hint = g_strdup("look what changed; where it is meant, `atlas migrate hash` writes "
                             "the file anew");
}

/* The sums of the bytes as they are, and, for a checkout that changed the line ends, of the texts. */
static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    Sums raw, clean;
    g_autofree char *blamed = NULL, *ignored = NULL;
    sums_init(&raw);
    sums_init(&clean);
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        char *text = NULL;
        gsize length = 0, size;
        if (!g_str_has_suffix(file, ".sql"))
            continue;
        g_autoptr(GBytes) bytes = wend_tool_bytes(folder, file, problems);
        if (bytes == NULL || !wend_tool_read(folder, file, problems, &text, &length))
            continue;
        const char *data = g_bytes_get_data(bytes, &size);
        sums_add(&raw, file, data, size);
        sums_add(&clean, file, text, length);
        if (is_archive(text)) {
            wend_tool_problem(folder, file, problems,
                              "it is an archive (-- atlas:txtar), which wend does not read");
            g_free(text);
            continue;
        }
        if (is_others(folder, file, text, problems)) {
            g_free(text);
            continue;
        }
        add(folder, file, text, length, migrations);
    }
    bool kept = is_kept(folder, &raw, &blamed);
    const Sums *sums = kept || !is_kept(folder, &clean, &ignored) ? &raw : &clean;
    if (!kept && sums == &raw)
        refuse_sum(folder, blamed, problems);
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        wend_tool_file(migration)->checksum =
            g_strdup(g_hash_table_lookup(sums->by_file, migration->position));
    }
    sums_clear(&raw);
    sums_clear(&clean);
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    gsize length = strcspn(version, "_");
    return length > 0 ? g_strndup(version, length) : NULL;
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    static const char *const texts[] = {
        [WEND_DIALECT_SQLITE] =
            "CREATE TABLE IF NOT EXISTS {table} (`version` text NOT NULL, `description` text NOT "
            "NULL, `type` integer NOT NULL DEFAULT 2, `applied` integer NOT NULL DEFAULT 0, "
            "`total` "
            "integer NOT NULL DEFAULT 0, `executed_at` datetime NOT NULL, `execution_time` integer "
            "NOT NULL, `error` text NULL, `error_stmt` text NULL, `hash` text NOT NULL, "
            "`partial_hashes` json NULL, `operator_version` text NOT NULL, PRIMARY KEY "
            "(`version`))",
        [WEND_DIALECT_POSTGRES] =
            "CREATE TABLE IF NOT EXISTS {table} (\"version\" character varying NOT NULL, "
            "\"description\" character varying NOT NULL, \"type\" bigint NOT NULL DEFAULT 2, "
            "\"applied\" bigint NOT NULL DEFAULT 0, \"total\" bigint NOT NULL DEFAULT 0, "
            "\"executed_at\" timestamptz NOT NULL, \"execution_time\" bigint NOT NULL, \"error\" "
            "text NULL, \"error_stmt\" text NULL, \"hash\" character varying NOT NULL, "
            "\"partial_hashes\" jsonb NULL, \"operator_version\" character varying NOT NULL, "
            "PRIMARY "
            "KEY (\"version\"))",
        [WEND_DIALECT_MYSQL] =
            "CREATE TABLE IF NOT EXISTS {table} (`version` varchar(255) NOT NULL, `description` "
            "varchar(255) NOT NULL, `type` bigint unsigned NOT NULL DEFAULT 2, `applied` bigint "
            "NOT "
            "NULL DEFAULT 0, `total` bigint NOT NULL DEFAULT 0, `executed_at` timestamp NOT NULL, "
            "`execution_time` bigint NOT NULL, `error` longtext NULL, `error_stmt` longtext NULL, "
            "`hash` varchar(255) NOT NULL, `partial_hashes` json NULL, `operator_version` "
            "varchar(255) NOT NULL, PRIMARY KEY (`version`)) CHARSET utf8mb4 COLLATE utf8mb4_bin",
    };
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, texts[book->dialect]));
}

/* A row whose name begins with a dot is what Atlas's service knows the table by. */
static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT version, description, type, applied, total, {time "
                                 "executed_at}, error, hash FROM {table} WHERE version NOT LIKE "
                                 "'.%' ORDER BY version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *version = row->values[0], *description = row->values[1];
    if (row->count != 8 || version == NULL || version[0] == '\0' || row->values[2] == NULL ||
        row->values[3] == NULL || row->values[4] == NULL)
        return wend_history_refuse("a version that is empty", error);
    gint64 type = g_ascii_strtoll(row->values[2], NULL, 10);
    /* 1 = baseline, 2 = run, 4 = settled by a person. */
    WendApplied *applied =
        wend_applied_new(type == 1 ? WEND_KIND_BASELINE : WEND_KIND_VERSIONED, version, version,
                         description != NULL ? description : "");
    applied->applied_at = g_strdup(row->values[5]);
    applied->checksum =
        row->values[7] != NULL && row->values[7][0] != '\0' ? g_strdup(row->values[7]) : NULL;
    const char *failure = row->values[6] != NULL ? row->values[6] : "";
    if (strcmp(row->values[3], row->values[4]) != 0)
        applied->failed =
            g_strdup_printf("Atlas has run %s of its %s statements%s%s", row->values[3],
                            row->values[4], failure[0] != '\0' ? ": " : "", failure);
    return applied;
}

static WendApplied *find(const GPtrArray *applied, const char *id)
{
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *one = applied->pdata[i];
        if (strcmp(one->id, id) == 0)
            return one;
    }
    return NULL;
}

/* A file's sum is over all before it, too: of several in a row that differ, the first is to blame, and of
 * the others nothing can be said; nor behind a file that has no row. */
static void settle_sums(const GPtrArray *applied, const GPtrArray *migrations)
{
    bool known = true;
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        WendApplied *one = find(applied, migration->id);
        if (one != NULL && wend_tool_same(migration, one)) {
            known = true;
            continue;
        }
        if (one != NULL && !known)
            g_clear_pointer(&one->checksum, g_free);
        known = false;
    }
}

/* What stands before the first row never runs: the row is a baseline, whatever it is called. */
static bool settle(GPtrArray *applied, const GPtrArray *migrations, G_GNUC_UNUSED WendError *error)
{
    if (applied->len == 0)
        return true;
    WendApplied *first = applied->pdata[0];
    settle_sums(applied, migrations);
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        WendApplied *one = find(applied, migration->id);
        if (one != NULL && migration->kind == WEND_KIND_BASELINE)
            one->kind = WEND_KIND_BASELINE;
        if (one == NULL && migration->kind == WEND_KIND_VERSIONED &&
            strcmp(migration->id, first->id) < 0)
            first->kind = WEND_KIND_BASELINE;
    }
    return true;
}

static gint64 count_statements(const WendRecord *record)
{
    const WendScript *up = record->migration->up;
    g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    wend_split(up->text, up->length, wend_dialect_flags(record->book.dialect), statements, NULL);
    return statements->len;
}

static void insert_row(const WendRecord *record, int type, gint64 statements, const char *hash,
                       GPtrArray *queries)
{
    bool sqlite = record->book.dialect == WEND_DIALECT_SQLITE;
    g_autofree char *text = g_strdup_printf(
        "INSERT INTO {table} (version, description, type, applied, total, executed_at, "
        "execution_time, error, error_stmt, hash, partial_hashes, operator_version) VALUES (?, ?, "
        "%d, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %s, 0, '', '', ?, 'null', 'wend')",
        type, statements, statements, sqlite ? "strftime('%Y-%m-%d %H:%M:%f+00:00', ?)" : "{at}");
    WendQuery *query = wend_book_query(&record->book, text);
    wend_query_text(query, record->version);
    wend_query_text(query, record->name);
    wend_record_at(query, record);
    g_ptr_array_add(queries, wend_query_text(query, hash));
}

/* A baseline that a person sets is one row, of the newest file up to it. */
static void insert_baseline(const WendRecord *record, GPtrArray *queries)
{
    const WendMigration *last = NULL;
    for (guint i = 0; i < record->migrations->len; i++) {
        const WendMigration *migration = record->migrations->pdata[i];
        if (migration->kind == WEND_KIND_VERSIONED && record->position != NULL &&
            strcmp(migration->position, record->position) <= 0)
            last = migration;
    }
    WendRecord row = *record;
    row.version = last != NULL ? last->version : record->version;
    row.name = last != NULL ? last->name : "";
    insert_row(&row, 1, 0, "", queries);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    const WendMigration *migration = record->migration;
    if (migration == NULL && record->kind == WEND_KIND_BASELINE) {
        insert_baseline(record, queries);
        return;
    }
    const char *hash = migration != NULL         ? wend_tool_file(migration)->checksum
                       : record->applied != NULL ? record->applied->checksum
                                                 : NULL;
    insert_row(record, 2, migration != NULL ? count_statements(record) : 0,
               hash != NULL ? hash : "", queries);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE version = ?");
    g_ptr_array_add(queries, wend_query_text(query, record->version));
}

/* A text that a person accepts: only the sums are others, those of all that follow, too. */
static void replace_row(const WendRecord *record, GPtrArray *queries)
{
    if (record->applied->failed != NULL || record->applied_at == NULL ||
        record->migration == NULL) {
        remove_row(record, queries);
        insert(record, queries);
        return;
    }
    for (guint i = 0; i < record->migrations->len; i++) {
        const WendMigration *migration = record->migrations->pdata[i];
        if (strcmp(migration->position, record->migration->position) < 0)
            continue;
        WendQuery *query = wend_book_query(
            &record->book, "UPDATE {table} SET hash = ? WHERE version = ? AND hash <> ''");
        wend_query_text(query, wend_tool_file(migration)->checksum);
        g_ptr_array_add(queries, wend_query_text(query, migration->version));
    }
}

/* --- its lock --- */

static WendQuery *taken(const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                        G_GNUC_UNUSED const char *mark)
{
    return wend_query_new(book->dialect == WEND_DIALECT_POSTGRES
                              ? "SELECT pg_try_advisory_lock(" LOCK_KEY ")"
                              : "SELECT GET_LOCK('" LOCK_NAME "', 0)");
}

static void release(const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                    G_GNUC_UNUSED const char *mark, GPtrArray *queries)
{
    g_ptr_array_add(queries, wend_query_new(book->dialect == WEND_DIALECT_POSTGRES
                                                ? "SELECT pg_advisory_unlock(" LOCK_KEY ")"
                                                : "SELECT RELEASE_LOCK('" LOCK_NAME "')"));
}

static const WendToolLock lock = {
    .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "atlas_schema_revisions",
    .also = "atlas_schema_revisions.atlas_schema_revisions",
    .columns = "version,description,type,applied,total,executed_at,execution_time,error,error_stmt,"
               "hash,partial_hashes,operator_version",
    .create = create,
    .read = read_all,
    .decode = decode,
    .settle = settle,
    .insert = insert,
    .remove = remove_row,
    .replace = replace_row,
    .same = wend_tool_same,
    .lock = &lock,
};

static const char *const places[] = {"migrations", NULL};

const WendFormat wend_format_atlas = {
    .name = "atlas",
    .title = "Atlas",
    .places = places,
    .history = &history,
    .down_hint = "Atlas plans its ways back itself (`atlas migrate down`); for wend, write a new "
                 "migration that undoes it",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .position = wend_tool_text_position,
};
