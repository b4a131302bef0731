/* SPDX-License-Identifier: MIT
 *
 * The one way to print. Results go to standard output; progress, notes, warnings, questions and errors
 * go to standard error. With --json what stands on standard output is JSON and nothing else.
 */
#ifndef WEND_CLI_OUTPUT_H
#define WEND_CLI_OUTPUT_H

#include "base/text.h"
#include "cli/cli.h"
#include "core/log.h"
#include "format/migration.h"

#include <jansson.h>

typedef enum WendPaint {
    WEND_PAINT_PLAIN, /* as an escape sequence: back to normal */
    WEND_PAINT_BOLD,
    WEND_PAINT_DIM,
    WEND_PAINT_GOOD,    /* green */
    WEND_PAINT_WARNING, /* yellow */
    WEND_PAINT_BAD,     /* red */
    WEND_PAINT_NOTE     /* cyan */
} WendPaint;

/* Makes cli->output. Colour is decided by wend_out_color(), off until then. */
void wend_out_open(WendCli *cli);
/* Decides about colour from globals.color, NO_COLOR, TERM and whether each stream is a terminal. */
void wend_out_color(WendCli *cli);
/* Writes what is left and releases cli->output. Returns `code`, or WEND_FAILED, with a message, when it
 * was 0 and something could not be written to standard output (WEND_INTERRUPTED when a signal ended
 * the wait for its reader). */
int wend_out_close(WendCli *cli, int code);

/* Remembers what the command has done, for when its output cannot be written. Further ones are added. */
void wend_out_state(WendCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Results. A line gets its newline; text is written as it is. */
void wend_out_line(WendCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void wend_out_text(WendCli *cli, const char *text);
/* Writes out what is buffered; needed only before waiting for something. */
void wend_out_flush(WendCli *cli);
/* The escape sequence on standard output, or "". Static. */
const char *wend_out_paint(const WendCli *cli, WendPaint paint);
/* Whether standard output / standard error / standard error and standard input are a terminal. */
bool wend_out_is_terminal(const WendCli *cli);
bool wend_out_error_is_terminal(const WendCli *cli);
bool wend_out_can_ask(const WendCli *cli);
/* The columns of the terminal on `fd`; 80 when it is none or does not say. */
guint wend_out_width(int fd);

/* To standard error, one line each. A note is left out with --quiet, a detail shown with --verbose. */
void wend_out_note(WendCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void wend_out_detail(WendCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void wend_out_warning(WendCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* --log-format. With another one than text, what goes to standard error are lines of a log. */
WendLogFormat wend_out_log_format(const WendCli *cli);
/* Prints what a run tells as one such line; its track is filled in. What is for --verbose, and what --quiet leaves
 * out, its level says. */
void wend_out_notice(WendCli *cli, const WendNotice *notice);

/* Prints an error with its place, source line, state and hint; with --json as {"error": {…}} on
 * standard output. Returns its code: `return wend_out_error(cli, &error);`. */
int wend_out_error(WendCli *cli, const WendError *error);
/* The same as an object (without the "error" around it), for a command's own document. New reference. */
json_t *wend_error_json(const WendError *error);

/* Prints all that is wrong with a folder (an array of WendProblem) on standard error; with --json, when
 * one of them stops, as {"error": {…, "problems": […]}} on standard output. Returns WEND_USAGE when one
 * of them stops, else 0. */
int wend_out_problems(WendCli *cli, const GPtrArray *problems);
json_t *wend_problems_json(const GPtrArray *problems);

/* Prints one document, taking over the reference: indented on a terminal, one line on a pipe. NULL (a
 * text in it was not UTF-8) is an error that wend_out_close() reports. */
void wend_out_json(WendCli *cli, json_t *document);
/* Several tracks, one after the other. The one at work (borrowed; NULL = none is any more) is named from now
 * on: in front of notes, warnings and questions, in events, documents and errors. `done` and `not_run` (lists
 * of names, taken over; NULL where nothing is changed) are what an error says of the others. */
void wend_out_track(WendCli *cli, const char *track, json_t *done, json_t *not_run);
/* "app: TEXT" while track "app" of several is at work, else TEXT. Caller frees. */
char *wend_out_named(const WendCli *cli, const char *text);
/* From now on a command that a message names is that of the track (NULL = of none): "`wend mark --track app 3`". */
void wend_out_say_track(WendCli *cli, const char *track);
/* The text with its commands so. Caller frees; NULL for NULL. */
char *wend_out_commands(const WendCli *cli, const char *text);
/* From the first on, documents are kept for the second, which prints them as {"tracks": [...]}. An error
 * takes their place. */
void wend_out_documents_begin(WendCli *cli);
void wend_out_documents_end(WendCli *cli);

/* Prints one event as one line and writes it out at once, taking over the reference. From the first
 * one on, an error is an event too. */
void wend_out_event(WendCli *cli, json_t *event);

/* A table: cells are added row by row. Columns are as wide as their widest cell. Headings (one per
 * column, borrowed) may be NULL: none are printed. */
typedef struct WendTable WendTable;
WendTable *wend_table_new(guint columns, const char *const *headings);
void wend_table_free(WendTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendTable, wend_table_free)
void wend_table_align_right(WendTable *table, guint column);
/* `text` is copied; NULL is an empty cell. */
void wend_table_cell(WendTable *table, WendPaint paint, const char *text);
/* A line of its own, indented, under the row that was filled last. `text` is copied. */
void wend_table_below(WendTable *table, const char *text);
/* Prints the rows that are full. */
void wend_out_table(WendCli *cli, const WendTable *table);

/* A progress bar on a terminal's standard error: shown after half a second, drawn at most 20 times per
 * second, wiped away by anything that is printed and at the end. Nothing on a pipe, with --quiet or
 * --json. One at a time. `total` 0 = not known. */
typedef struct WendProgress WendProgress;
WendProgress *wend_progress_new(WendCli *cli, guint64 total);
/* `what` names what is being done now; may be NULL. Writes out what standard output has not got. */
void wend_progress_update(WendProgress *progress, guint64 done, const char *what);
void wend_progress_free(WendProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendProgress, wend_progress_free)

/* Asks `question` ("Take back 3 migrations?"; " [y/N] " is added) on the terminal. True for yes, or
 * without asking with --yes. False: WEND_REFUSED (WEND_INTERRUPTED after Ctrl-C) in `error`, because
 * the answer was another one or because there is no terminal to ask. */
bool wend_out_confirm(WendCli *cli, WendError *error, const char *question, ...)
    G_GNUC_PRINTF(3, 4);
/* Asks for one line of text. NULL, with WEND_USAGE or WEND_INTERRUPTED in `error`, when there is no
 * terminal or the input ends. Caller frees. */
char *wend_out_prompt(WendCli *cli, const char *question, WendError *error);

/* Columns that `length` bytes (-1 = up to the NUL) take on a terminal. */
guint wend_text_width(const char *text, gssize length);

#endif
