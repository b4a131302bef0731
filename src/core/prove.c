/* SPDX-License-Identifier: MIT
 *
 * Proving a folder. See prove.h.
 */
#include "core/prove.h"

#include "core/callbacks.h"
#include "core/depends.h"
#include "core/own_values.h"

#include "sql/scanner.h"

#include <string.h>

static void add_error(WendProject *project, const WendError *error)
{
    WendProblem *problem = wend_problem_add(project->problems, false, error->file, error->line,
                                            error->column, "%s", error->message);
    problem->hint = g_strdup(error->hint);
}

/* Whether `-- wend: ignore syntax …` stands before a piece. */
static bool ignores_syntax(const WendCut *cut, guint at)
{
    gsize here = g_array_index(cut->places, guint32, at);
    gsize before = at > 0 ? g_array_index(cut->places, guint32, at - 1) : 0;
    for (guint i = 0; i < cut->script->directives->len; i++) {
        const WendDirective *one = cut->script->directives->pdata[i];
        if (one->kind == WEND_DIRECTIVE_IGNORE && one->offset >= before && one->offset < here &&
            g_str_has_prefix(one->value, "syntax"))
            return true;
    }
    return false;
}

/* Whether a piece is what a batch repeats. */
static bool is_batch(const WendCut *cut, guint at)
{
    for (guint i = 0; i < cut->segments->len; i++) {
        const WendSegment *segment = &g_array_index(cut->segments, WendSegment, i);
        if (segment->batch != NULL && at >= segment->first && at < segment->first + segment->count)
            return true;
    }
    return false;
}

/* A batch's statement with values as long as `:size` and `:after` in their places, which no parser
 * understands: what stands behind them stays where it is. Caller frees. */
static char *with_values(const WendCut *cut, const WendPiece *piece)
{
    char *text = g_strndup(piece->text, piece->length);
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, piece->text, piece->length, cut->lex_flags | WEND_LEX_COLON_NAMES);
    while (wend_scanner_next(&scanner, &token)) {
        if (token.length == 5 && strncmp(text + token.start, ":size", 5) == 0)
            memcpy(text + token.start, "1    ", 5);
        else if (token.length == 6 && strncmp(text + token.start, ":after", 6) == 0)
            memcpy(text + token.start, "NULL  ", 6);
    }
    return text;
}

/* Asks the real parser, which may be older than the server that the script is for. */
static void parse_piece(WendProject *project, const WendCut *cut, guint at)
{
    const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, at);
    g_auto(WendError) error = WEND_ERROR_INIT;
    gssize offset = -1;
    g_autofree char *batch = is_batch(cut, at) ? with_values(cut, piece) : NULL;
    if (ignores_syntax(cut, at) ||
        project->driver->parse(batch != NULL ? batch : piece->text, piece->length, &offset, &error))
        return;
    if (error.hint == NULL)
        wend_error_hint(&error,
                        "correct it; if a newer server understands it, write `-- wend: ignore "
                        "syntax REASON` before it");
    wend_cut_place(cut, at, offset, &error);
    add_error(project, &error);
}

static void cut_script(WendProject *project, const WendScript *script, WendProved *proved)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendCut) cut =
        wend_cut_make(script, project->driver, project->config->placeholders, &error);
    if (cut == NULL) {
        add_error(project, &error);
        return;
    }
    proved->statements += cut->statements->len;
    for (guint i = 0; project->driver->parse != NULL && i < cut->pieces->len; i++)
        parse_piece(project, cut, i);
}

/* Where there is no database, what only it knows is stood in for. */
static void give_values(WendProject *project, const WendMigration *migration)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendScript *scripts[] = {migration->up, migration->down};
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        WendOwner owner = {migration->version, migration->name,
                           wend_direction_name(i == 0 ? WEND_UP : WEND_DOWN)};
        if (!wend_own_values_give(project, scripts[i], &owner, true, &error))
            add_error(project, &error);
    }
}

static void read_all(WendProject *project, WendProved *proved)
{
    for (guint i = 0; i < project->migrations->len; i++) {
        WendMigration *migration = project->migrations->pdata[i];
        project->format->load(migration, project->driver->dialect, project->problems);
        proved->migrations++;
        proved->reversible += migration->down != NULL;
        give_values(project, migration);
        cut_script(project, migration->up, proved);
        if (migration->down != NULL)
            cut_script(project, migration->down, proved);
    }
}

/* --- on a scratch database --- */

static bool read_schema(WendProject *scratch, GString *schema, WendError *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!scratch->driver->list(scratch->connection, names, error))
        return false;
    const char *own[] = {scratch->table, scratch->journal.table, scratch->journal.scripts};
    const WendToolLock *lock = scratch->history->lock;
    const char *const *more = lock != NULL ? lock->tables : NULL;
    for (guint i = 0; i < names->len; i++) {
        const char *name = strchr(names->pdata[i], ' ');
        bool ours = false;
        for (gsize j = 0; name != NULL && j < G_N_ELEMENTS(own); j++)
            ours |= strcmp(name + 1, own[j]) == 0;
        for (gsize j = 0; name != NULL && more != NULL && more[j] != NULL; j++)
            ours |= g_ascii_strcasecmp(name + 1, more[j]) == 0;
        if (!ours)
            g_string_append_printf(schema, "%s%s", schema->len > 0 ? ", " : "",
                                   (char *)names->pdata[i]);
    }
    return true;
}

static bool move(WendProject *scratch, WendRequest request, WendError *error)
{
    WendMoved moved;
    WendMove one = {.request = request, .no_pause = true, .callbacks = true};
    return wend_move_run(scratch, &one, &moved, error);
}

/* How many of the newest migrations can be taken back one after the other, and whether that is all of
 * them, repeatables too. */
static guint count_reversible(const WendProject *scratch, bool *all)
{
    guint count = 0;
    bool whole = true, going = true;
    for (guint i = scratch->migrations->len; i > 0; i--) {
        const WendMigration *migration = scratch->migrations->pdata[i - 1];
        whole &= migration->down != NULL;
        if (migration->kind == WEND_KIND_REPEATABLE)
            continue;
        going &= migration->down != NULL;
        count += going;
    }
    *all = whole;
    return count;
}

static void report_left(WendProject *project, const char *left)
{
    WendProblem *problem = wend_problem_add(project->problems, false, project->config->migrations,
                                            0, 0, "the downs leave something behind: %s", left);
    problem->hint = g_strdup("drop it in the down of the migration that makes it");
}

/* Up, down as far as there are downs, up: where all have one, nothing must be left in between, and the
 * ups must run again behind them. */
static void run_all(WendProject *project, WendProject *scratch)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(GString) left = g_string_new(NULL);
    WendRequest up = {.direction = WEND_UP, .count = -1};
    bool ok = move(scratch, up, &error);
    /* Asked only now: running a migration has read its down, too. */
    bool all = false;
    guint count = count_reversible(scratch, &all);
    WendRequest down = {.direction = WEND_DOWN, .count = all ? -1 : (gint64)count, .all = all};
    ok = ok && move(scratch, down, &error) && (!all || read_schema(scratch, left, &error));
    if (ok && left->len > 0)
        report_left(project, left->str);
    else if (!ok || !move(scratch, up, &error))
        add_error(project, &error);
}

static WendProject *open_scratch(WendProject *project, const WendConfig *config, WendError *error)
{
    g_autoptr(WendProject) scratch = wend_project_new(config, error);
    if (scratch == NULL || !wend_project_scan(scratch, error) ||
        !wend_project_connect(scratch, WEND_CREATE_FILE, &project->watch, NULL, error))
        return NULL;
    return g_steal_pointer(&scratch);
}

/* Takes the baseline files out, so that all that they stand for is run. True when there was one. */
static bool drop_baselines(WendProject *scratch)
{
    bool any = false;
    for (guint i = scratch->migrations->len; i > 0; i--) {
        const WendMigration *migration = scratch->migrations->pdata[i - 1];
        if (migration->kind == WEND_KIND_BASELINE) {
            g_ptr_array_remove_index(scratch->migrations, i - 1);
            any = true;
        }
    }
    return any;
}

/* From nothing, without the baselines; where there are any, a second time from the newest of them. */
static bool prove_on_scratch(WendProject *project, WendProved *proved, WendError *error)
{
    WendConfig config = *project->config;
    config.database = (char *)project->driver->scratch;
    g_autoptr(WendProject) scratch = open_scratch(project, &config, error);
    if (scratch == NULL)
        return false;
    bool baselines = drop_baselines(scratch);
    run_all(project, scratch);
    proved->ran = true;
    if (!baselines || wend_problems_stop(project->problems))
        return true;
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_autoptr(WendProject) other = open_scratch(project, &config, error);
    if (other == NULL)
        return false;
    if (!move(other, (WendRequest){.direction = WEND_UP, .count = -1}, &failure))
        add_error(project, &failure);
    return true;
}

bool wend_prove(WendProject *project, bool strict, WendProved *proved, WendError *error)
{
    *proved = (WendProved){0};
    read_all(project, proved);
    wend_depends_prove(project);
    g_auto(WendError) failure = WEND_ERROR_INIT;
    if (!wend_callbacks_check(project, &failure))
        add_error(project, &failure);
    bool ok = wend_problems_stop(project->problems) || project->driver->scratch == NULL ||
              prove_on_scratch(project, proved, error);
    for (guint i = 0; strict && i < project->problems->len; i++)
        ((WendProblem *)project->problems->pdata[i])->warning = false;
    return ok;
}
