/* SPDX-License-Identifier: MIT
 *
 * A project: a configuration, its folder of migrations, and its target. Reads all three; changes
 * none of them.
 */
#ifndef WEND_CORE_PROJECT_H
#define WEND_CORE_PROJECT_H

#include "core/config.h"
#include "core/plan.h"
#include "core/recovery.h"

typedef struct WendProject {
    const WendConfig *config; /* borrowed */
    const WendDriver *driver;
    const WendFormat *format;   /* of the folder */
    const WendHistory *history; /* the format's, or wend's own over that folder */
    GPtrArray *formats;         /* of WendFormat: those the folder may be in, best first */
    guint tied;                 /* how many of the first fit equally well */
    /* The tables' names: as configured until the target was read, then as it has them. */
    char *table; /* the history's */
    char *
        own_table; /* wend's own history's, whether it is there or not; NULL until the target was read */
    char *journal_table, *scripts_table;
    GPtrArray *migrations;      /* of WendMigration, by position */
    GPtrArray *callbacks;       /* of WendCallback, by name */
    GPtrArray *problems;        /* of WendProblem: what the scan found */
    WendConnection *connection; /* NULL until connected */
    WendWatch watch;

    /* What the target says, since the last wend_project_read(). */
    bool has_history, has_journal, has_scripts;
    bool has_own;               /* own_table is there, or another track's */
    GPtrArray *applied;         /* of WendApplied */
    GPtrArray *tail;            /* of WendJournalRow */
    WendUnfinished *unfinished; /* NULL = nothing is half done */
    GPtrArray *rows;            /* of WendJournalRow: the last of each id, when asked for */
    GHashTable *alike;          /* ids whose changed text runs alike */

    GHashTable *values; /* own_values.h: what holds for all scripts; NULL = nothing asked yet */
    char *
        track; /* as the journal has it: that of seeds has a colon in its name, which no other can have */
    char *run; /* this run's name */
    char *who;
    char *user; /* the part of it that other tools' tables take */
    GPtrArray
        *tool_release;   /* of WendQuery: what gives the other tool's lock back; NULL = not held */
    WendJournal journal; /* borrows from the above */
} WendProject;

/* Finds driver and format; reads nothing yet. WEND_USAGE. `config` must outlive the project. */
WendProject *wend_project_new(const WendConfig *config, WendError *error);
void wend_project_free(WendProject *project);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendProject, wend_project_free)

/* Reads the folder, in the format that fits it best; where several do, the target's tables decide later
 * (wend_project_find). What is wrong with it is in project->problems; false (WEND_USAGE, the first of
 * them) only when the folder cannot be read. */
bool wend_project_scan(WendProject *project, WendError *error);
/* An error that stands for the problems that stop; true when there are none. */
bool wend_project_sound(const WendProject *project, WendError *error);

/* Opens the target. `create`: what may come into being. `handle`: the host's own connection or NULL. */
bool wend_project_connect(WendProject *project, WendCreate create, const WendWatch *watch,
                          void *handle, WendError *error);

/* Looks for wend's tables, and for the histories of all formats that the folder may be in: has_…, their
 * names, and which history it is. A folder that was read in another format is read again. WEND_USAGE
 * when several histories are there, WEND_DISAGREE when a table of the right name has other columns. */
bool wend_project_find(WendProject *project, WendError *error);

/* Reads history and journal (and with `last`, the newest row of each id). A table that is not there
 * is an empty one. */
bool wend_project_read(WendProject *project, bool last, WendError *error);

/* The history as its functions want it. Borrows from the project. */
WendBook wend_project_book(const WendProject *project);

/* The table of the history of the project's format, whichever it works with, as it is there. `found` is cleared by
 * the caller, whatever is returned. WEND_DISAGREE for a view, or a table of other columns. */
bool wend_project_tool_table(const WendProject *project, WendOwnTable *found, WendError *error);
/* Reads the history of the project's format, whichever it works with: its table's name (caller frees), whether
 * it is there, and its rows, appended to `applied`. WEND_DISAGREE for a table of other columns. */
bool wend_project_tool_history(WendProject *project, char **table, bool *exists, GPtrArray *applied,
                               WendError *error);

/* Reads the newest journal row of each id into project->rows. */
bool wend_project_read_last(WendProject *project, WendError *error);

/* Where each migration stands: wend_state_make() over what was read, after comparing changed files
 * with the stored text. Caller unrefs the array. NULL on failure. */
GArray *wend_project_entries(WendProject *project, WendError *error);

/* How a changed file differs from what was applied: "line 3: …" text for a message. NULL when the
 * text was not stored. Caller frees. */
char *wend_project_difference(WendProject *project, const WendEntry *entry);

/* What to call to go on in that direction: "up", "down", "seed run"; and to settle what is half done: "repair",
 * "repair --seeds". Static. */
const char *wend_project_command(const WendProject *project, WendDirection direction);
const char *wend_project_repair(const WendProject *project);

/* "2 of 3 migrations are done", or seeds. Caller frees. */
char *wend_project_done(const WendProject *project, guint done, guint total);

/* "002_name" of an id that the folder or the history has; else the id. Caller frees. */
char *wend_project_label(const WendProject *project, const char *id);

/* Adds to `lost` (of WendMigration, borrowed) those of which the journal says that they are applied, while
 * the history has no row of them. Reads the newest journal rows. */
bool wend_project_lost(WendProject *project, GPtrArray *lost, WendError *error);

/* Fills in what is to be said of them: WEND_DISAGREE. Returns false. */
bool wend_project_fail_lost(const WendProject *project, const GPtrArray *lost, WendError *error);

/* False with WEND_DISAGREE where the history has migrations, and the journal knows this track by another name
 * only: what is half done and the ways back are under that one. The newest journal rows have been read. */
bool wend_project_check_track(WendProject *project, WendError *error);

/* Whether journal and history agree on what `plan` would apply, and on the way back on everything: false with
 * WEND_DISAGREE when one is lost. */
bool wend_project_books(WendProject *project, const WendPlan *plan, WendDirection direction,
                        WendError *error);

/* False with WEND_REFUSED when a versioned migration of wend's own format that goes up has no statement: it is
 * easily a template that nobody has filled in yet. The plan is loaded. may_force: the hint names --force. */
bool wend_project_check_empty(const WendProject *project, const WendPlan *plan, bool may_force,
                              WendError *error);

/* WEND_REFUSED where there are no migrations, and no history that would show what they were, but a journal that says
 * so: the folder of a tool came up empty. may_force: as in WendRequest. */
bool wend_project_check_folder(WendProject *project, bool may_force, WendError *error);

/* The same for the text of one, whatever it is; `label` names it in the error. */
bool wend_script_check_empty(const WendScript *script, const char *label, guint lex_flags,
                             WendError *error);

/* The ids that the last run applied and that still are. Caller unrefs. NULL on failure. */
GHashTable *wend_project_batch(WendProject *project, WendError *error);

/* Reads the scripts of a plan's steps, from files or store. WEND_REFUSED naming all that have no way
 * back; WEND_USAGE when what load() found wrong stops. */
bool wend_project_load(WendProject *project, WendPlan *plan, WendError *error);

#endif
