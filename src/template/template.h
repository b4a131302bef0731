/* SPDX-License-Identifier: MIT
 *
 * The templates of `wend new --template`: SQL with places for names and values, cut into the migrations
 * that it makes. Those that come with wend are the files in builtin/, which are part of the program;
 * others are read from a folder. What a template's text may say is in docs/templates.md.
 *
 * To add one to wend: one file builtin/NAME.sql, and its name in meson.build.
 */
#ifndef WEND_TEMPLATE_TEMPLATE_H
#define WEND_TEMPLATE_TEMPLATE_H

#include "base/error.h"
#include "sql/dialect.h"

typedef enum WendKeyKind {
    WEND_KEY_IS_NAME,    /* of a table, column, index; "schema.table" too */
    WEND_KEY_IS_NAMES,   /* of columns: "a, b" */
    WEND_KEY_IS_COLUMNS, /* with what is behind their names: "a text NOT NULL, b numeric(10, 2)" */
    WEND_KEY_IS_TEXT,    /* becomes a string */
    WEND_KEY_IS_TEXTS,   /* "a, b" becomes 'a', 'b' */
    WEND_KEY_IS_NUMBER,
    WEND_KEY_IS_WORD, /* letters, digits, underscores: as it is */
    WEND_KEY_IS_SQL,  /* a type, an expression: as it is, when nothing can follow it by mistake */
    WEND_KEY_IS_FLAG  /* yes or no */
} WendKeyKind;

/* "NAME", "NAME,…" and so on, for people; "name", "names" as templates have it. Static. */
const char *wend_key_kind_shown(WendKeyKind kind);
const char *wend_key_kind_name(WendKeyKind kind);

typedef struct WendTemplateKey {
    char *name;
    WendKeyKind kind;
    char *otherwise; /* the default, in which keys above it may stand; NULL = it must be given */
    char *about;     /* may be empty */
    guint line;
} WendTemplateKey;

/* One migration of a template. */
typedef struct WendTemplateStep {
    char *name; /* appended to that of the migration; NULL = nothing is */
    GString *up, *down;
    bool has_down;
    guint line;
} WendTemplateStep;

/* What is made on some of the databases. */
typedef struct WendTemplatePart {
    guint dialects;   /* 1 << WendDialect */
    GPtrArray *keys;  /* of WendTemplateKey, those of the whole template among them */
    GPtrArray *steps; /* of WendTemplateStep; at least one */
} WendTemplatePart;

typedef struct WendTemplate {
    char *name;
    char *file; /* NULL = it comes with wend */
    char *about;
    GPtrArray *parts; /* of WendTemplatePart; no two for one dialect */
} WendTemplate;

/* Reads the text of a template. `file`: as shown; NULL = built in. `down`: the text of its .down.sql; NULL =
 * none. NULL and WEND_USAGE with the line for whatever is wrong with it. */
WendTemplate *wend_template_read(const char *name, const char *file, const char *text,
                                 const char *down, WendError *error);
void wend_template_free(WendTemplate *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WendTemplate, wend_template_free)

/* What it makes for that database; NULL = nothing. Borrowed. */
const WendTemplatePart *wend_template_part(const WendTemplate *template, WendDialect dialect);

/* The names of all templates: those of `folder` (NULL = none), which go before, and those that come with
 * wend; sorted. Free with g_strfreev(). NULL and WEND_USAGE when the folder cannot be read. */
char **wend_template_names(const char *folder, WendError *error);
/* The template of that name. NULL and WEND_USAGE, naming those there are, or the place of what is wrong with
 * it. */
WendTemplate *wend_template_find(const char *folder, const char *name, WendError *error);

/* A migration that a template has made. */
typedef struct WendFilled {
    char *name;      /* as WendTemplateStep.name */
    char *up, *down; /* whole lines; `down` NULL = there is no way back */
} WendFilled;

void wend_filled_free(WendFilled *filled);

/* Puts values in the places of the keys. `pairs`: "key=value", `count` of them. Returns an array of WendFilled;
 * NULL and WEND_USAGE when there is nothing for this database, and for keys that are missing, unknown or given
 * twice, and values that are not what their key takes. */
GPtrArray *wend_template_fill(const WendTemplate *template, WendDialect dialect,
                              const char *const *pairs, guint count, WendError *error);

/* One that comes with wend. The generated table ends with a NULL name. */
typedef struct WendBuiltinTemplate {
    const char *name;
    const char *text;
} WendBuiltinTemplate;
extern const WendBuiltinTemplate wend_builtin_templates[];

/* The words by which a template and --for name a database: "postgres", "mariadb", "sqlite". Static; NULL for
 * what is none. */
const char *wend_template_database(WendDialect dialect);
/* False, leaving `dialect` alone, for another word. "mysql" is "mariadb". */
bool wend_template_dialect(const char *word, WendDialect *dialect);
/* Those of a set of dialects, with commas between. Caller frees. */
char *wend_template_databases(guint dialects);
/* All of them as a set. */
#define WEND_TEMPLATE_EVERYWHERE                                                                   \
    (1u << WEND_DIALECT_SQLITE | 1u << WEND_DIALECT_POSTGRES | 1u << WEND_DIALECT_MYSQL)

#endif
