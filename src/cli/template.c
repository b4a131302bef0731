/* SPDX-License-Identifier: MIT
 *
 * wend new --template. See template.h; what templates are is src/template's.
 */
#include "cli/template.h"

#include "db/driver.h"
#include "format/directive.h"

#include <string.h>

bool wend_template_is_pair(const char *operand)
{
    gsize length = strspn(operand, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && operand[length] == '=';
}

/* --templates is taken against the current folder, as every option is. Borrowed; NULL = none. */
static const char *folder_of(const WendCli *cli, const WendConfig *config)
{
    const char *given = wend_cli_text(cli, "templates");
    return given != NULL ? given : config->templates;
}

/* --for, else what the database's URL says. */
static bool find_dialect(const WendCli *cli, const WendConfig *config, WendDialect *dialect,
                         WendError *error)
{
    const char *word = wend_cli_text(cli, "for");
    if (word != NULL)
        return wend_template_dialect(word, dialect);
    if (config->database == NULL) {
        wend_error_set(error, WEND_USAGE, "for which database?");
        return wend_error_hint(error, "--for postgres, mariadb or sqlite says so, or a database: "
                                      "-d URL, WEND_DATABASE_URL, wend.yaml");
    }
    const WendDriver *driver = wend_driver_for(config->database, error);
    if (driver == NULL)
        return wend_error_hint(error, "--for postgres, mariadb or sqlite says which it is for");
    *dialect = driver->dialect;
    return true;
}

/* Whether wend can read what came out: its directives have values in them, too. */
static bool check_text(const char *name, const char *text, WendDialect dialect, WendError *error)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(WendScript) script = wend_script_new(name, 1, g_strdup(text), strlen(text));
    wend_directives_scan(script, wend_dialect_flags(dialect), problems);
    for (guint i = 0; i < problems->len; i++) {
        const WendProblem *problem = g_ptr_array_index(problems, i);
        if (problem->warning)
            continue;
        wend_error_set(error, WEND_USAGE, "the template \"%s\" with these values: %s", name,
                       problem->message);
        return wend_error_hint(error, "%s", problem->hint != NULL ? problem->hint : "change them");
    }
    return true;
}

GPtrArray *wend_template_make(WendCli *cli, const WendConfig *config, WendDialect *dialect,
                              WendError *error)
{
    const char *name = wend_cli_text(cli, "template");
    g_autoptr(WendTemplate) template = wend_template_find(folder_of(cli, config), name, error);
    if (template == NULL || !find_dialect(cli, config, dialect, error))
        return NULL;
    g_autoptr(GPtrArray) pairs = g_ptr_array_new();
    for (guint i = 0; i < cli->operand_count; i++) {
        if (wend_template_is_pair(cli->operands[i]))
            g_ptr_array_add(pairs, (gpointer)cli->operands[i]);
    }
    g_autoptr(GPtrArray) made = wend_template_fill(
        template, *dialect, (const char *const *)pairs->pdata, pairs->len, error);
    for (guint i = 0; made != NULL && i < made->len; i++) {
        const WendFilled *filled = g_ptr_array_index(made, i);
        if (!check_text(name, filled->up, *dialect, error) ||
            (filled->down != NULL && !check_text(name, filled->down, *dialect, error)))
            return NULL;
    }
    return g_steal_pointer(&made);
}

/* --- the list --- */

/* A key as the parts have it that are shown. */
typedef struct Listed {
    const WendTemplateKey *key;
    guint dialects;
} Listed;

static GArray *list_keys(const WendTemplate *template, guint wanted, guint *dialects)
{
    GArray *listed = g_array_new(FALSE, FALSE, sizeof(Listed));
    *dialects = 0;
    for (guint i = 0; i < template->parts->len; i++) {
        const WendTemplatePart *part = g_ptr_array_index(template->parts, i);
        *dialects |= part->dialects & wanted;
        for (guint j = 0; (part->dialects & wanted) != 0 && j < part->keys->len; j++) {
            const WendTemplateKey *key = g_ptr_array_index(part->keys, j);
            guint k = 0;
            while (k < listed->len &&
                   strcmp(g_array_index(listed, Listed, k).key->name, key->name) != 0)
                k++;
            if (k < listed->len)
                g_array_index(listed, Listed, k).dialects |= part->dialects & wanted;
            else
                g_array_append_vals(listed, &(Listed){key, part->dialects & wanted}, 1);
        }
    }
    return listed;
}

static json_t *databases_json(guint dialects)
{
    g_autofree char *text = wend_template_databases(dialects);
    g_auto(GStrv) words = g_strsplit(text, ", ", -1);
    json_t *list = json_array();
    for (char **word = words; *word != NULL; word++)
        json_array_append_new(list, json_string(*word));
    return list;
}

static json_t *template_json(const WendTemplate *template, guint dialects, const GArray *listed)
{
    json_t *keys = json_array();
    for (guint i = 0; i < listed->len; i++) {
        const Listed *one = &g_array_index(listed, Listed, i);
        json_array_append_new(keys, json_pack("{s:s, s:s, s:s?, s:s, s:o}", "name", one->key->name,
                                              "kind", wend_key_kind_name(one->key->kind), "default",
                                              one->key->otherwise, "description", one->key->about,
                                              "databases", databases_json(one->dialects)));
    }
    return json_pack("{s:s, s:s, s:s?, s:o, s:o}", "name", template->name, "description",
                     template->about, "file", template->file, "databases", databases_json(dialects),
                     "keys", keys);
}

static void print_key(WendCli *cli, const Listed *one, guint dialects)
{
    const WendTemplateKey *key = one->key;
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%s=%s", key->name, wend_key_kind_shown(key->kind));
    g_autofree char *about = wend_text_line(key->about);
    g_autoptr(GString) more = g_string_new(about);
    if (key->otherwise != NULL && key->otherwise[0] != '\0')
        g_string_append_printf(more, "%s(%s)", more->len > 0 ? " " : "", key->otherwise);
    else if (key->otherwise != NULL)
        g_string_append_printf(more, "%s(may be left away)", more->len > 0 ? " " : "");
    if (one->dialects != dialects) {
        g_autofree char *those = wend_template_databases(one->dialects);
        g_string_append_printf(more, "; %s only", those);
    }
    g_autofree char *shown = wend_text_line(more->str);
    wend_out_line(cli, "    %-24s%s%s", line->str, line->len >= 24 ? "  " : "", shown);
}

static void print_template(WendCli *cli, const WendTemplate *template, guint dialects,
                           const GArray *listed)
{
    g_autofree char *about = wend_text_line(template->about);
    g_autofree char *databases = wend_template_databases(dialects);
    g_autofree char *file = template->file != NULL ? wend_text_line(template->file) : NULL;
    wend_out_line(cli, "%s%s%s%s%s  (%s%s%s)", wend_out_paint(cli, WEND_PAINT_BOLD), template->name,
                  wend_out_paint(cli, WEND_PAINT_PLAIN), about[0] != '\0' ? ": " : "", about,
                  databases, file != NULL ? "; " : "", file != NULL ? file : "");
    for (guint i = 0; i < listed->len; i++)
        print_key(cli, &g_array_index(listed, Listed, i), dialects);
}

static bool list(WendCli *cli, WendError *error)
{
    g_autoptr(WendConfig) config = wend_cli_config(cli, error);
    WendDialect dialect;
    if (config == NULL)
        return false;
    const char *folder = folder_of(cli, config);
    bool known = find_dialect(cli, config, &dialect, NULL);
    guint wanted = known ? 1u << dialect : WEND_TEMPLATE_EVERYWHERE;
    g_auto(GStrv) names = wend_template_names(folder, error);
    g_autoptr(GPtrArray) templates =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_template_free);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        WendTemplate *template = wend_template_find(folder, *name, error);
        if (template == NULL)
            return false;
        g_ptr_array_add(templates, template);
    }
    json_t *documents = json_array();
    for (guint i = 0; i < templates->len; i++) {
        const WendTemplate *template = g_ptr_array_index(templates, i);
        guint dialects;
        g_autoptr(GArray) listed = list_keys(template, wanted, &dialects);
        if (dialects != 0 && cli->globals.json)
            json_array_append_new(documents, template_json(template, dialects, listed));
        else if (dialects != 0)
            print_template(cli, template, dialects, listed);
    }
    if (cli->globals.json)
        wend_out_json(cli, json_pack("{s:o}", "templates", documents));
    else
        json_decref(documents);
    return names != NULL;
}

int wend_template_list(WendCli *cli)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    return list(cli, &error) ? WEND_OK : wend_out_error(cli, &error);
}
