/* SPDX-License-Identifier: MIT
 *
 * The statements of sqitch's registry, version 1.1. See sqitch_history.h. Times are written by the server's clock, or
 * as given; lists are arrays on PostgreSQL and words with blanks between elsewhere.
 */
#include "format/sqitch_history.h"

#include <string.h>

/* What differs between the servers. */
typedef struct Words {
    const char *change;  /* the column of that name, quoted where it is a word of the language */
    const char *now;     /* a time with microseconds */
    const char *given;   /* a time as wend writes it */
    const char *planned; /* a time as the plan writes it */
    const char *list;    /* a list */
} Words;

static const Words words[] = {
    [WEND_DIALECT_POSTGRES] = {"change", "clock_timestamp()", "CAST(? AS timestamptz)",
                               "CAST(? AS timestamptz)", "CAST(? AS text[])"},
    [WEND_DIALECT_MYSQL] = {"`change`", "UTC_TIMESTAMP(6)",
                            "STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%s.%fZ')",
                            "STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%sZ')", "?"},
};

/* A query of a template in which [change], [now], [at], [planned] and [list] are those words; [at] takes the
 * record's time, or none where the server's clock is meant. */
static WendQuery *query(const WendRecord *record, const char *text)
{
    const Words *own = &words[record->book.dialect];
    g_autoptr(GString) sql = g_string_new(text);
    g_string_replace(sql, "[change]", own->change, 0);
    g_string_replace(sql, "[at]", record->applied_at != NULL ? own->given : own->now, 0);
    g_string_replace(sql, "[now]", own->now, 0);
    g_string_replace(sql, "[planned]", own->planned, 0);
    g_string_replace(sql, "[list]", own->list, 0);
    return wend_book_query(&record->book, sql->str);
}

static void add_at(WendQuery *one, const WendRecord *record)
{
    if (record->applied_at != NULL)
        wend_query_text(one, record->applied_at);
}

/* --- the tables --- */

static const char *const postgres_tables[] = {
    "CREATE TABLE IF NOT EXISTS {near releases} (version real PRIMARY KEY, installed_at "
    "timestamptz NOT "
    "NULL DEFAULT clock_timestamp(), installer_name text NOT NULL, installer_email text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {near projects} (project text PRIMARY KEY, uri text NULL UNIQUE, "
    "created_at timestamptz NOT NULL DEFAULT clock_timestamp(), creator_name text NOT NULL, "
    "creator_email text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {table} (change_id text PRIMARY KEY, script_hash text NULL, change "
    "text "
    "NOT NULL, project text NOT NULL REFERENCES {near projects} (project) ON UPDATE CASCADE, note "
    "text "
    "NOT NULL DEFAULT '', committed_at timestamptz NOT NULL DEFAULT clock_timestamp(), "
    "committer_name "
    "text NOT NULL, committer_email text NOT NULL, planned_at timestamptz NOT NULL, planner_name "
    "text "
    "NOT NULL, planner_email text NOT NULL, UNIQUE (project, script_hash))",
    "CREATE TABLE IF NOT EXISTS {near tags} (tag_id text PRIMARY KEY, tag text NOT NULL, project "
    "text "
    "NOT NULL REFERENCES {near projects} (project) ON UPDATE CASCADE, change_id text NOT NULL "
    "REFERENCES {table} (change_id) ON UPDATE CASCADE, note text NOT NULL DEFAULT '', committed_at "
    "timestamptz NOT NULL DEFAULT clock_timestamp(), committer_name text NOT NULL, committer_email "
    "text "
    "NOT NULL, planned_at timestamptz NOT NULL, planner_name text NOT NULL, planner_email text NOT "
    "NULL, UNIQUE (project, tag))",
    "CREATE TABLE IF NOT EXISTS {near dependencies} (change_id text NOT NULL REFERENCES {table} "
    "(change_id) ON UPDATE CASCADE ON DELETE CASCADE, type text NOT NULL, dependency text NOT "
    "NULL, "
    "dependency_id text NULL REFERENCES {table} (change_id) ON UPDATE CASCADE CONSTRAINT "
    "dependencies_check CHECK ((type = 'require' AND dependency_id IS NOT NULL) OR (type = "
    "'conflict' "
    "AND dependency_id IS NULL)), PRIMARY KEY (change_id, dependency))",
    "CREATE TABLE IF NOT EXISTS {near events} (event text NOT NULL CONSTRAINT events_event_check "
    "CHECK "
    "(event IN ('deploy', 'revert', 'fail', 'merge')), change_id text NOT NULL, change text NOT "
    "NULL, "
    "project text NOT NULL REFERENCES {near projects} (project) ON UPDATE CASCADE, note text NOT "
    "NULL "
    "DEFAULT '', requires text[] NOT NULL DEFAULT '{}', conflicts text[] NOT NULL DEFAULT '{}', "
    "tags "
    "text[] NOT NULL DEFAULT '{}', committed_at timestamptz NOT NULL DEFAULT clock_timestamp(), "
    "committer_name text NOT NULL, committer_email text NOT NULL, planned_at timestamptz NOT NULL, "
    "planner_name text NOT NULL, planner_email text NOT NULL, PRIMARY KEY (change_id, "
    "committed_at))",
};

#define WHO(who) who "_name varchar(255) NOT NULL, " who "_email varchar(255) NOT NULL"
#define INNODB   " ENGINE=InnoDB DEFAULT CHARACTER SET utf8"

/* Without the triggers that check the dependencies: they need rights that a migration should not. */
static const char *const mysql_tables[] = {
    "CREATE TABLE IF NOT EXISTS {near releases} (version float(4,1) PRIMARY KEY, installed_at "
    "datetime(6) NOT NULL, " WHO("installer") ")" INNODB,
    "CREATE TABLE IF NOT EXISTS {near projects} (project varchar(255) PRIMARY KEY, uri "
    "varchar(255) NULL "
    "UNIQUE, created_at datetime(6) NOT NULL, " WHO("creator") ")" INNODB,
    "CREATE TABLE IF NOT EXISTS {table} (change_id varchar(40) PRIMARY KEY, script_hash "
    "varchar(40) "
    "NULL, `change` varchar(255) NOT NULL, project varchar(255) NOT NULL, note text NOT NULL, "
    "committed_at datetime(6) NOT NULL, " WHO(
        "committer") ", planned_at datetime(6) NOT NULL, " WHO("planner") ", UNIQUE (project, "
                                                                          "script_hash), FOREIGN "
                                                                          "KEY (project) "
                                                                          "REFERENCES {near "
                                                                          "projects} "
                                                                          "(project) ON UPDATE "
                                                                          "CASCADE)" INNODB,
    "CREATE TABLE IF NOT EXISTS {near tags} (tag_id varchar(40) PRIMARY KEY, tag varchar(255) NOT "
    "NULL, "
    "project varchar(255) NOT NULL, change_id varchar(40) NOT NULL, note varchar(255) NOT NULL, "
    "committed_at datetime(6) NOT NULL, " WHO(
        "committer") ", planned_at datetime(6) NOT NULL, " WHO("planner") ", UNIQUE (project, "
                                                                          "tag), FOREIGN KEY "
                                                                          "(project) REFERENCES "
                                                                          "{near projects} "
                                                                          "(project) "
                                                                          "ON UPDATE CASCADE, "
                                                                          "FOREIGN KEY (change_id) "
                                                                          "REFERENCES {table} "
                                                                          "(change_id) ON UPDATE "
                                                                          "CASCADE)" INNODB,
    "CREATE TABLE IF NOT EXISTS {near dependencies} (change_id varchar(40) NOT NULL, type "
    "varchar(8) NOT "
    "NULL, dependency varchar(255) NOT NULL, dependency_id varchar(40) NULL, PRIMARY KEY "
    "(change_id, "
    "dependency), FOREIGN KEY (change_id) REFERENCES {table} (change_id) ON UPDATE CASCADE ON "
    "DELETE "
    "CASCADE, FOREIGN KEY (dependency_id) REFERENCES {table} (change_id) ON UPDATE CASCADE)" INNODB,
    "CREATE TABLE IF NOT EXISTS {near events} (event enum('deploy','fail','merge','revert') NOT "
    "NULL, "
    "change_id varchar(40) NOT NULL, `change` varchar(255) NOT NULL, project varchar(255) NOT "
    "NULL, note "
    "text NOT NULL, requires text NOT NULL, conflicts text NOT NULL, tags text NOT NULL, "
    "committed_at "
    "datetime(6) NOT NULL, " WHO("committer") ", planned_at datetime(6) NOT NULL, " WHO(
        "planner") ", PRIMARY KEY (change_id, committed_at), FOREIGN KEY (project) REFERENCES "
                   "{near "
                   "projects} (project) ON UPDATE CASCADE)" INNODB,
};

static void create(const WendBook *book, GPtrArray *queries)
{
    bool postgres = book->dialect == WEND_DIALECT_POSTGRES;
    const char *const *tables = postgres ? postgres_tables : mysql_tables;
    g_autofree char *schema = g_strndup(book->table, strcspn(book->table, "."));
    g_autofree char *quoted = wend_quote_name(book->dialect, schema);
    wend_book_schema(book, queries);
    if (!postgres)
        g_ptr_array_add(
            queries, wend_query_take(g_strdup_printf("CREATE DATABASE IF NOT EXISTS %s", quoted)));
    for (gsize i = 0; i < G_N_ELEMENTS(postgres_tables); i++)
        g_ptr_array_add(queries, wend_book_query(book, tables[i]));
    const WendRecord record = {.book = *book};
    g_ptr_array_add(queries,
                    query(&record,
                          "INSERT INTO {near releases} (version, installed_at, installer_name, "
                          "installer_email) SELECT 1.1, [now], 'wend', 'wend' FROM (SELECT 1) AS "
                          "one WHERE NOT EXISTS (SELECT 1 FROM {near releases})"));
}

/* --- reading --- */

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(
        book, book->dialect == WEND_DIALECT_POSTGRES
                  ? "SELECT change_id, change, project, script_hash, {time committed_at}, "
                    "committer_name FROM {table} ORDER BY committed_at"
                  : "SELECT change_id, `change`, project, script_hash, "
                    "CONCAT(LEFT(DATE_FORMAT(committed_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z'), "
                    "committer_name FROM {table} ORDER BY committed_at");
}

/* The project stands in the name until the rows are looked at together. */
static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { ID, CHANGE, PROJECT, HASH, AT, BY };
    if (row->values[ID] == NULL || row->values[CHANGE] == NULL || row->values[PROJECT] == NULL)
        return wend_history_refuse("a change without id, name or project", error);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, row->values[ID],
                                            row->values[CHANGE], row->values[PROJECT]);
    applied->checksum = g_strdup(row->values[HASH]);
    applied->applied_at = g_strdup(row->values[AT]);
    applied->by = g_strdup(row->values[BY]);
    return applied;
}

static const WendSqitchFile *file_of(const WendMigration *migration)
{
    return migration != NULL ? wend_tool_file(migration)->more : NULL;
}

/* Several projects share a registry: those of others are not this folder's. With a plan that has no changes, none is. */
static bool settle(GPtrArray *applied, const GPtrArray *migrations, G_GNUC_UNUSED WendError *error)
{
    const WendSqitchFile *any = migrations->len > 0 ? file_of(migrations->pdata[0]) : NULL;
    for (guint i = 0; i < applied->len;) {
        WendApplied *row = applied->pdata[i];
        if (any == NULL || strcmp(row->name, any->plan->project) != 0) {
            g_ptr_array_remove_index(applied, i);
            continue;
        }
        g_free(row->name);
        row->name = g_strdup("");
        i++;
    }
    return true;
}

/* --- writing --- */

/* Who is said to have done it: name and mail of sqitch.conf, else the user's. */
static void add_committer(WendQuery *one, const WendRecord *record, const WendSqitchPlan *plan)
{
    const char *name = plan != NULL && plan->user_name != NULL ? plan->user_name : record->by;
    g_autofree char *mail = g_strdup_printf("%s@localhost", record->by);
    wend_query_text(one, name);
    wend_query_text(one, plan != NULL && plan->user_email != NULL ? plan->user_email : mail);
}

static void add_project(const WendRecord *record, const WendSqitchPlan *plan, GPtrArray *queries)
{
    WendQuery *one = query(
        record, "INSERT INTO {near projects} (project, uri, created_at, creator_name, "
                "creator_email) SELECT ?, ?, [now], ?, ? FROM (SELECT 1) AS one WHERE NOT EXISTS "
                "(SELECT 1 FROM {near projects} WHERE project = ?)");
    wend_query_text(one, plan->project);
    wend_query_text(one, plan->uri);
    add_committer(one, record, plan);
    g_ptr_array_add(queries, wend_query_text(one, plan->project));
}

static void append_word(GString *list, WendDialect dialect, const char *word)
{
    bool array = dialect == WEND_DIALECT_POSTGRES;
    if (list->len > array)
        g_string_append_c(list, array ? ',' : ' ');
    if (!array) {
        g_string_append(list, word);
        return;
    }
    g_string_append_c(list, '"');
    for (; *word != '\0'; word++) {
        if (*word == '"' || *word == '\\')
            g_string_append_c(list, '\\');
        g_string_append_c(list, *word);
    }
    g_string_append_c(list, '"');
}

static void add_needs(WendQuery *one, WendDialect dialect, const WendSqitchChange *change,
                      bool conflicts)
{
    g_autoptr(GString) list = g_string_new(dialect == WEND_DIALECT_POSTGRES ? "{" : "");
    for (guint i = 0; i < change->needs->len; i++) {
        const WendSqitchNeed *need = change->needs->pdata[i];
        if (need->conflict == conflicts)
            append_word(list, dialect, need->name);
    }
    g_string_append(list, dialect == WEND_DIALECT_POSTGRES ? "}" : "");
    wend_query_text(one, list->str);
}

static void add_tags(WendQuery *one, WendDialect dialect, const WendSqitchChange *change)
{
    g_autoptr(GString) list = g_string_new(dialect == WEND_DIALECT_POSTGRES ? "{" : "");
    for (guint i = 0; i < change->tags->len; i++)
        append_word(list, dialect, ((const WendSqitchTag *)change->tags->pdata[i])->name);
    g_string_append(list, dialect == WEND_DIALECT_POSTGRES ? "}" : "");
    wend_query_text(one, list->str);
}

static void add_planner(WendQuery *one, const char *date, const char *planner, const char *email)
{
    wend_query_text(one, date);
    wend_query_text(one, planner);
    wend_query_text(one, email);
}

static void insert_change(const WendRecord *record, const WendSqitchFile *more, GPtrArray *queries)
{
    const WendSqitchChange *change = more->change;
    WendQuery *one =
        query(record, "INSERT INTO {table} (change_id, script_hash, [change], project, note, "
                      "committed_at, committer_name, committer_email, planned_at, planner_name, "
                      "planner_email) VALUES (?, ?, ?, ?, ?, [at], ?, ?, [planned], ?, ?)");
    wend_query_text(one, change->id);
    wend_query_text(one, wend_tool_file(record->migration)->checksum);
    wend_query_text(one, change->name);
    wend_query_text(one, more->plan->project);
    wend_query_text(one, change->note);
    add_at(one, record);
    add_committer(one, record, more->plan);
    add_planner(one, change->date, change->planner, change->email);
    g_ptr_array_add(queries, one);
}

/* One of another project is looked up: "project:change". */
static void insert_need(const WendRecord *record, const WendSqitchChange *change,
                        const WendSqitchNeed *need, GPtrArray *queries)
{
    const char *colon = strchr(need->name, ':');
    bool elsewhere = need->id == NULL && !need->conflict && colon != NULL;
    WendQuery *one = query(
        record, elsewhere ? "INSERT INTO {near dependencies} (change_id, type, dependency, "
                            "dependency_id) SELECT ?, ?, ?, change_id FROM {table} WHERE project "
                            "= ? AND [change] = ?"
                          : "INSERT INTO {near dependencies} (change_id, type, dependency, "
                            "dependency_id) VALUES (?, ?, ?, ?)");
    wend_query_text(one, change->id);
    wend_query_text(one, need->conflict ? "conflict" : "require");
    wend_query_text(one, need->name);
    if (elsewhere) {
        g_autofree char *project = g_strndup(need->name, (gsize)(colon - need->name));
        wend_query_text(one, project);
        wend_query_text(one, colon + 1);
    } else {
        wend_query_text(one, need->id);
    }
    g_ptr_array_add(queries, one);
}

static void insert_tag(const WendRecord *record, const WendSqitchFile *more,
                       const WendSqitchTag *tag, GPtrArray *queries)
{
    WendQuery *one = query(
        record, "INSERT INTO {near tags} (tag_id, tag, project, change_id, note, committed_at, "
                "committer_name, committer_email, planned_at, planner_name, planner_email) VALUES "
                "(?, ?, ?, ?, ?, [at], ?, ?, [planned], ?, ?)");
    wend_query_text(one, tag->id);
    wend_query_text(one, tag->name);
    wend_query_text(one, more->plan->project);
    wend_query_text(one, more->change->id);
    wend_query_text(one, tag->note);
    add_at(one, record);
    add_committer(one, record, more->plan);
    add_planner(one, tag->date, tag->planner, tag->email);
    g_ptr_array_add(queries, one);
}

static void insert_event(const WendRecord *record, const WendSqitchFile *more, const char *event,
                         GPtrArray *queries)
{
    const WendSqitchChange *change = more->change;
    WendDialect dialect = record->book.dialect;
    WendQuery *one = query(
        record,
        "INSERT INTO {near events} (event, change_id, [change], project, note, requires, "
        "conflicts, tags, committed_at, committer_name, committer_email, planned_at, planner_name, "
        "planner_email) VALUES (?, ?, ?, ?, ?, [list], [list], [list], [at], ?, ?, [planned], ?, "
        "?)");
    wend_query_text(one, event);
    wend_query_text(one, change->id);
    wend_query_text(one, change->name);
    wend_query_text(one, more->plan->project);
    wend_query_text(one, change->note);
    add_needs(one, dialect, change, false);
    add_needs(one, dialect, change, true);
    add_tags(one, dialect, change);
    add_at(one, record);
    add_committer(one, record, more->plan);
    add_planner(one, change->date, change->planner, change->email);
    g_ptr_array_add(queries, one);
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendSqitchFile *more = file_of(record->migration);
    if (more == NULL)
        return;
    add_project(record, more->plan, queries);
    insert_change(record, more, queries);
    for (guint i = 0; i < more->change->needs->len; i++)
        insert_need(record, more->change, more->change->needs->pdata[i], queries);
    for (guint i = 0; i < more->change->tags->len; i++)
        insert_tag(record, more, more->change->tags->pdata[i], queries);
    insert_event(record, more, "deploy", queries);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

/* Of a change that is no longer in the plan, the event says what its row says. */
static void add_lost_event(const WendRecord *record, GPtrArray *queries)
{
    bool postgres = record->book.dialect == WEND_DIALECT_POSTGRES;
    WendQuery *one = query(
        record, postgres
                    ? "INSERT INTO {near events} (event, change_id, change, project, note, "
                      "committer_name, committer_email, planned_at, planner_name, planner_email) "
                      "SELECT 'revert', change_id, change, project, note, ?, ?, planned_at, "
                      "planner_name, planner_email FROM {table} WHERE change_id = ?"
                    : "INSERT INTO {near events} (event, change_id, `change`, project, note, "
                      "requires, conflicts, tags, committed_at, committer_name, committer_email, "
                      "planned_at, planner_name, planner_email) SELECT 'revert', change_id, "
                      "`change`, project, note, '', '', '', UTC_TIMESTAMP(6), ?, ?, planned_at, "
                      "planner_name, planner_email FROM {table} WHERE change_id = ?");
    add_committer(one, record, NULL);
    g_ptr_array_add(queries, wend_query_text(one, record->id));
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    static const char *const texts[] = {"DELETE FROM {near tags} WHERE change_id = ?",
                                        "DELETE FROM {near dependencies} WHERE change_id = ?",
                                        "DELETE FROM {table} WHERE change_id = ?"};
    const WendSqitchFile *more = file_of(record->migration);
    if (more != NULL)
        insert_event(record, more, "revert", queries);
    else
        add_lost_event(record, queries);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_ptr_array_add(queries, wend_query_text(query(record, texts[i]), record->id));
}

/* A file that a person says is what was applied: nothing was deployed, so that there is no event. */
static void replace_row(const WendRecord *record, GPtrArray *queries)
{
    if (record->applied_at == NULL || record->migration == NULL) {
        remove_row(record, queries);
        insert(record, queries);
        return;
    }
    WendQuery *one = query(record, "UPDATE {table} SET script_hash = ? WHERE change_id = ?");
    wend_query_text(one, wend_tool_file(record->migration)->checksum);
    g_ptr_array_add(queries, wend_query_text(one, record->id));
}

/* --- its lock --- */

#define LOCK "75474063"

static const char *lock_facts(const WendBook *book)
{
    return book->dialect == WEND_DIALECT_MYSQL ? "SELECT database()" : "SELECT current_database()";
}

static char *lock_name(const WendRow *facts)
{
    g_autoptr(GString) name = g_string_new(facts->values[0]);
    g_string_replace(name, "'", "''", 0);
    return g_strdup_printf("'sqitch working on %s'", name->str);
}

static WendQuery *taken(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark)
{
    g_autofree char *name = lock_name(facts);
    return book->dialect == WEND_DIALECT_POSTGRES
               ? wend_query_new("SELECT pg_try_advisory_lock(" LOCK ")")
               : wend_query_take(g_strdup_printf("SELECT GET_LOCK(%s, 0)", name));
}

static void release(const WendBook *book, const WendRow *facts, G_GNUC_UNUSED const char *mark,
                    GPtrArray *queries)
{
    g_autofree char *name = lock_name(facts);
    g_ptr_array_add(queries,
                    book->dialect == WEND_DIALECT_POSTGRES
                        ? wend_query_new("SELECT pg_advisory_unlock(" LOCK ")")
                        : wend_query_take(g_strdup_printf("SELECT RELEASE_LOCK(%s)", name)));
}

static const WendToolLock lock = {
    .facts = lock_facts, .taken = taken, .release = release, .servers = true, .session = true};

const WendHistory wend_sqitch_history = {
    .table = "sqitch.changes",
    .columns = "change_id,script_hash,change,project,note,committed_at,committer_name,"
               "committer_email,planned_at,planner_name,planner_email",
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
