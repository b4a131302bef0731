#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend up: what it applies, where it stops, and what it says.

load helper
load golden/golden

@test "up applies what is pending, in the order of the versions" {
    project
    migration 010_c "CREATE TABLE c (x);"
    migration 2_b "CREATE TABLE b (x);"
    migration 001_a "CREATE TABLE a (x);"
    wend 0 up
    same "$(plain "$output")" "applied   001_a  (N ms)
applied   2_b  (N ms)
applied   010_c  (N ms)"
    same "$(plain "$stderr")" "sqlite:shop.db: 3 migrations applied in N ms"
    same "$(user_tables)" "a b c"
}

@test "up with nothing to do changes nothing" {
    tables 1
    wend 0 up
    before=$(sha256sum shop.db)
    wend 0 up
    same "$output" ""
    same "$stderr" "sqlite:shop.db: nothing to do, everything is applied"
    same "$(sha256sum shop.db)" "$before"
    [ ! -e shop.db-wend ]
}

@test "up on an empty folder makes no database" {
    project
    wend 0 up
    same "$stderr" "sqlite:shop.db: there are no migrations in migrations yet: \`wend new NAME\`"
    [ ! -e shop.db ]
}

@test "a folder that is empty beside a database that has migrations" {
    tables 1 2
    wend 0 up
    rm migrations/*
    wend 8 up
    same "$stderr" "error: the database is newer than these migrations: applied, and not among them: 001_t1, 002_t2
  state: nothing was run
  next: look whether this is the folder that is meant; run the release that has them; or \`wend up --force\`, to leave it as it is"
    wend 0 status
    holds "$stderr" "\`wend up\` stops, as the database is newer"
    wend 8 up --out-of-order
    tables 1
    wend 0 up --out-of-order
    rm migrations/*
    migration R__v "CREATE VIEW v AS SELECT 1"
    wend 0 up --force
    wend 8 up --out-of-order
    wend 0 up --force
}

@test "a tool's folder that came up empty" {
    project
    printf -- '-- +goose Up\nCREATE TABLE a (x);\n-- +goose Down\nDROP TABLE a;\n' >migrations/00001_a.sql
    wend 0 up
    rm migrations/*
    wend 8 up
    same "$stderr" "error: there are no migrations in migrations, and the journal says that 1 was applied
  state: nothing was run
  next: look whether this is the folder that is meant; or \`wend up --force\`, to leave it as it is"
    wend 8 reset --yes
    wend 0 up --force
    printf -- '-- +goose Up\nCREATE TABLE a (x);\n-- +goose Down\nDROP TABLE a;\n' >migrations/00001_a.sql
    wend 0 down --yes
    rm migrations/*
    wend 0 up
}

@test "up has other words" {
    tables 1 2 3 4 5 6
    for word in apply migrate upgrade deploy latest; do
        wend 0 "$word" --count 1
    done
    same "$(user_tables)" "t1 t2 t3 t4 t5"
}

@test "up -q says nothing" {
    tables 1
    wend 0 up -q
    same "$output$stderr" ""
}

@test "up --count and --steps" {
    tables 1 2 3 4
    wend 0 up --count 2
    same "$(user_tables)" "t1 t2"
    wend 0 up --steps 1
    same "$(user_tables)" "t1 t2 t3"
    wend 0 up -n 9
    same "$(user_tables)" "t1 t2 t3 t4"
    wend 2 up --count x
    holds "$stderr" 'error: --count needs a whole number, not "x"'
}

@test "up --to takes a version in every spelling" {
    tables 1 2 3 4 5 6
    wend 0 up --to 001
    wend 0 up --to 2
    wend 0 up --to 003_t3
    wend 0 up --to v4
    same "$(user_tables)" "t1 t2 t3 t4"
    wend 0 up --to +1
    same "$(user_tables)" "t1 t2 t3 t4 t5"
    wend 0 up --to head
    same "$(user_tables)" "t1 t2 t3 t4 t5 t6"
    wend 0 up --to 2
    same "$stderr" "sqlite:shop.db: nothing to do, everything is applied"
    tables 7 8
    wend 0 up --to 2
    same "$stderr" "sqlite:shop.db: nothing to do up to there; 2 pending"
    wend 0 up --count 0
    same "$stderr" "sqlite:shop.db: nothing to do up to there; 2 pending"
}

@test "up --to says what is no way up" {
    tables 1 2
    wend 2 up --to base
    same "$stderr" "error: base is below everything: there is no way up to it
  next: wend down --to base"
    wend 2 up --to -1
    same "$stderr" "error: -1 is no version to go up to
  next: +N stands for N steps up"
    wend 2 up --to 0022
    same "$stderr" "error: there is no migration 0022
  next: did you mean 002? \`wend status\` lists all"
    wend 2 up --to 2 --count 1
    holds "$stderr" "error: --to and --count do not go together"
}

@test "up --dry-run shows what would run, and makes no database" {
    tables 1 2
    wend 0 up --dry-run
    same "$output" "2 migrations would run:
  up    001_t1
  up    002_t2"
    [ ! -e shop.db ]
    wend 0 up -q
    wend 0 up --dry-run
    same "$output" "Nothing to do."
}

@test "a statement that fails is shown with its place" {
    project
    migration 001_users "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);"
    migration 002_names "ALTER TABLE users ADD COLUMN name TEXT;

UPDATE users
   SET name = email
 WHERE emial IS NOT NULL;"
    wend 1 up
    same "$(plain "$output")" "applied   001_users  (N ms)"
    golden error_statement "$stderr"
    same "$(sql 'SELECT count(*) FROM pragma_table_info("users")')" 2
    # The next run goes on with the corrected file.
    sed -i 's/emial/email/' migrations/002_names.sql
    wend 0 up
    same "$(plain "$output")" "applied   002_names  (N ms)"
}

@test "a caret stands right behind tabs and wide characters" {
    project
    migration 001_a "$(printf "SELECT '\xe6\xbc\xa2\xc3\xa4',\t\tnope;")"
    wend 1 up
    same "$(sed -n 3,4p <<<"$stderr")" "    1 | SELECT '漢ä',"$'\t\t'"nope;
      |              "$'\t\t'"^"
}

@test "a caret stands under its column in a line with a long number too" {
    project
    python3 -c "print('\n' * 99999 + 'SELECT nope;')" >migrations/001_a.sql
    wend 1 up
    same "$(sed -n 2,4p <<<"$stderr")" "  --> migrations/001_a.sql:100000:8
100000 | SELECT nope;
       |        ^"
}

@test "a line of two million bytes is cut around the caret" {
    project
    python3 -c "print('CREATE TABLE h (x); INSERT INTO h VALUES (\'' + 'a' * 2000000 + '\'); SELECT nope();')" \
        >migrations/001_h.sql
    wend 1 up
    holds "$stderr" "error: no such function: nope"
    [ ${#stderr} -lt 800 ]
    sed -i 's/ SELECT nope();//' migrations/001_h.sql
    wend 0 up
    same "$(sql 'SELECT length(x) FROM h')" 2000000
}

@test "a failure in the middle keeps what was whole, and nothing of the rest" {
    tables 1 2 4
    migration 003_bad "CREATE TABLE bad (x);
SELECT nope;"
    wend 1 up
    holds "$stderr" "  state: 003_bad was rolled back: nothing of it is left; 2 before it were applied and stay so"
    same "$(user_tables)" "t1 t2"
}

@test "up --one-transaction applies all or nothing" {
    tables 1 2 4
    migration 003_bad "SELECT nope;"
    wend 1 up --one-transaction
    holds "$stderr" "  state: 003_bad and the 2 before it in this run were rolled back: nothing of them is left"
    same "$(user_tables)" ""
    rm migrations/003*
    wend 0 up --one-transaction
    same "$(user_tables)" "t1 t2 t4"
    migration 005_vacuum "VACUUM;"
    wend 2 up --one-transaction
    holds "$stderr" "error: 005_vacuum cannot run in one transaction with the others"
}

@test "a late migration stops up unless --out-of-order is given" {
    tables 1 3
    wend 0 up -q
    tables 2 4
    wend 6 up
    same "$stderr" "error: pending, but a later one is applied already: 002_t2
  state: nothing was run
  next: give it a newer version, or run \`wend up --out-of-order\`"
    same "$(user_tables)" "t1 t3"
    wend 0 up --out-of-order
    same "$(user_tables)" "t1 t2 t3 t4"
}

@test "an older checkout at a newer database stops up, and plan, with the command that goes on" {
    tables 1 2
    wend 0 up -q
    rm migrations/002*
    for command in up plan; do
        wend 8 "$command"
        holds "$stderr" "  next: run the release that has them; or \`wend down --to 001\`, which needs no files for what was stored; or \`wend up --force\`, to leave it as it is"
    done
    wend 0 up --force
}

@test "a file that changed stops up and shows the difference" {
    tables 1
    wend 0 up -q
    tables 2
    echo "CREATE TABLE t1 (x, y);" >migrations/001_t1.up.sql
    wend 6 up
    golden error_changed "$stderr"
    same "$(user_tables)" "t1"
    wend 6 plan
    golden error_changed "$stderr"
}

@test "a file that changed in layout only does not" {
    tables 1
    wend 0 up -q
    printf '\xef\xbb\xbf-- the first one\r\nCREATE TABLE\r\n  t1 (x);\r\n' >migrations/001_t1.up.sql
    wend 0 up
    same "$stderr" "warning: 1 applied file differs from what was applied, but only in layout or comments
sqlite:shop.db: nothing to do, everything is applied"
}

@test "line ends and a byte-order mark do not matter" {
    project
    printf '\xef\xbb\xbfCREATE TABLE a (x);\r\nCREATE TABLE b (x);\r\n' >migrations/001_a.sql
    wend 0 up -q
    same "$(user_tables)" "a b"
    printf 'CREATE TABLE a (x);\nCREATE TABLE b (x);\n' >migrations/001_a.sql
    wend 0 status --json
    same "$(jq -r '.migrations[] | "\(.state) \(.layout_only)"' <<<"$output")" "applied false"
}

@test "repeatable migrations run behind all others, and again when they change" {
    tables 1
    echo "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1 AS n;" >migrations/R__v.sql
    wend 0 up
    same "$(plain "$output")" "applied   001_t1  (N ms)
applied   R__v  (N ms)"
    wend 0 up
    same "$output" ""
    sed -i 's/SELECT 1/SELECT 2/' migrations/R__v.sql
    wend 0 up
    same "$(plain "$output")" "applied   R__v  (N ms)"
    same "$(sql 'SELECT n FROM v')" 2
}

@test "a baseline file is run on an empty database, and on no other" {
    tables 1 2 3
    echo "CREATE TABLE t1 (x); CREATE TABLE t2 (x);" >migrations/B__002_start.sql
    sql "CREATE TABLE mine (x)"
    wend 0 up
    same "$(plain "$output")" "applied   001_t1  (N ms)
applied   002_t2  (N ms)
applied   003_t3  (N ms)"
    rm shop.db
    wend 0 up
    same "$(plain "$output")" "applied   B__002_start  (N ms)
applied   003_t3  (N ms)"
    same "$(user_tables)" "t1 t2 t3"
}

@test "up --backup copies the database first, and its line restores it" {
    tables 1 2
    wend 0 up -q --count 1
    sql "INSERT INTO t1 VALUES ('kept')"
    wend 0 up --backup "a copy.db"
    line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
    holds "$line" "sqlite3"
    wend 0 down --all --yes -q
    same "$(user_tables)" ""
    bash -c "$line"
    same "$(user_tables)" "t1"
    same "$(sql 'SELECT x FROM t1')" "kept"
    wend 0 status
    holds "$output" "sqlite:shop.db: 1 applied, 1 pending"
    wend 2 up --backup "a copy.db"
    holds "$stderr" "error: the backup file a copy.db exists already"
    wend 2 up --backup no/such/folder.db
    holds "$stderr" "cannot be made"
    same "$(user_tables)" "t1"
}

@test "up --backup leaves its neighbours alone, and its line knows every name" {
    tables 1 2 3 4 5 6
    wend 0 up -q --count 1
    echo mine >copy.db.part
    wend 0 up -q --count 1 --backup copy.db
    same "$(cat copy.db.part)" mine
    [ "$(ls copy.db*)" = "copy.db
copy.db.part" ]
    for name in "it's" 'say "hi"' 'for $HOME' "back\\slash" $'tab\tline\nescape\e'; do
        rm -f ./*.db-wend
        wend 0 up --count 1 --backup "$name"
        line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
        before=$(user_tables)
        bash -c "$line"
        [ "$before" != "$(user_tables)" ]
    done
    same "$(user_tables)" "t1 t2"
}

@test "up --backup with nothing to do says that there is no copy" {
    tables 1
    wend 0 up -q
    wend 0 up --backup copy.db
    same "$stderr" "sqlite:shop.db: nothing to do, everything is applied
no backup was made: there was nothing to do"
    [ ! -e copy.db ]
    wend 0 up --backup copy.db --json
    same "$stderr" ""
}

@test "up --json prints one event per line" {
    tables 1 2
    wend 0 up --json
    golden up_json "$output"
    wend 0 up --json
    same "$(plain "$output")" '{"event":"plan","direction":"up","steps":0}
{"event":"done","applied":0,"duration_ms":N}'
    migration 003_bad "SELECT nope;"
    wend 1 up --json
    same "$(jq -c '[keys[0], .error.code, .error.line, .error.column]' <<<"${lines[1]}")" '["error",1,1,8]'
    same "$stderr" ""
}

@test "a batch commits round by round" {
    project
    migration 001_rows "CREATE TABLE a (id INTEGER PRIMARY KEY, x);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) INSERT INTO a SELECT i, NULL FROM n;"
    migration 002_fill "-- wend: batch size=10 key=id
UPDATE a SET x = id WHERE id IN (SELECT id FROM a WHERE x IS NULL LIMIT :size);
-- wend: assert SELECT count(*) FROM a WHERE x IS NULL = 0"
    wend 0 up --json
    same "$(jq -r 'select(.event == "round") | .rows' <<<"$output" | tr '\n' ' ')" "10 20 25 "
}

@test "an assertion that does not hold fails the migration" {
    project
    migration 001_a "CREATE TABLE a (x);
-- wend: assert SELECT count(*) FROM a = 1
CREATE TABLE b (x);"
    wend 1 up
    golden error_assertion "$stderr"
    same "$(user_tables)" ""
}

@test "placeholders are put in where a file asks for it" {
    project
    migration 001_a "-- wend: substitute
CREATE TABLE a (x);
INSERT INTO a VALUES ('\${role}, \${other}');"
    wend 2 up
    holds "$stderr" "error: no value for the placeholders "
    holds "$stderr" "next: give each one under placeholders: in wend.yaml"
    cat >>wend.yaml <<'YAML'
placeholders:
  - name: role
    value: admin
  - name: other
    value: guest
YAML
    wend 0 up -q
    same "$(sql 'SELECT x FROM a')" "admin, guest"
}

@test "a migration without statements is refused: what is written into it later would never run" {
    project
    wend 0 new first
    wend 8 up
    holds "$stderr" "_first has no statements: once it counts as applied, what is written into it later never runs"
    holds "$stderr" "  state: nothing was run"
    same "$(user_tables)" ""
    echo "CREATE TABLE first (x);" >>migrations/*_first.up.sql
    wend 0 up -q
    same "$(user_tables)" "first"
    rm migrations/*
    migration 99990101000000_nothing "-- later"
    wend 8 up
    wend 0 up --dry-run
    holds "$stderr" "has no statements yet"
    wend 0 up --force
    same "$(plain "$stderr" | tail -n 2)" "warning: migrations/99990101000000_nothing.sql has no statements yet
sqlite:shop.db: 1 migration applied in N ms"
    migration R__empty "-- may be"
    migration 99990102000000_sure "-- wend: assert SELECT 1 = 1"
    wend 0 up
}

@test "the progress line tells the rows of a batch and the time" {
    project
    migration 001_rounds "CREATE TABLE rounds (id INTEGER PRIMARY KEY, x);
INSERT INTO rounds (x) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) SELECT 0 FROM n;"
    migration 002_batch "SELECT 1;
-- wend: batch size=1 pause=60ms key=id
UPDATE rounds SET x = 1 WHERE id IN (SELECT id FROM rounds WHERE x = 0 LIMIT :size);"
    NO_COLOR=1 on_terminal '' "$WEND" up
    [ "$status" -eq 0 ]
    [[ $output =~ "1/2 002_batch: statement 2 of 2, "[0-9]+" rows, 0:0"[01] ]]
}
