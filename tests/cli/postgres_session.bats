#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# PostgreSQL: settings of a script. They hold where they should, wend's own rows do not see them, and wend's
# limits of time stay in force.

load helper
load golden/golden
load postgres

@test "a limit that the script sets in an attempt is not in force in the next one" {
    own_database
    sql "CREATE TABLE l (x integer)"
    fails_once
    migration 001_a "SELECT once();
ALTER TABLE l ADD y integer;
SET lock_timeout = '1h';
CREATE TABLE z ();"
    holding "LOCK TABLE l"
    SECONDS=0
    wend 4 up --lock-timeout 1s
    ((SECONDS < 30))
    same "$(sql "SELECT last_value > 1 FROM tries")" t
    let_go
}

@test "RESET in a script leaves wend's limits in force" {
    own_database
    sql "CREATE TABLE l (x integer)"
    migration 001_a "RESET ALL; ALTER TABLE l ADD y integer;"
    holding "LOCK TABLE l"
    wend 4 up --lock-timeout 500ms
    let_go
    migration 001_a "SET statement_timeout = 0; RESET statement_timeout; SELECT pg_sleep(3);"
    wend 1 up --statement-timeout 500ms
    holds "$stderr" "longer than its limit of 0.5 s"
}

@test "every form of SET holds for the script, and not for wend" {
    own_database
    sql "CREATE SCHEMA s"
    migration 001_a "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SET SCHEMA 's';
SET XML OPTION DOCUMENT;
SET TIME ZONE 'Asia/Tokyo';
SET NAMES 'UTF8';
SET SEED TO 0.5;
CREATE TABLE seen AS SELECT current_setting('default_transaction_isolation') AS a, current_setting('xmloption') AS b;"
    migration 002_b "CREATE TABLE seen AS SELECT current_setting('default_transaction_isolation');"
    wend 0 up
    same "$(sql "TABLE s.seen")" "serializable|document"
    same "$(sql "TABLE public.seen")" "read committed"
}

@test "wend's rows are its own where a role is set for a transaction, or by a function" {
    own_database
    role=app$BATS_TEST_NUMBER
    sql "CREATE ROLE $role; GRANT ALL ON SCHEMA public TO $role"
    migration 001_local "SET LOCAL ROLE $role;
CREATE TABLE a (x integer);"
    migration 002_called "CREATE TABLE b AS SELECT set_config('role', '$role', false);"
    migration 003_after "CREATE TABLE c (x integer);"
    wend 0 up
    same "$(sql "SELECT string_agg(tablename || ' ' || tableowner, ', ' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('a', 'b', 'c')")" \
        "a $role, b postgres, c postgres"
    sql "DROP TABLE a, b, c; DROP OWNED BY $role"
}

@test "in one transaction the steps share no state" {
    own_database
    sql "CREATE SCHEMA s"
    migration 001_a "CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE c (p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED);
SET work_mem = '77MB';
DO \$\$ BEGIN PERFORM set_config('search_path', 's', false); END \$\$;
CREATE TEMP TABLE scrap (x integer);
PREPARE one AS SELECT 1;"
    migration 002_b "INSERT INTO c VALUES (1);
INSERT INTO p VALUES (1);
CREATE TABLE y AS SELECT current_setting('work_mem') AS work_mem;
CREATE TEMP TABLE scrap (x integer);
PREPARE one AS SELECT 1;"
    wend 0 up --one-transaction
    same "$(sql "TABLE public.y")" 4MB
}

@test "the text of wend's rows is right beside a script's own encoding" {
    own_database
    migration 001_größe "SET client_encoding = 'LATIN1';
CREATE TABLE t (x integer);
CREATE INDEX CONCURRENTLY i ON t (x);"
    wend 0 up
    same "$(sql "SELECT name FROM wend_migrations")" größe
    migration 002_maß "SET LOCAL client_encoding = 'LATIN1';
CREATE TABLE u (x integer);"
    wend 0 up
    same "$(sql "SELECT name FROM wend_migrations WHERE version = '002'")" maß
}

@test "a history that the search path finds no more is not begun anew" {
    own_database
    sql "CREATE TABLE public.n (x integer)"
    migration 001_a "CREATE SCHEMA app;
ALTER DATABASE t$BATS_TEST_NUMBER SET search_path = app;
INSERT INTO public.n VALUES (1);"
    wend 0 up
    wend 6 up
    holds "$stderr" "app.wend_journal is not there, but public.wend_journal is"
    holds "$stderr" "table:, journal:, scripts:"
    wend 6 status
    cat >wend.yaml <<END
database: $url
migrations: migrations
table: public.wend_migrations
journal: public.wend_journal
scripts: public.wend_scripts
END
    migration 002_b "CREATE TABLE b ();"
    wend 0 up
    same "$(sql "SELECT count(*) FROM public.n")" 1
    same "$(sql "SELECT to_regclass('app.b')")" b
}

@test "a schema per customer has a history each, by the URL or the role" {
    own_database
    role=customer$BATS_TEST_NUMBER
    sql "CREATE SCHEMA one; CREATE SCHEMA two; CREATE ROLE $role LOGIN; CREATE SCHEMA $role AUTHORIZATION $role"
    migration 001_a "CREATE TABLE a (x integer);"
    wend 0 -d "$url?options=-csearch_path%3Done" up
    wend 0 -d "$url?options=-csearch_path%3Dtwo" up
    wend 0 -d "${url/postgres@/$role@}" up
    same "$(sql "SELECT string_agg(schemaname, ' ' ORDER BY schemaname) FROM pg_tables WHERE tablename = 'wend_migrations'")" \
        "$role one two"
}

@test "what a script says of its transactions holds for them" {
    own_database
    migration 001_begin "BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE;
CREATE TABLE a AS SELECT current_setting('transaction_isolation') AS level;
COMMIT;
START TRANSACTION ISOLATION LEVEL REPEATABLE READ;
INSERT INTO a VALUES (current_setting('transaction_isolation'));
COMMIT;
INSERT INTO a VALUES (current_setting('transaction_isolation'));"
    migration 002_set "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
INSERT INTO a VALUES (current_setting('transaction_isolation'));"
    for way in "$url" "$pooled"; do
        wend 0 -d "$way" up
        same "$(sql "SELECT string_agg(level, ', ') FROM a")" \
            "serializable, repeatable read, read committed, serializable"
        sql "DROP TABLE a, wend_journal, wend_migrations, wend_scripts"
    done
}

@test "a transaction that may only read is refused before anything is run" {
    own_database
    migration 001_a "CREATE TABLE a ();"
    migration 002_b "BEGIN READ ONLY;
SELECT 1;
COMMIT;"
    wend 2 up
    holds "$stderr" "error: a transaction that may only read has no room for wend's rows
  --> migrations/002_b.sql:1:1"
    same "$(sql "SELECT to_regclass('a')")" ""
}

@test "wend's rows are written where the script's transactions only read from now on" {
    own_database
    migration 001_a "CREATE TABLE a ();
SET default_transaction_read_only = on;
VACUUM a;"
    migration 002_b "CREATE TABLE b ();"
    wend 0 up
    wend 0 status --exit-code
}

@test "what lies in pg_temp goes with its step" {
    own_database
    migration 001_a "CREATE TABLE pg_temp.x (a integer);"
    migration 002_b "CREATE TABLE pg_temp.x (a integer);"
    wend 0 up
    migration 003_c "BEGIN;
CREATE TABLE pg_temp.x (a integer);
COMMIT;
SELECT 1 / 0;"
    wend 1 up
    # The first message says it already.
    holds "$stderr" "state: 003_c is partly done: what is committed stays, but what statements 1 to 2 made or computed for their session alone is gone with it"
    holds "$stderr" "next: \`wend repair --undo\` runs the other direction; "
    holds "$stderr" "\`wend repair --forget\`"
    [[ $stderr != *"run the same command again"* ]]
    wend 6 up
    holds "$stderr" "what they made or computed for their session alone is gone with it"
    holds "$stderr" "next: \`wend repair --undo\` runs the other direction; "
    wend 6 status --exit-code
    holds "$stderr" "003_c is half done (up), and \`wend up\` stops: statements 1 to 2 are done, but"
}

@test "what a script computed for its session is not computed again when it goes on" {
    own_database
    sql "CREATE TABLE t (a integer); INSERT INTO t VALUES (1)"
    migration 001_a "SELECT set_config('my.id', (SELECT max(a)::text FROM t), false);
BEGIN;
INSERT INTO t VALUES (99);
COMMIT;
SELECT 1 / 0;"
    wend 1 up
    wend 6 up
    holds "$stderr" "what they made or computed for their session alone is gone with it"
}
