/* SPDX-License-Identifier: MIT
 *
 * A changelog in formatted SQL: comments that begin changesets, give them attributes, preconditions and a way back.
 * Lines that are no SQL become blanks, so that everything keeps its place.
 */
#include "format/liquibase.h"

#include <string.h>

typedef struct Reading {
    const char *file;
    GHashTable *values;
    GPtrArray *problems;
    WendChangelog *changelog;
    WendChangeset *changeset; /* NULL = before the first */
    guint line;
    bool ignoring;    /* up to ignoreLines:end */
    gint64 ignored;   /* lines still to be passed over */
    bool in_rollback; /* inside a comment that holds a way back */
} Reading;

static void changeset_free(gpointer data)
{
    WendChangeset *one = data;
    g_free(one->id);
    g_free(one->author);
    g_free(one->path);
    g_free(one->delimiter);
    g_free(one->rollback_delimiter);
    g_free(one->contexts);
    g_free(one->labels);
    g_free(one->dbms);
    g_free(one->comment);
    g_free(one->on_fail);
    g_free(one->unsupported);
    g_ptr_array_unref(one->valid);
    g_ptr_array_unref(one->checks);
    g_string_free(one->up, TRUE);
    if (one->down != NULL)
        g_string_free(one->down, TRUE);
    g_free(one);
}

void wend_changelog_free(WendChangelog *changelog)
{
    if (changelog == NULL)
        return;
    g_free(changelog->path);
    g_ptr_array_unref(changelog->changesets);
    g_free(changelog);
}

/* --- lines --- */

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* What follows `--`, blanks and `word`; NULL when the line does not begin so. */
static const char *after(const char *line, const char *word)
{
    line = skip_blanks(line);
    if (!g_str_has_prefix(line, "--"))
        return NULL;
    line = skip_blanks(line + 2);
    return g_ascii_strncasecmp(line, word, strlen(word)) == 0 ? line + strlen(word) : NULL;
}

/* The same for a word that a blank has to follow; what is behind it. */
static const char *after_word(const char *line, const char *word)
{
    const char *rest = after(line, word);
    return rest != NULL && (*rest == ' ' || *rest == '\t') ? skip_blanks(rest) : NULL;
}

/* The value of the last NAME:VALUE in `text`, quotes taken off. Caller frees. NULL = there is none. */
static char *attribute(const char *text, const char *name)
{
    const char *found = NULL;
    gsize length = strlen(name);
    for (const char *at = text; *at != '\0'; at++) {
        bool begins = at == text || g_ascii_isspace(at[-1]);
        if (begins && g_ascii_strncasecmp(at, name, length) == 0 && at[length] == ':')
            found = at + length + 1;
    }
    if (found == NULL)
        return NULL;
    if (*found == '"' && strchr(found + 1, '"') != NULL)
        return g_strndup(found + 1, (gsize)(strchr(found + 1, '"') - found - 1));
    return g_strndup(found, strcspn(found, " \t"));
}

static bool flag(const char *text, const char *name, bool usual)
{
    g_autofree char *value = attribute(text, name);
    return value != NULL ? g_ascii_strcasecmp(value, "true") == 0 : usual;
}

static bool is_header(const char *line)
{
    const char *rest = after(line, "liquibase");
    return rest != NULL && g_ascii_strncasecmp(skip_blanks(rest), "formatted", 9) == 0;
}

bool wend_changelog_looks(const char *text)
{
    if (g_str_has_prefix(text, "\xEF\xBB\xBF"))
        text += 3;
    while (g_ascii_isspace(*text))
        text++;
    return is_header(text);
}

static void blank(GString *into, const char *line)
{
    if (into == NULL)
        return;
    for (; *line != '\0'; line++)
        g_string_append_c(into, ' ');
    g_string_append_c(into, '\n');
}

static void keep(GString *into, const char *line)
{
    g_string_append(into, line);
    g_string_append_c(into, '\n');
}

static WendProblem *problem(const Reading *reading, bool warning, const char *message)
{
    return wend_problem_add(reading->problems, warning, reading->file, reading->line, 0, "%s",
                            message);
}

/* --- a changeset --- */

/* AUTHOR:ID, each perhaps in quotes; what follows is returned. */
static const char *read_identity(const char *text, WendChangeset *changeset)
{
    bool quoted = *text == '"';
    const char *end = quoted ? strchr(text + 1, '"') : strchr(text, ':');
    if (end == NULL || end == text)
        return NULL;
    changeset->author = g_strndup(text + quoted, (gsize)(end - text) - quoted);
    text = end + quoted;
    if (*text != ':')
        return NULL;
    text++;
    quoted = *text == '"';
    end = quoted ? strchr(text + 1, '"') : text + strcspn(text, " \t");
    if (end == NULL || end == text)
        return NULL;
    changeset->id = g_strndup(text + quoted, (gsize)(end - text) - quoted);
    return end + quoted;
}

static void add_unsupported(WendChangeset *changeset, const char *what)
{
    if (changeset->unsupported == NULL)
        changeset->unsupported = g_strdup(what);
}

static void read_attributes(WendChangeset *changeset, const char *text)
{
    changeset->run_on_change = flag(text, "runOnChange", false);
    changeset->run_always = flag(text, "runAlways", false);
    changeset->alone = !flag(text, "runInTransaction", true);
    changeset->ignored = flag(text, "ignore", false);
    changeset->split = flag(text, "splitStatements", true);
    changeset->strip = flag(text, "stripComments", true);
    changeset->delimiter = attribute(text, "endDelimiter");
    changeset->rollback_delimiter = attribute(text, "rollbackEndDelimiter");
    changeset->contexts = attribute(text, "contextFilter");
    if (changeset->contexts == NULL)
        changeset->contexts = attribute(text, "context");
    changeset->labels = attribute(text, "labels");
    changeset->dbms = attribute(text, "dbms");
    changeset->path = attribute(text, "logicalFilePath");
    g_autofree char *with = attribute(text, "runWith");
    if (with != NULL)
        add_unsupported(changeset, "runWith: another program is to run it");
    if (!flag(text, "failOnError", true))
        add_unsupported(changeset, "failOnError:false: wend stops where a statement fails");
}

static void begin_changeset(Reading *reading, const char *line, const char *rest)
{
    WendChangeset *changeset = g_new0(WendChangeset, 1);
    changeset->line = reading->line;
    changeset->valid = g_ptr_array_new_with_free_func(g_free);
    changeset->checks = g_ptr_array_new_with_free_func(g_free);
    changeset->up = g_string_new(NULL);
    blank(changeset->up, line);
    const char *attributes = read_identity(rest, changeset);
    if (attributes == NULL) {
        WendProblem *one = problem(reading, false, "this changeset has no AUTHOR:ID");
        one->hint = g_strdup("write -- changeset AUTHOR:ID");
        changeset_free(changeset);
        reading->changeset = NULL;
        return;
    }
    read_attributes(changeset, attributes);
    g_ptr_array_add(reading->changelog->changesets, changeset);
    reading->changeset = changeset;
}

/* [expectedResult:]VALUE QUERY, the value perhaps in quotes. */
static void read_check(const Reading *reading, const char *rest)
{
    static const char expected[] = "expectedResult:";
    if (g_ascii_strncasecmp(rest, expected, strlen(expected)) == 0)
        rest += strlen(expected);
    bool quoted = *rest == '\'' || *rest == '"';
    const char *end = quoted ? strchr(rest + 1, *rest) : rest + strcspn(rest, " \t");
    if (end == NULL || end[quoted] == '\0') {
        problem(reading, false, "this check has no value and query");
        return;
    }
    g_ptr_array_add(reading->changeset->checks,
                    g_strndup(rest + quoted, (gsize)(end - rest) - quoted));
    g_ptr_array_add(reading->changeset->checks, g_strdup(skip_blanks(end + quoted)));
}

static GString *down_of(WendChangeset *changeset)
{
    if (changeset->down == NULL) {
        /* As long as the way up so far: the places are the same. */
        changeset->down = g_string_new(NULL);
        for (gsize i = 0; i < changeset->up->len; i++)
            g_string_append_c(changeset->down, changeset->up->str[i] == '\n' ? '\n' : ' ');
    }
    return changeset->down;
}

static void add_rollback(WendChangeset *changeset, const char *line, const char *rest)
{
    GString *down = down_of(changeset);
    g_autofree char *lower = g_ascii_strdown(rest, -1);
    bool nothing = g_str_has_prefix(lower, "not required") || g_str_has_prefix(lower, "empty");
    blank(changeset->up, line);
    if (nothing || strstr(lower, "changesetid") != NULL) {
        changeset->undone_by_nothing |= nothing;
        if (!nothing)
            add_unsupported(changeset, "a rollback that names another changeset");
        blank(down, line);
        return;
    }
    for (const char *at = line; at < rest; at++)
        g_string_append_c(down, ' ');
    keep(down, rest);
}

/* Whether the line belongs to the changeset but not to its SQL. */
static bool take_special(Reading *reading, const char *line)
{
    WendChangeset *changeset = reading->changeset;
    const char *rest;
    if ((rest = after_word(line, "comment:")) != NULL ||
        (rest = after_word(line, "comment")) != NULL) {
        g_free(changeset->comment);
        changeset->comment = g_strdup(rest);
    } else if ((rest = after_word(line, "validCheckSum:")) != NULL ||
               (rest = after_word(line, "validCheckSum")) != NULL) {
        g_ptr_array_add(changeset->valid, g_strndup(rest, strcspn(rest, " \t")));
    } else if ((rest = after_word(line, "precondition-sql-check")) != NULL) {
        read_check(reading, rest);
    } else if ((rest = after(line, "preconditions")) != NULL) {
        g_free(changeset->on_fail);
        changeset->on_fail = attribute(rest, "onFail");
    } else if (after(line, "precondition-") != NULL) {
        add_unsupported(changeset, "a precondition that is no sql-check");
    } else {
        return false;
    }
    return true;
}

static bool opens_rollback(const char *line)
{
    line = skip_blanks(line);
    if (!g_str_has_prefix(line, "/*"))
        return false;
    line = skip_blanks(line + 2);
    if (g_ascii_strncasecmp(line, "liquibase", 9) != 0)
        return false;
    line = skip_blanks(line + 9);
    return g_ascii_strncasecmp(line, "rollback", 8) == 0 && *skip_blanks(line + 8) == '\0';
}

static void take_rollback_line(Reading *reading, const char *line)
{
    WendChangeset *changeset = reading->changeset;
    g_autofree char *text = g_strdup(line);
    gsize end = strlen(text);
    while (end > 0 && g_ascii_isspace(text[end - 1]))
        end--;
    if (end >= 2 && strncmp(text + end - 2, "*/", 2) == 0) {
        memset(text + end - 2, ' ', 2);
        reading->in_rollback = false;
    }
    blank(changeset->up, line);
    keep(changeset->down, text);
}

static void take_property(Reading *reading, const char *rest)
{
    g_autofree char *name = attribute(rest, "name"), *value = attribute(rest, "value");
    if (name == NULL || value == NULL)
        return;
    char *lower = g_ascii_strdown(name, -1);
    /* The first that names one counts. */
    if (g_hash_table_contains(reading->values, lower))
        g_free(lower);
    else
        g_hash_table_insert(reading->values, lower, g_steal_pointer(&value));
}

/* Lines to be left out; true when this one begins or continues them. */
static bool take_ignored(Reading *reading, const char *line)
{
    const char *rest = after(line, "ignoreLines:");
    if (reading->ignoring || reading->ignored > 0) {
        bool ends = rest != NULL && g_str_has_prefix(rest, "end");
        reading->ignored -= reading->ignored > 0;
        reading->ignoring &= !ends;
        return true;
    }
    if (rest == NULL)
        return false;
    reading->ignoring = g_str_has_prefix(rest, "start");
    reading->ignored = reading->ignoring ? 0 : g_ascii_strtoll(rest, NULL, 10);
    return true;
}

static void take_line(Reading *reading, const char *line)
{
    WendChangeset *changeset = reading->changeset;
    const char *rest;
    if (reading->in_rollback) {
        take_rollback_line(reading, line);
    } else if (take_ignored(reading, line)) {
        if (changeset != NULL)
            blank(changeset->up, line);
    } else if ((rest = after_word(line, "property")) != NULL) {
        take_property(reading, rest);
        if (changeset != NULL)
            blank(changeset->up, line);
    } else if (after(line, "changeset") != NULL) {
        rest = after_word(line, "changeset");
        begin_changeset(reading, line, rest != NULL ? rest : "");
    } else if (is_header(line)) {
        if (reading->changelog->path == NULL)
            reading->changelog->path = attribute(line, "logicalFilePath");
    } else if (changeset == NULL) {
        return;
    } else if ((rest = after_word(line, "rollback")) != NULL) {
        add_rollback(changeset, line, rest);
    } else if (opens_rollback(line)) {
        down_of(changeset);
        reading->in_rollback = true;
        blank(changeset->up, line);
        blank(changeset->down, line);
    } else if (take_special(reading, line)) {
        blank(changeset->up, line);
    } else {
        keep(changeset->up, line);
    }
    /* A way back keeps in step with the lines of the way up. */
    if (changeset != NULL && changeset == reading->changeset && changeset->down != NULL &&
        changeset->down->len < changeset->up->len)
        blank(changeset->down, line);
}

void wend_changeset_delimit(GString *text, const char *delimiter)
{
    bool own_line = false;
    while (g_str_has_prefix(delimiter, "\\n") || g_str_has_prefix(delimiter, "\n")) {
        delimiter += *delimiter == '\n' ? 1 : 2;
        own_line = true;
    }
    g_autofree char *word = g_strdup(delimiter);
    if (g_str_has_suffix(word, "$") && strlen(word) > 1 && !g_str_has_suffix(word, "$$"))
        word[strlen(word) - 1] = '\0';
    gsize length = strlen(word);
    if (length == 0 || strcmp(word, ";") == 0)
        return;
    for (char *line = text->str; *line != '\0';) {
        gsize whole = strcspn(line, "\n"), end = whole;
        while (end > 0 && g_ascii_isspace(line[end - 1]))
            end--;
        char *at = line + end - MIN(length, end);
        bool alone = (gsize)(at - line) == strspn(line, " \t");
        if (end >= length && g_ascii_strncasecmp(at, word, length) == 0 && (!own_line || alone)) {
            memset(at, ' ', length);
            at[0] = ';';
        }
        line += whole + (line[whole] == '\n');
    }
}

WendChangelog *wend_changelog_read(const char *file, const char *text, G_GNUC_UNUSED gsize length,
                                   GHashTable *values, GPtrArray *problems)
{
    WendChangelog *changelog = g_new0(WendChangelog, 1);
    changelog->changesets = g_ptr_array_new_with_free_func(changeset_free);
    Reading reading = {
        .file = file, .values = values, .problems = problems, .changelog = changelog};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        reading.line++;
        /* Nothing stands behind the last line end. */
        if (line[1] != NULL || **line != '\0')
            take_line(&reading, *line);
    }
    if (reading.in_rollback)
        problem(&reading, false, "the comment with a rollback has no end");
    return changelog;
}

/* --- sums --- */

char *wend_changeset_expand(const char *text, GHashTable *values)
{
    GString *out = g_string_new(NULL);
    for (;;) {
        const char *open = strstr(text, "${");
        const char *close = open != NULL ? strchr(open, '}') : NULL;
        if (close == NULL)
            break;
        g_string_append_len(out, text, open - text);
        g_autofree char *name = g_ascii_strdown(open + 2, close - open - 2);
        const char *value = g_hash_table_lookup(values, name);
        if (value != NULL)
            g_string_append(out, value);
        else
            g_string_append_len(out, open, close + 1 - open);
        text = close + 1;
    }
    g_string_append(out, text);
    return g_string_free(out, FALSE);
}

/* White space is as nothing in version 9, as one blank in version 8, which also counts how the text is cut. */
char *wend_changeset_sum(const WendChangeset *changeset, const char *text, int version)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    if (version == 8)
        g_string_append_printf(
            plain, "%s:%s:%s:", changeset->delimiter != NULL ? changeset->delimiter : "null",
            changeset->split ? "true" : "false", changeset->strip ? "true" : "false");
    bool gap = false, any = false;
    for (; *text != '\0'; text++) {
        if (strchr(" \t\r\n", *text) != NULL) {
            gap = any;
            continue;
        }
        if (gap && version == 8)
            g_string_append_c(plain, ' ');
        g_string_append_c(plain, *text);
        any = true;
        gap = false;
    }
    g_autofree char *inner = g_compute_checksum_for_string(G_CHECKSUM_MD5, plain->str, -1);
    g_autofree char *list = g_strdup_printf("%d:%s:", version, inner);
    g_autofree char *outer = g_compute_checksum_for_string(G_CHECKSUM_MD5, list, -1);
    return g_strdup_printf("%d:%s", version, outer);
}
