/* SPDX-License-Identifier: MIT
 *
 * The manual pages that are built in, and how to read one without man.
 */
#ifndef WEND_CLI_MAN_TEXT_H
#define WEND_CLI_MAN_TEXT_H

typedef struct WendManPage {
    const char *name;   /* "wend-up" */
    const char *source; /* in scdoc's markup */
} WendManPage;

/* Generated from docs/man by script/embed.py; ends with a row whose name is NULL. */
extern const WendManPage wend_man_pages[];

/* The page as plain text, indented, its bold and underlined words between the escape sequences given
 * (which may be ""). Knows headings, paragraphs, lists, literal blocks, * and _ and \, which is what
 * wend's pages use. What is wider than `width` columns goes on, between two words, on a line of its own;
 * literal blocks stay as they are. Caller frees. */
char *wend_man_text(const char *source, const char *bold, const char *underline, const char *plain,
                    unsigned width);

#endif
