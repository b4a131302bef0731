#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Refinery. What its table holds is computed here once more.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

numbered() {
    local n
    mkdir -p migrations
    for n; do echo "CREATE TABLE t$n (id int);" >"migrations/V${n}__t$n.sql"; done
}

sum() { python3 "$BATS_TEST_DIRNAME/sums.py" refinery "$@"; }

ddl="CREATE TABLE IF NOT EXISTS refinery_schema_history(version int4 PRIMARY KEY, name VARCHAR(255),
    applied_on VARCHAR(255), checksum VARCHAR(255));"

# row VERSION CHECKSUM
row() {
    sql "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
        VALUES ($1, 't$1', '2026-11-21T07:30:00.123456789Z', '$2')"
}

rows() { sql "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version"; }

turns() {
    on "$1"
    numbered 1 2 10
    sql "$ddl"
    row 1 "$(sum migrations/V1__t1.sql)"
    sql "CREATE TABLE t1 (id int)"
    same "$(states)" "applied 1
pending 2
pending 10"
    wend 0 up --format refinery
    same "$(rows)" "1|t1|$(sum migrations/V1__t1.sql)
2|t2|$(sum migrations/V2__t2.sql)
10|t10|$(sum migrations/V10__t10.sql)"
    [[ $(sql "SELECT applied_on FROM refinery_schema_history WHERE version = 10") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z$ ]]
    wend 8 down --yes
    holds "$stderr" "Refinery knows no way back"
    made_like refinery_schema_history "$ddl"
}

@test "rows and their table: SQLite" { turns sqlite; }
@test "rows and their table: PostgreSQL" { turns postgres; }
@test "rows and their table: MariaDB" { turns mariadb; }

@test "versions of 64 bits, line ends of another checkout, edited files" {
    on sqlite
    numbered 1 2 3 4
    sql "$ddl"
    row 1 "$(sum migrations/V1__t1.sql 8)"
    row 2 "$(sum migrations/V2__t2.sql)"
    row 3 "$(sum migrations/V3__t3.sql)"
    sed -i 's/$/\r/' migrations/V2*
    echo 'SELECT 1;' >migrations/V3__t3.sql
    same "$(states)" "applied 1
applied 2
changed 3
pending 4"
    wend 6 up
    holds "$stderr" "3_t3"
    same "$(sql "SELECT count(*) FROM refinery_schema_history")" 3
}

@test "U may come late, V may not; folders below count; Rust counts and is never run" {
    on sqlite
    numbered 1 3
    wend 0 up --format refinery
    mkdir migrations/below
    echo 'CREATE TABLE u2 (id int);' >migrations/below/U2__u2.sql
    wend 0 up
    same "$(sql "SELECT group_concat(version) FROM refinery_schema_history")" 1,2,3
    sql "DELETE FROM refinery_schema_history WHERE version = 2"
    rm migrations/below/U2__u2.sql
    numbered 2
    echo 'fn migration() -> String' >migrations/V4__code.rs
    wend 6 up
    holds "$stderr" "2_t2"
    wend 0 up --out-of-order --to 3
    wend 2 up
    holds "$stderr" "migrations/V4__code.rs"
    holds "$stderr" "program code"
    echo 'SELECT 1;' >migrations/V1.2__part.sql
    wend 2 up
    holds "$stderr" "version 1.2 is no whole number"
}

@test "a folder below that cannot be read stops everything" {
    on sqlite
    mkdir -p migrations/more
    echo 'CREATE TABLE a (id int);' >migrations/V1__a.sql
    echo 'CREATE TABLE b (id int);' >migrations/more/V2__b.sql
    chmod 000 migrations/more
    if [[ -r migrations/more ]]; then
        chmod 755 migrations/more
        skip "this user may read everything"
    fi
    wend 2 --format refinery up
    chmod 755 migrations/more
    holds "$stderr" "migrations/more"
}
