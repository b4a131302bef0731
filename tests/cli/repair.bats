#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend repair: what is left to a person, and each way to settle it.

load helper
load golden/golden

# half_done: statement 1 of 002 is committed, statement 2 fails.
half_done() {
    tables 1
    migration 002_half "-- wend: transaction none
CREATE TABLE half (x);
INSERT INTO half VALUES (nope);
CREATE TABLE rest (x);" "DROP TABLE IF EXISTS rest; DROP TABLE IF EXISTS half;"
    wend 1 up -q
}

# under_way: the run ended while statement 2 of 002 ran, and nobody can know whether it happened.
under_way() {
    tables 1
    migration 002_copy "CREATE TABLE half (x);
VACUUM INTO 'copy.db';
CREATE TABLE rest (x);" "DROP TABLE IF EXISTS rest; DROP TABLE half;"
    sqlite3 copy.db "CREATE TABLE in_the_way (x)"
    wend 1 up -q
    sql "DELETE FROM wend_journal WHERE event = 'failed'"
}

@test "repair with nothing to settle" {
    tables 1
    wend 0 repair
    same "$output" "Nothing is half done."
    wend 0 repair --forget --yes
    same "$output" "Nothing is half done."
    wend 0 repair --accept --yes
    same "$output" "No applied file has changed."
    # There is nothing to ask about.
    for way in continue undo "done" forget; do
        wend 0 repair "--$way"
        same "$output" "Nothing is half done."
    done
    wend 0 repair --undo --json
    same "$(jq -c . <<<"$output")" '{"half_done":false,"text":"Nothing is half done."}'
    wend 0 repair --accept
    same "$output" "No applied file has changed."
    wend 2 repair --accept 7
    holds "$stderr" 7
}

@test "repair shows what is half done, and the ways on" {
    half_done
    wend 6 repair
    golden repair_look "$output"
    wend 6 repair --json
    same "$(jq .half_done <<<"$output")" true
}

@test "up goes on behind what is done" {
    half_done
    sed -i 's/nope/1/' migrations/002_half.up.sql
    wend 0 up
    same "$(plain "$stderr")" "002_half is half done (up): going on at statement 2 of 3
sqlite:shop.db: 1 migration applied in N ms"
    same "$(user_tables)" "half rest t1"
}

@test "up stops when the part that is done was changed" {
    half_done
    sed -i 's/half (x)/half (x, y)/; s/nope/1/' migrations/002_half.up.sql
    wend 6 up
    same "$stderr" "error: statement 1 is done and stays, but the file has changed there since
  --> migrations/002_half.up.sql
  state: nothing was run
  next: change only what comes behind it, or \`wend repair\` lists the ways on"
}

@test "repair --continue goes on whatever the file says now" {
    half_done
    sed -i 's/half (x)/half (x, y)/; s/nope/1/' migrations/002_half.up.sql
    wend 0 repair --continue --yes
    same "$output" "002_half is whole now."
    same "$(user_tables)" "half rest t1"
    wend 0 status --exit-code
}

@test "repair --undo runs the other direction" {
    half_done
    wend 0 repair --undo --yes
    same "$output" "002_half is undone and counts as not begun."
    same "$(user_tables)" "t1"
    sed -i 's/nope/1/' migrations/002_half.up.sql
    wend 0 up -q
    same "$(user_tables)" "half rest t1"
}

@test "repair --undo needs the other direction" {
    tables 1
    migration 002_half "-- wend: transaction none
CREATE TABLE half (x);
SELECT nope;"
    wend 1 up -q
    wend 8 repair --undo --yes
    holds "$stderr" "002_half: no down script"
}

@test "repair --done counts the rest as done" {
    half_done
    sql "CREATE TABLE rest (x)"
    wend 0 repair --done --yes
    same "$output" "002_half counts as done; what was left of it was not run."
    wend 0 status --exit-code
    wend 0 down --yes
    same "$(user_tables)" "t1"
}

@test "repair --forget counts it as not begun" {
    half_done
    sql "DROP TABLE half"
    sed -i 's/nope/1/' migrations/002_half.up.sql
    wend 0 repair --forget --yes
    same "$output" "002_half counts as not begun; what its statements did so far stays in the database."
    wend 0 up -q
    same "$(user_tables)" "half rest t1"
}

@test "repair asks, and settles one way at a time" {
    half_done
    wend 8 repair --forget
    holds "$stderr" "error: not confirmed: Forget 002_half on sqlite:shop.db?"
    wend 8 repair --undo
    holds "$stderr" "error: not confirmed: Undo 002_half on sqlite:shop.db?"
    wend 8 repair --done
    holds "$stderr" "error: not confirmed: Count 002_half as done on sqlite:shop.db?"
    wend 8 repair --continue
    holds "$stderr" "error: not confirmed: Go on with 002_half on sqlite:shop.db?"
    wend 8 repair --accept
    holds "$stderr" "error: not confirmed: Take the changed files as what was applied on sqlite:shop.db?"
    wend 8 repair --accept 001
    holds "$stderr" "error: not confirmed: Take the file of 001 as what was applied on sqlite:shop.db?"
    wend 2 repair --forget --done
    holds "$stderr" "do not go together"
    wend 2 repair --forget 002
    holds "$stderr" "error: a version goes with --accept only"
}

@test "a statement that may have happened is a person's to judge" {
    under_way
    wend 6 up
    golden repair_unknown "$stderr"
    wend 6 repair
    holds "$output" "Statement 2 (VACUUM INTO) was under way when the run ended."
    rm copy.db
    wend 0 repair --continue --yes
    same "$(user_tables)" "half rest t1"
    [ -s copy.db ]
}

@test "while something is half done, mark and baseline wait" {
    half_done
    wend 6 mark 002
    same "$stderr" "error: 002_half is half done
  next: finish it with \`wend up\`, or settle it with \`wend repair\`"
    wend 6 repair --accept --yes
}

@test "a half done migration whose file is gone can be forgotten" {
    half_done
    rm migrations/002*
    wend 6 up
    holds "$stderr" "error: 2 is half done, and its file is gone"
    wend 0 repair --forget --yes
    wend 0 up
}

@test "repair --accept takes changed files as what was applied" {
    tables 1 2
    wend 0 up -q
    echo "CREATE TABLE t1 (x /* the key */ , y);" >migrations/001_t1.up.sql
    echo "CREATE TABLE t2 (x, y);" >migrations/002_t2.up.sql
    wend 0 repair --accept --yes 001
    same "$output" "Taken as applied, as the file says now: 001_t1."
    wend 6 up
    holds "$stderr" "changed after it was applied: 002_t2"
    wend 0 repair --accept --yes
    same "$output" "Taken as applied, as the file says now: 002_t2."
    wend 0 status --exit-code
}

@test "repair lists changed files, and how to settle them" {
    tables 1 2 3
    wend 0 up -q
    echo "CREATE TABLE t1 (x, y);" >migrations/001_t1.up.sql
    printf -- '-- laid out anew\nCREATE TABLE t2\n(x);\n' >migrations/002_t2.up.sql
    wend 6 repair
    same "$output" 'Nothing is half done.
001_t1 has changed after it was applied: line 1: applied was "CREATE TABLE t1 (x);", the file says "CREATE TABLE t1 (x, y);"
Put the files back as they were, or:
  wend repair --accept     take the files as what was applied'
    wend 6 repair --json
    same "$(jq -c '[.half_done, (.changed | map([.version, .name, .file]))]' <<<"$output")" \
        '[false,[["001","t1","migrations/001_t1.up.sql"]]]'
    migration 004_half "-- wend: transaction none
CREATE TABLE half (x);
SELECT nope;"
    wend 0 repair --accept --yes
    wend 0 repair
    same "$output" "Nothing is half done."
    wend 1 up -q
    echo "CREATE TABLE t1 (x, y, z);" >migrations/001_t1.up.sql
    wend 6 repair
    holds "$output" "004_half is half done (up)"
    holds "$output" "001_t1 has changed after it was applied"
}

@test "a way back that was corrected while its migration was half done is recorded" {
    mkdir migrations
    printf -- "-- wend: transaction none\nCREATE TABLE a (x);\nCREATE TABLE b (x, PRIMARY KEY (y));\n" >migrations/001_a.up.sql
    echo "DROP TABLE a;" >migrations/001_a.down.sql
    wend 1 -d sqlite:a.db up
    sed -i 's/(y)/(x)/' migrations/001_a.up.sql
    printf 'DROP TABLE b;\nDROP TABLE a;\n' >migrations/001_a.down.sql
    wend 0 -d sqlite:a.db up
    rm migrations/*
    wend 0 -d sqlite:a.db down --yes
    same "$(sqlite3 a.db "SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')")" 0
}
