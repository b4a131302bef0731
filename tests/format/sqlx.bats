#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of sqlx. What its table holds is computed here once more.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

numbered() {
    local n
    mkdir -p migrations
    for n; do
        echo "CREATE TABLE t$n (id int);" >"migrations/${n}_make_t$n.up.sql"
        echo "DROP TABLE t$n;" >"migrations/${n}_make_t$n.down.sql"
    done
}

sum() { python3 "$BATS_TEST_DIRNAME/sums.py" sha384 "$1"; }

# How each database shows the checksum's bytes as text.
declare -gA hex=([sqlite]='lower(hex(checksum))' [postgres]="encode(checksum, 'hex')" [mariadb]='lower(hex(checksum))')
declare -gA bytes=([sqlite]="X'%s'" [postgres]="'\\\\x%s'" [mariadb]="X'%s'")
declare -gA times=([sqlite]=TIMESTAMP [postgres]=TIMESTAMPTZ [mariadb]=TIMESTAMP)
declare -gA blob=([sqlite]=BLOB [postgres]=BYTEA [mariadb]=BLOB)

ddl() {
    echo "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on ${times[$database]} NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
        checksum ${blob[$database]} NOT NULL, execution_time BIGINT NOT NULL)"
}

# row VERSION FILE: as the tool leaves it.
row() {
    local value
    # shellcheck disable=SC2059 # the format is of this file
    printf -v value "${bytes[$database]}" "$(sum "$2")"
    sql "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES ($1, 'make t$1', TRUE, $value, 4000000)"
}

rows() {
    sql "SELECT version, description, CASE WHEN success THEN 1 ELSE 0 END, ${hex[$database]} FROM _sqlx_migrations ORDER BY version"
}

expected() {
    local n
    for n; do echo "$n|make t$n|1|$(sum "migrations/${n}_make_t$n.up.sql")"; done
}

# slow: a statement that takes its time, which is to be found in the row.
slow() {
    case $database in
    sqlite) echo "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT max(i) FROM n;" ;;
    postgres) echo "SELECT pg_sleep(0.02);" ;;
    mariadb) echo "DO sleep(0.02);" ;;
    esac
}

turns() {
    on "$1"
    numbered 1 2
    sql "$(ddl)"
    row 1 migrations/1_make_t1.up.sql
    row 2 migrations/2_make_t2.up.sql
    sql "CREATE TABLE t1 (id int); CREATE TABLE t2 (id int)"
    numbered 3 10
    slow >>migrations/10_make_t10.up.sql
    same "$(states)" "applied 1
applied 2
pending 3
pending 10"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 10)"
    same "$(sql "SELECT count(*) FROM _sqlx_migrations WHERE execution_time < 0 OR execution_time % 1000000 <> 0")" 0
    same "$(sql "SELECT count(*) FROM _sqlx_migrations WHERE version = 10 AND execution_time BETWEEN 1000000 AND 60000000000")" 1
    wend 0 down --yes
    # What comes late runs.
    numbered 4
    wend 0 up
    rm migrations/4_*
    numbered 4
    same "$(rows)" "$(expected 1 2 3 4 10)"
    wend 0 down --all --yes
    same "$(rows)" ""
    made_like _sqlx_migrations "$(ddl)"
}

@test "rows and their table: SQLite" { turns sqlite; }
@test "rows and their table: PostgreSQL" { turns postgres; }
@test "rows and their table: MariaDB" { turns mariadb; }

@test "edited files, another checkout's line ends, gone files, rows without success" {
    on sqlite
    numbered 1 2 3
    sql "$(ddl)"
    row 1 migrations/1_make_t1.up.sql
    row 2 migrations/2_make_t2.up.sql
    sed -i 's/$/\r/' migrations/1_*
    echo 'CREATE TABLE t2 (id int, more int);' >migrations/2_make_t2.up.sql
    same "$(states)" "applied 1
changed 2
pending 3"
    wend 6 up
    holds "$stderr" "2_make t2"
    rm migrations/2_*
    same "$(states)" "applied 1
missing 2
pending 3"
    numbered 2
    sql "UPDATE _sqlx_migrations SET success = 0 WHERE version = 2"
    wend 6 up
    holds "$stderr" "sqlx has left version 2 without success"
    same "$(sql "SELECT group_concat(version) FROM _sqlx_migrations")" 1,2
    wend 0 mark --pending 2
    same "$(states | sed -n 2p | cut -d' ' -f2)" 2
    same "$(sql "SELECT group_concat(version) FROM _sqlx_migrations")" 1
}

@test "the first bytes say that a file has no transaction" {
    on postgres
    mkdir migrations
    printf -- '-- no-transaction\nCREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n' >migrations/1_a.sql
    wend 0 up --format sqlx
    same "$(sql "SELECT to_regclass('a_id')")" a_id
}

@test "names that sqlx refuses, and those that it passes over" {
    on sqlite
    numbered 1
    echo 'SELECT 1;' >migrations/seed.sql
    wend 0 up --format sqlx
    echo 'SELECT 1;' >migrations/make_more.sql
    wend 2 up --format sqlx
    holds "$stderr" "migrations/make_more.sql"
    holds "$stderr" "the name does not begin with a number"
}

@test "while a program holds sqlx's lock, nothing runs" {
    local key
    numbered 1
    on postgres
    read -r key _ < <(python3 "$BATS_TEST_DIRNAME/sums.py" sqlx-lock "${url##*/}")
    hold "SELECT pg_advisory_lock($key)"
    wend 4 up --format sqlx --lock-timeout 300ms
    holds "$stderr" "the lock of sqlx is held"
    let_go
    wend 0 up --format sqlx
    rm held
    on mariadb
    read -r _ key < <(python3 "$BATS_TEST_DIRNAME/sums.py" sqlx-lock "${url##*/}")
    hold "SELECT GET_LOCK('$key', 0)"
    wend 4 up --format sqlx --lock-timeout 300ms
    let_go
    wend 0 up --format sqlx
}
