#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of dbmate, turn by turn with the tool itself.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

# numbered N...: 20240101000001_t1.sql and so on.
numbered() {
    local n
    mkdir -p db/migrations
    for n; do
        printf -- '-- migrate:up\nCREATE TABLE t%d (id int);\n\n-- migrate:down\nDROP TABLE t%d;\n' \
            "$n" "$n" >"db/migrations/2024010100000${n}_t$n.sql"
    done
}

# tool STATUS ARGUMENT...
tool() {
    local at=$url want=$1
    shift
    npm_tools dbmate@2.36.0
    case $database in
    postgres) at="$url?sslmode=disable" ;;
    esac
    run "$npm/.bin/dbmate" --url "$at" --no-dump-schema "$@"
    if ((status != want)); then
        echo "dbmate $*: $status: $output" >&2
        return 1
    fi
}

rows() { sql "SELECT version FROM schema_migrations ORDER BY version" | sed 's/2024010100000//' | tr '\n' ' '; }

turns() {
    on "$1"
    numbered 1 2
    tool 0 up
    numbered 3 4 5
    same "$(states | sed 's/2024010100000//')" "applied 1
applied 2
pending 3
pending 4
pending 5"
    wend 0 up --count 2
    same "$(rows)" "1 2 3 4 "
    tool 0 status
    holds "$output" "[X] 20240101000004_t4.sql"
    holds "$output" "[ ] 20240101000005_t5.sql"
    tool 0 up
    holds "$output" "20240101000005_t5.sql"
    tool 0 rollback
    same "$(states | tail -1 | cut -d' ' -f1)" pending
    wend 0 down --yes
    same "$(rows)" "1 2 3 "
    wend 0 version
    same "$output" "20240101000003  t3"
    tool 0 status
    holds "$output" "Pending: 2"
    # What comes late runs, with both.
    rm db/migrations/*_t4.sql
    wend 0 up
    numbered 4
    wend 0 up
    same "$(rows)" "1 2 3 4 5 "
    tool 0 up
    tool 0 rollback
    same "$(rows)" "1 2 3 4 "
    wend 0 down --all --yes
    same "$(rows)" ""
    tool 0 status
    holds "$output" "Applied: 0"
}

@test "turn by turn with the tool: SQLite" { turns sqlite; }
@test "turn by turn with the tool: PostgreSQL" { turns postgres; }
@test "turn by turn with the tool: MariaDB" { turns mariadb; }

@test "the tables are as the tool makes them" {
    on sqlite
    numbered 1
    wend 0 up
    made_like schema_migrations 'CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key)'
    on postgres
    wend 0 up
    made_like schema_migrations 'create table if not exists public.schema_migrations (version varchar primary key)'
    on mariadb
    wend 0 up
    # shellcheck disable=SC2016 # MariaDB's quotes
    made_like schema_migrations 'create table if not exists `schema_migrations` (version varchar(128) primary key)'
}

@test "marks count at the line's start and in lower case, options as the tool reads them" {
    on postgres
    mkdir -p db/migrations
    cat >db/migrations/1_a.sql <<'END'
-- a comment may stand here

--migrate:up transaction:false
CREATE TABLE a (id int);
-- MIGRATE:DOWN is no mark, nor is
  -- migrate:down
CREATE INDEX CONCURRENTLY a_id ON a (id);
--  migrate:down
DROP TABLE a;
END
    wend 0 up
    same "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass")" t
    wend 0 down --yes
    same "$(sql "SELECT to_regclass('a') IS NULL")" t
}

@test "what the tool refuses is said" {
    on sqlite
    numbered 1
    { echo "CREATE TABLE early (id int);"; cat db/migrations/*_t1.sql; } >db/migrations/20240101000002_early.sql
    wend 2 up
    holds "$stderr" "this stands before the line \`-- migrate:up\`"
    holds "$stderr" "db/migrations/20240101000002_early.sql:1"
    echo 'CREATE TABLE x (id int);' >db/migrations/20240101000002_early.sql
    wend 2 up
    holds "$stderr" "there is no line \`-- migrate:up\`"
    rm db/migrations/20240101000002_early.sql
    cp db/migrations/*_t1.sql db/migrations/20240101000001_twice.sql
    wend 2 up
    holds "$stderr" "two migrations have version 20240101000001"
    rm db/migrations/20240101000001_twice.sql
    [ ! -s shop.db ] || same "$(sql "SELECT count(*) FROM sqlite_schema")" 0
    printf -- '-- migrate:up\nCREATE TABLE x (id int);\n' >db/migrations/20240101000002_x.sql
    wend 0 up
    holds "$stderr" "dbmate itself refuses such a file"
}

@test "a gone file, CRLF and a byte-order mark" {
    on sqlite
    numbered 1 2
    printf '\xEF\xBB\xBF-- migrate:up\r\nCREATE TABLE t3 (id int);\r\n-- migrate:down\r\nDROP TABLE t3;\r\n' \
        >db/migrations/20240101000003_t3.sql
    wend 0 up
    rm db/migrations/*_t2.sql
    same "$(states | sed 's/2024010100000//')" "applied 1
missing 2
applied 3"
    wend 0 down --count 2 --yes
    same "$(rows)" "1 "
}

templates() {
    on "$1"
    from_templates dbmate db/migrations
    tool 0 up
    templates_work
    tool 0 rollback
    tool 0 rollback
    wend 0 up
    templates_work
}
@test "the tool runs what wend makes by templates: SQLite" { templates sqlite; }
@test "the tool runs what wend makes by templates: PostgreSQL" { templates postgres; }
@test "the tool runs what wend makes by templates: MariaDB" { templates mariadb; }
