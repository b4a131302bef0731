#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Signals and broken surroundings: what ends a run, what ends a wait, and what does not end a run.

load helper
load golden/golden

slow() {
    project
    migration 001_slow "CREATE TABLE slow (x);
$endless"
}

@test "a hangup is treated like Ctrl-C" {
    slow
    begin up
    wait_for at_work
    kill -HUP "$under_way"
    sleep 0.1
    end HUP
    [ "$status" -eq 130 ]
    holds "$(cat err)" "error: interrupted"
}

@test "a hangup that is ignored stays ignored" {
    slow
    trap '' HUP
    begin up
    trap - HUP
    wait_for at_work
    kill -HUP "$under_way"
    kill -HUP "$under_way"
    sleep 0.3
    kill -0 "$under_way"
    end
    [ "$status" -eq 137 ]
}

@test "a limit on the size of files is an error, and ends nothing half way" {
    project
    migration 001_big "CREATE TABLE big (x);
INSERT INTO big WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT randomblob(1000) FROM n;"
    run --separate-stderr bash -c 'ulimit -f 512; exec "$1" up' _ "$WEND"
    [ "$status" -eq 1 ]
    holds "$stderr" "error: "
    holds "$stderr" "001_big was rolled back"
    same "$(user_tables)" ""
    wend 0 up -q
    same "$(user_tables)" "big"
}

@test "a signal ends the wait for who reads the output" {
    project
    migration 001_long "SELECT '$(head -c 100000 /dev/zero | tr '\0' x)';"
    mkfifo reader
    exec 8<>reader
    "$WEND" plan >reader 2>err 3>&- 8>&- &
    under_way=$!
    sleep 0.5
    kill -0 "$under_way"
    kill -TERM "$under_way"
    wait_for test -s err
    finish
    exec 8>&-
    [ "$status" -eq 130 ]
    same "$(cat err)" "error: cannot write to standard output: Interrupted system call"
}

@test "output that cannot be written does not hide what was done" {
    tables 1 2
    run bash -c '"$1" -q up >/dev/full; echo "$?"' _ "$WEND"
    same "$output" "0"
    wend 0 down -y -q
    run bash -c '"$1" up >/dev/full; echo "$?"' _ "$WEND"
    same "$(plain "$output")" "sqlite:shop.db: 1 migration applied in N ms
error: cannot write to standard output: No space left on device
  state: 1 migration applied
1"
    wend 0 down --all -y -q
    run bash -c '"$1" up --json >/dev/full; echo "$?"' _ "$WEND"
    same "$output" "error: cannot write to standard output: No space left on device
  state: 2 migrations applied
1"
    run bash -c '"$1" redo -y >/dev/full' _ "$WEND"
    holds "$output" "  state: 1 migration reverted; 1 migration applied"
}
