#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend reset: everything back, everything on.

load helper
load golden/golden

local_setup() {
    tables 1 2
    wend 0 up -q
    sql "INSERT INTO t1 VALUES (1)"
}

@test "reset runs the downs and the ups" {
    wend 0 reset --yes
    same "$(plain "$output")" "reverted  002_t2  (N ms)
reverted  001_t1  (N ms)
applied   001_t1  (N ms)
applied   002_t2  (N ms)"
    same "$(sql 'SELECT count(*) FROM t1')" 0
}

@test "reset --hard drops everything, wend's tables too" {
    sql "CREATE TABLE foreign_one (x); CREATE VIEW v AS SELECT 1"
    wend 0 reset --hard --yes
    same "$(plain "$stderr")" "sqlite:shop.db: 7 objects dropped
sqlite:shop.db: 2 migrations applied in N ms"
    same "$(user_tables)" "t1 t2"
    same "$(sql "SELECT count(*) FROM wend_journal WHERE event = 'reverted'")" 0
}

@test "reset asks" {
    wend 8 reset
    holds "$stderr" "error: not confirmed: Take back all 2 migrations on sqlite:shop.db, data included?"
    wend 8 reset --hard
    holds "$stderr" "error: not confirmed: Drop all of it, data included, on sqlite:shop.db?"
    same "$(sql 'SELECT count(*) FROM t1')" 1
    NO_COLOR=1 on_terminal 'y\n' "$WEND" reset
    [ "$status" -eq 0 ]
    same "$(sql 'SELECT count(*) FROM t1')" 0
}

@test "one is not many" {
    wend 0 down --yes
    wend 8 reset
    holds "$stderr" "error: not confirmed: Take back 1 migration on sqlite:shop.db, data included?"
    rm shop.db
    sql "CREATE TABLE alone (x)"
    wend 0 reset --hard --yes
    holds "$stderr" "sqlite:shop.db: 1 object dropped
"
}

@test "reset with a folder that came up empty changes nothing" {
    rm migrations/*
    wend 8 reset --yes
    same "$stderr" "error: there are no migrations in migrations: what is taken back could not be applied again
  state: nothing was changed
  next: bring the files back; or take it back with \`wend down --all\`"
    same "$(sql 'SELECT count(*) FROM t1')" 1
    wend 0 down --all --yes
    wend 0 reset --yes
}

@test "reset on a new database applies everything" {
    rm shop.db
    wend 0 reset
    same "$(user_tables)" "t1 t2"
}
