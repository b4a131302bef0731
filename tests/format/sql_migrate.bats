#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of sql-migrate, turn by turn with the tool itself (Debian's sql-migrate).

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

numbered() {
    local n
    mkdir -p migrations
    for n; do
        printf -- '-- +migrate Up\nCREATE TABLE t%d (id int);\n\n-- +migrate Down\nDROP TABLE t%d;\n' \
            "$n" "$n" >"migrations/${n}_t$n.sql"
    done
}

# tool STATUS COMMAND ARGUMENT...
tool() {
    local dialect=$database at=${url#*@} want=$1 command=$2
    shift 2
    command -v sql-migrate >/dev/null || skip "sql-migrate is not installed"
    case $database in
    sqlite) dialect=sqlite3 at=shop.db ;;
    postgres)
        local host=${at%%/*}
        at="host=${host%:*} port=${host#*:} user=postgres dbname=${url##*/} sslmode=disable"
        ;;
    mariadb) dialect=mysql at="root@tcp(${at%%/*})/${url##*/}?parseTime=true" ;;
    esac
    printf 'development: {dialect: %s, datasource: "%s", dir: migrations, table: gorp_migrations}\n' \
        "$dialect" "$at" >dbconfig.yml
    run sql-migrate "$command" "$@"
    if ((status != want)); then
        echo "sql-migrate $command: $status: $output" >&2
        return 1
    fi
}

rows() { sql "SELECT id FROM gorp_migrations ORDER BY id" | tr '\n' ' '; }

turns() {
    on "$1"
    numbered 1 2 3 10
    tool 0 up -limit=2
    same "$(states)" "applied 1_t1.sql
applied 2_t2.sql
pending 3_t3.sql
pending 10_t10.sql"
    wend 0 up --count 1
    same "$(rows)" "1_t1.sql 2_t2.sql 3_t3.sql "
    same "$(sql "SELECT count(*) FROM gorp_migrations WHERE applied_at IS NULL")" 0
    tool 0 status
    holds "$output" "| 10_t10.sql | no "
    tool 0 up
    same "$(states | cut -d' ' -f1 | uniq)" applied
    wend 0 down --yes
    same "$(rows)" "1_t1.sql 2_t2.sql 3_t3.sql "
    tool 0 down
    same "$(rows)" "1_t1.sql 2_t2.sql "
    # What comes late runs, with both; names without a number come last.
    wend 0 up
    numbered 4
    sed 's/t4/tz/' migrations/4_t4.sql >migrations/z.sql
    wend 0 up
    same "$(rows)" "10_t10.sql 1_t1.sql 2_t2.sql 3_t3.sql 4_t4.sql z.sql "
    tool 0 status
    tool 0 down
    same "$(rows)" "10_t10.sql 1_t1.sql 2_t2.sql 3_t3.sql 4_t4.sql "
    wend 0 down --all --yes
    same "$(rows)" ""
    tool 0 up
    same "$(states | cut -d' ' -f1 | uniq)" applied
}

@test "turn by turn with the tool: SQLite" { turns sqlite; }
@test "turn by turn with the tool: PostgreSQL" { turns postgres; }
@test "turn by turn with the tool: MariaDB" { turns mariadb; }

@test "the tables are as the tool makes them" {
    numbered 1
    on sqlite
    wend 0 up
    made_like gorp_migrations 'create table if not exists "gorp_migrations" ("id" varchar(255) not null primary key, "applied_at" datetime)'
    on postgres
    wend 0 up
    made_like gorp_migrations 'create table if not exists "gorp_migrations" ("id" text not null primary key, "applied_at" timestamp with time zone)'
    on mariadb
    wend 0 up
    # shellcheck disable=SC2016 # MariaDB's quotes
    made_like gorp_migrations 'create table if not exists `gorp_migrations` (`id` varchar(255) not null primary key, `applied_at` datetime) engine=InnoDB charset=UTF8'
}

@test "statements between marks, and without a transaction" {
    on postgres
    mkdir migrations
    cat >migrations/1_a.sql <<'END'
-- +migrate Up notransaction
-- +migrate StatementBegin
CREATE FUNCTION one() RETURNS int AS $$
BEGIN
    RETURN 1;
END;
$$ LANGUAGE plpgsql;
-- +migrate StatementEnd
CREATE TABLE a (id int);
CREATE INDEX CONCURRENTLY a_id ON a (id);
-- +migrate Down
DROP TABLE a;
END
    wend 0 up --format sql-migrate
    same "$(sql "SELECT one(), to_regclass('a_id')")" "1|a_id"
    wend 0 down --yes
    same "$(rows)" ""
}

@test "what the tool would run otherwise, or not at all, is said" {
    on sqlite
    numbered 1
    printf -- 'CREATE TABLE early (id int);\n-- +migrate Up\nSELECT 1;\n-- +migrate down\nDROP TABLE t1;\n' \
        >migrations/2_x.sql
    wend 2 up --format sql-migrate
    holds "$stderr" "2_x.sql:1"
    holds "$stderr" "is never run"
    holds "$stderr" "2_x.sql:4"
    holds "$stderr" "there is no such command of sql-migrate"
    echo 'SELECT 1;' >migrations/2_x.sql
    wend 2 up --format sql-migrate
    holds "$stderr" "there is no line \`-- +migrate Up\`"
    [ ! -s shop.db ] || same "$(sql "SELECT count(*) FROM sqlite_schema")" 0
}

@test "a gone file is missing, and its way back is known" {
    on sqlite
    numbered 1 2
    wend 0 up
    rm migrations/2_t2.sql
    same "$(states)" "applied 1_t1.sql
missing 2_t2.sql"
    wend 0 down --yes
    same "$(rows)" "1_t1.sql "
}

templates() {
    on "$1"
    from_templates sql-migrate migrations
    tool 0 up
    templates_work
    tool 0 down -limit=0
    wend 0 up
    templates_work
}
@test "the tool runs what wend makes by templates: SQLite" { templates sqlite; }
@test "the tool runs what wend makes by templates: PostgreSQL" { templates postgres; }
@test "the tool runs what wend makes by templates: MariaDB" { templates mariadb; }
