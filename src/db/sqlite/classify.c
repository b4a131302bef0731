/* SPDX-License-Identifier: MIT
 *
 * What kind of statement it is, as far as the protocol must know: which PRAGMAs are settings, what
 * cannot run inside a transaction, what may not stand in a migration at all. Looks at words, never at a
 * database.
 */
#include "db/sqlite/sqlite.h"

#include "sql/scanner.h"

#include <string.h>

#define WORDS_MAX 8

/* The first tokens of a statement, gaps left out. */
typedef struct Words {
    const char *text;
    WendToken tokens[WORDS_MAX];
    guint count;
} Words;

/* PRAGMAs with a value that need more than running where they stand. Sources: the PRAGMA pages of
 * SQLite's documentation, and trying each inside a transaction on 3.40. */
static const struct {
    const char *name;
    WendClass class;
    bool session;
} pragmas[] = {
    /* A no-op inside a transaction. */
    {"foreign_keys", WEND_CLASS_LIFTED, true},
    /* Refused, or without effect, inside a transaction. */
    {"auto_vacuum", WEND_CLASS_REPEATABLE, false},
    {"encoding", WEND_CLASS_REPEATABLE, false},
    {"incremental_vacuum", WEND_CLASS_REPEATABLE, false},
    {"journal_mode", WEND_CLASS_REPEATABLE, false},
    {"page_size", WEND_CLASS_REPEATABLE, false},
    {"synchronous", WEND_CLASS_REPEATABLE, true},
    /* Not undone: that would drop the step's temporary tables, and it changes nothing else. */
    {"temp_store", WEND_CLASS_REPEATABLE, false},
    {"wal_checkpoint", WEND_CLASS_REPEATABLE, false},
    /* Of the connection. */
    {"analysis_limit", WEND_CLASS_ORDINARY, true},
    {"automatic_index", WEND_CLASS_ORDINARY, true},
    {"busy_timeout", WEND_CLASS_ORDINARY, true},
    {"cache_size", WEND_CLASS_ORDINARY, true},
    {"cache_spill", WEND_CLASS_ORDINARY, true},
    {"case_sensitive_like", WEND_CLASS_ORDINARY, true},
    {"cell_size_check", WEND_CLASS_ORDINARY, true},
    {"checkpoint_fullfsync", WEND_CLASS_ORDINARY, true},
    {"defer_foreign_keys", WEND_CLASS_ORDINARY, true},
    {"fullfsync", WEND_CLASS_ORDINARY, true},
    {"ignore_check_constraints", WEND_CLASS_ORDINARY, true},
    {"journal_size_limit", WEND_CLASS_ORDINARY, true},
    {"legacy_alter_table", WEND_CLASS_ORDINARY, true},
    {"locking_mode", WEND_CLASS_ORDINARY, true},
    {"max_page_count", WEND_CLASS_ORDINARY, true},
    {"mmap_size", WEND_CLASS_ORDINARY, true},
    {"query_only", WEND_CLASS_ORDINARY, true},
    {"read_uncommitted", WEND_CLASS_ORDINARY, true},
    {"recursive_triggers", WEND_CLASS_ORDINARY, true},
    {"reverse_unordered_selects", WEND_CLASS_ORDINARY, true},
    {"secure_delete", WEND_CLASS_ORDINARY, true},
    {"threads", WEND_CLASS_ORDINARY, true},
    {"trusted_schema", WEND_CLASS_ORDINARY, true},
    {"wal_autocheckpoint", WEND_CLASS_ORDINARY, true},
    {"writable_schema", WEND_CLASS_ORDINARY, true},
};

static bool word_is(const Words *words, guint at, const char *word)
{
    return at < words->count && wend_token_is(words->text, &words->tokens[at], word);
}

static void first_words(const char *text, gsize length, Words *words)
{
    WendScanner scanner;
    WendToken token;
    words->text = text;
    words->count = 0;
    wend_scanner_init(&scanner, text, length, wend_dialect_flags(WEND_DIALECT_SQLITE));
    while (words->count < WORDS_MAX && wend_scanner_next(&scanner, &token)) {
        if (!wend_token_is_gap(&token))
            words->tokens[words->count++] = token;
    }
}

static bool refuse(WendError *error, const char *message, const char *hint)
{
    wend_error_set(error, WEND_USAGE, "%s", message);
    return wend_error_hint(error, "%s", hint);
}

/* PRAGMAs with a value that take away what wend promises, or that nobody can take back. */
static const struct {
    const char *name;
    const char *value; /* NULL = any */
    const char *message;
    const char *hint;
} refusals[] = {
    {"journal_mode", "off", "without a journal a failed migration could not be rolled back",
     "remove it, or choose DELETE, TRUNCATE, PERSIST or WAL"},
    {"journal_mode", "memory", "with the journal in memory a killed process damages the database",
     "remove it, or choose DELETE, TRUNCATE, PERSIST or WAL"},
    {"hard_heap_limit", NULL, "a heap limit holds for the whole process and all later migrations",
     "remove it"},
    {"soft_heap_limit", NULL, "a heap limit holds for the whole process and all later migrations",
     "remove it"},
};

/* The word behind `PRAGMA name =` or `(`; NULL = none. Caller frees. */
static char *pragma_value(const Words *words)
{
    for (guint i = 2; i + 1 < words->count; i++) {
        char sign = words->text[words->tokens[i].start];
        if (sign == '=' || sign == '(')
            return wend_sqlite_unquote(words->text, &words->tokens[i + 1]);
    }
    return NULL;
}

static bool refuse(WendError *error, const char *message, const char *hint);

static bool check_pragma(const Words *words, const char *name, WendError *error)
{
    g_autofree char *value = pragma_value(words);
    for (gsize i = 0; value != NULL && i < G_N_ELEMENTS(refusals); i++) {
        if (strcmp(refusals[i].name, name) == 0 &&
            (refusals[i].value == NULL || g_ascii_strcasecmp(refusals[i].value, value) == 0))
            return refuse(error, refusals[i].message, refusals[i].hint);
    }
    return true;
}

static void classify_pragma(const char *name, bool has_value, WendClassified *classified)
{
    for (gsize i = 0; i < G_N_ELEMENTS(pragmas); i++) {
        if (strcmp(pragmas[i].name, name) != 0)
            continue;
        /* Two of them act without a value. */
        if (!has_value && strcmp(name, "wal_checkpoint") != 0 &&
            strcmp(name, "incremental_vacuum") != 0)
            return;
        classified->class = pragmas[i].class;
        classified->session = pragmas[i].session;
    }
}

/* VACUUM INTO writes a file, which a second run would find there. */
static void classify_vacuum(const Words *words, WendClassified *classified)
{
    bool into = word_is(words, 1, "INTO") || word_is(words, 2, "INTO");
    classified->class = into ? WEND_CLASS_OPAQUE : WEND_CLASS_REPEATABLE;
    classified->what = into ? "VACUUM INTO" : "VACUUM";
}

static bool classify_transaction(const Words *words, WendClassified *classified, WendError *error)
{
    if (word_is(words, 0, "BEGIN")) {
        classified->class = WEND_CLASS_BEGIN;
        classified->what = "BEGIN";
    } else if (word_is(words, 0, "COMMIT") || word_is(words, 0, "END")) {
        classified->class = WEND_CLASS_COMMIT;
        classified->what = "COMMIT";
    } else if (word_is(words, 0, "ROLLBACK") && !word_is(words, 1, "TO") &&
               !word_is(words, 2, "TO")) {
        return refuse(error, "ROLLBACK would undo what the migration has done",
                      "remove it; wend rolls a failed migration back by itself");
    }
    return true;
}

static bool names_wend(const Words *words)
{
    for (guint i = 1; i < words->count; i++) {
        g_autofree char *name = wend_sqlite_unquote(words->text, &words->tokens[i]);
        if (g_ascii_strncasecmp(name, "wend_", 5) == 0)
            return true;
    }
    return false;
}

/* CREATE TEMP …, and CREATE … temp.name. */
static bool is_temporary(const Words *words)
{
    if (word_is(words, 1, "TEMP") || word_is(words, 1, "TEMPORARY"))
        return true;
    for (guint i = 2; i + 1 < words->count; i++) {
        g_autofree char *name = wend_sqlite_unquote(words->text, &words->tokens[i]);
        if (words->text[words->tokens[i + 1].start] == '.')
            return g_ascii_strcasecmp(name, "temp") == 0;
        if (word_is(words, i, "AS") || word_is(words, i, "ON") || name[0] == '(')
            return false;
    }
    return false;
}

bool wend_sqlite_classify(const char *text, gsize length, WendClassified *classified,
                          WendError *error)
{
    Words words;
    *classified = (WendClassified){.class = WEND_CLASS_ORDINARY, .what = ""};
    first_words(text, length, &words);
    if (words.count == 0)
        return true;
    if (text[words.tokens[0].start] == '.')
        return refuse(error, "a dot command belongs to the sqlite3 shell and is no SQL",
                      "remove it; import data with INSERT statements");
    if (word_is(&words, 0, "ATTACH") || word_is(&words, 0, "DETACH"))
        return refuse(error,
                      "ATTACH and DETACH may not stand in a migration: a commit over several files "
                      "is not atomic after a crash in WAL mode, and the other file has no history",
                      "give the other database a project of its own");
    bool savepoint = word_is(&words, 0, "SAVEPOINT") || word_is(&words, 0, "RELEASE") ||
                     (word_is(&words, 0, "ROLLBACK") && words.count > 1);
    if (savepoint && names_wend(&words))
        return refuse(error, "savepoint names that begin with wend_ are wend's own",
                      "give the savepoint another name");
    if (word_is(&words, 0, "PRAGMA")) {
        bool has_value = false;
        g_autofree char *name = wend_sqlite_pragma_name(text, length, &has_value);
        classified->what = "PRAGMA";
        if (name != NULL && !check_pragma(&words, name, error))
            return false;
        if (name != NULL)
            classify_pragma(name, has_value, classified);
    } else if (word_is(&words, 0, "VACUUM"))
        classify_vacuum(&words, classified);
    else if (word_is(&words, 0, "CREATE"))
        classified->temporary = is_temporary(&words);
    return classify_transaction(&words, classified, error);
}
