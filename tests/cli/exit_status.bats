#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The exit status is a contract: one test reaches each.

load helper
load golden/golden

@test "0: done" {
    tables 1
    wend 0 up
}

@test "1: a migration failed" {
    project
    migration 001_a "SELECT nope;"
    wend 1 up
    wend 1 up --json
    same "$(tail -1 <<<"$output" | jq .error.code)" 1
}

@test "2: wrong usage, configuration or folder" {
    wend 2 up
    tables 1
    wend 2 up --nonsense
    touch migrations/hello.sql
    wend 2 up
}

@test "3: the database cannot be reached" {
    tables 1
    wend 3 -d sqlite:no/where.db up
}

@test "4: the lock was not obtained" {
    tables 1
    exec 9>shop.db-wend
    flock -x 9
    wend 4 up --lock-timeout 0.1
    exec 9>&-
}

@test "5: there are pending migrations" {
    tables 1
    wend 5 status --exit-code
}

@test "6: the history and the files disagree" {
    tables 1 3
    wend 0 up
    tables 2
    wend 6 up
}

@test "7: something was found" {
    project
    migration 001_a "SELECT nope;"
    wend 7 validate
}

@test "8: refused for safety" {
    tables 1
    wend 0 up
    wend 8 down
}

@test "130: interrupted" {
    project
    migration 001_a "$endless"
    begin up
    wait_for at_work
    kill -INT "$under_way"
    sleep 0.1
    end INT
    [ "$status" -eq 130 ]
}
