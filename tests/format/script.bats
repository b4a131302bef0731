#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The script that plan --sql writes without a connection: run by the database's own client, it leaves the tool's
# table as wend up does.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

pairs() {
    file m/1_one.up.sql 'CREATE TABLE one (id int);'
    file m/1_one.down.sql 'DROP TABLE one;'
    file m/2_two.up.sql 'CREATE TABLE two (id int);'
}

marked() { # UP DOWN
    file m/1_one.sql "-- $1\nCREATE TABLE one (id int);\n-- $2\nDROP TABLE one;\n"
    file m/2_two.sql "-- $1\nCREATE TABLE two (id int);\n-- $2\nDROP TABLE two;\n"
}

folder_of() {
    case $1 in
    golang-migrate | sqlx) pairs ;;
    goose) marked '+goose Up' '+goose Down' ;;
    dbmate) marked migrate:up migrate:down ;;
    flyway)
        file m/V1__one.sql 'CREATE TABLE one (id int);'
        file m/V2__two.sql 'CREATE TABLE two (id int);'
        ;;
    liquibase)
        file m/a.sql '--liquibase formatted sql\n--changeset ann:1\nCREATE TABLE one (id int);\n--changeset ann:2\nCREATE TABLE two (id int);\n'
        ;;
    diesel)
        file m/1_one/up.sql 'CREATE TABLE one (id int);'
        file m/2_two/up.sql 'CREATE TABLE two (id int);'
        ;;
    prisma)
        file m/migration_lock.toml ''
        file m/1_one/migration.sql 'CREATE TABLE one (id int);'
        file m/2_two/migration.sql 'CREATE TABLE two (id int);'
        ;;
    drizzle)
        file m/meta/_journal.json '{"entries": [{"idx": 0, "when": 1, "tag": "0_one"}, {"idx": 1, "when": 2, "tag": "1_two"}]}'
        file m/0_one.sql 'CREATE TABLE one (id int);'
        file m/1_two.sql 'CREATE TABLE two (id int);'
        ;;
    supabase)
        file m/1_one.sql 'CREATE TABLE one (id int);'
        file m/2_two.sql 'CREATE TABLE two (id int);'
        ;;
    esac
}

file() {
    mkdir -p "$(dirname "$1")"
    printf %b "$2" >"$1"
}

# empty: the test's database, anew.
empty() {
    case $database in
    sqlite) rm -f shop.db ;;
    postgres) psql -Xqd "${url%/*}/postgres" -c "DROP DATABASE ${url##*/}" -c "CREATE DATABASE ${url##*/}" ;;
    mariadb) my "" "DROP DATABASE ${url##*/}; CREATE DATABASE ${url##*/}" ;;
    esac
}

# scripted DATABASE FORMAT...
scripted() {
    local format named
    on "$1"
    for format in "${@:2}"; do
        empty
        rm -rf m
        folder_of "$format"
        named=()
        # Whose these are, the files alone do not tell.
        if [[ $format =~ ^(golang-migrate|sqlx|supabase)$ ]]; then
            named=(--format "$format")
        fi
        wend 0 -m m "${named[@]}" plan --sql --from base
        run_script <<<"$output"
        wend 0 -m m status --json
        same "$(jq -r '[.format, (.migrations[] | .state)] | join(" ")' <<<"$output")" "$format applied applied"
    done
}

run_script() {
    case $database in
    sqlite) sqlite3 -bail shop.db ;;
    postgres) psql -Xq -v ON_ERROR_STOP=1 "$url" >/dev/null ;;
    mariadb) my "${url##*/}" "$(cat)" ;;
    esac
}

all=(golang-migrate sqlx goose dbmate flyway liquibase diesel prisma drizzle)

@test "SQLite" { scripted sqlite "${all[@]}"; }
@test "PostgreSQL" { scripted postgres "${all[@]}" supabase; }
@test "MariaDB" { scripted mariadb "${all[@]}"; }

@test "MariaDB: bodies with semicolons of their own" {
    on mariadb
    file m/V1__one.sql 'DELIMITER //\nCREATE PROCEDURE one()\nBEGIN\n  SELECT "$$;";\n  SELECT 2;\nEND//\nDELIMITER ;\nCREATE TABLE two (id int);\n'
    wend 0 -m m plan --sql --from base
    run_script <<<"$output"
    same "$(sql 'CALL one()' | tr '\n' ' ')" '$$; 2 '
    wend 0 -m m status --json
    same "$(jq -r '.migrations[].state' <<<"$output")" applied
}
