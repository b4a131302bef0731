/* SPDX-License-Identifier: MIT
 *
 * Reading sqitch.plan. See sqitch_plan.h.
 */
#include "format/sqitch_plan.h"

#include <string.h>

#define PLAN "sqitch.plan"
#define CONF "sqitch.conf"

static void tag_free(gpointer data)
{
    WendSqitchTag *tag = data;
    g_free(tag->name);
    g_free(tag->id);
    g_free(tag->note);
    g_free(tag->planner);
    g_free(tag->email);
    g_free(tag->date);
    g_free(tag);
}

static void need_free(gpointer data)
{
    WendSqitchNeed *need = data;
    g_free(need->name);
    g_free(need->id);
    g_free(need);
}

static void change_free(gpointer data)
{
    WendSqitchChange *change = data;
    g_free(change->name);
    g_free(change->note);
    g_free(change->planner);
    g_free(change->email);
    g_free(change->date);
    g_free(change->id);
    g_ptr_array_unref(change->needs);
    g_ptr_array_unref(change->tags);
    g_ptr_array_unref(change->reworks);
    g_free(change);
}

WendSqitchPlan *wend_sqitch_plan_ref(WendSqitchPlan *plan)
{
    plan->users++;
    return plan;
}

void wend_sqitch_plan_unref(WendSqitchPlan *plan)
{
    if (plan == NULL || --plan->users > 0)
        return;
    g_free(plan->project);
    g_free(plan->uri);
    g_free(plan->user_name);
    g_free(plan->user_email);
    g_free(plan->deploy);
    g_free(plan->revert);
    g_free(plan->reworked_deploy);
    g_free(plan->reworked_revert);
    g_free(plan->extension);
    g_ptr_array_unref(plan->changes);
    g_free(plan);
}

/* --- sqitch.conf --- */

static void replace(char **field, const char *text)
{
    g_free(*field);
    *field = g_strdup(text);
}

/* Without the "./" before it. */
static const char *plain_path(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return strcmp(path, ".") == 0 ? "" : path;
}

/* Git's way: [section "part"], NAME = VALUE, the value as a whole or in parts between quotes. */

/* "section.part.", in which the part counts as it is written. Caller frees. */
static char *read_section(const char *line)
{
    gsize length = strcspn(line, "] \t");
    g_autofree char *section = g_ascii_strdown(line + 1, (gssize)MAX(length, 1) - 1);
    const char *open = strchr(line, '"'), *close = open != NULL ? strchr(open + 1, '"') : NULL;
    if (close == NULL)
        return g_strconcat(section, ".", NULL);
    g_autofree char *part = g_strndup(open + 1, (gsize)(close - open - 1));
    return g_strconcat(section, ".", part, ".", NULL);
}

/* Caller frees. */
static char *read_value(const char *at)
{
    GString *value = g_string_new(NULL);
    gsize solid = 0; /* where blanks at its end begin */
    bool quoted = false;
    for (; *at != '\0' && (quoted || (*at != '#' && *at != ';')); at++) {
        if (*at == '"') {
            quoted = !quoted;
            solid = value->len;
            continue;
        }
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        g_string_append_c(value, *at);
        if (quoted || !g_ascii_isspace(*at))
            solid = value->len;
    }
    g_string_truncate(value, solid);
    return g_string_free(value, FALSE);
}

/* What sqitch.conf says, by "section.part.name"; empty when there is none. Caller unrefs. */
static GHashTable *read_conf(const WendFolder *folder)
{
    g_autofree char *path = g_build_filename(folder->path, CONF, NULL);
    g_autofree char *text = NULL, *section = g_strdup("");
    GHashTable *conf = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return conf;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **at = lines; *at != NULL; at++) {
        char *line = g_strstrip(*at), *equals = strchr(line, '=');
        if (line[0] == '[') {
            g_free(section);
            section = read_section(line);
        } else if (line[0] != '#' && line[0] != ';' && equals != NULL) {
            *equals = '\0';
            g_autofree char *key = g_ascii_strdown(g_strchomp(line), -1);
            g_hash_table_replace(conf, g_strconcat(section, key, NULL),
                                 read_value(g_strchug(equals + 1)));
        }
    }
    return conf;
}

/* What sqitch calls the databases, and their URIs. */
static const struct Engine {
    const char *name;
    const char *uris[3];
} engines[] = {[WEND_DIALECT_SQLITE] = {"sqlite", {"db:sqlite:", NULL}},
               [WEND_DIALECT_POSTGRES] = {"pg", {"db:pg:", "db:postgres", NULL}},
               [WEND_DIALECT_MYSQL] = {"mysql", {"db:mysql:", "db:mariadb:", NULL}}};

/* sqitch.conf as it holds for one database. */
typedef struct Conf {
    GHashTable *settings;
    const struct Engine *engine;
    const char *target; /* NULL = none by name */
} Conf;

static const char *get(const Conf *conf, const char *section, const char *part, const char *name)
{
    g_autofree char *key = part != NULL ? g_strconcat(section, ".", part, ".", name, NULL)
                                        : g_strconcat(section, ".", name, NULL);
    const char *value = g_hash_table_lookup(conf->settings, key);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Whether the target, which may be a URI itself, is of this engine. */
static bool is_of_engine(const Conf *conf, const char *target)
{
    const char *uri = strchr(target, ':') != NULL ? target : get(conf, "target", target, "uri");
    for (const char *const *begin = conf->engine->uris; uri != NULL && *begin != NULL; begin++) {
        if (g_str_has_prefix(uri, *begin))
            return true;
    }
    return uri == NULL;
}

/* Of the target, else of the engine, else of all. */
static const char *fetch(const Conf *conf, const char *name)
{
    const char *value = conf->target != NULL ? get(conf, "target", conf->target, name) : NULL;
    if (value == NULL)
        value = get(conf, "engine", conf->engine->name, name);
    return value != NULL ? value : get(conf, "core", NULL, name);
}

/* The folder that is named, else `kind` in `top`. Caller frees. */
static char *fetch_folder(const Conf *conf, const char *name, const char *top, const char *kind)
{
    const char *named = fetch(conf, name);
    return named != NULL ? g_strdup(plain_path(named)) : g_build_filename(top, kind, NULL);
}

/* Where everything lies: the rules are those of App::Sqitch::Target. Returns the plan's file; caller frees. */
static char *take_conf(const WendFolder *folder, WendDialect dialect, WendSqitchPlan *plan)
{
    g_autoptr(GHashTable) settings = read_conf(folder);
    Conf conf = {.settings = settings, .engine = &engines[dialect]};
    /* As sqitch chooses it, where wend's database is of the same kind. */
    conf.target = get(&conf, "core", NULL, "target");
    if (conf.target == NULL || !is_of_engine(&conf, conf.target))
        conf.target = get(&conf, "engine", conf.engine->name, "target");
    g_autofree char *top = fetch_folder(&conf, "top_dir", "", "");
    g_autofree char *reworked = fetch_folder(&conf, "reworked_dir", top, "");
    plan->deploy = fetch_folder(&conf, "deploy_dir", top, "deploy");
    plan->revert = fetch_folder(&conf, "revert_dir", top, "revert");
    plan->reworked_deploy = fetch_folder(&conf, "reworked_deploy_dir", reworked, "deploy");
    plan->reworked_revert = fetch_folder(&conf, "reworked_revert_dir", reworked, "revert");
    const char *extension = fetch(&conf, "extension"), *file = fetch(&conf, "plan_file");
    plan->extension = g_strdup(extension != NULL ? extension : "sql");
    plan->user_name = g_strdup(get(&conf, "user", NULL, "name"));
    plan->user_email = g_strdup(get(&conf, "user", NULL, "email"));
    return file != NULL ? g_strdup(plain_path(file)) : g_build_filename(top, PLAN, NULL);
}

/* --- a line --- */

typedef struct Line {
    char *name, *needs, *date, *planner, *email, *note;
} Line;

static void line_clear(Line *line)
{
    g_free(line->name);
    g_free(line->needs);
    g_free(line->date);
    g_free(line->planner);
    g_free(line->email);
    g_free(line->note);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Line, line_clear)

/* "\n" and "\\" as sqitch writes them in a note. Caller frees. */
static char *unescape(const char *text)
{
    GString *out = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        if (text[0] == '\\' && (text[1] == 'n' || text[1] == '\\'))
            g_string_append_c(out, *++text == 'n' ? '\n' : '\\');
        else
            g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* NAME [NEEDS] DATE PLANNER <EMAIL> # NOTE. False when a part is missing. */
static bool read_line(const char *text, Line *line)
{
    const char *at = skip_blanks(text);
    gsize length = strcspn(at, " \t");
    line->name = g_strndup(at, length);
    at = skip_blanks(at + length);
    if (*at == '[') {
        length = strcspn(at, "]");
        line->needs = g_strndup(at + 1, length - 1);
        at = skip_blanks(at + length + (at[length] == ']'));
    }
    length = strcspn(at, " \t");
    line->date = g_strndup(at, length);
    at = skip_blanks(at + length);
    const char *open = strchr(at, '<'), *close = open != NULL ? strchr(open, '>') : NULL;
    if (close == NULL || length == 0)
        return false;
    line->planner = g_strchomp(g_strndup(at, (gsize)(open - at)));
    line->email = g_strndup(open + 1, (gsize)(close - open - 1));
    at = skip_blanks(close + 1);
    g_autofree char *note = g_strstrip(g_strdup(*at == '#' ? at + 1 : ""));
    line->note = unescape(note);
    return true;
}

/* --- ids --- */

/* SHA-1 of "KIND LENGTH", a NUL and `info`, as git names its objects. Caller frees. */
static char *object_id(const char *kind, const char *info)
{
    g_autofree char *head = g_strdup_printf("%s %zu", kind, strlen(info));
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, (const guchar *)head, (gssize)strlen(head) + 1);
    g_checksum_update(sum, (const guchar *)info, (gssize)strlen(info));
    return g_strdup(g_checksum_get_string(sum));
}

static void begin_info(GString *info, const WendSqitchPlan *plan)
{
    g_string_append_printf(info, "project %s\n", plan->project);
    if (plan->uri != NULL)
        g_string_append_printf(info, "uri %s\n", plan->uri);
}

static void append_needs(GString *info, const WendSqitchChange *change, bool conflicts)
{
    bool any = false;
    for (guint i = 0; i < change->needs->len; i++) {
        const WendSqitchNeed *need = change->needs->pdata[i];
        if (need->conflict != conflicts)
            continue;
        if (!any)
            g_string_append(info, conflicts ? "\nconflicts" : "\nrequires");
        g_string_append_printf(info, "\n  %c %s", conflicts ? '-' : '+', need->name);
        any = true;
    }
}

static void end_info(GString *info, const char *note)
{
    if (note[0] != '\0')
        g_string_append_printf(info, "\n\n%s", note);
}

static char *change_id(const WendSqitchPlan *plan, const WendSqitchChange *change,
                       const WendSqitchChange *parent)
{
    g_autoptr(GString) info = g_string_new(NULL);
    begin_info(info, plan);
    g_string_append_printf(info, "change %s\n", change->name);
    if (parent != NULL)
        g_string_append_printf(info, "parent %s\n", parent->id);
    g_string_append_printf(info, "planner %s <%s>\ndate %s", change->planner, change->email,
                           change->date);
    append_needs(info, change, false);
    append_needs(info, change, true);
    end_info(info, change->note);
    return object_id("change", info->str);
}

static char *tag_id(const WendSqitchPlan *plan, const WendSqitchTag *tag,
                    const WendSqitchChange *change)
{
    g_autoptr(GString) info = g_string_new(NULL);
    begin_info(info, plan);
    g_string_append_printf(info, "tag %s\nchange %s\nplanner %s <%s>\ndate %s", tag->name,
                           change->id, tag->planner, tag->email, tag->date);
    end_info(info, tag->note);
    return object_id("tag", info->str);
}

/* --- the plan --- */

static bool has_tag(const WendSqitchChange *change, const char *tag)
{
    for (guint i = 0; i < change->tags->len; i++) {
        if (strcmp(((const WendSqitchTag *)change->tags->pdata[i])->name, tag) == 0)
            return true;
    }
    return false;
}

/* The change that "name", "name@tag" or "@tag" means among those so far; NULL = none. */
static const WendSqitchChange *find_change(const WendSqitchPlan *plan, const char *name)
{
    const char *tag = strchr(name, '@');
    gsize length = tag != NULL ? (gsize)(tag - name) : strlen(name);
    guint end = plan->changes->len;
    for (guint i = 0; tag != NULL && i < plan->changes->len; i++) {
        if (has_tag(plan->changes->pdata[i], tag))
            end = i + 1;
    }
    for (guint i = end; i > 0; i--) {
        const WendSqitchChange *one = plan->changes->pdata[i - 1];
        if (length == 0 || (strlen(one->name) == length && strncmp(one->name, name, length) == 0))
            return one;
    }
    return NULL;
}

static void add_needs(WendSqitchPlan *plan, WendSqitchChange *change, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", " \t", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0')
            continue;
        WendSqitchNeed *need = g_new0(WendSqitchNeed, 1);
        need->conflict = **word == '!';
        need->name = g_strdup(*word + need->conflict);
        const char *colon = strchr(need->name, ':');
        gsize own = strlen(plan->project);
        bool here = colon == NULL || ((gsize)(colon - need->name) == own &&
                                      strncmp(need->name, plan->project, own) == 0);
        const WendSqitchChange *meant =
            here && !need->conflict ? find_change(plan, colon != NULL ? colon + 1 : need->name)
                                    : NULL;
        need->id = meant != NULL ? g_strdup(meant->id) : NULL;
        g_ptr_array_add(change->needs, need);
    }
}

static void add_change(WendSqitchPlan *plan, Line *line, guint number)
{
    WendSqitchChange *change = g_new0(WendSqitchChange, 1);
    const WendSqitchChange *parent =
        plan->changes->len > 0 ? plan->changes->pdata[plan->changes->len - 1] : NULL;
    change->name = g_steal_pointer(&line->name);
    change->note = g_steal_pointer(&line->note);
    change->planner = g_steal_pointer(&line->planner);
    change->email = g_steal_pointer(&line->email);
    change->date = g_steal_pointer(&line->date);
    change->line = number;
    change->needs = g_ptr_array_new_with_free_func(need_free);
    change->tags = g_ptr_array_new_with_free_func(tag_free);
    change->reworks = g_ptr_array_new_with_free_func(g_free);
    add_needs(plan, change, line->needs);
    change->id = change_id(plan, change, parent);
    g_ptr_array_add(plan->changes, change);
}

static void add_tag(WendSqitchPlan *plan, Line *line)
{
    WendSqitchChange *change = plan->changes->pdata[plan->changes->len - 1];
    WendSqitchTag *tag = g_new0(WendSqitchTag, 1);
    tag->name = g_steal_pointer(&line->name);
    tag->note = g_steal_pointer(&line->note);
    tag->planner = g_steal_pointer(&line->planner);
    tag->email = g_steal_pointer(&line->email);
    tag->date = g_steal_pointer(&line->date);
    tag->id = tag_id(plan, tag, change);
    g_ptr_array_add(change->tags, tag);
}

/* A change whose name comes again is an older text of it: its files carry one of the tags between. */
static void find_reworks(WendSqitchPlan *plan)
{
    for (guint i = 0; i < plan->changes->len; i++) {
        WendSqitchChange *change = plan->changes->pdata[i];
        guint next = i + 1;
        while (next < plan->changes->len &&
               strcmp(((WendSqitchChange *)plan->changes->pdata[next])->name, change->name) != 0)
            next++;
        for (guint j = i; next < plan->changes->len && j < next; j++) {
            const WendSqitchChange *between = plan->changes->pdata[j];
            for (guint k = 0; k < between->tags->len; k++)
                g_ptr_array_add(change->reworks,
                                g_strdup(((WendSqitchTag *)between->tags->pdata[k])->name));
        }
    }
}

static void read_pragma(WendSqitchPlan *plan, const char *line)
{
    g_auto(GStrv) parts = g_strsplit(line + 1, "=", 2);
    if (g_strv_length(parts) != 2)
        return;
    const char *name = g_strstrip(parts[0]), *value = g_strstrip(parts[1]);
    if (strcmp(name, "project") == 0)
        replace(&plan->project, value);
    else if (strcmp(name, "uri") == 0)
        replace(&plan->uri, value);
}

static void refuse(const WendFolder *folder, const char *file, guint number, const char *why,
                   GPtrArray *problems)
{
    g_autofree char *shown = wend_tool_show(folder, file);
    WendProblem *problem = wend_problem_add(problems, false, shown, number, 0, "%s", why);
    problem->hint = g_strdup("sqitch writes NAME [NEEDS] DATE PLANNER <EMAIL> # NOTE");
}

static void take_line(const WendFolder *folder, const char *file, WendSqitchPlan *plan,
                      const char *text, guint number, GPtrArray *problems)
{
    g_auto(Line) line = {0};
    const char *at = skip_blanks(text);
    if (*at == '\0' || *at == '#')
        return;
    if (*at == '%') {
        read_pragma(plan, at);
        return;
    }
    if (*at == '-') {
        refuse(folder, file, number, "a change that is planned to be reverted is not known to wend",
               problems);
        return;
    }
    if (!read_line(*at == '+' ? at + 1 : at, &line)) {
        refuse(folder, file, number, "this line of the plan cannot be read", problems);
    } else if (line.name[0] != '@') {
        add_change(plan, &line, number);
    } else if (plan->changes->len > 0) {
        add_tag(plan, &line);
    } else {
        refuse(folder, file, number, "a tag stands before the first change", problems);
    }
}

WendSqitchPlan *wend_sqitch_plan_read(const WendFolder *folder, WendDialect dialect,
                                      GPtrArray *problems)
{
    g_autofree char *file = NULL, *text = NULL;
    gsize length = 0;
    g_autoptr(WendSqitchPlan) plan = wend_sqitch_plan_ref(g_new0(WendSqitchPlan, 1));
    plan->project = g_strdup("");
    plan->changes = g_ptr_array_new_with_free_func(change_free);
    file = take_conf(folder, dialect, plan);
    if (!wend_tool_read(folder, file, problems, &text, &length))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        take_line(folder, file, plan, g_strchomp(lines[i]), i + 1, problems);
    find_reworks(plan);
    return g_steal_pointer(&plan);
}
