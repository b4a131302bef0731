# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts beside this file share: the folder of a server, the user it runs as, free ports, how
# a server is started, waited for and ended, and the verbs. It is sourced, never run.
#
# A server's folder holds
#
#   data/           what the server keeps
#   log             what it says
#   port            its TCP port on 127.0.0.1
#   socket-folder   where its unix socket lies: socket/ in here, or a folder below /tmp
#   socket-url      its URL by way of that socket
#   process         its pid, and when that process was born: a stranger who got the pid later is not it

# shellcheck source=script/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../script/lib.sh"

# As a command line names the server: the name of the script.
server=${0##*/}

# own_environment: neither the servers nor their clients hear of the caller's settings.
own_environment() {
    unset "${!PG@}" "${!MYSQL_@}" "${!MARIADB_@}"
    export LC_ALL=C TZ=UTC HOME=/nonexistent PATH=$PATH:/usr/sbin:/sbin
    umask 022
    case ${WEND_SERVER_SYNC:=off} in
    on | off) ;;
    *) usage_error "WEND_SERVER_SYNC is neither on nor off: '$WEND_SERVER_SYNC'" ;;
    esac
}

# not_installed WHAT PACKAGE
not_installed() {
    say "$server: $1 is not installed (Debian package $2)"
    exit 77
}

# ---- the folder, and who may use it -------------------------------------------------------------

# choose_user NAME: a server that root starts runs as NAME, or as nobody where there is no NAME. Any
# other user is the one it runs as.
choose_user() {
    user=
    as_user=()
    if ((EUID == 0)); then
        user=$1
        id -u "$user" >/dev/null 2>&1 || user=nobody
        as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups --)
    fi
}

# name_folder DIR: sets $dir. Its characters stand in URLs, settings and group addresses as they are,
# so that nothing has to be quoted in four different ways.
name_folder() {
    dir=$(realpath -m -- "$1")
    [[ $dir =~ ^[A-Za-z0-9._~/-]+$ ]] ||
        usage_error "a server's folder has a name of letters, digits and ._~- alone, not '$dir'"
}

# make_folder: makes $dir and lets the server's user in, for the folders that mktemp makes are closed.
make_folder() {
    if [[ -e $dir && ! -d $dir ]]; then
        die "$dir is a file, so no folder can be made there"
    fi
    mkdir -p "$dir" || die "the folder $dir cannot be made"
    if ((EUID == 0)) && ! "${as_user[@]}" test -x "$dir/."; then
        open_way "$dir"
    fi
}

# open_way DIR: lets the server's user pass through DIR and all above it that lies in a folder for
# temporary files. What lies elsewhere keeps its mode.
open_way() {
    local way='' part parts
    IFS=/ read -ra parts <<<"${1#/}"
    for part in "${parts[@]}"; do
        way+=/$part
        if ! "${as_user[@]}" test -x "$way/."; then
            case $way in
            /tmp/* | /var/tmp/* | "${TMPDIR:-/tmp}"/*) chmod go+x "$way" ;;
            *) die "$way is closed to $user, as whom the server runs; name a folder below /tmp" ;;
            esac
        fi
    done
}

# own_folder MODE DIR: makes DIR and gives it to the server's user.
own_folder() {
    mkdir -p "$2"
    chmod "$1" "$2"
    if [[ $user ]]; then
        chown "$user:" "$2"
    fi
}

# place_socket FILE: sets $socket_folder. The path of a socket has 107 bytes and no more.
place_socket() {
    socket_folder=$dir/socket
    if ((${#socket_folder} + 1 + ${#1} > 107)); then
        socket_folder=$(mktemp -d /tmp/wend-socket.XXXXXX)
    fi
    printf '%s\n' "$socket_folder" >"$dir/socket-folder"
}

# drop_socket_folder: nothing stays below /tmp beside a stopped server's own folder.
drop_socket_folder() {
    local folder
    if { read -r folder <"$dir/socket-folder"; } 2>/dev/null &&
        [[ $folder == /tmp/wend-socket.* ]]; then
        rm -rf "$folder"
    fi
}

# ---- ports --------------------------------------------------------------------------------------
# A port belongs to a server as long as its folder exists, also while the server is down: a link with
# the number as its name leads to the folder. The ports lie below those that the kernel gives to
# outgoing connections.

claims=/tmp/wend-test-ports-$EUID

# claim_port: prints a port that is $dir's from now on, and on which nothing listens.
claim_port() {
    local port try owner
    drop_claims
    for ((try = 0; try < 1000; try++)); do
        port=$((20000 + SRANDOM % 12000))
        # Another one that ends may take the folder away at any moment; then it is the next round.
        mkdir -p "$claims" || continue
        owner=$(stat -c %u "$claims" 2>/dev/null) || continue
        ((owner == EUID)) || die "$claims belongs to someone else"
        if ln -sT "$dir" "$claims/$port" 2>/dev/null; then
            if ! listens "$port"; then
                printf '%s\n' "$port"
                return 0
            fi
            rm -f "$claims/$port"
        fi
    done
    die "there is no free port from 20000 to 31999"
}

# drop_claims: the ports whose folder is gone are free again.
drop_claims() {
    find -L "$claims" -maxdepth 1 -type l -delete 2>/dev/null || true
    rmdir "$claims" 2>/dev/null || true
}

# listens PORT: whether somebody listens there.
listens() {
    (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# ---- processes ----------------------------------------------------------------------------------

# born PID: prints when the process was born; fails when there is none, or one that is dead and only
# waits for its parent to notice.
born() {
    local line fields
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    # The second field is the name in brackets, and may hold blanks and brackets.
    read -ra fields <<<"${line##*) }"
    [[ ${fields[0]} != [ZX] ]] && printf '%s\n' "${fields[19]}"
}

# running_pid: prints the pid of the server in $dir; fails when it is not running.
running_pid() {
    local pid birth
    { read -r pid birth <"$dir/process"; } 2>/dev/null || return 1
    [[ $(born "$pid") == "$birth" ]] && printf '%s\n' "$pid"
}

# begin COMMAND…: starts a process in the background, as the server's user, in a session of its own,
# holding none of the caller's files; what it says goes into the log. Sets $launched. The process writes
# itself down before it becomes the command, so that nothing ever runs that nobody could end.
begin() {
    (
        trap - HUP INT QUIT TERM
        cd "$dir" || exit
        self=$BASHPID
        printf '%s %s\n' "$self" "$(born "$self")" >process
        exec </dev/null >>log 2>&1
        for descriptor in /proc/self/fd/*; do
            descriptor=${descriptor##*/}
            # 255 is where bash reads this script, and closes itself.
            if ((descriptor > 2 && descriptor != 255)); then
                eval "exec $descriptor>&-"
            fi
        done
        exec setsid "${as_user[@]}" "$@"
    ) &
    launched=$!
}

# launch COMMAND…: begins the server of $dir.
launch() {
    # A socket that a killed server left would be in the way.
    rm -rf "$socket_folder"
    own_folder 755 "$socket_folder"
    begin "$@"
    # It is nobody's job: bash would report how it ended.
    disown
}

# run_tool COMMAND…: runs it to its end.
run_tool() {
    begin "$@"
    wait "$launched"
}

# wait_for SECONDS COMMAND…: waits until the command succeeds; fails at once when the launched process
# ends before.
wait_for() {
    local seconds=$1 end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if ! born "$launched" >/dev/null; then
            say "$server: it ended instead of starting"
            return 1
        elif ((SECONDS > end)); then
            say "$server: it is not ready after $seconds s"
            return 1
        fi
        sleep 0.05
    done
}

# end_process SIGNAL:SECONDS…: sends the first signal to the server in $dir and waits until it is gone,
# for as many seconds; then the next.
end_process() {
    local pid attempt end
    pid=$(running_pid) || return 0
    for attempt in "$@"; do
        kill -s "${attempt%:*}" "$pid" 2>/dev/null || true
        end=$((SECONDS + ${attempt#*:}))
        while ((SECONDS <= end)); do
            if ! running_pid >/dev/null; then
                end_session "$pid"
                return 0
            fi
            sleep 0.02
        done
    done
    die "process $pid does not end"
}

# end_session PID: ends what the server PID, which is gone, left running in its session, such as the
# helpers of a state transfer.
end_session() {
    local file pid line fields
    for file in /proc/[0-9]*/stat; do
        { read -r line <"$file"; } 2>/dev/null || continue
        read -ra fields <<<"${line##*) }"
        if ((fields[3] == $1)); then
            pid=${file#/proc/}
            kill -s KILL "${pid%/stat}" 2>/dev/null || true
        fi
    done
}

# ---- the verbs ----------------------------------------------------------------------------------
# A script that calls serve has a function
#
#   find_server           sets what the others need, chooses the user; not_installed where it must
#   make_server [MORE…]   makes data/ and the settings for $port and $socket_folder, in $dir
#   run_server            launches it and waits until it is ready
#   urls                  sets $url and $socket_url
#
# and sets what follows. make_server and run_server may fail anywhere, but never behind `||` or
# in an `if`: there, bash would go on after an error.

usage_more=      # what stands behind DIR at start
socket_file=     # the name of the socket; may hold PORT
stop_signals=()  # as end_process takes them
kill_signals=()
url=
socket_url=

serve() {
    local verb=${1:-} more=()
    own_environment
    read -ra more <<<"$usage_more"
    case $verb:$# in
    "start:$((2 + ${#more[@]}))" | restart:2 | stop:2 | kill:2 | pid:2) name_folder "$2" ;;
    *)
        usage_error "usage: $server start DIR${usage_more:+ $usage_more}," \
            "or $server stop|kill|restart|pid DIR"
        ;;
    esac
    "${verb}_verb" "${@:3}"
}

start_verb() {
    find_server
    make_folder
    start_server "$@"
    printf '%s\n' "$url"
}

restart_verb() {
    find_server
    stop_verb
    restart_server
    printf '%s\n' "$url"
}

stop_verb() {
    end_process "${stop_signals[@]}"
    drop_socket_folder
}

kill_verb() {
    end_process "${kill_signals[@]}"
    drop_socket_folder
}

pid_verb() {
    running_pid
}

# start_server [MORE…]: in $dir, which is there.
start_server() {
    [[ ! -e $dir/port ]] || die "there is a server in $dir already; restart starts it again"
    on_failure undo_start
    claim_place
    make_server "$@"
    run_server
    on_failure
}

# restart_server: in $dir, where it is stopped.
restart_server() {
    [[ -e $dir/port ]] || die "there is no server in $dir"
    on_failure undo_restart
    recall_place
    run_server
    on_failure
}

# claim_place: sets $port, $socket_folder and the URLs, and writes them down.
claim_place() {
    : >"$dir/log"
    port=$(claim_port)
    printf '%s\n' "$port" >"$dir/port"
    place_socket "${socket_file/PORT/"$port"}"
    urls
    printf '%s\n' "$socket_url" >"$dir/socket-url"
}

# recall_place: sets them to what claim_place wrote down.
recall_place() {
    port=$(<"$dir/port")
    socket_folder=$(<"$dir/socket-folder")
    urls
}

# on_failure [UNDO]: what is done should the script end, by an error or a signal, before the next
# on_failure.
on_failure() {
    undo=${1:-}
    if [[ $undo ]]; then
        trap give_up EXIT
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 143' TERM
    else
        trap - EXIT HUP INT TERM
    fi
}

give_up() {
    local status=$?
    trap - EXIT
    trap '' HUP INT TERM
    disown -a
    "$undo"
    exit "$((status == 77 || status > 128 ? status : 1))"
}

undo_start() {
    undo_restart
    forget_server
}

undo_restart() {
    end_process "${kill_signals[@]}"
    drop_socket_folder
    show_log
}

# forget_server: what a failed start made goes, so that it can be tried again; the log stays.
forget_server() {
    rm -rf "${dir:?}"/{data,tmp,socket}
    rm -f "$dir"/{port,socket-folder,socket-url,process}
}

show_log() {
    if [[ -s $dir/log ]]; then
        say "$server: it could not be started; $dir/log ends with"
        tail -n 20 "$dir/log" | sed 's/^/    /' >&2
    fi
}
