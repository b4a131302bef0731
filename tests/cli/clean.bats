#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend clean: drops everything, after asking.

load helper
load golden/golden

local_setup() {
    tables 1 2
    wend 0 up -q
}

@test "clean drops everything, wend's tables too" {
    sql "CREATE VIEW v AS SELECT * FROM t1; CREATE TABLE child (x REFERENCES t1 (x));
         CREATE TRIGGER g AFTER INSERT ON t1 BEGIN DELETE FROM t2; END;
         CREATE VIRTUAL TABLE f USING fts5 (x)"
    wend 0 clean --yes
    same "$output" ""
    holds "$stderr" "objects dropped"
    same "$(sql 'SELECT count(*) FROM sqlite_schema')" 0
    wend 0 status
    holds "$output" "sqlite:shop.db: 0 applied, 2 pending"
    wend 0 clean --yes --json
    same "$output" '{"dropped":0}'
}

@test "clean asks, and shows what would go" {
    wend 8 clean
    same "$stderr" "error: not confirmed: Drop all of it, data included, on sqlite:shop.db?
  state: nothing was changed
  next: there is no terminal to ask on; --yes answers yes"
    NO_COLOR=1 on_terminal 'no\n' "$WEND" clean
    [ "$status" -eq 8 ]
    holds "$output" "  table t2
  table t1"
    holds "$output" "Drop all of it, data included, on sqlite:shop.db? [y/N]"
    same "$(user_tables)" "t1 t2"
}

@test "clean on a database that is not there makes none" {
    wend 0 -d sqlite:other.db clean --yes
    [ ! -e other.db ]
}
