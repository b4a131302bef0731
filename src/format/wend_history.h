/* SPDX-License-Identifier: MIT
 *
 * wend's own history: one row for each migration that is applied, whatever the layout of its folder.
 */
#ifndef WEND_FORMAT_WEND_HISTORY_H
#define WEND_FORMAT_WEND_HISTORY_H

#include "format/history.h"

extern const WendHistory wend_history_wend;

#endif
