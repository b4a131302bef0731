#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend status: every state, the filters, and the exit status.

load helper
load golden/golden

# A history in which nearly every state occurs at once.
many_states() {
    tables 1 2 3 4 6 7
    echo "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1 AS n;" >migrations/R__v.sql
    wend 0 up -q
    wend 0 down -q --yes
    migration 004_t4 "CREATE TABLE t4 (x, y);" "DROP TABLE t4;"
    printf -- '-- laid out anew\nCREATE TABLE t2\n    (x);\n' >migrations/002_t2.up.sql
    rm migrations/003*
    migration 005_late "CREATE TABLE t5 (x);"
    migration 008_new "CREATE TABLE t8 (x);"
    sed -i 's/SELECT 1/SELECT 2/' migrations/R__v.sql
}

@test "status shows each state" {
    many_states
    wend 0 status
    golden status_states "$output"
    same "$stderr" "warning: 1 changed since it was applied: \`wend up\` stops; \`wend status --detailed\` shows how
warning: 1 applied without its file here: \`wend up\` goes on, \`wend down\` takes back by the recorded script
warning: 1 out of order: \`wend up\` stops; \`wend up --out-of-order\` applies it
1 changed only in layout or comments: \`wend up\` goes on"
    wend 0 status --json
    same "$stderr" ""
    wend 0 status -q --applied
    same "$(grep -c ^warning: <<<"$stderr")" 3
    [[ $stderr != *layout* ]]
}

@test "what status says of missing files and of layout is so" {
    tables 1 2 3
    wend 0 up -q
    rm migrations/002* migrations/003*
    printf -- '-- as before\nCREATE TABLE t1\n    (x);\n' >migrations/001_t1.up.sql
    tables 4
    wend 0 status
    holds "$stderr" "warning: 2 applied without their files here: "
    wend 0 up -q
    wend 0 down -q -y --count 3
    same "$(user_tables)" "t1"
}

@test "status --detailed says more of each" {
    many_states
    wend 0 status --detailed
    golden status_detailed "$output"
}

@test "status --json has all of it" {
    many_states
    wend 0 status --json
    golden status_json "$(jq 'del(.migrations[].duration_ms)' <<<"$output")"
}

@test "status of a migration that failed" {
    tables 1
    migration 002_bad "CREATE TABLE b (x);
SELECT nope;"
    wend 1 up -q
    wend 0 status
    golden status_failed "$output"
    wend 0 status --detailed --failed
    golden status_failed_detailed "$output"
    wend 0 status --json --failed
    same "$(jq -r '.migrations[] | "\(.version) \(.state) \(.error)"' <<<"$output")" "002 failed no such column: nope"
    sed -i 's/nope/1/' migrations/002_bad.sql
    wend 0 up -q
    wend 0 status --failed --json
    same "$(jq -c '.migrations' <<<"$output")" "[]"
}

@test "status of a migration that is half done" {
    tables 1
    migration 002_half "-- wend: transaction none
CREATE TABLE half (x);
SELECT nope;" "DROP TABLE half;"
    wend 1 up -q
    wend 0 status
    golden status_half "$output
$stderr"
}

@test "status of a baseline and what is below it" {
    tables 1 2 3
    wend 0 baseline 002
    wend 0 status
    golden status_baseline "$output"
}

@test "status of a baseline file that was not needed" {
    tables 1 2
    wend 0 up -q
    echo "CREATE TABLE t1 (x); CREATE TABLE t2 (x);" >migrations/B__002_start.sql
    wend 0 status
    holds "$output" "unused   002      start"
}

@test "status without any history makes no table and no file" {
    tables 1
    wend 0 status
    same "$output" "STATE    VERSION  NAME  APPLIED AT (UTC)
pending  001      t1

sqlite:shop.db: 0 applied, 1 pending"
    same "$stderr" "there is no database file yet; \`wend up\` makes it"
    [ ! -e shop.db ]
    wend 0 status --json
    same "$stderr" ""
    sql "CREATE TABLE mine (x)"
    wend 0 status
    same "$stderr" ""
    same "$(sql 'SELECT count(*) FROM sqlite_schema')" 1
}

@test "status of an empty folder" {
    project
    wend 0 status
    same "$output" "sqlite:shop.db: 0 applied, 0 pending"
}

@test "status has another word" {
    tables 1
    wend 0 info
    holds "$output" "pending  001"
}

@test "status --applied and --pending" {
    tables 1 2
    wend 0 up -q --count 1
    wend 0 status --applied
    holds "$output" "applied  001"
    [[ $output != *"002"* ]]
    wend 0 status --pending
    [[ $output != *"001"* ]]
    wend 0 status --pending --applied --json
    same "$(jq '.migrations | length' <<<"$output")" 2
}

@test "status --exit-code tells whether there is something to do" {
    tables 1 3
    wend 5 status --exit-code
    wend 0 up -q
    wend 0 status --exit-code
    tables 2
    wend 6 status --exit-code
    rm migrations/002*
    echo "CREATE TABLE t1 (other);" >migrations/001_t1.up.sql
    wend 6 status --exit-code
    wend 0 status
}

@test "status shows who is at work" {
    tables 1
    migration 002_slow "-- wend: transaction none
CREATE TABLE slow (x);
$endless"
    begin up
    wait_for sql "SELECT * FROM slow"
    wend 0 status
    golden status_running "$output
$stderr"
    wend 0 status --json
    same "$(jq -r '.lock.pid, .migrations[1].state' <<<"$output")" "$under_way
running"
    end
    [ "$status" -eq 137 ]
    wend 0 status
    holds "$stderr" "is half done (up)"
    same "$(jq -r '.lock' <<<"$("$WEND" status --json)")" null
}

@test "status --exit-code knows half-done migrations" {
    tables 1
    migration 002_half "-- wend: transaction none
DROP TABLE IF EXISTS none;" "-- wend: transaction none
CREATE TABLE half (x);
SELECT nope;"
    wend 0 up -q
    wend 1 down -y -q
    wend 5 status --exit-code
    holds "$stderr" "warning: 002_half is half done (down)"
    sed -i 's/SELECT nope/DROP TABLE half/' migrations/002_half.down.sql
    wend 0 down -y -q
    wend 5 status --exit-code
    rm migrations/002*
    migration 003_copy "CREATE TABLE half (x);
VACUUM INTO 'copy.db';"
    sqlite3 copy.db "CREATE TABLE in_the_way (x)"
    wend 1 up -q
    wend 5 status --exit-code
    sql "DELETE FROM wend_journal WHERE event = 'failed'"
    wend 6 status --exit-code
    holds "$stderr" "warning: 003_copy is half done (up)"
}

@test "what the history has lost is said by status, version and down, as by up" {
    tables 1 2 3
    wend 0 up -q
    sql "DELETE FROM wend_migrations WHERE version > '001'"
    said="the journal says that 002_t2, 003_t3 were applied, but the history has no row of them"
    wend 6 up
    holds "$stderr" "error: $said"
    holds "$stderr" "\`wend mark 002 003\` if the database has them"
    wend 0 status
    holds "$output" "lost     002      t2"
    holds "$output" "lost     003      t3"
    holds "$stderr" "warning: $said: \`wend up\` stops; "
    wend 6 status --exit-code
    wend 0 status --json
    same "$(jq -c '[.migrations[].state]' <<<"$output")" '["applied","lost","lost"]'
    wend 0 version
    same "$output" "001  t1"
    holds "$stderr" "warning: $said; "
    wend 6 down -y
    holds "$stderr" "error: $said"
    wend 6 down --dry-run
    sql "DROP TABLE wend_migrations"
    wend 6 down -y
    holds "$stderr" "001_t1, 002_t2, 003_t3 were applied"
    wend 6 status --exit-code
    wend 0 mark 001 002 003
    wend 0 status --exit-code
    same "$stderr" ""
    wend 0 down -y
    same "$(user_tables)" "t1 t2"
}

@test "a repeatable whose file is gone is not promised to down" {
    tables 1
    migration R__v "CREATE VIEW v AS SELECT 1;" "DROP VIEW v;"
    wend 0 up -q
    rm migrations/R__v*
    wend 0 status
    same "$stderr" "warning: 1 applied repeatable without a file here: \`wend up\` goes on, only \`wend down --all\` takes it back, where a way back was recorded"
    wend 0 down --all -y
    wend 0 status
    same "$stderr" ""
}

@test "a journal that another project writes to is told apart from a history that somebody changed" {
    tables 1
    wend 0 up -q
    mkdir -p other/migrations
    printf 'database: sqlite:../shop.db\ntable: orders\n' >other/wend.yaml
    echo "CREATE TABLE orders_of_it (x);" >other/migrations/001_orders.sql
    cd other
    said="a migration is in the journal as applied with another text, and the history has no row of it: 001_orders"
    way="if another project in this database has its journal in wend_journal, too, give this one its own: journal: NAME in wend.yaml; if somebody changed orders, \`wend mark 001\` if the database has it, \`wend mark --pending 001\` if it does not"
    wend 6 up
    same "$stderr" "error: $said
  state: nothing was run
  next: $way"
    wend 0 status
    holds "$stderr" "warning: $said: \`wend up\` stops; $way"
    echo "journal: orders_journal" >>wend.yaml
    wend 0 up
    wend 0 status --exit-code
    cd ..
    wend 0 status --exit-code
    wend 0 down --yes
    same "$(user_tables)" "orders orders_journal orders_of_it"
}
