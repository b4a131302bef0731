#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of confiture. What its table holds is computed here once more.

load helper

setup_file() {
    server postgres
}

teardown_file() { stop_servers; }

numbered() {
    local n
    mkdir -p db/migrations
    for n; do
        echo "CREATE TABLE t$n (id int);" >"db/migrations/00${n}_t$n.up.sql"
        echo "DROP TABLE t$n;" >"db/migrations/00${n}_t$n.down.sql"
    done
}

local_setup() { on postgres; }

sum() { python3 "$BATS_TEST_DIRNAME/sums.py" sha256 "$1"; }

table="CREATE TABLE tb_confiture (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    pk_confiture BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE, slug TEXT NOT NULL UNIQUE,
    version VARCHAR(255) NOT NULL UNIQUE, name VARCHAR(255) NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    execution_time_ms INTEGER, checksum VARCHAR(64), applied_by TEXT);
    CREATE INDEX idx_tb_confiture_pk_confiture ON tb_confiture (pk_confiture);
    CREATE INDEX idx_tb_confiture_slug ON tb_confiture (slug);
    CREATE INDEX idx_tb_confiture_version ON tb_confiture (version);
    CREATE INDEX idx_tb_confiture_applied_at ON tb_confiture (applied_at DESC)"

rows() { sql "SELECT version, name, checksum FROM tb_confiture WHERE slug LIKE name || '\_2%' ORDER BY version"; }

expected() {
    local n
    for n; do echo "00$n|t$n|$(sum "db/migrations/00${n}_t$n.up.sql")"; done
}

@test "rows and their table" {
    numbered 1 2 4
    sql "$table" >/dev/null
    sql "INSERT INTO tb_confiture (slug, version, name, checksum, applied_by)
        VALUES ('t1_20261121_080000', '001', 't1', '$(sum db/migrations/001_t1.up.sql)', 'ann'); CREATE TABLE t1 (id int)" >/dev/null
    same "$(states)" "applied 001
pending 002
pending 004"
    wend 0 up
    numbered 3
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 4)"
    wend 0 down --yes
    same "$(rows)" "$(expected 1 2 3)"
    wend 0 down --all --yes
    same "$(rows)" ""
    made_like tb_confiture "$table"
}

@test "edited and gone files, names that it passes over, program code" {
    numbered 1 2
    wend 0 up --format confiture
    echo 'SELECT 1;' >db/migrations/003_bare.sql
    echo 'SELECT 2;' >db/migrations/001_t1.up.sql
    wend 6 up
    holds "$stderr" "001_t1"
    numbered 1
    wend 0 validate
    holds "$stderr" "confiture does not run this file"
    rm db/migrations/003_bare.sql
    echo 'class Migration: pass' >db/migrations/003_code.py
    wend 2 up
    holds "$stderr" "db/migrations/003_code.py"
    holds "$stderr" "program code"
    rm db/migrations/00[23]*
    same "$(states)" "applied 001
missing 002"
}

@test "while the tool holds its lock, nothing runs" {
    numbered 1
    hold "SELECT pg_advisory_lock(1751936052, $(python3 "$BATS_TEST_DIRNAME/sums.py" confiture "${url##*/}"))"
    wend 4 up --format confiture --lock-timeout 300ms
    holds "$stderr" "the lock of confiture is held"
    let_go
    wend 0 up --format confiture
}
