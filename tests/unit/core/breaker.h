/* SPDX-License-Identifier: MIT
 *
 * A driver that is SQLite's own until one call fails: what a disk, a network or a kill does, at a
 * moment of the test's choice.
 */
#ifndef WEND_TEST_BREAKER_H
#define WEND_TEST_BREAKER_H

#include "db/driver.h"

#define BREAKER_MESSAGE "the connection is lost"

/* The driver that breaks. */
const WendDriver *breaker_driver(void);

/* The `nth` call (from 1) of the function `name` fails with `code`; NULL = of any function; nth 0 =
 * none does. `forever`: all calls behind it fail as well, as behind a kill. */
void breaker_arm(const char *name, guint nth, WendCode code, bool forever);
/* Likewise of the functions that change something: what a kill between two of them leaves. */
void breaker_kill(guint nth);

/* Whether that call has come, and how many came since it was armed. */
bool breaker_broke(void);
guint breaker_calls(void);

#endif
