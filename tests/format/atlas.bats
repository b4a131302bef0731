#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Atlas. The tool itself cannot be had here: sums and rows are compared with what this file
# computes from the description of both.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

local_setup() { mkdir migrations; }

# sum_up: writes atlas.sum.
sum_up() {
    python3 - <<'PY'
import base64, glob, hashlib, os
text = lambda digest: base64.b64encode(digest.digest()).decode()
running, total, lines = hashlib.sha256(), hashlib.sha256(), []
for path in sorted(glob.glob("migrations/*.sql"), key=os.path.basename):
    name, content = os.path.basename(path), open(path, "rb").read()
    running.update(name.encode())
    if content.startswith(b"-- atlas:sum ignore"):
        continue
    running.update(content)
    total.update(name.encode() + text(running).encode())
    lines.append("%s h1:%s\n" % (name, text(running)))
open("migrations/atlas.sum", "w").write("h1:%s\n%s" % (text(total), "".join(lines)))
PY
}

# numbered N...: migrations 20240101000001_t1 and so on, two statements each, summed up.
numbered() {
    local n
    for n; do
        printf 'CREATE TABLE t%d (id int);\nCREATE TABLE u%d (id int);\n' "$n" "$n" \
            >"migrations/2024010100000${n}_t$n.sql"
    done
    sum_up
}

# hash N: what atlas.sum says of it.
hash() { sed -n "s/^2024010100000$1_.* h1://p" migrations/atlas.sum; }

table=atlas_schema_revisions

# rows: all but times and what is empty.
rows() {
    sql "SELECT version, description, type, applied, total, error, error_stmt, hash, partial_hashes
         FROM $table ORDER BY version"
}

expected() {
    local n
    for n; do
        echo "2024010100000$n|t$n|2|2|2|||$(hash "$n")|null"
    done
}

# as_tool N: writes the row that Atlas would, and does what the file says.
as_tool() {
    sql "CREATE TABLE t$1 (id int)"
    sql "CREATE TABLE u$1 (id int)"
    sql "INSERT INTO $table VALUES ('2024010100000$1', 't$1', 2, 2, 2, CURRENT_TIMESTAMP, 1234567, '', '',
         '$(hash "$1")', 'null', 'Atlas CLI v0.36.0')"
}

turn_by_turn() {
    on "$1"
    numbered 1 2
    wend 0 up --count 1
    as_tool 2
    numbered 1 2 3 4
    same "$(states)" "applied 20240101000001
applied 20240101000002
pending 20240101000003
pending 20240101000004"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 4)"
    wend 0 status --json
    [[ $(jq -r '.migrations[3].applied_at' <<<"$output") == "$(date -u +%Y-%m-%dT%H)"* ]]
    wend 8 down --yes
    holds "$stderr" "write a new migration that undoes it"
}

@test "turn by turn on PostgreSQL" { turn_by_turn postgres; }

@test "turn by turn on MariaDB" { alone && turn_by_turn mariadb; }

@test "turn by turn on SQLite" { turn_by_turn sqlite; }

@test "the table in a schema of its own is found" {
    on postgres
    numbered 1 2
    sql "CREATE SCHEMA $table"
    sql "CREATE TABLE $table.$table (version varchar PRIMARY KEY, description varchar NOT NULL,
         type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
         executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error text, error_stmt text,
         hash varchar NOT NULL, partial_hashes jsonb, operator_version varchar NOT NULL)"
    table=$table.$table as_tool 1
    sql "INSERT INTO $table.$table VALUES ('.atlas_cloud_identifier', 'x', 2, 0, 0, now(), 0, '', '', '', NULL, '')"
    wend 0 up
    same "$(table=$table.$table rows | tail -2)" "$(expected 1 2)"
    same "$(sql "SELECT to_regclass('public.$table') IS NULL")" t
}

@test "atlas.sum is verified" {
    on sqlite
    numbered 1 2 3
    # Another checkout's line ends are no change.
    sed -i 's/$/\r/' migrations/*.sql
    wend 0 up --count 1
    same "$(rows)" "$(expected 1)"
    sed -i 's/\r//' migrations/*.sql
    echo '-- more' >>migrations/20240101000002_t2.sql
    wend 2 up
    holds "$stderr" "it does not say what the folder has, from 20240101000002_t2.sql on"
    holds "$stderr" "atlas migrate hash"
    numbered 1 2 3
    sed -i '1s/.*/h1:AAAA/' migrations/atlas.sum
    wend 2 up
    holds "$stderr" "its first line is not the sum of the others"
    rm migrations/20240101000003_t3.sql
    wend 2 status
    holds "$stderr" "from 20240101000003_t3.sql on"
    same "$(sql "SELECT count(*) FROM $table")" 1
    rm migrations/atlas.sum
    wend 2 status --format atlas
    holds "$stderr" "it is not there"
}

@test "of changed files the first is blamed" {
    on sqlite
    numbered 1 2 3
    wend 0 up
    sql "DELETE FROM wend_scripts; UPDATE wend_journal SET script = NULL, checksum = NULL"
    echo 'SELECT 1;' >>migrations/20240101000002_t2.sql
    sum_up
    same "$(states)" "applied 20240101000001
changed 20240101000002
applied 20240101000003"
    wend 6 up
    holds "$stderr" "20240101000002"
    wend 0 repair --accept 20240101000002 --yes
    same "$(sql "SELECT hash FROM $table WHERE version = '20240101000002'")" "$(hash 2)"
    wend 0 up
}

@test "what the tool did in part stops wend" {
    on sqlite
    numbered 1 2
    wend 0 up
    sql "UPDATE $table SET applied = 1, error = 'no such table', error_stmt = 'x' WHERE description = 't2'"
    same "$(states | tail -1)" "failed 20240101000002"
    wend 6 up
    holds "$stderr" "Atlas has run 1 of its 2 statements: no such table"
    wend 0 mark 20240101000002
    same "$(rows)" "$(expected 1 2)"
}

@test "directives: delimiter, txmode, checkpoint" {
    on sqlite
    printf -- '-- atlas:delimiter \\n\\n\n\nCREATE TABLE a (x)\n\nCREATE TABLE b (x)\n' >migrations/1_a.sql
    printf -- '-- atlas:delimiter -- end\n\nCREATE TABLE c (x);\n-- end\nCREATE TABLE d (x)\n-- end\n' >migrations/2_b.sql
    printf -- '-- atlas:txmode none\n\nPRAGMA journal_mode = wal;\nCREATE TABLE e (x);\n' >migrations/3_c.sql
    printf -- '-- atlas:checkpoint\n\nCREATE TABLE a (x);\nCREATE TABLE all_of_it (x);\n' >migrations/4_checkpoint.sql
    printf 'CREATE TABLE f (x);\n' >migrations/5_f.sql
    sum_up
    wend 0 up --to 3
    same "$(sql "SELECT group_concat(version || ' ' || total) FROM $table")" "1 2,2 2,3 2"
    wend 0 up
    # Where something is applied, a checkpoint never runs.
    same "$(sql "SELECT group_concat(version) FROM $table")" "1,2,3,5"
    rm shop.db*
    wend 0 up
    same "$(sql "SELECT group_concat(version) FROM $table")" "4,5"
    same "$(states)" "below baseline 1
below baseline 2
below baseline 3
baseline 4
applied 5"
}

@test "a baseline is one row" {
    on sqlite
    numbered 1 2 3
    wend 0 baseline 20240101000002 --yes
    same "$(rows)" "20240101000002|t2|1|0|0||||null"
    wend 0 up
    same "$(rows)" "20240101000002|t2|1|0|0||||null
$(expected 3)"
}

@test "while the tool holds its lock, nothing runs" {
    on postgres
    numbered 1
    # FNV-1 of the lock's name.
    psql -Xqd "$url" -c "SELECT pg_advisory_lock($(python3 -c '
h = 2166136261
for c in b"atlas_migrate_execute": h = h * 16777619 % 2**32 ^ c
print(h)')), pg_sleep(3)" >/dev/null 3>&- &
    until [[ $(own_locks) == 1 ]]; do sleep 0.1; done
    wend 4 up --lock-timeout 300ms
    holds "$stderr" "the lock of Atlas is held"
    wend 0 up --lock-timeout 20s
}

@test "what is odd is said, and nothing is written" {
    on sqlite
    numbered 1 2
    wend 0 up
    rm migrations/20240101000001_t1.sql
    sum_up
    same "$(states | head -1)" "missing 20240101000001"
    numbered 1 2
    printf 'SELECT 1;' >migrations/20240101000001_again.sql
    sum_up
    wend 2 up
    holds "$stderr" "two migrations have version 20240101000001"
    rm migrations/20240101000001_again.sql
    printf 'SELECT 1;' >migrations/_nothing.sql
    sum_up
    wend 2 up
    holds "$stderr" "the name has no version"
    mv migrations/_nothing.sql "migrations/$(printf '9%.0s' {1..200}).sql"
    sum_up
    wend 2 up
    holds "$stderr" "longer than the journal can hold (190 bytes)"
    rm migrations/999*
    numbered 1 2 3
    sql "ALTER TABLE $table DROP COLUMN hash"
    wend 6 up
    holds "$stderr" "is not the history of Atlas: its columns are"
    same "$(sql "SELECT count(*) FROM $table")" 2
}
