/* SPDX-License-Identifier: MIT
 *
 * For the contract's tests of whole runs: a folder of migrations beside the bench's database, and
 * what `wend` would do with it. Each command opens the target anew, as each run of the program
 * does.
 */
#ifndef WEND_TEST_FLOW_H
#define WEND_TEST_FLOW_H

#include "contract.h"

#include "core/settle.h"

typedef struct Flow {
    Bench *bench;
    char *folder;
    WendConfig *config;
    WendMoved moved;
    GString *log;  /* what the last move reported: "plan 2, begin 1, done 1, " */
    char *warning; /* the last one */

    /* When the report of this kind comes for this version, the flow counts an interrupt, or, in a
     * child, says that it is ready and waits. */
    WendReportKind stop_kind;
    const char *stop_version;
    bool stop_waits;
} Flow;

Flow *flow_new(Bench *bench);
void flow_free(Flow *flow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Flow, flow_free)

void flow_file(Flow *flow, const char *name, const char *text);
void flow_remove(Flow *flow, const char *name);

/* A project that is scanned and connected; the caller frees it. NULL on failure. */
WendProject *flow_project(Flow *flow, WendError *error);

bool flow_move(Flow *flow, WendMove move, WendError *error);
bool flow_up(Flow *flow, WendError *error);
bool flow_down(Flow *flow, gint64 count, WendError *error);
bool flow_mark(Flow *flow, const char *version, bool pending, WendError *error);
bool flow_baseline(Flow *flow, const char *version, WendError *error);
/* `text`, unless NULL: what was said of it; caller frees. */
bool flow_repair(Flow *flow, WendRepair repair, char **text, WendError *error);

/* Where each migration stands: "1 applied, 2 pending". */
char *flow_states(Flow *flow);
#define assert_states(flow, expected)                                                              \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *states_ = flow_states(flow);                                              \
        g_assert_cmpstr(states_, ==, expected);                                                    \
    }                                                                                              \
    G_STMT_END

/* The journal, oldest first, of one id: "up begin, up done 2, up applied". */
char *flow_journal(Flow *flow, const char *id);
#define assert_journal(flow, id, expected)                                                         \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *journal_ = flow_journal(flow, id);                                        \
        g_assert_cmpstr(journal_, ==, expected);                                                   \
    }                                                                                              \
    G_STMT_END

/* The ids in "items", by number: "1\n2\n". */
#define assert_ids(flow, expected)                                                                 \
    assert_looks((flow)->bench->connection, "SELECT id FROM items ORDER BY id", expected)

/* "items", and the files 1 to `count`, of which each inserts a row of its number and can take it
 * back: "1_one.up.sql" … */
void flow_inserts(Flow *flow, guint count);

#endif
