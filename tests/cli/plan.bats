#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend plan: what would run, as a list, as JSON and as a script.

load helper
load golden/golden

local_setup() {
    tables 1 2
    migration 003_more "CREATE TABLE more (
    id INTEGER PRIMARY KEY, -- a; in a comment
    name TEXT DEFAULT ';'
);
INSERT INTO more (name) VALUES ('it''s');" "DROP TABLE more;"
}

@test "plan shows the steps and their statements" {
    wend 0 plan
    golden plan "$output"
    [ ! -e shop.db ]
    wend 0 plan -q
    same "$output" "up 001_t1  (1 statement, migrations/001_t1.up.sql)
up 002_t2  (1 statement, migrations/002_t2.up.sql)
up 003_more  (2 statements, migrations/003_more.up.sql)"
}

@test "plan --json has the statements with their lines" {
    wend 0 plan --json
    same "$(jq -r '.steps[2].statements[] | "\(.line) \(.sql | split("\n")[0])"' <<<"$output")" \
        "1 CREATE TABLE more (
5 INSERT INTO more (name) VALUES ('it''s')"
}

@test "plan shows what is asserted, and where" {
    migration 004_sure "-- wend: assert SELECT count(*) FROM more = 1
DELETE FROM more;
-- wend: assert SELECT max(name) FROM more = NULL"
    wend 0 plan --from 003
    same "$output" "up 004_sure  (1 statement, migrations/004_sure.sql)
    -- assert SELECT count(*) FROM more = 1
    DELETE FROM more;
    -- assert SELECT max(name) FROM more = NULL"
    wend 0 plan --from 003 --json
    same "$(jq -c '.steps[0].assertions[]' <<<"$output")" \
        '{"before":1,"sql":"SELECT count(*) FROM more","expected":"1"}
{"before":2,"sql":"SELECT max(name) FROM more","expected":null}'
}

@test "plan --to, --count, --from and --down" {
    wend 0 plan -q --to 2
    same "$(wc -l <<<"$output")" 2
    wend 0 plan -q --count 1
    same "$output" "up 001_t1  (1 statement, migrations/001_t1.up.sql)"
    wend 0 -d sqlite:no/where.db plan -q --from 002
    same "$output" "up 003_more  (2 statements, migrations/003_more.up.sql)"
    wend 0 up -q
    wend 0 plan
    same "$output" "Nothing to do."
    wend 0 plan -q --down --count 2
    same "$output" "down 003_more  (1 statement, migrations/003_more.down.sql)
down 002_t2  (1 statement, migrations/002_t2.down.sql)"
    wend 2 plan --from 009
    holds "$stderr" "error: there is no migration 009"
}

@test "plan --sql writes a script that sqlite3 runs and wend takes over" {
    wend 0 plan --sql --to 1
    golden plan_sql "$output"
    wend 0 plan --sql
    sqlite3 -bail shop.db <<<"$output"
    same "$(user_tables)" "more t1 t2"
    wend 0 status --exit-code
    holds "$output" "3 applied, 0 pending"
    wend 0 plan --sql --down
    golden plan_sql_down "$output"
    wend 0 plan --sql --down --count 3
    sqlite3 -bail shop.db <<<"$output"
    same "$(user_tables)" ""
    wend 5 status --exit-code
}

@test "plan --sql --from base is the whole script, without a database" {
    wend 0 up -q
    rm wend.yaml
    wend 0 -d sqlite: -d sqlite:elsewhere.db plan --sql --from base
    same "$(grep -c '^-- up' <<<"$output")" 3
    [ ! -e elsewhere.db ]
}

@test "plan tells of a migration that is half done" {
    migration 004_half "-- wend: transaction none
CREATE TABLE half (x);
SELECT nope;"
    wend 1 up -q
    wend 0 plan -q
    same "$stderr" "warning: 004_half is half done and would be finished first"
    wend 0 plan
    same "$output" "up 004_half  (from statement 2 of 2 on, migrations/004_half.sql)
    SELECT nope;"
    wend 0 plan --json
    same "$(jq -c .finish <<<"$output")" \
        '{"id":"4","label":"004_half","direction":"up","next":2,"statements":[{"line":3,"sql":"SELECT nope"}]}'
    same "$stderr" ""
    wend 0 up --dry-run
    same "$output" "1 migration would run:
  up    004_half  (half done: it is finished first)"
    migration 005_t "CREATE TABLE t5 (x);"
    wend 0 up --dry-run
    holds "$output" "2 migrations would run:"
    wend 0 plan -q
    holds "$output" "up 005_t"
    rm migrations/004_half*
    wend 0 plan -q
    same "$output" "up 005_t  (1 statement, migrations/005_t.sql)"
}

@test "plan --out-of-order" {
    wend 0 up -q
    migration 002.5_late "SELECT 1;"
    wend 6 plan
    wend 0 plan -q --out-of-order
    same "$output" "up 002.5_late  (1 statement, migrations/002.5_late.sql)"
}
