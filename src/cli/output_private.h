/* SPDX-License-Identifier: MIT
 *
 * What the files behind output.h share: the two streams and how to write to them.
 */
#ifndef WEND_CLI_OUTPUT_PRIVATE_H
#define WEND_CLI_OUTPUT_PRIVATE_H

#include "cli/output.h"

struct WendOutput {
    GString *buffer;  /* what standard output has not got yet */
    int write_errno;  /* of the first write to it that failed; 0 = none */
    bool terminal[3]; /* by descriptor */
    bool paint[3];
    bool events;            /* an event has been printed */
    GString *state;         /* what wend_out_state() said */
    const char *track;      /* wend_out_track(): NULL = there is one only */
    char *said;             /* wend_out_say_track(): NULL = there is one only */
    json_t *done, *not_run; /* the other tracks' names; NULL = it changes nothing */
    json_t *documents;      /* of the tracks so far; NULL = each is printed */
    WendProgress *progress; /* the bar that is there; NULL = none */
};

/* The escape sequence for `fd`, or "". */
const char *wend_output_paint(const WendCli *cli, int fd, WendPaint paint);

/* Writes to standard error, behind all that standard output has. */
void wend_output_error_text(WendCli *cli, const char *text);

/* Writes a line of the log, which is taken over. */
void wend_output_log(WendCli *cli, char *line);

/* One line to standard error: "LABEL: MESSAGE", the label painted; NULL = no label. Never left out. */
void wend_out_message(WendCli *cli, WendPaint paint, const char *label, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Prints one document, whatever is kept of those of several tracks. Takes over the reference. */
void wend_output_json(WendCli *cli, json_t *document);

/* Takes the bar off the screen; it comes back with its next update. */
void wend_progress_wipe(WendProgress *progress);

#endif
