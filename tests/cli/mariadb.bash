# SPDX-License-Identifier: MIT
#
# What the tests on MariaDB share: one server per file, and a database per test.

setup_file() {
    local status=0
    "$BATS_TEST_DIRNAME/../server/mariadb" start "$BATS_FILE_TMPDIR/mariadb" >"$BATS_FILE_TMPDIR/url" ||
        status=$?
    if ((status == 77)); then
        skip "MariaDB is not installed"
    fi
    ((status == 0))
}

teardown_file() {
    "$BATS_TEST_DIRNAME/../server/mariadb" stop "$BATS_FILE_TMPDIR/mariadb" || true
}

# own_database: a database of the test's own, $database, and its URL, $url.
own_database() {
    server=$(cat "$BATS_FILE_TMPDIR/url")
    port=${server##*:}
    port=${port%/}
    database=t$BATS_TEST_NUMBER
    url=$server$database
    export DATABASE_URL=$url
    client -e "CREATE DATABASE $database"
}

# client ARGUMENT...: the server's own client, as root.
client() { mariadb --no-defaults -u root -h 127.0.0.1 -P "$port" -BN "$@"; }

sql() { client -e "$1" "$database"; }

# user NAME [RIGHTS]: a user without more than these rights on the database, with the password s3cret; its
# URL is $theirs.
user() {
    local name=$1$BATS_TEST_NUMBER
    client -e "CREATE USER $name@'%' IDENTIFIED BY 's3cret'"
    [ $# -lt 2 ] || client -e "GRANT $2 ON $database.* TO $name@'%'"
    # shellcheck disable=SC2034 # of those who load it
    theirs=mysql://$name:s3cret@127.0.0.1:$port/$database
}

# dump FILE [OPTION...]: what mariadb-dump shows of all that is not wend's, without the time.
dump() {
    local file=$1 table ignored=()
    shift
    for table in wend_migrations wend_journal wend_scripts; do
        ignored+=("--ignore-table=$database.$table")
    done
    mariadb-dump --no-defaults -u root -h 127.0.0.1 -P "$port" --skip-dump-date --routines --events --hex-blob \
        "${ignored[@]}" "$@" "$database" | sed -E 's/ AUTO_INCREMENT=[0-9]+//' >"$file"
}

# sessions WORDS: the numbers of the others in the test's databases that sleep in a statement like this. One that
# stores such a text does not sleep.
sessions() {
    sql "SELECT id FROM information_schema.processlist WHERE info LIKE '%$1%' AND state = 'User sleep'
        AND db IN (DATABASE(), CONCAT(DATABASE(), '_other'))"
}

# cut_off WORDS: ends the session that sleeps in such a statement, once it does.
cut_off() {
    wait_for eval "[ \"\$(sessions '$1')\" ]"
    client -e "KILL $(sessions "$1")"
}

# lose ARGUMENT...: a run that loses its connection in DO SLEEP(9); what it says is in the file err.
lose() {
    "$WEND" "$@" >out 2>err 3>&- &
    # shellcheck disable=SC2034 # finish() takes it
    under_way=$!
    cut_off 'SLEEP(9)'
    finish
    same "$status" 3
}
