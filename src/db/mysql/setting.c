/* SPDX-License-Identifier: MIT
 *
 * What a SET statement sets: reads its words, runs nothing. `SET a = 1, @@session.b = 2, @c = 3, NAMES
 * utf8, GLOBAL d = 4` and the further forms of the manual.
 */
#include "db/mysql/mysql.h"

#include <string.h>

/* What NAMES and CHARACTER SET set, in the order in which they are to be put back. */
static const char *const charsets[] = {"character_set_client", "character_set_results",
                                       "character_set_connection", "collation_connection", NULL};

/* Cannot be changed inside a transaction. Source: trying each on MariaDB 10.11, errors 1568, 1694, 1766. */
static const char *const outside_only[] = {"sql_log_bin",
                                           "binlog_format",
                                           "gtid_domain_id",
                                           "gtid_seq_no",
                                           "gtid_next",
                                           "server_id",
                                           "skip_replication",
                                           "wsrep_on",
                                           "binlog_direct_non_transactional_updates",
                                           "pseudo_slave_mode",
                                           NULL};

void wend_mysql_assigned_clear(Assigned *assigned)
{
    g_clear_pointer(&assigned->session, g_ptr_array_unref);
    g_clear_pointer(&assigned->variables, g_ptr_array_unref);
}

static void add_name(GPtrArray *names, char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, name);
    else
        g_free(name);
}

/* autocommit is none of them: wend needs it on, and classify() says so. */
static void add_session(Assigned *assigned, const char *name)
{
    char *lower = g_ascii_strdown(name, -1);
    if (strcmp(lower, "autocommit") == 0) {
        g_free(lower);
        return;
    }
    assigned->before |= g_strv_contains(outside_only, lower);
    add_name(assigned->session, lower);
}

static void add_charsets(Assigned *assigned)
{
    for (const char *const *name = charsets; *name != NULL; name++)
        add_session(assigned, *name);
}

/* Behind a variable's name: whether it is switched on or off. -1 = something else. */
static int read_switch(const Words *words, guint at)
{
    static const char *const on[] = {"1", "ON", "TRUE", "DEFAULT", NULL};
    static const char *const off[] = {"0", "OFF", "FALSE", NULL};
    g_autofree char *value = wend_mysql_word_name(words, at);
    for (guint i = 0; value != NULL && on[i] != NULL; i++) {
        if (g_ascii_strcasecmp(value, on[i]) == 0)
            return 1;
    }
    for (guint i = 0; value != NULL && off[i] != NULL; i++) {
        if (g_ascii_strcasecmp(value, off[i]) == 0)
            return 0;
    }
    return -1;
}

/* `name = value` from `at` on. */
static void read_variable(const Words *words, guint at, Assigned *assigned)
{
    g_autofree char *name = wend_mysql_word_name(words, at);
    if (name == NULL)
        return;
    add_session(assigned, name);
    if (g_ascii_strcasecmp(name, "sql_mode") == 0)
        assigned->mode = at + 2;
    if (g_ascii_strcasecmp(name, "autocommit") == 0) {
        int value = read_switch(words, at + 2);
        assigned->autocommit = value >= 0 ? value : 0;
    }
}

/* @@name, @@session.name, @@global.name; the scanner ends the sign at the dot. */
static void read_system(const Words *words, guint at, Assigned *assigned)
{
    static const char *const global[] = {"@@global", "@@persist", "@@persist_only", NULL};
    const WendToken *token = wend_mysql_token(words, at);
    g_autofree char *sign = g_strndup(words->text + token->start, token->length);
    bool scoped = wend_mysql_sign(words, at + 1, '.');
    for (const char *const *one = global; scoped && *one != NULL; one++)
        assigned->global |= g_ascii_strcasecmp(sign, *one) == 0;
    if (scoped) {
        if (!assigned->global)
            read_variable(words, at + 2, assigned);
    } else {
        add_session(assigned, sign + 2);
        if (g_ascii_strcasecmp(sign + 2, "sql_mode") == 0)
            assigned->mode = at + 2;
        if (g_ascii_strcasecmp(sign + 2, "autocommit") == 0)
            assigned->autocommit = MAX(read_switch(words, at + 2), 0);
    }
}

/* A user variable. From a query or a function (LAST_INSERT_ID()), it will be another one next time. */
static void read_user(const Words *words, guint at, guint end, Assigned *assigned)
{
    const WendToken *token = wend_mysql_token(words, at);
    add_name(assigned->variables, g_strndup(words->text + token->start, token->length));
    for (guint i = at + 1; i + 1 < end; i++) {
        token = wend_mysql_token(words, i);
        assigned->computed |=
            wend_mysql_word(words, i, "SELECT") ||
            (token->kind == WEND_TOKEN_WORD && wend_mysql_sign(words, i + 1, '('));
    }
}

/* One item between commas; `scope` of those before it holds on. */
static void read_item(const Words *words, guint at, guint end, bool *global, Assigned *assigned)
{
    static const char *const globals[] = {"GLOBAL", "PERSIST", "PERSIST_ONLY", NULL};
    static const char *const sessions[] = {"SESSION", "LOCAL", NULL};
    const WendToken *token = wend_mysql_token(words, at);
    if (token == NULL || at >= end)
        return;
    bool scoped = wend_mysql_word_of(words, at, globals) || wend_mysql_word_of(words, at, sessions);
    if (scoped)
        *global = wend_mysql_word_of(words, at++, globals);
    if (wend_mysql_word(words, at, "TRANSACTION")) {
        assigned->global |= scoped && *global;
        /* Without a scope it is for the next transaction alone, and must come before that. */
        assigned->before |= !scoped;
        if (scoped && !*global) {
            /* The names that MariaDB up to 11 and MySQL up to 5.7 know. */
            add_session(assigned, "tx_isolation");
            add_session(assigned, "tx_read_only");
        }
    } else if (wend_mysql_word(words, at, "NAMES") || wend_mysql_word(words, at, "CHARSET") ||
               (wend_mysql_word(words, at, "CHARACTER") && wend_mysql_word(words, at + 1, "SET"))) {
        add_charsets(assigned);
    } else if (wend_mysql_sign(words, at, '@')) {
        token = wend_mysql_token(words, at);
        if (words->text[token->start + 1] == '@')
            read_system(words, at, assigned);
        else
            read_user(words, at, end, assigned);
    } else if (*global) {
        assigned->global = true;
    } else {
        read_variable(words, at, assigned);
    }
}

void wend_mysql_assigned_read(const Words *words, Assigned *assigned)
{
    *assigned = (Assigned){.autocommit = -1};
    assigned->session = g_ptr_array_new_with_free_func(g_free);
    assigned->variables = g_ptr_array_new_with_free_func(g_free);
    if (!wend_mysql_word(words, 0, "SET"))
        return;
    assigned->role = wend_mysql_word(words, 1, "ROLE");
    assigned->commits =
        wend_mysql_word(words, 1, "PASSWORD") || wend_mysql_word(words, 1, "DEFAULT");
    if (assigned->role || assigned->commits)
        return;
    bool global = false;
    guint depth = 0, start = 1, count = words->tokens->len;
    for (guint at = 1; at <= count; at++) {
        depth += wend_mysql_sign(words, at, '(');
        depth -= depth > 0 && wend_mysql_sign(words, at, ')');
        if (at < count && (depth > 0 || !wend_mysql_sign(words, at, ',')))
            continue;
        read_item(words, start, at, &global, assigned);
        start = at + 1;
    }
}
