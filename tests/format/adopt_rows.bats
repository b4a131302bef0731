#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Histories of tools that keep checksums, or mark what they began, become wend's own and go back: edited files are
# reported, what is half applied is refused, and the way back leaves the rows that the tool would have written.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

# Per tool: more NUMBER adds a migration that makes the table t<NUMBER>, edit NUMBER changes its file; $rows shows what the
# table holds but for times and what is made up anew, $half marks the second as begun and not ended
# (empty: the tool has nothing of the kind), $named is how wend names the second.

flyway() {
    more() { echo "CREATE TABLE t$1 (a int);" >"V$1__make_t$1.sql"; }
    edit() { sed -i 's/int/text/' "V$1__make_t$1.sql"; }
    rows='installed_rank, version, description, type, script, checksum, success FROM flyway_schema_history ORDER BY 1'
    half="UPDATE flyway_schema_history SET success = false WHERE version = '2'"
    mend="UPDATE flyway_schema_history SET success = true"
    named=make_t2
    touch flyway.conf
}

liquibase() {
    more() {
        [[ -e all.sql ]] || echo '--liquibase formatted sql' >all.sql
        printf -- '--changeset ann:make-t%d\nCREATE TABLE t%d (a int);\n--rollback DROP TABLE t%d;\n' "$1" "$1" "$1" >>all.sql
    }
    edit() { sed -i "s/t$1 (a int/t$1 (a text/" all.sql; }
    local table=DATABASECHANGELOG
    [[ $database != postgres ]] || table=databasechangelog
    rows="ID, AUTHOR, FILENAME, ORDEREXECUTED, EXECTYPE, MD5SUM FROM $table ORDER BY ORDEREXECUTED"
    half='' named=make-t2
}

prisma() {
    more() {
        mkdir -p "2024010100000$1_make_t$1"
        echo "CREATE TABLE t$1 (a int);" >"2024010100000$1_make_t$1/migration.sql"
    }
    edit() { sed -i 's/int/text/' "2024010100000$1_make_t$1/migration.sql"; }
    rows='migration_name, checksum, logs, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY 1'
    half="UPDATE _prisma_migrations SET finished_at = NULL, logs = 'it broke' WHERE migration_name LIKE '%t2'"
    mend="UPDATE _prisma_migrations SET finished_at = started_at, logs = NULL WHERE migration_name LIKE '%t2'"
    named=make_t2
    local provider=$database
    [[ $database != postgres ]] || provider=postgresql
    [[ $database != mariadb ]] || provider=mysql
    echo "provider = \"$provider\"" >migration_lock.toml
}

sqlx() {
    more() { echo "CREATE TABLE t$1 (a int);" >"$1_make_t$1.sql"; }
    edit() { sed -i 's/int/text/' "$1_make_t$1.sql"; }
    rows="version, description, success, checksum FROM _sqlx_migrations ORDER BY 1"
    half='UPDATE _sqlx_migrations SET success = false WHERE version = 2'
    mend='UPDATE _sqlx_migrations SET success = true'
    named=2_make
}

refinery() {
    more() { echo "CREATE TABLE t$1 (a int);" >"V$1__make_t$1.sql"; }
    edit() { sed -i 's/int/text/' "V$1__make_t$1.sql"; }
    rows='version, name, checksum FROM refinery_schema_history ORDER BY 1'
    half='' named=make_t2
}

atlas() {
    sum_up() {
        python3 - <<'PY'
import base64, glob, hashlib
text = lambda digest: base64.b64encode(digest.digest()).decode()
running, total, lines = hashlib.sha256(), hashlib.sha256(), []
for name in sorted(glob.glob("*.sql")):
    running.update(name.encode() + open(name, "rb").read())
    total.update(name.encode() + text(running).encode())
    lines.append("%s h1:%s\n" % (name, text(running)))
open("atlas.sum", "w").write("h1:%s\n%s" % (text(total), "".join(lines)))
PY
    }
    more() { echo "CREATE TABLE t$1 (a int);" >"2024010100000$1_make_t$1.sql" && sum_up; }
    edit() { sed -i 's/int/text/' "2024010100000$1_make_t$1.sql" && sum_up; }
    rows='version, description, type, applied, total, error, hash FROM atlas_schema_revisions ORDER BY 1'
    half="UPDATE atlas_schema_revisions SET applied = 0, error = 'it broke' WHERE version LIKE '%2'"
    mend="UPDATE atlas_schema_revisions SET applied = 1, error = '' WHERE version LIKE '%2'"
    named=make_t2
}

sqitch() {
    more() {
        mkdir -p deploy revert
        [[ -e sqitch.plan ]] || printf '%%syntax-version=1.0.0\n%%project=demo\n\n' >sqitch.plan
        echo "make_t$1 2024-01-0$1T00:00:00Z Ann <ann@example.org> # one more" >>sqitch.plan
        echo "CREATE TABLE t$1 (a int);" >"deploy/make_t$1.sql"
        echo "DROP TABLE t$1;" >"revert/make_t$1.sql"
    }
    edit() { sed -i 's/int/text/' "deploy/make_t$1.sql"; }
    rows='change_id, script_hash, `change`, project, note, planned_at, planner_name FROM sqitch.changes ORDER BY planned_at'
    [[ $database == mariadb ]] || rows=${rows//\`/}
    half='' named=make_t2
    [[ $database != mariadb ]] || my "" "DROP DATABASE IF EXISTS sqitch"
}

# An empty folder, as the current one.
again() {
    mkdir "$1"
    cd "$1" || return 1
    mkdir .git migrations
    cd migrations || return 1
}

# At the place of the test's own folder: sqlite:shop.db is there.
at_home() { (cd ../.. && "$@"); }
w() {
    local want=$1
    shift
    wend "$want" -m "$PWD" "$@"
}

# forget: all that wend wrote beside the tool's rows.
forget() {
    at_home sql "DROP TABLE wend_journal"
    at_home sql "DROP TABLE wend_scripts"
}

adopts() {
    local tool=$1 direct
    on "$2"
    if [[ $2 == sqlite ]]; then
        url=sqlite:$PWD/shop.db
        export DATABASE_URL=$url
    fi
    again work
    $tool
    more 1
    more 2
    w 0 --format "$tool" up
    forget

    edit 2
    w 6 --format "$tool" adopt
    holds "$stderr" "not what was applied"
    holds "$stderr" "$named"
    holds "$stderr" "nothing was adopted"
    w 6 --format "$tool" adopt --dry-run
    sed -i 's/text/int/' $(find . -name '*.sql')
    [[ $tool != atlas ]] || sum_up

    if [[ $half ]]; then
        at_home sql "$half"
        w 6 --format "$tool" adopt
        holds "$stderr" "$named"
        holds "$stderr" "state: nothing was adopted"
        at_home sql "$mend"
    fi
    w 0 --format "$tool" adopt
    same "$(at_home sql "SELECT count(*) FROM wend_migrations")" 2
    more 3
    w 0 --format "$tool" up
    # What wend takes for applied now, the tool's own sum is to say, too.
    anew() {
        edit 2
        [[ $tool != atlas ]] || sum_up
    }
    anew
    w 0 --format "$tool" repair --accept --yes
    w 0 --format "$tool" adopt --back
    local ours
    ours=$(at_home sql "SELECT $rows")
    same "$(at_home sql "SELECT count(*) FROM t3")" 0
    w 0 --format "$tool" status --json
    same "$(jq -r '"\(.applied) \(.pending) \([.migrations[].state] | unique[])"' <<<"$output")" "3 0 applied"

    # The same three without adopting.
    cd ../..
    case $2 in
    sqlite) rm shop.db ;;
    postgres) psql -Xqd "$url" -c "DROP SCHEMA IF EXISTS sqitch CASCADE" -c "DROP SCHEMA public CASCADE" -c "CREATE SCHEMA public" 2>/dev/null ;;
    mariadb)
        my "" "DROP DATABASE ${url##*/}"
        my "" "CREATE DATABASE ${url##*/}"
        ;;
    esac
    again other
    $tool
    more 1
    more 2
    anew
    w 0 --format "$tool" up
    more 3
    w 0 --format "$tool" up
    same "$ours" "$(at_home sql "SELECT $rows")"
}

@test "Flyway: SQLite" { adopts flyway sqlite; }
@test "Flyway: PostgreSQL" { adopts flyway postgres; }
@test "Flyway: MariaDB" { adopts flyway mariadb; }
@test "Liquibase: SQLite" { adopts liquibase sqlite; }
@test "Liquibase: PostgreSQL" { adopts liquibase postgres; }
@test "Liquibase: MariaDB" { adopts liquibase mariadb; }
@test "Prisma: SQLite" { adopts prisma sqlite; }
@test "Prisma: PostgreSQL" { adopts prisma postgres; }
@test "Prisma: MariaDB" { alone && adopts prisma mariadb; }
@test "sqlx: SQLite" { adopts sqlx sqlite; }
@test "sqlx: PostgreSQL" { adopts sqlx postgres; }
@test "sqlx: MariaDB" { adopts sqlx mariadb; }
@test "Refinery: SQLite" { adopts refinery sqlite; }
@test "Refinery: PostgreSQL" { adopts refinery postgres; }
@test "Refinery: MariaDB" { adopts refinery mariadb; }
@test "Atlas: SQLite" { adopts atlas sqlite; }
@test "Atlas: PostgreSQL" { adopts atlas postgres; }
@test "Atlas: MariaDB" { alone && adopts atlas mariadb; }
@test "sqitch: PostgreSQL" { adopts sqitch postgres; }
@test "sqitch: MariaDB" { alone && adopts sqitch mariadb; }

# What cannot be written whole is not begun: an empty history of wend's own would have everything run again.
midway() {
    on "$1"
    mkdir -p migrations
    local n
    for n in 1 2; do
        printf -- '-- migrate:up\nCREATE TABLE IF NOT EXISTS t (a int);\nINSERT INTO t VALUES (%d);\n-- migrate:down\n' "$n" >"migrations/$n.sql"
    done
    wend 0 up
    if [[ $1 == sqlite ]]; then
        sql "CREATE TRIGGER full BEFORE INSERT ON wend_journal WHEN new.event = 'marked' BEGIN SELECT RAISE(ABORT, 'full'); END"
    else
        sql "ALTER TABLE wend_journal ADD CONSTRAINT full_ CHECK (event <> 'marked')"
    fi
    wend 1 adopt
    wend 0 status --json
    same "$(jq -r '"\(.applied) \(.pending)"' <<<"$output")" "2 0"
    wend 0 up
    same "$(sql 'SELECT count(*) FROM t')" 2
    if [[ $1 == sqlite ]]; then
        sql "DROP TRIGGER full"
    else
        sql "ALTER TABLE wend_journal DROP CONSTRAINT full_"
    fi
    wend 0 adopt
    same "$(sql 'SELECT count(*) FROM wend_migrations')" 2
    wend 0 up
    same "$(sql 'SELECT count(*) FROM t')" 2
}

@test "adopting that fails in the middle: SQLite" { midway sqlite; }
@test "adopting that fails in the middle: PostgreSQL" { midway postgres; }
@test "adopting that fails in the middle: MariaDB" { midway mariadb; }

@test "a history of wend's own that was not taken over from the tool's is another project's" {
    on sqlite
    mkdir -p other
    echo "CREATE TABLE o (a int);" >other/001_o.up.sql
    marked_folder() { printf -- '-- migrate:up\nCREATE TABLE t%d (a int);\n-- migrate:down\nDROP TABLE t%d;\n' "$1" "$1" >"migrations/$1.sql"; }
    mkdir -p migrations
    marked_folder 2
    wend 0 up
    # As if dbmate itself had run it.
    sql "DROP TABLE wend_journal"
    sql "DROP TABLE wend_scripts"
    wend 0 --format wend -m other up
    for command in up status adopt "down --yes"; do
        # shellcheck disable=SC2086
        wend 6 $command
        holds "$stderr" "a history of dbmate (schema_migrations) and one of wend's own (wend_migrations)"
    done
    printf 'format: dbmate\ntable: schema_migrations\njournal: dbmate_journal\nscripts: dbmate_scripts\n' >wend.yaml
    marked_folder 3
    wend 0 up
    same "$(sql 'SELECT version FROM schema_migrations ORDER BY 1')" $'2\n3'
    wend 6 adopt
    holds "$stderr" "the table wend_migrations is that of another project or track"
    rm wend.yaml
    wend 0 --format wend -m other status --json
    same "$(jq -r .applied <<<"$output")" 1
}

@test "a table that says that nothing is applied is nothing to adopt" {
    on sqlite
    mkdir -p migrations
    printf -- '-- migrate:up\nCREATE TABLE t (a int);\n-- migrate:down\nDROP TABLE t;\n' >migrations/1.sql
    wend 0 up
    wend 0 down --yes
    wend 2 adopt
    holds "$stderr" "nothing is applied"
    same "$(sql "SELECT name FROM sqlite_schema WHERE name = 'wend_migrations'")" ""
}

@test "what was adopted and went back, or was accepted, still tells layout from a change" {
    on sqlite
    mkdir migrations
    echo "CREATE TABLE t1 (a int);" >migrations/1_make.sql
    wend 0 --format sqlx up
    wend 0 --format sqlx adopt
    wend 0 --format sqlx adopt --back
    layout() {
        sed -i '1s/^/-- again\n/' migrations/1_make.sql
        wend 0 --format sqlx status
        holds "$stderr" "1 changed only in layout or comments"
    }
    layout
    sed -i 's/int/text/' migrations/1_make.sql
    wend 6 --format sqlx up
    wend 0 --format sqlx repair --accept --yes
    layout
}

@test "nothing is adopted, and nothing goes back, while a migration is half done" {
    on sqlite
    mkdir migrations
    printf -- '-- +goose Up\nCREATE TABLE t (a int);\n' >migrations/001_t.sql
    half() { printf -- '-- +goose NO TRANSACTION\n-- +goose Up\nINSERT INTO t VALUES (%d);\nCREATE TABLE %s (a int);\n' "$1" "$2" >"migrations/00$1_half.sql"; }
    half 2 t
    wend 1 up
    wend 6 adopt
    same "$stderr" "error: 002_half is half done
  state: nothing was adopted
  next: finish it with \`wend up\`, or settle it with \`wend repair\`"
    half 2 u
    wend 0 up
    wend 0 adopt
    half 3 t
    wend 1 up
    wend 6 adopt --back
    holds "$stderr" "error: 003_half is half done"
    half 3 v
    wend 0 up
    wend 0 adopt --back
    same "$(sql 'SELECT group_concat(a) FROM t')" 2,3
}
