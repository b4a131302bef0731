#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Another tool's history becomes wend's own, and goes back. The formats themselves are tested apart.

load helper
load golden/golden

# Three migrations of golang-migrate, the first two applied by it.
golang_project() {
    project
    local number
    for number in 1 2 3; do
        echo "CREATE TABLE t$number (a INTEGER);" >"migrations/00000${number}_t$number.up.sql"
        echo "DROP TABLE t$number;" >"migrations/00000${number}_t$number.down.sql"
    done
    sqlite3 shop.db "CREATE TABLE t1 (a INTEGER); CREATE TABLE t2 (a INTEGER);
        CREATE TABLE schema_migrations (version uint64, dirty bool);
        CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
        INSERT INTO schema_migrations VALUES (2, 0)"
}

rows() {
    sqlite3 shop.db "SELECT $1"
}

@test "a dry run shows what would be adopted and changes nothing" {
    golang_project
    before=$(sqlite3 shop.db .dump)
    wend 0 adopt --dry-run
    same "$output" "would adopt  000001_t1
would adopt  000002_t2"
    holds "$stderr" "golang-migrate: 2 rows from schema_migrations to wend_migrations (nothing was changed)"
    same "$(sqlite3 shop.db .dump)" "$before"
}

@test "an adopted history counts from then on, and the tool's table stays" {
    golang_project
    wend 0 adopt
    same "$(rows "group_concat(id || ':' || version || ':' || name) FROM wend_migrations")" \
        "1:000001:t1,2:000002:t2"
    same "$(rows "version || dirty FROM schema_migrations")" "20"
    wend 0 up -q
    same "$(rows "version FROM schema_migrations")" "2"
    wend 0 status --json
    same "$(jq -r '.history, .applied, .pending' <<<"$output" | tr '\n' ' ')" "wend_migrations 3 0 "
    rm migrations/000002*
    wend 0 down --count 2 -y -q
    same "$(user_tables)" "schema_migrations t1"
}

@test "adopting twice says that there is nothing to do" {
    golang_project
    wend 0 adopt -q
    wend 2 adopt
    holds "$stderr" "error: there is nothing to adopt"
    wend 2 --format golang-migrate adopt
    holds "$stderr" "the history is wend's own already (wend_migrations)"
}

@test "a history goes back as the tool writes it" {
    golang_project
    wend 0 adopt -q
    wend 0 up -q
    wend 2 adopt --back
    holds "$stderr" "wend --format NAME adopt --back"
    wend 0 --format golang-migrate adopt --back --dry-run
    same "$output" "would adopt  000003_t3"
    same "$(rows "version FROM schema_migrations")" "2"
    wend 0 --format golang-migrate adopt --back
    same "$(rows "version || dirty FROM schema_migrations")" "30"
    same "$(rows "count(*) FROM sqlite_schema WHERE name = 'wend_migrations'")" "0"
    wend 0 status --json
    same "$(jq -r '.format, .history, .applied' <<<"$output" | tr '\n' ' ')" "golang-migrate schema_migrations 3 "
}

@test "what the tool left half done is not adopted" {
    golang_project
    sqlite3 shop.db "UPDATE schema_migrations SET dirty = 1"
    wend 6 adopt
    holds "$stderr" "000002_t2: golang-migrate has left version 2 dirty"
    holds "$stderr" "state: nothing was adopted"
    same "$(rows "count(*) FROM sqlite_schema WHERE name LIKE 'wend%'")" "0"
}

@test "without a history of the tool there is nothing to adopt" {
    golang_project
    sqlite3 shop.db "DROP TABLE schema_migrations"
    wend 2 --format golang-migrate adopt
    holds "$stderr" "golang-migrate has no history in this database: there is no table schema_migrations"
    sqlite3 shop.db "CREATE TABLE schema_migrations (a, b, c)"
    wend 6 --format golang-migrate adopt
    holds "$stderr" "the table schema_migrations is not the history of golang-migrate: its columns are a,b,c"
}

@test "from program code: the schema becomes a baseline, and SQL goes on" {
    echo 'database: sqlite:shop.db' >wend.yaml
    sqlite3 shop.db "CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app, name, applied);
        INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('shop', '0002_item');
        CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
        CREATE INDEX item_name ON item (name);
        CREATE VIEW names AS SELECT name FROM item"
    wend 0 adopt --dry-run
    [ ! -e migrations ]
    wend 0 adopt
    holds "$stderr" "Django: 2 migrations in django_migrations"
    file=$(echo migrations/B__*_from_django.sql)
    holds "$(cat "$file")" "--   shop.0002_item"
    wend 0 status --json
    same "$(jq -r '.applied, .pending, .migrations[0].state' <<<"$output" | tr '\n' ' ')" "1 0 baseline "
    wend 0 -d sqlite:other.db up -q
    same "$(sqlite3 other.db "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema
        WHERE name NOT LIKE 'wend%' AND name NOT LIKE 'sqlite%' ORDER BY name)")" "item,item_name,names"
    wend 2 adopt
    holds "$stderr" "there is nothing to adopt"
}

@test "several histories: a person says which" {
    echo 'database: sqlite:shop.db' >wend.yaml
    sqlite3 shop.db "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
        INSERT INTO alembic_version VALUES ('ae1027a6acf');
        CREATE TABLE knex_migrations (id, name, batch, migration_time)"
    wend 2 adopt
    holds "$stderr" "the database has the histories of several tools: alembic, knex"
    holds "$stderr" "wend adopt --from NAME"
    wend 2 adopt --from lembic
    holds "$stderr" 'there is no tool "lembic"'
    wend 0 adopt --from alembic --json
    same "$(jq -r '.tool, .applied[0]' <<<"$output" | tr '\n' ' ')" "alembic ae1027a6acf "
}

@test "a folder that has migrations takes no baseline of another tool" {
    tables 1
    sqlite3 shop.db "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
    wend 2 adopt
    holds "$stderr" "the folder migrations has migrations already"
    same "$(user_tables)" "alembic_version"
}
