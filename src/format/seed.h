/* SPDX-License-Identifier: MIT
 *
 * Seeds: a folder of data that is kept apart from the migrations, read as what a track is made of. It is no
 * row of the table of formats: nobody's migrations are in it.
 */
#ifndef WEND_FORMAT_SEED_H
#define WEND_FORMAT_SEED_H

#include "format/format.h"

/* NAME.sql, NAME.csv, or both of one seed; those in a folder ENV/ are for that environment alone (WendFolder.env).
 * In the order of their names, those for all environments first, but each behind what it depends on. */
extern const WendFormat wend_format_seed;

/* The table that a CSV file of that name goes into: without its extension, and without a number in front that
 * only orders it ("01_users.csv": users). Caller frees. */
char *wend_seed_table(const char *name);

/* A CSV file without a script that runs a second time meets its own rows: what to do so that it does not, in
 * words. NULL for every other seed. Caller frees. */
char *wend_seed_emptying(const WendScript *script);

#endif
