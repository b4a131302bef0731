#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Supabase, turn by turn with its program.

load helper

setup_file() { server postgres; }

teardown_file() { stop_servers; }

local_setup() {
    mkdir -p supabase/migrations
    echo 'project_id = "shop"' >supabase/config.toml
    on postgres
}

numbered() {
    local n
    for n; do
        printf -- '-- table %d\nCREATE TABLE t%d (id int);\nINSERT INTO t%d VALUES (1); -- one; row\n\n-- the end\n' "$n" "$n" "$n" \
            >"supabase/migrations/2024010100000${n}_t$n.sql"
    done
}

tool() {
    local want=$1
    shift
    [[ $(uname -sm) == "Linux x86_64" ]] || skip "the package is for Linux on x86-64"
    npm_tools @supabase/cli-linux-x64@3.1.0
    run env SUPABASE_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1 HOME="$PWD" timeout 60 \
        "$npm/@supabase/cli-linux-x64/bin/supabase" "$@" --yes --db-url "${url/postgres@/postgres:x@}?sslmode=disable" </dev/null
    if ((status != want)); then
        echo "supabase $*: $status: $output" >&2
        return 1
    fi
}

# Line ends as "~".
rows() {
    sql "SELECT version, name, translate(CAST(statements AS text), chr(10), '~')
        FROM supabase_migrations.schema_migrations ORDER BY version"
}

@test "turn by turn with the tool" {
    numbered 1 2
    tool 0 migration up
    numbered 3 4 5
    same "$(states | sed 's/2024010100000//')" "applied 1
applied 2
pending 3
pending 4
pending 5"
    wend 0 up --count 2
    # The second row is the tool's, the third wend's.
    local n
    for n in 2 3; do
        same "$(rows | sed -n ${n}p)" \
            "2024010100000$n|t$n|{\"-- table $n~CREATE TABLE t$n (id int)\",\"INSERT INTO t$n VALUES (1)\",\"-- one; row~~-- the end\"}"
    done
    tool 0 migration list
    [[ $output =~ 20240101000004.*20240101000004 ]]
    tool 0 migration up
    same "$(rows | wc -l)" 5
    same "$(states | cut -d' ' -f1 | uniq)" applied
    numbered 6
    wend 0 up
    tool 0 migration up
    holds "$output" "up to date"
    tool 0 migration repair --status reverted 20240101000006
    same "$(states | tail -1 | cut -d' ' -f1)" pending
}

@test "the statements as the tool cuts them" {
    cat >supabase/migrations/20240101000001_cut.sql <<'END'
-- a comment; with a semicolon
CREATE TABLE a (
    t text DEFAULT 'a;b'
);
/* another; one */ CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;
;
INSERT INTO a VALUES ('"quoted" \ back')   ;

SELECT 1
END
    wend 0 up
    local ours
    ours=$(rows)
    sql "DROP TABLE a; DROP FUNCTION f; DROP SCHEMA supabase_migrations CASCADE; DROP TABLE wend_journal, wend_scripts" >/dev/null
    tool 0 migration up
    same "$ours" "$(rows)"
}

@test "the table is as the tool makes it" {
    numbered 1
    wend 0 up
    made_like supabase_migrations.schema_migrations "CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY);
        ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS statements text[];
        ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS name text"
}

@test "late files, gone ones, other names, the oldest first file" {
    numbered 1 3
    echo 'SELECT 1;' >supabase/migrations/20211208000000_init.sql
    wend 0 up
    holds "$stderr" "Supabase leaves this file out"
    numbered 2
    wend 6 up
    holds "$stderr" "20240101000002_t2"
    rm supabase/migrations/*_t2.sql supabase/migrations/*_t3.sql
    same "$(states | tail -1)" "missing 20240101000003"
    wend 8 down --yes
    holds "$stderr" "Supabase knows no way back"
    same "$(rows | wc -l)" 2
}

@test "it is for PostgreSQL only" {
    numbered 1
    wend 2 -d sqlite:shop.db --format supabase up
    holds "$stderr" "Supabase is for PostgreSQL only"
    wend 0 -d sqlite:shop.db status --json
    same "$(jq -r .format <<<"$output")" wend
}
