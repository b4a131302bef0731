/* SPDX-License-Identifier: MIT
 *
 * wend new --template: which template is meant, for which database, with which values; and the list of all.
 */
#ifndef WEND_CLI_TEMPLATE_H
#define WEND_CLI_TEMPLATE_H

#include "cli/output.h"
#include "template/template.h"

/* Whether an operand is "key=value" rather than a word of the name. */
bool wend_template_is_pair(const char *operand);

/* Lists the templates with their keys: those for --for, else for the configured database, else all. Returns
 * the exit code. */
int wend_template_list(WendCli *cli);

/* What --template makes, with the operands that are pairs: an array of WendFilled; `dialect` is told. NULL and
 * WEND_USAGE as wend_template_find() and _fill() do, and when nobody says for which database. */
GPtrArray *wend_template_make(WendCli *cli, const WendConfig *config, WendDialect *dialect,
                              WendError *error);

#endif
