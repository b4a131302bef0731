/* SPDX-License-Identifier: MIT
 *
 * Another tool's lock, taken while wend holds its own. See tool_lock.h.
 */
#include "core/tool_lock.h"

#include <string.h>

#define FIRST_PAUSE_MS   20
#define LONGEST_PAUSE_MS 500
#define TELL_EVERY_MS    1000

/* The key's parts, copied out of a row. */
static bool take_facts(const WendRow *row, void *data, WendError *error)
{
    GPtrArray *facts = data;
    (void)error;
    g_ptr_array_set_size(facts, 0);
    for (guint i = 0; i < row->count; i++)
        g_ptr_array_add(facts, g_strdup(row->values[i]));
    return true;
}

static bool ask(WendProject *project, WendQuery *query, GPtrArray *row, WendError *error)
{
    g_autoptr(WendQuery) owned = query;
    return project->driver->query(project->connection, owned, take_facts, row, error);
}

static char *mark_of_run(void)
{
    g_autoptr(WendWho) who = wend_who_self();
    return g_strdup_printf("wend %s@%s %" G_GINT64_FORMAT, who->user, who->host, who->pid);
}

static bool is_true(const GPtrArray *row)
{
    const char *first = row->len > 0 ? row->pdata[0] : NULL;
    return g_strcmp0(first, "1") == 0 || g_strcmp0(first, "t") == 0 ||
           g_strcmp0(first, "true") == 0;
}

typedef struct Taking {
    WendProject *project;
    const WendToolLock *lock;
    WendBook book;
    WendRow facts;
    const char *mark;
    gint64 start, told; /* monotonic, µs */
} Taking;

/* One attempt. `row`: what the table said. */
static bool try_once(const Taking *taking, GPtrArray *row, WendError *error)
{
    WendProject *project = taking->project;
    if (taking->lock->take != NULL) {
        g_autoptr(GPtrArray) queries = wend_queries_new();
        taking->lock->take(&taking->book, &taking->facts, taking->mark, queries);
        if (!project->driver->write(project->connection, queries, error))
            return false;
    }
    WendQuery *question = taking->lock->taken(&taking->book, &taking->facts, taking->mark);
    return ask(project, question, row, error);
}

static bool fail_locked(const Taking *taking, const GPtrArray *row, WendError *error)
{
    const char *title = taking->project->format->title;
    const char *holder = row->len > 0 ? row->pdata[0] : NULL;
    bool known = holder != NULL && strlen(holder) > 1 && strcmp(holder, "false") != 0;
    wend_error_set(error, WEND_LOCKED, "the lock of %s is held%s%s", title, known ? " by " : "",
                   known ? holder : "");
    return wend_error_hint(error, "wait for it, or end it; a lock that its holder left behind is "
                                  "released with that tool");
}

/* A pause before the next attempt; false when the time is over or somebody wants to stop. */
static bool wait_a_while(Taking *taking, guint attempt, gint64 timeout_ms)
{
    const WendWatch *watch = &taking->project->watch;
    gint64 now = g_get_monotonic_time(), waited_ms = (now - taking->start) / 1000;
    if (waited_ms >= timeout_ms || wend_watch_stops(watch, 1))
        return false;
    if (watch->waiting != NULL && now - taking->told >= TELL_EVERY_MS * 1000) {
        g_autofree char *text = g_strdup_printf("the lock of %s", taking->project->format->title);
        watch->waiting(WEND_WAITING_BUSY, NULL, text, waited_ms, watch->data);
        taking->told = now;
    }
    gint64 pause = MIN(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << MIN(attempt, 10));
    g_usleep((gulong)MIN(pause, MAX(1, timeout_ms - waited_ms)) * 1000);
    return true;
}

static bool take(Taking *taking, WendError *error)
{
    const WendProject *project = taking->project;
    gint64 timeout_ms = project->config->lock_timeout_ms >= 0 ? project->config->lock_timeout_ms
                                                              : project->driver->lock_timeout_ms;
    g_autoptr(GPtrArray) row = g_ptr_array_new_with_free_func(g_free);
    taking->start = taking->told = g_get_monotonic_time();
    for (guint attempt = 0;; attempt++) {
        g_ptr_array_set_size(row, 0);
        if (!try_once(taking, row, error))
            return false;
        if (is_true(row))
            return true;
        if (!wait_a_while(taking, attempt, timeout_ms))
            return fail_locked(taking, row, error);
    }
}

static bool lock_tool(WendProject *project, WendError *error)
{
    const WendToolLock *lock = project->history->lock;
    if (lock == NULL || (lock->servers && project->driver->dialect == WEND_DIALECT_SQLITE) ||
        (lock->session && project->driver->holds_more != NULL &&
         !project->driver->holds_more(project->connection)))
        return true;
    Taking taking = {.project = project, .lock = lock, .book = wend_project_book(project)};
    g_autofree char *mark = mark_of_run();
    g_autoptr(GPtrArray) facts = g_ptr_array_new_with_free_func(g_free);
    taking.mark = mark;
    if (lock->prepare != NULL) {
        g_autoptr(GPtrArray) queries = wend_queries_new();
        lock->prepare(&taking.book, queries);
        if (queries->len > 0 && !project->driver->write(project->connection, queries, error))
            return false;
    }
    if (lock->facts != NULL &&
        !ask(project, wend_query_new(lock->facts(&taking.book)), facts, error))
        return false;
    taking.facts = (WendRow){facts->len, (const char *const *)facts->pdata};
    if (!take(&taking, error))
        return false;
    project->tool_release = wend_queries_new();
    lock->release(&taking.book, &taking.facts, mark, project->tool_release);
    return true;
}

bool wend_project_lock(WendProject *project, WendError *error)
{
    if (!project->driver->lock(project->connection, project->journal.table, error))
        return false;
    if (lock_tool(project, error))
        return true;
    project->driver->unlock(project->connection);
    return false;
}

void wend_project_unlock(WendProject *project)
{
    /* A lock that cannot be given back goes with the session, or is known as wend's by the next run. */
    if (project->tool_release != NULL) {
        project->driver->write(project->connection, project->tool_release, NULL);
        g_clear_pointer(&project->tool_release, g_ptr_array_unref);
    }
    project->driver->unlock(project->connection);
}
