#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Diesel. Its rows hold nothing that is computed.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

numbered() {
    local n folder
    for n; do
        folder=migrations/2024-01-01-00000${n}_t$n
        mkdir -p "$folder"
        echo "CREATE TABLE t$n (id int);" >"$folder/up.sql"
        echo "DROP TABLE t$n;" >"$folder/down.sql"
    done
}

ddl="CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"

rows() { sql "SELECT version FROM __diesel_schema_migrations ORDER BY version" | sed s/2024010100000// | tr '\n' ' '; }

turns() {
    on "$1"
    # What `diesel setup` makes is a migration like any other.
    mkdir -p migrations/00000000000000_diesel_initial_setup
    echo "CREATE TABLE helper (id int);" >migrations/00000000000000_diesel_initial_setup/up.sql
    echo "DROP TABLE helper;" >migrations/00000000000000_diesel_initial_setup/down.sql
    numbered 1 2
    sql "$ddl"
    sql "CREATE TABLE helper (id int); CREATE TABLE t1 (id int);
        INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('20240101000001')"
    same "$(states)" "applied 00000000000000
applied 20240101000001
pending 20240101000002"
    wend 0 up
    numbered 4
    wend 0 up
    numbered 3
    wend 0 up
    same "$(rows)" "00000000000000 1 2 3 4 "
    same "$(sql "SELECT count(*) FROM __diesel_schema_migrations WHERE run_on IS NULL")" 0
    wend 0 down --yes
    same "$(rows)" "00000000000000 1 2 3 "
    rm -r migrations/*3_t3
    same "$(states | sed -n 4p)" "missing 20240101000003"
    wend 0 down --all --yes
    same "$(rows)" ""
    made_like __diesel_schema_migrations "$ddl"
}

@test "rows and their table: SQLite" { turns sqlite; }
@test "rows and their table: PostgreSQL" { turns postgres; }
@test "rows and their table: MariaDB" { turns mariadb; }

@test "metadata.toml says that a migration has no transaction" {
    on postgres
    numbered 1
    echo "CREATE INDEX CONCURRENTLY t1_id ON t1 (id);" >>migrations/2024-01-01-000001_t1/up.sql
    echo "run_in_transaction = false" >migrations/2024-01-01-000001_t1/metadata.toml
    wend 0 up
    same "$(rows)" "1 "
}

@test "a folder without up.sql is said; empty folders and files beside are passed over" {
    on sqlite
    numbered 1
    mkdir migrations/2024-01-02-000000_empty migrations/.keep
    echo 'not a migration' >migrations/notes.txt
    wend 0 up
    echo 'DROP TABLE x;' >migrations/2024-01-02-000000_empty/down.sql
    wend 2 up
    holds "$stderr" "migrations/2024-01-02-000000_empty"
    holds "$stderr" "there is no up.sql in this folder"
    rm -r migrations/2024-01-02-000000_empty
    mkdir migrations/20240101000001_twice
    echo 'SELECT 1;' >migrations/20240101000001_twice/up.sql
    wend 2 up
    holds "$stderr" "two migrations have version 20240101000001"
}
