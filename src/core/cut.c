/* SPDX-License-Identifier: MIT
 *
 * Cutting a script into segments. See cut.h.
 */
#include "core/cut.h"

#include "core/substitute.h"
#include "format/folder.h"
#include "sql/only_reads.h"
#include "sql/scanner.h"

#include <string.h>

/* Sums of growing prefixes are asked for: each goes on from the one before. */
struct WendCutSum {
    GChecksum *sum;
    guint count; /* statements in it */
};

typedef struct Cutter {
    WendCut *cut;
    const WendDriver *driver;
    guint next_directive;
    bool none;                  /* transaction none */
    bool own;                   /* inside the script's own BEGIN … COMMIT */
    gsize own_at;               /* where that began */
    bool open;                  /* the last segment may take another statement */
    GPtrArray *missing;         /* of WendMissing */
    const WendDirective *batch; /* for the next statement */
    bool retry;                 /* likewise */
    gsize substituted;          /* bytes of the texts with their values in */
} Cutter;

static const char *cut_text(const WendCut *cut)
{
    return cut->script->text;
}

/* Line and column of a byte of the script, as the file has them. */
static void place_at(const WendScript *script, gsize offset, WendError *error)
{
    guint line = script->line;
    for (const char *at = script->text; at < script->text + offset; at++)
        line += *at == '\n';
    wend_error_place(error, script->file, line, 0);
    wend_error_source(error, script->text, script->length, offset);
}

bool wend_cut_place(const WendCut *cut, guint piece, gssize offset, WendError *error)
{
    const WendPiece *at = &g_array_index(cut->pieces, WendPiece, piece);
    /* Its driver knows the line. */
    if (at->load != NULL)
        return error != NULL && error->file == NULL &&
               wend_error_place(error, at->load->file, 0, 0);
    const WendScript *script = cut->from != NULL && cut->from->pdata[piece] != NULL
                                   ? cut->from->pdata[piece]
                                   : cut->script;
    gsize start = g_array_index(cut->places, guint32, piece);
    bool own_text = at->text >= script->text && at->text <= script->text + script->length;
    /* In a substituted text the offset means nothing: its start has to do. */
    if (offset > 0 && own_text)
        start += (gsize)offset;
    place_at(script, MIN(start, script->length), error);
    return false;
}

static bool fail_at(const Cutter *cutter, gsize offset, WendError *error)
{
    place_at(cutter->cut->script, offset, error);
    return false;
}

/* The piece's text becomes the one with its values in; owned by the cut. */
static bool substitute(Cutter *cutter, WendPiece *piece, gsize offset, WendError *error)
{
    const WendScript *script = cutter->cut->script;
    bool inside = piece->text >= script->text && piece->text <= script->text + script->length;
    guint line = inside ? 0 : script->line + wend_lines_count(script->text, offset);
    char *text = wend_substitute(script, cutter->cut->placeholders, piece->text, piece->length,
                                 line, cutter->missing);
    gsize length = strlen(text);
    g_ptr_array_add(cutter->cut->texts, text);
    cutter->substituted += length;
    if (cutter->substituted > WEND_SUBSTITUTED_MAX) {
        wend_error_set(error, WEND_USAGE,
                       "with its placeholders filled in, the script is larger than 1 GiB");
        wend_error_hint(error, "use shorter values, or cut the file into several");
        return fail_at(cutter, offset, error);
    }
    piece->length = (guint32)length;
    piece->text = text;
    return true;
}

static bool add_piece(Cutter *cutter, WendPiece piece, gsize offset, WendError *error)
{
    guint32 place = (guint32)offset;
    if (cutter->cut->substitute && memchr(piece.text, '$', piece.length) != NULL &&
        !substitute(cutter, &piece, offset, error))
        return false;
    g_array_append_val(cutter->cut->pieces, piece);
    g_array_append_val(cutter->cut->places, place);
    return true;
}

/* The segment that takes the next piece: the open one, or a new one. */
static WendSegment *segment_for(Cutter *cutter, bool alone)
{
    WendCut *cut = cutter->cut;
    /* Under `transaction none` the script's own BEGIN … COMMIT still holds together. */
    bool single = alone || (cutter->none && !cutter->own) || cutter->batch != NULL;
    if (!cutter->open || single) {
        WendSegment segment = {.alone = alone, .first = cut->pieces->len, .batch = cutter->batch};
        g_array_append_val(cut->segments, segment);
    }
    cutter->open = !single;
    return &g_array_index(cut->segments, WendSegment, cut->segments->len - 1);
}

/* What is asked must be one query that only reads: it would run unseen by plan and journal, and what it
 * commits is not rolled back. */
static bool check_query(const Cutter *cutter, const char *what, const char *text, gsize length,
                        gsize offset, WendError *error)
{
    const char *reason;
    if (wend_sql_only_reads(text, length, cutter->cut->lex_flags, &reason))
        return true;
    wend_error_set(error, WEND_USAGE, "this is not one query that only reads: %s", reason);
    wend_error_hint(error, "%s may be a single SELECT, and nothing else", what);
    return fail_at(cutter, offset, error);
}

static bool add_assertion(Cutter *cutter, const WendDirective *directive, guint number,
                          WendError *error)
{
    /* An assertion never opens a segment of its own kind: it belongs to what follows, but is no part
     * of a batch's rounds. */
    const WendDirective *batch = cutter->batch;
    cutter->batch = NULL;
    WendSegment *segment = segment_for(cutter, false);
    cutter->batch = batch;
    WendPiece piece = {.text = directive->sql,
                       .length = strlen(directive->sql),
                       .number = number,
                       .assertion = true,
                       .expected = directive->expected};
    if (!add_piece(cutter, piece, directive->offset, error))
        return false;
    segment->count++;
    segment->last_statement = MAX(segment->last_statement, number - 1);
    const WendPiece *added =
        &g_array_index(cutter->cut->pieces, WendPiece, cutter->cut->pieces->len - 1);
    return check_query(cutter, "an assertion", added->text, added->length, directive->offset,
                       error);
}

/* Takes the directives that stand before byte `offset`. */
static bool take_directives(Cutter *cutter, gsize offset, guint number, WendError *error)
{
    const GPtrArray *directives = cutter->cut->script->directives;
    for (; cutter->next_directive < directives->len; cutter->next_directive++) {
        const WendDirective *directive = directives->pdata[cutter->next_directive];
        if (directive->offset >= offset)
            return true;
        if (directive->kind == WEND_DIRECTIVE_BATCH)
            cutter->batch = directive;
        else if (directive->kind == WEND_DIRECTIVE_RETRY)
            cutter->retry = true;
        else if (directive->kind == WEND_DIRECTIVE_ASSERT &&
                 !add_assertion(cutter, directive, number, error))
            return false;
    }
    return true;
}

/* What BEGIN says of its transaction becomes the first statement in it: the driver begins it by itself. */
static bool add_modes(Cutter *cutter, WendPiece piece, gsize modes, gsize offset, WendError *error)
{
    char *text =
        g_strdup_printf("SET TRANSACTION %.*s", (int)(piece.length - modes), piece.text + modes);
    g_ptr_array_add(cutter->cut->texts, text);
    WendSegment *segment = segment_for(cutter, false);
    piece.text = text;
    piece.length = strlen(text);
    piece.class = WEND_CLASS_ORDINARY;
    if (!add_piece(cutter, piece, offset, error))
        return false;
    segment->count++;
    segment->last_statement = piece.number;
    return true;
}

static bool take_begin(Cutter *cutter, WendPiece piece, gsize modes, gsize offset, WendError *error)
{
    if (cutter->own) {
        wend_error_set(error, WEND_USAGE, "BEGIN inside a transaction that is already open");
        wend_error_hint(error, "COMMIT the first one before, or remove this BEGIN");
        return fail_at(cutter, offset, error);
    }
    cutter->own = true;
    cutter->own_at = offset;
    cutter->open = false;
    return modes == 0 || add_modes(cutter, piece, modes, offset, error);
}

static bool take_commit(Cutter *cutter, gsize offset, WendError *error)
{
    if (!cutter->own) {
        wend_error_set(error, WEND_USAGE, "COMMIT without a BEGIN before it");
        wend_error_hint(error, "remove it: wend runs the file in a transaction by itself");
        return fail_at(cutter, offset, error);
    }
    cutter->own = false;
    cutter->open = false;
    return true;
}

static bool take_alone(Cutter *cutter, WendPiece piece, const char *what, gsize offset,
                       WendError *error)
{
    if (cutter->own) {
        wend_error_set(error, WEND_USAGE, "%s cannot run inside the BEGIN … COMMIT of this file",
                       what);
        wend_error_hint(error, "move it out of the transaction, or into a migration of its own");
        return fail_at(cutter, offset, error);
    }
    if (cutter->batch != NULL) {
        wend_error_set(error, WEND_USAGE, "%s cannot be a batch", what);
        return fail_at(cutter, offset, error);
    }
    if (cutter->retry)
        piece.class = WEND_CLASS_REPEATABLE;
    WendSegment *segment = segment_for(cutter, true);
    segment->what = what;
    if (!add_piece(cutter, piece, offset, error))
        return false;
    segment->count = 1;
    segment->last_statement = piece.number;
    return true;
}

static bool take_ordinary(Cutter *cutter, WendPiece piece, gsize offset, WendError *error)
{
    if (cutter->own && cutter->batch != NULL) {
        wend_error_set(error, WEND_USAGE,
                       "a batch cannot run inside the BEGIN … COMMIT of this file");
        wend_error_hint(error, "move it out of the transaction: each of its rounds commits");
        return fail_at(cutter, offset, error);
    }
    WendSegment *segment = segment_for(cutter, false);
    if (!add_piece(cutter, piece, offset, error))
        return false;
    segment->count++;
    segment->last_statement = piece.number;
    return true;
}

static bool take_statement(Cutter *cutter, const WendStatement *statement, guint number,
                           WendError *error)
{
    const char *text = cut_text(cutter->cut) + statement->start;
    gsize length = statement->end - statement->start;
    WendClassified classified = {0};
    if (!take_directives(cutter, statement->start, number, error))
        return false;
    if (!cutter->driver->classify(text, length, &classified, error))
        return fail_at(cutter, statement->start + classified.fault, error);
    if (cutter->none && !cutter->own && (classified.may_commit || classified.may_refuse))
        classified.class = classified.may_commit ? WEND_CLASS_OPAQUE : WEND_CLASS_REPEATABLE;
    WendPiece piece = {.text = text,
                       .length = length,
                       .number = number,
                       .class = classified.class,
                       .session = classified.session,
                       .temporary = classified.temporary};
    const WendScript *script = cutter->cut->script;
    if (script->load != NULL && script->load_at == statement->start)
        piece.load = script->load;
    if (statement->kind == WEND_STATEMENT_COPY) {
        piece.data = cut_text(cutter->cut) + statement->data_start;
        piece.data_length = statement->data_end - statement->data_start;
    }
    bool ok = true;
    switch (classified.class) {
    case WEND_CLASS_BEGIN:
        ok = take_begin(cutter, piece, classified.modes, statement->start, error);
        break;
    case WEND_CLASS_COMMIT:
        ok = take_commit(cutter, statement->start, error);
        break;
    case WEND_CLASS_LIFTED:
        g_array_append_val(cutter->cut->lifted, piece);
        break;
    case WEND_CLASS_NOTHING:
        return true;
    case WEND_CLASS_REPEATABLE:
    case WEND_CLASS_OBSERVABLE:
    case WEND_CLASS_OPAQUE:
        ok = take_alone(cutter, piece, classified.what, statement->start, error);
        break;
    case WEND_CLASS_ORDINARY:
        ok = take_ordinary(cutter, piece, statement->start, error);
        /* In a transaction of the script's own the server says what it thinks of it. */
        cutter->open &= cutter->own || !classified.ends;
        break;
    }
    cutter->batch = NULL;
    cutter->retry = false;
    return ok;
}

static bool take_all(Cutter *cutter, WendError *error)
{
    WendCut *cut = cutter->cut;
    const char *only_if = cut->script->only_if;
    if (only_if != NULL &&
        !check_query(cutter, "a precondition", only_if, strlen(only_if), 0, error))
        return false;
    for (guint i = 0; i < cut->statements->len; i++) {
        if (!take_statement(cutter, &g_array_index(cut->statements, WendStatement, i), i + 1,
                            error))
            return false;
    }
    if (!take_directives(cutter, G_MAXSIZE, cut->statements->len + 1, error))
        return false;
    if (cutter->own) {
        wend_error_set(error, WEND_USAGE, "this BEGIN has no COMMIT");
        wend_error_hint(error,
                        "add COMMIT, or remove the BEGIN: wend runs the file in a transaction "
                        "by itself");
        return fail_at(cutter, cutter->own_at, error);
    }
    /* A script without statements still is a step: its rows need a commit. */
    if (cut->segments->len == 0)
        segment_for(cutter, false);
    return wend_missing_check(cutter->missing, error);
}

static WendCut *cut_new(const WendScript *script)
{
    WendCut *cut = g_new0(WendCut, 1);
    cut->script = script;
    cut->sum = g_new0(struct WendCutSum, 1);
    cut->sum->sum = g_checksum_new(G_CHECKSUM_SHA256);
    cut->statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    cut->pieces = g_array_new(FALSE, FALSE, sizeof(WendPiece));
    cut->places = g_array_new(FALSE, FALSE, sizeof(guint32));
    cut->segments = g_array_new(FALSE, FALSE, sizeof(WendSegment));
    cut->lifted = g_array_new(FALSE, FALSE, sizeof(WendPiece));
    cut->texts = g_ptr_array_new_with_free_func(g_free);
    const WendDirective *timeout = wend_script_directive(script, WEND_DIRECTIVE_TIMEOUT);
    cut->lock_ms = timeout != NULL ? timeout->lock_ms : -1;
    cut->statement_ms = timeout != NULL ? timeout->statement_ms : -1;
    return cut;
}

void wend_cut_free(WendCut *cut)
{
    if (cut == NULL)
        return;
    g_array_unref(cut->statements);
    g_array_unref(cut->pieces);
    g_array_unref(cut->places);
    g_array_unref(cut->segments);
    g_array_unref(cut->lifted);
    g_ptr_array_unref(cut->texts);
    if (cut->from != NULL)
        g_ptr_array_unref(cut->from);
    g_checksum_free(cut->sum->sum);
    g_free(cut->sum);
    g_free(cut);
}

WendCut *wend_cut_make(const WendScript *script, const WendDriver *driver,
                       const GPtrArray *placeholders, WendError *error)
{
    g_autoptr(WendCut) cut = cut_new(script);
    cut->lex_flags = wend_dialect_flags(driver->dialect);
    cut->substitute = wend_script_directive(script, WEND_DIRECTIVE_SUBSTITUTE) != NULL;
    cut->placeholders = placeholders;
    g_auto(WendError) split_error = WEND_ERROR_INIT;
    if (!wend_split(script->text, script->length, cut->lex_flags, cut->statements, &split_error)) {
        split_error.code = WEND_USAGE;
        split_error.line += script->line - 1;
        g_free(split_error.file);
        split_error.file = g_strdup(script->file);
        wend_error_move(error, &split_error);
        return NULL;
    }
    const WendDirective *transaction = wend_script_directive(script, WEND_DIRECTIVE_TRANSACTION);
    g_autoptr(GPtrArray) missing = wend_missing_new();
    Cutter cutter = {
        .cut = cut,
        .driver = driver,
        .none = transaction != NULL && transaction->none,
        .missing = missing,
    };
    if (!take_all(&cutter, error))
        return NULL;
    return g_steal_pointer(&cut);
}

char *wend_cut_shown(const WendCut *cut, guint statement)
{
    const WendStatement *one = &g_array_index(cut->statements, WendStatement, statement);
    const char *text = cut_text(cut) + one->start;
    gsize length = one->end - one->start;
    return cut->substitute ? wend_substitute(cut->script, cut->placeholders, text, length, 0, NULL)
                           : g_strndup(text, length);
}

/* Puts all pieces of `cuts` at `at`; returns how many. Their number is that of an assertion there. */
static guint insert_pieces(WendCut *cut, guint at, const GPtrArray *cuts, guint number)
{
    guint inserted = 0;
    for (guint i = 0; i < cuts->len; i++) {
        const WendCut *one = cuts->pdata[i];
        for (guint j = 0; j < one->pieces->len; j++, inserted++) {
            WendPiece piece = g_array_index(one->pieces, WendPiece, j);
            piece.number = number;
            piece.callback = true;
            g_array_insert_val(cut->pieces, at + inserted, piece);
            g_array_insert_val(cut->places, at + inserted, g_array_index(one->places, guint32, j));
            g_ptr_array_insert(cut->from, (gint)(at + inserted), (gpointer)one->script);
        }
        for (guint j = 0; j < one->texts->len; j++)
            g_ptr_array_add(cut->texts, g_steal_pointer(&one->texts->pdata[j]));
    }
    return inserted;
}

static bool takes_more(const WendSegment *segment)
{
    return !segment->alone && segment->batch == NULL;
}

void wend_cut_surround(WendCut *cut, const GPtrArray *before, const GPtrArray *behind)
{
    cut->from = g_ptr_array_new();
    g_ptr_array_set_size(cut->from, (gint)cut->pieces->len);
    guint ahead = insert_pieces(cut, 0, before, 1);
    for (guint i = 0; i < cut->segments->len; i++)
        g_array_index(cut->segments, WendSegment, i).first += ahead;
    WendSegment *first = &g_array_index(cut->segments, WendSegment, 0);
    if (ahead > 0 && takes_more(first)) {
        first->first = 0;
        first->count += ahead;
    } else if (ahead > 0) {
        WendSegment segment = {.count = ahead};
        g_array_prepend_val(cut->segments, segment);
    }
    guint end = cut->pieces->len, last = cut->statements->len;
    guint added = insert_pieces(cut, end, behind, last + 1);
    WendSegment *final = &g_array_index(cut->segments, WendSegment, cut->segments->len - 1);
    if (added > 0 && takes_more(final)) {
        final->count += added;
    } else if (added > 0) {
        WendSegment segment = {.first = end, .count = added, .last_statement = last};
        g_array_append_val(cut->segments, segment);
    }
}

void wend_cut_part(WendCut *cut, guint last)
{
    for (guint i = 0; i < cut->segments->len; i++) {
        WendSegment *segment = &g_array_index(cut->segments, WendSegment, i);
        guint count = 0;
        while (count < segment->count &&
               g_array_index(cut->pieces, WendPiece, segment->first + count).number <= last)
            count++;
        if (count == 0 || count == segment->count)
            continue;
        WendSegment behind = *segment;
        behind.first += count;
        behind.count -= count;
        segment->count = count;
        segment->last_statement = last;
        g_array_insert_val(cut->segments, i + 1, behind);
        return;
    }
}

static void add_tokens(const WendCut *cut, const WendStatement *one)
{
    GChecksum *sum = cut->sum->sum;
    WendScanner scanner;
    WendToken token;
    wend_scanner_init(&scanner, cut_text(cut) + one->start, one->end - one->start, cut->lex_flags);
    while (wend_scanner_next(&scanner, &token)) {
        if (wend_token_is_gap(&token))
            continue;
        g_checksum_update(sum, (const guchar *)scanner.text + token.start, (gssize)token.length);
        g_checksum_update(sum, (const guchar *)"", 1);
    }
    if (one->kind == WEND_STATEMENT_COPY)
        g_checksum_update(sum, (const guchar *)cut_text(cut) + one->data_start,
                          (gssize)(one->data_end - one->data_start));
    g_checksum_update(sum, (const guchar *)";", 2);
}

char *wend_cut_checksum(const WendCut *cut, guint count)
{
    struct WendCutSum *sum = cut->sum;
    count = MIN(count, cut->statements->len);
    if (count < sum->count) {
        g_checksum_reset(sum->sum);
        sum->count = 0;
    }
    for (; sum->count < count; sum->count++)
        add_tokens(cut, &g_array_index(cut->statements, WendStatement, sum->count));
    /* Reading a sum ends it: a copy is read, so that the next call goes on from here. */
    g_autoptr(GChecksum) copy = g_checksum_copy(sum->sum);
    return g_strdup(g_checksum_get_string(copy));
}

GArray *wend_cut_settings(const WendCut *cut, guint count, bool *temporary)
{
    GArray *settings = g_array_new(FALSE, FALSE, sizeof(WendPiece));
    *temporary = false;
    for (guint i = 0; i < cut->pieces->len; i++) {
        const WendPiece *piece = &g_array_index(cut->pieces, WendPiece, i);
        if (piece->number > count)
            break;
        *temporary |= piece->temporary;
        if (piece->session && !piece->temporary)
            g_array_append_val(settings, *piece);
    }
    return settings;
}
