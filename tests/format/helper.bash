# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every file here loads beside what tests/cli has: the other tools themselves, and databases of
# a test's own on servers that live as long as a file's tests.

# shellcheck source=tests/cli/helper.bash
. "$BATS_TEST_DIRNAME/../cli/helper.bash"
servers=$BATS_TEST_DIRNAME/../server

# npm_tools PACKAGE@VERSION...: their node_modules folder as $npm. They are installed once, without
# the scripts that they bring, into a folder that is kept; leaves the tests out where that cannot be.
npm_tools() {
    local base=${WEND_TEST_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/wend-test-tools} key folder
    command -v npm >/dev/null || skip "npm is not installed"
    key=$(printf '%s\n' "$@" | sort | sha256sum | cut -c1-12)
    folder=$base/npm-$key
    mkdir -p "$folder"
    (
        flock 9
        if [[ ! -e $folder/complete ]]; then
            cd "$folder" && echo '{"private": true}' >package.json &&
                npm install --no-audit --no-fund --ignore-scripts "$@" && touch complete
        fi
    ) 9>"$folder/lock" >"$folder/log" 2>&1 || skip "the packages cannot be installed: $*"
    # shellcheck disable=SC2034 # the tests use it
    npm=$folder/node_modules
}

# server postgres|mariadb: starts one for this file's tests, or leaves them out.
server() {
    local status=0
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
        if [[ -e $BATS_FILE_TMPDIR/$one-url ]]; then
            "$servers/$one" stop "$BATS_FILE_TMPDIR/$one" || true
        fi
    done
}

# on postgres|mariadb|sqlite: an empty database of the test's own as $url and DATABASE_URL.
on() {
    local at name=t$BATS_TEST_NUMBER
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
    mariadb) my "${url##*/}" "$1" | tr '\t' '|' ;;
    esac
}

# states: the state and the name of each migration, "applied 001_a" a line.
states() {
    wend 0 status --json
    jq -r '.migrations[] | .state + " " + .id' <<<"$output"
}
