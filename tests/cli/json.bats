#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# With --json every command prints JSON on standard output, and nothing else.

load helper
load golden/golden

# documents CODE COUNT ARGUMENT...: the output is COUNT JSON values (+ = one or more).
documents() {
    local code=$1 count=$2 found
    shift 2
    wend "$code" "$@" --json
    found=$(jq -cn '[inputs] | length' <<<"$output")
    if [ "$count" = + ]; then
        [ "$found" -ge 1 ]
    else
        same "$found" "$count"
    fi
}

@test "every command's output is JSON" {
    documents 0 1 init
    documents 0 1 new --template
    documents 0 1 new --sequence one
    echo "CREATE TABLE a (x);" >migrations/001_one.up.sql
    echo "DROP TABLE a;" >migrations/001_one.down.sql
    documents 0 1 plan
    documents 0 1 up --dry-run
    documents 0 3 up
    documents 0 1 status
    documents 0 1 history
    documents 0 1 version
    documents 0 1 validate
    documents 0 1 repair
    documents 0 1 unlock
    documents 0 1 seed new --csv x a
    printf 'y\n' >>seeds/a.csv
    documents 0 1 seed status
    documents 0 1 seed run --dry-run
    documents 0 3 seed run
    documents 0 1 history --seeds
    documents 0 1 down --dry-run
    documents 0 3 down --yes
    documents 0 2 redo --yes
    documents 0 + reset --yes
    documents 0 + reset --hard --yes
    documents 0 1 mark 1
    documents 0 1 mark --pending 1
    documents 0 1 clean --yes
    documents 0 1 baseline 1
}

@test "every error is JSON" {
    documents 2 1 up
    tables 1 2
    documents 2 1 up --to 9
    documents 2 1 up --nonsense
    documents 2 1 nonsense
    documents 3 1 status -d sqlite:migrations
    wend 0 up -q
    documents 8 1 down
    documents 8 1 clean
    documents 6 1 baseline 1
    documents 2 1 mark 9
    echo "CREATE TABLE t1 (changed);" >migrations/001_t1.up.sql
    documents 6 1 up
    documents 6 1 validate
    touch migrations/hello.sql
    documents 2 1 status
    same "$(jq -c '.error | keys' <<<"$output")" \
        '["code","column","file","hint","line","message","problems","state","vendor"]'
    same "$stderr" ""
}

@test "names and texts with anything in them stay JSON" {
    project
    migration '001_a"b' "SELECT 'ä \"quoted\" \\ 漢', nope;"
    documents 1 2 up
    documents 0 1 status
    same "$(jq -r '.migrations[0].name' <<<"$output")" 'a"b'
    documents 0 1 history
}
