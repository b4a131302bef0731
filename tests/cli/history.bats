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
    same "$(($(grep -vc '^    ' <<<"$output") - 1))" "$(sql 'SELECT count(*) FROM wend_journal')"
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
    wend 2 history --run nope
    same "$stderr" "error: there is no run nope
  next: \`wend history -v\` lists the runs"
    wend 2 history --run nope --json
    same "$(jq -r .error.message <<<"$output")" "there is no run nope"
}

@test "history fits the terminal, and names what the folder or the history knows" {
    tables 12
    migration 013_all_that_customers_asked_for_yet "-- wend: transaction none
CREATE TABLE a (x);
SELECT nope;"
    wend 1 up -q
    wend 0 history
    holds "$output" "failed at statement 2  up   013_all_that_customers_asked_for_yet"
    (($(wc -L <<<"$output") <= 100))
    wend 0 history -v
    holds "$output" "done to 1 "
    holds "$output" "
    no such column: nope (migrations/013_all_that_customers_asked_for_yet.sql:3)
"
    rm -r migrations
    wend 0 history
    holds "$output" "applied                up   12 "
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
    wend 2 history --run nope
    holds "$stderr" "error: there is no run nope"
}
