#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line: where options may stand, what is refused, and how output and errors look.

load helper

local_setup() {
    echo "database: sqlite:wend.db" > wend.yaml
    mkdir migrations
}

@test "options stand in front of, behind and between the other words" {
    wend 0 --sequence new --no-down a --json b
    same "$output" '{"version":"001","name":"a_b","files":["migrations/001_a_b.up.sql"]}'
    wend 0 -m migrations --no-down new c
    same "$output" "migrations/002_c.up.sql"
}

@test "a value stands behind = or a space, or at the letter" {
    mkdir m
    for form in "-m m" "-mm" "--migrations m" "--migrations=m"; do
        rm -f m/*
        wend 0 $form new --sequence --no-down x y
        same "$output" "m/001_x_y.up.sql"
    done
}

@test "short flags go together, the last one with a value" {
    mkdir m
    wend 0 -qyvmm new --sequence --no-down fix
    same "$output" "m/001_fix.up.sql"
}

@test "the last of a repeated option holds" {
    mkdir m n
    wend 0 -m m new -m n --sequence --no-down x y
    same "$output" "n/001_x_y.up.sql"
}

@test "-- ends the options" {
    wend 0 new --sequence --no-down -- --json -x
    same "$output" "migrations/001_json_x.up.sql"
}

@test "unknown words are told apart, with what was meant" {
    wend 2 stauts
    same "$stderr" 'error: unknown command "stauts"
  next: did you mean "status"?
usage: wend [options] COMMAND [options]'
    wend 2 zzzzzz
    holds "$stderr" "next: wend help lists the commands"
    wend 2 new --sequenze x
    same "$stderr" 'error: unknown option "--sequenze" for "new"
  next: did you mean --sequence?
usage: wend new [--sequence | --timestamp] [--single | --pair] [--no-down] [--repeatable] [--edit] [--template [TEMPLATE]] [--templates DIR] [--for DATABASE] [NAME...] [KEY=VALUE...]'
    wend 2 --databas x new
    holds "$stderr" "next: did you mean --database?"
    wend 2 new -qZ
    holds "$stderr" "error: unknown option -Z"
    wend 2 new -ü
    holds "$stderr" "error: unknown option -ü"
}

@test "a prefix is not enough" {
    wend 2 ini
    holds "$stderr" 'error: unknown command "ini"'
    wend 2 new --seq x
    holds "$stderr" 'error: unknown option "--seq" for "new"'
}

@test "an option of another command is unknown" {
    wend 2 --path x new
    holds "$stderr" 'error: unknown option "--path" for "new"'
}

@test "wrong and missing values" {
    wend 2 new -m
    holds "$stderr" "error: --migrations needs a value: DIR"
    wend 2 new --migrations --json x
    holds "$output" '"message":"--migrations needs a value: DIR"'
    wend 2 new -m "" x
    holds "$stderr" "error: --migrations needs a value: DIR"
    wend 2 new --json=yes x
    holds "$stderr" 'error: --json takes no value'
    wend 2 --lock-timeout soon new x
    holds "$stderr" 'error: --lock-timeout needs a duration, not "soon"'
    wend 2 --color=blue new x
    holds "$stderr" 'error: --color is one of auto|always|never, not "blue"'
    wend 2 help a b
    same "$stderr" 'error: "b" is one too many for "help"
usage: wend help [COMMAND]'
    wend 2 upgrade head
    same "$stderr" 'error: "head" is one too many for "up"
  next: did you mean `--to head`?
usage: wend up [--to VERSION | --count N] [--dry-run] [--one-transaction] [--out-of-order] [--create-database] [--backup FILE] [--force]'
    wend 2 up 2
    holds "$stderr" 'next: did you mean `--count 2`?'
    wend 2 downgrade -1
    holds "$stderr" 'next: did you mean `--count 1`?'
    wend 2 up 002
    holds "$stderr" 'next: did you mean `--to 002`?'
    wend 2 down all
    holds "$stderr" 'next: did you mean `--all`?'
    wend 2 status 2
    [[ $stderr != *next:* ]]
    wend 2 completion tcsh
    holds "$stderr" 'error: "tcsh" is none of bash|fish|zsh'
}

@test "the environment stands in for flags" {
    WEND_JSON=1 wend 0 new --sequence --no-down x
    holds "$output" '"version":"001"'
    WEND_JSON=off wend 0 new --no-down x y
    same "$output" "migrations/002_x_y.up.sql"
    WEND_QUIET=maybe wend 2 new x
    holds "$stderr" 'error: WEND_QUIET is 1 or 0, not "maybe"'
    WEND_COLOR=blue wend 2 new x
    holds "$stderr" 'error: WEND_COLOR is one of auto|always|never, not "blue"'
    WEND_COLOR=always wend 0 help
    [[ $output == *$'\e[1m'* ]]
    WEND_COLOR=always wend 0 --color never help
    [[ $output != *$'\e'* ]]
}

@test "colour on a terminal, not with NO_COLOR or a dumb one" {
    on_terminal '' "$WEND" help
    [[ $output == *$'\e[1mStart'* ]]
    NO_COLOR=1 on_terminal '' "$WEND" help
    [[ $output != *$'\e'* ]]
    TERM=dumb on_terminal '' "$WEND" help
    [[ $output != *$'\e'* ]]
}

@test "an error of wend.yaml shows its line" {
    printf 'database: sqlite:x.db\nenvironments:\n  - name: ä\n    databse: x\n' > wend.yaml
    wend 2 new x
    same "$stderr" 'error: unknown key "databse" in an environment
  --> wend.yaml:4:5
    4 |     databse: x
      |     ^
  next: did you mean "database"?'
    printf '{"ä漢": 1, wat: 2}\n' > wend.yaml
    wend 2 new x
    same "$(sed -n 3,4p <<<"$stderr")" '    1 | {"ä漢": 1, wat: 2}
      |  ^'
    printf '{format: "ä漢\t", wat: 2}\n' > wend.yaml
    wend 2 new x
    same "$(sed -n 3,4p <<<"$stderr")" "    1 | {format: \"ä漢"$'\t'"\", wat: 2}
      |              "$'\t'"   ^"
}

@test "an error is a document with --json" {
    printf 'wat: 1\n' > wend.yaml
    wend 2 --json new x
    same "$output" '{"error":{"code":2,"message":"unknown key \"wat\"","file":"wend.yaml","line":1,"column":1,"vendor":null,"state":null,"hint":"did you mean \"wait\"?"}}'
    same "$stderr" ""
}

@test "all that is wrong with a folder is said together" {
    touch migrations/foo.sql migrations/002_y.down.sql
    wend 2 status
    holds "$stderr" "error: the name does not begin with a version
  --> migrations/foo.sql
  next: "
    holds "$stderr" "
error: there is no up file for this down file
  --> migrations/002_y.down.sql
  next: "
    [[ $stderr == *$'\n2 problems in the migrations folder' ]]
    wend 2 --json status
    same "$stderr" ""
    same "$(python3 -c 'import json, sys
error = json.load(sys.stdin)["error"]
print(error["code"], error["message"])
for problem in error["problems"]:
    print(problem["severity"], problem["file"])' <<<"$output")" "2 the migrations folder has 2 problems
error migrations/foo.sql
error migrations/002_y.down.sql"
}

@test "a question needs a terminal or --yes" {
    printf 'CREATE TABLE t (a);\n' > migrations/001_t.up.sql
    printf 'DROP TABLE t;\n' > migrations/001_t.down.sql
    wend 0 up
    wend 8 down
    holds "$stderr" "error: not confirmed: "
    holds "$stderr" "  next: there is no terminal to ask on; --yes answers yes"
    on_terminal 'n\n' "$WEND" down
    [ "$status" -eq 8 ]
    holds "$output" "[y/N] n"
    holds "$output" "not confirmed; nothing was done"
    on_terminal 'y\n' "$WEND" down
    [ "$status" -eq 0 ]
    wend 0 up
    wend 0 down --yes
}

@test "a document is indented on a terminal" {
    on_terminal '' "$WEND" --json
    [ "$status" -eq 2 ]
    [[ $output == *$'{\n  "error": {\n    "code": 2,'* ]]
}

@test "output that cannot be written is an error" {
    run bash -c '"$1" help > /dev/full' _ "$WEND"
    [ "$status" -eq 1 ]
    same "$output" "error: cannot write to standard output: No space left on device"
    run bash -c 'exec "$1" help >&-' _ "$WEND"
    [ "$status" -eq 1 ]
    same "$output" "error: cannot write to standard output: Bad file descriptor"
    run bash -c 'set -o pipefail; { "$1" help 2>err; echo $? >code; } | true; sleep 0.2; cat err code' _ "$WEND"
    [[ $output == "0" || $output == *"Broken pipe"*1 ]]
}

@test "long values are not repeated whole" {
    long=$(printf 'é%.0s' {1..150})
    for words in "$long" "up --$long" "up $long" "up --count $long"; do
        # shellcheck disable=SC2086
        wend 2 $words
        [[ $stderr != *"$long"* ]]
        # shellcheck disable=SC2086
        wend 2 --json $words
        same "$(jq -r '.error.message | length < 300' <<<"$output")" true
    done
    holds "$stderr$output" "…"
}
