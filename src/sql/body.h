/* SPDX-License-Identifier: MIT
 *
 * Bodies: where a semicolon belongs to a trigger, a routine or a rule and does not end the
 * statement. One state machine over the tokens of one statement, private to src/sql.
 */
#ifndef WEND_SQL_BODY_H
#define WEND_SQL_BODY_H

#include "sql/scanner.h"

typedef struct WendBody {
    guint flags;
    guint8 state;
    guint8 outer;     /* the state to go back to when `nested` is 0 again */
    bool after_point; /* a word behind a point is a name, whatever it reads */
    gsize blocks;     /* BEGIN … END, IF … END IF and the like that stand open */
    gsize nested;     /* parentheses or CASE expressions that stand open */
    WendToken opened; /* what opened the body; length 0: nothing did */
} WendBody;

/* Ready for the first token of a statement. `flags`: WendLexFlag. */
void wend_body_init(WendBody *body, guint flags);

/* Takes the statement's next token that is no gap. True when that is the semicolon which ends the
 * statement. */
bool wend_body_step(WendBody *body, const char *text, const WendToken *token);

/* Whether the statement cannot end here, since a body is open. */
bool wend_body_is_open(const WendBody *body);

/* Whether a body is open whose end nobody here knows: one in Oracle's manner. */
bool wend_body_is_dark(const WendBody *body);

/* Whether the statement that ended is a COPY … FROM stdin, which data lines follow. */
bool wend_body_is_copy(const WendBody *body);

#endif
