/* SPDX-License-Identifier: MIT
 *
 * What a failed step leaves, in words: where the target stands now and what to do next.
 */
#include "core/run.h"

#include "format/seed.h"

#include <string.h>

/* What is told behind: "; 2 before it were applied and stay so". Caller frees. */
static char *before_it(const WendStride *stride)
{
    guint done = stride->run->done;
    if (done == 0)
        return g_strdup("");
    return g_strdup_printf("; %u before it %s %s and stay%s so", done, done == 1 ? "was" : "were",
                           stride->step->direction == WEND_UP ? "applied" : "taken back",
                           done == 1 ? "s" : "");
}

static void say_lost(const WendStride *stride, const char *label, const char *before,
                     WendError *error)
{
    const char *command = wend_project_command(stride->run->project, stride->step->direction);
    if (stride->told == NULL)
        wend_error_state(error,
                         "the connection was lost during %s: the next `wend %s` finds out how far "
                         "it came, and goes on there%s",
                         label, command, before);
    else
        wend_error_state(error,
                         "the connection was lost during %s, and a part of what it did may stay "
                         "(%s): the next `wend %s` finds out whether it came to its end, else a "
                         "person must look%s",
                         label, stride->told, command, before);
}

/* Whether what is committed made something for its session alone, without which nobody can go on. */
static bool is_gone(const WendStride *stride)
{
    bool temporary = false;
    g_autoptr(GArray) settings = wend_cut_settings(stride->cut, stride->done, &temporary);
    return temporary && stride->partly;
}

static bool say_gone(const WendStride *stride, const char *label, const char *before,
                     WendError *error)
{
    if (!is_gone(stride))
        return false;
    g_autofree char *done = wend_recovery_range(1, stride->done);
    wend_error_state(error,
                     "%s is partly done: what is committed stays, but what %s made or computed for "
                     "%s session alone is gone with it%s",
                     label, done, stride->done == 1 ? "its" : "their", before);
    wend_error_hint(error, "%s", WEND_RECOVERY_WAYS);
    return true;
}

/* The statement at fault, or its transaction, was not undone. False when it was. */
static bool say_remains(const WendStride *stride, const char *label, const char *before,
                        WendError *error)
{
    if (stride->rest)
        wend_error_state(
            error,
            "all was rolled back but for what %s, or one before it, did to tables that "
            "know no transactions (MyISAM, Aria): that stays",
            label);
    else if (stride->left != NULL)
        wend_error_state(error,
                         "statement %u of %s was cut off, and %s: the next `wend %s` sees to that, "
                         "then goes on%s",
                         stride->statement, label, stride->left,
                         wend_direction_name(stride->step->direction), before);
    else if (stride->undecided && stride->first > 0 && stride->first < stride->statement)
        wend_error_state(error,
                         "statements %u to %u of %s could not be undone whole: a part of what they "
                         "did stays%s",
                         stride->first, stride->statement, label, before);
    else if (stride->undecided && !is_gone(stride))
        wend_error_state(error, "statement %u of %s did a part of its work, which stays%s",
                         stride->statement, label, before);
    else
        return false;
    return true;
}

/* All of the step, or of its last transaction, is undone. */
static void say_undone(const WendStride *stride, const char *label, const char *before,
                       WendError *error)
{
    const WendRun *run = stride->run;
    bool up = stride->step->direction == WEND_UP;
    if (stride->partly)
        wend_error_state(error,
                         "%s is partly done: what is committed stays, and the next `wend %s` "
                         "goes on behind it%s",
                         label, wend_direction_name(stride->step->direction), before);
    else if (run->project->unfinished != NULL)
        wend_error_state(error, "%s is as half done as it was before", label);
    else if (run->move->one_transaction && stride->index > 0)
        wend_error_state(error, "%s and the %u before it in this run %s", label, stride->index,
                         up ? "were rolled back: nothing of them is left"
                            : "are still applied: the way back was rolled back");
    else if (up)
        wend_error_state(error, "%s was rolled back: nothing of it is left%s", label, before);
    else
        wend_error_state(error, "the way back was rolled back: %s is still applied%s", label,
                         before);
}

/* Behind what the hint says so far: that a person must look. */
static void hint_repair(const WendProject *project, WendError *error)
{
    g_autofree char *first = g_steal_pointer(&error->hint);
    wend_error_hint(error, "%s%slook at the database, then `wend %s` lists the ways on",
                    first != NULL ? first : "", first != NULL ? "; " : "",
                    wend_project_repair(project));
}

/* The first migration of a database that had its schema before wend came. */
static bool is_there_already(const WendStride *stride, const WendError *error)
{
    const WendRun *run = stride->run;
    return stride->step->direction == WEND_UP && run->project->applied->len == 0 &&
           run->done == 0 && error->message != NULL &&
           strstr(error->message, "already exists") != NULL &&
           strstr(error->message, "duplicate key") == NULL;
}

static void say_hint(const WendStride *stride, WendError *error)
{
    const char *file = error->file != NULL ? error->file : "the migration";
    if (stride->undecided && stride->left == NULL && error->code != WEND_CONNECT)
        hint_repair(stride->run->project, error);
    if (error->hint != NULL || error->code != WEND_FAILED)
        return;
    g_autofree char *emptying =
        stride->step->applied != NULL ? wend_seed_emptying(stride->step->script) : NULL;
    if (is_there_already(stride, error))
        wend_error_hint(error,
                        "if this database already has what the migrations make: `wend baseline "
                        "VERSION`; else correct %s and run the same command again",
                        file);
    else if (stride->own)
        wend_error_hint(error, "look what was changed in it, then run the same command again");
    else if (stride->step->owned != NULL)
        wend_error_hint(
            error,
            "this is the way back as it was recorded: put right what it met, then run the "
            "same command again; or take the rest back by hand, then `wend mark "
            "--pending %s`",
            stride->step->version);
    else if (emptying != NULL)
        wend_error_hint(error,
                        "correct %s, or, where the rows of its first run are in the way, %s; then "
                        "run the same command again",
                        file, emptying);
    else
        wend_error_hint(error, "correct %s, then run the same command again", file);
}

void wend_run_describe(const WendStride *stride, WendError *error)
{
    g_autofree char *label = wend_step_label(stride->step), *before = before_it(stride);
    if (error->file == NULL && error->code == WEND_FAILED && !stride->own)
        wend_error_place(error, stride->step->script->file, 0, 0);
    if (error->code == WEND_CONNECT)
        say_lost(stride, label, before, error);
    else if (!say_remains(stride, label, before, error) && !say_gone(stride, label, before, error))
        say_undone(stride, label, before, error);
    say_hint(stride, error);
}
