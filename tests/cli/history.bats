#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend history: what the journal tells.

load helper
load golden/golden

local_setup() { tables 1 2; }

# story: a little of everything.
story() {
    wend 0 up -q
    wend 0 down -q --yes
    migration 003_bad "SELECT nope;"
    wend 1 up -q
    rm migrations/003*
    wend 0 mark --pending 2
}

@test "history shows what was done, newest first" {
    story
    wend 0 history
    golden history "$(narrow <<<"$output")"
}

@test "history -v shows every row of the journal" {
    story
    wend 0 history -v
    golden history_verbose "$(narrow <<<"$output")"
    same "$(($(wc -l <<<"$output") - 1))" "$(sql 'SELECT count(*) FROM wend_journal')"
}

@test "history --limit and --run" {
    story
    wend 0 history --limit 2
    same "$(wc -l <<<"$output")" 3
    wend 0 history --limit 0
    same "$(wc -l <<<"$output")" 7
    run_id=$(sql "SELECT run FROM wend_journal LIMIT 1")
    wend 0 history --run "$run_id"
    same "$(awk 'NR > 1 { print $3 }' <<<"$output" | tr '\n' ' ')" "applied done begin applied done begin "
    wend 0 history --run nobody --json
    same "$(jq -c .journal <<<"$output")" "[]"
}

@test "history --json has the rows with their details" {
    story
    wend 0 history --json
    same "$(jq -r '.journal[] | "\(.event) \(.direction) \(.id) \(.statement)"' <<<"$output")" \
        "marked down 2 0
failed up 3 1
applied up 2 0
reverted down 2 0
applied up 2 0
applied up 1 0"
    same "$(jq -r '.journal[] | select(.event == "failed") | .detail | "\(.error) \(.file):\(.line)"' <<<"$output")" \
        "no such column: nope migrations/003_bad.sql:1"
}

@test "history needs no folder, and says when there is none yet" {
    rm -r migrations
    wend 0 history
    same "$stderr" "sqlite:shop.db: nothing was done here yet"
    wend 0 history --json
    same "$output" '{"database":"sqlite:shop.db","journal":[]}'
}
