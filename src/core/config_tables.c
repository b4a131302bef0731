/* SPDX-License-Identifier: MIT
 *
 * The names of wend's tables: whether the histories of all tracks, the journal and the scripts keep out of
 * each other's way.
 */
#include "core/config_load.h"
#include "core/seed.h"
#include "format/format.h"

#include <string.h>

#define RESERVED "sqlite_"
/* PostgreSQL cuts a name behind 63 bytes; of that, what wend puts behind one (_seeds, _lease) takes six. */
#define LONGEST 57

/* A table of wend's, and where it got its name. */
typedef struct Table {
    const char *what;             /* "the journal" */
    const char *track;            /* whose history it is; NULL = there is one track only */
    const WendConfigValue *place; /* NULL = nowhere: a default */
    char *name;
    bool own;   /* no other format than wend's is said */
    bool tool;  /* the history of another tool */
    bool seeds; /* made when there are any: whether two tracks' are one is looked at then */
} Table;

static void table_clear(gpointer data)
{
    g_free(((Table *)data)->name);
}

static char *table_text(const Table *table)
{
    return table->track != NULL ? g_strdup_printf("%s of track \"%s\"", table->what, table->track)
                                : g_strdup(table->what);
}

static bool is_own(const char *format)
{
    return format == NULL || strcmp(format, wend_formats[0]->name) == 0;
}

static char *default_table(const char *format)
{
    const WendFormat *known = format != NULL ? wend_format_find(format, NULL) : NULL;
    return g_strdup((known != NULL ? known : wend_formats[0])->history->table);
}

/* With that of its seeds. Takes the name over. */
static void add_history(GArray *tables, const Table *history, bool given)
{
    Table seeds = *history;
    seeds.what = "what is known of the seeds";
    seeds.name = wend_seed_history(given ? history->name : NULL);
    seeds.own = false;
    seeds.seeds = true;
    g_array_append_val(tables, *history);
    g_array_append_val(tables, seeds);
}

/* The history of a track, of those too that are not worked on now. One whose name takes a variable that
 * is not set is left out: nothing can be said about it. */
static void add_track(const WendConfigLoader *loader, const WendConfigSection *track,
                      GArray *tables)
{
    const WendConfigValue *given = wend_config_file_value(loader, track, WEND_KEY_TABLE);
    const WendConfigValue *format = wend_config_file_value(loader, track, WEND_KEY_FORMAT);
    const WendConfigValue *own = &track->values[WEND_KEY_TABLE];
    const WendConfigValue *name = &track->values[WEND_KEY_NAME];
    g_autofree char *unset = NULL;
    Table table = {.what = "the history",
                   .track = name->text,
                   .place = own->text != NULL ? own : name,
                   .own = is_own(format != NULL ? format->text : NULL)};
    table.tool = !table.own;
    table.name = given != NULL
                     ? wend_variables_expand(loader->config->variables, given->text, &unset)
                     : default_table(format != NULL ? format->text : NULL);
    if (table.name != NULL)
        add_history(tables, &table, given != NULL);
}

static GArray *list_tables(const WendConfigLoader *loader)
{
    const WendConfig *config = loader->config;
    const GPtrArray *tracks = wend_config_list(loader, WEND_LIST_TRACKS);
    GArray *tables = g_array_new(FALSE, FALSE, sizeof(Table));
    g_array_set_clear_func(tables, table_clear);
    Table journal = {.what = "the journal",
                     .place = wend_config_file_value(loader, NULL, WEND_KEY_JOURNAL),
                     .name = g_strdup(config->journal)};
    Table scripts = {.what = "the table of scripts",
                     .place = wend_config_file_value(loader, NULL, WEND_KEY_SCRIPTS),
                     .name = g_strdup(config->scripts)};
    g_array_append_val(tables, journal);
    g_array_append_val(tables, scripts);
    for (guint i = 0; tracks != NULL && i < tracks->len; i++)
        add_track(loader, g_ptr_array_index(tracks, i), tables);
    if (tracks == NULL || tracks->len == 0) {
        Table history = {.what = "the history",
                         .place = wend_config_file_value(loader, NULL, WEND_KEY_TABLE),
                         .name = config->table != NULL ? g_strdup(config->table)
                                                       : default_table(config->format),
                         .own = is_own(config->format),
                         .tool = !is_own(config->format)};
        add_history(tables, &history, config->table != NULL);
    }
    return tables;
}

static bool fail_same(const WendConfigLoader *loader, const Table *table, const Table *other)
{
    const WendConfigValue *place = table->place != NULL ? table->place : other->place;
    g_autofree char *one = table_text(other), *two = table_text(table);
    wend_config_fail(loader->file, place->line, place->column, loader->error,
                     "%s and %s have the same table, \"%s\"", one, two, table->name);
    return wend_error_hint(loader->error, "give one of them another name with \"table:\", "
                                          "\"journal:\" or \"scripts:\"");
}

/* What a database would cut off, two names could differ in. */
static bool fail_long(const WendConfigLoader *loader, const Table *table)
{
    g_autofree char *what = table_text(table);
    wend_config_fail(loader->file, table->place->line, table->place->column, loader->error,
                     "%s cannot be the table \"%s\": its name is too long", what, table->name);
    return wend_error_hint(loader->error,
                           "databases cut a name: give it one of at most %d bytes, and rename a "
                           "table that is there likewise",
                           LONGEST);
}

bool wend_config_table_fits(const char *name)
{
    const char *dot = strrchr(name, '.');
    return strlen(dot != NULL ? dot + 1 : name) <= LONGEST;
}

/* Two kinds of rows in one table would be taken for each other. The databases differ in whether they
 * tell upper from lower case; here nobody is to depend on it. */
bool wend_config_check_tables(const WendConfigLoader *loader)
{
    if (loader->file == NULL)
        return true;
    g_autoptr(GArray) tables = list_tables(loader);
    for (guint i = 0; i < tables->len; i++) {
        const Table *table = &g_array_index(tables, Table, i);
        if (table->own)
            g_ptr_array_add(loader->config->histories, g_strdup(table->name));
        if (g_ascii_strncasecmp(table->name, RESERVED, strlen(RESERVED)) == 0) {
            g_autofree char *what = table_text(table);
            wend_config_fail(loader->file, table->place->line, table->place->column, loader->error,
                             "%s cannot be the table \"%s\": SQLite keeps names that begin with "
                             "sqlite_ to itself",
                             what, table->name);
            return wend_error_hint(loader->error, "give it another name");
        }
        /* The name of a tool's own table is not the user's to change. */
        if (!table->seeds && !table->tool && !wend_config_table_fits(table->name))
            return fail_long(loader, table);
        for (guint j = 0; j < i; j++) {
            const Table *other = &g_array_index(tables, Table, j);
            if (!(table->seeds && other->seeds) &&
                g_ascii_strcasecmp(table->name, other->name) == 0)
                return fail_same(loader, table, other);
        }
    }
    return true;
}
