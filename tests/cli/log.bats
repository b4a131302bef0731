#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --log-format: what a run tells as lines for a service's log, each of which a program can read.

load helper
load golden/golden

# log FORMAT STATUS ARGUMENT...: runs wend, and leaves its standard error as JSON, one object per line, in $lines.
log() {
    local format=$1
    shift
    wend "$1" --log-format "$format" "${@:2}"
    if [ "$format" = json ]; then
        lines=$(jq -ce 'if type == "object" then . else error("no object") end' <<<"$stderr")
        [ "$(wc -l <<<"$lines")" -eq "$(wc -l <<<"$stderr")" ]
    else
        lines=$(printf '%s\n' "$stderr" | "$BATS_TEST_DIRNAME/logfmt.py")
    fi
}

# field NAME: that field of each line, "-" where there is none.
field() {
    jq -r ".$1 // \"-\"" <<<"$lines" | tr '\n' ' '
}

two() {
    mkdir -p migrations
    echo 'CREATE TABLE a (x INTEGER);' >migrations/001_a.up.sql
    echo 'DROP TABLE a;' >migrations/001_a.down.sql
    echo 'CREATE TABLE b (x INTEGER);' >migrations/002_b.up.sql
    echo 'DROP TABLE b;' >migrations/002_b.down.sql
}

@test "a run is one line per event, on standard error alone" {
    two
    for format in logfmt json; do
        log $format 0 -d sqlite:$format.db up
        [ -z "$output" ]
        same "$(field event)" "plan applied applied note "
        same "$(field level)" "info info info info "
        same "$(field version)" "- 001 002 - "
        same "$(field source)" "- migrations/001_a.up.sql migrations/002_b.up.sql - "
        jq -es '.[1:3] | all(.duration_ms != null and .name != null)' <<<"$lines"
        same "$(field direction)$(field total)" "up up up - 2 2 2 - "
        log $format 0 -d sqlite:$format.db -v down --all --yes
        same "$(field event)" "plan begin begin reverted reverted note "
        same "$(field level)" "info debug debug info info info "
        same "$(field direction)" "down down down down down - "
        log $format 0 -d sqlite:$format.db down --all --yes
        same "$(field event)$(field direction)$(field total)" "plan note down - 0 - "
    done
}

@test "a seed has a name, and no version" {
    two
    mkdir seeds
    echo 'INSERT INTO a VALUES (1);' >seeds/first.sql
    wend 0 -d sqlite:x.db up
    for format in logfmt json; do
        log $format 0 -d sqlite:x.db seed run --again
        same "$(field event)$(field name)$(field version)" "plan applied note - first - - - - "
    done
}

@test "text is the default, and the environment chooses as the option does" {
    two
    wend 0 -d sqlite:x.db up
    holds "$output" "applied   001_a"
    WEND_LOG_FORMAT=json wend 0 -d sqlite:y.db up
    [ -z "$output" ]
    jq -es 'length == 4' <<<"$stderr"
    WEND_LOG_FORMAT=json wend 0 -d sqlite:z.db --log-format text up
    holds "$output" "applied   001_a"
    WEND_LOG_FORMAT=xml wend 2 -d sqlite:x.db status
    holds "$stderr" 'WEND_LOG_FORMAT is one of text|logfmt|json, not "xml"'
}

@test "results stay results, and JSON on standard output stays as it is" {
    two
    log json 0 -d sqlite:x.db status
    holds "$output" "pending"
    same "$(field event)" "note "
    wend 0 -d sqlite:x.db --log-format logfmt --json up
    same "$(jq -r .event <<<"$output" | tr '\n' ' ')" "plan applied applied done "
    [ -z "$stderr" ]
}

@test "an error is one line with its place, state and way out" {
    two
    echo 'SELECT x FROM nowhere;' >migrations/003_c.up.sql
    for format in logfmt json; do
        log $format 1 -d sqlite:$format.db up
        lines=$(tail -n 1 <<<"$lines")
        same "$(field level)$(field event)$(field code)$(field file)$(field line)" \
            "error error 1 migrations/003_c.up.sql 1 "
        same "$(field text)" "no such table: nowhere "
        same "$(field state)" \
            "003_c was rolled back: nothing of it is left; 2 before it were applied and stay so "
        holds "$(field hint)" "correct migrations/003_c.up.sql"
    done
}

@test "quotes, line ends and control characters of a message stay in its line" {
    mkdir migrations
    printf 'SELECT 1 FROM "a""b\nc\\d=\x01\x7fä	e";\n' >migrations/001_a.up.sql
    for format in logfmt json; do
        log $format 1 -d sqlite:$format.db up
        [ "$(wc -l <<<"$lines")" -eq 2 ]
        tail -n 1 <<<"$lines" | jq -e '.text == "no such table: a\"b\nc\\d=\u0001\u007fä\te"'
    done
}

@test "what is wrong with a folder, and with the command line, is one line each" {
    two
    echo 'x' >migrations/002_c.up.sql
    echo 'x' >migrations/004_d.down.sql
    for format in logfmt json; do
        log $format 2 -d sqlite:x.db up
        same "$(field level)" "error error "
        holds "$(field file)" "migrations/004_d.down.sql"
        log $format 2 -d sqlite:x.db upp
        same "$(field hint)" 'did you mean "up"? '
        log $format 2 up --nonsense
        holds "$(field hint)" 'usage: wend up'
        # Wherever it stands, and whatever else is wrong.
        for arguments in "up --nonsense --log-format $format" "--nonsense up --log-format=$format" \
            "up --count x --log-format $format" "upp --log-format $format"; do
            # shellcheck disable=SC2086 # several words
            wend 2 $arguments
            [[ $format == logfmt ]] && lines=$("$BATS_TEST_DIRNAME/logfmt.py" <<<"$stderr") || lines=$stderr
            same "$(field level)$(field code)" "error 2 "
        done
        WEND_COLOR=mauve wend 2 up --log-format $format
        [[ $stderr != error:* ]]
    done
    wend 2 up --nonsense --log-format xml
    same "${stderr%%:*}" error
    wend 2 up --nonsense --log-format
    same "${stderr%%:*}" error
    wend 2 up --nonsense -- --log-format json
    same "${stderr%%:*}" error
}

@test "quiet leaves warnings and errors" {
    two
    rm migrations/002_b.down.sql
    log json 0 -d sqlite:x.db -q validate
    same "$(field level)" "warning "
    wend 0 -d sqlite:x.db --log-format logfmt --quiet up
    [ -z "$output$stderr" ]
}

@test "no colour, no bar, no question on a terminal" {
    needs_terminal
    two
    printf 'database: sqlite:x.db\nenvironments:\n  - name: p\n    confirm: true\n' >wend.yaml
    run "$BATS_TEST_DIRNAME/terminal.py" "" "$WEND" -e p --color always --log-format json up </dev/null
    [[ $output != *$'\e'* ]]
    [[ $output != *"[y/N]"* ]]
    holds "$output" '"code":8'
}

@test "of several tracks each line names its own" {
    mkdir one two
    echo 'CREATE TABLE a (x INTEGER);' >one/001_a.sql
    echo 'CREATE TABLE b (x INTEGER);' >two/001_b.sql
    printf 'database: sqlite:x.db\ntracks:\n  - name: one\n    migrations: one\n    table: h1\n  - name: two\n    migrations: two\n    table: h2\n' >wend.yaml
    log logfmt 0 up
    same "$(jq -r 'select(.event == "applied") | .track + .version' <<<"$lines" | tr '\n' ' ')" "one001 two001 "
    echo 'nonsense;' >two/002_c.sql
    log json 1 up
    same "$(tail -n 1 <<<"$lines" | jq -r .track)" two
}
