/* SPDX-License-Identifier: MIT
 *
 * What a data definition is about: verb, kind and the names of the objects that it makes, changes or
 * takes away. Looks at words, never at a database.
 */
#include "db/mysql/touch.h"

#include <string.h>

/* Kinds of objects, and as what SHOW CREATE takes them. */
static const struct {
    const char *word, *kind;
} kinds[] = {
    {"TABLE", "TABLE"},         {"TABLES", "TABLE"},      {"VIEW", "VIEW"},
    {"PROCEDURE", "PROCEDURE"}, {"FUNCTION", "FUNCTION"}, {"TRIGGER", "TRIGGER"},
    {"EVENT", "EVENT"},         {"INDEX", "INDEX"},       {"DATABASE", "DATABASE"},
    {"SCHEMA", "DATABASE"},     {"SEQUENCE", "SEQUENCE"}, {"USER", "USER"},
    {"ROLE", "ROLE"},           {"SERVER", "SERVER"},     {"TABLESPACE", "TABLESPACE"},
    {"PACKAGE", "PACKAGE"},     {"LOGFILE", "LOGFILE"},   {"CATALOG", "CATALOG"},
};

static const char *kind_at(const Words *words, guint at)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (wend_mysql_word(words, at, kinds[i].word))
            return kinds[i].kind;
    }
    return NULL;
}

bool wend_mysql_definition_read(const Words *words, Definition *definition)
{
    static const char *const verbs[] = {"CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", NULL};
    *definition = (Definition){0};
    guint at = 0;
    for (const char *const *verb = verbs; *verb != NULL; verb++) {
        if (wend_mysql_word(words, 0, *verb))
            definition->verb = *verb;
    }
    if (definition->verb == NULL)
        return false;
    if (strcmp(definition->verb, "TRUNCATE") == 0 && !wend_mysql_word(words, 1, "TABLE")) {
        definition->kind = "TABLE";
        definition->name = 1;
        return true;
    }
    for (at = 1; at < words->tokens->len && kind_at(words, at) == NULL; at++) {
        definition->replace |= wend_mysql_word(words, at, "REPLACE");
        definition->temporary |= wend_mysql_word(words, at, "TEMPORARY");
    }
    definition->kind = kind_at(words, at);
    if (definition->kind == NULL)
        return false;
    for (at++; wend_mysql_word(words, at, "IF") || wend_mysql_word(words, at, "NOT") ||
               wend_mysql_word(words, at, "EXISTS") || wend_mysql_word(words, at, "BODY");
         at++)
        definition->guarded |= wend_mysql_word(words, at, "EXISTS");
    definition->name = at;
    return true;
}

static void touched_free(gpointer data)
{
    Touched *touched = data;
    g_free(touched->kind);
    g_free(touched->schema);
    g_free(touched->name);
    g_free(touched);
}

/* The name at `at`, qualified or not; moves behind it. */
static bool take_name(const Words *words, guint *at, const char *kind, const char *schema,
                      GPtrArray *into)
{
    char *first = wend_mysql_word_name(words, *at);
    if (first == NULL)
        return false;
    bool qualified = wend_mysql_sign(words, *at + 1, '.');
    char *second = qualified ? wend_mysql_word_name(words, *at + 2) : NULL;
    Touched *touched = g_new0(Touched, 1);
    touched->kind = g_strdup(kind);
    touched->schema = second != NULL ? first : g_strdup(schema);
    touched->name = second != NULL ? second : first;
    *at += second != NULL ? 3 : 1;
    for (guint i = 0; i < into->len; i++) {
        const Touched *known = into->pdata[i];
        if (strcmp(known->schema, touched->schema) == 0 &&
            strcmp(known->name, touched->name) == 0) {
            touched_free(touched);
            return true;
        }
    }
    g_ptr_array_add(into, touched);
    return true;
}

/* user@host: the host stands where a table's schema would. */
static bool take_user(const Words *words, guint *at, const char *kind, GPtrArray *into)
{
    Touched *touched = g_new0(Touched, 1);
    touched->kind = g_strdup(kind);
    touched->name = wend_mysql_word_name(words, (*at)++);
    const WendToken *token = wend_mysql_token(words, *at);
    if (token != NULL && words->text[token->start] == '@') {
        touched->schema = token->length > 1
                              ? g_strndup(words->text + token->start + 1, token->length - 1)
                              : wend_mysql_word_name(words, ++*at);
        ++*at;
    }
    if (touched->schema == NULL)
        touched->schema = g_strdup("%");
    bool ok = touched->name != NULL;
    if (ok)
        g_ptr_array_add(into, touched);
    else
        touched_free(touched);
    return ok;
}

/* a, b, c */
static bool take_list(const Words *words, guint at, const char *kind, const char *schema,
                      GPtrArray *into)
{
    do {
        if (!take_name(words, &at, kind, schema, into))
            return false;
    } while (wend_mysql_sign(words, at++, ','));
    return true;
}

/* Users are parted by what else may be said of each: IDENTIFIED BY …, */
static bool take_users(const Words *words, guint at, const char *kind, GPtrArray *into)
{
    for (;;) {
        if (!take_user(words, &at, kind, into))
            return false;
        while (at < words->tokens->len && !wend_mysql_sign(words, at, ','))
            at++;
        if (at++ >= words->tokens->len)
            return true;
    }
}

/* a TO b, c TO d */
static bool take_pairs(const Words *words, guint at, const char *schema, GPtrArray *into)
{
    do {
        if (!take_name(words, &at, "TABLE", schema, into))
            return false;
        if (!wend_mysql_word(words, at, "TO"))
            at = wend_mysql_word_find(words, at, "TO"); /* WAIT n */
        at++;
        if (!take_name(words, &at, "TABLE", schema, into))
            return false;
    } while (wend_mysql_sign(words, at++, ','));
    return true;
}

/* Where ALTER TABLE names another table: RENAME [TO|AS] b, EXCHANGE PARTITION p WITH TABLE b. */
static bool take_altered(const Words *words, guint at, const char *schema, bool *by_identity,
                         GPtrArray *into)
{
    if (!take_name(words, &at, "TABLE", schema, into))
        return false;
    guint rename = wend_mysql_word_find(words, at, "RENAME");
    guint exchange = wend_mysql_word_find(words, at, "EXCHANGE");
    *by_identity = wend_mysql_word_find(words, at, "TRUNCATE") < words->tokens->len;
    static const char *const parts[] = {"COLUMN", "INDEX", "KEY", "CONSTRAINT", NULL};
    if (rename < words->tokens->len && !wend_mysql_word_of(words, rename + 1, parts)) {
        rename++;
        if (wend_mysql_word(words, rename, "TO") || wend_mysql_word(words, rename, "AS"))
            rename++;
        return take_name(words, &rename, "TABLE", schema, into);
    }
    if (exchange < words->tokens->len) {
        guint with = wend_mysql_word_find(words, exchange, "TABLE") + 1;
        *by_identity = true;
        return take_name(words, &with, "TABLE", schema, into);
    }
    return true;
}

/* Its schema where it names none itself is the table's. */
static bool take_index(const Words *words, guint at, const char *schema, GPtrArray *into)
{
    guint on = wend_mysql_word_find(words, at, "ON") + 1;
    return take_name(words, &on, "TABLE", schema, into);
}

static bool take_objects(const Words *words, const Definition *definition, const char *schema,
                         bool *by_identity, GPtrArray *into)
{
    const char *verb = definition->verb, *kind = definition->kind;
    guint at = definition->name;
    if (strcmp(kind, "USER") == 0 || strcmp(kind, "ROLE") == 0)
        return take_users(words, at, kind, into);
    if (strcmp(kind, "INDEX") == 0)
        return take_index(words, at, schema, into);
    if (strcmp(verb, "RENAME") == 0) {
        *by_identity = true;
        return strcmp(kind, "TABLE") == 0 && take_pairs(words, at, schema, into);
    }
    if (strcmp(verb, "ALTER") == 0 && strcmp(kind, "TABLE") == 0)
        return take_altered(words, at, schema, by_identity, into);
    *by_identity =
        strcmp(kind, "TABLE") == 0 && (strcmp(verb, "TRUNCATE") == 0 || definition->replace);
    if (strcmp(verb, "DROP") == 0)
        return take_list(words, at, kind, schema, into);
    return take_name(words, &at, kind, schema, into);
}

GPtrArray *wend_mysql_touched(const char *text, gsize length, const char *schema, bool *by_identity)
{
    g_auto(Words) words = {0};
    Definition definition;
    g_autoptr(GPtrArray) objects = g_ptr_array_new_with_free_func(touched_free);
    wend_mysql_words_read(&words, text, length, WORDS_ALL);
    *by_identity = false;
    if (!wend_mysql_definition_read(&words, &definition) ||
        !take_objects(&words, &definition, schema, by_identity, objects))
        return NULL;
    return g_steal_pointer(&objects);
}
