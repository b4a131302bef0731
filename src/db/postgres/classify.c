/* SPDX-License-Identifier: MIT
 *
 * What a statement is, by its words: one table. Of data definitions PostgreSQL's own parser has the last
 * word; what it does not understand may be a newer server's, and then the words decide.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* --- words --- */

void wend_pg_next(Words *words)
{
    do {
        words->ended = !wend_scanner_next(&words->scanner, &words->token);
    } while (!words->ended && wend_token_is_gap(&words->token));
}

void wend_pg_words(Words *words, const char *text, gsize length)
{
    wend_scanner_init(&words->scanner, text, length, wend_dialect_flags(WEND_DIALECT_POSTGRES));
    wend_pg_next(words);
}

static const char *here(const Words *words)
{
    return words->scanner.text + words->token.start;
}

static bool is(const Words *words, const char *word)
{
    if (words->ended)
        return false;
    if (words->token.kind == WEND_TOKEN_WORD)
        return wend_token_is(words->scanner.text, &words->token, word);
    return words->token.length == 1 && word[0] == here(words)[0] && word[1] == '\0';
}

bool wend_pg_word(Words *words, const char *word)
{
    if (!is(words, word))
        return false;
    wend_pg_next(words);
    return true;
}

bool wend_pg_skip_to(Words *words, const char *word)
{
    while (!words->ended && !is(words, word))
        wend_pg_next(words);
    return wend_pg_word(words, word);
}

char *wend_pg_name(Words *words)
{
    g_autoptr(GString) name = g_string_new(NULL);
    while (!words->ended &&
           (words->token.kind == WEND_TOKEN_WORD || words->token.kind == WEND_TOKEN_NAME)) {
        g_string_append_len(name, here(words), (gssize)words->token.length);
        wend_pg_next(words);
        if (!is(words, "."))
            break;
        g_string_append_c(name, '.');
        wend_pg_next(words);
    }
    return name->len > 0 ? g_string_free(g_steal_pointer(&name), FALSE) : NULL;
}

bool wend_pg_mentions(const char *text, gsize length, const char *word)
{
    gsize all = strlen(word), before = (gsize)(strchr(word, '_') - word);
    const char *end = text + length;
    for (const char *at = text; (at = memchr(at, '_', (gsize)(end - at))) != NULL; at++) {
        if ((gsize)(at - text) >= before && (gsize)(end - at) >= all - before &&
            g_ascii_strncasecmp(at - before, word, all) == 0)
            return true;
    }
    return false;
}

/* --- the table --- */

typedef struct Rule {
    /* Words from the first one on; ~WORD = somewhere behind. The last is the end of the statement when it
     * is ".". */
    const char *pattern;
    WendClassified classified;
    const char *refusal, *hint; /* NULL = allowed */
} Rule;

#define ORDINARY(...)                                                                              \
    {                                                                                              \
        .class = WEND_CLASS_ORDINARY, .what = "", __VA_ARGS__                                      \
    }
#define SESSION   ORDINARY(.session = true)
#define TEMPORARY ORDINARY(.temporary = true)
#define REPEATABLE(w)                                                                              \
    {                                                                                              \
        .class = WEND_CLASS_REPEATABLE, .what = w                                                  \
    }
#define OBSERVABLE(w)                                                                              \
    {                                                                                              \
        .class = WEND_CLASS_OBSERVABLE, .what = w                                                  \
    }
#define ENDING(w)                                                                                  \
    {                                                                                              \
        .class = WEND_CLASS_ORDINARY, .ends = true, .what = w                                      \
    }
#define REFUSED                                                                                    \
    {                                                                                              \
        .class = WEND_CLASS_ORDINARY, .what = ""                                                   \
    }

/* The first that fits counts. */
static const Rule rules[] = {
    {"BEGIN", {.class = WEND_CLASS_BEGIN, .what = "BEGIN"}, NULL, NULL},
    {"START TRANSACTION", {.class = WEND_CLASS_BEGIN, .what = "BEGIN"}, NULL, NULL},
    {"PREPARE TRANSACTION", REFUSED,
     "PREPARE TRANSACTION leaves the migration to somebody else's COMMIT",
     "remove it: wend commits by itself"},
    {"COMMIT PREPARED", REFUSED, "COMMIT PREPARED would commit what another session has left",
     "finish it outside of migrations"},
    {"ROLLBACK PREPARED", REFUSED, "ROLLBACK PREPARED would undo what another session has left",
     "finish it outside of migrations"},
    {"COMMIT", {.class = WEND_CLASS_COMMIT, .what = "COMMIT"}, NULL, NULL},
    {"END", {.class = WEND_CLASS_COMMIT, .what = "COMMIT"}, NULL, NULL},
    {"ROLLBACK TO", ORDINARY(), NULL, NULL},
    {"ROLLBACK WORK TO", ORDINARY(), NULL, NULL},
    {"ROLLBACK TRANSACTION TO", ORDINARY(), NULL, NULL},
    {"ROLLBACK", REFUSED, "ROLLBACK would undo what the migration has done",
     "remove it; wend rolls a failed migration back by itself"},
    {"ABORT", REFUSED, "ABORT would undo what the migration has done",
     "remove it; wend rolls a failed migration back by itself"},
    {"VACUUM", REPEATABLE("VACUUM"), NULL, NULL},
    {"ALTER SYSTEM", REPEATABLE("ALTER SYSTEM"), NULL, NULL},
    {"CLUSTER .", REPEATABLE("CLUSTER"), NULL, NULL},
    {"CLUSTER VERBOSE .", REPEATABLE("CLUSTER"), NULL, NULL},
    {"CLUSTER ( VERBOSE ) .", REPEATABLE("CLUSTER"), NULL, NULL},
    {"REINDEX ~CONCURRENTLY", OBSERVABLE("REINDEX CONCURRENTLY"), NULL, NULL},
    {"REINDEX DATABASE", REPEATABLE("REINDEX DATABASE"), NULL, NULL},
    {"REINDEX SYSTEM", REPEATABLE("REINDEX SYSTEM"), NULL, NULL},
    {"REINDEX SCHEMA", REPEATABLE("REINDEX SCHEMA"), NULL, NULL},
    {"REINDEX", {.class = WEND_CLASS_ORDINARY, .may_refuse = true, .what = "REINDEX"}, NULL, NULL},
    {"CLUSTER",
     {.class = WEND_CLASS_ORDINARY, .may_refuse = true, .what = "CLUSTER of a table"},
     NULL,
     NULL},
    {"CREATE INDEX CONCURRENTLY", OBSERVABLE("CREATE INDEX CONCURRENTLY"), NULL, NULL},
    {"CREATE UNIQUE INDEX CONCURRENTLY", OBSERVABLE("CREATE INDEX CONCURRENTLY"), NULL, NULL},
    {"DROP INDEX CONCURRENTLY", OBSERVABLE("DROP INDEX CONCURRENTLY"), NULL, NULL},
    {"CREATE DATABASE", OBSERVABLE("CREATE DATABASE"), NULL, NULL},
    {"DROP DATABASE", OBSERVABLE("DROP DATABASE"), NULL, NULL},
    {"ALTER DATABASE ~TABLESPACE", REPEATABLE("ALTER DATABASE … SET TABLESPACE"), NULL, NULL},
    {"CREATE TABLESPACE", OBSERVABLE("CREATE TABLESPACE"), NULL, NULL},
    {"DROP TABLESPACE", OBSERVABLE("DROP TABLESPACE"), NULL, NULL},
    {"CREATE SUBSCRIPTION", OBSERVABLE("CREATE SUBSCRIPTION"), NULL, NULL},
    {"DROP SUBSCRIPTION", OBSERVABLE("DROP SUBSCRIPTION"), NULL, NULL},
    {"ALTER SUBSCRIPTION", REPEATABLE("ALTER SUBSCRIPTION"), NULL, NULL},
    {"ALTER TABLE ~DETACH PARTITION ~CONCURRENTLY", OBSERVABLE("DETACH PARTITION CONCURRENTLY"),
     NULL, NULL},
    {"ALTER TYPE ~ADD VALUE", ENDING("ALTER TYPE … ADD VALUE"), NULL, NULL},
    {"CALL", {.class = WEND_CLASS_ORDINARY, .may_commit = true, .what = "CALL"}, NULL, NULL},
    {"DO", {.class = WEND_CLASS_ORDINARY, .may_commit = true, .what = "DO"}, NULL, NULL},
    {"SET LOCAL", ORDINARY(), NULL, NULL},
    {"SET TRANSACTION", ORDINARY(), NULL, NULL},
    {"SET CONSTRAINTS", ORDINARY(), NULL, NULL},
    {"SET", SESSION, NULL, NULL},
    {"RESET", SESSION, NULL, NULL},
    {"DISCARD ALL", REFUSED, "DISCARD ALL would give wend's lock away",
     "name what is to be discarded: DISCARD TEMP, RESET ALL"},
    {"DISCARD", TEMPORARY, NULL, NULL},
    {"LISTEN", SESSION, NULL, NULL},
    {"UNLISTEN", SESSION, NULL, NULL},
    {"LOAD", SESSION, NULL, NULL},
    {"PREPARE", TEMPORARY, NULL, NULL},
    {"DECLARE", TEMPORARY, NULL, NULL},
    {"CREATE TEMP", TEMPORARY, NULL, NULL},
    {"CREATE TEMPORARY", TEMPORARY, NULL, NULL},
    {"CREATE LOCAL", TEMPORARY, NULL, NULL},
    {"CREATE GLOBAL", TEMPORARY, NULL, NULL},
    {"CREATE OR REPLACE TEMP", TEMPORARY, NULL, NULL},
    {"CREATE OR REPLACE TEMPORARY", TEMPORARY, NULL, NULL},
    {"SELECT ~INTO TEMP", TEMPORARY, NULL, NULL},
    {"SELECT ~INTO TEMPORARY", TEMPORARY, NULL, NULL},
    {"SELECT ~INTO PG_TEMP", TEMPORARY, NULL, NULL},
    {"WITH ~INTO TEMP", TEMPORARY, NULL, NULL},
    {"WITH ~INTO TEMPORARY", TEMPORARY, NULL, NULL},
    {"SELECT ~SET_CONFIG", SESSION, NULL, NULL},
};

/* Whether the first word is the pattern's: most rules end here. */
static bool begins(const char *pattern, const Words *first)
{
    gsize length = strcspn(pattern, " ");
    return !first->ended && first->token.length == length &&
           g_ascii_strncasecmp(pattern, here(first), length) == 0;
}

static bool fits(const char *pattern, const char *text, gsize length)
{
    Words words;
    wend_pg_words(&words, text, length);
    g_auto(GStrv) parts = g_strsplit(pattern, " ", -1);
    for (char **part = parts; *part != NULL; part++) {
        bool found = strcmp(*part, ".") == 0 ? words.ended
                     : **part == '~'         ? wend_pg_skip_to(&words, *part + 1)
                                             : wend_pg_word(&words, *part);
        if (!found)
            return false;
    }
    return true;
}

/* Whether the body of a DO block holds one of them as a word. */
static bool body_has(const char *text, gsize length, const char *const *list)
{
    const char *body = memchr(text, '$', length);
    if (body == NULL)
        return false;
    body = memchr(body + 1, '$', length - (gsize)(body + 1 - text));
    for (; body != NULL && *list != NULL; list++) {
        Words words;
        wend_pg_words(&words, body + 1, length - (gsize)(body + 1 - text));
        if (wend_pg_skip_to(&words, *list))
            return true;
    }
    return false;
}

static bool body_commits(const char *text, gsize length)
{
    static const char *const ends[] = {"COMMIT", "ROLLBACK", NULL};
    return body_has(text, length, ends);
}

static bool skip_literal(Words *words)
{
    bool literal = !words->ended && words->token.kind == WEND_TOKEN_STRING;
    if (literal)
        wend_pg_next(words);
    return literal;
}

/* SELECT set_config('name', 'value', false), …: it sets the same whenever it runs. */
static bool sets_literals(const char *text, gsize length)
{
    Words words;
    wend_pg_words(&words, text, length);
    wend_pg_word(&words, "SELECT");
    do {
        if (wend_pg_word(&words, "PG_CATALOG"))
            wend_pg_word(&words, ".");
        bool literal = wend_pg_word(&words, "SET_CONFIG") && wend_pg_word(&words, "(") &&
                       skip_literal(&words) && wend_pg_word(&words, ",") && skip_literal(&words) &&
                       wend_pg_word(&words, ",") &&
                       (wend_pg_word(&words, "FALSE") || wend_pg_word(&words, "TRUE")) &&
                       wend_pg_word(&words, ")");
        if (!literal)
            return false;
    } while (wend_pg_word(&words, ","));
    return words.ended;
}

/* CREATE … pg_temp.x: of the name alone, for what refers to it is made there, too. */
static bool is_in_pg_temp(const char *text, gsize length, const Words *first)
{
    Words words;
    if (!is(first, "CREATE") || !wend_pg_mentions(text, length, "pg_temp"))
        return false;
    wend_pg_words(&words, text, length);
    while (wend_pg_skip_to(&words, "PG_TEMP")) {
        if (is(&words, "."))
            return true;
    }
    return false;
}

/* What a function hides from this is found out by wend_pg_append_held(). */
static bool unlocks(const char *text, gsize length, const Words *first)
{
    static const char *const unlock[] = {"PG_ADVISORY_UNLOCK_ALL", NULL};
    Words words;
    if (!wend_pg_mentions(text, length, unlock[0]))
        return false;
    wend_pg_words(&words, text, length);
    return wend_pg_skip_to(&words, unlock[0]) ||
           (is(first, "DO") && body_has(text, length, unlock));
}

/* --- what is said of a transaction --- */

static bool is_read_only(const char *text, gsize length)
{
    Words words;
    wend_pg_words(&words, text, length);
    while (wend_pg_skip_to(&words, "READ")) {
        if (wend_pg_word(&words, "ONLY"))
            return true;
    }
    return false;
}

/* Where they stand behind BEGIN or START TRANSACTION; 0 = there are none. */
static gsize modes_at(const char *text, gsize length)
{
    Words words;
    wend_pg_words(&words, text, length);
    wend_pg_next(&words);
    if (!wend_pg_word(&words, "TRANSACTION"))
        wend_pg_word(&words, "WORK");
    return words.ended ? 0 : words.token.start;
}

static bool check_modes(const char *text, gsize length, WendClassified *classified,
                        WendError *error)
{
    bool begins = classified->class == WEND_CLASS_BEGIN;
    if (begins)
        classified->modes = modes_at(text, length);
    if ((!begins && !wend_pg_sets_transaction(text, length)) || !is_read_only(text, length))
        return true;
    wend_error_set(error, WEND_USAGE,
                   "a transaction that may only read has no room for wend's rows");
    return wend_error_hint(error, "leave READ ONLY out");
}

bool wend_pg_sets_transaction(const char *text, gsize length)
{
    Words words;
    wend_pg_words(&words, text, length);
    return wend_pg_word(&words, "SET") && wend_pg_word(&words, "TRANSACTION");
}

/* --- the parser --- */

/* The statements of which one kind or another cannot run in a transaction. */
static const char *const definitions[] = {"ALTER", "CLUSTER", "CREATE",
                                          "DROP",  "REINDEX", "VACUUM"};

static bool is_definition(const Words *first)
{
    for (gsize i = 0; i < G_N_ELEMENTS(definitions); i++) {
        if (is(first, definitions[i]))
            return true;
    }
    return false;
}

/* Takes the parser's word where it has one: the class that goes with `what` in the table. */
static void ask_parser(const char *text, gsize length, WendClassified *classified)
{
    const char *what = NULL;
    if (!wend_pg_parsed_kind(text, length, &what))
        return;
    bool temporary = classified->temporary;
    *classified = (WendClassified){.class = WEND_CLASS_ORDINARY, .what = ""};
    for (gsize i = 0; what != NULL && i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].classified.what, what) == 0)
            *classified = rules[i].classified;
    }
    classified->temporary = temporary;
}

/* --- psql's own lines --- */

/* What says nothing to the server, or nothing that matters here. */
static const char *const idle_lines[] = {"restrict", "unrestrict", "echo", "qecho",    "warn",
                                         "timing",   "pset",       "set",  "encoding", "x"};

static bool classify_line(const char *text, gsize length, WendClassified *classified,
                          WendError *error)
{
    gsize word = 1;
    while (word < length && g_ascii_isalnum(text[word]))
        word++;
    for (gsize i = 0; i < G_N_ELEMENTS(idle_lines); i++) {
        if (strlen(idle_lines[i]) == word - 1 && strncmp(text + 1, idle_lines[i], word - 1) == 0) {
            classified->class = WEND_CLASS_NOTHING;
            return true;
        }
    }
    wend_error_set(error, WEND_USAGE, "%.*s is a word of psql's and no SQL", (int)word, text);
    return wend_error_hint(error,
                           "write what it does as SQL; data comes with COPY … FROM stdin, other "
                           "files as migrations of their own");
}

bool wend_pg_classify(const char *text, gsize length, WendClassified *classified, WendError *error)
{
    *classified = (WendClassified){.class = WEND_CLASS_ORDINARY, .what = ""};
    Words first;
    wend_pg_words(&first, text, length);
    if (!first.ended && *here(&first) == '\\')
        return classify_line(here(&first), length - first.token.start, classified, error);
    if (!wend_pg_check_psql(text, length, &classified->fault, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
        const Rule *rule = &rules[i];
        if (!begins(rule->pattern, &first) || !fits(rule->pattern, text, length))
            continue;
        if (rule->refusal != NULL) {
            wend_error_set(error, WEND_USAGE, "%s", rule->refusal);
            return wend_error_hint(error, "%s", rule->hint);
        }
        *classified = rule->classified;
        break;
    }
    if (unlocks(text, length, &first)) {
        wend_error_set(error, WEND_USAGE, "pg_advisory_unlock_all() would give wend's lock away");
        return wend_error_hint(error, "name what is to be unlocked: pg_advisory_unlock(KEY)");
    }
    if (!check_modes(text, length, classified, error))
        return false;
    classified->temporary |=
        is_in_pg_temp(text, length, &first) ||
        (classified->session && is(&first, "SELECT") && !sets_literals(text, length));
    if (is_definition(&first))
        ask_parser(text, length, classified);
    if (classified->may_commit && strcmp(classified->what, "DO") == 0 && body_commits(text, length))
        classified->class = WEND_CLASS_OPAQUE;
    return true;
}
