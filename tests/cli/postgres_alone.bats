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

# cut_off_build: a run that is killed while its index waits for the table, before anything of it is there.
cut_off_build() {
    holding "LOCK TABLE t"
    in_background "$WEND" up
    first=$!
    wait_for runs "CREATE INDEX"
    cut_off "$first"
    let_go
}

@test "an index without a name: another one is not taken for it, nor dropped" {
    own_database
    sql "CREATE TABLE t (a integer, b integer); INSERT INTO t VALUES (1, 1), (2, 1)"
    migration 001_a "CREATE INDEX CONCURRENTLY ON t (a);"
    cut_off_build
    sql "CREATE INDEX other ON t (b)"
    run psql -Xqd "$url" -c "CREATE UNIQUE INDEX CONCURRENTLY theirs ON t (b)"
    wend 0 up
    same "$(sql "SELECT string_agg(relname || ' ' || indisvalid, ', ' ORDER BY relname) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 't'::regclass")" \
        "other true, t_a_idx true, theirs false"
}

@test "an index without a name, of more than columns, is looked at by a person when a new one is there" {
    own_database
    sql "CREATE TABLE t (a integer, b integer)"
    migration 001_a "CREATE INDEX CONCURRENTLY ON t (a) WHERE b > 0;"
    cut_off_build
    sql "CREATE INDEX other ON t (b)"
    wend 6 up
    holds "$stderr" "it gives its index no name, and other is new on the table"
    sql "DROP INDEX other"
    wend 0 up
}

@test "an index without a name that a run left invalid is built again" {
    own_database
    sql "CREATE TABLE t (\"A b\" integer, b integer)"
    migration 001_a "CREATE INDEX CONCURRENTLY ON t (\"A b\", b);"
    holding "SELECT * FROM t"
    in_background "$WEND" up
    first=$!
    wait_for eval "[ \"\$(sql 'SELECT count(*) FROM pg_index WHERE NOT indisvalid')\" = 1 ]"
    cut_off "$first"
    let_go
    same "$(sql "SELECT count(*) FROM pg_index WHERE NOT indisvalid")" 1
    wend 0 up
    same "$(sql "SELECT string_agg(relname || ' ' || indisvalid, ', ') FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 't'::regclass")" \
        "t_A b_b_idx true"
}

@test "an index that met its limit is said to stay by half; the next run waits no longer than its own limit" {
    own_database
    sql "CREATE TABLE t (a integer)"
    migration 001_a "CREATE INDEX CONCURRENTLY i ON t (a);"
    holding "SELECT * FROM t"
    wend 4 up --lock-timeout 500ms
    holds "$stderr" "state: statement 1 of 001_a was cut off, and it may have left a part of its work: the next \`wend up\` sees to that, then goes on"
    same "$(sql "SELECT string_agg(event, ' ' ORDER BY seq) FROM wend_journal")" "begin intent failed"
    SECONDS=0
    wend 4 up --lock-timeout 500ms
    holds "$stderr" "state: what statement 1 left when it was cut off is there still"
    ((SECONDS < 10))
    let_go
    wend 0 up
    same "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")" t
}

@test "taking away what a cut-off index left can be interrupted" {
    own_database
    sql "CREATE TABLE t (a integer)"
    migration 001_a "CREATE INDEX CONCURRENTLY i ON t (a);"
    holding "SELECT * FROM t"
    wend 4 up --lock-timeout 300ms
    "$WEND" up >out 2>err 3>&- &
    first=$!
    wait_for runs "DROP INDEX"
    kill -INT "$first"
    status=0
    wait "$first" || status=$?
    same "$status" 130
    let_go
    wend 0 up
}

@test "no time at all for locks is not the server's: no limit" {
    own_database
    sql "CREATE TABLE t (a integer)"
    migration 001_a "CREATE INDEX CONCURRENTLY i ON t (a);"
    holding "LOCK TABLE t"
    SECONDS=0
    wend 4 up --lock-timeout 0s
    ((SECONDS < 10))
    let_go
}

@test "a script's own limits hold for what runs alone, and behind it" {
    own_database
    migration 001_a "SET statement_timeout = '500ms';
CREATE TABLE t ();
VACUUM t;
SELECT pg_sleep(5);"
    wend 1 up
    holds "$stderr" "statement timeout"
}

@test "IF NOT EXISTS does not make do with an invalid index" {
    own_database
    sql "CREATE TABLE t (a integer); INSERT INTO t VALUES (1), (1)"
    run psql -Xqd "$url" -c "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)"
    sql "DELETE FROM t"
    migration 001_a "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);"
    wend 6 up
    holds "$stderr" "the index i is there, but invalid"
    sql "DROP INDEX i"
    wend 0 up
    same "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")" t
}

@test "a DROP INDEX that was cut off leaves an invalid index, and that is said" {
    own_database
    sql "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)"
    migration 001_a "DROP INDEX CONCURRENTLY i;"
    holding "SELECT * FROM t"
    wend 4 up --lock-timeout 500ms
    holds "$stderr" "was cut off, and the index i is invalid: the next \`wend up\` sees to that"
    let_go
    wend 0 up
    same "$(sql "SELECT to_regclass('i')")" ""
}

@test "what another session's REINDEX is at work on is left alone" {
    own_database
    sql "CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE u (id integer PRIMARY KEY)"
    migration 001_a "REINDEX TABLE CONCURRENTLY t;"
    holding "LOCK TABLE t"
    in_background "$WEND" up
    first=$!
    wait_for runs "REINDEX"
    cut_off "$first"
    let_go
    holding "SELECT * FROM u"
    psql -Xqd "$url" -c "REINDEX TABLE CONCURRENTLY u" >theirs 2>&1 3>&- &
    other=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_class WHERE relname = 'u_pkey_ccnew'\")\" = 1 ]"
    in_background "$WEND" up --lock-timeout 2s
    second=$!
    sleep 1
    let_go
    wait "$second"
    wait "$other"
    same "$(sql "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'i' AND relname ~ '^[tu]_pkey'")" \
        "t_pkey u_pkey"
}

@test "what a cut-off index left is dropped by the role that the script had set" {
    own_database
    owner=owner$BATS_TEST_NUMBER login=login$BATS_TEST_NUMBER
    sql "CREATE ROLE $owner; CREATE ROLE $login LOGIN NOINHERIT IN ROLE $owner;
        GRANT ALL ON SCHEMA public TO $owner, $login; SET ROLE $owner; CREATE TABLE t (a integer)"
    migration 001_a "SET ROLE $owner;
CREATE INDEX CONCURRENTLY i ON t (a);"
    holding "SELECT * FROM t"
    in_background "$WEND" -d "${url/postgres@/$login@}" up
    first=$!
    wait_for eval "[ \"\$(sql 'SELECT count(*) FROM pg_index WHERE NOT indisvalid')\" = 1 ]"
    cut_off "$first"
    let_go
    wend 0 -d "${url/postgres@/$login@}" up
    same "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")" t
}

@test "a name that only the server's own reading understands" {
    own_database
    sql "CREATE TABLE t (a integer)"
    migration 001_a "CREATE INDEX CONCURRENTLY U&\"d\\0061t\" ON t (a);"
    wend 0 up
    same "$(sql "SELECT to_regclass('dat')")" dat
}

@test "a partitioned table is rebuilt under transaction none" {
    own_database
    sql "CREATE TABLE p (a integer) PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE INDEX i ON p (a)"
    [ "$(server_version)" -ge 14 ] || skip "PostgreSQL 13 refuses it anywhere"
    migration 001_a "REINDEX TABLE p;"
    wend 1 up
    holds "$stderr" "next: what cannot run in a transaction needs \`-- wend: transaction none\`"
    migration 001_a "-- wend: transaction none
REINDEX TABLE p;
REINDEX INDEX i;
CREATE TABLE t ();"
    wend 0 up
    same "$(sql "SELECT count(*) FROM wend_journal WHERE event = 'intent'")" 2
}
