/* SPDX-License-Identifier: MIT
 *
 * Whole runs over a folder of migrations. See flow.h.
 */
#include "flow.h"

#include <glib/gstdio.h>
#include <string.h>

Flow *flow_new(Bench *bench)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    Flow *flow = g_new0(Flow, 1);
    flow->bench = bench;
    flow->folder = g_build_filename(bench->folder, "migrations", NULL);
    flow->log = g_string_new(NULL);
    g_autofree char *border = g_build_filename(bench->folder, ".git", NULL);
    g_assert_cmpint(g_mkdir(flow->folder, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(border, 0700), ==, 0);
    WendConfigInput input = {.directory = bench->folder,
                             .database = bench->url,
                             .migrations = flow->folder,
                             .lock_timeout = "0"};
    flow->config = wend_config_load(&input, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    return flow;
}

void flow_free(Flow *flow)
{
    if (flow == NULL)
        return;
    wend_config_free(flow->config);
    g_string_free(flow->log, TRUE);
    g_free(flow->warning);
    g_free(flow->folder);
    g_free(flow);
}

void flow_file(Flow *flow, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(flow->folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

void flow_remove(Flow *flow, const char *name)
{
    g_autofree char *path = g_build_filename(flow->folder, name, NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

void flow_inserts(Flow *flow, guint count)
{
    static const char *const names[] = {"zero", "one", "two", "three", "four", "five"};
    contract_items(flow->bench->connection);
    for (guint i = 1; i <= count; i++) {
        g_autofree char *up = g_strdup_printf("%u_%s.up.sql", i, names[i]);
        g_autofree char *down = g_strdup_printf("%u_%s.down.sql", i, names[i]);
        g_autofree char *insert = g_strdup_printf("INSERT INTO items VALUES (%u, 'x');\n", i);
        g_autofree char *delete = g_strdup_printf("DELETE FROM items WHERE id = %u;\n", i);
        flow_file(flow, up, insert);
        flow_file(flow, down, delete);
    }
}

/* --- commands --- */

WendProject *flow_project(Flow *flow, WendError *error)
{
    g_autoptr(WendProject) project = wend_project_new(flow->config, error);
    WendWatch watch = {.interrupts = &flow->bench->interrupts};
    if (project == NULL || !wend_project_scan(project, error) ||
        !wend_project_connect(project, WEND_CREATE_FILE, &watch, NULL, error))
        return NULL;
    return g_steal_pointer(&project);
}

static void stop(const Flow *flow)
{
    if (flow->stop_waits) {
        contract_child_ready();
        contract_child_wait();
    } else {
        flow->bench->interrupts = 1;
    }
}

static void on_report(const WendReport *report, void *data)
{
    static const char *const kinds[] = {"plan", "backup",  "begin", "round",
                                        "done", "warning", "resume"};
    Flow *flow = data;
    g_string_append_printf(flow->log, "%s ", kinds[report->kind]);
    if (report->kind == WEND_REPORT_ROUND)
        g_string_append_printf(flow->log, "%" G_GINT64_FORMAT, report->rows);
    else if (report->step != NULL)
        g_string_append(flow->log, report->step->version);
    else
        g_string_append_printf(flow->log, "%u", report->total);
    g_string_append(flow->log, ", ");
    if (report->kind == WEND_REPORT_WARNING) {
        g_free(flow->warning);
        flow->warning = g_strdup(report->text);
    }
    if (flow->stop_version != NULL && report->kind == flow->stop_kind && report->step != NULL &&
        strcmp(report->step->version, flow->stop_version) == 0)
        stop(flow);
}

bool flow_move(Flow *flow, WendMove move, WendError *error)
{
    move.report = on_report;
    move.data = flow;
    flow->moved = (WendMoved){0};
    g_string_truncate(flow->log, 0);
    g_autoptr(WendProject) project = flow_project(flow, error);
    return project != NULL && wend_move_run(project, &move, &flow->moved, error);
}

bool flow_up(Flow *flow, WendError *error)
{
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    return flow_move(flow, move, error);
}

bool flow_down(Flow *flow, gint64 count, WendError *error)
{
    WendMove move = {.request = {.direction = WEND_DOWN, .count = count}};
    return flow_move(flow, move, error);
}

bool flow_mark(Flow *flow, const char *version, bool pending, WendError *error)
{
    const char *const versions[] = {version, NULL};
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(WendProject) project = flow_project(flow, error);
    return project != NULL && wend_mark(project, versions, pending, labels, error);
}

bool flow_baseline(Flow *flow, const char *version, WendError *error)
{
    g_autoptr(WendProject) project = flow_project(flow, error);
    return project != NULL && wend_baseline(project, version, error);
}

bool flow_repair(Flow *flow, WendRepair repair, char **text, WendError *error)
{
    g_autofree char *said = NULL;
    WendMove move = {.request = {.direction = WEND_UP, .count = -1}};
    g_autoptr(WendProject) project = flow_project(flow, error);
    bool ok = project != NULL && wend_repair(project, repair, NULL, &move, &said, error);
    if (text != NULL)
        *text = g_steal_pointer(&said);
    return ok;
}

/* --- looking --- */

char *flow_states(Flow *flow)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendProject) project = flow_project(flow, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_done(wend_project_read(project, true, &error));
    g_autoptr(GArray) entries = wend_project_entries(project, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < entries->len; i++) {
        const WendEntry *entry = &g_array_index(entries, WendEntry, i);
        g_string_append_printf(text, "%s%s %s%s", i > 0 ? ", " : "", wend_entry_version(entry),
                               wend_state_name(entry->state),
                               entry->layout_only ? " (layout)" : "");
    }
    return g_string_free(text, FALSE);
}

static bool add_event(const WendRow *row, void *data, WendError *error)
{
    GString *text = data;
    g_autoptr(WendJournalRow) one = wend_journal_decode(row, error);
    if (one == NULL)
        return false;
    g_autoptr(GString) event = g_string_new(wend_direction_name(one->direction));
    g_string_append_printf(event, " %s", wend_event_name(one->event));
    if (one->statement > 0)
        g_string_append_printf(event, " %u", one->statement);
    if (text->len > 0)
        g_string_prepend(text, ", ");
    g_string_prepend(text, event->str);
    return true;
}

char *flow_journal(Flow *flow, const char *id)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendProject) project = flow_project(flow, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    GString *text = g_string_new(NULL);
    g_autoptr(WendQuery) query = wend_journal_read_rows(&project->journal, NULL, id, 0);
    assert_done(project->driver->query(project->connection, query, add_event, text, &error));
    return g_string_free(text, FALSE);
}
