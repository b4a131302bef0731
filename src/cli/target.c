/* SPDX-License-Identifier: MIT
 *
 * Opening a target for a command, and showing how a move goes. See target.h.
 */
#include "cli/hook.h"

#include "core/secret.h"
#include "core/seed.h"

#include <string.h>

#define PIPE_TELL_EVERY_MS 10000

/* On a terminal whenever the driver says so; a log wants it at once, and then seldom. */
static bool wants_waiting(WendTarget *target, gint64 waited_ms)
{
    if (wend_out_error_is_terminal(target->cli))
        return true;
    bool first = !target->waited || waited_ms < target->waited_ms;
    target->waited = true;
    target->waited_ms = waited_ms;
    if (!first && waited_ms - target->told_ms < PIPE_TELL_EVERY_MS)
        return false;
    target->told_ms = waited_ms;
    return true;
}

static void on_waiting(WendWaiting kind, const WendWho *holder, const char *text, gint64 waited_ms,
                       void *data)
{
    WendTarget *target = data;
    if (!wants_waiting(target, waited_ms))
        return;
    g_autofree char *waited = wend_duration_text(waited_ms);
    g_autofree char *what = wend_waiting_text(kind, holder, text);
    if (wend_out_log_format(target->cli) == WEND_LOG_TEXT)
        wend_out_note(target->cli, "%s (%s so far)", what, waited);
    else
        wend_out_notice(
            target->cli,
            &(WendNotice){.kind = WEND_NOTICE_WAITING, .text = what, .duration_ms = waited_ms});
}

/* "002_name: statement 2 of 3, 1500 rows, 0:12" */
static void show_progress(WendTarget *target)
{
    gint64 seconds = (g_get_monotonic_time() - target->running_since) / G_USEC_PER_SEC;
    g_autoptr(GString) what = g_string_new(target->running);
    const char *separator = ": ";
    if (target->running_statements > 1) {
        g_string_append_printf(what, "%sstatement %u of %u", separator, target->running_statement,
                               target->running_statements);
        separator = ", ";
    }
    if (target->running_rows >= 0) {
        g_string_append_printf(what, "%s%" G_GINT64_FORMAT " row%s", separator,
                               target->running_rows, target->running_rows == 1 ? "" : "s");
        separator = ", ";
    }
    g_string_append_printf(what, "%s%" G_GINT64_FORMAT ":%02" G_GINT64_FORMAT, separator,
                           seconds / 60, seconds % 60);
    wend_progress_update(target->progress, target->running_index, what->str);
}

/* Keeps the progress bar going through a long step, and answers the first Ctrl-C during it. */
static void on_tick(guint statement, void *data)
{
    WendTarget *target = data;
    if (target->progress == NULL || target->running == NULL)
        return;
    if (statement == 0 && wend_interrupts == 1 && !target->told_interrupt) {
        target->told_interrupt = true;
        wend_out_note(target->cli, "stopping behind this statement; Ctrl-C again ends the "
                                   "statement itself (it is rolled back)");
    }
    if (statement > 0 && statement != target->running_statement) {
        target->running_statement = statement;
        target->running_rows = -1;
    }
    show_progress(target);
}

/* What the server says by the way belongs to the people who wrote the script. */
static void on_notice(const char *text, void *data)
{
    const WendTarget *target = data;
    g_autofree char *hidden = wend_secret_hide(target->config, text);
    if (hidden != NULL)
        text = hidden;
    if (target->cli->globals.json)
        wend_out_event(target->cli, json_pack("{s:s, s:s}", "event", "notice", "text", text));
    else if (wend_out_log_format(target->cli) != WEND_LOG_TEXT)
        wend_out_notice(target->cli, &(WendNotice){.kind = WEND_NOTICE_SERVER, .text = text});
    else
        wend_out_note(target->cli, "%s", text);
}

/* Whether what a run tells are lines of a log: not where they are JSON events already. */
static bool is_logged(const WendTarget *target)
{
    return !target->cli->globals.json && wend_out_log_format(target->cli) != WEND_LOG_TEXT;
}

/* The error of a run that did not come as far as a migration; it may have been asked for wrongly. */
static int refuse(WendTarget *target, WendError *error)
{
    if (error->state == NULL && target->shown_steps == 0 && error->code != WEND_USAGE)
        wend_error_state(error, "nothing was run");
    return wend_out_error(target->cli, error);
}

static int open_folder(WendTarget *target, WendError *error)
{
    if (!wend_project_scan(target->project, error))
        return wend_out_error(target->cli, error);
    return target->project->problems->len > 0
               ? wend_out_problems(target->cli, target->project->problems)
               : 0;
}

static void say_track(const WendTarget *target)
{
    wend_out_say_track(target->cli, target->config->tracks > 1 ? target->config->track : NULL);
}

int wend_target_prepare(WendCli *cli, WendTarget *target, WendConfig *config, guint needs)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    *target = (WendTarget){.cli = cli, .config = config};
    if (config->overriding != NULL)
        wend_out_warning(cli, "%s is set: it is used instead of the database of environment %s",
                         config->overriding, config->env);
    target->project = wend_project_new(config, &error);
    if (target->project == NULL)
        return wend_out_error(cli, &error);
    target->shown = target->project->driver->display(config->database);
    say_track(target);
    return needs & WEND_NEED_FOLDER ? open_folder(target, &error) : 0;
}

int wend_target_connect(WendTarget *target, guint needs)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    say_track(target);
    WendWatch watch = {.waiting = on_waiting,
                       .tick = on_tick,
                       .notice = on_notice,
                       .data = target,
                       .interrupts = &wend_interrupts};
    WendCreate create = needs & WEND_NEED_DATABASE ? WEND_CREATE_DATABASE
                        : needs & WEND_NEED_CREATE ? WEND_CREATE_FILE
                                                   : WEND_CREATE_NOTHING;
    if ((needs & (WEND_NEED_TARGET | WEND_NEED_CREATE)) &&
        !wend_project_connect(target->project, create, &watch, NULL, &error))
        return needs & WEND_NEED_CREATE ? refuse(target, &error)
                                        : wend_out_error(target->cli, &error);
    return 0;
}

int wend_target_open(WendCli *cli, WendTarget *target, guint needs)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    *target = (WendTarget){.cli = cli};
    WendConfig *config = wend_cli_track(cli, needs & WEND_NEED_ANY, &error);
    if (config == NULL)
        return wend_out_error(cli, &error);
    if (needs & WEND_NEED_SEEDS && !wend_seed_configure(config, &error)) {
        wend_config_free(config);
        return wend_out_error(cli, &error);
    }
    int code = wend_target_prepare(cli, target, config, needs);
    return code != 0 ? code : wend_target_connect(target, needs);
}

void wend_target_close(WendTarget *target)
{
    wend_progress_free(target->progress);
    wend_project_free(target->project);
    wend_config_free(target->config);
    g_free(target->shown);
    g_free(target->running);
    g_strfreev(target->agreed);
    *target = (WendTarget){0};
}

char *wend_time_shown(const char *at)
{
    if (at == NULL || strlen(at) < 19)
        return g_strdup(at != NULL ? at : "");
    char *shown = g_strndup(at, 19);
    shown[10] = ' ';
    return shown;
}

json_t *wend_step_json(const WendStep *step)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", step->id, "version", step->version, "name",
                     step->name != NULL ? step->name : "", "kind", wend_kind_name(step->kind),
                     "direction", wend_direction_name(step->direction));
}

json_t *wend_plan_json(const WendPlan *plan)
{
    json_t *steps = json_array();
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        json_t *one = wend_step_json(step);
        if (step->script != NULL) {
            json_object_set_new(one, "file", json_string(step->script->file));
            json_object_set_new(one, "checksum", json_string(step->script->checksum));
        }
        json_array_append_new(steps, one);
    }
    json_t *warnings = json_array();
    for (guint i = 0; i < plan->warnings->len; i++)
        json_array_append_new(warnings, json_string(plan->warnings->pdata[i]));
    json_t *finish = json_null();
    if (plan->finish != NULL)
        finish =
            json_pack("{s:s, s:s, s:s, s:i}", "id", plan->finish->id, "label", plan->finish->label,
                      "direction", wend_direction_name(plan->finish->direction), "next",
                      (int)plan->finish->next);
    return json_pack("{s:o, s:o, s:o}", "finish", finish, "steps", steps, "warnings", warnings);
}

static void show_step(WendCli *cli, WendDirection direction, const char *label, const char *remark)
{
    g_autofree char *shown = wend_text_line(label);
    wend_out_line(cli, "  %-4s  %s%s", wend_direction_name(direction), shown, remark);
}

/* What belongs to a moment, one line each. */
static void show_moment(WendTarget *target, WendMoment moment)
{
    const GPtrArray *callbacks = target->project->callbacks;
    const WendHook *hook = wend_config_hook(target->config, moment);
    const char *name = wend_moment_name(moment);
    for (guint i = 0; i < callbacks->len; i++) {
        const WendCallback *callback = callbacks->pdata[i];
        g_autofree char *file = wend_text_line(callback->script->file);
        if (callback->moment == moment)
            wend_out_line(target->cli, "  %-14s  %s", name, file);
    }
    g_autofree char *command = hook != NULL ? wend_text_line(hook->command) : NULL;
    if (hook != NULL)
        wend_out_line(target->cli, "  %-14s  command: %s", name, command);
}

void wend_target_moments(WendTarget *target, WendDirection direction, bool behind)
{
    for (guint i = 0; i < WEND_MOMENTS; i++) {
        bool last = i == WEND_AFTER_UP || i == WEND_AFTER_DOWN || i == WEND_ON_ERROR;
        if (last == behind && wend_moment_is_of((WendMoment)i, direction == WEND_UP))
            show_moment(target, (WendMoment)i);
    }
}

static json_t *callbacks_json(const WendTarget *target, WendDirection direction)
{
    json_t *list = json_array();
    const GPtrArray *callbacks = target->project->callbacks;
    for (guint i = 0; i < WEND_MOMENTS; i++) {
        const char *name = wend_moment_name((WendMoment)i);
        const WendHook *hook = wend_config_hook(target->config, (WendMoment)i);
        if (!wend_moment_is_of((WendMoment)i, direction == WEND_UP))
            continue;
        for (guint j = 0; j < callbacks->len; j++) {
            const WendCallback *callback = callbacks->pdata[j];
            if (callback->moment == (WendMoment)i)
                json_array_append_new(
                    list, json_pack("{s:s, s:s}", "moment", name, "file", callback->script->file));
        }
        if (hook != NULL)
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "moment", name, "command", hook->command));
    }
    return list;
}

json_t *wend_target_plan_json(const WendTarget *target, const WendPlan *plan,
                              WendDirection direction)
{
    json_t *document = wend_plan_json(plan);
    bool any = plan->steps->len > 0 || plan->finish != NULL;
    json_object_set_new(document, "callbacks",
                        any ? callbacks_json(target, direction) : json_array());
    return document;
}

void wend_target_steps(WendTarget *target, const WendPlan *plan)
{
    WendDirection direction = wend_plan_direction(plan);
    if (plan->finish != NULL || plan->steps->len > 0)
        wend_target_moments(target, direction, false);
    if (plan->finish != NULL)
        show_step(target->cli, plan->finish->direction, plan->finish->label,
                  "  (half done: it is finished first)");
    for (guint i = 0; i < plan->steps->len; i++) {
        const WendStep *step = &g_array_index(plan->steps, WendStep, i);
        g_autofree char *label = wend_step_label(step);
        show_step(target->cli, step->direction, label,
                  step->from_store && step->script == step->owned
                      ? "  (script as recorded; the file is gone or has changed)"
                      : "");
    }
    if (plan->finish != NULL || plan->steps->len > 0)
        wend_target_moments(target, direction, true);
}

bool wend_target_ask(WendTarget *target, const WendPlan *plan, const char *question, WendMove *move,
                     WendError *error)
{
    WendCli *cli = target->cli;
    if (cli->globals.yes)
        return true;
    if (!cli->globals.json && wend_out_can_ask(cli)) {
        wend_target_steps(target, plan);
        wend_out_flush(cli);
    }
    if (!wend_out_confirm(cli, error, "%s", question))
        return wend_error_state(error, "nothing was changed");
    g_strfreev(target->agreed);
    target->agreed = wend_plan_ids(plan);
    move->agreed = (const char *const *)target->agreed;
    return true;
}

/* --- reports --- */

static void show_done(WendTarget *target, const WendReport *report)
{
    WendCli *cli = target->cli;
    bool up = report->step->direction == WEND_UP;
    if (cli->globals.json) {
        json_t *event = wend_step_json(report->step);
        json_object_set_new(event, "event", json_string(up ? "applied" : "reverted"));
        json_object_set_new(event, "duration_ms", json_integer(report->ms));
        wend_out_event(cli, event);
        return;
    }
    g_autofree char *label = wend_step_label(report->step);
    g_autofree char *line = wend_text_line(label);
    g_autofree char *shown = wend_out_named(cli, line);
    g_autofree char *took = wend_duration_text(report->ms);
    if (!cli->globals.quiet)
        wend_out_line(cli, "%s%-8s%s  %s  %s(%s)%s",
                      wend_out_paint(cli, up ? WEND_PAINT_GOOD : WEND_PAINT_WARNING),
                      up ? "applied" : "reverted", wend_out_paint(cli, WEND_PAINT_PLAIN), shown,
                      wend_out_paint(cli, WEND_PAINT_DIM), took,
                      wend_out_paint(cli, WEND_PAINT_PLAIN));
}

static void show_text(WendTarget *target, const char *event, const char *text)
{
    WendCli *cli = target->cli;
    if (cli->globals.json)
        wend_out_event(cli, json_pack("{s:s, s:s}", "event", event, "text", text));
    else if (strcmp(event, "warning") == 0)
        wend_out_warning(cli, "%s", text);
    else
        wend_out_note(cli, "%s", text);
}

static void show_plan(WendTarget *target, guint total)
{
    target->total = total;
    if (target->cli->globals.json)
        wend_out_event(target->cli,
                       json_pack("{s:s, s:s, s:i}", "event", "plan", "direction",
                                 wend_direction_name(target->direction), "steps", (int)total));
    wend_progress_free(target->progress);
    target->progress = wend_progress_new(target->cli, total);
}

static void show_round(WendTarget *target, const WendReport *report)
{
    if (target->cli->globals.json) {
        json_t *event = wend_step_json(report->step);
        json_object_set_new(event, "event", json_string("round"));
        json_object_set_new(event, "rows", json_integer(report->rows));
        wend_out_event(target->cli, event);
        return;
    }
    target->running_rows = report->rows;
    if (target->progress != NULL && target->running != NULL)
        show_progress(target);
}

static WendNoticeKind notice_kind(const WendReport *report)
{
    static const WendNoticeKind kinds[] = {
        [WEND_REPORT_PLAN] = WEND_NOTICE_PLAN,     [WEND_REPORT_BACKUP] = WEND_NOTICE_NOTE,
        [WEND_REPORT_BEGIN] = WEND_NOTICE_BEGIN,   [WEND_REPORT_ROUND] = WEND_NOTICE_ROUND,
        [WEND_REPORT_DONE] = WEND_NOTICE_APPLIED,  [WEND_REPORT_WARNING] = WEND_NOTICE_WARNING,
        [WEND_REPORT_RESUME] = WEND_NOTICE_RESUME, [WEND_REPORT_CALLBACK] = WEND_NOTICE_CALLBACK,
    };
    bool back = report->kind == WEND_REPORT_DONE && report->step->direction == WEND_DOWN;
    return back ? WEND_NOTICE_REVERTED : kinds[report->kind];
}

/* The report as a line of the log. */
static void log_report(const WendTarget *target, const WendReport *report, const char *text)
{
    const WendStep *step = report->step;
    WendNotice notice = {
        .kind = notice_kind(report),
        .text = text,
        .total = report->total,
        .rows = report->rows,
        .duration_ms = report->ms,
    };
    if (report->kind == WEND_REPORT_PLAN)
        notice.direction = wend_direction_name(report->direction);
    if (step != NULL) {
        bool seed = target->config->seeding;
        notice.direction = wend_direction_name(step->direction);
        notice.version = seed ? NULL : step->version;
        notice.name = seed ? step->version : step->name;
        notice.source = step->script != NULL ? step->script->file : NULL;
        notice.index = report->index + 1;
    }
    wend_out_notice(target->cli, &notice);
}

static void on_report(const WendReport *report, void *data)
{
    WendTarget *target = data;
    bool log = is_logged(target);
    if (log && report->kind != WEND_REPORT_BACKUP)
        log_report(target, report, report->text);
    switch (report->kind) {
    case WEND_REPORT_PLAN:
        show_plan(target, report->total);
        break;
    case WEND_REPORT_BACKUP: {
        g_autofree char *text = g_strdup_printf("backup made; to restore it: %s", report->text);
        if (log)
            log_report(target, report, text);
        else
            show_text(target, "backup", text);
        target->backed_up = true;
        break;
    }
    case WEND_REPORT_BEGIN:
        if (target->progress != NULL && report->step != NULL) {
            g_free(target->running);
            target->running = wend_step_label(report->step);
            target->running_index = report->index;
            target->running_statements = (guint)report->rows;
            target->running_statement = 0;
            target->running_since = g_get_monotonic_time();
            target->running_rows = -1;
            show_progress(target);
        }
        break;
    case WEND_REPORT_ROUND:
        show_round(target, report);
        break;
    case WEND_REPORT_DONE:
        target->shown_steps++;
        if (!log)
            show_done(target, report);
        break;
    case WEND_REPORT_WARNING:
    case WEND_REPORT_RESUME:
    case WEND_REPORT_CALLBACK:
        if (!log)
            show_text(target,
                      report->kind == WEND_REPORT_WARNING    ? "warning"
                      : report->kind == WEND_REPORT_CALLBACK ? "callback"
                                                             : "resume",
                      report->text);
        break;
    }
}

/* Why there was nothing to apply: that is not always because everything is. */
static void show_nothing(WendTarget *target)
{
    WendCli *cli = target->cli;
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    g_autoptr(GArray) entries = wend_project_entries(target->project, &ignored);
    guint pending = 0, applied = 0, count = entries != NULL ? entries->len : 0;
    for (guint i = 0; i < count; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        pending += wend_state_is_pending(entry->state);
        applied += entry->applied != NULL;
    }
    if (target->config->seeding)
        wend_out_note(cli, "%s: nothing to do%s", target->shown,
                      count == 0 ? ", there are no seeds yet: `wend seed new NAME`" : "");
    else if (pending > 0)
        wend_out_note(cli, "%s: nothing to do up to there; %u pending", target->shown, pending);
    else if (count == 0)
        wend_out_note(cli, "%s: there are no migrations in %s yet: `wend new NAME`", target->shown,
                      target->config->migrations);
    else
        wend_out_note(cli, "%s: nothing to do%s", target->shown,
                      applied > 0 ? ", everything is applied" : "");
}

static void show_summary(WendTarget *target, const WendMoved *moved)
{
    WendCli *cli = target->cli;
    bool up = target->direction == WEND_UP;
    g_autofree char *done =
        g_strdup_printf("%u %s%s %s", moved->done, target->config->seeding ? "seed" : "migration",
                        moved->done == 1 ? "" : "s", up ? "applied" : "reverted");
    g_autofree char *state = wend_out_named(cli, done);
    wend_out_state(cli, "%s", state);
    if (cli->globals.json) {
        wend_out_event(cli,
                       json_pack("{s:s, s:i, s:I}", "event", "done", up ? "applied" : "reverted",
                                 (int)moved->done, "duration_ms", (json_int_t)moved->ms));
        return;
    }
    if (moved->done == 0) {
        if (up)
            show_nothing(target);
        else
            wend_out_note(cli, "%s: nothing to take back", target->shown);
        return;
    }
    g_autofree char *took = wend_duration_text(moved->ms);
    wend_out_note(cli, "%s: %s in %s", target->shown, done, took);
}

int wend_target_move(WendTarget *target, WendMove *move)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendMoved moved = {0};
    if (move->callbacks && !wend_hooks_check(target->config, move->one_transaction, &error))
        return wend_out_error(target->cli, &error);
    move->command = wend_hook_run;
    move->report = on_report;
    move->data = target;
    target->direction = move->request.direction;
    bool ok = wend_move_run(target->project, move, &moved, &error);
    g_clear_pointer(&target->progress, wend_progress_free);
    if (!ok)
        return refuse(target, &error);
    show_summary(target, &moved);
    if (move->backup != NULL && !target->backed_up && !target->cli->globals.json)
        wend_out_note(target->cli, "no backup was made: there was nothing to do");
    return WEND_OK;
}
