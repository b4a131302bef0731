/* SPDX-License-Identifier: MIT
 *
 * Whether a data definition has happened, while others change the same tables on MariaDB: what they do never
 * counts as the statement's doing.
 */
#include "maria.h"

#include <string.h>

#define DONE     WEND_VERDICT_DONE
#define NOT_DONE WEND_VERDICT_NOT_DONE
#define UNKNOWN  WEND_VERDICT_UNKNOWN

#define ITEMS "CREATE TABLE items (id INT, b INT, KEY old (b))"
#define PARTED                                                                                     \
    "CREATE TABLE items (id INT, b INT) PARTITION BY RANGE (id) "                                  \
    "(PARTITION p0 VALUES LESS THAN (5), PARTITION p1 VALUES LESS THAN (10), "                     \
    "PARTITION p2 VALUES LESS THAN (20))"
#define ARIA "CREATE TABLE items (id INT) ENGINE=Aria; CREATE TABLE twin (id INT) ENGINE=Aria"

typedef struct Case {
    const char *tables, *statement;
    const char *others;       /* what somebody else does; NULL = nothing */
    WendVerdict open, behind; /* when the statement has not run, and when it has */
} Case;

static const Case cases[] = {
    {ITEMS, "ALTER TABLE items ADD COLUMN c INT", NULL, NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items ADD COLUMN c INT", "CREATE INDEX hand ON items (id)", NOT_DONE,
     DONE},
    {ITEMS, "ALTER TABLE items ADD c INT, ADD INDEX i (id), DROP INDEX old",
     "ALTER TABLE items ADD d INT, MODIFY b BIGINT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items ADD c INT, ADD d INT", "ALTER TABLE items ADD e INT", NOT_DONE,
     DONE},
    {ITEMS, "ALTER TABLE items ADD (c INT, d DECIMAL(3,2))", "ALTER TABLE items COMMENT 'x'",
     NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items DROP COLUMN b", "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items DROP COLUMN b", "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items RENAME COLUMN b TO c", "ALTER TABLE items ADD d INT", NOT_DONE,
     DONE},
    {ITEMS, "ALTER TABLE items CHANGE b c BIGINT", "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items RENAME COLUMN b TO id, RENAME COLUMN id TO b", NULL, NOT_DONE,
     UNKNOWN},
    {ITEMS, "ALTER TABLE items DROP INDEX old, ADD INDEX old (b, id)",
     "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items RENAME INDEX old TO new", "ALTER TABLE items ADD d INT", NOT_DONE,
     DONE},
    {ITEMS, "ALTER TABLE items ADD CONSTRAINT c CHECK (b > 0), ADD PRIMARY KEY (id)",
     "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items ADD CONSTRAINT u UNIQUE (id), ADD UNIQUE KEY IF NOT EXISTS old (b)",
     "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items WAIT 5 ADD COLUMN IF NOT EXISTS b INT, ADD COLUMN c INT", NULL,
     NOT_DONE, DONE},
    {ITEMS, "SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE items ADD COLUMN c INT",
     "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "CREATE INDEX i ON items (id)", "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {ITEMS, "DROP INDEX old ON items", "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    /* These may run twice. */
    {ITEMS, "ALTER TABLE items MODIFY b BIGINT, ENGINE=InnoDB", "ALTER TABLE items ADD d INT",
     NOT_DONE, NOT_DONE},
    {ITEMS, "ALTER TABLE items CONVERT TO CHARACTER SET latin1, COMMENT 'x'", NULL, NOT_DONE,
     NOT_DONE},
    /* The server gives the name. */
    {ITEMS, "ALTER TABLE items ADD INDEX (id)", NULL, NOT_DONE, UNKNOWN},
    {ITEMS, "ALTER TABLE items ADD INDEX (id)", "ALTER TABLE items ADD d INT", UNKNOWN, UNKNOWN},
    {ITEMS, "ALTER TABLE items RENAME TO things", NULL, NOT_DONE, DONE},
    {ITEMS, "DROP TABLE items", NULL, NOT_DONE, DONE},
    {ITEMS, "DROP TABLE items", "CREATE TABLE other (id INT)", NOT_DONE, DONE},
    {ITEMS, "ALTER TABLE items ADD c INT", "DROP TABLE items", UNKNOWN, UNKNOWN},
    {PARTED, "ALTER TABLE items ADD c INT",
     "ALTER TABLE items ADD PARTITION (PARTITION p3 VALUES LESS THAN (30))", NOT_DONE, DONE},
    {PARTED, "ALTER TABLE items ADD PARTITION (PARTITION p3 VALUES LESS THAN (30))",
     "ALTER TABLE items ADD d INT", NOT_DONE, DONE},
    {PARTED, "ALTER TABLE items DROP PARTITION p0, p1",
     "ALTER TABLE items ADD PARTITION (PARTITION p3 VALUES LESS THAN (30))", NOT_DONE, DONE},
    {PARTED, "ALTER TABLE items TRUNCATE PARTITION ALL", NULL, NOT_DONE, DONE},
    {PARTED, "ALTER TABLE items TRUNCATE PARTITION p1", NULL, NOT_DONE, DONE},
    {PARTED,
     "ALTER TABLE items REORGANIZE PARTITION p0, p1 INTO (PARTITION p1 VALUES LESS THAN (10))",
     NULL, NOT_DONE, UNKNOWN},
    {ITEMS, "TRUNCATE items", "INSERT INTO items VALUES (1, 2)", NOT_DONE, DONE},
    {ITEMS, "TRUNCATE items", "ALTER TABLE items ADD d INT, ALGORITHM=COPY", UNKNOWN, UNKNOWN},
    {"CREATE TABLE gr\xC3\xB6\xC3\x9F"
     "e (id INT); CREATE TABLE `b \xE2\x82\xAC` (id INT)",
     "RENAME TABLE gr\xC3\xB6\xC3\x9F"
     "e TO tmp, `b \xE2\x82\xAC` TO gr\xC3\xB6\xC3\x9F"
     "e, "
     "tmp TO `b \xE2\x82\xAC`",
     NULL, NOT_DONE, DONE},
    /* Tables without numbers, made in the same second. */
    {ARIA, "RENAME TABLE items TO tmp, twin TO items, tmp TO twin", NULL, UNKNOWN, UNKNOWN},
    {ARIA, "RENAME TABLE items TO things", NULL, NOT_DONE, DONE},
    {ARIA, "TRUNCATE items", NULL, UNKNOWN, UNKNOWN},
};

static WendVerdict judge(Maria *maria, const Case *one, bool runs)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *before = NULL, *why = NULL;
    WendVerdict verdict = WEND_VERDICT_UNKNOWN;
    const WendPiece *piece = maria_piece(maria, one->statement);
    Connection *connection = (Connection *)maria->connection;
    maria_sql(maria, one->tables);
    assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
    if (runs)
        maria_sql(maria, one->statement);
    if (one->others != NULL)
        maria_sql(maria, one->others);
    /* Neither does the mode in which the session shows what there is. */
    assert_done(wend_mysql_exec(
        connection, "SET SESSION sql_mode = 'ANSI', sql_quote_show_create = 0", &error));
    assert_done(maria->driver->judge(maria->connection, piece, before, &verdict, &why, &error));
    g_assert_true((why != NULL) == (verdict == WEND_VERDICT_UNKNOWN));
    assert_done(wend_mysql_exec(
        connection, "SET SESSION sql_mode = DEFAULT, sql_quote_show_create = 1", &error));
    g_autofree char *schema = maria_look(maria, "SELECT DATABASE()");
    g_autofree char *again =
        g_strdup_printf("DROP DATABASE %1$s; CREATE DATABASE %1$s CHARACTER SET "
                        "utf8mb4; USE %1$s",
                        g_strchomp(schema));
    maria_sql(maria, again);
    return verdict;
}

static void test_others(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    maria_reopen(maria, 5000, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *one = &cases[i];
        g_test_message("%s; others: %s", one->statement, one->others);
        WendVerdict open = judge(maria, one, false), behind = judge(maria, one, true);
        /* Unless a second went by between. */
        if (strcmp(one->tables, ARIA) == 0 && behind == DONE)
            behind = one->behind;
        if (open != one->open || behind != one->behind)
            g_error("%s; others: %s: %d %d", one->statement, one->others, open, behind);
    }
}

/* A failed definition of one table left nothing, whatever others did to it; of two, it may have. */
static void test_failed(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    static const struct {
        const char *sql;
        bool none;
    } failing[] = {
        {"ALTER TABLE items ADD UNIQUE u (id)", true},
        {"SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE items ADD UNIQUE u (id)", true},
        {"CREATE UNIQUE INDEX u ON items (id)", true},
        {"DROP TABLE missing", true},
        {"DROP TABLE twin, missing", false},
        {"DROP DATABASE missing", false},
        {"CALL missing()", false},
    };
    maria_sql(maria, "CREATE TABLE items (id INT); INSERT INTO items VALUES (1), (1);"
                     "CREATE TABLE twin (id INT)");
    maria_reopen(maria, 5000, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(failing); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        WendWorked worked;
        maria_begin(maria->connection);
        assert_fails(maria_alone(maria, failing[i].sql, &worked, &error), WEND_FAILED);
        maria->driver->end_step(maria->connection);
        g_assert_true(worked.none == failing[i].none);
    }
}

/* What the user may do without being allowed to look at it. */
static void test_denied(Maria *maria, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *schema = maria_look(maria, "SELECT DATABASE()");
    g_autofree char *grant = g_strdup_printf("CREATE TABLE items (id INT);"
                                             "CREATE VIEW seen AS SELECT id FROM items;"
                                             "CREATE USER blind; GRANT CREATE USER ON *.* TO blind;"
                                             "GRANT SELECT, DROP, ALTER, CREATE ON %s.* TO blind",
                                             g_strchomp(schema));
    static const char *const blind[] = {"DROP VIEW seen", "CREATE USER bob"};
    maria_sql(maria, grant);
    maria->driver->close(maria->connection);
    g_autofree char *url = maria_url(maria, 0, "blind", "");
    WendConnect connect = {.url = url};
    maria->connection = maria->driver->open(&connect, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(blind); i++) {
        g_autofree char *before = NULL, *why = NULL;
        WendVerdict verdict;
        WendWorked worked;
        const WendPiece *piece = maria_piece(maria, blind[i]);
        assert_done(maria->driver->observe(maria->connection, piece, &before, &error));
        assert_done(maria->driver->judge(maria->connection, piece, before, &verdict, &why, &error));
        g_assert_cmpint(verdict, ==, UNKNOWN);
        maria_begin(maria->connection);
        assert_done(maria_alone(maria, blind[i], &worked, &error));
        maria->driver->end_step(maria->connection);
    }
    maria_sql(maria, "DROP USER blind, bob");
}

static void add(void)
{
    maria_add("/mysql/verdicts/failed", test_failed);
    maria_add("/mysql/verdicts/denied", test_denied);
    maria_add("/mysql/verdicts/others", test_others);
}

int main(int argc, char **argv)
{
    return maria_main(argc, argv, "mariadb", add);
}
