#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What goes wrong on PostgreSQL: who may not get in or may not write, and scripts that cannot run as they
# are. Each is told in full, and leaves a state from which the next run goes on. Passwords stay unseen.

load helper
load golden/golden

# The role ann has the password s3cret and needs it; all others need none.
setup_file() {
    local status=0
    "$BATS_TEST_DIRNAME/../server/postgres" start "$BATS_FILE_TMPDIR/pg" >"$BATS_FILE_TMPDIR/url" ||
        status=$?
    if ((status == 77)); then
        skip "PostgreSQL is not installed"
    fi
    ((status == 0))
    local rules=$BATS_FILE_TMPDIR/pg/data/pg_hba.conf
    printf '%s\n' "host all ann 127.0.0.1/32 scram-sha-256" "$(cat "$rules")" >"$BATS_FILE_TMPDIR/rules"
    cat "$BATS_FILE_TMPDIR/rules" >"$rules"
    psql -Xqd "$(cat "$BATS_FILE_TMPDIR/url")" -v ON_ERROR_STOP=1 \
        -c "SET password_encryption = 'scram-sha-256'" \
        -c "CREATE ROLE ann LOGIN PASSWORD 's3cret'" -c "CREATE ROLE plain LOGIN" \
        -c "SELECT pg_reload_conf()" >/dev/null
}

teardown_file() {
    "$BATS_TEST_DIRNAME/../server/postgres" stop "$BATS_FILE_TMPDIR/pg" || true
}

local_setup() {
    local name=t$BATS_TEST_NUMBER
    server=$(cat "$BATS_FILE_TMPDIR/url")
    psql -Xqd "$server" -c "CREATE DATABASE $name"
    url=${server%/*}/$name
    export DATABASE_URL=$url
    unset "${!PG@}"
    export HOME=$BATS_TEST_TMPDIR
}

sql() { psql -XAtqd "$url" -c "$1"; }

# as ROLE [PASSWORD]: the URL of the test's database for another role.
as() { printf '%s\n' "${url/postgres@/$1${2:+:$2}@}"; }

# continues TABLE...: once the file is right, the next run does all of it.
continues() {
    local table
    wend 0 up
    for table; do
        same "$(sql "SELECT to_regclass('$table')")" "$table"
    done
    same "$(sql "SELECT count(*) - count(DISTINCT id) FROM wend_journal WHERE event = 'applied'")" 0
    wend 0 status --exit-code
}

# --- getting in ---

@test "a wrong password" {
    sql "GRANT ALL ON SCHEMA public TO ann"
    migration 001_a "CREATE TABLE a (x integer);"
    wend 3 -d "$(as ann wr0ng)" up
    same "$(sed 's/port [0-9]*/port N/' <<<"$stderr")" "error: the server refuses the connection: connection to server at \"127.0.0.1\", port N failed: FATAL:  password authentication failed for user \"ann\"
  code: PostgreSQL 28P01
  state: nothing was run
  next: check user and password in the URL, PGPASSWORD or .pgpass"
    wend 3 -d "$(as ann)" up
    holds "$stderr" "error: the server wants a password, and there is none: "
    holds "$stderr" "next: give it in the URL, PGPASSWORD or .pgpass"
    wend 0 -d "$(as ann s3cret)" up
}

@test "a role that is not there, and one that may not connect" {
    migration 001_a "CREATE TABLE a (x integer);"
    wend 3 -d "$(as nobody)" up
    holds "$stderr" 'role "nobody" does not exist'
    holds "$stderr" "code: PostgreSQL 28000"
    sql "REVOKE CONNECT ON DATABASE t$BATS_TEST_NUMBER FROM public"
    wend 3 -d "$(as plain)" up
    holds "$stderr" "code: PostgreSQL 42501"
    holds "$stderr" "next: GRANT CONNECT ON DATABASE t$BATS_TEST_NUMBER to the role, or use another role"
    wend 0 up
}

@test "TLS where the server has none" {
    mkdir migrations
    wend 3 -d "$(as ann s3cret)?sslmode=require" status
    holds "$stderr" "server does not support SSL"
    [[ $stderr != *code:* ]]
    holds "$stderr" "next: check the URL, and what it says of TLS and password"
    [[ $stderr != *s3cret* ]]
}

# --- rights ---

@test "no right to make wend's tables" {
    migration 001_a "CREATE TABLE a (x integer);"
    wend 1 -d "$(as plain)" up
    same "$stderr" "error: wend's own tables cannot be made: permission denied for schema public
  code: PostgreSQL 42501
  state: nothing was run
  next: GRANT the right to the role that wend connects with, or connect as another role"
    wend 0 -d "$(as plain)" status
    sql "GRANT CREATE ON SCHEMA public TO plain"
    wend 0 -d "$(as plain)" up
}

@test "no right to read wend's tables" {
    migration 001_a "CREATE TABLE a (x integer);"
    wend 0 up
    migration 002_b "CREATE TABLE b (x integer);"
    wend 1 -d "$(as plain)" up
    same "$stderr" "error: permission denied for table wend_migrations
  code: PostgreSQL 42501
  state: nothing was run
  next: GRANT the right to the role that wend connects with, or connect as another role"
    continues a b
}

@test "a role whose sessions may only read" {
    sql "CREATE ROLE reader$BATS_TEST_NUMBER LOGIN SUPERUSER;
        ALTER ROLE reader$BATS_TEST_NUMBER SET default_transaction_read_only = on"
    migration 001_a "CREATE TABLE a (x integer);"
    wend 3 -d "$(as "reader$BATS_TEST_NUMBER")" up
    same "$stderr" "error: default_transaction_read_only is on for this session
  state: nothing was run
  next: turn it off for the role or database that wend connects with"
    wend 0 -d "$(as "reader$BATS_TEST_NUMBER")" status
    sql "ALTER ROLE reader$BATS_TEST_NUMBER RESET default_transaction_read_only"
    wend 0 -d "$(as "reader$BATS_TEST_NUMBER")" up
}

@test "a role that the script needs is gone when it goes on" {
    sql "CREATE ROLE lost; GRANT CREATE ON SCHEMA public TO lost"
    migration 001_a "SET ROLE lost;
CREATE TABLE a (x integer);
CREATE INDEX CONCURRENTLY a_y ON a (y);
CREATE TABLE b (x integer);"
    wend 1 up
    sql "REASSIGN OWNED BY lost TO postgres; DROP OWNED BY lost; DROP ROLE lost"
    sed -i 's/(y)/(x)/' migrations/001_a.sql
    wend 1 up
    same "$stderr" "001_a is half done (up): going on at statement 3 of 4
error: role \"lost\" does not exist
  --> migrations/001_a.sql
  code: PostgreSQL 22023
  state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it
  next: correct migrations/001_a.sql, then run the same command again"
    sql "CREATE ROLE lost; GRANT CREATE ON SCHEMA public TO lost; ALTER TABLE a OWNER TO lost"
    continues a b a_y
    same "$(sql "SELECT tableowner FROM pg_tables WHERE tablename = 'b'")" lost
}

# --- scripts ---

@test "a name that is too long is cut, and the server's word on it is passed on" {
    local long
    long=$(printf 'n%.0s' {1..70})
    migration 001_a "CREATE TABLE ${long}_one (x integer);
CREATE INDEX CONCURRENTLY ${long}_index ON ${long}_one (x);" "DROP INDEX CONCURRENTLY ${long}_index;
DROP TABLE ${long}_one;"
    wend 1 up
    holds "$stderr" "NOTICE: identifier \"${long}_one\" will be truncated to \"${long:0:63}\""
    # Table and index share what is left of their names.
    holds "$stderr" "relation \"${long:0:63}\" already exists"
    holds "$stderr" "--> migrations/001_a.up.sql:2:1"
    holds "$stderr" "state: 001_a is partly done"
    sed -i "s/${long}_index/i_${long}/" migrations/*
    continues "${long:0:63}" "i_${long:0:61}"
    wend 0 down --yes
    same "$(sql "SELECT count(*) FROM pg_class WHERE relname LIKE '%nnn%'")" 0
}

@test "a database of a name that is too long, made by a script that was killed" {
    local long
    long=$(printf 'd%.0s' {1..70})
    migration 001_a "CREATE DATABASE $long;"
    WEND_FAULT=alone.after:1 "${WEND%/*}/wend-faults" up >out 2>err </dev/null || status=$?
    same "$status" 137
    wend 0 up
    sql "DROP DATABASE ${long:0:63}"
}

@test "bytes that are no UTF-8, and a NUL" {
    mkdir migrations
    printf "CREATE TABLE a (x text);\nINSERT INTO a VALUES ('caf\351');\n" >migrations/001_a.sql
    wend 2 up
    same "$stderr" "error: the file is not valid UTF-8
  --> migrations/001_a.sql:2:27
  next: save it as UTF-8, for example with iconv -f LATIN1 -t UTF-8"
    printf "CREATE TABLE a (x text);\nINSERT INTO a VALUES ('caf\0');\n" >migrations/001_a.sql
    wend 2 up
    holds "$stderr" "error: the file holds a NUL byte"
    printf "CREATE TABLE a (x text);\nINSERT INTO a VALUES ('caf\303\251');\n" >migrations/001_a.sql
    continues a
    same "$(sql "SELECT x FROM a")" café
}

@test "a statement that is refused in line 1,000" {
    {
        echo "CREATE TABLE a (x integer);"
        printf 'INSERT INTO a VALUES (%d);\n' {2..999}
        echo "  INSERT INTO b VALUES (1000);"
        printf 'INSERT INTO a VALUES (%d);\n' {1001..1500}
    } >1000
    migration 001_a "$(cat 1000)"
    wend 1 up
    same "$stderr" "error: relation \"b\" does not exist
  --> migrations/001_a.sql:1000:15
 1000 |   INSERT INTO b VALUES (1000);
      |               ^
  code: PostgreSQL 42P01
  state: 001_a was rolled back: nothing of it is left
  next: correct migrations/001_a.sql, then run the same command again"
    same "$(sql "SELECT to_regclass('a')")" ""
    sed -i 's/ INTO b/ INTO a/' migrations/001_a.sql
    continues a
    same "$(sql "SELECT count(*) FROM a")" 1499
}

@test "a transaction of the file's own that fails in its middle" {
    migration 001_a "CREATE TABLE a (x integer);
BEGIN;
CREATE TABLE b (x integer);
INSERT INTO nothing VALUES (1);
COMMIT;
CREATE TABLE c (x integer);"
    wend 1 up
    same "$stderr" "error: relation \"nothing\" does not exist
  --> migrations/001_a.sql:4:13
    4 | INSERT INTO nothing VALUES (1);
      |             ^
  code: PostgreSQL 42P01
  state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it
  next: correct migrations/001_a.sql, then run the same command again"
    same "$(sql "SELECT to_regclass('a'), to_regclass('b')")" "a|"
    sed -i 's/nothing/b/' migrations/001_a.sql
    continues a b c
}

@test "a failure that the file means to catch with a savepoint is one" {
    migration 001_a "CREATE TABLE a (x integer);
SAVEPOINT mine;
INSERT INTO nothing VALUES (1);
ROLLBACK TO mine;
INSERT INTO a VALUES (1);"
    wend 1 up
    holds "$stderr" "--> migrations/001_a.sql:3:13"
    holds "$stderr" "state: 001_a was rolled back: nothing of it is left"
    sed -i '/nothing/d' migrations/001_a.sql
    continues a
}

@test "a transaction that the file leaves open" {
    migration 001_a "BEGIN;
CREATE TABLE a (x integer);"
    wend 2 up
    same "$stderr" "error: this BEGIN has no COMMIT
  --> migrations/001_a.sql:1:1
    1 | BEGIN;
      | ^
  next: add COMMIT, or remove the BEGIN: wend runs the file in a transaction by itself"
    echo "COMMIT;" >>migrations/001_a.sql
    continues a
}

@test "a COMMIT that hides in a procedure" {
    sql "CREATE TABLE log (x integer);
        CREATE PROCEDURE hidden() LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); COMMIT; INSERT INTO log VALUES (2); END'"
    migration 001_a "CREATE TABLE a (x integer);
CALL hidden();"
    wend 1 up
    same "$stderr" "error: invalid transaction termination
  --> migrations/001_a.sql:2:1
    2 | CALL hidden();
      | ^
  code: PostgreSQL 2D000
  state: 001_a was rolled back: nothing of it is left
  next: a procedure or DO block that commits needs \`-- wend: transaction none\` at the top of the file"
    same "$(sql "SELECT count(*) FROM log")" 0
    sed -i '1i -- wend: transaction none' migrations/001_a.sql
    continues a
    same "$(sql "SELECT count(*) FROM log")" 2
}

@test "a procedure that commits and then fails is not run again" {
    sql "CREATE TABLE log (x integer);
        CREATE PROCEDURE half() LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); COMMIT; RAISE ''half way''; END'"
    migration 001_a "-- wend: transaction none
CREATE TABLE a (x integer);
CALL half();"
    wend 1 up
    same "$stderr" "error: half way
  --> migrations/001_a.sql:3:1
    3 | CALL half();
      | ^
  code: PostgreSQL P0001
  state: statement 2 of 001_a did a part of its work, which stays
  next: look at the database, then \`wend repair\` lists the ways on"
    wend 6 status --exit-code
    holds "$stderr" "warning: 001_a is half done (up), and \`wend up\` stops: statement 2 (CALL) was under way"
    wend 6 up
    same "$(sql "SELECT count(*) FROM log")" 1
    wend 0 repair --done --yes
    wend 0 status --exit-code
}

@test "a procedure that fails before it commits is run again" {
    sql "CREATE TABLE log (x integer);
        CREATE PROCEDURE late() LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); INSERT INTO nothing VALUES (1); COMMIT; END'"
    migration 001_a "-- wend: transaction none
CREATE TABLE a (x integer);
CALL late();
CALL not_there();"
    wend 1 up
    holds "$stderr" "state: 001_a is partly done: what is committed stays, and the next \`wend up\` goes on behind it"
    sql "CREATE TABLE nothing (x integer)"
    wend 1 up
    holds "$stderr" "procedure not_there() does not exist"
    sed -i '/not_there/d' migrations/001_a.sql
    continues a
    same "$(sql "SELECT count(*) FROM log")" 1
}

@test "what would give wend's lock away" {
    local statement
    for statement in "DISCARD ALL" "SELECT pg_advisory_unlock_all()"; do
        migration 001_a "CREATE TABLE a (x integer);
$statement;"
        wend 2 up
        holds "$stderr" "would give wend's lock away
  --> migrations/001_a.sql:2:1"
        holds "$stderr" "next: name what is to be "
    done
    sed -i '$d' migrations/001_a.sql
    continues a
}

@test "a deferred constraint that fails at the COMMIT" {
    migration 001_a "CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (a integer REFERENCES a DEFERRABLE INITIALLY DEFERRED);
INSERT INTO b VALUES (7);"
    migration 002_c "CREATE TABLE c (x integer);"
    wend 1 up
    same "$stderr" "error: insert or update on table \"b\" violates foreign key constraint \"b_a_fkey\" (Key (a)=(7) is not present in table \"a\".)
  --> migrations/001_a.sql
  code: PostgreSQL 23503
  state: 001_a was rolled back: nothing of it is left
  next: correct migrations/001_a.sql, then run the same command again"
    same "$(sql "SELECT to_regclass('a'), to_regclass('c')")" "|"
    sed -i 's/^INSERT.*/INSERT INTO b VALUES (7); INSERT INTO a VALUES (7);/' migrations/001_a.sql
    continues a b c
}

# --- passwords ---

# unseen: s3cret stands neither in what wend printed, nor in the database, the server's log, or a line of
# `ps`, as far as its children are concerned.
unseen() {
    [[ $output$stderr != *s3cret* ]]
    [[ $(sql "SELECT j::text FROM wend_journal j UNION ALL SELECT m::text FROM wend_migrations m UNION ALL SELECT s::text FROM wend_scripts s") != *s3cret* ]]
    if grep -q s3cret "$BATS_FILE_TMPDIR/pg/log" seen; then
        return 1
    fi
}

# A pg_dump that writes down how it is called, and everything else that runs.
recording_dump() {
    local real
    : >seen
    if [ -d bin ]; then
        return
    fi
    real=$(command -v pg_dump)
    mkdir bin
    cat >bin/pg_dump <<END
#!/bin/bash
printf '%s\n' "\$*" >>"$BATS_TEST_TMPDIR/seen"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>"$BATS_TEST_TMPDIR/seen"
exec "$real" "\$@"
END
    chmod +x bin/pg_dump
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# A whole life with the password in this place: DATABASE_URL and the variables are set.
whole_life() {
    sql "GRANT ALL ON SCHEMA public TO ann"
    recording_dump
    migration 001_a "CREATE TABLE a (x integer);" "DROP TABLE a;"
    wend 0 up --verbose --backup "before"
    unseen
    [ -s seen ]
    migration 002_b "CREATE TABLE b (x integer)); -- wrong" "DROP TABLE b;"
    wend 1 up --verbose
    unseen
    wend 1 --json up
    unseen
    wend 0 status --verbose
    unseen
    wend 0 history --verbose
    unseen
    wend 0 down --yes --verbose
    unseen
}

@test "the password from PGPASSWORD" {
    DATABASE_URL=$(as ann)
    export PGPASSWORD=s3cret
    whole_life
}

@test "the password from .pgpass" {
    DATABASE_URL=$(as ann)
    echo "127.0.0.1:*:*:ann:s3cret" >.pgpass
    chmod 600 .pgpass
    whole_life
}

@test "the password from the URL, and its parameters" {
    DATABASE_URL=$(as ann s3cret)
    whole_life
    sql "DROP TABLE wend_journal, wend_migrations, wend_scripts"
    rm -r migrations before
    DATABASE_URL="$(as ann)?sslmode=prefer&password=s3cret&sslpassword=s3cret"
    whole_life
}

@test "the password from a service" {
    cat >services <<END
[shop]
host=127.0.0.1
port=$(cat "$BATS_FILE_TMPDIR/pg/port")
user=ann
password=s3cret
dbname=t$BATS_TEST_NUMBER
END
    export PGSERVICEFILE=$BATS_TEST_TMPDIR/services
    DATABASE_URL="postgres:///?service=shop"
    whole_life
    sql "DROP TABLE wend_journal, wend_migrations, wend_scripts"
    rm -r migrations before
    export PGSERVICE=shop DATABASE_URL=postgres:///
    whole_life
}

@test "a password with signs in it that are special elsewhere" {
    local strange
    sql "CREATE ROLE odd LOGIN PASSWORD 's3cret?#'"
    migration 001_a "SELECT 1;"
    for strange in 's3cret?#' 's3cret?a=b' 's3cret#?'; do
        export DATABASE_URL="${url/postgres@/ann:$strange@}"
        wend 3 up
        [[ $stderr != *s3cret* ]]
        wend 3 --json status
        [[ $output != *s3cret* ]]
        DATABASE_URL="${url/postgres@/postgres:$strange@}"
        wend 0 up
        [[ $stderr != *s3cret* ]]
        holds "$stderr" "postgres@127.0.0.1"
    done
    # libpq takes what stands before the / for host and port, and would repeat it.
    export DATABASE_URL="${url/postgres@/postgres:7s3cret/x@}"
    wend 2 up
    [[ $stderr != *s3cret* ]]
}

@test "a parameter of another program in the URL: which one" {
    migration 001_a "SELECT 1;"
    wend 2 -d "$url?schema=public" status
    holds "$stderr" "the database URL has a parameter that libpq does not know: schema"
    holds "$stderr" "options=-csearch_path%3D"
    wend 2 -d "$url?sslmode=disable&x-migrations-table=t" status
    holds "$stderr" "does not know: x-migrations-table"
    wend 2 -d 'postgres://ann:p?s3cret=x/y@127.0.0.1/shop' status
    [[ $stderr != *s3cret* ]]
}

@test "ps shows no password of a run under way" {
    migration 001_a "SELECT 1;"
    "$WEND" -d "postgres://ann:s3cret?x@127.0.0.1:1/shop" up --wait 5 >out 2>err 3>&- &
    under_way=$!
    sleep 0.2
    holds "$(tr '\0' ' ' <"/proc/$under_way/cmdline")" "postgres://ann:"
    [[ $(tr '\0' ' ' <"/proc/$under_way/cmdline") != *s3cret* ]]
    end
}
