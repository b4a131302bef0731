/* SPDX-License-Identifier: MIT
 *
 * Whether a data definition has happened: what it touches is looked at before it runs, text and identity,
 * and again by whoever finds that a run ended inside it. The server makes a definition of one table whole
 * or not at all (MariaDB from 10.6 on, MySQL 8); DROP TABLE a, b may end between the two.
 *
 * {"by": "id", "objects": [{"kind": "TABLE", "schema": "shop", "name": "items", "text": SHA-256 of SHOW CREATE,
 * "id": "17"}], "things": [SHA-256, null]}; without "text", it is not there. "by": which identity was had: "id",
 * the table's number in InnoDB, which needs the privilege PROCESS, or "created", when it was made. That is
 * the "id" of a table of another engine, too, with a sign before it: "@2026-01-31 12:00:00". "things": how
 * the table shows the columns, keys and the like that the statement is about (alter.c), in its order.
 */
#include "db/mysql/mysql.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

/* What one object is like now. NULL text = it is not there. */
typedef struct Seen {
    char *create; /* SHOW CREATE's text */
    char *text;   /* its SHA-256 */
    char *id;
    bool denied; /* nobody knows what it is like */
} Seen;

static void seen_clear(gpointer data)
{
    Seen *seen = data;
    g_free(seen->create);
    g_free(seen->text);
    g_free(seen->id);
}

/* --- text --- */

/* Codes by which SHOW CREATE says that there is none. 1064: the server knows no such kind of things, as MySQL
 * knows no sequences; 1059, 1102, 1103: there can be nothing of that name. The definition itself will say so,
 * and where. */
static bool is_absent(guint code)
{
    static const guint codes[] = {1008, 1049, 1059, 1064, 1102, 1103, 1132, 1133, 1141,
                                  1146, 1269, 1305, 1347, 1360, 1396, 1539, 1959, 4091};
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

/* And that the user may not look: what he may do to it is another right. */
static bool is_denied(guint code)
{
    static const guint codes[] = {1044, 1045, 1142, 1143, 1227, 1356, 1370};
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

/* " AUTO_INCREMENT=17" goes with the rows. */
static void leave_counter_out(GString *text)
{
    static const char mark[] = " AUTO_INCREMENT=";
    char *at = g_strrstr(text->str, mark);
    if (at == NULL)
        return;
    gsize digits = strspn(at + strlen(mark), "0123456789");
    g_string_erase(text, at - text->str, (gssize)(strlen(mark) + digits));
}

static bool add_columns(const Part *part, const WendRow *row, MYSQL_RES *result, void *data,
                        WendError *error)
{
    (void)part;
    (void)result;
    (void)error;
    for (guint i = 0; i < row->count; i++)
        g_string_append_printf(data, "%s\n", row->values[i] != NULL ? row->values[i] : "");
    return true;
}

/* However the server and the script set the modes, the text is the same. */
#define SAME_MODES "sql_mode = '', sql_quote_show_create = 1"

static char *show_sql(const Connection *connection, const Touched *one)
{
    GString *sql = g_string_new(connection->mariadb ? "SET STATEMENT " SAME_MODES " FOR " : NULL);
    g_string_append(sql, "SHOW ");
    if (strcmp(one->kind, "ROLE") == 0 || strcmp(one->kind, "USER") == 0) {
        g_string_append(sql, "GRANTS FOR ");
        wend_mysql_name(sql, one->name);
        if (strcmp(one->kind, "USER") == 0) {
            g_string_append_c(sql, '@');
            wend_mysql_name(sql, one->schema);
        }
        return g_string_free(sql, FALSE);
    }
    g_string_append_printf(sql, "CREATE %s ",
                           strcmp(one->kind, "INDEX") == 0 ? "TABLE" : one->kind);
    if (strcmp(one->kind, "DATABASE") != 0) {
        wend_mysql_name(sql, one->schema);
        g_string_append_c(sql, '.');
    }
    wend_mysql_name(sql, one->name);
    return g_string_free(sql, FALSE);
}

/* MySQL knows no SET STATEMENT. */
static const char keep_modes[] = "SET @wend_mode = @@SESSION.sql_mode, "
                                 "@wend_quote = @@SESSION.sql_quote_show_create, " SAME_MODES;
static const char restore_modes[] =
    "SET SESSION sql_mode = @wend_mode, SESSION sql_quote_show_create = @wend_quote";

static bool see_text(Connection *connection, const Touched *one, Seen *seen, WendError *error)
{
    g_autofree char *sql = show_sql(connection, one);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(WendError) failure = WEND_ERROR_INIT, ignored = WEND_ERROR_INIT;
    g_auto(Packet) packet = {0};
    Receiver receiver = {.row = add_columns, .data = text};
    Sent sent;
    char sum[WEND_SHA256_HEX + 1];
    wend_mysql_packet_init(&packet);
    wend_mysql_settings_off(connection, &packet);
    if (!connection->mariadb)
        wend_mysql_packet_add(&packet, PART_OWN, 0, keep_modes, -1);
    wend_mysql_packet_add(&packet, PART_OWN, 0, sql, -1);
    if (!connection->mariadb)
        wend_mysql_packet_add(&packet, PART_OWN, 0, restore_modes, -1);
    if (!wend_mysql_send(connection, &packet, &receiver, &sent, &failure)) {
        if (!connection->mariadb && !wend_mysql_is_lost(sent.code))
            wend_mysql_exec(connection, restore_modes, &ignored);
        seen->denied = is_denied(sent.code);
        return seen->denied || is_absent(sent.code) || wend_error_move(error, &failure);
    }
    leave_counter_out(text);
    wend_sha256(text->str, text->len, sum);
    seen->text = g_strdup(sum);
    seen->create = g_strdup(text->str);
    return true;
}

/* --- identity --- */

/* Appends a name as InnoDB writes it: other signs than letters and digits as the server's own character set
 * for names of files has them. */
static void append_file_name(GString *sql, const char *name)
{
    bool plain =
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] ==
        '\0';
    g_string_append(sql, plain ? "" : "CONVERT(CAST(CONVERT(");
    wend_mysql_text(sql, name);
    g_string_append(sql, plain ? "" : " USING filename) AS BINARY) USING utf8mb4)");
}

/* A table with partitions has one number for each: any new one changes the sum. False where the user may not
 * see it. NULL: it is not InnoDB's. MySQL 8 calls the view otherwise; untested. */
static bool see_number(Connection *connection, const Touched *one, char **id)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    bool eight = !connection->mariadb && connection->version >= 80000;
    g_autoptr(GString) sql = g_string_new(
        "SELECT IF(COUNT(*) < 2, MAX(table_id), CONCAT_WS(':', COUNT(*), SUM(table_id), "
        "MAX(table_id))) FROM information_schema.");
    const char *collation = connection->facts.fold_names ? "utf8mb4_general_ci" : "utf8mb4_bin";
    g_string_append(sql, eight ? "INNODB_TABLES" : "INNODB_SYS_TABLES");
    g_string_append(sql, " t, (SELECT CONCAT(");
    append_file_name(sql, one->schema);
    g_string_append(sql, ", '/', ");
    append_file_name(sql, one->name);
    g_string_append_printf(sql,
                           ") AS own) n WHERE t.name = n.own COLLATE %s OR LEFT(t.name, "
                           "CHAR_LENGTH(n.own) + 3) = CONCAT(n.own, '#P#') COLLATE %s",
                           collation, collation);
    return wend_mysql_value(connection, sql->str, id, &ignored);
}

/* When it was made, with the sign that says so; NULL where that is not known. */
static bool see_time(Connection *connection, const Touched *one, char **id, WendError *error)
{
    g_autoptr(GString) sql = g_string_new(
        "SELECT CONCAT('@', create_time) FROM information_schema.tables WHERE table_schema = ");
    wend_mysql_text(sql, one->schema);
    g_string_append(sql, " AND table_name = ");
    wend_mysql_text(sql, one->name);
    return wend_mysql_value(connection, sql->str, id, error);
}

/* Looks at all of them. `by`: which identity to take; NULL = none, "" = whichever can be had. */
static bool see_all(Connection *connection, const GPtrArray *objects, const char **by, GArray *seen,
                    WendError *error)
{
    for (guint i = 0; i < objects->len; i++) {
        const Touched *one = objects->pdata[i];
        Seen now = {0};
        bool ok = see_text(connection, one, &now, error);
        if (ok && *by != NULL && now.text != NULL) {
            if (strcmp(*by, "created") != 0 && !see_number(connection, one, &now.id))
                *by = "created";
            else if (strcmp(*by, "") == 0)
                *by = "id";
            if (now.id == NULL)
                ok = see_time(connection, one, &now.id, error);
        }
        g_array_append_val(seen, now);
        if (!ok)
            return false;
    }
    return true;
}

static GArray *seen_new(void)
{
    GArray *seen = g_array_new(FALSE, FALSE, sizeof(Seen));
    g_array_set_clear_func(seen, seen_clear);
    return seen;
}

static bool any_denied(const GArray *seen)
{
    for (guint i = 0; i < seen->len; i++) {
        if (g_array_index(seen, Seen, i).denied)
            return true;
    }
    return false;
}

/* --- before --- */

/* How the one table shows each thing; NULL where it does not, or there is no table. Caller frees. */
static char *thing_sum(const Thing *thing, const GArray *seen)
{
    const Seen *now = &g_array_index(seen, Seen, 0);
    g_autofree char *line = now->create != NULL ? wend_mysql_thing_text(thing, now->create) : NULL;
    char sum[WEND_SHA256_HEX + 1];
    if (line == NULL)
        return NULL;
    wend_sha256(line, strlen(line), sum);
    return g_strdup(sum);
}

static json_t *list_things(const Deed *deed, const GArray *seen)
{
    json_t *list = json_array();
    for (guint i = 0; i < deed->things->len; i++) {
        g_autofree char *sum = thing_sum(deed->things->pdata[i], seen);
        json_array_append_new(list, sum != NULL ? json_string(sum) : json_null());
    }
    return list;
}

static json_t *list_objects(const GPtrArray *objects, const GArray *seen)
{
    json_t *list = json_array();
    for (guint i = 0; i < seen->len; i++) {
        const Touched *one = objects->pdata[i];
        const Seen *now = &g_array_index(seen, Seen, i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "kind", one->kind,
                                              "schema", one->schema, "name", one->name, "text",
                                              now->text, "id", now->id));
    }
    return list;
}

bool wend_mysql_observe(WendConnection *base, const WendPiece *piece, char **before,
                        WendError *error)
{
    Connection *connection = (Connection *)base;
    const char *schema =
        connection->script_database != NULL ? connection->script_database : connection->database;
    bool by_identity = false;
    g_autoptr(GPtrArray) objects =
        wend_mysql_touched(piece->text, piece->length, schema, &by_identity);
    g_autoptr(GArray) seen = seen_new();
    g_auto(Deed) deed = {0};
    wend_mysql_deed_read(piece->text, piece->length, &deed);
    const char *by = deed.sign == SIGN_IDENTITY ? "" : NULL;
    if (objects != NULL && !see_all(connection, objects, &by, seen, error))
        return false;
    /* The statement itself may be allowed; after a crash inside it a person is asked. */
    if (any_denied(seen))
        g_array_set_size(seen, 0);
    json_t *all = json_pack("{s:s*, s:o}", "by", by, "objects", list_objects(objects, seen));
    if (deed.sign == SIGN_THINGS && seen->len == 1)
        json_object_set_new(all, "things", list_things(&deed, seen));
    char *text = json_dumps(all, 0);
    json_decref(all);
    *before = g_strdup(text);
    free(text);
    return true;
}

/* --- after --- */

typedef enum Change { SAME, CHANGED, CAME, WENT } Change;

/* What was written down, and what is there. */
typedef struct Sides {
    const json_t *list; /* of the objects */
    const json_t *things;
    const GArray *seen;
    const Deed *deed;
} Sides;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_number(const char *id)
{
    return id != NULL && id[0] != '@';
}

/* By its identity; where that is weak, by its text too. */
static bool is_other(const json_t *object, const Seen *now)
{
    const char *id = text_of(object, "id");
    if (is_number(id) && is_number(now->id))
        return strcmp(id, now->id) != 0;
    return g_strcmp0(id, now->id) != 0 || g_strcmp0(text_of(object, "text"), now->text) != 0;
}

static Change change_of(const json_t *object, const Seen *now, Sign sign)
{
    const char *text = text_of(object, "text");
    if (text == NULL)
        return now->text == NULL ? SAME : CAME;
    if (now->text == NULL)
        return WENT;
    if (sign == SIGN_IDENTITY)
        return is_other(object, now) ? CHANGED : SAME;
    return sign == SIGN_TEXT && strcmp(text, now->text) != 0 ? CHANGED : SAME;
}

/* What the statement was to do: "table a is gone, table b is still there". */
static void describe(GString *why, const json_t *object, Change change)
{
    static const char *const words[] = {
        [SAME] = "as it was", [CHANGED] = "changed", [CAME] = "there now", [WENT] = "gone"};
    g_autofree char *kind = g_ascii_strdown(text_of(object, "kind"), -1);
    bool there = text_of(object, "text") != NULL;
    const char *word = change != SAME ? words[change]
                       : there        ? "still there, unchanged"
                                      : "not there";
    g_string_append_printf(why, "%s%s %s is %s", why->len > 0 ? ", " : "",
                           strcmp(kind, "index") == 0 ? "table" : kind, text_of(object, "name"),
                           word);
}

static WendVerdict unknown(char **why, const char *text)
{
    *why = g_strdup(text);
    return WEND_VERDICT_UNKNOWN;
}

/* By the objects: each of them the same, or each another. */
static WendVerdict judge_objects(const Sides *sides, char **why)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint same = 0, idle = 0, changed = 0;
    bool by_identity = sides->deed->sign == SIGN_IDENTITY, sure = true;
    for (guint i = 0; i < sides->seen->len; i++) {
        const json_t *object = json_array_get(sides->list, i);
        const Seen *now = &g_array_index(sides->seen, Seen, i);
        Change change = change_of(object, now, sides->deed->sign);
        /* The name in the middle of a swap is there neither before nor after. */
        if (by_identity && text_of(object, "text") == NULL && now->text == NULL)
            idle++;
        else
            same += change == SAME;
        changed += change == CHANGED;
        sure &= now->text == NULL || is_number(now->id);
        describe(text, object, change);
    }
    if (same + idle == sides->seen->len) {
        /* A plain RENAME is told by the names alone. */
        bool rename = sides->seen->len == 2 && idle == 1;
        if (!by_identity || sure || rename || same == 0)
            return WEND_VERDICT_NOT_DONE;
        return unknown(why,
                       "whether a table is the same one cannot be told: it is not InnoDB's, or "
                       "the user lacks the privilege PROCESS");
    }
    if (same > 0)
        return unknown(why, text->str);
    if (sides->deed->sign == SIGN_TEXT && changed > 0)
        return unknown(why, "it has changed, but by what cannot be told");
    return WEND_VERDICT_DONE;
}

/* TRUNCATE of a table that somebody has changed as well. */
static bool is_muddled(const Sides *sides)
{
    const json_t *object = json_array_get(sides->list, 0);
    const Seen *now = &g_array_index(sides->seen, Seen, 0);
    const char *text = text_of(object, "text");
    return sides->deed->sign == SIGN_IDENTITY && !sides->deed->replaces && sides->seen->len == 1 &&
           text != NULL && now->text != NULL && strcmp(text, now->text) != 0 &&
           is_other(object, now);
}

/* Whether the statement both takes such a name away and makes it. */
static bool comes_again(const Deed *deed, const Thing *thing)
{
    for (guint i = 0; i < deed->things->len; i++) {
        const Thing *other = deed->things->pdata[i];
        if (other->kind == thing->kind && other->makes != thing->makes &&
            g_ascii_strcasecmp(other->name, thing->name) == 0)
            return true;
    }
    return false;
}

/* By the columns, keys and the like of the one table. */
static WendVerdict judge_things(const Sides *sides, char **why)
{
    const Deed *deed = sides->deed;
    guint done = 0, open = 0;
    for (guint i = 0; i < deed->things->len; i++) {
        const Thing *thing = deed->things->pdata[i];
        const char *before = json_string_value(json_array_get(sides->things, i));
        g_autofree char *now = thing_sum(thing, sides->seen);
        bool again = comes_again(deed, thing);
        /* IF [NOT] EXISTS had nothing to do. */
        if (thing->guarded && !again && (before != NULL) == thing->makes)
            continue;
        bool differs = g_strcmp0(before, now) != 0;
        bool happened = before != NULL && now != NULL ? differs && again : differs;
        done += happened;
        open += !happened;
    }
    if (done == 0)
        return WEND_VERDICT_NOT_DONE;
    if (open == 0)
        return WEND_VERDICT_DONE;
    return unknown(why, "a part of what it changes is there, a part is not");
}

static WendVerdict judge_sides(const Sides *sides, char **why)
{
    const Seen *first = &g_array_index(sides->seen, Seen, 0);
    bool was = text_of(json_array_get(sides->list, 0), "text") != NULL;
    bool table = g_strcmp0(text_of(json_array_get(sides->list, 0), "kind"), "TABLE") == 0;
    Sign sign = sides->deed->sign;
    *why = NULL;
    if (table && was && first->text == NULL && sign != SIGN_PRESENCE && sign != SIGN_IDENTITY)
        return unknown(why, "the table is gone");
    if (sign == SIGN_NONE)
        return WEND_VERDICT_NOT_DONE;
    if (sign == SIGN_THINGS && json_array_size(sides->things) == sides->deed->things->len)
        return judge_things(sides, why);
    if (is_muddled(sides))
        return unknown(why, "it is another one, and has changed, but by what cannot be told");
    return judge_objects(sides, why);
}

/* The objects as they were written down: what a USE of the script made of their names is in it. The parts
 * are borrowed from `list`. */
static GPtrArray *objects_in(const json_t *list)
{
    GPtrArray *objects = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        Touched *one = g_new0(Touched, 1);
        one->kind = (char *)text_of(object, "kind");
        one->schema = (char *)text_of(object, "schema");
        one->name = (char *)text_of(object, "name");
        g_ptr_array_add(objects, one);
        if (one->kind == NULL || one->schema == NULL || one->name == NULL) {
            g_ptr_array_unref(objects);
            return NULL;
        }
    }
    return objects;
}

bool wend_mysql_judge(WendConnection *base, const WendPiece *piece, const char *before,
                      WendVerdict *verdict, char **why, WendError *error)
{
    Connection *connection = (Connection *)base;
    json_t *all = json_loads(before, 0, NULL);
    const json_t *list = json_object_get(all, "objects");
    const char *by = text_of(all, "by");
    g_autoptr(GPtrArray) objects = objects_in(list);
    g_autoptr(GArray) seen = seen_new();
    g_auto(Deed) deed = {0};
    bool ok = true;
    wend_mysql_deed_read(piece->text, piece->length, &deed);
    if (objects == NULL || objects->len == 0) {
        *verdict = unknown(why, "the journal does not say what it touches");
    } else {
        const char *kept = by;
        Sides sides = {list, json_object_get(all, "things"), seen, &deed};
        ok = see_all(connection, objects, &kept, seen, error);
        if (ok && by != NULL && strcmp(kept, by) != 0)
            *verdict = unknown(why, "the numbers of the tables in InnoDB can no longer be read; "
                                    "GRANT PROCESS");
        else if (ok && any_denied(seen))
            *verdict = unknown(why, "the user may not look at what it touches");
        else if (ok)
            *verdict = judge_sides(&sides, why);
    }
    json_decref(all);
    return ok;
}
