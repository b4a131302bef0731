/* SPDX-License-Identifier: MIT
 *
 * Who runs this process, and where: for the holder of a lock and for the journal.
 */
#ifndef WEND_BASE_WHO_H
#define WEND_BASE_WHO_H

#include <glib.h>
#include <stdbool.h>

typedef struct WendWho {
    char *user;
    char *host;
    gint64 pid;
    char *since; /* UTC; when it took, or began to wait for, what it holds or waits for */
    /* What the server runs for it and may outlive it, "connection 12 (DO SLEEP(9), for 7 s)", and the statement
     * that ends that, "KILL 12"; NULL = there is none, or it is not known. */
    char *session, *end;
} WendWho;

/* This process. */
WendWho *wend_who_self(void);
void wend_who_free(WendWho *who);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendWho, wend_who_free)

/* "ann@web1, process 4242, since 2026-01-31T12:00:00.123Z". Caller frees. */
char *wend_who_text(const WendWho *who);

/* One line without its end: "user host pid since", with white space and `%` in the parts escaped;
 * and back (NULL for a line that is none). Caller frees. */
char *wend_who_line(const WendWho *who);
WendWho *wend_who_parse(const char *line);

/* Whether the process is known to be gone: it is on this host and there is no such pid. */
bool wend_who_gone(const WendWho *who);

#endif
