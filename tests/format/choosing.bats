#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which history a folder goes with: several tools have a table called schema_migrations, and folders that look
# alike. What cannot be told is said, and nothing is written.

load helper

local_setup() { on sqlite; }

pairs() {
    local n
    mkdir -p migrations
    for n; do
        echo "CREATE TABLE t$n (id int);" >"migrations/00${n}_t$n.up.sql"
        echo "DROP TABLE t$n;" >"migrations/00${n}_t$n.down.sql"
    done
}

marked() {
    local n
    mkdir -p migrations
    for n; do
        printf -- '-- %s\nCREATE TABLE t%d (id int);\n-- %s\nDROP TABLE t%d;\n' "${up:-migrate:up}" "$n" "${down:-migrate:down}" "$n" \
            >"migrations/00${n}_t$n.sql"
    done
}

format() {
    wend 0 status --json
    jq -r .format <<<"$output"
}

# refuses STATUS ARGUMENT...: up ends with that, and the database is as before.
refuses() {
    local before
    before=$(sqlite3 shop.db .dump)
    wend "$@" up
    same "$(sqlite3 shop.db .dump)" "$before"
}

@test "a folder of pairs goes with the table that is there" {
    pairs 1 2
    same "$(format)" wend
    sql "CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (1, 0)"
    same "$(format)" golang-migrate
    sql "DROP TABLE schema_migrations"
    sql "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP,
        success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)"
    same "$(format)" sqlx
}

@test "a folder of pairs with the histories of two tools" {
    pairs 1
    sql "CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (1, 0);
        CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP,
        success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)"
    refuses 2
    holds "$stderr" "the folder fits the formats of several histories in this database: golang-migrate (schema_migrations), sqlx (_sqlx_migrations)"
    holds "$stderr" "--format NAME"
    wend 0 --format golang-migrate up
}

@test "schema_migrations of dbmate beside a folder of pairs" {
    pairs 1
    sql 'CREATE TABLE "schema_migrations" (version varchar(128) primary key); INSERT INTO schema_migrations VALUES (1)'
    refuses 6
    holds "$stderr" "the table schema_migrations is not the history of golang-migrate: its columns are version (as in that of dbmate)"
    holds "$stderr" "--format wend begins a history of wend's own"
    wend 0 --format wend up
    # It has its own now.
    wend 0 up
}

@test "a folder of another tool that Atlas keeps its sum for" {
    up='+goose Up' down='+goose Down' marked 1
    echo 'h1:x' >migrations/atlas.sum
    same "$(format)" goose
    refuses 2 --format atlas
    holds "$stderr" "it is laid out for goose, and its way back would run with it"
    # Atlas has run them itself (?format=goose).
    sql "CREATE TABLE atlas_schema_revisions (version text, description text, type integer, applied integer, total integer,
        executed_at datetime, execution_time integer, error text, error_stmt text, hash text, partial_hashes json,
        operator_version text)"
    refuses 2
    holds "$stderr" "it is laid out for goose, and its way back would run with it"
    sql "DROP TABLE atlas_schema_revisions"
    rm -r migrations
    pairs 1
    echo 'h1:x' >migrations/atlas.sum
    same "$(format)" wend
    sql "CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (1, 0)"
    same "$(format)" golang-migrate
}

@test "schema_migrations of Rails beside a folder of pairs" {
    pairs 1
    sql "CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
        CREATE TABLE ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar,
            created_at datetime(6) NOT NULL, updated_at datetime(6) NOT NULL)"
    refuses 6
    holds "$stderr" "its columns are version"
}

@test "schema_migrations of Ecto beside a folder of pairs" {
    pairs 1
    sql "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp)"
    refuses 6
    holds "$stderr" "its columns are version,inserted_at (as in that of Ecto)"
}

@test "golang-migrate's table beside a folder of dbmate, and the other way round" {
    marked 1
    sql "CREATE TABLE schema_migrations (version uint64, dirty bool)"
    refuses 6
    holds "$stderr" "the table schema_migrations is not the history of dbmate: its columns are version,dirty (as in that of golang-migrate)"
    rm migrations/*
    pairs 1
    sql "DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version varchar(128) primary key)"
    refuses 6 --format golang-migrate
    holds "$stderr" "(as in that of dbmate)"
}

@test "a table of nobody's" {
    marked 1
    sql "CREATE TABLE schema_migrations (version, what, more)"
    refuses 6
    holds "$stderr" "its columns are version,what,more"
    [[ $stderr != *"as in that of"* ]]
    printf 'table: shop_migrations\n' >wend.yaml
    wend 0 up
    same "$(sql "SELECT version FROM shop_migrations")" 001
}

@test "a folder that is half converted" {
    marked 1
    up="+goose Up" down="+goose Down" marked 2
    refuses 2
    holds "$stderr" "migrations/002_t2.sql"
    holds "$stderr" "there is no line \`-- migrate:up\`"
    refuses 2 --format goose
    holds "$stderr" "migrations/001_t1.sql"
    holds "$stderr" "there is no line \`-- +goose Up\`"
}

@test "files of two tools in one folder: both are named" {
    mkdir migrations
    printf -- '-- +goose Up\nCREATE TABLE a (b int);\n' >migrations/001_a.sql
    printf -- '-- migrate:up\nCREATE TABLE c (d int);\n-- migrate:down\n' >migrations/002_c.sql
    wend 2 -d sqlite:shop.db up
    holds "$stderr" "error: there is no line \`-- migrate:up\`"
    holds "$stderr" "--> migrations/001_a.sql"
    holds "$stderr" "or the files fit several formats: dbmate, goose; --format NAME chooses one"
    [ ! -e shop.db ]
}

@test "files of sql-migrate and Flash ORM look alike: the table decides" {
    up="+migrate Up" down="+migrate Down" marked 1
    same "$(format)" sql-migrate
    sql "CREATE TABLE _flash_migrations (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, finished_at TIMESTAMP,
        migration_name TEXT NOT NULL, logs TEXT, rolled_back_at TIMESTAMP, started_at TIMESTAMP NOT NULL
        DEFAULT CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0)"
    same "$(format)" flash
}

# At first only the table of another project is there, whose files have such names, too.
@test "marks go before the history of a tool that has none" {
    sql "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP,
        success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)"
    marked 1
    same "$(format)" dbmate
    refuses 2 --format sqlx
    holds "$stderr" "it is laid out for dbmate, and its way back would run with it"
    holds "$stderr" "--format dbmate"
    up='+goose Up' down='+goose Down' marked 1
    same "$(format)" goose
    refuses 2 --format sqlx
    holds "$stderr" "laid out for goose"
    up='+migrate Up' down='+migrate Down' marked 1
    same "$(format)" sql-migrate
    refuses 2 --format sqlx
    holds "$stderr" "laid out for sql-migrate"
    up='wend:up' down='wend:down' marked 1
    same "$(format)" wend
    refuses 2 --format sqlx
    holds "$stderr" "laid out for wend"
    wend 0 up
    sql "SELECT * FROM t1"
    same "$(sql "SELECT count(*) FROM _sqlx_migrations")" 0
}

@test "a view where wend needs a table is named" {
    mkdir -p migrations
    printf -- '-- migrate:up\nCREATE TABLE a (x integer);\n-- migrate:down\nDROP TABLE a;\n' >migrations/001_a.sql
    sql "CREATE VIEW schema_migrations AS SELECT 'x' AS version"
    wend 6 up --format dbmate
    holds "$stderr" "schema_migrations is a view, and wend needs a table there"
    sql "DROP VIEW schema_migrations"
    sql "CREATE VIEW wend_scripts AS SELECT 'x' AS sha256, 'x' AS script"
    wend 6 up --format dbmate
    holds "$stderr" "wend_scripts is a view, and wend needs a table there"
    sql "DROP VIEW wend_scripts"
    wend 0 up --format dbmate
}
