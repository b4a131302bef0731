#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend as a container runs it: a user without a name, folders that it may only read, the migrations as
# Kubernetes mounts them, several pods at once.

load helper

setup_file() {
    server postgres
}

teardown_file() {
    stop_servers
}

# A ConfigMap is mounted as links to links, and a change of it is a new folder.
local_setup() {
    local file
    # One that everybody may enter: the tests' own is its owner's, as the checkout may be.
    work=$(mktemp -d /tmp/wend-mounts.XXXXXX)
    mkdir -m 755 "$work/app" "$work/bin" "$work/data"
    cp "$WEND" "$(dirname "$WEND")"/src/db/wend-*.so "$work/bin"
    cd "$work/app" || return 1
    mkdir -p .git migrations
    mount_files first 001_a.up.sql 'CREATE TABLE a (x integer);' 001_a.down.sql 'DROP TABLE a;' \
        002_b.sql 'CREATE TABLE b (x integer);'
    for file in 001_a.up.sql 001_a.down.sql 002_b.sql; do
        ln -s "..data/$file" "migrations/$file"
    done
    chmod 755 "$work"
    find . -type d -exec chmod 555 {} +
    if ((EUID == 0)); then
        chown 10001:10001 "$work/data"
    fi
}

teardown() {
    chmod -R u+w "$work"
    rm -rf "$work"
}

# mount_files FOLDER [NAME TEXT]...: what ..data leads to.
mount_files() {
    local folder=migrations/..$1
    mkdir "$folder"
    while (($# > 1)); do
        printf '%s\n' "$3" >"$folder/$2"
        chmod 444 "$folder/$2"
        set -- "$1" "${@:4}"
    done
    ln -sfn "$(basename "$folder")" migrations/..data
}

# as_nobody COMMAND...: as a user that has no name, no home and no right to write here.
as_nobody() {
    local other=()
    if ((EUID == 0)); then
        other=(setpriv --reuid 10001 --regid 10001 --clear-groups)
    fi
    "${other[@]}" env -u HOME -u USER -u LOGNAME LD_LIBRARY_PATH="$work/bin" "$@"
}

# nobody STATUS [ARGUMENT...]: as `wend`, but run as nobody.
nobody() {
    local expected=$1
    shift
    run --separate-stderr -- as_nobody "$work/bin/wend" "$@" </dev/null
    if [ "$status" -ne "$expected" ]; then
        printf 'wend %s: status %s, not %s\n--- stdout\n%s\n--- stderr\n%s\n' \
            "$*" "$status" "$expected" "$output" "$stderr" >&2
        return 1
    fi
}

# here: everything that lies in the folder of the application.
here() { find . | sort; }

@test "a mount that may only be read, with SQLite in a folder of its own" {
    local before
    before=$(here)
    as_nobody sh -c '! touch x 2>/dev/null && ! touch migrations/x 2>/dev/null'
    nobody 0 -d "sqlite:$work/data/shop.db" up
    holds "$output" "applied   002_b"
    nobody 0 -d "sqlite:$work/data/shop.db" status --exit-code
    same "$(here)" "$before"
}

@test "a mount that may only be read, with a server" {
    local before
    before=$(here)
    on postgres
    nobody 0 up --wait 60
    holds "$output" "applied   002_b"
    nobody 0 status --exit-code
    same "$(here)" "$before"
    if ((EUID == 0)); then
        holds "$(sql 'SELECT who FROM wend_journal LIMIT 1')" uid-10001
    fi
}

@test "a root file system that may only be read" {
    ((EUID == 0)) && unshare --mount mount -o remount,bind,ro / 2>/dev/null ||
        skip "no file system can be mounted here"
    on postgres
    run unshare --mount bash -c 'mount -o remount,bind,ro / && ! touch /tmp/wend-x 2>/dev/null &&
        exec setpriv --reuid 10001 --regid 10001 --clear-groups env -i LD_LIBRARY_PATH="$1" DATABASE_URL="$2" \
            "$1/wend" up' - "$work/bin" "$url"
    echo "$output"
    [ "$status" -eq 0 ]
    holds "$output" "applied   002_b"
}

@test "a ConfigMap that was changed: the next run reads the new folder" {
    nobody 0 -d "sqlite:$work/data/shop.db" up
    chmod 755 migrations
    mount_files second 001_a.up.sql 'CREATE TABLE a (x integer);' 001_a.down.sql 'DROP TABLE a;' \
        002_b.sql 'CREATE TABLE b (x integer);' 003_c.sql 'CREATE TABLE c (x integer);'
    ln -s ..data/003_c.sql migrations/003_c.sql
    chmod -R u+w migrations
    rm -r migrations/..first
    nobody 0 -d "sqlite:$work/data/shop.db" up
    same "$(grep -c '^applied' <<<"$output")" 1
    holds "$output" "applied   003_c"
}

@test "several pods at once: one migrates, the others wait and go on" {
    local run runs=()
    on postgres
    for run in 1 2 3 4; do
        as_nobody "$work/bin/wend" up --wait 60 >"$BATS_TEST_TMPDIR/out-$run" 2>&1 </dev/null 3>&- &
        runs+=($!)
    done
    for run in "${runs[@]}"; do
        wait "$run"
    done
    same "$(cat "$BATS_TEST_TMPDIR"/out-* | grep -c '^applied')" 2
}

@test "an older pod at a newer database is refused, and goes on with --force" {
    on postgres
    nobody 0 up
    chmod 755 migrations
    mount_files older 001_a.up.sql 'CREATE TABLE a (x integer);' 001_a.down.sql 'DROP TABLE a;'
    rm migrations/002_b.sql
    nobody 8 up
    holds "$stderr" "002_b"
    nobody 0 up --force
}
