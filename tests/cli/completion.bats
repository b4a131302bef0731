#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend completion: the scripts are valid, and complete.

load helper

local_setup() {
    # The scripts call wend by its name.
    mkdir bin
    ln -s "$WEND" bin/wend
    PATH=$PWD/bin:$PATH
    echo "database: sqlite:wend.db" > wend.yaml
    mkdir migrations
    touch migrations/001_a.sql migrations/002_b.sql migrations/R__v.sql
}

# complete_bash WORD...: what bash offers for the last word; "=" and ":" are words, as in readline.
complete_bash() {
    bash --norc -c '
        source <("$0" completion bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _wend
        printf "%s\n" "${COMPREPLY[@]}"' "$WEND" "$@"
}

@test "completion --versions prints the versions, and never an error" {
    wend 0 completion --versions
    same "$output" "001
002"
    wend 0 -m nowhere completion --versions
    same "$output" ""
    echo "wat: 1" > wend.yaml
    wend 0 completion --versions
    same "$output$stderr" ""
}

@test "completion needs a shell" {
    wend 2 completion
    same "$stderr" "error: for which shell?
usage: wend completion bash|fish|zsh"
}

@test "bash accepts its script" {
    "$WEND" completion bash > script
    bash -n script
    run bash --norc -c 'source ./script && complete -p wend'
    same "$output" "complete -F _wend wend"
}

@test "bash completes commands and other names for them" {
    same "$(complete_bash wend ini)" "init"
    same "$(complete_bash wend re | sort | tr '\n' ' ')" "redo repair reset resolve revert revision "
    same "$(complete_bash wend -q -m x ro)" "rollback"
    same "$(complete_bash wend help statu)" "status"
    same "$(complete_bash wend completion '' | tr '\n' ' ')" "bash fish zsh "
}

@test "bash completes options of the command" {
    same "$(complete_bash wend new --s | sort | tr '\n' ' ')" \
        "--schema --sequence --single --statement-timeout "
    same "$(complete_bash wend create --rep)" "--repeatable"
    same "$(complete_bash wend init --rep)" ""
    same "$(complete_bash wend --datab)" "--database"
}

@test "bash completes values" {
    same "$(complete_bash wend --color '' | tr '\n' ' ')" "auto always never "
    same "$(complete_bash wend --color = al)" "always"
    same "$(complete_bash wend init --path mig)" "migrations"
    same "$(complete_bash wend -c wen)" "wend.yaml"
    same "$(complete_bash wend up --to '' | tr '\n' ' ')" "001 002 "
    same "$(complete_bash wend up --to = 002)" "002"
    same "$(complete_bash wend mark '' | tr '\n' ' ')" "001 002 "
    same "$(complete_bash wend --format x)" ""
}

@test "zsh accepts its script and completes" {
    command -v zsh >/dev/null || skip "zsh is not here"
    "$WEND" completion zsh > script
    zsh -n script
    cat > .zshrc <<'END'
autoload -Uz compinit && compinit -u -D
source ./script
PS1='READY> '
END
    needs_terminal
    ZDOTDIR=$PWD run python3 "$BATS_TEST_DIRNAME/tab.py" zsh 'READY> ' \
        'wend rollb' 'wend rollback' \
        'wend up --to 00' '002' \
        'wend new --repe' 'wend new --repeatable' \
        'wend --color alw' 'wend --color always'
    same "$output" ""
    [ "$status" -eq 0 ]
}

@test "fish accepts its script and completes" {
    command -v fish >/dev/null || skip "fish is not here"
    "$WEND" completion fish > script
    fish --no-execute script
    export HOME=$PWD XDG_CONFIG_HOME=$PWD/config
    same "$(fish -c 'source ./script; complete -C "wend ini"' | cut -f1)" "init"
    same "$(fish -c 'source ./script; complete -C "wend up --to "' | cut -f1 | tr '\n' ' ')" "001 002 "
    same "$(fish -c 'source ./script; complete -C "wend create --rep"' | cut -f1)" "--repeatable"
    same "$(fish -c 'source ./script; complete -C "wend init --rep"' | cut -f1)" ""
    same "$(fish -c 'source ./script; complete -C "wend --color a"' | cut -f1 | tr '\n' ' ')" "always auto "
    same "$(fish -c 'source ./script; complete -C "wend mark "' | cut -f1 | tr '\n' ' ')" "001 002 "
}
