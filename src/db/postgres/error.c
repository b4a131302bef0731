/* SPDX-License-Identifier: MIT
 *
 * What the server or libpq says, as wend's errors: the one place where SQLSTATEs become codes and hints.
 */
#include "db/postgres/postgres.h"

#include <string.h>

/* SQLSTATEs that deserve a code and a hint of their own. */
static const struct {
    const char *state;
    WendCode code;
    const char *hint; /* NULL = the server's */
} meanings[] = {
    {"53100", WEND_FAILED, "make room on the server's disk, then run the command again"},
    {"53200", WEND_FAILED, NULL},
    {"55P03", WEND_LOCKED, "wait until it is free, or raise --lock-timeout"},
    {"40P01", WEND_LOCKED, "run the same command again"},
    {"57P01", WEND_CONNECT, NULL},
    {"57P02", WEND_CONNECT, NULL},
    {"57P03", WEND_CONNECT, NULL},
    {"25001", WEND_FAILED,
     "what cannot run in a transaction needs `-- wend: transaction none` at the top of the file, "
     "and "
     "SET TRANSACTION must be the first in one"},
    {"2D000", WEND_FAILED,
     "a procedure or DO block that commits needs `-- wend: transaction none` at the top of the "
     "file"},
    {"25006", WEND_FAILED,
     "the session can only read: look for default_transaction_read_only, or a standby"},
    {"22P05", WEND_FAILED,
     "the database's encoding has no such character: leave it out, in comments, too, for the "
     "script is "
     "kept as it is, or use a database in UTF8"},
    {"42501", WEND_FAILED,
     "GRANT the right to the role that wend connects with, or connect as another role"},
};

static bool fail_cancelled(const Connection *connection, const char *message, WendError *error)
{
    if (wend_pg_interrupted(connection, 1))
        return wend_error_set(error, WEND_INTERRUPTED, "interrupted");
    if (strstr(message, "user request") != NULL)
        return wend_error_hint(error, "somebody cancelled it on the server (pg_cancel_backend); "
                                      "run the same command again");
    if (connection->step_statement_timeout_ms <= 0)
        return wend_error_hint(error, "look for statement_timeout in the script, then run the same "
                                      "command again");
    wend_error_set(error, WEND_FAILED, "the statement ran longer than its limit of %.3g s",
                   (double)connection->step_statement_timeout_ms / 1000);
    return wend_error_hint(error, "raise %s, or cut the work into batches",
                           connection->file_limits ? "statement= in the file's `-- wend: timeout`"
                                                   : "--statement-timeout");
}

static void fail_locked(const Connection *connection, WendError *error)
{
    if (connection->blockers == NULL)
        return;
    g_autofree char *message = g_strdup(error->message);
    g_autofree char *hint = g_strdup(error->hint);
    wend_error_set(error, WEND_LOCKED, "%s: held by %s", message, connection->blockers);
    wend_error_hint(error, "%s", hint);
}

static bool fail_given_away(WendError *error)
{
    wend_error_set(error, WEND_LOCKED, NOT_HELD ": the script gave it away");
    return wend_error_hint(error, "a function that it calls releases all advisory locks: leave "
                                  "that out");
}

/* Where in a COPY's data or in a DO block it happened, which the statement's own place does not say. Caller
 * frees; NULL = nowhere in these. */
static char *place_inside(const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    g_auto(GStrv) lines = g_strsplit(context != NULL ? context : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix(*line, "COPY ") || strstr(*line, " inline_code_block ") != NULL)
            return g_strdup(*line);
    }
    return NULL;
}

bool wend_pg_fail(const Connection *connection, const PGresult *result, WendError *error)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    g_autofree char *own = g_strstrip(g_strdup(PQresultErrorMessage(result)));
    if (message == NULL)
        message = own;
    g_autofree char *inside = place_inside(result);
    wend_error_set(error, WEND_FAILED, "%s%s%s%s%s%s%s", message, detail != NULL ? " (" : "",
                   detail != NULL ? detail : "", detail != NULL ? ")" : "",
                   inside != NULL ? " (" : "", inside != NULL ? inside : "",
                   inside != NULL ? ")" : "");
    if (hint != NULL)
        wend_error_hint(error, "%s", hint);
    if (state == NULL)
        return false;
    for (gsize i = 0; error != NULL && i < G_N_ELEMENTS(meanings); i++) {
        if (strcmp(meanings[i].state, state) != 0)
            continue;
        error->code = meanings[i].code;
        if (meanings[i].hint != NULL)
            wend_error_hint(error, "%s", meanings[i].hint);
        if (meanings[i].code == WEND_LOCKED)
            fail_locked(connection, error);
    }
    if (strcmp(state, "42501") == 0 && strstr(message, "row-level security") != NULL)
        wend_error_hint(error, "wend must see all rows of its own tables: run it as their owner or "
                               "with BYPASSRLS, or take row-level security off them");
    if (strcmp(state, "22P02") == 0 && strstr(message, NOT_HELD) != NULL)
        return fail_given_away(error);
    if (strcmp(state, "57014") == 0)
        fail_cancelled(connection, message, error);
    return wend_error_vendor(error, "PostgreSQL %s", state);
}

bool wend_pg_fail_own(const char *state, WendError *error)
{
    if (error == NULL || error->code != WEND_FAILED)
        return false;
    bool gone = strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0;
    g_auto(WendError) cause = WEND_ERROR_INIT;
    wend_error_move(&cause, error);
    wend_error_set(error, WEND_FAILED, "wend's own row cannot be written: %s", cause.message);
    if (cause.vendor != NULL)
        wend_error_vendor(error, "%s", cause.vendor);
    if (gone)
        return wend_error_hint(error, "a migration that drops a schema takes wend's tables in it "
                                      "along: give them a schema of their own (journal:, scripts: "
                                      "and table: in wend.yaml), or drop what is in it one by one");
    return wend_error_hint(error, "%s",
                           cause.hint != NULL ? cause.hint : "look at the tables that wend keeps");
}

bool wend_pg_lost(const Connection *connection, WendError *error)
{
    g_autofree char *reason = g_strdup(PQerrorMessage(connection->pg));
    char *end = strchr(g_strstrip(reason), '\n');
    if (end != NULL)
        *end = '\0';
    wend_error_set(error, WEND_CONNECT, "the connection to the server was lost: %s", reason);
    return wend_error_hint(error,
                           "run the same command again when the server answers; --wait SECONDS "
                           "waits for it");
}
