/* SPDX-License-Identifier: MIT
 *
 * graphile-migrate: committed/NUMBER-message.sql, each with its hash and that of the one before it in its
 * head; graphile_migrate.migrations holds a row for each. It has no way back: a NUMBER-message.down.sql
 * beside it, which it passes over, is taken for one. What lies in current.sql is not committed, and none of
 * wend's business.
 */
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define TITLE     "graphile-migrate"
#define COMMITTED "committed"
/* The key of its advisory lock, the same in all databases. */
#define LOCK_KEY "4727445306447283"

/* What the head of a file says. */
typedef struct Head {
    char *hash;
    char *previous; /* NULL = it is the first */
    bool invalid;   /* its text need not have that hash */
} Head;

static void head_free(gpointer data)
{
    Head *head = data;
    g_free(head->hash);
    g_free(head->previous);
    g_free(head);
}

static const Head *head_of(const WendMigration *migration)
{
    return wend_tool_file(migration)->more;
}

/* --- the folder --- */

/* `^([0-9]+)(-[-_a-zA-Z0-9]*)?\.sql$` */
static bool is_committed(const char *file)
{
    gsize digits = strspn(file, "0123456789");
    if (digits == 0 || !g_str_has_suffix(file, ".sql"))
        return false;
    const char *rest = file + digits, *end = file + strlen(file) - strlen(".sql");
    if (rest < end && *rest != '-')
        return false;
    while (rest < end && (g_ascii_isalnum(*rest) || *rest == '-' || *rest == '_'))
        rest++;
    return rest == end;
}

static bool has_head(const char *text)
{
    return g_str_has_prefix(text, "--! Previous:");
}

static bool has_name(GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

/* The folder of the committed ones, when `folder` is the one around it; else NULL. */
static WendFolder *open_committed(const WendFolder *folder)
{
    if (!has_name(folder->folders, COMMITTED))
        return NULL;
    g_autofree char *path = g_build_filename(folder->path, COMMITTED, NULL);
    return wend_folder_open(path, NULL);
}

static int detect(const WendFolder *folder)
{
    g_autoptr(WendFolder) committed = open_committed(folder);
    if (wend_tool_first_file(committed != NULL ? committed : folder, is_committed, has_head))
        return WEND_FIT_SURE;
    return committed != NULL &&
                   (has_name(folder->names, "current.sql") || has_name(folder->folders, "current"))
               ? WEND_FIT_LIKELY
               : WEND_FIT_NO;
}

/* --- files --- */

/* "--! Name: value" as far as such lines go; returns where they end. NULL, with a problem, for a head that is
 * not as the tool writes it. */
static const char *read_head(const WendFolder *folder, const char *file, const char *text,
                             Head *head, GPtrArray *problems)
{
    while (g_str_has_prefix(text, "--! ") && g_ascii_isupper(text[4])) {
        gsize length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text + 4, length - 4);
        char *colon = strchr(line, ':'), *value = colon != NULL ? g_strstrip(colon + 1) : NULL;
        if (colon != NULL)
            *colon = '\0';
        if (strcmp(line, "Hash") == 0 && head->hash == NULL && value != NULL)
            head->hash = g_strdup(value);
        else if (strcmp(line, "Previous") == 0 && head->previous == NULL && value != NULL)
            head->previous = g_strdup(value);
        else if (strcmp(line, "AllowInvalidHash") == 0)
            head->invalid = true;
        text += length + (text[length] == '\n');
    }
    const char *missing = head->previous == NULL || *head->previous == '\0' ? "Previous"
                          : head->hash == NULL || *head->hash == '\0'       ? "Hash"
                                                                            : NULL;
    if (missing != NULL) {
        wend_tool_problem(folder, file, problems, "its head has no line `--! %s: …`", missing);
        return NULL;
    }
    if (*text != '\n') {
        wend_tool_problem(folder, file, problems, "there is no empty line behind its head");
        return NULL;
    }
    if (strcmp(head->previous, "-") == 0)
        g_clear_pointer(&head->previous, g_free);
    return text;
}

/* "sha1:…" over the hash before it and the text. Caller frees. */
static char *hash_of(const char *previous, const char *body)
{
    g_autofree char *text = g_strdup(body);
    g_strstrip(text);
    g_autofree char *both = g_strconcat(previous != NULL ? previous : "", "\n", text, NULL);
    g_autofree char *whole = g_strconcat(g_strstrip(both), "\n", NULL);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, whole, -1);
    return g_strconcat("sha1:", sum, NULL);
}

/* `--! no-transaction` in the first line of the text. */
static bool is_alone(const char *body)
{
    body += strspn(body, " \t\n");
    if (!g_str_has_prefix(body, "--!"))
        return false;
    body += 3 + strspn(body + 3, " \t");
    return g_str_has_prefix(body, "no-transaction") && !g_ascii_isalnum(body[14]) &&
           body[14] != '_';
}

static void add(const WendFolder *folder, const char *file, GPtrArray *migrations,
                GPtrArray *problems)
{
    char *text = NULL;
    gsize length = 0, digits = strspn(file, "0123456789");
    if (!wend_tool_read(folder, file, problems, &text, &length))
        return;
    g_autofree char *owned = text, *shown = wend_tool_show(folder, file);
    Head *head = g_new0(Head, 1);
    const char *body = read_head(folder, file, text, head, problems);
    if (body == NULL) {
        head_free(head);
        return;
    }
    g_autofree char *version = g_strndup(file, digits);
    g_autofree char *id = g_strconcat(version, ".sql", NULL);
    const char *slug = file + digits + (file[digits] == '-');
    g_autofree char *name = g_strndup(slug, (gsize)(file + strlen(file) - strlen(".sql") - slug));
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, id);
    WendToolFile *own = wend_tool_file(migration);
    own->checksum = head->invalid ? g_strdup(head->hash) : hash_of(head->previous, body);
    own->up_alone = is_alone(body);
    own->more = head;
    own->more_free = head_free;
    migration->up = wend_script_new(shown, 1, g_steal_pointer(&owned), length);
    g_autofree char *stem = g_strndup(file, strlen(file) - strlen(".sql"));
    g_autofree char *down = g_strconcat(stem, ".down.sql", NULL);
    if (has_name(folder->names, down))
        own->down_path = g_build_filename(folder->path, down, NULL);
}

/* Each names the hash of the one before it. */
static void check_chain(const GPtrArray *migrations, GPtrArray *problems)
{
    const char *before = NULL;
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *migration = migrations->pdata[i];
        const Head *head = head_of(migration);
        if (g_strcmp0(head->previous, before) != 0) {
            WendProblem *problem = wend_problem_add(
                problems, false, migration->up->file, 1, 0,
                before == NULL ? "it is the first, but names one before it: %s"
                               : "the one before it has another hash than it names (%s)",
                head->previous != NULL ? head->previous : "-");
            problem->hint = g_strdup("bring back the file that is gone, or uncommit and commit "
                                     "with " TITLE);
        }
        before = head->hash;
    }
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(WendFolder) committed = open_committed(folder);
    if (committed != NULL)
        folder = committed;
    for (guint i = 0; i < folder->names->len; i++) {
        const char *file = folder->names->pdata[i];
        if (is_committed(file))
            add(folder, file, migrations, problems);
    }
    wend_tool_sort(migrations, problems);
    check_chain(migrations, problems);
    return true;
}

/* What the tool refuses to run, and what it would put in place of names. */
static void load(WendMigration *migration, WendDialect dialect, GPtrArray *problems)
{
    static const char *const names[] = {":DATABASE_NAME", ":DATABASE_OWNER"};
    const WendToolFile *own = wend_tool_file(migration);
    if (own->loaded)
        return;
    const Head *head = head_of(migration);
    if (strcmp(own->checksum, head->hash) != 0) {
        WendProblem *problem =
            wend_problem_add(problems, false, migration->up->file, 0, 0,
                             "its text has not the hash of its head: it was changed after it was "
                             "committed");
        problem->hint = g_strdup("put it back as it was; where the change is meant, a line `--! "
                                 "AllowInvalidHash` in its head says so");
    }
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strstr(migration->up->text, names[i]) == NULL)
            continue;
        WendProblem *problem = wend_problem_add(
            problems, false, migration->up->file, 0, 0,
            "it has the placeholder %s, which " TITLE " fills in and wend does not", names[i]);
        problem->hint = g_strdup("run it with " TITLE ", up to this one; then go on with wend");
    }
    wend_tool_load(migration, dialect, problems);
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(queries,
                    wend_book_query(book, "CREATE TABLE IF NOT EXISTS {table} (hash text primary "
                                          "key, previous_hash text references {table}, filename "
                                          "text not null, date timestamptz not null default "
                                          "CURRENT_TIMESTAMP)"));
    g_ptr_array_add(queries,
                    wend_book_query(book, "CREATE TABLE IF NOT EXISTS {near current} (filename "
                                          "text primary key default 'current.sql', content text "
                                          "not null, date timestamptz not null default "
                                          "CURRENT_TIMESTAMP)"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT filename, hash, {time date} FROM {table} ORDER BY "
                                 "filename");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    const char *id = row->values[0];
    if (row->count != 3 || id == NULL || !is_committed(id))
        return wend_history_refuse("a filename that is not NUMBER.sql", error);
    g_autofree char *version = g_strndup(id, strspn(id, "0123456789"));
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, version, "");
    applied->checksum = g_strdup(row->values[1]);
    applied->applied_at = g_strdup(row->values[2]);
    return applied;
}

/* The table knows no names: the files do. */
static bool settle(GPtrArray *applied, const GPtrArray *migrations, G_GNUC_UNUSED WendError *error)
{
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *one = applied->pdata[i];
        for (guint j = 0; j < migrations->len; j++) {
            const WendMigration *migration = migrations->pdata[j];
            if (strcmp(migration->id, one->id) != 0)
                continue;
            g_free(one->name);
            one->name = g_strdup(migration->name);
        }
    }
    return true;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendMigration *migration = record->migration;
    if (migration == NULL)
        return;
    bool known = record->applied_at != NULL;
    WendQuery *query = wend_book_query(
        &record->book,
        known ? "INSERT INTO {table} (hash, previous_hash, filename, date) VALUES (?, ?, ?, {at})"
              : "INSERT INTO {table} (hash, previous_hash, filename) VALUES (?, ?, ?)");
    wend_query_text(query, head_of(migration)->hash);
    wend_query_text(query, head_of(migration)->previous);
    wend_query_text(query, record->id);
    g_ptr_array_add(queries, known ? wend_record_at(query, record) : query);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE filename = ?");
    g_ptr_array_add(queries, wend_query_text(query, record->id));
}

/* --- its lock --- */

static WendQuery *taken(G_GNUC_UNUSED const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                        G_GNUC_UNUSED const char *mark)
{
    return wend_query_new("SELECT pg_try_advisory_lock(" LOCK_KEY ")");
}

static void release(G_GNUC_UNUSED const WendBook *book, G_GNUC_UNUSED const WendRow *facts,
                    G_GNUC_UNUSED const char *mark, GPtrArray *queries)
{
    g_ptr_array_add(queries, wend_query_new("SELECT pg_advisory_unlock(" LOCK_KEY ")"));
}

static const WendToolLock lock = {
    .taken = taken, .release = release, .session = true, .servers = true};

static const WendHistory history = {
    .table = "migrations",
    .schema_table = "graphile_migrate.migrations",
    .columns = "hash,previous_hash,filename,date",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .settle = settle,
    .insert = insert,
    .remove = remove_row,
    .same = wend_tool_same,
    .lock = &lock,
};

static const char *const places[] = {"migrations", NULL};

static char *version_key(const char *version)
{
    gsize digits = strspn(version, "0123456789");
    return digits > 0 ? g_strdup_printf("%.*s.sql", (int)digits, version) : NULL;
}

const WendFormat wend_format_graphile_migrate = {
    .name = "graphile-migrate",
    .title = TITLE,
    .postgres_only = true,
    .places = places,
    .history = &history,
    .down_hint =
        "write it into a file of the same name in committed/ that ends in .down.sql: " TITLE
        " passes it over",
    .detect = detect,
    .scan = scan,
    .load = load,
    .version_key = version_key,
    .position = wend_tool_text_position,
};
