/* SPDX-License-Identifier: MIT
 *
 * The table of dialects: a name and a set of lexical rules each. What the rules mean is in
 * dialect.h; what a driver does with its session's settings is the driver's business.
 */
#include "sql/dialect.h"

static const struct {
    const char *name;
    guint flags;
} dialects[] = {
    [WEND_DIALECT_SQLITE] = {"sqlite", WEND_LEX_BACKTICK_NAMES | WEND_LEX_BRACKET_NAMES |
                                           WEND_LEX_TRIGGER_BODIES | WEND_LEX_COLON_NAMES},
    [WEND_DIALECT_POSTGRES] = {"postgres", WEND_LEX_NESTED_COMMENTS | WEND_LEX_DOLLAR_QUOTES |
                                               WEND_LEX_E_STRINGS | WEND_LEX_PSQL |
                                               WEND_LEX_ATOMIC_BODIES | WEND_LEX_CR_ENDS_COMMENT |
                                               WEND_LEX_FREE_OPERATORS | WEND_LEX_COLON_NAMES},
    [WEND_DIALECT_MYSQL] = {"mysql", WEND_LEX_HASH_COMMENTS | WEND_LEX_DASH_NEEDS_SPACE |
                                         WEND_LEX_EXEC_COMMENTS | WEND_LEX_BACKSLASH_STRINGS |
                                         WEND_LEX_DOUBLE_STRINGS | WEND_LEX_BACKTICK_NAMES |
                                         WEND_LEX_DELIMITER | WEND_LEX_COMPOUND_BODIES},
};

guint wend_dialect_flags(WendDialect dialect)
{
    g_return_val_if_fail((gsize)dialect < G_N_ELEMENTS(dialects), 0);
    return dialects[dialect].flags;
}

const char *wend_dialect_name(WendDialect dialect)
{
    g_return_val_if_fail((gsize)dialect < G_N_ELEMENTS(dialects), NULL);
    return dialects[dialect].name;
}
