/* SPDX-License-Identifier: MIT
 *
 * What kind of statement it is, as far as the protocol must know: what commits by itself, what of that
 * may run twice, which settings there are, what may not stand in a migration at all. Looks at words, never
 * at a database.
 */
#include "db/mysql/mysql.h"

#include <string.h>

#define WORDS_SOME 24

/* Statements by their first words; the first row that fits counts. What is in none of them, and no data
 * definition, runs by itself in a transaction that is looked after. Source: "Statements That Cause an
 * Implicit Commit" of both manuals. */
static const struct Row {
    const char *first, *second; /* NULL = any */
    WendClass class;
    bool temporary, may_commit;
    const char *what;
} rows[] = {
    {"BEGIN", "NOT", WEND_CLASS_OPAQUE, false, false, "BEGIN NOT ATOMIC"},
    {"BEGIN", NULL, WEND_CLASS_BEGIN, false, false, "BEGIN"},
    {"START", "TRANSACTION", WEND_CLASS_BEGIN, false, false, "START TRANSACTION"},
    {"COMMIT", NULL, WEND_CLASS_COMMIT, false, false, "COMMIT"},
    /* mysqldump puts its INSERTs between them. Under LOCK TABLES wend could not write its own rows, and on
     * Galera the cluster can hang; wend's own lock keeps other migrations away, and the INSERTs stand in
     * a transaction. */
    {"LOCK", "TABLES", WEND_CLASS_NOTHING, false, false, "LOCK TABLES"},
    {"LOCK", "TABLE", WEND_CLASS_NOTHING, false, false, "LOCK TABLES"},
    {"UNLOCK", "TABLES", WEND_CLASS_NOTHING, false, false, "UNLOCK TABLES"},
    {"UNLOCK", "TABLE", WEND_CLASS_NOTHING, false, false, "UNLOCK TABLES"},
    /* Whatever a procedure does: its data definitions would commit what stands before it. */
    {"CALL", NULL, WEND_CLASS_OPAQUE, false, false, "CALL"},
    {"EXECUTE", NULL, WEND_CLASS_OPAQUE, false, false, "EXECUTE"},
    {"PREPARE", NULL, WEND_CLASS_ORDINARY, true, false, "PREPARE"},
    {"DEALLOCATE", NULL, WEND_CLASS_ORDINARY, false, false, "DEALLOCATE"},
    {"ANALYZE", "TABLE", WEND_CLASS_REPEATABLE, false, false, "ANALYZE"},
    {"ANALYZE", "LOCAL", WEND_CLASS_REPEATABLE, false, false, "ANALYZE"},
    {"ANALYZE", "NO_WRITE_TO_BINLOG", WEND_CLASS_REPEATABLE, false, false, "ANALYZE"},
    {"OPTIMIZE", NULL, WEND_CLASS_REPEATABLE, false, false, "OPTIMIZE"},
    {"REPAIR", NULL, WEND_CLASS_REPEATABLE, false, false, "REPAIR"},
    {"CHECK", NULL, WEND_CLASS_REPEATABLE, false, false, "CHECK"},
    {"FLUSH", NULL, WEND_CLASS_REPEATABLE, false, false, "FLUSH"},
    {"RESET", NULL, WEND_CLASS_REPEATABLE, false, false, "RESET"},
    {"CACHE", NULL, WEND_CLASS_REPEATABLE, false, false, "CACHE INDEX"},
    {"LOAD", "INDEX", WEND_CLASS_REPEATABLE, false, false, "LOAD INDEX"},
    {"GRANT", NULL, WEND_CLASS_REPEATABLE, false, false, "GRANT"},
    /* A second time it fails for want of the grant. */
    {"REVOKE", NULL, WEND_CLASS_OPAQUE, false, false, "REVOKE"},
    {"INSTALL", NULL, WEND_CLASS_OPAQUE, false, false, "INSTALL"},
    {"UNINSTALL", NULL, WEND_CLASS_OPAQUE, false, false, "UNINSTALL"},
    {"CHANGE", NULL, WEND_CLASS_OPAQUE, false, false, "CHANGE MASTER"},
    {"START", NULL, WEND_CLASS_OPAQUE, false, false, "START"},
    {"STOP", NULL, WEND_CLASS_OPAQUE, false, false, "STOP"},
    {"PURGE", NULL, WEND_CLASS_OPAQUE, false, false, "PURGE"},
    {"KILL", NULL, WEND_CLASS_OPAQUE, false, false, "KILL"},
    /* MariaDB takes them outside of procedures, too. */
    {"IF", NULL, WEND_CLASS_OPAQUE, false, false, "IF"},
    {"CASE", NULL, WEND_CLASS_OPAQUE, false, false, "CASE"},
    {"LOOP", NULL, WEND_CLASS_OPAQUE, false, false, "LOOP"},
    {"WHILE", NULL, WEND_CLASS_OPAQUE, false, false, "WHILE"},
    {"REPEAT", NULL, WEND_CLASS_OPAQUE, false, false, "REPEAT"},
    {"FOR", NULL, WEND_CLASS_OPAQUE, false, false, "FOR"},
    /* A statement inside a transaction, of one result. */
    {"INSERT", NULL, WEND_CLASS_ORDINARY, false, false, "INSERT"},
    {"REPLACE", NULL, WEND_CLASS_ORDINARY, false, false, "REPLACE"},
    {"UPDATE", NULL, WEND_CLASS_ORDINARY, false, false, "UPDATE"},
    {"DELETE", NULL, WEND_CLASS_ORDINARY, false, false, "DELETE"},
    {"SELECT", NULL, WEND_CLASS_ORDINARY, false, false, "SELECT"},
    {"WITH", NULL, WEND_CLASS_ORDINARY, false, false, "WITH"},
    {"VALUES", NULL, WEND_CLASS_ORDINARY, false, false, "VALUES"},
    {"DO", NULL, WEND_CLASS_ORDINARY, false, false, "DO"},
    {"HANDLER", NULL, WEND_CLASS_ORDINARY, true, false, "HANDLER"},
    {"LOAD", NULL, WEND_CLASS_ORDINARY, false, false, "LOAD DATA"},
    {"SAVEPOINT", NULL, WEND_CLASS_ORDINARY, false, false, "SAVEPOINT"},
    {"RELEASE", NULL, WEND_CLASS_ORDINARY, false, false, "RELEASE"},
    {"ROLLBACK", NULL, WEND_CLASS_ORDINARY, false, false, "ROLLBACK TO"},
    {"SHOW", NULL, WEND_CLASS_ORDINARY, false, false, "SHOW"},
    {"DESCRIBE", NULL, WEND_CLASS_ORDINARY, false, false, "DESCRIBE"},
    {"DESC", NULL, WEND_CLASS_ORDINARY, false, false, "DESCRIBE"},
    {"EXPLAIN", NULL, WEND_CLASS_ORDINARY, false, false, "EXPLAIN"},
    {"(", NULL, WEND_CLASS_ORDINARY, false, false, "SELECT"},
};

/* Statements that may not stand in a migration. */
static const struct {
    const char *first, *second;
    const char *message, *hint;
} refusals[] = {
    {"XA", NULL, "a transaction of XA outlives the migration that began it",
     "remove it; wend runs the file in a transaction by itself"},
    {"SHUTDOWN", NULL, "SHUTDOWN would end the server under the migration", "remove it"},
    {"RESTART", NULL, "RESTART would end the server under the migration", "remove it"},
    {"SOURCE", NULL, "SOURCE is a word of the mariadb client and no SQL",
     "put the file's statements here, or into a migration of their own"},
    {"LOAD", "LOCAL", "LOAD DATA LOCAL reads a file that is not part of the migration",
     "write the rows as INSERT, or put the file on the server: LOAD DATA INFILE"},
    /* UNLOCK TABLES is dropped with LOCK TABLES, and wend's own rows come before it. */
    {"FLUSH", "WITH", "FLUSH TABLES WITH READ LOCK would keep wend itself from writing",
     "remove it"},
    {"FLUSH", "EXPORT", "FLUSH TABLES FOR EXPORT would keep wend itself from writing", "remove it"},
    {"BACKUP", NULL, "a lock of BACKUP would keep wend itself from writing", "remove it"},
    {"LOCK", "INSTANCE", "LOCK INSTANCE would keep wend itself from writing", "remove it"},
    {"COMMIT", "CHAIN", "COMMIT AND CHAIN would begin a transaction that nobody ends",
     "write COMMIT, and BEGIN behind it"},
};

static const struct Row *find_row(const Words *words)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool first = rows[i].first[0] == '(' ? wend_mysql_sign(words, 0, '(')
                                             : wend_mysql_word(words, 0, rows[i].first);
        if (first && (rows[i].second == NULL || wend_mysql_word(words, 1, rows[i].second)))
            return &rows[i];
    }
    return NULL;
}

static bool refuse(WendError *error, const char *message, const char *hint)
{
    wend_error_set(error, WEND_USAGE, "%s", message);
    return wend_error_hint(error, "%s", hint);
}

static bool names_wend(const Words *words)
{
    for (guint i = 1; i < words->tokens->len; i++) {
        g_autofree char *name = wend_mysql_word_name(words, i);
        if (name != NULL && g_ascii_strncasecmp(name, "wend_", 5) == 0)
            return true;
    }
    return false;
}

static bool check_transaction(const Words *words, WendError *error)
{
    bool rollback = wend_mysql_word(words, 0, "ROLLBACK");
    guint end = words->tokens->len;
    if (rollback && wend_mysql_word_find(words, 1, "TO") == end)
        return refuse(error, "ROLLBACK would undo what the migration has done",
                      "remove it; wend rolls a failed migration back by itself");
    if ((rollback || wend_mysql_word(words, 0, "SAVEPOINT") ||
         wend_mysql_word(words, 0, "RELEASE")) &&
        names_wend(words))
        return refuse(error, "savepoint names that begin with wend_ are wend's own",
                      "give the savepoint another name");
    return true;
}

static bool check_refused(const Words *words, WendError *error)
{
    guint end = words->tokens->len;
    if (wend_mysql_sign(words, 0, '\\'))
        return refuse(error, "a backslash command belongs to the client and is no SQL",
                      "remove it");
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        if (!wend_mysql_word(words, 0, refusals[i].first))
            continue;
        if (refusals[i].second == NULL ||
            (wend_mysql_word_find(words, 1, refusals[i].second) < end &&
             wend_mysql_word_find(words, 1, "NO") == end))
            return refuse(error, refusals[i].message, refusals[i].hint);
    }
    return check_transaction(words, error);
}

/* Whether the rows of a query go into the table: (SELECT …), AS (VALUES …). */
static bool is_filled(const Words *words, guint at)
{
    for (; at < words->tokens->len; at++) {
        if (wend_mysql_word(words, at, "SELECT") ||
            (wend_mysql_word(words, at, "VALUES") &&
             (wend_mysql_sign(words, at - 1, '(') || wend_mysql_word(words, at - 1, "AS"))))
            return true;
    }
    return false;
}

/* An event of one time goes when it has run, and would run again. */
static bool is_fleeting(const Words *words, const Definition *definition)
{
    guint schedule = wend_mysql_word_find(words, 0, "SCHEDULE");
    guint preserve = wend_mysql_word_find(words, 0, "COMPLETION");
    return strcmp(definition->kind, "EVENT") == 0 && wend_mysql_word(words, schedule + 1, "AT") &&
           !wend_mysql_word(words, preserve + 1, "PRESERVE");
}

/* What IF [NOT] EXISTS, OR REPLACE or the statement itself makes safe to run twice. */
static bool is_repeatable(const Words *words, const Definition *definition)
{
    const char *verb = definition->verb, *kind = definition->kind;
    bool table = strcmp(kind, "TABLE") == 0 || strcmp(kind, "SEQUENCE") == 0;
    if (strcmp(verb, "CREATE") == 0)
        return (definition->replace && !table) ||
               /* A table that is filled at once may be there, and empty. */
               (definition->guarded && !is_filled(words, definition->name));
    if (strcmp(verb, "DROP") == 0)
        return definition->guarded;
    return strcmp(verb, "ALTER") == 0 &&
           (strcmp(kind, "USER") == 0 || strcmp(kind, "ROLE") == 0 ||
            strcmp(kind, "DATABASE") == 0 || strcmp(kind, "VIEW") == 0 ||
            strcmp(kind, "PROCEDURE") == 0 || strcmp(kind, "FUNCTION") == 0);
}

static bool is_observable(const Words *words, const Definition *definition)
{
    static const char *const dark[] = {"SERVER",  "TABLESPACE", "LOGFILE",
                                       "CATALOG", "PACKAGE",    NULL};
    bool user = strcmp(definition->kind, "USER") == 0 || strcmp(definition->kind, "ROLE") == 0;
    if (g_strv_contains(dark, definition->kind))
        return false;
    if (user && strcmp(definition->verb, "RENAME") == 0)
        return false;
    /* Where a sequence stands is in no text. */
    return strcmp(definition->verb, "ALTER") != 0 || strcmp(definition->kind, "SEQUENCE") != 0 ||
           wend_mysql_word_find(words, 0, "RESTART") == words->tokens->len;
}

/* "CREATE TABLE", for messages. */
static const char *what_of(const Definition *definition)
{
    g_autofree char *what = g_strdup_printf("%s %s", definition->verb, definition->kind);
    return g_intern_string(what);
}

static void classify_definition(const Words *words, const Definition *definition,
                                WendClassified *classified)
{
    classified->what = what_of(definition);
    if (definition->temporary && strcmp(definition->kind, "TABLE") == 0) {
        classified->temporary = strcmp(definition->verb, "CREATE") == 0;
        return;
    }
    classified->class = is_fleeting(words, definition)     ? WEND_CLASS_OPAQUE
                        : is_repeatable(words, definition) ? WEND_CLASS_REPEATABLE
                        : is_observable(words, definition) ? WEND_CLASS_OBSERVABLE
                                                           : WEND_CLASS_OPAQUE;
}

/* SET wsrep_OSU_method = RSU, in whatever scope. */
static bool keeps_to_node(const Words *words)
{
    for (guint i = 1; i < words->tokens->len; i++) {
        const WendToken *token = wend_mysql_token(words, i);
        g_autofree char *name = g_ascii_strdown(words->text + token->start, (gssize)token->length);
        g_autofree char *value = wend_mysql_word_name(words, i + 2);
        if (value != NULL && g_ascii_strcasecmp(value, "RSU") == 0 &&
            strcmp(name + strspn(name, "@"), "wsrep_osu_method") == 0)
            return true;
    }
    return false;
}

static bool classify_set(const Words *words, WendClassified *classified, WendError *error)
{
    g_auto(Assigned) assigned = {0};
    wend_mysql_assigned_read(words, &assigned);
    classified->what = "SET";
    if (assigned.autocommit == 0)
        return refuse(error, "without autocommit nobody knows what is committed",
                      "remove it; BEGIN and COMMIT hold statements together");
    if (keeps_to_node(words))
        return refuse(error, "under wsrep_OSU_method=RSU a definition stays on this node alone",
                      "remove it, or change each node by hand: other nodes would count it as "
                      "applied, and not have it");
    bool only_autocommit = assigned.autocommit == 1 && assigned.session->len == 0 &&
                           assigned.variables->len == 0 && !assigned.global;
    classified->session = !assigned.commits && !only_autocommit;
    classified->temporary = assigned.computed;
    if (only_autocommit)
        classified->class = WEND_CLASS_NOTHING;
    else if (assigned.commits || assigned.global)
        classified->class = WEND_CLASS_REPEATABLE;
    else if (assigned.before)
        classified->class = WEND_CLASS_LIFTED;
    return true;
}

/* Whether a query leaves something in a user variable, which a later session does not have. */
static bool keeps_variable(const Words *words)
{
    for (guint i = 1; i < words->tokens->len; i++) {
        const WendToken *token = wend_mysql_token(words, i);
        bool variable = words->text[token->start] == '@' && token->length > 1;
        if (!variable)
            continue;
        token = wend_mysql_token(words, i + 1);
        if (wend_mysql_word(words, i - 1, "INTO") ||
            (token != NULL && token->length == 2 && words->text[token->start] == ':'))
            return true;
    }
    return false;
}

static bool classify_words(const char *text, gsize length, WendClassified *classified,
                           WendError *error)
{
    g_auto(Words) words = {0};
    Definition definition;
    wend_mysql_words_read(&words, text, length, WORDS_SOME);
    bool whole = wend_mysql_word(&words, 0, "SET") || wend_mysql_word(&words, 0, "SELECT") ||
                 wend_mysql_word(&words, 0, "FLUSH") || wend_mysql_word(&words, 0, "CREATE") ||
                 wend_mysql_word(&words, 0, "ALTER");
    if (whole) {
        wend_mysql_words_clear(&words);
        wend_mysql_words_read(&words, text, length, WORDS_ALL);
    }
    if (!check_refused(&words, error))
        return false;
    if (wend_mysql_definition_read(&words, &definition)) {
        classify_definition(&words, &definition, classified);
        return true;
    }
    if (wend_mysql_word(&words, 0, "USE")) {
        classified->session = true;
        classified->what = "USE";
        return true;
    }
    if (wend_mysql_word(&words, 0, "SET"))
        return classify_set(&words, classified, error);
    const struct Row *row = find_row(&words);
    classified->may_commit = row == NULL && words.tokens->len > 0;
    if (row == NULL)
        return true;
    classified->class = row->class;
    classified->temporary = row->temporary || (whole && keeps_variable(&words));
    classified->what = row->what;
    return true;
}

bool wend_mysql_classify(const char *text, gsize length, WendClassified *classified,
                         WendError *error)
{
    *classified = (WendClassified){.class = WEND_CLASS_ORDINARY, .what = ""};
    if (wend_mysql_calls(text, length, "RELEASE_ALL_LOCKS"))
        return refuse(error, "RELEASE_ALL_LOCKS() would release wend's own lock, too",
                      "name the locks: RELEASE_LOCK('…')");
    return classify_words(text, length, classified, error);
}

static bool has_exec_comment(const char *text, gsize length)
{
    for (const char *at = text; (at = memchr(at, '/', length - (gsize)(at - text))) != NULL; at++) {
        gsize left = length - (gsize)(at - text);
        if (left > 3 && at[1] == '*' && (at[2] == '!' || (at[2] == 'M' && at[3] == '!')))
            return true;
    }
    return false;
}

bool wend_mysql_is_plain(const WendPiece *piece)
{
    WendClassified classified;
    if (piece->class != WEND_CLASS_ORDINARY || has_exec_comment(piece->text, piece->length))
        return false;
    return wend_mysql_classify(piece->text, piece->length, &classified, NULL) &&
           !classified.may_commit && classified.class == WEND_CLASS_ORDINARY;
}
