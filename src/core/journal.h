/* SPDX-License-Identifier: MIT
 *
 * The journal and the stored scripts, as statements: the words of wend_journal's rows, and the
 * queries that add and read them. Nothing is run here; docs/journal.md tells which row is written
 * when, and what a reader may conclude from it.
 */
#ifndef WEND_CORE_JOURNAL_H
#define WEND_CORE_JOURNAL_H

#include "db/driver.h"

typedef enum WendDirection { WEND_UP, WEND_DOWN } WendDirection;

typedef enum WendEvent {
    WEND_EVENT_BEGIN,    /* a step begins; statement 0 */
    WEND_EVENT_INTENT,   /* a statement that cannot run in a transaction is about to run */
    WEND_EVENT_DONE,     /* all statements up to and including this one are done */
    WEND_EVENT_FAILED,   /* this one (0: the step as a whole) failed; nothing of it is left */
    WEND_EVENT_APPLIED,  /* the step is whole: its history row came in the same commit */
    WEND_EVENT_REVERTED, /* likewise, its history row went */
    WEND_EVENT_MARKED,   /* a person said it is applied (up) or not (down) */
    WEND_EVENT_BASELINED,
    WEND_EVENT_REPAIRED /* a person settled it; detail says how */
} WendEvent;

const char *wend_direction_name(WendDirection direction); /* "up", "down" */
const char *wend_event_name(WendEvent event);

/* One row. Borrowed strings when writing; owned when read (wend_journal_row_free). */
typedef struct WendJournalRow {
    gint64 seq;
    char *run;
    char *track;
    char *id;
    WendDirection direction;
    guint statement;
    WendEvent event;
    char *checksum; /* of the statements up to this one; see wend_cut_checksum() */
    char *script;   /* SHA-256 of the step's text in the scripts table */
    char *detail;   /* JSON */
    char *at;
    gint64 duration_ms; /* -1 = NULL */
    char *who;
} WendJournalRow;

void wend_journal_row_free(WendJournalRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendJournalRow, wend_journal_row_free)

/* Where the journal is: what every query needs. Borrowed strings. */
typedef struct WendJournal {
    WendDialect dialect;
    const char *table;
    const char *scripts;
    const char *track;
    const char *run;
    const char *who;
} WendJournal;

/* Adds a row of the present run. `seq`, `at`, `run`, `track` and `who` of `row` are not looked at.
 * The duration is the driver's ELAPSED plus `row->duration_ms`, or NULL when that is negative.
 * `outcome`: the detail is the driver's OUTCOME. */
WendQuery *wend_journal_add(const WendJournal *journal, const WendJournalRow *row, bool outcome);
/* Adds a script unless it is there; its text is still to be appended, as the next value. */
WendQuery *wend_journal_store(const WendJournal *journal, const char *sha256);

/* The rows behind the last step that came to an end (applied, reverted, marked, baselined, repaired)
 * in this track, oldest first. */
WendQuery *wend_journal_read_tail(const WendJournal *journal);
/* The newest row per id of this track, done and intent rows left out. */
WendQuery *wend_journal_read_last(const WendJournal *journal);
/* The track of the newest row, seeds left out; one column. */
WendQuery *wend_journal_read_newest_track(const WendJournal *journal);
/* All rows of this track, newest first; `run` and `id` may be NULL; `limit` 0 = all. */
WendQuery *wend_journal_read_rows(const WendJournal *journal, const char *run, const char *id,
                                  gint64 limit);
/* Of each of the `count` ids the newest row that names the scripts of its up: it began, was applied, or was
 * marked so. One look at the whole journal, however many they are. */
WendQuery *wend_journal_read_applied(const WendJournal *journal, const char *const *ids,
                                     guint count);
/* One stored text: a row with one column, or none. */
WendQuery *wend_journal_read_script(const WendJournal *journal, const char *sha256);
/* One row when the journal says that the tool's history `table` was adopted, whatever schema it was in; else none. */
WendQuery *wend_journal_read_adopted(const WendJournal *journal, const char *table);

/* A row of any of the queries above but the last two. NULL and WEND_DISAGREE when it makes no sense. */
WendJournalRow *wend_journal_decode(const WendRow *row, WendError *error);

#endif
