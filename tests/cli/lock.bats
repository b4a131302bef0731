#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Two runs at once, an application in the way, and runs that are ended: who waits, who is named, what
# is left. wend unlock shows and clears.

load helper
load golden/golden

slow() {
    tables 1
    migration 002_slow "CREATE TABLE slow (x);
$endless"
}

@test "a second run waits, names the holder and ends with 4" {
    slow
    begin up
    wend 4 --lock-timeout 0.3 up
    golden lock_held "$stderr"
    holds "$stderr" "process $under_way,"
    wend 4 mark --lock-timeout 0.1 1
    wend 4 baseline --lock-timeout 0.1 1
    wend 4 reset --hard --yes --lock-timeout 0.1
    wend 4 up --lock-timeout 0.1 --json
    same "$(jq .error.code <<<"$output")" 4
    end
}

@test "a log is told of a wait at once, and then seldom" {
    slow
    begin up
    wend 4 --lock-timeout 2.5 up
    same "$(grep -c "^waiting for the lock: held by .*, process $under_way, .* (.* so far)$" <<<"$stderr")" 1
    same "$(grep -c waiting <<<"$stderr")" 1
    NO_COLOR=1 on_terminal '' "$WEND" --lock-timeout 0.3 up
    holds "$output" "waiting for the lock: held by "
    wend 4 --lock-timeout 0.3 --log-format logfmt up
    holds "$stderr" 'text="waiting for the lock: held by '
    end
}

@test "a second run goes on when the first one is killed" {
    slow
    begin up
    sed -i '/RECURSIVE/d' migrations/002_slow.sql
    "$WEND" up >out2 2>err2 3>&- &
    second=$!
    wait_for grep -q "waiting for the lock" err2
    wend 4 unlock
    holds "$stderr" "waiting: "
    end
    wait "$second"
    same "$(plain "$(cat out2)")" "applied   001_t1  (N ms)
applied   002_slow  (N ms)"
    [ ! -e shop.db-wend ]
}

@test "eight runs at once apply everything once" {
    tables 1 2 3 4 5 6 7 8 9
    for run in 1 2 3 4 5 6 7 8; do
        "$WEND" up >"out$run" 2>"err$run" 3>&- &
    done
    wait
    same "$(cat out? | grep -c '^applied')" 9
    same "$(grep -l 'error' err? || true)" ""
}

@test "unlock shows the holder, and does not take the lock away" {
    slow
    wend 0 unlock
    same "$output" "Nobody holds the lock."
    begin up
    wend 4 unlock
    golden unlock_held "$(sed 's/(kill [0-9]*)/(kill N)/; s/stop it on [^ ]*/stop it on HOST/' <<<"$stderr")"
    end
    # What a killed run leaves is only a file; nobody is stopped by it.
    [ -e shop.db-wend ]
    wend 0 status
    [[ $stderr != *"being migrated"* ]]
    wend 0 unlock
    same "$output" "Nobody holds the lock."
    [ ! -e shop.db-wend ]
    wend 0 unlock --json
    same "$output" '{"lock":null}'
}

@test "an application that holds the database is named" {
    tables 1
    wend 0 up -q
    tables 2
    python3 -c "
import sqlite3, time
connection = sqlite3.connect('shop.db')
connection.execute('BEGIN EXCLUSIVE')
open('ready', 'w').close()
time.sleep(30)" 3>&- &
    under_way=$!
    wait_for test -e ready
    wend 4 up --lock-timeout 0.3
    holds "$stderr" "error: the database is locked by process $under_way (python3)"
    wend 4 status --lock-timeout 0.1
    end
    wend 0 up -q
    same "$(user_tables)" "t1 t2"
}

@test "kill -9 in the middle of a migration loses nothing" {
    slow
    begin up
    end
    [ "$status" -eq 137 ]
    sed -i '/RECURSIVE/d' migrations/002_slow.sql
    wend 0 up -q
    same "$(user_tables)" "slow t1"
    same "$(sql 'PRAGMA integrity_check')" "ok"
}

@test "kill -9 between statements is continued behind the last one" {
    tables 1
    migration 002_slow "-- wend: transaction none
CREATE TABLE one (x);
$endless
CREATE TABLE two (x);"
    begin up
    wait_for sql "SELECT * FROM one"
    end
    sed -i 's/^WITH.*/SELECT 1;/' migrations/002_slow.sql
    wend 0 up
    holds "$stderr" "002_slow is half done (up): going on at statement 2 of 3"
    same "$(user_tables)" "one t1 two"
}

@test "Ctrl-C twice ends the statement, rolls back and exits with 130" {
    slow
    begin up
    wait_for at_work
    kill -INT "$under_way"
    wait_for grep -q "^stopping behind this statement" err
    sleep 0.1
    end INT
    [ "$status" -eq 130 ]
    golden interrupted "$(cat err)"
    wend 5 status --exit-code
    [[ $(user_tables) != *slow* ]]
}

@test "Ctrl-C once stops at the next safe point" {
    tables 1 3
    migration 002_rounds "CREATE TABLE rounds (id INTEGER PRIMARY KEY, x);
INSERT INTO rounds (x) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT 0 FROM n;"
    migration 0021_batch "-- wend: batch size=1 pause=20ms key=id
UPDATE rounds SET x = 1 WHERE id IN (SELECT id FROM rounds WHERE x = 0 LIMIT :size);"
    mv migrations/0021_batch.sql migrations/002.1_batch.sql
    begin up
    wait_for sql "SELECT 1 / count(*) FROM wend_journal WHERE id = '2.1' AND event = 'done' HAVING count(*) > 2"
    wait_for grep -q rounds out
    end INT
    [ "$status" -eq 130 ]
    done_before=$(sql "SELECT sum(x) FROM rounds")
    [ "$done_before" -gt 0 ]
    [ "$done_before" -lt 500 ]
    sed -i 's/size=1 pause=20ms/size=500/' migrations/002.1_batch.sql
    wend 0 up -q
    same "$(sql 'SELECT sum(x) FROM rounds')" 500
}

@test "Ctrl-C ends the wait for the lock" {
    slow
    begin up
    "$WEND" up >out2 2>err2 3>&- &
    second=$!
    wait_for grep -q "waiting for the lock" err2
    kill -INT "$second"
    code=0
    wait "$second" || code=$?
    [ "$code" -eq 130 ]
    holds "$(cat err2)" "error: interrupted while waiting for the lock"
    end
}

@test "what stands in the place of the lock file is named" {
    tables 1
    wend 0 up -q
    tables 2
    mkfifo shop.db-wend
    for command in up status unlock; do
        state=
        [ "$command" != up ] || state=$'\n  state: nothing was run'
        run --separate-stderr timeout -k 1 10 "$WEND" $command </dev/null
        [ "$status" -eq 4 ]
        same "$(plain "$stderr")" "error: the lock file TMP/shop.db-wend is no regular file$state
  next: remove it: rm TMP/shop.db-wend"
    done
    rm shop.db-wend
    mkdir shop.db-wend
    wend 4 up
    same "$(plain "$stderr")" "error: cannot open the lock file TMP/shop.db-wend: Is a directory
  state: nothing was run
  next: it is a folder; remove it: rmdir TMP/shop.db-wend"
    wend 4 status
    holds "$stderr" "next: remove it: rmdir "
    rmdir shop.db-wend
    ln -s elsewhere shop.db-wend
    wend 4 up
    holds "$stderr" "next: it is a symbolic link; remove it: rm "
    rm shop.db-wend
    wend 0 up -q
}

# on_mount OPTIONS COMMAND...: runs a command in a folder "mounted" that is a file system of its own, with
# the project's files in it; skips where nobody may mount.
on_mount() {
    local options=$1
    shift
    mkdir -p mounted
    unshare -rm true 2>/dev/null || skip "mounting is not allowed here"
    run --separate-stderr unshare -rm bash -c 'set -e
        mount -t tmpfs -o size=256k none mounted
        cp -r wend.yaml migrations shop.db mounted
        mount -o "remount,$1" mounted
        cd mounted
        shift
        exec "$@"' _ "$options" "$@" </dev/null
}

@test "status and unlock work where nothing can be written" {
    tables 1
    wend 0 up -q
    on_mount ro "$WEND" status
    [ "$status" -eq 0 ]
    holds "$output" "applied  001"
    on_mount ro "$WEND" unlock
    [ "$status" -eq 0 ]
    same "$output" "Nobody holds the lock."
    on_mount rw bash -c 'cat /dev/zero >full 2>/dev/null; exec "$1" mark --pending 001' _ "$WEND"
    [ "$status" -eq 4 ]
    holds "$stderr" "No space left on device"
    holds "$stderr" "next: make room on the file system of "
}

@test "one who only looks does not stop a run that will not wait" {
    tables 1
    wend 0 up -q
    sleep 0 &
    gone=$!
    wait "$gone"
    python3 -c "
import fcntl, time
while True:
    try:
        with open('shop.db-wend') as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            time.sleep(0.002)
    except FileNotFoundError:
        pass
    time.sleep(0.006)" 3>&- &
    under_way=$!
    for _ in $(seq 20); do
        printf 'holder me %s %s 2026-01-31T12:00:00.123Z\n' "$(hostname)" "$gone" >lock
        mv lock shop.db-wend
        wend 0 mark --pending 001 --lock-timeout 0
        printf 'holder me %s %s 2026-01-31T12:00:00.123Z\n' "$(hostname)" "$gone" >lock
        mv lock shop.db-wend
        wend 0 mark 001 --lock-timeout 0
    done
    end
}

@test "ps shows no password of a URL" {
    slow
    begin up
    "$WEND" -d 'mysql://ann:s3cret@db/shop?ssl-ca=x&password=s3cret&a=b' -d sqlite:shop.db up \
        >out2 2>err2 3>&- &
    second=$!
    wait_for grep -q "waiting for the lock" err2
    shown=$(tr '\0' ' ' <"/proc/$second/cmdline")
    kill -9 "$second"
    end
    holds "$shown" "-d mysql://ann:******@db/shop?ssl-ca=x&password=******&a=b -d sqlite:shop.db up"
}
