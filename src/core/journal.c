/* SPDX-License-Identifier: MIT
 *
 * The journal's words and queries. See journal.h.
 */
#include "core/journal.h"

#include <string.h>

#define COLUMNS      "seq, run, track, id, direction, statement, event, checksum, script, detail, "
#define COLUMN_COUNT 13

static const char *const event_names[] = {"begin",    "intent", "done",      "failed",  "applied",
                                          "reverted", "marked", "baselined", "repaired"};

/* How a dialect adds a row unless its key is there, shows a time as text, and takes one. */
static const struct {
    const char *insert, *conflict, *at, *time;
} dialects[] = {
    [WEND_DIALECT_SQLITE] = {"INSERT OR IGNORE INTO", "", "at", "?"},
    [WEND_DIALECT_POSTGRES] =
        {"INSERT INTO", " ON CONFLICT DO NOTHING",
         "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", "?"},
    [WEND_DIALECT_MYSQL] = {"INSERT IGNORE INTO", "",
                            "concat(date_format(at, '%Y-%m-%dT%H:%i:%s.'), "
                            "lpad(microsecond(at) div 1000, 3, '0'), 'Z')",
                            "STR_TO_DATE(?, '%Y-%m-%dT%H:%i:%s.%fZ')"},
};

const char *wend_direction_name(WendDirection direction)
{
    return direction == WEND_UP ? "up" : "down";
}

const char *wend_event_name(WendEvent event)
{
    return event_names[event];
}

void wend_journal_row_free(WendJournalRow *row)
{
    if (row == NULL)
        return;
    g_free(row->run);
    g_free(row->track);
    g_free(row->id);
    g_free(row->checksum);
    g_free(row->script);
    g_free(row->detail);
    g_free(row->at);
    g_free(row->who);
    g_free(row);
}

static char *table_name(const WendJournal *journal)
{
    return wend_quote_table(journal->dialect, journal->table);
}

WendQuery *wend_journal_add(const WendJournal *journal, const WendJournalRow *row, bool outcome)
{
    g_autofree char *table = table_name(journal);
    WendQuery *query = wend_query_take(
        g_strdup_printf("INSERT INTO %s (run, track, id, direction, statement, event, checksum, "
                        "script, detail, at, "
                        "duration_ms, who) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, %s, ?, ?)",
                        table, dialects[journal->dialect].time));
    wend_query_text(query, journal->run);
    wend_query_text(query, journal->track);
    wend_query_text(query, row->id);
    wend_query_text(query, wend_direction_name(row->direction));
    wend_query_integer(query, row->statement);
    wend_query_text(query, wend_event_name(row->event));
    wend_query_text(query, row->checksum);
    wend_query_text(query, row->script);
    if (outcome)
        wend_query_special(query, WEND_VALUE_OUTCOME);
    else
        wend_query_text(query, row->detail);
    wend_query_special(query, WEND_VALUE_NOW);
    if (row->duration_ms < 0) {
        wend_query_text(query, NULL);
    } else {
        wend_query_special(query, WEND_VALUE_ELAPSED);
        g_array_index(query->values, WendValue, query->values->len - 1).integer = row->duration_ms;
    }
    return wend_query_text(query, journal->who);
}

WendQuery *wend_journal_store(const WendJournal *journal, const char *sha256)
{
    g_autofree char *table = wend_quote_table(journal->dialect, journal->scripts);
    WendQuery *query = wend_query_take(g_strdup_printf("%s %s (sha256, script) VALUES (?, ?)%s",
                                                       dialects[journal->dialect].insert, table,
                                                       dialects[journal->dialect].conflict));
    return wend_query_text(query, sha256);
}

static char *select_rows(const WendJournal *journal, const char *rest)
{
    g_autofree char *table = table_name(journal);
    return g_strdup_printf("SELECT " COLUMNS "%s, duration_ms, who FROM %s WHERE %s",
                           dialects[journal->dialect].at, table, rest);
}

WendQuery *wend_journal_read_tail(const WendJournal *journal)
{
    g_autofree char *table = table_name(journal);
    g_autofree char *rest = g_strdup_printf(
        "track = ? AND seq > coalesce((SELECT seq FROM %s WHERE track = ? AND event IN ('applied', "
        "'reverted', 'marked', 'baselined', 'repaired') ORDER BY seq DESC LIMIT 1), 0) ORDER BY "
        "seq",
        table);
    WendQuery *query = wend_query_take(select_rows(journal, rest));
    wend_query_text(query, journal->track);
    return wend_query_text(query, journal->track);
}

WendQuery *wend_journal_read_last(const WendJournal *journal)
{
    g_autofree char *table = table_name(journal);
    g_autofree char *rest = g_strdup_printf("seq IN (SELECT max(seq) FROM %s WHERE track = ? AND "
                                            "event NOT IN ('done', 'intent') GROUP BY id)",
                                            table);
    return wend_query_text(wend_query_take(select_rows(journal, rest)), journal->track);
}

WendQuery *wend_journal_read_newest_track(const WendJournal *journal)
{
    g_autofree char *table = table_name(journal);
    return wend_query_take(g_strdup_printf(
        "SELECT track FROM %s WHERE track NOT LIKE 'seeds:%%' ORDER BY seq DESC LIMIT 1", table));
}

WendQuery *wend_journal_read_rows(const WendJournal *journal, const char *run, const char *id,
                                  gint64 limit)
{
    g_autoptr(GString) rest = g_string_new("track = ?");
    if (run != NULL)
        g_string_append(rest, " AND run = ?");
    if (id != NULL)
        g_string_append(rest, " AND id = ?");
    g_string_append(rest, " ORDER BY seq DESC");
    if (limit > 0)
        g_string_append(rest, " LIMIT ?");
    WendQuery *query = wend_query_take(select_rows(journal, rest->str));
    wend_query_text(query, journal->track);
    if (run != NULL)
        wend_query_text(query, run);
    if (id != NULL)
        wend_query_text(query, id);
    if (limit > 0)
        wend_query_integer(query, limit);
    return query;
}

WendQuery *wend_journal_read_applied(const WendJournal *journal, const char *const *ids,
                                     guint count)
{
    g_autofree char *table = table_name(journal);
    g_autoptr(GString) marks = g_string_new("?");
    for (guint i = 1; i < count; i++)
        g_string_append(marks, ", ?");
    /* What only began counts where nothing is applied: not a failed try to apply a newer text. */
    g_autofree char *rest = g_strdup_printf(
        "seq IN (SELECT coalesce(max(CASE WHEN u.event <> 'begin' THEN u.seq END), max(u.seq)) "
        "FROM %s u LEFT JOIN (SELECT id, max(seq) AS seq FROM %s WHERE track = ? AND direction = "
        "'down' AND event IN ('reverted', 'marked') GROUP BY id) d ON d.id = u.id WHERE u.track = "
        "? AND u.id IN (%s) AND u.direction = 'up' AND u.script IS NOT NULL AND u.event IN "
        "('begin', 'applied', 'marked', 'repaired') AND u.seq > coalesce(d.seq, 0) GROUP BY u.id)",
        table, table, marks->str);
    WendQuery *query = wend_query_take(select_rows(journal, rest));
    wend_query_text(query, journal->track);
    wend_query_text(query, journal->track);
    for (guint i = 0; i < count; i++)
        wend_query_text(query, ids[i]);
    return query;
}

WendQuery *wend_journal_read_adopted(const WendJournal *journal, const char *table)
{
    g_autofree char *name = table_name(journal);
    const char *dot = strrchr(table, '.');
    g_autofree char *like =
        g_strdup_printf("{\"adopted_from\": \"%%%s\"%%", dot != NULL ? dot + 1 : table);
    WendQuery *query = wend_query_take(g_strdup_printf(
        "SELECT 1 FROM %s WHERE track = ? AND event = 'marked' AND detail LIKE ? LIMIT 1", name));
    wend_query_text(query, journal->track);
    return wend_query_text(query, like);
}

WendQuery *wend_journal_read_script(const WendJournal *journal, const char *sha256)
{
    g_autofree char *table = wend_quote_table(journal->dialect, journal->scripts);
    WendQuery *query =
        wend_query_take(g_strdup_printf("SELECT script FROM %s WHERE sha256 = ?", table));
    return wend_query_text(query, sha256);
}

static bool decode_event(const char *word, WendEvent *event)
{
    for (gsize i = 0; i < G_N_ELEMENTS(event_names); i++) {
        if (g_strcmp0(word, event_names[i]) == 0) {
            *event = (WendEvent)i;
            return true;
        }
    }
    return false;
}

WendJournalRow *wend_journal_decode(const WendRow *row, WendError *error)
{
    const char *const *values = row->values;
    WendEvent event = WEND_EVENT_BEGIN;
    guint64 statement = 0;
    if (row->count != COLUMN_COUNT || !decode_event(values[6], &event) || values[3] == NULL ||
        values[5] == NULL ||
        !g_ascii_string_to_unsigned(values[5], 10, 0, G_MAXUINT, &statement, NULL)) {
        wend_error_set(error, WEND_DISAGREE,
                       "the journal has a row that wend did not write (seq %s)",
                       row->count > 0 && values[0] != NULL ? values[0] : "?");
        wend_error_hint(error, "a newer wend may have written it; update this one");
        return NULL;
    }
    WendJournalRow *out = g_new0(WendJournalRow, 1);
    out->seq = g_ascii_strtoll(values[0], NULL, 10);
    out->run = g_strdup(values[1]);
    out->track = g_strdup(values[2]);
    out->id = g_strdup(values[3]);
    out->direction = g_strcmp0(values[4], "down") == 0 ? WEND_DOWN : WEND_UP;
    out->statement = (guint)statement;
    out->event = event;
    out->checksum = g_strdup(values[7]);
    out->script = g_strdup(values[8]);
    out->detail = g_strdup(values[9]);
    out->at = g_strdup(values[10]);
    out->duration_ms = values[11] != NULL ? g_ascii_strtoll(values[11], NULL, 10) : -1;
    out->who = g_strdup(values[12]);
    return out;
}
