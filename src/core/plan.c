/* SPDX-License-Identifier: MIT
 *
 * Making the plan. See plan.h.
 */
#include "core/plan.h"

#include <string.h>

void wend_finish_free(WendFinish *finish)
{
    if (finish == NULL)
        return;
    g_free(finish->label);
    g_free(finish->id);
    wend_script_free(finish->owned);
    g_free(finish);
}

void wend_plan_free(WendPlan *plan)
{
    if (plan == NULL)
        return;
    for (guint i = 0; i < plan->steps->len; i++)
        wend_script_free(g_array_index(plan->steps, WendStep, i).owned);
    g_array_unref(plan->steps);
    g_ptr_array_unref(plan->warnings);
    wend_finish_free(plan->finish);
    g_free(plan);
}

WendPlan *wend_plan_new(void)
{
    WendPlan *plan = g_new0(WendPlan, 1);
    plan->steps = g_array_new(FALSE, TRUE, sizeof(WendStep));
    plan->warnings = g_ptr_array_new_with_free_func(g_free);
    return plan;
}

WendDirection wend_plan_direction(const WendPlan *plan)
{
    if (plan->finish != NULL)
        return plan->finish->direction;
    return plan->steps->len > 0 ? g_array_index(plan->steps, WendStep, 0).direction : WEND_UP;
}

/* Whether another migration of the same id was applied, from another checkout: on the way back that one is
 * meant. */
static bool is_other(const WendMigration *migration, const WendApplied *applied,
                     WendDirection direction)
{
    return direction == WEND_DOWN && migration != NULL && applied != NULL &&
           applied->name != NULL && applied->name[0] != '\0' &&
           g_strcmp0(applied->name, migration->name) != 0;
}

char *wend_step_label(const WendStep *step)
{
    WendEntry entry = {.migration = step->migration, .applied = step->applied};
    if (is_other(step->migration, step->applied, step->direction))
        entry.migration = NULL;
    return wend_entry_label(&entry);
}

char **wend_plan_ids(const WendPlan *plan)
{
    char **ids = g_new0(char *, plan->steps->len + 1);
    for (guint i = 0; i < plan->steps->len; i++)
        ids[i] = g_strdup(g_array_index(plan->steps, WendStep, i).id);
    return ids;
}

static void warn(WendPlan *plan, char *text)
{
    g_ptr_array_add(plan->warnings, text);
}

/* --- naming a version --- */

static bool names_entry(const WendEntry *entry, const char *version, const char *key)
{
    const char *id = wend_entry_id(entry);
    if (strcmp(version, id) == 0 || g_strcmp0(version, wend_entry_version(entry)) == 0)
        return true;
    if (key != NULL && strcmp(key, id) == 0)
        return true;
    g_autofree char *label = wend_entry_label(entry);
    return strcmp(version, label) == 0;
}

static const char *closest_version(const GArray *entries, const char *version)
{
    g_autofree const char **words = g_new0(const char *, entries->len + 1);
    for (guint i = 0; i < entries->len; i++)
        words[i] = wend_entry_version(&g_array_index(entries, WendEntry, i));
    return wend_suggest(version, words);
}

static const WendEntry *fail_several(const char *version, const WendEntry *one,
                                     const WendEntry *other, WendError *error)
{
    g_autofree char *label = wend_entry_label(one);
    g_autofree char *other_label = wend_entry_label(other);
    wend_error_set(error, WEND_USAGE, "%s names several migrations: %s, %s", version, label,
                   other_label);
    wend_error_hint(error, "write %s or %s", label, other_label);
    return NULL;
}

const WendEntry *wend_entry_find(const GArray *entries, const WendFormat *format,
                                 const char *version, WendError *error)
{
    g_autofree char *key = format->version_key(version);
    const WendEntry *found = NULL, *other = NULL;
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (!names_entry(entry, version, key))
            continue;
        /* A plain version means the versioned one. */
        if (found != NULL && wend_entry_kind(found) == WEND_KIND_VERSIONED)
            continue;
        other = wend_entry_kind(entry) == WEND_KIND_VERSIONED ? NULL : found;
        found = entry;
    }
    if (other != NULL)
        return fail_several(version, other, found, error);
    if (found != NULL)
        return found;
    const char *meant = closest_version(entries, version);
    wend_error_set(error, WEND_USAGE, "there is no migration %s", version);
    if (meant != NULL)
        wend_error_hint(error, "did you mean %s? `wend status` lists all", meant);
    else
        wend_error_hint(error, "`wend status` lists all");
    return NULL;
}

/* --- up --- */

static WendStep step_for(const WendEntry *entry, WendDirection direction)
{
    bool other = is_other(entry->migration, entry->applied, direction);
    return (WendStep){
        .direction = direction,
        .kind = wend_entry_kind(entry),
        .id = wend_entry_id(entry),
        .version = other ? entry->applied->version : wend_entry_version(entry),
        .name = other ? entry->applied->name : wend_entry_name(entry),
        .migration = entry->migration,
        .applied = entry->applied,
    };
}

/* Where to stop: a position that is still taken, and how many steps at most. */
typedef struct Goal {
    const char *position; /* NULL = no bound */
    gint64 count;         /* -1 = no bound */
} Goal;

static bool read_count(const char *text, gint64 *count)
{
    return g_ascii_string_to_signed(text, 10, 1, G_MAXINT32, count, NULL);
}

/* "+N" and "-N" as counts of steps. */
static bool read_relative(const WendRequest *request, char sign, Goal *goal, WendError *error)
{
    const char *to = request->to;
    if (to[0] != '+' && to[0] != '-')
        return false;
    if (to[0] != sign || !read_count(to + 1, &goal->count)) {
        wend_error_set(error, WEND_USAGE, "%s is no version to go %s to", to,
                       wend_direction_name(request->direction));
        wend_error_hint(error, "%cN stands for N steps %s", sign,
                        wend_direction_name(request->direction));
        goal->count = -1;
    }
    return true;
}

static bool up_goal(const GArray *entries, const WendFormat *format, const WendRequest *request,
                    Goal *goal, WendError *error)
{
    *goal = (Goal){NULL, request->count};
    if (request->to == NULL || strcmp(request->to, "head") == 0)
        return true;
    if (strcmp(request->to, "base") == 0) {
        wend_error_set(error, WEND_USAGE, "base is below everything: there is no way up to it");
        return wend_error_hint(error, "wend down --to base");
    }
    if (read_relative(request, '+', goal, error))
        return goal->count > 0;
    const WendEntry *target = wend_entry_find(entries, format, request->to, error);
    if (target == NULL)
        return false;
    goal->position = wend_entry_position(target);
    return true;
}

static bool fail_listed(WendError *error, WendCode code, const char *what, const GPtrArray *labels)
{
    g_autoptr(GString) text = g_string_new(what);
    for (guint i = 0; i < labels->len && i < 10; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *)labels->pdata[i]);
    if (labels->len > 10)
        g_string_append_printf(text, " and %u more", labels->len - 10);
    return wend_error_set(error, code, "%s", text->str);
}

/* Of those that were asked for by name (a redo), the change is what is wanted. */
static GPtrArray *labels_in_state(const GArray *entries, WendState state, GHashTable *except)
{
    GPtrArray *labels = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->state == state &&
            (except == NULL || !g_hash_table_contains(except, wend_entry_id(entry))))
            g_ptr_array_add(labels, wend_entry_label(entry));
    }
    return labels;
}

/* Two migrations of one version, from two people: another text under another name. */
static bool check_names(const GArray *entries, WendError *error)
{
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->state != WEND_STATE_CHANGED ||
            g_strcmp0(entry->applied->name, entry->migration->name) == 0)
            continue;
        WendEntry before = {.applied = entry->applied};
        g_autofree char *was = wend_entry_label(&before);
        g_autofree char *is = wend_entry_label(entry);
        wend_error_set(error, WEND_DISAGREE, "version %s is applied as %s, but the folder has %s",
                       entry->applied->version, was, is);
        return wend_error_hint(error,
                               "give the new file a version of its own; or take %s back with its "
                               "recorded script (`wend down`), then `wend up`",
                               was);
    }
    return true;
}

/* What the other tool began and did not end, a person has to look at. */
static bool check_failed(const GArray *entries, WendError *error)
{
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->applied == NULL || entry->applied->failed == NULL)
            continue;
        g_autofree char *label = wend_entry_label(entry);
        wend_error_set(error, WEND_DISAGREE, "%s: %s", label, entry->applied->failed);
        if (entry->migration != NULL)
            wend_error_place(error, entry->migration->up->file, 0, 0);
        return wend_error_hint(error,
                               "look which of its statements the database has; then `wend mark %s` "
                               "if it is whole, or undo what is there and `wend mark --pending %s`",
                               entry->applied->version, entry->applied->version);
    }
    return true;
}

bool wend_plan_check_newer(const GArray *entries, bool may_force, WendError *error)
{
    const WendEntry *known = NULL;
    g_autoptr(GPtrArray) beyond = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (wend_entry_kind(entry) == WEND_KIND_REPEATABLE)
            continue;
        if (entry->migration != NULL) {
            known = entry;
            g_ptr_array_set_size(beyond, 0);
        } else if (entry->state == WEND_STATE_MISSING) {
            g_ptr_array_add(beyond, wend_entry_label(entry));
        }
    }
    if (beyond->len == 0)
        return true;
    fail_listed(
        error, WEND_REFUSED,
        "the database is newer than these migrations: applied, and not among them: ", beyond);
    /* Nothing that is applied is here: this may be another folder, or one that came up empty. */
    g_autofree char *first =
        known == NULL ? g_strdup("look whether this is the folder that is meant; run the release "
                                 "that has them")
                      : g_strdup_printf("run the release that has them; or `wend down --to %s`, "
                                        "which needs no files for what was stored",
                                        wend_entry_version(known));
    return wend_error_hint(error, "%s%s", first,
                           may_force ? "; or `wend up --force`, to leave it as it is" : "");
}

/* Whether any migration is there at all, but for repeatable ones. */
static bool has_any(const GArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->migration != NULL && wend_entry_kind(entry) != WEND_KIND_REPEATABLE)
            return true;
    }
    return false;
}

/* What stops an `up` before its first statement. */
static bool check_up(const GArray *entries, const WendFormat *format, const WendRequest *request,
                     WendPlan *plan, WendError *error)
{
    if (!check_failed(entries, error) || !check_names(entries, error))
        return false;
    /* Their files may change and go: what has run once is done with. */
    if (format->seeds)
        return true;
    g_autoptr(GPtrArray) changed = labels_in_state(entries, WEND_STATE_CHANGED, request->only);
    if (changed->len > 0) {
        fail_listed(error, WEND_DISAGREE, "changed after it was applied: ", changed);
        return wend_error_hint(error,
                               "put the file back as it was and make a new migration for the "
                               "change; while it is the newest, `wend redo` runs the new text; or "
                               "`wend repair --accept %s` if the database already is as the file "
                               "says now",
                               (char *)changed->pdata[0]);
    }
    g_autoptr(GPtrArray) late = labels_in_state(entries, WEND_STATE_OUT_OF_ORDER, NULL);
    if (late->len > 0 && !request->out_of_order) {
        fail_listed(error, WEND_DISAGREE, "pending, but a later one is applied already: ", late);
        return wend_error_hint(error, "give it a newer version, or run `wend up --out-of-order`");
    }
    /* Of several branches, the newest may be another one's; a folder that came up empty is no branch. */
    bool newer =
        request->newer || request->only != NULL || (request->out_of_order && has_any(entries));
    if (!newer && !wend_plan_check_newer(entries, request->may_force, error))
        return false;
    g_autoptr(GPtrArray) missing = labels_in_state(entries, WEND_STATE_MISSING, NULL);
    if (missing->len > 0)
        warn(plan, g_strdup_printf("%u applied migration%s no file here: %s%s", missing->len,
                                   missing->len == 1 ? " has" : "s have", (char *)missing->pdata[0],
                                   missing->len > 1 ? ", …" : ""));
    guint layout = 0;
    for (guint i = 0; i < entries->len; i++)
        layout += g_array_index(entries, WendEntry, i).layout_only;
    if (layout > 0)
        warn(plan, g_strdup_printf("%u applied file%s from what was applied, but only in layout or "
                                   "comments",
                                   layout, layout == 1 ? " differs" : "s differ"));
    return true;
}

/* The baseline file to begin with on an empty target; NULL = none. */
static const WendEntry *first_baseline(const GArray *entries, const WendRequest *request,
                                       const Goal *goal)
{
    const WendEntry *best = NULL;
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->applied != NULL || !request->empty)
            return NULL;
        bool fits =
            wend_entry_kind(entry) == WEND_KIND_BASELINE &&
            (goal->position == NULL || strcmp(wend_entry_position(entry), goal->position) <= 0);
        if (fits)
            best = entry;
    }
    return best;
}

/* What is there was not brought by wend, as far as it knows: the baseline may be what it stands at. */
static void warn_unused(WendPlan *plan, const GArray *entries, const WendRequest *request)
{
    const WendEntry *unused = NULL;
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (entry->applied != NULL || request->empty)
            return;
        if (wend_entry_kind(entry) == WEND_KIND_BASELINE)
            unused = entry;
    }
    if (unused == NULL)
        return;
    g_autofree char *label = wend_entry_label(unused);
    warn(plan, g_strdup_printf("%s is not run, as the database is not empty; when that is what is "
                               "in it, record it: `wend baseline %s`",
                               label, wend_entry_version(unused)));
}

static bool wanted_up(const WendEntry *entry, const WendRequest *request, const Goal *goal,
                      const WendEntry *baseline)
{
    if (request->only != NULL && !g_hash_table_contains(request->only, wend_entry_id(entry)))
        return false;
    if (entry == baseline)
        return true;
    if (!wend_state_is_pending(entry->state) && !(request->again && entry->migration != NULL))
        return false;
    const char *position = wend_entry_position(entry);
    if (baseline != NULL && wend_entry_kind(entry) == WEND_KIND_VERSIONED &&
        strcmp(position, wend_entry_position(baseline)) <= 0)
        return false;
    return goal->position == NULL || strcmp(position, goal->position) <= 0;
}

static bool plan_up(WendPlan *plan, const GArray *entries, const WendFormat *format,
                    const WendRequest *request, WendError *error)
{
    Goal goal;
    if (!check_up(entries, format, request, plan, error) ||
        !up_goal(entries, format, request, &goal, error))
        return false;
    const WendEntry *baseline = first_baseline(entries, request, &goal);
    warn_unused(plan, entries, request);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        if (goal.count >= 0 && plan->steps->len >= goal.count)
            break;
        if (wanted_up(entry, request, &goal, baseline)) {
            WendStep step = step_for(entry, WEND_UP);
            g_array_append_val(plan->steps, step);
        }
    }
    return true;
}

/* --- down --- */

static bool down_goal(const GArray *entries, const WendFormat *format, const WendRequest *request,
                      Goal *goal, WendError *error)
{
    bool bounded = request->all || request->batch != NULL || request->to != NULL;
    *goal = (Goal){NULL, request->count >= 0 ? request->count : bounded ? -1 : 1};
    if (request->to == NULL || strcmp(request->to, "base") == 0)
        return true;
    if (strcmp(request->to, "head") == 0) {
        wend_error_set(error, WEND_USAGE, "head is above everything: there is no way down to it");
        return wend_error_hint(error, "wend up");
    }
    if (read_relative(request, '-', goal, error))
        return goal->count > 0;
    const WendEntry *target = wend_entry_find(entries, format, request->to, error);
    if (target == NULL && error != NULL && strspn(request->to, "0") == strlen(request->to))
        wend_error_hint(error, "`wend down --all` takes all back");
    if (target == NULL)
        return false;
    if (target->applied == NULL && target->state != WEND_STATE_BELOW_BASELINE) {
        g_autofree char *label = wend_entry_label(target);
        wend_error_set(error, WEND_USAGE, "%s is not applied: there is no way down to it", label);
        return wend_error_hint(error, "wend up --to %s", wend_entry_version(target));
    }
    goal->position = wend_entry_position(target);
    return true;
}

static bool wanted_down(const WendEntry *entry, const WendRequest *request, const Goal *goal,
                        bool everything)
{
    if (entry->applied == NULL)
        return false;
    if (request->batch != NULL)
        return g_hash_table_contains(request->batch, entry->applied->id);
    if (request->only != NULL)
        return g_hash_table_contains(request->only, entry->applied->id);
    if (entry->applied->kind == WEND_KIND_REPEATABLE)
        return everything;
    /* What stood in the database before wend came is not wend's to take away. */
    if (entry->applied->kind == WEND_KIND_BASELINE &&
        (entry->migration == NULL || entry->applied->checksum == NULL))
        return false;
    return goal->position == NULL || strcmp(wend_entry_position(entry), goal->position) > 0;
}

static bool plan_down(WendPlan *plan, const GArray *entries, const WendFormat *format,
                      const WendRequest *request, WendError *error)
{
    Goal goal;
    if (!check_failed(entries, error) || !down_goal(entries, format, request, &goal, error))
        return false;
    bool everything = request->all || g_strcmp0(request->to, "base") == 0;
    for (guint i = entries->len; i > 0; i--) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i - 1);
        if (goal.count >= 0 && plan->steps->len >= goal.count)
            break;
        if (!wanted_down(entry, request, &goal, everything))
            continue;
        WendStep step = step_for(entry, WEND_DOWN);
        step.from_store = entry->migration == NULL || entry->state == WEND_STATE_CHANGED ||
                          entry->state == WEND_STATE_OUTDATED;
        g_array_append_val(plan->steps, step);
    }
    return true;
}

WendPlan *wend_plan_make(const GArray *entries, const WendFormat *format,
                         const WendRequest *request, WendError *error)
{
    g_autoptr(WendPlan) plan = wend_plan_new();
    bool ok = request->direction == WEND_UP ? plan_up(plan, entries, format, request, error)
                                            : plan_down(plan, entries, format, request, error);
    return ok ? g_steal_pointer(&plan) : NULL;
}
