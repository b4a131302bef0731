/* SPDX-License-Identifier: MIT
 *
 * Reading what was left behind, and deciding. See recovery.h.
 */
#include "core/recovery.h"

#include <jansson.h>
#include <string.h>

void wend_unfinished_free(WendUnfinished *unfinished)
{
    if (unfinished == NULL)
        return;
    g_free(unfinished->id);
    g_free(unfinished->script);
    g_free(unfinished->checksum);
    g_free(unfinished->cursor);
    g_free(unfinished->what);
    g_free(unfinished->before);
    g_free(unfinished->intended);
    g_free(unfinished->detail);
    g_free(unfinished->at);
    g_free(unfinished->who);
    g_free(unfinished);
}

static void replace(char **field, const char *text)
{
    g_free(*field);
    *field = g_strdup(text);
}

static WendUnfinished *unfinished_new(const WendJournalRow *row)
{
    WendUnfinished *unfinished = g_new0(WendUnfinished, 1);
    unfinished->id = g_strdup(row->id);
    unfinished->direction = row->direction;
    return unfinished;
}

/* A batch's round says so in its detail; a last round does not. */
static void read_done(WendUnfinished *unfinished, const WendJournalRow *row, const json_t *detail)
{
    unfinished->more = detail != NULL && json_object_get(detail, "rows") != NULL;
    unfinished->done = row->statement;
    unfinished->intent = 0;
    replace(&unfinished->checksum, row->checksum);
    const json_t *cursor = json_object_get(detail, "cursor");
    /* The round that found no more rows may have no cursor: that of the one before it stays. */
    if (unfinished->more && cursor == NULL)
        return;
    g_clear_pointer(&unfinished->cursor, g_free);
    unfinished->number = json_is_number(cursor);
    if (unfinished->number) {
        char *text = json_dumps(cursor, JSON_ENCODE_ANY);
        unfinished->cursor = g_strdup(text);
        free(text);
    } else {
        unfinished->cursor = g_strdup(json_string_value(cursor));
    }
}

static void read_intent(WendUnfinished *unfinished, const WendJournalRow *row, const json_t *detail)
{
    unfinished->intent = row->statement;
    unfinished->repeatable = json_is_true(json_object_get(detail, "repeatable"));
    unfinished->together = json_is_true(json_object_get(detail, "together"));
    replace(&unfinished->what, json_string_value(json_object_get(detail, "what")));
    replace(&unfinished->intended, row->checksum);
    const json_t *before = json_object_get(detail, "before");
    char *text = before != NULL ? json_dumps(before, JSON_ENCODE_ANY) : NULL;
    replace(&unfinished->before, text);
    free(text);
}

static void read_row(WendUnfinished *unfinished, const WendJournalRow *row)
{
    json_t *detail = row->detail != NULL ? json_loads(row->detail, 0, NULL) : NULL;
    unfinished->failed = row->event == WEND_EVENT_FAILED;
    replace(&unfinished->at, row->at);
    replace(&unfinished->who, row->who);
    switch (row->event) {
    case WEND_EVENT_BEGIN:
        replace(&unfinished->script, row->script);
        break;
    case WEND_EVENT_DONE:
        read_done(unfinished, row, detail);
        break;
    case WEND_EVENT_INTENT:
        read_intent(unfinished, row, detail);
        break;
    case WEND_EVENT_FAILED:
        /* It failed, so it did not happen; unless what it did could not be taken back. */
        if (!json_is_true(json_object_get(detail, "partly")))
            unfinished->intent = 0;
        replace(&unfinished->detail, json_string_value(json_object_get(detail, "error")));
        break;
    default:
        break;
    }
    json_decref(detail);
}

static bool half_done(const WendUnfinished *unfinished)
{
    return unfinished != NULL && (unfinished->done > 0 || unfinished->intent > 0);
}

WendUnfinished *wend_recovery_read(const GPtrArray *tail)
{
    g_autoptr(WendUnfinished) found = NULL, latest = NULL;
    for (guint i = 0; i < tail->len; i++) {
        const WendJournalRow *row = tail->pdata[i];
        bool same = latest != NULL && strcmp(latest->id, row->id) == 0 &&
                    latest->direction == row->direction;
        if (!same) {
            /* A step that was begun and left nothing does not hide the half-done one before it. */
            if (half_done(latest)) {
                wend_unfinished_free(found);
                found = g_steal_pointer(&latest);
            }
            wend_unfinished_free(latest);
            latest = unfinished_new(row);
        }
        read_row(latest, row);
    }
    if (half_done(latest))
        return g_steal_pointer(&latest);
    return g_steal_pointer(&found);
}

static bool stop_for_person(WendError *error)
{
    return wend_error_hint(error, "look at the database, then `wend repair` lists the ways on");
}

const WendPiece *wend_recovery_question(const WendUnfinished *unfinished, const WendCut *cut)
{
    if (unfinished->intent == 0 || unfinished->before == NULL ||
        unfinished->intent > cut->statements->len)
        return NULL;
    g_autofree char *checksum = wend_cut_checksum(cut, unfinished->intent);
    if (g_strcmp0(checksum, unfinished->intended) != 0)
        return NULL;
    for (guint i = 0; i < cut->pieces->len; i++) {
        const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, i);
        if (piece->number == unfinished->intent && !piece->assertion)
            return piece;
    }
    return NULL;
}

bool wend_recovery_answer(WendUnfinished *unfinished, const WendCut *cut, WendVerdict verdict,
                          const char *why, WendError *error)
{
    if (verdict == WEND_VERDICT_UNKNOWN) {
        wend_error_set(error, WEND_DISAGREE,
                       "statement %u (%s) was under way when an earlier run ended, and is neither "
                       "done nor undone: %s",
                       unfinished->intent, unfinished->what, why);
        wend_error_place(error, cut->script->file, 0, 0);
        return stop_for_person(error);
    }
    /* Somebody else may have brought it about since, in another way. */
    if (verdict == WEND_VERDICT_DONE && unfinished->failed) {
        wend_error_set(error, WEND_DISAGREE,
                       "statement %u (%s) failed in an earlier run, and what it was to do is there "
                       "all the same",
                       unfinished->intent, unfinished->what);
        wend_error_place(error, cut->script->file, 0, 0);
        return stop_for_person(error);
    }
    if (verdict == WEND_VERDICT_DONE) {
        unfinished->judged = true;
        unfinished->done = unfinished->intent;
        unfinished->more = false;
        replace(&unfinished->checksum, unfinished->intended);
    }
    unfinished->intent = 0;
    return true;
}

char *wend_recovery_range(guint first, guint last)
{
    return first < last ? g_strdup_printf("statements %u to %u", first, last)
                        : g_strdup_printf("statement %u", last);
}

char *wend_recovery_label(const WendUnfinished *unfinished)
{
    guint first =
        unfinished->together ? wend_recovery_finished(unfinished) + 1 : unfinished->intent;
    return wend_recovery_range(first, unfinished->intent);
}

static bool check_intent(const WendUnfinished *unfinished, const WendCut *cut, WendError *error)
{
    if (unfinished->intent == 0 || unfinished->repeatable)
        return true;
    const char *what = unfinished->what != NULL ? unfinished->what : "the statement";
    g_autofree char *label = wend_recovery_label(unfinished);
    if (unfinished->together)
        wend_error_set(error, WEND_DISAGREE,
                       "a part of what %s did may be there, and was not undone when an earlier run "
                       "ended: %s",
                       label, what);
    else
        wend_error_set(
            error, WEND_DISAGREE,
            "%s (%s) was under way when an earlier run ended, and it cannot be known whether it "
            "happened",
            label, what);
    wend_error_place(error, cut->script->file, 0, 0);
    return stop_for_person(error);
}

static bool check_prefix(const WendUnfinished *unfinished, const WendCut *cut, WendError *error)
{
    if (unfinished->done == 0 || unfinished->trusted)
        return true;
    g_autofree char *checksum = wend_cut_checksum(cut, unfinished->done);
    if (unfinished->done <= cut->statements->len && g_strcmp0(checksum, unfinished->checksum) == 0)
        return true;
    bool one = unfinished->done == 1;
    g_autofree char *done = wend_recovery_range(1, unfinished->done);
    wend_error_set(error, WEND_DISAGREE, "%s %s, but the file has changed there since", done,
                   one ? "is done and stays" : "are done and stay");
    wend_error_place(error, cut->script->file, 0, 0);
    return wend_error_hint(error,
                           "change only what comes behind %s, or `wend repair` lists the ways "
                           "on",
                           one ? "it" : "them");
}

static bool check_temporary(const WendUnfinished *unfinished, const WendCut *cut, WendError *error)
{
    bool temporary = false;
    g_autoptr(GArray) settings = wend_cut_settings(cut, unfinished->done, &temporary);
    if (!temporary)
        return true;
    g_autofree char *done = wend_recovery_range(1, unfinished->done);
    wend_error_set(error, WEND_DISAGREE,
                   unfinished->done == 1
                       ? "%s is done, but what it made or computed for its session alone is gone "
                         "with it"
                       : "%s are done, but what they made or computed for their session alone is "
                         "gone with it",
                   done);
    wend_error_place(error, cut->script->file, 0, 0);
    return wend_error_hint(error, "%s", WEND_RECOVERY_WAYS);
}

bool wend_recovery_may_resume(const WendUnfinished *unfinished, const WendCut *cut,
                              WendError *error)
{
    return (unfinished->before != NULL || check_intent(unfinished, cut, error)) &&
           check_prefix(unfinished, cut, error) && check_temporary(unfinished, cut, error);
}

/* A segment of assertions, or of callbacks, has the number of the statement before it, whose done row does not say
 * that they held: they are asked again. */
static bool only_asserts(const WendCut *cut, const WendSegment *segment)
{
    for (guint i = 0; i < segment->count; i++) {
        const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, segment->first + i);
        if (!piece->assertion && !piece->callback)
            return false;
    }
    return segment->count > 0;
}

guint wend_recovery_finished(const WendUnfinished *unfinished)
{
    return unfinished->more ? unfinished->done - 1 : unfinished->done;
}

bool wend_recovery_resume(const WendUnfinished *unfinished, WendCut *cut, guint *segment,
                          WendError *error)
{
    if (!check_intent(unfinished, cut, error) || !check_prefix(unfinished, cut, error) ||
        !check_temporary(unfinished, cut, error))
        return false;
    wend_cut_part(cut, wend_recovery_finished(unfinished));
    guint at = 0;
    while (at < cut->segments->len) {
        const WendSegment *one = &g_array_index(cut->segments, WendSegment, at);
        bool done = one->last_statement < unfinished->done ||
                    (one->last_statement == unfinished->done && !unfinished->more &&
                     !only_asserts(cut, one));
        if (!done)
            break;
        at++;
    }
    *segment = at;
    return true;
}
