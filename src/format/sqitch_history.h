/* SPDX-License-Identifier: MIT
 *
 * sqitch's registry: projects, changes, dependencies, tags and events.
 */
#ifndef WEND_FORMAT_SQITCH_HISTORY_H
#define WEND_FORMAT_SQITCH_HISTORY_H

#include "format/sqitch_plan.h"

/* WendToolFile.more of a change. */
typedef struct WendSqitchFile {
    WendSqitchPlan *plan;
    const WendSqitchChange *change; /* of the plan */
} WendSqitchFile;

extern const WendHistory wend_sqitch_history;

#endif
