/* SPDX-License-Identifier: MIT
 *
 * sqitch: sqitch.plan lists the changes, deploy/ and revert/ hold their scripts. The registry is a schema (on
 * MariaDB and MySQL a database) of its own; its statements are sqitch_history.c's.
 */
#include "format/sqitch_history.h"
#include "format/sqitch_plan.h"

#include <string.h>

#define PLAN "sqitch.plan"
#define CONF "sqitch.conf"

static bool has_name(const WendFolder *folder, const char *name)
{
    return g_ptr_array_find_with_equal_func(folder->names, name, g_str_equal, NULL);
}

static int detect(const WendFolder *folder)
{
    return has_name(folder, PLAN) || has_name(folder, CONF) ? WEND_FIT_SURE : WEND_FIT_NO;
}

/* --- scripts --- */

static void more_free(gpointer data)
{
    WendSqitchFile *more = data;
    wend_sqitch_plan_unref(more->plan);
    g_free(more);
}

static bool is_there(const WendFolder *folder, const char *path)
{
    g_autofree char *full = g_build_filename(folder->path, path, NULL);
    return g_file_test(full, G_FILE_TEST_EXISTS);
}

/* "folder/NAME[@TAG].sql". Caller frees. */
static char *file_path(const WendSqitchPlan *plan, const char *folder, const char *name,
                       const char *tag)
{
    g_autofree char *base = g_strconcat(name, tag, ".", plan->extension, NULL);
    return g_build_filename(folder, base, NULL);
}

/* The script of a change; of one that was reworked, that with a tag in its name. Caller frees. */
static char *script_path(const WendFolder *folder, const WendSqitchPlan *plan,
                         const WendSqitchChange *change, bool deploy)
{
    const char *last = deploy ? plan->deploy : plan->revert;
    const char *reworked = deploy ? plan->reworked_deploy : plan->reworked_revert;
    if (change->reworks->len == 0)
        return file_path(plan, last, change->name, "");
    for (guint i = 0; i < change->reworks->len; i++) {
        char *path = file_path(plan, reworked, change->name, change->reworks->pdata[i]);
        if (is_there(folder, path))
            return path;
        g_free(path);
    }
    return file_path(plan, reworked, change->name, change->reworks->pdata[0]);
}

static WendScript *read_script(const WendFolder *folder, const char *path, GPtrArray *problems)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, path);
    gsize length = 0;
    return wend_tool_read(folder, path, problems, &text, &length)
               ? wend_script_new(shown, 1, g_steal_pointer(&text), length)
               : NULL;
}

static void add(const WendFolder *folder, WendSqitchPlan *plan, guint index, GPtrArray *migrations,
                GPtrArray *problems)
{
    const WendSqitchChange *change = plan->changes->pdata[index];
    g_autofree char *deploy = script_path(folder, plan, change, true);
    g_autofree char *revert = script_path(folder, plan, change, false);
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, deploy, problems);
    WendScript *up = bytes != NULL ? read_script(folder, deploy, problems) : NULL;
    if (up == NULL)
        return;
    g_autofree char *position = g_strdup_printf("%08u", index);
    g_autofree char *version =
        change->reworks->len > 0
            ? g_strconcat(change->name, (char *)change->reworks->pdata[0], NULL)
            : g_strdup(change->name);
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, change->id, version, "", position);
    WendToolFile *file = wend_tool_file(migration);
    WendSqitchFile *more = g_new0(WendSqitchFile, 1);
    more->plan = wend_sqitch_plan_ref(plan);
    more->change = change;
    file->more = more;
    file->more_free = more_free;
    file->checksum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA1, bytes);
    migration->up = up;
    if (is_there(folder, revert))
        migration->down = read_script(folder, revert, problems);
}

static bool scan(const WendFolder *folder, WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    g_autoptr(WendSqitchPlan) plan = wend_sqitch_plan_read(folder, dialect, problems);
    if (plan == NULL)
        return true;
    if (dialect == WEND_DIALECT_SQLITE) {
        WendProblem *problem = wend_tool_problem(
            folder, PLAN, problems,
            "sqitch keeps its registry for SQLite in a file of its own, which wend does not write");
        problem->hint = g_strdup("go on with sqitch there, or move the scripts into wend's own "
                                 "layout and `wend mark` what is deployed");
        return true;
    }
    for (guint i = 0; i < plan->changes->len; i++)
        add(folder, plan, i, migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

static char *version_key(const char *version)
{
    return g_strdup(version);
}

/* A change that is not in the plan: behind all that are, so that nothing is deployed over it. */
static char *position(const char *id)
{
    return strlen(id) == WEND_SQITCH_ID ? g_strconcat("~", id, NULL) : NULL;
}

static const char *const places[] = {"sqitch", "db", "database", "sql", NULL};

const WendFormat wend_format_sqitch = {
    .name = "sqitch",
    .title = "sqitch",
    .places = places,
    .settings = CONF,
    .history = &wend_sqitch_history,
    .down_hint = "write it as revert/NAME.sql",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .position = position,
};
