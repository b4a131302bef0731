#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# PostgreSQL: statements that cannot run in a transaction, and what a failed or cut-off one leaves.

load helper
load golden/golden
load postgres

@test "a DO block that failed behind its own COMMIT is not run again" {
    own_database
    sql "CREATE TABLE n (x integer)"
    migration 001_do 'DO $$ BEGIN INSERT INTO n VALUES (1); COMMIT; PERFORM 1/0; END $$;'
    wend 1 up
    holds "$stderr" "state: statement 1 of 001_do did a part of its work, which stays
  next: look at the database, then \`wend repair\` lists the ways on"
    wend 6 up
    same "$(sql "SELECT count(*) FROM n")" 1
}

@test "a CALL that failed behind its own COMMIT is not run again, unless it may" {
    own_database
    sql "CREATE TABLE n (x integer);
        CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO n VALUES (1); COMMIT; PERFORM 1/0; END'"
    migration 001_call "-- wend: transaction none
CALL p();"
    wend 1 up
    wend 6 up
    same "$(sql "SELECT count(*) FROM n")" 1
    wend 0 repair --forget --yes
    migration 001_call "-- wend: transaction none
-- wend: retry safe
CALL p();"
    wend 1 up
    wend 1 up
    same "$(sql "SELECT count(*) FROM n")" 3
}

@test "a DO block that was refused as it was read has done nothing" {
    own_database
    migration 001_do 'DO $$ BEGIN COMIT; COMMIT; END $$;'
    wend 1 up
    holds "$stderr" "state: 001_do was rolled back: nothing of it is left"
    migration 001_do 'DO $$ BEGIN COMMIT; END $$;'
    wend 0 up
}

@test "a DO block that commits and met a lock is looked at by a person, and its failure is written down" {
    own_database
    sql "CREATE TABLE l (x integer)"
    migration 001_do 'DO $$ BEGIN COMMIT; ALTER TABLE l ADD y integer; END $$;'
    holding "LOCK TABLE l"
    wend 4 up --lock-timeout 500ms
    holds "$stderr" "did a part of its work"
    let_go
    wend 6 up
    same "$(sql "SELECT string_agg(event, ' ' ORDER BY seq) FROM wend_journal")" "begin intent failed"
}

@test "a partition that a killed run left detached by half is finalised" {
    [ "$(server_version)" -ge 14 ] || skip "PostgreSQL 13 cannot detach concurrently"
    own_database
    migration 001_parts "CREATE TABLE p (x integer) PARTITION BY RANGE (x);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);"
    wend 0 up
    migration 002_detach "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;
CREATE TABLE after (x integer);"
    # A reader keeps the second half of the detach waiting.
    holding "SELECT * FROM p"
    in_background "$WEND" up
    first=$!
    wait_for eval "[ \"\$(sql 'SELECT count(*) FROM pg_inherits WHERE inhdetachpending')\" = 1 ]"
    cut_off "$first"
    let_go
    same "$(sql 'SELECT count(*) FROM pg_inherits WHERE inhdetachpending')" 1
    wend 0 up
    same "$(sql 'SELECT count(*) FROM pg_inherits')" 0
    same "$(sql "SELECT to_regclass('after')")" after
}

@test "what a killed REINDEX left is dropped before it runs again" {
    own_database
    sql "CREATE TABLE a (x integer); CREATE INDEX a_x ON a (x); INSERT INTO a SELECT generate_series(1, 1000)"
    migration 001_reindex "REINDEX TABLE CONCURRENTLY a;"
    holding "SELECT count(*) FROM a"
    in_background "$WEND" up
    first=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_class WHERE relname LIKE 'a_x_ccnew%'\")\" = 1 ]"
    cut_off "$first"
    let_go
    same "$(sql "SELECT count(*) FROM pg_index WHERE NOT indisvalid")" 1
    wend 0 up
    same "$(sql "SELECT string_agg(relname, ' ') FROM pg_class WHERE relname LIKE 'a_x%'")" a_x
}
