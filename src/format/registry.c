/* SPDX-License-Identifier: MIT
 *
 * The formats that wend knows, and finding the one that is meant or that fits a folder.
 */
#include "format/format.h"

#include <string.h>

extern const WendFormat wend_format_wend;
extern const WendFormat wend_format_golang_migrate;
extern const WendFormat wend_format_dbmate;
extern const WendFormat wend_format_goose;
extern const WendFormat wend_format_sqlx;
extern const WendFormat wend_format_diesel;
extern const WendFormat wend_format_sql_migrate;
extern const WendFormat wend_format_refinery;
extern const WendFormat wend_format_supabase;
extern const WendFormat wend_format_flash;
extern const WendFormat wend_format_confiture;
extern const WendFormat wend_format_fluxbase;
extern const WendFormat wend_format_sqitch;
extern const WendFormat wend_format_flyway;
extern const WendFormat wend_format_liquibase;
extern const WendFormat wend_format_node_pg_migrate;
extern const WendFormat wend_format_drizzle;
extern const WendFormat wend_format_prisma;
extern const WendFormat wend_format_atlas;
extern const WendFormat wend_format_graphile_migrate;

/* One to a line. */
/* clang-format off */
const WendFormat *const wend_formats[] = {
    &wend_format_wend,
    &wend_format_golang_migrate,
    &wend_format_dbmate,
    &wend_format_goose,
    &wend_format_sqlx,
    &wend_format_diesel,
    &wend_format_sql_migrate,
    &wend_format_refinery,
    &wend_format_supabase,
    &wend_format_flash,
    &wend_format_confiture,
    &wend_format_fluxbase,
    &wend_format_sqitch,
    &wend_format_flyway,
    &wend_format_liquibase,
    &wend_format_node_pg_migrate,
    &wend_format_drizzle,
    &wend_format_prisma,
    &wend_format_atlas,
    &wend_format_graphile_migrate,
    NULL,
};
/* clang-format on */

static const char **format_names(const WendFormat *const *formats)
{
    GPtrArray *names = g_ptr_array_new();
    for (; *formats != NULL; formats++)
        g_ptr_array_add(names, (char *)(*formats)->name);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

const WendFormat *wend_format_find(const char *name, WendError *error)
{
    for (gsize i = 0; wend_formats[i] != NULL; i++) {
        if (strcmp(name, wend_formats[i]->name) == 0)
            return wend_formats[i];
    }
    g_autofree const char **names = format_names(wend_formats);
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    const char *meant = wend_suggest(name, names);
    wend_error_set(error, WEND_USAGE, "there is no format \"%s\"", name);
    if (meant != NULL)
        wend_error_hint(error, "did you mean \"%s\"?", meant);
    else
        wend_error_hint(error, "the formats are: %s", all);
    return NULL;
}

typedef struct Fit {
    const WendFormat *format;
    int sure;
    guint row; /* in the table: of those that fit alike, the first goes first */
} Fit;

static int compare_fits(gconstpointer a, gconstpointer b)
{
    const Fit *one = a, *other = b;
    return one->sure != other->sure ? other->sure - one->sure : (int)one->row - (int)other->row;
}

GPtrArray *wend_format_rank(const WendFormat *const *formats, const WendFolder *folder, guint *tied)
{
    g_autoptr(GArray) fits = g_array_new(FALSE, FALSE, sizeof(Fit));
    for (guint i = 0; formats[i] != NULL; i++) {
        Fit fit = {formats[i], formats[i]->detect(folder), i};
        if (fit.sure > WEND_FIT_NO)
            g_array_append_val(fits, fit);
    }
    g_array_sort(fits, compare_fits);
    GPtrArray *ranked = g_ptr_array_sized_new(fits->len);
    guint alike = 0;
    for (guint i = 0; i < fits->len; i++) {
        const Fit *fit = &g_array_index(fits, Fit, i);
        alike += fit->sure == g_array_index(fits, Fit, 0).sure;
        g_ptr_array_add(ranked, (gpointer)fit->format);
    }
    if (tied != NULL)
        *tied = alike;
    return ranked;
}

char *wend_format_names(const GPtrArray *ranked, guint tied)
{
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < tied; i++) {
        const WendFormat *format = ranked->pdata[i];
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", format->name);
    }
    return g_string_free(names, FALSE);
}

bool wend_format_refuse(const char *folder, const GPtrArray *ranked, guint tied, WendError *error)
{
    g_autofree char *names = wend_format_names(ranked, tied);
    wend_error_set(error, WEND_USAGE, "the files in \"%s\" fit several formats: %s", folder, names);
    return wend_error_hint(error, "name the format with --format NAME, or format: in wend.yaml");
}
