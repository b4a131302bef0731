#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Flyway. Its rows and its lock are computed here once more, in Python; where a `flyway` is
# installed (or WEND_TEST_FLYWAY names one), both work on one database turn by turn.

flyway=${WEND_TEST_FLYWAY:-$(command -v flyway || true)}
load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

local_setup() { mkdir sql; }

# three: two versions and a repeatable, one of them as a Windows checkout with a byte-order mark.
three() {
    echo 'CREATE TABLE a (id int);' >sql/V1__first.sql
    mkdir -p sql/more
    printf '\xef\xbb\xbfCREATE TABLE b (id int);\r\nINSERT INTO b VALUES (1);\r\n' >sql/more/V1.2__second_one.sql
    echo 'DROP TABLE b;' >sql/more/U1.2__back_again.sql
    printf 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT 1 AS x;\n' >sql/R__the_views.sql
}

history() { sql 'SELECT installed_rank, version, description, type, script, checksum, success FROM flyway_schema_history ORDER BY installed_rank' | sed 's/NULL//g; s/|t$/|1/; s/|f$/|0/'; }

# sum FILE [FROM TO]: its checksum as the tool has it, with FROM replaced by TO.
sum() {
    python3 - "$@" <<'PY'
import sys, zlib
text = open(sys.argv[1], encoding="utf-8-sig", newline=None).read()
if len(sys.argv) > 2:
    text = text.replace(sys.argv[2], sys.argv[3])
n = zlib.crc32("".join(text.splitlines()).encode())
print(n - (1 << 32) if n >= 1 << 31 else n)
PY
}

# table: the tool's table with nothing in it; row RANK VERSION DESCRIPTION TYPE SCRIPT SUM SUCCESS.
table() {
    sql 'CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, execution_time INT NOT NULL, success BOOLEAN NOT NULL)'
}

row() {
    local version="'$2'" sum=${6:-NULL}
    [[ $2 ]] || version=NULL
    sql "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) VALUES ($1, $version, '$3', '$4', '$5', $sum, 'ann', 1, ${7:-true})"
}

rows_on() {
    on "$1"
    three
    wend 0 up -m sql
    same "$(history)" "1|1|first|SQL|V1__first.sql|$(sum sql/V1__first.sql)|1
2|1.2|second one|SQL|more/V1.2__second_one.sql|$(sum sql/more/V1.2__second_one.sql)|1
3||the views|SQL|R__the_views.sql|$(sum sql/R__the_views.sql)|1"
    same "$(sql 'SELECT DISTINCT installed_by FROM flyway_schema_history')" "$2"
    wend 0 status -m sql
    holds "$output" '3 applied, 0 pending (Flyway'
}

@test "rows as the tool writes them: SQLite" { rows_on sqlite ''; }
@test "rows as the tool writes them: PostgreSQL" { rows_on postgres postgres; }
@test "rows as the tool writes them: MariaDB" { rows_on mariadb root; }

back_on() {
    on "$1"
    three
    wend 0 up -m sql
    wend 0 down -y -m sql
    same "$(history | tail -n 1)" "4|1.2|second one|DELETE|more/V1.2__second_one.sql|$(sum sql/more/V1.2__second_one.sql)|1"
    wend 0 status -m sql --json
    same "$(jq -r '.migrations[] | .state + " " + .id' <<<"$output")" 'applied 1
reverted 1.2
applied R:the views'
    wend 8 down -y -m sql
    holds "$stderr" 'no way back from 1_first'
    holds "$stderr" 'next: write it as U<version>__'
    wend 0 up -m sql
    same "$(history | tail -n 1)" "5|1.2|second one|SQL|more/V1.2__second_one.sql|$(sum sql/more/V1.2__second_one.sql)|1"
    # With the edition that has undo scripts, as that writes it.
    sql "UPDATE flyway_schema_history SET type = 'UNDO_SQL' WHERE installed_rank = 4"
    wend 0 down -y -m sql
    same "$(history | tail -n 1)" "6|1.2|back again|UNDO_SQL|more/U1.2__back_again.sql|$(sum sql/more/U1.2__back_again.sql)|1"
    wend 0 status -m sql
    holds "$output" '2 applied, 1 pending'
}

@test "a way back: SQLite" { back_on sqlite; }
@test "a way back: PostgreSQL" { back_on postgres; }
@test "a way back: MariaDB" { back_on mariadb; }

@test "what the table says: baseline, missing, deleted, superseded, out of order" {
    on sqlite
    table
    echo 'SELECT 1;' >sql/V1__old.sql
    echo 'SELECT 1;' >sql/V3__three.sql
    echo 'SELECT 1;' >sql/V3.1__late.sql
    echo 'SELECT 1;' >sql/V4__four.sql
    echo 'SELECT 1;' >sql/V10__ten.sql
    echo 'SELECT 1;' >sql/R__r.sql
    row 0 '' '<< Flyway Schema Creation >>' SCHEMA '"s"'
    row 1 2 '<< Flyway Baseline >>' BASELINE '<< Flyway Baseline >>'
    row 2 03.0 three SQL V3__three.sql "$(sum sql/V3__three.sql)"
    row 3 '' r SQL R__r.sql 17
    row 4 4 four SQL V4__four.sql "$(sum sql/V4__four.sql)"
    row 5 3.5 gone SQL V3.5__gone.sql 5
    row 6 '' r SQL R__r.sql "$(sum sql/R__r.sql)"
    row 7 5 five SQL V5__five.sql 5
    row 8 5 five DELETE V5__five.sql 5
    row 9 5.5 java JDBC db.V5_5 ''
    wend 0 status -m sql --json
    same "$(jq -r '.migrations[] | .state + " " + .id' <<<"$output")" 'below baseline 1
baseline B:2
applied 3
out of order 3.1
missing 3.5
applied 4
missing 5.5
pending 10
applied R:r'
    before=$(history)
    wend 6 up -m sql
    holds "$stderr" '3.1_late'
    same "$(history)" "$before"
    wend 0 up -m sql --out-of-order
    same "$(history | tail -n 2 | cut -d'|' -f 1,2)" '10|3.1
11|10'
}

@test "an edited file stops, a checkout with other line ends does not" {
    on sqlite
    three
    wend 0 up -m sql
    # As if the tool had run them: nothing but the sums says what they were.
    sql 'DROP TABLE wend_journal; DROP TABLE wend_scripts'
    before=$(history)
    sed -i 's/$/\r/' sql/V1__first.sql
    wend 0 up -m sql
    echo 'CREATE TABLE a2 (id int);' >>sql/V1__first.sql
    echo 'CREATE TABLE c (id int);' >sql/V3__c.sql
    wend 6 up -m sql
    holds "$stderr" 'changed after it was applied: 1_first'
    same "$(history)" "$before"
    # Taken as it is: the tool's repair does the same to the row.
    wend 0 repair --accept 1 -y -m sql
    same "$(history | head -n 1)" "1|1|first|SQL|V1__first.sql|$(sum sql/V1__first.sql)|1"
    wend 0 up -m sql
}

@test "another description of an applied version stops" {
    on sqlite
    three
    table
    row 1 1 first SQL V1__first.sql "$(sum sql/V1__first.sql)"
    mv sql/V1__first.sql sql/V1__primary.sql
    wend 6 up -m sql
    holds "$stderr" 'version 1 is applied as 1_first'
}

@test "a repeatable runs again when it changes; its older rows stay" {
    on sqlite
    three
    wend 0 up -m sql
    first=$(history)
    echo '-- more' >>sql/R__the_views.sql
    wend 0 status -m sql --json
    holds "$output" '"outdated"'
    wend 0 up -m sql
    same "$(history)" "$first
4||the views|SQL|R__the_views.sql|$(sum sql/R__the_views.sql)|1"
}

@test "placeholders: of the configuration, of the tool, of wend; a repeatable's sum is that of what runs" {
    on sqlite
    printf 'flyway.placeholders.Name = things\n' >flyway.conf
    # shellcheck disable=SC2016 # they are Flyway's
    echo 'CREATE TABLE ${name} (id int, f text); INSERT INTO ${NAME} VALUES (1, '"'"'${flyway:filename}'"'"');' >sql/V1__p.sql
    # shellcheck disable=SC2016
    echo 'DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT * FROM ${name};' >sql/R__v.sql
    wend 0 up -m sql
    same "$(sql 'SELECT f FROM things')" V1__p.sql
    # shellcheck disable=SC2016
    same "$(history | cut -d'|' -f 6)" "$(sum sql/V1__p.sql)
$(sum sql/R__v.sql '${name}' things)"
    # The plain sum of a repeatable counts as well.
    sql "UPDATE flyway_schema_history SET checksum = $(sum sql/R__v.sql) WHERE version IS NULL"
    sql 'DROP TABLE wend_journal; DROP TABLE wend_scripts'
    wend 0 status -m sql --json
    same "$(jq -r '.migrations[].state' <<<"$output" | xargs)" 'applied applied'
    # shellcheck disable=SC2016
    echo 'SELECT '"'"'${other}'"'"';' >sql/V2__q.sql
    wend 2 up -m sql
    holds "$stderr" 'no value for the placeholder other'
    printf '[flyway.placeholders]\nother = "x"\n' >>flyway.toml
    rm flyway.conf
    wend 0 up -m sql --count 1
    # Not replaced at all.
    printf 'placeholderReplacement=false\n' >sql/V3__r.sql.conf
    # shellcheck disable=SC2016
    echo 'CREATE TABLE r AS SELECT '"'"'${nobody}'"'"' AS x;' >sql/V3__r.sql
    printf 'database: sqlite:shop.db\nmigrations: sql\nplaceholders:\n  - name: name\n    value: things\n' >wend.yaml
    wend 0 up
    # shellcheck disable=SC2016
    same "$(sql 'SELECT x FROM r')" '${nobody}'
}

@test "executeInTransaction=false: what is done stays done" {
    on sqlite
    echo 'executeInTransaction=false' >sql/V1__x.sql.conf
    printf 'CREATE TABLE a (id int);\nINSERT INTO missing VALUES (1);\n' >sql/V1__x.sql
    wend 1 up -m sql
    same "$(sql "SELECT count(*) FROM sqlite_master WHERE name = 'a'")" 1
    rm sql/V1__x.sql.conf shop.db
    wend 1 up -m sql
    same "$(sql "SELECT count(*) FROM sqlite_master WHERE name = 'a'")" 0
}

@test "callbacks run at the same moments as wend's own" {
    on sqlite
    three
    sql 'CREATE TABLE said (x)'
    for moment in beforeMigrate beforeEachMigrate__log afterEachMigrate afterMigrate; do
        echo "INSERT INTO said VALUES ('$moment \${flyway:filename}');" >sql/$moment.sql
    done
    wend 0 up -m sql
    same "$(sql 'SELECT count(*) FROM said')" 8
    same "$(sql 'SELECT x FROM said ORDER BY rowid LIMIT 3')" "beforeMigrate beforeMigrate.sql
beforeEachMigrate__log beforeEachMigrate__log.sql
afterEachMigrate afterEachMigrate.sql"
    same "$(sql 'SELECT x FROM said ORDER BY rowid DESC LIMIT 1')" "afterMigrate afterMigrate.sql"
    same "$(history | wc -l)" 3
}

@test "callbacks that wend has not, programs and odd names are named, and left out" {
    on sqlite
    three
    mkdir sql/below
    echo 'SELECT nonsense;' >sql/beforeValidate.sql
    echo 'SELECT nonsense;' >sql/below/afterMigrate.sql
    echo 'class V4__x {}' >sql/V4__x.java
    echo 'SELECT 1;' >sql/V__nothing.sql
    wend 0 validate -m sql
    holds "$output$stderr" 'beforeValidate.sql'
    holds "$output$stderr" 'wend has no such callback'
    holds "$output$stderr" 'below/afterMigrate.sql'
    holds "$output$stderr" 'a callback is read from the first folder only'
    holds "$output$stderr" 'V4__x.java'
    holds "$output$stderr" 'V__nothing.sql'
    wend 0 up -m sql
    same "$(history | wc -l)" 3
}

@test "two files of one version" {
    on sqlite
    echo 'SELECT 1;' >sql/V1__a.sql
    echo 'SELECT 1;' >sql/V1.0__b.sql
    wend 2 up -m sql
    holds "$stderr" 'V1.0__b.sql'
    holds "$stderr" 'V1__a.sql'
}

@test "a failed row stops until a person has looked" {
    on mariadb
    table
    echo 'CREATE TABLE a (id int);' >sql/V1__a.sql
    row 1 1 a SQL V1__a.sql "$(sum sql/V1__a.sql)" false
    wend 6 up -m sql
    holds "$stderr" '1_a: Flyway began it and it failed'
    same "$(history | wc -l)" 1
    wend 0 mark --pending 1 -m sql
    same "$(history)" ''
    wend 0 up -m sql
    same "$(history)" "1|1|a|SQL|V1__a.sql|$(sum sql/V1__a.sql)|1"
}

@test "a table of another shape: named, and left alone" {
    on sqlite
    three
    sql 'CREATE TABLE flyway_schema_history (version text)'
    wend 6 up -m sql
    holds "$stderr" 'flyway_schema_history is not the history of Flyway'
    same "$(sql 'SELECT count(*) FROM flyway_schema_history')" 0
}

@test "a row that cannot be read: named" {
    on sqlite
    three
    table
    row 1 abc odd SQL Vabc__odd.sql 1
    wend 6 status -m sql
    holds "$stderr" 'version "abc"'
}

@test "a baseline by hand, and a baseline file on an empty database" {
    on sqlite
    three
    wend 0 baseline 1.2 -m sql
    same "$(history)" '1|1.2|<< Flyway Baseline >>|BASELINE|<< Flyway Baseline >>||1'
    wend 0 status -m sql
    holds "$output" 'below baseline'
    rm shop.db
    echo 'CREATE TABLE a (id int); CREATE TABLE b (id int);' >sql/B1.2__start.sql
    wend 0 up -m sql
    same "$(history | cut -d'|' -f 2,4,5)" '1.2|SQL_BASELINE|B1.2__start.sql
|SQL|R__the_views.sql'
}

@test "new: a version and its way back" {
    three
    wend 0 new -m sql "add colour"
    run ls sql
    [[ $output =~ V[0-9]{14}__add_colour\.sql ]]
    [[ $output =~ U[0-9]{14}__add_colour\.sql ]]
}

# key SCHEMA QUOTE: the number of the tool's lock.
java_hash() {
    python3 - "$1" <<'PY'
import sys
n = 0
for c in sys.argv[1]:
    n = (n * 31 + ord(c)) & 0xffffffff
print(n - (1 << 32) if n >= 1 << 31 else n)
PY
}

@test "the tool's lock is waited for: PostgreSQL" {
    on postgres
    three
    key=$((0x466C79776179 + $(java_hash '"public"."flyway_schema_history"')))
    same "$key" 77433833903597
    psql -XAtqd "$url" -c "SELECT pg_advisory_lock($key); SELECT 'held'; SELECT pg_sleep(60)" >held &
    holder=$!
    until grep -q held held || [[ $(own_locks) == 1 ]]; do sleep 0.1; done
    wend 4 up -m sql --lock-timeout 1s
    holds "$stderr" 'the lock of Flyway is held'
    kill "$holder"
    sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())" >terminated
    wend 0 up -m sql
    same "$(own_locks)" 0
}

@test "the tool's lock is waited for: MariaDB" {
    on mariadb
    three
    # shellcheck disable=SC2016 # MariaDB's quotes
    key="Flyway-$(java_hash '`'"${url##*/}"'`.`flyway_schema_history`')"
    my "" "SELECT GET_LOCK('$key', 1); SELECT SLEEP(4)" >held &
    until [[ $(my "" "SELECT IS_USED_LOCK('$key')") != NULL ]]; do sleep 0.1; done
    wend 4 up -m sql --lock-timeout 1s
    holds "$stderr" 'the lock of Flyway is held'
    wait
    wend 0 up -m sql
}

# tool COMMAND...: the real one on the test's database.
tool() {
    local at=${url#*@} jdbc user
    case $database in
    sqlite) jdbc=jdbc:sqlite:$PWD/shop.db ;;
    postgres) jdbc=jdbc:postgresql://$at user=postgres ;;
    mariadb) jdbc=jdbc:mariadb://$at user=root ;;
    esac
    FW_USER=$user "$flyway" -url="$jdbc" ${user:+-user="$user"} -locations=filesystem:"$PWD/sql" "$@"
}

turns_on() {
    [[ $flyway ]] || skip "flyway is not installed"
    on "$1"
    three
    tool -target=1 migrate
    wend 0 status -m sql --json
    same "$(jq -r '.migrations[] | .state + " " + .id' <<<"$output")" 'applied 1
pending 1.2
applied R:the views'
    wend 0 up -m sql
    tool validate
    run tool info
    [[ $output != *Pending* ]]
    echo 'CREATE TABLE c (id int);' >sql/V2__third.sql
    tool migrate
    wend 0 status -m sql
    holds "$output" '4 applied, 0 pending'
    echo 'DROP TABLE c;' >sql/U2__third.sql
    wend 0 down -y -m sql
    run tool info
    holds "$output" Pending
    tool migrate
    tool validate
    wend 0 status -m sql
    holds "$output" '4 applied, 0 pending'
    echo '-- changed' >>sql/R__the_views.sql
    wend 0 up -m sql
    tool validate
    # What wend made from nothing, the tool goes on with.
    echo 'CREATE TABLE d (id int);' >sql/V3__fourth.sql
    tool migrate
    wend 0 status -m sql
    holds "$output" '5 applied, 0 pending'
}

@test "turn by turn with the tool: SQLite" { turns_on sqlite; }
@test "turn by turn with the tool: PostgreSQL" { turns_on postgres; }
@test "turn by turn with the tool: MariaDB" { turns_on mariadb; }

@test "settings that wend does not follow are said" {
    on sqlite
    three
    printf 'flyway.schemas=app,other\nflyway.locations=filesystem:sql,filesystem:more\nflyway.initSql=SELECT 1\n' >sql/flyway.conf
    wend 0 status
    holds "$stderr" "Flyway runs the files in the schema app, wend in the one that the URL leads to"
    holds "$stderr" "locations = filesystem:sql,filesystem:more: wend reads one folder"
    holds "$stderr" "initSql is not run"
    rm sql/flyway.conf
    # Lines that are no key stop nothing.
    printf '"=x\n\047 = 1\n[flyway]\nlocations = ["filesystem:a", "filesystem:b"]\nschemas = ["public"]\n' >sql/flyway.toml
    wend 0 status
    holds "$stderr" "locations = filesystem:a,filesystem:b"
    [[ $stderr != *schema* ]]
}

@test "a folder that is a link is not followed, and said" {
    on sqlite
    three
    mkdir linked
    echo 'CREATE TABLE c (id int);' >linked/V3__c.sql
    ln -s ../linked sql/linked
    ln -s ../sql sql/again
    wend 0 status
    holds "$stderr" "sql/linked"
    holds "$stderr" "this folder is a symbolic link: what is in it is left out"
}

@test "the table is in a schema that the search path does not lead to" {
    on postgres
    three
    sql 'CREATE SCHEMA app'
    printf 'table: app.flyway_schema_history\n' >wend.yaml
    echo 'SELECT 1;' >sql/V1.2__second_one.sql
    rm -r sql/more
    wend 0 -m sql up
    rm wend.yaml
    sql 'DROP TABLE wend_journal'
    sql 'DROP TABLE wend_scripts'
    wend 6 -m sql up
    holds "$stderr" "public.flyway_schema_history is not there, but app.flyway_schema_history is"
    holds "$stderr" "options=-csearch_path%3D"
}

@test "a stray file does not make another tool's folder of it" {
    on sqlite
    echo "CREATE TABLE a (id int);" >sql/V1__a.sql
    echo "SELECT nope;" >sql/seed.sql
    wend 0 -m sql up
    holds "$output" "applied   1_a"
    same "$stderr" "warning: left out, as Flyway does: its name is not V<version>__<description>.sql
  --> sql/seed.sql
$(tail -1 <<<"$stderr")"
    same "$(sql "SELECT version, success FROM flyway_schema_history")" "1|1"
    wend 0 -m sql validate
    # Numbered files beside it may be meant as migrations: nobody is to guess.
    mv sql/seed.sql sql/002_seed.sql
    wend 2 -m sql up
    holds "$stderr" "it looks like Flyway's layout"
}

@test "settings that are there and cannot be read stop the run" {
    on sqlite
    rm -r sql
    mkdir -p sql/V1__a.sql.conf
    echo "CREATE TABLE a (id int);" >sql/V1__a.sql
    wend 2 -m sql up
    same "$stderr" "error: these settings of Flyway cannot be read: Is a directory
  --> sql/V1__a.sql.conf"
    rmdir sql/V1__a.sql.conf
    ln -s nowhere sql/V1__a.sql.conf
    wend 2 -m sql up
    same "$stderr" "error: these settings of Flyway cannot be read: No such file or directory
  --> sql/V1__a.sql.conf"
    rm sql/V1__a.sql.conf
    mkdir flyway.toml
    wend 2 -m sql up
    holds "$stderr" "error: these settings of Flyway cannot be read: Is a directory"
    rmdir flyway.toml
    wend 0 -m sql up
}
