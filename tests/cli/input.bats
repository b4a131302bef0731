#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is wrong with files, folders and databases: named, placed, and nothing is run.

load helper
load golden/golden

@test "all that is wrong with the names is reported together" {
    project
    touch migrations/1_b.sql migrations/003_c.down.sql migrations/hello.sql
    echo "CREATE TABLE a (x);" >migrations/001_a.sql
    wend 2 up
    golden bad_names "$stderr"
    [ ! -e shop.db ]
    wend 2 status
    golden bad_names "$stderr"
    wend 2 up --json
    same "$(jq -r '.error.problems | map(.file) | join(" ")' <<<"$output")" \
        "migrations/hello.sql migrations/1_b.sql migrations/003_c.down.sql"
}

@test "an unknown directive is an error, with what was meant" {
    tables 1
    migration 002_b "SELECT 1;
-- wend: transactoin none
SELECT 2;"
    wend 2 up
    same "$stderr" 'error: unknown directive "transactoin"
  --> migrations/002_b.sql:2:10
  next: did you mean "transaction"?'
    [ "$(user_tables)" = "" ]
}

@test "bytes that are no text" {
    project
    printf 'CREATE TABLE a (x);\n\0SELECT 1;' >migrations/001_a.sql
    wend 2 up
    same "$stderr" "error: the file holds a NUL byte
  --> migrations/001_a.sql:2:1
  next: a migration is plain text: remove the byte, or move the file out of the migrations folder"
    printf 'SELECT 1;\nSELECT "\xff";' >migrations/001_a.sql
    wend 2 up
    holds "$stderr" "UTF-8"
    holds "$stderr" "migrations/001_a.sql:2"
    printf '\xff\xfeS\0E\0' >migrations/001_a.sql
    wend 2 up
    holds "$stderr" "UTF-16"
}

@test "statements that may not stand in a migration are refused by name" {
    project
    while IFS='|' read -r text message; do
        printf '%s\n' "$text" >migrations/001_a.sql
        wend 2 up
        holds "$stderr" "$message"
        holds "$stderr" "  --> migrations/001_a.sql:1:"
    done <<'CASES'
SELECT 1; ROLLBACK;|error: ROLLBACK would undo what the migration has done
COMMIT;|error: COMMIT without a BEGIN before it
BEGIN; SELECT 1;|error: this BEGIN has no COMMIT
BEGIN; BEGIN; COMMIT;|error: BEGIN inside a transaction that is already open
BEGIN; VACUUM; COMMIT;|error: VACUUM cannot run inside the BEGIN … COMMIT of this file
ATTACH 'x' AS y;|error: ATTACH and DETACH may not stand in a migration
.tables|error: a dot command belongs to the sqlite3 shell and is no SQL
SAVEPOINT wend_mine;|error: savepoint names that begin with wend_ are wend's own
SELECT 'open|error: the text ends inside a string
CASES
    [ "$(user_tables)" = "" ]
}

@test "every file is looked at before the first one runs" {
    tables 1
    migration 002_b "SELECT 'open"
    wend 2 up
    [ "$(user_tables)" = "" ]
}

@test "a folder that is missing, no folder, or full of other things" {
    project
    rmdir migrations
    wend 2 up
    same "$stderr" 'error: there is no migrations folder "migrations"
  next: create it with `wend init`, or name another one with --migrations DIR'
    touch migrations
    wend 2 up
    holds "$stderr" "migrations"
    rm migrations
    mkdir -p migrations/seeds migrations/branches
    touch migrations/README.md migrations/.hidden.sql migrations/seeds/001_x.sql
    wend 0 status
    same "$output" "sqlite:shop.db: 0 applied, 0 pending"
}

@test "migrations behind symbolic links are read" {
    tables 1
    mv migrations real
    mkdir migrations
    ln -s ../real/001_t1.up.sql ../real/001_t1.down.sql migrations/
    wend 0 up -q
    same "$(user_tables)" "t1"
    ln -s nowhere migrations/002_gone.sql
    wend 2 up
    holds "$stderr" "migrations/002_gone.sql"
}

@test "a file that is no database" {
    tables 1
    echo "this is a text, and it is long enough to be taken for a database header, nearly" >shop.db
    wend 3 up
    golden not_a_database "$stderr"
    for command in status history version plan repair unlock "clean -y"; do
        # shellcheck disable=SC2086
        wend 3 $command
    done
    wend 3 -d "sqlite:$PWD" up
    holds "$stderr" "is a folder, not a database file"
    wend 3 -d sqlite:no/such/folder.db up
    same "$stderr" "error: the folder no/such of the database file does not exist
  state: nothing was run
  next: mkdir -p no/such"
}

@test "a database that can only be read" {
    tables 1
    wend 0 up -q
    wend 0 -d "sqlite:shop.db?mode=ro" status
    wend 0 -d "sqlite:shop.db?mode=ro" up
    tables 2
    wend 3 -d "sqlite:shop.db?mode=ro" up
    same "$(plain "$stderr")" "error: the database TMP/shop.db can only be read
  state: nothing was run
  next: check the permissions of the file and its folder, and that the URL does not say mode=ro"
    wend 3 -d "sqlite:shop.db?mode=ro" down --yes
    wend 3 -d "sqlite:new.db?mode=ro" status
    same "$stderr" "error: the database file new.db does not exist
  next: check the path, or leave mode= out of the URL to create it"
    wend 3 -d "sqlite:new.db?mode=rw" up
}

@test "a database file without permissions" {
    [ "$(id -u)" -ne 0 ] || skip "root may write to every file"
    tables 1
    wend 0 up -q
    tables 2
    chmod a-w shop.db
    wend 3 up
    holds "$stderr" "can only be read"
}

@test "a table of the history's name that is somebody else's" {
    tables 1
    sql "CREATE TABLE wend_migrations (name)"
    wend 6 up
    holds "$stderr" "error: the table wend_migrations is not as wend makes it"
    sql "DROP TABLE wend_migrations; CREATE TABLE wend_journal (name)"
    wend 6 up
    holds "$stderr" "error: the table wend_journal is not as wend makes it"
    sql "CREATE INDEX wend_scripts ON wend_journal (name); ALTER TABLE wend_journal RENAME TO other"
    wend 1 up
    same "$stderr" "error: wend's own tables cannot be made: there is already an index named wend_scripts
  code: SQLite 1 (SQL logic error)
  state: nothing was run
  next: see that nothing else has the name of one of them, and that the user may make them"
}

@test "a row of the history that wend did not write" {
    tables 1
    wend 0 up -q
    sql "INSERT INTO wend_migrations VALUES ('one', '1', '', 'versioned', NULL, '')"
    wend 6 status
    same "$stderr" 'error: the history table has a row that wend did not write: id "one"
  next: name another table (`table:` in wend.yaml), or remove the row once you know how it came there'
}

@test "a wrong wend.yaml" {
    tables 1
    printf 'database: sqlite:shop.db\nmigratoins: x\n' >wend.yaml
    wend 2 up
    same "$stderr" 'error: unknown key "migratoins"
  --> wend.yaml:2:1
    2 | migratoins: x
      | ^
  next: did you mean "migrations"?'
    wend 2 -c nowhere.yaml up
    same "$stderr" "error: there is no configuration file nowhere.yaml
  next: wend init writes a wend.yaml"
}

@test "a statement that takes longer than its limit" {
    project
    migration 001_slow "CREATE TABLE a (x);
$endless"
    wend 1 up --statement-timeout 0.2
    same "$(sed -n 1,2p <<<"$stderr")" "error: the statement ran longer than its limit of 0.2 s
  --> migrations/001_slow.sql:2:1"
    migration 001_slow "-- wend: timeout statement=100ms
$endless"
    wend 1 up
    holds "$stderr" "limit of 0.1 s"
}

@test "a folder of which no name can be read" {
    project
    touch migrations/foo.sql
    wend 2 up
    holds "$stderr" "error: the name does not begin with a version
  --> migrations/foo.sql
  next: name it VERSION_name.sql"
    wend 7 validate
    rm migrations/*
    touch migrations/V1__x.sql
    wend 2 --format wend up
    holds "$stderr" "it looks like Flyway's layout"
    wend 7 --format wend validate
    rm migrations/*
    touch "migrations/$(printf '1%.0s' {1..101})_x.sql"
    wend 2 up
    holds "$stderr" "error: the version has a number of more than 100 digits"
    wend 2 --format wend up
    holds "$stderr" "error: the version has a number of more than 100 digits"
    rm migrations/*
    touch $'migrations/\xff.sql'
    wend 2 up
    holds "$stderr" "error: the name is not valid UTF-8"
    wend 7 validate
}

@test "a way back alone is no migration" {
    tables 1
    printf -- '-- wend:down\nDROP TABLE t2;\n' >migrations/002_t2.sql
    wend 2 up
    same "$stderr" "error: there is a down script here, but no up script
  --> migrations/002_t2.sql:1:1
  next: write the up script below \`-- wend:up\`, or remove the file"
    [ "$(user_tables)" = "" ]
}

@test "old Mac line ends are an error" {
    tables 1
    printf 'CREATE TABLE a (x);\n-- then\rCREATE TABLE b (x);\n' >migrations/002_b.sql
    wend 2 up
    same "$stderr" "error: the file has a lone carriage return (old Mac line end)
  --> migrations/002_b.sql:2:8
  next: convert it to LF, for example with tr '\\r' '\\n'; inside a value write it as char(13)"
    printf 'CREATE TABLE a (x);\r\n-- then\r\nCREATE TABLE b (x);\r\n' >migrations/002_b.sql
    wend 0 up -q
    same "$(user_tables)" "a b t1"
}

@test "a file that cannot be read: what to do" {
    tables 1
    ln -s 002_b.sql migrations/002_b.sql
    wend 2 up
    same "$stderr" "error: cannot read the file: Too many levels of symbolic links
  --> migrations/002_b.sql
  next: the symbolic links lead in a circle: put the file itself in their place"
}

@test "control characters in names do not reach the terminal" {
    project
    evil=$'a\e[31mb\nc\xc2\x9bd'
    echo "CREATE TABLE t (x);" >"migrations/001_$evil.up.sql"
    echo "DROP TABLE t;" >"migrations/001_$evil.down.sql"
    echo "CREATE VIEW v AS SELECT 1;" >"migrations/R__$evil.sql"
    shown='a?[31mb c?d'
    for command in "up --dry-run" plan up status "status --detailed" "history -v" version repair "down --dry-run" \
        "down --all -y" "mark 001" "mark --pending 001"; do
        # shellcheck disable=SC2086
        wend 0 $command
        [[ $output$stderr != *$'\e'* && $output$stderr != *$'b\nc'* && $output$stderr != *$'\xc2\x9b'* ]]
        case $command in history* | repair) ;; *) holds "$output$stderr" "$shown" ;; esac
    done
    touch "migrations/01_$evil.sql"
    wend 2 up
    [[ $stderr != *$'\e'* && $stderr != *$'b\nc.sql\n'* ]]
    wend 2 up --json
    same "$(jq -r '.error.problems[0].file' <<<"$output")" "migrations/01_$evil.sql"
}

@test "characters that turn a text around or hide in it do not reach the terminal" {
    tables 1
    wend 0 up -q
    # Right to left, an isolate, a blank without width, a line separator, a tag.
    for hidden in $'\u202e' $'\u2066' $'\u200b' $'\u2028' $'\U000e0041'; do
        printf 'SELECT "no%spe" FROM t1, nosuch;\n' "$hidden" >migrations/002_b.sql
        wend 1 up
        same "$(sed -n '1p; 3,4p' <<<"$stderr")" 'error: no such table: nosuch
    1 | SELECT "no?pe" FROM t1, nosuch;
      | ^'
        printf "SELECT '%s', nope;\n" "$hidden" >migrations/002_b.sql
        wend 1 up
        same "$(sed -n 3,4p <<<"$stderr")" "    1 | SELECT '?', nope;
      |             ^"
        printf 'SELECT * FROM "no%spe";\n' "$hidden" >migrations/002_b.sql
        wend 1 up
        holds "$stderr" "error: no such table: no?pe"
        wend 0 status --detailed
        holds "$output" "no such table: no?pe"
    done
    # What holds letters and pictures together stays.
    printf 'SELECT * FROM "a\u200db";\n' >migrations/002_b.sql
    wend 1 up
    holds "$stderr" $'error: no such table: a\u200db'
}

@test "such characters are spelled in JSON and logfmt, and mean the same there" {
    tables 1
    wend 0 up -q
    local hidden text
    for hidden in $'\x7f' $'\u0085' $'\u009b' $'\u2028' $'\u2029' $'\u202e' $'\u2069' $'\U000e0041'; do
        text="no such table: ü no${hidden}pe"
        printf 'SELECT * FROM "ü no%spe";\n' "$hidden" >migrations/002_b.sql
        wend 1 up --json
        [[ $output != *"$hidden"* && $output == *ü* ]]
        same "$(jq -r .error.message <<<"$output" | tail -n 1)" "$text"
        for format in json logfmt; do
            wend 1 up --log-format $format
            [[ $stderr != *"$hidden"* && $stderr == *ü* ]]
            [ $format = json ] || stderr=$("$BATS_TEST_DIRNAME/logfmt.py" <<<"$stderr")
            same "$(jq -r 'select(.event == "error").text' <<<"$stderr")" "$text"
        done
    done
}

@test "CRLF is LF inside of strings too, whatever the checkout made of the file" {
    project
    printf "CREATE TABLE t (x);\r\nINSERT INTO t VALUES ('a\r\nb'), ('c' || char(13, 10));\r\n" >migrations/001_a.sql
    wend 0 up -q
    same "$(sql "SELECT group_concat(hex(x)) FROM t")" "610A62,630D0A"
    sed -i 's/\r$//' migrations/001_a.sql
    wend 0 status --exit-code
    same "$stderr" ""
}
