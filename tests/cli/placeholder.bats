#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Placeholders: those that name others, those that wend has by itself, those without a value, and secrets.

load helper
load golden/golden
load servers

# values NAME VALUE...: the placeholders of wend.yaml.
values() {
    echo placeholders: >>wend.yaml
    while (($# > 0)); do
        printf '  - name: %s\n    value: %s\n' "$1" "$2" >>wend.yaml
        shift 2
    done
}

@test "a placeholder may name others, in any order" {
    project
    values role "'\${base}_\${kind}'" base shop kind "'\${base}!'"
    migration 001_a "-- wend: substitute
CREATE TABLE a (x);
INSERT INTO a VALUES ('\${role}');"
    wend 0 up -q
    same "$(sql 'SELECT x FROM a')" 'shop_shop!'
}

@test "one that takes its own name takes the variable" {
    project
    values PW "'<\${PW}>'" other "'\${PW}'"
    migration 001_a "-- wend: substitute
CREATE TABLE a (x);
INSERT INTO a VALUES ('\${other}');"
    PW=inside wend 0 up -q
    same "$(sql 'SELECT x FROM a')" '<inside>'
}

@test "a ring is shown with its lines, before anything is opened" {
    project
    values z 1 a "'\${b}'" b "'x\${c}'" c "'\${a}'"
    wend 2 up
    same "$stderr" "error: a ring of placeholders: a takes b takes c takes a
  --> wend.yaml:6:12
    6 |     value: '\${b}'
      |            ^
  next: give one of these another value:
        wend.yaml:6: a
        wend.yaml:8: b
        wend.yaml:10: c"
    [ ! -e shop.db ]
}

@test "all that have no value are one error, with every place, and nothing is run" {
    project
    values pw "'\${SHOP_PW}'" url "'x:\${pw}'"
    migration 001_a "CREATE TABLE a (x);"
    migration 002_b "-- wend: substitute
CREATE TABLE \${b} (x);
CREATE TABLE c (\${pw},
    \${b});" "-- wend: substitute
DROP TABLE \${down};"
    migration 003_c "-- wend: substitute
-- \${comment} between statements is none
SELECT '\${url} \$\${literal}';
-- wend: assert SELECT '\${wend:colour}' = 1"
    for command in up plan "up --dry-run" "plan --sql"; do
        # shellcheck disable=SC2086 # two words
        wend 2 $command
        same "$stderr" "error: no value for the placeholders b, pw, url, wend:colour
  --> migrations/002_b.up.sql:2
  next: give each one under placeholders: in wend.yaml
        b: migrations/002_b.up.sql:2, migrations/002_b.up.sql:4
        pw (SHOP_PW is not set): migrations/002_b.up.sql:3
        url (SHOP_PW is not set): migrations/003_c.sql:3
        wend:colour (wend has no such value here): migrations/003_c.sql:4"
    done
    [ ! -e shop.db ] || same "$(user_tables)" ""
}

@test "so many placeholders may take one another, and no more" {
    project
    local i
    migration 001_a "-- wend: substitute
SELECT '\${p1}';"
    {
        echo placeholders:
        for i in $(seq 100); do printf -- '  - name: p%s\n    value: ${p%s}\n' "$i" $((i + 1)); done
        printf -- '  - name: p101\n    value: x\n'
    } >>wend.yaml
    wend 2 up
    holds "$stderr" "error: 100 placeholders take p101, each by the next: that is too many"
    sed -i 's/{p2}/{p3}/' wend.yaml
    wend 0 up -q
}

@test "placeholders that double one another end at a size, and what is below it is taken" {
    project
    local i
    migration 001_a "-- wend: substitute
CREATE TABLE a AS SELECT length('\${p1}') AS x;"
    {
        echo placeholders:
        for i in $(seq 23); do printf -- '  - name: p%s\n    value: ${p%s}${p%s}\n' "$i" $((i + 1)) $((i + 1)); done
        printf -- '  - name: p24\n    value: 0123456789abcdef\n'
    } >>wend.yaml
    wend 2 up
    same "$stderr" "error: the placeholders take more than 64 MiB of one another: p2 makes it too much
  --> wend.yaml:6:12
    6 |     value: \${p3}\${p3}
      |            ^
  next: give p2 a value that repeats less"
    [ ! -e shop.db ]
    sed -i 's/{p4}/{p24}/g' wend.yaml
    wend 0 up -q
    same "$(sql 'SELECT x FROM a')" 128
}

@test "a script is not filled in for ever" {
    project
    local i
    {
        echo placeholders:
        for i in $(seq 20); do printf -- '  - name: p%s\n    value: ${p%s}${p%s}\n' "$i" $((i + 1)) $((i + 1)); done
        printf -- '  - name: p21\n    value: 0123456789abcdef\n'
    } >>wend.yaml
    migration 001_a "-- wend: substitute
SELECT length('$(for i in $(seq 500); do printf '${p1}'; done)');"
    wend 2 up
    holds "$stderr" "error: with its placeholders filled in, the script is larger than 1 GiB
  --> migrations/001_a.sql:2:1"
    holds "$stderr" "next: use shorter values, or cut the file into several"
}

@test "many \${ that nothing closes take no time" {
    project
    {
        printf -- "-- wend: substitute\nCREATE TABLE a AS SELECT length('"
        yes '${' | head -n 2000000 | tr -d '\n'
        echo "') AS x;"
    } >"$BATS_TEST_TMPDIR/long"
    mv long migrations/001_a.sql
    run timeout 60 "$WEND" up -q
    [ "$status" -eq 0 ]
    same "$(sql 'SELECT x FROM a')" 4000000
}

@test "plan shows what runs, and a secret as its name" {
    project
    values app shop pw "'\${SHOP_PW}'"
    export SHOP_PW=s3
    migration 001_a "-- wend: substitute
CREATE TABLE \${app} (x);
-- wend: assert SELECT length('\${pw}') = 2
INSERT INTO \${app} VALUES ('\${pw}', '\${wend:version}');" "-- wend: substitute
DROP TABLE \${app}; SELECT '\${pw}';"
    sed -i 's/CREATE TABLE \${app} (x)/CREATE TABLE ${app} (x, y)/' migrations/001_a.up.sql
    wend 0 plan
    same "$output" "up 001_a  (2 statements, migrations/001_a.up.sql)
    CREATE TABLE shop (x, y);
    -- assert SELECT length('\${pw}') = 2
    INSERT INTO shop VALUES ('\${pw}', '001');"
    wend 0 plan --json
    same "$(jq -r '.steps[0].statements[1].sql, .steps[0].assertions[0].sql' <<<"$output")" \
        "INSERT INTO shop VALUES ('\${pw}', '001')
SELECT length('\${pw}')"
    wend 0 up -q
    same "$(sql 'SELECT * FROM shop')" "s3|001"
    # What is kept is the text before.
    same "$(sql "SELECT count(*) FROM wend_scripts WHERE script LIKE '%\${pw}%'")" 2
    sed -i '/assert/d' migrations/001_a.up.sql
    rm shop.db
    wend 0 plan --sql
    holds "$output" "-- Secrets are left out: \${pw}. Put them in before this is run."
    holds "$output" "INSERT INTO shop VALUES ('\${pw}', '001');"
    not grep -q s3 <<<"$output"
}

@test "a secret stands in no message, log or table" {
    project
    values pw "'\${SHOP_PW}'" url "'x:\${pw}@y'"
    export SHOP_PW=sesame
    migration 001_a "-- wend: substitute
SELECT \${pw} FROM \"\${url}\";"
    for format in text logfmt json; do
        wend 1 --log-format $format -v up
        holds "$stderr" "no such table: \${url}"
        not grep -q sesame <<<"$output$stderr"
    done
    wend 0 history
    not grep -q sesame <<<"$output"
    not grep -qa sesame shop.db
}

own="-- wend: substitute
CREATE TABLE own (x varchar(500));
INSERT INTO own VALUES ('\${wend:version} \${wend:name} \${wend:event} \${wend:track} \${wend:filename} \${wend:table} \${wend:environment}');
INSERT INTO own VALUES ('\${wend:user} \${wend:database} \${wend:schema}');
INSERT INTO own VALUES ('\${wend:timestamp}');"

@test "wend's own values, on SQLite" {
    project
    printf 'environments:\n  - name: test\n' >>wend.yaml
    migration 001_a_b "$own"
    wend 0 -e test up -q
    same "$(sql 'SELECT x FROM own LIMIT 2')" "001 a_b up main 001_a_b.sql wend_migrations test
$(id -un) shop.db main"
    sql 'SELECT x FROM own' | tail -n 1 | grep -Eqx '[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}'
}

@test "wend's own values, on PostgreSQL" {
    on_server postgres
    local known
    known=$(ask "SELECT concat_ws(' ', current_user, current_database(), current_schema())")
    migration 001_a "$own"
    wend 0 validate
    wend 0 plan
    holds "$output" "'$known'"
    wend 0 up -q
    same "$(ask 'SELECT x FROM own' | sed -n 2p)" "$known"
    # Without a database, what only it knows has no value.
    wend 2 plan --from base --sql
    holds "$stderr" "error: no value for the placeholders wend:user, wend:database, wend:schema"
}

@test "a placeholder with a colon outside of quotes is no variable of psql's" {
    on_server postgres
    migration 001_a "-- wend: substitute
CREATE TABLE said (x text);
CREATE TABLE t_\${wend:version} (n int);
INSERT INTO t_\${wend:version} VALUES (\${wend:version});"
    printf '%s\n' "-- wend: substitute" "INSERT INTO said SELECT n::text FROM t_\${wend:version} WHERE n = \${wend:version};" \
        >migrations/afterEach.sql
    wend 0 validate
    wend 0 plan
    wend 0 up -q
    same "$(ask 'SELECT x, n FROM said, t_001')" "1|1"
    migration 002_b "-- wend: substitute
SELECT \${wend:version}, :version;"
    wend 2 up
    holds "$stderr" "psql puts a value in the place of :version, wend does not"
}

@test "wend's own values, on MariaDB" {
    on_server mariadb
    migration 001_a "$own"
    wend 0 validate
    wend 0 up -q
    migration 002_b "-- wend: assert SELECT x LIKE concat(substring_index(current_user(), '@', 1), ' ', database(), ' ', database()) FROM own LIMIT 1 OFFSET 1 = 1
SELECT 1;"
    wend 0 up -q
}
