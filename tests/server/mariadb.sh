# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a MariaDB or MySQL server and the node of a Galera cluster share: where the programs are, the
# settings, how it runs. It is sourced behind common.sh, never run.

# shellcheck disable=SC2034,SC2154 # what serve asks for; dir, port and others are set in common.sh
{
    socket_file=mariadb.sock
    usage_more=
    stop_signals=(TERM:60 KILL:10)
    kill_signals=(KILL:10)
}

find_server() {
    mysql_home=
    choose_user mysql
    if [[ ${WEND_MARIADB_BIN:-} ]]; then
        PATH=$(realpath -m -- "$WEND_MARIADB_BIN"):$PATH
    fi
    if [[ -x ${WEND_MARIADB_BIN:-}/mysqld && ! -e $WEND_MARIADB_BIN/mariadbd ]]; then
        mysql_home=$(realpath -- "$WEND_MARIADB_BIN")
        return 0
    fi
    local program
    for program in mariadbd mariadb-install-db mariadb; do
        command -v "$program" >/dev/null || not_installed MariaDB mariadb-server
    done
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
innodb_buffer_pool_size = 64M
innodb_buffer_pool_dump_at_shutdown = OFF
innodb_buffer_pool_load_at_startup = OFF
innodb_log_file_size = 32M
innodb_use_native_aio = OFF
key_buffer_size = 1M
END
    if [[ $mysql_home ]]; then
        # Without it MySQL 5.6 does not know what a connection says of itself.
        cat <<END
basedir = $mysql_home
lc-messages-dir = $mysql_home/share
performance_schema = ON
END
    else
        cat <<END
aria_pagecache_buffer_size = 8M
performance_schema = OFF
END
    fi
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

# install_data: makes data/ by the settings in my.cnf. The user root gets no password. With MySQL come the
# data of a new server.
install_data() {
    if [[ $mysql_home ]]; then
        run_tool cp -R "$mysql_home/data/mysql/." "$dir/data"
        rm -f "$dir/data/auto.cnf"
    else
        run_tool mariadb-install-db --defaults-file="$dir/my.cnf" --skip-test-db \
            --auth-root-authentication-method=normal
    fi
}

# run_mariadb: launches it by the settings in my.cnf and waits until it answers. What MySQL lacks of the
# system's libraries lies beside it.
run_mariadb() {
    if [[ $mysql_home ]]; then
        launch env LD_LIBRARY_PATH="$mysql_home" "$mysql_home/mysqld" --defaults-file="$dir/my.cnf"
    else
        launch mariadbd --defaults-file="$dir/my.cnf"
    fi
    wait_for 60 ask 'SELECT 1'
}

# ask QUERY: prints what the server in $dir answers.
ask() {
    mariadb --no-defaults -S "$socket_folder/$socket_file" -u root --connect-timeout=5 -BN -e "$1"
}
