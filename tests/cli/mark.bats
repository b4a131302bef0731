#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend mark: changes the history, and runs nothing.

load helper
load golden/golden

local_setup() { tables 1 2 3; }

@test "mark says that migrations are applied" {
    wend 0 mark 1 002_t2
    same "$output" "marked as applied  001_t1
marked as applied  002_t2"
    same "$(user_tables)" ""
    wend 0 mark 002
    same "$stderr" "sqlite:shop.db: nothing to mark, it is so already"
    wend 0 mark head
    same "$output" "marked as applied  003_t3"
    wend 0 status --exit-code
}

@test "mark --pending says that they are not" {
    wend 0 up -q
    wend 0 mark --pending 003
    same "$output" "marked as pending  003_t3"
    same "$(user_tables)" "t1 t2 t3"
    wend 5 status --exit-code
    holds "$output" "pending  003"
}

@test "mark --pending takes out what has no file any more" {
    wend 0 up -q
    rm migrations/003*
    wend 0 mark --pending 003
    wend 0 status
    same "$(tail -1 <<<"$output")" "sqlite:shop.db: 2 applied, 0 pending"
}

@test "what was marked can be taken back with the file's script" {
    sql "CREATE TABLE t1 (x)"
    wend 0 mark 1
    wend 0 down --yes
    same "$(user_tables)" ""
}

@test "mark has other words" {
    wend 0 stamp 1
    wend 0 force 2
    wend 0 resolve 3
    wend 0 status --exit-code
}

@test "mark needs a version that there is" {
    wend 2 mark
    holds "$stderr" "error: name at least one version"
    wend 2 mark 1 9
    holds "$stderr" "error: there is no migration 9"
    wend 0 status --json
    same "$(jq .applied <<<"$output")" 0
}

@test "mark --json" {
    wend 0 mark --json 1 2
    same "$output" '{"as":"applied","marked":["001_t1","002_t2"]}'
}
