#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# MariaDB as a person meets it: what a run shows, who is in the way, what is wrong with a URL, a user, a
# file; and that the next run goes on. Each test has a database of its own on one server.

load helper
load golden/golden
load mariadb

@test "up, status and down on MariaDB, definitions and data in turn" {
    own_database
    migration 001_users "CREATE TABLE users (id INT PRIMARY KEY);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD COLUMN name VARCHAR(40);
UPDATE users SET name = 'ann';" "DROP TABLE users;"
    wend 0 up
    same "$(plain "$output")" "applied   001_users  (N ms)"
    wend 0 status
    holds "$output" "applied  001      users"
    same "$(sql "SELECT GROUP_CONCAT(event, ' ', statement ORDER BY seq SEPARATOR ', ') FROM wend_journal")" \
        "begin 0, intent 1, done 1, done 2, intent 3, done 3, done 4, applied 0"
    wend 0 up
    same "$output" ""
    wend 0 down --yes
    same "$(sql "SHOW TABLES LIKE 'users'")" ""
    same "$(sql "SELECT COUNT(*) FROM wend_migrations")" 0
}

@test "an error has its line, column and code, and the next run goes on behind what is done" {
    own_database
    migration 001_a "CREATE TABLE a (x INT);
-- été
CREATE TABLE b (
    x INT,
    ü INT NOT NUL
);
INSERT INTO b VALUES (1, 2);"
    wend 1 up
    same "$stderr" "error: syntax error near 'NUL'
  --> migrations/001_a.sql:5:16
    5 |     ü INT NOT NUL
      |               ^
  code: MariaDB 1064 (42000)
  state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it
  next: correct migrations/001_a.sql, then run the same command again"
    wend 0 status
    holds "$output" "failed  001      a"
    sed -i 's/NOT NUL$/NOT NULL/' migrations/001_a.sql
    wend 0 up
    holds "$stderr" "001_a is half done (up): going on at statement 2 of 3"
    same "$(sql "SELECT ü FROM b")" 2
    same "$(sql "SELECT COUNT(*) FROM wend_journal WHERE event = 'applied'")" 1
}

@test "an error is found though the server shows the beginning only of what it is near to" {
    own_database
    migration 001_a "CREATE TABLE a (
    x INT,
    INDEX one (x,
        offset),
    INDEX two (x),
    INDEX three (a_column_that_is_not_there_in_this_table_of_so_few)
);
INSERT INTO a VALUES (1);"
    wend 1 up
    holds "$stderr" "error: syntax error near 'offset),'
  --> migrations/001_a.sql:4:9
    4 |         offset),
      |         ^"
    # Of longer characters fewer are shown.
    migration 001_a "CREATE TABLE a (
    x INT,
    offset INT COMMENT '€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€',
    y INT
);"
    wend 1 up
    holds "$stderr" "  --> migrations/001_a.sql:3:5"
}

@test "a definition of wend's own tables is refused where it stands" {
    own_database
    migration 001_a "CREATE TABLE a (x INT);
ALTER TABLE wend_journal
    ADD COLUMN y INT;"
    wend 1 up
    holds "$stderr" "--> migrations/001_a.sql:2:1
    2 | ALTER TABLE wend_journal
      | ^"
    same "$(sql "SELECT statement FROM wend_journal WHERE event = 'failed'")" 2
}

@test "an error inside of a procedure's body has the line of the file" {
    own_database
    migration 001_p "DELIMITER //
CREATE PROCEDURE p()
BEGIN
    SELECT 1;
    SELEC 2;
END//
DELIMITER ;"
    wend 1 up
    holds "$stderr" "error: syntax error near '2;'
  --> migrations/001_p.sql:5:11"
    holds "$stderr" "    5 |     SELEC 2;"
    holds "$stderr" "code: MariaDB 1064 (42000)"
    sed -i 's/SELEC 2/SELECT 2/' migrations/001_p.sql
    wend 0 up
    same "$(sql "SELECT routine_name FROM information_schema.routines WHERE routine_schema = '$database'")" p
}

@test "what the server says by the way is passed on" {
    own_database
    migration 001_a "CREATE TABLE a (x TINYINT);
SET sql_mode = '';
INSERT INTO a VALUES (300);"
    wend 0 up
    holds "$stderr" "Warning 1264: Out of range value for column 'x' at row 1"
}

@test "a lock in the way is named, waited for, and then an error" {
    own_database
    sql "CREATE TABLE a (x INT)"
    migration 001_a "ALTER TABLE a ADD COLUMN y INT;"
    client "$database" -e "BEGIN; INSERT INTO a VALUES (1); SELECT SLEEP(30)" >/dev/null 2>&1 3>&- &
    blocker=$!
    wait_for eval "[ \"\$(sql \"SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(30)'\")\" = 1 ]"
    id=$(sql "SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(30)'")
    wend 4 up --lock-timeout 1500ms
    holds "$stderr" "waiting for the database: it is locked by connection $id (root@127.0.0.1"
    holds "$stderr" "error: what the statement needs is locked by connection $id (root@127.0.0.1"
    holds "$stderr" "SELECT SLEEP(30) for "
    holds "$stderr" "  --> migrations/001_a.sql:1:1"
    holds "$stderr" "  code: MariaDB 1205 (HY000)
  state: 001_a was rolled back: nothing of it is left
  next: let it commit or end it, or wait longer with --lock-timeout"
    client -e "KILL $id"
    wait "$blocker" || true
    wend 0 up
    same "$(sql "SHOW COLUMNS FROM a" | cut -f 1)" "x
y"
}

@test "a second run waits, and is told who is at work" {
    own_database
    migration 001_slow "DO SLEEP(2);"
    "$WEND" up >out 2>err 3>&- &
    first=$!
    wait_for eval "[ \"\$(sql \"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(2)%' AND id <> CONNECTION_ID()\")\" != 0 ]"
    wend 4 up --lock-timeout 300ms
    holds "$stderr" "error: another run of wend holds the lock: "
    holds "$stderr" "process $first,"
    holds "$stderr" "state: nothing was run"
    wait "$first"
    wend 0 up
    same "$(sql "SELECT COUNT(*) FROM wend_journal WHERE event = 'applied'")" 1
}

@test "a dump with its triggers, routines and events runs whole" {
    own_database
    client "$database" <<'END'
CREATE TABLE source (id INT PRIMARY KEY AUTO_INCREMENT, note TEXT, twice INT AS (id * 2) VIRTUAL, blob_ BLOB,
    kind ENUM ('x', 'y;') DEFAULT 'y;', doc JSON);
INSERT INTO source (note, blob_, doc) VALUES ('a;b', x'00ff27', '{"a": [1]}'), ('it''s -- no', x'5c', NULL), ('\\', NULL, '[]');
CREATE TABLE child (source INT, FOREIGN KEY (source) REFERENCES source (id));
INSERT INTO child VALUES (1);
CREATE VIEW looks AS SELECT id FROM source;
CREATE SEQUENCE numbers START WITH 5;
DELIMITER //
CREATE TRIGGER noted BEFORE INSERT ON source FOR EACH ROW BEGIN SET NEW.note = CONCAT(NEW.note, ';'); END//
CREATE PROCEDURE p(IN x INT) BEGIN SELECT ';', "DELIMITER //"; END//
CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC BEGIN RETURN x + 1; END//
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO BEGIN DELETE FROM source WHERE id < 0; END//
END
    mkdir -p migrations
    dump migrations/001_dump.up.sql
    echo "DROP DATABASE nothing;" >migrations/001_dump.down.sql
    holds "$(cat migrations/001_dump.up.sql)" "DELIMITER ;;"
    holds "$(cat migrations/001_dump.up.sql)" "LOCK TABLES"
    sql "DROP DATABASE $database; CREATE DATABASE $database"
    migration 002_next "CREATE TABLE next_one (x INT);"
    wend 0 up
    dump after "--ignore-table=$database.next_one"
    diff -u migrations/001_dump.up.sql after
    # The settings of the dump do not stay.
    same "$(sql "SELECT TABLE_COLLATION = @@collation_database FROM information_schema.tables
        WHERE table_schema = '$database' AND table_name = 'next_one'")" 1
}

@test "a URL that leads nowhere: password, database, server" {
    own_database
    user ann ALL
    migration 001_a "CREATE TABLE a (x INT);"
    wend 3 -d "${theirs/s3cret/wr0ng}" up
    same "$stderr" "error: cannot connect to the server: Access denied for user 'ann$BATS_TEST_NUMBER'@'127.0.0.1' (using password: YES)
  code: MariaDB 1045 (28000)
  state: nothing was run
  next: check user and password in the URL, and from where the user may come"
    wend 3 -d "${url}_nothing" up
    holds "$stderr" "error: the database ${database}_nothing does not exist
  code: MariaDB 1049 (42000)
  state: nothing was run
  next: create it"
    wend 3 -d "${theirs}_nothing" up
    holds "$stderr" "Access denied for user 'ann$BATS_TEST_NUMBER'@'%' to database '${database}_nothing'
  code: MariaDB 1044 (42000)
  state: nothing was run
  next: check the user's rights on this database"
    wend 3 -d "mysql://ann:s3cret@127.0.0.1:1/shop" up
    holds "$stderr" "error: cannot connect to the server: Can't connect to server on '127.0.0.1'"
    holds "$stderr" "  code: MariaDB 2002 (HY000)
  state: nothing was run
  next: check that the server runs"
    wend 3 -d "mysql://ann:s3cret@localhost/shop?socket=$PWD/nobody.sock" --wait 1 up
    holds "$stderr" "nobody.sock"
    wend 2 -d "mysql://ann:s3cret@127.0.0.1/shop?sideways=1" up
    wend 0 -d "$theirs" up
    same "$(sql "SELECT COUNT(*) FROM a")" 0
}

@test "a password is in nothing that is said, written down or shown by ps" {
    own_database
    user ann ALL
    migration 001_a "CREATE TABLE a (x INT);
SELECT 1 FROM nothing;"
    for address in "${theirs/s3cret/wr0ng-s3cret}" "$theirs?sideways=s3cret" "${theirs/127.0.0.1:$port/127.0.0.1:1}" "$theirs"; do
        for command in "up --verbose" "status --json" "up --dry-run" "up --backup copy-$RANDOM.sql" "unlock"; do
            # shellcheck disable=SC2086 # words of one command
            run "$WEND" -d "$address" $command
            [[ $output != *s3cret* ]]
        done
    done
    client "$database" -e "SELECT * FROM wend_journal" >journal
    [ -s journal ]
    run ! grep s3cret journal
    # What the dump program is started with: a wrapper of that name in front writes it down.
    mkdir bin tmp
    real=$(command -v mariadb-dump)
    printf '#!/bin/sh\necho "$@" >>"%s/arguments"\nexec "%s" "$@"\n' "$PWD" "$real" >bin/mariadb-dump
    chmod +x bin/mariadb-dump
    sed -i '$d' migrations/001_a.sql
    echo "SELECT 1;" >>migrations/001_a.sql
    TMPDIR=$PWD/tmp PATH=$PWD/bin:$PATH wend 0 -d "$theirs" up --backup before.sql
    [ -s arguments ]
    run ! grep s3cret arguments
    [ -z "$(ls -A tmp)" ]
}

@test "a user who may not make the history's table" {
    own_database
    user ann "SELECT, INSERT"
    migration 001_a "CREATE TABLE a (x INT);"
    wend 1 -d "$theirs" up
    same "$stderr" "error: wend's own tables cannot be made: CREATE command denied to user 'ann$BATS_TEST_NUMBER'@'127.0.0.1' for table \`$database\`.\`wend_migrations\`
  code: MariaDB 1142 (42000)
  state: nothing was run
  next: the user lacks a right: GRANT it, or use another user"
    same "$(sql "SHOW TABLES")" ""
    wend 0 -d "$theirs" status
    holds "$output" "pending  001      a"
    client -e "GRANT CREATE ON $database.* TO ann$BATS_TEST_NUMBER@'%'"
    wend 0 -d "$theirs" up
}

@test "a right that is missing in the middle" {
    own_database
    user ann "SELECT, INSERT, CREATE"
    migration 001_a "CREATE TABLE a (x INT);
INSERT INTO a VALUES (1);
ALTER TABLE a ADD COLUMN y INT;"
    wend 1 -d "$theirs" up
    holds "$stderr" "error: ALTER command denied to user 'ann$BATS_TEST_NUMBER'"
    holds "$stderr" "  --> migrations/001_a.sql:3:1"
    holds "$stderr" "  code: MariaDB 1142 (42000)
  state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it
  next: the user lacks a right: GRANT it, or use another user"
    client -e "GRANT ALTER ON $database.* TO ann$BATS_TEST_NUMBER@'%'"
    wend 0 -d "$theirs" up
    same "$(sql "SELECT COUNT(*) FROM a")" 1
}

@test "a server that is read-only" {
    own_database
    user ann ALL
    migration 001_a "CREATE TABLE a (x INT);"
    client -e "SET GLOBAL read_only = 1"
    wend 3 -d "$theirs" up
    shown=$stderr
    wend 0 -d "$theirs" status
    client -e "SET GLOBAL read_only = 0"
    same "$shown" "error: the server is read-only
  state: nothing was run
  next: it may be a replica: name the primary in the URL; else SET GLOBAL read_only = OFF"
    same "$(sql "SHOW TABLES")" ""
    wend 0 -d "$theirs" up
}

@test "a server that becomes read-only in the middle" {
    own_database
    user ann ALL
    migration 001_a "CREATE TABLE a (x INT);
DO SLEEP(2);
CREATE TABLE b (x INT);"
    "$WEND" -d "$theirs" up >out 2>err 3>&- &
    first=$!
    wait_for eval "[ \"\$(sql \"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(2)%' AND id <> CONNECTION_ID()\")\" != 0 ]"
    client -e "SET GLOBAL read_only = 1"
    status=0
    wait "$first" || status=$?
    client -e "SET GLOBAL read_only = 0"
    [ "$status" -ne 0 ]
    holds "$(cat err)" "--read-only option"
    holds "$(cat err)" "code: MariaDB 1290 (HY000)"
    holds "$(cat err)" "state: "
    holds "$(cat err)" "next: "
    wend 0 -d "$theirs" up
    same "$(sql "SHOW TABLES LIKE '_'")" "a
b"
    same "$(sql "SELECT COUNT(*) FROM wend_journal WHERE event = 'applied'")" 1
}

@test "an identifier that is too long" {
    own_database
    long=$(printf 'x%.0s' {1..65})
    migration 001_a "CREATE TABLE a (x INT);
ALTER TABLE a ADD COLUMN $long INT;"
    wend 1 up
    holds "$stderr" "error: Identifier name '$long' is too long
  --> migrations/001_a.sql:2:1"
    holds "$stderr" "  code: MariaDB 1059 (42000)
  state: 001_a is partly done"
    sed -i "s/$long/y/" migrations/001_a.sql
    wend 0 up
}

@test "bytes that are no UTF-8" {
    own_database
    mkdir -p migrations
    printf 'CREATE TABLE a (x VARCHAR(9));\nINSERT INTO a VALUES (\x27\xe9t\xe9\x27);\n' >migrations/001_a.sql
    wend 2 up
    same "$stderr" "error: the file is not valid UTF-8
  --> migrations/001_a.sql:2:24
  next: save it as UTF-8, for example with iconv -f LATIN1 -t UTF-8"
    same "$(sql "SHOW TABLES")" ""
    iconv -f LATIN1 -t UTF-8 migrations/001_a.sql >utf8
    mv utf8 migrations/001_a.sql
    wend 0 up
    same "$(sql "SELECT HEX(x) FROM a")" C3A974C3A9
}

@test "a statement that is rejected at line 1000, of data alone and behind a definition" {
    own_database
    sql "CREATE TABLE a (id INT PRIMARY KEY, note TEXT)"
    mkdir -p migrations
    {
        for i in {1..999}; do
            echo "INSERT INTO a VALUES ($i, 'ä; $i');"
        done
        echo "INSERT INTO a VALUES (7, 'twice');"
    } >migrations/001_data.sql
    wend 1 up
    same "$stderr" "error: Duplicate entry '7' for key 'PRIMARY'
  --> migrations/001_data.sql:1000:1
 1000 | INSERT INTO a VALUES (7, 'twice');
      | ^
  code: MariaDB 1062 (23000)
  state: 001_data was rolled back: nothing of it is left
  next: correct migrations/001_data.sql, then run the same command again"
    same "$(sql "SELECT COUNT(*) FROM a")" 0
    sed -i 's/(7, .twice.)/(1000, "once")/' migrations/001_data.sql
    wend 0 up
    same "$(sql "SELECT COUNT(*) FROM a")" 1000

    sed -e '1s/.*/CREATE TABLE b LIKE a;/' -e 's/INTO a/INTO b/; 1000s/(1000, /(7, /' migrations/001_data.sql \
        >migrations/002_more.sql
    wend 1 up
    holds "$stderr" "--> migrations/002_more.sql:1000:1"
    holds "$stderr" "state: 002_more is partly done: what is committed stays"
    same "$(sql "SELECT COUNT(*) FROM b")" 0
    sed -i '1000s/(7, /(1000, /' migrations/002_more.sql
    wend 0 up
    holds "$stderr" "going on at statement 2 of 1000"
    same "$(sql "SELECT COUNT(*) FROM b")" 999
}

@test "a COMMIT hidden in a procedure" {
    own_database
    migration 001_a "CREATE TABLE a (x INT PRIMARY KEY);
DELIMITER //
CREATE PROCEDURE p() BEGIN INSERT INTO a VALUES (1); COMMIT; INSERT INTO a VALUES (2); END//
CREATE PROCEDURE q() BEGIN INSERT INTO a VALUES (5); COMMIT; INSERT INTO a VALUES (5); END//
DELIMITER ;
INSERT INTO a VALUES (0);
CALL p();
INSERT INTO a VALUES (3);"
    wend 0 up
    same "$(sql "SELECT GROUP_CONCAT(x ORDER BY x) FROM a")" "0,1,2,3"

    # It fails behind its COMMIT: what it has done stays, and nobody runs it again by himself.
    migration 002_b "INSERT INTO a VALUES (4);
CALL q();
INSERT INTO a VALUES (6);"
    wend 1 up
    same "$stderr" "error: Duplicate entry '5' for key 'PRIMARY'
  --> migrations/002_b.sql:2:1
    2 | CALL q();
      | ^
  code: MariaDB 1062 (23000)
  state: statement 2 of 002_b did a part of its work, which stays
  next: look at the database, then \`wend repair\` lists the ways on"
    wend 6 up
    holds "$stderr" "error: statement 2 (CALL) was under way when an earlier run ended"
    holds "$stderr" "state: nothing was run"
    same "$(sql "SELECT GROUP_CONCAT(x ORDER BY x) FROM a")" "0,1,2,3,4,5"
    sql "DELETE FROM a WHERE x = 5; CREATE OR REPLACE PROCEDURE q() INSERT INTO a VALUES (5)"
    wend 0 repair --continue --yes
    wend 0 up
    same "$(sql "SELECT GROUP_CONCAT(x ORDER BY x) FROM a")" "0,1,2,3,4,5,6"
}

@test "a procedure that fails without a COMMIT is rolled back" {
    own_database
    migration 001_a "CREATE TABLE a (x INT PRIMARY KEY);
DELIMITER //
CREATE PROCEDURE p() BEGIN INSERT INTO a VALUES (1); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not so'; END//
DELIMITER ;
INSERT INTO a VALUES (0);
CALL p();"
    wend 1 up
    holds "$stderr" "error: not so
  --> migrations/001_a.sql:6:1"
    holds "$stderr" "code: MariaDB 1644 (45000)
  state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it"
    same "$(sql "SELECT GROUP_CONCAT(x) FROM a")" 0
    sed -i 's/CALL p();/INSERT INTO a VALUES (1);/' migrations/001_a.sql
    wend 0 up
    same "$(sql "SELECT GROUP_CONCAT(x ORDER BY x) FROM a")" "0,1"
}

@test "a COMMIT in the file, also in a comment that the server executes, is refused" {
    own_database
    migration 001_a "CREATE TABLE a (x INT);
/*!50001 COMMIT */;"
    wend 2 up
    same "$stderr" "error: COMMIT without a BEGIN before it
  --> migrations/001_a.sql:2:1
    2 | /*!50001 COMMIT */;
      | ^
  next: remove it: wend runs the file in a transaction by itself"
    same "$(sql "SHOW TABLES")" ""
    sed -i '2d' migrations/001_a.sql
    wend 0 up
}

@test "a backup, and the line that restores it" {
    own_database
    sql "ALTER DATABASE $database CHARACTER SET latin1 COLLATE latin1_german1_ci"
    sql "CREATE TABLE kept (x VARCHAR(9)); INSERT INTO kept VALUES ('ö')"
    migration 001_a "DROP TABLE kept;
CREATE TABLE later (x INT);" "DROP TABLE later;"
    dump before
    wend 0 up --backup "it's before.sql"
    line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
    same "$(sql "SHOW TABLES LIKE 'kept'")" ""
    bash -c "$line"
    dump after
    diff -u before after
    same "$(sql "SELECT @@collation_database")" latin1_german1_ci
    wend 0 status
    holds "$output" "pending  001      a"
    wend 0 up

    # A user's line asks for the password.
    user ann ALL
    migration 002_b "SELECT 1;"
    wend 0 -d "$theirs" up --backup second.sql
    line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
    holds "$line" "-u 'ann$BATS_TEST_NUMBER' -p "
}

@test "a password is in no file while a backup is made" {
    own_database
    user ann ALL
    migration 001_a "CREATE TABLE a (x INT);"
    mkdir bin tmp
    for program in mariadb-dump mysqldump; do
        printf '#!/bin/bash\nls -A tmp >seen\nexec %q "$@"\n' "$(command -v $program)" >bin/$program
    done
    chmod +x bin/*
    TMPDIR=$PWD/tmp PATH=$PWD/bin:$PATH wend 0 -d "$theirs" up --backup before.sql
    same "$(cat seen)" ""
    same "$(stat -c %a before.sql)" 600
    holds "$(cat before.sql)" "Dump completed"
}

@test "a backup that cannot be made stops the run" {
    own_database
    user ann "SELECT, INSERT, CREATE"
    sql "CREATE TABLE kept (x INT); CREATE TRIGGER t BEFORE INSERT ON kept FOR EACH ROW SET NEW.x = 1"
    migration 001_a "CREATE TABLE a (x INT);"
    wend 1 -d "$theirs" up --backup before.sql
    holds "$stderr" "error: the backup failed: "
    holds "$stderr" "state: nothing was run"
    [ ! -e before.sql ]
    same "$(sql "SHOW TABLES LIKE 'a'")" ""
    wend 2 up --backup no/such/folder/before.sql
    holds "$stderr" "check that its folder exists"
    wend 0 -d "$theirs" up
}

@test "what a table without transactions keeps of --one-transaction stops the next run" {
    own_database
    sql "CREATE TABLE a (x INT); CREATE TABLE m (x INT) ENGINE=MyISAM"
    migration 001_a "INSERT INTO a VALUES (1); INSERT INTO m VALUES (1);"
    migration 002_b "INSERT INTO nosuch VALUES (1);"
    wend 1 up --one-transaction
    holds "$stderr" "state: all was rolled back but for what 002_b, or one before it, did to tables"
    holds "$stderr" "\`wend repair\` lists the ways on"
    same "$(sql "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM m)")" "0	1"
    wend 6 up --one-transaction
    same "$(sql "SELECT count(*) FROM m")" 1
}

@test "likewise where no statement is to blame" {
    own_database
    sql "CREATE TABLE m (x INT) ENGINE=MyISAM"
    mkdir migrations
    cat >migrations/changelog.sql <<'END'
--liquibase formatted sql
--changeset ann:1
INSERT INTO m VALUES (1);
--changeset ann:2
--preconditions onFail:MARK_RAN
--precondition-sql-check expectedResult:0 SELECT COUNT(*) FROM nosuch
INSERT INTO m VALUES (2);
END
    wend 1 up --one-transaction
    holds "$stderr" "state: all was rolled back but for what "
    wend 6 up
    same "$(sql "SELECT count(*) FROM m")" 1
}

@test "the example shop, up, down and up again" {
    own_database
    cp -R "$BATS_TEST_DIRNAME/../../examples/shop-mariadb/." .
    dump empty --no-data
    wend 0 validate --strict
    wend 0 up
    dump first --no-data
    same "$(sql "SELECT SUM(total_cents) = (SELECT SUM(quantity * unit_price_cents) FROM order_items), COUNT(*) FROM orders")" "1	3000"
    wend 0 down --all --yes
    dump none --no-data
    diff -u empty none
    wend 0 up
    dump second --no-data
    diff -u first second
    same "$(grep -cE '^(/\*![0-9]+ )?CREATE (TABLE|SEQUENCE)' second)" 6
    same "$(sql "SELECT sku, price_cents FROM products WHERE sku LIKE 'COF-%' ORDER BY sku")" "COF-GRND-H	8010
COF-KTL-GN	5805
COF-V60-02	2241"
}

@test "a view where wend needs a table is named" {
    own_database
    mkdir -p migrations
    printf -- '-- migrate:up\nCREATE TABLE a (x integer);\n-- migrate:down\nDROP TABLE a;\n' >migrations/001_a.sql
    sql "CREATE VIEW schema_migrations AS SELECT 'x' AS version"
    wend 6 up --format dbmate
    holds "$stderr" "schema_migrations is a view, and wend needs a table there"
    sql "DROP VIEW schema_migrations"
    sql "CREATE VIEW wend_scripts AS SELECT 'x' AS sha256, 'x' AS script"
    wend 6 up --format dbmate
    holds "$stderr" "wend_scripts is a view, and wend needs a table there"
    sql "DROP VIEW wend_scripts"
    wend 0 up --format dbmate
}

@test "a file that is longer than any statement may be, and its way back when it is gone" {
    own_database
    most=$(sql "SELECT @@max_allowed_packet")
    client -e "SET GLOBAL max_allowed_packet = 1048576"
    long_migration "$(printf 'é%.0s' {1..150000})"
    (($(stat -c %s migrations/001_a.up.sql) > 16 * 1048576))
    wend 0 up
    rm migrations/001_a.*
    wend 0 down --yes
    client -e "SET GLOBAL max_allowed_packet = $most"
    same "$(sql "SHOW TABLES LIKE 'a'")" ""
    same "$(sql "SELECT MAX(LENGTH(script)) <= 262144 FROM wend_scripts")" 1
}
