#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# PostgreSQL behind a transaction pooler: who waits for whom, and that nothing stays in a shared session.

load helper
load golden/golden
load postgres

@test "pooled and direct runs exclude each other" {
    own_database
    migration 001_slow "SELECT pg_sleep(2);"
    "$WEND" -d "$pooled" up >out 2>err 3>&- &
    first=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'\")\" != 0 ]"
    wend 4 -d "$url" up --lock-timeout 300ms
    holds "$stderr" "process $first,"
    wait "$first"
    wend 0 -d "$url" up
}

@test "a statement that outlived its pooled run is waited for" {
    own_database
    migration 001_slow "SELECT pg_sleep(2); CREATE TABLE orphan (x integer);"
    "$WEND" -d "$pooled" up >out 2>err 3>&- &
    first=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid()\")\" != 0 ]"
    kill -9 "$first"
    wait "$first" || true
    wend 0 -d "$pooled" up
    same "$(sql "SELECT count(*) FROM wend_journal WHERE event = 'applied'")" 1
}

@test "the lock of a killed run names the backend that still works for it" {
    own_database
    for way in "$url" "$pooled"; do
        migration "00$((++number))_slow" "SELECT pg_sleep(20);"
        "$WEND" -d "$way" up >out 2>err 3>&- &
        first=$!
        wait_for runs "pg_sleep(20)"
        kill -9 "$first"
        wait "$first" || true
        wend 4 -d "$way" unlock
        holds "$stderr" "error: the lock is held by "
        holds "$stderr" "; if it is gone already, the server still works for it, in backend "
        end=$(sed -n 's/.*or by \(SELECT pg_terminate_backend([0-9]*)\)$/\1/p' <<<"$stderr")
        same "$(sql "$end")" t
        wait_for "$WEND" -d "$way" unlock
    done
}

@test "settings and roles of a script do not stay in a pooled session" {
    own_database
    sql "CREATE ROLE other$BATS_TEST_NUMBER; GRANT CREATE ON SCHEMA public TO other$BATS_TEST_NUMBER"
    migration 001_set "SET work_mem = '77MB';
SET lock_timeout = '1234ms';
SET ROLE other$BATS_TEST_NUMBER;
CREATE TABLE seen AS SELECT current_setting('work_mem') AS work_mem, current_user::text AS who,
    current_setting('lock_timeout') AS lock_timeout;
-- wend: batch size=10
DELETE FROM seen WHERE who = 'nobody' OR current_setting('lock_timeout') <> '1234ms' OR current_user <> 'other$BATS_TEST_NUMBER';"
    wend 0 -d "$pooled" up
    same "$(sql "SELECT * FROM seen")" "77MB|other$BATS_TEST_NUMBER|1234ms"
    for _ in 1 2 3 4 5 6; do
        same "$(psql -XAtqd "$pooled" -c "SELECT current_setting('work_mem'), current_user, current_setting('lock_timeout')")" \
            "4MB|postgres|0"
    done
}

@test "what cannot run in a transaction needs the server itself" {
    own_database
    migration 001_a "CREATE TABLE a (x integer);
CREATE INDEX CONCURRENTLY ON a (x);"
    wend 2 -d "$pooled" up
    holds "$stderr" "cannot go through a pooler
  --> migrations/001_a.sql:2:1"
    holds "$stderr" "give the URL of the server itself"
    same "$(sql "SELECT to_regclass('a')")" ""
    wend 0 -d "$url" up
}

@test "a transaction that outlived its pooled run is waited for by a direct run, too" {
    own_database
    sql "CREATE TABLE n (x integer)"
    migration 001_slow "BEGIN;
INSERT INTO n VALUES (1);
SELECT pg_sleep(3);
COMMIT;
INSERT INTO n VALUES (2);"
    in_background "$WEND" -d "$pooled" up
    first=$!
    wait_for runs "pg_sleep(3)"
    kill -9 "$first"
    wait "$first" || true
    wend 4 -d "$url" up --lock-timeout 100ms
    holds "$stderr" "error: the lock is held by $(id -un)@$(hostname), process $first"
    wend 0 -d "$url" up
    same "$(sql "SELECT string_agg(x::text, ' ' ORDER BY x) FROM n")" "1 2"
    same "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" 0
}

@test "texts stay UTF-8 behind a script's settings where the database is not" {
    own_database "$latin1"
    migration 001_dirty "CREATE TABLE a (note text); SELECT 1;"
    migration 002_é "INSERT INTO a VALUES ('éé');"
    migration 003_reset "RESET ALL; INSERT INTO a VALUES ('üü');"
    wend 0 -d "$pooled" up
    same "$(sql "SELECT string_agg(length(note)::text, ' ') FROM a")" "2 2"
    same "$(sql "SELECT length(name) FROM wend_migrations WHERE version = '002'")" 1
}

@test "a transaction that is tried again begins as it did the first time" {
    own_database
    sql "CREATE SCHEMA s"
    fails_once
    migration 001_a "CREATE TABLE first (x integer);
SET search_path = s;
SELECT public.once();"
    wend 0 -d "$pooled" up
    same "$(sql "SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 'first'")" public
}

@test "a pool that has room for one session only is said" {
    own_database
    own=$("$servers/pgbouncer" start "$BATS_TEST_TMPDIR/pool" "$(cat "$BATS_FILE_TMPDIR/url")")
    psql -Xqd "${own%/*}/pgbouncer" -c "SET default_pool_size = 1"
    migration 001_a "CREATE TABLE a (x integer);"
    status=0
    run --separate-stderr timeout 30 "$WEND" -d "${own%/*}/t$BATS_TEST_NUMBER" up --lock-timeout 1s
    "$servers/pgbouncer" stop "$BATS_TEST_TMPDIR/pool"
    same "$status" 3
    holds "$stderr" "error: the pooler gave this run no second connection in time"
    holds "$stderr" "next: a run needs two at once behind a pooler"
    wend 0 -d "$pooled" up
}

@test "what is temporary does not stay in a pooled session" {
    own_database
    migration 001_a "CREATE TEMPORARY TABLE gone AS SELECT 1 AS x;
CREATE TABLE pg_temp.too AS SELECT 2 AS x;
CREATE TABLE a AS SELECT x FROM gone UNION ALL SELECT x FROM too;"
    wend 0 -d "$pooled" up
    same "$(sql "SELECT count(*) FROM a")" 2
    same "$(sql "SELECT count(*) FROM pg_class WHERE relpersistence = 't'")" 0
    migration 002_b "PREPARE p AS SELECT 1;"
    wend 2 -d "$pooled" up
    holds "$stderr" "error: PREPARE cannot go through a pooler"
    wend 0 -d "$url" up
}
