#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend help, --help and --version.

load helper

@test "wend --version prints the version of wend" {
    wend 0 --version
    same "$output" "wend 0.1.0"
    wend 0 up --version
    same "$output" "wend 0.1.0"
}

@test "wend alone shows the commands, and that it was no command" {
    wend 2
    holds "$output" "usage: wend [options] COMMAND [options]"
}

@test "help and --help list the commands with their other names" {
    wend 0 help
    holds "$output" "(also apply, migrate, upgrade, deploy, latest)"
    holds "$output" "  init        write a wend.yaml and a migrations folder"
    holds "$output" "  -d, --database URL          the database to work on"
    listed=$output
    wend 0 --help
    same "$output" "$listed"
    wend 0 -h
    same "$output" "$listed"
}

@test "every command is listed once" {
    wend 0 help
    for name in $("$WEND" help --dump-options | grep -v '[[:cntrl:]]'); do
        [ "$(grep -c "^  $name " <<<"$output")" -eq 1 ]
    done
}

@test "COMMAND --help is made from its options" {
    wend 0 init --help
    same "$output" "wend init: write a wend.yaml and a migrations folder

usage: wend init [--path DIR] [DIR]

      --path DIR              the migrations folder to make (migrations)

Options of every command: wend --help. The whole page: wend help init."
    wend 0 create -h
    holds "$output" "also:  create, make, revision"
    wend 0 --help new
    holds "$output" "also:  create, make, revision"
}

@test "help COMMAND shows its page as plain text" {
    wend 0 help completion
    same "$(head -5 <<<"$output")" "NAME
    wend-completion - print a script that completes wend's words in a shell

SYNOPSIS
    wend completion bash|fish|zsh"
    for name in $("$WEND" help --dump-options | grep -v '[[:cntrl:]]'); do
        wend 0 help "$name"
        holds "$output" "wend-$name - "
        holds "$output" "EXIT STATUS"
    done
}

@test "help takes the other names, and the pages that are no commands" {
    wend 0 help apply
    holds "$output" "wend-up - "
    wend 0 help wend.yaml
    holds "$output" "wend.yaml - the configuration of wend"
    holds "$output" '        true: up and down ask first. Default: false.'
    wend 0 help format
    holds "$output" "    R__NAME.sql runs whenever"
    needs_terminal
    wend 0 help wend
    holds "$output" "WEND_DATABASE_URL, then DATABASE_URL"
}

@test "help paints headings where colour is wanted" {
    wend 0 --color always help init
    holds "$output" $'\e[1mNAME\e[0m'
    wend 0 --color auto help init
    [[ $output != *$'\e'* ]]
}

@test "help about something unknown" {
    wend 2 help stauts
    same "$stderr" 'error: there is no page about "stauts"
  next: did you mean "status"?'
    wend 2 help zzzzzz
    holds "$stderr" "next: wend help lists the commands"
}

@test "help wraps what is too wide, between words, and leaves examples alone" {
    for page in $("$WEND" help --dump-options | grep -v '[[:cntrl:]]') wend wend.yaml format; do
        wend 0 help "$page"
        (($(wc -L <<<"$output") <= 80))
    done
    needs_terminal
    wend 0 help wend
    whole=$(tr -s ' \n' ' ' <<<"$output")
    NO_COLOR=1 on_terminal '' sh -c "stty cols 40; exec '$WEND' help wend"
    same "$(tr -s ' \n' ' ' <<<"$output")" "$whole"
    same "$(awk 'length > 40' <<<"$output" | grep -vc '^ *wend -d')" 0
}
