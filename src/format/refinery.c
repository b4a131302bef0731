/* SPDX-License-Identifier: MIT
 *
 * Refinery: V1__name.sql, and U2__name.sql that may come late, in folders of any depth; refinery_schema_history
 * holds a row for each version with a SipHash of the file. There is no way back.
 */
#include "format/tool.h"
#include "format/wend_name.h"

#include <string.h>

#define DEPTH_MAX 16

/* The parts of a name; false = it is none of Refinery's. A version "1.2" has the form that Refinery's own pattern
 * takes, before it refuses it. */
static bool read_name(const char *file, const char *ending, char **version, char **name)
{
    const char *dot = strrchr(file, '.');
    if ((file[0] != 'V' && file[0] != 'U') || dot == NULL || strcmp(dot, ending) != 0)
        return false;
    gsize digits = strspn(file + 1, "0123456789");
    if (digits > 0 && file[1 + digits] == '.')
        digits += 1 + strspn(file + 2 + digits, "0123456789");
    const char *rest = file + 1 + digits;
    if (digits == 0 || strncmp(rest, "__", 2) != 0 || rest + 2 == dot)
        return false;
    for (const char *at = rest + 2; at < dot; at++) {
        if (!g_ascii_isalnum(*at) && *at != '_' && (guchar)*at < 0x80)
            return false;
    }
    *version = g_strndup(file + 1, digits);
    *name = g_strndup(rest + 2, (gsize)(dot - rest - 2));
    return true;
}

static int detect(const WendFolder *folder)
{
    bool any = false;
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *version = NULL, *name = NULL;
        const char *file = folder->names->pdata[i];
        if (!wend_name_is_sql(file))
            continue;
        if (!read_name(file, ".sql", &version, &name))
            return WEND_FIT_NO;
        any = true;
    }
    return any ? WEND_FIT_MAYBE : WEND_FIT_NO;
}

/* --- the checksum: SipHash-1-3 with a key of zeros --- */

typedef struct Sip {
    guint64 v[4], tail, length;
    guint filled;
} Sip;

static guint64 rotate(guint64 value, guint bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(guint64 *v)
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static void sip_word(Sip *sip, guint64 word)
{
    sip->v[3] ^= word;
    sip_round(sip->v);
    sip->v[0] ^= word;
}

static void sip_add(Sip *sip, const void *bytes, gsize length)
{
    const guchar *at = bytes;
    for (gsize i = 0; i < length; i++) {
        sip->tail |= (guint64)at[i] << (8 * sip->filled);
        sip->length++;
        if (++sip->filled < 8)
            continue;
        sip_word(sip, sip->tail);
        sip->tail = 0;
        sip->filled = 0;
    }
}

static guint64 sip_finish(Sip *sip)
{
    sip_word(sip, sip->tail | sip->length << 56);
    sip->v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(sip->v);
    return sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3];
}

/* As Rust hashes two texts and a number of `width` bytes between. Caller frees. */
static char *checksum_of(const char *name, gint64 version, gsize width, const void *text,
                         gsize length)
{
    static const guchar end = 0xFF;
    guchar number[8];
    Sip sip = {
        .v = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573}};
    for (gsize i = 0; i < sizeof number; i++)
        number[i] = (guchar)((guint64)version >> (8 * i));
    sip_add(&sip, name, strlen(name));
    sip_add(&sip, &end, 1);
    sip_add(&sip, number, width);
    sip_add(&sip, text, length);
    sip_add(&sip, &end, 1);
    return g_strdup_printf("%" G_GUINT64_FORMAT, sip_finish(&sip));
}

/* --- the folder --- */

static void add(const WendFolder *folder, const char *path, const char *version, const char *name,
                GPtrArray *migrations, GPtrArray *problems)
{
    g_autofree char *text = NULL, *shown = wend_tool_show(folder, path);
    gint64 number = 0;
    gsize length = 0, size = 0;
    if (!g_ascii_string_to_signed(version, 10, 0, G_MAXINT64, &number, NULL)) {
        WendProblem *problem = wend_tool_problem(
            folder, path, problems, "version %s is no whole number of at most 64 bits", version);
        problem->hint = g_strdup("Refinery refuses it, too");
        return;
    }
    g_autoptr(GBytes) bytes = wend_tool_bytes(folder, path, problems);
    if (bytes == NULL || !wend_tool_read(folder, path, problems, &text, &length))
        return;
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, number);
    g_autofree char *position = wend_tool_number_position(id);
    WendMigration *migration =
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, position);
    WendToolFile *file = wend_tool_file(migration);
    const char *raw = g_bytes_get_data(bytes, &size);
    GString *other = wend_tool_other_ends(raw, size);
    char **sums = g_new0(char *, 5);
    sums[0] = checksum_of(name, number, 4, raw, size);
    sums[1] = checksum_of(name, number, 8, raw, size);
    sums[2] = checksum_of(name, number, 4, other->str, other->len);
    sums[3] = checksum_of(name, number, 8, other->str, other->len);
    g_string_free(other, TRUE);
    file->more = sums;
    file->more_free = (GDestroyNotify)g_strfreev;
    /* A program built for versions of 64 bits feeds them so. */
    file->checksum = g_strdup(sums[number > G_MAXINT32]);
    migration->late = strrchr(shown, '/')[1] == 'U';
    migration->up = wend_script_new(shown, 1, g_steal_pointer(&text), length);
}

/* A migration in Rust. */
static void add_code(const WendFolder *folder, const char *path, const char *version,
                     const char *name, GPtrArray *migrations)
{
    g_autofree char *id = wend_tool_leading_number(version, NULL);
    g_autofree char *position = wend_tool_number_position(id);
    wend_tool_code(
        wend_tool_migration(migrations, WEND_KIND_VERSIONED, id, version, name, position), folder,
        path, "Refinery");
}

static void scan_below(const WendFolder *top, const WendFolder *folder, const char *prefix,
                       guint depth, GPtrArray *migrations, GPtrArray *problems)
{
    for (guint i = 0; i < folder->names->len; i++) {
        g_autofree char *version = NULL, *name = NULL;
        const char *file = folder->names->pdata[i];
        g_autofree char *path = g_strconcat(prefix, file, NULL);
        if (read_name(file, ".sql", &version, &name))
            add(top, path, version, name, migrations, problems);
        else if (read_name(file, ".rs", &version, &name))
            add_code(top, path, version, name, migrations);
    }
    for (guint i = 0; depth < DEPTH_MAX && i < folder->folders->len; i++) {
        g_autofree char *deeper = g_strconcat(prefix, folder->folders->pdata[i], "/", NULL);
        g_autoptr(WendFolder) below = wend_tool_enter(folder, folder->folders->pdata[i], problems);
        if (below != NULL)
            scan_below(top, below, deeper, depth + 1, migrations, problems);
    }
}

static bool scan(const WendFolder *folder, G_GNUC_UNUSED WendDialect dialect, GPtrArray *migrations,
                 GPtrArray *problems, G_GNUC_UNUSED WendError *error)
{
    scan_below(folder, folder, "", 0, migrations, problems);
    wend_tool_sort(migrations, problems);
    return true;
}

/* "V1", "U1", "1" and "V1__name" mean the same. */
static char *version_key(const char *version)
{
    const char *number = version + (*version == 'V' || *version == 'U');
    return wend_tool_number_key(number);
}

/* Its table keeps versions as integers, where a time has no room. */
static char *new_version(const GPtrArray *migrations)
{
    return migrations->len == 0 ? g_strdup("1") : NULL;
}

static void new_files(const WendDraft *draft, GPtrArray *names, GPtrArray *texts)
{
    g_ptr_array_add(names, g_strdup_printf("V%s__%s.sql", draft->version, draft->slug));
    g_ptr_array_add(texts, g_strdup(draft->up_sql));
}

/* --- the history --- */

static void create(const WendBook *book, GPtrArray *queries)
{
    wend_book_schema(book, queries);
    g_ptr_array_add(queries, wend_book_query(book, "CREATE TABLE IF NOT EXISTS {table}(\n"
                                                   "             version int4 PRIMARY KEY,\n"
                                                   "             name VARCHAR(255),\n"
                                                   "             applied_on VARCHAR(255),\n"
                                                   "             checksum VARCHAR(255))"));
}

static WendQuery *read_all(const WendBook *book)
{
    return wend_book_query(book, "SELECT version, name, applied_on, checksum FROM {table} ORDER BY "
                                 "version");
}

static WendApplied *decode(const WendRow *row, WendError *error)
{
    enum { VERSION, NAME, AT, CHECKSUM };
    const char *version = row->values[VERSION];
    if (version == NULL)
        return wend_history_refuse("a version that is NULL", error);
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, version, version,
                                            row->values[NAME] != NULL ? row->values[NAME] : "");
    applied->applied_at = g_strdup(row->values[AT]);
    applied->checksum = g_strdup(row->values[CHECKSUM]);
    return applied;
}

static void insert_one(const WendRecord *record, GPtrArray *queries)
{
    const WendToolFile *file = record->migration != NULL ? record->migration->format : NULL;
    /* The time is a text here, in the form of RFC 3339: PostgreSQL's own is another. */
    WendQuery *query = wend_book_query(
        &record->book,
        record->book.dialect == WEND_DIALECT_POSTGRES
            ? "INSERT INTO {table} (version, name, applied_on, checksum) VALUES (?, ?, "
              "to_char(CAST(? AS timestamptz) AT TIME ZONE 'UTC', "
              "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), ?)"
            : "INSERT INTO {table} (version, name, applied_on, checksum) VALUES (?, ?, ?, ?)");
    wend_query_integer(query, g_ascii_strtoll(record->id, NULL, 10));
    wend_query_text(query, record->name);
    wend_record_at(query, record);
    wend_query_text(query, file != NULL ? file->checksum : NULL);
    g_ptr_array_add(queries, query);
}

static void insert(const WendRecord *record, GPtrArray *queries)
{
    wend_tool_each(record, queries, insert_one);
}

static void remove_row(const WendRecord *record, GPtrArray *queries)
{
    WendQuery *query = wend_book_query(&record->book, "DELETE FROM {table} WHERE version = ?");
    g_ptr_array_add(queries, wend_query_integer(query, g_ascii_strtoll(record->id, NULL, 10)));
}

/* Versions of 32 or of 64 bits, and the line ends of either checkout. */
static bool same(const WendMigration *migration, const WendApplied *applied)
{
    char **sums = wend_tool_file(migration)->more;
    return sums == NULL || applied->checksum == NULL ||
           g_strv_contains((const char *const *)sums, applied->checksum);
}

static const WendHistory history = {
    .table = "refinery_schema_history",
    .columns = "version,name,applied_on,checksum",
    .only = true,
    .create = create,
    .read = read_all,
    .decode = decode,
    .insert = insert,
    .remove = remove_row,
    .same = same,
};

static const char *const places[] = {"migrations", NULL};

const WendFormat wend_format_refinery = {
    .name = "refinery",
    .title = "Refinery",
    .places = places,
    .history = &history,
    .down_hint = "Refinery knows no way back: write a new migration that undoes it",
    .detect = detect,
    .scan = scan,
    .load = wend_tool_load,
    .version_key = version_key,
    .new_version = new_version,
    .new_files = new_files,
    .lacks = WEND_LACKS_BACK | WEND_LACKS_ALONE,
    .position = wend_tool_number_position,
};
