#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend down: how far it goes back, with which scripts, and what it asks first.

load helper
load golden/golden

local_setup() { tables 1 2 3 4; }

@test "down takes the last one back" {
    wend 0 up -q
    wend 0 down --yes
    same "$(plain "$output")" "reverted  004_t4  (N ms)"
    same "$(plain "$stderr")" "sqlite:shop.db: 1 migration reverted in N ms"
    same "$(user_tables)" "t1 t2 t3"
}

@test "down has other words" {
    wend 0 up -q
    for word in rollback downgrade undo revert; do
        wend 0 "$word" -y
    done
    same "$(user_tables)" ""
    wend 0 down -y
    same "$stderr" "sqlite:shop.db: nothing to take back"
}

@test "down without a terminal and without --yes refuses" {
    wend 0 up -q
    wend 8 down
    same "$stderr" "error: not confirmed: Take back 1 migration on sqlite:shop.db?
  state: nothing was changed
  next: there is no terminal to ask on; --yes answers yes"
    same "$(user_tables)" "t1 t2 t3 t4"
    WEND_YES=1 wend 0 down
    same "$(user_tables)" "t1 t2 t3"
}

@test "down asks on a terminal" {
    export NO_COLOR=1
    wend 0 up -q
    on_terminal 'n\n' "$WEND" down --count 2
    [ "$status" -eq 8 ]
    same "$output" "  down  004_t4
  down  003_t3
Take back 2 migrations on sqlite:shop.db? [y/N] n
error: not confirmed; nothing was done
  state: nothing was changed"
    on_terminal '\n' "$WEND" down
    [ "$status" -eq 8 ]
    on_terminal '\x03' "$WEND" down
    [ "$status" -eq 130 ]
    same "$(user_tables)" "t1 t2 t3 t4"
    on_terminal 'y\n' "$WEND" down
    [ "$status" -eq 0 ]
    same "$(user_tables)" "t1 t2 t3"
    on_terminal 'yes\n' "$WEND" down
    [ "$status" -eq 0 ]
    same "$(user_tables)" "t1 t2"
}

@test "down --to, --count and --all" {
    wend 0 up -q
    wend 0 down -y --to 003
    same "$(user_tables)" "t1 t2 t3"
    wend 0 down -y --to -1
    same "$(user_tables)" "t1 t2"
    wend 0 up -q
    wend 0 down -y --count 3
    same "$(user_tables)" "t1"
    wend 0 up -q
    wend 0 down -y --to base
    same "$(user_tables)" ""
    wend 0 up -q
    wend 0 down -y --all
    same "$(plain "$output")" "reverted  004_t4  (N ms)
reverted  003_t3  (N ms)
reverted  002_t2  (N ms)
reverted  001_t1  (N ms)"
}

@test "down says what is no way down" {
    wend 0 up -q --to 2
    wend 2 down --to head
    same "$stderr" "error: head is above everything: there is no way down to it
  next: wend up"
    wend 2 down --to +1
    holds "$stderr" "error: +1 is no version to go down to"
    wend 2 down --to 003
    same "$stderr" "error: 003_t3 is not applied: there is no way down to it
  next: wend up --to 003"
    wend 2 down --to 9
    holds "$stderr" "error: there is no migration 9"
    wend 2 down --to 0
    same "$stderr" "error: there is no migration 0
  next: \`wend down --all\` takes all back"
    wend 2 down --all --batch
    holds "$stderr" "error: --batch and --all do not go together"
}

@test "down --batch takes back what the last run applied" {
    wend 0 up -q --count 1
    wend 0 up -q
    wend 0 down -y -q --batch
    same "$(user_tables)" "t1"
    wend 0 down -y -q --batch
    same "$(user_tables)" ""
}

@test "down --dry-run shows what would run" {
    wend 0 up -q
    echo "SELECT 1;" >migrations/R__v.sql
    wend 0 up -q
    wend 0 down --all --dry-run
    same "$output" "5 migrations would be taken back:
  down  R__v
  down  004_t4
  down  003_t3
  down  002_t2
  down  001_t1"
    same "$stderr" "warning: R__v has no down script: what it made stays"
    wend 0 down --dry-run --json
    same "$(jq -r '.steps[] | "\(.direction) \(.version)"' <<<"$output")" "down 004"
}

@test "down works where the file is gone" {
    wend 0 up -q
    rm migrations/003* migrations/004*
    wend 0 down --dry-run --count 3
    same "$output" "3 migrations would be taken back:
  down  004_t4  (script as recorded; the file is gone or has changed)
  down  003_t3  (script as recorded; the file is gone or has changed)
  down  002_t2"
    wend 0 down -y --count 2
    same "$(user_tables)" "t1 t2"
}

@test "down runs the recorded script where the up has changed, and the file's where only the down has" {
    wend 0 up -q
    echo "CREATE TABLE other (x);" >migrations/004_t4.up.sql
    echo "DROP TABLE other;" >migrations/004_t4.down.sql
    echo "DROP TABLE t3; CREATE TABLE corrected (x);" >migrations/003_t3.down.sql
    wend 0 down -y --count 2
    same "$(user_tables)" "corrected t1 t2"
}

@test "down without any way back refuses and names them all" {
    rm migrations/*.down.sql
    wend 0 up -q
    wend 8 down --yes --all
    same "$stderr" "error: there is no way back from 004_t4, 003_t3, 002_t2, 001_t1: no down script
  state: nothing was changed
  next: write its down script: a .down.sql file beside it, or a section \`-- wend:down\` in it; or take them back by hand, then \`wend mark --pending 004 003 002 001\`"
    wend 8 down --yes
    holds "$stderr" "; or take it back by hand, then \`wend mark --pending 004\`"
    same "$(user_tables)" "t1 t2 t3 t4"
    sql "DROP TABLE t4"
    wend 0 mark --pending 004
    wend 8 down --yes
    holds "$stderr" "no way back from 003_t3:"
}

@test "more ways back than are looked up at a time are found where the files are gone" {
    rm migrations/*
    python3 - <<'END'
for n in range(1, 1203):
    name = f"migrations/{n:04}_m"
    open(name + ".up.sql", "w").write("SELECT 1;" if n > 1 else "CREATE TABLE t (x);")
    if n != 1000:
        open(name + ".down.sql", "w").write(f"INSERT INTO t VALUES ({n});")
END
    wend 0 up -q
    rm migrations/*
    wend 8 down --all --yes
    holds "$stderr" "error: there is no way back from 1000_m: no down script"
    wend 0 mark --pending 1000
    wend 0 down --all --yes -q
    same "$(sql "SELECT count(*), count(DISTINCT x), min(x), max(x) FROM t")" "1201|1201|1|1202"
}

@test "with store: none the way back is in the files alone" {
    echo "store: none" >>wend.yaml
    wend 0 up -q
    same "$(sql 'SELECT count(*) FROM wend_scripts')" 0
    wend 0 down -y -q
    rm migrations/003*
    wend 8 down -y
    holds "$stderr" "error: there is no way back from 003_t3"
}

@test "a down that fails is shown with its place, and nothing of it is left" {
    wend 0 up -q
    printf 'DROP TABLE t4;\nDROP TABLE t5;\n' >migrations/004_t4.down.sql
    wend 1 down --yes
    golden error_down "$stderr"
    same "$(user_tables)" "t1 t2 t3 t4"
}

@test "sections and Rollback blocks are ways back" {
    project
    rm migrations/*
    printf -- '-- wend:up\nCREATE TABLE a (x);\n-- wend:down\nDROP TABLE a;\n' >migrations/001_a.sql
    printf 'CREATE TABLE b (x);\n\n-- Rollback:\n-- DROP TABLE b;\n' >migrations/002_b.sql
    wend 0 up -q
    same "$(user_tables)" "a b"
    wend 0 down --all -y -q
    same "$(user_tables)" ""
}

@test "down --json prints one event per line" {
    wend 0 up -q --count 2
    wend 0 down -y --all --json
    golden down_json "$output"
}

# raced COMMAND...: runs it; while it waits for the lock, another run takes 004 back.
raced() {
    wend 0 up -q
    cp shop.db before.db
    wend 0 down -y -q
    cp shop.db after.db
    cp before.db shop.db
    exec 9>shop.db-wend
    flock -x 9
    "$WEND" "$@" >out 2>err </dev/null 3>&- 9>&- &
    under_way=$!
    wait_for grep -q "waiting for the lock" err
    sql ".restore after.db"
    exec 9>&-
    finish
}

@test "down --yes takes what is newest when it has the lock" {
    raced down --yes
    [ "$status" -eq 0 ]
    same "$(plain "$(cat out)")" "reverted  003_t3  (N ms)"
    same "$(user_tables)" "t1 t2"
}

@test "redo --yes applies again what it was to redo, and takes nothing else back" {
    raced redo --yes
    [ "$status" -eq 0 ]
    same "$(plain "$(cat out)")" "applied   004_t4  (N ms)"
    same "$(user_tables)" "t1 t2 t3 t4"
}

@test "down and plan --down name what is applied, not what this checkout has under its version" {
    wend 0 up -q
    rm migrations/004_*
    migration 004_other "CREATE TABLE other (x);" "DROP TABLE other;"
    wend 0 plan --down -q
    same "$output" "down 004_t4  (1 statement, 004_t4 (down script as recorded))"
    wend 0 plan --down --json
    same "$(jq -r '.steps[0].name' <<<"$output")" t4
    wend 0 down --yes
    same "$(plain "$output")" "reverted  004_t4  (N ms)"
    same "$(user_tables)" "t1 t2 t3"
}
