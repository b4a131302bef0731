/* SPDX-License-Identifier: MIT
 *
 * The splitter, dialect by dialect: a script beside the statements it holds, then what happens to
 * scripts that end too early, and the scripts in tests/corpus/sql, each of which says in its first
 * line how many statements it has.
 */
#include "sql/splitter.h"

#include <string.h>

#define SQLITE   WEND_DIALECT_SQLITE
#define POSTGRES WEND_DIALECT_POSTGRES
#define MYSQL    WEND_DIALECT_MYSQL

static GArray *split(const char *text, gsize length, guint flags, bool *good, WendError *error)
{
    GArray *statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
    *good = wend_split(text, length, flags, statements, error);
    return statements;
}

/* The statements as "first|second"; COPY data as "copy~data". */
static char *write_statements(const char *text, GArray *statements)
{
    GString *written = g_string_new(NULL);
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        if (i > 0)
            g_string_append_c(written, '|');
        g_string_append_len(written, text + statement->start,
                            (gssize)(statement->end - statement->start));
        if (statement->kind == WEND_STATEMENT_COPY) {
            g_string_append_c(written, '~');
            g_string_append_len(written, text + statement->data_start,
                                (gssize)(statement->data_end - statement->data_start));
        }
    }
    return g_string_free(written, FALSE);
}

typedef struct Case {
    WendDialect dialect;
    const char *text, *statements;
} Case;

static void check_cases(const Case *cases, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        WendError error = WEND_ERROR_INIT;
        bool good;
        g_autoptr(GArray) statements = split(cases[i].text, strlen(cases[i].text),
                                             wend_dialect_flags(cases[i].dialect), &good, &error);
        g_autofree char *written = write_statements(cases[i].text, statements);
        g_assert_cmpstr(error.message, ==, NULL);
        g_assert_true(good);
        g_assert_cmpstr(written, ==, cases[i].statements);
    }
}

#define CHECK(cases) check_cases(cases, G_N_ELEMENTS(cases))

static void test_plain(void)
{
    static const Case cases[] = {
        {SQLITE, "", ""},
        {SQLITE, " \n-- a;\n/* b; */ ", ""},
        {SQLITE, ";; ;", ""},
        {SQLITE, "a", "a"},
        {SQLITE, "a;", "a"},
        {SQLITE, " a ; b ;; c", "a|b|c"},
        {SQLITE, "/* x */ a /* y; */ b -- z;\n; c", "a /* y; */ b|c"},
        {SQLITE,
         "\xEF\xBB\xBF"
         "a;\r\nb;\rc",
         "a|b|c"},
        {SQLITE, "'a;' \"b;\" `c;` [d;];e", "'a;' \"b;\" `c;` [d;]|e"},
        {POSTGRES, "a $$;$$ $x$;$$;$x$;b[1];c", "a $$;$$ $x$;$$;$x$|b[1]|c"},
        {POSTGRES, "a(1;2);b", "a(1|2)|b"},
        {MYSQL, "a # b;\n;c -- d;\n;--e;f", "a|c|--e|f"},
        {MYSQL, "a 'b\\';' \"c\\\";\";d", "a 'b\\';' \"c\\\";\"|d"},
    };
    CHECK(cases);
}

static void test_sqlite_triggers(void)
{
    static const Case cases[] = {
        {SQLITE, "CREATE TRIGGER t AFTER INSERT ON x BEGIN a; b; END; c",
         "CREATE TRIGGER t AFTER INSERT ON x BEGIN a; b; END|c"},
        {SQLITE, "create temp trigger t begin a; end;b", "create temp trigger t begin a; end|b"},
        {SQLITE, "CREATE TEMPORARY TRIGGER t BEGIN a;END/**/;b",
         "CREATE TEMPORARY TRIGGER t BEGIN a;END|b"},
        {SQLITE, "CREATE TRIGGER t BEGIN SELECT CASE WHEN a THEN b END; c; END; d",
         "CREATE TRIGGER t BEGIN SELECT CASE WHEN a THEN b END; c; END|d"},
        {SQLITE, "CREATE TRIGGER t BEGIN a; \"end\"; b; 'end'; /* end */ ; [end]; END; c",
         "CREATE TRIGGER t BEGIN a; \"end\"; b; 'end'; /* end */ ; [end]; END|c"},
        {SQLITE, "CREATE TRIGGER t BEGIN a; end b; END; c",
         "CREATE TRIGGER t BEGIN a; end b; END|c"},
        {SQLITE, "CREATE TRIGGER t BEGIN a;; END;c", "CREATE TRIGGER t BEGIN a;; END|c"},
        {SQLITE, "CREATE TRIGGER t BEGIN a; END", "CREATE TRIGGER t BEGIN a; END"},
        {SQLITE, "EXPLAIN QUERY PLAN CREATE TRIGGER t BEGIN a; END; b",
         "EXPLAIN QUERY PLAN CREATE TRIGGER t BEGIN a; END|b"},
        {SQLITE, "EXPLAIN a; CREATE TABLE trigger; BEGIN; END; DROP TRIGGER t; a",
         "EXPLAIN a|CREATE TABLE trigger|BEGIN|END|DROP TRIGGER t|a"},
        {SQLITE, "CREATE VIEW trigger AS a; b; END; c", "CREATE VIEW trigger AS a|b|END|c"},
        /* Not SQLite's: a trigger there has no body. */
        {POSTGRES, "CREATE TRIGGER t AFTER INSERT ON x EXECUTE FUNCTION f(); a",
         "CREATE TRIGGER t AFTER INSERT ON x EXECUTE FUNCTION f()|a"},
    };
    CHECK(cases);
}

static void test_postgres_bodies(void)
{
    static const Case cases[] = {
        {POSTGRES, "CREATE FUNCTION f() BEGIN ATOMIC a; b; END; c",
         "CREATE FUNCTION f() BEGIN ATOMIC a; b; END|c"},
        {POSTGRES, "create or replace procedure f() begin /**/ atomic a; end; c",
         "create or replace procedure f() begin /**/ atomic a; end|c"},
        {POSTGRES,
         "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN c THEN d END "
         "END; SELECT 1 AS end; SELECT 2 end; END; e",
         "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN c THEN d END "
         "END; SELECT 1 AS end; SELECT 2 end; END|e"},
        {POSTGRES, "CREATE FUNCTION f() BEGIN ATOMIC END; a",
         "CREATE FUNCTION f() BEGIN ATOMIC END|a"},
        {POSTGRES, "CREATE FUNCTION f(begin int) RETURN begin; a; end",
         "CREATE FUNCTION f(begin int) RETURN begin|a|end"},
        {POSTGRES, "CREATE FUNCTION begin.f() BEGIN ATOMIC a; END; b",
         "CREATE FUNCTION begin.f() BEGIN ATOMIC a; END|b"},
        {POSTGRES, "CREATE FUNCTION f() RETURNS begin BEGIN ATOMIC a;; END; b",
         "CREATE FUNCTION f() RETURNS begin BEGIN ATOMIC a;; END|b"},
        {POSTGRES, "BEGIN; a; END; COMMIT; BEGIN ATOMIC; a; END",
         "BEGIN|a|END|COMMIT|BEGIN ATOMIC|a|END"},
        {POSTGRES, "CREATE VIEW f AS BEGIN ATOMIC a; b", "CREATE VIEW f AS BEGIN ATOMIC a|b"},
        {POSTGRES, "CREATE RULE r AS DO (a; b); c", "CREATE RULE r AS DO (a; b)|c"},
        {POSTGRES, "CREATE OR REPLACE RULE r AS WHERE (x) DO ALSO ((a); (b;')')); c; d",
         "CREATE OR REPLACE RULE r AS WHERE (x) DO ALSO ((a); (b;')'))|c|d"},
        {POSTGRES, "CREATE RULE r AS DO NOTHING; c", "CREATE RULE r AS DO NOTHING|c"},
    };
    CHECK(cases);
}

static void test_psql(void)
{
    static const Case cases[] = {
        {POSTGRES, "COPY t FROM stdin;\na;'\n\\.\nb", "COPY t FROM stdin~a;'\n|b"},
        {POSTGRES, "copy t (a, b) from STDIN with (format csv); -- c\r\n1\r\n\\.\r\nb",
         "copy t (a, b) from STDIN with (format csv)~1\r\n|b"},
        {POSTGRES, "COPY t FROM stdin;\n\\.\nCOPY u FROM stdin;\n\\..\n \\.\n\\.",
         "COPY t FROM stdin~|COPY u FROM stdin~\\..\n \\.\n"},
        {POSTGRES, "COPY (SELECT a FROM stdin) TO stdout; b",
         "COPY (SELECT a FROM stdin) TO stdout|b"},
        {POSTGRES, "COPY t FROM 'stdin'; COPY t TO stdin; COPY \"from\" stdin; b",
         "COPY t FROM 'stdin'|COPY t TO stdin|COPY \"from\" stdin|b"},
        {POSTGRES, "SELECT copy FROM stdin;\nb", "SELECT copy FROM stdin|b"},
        {SQLITE, "COPY t FROM stdin;\nb", "COPY t FROM stdin|b"},
        {POSTGRES, "\\connect a;b \r\nc; \\set d 'e\nf", "\\connect a;b|c|\\set d 'e|f"},
        {POSTGRES, "  \\i x\n\\", "\\i x|\\"},
        {POSTGRES, "a \\ b; c", "a \\ b|c"},
        {SQLITE, "\\a;b\nc", "\\a|b\nc"},
    };
    CHECK(cases);
}

static void test_mysql_bodies(void)
{
    static const Case cases[] = {
        {MYSQL, "CREATE PROCEDURE p() BEGIN a; b; END; c",
         "CREATE PROCEDURE p() BEGIN a; b; END|c"},
        {MYSQL, "create definer=`a`@`b` function f(x int) returns int begin a; end; c",
         "create definer=`a`@`b` function f(x int) returns int begin a; end|c"},
        {MYSQL,
         "CREATE DEFINER = event@'%' TRIGGER t AFTER INSERT ON x FOR EACH ROW BEGIN a; END; c",
         "CREATE DEFINER = event@'%' TRIGGER t AFTER INSERT ON x FOR EACH ROW BEGIN a; END|c"},
        {MYSQL, "CREATE OR REPLACE AGGREGATE FUNCTION f() BEGIN a; END; b",
         "CREATE OR REPLACE AGGREGATE FUNCTION f() BEGIN a; END|b"},
        {MYSQL, "CREATE PROCEDURE p() BEGIN BEGIN a; END; BEGIN b; END; END; c",
         "CREATE PROCEDURE p() BEGIN BEGIN a; END; BEGIN b; END; END|c"},
        {MYSQL, "CREATE PROCEDURE p(begin int, end int) BEGIN SET end = end; a; END; c",
         "CREATE PROCEDURE p(begin int, end int) BEGIN SET end = end; a; END|c"},
        {MYSQL, "CREATE PROCEDURE begin() BEGIN a; END; b",
         "CREATE PROCEDURE begin() BEGIN a; END|b"},
        {MYSQL, "CREATE PROCEDURE d.begin() BEGIN a; END; b",
         "CREATE PROCEDURE d.begin() BEGIN a; END|b"},
        {MYSQL, "CREATE PROCEDURE IF NOT EXISTS p() BEGIN a; END; b",
         "CREATE PROCEDURE IF NOT EXISTS p() BEGIN a; END|b"},
        {MYSQL, "CREATE FUNCTION IF NOT EXISTS f() RETURNS INT RETURN 1; b",
         "CREATE FUNCTION IF NOT EXISTS f() RETURNS INT RETURN 1|b"},
        {MYSQL, "CREATE TRIGGER t AFTER INSERT ON begin FOR EACH ROW FOLLOWS begin SET a = 1; b",
         "CREATE TRIGGER t AFTER INSERT ON begin FOR EACH ROW FOLLOWS begin SET a = 1|b"},
        {MYSQL, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN a; b; END; c",
         "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN a; b; END|c"},
        {MYSQL, "ALTER EVENT e DO l:BEGIN a; b; END; c; ALTER TABLE t; d",
         "ALTER EVENT e DO l:BEGIN a; b; END|c|ALTER TABLE t|d"},
        {MYSQL, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO CALL p(); c",
         "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO CALL p()|c"},
        {MYSQL, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO IF a THEN b; END IF; c",
         "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO IF a THEN b; END IF|c"},
        {MYSQL, "ALTER EVENT e DO FOR i IN 1..2 DO a; END FOR; c",
         "ALTER EVENT e DO FOR i IN 1..2 DO a; END FOR|c"},
        {MYSQL, "CREATE DEFINER=a EVENT e ON SCHEDULE AT b DO BEGIN a; b; END; c",
         "CREATE DEFINER=a EVENT e ON SCHEDULE AT b DO BEGIN a; b; END|c"},
        {MYSQL, "CREATE PROCEDURE IF NOT EXISTS begin() SELECT 1; b",
         "CREATE PROCEDURE IF NOT EXISTS begin() SELECT 1|b"},
        {MYSQL, "CREATE PROCEDURE p(a CHAR(9), begin int) SELECT 1; b",
         "CREATE PROCEDURE p(a CHAR(9), begin int) SELECT 1|b"},
        {MYSQL, "CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW PRECEDES begin SET a = 1; b",
         "CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW PRECEDES begin SET a = 1|b"},
        {MYSQL, "CREATE DEFINER=a VIEW v AS SELECT function, IF(a, b, c); d",
         "CREATE DEFINER=a VIEW v AS SELECT function, IF(a, b, c)|d"},
        {MYSQL, "CREATE DEFINER=a VIEW v AS SELECT IF(a, b, c); BEGIN; d",
         "CREATE DEFINER=a VIEW v AS SELECT IF(a, b, c)|BEGIN|d"},
    };
    CHECK(cases);
}

#define BODY(text)                                                                                 \
    {                                                                                              \
        MYSQL, "CREATE PROCEDURE p() " text "; z", "CREATE PROCEDURE p() " text "|z"               \
    }

/* Each text is one body: nothing in it may end the statement, or go on behind it. */
static void test_mysql_blocks(void)
{
    static const Case cases[] = {
        BODY("BEGIN IF a THEN b; ELSEIF c THEN d; ELSE e; END IF; f; END"),
        BODY("BEGIN IF a THEN IF b THEN c; END IF; ELSE IF d THEN e; END IF; END IF; END"),
        BODY("BEGIN SELECT IF(a, b, c); SET x = IF(a, b, c); f; END"),
        BODY("BEGIN IF IF(a, b, c) THEN d; END IF; f; END"),
        BODY("BEGIN IF EXISTS (SELECT 1) THEN a; END IF; DROP TABLE IF EXISTS t; b; END"),
        BODY("BEGIN IF NOT EXISTS (SELECT 1) THEN a; END IF; b; END"),
        BODY("BEGIN IF a THEN b; ELSEIF c THEN IF d THEN e; END IF; END IF; f; END"),
        BODY("BEGIN WHILE a DO IF b THEN c; END IF; END WHILE; d; END"),
        BODY("BEGIN IF CASE WHEN a THEN b ELSE c END THEN IF d THEN e; END IF; END IF; f; END"),
        BODY("BEGIN IF CASE WHEN a THEN CASE b WHEN c THEN d END ELSE e END THEN IF f THEN g; END "
             "IF; "
             "END IF; h; END"),
        BODY("BEGIN IF CASE a; b; END IF; IF CASE c WHEN d THEN e END THEN IF f THEN g; END IF; "
             "END IF; "
             "h; END"),
        BODY("BEGIN IF CASE WHEN CASE a WHEN b THEN c END THEN IF(d, e, f) END THEN g; END IF; h; "
             "END"),
        BODY("BEGIN a;; END"),
        BODY("BEGIN l; m; a WHERE; IF b; c; END IF; UNTIL d; e; DECLARE f; END"),
        BODY("BEGIN CASE a WHEN 1 THEN b; WHEN 2 THEN c; ELSE d; END CASE; e; END"),
        BODY("BEGIN CASE WHEN CASE a WHEN 1 THEN b END THEN c; END CASE; d; END"),
        BODY("BEGIN SELECT CASE WHEN a THEN b ELSE c END; d; END"),
        BODY("BEGIN IF CASE WHEN a THEN b ELSE c END THEN d; END IF; e; END"),
        BODY("BEGIN l: LOOP a; LEAVE l; END LOOP l; b; END"),
        BODY("BEGIN l:LOOP a; END LOOP; b; END"),
        BODY("BEGIN LOOP LOOP a; END LOOP; END LOOP; b; END"),
        BODY("BEGIN WHILE a DO b; END WHILE; WHILE CASE a WHEN b THEN c END DO d; END WHILE; e; "
             "END"),
        BODY("BEGIN REPEAT a; UNTIL b END REPEAT; c; END"),
        BODY("BEGIN REPEAT a; UNTIL CASE b WHEN c THEN d END END REPEAT; e; END"),
        BODY("BEGIN SET a = REPEAT('x', 3); SET b := REPEAT('y', 2); c; END"),
        BODY("BEGIN DO SLEEP(1); DO CASE a WHEN b THEN c END; d; END"),
        BODY("BEGIN FOR i IN 1..10 DO a; END FOR; FOR r IN (SELECT 1) DO b; END FOR; c; END"),
        BODY("BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN a; END; b; END"),
        BODY(
            "BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND, SQLWARNING SET a = IF(b, c, d); e; END"),
        BODY("BEGIN DECLARE EXIT HANDLER FOR 1062 IF a THEN b; END IF; c; END"),
        BODY("BEGIN DECLARE EXIT HANDLER FOR x; DECLARE EXIT HANDLER FOR y DO CASE a WHEN b THEN c "
             "END; "
             "d; END"),
        BODY("BEGIN DECLARE EXIT HANDLER FOR y CREATE TABLE IF NOT EXISTS t (a int); d; END"),
        BODY("BEGIN DECLARE a INT DEFAULT CASE WHEN b THEN c END; DECLARE d CURSOR FOR SELECT e; "
             "f; END"),
        BODY("BEGIN SELECT NEW.end, t.begin, end FROM t; END"),
        BODY("BEGIN BEGIN NOT ATOMIC IF a THEN b; END IF; END; c; END"),
        BODY("BEGIN XA BEGIN 'a'; XA END 'a'; START TRANSACTION; COMMIT; END"),
        BODY("BEGIN IF a THEN BEGIN END; END IF; END"),
        BODY("outside: BEGIN inside: BEGIN a; END inside; END outside"),
        BODY("BEGIN ELSE; THEN; UNTIL; CASE a; WHILE b; c; END CASE; END WHILE; END"),
        BODY("IF a THEN b; c; END IF"),
        BODY("CASE a WHEN b THEN c; d; END CASE"),
        BODY("LOOP a; END LOOP"),
        BODY("WHILE a DO b; c; END WHILE"),
        BODY("REPEAT a; UNTIL b END REPEAT"),
        BODY("l: FOR i IN 1..2 DO a; END FOR"),
        BODY("SELECT IF(a, b, c), CASE d WHEN e THEN f END"),
        BODY("SET a = IF(b, c, d)"),
        BODY("UPDATE t JOIN u ON a = IF(b, c, d) SET e = f"),
        BODY("DELETE FROM t WHERE IF(a, b, c)"),
        BODY("DROP TABLE IF EXISTS t"),
        BODY("CREATE TABLE IF NOT EXISTS t (a int)"),
        BODY("ALTER TABLE t DROP COLUMN IF EXISTS a"),
        BODY("DO IF(a, b, c)"),
        BODY("RETURN IF(a, b, c)"),
        BODY("UPDATE t SET a = CASE WHEN b THEN c END"),
        BODY("COMMENT 'x' NOT DETERMINISTIC SQL SECURITY DEFINER BEGIN a; END"),
        BODY("SELECT begin FROM t"),
    };
    CHECK(cases);
}

static void test_mysql_heads(void)
{
    static const Case cases[] = {
        {MYSQL, "CREATE FUNCTION f() RETURNS CHAR(9) CHARACTER SET utf8 BEGIN a; END; b",
         "CREATE FUNCTION f() RETURNS CHAR(9) CHARACTER SET utf8 BEGIN a; END|b"},
        {MYSQL, "CREATE FUNCTION f() RETURNS VARCHAR(9) CHAR SET utf8 BEGIN a; END; b",
         "CREATE FUNCTION f() RETURNS VARCHAR(9) CHAR SET utf8 BEGIN a; END|b"},
        {MYSQL, "CREATE FUNCTION f() RETURNS SET('a') BEGIN a; END; b",
         "CREATE FUNCTION f() RETURNS SET('a') BEGIN a; END|b"},
        {MYSQL, "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; END; b",
         "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; END|b"},
        {MYSQL, "CREATE TRIGGER t BEFORE UPDATE ON x FOR EACH ROW BEGIN a; END; b",
         "CREATE TRIGGER t BEFORE UPDATE ON x FOR EACH ROW BEGIN a; END|b"},
        {MYSQL, "CREATE TRIGGER t AFTER DELETE ON x FOR EACH ROW BEGIN a; END; b",
         "CREATE TRIGGER t AFTER DELETE ON x FOR EACH ROW BEGIN a; END|b"},
        {MYSQL, "CREATE TRIGGER t AFTER INSERT OR DELETE ON x FOR EACH ROW BEGIN a; END; b",
         "CREATE TRIGGER t AFTER INSERT OR DELETE ON x FOR EACH ROW BEGIN a; END|b"},
        {MYSQL,
         "CREATE TRIGGER t AFTER DELETE ON x FOR EACH ROW INSERT INTO y VALUES (IF(1,2,3)); b",
         "CREATE TRIGGER t AFTER DELETE ON x FOR EACH ROW INSERT INTO y VALUES (IF(1,2,3))|b"},
        {MYSQL, "CREATE FUNCTION f RETURNS STRING SONAME 'x'; b",
         "CREATE FUNCTION f RETURNS STRING SONAME 'x'|b"},
        {MYSQL, "BEGIN; a; COMMIT; BEGIN WORK; XA BEGIN 'x'; XA END 'x'; b",
         "BEGIN|a|COMMIT|BEGIN WORK|XA BEGIN 'x'|XA END 'x'|b"},
        {MYSQL, "BEGIN NOT ATOMIC a; b; END; l: BEGIN NOT ATOMIC a; END; BEGIN NOT x; c",
         "BEGIN NOT ATOMIC a; b; END|l: BEGIN NOT ATOMIC a; END|BEGIN NOT x|c"},
        {MYSQL, "IF a THEN b; END IF; FOR i IN 1..2 DO c; END FOR; l: LOOP d; END LOOP; e",
         "IF a THEN b; END IF|FOR i IN 1..2 DO c; END FOR|l: LOOP d; END LOOP|e"},
        {MYSQL, "DROP TABLE IF EXISTS a; CREATE TABLE IF NOT EXISTS b (c int); REPLACE INTO d; e",
         "DROP TABLE IF EXISTS a|CREATE TABLE IF NOT EXISTS b (c int)|REPLACE INTO d|e"},
        {MYSQL, "CREATE PROCEDURE p(; a", "CREATE PROCEDURE p(|a"},
    };
    CHECK(cases);
}

/* Whatever a statement seemed to become, a semicolon ends it as long as no body is open. */
static void test_broken_heads(void)
{
    static const char *const heads[] = {
        "EXPLAIN",
        "CREATE",
        "CREATE DEFINER",
        "CREATE DEFINER =",
        "CREATE DEFINER = a",
        "CREATE EVENT",
        "CREATE EVENT e DO",
        "CREATE EVENT e DO l",
        "CREATE FUNCTION",
        "CREATE PROCEDURE IF",
        "CREATE PROCEDURE IF NOT",
        "CREATE PROCEDURE p(",
        "CREATE PROCEDURE p() FOR",
        "CREATE RULE",
        "CREATE FUNCTION f() BEGIN",
        "CREATE TRIGGER t ON",
        "COPY",
        "COPY (",
        "COPY t FROM",
        "BEGIN NOT",
        "CREATE FUNCTION f RETURNS",
        "l",
        "l:",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autofree char *text = g_strdup_printf("%s; b", heads[i]);
        g_autofree char *expected = g_strdup_printf("%s|b", heads[i]);
        /* With these heads a MySQL block or a SQLite trigger does stand open. */
        bool block = g_str_has_suffix(heads[i], "() BEGIN");
        bool trigger = strstr(heads[i], "TRIGGER") != NULL;
        Case cases[] = {{POSTGRES, text, expected},
                        {block ? POSTGRES : MYSQL, text, expected},
                        {trigger ? POSTGRES : SQLITE, text, expected}};
        CHECK(cases);
    }
}

static void test_executable_comments(void)
{
    static const Case cases[] = {
        {MYSQL, "/*! a; b */; c", "/*! a; b */|c"},
        {MYSQL, "/*!40101 a */;/*M!100 b */;", "/*!40101 a */|/*M!100 b */"},
        {MYSQL,
         "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t AFTER INSERT ON x "
         "FOR EACH ROW BEGIN a; b; END */; c",
         "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t AFTER INSERT ON x "
         "FOR EACH ROW BEGIN a; b; END */|c"},
        {MYSQL, "/*!50003 CREATE*/ /*!50017 DEFINER=a*/ PROCEDURE p() BEGIN a; b; END; c",
         "/*!50003 CREATE*/ /*!50017 DEFINER=a*/ PROCEDURE p() BEGIN a; b; END|c"},
        {MYSQL, "DELIMITER ;;\n/*! a;; b */;; c", "/*! a;; b */|c"},
        {MYSQL, "/*!999999\\- it's; */ a; b", "a|b"},
        {POSTGRES, "/*! a; b */; c", "c"},
    };
    CHECK(cases);
}

static void test_delimiters(void)
{
    static const Case cases[] = {
        {MYSQL, "DELIMITER //\na; b// c //\nDELIMITER ;\nd; e", "a|b|c|d|e"},
        {MYSQL, "DELIMITER //\na//\nDELIMITER ;\nCREATE PROCEDURE p() BEGIN b; c; END; d",
         "a|CREATE PROCEDURE p() BEGIN b; c; END|d"},
        {MYSQL, "delimiter $$\nBEGIN a; END$$ b$$\nDelimiter ;\nc", "BEGIN a|END|b|c"},
        {MYSQL, "DELIMITER $$\nBEGIN NOT ATOMIC a; END; b$$ c", "BEGIN NOT ATOMIC a; END|b|c"},
        {MYSQL, "DELIMITER //\nCREATE PROCEDURE p() BEGIN IF a THEN b; END IF; END; DROP TABLE c//",
         "CREATE PROCEDURE p() BEGIN IF a THEN b; END IF; END|DROP TABLE c"},
        {MYSQL, "DELIMITER //\nCREATE FUNCTION f() RETURNS INT RETURN (SELECT a AS b); c; d//",
         "CREATE FUNCTION f() RETURNS INT RETURN (SELECT a AS b)|c|d"},
        {MYSQL,
         "DELIMITER //\nCREATE FUNCTION f() RETURNS INT BEGIN DECLARE EXIT HANDLER FOR "
         "SQLEXCEPTION RETURN 1; RETURN 2; END; c//",
         "CREATE FUNCTION f() RETURNS INT BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN 1; "
         "RETURN 2; END|c"},
        /* Oracle's manner. */
        {MYSQL, "DELIMITER //\nCREATE PROCEDURE p(a INT) AS b INT; BEGIN c; END; // d; e//",
         "CREATE PROCEDURE p(a INT) AS b INT; BEGIN c; END;|d|e"},
        {MYSQL,
         "DELIMITER //\nCREATE OR REPLACE FUNCTION f(a INT) RETURN INT IS b INT; BEGIN c; END//",
         "CREATE OR REPLACE FUNCTION f(a INT) RETURN INT IS b INT; BEGIN c; END"},
        {MYSQL, "DELIMITER //\nCREATE PACKAGE BODY p AS a INT; b; END; // c//",
         "CREATE PACKAGE BODY p AS a INT; b; END;|c"},
        {MYSQL, "DELIMITER ;;\na; b;; c;;\nDELIMITER ;\nd", "a|b|c|d"},
        {MYSQL, "DELIMITER //\n'//' \"//\" `//` /* // */ a # //\n// b",
         "'//' \"//\" `//` /* // */ a|b"},
        {MYSQL, "DELIMITER //\n////\n;// ; a //", "a"},
        {MYSQL, "DELIMITER '//' rest is ignored;\na;b//c", "a|b|c"},
        {MYSQL, "\tDELIMITER\t| \r\na;b|\r\nDELIMITER ;\r\nc;d", "a|b|c|d"},
        {MYSQL, "DELIMITER go\na go categories go", "a|cate|ries"},
        {MYSQL, "DELIMITER 123456789012345678\na 123456789012345 b", "a|b"},
        {MYSQL, "a; DELIMITER //\nb;//", "a|b"},
        {MYSQL, "DELIMITER $$\na\nDELIMITER ;\nb; c", "a|b|c"},
        {MYSQL, "DELIMITER $$\na DELIMITER ;\nb; c", "a DELIMITER|b|c"},
        {MYSQL, "a (\ndelimiter int); b", "a (\ndelimiter int)|b"},
        {MYSQL, "delimiter.a; b", "delimiter.a|b"},
        {POSTGRES, "DELIMITER //\na; b", "DELIMITER //\na|b"},
    };
    CHECK(cases);
}

static void test_nul(void)
{
    static const char text[] = "a\0b;'\0;';\0";
    WendError error = WEND_ERROR_INIT;
    bool good;
    g_autoptr(GArray) statements = split(text, sizeof text - 1, 0, &good, &error);
    g_assert_true(good);
    g_assert_cmpuint(statements->len, ==, 3);
    g_assert_cmpuint(g_array_index(statements, WendStatement, 0).end, ==, 3);
    g_assert_cmpuint(g_array_index(statements, WendStatement, 1).end, ==, 8);
}

static void test_places(void)
{
    static const char text[] = "-- c\r\n  a\r\n;\rb; COPY t FROM stdin;\n1\n2\n\\.\n\\x\n c";
    static const guint places[][2] = {{2, 3}, {4, 1}, {4, 4}, {8, 1}, {9, 2}};
    static const WendStatementKind kinds[] = {WEND_STATEMENT_SQL, WEND_STATEMENT_SQL,
                                              WEND_STATEMENT_COPY, WEND_STATEMENT_META,
                                              WEND_STATEMENT_SQL};
    WendError error = WEND_ERROR_INIT;
    bool good;
    g_autoptr(GArray) statements =
        split(text, sizeof text - 1, wend_dialect_flags(POSTGRES), &good, &error);
    g_assert_true(good);
    g_assert_cmpuint(statements->len, ==, G_N_ELEMENTS(places));
    for (guint i = 0; i < statements->len; i++) {
        const WendStatement *statement = &g_array_index(statements, WendStatement, i);
        g_assert_cmpuint(statement->line, ==, places[i][0]);
        g_assert_cmpuint(statement->column, ==, places[i][1]);
        g_assert_cmpint(statement->kind, ==, kinds[i]);
    }
}

typedef struct Broken {
    WendDialect dialect;
    const char *text, *statements, *message, *source;
    guint line, column;
} Broken;

static void test_open_ends(void)
{
    static const Broken cases[] = {
        {SQLITE, "a;\n b 'c;", "a|b 'c;", "*inside a string*", " b 'c;", 2, 4},
        {SQLITE, "a [b;", "a [b;", "*inside a quoted name*", "a [b;", 1, 3},
        {SQLITE, "a \"b;", "a \"b;", "*inside a quoted name*", "a \"b;", 1, 3},
        {SQLITE, "a; /* b", "a", "*inside a comment*", "a; /* b", 1, 4},
        {SQLITE, "a /* b", "a", "*inside a comment*", "a /* b", 1, 3},
        {SQLITE, "CREATE TRIGGER t\nBEGIN a; b; ", "CREATE TRIGGER t\nBEGIN a; b;",
         "*inside the body*", "BEGIN a; b; ", 2, 1},
        {SQLITE, " CREATE TRIGGER t a; b", "CREATE TRIGGER t a; b", "*inside the body*",
         " CREATE TRIGGER t a; b", 1, 2},
        {SQLITE, "CREATE TRIGGER t BEGIN a; 'b; END;", "CREATE TRIGGER t BEGIN a; 'b; END;",
         "*inside a string*", "CREATE TRIGGER t BEGIN a; 'b; END;", 1, 27},
        {POSTGRES, "a $x$ b; $y$", "a $x$ b; $y$", "*dollar-quoted*", "a $x$ b; $y$", 1, 3},
        {POSTGRES, "a /* /* */ b", "a", "*inside a comment*", "a /* /* */ b", 1, 3},
        {POSTGRES, "CREATE FUNCTION f() BEGIN ATOMIC a;", "CREATE FUNCTION f() BEGIN ATOMIC a;",
         "*inside the body*", "CREATE FUNCTION f() BEGIN ATOMIC a;", 1, 21},
        {POSTGRES, "CREATE RULE r AS DO (a;", "CREATE RULE r AS DO (a;", "*inside the body*",
         "CREATE RULE r AS DO (a;", 1, 21},
        {POSTGRES, "a;\nCOPY t FROM stdin;\n1\n", "a|COPY t FROM stdin~1\n", "*data of COPY*",
         "COPY t FROM stdin;", 2, 1},
        {POSTGRES, "COPY t FROM stdin", "COPY t FROM stdin~", "*data of COPY*", "COPY t FROM stdin",
         1, 1},
        {POSTGRES, "COPY t FROM stdin; a\n1\n\\.\nb", "COPY t FROM stdin~1\n", "*last on its line*",
         "COPY t FROM stdin; a", 1, 1},
        {MYSQL, "a /*! b; c", "a /*! b; c", "*executable comment*", "a /*! b; c", 1, 3},
        {MYSQL, "CREATE PROCEDURE p() BEGIN a; IF b THEN c; END;",
         "CREATE PROCEDURE p() BEGIN a; IF b THEN c; END;", "*inside the body*",
         "CREATE PROCEDURE p() BEGIN a; IF b THEN c; END;", 1, 22},
        {MYSQL, "BEGIN NOT ATOMIC a", "BEGIN NOT ATOMIC a", "*inside the body*",
         "BEGIN NOT ATOMIC a", 1, 1},
        {MYSQL, "a;\nDELIMITER \nb", "a", "*names no delimiter*", "DELIMITER ", 2, 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Broken *broken = &cases[i];
        WendError error = WEND_ERROR_INIT;
        bool good;
        g_autoptr(GArray) statements = split(broken->text, strlen(broken->text),
                                             wend_dialect_flags(broken->dialect), &good, &error);
        g_autofree char *written = write_statements(broken->text, statements);
        g_assert_false(good);
        g_assert_cmpstr(written, ==, broken->statements);
        g_assert_cmpint(error.code, ==, WEND_FINDINGS);
        g_assert_true(g_pattern_match_simple(broken->message, error.message));
        g_assert_nonnull(error.hint);
        g_assert_cmpstr(error.source, ==, broken->source);
        g_assert_cmpuint(error.line, ==, broken->line);
        g_assert_cmpuint(error.column, ==, broken->column);
        wend_error_clear(&error);
    }
}

static bool same(WendDialect dialect, const char *a, const char *b)
{
    bool result = wend_same_tokens(a, strlen(a), b, strlen(b), wend_dialect_flags(dialect));
    g_assert_true(wend_same_tokens(b, strlen(b), a, strlen(a), wend_dialect_flags(dialect)) ==
                  result);
    return result;
}

static void test_same_tokens(void)
{
    g_assert_true(same(SQLITE, "", " -- a\n;"));
    g_assert_true(same(SQLITE, "a;b",
                       "\xEF\xBB\xBF"
                       "a /* c */\r\n; -- d\n b ;"));
    g_assert_false(same(SQLITE, "a;b", "a b"));
    g_assert_false(same(SQLITE, "a", "A"));
    g_assert_false(same(SQLITE, "a 'b'", "a \"b\""));
    g_assert_false(same(SQLITE, "'a b'", "'a  b'"));
    g_assert_false(same(SQLITE, "a b", "ab"));
    g_assert_false(same(SQLITE, "a;b", "a"));
    g_assert_false(same(SQLITE, "a b", "a"));
    g_assert_false(same(SQLITE, "a", "a '"));
    g_assert_false(same(SQLITE, "a", "a /*"));
    g_assert_true(same(POSTGRES, "\\x\na", "\\x \n\n a"));
    g_assert_false(same(POSTGRES, "\\x a", "\\x  a"));
    g_assert_true(
        same(POSTGRES, "COPY t FROM stdin;\n1 -- 2\n\\.\n", "COPY t\nFROM stdin ;\n1 -- 2\n\\."));
    g_assert_false(
        same(POSTGRES, "COPY t FROM stdin;\n1 -- 2\n\\.\n", "COPY t FROM stdin;\n1 -- 3\n\\.\n"));
    g_assert_false(
        same(POSTGRES, "COPY t FROM stdin;\n1 2\n\\.\n", "COPY t FROM stdin;\n1  2\n\\.\n"));
    g_assert_true(same(MYSQL, "/*! a */", "/*!  a*/ # b"));
    g_assert_false(same(MYSQL, "/*! a */", "/*! b */"));
    g_assert_false(same(MYSQL, "/*!50000 a */", "/*!60000 a */"));
    g_assert_true(same(MYSQL, "DELIMITER //\na;b//", "DELIMITER $$\na; b$$\n"));
}

/* The number in "-- statements: N", the first line of each script there. */
static guint expected_count(const char *text)
{
    const char *line = strstr(text, "-- statements: ");
    g_assert_nonnull(line);
    return (guint)g_ascii_strtoull(line + strlen("-- statements: "), NULL, 10);
}

static void check_corpus_file(const char *path, guint flags)
{
    g_autofree char *text = NULL;
    gsize length;
    WendError error = WEND_ERROR_INIT;
    bool good;
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    g_autoptr(GArray) statements = split(text, length, flags, &good, &error);
    if (!good || statements->len != expected_count(text))
        g_error("%s: %u statements; %s", path, statements->len, good ? "no error" : error.message);
}

static void test_corpus(void)
{
    for (guint dialect = SQLITE; dialect <= MYSQL; dialect++) {
        const char *name = wend_dialect_name(dialect);
        g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "corpus", "sql", name, NULL);
        g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
        guint count = 0;
        const char *file;
        g_assert_nonnull(files);
        while ((file = g_dir_read_name(files)) != NULL) {
            g_autofree char *path = g_build_filename(folder, file, NULL);
            check_corpus_file(path, wend_dialect_flags(dialect));
            count++;
        }
        g_assert_cmpuint(count, >=, 15);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sql/splitter/plain", test_plain);
    g_test_add_func("/sql/splitter/sqlite-triggers", test_sqlite_triggers);
    g_test_add_func("/sql/splitter/postgres-bodies", test_postgres_bodies);
    g_test_add_func("/sql/splitter/psql", test_psql);
    g_test_add_func("/sql/splitter/mysql-bodies", test_mysql_bodies);
    g_test_add_func("/sql/splitter/mysql-blocks", test_mysql_blocks);
    g_test_add_func("/sql/splitter/mysql-heads", test_mysql_heads);
    g_test_add_func("/sql/splitter/broken-heads", test_broken_heads);
    g_test_add_func("/sql/splitter/executable-comments", test_executable_comments);
    g_test_add_func("/sql/splitter/delimiters", test_delimiters);
    g_test_add_func("/sql/splitter/nul", test_nul);
    g_test_add_func("/sql/splitter/places", test_places);
    g_test_add_func("/sql/splitter/open-ends", test_open_ends);
    g_test_add_func("/sql/splitter/same-tokens", test_same_tokens);
    g_test_add_func("/sql/splitter/corpus", test_corpus);
    return g_test_run();
}
