#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# MariaDB, when something is in the way of a run: tables that know no transactions, a lost connection, a
# client that died, wend's own tables as somebody has changed them, limits of the server.

load helper
load golden/golden
load mariadb

# --- tables without transactions ---

@test "rows in a table without transactions do not run twice after a lost connection" {
    own_database
    migration 001_a "CREATE TABLE a (i INT) ENGINE=MyISAM;"
    migration 002_b "INSERT INTO a VALUES (11);
DO SLEEP(9);
INSERT INTO a VALUES (12);"
    lose up
    holds "$(cat err)" "state: the connection was lost during 002_b, and a part of what it did may stay (there are tables that know no transactions, MyISAM or Aria)"
    sed -i 's/SLEEP(9)/SLEEP(0)/' migrations/002_b.sql
    wend 6 up
    holds "$stderr" "error: a part of what statements 1 to 3 did may be there, and was not undone when an earlier run ended"
    holds "$stderr" "\`wend repair\` lists the ways on"
    same "$(sql "SELECT GROUP_CONCAT(i) FROM a")" 11
    wend 6 repair
    holds "$output" "Statements 1 to 3: a part of what this did may be there"
    holds "$output" "--continue runs all of it again"
    sql "DELETE FROM a"
    wend 0 repair --continue --yes
    same "$(sql "SELECT GROUP_CONCAT(i) FROM a")" 11,12
}

@test "likewise of a table that the same run makes, that another database has, and in one transaction" {
    own_database
    migration 001_a "CREATE TABLE a (i INT) ENGINE=Aria;
INSERT INTO a VALUES (1);
DO SLEEP(9);"
    lose up
    wend 6 up
    holds "$stderr" "statements 2 to 3"

    sql "DROP TABLE a; CREATE DATABASE ${database}_other; CREATE TABLE ${database}_other.a (i INT) ENGINE=MyISAM"
    wend 0 repair --forget --yes
    migration 001_a "INSERT INTO \`${database}_other\`.a VALUES (1); DO SLEEP(9);"
    lose up
    wend 6 up
    wend 0 repair --forget --yes
    migration 001_a "USE ${database}_other; INSERT INTO a VALUES (1); DO SLEEP(9);"
    lose up
    wend 6 up
    wend 0 repair --forget --yes

    sql "CREATE TABLE a (i INT) ENGINE=MyISAM"
    migration 001_a "INSERT INTO a VALUES (1);"
    migration 002_b "DO SLEEP(9);"
    lose up --one-transaction
    wend 6 up
    holds "$stderr" "the other migrations of the run"
}

@test "without such tables a lost connection costs nothing, and a failure that leaves nothing does not either" {
    own_database
    migration 001_a "CREATE TABLE a (i INT);"
    migration 002_b "INSERT INTO a VALUES (11);
DO SLEEP(9);"
    lose up
    holds "$(cat err)" "finds out how far it came, and goes on there"
    same "$(sql "SELECT COUNT(*) FROM wend_journal WHERE event = 'intent' AND id = '2'")" 0
    sed -i 's/SLEEP(9)/SLEEP(0)/' migrations/002_b.sql
    wend 0 up
    same "$(sql "SELECT GROUP_CONCAT(i) FROM a")" 11

    sql "CREATE TABLE m (i INT) ENGINE=MyISAM"
    migration 003_c "INSERT INTO a VALUES (12);"
    migration 004_d "INSERT INTO nosuch VALUES (1);"
    wend 1 up --one-transaction
    wend 1 up
    sed -i 's/nosuch/a/' migrations/004_d.sql
    wend 0 up
    same "$(sql "SELECT GROUP_CONCAT(i ORDER BY i) FROM a")" 1,11,12
}

@test "a failure behind rows in a table without transactions names all statements that stay" {
    own_database
    migration 001_a "CREATE TABLE a (i INT) ENGINE=MyISAM;
INSERT INTO a VALUES (1);
INSERT INTO a VALUES (2);
INSERT INTO nosuch VALUES (3);
INSERT INTO a VALUES (4);"
    wend 1 up
    holds "$stderr" "state: statements 2 to 4 of 001_a could not be undone whole: a part of what they did stays
  next: a table that knows no transactions (MyISAM, Aria) was changed and stays so: look at it, and make it InnoDB; look at the database, then \`wend repair\` lists the ways on"
    wend 6 up
    holds "$stderr" "a part of what statements 2 to 4 did may be there"
    wend 6 repair
    holds "$output" "Statement 1 is done.
Statements 2 to 4: a part of what this did may be there, and was not undone"
    holds "$output" "--continue runs all of it again: take back by hand what must not be there twice."
    sed -i 's/nosuch/a/' migrations/001_a.sql
    sql "DELETE FROM a"
    wend 0 repair --continue --yes
    same "$(sql "SELECT GROUP_CONCAT(i) FROM a")" 1,2,3,4
}

# --- what has not begun ---

@test "a definition that the server cannot read, or may not do, has not begun: the next run takes the corrected file" {
    own_database
    sql "CREATE TABLE a (i INT)"
    user ann "SELECT, INSERT, UPDATE, CREATE"
    export DATABASE_URL=$theirs
    for wrong in "CREATE INDEX x a(i);" "CREATE TABLE (i int);" "ALTER TABLE;" "CREATE USER;" "DROP TABLE a, nosuch;" \
        "DROP TABLE a, b c;" "CREATE DATABASE \`${database}x \`;" "CREATE USER x1@'%', x2@'%';"; do
        migration 001_a "SET @a = 1;
$wrong"
        wend 1 up
        holds "$stderr" "state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it"
        migration 001_a "SET @a = 1;
SELECT 1;"
        wend 0 up
        sql "DELETE FROM wend_migrations; DELETE FROM wend_journal"
    done
}

# --- a client that died ---

@test "the lock of a killed run names the session that the server still works for" {
    own_database
    migration 001_a "DO SLEEP(9);"
    "$WEND" up >out 2>err 3>&- &
    under_way=$!
    wait_for eval "[ \"\$(sessions 'SLEEP(9)')\" ]"
    id=$(sessions 'SLEEP(9)')
    kill -9 "$under_way"
    finish
    wend 4 unlock
    holds "$stderr" "; if it is gone already, the server still works for it, in connection $id (DO SLEEP(9), for "
    holds "$stderr" " s): the lock ends with that, or by KILL $id"
    sql "KILL $id"
    wait_for "$WEND" unlock
    wend 0 unlock
}

# --- wend's own tables ---

@test "a failure of wend's own rows names the table, and no migration" {
    own_database
    migration 001_a "CREATE TABLE a (i INT);"
    wend 0 up
    sql "ALTER TABLE wend_migrations ADD COLUMN z INT NOT NULL"
    migration 002_b "INSERT INTO a VALUES (1);"
    migration 003_c "CREATE TABLE c (i INT);"
    wend 1 up
    same "$stderr" "error: wend's own table wend_migrations: Field 'z' doesn't have a default value
  code: MariaDB 1364 (HY000)
  state: 002_b was rolled back: nothing of it is left
  next: look what was changed in it, then run the same command again"
    rm migrations/002_b.sql
    wend 1 up
    holds "$stderr" "error: wend's own table wend_migrations: Field 'z'"
    run ! grep -e '-->' <<<"$stderr"
    sql "ALTER TABLE wend_migrations DROP COLUMN z; ALTER TABLE wend_journal ADD COLUMN z INT NOT NULL"
    wend 1 up
    holds "$stderr" "error: wend's own table wend_journal: Field 'z'"
    run ! grep -e '-->' <<<"$stderr"
    migration 004_d "CREATE TABLE d (i INT);"
    sql "ALTER TABLE wend_journal DROP COLUMN z"
    wend 0 up
    same "$(sql "SHOW TABLES LIKE '_'")" "a
c
d"
}

# --- the server's limits, and what stands in the URL ---

@test "a table that the server has no name for is an error of its line" {
    own_database
    migration 001_a "CREATE TABLE a (x INT);
CREATE TABLE $(printf 'x%.0s' {1..70}) (x INT);"
    wend 1 up
    holds "$stderr" "--> migrations/001_a.sql:2:1"
    holds "$stderr" "state: 001_a is partly done"
    migration 001_a "CREATE TABLE a (x INT);
CREATE TABLE b (x INT);"
    wend 0 up
}

@test "a statement or a file that is larger than the server takes" {
    own_database
    migration 001_a "CREATE TABLE a (t LONGTEXT);"
    wend 0 up
    most=$(sql "SELECT @@max_allowed_packet")
    client -e "SET GLOBAL max_allowed_packet = 65536"
    long=$(printf 'x%.0s' {1..70000})
    migration 002_b "CREATE TABLE b (i INT);
INSERT INTO a VALUES ('$long');"
    wend 2 up
    large=$stderr
    migration 002_b "INSERT INTO a VALUES ('${long:0:40000}');
INSERT INTO a VALUES ('${long:0:40000}');"
    wend 1 up
    together=$stderr
    echo "store: none" >wend.yaml
    wend 0 up
    client -e "SET GLOBAL max_allowed_packet = $most"
    holds "$large" "error: a statement of 70025 bytes is larger than the server takes
  --> migrations/002_b.sql:2:1"
    holds "$large" "next: raise max_allowed_packet of the server (it is 65536), or cut the statement into smaller ones"
    [[ $large != *"store: none"* ]]
    holds "$together" "error: the copy of the file that wend keeps, "
    holds "$together" "set \`store: none\` in wend.yaml"
    same "$(sql "SELECT COUNT(*) FROM a")" 2
}

@test "a full disk under a backup is told as such" {
    own_database
    sql "CREATE TABLE kept (x INT)"
    mkdir bin
    printf '#!/bin/sh\necho "mysqldump: Got errno 28 on write" >&2\nexit 5\n' >bin/mariadb-dump
    chmod +x bin/mariadb-dump
    migration 001_a "CREATE TABLE a (x INT);"
    PATH=$PWD/bin:$PATH wend 1 up --backup before.sql
    holds "$stderr" "error: the backup failed: mysqldump: Got errno 28 on write"
    holds "$stderr" "next: make room on the file system of "
}

@test "a database's name that cannot be one, and an option file that is not there" {
    own_database
    mkdir migrations
    wend 3 -d "$url%20" status
    holds "$stderr" "code: MariaDB 1102"
    holds "$stderr" "next: check the name of the database in the URL"
    wend 3 -d "$url%ff" status
    holds "$stderr" "code: MariaDB 1300"
    holds "$stderr" "next: write the URL in UTF-8"
    wend 2 -d "$url?default-file=/nonexist" status
    holds "$stderr" "error: the option file /nonexist cannot be read: No such file or directory"
}

@test "a small max_join_size is not in the way of wend's own looks" {
    own_database
    migration 001_a "CREATE TABLE a (x INT);"
    wend 0 up
    migration 002_b "CREATE TABLE b (x INT);"
    client -e "SET GLOBAL max_join_size = 1"
    wend 0 status
    wend 0 up
    wend 0 history
    client -e "SET GLOBAL max_join_size = DEFAULT"
}

@test "a file whose lines are in turn with and without other letters takes no more room in a packet" {
    own_database
    most=$(sql "SELECT @@max_allowed_packet")
    client -e "SET GLOBAL max_allowed_packet = 1048576"
    mkdir -p migrations
    {
        echo '/*'
        yes $'é\n' | head -n 300000
        echo '*/ CREATE TABLE a (i INT);'
    } >migrations/001_a.sql
    wend 0 up
    client -e "SET GLOBAL max_allowed_packet = $most"
    same "$(sql "SELECT COUNT(*) > 2 FROM wend_scripts")" 1
}
