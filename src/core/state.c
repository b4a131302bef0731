/* SPDX-License-Identifier: MIT
 *
 * Files and history side by side. See state.h.
 */
#include "core/state.h"

#include <string.h>

static const char *const state_names[] = {
    [WEND_STATE_APPLIED] = "applied",
    [WEND_STATE_PENDING] = "pending",
    [WEND_STATE_RUNNING] = "running",
    [WEND_STATE_FAILED] = "failed",
    [WEND_STATE_REVERTED] = "reverted",
    [WEND_STATE_OUT_OF_ORDER] = "out of order",
    [WEND_STATE_MISSING] = "missing",
    [WEND_STATE_CHANGED] = "changed",
    [WEND_STATE_OUTDATED] = "outdated",
    [WEND_STATE_BASELINE] = "baseline",
    [WEND_STATE_BELOW_BASELINE] = "below baseline",
    [WEND_STATE_LOST] = "lost",
    [WEND_STATE_UNUSED] = "unused",
};

/* What must be known of the whole history before one entry can be judged. */
typedef struct Horizon {
    const char *highest;  /* position of the highest versioned one; NULL = none */
    const char *baseline; /* position of the highest baseline; NULL = none */
    const WendSides *sides;
} Horizon;

const char *wend_state_name(WendState state)
{
    return state_names[state];
}

bool wend_row_says_applied(const WendJournalRow *row)
{
    return row->direction == WEND_UP &&
           (row->event == WEND_EVENT_APPLIED || row->event == WEND_EVENT_MARKED ||
            row->event == WEND_EVENT_BASELINED);
}

bool wend_state_is_pending(WendState state)
{
    return state == WEND_STATE_PENDING || state == WEND_STATE_FAILED ||
           state == WEND_STATE_REVERTED || state == WEND_STATE_OUT_OF_ORDER ||
           state == WEND_STATE_OUTDATED || state == WEND_STATE_RUNNING || state == WEND_STATE_LOST;
}

const char *wend_entry_position(const WendEntry *entry)
{
    return entry->migration != NULL ? entry->migration->position : entry->applied->position;
}

const char *wend_entry_id(const WendEntry *entry)
{
    return entry->migration != NULL ? entry->migration->id : entry->applied->id;
}

const char *wend_entry_version(const WendEntry *entry)
{
    return entry->migration != NULL ? entry->migration->version : entry->applied->version;
}

const char *wend_entry_name(const WendEntry *entry)
{
    return entry->migration != NULL ? entry->migration->name : entry->applied->name;
}

WendKind wend_entry_kind(const WendEntry *entry)
{
    return entry->migration != NULL ? entry->migration->kind : entry->applied->kind;
}

char *wend_entry_label(const WendEntry *entry)
{
    if (entry->migration != NULL)
        return wend_migration_label(entry->migration);
    const WendApplied *applied = entry->applied;
    if (applied->kind == WEND_KIND_REPEATABLE)
        return g_strdup_printf("R__%s", applied->name);
    if (applied->name == NULL || applied->name[0] == '\0')
        return g_strdup(applied->version);
    return g_strdup_printf("%s_%s", applied->version, applied->name);
}

static void higher(const char **best, const char *position)
{
    if (*best == NULL || strcmp(position, *best) > 0)
        *best = position;
}

static Horizon look(const WendSides *sides)
{
    Horizon horizon = {.sides = sides};
    for (guint i = 0; i < sides->applied->len; i++) {
        const WendApplied *row = sides->applied->pdata[i];
        if (row->kind != WEND_KIND_REPEATABLE && !sides->late)
            higher(&horizon.highest, row->position);
        if (row->kind == WEND_KIND_BASELINE)
            higher(&horizon.baseline, row->position);
    }
    return horizon;
}

static bool is_same(const WendEntry *entry, const WendSides *sides)
{
    const WendApplied *applied = entry->applied;
    if (sides->same != NULL)
        return sides->same(entry->migration, applied);
    return applied->checksum == NULL || entry->migration->up == NULL ||
           strcmp(applied->checksum, entry->migration->up->checksum) == 0;
}

static WendState judge_applied(WendEntry *entry, const Horizon *horizon)
{
    const WendApplied *applied = entry->applied;
    GHashTable *alike = horizon->sides->alike;
    if (applied->failed != NULL)
        return WEND_STATE_FAILED;
    if (entry->migration == NULL)
        return applied->kind == WEND_KIND_BASELINE ? WEND_STATE_BASELINE : WEND_STATE_MISSING;
    bool same = is_same(entry, horizon->sides);
    if (!same && alike != NULL && g_hash_table_contains(alike, applied->id)) {
        entry->layout_only = true;
        same = true;
    }
    if (!same)
        return applied->kind == WEND_KIND_REPEATABLE || entry->migration->again
                   ? WEND_STATE_OUTDATED
                   : WEND_STATE_CHANGED;
    return applied->kind == WEND_KIND_BASELINE ? WEND_STATE_BASELINE : WEND_STATE_APPLIED;
}

static WendState judge_unapplied(const WendEntry *entry, const Horizon *horizon)
{
    const WendMigration *migration = entry->migration;
    if (migration->kind == WEND_KIND_BASELINE)
        return WEND_STATE_UNUSED;
    if (migration->kind == WEND_KIND_VERSIONED && horizon->baseline != NULL &&
        strcmp(migration->position, horizon->baseline) <= 0)
        return WEND_STATE_BELOW_BASELINE;
    if (horizon->sides->kept && entry->last != NULL && wend_row_says_applied(entry->last))
        return WEND_STATE_LOST;
    if (migration->kind == WEND_KIND_VERSIONED) {
        if (horizon->highest != NULL && !migration->late &&
            strcmp(migration->position, horizon->highest) < 0)
            return WEND_STATE_OUT_OF_ORDER;
    }
    if (entry->last == NULL)
        return WEND_STATE_PENDING;
    switch (entry->last->event) {
    case WEND_EVENT_FAILED:
    case WEND_EVENT_BEGIN:
        return WEND_STATE_FAILED;
    case WEND_EVENT_REVERTED:
        return WEND_STATE_REVERTED;
    default:
        return WEND_STATE_PENDING;
    }
}

static void add_entry(GArray *entries, const Horizon *horizon, WendMigration *migration,
                      WendApplied *applied)
{
    WendEntry entry = {.migration = migration, .applied = applied};
    if (horizon->sides->last != NULL)
        entry.last = g_hash_table_lookup(horizon->sides->last, wend_entry_id(&entry));
    entry.state =
        applied != NULL ? judge_applied(&entry, horizon) : judge_unapplied(&entry, horizon);
    g_array_append_val(entries, entry);
}

static int compare_entries(gconstpointer a, gconstpointer b)
{
    int order = strcmp(wend_entry_position(a), wend_entry_position(b));
    return order != 0 ? order : strcmp(wend_entry_id(a), wend_entry_id(b));
}

GArray *wend_state_make(const WendSides *sides)
{
    const GPtrArray *migrations = sides->migrations, *applied = sides->applied;
    Horizon horizon = look(sides);
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *row = applied->pdata[i];
        g_hash_table_insert(by_id, row->id, row);
    }
    GArray *entries = g_array_sized_new(FALSE, TRUE, sizeof(WendEntry), migrations->len + 16);
    for (guint i = 0; i < migrations->len; i++) {
        WendMigration *migration = migrations->pdata[i];
        WendApplied *row = g_hash_table_lookup(by_id, migration->id);
        if (row != NULL)
            g_hash_table_remove(by_id, migration->id);
        add_entry(entries, &horizon, migration, row);
    }
    if (g_hash_table_size(by_id) == 0)
        return entries;
    for (guint i = 0; i < applied->len; i++) {
        WendApplied *row = applied->pdata[i];
        if (g_hash_table_contains(by_id, row->id))
            add_entry(entries, &horizon, NULL, row);
    }
    g_array_sort(entries, compare_entries);
    return entries;
}
