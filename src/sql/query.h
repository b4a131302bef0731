/* SPDX-License-Identifier: MIT
 *
 * A query: SQL text with `?` where its values go. How wend's own statements travel from the room that
 * knows what to say (format, journal) to the driver that says it. Values are bound as parameters or,
 * inside a chunk of statements, written by the driver's one quoting function.
 */
#ifndef WEND_SQL_QUERY_H
#define WEND_SQL_QUERY_H

#include "sql/dialect.h"

#include <stdbool.h>

/* The last three are filled in by the driver when the query runs. */
typedef enum WendValueKind {
    WEND_VALUE_NULL,
    WEND_VALUE_TEXT,
    WEND_VALUE_INTEGER,
    WEND_VALUE_NOW,     /* the present time, UTC, "2026-01-31T12:00:00.123Z" */
    WEND_VALUE_ELAPSED, /* whole milliseconds since the unit of work around it began */
    WEND_VALUE_OUTCOME /* JSON: {"rows": N} or {"rows": N, "cursor": "…" or a number} of a batch's last round */
} WendValueKind;

typedef struct WendValue {
    WendValueKind kind;
    char *text;     /* NULL unless TEXT; may hold any bytes but NUL */
    gsize length;   /* of `text`, which need not end there */
    bool borrowed;  /* `text` is somebody else's; else it is owned */
    gint64 integer; /* ELAPSED: milliseconds to add */
} WendValue;

typedef struct WendQuery {
    char *sql;      /* owned; every `?` outside quotes takes the next value */
    GArray *values; /* of WendValue */
} WendQuery;

/* `sql` is copied. Free with wend_query_free(). */
WendQuery *wend_query_new(const char *sql);
/* Takes over `sql`. */
WendQuery *wend_query_take(char *sql);
void wend_query_free(WendQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendQuery, wend_query_free)

/* Appends the next value. `text` is copied; NULL is SQL's NULL. Each returns `query`. */
WendQuery *wend_query_text(WendQuery *query, const char *text);
/* Not copied, for long texts: it must outlive the query. */
WendQuery *wend_query_borrow(WendQuery *query, const char *text, gsize length);
WendQuery *wend_query_integer(WendQuery *query, gint64 integer);
/* One of the kinds that the driver fills in. */
WendQuery *wend_query_special(WendQuery *query, WendValueKind kind);

/* An array that frees its queries. */
GPtrArray *wend_queries_new(void);

/* `name`, quoted as an identifier of the dialect; "a.b" becomes two quoted parts. Caller frees. */
char *wend_quote_name(WendDialect dialect, const char *name);
/* The same, with the dots in it as a part of it. Caller frees. */
char *wend_quote_part(WendDialect dialect, const char *name);

/* The same for one of wend's own tables: on SQLite the whole `name` is one part in "main", so that no
 * temporary table can stand in its place; elsewhere as wend_quote_name(). Caller frees. */
char *wend_quote_table(WendDialect dialect, const char *name);

/* What OUTCOME stands for: {"rows": 5}, {"rows": 5, "cursor": "a"}, or with `number` the cursor as one.
 * `cursor` may be NULL. Caller frees. */
char *wend_outcome_text(gint64 rows, const char *cursor, bool number);

/* PostgreSQL: makes the schema of the table "schema.name" unless it is there. IF NOT EXISTS would not do: it
 * asks for the right to create schemas even where there is nothing to make, and says so. */
WendQuery *wend_query_schema(const char *table);

/* One row of a result, as text; a NULL is SQL's NULL. Borrowed for the call. */
typedef struct WendRow {
    guint count;
    const char *const *values;
} WendRow;

#endif
