#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The way to a server: one that is not up yet, one that never comes, a database that is not there, and who
# may make it. On PostgreSQL and on MariaDB.

load helper
load golden/golden
load servers

# on NAME DATABASE: the rest of the test is about that server; $url is the database's.
on() {
    server=$1
    if [ ! -e "$BATS_FILE_TMPDIR/$server-url" ]; then
        skip "$server is not installed"
    fi
    url=$(cat "$BATS_FILE_TMPDIR/$server-url")
    url=${url%/*}/$2
    export DATABASE_URL=$url
    migration 001_a "CREATE TABLE a (x integer);"
}

server_script() { "$BATS_TEST_DIRNAME/../server/$server" "$1" "$BATS_FILE_TMPDIR/$server"; }

# run_sql STATEMENT [DATABASE]: as somebody who may do everything.
run_sql() {
    local port
    port=$(cat "$BATS_FILE_TMPDIR/$server/port")
    if [ "$server" = postgres ]; then
        psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres -d "${2:-postgres}" -c "$1"
    else
        mariadb --no-defaults -h 127.0.0.1 -P "$port" -u root -BN "${2:-mysql}" -e "$1"
    fi
}

comes_later() {
    on "$1" later
    run_sql "CREATE DATABASE later"
    server_script stop
    "$WEND" up --wait 60 >out 2>err 3>&- &
    under_way=$!
    sleep 1
    kill -0 "$under_way"
    server_script restart >/dev/null
    finish
    same "$status" 0
    same "$(plain "$(cat out)")" "applied   001_a  (N ms)"
}

@test "PostgreSQL comes up later: --wait waits for it" { comes_later postgres; }
@test "MariaDB comes up later: --wait waits for it" { comes_later mariadb; }

# Nobody listens on port 1.
never_comes() {
    local started=$SECONDS
    migration 001_a "CREATE TABLE a (x integer);"
    export DATABASE_URL=$1://ann:s3cret@127.0.0.1:1/shop
    wend 3 up --wait 2
    ((SECONDS - started >= 1 && SECONDS - started < 20))
    holds "$stderr" "error: $2"
    holds "$stderr" "--wait"
    [[ $stderr != *s3cret* ]]
    started=$SECONDS
    wend 3 up
    ((SECONDS - started < 2))
    "$WEND" up --wait 60 >out 2>err 3>&- &
    under_way=$!
    sleep 0.5
    kill -INT "$under_way"
    finish
    same "$status" 130
    holds "$(head -n 1 err)" "waiting for the server: "
    same "$(sed -n 2p err)" "error: interrupted while waiting for the server"
}

@test "PostgreSQL never comes: --wait ends, and so does Ctrl-C" {
    never_comes postgres "the server cannot be reached: "
}
@test "MariaDB never comes: --wait ends, and so does Ctrl-C" {
    never_comes mysql "cannot connect to the server: "
}

@test "a server without a free place is waited for" {
    on postgres crowded
    run_sql "CREATE ROLE few LOGIN CONNECTION LIMIT 0"
    run_sql "CREATE DATABASE crowded OWNER few"
    export DATABASE_URL=${url/postgres@/few@}
    wend 3 up
    holds "$stderr" "code: PostgreSQL 53300"
    "$WEND" up --wait 60 >out 2>err 3>&- &
    under_way=$!
    sleep 0.7
    kill -0 "$under_way"
    run_sql "ALTER ROLE few CONNECTION LIMIT -1"
    finish
    same "$status" 0
}

no_database() {
    on "$1" "$2"
    wend 3 up
    same "$stderr" "error: the database $3 does not exist
  code: $4
  state: nothing was run
  next: create it: \`wend up --create-database\` does; or correct the name in the URL"
    wend 3 status
    wend 3 up --create-database --dry-run
    same "$(run_sql "$5")" ""
    wend 0 up --create-database
    same "$(plain "$output")" "applied   001_a  (N ms)"
    same "$(head -n 1 <<<"$stderr")" "the database $3 was made"
    wend 0 up --create-database
    [[ $stderr != *"was made"* ]]
    wend 0 status
    holds "$output" "applied  001"
}

@test "PostgreSQL without the database: said, offered, made" {
    no_database postgres "no%20%22such" 'no "such' "PostgreSQL 3D000" \
        "SELECT datname FROM pg_database WHERE datname LIKE 'no%'"
}
@test "MariaDB without the database: said, offered, made" {
    no_database mariadb "no%20%60such" 'no `such' "MariaDB 1049 (42000)" "SHOW DATABASES LIKE 'no%'"
    same "$(run_sql "SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'no%'")" utf8mb4
}

@test "the new database is an event with --json" {
    on postgres json_made
    wend 0 --json up --create-database
    same "$(head -n 1 <<<"$output")" '{"event":"notice","text":"the database json_made was made"}'
}

# Each may find that another one has just made it.
several_make() {
    local one
    on "$1" several
    for one in 1 2 3 4 5 6; do
        "$WEND" up --create-database >"out$one" 2>"err$one" 3>&- &
        pids[one]=$!
    done
    for one in 1 2 3 4 5 6; do
        wait "${pids[one]}" || { cat "err$one" >&2; return 1; }
    done
    same "$(cat out? | grep -c '^applied')" 1
}

@test "six runs at once make one database on PostgreSQL" { several_make postgres; }
@test "six runs at once make one database on MariaDB" { several_make mariadb; }

@test "who may not make the database on PostgreSQL" {
    on postgres forbidden
    run_sql "CREATE ROLE poor LOGIN"
    wend 3 -d "${url/postgres@/poor@}" up --create-database
    same "$stderr" "error: the database forbidden is not there and could not be made: ERROR:  permission denied to create database
  code: PostgreSQL 42501
  state: nothing was run
  next: let a role that has CREATEDB make it, or use another role"
}

@test "who may not make the database on MariaDB" {
    on mariadb forbidden
    run_sql "CREATE USER poor; GRANT SELECT ON forbidden.* TO poor"
    wend 3 -d "${url/root@/poor@}" up --create-database
    same "$stderr" "error: the database forbidden is not there and could not be made: Access denied for user 'poor'@'%' to database 'forbidden'
  code: MariaDB 1044 (42000)
  state: nothing was run
  next: let a user that has the right CREATE make it, or use another user"
}

# What a pod pays that starts where nothing is pending.
few_round_trips() {
    on_server "$1"
    migration 001_a "CREATE TABLE a (x INT);"
    wend 0 up
    export DATABASE_URL=$url$2
    up=$("$BATS_TEST_DIRNAME/trips.py" "$1" "$WEND" up -q)
    status=$("$BATS_TEST_DIRNAME/trips.py" "$1" "$WEND" status)
    ((up > 0 && up <= 3 && status > 0 && status <= 3))
}

@test "a run with nothing to do and status take three round trips at most on PostgreSQL" {
    few_round_trips postgres '?sslmode=disable&gssencmode=disable'
}

@test "a run with nothing to do and status take three round trips at most on MariaDB" {
    few_round_trips mariadb ''
}
