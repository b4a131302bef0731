# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every file here loads beside what tests/cli has: the other tools themselves, and databases of
# a test's own on servers that live as long as a file's tests.

# shellcheck source=tests/cli/helper.bash
. "$BATS_TEST_DIRNAME/../cli/helper.bash"
servers=$BATS_TEST_DIRNAME/../server

# npm_tools PACKAGE@VERSION...: their node_modules folder as $npm. They are installed once and kept; leaves the
# tests out where that cannot be.
npm_tools() {
    local key folder
    command -v npm >/dev/null || skip "npm is not installed"
    key=$(printf '%s\n' "$@" | sort | sha256sum | cut -c1-12)
    # shellcheck disable=SC2016 # the other shell expands them
    folder=$(cd "$BATS_TEST_DIRNAME/../.." && bash -c '. script/lib.sh && npm_folder "$@"' - "tools-$key" "$@" 2>"$BATS_TEST_TMPDIR/npm.log") ||
        skip "the packages cannot be installed: $*"
    # shellcheck disable=SC2034 # the tests use it
    npm=$folder/node_modules
}

# server postgres|mariadb: starts one for this file's tests, or leaves them out. One that runs for all files
# (tests/server/with) is taken as it is.
server() {
    local status=0 running=WEND_TEST_${1^^}_URL
    if [[ ${!running:-} ]]; then
        echo "${!running}" >"$BATS_FILE_TMPDIR/$1-url"
        return 0
    fi
    "$servers/$1" start "$BATS_FILE_TMPDIR/$1" >"$BATS_FILE_TMPDIR/$1-url" || status=$?
    if ((status == 77)); then
        skip "$1 is not installed"
    fi
    ((status == 0))
}

# stop_servers: those that server() started.
stop_servers() {
    local one
    for one in postgres mariadb; do
        if [[ -e $BATS_FILE_TMPDIR/$one ]]; then
            "$servers/$one" stop "$BATS_FILE_TMPDIR/$one" || true
        fi
    done
}

# alone: no other file's test goes on beyond this word as long as this one runs, for what all databases of a server
# share: names of locks, other databases.
alone() {
    local all
    if [[ -d ${WEND_TEST_MARIADB_DIR:-} ]]; then
        # Kept open until the test ends, and with it the lock.
        exec {all}<"$WEND_TEST_MARIADB_DIR"
        flock "$all"
    fi
}

# on postgres|mariadb|sqlite: an empty database of the test's own as $url and DATABASE_URL.
on() {
    local at name
    name=$(basename "$BATS_TEST_FILENAME" .bats)_$BATS_TEST_NUMBER
    database=$1
    case $1 in
    sqlite)
        url=sqlite:shop.db
        ;;
    postgres)
        at=$(cat "$BATS_FILE_TMPDIR/postgres-url")
        psql -Xqd "$at" -c "CREATE DATABASE $name"
        url=${at%/*}/$name
        ;;
    mariadb)
        at=$(cat "$BATS_FILE_TMPDIR/mariadb-url")
        url=${at%/*}/$name
        url_of_server=$at
        my "" "CREATE DATABASE $name"
        url_of_server=$url
        ;;
    esac
    export DATABASE_URL=$url
}

# own_locks: how many advisory locks there are in the test's database; other tests have theirs beside it.
own_locks() {
    sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (
         SELECT oid FROM pg_database WHERE datname = current_database())"
}

# my DATABASE STATEMENT: runs it on the MariaDB server.
my() {
    local at=${url_of_server#*@}
    at=${at%%/*}
    mariadb --no-defaults -u root -h "${at%:*}" -P "${at#*:}" --skip-column-names --batch -e "$2" ${1:+"$1"}
}

# sql STATEMENT: runs it on the test's database; columns are parted by |.
sql() {
    case $database in
    sqlite) sqlite3 shop.db "$1" ;;
    postgres) psql -XAtqd "$url" -c "$1" ;;
    mariadb) (set -o pipefail && my "${url##*/}" "$1" | tr '\t' '|') ;;
    esac
}

# shape TABLE: how it is made, as the database tells it.
shape() {
    case $database in
    sqlite)
        sqlite3 shop.db "SELECT name, upper(type), \"notnull\", dflt_value, pk FROM pragma_table_info('$1')" \
            "SELECT name, \"unique\", origin FROM pragma_index_list('$1') ORDER BY name"
        ;;
    postgres) pg_dump -sOxt "$1" "$url" | grep -Ev '^(--|SET |SELECT pg_catalog|\\|$)' ;;
    mariadb) my "${url##*/}" "SHOW CREATE TABLE $1" | sed 's/ AUTO_INCREMENT=[0-9]*//' ;;
    esac
}

# made_like TABLE DDL: wend made the table as this statement does.
made_like() {
    local ours
    ours=$(shape "$1")
    sql "DROP TABLE $1" >/dev/null
    sql "$2" >/dev/null
    same "$ours" "$(shape "$1")"
}

# hold SELECT: a session that runs it, and waits; ended by let_go.
hold() {
    case $database in
    postgres) psql -XAtqd "$url" -c "$1" -c 'SELECT pg_sleep(60)' >held 2>&1 3>&- & ;;
    mariadb)
        local at=${url#*@}
        at=${at%%/*}
        mariadb --no-defaults -u root -h "${at%:*}" -P "${at#*:}" --unbuffered --batch -N \
            -e "$1; SELECT SLEEP(60)" "${url##*/}" >held 2>&1 3>&- &
        ;;
    esac
    holder=$!
    until [[ -s held ]]; do sleep 0.05; done
}

let_go() {
    case $database in
    postgres) sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()" >/dev/null ;;
    mariadb)
        local id
        id=$(sql "SELECT id FROM information_schema.processlist WHERE db = database() AND info LIKE 'SELECT SLEEP(60)%'")
        sql "KILL $id"
        ;;
    esac
    wait "$holder" || true
}

# states: the state and the name of each migration, "applied 001_a" a line.
states() {
    wend 0 status --json
    jq -r '.migrations[] | .state + " " + .id' <<<"$output"
}

# from_templates FORMAT DIR: migrations that wend makes there by its templates: tables with triggers, and an index,
# on PostgreSQL one that cannot be built in a transaction.
from_templates() {
    mkdir -p "$2"
    wend 0 --format "$1" -m "$2" new orders --template entity entity=order "columns=name varchar(80), total integer"
    wend 0 --format "$1" -m "$2" new index total --template index table=tb_order columns=total
    [[ $stderr == "look it over"* ]]
}

# templates_work: what from_templates made is there, and the triggers fire.
templates_work() {
    sql "INSERT INTO tb_order (name, total) VALUES ('one', 1)"
    same "$(sql "SELECT count(*) FROM tv_order WHERE data LIKE '%one%'" 2>/dev/null ||
        sql "SELECT count(*) FROM tv_order WHERE data::text LIKE '%one%'")" 1
    sql "DELETE FROM tb_order"
    same "$(sql "SELECT count(*) FROM tv_order")" 0
    same "$(sql "SELECT count(*) FROM tb_order_history")" 2
}
