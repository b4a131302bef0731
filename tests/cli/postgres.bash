# SPDX-License-Identifier: MIT
#
# What the tests on PostgreSQL share: one server with a pooler per file, and a database per test.

# shellcheck disable=SC2034 # of those who load it
servers=$BATS_TEST_DIRNAME/../server

setup_file() {
    local status=0
    "$BATS_TEST_DIRNAME/../server/postgres" start "$BATS_FILE_TMPDIR/pg" >"$BATS_FILE_TMPDIR/url" ||
        status=$?
    if ((status == 77)); then
        skip "PostgreSQL is not installed"
    fi
    ((status == 0))
    "$BATS_TEST_DIRNAME/../server/pgbouncer" start "$BATS_FILE_TMPDIR/pool" \
        "$(cat "$BATS_FILE_TMPDIR/url")" >"$BATS_FILE_TMPDIR/pool-url"
}

teardown_file() {
    "$BATS_TEST_DIRNAME/../server/pgbouncer" stop "$BATS_FILE_TMPDIR/pool" || true
    "$BATS_TEST_DIRNAME/../server/postgres" stop "$BATS_FILE_TMPDIR/pg" || true
}

# own_database [OPTIONS]: a database of the test's own: $url, and through the pooler $pooled.
own_database() {
    local server pool name=t$BATS_TEST_NUMBER
    server=$(cat "$BATS_FILE_TMPDIR/url")
    pool=$(cat "$BATS_FILE_TMPDIR/pool-url")
    psql -Xqd "$server" -c "CREATE DATABASE $name ${1:-}"
    url=${server%/*}/$name
    pooled=${pool%/*}/$name
    export DATABASE_URL=$url
}

# For own_database.
latin1="ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"

# The major version of the server.
server_version() { psql -XAtqd "$(cat "$BATS_FILE_TMPDIR/url")" -c 'SHOW server_version_num' | sed 's/....$//'; }

sql() { psql -XAtqd "$url" -c "$1"; }

# in_background COMMAND...: runs it beside the test, as process $!.
in_background() { "$@" >/dev/null 2>&1 3>&- & }

# holding SQL: a session that runs it in a transaction, as process $holder, until let_go; returns when it has
# been run.
holding() {
    psql -Xqd "$url" -c "BEGIN; $1; SELECT pg_sleep(120)" >/dev/null 2>&1 3>&- &
    holder=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(120)%' AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()\")\" != 0 ]"
}

# end_sessions CONDITION: ends the sessions in the database that it is true of, and waits for that.
end_sessions() {
    local from="FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND $1"
    sql "SELECT pg_terminate_backend(pid) $from" >/dev/null
    wait_for eval "[ \"\$(sql \"SELECT count(*) $from\")\" = 0 ]"
}

let_go() {
    end_sessions "query LIKE '%pg_sleep(120)%'"
    wait "$holder" || true
}

# runs WORDS: whether a session but this one is active with them in its statement.
runs() {
    [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%$1%' AND pid <> pg_backend_pid()")" != 0 ]
}

# cut_off PID: kills a run, and its sessions in the database.
cut_off() {
    kill -9 "$1"
    wait "$1" || true
    end_sessions "application_name LIKE 'wend %'"
}

# fails_once: makes a function public.once() that fails when it is called first, in a way that is tried again.
fails_once() {
    sql "CREATE SEQUENCE tries; CREATE FUNCTION once() RETURNS void LANGUAGE plpgsql AS
        'BEGIN IF nextval(''public.tries'') = 1 THEN RAISE SQLSTATE ''40001''; END IF; END'"
}
