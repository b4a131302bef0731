#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of node-pg-migrate, turn by turn with the tool itself.

load helper

setup_file() { server postgres; }

teardown_file() { stop_servers; }

local_setup() {
    mkdir migrations
    on postgres
}

# numbered N...: migrations 1700000000001_t1 and so on, in one file each.
numbered() {
    local n
    for n; do
        printf -- '-- Up Migration\nCREATE TABLE t%d (id int);\n-- Down Migration\nDROP TABLE t%d;\n' \
            "$n" "$n" >"migrations/170000000000${n}_t$n.sql"
    done
}

tool() {
    npm_tools node-pg-migrate@9.0.0 pg@8.16.3
    "$npm/.bin/node-pg-migrate" "$@" >tool.log 2>&1 || { cat tool.log >&2 && return 1; }
}

rows() { sql "SELECT name FROM pgmigrations ORDER BY run_on, id"; }

@test "turn by turn with the tool" {
    numbered 1 2 3 4 5
    tool up 2
    same "$(states)" "applied 1700000000001_t1
applied 1700000000002_t2
pending 1700000000003_t3
pending 1700000000004_t4
pending 1700000000005_t5"
    wend 0 up --count 2
    tool up
    same "$(rows)" "1700000000001_t1
1700000000002_t2
1700000000003_t3
1700000000004_t4
1700000000005_t5"
    same "$(states | cut -d' ' -f1 | uniq)" applied
    wend 0 down --count 2 --yes
    same "$(rows | tail -1)" 1700000000003_t3
    same "$(sql "SELECT to_regclass('t4') IS NULL AND to_regclass('t3') IS NOT NULL")" t
    tool up 1
    tool down
    same "$(rows | tail -1)" 1700000000003_t3
    wend 0 up
    tool up
    holds "$(cat tool.log)" "No migrations to run!"
}

@test "the table is made as the tool makes it" {
    numbered 1
    wend 0 up
    local ours
    ours=$(pg_dump -sOxt 'pgmigrations' "$url" | grep -v '^\\')
    sql "DROP TABLE pgmigrations, t1, wend_journal, wend_scripts" >/dev/null
    tool up
    same "$(pg_dump -sOxt 'pgmigrations' "$url" | grep -v '^\\')" "$ours"
}

@test "a migration in JavaScript counts, and is never run" {
    numbered 1 3
    echo 'exports.up = (pgm) => pgm.sql("CREATE TABLE js (id int)"); exports.down = false;' \
        >migrations/1700000000002_js.js
    wend 2 up
    holds "$stderr" "migrations/1700000000002_js.js"
    holds "$stderr" "program code"
    same "$(sql "SELECT to_regclass('t1') IS NULL")" t
    tool up 2
    same "$(states)" "applied 1700000000001_t1
applied 1700000000002_js
pending 1700000000003_t3"
    wend 0 up
    same "$(rows | tail -1)" 1700000000003_t3
}

@test "pairs, times with 17 digits among milliseconds, names by their numbers" {
    echo 'CREATE TABLE a (x int);' >migrations/1577836800000_a.up.sql
    echo 'DROP TABLE a;' >migrations/1577836800000_a.down.sql
    echo 'CREATE TABLE b (x int);' >migrations/20200101000001000_b.sql
    echo 'CREATE TABLE c10 (x int);' >migrations/1577836802000_c-10.sql
    echo 'CREATE TABLE c9 (x int);' >migrations/1577836802000_c_9.sql
    wend 0 up --format node-pg-migrate
    same "$(rows)" "1577836800000_a
20200101000001000_b
1577836802000_c_9
1577836802000_c-10"
    wend 0 status --format node-pg-migrate
    holds "$output" "4 applied, 0 pending (node-pg-migrate, history in public.pgmigrations)"
}

@test "while the tool holds its lock, nothing runs" {
    numbered 1
    psql -Xqd "$url" -c 'SELECT pg_advisory_lock(7241865325823964), pg_sleep(30)' >/dev/null 3>&- &
    local holder=$!
    until [[ $(own_locks) == 1 ]]; do sleep 0.1; done
    wend 4 up --lock-timeout 300ms
    holds "$stderr" "the lock of node-pg-migrate is held"
    kill "$holder"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND datname = current_database() AND pid <> pg_backend_pid()" >/dev/null
    wend 0 up
}

@test "what is odd is said, and nothing is written" {
    numbered 1 2
    wend 0 up
    mv migrations/1700000000001_t1.sql .
    same "$(states | head -1)" "missing 1700000000001_t1"
    mv 1700000000001_t1.sql migrations
    # A late one: the tool's own order check refuses it as well.
    numbered 0
    wend 6 up
    holds "$stderr" "1700000000000_t0"
    rm migrations/1700000000000_t0.sql
    echo 'SELECT 1;' >migrations/late.sql
    wend 2 up
    holds "$stderr" "the name does not begin with a number"
    rm migrations/late.sql
    numbered 3
    sql "ALTER TABLE pgmigrations ADD COLUMN extra int"
    wend 6 up
    holds "$stderr" "is not the history of node-pg-migrate: its columns are"
    same "$(sql 'SELECT count(*) FROM pgmigrations')" 2
}

@test "new files are numbered as the folder has it" {
    numbered 1
    wend 0 new add email
    [[ $(basename migrations/*_add_email.sql) =~ ^[0-9]{13}_add_email.sql$ ]]
    same "$(head -1 migrations/*_add_email.sql)" "-- Up Migration"
    rm migrations/*
    echo '-- Up Migration' >migrations/20200101000001000_b.sql
    wend 0 new more
    [[ $(basename migrations/*_more.sql) =~ ^[0-9]{17}_more.sql$ ]]
}

@test "the tool runs what wend makes by templates, but for what cannot run in a transaction" {
    wend 0 --format node-pg-migrate new orders --template entity entity=order "columns=name text, total integer"
    tool up
    templates_work
    tool down
    wend 0 up
    templates_work
    wend 0 new index total --template index table=tb_order columns=total
    holds "$stderr" "has no mark for what cannot run in a transaction; wend sees it by itself"
    wend 0 up
}
