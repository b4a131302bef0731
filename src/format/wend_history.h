/* SPDX-License-Identifier: MIT
 *
 * The history table of wend's own format: one row for each migration that is applied. These are the
 * entries of its WendFormat; format.h says what they promise.
 */
#ifndef WEND_FORMAT_WEND_HISTORY_H
#define WEND_FORMAT_WEND_HISTORY_H

#include "format/format.h"

GPtrArray *wend_history_create(WendDialect dialect, const char *table);
WendQuery *wend_history_read(WendDialect dialect, const char *table);
WendApplied *wend_history_decode(const WendRow *row, WendError *error);
WendQuery *wend_history_insert(WendDialect dialect, const char *table, const WendApplied *applied);
WendQuery *wend_history_remove(WendDialect dialect, const char *table, const char *id);

#endif
