#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where the database and the other settings come from, and what goes before what.

load helper
load golden/golden

local_setup() {
    tables 1 2
    rm wend.yaml
}

# target ARGUMENT...: which database wend status says it looked at.
target() { "$WEND" "$@" status --json | jq -r .database; }

@test "without any URL every command names the three ways to give one" {
    wend 2 up
    golden no_database "$stderr"
    for command in "down -y" "redo -y" "reset -y" "clean -y" status history plan version "baseline 1" "mark 1" repair \
        unlock validate; do
        # shellcheck disable=SC2086
        wend 2 $command
        golden no_database "$stderr"
    done
    wend 2 status --json
    same "$(jq -r .error.message <<<"$output")" "no database is given, and there is no wend.yaml here or above"
}

@test "the three ways, and which goes before which" {
    echo "database: sqlite:yaml.db" >wend.yaml
    same "$(target)" sqlite:yaml.db
    echo "DATABASE_URL=sqlite:dotenv.db" >.env
    same "$(target)" sqlite:dotenv.db
    export DATABASE_URL=sqlite:environment.db
    same "$(target)" sqlite:environment.db
    export WEND_DATABASE_URL=sqlite:first.db
    same "$(target)" sqlite:first.db
    same "$(target -d sqlite:option.db)" sqlite:option.db
    same "$(target --database=sqlite:option.db)" sqlite:option.db
}

@test "every form of an sqlite URL" {
    for url in sqlite:a.db sqlite3:b.db sqlite://c.db "sqlite://$PWD/d.db" "sqlite:$PWD/e.db" "sqlite:f g.db" \
        sqlite:h%20i.db "sqlite:j.db?mode=rwc" "sqlite:k.db?foreign_keys=on"; do
        wend 0 -d "$url" up
        holds "$stderr" "$url: 2 migrations applied"
    done
    same "$(ls ./*.db)" "./a.db
./b.db
./c.db
./d.db
./e.db
./f g.db
./h i.db
./j.db
./k.db"
    wend 0 -d sqlite::memory: up
    holds "$stderr" "2 migrations applied"
    wend 0 -d "sqlite:any.db?mode=memory" up
    [ ! -e any.db ]
}

@test "URLs that say nothing" {
    wend 2 -d "sqlite:a.db?mod=ro" up
    same "$stderr" 'error: the database URL has the unknown parameter "mod=ro"
  next: did you mean mode?'
    wend 2 -d "sqlite:a.db?mode=x" up
    holds "$stderr" "next: mode takes ro, rw, rwc or memory"
    wend 2 -d sqlite: up
    holds "$stderr" 'error: the database URL "sqlite:" names no file'
    wend 2 -d shop.db up
    same "$stderr" "error: the database URL has no scheme
  next: did you mean sqlite:shop.db? The schemes are: sqlite:, postgres:, mysql:"
    wend 2 -d :memory: up
    same "$stderr" "error: no driver for the database URL scheme \":\"
  next: a database in memory is sqlite::memory:"
    wend 2 -d "host=db password=secret" up
    [[ $stderr != *secret* ]]
    long=$(printf 'é%.0s' {1..150})
    for url in "$long" "x$long:y"; do
        wend 2 -d "$url" up
        [[ $stderr != *"$long"* ]]
    done
    holds "$stderr" '…"'
    wend 2 -d oracle://host/shop up
    holds "$stderr" 'error: no driver for the database URL scheme "oracle:"'
}

@test "WEND_ variables stand for the options" {
    mv migrations scripts
    WEND_MIGRATIONS=scripts WEND_DATABASE_URL=sqlite:a.db wend 0 up -q
    WEND_DATABASE_URL=sqlite:a.db wend 2 up
    printf 'environments:\n  - name: dev\n    database: sqlite:dev.db\n    migrations: scripts\n' >other.yaml
    WEND_CONFIG=other.yaml WEND_ENV=dev wend 0 status
    holds "$output" "sqlite:dev.db: 0 applied, 2 pending"
    WEND_LOCK_TIMEOUT=soon WEND_DATABASE_URL=sqlite:a.db wend 2 status
    same "$stderr" 'error: WEND_LOCK_TIMEOUT: "soon" is no duration
  next: write 500ms, 5s, 2min, 1h, or a number of seconds'
    WEND_FORMAT=unheard WEND_DATABASE_URL=sqlite:a.db wend 2 status
    holds "$stderr" 'error: there is no format "unheard"'
}

@test ".env adds to the environment and never overrides it" {
    printf 'export SHOP="sqlite:shop.db" # the shop\nWEND_YES=1\n' >.env
    echo "database: \${SHOP}" >wend.yaml
    wend 0 up -q
    [ -e shop.db ]
    SHOP=sqlite:other.db wend 0 status
    holds "$output" "sqlite:other.db: 0 applied, 2 pending"
    echo "SHOP" >>.env
    wend 2 status
    holds "$stderr" ".env:3"
}

@test "environments pick a section, and confirm makes up ask" {
    cat >wend.yaml <<'YAML'
database: sqlite:top.db
environments:
  - name: dev
    database: sqlite:dev.db
  - name: production
    database: ${PRODUCTION_URL}
    confirm: true
YAML
    same "$(target)" sqlite:top.db
    same "$(target -e dev)" sqlite:dev.db
    wend 2 -e production status
    golden unset_variable "$stderr"
    export PRODUCTION_URL=sqlite:production.db
    wend 8 -e production up
    same "$stderr" "error: not confirmed: Apply 2 migrations to sqlite:production.db, environment production?
  state: nothing was changed
  next: there is no terminal to ask on; --yes answers yes"
    NO_COLOR=1 on_terminal 'n\n' "$WEND" -e production up
    [ "$status" -eq 8 ]
    holds "$output" "  up    001_t1
  up    002_t2
Apply 2 migrations to sqlite:production.db, environment production? [y/N]"
    wend 0 -e production up -q --yes --count 1
    wend 0 -e production up -q --force
    wend 0 -e production up
    wend 0 -e production up --dry-run
    wend 2 -e prodution status
    same "$stderr" 'error: there is no environment "prodution"
  next: did you mean "production"? There is: dev, production'
}

@test "tracks have their own folder and history in one database" {
    cat >wend.yaml <<'YAML'
database: sqlite:shop.db
tracks:
  - name: shop
    migrations: migrations
  - name: system
    migrations: platform
    table: migrations.system
YAML
    mkdir platform
    echo "CREATE TABLE s (x);" >platform/1_s.sql
    wend 0 --track shop up -q
    wend 0 --track system status
    holds "$output" "0 applied, 1 pending"
    WEND_TRACK=system wend 0 up -q
    same "$(sql 'SELECT count(*) FROM "migrations.system"')" 1
    wend 0 --track system history --json
    same "$(jq -r '.journal[].track' <<<"$output")" system
    wend 0 --track shop status
    holds "$output" "2 applied, 0 pending"
    wend 2 --track other status
    holds "$stderr" 'error: there is no track "other"'
}

@test "the tables can have other names" {
    printf 'database: sqlite:shop.db\ntable: applied\njournal: log\nscripts: texts\n' >wend.yaml
    wend 0 up -q
    same "$(sql "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name)")" \
        "applied log t1 t2 texts"
    wend 0 down -q -y
    wend 0 history
    holds "$output" "reverted"
}

@test "a wend.yaml above is found, and its paths are its own" {
    project
    mkdir -p deep/down
    cd deep/down
    wend 0 up -q
    [ ! -e shop.db ]
    [ -e ../../shop.db ]
}

@test "what the program itself reads is not taken from .env" {
    project
    printf 'WEND_JSON=1\nWEND_YES=1\nWEND_QUIET=1\nWEND_VERBOSE=x\nWEND_COLOR=always\nWEND_CONFIG=no\n' >.env
    wend 0 up
    holds "$stderr" "2 migrations applied"
    [[ $output != *$'\e'* && $output != *"{"* ]]
    wend 8 down
    for name in YES JSON QUIET VERBOSE COLOR; do
        export "WEND_$name=perhaps"
        wend 2 status
        holds "$stderr" "error: WEND_$name is "
        unset "WEND_$name"
    done
}

@test "the tables must differ" {
    printf 'database: sqlite:shop.db\njournal: log\nscripts: LOG\n' >wend.yaml
    wend 2 up
    same "$stderr" 'error: the journal and the table of scripts have the same table, "LOG"
  --> wend.yaml:3:10
    3 | scripts: LOG
      |          ^
  next: give one of them another name with "table:", "journal:" or "scripts:"'
    printf 'database: sqlite:shop.db\ntable: wend_journal\n' >wend.yaml
    wend 2 status
    holds "$stderr" "--> wend.yaml:2:8"
    printf 'database: sqlite:shop.db\ntable: sqlite_mine\n' >wend.yaml
    wend 2 up
    holds "$stderr" "SQLite keeps names that begin with sqlite_ to itself"
    printf 'database: sqlite:shop.db\ntable: s.%s\n' "$(printf 'n%.0s' {1..58})" >wend.yaml
    wend 2 up
    holds "$stderr" "its name is too long"
    holds "$stderr" "--> wend.yaml:2:8"
    printf 'database: sqlite:shop.db\ntracks:\n  - name: a\n    table: h\n  - name: b\n    table: h_SEEDS\n' >wend.yaml
    wend 2 status
    holds "$stderr" 'what is known of the seeds of track "a" and the history of track "b" have the same table'
    holds "$stderr" "--> wend.yaml:6:12"
    [ ! -e shop.db ]
}

@test "the longest name of a table that is taken" {
    printf 'database: sqlite:shop.db\ntable: %s\n' "$(printf 'n%.0s' {1..57})" >wend.yaml
    wend 0 status
    # That of a tool is called as the tool calls it.
    mkdir -p theirs seeds
    echo "CREATE TABLE t (x);" >theirs/000001_t.up.sql
    printf 'database: sqlite:theirs.db\nmigrations: theirs\nformat: golang-migrate\ntable: %s\n' "$(printf 'n%.0s' {1..60})" >wend.yaml
    wend 0 up
    wend 2 seed run
    holds "$stderr" "error: the name of the history is too long for seeds: nnn"
}

# quickly STATUS ARGUMENT...: as wend, but a wait is a failure.
quickly() {
    local program=$WEND
    WEND=$(command -v timeout)
    wend "$1" -k 1 10 "$program" "${@:2}"
    WEND=$program
}

@test "a pipe, a folder or a circle of links where a configuration should be" {
    mkfifo wend.yaml
    quickly 2 status
    same "$stderr" "error: wend.yaml is no regular file
  next: put a plain text file in its place"
    rm wend.yaml
    ln -s wend.yaml wend.yaml
    quickly 2 status
    same "$stderr" "error: wend.yaml cannot be read: Too many levels of symbolic links
  next: the symbolic links lead in a circle: put the file itself in their place"
    rm wend.yaml
    quickly 2 -c . status
    same "$stderr" "error: the configuration file . is a folder
  next: name a file, for example -c ./wend.yaml"
    project
    mkfifo .env
    quickly 2 status
    holds "$stderr" "error: .env is no regular file"
    rm .env
    mkdir .env
    quickly 0 status
}
