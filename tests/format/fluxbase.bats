#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Fluxbase. Its rows hold nothing that is computed.

load helper

setup_file() {
    server postgres
}

teardown_file() { stop_servers; }

numbered() {
    local n
    mkdir -p migrations
    for n; do
        echo "CREATE TABLE t$n (id int);" >"migrations/00${n}_t$n.up.sql"
        echo "DROP TABLE t$n;" >"migrations/00${n}_t$n.down.sql"
    done
}

local_setup() { on postgres; }

table="CREATE SCHEMA IF NOT EXISTS migrations; CREATE TABLE migrations.app (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    namespace TEXT NOT NULL DEFAULT 'default', name TEXT NOT NULL, description TEXT, up_sql TEXT NOT NULL, down_sql TEXT,
    version INTEGER DEFAULT 1, status TEXT DEFAULT 'pending' CHECK (status IN ('pending', 'applied', 'failed', 'rolled_back')),
    created_by UUID, applied_by UUID, created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(), applied_at TIMESTAMPTZ, rolled_back_at TIMESTAMPTZ,
    CONSTRAINT unique_migration_namespace UNIQUE (namespace, name))"

# row NAME STATUS [NAMESPACE]
row() {
    sql "INSERT INTO migrations.app (namespace, name, up_sql, status, applied_at)
        VALUES ('${3:-filesystem}', '$1', 'CREATE TABLE x (id int)', '$2', now())" >/dev/null
}

rows() {
    sql "SELECT name, status, trim(up_sql, E'\n'), trim(down_sql, E'\n'), rolled_back_at IS NULL FROM migrations.app
        WHERE namespace = 'filesystem' ORDER BY name"
}

@test "rows and their table" {
    numbered 1 3
    sql "$table" >/dev/null
    row 001_t1 rolled_back
    row 002_t2 applied other
    same "$(states)" "pending 001_t1
pending 003_t3"
    wend 0 up
    numbered 2
    wend 0 up
    same "$(rows)" "001_t1|applied|CREATE TABLE x (id int)||t
002_t2|applied|CREATE TABLE t2 (id int);|DROP TABLE t2;|t
003_t3|applied|CREATE TABLE t3 (id int);|DROP TABLE t3;|t"
    wend 0 down --yes
    same "$(rows | tail -1)" "003_t3|rolled_back|CREATE TABLE t3 (id int);|DROP TABLE t3;|f"
    wend 0 up
    same "$(sql "SELECT status FROM migrations.app WHERE name = '003_t3'")" applied
    made_like migrations.app "$table"
}

@test "a failed row stops everything; a gone file is missing" {
    numbered 1 2
    wend 0 up --format fluxbase
    sql "UPDATE migrations.app SET status = 'failed' WHERE name = '002_t2'" >/dev/null
    wend 6 up
    holds "$stderr" "Fluxbase has marked 002_t2 as failed"
    wend 0 mark 002_t2
    rm migrations/002*
    same "$(states)" "applied 001_t1
missing 002_t2"
}

@test "the platform's own track is golang-migrate's, in another table" {
    numbered 1 2
    printf 'format: golang-migrate\ntable: migrations.fluxbase\n' >wend.yaml
    sql "CREATE SCHEMA migrations; CREATE TABLE migrations.fluxbase (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
        INSERT INTO migrations.fluxbase VALUES (1, false)" >/dev/null
    wend 0 up
    same "$(sql "TABLE migrations.fluxbase")" "2|f"
}
