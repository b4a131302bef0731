/* SPDX-License-Identifier: MIT
 *
 * The state machine behind body.h: a table of words, which says what class a token is in each
 * dialect, and a table of states, which says what a class does in each state. The few lines of code
 * between them count blocks. Nothing here looks ahead or back, so a step costs the same everywhere.
 */
#include "sql/body.h"

#include <stdlib.h>
#include <string.h>

/* Classes of tokens. ANY is also the column that stands for all those a state does not name. */
enum {
    ANY,
    SEMI,     /* ; */
    OPEN,     /* ( */
    CLOSE,    /* ) */
    COLON,    /* : behind a label */
    EXPLAIN,  /* EXPLAIN */
    CREATE,   /* CREATE; in MySQL ALTER too */
    MODIFY,   /* what may stand between CREATE and the kind of object */
    DEFINER,  /* DEFINER */
    VIEW,     /* VIEW */
    TRIGGER,  /* TRIGGER */
    ROUTINE,  /* MySQL: FUNCTION, PROCEDURE, TRIGGER */
    FUNCTION, /* PostgreSQL: FUNCTION, PROCEDURE */
    EVENT,    /* EVENT */
    RULE,     /* RULE */
    BEGIN,    /* BEGIN */
    NOT,      /* NOT */
    ATOMIC,   /* ATOMIC */
    END,      /* END */
    IF,       /* IF */
    CASE,     /* CASE */
    LOOP,     /* LOOP, REPEAT: statements follow at once */
    WHILE,    /* WHILE: statements follow its DO */
    FOR,      /* FOR: likewise */
    EACH,     /* EACH */
    DO,       /* DO */
    THEN,     /* THEN */
    ELSE,     /* ELSE */
    WHEN,     /* WHEN, ELSEIF: a condition follows */
    UNTIL,    /* UNTIL */
    DECLARE,  /* DECLARE */
    HANDLER,  /* HANDLER */
    VERB,     /* what begins a statement that may hold IF, CASE or REPEAT elsewhere */
    NAMES,    /* a word whose next token is a name, a type or an event, whatever it reads */
    COPY,     /* COPY */
    RETURN,   /* RETURN: a verb, or before a type in Oracle's manner */
    AS,       /* AS, IS */
    PACKAGE,  /* PACKAGE */
    FROM,     /* FROM */
    STDIN,    /* STDIN */
    CLASSES
};

/* What each word is, by the kinds of bodies that a dialect has. 0 = no word of that dialect.
 * Sorted: it is searched by halving. */
static const struct {
    char word[12];
    guint8 trigger, atomic, compound, psql;
} words[] = {
    /* word        SQLite    PostgreSQL  MySQL   psql */
    {"after", 0, 0, NAMES, 0},
    {"aggregate", 0, 0, MODIFY, 0},
    {"alter", 0, 0, CREATE, 0}, /* ALTER EVENT … DO has a body too */
    {"as", 0, 0, AS, 0},
    {"atomic", 0, ATOMIC, ATOMIC, 0},
    {"before", 0, 0, NAMES, 0},
    {"begin", BEGIN, BEGIN, BEGIN, 0},
    {"case", 0, 0, CASE, 0},
    {"char", 0, 0, NAMES, 0},
    {"character", 0, 0, NAMES, 0},
    {"copy", 0, 0, 0, COPY},
    {"create", CREATE, CREATE, CREATE, 0},
    {"declare", 0, 0, DECLARE, 0},
    {"definer", 0, 0, DEFINER, 0},
    {"delete", 0, 0, VERB, 0},
    {"do", 0, 0, DO, 0},
    {"drop", 0, 0, VERB, 0},
    {"each", 0, 0, EACH, 0},
    {"else", 0, 0, ELSE, 0},
    {"elseif", 0, 0, WHEN, 0},
    {"end", END, END, END, 0},
    {"event", 0, 0, EVENT, 0},
    {"explain", EXPLAIN, 0, 0, 0},
    {"follows", 0, 0, NAMES, 0},
    {"for", 0, 0, FOR, 0},
    {"from", 0, 0, 0, FROM},
    {"function", 0, FUNCTION, ROUTINE, 0},
    {"handler", 0, 0, HANDLER, 0},
    {"if", 0, 0, IF, 0},
    {"is", 0, 0, AS, 0},
    {"loop", 0, 0, LOOP, 0},
    {"not", 0, 0, NOT, 0},
    {"on", 0, 0, NAMES, 0},
    {"or", 0, MODIFY, MODIFY, 0},
    {"package", 0, 0, PACKAGE, 0},
    {"precedes", 0, 0, NAMES, 0},
    {"procedure", 0, FUNCTION, ROUTINE, 0},
    {"repeat", 0, 0, LOOP, 0},
    {"replace", 0, MODIFY, MODIFY, 0},
    {"return", 0, 0, RETURN, 0},
    {"returns", 0, 0, NAMES, 0},
    {"rule", 0, RULE, 0, 0},
    {"select", 0, 0, VERB, 0},
    {"set", 0, 0, VERB, 0},
    {"stdin", 0, 0, 0, STDIN},
    {"temp", MODIFY, 0, 0, 0},
    {"temporary", MODIFY, 0, 0, 0},
    {"then", 0, 0, THEN, 0},
    {"trigger", TRIGGER, 0, ROUTINE, 0},
    {"until", 0, 0, UNTIL, 0},
    {"update", 0, 0, VERB, 0},
    {"view", 0, 0, VIEW, 0},
    {"when", 0, 0, WHEN, 0},
    {"while", 0, 0, WHILE, 0},
};

/* States. Those before PLAIN look for a kind of statement, those behind it follow its body. */
enum {
    START,        /* nothing read yet */
    LABEL,        /* one word read: a label, when a colon follows */
    EXPLAINED,    /* behind EXPLAIN */
    CREATING,     /* behind CREATE and what modifies it */
    DEFINER_IS,   /* behind DEFINER: the = */
    DEFINER_WHO,  /* the user */
    DEFINED,      /* behind the user, before the kind of object */
    BEGUN,        /* behind a BEGIN: a transaction's, or the first of BEGIN NOT ATOMIC */
    BEGUN_NOT,    /* behind BEGIN NOT */
    COPYING,      /* behind COPY, before FROM */
    COPY_FROM,    /* behind FROM */
    COPY_STDIN,   /* behind FROM stdin: data lines will follow the statement */
    PLAIN,        /* nothing but a semicolon matters */
    TRIGGER_HEAD, /* SQLite: a trigger before its BEGIN; it ends as for SQLite's own shell: */
    TRIGGER_TEXT, /* behind the BEGIN */
    TRIGGER_SEMI, /* a semicolon in it */
    TRIGGER_END,  /* END behind that semicolon */
    SQL_ROUTINE,  /* PostgreSQL: a function's head, before BEGIN ATOMIC */
    SQL_BEGIN,    /* its BEGIN */
    SQL_FRESH,    /* its body, where a statement may begin */
    SQL_TEXT,     /* inside a statement of its body */
    RULE_TEXT,    /* CREATE RULE … DO ( …; … ) */
    RULE_PARENS,  /* its parentheses, where a semicolon ends nothing */
    NAMING,       /* MySQL: behind PROCEDURE, FUNCTION or TRIGGER: IF NOT EXISTS and the name */
    NAMING_IF,    /* behind that IF */
    HEAD,         /* a routine's head, up to the first word of its body */
    HEAD_NAME,    /* behind a word that takes a name */
    HEAD_FOR,     /* behind FOR: EACH ROW, or a loop */
    RETURNING,    /* behind RETURN: the body's one statement, or Oracle's head of a function */
    ORACLE,       /* a body in Oracle's manner, of which nothing is known but that it is one */
    EVENT_HEAD,   /* an event's head, up to DO */
    EVENT_DO,     /* the body's first word */
    EVENT_LABEL,  /* one word of it read */
    FRESH,        /* inside a block, where a statement may begin */
    FRESH_LABEL,  /* one word of that statement read */
    CONDITION,    /* behind IF, WHILE, FOR, WHEN, ELSEIF: up to THEN or DO */
    UNTIL_TEXT,   /* behind UNTIL: up to END */
    DECLARING,    /* behind DECLARE */
    HANDLING,     /* behind DECLARE … HANDLER: up to the statement that handles */
    ENDED,        /* behind END: the kind of block or the label */
    INSIDE,       /* inside a statement of the body, where only a semicolon matters */
    PARENS,       /* parentheses of a head */
    CASES,        /* a CASE expression of a condition: its THEN, ELSE and END are its own */
    STATES
};

enum {
    UNSET, /* the cell is not in the table: that of ANY holds */
    GO,    /* to the next state, nothing else */
    STOP,  /* the statement ends here: so does a semicolon that a state does not name */
    MARK,  /* the body, if one follows, was opened by this token */
    PUSH,  /* one more block stands open */
    POP,   /* one less; with the last the body is at its end */
    DEEP,  /* one more parenthesis or CASE; the first remembers where to go back to */
    RISE,  /* one less; with the last go back */
    DROP   /* all of them were none: the text is not right there */
};

typedef struct Cell {
    guint8 action, next;
} Cell;

/* What opens a block in every state where a statement of a MySQL body may begin. BEGIN and FOR do
 * not mean the same in all of them. */
#define BLOCKS                                                                                     \
    [IF] = {PUSH, CONDITION}, [CASE] = {PUSH, CONDITION}, [WHILE] = {PUSH, CONDITION},             \
    [LOOP] = {PUSH, FRESH}

static const Cell table[STATES][CLASSES] = {
    [START] = {[ANY] = {GO, LABEL},
               [EXPLAIN] = {GO, EXPLAINED},
               [CREATE] = {GO, CREATING},
               [COPY] = {GO, COPYING},
               [BEGIN] = {MARK, BEGUN},
               /* MariaDB runs these outside of routines too. */
               [FOR] = {PUSH, CONDITION},
               BLOCKS},
    [LABEL] = {[ANY] = {GO, PLAIN}, [COLON] = {GO, START}},
    [EXPLAINED] = {[ANY] = {GO, EXPLAINED},
                   [CREATE] = {GO, CREATING},
                   [EXPLAIN] = {GO, PLAIN},
                   [MODIFY] = {GO, PLAIN},
                   [TRIGGER] = {GO, PLAIN},
                   [END] = {GO, PLAIN}},
    [CREATING] = {[ANY] = {GO, PLAIN},
                  [MODIFY] = {GO, CREATING},
                  [TRIGGER] = {GO, TRIGGER_HEAD},
                  [FUNCTION] = {GO, SQL_ROUTINE},
                  [RULE] = {GO, RULE_TEXT},
                  [DEFINER] = {GO, DEFINER_IS},
                  [ROUTINE] = {GO, NAMING},
                  [PACKAGE] = {GO, ORACLE},
                  [EVENT] = {GO, EVENT_HEAD}},
    [DEFINER_IS] = {[ANY] = {GO, DEFINER_WHO}},
    [DEFINER_WHO] = {[ANY] = {GO, DEFINED}},
    [DEFINED] = {[ANY] = {GO, DEFINED},
                 [VIEW] = {GO, PLAIN},
                 [ROUTINE] = {GO, NAMING},
                 [PACKAGE] = {GO, ORACLE},
                 [EVENT] = {GO, EVENT_HEAD}},
    /* BEGIN; BEGIN WORK; BEGIN ISOLATION LEVEL …; are statements on their own. */
    [BEGUN] = {[ANY] = {GO, PLAIN}, [NOT] = {GO, BEGUN_NOT}},
    [BEGUN_NOT] = {[ANY] = {GO, PLAIN}, [ATOMIC] = {PUSH, FRESH}},

    [COPYING] = {[ANY] = {GO, COPYING}, [OPEN] = {DEEP, PARENS}, [FROM] = {GO, COPY_FROM}},
    [COPY_FROM] = {[ANY] = {GO, PLAIN}, [STDIN] = {GO, COPY_STDIN}},
    [COPY_STDIN] = {[ANY] = {GO, COPY_STDIN}},

    [PLAIN] = {[ANY] = {GO, PLAIN}},

    /* At ; END ; that is. CASE … END never stands directly behind a semicolon: no counting. */
    [TRIGGER_HEAD] =
        {[ANY] = {GO, TRIGGER_HEAD}, [SEMI] = {GO, TRIGGER_SEMI}, [BEGIN] = {MARK, TRIGGER_TEXT}},
    [TRIGGER_TEXT] = {[ANY] = {GO, TRIGGER_TEXT}, [SEMI] = {GO, TRIGGER_SEMI}},
    [TRIGGER_SEMI] =
        {[ANY] = {GO, TRIGGER_TEXT}, [SEMI] = {GO, TRIGGER_SEMI}, [END] = {GO, TRIGGER_END}},
    [TRIGGER_END] = {[ANY] = {GO, TRIGGER_TEXT}},

    [SQL_ROUTINE] = {[ANY] = {GO, SQL_ROUTINE}, [BEGIN] = {MARK, SQL_BEGIN}},
    [SQL_BEGIN] =
        {[ANY] = {GO, SQL_ROUTINE}, [BEGIN] = {MARK, SQL_BEGIN}, [ATOMIC] = {PUSH, SQL_FRESH}},
    [SQL_FRESH] = {[ANY] = {GO, SQL_TEXT}, [SEMI] = {GO, SQL_FRESH}, [END] = {POP, PLAIN}},
    [SQL_TEXT] = {[ANY] = {GO, SQL_TEXT}, [SEMI] = {GO, SQL_FRESH}},
    [RULE_TEXT] = {[ANY] = {GO, RULE_TEXT}, [OPEN] = {DEEP, RULE_PARENS}},
    [RULE_PARENS] = {[ANY] = {GO, RULE_PARENS},
                     [SEMI] = {GO, RULE_PARENS},
                     [OPEN] = {DEEP, RULE_PARENS},
                     [CLOSE] = {RISE, RULE_TEXT}},

    [NAMING] = {[ANY] = {GO, HEAD}, [IF] = {GO, NAMING_IF}},
    [NAMING_IF] = {[ANY] = {GO, NAMING}, [NOT] = {GO, NAMING_IF}},
    /* A body of one statement begins with a verb, one of several with the opener of a block. */
    [HEAD] = {[ANY] = {GO, HEAD},
              [OPEN] = {DEEP, PARENS},
              [NAMES] = {GO, HEAD_NAME},
              [MODIFY] = {GO, HEAD_NAME},
              [VERB] = {GO, PLAIN},
              [RETURN] = {GO, RETURNING},
              [AS] = {GO, ORACLE},
              [CREATE] = {GO, PLAIN},
              [DO] = {GO, PLAIN},
              [BEGIN] = {PUSH, FRESH},
              [FOR] = {GO, HEAD_FOR},
              BLOCKS},
    [HEAD_NAME] = {[ANY] = {GO, HEAD}},
    [HEAD_FOR] = {[ANY] = {PUSH, CONDITION}, [EACH] = {GO, HEAD_NAME}},
    [RETURNING] = {[ANY] = {GO, RETURNING}, [OPEN] = {DEEP, PARENS}, [AS] = {GO, ORACLE}},
    [ORACLE] = {[ANY] = {GO, ORACLE}},
    [EVENT_HEAD] = {[ANY] = {GO, EVENT_HEAD}, [DO] = {GO, EVENT_DO}},
    [EVENT_DO] =
        {[ANY] = {GO, EVENT_LABEL}, [BEGIN] = {PUSH, FRESH}, [FOR] = {PUSH, CONDITION}, BLOCKS},
    [EVENT_LABEL] = {[ANY] = {GO, PLAIN}, [COLON] = {GO, EVENT_DO}},

    /* END closes a block only where a statement may begin: elsewhere it belongs to a CASE
     * expression or is a column. NOT and ATOMIC are those of BEGIN NOT ATOMIC. */
    [FRESH] = {[ANY] = {GO, FRESH_LABEL},
               [SEMI] = {GO, FRESH},
               [NOT] = {GO, FRESH},
               [ATOMIC] = {GO, FRESH},
               [BEGIN] = {PUSH, FRESH},
               [FOR] = {PUSH, CONDITION},
               BLOCKS,
               [ELSE] = {GO, FRESH},
               [WHEN] = {GO, CONDITION},
               [UNTIL] = {GO, UNTIL_TEXT},
               [DECLARE] = {GO, DECLARING},
               [END] = {POP, ENDED}},
    [FRESH_LABEL] = {[ANY] = {GO, INSIDE}, [SEMI] = {GO, FRESH}, [COLON] = {GO, FRESH}},
    [CONDITION] = {[ANY] = {GO, CONDITION},
                   [SEMI] = {GO, FRESH},
                   [THEN] = {GO, FRESH},
                   [DO] = {GO, FRESH},
                   [CASE] = {DEEP, CASES}},
    [UNTIL_TEXT] = {[ANY] = {GO, UNTIL_TEXT}, [SEMI] = {GO, FRESH}, [END] = {POP, ENDED}},
    [DECLARING] = {[ANY] = {GO, DECLARING}, [SEMI] = {GO, FRESH}, [HANDLER] = {GO, HANDLING}},
    [HANDLING] = {[ANY] = {GO, HANDLING},
                  [SEMI] = {GO, FRESH},
                  [VERB] = {GO, INSIDE},
                  [RETURN] = {GO, INSIDE},
                  [CREATE] = {GO, INSIDE},
                  [DO] = {GO, INSIDE},
                  [BEGIN] = {PUSH, FRESH},
                  BLOCKS},
    [ENDED] = {[ANY] = {GO, INSIDE}, [SEMI] = {GO, FRESH}},
    [INSIDE] = {[ANY] = {GO, INSIDE}, [SEMI] = {GO, FRESH}},

    [PARENS] = {[ANY] = {GO, PARENS}, [OPEN] = {DEEP, PARENS}, [CLOSE] = {RISE, PARENS}},
    [CASES] = {[ANY] = {GO, CASES},
               [SEMI] = {DROP, FRESH},
               [CASE] = {DEEP, CASES},
               [END] = {RISE, CASES}},
};

typedef struct Key {
    const char *text;
    gsize length;
} Key;

static int compare_word(const void *a, const void *b)
{
    const Key *key = a;
    const char *word = b;
    int order = g_ascii_strncasecmp(key->text, word, key->length);
    return order != 0 ? order : -(word[key->length] != '\0');
}

static guint classify_word(guint flags, const char *text, gsize length)
{
    if (length >= sizeof words[0].word)
        return ANY;
    Key key = {text, length};
    const char *found = bsearch(&key, words, G_N_ELEMENTS(words), sizeof words[0], compare_word);
    if (found == NULL)
        return ANY;
    gsize row = (gsize)(found - words[0].word) / sizeof words[0];
    if ((flags & WEND_LEX_TRIGGER_BODIES) != 0 && words[row].trigger != ANY)
        return words[row].trigger;
    if ((flags & WEND_LEX_ATOMIC_BODIES) != 0 && words[row].atomic != ANY)
        return words[row].atomic;
    if ((flags & WEND_LEX_COMPOUND_BODIES) != 0 && words[row].compound != ANY)
        return words[row].compound;
    return (flags & WEND_LEX_PSQL) != 0 ? words[row].psql : ANY;
}

static guint classify(const WendBody *body, const char *text, const WendToken *token)
{
    if (token->kind == WEND_TOKEN_SEMICOLON)
        return SEMI;
    /* Most of a script is here: spare the words. */
    if (body->state == PLAIN || body->state == INSIDE || body->state == ORACLE || body->after_point)
        return ANY;
    if (token->kind == WEND_TOKEN_WORD)
        return classify_word(body->flags, text + token->start, token->length);
    if (token->kind != WEND_TOKEN_PUNCTUATION)
        return ANY;
    switch (text[token->start]) {
    case '(':
        return OPEN;
    case ')':
        return CLOSE;
    case ':':
        return (body->flags & WEND_LEX_COMPOUND_BODIES) != 0 ? COLON : ANY;
    default:
        return ANY;
    }
}

static void open_block(WendBody *body, const WendToken *token, guint8 next)
{
    if (body->blocks++ == 0 && body->opened.length == 0)
        body->opened = *token;
    body->state = next;
}

/* With PARENS and the like the first to open keeps the state it interrupts. */
static void open_nested(WendBody *body, const WendToken *token, guint8 next)
{
    if (body->nested++ == 0) {
        body->outer = body->state;
        if (next == RULE_PARENS)
            body->opened = *token;
    }
    body->state = next;
}

void wend_body_init(WendBody *body, guint flags)
{
    *body = (WendBody){.flags = flags, .state = START};
}

bool wend_body_step(WendBody *body, const char *text, const WendToken *token)
{
    guint class = classify(body, text, token);
    body->after_point = token->kind == WEND_TOKEN_PUNCTUATION && text[token->start] == '.';
    Cell cell = table[body->state][class];
    if (cell.action == UNSET)
        cell = class == SEMI ? (Cell){STOP, body->state} : table[body->state][ANY];
    switch (cell.action) {
    case STOP:
        return true;
    case MARK:
        body->opened = *token;
        body->state = cell.next;
        break;
    case PUSH:
        open_block(body, token, cell.next);
        break;
    case POP:
        body->state = --body->blocks == 0 ? PLAIN : cell.next;
        break;
    case DEEP:
        open_nested(body, token, cell.next);
        break;
    case RISE:
        if (--body->nested == 0)
            body->state = body->outer;
        break;
    case DROP:
        body->nested = 0;
        body->state = cell.next;
        break;
    default:
        body->state = cell.next;
        break;
    }
    return false;
}

bool wend_body_is_open(const WendBody *body)
{
    return body->blocks > 0 || body->state == TRIGGER_HEAD || body->state == TRIGGER_TEXT ||
           body->state == TRIGGER_SEMI || body->state == RULE_PARENS;
}

bool wend_body_is_dark(const WendBody *body)
{
    return body->state == ORACLE;
}

bool wend_body_is_copy(const WendBody *body)
{
    return body->state == COPY_STDIN;
}
