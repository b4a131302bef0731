/* SPDX-License-Identifier: MIT
 *
 * The heartbeat of a lease: a thread with a connection of its own. Private to this folder.
 */
#ifndef WEND_DB_MYSQL_BEAT_H
#define WEND_DB_MYSQL_BEAT_H

#include "db/mysql/mysql.h"

typedef struct Beat Beat;

/* Runs `sql`, an UPDATE that must change one row, every few seconds until it is told to end. `url` must
 * outlive it. */
Beat *wend_mysql_beat_start(const MysqlUrl *url, const char *sql);
/* Whether it once changed no row: the lease is somebody else's. */
bool wend_mysql_beat_lost(Beat *beat);
/* Ends it, also in the middle of a statement. */
void wend_mysql_beat_end(Beat *beat);

#endif
