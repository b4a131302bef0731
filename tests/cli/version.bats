#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend version: where the database stands.

load helper
load golden/golden

@test "version shows the highest applied one" {
    tables 1 2 3
    wend 0 version
    same "$output" "none"
    wend 0 up -q --to 2
    echo "SELECT 1;" >migrations/R__v.sql
    wend 0 up -q --count 1
    wend 0 version
    same "$(cut -d' ' -f1 <<<"$output")" "003"
    wend 0 current
    holds "$output" "003"
    wend 0 down -q --yes
    wend 0 version
    same "$(cut -d' ' -f1 <<<"$output")" "002"
}

@test "version --json has the product and its version, too" {
    tables 1
    wend 0 version --json
    same "$(jq -r .version <<<"$output")" null
    wend 0 up -q
    wend 0 version --json
    same "$(jq -r '"\(.version) \(.name) \(.database)"' <<<"$output")" "001 t1 sqlite:shop.db"
    [[ $(jq -r .server <<<"$output") =~ ^SQLite\ [0-9.]+$ ]]
    same "wend $(jq -r .wend <<<"$output")" "$("$WEND" --version)"
}

@test "version needs no folder" {
    tables 1
    wend 0 up -q
    rm -r migrations
    wend 0 version
    holds "$output" "001"
}
