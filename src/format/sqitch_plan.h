/* SPDX-License-Identifier: MIT
 *
 * sqitch.plan: the changes of a project in their order, what they need, their tags, and the ids that sqitch makes
 * of all that.
 */
#ifndef WEND_FORMAT_SQITCH_PLAN_H
#define WEND_FORMAT_SQITCH_PLAN_H

#include "format/tool.h"

#define WEND_SQITCH_ID 40 /* hexadecimal digits of a SHA-1 */

typedef struct WendSqitchTag {
    char *name; /* with its "@" */
    char *id;
    char *note, *planner, *email, *date;
} WendSqitchTag;

/* One thing that a change requires, or conflicts with. */
typedef struct WendSqitchNeed {
    char *name; /* as written, without "!" */
    bool conflict;
    char *id; /* of the change that is meant; NULL = of another project, or a conflict */
} WendSqitchNeed;

typedef struct WendSqitchChange {
    char *name, *note, *planner, *email, *date;
    char *id;
    guint line;
    GPtrArray *needs; /* of WendSqitchNeed */
    GPtrArray *tags;  /* of WendSqitchTag: those that follow it */
    GPtrArray *
        reworks; /* of char *: tags between it and a later change of the same name; empty = it is the last */
} WendSqitchChange;

typedef struct WendSqitchPlan {
    char *project, *uri;                     /* uri may be NULL */
    char *user_name, *user_email;            /* of sqitch.conf; NULL = not said */
    char *deploy, *revert;                   /* folders of the scripts, relative */
    char *reworked_deploy, *reworked_revert; /* of those with a tag in their name */
    char *extension;                         /* of the scripts: "sql" */
    GPtrArray *changes;                      /* of WendSqitchChange */
    gint users;                              /* how many share it */
} WendSqitchPlan;

/* Reads sqitch.conf and the plan that holds for such a database in `folder`; what is wrong with a line is added to `problems`. NULL when there is no
 * plan that can be read. */
WendSqitchPlan *wend_sqitch_plan_read(const WendFolder *folder, WendDialect dialect,
                                      GPtrArray *problems);
WendSqitchPlan *wend_sqitch_plan_ref(WendSqitchPlan *plan);
void wend_sqitch_plan_unref(WendSqitchPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendSqitchPlan, wend_sqitch_plan_unref)

#endif
