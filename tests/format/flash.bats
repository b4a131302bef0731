#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Flash ORM. What its table holds is computed here once more.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

numbered() {
    local n
    mkdir -p db/migrations
    for n; do
        printf -- '-- +migrate Up\nCREATE TABLE t%d (id int);\n-- +migrate Down\nDROP TABLE t%d;\n' "$n" "$n" \
            >"db/migrations/2024010100000${n}_t$n.sql"
    done
}

sum() { python3 "$BATS_TEST_DIRNAME/sums.py" sha256 "$1"; }

declare -gA ddl=(
    [sqlite]="CREATE TABLE _flash_migrations (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, finished_at TIMESTAMP,
        migration_name TEXT NOT NULL, logs TEXT, rolled_back_at TIMESTAMP,
        started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0)"
    [postgres]="CREATE TABLE _flash_migrations (id VARCHAR(255) PRIMARY KEY, checksum VARCHAR(64) NOT NULL,
        finished_at TIMESTAMP WITH TIME ZONE, migration_name VARCHAR(255) NOT NULL, logs TEXT,
        rolled_back_at TIMESTAMP WITH TIME ZONE, started_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
        applied_steps_count INTEGER NOT NULL DEFAULT 0)"
    [mariadb]="CREATE TABLE _flash_migrations (id VARCHAR(255) PRIMARY KEY, checksum VARCHAR(64) NOT NULL,
        finished_at TIMESTAMP NULL, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMP NULL,
        started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0)
        ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
)

row() {
    local id
    id=$(basename "$1" .sql)
    sql "INSERT INTO _flash_migrations (id, migration_name, checksum, finished_at, applied_steps_count)
        VALUES ('$id', '$id', '$(sum "$1")', CURRENT_TIMESTAMP, 1)"
}

rows() {
    sql "SELECT id, migration_name, checksum, applied_steps_count FROM _flash_migrations
        WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND logs IS NULL ORDER BY id"
}

expected() {
    local n id
    for n; do
        id=2024010100000${n}_t$n
        echo "$id|$id|$(sum "db/migrations/$id.sql")|1"
    done
}

turns() {
    on "$1"
    numbered 1 2 4
    sql "${ddl[$1]}"
    row db/migrations/20240101000001_t1.sql
    sql "CREATE TABLE t1 (id int)"
    same "$(states | cut -d' ' -f1 | tr '\n' ' ')" "applied pending pending "
    wend 0 up
    numbered 3
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 4)"
    wend 0 down --yes
    same "$(rows)" "$(expected 1 2 3)"
    sql "UPDATE _flash_migrations SET finished_at = NULL WHERE id LIKE '%t3'"
    wend 6 up
    holds "$stderr" "Flash began 20240101000003_t3 at"
    wend 0 mark 20240101000003_t3
    sed -i 's/id int/id int, more int/' db/migrations/*_t2.sql
    wend 6 up
    holds "$stderr" "20240101000002_t2"
    numbered 2
    wend 0 down --all --yes
    same "$(rows)" ""
    made_like _flash_migrations "${ddl[$1]}"
}

@test "rows and their table: SQLite" { turns sqlite; }
@test "rows and their table: PostgreSQL" { turns postgres; }
@test "rows and their table: MariaDB" { turns mariadb; }

@test "without a mark the whole file goes up; folders below count" {
    on sqlite
    mkdir -p db/migrations/below
    echo 'CREATE TABLE a (id int);' >db/migrations/below/1_a.sql
    wend 0 -m db/migrations --format flash up
    same "$(rows)" "1_a|1_a|$(sum db/migrations/below/1_a.sql)|1"
}
