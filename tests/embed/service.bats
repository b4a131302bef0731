#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# examples/embed as it is deployed: several of it at once, killed, beside a newer release, asked to end.

load helper

setup_file() {
    server postgres
    server mariadb
    install_wend
    build first
    build second 004_third_column.up.sql 'ALTER TABLE authors ADD COLUMN mail varchar(80);'
    build slow-sqlite 004_slow.up.sql "CREATE TABLE slow AS
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) AS x FROM n;"
    build slow-postgres 004_slow.up.sql 'CREATE TABLE slow (x integer);
        SELECT pg_sleep(1.5);' 005_index.up.sql '-- wend: transaction none
        CREATE INDEX CONCURRENTLY slow_x ON slow (x);'
    build slow-mariadb 004_slow.up.sql 'CREATE TABLE slow (x integer);
        DO SLEEP(1.5);' 005_index.up.sql 'CREATE INDEX slow_x ON slow (x);'
}

teardown_file() { stop_servers; }

# build NAME [FILE TEXT]...: the example with these migrations more, as $BATS_FILE_TMPDIR/NAME/build/notes.
# WEND_TEST_MESON: options of its build.
build() {
    local folder=$BATS_FILE_TMPDIR/$1
    cp -R "$top/examples/embed" "$folder"
    while (($# > 1)); do
        echo "$3" >"$folder/migrations/$2"
        set -- "$1" "${@:4}"
    done
    # shellcheck disable=SC2086 # several options
    if ! meson setup ${WEND_TEST_MESON:-} --werror "$folder/build" "$folder" >"$folder/log" 2>&1 ||
        ! ninja -C "$folder/build" >>"$folder/log" 2>&1; then
        cat "$folder/log"
        return 1
    fi
}

local_setup() { services=(); }

# start NUMBER NAME [OPTION...]: one of the builds, as process ${services[NUMBER]}; what it says is in log.NUMBER.
start() {
    local number=$1 name=$2
    shift 2
    ${WEND_TEST_UNDER:-} "$BATS_FILE_TMPDIR/$name/build/notes" --port 0 "$@" 2>"log.$number" >&2 </dev/null 3>&- &
    services[number]=$!
}

# patiently COMMAND...: until it succeeds, at most a minute.
patiently() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.1
    done
    echo "waited in vain for: $*" >&2
    tail -n 5 log.* >&2
    return 1
}

# told NUMBER WORDS: whether it has logged them.
told() { grep -q -- "$2" "log.$1"; }

serving() { patiently told "$1" event=serving; }

# ended NUMBER STATUS: waits for its end.
ended() {
    local status=0
    wait "${services[$1]}" || status=$?
    unset "services[$1]"
    if ((status != $2)); then
        printf 'service %s: status %s, not %s\n' "$1" "$status" "$2" >&2
        cat "log.$1" >&2
        return 1
    fi
}

end() {
    kill -TERM "${services[$1]}"
    ended "$1" "${2:-0}"
}

# get NUMBER [PAGE]: what it answers, and the status behind it.
get() {
    curl -s -w '%{http_code}' "http://127.0.0.1:$(sed -n 's/.*event=serving port=//p' "log.$1")/${2:-healthz}"
}

teardown() {
    local one
    for one in "${services[@]}"; do
        kill -KILL "$one" 2>/dev/null || true
        wait "$one" 2>/dev/null || true
    done
}

# once ID...: these migrations are applied, each of them once, and nothing else is.
once() {
    same "$(sql "SELECT id FROM notes_migrations ORDER BY id")" "$(printf '%s\n' "$@")"
    same "$(sql "SELECT id FROM wend_journal WHERE event = 'applied' ORDER BY id")" "$(printf '%s\n' "$@")"
    same "$(sql "SELECT count(*) FROM notes WHERE id = 1")" 1
}

healthy() {
    same "$(get "$1")" "{\"status\":\"ok\",\"version\":\"$2\",\"pending\":0,\"newer\":${3:-0}}
200"
}

ten_start() {
    local number
    on "$1"
    for number in {1..10}; do
        start "$number" first
    done
    for number in {1..10}; do
        serving "$number"
        healthy "$number" 003
    done
    once 1 2 3
    # One of them has applied all.
    same "$(grep -l event=applied log.* | wc -l)" 1
    same "$(cat log.* | grep -c 'event=applied.* direction=up')" 3
    told 1 'event=plan track=notes direction=up total='
    for number in {1..10}; do
        end "$number"
        told "$number" event=ended
    done
}

@test "ten start on an empty database of PostgreSQL: each migration once, all serve" {
    ten_start postgres
}

@test "ten start on an empty database of MariaDB: each migration once, all serve" {
    ten_start mariadb
}

@test "ten start on SQLite where no file is: each migration once, all serve" {
    ten_start sqlite
}

at_slow() { grep -l 'event=begin.*version=004' log.*; }

one_is_killed() {
    local number slow=slow-$1 killed
    on "$1"
    for number in {1..10}; do
        start "$number" "$slow"
    done
    patiently at_slow
    sleep 0.3
    killed=$(at_slow | sed 's/log\.//')
    kill -KILL "${services[$killed]}"
    ended "$killed" 137
    for number in {1..10}; do
        ((number == killed)) || serving "$number"
    done
    once "${@:2}"
    same "$(sql "SELECT count(*) FROM slow")" "$([ "$1" = sqlite ] && echo 1 || echo 0)"
    start "$killed" "$slow"
    serving "$killed"
    for number in {1..10}; do
        healthy "$number" "00${*: -1}"
    done
}

@test "one of ten is killed in the middle on PostgreSQL: the others end its work and serve" {
    one_is_killed postgres 1 2 3 4 5
    same "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'slow_x'::regclass")" t
}

@test "one of ten is killed in the middle on MariaDB: the others end its work and serve" {
    one_is_killed mariadb 1 2 3 4 5
}

@test "one of ten is killed in the middle on SQLite: the others end its work and serve" {
    one_is_killed sqlite 1 2 3 4
}

rolls_out() {
    on "$1"
    start 1 first
    serving 1
    start 2 second
    serving 2
    once 1 2 3 4
    # The old one goes on, and says what it sees.
    healthy 1 004 1
    healthy 2 004
    # An old one that starts now refuses, unless it is told.
    start 3 first
    ended 3 8
    told 3 'level=error event=error code=8 text="the database is newer than these migrations'
    once 1 2 3 4
    start 3 first --newer
    serving 3
    healthy 3 004 1
    once 1 2 3 4
    end 1
    end 3
    end 2
}

@test "a release with one migration more rolls out beside the old one on PostgreSQL" {
    rolls_out postgres
}

@test "a release with one migration more rolls out beside the old one on MariaDB" {
    rolls_out mariadb
}

@test "a release with one migration more rolls out beside the old one on SQLite" {
    rolls_out sqlite
}

@test "asked to end while it migrates, it takes back what is not whole, and the next one goes on" {
    for kind in postgres sqlite; do
        on $kind
        start 1 slow-$kind
        patiently at_slow
        sleep 0.2
        kill -TERM "${services[1]}"
        sleep 0.1
        # The second ends the statement, too.
        end 1 130
        told 1 'level=error event=error code=130 text=interrupted'
        # What an interrupted statement of SQLite shared a transaction with goes with it.
        [ $kind = sqlite ] || once 1 2 3
        same "$(sql "SELECT count(*) FROM notes_migrations WHERE id = '4'")" 0
        start 1 slow-$kind
        serving 1
        if [ $kind = sqlite ]; then once 1 2 3 4; else once 1 2 3 4 5; fi
        end 1
    done
}

# Its log is a pipe that is full, so that it stands at its first line: nothing is left to look for requests to stop.
@test "asked to end when nothing is left to migrate, it does not begin to serve" {
    on sqlite
    start 1 first
    serving 1
    end 1
    run python3 - "$BATS_FILE_TMPDIR/first/build/notes" --port 0 <<'END'
import os, signal, subprocess, sys, time
reader, writer = os.pipe()
os.set_blocking(writer, False)
try:
    while True:
        os.write(writer, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(writer, True)
service = subprocess.Popen(sys.argv[1:], stderr=writer)
os.close(writer)
while open(f"/proc/{service.pid}/stat").read().rsplit(")", 1)[1].split()[0] != "S":
    time.sleep(0.01)
time.sleep(0.5)
service.send_signal(signal.SIGTERM)
sys.stdout.write(open(reader).read().strip("x"))
sys.exit(service.wait())
END
    same "$status" 130
    # The migrations themselves were not stopped.
    [[ $output != *event=error* && $output != *event=serving* ]]
}

@test "asked to end while it waits for a server that is not there, it ends at once" {
    export DATABASE_URL=postgres://ann@127.0.0.1:1/notes
    start 1 first
    ended 1 3
    start 1 first --wait 60
    sleep 0.5
    local since=$SECONDS
    end 1 130
    ((SECONDS - since < 5))
}

@test "a server that is not there yet is waited for" {
    on postgres
    local name=${url##*/}
    psql -Xqd "$(cat "$BATS_FILE_TMPDIR/postgres-url")" -c "ALTER DATABASE $name CONNECTION LIMIT 0" \
        -c "CREATE ROLE late$BATS_TEST_NUMBER LOGIN" -c "GRANT ALL ON DATABASE $name TO late$BATS_TEST_NUMBER" \
        -c "ALTER DATABASE $name OWNER TO late$BATS_TEST_NUMBER"
    DATABASE_URL=$(sed -E "s,//[^@]*@,//late$BATS_TEST_NUMBER@," <<<"$url")
    start 1 first --wait 30
    sleep 0.5
    run ! told 1 event=serving
    sql "ALTER DATABASE $name CONNECTION LIMIT -1"
    serving 1
    once 1 2 3
}

@test "the user's folder is a second track: left out while nothing names it, and never before the service's own" {
    for kind in postgres sqlite; do
        on $kind
        export NOTES_MIGRATIONS=
        start 1 first
        serving 1
        end 1
        once 1 2 3
        mkdir -p user
        echo "ALTER TABLE notes ADD COLUMN colour varchar(20);" >user/001_colours.sql
        echo "UPDATE notes SET color = 'red';" >user/002_red.sql
        export NOTES_MIGRATIONS=user
        start 1 first
        ended 1 1
        told 1 'event=error.*file=user/002_red.sql line=1'
        told 1 'event=applied track=user version=001'
        same "$(sql 'SELECT id FROM user_migrations')" 1
        echo "UPDATE notes SET colour = 'red';" >user/002_red.sql
        start 1 first
        serving 1
        healthy 1 003
        same "$(sql 'SELECT colour FROM notes')" red
        same "$(sql "SELECT track, id FROM wend_journal WHERE event = 'applied' ORDER BY track, id")" "notes|1
notes|2
notes|3
user|1
user|2"
        end 1
        # Where the service's own cannot run, nothing of the user's does.
        echo "SELECT 1;" >user/003_never.sql
        start 1 slow-$kind
        patiently at_slow
        kill -TERM "${services[1]}"
        end 1 130
        same "$(sql 'SELECT count(*) FROM user_migrations')" 2
        unset NOTES_MIGRATIONS
        rm -r user
    done
}

@test "a lost database is told, and found again" {
    on postgres
    start 1 first
    serving 1
    healthy 1 003
    same "$(get 1 nowhere)" '{"status":"no such page"}
404'
    sql "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    same "$(get 1)" '{"status":"failed","code":3}
503'
    told 1 'level=error event=error code=3'
    healthy 1 003
    end 1
}
