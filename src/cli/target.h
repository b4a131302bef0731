/* SPDX-License-Identifier: MIT
 *
 * What nearly every command begins with: configuration, folder and target opened, and its reports
 * shown. Shared by the commands that talk to a database.
 */
#ifndef WEND_CLI_TARGET_H
#define WEND_CLI_TARGET_H

#include "cli/output.h"
#include "core/runner.h"

typedef struct WendTarget {
    WendCli *cli;
    WendConfig *config;
    WendProject *project;
    char *shown; /* the URL as it may be shown */
    guint total, shown_steps;
    WendProgress *progress;
    char *running; /* the step under way, its place and its statements */
    guint running_index, running_statements, running_statement;
    gint64 running_since; /* g_get_monotonic_time() */
    gint64 running_rows;  /* of the batch under way; -1 = none */
    bool waited;          /* something has been waited for */
    gint64 waited_ms;     /* of the present wait, and when it was told last */
    gint64 told_ms;
    bool told_interrupt, backed_up;
    WendDirection direction;
    int verdict;   /* of a command that only looks: 0, or the exit code for what it saw */
    char **agreed; /* ids of the steps that a person said yes to; NULL = nobody was asked */
} WendTarget;

typedef enum WendNeed {
    WEND_NEED_FOLDER = 1,   /* the migrations are read, and must be sound */
    WEND_NEED_TARGET = 2,   /* connected; a target that is not there yet is an empty one */
    WEND_NEED_CREATE = 4,   /* connected; a file that is not there yet comes into being */
    WEND_NEED_DATABASE = 8, /* connected; on a server, too, the database comes into being */
    WEND_NEED_SEEDS = 32,   /* not the migrations of each track, but its seeds */
    WEND_NEED_ANY = 16      /* of several tracks, whichever: it is about all of them */
} WendNeed;

/* Opens what `needs` says, for a command on one track. Returns 0, or the exit code after printing what
 * went wrong. In both cases wend_target_close() releases what `target` holds. */
int wend_target_open(WendCli *cli, WendTarget *target, guint needs);
/* Its two halves: the folder of a track, whose configuration is taken over; and the connection. */
int wend_target_prepare(WendCli *cli, WendTarget *target, WendConfig *config, guint needs);
int wend_target_connect(WendTarget *target, guint needs);
void wend_target_close(WendTarget *target);

/* Runs a move and shows how it goes. Returns the exit code. */
int wend_target_move(WendTarget *target, WendMove *move);

/* Shows what is called in a run in that direction: ahead of its last step, or `behind` it. */
void wend_target_moments(WendTarget *target, WendDirection direction, bool behind);

/* Shows the steps of a plan, and what is called, one line each. */
void wend_target_steps(WendTarget *target, const WendPlan *plan);

/* Asks whether the plan may run: lists its steps, then the question. When a person says yes to it, `move`
 * is held to it, as long as `target` is open. True without asking with --yes. */
bool wend_target_ask(WendTarget *target, const WendPlan *plan, const char *question, WendMove *move,
                     WendError *error);

/* {"version": …, "name": …} of a step or entry. New reference. */
json_t *wend_step_json(const WendStep *step);
json_t *wend_plan_json(const WendPlan *plan);
/* The same with what is called in a run in that direction. */
json_t *wend_target_plan_json(const WendTarget *target, const WendPlan *plan,
                              WendDirection direction);

/* "2026-01-31 12:00:00" for people, from the stored form. Caller frees. */
char *wend_time_shown(const char *at);

#endif
