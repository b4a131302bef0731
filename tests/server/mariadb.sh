# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a MariaDB server and the node of a Galera cluster share: where the programs are, the settings,
# how it runs. It is sourced behind common.sh, never run.

# shellcheck disable=SC2034,SC2154 # what serve asks for; dir, port and others are set in common.sh
{
    socket_file=mariadb.sock
    usage_more=
    stop_signals=(TERM:60 KILL:10)
    kill_signals=(KILL:10)
}

find_server() {
    if [[ ${WEND_MARIADB_BIN:-} ]]; then
        PATH=$(realpath -m -- "$WEND_MARIADB_BIN"):$PATH
    fi
    local program
    for program in mariadbd mariadb-install-db mariadb; do
        command -v "$program" >/dev/null || not_installed MariaDB mariadb-server
    done
    choose_user mysql
}

# shellcheck disable=SC2034 # url and socket_url are for common.sh
urls() {
    url=mysql://root@127.0.0.1:$port/
    socket_url="mysql://root@localhost/?socket=$socket_folder/$socket_file"
}

settings() {
    cat <<END
[mysqld]
datadir = $dir/data
tmpdir = $dir/tmp
socket = $socket_folder/$socket_file
pid-file = $dir/data/mariadbd.pid
port = $port
bind-address = 127.0.0.1
skip-name-resolve
character-set-server = utf8mb4
default-time-zone = +00:00
performance_schema = OFF
innodb_buffer_pool_size = 64M
innodb_buffer_pool_dump_at_shutdown = OFF
innodb_buffer_pool_load_at_startup = OFF
innodb_log_file_size = 32M
innodb_use_native_aio = OFF
aria_pagecache_buffer_size = 8M
key_buffer_size = 1M
END
    if [[ $WEND_SERVER_SYNC == off ]]; then
        cat <<END
innodb_flush_method = nosync
innodb_flush_log_at_trx_commit = 0
innodb_doublewrite = OFF
sync_frm = OFF
END
    else
        cat <<END
innodb_flush_log_at_trx_commit = 1
innodb_doublewrite = ON
END
    fi
}

# install_data: makes data/ by the settings in my.cnf. The user root gets no password.
install_data() {
    run_tool mariadb-install-db --defaults-file="$dir/my.cnf" --skip-test-db \
        --auth-root-authentication-method=normal
}

# ask QUERY: prints what the server in $dir answers.
ask() {
    mariadb --no-defaults -S "$socket_folder/$socket_file" -u root --connect-timeout=5 -BN -e "$1"
}
