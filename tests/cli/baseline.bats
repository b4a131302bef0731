#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend baseline: begins behind a version.

load helper
load golden/golden

local_setup() { tables 1 2 3; }

@test "baseline stands for all up to the version, and up begins behind it" {
    sql "CREATE TABLE t1 (x); CREATE TABLE t2 (x)"
    wend 0 baseline 2
    same "$stderr" "sqlite:shop.db: counts as being at 2; later migrations are pending"
    wend 0 up
    same "$(plain "$output")" "applied   003_t3  (N ms)"
    wend 0 version
    holds "$output" "003"
}

@test "what stood there before is not wend's to take away" {
    sql "CREATE TABLE t1 (x); CREATE TABLE t2 (x)"
    wend 0 baseline 002
    wend 0 up -q
    wend 0 down --all --yes
    same "$(plain "$output")" "reverted  003_t3  (N ms)"
    same "$(user_tables)" "t1 t2"
}

@test "baseline is refused where there is a history" {
    wend 0 up -q --count 1
    wend 6 baseline 2
    same "$stderr" "error: the history already has 1 row
  next: a baseline is for a database without a history; mark single migrations with \`wend mark VERSION\`"
}

@test "baseline needs a version" {
    wend 2 baseline
    holds "$stderr" "error: name one version"
    wend 2 baseline 1 2
    for word in now head R__views -1; do
        wend 2 baseline -- "$word"
        holds "$stderr" "error: \"$word\" is no version"
    done
    wend 0 status
}

@test "baseline --json" {
    wend 0 baseline 002 --json
    same "$output" '{"baseline":"002"}'
}

@test "a baseline file beside a database that was there before is named, and how to record it" {
    sql "CREATE TABLE users (id)"
    echo "CREATE TABLE users (id);" >migrations/B__20240601_start.sql
    rm -f migrations/0*
    wend 0 up
    same "$stderr" "warning: B__20240601_start is not run, as the database is not empty; when that is what is in it, record it: \`wend baseline 20240601\`
sqlite:shop.db: nothing to do"
    wend 0 baseline 20240601
    wend 0 up
    same "$stderr" "sqlite:shop.db: nothing to do, everything is applied"
}
