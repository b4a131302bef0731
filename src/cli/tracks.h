/* SPDX-License-Identifier: MIT
 *
 * A command that works on every track, one after the other, in the order of wend.yaml.
 */
#ifndef WEND_CLI_TRACKS_H
#define WEND_CLI_TRACKS_H

#include "cli/target.h"

typedef enum WendTracksKind {
    WEND_TRACKS_SHOW,   /* each track prints a document, or text under its own heading */
    WEND_TRACKS_GATHER, /* what the tracks have to say is printed behind them, by the command */
    WEND_TRACKS_MOVE    /* each track is changed, and prints events */
} WendTracksKind;

/* What is done with a track; 0, or the exit code after printing what went wrong. */
typedef int (*WendTrackFn)(WendTarget *target, void *data);

/* Opens each track's target in turn, as wend_target_open() does, for `one`. All folders are read, and found
 * sound, before the first target is opened. The first track that fails is the last. `single` (ended by
 * NULL; may be NULL): options of the command that are for one track only.
 * Returns that exit code; without a failure, the highest verdict (WendTarget.verdict) of all tracks. */
int wend_tracks_each(WendCli *cli, WendTracksKind kind, guint needs, const char *const *single,
                     WendTrackFn one, void *data);

#endif
