#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of graphile-migrate, turn by turn with the tool itself.

load helper

setup_file() { server postgres; }

teardown_file() { stop_servers; }

local_setup() {
    mkdir -p migrations/committed
    echo '{}' >.gmrc
    : >migrations/current.sql
    on postgres
}

# committed N...: a chain of migrations 000001-t1 and so on; each hash is over the one before it and the text.
committed() {
    python3 - "$@" <<'PY'
import hashlib, sys
before = None
for n in sys.argv[1:]:
    body = "CREATE TABLE t%s (id int);\n-- of %s" % (n, n)
    mark = "sha1:" + hashlib.sha1((((before or "") + "\n" + body).strip() + "\n").encode()).hexdigest()
    open("migrations/committed/00000%s-t%s.sql" % (n, n), "w").write(
        "--! Previous: %s\n--! Hash: %s\n--! Message: t%s\n\n%s\n" % (before or "-", mark, n, body))
    before = mark
PY
}

tool() {
    npm_tools graphile-migrate@1.4.1
    SHADOW_DATABASE_URL=${url}_shadow ROOT_DATABASE_URL=${url%/*}/postgres \
        "$npm/.bin/graphile-migrate" "$@" >tool.log 2>&1 || { cat tool.log >&2 && return 1; }
}

rows() { sql "SELECT filename, hash, previous_hash FROM graphile_migrate.migrations ORDER BY filename"; }

# expected N...: as the heads of the files say it.
expected() {
    local n file
    for n; do
        file=migrations/committed/00000$n-t$n.sql
        echo "00000$n.sql|$(sed -n 's/^--! Hash: //p' "$file")|$(sed -n 's/^--! Previous: -*//p' "$file")"
    done | tr -d '\r'
}

@test "turn by turn with the tool" {
    committed 1 2
    tool migrate
    committed 1 2 3 4
    same "$(states)" "applied 000001.sql
applied 000002.sql
pending 000003.sql
pending 000004.sql"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 4)"
    tool status
    tool migrate
    holds "$(cat tool.log)" "Already up to date"
    committed 1 2 3 4 5
    tool migrate
    same "$(rows)" "$(expected 1 2 3 4 5)"
    same "$(states | cut -d' ' -f1 | uniq)" applied
    wend 8 down --yes
    holds "$stderr" ".down.sql"
    echo 'DROP TABLE t5;' >migrations/committed/000005-t5.down.sql
    wend 0 down --yes
    same "$(rows)" "$(expected 1 2 3 4)"
    tool migrate
    same "$(rows)" "$(expected 1 2 3 4 5)"
}

@test "the tables are made as the tool makes them" {
    local ours
    committed 1
    wend 0 up
    ours=$(pg_dump -sOxn graphile_migrate "$url" | grep -v '^\\')
    sql "DROP SCHEMA graphile_migrate CASCADE; DROP TABLE t1, wend_journal, wend_scripts" >/dev/null 2>&1
    tool migrate
    same "$(sed 's/CURRENT_TIMESTAMP/now()/' <<<"$ours")" \
        "$(pg_dump -sOxn graphile_migrate "$url" | grep -v '^\\')"
}

@test "what the tool commits, wend runs" {
    committed 1
    printf -- '--! no-transaction\nCREATE INDEX CONCURRENTLY i ON t1 (id);\n' >migrations/current.sql
    tool commit --message 'an index'
    sql "DELETE FROM graphile_migrate.migrations WHERE filename = '000002.sql'; DROP INDEX i"
    wend 0 up
    holds "$output" "000002_an-index"
    same "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")" t
}

@test "a text that is not that of its hash is not run" {
    committed 1 2
    wend 0 up --count 1
    # Line ends that a checkout changed are taken, which the tool refuses.
    sed -i 's/$/\r/' migrations/committed/*
    same "$(states | head -1)" "applied 000001.sql"
    sed -i 's/\r//; s/int/text/' migrations/committed/000002-t2.sql
    wend 2 up
    holds "$stderr" "its text has not the hash of its head"
    sed -i '3a --! AllowInvalidHash' migrations/committed/000002-t2.sql
    wend 0 up
    same "$(rows)" "$(expected 1 2)"
    sed -i 's/int/text/' migrations/committed/000001-t1.sql
    same "$(states | head -1)" "changed 000001.sql"
}

@test "a chain that is torn, heads that lack something, placeholders" {
    committed 1 2 3
    mv migrations/committed/000002-t2.sql .
    wend 2 up
    holds "$stderr" "the one before it has another hash"
    mv 000002-t2.sql migrations/committed
    sed -i '/Hash/d' migrations/committed/000003-t3.sql
    wend 2 up
    holds "$stderr" "its head has no line \`--! Hash: …\`"
    committed 1 2 3
    sed -i 's/^$/SELECT 1;/' migrations/committed/000003-t3.sql
    wend 2 up
    holds "$stderr" "there is no empty line behind its head"
    rm migrations/committed/*
    committed 1
    sed -i 's/CREATE/--! AllowInvalidHash\n\nCOMMENT ON DATABASE :DATABASE_NAME IS NULL; CREATE/; 4d' migrations/committed/000001-t1.sql
    wend 2 up
    holds "$stderr" "the placeholder :DATABASE_NAME"
    holds "$stderr" "next: run it with graphile-migrate, up to this one"
    same "$(sql "SELECT to_regnamespace('graphile_migrate') IS NULL")" t
}

@test "while the tool holds its lock, nothing runs" {
    committed 1
    psql -Xqd "$url" -c 'SELECT pg_advisory_lock(4727445306447283), pg_sleep(3)' >/dev/null 3>&- &
    until [[ $(own_locks) == 1 ]]; do sleep 0.1; done
    wend 4 up --lock-timeout 300ms
    holds "$stderr" "the lock of graphile-migrate is held"
    wend 0 up --lock-timeout 20s
}

@test "what is odd is said, and nothing is written" {
    committed 1 2
    wend 0 up
    mv migrations/committed/000002-t2.sql .
    same "$(states | tail -1)" "missing 000002.sql"
    mv 000002-t2.sql migrations/committed
    committed 1 2 3
    sql "ALTER TABLE graphile_migrate.migrations ADD COLUMN extra int"
    wend 6 up
    holds "$stderr" "is not the history of graphile-migrate: its columns are"
    same "$(sql 'SELECT count(*) FROM graphile_migrate.migrations')" 2
}
