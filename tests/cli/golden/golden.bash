# SPDX-License-Identifier: MIT
#
# What the tests of the database commands share beside helper.bash: small projects, output compared
# with the texts in this folder, and runs that are under way.
#
# GOLDEN=write bats tests/cli    writes the texts anew; look at the difference before keeping it.

# migration NAME SQL [DOWN]: a pair of files, or one file when there is no way back.
migration() {
    mkdir -p migrations
    if [ $# -gt 2 ]; then
        printf '%s\n' "$2" >"migrations/$1.up.sql"
        printf '%s\n' "$3" >"migrations/$1.down.sql"
    else
        printf '%s\n' "$2" >"migrations/$1.sql"
    fi
}

# project: a wend.yaml that names shop.db, and a folder without migrations.
project() {
    echo 'database: sqlite:shop.db' >wend.yaml
    mkdir -p migrations
}

# tables N...: a project with migrations 001_t1, 002_t2 and so on, each with its way back.
tables() {
    local n
    project
    for n; do
        migration "$(printf '%03d_t%d' "$n" "$n")" "CREATE TABLE t$n (x);" "DROP TABLE t$n;"
    done
}

# sql STATEMENT: runs it on shop.db.
sql() { sqlite3 shop.db "$1"; }

# user_tables: the tables of shop.db that are not wend's, in one line.
user_tables() {
    sql "SELECT coalesce(group_concat(name, ' '), '') FROM
         (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'wend_%' ORDER BY name)"
}

# normalise: takes what differs from run to run out of standard input; where a table could change its
# widths by it, the replacement is as wide.
normalise() {
    sed -E \
        -e "s#${BATS_TEST_TMPDIR:-/nowhere}#TMP#g" \
        -e 's/[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[0-9a-f]{4}/YYYYMMDDThhmmss.mmmZ-xxxx/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z/YYYY-MM-DDThh:mm:ss.mmmZ/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/YYYY-MM-DD hh:mm:ss/g' \
        -e "s/[^ \"']+@[^ \"]+ pid=[0-9]+ wend=[0-9]+\\.[0-9]+\\.[0-9]+/user@host pid=N wend=V/g" \
        -e 's/[^ ]+@[^ ]+, process [0-9]+/user@host, process N/g' \
        -e 's/process [0-9]+ /process N /g' \
        -e 's/written by wend [0-9.]+/written by wend V/' \
        -e 's/"duration_ms":[0-9]+/"duration_ms":N/g' \
        -e 's/\b[0-9.]+ (ms|s|min)\b( [0-9]+ s\b)?/N ms/g'
}

# plain TEXT: TEXT, normalised.
plain() { normalise <<<"$1"; }

# golden NAME TEXT: fails, showing the difference, unless TEXT is what golden/NAME.txt says.
golden() {
    local file="$BATS_TEST_DIRNAME/golden/$1.txt"
    if [ "${GOLDEN:-}" = write ]; then
        plain "$2" >"$file"
        return 0
    fi
    diff -u --label "golden/$1.txt" --label actual "$file" <(plain "$2") >&2
}

# narrow: two blanks for more of them, for tables whose widths differ from run to run.
narrow() { sed -E -e 's/  +/  /g' -e 's/ +$//'; }

# A statement that does not come to its end while a test lasts.
# shellcheck disable=SC2034
endless='WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;'

# begin ARGUMENT...: starts wend in the background with its output in the files out and err, and waits
# until it holds the lock. `end` ends it.
begin() {
    local tries
    "$WEND" "$@" >out 2>err </dev/null 3>&- &
    under_way=$!
    for ((tries = 0; tries < 250; tries++)); do
        if grep -qs holder shop.db-wend; then
            return 0
        fi
        sleep 0.02
    done
    echo "no run took the lock" >&2
    return 1
}

# end [SIGNAL]: ends what begin started, by KILL when nothing is said, and sets $status.
end() {
    kill "-${1:-KILL}" "$under_way" 2>/dev/null || true
    finish
}

# at_work: what begin started has used 50 ms of the processor, so its endless statement runs.
at_work() {
    local fields
    read -ra fields <"/proc/$under_way/stat"
    [ "${fields[13]}" -ge 5 ]
}

# finish: waits for what begin started, and sets $status.
# shellcheck disable=SC2034
finish() {
    status=0
    wait "$under_way" 2>/dev/null || status=$?
    under_way=
}

# wait_for COMMAND...: until it succeeds, at most five seconds.
wait_for() {
    local tries
    for ((tries = 0; tries < 250; tries++)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.02
    done
    echo "waited in vain for: $*" >&2
    return 1
}

# What a failed test left behind.
teardown() {
    if [ -n "${under_way:-}" ]; then
        kill -KILL "$under_way" 2>/dev/null || true
    fi
}
