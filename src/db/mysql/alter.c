/* SPDX-License-Identifier: MIT
 *
 * How it can be told whether a data definition has happened: which columns, keys, constraints and partitions
 * it makes or takes away, so that what others change in the same table beside it does not count. Looks at
 * words, never at a database.
 */
#include "db/mysql/touch.h"

#include <string.h>

/* One ALTER TABLE under way. */
typedef struct Reading {
    const Words *words;
    Deed *deed;
    guint at, end; /* the item that is read now */
    bool dark;     /* an item that names nothing to look for, and may not run twice */
    bool renames;  /* the table itself */
    bool identity; /* the rows go, the text stays */
} Reading;

static void thing_free(gpointer data)
{
    Thing *thing = data;
    g_free(thing->name);
    g_free(thing);
}

static void add_thing(Reading *reading, ThingKind kind, char *name, bool guarded, bool makes)
{
    if (name == NULL) {
        reading->dark = true;
        return;
    }
    Thing *thing = g_new0(Thing, 1);
    *thing = (Thing){kind, name, guarded, makes};
    g_ptr_array_add(reading->deed->things, thing);
}

static bool next_is(Reading *reading, const char *word)
{
    bool is = reading->at < reading->end && wend_mysql_word(reading->words, reading->at, word);
    reading->at += is;
    return is;
}

static bool next_of(Reading *reading, const char *const *words)
{
    bool is = reading->at < reading->end && wend_mysql_word_of(reading->words, reading->at, words);
    reading->at += is;
    return is;
}

/* IF [NOT] EXISTS */
static bool take_guard(Reading *reading)
{
    if (!next_is(reading, "IF"))
        return false;
    next_is(reading, "NOT");
    return next_is(reading, "EXISTS");
}

static char *take_name(Reading *reading)
{
    return reading->at < reading->end ? wend_mysql_word_name(reading->words, reading->at++) : NULL;
}

/* The name of a key; NULL where the server gives it one. */
static char *take_key_name(Reading *reading)
{
    return wend_mysql_sign(reading->words, reading->at, '(') ||
                   wend_mysql_word(reading->words, reading->at, "USING")
               ? NULL
               : take_name(reading);
}

static const char *const key_words[] = {"INDEX", "KEY", NULL};

static void add_key(Reading *reading)
{
    next_of(reading, key_words);
    bool guarded = take_guard(reading);
    add_thing(reading, THING_KEY, take_key_name(reading), guarded, true);
}

/* [CONSTRAINT [name]] PRIMARY KEY | UNIQUE … | FOREIGN KEY … | CHECK … */
static void add_constraint(Reading *reading)
{
    static const char *const kinds[] = {"PRIMARY", "UNIQUE", "FOREIGN", "CHECK", NULL};
    bool guarded = take_guard(reading);
    bool named = !wend_mysql_word_of(reading->words, reading->at, kinds);
    g_autofree char *name = named ? take_name(reading) : NULL;
    if (next_is(reading, "PRIMARY")) {
        add_thing(reading, THING_KEY, g_strdup("PRIMARY"), guarded, true);
    } else if (next_is(reading, "UNIQUE")) {
        next_of(reading, key_words);
        char *key = take_key_name(reading);
        add_thing(reading, THING_KEY, key != NULL ? key : g_steal_pointer(&name), guarded, true);
    } else {
        add_thing(reading, THING_CONSTRAINT, g_steal_pointer(&name), guarded, true);
    }
}

/* (a INT, b INT): the first word of each. */
static void add_list(Reading *reading, const char *before, ThingKind kind, bool guarded)
{
    static const char *const others[] = {"INDEX",   "KEY",        "UNIQUE", "FULLTEXT",
                                         "SPATIAL", "CONSTRAINT", "PERIOD", "CHECK",
                                         "FOREIGN", "PRIMARY",    NULL};
    guint depth = 0;
    for (; reading->at < reading->end; reading->at++) {
        bool opens = wend_mysql_sign(reading->words, reading->at, '(');
        bool first =
            depth == 0 ? opens : depth == 1 && wend_mysql_sign(reading->words, reading->at, ',');
        depth += opens;
        depth -= depth > 0 && wend_mysql_sign(reading->words, reading->at, ')');
        if (!first)
            continue;
        guint name = reading->at + 1;
        if (before != NULL && wend_mysql_word(reading->words, name, before))
            name++;
        else if (before != NULL || wend_mysql_word_of(reading->words, name, others))
            reading->dark = true;
        add_thing(reading, kind, wend_mysql_word_name(reading->words, name), guarded, true);
    }
}

static void read_add(Reading *reading)
{
    static const char *const special[] = {"FULLTEXT", "SPATIAL", "VECTOR", "UNIQUE", NULL};
    static const char *const dark[] = {"SYSTEM", "PERIOD", "CHECK", "FOREIGN", NULL};
    const Words *words = reading->words;
    if (next_is(reading, "CONSTRAINT") || wend_mysql_word(words, reading->at, "PRIMARY")) {
        add_constraint(reading);
    } else if (next_of(reading, special) || wend_mysql_word_of(words, reading->at, key_words)) {
        add_key(reading);
    } else if (next_is(reading, "PARTITION")) {
        bool guarded = take_guard(reading);
        if (wend_mysql_sign(words, reading->at, '('))
            add_list(reading, "PARTITION", THING_PARTITION, guarded);
        else
            reading->dark = true;
    } else if (wend_mysql_word_of(words, reading->at, dark)) {
        reading->dark = true;
    } else {
        next_is(reading, "COLUMN");
        bool guarded = take_guard(reading);
        if (wend_mysql_sign(words, reading->at, '('))
            add_list(reading, NULL, THING_COLUMN, guarded);
        else
            add_thing(reading, THING_COLUMN, take_name(reading), guarded, true);
    }
}

/* DROP PARTITION a, b: its commas part no items. */
static void drop_partitions(Reading *reading)
{
    bool guarded = take_guard(reading);
    reading->end = reading->words->tokens->len;
    do {
        add_thing(reading, THING_PARTITION, take_name(reading), guarded, false);
    } while (wend_mysql_sign(reading->words, reading->at, ',') && reading->at++ < reading->end);
}

static void read_drop(Reading *reading)
{
    ThingKind kind = THING_COLUMN;
    static const char *const dark[] = {"SYSTEM", "PERIOD", NULL};
    if (next_is(reading, "PARTITION")) {
        drop_partitions(reading);
        return;
    }
    if (next_of(reading, dark)) {
        reading->dark = true;
        return;
    }
    if (next_is(reading, "PRIMARY")) {
        add_thing(reading, THING_KEY, g_strdup("PRIMARY"), false, false);
        return;
    }
    if (next_of(reading, key_words)) {
        kind = THING_KEY;
    } else if (next_is(reading, "FOREIGN")) {
        next_is(reading, "KEY");
        kind = THING_CONSTRAINT;
    } else if (next_is(reading, "CONSTRAINT") || next_is(reading, "CHECK")) {
        kind = THING_CONSTRAINT;
    } else {
        next_is(reading, "COLUMN");
    }
    bool guarded = take_guard(reading);
    add_thing(reading, kind, take_name(reading), guarded, false);
}

/* a becomes b. The same name: what it is set to, it can be set to twice. */
static void add_renamed(Reading *reading, ThingKind kind, char *from, char *to, bool guarded)
{
    bool same = from != NULL && to != NULL && g_ascii_strcasecmp(from, to) == 0;
    if (same) {
        g_free(from);
        g_free(to);
        return;
    }
    add_thing(reading, kind, from, guarded, false);
    add_thing(reading, kind, to, guarded, true);
}

static void read_change(Reading *reading)
{
    next_is(reading, "COLUMN");
    bool guarded = take_guard(reading);
    char *from = take_name(reading), *to = take_name(reading);
    add_renamed(reading, THING_COLUMN, from, to, guarded);
}

static void read_rename(Reading *reading)
{
    ThingKind kind = next_is(reading, "COLUMN")    ? THING_COLUMN
                     : next_of(reading, key_words) ? THING_KEY
                                                   : THING_NONE;
    if (kind == THING_NONE) {
        reading->renames = true;
        return;
    }
    bool guarded = take_guard(reading);
    char *from = take_name(reading);
    next_is(reading, "TO");
    add_renamed(reading, kind, from, take_name(reading), guarded);
}

/* What stays the same when it runs twice: options, and MODIFY and the like. */
static bool repeats(const Reading *reading)
{
    static const char *const words[] = {
        "MODIFY",  "ALTER",     "FORCE",    "ENABLE",         "DISABLE",    "ORDER",
        "DEFAULT", "CHARACTER", "CHARSET",  "LOCK",           "ALGORITHM",  "WAIT",
        "NOWAIT",  "REBUILD",   "OPTIMIZE", "ANALYZE",        "CHECK",      "REPAIR",
        "COLLATE", "ENGINE",    "COMMENT",  "AUTO_INCREMENT", "ROW_FORMAT", NULL};
    return wend_mysql_word_of(reading->words, reading->at, words) ||
           wend_mysql_sign(reading->words, reading->at + 1, '=') ||
           (wend_mysql_word(reading->words, reading->at, "CONVERT") &&
            wend_mysql_word(reading->words, reading->at + 1, "TO")) ||
           (wend_mysql_word(reading->words, reading->at, "PARTITION") &&
            wend_mysql_word(reading->words, reading->at + 1, "BY"));
}

static void read_item(Reading *reading)
{
    static const char *const identity[] = {"TRUNCATE", "EXCHANGE", NULL};
    if (next_is(reading, "ADD"))
        read_add(reading);
    else if (next_is(reading, "DROP"))
        read_drop(reading);
    else if (next_is(reading, "CHANGE"))
        read_change(reading);
    else if (next_is(reading, "RENAME"))
        read_rename(reading);
    else if (next_of(reading, identity))
        reading->identity = true;
    else if (!repeats(reading))
        reading->dark = true;
}

/* Behind the table's name: WAIT n and NOWAIT belong to no item. */
static guint items_start(const Words *words, guint name)
{
    guint at = wend_mysql_sign(words, name + 1, '.') ? name + 3 : name + 1;
    if (wend_mysql_word(words, at, "WAIT"))
        return at + 2;
    return wend_mysql_word(words, at, "NOWAIT") ? at + 1 : at;
}

static void read_items(Reading *reading, guint start)
{
    guint depth = 0, count = reading->words->tokens->len;
    for (guint at = start; at <= count; at++) {
        depth += wend_mysql_sign(reading->words, at, '(');
        depth -= depth > 0 && wend_mysql_sign(reading->words, at, ')');
        if (at < count && (depth > 0 || !wend_mysql_sign(reading->words, at, ',')))
            continue;
        reading->at = start;
        reading->end = at;
        read_item(reading);
        if (reading->end > at)
            return;
        start = at + 1;
    }
}

/* A name that is taken away and comes again: names do not tell whether it happened. */
static bool comes_again(const Deed *deed)
{
    for (guint i = 0; i < deed->things->len; i++) {
        const Thing *one = deed->things->pdata[i];
        for (guint j = 0; j < i; j++) {
            const Thing *other = deed->things->pdata[j];
            if (one->kind == other->kind && one->kind == THING_COLUMN &&
                g_ascii_strcasecmp(one->name, other->name) == 0)
                return true;
        }
    }
    return false;
}

static void read_alter(const Words *words, const Definition *definition, Deed *deed)
{
    Reading reading = {.words = words, .deed = deed};
    read_items(&reading, items_start(words, definition->name));
    if (reading.renames)
        deed->sign = SIGN_PRESENCE;
    else if (reading.identity)
        deed->sign = SIGN_IDENTITY;
    else if (reading.dark || comes_again(deed))
        deed->sign = SIGN_TEXT;
    else
        deed->sign = deed->things->len > 0 ? SIGN_THINGS : SIGN_NONE;
}

/* CREATE INDEX i ON t, DROP INDEX i ON t. */
static void read_index(const Words *words, const Definition *definition, Deed *deed)
{
    Reading reading = {.words = words, .deed = deed, .end = words->tokens->len};
    bool makes = strcmp(definition->verb, "CREATE") == 0;
    reading.at = definition->name;
    add_thing(&reading, THING_KEY, take_name(&reading), definition->guarded, makes);
    deed->sign = reading.dark ? SIGN_TEXT : SIGN_THINGS;
}

void wend_mysql_deed_read(const char *text, gsize length, Deed *deed)
{
    g_auto(Words) words = {0};
    Definition definition;
    wend_mysql_words_read(&words, text, length, WORDS_ALL);
    *deed = (Deed){.sign = SIGN_TEXT, .things = g_ptr_array_new_with_free_func(thing_free)};
    if (!wend_mysql_definition_read(&words, &definition))
        return;
    const char *verb = definition.verb;
    deed->replaces = definition.replace;
    bool table = strcmp(definition.kind, "TABLE") == 0;
    if (strcmp(definition.kind, "INDEX") == 0)
        read_index(&words, &definition, deed);
    else if (strcmp(verb, "ALTER") == 0 && table)
        read_alter(&words, &definition, deed);
    else if (strcmp(verb, "ALTER") == 0)
        deed->sign = strcmp(definition.kind, "SEQUENCE") == 0 ? SIGN_NONE : SIGN_TEXT;
    else if ((table && (strcmp(verb, "TRUNCATE") == 0 || strcmp(verb, "RENAME") == 0)) ||
             definition.replace)
        deed->sign = SIGN_IDENTITY;
    else
        deed->sign = SIGN_PRESENCE;
}

void wend_mysql_deed_clear(Deed *deed)
{
    g_clear_pointer(&deed->things, g_ptr_array_unref);
}

/* --- in the text of SHOW CREATE TABLE --- */

/* What stands on a line before the name. */
static bool line_is(ThingKind kind, const char *line, gsize length)
{
    static const char *const keys[] = {"  KEY ", "  UNIQUE KEY ", "  FULLTEXT KEY ",
                                       "  SPATIAL KEY ", "  VECTOR KEY "};
    if (kind == THING_COLUMN)
        return length == 2 && strncmp(line, "  ", 2) == 0;
    if (kind == THING_PARTITION)
        return length >= 11 && strncmp(line + length - 10, "PARTITION ", 10) == 0;
    if (kind == THING_CONSTRAINT && length == 13 && strncmp(line, "  CONSTRAINT ", 13) == 0)
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strlen(keys[i]) == length && strncmp(line, keys[i], length) == 0)
            return true;
    }
    return false;
}

static bool shows(const char *line, gsize length, const Thing *thing, const GString *quoted)
{
    static const char primary[] = "  PRIMARY KEY ";
    if (thing->kind == THING_KEY && g_ascii_strcasecmp(thing->name, "PRIMARY") == 0)
        return strncmp(line, primary, strlen(primary)) == 0;
    const char *name = memchr(line, '`', length);
    gsize left = name != NULL ? length - (gsize)(name - line) : 0;
    return left >= quoted->len && line_is(thing->kind, line, (gsize)(name - line)) &&
           g_ascii_strncasecmp(name, quoted->str, quoted->len) == 0;
}

char *wend_mysql_thing_text(const Thing *thing, const char *text)
{
    g_autoptr(GString) quoted = g_string_new("`"), found = g_string_new(NULL);
    for (const char *at = thing->name; *at != '\0'; at++) {
        g_string_append_c(quoted, *at);
        if (*at == '`')
            g_string_append_c(quoted, '`');
    }
    g_string_append_c(quoted, '`');
    for (const char *line = text; *line != '\0';) {
        gsize length = strcspn(line, "\n"), shown = length;
        while (shown > 0 && strchr(",)", line[shown - 1]) != NULL)
            shown--;
        if (shows(line, length, thing, quoted)) {
            g_string_append_len(found, line, (gssize)shown);
            g_string_append_c(found, '\n');
        }
        line += length + (line[length] == '\n');
    }
    return found->len > 0 ? g_strdup(found->str) : NULL;
}
