# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What files share of which some tests are on a server: one of each kind for a file, and a database of its own for
# each test.

setup_file() {
    local name status
    for name in postgres mariadb; do
        status=0
        "$BATS_TEST_DIRNAME/../server/$name" start "$BATS_FILE_TMPDIR/$name" >"$BATS_FILE_TMPDIR/$name-url" ||
            status=$?
        # One that is not installed: its tests are left out.
        ((status == 0 || status == 77))
        ((status == 0)) || rm "$BATS_FILE_TMPDIR/$name-url"
    done
}

teardown_file() {
    "$BATS_TEST_DIRNAME/../server/postgres" stop "$BATS_FILE_TMPDIR/postgres" || true
    "$BATS_TEST_DIRNAME/../server/mariadb" stop "$BATS_FILE_TMPDIR/mariadb" || true
}

# on_server postgres|mariadb: an empty database of the test's own, as $url and DATABASE_URL.
on_server() {
    kind=$1
    [ -e "$BATS_FILE_TMPDIR/$kind-url" ] || skip "$kind is not installed"
    url=$(cat "$BATS_FILE_TMPDIR/$kind-url")
    ask "CREATE DATABASE t$BATS_TEST_NUMBER"
    url=${url%/*}/t$BATS_TEST_NUMBER
    export DATABASE_URL=$url
}

# ask SQL: runs it there; columns are parted by |.
ask() {
    local at=${url#*@}
    case $kind in
    postgres) psql -XAtqd "$url" -c "$1" ;;
    mariadb)
        (set -o pipefail && mariadb --no-defaults -u root -h 127.0.0.1 -P "$(sed 's,/.*,,; s,.*:,,' <<<"$at")" -BN \
            -e "$1" "${at#*/}" | tr '\t' '|')
        ;;
    esac
}
