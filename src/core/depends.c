/* SPDX-License-Identifier: MIT
 *
 * What migrations depend on. See depends.h.
 */
#include "core/depends.h"

#include <string.h>

/* One migration's word that it depends on another. */
typedef struct Link {
    const WendMigration *migration;
    const WendDirective *directive;
} Link;

/* A search for the way from a migration back to itself. */
typedef struct Search {
    const WendProject *project;
    const WendMigration *goal;
    GHashTable *seen; /* of WendMigration: nothing leads from them to the goal */
    GArray *way;      /* of Link */
} Search;

/* The migration of the folder that is meant; NULL = there is none. */
static const WendMigration *find_meant(const WendProject *project, const WendDirective *directive)
{
    g_autofree char *key = project->format->version_key(directive->value);
    for (guint i = 0; key != NULL && i < project->migrations->len; i++) {
        const WendMigration *one = project->migrations->pdata[i];
        if (strcmp(one->id, key) == 0)
            return one;
    }
    return NULL;
}

/* --- rings --- */

static bool leads_back(Search *search, const WendMigration *migration)
{
    const WendProject *project = search->project;
    if (migration->up == NULL || !g_hash_table_add(search->seen, (gpointer)migration))
        return false;
    project->format->load((WendMigration *)migration, project->driver->dialect, project->problems);
    for (guint i = 0; i < migration->up->directives->len; i++) {
        Link link = {migration, migration->up->directives->pdata[i]};
        const WendMigration *meant = link.directive->kind == WEND_DIRECTIVE_DEPENDS
                                         ? find_meant(project, link.directive)
                                         : NULL;
        if (meant == NULL)
            continue;
        g_array_append_val(search->way, link);
        if (meant == search->goal || leads_back(search, meant))
            return true;
        g_array_set_size(search->way, search->way->len - 1);
    }
    return false;
}

/* The ring that a migration stands in, as links from it to itself. Caller unrefs. NULL = in none. */
static GArray *find_ring(const WendProject *project, const WendMigration *migration)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(Link));
    Search search = {project, migration, seen, way};
    return leads_back(&search, migration) ? g_steal_pointer(&way) : NULL;
}

/* "1_a depends on 2_b depends on 1_a", and where each says so. */
static bool fail_ring(const GArray *ring, WendError *error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) places = g_string_new("take one of these lines out:");
    for (guint i = 0; i < ring->len; i++) {
        const Link *link = &g_array_index(ring, Link, i);
        g_autofree char *label = wend_migration_label(link->migration);
        g_string_append_printf(names, "%s depends on ", label);
        g_string_append_printf(places, "\n%s:%u", link->migration->up->file, link->directive->line);
    }
    const Link *first = &g_array_index(ring, Link, 0);
    g_autofree char *label = wend_migration_label(first->migration);
    wend_error_set(error, WEND_USAGE, "a ring, of which none can run first: %s%s", names->str,
                   label);
    wend_error_place(error, first->migration->up->file, first->directive->line, 0);
    return wend_error_hint(error, "%s", places->str);
}

/* --- one link --- */

static bool fail_unknown(const Link *link, WendError *error)
{
    g_autofree char *label = wend_migration_label(link->migration);
    wend_error_set(error, WEND_USAGE, "%s depends on %s, and there is no migration of that version",
                   label, link->directive->value);
    wend_error_place(error, link->migration->up->file, link->directive->line, 0);
    return wend_error_hint(error, "correct the version, or bring its file back");
}

static bool fail_late(const Link *link, WendError *error)
{
    g_autofree char *label = wend_migration_label(link->migration);
    wend_error_set(error, WEND_USAGE,
                   "%s depends on %s, which is neither applied nor runs before it", label,
                   link->directive->value);
    wend_error_place(error, link->migration->up->file, link->directive->line, 0);
    return wend_error_hint(error, "correct the version, or give this migration a later one");
}

/* Whether it is applied or runs before that step; a baseline stands for all below it. */
static bool is_met(const WendProject *project, const WendPlan *plan, guint before,
                   const WendDirective *directive)
{
    g_autofree char *id = project->format->version_key(directive->value);
    for (guint i = 0; id != NULL && i < before; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        if (step->kind == WEND_KIND_BASELINE || strcmp(step->id, id) == 0)
            return true;
    }
    for (guint i = 0; id != NULL && i < project->applied->len; i++) {
        const WendApplied *applied = project->applied->pdata[i];
        if (applied->kind == WEND_KIND_BASELINE || strcmp(applied->id, id) == 0)
            return true;
    }
    return false;
}

/* Why a link is not met. A repeatable migration has no version, and runs behind all. */
static bool fail_link(const WendProject *project, const Link *link, WendError *error)
{
    g_autofree char *key = project->format->version_key(link->directive->value);
    if (key != NULL && find_meant(project, link->directive) == NULL)
        return fail_unknown(link, error);
    g_autoptr(GArray) ring = find_ring(project, link->migration);
    return ring != NULL ? fail_ring(ring, error) : fail_late(link, error);
}

bool wend_depends_check(const WendProject *project, const WendPlan *plan, WendError *error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        const GPtrArray *directives =
            step->direction == WEND_UP && step->script != NULL ? step->script->directives : NULL;
        for (guint j = 0; directives != NULL && j < directives->len; j++) {
            Link link = {step->migration, directives->pdata[j]};
            if (link.directive->kind == WEND_DIRECTIVE_DEPENDS &&
                !is_met(project, plan, i, link.directive))
                return fail_link(project, &link, error);
        }
    }
    return true;
}

/* --- the folder alone --- */

static void prove_unknown(WendProject *project, const WendMigration *migration)
{
    for (guint i = 0; migration->up != NULL && i < migration->up->directives->len; i++) {
        Link link = {migration, migration->up->directives->pdata[i]};
        if (link.directive->kind != WEND_DIRECTIVE_DEPENDS ||
            find_meant(project, link.directive) != NULL)
            continue;
        g_auto(WendError) error = WEND_ERROR_INIT;
        fail_unknown(&link, &error);
        /* It may be applied still, or a baseline stand for it. */
        wend_problem_take(project->problems, &error)->warning = true;
    }
}

void wend_depends_prove(WendProject *project)
{
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < project->migrations->len; i++) {
        const WendMigration *migration = project->migrations->pdata[i];
        prove_unknown(project, migration);
        g_autoptr(GArray) ring =
            g_hash_table_contains(told, migration) ? NULL : find_ring(project, migration);
        for (guint j = 0; ring != NULL && j < ring->len; j++)
            g_hash_table_add(told, (gpointer)g_array_index(ring, Link, j).migration);
        g_auto(WendError) error = WEND_ERROR_INIT;
        if (ring != NULL && !fail_ring(ring, &error))
            wend_problem_take(project->problems, &error);
    }
}
