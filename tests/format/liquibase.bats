#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Changelogs of Liquibase in formatted SQL. Its rows are computed here once more, in Python; where npm gives
# the tool and there is a Java for it, both work on one database turn by turn.

load helper

# Before setup() takes every such variable away.
long=${WEND_TEST_LONG:-}

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

local_setup() { mkdir log; }

# two: a changelog of two changesets.
two() {
    cat >log/changelog.sql <<'SQL'
--liquibase formatted sql

--changeset ann:1
create table a (id int primary key);
--rollback drop table a;

--changeset bob:2 labels:x context:prod
--comment: second one
create table b (id int);
create table c (id int);
--rollback drop table c;
--rollback drop table b;
SQL
}

case_of() { [[ $database == postgres ]] && echo "${1,,}" || echo "$1"; }
history() { sql "SELECT ID, AUTHOR, FILENAME, ORDEREXECUTED, EXECTYPE, MD5SUM, DESCRIPTION, COMMENTS, CONTEXTS, LABELS FROM $(case_of DATABASECHANGELOG) ORDER BY ORDEREXECUTED" | sed 's/NULL//g'; }
lock_row() { sql "SELECT ID, LOCKEDBY FROM $(case_of DATABASECHANGELOGLOCK)" | sed 's/NULL//g'; }

# sum 9|8 TEXT [DELIMITER SPLIT STRIP]: the checksum of a changeset with that SQL.
sum() {
    python3 - "$@" <<'PY'
import hashlib, re, sys
version, text = sys.argv[1:3]
md5 = lambda t: hashlib.md5(t.encode()).hexdigest()
if version == "9":
    plain = re.sub(r"[ \t\r\n]", "", text)
else:
    plain = ":".join(sys.argv[3:6] or ["null", "true", "true"]) + ":" + re.sub(r"[ \t\r\n]+", " ", text).strip()
print(version + ":" + md5(version + ":" + md5(plain) + ":"))
PY
}

rows_on() {
    on "$1"
    two
    wend 0 up -m log
    same "$(history)" "1|ann|changelog.sql|1|EXECUTED|$(sum 9 'create table a (id int primary key);')|sql|||
2|bob|changelog.sql|2|EXECUTED|$(sum 9 'create table b (id int); create table c (id int);')|sql|second one|prod|x"
    same "$(lock_row)" '1|'
    wend 0 down -y -m log
    same "$(history | wc -l)" 1
    wend 0 status -m log
    holds "$output" '1 applied, 1 pending (Liquibase'
    wend 0 up -m log
    same "$(history | wc -l)" 2
}

@test "rows as the tool writes them, and back: SQLite" { rows_on sqlite; }
@test "rows as the tool writes them, and back: PostgreSQL" { rows_on postgres; }
@test "rows as the tool writes them, and back: MariaDB" { rows_on mariadb; }

# all_applied N: N changesets, all of them applied as they are.
all_applied() {
    wend 0 status -m log --json
    same "$(jq -r '.migrations[].state' <<<"$output" | sort | uniq -c | xargs)" "$1 applied"
}

@test "sums of version 9 and 8; older ones and NULL count as equal; another one stops" {
    on sqlite
    two
    wend 0 up -m log
    # As if the tool had run them: nothing but the sums says what they were.
    sql 'DROP TABLE wend_journal; DROP TABLE wend_scripts'
    sql "UPDATE DATABASECHANGELOG SET MD5SUM = '$(sum 8 'create table a (id int primary key);')' WHERE ID = '1'"
    sql "UPDATE DATABASECHANGELOG SET MD5SUM = '7:0123' WHERE ID = '2'"
    all_applied 2
    sql "UPDATE DATABASECHANGELOG SET MD5SUM = NULL"
    all_applied 2
    sql "UPDATE DATABASECHANGELOG SET MD5SUM = '9:0123' WHERE ID = '2'"
    echo 'create table more (id int);' >>log/changelog.sql
    before=$(history)
    wend 6 up -m log
    holds "$stderr" 'changed after it was applied: 2_bob'
    same "$(history)" "$before"
    sed -i 's/^--comment.*/&\n--validCheckSum: ANY/' log/changelog.sql
    all_applied 2
}

@test "line ends of another system are no change" {
    on sqlite
    two
    wend 0 up -m log
    sql 'DROP TABLE wend_journal; DROP TABLE wend_scripts'
    sed -i 's/$/\r/; 1s/^/\xef\xbb\xbf/' log/changelog.sql
    all_applied 2
    wend 0 down -y -m log
    wend 0 up -m log
    same "$(history | wc -l)" 2
}

@test "runOnChange and runAlways: the row says that it ran again" {
    on sqlite
    cat >log/a.sql <<'SQL'
--liquibase formatted sql
--changeset ann:v runOnChange:true
drop view if exists v;
create view v as select 1 as x;
--changeset ann:t
create table t (id int);
--changeset ann:always runAlways:true
insert into t values (1);
--rollback delete from t;
SQL
    wend 0 up -m log
    wend 0 up -m log
    same "$(sql 'SELECT count(*) FROM t')" 2
    same "$(history | cut -d'|' -f 1,4,5)" 'v|1|EXECUTED
t|2|EXECUTED
always|4|RERAN'
    sed -i 's/select 1 as x/select 2 as x/' log/a.sql
    wend 0 status -m log --json
    same "$(jq -r '.migrations[] | .state + " " + .id' <<<"$output")" 'outdated a.sql::v::ann
applied a.sql::t::ann
outdated a.sql::always::ann'
    wend 0 up -m log
    same "$(sql 'SELECT x FROM v')" 2
    same "$(history | grep '^v|' | cut -d'|' -f 5,6)" "RERAN|$(sum 9 'drop view if exists v; create view v as select 2 as x;')"
}

@test "preconditions: one that halts, one that marks as run" {
    on sqlite
    cat >log/a.sql <<'SQL'
--liquibase formatted sql
--changeset ann:1
create table one (id int);
--changeset ann:2
--preconditions onFail:MARK_RAN onError:HALT
--precondition-sql-check expectedResult:0 select count(*) from sqlite_master where name = 'one'
create table one (id int);
--changeset ann:3
--precondition-sql-check expectedResult:"1" select count(*) from sqlite_master where name = 'nothing'
create table three (id int);
SQL
    wend 1 up -m log
    holds "$stderr" '2_ann: its precondition does not hold; it counts as applied'
    holds "$stderr" 'it gives 0, not 1'
    same "$(history | cut -d'|' -f 1,5)" '1|EXECUTED
2|MARK_RAN'
    same "$(sql "SELECT count(*) FROM sqlite_master WHERE name = 'three'")" 0
}

@test "what cannot be followed is named before anything runs" {
    on sqlite
    two
    printf '\n--changeset ann:3 runWith:psql\nselect 1;\n' >>log/changelog.sql
    wend 2 up -m log
    holds "$stderr" 'wend cannot follow runWith'
    holds "$stderr" 'changelog.sql:14'
    same "$(sql "SELECT count(*) FROM sqlite_master WHERE name = 'a'")" 0
    wend 0 up -m log --count 2
}

@test "parameters, other databases, ignored lines and changesets, terminators, ways back in comments" {
    on mariadb
    cat >log/a.sql <<'SQL'
--liquibase formatted sql
--property name:things value:stuff
--changeset ann:1 endDelimiter://
create table ${things} (id int);
//
create procedure fill() begin insert into ${things} values (1); insert into ${things} values (2); end //
--rollback drop procedure fill
--rollback //
--rollback drop table ${things}
--rollback //
--changeset ann:2 dbms:postgresql,!mysql
this is for others;
--changeset ann:3 ignore:true
this is ignored;
--changeset ann:4 splitStatements:false
call fill()
--ignoreLines:1
this is ignored as well;
/* liquibase rollback
delete from stuff
 where id > 0;
*/
--changeset ann:5
select 1;
--rollback not required
SQL
    wend 0 up -m log
    same "$(sql 'SELECT count(*) FROM stuff')" 2
    same "$(history | cut -d'|' -f 1)" '1
4
5'
    wend 0 down -y -m log --count 2
    same "$(sql 'SELECT count(*) FROM stuff')" 0
    wend 0 down -y -m log
    same "$(history)" ''
    wend 0 up -m log
}

@test "a changelog in XML or YAML gives the order; paths are those that the table has" {
    on sqlite
    mkdir -p log/sub
    printf -- '--liquibase formatted sql\n--changeset ann:1\ncreate table a (id int);\n' >log/z.sql
    printf -- '--liquibase formatted sql\n--changeset ann:1\nalter table a add column b int;\n' >log/sub/a.sql
    printf -- '--liquibase formatted sql\n--changeset ann:9\nnothing;\n' >log/unused.sql
    cat >log/db.changelog-master.yaml <<'YAML'
databaseChangeLog:
  - include:
      file: db/log/z.sql
  - includeAll:
      path: db/log/sub/
YAML
    printf 'changeLogFile=log/db.changelog-master.yaml\nparameter.x=1\n' >liquibase.properties
    wend 0 up -m log
    holds "$stderr" unused.sql
    same "$(history | cut -d'|' -f 1-4)" '1|ann|log/z.sql|1
1|ann|log/sub/a.sql|2'
    # A table that has other paths goes on with those.
    sql "UPDATE DATABASECHANGELOG SET FILENAME = 'classpath:db/' || FILENAME"
    printf -- '--changeset ann:2\ncreate table c (id int);\n' >>log/z.sql
    wend 0 up -m log
    same "$(history | tail -n 1 | cut -d'|' -f 1-3)" '2|ann|classpath:db/log/z.sql'
    cat >log/db.changelog-master.yaml <<'XML'
<databaseChangeLog><include relativeToChangelogFile="true" file="sub/a.sql"/><include file="z.sql"/></databaseChangeLog>
XML
    wend 0 status -m log --json
    same "$(jq -r '.migrations[] | .state + " " + .id' <<<"$output")" 'applied sub/a.sql::1::ann
applied z.sql::1::ann
applied z.sql::2::ann'
}

@test "rows without a file, and rows that did not happen" {
    on sqlite
    two
    wend 0 up -m log --count 1
    sql "INSERT INTO DATABASECHANGELOG SELECT 'old', AUTHOR, 'gone.sql', DATEEXECUTED, 0, 'EXECUTED', MD5SUM, '', '', NULL, '', NULL, NULL, '' FROM DATABASECHANGELOG"
    sql "INSERT INTO DATABASECHANGELOG SELECT '2', 'bob', FILENAME, DATEEXECUTED, 7, 'FAILED', NULL, '', '', NULL, '', NULL, NULL, '' FROM DATABASECHANGELOG WHERE ID = '1'"
    wend 0 status -m log --json
    same "$(jq -r '.migrations[] | .state + " " + .id' <<<"$output" | sort)" 'applied changelog.sql::1::ann
missing gone.sql::old::ann
pending changelog.sql::2::bob'
    wend 0 up -m log
    same "$(history | cut -d'|' -f 1,5 | grep '^2')" '2|EXECUTED'
}

@test "a changeset without a way back" {
    on sqlite
    printf -- '--liquibase formatted sql\n--changeset ann:1\ncreate table a (id int);\n' >log/a.sql
    wend 0 up -m log
    wend 8 down -y -m log
    holds "$stderr" 'no way back from 1_ann'
    holds "$stderr" 'next: write it behind `--rollback `'
}

@test "a changeset without an id, one that stands twice, a comment without an end" {
    on sqlite
    printf -- '--liquibase formatted sql\n--changeset ann\ncreate table a (id int);\n--changeset ann:1\nselect 1;\n--changeset ann:1\nselect 2;\n/* liquibase rollback\nselect 3;\n' >log/a.sql
    wend 2 up -m log
    holds "$stderr" 'no AUTHOR:ID'
    wend 7 validate -m log
    holds "$output$stderr" 'a.sql:2'
    holds "$output$stderr" 'has no end'
}

@test "a table of another shape: named, and left alone" {
    on sqlite
    two
    sql 'CREATE TABLE DATABASECHANGELOG (ID text)'
    wend 6 up -m log
    holds "$stderr" 'DATABASECHANGELOG is not the history of Liquibase'
    same "$(sql 'SELECT count(*) FROM DATABASECHANGELOG')" 0
}

lock_on() {
    local no=0 yes=1
    on "$1"
    [[ $1 == postgres ]] && no=false yes=true
    two
    wend 0 up -m log --count 1
    sql "UPDATE $(case_of DATABASECHANGELOGLOCK) SET LOCKED = $yes, LOCKEDBY = 'web1 (10.0.0.1)'"
    wend 4 up -m log --lock-timeout 1s
    holds "$stderr" 'the lock of Liquibase is held by web1 (10.0.0.1)'
    same "$(history | wc -l)" 1
    # What an earlier run of wend left is known by its mark.
    sql "UPDATE $(case_of DATABASECHANGELOGLOCK) SET LOCKEDBY = 'wend ann@web1 4242'"
    wend 0 up -m log
    same "$(sql "SELECT LOCKED FROM $(case_of DATABASECHANGELOGLOCK)" | sed 's/f/0/')" 0
    same "$(lock_row)" '1|'
}

@test "the tool's lock: SQLite" { lock_on sqlite; }
@test "the tool's lock: PostgreSQL" { lock_on postgres; }
@test "the tool's lock: MariaDB" { lock_on mariadb; }

@test "new: a changelog with one changeset" {
    two
    wend 0 new -m log "add colour"
    run cat log/*_add_colour.sql
    holds "$output" '-- liquibase formatted sql'
    holds "$output" '-- changeset '
    holds "$output" '-- rollback'
    on sqlite
    wend 0 validate -m log
}

# tool COMMAND...: the real one on the test's database.
tool() {
    local at=${url#*@} jdbc user=
    case $database in
    sqlite) jdbc=jdbc:sqlite:$PWD/shop.db ;;
    postgres) jdbc=jdbc:postgresql://$at user=postgres ;;
    mariadb) jdbc=jdbc:mariadb://$at user=root ;;
    esac
    # A Java for short runs: half the time of one that makes ready for long ones.
    (cd log && JAVA_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto" "$npm/liquibase/dist/liquibase/liquibase" --show-banner=false --headless=true --url="$jdbc" \
        ${user:+--username="$user" --password=} --changelog-file=changelog.sql "$@")
}

turns_on() {
    [[ $long ]] || skip "it takes long: script/test-long runs it"
    command -v java >/dev/null || skip "java is not installed"
    npm_tools liquibase@4.28.0
    if [[ $1 == sqlite ]]; then
        # Its SQLite driver wants this beside it.
        [[ -e /usr/share/java/slf4j-api.jar ]] || skip "slf4j is not installed"
        ln -sf /usr/share/java/slf4j-api.jar "$npm/liquibase/dist/liquibase/lib/"
    fi
    on "$1"
    two
    tool update-count 1
    wend 0 status -m log
    holds "$output" '1 applied, 1 pending (Liquibase'
    wend 0 up -m log
    run tool status
    holds "$output" 'is up to date'
    printf '\n--changeset cem:3\ncreate table d (id int);\n--rollback drop table d;\n' >>log/changelog.sql
    tool update
    wend 0 status -m log
    holds "$output" '3 applied, 0 pending'
    wend 0 down -y -m log
    run tool status
    holds "$output" '1 changeset has not been applied'
    wend 0 up -m log
    tool rollback-count 1
    wend 0 status -m log
    holds "$output" '2 applied, 1 pending'
}

@test "turn by turn with the tool: SQLite" { turns_on sqlite; }
@test "turn by turn with the tool: PostgreSQL" { turns_on postgres; }
@test "turn by turn with the tool: MariaDB" { turns_on mariadb; }

templates() {
    turns_on "$1"
    from_templates liquibase log
    local file
    for file in log/*_orders.sql log/*_index_total.sql; do
        cp "$file" log/changelog.sql
        tool update
    done
    templates_work
}
@test "the tool runs what wend makes by templates: SQLite" { templates sqlite; }
@test "the tool runs what wend makes by templates: PostgreSQL" { templates postgres; }
@test "the tool runs what wend makes by templates: MariaDB" { templates mariadb; }

# A changeset that runs again has an id of Liquibase's own kind, and no way to say in it that it is repeatable.
again_adopted() {
    on "$1"
    two
    printf '\n--changeset ann:view runOnChange:true\ndrop view if exists v; create view v as select 1 as x;\n' >>log/changelog.sql
    wend 0 up -m log
    wend 0 adopt -m log
    all_applied 3
    sed -i 's/select 1/select 2/' log/changelog.sql
    wend 0 up -m log
    wend 0 adopt --back -m log
    all_applied 3
    holds "$(history)" "$(sum 9 'drop view if exists v; create view v as select 2 as x;')"
}

@test "a changeset that runs on change is adopted, and goes back: SQLite" { again_adopted sqlite; }
@test "a changeset that runs on change is adopted, and goes back: PostgreSQL" { again_adopted postgres; }
@test "a changeset that runs on change is adopted, and goes back: MariaDB" { again_adopted mariadb; }
