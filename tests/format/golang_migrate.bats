#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of golang-migrate. The tool itself takes its turns where a program `migrate` is installed.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

# numbered N...: a pair for each.
numbered() {
    local n
    mkdir -p migrations
    for n; do
        echo "CREATE TABLE t$n (id int);" >"migrations/$(printf %06d "$n")_t$n.up.sql"
        echo "DROP TABLE t$n;" >"migrations/$(printf %06d "$n")_t$n.down.sql"
    done
}

# tool STATUS ARGUMENT...
tool() {
    local at=${url#*@} want=$1
    shift
    command -v migrate >/dev/null || skip "golang-migrate is not installed"
    case $database in
    sqlite) at=sqlite3://shop.db ;;
    postgres) at="$url?sslmode=disable" ;;
    mariadb) at="mysql://root@tcp(${at%%/*})/${url##*/}?multiStatements=true" ;;
    esac
    run migrate -path migrations -database "$at" "$@"
    if ((status != want)); then
        echo "migrate $*: $status: $output" >&2
        return 1
    fi
}

row() { sql "SELECT version, CASE WHEN dirty THEN 1 ELSE 0 END FROM schema_migrations"; }

turns() {
    on "$1"
    numbered 1 2 3 4 5 6
    tool 0 up 2
    same "$(states)" "applied 1
applied 2
pending 3
pending 4
pending 5
pending 6"
    wend 0 up --count 2
    same "$(row)" "4|0"
    tool 0 version
    holds "$output" 4
    tool 0 up 1
    same "$(row)" "5|0"
    wend 0 down --yes
    same "$(row)" "4|0"
    tool 0 down 1
    same "$(row)" "3|0"
    wend 0 up
    same "$(row)" "6|0"
    tool 0 up
    holds "$output" "no change"
    wend 0 down --all --yes
    same "$(row)" ""
    tool 0 up
    same "$(row)" "6|0"
    tool 0 down -all
    same "$(row)" ""
    same "$(states | cut -d' ' -f1 | uniq)" reverted
}

@test "turn by turn with the tool: SQLite" { turns sqlite; }
@test "turn by turn with the tool: PostgreSQL" { turns postgres; }
@test "turn by turn with the tool: MariaDB" { turns mariadb; }

rows() {
    on "$1"
    numbered 1 2 10
    wend 0 up --count 2
    same "$(row)" "2|0"
    wend 0 up
    same "$(row)" "10|0"
    wend 0 status
    holds "$output" "3 applied, 0 pending (golang-migrate, history in $3schema_migrations)"
    wend 0 down --yes
    same "$(row)" "2|0"
    wend 0 down --count 2 --yes
    same "$(row)" ""
    sql "INSERT INTO schema_migrations VALUES (-1, false)"
    same "$(states | cut -d' ' -f1 | uniq)" reverted
    made_like schema_migrations "$2"
}

@test "the row and its table: SQLite" {
    numbered 1
    sqlite3 shop.db "CREATE TABLE schema_migrations (version uint64, dirty bool)"
    rows sqlite "CREATE TABLE schema_migrations (version uint64,dirty bool)" ""
}

@test "the row and its table: PostgreSQL" {
    echo 'format: golang-migrate' >wend.yaml
    rows postgres "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)" "public."
}

@test "the row and its table: MariaDB" {
    echo 'format: golang-migrate' >wend.yaml
    rows mariadb "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)" \
        "golang_migrate_$BATS_TEST_NUMBER."
}

@test "a table of another name has its own index" {
    on sqlite
    numbered 1
    printf 'format: golang-migrate\ntable: other\n' >wend.yaml
    wend 0 up
    same "$(sql "SELECT tbl_name FROM sqlite_schema WHERE name = 'version_unique'")" other
}

@test "a dirty row stops everything until a person says what is" {
    on sqlite
    numbered 1 2
    sql "CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (2, 1)"
    same "$(states)" "applied 1
failed 2"
    wend 6 up
    holds "$stderr" "golang-migrate has left version 2 dirty"
    same "$(row)" "2|1"
    wend 0 mark 2
    same "$(row)" "2|0"
    sql "UPDATE schema_migrations SET dirty = 1"
    wend 0 mark --pending 2
    same "$(row)" "1|0"
    sql "UPDATE schema_migrations SET version = -1, dirty = 1"
    same "$(states)" "failed 1
pending 2"
    wend 6 up
    holds "$stderr" "golang-migrate began to take version 000001 back and did not end"
    same "$(row)" "-1|1"
    wend 0 mark --pending 1
    same "$(row)" ""
}

@test "a late file counts as applied, as the tool has it; a gone one is said" {
    on sqlite
    numbered 1 3
    sql "CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (3, 0)"
    numbered 2
    same "$(states)" "applied 1
applied 2
applied 3"
    rm migrations/000003*
    same "$(states | tail -1)" "missing 3"
    numbered 4
    wend 0 up
    same "$(row)" "4|0"
}

@test "names that cannot be: the message, and nothing written" {
    on sqlite
    numbered 1
    echo 'format: golang-migrate' >wend.yaml
    cp migrations/000001_t1.up.sql migrations/1_again.up.sql
    wend 2 up
    holds "$stderr" "two migrations have version"
    rm migrations/1_again.up.sql
    echo 'SELECT 1;' >migrations/99999999999999999999_big.up.sql
    wend 2 up
    holds "$stderr" "version 99999999999999999999 is too large"
    [ ! -s shop.db ] || same "$(sql "SELECT count(*) FROM sqlite_schema")" 0
}

# held SELECT: nothing runs while a session has done that.
held() {
    numbered 1
    hold "$1"
    wend 4 --format golang-migrate up --lock-timeout 300ms
    holds "$stderr" "the lock of golang-migrate is held"
    let_go
    wend 0 --format golang-migrate up
    same "$(row)" "1|0"
}

number() { python3 "$BATS_TEST_DIRNAME/sums.py" golang "$1"; }

@test "while the program holds its lock, nothing runs: PostgreSQL" {
    on postgres
    held "SELECT pg_advisory_lock($(number "public\\0schema_migrations\\0/${url##*/}"))"
}

@test "while a Go program holds its lock, nothing runs: PostgreSQL" {
    on postgres
    held "SELECT pg_advisory_lock($(number "public\\0schema_migrations\\0${url##*/}"))"
}

@test "while the tool holds its lock, nothing runs: MariaDB" {
    on mariadb
    held "SELECT GET_LOCK('$(number "${url##*/}:schema_migrations")', 0)"
}

@test "mark says all that the row then says" {
    on sqlite
    numbered 1 2 3 4
    wend 0 --format golang-migrate up --count 1
    wend 0 --format golang-migrate mark 3
    holds "$output" "marked as applied  000002"
    holds "$output" "marked as applied  000003"
    same "$(sql 'SELECT version FROM schema_migrations')" 3
    wend 0 --format golang-migrate mark 4 3
    same "$(sql 'SELECT version FROM schema_migrations')" 4
    wend 0 --format golang-migrate mark --pending 2 4
    local n
    for n in 2 3 4; do
        holds "$output" "marked as pending  00000$n"
    done
    same "$(sql 'SELECT version FROM schema_migrations')" 1
    wend 0 --format golang-migrate mark 4
    wend 0 --format golang-migrate mark --pending 3 4
    same "$(sql 'SELECT version FROM schema_migrations')" 2
}

@test "what came late after adopting cannot be said in its row" {
    on sqlite
    numbered 1 3 4
    wend 0 --format golang-migrate up
    wend 0 --format golang-migrate adopt
    numbered 2
    wend 6 --format golang-migrate adopt --back --dry-run
    wend 6 --format golang-migrate adopt --back
    holds "$stderr" "000002"
    holds "$stderr" "is not applied, but version 000004 is"
    same "$(sql 'SELECT count(*) FROM wend_migrations')" 3
    wend 0 --format golang-migrate up --out-of-order
    wend 0 --format golang-migrate down --yes
    wend 0 --format golang-migrate adopt --back
    same "$(sql 'SELECT version, dirty FROM schema_migrations')" "3|0"
    wend 0 --format golang-migrate adopt
    wend 0 --format golang-migrate down --all --yes
    wend 0 --format golang-migrate adopt --back
    same "$(sql 'SELECT count(*) FROM schema_migrations')" 0
}

templates() {
    on "$1"
    from_templates golang-migrate migrations
    tool 0 up
    templates_work
    tool 0 down -all
    wend 0 up
    templates_work
}
@test "the tool runs what wend makes by templates: SQLite" { templates sqlite; }
@test "the tool runs what wend makes by templates: PostgreSQL" { templates postgres; }
@test "the tool runs what wend makes by templates: MariaDB" { templates mariadb; }
