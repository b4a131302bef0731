/* SPDX-License-Identifier: MIT
 *
 * Whether a data definition has happened: what it touches is looked at before it runs, text and identity,
 * and again by whoever finds that a run ended inside it. The server makes a definition of one table whole
 * or not at all (MariaDB from 10.6 on, MySQL 8); DROP TABLE a, b may end between the two.
 *
 * {"by": "id", "objects": [{"kind": "TABLE", "schema": "shop", "name": "items", "text": SHA-256 of SHOW CREATE,
 * "id": "17"}]}; without "text", it is not there. "by": which identity was had: "id", the table's number
 * in InnoDB, which needs the privilege PROCESS, or "created", when it was made.
 */
#include "db/mysql/mysql.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

/* What one object is like now. NULL text = it is not there. */
typedef struct Seen {
    char *text, *id;
} Seen;

static void seen_clear(gpointer data)
{
    Seen *seen = data;
    g_free(seen->text);
    g_free(seen->id);
}

/* --- text --- */

/* Codes by which SHOW CREATE says that there is none. 1064: the server knows no such kind of things, as MySQL
 * knows no sequences; the definition itself will say so, and where. */
static bool is_absent(guint code)
{
    static const guint codes[] = {1008, 1049, 1064, 1132, 1133, 1141, 1146, 1269,
                                  1305, 1347, 1360, 1396, 1539, 1959, 4091};
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

static char *show_sql(const Touched *one)
{
    GString *sql = g_string_new("SHOW ");
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

static bool see_text(Connection *connection, const Touched *one, char **hash, WendError *error)
{
    g_autofree char *sql = show_sql(one);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(WendError) failure = WEND_ERROR_INIT;
    g_auto(Packet) packet = {0};
    Receiver receiver = {.row = add_columns, .data = text};
    Sent sent;
    char sum[WEND_SHA256_HEX + 1];
    wend_mysql_packet_init(&packet);
    wend_mysql_settings_off(connection, &packet);
    wend_mysql_packet_add(&packet, PART_OWN, 0, sql, -1);
    if (!wend_mysql_send(connection, &packet, &receiver, &sent, &failure))
        return is_absent(sent.code) || wend_error_move(error, &failure);
    leave_counter_out(text);
    wend_sha256(text->str, text->len, sum);
    *hash = g_strdup(sum);
    return true;
}

/* --- identity --- */

/* Names as InnoDB writes them: "shop/items", other signs than letters and digits as @ and a number. */
static void append_file_name(GString *name, const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_ascii_isalnum(*at) || *at == '_')
            g_string_append_c(name, *at);
        else
            g_string_append_printf(name, "@%04x", g_utf8_get_char(at));
    }
}

/* A table with partitions has one number for each. False where the user may not see it. NULL: it is not
 * InnoDB's. MySQL 8 calls the view otherwise; untested. */
static bool see_number(Connection *connection, const Touched *one, char **id)
{
    g_auto(WendError) ignored = WEND_ERROR_INIT;
    bool eight = !connection->mariadb && connection->version >= 80000;
    g_autoptr(GString) sql = g_string_new("SELECT GROUP_CONCAT(table_id ORDER BY name) FROM ");
    g_autoptr(GString) name = g_string_new(NULL), quoted = g_string_new(NULL);
    append_file_name(name, one->schema);
    g_string_append_c(name, '/');
    append_file_name(name, one->name);
    wend_mysql_text(quoted, name->str);
    g_string_append_printf(sql,
                           "information_schema.%s WHERE name = %s OR "
                           "LEFT(name, %" G_GSIZE_FORMAT ") = CONCAT(%s, '#P#')",
                           eight ? "INNODB_TABLES" : "INNODB_SYS_TABLES", quoted->str,
                           name->len + 3, quoted->str);
    return wend_mysql_value(connection, sql->str, id, &ignored);
}

static bool see_time(Connection *connection, const Touched *one, char **id, WendError *error)
{
    g_autoptr(GString) sql =
        g_string_new("SELECT create_time FROM information_schema.tables WHERE table_schema = ");
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
        bool ok = see_text(connection, one, &now.text, error);
        if (ok && *by != NULL && now.text != NULL) {
            if (strcmp(*by, "created") != 0 && !see_number(connection, one, &now.id))
                *by = "created";
            else if (strcmp(*by, "") == 0)
                *by = "id";
            if (strcmp(*by, "created") == 0)
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

/* --- before --- */

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
    const char *by = by_identity ? "" : NULL;
    if (objects != NULL && !see_all(connection, objects, &by, seen, error))
        return false;
    json_t *list = json_array();
    for (guint i = 0; i < seen->len; i++) {
        const Touched *one = objects->pdata[i];
        const Seen *now = &g_array_index(seen, Seen, i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "kind", one->kind,
                                              "schema", one->schema, "name", one->name, "text",
                                              now->text, "id", now->id));
    }
    json_t *all = json_pack("{s:s*, s:o}", "by", by, "objects", list);
    char *text = json_dumps(all, 0);
    json_decref(all);
    *before = g_strdup(text);
    free(text);
    return true;
}

/* --- after --- */

typedef enum Change { SAME, CHANGED, CAME, WENT } Change;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static Change change_of(const json_t *object, const Seen *now, bool by_identity)
{
    const char *text = text_of(object, "text");
    if (text == NULL)
        return now->text == NULL ? SAME : CAME;
    if (now->text == NULL)
        return WENT;
    if (strcmp(text, now->text) != 0)
        return CHANGED;
    return by_identity && g_strcmp0(text_of(object, "id"), now->id) != 0 ? CHANGED : SAME;
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

static void compare(const json_t *list, const GArray *seen, bool by_identity, WendVerdict *verdict,
                    char **why)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint same = 0, idle = 0;
    for (guint i = 0; i < seen->len; i++) {
        const json_t *object = json_array_get(list, i);
        const Seen *now = &g_array_index(seen, Seen, i);
        Change change = change_of(object, now, by_identity);
        /* The name in the middle of a swap is there neither before nor after. */
        if (by_identity && text_of(object, "text") == NULL && now->text == NULL)
            idle++;
        else
            same += change == SAME;
        describe(text, object, change);
    }
    *why = NULL;
    if (same + idle == seen->len) {
        *verdict = WEND_VERDICT_NOT_DONE;
    } else if (same == 0) {
        *verdict = WEND_VERDICT_DONE;
    } else {
        *verdict = WEND_VERDICT_UNKNOWN;
        *why = g_strdup(text->str);
    }
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
    (void)piece;
    json_t *all = json_loads(before, 0, NULL);
    const json_t *list = json_object_get(all, "objects");
    const char *by = text_of(all, "by");
    g_autoptr(GPtrArray) objects = objects_in(list);
    g_autoptr(GArray) seen = seen_new();
    bool ok = true;
    if (objects == NULL || objects->len == 0) {
        *verdict = WEND_VERDICT_UNKNOWN;
        *why = g_strdup("the journal does not say what it touches");
    } else {
        const char *kept = by;
        ok = see_all(connection, objects, &kept, seen, error);
        if (ok && by != NULL && strcmp(kept, by) != 0) {
            *verdict = WEND_VERDICT_UNKNOWN;
            *why = g_strdup(
                "the numbers of the tables in InnoDB can no longer be read; GRANT PROCESS");
        } else if (ok) {
            compare(list, seen, by != NULL, verdict, why);
        }
    }
    json_decref(all);
    return ok;
}
