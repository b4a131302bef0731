#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend redo: back and on again with the file as it is now.

load helper
load golden/golden

local_setup() { tables 1 2 3; }

@test "redo takes the last one back and applies it as its file now says" {
    wend 0 up -q
    echo "CREATE TABLE t3 (x, y);" >migrations/003_t3.up.sql
    wend 0 redo --yes
    same "$(plain "$output")" "reverted  003_t3  (N ms)
applied   003_t3  (N ms)"
    same "$(plain "$stderr")" "sqlite:shop.db: 1 migration reverted in N ms
sqlite:shop.db: 1 migration applied in N ms"
    same "$(sql 'SELECT count(*) FROM pragma_table_info("t3")')" 2
    wend 0 status --exit-code
}

@test "redo --count redoes the last N" {
    wend 0 up -q
    wend 0 redo --yes --count 2
    same "$(plain "$output")" "reverted  003_t3  (N ms)
reverted  002_t2  (N ms)
applied   002_t2  (N ms)
applied   003_t3  (N ms)"
}

@test "redo leaves alone what was pending before" {
    wend 0 up -q --to 2
    wend 0 redo --yes
    same "$(user_tables)" "t1 t2"
}

@test "redo asks" {
    wend 0 up -q
    wend 8 redo
    same "$stderr" "error: not confirmed: Take back and apply again 1 migration on sqlite:shop.db?
  state: nothing was changed
  next: there is no terminal to ask on; --yes answers yes"
    NO_COLOR=1 on_terminal 'y\n' "$WEND" redo
    [ "$status" -eq 0 ]
    holds "$output" "  down  003_t3
Take back and apply again 1 migration on sqlite:shop.db? [y/N] y
reverted  003_t3"
}

@test "redo needs the file" {
    wend 0 up -q
    rm migrations/003*
    wend 6 redo --yes
    same "$stderr" "error: the file of 003_t3 is gone: it could not be applied again
  next: bring the file back, or take it back with \`wend down\`"
    same "$(user_tables)" "t1 t2 t3"
}

@test "redo with nothing to redo" {
    wend 0 redo --yes
    same "$stderr" "sqlite:shop.db: nothing to redo"
    wend 0 redo --yes --json
    same "$(plain "$output")" '{"event":"plan","direction":"down","steps":0}
{"event":"done","reverted":0,"duration_ms":N}'
}

@test "redo says what a failing way up leaves behind" {
    wend 0 up -q
    echo 'CREATE TABEL t3 (id);' > migrations/003_t3.up.sql
    wend 1 redo --yes
    holds "$stderr" "warning: what redo took back is not applied now: \`wend up\` applies it"
    same "$(user_tables)" "t1 t2"
}
