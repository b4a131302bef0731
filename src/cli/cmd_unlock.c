/* SPDX-License-Identifier: MIT
 *
 * wend unlock: shows who holds the lock, and clears what a dead holder left lying about.
 */
#include "cli/target.h"

#include "core/secret.h"

static void free_who(gpointer who)
{
    wend_who_free(who);
}

/* Nobody holds it: taking and leaving it clears what was left behind. Where nothing can be written there
 * may be nothing to clear, and what is there stops nobody. */
static int clear_lock(WendTarget *target)
{
    const WendProject *project = target->project;
    const WendDriver *driver = project->driver;
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (driver->lock(project->connection, project->journal.table, &error)) {
        driver->unlock(project->connection);
    } else {
        g_auto(WendError) ignored = WEND_ERROR_INIT;
        g_autoptr(WendWho) holder = NULL;
        if (!driver->holder(project->connection, project->journal.table, &holder, NULL, &ignored) ||
            holder != NULL)
            return wend_out_error(target->cli, &error);
        wend_out_detail(target->cli, "%s", error.message);
    }
    if (target->cli->globals.json)
        wend_out_json(target->cli, json_pack("{s:n}", "lock"));
    else
        wend_out_line(target->cli, "Nobody holds the lock.");
    return WEND_OK;
}

static int go(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendWho) holder = NULL;
    g_autoptr(GPtrArray) waiters = g_ptr_array_new_with_free_func(free_who);
    WendProject *project = target->project;
    if (!wend_project_find(project, &error) ||
        !project->driver->holder(project->connection, project->journal.table, &holder, waiters,
                                 &error))
        return wend_out_error(cli, &error);
    if (holder == NULL)
        return clear_lock(target);
    g_autofree char *who = wend_who_text(holder);
    for (guint i = 0; i < waiters->len; i++) {
        g_autofree char *waiter = wend_who_text(waiters->pdata[i]);
        wend_out_note(cli, "waiting: %s", waiter);
    }
    wend_error_set(&error, WEND_LOCKED, "the lock is held by %s", who);
    g_autofree char *orphan =
        holder->session == NULL
            ? g_strdup("")
            : g_strdup_printf("; if it is gone already, the server still works for it, in %s: the "
                              "lock ends with that, or by %s",
                              holder->session, holder->end);
    wend_error_hint(&error,
                    "wait for that process or stop it on %s (kill %" G_GINT64_FORMAT
                    "): its lock ends with it, and nothing is lost%s",
                    holder->host, holder->pid, orphan);
    wend_secret_hide_error(project->config, &error);
    return wend_out_error(cli, &error);
}

static int run(WendCli *cli)
{
    WendTarget target;
    int code = wend_target_open(cli, &target, WEND_NEED_TARGET | WEND_NEED_ANY);
    if (code == 0)
        code = go(&target);
    wend_target_close(&target);
    return code;
}

const WendCommand wend_cmd_unlock = {
    .name = "unlock",
    .group = WEND_GROUP_MOVE,
    .summary = "show who holds the lock, and clear what a dead holder left",
    .usage = "unlock",
    .run = run,
};
