#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend new: names, versions and templates of new migrations.

load helper

local_setup() {
    echo "database: sqlite:wend.db" > wend.yaml
    mkdir migrations
}

# Whether the digits in front of a file name are a time of the last hour.
is_now() {
    local version=${1#migrations/}
    version=${version%%_*}
    [[ $version =~ ^[0-9]{14}$ ]]
    (( version <= $(date -u -d '+5 minutes' +%Y%m%d%H%M%S) ))
    (( version >= $(date -u -d '-1 hour' +%Y%m%d%H%M%S) ))
}

@test "new makes a timestamped pair" {
    wend 0 new create users
    [ "${#lines[@]}" -eq 2 ]
    is_now "${lines[0]}"
    [[ ${lines[0]} == migrations/*_create_users.up.sql ]]
    [[ ${lines[1]} == migrations/*_create_users.down.sql ]]
    same "$stderr" 'write its SQL, then `wend up`'
    same "$(cat "${lines[0]}")" "-- create_users"
    same "$(cat "${lines[1]}")" "-- create_users: takes back what the up script did"
}

@test "new says what comes next, but not with --quiet or --json" {
    wend 0 new --single create users
    same "$stderr" 'write its SQL, then `wend up`'
    wend 0 new -q add email
    same "$stderr" ""
    wend 0 new --json add name
    same "$stderr" ""
}

@test "new has other words" {
    for word in create make revision; do
        wend 0 $word add "$word"
    done
}

@test "new gives every migration its own version within a second" {
    for i in 1 2 3 4 5; do
        wend 0 new "step $i"
    done
    [ "$(ls migrations | grep -c up)" -eq 5 ]
    [ "$(ls migrations | cut -d_ -f1 | sort -u | wc -l)" -eq 5 ]
    same "$(ls migrations | sed -n 's/.*_\(.\)\.up.*/\1/p' | tr '\n' ' ')" "1 2 3 4 5 "
}

@test "new gives every migration its own version in other tools' folders, too" {
    for format in golang-migrate dbmate goose sqlx diesel sql-migrate supabase flash confiture fluxbase flyway \
        liquibase node-pg-migrate prisma; do
        rm -r migrations
        mkdir migrations
        for name in d c b a; do
            wend 0 --format $format new $name table
        done
        same "$(ls migrations | grep -v '\.down\|^U' | sed -E 's/^(V?[0-9]+).*/\1/' | sort -u | wc -l)" 4
        same "$(ls migrations | grep -v '\.down\|^U' | sed -E 's/.*[-_]([abcd])_table.*/\1/' | tr '\n' ' ')" "d c b a "
    done
}

@test "new counts on where the folder counts" {
    touch migrations/001_a.sql migrations/009_b.sql
    wend 0 new add email
    same "${lines[0]}" "migrations/010_add_email.up.sql"
    wend 0 new --single drop it
    same "$output" "migrations/011_drop_it.sql"
    wend 0 new --timestamp by time
    is_now "${lines[0]}"
    wend 0 new behind that
    is_now "${lines[0]}"
    wend 2 new --sequence no
    same "$stderr" "error: the versions of this folder are no sequence of numbers
  next: leave --sequence away"
}

@test "new comes behind a baseline, which stands for all up to its version" {
    echo 'CREATE TABLE t (a INTEGER);' >migrations/B__5_start.sql
    wend 0 new --single add email
    same "$output" "migrations/6_add_email.sql"
    rm migrations/*
    for second in 0 1 2 3; do
        echo 'SELECT 1;' >"migrations/B__$(date -u -d "$second seconds" +%Y%m%d%H%M%S)_start.sql"
    done
    wend 0 new --single add email
    version=${output#migrations/}
    version=${version%%_*}
    [ ! -e "migrations/B__${version}_start.sql" ]
}

@test "new keeps the padding" {
    touch migrations/1_a.sql migrations/9_b.sql
    wend 0 new --single c
    same "$output" "migrations/10_c.sql"
}

@test "new --sequence begins with 001" {
    wend 0 new --sequence create users
    same "$output" "migrations/001_create_users.up.sql
migrations/001_create_users.down.sql"
}

@test "new --no-down, --single and --repeatable" {
    wend 0 new --sequence --no-down a b
    same "$output" "migrations/001_a_b.up.sql"
    wend 0 new --single both ways
    same "$output" "migrations/002_both_ways.sql"
    same "$(cat migrations/002_both_ways.sql)" "-- both_ways
-- wend:up

-- wend:down"
    wend 0 new --repeatable views
    same "$output" "migrations/R__views.sql"
    wend 2 new --repeatable views
    same "$stderr" "error: migrations/R__views.sql is there already
  next: give it another name, or remove that file"
    same "$(ls migrations)" "001_a_b.up.sql
002_both_ways.sql
R__views.sql"
}

@test "new makes plain names of any words" {
    wend 0 new --sequence --no-down "Ärger & Füße: (Größe)"
    same "$output" "migrations/001_arger_fusse_grosse.up.sql"
    wend 0 new --no-down "$(printf 'x%.0s' {1..300})"
    same "$output" "migrations/002_$(printf 'x%.0s' {1..100}).up.sql"
    wend 2 new "日本"
    same "$stderr" 'error: "日本" has no letter or digit to name a file by
  next: say what the migration does: wend new create users'
}

@test "new warns about a name that says nothing" {
    wend 0 new fix
    holds "$stderr" 'warning: "fix" says little; better: wend new add email to users'
    wend 0 new fix index of orders
    [[ $stderr != *warning* ]]
}

@test "new asks for a name on a terminal only" {
    wend 2 new
    same "$stderr" "error: the migration needs a name
usage: wend new [--sequence | --timestamp] [--single | --pair] [--no-down] [--repeatable] [--edit] [--template [TEMPLATE]] [--templates DIR] [--for DATABASE] [NAME...] [KEY=VALUE...]"
    on_terminal 'Create Users\n' "$WEND" new --sequence --single
    [ "$status" -eq 0 ]
    holds "$output" "What does the migration do (create users)?"
    holds "$output" "migrations/001_create_users.sql"
    NO_COLOR=1 on_terminal '\x03' "$WEND" new
    [ "$status" -eq 130 ]
    holds "$output" "error: interrupted; nothing was done"
}

@test "new makes the default folder of a project, and no other" {
    rmdir migrations
    wend 0 new --sequence a b
    same "${lines[0]}" "migrations/001_a_b.up.sql"
    wend 2 -m elsewhere new a b
    same "$stderr" "error: there is no migrations folder elsewhere
  next: make it: mkdir -p elsewhere"
    rm -r wend.yaml migrations
    wend 2 new a b
    same "$stderr" "error: there is no migrations folder migrations
  next: wend init starts a project; --migrations DIR names a folder"
}

@test "new finds the project from a folder below" {
    mkdir -p a/b
    cd a/b
    wend 0 new --sequence --no-down x y
    same "$output" "../../migrations/001_x_y.up.sql"
}

@test "new --edit opens the files" {
    printf '#!/bin/sh\nfor file; do echo "SELECT 1;" >> "$file"; done\n' > editor
    chmod +x editor
    EDITOR="./editor" wend 0 new --sequence --edit a b
    holds "$(cat migrations/001_a_b.up.sql)" "SELECT 1;"
    holds "$(cat migrations/001_a_b.down.sql)" "SELECT 1;"
    VISUAL=false wend 0 new --edit c d
    holds "$stderr" "warning: the editor false ended with an error"
    wend 2 new --edit e f
    same "$stderr" "error: --edit needs an editor in VISUAL or EDITOR
  next: set one of them, for example EDITOR=vi, or leave --edit away"
    [ "$(ls migrations | wc -l)" -eq 4 ]
}

@test "new --json tells version and files" {
    wend 0 new --sequence --single --json create users
    same "$output" '{"version":"001","name":"create_users","files":["migrations/001_create_users.sql"]}'
}

@test "new refuses what does not go together" {
    wend 2 new --single --pair x
    holds "$stderr" "error: --single and --pair do not go together"
    wend 2 new --repeatable --timestamp x
    holds "$stderr" "error: --timestamp and --repeatable do not go together"
}

@test "new says what to do about a folder that it cannot write to" {
    rmdir migrations
    ln -s migrations migrations
    wend 2 new x y
    same "$stderr" "error: migrations cannot be made: Too many levels of symbolic links
  next: the symbolic links lead in a circle: put the folder itself in their place"
    rm migrations
    ln -s /proc/self migrations
    wend 2 new --single x y
    holds "$stderr" "cannot be made: "
    holds "$stderr" "  next: "
}
