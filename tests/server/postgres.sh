# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a PostgreSQL server and its standby share: where the programs are, the settings, how it runs. It
# is sourced behind common.sh, never run.

# shellcheck disable=SC2034,SC2154 # what serve asks for; dir, port and others are set in common.sh
{
    socket_file=.s.PGSQL.PORT
    usage_more=
    # Fast, then immediate. A postmaster that is gone takes its children along.
    stop_signals=(INT:30 QUIT:10 KILL:10)
    kill_signals=(QUIT:10 KILL:10)
}

# find_server: the client's package puts programs into the same folders, so only those with a server
# count.
find_server() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    pg_bin=$(realpath -m -- "${WEND_PG_BIN:-${newest%/postgres}}")
    [[ -x $pg_bin/postgres && -x $pg_bin/initdb ]] || not_installed PostgreSQL postgresql
    choose_user postgres
}

# shellcheck disable=SC2034 # url and socket_url are for common.sh
urls() {
    url=postgres://postgres@127.0.0.1:$port/postgres
    socket_url="postgres:///postgres?host=$socket_folder&port=$port&user=postgres"
}

# settings: prints those that hold for this folder, to stand behind all others.
settings() {
    cat <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$socket_folder'
shared_buffers = 16MB
timezone = 'UTC'
log_timezone = 'UTC'
wal_receiver_status_interval = 1s
END
    if [[ $WEND_SERVER_SYNC == off ]]; then
        cat <<END
fsync = off
synchronous_commit = off
full_page_writes = off
END
    fi
}

run_postgres() {
    launch "$pg_bin/postgres" -D "$dir/data"
    wait_for 60 answers
}

# answers: whether the launched postmaster, and not one before it, says that it takes connections. It
# says so in its eighth line, as pg_ctl reads it, too.
answers() {
    local lines
    { mapfile -t lines <"$dir/data/postmaster.pid"; } 2>/dev/null || return 1
    [[ ${lines[0]:-} == "$launched" && ${lines[7]:-} == ready* ]]
}
