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

# alike QUERY: run by a script, the folder's migrations leave what QUERY shows as wend up does; and wend's own
# rows are where they belong.
alike() {
    local by_wend
    empty
    wend 0 -m m up
    by_wend=$(sql "$1")
    empty
    wend 0 -m m plan --sql --from base
    run_script <<<"$output"
    same "$(sql "$1")" "$by_wend"
    wend 0 -m m status --json
    same "$(jq -r '.migrations[].state' <<<"$output" | uniq)" applied
}

@test "PostgreSQL: what a migration sets holds for itself alone" {
    on postgres
    sql "CREATE ROLE script_owner; GRANT script_owner TO postgres"
    file m/001_a.sql "CREATE TABLE seen (step text, value text);
CREATE SCHEMA app; GRANT ALL ON SCHEMA app, public TO script_owner;
SET TIME ZONE 'Asia/Tokyo';
SELECT pg_catalog.set_config('search_path', '', false);
INSERT INTO public.seen VALUES (1, current_setting('TimeZone'));"
    file m/002_b.sql "INSERT INTO seen VALUES (2, current_setting('TimeZone'));
SET ROLE script_owner;
SET search_path = app;
CREATE TABLE a (x int);
CREATE TEMP TABLE t (x int);
SET lock_timeout = '3s';
RESET ROLE;
CREATE INDEX CONCURRENTLY ON a (x);
INSERT INTO public.seen VALUES (2, current_setting('lock_timeout') || current_schema());"
    file m/003_c.sql "INSERT INTO seen VALUES (3, current_schema() || current_user);
SET LOCAL search_path = app;
CREATE TABLE b (x int);
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
    file m/004_d.sql "INSERT INTO seen VALUES (4, current_schema() || current_setting('transaction_isolation'));
CREATE TEMP TABLE t (x int);"
    alike "SELECT * FROM seen ORDER BY step, value; SELECT schemaname, tablename, tableowner FROM pg_tables WHERE tablename IN ('a', 'b') ORDER BY 2"
    sql "DROP OWNED BY script_owner; DROP ROLE script_owner"
}

@test "PostgreSQL: only what was set is undone, and only behind it" {
    on postgres
    file m/001_a.sql "CREATE TABLE a (x int);"
    file m/002_b.sql "SET search_path = public;\nSET lock_timeout = '1s';\nCREATE TABLE b (x int);"
    file m/003_c.sql "INSERT INTO a SELECT 1 WHERE 'role' = 'search_path';"
    wend 0 -m m plan --sql --from base
    same "$(sed '/^INSERT/,/^COMMIT/d' <<<"$output" | grep -E '^(RE)?SET|^DISCARD')" "SET search_path = public;
SET lock_timeout = '1s';
RESET search_path;
RESET lock_timeout;"
}

@test "SQLite: what a migration sets holds for itself alone" {
    on sqlite
    file m/001_a.sql "CREATE TABLE seen (step, value);
PRAGMA legacy_alter_table = ON;
PRAGMA case_sensitive_like = on;
INSERT INTO seen SELECT 1, 'A' LIKE 'a';
VACUUM;
INSERT INTO seen SELECT 1, 'A' LIKE 'a';
CREATE TEMP TABLE aside (x);
CREATE VIEW IF NOT EXISTS temp.\"a view\" AS SELECT x FROM aside;
PRAGMA synchronous = off;"
    file m/002_b.sql "INSERT INTO seen SELECT 2, 'A' LIKE 'a';
INSERT INTO seen SELECT 2, legacy_alter_table FROM pragma_legacy_alter_table;
INSERT INTO seen SELECT 2, synchronous > 0 FROM pragma_synchronous;
PRAGMA foreign_keys = on;
CREATE TEMP TABLE aside (y);
CREATE TABLE one (id INTEGER PRIMARY KEY);
CREATE TABLE two (id INTEGER REFERENCES one);
INSERT INTO seen SELECT 2, foreign_keys FROM pragma_foreign_keys;"
    file m/003_c.sql "INSERT INTO seen SELECT 3, foreign_keys FROM pragma_foreign_keys;
ALTER TABLE one RENAME TO uno;
INSERT INTO seen SELECT 3, sql FROM sqlite_schema WHERE name = 'two';"
    alike "SELECT * FROM seen ORDER BY rowid"
}

@test "MariaDB: what a migration sets holds for itself alone" {
    on mariadb
    file m/001_a.sql "CREATE TABLE seen (step INT, value TEXT);
SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+05:00';
/*!40014 SET @OLD_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!99999 SET nowhere_to_be_found = 1 */;
/*!80000 SET nor_here = 1 */;
-- What stands here is stored: a \\\\ and an apostrophe'.
CREATE TABLE \"a\" (x INT);
INSERT INTO seen SELECT 1, CONCAT(@@sql_mode, @@time_zone, @@foreign_key_checks);
CREATE TABLE b (x INT);"
    file m/002_b.sql "INSERT INTO seen SELECT 2, CONCAT(@@sql_mode, @@time_zone, @@foreign_key_checks);
INSERT INTO seen SELECT 2, @OLD_CHECKS;
CREATE DATABASE IF NOT EXISTS script_other;
USE script_other;
SET NAMES latin1;
CREATE TEMPORARY TABLE aside (x INT);
CREATE TABLE IF NOT EXISTS elsewhere (x INT);
CREATE TABLE IF NOT EXISTS more (x INT);"
    file m/003_c.sql "INSERT INTO seen SELECT 3, CONCAT(DATABASE(), @@character_set_client);
SET sql_log_bin = 0;
SET ROLE NONE;
CREATE TABLE c (x INT);"
    file m/004_d.sql "USE script_other; CREATE TEMPORARY TABLE aside (x INT);
USE ${url##*/};
INSERT INTO seen SELECT 4, CONCAT(@@sql_log_bin, IFNULL(CURRENT_ROLE(), 'none'));"
    alike "SELECT * FROM seen"
    my "" "SELECT table_name FROM information_schema.tables WHERE table_schema = 'script_other' ORDER BY 1" >tables
    same "$(cat tables)" "elsewhere
more"
    my "" "DROP DATABASE script_other"
}
