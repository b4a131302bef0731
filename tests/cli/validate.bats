#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend validate: what it proves, and what it finds.

load helper
load golden/golden

@test "validate runs everything in memory and leaves the database alone" {
    tables 1 2
    wend 0 validate
    same "$output" "2 migrations, 4 statements: valid; they ran up, down and up again in memory"
    same "$stderr" ""
    [ ! -e shop.db ]
    wend 0 validate --json
    same "$output" '{"valid":true,"migrations":2,"statements":4,"ran":true,"problems":[]}'
}

@test "a missing way back is a warning, and with --strict a finding" {
    project
    migration 001_a "CREATE TABLE a (x);"
    wend 0 validate
    same "$output" "1 migration, 1 statement: valid; they ran up in memory"
    same "$stderr" "warning: there is no down script
  --> migrations/001_a.sql
  next: add a .down.sql file or a section \`-- wend:down\`"
    wend 7 validate --strict
    holds "$stderr" "error: there is no down script"
}

@test "validate reports names and directives together" {
    project
    touch migrations/001_a.sql migrations/1_b.sql migrations/003_c.down.sql migrations/hello.sql
    printf -- '-- wend: transactoin none\n-- wend: timeout lock=soon\nSELECT 1;\n' >migrations/004_d.sql
    wend 7 validate
    golden validate_problems "$stderr"
    wend 7 validate --json
    same "$(jq -r '"\(.valid) \([.problems[] | select(.severity == "error")] | length)"' <<<"$output")" "false 5"
}

@test "a statement that cannot run is found" {
    tables 1
    migration 002_bad "CREATE TABLE b (
    x);
INSERT INTO b VALUES (1, 2);" "DROP TABLE b;"
    wend 7 validate
    golden validate_statement "$stderr"
    wend 0 status
    holds "$output" "0 applied, 2 pending"
}

@test "a down that leaves something behind is found" {
    tables 1
    migration 002_left "CREATE TABLE b (x);
CREATE VIEW v AS SELECT 1;" "DROP TABLE b;"
    wend 7 validate
    same "$stderr" "error: the downs leave something behind: view v
  --> migrations
  next: drop it in the down of the migration that makes it"
}

@test "what the history says counts, too" {
    tables 1 3
    wend 0 up -q
    tables 2
    wend 6 validate
    holds "$stderr" "error: pending, but a later one is applied already: 002_t2"
    rm migrations/002*
    wend 0 validate
    echo "CREATE TABLE t1 (other);" >migrations/001_t1.up.sql
    wend 6 validate --json
    same "$(jq -r '.problems[].message' <<<"$output")" "changed after it was applied: 001_t1"
}

@test "a target that cannot be looked at is told of" {
    tables 1
    echo "this is a text, and it is long enough to be taken for a database header, nearly" >shop.db
    wend 0 validate
    same "$stderr" "sqlite:shop.db was not looked at: the file is not an SQLite database"
}

@test "validate without a folder" {
    project
    rmdir migrations
    wend 2 validate
    holds "$stderr" 'error: there is no migrations folder "migrations"'
}

@test "an assertion may be nothing but a query that reads" {
    project
    migration 001_a "CREATE TABLE a (x);
-- wend: assert SELECT 1; COMMIT; DROP TABLE a = 1" "DROP TABLE a;"
    wend 7 validate
    holds "$output$stderr" "this is not one query that only reads: it is more than one statement"
    holds "$output$stderr" "migrations/001_a.up.sql:2"
    for command in up plan; do
        wend 2 "$command"
        holds "$stderr" "  --> migrations/001_a.up.sql:2:1"
    done
    same "$(user_tables)" ""
}
