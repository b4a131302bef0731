#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# script/demo on every database, for a caller whose own settings would lead elsewhere. It builds into
# build/ of this checkout, which is done already where script/test runs this.

demo=$BATS_TEST_DIRNAME/../../script/demo

setup() {
    # Below /tmp and short, as a server's socket needs it.
    TMPDIR=$(mktemp -d /tmp/wend-demo.XXXXXX)
    export TMPDIR
}

teardown() {
    rm -rf "$TMPDIR"
}

# settings_of_the_caller: none of these may count.
settings_of_the_caller() {
    export HOME=$BATS_TEST_TMPDIR DATABASE_URL=sqlite:/nowhere/at/all.db WEND_MIGRATIONS=elsewhere
    export PGPORT=1 PGSSLMODE=require PGOPTIONS=-cdefault_transaction_read_only=on MYSQL_TCP_PORT=1
    printf '[client]\nuser = nobody\npassword = wrong\n' >"$HOME/.my.cnf"
    echo '\quit' >"$HOME/.psqlrc"
    echo '.exit' >"$HOME/.sqliterc"
}

# walks [DATABASE]: the demo goes its way, and nothing of it is left.
walks() {
    settings_of_the_caller
    run "$demo" "$@"
    echo "$output"
    [ "$status" -eq 0 ]
    for shown in '0 applied, [0-9]+ pending' '[0-9]+ applied, 0 pending' 'Lovelace|Zoë' \
        '1 migration reverted' '[0-9]{2} migrations applied' 'EVENT +WAY +MIGRATION' \
        'reverted +down +20240325083000' 'The program is .*/build/wend'; do
        grep -qE "$shown" <<<"$output" || { echo "not shown: $shown"; return 1; }
    done
    [ -z "$(ls -A "$TMPDIR")" ]
    # A server's command line names its folder.
    run grep -las -- "$TMPDIR" /proc/[0-9]*/cmdline
    [ -z "$output" ]
}

@test "the demo on SQLite" {
    settings_of_the_caller
    run "$demo"
    [ "$status" -eq 0 ]
    [[ $output == *"22 applied, 0 pending"*"Ada Lovelace"*"1 migration reverted"*"The program is"* ]]
    [[ $output == *"2 seeds applied"*"2 ran, 0 pending"* ]]
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "the demo on PostgreSQL" {
    walks postgres
}

@test "the demo on MariaDB" {
    walks mariadb
}

@test "a demo that is stopped ends its server" {
    "$demo" postgres >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    local job=$! status=0 tries
    for ((tries = 0; tries < 600; tries++)); do
        ! grep -q 'wend up' "$BATS_TEST_TMPDIR/out" || break
        sleep 0.05
    done
    kill -TERM "$job"
    wait "$job" || status=$?
    [ "$status" -ne 0 ]
    [ -z "$(ls -A "$TMPDIR")" ]
    run grep -las -- "$TMPDIR" /proc/[0-9]*/cmdline
    [ -z "$output" ]
}

@test "an unknown argument is told how it is used" {
    for arguments in oracle 'postgres mariadb' --fast ''; do
        # shellcheck disable=SC2086 # two arguments
        run "$demo" ${arguments:-''}
        [ "$status" -eq 2 ]
        [[ $output == "demo: unknown argument '${arguments##* }'; usage: script/demo [postgres|mariadb]" ]]
    done
}
