# SPDX-License-Identifier: MIT
#
# What every file here loads: an empty folder per test as the current one, an environment in which
# nothing speaks to wend, and ways to compare what it prints. WEND is the program under test; default:
# build/wend of this checkout.

# shellcheck disable=SC2154 # status, output and stderr are set by bats
bats_require_minimum_version 1.5.0

: "${WEND:=$BATS_TEST_DIRNAME/../../build/wend}"
WEND=$(realpath "$WEND")

setup() {
    local pg_bin=${WEND_PG_BIN:-}
    unset DATABASE_URL NO_COLOR VISUAL EDITOR "${!WEND_@}"
    # Which PostgreSQL tests/server starts; empty as if it were not set.
    export WEND_PG_BIN=$pg_bin
    export LC_ALL=C.UTF-8 TERM=xterm TZ=UTC
    cd "$BATS_TEST_TMPDIR" || return 1
    # The search for a wend.yaml ends here.
    mkdir .git
    if declare -F local_setup >/dev/null; then
        local_setup
    fi
}

# wend STATUS [ARGUMENT...]: runs it, checks the exit status; standard output is $output, standard
# error $stderr. Standard input is empty.
wend() {
    local expected=$1
    shift
    run --separate-stderr -- "$WEND" "$@" </dev/null
    if [ "$status" -ne "$expected" ]; then
        printf 'wend %s: status %s, not %s\n--- stdout\n%s\n--- stderr\n%s\n' \
            "$*" "$status" "$expected" "$output" "$stderr" >&2
        return 1
    fi
}

# same ACTUAL EXPECTED: fails, showing the difference, unless they are the same text.
same() {
    if [ "$1" != "$2" ]; then
        diff -u --label expected --label actual <(printf '%s\n' "$2") <(printf '%s\n' "$1") >&2
        return 1
    fi
}

# holds TEXT PART: fails unless PART stands in TEXT.
holds() {
    if [[ $1 != *"$2"* ]]; then
        printf 'this is not in the text: %s\n---\n%s\n' "$2" "$1" >&2
        return 1
    fi
}

# not COMMAND...: fails when it does not; a plain `!` would not end a test.
not() {
    if "$@"; then
        printf 'this should have failed: %s\n' "$*" >&2
        return 1
    fi
}

# Leaves a test out where the system gives no pseudo-terminals (a container without /dev/pts).
needs_terminal() {
    python3 -c 'import os; os.openpty()' 2>/dev/null ||
        skip "no pseudo-terminal can be opened here"
}

# on_terminal INPUT COMMAND...: runs a command with a terminal as its standard streams, which types
# INPUT; what it shows is $output, without carriage returns.
on_terminal() {
    local input=$1
    shift
    needs_terminal
    run python3 "$BATS_TEST_DIRNAME/terminal.py" "$input" "$@"
}

# long_migration TEXT: migration 001_a has it in 60 comments, its way back in two.
long_migration() {
    local i
    mkdir -p migrations
    {
        echo "CREATE TABLE a (i INT);"
        for ((i = 0; i < 60; i++)); do
            printf "INSERT INTO a VALUES (%d); -- it's grün, \\\\ %s\n" "$i" "$1"
        done
    } >migrations/001_a.up.sql
    { printf -- "-- 😀 %s\n" "$1" "$1" && echo "DROP TABLE a;"; } >migrations/001_a.down.sql
}
